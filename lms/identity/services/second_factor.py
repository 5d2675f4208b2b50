"""Second factor: set-up, codes from the telephone, recovery codes, and showing it once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from lms.core import secrets, sessions
from lms.core.actor import ANONYMOUS, Actor
from lms.core.audit import record
from lms.core.errors import Forbidden, Refused
from lms.core.events import publish
from lms.core.text import N_
from lms.identity import queries, rules
from lms.identity.events import SecondFactorChanged
from lms.identity.models import Account, AccountState, RecoveryCode
from lms.identity.services.codes import code_hash
from lms.identity.services.logins import LoggedIn, note_log_in
from lms.identity.services.throttle import count_try, forgive, throttle_key

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from lms.core.sessions import KnownSession, LoginSession

RECOVERY_CODES = 10
_KEY = "totp"
WRONG = N_("Kode tidak cocok atau sudah dipakai. Tunggu kode berikutnya di ponsel Anda, lalu ketik lagi.")


def _own_account(session: Session, actor: Actor) -> Account:
    if actor.account_id is None:
        raise Forbidden(N_("Masuk dahulu."))
    return queries.get_locked(session, actor.account_id)


def stored_secret(account: Account) -> str | None:
    """Return the secret in plain base 32, or None when none was made."""
    return secrets.decrypt(_KEY, account.totp_secret).decode() if account.totp_secret else None


def prepare_second_factor(session: Session, actor: Actor) -> str:
    """Make a new, not yet confirmed secret and return it; a set-up one has to be removed first."""
    account = _own_account(session, actor)
    if account.totp_confirmed_at is not None:
        raise Refused(N_("Faktor kedua sudah terpasang. Lepas dahulu, lalu pasang yang baru."))
    secret = rules.new_secret()
    account.totp_secret = secrets.encrypt(_KEY, secret.encode())
    account.totp_last_step = None
    return secret


def confirm_second_factor(session: Session, actor: Actor, code: str, *, now: datetime) -> list[str] | None:
    """Set the prepared factor up with a code from the telephone; return the recovery codes, once.

    Returns: None when the code does not fit (the try stays counted).
    Raises: throttle.TooManyTries; Refused: nothing was prepared.
    """
    account = _own_account(session, actor)
    secret = stored_secret(account)
    if secret is None or account.totp_confirmed_at is not None:
        raise Refused(N_("Mulai lagi pemasangan dari halaman Faktor kedua."))
    if not _judge(session, account, code, secret=secret, now=now):
        return None
    account.totp_confirmed_at = now
    if actor.session_id is not None:
        sessions.confirm_second_factor(session, session_id=actor.session_id, now=now)
        # Other browsers logged in with the password alone.
        sessions.end_all(session, account_id=account.id, now=now, except_id=actor.session_id)
    codes = _new_recovery_codes(session, account)
    _note(session, actor, account, "enrol", now=now)
    return codes


def remove_second_factor(session: Session, actor: Actor, code: str, *, now: datetime) -> bool:
    """Remove the own second factor, with a code from it; return False when the code does not fit."""
    account = _own_account(session, actor)
    if account.totp_confirmed_at is None:
        return True
    if not _accept(session, account, code, actor=actor, now=now):
        return False
    clear_second_factor(session, account)
    if actor.session_id is not None:
        session.execute(
            update(sessions.LoginSession)
            .where(sessions.LoginSession.account_id == account.id)
            .values(second_factor_at=None)
        )
        sessions.end_all(session, account_id=account.id, now=now, except_id=actor.session_id)
    _note(session, actor, account, "remove", now=now)
    return True


def clear_second_factor(session: Session, account: Account) -> None:
    """Forget the secret and the recovery codes of an account."""
    account.totp_secret = account.totp_confirmed_at = account.totp_last_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def renew_recovery_codes(session: Session, actor: Actor, code: str, *, now: datetime) -> list[str] | None:
    """Return ten new recovery codes, once; the old ones no longer work. None when the code does not fit."""
    account = _own_account(session, actor)
    if account.totp_confirmed_at is None:
        raise Refused(N_("Pasang faktor kedua dahulu."))
    if not _accept(session, account, code, actor=actor, now=now):
        return None
    codes = _new_recovery_codes(session, account)
    _note(session, actor, account, "new_codes", now=now)
    return codes


def finish_second_factor(
    session: Session, half: LoginSession | KnownSession, code: str, *, now: datetime
) -> LoggedIn | None:
    """Turn a half session into a whole one with a new token; None when the code does not fit.

    Raises: throttle.TooManyTries; Forbidden: the half session is over.
    Concurrency: holds the account's row, so that one code opens one session.
    """
    if not half.is_half or not sessions.is_alive(half, now=now):
        raise Forbidden(N_("Waktu untuk mengetik kode sudah lewat. Masuk lagi dari awal."))
    account = queries.get_locked(session, half.account_id)
    if account.state is not AccountState.ACTIVE:
        raise Forbidden(N_("Masuk lagi dari awal."))
    if not _accept(session, account, code, actor=None, now=now):
        return None
    sessions.end(session, session_id=half.id, now=now)
    row, token = sessions.begin(
        session,
        account_id=account.id,
        now=now,
        shared=half.is_shared_computer,
        device=half.device,
        address=half.address,
        second_factor=True,
    )
    note_log_in(session, account, now=now, session_id=row.id)
    return LoggedIn(token, row.id, account.id, account.public_id, needs_code=False)


def show_second_factor_again(session: Session, actor: Actor, code: str, *, now: datetime) -> bool:
    """Note that the factor was shown just now, for an act on other people's access."""
    account = _own_account(session, actor)
    if account.totp_confirmed_at is None or actor.session_id is None:
        raise Refused(N_("Pasang faktor kedua dahulu."))
    if not _accept(session, account, code, actor=actor, now=now):
        return False
    sessions.confirm_second_factor(session, session_id=actor.session_id, now=now)
    record(
        session,
        actor,
        action="second_factor.confirm",
        subject=("account", account.id),
        person_id=account.employee_id,
        at=now,
    )
    return True


