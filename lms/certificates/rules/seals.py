"""The signed text in the QR code: what a certificate says, short enough to be checked without a network.

Layout, version 1: version (1 byte), key id (4), code (10), day of issue (2), last day of validity (2, 0 for
never), JP (2), then name, title and letter number, each a length byte and UTF-8, then 64 bytes of Ed25519 over
all that stands before. Written in base 32 without padding, since QR codes store capitals and digits tightly.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from lms.certificates.rules.codes import ALPHABET, CODE_LENGTH, code_fault

SEAL_VERSION: Final = 1
SIGNATURE_BYTES: Final = 64
KEY_ID_BYTES: Final = 4
# Bytes of UTF-8; longer texts are cut at a whole character and end with an ellipsis.
MAX_NAME_BYTES: Final = 48
MAX_TITLE_BYTES: Final = 52
MAX_NUMBER_BYTES: Final = 36
MAX_SEAL_LENGTH: Final = 600
_FIRST_DAY: Final = date(2000, 1, 1)
_CODE_BYTES: Final = 10
_ELLIPSIS: Final = "…"
_HEAD: Final = 1 + KEY_ID_BYTES + _CODE_BYTES + 6


class SealFault(StrEnum):
    """Why a signed text cannot be taken."""

    FORM = "form"
    KEY = "key"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the signed text says; names and titles may be cut."""

    code: str
    issued_on: date
    valid_until_on: date | None
    credit_jp: int
    name: str
    title: str
    number: str


def sealed_of(kept: Mapping[str, Any], *, valid_until_on: date | None) -> Sealed:
    """Return what is signed of a snapshot."""
    return Sealed(
        code=kept["code"],
        issued_on=date.fromisoformat(kept["issued_on"]),
        valid_until_on=valid_until_on,
        credit_jp=kept["training"]["credit_jp"],
        name=kept["holder"]["name"],
        title=kept["training"]["title"],
        number=kept["number"],
    )


def _cut(text: str, most: int) -> bytes:
    data = text.encode()
    if len(data) <= most:
        return data
    room = most - len(_ELLIPSIS.encode())
    return (data[:room].decode(errors="ignore").rstrip() + _ELLIPSIS).encode()


def _days(day: date | None) -> bytes:
    return ((day - _FIRST_DAY).days if day is not None else 0).to_bytes(2, "big")


def body_of(sealed: Sealed, key_id: str) -> bytes:
    """Return the bytes that are signed.

    Args:
        key_id: 8 hexadecimal digits.
    """
    number = 0
    for sign in sealed.code:
        number = number << 5 | ALPHABET.index(sign)
    texts = (
        _cut(sealed.name, MAX_NAME_BYTES),
        _cut(sealed.title, MAX_TITLE_BYTES),
        _cut(sealed.number, MAX_NUMBER_BYTES),
    )
    return b"".join(
        (
            bytes([SEAL_VERSION]),
            bytes.fromhex(key_id),
            number.to_bytes(_CODE_BYTES, "big"),
            _days(sealed.issued_on),
            _days(sealed.valid_until_on),
            min(sealed.credit_jp, 0xFFFF).to_bytes(2, "big"),
            *(bytes([len(text)]) + text for text in texts),
        )
    )


def seal_text(body: bytes, signature: bytes) -> str:
    """Return body and signature as capitals and digits."""
    return base64.b32encode(body + signature).decode().rstrip("=")


def seal_in(text: str) -> str:
    """Return the signed text within what a scanner gave: after `#`, else the whole, without spaces."""
    return "".join(text.rpartition("#")[2].split()).upper()


@dataclass(frozen=True, slots=True)
class OpenedSeal:
    """A signed text taken apart; nothing in it is trusted before the signature was checked."""

    key_id: str
    sealed: Sealed
    body: bytes
    signature: bytes


def open_seal(text: str) -> OpenedSeal | None:
    """Return a signed text in its parts, or None when its form is wrong."""
    if not 0 < len(text) <= MAX_SEAL_LENGTH:
        return None
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None
    body, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    if len(body) < _HEAD + 3 or body[0] != SEAL_VERSION or seal_text(body, signature) != text:
        return None
    number = int.from_bytes(body[5:15], "big")
    code = "".join(ALPHABET[number >> (5 * place) & 31] for place in reversed(range(CODE_LENGTH)))
    texts = _texts(body[_HEAD:])
    if texts is None or code_fault(code) is not None:
        return None
    issued, until, credit_jp = (int.from_bytes(body[start : start + 2], "big") for start in (15, 17, 19))
    return OpenedSeal(
        key_id=body[1:5].hex(),
        sealed=Sealed(
            code=code,
            issued_on=_FIRST_DAY + timedelta(days=issued),
            valid_until_on=_FIRST_DAY + timedelta(days=until) if until else None,
            credit_jp=credit_jp,
            name=texts[0],
            title=texts[1],
            number=texts[2],
        ),
        body=body,
        signature=signature,
    )


def _texts(data: bytes) -> list[str] | None:
    """Return the three texts, or None unless they fill the bytes exactly."""
    found: list[str] = []
    for _ in range(3):
        if not data or len(data) < 1 + data[0]:
            return None
        try:
            found.append(data[1 : 1 + data[0]].decode())
        except UnicodeDecodeError:
            return None
        data = data[1 + data[0] :]
    return None if data else found


def key_id_of(public_key: bytes) -> str:
    """Return the short name of a public key: the first four bytes of its SHA-256, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()[: 2 * KEY_ID_BYTES]


def revocation_mark(code: str) -> str:
    """Return how a code stands in the list of those withdrawn: it names the code to whoever holds it, to nobody else.

    Sixteen hexadecimal digits of SHA-256; a code has 75 random bits, so it cannot be found from them.
    """
    return hashlib.sha256(code.encode()).hexdigest()[:16]
