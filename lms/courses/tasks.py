"""Jobs of courses: lines that move by the clock, warnings."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lms.core import clock
from lms.core.jobs import enqueue, job, periodic
from lms.courses import queries, services


@job("courses.promote")
def promote(session: Session, *, offering_id: int) -> None:
    """Let one line move; a second run finds nobody to seat."""
    services.promote_by_id(session, offering_id, now=clock.now())


@periodic("courses.move_lines", 3600)
def move_lines(session: Session) -> None:
    """Owe a look at each line, since kept seats fall back by the clock; each look is a job of its own."""
    for offering_id in queries.list_lines_to_move(session):
        enqueue(session, "courses.promote", offering_id=offering_id)


@periodic("courses.warn_of_few", 3600)
def warn_of_few(session: Session) -> None:
    """Tell organisers of runs with too few people; a run is told once."""
    services.warn_of_few(session, now=clock.now())


@periodic("courses.remind", 1800)
def remind(session: Session) -> None:
    """Remind of deadlines and beginnings; a second run finds nobody who was not told."""
    services.remind(session, now=clock.now())
