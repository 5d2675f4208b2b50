"""True or false: a statement and two fixed options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from lms.assessments.rules.kinds.base import N_, Field, Keep, Rows, register
from lms.assessments.rules.kinds.options import OptionKind, options_form

if TYPE_CHECKING:
    from collections.abc import Mapping


class TrueFalse(OptionKind):
    """Benar or Salah, always in this order and without letters."""

    name = "true_false"
    label = N_("Benar atau salah")
    shuffles = False
    with_letters = False
    form: ClassVar[tuple[Field | Rows | Keep, ...]] = options_form(weight=False)

    def faults(self, item: Mapping[str, Any]) -> list[str]:
        """Return what is wrong; the two options have fixed codes, so that letters never swap."""
        found = super().faults(item)
        options = item.get("options")
        if not found and [option["code"] for option in options or ()] != ["benar", "salah"]:
            found.append("pilihan benar-salah harus berkode benar, lalu salah")
        return found


register(TrueFalse())
