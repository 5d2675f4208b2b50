"""What happens in courses that packages above want to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EnrolmentCompleted:
    """Someone finished everything that a course version asks for; told once per enrolment."""

    enrolment_id: int
    employee_id: int
    course_version_id: int
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class EnrolmentDecided:
    """A request to join was approved or refused."""

    enrolment_id: int
    employee_id: int
    approved: bool
    decided_at: datetime
