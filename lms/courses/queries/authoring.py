"""What instructors write: courses of their units, drafts, texts and versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from lms.competencies.models import Competency
from lms.courses.models import (
    Course,
    CourseDraft,
    CourseOutcome,
    CourseVersion,
    DraftFile,
    DraftLesson,
    DraftModule,
    DraftState,
    DraftText,
    Enrolment,
    EnrolmentState,
    Lesson,
    Module,
    Offering,
    VersionFile,
    VersionState,
)
from lms.courses.policies import courses_authored_by
from lms.courses.queries.team import full_name
from lms.courses.rules import FileContent, LessonContent, ModuleContent, VersionContent
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

AUTHOR_PAGE = 25
TEXTS_SHOWN = 30
VERSIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class AuthoredCourse:
    """A published course of the actor's units, with its open draft."""

    public_id: str
    code: str
    title: str
    family: str
    unit_name: str
    number: int
    published_at: datetime | None
    credit_jp: int
    draft_public_id: str | None
    draft_updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in a list."""

    public_id: str
    title: str
    code: str
    family: str
    unit_name: str
    course_number: int | None
    state: DraftState
    updated_at: datetime
    updated_by: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class DraftLessonLine:
    """A lesson of a draft without its text."""

    public_id: str
    module_id: int
    code: str
    title: str
    kind: str
    minutes: int
    characters: int
    is_removed: bool


@dataclass(frozen=True, slots=True)
class DraftModuleLine:
    """A module of a draft with its lessons in order."""

    public_id: str
    code: str
    title: str
    is_removed: bool
    lessons: tuple[DraftLessonLine, ...]


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft as its pages show it, without the texts of its lessons."""

    id: int
    public_id: str
    course_id: int | None
    course_public_id: str | None
    course_code: str | None
    base_version_id: int | None
    base_number: int | None
    state: DraftState
    code: str
    family: str
    title: str
    summary: str
    description_md: str
    audience: str
    learning_form: int
    other_minutes: int
    outcomes: tuple[dict[str, Any], ...]
    references: tuple[dict[str, Any], ...]
    parts: dict[str, Any]
    revision: int
    unit_name: str
    updated_at: datetime
    updated_by: str
    modules: tuple[DraftModuleLine, ...]
    removed_lessons: tuple[DraftLessonLine, ...]
    files: tuple[FileContent, ...]

    @property
    def shown_modules(self) -> tuple[DraftModuleLine, ...]:
        """Modules that are not removed."""
        return tuple(module for module in self.modules if not module.is_removed)

    @property
    def lessons(self) -> tuple[DraftLessonLine, ...]:
        """Lessons that are not removed, in order."""
        return tuple(lesson for module in self.shown_modules for lesson in module.lessons)

    @property
    def minutes(self) -> int:
        """Time that the whole draft takes."""
        return self.other_minutes + sum(lesson.minutes for lesson in self.lessons)


@dataclass(frozen=True, slots=True)
class DraftLessonPage:
    """A lesson of a draft with its text."""

    id: int
    public_id: str
    code: str
    kind: str
    title: str
    minutes: int
    body_md: str
    details: dict[str, Any]
    revision: int
    updated_at: datetime
    updated_by: str
    is_removed: bool


