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


@dataclass(frozen=True, slots=True)
class ResultChanged:
    """A finished attempt has another result, because a key was corrected."""

    attempt_id: int
    attempt_public_id: str
    employee_id: int
    title: str
    old_percent: float
    new_percent: float
    reason: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PassGained:
    """A corrected key made an attempt a passed one."""

    enrolment_id: int
    employee_id: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PassLost:
    """A corrected key took the only pass of an assessment away."""

    enrolment_id: int
    employee_id: int
    reason: str
    changed_at: datetime
