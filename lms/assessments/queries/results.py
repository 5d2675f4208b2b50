"""Reads of what came out: scores from the log, results, reviews, lists for instructors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import aliased

from lms.assessments.models import (
    Assessment,
    AssessmentKind,
    Attempt,
    AttemptItem,
    AttemptState,
    ItemVersion,
    KeyCorrection,
    KeyMode,
    ResponseLog,
)
from lms.assessments.policies import assessments_managed_by, attempts_visible_to
from lms.assessments.queries.taking import start_url
from lms.assessments.rules import GRACE, Keyed, LogEntry, Phase, Score, attempt_score, phase
from lms.competencies.models import Competency
from lms.core import clock
from lms.core.orm import read_rows
from lms.core.text import N_
from lms.courses.models import (
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Lesson,
    Module,
    Offering,
)
from lms.courses.rules import ContentItem
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


_CURRENT_CORRECTION = and_(KeyCorrection.item_version_id == ItemVersion.id, KeyCorrection.is_current.is_(True))


def read_log(session: Session, attempt_ids: Sequence[int]) -> dict[int, list[LogEntry]]:
    """Return the response logs of attempts, each in order; one statement."""
    logs: dict[int, list[LogEntry]] = {attempt_id: [] for attempt_id in attempt_ids}
    for attempt_id, *entry in session.execute(
        select(
            ResponseLog.attempt_id, ResponseLog.attempt_item_id, ResponseLog.revision, ResponseLog.payload,
            ResponseLog.is_flagged, ResponseLog.is_applied,
        )
        .where(ResponseLog.attempt_id.in_(attempt_ids))
        .order_by(ResponseLog.attempt_id, ResponseLog.id)
    ):  # fmt: skip
        logs[attempt_id].append(LogEntry(*entry))
    return logs


def read_keys(session: Session, attempt_ids: Sequence[int]) -> dict[int, list[Keyed]]:
    """Return the questions of attempts with their keys, in order; one statement."""
    keys: dict[int, list[Keyed]] = {attempt_id: [] for attempt_id in attempt_ids}
    for attempt_id, item_id, kind, body, order, mode, corrected in session.execute(
        select(
            AttemptItem.attempt_id,
            AttemptItem.id,
            ItemVersion.kind,
            ItemVersion.body,
            AttemptItem.option_order,
            KeyCorrection.mode,
            KeyCorrection.body,
        )
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .outerjoin(KeyCorrection, _CURRENT_CORRECTION)
        .where(AttemptItem.attempt_id.in_(attempt_ids))
        .order_by(AttemptItem.attempt_id, AttemptItem.position_order)
    ):
        keys[attempt_id].append(
            Keyed(
                item_id, kind, corrected if mode is KeyMode.REPLACE else body, order,
                corrected if mode is KeyMode.EITHER else None, gives_full=mode is KeyMode.FULL,
            )
        )  # fmt: skip
    return keys


def read_scores(session: Session, pass_percents: Mapping[int, int]) -> dict[int, Score]:
    """Return the scores of attempts, worked out from log and key alone; two statements.

    Args:
        pass_percents: whole per cent to pass, by attempt id.
    """
    ids = sorted(pass_percents)
    logs, keys = read_log(session, ids), read_keys(session, ids)
    return {one: attempt_score(keys[one], logs[one], pass_percent=pass_percents[one]) for one in ids}


@dataclass(frozen=True, slots=True)
class ResultHead:
    """An attempt that is over, with what its result page says."""

    id: int
    public_id: str
    number: int
    state: AttemptState
    started_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
    graded_at: datetime | None
    score: float | None
    max_score: float | None
    percent: float | None
    passed: bool | None
    employee_id: int
    employee_name: str
    assessment_public_id: str
    assessment_title: str
    assessment_code: str
    kind: AssessmentKind
    attempts_max: int
    pass_percent: int
    course_title: str
    course_version_id: int
    enrolment_public_id: str
    enrolment_state: EnrolmentState
    tries: int
    tries_passed: int
    paused_at: datetime | None

    def phase(self, now: datetime) -> Phase:
        """Return where the attempt stands."""
        is_open = self.state is AttemptState.OPEN
        return phase(is_open=is_open, deadline_at=self.deadline_at, now=now, paused_at=self.paused_at)

    @property
    def is_completed(self) -> bool:
        """Whether the whole course is finished."""
        return self.enrolment_state is EnrolmentState.COMPLETED

    @property
    def ended_at(self) -> datetime:
        """When it was handed in, or when its time ran out."""
        return self.submitted_at or self.deadline_at


def get_result(session: Session, actor: Actor, public_id: str) -> ResultHead | None:
    """Return an attempt that the actor may see the result of, or None."""
    other = aliased(Attempt)
    tries = select(func.count(other.id)).where(
        other.assessment_id == Attempt.assessment_id, other.enrolment_id == Attempt.enrolment_id
    )
    row: Any = session.execute(
        select(
            Attempt.id, Attempt.public_id, Attempt.number, Attempt.state, Attempt.started_at, Attempt.deadline_at,
            Attempt.submitted_at, Attempt.graded_at, Attempt.score, Attempt.max_score, Attempt.percent,
            Attempt.passed, Attempt.employee_id, Employee.name, Assessment.public_id, Assessment.title,
            Assessment.code, Assessment.kind, Assessment.attempts_max, Assessment.pass_percent,
            CourseVersion.title, CourseVersion.id, Enrolment.public_id, Enrolment.state, tries.scalar_subquery(),
            tries.where(other.passed.is_(True)).scalar_subquery(), Attempt.paused_at,
        )
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Employee, Employee.id == Attempt.employee_id)
        .where(Attempt.public_id == public_id, attempts_visible_to(actor, OrganisationalUnit.path))
    ).one_or_none()  # fmt: skip
    return ResultHead(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One question with key and response, for an attempt that is over."""

    id: int
    number: int
    kind: str
    stem_html: str
    body: dict[str, Any]
    option_order: list[str]
    payload: dict[str, Any] | None
    explanation: str
    reference: str
    lesson_code: str
    competency_name: str | None
    mark: float | None
    has_conflict: bool
    # The key was corrected after the exam; `body` shows the right one.
    is_corrected: bool = False


