"""Daily work of mentoring: pairings past their term end, silent ones are recalled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.core import clock
from lms.core.jobs import periodic
from lms.mentoring import services

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@periodic("mentoring.end_pairings", 86_400)
def end_pairings(session: Session) -> None:
    """End pairings two weeks after their last day."""
    services.end_due_pairings(session, now=clock.now())


@periodic("mentoring.remind_silent", 86_400)
def remind_silent(session: Session) -> None:
    """Remind mentors whose mentee had no session for more than 30 days."""
    services.remind_silent(session, now=clock.now())
