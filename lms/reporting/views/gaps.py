"""The gap map: cells, people of a cell, workbooks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.competencies import queries as competencies
from lms.competencies.models import CompetencyGroup
from lms.competencies.queries import CellState, GapFilter
from lms.competencies.rules import EVIDENCE_YEARS, GapWord
from lms.core.actor import Permission
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.sheets import Sheet
from lms.core.text import N_
from lms.people.models import PositionKind
from lms.reporting import queries
from lms.reporting.rules import NOBODY, SMALLEST_GROUP, Counts
from lms.reporting.views.base import (
    KIND_LABELS,
    asked_day,
    asked_node,
    asked_page,
    bp,
    kept,
    today,
    workbook,
)
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from flask.typing import ResponseReturnValue

    from lms.competencies.queries import CellPerson, CompetencyRow
    from lms.reporting.rules import Node

GROUP_LABELS: dict[str, Any] = {
    CompetencyGroup.TEKNIS: _l("Teknis"),
    CompetencyGroup.PEMERINTAHAN: _l("Pemerintahan"),
    CompetencyGroup.MANAJERIAL: _l("Manajerial"),
    CompetencyGroup.SOSIAL_KULTURAL: _l("Sosial kultural"),
}
STATE_LABELS: dict[str, Any] = {
    CellState.BELOW: _l("Di bawah standar"),
    CellState.MEETS: _l("Memenuhi standar"),
    CellState.NO_EVIDENCE: _l("Belum dinilai"),
}
LISTED = 10
MOST_PAIRS = 200


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the address asks for.

    Args:
        params: the same as parameters, without what is as usual.
    """

    node: Node
    on: date
    narrow: GapFilter
    params: dict[str, Any]


def _asked() -> _Asked:
    node, on, args = asked_node(Permission.REPORT_VIEW), asked_day(), request.args
    group = args.get("kelompok", "teknis")
    kind = args.get("jabatan", "")
    age = args.get("umur", "")
    narrow = GapFilter(
        group=CompetencyGroup(group) if group in set(CompetencyGroup) else None,
        position_kind=PositionKind(kind) if kind in set(PositionKind) else None,
        years=None if age == "semua" else EVIDENCE_YEARS,
        own_only=args.get("sendiri") == "1",
    )
    params = {
        "unit": node.code if args.get("unit") else "",
        "kelompok": "" if group == "teknis" else (group if narrow.group else "semua"),
        "jabatan": kind if narrow.position_kind else "",
        "per": "" if on == today() else f"{on:%d/%m/%Y}",
        "umur": "semua" if narrow.years is None else "",
    }
    return _Asked(node, on, narrow, {key: value for key, value in params.items() if value})


@bp.get("/laporan/kesenjangan")
@requires(Permission.REPORT_VIEW)
def gap_map() -> ResponseReturnValue:
    """Show unit by competency how many are below the standard, and the same as a list by need."""
    session, actor, asked = current_session(), current_actor(), _asked()
    opened = request.args.get("buka", "")
    shown = queries.gap_map(session, asked.node, asked.on, asked.narrow, opened=opened)
    every = request.args.get("daftar") == "semua"
    return render_template(
        "reporting/gap_map.html",
        map=shown,
        asked=asked,
        params=asked.params,
        opened=opened,
        parents=queries.list_parents(session, actor, Permission.REPORT_VIEW, asked.node),
        tops=queries.list_tops(session, actor, Permission.REPORT_VIEW),
        pairs=shown.pairs[: MOST_PAIRS if every else LISTED],
        every=every,
        groups=[("semua", _("Semua kelompok")), *GROUP_LABELS.items()],
        group_name=_group_name(asked.narrow),
        kinds=[("", _("Semua jabatan")), *KIND_LABELS.items()],
        ages=[("", _("Paling lama %(years)s tahun", years=EVIDENCE_YEARS)), ("semua", _("Semua umur"))],
        nobody=NOBODY,
        names=_names_href(asked.params),
        smallest=SMALLEST_GROUP,
        kept=kept,
        today=today(),
        wrong_day=bool(request.args.get("per")) and "per" not in asked.params,
    )


