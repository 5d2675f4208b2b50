"""Identifiers: public ids (UUIDv7), secret tokens and their hashes."""

from __future__ import annotations

import hashlib
import secrets
import time

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOWER = CROCKFORD.lower()


def crockford(number: int, length: int, *, alphabet: str = CROCKFORD) -> str:
    """Return `number` in Crockford base 32, padded with zeros to `length` characters."""
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(alphabet[digit])
    return "".join(reversed(digits))


def new_public_id() -> str:
    """Return a UUIDv7 as 26 lower-case Crockford characters; later ids sort after earlier ones."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return crockford(value, 26, alphabet=_LOWER)


def new_token() -> str:
    """Return a secret of 256 random bits, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the hex SHA-256 under which a token is stored; the token itself never is."""
    return hashlib.sha256(token.encode()).hexdigest()
