"""Accounts: opened for employees, activated by code, reset, closed, and the own password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from lms.core import clock, sessions
from lms.core.actor import SYSTEM, Actor, Role
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_
from lms.identity import queries, rules
from lms.identity.events import AccessReset, AccountActivated, AccountDisabled, PasswordChanged
from lms.identity.models import Account, AccountState, Delegation, Grant
from lms.identity.policies import can_manage_account
from lms.identity.rules import ACCOUNT, SOURCE, Person, source_of
from lms.identity.services.codes import code_hash
from lms.identity.services.logins import LoggedIn, note_log_in
from lms.identity.services.passwords import check_new_password, verify_password
from lms.identity.services.second_factor import clear_second_factor
from lms.identity.services.texts import NUMBER_AS_NAME, PASSWORD_TEXTS, login_fault_text
from lms.identity.services.throttle import count_try, forgive, throttle_key

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

CODE_LIFETIME = timedelta(hours=72)
MOST_CODES = 500
LAST_ADMIN = N_("Akun ini pengelola sistem yang terakhir. Angkat pengelola lain dahulu.")


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation that may go on: whom it is for, and what the password must not hold."""

    account_id: int
    name: str
    person: Person


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """An activation code, shown once."""

    account_id: int
    name: str
    number: str
    login: str
    unit_name: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """A change of the own password that was counted and is still to be judged."""

    account_id: int
    stored_hash: str | None
    person: Person


def open_account(
    session: Session, actor: Actor, *, employee_id: int, login: str | None = None, now: datetime
) -> Account:
    """Return the account of an employee, made when there is none; a second call changes nothing.

    Raises: Invalid: the login name is malformed; Conflict: somebody else has it.
    """
    held = queries.get_of_employee(session, employee_id)
    if held is not None:
        return held
    name = None
    if login:
        parsed = rules.login_name(login)
        if parsed.name is None:
            raise Invalid(login_fault_text(parsed) or NUMBER_AS_NAME)
        name = parsed.name
        if session.scalar(select(Account.id).where(Account.login == name)) is not None:
            raise Conflict(N_("Nama masuk itu sudah dipakai orang lain. Pilih nama masuk lain."))
    account = Account(employee_id=employee_id, login=name, state=AccountState.PENDING, created_at=now)
    session.add(account)
    session.flush()  # the trail needs the id
    record(session, actor, action="account.open", subject=("account", account.id), person_id=employee_id, at=now)
    return account


def begin_activation(session: Session, code: str, *, address: str | None, now: datetime) -> Activation | None:
    """Count a try on this source and return whom the code is for, or None.

    Raises: throttle.TooManyTries: too many wrong codes from one source.
    """
    key = throttle_key("activation", source_of(address))
    count_try(session, [(key, SOURCE)], now=now)
    account = queries.find_by_activation(session, code_hash("activation", rules.normal_code(code)), now=now)
    if account is None:
        return None
    forgive(session, key, all_of_them=False)
    person = queries.password_person(session, account.employee_id, login=account.login)
    return Activation(account.id, person.name, person)


def activate(
    session: Session,
    code: str,
    *,
    password_hash: str,
    now: datetime,
    shared: bool = False,
    device: str = "",
    address: str = "",
) -> LoggedIn | None:
    """Set the password that belongs to a code, use the code up, and log the person in.

    Returns: None when the code is used, too old or unknown.
    Concurrency: holds the account's row; of two who use one code at once, one gets in.
    """
    wanted = code_hash("activation", rules.normal_code(code))
    account = queries.find_by_activation(session, wanted, now=now, lock=True)
    if account is None:
        return None
    account.password_hash, account.password_changed_at = password_hash, now
    account.state = AccountState.ACTIVE
    account.activation_hash = account.activation_expires_at = None
    sessions.end_all(session, account_id=account.id, now=now)
    half = account.totp_confirmed_at is not None
    row, token = sessions.begin(
        session, account_id=account.id, now=now, shared=shared, device=device, address=address, half=half
    )
    own = Actor(account_id=account.id, employee_id=account.employee_id, session_id=row.id)
    record(
        session,
        own,
        action="account.activate",
        subject=("account", account.id),
        person_id=account.employee_id,
        at=now,
    )
    if not half:
        note_log_in(session, account, now=now, session_id=row.id)
    publish(session, AccountActivated(account.id, account.employee_id))
    return LoggedIn(token, row.id, account.id, account.public_id, half)


def _new_code(account: Account, *, now: datetime) -> str:
    code = rules.new_code()
    account.activation_hash = code_hash("activation", code)
    account.activation_expires_at = now + CODE_LIFETIME
    return rules.code_text(code)


