"""The line of an offering: who waits, who holds seats, what stands in somebody's way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from lms.competencies.queries import gaps_of
from lms.core import clock
from lms.core.clock import DEFAULT_ZONE
from lms.courses.models import (
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    EnrolmentStep,
    Offering,
    OfferingPrerequisite,
    OfferingShare,
    OfferingState,
)
from lms.courses.policies import seat_taken
from lms.courses.queries.catalogue import get_catalogue, needs_of
from lms.courses.queries.meetings import meeting_times
from lms.courses.rules import OfferingMode, Share, Waiter, WaitingOrder, has_seat, overlaps
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Times = list[tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a person out of an offering.

    Args:
        kind: `clash` (with another run) or `prerequisite` (a course that is not finished yet).
        title: the run or the course.
        course_code: of that course.
        starts_on: of that run.
    """

    kind: str
    title: str
    course_code: str
    starts_on: date | None = None


def hold_offerings(session: Session, offering_ids: Collection[int], *, person_ids: Collection[int] = ()) -> None:
    """Hold offerings until commit, then everybody who waits there and these people too.

    Called once, before anything else is held: rows are taken in one order, so that nobody waits in a circle.
    """
    if offering_ids:
        session.scalars(
            select(Offering)
            .where(Offering.id.in_(offering_ids))
            .order_by(Offering.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
    waiting = session.scalars(
        select(Enrolment.employee_id).where(
            Enrolment.offering_id.in_(offering_ids), Enrolment.state == EnrolmentState.WAITING
        )
    ).all()
    people = sorted({*waiting, *person_ids})
    for start in range(0, len(people), 500):
        part = people[start : start + 500]
        # FOR NO KEY UPDATE: others may go on adding rows that only name the person.
        session.execute(
            select(Employee.id).where(Employee.id.in_(part)).order_by(Employee.id).with_for_update(key_share=True)
        ).all()


def offering_of_enrolment(session: Session, public_id: str) -> int | None:
    """Return the internal id of an enrolment's offering; services check the right."""
    return session.scalar(select(Enrolment.offering_id).where(Enrolment.public_id == public_id))


def list_line(session: Session, offering: Offering) -> list[tuple[Enrolment, Waiter]]:
    """Return those who wait and still work here, in the order of the line."""
    first: list[Any] = [Enrolment.requested_at, Enrolment.id]
    if offering.waiting_order is WaitingOrder.PRIORITY:
        first.insert(0, Enrolment.priority.desc())
    rows = session.execute(
        select(Enrolment, func.coalesce(OrganisationalUnit.path, ""))
        .join(Employee, Employee.id == Enrolment.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(
            Enrolment.offering_id == offering.id,
            Enrolment.state == EnrolmentState.WAITING,
            Employee.is_active.is_(True),
        )
        .order_by(*first)
        .execution_options(populate_existing=True)
    )
    return [(row[0], Waiter(row[0].id, row[1])) for row in rows]


def list_seat_paths(session: Session, offering_id: int) -> list[str]:
    """Return the unit path of everybody who holds a seat, empty for people without a unit."""
    return list(
        session.scalars(
            select(func.coalesce(OrganisationalUnit.path, ""))
            .select_from(Enrolment)
            .join(Employee, Employee.id == Enrolment.employee_id)
            .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .where(Enrolment.offering_id == offering_id, seat_taken())
        )
    )


def list_shares(session: Session, offering: Offering, *, today: date) -> list[Share]:
    """Return what units may have of an offering; kept seats count until their last day."""
    kept = offering.reserve_until_on is None or today <= offering.reserve_until_on
    rows = session.execute(
        select(OrganisationalUnit.path, OfferingShare.most_count, OfferingShare.kept_count)
        .join(OrganisationalUnit, OrganisationalUnit.id == OfferingShare.unit_id)
        .where(OfferingShare.offering_id == offering.id)
        .order_by(OrganisationalUnit.path)
    )
    return [Share(row[0], row[1], row[2] if kept else 0) for row in rows]


def zone_of_unit(session: Session, unit_id: int) -> str:
    """Return the zone of the unit that runs an offering: its days are counted there."""
    return session.scalar(select(OrganisationalUnit.timezone).where(OrganisationalUnit.id == unit_id)) or DEFAULT_ZONE


def _whole_days(mode: OfferingMode, starts_on: date | None, ends_on: date | None, zone: str) -> Times:
    if mode is not OfferingMode.CLASSROOM or starts_on is None:
        return []
    return [(clock.day_start(starts_on, zone), clock.day_end(ends_on or starts_on, zone))]


def busy_times(session: Session, offering_ids: Collection[int]) -> dict[int, Times]:
    """Return when somebody who takes part in an offering must be there, by offering.

    Its sessions where it has any, else the days of a classroom run; an online run can be fitted in.
    """
    if not offering_ids:
        return {}
    rows = session.execute(
        select(Offering.id, Offering.mode, Offering.starts_on, Offering.ends_on, OrganisationalUnit.timezone)
        .join(OrganisationalUnit, OrganisationalUnit.id == Offering.owner_unit_id)
        .where(Offering.id.in_(offering_ids))
    )
    days = {row[0]: _whole_days(row[1], row[2], row[3], row[4]) for row in rows}
    return days | meeting_times(session, offering_ids)


def clashes(
    session: Session, employee_ids: Collection[int], offering_ids: Sequence[int]
) -> dict[tuple[int, int], Obstacle]:
    """Return for each (person, offering) the first run in which the person sits at the same time.

    Three statements at most, whatever the numbers.
    """
    wanted = busy_times(session, offering_ids)
    if not any(wanted.values()) or not employee_ids:
        return {}
    rows = session.execute(
        select(Enrolment.employee_id, Offering.id, Offering.title, Course.code, CourseVersion.title, Offering.starts_on)
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .where(
            Enrolment.employee_id.in_(employee_ids),
            Enrolment.state == EnrolmentState.ACTIVE,
            Offering.state != OfferingState.CANCELLED,
        )
        .order_by(Offering.starts_on, Offering.id)
    ).all()
    held = busy_times(session, {row[1] for row in rows})
    found: dict[tuple[int, int], Obstacle] = {}
    for employee_id, other, title, code, course, starts_on in rows:
        for offering_id in offering_ids:
            if other != offering_id and overlaps(wanted.get(offering_id, []), held.get(other, [])):
                found.setdefault((employee_id, offering_id), Obstacle("clash", f"{course}, {title}", code, starts_on))
    return found


def missing_prerequisites(
    session: Session, employee_ids: Collection[int], offering_ids: Sequence[int]
) -> dict[tuple[int, int], list[Obstacle]]:
    """Return for each (person, offering) the courses that must be finished first and are not."""
    needed: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for row in session.execute(
        select(OfferingPrerequisite.offering_id, Course.id, Course.code, CourseVersion.title)
        .join(Course, Course.id == OfferingPrerequisite.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(OfferingPrerequisite.offering_id.in_(offering_ids))
        .order_by(CourseVersion.title, Course.id)
    ):
        needed[row[0]].append((row[1], row[2], row[3]))
    if not needed or not employee_ids:
        return {}
    courses = {one[0] for many in needed.values() for one in many}
    done = {
        (row[0], row[1])
        for row in session.execute(
            select(Enrolment.employee_id, Offering.course_id)
            .join(Offering, Offering.id == Enrolment.offering_id)
            .where(
                Enrolment.employee_id.in_(employee_ids),
                Enrolment.state == EnrolmentState.COMPLETED,
                Offering.course_id.in_(courses),
            )
        )
    }
    found: dict[tuple[int, int], list[Obstacle]] = {}
    for offering_id, many in needed.items():
        for employee_id in employee_ids:
            missing = [
                Obstacle("prerequisite", title, code) for cid, code, title in many if (employee_id, cid) not in done
            ]
            if missing:
                found[employee_id, offering_id] = missing
    return found


def list_obstacles(session: Session, employee_id: int, offering_ids: Sequence[int]) -> dict[int, list[Obstacle]]:
    """Return what keeps one person out of each offering, prerequisites first; offerings without any are absent."""
    found: dict[int, list[Obstacle]] = {}
    for (_person, offering_id), missing in missing_prerequisites(session, [employee_id], offering_ids).items():
        found.setdefault(offering_id, []).extend(missing)
    for (_person, offering_id), clash in clashes(session, [employee_id], offering_ids).items():
        found.setdefault(offering_id, []).append(clash)
    return found


def gap_levels(session: Session, employee_id: int, course_id: int, on: date) -> tuple[int, str]:
    """Return how many levels of a person's gaps a course closes, and the competency of which most."""
    needs = needs_of(get_catalogue(session), gaps_of(session, employee_id, on)).get(course_id, ())
    return sum(need.closes for need in needs), needs[0].name if needs else ""


def place_in_line(session: Session, enrolment_id: int) -> int | None:
    """Return the place of somebody who waits, 1 for the first; None for everybody else."""
    row = session.execute(
        select(Enrolment, Offering)
        .join(Offering, Offering.id == Enrolment.offering_id)
        .where(Enrolment.id == enrolment_id)
    ).one_or_none()
    if row is None or row[0].state is not EnrolmentState.WAITING:
        return None
    line = [waiter.key for _enrolment, waiter in list_line(session, row[1])]
    return line.index(enrolment_id) + 1 if enrolment_id in line else None


def exists_free_seat(session: Session, offering: Offering, *, unit_path: str, today: date) -> bool:
    """Return whether somebody of this unit would get a seat now."""
    return has_seat(
        unit_path,
        capacity=offering.capacity,
        taken=list_seat_paths(session, offering.id),
        shares=list_shares(session, offering, today=today),
    )


def path_of_unit(session: Session, unit_id: int) -> str | None:
    """Return the materialised path of a unit."""
    return session.scalar(select(OrganisationalUnit.path).where(OrganisationalUnit.id == unit_id))


def offering_id_of(session: Session, public_id: str) -> int | None:
    """Return the internal id of an offering; services check the right."""
    return session.scalar(select(Offering.id).where(Offering.public_id == public_id))


def name_of(session: Session, employee_id: int) -> str:
    """Return a person's name without titles, for a notice."""
    return session.scalar(select(Employee.name).where(Employee.id == employee_id)) or ""


def in_order_of_request(session: Session, public_ids: Sequence[str]) -> list[str]:
    """Return enrolments in the order in which they were asked for, absent ones at the end: seats go in that order."""
    known = list(
        session.scalars(
            select(Enrolment.public_id)
            .where(Enrolment.public_id.in_(public_ids))
            .order_by(Enrolment.requested_at, Enrolment.id)
        )
    )
    return known + [one for one in public_ids if one not in set(known)]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line of an enrolment's history."""

    act: str
    to_state: EnrolmentState
    at: datetime
    by_name: str
    reason: str


def list_steps(session: Session, enrolment_id: int, *, limit: int = 50) -> list[StepLine]:
    """Return the history of an enrolment, the latest first."""
    rows = session.execute(
        select(EnrolmentStep.act, EnrolmentStep.to_state, EnrolmentStep.at, Employee.name, EnrolmentStep.reason)
        .outerjoin(Employee, Employee.id == EnrolmentStep.by_id)
        .where(EnrolmentStep.enrolment_id == enrolment_id)
        .order_by(EnrolmentStep.id.desc())
        .limit(limit)
    )
    return [StepLine(row[0], EnrolmentState(row[1]), row[2], row[3] or "", row[4]) for row in rows]


def waiting_elsewhere(session: Session, employee_id: int, *, without: int) -> list[int]:
    """Return the other offerings in whose line a person stands."""
    return list(
        session.scalars(
            select(Enrolment.offering_id)
            .where(
                Enrolment.employee_id == employee_id,
                Enrolment.state == EnrolmentState.WAITING,
                Enrolment.offering_id != without,
            )
            .order_by(Enrolment.offering_id)
        )
    )
