"""Reads that gather what a certificate will print: from people, courses, competencies and assessments."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from lms.assessments.models import Assessment, AssessmentKind, Attempt
from lms.certificates.models import CertificateTemplate
from lms.certificates.rules.printed import Holder, Outcome, Part, Signatory, Training, workplace_line
from lms.competencies.models import Competency
from lms.core import clock
from lms.courses.models import (
    Course,
    CourseOutcome,
    CourseVersion,
    Enrolment,
    JpRule,
    Lesson,
    Module,
    Offering,
)
from lms.people.models import (
    Employee,
    EmployeeNumber,
    EmployeeStatus,
    Employment,
    EmploymentKind,
    OrganisationalUnit,
    PartnerOrganisation,
    Position,
    UnitKind,
)
from lms.people.queries import head_of_unit
from lms.people.rules.names import full_name
from lms.people.rules.numbers import PPPK_STATUSES
from lms.people.rules.ranks import ranks_for

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_ACTING = {EmploymentKind.PLT: "Plt. ", EmploymentKind.PLH: "Plh. "}
MAX_TEMPLATES = 100
ONLINE = "secara daring mandiri"


def rank_line(code: str | None, *, status: EmployeeStatus) -> str:
    """Return `Penata Muda Tingkat I, III/b`, `Golongan IX`, or an empty text."""
    rank = {rank.code: rank for rank in ranks_for(status)}.get(code or "")
    if rank is None:
        return ""
    return f"{rank.title}, {rank.name}" if rank.title else f"Golongan {rank.name}"


def get_template(session: Session, code: str) -> CertificateTemplate | None:
    """Return the newest version of a template, or None."""
    return session.scalars(
        select(CertificateTemplate)
        .where(CertificateTemplate.code == code)
        .order_by(CertificateTemplate.version.desc())
        .limit(1)
    ).one_or_none()


def list_templates(session: Session) -> list[CertificateTemplate]:
    """Return the newest version of each template, by code; a handful."""
    newest = (
        select(CertificateTemplate.code, func.max(CertificateTemplate.version).label("version"))
        .group_by(CertificateTemplate.code)
        .subquery()
    )
    return list(
        session.scalars(
            select(CertificateTemplate)
            .join(
                newest,
                and_(CertificateTemplate.code == newest.c.code, CertificateTemplate.version == newest.c.version),
            )
            .order_by(CertificateTemplate.code)
            .limit(MAX_TEMPLATES)
        )
    )


def template_for(session: Session, course_version_id: int) -> str | None:
    """Return the code of the template that is meant for the form of learning of a course version, or None."""
    form = session.scalars(
        select(CourseVersion.learning_form).where(CourseVersion.id == course_version_id)
    ).one_or_none()
    meant = (one.code for one in list_templates(session) if form in one.settings.get("forms", []))
    return next(meant, None)


def _number_on(session: Session, employee_id: int, on: date) -> str:
    rows = session.execute(
        select(EmployeeNumber.number, EmployeeNumber.valid_from_on, EmployeeNumber.valid_to_on)
        .where(EmployeeNumber.employee_id == employee_id)
        .order_by(EmployeeNumber.valid_from_on.desc(), EmployeeNumber.id.desc())
        .limit(20)
    ).all()
    then = [n for n, first, last in rows if first <= on and (last is None or last >= on)]
    return (then or [n for n, _first, _last in rows] or [""])[0]


def _workplace_on(session: Session, employee_id: int, on: date) -> str:
    """Return position and units of the main job on a day; for people without one, where they count now."""
    above = aliased(OrganisationalUnit)
    columns = (
        select(Position.name, OrganisationalUnit.name, OrganisationalUnit.kind, above.name, above.kind)
        .select_from(Employment)
        .join(Position, Position.id == Employment.position_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employment.unit_id)
        .outerjoin(above, above.id == OrganisationalUnit.parent_id)
        .where(
            Employment.employee_id == employee_id,
            Employment.is_main,
            Employment.started_on <= on,
            or_(Employment.ended_on.is_(None), Employment.ended_on >= on),
        )
        .order_by(Employment.started_on.desc(), Employment.id.desc())
        .limit(1)
    )
    row = session.execute(columns).one_or_none()
    if row is None:
        row = session.execute(
            select(Position.name, OrganisationalUnit.name, OrganisationalUnit.kind, above.name, above.kind)
            .select_from(Employee)
            .outerjoin(Position, Position.id == Employee.position_id)
            .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .outerjoin(above, above.id == OrganisationalUnit.parent_id)
            .where(Employee.id == employee_id)
        ).one_or_none()
    if row is None:
        return ""
    position, unit, kind, parent, parent_kind = row
    units = [unit] if unit else []
    if kind is UnitKind.KELURAHAN and parent and parent_kind is UnitKind.KECAMATAN:
        units.append(parent)
    return workplace_line(position or "", units)


def get_holder(session: Session, employee_id: int, *, at: datetime) -> Holder | None:
    """Return whom a certificate is for, with number and job as they were at an instant; rank as it is now.

    Rank has no history in personnel data, so the present one is taken (docs/rules/certificates.md#snapshot).
    """
    row = session.execute(
        select(
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            Employee.status,
            Employee.rank_code,
            OrganisationalUnit.timezone,
            PartnerOrganisation.name,
        )
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(PartnerOrganisation, PartnerOrganisation.id == Employee.partner_id)
        .where(Employee.id == employee_id)
    ).one_or_none()
    if row is None:
        return None
    name, before, after, status, rank_code, zone, partner = row
    zone = zone or clock.DEFAULT_ZONE
    on = clock.local_day(at, zone)
    number = _number_on(session, employee_id, on)
    return Holder(
        employee_id=employee_id,
        name=full_name(name, before=before, after=after),
        number=number,
        number_label="NI PPPK" if status in PPPK_STATUSES else "NIP",
        rank=rank_line(rank_code, status=status),
        workplace=_workplace_on(session, employee_id, on) or partner or "",
        timezone=zone,
    )


def get_parts(session: Session, course_version_id: int) -> tuple[Part, ...]:
    """Return the modules of a course version with the minutes of their lessons; one statement."""
    rows = session.execute(
        select(Module.title, func.coalesce(func.sum(Lesson.duration_minutes), 0))
        .outerjoin(Lesson, Lesson.module_id == Module.id)
        .where(Module.course_version_id == course_version_id)
        .group_by(Module.id, Module.title, Module.position_order)
        .order_by(Module.position_order, Module.id)
    )
    return tuple(Part(title, int(minutes)) for title, minutes in rows)


def get_outcomes(session: Session, course_version_id: int) -> tuple[Outcome, ...]:
    """Return what a course version aims at, the main competency first; one statement."""
    rows = session.execute(
        select(Competency.code, Competency.name, CourseOutcome.level)
        .join(Competency, Competency.id == CourseOutcome.competency_id)
        .where(CourseOutcome.course_version_id == course_version_id)
        .order_by(CourseOutcome.is_main.desc(), Competency.code, CourseOutcome.id)
    )
    return tuple(Outcome(*row) for row in rows)


def _exam(session: Session, enrolment_id: int) -> tuple[str, float | None, int | None]:
    row = session.execute(
        select(Assessment.title, Attempt.percent, Assessment.pass_percent)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(
            Attempt.enrolment_id == enrolment_id,
            Assessment.kind == AssessmentKind.EXAM,
            Attempt.passed.is_(True),
        )
        .order_by(Attempt.percent.desc(), Attempt.id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1], row[2]) if row is not None else ("", None, None)


def get_training(
    session: Session,
    *,
    enrolment_id: int,
    employee_id: int,
    course_version_id: int,
    completed_at: datetime,
    timezone: str,
) -> Training | None:
    """Return what a completed enrolment taught, or None when it is not this person's or not this version's.

    The period runs from the first day of the run, or of the person's own work in self-study, to the day of
    completion.
    """
    row = session.execute(
        select(
            Course.id,
            CourseVersion.title,
            CourseVersion.number,
            CourseVersion.credit_jp,
            CourseVersion.learning_form,
            OrganisationalUnit.name,
            PartnerOrganisation.name,
            Offering.is_self_study,
            Offering.place,
            Offering.starts_on,
            Enrolment.started_at,
            Enrolment.requested_at,
        )
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Offering.owner_unit_id)
        .outerjoin(PartnerOrganisation, PartnerOrganisation.id == Course.partner_id)
        .where(
            Enrolment.id == enrolment_id,
            Enrolment.employee_id == employee_id,
            CourseVersion.id == course_version_id,
        )
    ).one_or_none()
    if row is None:
        return None
    course_id, title, number, credit_jp, form, organiser, partner, alone, place, starts_on, started, asked = row
    ends_on = clock.local_day(completed_at, timezone)
    first = starts_on if starts_on is not None and not alone else clock.local_day(started or asked, timezone)
    exam_title, percent, pass_percent = _exam(session, enrolment_id)
    return Training(
        course_id=course_id,
        course_version_id=course_version_id,
        title=title,
        version_number=number,
        form=get_form_name(session, form, ends_on),
        credit_jp=credit_jp,
        organiser=organiser,
        partner=partner or "",
        place=ONLINE if alone or not place else f"di {place}",
        starts_on=min(first, ends_on),
        ends_on=ends_on,
        parts=get_parts(session, course_version_id),
        outcomes=get_outcomes(session, course_version_id),
        exam_title=exam_title,
        exam_percent=percent,
        exam_pass_percent=pass_percent,
    )


def get_form_name(session: Session, learning_form: int, on: date) -> str:
    """Return the name of a form of learning as the JP rules of that day call it, or an empty text."""
    return (
        session.scalars(
            select(JpRule.name)
            .where(JpRule.learning_form == learning_form, JpRule.valid_from_on <= on)
            .order_by(JpRule.valid_from_on.desc())
            .limit(1)
        ).one_or_none()
        or ""
    )


def get_signatory(session: Session, unit_code: str, *, on: date) -> Signatory | None:
    """Return the head of a unit on a day as letters name one, with Plt. or Plh.; None without."""
    unit_id = session.scalars(select(OrganisationalUnit.id).where(OrganisationalUnit.code == unit_code)).one_or_none()
    head = head_of_unit(session, unit_id, on) if unit_id is not None else None
    if head is None:
        return None
    rank_code, status = session.execute(
        select(Employee.rank_code, Employee.status).where(Employee.id == head.employee_id)
    ).one()
    return Signatory(
        position=f"{_ACTING.get(head.kind, '')}{head.position_name}",
        name=full_name(head.name, before=head.title_before, after=head.title_after),
        rank=rank_line(rank_code, status=status),
        number=_number_on(session, head.employee_id, on),
    )
