"""Time-based one-time passwords (RFC 6238): six figures, 30 seconds, SHA-1, as all telephones know."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

PERIOD_SECONDS = 30
WINDOW = 1


def new_secret() -> str:
    """Return a random secret of 160 bits in base 32."""
    return pyotp.random_base32(32)


def spelled_secret(secret: str) -> str:
    """Return a secret in groups of four, to be typed by hand."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def provisioning_uri(secret: str, *, account: str, issuer: str) -> str:
    """Return the address in the QR code; `account` is a name, never a NIP."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(secret: str, code: str, *, now: datetime, last_step: int | None) -> int | None:
    """Return the time step whose code was given, or None.

    Args:
        secret: base 32.
        code: what was typed; spaces are ignored.
        now: the server's instant.
        last_step: the step used last; it and earlier ones are refused, so no code works twice.

    Rule: one step on either side of the server's clock counts.
    """
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    generator = pyotp.TOTP(secret)
    present = int(now.timestamp()) // PERIOD_SECONDS
    found = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        # All steps are compared, so that the time says nothing.
        if hmac.compare_digest(generator.generate_otp(step), typed) and found is None:
            found = step
    return None if found is None or (last_step is not None and found <= last_step) else found
