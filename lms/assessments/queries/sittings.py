"""Reads of exam sittings: what holds for one person, the list, the live board, the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from lms.assessments.models import (
    Accommodation,
    Assessment,
    AssessmentKind,
    Attempt,
    AttemptItem,
    AttemptState,
    ExamIncident,
    ExamSitting,
    ExamSpecial,
    IncidentKind,
    ItemComment,
)
from lms.assessments.policies import accommodations_visible_to, assessments_managed_by
from lms.assessments.rules import (
    BoardState,
    Plan,
    SittingRefusal,
    Special,
    Watched,
    Window,
    board_state,
    pick_sitting,
    place_fits,
    plan_for,
    same_code,
    sitting_refusal,
)
from lms.core.clock import DEFAULT_ZONE, local_day
from lms.core.sessions import LoginSession
from lms.courses.models import Course, CourseVersion, Enrolment, EnrolmentState, Offering, OfferingState
from lms.identity.models import Account
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from lms.assessments.queries.taking import AssessmentFacts
    from lms.core.actor import Actor

SITTING_PAGE = 25
# A sitting is one room or one city; more than that are several sittings.
BOARD_MAX = 1000
_OWN = aliased(OrganisationalUnit, name="own_unit")


@dataclass(frozen=True, slots=True)
class ExamPlace:
    """What holds for one person in one assessment: the sitting, if there is one, and the plan.

    Args:
        has_sittings: the assessment is taken in sittings, so that a start needs one.
        title, room, access_code, networks, is_paused: of the sitting; empty without one.
    """

    plan: Plan
    has_sittings: bool = False
    sitting_id: int | None = None
    title: str = ""
    room: str = ""
    access_code: str = ""
    networks: tuple[str, ...] = ()
    is_paused: bool = False

    def refusal(self, *, now: datetime, typed: str, address: str) -> SittingRefusal | None:
        """Return why this person may not start now, or None."""
        if self.has_sittings and self.sitting_id is None:
            return SittingRefusal.NONE_FOR_YOU
        return sitting_refusal(
            self.plan, now=now, is_paused=self.is_paused, code_fits=same_code(typed, self.access_code),
            place_fits=place_fits(address, self.networks),
        )  # fmt: skip


def _within(person_path: Any, unit_path: Any) -> ColumnElement[bool]:
    """Return whether a unit's path lies below another's; paths hold figures and slashes only."""
    found: ColumnElement[bool] = person_path.like(unit_path + literal("%"))
    return found


def place_of(
    session: Session, facts: AssessmentFacts, *, employee_id: int, now: datetime, lock: bool = False
) -> ExamPlace:
    """Return what holds for one person now; two statements, three within a sitting.

    Args:
        lock: keep the sittings from being paused or changed until the transaction ends.
    """
    accommodations = list_valid_accommodations(session, employee_id=employee_id, now=now)
    path = (
        select(_OWN.path)
        .join(Employee, Employee.unit_id == _OWN.id)
        .where(Employee.id == employee_id)
        .scalar_subquery()
    )
    is_mine = or_(ExamSitting.unit_id.is_(None), _within(path, OrganisationalUnit.path))
    statement = (
        select(ExamSitting, is_mine)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == ExamSitting.unit_id)
        .where(
            ExamSitting.assessment_id == facts.id, ExamSitting.offering_id == facts.offering_id,
            ExamSitting.cancelled_at.is_(None),
        )
        .order_by(ExamSitting.opens_at, ExamSitting.id)
        .limit(200)
    )  # fmt: skip
    if lock:
        statement = statement.with_for_update(of=ExamSitting, read=True).execution_options(populate_existing=True)
    rows = session.execute(statement).all()
    mine = [row[0] for row in rows if row[1]]
    if not mine:
        plan = plan_for(limit_minutes=facts.time_limit_minutes, accommodations=accommodations)
        return ExamPlace(plan, has_sittings=bool(rows))
    specials = _specials(session, [one.id for one in mine], employee_id=employee_id, path=path)
    plans = [
        plan_for(
            limit_minutes=one.time_limit_minutes or facts.time_limit_minutes,
            window=Window(one.opens_at, one.last_start_at, one.closes_at),
            accommodations=accommodations, exceptions=specials.get(one.id, ()),
        )
        for one in mine
    ]  # fmt: skip
    chosen = pick_sitting([plan.window for plan in plans if plan.window is not None], now=now)
    assert chosen is not None
    one = mine[chosen]
    return ExamPlace(
        plans[chosen], has_sittings=True, sitting_id=one.id, title=one.title, room=one.place,
        access_code=one.access_code, networks=tuple(one.networks), is_paused=one.paused_at is not None,
    )  # fmt: skip


def _specials(session: Session, sitting_ids: Sequence[int], *, employee_id: int, path: Any) -> dict[int, list[Special]]:
    found: dict[int, list[Special]] = {}
    for row in session.execute(
        select(
            ExamSpecial.sitting_id, ExamSpecial.employee_id, ExamSpecial.opens_at, ExamSpecial.last_start_at,
            ExamSpecial.closes_at, ExamSpecial.extra_minutes, ExamSpecial.extra_attempts, ExamSpecial.reason,
        )
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == ExamSpecial.unit_id)
        .where(
            ExamSpecial.sitting_id.in_(sitting_ids),
            or_(
                ExamSpecial.employee_id == employee_id,
                and_(ExamSpecial.unit_id.is_not(None), _within(path, OrganisationalUnit.path)),
            ),
        )
        .order_by(ExamSpecial.id)
    ):  # fmt: skip
        found.setdefault(row[0], []).append(Special(row[1] is not None, *row[2:]))
    return found


def list_valid_accommodations(session: Session, *, employee_id: int, now: datetime) -> list[tuple[int, int, str]]:
    """Return (percent, minutes, reason) of what one person is owed today in the zone of the person's unit."""
    rows: Any = session.execute(
        select(
            Accommodation.extra_percent, Accommodation.extra_minutes, Accommodation.reason, Accommodation.starts_on,
            Accommodation.ends_on, _OWN.timezone,
        )
        .join(Employee, Employee.id == Accommodation.employee_id)
        .outerjoin(_OWN, _OWN.id == Employee.unit_id)
        .where(Accommodation.employee_id == employee_id)
        .order_by(Accommodation.id)
        .limit(50)
    )  # fmt: skip
    found = []
    for percent, minutes, reason, starts_on, ends_on, zone in rows:
        day = local_day(now, zone or DEFAULT_ZONE)
        if starts_on <= day and (ends_on is None or day <= ends_on):
            found.append((percent, minutes, reason))
    return found


