"""The team of a supervisor: who waits, who is late, who is below the standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from lms.competencies import queries as competencies
from lms.core.actor import Permission
from lms.core.db import current_session
from lms.courses import queries as courses
from lms.reporting import queries
from lms.reporting.views.base import asked_node, asked_page, bp, kept, today
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.core.actor import Actor
    from lms.reporting.rules import Node

LATE_SHOWN = 8


@bp.get("/tim")
@requires(Permission.COMPETENCY_VIEW)
def team() -> ResponseReturnValue:
    """Show the people of a unit, those with most levels missing first, and who is late."""
    session, actor, on = current_session(), current_actor(), today()
    node, page = asked_node(Permission.COMPETENCY_VIEW), asked_page()
    words = " ".join(request.args.get("cari", "").split())[:80]
    members, total = competencies.list_members(session, actor, node.path, on, words=words, page=page)
    late = courses.list_late(session, actor, today=on, unit_path=node.path, limit=LATE_SHOWN + 1)
    note_reading([m.employee_id for m in members] + [line.person.id for line in late], "reporting.team")
    params = kept({"unit": node.code if request.args.get("unit") else "", "cari": words})
    return render_template(
        "reporting/team.html",
        node=node,
        tops=queries.list_tops(session, actor, Permission.COMPETENCY_VIEW),
        members=members,
        total=total,
        page=page,
        pages=min(-(-total // competencies.PAGE), competencies.MAX_PAGES),
        words=words,
        params=params,
        href=url_for("reporting.team", **kept(params, hal="{page}")).replace("%7Bpage%7D", "{page}"),
        late=late[:LATE_SHOWN],
        more_late=len(late) > LATE_SHOWN,
        on=on,
        gaps=competencies.gap_totals(session, node.path, on),
        **_numbers(actor, node),
        late_text=late_text,
    )


def _numbers(actor: Actor, node: Node) -> dict[str, Any]:
    """Return the numbers above the lists."""
    session, on = current_session(), today()
    jp = None
    if actor.may_in(Permission.JP_VIEW, node.path):
        _lines, jp = queries.jp_lines(session, node, year=on.year, on=on)
    decides = actor.may(Permission.ENROLMENT_APPROVE)
    return {"jp": jp, "requests": courses.count_requests(session, actor) if decides else None}


def late_text(line: courses.LateLine) -> str:
    """Return how late somebody is: `Terlambat 4 hari`, `Hari ini`, `Tersisa 3 hari`."""
    if line.late_days > 0:
        return _("Terlambat %(count)s hari", count=line.late_days)
    return _("Hari ini") if line.days_left == 0 else _("Tersisa %(count)s hari", count=line.days_left)
