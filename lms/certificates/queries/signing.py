"""Reads for electronic signatures: which files wait, and which were ever given out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, func, select

from lms.certificates.models import Certificate, CertificateFile, CertificateState, FileKind
from lms.certificates.policies import certificates_revocable_by
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

MAX_WAITING = 50


def _unsigned(query: Select[Any], actor: Actor) -> Select[Any]:
    signed = select(CertificateFile.id).where(
        CertificateFile.certificate_id == Certificate.id, CertificateFile.kind == FileKind.SIGNED
    )
    return (
        query.select_from(Certificate)
        .join(Employee, Employee.id == Certificate.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(
            Certificate.state == CertificateState.ISSUED,
            Certificate.pdf_digest.is_not(None),
            ~signed.exists(),
            certificates_revocable_by(actor, OrganisationalUnit.path),
        )
    )


def list_unsigned(session: Session, actor: Actor, *, limit: int = MAX_WAITING) -> list[Certificate]:
    """Return certificates of the actor's people whose files wait for a certified signature, oldest first."""
    query = _unsigned(select(Certificate), actor).order_by(Certificate.issued_at, Certificate.id)
    return list(session.scalars(query.limit(min(limit, MAX_WAITING))))


def count_unsigned(session: Session, actor: Actor) -> int:
    """Return how many wait."""
    return int(session.scalar(_unsigned(select(func.count()), actor)) or 0)


def list_unsealed_ids(session: Session, *, limit: int) -> list[int]:
    """Return ids of certificates whose files bear neither seal nor signature, oldest first."""
    marked = select(CertificateFile.id).where(
        CertificateFile.certificate_id == Certificate.id, CertificateFile.kind != FileKind.PRINT
    )
    return list(
        session.scalars(
            select(Certificate.id)
            .where(Certificate.state == CertificateState.ISSUED, Certificate.pdf_digest.is_not(None), ~marked.exists())
            .order_by(Certificate.id)
            .limit(limit)
        )
    )


def to_sign(session: Session, actor: Actor, code: str) -> Certificate | None:
    """Return the certificate of a code, its row locked, or None when it is none of the actor's people."""
    return session.scalars(
        select(Certificate)
        .join(Employee, Employee.id == Certificate.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(Certificate.code == code, certificates_revocable_by(actor, OrganisationalUnit.path))
        .with_for_update(of=Certificate)
        .execution_options(populate_existing=True)
    ).one_or_none()


def locked(session: Session, certificate_id: int) -> Certificate | None:
    """Return a certificate, its row locked, or None."""
    return session.scalars(
        select(Certificate)
        .where(Certificate.id == certificate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def files_of(session: Session, certificate_id: int) -> dict[str, CertificateFile]:
    """Return all files that were ever given out for a certificate, by digest; a handful."""
    rows = session.scalars(
        select(CertificateFile)
        .where(CertificateFile.certificate_id == certificate_id)
        .order_by(CertificateFile.id)
        .limit(20)
    )
    return {row.digest: row for row in rows}


def signer_of(session: Session, digest: str | None) -> tuple[FileKind, str] | None:
    """Return how the file with this digest was signed and by whom; None for a print."""
    row = session.execute(
        select(CertificateFile.kind, CertificateFile.signer).where(CertificateFile.digest == (digest or ""))
    ).one_or_none()
    return (row[0], row[1]) if row is not None and row[0] is not FileKind.PRINT else None
