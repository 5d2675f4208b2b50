"""Open Badges 3.0: sign credentials and status lists with the installation's key; nothing is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.certificates.models import Certificate, CertificateState, SealKey
from lms.certificates.rules import badges
from lms.certificates.rules.seals import open_seal
from lms.certificates.services.keyring import public_keys, sign, signing_key
from lms.certificates.services.printing import draw_pdf, verify_address
from lms.certificates.services.templates import LAYOUTS, ROOT
from lms.core import clock, runtime, secrets
from lms.core.errors import Unavailable
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.certificates.rules.badges import Issuer

PICTURE = ROOT / "content" / "sertifikat" / "lencana.png"


def issuer_of(session: Session) -> Issuer:
    """Return this installation as an issuer."""
    settings = runtime.settings()
    return badges.Issuer(address=settings.base_url, name=settings.agency_name, keys=public_keys(session))


def issuer_profile(session: Session) -> dict[str, Any]:
    """Return the published profile with all keys."""
    return badges.profile(issuer_of(session))


def _key_for(session: Session, certificate: Certificate) -> SealKey:
    """Return the key that signed the certificate's QR code while its secret is here, else the one that signs now.

    Raises: Unavailable: there is none.
    """
    opened = open_seal(str(certificate.snapshot.get("seal", "")))
    if opened is not None:
        key = session.scalars(select(SealKey).filter_by(key_id=opened.key_id)).one_or_none()
        if key is not None and key.secret_name in secrets.present():
            return key
    return _present_key(session)


def _present_key(session: Session) -> SealKey:
    key = signing_key(session)
    if key is None:
        raise Unavailable(N_("Kunci tanda QR belum ada di sini. Terbitkan satu sertifikat, atau pulihkan kuncinya."))
    return key


def _bare(session: Session, certificate: Certificate) -> dict[str, Any]:
    until = None
    if certificate.valid_until_on is not None:
        # Valid until the end of its last day where the holder works.
        zone = clock.zone(certificate.snapshot["holder"].get("timezone") or clock.DEFAULT_ZONE)
        night = datetime.combine(certificate.valid_until_on + timedelta(days=1), time(0), tzinfo=zone)
        until = night.astimezone(UTC)
    return badges.credential(
        certificate.snapshot,
        issuer=issuer_of(session),
        address=verify_address(certificate.code),
        issued_at=certificate.issued_at,
        valid_until=until,
        index=certificate.id,
    )


def credential_json(session: Session, certificate: Certificate) -> str:
    """Return the credential with its Data Integrity proof; the same for the same record and key.

    Raises: Unavailable: no key to sign with.
    """
    key, document = _key_for(session, certificate), _bare(session, certificate)
    options = badges.proof_options(issuer_of(session), key.key_id, at=certificate.issued_at)
    signature = sign(key, badges.hash_data(document, options))
    return json.dumps(badges.with_proof(document, options, signature), ensure_ascii=False, indent=1)


def credential_jwt(session: Session, certificate: Certificate) -> str:
    """Return the credential as JWT, signed with EdDSA.

    Raises: Unavailable: no key to sign with.
    """
    key = _key_for(session, certificate)
    document = _bare(session, certificate)
    signed = badges.jwt_parts(document, issuer_of(session), key.key_id, at=certificate.issued_at)
    return badges.jwt_text(signed, sign(key, signed.encode()))


@lru_cache(maxsize=1)
def _png() -> bytes:
    return PICTURE.read_bytes()


def badge_png(session: Session, certificate: Certificate) -> bytes:
    """Return the badge as a picture that carries the credential as JWT."""
    return badges.baked_png(_png(), credential_jwt(session, certificate))


def badge_svg(session: Session, certificate: Certificate) -> str:
    """Return the badge as a drawing that carries the credential with its proof."""
    picture = (LAYOUTS / "lambang.svg").read_text(encoding="utf-8")
    return badges.baked_svg(picture, credential_json(session, certificate), is_jwt=False)


def status_document(session: Session, number: int, *, now: datetime) -> dict[str, Any]:
    """Return one signed status list; one bit for each certificate, set when it was revoked or replaced.

    Raises: Unavailable: no key to sign with.
    """
    key = _present_key(session)
    first = number * badges.STATUS_BITS
    ids = session.scalars(
        select(Certificate.id).where(
            Certificate.state != CertificateState.ISSUED,
            Certificate.id >= first,
            Certificate.id < first + badges.STATUS_BITS,
        )
    ).all()
    issuer = issuer_of(session)
    document = badges.status_list(issuer, number, badges.chosen_places(ids, number), at=now)
    options = badges.proof_options(issuer, key.key_id, at=now)
    return badges.with_proof(document, options, sign(key, badges.hash_data(document, options)))


def has_lists(session: Session, number: int) -> bool:
    """Return whether any certificate has its place in this list."""
    first = number * badges.STATUS_BITS
    return session.scalar(select(Certificate.id).where(Certificate.id >= first).limit(1)) is not None


def draw_with_credential(session: Session, certificate_id: int) -> bytes | None:
    """Return the PDF of a certificate with its credential inside, or None when its file is there already.

    Raises: NotFound: no such certificate.
    """
    certificate = session.get(Certificate, certificate_id)
    # Certificates of before the keys have no seal, and then no credential either.
    signable = certificate is not None and certificate.snapshot.get("seal") and signing_key(session) is not None
    credential = credential_json(session, certificate) if certificate is not None and signable else ""
    return draw_pdf(session, certificate_id, credential=credential)
