"""Whose deadline or beginning is near and was not told yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from lms.core import clock
from lms.courses.models import CourseVersion, Enrolment, EnrolmentState, Offering, OfferingState, Reminder
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

REMINDED = ("deadline", "beginning")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days are looked for: those of one step, of people whose unit keeps one zone."""

    about: str
    zone: str
    first: date
    last: date
    step: int


@dataclass(frozen=True, slots=True)
class ToRemind:
    """Somebody to remind, and of what."""

    enrolment_id: int
    public_id: str
    employee_id: int
    about: str
    on: date
    joined_on: date
    title: str
    place: str


def list_zones(session: Session) -> list[str]:
    """Return the zones that units keep; three or four."""
    return sorted(session.scalars(select(OrganisationalUnit.timezone).distinct()))


def list_to_remind(session: Session, wanted: Wanted, *, limit: int) -> list[ToRemind]:
    """Return seated people whose day lies in a step and who were not told of it at this or a later step.

    Index: ix_enrolment_due_on_state for deadlines, the offerings' few rows for beginnings.
    """
    day: Any = Enrolment.due_on if wanted.about == "deadline" else Offering.starts_on
    told = (
        select(Reminder.id)
        .where(
            Reminder.enrolment_id == Enrolment.id,
            Reminder.about == wanted.about,
            Reminder.day_on == day,
            Reminder.step <= wanted.step,
        )
        .exists()
    )
    rows = session.execute(
        select(
            Enrolment.id, Enrolment.public_id, Enrolment.employee_id, day,
            func.coalesce(Enrolment.started_at, Enrolment.requested_at), CourseVersion.title, Offering.place,
        )
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(
            Enrolment.state == EnrolmentState.ACTIVE,
            Offering.state != OfferingState.CANCELLED,
            day.between(wanted.first, wanted.last),
            OrganisationalUnit.timezone == wanted.zone,
            Employee.is_active.is_(True),
            ~told,
        )
        .order_by(Enrolment.id)
        .limit(limit)
    )  # fmt: skip
    return [
        ToRemind(
            row[0], row[1], row[2], wanted.about, row[3], clock.local_day(row[4], wanted.zone), row[5], row[6] or ""
        )
        for row in rows
    ]
