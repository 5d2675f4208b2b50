"""Counting of failed tries, before the try is judged: parallel guesses cannot slip through."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.core import secrets
from lms.core.errors import DomainError
from lms.core.text import N_
from lms.identity.models import LoginThrottle
from lms.identity.rules import Attempts, Throttle, attempts_after_failure, wait_seconds

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_MINUTE = 60


class TooManyTries(DomainError):
    """A guesser, or somebody who forgot, has to wait; `details["retry_after"]` are seconds."""

    code: ClassVar[str] = "too_many_tries"
    status: ClassVar[int] = 429

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // _MINUTE)
        text = (
            N_("Terlalu banyak percobaan. Tunggu %(seconds)s detik, lalu coba lagi.", seconds=seconds)
            if seconds < 2 * _MINUTE
            else N_("Terlalu banyak percobaan. Tunggu %(minutes)s menit, lalu coba lagi.", minutes=minutes)
        )
        super().__init__(text, retry_after=seconds)


def throttle_key(kind: str, value: str) -> str:
    """Return the stored key; NIPs are few, so a plain hash would name them."""
    return hmac.new(secrets.key("throttle"), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


_TABLE: Any = LoginThrottle.__table__
_KEY = _TABLE.c.key == bindparam("row_key")
# Built once. The upsert changes nothing: it makes the row, holds it until commit, and tells what it says.
_HOLD = {
    dialect: module.insert(_TABLE)
    .values(key=bindparam("row_key"), failed_count=0, last_at=None)
    .on_conflict_do_update(index_elements=["key"], set_={"failed_count": _TABLE.c.failed_count})
    .returning(_TABLE.c.failed_count, _TABLE.c.last_at)
    for dialect, module in (("postgresql", postgresql), ("sqlite", sqlite))
}
_NOTE = update(_TABLE).where(_KEY).values(failed_count=bindparam("counted"), last_at=bindparam("tried_at"))
_CLEAR = update(_TABLE).where(_KEY).values(failed_count=0)
_TAKE_BACK = update(_TABLE).where(_KEY, _TABLE.c.failed_count > 0).values(failed_count=_TABLE.c.failed_count - 1)


def _held(session: Session, key: str) -> Attempts:
    failed_count, last_at = session.execute(_HOLD[session.get_bind().dialect.name], {"row_key": key}).one()
    return Attempts(failed_count, last_at)


def count_try(session: Session, keys: list[tuple[str, Throttle]], *, now: datetime) -> None:
    """Count one try as failed on each key, before it is judged.

    Raises: TooManyTries: one of the keys has to wait; then nothing is counted.
    Concurrency: holds the keys' rows, in the given order; tries are counted one at a time.
    """
    rows = [(key, _held(session, key), law) for key, law in keys]
    wait = max(wait_seconds(attempts, law, now=now) for _key, attempts, law in rows)
    if wait > 0:
        raise TooManyTries(wait)
    for key, attempts, law in rows:
        after = attempts_after_failure(attempts, law, now=now)
        session.execute(_NOTE, {"row_key": key, "counted": after.failed_count, "tried_at": after.last_at})


def forgive(session: Session, key: str, *, all_of_them: bool) -> None:
    """Take a try back that turned out right: the account's row wholly, the source's by one."""
    session.execute(_CLEAR if all_of_them else _TAKE_BACK, {"row_key": key})
