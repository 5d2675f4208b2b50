"""Supervisors: requests that wait, decided one by one or together after a check page; who is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.competencies.queries import CellState, list_gap_people
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError
from lms.courses import queries, services
from lms.courses.forms import DecisionForm
from lms.courses.rules import REASON_MIN
from lms.courses.views.base import bp, days_words, due_kind, need_words, today
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.competencies.queries import CellPerson
    from lms.courses.queries import RequestLine

_SCOPES = 5  # subtrees of one supervisor, with those of an acting post


def _reasons(lines: list[RequestLine]) -> dict[str, str]:
    """Return why each request would serve the person's job, by enrolment; one statement for each scope."""
    session, day = current_session(), today()
    catalogue = queries.get_catalogue(session)
    asked = {line.course_id for line in lines}
    competencies = {one[0] for course in catalogue.courses if course.id in asked for one in course.outcomes}
    if not competencies:
        return {}
    gaps: dict[int, dict[int, CellPerson]] = {}
    for path in current_actor().scope(Permission.ENROLMENT_APPROVE)[:_SCOPES]:
        below = list_gap_people(session, path, day, competency_ids=sorted(competencies), state=CellState.BELOW)
        for row in below:
            gaps.setdefault(row.employee_id, {})[row.competency_id] = row
    found: dict[str, str] = {}
    for line in lines:
        needs = queries.needs_of(catalogue, gaps.get(line.person.id, {}).values()).get(line.course_id)
        if needs:
            found[line.public_id] = need_words(needs)
    return found


def _draw(form: DecisionForm, *, ticked: set[str], status: int = 200) -> ResponseReturnValue:
    session, actor, day = current_session(), current_actor(), today()
    course = request.args.get("pelatihan", "")[:60]
    lines = queries.list_requests(session, actor, course_code=course)
    late = queries.list_late(session, actor, today=day)
    note_reading({line.person.id for line in lines} | {row.person.id for row in late}, "courses.approvals")
    return render_template(
        "courses/approvals.html",
        form=form,
        lines=lines,
        total=queries.count_requests(session, actor),
        ticked=ticked,
        course=course,
        late=late,
        late_count=queries.count_late(session, actor, today=day),
        days_words=days_words,
        due_kind=due_kind,
        today=day,
        reasons=_reasons(lines),
        courses=sorted({(line.course_code, line.title) for line in lines}, key=lambda pair: pair[1]),
    ), status


@bp.get("/persetujuan")
@requires(Permission.ENROLMENT_APPROVE)
def approvals() -> ResponseReturnValue:
    """List the requests that wait for the actor, and who is late."""
    ticked: set[str] = set()
    if request.args.get("pilih") == "semua":
        rows = queries.list_requests(
            current_session(), current_actor(), course_code=request.args.get("pelatihan", "")[:60]
        )
        ticked = {line.public_id for line in rows}
    return _draw(DecisionForm(), ticked=ticked)


@bp.post("/persetujuan/periksa")
@requires(Permission.ENROLMENT_APPROVE)
def approvals_check() -> ResponseReturnValue:
    """Show what will happen; nothing is written yet."""
    g.menu = "courses.approvals"
    form = DecisionForm()
    decision = form.to_command()
    chosen = set(decision.public_ids)
    if not form.ok():
        return _draw(form, ticked=chosen, status=422)
    if not chosen:
        form.refuse(_("Pilih paling sedikit satu usul."))
        return _draw(form, ticked=chosen, status=422)
    if not decision.approved and len(decision.reason.strip()) < REASON_MIN:
        form.alasan.errors = [_("Tulis alasan penolakan, supaya pegawai tahu langkah berikutnya.")]
        return _draw(form, ticked=chosen, status=422)
    lines = queries.list_requests(current_session(), current_actor(), public_ids=decision.public_ids)
    if not lines:
        flash(_("Usul yang Anda pilih sudah diputuskan atau dibatalkan."), "info")
        return redirect(url_for("courses.approvals"), code=303)
    note_reading({line.person.id for line in lines}, "courses.approvals")
    return render_template("courses/approvals_check.html", lines=lines, decision=decision)


@bp.post("/persetujuan")
@requires(Permission.ENROLMENT_APPROVE)
def decide() -> ResponseReturnValue:
    """Approve or refuse the requests of the check page, all or none."""
    g.menu = "courses.approvals"
    form = DecisionForm()
    decision = form.to_command()
    try:
        with transaction() as session:
            count = services.decide_many(
                session,
                current_actor(),
                decision.public_ids,
                approved=decision.approved,
                reason=decision.reason,
            )
    except DomainError as refused:
        form.refuse(refused)
        return _draw(form, ticked=set(decision.public_ids), status=refused.status)
    if not count:
        flash(_("Usul itu sudah diputuskan sebelumnya."), "info")
    elif decision.approved:
        flash(
            ngettext(
                "%(num)d usul disetujui. Pegawai sudah diberi kabar.",
                "%(num)d usul disetujui. Pegawai sudah diberi kabar.",
                count,
            ),
            "ok",
        )
    else:
        flash(
            ngettext(
                "%(num)d usul ditolak. Pegawai sudah diberi kabar.",
                "%(num)d usul ditolak. Pegawai sudah diberi kabar.",
                count,
            ),
            "ok",
        )
    return redirect(url_for("courses.approvals"), code=303)
