"""What supervisors and instructors see: requests, late people, participants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, or_, select

from lms.core.orm import path_within
from lms.courses.models import (
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Offering,
    OfferingState,
)
from lms.courses.policies import enrolments_decided_by, enrolments_visible_to, offerings_managed_by, seat_taken
from lms.courses.queries.enrolment import EnrolmentRow, Standing, _row, _rows, standings
from lms.people.models import Employee, OrganisationalUnit, Position

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

LIMIT = 100
RUN_LIMIT = LIMIT
# All that an organiser works on; who left or was refused is asked for by name.
SHOWN_STATES = tuple(
    state for state in EnrolmentState if state not in {EnrolmentState.WITHDRAWN, EnrolmentState.REFUSED}
)


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as lists show them."""

    id: int
    public_id: str
    name: str
    unit_name: str
    unit_path: str
    position_name: str


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request to join, with who asks and for what."""

    public_id: str
    person: PersonLine
    course_id: int
    course_code: str
    title: str
    credit_jp: int
    minutes: int
    offering_title: str
    is_self_study: bool
    starts_on: date | None
    ends_on: date | None
    place: str
    capacity: int | None
    taken: int
    requested_at: datetime

    @property
    def seats_left(self) -> int | None:
        """Seats that are free besides this request's own."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)


_FULL_NAME = (Employee.title_before, Employee.name, Employee.title_after)


def full_name(before: str, name: str, after: str) -> str:
    """Return a name with its titles."""
    return f"{before} {name}{', ' + after if after else ''}".strip()


