"""The mentor: whom to turn to, writing a session down, correcting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.text import N_
from lms.mentoring import queries, services
from lms.mentoring.forms import MEDIUM_LABELS, TOPIC_LABELS, SessionForm
from lms.mentoring.rules import DISCUSSION_MAX, DURATIONS
from lms.mentoring.views.base import bp, forecast_words, is_party, pairing_or_404, shared, today
from lms.web.filters import clock_time, day_plain, duration
from lms.web.forms import claim_once
from lms.web.guard import authenticated, current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.mentoring.queries import PairingRow, SessionRow


@bp.get("/mentoring")
@authenticated
def home() -> ResponseReturnValue:
    """Show the actor's mentees, who needs him first, and his own mentors."""
    session, actor, day = current_session(), current_actor(), today()
    mentees = queries.list_own_pairings(session, actor, as_mentor=True)
    mentors = queries.list_own_pairings(session, actor, as_mentor=False)
    ended = queries.list_own_pairings(session, actor, as_mentor=True, active=False, limit=25)
    ended += queries.list_own_pairings(session, actor, as_mentor=False, active=False, limit=25)
    note_reading({row.mentee.id for row in mentees}, "mentoring.home")
    return render_template(
        "mentoring/home.html",
        mentees=sorted(mentees, key=lambda row: row.urgency(day)),
        mentors=mentors,
        ended=ended,
        waiting=queries.list_to_confirm(session, actor),
        may_log=actor.may(Permission.MENTOR),
        **shared(),
    )


@bp.get("/mentoring/<string:public_id>")
@authenticated
def pairing_page(public_id: str) -> ResponseReturnValue:
    """Show one pairing; a coordinator sees its dates and numbers, the two also what was said."""
    session, actor = current_session(), current_actor()
    row = pairing_or_404(public_id)
    note_reading({row.mentor.id, row.mentee.id}, "mentoring.pairing_page")
    return render_template(
        "mentoring/pairing.html",
        row=row,
        sessions=queries.list_sessions(session, actor, row.id, with_cancelled=True),
        party=is_party(row),
        as_mentor=row.mentor.id == actor.employee_id,
        as_mentee=row.mentee.id == actor.employee_id,
        may_log=actor.may(Permission.MENTOR),
        may_end=actor.may_in(Permission.PAIRING_MANAGE, row.mentee.unit_path) and row.mentee.id != actor.employee_id,
        partner=queries.partner_names(session, [row.mentor.id]).get(row.mentor.id, ""),
        limit=queries.MANY_SESSIONS,
        **shared(),
    )


def _own(public_id: str) -> PairingRow:
    row = pairing_or_404(public_id)
    if row.mentor.id != current_actor().employee_id:
        raise Forbidden(N_("Sesi dicatat oleh mentor pasangan ini."))
    return row


def _draw(
    form: SessionForm, pairing: PairingRow, *, edited: SessionRow | None = None, status: int = 200
) -> ResponseReturnValue:
    session, actor = current_session(), current_actor()
    own = [pairing] if edited is not None else queries.list_own_pairings(session, actor, as_mentor=True)
    chosen = set(form.mentee.data or ()) or {pairing.public_id}
    day = form.tanggal.data or today()
    forecasts: list[tuple[str, bool]] = []
    if edited is None:
        with_them = {row.mentee.id: row.mentee.name for row in own if row.public_id in chosen}
        for mentee_id, forecast in queries.month_forecasts(session, list(with_them), day).items():
            forecasts.append((forecast_words(with_them[mentee_id], forecast), forecast.credited_jp > 0))
    minutes = sorted({*DURATIONS, *([edited.minutes] if edited is not None else [])})
    return render_template(
        "mentoring/session_form.html",
        form=form,
        pairing=pairing,
        edited=edited,
        people=[(row.public_id, row.mentee.name) for row in own],
        chosen=chosen,
        durations=[(str(one), duration(one)) for one in minutes],
        media_options=[(key.value, label) for key, label in MEDIUM_LABELS.items()],
        topic_options=list(TOPIC_LABELS.items()),
        forecasts=forecasts,
        most=DISCUSSION_MAX,
        zone=clock.zone_label(actor.timezone),
        **shared(),
    ), status


