"""How dates, times, numbers and sizes are written, in Indonesian and English.

Own tables instead of Babel's patterns: twenty times faster, and a test holds both equal.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from flask import has_request_context
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.core import clock
from lms.web.frame import frame

if TYPE_CHECKING:
    from flask import Flask

_DAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_SHORT = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_HOUR, _DAY = 60, 24 * 60


def shown_locale() -> str:
    """Return `id` or `en`; jobs and commands write Indonesian."""
    return frame().locale if has_request_context() else "id"


def shown_zone() -> str:
    """Return the zone of the unit of the one who looks."""
    return frame().actor.timezone if has_request_context() else clock.DEFAULT_ZONE


def _day(value: date | datetime, zone_name: str | None) -> date:
    if isinstance(value, datetime):
        return clock.local_day(value, zone_name or shown_zone())
    return value


def day_long(value: date | datetime | None, zone: str | None = None) -> str:
    """Return `Sabtu, 21 November 2026`; nothing for None. An instant is told in the looker's zone."""
    if value is None:
        return ""
    day, tongue = _day(value, zone), shown_locale()
    return f"{_DAYS[tongue][day.weekday()]}, {day.day} {_MONTHS[tongue][day.month - 1]} {day.year}"


def day_plain(value: date | datetime | None, zone: str | None = None) -> str:
    """Return `21 November 2026`."""
    if value is None:
        return ""
    day = _day(value, zone)
    return f"{day.day} {_MONTHS[shown_locale()][day.month - 1]} {day.year}"


def day_short(value: date | datetime | None, zone: str | None = None) -> str:
    """Return `21 Nov 2026`, for tables."""
    if value is None:
        return ""
    day = _day(value, zone)
    return f"{day.day} {_SHORT[shown_locale()][day.month - 1]} {day.year}"


def month_short(value: date | datetime, zone: str | None = None) -> str:
    """Return `Nov`, for the small calendar leaf."""
    return _SHORT[shown_locale()][_day(value, zone).month - 1]


def clock_time(value: datetime | None, zone: str | None = None, *, label: bool = True) -> str:
    """Return `14.05 WITA`, in English `14:05 WITA`, in the looker's zone or the one given."""
    if value is None:
        return ""
    name = zone or shown_zone()
    there = value.astimezone(clock.zone(name))
    mark = "." if shown_locale() == "id" else ":"
    text = f"{there.hour:02}{mark}{there.minute:02}"
    return f"{text} {clock.zone_label(name)}" if label else text


def moment(value: datetime | None, zone: str | None = None) -> str:
    """Return `Sabtu, 21 November 2026 14.05 WITA`."""
    return "" if value is None else f"{day_long(value, zone)} {clock_time(value, zone)}"


def moment_short(value: datetime | None, zone: str | None = None) -> str:
    """Return `21 Nov 2026 14.05 WITA`."""
    return "" if value is None else f"{day_short(value, zone)} {clock_time(value, zone)}"


def number(value: float | Decimal | None, digits: int | None = None) -> str:
    """Return `1.234,56`; without `digits` as many decimals as the value has, at most two."""
    if value is None:
        return ""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    places = 2 if digits is None else digits
    exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{exact:,.{places}f}"
    if digits is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in {"-0", "-0.0", "-0.00"}:
        text = text[1:]
    return text if shown_locale() == "en" else text.translate(str.maketrans(",.", ".,"))


def percent(ratio: float | Decimal | None, digits: int = 0) -> str:
    """Return `76%` for a ratio of 0.76; never 100% for less than all, never 0% for more than none."""
    if ratio is None:
        return ""
    exact = Decimal(str(ratio)) * 100
    step = Decimal(1).scaleb(-digits)
    shown = exact.quantize(step, rounding=ROUND_HALF_UP)
    if shown >= 100 > exact:
        shown = 100 - step
    elif shown <= 0 < exact:
        shown = step
    return f"{number(shown, digits)}%"


