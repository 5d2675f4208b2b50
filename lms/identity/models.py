"""Tables of accounts, recovery codes, grants and delegations."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.actor import Role
from lms.core.orm import Base, Pk, PublicId


class AccountState(StrEnum):
    """State of an account."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class Account(Base):
    """The means of log-in of one employee (also external people)."""

    __tablename__ = "account"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), unique=True)
    # Login name given by HR to people without a NIP; others log in with their current NIP.
    login: Mapped[str | None] = mapped_column(String(60), unique=True)
    state: Mapped[AccountState] = mapped_column(default=AccountState.PENDING)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_changed_at: Mapped[datetime | None]
    activation_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    activation_expires_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # encrypted with a key of LMS_HOME/secrets
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    failed_count: Mapped[int] = mapped_column(default=0)
    last_failed_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    locale: Mapped[str] = mapped_column(String(5), default="id")
    theme: Mapped[str] = mapped_column(String(10), default="auto")
    created_at: Mapped[datetime]


class RecoveryCode(Base):
    """Hashed one-time code for a lost second factor."""

    __tablename__ = "recovery_code"

    id: Mapped[Pk]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class Grant(Base):
    """A role over a subtree of units, with dates (both inclusive)."""

    __tablename__ = "access_grant"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[Role]
    unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    revoked_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    account: Mapped[Account] = relationship(lazy="raise")


class DelegationKind(StrEnum):
    """Acting post: Plt. (vacant post) or Plh. (holder away)."""

    PLT = "plt"
    PLH = "plh"


class Delegation(Base):
    """One holder's role over a subtree, used by another for some days (both inclusive)."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("from_account_id <> to_account_id", name="not_self"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    from_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    to_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[Role]
    unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"))
    kind: Mapped[DelegationKind]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    letter: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LoginThrottle(Base):
    """Failed tries of one account name or one source; the key is an HMAC, so it names nobody."""

    __tablename__ = "login_throttle"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failed_count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime | None] = mapped_column(index=True)
