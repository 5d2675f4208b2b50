"""JP from training elsewhere: claiming it, and deciding on claims; taking a wrong entry of the ledger back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock, storage
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from lms.core.text import N_
from lms.courses import queries, services
from lms.courses.forms import ClaimDecisionForm, ClaimForm, CorrectionForm
from lms.courses.models import ClaimState
from lms.courses.policies import can_manage_claim
from lms.courses.rules import MENTORING, ClaimFacts, is_much, proof_type
from lms.courses.views.base import FORM_NAMES, bp, own_id, send_xlsx, sheet_instant, today
from lms.courses.views.jp import present_summary
from lms.people.queries import get_employee
from lms.web.forms import claim_once
from lms.web.guard import authenticated, current_actor, note_reading, requires
from lms.web.incoming import page_argument, whole_argument

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.courses.queries import ClaimLine

PAGE_SIZE = 25
EXPORT_LIMIT = 5000
FIRST_YEAR = 2015
CLAIM_STATES: dict[ClaimState, tuple[Any, str]] = {
    ClaimState.SUBMITTED: (_l("Menunggu"), "info"),
    ClaimState.RETURNED: (_l("Perlu dilengkapi"), "warn"),
    ClaimState.APPROVED: (_l("Disetujui"), "ok"),
    ClaimState.REFUSED: (_l("Ditolak"), "bad"),
    ClaimState.WITHDRAWN: (_l("Ditarik"), ""),
}
DOUBLE_WORDS: dict[str, Any] = {
    "number": _l("Nomor sertifikat sama"),
    "file": _l("Berkas sama persis"),
    "days": _l("Bentuk dan tanggal bersinggungan"),
    "course": _l("Sudah ada JP dengan bentuk ini pada tanggal itu"),
}
_OPEN = {ClaimState.SUBMITTED, ClaimState.RETURNED}


def _form_choices() -> list[tuple[str, str]]:
    # Sessions of mentoring are logged where they happen, with both people's word.
    return [(str(number), str(name)) for number, name in FORM_NAMES.items() if number != MENTORING]


def _or_404(public_id: str) -> ClaimLine:
    found = queries.get_claim(current_session(), current_actor(), public_id)
    if found is None:
        raise NotFound(N_("Klaim itu tidak ada."))
    return found


# One's own ---------------------------------------------------------------------------------


@bp.get("/jp/klaim")
@requires(Permission.LEARN)
def claims() -> ResponseReturnValue:
    """List one's own claims with their state."""
    g.menu = "courses.jp_page"
    return render_template(
        "courses/claims.html",
        lines=queries.list_own_claims(current_session(), own_id()),
        states=CLAIM_STATES,
        forms=FORM_NAMES,
    )


@bp.route("/jp/klaim/baru", methods=["GET", "POST"])
@requires(Permission.LEARN)
def claim_new() -> ResponseReturnValue:
    """Send a claim."""
    g.menu = "courses.jp_page"
    own_id()
    form = ClaimForm(forms=_form_choices())
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                claim = services.submit_claim(
                    session, current_actor(), form.to_command(), now=clock.now(), today=today()
                )
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(_("Klaim terkirim. Anda diberi kabar setelah petugas memutuskan."), "ok")
            return redirect(url_for("courses.claim_page", public_id=claim.public_id), code=303)
    return render_template("courses/claim_form.html", form=form, claim=None), 422 if form.summary else 200


@bp.get("/jp/klaim/<string:public_id>")
@authenticated
def claim_page(public_id: str) -> ResponseReturnValue:
    """Show a claim: to its person, and to the officer who decides on it."""
    claim = _or_404(public_id)
    if claim.employee_id != current_actor().employee_id:
        return redirect(url_for("courses.claim_review", public_id=public_id), code=303)
    g.menu = "courses.jp_page"
    return render_template(
        "courses/claim.html",
        claim=claim,
        state=CLAIM_STATES[claim.state],
        forms=FORM_NAMES,
        is_open=claim.state in _OPEN,
    )


