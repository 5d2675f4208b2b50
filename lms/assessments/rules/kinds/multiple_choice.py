"""Multiple choice: several options are right; partial credit, never below nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import N_, Field, Keep, Payload, Rows, register
from lms.assessments.rules.kinds.options import OptionKind, chosen_codes, correct_codes, options_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCORINGS = frozenset({"partial", "all", "weights"})


class MultipleChoice(OptionKind):
    """Several options may be chosen.

    Rule: docs/rules/assessments.md#multiple-choice: (right chosen - wrong chosen) ÷ right ones, at least 0.
        Choosing everything therefore earns nothing when half or more of the options are wrong.
        With `weights`, the sum of the weights of what was chosen, between 0 and 1.
    """

    name = "multiple_choice"
    label = N_("Beberapa jawaban")
    control = "checkbox"
    hint = N_("Boleh memilih lebih dari satu.")
    least_options = 3
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = options_form(
        Field(
            "scoring",
            N_("Penilaian"),
            "select",
            usual="partial",
            options=(
                ("partial", N_("Sebagian: yang benar dikurangi yang salah")),
                ("all", N_("Semua atau tidak sama sekali")),
                ("weights", N_("Jumlah bobot pilihan")),
            ),
        )
    )

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with options and scoring."""
        found = super().faults(item)
        scoring = item.get("scoring", "partial")
        if scoring not in SCORINGS:
            found.append("`scoring` harus partial, all, atau weights")
        options = item.get("options")
        if found or not isinstance(options, list):
            return found
        weighted = any("weight" in option for option in options)
        if weighted != (scoring == "weights"):
            found.append("`weight` hanya dipakai bersama `scoring` weights")
        return found

    def lacks(self, item: Mapping[str, Any]) -> list[str]:
        """Return what the options lack."""
        found = super().lacks(item)
        options = item.get("options")
        if (
            isinstance(options, list)
            and options
            and all(o.get("correct") is True for o in options if isinstance(o, dict))
        ):
            found.append("paling sedikit satu pilihan harus salah")
        return found

    def _count_faults(self, correct: int, *, weighted: bool) -> list[str]:
        if weighted:
            return [] if correct else ["paling sedikit satu pilihan harus berbobot lebih dari nol"]
        return [] if correct >= 2 else ["paling sedikit dua pilihan harus benar"]

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return options and scoring."""
        return {**super().body(item), "scoring": item.get("scoring", "partial")}

    def mark(self, body: Mapping[str, Any], payload: Payload | None, order: Sequence[str] = ()) -> Fraction:
        """Return the part that was right, less what was wrong, 0 at least."""
        right, chosen = correct_codes(body), chosen_codes(payload)
        if body.get("scoring") in {"all", "weights"}:
            return super().mark(body, payload, order)
        return max(Fraction(0), Fraction(len(chosen & right) - len(chosen - right), len(right)))


register(MultipleChoice())
