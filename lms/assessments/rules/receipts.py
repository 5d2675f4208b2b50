"""Save receipts: a short code for all that the server holds of an attempt, which staff can check later.

The code names the last row of the response log and seals everything up to it with a key of the installation:
a code that was made up, or a log that was altered, does not fit.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

# Crockford's letters: no I, L, O, U, so that it can be read out on the telephone.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SEAL_LETTERS = 6
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": "", ".": ""})


def receipt_code(key: bytes, *, log_id: int, content: bytes) -> str:
    """Return the code, in groups of four.

    Args:
        key: secret of the installation.
        log_id: last row of the log, 1 or more.
        content: everything up to that row, in one fixed writing.
    """
    place = ""
    while log_id:
        log_id, rest = divmod(log_id, 32)
        place = _LETTERS[rest] + place
    number = int.from_bytes(hmac.digest(key, place.encode() + b"\0" + content, sha256)[:8], "big")
    seal = "".join(_LETTERS[number >> 5 * step & 31] for step in range(_SEAL_LETTERS))
    plain = place + seal
    return "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def log_id_of(typed: str) -> int | None:
    """Return the row that a typed code names, or None when it cannot be a code; O reads as 0, I and L as 1."""
    plain = typed.upper().translate(_ALIKE)
    place = plain[:-_SEAL_LETTERS]
    if not 0 < len(place) <= 12 or any(letter not in _LETTERS for letter in plain):
        return None
    number = 0
    for letter in place:
        number = number * 32 + _LETTERS.index(letter)
    return number or None


def same_receipt(typed: str, code: str) -> bool:
    """Return whether a typed code is this one, in constant time."""
    return hmac.compare_digest(typed.upper().translate(_ALIKE).encode(), code.replace("-", "").encode())
