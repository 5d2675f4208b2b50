"""Login sessions: server-side, revocable, the same on every node."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, ForeignKey, String, false, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.ids import new_token, token_hash
from lms.core.orm import Base, Pk, PublicId

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

LIFETIME = timedelta(days=14)
SHARED_LIFETIME = timedelta(hours=10)
SHARED_IDLE = timedelta(minutes=15)
TOUCH_EVERY = timedelta(minutes=1)


class LoginSession(Base):
    """One log-in on one device; the cookie's token is kept only as a hash."""

    __tablename__ = "login_session"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_shared_computer: Mapped[bool] = mapped_column(Boolean, server_default=false())
    device: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(60), default="")
    second_factor_at: Mapped[datetime | None]
    # A password was right, but the second factor is still to come: no right at all yet.
    is_half: Mapped[bool] = mapped_column(Boolean, server_default=false(), default=False)


def is_alive(row: LoginSession, *, now: datetime) -> bool:
    """Return whether a session still gives access at `now` (idle limit on shared computers)."""
    if row.ended_at is not None or now >= row.expires_at:
        return False
    return not row.is_shared_computer or now - row.last_seen_at < SHARED_IDLE


def begin(
    session: Session,
    *,
    account_id: int,
    now: datetime,
    shared: bool,
    device: str = "",
    address: str = "",
    half: bool = False,
    second_factor: bool = False,
) -> tuple[LoginSession, str]:
    """Add a session and return it with the token that goes into the cookie."""
    token = new_token()
    row = LoginSession(
        token_hash=token_hash(token),
        account_id=account_id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + (SHARED_LIFETIME if shared else LIFETIME),
        is_shared_computer=shared,
        device=device[:120],
        address=address[:60],
        is_half=half,
        second_factor_at=now if second_factor else None,
    )
    session.add(row)
    session.flush()  # the actor needs the id
    return row, token


def find(session: Session, token: str) -> LoginSession | None:
    """Return the session of a cookie's token, dead or alive."""
    return session.scalars(select(LoginSession).filter_by(token_hash=token_hash(token))).one_or_none()


def end(session: Session, *, session_id: int, now: datetime) -> None:
    """End one session; a second call changes nothing."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def end_all(session: Session, *, account_id: int, now: datetime, except_id: int | None = None) -> None:
    """End all sessions of an account, but for one (password change, deactivation)."""
    statement = update(LoginSession).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
    if except_id is not None:
        statement = statement.where(LoginSession.id != except_id)
    session.execute(statement.values(ended_at=now))


def touch(
    open_connection: Callable[[], AbstractContextManager[Connection]], *, session_id: int, now: datetime
) -> None:
    """Note that a session was used; called at most once a minute, on a connection of its own."""
    with open_connection() as connection:
        connection.execute(
            update(LoginSession).where(LoginSession.id == session_id).values(last_seen_at=now)
        )
