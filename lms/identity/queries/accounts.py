"""Accounts: found by what a person types, by code, and listed for officers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from lms.identity.models import Account, AccountState, Grant
from lms.identity.policies import accounts_visible_to
from lms.identity.rules import LoginName, Person
from lms.people.models import Employee, EmployeeNumber, OrganisationalUnit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor, Role

PAGE = 25


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account in the officers' list; `number` is shown masked."""

    account_id: int
    public_id: str
    employee_id: int
    employee_public_id: str
    name: str
    number: str | None
    login: str | None
    unit_name: str
    unit_path: str | None
    state: AccountState
    has_second_factor: bool
    last_login_at: datetime | None
    activation_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonRef:
    """Somebody chosen in a form."""

    public_id: str
    name: str
    unit_name: str


def find_for_login(session: Session, login: LoginName) -> Account | None:
    """Return the account of a current NIP or a login name, or None; one statement."""
    query = select(Account)
    if login.number is not None:
        query = query.join(EmployeeNumber, EmployeeNumber.employee_id == Account.employee_id).where(
            EmployeeNumber.number == login.number, EmployeeNumber.valid_to_on.is_(None)
        )
    else:
        query = query.where(Account.login == login.name)
    return session.scalars(query).one_or_none()


def find_by_activation(session: Session, code_hash: str, *, now: datetime, lock: bool = False) -> Account | None:
    """Return the account whose activation code is still good; `lock` holds its row."""
    query = select(Account).where(
        Account.activation_hash == code_hash,
        Account.activation_expires_at > now,
        Account.state != AccountState.DISABLED,
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def get_locked(session: Session, account_id: int) -> Account:
    """Return an account by internal id, its row held and read afresh."""
    query = select(Account).where(Account.id == account_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def get_own(session: Session, account_id: int) -> Account:
    """Return the account of the one who asks."""
    return session.scalars(select(Account).where(Account.id == account_id)).one()


def get_of_employee(session: Session, employee_id: int) -> Account | None:
    """Return the account of an employee."""
    return session.scalars(select(Account).filter_by(employee_id=employee_id)).one_or_none()


def password_person(session: Session, employee_id: int, *, login: str | None) -> Person:
    """Return what this person's password must not hold."""
    name, birth_on = session.execute(select(Employee.name, Employee.birth_on).where(Employee.id == employee_id)).one()
    numbers = session.scalars(select(EmployeeNumber.number).where(EmployeeNumber.employee_id == employee_id))
    return Person(name=name, numbers=tuple(numbers), birth_on=birth_on, login=login)


def held_rights(session: Session, account_ids: Sequence[int], *, today: date) -> dict[int, list[tuple[Role, str]]]:
    """Return for each account the roles over unit paths that hold now or will hold."""
    rows = session.execute(
        select(Grant.account_id, Grant.role, OrganisationalUnit.path)
        .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
        .where(
            Grant.account_id.in_(account_ids),
            Grant.revoked_at.is_(None),
            or_(Grant.ends_on.is_(None), Grant.ends_on >= today),
        )
        .order_by(Grant.id)
    )
    found: dict[int, list[tuple[Role, str]]] = {account_id: [] for account_id in account_ids}
    for account_id, role, path in rows:
        found[account_id].append((role, path))
    return found


def _visible(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Account.id,
            Account.public_id,
            Employee.id,
            Employee.public_id,
            Employee.name,
            EmployeeNumber.number,
            Account.login,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            Account.state,
            Account.totp_confirmed_at,
            Account.last_login_at,
            Account.activation_expires_at,
        )
        .join(Employee, Employee.id == Account.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(
            EmployeeNumber,
            (EmployeeNumber.employee_id == Employee.id) & EmployeeNumber.valid_to_on.is_(None),
        )
        .where(accounts_visible_to(actor))
    )


def _row(values: Sequence[Any]) -> AccountRow:
    (
        account_id,
        public_id,
        employee_id,
        employee_public_id,
        name,
        number,
        login,
        unit_name,
        unit_path,
        state,
        confirmed_at,
        last_login_at,
        expires_at,
    ) = values
    return AccountRow(
        account_id,
        public_id,
        employee_id,
        employee_public_id,
        name,
        number,
        login,
        unit_name or "",
        unit_path,
        state,
        confirmed_at is not None,
        last_login_at,
        expires_at,
    )


def _matching(query: Select[*tuple[Any, ...]], text: str) -> Select[*tuple[Any, ...]]:
    """Narrow to a name, a NIP with or without spaces, or a login name."""
    text = text.strip().lower()
    if not text:
        return query
    digits = "".join(c for c in text if c.isdigit())
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    conditions = [
        func.lower(Employee.name).like(f"%{escaped}%", escape="\\"),
        func.lower(OrganisationalUnit.name).like(f"%{escaped}%", escape="\\"),
        Account.login.like(f"{escaped}%", escape="\\"),
    ]
    if len(digits) >= 4 and len(digits) >= len(text.replace(" ", "").replace(".", "")):
        conditions.append(EmployeeNumber.number.like(f"%{digits}%"))
    return query.where(or_(*conditions))


def list_accounts(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    state: AccountState | None = None,
    page: int = 1,
    limit: int = PAGE,
) -> tuple[list[AccountRow], int]:
    """Return one page of the visible accounts by name, and how many there are; two statements."""
    query = _matching(_visible(actor), text)
    if state is not None:
        query = query.where(Account.state == state)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = session.execute(
        query.order_by(func.lower(Employee.name), Account.id).limit(limit).offset((max(page, 1) - 1) * limit)
    )
    return [_row(row) for row in rows], total


def get_account(session: Session, actor: Actor, public_id: str) -> AccountRow | None:
    """Return one visible account, or None."""
    row = session.execute(_visible(actor).where(Account.public_id == public_id)).one_or_none()
    return None if row is None else _row(row)


def list_pending_in(session: Session, actor: Actor, *, unit_path: str, limit: int = 500) -> list[AccountRow]:
    """Return the visible accounts of a subtree that were never activated, by name."""
    rows = session.execute(
        _visible(actor)
        .where(
            Account.state == AccountState.PENDING,
            Employee.is_active.is_(True),
            OrganisationalUnit.path.like(f"{unit_path}%"),
        )
        .order_by(OrganisationalUnit.path, func.lower(Employee.name), Account.id)
        .limit(limit)
    )
    return [_row(row) for row in rows]


def find_colleagues(session: Session, *, text: str, limit: int = 10) -> list[tuple[str, str, str, str]]:
    """Return (account public id, name, position's unit, masked number) of active people for a choice list.

    Names and units are what every colleague may see; the number is masked.
    """
    text = text.strip().lower()
    if len(text) < 3:
        return []
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    digits = "".join(c for c in text if c.isdigit())
    condition: ColumnElement[bool] = func.lower(Employee.name).like(f"%{escaped}%", escape="\\")
    if len(digits) == 18:
        condition = EmployeeNumber.number == digits
    rows = session.execute(
        select(Account.public_id, Employee.name, OrganisationalUnit.name, EmployeeNumber.number)
        .join(Employee, Employee.id == Account.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(EmployeeNumber, (EmployeeNumber.employee_id == Employee.id) & EmployeeNumber.valid_to_on.is_(None))
        .where(Employee.is_active.is_(True), Account.state != AccountState.DISABLED, condition)
        .order_by(func.lower(Employee.name), Account.id)
        .limit(limit)
    )
    return [(public_id, name, unit or "", masked_number(number)) for public_id, name, unit, number in rows]


def masked_number(number: str | None) -> str:
    """Return a NIP without the month and day of birth and the rank in between, `1985••••••••••••01`."""
    if not number:
        return ""
    return f"{number[:4]}{'•' * 12}{number[-2:]}" if len(number) == 18 else "•" * len(number)


def find_person(session: Session, account_public_id: str) -> PersonRef | None:
    """Return the name and unit behind an account, as every colleague may see them."""
    row = session.execute(
        select(Account.public_id, Employee.name, OrganisationalUnit.name)
        .join(Employee, Employee.id == Account.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(Account.public_id == account_public_id, Employee.is_active.is_(True))
    ).one_or_none()
    return None if row is None else PersonRef(row[0], row[1], row[2] or "")


def employees_by_address(session: Session, addresses: Sequence[str]) -> list[int]:
    """Return the employees to whom these e-mail addresses belong."""
    if not addresses:
        return []
    return list(session.scalars(select(Employee.id).where(Employee.email.in_(set(addresses)))))
