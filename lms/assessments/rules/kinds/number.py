"""Number: a figure typed with comma or point, right within a tolerance, with or without a unit."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import (
    MAX_ROWS,
    N_,
    BadResponse,
    Field,
    Keep,
    Kind,
    Payload,
    Question,
    Rows,
    Verdict,
    percent_fault,
    plain_words,
    register,
    rows_of,
    share,
)
from lms.assessments.rules.kinds.figures import MAX_CHARACTERS, figure, readings, split_unit, tolerance, within
from lms.assessments.rules.kinds.typed import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

UNIT_RULES = ("none", "optional", "required")
UNIT_FORM: tuple[Field | Rows | Keep, ...] = (
    Rows(
        "units",
        N_("Satuan"),
        (
            Field("name", N_("Satuan")),
            Field(
                "factor",
                N_("Dikalikan"),
                "number",
                hint=N_("Satu satuan ini sama dengan berapa satuan kunci."),
                usual="1",
            ),
        ),
        coded=False,
        empty_rows=2,
    ),
    Field(
        "unit_rule",
        N_("Aturan satuan"),
        "select",
        usual="none",
        options=(
            ("none", N_("Tanpa satuan")),
            ("optional", N_("Satuan boleh ditulis")),
            ("required", N_("Satuan wajib ditulis")),
        ),
    ),
    Field("unit_penalty", N_("Potongan tanpa satuan yang benar (%)"), "number", usual="100"),
)


def unit_faults(item: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the units of an item."""
    found = []
    units = rows_of({"units": item.get("units", [])}, "units")
    if units is None or any(not 0 < len(plain_words(one.get("name"))) <= 30 for one in units):
        found.append("setiap satuan memerlukan `name` 1 sampai 30 huruf")
    elif any((figure(one.get("factor", "1")) or 0) <= 0 for one in units):
        found.append("`factor` satuan harus angka lebih dari nol")
    if item.get("unit_rule", "none") not in UNIT_RULES:
        found.append(f"`unit_rule` harus salah satu dari: {', '.join(UNIT_RULES)}")
    elif item.get("unit_rule", "none") != "none" and not units:
        found.append("aturan satuan memerlukan paling sedikit satu satuan")
    if percent_fault(item.get("unit_penalty", 100)):
        found.append("`unit_penalty` harus angka 0 sampai 100")
    return found


