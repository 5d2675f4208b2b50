"""Single choice: one of several options is right; others may earn a part."""

from __future__ import annotations

from lms.assessments.rules.kinds.base import N_, register
from lms.assessments.rules.kinds.options import OptionKind


class SingleChoice(OptionKind):
    """One option is chosen; all or nothing, or the weight of the chosen one."""

    name = "single_choice"
    label = N_("Satu jawaban")
    least_options = 3

    def _count_faults(self, correct: int, *, weighted: bool) -> list[str]:
        if weighted and correct:
            return []
        return super()._count_faults(correct, weighted=weighted)


register(SingleChoice())
