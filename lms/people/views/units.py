"""The unit tree, one unit at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template
from flask_babel import lazy_gettext as _l

from lms.core.actor import Permission
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.people import queries
from lms.people.models import OrganisationalUnit, UnitKind
from lms.people.views.base import bp, today
from lms.people.views.employees import EMPLOYMENT_LABELS
from lms.web.guard import current_actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

UNIT_LABELS: dict[str, Any] = {
    UnitKind.REGION: _l("Daerah"),
    UnitKind.AGENCY: _l("Perangkat daerah"),
    UnitKind.KECAMATAN: _l("Kecamatan"),
    UnitKind.KELURAHAN: _l("Kelurahan"),
    UnitKind.OTHER: _l("Unit lain"),
}


@bp.get("/unit")
@requires(Permission.PEOPLE_VIEW)
def unit_top() -> ResponseReturnValue:
    """Show the topmost unit of the actor's scope."""
    unit = queries.scope_root(current_session(), current_actor(), Permission.PEOPLE_VIEW)
    if unit is None:
        return render_template("people/unit_none.html")
    return _page(unit)


@bp.get("/unit/<string:public_id>")
@requires(Permission.PEOPLE_VIEW)
def unit_page(public_id: str) -> ResponseReturnValue:
    """Show one unit with the units directly below, their heads and their people."""
    unit = queries.get_unit(current_session(), current_actor(), public_id)
    if unit is None:
        raise NotFound(N_("Unit ini tidak ditemukan."))
    return _page(unit)


def _page(unit: OrganisationalUnit) -> str:
    session, actor, day = current_session(), current_actor(), today()
    nodes = queries.unit_nodes(session, unit, on=day)
    above = queries.unit_labels(session, queries.ancestor_ids(unit.path)[1:])
    crumbs = [
        label
        for label in sorted(above.values(), key=lambda one: len(one.path))
        if actor.may_in(Permission.PEOPLE_VIEW, label.path)
    ]
    here = next((node for node in nodes if node.id == unit.id), None)
    heads = queries.heads_of_units(session, [node.id for node in nodes], on=day)
    return render_template(
        "people/unit_page.html",
        unit=unit,
        here=here,
        below=[node for node in nodes if node.id != unit.id],
        heads=heads,
        may_open=queries.heads_to_open(session, actor, heads.values()),
        crumbs=crumbs,
        positions=queries.list_unit_positions(session, unit.id, on=day),
        labels=UNIT_LABELS,
        employment_labels=EMPLOYMENT_LABELS,
        day=day,
    )
