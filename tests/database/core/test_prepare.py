"""`lms serve --prepare`: the schema is brought up when it must be, and only then."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lms.cli import prepare
from lms.core.settings import Settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("LMS_HOME", str(tmp_path / "rumah"))
    monkeypatch.setenv("LMS_ENV", "test")
    monkeypatch.delenv("LMS_DATABASE_URL", raising=False)
    return Settings()


def test_an_absent_database_is_not_current_and_is_not_made_by_looking(settings):
    assert prepare.schema_is_current(settings) is False
    assert not settings.home.exists()


def test_a_migrated_database_is_current_and_an_older_one_is_not(settings):
    prepare.migrate(settings)
    assert prepare.schema_is_current(settings) is True
    from sqlalchemy import create_engine, text

    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    assert prepare.schema_is_current(settings) is False


def test_a_second_start_does_not_pay_for_alembic(settings):
    prepare.migrate(settings)
    code = (
        "import sys; from lms.cli import prepare; from lms.core.settings import Settings;"
        "prepare.migrate(Settings()); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("env", ["test", "production"])
def test_only_a_demo_installation_gets_invented_people(settings, monkeypatch, env, capsys):
    monkeypatch.setenv("LMS_ENV", env)
    monkeypatch.setattr(prepare.importlib, "import_module", lambda name: pytest.fail(f"asked for {name}"))
    prepare.prepare_demo(None, settings.model_copy(update={"env": type(settings.env)(env)}))
    assert capsys.readouterr().out == ""
