"""Forms of this package: an appraisal, a correction, one's own estimates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Length

from lms.web.forms import BaseForm, DayField, LongTextField, RadioField

LEVEL_PREFIX = "level-"


class AppraisalForm(BaseForm):
    """One level of one competency, with what was seen."""

    level = RadioField(
        _l("Level yang terlihat"),
        choices=[(str(number), str(number)) for number in range(6)],
        validators=[InputRequired()],
    )
    note = LongTextField(
        _l("Dasar penilaian"),
        description=_l("Satu sampai tiga kalimat: perilaku apa yang Anda lihat. Pegawai dapat membacanya."),
        validators=[InputRequired(), Length(min=10, max=1000)],
    )
    assessed_on = DayField(_l("Tanggal penilaian"), description=_l("Contoh: 24/11/2026."), validators=[InputRequired()])

    def to_command(self) -> dict[str, Any]:
        """Return plain values for the service."""
        day: date = self.assessed_on.data
        return {"level": int(self.level.data), "note": self.note.data, "assessed_on": day}


class CorrectionForm(BaseForm):
    """A wrong row of evidence and what stands in its place."""

    level = RadioField(
        _l("Level yang benar"),
        choices=[
            ("batal", _l("Batalkan bukti ini")),
            *((str(number), _l("Level %(level)s", level=number)) for number in range(6)),
        ],
        validators=[InputRequired()],
    )
    reason = LongTextField(
        _l("Alasan pembetulan"),
        description=_l("Alasan tersimpan bersama bukti dan dapat dibaca pegawai."),
        validators=[InputRequired(), Length(min=10, max=1000)],
    )

    def to_command(self) -> dict[str, Any]:
        """Return plain values for the service."""
        level = None if self.level.data == "batal" else int(self.level.data)
        return {"level": level, "reason": self.reason.data}


def read_levels(posted: Mapping[str, str], allowed: Collection[str]) -> dict[str, int]:
    """Return the levels chosen on the page of one's own estimates, by public id of the competency.

    Fields are named `level-<public id>`; what is not offered or is no level is left out.
    """
    found = {}
    for public_id in allowed:
        value = posted.get(LEVEL_PREFIX + public_id, "")
        if value in {"0", "1", "2", "3", "4", "5"}:
            found[public_id] = int(value)
    return found