def _managed(session: Session, actor: Actor, public_id: str, *, now: datetime) -> tuple[Account, queries.AccountRow]:
    """Return an account that the actor may manage, its row held."""
    row = queries.get_account(session, actor, public_id)
    if row is None:
        raise NotFound
    account = queries.get_locked(session, row.account_id)
    today = clock.local_day(now, actor.timezone)
    held = queries.held_rights(session, [account.id], today=today)[account.id]
    allowed = can_manage_account(actor, unit_path=row.unit_path, held=held, is_self=account.id == actor.account_id)
    if not allowed:
        raise Forbidden(
            N_("Akun ini memegang kewenangan di luar wilayah Anda. Hubungi pengelola sistem.")
            if account.id != actor.account_id
            else N_("Anda tidak dapat mengelola akun sendiri di sini. Mintalah bantuan petugas lain.")
        )
    return account, row


def reset_access(
    session: Session, actor: Actor, public_id: str, *, now: datetime, clear_factor: bool = False
) -> IssuedCode:
    """Take the password away, end all sessions, and return a new activation code, shown once.

    With `clear_factor` the second factor is forgotten, too: the telephone is lost.

    Raises: NotFound; Forbidden; Refused: the account is closed.
    """
    account, row = _managed(session, actor, public_id, now=now)
    if account.state is AccountState.DISABLED:
        raise Refused(N_("Akun ini ditutup. Buka kembali dahulu."))
    code = _reset(session, account, now=now, clear_factor=clear_factor)
    record(
        session,
        actor,
        action="account.reset_access",
        subject=("account", account.id),
        person_id=account.employee_id,
        after={"faktor_kedua_dihapus": clear_factor},
        at=now,
    )
    publish(session, AccessReset(account.id, account.employee_id, clear_factor))
    return _issued(account, row, code)


def _reset(session: Session, account: Account, *, now: datetime, clear_factor: bool) -> str:
    account.state, account.password_hash = AccountState.PENDING, None
    if clear_factor:
        clear_second_factor(session, account)
    sessions.end_all(session, account_id=account.id, now=now)
    return _new_code(account, now=now)


def _issued(account: Account, row: queries.AccountRow, code: str) -> IssuedCode:
    assert account.activation_expires_at is not None
    return IssuedCode(
        account.id,
        row.name,
        queries.masked_number(row.number),
        row.login or "",
        row.unit_name,
        code,
        account.activation_expires_at,
    )


def issue_codes(session: Session, actor: Actor, unit_public_id: str, *, now: datetime) -> list[IssuedCode]:
    """Return a new activation code for each account of a subtree that was never activated.

    Codes given out before stop working. At most 500 at once.
    """
    unit = queries.get_unit(session, unit_public_id)
    if unit is None:
        raise NotFound
    issued = []
    for row in queries.list_pending_in(session, actor, unit_path=unit.path, limit=MOST_CODES):
        account = queries.get_locked(session, row.account_id)
        if account.state is not AccountState.PENDING:
            continue
        issued.append(_issued(account, row, _new_code(account, now=now)))
        record(
            session,
            actor,
            action="account.reset_access",
            subject=("account", account.id),
            person_id=account.employee_id,
            at=now,
        )
    return issued


def reset_by_operator(session: Session, account: Account, *, now: datetime, clear_factor: bool) -> str:
    """Return a new activation code for an account; for the command line, whose user holds the machine."""
    locked = queries.get_locked(session, account.id)
    code = _reset(session, locked, now=now, clear_factor=clear_factor)
    record(
        session,
        SYSTEM,
        action="account.reset_access",
        subject=("account", locked.id),
        person_id=locked.employee_id,
        after={"faktor_kedua_dihapus": clear_factor},
        at=now,
    )
    publish(session, AccessReset(locked.id, locked.employee_id, clear_factor))
    return code


def disable_account(session: Session, actor: Actor, public_id: str, *, reason: str, now: datetime) -> None:
    """Close an account everywhere: sessions end, codes and grants stop; a second call changes nothing.

    Raises: NotFound; Forbidden; Refused: the last administrator of the system.
    """
    queries.lock_admins(session)
    account, _row = _managed(session, actor, public_id, now=now)
    today = clock.local_day(now, actor.timezone)
    held = queries.held_rights(session, [account.id], today=today)[account.id]
    is_admin = any(role is Role.ADMIN for role, _path in held)
    if is_admin and not queries.count_admins(session, today=today, except_account_id=account.id):
        raise Refused(LAST_ADMIN)
    _close(session, actor, account, reason=reason, now=now)


def _close(session: Session, actor: Actor, account: Account, *, reason: str, now: datetime) -> None:
    if account.state is AccountState.DISABLED:
        return
    account.state = AccountState.DISABLED
    account.activation_hash = account.activation_expires_at = None
    sessions.end_all(session, account_id=account.id, now=now)
    record(
        session,
        actor,
        action="account.disable",
        subject=("account", account.id),
        person_id=account.employee_id,
        reason=reason,
        at=now,
    )
    publish(session, AccountDisabled(account.id, account.employee_id))


