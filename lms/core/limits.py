"""Rate counters shared by all nodes through the database."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import String, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from lms.core import clock, jobs
from lms.core.db import side_transaction
from lms.core.orm import Base

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session


class RateCounter(Base):
    """Hits of one key in one window of time; the key is a hash, so it names nobody."""

    __tablename__ = "rate_counter"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_at: Mapped[datetime] = mapped_column(primary_key=True)
    hit_count: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)


def hit(key: str, limit: int, per_seconds: int, *, cost: int = 1, engine: Engine | None = None) -> bool:
    """Count one hit and return whether it is still within the limit.

    Args:
        key: what is limited, such as `login:source:10.0.0.7`; stored only as a hash.
        limit: hits allowed in a window of `per_seconds`.
        cost: how many hits this one counts for.

    Concurrency: one upsert on a connection of its own, outside the request's transaction;
        it counts even when the request fails. Not to be called inside a write transaction:
        on SQLite it would wait for itself.
    """
    now = clock.now()
    start = int(now.timestamp()) // per_seconds * per_seconds
    values = {
        "key": hashlib.sha256(key.encode()).hexdigest(),
        "window_at": datetime.fromtimestamp(start, UTC),
        "hit_count": cost,
        "expires_at": datetime.fromtimestamp(start, UTC) + timedelta(seconds=2 * per_seconds),
    }
    with side_transaction(engine) as connection:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(RateCounter).values(**values)
        upsert = statement.on_conflict_do_update(
            index_elements=["key", "window_at"],
            set_={"hit_count": RateCounter.hit_count + cost},
        ).returning(RateCounter.hit_count)
        return bool(connection.execute(upsert).scalar_one() <= limit)


def seconds_left(per_seconds: int) -> int:
    """Return how long the present window still lasts, for Retry-After; at least 1."""
    return per_seconds - int(clock.now().timestamp()) % per_seconds


@jobs.periodic("core.purge_limits", 3600)
def purge_limits(session: Session) -> None:
    """Remove counters of windows long past; a second run finds nothing."""
    session.execute(delete(RateCounter).where(RateCounter.expires_at < clock.now()))