@dataclass(frozen=True, slots=True)
class TextLine:
    """A text that a lesson held before."""

    public_id: str
    title: str
    body_md: str
    written_at: datetime
    written_by: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A published version of a course.

    Args:
        runs, learning: runs that pin it, and people who learn in it now.
    """

    id: int
    public_id: str
    number: int
    state: VersionState
    title: str
    published_at: datetime | None
    credit_jp: int
    minutes: int
    lessons: int
    runs: int
    learning: int


def _name_of(row: Any) -> str:
    return full_name(row.title_before, row.name, row.title_after) if row.name is not None else ""


_WRITER = (Employee.title_before, Employee.name, Employee.title_after)


def _matches(words: str, *columns: Any) -> Any:
    pattern = f"%{words.replace('%', '').replace('_', ' ')}%"
    return or_(*(column.ilike(pattern) for column in columns))


def list_authored_courses(
    session: Session, actor: Actor, *, words: str = "", offset: int = 0, limit: int = AUTHOR_PAGE
) -> tuple[list[AuthoredCourse], int]:
    """Return published courses of the actor's units by title, and how many there are; two statements."""
    query = (
        select(
            Course.public_id,
            Course.code,
            CourseVersion.title,
            Course.family,
            OrganisationalUnit.name,
            CourseVersion.number,
            CourseVersion.published_at,
            CourseVersion.credit_jp,
            CourseDraft.public_id,
            CourseDraft.updated_at,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .outerjoin(CourseDraft, (CourseDraft.course_id == Course.id) & (CourseDraft.state == DraftState.OPEN))
        .where(courses_authored_by(actor, OrganisationalUnit.path))
    )
    if words:
        query = query.where(_matches(words, CourseVersion.title, Course.code))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows: Any = session.execute(query.order_by(CourseVersion.title, Course.id).offset(offset).limit(limit))
    return [AuthoredCourse(*row) for row in rows], int(total)


def list_drafts(
    session: Session,
    actor: Actor,
    *,
    state: DraftState = DraftState.OPEN,
    words: str = "",
    offset: int = 0,
    limit: int = AUTHOR_PAGE,
) -> tuple[list[DraftLine], int]:
    """Return drafts of the actor's units, the one last written first, and how many there are; two statements."""
    query = (
        select(CourseDraft, OrganisationalUnit.name.label("unit_name"), CourseVersion.number, *_WRITER)
        .join(OrganisationalUnit, OrganisationalUnit.id == CourseDraft.owner_unit_id)
        .outerjoin(CourseVersion, CourseVersion.id == CourseDraft.base_version_id)
        .outerjoin(Employee, Employee.id == CourseDraft.updated_by_id)
        .where(CourseDraft.state == state, courses_authored_by(actor, OrganisationalUnit.path))
    )
    if words:
        query = query.where(_matches(words, CourseDraft.title, CourseDraft.code))
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(CourseDraft.id).subquery())) or 0
    rows = session.execute(
        query.order_by(CourseDraft.updated_at.desc(), CourseDraft.id.desc()).offset(offset).limit(limit)
    )
    found = []
    for row in rows:
        draft = row.CourseDraft
        found.append(
            DraftLine(
                public_id=draft.public_id,
                title=draft.title,
                code=draft.code,
                family=draft.family,
                unit_name=row.unit_name,
                course_number=row.number if draft.course_id is not None else None,
                state=draft.state,
                updated_at=draft.updated_at,
                updated_by=_name_of(row),
                ended_at=draft.ended_at,
            )
        )
    return found, int(total)


def _scoped_draft(actor: Actor, public_id: str) -> Any:
    return (
        select(CourseDraft)
        .join(OrganisationalUnit, OrganisationalUnit.id == CourseDraft.owner_unit_id)
        .where(CourseDraft.public_id == public_id, courses_authored_by(actor, OrganisationalUnit.path))
    )


def lock_draft(session: Session, actor: Actor, public_id: str) -> CourseDraft | None:
    """Return a draft of the actor's units, its row held until commit and read afresh."""
    draft: CourseDraft | None = session.scalars(
        _scoped_draft(actor, public_id).with_for_update(of=CourseDraft).execution_options(populate_existing=True)
    ).one_or_none()
    return draft


def lock_authored_course(session: Session, actor: Actor, public_id: str) -> Course | None:
    """Return a course of the actor's units, its row held until commit and read afresh."""
    return session.scalars(
        select(Course)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .where(Course.public_id == public_id, courses_authored_by(actor, OrganisationalUnit.path))
        .with_for_update(of=Course)
        .execution_options(populate_existing=True)
    ).one_or_none()


