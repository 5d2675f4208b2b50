"""Tables of courses, versions, lessons, offerings, enrolments, progress and the JP ledger."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.orm import Base, BigInt, Pk, PublicId
from lms.courses.rules.attendance import AttendanceState
from lms.courses.rules.offerings import OfferingMode, WaitingOrder
from lms.courses.rules.states import EnrolmentState as EnrolmentState  # noqa: PLC0414 -- read from here


class Course(Base):
    """A catalogue entry; its content lives in versions."""

    __tablename__ = "course"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    family: Mapped[str] = mapped_column(String(30))
    owner_unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner_organisation.id"))
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("course_version.id", use_alter=True, name="fk_course_current_version")
    )
    is_listed: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    # Rises with every change that the catalogue shows: the key of its cache.
    content_version: Mapped[int] = mapped_column(default=1)


class VersionState(StrEnum):
    """State of a course version."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class CourseVersion(Base):
    """A content state; frozen once published. Offerings pin one."""

    __tablename__ = "course_version"
    __table_args__ = (
        UniqueConstraint("course_id", "number"),
        CheckConstraint("credit_jp >= 0 AND duration_minutes >= 0", name="amounts"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    state: Mapped[VersionState]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(300))
    description_md: Mapped[str] = mapped_column(Text, default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[str] = mapped_column(String(300), default="")
    # SIASN jenisDiklatId 1–25 (domain.md 2.3): decides the JP rule.
    learning_form: Mapped[int]
    credit_jp: Mapped[int]
    duration_minutes: Mapped[int]
    content_digest: Mapped[str] = mapped_column(String(64))
    content_bytes: Mapped[int] = mapped_column(default=0)
    references: Mapped[list[Any]] = mapped_column(JSON, default=list)
    published_at: Mapped[datetime | None]
    course: Mapped[Course] = relationship(foreign_keys=[course_id], lazy="raise")
    modules: Mapped[list[Module]] = relationship(lazy="raise", order_by="Module.position_order")


class CourseOutcome(Base):
    """What a version promises: a level of a competency."""

    __tablename__ = "course_outcome"
    __table_args__ = (UniqueConstraint("course_version_id", "competency_id"),)

    id: Mapped[Pk]
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), index=True)
    level: Mapped[int]
    # One promise a line: a course may say in several sentences what one competency means.
    statement: Mapped[str] = mapped_column(Text)
    is_main: Mapped[bool] = mapped_column(default=False)


class Module(Base):
    """A part of a course version."""

    __tablename__ = "module"
    __table_args__ = (UniqueConstraint("course_version_id", "code"),)

    id: Mapped[Pk]
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    position_order: Mapped[int]
    lessons: Mapped[list[Lesson]] = relationship(lazy="raise", order_by="Lesson.position_order")


class Lesson(Base):
    """A part of a module that a person reads."""

    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("module_id", "code"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    code: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20), default="text")
    title: Mapped[str] = mapped_column(String(200))
    position_order: Mapped[int]
    duration_minutes: Mapped[int]
    body_md: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    headings: Mapped[list[Any]] = mapped_column(JSON, default=list)
    page_bytes: Mapped[int]
    sanitiser: Mapped[str] = mapped_column(String(20))
    # What the kind needs: file, words for a picture, transcript, captions, address.
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class VersionFile(Base):
    """A picture, recording or document of a course version, by the name that its lessons use."""

    __tablename__ = "course_version_file"
    __table_args__ = (UniqueConstraint("course_version_id", "name"),)

    id: Mapped[Pk]
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]


class DraftState(StrEnum):
    """State of a draft; a deleted one can be taken back."""

    OPEN = "open"
    PUBLISHED = "published"
    DELETED = "deleted"


