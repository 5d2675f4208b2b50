"""Tables of certificate templates, number counters and issued certificates."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lms.core.orm import Base, BigInt, Pk, PublicId


class CertificateTemplate(Base):
    """Layout of a certificate, by version; the shipped ones name a template file."""

    __tablename__ = "certificate_template"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[Pk]
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    file_name: Mapped[str] = mapped_column(String(80))
    number_pattern: Mapped[str] = mapped_column(String(80))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class NumberCounter(Base):
    """Last number given in one series of one year; locked while a number is taken."""

    __tablename__ = "number_counter"
    __table_args__ = (UniqueConstraint("series", "year"),)

    id: Mapped[Pk]
    series: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    last_number: Mapped[int] = mapped_column(default=0)


class CertificateState(StrEnum):
    """State of a certificate; expiry is worked out on read."""

    ISSUED = "issued"
    REVOKED = "revoked"
    REPLACED = "replaced"


class Certificate(Base):
    """An issued certificate: the record is the truth, the PDF is its print.

    Ids of course and offering are plain numbers without foreign key: certificates outlive them.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("series", "year", "serial_number"),
        UniqueConstraint("unique_key"),
        # The lists, newest first: everybody's, and one person's.
        Index(None, "issued_at", "id"),
        Index(None, "employee_id", "issued_at"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    # 16 Crockford characters without groups; the last is a check character.
    code: Mapped[str] = mapped_column(String(16), unique=True)
    number: Mapped[str] = mapped_column(String(80))
    series: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    serial_number: Mapped[int]
    employee_id: Mapped[int] = mapped_column(ForeignKey("employee.id"))
    course_id: Mapped[int | None] = mapped_column(BigInt)
    course_version_id: Mapped[int | None] = mapped_column(BigInt)
    enrolment_id: Mapped[int | None] = mapped_column(BigInt)
    template_id: Mapped[int] = mapped_column(ForeignKey("certificate_template.id"))
    state: Mapped[CertificateState]
    # Every printed value as it was on the day of issue.
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    valid_until_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(Text, default="")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"), index=True)
    pdf_digest: Mapped[str | None] = mapped_column(String(64))
    pdf_made_at: Mapped[datetime | None]
    # "enrolment:<id>": a race for one certificate ends with one.
    unique_key: Mapped[str] = mapped_column(String(120))


class FileKind(StrEnum):
    """How a file of a certificate came to be."""

    PRINT = "print"
    SEALED = "sealed"
    SIGNED = "signed"


class CertificateFile(Base):
    """A PDF that was ever given out for a certificate; an uploaded one is recognised by its digest."""

    __tablename__ = "certificate_file"

    id: Mapped[Pk]
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[FileKind]
    made_at: Mapped[datetime]
    # Who signed, as the certificate of the key says; empty for a print.
    signer: Mapped[str] = mapped_column(String(200), default="")


class SealKey(Base):
    """Public half of a key that signs QR codes; kept for ever, so that old codes can be checked."""

    __tablename__ = "seal_key"

    id: Mapped[Pk]
    key_id: Mapped[str] = mapped_column(String(8), unique=True)
    # Name of the secret half in LMS_HOME/secrets.
    secret_name: Mapped[str] = mapped_column(String(40), unique=True)
    public_key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