def get_authored_course(session: Session, actor: Actor, public_id: str) -> tuple[Course, CourseVersion] | None:
    """Return a course of the actor's units with its current version."""
    row = session.execute(
        select(Course, CourseVersion)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Course.public_id == public_id, courses_authored_by(actor, OrganisationalUnit.path))
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def get_open_draft_of(session: Session, course_id: int) -> CourseDraft | None:
    """Return the open draft of a course; there is at most one."""
    return session.scalars(
        select(CourseDraft).where(CourseDraft.course_id == course_id, CourseDraft.state == DraftState.OPEN)
    ).one_or_none()


def get_draft(session: Session, actor: Actor, public_id: str) -> DraftPage | None:
    """Return a draft of the actor's units, in any state; four statements."""
    row = session.execute(
        _scoped_draft(actor, public_id)
        .add_columns(
            OrganisationalUnit.name.label("unit_name"),
            Course.public_id.label("course_public_id"),
            Course.code.label("course_code"),
            CourseVersion.number,
            *_WRITER,
        )
        .outerjoin(Course, Course.id == CourseDraft.course_id)
        .outerjoin(CourseVersion, CourseVersion.id == CourseDraft.base_version_id)
        .outerjoin(Employee, Employee.id == CourseDraft.updated_by_id)
    ).one_or_none()
    if row is None:
        return None
    draft: CourseDraft = row.CourseDraft
    lessons = [
        DraftLessonLine(*one)
        for one in session.execute(
            select(
                DraftLesson.public_id,
                DraftLesson.module_id,
                DraftLesson.code,
                DraftLesson.title,
                DraftLesson.kind,
                DraftLesson.duration_minutes,
                func.length(DraftLesson.body_md),
                DraftLesson.removed_at.is_not(None),
            )
            .where(DraftLesson.draft_id == draft.id)
            .order_by(DraftLesson.position_order, DraftLesson.id)
        )
    ]
    modules = tuple(
        DraftModuleLine(
            public_id=module.public_id,
            code=module.code,
            title=module.title,
            is_removed=module.removed_at is not None,
            lessons=tuple(one for one in lessons if one.module_id == module.id and not one.is_removed),
        )
        for module in session.scalars(
            select(DraftModule)
            .where(DraftModule.draft_id == draft.id)
            .order_by(DraftModule.position_order, DraftModule.id)
        )
    )
    return DraftPage(
        id=draft.id,
        public_id=draft.public_id,
        course_id=draft.course_id,
        course_public_id=row.course_public_id,
        course_code=row.course_code,
        base_version_id=draft.base_version_id,
        base_number=row.number,
        state=draft.state,
        code=draft.code,
        family=draft.family,
        title=draft.title,
        summary=draft.summary,
        description_md=draft.description_md,
        audience=draft.audience,
        learning_form=draft.learning_form,
        other_minutes=draft.other_minutes,
        outcomes=tuple(draft.outcomes),
        references=tuple(draft.references),
        parts=dict(draft.parts),
        revision=draft.revision,
        unit_name=row.unit_name,
        updated_at=draft.updated_at,
        updated_by=_name_of(row),
        modules=modules,
        removed_lessons=tuple(one for one in lessons if one.is_removed),
        files=draft_files(session, draft.id),
    )


def draft_files(session: Session, draft_id: int) -> tuple[FileContent, ...]:
    """Return the files of a draft by name."""
    return tuple(
        FileContent(*row)
        for row in session.execute(
            select(DraftFile.name, DraftFile.digest, DraftFile.media_type, DraftFile.size_bytes)
            .where(DraftFile.draft_id == draft_id)
            .order_by(DraftFile.name)
        )
    )


def version_files(session: Session, version_id: int) -> tuple[FileContent, ...]:
    """Return the files of a version by name."""
    return tuple(
        FileContent(*row)
        for row in session.execute(
            select(VersionFile.name, VersionFile.digest, VersionFile.media_type, VersionFile.size_bytes)
            .where(VersionFile.course_version_id == version_id)
            .order_by(VersionFile.name)
        )
    )


def get_version_file(session: Session, version_id: int, name: str) -> FileContent | None:
    """Return a file of a version by the name that its lessons use."""
    row = session.execute(
        select(VersionFile.name, VersionFile.digest, VersionFile.media_type, VersionFile.size_bytes).where(
            VersionFile.course_version_id == version_id, VersionFile.name == name
        )
    ).one_or_none()
    return FileContent(*row) if row is not None else None


