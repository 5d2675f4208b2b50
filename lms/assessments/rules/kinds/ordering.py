"""Ordering: steps are brought into their order by giving each a number."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import (
    N_,
    Choice,
    Field,
    Keep,
    Payload,
    Question,
    Row,
    Rows,
    Verdict,
    code_faults,
    plain_words,
    register,
    rows_of,
)
from lms.assessments.rules.kinds.rows import PartsKind, given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

SCORINGS = ("position", "neighbours", "longest", "all")
MAX_ELEMENTS = 15


class Ordering(PartsKind):
    """Elements in their right order; the person gives each its place from a list.

    Rule: `position`: the part of the elements that stand at their place. `neighbours`: the part of the right
        next-to-one-another pairs. `longest`: (longest stretch in right order, gaps allowed, - 1) ÷ (elements - 1).
        `all`: everything or nothing. Elements without a place, or two at one place, earn nothing themselves.
    """

    name = "ordering"
    label = N_("Mengurutkan")
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Rows(
            "elements",
            N_("Langkah dalam urutan yang benar"),
            (Field("text", N_("Langkah")), Field("feedback", N_("Umpan balik"))),
        ),
        Field(
            "scoring",
            N_("Penilaian"),
            "select",
            usual="position",
            options=(
                ("position", N_("Setiap langkah pada tempatnya")),
                ("neighbours", N_("Setiap pasangan yang berurutan")),
                ("longest", N_("Deret terpanjang yang urut")),
                ("all", N_("Semua atau tidak sama sekali")),
            ),
        ),
    )

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with the elements."""
        elements = rows_of(item, "elements")
        if elements is None or not 2 <= len(elements) <= MAX_ELEMENTS:
            return [f"`elements` harus memuat 2 sampai {MAX_ELEMENTS} langkah"]
        found = code_faults(elements)
        texts = [plain_words(one.get("text")) for one in elements]
        if not all(texts) or len(set(texts)) < len(texts):
            found.append("setiap langkah memerlukan `text` yang berbeda")
        if item.get("scoring", "position") not in SCORINGS:
            found.append(f"`scoring` harus salah satu dari: {', '.join(SCORINGS)}")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is missing for a good item."""
        rows = rows_of(item, "elements") or ()
        found = (
            [] if all(plain_words(one.get("feedback")) for one in rows) else ["setiap langkah memerlukan `feedback`"]
        )
        return [*found, "sebaiknya 3 langkah atau lebih"] if len(rows) < 3 else found

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the elements in order."""
        return {
            "elements": [
                {"code": one["code"], "text": one["text"].strip(), "feedback": plain_words(one.get("feedback"))}
                for one in item["elements"]
            ],
            "scoring": item.get("scoring", "position"),
        }

    def _codes(self, body: Mapping[str, Any]) -> list[str]:
        """Return the shown code of each element in the right order; by the alphabet, so that it tells nothing."""
        texts = [one["text"] for one in body["elements"]]
        rank = {text: number for number, text in enumerate(sorted(texts, key=lambda one: (one.casefold(), one)), 1)}
        return [f"u{rank[text]}" for text in texts]

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return the elements by chance; without shuffling by the alphabet, never in the right order by rule."""
        codes = sorted(self._codes(body), key=lambda one: int(one[1:]))
        if shuffles:
            random.shuffle(codes)
        return codes

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return the elements, each with the list of places."""
        codes = self._codes(body)
        texts = dict(zip(codes, (one["text"] for one in body["elements"]), strict=True))
        shown = [code for code in order if code in texts]
        shown = shown if len(shown) == len(texts) else sorted(texts, key=lambda one: int(one[1:]))
        places = tuple(Choice(str(number), "", str(number)) for number in range(1, len(texts) + 1))
        return Question(
            "rows",
            rows=tuple(Row(code, texts[code], places) for code in shown),
            hint=N_("Beri nomor urut setiap langkah."),
        )

    def _allowed(self, body: Mapping[str, Any]) -> dict[str, list[str]]:
        places = [str(number) for number in range(1, len(body["elements"]) + 1)]
        return dict.fromkeys(self._codes(body), places)

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return the part that stands in order, by the rule of the item."""
        del order
        found = given(payload)
        places = [int(found[code][0]) if code in found else None for code in self._codes(body)]
        taken = [place for place in places if place is not None]
        single = [place if place is not None and taken.count(place) == 1 else None for place in places]
        count, scoring = len(single), body["scoring"]
        at_place = sum(place == number for number, place in enumerate(single, 1))
        if scoring == "position":
            return Fraction(at_place, count)
        if scoring == "all":
            return Fraction(int(at_place == count))
        if scoring == "neighbours":
            pairs = pairwise(single)
            return Fraction(sum(a is not None and b is not None and b == a + 1 for a, b in pairs), count - 1)
        return Fraction(max(0, _longest([place for place in single if place is not None]) - 1), count - 1)

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return the elements in their right order, each with the place it was given."""
        del order
        found = given(payload)
        verdicts = []
        for number, (code, one) in enumerate(zip(self._codes(body), body["elements"], strict=True), 1):
            place = next(iter(found.get(code, ())), "")
            verdicts.append(
                Verdict(
                    f"{one['text']} → {place}" if place else one["text"],
                    "",
                    chosen=bool(place),
                    correct=place == str(number),
                    feedback=one["feedback"],
                    right="" if place == str(number) else str(number),
                )
            )
        return verdicts

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return each element at its place."""
        del order
        return {"options": [f"{code}={number}" for number, code in enumerate(self._codes(body), 1)]}

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return the elements moved on by one or more."""
        del order
        count = len(body["elements"])
        step = random.randrange(1, count)
        return {"options": [f"{code}={(n + step) % count + 1}" for n, code in enumerate(self._codes(body))]}

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return one part of the number of places; unknown for rules that look at stretches."""
        return Fraction(1, len(body["elements"])) if body["scoring"] == "position" else None


def _longest(places: Sequence[int]) -> int:
    """Return the length of the longest rising part, gaps allowed; n·log n."""
    ends: list[int] = []
    for place in places:
        index = bisect_left(ends, place)
        ends[index : index + 1] = [place]
    return len(ends)


register(Ordering())
