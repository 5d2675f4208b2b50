"""The blueprint, and what its pages share: unit and day of the address, workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, make_response, request
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.sheets import Sheet, write_xlsx
from lms.core.text import N_
from lms.people.models import PositionKind
from lms.reporting import queries
from lms.web.fields import parse_day
from lms.web.guard import current_actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lms.core.actor import Permission
    from lms.reporting.rules import Node

bp = Blueprint("reporting", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND_LABELS: dict[str, Any] = {
    PositionKind.JPT_PRATAMA: _l("JPT pratama"),
    PositionKind.ADMINISTRATOR: _l("Administrator"),
    PositionKind.PENGAWAS: _l("Pengawas"),
    PositionKind.PELAKSANA: _l("Pelaksana"),
    PositionKind.FUNGSIONAL: _l("Fungsional"),
}


def today() -> date:
    """Return the calendar day in the zone of the actor's unit."""
    return clock.local_day(clock.now(), current_actor().timezone)


def asked_day() -> date:
    """Return the day of the address, or today when it names none, an unreadable or a later one."""
    found = parse_day(request.args.get("per", ""))
    return today() if found is None or found > today() else found


def asked_node(permission: Permission) -> Node:
    """Return the unit of the address, or the topmost one of the actor's scope.

    Raises: NotFound: absent or outside the scope.
    """
    code = request.args.get("unit", "")[:40]
    node = queries.get_node(current_session(), current_actor(), permission, code)
    if node is None:
        raise NotFound(N_("Unit ini tidak ditemukan."))
    return node


def asked_page() -> int:
    """Return the page number of the address, at least 1."""
    text = request.args.get("hal", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def kept(params: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Return parameters of an address with some replaced; empty ones are left out."""
    return {key: value for key, value in (params | others).items() if value not in {None, ""}}


def workbook(sheets: Sequence[Sheet], name: str) -> Response:
    """Return a workbook as a download; the name holds no personal data."""
    response = make_response(write_xlsx(sheets))
    response.headers["Content-Type"] = XLSX
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
