"""Database part of backup and restore: SQLite by VACUUM INTO, PostgreSQL by COPY at one instant."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from psycopg import sql
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from lms.cli.db import alembic_config
from lms.core import clock
from lms.core import db as _listeners  # noqa: F401 -- sets up SQLite connections
from lms.core.errors import Refused
from lms.core.settings import Settings
from lms.core.text import N_

_CHUNK_BYTES = 1 << 20
# Tables that a fresh, empty installation may already have filled.
_OWN = ("alembic_version", "search_", "huey_", "sqlite_", "rate_counter", "outbox_job", "audit_seal")


def is_sqlite(url: str) -> bool:
    """Return whether the URL names a SQLite file."""
    return make_url(url).get_backend_name() == "sqlite"


def _sqlite_path(url: str) -> Path:
    return Path(make_url(url).database or "")


def _connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def export(url: str, folder: Path) -> dict[str, Any]:
    """Write the database as of one instant into a folder; return its kind, revision and rows.

    Raises: Refused: there is no database yet.
    """
    folder.mkdir(parents=True)
    return _export_sqlite(_sqlite_path(url), folder) if is_sqlite(url) else _export_postgresql(url, folder)


def _export_sqlite(path: Path, folder: Path) -> dict[str, Any]:
    if not path.exists():
        raise Refused(N_("Basis data belum ada. Jalankan dahulu: lms db upgrade"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("VACUUM INTO ?", (str(folder / "database.sqlite3"),))
    with closing(sqlite3.connect(folder / "database.sqlite3")) as copy:
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise Refused(N_("Basis data ini rusak, jadi tidak dicadangkan. Pulihkan cadangan terakhir."))
        names = [
            name
            for (name,) in copy.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                " AND name NOT LIKE 'search_index%' ORDER BY name"
            )
        ]
        tables = {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 -- names from the schema itself
        revision = _revision(lambda query: copy.execute(query).fetchone(), tables)
    return {"kind": "sqlite", "revision": revision, "tables": tables}


def _revision(fetch: Any, tables: dict[str, int]) -> str | None:
    row = fetch("SELECT version_num FROM alembic_version") if "alembic_version" in tables else None
    return str(row[0]) if row else None


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'huey%'"
        " ORDER BY tablename"
    )
    return [name for (name,) in rows]


def _columns(connection: psycopg.Connection[Any], table: str) -> list[str]:
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        (table,),
    )
    return [name for (name,) in rows]


def _copy(table: str, columns: list[str], direction: str) -> sql.Composed:
    return sql.SQL("COPY {} ({}) " + direction).format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def _export_postgresql(url: str, folder: Path) -> dict[str, Any]:
    columns: dict[str, list[str]] = {}
    tables: dict[str, int] = {}
    with _connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        for table in _tables(connection):
            columns[table] = _columns(connection, table)
            with (folder / f"{table}.copy").open("wb") as out, connection.cursor() as cursor:
                with cursor.copy(_copy(table, columns[table], "TO STDOUT")) as stream:
                    for chunk in stream:
                        out.write(chunk)
                tables[table] = cursor.rowcount
        revision = _revision(lambda query: connection.execute(query).fetchone(), tables)
    (folder / "columns.json").write_text(json.dumps(columns), encoding="utf-8")
    return {"kind": "postgresql", "revision": revision, "tables": tables}


def holds_data(url: str) -> bool:
    """Return whether the target database has rows of its own; one that cannot be read counts as full."""
    if is_sqlite(url) and not _sqlite_path(url).exists():
        return False
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            names = [name for name in inspect(connection).get_table_names() if not name.startswith(_OWN)]
            return any(
                connection.execute(text(f'SELECT 1 FROM "{name}" LIMIT 1')).first() is not None  # noqa: S608 -- names from the schema itself
                for name in names
            )
    except SQLAlchemyError:
        return True
    finally:
        engine.dispose()


def load(url: str, folder: Path, about: dict[str, Any]) -> None:
    """Put an exported database in place of the present one.

    Raises: Refused: the backup is of the other kind of database.
    """
    if (about["kind"] == "sqlite") is not is_sqlite(url):
        raise Refused(N_("Cadangan ini dari jenis basis data lain. Pakai LMS_DATABASE_URL yang sejenis."))
    if is_sqlite(url):
        _load_sqlite(_sqlite_path(url), folder / "database.sqlite3")
    else:
        _load_postgresql(url, folder, about)


def _load_sqlite(target: Path, source: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb+") as stream:
        os.fsync(stream.fileno())
    # The old log must not be played into the new file; its own commits end with its database.
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    source.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _load_postgresql(url: str, folder: Path, about: dict[str, Any]) -> None:
    revision = about["revision"]
    if revision is None:
        raise Refused(N_("Cadangan ini tidak menyebut revisi skema, jadi tidak dapat dipulihkan."))
    with _connect(url) as connection:
        for table in _tables(connection):
            connection.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(table)))
    command.upgrade(alembic_config(Settings(database_url=url)), revision)
    columns: dict[str, list[str]] = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    with _connect(url) as connection:
        keys = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        ).fetchall()
        # Rows come table by table, in no order of the keys; all are checked when they come back.
        for table, name, _definition in keys:
            connection.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.SQL(table), sql.Identifier(name))
            )
        for table, names in columns.items():
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
            source = (folder / f"{table}.copy").open("rb")
            with source, connection.cursor().copy(_copy(table, names, "FROM STDIN")) as stream:
                while chunk := source.read(_CHUNK_BYTES):
                    stream.write(chunk)
            _set_counter(connection, table)
        for table, name, definition in keys:
            connection.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} " + definition).format(sql.SQL(table), sql.Identifier(name))
            )


def _set_counter(connection: psycopg.Connection[Any], table: str) -> None:
    """Let the counter of the table's id go on after the highest id."""
    row = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND table_name = %s AND column_name = 'id'",
        (table,),
    ).fetchone()
    if row is None:
        return
    name = sql.Identifier(table).as_string(connection)
    counter = connection.execute("SELECT pg_get_serial_sequence(%s, 'id')", (name,)).fetchone()
    if counter and counter[0]:
        connection.execute(
            sql.SQL("SELECT setval({}, coalesce((SELECT max(id) FROM {}), 0) + 1, false)").format(
                sql.Literal(counter[0]), sql.Identifier(table)
            )
        )


def quiet(url: str) -> int:
    """Park all owed work and end all log-in sessions after a restore; return how many tasks.

    Work that was owed when the backup was made may have been done since: mail sent, certificates
    issued. So a person decides about each.
    """
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect().execution_options(lms_write=True) as connection, connection.begin():
            names = set(inspect(connection).get_table_names())
            if "login_session" in names:
                connection.execute(text("DELETE FROM login_session"))
            return _park(connection) if "outbox_job" in names else 0
    finally:
        engine.dispose()


def _park(connection: Connection) -> int:
    return connection.execute(
        text(
            "UPDATE outbox_job SET parked_at = :now, last_error = 'restored from a backup',"
            " leased_until = NULL, lease_owner = NULL WHERE done_at IS NULL AND parked_at IS NULL"
        ),
        {"now": clock.now().replace(tzinfo=None) if connection.dialect.name == "sqlite" else clock.now()},
    ).rowcount
