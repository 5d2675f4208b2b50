"""Jobs of courses: lines that move by the clock, warnings."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lms.core import clock
from lms.core.actor import Actor
from lms.core.jobs import enqueue, job, periodic
from lms.courses import queries, services
from lms.courses.models import BulkEnrolment, BulkState
from lms.courses.services import bulk


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


@job("courses.bulk_batch")
def bulk_batch(session: Session, *, bulk_id: int, done: int, account_id: int | None, employee_id: int | None) -> None:
    """Carry one piece of an enrolment of many on, or back; a piece that ran already finds the count moved on."""
    held = session.get(BulkEnrolment, bulk_id)
    if held is None or held.done_count != done:
        return
    # Scope was settled when the preview was made; the rows hold nobody outside it.
    actor = Actor(account_id=account_id, employee_id=employee_id, is_system=True)
    act = bulk.run_batch if held.state is BulkState.RUNNING else bulk.undo_batch
    act(session, actor, bulk_id, now=clock.now())
