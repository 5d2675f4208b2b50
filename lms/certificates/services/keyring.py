"""Keys that sign QR codes and credentials: Ed25519, the secret half in LMS_HOME/secrets, the public one for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.certificates.models import SealKey
from lms.certificates.rules.seals import (
    OpenedSeal,
    Sealed,
    SealFault,
    body_of,
    key_id_of,
    open_seal,
    seal_text,
)
from lms.core import audit, secrets
from lms.core.actor import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

FIRST_NAME = "certificates"


def _private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secrets.key(name))


def _public_bytes(name: str) -> bytes:
    return _private(name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _publish(session: Session, name: str, *, now: datetime) -> SealKey:
    """Keep the public half of a key; made with its secret on first use.

    Concurrency: two at once read the same secret and make one row.
    """
    public = _public_bytes(name)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(SealKey)
        .values(key_id=key_id_of(public), secret_name=name, public_key=public.hex(), created_at=now)
        .on_conflict_do_nothing(index_elements=["key_id"])
    )
    return session.scalars(select(SealKey).filter_by(key_id=key_id_of(public))).one()


def _next_name(session: Session) -> str:
    count = session.scalar(select(func.count()).select_from(SealKey)) or 0
    taken = {*secrets.present(), *session.scalars(select(SealKey.secret_name))}
    name, number = FIRST_NAME, count
    while name in taken:
        number += 1
        name = f"{FIRST_NAME}-{number}"
    return name


def signing_key(session: Session) -> SealKey | None:
    """Return the key that signs now, or None when there is none yet or its secret half is not here; never writes."""
    held = session.scalars(select(SealKey).where(SealKey.retired_at.is_(None)).order_by(SealKey.id.desc())).first()
    if held is None or held.secret_name not in secrets.present():
        return None
    return held if key_id_of(_public_bytes(held.secret_name)) == held.key_id else None


def active_key(session: Session, *, now: datetime) -> SealKey:
    """Return the key that signs now; the first is made on first use.

    A key whose secret was lost, by a restore without keys, no longer signs: the next one takes over.
    """
    held = signing_key(session)
    if held is not None:
        return held
    unused = session.scalar(select(SealKey.id).limit(1)) is None
    return _publish(session, FIRST_NAME if unused else _next_name(session), now=now)


def rotate_key(session: Session, *, now: datetime) -> SealKey:
    """Let a new key sign from now on and return it; the public halves of the old ones stay."""
    session.execute(update(SealKey).where(SealKey.retired_at.is_(None)).values(retired_at=now))
    made = _publish(session, _next_name(session), now=now)
    audit.record(
        session,
        SYSTEM,
        action="certificate.key.rotate",
        subject=("seal_key", made.id),
        after={"key_id": made.key_id},
        at=now,
    )
    return made


def sign(key: SealKey, data: bytes) -> bytes:
    """Return the 64 bytes of Ed25519 over data."""
    return _private(key.secret_name).sign(data)


def seal(session: Session, sealed: Sealed, *, now: datetime) -> str:
    """Return the signed text of a certificate for its QR code."""
    return seal_with(active_key(session, now=now), sealed)


def seal_with(key: SealKey, sealed: Sealed) -> str:
    """Return the signed text by a key at hand."""
    body = body_of(sealed, key.key_id)
    return seal_text(body, sign(key, body))


def public_keys(session: Session) -> dict[str, str]:
    """Return all public keys that ever signed, in hexadecimal, by their short names."""
    rows = session.execute(select(SealKey.key_id, SealKey.public_key).order_by(SealKey.id))
    return {key_id: public for key_id, public in rows}  # noqa: C416 -- rows are no pairs to the type checker


def check_signature(public_key: str, signature: bytes, data: bytes) -> bool:
    """Return whether a signature is of this key, given in hexadecimal, over these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_seal(text: str, keys: Mapping[str, str]) -> OpenedSeal | SealFault:
    """Return what a signed text says once its signature holds, else why it cannot be taken; needs no network."""
    opened = open_seal(text)
    if opened is None:
        return SealFault.FORM
    public = keys.get(opened.key_id)
    if public is None:
        return SealFault.KEY
    return opened if check_signature(public, opened.signature, opened.body) else SealFault.SIGNATURE
