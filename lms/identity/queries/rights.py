"""Grants and delegations, scoped and bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from lms.core.actor import Role
from lms.identity.models import Account, AccountState, Delegation, DelegationKind, Grant
from lms.identity.policies import delegations_visible_to, grants_visible_to
from lms.identity.queries.actor import grant_valid
from lms.people.models import Employee, EmployeeStatus, OrganisationalUnit, Position, UnitKind

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

PAGE = 25
# Kinds that services name without knowing the tables of people.
REGION, NON_ASN = UnitKind.REGION, EmployeeStatus.NON_ASN


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One grant as a list shows it."""

    grant_id: int
    public_id: str
    account_id: int
    account_public_id: str
    employee_id: int
    name: str
    role: Role
    unit_name: str
    unit_path: str
    starts_on: date
    ends_on: date | None
    revoked_at: datetime | None
    reason: str
    granted_by: str

    def state(self, today: date) -> str:
        """Return `revoked`, `ended`, `coming` or `valid`."""
        if self.revoked_at is not None:
            return "revoked"
        if self.ends_on is not None and self.ends_on < today:
            return "ended"
        return "coming" if self.starts_on > today else "valid"


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """One delegation as a list shows it."""

    delegation_id: int
    public_id: str
    from_account_id: int
    to_account_id: int
    from_name: str
    to_name: str
    role: Role
    unit_name: str
    unit_path: str
    kind: DelegationKind
    starts_on: date
    ends_on: date
    letter: str
    revoked_at: datetime | None

    def state(self, today: date) -> str:
        """Return `revoked`, `ended`, `coming` or `valid`."""
        if self.revoked_at is not None:
            return "revoked"
        if self.ends_on < today:
            return "ended"
        return "coming" if self.starts_on > today else "valid"


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit in a choice list."""

    public_id: str
    name: str
    path: str
    code: str


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit as the services need it."""

    id: int
    public_id: str
    name: str
    path: str
    timezone: str


