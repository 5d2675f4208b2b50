"""Frozen content of course versions, kept in this process: what does not depend on the person."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.competencies.models import Competency
from lms.core import richtext
from lms.courses.models import Course, CourseOutcome, CourseVersion, Lesson, Module

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_KEPT_OUTLINES = 600
_KEPT_BODIES = 800


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson in the contents of a version."""

    id: int
    public_id: str
    code: str
    title: str
    minutes: int
    page_bytes: int
    number: int
    module_id: int
    headings: tuple[tuple[str, str], ...]
    kind: str = "text"

    def heading(self, anchor: str) -> str:
        """Return the text of a heading of the lesson, or nothing when it has no such one."""
        return dict(self.headings).get(anchor, "")


@dataclass(frozen=True, slots=True)
class ModuleLine:
    """A module with its lessons in order."""

    number: int
    title: str
    lessons: tuple[LessonLine, ...]


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """What a version promises about one competency."""

    competency_id: int
    code: str
    name: str
    level: int
    statements: tuple[str, ...]
    is_main: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """A course version as a whole, without the texts of its lessons."""

    course_id: int
    course_code: str
    family: str
    version_id: int
    version_public_id: str
    number: int
    title: str
    summary: str
    description_html: str
    audience: str
    learning_form: int
    credit_jp: int
    minutes: int
    content_bytes: int
    published_at: datetime | None
    references: tuple[dict[str, Any], ...]
    modules: tuple[ModuleLine, ...]
    outcomes: tuple[OutcomeLine, ...]
    lessons: tuple[LessonLine, ...]

    @property
    def other_minutes(self) -> int:
        """Time that no lesson takes: the exam."""
        return max(0, self.minutes - sum(lesson.minutes for lesson in self.lessons))

    def lesson(self, public_id: str) -> LessonLine | None:
        """Return the lesson with this public id."""
        return next((lesson for lesson in self.lessons if lesson.public_id == public_id), None)

    def lesson_by_id(self, lesson_id: int | None) -> LessonLine | None:
        """Return the lesson with this internal id."""
        return next((lesson for lesson in self.lessons if lesson.id == lesson_id), None)

    def after(self, lesson: LessonLine) -> LessonLine | None:
        """Return the lesson that follows, or None after the last one."""
        return self.lessons[lesson.number] if lesson.number < len(self.lessons) else None

    def before(self, lesson: LessonLine) -> LessonLine | None:
        """Return the lesson that stands before, or None for the first one."""
        return self.lessons[lesson.number - 2] if lesson.number > 1 else None


class _Kept:
    """A small cache of values that never change under their key; the oldest go first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> Any:
        return self._held.get(key)

    def put(self, key: Any, value: Any) -> None:
        with self._lock:
            self._held[key] = value
            while len(self._held) > self._size:
                self._held.popitem(last=False)


_OUTLINES = _Kept(_KEPT_OUTLINES)
_BODIES = _Kept(_KEPT_BODIES)


def get_outline(session: Session, version_id: int, public_id: str) -> Outline:
    """Return a published version; four statements, none when this process holds it.

    Args:
        public_id: of the version; published versions never change, so it names their content for ever.
    """
    held: Outline | None = _OUTLINES.get(public_id)
    if held is None:
        held = _read(session, version_id)
        _OUTLINES.put(public_id, held)
    return held


def _read(session: Session, version_id: int) -> Outline:
    version, course = session.execute(
        select(CourseVersion, Course)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(CourseVersion.id == version_id)
    ).one()
    modules = session.scalars(
        select(Module).where(Module.course_version_id == version_id).order_by(Module.position_order, Module.id)
    ).all()
    rows = session.execute(
        select(
            Lesson.id,
            Lesson.public_id,
            Lesson.code,
            Lesson.title,
            Lesson.duration_minutes,
            Lesson.page_bytes,
            Lesson.module_id,
            Lesson.headings,
            Lesson.kind,
        )
        .join(Module, Module.id == Lesson.module_id)
        .where(Module.course_version_id == version_id)
        .order_by(Module.position_order, Module.id, Lesson.position_order, Lesson.id)
    ).all()
    lessons = tuple(
        LessonLine(
            id=row.id,
            public_id=row.public_id,
            code=row.code,
            title=row.title,
            minutes=row.duration_minutes,
            page_bytes=row.page_bytes,
            number=number,
            module_id=row.module_id,
            headings=tuple((str(one["id"]), str(one["text"])) for one in row.headings),
            kind=row.kind,
        )
        for number, row in enumerate(rows, 1)
    )
    outcomes = session.execute(
        select(
            CourseOutcome.competency_id,
            Competency.code,
            Competency.name,
            CourseOutcome.level,
            CourseOutcome.statement,
            CourseOutcome.is_main,
        )
        .join(Competency, Competency.id == CourseOutcome.competency_id)
        .where(CourseOutcome.course_version_id == version_id)
        .order_by(CourseOutcome.is_main.desc(), CourseOutcome.id)
    ).all()
    return Outline(
        course_id=course.id,
        course_code=course.code,
        family=course.family,
        version_id=version.id,
        version_public_id=version.public_id,
        number=version.number,
        title=version.title,
        summary=version.summary,
        description_html=version.description_html,
        audience=version.audience,
        learning_form=version.learning_form,
        credit_jp=version.credit_jp,
        minutes=version.duration_minutes,
        content_bytes=version.content_bytes,
        published_at=version.published_at,
        references=tuple(version.references),
        lessons=lessons,
        modules=tuple(
            ModuleLine(number, module.title, tuple(line for line in lessons if line.module_id == module.id))
            for number, module in enumerate(modules, 1)
        ),
        outcomes=tuple(
            OutcomeLine(
                row.competency_id,
                row.code,
                row.name,
                row.level,
                tuple(row.statement.split("\n")),
                row.is_main,
            )
            for row in outcomes
        ),
    )


@dataclass(frozen=True, slots=True)
class LessonBody:
    """What a lesson shows: its text as safe HTML, and what its kind needs besides."""

    html: str
    details: dict[str, Any]
    transcript_html: str = ""


def get_lesson_body(session: Session, lesson: LessonLine) -> LessonBody:
    """Return what a lesson shows; one statement, none when this process holds it.

    Text that an older sanitiser made is rendered anew from its source.
    """
    held: LessonBody | None = _BODIES.get(lesson.public_id)
    if held is None:
        html, source, sanitiser, details = session.execute(
            select(Lesson.body_html, Lesson.body_md, Lesson.sanitiser, Lesson.details).where(Lesson.id == lesson.id)
        ).one()
        held = LessonBody(
            html=html if sanitiser == richtext.VERSION else richtext.render_markdown(source).html,
            details=dict(details or {}),
            transcript_html=transcript_html(details or {}),
        )
        _BODIES.put(lesson.public_id, held)
    return held


def transcript_html(details: Mapping[str, Any]) -> str:
    """Return the transcript of a recording as safe HTML, empty when there is none."""
    words = str(details.get("transcript", ""))
    return richtext.render_markdown(words, heading_shift=2, id_prefix="transkrip-").html if words else ""


def get_lesson_html(session: Session, lesson: LessonLine) -> str:
    """Return the safe HTML of a lesson's text, as `get_lesson_body` does."""
    return get_lesson_body(session, lesson).html
