"""The schedule of runs: a list with filters, and the year on paper."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_babel import gettext as _

from lms.core import clock
from lms.core.db import current_session
from lms.courses import queries
from lms.courses.forms import MODE_NAMES
from lms.courses.rules import OfferingMode
from lms.courses.views.base import FORM_NAMES, bp, send_xlsx, today
from lms.web import filters
from lms.web.fields import parse_day
from lms.web.guard import authenticated
from lms.web.incoming import page_argument, year_argument

if TYPE_CHECKING:
    from typing import Any

    from flask import Response
    from flask.typing import ResponseReturnValue

_FILTERS = ("cari", "bulan", "cara", "tempat", "pelatihan", "kompetensi", "kursi")


def _wish() -> queries.ScheduleWish:
    """Return what the address asks for; what cannot be read counts as absent."""
    args = request.args
    month = args.get("bulan", "")
    first, last = today(), None
    if len(month) == 7 and (start := parse_day(f"{month}-01")) is not None:
        first = max(start, today()) if start.replace(day=1) == today().replace(day=1) else start
        last = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    mode = args.get("cara", "")
    return queries.ScheduleWish(
        words=tuple(" ".join(args.get("cari", "").split())[:60].split()),
        first=first,
        last=last,
        mode=OfferingMode(mode) if mode in set(OfferingMode) else None,
        place=args.get("tempat", "")[:200],
        course_code=args.get("pelatihan", "")[:60],
        competency_code=args.get("kompetensi", "")[:40],
        only_free=args.get("kursi") == "ada",
    )


def _months() -> list[tuple[str, str]]:
    """Return this month and the next eleven as (value, words)."""
    found, day = [], today().replace(day=1)
    for _number in range(12):
        found.append((f"{day.year}-{day.month:02}", f"{filters.month_short(day)} {day.year}"))
        day = (day + timedelta(days=32)).replace(day=1)
    return found


@bp.get("/jadwal")
@authenticated
def schedule() -> ResponseReturnValue:
    """List the dated runs that are coming or under way."""
    session, now, wish, page = current_session(), clock.now(), _wish(), page_argument()
    total = queries.count_schedule(session, wish, now=now)
    pages = max(1, -(-total // queries.PAGE))
    page = min(page, pages)
    args: dict[str, Any] = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    base = url_for("courses.schedule", **args)
    catalogue = queries.get_catalogue(session)
    return render_template(
        "courses/schedule.html",
        lines=queries.list_schedule(session, wish, now=now, offset=(page - 1) * queries.PAGE),
        total=total,
        page=page,
        pages=pages,
        page_href=f"{base}{'&' if '?' in base else '?'}hal={{page}}",
        args=args,
        months=_months(),
        modes=[(mode.value, str(name)) for mode, name in MODE_NAMES.items()],
        mode_names=MODE_NAMES,
        places=[(one, one) for one in queries.schedule_places(session, first=today())],
        competencies=sorted(catalogue.competencies.items(), key=lambda pair: pair[1]),
        now=now,
        year=today().year,
    )


@bp.get("/jadwal/unduh")
@authenticated
def schedule_download() -> Response:
    """Send the schedule as a spreadsheet, under the filters of the page."""
    session, now = current_session(), clock.now()
    lines = queries.list_schedule(session, _wish(), now=now, limit=queries.MAX_EXPORT)
    header = [
        _("Pelatihan"),
        _("Angkatan"),
        _("Bentuk"),
        _("JP"),
        _("Cara penyelenggaraan"),
        _("Mulai"),
        _("Selesai"),
        _("Tempat"),
        _("Kursi"),
        _("Terisi"),
        _("Sisa"),
        _("Daftar tunggu"),
        _("Penyelenggara"),
        _("Instruktur"),
    ]
    rows: list[list[Any]] = [
        [
            line.course_title,
            line.title,
            str(FORM_NAMES[line.learning_form]),
            line.credit_jp,
            str(MODE_NAMES[line.mode]),
            line.starts_on,
            line.ends_on,
            line.place,
            line.capacity,
            line.taken,
            line.seats_left,
            line.waiting,
            line.unit_name,
            line.instructor_name,
        ]
        for line in lines
    ]
    widths = [36, 24, 20, 6, 16, 12, 12, 30, 8, 8, 8, 14, 28, 28]
    return send_xlsx("jadwal-pelatihan", _("Jadwal"), header, rows, widths)


@bp.get("/jadwal/kalender")
@authenticated
def schedule_year() -> ResponseReturnValue:
    """Show a year's training calendar, month by month, made to be printed and hung up."""
    session, year = current_session(), year_argument(today().year)
    wish = queries.ScheduleWish(first=date(year, 1, 1), last=date(year, 12, 31))
    lines = queries.list_schedule(session, wish, now=clock.now(), limit=queries.MAX_EXPORT)
    months = []
    for number in range(1, 13):
        start = date(year, number, 1)
        end = (start + timedelta(days=32)).replace(day=1)
        held = [line for line in lines if line.starts_on < end and (line.ends_on or line.starts_on) >= start]
        months.append((filters.day_plain(start).split(" ", 1)[1], held))
    return render_template(
        "courses/schedule_year.html",
        year=year,
        months=months,
        total=len(lines),
        years=[(one, one) for one in sorted({*queries.schedule_years(session), today().year, year}, reverse=True)],
        mode_names=MODE_NAMES,
        day=today(),
    )
