"""Categorising: things are put into groups; a thing may belong to several."""

from __future__ import annotations

from fractions import Fraction
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
from lms.assessments.rules.kinds.matching import SCORING
from lms.assessments.rules.kinds.rows import PartsKind, given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

MAX_CATEGORIES = 12


class Categorising(PartsKind):
    """Elements and groups, chosen from a list for each element: no dragging is needed.

    Rule: each element counts the same. Where elements may belong to several groups, an element earns
        (right groups - wrong groups) ÷ its groups, at least 0; one that belongs to none earns its part when left empty.
    """

    name = "categorising"
    label = N_("Mengelompokkan")
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Rows("categories", N_("Kelompok"), (Field("text", N_("Nama kelompok")),), coded=False, bare=True),
        Rows(
            "elements", N_("Yang dikelompokkan"),
            (
                Field("text", N_("Teks")),
                Field("categories", N_("Kelompoknya"), "list", hint=N_("Pisahkan dengan | bila lebih dari satu.")),
                Field("feedback", N_("Umpan balik")),
            ),
        ),
        Field("many", N_("Satu hal dapat masuk beberapa kelompok"), "tick", usual=False),
        SCORING,
    )  # fmt: skip

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with groups and elements."""
        names, elements = item.get("categories"), rows_of(item, "elements")
        if (
            not isinstance(names, list)
            or not 2 <= len(names) <= MAX_CATEGORIES
            or not all(plain_words(one) for one in names)
            or len({one.strip() for one in names}) < len(names)
        ):
            return [f"`categories` harus memuat 2 sampai {MAX_CATEGORIES} nama kelompok yang berbeda"]
        if not elements or len(elements) < 2:
            return ["`elements` harus memuat 2 sampai 40 baris"]
        found = code_faults(elements)
        if not all(plain_words(one.get("text")) for one in elements):
            found.append("setiap baris memerlukan `text`")
        many, known = item.get("many", False), {one.strip() for one in names}
        if not isinstance(many, bool):
            found.append("`many` harus true atau false")
        for one in elements:
            groups = one.get("categories")
            if not isinstance(groups, list) or not {plain_words(group) for group in groups} <= known:
                found.append(f"kelompok dari “{plain_words(one.get('text'))[:40]}” tidak ada dalam `categories`")
            elif not many and len(groups) != 1:
                found.append(f"“{plain_words(one.get('text'))[:40]}” harus masuk tepat satu kelompok")
        if many is True and not any(one.get("categories") for one in elements):
            found.append("paling sedikit satu hal harus punya kelompok")
        if item.get("scoring", "partial") not in {"partial", "all"}:
            found.append("`scoring` harus partial atau all")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what feedback lacks."""
        rows = rows_of(item, "elements") or ()
        return [] if all(plain_words(one.get("feedback")) for one in rows) else ["setiap baris memerlukan `feedback`"]

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return groups, elements and scoring."""
        return {
            "categories": [one.strip() for one in item["categories"]],
            "elements": [
                {
                    "code": one["code"], "text": one["text"].strip(),
                    "categories": [group.strip() for group in one["categories"]],
                    "feedback": plain_words(one.get("feedback")),
                }
                for one in item["elements"]
            ],
            "many": item.get("many", False),
            "scoring": item.get("scoring", "partial"),
        }  # fmt: skip

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return the order of the elements; groups stay as they are."""
        codes = [one["code"] for one in body["elements"]]
        if shuffles:
            random.shuffle(codes)
        return codes

    def _codes(self, body: Mapping[str, Any]) -> dict[str, str]:
        return {name: f"k{number}" for number, name in enumerate(body["categories"], 1)}

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return elements, each with the list of groups."""
        place = {code: index for index, code in enumerate(order)}
        choices = tuple(Choice(code, "", name) for name, code in self._codes(body).items())
        rows = sorted(body["elements"], key=lambda one: place.get(one["code"], len(place)))
        hint = N_("Pilih kelompok setiap baris.")
        if body["many"]:
            hint = N_("Centang semua kelompok yang sesuai. Baris tanpa kelompok dibiarkan kosong.")
        return Question(
            "rows", rows=tuple(Row(one["code"], one["text"], choices, many=body["many"]) for one in rows), hint=hint
        )

    def _allowed(self, body: Mapping[str, Any]) -> dict[str, list[str]]:
        codes = list(self._codes(body).values())
        return {one["code"]: codes for one in body["elements"]}

    def _many(self, body: Mapping[str, Any]) -> bool:
        return bool(body["many"])

    def _key(self, body: Mapping[str, Any]) -> dict[str, set[str]]:
        codes = self._codes(body)
        return {one["code"]: {codes[name] for name in one["categories"]} for one in body["elements"]}

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return the mean over the elements."""
        del order
        if payload is None:
            return Fraction(0)
        found, key = given(payload), self._key(body)
        parts = []
        for code, wanted in key.items():
            chosen = set(found.get(code, ()))
            if wanted:
                parts.append(max(Fraction(0), Fraction(len(chosen & wanted) - len(chosen - wanted), len(wanted))))
            else:
                parts.append(Fraction(int(not chosen)))
        total = sum(parts, Fraction(0))
        return Fraction(int(total == len(parts))) if body["scoring"] == "all" else total / len(parts)

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return each element with where it was put, where it belongs, and why."""
        found, key = given(payload), self._key(body)
        names = {code: name for name, code in self._codes(body).items()}
        by_code = {one["code"]: one for one in body["elements"]}
        verdicts = []
        for row in self.question(body, order).rows:
            chosen, one = found.get(row.code, []), by_code[row.code]
            correct = set(chosen) == key[row.code]
            label = f"{row.text} → {', '.join(names[value] for value in chosen)}" if chosen else row.text
            verdicts.append(
                Verdict(
                    label, "", chosen=bool(chosen), correct=correct and payload is not None, feedback=one["feedback"],
                    right="" if correct and chosen else ", ".join(one["categories"]) or "–",
                )
            )  # fmt: skip
        return verdicts

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return every element in its groups."""
        del order
        key = self._key(body)
        return self.read(body, [f"{code}={value}" for code, values in key.items() for value in values], "")

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return every element in a group that is not its own."""
        del order
        codes = []
        for code, wanted in self._key(body).items():
            others = sorted(set(self._codes(body).values()) - wanted)
            if others:
                codes.append(f"{code}={random.choice(others)}")
        return self.read(body, codes, "")

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return one part of the number of groups; unknown where several may be chosen."""
        if body["many"]:
            return None
        chance = Fraction(1, len(body["categories"]))
        return chance ** len(body["elements"]) if body["scoring"] == "all" else chance


register(Categorising())
