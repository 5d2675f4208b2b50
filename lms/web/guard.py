"""Gate in front of every route: who asks, and may they come here at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app, g, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as RouteNotFound

from lms.core import clock, sessions
from lms.core.actor import ANONYMOUS, Actor, Permission
from lms.core.audit import write_reading_notes
from lms.core.db import begin_read_only, current_session, side_transaction
from lms.core.errors import Forbidden, Unavailable
from lms.core.ids import new_public_id
from lms.core.text import N_
from lms.web import csrf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask, Response

F = TypeVar("F", bound="Callable[..., Any]")

_ACCESS = "__lms_access__"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class LoginNeeded(Exception):
    """The page wants a log-in first."""


def public(view: F) -> F:
    """Mark a view as open to everyone."""
    setattr(view, _ACCESS, ("public", None))
    return view


def authenticated(view: F) -> F:
    """Mark a view as open to everyone who is logged in."""
    setattr(view, _ACCESS, ("authenticated", None))
    return view


def requires(*permissions: Permission) -> Callable[[F], F]:
    """Mark a view as open to those who hold one of the permissions anywhere."""

    def mark(view: F) -> F:
        setattr(view, _ACCESS, ("permission", permissions))
        return view

    return mark


def csrf_exempt(view: F) -> F:
    """Leave out the CSRF check; only for endpoints that carry their own secret."""
    view.__lms_csrf_exempt__ = True  # type: ignore[attr-defined]
    return view


def access_of(view: Callable[..., Any]) -> tuple[str, tuple[Permission, ...] | None] | None:
    """Return the mark of a view, or None when it states nothing."""
    return cast("tuple[str, tuple[Permission, ...] | None] | None", getattr(view, _ACCESS, None))


def current_actor() -> Actor:
    """Return who acts in this request; anonymous before log-in."""
    return cast("Actor", g.get("actor", ANONYMOUS))


def current_login() -> sessions.KnownSession | None:
    """Return the login session of this request, or None."""
    return cast("sessions.KnownSession | None", g.get("login_session"))


def note_reading(person_ids: Iterable[int], page: str) -> None:
    """Have it noted, after the page is made, that the actor saw these people's records."""
    g.setdefault("readings", []).append((set(person_ids), page))


def wants_json() -> bool:
    """Return whether the caller is a script of ours that reads JSON."""
    return request.accept_mimetypes.best == "application/json"


def cookie_name() -> str:
    """Return the name of the session cookie: `__Host-sesi`, or `sesi` on plain loopback."""
    return "sesi" if current_app.config["LMS"].plain_cookie else "__Host-sesi"


def set_login_cookie(response: Response, token: str, *, shared: bool) -> None:
    """Hand the session's token to the browser; on a shared computer until it closes."""
    plain = current_app.config["LMS"].plain_cookie
    response.set_cookie(
        cookie_name(),
        token,
        max_age=None if shared else int(sessions.LIFETIME.total_seconds()),
        secure=not plain,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def clear_login_cookie(response: Response) -> None:
    """Take the session's token from the browser."""
    plain = current_app.config["LMS"].plain_cookie
    response.delete_cookie(cookie_name(), path="/", secure=not plain, httponly=True, samesite="Lax")


def _load_actor() -> None:
    g.actor, g.login_session, g.account = ANONYMOUS, None, None
    token = request.cookies.get(cookie_name())
    if not token:
        return
    session = current_session()
    row = sessions.find(session, token)
    if row is None or not sessions.is_alive(row, now=clock.now()):
        return
    g.login_session = row
    if row.is_half:
        return
    actor = current_app.extensions["lms_actor_loader"](session, row)
    if actor is None:
        g.login_session = None
        return
    g.actor = actor


def _enforce() -> None:
    if request.routing_exception is not None:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static":
        return
    access = access_of(view)
    if access is None:
        raise Forbidden(N_("Halaman ini belum dibuka untuk siapa pun."))
    kind, permissions = access
    if kind == "public":
        return
    if current_actor().account_id is None:
        raise LoginNeeded
    if kind == "permission" and not any(current_actor().may(p) for p in permissions or ()):
        raise Forbidden(N_("Halaman ini untuk petugas dengan kewenangan khusus. Mintalah kewenangan kepada BKPSDM."))


def _before() -> None:
    g.request_id = new_public_id()
    if request.endpoint in {"static", "web.live"}:
        return
    if request.method in SAFE:
        begin_read_only()
    current_session().info["request_id"] = g.request_id
    _load_actor()
    if request.method not in SAFE and not isinstance(request.routing_exception, (RouteNotFound, MethodNotAllowed)):
        view = current_app.view_functions.get(request.endpoint or "")
        if view is not None and not getattr(view, "__lms_csrf_exempt__", False):
            csrf.check()
    _enforce()


def _after(response: Response) -> Response:
    row, actor = current_login(), current_actor()
    if row is None:
        return response
    now = clock.now()
    readings: list[tuple[set[int], str]] = g.get("readings", [])
    stale = now - row.last_seen_at >= sessions.TOUCH_EVERY and row.ended_at is None
    if not stale and not readings:
        return response
    current_session().close()  # ends the read transaction, so that SQLite's one writer is not blocked by us
    try:
        if readings and actor.employee_id is not None and response.status_code < 400:
            with side_transaction() as connection:
                for people, page in readings:
                    write_reading_notes(connection, reader_id=actor.employee_id, person_ids=people, page=page, at=now)
        if stale:
            sessions.touch(side_transaction, session_id=row.id, now=now)
    except Exception as error:
        current_app.logger.exception("note after response failed")
        if readings:
            raise Unavailable(
                N_("Catatan akses belum dapat ditulis, jadi data orang lain tidak ditampilkan. Coba lagi nanti.")
            ) from error
    return response


def init_guard(app: Flask) -> None:
    """Put the gate before every request of the application."""
    app.before_request(_before)
    app.after_request(_after)
    app.jinja_env.globals["csrf_field"] = csrf.csrf_field
    app.jinja_env.globals["csrf_token"] = csrf.csrf_token
    app.jinja_env.globals["current_actor"] = current_actor
