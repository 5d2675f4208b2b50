"""The mentee: reads a session, and says in one tap whether it was so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid
from lms.mentoring import queries, services
from lms.mentoring.forms import DisputeForm
from lms.mentoring.views.base import bp, shared
from lms.mentoring.views.mentor import own_session
from lms.web.guard import authenticated, current_actor, note_reading

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _draw(public_id: str, form: DisputeForm, *, status: int = 200) -> ResponseReturnValue:
    session, actor = current_session(), current_actor()
    row = own_session(public_id)
    note_reading({row.mentor_id, row.mentee_id}, "mentoring.session_page")
    as_mentor = row.mentor_id == actor.employee_id
    return render_template(
        "mentoring/session.html",
        row=row,
        form=form,
        as_mentor=as_mentor,
        as_mentee=row.mentee_id == actor.employee_id,
        may_log=actor.may(Permission.MENTOR),
        note=queries.get_private_note(session, actor, public_id) if as_mentor else "",
        **shared(),
    ), status


@bp.get("/mentoring/sesi/<string:public_id>")
@authenticated
def session_page(public_id: str) -> ResponseReturnValue:
    """Show one session to the two who had it."""
    row = own_session(public_id)
    return _draw(public_id, DisputeForm(data={"version": row.version}))


@bp.post("/mentoring/sesi/<string:public_id>/konfirmasi")
@authenticated
def session_confirm(public_id: str) -> ResponseReturnValue:
    """Confirm a session as its mentee."""
    form = DisputeForm()
    with transaction() as session:
        services.confirm_session(session, current_actor(), public_id, version=form.version.data)
    row = own_session(public_id)
    if row.credited_jp:
        flash(_("Sesi dibenarkan. %(jp)s JP masuk ke catatan Anda.", jp=row.credited_jp), "ok")
    else:
        flash(_("Sesi dibenarkan dan tercatat. JP bulan ini sudah mencapai batas."), "ok")
    return redirect(url_for("mentoring.pairing_page", public_id=row.pairing_public_id), code=303)


@bp.post("/mentoring/sesi/<string:public_id>/sanggah")
@authenticated
def session_dispute(public_id: str) -> ResponseReturnValue:
    """Say as the mentee that a session is not as written."""
    form = DisputeForm()
    if not form.ok():
        return _draw(public_id, form, status=422)
    try:
        with transaction() as session:
            services.dispute_session(
                session, current_actor(), public_id, note=form.catatan.data or "", version=form.version.data
            )
    except Invalid as error:
        form.refuse(error)
        return _draw(public_id, form, status=error.status)
    flash(_("Sanggahan terkirim. Mentor Anda diminta memperbaiki catatannya."), "ok")
    return redirect(url_for("mentoring.session_page", public_id=public_id), code=303)
