"""Migrations: one line, up and down and up again, on both databases, with rows in place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, inspect, text

from tests.support import postgres

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@pytest.fixture
def config(request, tmp_path):
    """Alembic's configuration for an empty database of its own."""
    if request.config.getoption("--postgresql"):
        name = f"bina_migrate_{re.sub(r'[^a-z0-9]', '', tmp_path.name.lower())}_{id(tmp_path)}"
        url = postgres.create_database(postgres.start(), name)
    else:
        url = f"sqlite:///{tmp_path / 'migrate.sqlite3'}"
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["url"] = url
    return made


@pytest.fixture
def engine(config):
    made = create_engine(config.attributes["url"], poolclass=NullPool)
    yield made
    made.dispose()


def _tables(engine) -> set[str]:
    return {
        name
        for name in inspect(engine).get_table_names()
        if name != "alembic_version" and not name.startswith(("search_index_", "huey_"))
    }


def _revisions() -> list[str]:
    script = ScriptDirectory(str(MIGRATIONS))
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def test_the_line_has_one_head_and_it_is_written_down():
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1
    assert (MIGRATIONS / "HEAD").read_text().strip() == script.get_current_head()
    assert _revisions() == [f"{number:04d}" for number in range(1, len(_revisions()) + 1)]


def test_every_revision_has_a_reason_and_imports_no_application_code():
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        source = path.read_text()
        assert len(source.split('"""')[1].strip()) > 40, f"{path.name}: the docstring gives no reason"
        assert not re.search(r"^(?:import|from) lms", source, re.MULTILINE), path.name


def test_head_is_what_the_models_say(config):
    command.upgrade(config, "head")
    command.check(config)


def test_each_step_goes_up_down_and_up_again(config, engine):
    for revision in _revisions():
        command.upgrade(config, revision)
        before = _tables(engine)
        command.downgrade(config, "-1")
        command.upgrade(config, revision)
        assert _tables(engine) == before
    command.downgrade(config, "base")
    assert _tables(engine) == set()


def test_rows_survive_an_upgrade_that_is_already_there(config, engine):
    command.upgrade(config, "head")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO organisational_unit (public_id, code, name, kind, path, timezone, valid_from_on) "
                "VALUES ('x', '73.73', 'Kota Palopo', 'region', '/1/', 'Asia/Makassar', :day)"
            ),
            {"day": datetime(2020, 1, 1, tzinfo=UTC).date()},
        )
    command.upgrade(config, "head")
    command.check(config)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM organisational_unit")).scalars().all() == ["Kota Palopo"]


def test_a_revision_that_fails_leaves_the_schema_where_it_was(config, engine, monkeypatch):
    first = _revisions()[0]
    module = ScriptDirectory(str(MIGRATIONS)).get_revision(first).module
    original = module.upgrade

    def breaks() -> None:
        original()
        msg = "power cut"
        raise OSError(msg)

    monkeypatch.setattr("alembic.script.base.ScriptDirectory.run_env", ScriptDirectory.run_env)
    script = ScriptDirectory.from_config(config)

    def broken_revisions(_self, *args, **kwargs):
        return script

    monkeypatch.setattr("alembic.script.ScriptDirectory.from_config", classmethod(broken_revisions))
    monkeypatch.setattr(script.get_revision(first).module, "upgrade", breaks)
    with pytest.raises(OSError, match="power cut"):
        command.upgrade(config, "head")
    assert _tables(engine) == set()