def enable_account(session: Session, actor: Actor, public_id: str, *, now: datetime) -> IssuedCode:
    """Open a closed account again and return an activation code; the old password stays dead."""
    account, row = _managed(session, actor, public_id, now=now)
    if account.state is not AccountState.DISABLED:
        raise Refused(N_("Akun ini tidak ditutup."))
    code = _reset(session, account, now=now, clear_factor=False)
    record(
        session,
        actor,
        action="account.enable",
        subject=("account", account.id),
        person_id=account.employee_id,
        at=now,
    )
    return _issued(account, row, code)


def close_for_leaver(session: Session, employee_id: int, *, now: datetime) -> None:
    """Close the account of somebody who left, with all grants and delegations; the handler of that news."""
    account = queries.get_of_employee(session, employee_id)
    if account is None:
        return
    locked = queries.get_locked(session, account.id)
    session.execute(
        update(Grant).where(Grant.account_id == locked.id, Grant.revoked_at.is_(None)).values(revoked_at=now)
    )
    session.execute(
        update(Delegation)
        .where(
            (Delegation.from_account_id == locked.id) | (Delegation.to_account_id == locked.id),
            Delegation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    _close(session, SYSTEM, locked, reason="Tidak lagi bekerja di unit", now=now)


def begin_password_change(session: Session, actor: Actor, *, now: datetime) -> PasswordChange:
    """Count a try and return what is needed to judge the old password.

    Raises: throttle.TooManyTries.
    """
    if actor.account_id is None:
        raise Forbidden(N_("Masuk dahulu."))
    account = queries.get_locked(session, actor.account_id)
    count_try(session, [(throttle_key("own", account.public_id), ACCOUNT)], now=now)
    person = queries.password_person(session, account.employee_id, login=account.login)
    return PasswordChange(account.id, account.password_hash, person)


def judge_password_change(change: PasswordChange, *, old: str, new: str) -> None:
    """Refuse a wrong old password or a new one against the rules; touches no database.

    Raises: Invalid with `fields`.
    """
    if not verify_password(change.stored_hash, old):
        text = N_("Kata sandi lama tidak cocok. Ketik lagi kata sandi yang Anda pakai untuk masuk.")
        raise Invalid(text, fields={"kata_sandi_lama": text})
    if old == new:
        text = PASSWORD_TEXTS[rules.PasswordFault.SAME]
        raise Invalid(text, fields={"kata_sandi_baru": text})
    check_new_password(new, change.person)


def change_password(session: Session, actor: Actor, change: PasswordChange, *, new_hash: str, now: datetime) -> None:
    """Set the new password and end all other sessions of the account.

    Raises: Conflict: the password was changed elsewhere in between.
    """
    account = queries.get_locked(session, change.account_id)
    if account.password_hash != change.stored_hash or account.id != actor.account_id:
        raise Conflict(N_("Kata sandi baru saja diganti di tempat lain. Masuk lagi, lalu ulangi."))
    account.password_hash, account.password_changed_at = new_hash, now
    forgive(session, throttle_key("own", account.public_id), all_of_them=True)
    sessions.end_all(session, account_id=account.id, now=now, except_id=actor.session_id)
    record(
        session,
        actor,
        action="account.change_password",
        subject=("account", account.id),
        person_id=account.employee_id,
        at=now,
    )
    publish(session, PasswordChanged(account.id, account.employee_id))


def set_appearance(session: Session, actor: Actor, *, theme: str, locale: str) -> None:
    """Keep a person's choice of look and language."""
    if actor.account_id is None:
        return
    session.execute(update(Account).where(Account.id == actor.account_id).values(theme=theme, locale=locale))


def end_session(session: Session, actor: Actor, public_id: str, *, now: datetime) -> None:
    """End one of the actor's own sessions; another's is not found. A second call changes nothing."""
    row = queries.get_session(session, actor.account_id, public_id) if actor.account_id is not None else None
    if row is None:
        raise NotFound
    sessions.end(session, session_id=row.id, now=now)
    record(
        session,
        actor,
        action="session.end",
        subject=("login_session", row.id),
        person_id=actor.employee_id,
        after={"perangkat": row.device},
        at=now,
    )


def end_other_sessions(session: Session, actor: Actor, *, now: datetime) -> None:
    """End all own sessions but this one."""
    if actor.account_id is None:
        raise Forbidden(N_("Masuk dahulu."))
    sessions.end_all(session, account_id=actor.account_id, now=now, except_id=actor.session_id)
    record(
        session,
        actor,
        action="session.end",
        subject=("account", actor.account_id),
        person_id=actor.employee_id,
        after={"perangkat": "semua yang lain"},
        at=now,
    )
