"""Flask-SQLAlchemy instance and the one owner of transactions."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from lms.core.orm import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"expire_on_commit": False})


@event.listens_for(Engine, "connect")
def _configure_sqlite(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # we send BEGIN ourselves
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    writing, read_only = options.get("lms_write", False), options.get("lms_read_only", False)
    if connection.dialect.name == "sqlite":
        # Straight to the driver where nothing can be refused: each request passes here.
        raw: Any = connection.connection.dbapi_connection
        if connection.info.get("lms_query_only") is not read_only:
            raw.execute(f"PRAGMA query_only={int(read_only)}")
            connection.info["lms_query_only"] = read_only
        if writing:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # may find the lock taken: SQLAlchemy's errors
        else:
            raw.execute("BEGIN DEFERRED")
    elif read_only:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def current_session() -> Session:
    """Return the session of this request, job or command."""
    return cast("Session", db.session())


def let_go(_error: BaseException | None = None) -> None:
    """Give the connection of a finished request back, also when the database went away meanwhile.

    The answer is made by then: a rollback that nobody hears must not take it from the person who waits.
    """
    session = current_session()
    try:
        session.close()
    except DBAPIError:
        session.invalidate()


def begin_read_only() -> None:
    """Make the database refuse writes for the rest of a GET or HEAD request.

    Raises: RuntimeError: the session has already begun, so the option would be ignored.
    """
    session = current_session()
    if session.in_transaction():
        msg = "begin_read_only() must come before the first statement"
        raise RuntimeError(msg)
    session.connection(execution_options={"lms_read_only": True})


@contextmanager
def transaction() -> Iterator[Session]:
    """Run one write transaction; the only place in the code base that commits.

    Raises: RuntimeError: nested, or entered with unsaved objects.
    """
    session = current_session()
    if session.info.get("lms_writing") or session.new or session.dirty or session.deleted:
        msg = "transaction() is neither nested nor entered with unsaved objects"
        raise RuntimeError(msg)
    session.commit()  # ends the read transaction, so that SQLite can take the write lock first
    session.connection(execution_options={"lms_write": True})
    session.info["lms_writing"] = True
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["lms_writing"] = False


@contextmanager
def side_transaction(engine: Engine | None = None) -> Iterator[Connection]:
    """Run a short write on a connection of its own, for notes that a GET may leave.

    Used for last-seen, rate counters, notes of reading, and the answer of a one-time key: never for a feature.
    """
    bind = engine or db.engine
    with bind.connect().execution_options(lms_write=True) as connection, connection.begin():
        yield connection
