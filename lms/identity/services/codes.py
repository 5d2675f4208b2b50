"""How one-time codes are kept: as an HMAC under a key that is not in the database."""

from __future__ import annotations

import hashlib
import hmac

from lms.core import secrets


def code_hash(purpose: str, code: str) -> str:
    """Return what is stored of a normalised code; codes are short, so a plain hash could be searched."""
    return hmac.new(secrets.key("codes"), f"{purpose}:{code}".encode(), hashlib.sha256).hexdigest()