class CourseDraft(Base):
    """What instructors write before it is a version; `course_id` is empty until a new course is published.

    `revision` rises with each save of the draft's own texts: a page that knows an older one saves nothing.
    """

    __tablename__ = "course_draft"
    __table_args__ = (
        Index(
            "uq_course_draft_open",
            "course_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "owner_unit_id", "state"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    base_version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("course_version.id"))
    owner_unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"))
    state: Mapped[DraftState]
    code: Mapped[str] = mapped_column(String(60))
    family: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(300), default="")
    description_md: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[str] = mapped_column(String(300), default="")
    learning_form: Mapped[int]
    # Time that no lesson takes, such as the exam's.
    other_minutes: Mapped[int] = mapped_column(default=0)
    outcomes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    references: Mapped[list[Any]] = mapped_column(JSON, default=list)
    # What a course file brought for other packages: its assessments and the texts of further files.
    parts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    ended_at: Mapped[datetime | None]


class DraftModule(Base):
    """A module of a draft; removed ones can be taken back until the draft is published."""

    __tablename__ = "draft_module"
    __table_args__ = (UniqueConstraint("draft_id", "code"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    draft_id: Mapped[int] = mapped_column(ForeignKey("course_draft.id"))
    code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    position_order: Mapped[int]
    removed_at: Mapped[datetime | None]


class DraftLesson(Base):
    """A lesson of a draft; `revision` rises with each save of its text."""

    __tablename__ = "draft_lesson"
    __table_args__ = (UniqueConstraint("draft_id", "code"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    draft_id: Mapped[int] = mapped_column(ForeignKey("course_draft.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("draft_module.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20), default="text")
    title: Mapped[str] = mapped_column(String(200))
    duration_minutes: Mapped[int]
    body_md: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    position_order: Mapped[int]
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    removed_at: Mapped[datetime | None]


class DraftText(Base):
    """A text that a lesson of a draft held before, or one that came too late; rows are added, never altered."""

    __tablename__ = "draft_text"
    __table_args__ = (Index(None, "lesson_id", "id"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    lesson_id: Mapped[int] = mapped_column(ForeignKey("draft_lesson.id"))
    title: Mapped[str] = mapped_column(String(200))
    body_md: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    # Written in one window while another window had saved already: kept, but not taken.
    is_late: Mapped[bool] = mapped_column(default=False)


class DraftFile(Base):
    """A file of a draft, by the name that its lessons use."""

    __tablename__ = "draft_file"
    __table_args__ = (UniqueConstraint("draft_id", "name"),)

    id: Mapped[Pk]
    draft_id: Mapped[int] = mapped_column(ForeignKey("course_draft.id"))
    name: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]


class OfferingState(StrEnum):
    """State of an offering."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Offering(Base):
    """One run of a course version; the self-study one has no end and no limit of seats."""

    __tablename__ = "offering"
    __table_args__ = (
        CheckConstraint("capacity IS NULL OR capacity >= 1", name="capacity"),
        CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="dates"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    owner_unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"))
    title: Mapped[str] = mapped_column(String(200))
    is_self_study: Mapped[bool] = mapped_column(default=False)
    needs_approval: Mapped[bool] = mapped_column(default=False)
    state: Mapped[OfferingState]
    enrol_from_at: Mapped[datetime | None]
    enrol_until_at: Mapped[datetime | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[int | None]
    instructor_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    days_to_finish: Mapped[int | None]
    mode: Mapped[OfferingMode] = mapped_column(default=OfferingMode.ONLINE, server_default=text("'online'"))
    needs_agency: Mapped[bool] = mapped_column(default=False, server_default=false())
    has_waiting_list: Mapped[bool] = mapped_column(default=True, server_default=true())
    waiting_order: Mapped[WaitingOrder] = mapped_column(
        default=WaitingOrder.FIRST_COME, server_default=text("'first_come'")
    )
    # Until then a person leaves without asking.
    withdraw_until_at: Mapped[datetime | None]
    min_participants: Mapped[int | None]
    min_check_on: Mapped[date | None]
    min_told_at: Mapped[datetime | None]
    # Seats kept for units fall back to everybody after this day.
    reserve_until_on: Mapped[date | None]
    cancel_reason: Mapped[str] = mapped_column(String(300), default="", server_default=text("''"))
    # Share of the sessions that completion asks for, None for none.
    required_percent: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))


class OfferingShare(Base):
    """What one unit may have of an offering: at most so many seats, or so many kept for it."""

    __tablename__ = "offering_share"
    __table_args__ = (
        UniqueConstraint("offering_id", "unit_id"),
        CheckConstraint("most_count IS NULL OR most_count >= kept_count", name="kept"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"))
    most_count: Mapped[int | None]
    kept_count: Mapped[int] = mapped_column(default=0)


class OfferingPrerequisite(Base):
    """A course that must be finished before one joins an offering."""

    __tablename__ = "offering_prerequisite"
    __table_args__ = (UniqueConstraint("offering_id", "course_id"),)

    id: Mapped[Pk]
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))


class Enrolment(Base):
    """An employee in an offering; one row for the pair."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("offering_id", "employee_id"),
        Index(None, "employee_id", "state"),
        Index(None, "offering_id", "state"),
        Index(None, "due_on", "state"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    state: Mapped[EnrolmentState]
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decision_reason: Mapped[str] = mapped_column(String(300), default="")
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    # When the person withdrew; for a day it can be taken back.
    withdrawn_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    # A request from before there was a line was promised its seat, and keeps it until it is decided.
    keeps_seat: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Larger stands first in a line by priority; the words say why.
    priority: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    priority_reason: Mapped[str] = mapped_column(String(200), default="", server_default=text("''"))
    # self | supervisor | agency | invitation
    source: Mapped[str] = mapped_column(String(12), default="self", server_default=text("'self'"))
    # State in which the person left, so that an undo leads back to it.
    withdrawn_from: Mapped[str] = mapped_column(String(12), default="", server_default=text("''"))
    # Where the person stopped: exact resume, also on another device.
    last_lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id"))
    last_seen_at: Mapped[datetime | None]
    offering: Mapped[Offering] = relationship(lazy="raise")


class Reminder(Base):
    """A deadline or beginning that somebody was told of; the same day and step is told once."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("enrolment_id", "about", "day_on", "step"),)

    id: Mapped[Pk]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    about: Mapped[str] = mapped_column(String(10))  # deadline | beginning
    day_on: Mapped[date]
    # Days before: 14, 3, 1 or 0.
    step: Mapped[int]


class EnrolmentStep(Base):
    """One transition of an enrolment: what its history page tells."""

    __tablename__ = "enrolment_step"

    id: Mapped[Pk]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    act: Mapped[str] = mapped_column(String(12))
    from_state: Mapped[str] = mapped_column(String(12), default="")
    to_state: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")


class LessonProgress(Base):
    """What one person has read of one lesson."""

    __tablename__ = "lesson_progress"
    __table_args__ = (UniqueConstraint("enrolment_id", "lesson_id"),)

    id: Mapped[Pk]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), index=True)
    opened_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    # Heading last in view and how far below it, in thousandths of the lesson.
    anchor: Mapped[str] = mapped_column(String(80), default="")
    scroll_permille: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]


class JpRule(Base):
    """How one form of learning turns into JP, with caps, legal basis and validity (domain.md 2.4)."""

    __tablename__ = "jp_rule"
    __table_args__ = (UniqueConstraint("learning_form", "valid_from_on"),)

    id: Mapped[Pk]
    learning_form: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    basis: Mapped[str] = mapped_column(String(20))  # program | minutes | session | activity
    jp_per_basis: Mapped[int | None]
    max_jp_per_day: Mapped[int | None]
    max_sessions_per_month: Mapped[int | None]
    counts_towards_target: Mapped[bool] = mapped_column(default=True)
    legal_basis: Mapped[str] = mapped_column(String(300), default="")
    mark: Mapped[str] = mapped_column(String(12), default="proposed")  # found | checked | recalled | proposed
    valid_from_on: Mapped[date]
    valid_to_on: Mapped[date | None]


class JpTarget(Base):
    """Yearly duty or limit per kind of employment (domain.md 2.1)."""

    __tablename__ = "jp_target"
    __table_args__ = (UniqueConstraint("employee_status", "valid_from_on"),)

    id: Mapped[Pk]
    employee_status: Mapped[str] = mapped_column(String(32))
    direction: Mapped[str] = mapped_column(String(10))  # at_least | at_most
    amount_jp: Mapped[int]
    year_kind: Mapped[str] = mapped_column(String(10), default="calendar")  # calendar | contract
    legal_basis: Mapped[str] = mapped_column(String(300), default="")
    mark: Mapped[str] = mapped_column(String(12), default="proposed")  # found | checked | recalled | proposed
    valid_from_on: Mapped[date]
    valid_to_on: Mapped[date | None]


class JpEntry(Base):
    """One credited (or corrected) activity in the JP ledger; rows are added, never altered."""

    __tablename__ = "jp_entry"
    __table_args__ = (
        Index(None, "employee_id", "year", "held_on"),
        UniqueConstraint("unique_key"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("jp_rule.id"))
    learning_form: Mapped[int]
    held_on: Mapped[date]
    year: Mapped[int]
    label: Mapped[str] = mapped_column(String(240))
    minutes: Mapped[int]
    proposed_jp: Mapped[int]
    credited_jp: Mapped[int]
    cut_reason: Mapped[str] = mapped_column(String(240), default="")
    source_kind: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[int | None] = mapped_column(BigInt)
    counter_to_id: Mapped[int | None] = mapped_column(ForeignKey("jp_entry.id"), index=True)
    cost_amount: Mapped[Any | None] = mapped_column(Numeric(14, 2))
    cost_currency: Mapped[str | None] = mapped_column(String(3))
    recorded_at: Mapped[datetime]
    unique_key: Mapped[str] = mapped_column(String(120))


class JpDay(Base):
    """Minutes of an entry that counted on one day, so that later entries respect the cap per day."""

    __tablename__ = "jp_day"
    __table_args__ = (
        UniqueConstraint("entry_id", "day_on"),
        Index(None, "employee_id", "learning_form", "day_on"),
    )

    id: Mapped[Pk]
    entry_id: Mapped[int] = mapped_column(ForeignKey("jp_entry.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    learning_form: Mapped[int]
    day_on: Mapped[date]
    # Negative in a counter-entry.
    counted_minutes: Mapped[int]


class ClaimState(StrEnum):
    """State of a claim for JP learnt elsewhere."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class JpClaim(Base):
    """A training that somebody took elsewhere, with its proof, until an officer decides on it."""

    __tablename__ = "jp_claim"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("claimed_jp BETWEEN 1 AND 900", name="claimed_jp"),
        Index(None, "employee_id", "state"),
        Index(None, "state", "submitted_at"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    state: Mapped[ClaimState]
    learning_form: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    provider: Mapped[str] = mapped_column(String(160))
    certificate_number: Mapped[str] = mapped_column(String(80), default="")
    # The number without spaces, points and case: how the same certificate is found again.
    number_key: Mapped[str] = mapped_column(String(80), default="", index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    claimed_jp: Mapped[int]
    file_digest: Mapped[str] = mapped_column(String(64), index=True)
    file_name: Mapped[str] = mapped_column(String(120))
    file_type: Mapped[str] = mapped_column(String(40))
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    decision_note: Mapped[str] = mapped_column(String(300), default="")
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("jp_entry.id"))
    version: Mapped[int] = mapped_column(default=1)


class LearningDay(Base):
    """Minutes that one person learnt in one enrolment on one day (for per-day caps)."""

    __tablename__ = "learning_day"
    __table_args__ = (UniqueConstraint("enrolment_id", "day_on"),)

    id: Mapped[Pk]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    day_on: Mapped[date]
    minutes: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class BulkState(StrEnum):
    """State of an enrolment of many."""

    PREVIEW = "preview"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class BulkEnrolment(Base):
    """Many people put into an offering together: previewed, carried out in pieces, taken back."""

    __tablename__ = "bulk_enrolment"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"), index=True)
    # assign | invite
    act: Mapped[str] = mapped_column(String(12))
    # In words, for the history: "Kasi Pelayanan di Kecamatan Wara, belum level 2".
    description: Mapped[str] = mapped_column(String(300))
    state: Mapped[BulkState]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    total_count: Mapped[int]
    done_count: Mapped[int] = mapped_column(default=0)


class BulkEnrolmentRow(Base):
    """One person (or one number that is nobody's) of an enrolment of many, and what became of it."""

    __tablename__ = "bulk_enrolment_row"
    __table_args__ = (UniqueConstraint("bulk_id", "row_number"), Index(None, "bulk_id", "outcome"))

    id: Mapped[Pk]
    bulk_id: Mapped[int] = mapped_column(ForeignKey("bulk_enrolment.id"))
    row_number: Mapped[int]
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    # Where no person is known: the line and the last digits, never a whole number.
    label: Mapped[str] = mapped_column(String(120), default="")
    # ready | skipped | seated | waiting | invited | undone | kept
    outcome: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(300), default="")
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))


class OfferingSession(Base):
    """One meeting of a run, with place, room and instructor."""

    __tablename__ = "offering_session"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="times"), Index(None, "starts_at"))

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    offering_id: Mapped[int] = mapped_column(ForeignKey("offering.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(200), default="")
    room: Mapped[str] = mapped_column(String(80), default="")
    instructor_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    # What the QR on the wall carries; it counts in the session's own time only.
    check_in_key: Mapped[str] = mapped_column(String(64))
    # Raised by each change, so that calendars replace what they hold.
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class Attendance(Base):
    """How one participant attended one session."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("session_id", "enrolment_id"),)

    id: Mapped[Pk]
    session_id: Mapped[int] = mapped_column(ForeignKey("offering_session.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    state: Mapped[AttendanceState]
    # list | qr
    source: Mapped[str] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(String(300), default="")
    marked_at: Mapped[datetime]
    marked_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))


class CalendarFeed(Base):
    """The secret address of one person's calendar; only a hash of it is kept."""

    __tablename__ = "calendar_feed"

    id: Mapped[Pk]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
