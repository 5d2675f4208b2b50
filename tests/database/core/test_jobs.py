"""The outbox: nothing owed is lost, nothing is done twice, what cannot be done is parked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lms.core import clock, jobs
from lms.core.db import current_session, transaction
from lms.core.job_runner import Worker, sweep
from lms.core.jobs import MAX_TRIES, OutboxJob, enqueue, job, run_due
from lms.core.limits import RateCounter

pytestmark = pytest.mark.usefixtures("registry")


def row(session, **values):
    session.rollback()
    found = session.scalars(select(OutboxJob).filter_by(**values).execution_options(populate_existing=True)).one()
    session.rollback()
    return found


def test_owed_work_is_carried_out_once(app, session):
    seen = []
    job("test.note_number")(lambda _session, *, number: seen.append(number))
    with transaction() as writing:
        enqueue(writing, "test.note_number", number=7)
    session.rollback()
    assert run_due(app) == 1
    assert run_due(app) == 0
    assert seen == [7]
    assert row(session, task="test.note_number").done_at is not None


def test_work_of_a_rolled_back_change_is_not_owed(app, session):
    job("test.note_number")(lambda _session, **_: None)
    with pytest.raises(RuntimeError), transaction() as writing:
        enqueue(writing, "test.note_number")
        raise RuntimeError
    assert run_due(app) == 0


def test_a_unique_key_is_taken_once(session):
    with transaction() as writing:
        assert enqueue(writing, "test.x", unique_key="a:1") is not None
        assert enqueue(writing, "test.x", unique_key="a:1") is None
        assert enqueue(writing, "test.x") is not None
        assert enqueue(writing, "test.x") is not None


def test_a_unique_key_is_taken_by_one_of_many(app, session):
    made, gate = [], threading.Barrier(8)

    def ask():
        with app.app_context():
            gate.wait()
            with transaction() as writing:
                made.append(enqueue(writing, "test.x", unique_key="one"))

    run_threads(ask, 8)
    assert sum(item is not None for item in made) == 1


def run_threads(target, count):
    threads = [threading.Thread(target=target) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_later_work_waits(app, session, now):
    job("test.later")(lambda _session: None)
    with time_machine.travel(now, tick=False) as moved:
        with transaction() as writing:
            enqueue(writing, "test.later", run_after=now + timedelta(hours=1))
        session.rollback()
        assert run_due(app) == 0
        moved.shift(3601)
        assert run_due(app) == 1


def test_the_change_of_a_failed_handler_is_undone_and_tried_again_later(app, session, now):
    @job("test.fail")
    def fail(writing, **_):
        enqueue(writing, "test.never")
        raise ValueError("NIP 199001012020121001")

    with time_machine.travel(now, tick=False) as moved:
        with transaction() as writing:
            enqueue(writing, "test.fail")
        session.rollback()
        for tries in range(1, MAX_TRIES):
            assert run_due(app) == 1
            held = row(session, task="test.fail")
            assert (held.tries, held.parked_at, held.done_at) == (tries, None, None)
            assert held.run_after == clock.now() + jobs.retry_delay(tries)
            assert run_due(app) == 0  # not before its time
            moved.move_to(held.run_after)
        assert run_due(app) == 1
        held = row(session, task="test.fail")
        assert held.parked_at is not None
        assert held.last_error.startswith("ValueError")
        assert "1990" not in held.last_error
        moved.shift(86_400)
        assert run_due(app) == 0
        assert session.scalar(select(func.count()).where(OutboxJob.task == "test.never")) == 0
        assert [item.id for item in jobs.list_parked(session)] == [held.id]


def test_a_parked_row_can_be_tried_again(app, session, now):
    done = []
    with time_machine.travel(now, tick=False) as moved:
        with transaction() as writing:
            number = enqueue(writing, "test.unknown")
        session.rollback()
        for _ in range(MAX_TRIES):
            assert run_due(app) == 1
            moved.shift(7200)
        assert row(session, task="test.unknown").parked_at is not None
        job("test.unknown")(lambda _session: done.append(1))
        with transaction() as writing:
            assert jobs.try_again(writing, number)
            assert not jobs.try_again(writing, number)
        session.rollback()
        assert run_due(app) == 1
        assert done == [1]


def test_many_runners_share_the_rows(app, session):
    seen, lock = [], threading.Lock()

    @job("test.share")
    def share(_session, *, number):
        with lock:
            seen.append(number)

    with transaction() as writing:
        for number in range(40):
            enqueue(writing, "test.share", number=number)
    session.rollback()
    run_threads(lambda: run_due(app), 6)
    run_due(app)  # a runner that found only locked rows has left
    assert sorted(seen) == list(range(40))


def test_a_runner_whose_lease_ran_out_does_nothing(app, session, now):
    """Another runner took the row meanwhile: only one of the two changes anything."""
    calls = []

    def slow(_session, **_):
        if not calls:
            calls.append("first")
            moved.shift(jobs.LEASE.total_seconds() + 1)
            run_due(app)
        return "prepared"

    @job("test.slow", prepare=slow)
    def act(_session, *, prepared):
        calls.append(prepared)

    with time_machine.travel(now, tick=False) as moved:
        with transaction() as writing:
            enqueue(writing, "test.slow")
        session.rollback()
        run_due(app)
    assert calls == ["first", "prepared"]


def test_preparing_cannot_write(app, session):
    def prepare(reading):
        reading.add(RateCounter(key="x", window_at=clock.now(), hit_count=1, expires_at=clock.now()))
        reading.flush()

    job("test.prepared", prepare=prepare)(lambda _session, **_: None)
    with transaction() as writing:
        enqueue(writing, "test.prepared")
    session.rollback()
    run_due(app)
    assert row(session, task="test.prepared").last_error != ""


def test_a_periodic_task_runs_once_in_its_stretch(app, session, now):
    seen = []
    jobs._PERIODIC.clear()
    jobs.periodic("test.tick", 60)(lambda _session: seen.append(clock.now()))
    with time_machine.travel(now, tick=False) as moved:
        sweep(app)
        sweep(app)
        assert len(seen) == 1
        moved.shift(60)
        sweep(app)
        assert len(seen) == 2


def test_old_rows_are_removed_but_keys_of_acts_are_kept(app, session, now):
    job("test.old")(lambda _session: None)
    with time_machine.travel(now, tick=False) as moved:
        with transaction() as writing:
            enqueue(writing, "test.old")
            enqueue(writing, "test.old", unique_key="act:1")
        session.rollback()
        run_due(app)
        moved.shift(40 * 86_400)
        sweep(app)
        session.rollback()
        kept = session.scalars(select(OutboxJob.unique_key).where(OutboxJob.task == "test.old")).all()
    assert kept == ["act:1"]


def test_a_worker_answers_the_doorbell(app, session, kernel_settings):
    done = threading.Event()
    jobs._PERIODIC.clear()
    job("test.ring")(lambda _session: done.set())
    worker = Worker(app, kernel_settings)
    worker.start()
    try:
        time.sleep(0.5)  # the first sweep is over; only the bell can wake the worker now
        with transaction() as writing:
            enqueue(writing, "test.ring")
        session.rollback()
        assert done.wait(8), "the doorbell was not heard"
    finally:
        worker.stop()


CHILD = """
    import sys, time
    from flask import Flask
    from lms.core import job_runner, jobs, runtime
    from lms.core.db import db
    from lms.core.settings import Settings
    settings = Settings(env="test", home=sys.argv[1], database_url=sys.argv[2])
    runtime.configure(settings)
    app = Flask("child")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    db.init_app(app)
    @jobs.job("test.die")
    def die(session, *, number):
        jobs.enqueue(session, "test.half")
        session.flush()
        print("in the middle", flush=True)
        time.sleep(60)
    jobs.run_due(app)
