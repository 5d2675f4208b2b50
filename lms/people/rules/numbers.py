"""NIP and NI PPPK: normal form, plausibility, masking and print.

Rule: domain facts in docs/rules/people.md#nip. The number has no check digit, so only plausibility is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

NUMBER_LENGTH: Final = 18  # Perka BKN 22/2007 and 43/2007
MIN_APPOINTMENT_AGE_YEARS: Final = 17
MAX_AGE_YEARS: Final = 75
PPPK_STATUSES: Final = frozenset({"pppk", "pppk_paruh_waktu"})

_SEPARATORS = re.compile(r"[\s.\-‐-―'’‘`´\u200b-\u200f\ufeff]")
_SCIENTIFIC = re.compile(r"^\d[.,]?\d*[eE]\+?\d{1,2}$")
_DIGITS = re.compile(r"^[0-9]+$")


class NumberFault(StrEnum):
    """Why a number cannot be right."""

    EMPTY = "number_empty"
    EXCEL_NUMBER = "number_excel"
    NOT_DIGITS = "number_letters"
    LENGTH = "number_length"
    BIRTH_MONTH = "number_birth_month"
    BIRTH_DAY = "number_birth_day"
    AGE = "number_age"
    APPOINTMENT_YEAR = "number_year"
    APPOINTMENT_MONTH = "number_month"
    GENDER = "number_gender"
    SERIAL = "number_serial"


class NumberWarning(StrEnum):
    """What in a number disagrees with another column, without being wrong for sure."""

    BIRTH_DIFFERS = "number_birth_differs"
    GENDER_DIFFERS = "number_gender_differs"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault or warning with the values that its sentence names."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


def normalised_number(raw: object) -> str:
    """Return a number without apostrophe, spaces, dots and dashes; other signs stay, to be told.

    A float, as spreadsheets make of long numbers, keeps its scientific form so that the fault is recognised.
    """
    if raw is None:
        return ""
    if isinstance(raw, float):
        # Excel keeps 15 digits, so an 18-digit number that became a float is lost for good.
        return f"{raw:.5E}" if raw >= 1e15 else str(int(raw)) if raw.is_integer() else str(raw)
    text = str(raw).strip()
    if _SCIENTIFIC.match(text.lstrip("'")):
        return text.lstrip("'")
    return _SEPARATORS.sub("", text)


def number_fault(number: str, *, status: str | None, today: date) -> Finding | None:
    """Return the first reason why a normalised number is impossible, or None.

    Args:
        status: employment kind; for PPPK digits 13 and 14 count contracts and are no month.
        today: day against which ages and years are judged.
    """
    if not number:
        return Finding(NumberFault.EMPTY)
    if _SCIENTIFIC.match(number):
        return Finding(NumberFault.EXCEL_NUMBER)
    if not _DIGITS.match(number):
        return Finding(NumberFault.NOT_DIGITS)
    if len(number) != NUMBER_LENGTH:
        return Finding(NumberFault.LENGTH, {"length": len(number)})
    return _birth_fault(number, today=today) or _appointment_fault(number, status=status, today=today)


def _birth_fault(number: str, *, today: date) -> Finding | None:
    month, day = int(number[4:6]), int(number[6:8])
    if not 1 <= month <= 12:
        return Finding(NumberFault.BIRTH_MONTH, {"month": f"{month:02d}"})
    born = birth_of(number)
    if born is None:
        return Finding(NumberFault.BIRTH_DAY, {"day": f"{day:02d}"})
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not MIN_APPOINTMENT_AGE_YEARS <= years <= MAX_AGE_YEARS:
        return Finding(NumberFault.AGE, {"age": years})
    return None


def _appointment_fault(number: str, *, status: str | None, today: date) -> Finding | None:
    year = int(number[8:12])
    if not int(number[:4]) + MIN_APPOINTMENT_AGE_YEARS <= year <= today.year + 1:
        return Finding(NumberFault.APPOINTMENT_YEAR, {"year": f"{year:04d}"})
    month = int(number[12:14])
    if status not in PPPK_STATUSES and not 1 <= month <= 12:
        return Finding(NumberFault.APPOINTMENT_MONTH, {"month": f"{month:02d}"})
    if number[14] not in "12":
        return Finding(NumberFault.GENDER, {"digit": number[14]})
    if number[15:] == "000":
        return Finding(NumberFault.SERIAL)
    return None


def number_warnings(number: str, *, birth_on: date | None, gender: str | None) -> list[Finding]:
    """Return where a plausible number disagrees with the birth date or gender given beside it."""
    found: list[Finding] = []
    born = birth_of(number)
    if birth_on is not None and born is not None and born != birth_on:
        found.append(Finding(NumberWarning.BIRTH_DIFFERS, {"date": birth_on.isoformat()}))
    if gender is not None and gender_of(number) not in {None, gender}:
        found.append(Finding(NumberWarning.GENDER_DIFFERS))
    return found


def birth_of(number: str) -> date | None:
    """Return the birth date in the first eight digits, or None when there is no such day."""
    try:
        return date(int(number[:4]), int(number[4:6]), int(number[6:8]))
    except ValueError:
        return None


def gender_of(number: str) -> str | None:
    """Return `L` or `P` by digit 15, or None when it is neither 1 nor 2."""
    return {"1": "L", "2": "P"}.get(number[14:15])


def number_kind(status: str) -> str:
    """Return `nip` or `nipppk` for an employment kind."""
    return "nipppk" if status in PPPK_STATUSES else "nip"


def masked_number(number: str | None) -> str:
    """Return `19850330********01`: what those see who may not see the whole number."""
    if not number:
        return ""
    if len(number) != NUMBER_LENGTH:
        return "*" * len(number)
    return f"{number[:8]}********{number[16:]}"


def printed_number(number: str | None) -> str:
    """Return `19850330 200902 1 001`, as letters print it."""
    if not number:
        return ""
    if len(number) != NUMBER_LENGTH:
        return number
    return f"{number[:8]} {number[8:14]} {number[14]} {number[15:]}"


def looks_like_number(text: str) -> bool:
    """Return whether a search text is (part of) an employee number, which must not enter an address."""
    digits = re.sub(r"\D", "", text)
    return len(digits) >= 6 and len(digits) >= 0.8 * len(_SEPARATORS.sub("", text))
