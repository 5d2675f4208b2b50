"""The list of people, one record, and its changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.sheets import Sheet
from lms.core.text import N_
from lms.people import queries, services
from lms.people.forms import STATUS_LABELS, EmployeeForm, EndForm, NewEmployeeForm, rank_value
from lms.people.models import EmployeeStatus, PositionKind
from lms.people.queries import EmployeeFilter
from lms.people.queries.employees import MAX_EXPORT_ROWS
from lms.people.rules.names import normalised_name
from lms.people.rules.numbers import looks_like_number
from lms.people.rules.ranks import LEGAL_STATUSES, rank_label
from lms.people.services.employees import record_values
from lms.people.views.base import bp, today, unit_options, without, xlsx_answer
from lms.web.filters import day_plain
from lms.web.forms import claim_once
from lms.web.guard import authenticated, current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

PAGE_ROWS = 25
KIND_LABELS: dict[str, Any] = {
    PositionKind.JPT_PRATAMA: _l("JPT pratama"),
    PositionKind.ADMINISTRATOR: _l("Administrator"),
    PositionKind.PENGAWAS: _l("Pengawas"),
    PositionKind.PELAKSANA: _l("Pelaksana"),
    PositionKind.FUNGSIONAL: _l("Fungsional"),
}
STATE_LABELS: dict[str, Any] = {"active": _l("Aktif"), "left": _l("Sudah keluar"), "all": _l("Semua")}
EMPLOYMENT_LABELS: dict[str, Any] = {
    "definitif": "",
    "plt": _l("Plt."),
    "plh": _l("Plh."),
    "tambahan": _l("Tugas tambahan"),
}
FIELD_LABELS: dict[str, Any] = {
    "name": _l("Nama"),
    "title_before": _l("Gelar depan"),
    "title_after": _l("Gelar belakang"),
    "status": _l("Jenis pegawai"),
    "number": _l("NIP"),
    "rank_code": _l("Golongan"),
    "rank_name": _l("Golongan"),
    "legal_status": _l("Kedudukan hukum"),
    "gender": _l("Jenis kelamin"),
    "birth_on": _l("Tanggal lahir"),
    "education": _l("Pendidikan"),
    "email": _l("Surel"),
    "phone": _l("Telepon"),
    "appointed_on": _l("TMT CPNS"),
    "contract_from_on": _l("Mulai kontrak"),
    "external_id": _l("PNS ID"),
}


def _filter() -> tuple[EmployeeFilter, dict[str, Any], Any]:
    """Return the filters of the address, their parameters, and the chosen unit; unknown ones are left out."""
    session, actor, args = current_session(), current_actor(), request.args
    search = normalised_name(args.get("cari", ""))[:80]
    if looks_like_number(search):
        search = ""  # a number never stands in an address; the form sends it by POST
    unit = None
    if args.get("unit"):
        unit = queries.get_unit(session, actor, args["unit"])
        if unit is None:
            raise NotFound(N_("Unit ini tidak ditemukan."))
    status = args.get("status", "")
    kind = args.get("jenis", "")
    state = args.get("keadaan", "active")
    wanted = EmployeeFilter(
        words=tuple(search.split()[:6]),
        unit_path=unit.path if unit is not None else "",
        status=EmployeeStatus(status) if status in STATUS_LABELS else None,
        kind=PositionKind(kind) if kind in KIND_LABELS else None,
        state=state if state in STATE_LABELS else "active",
    )
    params = {
        "cari": search,
        "unit": unit.public_id if unit is not None else "",
        "status": status if status in STATUS_LABELS else "",
        "jenis": kind if kind in KIND_LABELS else "",
        "keadaan": "" if wanted.state == "active" else wanted.state,
    }
    return wanted, {key: value for key, value in params.items() if value}, unit


def _active_filters(params: dict[str, Any], unit: Any) -> list[tuple[str, str]]:
    shown = {
        "cari": f"“{params.get('cari', '')}”",
        "unit": unit.name if unit is not None else "",
        "status": str(STATUS_LABELS.get(params.get("status", ""), "")),
        "jenis": str(KIND_LABELS.get(params.get("jenis", ""), "")),
        "keadaan": str(STATE_LABELS.get(params.get("keadaan", ""), "")),
    }
    return [(shown[key], url_for("people.employee_list", **without(params, key))) for key in params]


@bp.get("/pegawai")
@requires(Permission.PEOPLE_VIEW)
def employee_list() -> ResponseReturnValue:
    """Show the people within the actor's scope."""
    session, actor = current_session(), current_actor()
    wanted, params, unit = _filter()
    after = request.args.get("setelah")
    total = queries.count_employees(session, actor, wanted)
    rows = queries.list_employees(session, actor, wanted, limit=PAGE_ROWS + 1, after=after)
    more = rows[PAGE_ROWS:]
    rows = rows[:PAGE_ROWS]
    return render_template(
        "people/employee_list.html",
        rows=rows,
        total=total,
        params=params,
        active=_active_filters(params, unit),
        units=unit_options(queries.list_unit_choices(session, actor, Permission.PEOPLE_VIEW)),
        statuses=list(STATUS_LABELS.items()),
        kinds=list(KIND_LABELS.items()),
        states=list(STATE_LABELS.items()),
        status_labels=STATUS_LABELS,
        first=url_for("people.employee_list", **params) if after else None,
        next=url_for("people.employee_list", **params, setelah=rows[-1].public_id) if more else None,
        export=url_for("people.employee_export", **params),
        may_add=actor.may(Permission.PEOPLE_EDIT),
        missing=request.args.get("nomor") == "tidak-ada",
    )


