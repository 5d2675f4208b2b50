"""Runs in the hands of those who hold them: made, edited, opened, cancelled; seats and participants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError, NotFound
from lms.core.text import N_
from lms.courses import queries, services
from lms.courses.forms import MODE_NAMES, CopyForm, OfferingForm, ReasonForm, ShareForm, TransferForm
from lms.courses.models import EnrolmentState, OfferingState
from lms.courses.rules import Act, acts_from, needs_warning
from lms.courses.views.base import ACT_NAMES, OFFERING_STATE_NAMES, STATE_NAMES, bp, today
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.courses.models import Offering
    from lms.courses.queries import RunLine
    from lms.courses.rules import OfferingDraft

MENU = "courses.runs"


def managed(public_id: str) -> Offering:
    """Return a run that the actor holds.

    Raises: NotFound.
    """
    g.menu = MENU
    offering = queries.get_managed_offering(current_session(), current_actor(), public_id)
    if offering is None:
        raise NotFound(N_("Angkatan ini tidak ada."))
    return offering


def run_facts(run: RunLine) -> dict[str, Any]:
    """Return what the page of a run tells beside its participants."""
    session = current_session()
    offering = managed(run.public_id)
    numbers = queries.line_numbers(session, offering.id)
    return {
        "offering": offering,
        "may_enrol": current_actor().may(Permission.ENROLMENT_MANAGE),
        "numbers": numbers,
        "shares": queries.list_share_lines(session, offering.id),
        "prerequisites": queries.list_prerequisites(session, offering.id),
        "modes": MODE_NAMES,
        "offering_states": OFFERING_STATE_NAMES,
        "too_few": run.state is OfferingState.OPEN
        and needs_warning(
            booked=numbers.taken,
            minimum=offering.min_participants,
            check_on=offering.min_check_on,
            today=today(),
        ),
    }


def _form(draft: OfferingDraft | None = None, *, course_id: int = 0, **data: Any) -> OfferingForm:
    session = current_session()
    return OfferingForm(
        units=services.unit_choices(session, current_actor()),
        instructors=queries.list_instructors(
            session, on=today(), keep_id=draft.instructor_id if draft is not None else None
        ),
        courses=queries.list_course_choices(session, without_id=course_id),
        draft=draft,
        data=data,
    )


@bp.route("/instruktur/pelatihan/baru", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def run_new() -> ResponseReturnValue:
    """Make a run: choose the course, then fill the form; nobody sees it before it is opened."""
    g.menu = MENU
    session = current_session()
    courses = queries.list_course_choices(session)
    code = request.args.get("pelatihan", "")[:60]
    course = next((one for one in courses if one[1] == code), None)
    if course is None:
        return render_template("courses/run_choose.html", courses=courses)
    form = _form(
        course_id=course[0],
        mode="classroom",
        has_waiting_list=True,
        needs_approval=True,
        waiting_order="first_come",
        title=_("Angkatan %(number)s", number=queries.count_runs(session, course[0]) + 1),
        instructor_id=_own_instructor_id(),
    )
    if form.ok():
        try:
            with transaction() as own:
                claim_once(own)
                made = services.create_offering(
                    own, current_actor(), code, form.to_command(), owner_unit_public_id=form.unit.data
                )
        except DomainError as refused:
            form.refuse(refused)
        else:
            flash(_("Rancangan angkatan tersimpan. Buka pendaftarannya bila sudah siap."), "ok")
            return redirect(url_for("courses.run_page", public_id=made.public_id), code=303)
    return render_template(
        "courses/run_form.html", form=form, course=course, offering=None, shares=()
    ), 422 if form.errors or form.summary else 200


def _own_instructor_id() -> str:
    """Return the actor where the actor teaches: one's own run is what an instructor makes most."""
    actor = current_actor()
    known = {value for value, _name in queries.list_instructors(current_session(), on=today())}
    return str(actor.employee_id) if str(actor.employee_id) in known else ""


