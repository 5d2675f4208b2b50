"""Revoking and replacing: final acts with a reason; a correction is always a new certificate."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.certificates import policies, queries
from lms.certificates.events import CertificateRevoked
from lms.certificates.models import Certificate, CertificateState
from lms.certificates.rules.printed import training_of
from lms.certificates.rules.states import MAX_REASON_CHARACTERS, MIN_REASON_CHARACTERS, Verdict
from lms.certificates.services.issuing import issue_certificate
from lms.core import audit, clock, jobs, storage
from lms.core.actor import SYSTEM, Permission
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

ABSENT = N_("Sertifikat ini tidak ada, atau bukan untuk Anda lihat.")


def _certificate_to_change(session: Session, actor: Actor, public_id: str) -> tuple[Certificate, int | None]:
    """Return the certificate, locked, and on whose behalf the actor changes it.

    Raises: NotFound: absent or not visible. Forbidden: visible, but not the actor's to change.
    """
    found = queries.get_for_change(session, actor, public_id)
    if found is None:
        raise NotFound(ABSENT)
    certificate, unit_path = found
    if not policies.can_revoke_certificate(actor, employee_id=certificate.employee_id, unit_path=unit_path):
        raise Forbidden(N_("Sertifikat ini dicabut atau diganti oleh pengelola kepegawaian pemiliknya."))
    behalf = actor.acting_for(Permission.CERTIFICATE_REVOKE, unit_path) if unit_path else None
    return certificate, behalf


def _checked_reason(reason: str) -> str:
    text = " ".join(reason.split())
    if len(text) < MIN_REASON_CHARACTERS:
        message = N_("Tulis alasannya, paling sedikit %(count)s huruf.", count=MIN_REASON_CHARACTERS)
        raise Invalid(fields={"reason": message})
    if len(text) > MAX_REASON_CHARACTERS:
        message = N_("Tulis alasannya, paling banyak %(count)s huruf.", count=MAX_REASON_CHARACTERS)
        raise Invalid(fields={"reason": message})
    return text


def revoke_certificate(session: Session, actor: Actor, public_id: str, *, reason: str, now: datetime) -> Certificate:
    """Revoke a certificate for good; a second call changes nothing.

    Raises: NotFound; Forbidden; Invalid (reason too short or long); Refused (already replaced).
    Concurrency: holds the certificate's row.
    """
    certificate, behalf = _certificate_to_change(session, actor, public_id)
    if certificate.state is CertificateState.REVOKED:
        return certificate
    if certificate.state is CertificateState.REPLACED:
        raise Refused(N_("Sertifikat ini sudah diganti. Cabut penggantinya bila perlu."))
    text = _checked_reason(reason)
    certificate.state = CertificateState.REVOKED
    certificate.revoked_at = now
    certificate.revoked_reason = text
    audit.record(
        session,
        actor,
        action="certificate.revoke",
        subject=("certificate", certificate.id),
        person_id=certificate.employee_id,
        before={"state": "issued"},
        after={"state": "revoked"},
        reason=text,
        on_behalf_of_id=behalf,
        at=now,
    )
    publish(
        session,
        CertificateRevoked(
            certificate_id=certificate.id,
            public_id=certificate.public_id,
            employee_id=certificate.employee_id,
            number=certificate.number,
            reason=text,
        ),
    )
    return certificate


def replace_certificate(session: Session, actor: Actor, public_id: str, *, reason: str, now: datetime) -> Certificate:
    """Issue a corrected certificate in place of one and return it; a second call returns the first result.

    Name and number are taken from today's personnel data, the job as of the day of completion; what was
    learnt stays as it was. A valid certificate becomes DIGANTI; one that was revoked stays DICABUT.

    Raises: NotFound; Forbidden; Invalid (reason).
    Concurrency: holds the row of the certificate that is replaced.
    """
    certificate, behalf = _certificate_to_change(session, actor, public_id)
    key = f"replaces:{certificate.id}"
    held = session.scalars(select(Certificate).filter_by(unique_key=key)).one_or_none()
    if held is not None:
        return held
    text = _checked_reason(reason)
    training = training_of(certificate.snapshot)
    noon = datetime.combine(training.ends_on, time(12), tzinfo=clock.zone(certificate.snapshot["holder"]["timezone"]))
    holder = queries.get_holder(session, certificate.employee_id, at=noon.astimezone(UTC))
    if holder is None:
        raise NotFound(ABSENT)
    before = certificate.state
    made = issue_certificate(
        session,
        actor,
        holder=holder,
        training=training,
        unique_key=key,
        now=now,
        enrolment_id=certificate.enrolment_id,
        template_code=certificate.snapshot["template"]["code"],
        valid_until_on=certificate.valid_until_on,
        replaces_id=certificate.id,
    )
    if certificate.state is CertificateState.ISSUED:
        certificate.state = CertificateState.REPLACED
    audit.record(
        session,
        actor,
        action="certificate.replace",
        subject=("certificate", certificate.id),
        person_id=certificate.employee_id,
        before={"state": before.value},
        after={"state": certificate.state.value, "number": made.number},
        reason=text,
        on_behalf_of_id=behalf,
        at=now,
    )
    return made


def ask_for_pdf(session: Session, actor: Actor, public_id: str, *, now: datetime) -> bool:
    """Owe the PDF of a certificate once more; return False when it is already there.

    Many asks within one minute owe it once.

    Raises: NotFound; Forbidden: the whole number is not for the actor; Refused: revoked or replaced.
    """
    found = queries.get_certificate(session, actor, public_id, today=now.date())
    if found is None:
        raise NotFound(ABSENT)
    if not found.may_download:
        raise Forbidden(N_("PDF memuat NIP lengkap. Mintalah langsung kepada pemilik sertifikat."))
    if found.line.verdict in {Verdict.REVOKED, Verdict.REPLACED}:
        raise Refused(N_("Sertifikat ini tidak berlaku lagi, jadi PDF tidak dapat diunduh."))
    if found.pdf_digest is not None and storage.exists(found.pdf_digest):
        return False
    jobs.enqueue(
        session,
        "certificates.make_pdf",
        unique_key=f"certificate-pdf:{found.id}:{int(now.timestamp()) // 60}",
        certificate_id=found.id,
    )
    return True


def revoke_for_enrolment(session: Session, enrolment_id: int, *, reason: str, now: datetime) -> int:
    """Revoke the valid certificates of an enrolment whose completion was taken back; return how many."""
    held = queries.list_valid_of_enrolment(session, enrolment_id)
    for public_id in held:
        revoke_certificate(session, SYSTEM, public_id, reason=reason, now=now)
    return len(held)
