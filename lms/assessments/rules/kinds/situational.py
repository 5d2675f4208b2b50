"""Situational judgement: a case from work, actions, and what experts think of each."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import (
    N_,
    BadResponse,
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
from lms.assessments.rules.kinds.figures import figure, written
from lms.assessments.rules.kinds.rows import PartsKind, given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

FORMATS = ("best", "most_least", "rate")
MAX_POINTS = 10
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Situational(PartsKind):
    """Actions with the points that experts gave them.

    Rule: `best`: points of the chosen action ÷ highest points. `most_least`: the mean of that for the action
        chosen as best, and of (highest - points) ÷ (highest - lowest) for the one chosen as worst. `rate`: each
        action is rated 1 to 5, and earns 1 - distance to the experts ÷ widest possible distance.
    """

    name = "situational"
    label = N_("Penilaian situasi")
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Field(
            "format", N_("Cara menjawab"), "select", usual="best",
            options=(
                ("best", N_("Pilih tindakan terbaik")), ("most_least", N_("Pilih yang terbaik dan yang terburuk")),
                ("rate", N_("Nilai setiap tindakan 1 sampai 5")),
            ),
        ),
        Rows(
            "options", N_("Tindakan"),
            (
                Field("text", N_("Tindakan")),
                Field("points", N_("Poin para ahli"), "number", hint=N_("0 sampai 10; pada cara ketiga 1 sampai 5.")),
                Field("feedback", N_("Alasan para ahli")),
            ),
        ),
        Field("experts", N_("Siapa yang menetapkan kunci"), hint=N_("Misalnya: panel 5 camat dan 2 widyaiswara.")),
    )  # fmt: skip

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with actions and points."""
        options = rows_of(item, "options")
        if options is None or not 2 <= len(options) <= 10:
            return ["`options` harus memuat 2 sampai 10 tindakan"]
        found = code_faults(options)
        texts = [plain_words(one.get("text")) for one in options]
        if not all(texts) or len(set(texts)) < len(texts):
            found.append("setiap tindakan memerlukan `text` yang berbeda")
        kind = item.get("format", "best")
        if kind not in FORMATS:
            return [*found, f"`format` harus salah satu dari: {', '.join(FORMATS)}"]
        points = [figure(one.get("points")) for one in options]
        least, most = (1, 5) if kind == "rate" else (0, MAX_POINTS)
        known = [one for one in points if one is not None and least <= one <= most]
        if len(known) < len(points):
            found.append(f"`points` setiap tindakan harus angka {least} sampai {most}")
        elif kind != "rate" and (max(known) == 0 or max(known) == min(known)):
            found.append("poin tindakan harus berbeda dan yang tertinggi lebih dari nol")
        if kind == "most_least" and len(options) < 3:
            found.append("cara ini memerlukan 3 tindakan atau lebih")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is missing for an item that stands up to questions."""
        rows = rows_of(item, "options") or ()
        found = (
            [] if all(plain_words(one.get("feedback")) for one in rows) else ["setiap tindakan memerlukan `feedback`"]
        )
        return (
            found
            if plain_words(item.get("experts"))
            else [*found, "`experts` belum menyebut siapa yang menetapkan kunci"]
        )

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return actions, points and where they come from."""
        return {
            "format": item.get("format", "best"),
            "options": [
                {
                    "code": one["code"], "text": one["text"].strip(), "points": str(one["points"]).strip(),
                    "feedback": plain_words(one.get("feedback")),
                }
                for one in item["options"]
            ],
            "experts": plain_words(item.get("experts")),
        }  # fmt: skip

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return the order of the actions."""
        codes = [one["code"] for one in body["options"]]
        if shuffles:
            random.shuffle(codes)
        return codes

    def _points(self, body: Mapping[str, Any]) -> dict[str, Fraction]:
        return {one["code"]: figure(one["points"]) or Fraction(0) for one in body["options"]}

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return the actions, never their points."""
        place = {code: index for index, code in enumerate(order)}
        shown = sorted(body["options"], key=lambda one: place.get(one["code"], len(place)))
        if body["format"] == "rate":
            scale = tuple(Choice(str(number), "", f"{number}") for number in range(1, 6))
            return Question(
                "rows", rows=tuple(Row(one["code"], one["text"], scale) for one in shown),
                hint=N_("Nilai setiap tindakan: 1 sangat tidak tepat, 5 sangat tepat."),
            )  # fmt: skip
        choices = tuple(Choice(one["code"], _LETTERS[n], one["text"]) for n, one in enumerate(shown))
        if body["format"] == "best":
            return Question("radio", choices, N_("Pilih satu tindakan yang paling tepat."))
        rows = (
            Row("terbaik", N_("Tindakan yang paling tepat"), choices),
            Row("terburuk", N_("Tindakan yang paling tidak tepat"), choices),
        )
        return Question("rows", rows=rows, hint=N_("Pilih satu yang paling tepat dan satu yang paling tidak tepat."))

    def _allowed(self, body: Mapping[str, Any]) -> dict[str, list[str]]:
        codes = [one["code"] for one in body["options"]]
        if body["format"] == "rate":
            return {code: [str(number) for number in range(1, 6)] for code in codes}
        return {"terbaik": codes, "terburuk": codes}

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the chosen action, or what was given for each part."""
        if body["format"] != "best":
            return super().read(body, codes, text)
        if text or len(set(codes)) > 1 or not set(codes) <= {one["code"] for one in body["options"]}:
            raise BadResponse
        return {"options": [codes[0]]} if codes else None

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return how near the response is to the experts."""
        del order
        points = self._points(body)
        high, low = max(points.values()), min(points.values())
        if payload is None:
            return Fraction(0)
        if body["format"] == "best":
            return points.get(next(iter(payload["options"]), ""), Fraction(0)) / high
        found = given(payload)
        if body["format"] == "most_least":
            best, worst = found.get("terbaik", [""])[0], found.get("terburuk", [""])[0]
            first = points[best] / high if best in points else Fraction(0)
            second = (high - points[worst]) / (high - low) if worst in points else Fraction(0)
            return (first + second) / 2
        parts = []
        for code, key in points.items():
            rated = found.get(code)
            parts.append(1 - abs(int(rated[0]) - key) / max(key - 1, 5 - key) if rated else Fraction(0))
        return sum(parts, Fraction(0)) / len(parts)

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return each action with the experts' points and reason."""
        points, found = self._points(body), given(payload)
        place = {code: index for index, code in enumerate(order)}
        shown = sorted(body["options"], key=lambda one: place.get(one["code"], len(place)))
        high = max(points.values())
        verdicts = []
        for number, one in enumerate(shown):
            code = one["code"]
            if body["format"] == "rate":
                rated = next(iter(found.get(code, ())), "")
                right = rated != "" and abs(int(rated) - points[code]) < 1
                label = f"{one['text']} → {rated}" if rated else one["text"]
                chosen = bool(rated)
            else:
                chosen = code in {value for values in found.values() for value in values} or code in found
                right, label = points[code] == high, one["text"]
            letter = "" if body["format"] == "rate" else _LETTERS[number]
            verdicts.append(
                Verdict(
                    label, letter, chosen=chosen, correct=right, feedback=one["feedback"],
                    right=f"{written(points[code])} / {5 if body['format'] == 'rate' else written(high)}",
                )
            )  # fmt: skip
        return verdicts

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return what the experts would give."""
        del order
        points = self._points(body)
        best, worst = max(points, key=lambda one: points[one]), min(points, key=lambda one: points[one])
        if body["format"] == "best":
            return {"options": [best]}
        if body["format"] == "most_least":
            return {"options": [f"terbaik={best}", f"terburuk={worst}"]}
        return {"options": [f"{code}={min(5, max(1, round(value)))}" for code, value in points.items()]}

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return the opposite of what the experts would give."""
        del order, random
        points = self._points(body)
        best, worst = max(points, key=lambda one: points[one]), min(points, key=lambda one: points[one])
        if body["format"] == "best":
            return {"options": [worst]}
        if body["format"] == "most_least":
            return {"options": [f"terbaik={worst}", f"terburuk={best}"]}
        return {"options": [f"{code}={1 if value > 3 else 5}" for code, value in points.items()]}

    def words(self, body: Mapping[str, Any], payload: Payload, order: Sequence[str]) -> str:
        """Return the chosen action, or the parts with what was given."""
        if body["format"] != "best":
            return super().words(body, payload, order)
        chosen = set(payload.get("options", ()))
        shown = self.question(body, order).choices
        return "; ".join(f"{choice.letter}. {choice.text}" for choice in shown if choice.code in chosen)

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return the mean of an action by chance; unknown for ratings."""
        if body["format"] != "best":
            return None
        points = self._points(body)
        return sum(points.values(), Fraction(0)) / len(points) / max(points.values())


register(Situational())