@bp.route("/instruktur/pelatihan/<string:public_id>/ubah", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def run_edit(public_id: str) -> ResponseReturnValue:
    """Change a run."""
    offering = managed(public_id)
    session = current_session()
    draft = services.draft_of(session, offering)
    form = _form(
        draft,
        course_id=offering.course_id,
        version=offering.version,
        unit=queries.public_id_of_unit(session, offering.owner_unit_id),
    )
    del form.unit
    if form.ok():
        try:
            with transaction() as own:
                services.edit_offering(own, current_actor(), public_id, form.to_command(), version=form.version.data)
        except DomainError as refused:
            form.refuse(refused)
        else:
            flash(_("Angkatan tersimpan. Peserta diberi kabar bila jadwal atau tempat berubah."), "ok")
            return redirect(url_for("courses.run_page", public_id=public_id), code=303)
    course = next(one for one in queries.list_course_choices(current_session()) if one[0] == offering.course_id)
    return render_template("courses/run_form.html", form=form, course=course, offering=offering), (
        422 if form.summary else 200
    )


@bp.post("/instruktur/pelatihan/<string:public_id>/buka")
@requires(Permission.OFFERING_MANAGE)
def run_open(public_id: str) -> ResponseReturnValue:
    """Let people join."""
    with transaction() as session:
        services.open_offering(session, current_actor(), public_id)
    flash(_("Pendaftaran dibuka. Angkatan ini tampil di katalog dan jadwal."), "ok")
    return redirect(url_for("courses.run_page", public_id=public_id), code=303)


@bp.post("/instruktur/pelatihan/<string:public_id>/tutup")
@requires(Permission.OFFERING_MANAGE)
def run_close(public_id: str) -> ResponseReturnValue:
    """Take no more people; opening again takes this back."""
    with transaction() as session:
        services.close_offering(session, current_actor(), public_id)
    flash(_("Pendaftaran ditutup. Anda dapat membukanya lagi."), "ok")
    return redirect(url_for("courses.run_page", public_id=public_id), code=303)


@bp.route("/instruktur/pelatihan/<string:public_id>/batalkan", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def run_cancel(public_id: str) -> ResponseReturnValue:
    """Cancel a run, after a page that says whom it hits."""
    offering = managed(public_id)
    form = ReasonForm()
    if form.ok():
        try:
            with transaction() as session:
                count = services.cancel_offering(session, current_actor(), public_id, reason=form.alasan.data)
        except DomainError as refused:
            form.refuse(refused)
        else:
            flash(
                ngettext(
                    "Angkatan dibatalkan. %(num)d orang diberi kabar.",
                    "Angkatan dibatalkan. %(num)d orang diberi kabar.",
                    count,
                ),
                "ok",
            )
            return redirect(url_for("courses.run_page", public_id=public_id), code=303)
    numbers = queries.line_numbers(current_session(), offering.id)
    return render_template("courses/run_cancel.html", form=form, offering=offering, numbers=numbers), (
        422 if form.summary else 200
    )


@bp.route("/instruktur/pelatihan/<string:public_id>/salin", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def run_copy(public_id: str) -> ResponseReturnValue:
    """Make a run like this one on other days."""
    offering = managed(public_id)
    form = CopyForm(data={"title": offering.title})
    if form.ok():
        title, starts_on = form.to_command()
        try:
            with transaction() as session:
                claim_once(session)
                made = services.copy_offering(session, current_actor(), public_id, starts_on=starts_on, title=title)
        except DomainError as refused:
            form.refuse(refused)
        else:
            flash(_("Salinan tersimpan sebagai rancangan. Periksa tanggalnya, lalu buka pendaftaran."), "ok")
            return redirect(url_for("courses.run_page", public_id=made.public_id), code=303)
    return render_template("courses/run_copy.html", form=form, offering=offering), 422 if form.summary else 200


@bp.route("/instruktur/pelatihan/<string:public_id>/kursi-unit", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def run_shares(public_id: str) -> ResponseReturnValue:
    """Show and set what units may have of the seats."""
    offering = managed(public_id)
    session = current_session()
    form = ShareForm(units=queries.list_all_units(session))
    if form.ok():
        try:
            with transaction() as own:
                services.set_share(
                    own,
                    current_actor(),
                    public_id,
                    unit_public_id=form.unit.data,
                    most=form.most.data,
                    kept=form.kept.data or 0,
                )
        except DomainError as refused:
            form.refuse(refused)
        else:
            flash(_("Kursi unit tersimpan."), "ok")
            return redirect(url_for("courses.run_shares", public_id=public_id), code=303)
    return render_template(
        "courses/run_shares.html",
        form=form,
        offering=offering,
        shares=queries.list_share_lines(current_session(), offering.id),
        numbers=queries.line_numbers(current_session(), offering.id),
    ), 422 if form.summary else 200


@bp.post("/instruktur/pelatihan/<string:public_id>/kursi-unit/<string:share_id>/hapus")
@requires(Permission.OFFERING_MANAGE)
def run_share_remove(public_id: str, share_id: str) -> ResponseReturnValue:
    """Take a unit's seats away; they can be set again at once."""
    with transaction() as session:
        services.remove_share(session, current_actor(), public_id, share_id)
    flash(_("Kursi unit dihapus. Kursinya menjadi milik semua unit."), "ok")
    return redirect(url_for("courses.run_shares", public_id=public_id), code=303)


# Participants -------------------------------------------------------------------------------


@bp.post("/instruktur/pelatihan/<string:public_id>/putuskan")
@requires(Permission.OFFERING_MANAGE)
def run_decide(public_id: str) -> ResponseReturnValue:
    """Approve or refuse people whom their supervisors approved."""
    managed(public_id)
    approved = request.form.get("putusan") == "setuju"
    chosen = list(dict.fromkeys(value[:26] for value in request.form.getlist("peserta")))[:100]
    count = 0
    try:
        with transaction() as session:
            for enrolment_id in queries.in_order_of_request(session, chosen):
                count += services.confirm(
                    session,
                    current_actor(),
                    enrolment_id,
                    approved=approved,
                    reason=request.form.get("alasan", "")[:300],
                )
    except DomainError as refused:
        flash(str(refused), "bad")
    else:
        flash(
            ngettext("%(num)d permohonan diputuskan.", "%(num)d permohonan diputuskan.", count)
            if count
            else _("Pilih paling sedikit satu orang yang menunggu."),
            "ok" if count else "info",
        )
    return redirect(url_for("courses.run_page", public_id=public_id, keadaan="approved"), code=303)


_MARKS: dict[str, Act] = {
    "batalkan": Act.WITHDRAW,
    "belum-lulus": Act.FAIL,
    "tidak-hadir": Act.ABSENT,
    "buka-lagi": Act.REOPEN,
}


@bp.route("/instruktur/pelatihan/<string:public_id>/peserta/<string:enrolment_id>", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def run_person(public_id: str, enrolment_id: str) -> ResponseReturnValue:
    """Show one participant's way through the states, and what the organiser may do."""
    offering = managed(public_id)
    session = current_session()
    person = queries.get_participant(session, public_id, enrolment_id)
    if person is None:
        raise NotFound(N_("Kepesertaan ini tidak ada."))
    note_reading([person.person.id], "courses.run_person")
    form = ReasonForm()
    act = _MARKS.get(request.form.get("tindakan", ""))
    if request.method == "POST" and act is not None:
        try:
            with transaction() as own:
                services.mark(own, current_actor(), enrolment_id, act, reason=form.alasan.data or "")
        except DomainError as refused:
            form.refuse(refused)
        else:
            flash(_("Tersimpan. Pegawai diberi kabar."), "ok")
            return redirect(url_for("courses.run_person", public_id=public_id, enrolment_id=enrolment_id), code=303)
    session = current_session()
    allowed = set(acts_from(person.state, by="agency"))
    return render_template(
        "courses/run_person.html",
        offering=offering,
        person=person,
        form=form,
        steps=queries.list_steps(session, person.id),
        place=queries.place_in_line(session, person.id),
        acts=[(name, one) for name, one in _MARKS.items() if one in allowed],
        act_names=ACT_NAMES,
        states=STATE_NAMES,
        may_move=Act.MOVE in allowed and person.state is not EnrolmentState.INVITED,
        is_self=person.person.id == current_actor().employee_id,
    ), 422 if form.summary else 200


@bp.route("/instruktur/pelatihan/<string:public_id>/peserta/<string:enrolment_id>/pindah", methods=["GET", "POST"])
@requires(Permission.OFFERING_MANAGE)
def run_transfer(public_id: str, enrolment_id: str) -> ResponseReturnValue:
    """Move a participant to another run of the same course."""
    offering = managed(public_id)
    session = current_session()
    person = queries.get_participant(session, public_id, enrolment_id)
    if person is None:
        raise NotFound(N_("Kepesertaan ini tidak ada."))
    note_reading([person.person.id], "courses.run_transfer")
    runs = queries.run_of_course(session, current_actor(), offering.course_id, without_id=offering.id)
    form = TransferForm(runs=list(runs))
    if form.ok():
        try:
            with transaction() as own:
                services.transfer(own, current_actor(), enrolment_id, form.run.data, reason=form.alasan.data)
        except DomainError as refused:
            form.refuse(refused)
        else:
            flash(_("Peserta dipindahkan dan diberi kabar."), "ok")
            return redirect(url_for("courses.run_page", public_id=form.run.data), code=303)
    return render_template("courses/run_transfer.html", offering=offering, person=person, form=form, runs=runs), (
        422 if form.summary else 200
    )