def _accept(session: Session, account: Account, code: str, *, actor: Actor | None, now: datetime) -> bool:
    """Return whether a code from the telephone, or an unused recovery code, fits; it then counts as used."""
    secret = stored_secret(account)
    if secret is not None and _judge(session, account, code, secret=secret, now=now):
        return True
    spent = _spend_recovery_code(session, account, code, now=now)
    if spent:
        forgive(session, throttle_key("second", account.public_id), all_of_them=True)
        _note(session, actor or _of(account), account, "code_used", now=now)
    else:
        # Whoever came this far knows the password: the owner should see it in the trail.
        record(
            session,
            actor or ANONYMOUS,
            action="second_factor.failed",
            subject=("account", account.id),
            person_id=account.employee_id,
            at=now,
        )
    return spent


def _judge(session: Session, account: Account, code: str, *, secret: str, now: datetime) -> bool:
    key = throttle_key("second", account.public_id)
    count_try(session, [(key, rules.SECOND_FACTOR)], now=now)
    step = rules.matching_step(secret, code, now=now, last_step=account.totp_last_step)
    if step is None:
        return False
    account.totp_last_step = step
    forgive(session, key, all_of_them=True)
    return True


def _spend_recovery_code(session: Session, account: Account, code: str, *, now: datetime) -> bool:
    normal = rules.normal_code(code)
    if len(normal) < rules.CODE_LENGTH:
        return False
    row = session.scalars(
        select(RecoveryCode).where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.code_hash == code_hash("recovery", normal),
            RecoveryCode.used_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return False
    row.used_at = now
    return True


def _new_recovery_codes(session: Session, account: Account) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = [rules.new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(account_id=account.id, code_hash=code_hash("recovery", code), used_at=None) for code in codes
    )
    return [rules.code_text(code) for code in codes]


def _of(account: Account) -> Actor:
    return Actor(account_id=account.id, employee_id=account.employee_id)


def _note(session: Session, actor: Actor, account: Account, what: str, *, now: datetime) -> None:
    record(
        session,
        actor,
        action=f"second_factor.{what}",
        subject=("account", account.id),
        person_id=account.employee_id,
        at=now,
    )
    publish(session, SecondFactorChanged(account.id, account.employee_id, what))
