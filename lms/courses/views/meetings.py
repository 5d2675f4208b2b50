"""Sessions of a run: list, attendance, code on the wall, sheet to sign; one's own calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from lms.core import clock, qr
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError, NotFound
from lms.core.ids import token_hash
from lms.core.text import N_
from lms.courses import queries
from lms.courses.forms import MeetingForm, ShareOfSessionsForm
from lms.courses.queries import meetings as reads
from lms.courses.rules.attendance import AttendanceState, calendar_text
from lms.courses.services import meetings as services
from lms.courses.views.base import bp, own_id, today
from lms.courses.views.offerings import managed
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, public, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.courses.models import Offering

STATES: dict[AttendanceState, Any] = {
    AttendanceState.PRESENT: _l("Hadir"),
    AttendanceState.PARTIAL: _l("Sebagian"),
    AttendanceState.EXCUSED: _l("Izin"),
    AttendanceState.ABSENT: _l("Tidak hadir"),
}


def _meeting(offering: Offering, public_id: str) -> reads.MeetingLine:
    held = reads.get_meeting(current_session(), offering.id, public_id)
    if held is None:
        raise NotFound(N_("Sesi ini tidak ada."))
    return held


def _draft(form: MeetingForm, offering: Offering) -> services.MeetingDraft:
    """Return the form as instants in the zone of the unit that runs the offering."""
    zone = clock.zone(queries.zone_of_unit(current_session(), offering.owner_unit_id))
    day = form.day.data
    return services.MeetingDraft(
        title=form.title.data,
        starts_at=datetime.combine(day, form.begin.data, tzinfo=zone),
        ends_at=datetime.combine(day, form.until.data, tzinfo=zone),
        place=form.place.data or "",
        room=form.room.data or "",
        instructor_id=int(form.instructor.data) if form.instructor.data else None,
    )


def _form(offering: Offering, held: reads.MeetingLine | None = None) -> MeetingForm:
    session = current_session()
    data: dict[str, Any] = {
        "day": offering.starts_on,
        "place": offering.place,
        "instructor": str(offering.instructor_id or ""),
    }
    if held is not None:
        zone = clock.zone(queries.zone_of_unit(session, offering.owner_unit_id))
        starts, ends = held.starts_at.astimezone(zone), held.ends_at.astimezone(zone)
        data = {
            "title": held.title,
            "day": starts.date(),
            "begin": starts.time(),
            "until": ends.time(),
            "place": held.place,
            "room": held.room,
            "instructor": str(held.instructor_id or ""),
        }
    known = queries.list_instructors(
        session, on=today(), keep_id=held.instructor_id if held is not None else offering.instructor_id
    )
    return MeetingForm(instructors=known, data=data)


@bp.route("/instruktur/pelatihan/<string:public_id>/sesi", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def meeting_list(public_id: str) -> ResponseReturnValue:
    """List the sessions of a run and add one."""
    offering = managed(public_id)
    form = _form(offering)
    share = ShareOfSessionsForm(data={"percent": offering.required_percent})
    wants_share = "percent" in request.form
    try:
        if wants_share and share.ok():
            with transaction() as session:
                services.set_required_percent(session, current_actor(), public_id, share.percent.data)
            flash(_("Syarat kehadiran tersimpan."), "ok")
            return redirect(url_for("courses.meeting_list", public_id=public_id), code=303)
        if not wants_share and form.ok():
            with transaction() as session:
                claim_once(session)
                services.save_meeting(session, current_actor(), public_id, _draft(form, offering))
            flash(_("Sesi tersimpan."), "ok")
            return redirect(url_for("courses.meeting_list", public_id=public_id), code=303)
    except DomainError as refused:
        (share if wants_share else form).refuse(refused)
    wrong = bool(share.summary if wants_share else form.summary)
    return render_template(
        "courses/meetings.html",
        offering=offering,
        form=form if not wants_share else _form(offering),
        share=share,
        meetings=reads.list_meetings(current_session(), offering.id),
        zone=queries.zone_of_unit(current_session(), offering.owner_unit_id),
    ), 422 if wrong else 200


@bp.route("/instruktur/pelatihan/<string:public_id>/sesi/<string:session_id>/ubah", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def meeting_edit(public_id: str, session_id: str) -> ResponseReturnValue:
    """Change a session."""
    offering = managed(public_id)
    held = _meeting(offering, session_id)
    form = _form(offering, held)
    if form.ok():
        try:
            with transaction() as session:
                services.save_meeting(session, current_actor(), public_id, _draft(form, offering), public_id=session_id)
        except DomainError as refused:
            form.refuse(refused)
        else:
            flash(_("Sesi tersimpan. Peserta diberi kabar bila waktu atau tempat berubah."), "ok")
            return redirect(url_for("courses.meeting_list", public_id=public_id), code=303)
    return render_template("courses/meeting_edit.html", offering=offering, held=held, form=form), (
        422 if form.summary else 200
    )


@bp.post("/instruktur/pelatihan/<string:public_id>/sesi/<string:session_id>/batalkan")
@requires(Permission.OFFERING_MANAGE)
def meeting_cancel(public_id: str, session_id: str) -> ResponseReturnValue:
    """Cancel a session; saving it again brings it back."""
    with transaction() as session:
        services.cancel_meeting(session, current_actor(), public_id, session_id)
    flash(_("Sesi dibatalkan dan peserta diberi kabar. Simpan lagi untuk mengadakannya."), "ok")
    return redirect(url_for("courses.meeting_list", public_id=public_id), code=303)


@bp.route("/instruktur/pelatihan/<string:public_id>/sesi/<string:session_id>/kehadiran", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def meeting_attendance(public_id: str, session_id: str) -> ResponseReturnValue:
    """Show and note who attended."""
    offering = managed(public_id)
    held = _meeting(offering, session_id)
    lines = reads.list_attendance(current_session(), offering.id, held.id)
    if request.method == "POST":
        marks = {
            line.public_id: (AttendanceState(value), request.form.get(f"ket-{line.public_id}", "").strip()[:300])
            for line in lines
            if (value := request.form.get(f"hadir-{line.public_id}", "")) in set(AttendanceState)
        }
        try:
            with transaction() as session:
                count = services.mark_attendance(session, current_actor(), public_id, session_id, marks)
        except DomainError as refused:
            flash(str(refused), "bad")
        else:
            flash(ngettext("%(num)d catatan kehadiran tersimpan.", "%(num)d catatan kehadiran tersimpan.", count), "ok")
        return redirect(url_for("courses.meeting_attendance", public_id=public_id, session_id=session_id), code=303)
    note_reading({line.employee_id for line in lines}, "courses.meeting_attendance")
    return render_template("courses/meeting_attendance.html", offering=offering, held=held, lines=lines, states=STATES)


@bp.get("/instruktur/pelatihan/<string:public_id>/sesi/<string:session_id>/lembar")
@requires(Permission.OFFERING_MANAGE)
def meeting_sheet(public_id: str, session_id: str) -> ResponseReturnValue:
    """Show the sheet to sign, with the code for phones, made to be printed."""
    offering = managed(public_id)
    held = _meeting(offering, session_id)
    lines = reads.list_attendance(current_session(), offering.id, held.id)
    note_reading({line.employee_id for line in lines}, "courses.meeting_sheet")
    address = current_app.config["LMS"].base_url + url_for(
        "courses.check_in", session_id=held.public_id, key=held.check_in_key
    )
    return render_template(
        "courses/meeting_sheet.html",
        offering=offering,
        held=held,
        lines=lines,
        code=Markup(qr.svg(address, title=_("Kode kehadiran"))),  # noqa: S704 -- drawn here from our own address
    )


@bp.route("/hadir/<string:session_id>/<string:key>", methods=["GET", "POST"])
@requires(Permission.LEARN)
def check_in(session_id: str, key: str) -> ResponseReturnValue:
    """Note oneself as present, from the code on the wall; every scan gets one clear answer."""
    own_id()
    title = reads.title_of_code(current_session(), session_id, key)
    if title is None:
        raise NotFound(N_("Kode kehadiran ini tidak dikenal. Pindai lagi dari layar atau kertasnya."))
    noted, refusal = None, ""
    if request.method == "POST":
        try:
            with transaction() as session:
                _held, noted = services.check_in(session, current_actor(), session_id, key)
        except services.CheckInRefused as refused:
            refusal = str(refused)
    return render_template(
        "courses/check_in.html", session_id=session_id, key=key, noted=noted, refusal=refusal, title=title
    ), 409 if refusal else 200


# One's own calendar -------------------------------------------------------------------------


@bp.route("/kalender-saya", methods=["GET", "POST"])
@requires(Permission.LEARN)
def own_calendar() -> ResponseReturnValue:
    """Show what one attends and teaches, and the secret address for the phone's calendar."""
    employee_id = own_id()
    token = ""
    if request.method == "POST":
        with transaction() as session:
            if request.form.get("tindakan") == "hapus":
                services.remove_feed(session, current_actor())
            else:
                token = services.make_feed(session, current_actor())
        if not token:
            flash(_("Alamat kalender dihapus. Kalender yang memakainya berhenti diperbarui."), "ok")
            return redirect(url_for("courses.own_calendar"), code=303)
    session = current_session()
    base = current_app.config["LMS"].base_url
    return render_template(
        "courses/own_calendar.html",
        events=reads.own_events(session, employee_id, base_url="", since=clock.now() - timedelta(days=1)),
        address=base + url_for("courses.feed", token=token) if token else "",
        has_feed=reads.has_feed(session, employee_id),
    )


@bp.get("/kalender/<string:token>.ics")
@public
def feed(token: str) -> Response:
    """Give the calendar of a secret address to the phone that asks; nothing tells why one is unknown."""
    session = current_session()
    employee_id = reads.person_of_feed(session, token_hash(token[:128]))
    if employee_id is None:
        raise NotFound(N_("Alamat kalender ini tidak berlaku."))
    events = reads.own_events(
        session,
        employee_id,
        base_url=current_app.config["LMS"].base_url,
        since=clock.now() - timedelta(days=90),
    )
    response = make_response(calendar_text(events, name="Bina"))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Cache-Control"] = "private, max-age=900"
    return response
