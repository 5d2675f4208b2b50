"""Who acts: built once per request from two statements, or one for those without a grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, cast, exists, null, or_, select, union_all

from lms.core import clock
from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.clock import DEFAULT_ZONE
from lms.core.orm import BigInt, read_rows
from lms.identity.models import Account, AccountState, Delegation, Grant
from lms.identity.policies import own_permissions, permissions_of, role_needs_second_factor
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from lms.core.sessions import KnownSession, LoginSession


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
    acting_for_id: int | None


def grant_valid(today: date) -> ColumnElement[bool]:
    """Return the condition that a grant holds on a day."""
    return and_(
        Grant.revoked_at.is_(None),
        Grant.starts_on <= today,
        or_(Grant.ends_on.is_(None), Grant.ends_on >= today),
    )


def _statements() -> tuple[Any, Any]:
    """Return the two statements of each request, built once: building costs more than running them.

    They are plain Core over the tables, with `account_id`, `from_on` and `to_on` left open. The days leave
    one day of slack, since the zone of each unit decides.
    """
    account, employee, unit = Account.__table__.c, Employee.__table__.c, OrganisationalUnit.__table__
    grant, lent = Grant.__table__.c, Delegation.__table__.c
    # Most people hold no grant; then the second statement is spared.
    holds = or_(
        exists().where(grant.account_id == account.id, grant.revoked_at.is_(None)).correlate(Account.__table__),
        exists().where(lent.to_account_id == account.id, lent.revoked_at.is_(None)).correlate(Account.__table__),
    )
    who = (
        select(
            account.id,
            account.public_id,
            account.locale,
            account.theme,
            account.totp_confirmed_at,
            employee.id,
            employee.public_id,
            employee.name,
            unit.c.id,
            unit.c.path,
            unit.c.name,
            unit.c.timezone,
            holds.label("holds"),
        )
        .select_from(
            Account.__table__.join(Employee.__table__, employee.id == account.employee_id).outerjoin(
                unit, unit.c.id == employee.unit_id
            )
        )
        .where(
            account.id == bindparam("account_id"),
            account.state == AccountState.ACTIVE,
            employee.is_active.is_(True),
        )
    )
    account_id: Any = bindparam("account_id")
    from_on: Any = bindparam("from_on")
    to_on: Any = bindparam("to_on")
    own = (
        select(
            grant.role,
            unit.c.path,
            unit.c.timezone,
            grant.starts_on,
            grant.ends_on,
            cast(null(), BigInt).label("acting_for_id"),
            grant.starts_on.label("backed_from_on"),
            grant.ends_on.label("backed_to_on"),
        )
        .select_from(Grant.__table__.join(unit, unit.c.id == grant.unit_id))
        .where(
            grant.account_id == account_id,
            grant.revoked_at.is_(None),
            grant.starts_on <= to_on,
            or_(grant.ends_on.is_(None), grant.ends_on >= from_on),
        )
    )
    # A delegation rests on a grant of its giver: with that grant, or his account, it ends at once.
    giver, backing, backed = Account.__table__.alias(), Grant.__table__.alias(), unit.alias()
    borrowed = (
        select(
            lent.role,
            unit.c.path,
            unit.c.timezone,
            lent.starts_on,
            lent.ends_on,
            giver.c.employee_id,
            backing.c.starts_on,
            backing.c.ends_on,
        )
        .select_from(
            Delegation.__table__.join(unit, unit.c.id == lent.unit_id)
            .join(giver, giver.c.id == lent.from_account_id)
            .join(backing, and_(backing.c.account_id == giver.c.id, backing.c.role == lent.role))
            .join(backed, backed.c.id == backing.c.unit_id)
        )
        .where(
            lent.to_account_id == account_id,
            lent.revoked_at.is_(None),
            lent.starts_on <= to_on,
            lent.ends_on >= from_on,
            giver.c.state == AccountState.ACTIVE,
            backing.c.revoked_at.is_(None),
            # Paths hold digits and slashes only, so LIKE needs no escaping.
            unit.c.path.like(backed.c.path.concat("%")),
        )
    )
    return who, union_all(own, borrowed)


_WHO, _RIGHTS = _statements()
_DAY = timedelta(days=1)


def _rights(session: Session, account_id: int, *, now: datetime) -> list[_Right]:
    """Return own grants and delegations that hold today, each in the zone of its unit."""
    near = now.date()
    rows: Any = read_rows(session, _RIGHTS, {"account_id": account_id, "from_on": near - _DAY, "to_on": near + _DAY})
    found = set()
    for role, path, zone_name, starts_on, ends_on, acting_for_id, backed_from, backed_to in rows:
        today = clock.local_day(now, zone_name)
        holds = starts_on <= today and (ends_on is None or today <= ends_on)
        if holds and backed_from <= today and (backed_to is None or today <= backed_to):
            found.add(_Right(Role(role), path, acting_for_id))
    return sorted(found, key=lambda right: (right.role, right.path, right.acting_for_id or 0))


def load_identity(session: Session, login_session: LoginSession | KnownSession) -> Identity | None:
    """Return who acts in a login session, or None when the account or the person may no longer.

    Complexity: two statements, whatever the number of grants; one for those who hold none.
    """
    row = read_rows(session, _WHO, {"account_id": login_session.account_id}).one_or_none()
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
        holds,
    ) = row
    rights = _rights(session, account_id, now=clock.now()) if holds else []
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


def load_actor(session: Session, login_session: LoginSession | KnownSession) -> Actor | None:
    """Return the actor of a login session, or None when the account is closed; two statements."""
    found = load_identity(session, login_session)
    return None if found is None else found.actor


def load_actor_of(session: Session, employee_id: int, *, second_factor: bool = True) -> Actor | None:
    """Return the actor of an employee outside a request: for jobs and tests, with today's rights.

    Background work acts with the originating person's rights as they are now, not as they were.
    """
    account_id = session.scalar(select(Account.id).where(Account.employee_id == employee_id))
    row = read_rows(session, _WHO, {"account_id": account_id}).one_or_none() if account_id is not None else None
    if row is None or account_id is None:
        return None
    name, unit_id, unit_path, zone_name = row[7], row[8], row[9], row[11]
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
