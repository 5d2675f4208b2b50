"""Tables of banks, item versions, assessments, attempts and the append-only response log."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.orm import Base, Pk, PublicId


class QuestionBank(Base):
    """A store of items."""

    __tablename__ = "question_bank"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"), index=True)
    owner_unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"))


class ItemState(StrEnum):
    """State of an item in its bank."""

    DRAFT = "draft"
    READY = "ready"
    RETIRED = "retired"


class Item(Base):
    """A question; its text and key live in versions."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("bank_id", "code"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    code: Mapped[str] = mapped_column(String(60))
    state: Mapped[ItemState]
    uses: Mapped[list[Any]] = mapped_column(JSON, default=list)
    # Path of groups within the bank, parted by `/`.
    category: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))
    tags: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    # Who changed it last; somebody else must review it.
    author_employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    reviewed_at: Mapped[datetime | None]
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("item_version.id", use_alter=True, name="fk_item_current_version")
    )


class ItemVersion(Base):
    """A frozen state of an item; attempts pin one.

    `body` holds what the kind needs: options with code, text, correct, feedback; or accepted answers.
    """

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[Pk]
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(30))
    stem_md: Mapped[str] = mapped_column(Text)
    stem_html: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    explanation: Mapped[str] = mapped_column(Text, default="")
    reference: Mapped[str] = mapped_column(String(300), default="")
    lesson_code: Mapped[str] = mapped_column(String(60), default="")
    competency_id: Mapped[int | None] = mapped_column(ForeignKey("competency.id"), index=True)
    level: Mapped[int | None]
    difficulty: Mapped[str] = mapped_column(String(10), default="sedang")
    created_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))


