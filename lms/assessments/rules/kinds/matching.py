"""Matching: for each statement the answer that belongs to it, out of one list."""

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
from lms.assessments.rules.kinds.rows import PartsKind, given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

SCORING = Field(
    "scoring",
    N_("Penilaian"),
    "select",
    usual="partial",
    options=(("partial", N_("Setiap bagian dinilai")), ("all", N_("Semua atau tidak sama sekali"))),
)


def targets(texts: Sequence[str]) -> dict[str, str]:
    """Return a code for each different text; codes follow the alphabet, so that they tell nothing of the key."""
    return {
        text: f"t{number}" for number, text in enumerate(sorted(set(texts), key=lambda one: (one.casefold(), one)), 1)
    }


class Matching(PartsKind):
    """Pairs; two statements may share an answer, and extra answers may belong to none.

    Rule: each statement counts the same; with `all`, one wrong statement loses everything.
    """

    name = "matching"
    label = N_("Menjodohkan")
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Rows(
            "pairs",
            N_("Pasangan"),
            (
                Field("prompt", N_("Pernyataan")),
                Field("answer", N_("Pasangannya")),
                Field("feedback", N_("Umpan balik")),
            ),
        ),
        Rows(
            "distractors",
            N_("Jawaban pengecoh"),
            (Field("text", N_("Jawaban tanpa pasangan")),),
            coded=False,
            bare=True,
        ),
        SCORING,
    )

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with the pairs."""
        pairs = rows_of(item, "pairs")
        extra = item.get("distractors", [])
        if pairs is None or len(pairs) < 2:
            return ["`pairs` harus memuat 2 sampai 40 pasangan"]
        found = code_faults(pairs)
        if not all(plain_words(one.get("prompt")) and plain_words(one.get("answer")) for one in pairs):
            found.append("setiap pasangan memerlukan `prompt` dan `answer`")
        if not isinstance(extra, list) or not all(plain_words(one) for one in extra) or len(extra) > 20:
            found.append("`distractors` harus berupa daftar teks, paling banyak 20")
        if item.get("scoring", "partial") not in {"partial", "all"}:
            found.append("`scoring` harus partial atau all")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what feedback lacks."""
        pairs = rows_of(item, "pairs") or ()
        return (
            [] if all(plain_words(one.get("feedback")) for one in pairs) else ["setiap pasangan memerlukan `feedback`"]
        )

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return pairs, extra answers and scoring."""
        return {
            "pairs": [
                {
                    "code": one["code"],
                    "prompt": one["prompt"].strip(),
                    "answer": one["answer"].strip(),
                    "feedback": plain_words(one.get("feedback")),
                }
                for one in item["pairs"]
            ],
            "distractors": [one.strip() for one in item.get("distractors", [])],
            "scoring": item.get("scoring", "partial"),
        }

    def _targets(self, body: Mapping[str, Any]) -> dict[str, str]:
        return targets([one["answer"] for one in body["pairs"]] + list(body["distractors"]))

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return the order of statements, then of answers; answers never stand in the order of the key."""
        codes = [one["code"] for one in body["pairs"]]
        answers = list(self._targets(body).values())
        if shuffles:
            random.shuffle(codes)
            random.shuffle(answers)
        return codes + answers

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return statements, each with the list of answers."""
        place = {code: index for index, code in enumerate(order)}
        names = {code: text for text, code in self._targets(body).items()}
        choices = tuple(
            Choice(code, "", names[code]) for code in sorted(names, key=lambda one: place.get(one, len(place)))
        )
        rows = sorted(body["pairs"], key=lambda one: place.get(one["code"], len(place)))
        return Question(
            "rows",
            rows=tuple(Row(one["code"], one["prompt"], choices) for one in rows),
            hint=N_("Pilih pasangan setiap pernyataan."),
        )

    def _allowed(self, body: Mapping[str, Any]) -> dict[str, list[str]]:
        codes = list(self._targets(body).values())
        return {one["code"]: codes for one in body["pairs"]}

    def _key(self, body: Mapping[str, Any]) -> dict[str, str]:
        names = self._targets(body)
        return {one["code"]: names[one["answer"]] for one in body["pairs"]}

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return the part of the statements that got their answer."""
        del order
        found, key = given(payload), self._key(body)
        right = sum(found.get(code) == [value] for code, value in key.items())
        return Fraction(int(right == len(key))) if body["scoring"] == "all" else Fraction(right, len(key))

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return each statement with what was given, what belongs to it, and why."""
        found, key = given(payload), self._key(body)
        names = {code: text for text, code in self._targets(body).items()}
        by_code = {one["code"]: one for one in body["pairs"]}
        verdicts = []
        for row in self.question(body, order).rows:
            value = next(iter(found.get(row.code, ())), "")
            one = by_code[row.code]
            correct = value == key[row.code]
            verdicts.append(
                Verdict(
                    f"{row.text} → {names[value]}" if value else row.text,
                    "",
                    chosen=bool(value),
                    correct=correct,
                    feedback=one["feedback"],
                    right="" if correct else one["answer"],
                )
            )
        return verdicts

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return every statement with its answer."""
        del order
        return {"options": [f"{code}={value}" for code, value in self._key(body).items()]}

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return a response with the answers moved on by one."""
        del order, random
        key = self._key(body)
        values = list(key.values())
        moved = [*values[1:], values[0]]
        if moved == values:
            return None
        return self.read(body, [f"{code}={value}" for code, value in zip(key, moved, strict=True)], "")

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return one part of the number of answers."""
        chance = Fraction(1, len(self._targets(body)))
        return chance ** len(body["pairs"]) if body["scoring"] == "all" else chance


register(Matching())
