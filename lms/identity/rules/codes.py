"""One-time codes that a person reads from a letter and types: activation and recovery."""

from __future__ import annotations

import secrets

# Crockford's alphabet: no I, L, O, U, so that nothing is read wrong.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_GROUP = 4
CODE_LENGTH = 12  # 60 random bits


def new_code(length: int = CODE_LENGTH) -> str:
    """Return a random code without separators."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def code_text(code: str) -> str:
    """Return a code in groups of four, `7KQM-2D9X-VB4T`."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def normal_code(typed: str) -> str:
    """Return what was typed without separators, in capitals, with misread letters mended."""
    kept = "".join(character for character in typed.upper() if character.isalnum())
    return kept.translate(_MISREAD)
