"""Upload, preview, apply and undo of personnel files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.sheets import Sheet
from lms.core.text import N_
from lms.people import queries, services
from lms.people.forms import STATUS_LABELS, ImportForm
from lms.people.models import ImportAction, ImportState, PersonnelImport, PersonnelImportRow
from lms.people.rules.numbers import printed_number
from lms.people.rules.ranks import LEGAL_STATUSES
from lms.people.services.imports import SHEET_STEP, acting_count, compare_file, undo_deadline
from lms.people.services.texts import sentence
from lms.people.views.base import bp, today, unit_options, xlsx_answer
from lms.people.views.employees import FIELD_LABELS
from lms.web.filters import day_plain, moment
from lms.web.forms import claim_once, uploaded
from lms.web.guard import current_actor, note_reading, requires
from lms.web.i18n import translate
from lms.web.incoming import MAX_NUMBER, page_argument, whole_argument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

LIST_ROWS = 25
PAGE_ROWS = 100
SHOWN_ROWS = {
    ImportAction.BAD: 50,
    ImportAction.CHANGED: 25,
    ImportAction.MOVED: 25,
    ImportAction.NEW: 10,
    ImportAction.LEAVING: 25,
}
STATE_LABELS: dict[str, tuple[Any, str]] = {
    ImportState.PARSED: (_l("Belum diterapkan"), "info"),
    ImportState.APPLYING: (_l("Sedang diterapkan"), "warn"),
    ImportState.APPLIED: (_l("Diterapkan"), "ok"),
    ImportState.UNDOING: (_l("Sedang diurungkan"), "warn"),
    ImportState.UNDONE: (_l("Diurungkan"), ""),
    ImportState.REFUSED: (_l("Dihentikan"), "bad"),
}
ACTION_LABELS: dict[str, Any] = {
    ImportAction.NEW: _l("pegawai baru"),
    ImportAction.CHANGED: _l("data berubah"),
    ImportAction.MOVED: _l("pindah unit"),
    ImportAction.LEAVING: _l("keluar"),
    ImportAction.BAD: _l("baris bermasalah"),
    ImportAction.SAME: _l("tetap sama"),
}
# How the dropped columns are called on the page; several columns of one thing are told once.
COLUMN_LABELS: dict[str, Any] = {
    "NIK": "NIK",
    "AGAMA ID": _l("agama"),
    "AGAMA NAMA": _l("agama"),
    "JENIS KAWIN ID": _l("status kawin"),
    "JENIS KAWIN NAMA": _l("status kawin"),
    "ALAMAT": _l("alamat"),
    "NPWP NOMOR": "NPWP",
    "BPJS": "BPJS",
    "TEMPAT LAHIR ID": _l("tempat lahir"),
    "TEMPAT LAHIR NAMA": _l("tempat lahir"),
    "KARTU ASN VIRTUAL": _l("kartu ASN"),
    "IS VALID NIK": "NIK",
    "KPKN ID": "KPKN",
    "KPKN NAMA": "KPKN",
    "NAMA SEKOLAH": _l("nama sekolah"),
    "TAHUN LULUS": _l("tahun lulus"),
    "FLAG IKD": "IKD",
}
HIDDEN_FIELDS = frozenset({"rank_code", "external_id"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one person: what it was and what it becomes."""

    label: Any
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one cell, in words."""

    column: str
    value: str
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of an import as the page shows it."""

    place: str
    number: str
    name: str
    unit: str
    position: str
    unit_before: str
    starts_on: date | None
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    absent: bool


def _fault(problem: dict[str, Any]) -> Fault:
    words = sentence(problem["code"], problem["values"])
    return Fault(problem["column"], problem["value"], translate(words.reason), translate(words.mend))


def _shown(name: str, value: Any) -> str:
    if value in {None, ""}:
        return ""
    if name.endswith("_on"):
        return day_plain(date.fromisoformat(value))
    if name == "status":
        return str(STATUS_LABELS.get(value, value))
    if name == "legal_status":
        return str(LEGAL_STATUSES.get(value, value))
    return printed_number(value) if name == "number" else str(value)


