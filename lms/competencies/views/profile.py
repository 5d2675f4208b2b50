"""Where a person stands: one's own page, and another's by right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.competencies import queries, services
from lms.competencies.forms import CorrectionForm, read_levels
from lms.competencies.models import EvidenceKind
from lms.competencies.policies import can_appraise
from lms.competencies.rules import EVIDENCE_YEARS, EvidenceState, GapWord
from lms.competencies.views.base import GROUP_LABELS, bp, today
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError, NotFound
from lms.core.text import N_
from lms.web.forms import claim_once
from lms.web.guard import authenticated, current_actor, note_reading
from lms.web.headers import kept_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.competencies.queries import PersonRow, Proof, Standing


def _shown(person: PersonRow) -> dict[str, Any]:
    """Return what the page of one person's levels shows; six statements, whatever the number of rows."""
    session, actor, on = current_session(), current_actor(), today()
    job = queries.get_job(session, person.id, on)
    rows = queries.stand_in(session, person.id, on, job=job)
    asked = [row for row in rows if row.required is not None]
    gaps = [row for row in asked if row.gap]
    waiting = [row for row in asked if row.level is None]
    return {
        "person": person,
        "job": job,
        "on": on,
        "own": person.id == actor.employee_id,
        "asked": len(asked),
        "gaps": gaps,
        "waiting": waiting,
        "met": [row for row in asked if row.level is not None and not row.gap],
        "beyond": [row for row in rows if row.required is None],
        "old": sum(row.needs_renewal or row.state is EvidenceState.STALE for row in asked),
        "next_levels": _next_levels(gaps),
        "groups": GROUP_LABELS,
        "years": EVIDENCE_YEARS,
        "words": GapWord,
        "states": EvidenceState,
    }


def _next_levels(gaps: list[Standing]) -> dict[int, Any]:
    """Return, by competency, the level that comes next for a person."""
    levels = queries.list_levels(current_session(), [row.competency_id for row in gaps])
    found = {}
    for row in gaps:
        wanted = (row.level or 0) + 1
        found[row.competency_id] = next((one for one in levels[row.competency_id] if one.level == wanted), None)
    return found


def _me() -> PersonRow:
    employee_id = current_actor().employee_id
    person = None if employee_id is None else queries.get_person_by_id(current_session(), employee_id)
    if person is None:
        raise NotFound(N_("Akun ini tidak terhubung dengan pegawai."))
    return person


@bp.get("/kompetensi")
@authenticated
def mine() -> ResponseReturnValue:
    """Show one's own levels beside the standard of the job."""
    shown = _shown(_me())
    constant = {name: shown.pop(name) for name in ("groups", "years", "words", "states")}
    return kept_page(
        "competencies/profile.html",
        {**shown, "may_appraise": False},
        named_by={
            "next_levels": [
                (number, level and (level.level, level.name, level.description, level.indicators))
                for number, level in shown["next_levels"].items()
            ]
        },
        derive=lambda: constant,
        in_browser=False,
    )


def _other(public_id: str) -> PersonRow:
    g.menu = "reporting.team"
    person = queries.get_person(current_session(), current_actor(), public_id)
    if person is None:
        raise NotFound(N_("Pegawai ini tidak ditemukan."))
    return person


@bp.get("/pegawai/<string:public_id>/kompetensi")
@authenticated
def profile(public_id: str) -> ResponseReturnValue:
    """Show another person's levels; that they were read is noted."""
    person = _other(public_id)
    note_reading([person.id], "competencies.profile")
    return render_template(
        "competencies/profile.html",
        **_shown(person),
        may_appraise=can_appraise(current_actor(), person.facts),
    )


def _may_correct(person: PersonRow, proof: Proof) -> bool:
    """Return whether the page offers a correction; the service decides again."""
    actor = current_actor()
    if person.id == actor.employee_id:
        return False
    return proof.kind is not EvidenceKind.SELF and (
        actor.may_in(Permission.FRAMEWORK_MANAGE, person.unit_path)
        or (proof.assessor_id == actor.employee_id and can_appraise(actor, person.facts))
    )


@bp.get("/pegawai/<string:public_id>/kompetensi/<string:competency_id>")
@authenticated
def evidence(public_id: str, competency_id: str) -> ResponseReturnValue:
    """Show all evidence of one person in one competency, with what may be corrected."""
    person = _other(public_id)
    on = today()
    note_reading([person.id], "competencies.evidence")
    row = next(
        (one for one in queries.standing(current_session(), person.id, on) if one.public_id == competency_id),
        None,
    )
    if row is None:
        raise NotFound(N_("Kompetensi ini tidak ada di jabatan atau bukti pegawai ini."))
    return render_template(
        "competencies/evidence.html",
        person=person,
        row=row,
        on=on,
        own=person.id == current_actor().employee_id,
        correctable={proof.public_id for proof in row.proofs if _may_correct(person, proof)},
    )


@bp.route(
    "/pegawai/<string:public_id>/kompetensi/<string:competency_id>/<string:record_id>/betulkan",
    methods=["GET", "POST"],
)
@authenticated
def correct(public_id: str, competency_id: str, record_id: str) -> ResponseReturnValue:
    """Ask for the right level and the reason, then put a new row in the place of the wrong one."""
    person = _other(public_id)
    rows = queries.standing(current_session(), person.id, today())
    proof = next((one for row in rows for one in row.proofs if one.public_id == record_id), None)
    row = next((one for one in rows if one.public_id == competency_id), None)
    if proof is None or row is None or not _may_correct(person, proof):
        raise NotFound(N_("Bukti ini tidak ada."))
    form = CorrectionForm()
    back = url_for("competencies.evidence", public_id=public_id, competency_id=competency_id)
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                services.correct_evidence(session, current_actor(), record_public_id=record_id, **form.to_command())
        except DomainError as error:
            if error.status == 404:
                raise
            form.refuse(error)
        else:
            flash(_("Bukti sudah dibetulkan. Bukti lama tetap tersimpan."), "ok")
            return redirect(back, code=303)
    return render_template("competencies/correct.html", person=person, row=row, proof=proof, form=form, back=back)


@bp.route("/kompetensi/nilai-diri", methods=["GET", "POST"])
@authenticated
def self_assess() -> ResponseReturnValue:
    """Ask a person for an own estimate of each competency of the job."""
    person, on = _me(), today()
    session = current_session()
    rows = [row for row in queries.standing(session, person.id, on) if row.required is not None]
    rows.sort(key=lambda row: row.order)
    if request.method == "POST":
        levels = read_levels(request.form, [row.public_id for row in rows])
        with transaction() as session:
            claim = claim_once(session)
            made = services.self_assess(session, current_actor(), levels=levels, assessed_on=on, key=claim.key)
        if made:
            flash(ngettext("%(num)d perkiraan Anda tersimpan.", "%(num)d perkiraan Anda tersimpan.", made), "ok")
        else:
            flash(_("Tidak ada perkiraan yang berubah."), "info")
        return redirect(url_for("competencies.mine"), code=303)
    levels_of = queries.list_levels(session, [row.competency_id for row in rows])
    return render_template("competencies/self.html", rows=rows, levels=levels_of)
