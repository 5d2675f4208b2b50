"""The blueprint and what several pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, make_response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms.core import clock
from lms.core.errors import NotFound
from lms.core.sheets import Sheet, write_xlsx
from lms.core.text import N_
from lms.courses.models import EnrolmentState
from lms.courses.rules import DYES
from lms.web.guard import current_actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from flask import Response

    from lms.courses.queries import Need

bp = Blueprint("courses", __name__)

FAMILY_NAMES: dict[str, Any] = {
    "pelayanan": _l("Teknis · Pelayanan"),
    "kependudukan": _l("Teknis · Kependudukan"),
    "pemberdayaan": _l("Teknis · Pemberdayaan"),
    "digital": _l("Teknis · Digital"),
    "tata-kelola": _l("Teknis · Tata kelola"),
    "manajerial": _l("Manajerial"),
    "sosial-kultural": _l("Sosial kultural"),
}
FORM_NAMES: dict[int, Any] = {
    1: _l("Pelatihan struktural"),
    2: _l("Pelatihan fungsional"),
    3: _l("Pelatihan teknis"),
    4: _l("Lokakarya"),
    5: _l("Pelatihan manajerial"),
    6: _l("Pelatihan sosial kultural"),
    7: _l("Sosialisasi"),
    8: _l("Bimbingan teknis"),
    9: _l("Seminar"),
    10: _l("Magang"),
    11: _l("Kursus"),
    12: _l("Penataran"),
    13: _l("Klasikal lainnya"),
    14: _l("Coaching"),
    15: _l("Mentoring"),
    16: _l("Belajar daring"),
    17: _l("Pelatihan jarak jauh"),
    18: _l("Detasering"),
    19: _l("Belajar di alam terbuka"),
    20: _l("Patok banding"),
    21: _l("Pertukaran pegawai"),
    22: _l("Belajar mandiri"),
    23: _l("Komunitas belajar"),
    24: _l("Bimbingan di tempat kerja"),
    25: _l("Nonklasikal lainnya"),
}
STATE_NAMES: dict[EnrolmentState, tuple[Any, str]] = {
    EnrolmentState.INVITED: (_l("Diundang"), "info"),
    EnrolmentState.REQUESTED: (_l("Menunggu persetujuan"), "warn"),
    EnrolmentState.APPROVED: (_l("Menunggu penyelenggara"), "warn"),
    EnrolmentState.WAITING: (_l("Daftar tunggu"), "warn"),
    EnrolmentState.ACTIVE: (_l("Sedang belajar"), "info"),
    EnrolmentState.COMPLETED: (_l("Selesai"), "ok"),
    EnrolmentState.FAILED: (_l("Belum lulus"), "bad"),
    EnrolmentState.NO_SHOW: (_l("Tidak hadir"), "bad"),
    EnrolmentState.WITHDRAWN: (_l("Dibatalkan"), ""),
    EnrolmentState.REFUSED: (_l("Tidak disetujui"), "bad"),
}
ACT_NAMES: dict[str, Any] = {
    "request": _l("Mendaftar"),
    "assign": _l("Didaftarkan"),
    "invite": _l("Diundang"),
    "accept": _l("Menerima undangan"),
    "decline": _l("Menolak undangan"),
    "approve": _l("Disetujui atasan"),
    "confirm": _l("Disetujui penyelenggara"),
    "refuse": _l("Tidak disetujui"),
    "seat": _l("Mendapat kursi"),
    "withdraw": _l("Dibatalkan"),
    "restore": _l("Pembatalan diurungkan"),
    "complete": _l("Selesai"),
    "fail": _l("Belum lulus"),
    "absent": _l("Tidak hadir"),
    "reopen": _l("Dibuka lagi"),
    "take_back": _l("Kelulusan ditarik"),
    "cancel": _l("Angkatan dibatalkan"),
    "move": _l("Dipindahkan ke angkatan lain"),
}
OFFERING_STATE_NAMES: dict[str, tuple[Any, str]] = {
    "draft": (_l("Rancangan"), ""),
    "open": (_l("Terbuka"), "ok"),
    "closed": (_l("Ditutup"), "info"),
    "cancelled": (_l("Dibatalkan"), "bad"),
}
MARK_NAMES: dict[str, Any] = {
    "found": _l("ditemukan di sumber"),
    "checked": _l("sudah diperiksa"),
    "recalled": _l("dari ingatan, periksa lagi"),
    "proposed": _l("usulan penyusun"),
}


def dye_of(family: str) -> str:
    """Return the dye of a family's cards; `nila` is the sheet's own."""
    return DYES.get(family, "") or "nila"


def today() -> date:
    """Return the present day in the zone of the one who looks."""
    return clock.local_day(clock.now(), current_actor().timezone)


def own_id() -> int:
    """Return the employee who looks.

    Raises: NotFound: the account belongs to no employee.
    """
    employee_id = current_actor().employee_id
    if employee_id is None:
        raise NotFound(N_("Halaman ini untuk akun pegawai."))
    return employee_id


def need_words(needs: Sequence[Need]) -> str:
    """Return why a course is meant for the person, in one line."""
    known = [need for need in needs if need.level is not None]
    if known:
        best = known[0]
        return ngettext(
            "Menutup kesenjangan %(num)d level: %(name)s",
            "Menutup kesenjangan %(num)d level: %(name)s",
            best.closes,
            name=best.name,
        )
    first = needs[0]
    return _("Standar jabatan Anda: %(name)s level %(level)s", name=first.name, level=first.required)


def days_words(due_on: date, day: date) -> str:
    """Return how many days are left, or by how many a deadline is past."""
    left = (due_on - day).days
    if left < 0:
        return ngettext("Terlambat %(num)d hari", "Terlambat %(num)d hari", -left)
    if left == 0:
        return _("Batasnya hari ini")
    return ngettext("Tersisa %(num)d hari", "Tersisa %(num)d hari", left)


def due_kind(due_on: date, day: date) -> str:
    """Return the colour of a deadline's tag."""
    left = (due_on - day).days
    return "bad" if left < 0 else "warn" if left <= 3 else ""


def send_xlsx(
    name: str, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[float]
) -> Response:
    """Return a spreadsheet as a download; `name` holds no personal data."""
    data = write_xlsx([Sheet(title, header, rows, widths)])
    response = make_response(data)
    response.headers["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def sheet_instant(value: datetime | None) -> date | None:
    """Return the day of an instant for a spreadsheet, in the zone of the one who looks."""
    return clock.local_day(value, current_actor().timezone) if value is not None else None
