"""Loading course folders: all faults at once, else a course with a frozen version and a self-study run."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from lms.competencies.queries import competency_ids
from lms.core import clock, richtext, search
from lms.core.actor import SYSTEM, Actor
from lms.core.audit import record
from lms.core.errors import Invalid
from lms.core.text import N_
from lms.courses.models import (
    Course,
    CourseOutcome,
    CourseVersion,
    Lesson,
    Module,
    Offering,
    OfferingState,
    VersionFile,
    VersionState,
)
from lms.courses.queries import SEARCH_KIND
from lms.courses.queries.loading import get_course_row, get_version_row, root_unit_id, searchable_courses
from lms.courses.rules import (
    FILES_FOLDER,
    REGISTRY,
    CourseFile,
    CoursePart,
    Fault,
    FileContent,
    check_course,
    safe_name,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SELF_STUDY_DAYS = 60
MAX_FILE_BYTES = 2 << 20
# What the page around a lesson weighs when style and sprite are in the browser's cache.
_FRAME_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did, or would do.

    Args:
        action: `new`, `new_version`, `same` or `faulty`.
        code, title, number: of the course and its version.
        faults: all that is wrong; empty unless `faulty`.
    """

    action: str
    code: str
    title: str
    number: int
    lessons: int
    faults: tuple[Fault, ...] = ()


def read_folder(folder: Path) -> tuple[Any, dict[str, str], list[Fault]]:
    """Return `course.json` as parsed, the texts that it names, and what could not be read."""
    faults: list[Fault] = []
    document = _read_json(folder, "course.json", faults)
    texts: dict[str, str] = {}
    if isinstance(document, dict):
        for name in sorted(_named_files(document)):
            text = _read_text(folder, name, faults) if safe_name(name) else None
            if text is not None:
                texts[name] = text
    return document, texts, faults


def _named_files(document: dict[str, Any]) -> set[str]:
    modules = document.get("modules")
    found: set[str] = set()
    for module in modules if isinstance(modules, list) else []:
        lessons = module.get("lessons") if isinstance(module, dict) else None
        for lesson in lessons if isinstance(lessons, list) else []:
            if isinstance(lesson, dict) and isinstance(lesson.get("file"), str):
                found.add(lesson["file"])
    return found


def _read_text(folder: Path, name: str, faults: list[Fault]) -> str | None:
    path = folder / name
    try:
        # A link could lead out of the folder, so it is not followed.
        if not path.is_file() or path.resolve() != folder.resolve() / name:
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            faults.append(Fault(name, "", "lebih besar dari 2 MB."))
            return None
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return None


def _read_json(folder: Path, name: str, faults: list[Fault]) -> Any:
    before = len(faults)
    text = _read_text(folder, name, faults)
    if text is None:
        if len(faults) == before:
            faults.append(Fault(name, "", "tidak ada, atau bukan teks UTF-8."))
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        faults.append(Fault(name, f"baris {error.lineno}, kolom {error.colno}", "bukan JSON yang benar."))
        return None


