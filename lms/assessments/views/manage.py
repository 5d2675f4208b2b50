"""Pages of instructors: assessments, results, banks, items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.assessments import queries, services
from lms.assessments.forms import ItemFilter, ResultFilter
from lms.assessments.models import AssessmentKind, ItemState
from lms.assessments.queries import SheetItem
from lms.assessments.rules import Phase, item_statistics, kind_names, kind_of, near_duplicates, seeded
from lms.assessments.views.blueprint import bp
from lms.assessments.views.shown import inline, kind_words, shown_question, stem_words
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import NotFound
from lms.core.sheets import Sheet, write_xlsx
from lms.core.text import N_
from lms.web.filters import shown_zone
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from lms.assessments.queries import AssessmentLine, ItemFacts, ParticipantLine

STATE_WORDS = {
    ItemState.DRAFT: _l("Rancangan"),
    ItemState.READY: _l("Dipakai"),
    ItemState.RETIRED: _l("Disimpan saja"),
}
STATE_TAGS = {ItemState.DRAFT: "warn", ItemState.READY: "ok", ItemState.RETIRED: ""}
ASSESSMENT_WORDS = {
    AssessmentKind.PRETEST: _l("Pra-uji"),
    AssessmentKind.QUIZ: _l("Kuis"),
    AssessmentKind.EXAM: _l("Ujian"),
}
ABSENT = N_("Asesmen itu tidak ada, atau bukan milik unit Anda.")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _pages(total: int) -> int:
    return max(1, -(-total // 25))


def send_file(data: bytes, name: str) -> Response:
    """Return a spreadsheet as a download."""
    return Response(data, content_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'})


@bp.get("/instruktur/asesmen")
@requires(Permission.ASSESSMENT_MANAGE)
def list_assessments() -> ResponseReturnValue:
    """List the assessments in one's scope with their numbers."""
    chosen = ResultFilter.read(request.args)
    lines, total = queries.list_assessments(current_session(), current_actor(), words=chosen.words, page=chosen.page)
    return render_template(
        "assessments/manage_list.html", lines=lines, total=total, words=chosen.words, page=chosen.page,
        pages=_pages(total), kind_words=ASSESSMENT_WORDS,
    )  # fmt: skip


def _line(public_id: str) -> AssessmentLine:
    line = queries.get_assessment_line(current_session(), current_actor(), public_id)
    if line is None:
        raise NotFound(ABSENT)
    return line


@bp.get("/instruktur/asesmen/<string:public_id>")
@requires(Permission.ASSESSMENT_MANAGE)
def show_assessment(public_id: str) -> ResponseReturnValue:
    """Show the results of one assessment."""
    line, chosen, now = _line(public_id), ResultFilter.read(request.args), clock.now()
    people, total = queries.list_participants(
        current_session(), current_actor(), public_id, words=chosen.words, only=chosen.only, sort=chosen.sort,
        page=chosen.page,
    )  # fmt: skip
    note_reading({person.employee_id for person in people}, "hasil-asesmen")
    return render_template(
        "assessments/manage_results.html", line=line, people=people, total=total, chosen=chosen,
        pages=_pages(total), phases={p.attempt_public_id: p.phase(now) for p in people}, over=Phase.OVER,
        now=now, kind_words=ASSESSMENT_WORDS,
    )  # fmt: skip


@bp.get("/instruktur/asesmen/<string:public_id>/unduh")
@requires(Permission.ASSESSMENT_MANAGE)
def export_results(public_id: str) -> ResponseReturnValue:
    """Send the list as it is filtered on the page."""
    line, chosen = _line(public_id), ResultFilter.read(request.args)
    people, _total = queries.list_participants(
        current_session(),
        current_actor(),
        public_id,
        words=chosen.words,
        only=chosen.only,
        sort=chosen.sort,
        page=None,
    )
    note_reading({person.employee_id for person in people}, "hasil-asesmen-xlsx")
    zone = clock.zone(shown_zone())
    header = [
        _("Nama"), _("Unit kerja"), _("Percobaan ke"), _("Keadaan"), _("Mulai"), _("Selesai"), _("Dijawab"),
        _("Jumlah soal"), _("Nilai"), _("Lulus"), _("Dua versi jawaban"),
    ]  # fmt: skip
    rows = [
        (
            person.name, person.unit_name, person.number, _state_words(person),
            person.started_at.astimezone(zone), person.submitted_at.astimezone(zone) if person.submitted_at else None,
            person.answered, person.total, person.percent, person.passed, person.conflicts,
        )
        for person in people
    ]  # fmt: skip
    return send_file(
        write_xlsx([Sheet(line.title, header, rows, widths=(32, 32, 11, 16, 18, 18, 9, 7, 8, 8, 12))]),
        "hasil",
    )


def _state_words(person: ParticipantLine) -> str:
    return _("Berjalan") if person.phase(clock.now()) is not Phase.OVER else _("Selesai")


@bp.get("/instruktur/bank")
@requires(Permission.ASSESSMENT_MANAGE)
def list_banks() -> ResponseReturnValue:
    """List the banks in one's scope."""
    return render_template("assessments/bank_list.html", banks=queries.list_banks(current_session(), current_actor()))


