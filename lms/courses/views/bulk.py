"""Enrolling many people together: choose, look, carry out, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError, Invalid, NotFound, Refused
from lms.core.sheets import read_table
from lms.core.text import N_
from lms.courses import queries
from lms.courses.forms import BulkForm
from lms.courses.models import BulkState
from lms.courses.queries import bulk as reads
from lms.courses.rules import Act
from lms.courses.rules.bulk import NumberLine, numbers_of
from lms.courses.services import bulk as services
from lms.courses.views.base import bp, send_xlsx, today
from lms.courses.views.offerings import managed
from lms.web.forms import claim_once, uploaded
from lms.web.guard import current_actor, note_reading, requires
from lms.web.incoming import page_argument

if TYPE_CHECKING:
    from typing import Any

    from flask.typing import ResponseReturnValue

    from lms.courses.models import BulkEnrolment

ROWS = 50
OUTCOMES: dict[str, tuple[Any, str]] = {
    "ready": (_l("Siap"), "info"),
    "skipped": (_l("Dilewati"), "warn"),
    "seated": (_l("Mendapat kursi"), "ok"),
    "waiting": (_l("Daftar tunggu"), "warn"),
    "invited": (_l("Diundang"), "info"),
    "undone": (_l("Diurungkan"), ""),
    "kept": (_l("Tetap terdaftar"), "info"),
}


def _lines(form: BulkForm) -> list[str]:
    """Return the lines of the pasted list and of the file."""
    lines = str(form.nip.data or "").splitlines()
    sent = uploaded(form.berkas)
    if sent is not None:
        table = read_table(sent.stream.read(), sent.filename or "")
        lines += [" ".join(table.header)]
        lines += [" ".join(str(cell) for cell in row.cells if cell is not None) for row in table.rows]
    return lines


def _chosen(form: BulkForm) -> tuple[list[int], list[NumberLine], str]:
    """Return who is meant: people, lines that name nobody, and the choice in words.

    Raises: Invalid: nothing was chosen.
    """
    session, actor = current_session(), current_actor()
    if form.cara.data == "daftar":
        numbers = numbers_of(_lines(form))
        if not numbers:
            raise Invalid(N_("Tempel paling sedikit satu NIP, atau pilih berkas."))
        known = reads.people_of_numbers(session, actor, {one.number for one in numbers if one.number}, on=today())
        people = [
            known[one.number] for one in numbers if one.number in known and known[one.number] != actor.employee_id
        ]
        return (
            people,
            [one for one in numbers if one.number not in known],
            _("Daftar %(count)s NIP", count=len(numbers)),
        )
    unit = queries.unit_by_public_id(session, form.unit.data)
    if unit is None:
        raise Invalid(N_("Pilih unit dari daftar."))
    rule = reads.PeopleRule(
        unit_path=unit.path,
        role_key=form.jabatan.data or "",
        competency_id=int(form.kompetensi.data) if form.kompetensi.data else None,
        below_level=int(form.level.data) if form.level.data else None,
    )
    role = {one.value: one.label for one in form.jabatan.choices}[form.jabatan.data]
    words = _("%(role)s di %(unit)s", role=role, unit=unit.name)
    if rule.competency_id is not None and rule.below_level is not None:
        name = {one.value: one.label for one in form.kompetensi.choices}[form.kompetensi.data]
        words = _("%(who)s, %(competency)s belum level %(level)s", who=words, competency=name, level=rule.below_level)
    return reads.people_of_rule(session, actor, rule, on=today()), [], words


@bp.route("/instruktur/pelatihan/<string:public_id>/daftarkan", methods=["GET", "POST"])
@requires(Permission.ENROLMENT_MANAGE)
def bulk_new(public_id: str) -> ResponseReturnValue:
    """Choose whom to enrol; the next page shows them before anything happens."""
    offering = managed(public_id)
    session, actor = current_session(), current_actor()
    form = BulkForm(
        units=queries.list_owner_units(session, actor, Permission.ENROLMENT_MANAGE),
        roles=reads.role_choices(session, actor),
        competencies=reads.competency_choices(session),
    )
    if form.ok():
        try:
            people, strangers, words = _chosen(form)
            with transaction() as own:
                claim_once(own)
                held = services.preview(
                    own,
                    actor,
                    public_id,
                    act=Act(form.tindakan.data),
                    employee_ids=people,
                    strangers=strangers,
                    description=words,
                )
        except DomainError as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("courses.bulk_page", public_id=public_id, bulk_id=held.public_id), code=303)
    return render_template(
        "courses/bulk_new.html",
        form=form,
        offering=offering,
        history=reads.list_bulks(current_session(), offering.id),
    ), 422 if form.summary else 200


def _bulk(public_id: str, bulk_id: str) -> BulkEnrolment:
    offering = managed(public_id)
    held = reads.get_bulk(current_session(), offering.id, bulk_id)
    if held is None:
        raise NotFound(N_("Pendaftaran massal ini tidak ada."))
    return held


@bp.get("/instruktur/pelatihan/<string:public_id>/daftarkan/<string:bulk_id>")
@requires(Permission.ENROLMENT_MANAGE)
def bulk_page(public_id: str, bulk_id: str) -> ResponseReturnValue:
    """Show who will be enrolled, how far the work is, or what became of each."""
    held = _bulk(public_id, bulk_id)
    session = current_session()
    outcome = request.args.get("hasil", "")
    outcome = outcome if outcome in OUTCOMES else ""
    counts = reads.count_outcomes(session, held.id)
    total = counts.get(outcome, 0) if outcome else sum(counts.values())
    pages = max(1, -(-total // ROWS))
    page = min(page_argument(), pages)
    lines = reads.list_bulk_lines(session, held.id, outcome=outcome, offset=(page - 1) * ROWS, limit=ROWS)
    note_reading({line.employee_id for line in lines if line.employee_id is not None}, "courses.bulk_page")
    base = url_for("courses.bulk_page", public_id=public_id, bulk_id=bulk_id, hasil=outcome or None)
    return render_template(
        "courses/bulk_page.html",
        held=held,
        offering=managed(public_id),
        counts={name: counts.get(name, 0) for name in OUTCOMES},
        lines=lines,
        outcome=outcome,
        outcomes=OUTCOMES,
        page=page,
        pages=pages,
        page_href=f"{base}{'&' if '?' in base else '?'}hal={{page}}",
        is_working=held.state in {BulkState.RUNNING, BulkState.UNDOING},
        may_undo=services.may_undo(held, now=clock.now()),
    )


@bp.get("/instruktur/pelatihan/<string:public_id>/daftarkan/<string:bulk_id>/unduh")
@requires(Permission.ENROLMENT_MANAGE)
def bulk_download(public_id: str, bulk_id: str) -> Response:
    """Send what became of each as a spreadsheet."""
    held = _bulk(public_id, bulk_id)
    lines = reads.list_bulk_lines(current_session(), held.id, limit=reads.MAX_PEOPLE)
    note_reading({line.employee_id for line in lines if line.employee_id is not None}, "courses.bulk_download")
    header = [_("Nomor"), _("Nama"), _("Jabatan"), _("Unit kerja"), _("Hasil"), _("Alasan")]
    rows = [
        [line.row_number, line.name, line.position, line.unit, str(OUTCOMES[line.outcome][0]), line.reason]
        for line in lines
    ]
    return send_xlsx("pendaftaran-massal", _("Hasil"), header, rows, [8, 32, 32, 30, 18, 50])


@bp.post("/instruktur/pelatihan/<string:public_id>/daftarkan/<string:bulk_id>/jalankan")
@requires(Permission.ENROLMENT_MANAGE)
def bulk_run(public_id: str, bulk_id: str) -> ResponseReturnValue:
    """Begin the work; the page then shows how far it is."""
    with transaction() as session:
        services.begin_bulk(session, current_actor(), public_id, bulk_id)
    return redirect(url_for("courses.bulk_page", public_id=public_id, bulk_id=bulk_id), code=303)


@bp.post("/instruktur/pelatihan/<string:public_id>/daftarkan/<string:bulk_id>/urungkan")
@requires(Permission.ENROLMENT_MANAGE)
def bulk_undo(public_id: str, bulk_id: str) -> ResponseReturnValue:
    """Take the work back; who has begun to learn stays."""
    try:
        with transaction() as session:
            services.undo_bulk(session, current_actor(), public_id, bulk_id)
    except Refused as refused:
        flash(str(refused), "bad")
    return redirect(url_for("courses.bulk_page", public_id=public_id, bulk_id=bulk_id), code=303)
