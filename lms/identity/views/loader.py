"""From the login session to the actor of a request, mirrored to Flask-Login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g
from flask_login import LoginManager

from lms.core.db import transaction
from lms.identity import queries, services
from lms.web.guard import current_actor

if TYPE_CHECKING:
    from flask import Flask, Request
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor
    from lms.core.sessions import KnownSession


def load(session: Session, login_session: KnownSession) -> Actor | None:
    """Return who acts, and leave the account for the frame; two statements."""
    found = queries.load_identity(session, login_session)
    if found is None:
        return None
    g.account, g.unit_name = found.account, found.account.unit_name
    return found.actor


def save_appearance(theme: str, locale: str) -> None:
    """Keep look and language in the account of the one who asks."""
    with transaction() as session:
        services.set_appearance(session, current_actor(), theme=theme, locale=locale)


def install(app: Flask) -> None:
    """Let the guard load actors, and `flask_login.current_user` mirror the account.

    Flask-Login's own hooks are left out: they would read the cookie session on each answer, static
    files included, and so forbid caches to keep them.
    """
    app.extensions["lms_actor_loader"] = load
    manager: Any = LoginManager()
    manager.session_protection = None
    manager.request_loader(_mirror)
    app.login_manager = manager  # type: ignore[attr-defined]


def _mirror(_request: Request) -> Any:
    return g.get("account")