def _names_href(params: dict[str, Any]) -> Callable[..., str]:
    """Return what makes the address of a cell's names; a map has hundreds, so it is put together by hand."""
    rest = urlencode({key: value for key, value in params.items() if key != "unit"})
    start = url_for("reporting.gap_people") + "?" + (rest + "&" if rest else "")

    def href(node: Node, column: CompetencyRow, own: bool = False) -> str:  # noqa: FBT001, FBT002
        where = urlencode({"unit": node.code, "kompetensi": column.code})
        return f"{start}{where}{'&sendiri=1' if own else ''}"

    return href


def _group_name(narrow: GapFilter) -> str:
    if narrow.group is None:
        return _("Semua kompetensi")
    return _("Kompetensi %(group)s", group=str(GROUP_LABELS[narrow.group]).lower())


def _competency() -> CompetencyRow | None:
    code = request.args.get("kompetensi", "")
    if not code:
        return None
    found = competencies.get_competency_by_code(current_session(), code)
    if found is None:
        raise NotFound(N_("Kompetensi ini tidak ada dalam kamus."))
    return found


@bp.get("/laporan/kesenjangan/nama")
@requires(Permission.REPORT_VIEW)
def gap_people() -> ResponseReturnValue:
    """Show the people of one cell, largest gap first; or those in whom nothing is assessed."""
    session, asked, competency, page = current_session(), _asked(), _competency(), asked_page()
    if competency is None:
        return _unassessed(asked, page)
    state = _state(request.args.get("keadaan", ""))
    rows, total = competencies.people_of_cell(
        session,
        asked.node.path,
        competency.id,
        asked.on,
        state=state,
        narrow=_without_group(asked),
        page=page,
    )
    note_reading([row.employee_id for row in rows], "reporting.gap_people")
    cells = competencies.gap_cells(
        session,
        asked.node.path,
        asked.on,
        position_kind=asked.narrow.position_kind,
        years=asked.narrow.years,
        competency_ids=[competency.id],
    )
    if asked.narrow.own_only:
        cells = [cell for cell in cells if cell.unit_id == asked.node.id]
    counts = Counts(
        sum(cell.people for cell in cells),
        sum(cell.meets for cell in cells),
        sum(cell.below for cell in cells),
        sum(cell.no_evidence for cell in cells),
    )
    numbers = {
        CellState.BELOW: counts.below,
        CellState.MEETS: counts.meets,
        CellState.NO_EVIDENCE: counts.no_evidence,
    }
    here = {**asked.params, "unit": asked.node.code, "kompetensi": competency.code}
    if asked.narrow.own_only:
        here["sendiri"] = "1"
    tabs = [
        (
            f"{label} ({numbers[CellState(key)]})",
            url_for("reporting.gap_people", **kept(here, keadaan=key)),
            key == state,
        )
        for key, label in STATE_LABELS.items()
    ]
    return render_template(
        "reporting/gap_people.html",
        rows=rows,
        total=total,
        page=page,
        pages=min(-(-total // competencies.PAGE), competencies.MAX_PAGES),
        is_cut=total > competencies.PAGE * competencies.MAX_PAGES,
        asked=asked,
        competency=competency,
        counts=counts,
        state=state,
        tabs=tabs,
        href=url_for("reporting.gap_people", **kept(here, keadaan=state)) + "&hal={page}",
        export=url_for("reporting.gap_people_export", **kept(here, keadaan=state)),
        back=url_for("reporting.gap_map", **asked.params),
        words=GapWord,
        states=CellState,
    )


def _state(text: str) -> CellState:
    return CellState(text) if text in set(CellState) else CellState.BELOW


def _without_group(asked: _Asked) -> GapFilter:
    """Return the filter without the group: the cell's competency says it already."""
    return replace(asked.narrow, group=None)


def _unassessed(asked: _Asked, page: int) -> ResponseReturnValue:
    rows, total = competencies.people_without_evidence(
        current_session(), asked.node.path, asked.on, narrow=asked.narrow, page=page
    )
    note_reading([row.employee_id for row in rows], "reporting.gap_people")
    here = {**asked.params, "unit": asked.node.code}
    return render_template(
        "reporting/unassessed.html",
        rows=rows,
        total=total,
        page=page,
        pages=min(-(-total // competencies.PAGE), competencies.MAX_PAGES),
        asked=asked,
        group_name=_group_name(asked.narrow),
        href=url_for("reporting.gap_people", **here) + "&hal={page}",
        back=url_for("reporting.gap_map", **asked.params),
    )


@bp.get("/laporan/kesenjangan/unduh")
@requires(Permission.REPORT_VIEW)
def gap_export() -> ResponseReturnValue:
    """Give the map as a workbook: the cells of the page, and those of every single unit, codes and labels."""
    asked = _asked()
    shown = queries.gap_map(current_session(), asked.node, asked.on, asked.narrow, opened="")
    header = [
        _("Kode unit"),
        _("Unit"),
        _("Kode kompetensi"),
        _("Kompetensi"),
        _("Pegawai"),
        _("Memenuhi"),
        _("Di bawah standar"),
        _("Belum dinilai"),
        _("Bagian di bawah standar"),
    ]
    rows = [
        _cells(line.node, line.own, column, line.cells.get(column.id, NOBODY))
        for line in shown.lines
        for column in shown.columns
    ]
    rows += [_cells(shown.root, False, column, shown.totals[column.id]) for column in shown.columns]  # noqa: FBT003
    about = Sheet(_("Keterangan"), [_("Hal"), _("Keterangan")], _about(asked), widths=(30, 70))
    sheet = Sheet(_("Peta kesenjangan"), header, rows, widths=(18, 38, 16, 44, 10, 10, 16, 14, 22))
    return workbook([sheet, about], f"peta-kesenjangan-{asked.on:%Y%m%d}")


def _cells(node: Node, own: bool, column: CompetencyRow, counts: Counts) -> tuple[object, ...]:  # noqa: FBT001
    name = _("%(unit)s (pegawai sendiri)", unit=node.name) if own else node.name
    # A share of one or two people would name them; the counts stay, as HR may open the names anyway.
    share = None if counts.share is None or counts.is_small else round(counts.share, 4)
    return (
        node.code,
        name,
        column.code,
        column.name,
        counts.people,
        counts.meets,
        counts.below,
        counts.no_evidence,
        share,
    )


def _about(asked: _Asked) -> list[tuple[object, object]]:
    narrow = asked.narrow
    return [
        (_("Unit"), asked.node.name),
        (_("Keadaan per"), asked.on),
        (_("Kelompok"), _group_name(narrow)),
        (
            _("Jenis jabatan"),
            str(KIND_LABELS[narrow.position_kind]) if narrow.position_kind else _("Semua jabatan"),
        ),
        (
            _("Umur bukti"),
            _("Semua umur") if narrow.years is None else _("Paling lama %(years)s tahun", years=narrow.years),
        ),
        (_("Cara menghitung"), _("Pegawai tanpa bukti tidak ikut menjadi pembagi.")),
    ]


@bp.get("/laporan/kesenjangan/nama/unduh")
@requires(Permission.REPORT_VIEW)
def gap_people_export() -> ResponseReturnValue:
    """Give the people of a cell as a workbook; that they were read is noted."""
    asked, competency = _asked(), _competency()
    state = _state(request.args.get("keadaan", ""))
    rows = competencies.list_gap_people(
        current_session(),
        asked.node.path,
        asked.on,
        narrow=asked.narrow if competency is None else _without_group(asked),
        competency_ids=None if competency is None else [competency.id],
        state=state,
    )
    note_reading({row.employee_id for row in rows}, "reporting.gap_people_export")
    header = [
        _("Nama"),
        _("Jabatan"),
        _("Kode unit"),
        _("Unit"),
        _("Kode kompetensi"),
        _("Level"),
        _("Standar"),
        _("Keadaan"),
        _("Bukti terakhir"),
    ]
    sheet = Sheet(_("Pegawai"), header, [_person(row) for row in rows], widths=(34, 40, 18, 34, 16, 8, 9, 18, 14))
    return workbook([sheet], f"kesenjangan-nama-{asked.on:%Y%m%d}")


def _person(row: CellPerson) -> tuple[object, ...]:
    return (
        row.name,
        row.position_name,
        row.unit_code,
        row.unit_name,
        row.competency_code,
        row.level,
        row.required,
        gap_words(row),
        row.assessed_on,
    )


def gap_words(row: CellPerson) -> str:
    """Return the state of a person in a cell as it is said: `Kurang 1 level`."""
    if row.word is None:
        return _("Belum dinilai")
    if row.word is GapWord.BELOW:
        return _("Kurang %(count)s level", count=row.gap)
    return _("Memenuhi") if row.word is GapWord.MEETS else _("Melampaui")
