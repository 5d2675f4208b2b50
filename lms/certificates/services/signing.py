"""Electronic signatures: files go out, come back signed, and are taken only when nothing else was changed.

A signature is added behind the bytes of the issued file, so the issued file must still stand at the beginning of the
signed one. What follows must be one sound signature over the whole file, by a chain to a root that the agency trusts.
No passphrase is asked for here: signing with the certification body happens outside (PP 71/2019 art. 60).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lms.certificates import queries
from lms.certificates.models import Certificate, CertificateState, FileKind
from lms.certificates.rules.codes import grouped_code
from lms.certificates.rules.files import codes_in, is_pdf
from lms.certificates.rules.states import download_name
from lms.certificates.services.printing import MEDIA_TYPE, remember_file, shelve
from lms.core import audit, runtime, storage
from lms.core.errors import Invalid, Refused
from lms.core.text import N_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

BATCH_FORMAT = "bina-certificate-signing/1"
MAX_BATCH = 50
MAX_FILE_BYTES = 4 << 20
MAX_ARCHIVE_BYTES = 24 << 20
FIELD = "TTE"


class Answer(StrEnum):
    """What became of one file of a batch."""

    TAKEN = "taken"
    KNOWN = "known"
    FOREIGN = "foreign"
    CHANGED = "changed"
    UNSIGNED = "unsigned"
    BROKEN = "broken"
    UNTRUSTED = "untrusted"
    STALE = "stale"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file of a signed batch and what became of it."""

    name: str
    answer: Answer
    code: str = ""
    holder: str = ""
    signer: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the file is kept as the signed one."""
        return self.answer in {Answer.TAKEN, Answer.KNOWN}


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature says after it was checked."""

    answer: Answer
    signer: str = ""


def trust_folder() -> Path:
    """Return where the agency puts root certificates (PEM) of those whose signatures it takes."""
    return runtime.settings().home / "trust"


def trusted_roots() -> list[bytes]:
    """Return the root certificates that lie in the folder, in PEM."""
    folder = trust_folder()
    return [path.read_bytes() for path in sorted(folder.glob("*.pem"))] if folder.is_dir() else []


def outgoing_batch(session: Session, actor: Actor, *, now: datetime) -> tuple[bytes, list[int]]:
    """Return a ZIP of up to 50 files that wait for a signature, oldest first, with a manifest; and whose they are.

    Raises: Refused: none waits.
    """
    waiting = [one for one in queries.list_unsigned(session, actor, limit=MAX_BATCH) if _is_here(one)]
    if not waiting:
        raise Refused(N_("Tidak ada sertifikat yang menunggu tanda tangan."))
    out = io.BytesIO()
    entries: list[dict[str, Any]] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for one in waiting:
            data = storage.read(one.pdf_digest or "")
            name = f"{grouped_code(one.code)}.pdf"
            archive.writestr(name, data)
            entries.append({"name": name, "number": one.number, "sha256": one.pdf_digest, "bytes": len(data)})
        manifest = {
            "format": BATCH_FORMAT,
            "address": runtime.settings().base_url,
            "made_at": now.replace(microsecond=0).isoformat(),
            "files": entries,
        }
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    return out.getvalue(), [one.employee_id for one in waiting]


def _is_here(one: Certificate) -> bool:
    return one.pdf_digest is not None and storage.exists(one.pdf_digest)


def read_archive(data: bytes) -> list[tuple[str, bytes]]:
    """Return the PDFs of an uploaded ZIP, or the one PDF that was uploaded by itself.

    Raises: Invalid: no ZIP, broken, more than 50 files, or a file that is too large.
    """
    if is_pdf(data):
        return [("unggahan.pdf", data)]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = [one for one in archive.infolist() if one.filename.lower().endswith(".pdf")]
            if not inside:
                raise Invalid(N_("ZIP ini tidak memuat PDF."))
            if len(inside) > MAX_BATCH:
                raise Invalid(N_("ZIP ini memuat lebih dari %(count)s PDF. Bagilah.", count=MAX_BATCH))
            if any(one.file_size > MAX_FILE_BYTES for one in inside):
                raise Invalid(N_("Satu PDF di dalam ZIP ini terlalu besar."))
            found = []
            for one in inside:
                with archive.open(one) as stream:
                    found.append((one.filename.rsplit("/", 1)[-1][:80], stream.read(MAX_FILE_BYTES + 1)))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Invalid(N_("Berkas ini bukan ZIP yang utuh.")) from error
    return found


@lru_cache(maxsize=4)
def _context(roots: tuple[bytes, ...]) -> list[Any]:
    from pyhanko.keys import load_certs_from_pemder_data  # noqa: PLC0415 -- heavy, and needed in few requests

    return [one for pem in roots for one in load_certs_from_pemder_data(pem)]


