"""Outbox: work that is owed, written in the transaction of the change that owes it.

This module knows no Flask, so that services may use it. Carrying out is `core/job_runner.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import JSON, Index, String, Text, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from lms.core import clock
from lms.core.orm import Base, Pk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

MAX_TRIES = 5
LEASE = timedelta(minutes=10)
_BACK_OFF = (10, 60, 300, 1800)
KEEP_DONE = timedelta(days=30)

Handler = TypeVar("Handler", bound="Callable[..., Any]")


class OutboxJob(Base):
    """One piece of work that is owed, until `done_at` or `parked_at` is set."""

    __tablename__ = "outbox_job"
    __table_args__ = (Index("ix_outbox_job_due", "done_at", "parked_at", "run_after", "id"),)

    id: Mapped[Pk]
    task: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    unique_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    created_at: Mapped[datetime]
    run_after: Mapped[datetime]
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")
    parked_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True, slots=True)
class Task:
    """A registered handler.

    Args:
        name: `<package>.<verb>_<noun>`.
        handler: `(session, **payload)`, run in the transaction that also marks the row done.
        prepare: `(session, **payload)`, run before it in a read-only transaction; what it
            returns is given to the handler as `prepared`. Slow work (a PDF, a mail) belongs
            there, so that the write transaction stays short.
    """

    name: str
    handler: Callable[..., Any]
    prepare: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """A task that is owed once in each stretch of `every_seconds`."""

    name: str
    every_seconds: int


_TASKS: dict[str, Task] = {}
_PERIODIC: dict[str, PeriodicTask] = {}
_RUNNER: list[Callable[[Any, int | None], int]] = []


def job(name: str, *, prepare: Callable[..., Any] | None = None) -> Callable[[Handler], Handler]:
    """Register a handler for a task; each handler is idempotent and says how."""

    def register(handler: Handler) -> Handler:
        held = _TASKS.get(name)
        if held is not None and held.handler.__qualname__ != handler.__qualname__:
            msg = f"two handlers for the task {name}"
            raise RuntimeError(msg)
        _TASKS[name] = Task(name, handler, prepare)
        return handler

    return register


def periodic(name: str, every_seconds: int) -> Callable[[Handler], Handler]:
    """Register a handler `(session)` that runs once in each stretch of time, on one node only."""

    def register(handler: Handler) -> Handler:
        job(name)(handler)
        _PERIODIC[name] = PeriodicTask(name, every_seconds)
        return handler

    return register


def tasks() -> Mapping[str, Task]:
    """Return the registered tasks by name."""
    return _TASKS


def periodic_tasks() -> list[PeriodicTask]:
    """Return the registered periodic tasks by name."""
    return [_PERIODIC[name] for name in sorted(_PERIODIC)]


def enqueue(
    session: Session,
    task: str,
    *,
    unique_key: str | None = None,
    run_after: datetime | None = None,
    **payload: Any,
) -> int | None:
    """Write down owed work in the caller's transaction.

    Args:
        task: name under which a handler is registered.
        unique_key: at most one row is ever made for a key; a second call changes nothing.
        run_after: earliest instant; now when left out.
        payload: ids and other JSON values for the handler; no personal data.

    Returns: the row's id, or None when the key was taken.
    Concurrency: the key's unique constraint decides; on PostgreSQL a second transaction
        waits for the first.
    """
    now = clock.now()
    values = {
        "task": task,
        "payload": payload,
        "unique_key": unique_key,
        "created_at": now,
        "run_after": run_after or now,
        "tries": 0,
        "last_error": "",
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(OutboxJob)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["unique_key"])
        .returning(OutboxJob.id)
    )
    row_id = session.execute(statement).scalar_one_or_none()
    if row_id is not None:
        session.info["lms_rings"] = True  # the doorbell rings when this transaction commits
    return row_id


def enqueue_periodic(session: Session, *, now: datetime) -> int:
    """Write down the periodic tasks whose stretch has begun; return how many were new."""
    made = 0
    for task in periodic_tasks():
        bucket = int(now.timestamp()) // task.every_seconds
        made += enqueue(session, task.name, unique_key=f"periodic:{task.name}:{bucket}") is not None
    return made


def retry_delay(tries: int) -> timedelta:
    """Return how long a task waits after its n-th failed try; n is at least 1."""
    return timedelta(seconds=_BACK_OFF[min(tries, len(_BACK_OFF)) - 1])


def list_parked(session: Session, *, limit: int = 25) -> list[OutboxJob]:
    """Return parked rows, newest first, for the operators' page."""
    query = (
        select(OutboxJob)
        .where(OutboxJob.parked_at.is_not(None))
        .order_by(OutboxJob.parked_at.desc(), OutboxJob.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def try_again(session: Session, job_id: int) -> bool:
    """Set a parked row due again with all its tries; return False when it is not parked."""
    # RETURNING tells on every driver whether a row was hit.
    row = session.execute(
        update(OutboxJob)
        .where(OutboxJob.id == job_id, OutboxJob.parked_at.is_not(None))
        .values(parked_at=None, tries=0, run_after=clock.now(), leased_until=None, lease_owner=None)
        .returning(OutboxJob.id)
    ).scalar_one_or_none()
    if row is not None:
        session.info["lms_rings"] = True
    return row is not None


def set_runner(runner: Callable[[Any, int | None], int]) -> None:
    """Let `run_due` know who carries work out; `core/job_runner.py` does this on import."""
    _RUNNER[:] = [runner]


def run_due(app: Any, limit: int | None = None) -> int:
    """Carry out everything that is due, or at most `limit` rows; return how many were taken.

    Raises: RuntimeError: `lms.core.job_runner` was never imported (the application does it).
    """
    if not _RUNNER:
        msg = "lms.core.job_runner is not loaded"
        raise RuntimeError(msg)
    return _RUNNER[0](app, limit)
