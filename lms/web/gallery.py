"""What the page of components shows: every component in its states, with made-up values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from lms.web.fields import ClockField, DayField, DecimalField, LineField, LongTextField, NipField
from lms.web.forms import (
    BaseForm,
    BooleanField,
    FileField,
    InputRequired,
    Optional,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
)


class _Sample(BaseForm):
    nip = NipField("NIP", [InputRequired()], description="18 angka di kartu pegawai. Spasi boleh ikut tertulis.")
    name = LineField("Nama lengkap", [InputRequired()])
    password = PasswordField("Kata sandi", render_kw={"autocomplete": "new-password"})
    held_on = DayField("Tanggal sesi", description="Misalnya 24/11/2026.")
    held_at = ClockField("Jam mulai")
    score = DecimalField("Nilai")
    unit = SelectField(
        "Unit kerja", choices=[("", "Pilih unit"), ("t", "Kelurahan Tompotikka"), ("b", "Kelurahan Boting")]
    )
    method = RadioField("Cara bertemu", choices=[("langsung", "Bertemu langsung"), ("daring", "Daring")])
    topics = SelectMultipleField("Topik", choices=[("aduan", "Pengaduan warga"), ("arsip", "Arsip")])
    note = LongTextField("Catatan", [Optional()], description="Hanya Anda yang dapat membacanya.")
    file = FileField("Berkas pegawai", description="XLSX atau CSV, paling besar 20 MB.")
    shared = BooleanField("Ini komputer bersama", description="Keluar sendiri setelah 15 menit tanpa kegiatan.")


def _state(number: int) -> dict[str, Any]:
    return {
        "number": number,
        "href": f"#s{number}",
        "answered": number not in {9, 12},
        "doubtful": number in {5, 11},
        "unsent": number in {7, 8},
    }


def samples() -> dict[str, Any]:
    """Return the context of the gallery."""
    typed = {
        "x-nip": "19910412 201903 2 00",
        "x-held_on": "31/2/2026",
        "x-unit": "x",
        "x-note": "Sudah ditulis.",
    }
    wrong = _Sample(MultiDict(typed), prefix="x")
    wrong.validate()
    return {
        "form": _Sample(data={"name": "Rahmawati Saleng", "held_on": date(2026, 11, 24), "method": "langsung"}),
        "wrong": wrong,
        "day": date(2026, 11, 25),
        "instant": datetime(2026, 11, 24, 6, 5, tzinfo=UTC),
        "deadline": date(2026, 12, 4),
        "questions": [_state(number) for number in range(1, 19)],
        "heat": [(0, 21), (2, 20), (6, 21), (9, 20), (14, 21), (1, 2), (0, 0)],
    }
