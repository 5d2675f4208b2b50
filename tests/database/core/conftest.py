"""The kernel is tested over a bare application: database and outbox, no pages."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

import lms
from lms.core import job_runner, jobs, runtime
from lms.core.db import db
from lms.core.orm import Base
from lms.core.search import create_search_tables
from lms.core.settings import Settings
from tests.support import postgres


def _load_models() -> None:
    """Load every table, since foreign keys name tables of features as text."""
    for module in pkgutil.walk_packages(lms.__path__, "lms."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)


@pytest.fixture(scope="package")
def kernel_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.config.getoption("--postgresql"):
        return postgres.create_database(postgres.start(), "bina_test_kernel")
    return f"sqlite:///{tmp_path_factory.mktemp('kernel') / 'bina.sqlite3'}"


@pytest.fixture(scope="package")
def kernel_settings(kernel_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(env="test", home=tmp_path_factory.mktemp("home"), database_url=kernel_url)


@pytest.fixture(scope="package")
def _app(kernel_settings: Settings) -> Iterator[Flask]:
    assert job_runner.run_due
    _load_models()
    app = Flask("bare")
    app.config.update(
        LMS=kernel_settings,
        SQLALCHEMY_DATABASE_URI=kernel_settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"connect_args": {"check_same_thread": False}}
        if kernel_settings.database_url.startswith("sqlite")
        else {"pool_size": 20},
    )
    db.init_app(app)
    touched: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        words = statement.lstrip().split(None, 3)
        if len(words) > 2 and words[0].upper() == "INSERT":
            touched.add(words[2].split("(")[0].strip('"'))

    with app.app_context():
        Base.metadata.create_all(db.engine)
        with db.engine.begin() as connection:
            create_search_tables(connection)
        event.listen(db.engine, "before_cursor_execute", note)
    app.extensions["test_touched"] = touched
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _kernel_settings_active(kernel_settings: Settings) -> Iterator[None]:
    before = list(runtime._active)
    runtime.configure(kernel_settings)
    yield
    runtime._active[:] = before


@pytest.fixture
def registry() -> Iterator[None]:
    """Let a test register tasks of its own, and take them away again."""
    tasks, periodic = dict(jobs._TASKS), dict(jobs._PERIODIC)
    yield
    jobs._TASKS.clear()
    jobs._TASKS.update(tasks)
    jobs._PERIODIC.clear()
    jobs._PERIODIC.update(periodic)
