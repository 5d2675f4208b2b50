"""The state of the installation, for its administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from lms.core.audit import AuditEntry
from lms.core.jobs import OutboxJob
from lms.core.mail import OutgoingMail
from lms.core.sessions import LoginSession, alive_condition
from lms.identity.models import Account, AccountState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Health:
    """What an administrator wants to know at a glance."""

    due_count: int
    oldest_due_at: datetime | None
    parked_count: int
    done_today_count: int
    mail_waiting_count: int
    mail_today_count: int
    signed_in_count: int
    active_count: int
    pending_count: int
    disabled_count: int
    failed_log_in_count: int

    def jobs_are_late(self, now: datetime) -> bool:
        """Return whether owed work waits longer than it should: no worker runs."""
        return self.oldest_due_at is not None and now - self.oldest_due_at > LATE


def get_health(session: Session, *, now: datetime) -> Health:
    """Return counts over jobs, mail, log-ins and accounts; one statement each, six in all."""
    day = now - timedelta(hours=24)
    waiting = (OutboxJob.done_at.is_(None), OutboxJob.parked_at.is_(None), OutboxJob.run_after <= now)
    due_count, oldest = session.execute(select(func.count(), func.min(OutboxJob.run_after)).where(*waiting)).one()
    parked, done = session.execute(
        select(
            func.count().filter(OutboxJob.parked_at.is_not(None)),
            func.count().filter(OutboxJob.done_at > day),
        ).select_from(OutboxJob)
    ).one()
    unsent, today = session.execute(
        select(
            func.count().filter(OutgoingMail.sent_at.is_(None)),
            func.count().filter(OutgoingMail.created_at > day),
        ).select_from(OutgoingMail)
    ).one()
    signed_in = session.scalar(
        select(func.count(LoginSession.account_id.distinct())).where(
            alive_condition(now),
            LoginSession.is_half.is_(False),
            LoginSession.last_seen_at > now - timedelta(minutes=15),
        )
    )
    counted = session.execute(select(Account.state, func.count()).group_by(Account.state))
    states = {row[0]: row[1] for row in counted}
    failed = session.scalar(
        select(func.count()).where(AuditEntry.action == "account.log_in_failed", AuditEntry.at > day)
    )
    return Health(
        due_count=due_count,
        oldest_due_at=oldest,
        parked_count=parked,
        done_today_count=done,
        mail_waiting_count=unsent,
        mail_today_count=today,
        signed_in_count=signed_in or 0,
        active_count=states.get(AccountState.ACTIVE, 0),
        pending_count=states.get(AccountState.PENDING, 0),
        disabled_count=states.get(AccountState.DISABLED, 0),
        failed_log_in_count=failed or 0,
    )
