"""What assessments tell upwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AttemptSubmitted:
    """An attempt was handed in, or its time ran out, and it was scored.

    Args:
        kind: `pretest`, `quiz` or `exam`.
        passed: always true where there is no limit to pass.
        percent: 0 to 100.
        submitted_at: when it was handed in; the deadline when time ran out.
    """

    attempt_id: int
    employee_id: int
    enrolment_id: int
    assessment_id: int
    kind: str
    passed: bool
    percent: float
    submitted_at: datetime
