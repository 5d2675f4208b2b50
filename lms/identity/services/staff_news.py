"""What personnel news mean for access: accounts open, heads lead their unit, leavers lose all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.core import clock
from lms.core.actor import SYSTEM, Role
from lms.core.audit import record
from lms.core.events import publish
from lms.core.ids import new_public_id
from lms.core.sessions import LoginSession
from lms.identity import queries
from lms.identity.events import GrantGiven, GrantRevoked
from lms.identity.models import Account, AccountState, Delegation, Grant, RecoveryCode
from lms.identity.services.accounts import close_for_leaver

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from lms.people.events import EmployeeJoined, EmployeeLeft, EmployeeRemoving, EmployeeTransferred

HEAD_REASON = "Kepala unit menurut data kepegawaian"


def ensure_account(session: Session, employee_id: int, *, now: datetime) -> int:
    """Return the account of an employee; a new one is pending, a closed one is pending again.

    Concurrency: the unique employee decides; of two calls at once both return the same account.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made: int | None = session.execute(
        dialect.insert(Account)
        .values(
            public_id=new_public_id(),
            employee_id=employee_id,
            state=AccountState.PENDING,
            failed_count=0,
            locale="id",
            theme="auto",
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["employee_id"])
        .returning(Account.id)
    ).scalar_one_or_none()
    if made is not None:
        return made
    session.execute(
        update(Account)
        .where(Account.employee_id == employee_id, Account.state == AccountState.DISABLED)
        .values(state=AccountState.PENDING, password_hash=None)
    )
    return session.scalars(select(Account.id).where(Account.employee_id == employee_id)).one()


def on_employee_joined(session: Session, event: EmployeeJoined) -> None:
    """Open an account for somebody who came, and let a head lead the unit."""
    account_id = ensure_account(session, event.employee_id, now=clock.now())
    if event.position_id is not None:
        _lead(session, account_id, event.employee_id, event.position_id, on=event.on)


def on_employee_transferred(session: Session, event: EmployeeTransferred) -> None:
    """Take the lead of the old unit away, and give that of the new one to its head.

    Other grants stay: whoever gave them decides about them.
    """
    now = clock.now()
    account_id = ensure_account(session, event.employee_id, now=now)
    if event.from_unit_id is not None:
        rows = session.execute(
            update(Grant)
            .where(
                Grant.account_id == account_id,
                Grant.role == Role.ATASAN,
                Grant.unit_id == event.from_unit_id,
                Grant.revoked_at.is_(None),
                Grant.reason == HEAD_REASON,
            )
            .values(revoked_at=now)
            .returning(Grant.id)
        )
        name = queries.unit_name(session, event.from_unit_id)
        for grant_id in rows.scalars().all():
            record(
                session,
                SYSTEM,
                action="grant.revoke",
                subject=("access_grant", grant_id),
                person_id=event.employee_id,
                before={"kewenangan": Role.ATASAN.value, "unit": name},
                reason="Pindah jabatan",
                at=now,
            )
            publish(session, GrantRevoked(grant_id, event.employee_id, Role.ATASAN, name))
    _lead(session, account_id, event.employee_id, event.to_position_id, on=event.on)


def on_employee_left(session: Session, event: EmployeeLeft) -> None:
    """Close the account of somebody who left."""
    close_for_leaver(session, event.employee_id, now=clock.now())


def on_employee_removing(session: Session, event: EmployeeRemoving) -> None:
    """Remove an account that was made with the person and never used; an import is being undone."""
    account = queries.get_of_employee(session, event.employee_id)
    if account is None or account.state is not AccountState.PENDING or account.password_changed_at is not None:
        return
    session.execute(delete(Grant).where(Grant.account_id == account.id, Grant.reason == HEAD_REASON))
    used = session.scalar(
        select(
            exists().where(Grant.account_id == account.id)
            | exists().where(LoginSession.account_id == account.id)
            | exists().where(RecoveryCode.account_id == account.id)
            | exists().where((Delegation.from_account_id == account.id) | (Delegation.to_account_id == account.id))
        )
    )
    if not used:
        session.execute(delete(Account).where(Account.id == account.id))
        session.expunge(account)


def _lead(session: Session, account_id: int, employee_id: int, position_id: int, *, on: date) -> None:
    """Give the head of a unit the role of a supervisor over it, unless it is held already."""
    led = queries.led_unit(session, position_id)
    if led is None:
        return
    unit_id, name = led
    held = session.scalar(
        select(Grant.id).where(
            Grant.account_id == account_id,
            Grant.role == Role.ATASAN,
            Grant.unit_id == unit_id,
            Grant.revoked_at.is_(None),
            Grant.ends_on.is_(None),
        )
    )
    if held is not None:
        return
    grant = Grant(
        account_id=account_id,
        role=Role.ATASAN,
        unit_id=unit_id,
        starts_on=on,
        ends_on=None,
        reason=HEAD_REASON,
    )
    session.add(grant)
    session.flush()  # the trail needs the id
    record(
        session,
        SYSTEM,
        action="grant.give",
        subject=("access_grant", grant.id),
        person_id=employee_id,
        after={"kewenangan": Role.ATASAN.value, "unit": name},
        reason=HEAD_REASON,
    )
    publish(session, GrantGiven(grant.id, employee_id, Role.ATASAN, name, on, None))
