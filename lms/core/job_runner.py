"""Carrying out of the outbox: lease, run, mark done; Huey is doorbell and sweep."""

from __future__ import annotations

import contextlib
import threading
import traceback
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import structlog
from huey import PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from sqlalchemy import delete, event, or_, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from lms.core import (
    clock,
    jobs,
    limits,  # noqa: F401 -- registers its tasks
    mail,  # noqa: F401 -- likewise
    metrics,
    seal,  # noqa: F401 -- likewise
    secrets,
)
from lms.core.db import begin_read_only, current_session, transaction
from lms.core.jobs import LEASE, MAX_TRIES, OutboxJob, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from huey import Huey

    from lms.core.settings import Settings

log = structlog.get_logger(__name__)
SWEEP_SECONDS = 15
_RINGERS: list[Callable[[], None]] = []


def run_due(app: Flask, limit: int | None = None) -> int:
    """Take due rows one after another until none is due or `limit` rows were taken.

    Concurrency: rows are leased one at a time (SKIP LOCKED on PostgreSQL, the write lock on
        SQLite); any number of runners may work at once.
    """
    taken = 0
    while limit is None or taken < limit:
        leased = _lease(app)
        if leased is None:
            break
        taken += 1
        _carry_out(app, *leased)
    return taken


def _lease(app: Flask) -> tuple[int, str, Task | None, dict[str, Any]] | None:
    """Claim the next due row; a row whose lease ran out counts as one that died."""
    owner = uuid4().hex
    with app.app_context(), transaction() as session:
        while True:
            now = clock.now()
            row = session.scalars(
                select(OutboxJob)
                .where(
                    OutboxJob.done_at.is_(None),
                    OutboxJob.parked_at.is_(None),
                    OutboxJob.run_after <= now,
                    or_(OutboxJob.leased_until.is_(None), OutboxJob.leased_until <= now),
                )
                .order_by(OutboxJob.run_after, OutboxJob.id)
                .limit(1)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            ).one_or_none()
            if row is None:
                return None
            if row.tries >= MAX_TRIES:
                # Its worker died in the middle each time, so nobody could write the reason.
                row.parked_at = now
                row.last_error = row.last_error or "worker died"
                session.flush()  # the next round must not find this row again
                continue
            row.tries += 1
            row.leased_until = now + LEASE
            row.lease_owner = owner
            return row.id, owner, jobs.tasks().get(row.task), dict(row.payload)


def _carry_out(app: Flask, row_id: int, owner: str, task: Task | None, payload: dict[str, Any]) -> None:
    with app.app_context():
        try:
            if task is None:
                msg = "no handler is registered for this task"
                raise LookupError(msg)
            prepared = _prepare(task, payload)
            with transaction() as session:
                row = _own_row(session, row_id, owner)
                if row is None:
                    return  # the lease ran out and another runner has it
                task.handler(session, **payload, **prepared)
                row.done_at = clock.now()
                row.leased_until = row.lease_owner = None
            metrics.JOBS_DONE.labels(task=task.name).inc()
        except Exception as error:  # noqa: BLE001 -- any fault of a handler becomes a retry
            _note_failure(row_id, owner, error)


def _prepare(task: Task, payload: dict[str, Any]) -> dict[str, Any]:
    if task.prepare is None:
        return {}
    begin_read_only()
    try:
        return {"prepared": task.prepare(current_session(), **payload)}
    finally:
        current_session().close()


