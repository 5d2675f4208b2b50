"""The coordinator: overview, pairing, ending; and the numbers that HR sees."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.competencies.queries import gaps_of
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.text import N_
from lms.mentoring import queries, services
from lms.mentoring.forms import EndForm, PairingForm
from lms.mentoring.queries import OverviewFilter
from lms.mentoring.rules import PairingRefusal
from lms.mentoring.views.base import bp, pairing_or_404, send_xlsx, shared, today
from lms.web.fields import clean_text
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, requires
from lms.web.incoming import year_argument

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.mentoring.queries import Person

PAGE = 25
USUAL_TERM = timedelta(days=182)
ONLY: dict[str, Any] = {
    "all": _l("Semua yang berjalan"),
    "silent": _l("Diam lebih dari 30 hari"),
    "open": _l("Menunggu konfirmasi"),
    "disputed": _l("Disanggah"),
    "ended": _l("Sudah berakhir"),
}
WHY_NOT: dict[PairingRefusal, Any] = {
    PairingRefusal.LINE: _l("Satu garis atasan"),
    PairingRefusal.HELD: _l("Sudah berpasangan"),
    PairingRefusal.LEVEL: _l("Level di bawah tujuan"),
}


def _wanted() -> tuple[OverviewFilter, dict[str, Any], list[tuple[str, str, str]]]:
    """Return the filters of the address, their parameters, and the units to choose from."""
    units = queries.list_filter_units(current_session(), current_actor())
    args = request.args
    unit = next((one for one in units if one[0] == args.get("unit")), None)
    only = args.get("tampil", "all")
    search = " ".join(clean_text(args.get("cari", "")).split())[:80]
    wanted = OverviewFilter(
        unit_path=unit[2] if unit is not None else "",
        only=only if only in ONLY else "all",
        words=tuple(search.split()[:5]),
    )
    params = {"cari": search, "unit": unit[0] if unit is not None else "", "tampil": wanted.only}
    return wanted, {key: value for key, value in params.items() if value and value != "all"}, units


@bp.get("/mentoring/koordinasi")
@requires(Permission.PAIRING_MANAGE)
def overview() -> ResponseReturnValue:
    """List the pairings of the actor's units, the longest silent first."""
    session, actor, day = current_session(), current_actor(), today()
    wanted, params, units = _wanted()
    total = queries.count_overview(session, actor, wanted, today=day)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, request.args.get("halaman", 1, type=int)), pages)
    rows = queries.list_overview(session, actor, wanted, today=day, limit=PAGE, offset=(page - 1) * PAGE)
    note_reading(queries.with_people(rows), "mentoring.overview")
    return render_template(
        "mentoring/overview.html",
        rows=rows,
        total=total,
        page=page,
        pages=pages,
        params=params,
        units=[(one[0], one[1]) for one in units],
        only=list(ONLY.items()),
        chosen=wanted.only,
        totals=queries.overview_totals(session, actor, today=day),
        href=url_for("mentoring.overview", **params, halaman="PAGE").replace("PAGE", "{page}"),
        export=url_for("mentoring.overview_xlsx", **params),
        **shared(),
    )


@bp.get("/mentoring/koordinasi.xlsx")
@requires(Permission.PAIRING_MANAGE)
def overview_xlsx() -> ResponseReturnValue:
    """Send the list as a spreadsheet, with the same filters."""
    day = today()
    wanted, _params, _units = _wanted()
    rows = queries.list_overview(current_session(), current_actor(), wanted, today=day, limit=queries.EXPORT_MAX)
    note_reading(queries.with_people(rows), "mentoring.overview_xlsx")
    header = [
        _("Mentor"),
        _("Mentee"),
        _("Unit mentee"),
        _("Kompetensi"),
        _("Level tujuan"),
        _("Mulai"),
        _("Sampai"),
        _("Sesi terakhir"),
        _("Hari tanpa sesi"),
        _("Terkonfirmasi"),
        _("Menunggu"),
        _("Disanggah"),
    ]
    data = [
        (
            row.mentor.full_name, row.mentee.full_name, row.mentee.unit, row.competency, row.goal_level,
            row.starts_on, row.ends_on, row.last_held_on, row.silent_days(day) if row.is_active else None,
            row.confirmed_count, row.recorded_count, row.disputed_count,
        )
        for row in rows
    ]  # fmt: skip
    widths = (30, 30, 28, 34, 10, 12, 12, 12, 12, 12, 10, 10)
    return send_xlsx("pasangan-mentoring", _("Pasangan mentoring"), header, data, widths)


@bp.get("/mentoring/rekap")
@requires(Permission.MENTORING_VIEW)
def counts() -> ResponseReturnValue:
    """Show numbers by unit: nobody's name, nobody's words."""
    year = year_argument(today().year)
    rows = queries.unit_counts(current_session(), current_actor(), year=year, today=today())
    names = ("pairings", "silent", "waiting", "confirmed", "minutes", "credited_jp")
    return render_template(
        "mentoring/counts.html", rows=rows, year=year, years=range(today().year, today().year - 4, -1),
        sums={name: sum(getattr(row, name) for row in rows) for name in names}, **shared(),
    )  # fmt: skip


