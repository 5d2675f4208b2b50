# ruff: noqa: INP001 -- Alembic loads this file by its path
"""Alembic's environment: one transaction per revision, the same on both databases."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from alembic import context
from alembic.operations import ops
from sqlalchemy import JSON, Column, Connection, create_engine, text
from sqlalchemy.pool import NullPool

import lms
from lms.core import db  # noqa: F401 -- its listeners set up SQLite connections
from lms.core.orm import Base, UtcDateTime
from lms.core.settings import Settings

# Tables that are not the models': the search makes its own, Huey makes its own.
FOREIGN_PREFIXES = ("search_", "huey_", "sqlite_")


def load_models() -> None:
    """Import every module that may hold tables, so that none is forgotten."""
    for package in ("lms.core",):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
    for module in pkgutil.walk_packages(lms.__path__, "lms."):
        if ".models" in module.name:
            importlib.import_module(module.name)


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our types as stock ones, so that old revisions never import application code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out tables that other hands made."""
    return not (kind == "table" and name is not None and name.startswith(FOREIGN_PREFIXES))


def add_circular_keys(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Add the keys that Alembic leaves out of new tables: those that close a circle (`use_alter`)."""
    for script in directives:
        made = [one.table_name for one in script.upgrade_ops.ops if isinstance(one, ops.CreateTableOp)]
        keys = [
            constraint
            for name in made
            for constraint in sorted(Base.metadata.tables[name].foreign_key_constraints, key=lambda one: str(one.name))
            if constraint.use_alter
        ]
        for key in keys:
            name = key.parent.name
            script.upgrade_ops.ops.append(ops.ModifyTableOps(name, [ops.CreateForeignKeyOp.from_constraint(key)]))
            drop = ops.DropConstraintOp(str(key.name), name, type_="foreignkey")
            script.downgrade_ops.ops.insert(0, ops.ModifyTableOps(name, [drop]))


def check_foreign_keys(*, ctx: Any, **_rest: Any) -> None:
    """Refuse a revision that leaves a row without its parent; it is then rolled back.

    Raises: RuntimeError: names the tables.
    """
    if ctx.connection.dialect.name == "sqlite":
        broken = {row[0] for row in ctx.connection.exec_driver_sql("PRAGMA foreign_key_check")}
        if broken:
            msg = f"rows without a parent in {sorted(broken)}"
            raise RuntimeError(msg)


def differs_in_default(
    _context: Any, _inspected: Any, column: Column[Any], _found: str | None, _wanted: Any, _rendered: str | None
) -> bool | None:
    """Return that defaults of JSON are the same, since PostgreSQL cannot compare them; None: look."""
    return False if isinstance(column.type, JSON) else None


def options() -> dict[str, Any]:
    """Return what offline and online runs share."""
    return {
        "target_metadata": Base.metadata,
        "render_as_batch": True,
        "render_item": render_item,
        "include_name": include_name,
        "compare_type": True,
        "compare_server_default": differs_in_default,
        "transaction_per_migration": True,
        "on_version_apply": check_foreign_keys,
        "process_revision_directives": add_circular_keys,
    }


def run(connection: Connection) -> None:
    """Run the revisions on a connection, one migrating process at a time."""
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        connection.execute(text("SELECT pg_advisory_lock(hashtext('lms.migrations'))"))
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.execute(text("SET statement_timeout = '60s'"))
        connection.commit()
    else:
        # Batch mode drops and renames tables; with the keys on that would delete their children.
        # The switch works only outside a transaction, hence on the driver's own connection.
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
    try:
        context.configure(connection=connection, **options())
        with context.begin_transaction():
            context.run_migrations()
    finally:
        if postgresql:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(hashtext('lms.migrations'))"))
            connection.commit()


def main() -> None:
    """Run offline (SQL is printed) or online."""
    load_models()
    given: Connection | None = context.config.attributes.get("connection")
    url: str = context.config.attributes.get("url") or Settings().database_url
    if context.is_offline_mode():
        context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"}, **options())
        with context.begin_transaction():
            context.run_migrations()
    elif given is not None:
        run(given)
    else:
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect().execution_options(lms_write=True) as connection:
            run(connection)
        engine.dispose()


main()
