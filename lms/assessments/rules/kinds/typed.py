"""Typed answers: the form in which they are compared, wildcards, slips of typing. Not a kind itself."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 200
# Shorter words differ by one letter too easily, as `desa` and `dosa`.
_LEAST_FOR_ONE, _LEAST_FOR_TWO = 5, 9
_UNSEEN = re.compile("[\x00-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff]+")


def canonical(text: str, *, case_sensitive: bool = False) -> str:
    """Return the form in which answers are compared.

    Capitals, spaces, accents and punctuation do not count, save where they part two digits:
    `e-KTP` is `ektp`, but `1,5` (the same as `1.5`) is not `15`, and `1 2` is not `12`. A sign
    before a number counts.
    """
    plain = unicodedata.normalize("NFKD", _UNSEEN.sub(" ", text))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).strip()
    plain = plain if case_sensitive else plain.casefold()
    kept: list[str] = []
    for run in re.finditer(r"[^\W_]+|[\W_]+", plain):
        part = run.group()
        if part[0].isalnum():
            kept.append(part)
            continue
        before = plain[run.start() - 1] if run.start() else ""
        after = plain[run.end()] if run.end() < len(plain) else ""
        if before.isdigit() and after.isdigit():
            squeezed = "".join(part.split()) or " "
            kept.append("." if squeezed == "," else squeezed)
        elif after.isdigit() and not before.isalnum() and part.strip()[-1:] in {"-", "−"}:
            kept.append("-")
    # A lone accent or sign is all that its author wrote, so it is compared as it stands.
    return "".join(kept) or plain or text.strip()


def clean(text: str) -> str:
    """Return what was typed without unseen signs and needless spaces."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def matches_pattern(pattern: str, given: str, *, case_sensitive: bool = False) -> bool:
    r"""Return whether an answer fits a pattern in which `*` stands for anything; `\*` is the sign itself."""
    parts = [canonical(one, case_sensitive=case_sensitive) for one in _pieces(pattern)]
    whole = canonical(given, case_sensitive=case_sensitive)
    if len(parts) == 1:
        return whole == parts[0]
    first, *middle, last = parts
    if len(whole) < len(first) + len(last) or not whole.startswith(first) or not whole.endswith(last):
        return False
    place, end = len(first), len(whole) - len(last)
    for part in middle:
        found = whole.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _pieces(pattern: str) -> list[str]:
    pieces = re.split(r"(?<!\\)\*+", pattern)
    return [piece.replace("\\*", "*") for piece in pieces]


def slips(one: str, other: str, *, most: int) -> int:
    """Return how many slips part two words: a letter more, less, other, or two swapped; `most + 1` for more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, sign in enumerate(one, 1):
        now = [row]
        for column, against in enumerate(other, 1):
            best = min(last[column] + 1, now[column - 1] + 1, last[column - 1] + (sign != against))
            if row > 1 and column > 1 and sign == other[column - 2] and one[row - 2] == against:
                best = min(best, before[column - 2] + 1)
            now.append(best)
        before, last = last, now
    return min(last[-1], most + 1)


def nearly(wanted: str, given: str, *, typos: int, case_sensitive: bool = False) -> bool:
    """Return whether an answer is the wanted one but for slips of typing; figures are never forgiven."""
    one = canonical(wanted, case_sensitive=case_sensitive)
    other = canonical(given, case_sensitive=case_sensitive)
    allowed = min(typos, 0 if len(one) < _LEAST_FOR_ONE else 1 if len(one) < _LEAST_FOR_TWO else 2)
    if not allowed or re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    return slips(one, other, most=allowed) <= allowed
