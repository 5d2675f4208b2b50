"""Lists of people that somebody pastes: numbers found in any text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_DIGITS = re.compile(r"\d(?:[\s.\-]?\d)*")
NUMBER_LENGTH = 18


@dataclass(frozen=True, slots=True)
class NumberLine:
    """One line of a pasted list.

    Args:
        line: as a person counts them, from 1.
        number: 18 digits, empty when the line holds none.
        tail: last four digits of what stood there, to find the line again without writing a number down.
    """

    line: int
    number: str
    tail: str


def numbers_of(lines: Iterable[str]) -> list[NumberLine]:
    """Return the employee numbers of a list, one for each line that holds digits; doubles come once.

    Spaces, dots and hyphens inside a number do not count. Lines without digits, such as a heading, are passed over.
    """
    found: list[NumberLine] = []
    seen: set[str] = set()
    for place, text in enumerate(lines, 1):
        runs = [re.sub(r"\D", "", one) for one in _DIGITS.findall(text)]
        whole = next((one for one in runs if len(one) == NUMBER_LENGTH), "")
        if not whole and not any(len(one) >= 8 for one in runs):
            continue
        if whole and whole in seen:
            continue
        seen.add(whole)
        longest = whole or max(runs, key=len)
        found.append(NumberLine(place, whole, longest[-4:]))
    return found
