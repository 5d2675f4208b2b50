"""From a draft to a frozen version: the same check as for course files, then one transaction."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lms.competencies.queries import competency_ids
from lms.core.audit import record
from lms.core.errors import Conflict, Invalid, Refused
from lms.core.richtext import render_markdown
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import Course, CourseVersion, DraftState
from lms.courses.queries.loading import get_course_row
from lms.courses.rules import (
    FILES_FOLDER,
    FORMAT,
    REGISTRY,
    CourseFile,
    CoursePart,
    Fault,
    Quality,
    VersionContent,
    check_course,
    check_quality,
    content_difference,
    course_document,
    used_files,
)
from lms.courses.services.authoring import lock_open_draft
from lms.courses.services.content import freeze_version, index_course, write_parts

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


def check_content(session: Session, content: VersionContent) -> tuple[CourseFile | None, list[Fault]]:
    """Return the course that a content would freeze, or what keeps it from being published."""
    document, texts = course_document(content, format_name=FORMAT)
    return check_course(
        document,
        texts,
        known_competencies=frozenset(competency_ids(session)),
        files={f"{FILES_FOLDER}/{one.name}": (one.digest, one.media_type) for one in used_files(content)},
        other_minutes=content.other_minutes,
    )


def draft_quality(session: Session, page: queries.DraftPage) -> Quality:
    """Return what could be better in a draft, with its score."""
    content = queries.draft_content(session, page)
    anchors = {
        lesson.code: frozenset(heading.id for heading in render_markdown(lesson.text).headings)
        for lesson in content.lessons
        if "](#" in lesson.text
    }
    return check_quality(content, anchors)


def draft_faults(session: Session, page: queries.DraftPage) -> list[Fault]:
    """Return what keeps a draft from being published, with the file and place of each fault."""
    return check_content(session, queries.draft_content(session, page))[1]


def publish_draft(session: Session, actor: Actor, public_id: str, *, base_number: int | None, now: datetime) -> Course:
    """Freeze a draft as the course's next version.

    Runs that are under way and their people keep the version that they pin; the self-study run for
    newcomers pins the new one. What other packages hold of the version before, such as its exam, is carried
    over, or read from the course file from which the draft came.

    Args:
        base_number: number of the present version as the author saw it, None for a new course.

    Raises: Conflict: another version was published meanwhile; Refused: nothing changed; Invalid: faults.
    Concurrency: holds the draft's row, then the course's.
    """
    draft = lock_open_draft(session, actor, public_id)
    page = queries.get_draft(session, actor, public_id)
    assert page is not None
    content = queries.draft_content(session, page)
    given, faults = check_content(session, content)
    if given is None:
        raise Invalid(N_("Rancangan ini belum dapat terbit. Perbaiki dahulu yang ditandai."), count=len(faults))
    course = get_course_row(session, given.code)
    if (course.id if course is not None else None) != draft.course_id:
        raise Refused(N_("Kode pelatihan ini sudah dipakai pelatihan lain. Ganti judul atau kodenya."))
    before = _present_version(session, course, base_number)
    if before is not None and not content_difference(queries.version_content(session, before.id), content):
        raise Refused(N_("Rancangan ini sama dengan versi yang berlaku. Tidak ada yang perlu terbit."))
    if course is None:
        course = Course(code=given.code, family=given.family, owner_unit_id=draft.owner_unit_id, created_at=now)
        session.add(course)
        session.flush()  # the version needs course.id
    known = competency_ids(session)
    version = freeze_version(session, course, given, known=known, now=now, files=used_files(content))
    if draft.parts:
        _write_given_parts(session, page, content, course, version, known=known, now=now)
    elif before is not None:
        for carry in REGISTRY.carriers.values():
            carry(session, before.id, version.id)
    elif draft.base_version_id is not None:  # a copy of another course
        for carry in REGISTRY.carriers.values():
            carry(session, draft.base_version_id, version.id)
    index_course(session, course, given)
    draft.state, draft.ended_at = DraftState.PUBLISHED, now
    draft.course_id, draft.version_id = course.id, version.id
    draft.updated_at, draft.updated_by_id = now, actor.employee_id
    record(
        session,
        actor,
        action="course.publish",
        subject=("course", course.id),
        at=now,
        before={"version": before.number} if before is not None else None,
        after={"code": course.code, "version": version.number, "digest": version.content_digest},
    )
    session.flush()  # the caller leads to the course's page
    return course


def _present_version(session: Session, course: Course | None, base_number: int | None) -> CourseVersion | None:
    if course is None or course.current_version_id is None:
        return None
    version = session.get_one(CourseVersion, course.current_version_id)
    if version.number != base_number:
        raise Conflict(N_("Versi lain baru saja terbit. Periksa lagi perbedaannya sebelum menerbitkan."))
    return version


def _write_given_parts(
    session: Session,
    page: queries.DraftPage,
    content: VersionContent,
    course: Course,
    version: CourseVersion,
    *,
    known: dict[str, int],
    now: datetime,
) -> None:
    """Hand what a course file brought to the loaders of other packages, in a folder of its own."""
    document, _texts = course_document(content, format_name=FORMAT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in page.parts.get("files", {}).items():
            (folder / Path(file).name).write_text(text, encoding="utf-8")
        part = CoursePart(
            folder=folder,
            document=document,
            lesson_codes=frozenset(lesson.code for lesson in content.lessons),
            competency_ids=known,
            owner_unit_id=course.owner_unit_id,
            now=now,
        )
        write_parts(session, part, course, version)
