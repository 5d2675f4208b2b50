"""Calculated: each attempt has figures of its own, and a formula gives the right one."""

from __future__ import annotations

import re
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
    percent_fault,
    plain_words,
    register,
    rows_of,
    share,
)
from lms.assessments.rules.kinds.expressions import BadFormula, evaluate
from lms.assessments.rules.kinds.figures import MAX_CHARACTERS, figure, tolerance, within, written
from lms.assessments.rules.kinds.number import UNIT_FORM, best_reading, unit_body, unit_faults
from lms.assessments.rules.kinds.typed import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

MAX_SETS = 200
_NAME = re.compile(r"[A-Za-z]\w{0,29}")


class Calculated(Kind):
    """A formula over figures that are drawn for each attempt; `{name}` in the question shows them.

    Rule: figures come from the item's list when there is one, else evenly from their range. The first formula
        whose result, within its tolerance, is what was typed counts.
    """

    name = "calculated"
    label = N_("Hitungan")
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = (
        Rows(
            "variables", N_("Angka yang diundi"),
            (
                Field("name", N_("Nama")), Field("min", N_("Paling kecil"), "number"),
                Field("max", N_("Paling besar"), "number"), Field("decimals", N_("Desimal"), "number", usual="0"),
            ), coded=False, hint=N_("Tulis {a} dalam pertanyaan dan rumus."),
        ),
        Rows(
            "formulas", N_("Rumus"),
            (
                Field("formula", N_("Rumus"), hint=N_("Misalnya {a} * {b} / 100.")),
                Field("tolerance", N_("Toleransi"), hint=N_("Misalnya 0,5 atau 2%.")),
                Field("percent", N_("Nilai (%)"), "number", hint=N_("Kosong berarti 100.")),
                Field("feedback", N_("Umpan balik")),
            ), coded=False, empty_rows=2,
        ),
        Field("decimals", N_("Desimal pada kunci"), "number", usual="2"),
        *UNIT_FORM,
        Field("wrong_feedback", N_("Umpan balik bila salah"), "area"),
        Keep("sets"),
    )  # fmt: skip

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with figures and formulas; each formula is tried at the ends of all ranges."""
        variables, formulas = rows_of(item, "variables"), rows_of(item, "formulas")
        sets = item.get("sets", [])
        if variables is None or not formulas:
            return ["`variables` dan `formulas` harus berupa daftar, dan `formulas` tidak kosong"]
        found = _variable_faults(variables)
        if not isinstance(sets, list) or len(sets) > MAX_SETS:
            found.append(f"`sets` harus berupa daftar, paling banyak {MAX_SETS}")
        elif any(
            not isinstance(one, dict) or any(figure(one.get(v.get("name"))) is None for v in variables) for one in sets
        ):
            found.append("setiap baris `sets` harus memuat angka untuk setiap nama")
        if str(item.get("decimals", "2")) not in {str(number) for number in range(11)}:
            found.append("`decimals` harus 0 sampai 10")
        for one in formulas:
            if tolerance(one.get("tolerance", "0")) is None:
                found.append("`tolerance` harus berupa angka nol atau lebih, atau per seratus seperti “5%”")
            if percent_fault(one.get("percent", 100)):
                found.append("`percent` harus angka 0 sampai 100")
        found += unit_faults(item)
        return found or self._trial(variables, formulas, sets)

    def _trial(self, variables: Sequence[Any], formulas: Sequence[Any], sets: Sequence[Any]) -> list[str]:
        tries = [{v["name"]: figure(one[v["name"]]) or Fraction(0) for v in variables} for one in sets]
        if not tries:
            tries = [{v["name"]: figure(v[end]) or Fraction(0) for v in variables} for end in ("min", "max")]
        for one in formulas:
            for values in tries:
                try:
                    evaluate(plain_words(one.get("formula")), values)
                except BadFormula as problem:
                    return [f"rumus “{plain_words(one.get('formula'))[:60]}”: {problem}"]
        return []

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what feedback lacks."""
        rows = rows_of(item, "formulas") or ()
        found = [] if all(plain_words(one.get("feedback")) for one in rows) else ["setiap rumus memerlukan `feedback`"]
        return found if plain_words(item.get("wrong_feedback")) else [*found, "`wrong_feedback` belum diisi"]

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return figures, formulas and feedback."""
        formulas = []
        for one in item["formulas"]:
            kept = {
                "formula": one["formula"].strip(), "tolerance": str(one.get("tolerance", "0")).strip(),
                "feedback": plain_words(one.get("feedback")),
            }  # fmt: skip
            if share(one.get("percent", 100)) != 1:
                kept["percent"] = str(one["percent"]).strip()
            formulas.append(kept)
        body = {
            "variables": [
                {name: str(one.get(name, "0")).strip() for name in ("name", "min", "max", "decimals")}
                for one in item["variables"]
            ],
            "formulas": formulas,
            "decimals": int(item.get("decimals", 2)),
            "wrong_feedback": plain_words(item.get("wrong_feedback")),
            **unit_body(item),
        }
        if item.get("sets"):
            body["sets"] = [
                {one["name"]: str(row[one["name"]]).strip() for one in item["variables"]} for row in item["sets"]
            ]
        return body

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return the figures of one attempt as `name=figure`; drawn whether or not options are shuffled."""
        del shuffles
        if body.get("sets"):
            chosen = random.choice(body["sets"])
            return [f"{name}={value}" for name, value in chosen.items()]
        drawn = []
        for one in body["variables"]:
            step = Fraction(1, 10 ** int(one["decimals"]))
            low, high = figure(one["min"]) or Fraction(0), figure(one["max"]) or Fraction(0)
            value = low + step * random.randrange(int((high - low) / step) + 1)
            drawn.append(f"{one['name']}={written(value, int(one['decimals'])).replace(',', '.')}")
        return drawn

    def _values(self, body: Mapping[str, Any], order: Sequence[str]) -> dict[str, str]:
        drawn = dict(one.split("=", 1) for one in order if "=" in one)
        if all(one["name"] in drawn for one in body["variables"]):
            return drawn
        if body.get("sets"):
            return dict(body["sets"][0])
        return {one["name"]: one["min"] for one in body["variables"]}

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return a text control and the figures of this attempt."""
        hint = N_("Tulis angka saja, dengan koma untuk pecahan.")
        if body.get("unit_rule") == "required":
            hint = N_("Tulis angka beserta satuannya, dengan koma untuk pecahan.")
        values = tuple((name, value.replace(".", ",")) for name, value in self._values(body, order).items())
        return Question("text", hint=hint, values=values)

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return what was typed."""
        del body
        plain = clean(text)
        if codes or len(plain) > MAX_CHARACTERS:
            raise BadResponse
        return {"text": plain} if plain else None

    def _results(self, body: Mapping[str, Any], order: Sequence[str]) -> list[tuple[Fraction, dict[str, Any]]]:
        values = {name: figure(value) or Fraction(0) for name, value in self._values(body, order).items()}
        found = []
        for one in body["formulas"]:
            try:
                found.append((evaluate(one["formula"], values), dict(one)))
            except BadFormula:
                continue
        return found

    def _match(
        self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]
    ) -> tuple[Fraction, dict[str, Any] | None]:
        results = self._results(body, order)

        def worth(value: Fraction) -> tuple[Fraction, dict[str, Any] | None]:
            for wanted, one in results:
                # Half a unit of the last shown place always belongs to the right answer.
                shown = Fraction(1, 2 * 10 ** body["decimals"])
                if within(value, wanted, one["tolerance"]) or abs(value - wanted) <= shown:
                    return share(one.get("percent", 100)), one
            return Fraction(0), None

        return best_reading(body, (payload or {}).get("text", ""), worth)

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return what the first fitting formula is worth, else 0."""
        return self._match(body, payload, order)[0]

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return what was typed with its feedback, and the right figure when it was not given."""
        given = (payload or {}).get("text", "")
        mark, found = self._match(body, payload, order)
        if mark == 1 and found is not None:
            return [Verdict(given, "", chosen=True, correct=True, feedback=found["feedback"], plain=True)]
        wrong = found["feedback"] if found is not None else body["wrong_feedback"]
        verdicts = [Verdict(given, "", chosen=True, correct=False, feedback=wrong, plain=True)] if given else []
        right = self.right(body, order)
        if right is None:
            return verdicts
        feedback = self._results(body, order)[0][1]["feedback"]
        return [*verdicts, Verdict(right["text"], "", chosen=False, correct=True, feedback=feedback, plain=True)]

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return the rounded result of the best formula."""
        results = self._results(body, order)
        if not results:
            return None
        value = max(results, key=lambda one: share(one[1].get("percent", 100)))[0]
        unit = next((one["name"] for one in body.get("units", ()) if figure(one["factor"]) == 1), "")
        text = written(value, body["decimals"])
        return {"text": f"{text} {unit}".strip() if body.get("unit_rule", "none") != "none" else text}

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return a figure that lies elsewhere."""
        results = self._results(body, order)
        value = results[0][0] if results else Fraction(0)
        return {"text": str(int(value) + random.choice([-7, 13, 101]) * (int(abs(value)) + 3))}


def _variable_faults(variables: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    names = [one.get("name") for one in variables]
    if any(not isinstance(one, str) or not _NAME.fullmatch(one) for one in names) or len(set(names)) < len(names):
        found.append("setiap `name` harus berbeda dan diawali huruf")
    for one in variables:
        low, high = figure(one.get("min", "0")), figure(one.get("max", "0"))
        if low is None or high is None or low > high or high - low > 10**9:
            found.append(f"batas angka {{{one.get('name')}}} tidak benar")
        if str(one.get("decimals", "0")) not in {str(number) for number in range(7)}:
            found.append(f"`decimals` {{{one.get('name')}}} harus 0 sampai 6")
    return found


register(Calculated())
