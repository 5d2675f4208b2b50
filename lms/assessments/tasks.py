"""Background work of assessments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lms.assessments import services
from lms.core import clock
from lms.core.jobs import job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@job("assessments.close_attempt")
def close_attempt(session: Session, *, attempt_id: int) -> None:
    """Close an attempt whose time ran out and tell of its result.

    Idempotent: an attempt that is closed, or whose time was made longer, is left alone. What a person
    sees does not wait for this: expiry is worked out on read.
    """
    services.close_attempt(session, attempt_id, now=clock.now())


def _compute(session: Session, *, assessment_id: int) -> dict[str, Any]:
    """Compute outside the write transaction, so that nobody who saves waits for it."""
    return services.analyse(session, assessment_id)


@job("assessments.analyse", prepare=_compute)
def analyse(session: Session, *, assessment_id: int, prepared: dict[str, Any]) -> None:
    """Keep the statistics of an assessment.

    Idempotent: a second run computes them anew and writes the same row.
    """
    services.keep_analysis(session, assessment_id, prepared, now=clock.now())
