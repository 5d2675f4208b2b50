"""A power cut in the middle of an act: it happened, or it did not; what is owed is done once, by the next."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.faults.crash import ROWS
from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow]


class Place:
    """A database of its own and the processes that work on it."""

    def __init__(self, url: str, home: Path) -> None:
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")} | {
            "LMS_ENV": "test", "LMS_HOME": str(home), "LMS_DATABASE_URL": url,
            "LMS_BASE_URL": "http://127.0.0.1:8000", "LMS_JOBS": "external",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }  # fmt: skip
        self.engine = create_engine(url)
        done = self.run("make", "-")
        assert done.returncode == 0, done.stderr[-3000:]
        self.made = json.loads(done.stdout.splitlines()[-1])

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.faults.crash", *words],
            env=self.env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def dies(self, *words: str) -> None:
        done = self.run(*words)
        assert done.returncode == -signal.SIGKILL, done.stderr[-3000:]

    def lives(self, *words: str) -> None:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr[-3000:]

    def one(self, statement: str, **values: object) -> object:
        with self.engine.connect() as connection:
            return connection.execute(text(statement), values).scalar()

    def lease_runs_out(self) -> None:
        """Ten minutes later: nobody heard of the one who died."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE outbox_job SET leased_until = run_after WHERE done_at IS NULL"))


@pytest.fixture(scope="module")
def place(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("crash")
    url = f"sqlite:///{home / 'bina.sqlite3'}"
    if request.config.getoption("--postgresql"):
        url = postgres.create_database(postgres.start(), f"bina_crash_{os.getpid()}")
    made = Place(url, home / "home")
    yield made
    made.engine.dispose()


def test_an_exam_is_handed_in_or_it_is_not(place):
    """The server dies while a learner hands in; the learner presses again and sees one result."""
    attempt = place.made["attempt"]
    state = "SELECT state FROM attempt WHERE public_id = :id"
    place.dies("submit", "before", attempt)
    assert place.one(state, id=attempt) == "open"
    place.dies("submit", "after", attempt)
    assert place.one(state, id=attempt) == "submitted"
    handed_in = place.one("SELECT submitted_at FROM attempt WHERE public_id = :id", id=attempt)
    trail = "SELECT count(*) FROM audit_entry WHERE action = 'attempt.submit'"
    assert place.one(trail) == 1
    place.lives("submit", "-", attempt)
    assert place.one("SELECT submitted_at FROM attempt WHERE public_id = :id", id=attempt) == handed_in
    assert place.one(trail) == 1


def test_owed_work_that_died_is_done_once_by_the_next(place):
    """kill -9 in the second batch of an import, while a PDF is drawn, and while it is kept."""
    people, before = "SELECT count(*) FROM employee", place.one("SELECT count(*) FROM employee")
    names = "SELECT count(*) FROM employee_number"
    for where in ("draw", "keep", "batch"):
        place.dies("work", where)
        assert place.one(people) - before in {0, 500, 1000, ROWS}, "half a batch is there"
        if where == "batch":
            assert place.one(people) - before < ROWS
        place.lease_runs_out()
    place.lives("work", "-")
    assert place.one(people) - before == ROWS
    assert place.one(names) >= ROWS
    assert place.one("SELECT count(*) - count(DISTINCT number) FROM employee_number") == 0
    assert place.one("SELECT state FROM personnel_import") == "applied"
    assert place.one("SELECT progress_count FROM personnel_import") == ROWS
    assert place.one("SELECT count(*) FROM certificate") == 1
    assert place.one("SELECT pdf_digest FROM certificate") is not None
    assert place.one("SELECT count(*) FROM outbox_job WHERE done_at IS NULL AND run_after <= created_at") == 0
    assert place.one("SELECT count(*) FROM outbox_job WHERE parked_at IS NOT NULL") == 0
    place.lives("work", "-")
    assert place.one(people) - before == ROWS
