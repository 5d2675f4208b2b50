"""The one table "event -> handlers"; the only module that knows two sibling features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.assessments import events as assessment_events
from lms.assessments import queries as assessment_queries
from lms.assessments import services as assessment_services
from lms.assessments import tasks as assessment_tasks
from lms.certificates import events as certificate_events
from lms.certificates import queries as certificate_queries
from lms.certificates import services as certificate_services
from lms.certificates import tasks as certificate_tasks
from lms.competencies import services as competency_services
from lms.core.actor import Permission
from lms.core.clock import local_day
from lms.core.events import subscribe
from lms.core.text import N_
from lms.courses import events as course_events
from lms.courses import queries as course_queries
from lms.courses import services as course_services
from lms.courses import tasks as course_tasks
from lms.courses.queries import meetings as course_meetings
from lms.courses.services import (
    register_carrier,
    register_condition,
    register_contents,
    register_exporter,
    register_part,
)
from lms.identity import events as identity_events
from lms.identity import queries as identity_queries
from lms.identity import services as identity_services
from lms.identity import tasks as identity_tasks
from lms.identity import views as identity_views
from lms.identity.views.loader import save_appearance
from lms.mentoring import queries as mentoring_queries
from lms.mentoring import services as mentoring_services
from lms.mentoring import tasks as mentoring_tasks
from lms.notifications import queries as notification_queries
from lms.notifications import services as notification_services
from lms.notifications import tasks as notification_tasks
from lms.people import events as people_events
from lms.people import tasks as people_tasks
from lms.web import pages

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

# Importing them registers their handlers.
TASKS = (
    assessment_tasks,
    certificate_tasks,
    course_tasks,
    identity_tasks,
    mentoring_tasks,
    notification_tasks,
    people_tasks,
)


def wire(app: Flask) -> None:
    """Connect events, jobs, completion conditions and the actor loader."""
    _wire_identity(app)
    _wire_courses()
    _wire_completion()
    _wire_mentoring()


def _wire_mentoring() -> None:
    subscribe(people_events.EmployeeLeft, mentoring_services.on_employee_left)
    identity_queries.register_personal_data(
        identity_queries.Section(
            "mentoring", N_("Sesi mentoring"), mentoring_queries.collect_personal_data, "/mentoring"
        )
    )
    identity_queries.register_personal_data(
        identity_queries.Section(
            "mentoring_programmes", N_("Program mentoring"), mentoring_queries.collect_memberships,
            "/mentoring/program",
        )
    )  # fmt: skip


def _wire_identity(app: Flask) -> None:
    identity_views.install(app)
    if save_appearance not in pages.appearance_savers:
        pages.appearance_savers.append(save_appearance)
    people_tasks.set_right_check(_may_import)
    subscribe(people_events.EmployeeJoined, identity_services.on_employee_joined)
    subscribe(people_events.EmployeeTransferred, identity_services.on_employee_transferred)
    subscribe(people_events.EmployeeLeft, identity_services.on_employee_left)
    subscribe(people_events.EmployeeRemoving, identity_services.on_employee_removing)
    subscribe(identity_events.AccessReset, notification_services.on_access_reset)
    subscribe(identity_events.PasswordChanged, notification_services.on_password_changed)
    subscribe(identity_events.SecondFactorChanged, notification_services.on_second_factor_changed)
    subscribe(identity_events.GrantGiven, notification_services.on_grant_given)
    subscribe(identity_events.GrantRevoked, notification_services.on_grant_revoked)
    subscribe(identity_events.DelegationMade, notification_services.on_delegation_made)
    subscribe(identity_events.DelegationEnded, notification_services.on_delegation_ended)
    identity_queries.register_personal_data(
        identity_queries.Section(
            "pemberitahuan", N_("Pemberitahuan"), notification_queries.collect_notices, "/pemberitahuan"
        )
    )


def _may_import(session: Session, account_id: int | None) -> bool:
    return identity_queries.account_may(session, account_id, Permission.PEOPLE_IMPORT)


def _wire_courses() -> None:
    register_part("assessments", assessment_services.load_part)
    register_carrier("assessments", assessment_services.carry_assessments)
    register_exporter("assessments", assessment_services.export_part)
    register_condition("exam_passed", assessment_queries.exam_passed, many=assessment_queries.exam_passed_many)
    register_condition("attendance", course_meetings.attendance_met, many=course_meetings.attendance_met_many)
    register_contents("assessments", assessment_queries.content_items)
    identity_queries.register_personal_data(
        identity_queries.Section("ujian", N_("Pengaturan ujian"), assessment_queries.collect_personal_data, "/beranda")
    )


def _wire_completion() -> None:
    subscribe(assessment_events.AttemptSubmitted, _finish_course)
    subscribe(course_events.EnrolmentCompleted, _record_outcomes)
    subscribe(course_events.EnrolmentCompleted, _issue_certificate)
    subscribe(assessment_events.PassGained, _resume_course)
    subscribe(assessment_events.PassLost, _take_back_course)
    subscribe(assessment_events.ResultChanged, _tell_of_result)
    assessment_queries.register_holdings("certificate", certificate_queries.holdings_of)
    subscribe(certificate_events.CertificateIssued, _tell_of_certificate)
    subscribe(certificate_events.CertificateRevoked, _tell_of_revocation)
    subscribe(certificate_events.CertificateExpiring, _tell_of_expiry)


def _finish_course(session: Session, event: assessment_events.AttemptSubmitted) -> None:
    if event.passed:
        course_services.complete_if_done(session, event.enrolment_id, now=event.submitted_at)


def _resume_course(session: Session, event: assessment_events.PassGained) -> None:
    course_services.resume_failed(session, event.enrolment_id, now=event.changed_at)


def _take_back_course(session: Session, event: assessment_events.PassLost) -> None:
    if course_services.take_back_completion(session, event.enrolment_id, reason=event.reason, now=event.changed_at):
        competency_services.take_back_course_outcomes(session, source_id=event.enrolment_id, reason=event.reason)
        certificate_services.revoke_for_enrolment(
            session, event.enrolment_id, reason=event.reason, now=event.changed_at
        )


def _tell_of_result(session: Session, event: assessment_events.ResultChanged) -> None:
    notification_services.notify(
        session,
        employee_id=event.employee_id,
        kind="assessments.regraded",
        title=N_("Nilai Anda dihitung ulang"),
        body=N_(
            "%(title)s: dari %(old)s menjadi %(new)s. Alasannya: %(reason)s",
            title=event.title, old=_points(event.old_percent), new=_points(event.new_percent), reason=event.reason,
        ),
        url=f"/ujian/{event.attempt_public_id}/hasil",
        unique_key=f"regrade:{event.attempt_id}:{int(event.changed_at.timestamp() * 1000)}",
    )  # fmt: skip


def _points(percent: float) -> str:
    return f"{percent:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _record_outcomes(session: Session, event: course_events.EnrolmentCompleted) -> None:
    row = course_queries.get_enrolment_row(session, event.enrolment_id)
    assert row is not None
    outline = course_queries.get_outline(session, row.version_id, row.version_public_id)
    day = local_day(event.completed_at, course_queries.zone_of(session, event.employee_id))
    competency_services.record_course_outcomes(
        session,
        employee_id=event.employee_id,
        outcomes=[(line.competency_id, line.level) for line in outline.outcomes],
        label=outline.title,
        on=day,
        source_id=event.enrolment_id,
    )


def _issue_certificate(session: Session, event: course_events.EnrolmentCompleted) -> None:
    certificate_services.issue_for_enrolment(
        session,
        enrolment_id=event.enrolment_id,
        employee_id=event.employee_id,
        course_version_id=event.course_version_id,
        completed_at=event.completed_at,
    )


def _tell_of_certificate(session: Session, event: certificate_events.CertificateIssued) -> None:
    notification_services.notify(
        session,
        employee_id=event.employee_id,
        kind="certificates.issued",
        title=N_("Sertifikat Anda terbit"),
        body=N_("Sertifikat %(title)s sudah dapat diunduh.", title=event.title),
        url=f"/sertifikat/{event.public_id}",
        unique_key=f"certificate:{event.certificate_id}:issued",
    )


def _tell_of_expiry(session: Session, event: certificate_events.CertificateExpiring) -> None:
    notification_services.notify(
        session,
        employee_id=event.employee_id,
        kind="certificates.expiring",
        title=N_("Sertifikat Anda segera berakhir"),
        body=N_(
            "Sertifikat %(title)s berlaku sampai %(day)s. Ikuti pelatihannya lagi sebelum itu.",
            title=event.title,
            day=f"{event.valid_until_on:%d/%m/%Y}",
        ),
        url=f"/sertifikat/{event.public_id}",
        unique_key=f"certificate:{event.certificate_id}:expiring:{event.days}",
    )


def _tell_of_revocation(session: Session, event: certificate_events.CertificateRevoked) -> None:
    notification_services.notify(
        session,
        employee_id=event.employee_id,
        kind="certificates.revoked",
        title=N_("Sertifikat Anda dicabut"),
        body=N_(
            "Sertifikat nomor %(number)s tidak berlaku lagi. Buka halamannya untuk membaca alasannya.",
            number=event.number,
        ),
        url=f"/sertifikat/{event.public_id}",
        unique_key=f"certificate:{event.certificate_id}:revoked",
    )
