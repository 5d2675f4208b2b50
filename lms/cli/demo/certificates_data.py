"""Demo data of certificates: one for each completed enrolment, and one of each state with its PDF on disk."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from sqlalchemy import insert, select

from lms.assessments.models import Assessment, AssessmentKind, Attempt
from lms.certificates import services
from lms.certificates.models import Certificate, CertificateState, FileKind, NumberCounter
from lms.certificates.queries import facts
from lms.certificates.rules.codes import ALPHABET, CODE_LENGTH, check_character
from lms.certificates.rules.numbers import letter_number, shared_jp
from lms.certificates.rules.printed import Letterhead, Signatory, Training, snapshot
from lms.certificates.rules.seals import sealed_of
from lms.certificates.services.issuing import DEFAULT_TEMPLATE, letterhead_on, template_of
from lms.certificates.services.keyring import active_key, seal_with
from lms.certificates.services.signing import keep_signed, trust_folder
from lms.core import clock, storage
from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.audit import AuditEntry
from lms.courses.models import Course, CourseVersion, Enrolment, EnrolmentState, Offering
from lms.people.models import OrganisationalUnit, PartnerOrganisation

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context

HR_UNIT: Final = "73.73-BKPSDM"
REVOKED: Final = "Ujian diikuti orang lain atas nama pemilik sertifikat."
REPLACED: Final = "Gelar pada sertifikat pertama salah tulis."
DRAWN, SIGNED = 8, 3
KEY_WORDS: Final = "hanya untuk contoh"  # of a key that lives a second
EXPIRED_BEFORE: Final = timedelta(days=20)
PREDECESSOR: Final = Signatory("", "Dra. Hj. Andi Rosdiana Paremma, M.Si.", "Pembina Utama Muda, IV/c")  # invented


def build(session: Session, context: Context) -> None:
    """Issue certificates for completed enrolments; those that have one already are left alone."""
    _issue_all(session, context)
    chosen = _chosen(session, context)
    for state, certificate in zip(("valid", "revoked", "replaced", "expired"), chosen, strict=False):
        services.keep_pdf(
            session, certificate.id, services.draw_with_credential(session, certificate.id), now=certificate.issued_at
        )
        _change(session, context, certificate, state)
        context.made[f"certificate_{state}"] = certificate.code
    _sign_some(session, context)


def _sign_some(session: Session, context: Context) -> None:
    """Draw a few more files, and let an authority of the demo's own sign the first three of them."""
    waiting = session.scalars(
        select(Certificate)
        .where(Certificate.state == CertificateState.ISSUED, Certificate.pdf_digest.is_(None))
        .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
        .limit(DRAWN)
    ).all()
    if not waiting:
        return
    root, key_file = _authority()
    trust_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    (trust_folder() / "contoh.pem").write_bytes(root)
    put = services.own_seal(key_file, KEY_WORDS)
    key_file.unlink()
    for place, one in enumerate(waiting):
        services.keep_pdf(session, one.id, services.draw_with_credential(session, one.id), now=one.issued_at)
        if place < SIGNED and one.pdf_digest is not None:
            data, signer = put(storage.read(one.pdf_digest))
            officer = _officer(context, one.employee_id, context.now)
            keep_signed(session, officer, one, data, kind=FileKind.SIGNED, signer=signer, now=context.now)


