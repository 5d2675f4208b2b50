"""Table of in-app notices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.orm import Base, Pk, PublicId
from lms.notifications.rules import Topic, Way


class Notice(Base):
    """One message to one person; `unique_key` makes a repeated event harmless."""

    __tablename__ = "notice"
    __table_args__ = (
        Index(None, "employee_id", "read_at", "id"),
        Index(
            "ix_notice_waiting",
            "employee_id",
            sqlite_where=text("waits_for_digest"),
            postgresql_where=text("waits_for_digest"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(String(1000), default="")
    url: Mapped[str] = mapped_column(String(300), default="")
    unique_key: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    # Told once a day together with others, instead of in a mail of its own.
    waits_for_digest: Mapped[bool] = mapped_column(default=False, server_default=false())


class NoticePreference(Base):
    """How one person wants mail about one topic."""

    __tablename__ = "notice_preference"
    __table_args__ = (UniqueConstraint("employee_id", "topic"),)

    id: Mapped[Pk]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    topic: Mapped[Topic]
    way: Mapped[Way]


class NoticePolicy(Base):
    """What the office sets for a topic: for those who chose nothing, or, locked, for everybody."""

    __tablename__ = "notice_policy"

    id: Mapped[Pk]
    topic: Mapped[Topic] = mapped_column(unique=True)
    way: Mapped[Way]
    is_locked: Mapped[bool] = mapped_column(default=False)
