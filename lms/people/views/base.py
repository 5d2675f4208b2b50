"""The blueprint, and what its pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, make_response

from lms.core import clock
from lms.core.clock import local_day
from lms.core.sheets import Sheet, write_xlsx
from lms.web.guard import current_actor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lms.people.queries import UnitChoice

bp = Blueprint("people", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def today() -> date:
    """Return the calendar day in the zone of the actor's unit."""
    return local_day(clock.now(), current_actor().timezone)


def xlsx_answer(sheets: Sequence[Sheet], name: str) -> Response:
    """Return a workbook as a download; the name holds no personal data."""
    response = make_response(write_xlsx(sheets))
    response.headers["Content-Type"] = XLSX
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def unit_options(choices: Sequence[UnitChoice]) -> list[tuple[str, str]]:
    """Return units for a list of choices, each set in below the unit above it."""
    return [(one.public_id, "\u2003" * one.depth + one.name) for one in choices]


def without(args: dict[str, Any], *names: str, **others: Any) -> dict[str, Any]:
    """Return the parameters of an address without some and with others; empty ones are left out."""
    kept = {key: value for key, value in args.items() if key not in names} | others
    return {key: value for key, value in kept.items() if value not in {None, ""}}
