"""Work of mentoring: pairings past their term end, silent ones are recalled, programmes are matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lms.core import clock
from lms.core.jobs import enqueue, job, periodic
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


def _compute(session: Session, *, run_id: int) -> Any:
    return services.compute_run(session, run_id, now=clock.now())


@job("mentoring.compute_run", prepare=_compute)
def compute_run(session: Session, *, run_id: int, prepared: Any) -> None:
    """Store the pairs that were worked out outside the transaction; idempotent by the state of the run."""
    services.keep_run(session, run_id, prepared, now=clock.now())


@job("mentoring.publish_run")
def publish_run(session: Session, *, run_id: int, turn: int) -> None:
    """Make the next pairings of a run and ask for the next turn; idempotent, since each line is made once."""
    if services.publish_pairs(session, run_id, now=clock.now()):
        enqueue(
            session,
            "mentoring.publish_run",
            unique_key=f"publish-run:{run_id}:{turn + 1}",
            run_id=run_id,
            turn=turn + 1,
        )


@job("mentoring.end_programme")
def end_programme(session: Session, *, programme_id: int, turn: int) -> None:
    """End the next pairings of a closed programme; idempotent, since an ended one is not found again."""
    if services.end_programme_pairings(session, programme_id, now=clock.now()):
        enqueue(
            session, "mentoring.end_programme", unique_key=f"end-programme:{programme_id}:{turn + 1}",
            programme_id=programme_id, turn=turn + 1,
        )  # fmt: skip