def unit_body(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the units that a version keeps; nothing where there are none."""
    if not item.get("units"):
        return {}
    return {
        "units": [
            {"name": one["name"].strip(), "factor": str(one.get("factor", "1")).strip()} for one in item["units"]
        ],
        "unit_rule": item.get("unit_rule", "none"),
        "unit_penalty": str(item.get("unit_penalty", "100")).strip(),
    }


def best_reading(body: Mapping[str, Any], text: str, worth: Any) -> tuple[Fraction, Any]:
    """Return the mark and the matched answer of a typed figure.

    Args:
        worth: function of a value that returns (mark, answer).
    """
    units, rule = body.get("units", ()), body.get("unit_rule", "none")
    plain, unit = split_unit(text, units)
    factor = figure(unit["factor"]) if unit is not None else Fraction(1)
    found = [worth(value * (factor or 1)) for value in readings(plain)]
    mark, answer = max(found, key=lambda one: one[0], default=(Fraction(0), None))
    if rule == "required" and unit is None:
        mark *= 1 - share(body.get("unit_penalty", "100"))
    return mark, answer


class Number(Kind):
    """A typed figure; all figures of the body are words, so that no float rounds them.

    Rule: the first answer whose tolerance holds the figure counts; both ends belong to it. `1.250` is read
        both ways, and the better one counts. Without a required unit, the penalty is taken off.
    """

    name = "number"
    label = N_("Angka")
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Rows(
            "answers",
            N_("Angka yang diterima"),
            (
                Field("answer", N_("Angka"), "number"),
                Field("tolerance", N_("Toleransi"), hint=N_("Misalnya 0,5 atau 2%.")),
                Field("percent", N_("Nilai (%)"), "number", hint=N_("Kosong berarti 100.")),
                Field("feedback", N_("Umpan balik")),
            ),
            coded=False,
        ),
        *UNIT_FORM,
        Field("wrong_feedback", N_("Umpan balik bila salah"), "area"),
    )

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with figures, tolerances and units."""
        answers = rows_of(item, "answers")
        if not answers:
            return [f"`answers` harus memuat 1 sampai {MAX_ROWS} angka"]
        found = []
        if any(figure(one.get("answer")) is None and one.get("answer") != "*" for one in answers):
            found.append("`answer` harus berupa angka, misalnya “12,5”")
        if any(tolerance(one.get("tolerance", "0")) is None for one in answers):
            found.append("`tolerance` harus berupa angka nol atau lebih, atau per seratus seperti “5%”")
        if any(percent_fault(one.get("percent", 100)) for one in answers):
            found.append("`percent` harus angka 0 sampai 100")
        elif not any(share(one.get("percent", 100)) > 0 and one.get("answer") != "*" for one in answers):
            found.append("paling sedikit satu angka harus bernilai lebih dari nol")
        return found + unit_faults(item)

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what feedback lacks."""
        found = []
        if any(not plain_words(one.get("feedback")) for one in rows_of(item, "answers") or ()):
            found.append("setiap angka yang diterima memerlukan `feedback`")
        if not plain_words(item.get("wrong_feedback")):
            found.append("`wrong_feedback` belum diisi")
        return found

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return figures, tolerances, units and feedback."""
        answers = []
        for one in item["answers"]:
            kept = {
                "answer": str(one["answer"]).strip(),
                "tolerance": str(one.get("tolerance", "0")).strip(),
                "feedback": plain_words(one.get("feedback")),
            }
            if share(one.get("percent", 100)) != 1:
                kept["percent"] = str(one["percent"]).strip()
            answers.append(kept)
        return {"answers": answers, "wrong_feedback": plain_words(item.get("wrong_feedback")), **unit_body(item)}

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return a text control."""
        del order
        hint = N_("Tulis angka saja, dengan koma untuk pecahan.")
        if body.get("unit_rule") == "required":
            hint = N_("Tulis angka beserta satuannya, dengan koma untuk pecahan.")
        elif body.get("unit_rule") == "optional":
            hint = N_("Tulis angka dengan koma untuk pecahan. Satuan boleh ditulis.")
        return Question("text", hint=hint)

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return what was typed; a word is kept too, and earns nothing."""
        del body
        plain = clean(text)
        if codes or len(plain) > MAX_CHARACTERS:
            raise BadResponse
        return {"text": plain} if plain else None

    def _match(self, body: Mapping[str, Any], payload: Payload | None) -> tuple[Fraction, dict[str, Any] | None]:
        def worth(value: Fraction) -> tuple[Fraction, dict[str, Any] | None]:
            for one in body["answers"]:
                wanted = figure(one["answer"])
                if wanted is None or within(value, wanted, one["tolerance"]):
                    return share(one.get("percent", 100)), dict(one)
            return Fraction(0), None

        return best_reading(body, (payload or {}).get("text", ""), worth)

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return what the first fitting answer is worth, else 0."""
        del order
        return self._match(body, payload)[0]

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return what was typed with its feedback, and the right figure when it was not given."""
        del order
        given = (payload or {}).get("text", "")
        mark, found = self._match(body, payload)
        if mark == 1 and found is not None:
            return [Verdict(given, "", chosen=True, correct=True, feedback=found["feedback"], plain=True)]
        best = self._best(body)
        wrong = found["feedback"] if found is not None else body["wrong_feedback"]
        verdicts = [Verdict(given, "", chosen=True, correct=False, feedback=wrong, plain=True)] if given else []
        right = str((self.right(body) or {})["text"])
        return [*verdicts, Verdict(right, "", chosen=False, correct=True, feedback=best["feedback"], plain=True)]

    def _best(self, body: Mapping[str, Any]) -> dict[str, Any]:
        known = [one for one in body["answers"] if one["answer"] != "*"]
        best: dict[str, Any] = max(known, key=lambda one: share(one.get("percent", 100)))
        return best

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return the best figure with the unit in which it is written."""
        del order
        text = self._best(body)["answer"]
        unit = next((one["name"] for one in body.get("units", ()) if figure(one["factor"]) == 1), "")
        if not unit and body.get("unit_rule") == "required":
            return {"text": text}
        return {"text": f"{text} {unit}".strip() if body.get("unit_rule", "none") != "none" else text}

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return a figure that lies elsewhere."""
        del order
        wanted = figure(self._best(body)["answer"]) or Fraction(0)
        return {"text": str(int(wanted) + random.choice([-7, 13, 101]) * (int(abs(wanted)) + 3))}


register(Number())
