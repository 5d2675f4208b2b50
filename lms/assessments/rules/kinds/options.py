"""What the kinds with options share: checks, order, letters, weights, review. Not a kind itself."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import (
    N_,
    BadResponse,
    Choice,
    Field,
    Keep,
    Kind,
    Payload,
    Question,
    Rows,
    Verdict,
    code_faults,
    percent_fault,
    plain_words,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

MAX_OPTIONS = 26
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

WEIGHT = Field(
    "weight", N_("Bobot (%)"), "number", hint=N_("Kosongkan bila benar bernilai penuh dan salah bernilai nol.")
)


def options_form(*more: Field | Rows | Keep, weight: bool = True) -> tuple[Field | Rows | Keep, ...]:
    """Return the form of a kind with options."""
    columns = [
        Field("text", N_("Pilihan")), Field("correct", N_("Benar"), "tick", usual=False),
        Field("feedback", N_("Umpan balik")),
    ]  # fmt: skip
    if weight:
        columns.insert(2, WEIGHT)
    return (Rows("options", N_("Pilihan jawaban"), tuple(columns)), *more)


def correct_codes(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the codes of the right options."""
    return frozenset(option["code"] for option in body["options"] if option["correct"])


def chosen_codes(payload: Payload | None) -> frozenset[str]:
    """Return the codes of a response; none for an empty one."""
    return frozenset((payload or {}).get("options", ()))


def weights(body: Mapping[str, Any]) -> dict[str, Fraction] | None:
    """Return the weight of each option where the author gave weights, else None."""
    if not any("weight" in option for option in body["options"]):
        return None
    return {
        option["code"]: share(option["weight"]) if "weight" in option else Fraction(int(option["correct"]))
        for option in body["options"]
    }


class OptionKind(Kind):
    """Base of the kinds with options; the modules beside this say how many are right and how they count."""

    shuffles = True
    control = "radio"
    hint = ""
    least_options = 2
    with_letters = True
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = options_form()

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return why the options cannot work."""
        options = item.get("options")
        if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
            return ["`options` harus berupa daftar pilihan"]
        found = []
        if not 2 <= len(options) <= MAX_OPTIONS:
            found.append(f"jumlah pilihan harus 2 sampai {MAX_OPTIONS}, bukan {len(options)}")
        found += code_faults(options)
        if not all(plain_words(option.get("text")) for option in options):
            found.append("ada pilihan tanpa `text`")
        if any("weight" in option and percent_fault(option["weight"], least=-100) for option in options):
            found.append("`weight` harus angka -100 sampai 100")
        elif any(not isinstance(option.get("correct"), bool) for option in options):
            found.append("setiap pilihan memerlukan `correct` true atau false")
        else:
            weighted = any("weight" in option for option in options)
            found += self._count_faults(sum(bool(option["correct"]) for option in options), weighted=weighted)
        return found

    def _count_faults(self, correct: int, *, weighted: bool) -> list[str]:
        del weighted
        return [] if correct == 1 else [f"harus tepat satu pilihan yang benar, bukan {correct}"]

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what the options lack: feedback, number, difference."""
        options = item.get("options")
        if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
            return []
        found = []
        if len(options) < self.least_options:
            found.append(f"jumlah pilihan sebaiknya {self.least_options} atau lebih, bukan {len(options)}")
        texts = [plain_words(option.get("text")).casefold() for option in options]
        if len(set(texts)) < len(texts):
            found.append("ada dua pilihan yang bunyinya sama")
        if not all(plain_words(option.get("feedback")) for option in options):
            found.append("setiap pilihan memerlukan `feedback`")
        return found

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options with key and feedback."""
        options = []
        for option in item["options"]:
            kept = {
                "code": option["code"], "text": option["text"].strip(), "correct": option["correct"],
                "feedback": plain_words(option.get("feedback")),
            }  # fmt: skip
            if "weight" in option:
                kept["weight"] = str(option["weight"]).strip()
            options.append(kept)
        return {"options": options}

    def order(self, body: Mapping[str, Any], random: Random, *, shuffles: bool = True) -> list[str]:
        """Return the codes, shuffled where the kind allows it."""
        codes = [option["code"] for option in body["options"]]
        if self.shuffles and shuffles:
            random.shuffle(codes)
        return codes

    def _in_order(self, body: Mapping[str, Any], order: Sequence[str]) -> list[dict[str, Any]]:
        by_code = {option["code"]: option for option in body["options"]}
        known = [code for code in order if code in by_code]
        return [by_code[code] for code in (known if len(known) == len(by_code) else by_code)]

    def _letter(self, index: int) -> str:
        return _LETTERS[index] if self.with_letters else ""

    def question(self, body: Mapping[str, Any], order: Sequence[str]) -> Question:
        """Return the options in the order of the attempt, without key and feedback."""
        return Question(
            self.control,
            tuple(
                Choice(option["code"], self._letter(index), option["text"])
                for index, option in enumerate(self._in_order(body, order))
            ),
            self.hint,
        )

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the chosen codes in the order of the item."""
        wanted = set(codes)
        if text or not wanted <= {option["code"] for option in body["options"]}:
            raise BadResponse
        if self.control == "radio" and len(wanted) > 1:
            raise BadResponse
        return {"options": [o["code"] for o in body["options"] if o["code"] in wanted]} if wanted else None

    def review(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str]) -> list[Verdict]:
        """Return every option with its feedback."""
        chosen = chosen_codes(payload)
        return [
            Verdict(
                option["text"], self._letter(index), option["code"] in chosen, option["correct"], option["feedback"],
            )
            for index, option in enumerate(self._in_order(body, order))
        ]  # fmt: skip

    def right(self, body: Mapping[str, Any], order: Sequence[str] = ()) -> Payload | None:
        """Return the right options."""
        del order
        right = correct_codes(body)
        return {"options": [option["code"] for option in body["options"] if option["code"] in right]}

    def wrong(self, body: Mapping[str, Any], random: Random, order: Sequence[str] = ()) -> Payload | None:
        """Return one option that is not right."""
        del order
        codes = [option["code"] for option in body["options"] if not option["correct"]]
        return {"options": [random.choice(codes)]} if codes else None

    def words(self, body: Mapping[str, Any], payload: Payload, order: Sequence[str]) -> str:
        """Return the chosen options: `B. Mencatat aduan; D. Meneruskan`."""
        chosen = chosen_codes(payload)
        shown = self.question(body, order).choices
        return "; ".join(
            f"{choice.letter}. {choice.text}" if choice.letter else choice.text
            for choice in shown
            if choice.code in chosen
        )

    def guess(self, body: Mapping[str, Any]) -> Fraction | None:
        """Return the mean of what one option by chance earns; unknown where several may be chosen."""
        if self.control != "radio":
            return None
        options = body["options"]
        total = sum((self.mark(body, {"options": [option["code"]]}) for option in options), Fraction(0))
        return total / len(options)

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return 1 for the right options, else 0; with weights, their sum between 0 and 1."""
        del order
        chosen, given = chosen_codes(payload), weights(body)
        if given is not None:
            return min(
                Fraction(1), max(Fraction(0), sum((given.get(code, Fraction(0)) for code in chosen), Fraction(0)))
            )
        return Fraction(int(chosen == correct_codes(body)))