def _grants() -> Select[*tuple[Any, ...]]:
    giver = aliased(Employee)
    return (
        select(
            Grant.id,
            Grant.public_id,
            Account.id,
            Account.public_id,
            Employee.id,
            Employee.name,
            Grant.role,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            Grant.starts_on,
            Grant.ends_on,
            Grant.revoked_at,
            Grant.reason,
            func.coalesce(giver.name, ""),
        )
        .join(Account, Account.id == Grant.account_id)
        .join(Employee, Employee.id == Account.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
        .outerjoin(giver, giver.id == Grant.granted_by_id)
    )


def list_grants(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    role: Role | None = None,
    today: date,
    with_past: bool = False,
    page: int = 1,
    limit: int = PAGE,
) -> tuple[list[GrantRow], int]:
    """Return one page of visible grants by name, and how many there are; two statements."""
    query = _grants().where(grants_visible_to(actor))
    if role is not None:
        query = query.where(Grant.role == role)
    if not with_past:
        query = query.where(Grant.revoked_at.is_(None), or_(Grant.ends_on.is_(None), Grant.ends_on >= today))
    if text.strip():
        escaped = text.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = f"%{escaped}%"
        query = query.where(
            or_(
                func.lower(Employee.name).like(pattern, escape="\\"),
                func.lower(OrganisationalUnit.name).like(pattern, escape="\\"),
            )
        )
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = session.execute(
        query.order_by(func.lower(Employee.name), Grant.id).limit(limit).offset((max(page, 1) - 1) * limit)
    )
    return [GrantRow(*row) for row in rows], total


def get_grant(session: Session, actor: Actor, public_id: str) -> GrantRow | None:
    """Return one visible grant, or None."""
    row = session.execute(_grants().where(Grant.public_id == public_id, grants_visible_to(actor))).one_or_none()
    return None if row is None else GrantRow(*row)


def list_own_grants(session: Session, account_id: int, *, today: date) -> list[GrantRow]:
    """Return the grants that an account holds now or will hold."""
    rows = session.execute(
        _grants()
        .where(
            Grant.account_id == account_id,
            Grant.revoked_at.is_(None),
            or_(Grant.ends_on.is_(None), Grant.ends_on >= today),
        )
        .order_by(Grant.id)
        .limit(100)
    )
    return [GrantRow(*row) for row in rows]


def list_role_holders(session: Session, role: Role, *, unit_path: str, today: date) -> list[int]:
    """Return the employees who hold a role over this very unit's place or above it, nearest first.

    For notices: whom to tell that something waits.
    """
    rows = session.execute(
        select(Account.employee_id)
        .join(Grant, Grant.account_id == Account.id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
        .where(
            Grant.role == role,
            grant_valid(today),
            Account.state == AccountState.ACTIVE,
            # The unit's path begins with the path of the grant's unit.
            func.substr(unit_path, 1, func.length(OrganisationalUnit.path)) == OrganisationalUnit.path,
        )
        .order_by(func.length(OrganisationalUnit.path).desc(), Grant.id)
        .limit(50)
    )
    return list(dict.fromkeys(rows.scalars()))


def lock_admins(session: Session) -> None:
    """Hold all grants of system administration until commit: changes to them go one at a time."""
    session.execute(
        select(Grant.id)
        .where(Grant.role == Role.ADMIN, Grant.revoked_at.is_(None))
        .order_by(Grant.id)
        .with_for_update()
    )


def count_admins(session: Session, *, today: date, except_account_id: int | None = None) -> int:
    """Return how many active accounts administer the system, but for one; `lock_admins` comes before."""
    query = (
        select(func.count(Grant.account_id.distinct()))
        .join(Account, Account.id == Grant.account_id)
        .where(Grant.role == Role.ADMIN, grant_valid(today), Account.state == AccountState.ACTIVE)
    )
    if except_account_id is not None:
        query = query.where(Grant.account_id != except_account_id)
    return session.scalar(query) or 0


def holds_own_grant(session: Session, account_id: int, *, role: Role, unit_path: str, today: date) -> bool:
    """Return whether an account holds a role by an own grant that covers a unit today."""
    row = session.execute(
        select(Grant.id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
        .where(
            Grant.account_id == account_id,
            Grant.role == role,
            grant_valid(today),
            func.substr(unit_path, 1, func.length(OrganisationalUnit.path)) == OrganisationalUnit.path,
        )
        .limit(1)
    ).first()
    return row is not None


def _delegations() -> Select[*tuple[Any, ...]]:
    giver, taker = aliased(Account), aliased(Account)
    from_person, to_person = aliased(Employee), aliased(Employee)
    return (
        select(
            Delegation.id,
            Delegation.public_id,
            Delegation.from_account_id,
            Delegation.to_account_id,
            from_person.name,
            to_person.name,
            Delegation.role,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            Delegation.kind,
            Delegation.starts_on,
            Delegation.ends_on,
            Delegation.letter,
            Delegation.revoked_at,
        )
        .join(giver, giver.id == Delegation.from_account_id)
        .join(from_person, from_person.id == giver.employee_id)
        .join(taker, taker.id == Delegation.to_account_id)
        .join(to_person, to_person.id == taker.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Delegation.unit_id)
    )


def list_delegations(session: Session, actor: Actor, *, limit: int = 50) -> list[DelegationRow]:
    """Return the visible delegations, latest first."""
    rows = session.execute(
        _delegations()
        .where(delegations_visible_to(actor))
        .order_by(Delegation.starts_on.desc(), Delegation.id.desc())
        .limit(limit)
    )
    return [DelegationRow(*row) for row in rows]


def get_delegation(session: Session, actor: Actor, public_id: str) -> DelegationRow | None:
    """Return one visible delegation, or None."""
    row = session.execute(
        _delegations().where(Delegation.public_id == public_id, delegations_visible_to(actor))
    ).one_or_none()
    return None if row is None else DelegationRow(*row)


def list_units_within(session: Session, paths: tuple[str, ...], *, limit: int = 400) -> list[UnitChoice]:
    """Return the units of some subtrees in tree order, for a choice list."""
    conditions = [OrganisationalUnit.path.like(f"{path}%") for path in paths]
    if not conditions:
        return []
    rows = session.execute(
        select(
            OrganisationalUnit.public_id,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            OrganisationalUnit.code,
        )
        .where(or_(*conditions), OrganisationalUnit.valid_to_on.is_(None))
        .order_by(OrganisationalUnit.path, OrganisationalUnit.id)
        .limit(limit)
    )
    return [UnitChoice(*row) for row in rows]


def list_units_at(session: Session, paths: list[str]) -> list[UnitChoice]:
    """Return the units with exactly these paths."""
    rows = session.execute(
        select(
            OrganisationalUnit.public_id,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            OrganisationalUnit.code,
        )
        .where(OrganisationalUnit.path.in_(paths))
        .order_by(OrganisationalUnit.path)
    )
    return [UnitChoice(*row) for row in rows]


def get_unit(session: Session, public_id: str) -> UnitRef | None:
    """Return a unit by public id."""
    row = session.execute(
        select(
            OrganisationalUnit.id,
            OrganisationalUnit.public_id,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            OrganisationalUnit.timezone,
        ).where(OrganisationalUnit.public_id == public_id)
    ).one_or_none()
    return None if row is None else UnitRef(*row)


def unit_name(session: Session, unit_id: int) -> str:
    """Return the name of a unit."""
    return session.scalars(select(OrganisationalUnit.name).where(OrganisationalUnit.id == unit_id)).one()


def led_unit(session: Session, position_id: int) -> tuple[int, str] | None:
    """Return the unit that the holder of a position leads, with its name, or None."""
    row = session.execute(
        select(OrganisationalUnit.id, OrganisationalUnit.name)
        .join(Position, Position.unit_id == OrganisationalUnit.id)
        .where(Position.id == position_id, Position.is_head)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def find_unit(session: Session, code: str | None) -> UnitRef | None:
    """Return a unit by its code, or the top of the tree; for commands, which act as the system."""
    condition = OrganisationalUnit.parent_id.is_(None) if code is None else OrganisationalUnit.code == code
    row = session.execute(
        select(
            OrganisationalUnit.id,
            OrganisationalUnit.public_id,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            OrganisationalUnit.timezone,
        )
        .where(condition)
        .order_by(OrganisationalUnit.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else UnitRef(*row)
