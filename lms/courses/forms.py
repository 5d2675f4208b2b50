"""Forms of courses."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_babel import lazy_gettext as _l

from lms.courses.rules import REASON_MAX
from lms.web.forms import BaseForm, Length, LongTextField, Optional

MAX_SELECTED = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor decides about some requests."""

    public_ids: tuple[str, ...]
    approved: bool
    reason: str


class DecisionForm(BaseForm):
    """Approve or refuse the ticked requests."""

    alasan = LongTextField(
        _l("Catatan"),
        [Optional(), Length(max=REASON_MAX)],
        description=_l("Wajib bila menolak. Pegawai membacanya."),
    )

    @staticmethod
    def selected() -> tuple[str, ...]:
        """Return the ticked requests."""
        return tuple(dict.fromkeys(value[:26] for value in request.form.getlist("usul")))[:MAX_SELECTED]

    def to_command(self) -> Decision:
        """Return the decision as plain values."""
        return Decision(self.selected(), request.form.get("putusan") == "setuju", self.alasan.data or "")