def file_size(size_bytes: int | None) -> str:
    """Return `2,4 MB`, `38 KB` or `512 byte`; units of 1,000 as telephones count them."""
    if size_bytes is None:
        return ""
    if size_bytes < 1000:
        return f"{size_bytes} byte"
    for unit, factor in (("KB", 10**3), ("MB", 10**6), ("GB", 10**9)):
        amount = size_bytes / factor
        if amount < 999.5 or unit == "GB":
            places = 0 if unit == "KB" or amount >= 10 else 1
            return f"{number(Decimal(str(round(amount, places))))} {unit}"
    return ""


def duration(minutes: float | timedelta | None) -> str:
    """Return `1 jam 10 menit`, `45 menit` or `2 hari`; less than a minute reads as one."""
    if minutes is None:
        return ""
    total = minutes.total_seconds() / 60 if isinstance(minutes, timedelta) else minutes
    whole = max(1, round(total)) if total > 0 else 0
    if whole >= 2 * _DAY and whole % _DAY == 0:
        return ngettext("%(num)d hari", "%(num)d hari", whole // _DAY)
    hours, rest = divmod(whole, _HOUR)
    parts = []
    if hours:
        parts.append(ngettext("%(num)d jam", "%(num)d jam", hours))
    if rest or not hours:
        parts.append(ngettext("%(num)d menit", "%(num)d menit", rest))
    return " ".join(parts)


def relative(value: date | datetime | None, now: datetime | None = None) -> str:
    """Return `10 hari lagi`, `besok`, `hari ini`, `kemarin`, `3 hari lalu`, `2 tahun lalu`.

    Counts calendar days in the looker's zone; always show the date beside it.
    """
    if value is None:
        return ""
    today = clock.local_day(now or clock.now(), shown_zone())
    days = (_day(value, None) - today).days
    near = {0: _("hari ini"), 1: _("besok"), -1: _("kemarin")}
    if days in near:
        return near[days]
    size = abs(days)
    if size < 60:
        return (
            ngettext("%(num)d hari lagi", "%(num)d hari lagi", size)
            if days > 0
            else ngettext("%(num)d hari lalu", "%(num)d hari lalu", size)
        )
    months = int(size / 30.4375)
    if months < 12:
        return (
            ngettext("%(num)d bulan lagi", "%(num)d bulan lagi", months)
            if days > 0
            else ngettext("%(num)d bulan lalu", "%(num)d bulan lalu", months)
        )
    years = int(size / 365.25) or 1
    return (
        ngettext("%(num)d tahun lagi", "%(num)d tahun lagi", years)
        if days > 0
        else ngettext("%(num)d tahun lalu", "%(num)d tahun lalu", years)
    )


def nip(value: str | None) -> str:
    """Return an employee number in its groups, `19910412 201903 2 004`; other texts stay as they are."""
    if value is None:
        return ""
    if not re.fullmatch(r"[0-9]{18}", value):
        return value
    return f"{value[:8]} {value[8:14]} {value[14]} {value[15:]}"


def iso(value: date | datetime | None) -> str:
    """Return the machine form for the `datetime` attribute of `<time>`."""
    return (
        ""
        if value is None
        else value.isoformat(timespec="seconds")
        if isinstance(value, datetime)
        else value.isoformat()
    )


def rupiah(value: int | Decimal | None) -> str:
    """Return `Rp1.500.000,00`."""
    return "" if value is None else f"Rp{number(value, 2)}"


def init_filters(app: Flask) -> None:
    """Give templates the filters under their Indonesian names."""
    filters: dict[str, Any] = {
        "tanggal": day_long,
        "tanggal_biasa": day_plain,
        "tanggal_pendek": day_short,
        "bulan_pendek": month_short,
        "jam": clock_time,
        "waktu": moment,
        "waktu_pendek": moment_short,
        "angka": number,
        "persen": percent,
        "ukuran": file_size,
        "durasi": duration,
        "relatif": relative,
        "nip": nip,
        "iso": iso,
        "rupiah": rupiah,
    }
    app.jinja_env.filters.update(filters)
