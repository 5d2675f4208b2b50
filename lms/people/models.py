"""Tables of units, positions, people, their jobs, imports and partners."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.core.clock import DEFAULT_ZONE
from lms.core.orm import Base, Pk, PublicId


class UnitKind(StrEnum):
    """Kind of an organisational unit."""

    REGION = "region"
    AGENCY = "agency"
    KECAMATAN = "kecamatan"
    KELURAHAN = "kelurahan"
    OTHER = "other"


class PositionKind(StrEnum):
    """Kind of a position, as competency standards distinguish them."""

    JPT_PRATAMA = "jpt_pratama"
    ADMINISTRATOR = "administrator"
    PENGAWAS = "pengawas"
    PELAKSANA = "pelaksana"
    FUNGSIONAL = "fungsional"


class EmployeeStatus(StrEnum):
    """Kind of employment; JP rule, number check and rank list differ by it."""

    PNS = "pns"
    CPNS = "cpns"
    PPPK = "pppk"
    PPPK_PART_TIME = "pppk_paruh_waktu"
    NON_ASN = "non_asn"
    EXTERNAL = "external"


ASN = frozenset({EmployeeStatus.PNS, EmployeeStatus.CPNS, EmployeeStatus.PPPK, EmployeeStatus.PPPK_PART_TIME})


class EmploymentKind(StrEnum):
    """How a position is held: definitively, or acting."""

    DEFINITIVE = "definitif"
    PLT = "plt"
    PLH = "plh"
    ADDITIONAL = "tambahan"


class OrganisationalUnit(Base):
    """Node of the one unit tree, with validity and zone."""

    __tablename__ = "organisational_unit"
    __table_args__ = (
        CheckConstraint("valid_to_on IS NULL OR valid_to_on > valid_from_on", name="validity"),
        Index("ix_organisational_unit_path_pattern", "path", postgresql_ops={"path": "text_pattern_ops"}),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[UnitKind]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisational_unit.id"), index=True)
    # Ids of all ancestors and the unit itself, `/1/4/12/`: a subtree is a prefix.
    path: Mapped[str] = mapped_column(String(200))
    region_code: Mapped[str | None] = mapped_column(String(13))
    timezone: Mapped[str] = mapped_column(String(40), default=DEFAULT_ZONE)
    valid_from_on: Mapped[date]
    valid_to_on: Mapped[date | None]
    external_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    parent: Mapped[OrganisationalUnit | None] = relationship(remote_side="OrganisationalUnit.id", lazy="raise")


class Position(Base):
    """A post in a unit; several people may hold a post of the same name."""

    __tablename__ = "position"
    __table_args__ = (CheckConstraint("valid_to_on IS NULL OR valid_to_on > valid_from_on", name="validity"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[PositionKind]
    # Key into the standards: camat, lurah, kasi-pelayanan … (domain.md 1.3, 1.5).
    role_key: Mapped[str] = mapped_column(String(60), index=True)
    echelon: Mapped[str | None] = mapped_column(String(10))
    unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"), index=True)
    is_head: Mapped[bool] = mapped_column(default=False)
    valid_from_on: Mapped[date]
    valid_to_on: Mapped[date | None]
    external_id: Mapped[str | None] = mapped_column(String(64), index=True)
    unit: Mapped[OrganisationalUnit] = relationship(lazy="raise")


class Employee(Base):
    """A person who learns, leads, mentors or teaches; also external ones, with a partner."""

    __tablename__ = "employee"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(String(200), index=True)
    title_before: Mapped[str] = mapped_column(String(60), default="")
    title_after: Mapped[str] = mapped_column(String(80), default="")
    gender: Mapped[str | None] = mapped_column(String(1))
    birth_on: Mapped[date | None]
    status: Mapped[EmployeeStatus]
    # kedudukan hukum, SIASN code ("01" active, "02" CLTN, …)
    legal_status: Mapped[str] = mapped_column(String(2), default="01")
    rank_code: Mapped[str | None] = mapped_column(String(4))
    rank_name: Mapped[str | None] = mapped_column(String(60))
    education: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(30))
    appointed_on: Mapped[date | None]
    contract_from_on: Mapped[date | None]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner_organisation.id"))
    external_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    left_on: Mapped[date | None]
    # Where the person counts: unit and position of the main job held now (kept by people.services).
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisational_unit.id"), index=True)
    position_id: Mapped[int | None] = mapped_column(ForeignKey("position.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    unit: Mapped[OrganisationalUnit | None] = relationship(lazy="raise")
    position: Mapped[Position | None] = relationship(lazy="raise")
    numbers: Mapped[list[EmployeeNumber]] = relationship(
        back_populates="employee", lazy="raise", order_by="EmployeeNumber.valid_from_on"
    )

    __mapper_args__ = {"version_id_col": version}


class EmployeeNumber(Base):
    """NIP or NI PPPK with its time; never a key, since a new contract may bring a new one."""

    __tablename__ = "employee_number"
    __table_args__ = (
        Index(
            "uq_employee_number_current",
            "employee_id",
            unique=True,
            sqlite_where=text("valid_to_on IS NULL"),
            postgresql_where=text("valid_to_on IS NULL"),
        ),
    )

    id: Mapped[Pk]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    number: Mapped[str] = mapped_column(String(18), unique=True)
    kind: Mapped[str] = mapped_column(String(10))  # nip | nipppk
    valid_from_on: Mapped[date]
    valid_to_on: Mapped[date | None]
    employee: Mapped[Employee] = relationship(back_populates="numbers", lazy="raise")


class Employment(Base):
    """A job held by a person for a time; several at once are allowed, one of them main."""

    __tablename__ = "employment"
    __table_args__ = (
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="dates"),
        Index("ix_employment_employee_current", "employee_id", "ended_on"),
        Index(
            "uq_employment_main",
            "employee_id",
            unique=True,
            sqlite_where=text("is_main AND ended_on IS NULL"),
            postgresql_where=text("is_main AND ended_on IS NULL"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    position_id: Mapped[int] = mapped_column(ForeignKey("position.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("organisational_unit.id"), index=True)
    kind: Mapped[EmploymentKind]
    is_main: Mapped[bool]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    decree: Mapped[str] = mapped_column(String(120), default="")
    employee: Mapped[Employee] = relationship(lazy="raise")
    position: Mapped[Position] = relationship(lazy="raise")


class ImportState(StrEnum):
    """State of a personnel import."""

    PARSED = "parsed"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    REFUSED = "refused"


class PersonnelImport(Base):
    """One file of personnel data: previewed, applied, undone within 24 hours."""

    __tablename__ = "personnel_import"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    file_name: Mapped[str] = mapped_column(String(200))
    file_digest: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[ImportState]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisational_unit.id"))
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    row_count: Mapped[int] = mapped_column(default=0)
    progress_count: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    dropped_columns: Mapped[list[Any]] = mapped_column(JSON, default=list)
    message: Mapped[str] = mapped_column(Text, default="")


class ImportAction(StrEnum):
    """What a row of an import does."""

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    SAME = "same"
    LEAVING = "leaving"
    BAD = "bad"


class PersonnelImportRow(Base):
    """One row of an import with its difference or its faults."""

    __tablename__ = "personnel_import_row"
    __table_args__ = (UniqueConstraint("import_id", "row_number"), Index(None, "import_id", "action", "id"))

    id: Mapped[Pk]
    import_id: Mapped[int] = mapped_column(ForeignKey("personnel_import.id", ondelete="CASCADE"))
    row_number: Mapped[int]
    action: Mapped[ImportAction]
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"))
    label: Mapped[str] = mapped_column(String(240), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    problems: Mapped[list[Any]] = mapped_column(JSON, default=list)


class PartnerKind(StrEnum):
    """Kind of a partner organisation."""

    UNIVERSITY = "university"
    NGO = "ngo"
    GOVERNMENT = "government"
    COMPANY = "company"


class PartnerOrganisation(Base):
    """A university, NGO, other region or firm that gives courses, instructors or mentors."""

    __tablename__ = "partner_organisation"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[PartnerKind]
    contact: Mapped[str] = mapped_column(String(200), default="")


class PartnerAgreement(Base):
    """An agreement with a partner: number, scope, dates."""

    __tablename__ = "partner_agreement"
    __table_args__ = (CheckConstraint("ends_on > starts_on", name="dates"),)

    id: Mapped[Pk]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner_organisation.id"), index=True)
    number: Mapped[str] = mapped_column(String(120))
    scope: Mapped[str] = mapped_column(String(500))
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class Installation(Base):
    """One row: what this installation is; `is_demo` marks invented people."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[Pk]
    is_demo: Mapped[bool] = mapped_column(default=False)
    demo_seed: Mapped[int | None]
    demo_scale: Mapped[str | None] = mapped_column(String(20))
    # Names of the parts that are there, so that a build that broke off goes on where it stopped.
    demo_parts: Mapped[list[Any]] = mapped_column(JSON, default=list)
    demo_as_of_on: Mapped[date | None]
    demo_built_at: Mapped[datetime | None]
