"""Own data, "Data saya": everything held about oneself, on the page and as a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response, render_template
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.db import current_session
from lms.identity import policies, queries, rules, services
from lms.identity.views.base import bp
from lms.web.guard import authenticated, current_actor

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

SHOWN = 25
STATUS_NAMES = {
    "pns": _l("PNS"),
    "cpns": _l("CPNS"),
    "pppk": _l("PPPK"),
    "pppk_paruh_waktu": _l("PPPK paruh waktu"),
    "non_asn": _l("Non-ASN"),
    "external": _l("Dari luar pemerintah daerah"),
}


@bp.get("/data-saya")
@authenticated
def personal_data() -> ResponseReturnValue:
    """Show the own record, rights, log-ins, changes, and who read."""
    actor, session, now = current_actor(), current_session(), clock.now()
    assert actor.employee_id is not None
    assert actor.account_id is not None
    today = clock.local_day(now, actor.timezone)
    return render_template(
        "identity/personal_data.html",
        profile=queries.get_profile(session, actor.employee_id),
        grants=queries.list_own_grants(session, actor.account_id, today=today),
        sessions=queries.list_sessions(session, actor.account_id, now=now, limit=SHOWN),
        trail=queries.list_own_trail(session, actor.employee_id, limit=SHOWN),
        readings=queries.list_readings(session, actor.employee_id, limit=SHOWN),
        sections=[section for section in queries.personal_sections() if section.url],
        role_names=policies.ROLE_NAMES,
        action_label=services.action_label,
        status_names=STATUS_NAMES,
        mask=rules.masked_address,
    )


@bp.get("/data-saya/unduh")
@authenticated
def personal_data_download() -> ResponseReturnValue:
    """Send everything held about the actor as one JSON file."""
    actor, now = current_actor(), clock.now()
    assert actor.employee_id is not None
    assert actor.account_id is not None
    today = clock.local_day(now, actor.timezone)
    session = current_session()
    document = queries.personal_document(
        session,
        actor.employee_id,
        now=now,
        grants=queries.list_own_grants(session, actor.account_id, today=today),
        delegations=[
            row
            for row in queries.list_delegations(session, actor, limit=1000)
            if actor.account_id in {row.from_account_id, row.to_account_id}
        ],
    )
    return Response(
        json.dumps(document, ensure_ascii=False, indent=1),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="data-saya-{today.isoformat()}.json"'},
    )
