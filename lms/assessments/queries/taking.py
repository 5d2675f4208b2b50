"""Reads for those who take an assessment: the way in, the sheet, one question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, or_, select

from lms.assessments.models import (
    Assessment,
    AssessmentKind,
    Attempt,
    AttemptItem,
    AttemptState,
    ExamSitting,
    Item,
    ItemState,
    ItemVersion,
    ResponseLog,
)
from lms.assessments.policies import taker_id
from lms.assessments.rules import GRACE, Candidate, Phase, Sitting, phase, seconds_left
from lms.core.orm import read_rows
from lms.courses.models import (
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Lesson,
    LessonProgress,
    Module,
    Offering,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


@dataclass(frozen=True, slots=True)
class AssessmentFacts:
    """An assessment as one enrolled person meets it."""

    id: int
    public_id: str
    code: str
    kind: AssessmentKind
    title: str
    instructions: str
    bank_id: int
    draw_count: int
    time_limit_minutes: int
    pass_percent: int
    attempts_max: int
    delay_days: int
    shuffles_options: bool
    needs_lessons: bool
    course_version_id: int
    course_title: str
    course_code: str
    enrolment_id: int
    enrolment_public_id: str
    enrolment_state: EnrolmentState
    offering_title: str
    offering_id: int


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt in a list.

    `is_over` is worked out from the clock, so that a row whose time ran out reads right without a worker.
    """

    id: int
    public_id: str
    number: int
    state: AttemptState
    started_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
    percent: float | None
    passed: bool | None
    paused_at: datetime | None

    def phase(self, now: datetime) -> Phase:
        """Return where the attempt stands."""
        is_open = self.state is AttemptState.OPEN
        return phase(is_open=is_open, deadline_at=self.deadline_at, now=now, paused_at=self.paused_at)


def get_assessment(session: Session, actor: Actor, enrolment_public_id: str, code: str) -> AssessmentFacts | None:
    """Return an assessment of one's own enrolment, or None; one statement."""
    row: Any = session.execute(
        select(
            Assessment.id, Assessment.public_id, Assessment.code, Assessment.kind, Assessment.title,
            Assessment.instructions, Assessment.bank_id, Assessment.draw_count, Assessment.time_limit_minutes,
            Assessment.pass_percent, Assessment.attempts_max, Assessment.delay_days, Assessment.shuffles_options,
            Assessment.needs_lessons, Assessment.course_version_id, CourseVersion.title, Course.code,
            Enrolment.id, Enrolment.public_id, Enrolment.state, Offering.title, Offering.id,
        )
        .select_from(Enrolment)
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(Assessment, Assessment.course_version_id == CourseVersion.id)
        .where(
            Enrolment.public_id == enrolment_public_id,
            Enrolment.employee_id == (actor.employee_id or -1),
            Assessment.code == code,
        )
    ).one_or_none()  # fmt: skip
    return AssessmentFacts(*row) if row is not None else None


def list_attempts(session: Session, *, assessment_id: int, enrolment_id: int) -> list[AttemptLine]:
    """Return the attempts of one assessment in one enrolment, first one first; bounded by the allowed number."""
    rows: Any = session.execute(
        select(
            Attempt.id, Attempt.public_id, Attempt.number, Attempt.state, Attempt.started_at, Attempt.deadline_at,
            Attempt.submitted_at, Attempt.percent, Attempt.passed, Attempt.paused_at,
        )
        .where(Attempt.assessment_id == assessment_id, Attempt.enrolment_id == enrolment_id)
        .order_by(Attempt.number)
    )  # fmt: skip
    return [AttemptLine(*row) for row in rows]


def list_candidates(session: Session, *, bank_id: int, kind: str) -> list[Candidate]:
    """Return the items of a bank that may be drawn for a kind of assessment; a quiz may draw any."""
    rows = session.execute(
        select(Item.id, Item.uses, ItemVersion.lesson_code, ItemVersion.level, ItemVersion.difficulty)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.bank_id == bank_id, Item.state == ItemState.READY)
        .order_by(Item.id)
    )
    return [
        Candidate(item_id, lesson, level, difficulty)
        for item_id, uses, lesson, level, difficulty in rows
        if kind == AssessmentKind.QUIZ or kind in uses
    ]


def count_lessons_missing(session: Session, *, course_version_id: int, enrolment_id: int) -> int:
    """Return how many lessons of a version a person has not finished."""
    statement = (
        select(func.count(Lesson.id))
        .join(Module, Module.id == Lesson.module_id)
        .outerjoin(
            LessonProgress,
            and_(LessonProgress.lesson_id == Lesson.id, LessonProgress.enrolment_id == enrolment_id),
        )
        .where(Module.course_version_id == course_version_id, LessonProgress.completed_at.is_(None))
    )
    return session.execute(statement).scalar_one()


