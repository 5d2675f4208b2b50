"""CSRF: a token that is an HMAC of the login session, or of a signed cookie before log-in."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import current_app, g, request, session
from markupsafe import Markup

from lms.core.errors import Conflict
from lms.core.text import N_

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"


def _subject() -> str:
    login_session = g.get("login_session")
    if login_session is not None:
        return f"sesi:{login_session.token_hash}"
    # Flask's own signed cookie; no row is made for an anonymous visit.
    if "anon" not in session:
        session["anon"] = secrets.token_urlsafe(16)
    return f"anon:{session['anon']}"


def csrf_token() -> str:
    """Return the token that the forms of this page carry."""
    key = current_app.config["CSRF_KEY"]
    return hmac.new(key, _subject().encode(), hashlib.sha256).hexdigest()


def csrf_field() -> Markup:
    """Return the hidden field for a form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def check() -> None:
    """Refuse a state-changing request without the right token.

    Raises: Conflict: the page was made before log-in, log-out, or by another site.
    """
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not hmac.compare_digest(given.encode(), csrf_token().encode()):
        raise Conflict(N_("Halaman ini sudah kedaluwarsa. Muat ulang halaman, lalu ulangi langkah terakhir Anda."))
