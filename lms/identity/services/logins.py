"""Log-in in three steps: count the try, judge the password, open the session."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lms.core import ids, secrets, sessions
from lms.core.actor import ANONYMOUS, Actor
from lms.core.audit import record
from lms.identity import queries
from lms.identity.models import Account, AccountState
from lms.identity.rules import ACCOUNT, SOURCE, LoginName, source_of
from lms.identity.services.passwords import hash_password, is_outdated, verify_password
from lms.identity.services.throttle import count_try, forgive, throttle_key

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class LoginTry:
    """A try that was counted and is still to be judged.

    Args:
        account_id: None when nobody has that name; everything goes on as if somebody had.
        stored_hash: hash to compare with; None when there is none.
    """

    account_id: int | None
    stored_hash: str | None
    account_key: str
    source_key: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged try.

    Args:
        fits: the password is right.
        new_hash: the hash with today's costs, when the old one is outdated.
    """

    tried: LoginTry
    fits: bool
    new_hash: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """An opened session; `needs_code` when the second factor is still to come."""

    token: str
    session_id: int
    account_id: int
    account_public_id: str
    needs_code: bool


def device_token(account_public_id: str) -> str:
    """Return the signed note "this browser logged in as this account before"."""
    nonce = ids.new_public_id()
    return f"{nonce}.{_device_mac(account_public_id, nonce)}"


def _device_mac(account_public_id: str, nonce: str) -> str:
    return hmac.new(secrets.key("device"), f"{account_public_id}:{nonce}".encode(), hashlib.sha256).hexdigest()


def _known_device(token: str | None, account: Account | None) -> str | None:
    """Return the nonce of a browser that this account used before, or None."""
    nonce, _, mac = (token or "").partition(".")
    expected = _device_mac(account.public_id if account is not None else "", nonce)
    return nonce if account is not None and hmac.compare_digest(mac.encode(), expected.encode()) else None


def begin_log_in(
    session: Session, login: LoginName, *, address: str | None, device: str | None = None, now: datetime
) -> LoginTry:
    """Count a try as failed before it is judged, and return what is needed to judge it.

    `device` is the token of a browser that logged in before. It has a counter of its own, so that a
    stranger who guesses does not lock the owner out.

    Raises: throttle.TooManyTries: the account or the source has to wait.
    Concurrency: the counters' rows are held; of many guesses at once no more are judged than are free.
    """
    account = queries.find_for_login(session, login)
    known = _known_device(device, account)
    account_key = throttle_key("device", known) if known else throttle_key("account", login.key)
    source_key = throttle_key("source", source_of(address))
    count_try(session, [(source_key, SOURCE), (account_key, ACCOUNT)], now=now)
    usable = account is not None and account.state is AccountState.ACTIVE
    return LoginTry(
        account_id=account.id if account is not None else None,
        stored_hash=account.password_hash if usable and account is not None else None,
        account_key=account_key,
        source_key=source_key,
    )


def judge_log_in(tried: LoginTry, password: str) -> Judged:
    """Return whether the password fits; takes the same time for every name. Touches no database."""
    fits = verify_password(tried.stored_hash, password)
    outdated = fits and tried.stored_hash is not None and is_outdated(tried.stored_hash)
    return Judged(tried, fits, hash_password(password) if outdated else None)


def finish_log_in(
    session: Session,
    judged: Judged,
    *,
    now: datetime,
    shared: bool,
    device: str = "",
    address: str = "",
    old_session_id: int | None = None,
) -> LoggedIn | None:
    """Open a session for a judged try, or note the failure and return None.

    A session held before is ended: the token changes at each log-in. With a second factor set up the
    session is half: it gives no right until the code is shown.
    """
    tried = judged.tried
    account = queries.get_locked(session, tried.account_id) if tried.account_id is not None else None
    unchanged = account is not None and account.password_hash == tried.stored_hash
    if account is None or not judged.fits or not unchanged or account.state is not AccountState.ACTIVE:
        _note_failure(session, account, now=now, address=address)
        return None
    forgive(session, tried.source_key, all_of_them=False)
    forgive(session, tried.account_key, all_of_them=True)
    if old_session_id is not None:
        sessions.end(session, session_id=old_session_id, now=now)
    if judged.new_hash is not None:
        account.password_hash = judged.new_hash
    half = account.totp_confirmed_at is not None
    row, token = sessions.begin(
        session, account_id=account.id, now=now, shared=shared, device=device, address=address, half=half
    )
    if not half:
        note_log_in(session, account, now=now, session_id=row.id)
    return LoggedIn(token, row.id, account.id, account.public_id, half)


def note_log_in(session: Session, account: Account, *, now: datetime, session_id: int) -> None:
    """Note a finished log-in in the account and the trail."""
    account.last_login_at, account.failed_count = now, 0
    actor = Actor(account_id=account.id, employee_id=account.employee_id, session_id=session_id)
    record(
        session,
        actor,
        action="account.log_in",
        subject=("account", account.id),
        person_id=account.employee_id,
        at=now,
    )


def _note_failure(session: Session, account: Account | None, *, now: datetime, address: str) -> None:
    """Write the same kind of row for known and unknown names, so that both take the same time."""
    if account is not None:
        account.failed_count, account.last_failed_at = account.failed_count + 1, now
    record(
        session,
        ANONYMOUS,
        action="account.log_in_failed",
        subject=("account", account.id if account is not None else None),
        person_id=account.employee_id if account is not None else None,
        after={"dari": address},
        at=now,
    )


def log_out(session: Session, actor: Actor, *, now: datetime) -> None:
    """End the session of the actor; a second call changes nothing."""
    if actor.session_id is None:
        return
    sessions.end(session, session_id=actor.session_id, now=now)
    record(
        session,
        actor,
        action="account.log_out",
        subject=("account", actor.account_id),
        person_id=actor.employee_id,
        at=now,
    )
