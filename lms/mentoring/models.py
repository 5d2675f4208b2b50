"""Tables of pairings, session logs and action items."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.orm import Base, Pk, PublicId


class PairingState(StrEnum):
    """State of a pairing."""

    ACTIVE = "active"
    ENDED = "ended"


class Pairing(Base):
    """One mentor with one mentee for a period, towards a level of a competency."""

    __tablename__ = "pairing"
    __table_args__ = (
        CheckConstraint("mentor_id <> mentee_id", name="not_self"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        Index(
            "uq_pairing_active",
            "mentor_id",
            "mentee_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index(None, "mentee_id", "state"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    mentor_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    mentee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    competency_id: Mapped[int | None] = mapped_column(ForeignKey("competency.id"))
    goal_level: Mapped[int | None]
    goal: Mapped[str] = mapped_column(String(400), default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[PairingState]
    rhythm_days: Mapped[int] = mapped_column(default=14)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(300), default="")


class SessionState(StrEnum):
    """State of a session log."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    CANCELLED = "cancelled"


class SessionMedium(StrEnum):
    """How a session was held."""

    IN_PERSON = "tatap_muka"
    ONLINE = "daring"
    PHONE = "telepon"


class SessionLog(Base):
    """One mentoring meeting, logged by the mentor and confirmed by the mentee."""

    __tablename__ = "session_log"
    __table_args__ = (
        UniqueConstraint("pairing_id", "client_id"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index(None, "pairing_id", "starts_at"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id"))
    client_id: Mapped[str] = mapped_column(String(80))
    held_on: Mapped[date]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    medium: Mapped[SessionMedium]
    topics: Mapped[list[Any]] = mapped_column(JSON, default=list)
    discussion: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(String(400), default="")
    next_on: Mapped[date | None]
    # Seen by the mentor alone; encrypted with a key of LMS_HOME/secrets.
    private_note: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[SessionState]
    recorded_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    mentee_note: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    pairing: Mapped[Pairing] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}
