"""Formulas of calculated items: a small language of its own, never Python. Not a kind itself.

Figures, `{name}`, + - * / ^ and brackets, and the functions below. Sums and products are exact; functions that
no fraction can hold are rounded to 15 significant digits, so that every machine gives the same.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_LENGTH, MAX_DEPTH, MAX_BITS = 500, 40, 2_000
_TOKEN = re.compile(
    r"\s*(?:(\d+(?:\.\d*)?(?:[eE][-+]?\d{1,3})?|\.\d+)|\{([A-Za-z]\w{0,29})\}|([A-Za-z]\w*)|(\*\*|[-+*/^(),]))"
)


class BadFormula(ValueError):
    """A formula that is no formula, or one that has no value for these figures."""


def _real(work: Callable[..., float]) -> Callable[..., Fraction]:
    def safe(*values: Fraction) -> Fraction:
        try:
            found = work(*(float(one) for one in values))
        except (ValueError, OverflowError, ZeroDivisionError) as error:
            raise BadFormula(str(error)) from error
        if not math.isfinite(found):
            raise BadFormula("tak hingga")
        return Fraction(f"{found:.15g}")

    return safe


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 1 and abs(exponent) <= 200:
        if base == 0 and exponent < 0:
            raise BadFormula("pembagian dengan nol")
        return _bounded(base ** int(exponent))
    return _real(math.pow)(base, exponent)


def _round(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    if places.denominator != 1 or not 0 <= places <= 15:
        raise BadFormula("jumlah desimal")
    scaled = value * 10 ** int(places)
    # Half away from zero, as people round.
    whole = math.floor(abs(scaled) + Fraction(1, 2))
    return Fraction(whole if scaled >= 0 else -whole, 10 ** int(places))


# Name: function, least and most arguments.
FUNCTIONS: dict[str, tuple[Callable[..., Fraction], int, int]] = {
    "abs": (abs, 1, 1),
    "ceil": (lambda v: Fraction(math.ceil(v)), 1, 1),
    "floor": (lambda v: Fraction(math.floor(v)), 1, 1),
    "round": (_round, 1, 2),
    "max": (max, 1, 20),
    "min": (min, 1, 20),
    "pow": (_power, 2, 2),
    "sqrt": (_real(math.sqrt), 1, 1),
    "exp": (_real(math.exp), 1, 1),
    "ln": (_real(math.log), 1, 1),
    "log": (_real(math.log), 1, 2),
    "log10": (_real(math.log10), 1, 1),
    "sin": (_real(math.sin), 1, 1),
    "cos": (_real(math.cos), 1, 1),
    "tan": (_real(math.tan), 1, 1),
    "asin": (_real(math.asin), 1, 1),
    "acos": (_real(math.acos), 1, 1),
    "atan": (_real(math.atan), 1, 1),
    "atan2": (_real(math.atan2), 2, 2),
    "sinh": (_real(math.sinh), 1, 1),
    "cosh": (_real(math.cosh), 1, 1),
    "tanh": (_real(math.tanh), 1, 1),
    "deg2rad": (_real(math.radians), 1, 1),
    "rad2deg": (_real(math.degrees), 1, 1),
    "pi": (_real(lambda: math.pi), 0, 0),
    "fmod": (_real(math.fmod), 2, 2),
}


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise BadFormula("angka terlalu besar")
    return value


def names_of(formula: str) -> list[str]:
    """Return the names in a formula, each once, in order."""
    return list(dict.fromkeys(re.findall(r"\{([A-Za-z]\w{0,29})\}", formula)))


def evaluate(formula: str, values: Mapping[str, Fraction]) -> Fraction:
    """Return the value of a formula.

    Raises: BadFormula: not of this language, an unknown name, no value (division by nothing), or too large.
    """
    if len(formula) > MAX_LENGTH:
        raise BadFormula("rumus terlalu panjang")
    reader = _Reader(formula, values)
    found = reader.sum(0)
    if reader.tokens:
        raise BadFormula(f"tidak dimengerti: {reader.tokens[0][1]}")
    return found


class _Reader:
    """Recursive descent over the tokens; depth is bounded."""

    def __init__(self, formula: str, values: Mapping[str, Fraction]) -> None:
        self.values = values
        self.tokens: list[tuple[str, str]] = []
        place, text = 0, formula.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise BadFormula(f"tidak dimengerti: {text[place:][:10].strip()}")
            kind = ("figure", "name", "function", "sign")[int(found.lastindex or 1) - 1]
            self.tokens.append((kind, found.group(int(found.lastindex or 1))))
            place = found.end()

    def _next(self, *signs: str) -> str | None:
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return None

    def sum(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise BadFormula("terlalu banyak kurung")
        value = self._product(depth)
        while sign := self._next("+", "-"):
            other = self._product(depth)
            value = _bounded(value + other if sign == "+" else value - other)
        return value

    def _product(self, depth: int) -> Fraction:
        value = self._signed(depth)
        while sign := self._next("*", "/"):
            other = self._signed(depth)
            if sign == "/" and other == 0:
                raise BadFormula("pembagian dengan nol")
            value = _bounded(value * other if sign == "*" else value / other)
        return value

    def _signed(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise BadFormula("terlalu banyak tanda")
        if sign := self._next("-", "+"):
            value = self._signed(depth + 1)
            return -value if sign == "-" else value
        base = self._atom(depth)
        if self._next("^", "**"):
            return _power(base, self._signed(depth + 1))
        return base

    def _atom(self, depth: int) -> Fraction:
        if not self.tokens:
            raise BadFormula("rumus belum selesai")
        kind, text = self.tokens.pop(0)
        if kind == "figure":
            return _bounded(Fraction(text))
        if kind == "name":
            if text not in self.values:
                raise BadFormula(f"{{{text}}} tidak dikenal")
            return self.values[text]
        if kind == "function":
            return self._call(text, depth)
        if text == "(":
            value = self.sum(depth + 1)
            if self._next(")") is None:
                raise BadFormula("kurung belum ditutup")
            return value
        raise BadFormula(f"tidak dimengerti: {text}")

    def _call(self, name: str, depth: int) -> Fraction:
        if name not in FUNCTIONS:
            raise BadFormula(f"fungsi {name} tidak dikenal")
        work, least, most = FUNCTIONS[name]
        arguments: list[Fraction] = []
        if self._next("(") is None:
            raise BadFormula(f"{name} memerlukan kurung")
        if self._next(")") is None:
            arguments.append(self.sum(depth + 1))
            while self._next(","):
                arguments.append(self.sum(depth + 1))
            if self._next(")") is None:
                raise BadFormula("kurung belum ditutup")
        if not least <= len(arguments) <= most:
            raise BadFormula(f"{name} memerlukan {least} sampai {most} nilai")
        return _bounded(Fraction(work(*arguments)))
