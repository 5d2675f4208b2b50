"""Offerings for those who run them, and the schedule for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from lms.competencies.models import Competency
from lms.core.actor import Actor, Permission, Role
from lms.core.orm import path_within
from lms.courses.models import (
    Course,
    CourseOutcome,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Offering,
    OfferingPrerequisite,
    OfferingShare,
    OfferingState,
)
from lms.courses.policies import offerings_managed_by, seat_taken
from lms.courses.rules import OfferingMode
from lms.identity.models import Account, Grant
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PAGE = 25
MAX_EXPORT = 5000


def owner_unit_for(session: Session, actor: Actor, public_id: str = "") -> OrganisationalUnit | None:
    """Return a unit for which the actor may run offerings: the one asked for, else the topmost."""
    query = select(OrganisationalUnit).where(
        path_within(OrganisationalUnit.path, actor.scope(Permission.OFFERING_MANAGE))
    )
    if public_id:
        query = query.where(OrganisationalUnit.public_id == public_id)
    return session.scalars(
        query.order_by(func.length(OrganisationalUnit.path), OrganisationalUnit.path).limit(1)
    ).first()


def list_owner_units(session: Session, actor: Actor, permission: Permission) -> list[tuple[str, str]]:
    """Return units in the actor's scope as (public id, name), the highest first."""
    rows = session.execute(
        select(OrganisationalUnit.public_id, OrganisationalUnit.name)
        .where(path_within(OrganisationalUnit.path, actor.scope(permission)))
        .order_by(func.length(OrganisationalUnit.path), OrganisationalUnit.name, OrganisationalUnit.id)
        .limit(300)
    )
    return [(row[0], row[1]) for row in rows]


def list_all_units(session: Session) -> list[tuple[str, str]]:
    """Return all units as (public id, name with its place in the tree), for seats of units."""
    rows = session.execute(
        select(OrganisationalUnit.public_id, OrganisationalUnit.name, OrganisationalUnit.path)
        .where(OrganisationalUnit.valid_to_on.is_(None))
        .order_by(OrganisationalUnit.path)
        .limit(1000)
    )
    return [(row[0], "\u2003" * max(0, row[2].count("/") - 2) + row[1]) for row in rows]


def unit_by_public_id(session: Session, public_id: str) -> OrganisationalUnit | None:
    """Return a unit; names of units are no secret."""
    return session.scalars(select(OrganisationalUnit).where(OrganisationalUnit.public_id == public_id)).one_or_none()


def public_id_of_unit(session: Session, unit_id: int) -> str:
    """Return the public id of a unit."""
    return session.scalars(select(OrganisationalUnit.public_id).where(OrganisationalUnit.id == unit_id)).one()


def count_runs(session: Session, course_id: int) -> int:
    """Return how many dated runs a course has had."""
    return int(
        session.scalar(select(func.count()).where(Offering.course_id == course_id, Offering.is_self_study.is_(False)))
        or 0
    )


def free_offering_code(session: Session, wanted: str) -> str:
    """Return a code that no offering has: the wanted one, or that with a number."""
    taken = set(session.scalars(select(Offering.code).where(Offering.code.startswith(wanted, autoescape=True))))
    code, number = wanted, 1
    while code in taken:
        number += 1
        code = f"{wanted}-{number}"
    return code


def count_kept_seats(session: Session, offering_id: int) -> int:
    """Return how many seats are kept for units in all."""
    return int(
        session.scalar(select(func.sum(OfferingShare.kept_count)).where(OfferingShare.offering_id == offering_id)) or 0
    )


def other_shares(session: Session, offering_id: int, *, without_unit_id: int) -> list[tuple[str, int]]:
    """Return (path, kept seats) of the other units of an offering."""
    rows = session.execute(
        select(OrganisationalUnit.path, OfferingShare.kept_count)
        .join(OrganisationalUnit, OrganisationalUnit.id == OfferingShare.unit_id)
        .where(OfferingShare.offering_id == offering_id, OfferingShare.unit_id != without_unit_id)
    )
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class ShareLine:
    """What one unit may have of an offering, and what it has."""

    public_id: str
    unit_name: str
    unit_public_id: str
    path: str
    most: int | None
    kept: int
    taken: int