"""


def test_a_killed_worker_leaves_the_row_to_the_next(app, session, kernel_settings):
    """kill -9 between claim and done: the half-made change is gone and the row runs again."""
    with transaction() as writing:
        enqueue(writing, "test.die", number=1)
    session.rollback()
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(CHILD),
            str(kernel_settings.home),
            kernel_settings.database_url,
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert child.stdout.readline().strip() == "in the middle"
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    done = []
    job("test.die")(lambda _session, *, number: done.append(number))
    assert run_due(app) == 0, "leased rows are not taken"
    held = row(session, task="test.die")
    assert held.tries == 1
    assert held.leased_until > clock.now()
    with time_machine.travel(held.leased_until + timedelta(seconds=1)):
        assert run_due(app) == 1
    assert done == [1]
    assert session.scalar(select(func.count()).where(OutboxJob.task == "test.half")) == 0


def test_a_row_that_kills_every_worker_is_parked(app, session, now):
    with time_machine.travel(now, tick=False):
        with transaction() as writing:
            number = enqueue(writing, "test.deadly")
            held = writing.get(OutboxJob, number)
            held.tries, held.leased_until = MAX_TRIES, now - timedelta(seconds=1)
        session.rollback()
        assert run_due(app) == 0
    held = row(session, id=number)
    assert held.parked_at == now
    assert held.last_error == "worker died"


def test_the_session_of_a_job_is_not_the_caller_s(app, session):
    sessions = []
    job("test.session")(sessions.append)
    with transaction() as writing:
        enqueue(writing, "test.session")
    session.rollback()
    run_due(app)
    assert sessions[0] is not current_session()