def sitting_of(
    session: Session, facts: AssessmentFacts, attempts: Sequence[AttemptLine], *, items_ready: int,
    extra_attempts: int = 0,
) -> Sitting:  # fmt: skip
    """Return what a new start is judged by."""
    ends = [attempt.submitted_at or attempt.deadline_at for attempt in attempts]
    return Sitting(
        active=facts.enrolment_state is EnrolmentState.ACTIVE,
        has_passed=facts.pass_percent > 0 and any(attempt.passed for attempt in attempts),
        used=len(attempts),
        allowed=facts.attempts_max + extra_attempts,
        last_ended_at=max(ends) if ends else None,
        delay_days=facts.delay_days,
        lessons_missing=count_lessons_missing(
            session, course_version_id=facts.course_version_id, enrolment_id=facts.enrolment_id
        )
        if facts.needs_lessons
        else 0,
        items_ready=items_ready,
        draw_count=facts.draw_count,
    )


@dataclass(frozen=True, slots=True)
class SheetHead:
    """One's own attempt with what its pages say at the top."""

    id: int
    public_id: str
    number: int
    state: AttemptState
    started_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
    assessment_title: str
    assessment_code: str
    kind: AssessmentKind
    attempts_max: int
    pass_percent: int
    course_title: str
    enrolment_public_id: str
    paused_at: datetime | None = None
    # The last message of the supervisor to all; empty outside a sitting.
    notice: str = ""
    notice_at: datetime | None = None

    def phase(self, now: datetime) -> Phase:
        """Return where the attempt stands."""
        is_open = self.state is AttemptState.OPEN
        return phase(is_open=is_open, deadline_at=self.deadline_at, now=now, paused_at=self.paused_at)

    def seconds_left(self, now: datetime) -> int:
        """Return seconds to the deadline by the server's clock."""
        return seconds_left(deadline_at=self.deadline_at, now=now, started_at=self.started_at, paused_at=self.paused_at)


# Made once: putting a statement together costs more than its look-up in the database.
_SHEET = (
    select(
        Attempt.id, Attempt.public_id, Attempt.number, Attempt.state, Attempt.started_at, Attempt.deadline_at,
        Attempt.submitted_at, Assessment.title, Assessment.code, Assessment.kind, Assessment.attempts_max,
        Assessment.pass_percent, CourseVersion.title, Enrolment.public_id, Attempt.paused_at,
        func.coalesce(ExamSitting.notice, ""), ExamSitting.notice_at,
    )
    .join(Assessment, Assessment.id == Attempt.assessment_id)
    .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .outerjoin(ExamSitting, ExamSitting.id == Attempt.sitting_id)
    .where(Attempt.public_id == bindparam("public_id"), Attempt.employee_id == bindparam("employee_id"))
)  # fmt: skip


