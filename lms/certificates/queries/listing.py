"""Reads of issued certificates: one's own, those in one's scope, and the public answer to a code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from lms.certificates.models import Certificate, CertificateFile, CertificateState
from lms.certificates.policies import (
    can_download_certificate,
    can_revoke_certificate,
    certificates_visible_to,
)
from lms.certificates.rules.states import Verdict, public_number, verdict_on
from lms.core.orm import path_within, read_rows
from lms.courses.models import Enrolment
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

PAGE_ROWS = 25
MAX_ROWS = 100
MAX_EXPORT_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class CertificateFilter:
    """Filters of the list, as the address carries them.

    Args:
        words: each must stand in the holder's name or in the letter number.
        unit_path: subtree of the holder's present unit; empty for all that is visible.
        employee: public id of the holder; empty for everybody.
        year: of issue, or None.
        verdict: what it is worth today, or None.
    """

    words: tuple[str, ...] = ()
    unit_path: str = ""
    employee: str = ""
    year: int | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate in a list."""

    public_id: str
    number: str
    code: str
    employee_id: int
    holder: str
    holder_number: str
    workplace: str
    title: str
    credit_jp: int
    issued_on: date
    valid_until_on: date | None
    verdict: Verdict
    has_pdf: bool


@dataclass(frozen=True, slots=True)
class CertificateDetail:
    """One certificate with what the actor may do to it.

    Args:
        unit_path: path of the holder's present unit.
        replaced_by, replaces: public ids of the certificates after and before it.
    """

    id: int
    line: CertificateLine
    snapshot: dict[str, Any]
    issued_at: datetime
    revoked_at: datetime | None
    revoked_reason: str
    pdf_digest: str | None
    pdf_made_at: datetime | None
    replaced_by: str | None
    replaces: str | None
    is_own: bool
    may_download: bool
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class PublicCertificate:
    """What anyone may learn from a code; no more than the paper shows, and less."""

    code: str
    verdict: Verdict
    number: str
    holder: str
    holder_number: str
    title: str
    qualification: str
    credit_jp: int
    jp_words: str
    period: str
    issuer: str
    issued_on: date
    valid_until_on: date | None
    revoked_at: datetime | None
    pdf_digest: str | None
    signer: str = ""


_COLUMNS = (
    Certificate.public_id,
    Certificate.number,
    Certificate.code,
    Certificate.employee_id,
    Certificate.snapshot,
    Certificate.issued_on,
    Certificate.valid_until_on,
    Certificate.state,
    Certificate.pdf_digest,
)


def _line(row: Sequence[Any], today: date) -> CertificateLine:
    public_id, number, code, employee_id, kept, issued_on, valid_until_on, state, digest = row
    return CertificateLine(
        public_id=public_id,
        number=number,
        code=code,
        employee_id=employee_id,
        holder=kept["holder"]["name"],
        holder_number=kept["holder"]["number"],
        workplace=kept["holder"]["workplace"],
        title=kept["training"]["title"],
        credit_jp=kept["training"]["credit_jp"],
        issued_on=issued_on,
        valid_until_on=valid_until_on,
        verdict=verdict_on(state, valid_until_on=valid_until_on, today=today),
        has_pdf=digest is not None,
    )


# Made once: putting a statement together costs more than its look-up in the database.
_OWN = (
    select(*_COLUMNS)
    .where(Certificate.employee_id == bindparam("employee_id"))
    .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
    .offset(bindparam("skip"))
    .limit(bindparam("most"))
)


def list_own_certificates(
    session: Session, employee_id: int, *, today: date, offset: int = 0, limit: int = PAGE_ROWS
) -> list[CertificateLine]:
    """Return a person's certificates, newest first; one statement (ix_certificate_employee_id)."""
    values = {"employee_id": employee_id, "skip": offset, "most": min(limit, MAX_ROWS)}
    return [_line(row, today) for row in read_rows(session, _OWN, values)]


