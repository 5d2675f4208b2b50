"""Certificates: issued the real way for a completed enrolment, or plain rows by the thousand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from lms.certificates import services
from lms.certificates.models import Certificate, CertificateState
from lms.certificates.queries import get_template
from lms.certificates.rules.codes import new_code
from lms.core.db import current_session
from lms.courses.models import Enrolment, EnrolmentState, Offering
from lms.people.models import Employee
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory

PASSED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def completed_enrolment(*, employee: Employee | None = None, at: datetime = PASSED, **course: Any) -> Enrolment:
    """Return a completed enrolment in a new course; `course` shapes it."""
    course.setdefault("title", "Pelayanan Publik dan PATEN")
    course.setdefault("credit_jp", 6)
    offering = OfferingFactory(course=CourseFactory(**course))
    return EnrolmentFactory(
        offering=offering,
        employee=employee or EmployeeFactory(),
        state=EnrolmentState.COMPLETED,
        started_at=datetime(2026, 11, 9, 1, 0, tzinfo=UTC),
        completed_at=at,
    )


def issued_certificate(
    *,
    employee: Employee | None = None,
    enrolment: Enrolment | None = None,
    at: datetime = PASSED,
    **course: Any,
) -> Certificate:
    """Return a certificate that the services issued for a completed enrolment."""
    session = current_session()
    enrolment = enrolment or completed_enrolment(employee=employee, at=at, **course)
    version_id = session.get_one(Offering, enrolment.offering_id).course_version_id
    return services.issue_for_enrolment(
        session,
        enrolment_id=enrolment.id,
        employee_id=enrolment.employee_id,
        course_version_id=version_id,
        completed_at=at,
        now=at,
    )


def plain_rows(count: int, *, employee_id: int, first: int = 1, year: int = 2025) -> list[dict[str, Any]]:
    """Return values of many certificates of one person, for a bulk insert; `sttp` must be seeded."""
    template = get_template(current_session(), "sttp")
    assert template is not None
    kept = {
        "holder": {"name": "Andi Tenri", "number": "199104122019032904", "workplace": "Kelurahan Boting"},
        "training": {
            "title": "Pelatihan lama",
            "credit_jp": 4,
            "jp_words": "4 (empat) jam pelajaran",
            "period": "2025",
        },
        "letterhead": {"qualification": "LULUS", "office": "BKPSDM"},
    }
    return [
        {
            "code": new_code(),
            "number": f"800.2.2/{serial:04}/LAMA/I/{year}",
            "series": "lama/LAMA",
            "year": year,
            "serial_number": serial,
            "employee_id": employee_id,
            "template_id": template.id,
            "state": CertificateState.ISSUED,
            "snapshot": kept,
            "issued_on": date(year, 1, 31),
            "issued_at": datetime(year, 1, 31, 2, 0, tzinfo=UTC),
            "unique_key": f"lama:{serial}",
        }
        for serial in range(first, first + count)
    ]
