"""Reads that loading a course needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.core import richtext
from lms.courses.models import Course, CourseOutcome, CourseVersion, Lesson, Module
from lms.people.models import OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def root_unit_id(session: Session) -> int | None:
    """Return the root of the unit tree, or None on an empty database."""
    return session.scalar(
        select(OrganisationalUnit.id)
        .where(OrganisationalUnit.parent_id.is_(None))
        .order_by(OrganisationalUnit.id)
        .limit(1)
    )


def unit_id_of_code(session: Session, code: str) -> int | None:
    """Return a unit by its code."""
    return session.scalar(select(OrganisationalUnit.id).where(OrganisationalUnit.code == code))


def get_course_row(session: Session, code: str) -> Course | None:
    """Return a course by code, its row held until commit."""
    return session.scalars(
        select(Course).where(Course.code == code).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def get_version_row(session: Session, version_id: int | None) -> CourseVersion | None:
    """Return a version by internal id."""
    return session.get(CourseVersion, version_id) if version_id is not None else None


def searchable_courses(session: Session) -> Iterator[tuple[int, str, str, str]]:
    """Yield (id, title, keywords, body) of all listed courses, for the search index."""
    heads = session.execute(
        select(
            Course.id,
            CourseVersion.id,
            CourseVersion.title,
            CourseVersion.summary,
            CourseVersion.description_md,
            CourseVersion.audience,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Course.is_listed.is_(True))
        .order_by(Course.id)
    ).all()
    for course_id, version_id, title, summary, description, audience in heads:
        lessons = session.execute(
            select(Module.title, Lesson.title, Lesson.body_md)
            .join(Module, Module.id == Lesson.module_id)
            .where(Module.course_version_id == version_id)
        ).all()
        statements = session.scalars(
            select(CourseOutcome.statement).where(CourseOutcome.course_version_id == version_id)
        ).all()
        words = [audience, *{row[0] for row in lessons}, *(row[1] for row in lessons), *statements]
        body = [summary, description, *(row[2] for row in lessons)]
        yield course_id, title, " ".join(words), richtext.render_markdown("\n\n".join(body)).plain