def own_certificate_of(session: Session, employee_id: int, enrolment_public_id: str) -> str | None:
    """Return the public id of a person's newest certificate of one enrolment, or None."""
    return session.scalar(
        select(Certificate.public_id)
        .join(Enrolment, Enrolment.id == Certificate.enrolment_id)
        .where(Certificate.employee_id == employee_id, Enrolment.public_id == enrolment_public_id)
        .order_by(Certificate.id.desc())
        .limit(1)
    )


def own_totals(session: Session, employee_id: int) -> tuple[int, int]:
    """Return how many certificates a person holds in all, and how many of them are not withdrawn."""
    row = session.execute(
        select(func.count(), func.count().filter(Certificate.state == CertificateState.ISSUED)).where(
            Certificate.employee_id == employee_id
        )
    ).one()
    return int(row[0]), int(row[1])


def _verdict_condition(verdict: Verdict, today: date) -> ColumnElement[bool]:
    over = and_(Certificate.valid_until_on.is_not(None), Certificate.valid_until_on < today)
    issued = Certificate.state == CertificateState.ISSUED
    if verdict is Verdict.REVOKED:
        return Certificate.state == CertificateState.REVOKED
    if verdict is Verdict.REPLACED:
        return Certificate.state == CertificateState.REPLACED
    if verdict is Verdict.EXPIRED:
        return and_(issued, over)
    return and_(issued, or_(Certificate.valid_until_on.is_(None), Certificate.valid_until_on >= today))


