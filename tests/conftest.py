"""Fixtures shared by all tests: application, session, strict client, log-in, query counter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from lms.core import runtime, secrets, sessions
from lms.core.actor import Role
from lms.core.db import current_session, db
from lms.core.orm import Base
from lms.core.settings import Settings
from tests.support import postgres
from tests.support.html import StrictClient

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)  # Tuesday, 14.05 WITA


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="run database tests on PostgreSQL")


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if request.config.getoption("--postgresql"):
        return postgres.create_database(postgres.start(), f"bina_test_{worker}_{os.getpid()}")
    return f"sqlite:///{tmp_path_factory.mktemp('db') / 'bina.sqlite3'}"


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        env="test",
        home=tmp_path_factory.mktemp("home"),
        database_url=database_url,
        base_url="http://127.0.0.1:8000",
        jobs="external",
    )


def _create_search_tables() -> None:
    from lms.core.search import create_search_tables  # the kernel's own tables outside the ORM

    with db.engine.begin() as connection:
        create_search_tables(connection)


@pytest.fixture(scope="session")
def _app(settings: Settings) -> Iterator[Flask]:
    from lms.app import create_app

    app = create_app(settings)
    app.test_client_class = StrictClient
    with app.app_context():
        Base.metadata.create_all(db.engine)
        _create_search_tables()
    touched: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        words = statement.lstrip().split(None, 3)
        if len(words) > 2 and words[0].upper() == "INSERT":
            touched.add(words[2].split("(")[0].strip('"'))

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    app.extensions["test_touched"] = touched
    yield app
    with app.app_context():
        db.engine.dispose()


def _empty(app: Flask) -> None:
    touched: set[str] = app.extensions["test_touched"]
    names = {table.name for table in Base.metadata.sorted_tables}
    if not touched:
        return
    with app.app_context():
        current_session().rollback()
        with db.engine.connect().execution_options(lms_write=True) as connection, connection.begin():
            if db.engine.dialect.name == "postgresql":
                # TRUNCATE makes new files for each table and index; of some rows DELETE is ten times quicker.
                wanted = "".join(f'DELETE FROM "{name}";' for name in sorted(touched & names))
                for name in sorted(touched & names):
                    if "id" in Base.metadata.tables[name].c:
                        wanted += f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), 1, false);"
                if wanted:
                    connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {wanted}")
            else:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                for name in sorted(touched & names):
                    connection.exec_driver_sql(f'DELETE FROM "{name}"')
            for name in sorted(touched - names):
                if name.startswith("search_"):
                    connection.exec_driver_sql(f'DELETE FROM "{name}"')
    touched.clear()


@pytest.fixture
def app(_app: Flask) -> Iterator[Flask]:
    runtime.configure(_app.config["LMS"])  # a test of the program or of the server may have left others
    secrets.forget()
    yield _app
    _empty(_app)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session inside an application context; tests commit with `session.commit()` or transaction()."""
    with app.app_context():
        yield current_session()
        current_session().rollback()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def today() -> date:
    return NOW.date()


@pytest.fixture
def client(app: Flask) -> StrictClient:
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def login_as(app: Flask, client: StrictClient) -> Callable[..., StrictClient]:
    """Log the client in as an employee; roles are given as (Role, unit) grants.

    `login_as(employee, (Role.HR, unit), second_factor=True)`
    """
    from lms.core import clock
    from lms.identity.models import Account, AccountState, Grant

    def log_in(
        employee: Any, *grants: tuple[Role, Any], second_factor: bool = True, use: StrictClient | None = None
    ) -> StrictClient:
        target = use or client
        with app.app_context():
            session = current_session()
            account = session.query(Account).filter_by(employee_id=employee.id).one_or_none()
            moment = clock.now()
            if account is None:
                account = Account(employee_id=employee.id, state=AccountState.ACTIVE, created_at=moment)
                session.add(account)
                session.flush()
            for role, unit in grants:
                session.add(Grant(account_id=account.id, role=role, unit_id=unit.id, starts_on=date(2020, 1, 1)))
            _row, token = sessions.begin(
                session, account_id=account.id, now=moment, shared=False, second_factor=second_factor
            )
            session.commit()
        target.set_cookie("sesi", token)
        return target

    return log_in


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], Any]:
    """Count the statements of a block: `with count_queries() as counted: ...; counted.statements`."""

    class Counted:
        def __init__(self) -> None:
            self.statements: list[str] = []

        def __len__(self) -> int:
            return len(self.statements)

    @contextmanager
    def counting() -> Iterator[Counted]:
        counted = Counted()

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SET TRANSACTION", "COMMIT", "ROLLBACK")):
                counted.statements.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield counted
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


@pytest.fixture(scope="session")
def project_root() -> Path:
    return Path(__file__).resolve().parent.parent
