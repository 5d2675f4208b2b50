"""What a certificate is worth on a day, and how little of it strangers see."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

_NUMBER_LENGTH: Final = 18
_SHOWN_DIGITS: Final = 4
MIN_REASON_CHARACTERS: Final = 10
MAX_REASON_CHARACTERS: Final = 300


class Verdict(StrEnum):
    """The answer of the verification page, in the words that it shows."""

    VALID = "SAH"
    REVOKED = "DICABUT"
    REPLACED = "DIGANTI"
    EXPIRED = "KEDALUWARSA"
    ABSENT = "TIDAK DITEMUKAN"


def verdict_on(state: str, *, valid_until_on: date | None, today: date) -> Verdict:
    """Return what a certificate is worth on a day.

    Args:
        state: `issued`, `revoked` or `replaced`, as stored.
        valid_until_on: last day on which it holds, or None when it never ends.

    Rule: a revocation outlasts everything; a replacement counts more than the end of validity.
    """
    if state == "revoked":
        return Verdict.REVOKED
    if state == "replaced":
        return Verdict.REPLACED
    if valid_until_on is not None and today > valid_until_on:
        return Verdict.EXPIRED
    return Verdict.VALID


def public_number(number: str) -> str:
    """Return an employee number with its last four digits only, for the page that anyone may open.

    The first eight digits are a birth date, so they stay hidden there.
    """
    if len(number) <= _SHOWN_DIGITS:
        return "*" * len(number)
    return "*" * (len(number) - _SHOWN_DIGITS) + number[-_SHOWN_DIGITS:]


def download_name(title: str, code: str) -> str:
    """Return the name of the PDF file: title and end of the code, never a person's number."""
    words = "".join(sign if sign.isalnum() else "-" for sign in title.lower())
    slug = "-".join(part for part in words.split("-") if part)[:60].rstrip("-")
    return f"sertifikat-{slug or 'pelatihan'}-{code[-4:].lower()}.pdf"
