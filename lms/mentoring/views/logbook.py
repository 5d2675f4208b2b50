"""The logbook of a period: to print, and as a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_babel import gettext as _

from lms.core import clock
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.mentoring import queries
from lms.mentoring.forms import MEDIUM_LABELS, TOPIC_LABELS
from lms.mentoring.models import SessionState
from lms.mentoring.views.base import STATES, bp, is_party, pairing_or_404, send_xlsx, shared, today
from lms.web.fields import parse_day
from lms.web.guard import authenticated, current_actor, note_reading

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

    from lms.mentoring.queries import PairingRow, SessionRow


def _book(public_id: str) -> tuple[PairingRow, date, date, list[SessionRow]]:
    row = pairing_or_404(public_id)
    if not is_party(row):
        raise NotFound(N_("Buku log hanya dibaca oleh mentor dan mentee."))
    first = parse_day(request.args.get("dari", "")) or row.starts_on
    last = parse_day(request.args.get("sampai", "")) or today()
    sessions = queries.list_sessions(current_session(), current_actor(), row.id, first=first, last=last)
    note_reading({row.mentor.id, row.mentee.id}, "mentoring.logbook")
    return row, first, last, sessions[::-1]


@bp.get("/mentoring/<string:public_id>/buku")
@authenticated
def logbook(public_id: str) -> ResponseReturnValue:
    """Show the sessions of a period, ready to be printed."""
    row, first, last, sessions = _book(public_id)
    done = [one for one in sessions if one.state is SessionState.CONFIRMED]
    return render_template(
        "mentoring/logbook.html",
        row=row,
        first=first,
        last=last,
        sessions=sessions,
        done=len(done),
        minutes=sum(one.minutes for one in done),
        jp=sum(one.credited_jp or 0 for one in done),
        export=url_for("mentoring.logbook_xlsx", public_id=public_id, dari=first.isoformat(), sampai=last.isoformat()),
        limit=queries.MANY_SESSIONS,
        **shared(),
    )


@bp.get("/mentoring/<string:public_id>/buku.xlsx")
@authenticated
def logbook_xlsx(public_id: str) -> ResponseReturnValue:
    """Send the same as a spreadsheet."""
    _row, _first, _last, sessions = _book(public_id)
    zone = clock.zone(current_actor().timezone)
    header = [
        _("Tanggal"), _("Mulai"), _("Selesai"), _("Menit"), _("Cara"), _("Topik"), _("Pembahasan"),
        _("Langkah berikut"), _("Sampai"), _("Keadaan"), _("JP"),
    ]  # fmt: skip
    rows = [
        (
            one.held_on, one.starts_at.astimezone(zone).strftime("%H.%M"),
            one.ends_at.astimezone(zone).strftime("%H.%M"), one.minutes, str(MEDIUM_LABELS[one.medium]),
            ", ".join(str(TOPIC_LABELS[t]) for t in one.topics if t in TOPIC_LABELS), one.discussion,
            one.next_step, one.next_on, str(STATES[one.state][0]), one.credited_jp,
        )
        for one in sessions
    ]  # fmt: skip
    return send_xlsx("buku-log-mentoring", _("Buku log"), header, rows, (12, 8, 8, 8, 12, 28, 60, 40, 12, 20, 6))