def get_draft_lesson(session: Session, draft_id: int, public_id: str) -> DraftLessonPage | None:
    """Return a lesson of a draft with its text."""
    row = session.execute(
        select(DraftLesson, *_WRITER)
        .outerjoin(Employee, Employee.id == DraftLesson.updated_by_id)
        .where(DraftLesson.draft_id == draft_id, DraftLesson.public_id == public_id)
    ).one_or_none()
    if row is None:
        return None
    lesson: DraftLesson = row.DraftLesson
    return DraftLessonPage(
        id=lesson.id,
        public_id=lesson.public_id,
        code=lesson.code,
        kind=lesson.kind,
        title=lesson.title,
        minutes=lesson.duration_minutes,
        body_md=lesson.body_md,
        details=dict(lesson.details),
        revision=lesson.revision,
        updated_at=lesson.updated_at,
        updated_by=_name_of(row),
        is_removed=lesson.removed_at is not None,
    )


def list_texts(session: Session, lesson_id: int, *, limit: int = TEXTS_SHOWN) -> list[TextLine]:
    """Return what a lesson of a draft held before, newest first."""
    rows = session.execute(
        select(DraftText, *_WRITER)
        .outerjoin(Employee, Employee.id == DraftText.written_by_id)
        .where(DraftText.lesson_id == lesson_id)
        .order_by(DraftText.id.desc())
        .limit(limit)
    )
    return [
        TextLine(
            public_id=row.DraftText.public_id,
            title=row.DraftText.title,
            body_md=row.DraftText.body_md,
            written_at=row.DraftText.written_at,
            written_by=_name_of(row),
            is_late=row.DraftText.is_late,
        )
        for row in rows
    ]


def draft_content(session: Session, page: DraftPage) -> VersionContent:
    """Return all that a draft says; one statement besides the page's."""
    texts = {
        row[0]: (row[1], row[2])
        for row in session.execute(
            select(DraftLesson.public_id, DraftLesson.body_md, DraftLesson.details).where(
                DraftLesson.draft_id == page.id
            )
        )
    }
    modules = []
    for module in page.shown_modules:
        lessons = tuple(
            LessonContent(
                code=line.code,
                title=line.title,
                kind=line.kind,
                minutes=line.minutes,
                text=texts[line.public_id][0],
                details=texts[line.public_id][1],
            )
            for line in module.lessons
        )
        modules.append(ModuleContent(module.code, module.title, lessons))
    return VersionContent(
        code=page.course_code or page.code,
        title=page.title,
        family=page.family,
        summary=page.summary,
        description=page.description_md,
        audience=page.audience,
        learning_form=page.learning_form,
        other_minutes=page.other_minutes,
        outcomes=tuple((str(o["competency"]), int(o["level"]), str(o["text"])) for o in page.outcomes),
        modules=tuple(modules),
        references=page.references,
        files=page.files,
        assessments=tuple(page.parts.get("assessments", ())),
    )


def version_content(session: Session, version_id: int) -> VersionContent:
    """Return all that a published version says; five statements."""
    version, course = session.execute(
        select(CourseVersion, Course)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(CourseVersion.id == version_id)
    ).one()
    rows = session.execute(
        select(Module.code.label("module_code"), Module.title.label("module_title"), Lesson)
        .join(Lesson, Lesson.module_id == Module.id)
        .where(Module.course_version_id == version_id)
        .order_by(Module.position_order, Module.id, Lesson.position_order, Lesson.id)
    ).all()
    by_module: dict[str, tuple[str, list[LessonContent]]] = {}
    for row in rows:
        lesson: Lesson = row.Lesson
        by_module.setdefault(row.module_code, (row.module_title, []))[1].append(
            LessonContent(
                code=lesson.code,
                title=lesson.title,
                kind=lesson.kind,
                minutes=lesson.duration_minutes,
                text=lesson.body_md,
                details=dict(lesson.details or {}),
            )
        )
    outcomes = session.execute(
        select(Competency.code, CourseOutcome.level, CourseOutcome.statement)
        .join(Competency, Competency.id == CourseOutcome.competency_id)
        .where(CourseOutcome.course_version_id == version_id)
        .order_by(CourseOutcome.is_main.desc(), CourseOutcome.id)
    ).all()
    lesson_minutes = sum(lesson.minutes for _title, lessons in by_module.values() for lesson in lessons)
    return VersionContent(
        code=course.code,
        title=version.title,
        family=course.family,
        summary=version.summary,
        description=version.description_md,
        audience=version.audience,
        learning_form=version.learning_form,
        other_minutes=max(0, version.duration_minutes - lesson_minutes),
        outcomes=tuple((row.code, row.level, statement) for row in outcomes for statement in row.statement.split("\n")),
        modules=tuple(ModuleContent(code, title, tuple(lessons)) for code, (title, lessons) in by_module.items()),
        references=tuple(version.references),
        files=version_files(session, version_id),
    )