def load_course(
    session: Session,
    folder: Path,
    *,
    actor: Actor = SYSTEM,
    owner_unit_id: int | None = None,
    dry_run: bool = False,
    now: datetime | None = None,
) -> LoadResult:
    """Make or update a course from its folder; the same folder again changes nothing.

    A changed content gives a new frozen version; runs and people of the old one go on in the old one. The
    open self-study run is closed for newcomers and a new one is opened. Parts of other packages (question
    bank, assessments) are handed to the loaders registered with `register_part`.

    Args:
        owner_unit_id: unit that owns a new course; the root of the unit tree when left out.
        dry_run: check everything, write nothing.

    Returns: what was done; with `faulty` nothing was written.
    Concurrency: holds the course's row.
    """
    moment = now or clock.now()
    document, texts, faults = read_folder(folder)
    if document is None:
        return LoadResult("faulty", folder.name, "", 0, 0, tuple(faults))
    known = competency_ids(session)
    given, found = check_course(document, texts, known_competencies=frozenset(known))
    faults += found
    owner = owner_unit_id if owner_unit_id is not None else root_unit_id(session)
    if owner is None:
        faults.append(Fault("", "", "Belum ada unit organisasi. Buat atau impor unit dahulu."))
    part = CoursePart(
        folder=folder,
        document=document if isinstance(document, dict) else {},
        lesson_codes=given.lesson_codes if given is not None else _lesson_codes(document),
        competency_ids=known,
        owner_unit_id=owner,
        now=moment,
    )
    for loader in REGISTRY.parts.values():
        faults += loader(session, part)
    if faults or given is None or owner is None:
        code = document.get("code", folder.name) if isinstance(document, dict) else folder.name
        return LoadResult("faulty", str(code), "", 0, 0, tuple(faults))
    course = get_course_row(session, given.code)
    version = get_version_row(session, course.current_version_id) if course is not None else None
    action = _action(course, version, given)
    if dry_run:
        number = version.number if version is not None else 0
        return LoadResult(action, given.code, given.title, number + (action != "same"), len(given.lesson_codes))
    if course is None:
        course = Course(code=given.code, family=given.family, owner_unit_id=owner, created_at=moment)
        session.add(course)
        session.flush()  # the version needs course.id
    if version is None or action != "same":
        version = freeze_version(session, course, given, known=known, now=moment)
    write_parts(session, part, course, version)
    if action != "same":
        index_course(session, course, given)
        record(
            session,
            actor,
            action="course.load",
            subject=("course", course.id),
            at=moment,
            after={"code": course.code, "version": version.number, "digest": version.content_digest},
        )
    return LoadResult(action, given.code, given.title, version.number, len(given.lesson_codes))


def _lesson_codes(document: Any) -> frozenset[str]:
    if not isinstance(document, dict) or not isinstance(document.get("modules"), list):
        return frozenset()
    return frozenset(
        str(lesson.get("code"))
        for module in document["modules"]
        if isinstance(module, dict)
        for lesson in module.get("lessons") or ()
        if isinstance(lesson, dict)
    )


def _action(course: Course | None, version: CourseVersion | None, given: CourseFile) -> str:
    if course is None:
        return "new"
    return "same" if version is not None and version.content_digest == given.digest else "new_version"


def write_parts(session: Session, part: CoursePart, course: Course, version: CourseVersion) -> None:
    """Let the loaders of other packages write their parts of a course folder."""
    full = CoursePart(
        folder=part.folder,
        document=part.document,
        lesson_codes=part.lesson_codes,
        competency_ids=part.competency_ids,
        owner_unit_id=part.owner_unit_id,
        course_id=course.id,
        version_id=version.id,
        now=part.now,
    )
    for name, loader in REGISTRY.parts.items():
        faults = loader(session, full)
        if faults:  # it passed the check a moment ago, so the whole load is given up
            raise Invalid(N_("Bagian %(part)s gagal dimuat: %(fault)s", part=name, fault=faults[0].text))


def freeze_version(
    session: Session,
    course: Course,
    given: CourseFile,
    *,
    known: dict[str, int],
    now: datetime,
    files: tuple[FileContent, ...] = (),
) -> CourseVersion:
    """Return a new published version of a course; the one before is retired, its runs and people keep it.

    The open self-study run is closed for newcomers, and a new one pins the new version.

    Args:
        known: internal ids of competencies by code.
        files: what the lessons show; their bytes are stored already.
    """
    last = session.scalar(select(func.max(CourseVersion.number)).where(CourseVersion.course_id == course.id)) or 0
    session.execute(
        update(CourseVersion)
        .where(CourseVersion.course_id == course.id, CourseVersion.state == VersionState.PUBLISHED)
        .values(state=VersionState.RETIRED)
    )
    version = CourseVersion(
        course_id=course.id,
        number=last + 1,
        state=VersionState.PUBLISHED,
        title=given.title,
        summary=given.summary,
        description_md=given.description,
        description_html=richtext.render_markdown(given.description, heading_shift=1, id_prefix="tentang-").html,
        audience=given.audience,
        learning_form=given.learning_form,
        credit_jp=given.credit_jp,
        duration_minutes=given.minutes,
        content_digest=given.digest,
        references=list(given.references),
        published_at=now,
    )
    session.add(version)
    session.flush()  # modules and outcomes need version.id
    session.add_all(
        VersionFile(
            course_version_id=version.id,
            name=one.name,
            digest=one.digest,
            media_type=one.media_type,
            size_bytes=one.size_bytes,
        )
        for one in files
    )
    version.content_bytes = _add_modules(
        session, version, given, {f"{FILES_FOLDER}/{f.name}": f.size_bytes for f in files}
    )
    session.add_all(
        CourseOutcome(
            course_version_id=version.id,
            competency_id=known[outcome.competency],
            level=outcome.level,
            statement="\n".join(outcome.statements),
            is_main=outcome.is_main,
        )
        for outcome in given.outcomes
    )
    course.current_version_id = version.id
    course.family = given.family
    course.content_version += 1
    _open_self_study(session, course, version)
    session.flush()  # parts and the index read what was made
    return version