def list_review_items(session: Session, attempt_id: int) -> list[ReviewItem]:
    """Return the questions of an attempt with keys and responses, in order; one statement."""
    rows = session.execute(
        select(
            AttemptItem.id, AttemptItem.position_order, ItemVersion.kind, ItemVersion.stem_html,
            case((KeyCorrection.body.is_not(None), KeyCorrection.body), else_=ItemVersion.body),
            AttemptItem.option_order, AttemptItem.payload, ItemVersion.explanation, ItemVersion.reference,
            ItemVersion.lesson_code, Competency.name, AttemptItem.mark, AttemptItem.has_conflict,
            KeyCorrection.id.is_not(None),
        )
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .outerjoin(KeyCorrection, _CURRENT_CORRECTION)
        .outerjoin(Competency, Competency.id == ItemVersion.competency_id)
        .where(AttemptItem.attempt_id == attempt_id)
        .order_by(AttemptItem.position_order)
    )  # fmt: skip
    return [ReviewItem(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LessonLink:
    """A lesson of the version, for what to learn again."""

    public_id: str
    title: str
    number: int


def list_lesson_links(session: Session, course_version_id: int) -> dict[str, LessonLink]:
    """Return the lessons of a version by code, numbered through all modules."""
    rows = session.execute(
        select(Lesson.code, Lesson.public_id, Lesson.title)
        .join(Module, Module.id == Lesson.module_id)
        .where(Module.course_version_id == course_version_id)
        .order_by(Module.position_order, Module.id, Lesson.position_order, Lesson.id)
    )
    return {code: LessonLink(public_id, title, number) for number, (code, public_id, title) in enumerate(rows, 1)}


# For courses: condition and contents -----------------------------------------------------------


def exam_passed(session: Session, enrolment_id: int) -> bool | None:
    """Return whether every exam of an enrolment's version was passed; None when it has none.

    An attempt whose time ran out counts with what it earned, also before its row is closed.
    """
    return exam_passed_many(session, [enrolment_id]).get(enrolment_id)


# Made once: putting a statement together costs more than its look-up in the database.
_EXAMS = (
    select(
        Enrolment.id, Assessment.id, Assessment.pass_percent, Attempt.id, Attempt.passed, Attempt.state,
    )
    .join(Offering, Offering.id == Enrolment.offering_id)
    .join(Assessment, Assessment.course_version_id == Offering.course_version_id)
    .outerjoin(
        Attempt,
        and_(
            Attempt.assessment_id == Assessment.id, Attempt.enrolment_id == Enrolment.id,
            or_(
                Attempt.passed.is_(True),
                and_(
                    Attempt.state == AttemptState.OPEN, Attempt.paused_at.is_(None),
                    Attempt.deadline_at <= bindparam("over_at"),
                ),
            ),
        ),
    )
    .where(Enrolment.id.in_(bindparam("enrolment_ids", expanding=True)), Assessment.kind == AssessmentKind.EXAM)
)  # fmt: skip


def exam_passed_many(session: Session, enrolment_ids: Sequence[int]) -> dict[int, bool]:
    """Return `exam_passed` for many enrolments; those whose version has no exam are left out.

    Complexity: one statement, three when attempts are over but not yet closed.
    """
    rows: Any = read_rows(session, _EXAMS, {"enrolment_ids": list(enrolment_ids), "over_at": clock.now() - GRACE}).all()
    waiting = {row[3]: row[2] for row in rows if row[3] is not None and row[5] is AttemptState.OPEN}
    scores = read_scores(session, waiting) if waiting else {}
    passed: dict[int, dict[int, bool]] = {}
    for enrolment_id, assessment_id, _limit, attempt_id, has_passed, _state in rows:
        good = bool(has_passed) or (attempt_id in scores and scores[attempt_id].passed)
        held = passed.setdefault(enrolment_id, {})
        held[assessment_id] = held.get(assessment_id, False) or good
    return {enrolment_id: all(exams.values()) for enrolment_id, exams in passed.items()}


_KIND_PLACE = {AssessmentKind.PRETEST: "before", AssessmentKind.QUIZ: "after", AssessmentKind.EXAM: "after"}


# Each assessment of a version, beside it one's enrolment and its attempts at it, if there are any.
_CONTENTS = (
    select(
        Assessment.id, Assessment.code, Assessment.kind, Assessment.title, Assessment.draw_count,
        Assessment.time_limit_minutes, Assessment.pass_percent, Assessment.attempts_max,
        Enrolment.public_id.label("enrolment_public_id"),
        Attempt.id.label("attempt_id"), Attempt.state, Attempt.deadline_at, Attempt.passed, Attempt.percent,
        Attempt.paused_at,
    )
    .select_from(Assessment)
    .outerjoin(Enrolment, Enrolment.id == bindparam("enrolment_id"))
    .outerjoin(Attempt, and_(Attempt.assessment_id == Assessment.id, Attempt.enrolment_id == Enrolment.id))
    .where(Assessment.course_version_id == bindparam("version_id"))
    .order_by(Assessment.id, Attempt.number)
)  # fmt: skip


def content_items(session: Session, course_version_id: int, enrolment_id: int | None) -> list[ContentItem]:
    """Return the assessments of a version as lines of the course's contents; one statement."""
    values = {"version_id": course_version_id, "enrolment_id": enrolment_id}
    lines: dict[int, list[Any]] = {}
    for row in read_rows(session, _CONTENTS, values).all():
        lines.setdefault(row.id, []).append(row)
    return [
        _content_item(rows[0], [row for row in rows if row.attempt_id is not None], rows[0].enrolment_public_id)
        for rows in lines.values()
    ]


def _content_item(assessment: Any, tries: list[Any], enrolment_public_id: str | None) -> ContentItem:
    now = clock.now()
    running = any(
        phase(is_open=row.state is AttemptState.OPEN, deadline_at=row.deadline_at, now=now, paused_at=row.paused_at)
        is not Phase.OVER
        for row in tries
    )
    best = max((row.percent for row in tries if row.percent is not None), default=None)
    passes = assessment.pass_percent > 0
    state, words = _state_words(tries, best, running=running, passes=passes, allowed=assessment.attempts_max)
    return ContentItem(
        key=assessment.code,
        place=_KIND_PLACE[assessment.kind],
        title=assessment.title,
        facts=N_(
            "%(count)s soal, %(minutes)s menit",
            count=assessment.draw_count,
            minutes=assessment.time_limit_minutes,
        ),
        # A pretest is a gift before the course; only what comes after it is part of its minutes.
        minutes=0 if assessment.kind is AssessmentKind.PRETEST else assessment.time_limit_minutes,
        state=state,
        state_text=words,
        url=start_url(enrolment_public_id, assessment.code) if enrolment_public_id else "",
        pass_percent=assessment.pass_percent or None,
        attempts_text=N_("%(used)s dari %(allowed)s percobaan", used=len(tries), allowed=assessment.attempts_max)
        if tries
        else N_("%(allowed)s percobaan", allowed=assessment.attempts_max),
        is_condition=assessment.kind is AssessmentKind.EXAM,
    )


def _state_words(tries: list[Any], best: float | None, *, running: bool, passes: bool, allowed: int) -> tuple[str, Any]:
    shown = f"{best:.2f}".rstrip("0").rstrip(".").replace(".", ",") if best is not None else ""
    if running:
        return "open", N_("Sedang berjalan")
    if passes and any(row.passed for row in tries):
        return "done", N_("Lulus, nilai %(percent)s", percent=shown)
    if tries and not passes:
        return "done", N_("Nilai %(percent)s", percent=shown) if shown else N_("Selesai")
    if len(tries) >= allowed:
        return "failed", N_("Belum lulus")
    return "todo", N_("Belum lulus, boleh coba lagi") if tries else N_("Belum dikerjakan")


# For instructors -------------------------------------------------------------------------------

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """An assessment in the instructor's list."""

    public_id: str
    title: str
    kind: AssessmentKind
    course_title: str
    version_number: int
    draw_count: int
    time_limit_minutes: int
    pass_percent: int
    people: int
    running: int
    finished: int
    passed: int
    mean_percent: float | None


def _scoped(actor: Actor, statement: Any) -> Any:
    return (
        statement.join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .where(assessments_managed_by(actor, OrganisationalUnit.path))
    )


_LINE = (
    Assessment.public_id, Assessment.title, Assessment.kind, CourseVersion.title, CourseVersion.number,
    Assessment.draw_count, Assessment.time_limit_minutes, Assessment.pass_percent,
    func.count(Attempt.employee_id.distinct()),
    func.count(Attempt.id).filter(Attempt.state == AttemptState.OPEN),
    func.count(Attempt.id).filter(Attempt.state != AttemptState.OPEN),
    func.count(Attempt.employee_id.distinct()).filter(Attempt.passed.is_(True)),
    func.avg(Attempt.percent),
)  # fmt: skip


def list_assessments(
    session: Session, actor: Actor, *, words: str = "", page: int = 1
) -> tuple[list[AssessmentLine], int]:
    """Return one page of the assessments in the actor's scope, and how many there are."""
    conditions = [_like(words, Assessment.title, CourseVersion.title)] if words else []
    total = session.execute(_scoped(actor, select(func.count(Assessment.id))).where(*conditions)).scalar_one()
    rows = session.execute(
        _scoped(actor, select(*_LINE).select_from(Assessment))
        .outerjoin(Attempt, Attempt.assessment_id == Assessment.id)
        .where(*conditions)
        .group_by(Assessment.id, CourseVersion.id)
        .order_by(CourseVersion.title, CourseVersion.number.desc(), Assessment.id)
        .limit(PAGE_SIZE)
        .offset((max(1, page) - 1) * PAGE_SIZE)
    )
    return [AssessmentLine(*row) for row in rows], total


def get_assessment_line(session: Session, actor: Actor, public_id: str) -> AssessmentLine | None:
    """Return one assessment in the actor's scope with its numbers, or None."""
    row = session.execute(
        _scoped(actor, select(*_LINE).select_from(Assessment))
        .outerjoin(Attempt, Attempt.assessment_id == Assessment.id)
        .where(Assessment.public_id == public_id)
        .group_by(Assessment.id, CourseVersion.id)
    ).one_or_none()
    return AssessmentLine(*row) if row is not None else None


def _like(words: str, *columns: Any) -> Any:
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(*(column.ilike(pattern, escape="\\") for column in columns))


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """One attempt in the list of results."""

    attempt_public_id: str
    employee_id: int
    name: str
    unit_name: str
    number: int
    state: AttemptState
    started_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
    percent: float | None
    passed: bool | None
    answered: int
    total: int
    last_saved_at: datetime | None
    conflicts: int
    paused_at: datetime | None

    def phase(self, now: datetime) -> Phase:
        """Return where the attempt stands."""
        is_open = self.state is AttemptState.OPEN
        return phase(is_open=is_open, deadline_at=self.deadline_at, now=now, paused_at=self.paused_at)


_UNIT = aliased(OrganisationalUnit, name="person_unit")
RESULT_FILTERS = ("semua", "berjalan", "lulus", "belum")
RESULT_SORTS = ("terbaru", "nama", "nilai")


def list_participants(
    session: Session,
    actor: Actor,
    assessment_public_id: str,
    *,
    words: str = "",
    only: str = "semua",
    sort: str = "terbaru",
    page: int | None = 1,
) -> tuple[list[ParticipantLine], int]:
    """Return one page of the attempts of an assessment in the actor's scope, and how many there are.

    Args:
        page: None gives all of them, for the spreadsheet, 20,000 at most.
    """
    conditions = [Assessment.public_id == assessment_public_id]
    if words:
        conditions.append(_like(words, Employee.name, _UNIT.name))
    if only == "berjalan":
        conditions.append(Attempt.state == AttemptState.OPEN)
    elif only == "lulus":
        conditions.append(Attempt.passed.is_(True))
    elif only == "belum":
        conditions.append(Attempt.passed.is_(False))
    base = _scoped(
        actor,
        select(func.count(Attempt.id))
        .select_from(Attempt)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .join(Employee, Employee.id == Attempt.employee_id)
        .outerjoin(_UNIT, _UNIT.id == Employee.unit_id),
    ).where(*conditions)
    total = session.execute(base).scalar_one()
    order = {
        "nama": (Employee.name, Attempt.id),
        "nilai": (func.coalesce(Attempt.percent, -1).desc(), Attempt.id),
    }.get(sort, (Attempt.started_at.desc(), Attempt.id.desc()))
    chosen = base.with_only_columns(Attempt.id).order_by(*order)
    chosen = chosen.limit(20_000) if page is None else chosen.limit(PAGE_SIZE).offset((max(1, page) - 1) * PAGE_SIZE)
    ids = list(session.scalars(chosen))
    rows: Any = session.execute(
        select(
            Attempt.id, Attempt.public_id, Employee.id, Employee.name, func.coalesce(_UNIT.name, ""), Attempt.number,
            Attempt.state, Attempt.started_at, Attempt.deadline_at, Attempt.submitted_at, Attempt.percent,
            Attempt.passed, func.count(AttemptItem.payload), func.count(AttemptItem.id),
            func.max(AttemptItem.saved_at), func.count(AttemptItem.id).filter(AttemptItem.has_conflict.is_(True)),
            Attempt.paused_at,
        )
        .join(Employee, Employee.id == Attempt.employee_id)
        .outerjoin(_UNIT, _UNIT.id == Employee.unit_id)
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .where(Attempt.id.in_(ids))
        .group_by(Attempt.id, Employee.id, _UNIT.id)
    )  # fmt: skip
    found = {row[0]: ParticipantLine(*row[1:]) for row in rows}
    return [found[one] for one in ids if one in found], total


def count_to_watch(session: Session, actor: Actor, *, now: datetime) -> tuple[int, int]:
    """Return how many attempts run now in the actor's scope, and how many hold two versions of a response."""
    row = session.execute(
        _scoped(
            actor,
            select(func.count(Attempt.id.distinct()), func.count(AttemptItem.id))
            .select_from(Attempt)
            .join(Assessment, Assessment.id == Attempt.assessment_id)
            .outerjoin(AttemptItem, and_(AttemptItem.attempt_id == Attempt.id, AttemptItem.has_conflict.is_(True))),
        ).where(Attempt.state == AttemptState.OPEN, or_(Attempt.deadline_at > now, Attempt.paused_at.is_not(None)))
    ).one()
    return int(row[0]), int(row[1])