def list_versions(session: Session, course_id: int, *, limit: int = VERSIONS_SHOWN) -> list[VersionLine]:
    """Return the published versions of a course, newest first; one statement."""
    lessons = (
        select(func.count(Lesson.id))
        .join(Module, Module.id == Lesson.module_id)
        .where(Module.course_version_id == CourseVersion.id)
        .scalar_subquery()
    )
    runs = select(func.count(Offering.id)).where(Offering.course_version_id == CourseVersion.id).scalar_subquery()
    learning = (
        select(func.count(Enrolment.id))
        .join(Offering, Offering.id == Enrolment.offering_id)
        .where(Offering.course_version_id == CourseVersion.id, Enrolment.state == EnrolmentState.ACTIVE)
        .scalar_subquery()
    )
    rows: Any = session.execute(
        select(
            CourseVersion.id,
            CourseVersion.public_id,
            CourseVersion.number,
            CourseVersion.state,
            CourseVersion.title,
            CourseVersion.published_at,
            CourseVersion.credit_jp,
            CourseVersion.duration_minutes,
            lessons,
            runs,
            learning,
        )
        .where(CourseVersion.course_id == course_id)
        .order_by(CourseVersion.number.desc(), CourseVersion.id)
        .limit(limit)
    )
    return [VersionLine(*row) for row in rows]


def exists_course_code(session: Session, code: str) -> bool:
    """Return whether a course or an open draft has this code."""
    return bool(
        session.scalar(select(Course.id).where(Course.code == code))
        or session.scalar(
            select(CourseDraft.id).where(CourseDraft.code == code, CourseDraft.state == DraftState.OPEN).limit(1)
        )
    )


def list_author_units(session: Session, actor: Actor, *, limit: int = 400) -> list[tuple[str, str]]:
    """Return units for which the actor may write courses, as (code, name), in the order of the tree."""
    rows = session.execute(
        select(OrganisationalUnit.code, OrganisationalUnit.name)
        .where(OrganisationalUnit.valid_to_on.is_(None), courses_authored_by(actor, OrganisationalUnit.path))
        .order_by(OrganisationalUnit.path)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def author_unit_id(session: Session, actor: Actor, code: str) -> int | None:
    """Return a unit by its code when the actor may write courses for it."""
    return session.scalar(
        select(OrganisationalUnit.id).where(
            OrganisationalUnit.code == code, courses_authored_by(actor, OrganisationalUnit.path)
        )
    )


def competency_names(session: Session, codes: list[str]) -> dict[str, str]:
    """Return the names of competencies by code."""
    rows = session.execute(select(Competency.code, Competency.name).where(Competency.code.in_(codes)).limit(5000))
    return {row[0]: row[1] for row in rows}


def count_learning(session: Session, course_id: int) -> int:
    """Return how many people learn in any version of a course now."""
    return int(
        session.scalar(
            select(func.count(Enrolment.id))
            .join(Offering, Offering.id == Enrolment.offering_id)
            .where(Offering.course_id == course_id, Enrolment.state == EnrolmentState.ACTIVE)
        )
        or 0
    )
