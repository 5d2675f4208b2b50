"""True or false: a statement and two fixed options."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lms.assessments.rules.choices import OptionKind, chosen_codes, correct_codes
from lms.assessments.rules.kinds import Payload, register

if TYPE_CHECKING:
    from collections.abc import Mapping


class TrueFalse(OptionKind):
    """Benar or Salah, always in this order and without letters."""

    name = "true_false"
    shuffles = False
    with_letters = False

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong; the two options have fixed codes, so that letters never swap."""
        found = super().faults(item)
        options = item.get("options")
        if not found and [option["code"] for option in options or ()] != ["benar", "salah"]:
            found.append("pilihan benar-salah harus berkode benar, lalu salah")
        return found

    def mark(self, body: Mapping[str, Any], payload: Payload | None) -> Fraction:
        """Return 1 for the right one, else 0."""
        return Fraction(int(chosen_codes(payload) == correct_codes(body)))


register(TrueFalse())