# For supervisors -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A sitting with its numbers."""

    id: int
    public_id: str
    title: str
    place: str
    opens_at: datetime
    last_start_at: datetime
    closes_at: datetime
    paused_at: datetime | None
    cancelled_at: datetime | None
    time_limit_minutes: int
    access_code: str
    networks: list[str]
    notice: str
    notice_at: datetime | None
    version: int
    assessment_public_id: str
    assessment_title: str
    kind: AssessmentKind
    course_title: str
    offering_public_id: str
    offering_title: str
    unit_name: str | None
    unit_public_id: str | None
    own_limit: int | None
    started: int
    ended: int

    def state(self, now: datetime) -> str:
        """Return `cancelled`, `paused`, `planned`, `open` or `over`."""
        if self.cancelled_at is not None:
            return "cancelled"
        if self.paused_at is not None:
            return "paused"
        return "planned" if now < self.opens_at else "open" if now < self.closes_at else "over"


def _line_statement(actor: Actor) -> Any:
    started = select(func.count(Attempt.id)).where(Attempt.sitting_id == ExamSitting.id)
    return (
        select(
            ExamSitting.id, ExamSitting.public_id, ExamSitting.title, ExamSitting.place, ExamSitting.opens_at,
            ExamSitting.last_start_at, ExamSitting.closes_at, ExamSitting.paused_at, ExamSitting.cancelled_at,
            func.coalesce(ExamSitting.time_limit_minutes, Assessment.time_limit_minutes), ExamSitting.access_code,
            ExamSitting.networks, ExamSitting.notice, ExamSitting.notice_at, ExamSitting.version,
            Assessment.public_id, Assessment.title, Assessment.kind, CourseVersion.title, Offering.public_id,
            Offering.title, _OWN.name, _OWN.public_id, ExamSitting.time_limit_minutes, started.scalar_subquery(),
            started.where(Attempt.state != AttemptState.OPEN).scalar_subquery(),
        )
        .join(Assessment, Assessment.id == ExamSitting.assessment_id)
        .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .join(Offering, Offering.id == ExamSitting.offering_id)
        .outerjoin(_OWN, _OWN.id == ExamSitting.unit_id)
        .where(assessments_managed_by(actor, OrganisationalUnit.path))
    )  # fmt: skip