def _requests(actor: Actor) -> Any:
    return (
        select(
            Enrolment.public_id,
            Employee.id,
            Employee.public_id,
            *_FULL_NAME,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            Position.name,
            Course.id,
            Course.code,
            CourseVersion.title,
            CourseVersion.credit_jp,
            CourseVersion.duration_minutes,
            Offering.title,
            Offering.is_self_study,
            Offering.starts_on,
            Offering.ends_on,
            Offering.place,
            Offering.capacity,
            Offering.id,
            Enrolment.requested_at,
        )
        .join(Employee, Employee.id == Enrolment.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .where(Enrolment.state == EnrolmentState.REQUESTED, enrolments_decided_by(actor, OrganisationalUnit.path))
        .order_by(Enrolment.requested_at, Enrolment.id)
    )


def list_requests(
    session: Session,
    actor: Actor,
    *,
    public_ids: Sequence[str] | None = None,
    course_code: str = "",
    limit: int = LIMIT,
) -> list[RequestLine]:
    """Return requests that the actor may decide on, longest waiting first; two statements.

    Args:
        public_ids: only these enrolments; those outside the actor's right are left out silently.
    """
    query = _requests(actor)
    if public_ids is not None:
        query = query.where(Enrolment.public_id.in_(public_ids))
    if course_code:
        query = query.where(Course.code == course_code)
    rows = session.execute(query.limit(limit)).all()
    held = seats_taken(session, {row[20] for row in rows if row[19] is not None})
    return [
        RequestLine(
            public_id=row[0],
            person=PersonLine(row[1], row[2], full_name(row[3], row[4], row[5]), row[6], row[7], row[8] or ""),
            course_id=row[9],
            course_code=row[10],
            title=row[11],
            credit_jp=row[12],
            minutes=row[13],
            offering_title=row[14],
            is_self_study=row[15],
            starts_on=row[16],
            ends_on=row[17],
            place=row[18],
            capacity=row[19],
            taken=held.get(row[20], 0),
            requested_at=row[21],
        )
        for row in rows
    ]


def count_requests(session: Session, actor: Actor) -> int:
    """Return how many requests wait for the actor."""
    return int(session.scalar(select(func.count()).select_from(_requests(actor).order_by(None).subquery())) or 0)


def seats_taken(session: Session, offering_ids: set[int]) -> dict[int, int]:
    """Return seats held, by offering."""
    if not offering_ids:
        return {}
    return {
        row[0]: row[1]
        for row in session.execute(
            select(Enrolment.offering_id, func.count())
            .where(Enrolment.offering_id.in_(offering_ids), seat_taken())
            .group_by(Enrolment.offering_id)
        )
    }


def person_of_enrolment(session: Session, enrolment_id: int) -> tuple[int, str | None]:
    """Return whose enrolment it is and the path of that person's unit; for policies."""
    row = session.execute(
        select(Enrolment.employee_id, OrganisationalUnit.path)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(Enrolment.id == enrolment_id)
    ).one()
    return row[0], row[1]


def lock_request(session: Session, public_id: str) -> Enrolment | None:
    """Return an enrolment by public id, its row held until commit; the service checks the right."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class LateLine:
    """Someone whose deadline is past or near."""

    person: PersonLine
    enrolment: EnrolmentRow
    percent: int
    late_days: int
    days_left: int


def list_late(
    session: Session,
    actor: Actor,
    *,
    today: date,
    within_days: int = 3,
    unit_path: str | None = None,
    limit: int = 25,
) -> list[LateLine]:
    """Return people in the actor's scope who are late, or nearly so; most overdue first.

    The actor's own enrolments are left out. Statements: one for people, and those of `standings`.
    """
    last = date.fromordinal(today.toordinal() + within_days)
    query = (
        _rows()
        .add_columns(Employee.public_id, *_FULL_NAME, OrganisationalUnit.name, OrganisationalUnit.path, Position.name)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .where(
            Enrolment.state == EnrolmentState.ACTIVE,
            Enrolment.due_on.is_not(None),
            Enrolment.due_on <= last,
            Enrolment.employee_id != (actor.employee_id or -1),
            Employee.is_active.is_(True),
            enrolments_visible_to(actor, OrganisationalUnit.path),
        )
        .order_by(Enrolment.due_on, Enrolment.id)
        .limit(limit)
    )
    if unit_path is not None:
        query = query.where(path_within(OrganisationalUnit.path, [unit_path]))
    found = [(_row(row[:-7]), row[-7:]) for row in session.execute(query)]  # type: ignore[arg-type]
    state = standings(session, [enrolment for enrolment, _person in found])
    return [
        LateLine(
            person=PersonLine(
                enrolment.employee_id, who[0], full_name(who[1], who[2], who[3]), who[4], who[5], who[6] or ""
            ),
            enrolment=enrolment,
            percent=state[enrolment.id].completion.percent,
            late_days=enrolment.late_days(today),
            days_left=(enrolment.due_on - today).days if enrolment.due_on else 0,
        )
        for enrolment, who in found
    ]


def count_late(session: Session, actor: Actor, *, today: date) -> int:
    """Return how many enrolments of others in the actor's scope are past their deadline."""
    return int(
        session.scalar(
            select(func.count())
            .select_from(Enrolment)
            .join(Employee, Employee.id == Enrolment.employee_id)
            .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .where(
                Enrolment.state == EnrolmentState.ACTIVE,
                Enrolment.due_on < today,
                Enrolment.employee_id != (actor.employee_id or -1),
                Employee.is_active.is_(True),
                enrolments_visible_to(actor, OrganisationalUnit.path),
            )
        )
        or 0
    )


# Instructors -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run with the numbers of its participants."""

    public_id: str
    code: str
    title: str
    course_title: str
    course_code: str
    state: OfferingState
    is_self_study: bool
    starts_on: date | None
    ends_on: date | None
    place: str
    capacity: int | None
    instructor_name: str
    requested: int
    active: int
    completed: int
    late: int
    waiting: int

    @property
    def participants(self) -> int:
        """People who hold a seat and may learn."""
        return self.active + self.completed


def list_runs(
    session: Session,
    actor: Actor,
    *,
    today: date,
    own_only: bool = False,
    public_id: str | None = None,
    state: OfferingState | None = None,
    words: str = "",
    limit: int = LIMIT,
) -> list[RunLine]:
    """Return the runs that the actor teaches or manages, latest start first; one statement."""

    def number(*conditions: Any) -> Any:
        return func.coalesce(
            func.sum(case((conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1], 1), else_=0)),
            0,
        )

    owner = OrganisationalUnit.__table__.alias("owner_unit")
    query = (
        select(
            Offering.public_id,
            Offering.code,
            Offering.title,
            CourseVersion.title,
            Course.code,
            Offering.state,
            Offering.is_self_study,
            Offering.starts_on,
            Offering.ends_on,
            Offering.place,
            Offering.capacity,
            func.coalesce(Employee.name, ""),
            number(Enrolment.state.in_([EnrolmentState.REQUESTED, EnrolmentState.APPROVED])),
            number(Enrolment.state == EnrolmentState.ACTIVE),
            number(Enrolment.state == EnrolmentState.COMPLETED),
            number(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.due_on < today),
            number(Enrolment.state == EnrolmentState.WAITING),
        )
        .join(Course, Course.id == Offering.course_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .join(owner, owner.c.id == Offering.owner_unit_id)
        .outerjoin(Employee, Employee.id == Offering.instructor_id)
        .outerjoin(Enrolment, Enrolment.offering_id == Offering.id)
        .where(offerings_managed_by(actor, owner.c.path))
        .group_by(
            Offering.id,
            Offering.public_id,
            Offering.code,
            Offering.title,
            CourseVersion.title,
            Course.code,
            Offering.state,
            Offering.is_self_study,
            Offering.starts_on,
            Offering.ends_on,
            Offering.place,
            Offering.capacity,
            Employee.name,
        )
        .order_by(Offering.is_self_study, Offering.starts_on.desc(), Offering.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(Offering.state == state)
    for word in words.split():
        query = query.where(
            or_(
                CourseVersion.title.icontains(word, autoescape=True),
                Offering.title.icontains(word, autoescape=True),
                Offering.place.icontains(word, autoescape=True),
            )
        )
    if own_only:
        query = query.where(Offering.instructor_id == (actor.employee_id or -1))
    if public_id is not None:
        query = query.where(Offering.public_id == public_id)
    return [RunLine(*tuple(row)) for row in session.execute(query)]


def get_run(session: Session, actor: Actor, public_id: str, *, today: date) -> RunLine | None:
    """Return one run that the actor teaches or manages."""
    found = list_runs(session, actor, today=today, public_id=public_id, limit=1)
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """A participant with progress."""

    person: PersonLine
    standing: Standing
    late_days: int


def list_participants(
    session: Session,
    run_public_id: str,
    *,
    today: date,
    state: EnrolmentState | None = None,
    words: str = "",
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[ParticipantLine], int]:
    """Return participants of a run by name, and how many there are; the caller has checked `get_run`."""
    query = (
        _rows()
        .add_columns(Employee.public_id, *_FULL_NAME, OrganisationalUnit.name, OrganisationalUnit.path, Position.name)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .where(Offering.public_id == run_public_id)
    )
    query = (
        query.where(Enrolment.state == state) if state is not None else query.where(Enrolment.state.in_(SHOWN_STATES))
    )
    if words:
        escaped = words.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        query = query.where(func.lower(Employee.name).like(f"%{escaped}%", escape="\\"))
    total = int(session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0)
    rows = session.execute(query.order_by(Employee.name, Enrolment.id).offset(offset).limit(limit)).all()
    found = [(_row(row[:-7]), row[-7:]) for row in rows]  # type: ignore[arg-type]
    state_of = standings(session, [enrolment for enrolment, _who in found])
    return [
        ParticipantLine(
            PersonLine(
                enrolment.employee_id,
                who[0],
                full_name(who[1], who[2], who[3]),
                who[4] or "",
                who[5] or "",
                who[6] or "",
            ),
            state_of[enrolment.id],
            enrolment.late_days(today),
        )
        for enrolment, who in found
    ], total


@dataclass(frozen=True, slots=True)
class Participant:
    """One participant of a run, in whatever state."""

    id: int
    public_id: str
    person: PersonLine
    state: EnrolmentState
    requested_at: datetime
    source: str
    decision_reason: str
    priority: int
    priority_reason: str
    due_on: date | None


def get_participant(session: Session, run_public_id: str, enrolment_public_id: str) -> Participant | None:
    """Return one participant of a run; the caller has checked the right over the run."""
    row = session.execute(
        select(
            Enrolment,
            Employee.id,
            Employee.public_id,
            *_FULL_NAME,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            Position.name,
        )
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .where(Offering.public_id == run_public_id, Enrolment.public_id == enrolment_public_id)
    ).one_or_none()
    if row is None:
        return None
    held = row[0]
    return Participant(
        id=held.id,
        public_id=held.public_id,
        person=PersonLine(row[1], row[2], full_name(row[3], row[4], row[5]), row[6] or "", row[7] or "", row[8] or ""),
        state=held.state,
        requested_at=held.requested_at,
        source=held.source,
        decision_reason=held.decision_reason,
        priority=held.priority,
        priority_reason=held.priority_reason,
        due_on=held.due_on,
    )
