"""The program `lms`: schema, check, backup and restore, on a real installation of either kind."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sqlite3
import stat
import tarfile
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from lms.cli import archive, backup, dump
from lms.cli import db as schema
from lms.cli.main import KERNEL_COMMANDS, cli
from lms.core import runtime, secrets, storage
from lms.core.audit import AuditEntry
from lms.core.jobs import OutboxJob
from lms.core.limits import RateCounter
from lms.core.mail import OutgoingMail
from lms.core.settings import Settings
from lms.core.storage import StoredFile
from tests.support import postgres

PASSPHRASE = "kata sandi cadangan"
NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def migrations(tmp_path_factory, project_root):
    """A migrations folder of its own, whose first revision is made by `lms db new`."""
    folder = tmp_path_factory.mktemp("skema") / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copy(project_root / "migrations" / name, folder / name)
    patch = pytest.MonkeyPatch()
    patch.setattr(schema, "MIGRATIONS", folder)
    yield folder
    patch.undo()


class Installation:
    """One home and one database, driven through the program."""

    def __init__(self, home, url):
        self.home, self.url = home, url

    def run(self, *words, code=0, **env):
        values = {"LMS_ENV": "test", "LMS_HOME": str(self.home), "LMS_DATABASE_URL": self.url, **env}
        result = CliRunner().invoke(cli, list(words), env=values, prog_name="lms")
        assert result.exit_code == code, result.output + repr(result.exception)
        return result.output

    def settings(self):
        settings = Settings(env="test", home=self.home, database_url=self.url)
        runtime.configure(settings)
        secrets.forget()
        return settings

    def execute(self, statement, values=None, *, fetch=False):
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect().execution_options(lms_write=True) as connection, connection.begin():
            result = connection.execute(statement if not isinstance(statement, str) else text(statement), values or {})
            found = result.fetchall() if fetch else None
        engine.dispose()
        return found


def first_revision(one, migrations):
    """Make the folder's first revision, with the kernel's search tables beside those of the models."""
    one.run("db", "new", "Begin")
    path = next((migrations / "versions").glob("0001*.py"))
    made = path.read_text().replace(
        "    # ### end Alembic commands ###\n\n\ndef downgrade",
        "    from lms.core.search import create_search_tables\n"
        "    create_search_tables(op.get_bind())\n\n\ndef downgrade",
    )
    made = made.replace(
        '"""Bring the schema down."""\n',
        '"""Bring the schema down."""\n'
        "    from lms.core.search import drop_search_tables\n    drop_search_tables(op.get_bind())\n",
    )
    path.write_text(made)


@pytest.fixture
def make(request, tmp_path, migrations):
    count = iter(range(100))

    def build(*, upgrade=True):
        number = next(count)
        home = tmp_path / f"rumah{number}"
        url = f"sqlite:///{home / 'bina.sqlite3'}"
        if request.config.getoption("--postgresql"):
            url = postgres.create_database(postgres.start(), f"bina_test_cli_{number}")
        one = Installation(home, url)
        if not list((migrations / "versions").glob("0001*.py")):
            first_revision(one, migrations)
            shutil.rmtree(home, ignore_errors=True)
        if upgrade:
            one.run("db", "upgrade")
        return one

    return build


def fill(one):
    settings = one.settings()
    digest = storage.put(b"isi berkas", media_type="text/plain", name="a.txt")
    secrets.key("totp")
    secrets.key("flask")
    one.execute(
        StoredFile.__table__.insert(),
        [
            {
                "digest": digest,
                "media_type": "text/plain",
                "size_bytes": 10,
                "name": "a.txt",
                "created_at": NOW,
            }
        ],
    )
    one.execute(
        OutgoingMail.__table__.insert(),
        [
            {
                "created_at": NOW,
                "to_address": "a@b.example",
                "subject": "Tab\tdan \\ baris\n",
                "body_text": "é",
                "body_html": "",
            }
        ]
        * 3,
    )
    one.execute(
        OutboxJob.__table__.insert(),
        [
            {
                "task": "core.send_mail",
                "payload": {"mail_id": 1},
                "created_at": NOW,
                "run_after": NOW,
                "tries": 0,
                "last_error": "",
            }
        ],
    )
    one.execute(
        RateCounter.__table__.insert(),
        [{"key": "k", "window_at": NOW, "hit_count": 3, "expires_at": NOW + timedelta(1)}],
    )
    return settings, digest


def rows(one, table):
    return one.execute(f"SELECT * FROM {table} ORDER BY 1", fetch=True)


# -- schema ---------------------------------------------------------------------------------


def test_the_schema_goes_up_and_is_the_models(make):
    one = make()
    assert "sama" in one.run("db", "check")
    one.execute("ALTER TABLE outgoing_mail ADD COLUMN asing INTEGER")
    assert "berbeda" in one.run("db", "check", code=1)


def test_the_schema_goes_down_again(make):
    one = make()
    one.run("db", "downgrade", "base", "--yes")
    one.run("db", "upgrade")
    assert "sama" in one.run("db", "check")


def test_a_new_revision_takes_the_next_number(make, migrations):
    one = make()
    one.run("db", "new", "Nothing to do")
    try:
        assert (migrations / "HEAD").read_text() == "0002\n"
        body = next((migrations / "versions").glob("0002*.py")).read_text()
        assert "lms" not in body
        assert "search_" not in body
        one.run("db", "upgrade")
        assert rows(one, "alembic_version") == [("0002",)]
    finally:
        next((migrations / "versions").glob("0002*.py")).unlink()


# -- check ----------------------------------------------------------------------------------


def test_check_tells_settings_without_secrets_and_what_fails(make, request):
    one = make(upgrade=False)
    one.home.mkdir()
    mail = "smtp://orang:sandi-surel@relay.example:25"
    report = json.loads(one.run("check", "--json", code=1, LMS_MAIL_URL=mail))
    assert report["ok"] is False
    assert "sandi-surel" not in json.dumps(report)
    one = make()
    if one.url.startswith("postgresql"):  # the tests' server writes without fsync: a fault, and told so
        report = json.loads(one.run("check", "--json", code=1))
        assert [f["part"] for f in report["findings"] if f["state"] == "gagal"] == ["basis data"]
        request.addfinalizer(lambda: postgres.set_fsync(on=False))
        postgres.set_fsync(on=True)
    report = json.loads(one.run("check", "--json"))
    assert report["ok"]
    assert {finding["part"] for finding in report["findings"]} >= {
        "basis data",
        "skema",
        "berkas",
        "surel",
        "jam",
        "huruf",
    }
    assert "[baik" in one.run("check")


def test_the_trail_is_sealed_and_checked_by_command(make):
    one = make()
    entry = AuditEntry.__table__.insert().values(
        at=NOW - timedelta(days=30), action="unit.rename", subject_kind="unit", reason="", request_id=""
    )
    one.execute(entry)
    assert "1 catatan disegel" in one.run("audit", "seal")
    assert json.loads(one.run("audit", "check", "--json"))["sealed"] == 1
    one.execute("UPDATE audit_entry SET reason = 'lain'")
    assert "RUSAK" in one.run("audit", "check", code=1)


def test_a_key_that_others_may_read_is_a_fault(make):
    one = make()
    one.settings()
    secrets.key("totp")
    (one.home / "secrets" / "totp.key").chmod(0o644)
    assert "totp.key" in one.run("check", code=1)


def test_wrong_settings_are_told_together_with_code_2(make):
    one = make(upgrade=False)
    told = one.run("check", code=2, LMS_PORT="99999", LMS_ENV="rumah")
    assert "LMS_PORT" in told
    assert "LMS_ENV" in told


def test_help_is_indonesian_and_names_every_command():
    told = CliRunner().invoke(cli, ["--help"], prog_name="lms").output
    assert "Perintah:" in told
    assert "Options" not in told
    assert "Show this" not in told
    for name in KERNEL_COMMANDS:
        assert f"\n  {name} " in told
        inner = CliRunner().invoke(cli, [name, "--help"], prog_name="lms")
        assert inner.exit_code == 0
        assert "Usage" not in inner.output


# -- backup and restore ---------------------------------------------------------------------


def test_a_restored_installation_is_the_one_that_was_saved(make, tmp_path):
    one, other = make(), make(upgrade=False)
    _settings, digest = fill(one)
    before = {table: rows(one, table) for table in ("outgoing_mail", "stored_file", "rate_counter", "alembic_version")}
    file = tmp_path / "cadangan.tar.gz"
    told = one.run("backup", str(file))
    assert "Kunci TIDAK ikut" in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = other.run("restore", str(file))
    assert {table: rows(other, table) for table in before} == before
    other.settings()
    assert storage.read(digest) == b"isi berkas"
    assert "Kunci “totp” tidak ada" in told
    assert "dua langkah" in told
    other.run("db", "check")
    # The counters of ids go on where they were.
    other.execute(
        OutgoingMail.__table__.insert(),
        [{"created_at": NOW, "to_address": "x", "subject": "x", "body_text": "x", "body_html": ""}],
    )
    assert max(row[0] for row in rows(other, "outgoing_mail")) == 4


def test_a_restore_sends_and_issues_nothing(make, tmp_path):
    one, other = make(), make(upgrade=False)
    fill(one)
    one.run("backup", str(tmp_path / "a"))
    assert "1 tugas tertunda dihentikan" in other.run("restore", str(tmp_path / "a"))
    assert other.execute("SELECT count(*) FROM outbox_job WHERE parked_at IS NULL", fetch=True) == [(0,)]


def test_keys_travel_only_under_a_passphrase(make, tmp_path):
    one, other, third = make(), make(upgrade=False), make(upgrade=False)
    fill(one)
    key = secrets.key("totp")
    file = tmp_path / "a"
    assert "paling sedikit" in one.run("backup", str(file), "--with-keys", code=1, LMS_BACKUP_PASSPHRASE="pendek")
    one.run("backup", str(file), "--with-keys", LMS_BACKUP_PASSPHRASE=PASSPHRASE)
    with tarfile.open(file) as archived:
        for member in archived:
            assert key not in archived.extractfile(member).read()
    assert "salah" in third.run("restore", str(file), code=1, LMS_BACKUP_PASSPHRASE="kata sandi lain")
    assert not (third.home / "bina.sqlite3").exists()
    told = other.run("restore", str(file), LMS_BACKUP_PASSPHRASE=PASSPHRASE)
    assert "Kunci “" not in told
    assert (other.home / "secrets" / "totp.key").read_bytes() == key
    assert stat.S_IMODE((other.home / "secrets" / "totp.key").stat().st_mode) == 0o600


def test_a_target_with_data_is_left_alone_without_force(make, tmp_path):
    one, other = make(), make()
    fill(one)
    fill(other)
    other.execute("DELETE FROM outgoing_mail")
    one.run("backup", str(tmp_path / "a"))
    assert "--force" in other.run("restore", str(tmp_path / "a"), code=1)
    assert rows(other, "outgoing_mail") == []
    other.run("restore", str(tmp_path / "a"), "--force")
    assert len(rows(other, "outgoing_mail")) == 3


def test_an_existing_backup_is_not_overwritten(make, tmp_path):
    one = make()
    one.run("backup", str(tmp_path / "a"))
    assert "sudah ada" in one.run("backup", str(tmp_path / "a"), code=1)
    one.run("backup", str(tmp_path / "a"), "--force")


@pytest.mark.parametrize("fault", ["cut", "bit", "other", "extra", "outside"])
def test_a_damaged_backup_changes_nothing(make, tmp_path, fault):
    one, other = make(), make(upgrade=False)
    fill(one)
    file = tmp_path / "a"
    one.run("backup", str(file))
    data = bytearray(file.read_bytes())
    if fault == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif fault == "bit":
        data[len(data) // 2] ^= 0x40
        file.write_bytes(data)
    elif fault == "other":
        file.write_bytes(b"bukan cadangan" * 100)
    else:
        unpacked = tmp_path / "isi"
        with tarfile.open(file) as archived:
            archived.extractall(unpacked, filter="data")
        with tarfile.open(file, "w:gz") as archived:
            for path in sorted(unpacked.rglob("*")):
                if path.is_file() and path.name != "manifest.json":
                    archived.add(path, str(path.relative_to(unpacked)))
            (tmp_path / "x").write_text("x")
            archived.add(tmp_path / "x", "files/aa/bb/x" if fault == "extra" else "../x")
            archived.add(unpacked / "manifest.json", "manifest.json")
    assert "rusak" in other.run("restore", str(file), code=1)
    assert "rusak" in other.run("restore", str(file), "--dry-run", code=1)
    assert not dump.holds_data(other.url)
    assert not archive.has_files(other.home / "files")
    assert list(other.home.glob("bina-pulih-*")) == []


def test_a_backup_while_others_write_is_of_one_instant(make, tmp_path):
    """A row and its twin are written in one transaction: a backup holds both or neither."""
    import threading

    one, other = make(), make(upgrade=False)
    one.settings()
    stop = threading.Event()
    pair = "INSERT INTO rate_counter (key, window_at, hit_count, expires_at) VALUES (:key, :at, 1, :at)"

    def write():
        engine = create_engine(one.url, poolclass=NullPool)
        number = 0
        while not stop.is_set() and number < 5000:
            number += 1
            with engine.connect().execution_options(lms_write=True) as connection, connection.begin():
                for side in "ab":
                    connection.execute(text(pair), {"key": f"{side}{number}", "at": NOW.isoformat(sep=" ")})
        engine.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        one.run("backup", str(tmp_path / "a"))
    finally:
        stop.set()
        writer.join(30)
    other.run("restore", str(tmp_path / "a"))
    keys = {row[0] for row in rows(other, "rate_counter")}
    assert {key[1:] for key in keys if key[0] == "a"} == {key[1:] for key in keys if key[0] == "b"}


def test_a_broken_sqlite_file_is_not_saved_as_if_whole(make, tmp_path):
    one = make()
    if not dump.is_sqlite(one.url):
        pytest.skip("SQLite only")
    fill(one)
    path = one.home / "bina.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    for place in range(4096 * 6, len(data), 4096):
        data[place : place + 64] = os.urandom(64)
    path.write_bytes(data)
    result = CliRunner().invoke(
        cli,
        ["backup", str(tmp_path / "a")],
        env={"LMS_ENV": "test", "LMS_HOME": str(one.home), "LMS_DATABASE_URL": one.url},
    )
    assert result.exit_code != 0
    assert not (tmp_path / "a").exists()


def test_locked_keys_need_the_passphrase():
    from lms.core.errors import Refused

    locked = backup.lock_keys({"a": b"1" * 32}, PASSPHRASE)
    assert backup.unlock_keys(locked, PASSPHRASE) == {"a": b"1" * 32}
    for data, phrase in ((locked, "lain lain lain"), (locked[:-1] + b"x", PASSPHRASE), (b"", PASSPHRASE)):
        with pytest.raises(Refused):
            backup.unlock_keys(data, phrase)


def test_every_kernel_command_is_where_the_table_says():
    for name, module in KERNEL_COMMANDS.items():
        assert importlib.import_module(module)
        assert name
