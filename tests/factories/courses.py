"""Least valid rows of courses, runs and enrolments."""

from __future__ import annotations

import factory

from lms.core import ids
from lms.core.db import current_session
from lms.courses.models import (
    Course,
    CourseOutcome,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Lesson,
    Module,
    Offering,
    OfferingState,
    VersionState,
)
from tests.factories.people import CREATED, EmployeeFactory, Rows, UnitFactory


class CourseFactory(Rows):
    """A listed course with one published version, one module and `lessons=` lessons (default 3).

    `outcomes=[(competency, level), …]`, `lesson_minutes=`, `exam_minutes=` shape it.
    """

    class Meta:
        model = Course

    code = factory.Sequence(lambda n: f"pelatihan-{n}")
    family = "pelayanan"
    created_at = CREATED

    @classmethod
    def _create(
        cls,
        model_class,
        *args,
        lessons=3,
        lesson_minutes=15,
        exam_minutes=0,
        outcomes=(),
        title=None,
        credit_jp=None,
        learning_form=16,
        **kwargs,
    ):
        session = current_session()
        if "owner_unit_id" not in kwargs:
            kwargs["owner_unit_id"] = UnitFactory().id
        course = super()._create(model_class, *args, **kwargs)
        minutes = lessons * lesson_minutes + exam_minutes
        version = CourseVersion(
            course_id=course.id,
            number=1,
            state=VersionState.PUBLISHED,
            title=title or f"Pelatihan {course.code}",
            summary="Ringkas dan jelas.",
            description_html="<p>Tentang pelatihan.</p>",
            learning_form=learning_form,
            credit_jp=minutes // 45 if credit_jp is None else credit_jp,
            duration_minutes=minutes,
            content_digest=ids.token_hash(course.code),
            content_bytes=9000 * lessons,
            published_at=CREATED,
        )
        session.add(version)
        session.flush()
        module = Module(course_version_id=version.id, code="m1", title="Modul pertama", position_order=1)
        session.add(module)
        session.flush()
        for number in range(1, lessons + 1):
            session.add(
                Lesson(
                    module_id=module.id,
                    code=f"l{number:02}",
                    title=f"Materi nomor {number}",
                    position_order=number,
                    duration_minutes=lesson_minutes,
                    body_md="## Bagian satu\n\nIsi.",
                    body_html=f'<h2 id="bagian-satu">Bagian satu</h2><p>Isi materi {number}.</p>',
                    headings=[{"id": "bagian-satu", "text": "Bagian satu", "level": 2}],
                    page_bytes=9000,
                    sanitiser="1",
                )
            )
        for competency, level in outcomes:
            session.add(
                CourseOutcome(
                    course_version_id=version.id,
                    competency_id=competency.id,
                    level=level,
                    statement="Anda dapat melakukannya.",
                    is_main=True,
                )
            )
        course.current_version_id = version.id
        session.flush()
        return course


class OfferingFactory(Rows):
    """An open self-study run of `course=`; `capacity=`, `needs_approval=` and dates shape it."""

    class Meta:
        model = Offering

    code = factory.Sequence(lambda n: f"angkatan-{n}")
    title = "Belajar mandiri"
    state = OfferingState.OPEN
    is_self_study = True

    @classmethod
    def _create(cls, model_class, *args, course=None, **kwargs):
        course = course or CourseFactory()
        kwargs.setdefault("course_id", course.id)
        kwargs.setdefault("course_version_id", course.current_version_id)
        kwargs.setdefault("owner_unit_id", course.owner_unit_id)
        return super()._create(model_class, *args, **kwargs)


class EnrolmentFactory(Rows):
    """An active enrolment of `employee=` in `offering=`."""

    class Meta:
        model = Enrolment

    state = EnrolmentState.ACTIVE
    requested_at = CREATED
    started_at = CREATED

    @classmethod
    def _create(cls, model_class, *args, offering=None, employee=None, **kwargs):
        kwargs.setdefault("offering_id", (offering or OfferingFactory()).id)
        kwargs.setdefault("employee_id", (employee or EmployeeFactory()).id)
        return super()._create(model_class, *args, **kwargs)
