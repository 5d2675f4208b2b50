"""The letter number of a certificate, and numbers in words.

The number is printed and searched for, but is no key: the code is (docs/rules/certificates.md#number).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import date
from typing import Final

ROMAN_MONTHS: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
NUMBER_PLACES: Final = frozenset({"serial", "class", "unit", "roman_month", "month", "year"})
MAX_NUMBER_LENGTH: Final = 80
_PLACE = re.compile(r"\{(?P<name>[a-z_]+)(?::0(?P<width>[1-9]))?\}")
_UNITS: Final = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_THOUSAND, _HUNDRED, _TEN = 1000, 100, 10
_STEPS: Final = ((_THOUSAND, "ribu"), (_HUNDRED, "ratus"), (_TEN, "puluh"))


def pattern_fault(pattern: str) -> str | None:
    """Return what is wrong with a number pattern, or None.

    Such as `{class}/{serial:04}/{unit}/{roman_month}/{year}`; the serial must stand in it, and the year,
    since numbers begin anew each year.
    """
    names = [match["name"] for match in _PLACE.finditer(pattern)]
    rest = _PLACE.sub("", pattern)
    if "{" in rest or "}" in rest:
        return "brace"
    unknown = sorted(set(names) - NUMBER_PLACES)
    if unknown:
        return f"unknown:{unknown[0]}"
    missing = sorted({"serial", "year"} - set(names))
    return f"missing:{missing[0]}" if missing else None


def letter_number(pattern: str, *, serial: int, on: date, unit: str, archive_class: str) -> str:
    """Return the number of a letter, such as `800.2.2/0417/BKPSDM/XI/2026`.

    Args:
        pattern: text with places in braces; `{serial:04}` pads with zeros to four digits.
        archive_class: code of the archive classification (klasifikasi arsip).

    Raises: ValueError: the pattern has a fault, or the number becomes too long.
    """
    fault = pattern_fault(pattern)
    if fault is not None:
        message = f"number pattern: {fault}"
        raise ValueError(message)
    values: dict[str, str | int] = {
        "serial": serial,
        "class": archive_class,
        "unit": unit,
        "roman_month": ROMAN_MONTHS[on.month - 1],
        "month": on.month,
        "year": on.year,
    }
    number = _PLACE.sub(lambda match: str(values[match["name"]]).zfill(int(match["width"] or 0)), pattern)
    if len(number) > MAX_NUMBER_LENGTH:
        message = "number pattern: too long"
        raise ValueError(message)
    return number


def in_words(number: int) -> str:
    """Return a number from 0 to 999,999 in Indonesian words, such as `dua puluh`.

    Raises: ValueError: outside these bounds.
    """
    if not 0 <= number < _THOUSAND**2:
        message = "only numbers from 0 to 999999 are written in words"
        raise ValueError(message)
    return _words(number) or _UNITS[0]


def _words(number: int) -> str:
    if number < _TEN:
        return _UNITS[number] if number else ""
    if _TEN < number < 2 * _TEN:
        return "sebelas" if number == _TEN + 1 else f"{_UNITS[number - _TEN]} belas"
    step, name = next((size, name) for size, name in _STEPS if number >= size)
    count, rest = divmod(number, step)
    # One ten, hundred or thousand is said with the prefix "se".
    head = f"se{name}" if count == 1 else f"{_words(count)} {name}"
    return f"{head} {_words(rest)}".strip()


def jp_in_words(credit_jp: int) -> str:
    """Return `20 (dua puluh) jam pelajaran`, figure and words as letters print them."""
    return f"{credit_jp} ({in_words(credit_jp)}) jam pelajaran"


def shared_jp(minutes: Sequence[int], total_jp: int) -> list[int]:
    """Return whole JP for each module, in proportion to its minutes, that add up to the JP of the course.

    By largest remainders; on equal remainders the earlier module gets more. Without any minutes each module
    counts alike.
    """
    if not minutes:
        return []
    weights = list(minutes) if sum(minutes) else [1] * len(minutes)
    whole = sum(weights)
    shares = [total_jp * weight // whole for weight in weights]
    remainders = [total_jp * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-remainders[place], place))
    for place in order[: total_jp - sum(shares)]:
        shares[place] += 1
    return shares


def months_after(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
