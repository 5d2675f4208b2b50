"""Pairing runs: weights, the proposal with its reasons, its review and its publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError, NotFound
from lms.core.text import N_
from lms.mentoring import queries, services
from lms.mentoring.forms import OBJECTIVE_LABELS, WEIGHT_LABELS, RunForm
from lms.mentoring.models import Objective, ProposalState
from lms.mentoring.rules import DEFAULT_WEIGHTS, WEIGHT_KEYS
from lms.mentoring.views.base import bp, send_xlsx
from lms.mentoring.views.programmes import RUN_STATES, programme_or_404
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from lms.mentoring.models import PairingRun
    from lms.mentoring.queries import ProgrammeRow, ProposalRow

PAGE = 25
PROPOSAL_STATES: dict[ProposalState, tuple[Any, str]] = {
    ProposalState.PROPOSED: (_l("Diusulkan"), ""),
    ProposalState.LOCKED: (_l("Dikunci"), "info"),
    ProposalState.REFUSED: (_l("Dikeluarkan"), "warn"),
    ProposalState.PAIRED: (_l("Berpasangan"), "ok"),
    ProposalState.FAILED: (_l("Tidak jadi"), "bad"),
    ProposalState.UNMATCHED: (_l("Belum mendapat mentor"), "warn"),
}
_NEAR: dict[int, Any] = {
    0: _l("Satu kantor."),
    1: _l("Kantor induk dan kantor di bawahnya."),
    2: _l("Kantor berdekatan, dalam satu induk."),
    3: _l("Kantor agak jauh."),
    4: _l("Kantor di kecamatan lain."),
    5: _l("Kantor jauh, atau mentor dari luar."),
}
_WHY: dict[str, Any] = {
    "mentee_wish": _l("Mentee mengharapkan mentor ini."),
    "mentor_wish": _l("Mentor mengharapkan mentee ini."),
    "no_gap": _l("Mentee tidak punya kesenjangan yang sudah dinilai. Tujuannya bebas."),
    "external": _l("Mentor dari luar, levelnya tidak tercatat di sini."),
    "full": _l("Tempat mentor yang cocok sudah terisi. Tambah mentor atau daya tampung."),
    "no_mentor": _l("Belum ada mentor dalam program ini."),
    "self": _l("Satu-satunya mentor adalah dirinya sendiri."),
    "right": _l("Tidak ada mentor yang bertugas untuk unitnya."),
    "line": _l("Mentor yang ada berada dalam satu garis atasan."),
    "before": _l("Mentor yang ada sudah pernah menjadi pasangannya."),
    "refused": _l("Mentor yang ada sudah Anda keluarkan."),
    "no_help": _l("Tidak ada mentor dengan level di atas levelnya."),
}


def reason_words(reason: tuple[Any, ...], names: Mapping[int, str]) -> str:
    """Return one reason in a sentence a person reads."""
    key = reason[0]
    if key == "competency":
        return _(
            "%(name)s: mentee level %(now)s, standar %(asked)s, mentor level %(level)s.",
            name=names.get(reason[1], ""), now=reason[2], asked=reason[3], level=reason[4],
        )  # fmt: skip
    if key == "steps":
        return str(_NEAR[min(5, reason[1])])
    if key == "load":
        return _("Mentor mendampingi %(load)s dari %(most)s.", load=reason[1], most=reason[2])
    return str(_WHY.get(key, ""))


def _names(rows: list[ProposalRow]) -> dict[int, str]:
    ids = {one[1] for row in rows for one in row.reasons if one[0] == "competency"}
    return queries.names_of(current_session(), ids) if ids else {}


def run_or_404(public_id: str) -> tuple[PairingRun, ProgrammeRow]:
    """Return a run that the actor coordinates."""
    found = queries.get_run(current_session(), current_actor(), public_id)
    if found is None:
        raise NotFound(N_("Pemasangan ini tidak ada dalam wilayah Anda."))
    return found


@bp.route("/mentoring/program/<string:public_id>/pasangkan", methods=["GET", "POST"])
@requires(Permission.PAIRING_MANAGE)
def run_new(public_id: str) -> ResponseReturnValue:
    """Choose what counts, then let the pairs be computed in the background."""
    one = programme_or_404(public_id, to_manage=True)
    weights = {**DEFAULT_WEIGHTS, **(one.row.weights or {})}
    form = RunForm() if request.method == "POST" else RunForm(data={"sasaran": "best", **weights})
    status = 200
    if form.ok():
        try:
            with transaction() as session:
                claim = claim_once(session)
                run = services.start_run(
                    session, current_actor(), public_id, weights=form.to_weights(),
                    objective=Objective(form.sasaran.data),
                )  # fmt: skip
                claim.result(url_for("mentoring.run_page", public_id=run.public_id))
        except DomainError as error:
            form.refuse(error)
            status = error.status
        else:
            flash(_("Pasangan sedang dihitung. Anda boleh meninggalkan halaman ini."), "ok")
            return redirect(url_for("mentoring.run_page", public_id=run.public_id), code=303)
    elif request.method == "POST":
        status = 422
    return render_template("mentoring/run_new.html", one=one, row=one.row, form=form, keys=WEIGHT_KEYS), status


@bp.get("/mentoring/pemasangan/<string:public_id>")
@requires(Permission.PAIRING_MANAGE)
def run_page(public_id: str) -> ResponseReturnValue:
    """Show a proposal, the lines that need eyes first."""
    session = current_session()
    run, one = run_or_404(public_id)
    only = request.args.get("tampil", "")
    total = queries.count_proposals(session, run.id, only=only)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, request.args.get("halaman", 1, type=int)), pages)
    rows = queries.list_proposals(session, run.id, only=only, limit=PAGE, offset=(page - 1) * PAGE)
    note_reading({row.mentee.id for row in rows} | {row.mentor.id for row in rows if row.mentor}, "mentoring.run_page")
    names = _names(rows)
    params: dict[str, Any] = {"tampil": only} if only else {}
    return render_template(
        "mentoring/run.html",
        run=run,
        one=one,
        rows=[(row, [reason_words(reason, names) for reason in row.reasons]) for row in rows],
        total=total,
        page=page,
        pages=pages,
        only=only,
        totals=queries.proposal_totals(session, run.id),
        run_states=RUN_STATES,
        proposal_states=PROPOSAL_STATES,
        objectives=OBJECTIVE_LABELS,
        weights=[(WEIGHT_LABELS[key], run.weights.get(key, 0)) for key in WEIGHT_KEYS],
        me=current_actor().employee_id,
        href=url_for("mentoring.run_page", public_id=public_id, **params, halaman="PAGE").replace("PAGE", "{page}"),
        export=url_for("mentoring.run_xlsx", public_id=public_id, **params),
    )


@bp.get("/mentoring/pemasangan/<string:public_id>/usulan.xlsx")
@requires(Permission.PAIRING_MANAGE)
def run_xlsx(public_id: str) -> ResponseReturnValue:
    """Send the proposal as a spreadsheet, with scores and reasons."""
    run, _one = run_or_404(public_id)
    rows = queries.list_proposals(
        current_session(), run.id, only=request.args.get("tampil", ""), limit=queries.EXPORT_MAX
    )
    note_reading({row.mentee.id for row in rows} | {row.mentor.id for row in rows if row.mentor}, "mentoring.run_xlsx")
    names = _names(rows)
    header = [_("Mentee"), _("Unit mentee"), _("Mentor"), _("Unit mentor"), _("Skor"), _("Alasan"), _("Keadaan")]
    data = [
        (
            row.mentee.full_name, row.mentee.unit, row.mentor.full_name if row.mentor else "",
            row.mentor.unit if row.mentor else "", row.score if row.mentor else None,
            " ".join(reason_words(reason, names) for reason in row.reasons), str(PROPOSAL_STATES[row.state][0]),
        )
        for row in rows
    ]  # fmt: skip
    return send_xlsx("usulan-pasangan", _("Usulan pasangan"), header, data, (32, 28, 32, 28, 8, 70, 20))


@bp.post("/mentoring/pemasangan/<string:public_id>/tinjau")
@requires(Permission.PAIRING_MANAGE)
def run_decide(public_id: str) -> ResponseReturnValue:
    """Lock one pair, take it out, or put it back."""
    wanted = request.form.get("putusan", "")
    with transaction() as session:
        services.decide_proposal(
            session, current_actor(), public_id, request.form.get("pasangan", ""),
            state=ProposalState(wanted) if wanted in tuple(ProposalState) else ProposalState.UNMATCHED,
        )  # fmt: skip
    flash(_("Tinjauan tersimpan."), "ok")
    page = request.form.get("halaman", "1")
    return redirect(
        url_for("mentoring.run_page", public_id=public_id, halaman=page if page.isdigit() else "1"), code=303
    )


@bp.route("/mentoring/pemasangan/<string:public_id>/terbitkan", methods=["GET", "POST"])
@requires(Permission.PAIRING_MANAGE)
def run_publish(public_id: str) -> ResponseReturnValue:
    """Ask, then publish: pairs become pairings, and both people are told."""
    run, one = run_or_404(public_id)
    if request.method == "POST":
        with transaction() as session:
            services.publish_run(session, current_actor(), public_id)
        flash(_("Usulan diterbitkan. Mentor dan mentee diberi kabar sebentar lagi."), "ok")
        return redirect(url_for("mentoring.run_page", public_id=public_id), code=303)
    totals = queries.proposal_totals(current_session(), run.id)
    count = totals.get(ProposalState.PROPOSED, 0) + totals.get(ProposalState.LOCKED, 0)
    label = ngettext("Terbitkan %(num)d pasangan", "Terbitkan %(num)d pasangan", count)
    return render_template("mentoring/run_publish.html", run=run, one=one, count=count, label=label, totals=totals)
