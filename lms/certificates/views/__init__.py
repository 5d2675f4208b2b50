"""Pages of certificates; the menu entry and the panel on the home page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from lms.certificates import queries
from lms.certificates.views import badges, checks, mine, office, signing, templates, verify
from lms.certificates.views.base import VERDICTS, bp, today
from lms.core.text import N_
from lms.identity.queries import Section, register_personal_data
from lms.web.home import Panel, register_panel
from lms.web.menus import MenuItem, register

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

PANEL_ROWS = 3


def latest_panel(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Return the newest certificates of the actor, or None without any; one statement."""
    if actor.employee_id is None:
        return None
    rows = queries.list_own_certificates(session, actor.employee_id, today=today(), limit=PANEL_ROWS)
    return ("certificates/_panel.html", {"rows": rows, "verdicts": VERDICTS}) if rows else None


register(MenuItem("certificates.certificate_list", _l("Sertifikat"), "award", 35))
register_personal_data(Section("sertifikat", N_("Sertifikat"), queries.collect_certificates, "/sertifikat"))
register_panel(Panel("certificates.latest", "side", 60, latest_panel))

__all__ = ["badges", "bp", "checks", "mine", "office", "signing", "templates", "verify"]
