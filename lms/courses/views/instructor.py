"""Instructors: their runs, participants and progress, as page and spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from lms.core.actor import Permission
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import EnrolmentState, OfferingState
from lms.courses.views.base import (
    OFFERING_STATE_NAMES,
    STATE_NAMES,
    bp,
    days_words,
    due_kind,
    send_xlsx,
    sheet_instant,
    today,
)
from lms.courses.views.offerings import run_facts
from lms.web.guard import current_actor, note_reading, requires
from lms.web.incoming import page_argument

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

PAGE_SIZE = 50
EXPORT_LIMIT = 5000
_SHOWN = tuple(STATE_NAMES)


@bp.get("/instruktur/pelatihan")
@requires(Permission.OFFERING_MANAGE)
def runs() -> ResponseReturnValue:
    """List the runs that the actor teaches or manages, with the numbers of their participants."""
    own_only = request.args.get("milik") == "saya"
    state = request.args.get("keadaan", "")
    words = " ".join(request.args.get("cari", "").split())[:60]
    found = queries.list_runs(
        current_session(),
        current_actor(),
        today=today(),
        own_only=own_only,
        state=OfferingState(state) if state in set(OfferingState) else None,
        words=words,
    )
    return render_template(
        "courses/runs.html",
        runs=found,
        own_only=own_only,
        words=words,
        state=state,
        states=OFFERING_STATE_NAMES,
        limit=queries.RUN_LIMIT,
    )


def _asked() -> tuple[EnrolmentState | None, str, int]:
    state = request.args.get("keadaan", "")
    return (
        EnrolmentState(state) if state in {one.value for one in _SHOWN} else None,
        " ".join(request.args.get("cari", "").split())[:60],
        page_argument(),
    )


@bp.get("/instruktur/pelatihan/<string:public_id>")
@requires(Permission.OFFERING_MANAGE)
def run_page(public_id: str) -> ResponseReturnValue:
    """Show the participants of a run with progress; filters stand in the address."""
    session, day = current_session(), today()
    g.menu = "courses.runs"
    run = queries.get_run(session, current_actor(), public_id, today=day)
    if run is None:
        raise NotFound(N_("Angkatan ini tidak ada."))
    state, words, page = _asked()
    people, total = queries.list_participants(
        session,
        public_id,
        today=day,
        state=state,
        words=words,
        offset=(page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )
    note_reading({line.person.id for line in people}, "courses.run_page")
    base = url_for("courses.run_page", public_id=public_id, keadaan=state or None, cari=words or None)
    return render_template(
        "courses/run.html",
        run=run,
        **run_facts(run),
        people=people,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        page_href=f"{base}{'&' if '?' in base else '?'}hal={{page}}",
        state=state,
        words=words,
        states=STATE_NAMES,
        filter_states=_SHOWN,
        days_words=days_words,
        due_kind=due_kind,
        today=day,
    )


@bp.get("/instruktur/pelatihan/<string:public_id>/unduh")
@requires(Permission.OFFERING_MANAGE)
def run_download(public_id: str) -> Response:
    """Send the participants as a spreadsheet, under the filters of the page."""
    session, day = current_session(), today()
    run = queries.get_run(session, current_actor(), public_id, today=day)
    if run is None:
        raise NotFound(N_("Angkatan ini tidak ada."))
    state, words, _page = _asked()
    people, _total = queries.list_participants(
        session, public_id, today=day, state=state, words=words, limit=EXPORT_LIMIT
    )
    note_reading({line.person.id for line in people}, "courses.run_download")
    header = [
        _("Nama"),
        _("Jabatan"),
        _("Unit kerja"),
        _("Keadaan"),
        _("Kemajuan (%)"),
        _("Materi selesai"),
        _("Jumlah materi"),
        _("Mulai"),
        _("Batas"),
        _("Selesai"),
        _("Terlambat (hari)"),
    ]
    rows = [
        [
            line.person.name,
            line.person.position_name,
            line.person.unit_name,
            str(STATE_NAMES[line.standing.enrolment.state][0]),
            line.standing.completion.percent,
            line.standing.completion.lessons_done,
            line.standing.completion.lessons_total,
            sheet_instant(line.standing.enrolment.started_at),
            line.standing.enrolment.due_on,
            sheet_instant(line.standing.enrolment.completed_at),
            line.late_days,
        ]
        for line in people
    ]
    return send_xlsx(f"peserta-{run.code}", _("Peserta"), header, rows, [32, 32, 30, 20, 12, 12, 12, 12, 12, 12, 12])
