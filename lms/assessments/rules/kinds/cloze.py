"""Cloze: a text with gaps; each is typed, chosen from a list, or a figure."""

from __future__ import annotations

import re
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
    percent_fault,
    plain_words,
    register,
    rows_of,
    share,
)
from lms.assessments.rules.kinds.figures import figure, readings, tolerance, within
from lms.assessments.rules.kinds.matching import targets
from lms.assessments.rules.kinds.rows import PartsKind, given
from lms.assessments.rules.kinds.typed import canonical, clean, matches_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

GAP = re.compile(r"\[\[([0-9A-Za-z-]{1,10})\]\]")
GAP_KINDS = ("text", "choice", "number")
MAX_TYPED = 80


class Cloze(PartsKind):
    """A text in which `[[code]]` is the place of a gap.

    Rule: the mark is the mean of the gaps' marks by their weights. In a gap the first answer that fits counts;
        typed words are compared as in a short answer, figures as in a number item, `*` stands for anything.
    """

    name = "cloze"
    label = N_("Melengkapi teks")
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Field("text", N_("Teks dengan isian"), "area", hint=N_("Tulis [[1]] di tempat isian 1.")),
        Rows(
            "gaps", N_("Isian"),
            (
                Field("code", N_("Kode")),
                Field(
                    "kind", N_("Cara menjawab"), "select", usual="text",
                    options=(("text", N_("Diketik")), ("choice", N_("Dipilih")), ("number", N_("Angka"))),
                ),
                Field("weight", N_("Bobot"), "number", usual="1"),
                Field("case_sensitive", N_("Huruf besar dibedakan"), "tick", usual=False),
            ), coded=False,
        ),
        Rows(
            "answers", N_("Jawaban setiap isian"),
            (
                Field("gap", N_("Kode isian")), Field("text", N_("Jawaban")),
                Field("percent", N_("Nilai (%)"), "number", hint=N_("Tulis 0 untuk pengecoh."), usual="100"),
                Field("tolerance", N_("Toleransi")), Field("feedback", N_("Umpan balik")),
            ), coded=False,
        ),
    )  # fmt: skip

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with text, gaps and answers."""
        text, gaps, answers = item.get("text"), rows_of(item, "gaps"), item.get("answers")
        if not isinstance(text, str) or not 0 < len(text.strip()) <= 20_000:
            return ["`text` belum diisi"]
        if not gaps or not isinstance(answers, list) or not all(isinstance(one, dict) for one in answers):
            return ["`gaps` dan `answers` harus memuat isian dan jawabannya"]
        found = code_faults(gaps)
        codes = [one.get("code") for one in gaps]
        if sorted(GAP.findall(text)) != sorted(map(str, codes)):
            found.append("setiap isian harus muncul tepat sekali dalam `text` sebagai [[kode]]")
        if any(one.get("kind", "text") not in GAP_KINDS for one in gaps):
            found.append(f"`kind` isian harus salah satu dari: {', '.join(GAP_KINDS)}")
        if any((figure(one.get("weight", "1")) or 0) <= 0 for one in gaps):
            found.append("`weight` isian harus angka lebih dari nol")
        if any(
            not plain_words(one.get("text")) or percent_fault(one.get("percent", 100), least=-100) for one in answers
        ):
            found.append("setiap jawaban memerlukan `text` dan `percent` sampai 100")
            return found
        if any(one.get("gap") not in codes for one in answers):
            found.append("ada jawaban untuk isian yang tidak ada")
        return found + self._answer_faults(gaps, answers)

    def _answer_faults(self, gaps: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]]) -> list[str]:
        found = []
        for gap in gaps:
            held = [one for one in answers if one.get("gap") == gap.get("code")]
            if not any(share(one.get("percent", 100)) > 0 for one in held):
                found.append(f"isian {gap.get('code')} belum punya jawaban yang benar")
            if gap.get("kind") == "choice" and len({one["text"].strip() for one in held}) < 2:
                found.append(f"isian {gap.get('code')} memerlukan 2 pilihan atau lebih")
            if gap.get("kind") == "number" and any(
                (figure(one["text"].strip()) is None and one["text"].strip() != "*")
                or tolerance(one.get("tolerance") or "0") is None
                for one in held
            ):
                found.append(f"jawaban isian {gap.get('code')} harus angka dengan toleransi angka")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what feedback lacks."""
        answers = item.get("answers")
        rows = [one for one in answers if isinstance(one, dict)] if isinstance(answers, list) else []
        missing = any(not plain_words(one.get("feedback")) for one in rows)
        return ["setiap jawaban isian memerlukan `feedback`"] if missing else []

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return text, gaps and answers."""
        return {
            "text": item["text"].strip(),
            "gaps": [
                {
                    "code": one["code"], "kind": one.get("kind", "text"), "weight": str(one.get("weight", "1")).strip(),
                    "case_sensitive": bool(one.get("case_sensitive", False)),
                }
                for one in item["gaps"]
            ],
            "answers": [
                {
                    "gap": one["gap"], "text": one["text"].strip(), "percent": str(one.get("percent", "100")).strip(),
                    "tolerance": str(one.get("tolerance") or "").strip(), "feedback": plain_words(one.get("feedback")),
                }
                for one in item["answers"]
            ],
        }  # fmt: skip

    def _answers(self, body: Mapping[str, Any], code: str) -> list[dict[str, Any]]:
        return [one for one in body["answers"] if one["gap"] == code]

    def _choices(self, body: Mapping[str, Any], code: str) -> dict[str, str]:
        return targets([one["text"] for one in self._answers(body, code)])

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return the order of the choices of each gap, as `gap=choice`."""
        drawn = []
        for gap in body["gaps"]:
            if gap["kind"] == "choice":
                codes = list(self._choices(body, gap["code"]).values())
                if shuffles:
                    random.shuffle(codes)
                drawn += [f"{gap['code']}={code}" for code in codes]
        return drawn

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return the text with its gaps."""
        place = {code: index for index, code in enumerate(order)}
        rows = []
        for gap in body["gaps"]:
            choices: list[Choice] = []
            if gap["kind"] == "choice":
                choices = [Choice(code, "", text) for text, code in self._choices(body, gap["code"]).items()]
                choices.sort(key=lambda one: place.get(f"{gap['code']}={one.code}", len(place)))
            widest = max((len(one["text"]) for one in self._answers(body, gap["code"])), default=8)
            # Steps of eight: the width of a gap must not tell the length of its answer.
            rows.append(Row(gap["code"], "", tuple(choices), size=min(32, max(8, -(-widest // 8) * 8))))
        return Question("gaps", rows=tuple(rows), text=body["text"])

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return choices and typed words in the order of the text."""
        gaps = {gap["code"]: gap for gap in body["gaps"]}
        found: dict[str, str] = {}
        for one in codes:
            code, mark, value = one.partition("=")
            if not mark or code not in gaps or code in found:
                raise BadResponse
            if gaps[code]["kind"] == "choice":
                if value not in self._choices(body, code).values():
                    raise BadResponse
                found[code] = value
                continue
            plain = clean(value)
            if len(plain) > MAX_TYPED:
                raise BadResponse
            if plain:
                found[code] = plain
        if text:
            raise BadResponse
        ordered = [f"{code}={found[code]}" for code in gaps if code in found]
        return {"options": ordered} if ordered else None

    def _match(self, body: Mapping[str, Any], gap: Mapping[str, Any], value: str) -> dict[str, Any] | None:
        answers = self._answers(body, gap["code"])
        if not value:
            return None
        if gap["kind"] == "choice":
            names = self._choices(body, gap["code"])
            fitting = [one for one in answers if names[one["text"]] == value]
        elif gap["kind"] == "number":
            fitting = [
                one
                for meaning in readings(value)
                for one in answers
                if (wanted := figure(one["text"])) is None or within(meaning, wanted, one["tolerance"] or "0")
            ]
            fitting.sort(key=answers.index)
        else:
            strict = gap["case_sensitive"]
            whole = canonical(value, case_sensitive=strict)
            fitting = [
                one
                for one in answers
                if canonical(one["text"], case_sensitive=strict) == whole
                or ("*" in one["text"] and matches_pattern(one["text"], value, case_sensitive=strict))
            ]
        return dict(fitting[0]) if fitting else None

    def _gap_mark(self, body: Mapping[str, Any], gap: Mapping[str, Any], value: str) -> Fraction:
        found = self._match(body, gap, value)
        return max(Fraction(0), share(found["percent"])) if found is not None else Fraction(0)

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return the weighted mean of the gaps."""
        del order
        found = given(payload)
        weights = {gap["code"]: figure(gap["weight"]) or Fraction(1) for gap in body["gaps"]}
        earned = sum(
            (
                weights[gap["code"]] * self._gap_mark(body, gap, next(iter(found.get(gap["code"], ())), ""))
                for gap in body["gaps"]
            ),
            Fraction(0),
        )
        return earned / sum(weights.values(), Fraction(0))

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return each gap with what was given, what was right, and why."""
        del order
        found = given(payload)
        verdicts = []
        for number, gap in enumerate(body["gaps"], 1):
            value = next(iter(found.get(gap["code"], ())), "")
            match, best = self._match(body, gap, value), self._best(body, gap)
            names = {code: text for text, code in self._choices(body, gap["code"]).items()}
            shown = names.get(value, value) if gap["kind"] == "choice" else value
            correct = match is not None and share(match["percent"]) == 1
            verdicts.append(
                Verdict(
                    f"[{number}] {shown}" if shown else f"[{number}]", "", chosen=bool(value), correct=correct,
                    feedback=(match or ({} if value else best)).get("feedback", ""), plain=True,
                    right="" if correct else best["text"],
                )
            )  # fmt: skip
        return verdicts

    def _best(self, body: Mapping[str, Any], gap: Mapping[str, Any]) -> dict[str, Any]:
        return dict(max(self._answers(body, gap["code"]), key=lambda one: share(one["percent"])))

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return the best answer of each gap."""
        del order
        codes = []
        for gap in body["gaps"]:
            text = self._best(body, gap)["text"]
            value = self._choices(body, gap["code"])[text] if gap["kind"] == "choice" else text
            if gap["kind"] == "text":
                value = clean(text.replace("\\*", "\0").replace("*", " ").replace("\0", "*")) or "x"
            codes.append(f"{gap['code']}={value}")
        return self.read(body, codes, "")

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return what a person gives who knows only the first half of the gaps."""
        del order, random
        right = (self.right(body) or {"options": []})["options"]
        return {"options": right[: len(right) // 2]} if len(right) > 1 else None

    def words(self, body: Mapping[str, Any], payload: Payload, order: Sequence[str]) -> str:
        """Return what was given in the order of the text."""
        return "; ".join(one.label for one in self.review(body, payload, order) if one.chosen)

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return the weighted mean of the gaps that are chosen; typed ones count nothing."""
        total = earned = Fraction(0)
        for gap in body["gaps"]:
            weight = figure(gap["weight"]) or Fraction(1)
            total += weight
            if gap["kind"] == "choice":
                codes = list(self._choices(body, gap["code"]).values())
                earned += weight * sum((self._gap_mark(body, gap, code) for code in codes), Fraction(0)) / len(codes)
        return earned / total

    def _allowed(self, body: Mapping[str, Any]) -> dict[str, list[str]]:
        return {gap["code"]: list(self._choices(body, gap["code"]).values()) for gap in body["gaps"]}


register(Cloze())