@bp.route("/mentoring/<string:public_id>/sesi", methods=["GET", "POST"])
@requires(Permission.MENTOR)
def session_new(public_id: str) -> ResponseReturnValue:
    """Offer the form filled for a meeting that has just ended, and record it."""
    actor, pairing = current_actor(), _own(public_id)
    if not pairing.is_active:
        raise Refused(N_("Pasangan ini sudah diakhiri. Sesi baru tidak dapat dicatat."))
    note_reading({pairing.mentee.id}, "mentoring.session_new")
    if request.method == "GET":
        return _draw(SessionForm.blank(now=clock.now(), zone=actor.timezone, pairing=public_id), pairing)
    form = SessionForm()
    if not form.mentee.data:
        form.mentee.data = [public_id]
    if not form.ok():
        return _draw(form, pairing, status=422)
    try:
        with transaction() as session:
            claim = claim_once(session)
            made = services.record_session(
                session, actor, form.mentee.data, data=form.to_command(zone=actor.timezone), client_id=claim.key
            )
            claim.result(url_for("mentoring.pairing_page", public_id=public_id))
    except (Invalid, Refused) as error:
        form.refuse(error)
        return _draw(form, pairing, status=error.status)
    if len(made) == 1:
        flash(_("Sesi tersimpan. %(name)s diminta membenarkannya.", name=pairing.mentee.name), "ok")
    else:
        flash(ngettext("Sesi tersimpan untuk %(num)d mentee.", "Sesi tersimpan untuk %(num)d mentee.", len(made)), "ok")
    return redirect(url_for("mentoring.pairing_page", public_id=public_id), code=303)


def own_session(public_id: str) -> SessionRow:
    """Return one session of the actor, on either side."""
    row = queries.get_session(current_session(), current_actor(), public_id)
    if row is None:
        raise NotFound(N_("Catatan sesi ini tidak ada, atau bukan milik Anda."))
    return row


def _open_session(public_id: str) -> SessionRow:
    row = own_session(public_id)
    if row.mentor_id != current_actor().employee_id:
        raise Forbidden(N_("Catatan ini ditulis oleh mentor Anda. Sanggah bila ada yang keliru."))
    if not row.is_open:
        raise Refused(N_("Catatan ini sudah selesai. Isinya tidak dapat diubah lagi."))
    return row


@bp.route("/mentoring/sesi/<string:public_id>/ubah", methods=["GET", "POST"])
@requires(Permission.MENTOR)
def session_edit(public_id: str) -> ResponseReturnValue:
    """Correct a session until the mentee has confirmed it."""
    actor, row = current_actor(), _open_session(public_id)
    pairing = pairing_or_404(row.pairing_public_id)
    note_reading({row.mentee_id}, "mentoring.session_edit")
    if request.method == "GET":
        note = queries.get_private_note(current_session(), actor, public_id)
        return _draw(SessionForm.of(row, zone=actor.timezone, note=note), pairing, edited=row)
    form = SessionForm()
    form.mentee.data = [row.pairing_public_id]
    if not form.ok():
        return _draw(form, pairing, edited=row, status=422)
    try:
        with transaction() as session:
            services.correct_session(
                session, actor, public_id, version=form.version.data or 0, data=form.to_command(zone=actor.timezone)
            )
    except services.SessionConflict as error:
        return _conflict(own_session(public_id), form), error.status
    except Invalid as error:
        form.refuse(error)
        return _draw(form, pairing, edited=row, status=error.status)
    flash(_("Perbaikan tersimpan. %(name)s diminta membacanya lagi.", name=row.mentee_name), "ok")
    return redirect(url_for("mentoring.pairing_page", public_id=row.pairing_public_id), code=303)


def _conflict(row: SessionRow, form: SessionForm) -> str:
    """Draw what is stored beside what was typed; nothing was saved."""
    zone = current_actor().timezone
    data = form.to_command(zone=zone)

    def topics(keys: Any) -> str:
        return ", ".join(str(TOPIC_LABELS[key]) for key in keys if key in TOPIC_LABELS)

    pairs = [
        (_("Tanggal"), day_plain(row.ends_at, zone), day_plain(data.ends_at, zone)),
        (_("Jam selesai"), clock_time(row.ends_at, zone), clock_time(data.ends_at, zone)),
        (_("Lamanya"), duration(row.minutes), duration(form.lama.data)),
        (_("Cara"), str(MEDIUM_LABELS[row.medium]), str(MEDIUM_LABELS[data.medium])),
        (_("Topik"), topics(row.topics), topics(data.topics)),
        (_("Apa yang dibahas"), row.discussion, data.discussion),
        (_("Langkah berikut"), row.next_step, data.next_step),
        (_("Sampai tanggal"), day_plain(row.next_on), day_plain(data.next_on)),
    ]
    fields = [(key, value) for key in request.form for value in request.form.getlist(key)]
    kept = [(key, value) for key, value in fields if key not in {"csrf_token", "version", "once"}]
    return render_template(
        "mentoring/session_conflict.html",
        row=row,
        lines=[line for line in pairs if line[1] != line[2]],
        fields=kept,
    )


@bp.route("/mentoring/sesi/<string:public_id>/batal", methods=["GET", "POST"])
@requires(Permission.MENTOR)
def session_cancel(public_id: str) -> ResponseReturnValue:
    """Ask, then take a session back that was written by mistake."""
    row = own_session(public_id)
    there = redirect(url_for("mentoring.pairing_page", public_id=row.pairing_public_id), code=303)
    if request.method == "POST":
        with transaction() as session:
            services.cancel_session(session, current_actor(), public_id)
        flash(_("Catatan sesi dibatalkan."), "ok")
        return there
    return render_template("mentoring/session_cancel.html", row=_open_session(public_id), **shared())
