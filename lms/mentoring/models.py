"""Tables of pairings, session logs, programmes, their members and their pairing runs."""

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
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("mentoring_programme.id"), index=True)
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


class ProgrammeState(StrEnum):
    """State of a mentoring programme; it only moves forward."""

    PREPARATION = "preparation"
    PAIRING = "pairing"
    RUNNING = "running"
    CLOSED = "closed"


class ProgrammeForm(StrEnum):
    """How people meet in a programme."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    REVERSE = "reverse"


class MentoringProgramme(Base):
    """A mentoring programme of a unit, from its preparation to its closing report."""

    __tablename__ = "mentoring_programme"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="dates"),
        CheckConstraint("join_until_on <= ends_on", name="joining"),
        CheckConstraint("rhythm_days BETWEEN 7 AND 30", name="rhythm"),
        CheckConstraint("min_session_count BETWEEN 1 AND 60", name="sessions"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    purpose: Mapped[str] = mapped_column(String(600))
    form: Mapped[ProgrammeForm]
    state: Mapped[ProgrammeState]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    join_until_on: Mapped[date]
    rhythm_days: Mapped[int] = mapped_column(default=14)
    min_session_count: Mapped[int] = mapped_column(default=6)
    # Weights of the last pairing run, so that the next one starts from them.
    weights: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    report: Mapped[str] = mapped_column(Text, default="")
    # Numbers at the time of closing; later acts do not change them.
    report_counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class MemberRole(StrEnum):
    """What somebody is in a programme."""

    MENTOR = "mentor"
    MENTEE = "mentee"


class ProgrammeMember(Base):
    """A person who takes part in a programme, with what the matching needs to know."""

    __tablename__ = "programme_member"
    __table_args__ = (
        UniqueConstraint("programme_id", "employee_id", "role"),
        CheckConstraint("capacity BETWEEN 0 AND 10", name="capacity"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    programme_id: Mapped[int] = mapped_column(ForeignKey("mentoring_programme.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    role: Mapped[MemberRole]
    capacity: Mapped[int] = mapped_column(default=0)
    is_paused: Mapped[bool] = mapped_column(default=False)
    # What a mentor offers, or what a mentee wishes to be able to do.
    about: Mapped[str] = mapped_column(String(300), default="")
    # Internal ids of members of the other role, at most three, the dearest first.
    wishes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class RunState(StrEnum):
    """State of a pairing run."""

    QUEUED = "queued"
    DRAFT = "draft"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REPLACED = "replaced"


class Objective(StrEnum):
    """What a pairing run strives for."""

    BEST = "best"
    MOST = "most"


class PairingRun(Base):
    """One computed proposal of pairs, kept with its inputs so that it can be repeated."""

    __tablename__ = "pairing_run"
    __table_args__ = (UniqueConstraint("programme_id", "number"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    programme_id: Mapped[int] = mapped_column(ForeignKey("mentoring_programme.id"))
    number: Mapped[int]
    state: Mapped[RunState]
    objective: Mapped[Objective]
    weights: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Pairs (mentor, mentee) that the coordinator keeps, and those that must not come again.
    locked: Mapped[list[Any]] = mapped_column(JSON, default=list)
    refused: Mapped[list[Any]] = mapped_column(JSON, default=list)
    inputs: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    mentee_count: Mapped[int] = mapped_column(default=0)
    mentor_count: Mapped[int] = mapped_column(default=0)
    matched_count: Mapped[int] = mapped_column(default=0)
    total_score: Mapped[int] = mapped_column(default=0)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    computed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


class ProposalState(StrEnum):
    """What becomes of a proposed pair."""

    PROPOSED = "proposed"
    LOCKED = "locked"
    REFUSED = "refused"
    PAIRED = "paired"
    FAILED = "failed"
    UNMATCHED = "unmatched"


class PairingProposal(Base):
    """One mentee in a run: with a mentor, score and reasons, or without one and why."""

    __tablename__ = "pairing_proposal"
    __table_args__ = (UniqueConstraint("run_id", "mentee_id"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    run_id: Mapped[int] = mapped_column(ForeignKey("pairing_run.id"))
    mentee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    competency_id: Mapped[int | None] = mapped_column(ForeignKey("competency.id"))
    goal_level: Mapped[int | None]
    score: Mapped[int] = mapped_column(default=0)
    # Lists of a key and its values; the words are those of the screen.
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    state: Mapped[ProposalState]
    fault: Mapped[str] = mapped_column(String(300), default="")
