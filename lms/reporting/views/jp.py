"""JP attainment: units, people, workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from lms.core.actor import Permission
from lms.core.db import current_session
from lms.core.sheets import Sheet
from lms.courses.queries.jp import jp_of_people
from lms.reporting import queries
from lms.reporting.views.base import asked_node, asked_page, bp, kept, today, workbook
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.courses.queries.jp import JpPersonRow
    from lms.reporting.queries import JpLine

PAGE, MAX_PAGES, EXPORT_MAX = 50, 20, 20_000
YEARS_BACK = 5


def _year() -> int:
    text, now = request.args.get("tahun", ""), today().year
    return int(text) if text.isdigit() and now - YEARS_BACK <= int(text) <= now else now


@bp.get("/laporan/jp")
@requires(Permission.JP_VIEW)
def jp() -> ResponseReturnValue:
    """Show, unit by unit, how many have met their yearly duty."""
    g.menu = "reporting.index"
    session, actor = current_session(), current_actor()
    node, year = asked_node(Permission.JP_VIEW), _year()
    lines, whole = queries.jp_lines(session, node, year=year, on=today())
    params = kept({"unit": node.code if request.args.get("unit") else "", "tahun": _told(year)})
    return render_template(
        "reporting/jp.html",
        node=node,
        year=year,
        years=[(str(one), str(one)) for one in range(today().year, today().year - YEARS_BACK - 1, -1)],
        lines=sorted(lines, key=lambda line: (line.share is None, line.share or 0.0, line.node.code)),
        whole=whole,
        params=params,
        kept=kept,
        parents=queries.list_parents(session, actor, Permission.JP_VIEW, node),
        tops=queries.list_tops(session, actor, Permission.JP_VIEW),
        today=today(),
    )


def _told(year: int) -> str:
    return "" if year == today().year else str(year)


@bp.get("/laporan/jp/nama")
@requires(Permission.JP_VIEW)
def jp_people() -> ResponseReturnValue:
    """Show people with their JP, most lacking first."""
    g.menu = "reporting.index"
    node, year, page = asked_node(Permission.JP_VIEW), _year(), asked_page()
    only_below = request.args.get("keadaan") != "semua"
    page = min(page, MAX_PAGES)
    rows, total = jp_of_people(
        current_session(),
        unit_paths=[node.path],
        year=year,
        only_below=only_below,
        offset=(page - 1) * PAGE,
        limit=PAGE,
    )
    note_reading([row.employee_id for row in rows], "reporting.jp_people")
    here = kept({"unit": node.code, "tahun": _told(year)})
    return render_template(
        "reporting/jp_people.html",
        node=node,
        year=year,
        rows=rows,
        total=total,
        page=page,
        pages=min(-(-total // PAGE), MAX_PAGES),
        is_cut=total > PAGE * MAX_PAGES,
        only_below=only_below,
        tabs=[
            (_("Kurang dari wajib"), url_for("reporting.jp_people", **here), only_below),
            (_("Semua pegawai"), url_for("reporting.jp_people", **here, keadaan="semua"), not only_below),
        ],
        href=url_for("reporting.jp_people", **kept(here, keadaan="" if only_below else "semua")) + "&hal={page}",
        export=url_for("reporting.jp_people_export", **kept(here, keadaan="" if only_below else "semua")),
        back=url_for("reporting.jp", **here),
        today=today(),
    )


@bp.get("/laporan/jp/unduh")
@requires(Permission.JP_VIEW)
def jp_export() -> ResponseReturnValue:
    """Give the units with their JP as a workbook."""
    node, year = asked_node(Permission.JP_VIEW), _year()
    lines, whole = queries.jp_lines(current_session(), node, year=year, on=today())
    header = [
        _("Kode unit"),
        _("Unit"),
        _("Pegawai"),
        _("Wajib JP"),
        _("Memenuhi"),
        _("Kurang"),
        _("Bagian memenuhi"),
        _("Target JP"),
        _("JP diakui"),
        _("JP pegawai tanpa wajib"),
    ]
    rows = [_unit_cells(line) for line in lines] + [_unit_cells(whole)]
    sheet = Sheet(_("JP %(year)s", year=year), header, rows, widths=(18, 40, 10, 10, 10, 10, 16, 10, 10, 22))
    return workbook([sheet], f"jp-unit-{year}")


def _unit_cells(line: JpLine) -> tuple[object, ...]:
    name = _("%(unit)s (pegawai sendiri)", unit=line.node.name) if line.own else line.node.name
    share = None if line.share is None else round(line.share, 4)
    return (
        line.node.code,
        name,
        line.people,
        line.with_duty,
        line.met,
        line.below,
        share,
        line.target_jp,
        line.credited_jp,
        line.other_credited_jp,
    )


@bp.get("/laporan/jp/nama/unduh")
@requires(Permission.JP_VIEW)
def jp_people_export() -> ResponseReturnValue:
    """Give people with their JP as a workbook; that they were read is noted."""
    node, year = asked_node(Permission.JP_VIEW), _year()
    rows, _total = jp_of_people(
        current_session(),
        unit_paths=[node.path],
        year=year,
        only_below=request.args.get("keadaan") != "semua",
        limit=EXPORT_MAX,
    )
    note_reading([row.employee_id for row in rows], "reporting.jp_people_export")
    header = [
        _("Nama"),
        _("Jabatan"),
        _("Kode unit"),
        _("Unit"),
        _("JP diakui"),
        _("Belajar mandiri"),
        _("Wajib JP"),
        _("Kurang"),
    ]
    sheet = Sheet(
        _("JP %(year)s", year=year),
        header,
        [_person_cells(row) for row in rows],
        widths=(34, 40, 18, 34, 10, 14, 10, 8),
    )
    return workbook([sheet], f"jp-pegawai-{year}")


def _person_cells(row: JpPersonRow) -> tuple[object, ...]:
    front = f"{row.title_before} {row.name}" if row.title_before else row.name
    name = f"{front}, {row.title_after}" if row.title_after else front
    return (
        name,
        row.position_name,
        row.unit_code,
        row.unit_name,
        row.credited_jp,
        row.self_learning_jp,
        row.target_jp,
        row.missing_jp if row.target_jp is not None else None,
    )
