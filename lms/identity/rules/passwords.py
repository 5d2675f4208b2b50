"""Which passwords are refused, and why."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

MIN_LENGTH = 10
MAX_LENGTH = 200  # a longer one only costs time to hash
_COMMON_FILE = Path(__file__).resolve().parent / "kata_sandi_umum.txt"
_LEET = str.maketrans("@4301!5$7", "aaeoiisst")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "01234567890123456789",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
_SEQUENCE_SHARE = 0.75
_NAME_PART = 5  # shorter names hide in common words: "andi" in "mandiri"


class PasswordFault(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    PERSONAL = "personal"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Person:
    """What a password must not hold.

    Args:
        name: name without titles.
        numbers: NIP or NI PPPK, present and former ones.
        birth_on: day of birth, if known.
        login: login name, if one was given.
    """

    name: str = ""
    numbers: tuple[str, ...] = ()
    birth_on: date | None = None
    login: str | None = None


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    """Return the shipped list, in small letters."""
    lines = _COMMON_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.lower()


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text)


def _unrepeated(text: str) -> str:
    """Return the part of which a text is a repetition: `abcabc` gives `abc`."""
    for size in range(1, len(text) // 2 + 1):
        if len(text) % size == 0 and text[:size] * (len(text) // size) == text:
            return text[:size]
    return text


def _longest_run(text: str) -> int:
    """Return the length of the longest piece that runs along the alphabet, figures or a keyboard row."""
    longest = 0
    for row in _ROWS:
        for way in (row, row[::-1]):
            start = 0
            for end in range(1, len(text) + 1):
                while start < end and text[start:end] not in way:
                    start += 1
                longest = max(longest, end - start)
    return longest


def _is_common(password: str) -> bool:
    folded = _folded(password)
    words = common_passwords()
    # `P@ssw0rd123`: figures at the ends are decoration, those within stand for letters.
    core = folded.strip("0123456789!@#$%^&*()-_=+.,?/ ")
    candidates = {folded, core, _letters(folded)}
    candidates |= {_letters(text.translate(_LEET)) for text in (core, folded)}
    candidates |= {_unrepeated(text) for text in candidates}
    if any(text in words for text in candidates if text):
        return True
    squeezed = re.sub(r"\s", "", folded)
    if len(set(squeezed)) <= 4 or len(_unrepeated(squeezed)) <= 4:
        return True
    return _longest_run(squeezed) >= _SEQUENCE_SHARE * len(squeezed)


def _day_texts(day: date) -> set[str]:
    d, m, y, short = f"{day.day:02}", f"{day.month:02}", str(day.year), f"{day.year % 100:02}"
    return {y + m + d, d + m + y, m + d + y, d + m + short, short + m + d}


def _is_personal(password: str, person: Person) -> bool:
    folded = _folded(password)
    figures = re.sub(r"[^0-9]", "", folded)
    bare = re.sub(r"[^a-z0-9]", "", folded)
    # The first eight figures of a NIP are the birth date; the last four are on no public page.
    long_enough = [number for number in person.numbers if len(number) >= 18]
    if any(number[start : start + 8] in figures for number in long_enough for start in (0, 8, 10)):
        return True
    if person.birth_on is not None and any(text in figures for text in _day_texts(person.birth_on)):
        return True
    parts = [_letters(part) for part in _folded(person.name).split()]
    if person.login:
        parts.append(re.sub(r"[^a-z0-9]", "", _folded(person.login)))
    if any(part in bare for part in parts if len(part) >= _NAME_PART):
        return True
    return _unrepeated(_letters(folded)) in {part for part in parts if part}


def password_faults(password: str, person: Person) -> tuple[PasswordFault, ...]:
    """Return why a password is refused; nothing when it may be used.

    Rule: at least 10 characters, no composition rules; common and personal ones refused
        (docs/rules/identity.md#password).
    """
    faults = []
    if len(password) < MIN_LENGTH:
        faults.append(PasswordFault.SHORT)
    if len(password) > MAX_LENGTH:
        return (PasswordFault.LONG,)
    if _is_personal(password, person):
        faults.append(PasswordFault.PERSONAL)
    if _is_common(password):
        faults.append(PasswordFault.COMMON)
    return tuple(faults)
