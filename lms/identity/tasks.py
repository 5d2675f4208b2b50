"""Background work of identity: forgetting what is no longer needed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete

from lms.core import clock, jobs, sessions
from lms.identity.models import LoginThrottle
from lms.identity.rules import ACCOUNT, SECOND_FACTOR, SOURCE

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_LONGEST = timedelta(seconds=max(law.forget_seconds for law in (ACCOUNT, SOURCE, SECOND_FACTOR)))


@jobs.periodic("identity.purge_throttle", 3600)
def purge_throttle(session: Session) -> None:
    """Remove counters that are forgotten anyway; a second run finds nothing."""
    session.execute(delete(LoginThrottle).where(LoginThrottle.last_at < clock.now() - _LONGEST))


@jobs.periodic("identity.purge_sessions", 86_400)
def purge_sessions(session: Session) -> None:
    """Remove log-in sessions that ended long ago; a second run finds nothing."""
    sessions.remove_old(session, now=clock.now())
