"""Who acts: built once per request from two statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, cast, exists, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from lms.core import clock
from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.clock import DEFAULT_ZONE
from lms.core.orm import BigInt
from lms.identity.models import Account, AccountState, Delegation, Grant
from lms.identity.policies import own_permissions, permissions_of, role_needs_second_factor
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from lms.core.sessions import LoginSession


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account of a request, as the frame and Flask-Login see it.

    Args:
        locked_roles: roles held that count only after a second factor, which this session lacks.
        has_second_factor: whether one is set up at all.
    """

    account_id: int
    public_id: str
    employee_id: int
    employee_public_id: str
    name: str
    unit_name: str
    locale: str
    theme: str
    has_second_factor: bool
    is_shared_computer: bool
    locked_roles: tuple[Role, ...] = ()

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the id under which Flask-Login knows the account."""
        return self.public_id


@dataclass(frozen=True, slots=True)
class Identity:
    """The actor of a request with the account it came from."""

    actor: Actor
    account: SignedIn


@dataclass(frozen=True, slots=True)
class _Right:
    role: Role
    path: str
    timezone: str
    starts_on: date
    ends_on: date | None
    acting_for_id: int | None


def grant_valid(today: date) -> ColumnElement[bool]:
    """Return the condition that a grant holds on a day."""
    return and_(
        Grant.revoked_at.is_(None),
        Grant.starts_on <= today,
        or_(Grant.ends_on.is_(None), Grant.ends_on >= today),
    )


def delegation_backed(slack: timedelta, today: date) -> ColumnElement[bool]:
    """Return the condition that the giver of a delegation still holds what was lent.

    A grant that is revoked, or a giver whose account is closed, ends the delegation at once.
    """
    held_unit, giver = aliased(OrganisationalUnit), aliased(Account)
    return exists(
        select(literal(1))
        .select_from(Grant)
        .join(held_unit, held_unit.id == Grant.unit_id)
        .join(giver, giver.id == Grant.account_id)
        .where(
            Grant.account_id == Delegation.from_account_id,
            Grant.role == Delegation.role,
            Grant.revoked_at.is_(None),
            Grant.starts_on <= today + slack,
            or_(Grant.ends_on.is_(None), Grant.ends_on >= today - slack),
            giver.state == AccountState.ACTIVE,
            # Paths hold digits and slashes only, so LIKE needs no escaping.
            OrganisationalUnit.path.like(held_unit.path.concat("%")),
        )
    )


def _rights(session: Session, account_id: int, *, now: datetime) -> list[_Right]:
    """Return own grants and delegations that hold today, each in the zone of its unit."""
    near, day = now.date(), timedelta(days=1)  # a day of slack, since the zone decides below
    giver = aliased(Account)
    grants = (
        select(
            Grant.role,
            OrganisationalUnit.path,
            OrganisationalUnit.timezone,
            Grant.starts_on,
            Grant.ends_on,
            cast(null(), BigInt).label("acting_for_id"),
        )
        .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
        .where(
            Grant.account_id == account_id,
            Grant.revoked_at.is_(None),
            Grant.starts_on <= near + day,
            or_(Grant.ends_on.is_(None), Grant.ends_on >= near - day),
        )
    )
    lent = (
        select(
            Delegation.role,
            OrganisationalUnit.path,
            OrganisationalUnit.timezone,
            Delegation.starts_on,
            Delegation.ends_on,
            giver.employee_id,
        )
        .join(OrganisationalUnit, OrganisationalUnit.id == Delegation.unit_id)
        .join(giver, giver.id == Delegation.from_account_id)
        .where(
            Delegation.to_account_id == account_id,
            Delegation.revoked_at.is_(None),
            Delegation.starts_on <= near + day,
            Delegation.ends_on >= near - day,
            delegation_backed(day, near),
        )
    )
    rows: Any = session.execute(union_all(grants, lent))
    found = []
    for role, path, zone_name, starts_on, ends_on, acting_for_id in rows:
        today = clock.local_day(now, zone_name)
        if starts_on <= today and (ends_on is None or today <= ends_on):
            found.append(_Right(Role(role), path, zone_name, starts_on, ends_on, acting_for_id))
    return sorted(found, key=lambda right: (right.role, right.path, right.acting_for_id or 0))


def load_identity(session: Session, login_session: LoginSession) -> Identity | None:
    """Return who acts in a login session, or None when the account or the person may no longer.

    Complexity: two statements, whatever the number of grants.
    """
    row = session.execute(
        select(
            Account.id,
            Account.public_id,
            Account.locale,
            Account.theme,
            Account.totp_confirmed_at,
            Employee.id,
            Employee.public_id,
            Employee.name,
            OrganisationalUnit.id,
            OrganisationalUnit.path,
            OrganisationalUnit.name,
            OrganisationalUnit.timezone,
        )
        .join(Employee, Employee.id == Account.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(
            Account.id == login_session.account_id,
            Account.state == AccountState.ACTIVE,
            Employee.is_active.is_(True),
        )
    ).one_or_none()
    if row is None:
        return None
    (
        account_id,
        account_public_id,
        locale,
        theme,
        confirmed_at,
        employee_id,
        employee_public_id,
        name,
        unit_id,
        unit_path,
        unit_name,
        zone_name,
    ) = row
    rights = _rights(session, account_id, now=clock.now())
    strong = login_session.second_factor_at is not None
    grants = tuple(
        ActorGrant(right.role, right.path, permissions_of(right.role), right.acting_for_id)
        for right in rights
        if strong or not role_needs_second_factor(right.role)
    )
    locked = () if strong else tuple(sorted({right.role for right in rights if role_needs_second_factor(right.role)}))
    actor = Actor(
        account_id=account_id,
        employee_id=employee_id,
        unit_id=unit_id,
        unit_path=unit_path,
        name=name,
        grants=grants,
        own=own_permissions(),
        timezone=zone_name or DEFAULT_ZONE,
        session_id=login_session.id,
        second_factor=strong,
    )
    signed_in = SignedIn(
        account_id=account_id,
        public_id=account_public_id,
        employee_id=employee_id,
        employee_public_id=employee_public_id,
        name=name,
        unit_name=unit_name or "",
        locale=locale,
        theme=theme,
        has_second_factor=confirmed_at is not None,
        is_shared_computer=login_session.is_shared_computer,
        locked_roles=locked,
    )
    return Identity(actor, signed_in)


def load_actor(session: Session, login_session: LoginSession) -> Actor | None:
    """Return the actor of a login session, or None when the account is closed; two statements."""
    found = load_identity(session, login_session)
    return None if found is None else found.actor


def load_actor_of(session: Session, employee_id: int, *, second_factor: bool = True) -> Actor | None:
    """Return the actor of an employee outside a request: for jobs and tests, with today's rights.

    Background work acts with the originating person's rights as they are now, not as they were.
    """
    row = session.execute(
        select(
            Account.id,
            Employee.name,
            OrganisationalUnit.id,
            OrganisationalUnit.path,
            OrganisationalUnit.timezone,
        )
        .join(Employee, Employee.id == Account.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(
            Account.employee_id == employee_id,
            Account.state == AccountState.ACTIVE,
            Employee.is_active.is_(True),
        )
    ).one_or_none()
    if row is None:
        return None
    account_id, name, unit_id, unit_path, zone_name = row
    grants = tuple(
        ActorGrant(right.role, right.path, permissions_of(right.role), right.acting_for_id)
        for right in _rights(session, account_id, now=clock.now())
        if second_factor or not role_needs_second_factor(right.role)
    )
    return Actor(
        account_id=account_id,
        employee_id=employee_id,
        unit_id=unit_id,
        unit_path=unit_path,
        name=name,
        grants=grants,
        own=own_permissions(),
        timezone=zone_name or DEFAULT_ZONE,
        second_factor=second_factor,
    )


def account_may(session: Session, account_id: int | None, permission: Permission) -> bool:
    """Return whether an account still holds a permission anywhere; None is the system itself.

    For background work that a person asked for: it stops once the right is taken away.
    """
    if account_id is None:
        return True
    employee_id = session.scalar(select(Account.employee_id).where(Account.id == account_id))
    actor = load_actor_of(session, employee_id) if employee_id is not None else None
    return actor is not None and actor.may(permission)
