"""What `make run` needs before it serves, in the serving process itself: schema, demo region, its accounts."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from lms.core.db import current_session
from lms.core.settings import Environment
from lms.people.models import Installation
from lms.web.pages import PROJECT

if TYPE_CHECKING:
    from flask import Flask

    from lms.core.settings import Settings


def schema_is_current(settings: Settings) -> bool:
    """Return whether the database stands at the code's newest revision.

    Without Alembic, whose import takes most of a second: one statement, and the file that names the head.
    """
    engine = create_engine(settings.database_url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    except DBAPIError:  # no database, or an empty one; the migration says what is really wrong
        return False
    finally:
        engine.dispose()
    return list(found) == [(PROJECT / "migrations" / "HEAD").read_text(encoding="utf-8").strip()]


def migrate(settings: Settings) -> None:
    """Bring the schema up when it is not the newest."""
    settings.make_home()  # SQLite makes the file, never its folder
    if not schema_is_current(settings):
        importlib.import_module("lms.cli.db").upgrade.main(args=[], prog_name="lms db upgrade", standalone_mode=False)


def prepare_demo(app: Flask, settings: Settings) -> None:
    """In a demo installation, build the region in an empty database and tell one account for each role.

    Raises: SystemExit: the region could not be built, as when the database holds real people.
    """
    if settings.env is not Environment.DEMO:
        return
    with app.app_context():
        held = current_session().get(Installation, 1)
        is_built = held is not None and held.is_demo and held.demo_built_at is not None
    if not is_built:
        # In a process of its own: what the building takes up is given back before the first request.
        command = [sys.executable, "-m", "lms.cli.main", "demo", "--scale", "kota", "--seed", "1"]
        if subprocess.run(command, check=False).returncode:  # noqa: S603 -- our own program; it has said why
            raise SystemExit(1)
    with app.app_context():
        demo = importlib.import_module("lms.cli.demo.cli").demo
        demo.main(args=["accounts"], prog_name="lms demo accounts", standalone_mode=False)