def get_sheet(session: Session, actor: Actor, public_id: str) -> SheetHead | None:
    """Return one's own attempt, or None; another's reads as absent."""
    values = {"public_id": public_id, "employee_id": taker_id(actor)}
    row: Any = read_rows(session, _SHEET, values).one_or_none()
    return SheetHead(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Place:
    """One question on the map."""

    number: int
    public_id: str
    is_answered: bool
    is_flagged: bool
    revision: int
    has_conflict: bool
    saved_at: datetime | None


_PLACES = (
    select(
        AttemptItem.position_order, AttemptItem.public_id, AttemptItem.payload.is_not(None),
        AttemptItem.is_flagged, AttemptItem.revision, AttemptItem.has_conflict, AttemptItem.saved_at,
    )
    .where(AttemptItem.attempt_id == bindparam("attempt_id"))
    .order_by(AttemptItem.position_order)
)  # fmt: skip


def list_places(session: Session, attempt_id: int) -> list[Place]:
    """Return the map of an attempt: no texts, no responses; bounded by the drawn number."""
    rows: Any = read_rows(session, _PLACES, {"attempt_id": attempt_id}).all()
    return [Place(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One question with the response held. `body` holds the key: it must not leave the server as it is."""

    id: int
    number: int
    public_id: str
    kind: str
    stem_html: str
    body: dict[str, Any]
    option_order: list[str]
    payload: dict[str, Any] | None
    is_flagged: bool
    revision: int
    has_conflict: bool


_SHEET_ITEMS: Any = (
    select(
        AttemptItem.id, AttemptItem.position_order, AttemptItem.public_id, ItemVersion.kind,
        ItemVersion.stem_html, ItemVersion.body, AttemptItem.option_order, AttemptItem.payload,
        AttemptItem.is_flagged, AttemptItem.revision, AttemptItem.has_conflict,
    )
    .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
    .where(AttemptItem.attempt_id == bindparam("attempt_id"))
    .order_by(AttemptItem.position_order)
)  # fmt: skip
_SHEET_ITEM = _SHEET_ITEMS.where(AttemptItem.position_order == bindparam("number"))


def get_sheet_item(session: Session, attempt_id: int, number: int) -> SheetItem | None:
    """Return one question of an attempt by its number, or None."""
    row = read_rows(session, _SHEET_ITEM, {"attempt_id": attempt_id, "number": number}).one_or_none()
    return SheetItem(*row) if row is not None else None


def list_sheet_items(session: Session, attempt_id: int) -> list[SheetItem]:
    """Return all questions of an attempt in order; one statement."""
    return [SheetItem(*row) for row in read_rows(session, _SHEET_ITEMS, {"attempt_id": attempt_id}).all()]


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """A response that was kept aside, since a newer one of another device was there first."""

    payload: dict[str, Any] | None
    is_flagged: bool
    received_at: datetime


def get_other_version(session: Session, attempt_item_id: int) -> OtherVersion | None:
    """Return the latest response to a question that was kept but not taken."""
    row = session.execute(
        select(ResponseLog.payload, ResponseLog.is_flagged, ResponseLog.received_at)
        .where(ResponseLog.attempt_item_id == attempt_item_id, ResponseLog.is_applied.is_(False))
        .order_by(ResponseLog.id.desc())
        .limit(1)
    ).first()
    return OtherVersion(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """An attempt to go back to, for the home page."""

    public_id: str
    deadline_at: datetime
    assessment_title: str
    kind: AssessmentKind
    course_title: str
    answered: int
    total: int
    next_number: int


def _open_sheet() -> Any:
    first_empty = func.min(AttemptItem.position_order).filter(AttemptItem.payload.is_(None))
    return (
        select(
            Attempt.public_id, Attempt.deadline_at, Assessment.title, Assessment.kind, CourseVersion.title,
            func.count(AttemptItem.payload), func.count(AttemptItem.id), func.coalesce(first_empty, 1),
        )
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(
            Attempt.employee_id == bindparam("employee_id"), Attempt.state == AttemptState.OPEN,
            or_(Attempt.deadline_at > bindparam("now"), Attempt.paused_at.is_not(None)),
        )
        .group_by(Attempt.id, Assessment.id, CourseVersion.id)
        .order_by(Attempt.deadline_at, Attempt.id)
        .limit(1)
    )  # fmt: skip


_OPEN_SHEET = _open_sheet()


def get_open_sheet(session: Session, actor: Actor, *, now: datetime) -> OpenSheet | None:
    """Return the attempt of the actor that ends first among those that still take answers; one statement."""
    row = read_rows(session, _OPEN_SHEET, {"employee_id": taker_id(actor), "now": now}).first()
    return OpenSheet(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class ReadyExam:
    """An exam that waits for its person, for the home page."""

    title: str
    course_title: str
    url: str
    time_limit_minutes: int
    attempts_left: int


def _ready_exams() -> Any:
    done = (
        select(func.count(LessonProgress.id))
        .where(LessonProgress.enrolment_id == Enrolment.id, LessonProgress.completed_at.is_not(None))
        .scalar_subquery()
    )
    lessons = (
        select(func.count(Lesson.id))
        .join(Module, Module.id == Lesson.module_id)
        .where(Module.course_version_id == Assessment.course_version_id)
        .scalar_subquery()
    )
    used = func.count(Attempt.id)
    return (
        select(
            Assessment.title, CourseVersion.title, Enrolment.public_id, Assessment.code,
            Assessment.time_limit_minutes, Assessment.attempts_max - used,
        )
        .select_from(Enrolment)
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(Assessment, Assessment.course_version_id == Offering.course_version_id)
        .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .outerjoin(
            Attempt, and_(Attempt.assessment_id == Assessment.id, Attempt.enrolment_id == Enrolment.id)
        )
        .where(
            Enrolment.employee_id == bindparam("employee_id"),
            Enrolment.state == EnrolmentState.ACTIVE,
            Assessment.kind == AssessmentKind.EXAM,
            done >= lessons,
        )
        .group_by(Enrolment.id, Assessment.id, CourseVersion.id)
        .having(
            used < Assessment.attempts_max,
            func.count(Attempt.id).filter(Attempt.passed.is_(True)) == 0,
            func.count(Attempt.id).filter(Attempt.state == AttemptState.OPEN) == 0,
        )
        .order_by(Enrolment.id)
        .limit(bindparam("most"))
    )  # fmt: skip


_READY_EXAMS = _ready_exams()


def list_ready_exams(session: Session, actor: Actor, *, limit: int = 3) -> list[ReadyExam]:
    """Return exams that a person may take now, because all lessons are read and none was passed."""
    rows = read_rows(session, _READY_EXAMS, {"employee_id": actor.employee_id or -1, "most": limit})
    return [
        ReadyExam(title, course, start_url(enrolment, code), minutes, left)
        for title, course, enrolment, code, minutes, left in rows
    ]


def start_url(enrolment_public_id: str, code: str) -> str:
    """Return the address of an assessment's start page."""
    return f"/belajar/{enrolment_public_id}/asesmen/{code}"


def list_overdue_ids(session: Session, *, now: datetime, limit: int = 500) -> list[int]:
    """Return attempts whose time and grace ended but whose row is still open, oldest first."""
    return list(
        session.scalars(
            select(Attempt.id)
            .where(Attempt.state == AttemptState.OPEN, Attempt.paused_at.is_(None), Attempt.deadline_at <= now - GRACE)
            .order_by(Attempt.deadline_at, Attempt.id)
            .limit(limit)
        )
    )