@bp.route("/jp/klaim/<string:public_id>/ubah", methods=["GET", "POST"])
@requires(Permission.LEARN)
def claim_amend(public_id: str) -> ResponseReturnValue:
    """Change a claim that waits or came back."""
    g.menu = "courses.jp_page"
    claim = _or_404(public_id)
    if claim.employee_id != current_actor().employee_id:
        raise NotFound(N_("Klaim itu tidak ada."))
    if claim.state not in _OPEN:
        raise Refused(N_("Klaim ini sudah diputuskan, jadi tidak dapat diubah."))
    form = ClaimForm(
        forms=_form_choices(),
        data={
            "title": claim.title,
            "provider": claim.provider,
            "learning_form": str(claim.learning_form),
            "starts_on": claim.starts_on,
            "ends_on": claim.ends_on,
            "claimed_jp": claim.claimed_jp,
            "certificate_number": claim.certificate_number,
            "version": claim.version,
        },
    )
    if form.ok():
        try:
            with transaction() as session:
                services.amend_claim(
                    session,
                    current_actor(),
                    public_id,
                    form.to_command(),
                    version=whole(form.version.data),
                    now=clock.now(),
                    today=today(),
                )
        except (Invalid, Conflict) as error:
            form.refuse(error)
        else:
            flash(_("Klaim diperbarui dan dikirim lagi."), "ok")
            return redirect(url_for("courses.claim_page", public_id=public_id), code=303)
    return render_template("courses/claim_form.html", form=form, claim=claim), 422 if form.summary else 200


def whole(value: Any) -> int:
    """Return a version that a form carried; what is none counts as an old one."""
    return int(value) if str(value or "").isdigit() and len(str(value)) < 10 else 0


@bp.post("/jp/klaim/<string:public_id>/tarik")
@requires(Permission.LEARN)
def claim_withdraw(public_id: str) -> ResponseReturnValue:
    """Take one's own claim back before it is decided."""
    with transaction() as session:
        services.withdraw_claim(session, current_actor(), public_id, now=clock.now())
    flash(_("Klaim ditarik. Anda boleh mengajukan yang baru."), "ok")
    return redirect(url_for("courses.claims"), code=303)


@bp.get("/jp/klaim/<string:public_id>/berkas")
@authenticated
def claim_file(public_id: str) -> ResponseReturnValue:
    """Give the proof as a download; it never opens inside the site."""
    claim = _or_404(public_id)
    if claim.employee_id != current_actor().employee_id:
        note_reading([claim.employee_id], "courses.claim_file")
    data = storage.read(queries.digest_of_claim(current_session(), claim.id))
    kind = proof_type(data[:16]) or ("application/octet-stream", "bin")
    answer = Response(data, mimetype=kind[0])
    answer.headers.set("Content-Disposition", "attachment", filename=f"bukti-{claim.ends_on:%Y%m%d}.{kind[1]}")
    return answer


# Officers ----------------------------------------------------------------------------------


def _wanted() -> queries.ClaimFilter:
    state = request.args.get("keadaan", "")
    return queries.ClaimFilter(
        state=None if state == "semua" else ClaimState(state) if state in set(ClaimState) else ClaimState.SUBMITTED,
        text=" ".join(request.args.get("cari", "").split())[:60],
        year=whole_argument("tahun", least=FIRST_YEAR, most=2100),
    )


