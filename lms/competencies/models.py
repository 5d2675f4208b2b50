"""Tables of frameworks, competencies, levels, requirements and evidence."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.orm import Base, BigInt, Pk, PublicId


class Framework(Base):
    """A dictionary of competencies with version and validity."""

    __tablename__ = "framework"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    # What the file calls itself, such as "2026.1".
    edition: Mapped[str] = mapped_column(String(20), default="")
    name: Mapped[str] = mapped_column(String(200))
    legal_basis: Mapped[str] = mapped_column(String(300), default="")
    valid_from_on: Mapped[date]
    valid_to_on: Mapped[date | None]


class CompetencyGroup(StrEnum):
    """Group of competencies (PermenPANRB 38/2017; pemerintahan by UU 23/2014)."""

    MANAJERIAL = "manajerial"
    SOSIAL_KULTURAL = "sosial_kultural"
    TEKNIS = "teknis"
    PEMERINTAHAN = "pemerintahan"


class Competency(Base):
    """One competency; `framework_id` names the version that holds its present text."""

    __tablename__ = "competency"
    __table_args__ = (UniqueConstraint("framework_id", "code"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.id"))
    code: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(60), default="")
    group: Mapped[CompetencyGroup]
    definition: Mapped[str] = mapped_column(Text)
    position_order: Mapped[int] = mapped_column(default=0)
    framework: Mapped[Framework] = relationship(lazy="raise")


class CompetencyWording(Base):
    """Text of a competency in a version that a later one replaced: what people were measured against then.

    The competency itself keeps its id through all versions, so that evidence, standards and courses hold.
    """

    __tablename__ = "competency_wording"
    __table_args__ = (UniqueConstraint("framework_id", "competency_id"),)

    id: Mapped[Pk]
    framework_id: Mapped[int] = mapped_column(ForeignKey("framework.id"))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    definition: Mapped[str] = mapped_column(Text)
    levels: Mapped[list[Any]] = mapped_column(JSON, default=list)


class ProficiencyLevel(Base):
    """One of the five levels of a competency, with behaviour indicators."""

    __tablename__ = "proficiency_level"
    __table_args__ = (
        UniqueConstraint("competency_id", "level"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    )

    id: Mapped[Pk]
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    level: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(Text)
    indicators: Mapped[list[Any]] = mapped_column(JSON, default=list)


class PositionRequirement(Base):
    """The standard: level that a kind of position (role_key) must hold, with validity."""

    __tablename__ = "position_requirement"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
        CheckConstraint("valid_to_on IS NULL OR valid_to_on > valid_from_on", name="validity"),
        UniqueConstraint("role_key", "competency_id", "valid_from_on"),
    )

    id: Mapped[Pk]
    role_key: Mapped[str] = mapped_column(String(60))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), index=True)
    level: Mapped[int]
    valid_from_on: Mapped[date]
    valid_to_on: Mapped[date | None]
    legal_basis: Mapped[str] = mapped_column(String(300), default="")


class EvidenceKind(StrEnum):
    """Three kinds that are never mixed in silence."""

    SELF = "self"
    APPRAISAL = "appraisal"
    MEASUREMENT = "measurement"


class EvidenceSource(StrEnum):
    """Where evidence comes from."""

    COURSE = "course"
    ASSESSMENT = "assessment"
    SUPERVISOR = "supervisor"
    SELF = "self"
    MENTORING = "mentoring"
    ASSESSMENT_CENTRE = "assessment_centre"
    PRIOR_LEARNING = "prior_learning"
    IMPORT = "import"


class CompetencyRecord(Base):
    """Evidence that a person holds a level; rows are added, never altered.

    A correction is a new row whose `corrects_id` names the wrong one.
    The standard that held on the day is kept in the row (`required_level`).
    """

    __tablename__ = "competency_record"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 5", name="level"),
        CheckConstraint("strength BETWEEN 1 AND 5", name="strength"),
        Index(None, "employee_id", "competency_id", "assessed_on", "id"),
        Index(
            "uq_competency_record_corrects",
            "corrects_id",
            unique=True,
            sqlite_where=text("corrects_id IS NOT NULL"),
            postgresql_where=text("corrects_id IS NOT NULL"),
        ),
        UniqueConstraint("unique_key"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    level: Mapped[int]
    kind: Mapped[EvidenceKind]
    source: Mapped[EvidenceSource]
    source_label: Mapped[str] = mapped_column(String(240), default="")
    source_kind: Mapped[str] = mapped_column(String(40), default="")
    source_id: Mapped[int | None] = mapped_column(BigInt)
    strength: Mapped[int]
    assessed_on: Mapped[date]
    recorded_at: Mapped[datetime]
    assessor_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    role_key: Mapped[str | None] = mapped_column(String(60))
    required_level: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(1000), default="")
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("competency_record.id"))
    # A row that only takes back the one it corrects; its level counts nowhere.
    is_void: Mapped[bool] = mapped_column(default=False)
    # One fact gives one row, however often it is told: "course:<enrolment>:<competency>".
    unique_key: Mapped[str] = mapped_column(String(120))