@bp.get("/mentoring/rekap.xlsx")
@requires(Permission.MENTORING_VIEW)
def counts_xlsx() -> ResponseReturnValue:
    """Send the numbers as a spreadsheet."""
    year = year_argument(today().year)
    rows = queries.unit_counts(current_session(), current_actor(), year=year, today=today())
    header = [
        _("Unit"), _("Pasangan berjalan"), _("Diam lebih dari 30 hari"), _("Menunggu konfirmasi"),
        _("Sesi terkonfirmasi"), _("Menit"), _("JP"),
    ]  # fmt: skip
    data = [(r.unit, r.pairings, r.silent, r.waiting, r.confirmed, r.minutes, r.credited_jp) for r in rows]
    return send_xlsx("rekap-mentoring", _("Rekap mentoring"), header, data, (34, 12, 14, 14, 14, 10, 8))


def _mentee(public_id: str) -> Person:
    mentee = queries.get_mentee(current_session(), current_actor(), public_id)
    if mentee is None:
        raise NotFound(N_("Pegawai ini tidak ada dalam wilayah yang Anda koordinasi."))
    return mentee


def _draw_new(mentee: Person, form: PairingForm, *, code: str, status: int = 200) -> ResponseReturnValue:
    session, day = current_session(), today()
    gaps = gaps_of(session, mentee.id, day)
    gap = next((one for one in gaps if one.code == code), None)
    goal = form.level.data or (min(5, gap.required) if gap is not None else None)
    if form.level.data is None:
        form.level.data = goal
    options = queries.list_mentors(
        session, mentee, day, competency_id=gap.competency_id if gap is not None else None, goal_level=goal
    )
    note_reading({mentee.id, *(option.person.id for option in options)}, "mentoring.pairing_new")
    return render_template(
        "mentoring/pairing_new.html",
        mentee=mentee,
        gaps=gaps,
        gap=gap,
        goal=goal,
        form=form,
        options=[one for one in options if one.refusal is None],
        blocked=[one for one in options if one.refusal is not None],
        why_not=WHY_NOT,
        partners=queries.partner_names(session, [one.person.id for one in options]),
        **shared(),
    ), status


@bp.get("/mentoring/pasangan/baru")
@requires(Permission.PAIRING_MANAGE)
def pairing_new() -> ResponseReturnValue:
    """Choose a mentee; then see gaps and suitable mentors."""
    public_id = request.args.get("mentee", "")
    if not public_id:
        search = " ".join(clean_text(request.args.get("cari", "")).split())[:80]
        found = queries.find_mentees(current_session(), current_actor(), search) if len(search) > 1 else []
        note_reading({person.id for person in found}, "mentoring.pairing_new")
        return render_template("mentoring/mentee_choice.html", search=search, found=found)
    mentee = _mentee(public_id)
    day = today()
    form = PairingForm(data={"mulai": day, "sampai": day + USUAL_TERM, "irama": "14"})
    gaps = gaps_of(current_session(), mentee.id, day)
    code = request.args.get("kompetensi")
    if code is None:
        code = gaps[0].code if gaps else ""
    return _draw_new(mentee, form, code=code)


@bp.post("/mentoring/pasangan/baru")
@requires(Permission.PAIRING_MANAGE)
def pairing_create() -> ResponseReturnValue:
    """Pair the two."""
    mentee = _mentee(request.args.get("mentee", ""))
    form = PairingForm()
    code = form.kompetensi.data or ""
    gap = next((one for one in gaps_of(current_session(), mentee.id, today()) if one.code == code), None)
    if not form.ok():
        return _draw_new(mentee, form, code=code, status=422)
    try:
        with transaction() as session:
            claim = claim_once(session)
            pairing = services.create_pairing(
                session,
                current_actor(),
                mentee_public_id=mentee.public_id,
                mentor_public_id=form.mentor.data,
                data=form.to_command(competency_id=gap.competency_id if gap is not None else None),
            )
            claim.result(url_for("mentoring.pairing_page", public_id=pairing.public_id))
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _draw_new(mentee, form, code=code, status=error.status)
    flash(_("Pasangan tersimpan. Mentor dan mentee sudah diberi kabar."), "ok")
    return redirect(url_for("mentoring.pairing_page", public_id=pairing.public_id), code=303)


@bp.route("/mentoring/<string:public_id>/akhiri", methods=["GET", "POST"])
@requires(Permission.PAIRING_MANAGE)
def pairing_end(public_id: str) -> ResponseReturnValue:
    """Ask for a reason, then end a pairing."""
    row = pairing_or_404(public_id)
    form = EndForm()
    if form.ok():
        try:
            with transaction() as session:
                services.end_pairing(session, current_actor(), public_id, reason=form.alasan.data or "")
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Pasangan diakhiri. Catatan sesi dan JP tetap tersimpan."), "ok")
            return redirect(url_for("mentoring.overview"), code=303)
    return render_template("mentoring/pairing_end.html", row=row, form=form), 422 if form.summary else 200
