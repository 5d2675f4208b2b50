"""The application factory: the order of wiring, readable top to bottom."""

from __future__ import annotations

import importlib
import importlib.util
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy.pool import NullPool
from werkzeug.middleware.proxy_fix import ProxyFix

from lms import wiring
from lms.core import (
    job_runner,  # noqa: F401 -- tells core.jobs who carries work out
    runtime,
    secrets,
)
from lms.core.db import db, let_go
from lms.core.settings import Environment, Settings
from lms.web import errors, guard, headers, home, i18n, incoming, menus, pages, static

if TYPE_CHECKING:
    from typing import Any

FEATURES = (
    "people",
    "identity",
    "notifications",
    "competencies",
    "courses",
    "assessments",
    "mentoring",
    "certificates",
    "reporting",
)
# Whoever waits longer for somebody's lock is told so (503), and the thread is free again.
POSTGRESQL_OPTIONS = "-c lock_timeout=10s"


def _engine_options(settings: Settings) -> dict[str, Any]:
    # Values of a failed statement are names, numbers and answers: they have no place in a log.
    hidden: dict[str, Any] = {"hide_parameters": settings.env in {Environment.PRODUCTION, Environment.DEMO}}
    if settings.database_url.startswith("sqlite"):
        return {**hidden, "connect_args": {"check_same_thread": False}}
    hidden["connect_args"] = {"options": POSTGRESQL_OPTIONS}
    if settings.env is Environment.TEST:
        return {**hidden, "poolclass": NullPool}
    return {**hidden, "pool_size": settings.threads * 2, "max_overflow": 8, "pool_pre_ping": True, "pool_timeout": 10}


def import_models() -> None:
    """Import the tables of every feature, so that the metadata is whole."""
    for name in FEATURES:
        if importlib.util.find_spec(f"lms.{name}.models") is not None:
            importlib.import_module(f"lms.{name}.models")


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application, wired and ready to serve.

    Args:
        settings: read from the environment when left out.
    """
    settings = settings or Settings()
    settings.make_home()
    runtime.configure(settings)
    app = Flask("lms", static_folder=None, template_folder="templates")
    app.config.update(
        LMS=settings,
        SECRET_KEY=secrets.key("flask", settings.secrets_dir).hex(),
        CSRF_KEY=secrets.key("csrf", settings.secrets_dir),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        SESSION_COOKIE_NAME="kilat" if settings.plain_cookie else "__Host-kilat",
        SESSION_COOKIE_SECURE=not settings.plain_cookie,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=1),
        MAX_CONTENT_LENGTH=24 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        TESTING=settings.env is Environment.TEST,
    )
    # A redirect that takes doubled slashes away would name the host that the client claims.
    app.url_map.merge_slashes = False
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if settings.proxy_count:
        count = settings.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]

    import_models()
    db.init_app(app)
    app.teardown_appcontext(let_go)  # runs before the extension's own, which would let the fault out
    i18n.init_app(app)
    static.init_app(app)
    guard.init_guard(app)
    incoming.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    menus.init_app(app)
    home.init_app(app)
    app.register_blueprint(pages.bp)
    for name in FEATURES:
        if importlib.util.find_spec(f"lms.{name}.views") is None:
            continue
        views = importlib.import_module(f"lms.{name}.views")
        if not hasattr(views, "bp"):
            continue
        app.register_blueprint(views.bp)
    wiring.wire(app)
    return app
