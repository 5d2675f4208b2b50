"""The list of reports, panels of the home page, entries of the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template
from flask_babel import lazy_gettext as _l

from lms.competencies import queries as competencies
from lms.core.actor import Actor, Permission, Role
from lms.core.db import current_session
from lms.reporting import queries
from lms.reporting.views.base import asked_node, bp, today
from lms.web.guard import current_actor, note_reading, requires
from lms.web.home import Panel, register_panel
from lms.web.menus import MenuItem, register

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session


@bp.get("/laporan")
@requires(Permission.REPORT_VIEW)
def index() -> ResponseReturnValue:
    """List the reports with their most telling number."""
    node = asked_node(Permission.REPORT_VIEW)
    state = queries.region_state(current_session(), node, on=today())
    return render_template(
        "reporting/index.html", state=state, today=today(), sees_jp=current_actor().may(Permission.JP_VIEW)
    )


def region_panel(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build "Keadaan wilayah" for HR: people, share that meets, coverage, JP."""
    if not actor.has_role(Role.HR):
        return None
    node = queries.get_node(session, actor, Permission.REPORT_VIEW, "")
    if node is None:
        return None
    return "reporting/panel_region.html", {
        "state": queries.region_state(session, node, on=today()),
        "on": today(),
    }


def team_panel(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the supervisor's card: who in the team is furthest from the standard."""
    if not actor.has_role(Role.ATASAN):
        return None
    node = queries.get_node(session, actor, Permission.COMPETENCY_APPRAISE, "")
    if node is None:
        return None
    members, total = competencies.list_members(session, actor, node.path, today(), limit=3)
    if not total:
        return None
    note_reading([member.employee_id for member in members], "web.home")
    return "reporting/panel_team.html", {"members": members, "total": total, "node": node}


register_panel(Panel("reporting.region", "main", 10, region_panel))
register_panel(Panel("reporting.team", "main", 35, team_panel))
register(
    MenuItem(
        "reporting.team",
        _l("Tim saya"),
        "people",
        25,
        permission=Permission.COMPETENCY_APPRAISE,
        roles=(Role.ATASAN,),
    )
)
register(
    MenuItem(
        "reporting.gap_map",
        _l("Kesenjangan"),
        "map",
        5,  # what these roles come for; on a phone only four entries stand in sight
        permission=Permission.REPORT_VIEW,
        roles=(Role.HR, Role.ADMIN),
    )
)
register(MenuItem("reporting.index", _l("Laporan"), "sheet", 50, permission=Permission.REPORT_VIEW))