@bp.get("/jp/tinjau")
@requires(Permission.JP_MANAGE)
def claim_queue() -> ResponseReturnValue:
    """List the claims that wait, oldest first; filters stand in the address."""
    wanted, page = _wanted(), page_argument()
    lines, total = queries.list_claims(
        current_session(), current_actor(), wanted=wanted, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE
    )
    note_reading({line.employee_id for line in lines}, "courses.claim_queue")
    kept: dict[str, Any] = {
        key: value
        for key, value in {
            "keadaan": request.args.get("keadaan", ""),
            "cari": wanted.text,
            "tahun": wanted.year,
        }.items()
        if value
    }
    return render_template(
        "courses/claim_queue.html",
        lines=lines,
        total=total,
        wanted=wanted,
        states=CLAIM_STATES,
        forms=FORM_NAMES,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        href=url_for("courses.claim_queue", **kept) + ("&" if kept else "?") + "hal={page}",
        export=url_for("courses.claim_export", **kept),
        years=range(today().year, FIRST_YEAR - 1, -1),
    )


@bp.get("/jp/tinjau/unduh")
@requires(Permission.JP_MANAGE)
def claim_export() -> Response:
    """Send the claims as they are filtered."""
    lines, _total = queries.list_claims(current_session(), current_actor(), wanted=_wanted(), limit=EXPORT_LIMIT)
    note_reading({line.employee_id for line in lines}, "courses.claim_export")
    header = [
        _("Nama"), _("Unit"), _("Pelatihan"), _("Penyelenggara"), _("Nomor sertifikat"), _("Bentuk"), _("Mulai"),
        _("Selesai"), _("JP diajukan"), _("JP diakui"), _("Keadaan"), _("Diajukan"), _("Diputuskan"), _("Catatan"),
    ]  # fmt: skip
    rows = [
        [
            line.name, line.unit_name, line.title, line.provider, line.certificate_number,
            str(FORM_NAMES[line.learning_form]), line.starts_on, line.ends_on, line.claimed_jp, line.credited_jp,
            str(CLAIM_STATES[line.state][0]), sheet_instant(line.submitted_at), sheet_instant(line.decided_at),
            line.decision_note,
        ]
        for line in lines
    ]  # fmt: skip
    widths = [32, 32, 48, 32, 24, 22, 12, 12, 10, 10, 16, 12, 12, 48]
    return send_xlsx(f"klaim-jp-{today():%Y%m%d}", _("Klaim JP"), header, rows, widths)


def _draw_review(claim: ClaimLine, form: ClaimDecisionForm, status: int = 200) -> ResponseReturnValue:
    session, actor = current_session(), current_actor()
    note_reading([claim.employee_id], "courses.claim_review")
    facts = ClaimFacts(
        claim.learning_form, claim.title, claim.provider, claim.certificate_number, claim.starts_on, claim.ends_on,
        claim.claimed_jp,
    )  # fmt: skip
    decides = can_manage_claim(actor, employee_id=claim.employee_id, unit_path=claim.unit_path)
    return render_template(
        "courses/claim_review.html",
        claim=claim,
        form=form,
        state=CLAIM_STATES[claim.state],
        forms=FORM_NAMES,
        doubles=queries.doubles_of_claim(session, claim.id),
        double_words=DOUBLE_WORDS,
        much=is_much(facts),
        summary=present_summary(session, claim.employee_id),
        decides=decides and claim.state is ClaimState.SUBMITTED,
    ), status


@bp.get("/jp/tinjau/<string:public_id>")
@requires(Permission.JP_MANAGE)
def claim_review(public_id: str) -> ResponseReturnValue:
    """Show a claim with its proof, what looks like a double, and the person's year."""
    g.menu = "courses.claim_queue"
    claim = _or_404(public_id)
    form = ClaimDecisionForm(data={"jp": claim.claimed_jp, "version": claim.version})
    return _draw_review(claim, form)


