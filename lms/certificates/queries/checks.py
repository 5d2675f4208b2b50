"""Reads for those who check: by file, by list, and what may be stored for checks without a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.certificates.models import Certificate, CertificateFile, CertificateState, FileKind
from lms.certificates.queries.listing import PublicCertificate, code_lookup, public_of
from lms.certificates.rules.codes import code_fault, grouped_code
from lms.certificates.rules.files import FileMatch, codes_in
from lms.certificates.rules.seals import revocation_mark
from lms.certificates.rules.states import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

MAX_LIST = 50
MAX_REVOCATIONS = 200_000


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What an uploaded PDF is.

    Args:
        found: the certificate that it is, or claims to be; None when it names none of ours.
        kind: how the file was made; None unless it is exactly one of ours.
    """

    digest: str
    match: FileMatch
    found: PublicCertificate | None = None
    kind: FileKind | None = None
    signer: str = ""

    @property
    def is_good(self) -> bool:
        """Whether this very file is ours, unaltered, and its certificate holds today."""
        return self.match is FileMatch.EXACT and self.found is not None and self.found.verdict is Verdict.VALID


def check_file(session: Session, data: bytes, *, digest: str, today: date) -> CheckedFile:
    """Return what a file is: ours to the last byte, altered, or none of ours; at most two statements.

    Args:
        digest: SHA-256 of `data` in hexadecimal.
    """
    row = session.execute(
        code_lookup(None)
        .add_columns(CertificateFile.kind, CertificateFile.signer)
        .join(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(CertificateFile.digest == digest)
    ).one_or_none()
    if row is not None:
        found = public_of(row, today=today)
        return CheckedFile(digest, FileMatch.EXACT, found, row.kind, row.signer)
    claimed = find_many(session, codes_in(data), today=today)
    if not claimed:
        return CheckedFile(digest, FileMatch.UNKNOWN)
    return CheckedFile(digest, FileMatch.ALTERED, next(iter(claimed.values())))


def by_code(session: Session, code: str) -> Certificate | None:
    """Return the certificate of a whole, normalised code, or None; anyone who holds the code may ask."""
    return session.scalars(select(Certificate).where(Certificate.code == code)).one_or_none()


def find_many(session: Session, codes: Iterable[str], *, today: date) -> dict[str, PublicCertificate]:
    """Return what is registered of up to 50 whole, normalised codes; one statement."""
    wanted = list(dict.fromkeys(codes))[:MAX_LIST]
    if not wanted:
        return {}
    rows = session.execute(code_lookup(None).where(Certificate.code.in_(wanted))).all()
    found = {row.code: public_of(row, today=today) for row in rows}
    return {code: found[code] for code in wanted if code in found}


def public_json(code: str, found: PublicCertificate | None) -> dict[str, Any]:
    """Return what other agencies' systems are told of a code: no more than the page shows."""
    answer: dict[str, Any] = {
        "code": grouped_code(code),
        "verdict": found.verdict.value if found is not None else Verdict.ABSENT.value,
    }
    if found is None:
        fault = code_fault(code)
        return answer | ({"fault": fault.value} if fault is not None else {})
    return answer | {
        "number": found.number,
        "name": found.holder,
        "nip": found.holder_number,
        "course": found.title,
        "jp": found.credit_jp,
        "issued_on": found.issued_on.isoformat(),
        "valid_until_on": found.valid_until_on.isoformat() if found.valid_until_on else None,
        "revoked_on": found.revoked_at.date().isoformat() if found.revoked_at else None,
        "issuer": found.issuer,
        "pdf_sha256": found.pdf_digest,
    }


def list_withdrawn(session: Session) -> list[tuple[str, str]]:
    """Return mark and verdict of every certificate that was revoked or replaced, oldest first.

    Beyond 200,000 entries the newest are kept.
    """
    rows = session.execute(
        select(Certificate.code, Certificate.state)
        .where(Certificate.state != CertificateState.ISSUED)
        .order_by(Certificate.id.desc())
        .limit(MAX_REVOCATIONS)
    ).all()
    words = {CertificateState.REVOKED: Verdict.REVOKED.value, CertificateState.REPLACED: Verdict.REPLACED.value}
    return [(revocation_mark(code), words[state]) for code, state in reversed(rows)]