SITTING_FILTERS = ("sekarang", "nanti", "lewat", "semua")


def list_sittings(
    session: Session, actor: Actor, *, words: str = "", only: str = "semua", now: datetime, page: int | None = 1
) -> tuple[list[SittingLine], int]:
    """Return one page of the sittings in the actor's scope and how many there are; ix_exam_sitting_opens_at_id.

    Args:
        only: one of SITTING_FILTERS; what is open now includes the two hours before its opening.
        page: None gives 2,000 at most, for the spreadsheet.
    """
    statement = _line_statement(actor)
    soon = now + timedelta(hours=2)
    if only == "sekarang":
        statement = statement.where(
            ExamSitting.opens_at <= soon, or_(ExamSitting.closes_at > now, ExamSitting.paused_at.is_not(None)),
            ExamSitting.cancelled_at.is_(None),
        )  # fmt: skip
    elif only == "nanti":
        statement = statement.where(ExamSitting.opens_at > now)
    elif only == "lewat":
        statement = statement.where(ExamSitting.closes_at <= now)
    for word in words.split()[:5]:
        like = f"%{word.replace('%', '').replace('_', '')}%"
        statement = statement.where(
            or_(ExamSitting.title.ilike(like), CourseVersion.title.ilike(like), ExamSitting.place.ilike(like))
        )
    total = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    order = (ExamSitting.opens_at, ExamSitting.id) if only == "nanti" else (
        ExamSitting.opens_at.desc(), ExamSitting.id.desc()
    )  # fmt: skip
    chosen = statement.order_by(*order)
    chosen = (
        chosen.limit(2000) if page is None else chosen.limit(SITTING_PAGE).offset((max(1, page) - 1) * SITTING_PAGE)
    )
    return [SittingLine(*row) for row in session.execute(chosen)], total


def get_sitting_line(session: Session, actor: Actor, public_id: str) -> SittingLine | None:
    """Return one sitting in the actor's scope, or None."""
    row = session.execute(_line_statement(actor).where(ExamSitting.public_id == public_id)).one_or_none()
    return SittingLine(*row) if row is not None else None


def get_sitting(session: Session, actor: Actor, public_id: str, *, lock: bool = False) -> ExamSitting | None:
    """Return the row of a sitting in the actor's scope, or None."""
    statement = (
        select(ExamSitting)
        .join(Assessment, Assessment.id == ExamSitting.assessment_id)
        .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .where(ExamSitting.public_id == public_id, assessments_managed_by(actor, OrganisationalUnit.path))
    )
    if lock:
        statement = statement.with_for_update(of=ExamSitting).execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


@dataclass(frozen=True, slots=True)
class SittingTarget:
    """An assessment with an offering whose participants may take it."""

    assessment_id: int
    offering_id: int
    key: str
    label: str
    time_limit_minutes: int


def list_sitting_targets(session: Session, actor: Actor, *, key: str | None = None) -> list[SittingTarget]:
    """Return what a sitting can be planned for, in the actor's scope, 300 at most.

    Args:
        key: only this one, `<assessment>.<offering>` in public ids.
    """
    statement = (
        select(
            Assessment.id, Offering.id, Assessment.public_id, Offering.public_id, Assessment.title,
            CourseVersion.title, Offering.title, Assessment.time_limit_minutes,
        )
        .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .join(Offering, Offering.course_version_id == CourseVersion.id)
        .where(assessments_managed_by(actor, OrganisationalUnit.path), Offering.state == OfferingState.OPEN)
        .order_by(CourseVersion.title, Offering.title, Assessment.id, Offering.id)
        .limit(300)
    )  # fmt: skip
    if key is not None:
        assessment, _dot, offering = key.partition(".")
        statement = statement.where(Assessment.public_id == assessment, Offering.public_id == offering)
    return [
        SittingTarget(row[0], row[1], f"{row[2]}.{row[3]}", f"{row[4]} · {row[5]} · {row[6]}", row[7])
        for row in session.execute(statement)
    ]