@bp.post("/jp/tinjau/<string:public_id>")
@requires(Permission.JP_MANAGE)
def claim_decide(public_id: str) -> ResponseReturnValue:
    """Approve, return or refuse a claim."""
    g.menu = "courses.claim_queue"
    form = ClaimDecisionForm()
    act = request.form.get("putusan", "")
    if not form.ok():
        return _draw_review(_or_404(public_id), form, 422)
    note, version, now = form.note.data or "", whole(form.version.data), clock.now()
    try:
        with transaction() as session:
            if act == "setuju":
                claim = services.approve_claim(
                    session, current_actor(), public_id, jp=form.jp.data or 0, note=note, version=version, now=now
                )
            elif act == "kembali":
                claim = services.return_claim(session, current_actor(), public_id, note=note, version=version, now=now)
            elif act == "tolak":
                claim = services.refuse_claim(session, current_actor(), public_id, note=note, version=version, now=now)
            else:
                raise Invalid(N_("Pilih salah satu keputusan."))
    except (Invalid, Conflict) as error:
        form.refuse(error)
        return _draw_review(_or_404(public_id), form, error.status)
    flash(
        {
            ClaimState.APPROVED: _("Klaim disetujui. JP sudah masuk riwayat pegawai."),
            ClaimState.RETURNED: _("Klaim dikembalikan. Pegawai sudah diberi kabar."),
            ClaimState.REFUSED: _("Klaim ditolak. Pegawai sudah diberi kabar."),
        }[claim.state],
        "ok",
    )
    return redirect(url_for("courses.claim_queue"), code=303)


# The ledger of somebody else ---------------------------------------------------------------


@bp.get("/jp/pegawai/<string:public_id>")
@requires(Permission.JP_VIEW)
def jp_of_person(public_id: str) -> ResponseReturnValue:
    """Show the JP of a year of a person in one's scope; officers may correct entries."""
    session, actor = current_session(), current_actor()
    person = get_employee(session, actor, public_id)
    unit_path = queries.get_person(session, person.id)[2] if person is not None else None
    if person is None or not actor.may_in(Permission.JP_VIEW, unit_path):
        raise NotFound(N_("Pegawai itu tidak ada di wilayah Anda."))
    note_reading([person.id], "courses.jp_of_person")
    year = whole_argument("tahun", least=FIRST_YEAR, most=today().year + 1)
    summary = present_summary(session, person.id) if year is None else queries.jp_summary(session, person.id, year)
    return render_template(
        "courses/jp_person.html",
        person=person,
        summary=summary,
        view=summary.view,
        lines=queries.list_ledger(session, person.id, first=summary.from_on, last=summary.to_on),
        years=sorted({*queries.list_ledger_years(session, person.id), today().year, summary.year}, reverse=True),
        forms=FORM_NAMES,
        may_correct=can_manage_claim(actor, employee_id=person.id, unit_path=unit_path),
    )


@bp.route("/jp/koreksi/<string:public_id>", methods=["GET", "POST"])
@requires(Permission.JP_MANAGE)
def jp_correct(public_id: str) -> ResponseReturnValue:
    """Take an entry back by a counter-entry, after a page that says what follows."""
    session, actor = current_session(), current_actor()
    found = queries.get_entry(session, public_id)
    path = queries.get_person(session, found[0])[2] if found is not None else None
    if found is None or not can_manage_claim(actor, employee_id=found[0], unit_path=path):
        raise NotFound(N_("Catatan JP itu tidak ada."))
    employee_id, line = found
    label = queries.person_label(session, employee_id)
    note_reading([employee_id], "courses.jp_correct")
    back = url_for("courses.jp_of_person", public_id=label.public_id, tahun=line.held_on.year)
    form = CorrectionForm()
    if form.ok():
        try:
            with transaction() as writing:
                services.correct_jp(writing, actor, public_id, reason=form.alasan.data, now=clock.now())
        except DomainError as error:
            form.refuse(error)
        else:
            flash(_("Catatan dikoreksi. Catatan lama tetap terbaca."), "ok")
            return redirect(back, code=303)
    return render_template(
        "courses/jp_correct.html", form=form, line=line, forms=FORM_NAMES, person=label, back=back
    ), 422 if form.summary else 200
