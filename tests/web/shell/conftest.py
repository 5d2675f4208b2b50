"""The shell alone: the web package without any feature, with a log-in that tests decide on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, g
from jinja2 import StrictUndefined

from lms.core.actor import ANONYMOUS, Actor
from lms.core.db import db
from lms.core.once import OneTimeKey
from lms.core.settings import Settings
from lms.web import errors, guard, headers, home, i18n, menus, pages, static
from tests.support.html import StrictClient

LEARNER = Actor(account_id=7, employee_id=7, name="Rahmawati Saleng, S.Sos.", timezone="Asia/Makassar", session_id=3)


def build(settings: Settings) -> Flask:
    """Return an application that holds the web package only."""
    app = Flask("lms", static_folder=None, template_folder="templates")
    plain = settings.plain_cookie
    app.config.update(
        LMS=settings,
        SECRET_KEY="s" * 32,
        CSRF_KEY=b"c" * 32,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SESSION_COOKIE_NAME="kilat" if plain else "__Host-kilat",
        SESSION_COOKIE_SECURE=not plain,
        MAX_CONTENT_LENGTH=64 * 1024,
        TESTING=True,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    i18n.init_app(app)
    static.init_app(app)
    guard.init_guard(app)
    headers.init_app(app)
    errors.init_app(app)
    menus.init_app(app)
    home.init_app(app)
    app.register_blueprint(pages.bp)
    app.test_client_class = StrictClient
    return app


@pytest.fixture
def who() -> dict[str, Actor]:
    return {"actor": ANONYMOUS}


@pytest.fixture
def make_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: dict[str, Actor]) -> Iterator[Callable[..., Flask]]:
    """Build shell applications with other settings; menus and panels of features are out of sight."""
    monkeypatch.setattr(menus, "_items", {})
    monkeypatch.setattr(menus, "_drawn", {})
    monkeypatch.setattr(home, "_panels", {})
    monkeypatch.setattr(guard, "_load_actor", lambda: _set(who["actor"]))
    made: list[Flask] = []

    def make(**values: object) -> Flask:
        home_dir = tmp_path / str(len(made))
        home_dir.mkdir()
        chosen = {"env": "test", "home": home_dir, "base_url": "http://127.0.0.1:8000", **values}
        app = build(Settings(**chosen))
        made.append(app)
        with app.app_context():
            OneTimeKey.__table__.create(db.engine)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def _set(actor: Actor) -> None:
    g.actor, g.login_session, g.account = actor, None, None


@pytest.fixture
def shell(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def visitor(shell: Flask) -> StrictClient:
    return shell.test_client()


@pytest.fixture
def learner(shell: Flask, who: dict[str, Actor]) -> StrictClient:
    who["actor"] = LEARNER
    return shell.test_client()
