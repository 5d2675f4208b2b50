"""Programmes: the list, one programme, its making and closing, and joining it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.text import N_
from lms.mentoring import queries, services
from lms.mentoring.forms import PROGRAMME_FORM_LABELS, CloseForm, JoinForm, ProgrammeFormFields
from lms.mentoring.models import MemberRole, ProgrammeState, RunState
from lms.mentoring.policies import can_manage_programme
from lms.mentoring.rules import CAPACITY_MAX, WISHES_MAX
from lms.mentoring.views.base import bp, send_xlsx, today
from lms.web.forms import claim_once
from lms.web.guard import authenticated, current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.mentoring.queries import ProgrammeRow

PAGE = 25
WISH_LIST = 200
USUAL_LENGTH = timedelta(days=182)
STATES: dict[ProgrammeState, tuple[Any, str]] = {
    ProgrammeState.PREPARATION: (_l("Persiapan"), ""),
    ProgrammeState.PAIRING: (_l("Pemasangan"), "info"),
    ProgrammeState.RUNNING: (_l("Berjalan"), "ok"),
    ProgrammeState.CLOSED: (_l("Ditutup"), ""),
}
RUN_STATES: dict[RunState, tuple[Any, str]] = {
    RunState.QUEUED: (_l("Sedang dihitung"), "info"),
    RunState.DRAFT: (_l("Usulan, menunggu tinjauan"), "warn"),
    RunState.PUBLISHING: (_l("Sedang diterbitkan"), "info"),
    RunState.PUBLISHED: (_l("Terbit"), "ok"),
    RunState.REPLACED: (_l("Diganti usulan baru"), ""),
}
ROLES: dict[MemberRole, Any] = {MemberRole.MENTOR: _l("Mentor"), MemberRole.MENTEE: _l("Mentee")}
_ROLE_IN_URL = {"mentor": MemberRole.MENTOR, "mentee": MemberRole.MENTEE}


def programme_or_404(public_id: str, *, to_manage: bool = False) -> ProgrammeRow:
    """Return one programme that the actor sees, or coordinates."""
    row = queries.get_programme(current_session(), current_actor(), public_id, to_manage=to_manage)
    if row is None:
        raise NotFound(N_("Program ini tidak ada, atau bukan untuk unit Anda."))
    return row


@bp.get("/mentoring/program")
@authenticated
def programme_list() -> ResponseReturnValue:
    """List the programmes that the reader may join, takes part in, or coordinates."""
    only = request.args.get("tampil", "")
    rows = queries.list_programmes(current_session(), current_actor(), only=only, limit=100)
    return render_template(
        "mentoring/programmes.html", rows=rows, states=STATES, only=only,
        may_make=current_actor().may(Permission.PAIRING_MANAGE), day=today(),
    )  # fmt: skip


@bp.get("/mentoring/program.xlsx")
@requires(Permission.PAIRING_MANAGE)
def programme_list_xlsx() -> ResponseReturnValue:
    """Send the list as a spreadsheet, with the same filter."""
    rows = queries.list_programmes(current_session(), current_actor(), only=request.args.get("tampil", ""), limit=100)
    header = [_("Program"), _("Unit"), _("Keadaan"), _("Mulai"), _("Sampai"), _("Mentor"), _("Mentee"), _("Pasangan")]
    data = [
        (
            one.row.name, one.unit, str(STATES[one.row.state][0]), one.row.starts_on, one.row.ends_on, one.mentors,
            one.mentees, one.pairs,
        )
        for one in rows
    ]  # fmt: skip
    return send_xlsx("program-mentoring", _("Program mentoring"), header, data, (40, 30, 14, 12, 12, 10, 10, 10))


@bp.get("/mentoring/program/<string:public_id>")
@authenticated
def programme_page(public_id: str) -> ResponseReturnValue:
    """Show one programme: to all what it is, to its coordinator also how it fares."""
    session, actor = current_session(), current_actor()
    one = programme_or_404(public_id)
    manages = can_manage_programme(actor, unit_path=one.unit_path)
    return render_template(
        "mentoring/programme.html",
        one=one,
        row=one.row,
        states=STATES,
        forms=PROGRAMME_FORM_LABELS,
        run_states=RUN_STATES,
        manages=manages,
        health=queries.health_of(session, one.row, today=today()) if manages else None,
        runs=queries.list_runs(session, one.row.id) if manages else [],
        may_join=one.row.state is not ProgrammeState.CLOSED and today() <= one.row.join_until_on,
        may_mentor=actor.may(Permission.MENTOR),
        day=today(),
    )


def _form_page(
    form: ProgrammeFormFields, *, edited: ProgrammeRow | None = None, status: int = 200
) -> ResponseReturnValue:
    units = queries.list_programme_units(current_session(), current_actor())
    form.unit.choices = [(one[0], one[1]) for one in units]
    return render_template("mentoring/programme_form.html", form=form, edited=edited), status


@bp.route("/mentoring/program/baru", methods=["GET", "POST"])
@requires(Permission.PAIRING_MANAGE)
def programme_new() -> ResponseReturnValue:
    """Make a programme."""
    day = today()
    form = ProgrammeFormFields() if request.method == "POST" else ProgrammeFormFields(
        data={
            "mulai": day, "sampai": day + USUAL_LENGTH, "gabung": day + timedelta(days=14), "irama": "14",
            "minimal": 6, "bentuk": "individual",
        }
    )  # fmt: skip
    if not form.ok():
        return _form_page(form, status=422 if request.method == "POST" else 200)
    try:
        with transaction() as session:
            claim = claim_once(session)
            made = services.create_programme(session, current_actor(), form.to_command())
            claim.result(url_for("mentoring.programme_page", public_id=made.public_id))
    except Invalid as error:
        form.refuse(error)
        return _form_page(form, status=error.status)
    flash(_("Program tersimpan. Pegawai di unitnya dapat bergabung sekarang."), "ok")
    return redirect(url_for("mentoring.programme_page", public_id=made.public_id), code=303)


@bp.route("/mentoring/program/<string:public_id>/ubah", methods=["GET", "POST"])
@requires(Permission.PAIRING_MANAGE)
def programme_edit(public_id: str) -> ResponseReturnValue:
    """Change a programme."""
    one = programme_or_404(public_id, to_manage=True)
    form = ProgrammeFormFields() if request.method == "POST" else ProgrammeFormFields.of(one.row)
    if not form.ok():
        return _form_page(form, edited=one, status=422 if request.method == "POST" else 200)
    try:
        with transaction() as session:
            services.change_programme(session, current_actor(), public_id, form.to_command())
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _form_page(form, edited=one, status=error.status)
    flash(_("Perubahan tersimpan."), "ok")
    return redirect(url_for("mentoring.programme_page", public_id=public_id), code=303)


@bp.route("/mentoring/program/<string:public_id>/tutup", methods=["GET", "POST"])
@requires(Permission.PAIRING_MANAGE)
def programme_close(public_id: str) -> ResponseReturnValue:
    """Write the closing report, then close the programme."""
    one = programme_or_404(public_id, to_manage=True)
    form = CloseForm()
    if form.ok():
        try:
            with transaction() as session:
                services.close_programme(session, current_actor(), public_id, report=form.laporan.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Program ditutup. Laporannya tersimpan, dan pasangannya diakhiri."), "ok")
            return redirect(url_for("mentoring.programme_page", public_id=public_id), code=303)
    health = queries.health_of(current_session(), one.row, today=today())
    return render_template("mentoring/programme_close.html", one=one, row=one.row, form=form, health=health), (
        422 if form.summary else 200
    )


def _join_page(one: ProgrammeRow, role: MemberRole, form: JoinForm, *, status: int = 200) -> ResponseReturnValue:
    session, actor = current_session(), current_actor()
    other = MemberRole.MENTEE if role is MemberRole.MENTOR else MemberRole.MENTOR
    others = [
        row for row in queries.list_members(session, one.row.id, other, limit=WISH_LIST)
        if row.person.id != actor.employee_id
    ]  # fmt: skip
    note_reading({row.person.id for row in others}, "mentoring.programme_join")
    form.harapan.choices = [
        (row.public_id, f"{row.person.full_name}, {row.person.unit}" if row.person.unit else row.person.full_name)
        for row in others
    ]
    return render_template(
        "mentoring/programme_join.html", one=one, row=one.row, form=form, as_mentor=role is MemberRole.MENTOR,
        role=role.value, most=CAPACITY_MAX[one.row.form.value], wishes_max=WISHES_MAX, is_member=role in one.own,
    ), status  # fmt: skip


def _role(typed: str) -> MemberRole:
    if typed not in _ROLE_IN_URL:
        raise NotFound(N_("Pilih bergabung sebagai mentor atau sebagai mentee."))
    return _ROLE_IN_URL[typed]


@bp.get("/mentoring/program/<string:public_id>/ikut")
@authenticated
def programme_join(public_id: str) -> ResponseReturnValue:
    """Ask what somebody brings or wishes."""
    session, actor = current_session(), current_actor()
    one, role = programme_or_404(public_id), _role(request.args.get("sebagai", "mentee"))
    data: dict[str, Any] = {"daya": 2}
    member = queries.get_member(session, one.row.id, actor.employee_id or 0, role)
    if member is not None:
        other = MemberRole.MENTEE if role is MemberRole.MENTOR else MemberRole.MENTOR
        people = queries.list_members(session, one.row.id, other, limit=WISH_LIST)
        data = {
            "daya": member.capacity, "jeda": member.is_paused, "tentang": member.about,
            "harapan": [row.public_id for row in people if row.person.id in (member.wishes or ())],
        }  # fmt: skip
    return _join_page(one, role, JoinForm(data=data))


@bp.post("/mentoring/program/<string:public_id>/ikut")
@authenticated
def programme_join_post(public_id: str) -> ResponseReturnValue:
    """Join, or change what one said."""
    one, role = programme_or_404(public_id), _role(request.args.get("sebagai", "mentee"))
    form = JoinForm()
    if not form.ok():
        return _join_page(one, role, form, status=422)
    try:
        with transaction() as session:
            services.join_programme(session, current_actor(), public_id, form.to_command(role))
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _join_page(one, role, form, status=error.status)
    flash(_("Isian tersimpan. Koordinator memasangkan peserta, lalu Anda diberi kabar."), "ok")
    return redirect(url_for("mentoring.programme_page", public_id=public_id), code=303)


@bp.post("/mentoring/program/<string:public_id>/keluar")
@authenticated
def programme_leave(public_id: str) -> ResponseReturnValue:
    """Leave; one may join again as long as joining is open."""
    role = _role(request.args.get("sebagai", "mentee"))
    with transaction() as session:
        services.leave_programme(session, current_actor(), public_id, role)
    flash(_("Anda keluar dari program. Pasangan yang sudah berjalan tidak berubah."), "ok")
    return redirect(url_for("mentoring.programme_list"), code=303)


@bp.get("/mentoring/program/<string:public_id>/peserta")
@requires(Permission.PAIRING_MANAGE)
def programme_members(public_id: str) -> ResponseReturnValue:
    """List who takes part, to the coordinator."""
    one = programme_or_404(public_id, to_manage=True)
    role = _ROLE_IN_URL.get(request.args.get("tampil", ""))
    total = queries.count_members(current_session(), one.row.id, role)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, request.args.get("halaman", 1, type=int)), pages)
    rows = queries.list_members(current_session(), one.row.id, role, limit=PAGE, offset=(page - 1) * PAGE)
    note_reading({row.person.id for row in rows}, "mentoring.programme_members")
    params: dict[str, Any] = {"tampil": role.value} if role else {}
    return render_template(
        "mentoring/programme_members.html", one=one, rows=rows, total=total, page=page, pages=pages, roles=ROLES,
        chosen=role.value if role else "",
        href=url_for("mentoring.programme_members", public_id=public_id, **params, halaman="PAGE").replace(
            "PAGE", "{page}"
        ),
        export=url_for("mentoring.programme_members_xlsx", public_id=public_id, **params),
    )  # fmt: skip


@bp.get("/mentoring/program/<string:public_id>/peserta.xlsx")
@requires(Permission.PAIRING_MANAGE)
def programme_members_xlsx(public_id: str) -> ResponseReturnValue:
    """Send the members as a spreadsheet."""
    one = programme_or_404(public_id, to_manage=True)
    role = _ROLE_IN_URL.get(request.args.get("tampil", ""))
    rows = queries.list_members(current_session(), one.row.id, role, limit=queries.EXPORT_MAX)
    note_reading({row.person.id for row in rows}, "mentoring.programme_members_xlsx")
    header = [_("Nama"), _("Unit"), _("Sebagai"), _("Daya tampung"), _("Jeda")]
    data = [
        (
            row.person.full_name, row.person.unit, str(ROLES[row.role]),
            row.capacity if row.role is MemberRole.MENTOR else None, _("ya") if row.is_paused else "",
        )
        for row in rows
    ]  # fmt: skip
    return send_xlsx("peserta-program", _("Peserta program"), header, data, (36, 32, 10, 12, 8))
