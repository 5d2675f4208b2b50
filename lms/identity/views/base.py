"""What the pages of identity share: the blueprint, codes once more, spreadsheets."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import lazy_gettext as _l

from lms.core import clock, secrets, sessions
from lms.core.actor import Permission
from lms.core.errors import Unavailable
from lms.core.sheets import Sheet, write_xlsx
from lms.web import menus
from lms.web.guard import current_actor, current_login

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

bp = Blueprint("identity", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ADMIN_PAGES = (
    ("identity.account_list", _l("Akun"), Permission.ACCOUNT_MANAGE),
    ("identity.grant_list", _l("Kewenangan"), Permission.GRANT_MANAGE),
    ("identity.audit_list", _l("Jejak perubahan"), Permission.AUDIT_VIEW),
    ("identity.operations", _l("Keadaan sistem"), Permission.OPERATIONS_VIEW),
)

menus.register(menus.MenuItem("identity.account_list", _l("Akun"), "key", 90, permission=Permission.ACCOUNT_MANAGE))
menus.register(menus.MenuItem("identity.account_home", _l("Akun saya"), "person", 20, place="account"))
menus.register(menus.MenuItem("identity.personal_data", _l("Data saya"), "eye", 30, place="account"))
menus.register(
    menus.MenuItem(
        "identity.delegation_list",
        _l("Plt. dan Plh."),
        "people",
        40,
        permission=Permission.DELEGATION_CREATE,
        place="account",
    )
)


def admin_tabs() -> list[tuple[Any, str, bool]]:
    """Return the pages of access administration that the actor may open."""
    actor = current_actor()
    return [
        (label, url_for(endpoint), request.endpoint == endpoint)
        for endpoint, label, permission in ADMIN_PAGES
        if actor.may(permission)
    ]


def step_up(back: str) -> ResponseReturnValue | None:
    """Return the way to showing the second factor again, or None when it was shown lately.

    Args:
        back: page to return to.
    """
    row = current_login()
    if row is not None and not sessions.needs_step_up(row, now=clock.now()):
        return None
    return redirect(url_for("identity.step_up", lanjut=back), code=303)


def page_number() -> int:
    """Return the page that the address asks for, from 1 on."""
    typed = request.args.get("hal", "1")
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1


def cursor(number: int | None) -> str | None:
    """Return a place in a long list as the address carries it: sealed, since internal ids are never shown."""
    if number is None:
        return None
    return base64.urlsafe_b64encode(secrets.encrypt("cursor", str(number).encode())).decode().rstrip("=")


def open_cursor(text: str) -> int | None:
    """Return the place behind a sealed text, or None when it is not one of ours."""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return int(secrets.decrypt("cursor", sealed))
    except (ValueError, Unavailable):
        return None


def spreadsheet(name: str, header: Sequence[str], rows: Sequence[Sequence[object]], *, file_name: str) -> Response:
    """Return a table as an XLSX attachment."""
    data = write_xlsx([Sheet(name, header, rows)])
    return Response(
        data, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{file_name}.xlsx"'}
    )
