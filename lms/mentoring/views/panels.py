"""Parts of the home page and entries of the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.actor import Actor, Permission, Role
from lms.core.text import N_
from lms.identity.services import register_action_labels
from lms.mentoring import queries
from lms.web.home import Panel, register_panel
from lms.web.menus import MenuItem, register

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

_SHOWN = 4


def _today(actor: Actor) -> date:
    return clock.local_day(clock.now(), actor.timezone)


def mentees_waiting(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the mentor's list: which mentee needs him."""
    if not actor.may(Permission.MENTOR):
        return None
    day = _today(actor)
    rows = sorted(queries.list_own_pairings(session, actor, as_mentor=True), key=lambda row: row.urgency(day))
    if not rows:
        return None
    return "mentoring/panel_mentor.html", {"rows": rows[:_SHOWN], "more": len(rows) > _SHOWN, "day": day}


def to_confirm(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the lines of sessions that wait for the mentee's word."""
    rows = queries.list_to_confirm(session, actor, limit=_SHOWN)
    return ("mentoring/panel_confirm.html", {"rows": rows}) if rows else None


def next_meeting(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the mentee's card of the next meeting."""
    row = queries.next_meeting(session, actor, today=_today(actor))
    return ("mentoring/panel_next.html", {"row": row}) if row is not None else None


def coordination(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the coordinator's numbers."""
    if not actor.may(Permission.PAIRING_MANAGE):
        return None
    return "mentoring/panel_coordinator.html", {"totals": queries.overview_totals(session, actor, today=_today(actor))}


register_panel(Panel("mentoring.confirm", "waiting", 20, to_confirm))
register_panel(Panel("mentoring.mentees", "main", 15, mentees_waiting))
register_panel(Panel("mentoring.coordination", "main", 16, coordination))
register_panel(Panel("mentoring.next", "side", 30, next_meeting))

register(MenuItem("mentoring.home", _l("Mentee"), "talk", 25, permission=Permission.MENTOR))
register(MenuItem("mentoring.overview", _l("Mentoring"), "people", 26, permission=Permission.PAIRING_MANAGE))
register(MenuItem("mentoring.home", _l("Mentoring saya"), "talk", 25, place="account", without_roles=(Role.MENTOR,)))
register(
    MenuItem(
        "mentoring.counts", _l("Rekap mentoring"), "talk", 60, permission=Permission.MENTORING_VIEW,
        place="account",
    )
)  # fmt: skip

register_action_labels({
    "pairing.create": N_("Memasangkan mentor dan mentee"),
    "pairing.end": N_("Mengakhiri pasangan mentoring"),
    "programme.create": N_("Menyusun program mentoring"),
    "programme.change": N_("Mengubah program mentoring"),
    "programme.close": N_("Menutup program mentoring"),
    "programme.join": N_("Bergabung dengan program mentoring"),
    "programme.profile": N_("Mengubah isian dalam program mentoring"),
    "programme.leave": N_("Keluar dari program mentoring"),
    "pairing_run.start": N_("Menghitung usulan pasangan"),
    "pairing_run.decide": N_("Meninjau satu usulan pasangan"),
    "pairing_run.publish": N_("Menerbitkan usulan pasangan"),
    "session.record": N_("Mencatat sesi mentoring"),
    "session.correct": N_("Memperbaiki catatan sesi"),
    "session.cancel": N_("Membatalkan catatan sesi"),
    "session.confirm": N_("Membenarkan catatan sesi"),
    "session.dispute": N_("Menyanggah catatan sesi"),
})  # fmt: skip