class ItemFile(Base):
    """A picture that items of a bank show; the bytes lie in the store of files."""

    __tablename__ = "item_file"
    __table_args__ = (UniqueConstraint("bank_id", "digest"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class ItemComment(Base):
    """What one of those who look after a bank said of an item."""

    __tablename__ = "item_comment"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    author_employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class AssessmentKind(StrEnum):
    """What an assessment is for."""

    PRETEST = "pretest"
    QUIZ = "quiz"
    EXAM = "exam"


class Assessment(Base):
    """A set of items with rules, tied to a course version."""

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("course_version_id", "code"),
        CheckConstraint("pass_percent BETWEEN 0 AND 100", name="pass_percent"),
        CheckConstraint("attempts_max >= 1", name="attempts_max"),
        CheckConstraint("time_limit_minutes >= 1", name="time_limit"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    kind: Mapped[AssessmentKind]
    title: Mapped[str] = mapped_column(String(200))
    instructions: Mapped[str] = mapped_column(Text, default="")
    bank_id: Mapped[int] = mapped_column(ForeignKey("question_bank.id"))
    draw_count: Mapped[int]
    time_limit_minutes: Mapped[int]
    pass_percent: Mapped[int]
    attempts_max: Mapped[int]
    # Days to wait between two attempts.
    delay_days: Mapped[int] = mapped_column(default=0)
    shuffles_options: Mapped[bool] = mapped_column(default=True)
    needs_lessons: Mapped[bool] = mapped_column(default=False)


class AttemptState(StrEnum):
    """State of an attempt; expiry is worked out on read, so an open row may be over."""

    OPEN = "open"
    SUBMITTED = "submitted"
    EXPIRED = "expired"


class Attempt(Base):
    """One sitting of one assessment by one person in one enrolment."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("assessment_id", "enrolment_id", "number"),
        Index(
            "uq_attempt_open",
            "assessment_id",
            "enrolment_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "employee_id", "state"),
        Index(None, "sitting_id", "enrolment_id"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    number: Mapped[int]
    state: Mapped[AttemptState]
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    # The exam sitting it was started in; None where the assessment has none.
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("exam_sitting.id"))
    # While set, the attempt's clock stands there.
    paused_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    graded_at: Mapped[datetime | None]
    score: Mapped[float | None] = mapped_column(Float)
    max_score: Mapped[float | None] = mapped_column(Float)
    percent: Mapped[float | None] = mapped_column(Float)
    passed: Mapped[bool | None]
    items: Mapped[list[AttemptItem]] = relationship(lazy="raise", order_by="AttemptItem.position_order")


class AttemptItem(Base):
    """One question of one attempt: pinned version, fixed order of options, and the current response."""

    __tablename__ = "attempt_item"
    __table_args__ = (UniqueConstraint("attempt_id", "position_order"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    position_order: Mapped[int]
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    option_order: Mapped[list[Any]] = mapped_column(JSON, default=list)
    # Projection of the response log: the newest accepted entry. Empty is NULL, never the JSON word null.
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    is_flagged: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime | None]
    has_conflict: Mapped[bool] = mapped_column(default=False)
    mark: Mapped[float | None] = mapped_column(Float)


class ResponseLog(Base):
    """Every response that reached the server, in order; rows are added, never altered.

    Attributes:
        client_id: made by the page, `<device>:<tab>:<revision>`; the same id is one effect.
        base_revision: revision of the stored response that the page knew.
        is_applied: False for a conflicting entry that was kept but not taken. An entry that only confirms
            what is held carries the revision that it confirms.
    """

    __tablename__ = "response_log"
    __table_args__ = (
        UniqueConstraint("attempt_item_id", "client_id"),
        Index(None, "attempt_id", "id"),
    )

    id: Mapped[Pk]
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    attempt_item_id: Mapped[int] = mapped_column(ForeignKey("attempt_item.id"))
    client_id: Mapped[str] = mapped_column(String(80))
    base_revision: Mapped[int]
    revision: Mapped[int]
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    is_flagged: Mapped[bool] = mapped_column(default=False)
    is_applied: Mapped[bool] = mapped_column(default=True)
    in_grace: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]


class ExamSitting(Base):
    """One occasion on which participants of an offering take an assessment together.

    Attributes:
        unit_id: when set, only participants of this part of the organisation.
        last_start_at, closes_at: last moment of a start, and the hard close; a pause moves both.
        time_limit_minutes: in place of the assessment's own, or None.
        access_code: told in the room; empty for none.
        networks: from which addresses one may start, such as `10.20.0.0/16`; empty for all.
        paused_at: while set, nobody may start and every open attempt stands still.
        notice: the last message to all, shown on the pages of those who work.
    """

    __tablename__ = "exam_sitting"
    __table_args__ = (
        CheckConstraint("last_start_at > opens_at AND closes_at >= last_start_at", name="window"),
        CheckConstraint("time_limit_minutes IS NULL OR time_limit_minutes >= 1", name="time_limit"),
        Index(None, "assessment_id", "offering_id"),
        Index(None, "opens_at", "id"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisational_unit.id"))
    title: Mapped[str] = mapped_column(String(160))
    place: Mapped[str] = mapped_column(String(160), default="")
    opens_at: Mapped[datetime]
    last_start_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    time_limit_minutes: Mapped[int | None]
    access_code: Mapped[str] = mapped_column(String(20), default="")
    networks: Mapped[list[Any]] = mapped_column(JSON, default=list)
    paused_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    notice: Mapped[str] = mapped_column(String(300), default="")
    notice_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ExamSpecial(Base):
    """What a sitting grants to one person or one unit beside its own rules; an empty field leaves the rule."""

    __tablename__ = "exam_special"
    __table_args__ = (
        CheckConstraint("(employee_id IS NULL) <> (unit_id IS NULL)", name="one_receiver"),
        CheckConstraint("extra_minutes BETWEEN 0 AND 240", name="extra_minutes"),
        CheckConstraint("extra_attempts BETWEEN 0 AND 10", name="extra_attempts"),
        UniqueConstraint("sitting_id", "employee_id"),
        UniqueConstraint("sitting_id", "unit_id"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisational_unit.id"))
    opens_at: Mapped[datetime | None]
    last_start_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    extra_minutes: Mapped[int] = mapped_column(default=0)
    extra_attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime]


class Accommodation(Base):
    """More time for one person in every assessment, set once; the reason is what the person reads."""

    __tablename__ = "accommodation"
    __table_args__ = (
        CheckConstraint("extra_percent BETWEEN 0 AND 200", name="extra_percent"),
        CheckConstraint("extra_minutes BETWEEN 0 AND 240", name="extra_minutes"),
        CheckConstraint("extra_percent + extra_minutes > 0", name="gives_something"),
        Index(None, "employee_id", "starts_on"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    extra_percent: Mapped[int] = mapped_column(default=0)
    extra_minutes: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(160))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]


class IncidentKind(StrEnum):
    """What happened in a sitting."""

    NOTE = "note"
    MESSAGE = "message"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    REOPEN = "reopen"


class ExamIncident(Base):
    """One line of the record of a sitting; rows are added, never altered."""

    __tablename__ = "exam_incident"
    __table_args__ = (Index(None, "sitting_id", "id"),)

    id: Mapped[Pk]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"), index=True)
    kind: Mapped[IncidentKind]
    body: Mapped[str] = mapped_column(String(500), default="")
    minutes: Mapped[int | None]
    people: Mapped[int | None]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


class KeyMode(StrEnum):
    """How a corrected key counts."""

    EITHER = "either"
    REPLACE = "replace"
    FULL = "full"


class KeyCorrection(Base):
    """A corrected key of an item version that was already used; the version itself stays as it was.

    Scores follow from log, version and the current correction. A later correction takes the place of an
    earlier one, which stays readable.

    Attributes:
        body: the version's body with the right key; None when everybody gets the full mark.
        effects: what the step changed, in numbers.
    """

    __tablename__ = "key_correction"
    __table_args__ = (
        Index(
            "uq_key_correction_current",
            "item_version_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    mode: Mapped[KeyMode]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str] = mapped_column(String(500))
    is_current: Mapped[bool] = mapped_column(default=True)
    effects: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


class AssessmentAnalysis(Base):
    """The last computed statistics of an assessment; made anew by a job, never by a page."""

    __tablename__ = "assessment_analysis"

    id: Mapped[Pk]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), unique=True)
    asked_at: Mapped[datetime]
    computed_at: Mapped[datetime | None]
    took_ms: Mapped[int | None]
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