def _line(row: PersonnelImportRow, sheets: Sequence[str]) -> Line:
    data = row.data
    shown = data.get("shown") or {}
    changes = [
        Change(FIELD_LABELS.get(name, name), _shown(name, before), _shown(name, after))
        for name, before, after in data.get("changes", [])
        if name not in HIDDEN_FIELDS
    ]
    if shown.get("position_before") and shown["position_before"] != shown.get("position"):
        changes.append(Change(_l("Jabatan"), shown["position_before"], shown["position"]))
    if shown.get("started_before"):
        changes.append(
            Change(_l("TMT jabatan"), _shown("_on", shown["started_before"]), _shown("_on", shown["started_on"]))
        )
    if data.get("returns"):
        changes.append(Change(_l("Keadaan"), _("Sudah keluar"), _("Aktif")))
    sheet, place = divmod(max(row.row_number, 0), SHEET_STEP)
    where = str(place) if sheet == 0 else _("%(row)s, lembar %(sheet)s", row=place, sheet=sheets[sheet])
    raw = data.get("raw", {})
    starts = shown.get("started_on") or (data.get("job") or {}).get("started_on")
    return Line(
        place=where if row.row_number > 0 else "",
        number=_number(row, raw),
        name=row.label,
        unit=shown.get("unit") or raw.get("UNOR NAMA", ""),
        position=shown.get("position") or raw.get("JABATAN NAMA", ""),
        unit_before=shown.get("unit_before", ""),
        starts_on=date.fromisoformat(starts) if starts else None,
        changes=tuple(changes),
        faults=tuple(_fault(problem) for problem in row.problems),
        warnings=tuple(_fault(problem) for problem in data.get("warnings", [])),
        absent=shown.get("why") == "absent",
    )


def _number(row: PersonnelImportRow, raw: dict[str, str]) -> str:
    number = row.data.get("number") or row.data.get("person", {}).get("number") or raw.get("NIP BARU", "")
    return printed_number(number)


def _lines(held: PersonnelImport, action: ImportAction, *, after: int | None = None, limit: int) -> list[Line]:
    rows = queries.list_import_rows(current_session(), held.id, action, after_row=after, limit=limit)
    note_reading((row.employee_id for row in rows if row.employee_id is not None), "people.import_page")
    return [_line(row, held.counts.get("sheets", [""])) for row in rows]


@bp.before_request
def _mark_menu() -> None:
    """Let the tab of imports be the current one on all its pages."""
    if (request.endpoint or "").startswith("people.import_"):
        g.menu = "people.import_list"
    elif (request.endpoint or "").startswith("people.partner_"):
        g.menu = "people.partner_list"


def _import(public_id: str) -> PersonnelImport:
    held = queries.get_import(current_session(), current_actor(), public_id)
    if held is None:
        raise NotFound(N_("Impor ini tidak ditemukan."))
    return held


@bp.get("/impor")
@requires(Permission.PEOPLE_IMPORT)
def import_list() -> ResponseReturnValue:
    """Show the imports within the actor's scope, the newest first."""
    page = page_argument()
    rows = queries.list_imports(current_session(), current_actor(), limit=LIST_ROWS + 1, offset=(page - 1) * LIST_ROWS)
    return render_template(
        "people/import_list.html",
        rows=rows[:LIST_ROWS],
        states=STATE_LABELS,
        first=url_for("people.import_list") if page > 1 else None,
        next=url_for("people.import_list", hal=page + 1) if len(rows) > LIST_ROWS else None,
    )


@bp.route("/impor/baru", methods=["GET", "POST"])
@requires(Permission.PEOPLE_IMPORT)
def import_new() -> ResponseReturnValue:
    """Take a file and make its preview; nothing about people is written."""
    session, actor = current_session(), current_actor()
    choices = queries.list_unit_choices(session, actor, Permission.PEOPLE_IMPORT, on=today())
    form = ImportForm(units=unit_options(choices))
    if form.ok():
        try:
            public_id = _take(form)
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            return redirect(url_for("people.import_page", public_id=public_id), code=303)
    page = render_template("people/import_new.html", form=form)
    return page, 422 if form.summary else 200


def _take(form: ImportForm) -> str:
    """Read and compare before the write transaction begins, so that it is short; return the preview's id."""
    session, actor, now = current_session(), current_actor(), clock.now()
    sent = uploaded(form.file)
    unit = queries.get_unit(session, actor, form.unit.data, permission=Permission.PEOPLE_IMPORT)
    if sent is None or unit is None:
        raise NotFound(N_("Unit ini tidak ditemukan."))
    content = services.read_personnel_file(sent.read(), sent.filename or "", today=today())
    complete = bool(form.complete.data)
    compared = compare_file(session, actor, content, unit=unit, complete=complete, now=now)
    with transaction() as session:
        claim_once(session)
        held = services.preview_import(
            session, actor, content, unit=unit, complete=complete, now=now, compared=compared
        )
        return held.public_id


@bp.get("/impor/<string:public_id>")
@requires(Permission.PEOPLE_IMPORT)
def import_page(public_id: str) -> ResponseReturnValue:
    """Show a preview, the progress, or what was done."""
    session = current_session()
    held = _import(public_id)
    running = held.state in {ImportState.APPLYING, ImportState.UNDOING}
    unit = queries.unit_labels(session, [held.unit_id]).get(held.unit_id) if held.unit_id else None
    shown = {} if running else SHOWN_ROWS
    lines = {action: _lines(held, action, limit=limit) for action, limit in shown.items() if held.counts.get(action)}
    deadline = undo_deadline(held)
    return render_template(
        "people/import_progress.html" if running else "people/import_page.html",
        held=held,
        unit=unit,
        lines=lines,
        state=STATE_LABELS[held.state],
        personal=list(dict.fromkeys(str(COLUMN_LABELS[name]) for name in held.counts.get("personal", []))),
        to_do=acting_count(held),
        deadline=deadline,
        may_undo=held.state is ImportState.APPLIED
        and deadline is not None
        and clock.now() <= deadline
        and acting_count(held) > 0,
    )


