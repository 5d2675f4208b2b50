"""One's own notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.db import current_session, transaction
from lms.notifications import queries, services
from lms.web import home, menus
from lms.web.guard import authenticated, current_actor

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

bp = Blueprint("notifications", __name__)


@bp.get("/pemberitahuan")
@authenticated
def notice_list() -> ResponseReturnValue:
    """Show the notices, newest first."""
    unread_only = request.args.get("tampil") == "baru"
    before = request.args.get("sebelum", "")[:26]
    session, actor = current_session(), current_actor()
    rows = queries.list_notices(session, actor, unread_only=unread_only, before=before or None, limit=queries.PAGE + 1)
    more = rows[queries.PAGE - 1].public_id if len(rows) > queries.PAGE else None
    return render_template(
        "notifications/notice_list.html",
        rows=rows[: queries.PAGE],
        unread_only=unread_only,
        more=more,
        first=not before,
        unread=queries.count_unread(session, actor.employee_id or 0),
    )


@bp.post("/pemberitahuan/<string:public_id>/dibaca")
@authenticated
def mark_read(public_id: str) -> ResponseReturnValue:
    """Mark one notice as read and go on to what it is about."""
    with transaction() as session:
        url = services.mark_read(session, current_actor(), public_id, now=clock.now())
    return redirect(url or url_for("notifications.notice_list"), code=303)


@bp.post("/pemberitahuan/dibaca")
@authenticated
def mark_all_read() -> ResponseReturnValue:
    """Mark all notices as read."""
    with transaction() as session:
        services.mark_all_read(session, current_actor(), now=clock.now())
    flash(_("Semua pemberitahuan ditandai sudah dibaca."), "ok")
    return redirect(url_for("notifications.notice_list"), code=303)


def _unread_panel(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    if actor.employee_id is None:
        return None
    count, title = queries.latest_unread(session, actor.employee_id)
    return ("notifications/_home_unread.html", {"count": count, "title": title}) if count else None


menus.register(menus.MenuItem("notifications.notice_list", _l("Pemberitahuan"), "bell", 10, place="account"))
home.register_panel(home.Panel("notifications.unread", "waiting", 90, _unread_panel))
