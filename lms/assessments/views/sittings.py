"""Pages of those who run exams: plan a sitting, the live board, pauses and more time, the record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms.assessments import queries, services
from lms.assessments.forms import (
    AccommodationForm,
    ExtendForm,
    MessageForm,
    NoteForm,
    SittingFilter,
    SittingForm,
    SpecialForm,
)
from lms.assessments.models import IncidentKind
from lms.assessments.rules import BoardState, SittingDesign, Window, late_minutes
from lms.assessments.services.sittings import ABSENT, NO_PERSON
from lms.assessments.views.blueprint import bp
from lms.assessments.views.manage import ASSESSMENT_WORDS, send_file
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError, Invalid, NotFound, Refused
from lms.core.sheets import Sheet, write_xlsx
from lms.people.queries import list_unit_choices
from lms.web.fields import clean_text
from lms.web.filters import shown_zone
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue

    from lms.assessments.queries import BoardLine, SittingLine
    from lms.web.forms import BaseForm

BOARD_PAGE = 50
REFRESH_SECONDS = 20
STATE_WORDS = {
    BoardState.QUIET: _l("Tidak terhubung"),
    BoardState.STUCK: _l("Lama tanpa jawaban"),
    BoardState.PAUSED: _l("Dijeda"),
    BoardState.RUNNING: _l("Mengerjakan"),
    BoardState.WAITING: _l("Belum mulai"),
    BoardState.EXPIRED: _l("Waktu habis"),
    BoardState.FINISHED: _l("Selesai"),
}
STATE_TAGS = {
    BoardState.QUIET: "bad", BoardState.STUCK: "warn", BoardState.PAUSED: "note", BoardState.RUNNING: "info",
    BoardState.WAITING: "", BoardState.EXPIRED: "warn", BoardState.FINISHED: "ok",
}  # fmt: skip
SITTING_WORDS = {
    "planned": _l("Belum dibuka"),
    "open": _l("Dibuka"),
    "paused": _l("Dijeda"),
    "over": _l("Ditutup"),
    "cancelled": _l("Dibatalkan"),
}
SITTING_TAGS = {"planned": "", "open": "info", "paused": "warn", "over": "ok", "cancelled": "bad"}
FILTER_WORDS = (
    ("semua", _l("Semua")), ("sekarang", _l("Sekarang")), ("nanti", _l("Akan datang")), ("lewat", _l("Sudah lewat")),
)  # fmt: skip
INCIDENT_WORDS = {
    IncidentKind.NOTE: _l("Catatan"),
    IncidentKind.MESSAGE: _l("Pesan"),
    IncidentKind.PAUSE: _l("Dijeda"),
    IncidentKind.RESUME: _l("Dilanjutkan"),
    IncidentKind.EXTEND: _l("Waktu ditambah"),
    IncidentKind.REOPEN: _l("Dibuka lagi"),
}


def _line(public_id: str) -> SittingLine:
    line = queries.get_sitting_line(current_session(), current_actor(), public_id)
    if line is None:
        raise NotFound(ABSENT)
    return line


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("assessments.board", public_id=public_id), code=303)


# Planning ---------------------------------------------------------------------------------------


@bp.get("/instruktur/ujian")
@requires(Permission.ASSESSMENT_MANAGE)
def list_sittings() -> ResponseReturnValue:
    """List the sittings in one's scope."""
    chosen, now = SittingFilter.read(request.args), clock.now()
    lines, total = queries.list_sittings(
        current_session(), current_actor(), words=chosen.words, only=chosen.only, now=now, page=chosen.page
    )
    return render_template(
        "assessments/sitting_list.html", lines=lines, total=total, chosen=chosen, now=now, tags=SITTING_TAGS,
        words=SITTING_WORDS, pages=max(1, -(-total // queries.SITTING_PAGE)), filters=FILTER_WORDS,
    )  # fmt: skip


@bp.get("/instruktur/ujian/unduh")
@requires(Permission.ASSESSMENT_MANAGE)
def export_sittings() -> ResponseReturnValue:
    """Send the sittings as they are filtered on the page."""
    chosen, now, zone = SittingFilter.read(request.args), clock.now(), clock.zone(shown_zone())
    lines, _total = queries.list_sittings(
        current_session(), current_actor(), words=chosen.words, only=chosen.only, now=now, page=None
    )
    header = [
        _("Sesi"), _("Ujian"), _("Pelatihan"), _("Angkatan"), _("Tempat"), _("Dibuka"), _("Batas mulai"),
        _("Ditutup"), _("Menit"), _("Keadaan"), _("Mulai"), _("Selesai"),
    ]  # fmt: skip
    rows = [
        (
            line.title, line.assessment_title, line.course_title, line.offering_title, line.place,
            line.opens_at.astimezone(zone), line.last_start_at.astimezone(zone), line.closes_at.astimezone(zone),
            line.time_limit_minutes, str(SITTING_WORDS[line.state(now)]), line.started, line.ended,
        )
        for line in lines
    ]  # fmt: skip
    widths = (28, 20, 32, 28, 24, 17, 17, 17, 8, 14, 8, 8)
    return send_file(write_xlsx([Sheet(_("Sesi ujian"), header, rows, widths=widths)]), "sesi-ujian")


def _fill(form: Any) -> Any:
    """Give the form its choices."""
    session, actor = current_session(), current_actor()
    form.ujian.choices = [("", _("Pilih"))] + [
        (target.key, target.label) for target in queries.list_sitting_targets(session, actor)
    ]
    form.unit.choices = _units(_("Semua peserta"))
    return form


def _units(first: str) -> list[tuple[str, str]]:
    units = list_unit_choices(current_session(), current_actor(), Permission.ASSESSMENT_MANAGE)
    return [("", first)] + [(unit.public_id, f"{'  ' * unit.depth}{unit.name}") for unit in units]


@bp.get("/instruktur/ujian/baru")
@requires(Permission.ASSESSMENT_MANAGE)
def new_sitting() -> ResponseReturnValue:
    """Show the empty form: tomorrow at nine, an hour to come in."""
    local = clock.now().astimezone(clock.zone(shown_zone())) + timedelta(days=1)
    hours = {
        name: local.replace(hour=hour, minute=0).time() for name, hour in (("buka", 9), ("batas", 10), ("tutup", 12))
    }
    form = SittingForm(data={"tanggal": local.date(), "ujian": request.args.get("ujian", ""), **hours})
    return render_template("assessments/sitting_form.html", form=_fill(form), line=None)


@bp.post("/instruktur/ujian/baru")
@requires(Permission.ASSESSMENT_MANAGE)
def plan_sitting() -> ResponseReturnValue:
    """Plan a sitting."""
    form = _fill(SittingForm())
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                data = form.to_command(zone=shown_zone())
                made = services.plan_sitting(session, current_actor(), data, now=clock.now()).public_id
        except Invalid as wrong:
            form.refuse(wrong)
        else:
            _tell_of_late(_line(made))
            return _back(made)
    return render_template("assessments/sitting_form.html", form=form, line=None), 422


def _tell_of_late(line: SittingLine) -> None:
    """Say what the hard close does to those who come last; it is allowed, but nobody should be surprised."""
    window = Window(line.opens_at, line.last_start_at, line.closes_at)
    lost = late_minutes(SittingDesign(window, line.time_limit_minutes))
    flash(_("Sesi ujian tersimpan."), "ok")
    if lost:
        flash(_("Yang mulai paling akhir kehilangan %(lost)s menit karena waktu tutup.", lost=lost), "warn")


@bp.get("/instruktur/ujian/<string:public_id>/ubah")
@requires(Permission.ASSESSMENT_MANAGE)
def edit_sitting(public_id: str) -> ResponseReturnValue:
    """Show the form of a sitting."""
    line = _line(public_id)
    return render_template(
        "assessments/sitting_form.html", form=_fill(SittingForm.of(line, zone=shown_zone())), line=line
    )


@bp.post("/instruktur/ujian/<string:public_id>/ubah")
@requires(Permission.ASSESSMENT_MANAGE)
def change_sitting(public_id: str) -> ResponseReturnValue:
    """Change a sitting."""
    line, form = _line(public_id), _fill(SittingForm())
    if form.ok():
        try:
            with transaction() as session:
                services.change_sitting(
                    session, current_actor(), public_id, form.to_command(zone=shown_zone()),
                    version=form.version.data or 0, now=clock.now(),
                )  # fmt: skip
        except (Invalid, Refused) as wrong:
            form.refuse(wrong)
        else:
            _tell_of_late(_line(public_id))
            return _back(public_id)
    return render_template("assessments/sitting_form.html", form=form, line=line), 422


@bp.post("/instruktur/ujian/<string:public_id>/batal")
@requires(Permission.ASSESSMENT_MANAGE)
def cancel_sitting(public_id: str) -> ResponseReturnValue:
    """Cancel a sitting that nobody has started."""
    with transaction() as session:
        claim_once(session)
        services.cancel_sitting(session, current_actor(), public_id, now=clock.now())
    flash(_("Sesi ujian dibatalkan."), "ok")
    return redirect(url_for("assessments.list_sittings"), code=303)


# The live board -----------------------------------------------------------------------------------


def _board(line: SittingLine, now: datetime) -> dict[str, Any]:
    people = queries.read_board(current_session(), line.id, now=now)
    only = request.args.get("tampil", "")
    shown = [one for one in people if one.state == only] if only in set(BoardState) else people
    typed = request.args.get("hal", "1")
    pages = max(1, -(-len(shown) // BOARD_PAGE))
    page = min(pages, max(1, int(typed))) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 1
    rows = shown[(page - 1) * BOARD_PAGE : page * BOARD_PAGE]
    note_reading({one.employee_id for one in rows if one.attempt_public_id}, "papan-ujian")
    return {
        "line": line, "now": now, "people": rows, "total": len(people), "page": page,
        "pages": pages, "only": only if only in set(BoardState) else "", "state": line.state(now),
        "counts": {state: sum(one.state is state for one in people) for state in BoardState},
        "state_words": STATE_WORDS, "state_tags": STATE_TAGS, "sitting_words": SITTING_WORDS,
        "sitting_tags": SITTING_TAGS, "kind_words": ASSESSMENT_WORDS, "refresh": REFRESH_SECONDS,
        "still": request.args.get("diam") == "1",
    }  # fmt: skip


def _page(public_id: str, status: int = 200, **forms: BaseForm) -> ResponseReturnValue:
    line, now = _line(public_id), clock.now()
    shown = {
        "extend": forms.get("extend") or ExtendForm(None, data={"menit": 10}),
        "message": forms.get("message") or MessageForm(None, data={"pesan": line.notice}),
        "note": forms.get("note") or NoteForm(None),
        "wrong": next(iter(forms.values()), None),
        "which": next(iter(forms), ""),
    }
    return render_template(
        "assessments/board.html", **_board(line, now), **shown,
        incidents=queries.list_incidents(current_session(), line.id, limit=8), incident_words=INCIDENT_WORDS,
    ), status  # fmt: skip


@bp.get("/instruktur/ujian/<string:public_id>")
@requires(Permission.ASSESSMENT_MANAGE)
def board(public_id: str) -> ResponseReturnValue:
    """Show the live board of a sitting, and what can be done."""
    return _page(public_id)


@bp.get("/instruktur/ujian/<string:public_id>/papan")
@requires(Permission.ASSESSMENT_MANAGE)
def board_part(public_id: str) -> ResponseReturnValue:
    """Return the part of the board that changes, for the page's script."""
    return render_template("assessments/_board.html", **_board(_line(public_id), clock.now()))


@bp.get("/instruktur/ujian/<string:public_id>/unduh")
@requires(Permission.ASSESSMENT_MANAGE)
def export_board(public_id: str) -> ResponseReturnValue:
    """Send the board and the record as a spreadsheet."""
    line, now, zone = _line(public_id), clock.now(), clock.zone(shown_zone())
    people = queries.read_board(current_session(), line.id, now=now)
    note_reading({one.employee_id for one in people}, "papan-ujian-xlsx")
    header = [
        _("Nama"), _("Unit kerja"), _("Keadaan"), _("Percobaan ke"), _("Mulai"), _("Batas waktu"), _("Dijawab"),
        _("Jumlah soal"), _("Simpan terakhir"), _("Nilai"), _("Lulus"),
    ]  # fmt: skip
    rows = [_cells(one, zone) for one in people]
    happened = [
        (
            one.at.astimezone(zone), str(INCIDENT_WORDS[one.kind]), one.person_name, one.minutes, one.people,
            one.body, one.by_name,
        )
        for one in queries.list_incidents(current_session(), line.id, limit=5000)
    ]  # fmt: skip
    record_header = [_("Waktu"), _("Peristiwa"), _("Peserta"), _("Menit"), _("Orang"), _("Isi"), _("Oleh")]
    return send_file(
        write_xlsx([
            Sheet(_("Peserta"), header, rows, widths=(32, 32, 18, 11, 18, 18, 9, 9, 18, 8, 8)),
            Sheet(_("Catatan"), record_header, happened, widths=(18, 16, 30, 8, 8, 60, 30)),
        ]),
        "papan-ujian",
    )  # fmt: skip


def _cells(one: BoardLine, zone: Any) -> tuple[Any, ...]:
    watched = one.watched

    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(zone) if moment is not None else None

    return (
        one.name, one.unit_name, str(STATE_WORDS[one.state]), one.number, local(watched.started_at),
        local(watched.deadline_at), one.answered if one.number else None, one.total if one.number else None,
        local(watched.last_answer_at), one.percent, one.passed,
    )  # fmt: skip


@bp.post("/instruktur/ujian/<string:public_id>/jeda")
@requires(Permission.ASSESSMENT_MANAGE)
def pause(public_id: str) -> ResponseReturnValue:
    """Stop everybody's clock."""
    reason = clean_text(request.form.get("alasan", ""))[:300]
    with transaction() as session:
        claim_once(session)
        people = services.pause_sitting(session, current_actor(), public_id, reason=reason, now=clock.now())
    flash(ngettext("Ujian dijeda bagi %(num)d orang.", "Ujian dijeda bagi %(num)d orang.", people), "ok")
    return _back(public_id)


@bp.post("/instruktur/ujian/<string:public_id>/lanjut")
@requires(Permission.ASSESSMENT_MANAGE)
def resume_all(public_id: str) -> ResponseReturnValue:
    """Let the clock run on and give the time back."""
    with transaction() as session:
        claim_once(session)
        people = services.resume_sitting(session, current_actor(), public_id, now=clock.now())
    flash(
        ngettext(
            "Ujian berjalan lagi bagi %(num)d orang. Waktu jeda dikembalikan.",
            "Ujian berjalan lagi bagi %(num)d orang. Waktu jeda dikembalikan.", people,
        ),
        "ok",
    )  # fmt: skip
    return _back(public_id)


@bp.post("/instruktur/ujian/<string:public_id>/tambah")
@requires(Permission.ASSESSMENT_MANAGE)
def extend_all(public_id: str) -> ResponseReturnValue:
    """Give everybody more time."""
    form = ExtendForm()
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                people = services.extend_time(
                    session, current_actor(), public_id, minutes=form.menit.data, reason=form.alasan.data,
                    now=clock.now(),
                )  # fmt: skip
        except (Invalid, Refused) as wrong:
            form.refuse(wrong)
        else:
            flash(
                ngettext("Waktu %(num)d orang ditambah.", "Waktu %(num)d orang ditambah.", people)
                + " " + _("Waktu tutup sesi mundur juga."),
                "ok",
            )  # fmt: skip
            return _back(public_id)
    return _page(public_id, 422, extend=form)


@bp.post("/instruktur/ujian/<string:public_id>/pesan")
@requires(Permission.ASSESSMENT_MANAGE)
def send_message(public_id: str) -> ResponseReturnValue:
    """Show a message to all who work."""
    form = MessageForm()
    if form.ok():
        with transaction() as session:
            claim_once(session)
            services.send_message(session, current_actor(), public_id, body=form.pesan.data or "", now=clock.now())
        flash(_("Pesan tampil di layar peserta paling lambat satu menit lagi.") if form.pesan.data
              else _("Pesan sudah dihapus dari layar peserta."), "ok")  # fmt: skip
        return _back(public_id)
    return _page(public_id, 422, message=form)


@bp.post("/instruktur/ujian/<string:public_id>/catat")
@requires(Permission.ASSESSMENT_MANAGE)
def add_note(public_id: str) -> ResponseReturnValue:
    """Write a line of the record."""
    form = NoteForm()
    if form.ok():
        with transaction() as session:
            claim_once(session)
            services.add_note(session, current_actor(), public_id, body=form.catatan.data, now=clock.now())
        flash(_("Catatan tersimpan."), "ok")
        return _back(public_id)
    return _page(public_id, 422, note=form)


@bp.get("/instruktur/ujian/<string:public_id>/catatan")
@requires(Permission.ASSESSMENT_MANAGE)
def show_record(public_id: str) -> ResponseReturnValue:
    """Show the record of a sitting."""
    line = _line(public_id)
    incidents = queries.list_incidents(current_session(), line.id, limit=500)
    note_reading({one.person_id for one in incidents if one.person_id is not None}, "catatan-ujian")
    return render_template(
        "assessments/sitting_record.html", line=line, incidents=incidents, incident_words=INCIDENT_WORDS
    )


def _participant(line: SittingLine, attempt: str, now: datetime) -> BoardLine:
    for one in queries.read_board(current_session(), line.id, now=now):
        if one.attempt_public_id == attempt:
            return one
    raise NotFound(NO_PERSON)


def _one(public_id: str, attempt: str, form: ExtendForm | None = None) -> str:
    line, now = _line(public_id), clock.now()
    person = _participant(line, attempt, now)
    note_reading([person.employee_id], "papan-ujian-peserta")
    return render_template(
        "assessments/board_person.html", line=line, person=person, now=now, state_words=STATE_WORDS,
        state_tags=STATE_TAGS, form=form or ExtendForm(None, data={"menit": 10}), incident_words=INCIDENT_WORDS,
        incidents=queries.list_incidents(current_session(), line.id, attempt_public_id=attempt, limit=50),
        runs=person.state not in {BoardState.FINISHED, BoardState.EXPIRED},
    )  # fmt: skip


@bp.get("/instruktur/ujian/<string:public_id>/peserta/<string:attempt>")
@requires(Permission.ASSESSMENT_MANAGE)
def board_person(public_id: str, attempt: str) -> ResponseReturnValue:
    """Show one participant, and what can be done for this one."""
    return _one(public_id, attempt)


@bp.post("/instruktur/ujian/<string:public_id>/peserta/<string:attempt>")
@requires(Permission.ASSESSMENT_MANAGE)
def help_person(public_id: str, attempt: str) -> ResponseReturnValue:
    """Give one participant more time, or let this one go on."""
    form = ExtendForm()
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                if "buka" in request.form:
                    services.reopen_attempt(
                        session, current_actor(), public_id, attempt_public_id=attempt, minutes=form.menit.data,
                        reason=form.alasan.data, now=clock.now(),
                    )  # fmt: skip
                else:
                    services.extend_time(
                        session, current_actor(), public_id, attempt_public_id=attempt, minutes=form.menit.data,
                        reason=form.alasan.data, now=clock.now(),
                    )  # fmt: skip
        except (Invalid, Refused) as wrong:
            form.refuse(wrong)
        else:
            flash(_("Percobaan dibuka lagi.") if "buka" in request.form else _("Waktu peserta ini ditambah."), "ok")
            return redirect(url_for("assessments.board_person", public_id=public_id, attempt=attempt), code=303)
    return _one(public_id, attempt, form), 422


# Special rules and accommodations ------------------------------------------------------------------


def _specials_page(public_id: str, form: SpecialForm) -> str:
    line, session = _line(public_id), current_session()
    form.orang.choices = [("", _("Pilih")), *queries.list_people_of_sitting(session, line)]
    form.unit.choices = _units(_("Tidak untuk seluruh unit"))
    specials = queries.list_specials(session, line.id)
    note_reading({one.employee_id for one in specials if one.employee_id is not None}, "pengecualian-ujian")
    return render_template("assessments/sitting_specials.html", line=line, form=form, specials=specials)


@bp.get("/instruktur/ujian/<string:public_id>/pengecualian")
@requires(Permission.ASSESSMENT_MANAGE)
def list_specials(public_id: str) -> ResponseReturnValue:
    """Show the special rules of a sitting."""
    return _specials_page(public_id, SpecialForm(None))


@bp.post("/instruktur/ujian/<string:public_id>/pengecualian")
@requires(Permission.ASSESSMENT_MANAGE)
def grant_special(public_id: str) -> ResponseReturnValue:
    """Set a special rule."""
    line, form = _line(public_id), SpecialForm()
    if form.ok():
        try:
            day = line.opens_at.astimezone(clock.zone(shown_zone())).date()
            with transaction() as session:
                claim_once(session)
                services.grant_special(
                    session, current_actor(), public_id, form.to_command(day=day, zone=shown_zone()), now=clock.now()
                )
        except (Invalid, Refused) as wrong:
            form.refuse(wrong)
        else:
            flash(_("Pengecualian tersimpan. Peserta membacanya di halaman mulai."), "ok")
            return redirect(url_for("assessments.list_specials", public_id=public_id), code=303)
    return _specials_page(public_id, form), 422


@bp.post("/instruktur/ujian/<string:public_id>/pengecualian/<string:special>/hapus")
@requires(Permission.ASSESSMENT_MANAGE)
def remove_special(public_id: str, special: str) -> ResponseReturnValue:
    """Take a special rule away."""
    with transaction() as session:
        claim_once(session)
        services.remove_special(session, current_actor(), public_id, special, now=clock.now())
    flash(_("Pengecualian dihapus."), "ok")
    return redirect(url_for("assessments.list_specials", public_id=public_id), code=303)


def _accommodations_page(form: AccommodationForm) -> str:
    session, actor, chosen = current_session(), current_actor(), SittingFilter.read(request.args)
    lines, total = queries.list_accommodations(session, actor, words=chosen.words, page=chosen.page)
    note_reading({one.employee_id for one in lines}, "penyesuaian-waktu")
    found = clean_text(request.values.get("nama", ""))[:80]
    people = queries.find_people(session, actor, found)
    form.orang.choices = people
    return render_template(
        "assessments/accommodations.html", lines=lines, total=total, chosen=chosen, form=form, found=found,
        people=people, pages=max(1, -(-total // queries.SITTING_PAGE)), today=_today(),
    )  # fmt: skip


def _today() -> Any:
    return clock.local_day(clock.now(), shown_zone())


@bp.get("/instruktur/penyesuaian")
@requires(Permission.ASSESSMENT_MANAGE)
def list_accommodations() -> ResponseReturnValue:
    """List who has more time everywhere, and give it to one more."""
    return _accommodations_page(AccommodationForm(None, data={"persen": 25, "mulai": _today()}))


@bp.get("/instruktur/penyesuaian/unduh")
@requires(Permission.ASSESSMENT_MANAGE)
def export_accommodations() -> ResponseReturnValue:
    """Send the list as a spreadsheet."""
    chosen = SittingFilter.read(request.args)
    lines, _total = queries.list_accommodations(current_session(), current_actor(), words=chosen.words, page=None)
    note_reading({one.employee_id for one in lines}, "penyesuaian-waktu-xlsx")
    header = [_("Nama"), _("Unit kerja"), _("Persen"), _("Menit"), _("Alasan"), _("Mulai"), _("Sampai")]
    rows = [
        (one.person_name, one.unit_name, one.extra_percent, one.extra_minutes, one.reason, one.starts_on, one.ends_on)
        for one in lines
    ]
    return send_file(
        write_xlsx([Sheet(_("Penyesuaian waktu"), header, rows, widths=(32, 32, 8, 8, 40, 12, 12))]), "penyesuaian"
    )


@bp.post("/instruktur/penyesuaian")
@requires(Permission.ASSESSMENT_MANAGE)
def give_accommodation() -> ResponseReturnValue:
    """Give a person more time everywhere."""
    form = AccommodationForm()
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                services.give_accommodation(session, current_actor(), form.to_command(), now=clock.now())
        except DomainError as wrong:
            if not isinstance(wrong, Invalid):
                raise
            form.refuse(wrong)
        else:
            flash(_("Penyesuaian berlaku untuk semua ujian yang dimulai sesudah ini."), "ok")
            return redirect(url_for("assessments.list_accommodations"), code=303)
    return _accommodations_page(form), 422


@bp.post("/instruktur/penyesuaian/<string:public_id>/akhiri")
@requires(Permission.ASSESSMENT_MANAGE)
def end_accommodation(public_id: str) -> ResponseReturnValue:
    """End an accommodation."""
    with transaction() as session:
        claim_once(session)
        services.end_accommodation(session, current_actor(), public_id, today=_today(), now=clock.now())
    flash(_("Penyesuaian sudah berakhir."), "ok")
    return redirect(url_for("assessments.list_accommodations"), code=303)


# Save receipts ------------------------------------------------------------------------------------


@bp.get("/instruktur/bukti")
@requires(Permission.ASSESSMENT_MANAGE)
def check_receipt() -> ResponseReturnValue:
    """Say what a save receipt proves."""
    typed = clean_text(request.args.get("kode", ""))[:40]
    found = queries.check_receipt(current_session(), current_actor(), typed) if typed else None
    if found is not None:
        note_reading([found.employee_id], "bukti-simpan")
    return render_template("assessments/receipt.html", typed=typed, found=found)
