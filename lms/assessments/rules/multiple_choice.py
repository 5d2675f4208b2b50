"""Multiple choice: several options are right; partial credit, never below nothing."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lms.assessments.rules.choices import OptionKind, chosen_codes, correct_codes
from lms.assessments.rules.kinds import Payload, register

if TYPE_CHECKING:
    from collections.abc import Mapping

SCORINGS = frozenset({"partial", "all"})


class MultipleChoice(OptionKind):
    """Several options are right.

    Rule: docs/rules/assessments.md#multiple-choice: (right chosen - wrong chosen) ÷ right ones, at least 0.
        Choosing everything therefore earns nothing when half or more of the options are wrong.
    """

    name = "multiple_choice"
    control = "checkbox"
    least_options = 3

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with options and scoring."""
        found = super().faults(item)
        if item.get("scoring", "partial") not in SCORINGS:
            found.append("`scoring` harus partial atau all")
        options = item.get("options")
        if not found and all(option["correct"] for option in options or ()):
            found.append("paling sedikit satu pilihan harus salah")
        return found

    def _count_faults(self, correct: int) -> list[str]:
        return [] if correct >= 2 else ["paling sedikit dua pilihan harus benar"]

    def body(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return options and scoring."""
        return {**super().body(item), "scoring": item.get("scoring", "partial")}

    def mark(self, body: Mapping[str, Any], payload: Payload | None) -> Fraction:
        """Return the part that was right, less what was wrong, 0 at least."""
        right, chosen = correct_codes(body), chosen_codes(payload)
        if body.get("scoring") == "all":
            return Fraction(int(chosen == right))
        return max(Fraction(0), Fraction(len(chosen & right) - len(chosen - right), len(right)))


register(MultipleChoice())