def _authority() -> tuple[bytes, Path]:
    """Return the root of an authority that exists in this demo only, and a PKCS#12 file of one who signs."""

    def certificate(name: str, issuer: x509.Certificate | None, signing: Any) -> tuple[x509.Certificate, Any]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        first = datetime(2026, 1, 1, tzinfo=UTC)
        is_root = issuer is None
        usage = x509.KeyUsage(
            digital_signature=not is_root, content_commitment=not is_root, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=is_root, crl_sign=is_root,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer is not None else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(first + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(signing or key, hashes.SHA256())
        )
        return made, key

    root, root_key = certificate("Otoritas Contoh (demo)", None, None)
    leaf, leaf_key = certificate("Kepala BKPSDM (contoh)", root, root_key)
    locked = serialization.BestAvailableEncryption(KEY_WORDS.encode())
    with tempfile.NamedTemporaryFile(suffix=".p12", delete=False) as stream:
        stream.write(pkcs12.serialize_key_and_certificates(b"contoh", leaf_key, leaf, [root], locked))
    return root.public_bytes(serialization.Encoding.PEM), Path(stream.name)


def _completed(session: Session) -> list[Row[Any]]:
    held = select(Certificate.enrolment_id).where(Certificate.enrolment_id.is_not(None))
    return list(
        session.execute(
            select(
                Enrolment.id,
                Enrolment.employee_id,
                Enrolment.completed_at,
                Enrolment.started_at,
                Enrolment.requested_at,
                Offering.is_self_study,
                Offering.place,
                Offering.starts_on,
                Offering.course_version_id,
                OrganisationalUnit.name.label("organiser"),
            )
            .join(Offering, Offering.id == Enrolment.offering_id)
            .join(OrganisationalUnit, OrganisationalUnit.id == Offering.owner_unit_id)
            .where(
                Enrolment.state == EnrolmentState.COMPLETED,
                Enrolment.completed_at.is_not(None),
                Enrolment.id.not_in(held),
            )
            .order_by(Enrolment.completed_at, Enrolment.id)
        )
    )


def _courses(session: Session) -> dict[int, dict[str, Any]]:
    """Return what each course version says, by its id."""
    rows = session.execute(
        select(CourseVersion, PartnerOrganisation.name)
        .join(Course, Course.id == CourseVersion.course_id)
        .outerjoin(PartnerOrganisation, PartnerOrganisation.id == Course.partner_id)
    )
    return {
        version.id: {
            "course_id": version.course_id,
            "course_version_id": version.id,
            "title": version.title,
            "version_number": version.number,
            "credit_jp": version.credit_jp,
            "partner": partner or "",
            "parts": facts.get_parts(session, version.id),
            "outcomes": facts.get_outcomes(session, version.id),
            "form": facts.get_form_name(session, version.learning_form, date(9999, 1, 1)),
        }
        for version, partner in rows
    }


def _exams(session: Session) -> dict[int, tuple[str, float | None, int]]:
    """Return title, best score and pass mark of the exam that each enrolment passed."""
    rows = session.execute(
        select(Attempt.enrolment_id, Assessment.title, Attempt.percent, Assessment.pass_percent)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(Assessment.kind == AssessmentKind.EXAM, Attempt.passed.is_(True))
        .order_by(Attempt.percent)
    )
    return {enrolment_id: (title, percent, limit) for enrolment_id, title, percent, limit in rows}


def _code(rng: random.Random) -> str:
    # Drawn from the seed, so that manuals and pictures show the same codes; real ones are random.
    body = "".join(rng.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))
    return body + check_character(body)


def _issue_all(session: Session, context: Context) -> None:
    rng = random.Random(f"bina/certificates/{context.region.seed}")  # noqa: S311 -- repeatable demo, no secret
    template = template_of(session, DEFAULT_TEMPLATE)
    series = f"{template.code}/{template.settings['unit']}"
    courses, exams = _courses(session), _exams(session)
    key = active_key(session, now=context.now)

    @cache
    def letterhead(day: date) -> Letterhead:
        head = letterhead_on(session, template, on=day)
        if head.signatory.name:
            return head
        # The region's histories begin with the present head; somebody signed before.
        return replace(head, signatory=replace(PREDECESSOR, position=head.signatory.position))

    counters: dict[int, int] = defaultdict(
        int,
        {one.year: one.last_number for one in session.scalars(select(NumberCounter).filter_by(series=series))},
    )
    rows: list[dict[str, Any]] = []
    for one in _completed(session):
        holder = facts.get_holder(session, one.employee_id, at=one.completed_at)
        if holder is None:
            continue
        day = clock.local_day(one.completed_at, holder.timezone)
        counters[day.year] += 1
        head, code = letterhead(day.replace(day=1)), _code(rng)  # heads change seldom
        number = letter_number(
            template.number_pattern,
            serial=counters[day.year],
            on=day,
            unit=head.unit,
            archive_class=head.archive_class,
        )
        training = _training(one, courses[one.course_version_id], exams.get(one.id), day, holder.timezone)
        kept = snapshot(
            holder=holder,
            training=training,
            letterhead=head,
            shares=shared_jp([part.minutes for part in training.parts], training.credit_jp),
            number=number,
            code=code,
            issued_on=day,
            template=(template.code, template.version),
        )
        kept["seal"] = seal_with(key, sealed_of(kept, valid_until_on=None))
        rows.append(
            {
                "code": code,
                "number": number,
                "series": series,
                "year": day.year,
                "serial_number": counters[day.year],
                "employee_id": one.employee_id,
                "course_id": training.course_id,
                "course_version_id": training.course_version_id,
                "enrolment_id": one.id,
                "template_id": template.id,
                "state": CertificateState.ISSUED,
                "snapshot": kept,
                "issued_on": day,
                "issued_at": one.completed_at,
                "unique_key": f"enrolment:{one.id}",
            }
        )
    _store(session, rows, series, counters)


