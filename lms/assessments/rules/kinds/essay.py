"""Essay: a longer text that a person marks, by criteria."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import (
    N_,
    BadResponse,
    Field,
    Keep,
    Kind,
    Payload,
    Question,
    Rows,
    Verdict,
    plain_words,
    register,
    rows_of,
)
from lms.assessments.rules.kinds.figures import figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

MAX_CHARACTERS = 20_000


class Essay(Kind):
    """A typed text; there is no key, only criteria with their points and words for the marker.

    Rule: earns nothing by itself. Such items wait in their bank until a person can mark them.
    """

    name = "essay"
    label = N_("Uraian")
    needs_marker = True
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Field("lines", N_("Tinggi kotak (baris)"), "number", usual="8"),
        Field("min_words", N_("Paling sedikit kata"), "number"),
        Field("max_words", N_("Paling banyak kata"), "number"),
        Field("template", N_("Isi awal kotak jawaban"), "area"),
        Rows(
            "rubric", N_("Rubrik"),
            (
                Field("criterion", N_("Kriteria")), Field("points", N_("Poin"), "number"),
                Field("feedback", N_("Ciri jawaban penuh")),
            ), coded=False,
        ),
        Field("marker_notes", N_("Catatan untuk penilai"), "area"),
    )  # fmt: skip

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with bounds and criteria."""
        found = []
        rubric = rows_of({"rubric": item.get("rubric", [])}, "rubric")
        if rubric is None or any(
            not plain_words(one.get("criterion")) or (figure(one.get("points")) or 0) <= 0 for one in rubric
        ):
            found.append("setiap kriteria rubrik memerlukan `criterion` dan `points` lebih dari nol")
        for name in ("lines", "min_words", "max_words"):
            value = str(item.get(name) or "").strip()
            if value and (not value.isdigit() or int(value) > 5_000):
                found.append(f"`{name}` harus angka bulat sampai 5000")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what a marker would miss."""
        return [] if item.get("rubric") else ["`rubric` belum diisi, sehingga penilai tidak punya pegangan"]

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return bounds, criteria and words for the marker."""
        return {
            "lines": int(item.get("lines") or 8), "min_words": int(item.get("min_words") or 0),
            "max_words": int(item.get("max_words") or 0), "template": plain_words(item.get("template")),
            "rubric": [
                {
                    "criterion": one["criterion"].strip(), "points": str(one["points"]).strip(),
                    "feedback": plain_words(one.get("feedback")),
                }
                for one in item.get("rubric", [])
            ],
            "marker_notes": plain_words(item.get("marker_notes")),
        }  # fmt: skip

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return a wide text control."""
        del order
        return Question("area", text=body["template"], hint=N_("Jawaban dinilai oleh penguji."))

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the text as it was typed, without space at its ends."""
        del body
        if codes or len(text) > MAX_CHARACTERS:
            raise BadResponse
        return {"text": text.strip()} if text.strip() else None

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return 0: a person gives the mark."""
        del body, payload, order
        return Fraction(0)

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return what was typed, then the criteria."""
        del order
        given = (payload or {}).get("text", "")
        typed = [Verdict(given, "", chosen=True, correct=False, feedback="", plain=True)] if given else []
        return typed + [
            Verdict(f"{one['criterion']} ({one['points']})", "", chosen=False, correct=False, feedback=one["feedback"])
            for one in body["rubric"]
        ]

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return nothing: there is no key."""
        del body, order
        return None

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return nothing: there is no key."""
        del body, random, order
        return None

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return nothing: chance writes no essays."""
        del body
        return None


register(Essay())
