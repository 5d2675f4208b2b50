"""The blueprint and what several pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, make_response
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.sheets import Sheet, write_xlsx
from lms.core.text import N_
from lms.mentoring import queries
from lms.mentoring.forms import MEDIUM_LABELS, TOPIC_LABELS
from lms.mentoring.models import SessionState
from lms.web.guard import current_actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from flask import Response

    from lms.mentoring.queries import PairingRow
    from lms.mentoring.rules import JpForecast

bp = Blueprint("mentoring", __name__)
STATES: dict[SessionState, tuple[Any, str]] = {
    SessionState.RECORDED: (_l("Menunggu konfirmasi"), "warn"),
    SessionState.CONFIRMED: (_l("Terkonfirmasi"), "ok"),
    SessionState.DISPUTED: (_l("Disanggah"), "bad"),
    SessionState.CANCELLED: (_l("Dibatalkan"), ""),
}
_ORDINALS: tuple[Any, ...] = (
    _l("pertama"), _l("kedua"), _l("ketiga"), _l("keempat"), _l("kelima"), _l("keenam"), _l("ketujuh"),
)  # fmt: skip


def today() -> date:
    """Return the calendar day in the zone of the actor's unit."""
    return clock.local_day(clock.now(), current_actor().timezone)


def pairing_or_404(public_id: str) -> PairingRow:
    """Return one pairing that the actor may open."""
    row = queries.get_pairing(current_session(), current_actor(), public_id)
    if row is None:
        raise NotFound(N_("Pasangan ini tidak ada, atau bukan pasangan Anda."))
    return row


def is_party(row: PairingRow) -> bool:
    """Return whether the actor is one of the two."""
    return current_actor().employee_id in {row.mentor.id, row.mentee.id}


def ordinal(number: int) -> str:
    """Return `ketiga`, or `ke-8`."""
    return str(_ORDINALS[number - 1]) if number <= len(_ORDINALS) else _("ke-%(number)s", number=number)


def forecast_words(name: str, forecast: JpForecast) -> str:
    """Return what one more session would bring, in one or two short sentences."""
    number = ordinal(forecast.ordinal)
    if forecast.credited_jp:
        return _(
            "Sesi %(number)s bulan ini bersama %(name)s: %(jp)s JP setelah dikonfirmasi.",
            number=number, name=name, jp=forecast.credited_jp,
        )  # fmt: skip
    return _(
        "Sesi %(number)s bulan ini bersama %(name)s: tercatat, 0 JP. Batasnya %(cap)s sesi per bulan.",
        number=number, name=name, cap=forecast.cap,
    )  # fmt: skip


def shared() -> dict[str, Any]:
    """Return the words and signs that most templates of this package use."""
    return {"states": STATES, "media": MEDIUM_LABELS, "topics": TOPIC_LABELS, "day": today()}


def send_xlsx(
    name: str, title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[float]
) -> Response:
    """Return a spreadsheet as a download; `name` holds no personal data."""
    response = make_response(write_xlsx([Sheet(title, header, rows, widths)]))
    response.headers["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