def _own_row(session: Session, row_id: int, owner: str) -> OutboxJob | None:
    return session.scalars(
        select(OutboxJob)
        .where(OutboxJob.id == row_id, OutboxJob.lease_owner == owner, OutboxJob.done_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _note_failure(row_id: int, owner: str, error: Exception) -> None:
    current_session().close()
    with transaction() as session:
        row = _own_row(session, row_id, owner)
        if row is None:
            return
        now = clock.now()
        # The last frames name the fault; messages may quote values, so only the type is kept.
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
        row.last_error = f"{type(error).__name__} ({places})"[:2000]
        row.leased_until = row.lease_owner = None
        if row.tries >= MAX_TRIES:
            row.parked_at = now
        else:
            row.run_after = now + jobs.retry_delay(row.tries)
        log.warning(
            "job_failed",
            task=row.task,
            job=row.id,
            tries=row.tries,
            parked=row.parked_at is not None,
            error=row.last_error,
        )
        metrics.JOBS_FAILED.labels(task=row.task).inc()


def sweep(app: Flask) -> int:
    """Write down periodic work that is owed, then carry out what is due; return how many rows."""
    with app.app_context(), transaction() as session:
        jobs.enqueue_periodic(session, now=clock.now())
    return run_due(app)


@jobs.periodic("core.purge_outbox", 86_400)
def purge_outbox(session: Session) -> None:
    """Remove rows done long ago, but keep keys of single acts; a second run finds nothing."""
    session.execute(
        delete(OutboxJob).where(
            OutboxJob.done_at < clock.now() - jobs.KEEP_DONE,
            or_(OutboxJob.unique_key.is_(None), OutboxJob.unique_key.like("periodic:%")),
        )
    )


# -- doorbell -----------------------------------------------------------------------------


@event.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    if session.info.pop("lms_rings", False):
        for ringer in _RINGERS:
            # A silent doorbell costs seconds, never work: the sweep finds the row.
            with contextlib.suppress(Exception):
                ringer()


@event.listens_for(Session, "after_rollback")
def _forget_ring(session: Session) -> None:
    session.info.pop("lms_rings", None)


def make_huey(settings: Settings) -> Huey:
    """Return Huey over a file of its own (embedded) or tables `huey_*` in PostgreSQL."""
    serializer = SignedSerializer(secret=secrets.key("jobs").hex(), salt="bina.jobs")
    url = make_url(settings.database_url)
    options: dict[str, Any] = {"name": "bina", "results": False, "serializer": serializer}
    if url.get_backend_name() == "postgresql":
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        opened: list[psycopg.Connection] = []

        def connect() -> psycopg.Connection:
            opened.append(psycopg.connect(dsn))
            return opened[-1]

        huey = PostgresHuey(connection=connect, **options)
        # Huey leaves the listening connection of each thread to the garbage collector.
        huey.bina_connections = opened
        return huey
    settings.make_home()
    return SqliteHuey(filename=str(settings.home / "huey.sqlite3"), **options)


def close_huey(huey: Huey) -> None:
    """Close every connection of a Huey made by `make_huey`; its threads have ended."""
    huey.storage.close()
    for connection in getattr(huey, "bina_connections", ()):
        connection.close()


class _QuietConsumer(Consumer):  # type: ignore[misc]  # Huey ships no types
    """A consumer that leaves signals to the process it lives in."""

    def _set_signal_handlers(self) -> None:
        """Do nothing: the server or the command stops the consumer itself."""


class Worker:
    """One consumer of the outbox in this process: a doorbell thread and a sweep thread.

    Args:
        app: the application whose outbox is carried out.
        threads: how many tasks may run at once.
    """

    def __init__(self, app: Flask, settings: Settings, *, threads: int = 1) -> None:
        self._app = app
        self._stopping = threading.Event()
        self.huey = make_huey(settings)
        self._bell = self.huey.task(name="ring")(self._answer)
        self._consumer = _QuietConsumer(
            self.huey,
            workers=threads,
            periodic=False,
            max_delay=1.0,
            backoff=1.3,
            check_worker_health=False,
        )
        self._sweeper = threading.Thread(target=self._sweep, name="bina-sweep", daemon=True)

    def _answer(self) -> None:
        if not self._stopping.is_set():
            run_due(self._app)

    def _sweep(self) -> None:
        while True:
            try:
                sweep(self._app)
            except Exception:  # the database may be away; the next sweep tries again
                log.warning("sweep_failed", exc_info=True)
            if self._stopping.wait(SWEEP_SECONDS):
                return

    def ring(self) -> None:
        """Tell the consumer that a row is due."""
        self._bell()

    def start(self) -> None:
        """Start the threads; returns at once."""
        _RINGERS.append(self.ring)
        self._consumer.start()
        self._sweeper.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Finish what runs and stop; a task that takes longer is leased and runs again later."""
        self._stopping.set()
        if self._sweeper.ident is None:  # never started
            close_huey(self.huey)
            return
        with contextlib.suppress(ValueError):
            _RINGERS.remove(self.ring)
        self._consumer.stop_flag.set()
        self._sweeper.join(timeout)
        for _worker, thread in self._consumer.worker_threads:
            thread.join(timeout)
        close_huey(self.huey)


def connect_doorbell(settings: Settings) -> Callable[[], None]:
    """Let commits of this process ring a worker that lives in another process.

    Returns: a function that takes the bell down again.
    """
    huey = make_huey(settings)
    bell = huey.task(name="ring")(lambda: None)

    def ring() -> None:
        bell()

    _RINGERS.append(ring)

    def disconnect() -> None:
        with contextlib.suppress(ValueError):
            _RINGERS.remove(ring)
        close_huey(huey)

    return disconnect


jobs.set_runner(run_due)