@bp.get("/impor/<string:public_id>/baris")
@requires(Permission.PEOPLE_IMPORT)
def import_rows(public_id: str) -> ResponseReturnValue:
    """Show all rows of one kind, by pages."""
    held = _import(public_id)
    kind = request.args.get("jenis", "")
    if kind not in {action.value for action in SHOWN_ROWS}:
        raise NotFound(N_("Daftar ini tidak ada."))
    action = ImportAction(kind)
    after = whole_argument("setelah", most=MAX_NUMBER)
    rows = queries.list_import_rows(current_session(), held.id, action, after_row=after, limit=PAGE_ROWS + 1)
    more, rows = len(rows) > PAGE_ROWS, rows[:PAGE_ROWS]
    note_reading((row.employee_id for row in rows if row.employee_id is not None), "people.import_page")
    here: dict[str, Any] = {"public_id": public_id, "jenis": kind}
    return render_template(
        "people/import_rows.html",
        held=held,
        action=action,
        label=ACTION_LABELS[action],
        lines=[_line(row, held.counts.get("sheets", [""])) for row in rows],
        total=held.counts.get(kind, 0),
        first=url_for("people.import_rows", **here) if after is not None else None,
        next=url_for("people.import_rows", **here, setelah=rows[-1].row_number) if more else None,
    )


@bp.get("/impor/<string:public_id>/bermasalah")
@requires(Permission.PEOPLE_IMPORT)
def import_bad_export(public_id: str) -> ResponseReturnValue:
    """Give only the bad rows as a workbook, ready to be mended and uploaded again."""
    held = _import(public_id)
    rows = queries.list_import_rows(current_session(), held.id, ImportAction.BAD, limit=60_000)
    columns = list(dict.fromkeys(name for row in rows for name in row.data.get("raw", {})))
    sheets = held.counts.get("sheets", [""])
    cells = []
    for row in rows:
        line = _line(row, sheets)
        raw = row.data.get("raw", {})
        cells.append(
            (
                line.place,
                "; ".join(fault.column for fault in line.faults),
                "; ".join(fault.value for fault in line.faults),
                "; ".join(fault.reason for fault in line.faults),
                "; ".join(fault.mend for fault in line.faults),
                *(raw.get(name, "") for name in columns),
            )
        )
    header = [_("BARIS"), _("KOLOM"), _("NILAI"), _("MASALAH"), _("JALAN KELUAR"), *columns]
    sheet = Sheet(_("Perbaiki"), header, cells, widths=(8, 16, 24, 44, 48, *(20 for _one in columns)))
    return xlsx_answer([sheet], f"baris-bermasalah-{today():%Y%m%d}")


@bp.post("/impor/<string:public_id>/terapkan")
@requires(Permission.PEOPLE_IMPORT)
def import_apply(public_id: str) -> ResponseReturnValue:
    """Carry the preview out; a second posting changes nothing."""
    with transaction() as session:
        held = services.begin_apply(session, current_actor(), public_id, now=clock.now(), background=True)
        done, count = held.state is ImportState.APPLIED, held.progress_count
        deadline = undo_deadline(held)
    if done:
        flash(
            ngettext("%(num)d baris diterapkan.", "%(num)d baris diterapkan.", count)
            + " "
            + _("Anda dapat mengurungkannya sampai %(when)s.", when=moment(deadline)),
            "ok",
        )
    return redirect(url_for("people.import_page", public_id=public_id), code=303)


@bp.route("/impor/<string:public_id>/urungkan", methods=["GET", "POST"])
@requires(Permission.PEOPLE_IMPORT)
def import_undo(public_id: str) -> ResponseReturnValue:
    """Take an import back, after a page that says what that means."""
    if request.method == "GET":
        held = _import(public_id)
        if held.state is not ImportState.APPLIED:
            return redirect(url_for("people.import_page", public_id=public_id), code=303)
        return render_template("people/import_undo.html", held=held, to_do=acting_count(held))
    with transaction() as session:
        held = services.begin_undo(session, current_actor(), public_id, now=clock.now(), background=True)
        done = held.state is ImportState.UNDONE
    if done:
        flash(_("Impor diurungkan. Data kembali seperti semula."), "ok")
    return redirect(url_for("people.import_page", public_id=public_id), code=303)