def _training(
    one: Any, course: dict[str, Any], exam: tuple[str, float | None, int] | None, day: date, zone: str
) -> Training:
    title, percent, limit = exam or ("", None, None)
    alone = one.is_self_study or one.starts_on is None
    first = clock.local_day(one.started_at or one.requested_at, zone) if alone else one.starts_on
    return Training(
        **course,
        organiser=one.organiser,
        place=facts.ONLINE if one.is_self_study or not one.place else f"di {one.place}",
        starts_on=min(first, day),
        ends_on=day,
        exam_title=title,
        exam_percent=percent,
        exam_pass_percent=limit,
    )


def _store(session: Session, rows: list[dict[str, Any]], series: str, counters: dict[int, int]) -> None:
    if not rows:
        return
    session.execute(insert(Certificate), rows)
    held = {one.year: one for one in session.scalars(select(NumberCounter).filter_by(series=series))}
    for year, last in counters.items():
        if year in held:
            held[year].last_number = last
        else:
            session.add(NumberCounter(series=series, year=year, last_number=last))
    ids = dict(session.execute(select(Certificate.unique_key, Certificate.id)).all())
    session.execute(
        insert(AuditEntry),
        [
            {
                "at": row["issued_at"],
                "action": "certificate.issue",
                "subject_kind": "certificate",
                "subject_id": ids[row["unique_key"]],
                "person_id": row["employee_id"],
                "after": {"number": row["number"], "title": row["snapshot"]["training"]["title"]},
            }
            for row in rows
        ],
    )


def _chosen(session: Session, context: Context) -> list[Certificate]:
    """Return a certificate to stay valid, and three to be revoked, replaced and run out, oldest last."""
    rows = session.scalars(
        select(Certificate)
        .where(Certificate.state == CertificateState.ISSUED, Certificate.pdf_digest.is_(None))
        .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
        .limit(400)
    ).all()
    shown = context.made.get("showcase", {}).values()
    known = {context.employees[key].id for key in shown if key in context.employees}
    valid = next((one for one in rows if one.employee_id in known), rows[0] if rows else None)
    if valid is None:
        return []
    # People whom visitors log in as keep sound certificates.
    others = [one for one in rows if one.employee_id not in known and one.employee_id != valid.employee_id]
    return [valid, *others[3:4], *others[8:9], *others[-1:]]


def _officer(context: Context, holder_id: int, day: datetime) -> Actor:
    """Return somebody of the personnel office, other than the holder, who acts over the whole region."""
    region = next(unit for unit in context.units.values() if unit.parent_id is None)
    key = next(
        job.person_key
        for job in context.region.employments_on(day.date())
        if job.unit_code == HR_UNIT
        and job.person_key in context.employees
        and context.employees[job.person_key].id != holder_id
    )
    rights = frozenset({Permission.CERTIFICATE_VIEW, Permission.CERTIFICATE_REVOKE})
    account = context.accounts.get(key)
    return Actor(
        account_id=account.id if account is not None else None,
        employee_id=context.employees[key].id,
        grants=(ActorGrant(Role.HR, region.path, rights),),
    )


def _change(session: Session, context: Context, certificate: Certificate, state: str) -> None:
    """Bring a certificate into a state, by the services where there is an act for it."""
    if state == "expired":
        certificate.valid_until_on = context.today - EXPIRED_BEFORE
    if state in {"valid", "expired"}:
        return
    now = min(certificate.issued_at + timedelta(days=2, hours=3), context.now)
    officer = _officer(context, certificate.employee_id, context.now)
    if state == "revoked":
        services.revoke_certificate(session, officer, certificate.public_id, reason=REVOKED, now=now)
    else:
        services.replace_certificate(session, officer, certificate.public_id, reason=REPLACED, now=context.now)
