"""Counting of failed tries, before the try is judged: parallel guesses cannot slip through."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import select
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


def _locked(session: Session, key: str) -> LoginThrottle:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(LoginThrottle)
        .values(key=key, failed_count=0, last_at=None)
        .on_conflict_do_nothing(index_elements=["key"])
    )
    query = select(LoginThrottle).where(LoginThrottle.key == key).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def count_try(session: Session, keys: list[tuple[str, Throttle]], *, now: datetime) -> None:
    """Count one try as failed on each key, before it is judged.

    Raises: TooManyTries: one of the keys has to wait; then nothing is counted.
    Concurrency: holds the keys' rows, in the given order; tries are counted one at a time.
    """
    rows = [(_locked(session, key), law) for key, law in keys]
    wait = max(wait_seconds(Attempts(row.failed_count, row.last_at), law, now=now) for row, law in rows)
    if wait > 0:
        raise TooManyTries(wait)
    for row, law in rows:
        after = attempts_after_failure(Attempts(row.failed_count, row.last_at), law, now=now)
        row.failed_count, row.last_at = after.failed_count, after.last_at


def forgive(session: Session, key: str, *, all_of_them: bool) -> None:
    """Take a try back that turned out right: the account's row wholly, the source's by one."""
    row = _locked(session, key)
    row.failed_count = 0 if all_of_them else max(0, row.failed_count - 1)
