"""The database is locked, full, restarted or slow; the disk is full: clear words, no corruption, back by itself."""

from __future__ import annotations

import errno
import io
import os
import pwd
import sqlite3
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import make_url

from lms.app import POSTGRESQL_OPTIONS, create_app
from lms.core import storage
from lms.core.actor import Role
from lms.core.db import db
from lms.core.orm import Base
from lms.core.search import create_search_tables
from lms.core.settings import Settings
from lms.people.models import PartnerOrganisation
from tests.security import world as places
from tests.support import postgres

PARTNER = {"code": "MITRA-X", "name": "Universitas X", "kind": "university"}


@pytest.fixture
def world(session):
    return places.make(session)


@pytest.fixture(autouse=True)
def _as_in_real_life(request):
    """Let errors become pages, as outside of tests."""
    if "app" not in request.fixturenames:
        yield
        return
    app = request.getfixturevalue("app")
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = False, False
    yield
    app.testing, app.config["PROPAGATE_EXCEPTIONS"] = True, None


@pytest.fixture
def on_sqlite(request):
    if request.config.getoption("--postgresql"):
        pytest.skip("a fault of SQLite's file")


@pytest.fixture
def on_postgresql(request):
    if not request.config.getoption("--postgresql"):
        pytest.skip("a fault of PostgreSQL's server")


@contextmanager
def each_connection(app: Any, *statements: str) -> Any:
    """Let every new connection of the application begin with these statements."""

    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
        getattr(connection, "commit", lambda: None)()

    with app.app_context():
        engine = db.engine
        engine.dispose()
        event.listen(engine, "connect", prepare)
    try:
        yield
    finally:
        event.remove(engine, "connect", prepare)
        engine.dispose()


def is_told(answer: Any) -> None:
    """Check that an answer says that the service is away for now, and when to come again."""
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    page = answer.get_data(as_text=True)
    assert "Traceback" not in page
    assert "belum tersimpan" in page or "tidak dapat" in page or "Coba lagi" in page


def count(session: Any) -> int:
    session.rollback()
    found = session.scalar(select(func.count()).select_from(PartnerOrganisation))
    session.rollback()
    return found


@pytest.mark.usefixtures("on_sqlite")
def test_a_locked_database_is_told_and_comes_back_by_itself(app, session, world):
    """A copy tool holds the file; savers are told to wait, readers go on, then all goes through."""
    client = world.log_in(app, Role.HR)
    token, before = client.token(), count(session)
    learner = world.log_in(app, Role.PEGAWAI)
    url = f"/ujian/{world.ours.rows['attempt']}"
    state = learner.get(f"{url}/keadaan").get_json()
    save = {
        "json": {"q": next(iter(state["items"])), "o": [], "t": "", "f": True, "b": 0, "c": "device:tab1:1"},
        "headers": {"X-CSRF-Token": state["token"], "Accept": "application/json"},
    }
    with each_connection(app, "PRAGMA busy_timeout=100"):
        with app.app_context():
            path = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            is_told(client.send("/mitra/baru", PARTNER))
            told = learner.post(f"{url}/simpan", **save)
            assert told.status_code == 503
            assert told.get_json()["code"] == "database_away"
            assert "Retry-After" in told.headers
            for page in ("/beranda", "/katalog", "/mitra", "/masuk"):
                assert client.get(page).status_code in {200, 303}, page
        finally:
            holder.execute("ROLLBACK")
            holder.close()
        assert (
            client.post("/tampilan", data={"csrf_token": token, "tampilan": "dark", "bahasa": "id"}).status_code == 303
        )
        assert client.send("/mitra/baru", PARTNER).status_code == 303
        assert learner.post(f"{url}/simpan", **save).status_code == 200
    assert count(session) == before + 1


@pytest.mark.usefixtures("on_sqlite")
def test_a_full_disk_is_told_and_spoils_nothing(app, session, world):
    """The disk is full: nothing is half written, pages still open, and saving works again when there is room."""
    client, before = world.log_in(app, Role.HR), count(session)
    session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    pages = session.execute(text("PRAGMA page_count")).scalar()
    session.rollback()
    big = PARTNER | {"name": "x" * 190, "contact": "y" * 190}
    with each_connection(app, f"PRAGMA max_page_count={pages}"):
        answers = [client.send("/mitra/baru", big | {"code": f"PENUH-{n}"}).status_code for n in range(60)]
        assert set(answers) <= {303, 503}
        assert 503 in answers, "the disk did not fill up"
        is_told(client.send("/mitra/baru", big | {"code": "PENUH-LAST"}))
        for page in ("/beranda", "/katalog", "/mitra"):
            assert client.get(page).status_code == 200, page
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        session.rollback()
    assert count(session) == before + answers.count(303)
    assert client.send("/mitra/baru", big | {"code": "PENUH-AGAIN"}).status_code == 303


