"""Figures as people type them: Indonesian and English decimals, tolerances, units. Not a kind itself."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_CHARACTERS = 60
_FIGURE = re.compile(
    r"(?P<sign>[-−–+]?)\s?(?P<digits>\d[\d.,\u00a0\u202f' ]*|[.,]\d+)"
    r"(?:\s?(?:[eE]|[x×*·]\s?10\s?\^?)\s?(?P<power>[-−+]?\d{1,3}))?"
    r"(?:\s?/\s?(?P<under>\d{1,9}))?"
)


def readings(text: str) -> list[Fraction]:
    """Return what a typed figure may mean, the Indonesian reading first; empty when it is no figure.

    `1.250,5` and `1,250.5` have one meaning each. A lone point before three digits, as in `1.250`, is a
    thousand to an Indonesian and a decimal to others, so it has two.
    """
    typed = text.strip()
    found = _FIGURE.fullmatch(typed) if len(typed) <= MAX_CHARACTERS else None
    if found is None:
        return []
    factor = Fraction(-1 if found["sign"] in {"-", "−", "–"} else 1)
    if found["power"]:
        power = int(found["power"].replace("−", "-"))
        if abs(power) > 60:
            return []
        factor *= Fraction(10) ** power
    if found["under"]:
        if int(found["under"]) == 0:
            return []
        factor /= int(found["under"])
    return [factor * Fraction(one) for one in _plain(found["digits"])]


def _plain(digits: str) -> list[str]:  # noqa: PLR0911 -- one answer per way of writing
    plain = re.sub(r"[\u00a0\u202f' ](?=\d{3}(?:\D|$))", "", digits).strip()
    if re.search(r"[^\d.,]", plain):
        return []
    points, commas = plain.count("."), plain.count(",")
    if points and commas:
        last = max(plain.rfind("."), plain.rfind(","))
        whole, part = plain[:last], plain[last + 1 :]
        mark = "," if plain[last] == "." else "."
        if plain[last] in whole or not _grouped(whole, mark):
            return []
        return [f"{whole.replace(mark, '') or '0'}.{part or '0'}"]
    mark = "." if points else ","
    count = points or commas
    if count == 0:
        return [plain]
    if count > 1:
        return [plain.replace(mark, "")] if _grouped(plain, mark) else []
    whole, part = plain.split(mark)
    decimal = f"{whole or '0'}.{part or '0'}"
    if mark == "." and len(part) == 3 and 0 < len(whole) <= 3 and whole != "0":
        return [whole + part, decimal]
    return [decimal]


def _grouped(text: str, mark: str) -> bool:
    first, *more = text.split(mark)
    return 0 < len(first) <= 3 and all(len(one) == 3 for one in more)


def figure(text: object) -> Fraction | None:
    """Return a figure of a bank file: `12`, `-3`, `82,5`, `82.5`, `1e-3`; None for anything else."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return None
    typed = str(text).strip().replace("−", "-").replace(",", ".")
    if not re.fullmatch(r"[-+]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][-+]?\d{1,2})?", typed):
        return None
    return Fraction(typed)


def tolerance(text: object) -> tuple[Fraction, bool] | None:
    """Return a tolerance and whether it is relative (`5%`); None when it is neither."""
    typed = str(text).strip()
    relative = typed.endswith("%")
    width = figure(typed.rstrip("% "))
    if width is None or width < 0:
        return None
    return (width / 100, True) if relative else (width, False)


def within(given: Fraction, wanted: Fraction, text: object) -> bool:
    """Return whether a figure lies within the tolerance of the wanted one, both ends included."""
    found = tolerance(text)
    if found is None:
        return False
    width, relative = found
    return abs(given - wanted) <= (abs(wanted) * width if relative else width)


def written(value: Fraction, decimals: int = 6) -> str:
    """Return a figure in Indonesian with at most so many decimals: `1250,5`."""
    rounded = Fraction(round(value * 10**decimals), 10**decimals)
    sign, rounded = ("-", -rounded) if rounded < 0 else ("", rounded)
    whole, part = divmod(rounded.numerator * 10**decimals // rounded.denominator, 10**decimals)
    tail = str(part).rjust(decimals, "0").rstrip("0") if decimals else ""
    return f"{sign}{whole},{tail}" if tail else f"{sign}{whole}"


def split_unit(text: str, units: Sequence[Mapping[str, Any]]) -> tuple[str, Mapping[str, Any] | None]:
    """Return a typed answer without its unit, and the unit that it names (None when it names no known one)."""
    folded = text.strip().casefold()
    for unit in sorted(units, key=lambda one: -len(one["name"])):
        name = unit["name"].casefold()
        if folded.endswith(name) and not folded[: -len(name)][-1:].isalpha():
            return text.strip()[: -len(name)].strip(), unit
        if folded.startswith(name):
            return text.strip()[len(name) :].strip(" ."), unit
    return text.strip(), None
