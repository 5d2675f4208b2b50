"""Login sessions: server-side, revocable, the same on every node."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.ids import new_token, token_hash
from lms.core.orm import Base, Pk, PublicId, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import Session

LIFETIME = timedelta(days=14)
SHARED_LIFETIME = timedelta(hours=10)
SHARED_IDLE = timedelta(minutes=15)
SHARED_WARNING = timedelta(minutes=2)
HALF_LIFETIME = timedelta(minutes=10)
STEP_UP = timedelta(minutes=30)
TOUCH_EVERY = timedelta(minutes=1)
KEEP_ENDED = timedelta(days=90)


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
    is_shared_computer: Mapped[bool] = mapped_column(default=False)
    device: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(60), default="")
    second_factor_at: Mapped[datetime | None]
    # A password was right, but the second factor is still to come: no right at all yet.
    is_half: Mapped[bool] = mapped_column(default=False)
    # Until then the idle limit of a shared computer is off: an exam is under way.
    awake_until: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A login session as a request found it; see `LoginSession`."""

    id: int
    token_hash: str
    account_id: int
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    is_shared_computer: bool
    second_factor_at: datetime | None
    is_half: bool
    awake_until: datetime | None
    device: str
    address: str


# Built once, since each request runs it.
_BY_TOKEN = select(
    LoginSession.id,
    LoginSession.token_hash,
    LoginSession.account_id,
    LoginSession.last_seen_at,
    LoginSession.expires_at,
    LoginSession.ended_at,
    LoginSession.is_shared_computer,
    LoginSession.second_factor_at,
    LoginSession.is_half,
    LoginSession.awake_until,
    LoginSession.device,
    LoginSession.address,
).where(LoginSession.token_hash == bindparam("token_hash"))


def is_alive(row: LoginSession | KnownSession, *, now: datetime) -> bool:
    """Return whether a session still gives access at `now` (idle limit on shared computers)."""
    if row.ended_at is not None or now >= row.expires_at:
        return False
    if not row.is_shared_computer or (row.awake_until is not None and now < row.awake_until):
        return True
    return now - row.last_seen_at < SHARED_IDLE


def needs_step_up(row: LoginSession | KnownSession, *, now: datetime) -> bool:
    """Return whether an act on other people's access asks for the second factor once more."""
    return row.second_factor_at is None or now - row.second_factor_at >= STEP_UP


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
        expires_at=now + (HALF_LIFETIME if half else SHARED_LIFETIME if shared else LIFETIME),
        is_shared_computer=shared,
        device=device[:120],
        address=address[:60],
        is_half=half,
        second_factor_at=now if second_factor else None,
    )
    session.add(row)
    session.flush()  # the actor needs the id
    return row, token


def find(session: Session, token: str) -> KnownSession | None:
    """Return the session of a cookie's token, dead or alive."""
    row = read_rows(session, _BY_TOKEN, {"token_hash": token_hash(token)}).one_or_none()
    return None if row is None else KnownSession(*row)


def end(session: Session, *, session_id: int, now: datetime) -> None:
    """End one session; a second call changes nothing."""
    session.execute(
        update(LoginSession).where(LoginSession.id == session_id, LoginSession.ended_at.is_(None)).values(ended_at=now)
    )


def end_all(session: Session, *, account_id: int, now: datetime, except_id: int | None = None) -> None:
    """End all sessions of an account, but for one (password change, deactivation)."""
    statement = update(LoginSession).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
    if except_id is not None:
        statement = statement.where(LoginSession.id != except_id)
    session.execute(statement.values(ended_at=now))


def keep_awake(session: Session, *, session_id: int, until: datetime) -> None:
    """Switch the idle limit off until an instant, while an exam runs on a shared computer."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(awake_until=until))


def keep_accounts_awake(session: Session, *, account_ids: Sequence[int], until: datetime) -> None:
    """Do the same for all sessions of several accounts in which an exam is under way; never make it shorter."""
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.account_id.in_(account_ids), LoginSession.ended_at.is_(None),
            LoginSession.awake_until < until,
        )
        .values(awake_until=until)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def confirm_second_factor(session: Session, *, session_id: int, now: datetime) -> None:
    """Note that the second factor was shown in this session just now."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(second_factor_at=now))


def alive_condition(now: datetime) -> ColumnElement[bool]:
    """Return the SQL twin of `is_alive`."""
    idle_ok = or_(
        LoginSession.is_shared_computer.is_(False),
        LoginSession.awake_until > now,
        LoginSession.last_seen_at > now - SHARED_IDLE,
    )
    return and_(LoginSession.ended_at.is_(None), LoginSession.expires_at > now, idle_ok)


def remove_old(session: Session, *, now: datetime) -> None:
    """Remove sessions that ended or expired long ago; a second run finds nothing."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at < now - KEEP_ENDED))


def touch(open_connection: Callable[[], AbstractContextManager[Connection]], *, session_id: int, now: datetime) -> None:
    """Note that a session was used; called at most once a minute, on a connection of its own."""
    with open_connection() as connection:
        connection.execute(update(LoginSession).where(LoginSession.id == session_id).values(last_seen_at=now))