def check_signature_of(data: bytes, *, roots: Iterable[bytes]) -> Signature:
    """Return whether the last signature of a PDF holds over the whole file and leads to a trusted root.

    Args:
        roots: certificates in PEM; nothing is fetched from any network.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 -- as above
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415 -- as above
    from pyhanko.sign.validation.status import SignatureCoverageLevel  # noqa: PLC0415 -- as above
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415 -- as above

    try:
        signatures = PdfFileReader(io.BytesIO(data)).embedded_signatures
        if not signatures:
            return Signature(Answer.UNSIGNED)
        context = ValidationContext(trust_roots=_context(tuple(roots)), allow_fetching=False)
        status = validate_pdf_signature(signatures[-1], context)
        signer = str(status.signing_cert.subject.native.get("common_name", ""))[:200]
    except Exception:  # noqa: BLE001 -- whatever a broken file makes the parser raise, it is no signature
        return Signature(Answer.BROKEN)
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE or not (status.intact and status.valid):
        return Signature(Answer.BROKEN)
    return Signature(Answer.TAKEN if status.trusted else Answer.UNTRUSTED, signer)


def take_batch(
    session: Session, actor: Actor, files: list[tuple[str, bytes]], *, roots: list[bytes], now: datetime
) -> list[Outcome]:
    """Keep each file that is an issued one with a sound signature behind it; say of the others why not.

    Each file stands for itself: a bad one keeps no good one back, and nothing is half taken. The same batch again
    changes nothing.

    Raises: Refused: the agency has named no root that it trusts.
    Concurrency: holds the row of each certificate that gets a file.
    """
    if not roots:
        raise Refused(N_("Simpan sertifikat akar penyelenggara (PEM) di folder trust dahulu."))
    return [_take(session, actor, name, data, roots=roots, now=now) for name, data in files]


def _take(session: Session, actor: Actor, name: str, data: bytes, *, roots: list[bytes], now: datetime) -> Outcome:
    codes = codes_in(data[:MAX_FILE_BYTES])
    certificate = queries.to_sign(session, actor, codes[0]) if codes else None
    if certificate is None:
        return Outcome(name, Answer.FOREIGN)
    about = {"code": grouped_code(certificate.code), "holder": certificate.snapshot["holder"]["name"]}
    answer, signer = _judged(session, certificate, data, roots=roots)
    if answer is Answer.TAKEN:
        keep_signed(session, actor, certificate, data, kind=FileKind.SIGNED, signer=signer, now=now)
    return Outcome(name, answer, signer=signer, **about)


def _judged(session: Session, certificate: Certificate, data: bytes, *, roots: list[bytes]) -> tuple[Answer, str]:
    """Return what becomes of a file that names this certificate, and who signed it."""
    kept = queries.files_of(session, certificate.id)
    known = kept.get(hashlib.sha256(data).hexdigest())
    if known is not None and known.kind is not FileKind.PRINT:
        return Answer.KNOWN, known.signer
    refusal = None
    if certificate.state is not CertificateState.ISSUED:
        refusal = Answer.STALE
    elif any(one.kind is FileKind.SIGNED for one in kept.values()):
        refusal = Answer.SECOND
    elif known is not None:
        refusal = Answer.UNSIGNED
    # The issued bytes must stand first; only what comes after them ever meets a PDF reader.
    elif not any(storage.exists(one) and data.startswith(storage.read(one)) for one in kept):
        refusal = Answer.CHANGED
    if refusal is not None:
        return refusal, ""
    checked = check_signature_of(data, roots=roots)
    return checked.answer, checked.signer


def keep_signed(
    session: Session,
    actor: Actor,
    certificate: Certificate,
    data: bytes,
    *,
    kind: FileKind,
    signer: str,
    now: datetime,
) -> None:
    """Give out the signed file from now on; the unsigned one stays known."""
    name = download_name(certificate.snapshot["training"]["title"], certificate.code)
    certificate.pdf_digest = storage.put(
        data, media_type=MEDIA_TYPE, name=name, session=session, owner_employee_id=certificate.employee_id
    )
    certificate.pdf_made_at = now
    remember_file(session, certificate, certificate.pdf_digest, kind=kind, now=now, signer=signer)
    shelve(certificate)
    audit.record(
        session,
        actor,
        action="certificate.sign",
        subject=("certificate", certificate.id),
        person_id=certificate.employee_id,
        after={"kind": kind.value, "sha256": certificate.pdf_digest},
        at=now,
    )


def own_seal(path: Path, passphrase: str) -> Callable[[bytes], tuple[bytes, str]]:
    """Return what puts the agency's own seal (PAdES B-B) behind a file, by a key in a PKCS#12 file.

    The passphrase is used once to open the key and kept nowhere.

    Raises: Invalid: the file or the passphrase is wrong.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 -- heavy
    from pyhanko.sign import fields, signers  # noqa: PLC0415 -- as above

    load: Any = signers.SimpleSigner.load_pkcs12  # typed in part only
    signer = load(str(path), passphrase=passphrase.encode())
    if signer is None or signer.signing_cert is None:
        raise Invalid(N_("Kunci atau kata sandinya salah. Tidak ada yang disegel."))
    name = str(signer.signing_cert.subject.native.get("common_name", ""))[:200]

    def seal(data: bytes) -> tuple[bytes, str]:
        metadata = signers.PdfSignatureMetadata(
            field_name=FIELD, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256"
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        return signers.sign_pdf(writer, metadata, signer=signer).getvalue(), name

    return seal


def seal_one(
    session: Session,
    actor: Actor,
    certificate_id: int,
    seal: Callable[[bytes], tuple[bytes, str]],
    *,
    now: datetime,
) -> bool:
    """Seal one certificate's file; return False when it is sealed, signed, withdrawn or not drawn yet.

    Concurrency: holds the certificate's row, so two at once seal it once.
    """
    certificate = queries.locked(session, certificate_id)
    if certificate is None or certificate.state is not CertificateState.ISSUED or not _is_here(certificate):
        return False
    kept = queries.files_of(session, certificate.id)
    if any(one.kind is not FileKind.PRINT for one in kept.values()):
        return False
    data, signer = seal(storage.read(certificate.pdf_digest or ""))
    keep_signed(session, actor, certificate, data, kind=FileKind.SEALED, signer=signer, now=now)
    return True