@bp.post("/pegawai/cari")
@requires(Permission.PEOPLE_VIEW)
def employee_find() -> ResponseReturnValue:
    """Lead from the search box to a person (whole number) or to the list (words).

    No number enters an address.
    """
    text = normalised_name(request.form.get("cari", ""))[:80]
    kept = {key: request.form.get(key, "") for key in ("unit", "status", "jenis", "keadaan")}
    if not looks_like_number(text):
        return redirect(url_for("people.employee_list", **without(kept, cari=text)), code=303)
    person = queries.find_visible_by_number(current_session(), current_actor(), text)
    if person is None:
        return redirect(url_for("people.employee_list", nomor="tidak-ada"), code=303)
    return redirect(url_for("people.employee_profile", public_id=person.public_id), code=303)


@bp.get("/pegawai/unduh")
@requires(Permission.PEOPLE_VIEW)
def employee_export() -> ResponseReturnValue:
    """Give the list with its filters as a workbook; numbers are masked as on the page."""
    session, actor = current_session(), current_actor()
    wanted, _params, _unit = _filter()
    rows = queries.list_employees(session, actor, wanted, limit=MAX_EXPORT_ROWS)
    note_reading((row.id for row in rows), "people.employee_export")
    header = [
        _("Nama"),
        _("NIP"),
        _("Jenis pegawai"),
        _("Golongan"),
        _("Pendidikan"),
        _("Jabatan"),
        _("Kode unit"),
        _("Unit"),
        _("Surel"),
        _("Telepon"),
        _("Keadaan"),
    ]
    cells = [
        (
            row.full_name,
            row.number,
            str(STATUS_LABELS[row.status]),
            row.rank_name,
            row.education,
            row.position,
            row.unit_code,
            row.unit,
            row.email,
            row.phone,
            _("Aktif") if row.is_active else _("Sudah keluar"),
        )
        for row in rows
    ]
    sheet = Sheet(_("Pegawai"), header, cells, widths=(34, 24, 14, 10, 11, 40, 20, 34, 34, 16, 12))
    return xlsx_answer([sheet], f"pegawai-{today():%Y%m%d}")


def _profile(public_id: str) -> queries.EmployeeProfile:
    profile = queries.get_profile(current_session(), current_actor(), public_id)
    if profile is None:
        raise NotFound(N_("Pegawai ini tidak ditemukan."))
    return profile


@bp.get("/pegawai/<string:public_id>")
@authenticated
def employee_profile(public_id: str) -> ResponseReturnValue:
    """Show one person's record: one's own, or within the actor's scope."""
    session, actor = current_session(), current_actor()
    profile = _profile(public_id)
    person = profile.employee
    own = person.id == actor.employee_id
    note_reading([person.id], "people.employee_profile")
    sees_readers = own or (profile.unit is not None and actor.may_in(Permission.AUDIT_VIEW, profile.unit.path))
    return render_template(
        "people/employee_profile.html",
        profile=profile,
        person=person,
        own=own,
        jobs=queries.list_jobs(session, person.id),
        today=today(),
        supervisor=queries.supervisor_of(session, person.id, today()) if person.is_active else None,
        readers=queries.list_readers(session, person.id) if sees_readers else None,
        rank=rank_label(person.rank_code, status=person.status),
        legal_status=LEGAL_STATUSES.get(person.legal_status, person.legal_status),
        status_labels=STATUS_LABELS,
        employment_labels=EMPLOYMENT_LABELS,
    )


def _editable(public_id: str) -> queries.EmployeeProfile:
    profile = _profile(public_id)
    if not profile.may_edit:
        raise Forbidden(N_("Anda belum berwenang mengubah data pegawai ini."))
    return profile


def _shown(key: str, value: Any) -> str:
    if not value:
        return ""
    if key == "birth_on":
        return day_plain(value)
    if key == "legal_status":
        return str(LEGAL_STATUSES.get(value, value))
    return str(STATUS_LABELS[value]) if key == "status" else str(value)


