"""One-time keys: a form that is sent twice has one effect."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import String, UniqueConstraint, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.orm import Base, BigInt, Pk

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

KEY_LENGTH = 43  # of secrets.token_urlsafe(32)


class OneTimeKey(Base):
    """A form's key that was used; `account_id` is 0 for people without an account."""

    __tablename__ = "one_time_key"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: Mapped[Pk]
    account_id: Mapped[int] = mapped_column(BigInt)
    key: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime] = mapped_column(index=True)
    result_url: Mapped[str | None] = mapped_column(String(500))


def new_key() -> str:
    """Return a key for one showing of one form."""
    return secrets.token_urlsafe(32)


def claim(session: Session, key: str, *, account_id: int | None, now: datetime) -> bool:
    """Use a key; return False when it was used before.

    Args:
        session: of the act's transaction.
        key: what the form carried.
        account_id: whose form it is; the same key of two accounts is two keys.
        now: when it is used.

    Concurrency: the unique constraint decides. A second claim waits until the first transaction ends,
    then gets False, or True when the first was rolled back.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(OneTimeKey)
        .values(account_id=account_id or 0, key=key, used_at=now)
        .on_conflict_do_nothing(index_elements=["account_id", "key"])
        .returning(OneTimeKey.id)
    )
    return session.execute(statement).first() is not None


def result_of(session: Session, key: str, *, account_id: int | None) -> str | None:
    """Return where the first use of a key led, or None when that is not known."""
    query = select(OneTimeKey.result_url).where(OneTimeKey.account_id == (account_id or 0), OneTimeKey.key == key)
    return session.scalars(query).first()


def keep_result(connection: Session | Connection, key: str, *, account_id: int | None, url: str) -> None:
    """Note where the first use of a key led."""
    connection.execute(
        update(OneTimeKey)
        .where(OneTimeKey.account_id == (account_id or 0), OneTimeKey.key == key)
        .values(result_url=url[:500])
    )


def forget_keys(session: Session, *, used_before: datetime) -> None:
    """Delete keys that no open page can still send."""
    session.execute(delete(OneTimeKey).where(OneTimeKey.used_at < used_before))
