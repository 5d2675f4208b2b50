"""The blueprint, and what its pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from lms.certificates import queries
from lms.certificates.policies import may_change_templates
from lms.certificates.rules.states import Verdict
from lms.certificates.services.revoking import ABSENT
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.people.rules.numbers import masked_number, printed_number
from lms.web.guard import current_actor, note_reading

if TYPE_CHECKING:
    from datetime import date

bp = Blueprint("certificates", __name__)
# Verdict: word on lists, kind of tag, icon.
VERDICTS: Final[dict[Verdict, tuple[Any, str, str]]] = {
    Verdict.VALID: (_l("Sah"), "ok", "shield"),
    Verdict.REVOKED: (_l("Dicabut"), "bad", "x"),
    Verdict.REPLACED: (_l("Diganti"), "info", "history"),
    Verdict.EXPIRED: (_l("Kedaluwarsa"), "warn", "clock"),
}


def today() -> date:
    """Return the calendar day in the zone of the actor's unit."""
    return clock.local_day(clock.now(), current_actor().timezone)


def shown_number(number: str, *, whole: bool) -> str:
    """Return an employee number in groups, or masked for those who do not keep personnel data."""
    return printed_number(number) if whole else masked_number(number)


def certificate_or_404(public_id: str) -> queries.CertificateDetail:
    """Return a certificate that the actor may see; the reading of another's is noted."""
    found = queries.get_certificate(current_session(), current_actor(), public_id, today=today())
    if found is None:
        raise NotFound(ABSENT)
    note_reading([found.line.employee_id], "certificates.certificate_detail")
    return found


def sees_all() -> bool:
    """Return whether the actor has the page of others' certificates."""
    return current_actor().may(Permission.CERTIFICATE_VIEW)


@bp.context_processor
def _tabs() -> dict[str, Any]:
    actor = current_actor()
    return {"signs": actor.may(Permission.CERTIFICATE_REVOKE), "designs": may_change_templates(actor)}