@bp.route("/pegawai/<string:public_id>/ubah", methods=["GET", "POST"])
@requires(Permission.PEOPLE_EDIT)
def employee_edit(public_id: str) -> ResponseReturnValue:
    """Change one person's record; a stale form becomes a page that shows both."""
    session = current_session()
    profile = _editable(public_id)
    person = profile.employee
    values = record_values(person, number=queries.current_number(session, person.id))
    form = EmployeeForm(
        data={
            **{key: value or "" for key, value in values.items() if key != "birth_on"},
            "birth_on": values["birth_on"],
            "rank": rank_value(person.status, person.rank_code),
            "version": person.version,
            "status": person.status.value,
        }
    )
    note_reading([person.id], "people.employee_edit")
    if form.ok():
        try:
            with transaction() as session:
                services.change_employee(
                    session,
                    current_actor(),
                    public_id,
                    form.to_command(),
                    version=form.version.data,
                    now=clock.now(),
                )
        except services.VersionConflict as conflict:
            lines = [
                (FIELD_LABELS[key], _shown(key, conflict.theirs[key]), _shown(key, mine))
                for key, mine in conflict.mine.items()
                if (mine or None) != (conflict.theirs[key] or None)
            ]
            fields = {key: value for key, value in request.form.items() if key not in {"csrf_token", "version", "once"}}
            page = render_template(
                "people/employee_conflict.html",
                profile=profile,
                lines=lines,
                fields=fields,
                version=conflict.version,
            )
            return page, 409
        except Invalid as error:
            form.refuse(_to_form(error))
        else:
            flash(_("Data %(name)s tersimpan.", name=form.name.data), "ok")
            return redirect(url_for("people.employee_profile", public_id=public_id), code=303)
    page = render_template("people/employee_edit.html", form=form, profile=profile)
    return page, 422 if form.summary else 200


def _to_form(error: Invalid) -> Invalid:
    """Return the refusal with the names of the form's fields."""
    renamed = {"rank" if key == "rank_code" else key: text for key, text in error.fields.items()}
    return Invalid(error.message, fields=renamed)


@bp.route("/pegawai/baru", methods=["GET", "POST"])
@requires(Permission.PEOPLE_EDIT)
def employee_new() -> ResponseReturnValue:
    """Add a person: first the unit, then the record."""
    session, actor = current_session(), current_actor()
    units = queries.list_unit_choices(session, actor, Permission.PEOPLE_EDIT, on=today())
    unit = None
    chosen = request.values.get("unit")
    if chosen:
        unit = queries.get_unit(session, actor, chosen, permission=Permission.PEOPLE_EDIT)
        if unit is None:
            raise NotFound(N_("Unit ini tidak ditemukan."))
    positions = queries.list_unit_positions(session, unit.id, on=today()) if unit is not None else []
    form = NewEmployeeForm(
        positions=[(one.public_id, one.name) for one in positions],
        data={
            "starts_on": today(),
            "status": "pns",
            "legal_status": "01",
            "rank": "",
            "gender": "",
            "education": "",
        },
    )
    if form.ok() and unit is not None:
        try:
            with transaction() as session:
                claim_once(session)
                position = queries.get_position(session, actor, form.position.data, Permission.PEOPLE_EDIT)
                person = services.create_employee(
                    session,
                    actor,
                    form.to_command(),
                    position=position,
                    started_on=form.starts_on.data,
                    decree=form.decree.data or "",
                    now=clock.now(),
                )
                public_id = person.public_id
        except Invalid as error:
            form.refuse(_to_form(error))
        else:
            flash(_("%(name)s ditambahkan.", name=form.name.data), "ok")
            return redirect(url_for("people.employee_profile", public_id=public_id), code=303)
    page = render_template("people/employee_new.html", form=form, unit=unit, units=unit_options(units))
    return page, 422 if form.summary else 200


@bp.route("/pegawai/<string:public_id>/berhenti", methods=["GET", "POST"])
@requires(Permission.PEOPLE_EDIT)
def employee_end(public_id: str) -> ResponseReturnValue:
    """Let a person leave, after a page that says what that means."""
    profile = _editable(public_id)
    form = EndForm(data={"last_on": today(), "version": profile.employee.version})
    if form.ok():
        try:
            with transaction() as session:
                services.end_employment(
                    session,
                    current_actor(),
                    public_id,
                    last_on=form.last_on.data,
                    reason=form.reason.data or "",
                    version=form.version.data,
                    now=clock.now(),
                )
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("%(name)s dicatat keluar.", name=profile.full_name), "ok")
            return redirect(url_for("people.employee_profile", public_id=public_id), code=303)
    page = render_template("people/employee_end.html", form=form, profile=profile)
    return page, 422 if form.summary else 200