def _wanted(query: Select[Any], actor: Actor, wanted: CertificateFilter, today: date) -> Select[Any]:
    query = (
        query.select_from(Certificate)
        .join(Employee, Employee.id == Certificate.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(certificates_visible_to(actor, OrganisationalUnit.path))
    )
    for word in wanted.words:
        query = query.where(
            or_(
                Employee.name.icontains(word, autoescape=True),
                Certificate.number.icontains(word, autoescape=True),
            )
        )
    if wanted.unit_path:
        query = query.where(path_within(OrganisationalUnit.path, [wanted.unit_path]))
    if wanted.employee:
        query = query.where(Employee.public_id == wanted.employee)
    if wanted.year is not None:
        query = query.where(
            Certificate.issued_on >= date(wanted.year, 1, 1),
            Certificate.issued_on <= date(wanted.year, 12, 31),
        )
    if wanted.verdict is not None:
        query = query.where(_verdict_condition(wanted.verdict, today))
    return query


def list_certificates(
    session: Session,
    actor: Actor,
    wanted: CertificateFilter,
    *,
    today: date,
    offset: int = 0,
    limit: int = PAGE_ROWS,
) -> list[CertificateLine]:
    """Return visible certificates, newest first; one statement (ix_certificate_issued_at)."""
    rows = session.execute(
        _wanted(select(*_COLUMNS), actor, wanted, today)
        .order_by(Certificate.issued_at.desc(), Certificate.id.desc())
        .offset(offset)
        .limit(min(limit, MAX_EXPORT_ROWS))
    )
    return [_line(row, today) for row in rows]


def count_certificates(session: Session, actor: Actor, wanted: CertificateFilter, *, today: date) -> int:
    """Return how many certificates the filter finds."""
    return int(session.scalar(_wanted(select(func.count()), actor, wanted, today)) or 0)


def get_certificate(session: Session, actor: Actor, public_id: str, *, today: date) -> CertificateDetail | None:
    """Return one visible certificate, or None when it is absent or not the actor's to see."""
    after = Certificate.__table__.alias("after")
    before = Certificate.__table__.alias("before")
    row = session.execute(
        select(
            Certificate.id,
            Certificate.issued_at,
            Certificate.revoked_at,
            Certificate.revoked_reason,
            Certificate.pdf_made_at,
            OrganisationalUnit.path,
            select(after.c.public_id).where(after.c.replaces_id == Certificate.id).limit(1).scalar_subquery(),
            select(before.c.public_id).where(before.c.id == Certificate.replaces_id).scalar_subquery(),
            *_COLUMNS,
        )
        .join(Employee, Employee.id == Certificate.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(Certificate.public_id == public_id, certificates_visible_to(actor, OrganisationalUnit.path))
    ).one_or_none()
    if row is None:
        return None
    who = {"employee_id": row.employee_id, "unit_path": row.path}
    return CertificateDetail(
        id=row[0],
        line=_line(row[8:], today),
        snapshot=row.snapshot,
        issued_at=row[1],
        revoked_at=row[2],
        revoked_reason=row[3],
        pdf_digest=row.pdf_digest,
        pdf_made_at=row[4],
        replaced_by=row[6],
        replaces=row[7],
        is_own=actor.employee_id == row.employee_id,
        may_download=can_download_certificate(actor, **who),
        may_revoke=can_revoke_certificate(actor, **who),
    )


def get_for_change(session: Session, actor: Actor, public_id: str) -> tuple[Certificate, str | None] | None:
    """Return a visible certificate, its row locked, and the path of the holder's unit; None when absent."""
    row = session.execute(
        select(Certificate, OrganisationalUnit.path)
        .join(Employee, Employee.id == Certificate.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(Certificate.public_id == public_id, certificates_visible_to(actor, OrganisationalUnit.path))
        .with_for_update(of=Certificate)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def code_lookup(code: str | None) -> Select[Any]:
    """Return the statement behind the verification page: one row by the unique index on `code`.

    Args:
        code: whole and normalised; None for a statement that the caller narrows otherwise.
    """
    file = aliased(CertificateFile)
    query = select(
        select(file.signer).where(file.digest == Certificate.pdf_digest).scalar_subquery().label("signed_by"),
        Certificate.code,
        Certificate.state,
        Certificate.number,
        Certificate.snapshot,
        Certificate.issued_on,
        Certificate.valid_until_on,
        Certificate.revoked_at,
        Certificate.pdf_digest,
    )
    return query if code is None else query.where(Certificate.code == code)


# Made once: putting a statement together costs more than its look-up in the database.
_BY_CODE = code_lookup(None).where(Certificate.code == bindparam("code"))


def find_public(session: Session, code: str, *, today: date) -> PublicCertificate | None:
    """Return what anyone may learn from a whole, normalised code; one statement, no likeness."""
    row = read_rows(session, _BY_CODE, {"code": code}).one_or_none()
    return public_of(row, today=today) if row is not None else None


def public_of(row: Any, *, today: date) -> PublicCertificate:
    """Return what anyone may learn from a row of `code_lookup`."""
    kept = row.snapshot
    return PublicCertificate(
        code=row.code,
        verdict=verdict_on(row.state, valid_until_on=row.valid_until_on, today=today),
        number=row.number,
        holder=kept["holder"]["name"],
        holder_number=public_number(kept["holder"]["number"]),
        title=kept["training"]["title"],
        qualification=kept["letterhead"]["qualification"],
        credit_jp=kept["training"]["credit_jp"],
        jp_words=kept["training"]["jp_words"],
        period=kept["training"]["period"],
        issuer=kept["letterhead"]["office"],
        issued_on=row.issued_on,
        valid_until_on=row.valid_until_on,
        revoked_at=row.revoked_at,
        pdf_digest=row.pdf_digest,
        signer=row.signed_by or "",
    )


def collect_certificates(session: Session, employee_id: int) -> list[dict[str, object]]:
    """Return all certificates of a person as plain values, for "Data saya"."""
    rows = session.execute(
        select(
            Certificate.number,
            Certificate.code,
            Certificate.snapshot,
            Certificate.issued_at,
            Certificate.state,
            Certificate.revoked_at,
            Certificate.revoked_reason,
        )
        .where(Certificate.employee_id == employee_id)
        .order_by(Certificate.id)
    )
    return [
        {
            "nomor": number,
            "kode": code,
            "pelatihan": kept["training"]["title"],
            "jp": kept["training"]["credit_jp"],
            "terbit_pada": issued_at,
            "keadaan": state.value,
            "dicabut_pada": revoked_at,
            "alasan": reason,
            "isi_tercetak": kept,
        }
        for number, code, kept, issued_at, state, revoked_at, reason in rows
    ]