@bp.get("/instruktur/bank/<string:public_id>")
@requires(Permission.ASSESSMENT_MANAGE)
def show_bank(public_id: str) -> ResponseReturnValue:
    """Show the items of a bank, searched and filtered."""
    session, chosen = current_session(), ItemFilter.read(request.args)
    bank = queries.get_bank(session, current_actor(), public_id)
    if bank is None:
        raise NotFound(N_("Bank soal itu tidak ada, atau bukan milik unit Anda."))
    items, total = queries.list_items(
        session, bank.id, words=chosen.words, kind=chosen.kind, state=chosen.state, page=chosen.page
    )
    return render_template(
        "assessments/bank_items.html", bank=bank, items=items, total=total, chosen=chosen, pages=_pages(total),
        kind_words=kind_words(), state_words=STATE_WORDS, state_tags=STATE_TAGS, kinds=kind_names(),
        states=list(ItemState), beginning=stem_words,
    )  # fmt: skip


@bp.get("/instruktur/bank/<string:public_id>/unduh")
@requires(Permission.ASSESSMENT_MANAGE)
def export_bank(public_id: str) -> ResponseReturnValue:
    """Send the items as they are filtered on the page."""
    session, chosen = current_session(), ItemFilter.read(request.args)
    bank = queries.get_bank(session, current_actor(), public_id)
    if bank is None:
        raise NotFound(N_("Bank soal itu tidak ada, atau bukan milik unit Anda."))
    items, _total = queries.list_items(
        session, bank.id, words=chosen.words, kind=chosen.kind, state=chosen.state, page=None
    )
    words = kind_words()
    header = [
        _("Kode"), _("Jenis"), _("Keadaan"), _("Pertanyaan"), _("Kompetensi"), _("Level"), _("Kesulitan"), _("Materi"),
        _("Dipakai untuk"), _("Versi"),
    ]  # fmt: skip
    rows = [
        (
            item.code, words[item.kind], str(STATE_WORDS[item.state]), item.stem_md,
            item.competency_name, item.level, item.difficulty, item.lesson_code, ", ".join(item.uses),
            item.version_number,
        )
        for item in items
    ]  # fmt: skip
    return send_file(
        write_xlsx([Sheet(bank.code, header, rows, widths=(12, 16, 14, 80, 30, 7, 10, 28, 16, 7))]),
        "bank-soal",
    )


@bp.get("/instruktur/bank/butir/<string:public_id>")
@requires(Permission.ASSESSMENT_MANAGE)
def show_item(public_id: str) -> ResponseReturnValue:
    """Show an item as a learner meets it, and its key below."""
    session = current_session()
    facts = queries.get_item(session, current_actor(), public_id)
    if facts is None:
        raise NotFound(N_("Butir soal itu tidak ada, atau bukan milik unit Anda."))
    order: Sequence[str] = kind_of(facts.kind).order(facts.body, seeded(facts.public_id), shuffles=False)
    item = SheetItem(
        id=0, number=1, public_id=facts.public_id, kind=facts.kind, stem_html=facts.stem_html, body=facts.body,
        option_order=list(order), payload=None, is_flagged=False, revision=0, has_conflict=False,
    )  # fmt: skip
    key: Any = kind_of(facts.kind).review(facts.body, None, order)
    return render_template(
        "assessments/item.html", facts=facts, question=shown_question(item), verdicts=key, inline=inline,
        kind_words=kind_words(), state_words=STATE_WORDS, state_tags=STATE_TAGS, states=list(ItemState),
        use_words=[ASSESSMENT_WORDS[AssessmentKind(use)] for use in facts.uses],
        accepted=[one["text"] for one in facts.body.get("accepted", ())],
        wrong_feedback=facts.body.get("wrong_feedback", ""), lacks=kind_of(facts.kind).lacks(facts.body),
        figures=item_statistics(queries.item_results(session, facts.id)), guess=kind_of(facts.kind).guess(facts.body),
        remarks=queries.list_remarks(session, facts.id), versions=queries.list_history(session, facts.id),
        near=near_duplicates(stem_words(facts.stem_html, 4000), _others(session, facts)), beginning=stem_words,
        own_draft=facts.author_id is not None and facts.author_id == current_actor().employee_id,
    )  # fmt: skip


def _others(session: Session, facts: ItemFacts) -> list[tuple[str, str, str]]:
    bank = queries.get_bank(session, current_actor(), facts.bank_public_id)
    assert bank is not None
    return [one for one in queries.list_stems(session, bank.id) if one[0] != facts.public_id]


@bp.post("/instruktur/bank/butir/<string:public_id>/keadaan")
@requires(Permission.ASSESSMENT_MANAGE)
def set_state(public_id: str) -> ResponseReturnValue:
    """Set whether an item may be drawn."""
    with transaction() as session:
        claim_once(session)
        services.set_item_state(
            session,
            current_actor(),
            public_id=public_id,
            state=request.form.get("keadaan", ""),
            now=clock.now(),
        )
    flash(_("Keadaan butir soal sudah diubah. Ujian yang sedang berjalan tidak terpengaruh."), "ok")
    return redirect(url_for("assessments.show_item", public_id=public_id), code=303)
