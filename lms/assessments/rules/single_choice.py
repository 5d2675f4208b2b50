"""Single choice: one of several options is right."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lms.assessments.rules.choices import OptionKind, chosen_codes, correct_codes
from lms.assessments.rules.kinds import Payload, register

if TYPE_CHECKING:
    from collections.abc import Mapping


class SingleChoice(OptionKind):
    """One option is right; all or nothing."""

    name = "single_choice"
    least_options = 3

    def mark(self, body: Mapping[str, Any], payload: Payload | None) -> Fraction:
        """Return 1 for the right option, else 0."""
        return Fraction(int(chosen_codes(payload) == correct_codes(body)))


register(SingleChoice())
