"""Issuing: take the next number, keep every printed value, owe the PDF."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from lms.certificates import queries
from lms.certificates.events import CertificateIssued
from lms.certificates.models import Certificate, CertificateState, CertificateTemplate, NumberCounter
from lms.certificates.rules.codes import new_code
from lms.certificates.rules.numbers import letter_number, months_after, shared_jp
from lms.certificates.rules.printed import Holder, Letterhead, Signatory, Training, snapshot
from lms.certificates.rules.seals import sealed_of
from lms.certificates.services.keyring import seal
from lms.certificates.services.templates import seed_templates
from lms.core import audit, clock, jobs, runtime
from lms.core.actor import SYSTEM, Actor
from lms.core.errors import NotFound
from lms.core.events import publish
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DEFAULT_TEMPLATE = "sttp"


def template_of(session: Session, code: str) -> CertificateTemplate:
    """Return the newest version of a template; the shipped ones are seeded when there is none.

    Raises: NotFound: no template has this code.
    """
    found = queries.get_template(session, code)
    if found is None:
        seed_templates(session)
        found = queries.get_template(session, code)
    if found is None:
        raise NotFound(N_("Templat sertifikat ini tidak ada."))
    return found


def _locked_counter(session: Session, series: str, year: int) -> NumberCounter:
    """Return the counter of a series and year, made when missing, locked until the transaction ends."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(NumberCounter)
        .values(series=series, year=year, last_number=0)
        .on_conflict_do_nothing(index_elements=["series", "year"])
    )
    return session.scalars(
        select(NumberCounter)
        .filter_by(series=series, year=year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def letterhead_on(session: Session, template: CertificateTemplate, *, on: date) -> Letterhead:
    """Return office and signatory as on the day of issue; a name in the settings comes before the head's."""
    settings = template.settings
    given = settings["signatory"]
    signatory = Signatory(given["position"], given["name"], given["rank"], given["number"])
    if not given["name"]:
        signatory = queries.get_signatory(session, given["unit_code"], on=on) or signatory
    return Letterhead(
        agency=runtime.settings().agency_name,
        office=settings["office"],
        unit=settings["unit"],
        archive_class=settings["archive_class"],
        place=settings["place"],
        legal_basis=settings["legal_basis"],
        qualification=settings["qualification"],
        title=template.title,
        signatory=signatory,
    )


def issue_certificate(
    session: Session,
    actor: Actor,
    *,
    holder: Holder,
    training: Training,
    unique_key: str,
    now: datetime,
    enrolment_id: int | None = None,
    template_code: str = DEFAULT_TEMPLATE,
    valid_until_on: date | None = None,
    replaces_id: int | None = None,
) -> Certificate:
    """Issue a certificate; a second call with the same key returns the first.

    Args:
        unique_key: the fact it is issued for, such as `enrolment:17`.
        valid_until_on: last day of validity, None for ever.

    Concurrency: holds the row of the number counter until the transaction ends, so that numbers follow one
        another without gap or double; the key is looked up under that lock, so that a race uses one number.
    """
    held = session.scalars(select(Certificate).filter_by(unique_key=unique_key)).one_or_none()
    if held is not None:
        return held
    template = template_of(session, template_code)
    issued_on = clock.local_day(now, holder.timezone)
    # Layouts of one kind count together, so that no number is printed twice.
    series = f"{template.settings.get('series', template.code)}/{template.settings['unit']}"
    months = template.settings.get("valid_months")
    if valid_until_on is None and months and replaces_id is None:
        valid_until_on = months_after(issued_on, months)
    letterhead = letterhead_on(session, template, on=issued_on)
    counter = _locked_counter(session, series, issued_on.year)
    held = session.scalars(select(Certificate).filter_by(unique_key=unique_key)).one_or_none()
    if held is not None:
        return held
    counter.last_number += 1
    code = new_code()
    number = letter_number(
        template.number_pattern,
        serial=counter.last_number,
        on=issued_on,
        unit=letterhead.unit,
        archive_class=letterhead.archive_class,
    )
    kept = snapshot(
        holder=holder,
        training=training,
        letterhead=letterhead,
        shares=shared_jp([part.minutes for part in training.parts], training.credit_jp),
        number=number,
        code=code,
        issued_on=issued_on,
        template=(template.code, template.version),
    )
    # Signed once and kept with the printed values, so that a later key changes no byte of the print.
    kept["seal"] = seal(session, sealed_of(kept, valid_until_on=valid_until_on), now=now)
    certificate = Certificate(
        code=code,
        number=number,
        series=series,
        year=issued_on.year,
        serial_number=counter.last_number,
        employee_id=holder.employee_id,
        course_id=training.course_id,
        course_version_id=training.course_version_id,
        enrolment_id=enrolment_id,
        template_id=template.id,
        state=CertificateState.ISSUED,
        snapshot=kept,
        issued_on=issued_on,
        issued_at=now,
        valid_until_on=valid_until_on,
        replaces_id=replaces_id,
        unique_key=unique_key,
    )
    session.add(certificate)
    session.flush()  # the audit row and the job need the id
    audit.record(
        session,
        actor,
        action="certificate.issue",
        subject=("certificate", certificate.id),
        person_id=holder.employee_id,
        after={"number": number, "title": training.title},
        at=now,
    )
    jobs.enqueue(
        session,
        "certificates.make_pdf",
        unique_key=f"certificate-pdf:{certificate.id}",
        certificate_id=certificate.id,
    )
    publish(
        session,
        CertificateIssued(
            certificate_id=certificate.id,
            public_id=certificate.public_id,
            employee_id=holder.employee_id,
            enrolment_id=enrolment_id,
            title=training.title,
            number=number,
            issued_on=issued_on,
        ),
    )
    return certificate


def issue_for_enrolment(
    session: Session,
    *,
    enrolment_id: int,
    employee_id: int,
    course_version_id: int,
    completed_at: datetime,
    now: datetime | None = None,
) -> Certificate:
    """Issue the certificate of a completed enrolment; asked when someone completes, never by an upgrade.

    Args:
        now: instant of issue; the present one when left out.

    Raises: NotFound: no such person, or the enrolment is not this person's in this version.
    Concurrency: as `issue_certificate`; one per enrolment, so a second pass in a new run gives a second one.
    """
    key, count = f"enrolment:{enrolment_id}", 1
    while (held := session.scalars(select(Certificate).filter_by(unique_key=key)).one_or_none()) is not None:
        if held.state is not CertificateState.REVOKED:
            return held
        # It was taken back with the completion; this is a new completion of the same enrolment.
        count += 1
        key = f"enrolment:{enrolment_id}:{count}"
    holder = queries.get_holder(session, employee_id, at=completed_at)
    training = None
    if holder is not None:
        training = queries.get_training(
            session,
            enrolment_id=enrolment_id,
            employee_id=employee_id,
            course_version_id=course_version_id,
            completed_at=completed_at,
            timezone=holder.timezone,
        )
    if holder is None or training is None:
        raise NotFound(N_("Kepesertaan ini tidak ada."))
    return issue_certificate(
        session,
        SYSTEM,
        holder=holder,
        training=training,
        unique_key=key,
        now=now or clock.now(),
        enrolment_id=enrolment_id,
        template_code=queries.template_for(session, course_version_id) or DEFAULT_TEMPLATE,
    )