def list_share_lines(session: Session, offering_id: int) -> list[ShareLine]:
    """Return the units with seats of their own, with the seats that their people hold; one statement."""
    below = aliased(OrganisationalUnit)
    held = (
        select(func.count())
        .select_from(Enrolment)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .join(below, below.id == Employee.unit_id)
        .where(Enrolment.offering_id == offering_id, seat_taken(), below.path.like(OrganisationalUnit.path.concat("%")))
        .correlate(OrganisationalUnit)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            OfferingShare.public_id,
            OrganisationalUnit.name,
            OrganisationalUnit.public_id,
            OrganisationalUnit.path,
            OfferingShare.most_count,
            OfferingShare.kept_count,
            held,
        )
        .join(OrganisationalUnit, OrganisationalUnit.id == OfferingShare.unit_id)
        .where(OfferingShare.offering_id == offering_id)
        .order_by(OrganisationalUnit.name, OfferingShare.id)
    )
    return [ShareLine(*row) for row in rows]


def get_managed_offering(session: Session, actor: Actor, public_id: str) -> Offering | None:
    """Return an offering that the actor runs, or None."""
    return session.scalars(
        select(Offering)
        .join(OrganisationalUnit, OrganisationalUnit.id == Offering.owner_unit_id)
        .where(Offering.public_id == public_id, offerings_managed_by(actor, OrganisationalUnit.path))
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class LineNumbers:
    """How the seats of a run stand."""

    taken: int
    waiting: int
    requested: int
    approved: int
    invited: int


def line_numbers(session: Session, offering_id: int) -> LineNumbers:
    """Return the numbers of a run's line in one statement."""
    counts = {
        EnrolmentState(row[0]): row[1]
        for row in session.execute(
            select(Enrolment.state, func.count()).where(Enrolment.offering_id == offering_id).group_by(Enrolment.state)
        )
    }
    return LineNumbers(
        taken=counts.get(EnrolmentState.ACTIVE, 0) + counts.get(EnrolmentState.COMPLETED, 0),
        waiting=counts.get(EnrolmentState.WAITING, 0),
        requested=counts.get(EnrolmentState.REQUESTED, 0),
        approved=counts.get(EnrolmentState.APPROVED, 0),
        invited=counts.get(EnrolmentState.INVITED, 0),
    )


def list_prerequisites(session: Session, offering_id: int) -> list[tuple[str, str]]:
    """Return (code, title) of the courses that must be finished first."""
    rows = session.execute(
        select(Course.code, CourseVersion.title)
        .join(OfferingPrerequisite, OfferingPrerequisite.course_id == Course.id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(OfferingPrerequisite.offering_id == offering_id)
        .order_by(CourseVersion.title, Course.id)
    )
    return [(row[0], row[1]) for row in rows]


def list_course_choices(session: Session, *, without_id: int = 0) -> list[tuple[int, str, str]]:
    """Return (id, code, title) of all listed courses by title."""
    rows = session.execute(
        select(Course.id, Course.code, CourseVersion.title)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Course.is_listed.is_(True), Course.id != without_id)
        .order_by(CourseVersion.title, Course.id)
        .limit(500)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def list_instructors(session: Session, *, on: date, keep_id: int | None = None) -> list[tuple[str, str]]:
    """Return (internal id as text, name with unit) of people who may teach on a day, by name.

    Args:
        keep_id: somebody who stays in the list although the role has ended.
    """
    teaches = (
        select(Grant.id)
        .join(Account, Account.id == Grant.account_id)
        .where(
            Account.employee_id == Employee.id,
            Grant.role == Role.INSTRUKTUR,
            Grant.revoked_at.is_(None),
            Grant.starts_on <= on,
            or_(Grant.ends_on.is_(None), Grant.ends_on >= on),
        )
        .correlate(Employee)
        .exists()
    )
    rows = session.execute(
        select(Employee.id, Employee.name, OrganisationalUnit.name)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(or_(Employee.id == (keep_id or -1), and_(teaches, Employee.is_active.is_(True))))
        .order_by(Employee.name, Employee.id)
        .limit(300)
    )
    return [(str(row[0]), f"{row[1]}, {row[2]}" if row[2] else row[1]) for row in rows]


def list_runs_to_check(session: Session, *, now: datetime, limit: int = 500) -> list[tuple[Offering, int]]:
    """Return open runs with a minimum of which nobody was told, with the number of people who have a seat."""
    booked = (
        select(func.count())
        .where(Enrolment.offering_id == Offering.id, seat_taken())
        .correlate(Offering)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Offering, booked)
        .where(
            Offering.state == OfferingState.OPEN,
            Offering.min_participants.is_not(None),
            Offering.min_told_at.is_(None),
            Offering.min_check_on <= (now + timedelta(days=1)).date(),
            or_(Offering.starts_on.is_(None), Offering.starts_on >= (now - timedelta(days=1)).date()),
        )
        .order_by(Offering.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def list_lines_to_move(session: Session, *, limit: int = 1000) -> list[int]:
    """Return the open offerings where somebody waits, for the hourly look at reserves that ended."""
    return list(
        session.scalars(
            select(Offering.id)
            .where(
                Offering.state == OfferingState.OPEN,
                select(Enrolment.id)
                .where(Enrolment.offering_id == Offering.id, Enrolment.state == EnrolmentState.WAITING)
                .correlate(Offering)
                .exists(),
            )
            .order_by(Offering.id)
            .limit(limit)
        )
    )


# The schedule -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScheduleWish:
    """What somebody looks for in the schedule.

    Args:
        first, last: the run touches these days; last is None for all that comes.
        only_free: only runs with a seat that can still be joined.
    """

    words: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    mode: OfferingMode | None = None
    place: str = ""
    course_code: str = ""
    competency_code: str = ""
    only_free: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One run in the schedule."""

    public_id: str
    title: str
    course_code: str
    course_title: str
    family: str
    learning_form: int
    credit_jp: int
    mode: OfferingMode
    state: OfferingState
    starts_on: date
    ends_on: date | None
    place: str
    capacity: int | None
    taken: int
    waiting: int
    enrol_from_at: datetime | None
    enrol_until_at: datetime | None
    unit_name: str
    instructor_name: str

    @property
    def seats_left(self) -> int | None:
        """Free seats, None without a limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    def window(self, now: datetime) -> str:
        """Return `soon`, `open` or `over`."""
        if self.state is not OfferingState.OPEN or (self.enrol_until_at is not None and now >= self.enrol_until_at):
            return "over"
        return "soon" if self.enrol_from_at is not None and now < self.enrol_from_at else "open"


def _seats() -> Any:
    return (
        select(func.count())
        .where(Enrolment.offering_id == Offering.id, seat_taken())
        .correlate(Offering)
        .scalar_subquery()
    )


def _wishes(wish: ScheduleWish, *, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        Offering.state.in_([OfferingState.OPEN, OfferingState.CLOSED]),
        Offering.is_self_study.is_(False),
        Offering.starts_on.is_not(None),
        Course.is_listed.is_(True),
    ]
    found += [
        or_(
            CourseVersion.title.icontains(word, autoescape=True),
            Offering.title.icontains(word, autoescape=True),
            Offering.place.icontains(word, autoescape=True),
        )
        for word in wish.words
    ]
    if wish.first is not None:
        found.append(func.coalesce(Offering.ends_on, Offering.starts_on) >= wish.first)
    if wish.last is not None:
        found.append(Offering.starts_on <= wish.last)
    if wish.mode is not None:
        found.append(Offering.mode == wish.mode)
    if wish.place:
        found.append(Offering.place == wish.place)
    if wish.course_code:
        found.append(Course.code == wish.course_code)
    if wish.competency_code:
        found.append(_leads_to(wish.competency_code))
    if wish.only_free:
        found.append(
            and_(
                Offering.state == OfferingState.OPEN,
                or_(Offering.enrol_until_at.is_(None), Offering.enrol_until_at > now),
                or_(Offering.capacity.is_(None), Offering.capacity > _seats()),
            )
        )
    return found


def _leads_to(competency_code: str) -> ColumnElement[bool]:
    return (
        select(CourseOutcome.id)
        .join(Competency, Competency.id == CourseOutcome.competency_id)
        .where(CourseOutcome.course_version_id == Offering.course_version_id, Competency.code == competency_code)
        .correlate(Offering)
        .exists()
    )


def _joined(query: Any) -> Any:
    return (
        query.join(Course, Course.id == Offering.course_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Offering.owner_unit_id)
        .outerjoin(Employee, Employee.id == Offering.instructor_id)
    )


def count_schedule(session: Session, wish: ScheduleWish, *, now: datetime) -> int:
    """Return how many runs answer a wish."""
    query = _joined(select(func.count()).select_from(Offering)).where(*_wishes(wish, now=now))
    return int(session.scalar(query) or 0)


def list_schedule(
    session: Session, wish: ScheduleWish, *, now: datetime, offset: int = 0, limit: int = PAGE
) -> list[ScheduleLine]:
    """Return the dated runs that answer a wish, by start, in one statement."""
    waiting = (
        select(func.count())
        .where(Enrolment.offering_id == Offering.id, Enrolment.state == EnrolmentState.WAITING)
        .correlate(Offering)
        .scalar_subquery()
    )
    rows = session.execute(
        _joined(
            select(
                Offering.public_id,
                Offering.title,
                Course.code,
                CourseVersion.title,
                Course.family,
                CourseVersion.learning_form,
                CourseVersion.credit_jp,
                Offering.mode,
                Offering.state,
                Offering.starts_on,
                Offering.ends_on,
                Offering.place,
                Offering.capacity,
                _seats(),
                waiting,
                Offering.enrol_from_at,
                Offering.enrol_until_at,
                OrganisationalUnit.name,
                func.coalesce(Employee.name, ""),
            )
        )
        .where(*_wishes(wish, now=now))
        .order_by(Offering.starts_on, Offering.id)
        .offset(offset)
        .limit(limit)
    )
    return [ScheduleLine(*row) for row in rows]


def schedule_places(session: Session, *, first: date) -> list[str]:
    """Return the places of runs that are not over, by name."""
    return list(
        session.scalars(
            select(Offering.place)
            .where(
                Offering.place != "",
                Offering.is_self_study.is_(False),
                Offering.state.in_([OfferingState.OPEN, OfferingState.CLOSED]),
                func.coalesce(Offering.ends_on, Offering.starts_on) >= first,
            )
            .distinct()
            .order_by(Offering.place)
            .limit(60)
        )
    )


def schedule_years(session: Session) -> list[int]:
    """Return the years that have dated runs, the latest first."""
    first, last = session.execute(
        select(func.min(Offering.starts_on), func.max(Offering.starts_on)).where(
            Offering.is_self_study.is_(False), Offering.state != OfferingState.DRAFT
        )
    ).one()
    return list(range(last.year, first.year - 1, -1)) if first is not None and last is not None else []


def run_of_course(session: Session, actor: Actor, course_id: int, *, without_id: int) -> Sequence[tuple[str, str]]:
    """Return (public id, title) of the open runs of a course that the actor manages, for a transfer."""
    rows = session.execute(
        select(Offering.public_id, Offering.title)
        .join(OrganisationalUnit, OrganisationalUnit.id == Offering.owner_unit_id)
        .where(
            Offering.course_id == course_id,
            Offering.id != without_id,
            Offering.state == OfferingState.OPEN,
            offerings_managed_by(actor, OrganisationalUnit.path),
        )
        .order_by(Offering.starts_on, Offering.id)
        .limit(50)
    )
    return [(row[0], row[1]) for row in rows]