def lesson_bytes(html: str, details: Mapping[str, Any], sizes: Mapping[str, int]) -> int:
    """Return what the page of a lesson weighs as it travels: its text, the pictures in it, and its file."""
    used = {name for name in sizes if f'src="{name}"' in html} | {details.get("file", "")}
    packed = len(zlib.compress(html.encode(), 6)) + _FRAME_BYTES
    return packed + sum(sizes.get(name, 0) for name in used)


def _add_modules(session: Session, version: CourseVersion, given: CourseFile, sizes: Mapping[str, int]) -> int:
    """Add modules and lessons; return the bytes of all lessons as they travel."""
    total = 0
    for place, module in enumerate(given.modules, 1):
        row = Module(course_version_id=version.id, code=module.code, title=module.title, position_order=place)
        session.add(row)
        session.flush()  # lessons need module.id
        for number, lesson in enumerate(module.lessons, 1):
            rendered = richtext.render_markdown(lesson.text)
            packed = lesson_bytes(rendered.html, lesson.details, sizes)
            total += packed
            session.add(
                Lesson(
                    module_id=row.id,
                    code=lesson.code,
                    kind=lesson.kind,
                    details=dict(lesson.details) or None,
                    title=lesson.title,
                    position_order=number,
                    duration_minutes=lesson.minutes,
                    body_md=lesson.text,
                    body_html=rendered.html,
                    headings=[{"id": h.id, "text": h.text, "level": h.level} for h in rendered.headings],
                    page_bytes=packed,
                    sanitiser=richtext.VERSION,
                )
            )
    return total


def _open_self_study(session: Session, course: Course, version: CourseVersion) -> None:
    session.execute(
        update(Offering)
        .where(
            Offering.course_id == course.id,
            Offering.is_self_study.is_(True),
            Offering.state == OfferingState.OPEN,
        )
        .values(state=OfferingState.CLOSED)
    )
    session.add(
        Offering(
            code=f"{course.code}-mandiri-v{version.number}"[-60:],
            course_id=course.id,
            course_version_id=version.id,
            owner_unit_id=course.owner_unit_id,
            title="Belajar mandiri",
            is_self_study=True,
            state=OfferingState.OPEN,
            days_to_finish=SELF_STUDY_DAYS,
        )
    )


def index_course(session: Session, course: Course, given: CourseFile) -> None:
    """Put what a course says into the search index."""
    lessons = [lesson for module in given.modules for lesson in module.lessons]
    body = [given.summary, richtext.render_markdown(given.description).plain]
    body += [richtext.render_markdown(lesson.text).plain for lesson in lessons]
    words = [given.audience, *(m.title for m in given.modules), *(lesson.title for lesson in lessons)]
    words += [statement for outcome in given.outcomes for statement in outcome.statements]
    search.index_document(
        session,
        kind=SEARCH_KIND,
        ref_id=course.id,
        title=given.title,
        body="\n".join(body),
        keywords=" ".join(words),
    )


def reindex_courses(session: Session) -> int:
    """Put all listed courses into the search index anew, from the database; return how many."""
    count = 0
    for course_id, title, keywords, body in searchable_courses(session):
        search.index_document(session, kind=SEARCH_KIND, ref_id=course_id, title=title, body=body, keywords=keywords)
        count += 1
    return count