def full(*_args: Any, **_kwargs: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_for_files_is_told(app, session, world, monkeypatch, tmp_path):
    """The folder of files, or the folder for uploads on their way, is full."""
    client = world.log_in(app, Role.HR)
    with monkeypatch.context() as patched:
        patched.setattr(storage.os, "fsync", full)
        with app.app_context(), pytest.raises(storage.Unavailable):
            storage.put(b"isi", media_type="text/plain", name="a.txt")
    assert not list((app.config["LMS"].files_dir / "tmp").glob("*"))
    with monkeypatch.context() as patched:
        patched.setattr(app.request_class, "_get_file_stream", full)
        is_told(client.post(
            "/impor/baru", data={"csrf_token": "x", "file": (io.BytesIO(b"a;b"), "a.csv")},
            content_type="multipart/form-data",
        ))  # fmt: skip
    assert client.get("/beranda").status_code == 200


@pytest.mark.usefixtures("on_postgresql")
def test_somebody_else_s_lock_on_a_table_is_told_and_not_waited_for_without_end(app, session, world):
    """A migration or an operator holds a table; requests give up after some seconds and the threads stay free."""
    assert "lock_timeout" in POSTGRESQL_OPTIONS
    client, before = world.log_in(app, Role.HR), count(session)
    with app.app_context():
        engine = db.engine
    with each_connection(app, "SET lock_timeout='150ms'"), engine.connect() as holder:
        holder.execute(text("LOCK TABLE partner_organisation IN ACCESS EXCLUSIVE MODE"))
        is_told(client.send("/mitra/baru", PARTNER))
        assert client.get("/katalog").status_code == 200
        holder.rollback()
    assert client.send("/mitra/baru", PARTNER).status_code == 303
    assert count(session) == before + 1


class Cluster:
    """A PostgreSQL server of this test alone, which may be stopped and started again."""

    def __init__(self, home: Path) -> None:
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(home, owner.pw_uid, owner.pw_gid)
            for above in home.parents[:3]:
                above.chmod(0o755)
            self.user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self.home, self.port, self.binaries = home, postgres._free_port(), postgres._binaries()
        self.quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": home, **self.user}
        subprocess.run(
            [self.binaries / "initdb", "-D", home / "data", "-U", "bina", "-A", "trust", "-E", "UTF8", "-N"],
            check=True, **self.quiet,
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        self.server = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.home / "data", "-p", str(self.port), "-c",
             "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.home}", "-c", "fsync=off"],
            **self.quiet,
        )  # fmt: skip
        for _ in range(400):
            try:
                psycopg.connect(f"postgresql://bina@127.0.0.1:{self.port}/postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        msg = "PostgreSQL did not start"
        raise AssertionError(msg)

    def stop(self, signum: int = 2) -> None:
        self.server.send_signal(signum)
        self.server.wait(20)


@pytest.mark.slow
@pytest.mark.usefixtures("on_postgresql")
def test_a_database_that_restarts_is_told_and_found_again(tmp_path_factory):
    """PostgreSQL is restarted for an update while people click; nobody sees a fault, and nobody restarts us."""
    cluster = Cluster(tmp_path_factory.mktemp("pg"))
    try:
        url = postgres.create_database(f"postgresql+psycopg://bina@127.0.0.1:{cluster.port}", "bina_restart")
        app = create_app(
            Settings(env="development", home=tmp_path_factory.mktemp("home"), database_url=url, jobs="external",
                     base_url="http://127.0.0.1:8000")
        )  # fmt: skip
        with app.app_context():
            Base.metadata.create_all(db.engine)
            with db.engine.begin() as connection:
                create_search_tables(connection)
            session = db.session()
            world = places.make(session)
            session.close()
            clients = [world.log_in(app, Role.HR) for _ in range(4)]
            db.session.remove()
        seen: list[tuple[int, str]] = []
        stop = threading.Event()

        def click(client: Any) -> None:
            token = client.token()
            while not stop.is_set():
                for answer in (
                    client.get("/mitra"),
                    client.post("/tampilan", data={"csrf_token": token, "tampilan": "dark", "bahasa": "id"}),
                ):
                    seen.append((answer.status_code, answer.headers.get("Retry-After", "")))
                    time.sleep(0.01)

        threads = [threading.Thread(target=places.run_apart, args=(click, client)) for client in clients]
        for thread in threads:
            thread.start()
        time.sleep(0.7)
        cluster.stop()
        time.sleep(0.7)
        cluster.start()
        back = time.monotonic()
        while time.monotonic() - back < 10:
            mark = len(seen)
            time.sleep(0.4)
            if len(seen) > mark + 8 and {status for status, _ in seen[mark:]} <= {200, 303}:
                break
        stop.set()
        for thread in threads:
            thread.join(30)
        statuses = {status for status, _retry in seen}
        assert statuses <= {200, 303, 503}, statuses
        assert 503 in statuses, "the restart was not felt"
        assert all(retry for status, retry in seen if status == 503)
        assert {status for status, _retry in seen[-6:]} <= {200, 303}
        with app.app_context():
            db.engine.dispose()
    finally:
        cluster.stop()