# The live board -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One participant on the live board."""

    employee_id: int
    name: str
    unit_name: str
    attempt_public_id: str | None
    number: int | None
    answered: int
    total: int
    percent: float | None
    passed: bool | None
    watched: Watched
    state: BoardState


def read_board(session: Session, sitting_id: int, *, now: datetime) -> list[BoardLine]:
    """Return everybody of a sitting, those who need a look first; one statement, 1,000 people at most.

    A person's latest attempt in the sitting counts. The last word of a person is that of any device,
    which is noted at most once a minute and costs those who save nothing.
    """
    sitting = aliased(ExamSitting)
    base = select(sitting.offering_id).where(sitting.id == sitting_id).scalar_subquery()
    part = select(_OWN.path).join(sitting, sitting.unit_id == _OWN.id).where(sitting.id == sitting_id).scalar_subquery()
    mine = select(Attempt.id).where(Attempt.sitting_id == sitting_id)
    done = (
        select(
            AttemptItem.attempt_id, func.count(AttemptItem.payload).label("answered"),
            func.count(AttemptItem.id).label("total"), func.max(AttemptItem.saved_at).label("saved_at"),
        )
        .where(AttemptItem.attempt_id.in_(mine))
        .group_by(AttemptItem.attempt_id)
        .subquery()
    )  # fmt: skip
    seen = (
        select(Account.employee_id, func.max(LoginSession.last_seen_at).label("seen_at"))
        .join(LoginSession, LoginSession.account_id == Account.id)
        .join(Enrolment, Enrolment.employee_id == Account.employee_id)
        .where(Enrolment.offering_id == base, LoginSession.ended_at.is_(None))
        .group_by(Account.employee_id)
        .subquery()
    )
    latest = (
        select(Attempt.enrolment_id, func.max(Attempt.id).label("attempt_id"))
        .where(Attempt.sitting_id == sitting_id)
        .group_by(Attempt.enrolment_id)
        .subquery()
    )
    rows: Any = session.execute(
        select(
            Employee.id, Employee.name, func.coalesce(OrganisationalUnit.name, ""), Attempt.public_id,
            Attempt.number, func.coalesce(done.c.answered, 0), func.coalesce(done.c.total, 0), Attempt.percent,
            Attempt.passed, Attempt.state, Attempt.started_at, Attempt.deadline_at, Attempt.paused_at,
            done.c.saved_at, seen.c.seen_at,
        )
        .select_from(Enrolment)
        .join(Employee, Employee.id == Enrolment.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(latest, latest.c.enrolment_id == Enrolment.id)
        .outerjoin(Attempt, Attempt.id == latest.c.attempt_id)
        .outerjoin(done, done.c.attempt_id == Attempt.id)
        .outerjoin(seen, seen.c.employee_id == Employee.id)
        .where(
            Enrolment.offering_id == base,
            or_(
                Attempt.id.is_not(None),
                and_(
                    Enrolment.state == EnrolmentState.ACTIVE,
                    case((part.is_(None), literal(value=True)), else_=_within(OrganisationalUnit.path, part)),
                ),
            ),
        )
        .order_by(Employee.name, Employee.id)
        .limit(BOARD_MAX)
    )  # fmt: skip
    found = []
    for row in rows:
        state = row[9].value if row[9] is not None else None
        # A clock that was set back shows nothing of the future.
        answered_at, seen_at = (None if one is None else min(one, now) for one in (row[13], row[14]))
        watched = Watched(state, row[10], row[11], row[12], answered_at, seen_at)
        found.append(BoardLine(*(*row[:9], watched, board_state(watched, now=now))))
    order = {state: place for place, state in enumerate(BoardState)}
    return sorted(found, key=lambda line: (order[line.state], line.name, line.employee_id))


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One line of the record of a sitting."""

    at: datetime
    kind: IncidentKind
    body: str
    minutes: int | None
    people: int | None
    by_name: str | None
    person_id: int | None
    person_name: str | None


_BY = aliased(Employee, name="incident_by")


def list_incidents(
    session: Session, sitting_id: int, *, attempt_public_id: str | None = None, limit: int = 100
) -> list[IncidentLine]:
    """Return the record of a sitting, newest first."""
    statement = (
        select(
            ExamIncident.at, ExamIncident.kind, ExamIncident.body, ExamIncident.minutes, ExamIncident.people,
            _BY.name, Employee.id, Employee.name,
        )
        .outerjoin(_BY, _BY.id == ExamIncident.by_id)
        .outerjoin(Attempt, Attempt.id == ExamIncident.attempt_id)
        .outerjoin(Employee, Employee.id == Attempt.employee_id)
        .where(ExamIncident.sitting_id == sitting_id)
        .order_by(ExamIncident.id.desc())
        .limit(limit)
    )  # fmt: skip
    if attempt_public_id is not None:
        statement = statement.where(
            or_(
                Attempt.public_id == attempt_public_id, and_(ExamIncident.attempt_id.is_(None), ExamIncident.people > 0)
            )
        )
    return [IncidentLine(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class SpecialLine:
    """A special rule of a sitting for one person or one unit."""

    public_id: str
    person_name: str | None
    unit_name: str | None
    closes_at: datetime | None
    last_start_at: datetime | None
    extra_minutes: int
    extra_attempts: int
    reason: str
    employee_id: int | None


def list_specials(session: Session, sitting_id: int) -> list[SpecialLine]:
    """Return the special rules of a sitting, persons first; 500 at most."""
    rows = session.execute(
        select(
            ExamSpecial.public_id, Employee.name, OrganisationalUnit.name, ExamSpecial.closes_at,
            ExamSpecial.last_start_at, ExamSpecial.extra_minutes, ExamSpecial.extra_attempts, ExamSpecial.reason,
            ExamSpecial.employee_id,
        )
        .outerjoin(Employee, Employee.id == ExamSpecial.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == ExamSpecial.unit_id)
        .where(ExamSpecial.sitting_id == sitting_id)
        .order_by(Employee.name.is_(None), Employee.name, OrganisationalUnit.name, ExamSpecial.id)
        .limit(500)
    )  # fmt: skip
    return [SpecialLine(*row) for row in rows]


def list_people_of_sitting(session: Session, sitting: ExamSitting | SittingLine) -> list[tuple[str, str]]:
    """Return (public id, name and unit) of those who may take part, for a choice; 1,000 at most."""
    rows = session.execute(
        select(Employee.public_id, Employee.name, func.coalesce(OrganisationalUnit.name, ""))
        .join(Enrolment, Enrolment.employee_id == Employee.id)
        .join(ExamSitting, ExamSitting.offering_id == Enrolment.offering_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(ExamSitting.id == sitting.id, Enrolment.state == EnrolmentState.ACTIVE)
        .order_by(Employee.name, Employee.id)
        .limit(BOARD_MAX)
    )
    return [(public_id, f"{name}, {unit}" if unit else name) for public_id, name, unit in rows]


@dataclass(frozen=True, slots=True)
class AccommodationLine:
    """More time that one person has everywhere."""

    public_id: str
    employee_id: int
    person_name: str
    unit_name: str
    extra_percent: int
    extra_minutes: int
    reason: str
    starts_on: Any
    ends_on: Any


def list_accommodations(
    session: Session, actor: Actor, *, words: str = "", page: int | None = 1
) -> tuple[list[AccommodationLine], int]:
    """Return one page of the accommodations of people in the actor's units, and how many there are."""
    statement = (
        select(
            Accommodation.public_id, Employee.id, Employee.name, func.coalesce(OrganisationalUnit.name, ""),
            Accommodation.extra_percent, Accommodation.extra_minutes, Accommodation.reason,
            Accommodation.starts_on, Accommodation.ends_on,
        )
        .join(Employee, Employee.id == Accommodation.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(accommodations_visible_to(actor, OrganisationalUnit.path))
    )  # fmt: skip
    for word in words.split()[:5]:
        statement = statement.where(Employee.name.ilike(f"%{word.replace('%', '').replace('_', '')}%"))
    total = session.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
    chosen = statement.order_by(Accommodation.ends_on.is_not(None), Employee.name, Accommodation.id)
    chosen = (
        chosen.limit(2000) if page is None else chosen.limit(SITTING_PAGE).offset((max(1, page) - 1) * SITTING_PAGE)
    )
    return [AccommodationLine(*row) for row in session.execute(chosen)], total


def get_accommodation(session: Session, actor: Actor, public_id: str) -> Accommodation | None:
    """Return one accommodation of a person in the actor's units, locked, or None."""
    statement = (
        select(Accommodation)
        .join(Employee, Employee.id == Accommodation.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(Accommodation.public_id == public_id, accommodations_visible_to(actor, OrganisationalUnit.path))
        .with_for_update(of=Accommodation)
    )
    return session.scalars(statement).one_or_none()


def find_people(session: Session, actor: Actor, words: str, *, limit: int = 20) -> list[tuple[str, str]]:
    """Return (public id, name and unit) of people in the actor's units whose name holds all words."""
    wanted = words.split()[:5]
    if not wanted:
        return []
    statement = (
        select(Employee.public_id, Employee.name, OrganisationalUnit.name)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(accommodations_visible_to(actor, OrganisationalUnit.path))
        .order_by(Employee.name, Employee.id)
        .limit(limit)
    )
    for word in wanted:
        statement = statement.where(Employee.name.ilike(f"%{word.replace('%', '').replace('_', '')}%"))
    return [(public_id, f"{name}, {unit}") for public_id, name, unit in session.execute(statement)]


def find_person(session: Session, actor: Actor, public_id: str) -> tuple[int, str] | None:
    """Return (id, name) of one person in the actor's units, or None."""
    row = session.execute(
        select(Employee.id, Employee.name)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(Employee.public_id == public_id, accommodations_visible_to(actor, OrganisationalUnit.path))
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def account_ids_of(session: Session, employee_ids: Sequence[int]) -> list[int]:
    """Return the accounts of employees."""
    return list(session.scalars(select(Account.id).where(Account.employee_id.in_(employee_ids))))


def collect_personal_data(session: Session, employee_id: int) -> list[dict[str, Any]]:
    """Return accommodations, special exam rules and remarks on items of a person, for "Data saya"."""
    rows = session.scalars(select(Accommodation).where(Accommodation.employee_id == employee_id))
    found: list[dict[str, Any]] = [
        {
            "jenis": "penyesuaian waktu", "tambahan_persen": row.extra_percent, "tambahan_menit": row.extra_minutes,
            "alasan": row.reason, "mulai": row.starts_on, "sampai": row.ends_on,
        }
        for row in rows
    ]  # fmt: skip
    for special, title in session.execute(
        select(ExamSpecial, ExamSitting.title)
        .join(ExamSitting, ExamSitting.id == ExamSpecial.sitting_id)
        .where(ExamSpecial.employee_id == employee_id)
        .order_by(ExamSpecial.id)
    ):
        found.append({
            "jenis": "pengecualian sesi ujian", "sesi": title, "tambahan_menit": special.extra_minutes,
            "tambahan_percobaan": special.extra_attempts, "alasan": special.reason,
        })  # fmt: skip
    for text, created_at in session.execute(
        select(ItemComment.text, ItemComment.created_at)
        .where(ItemComment.author_employee_id == employee_id)
        .order_by(ItemComment.id)
    ):
        found.append({"jenis": "komentar butir soal", "isi": text, "waktu": created_at})
    return found


def find_participant(session: Session, offering_id: int, public_id: str) -> int | None:
    """Return the id of an active participant of an offering, or None."""
    return session.execute(
        select(Employee.id)
        .join(Enrolment, Enrolment.employee_id == Employee.id)
        .where(
            Enrolment.offering_id == offering_id, Enrolment.state == EnrolmentState.ACTIVE,
            Employee.public_id == public_id,
        )
        .limit(1)
    ).scalar_one_or_none()  # fmt: skip
