"""Audit: who changed what, append-only; and who read whose record."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, insert
from sqlalchemy.orm import Mapped, mapped_column

from lms.core import clock
from lms.core.orm import Base, BigInt, Pk

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


class AuditEntry(Base):
    """One change; rows are added and never altered."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "subject_kind", "subject_id", "id"),
        Index(None, "person_id", "id"),
    )

    id: Mapped[Pk]
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(BigInt)
    employee_id: Mapped[int | None] = mapped_column(BigInt)
    on_behalf_of_id: Mapped[int | None] = mapped_column(BigInt)
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None] = mapped_column(BigInt)
    person_id: Mapped[int | None] = mapped_column(BigInt)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(500), default="")
    request_id: Mapped[str] = mapped_column(String(26), default="")


class AuditSeal(Base):
    """Hash of a finished stretch of entries, chained to the one before."""

    __tablename__ = "audit_seal"

    id: Mapped[Pk]
    first_entry_id: Mapped[int] = mapped_column(BigInt, unique=True)
    last_entry_id: Mapped[int] = mapped_column(BigInt)
    sealed_at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ReadingNote(Base):
    """Who opened whose record; written after the page is made."""

    __tablename__ = "reading_note"

    id: Mapped[Pk]
    at: Mapped[datetime]
    reader_employee_id: Mapped[int] = mapped_column(BigInt)
    person_id: Mapped[int] = mapped_column(ForeignKey("employee.id"), index=True)
    page: Mapped[str] = mapped_column(String(80))


def record(
    session: Session,
    actor: Actor,
    *,
    action: str,
    subject: tuple[str, int | None],
    person_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    on_behalf_of_id: int | None = None,
    request_id: str = "",
    at: datetime | None = None,
) -> None:
    """Add one audit entry in the transaction of the change.

    Args:
        action: what was done, `<noun>.<verb>`, such as `enrolment.create`.
        subject: table and internal id of the row that changed.
        person_id: the employee whom the row is about, for "Data saya".
        before, after: named fields as JSON values; no secrets, no NIK.
        on_behalf_of_id: employee for whom the actor stands in (Plt./Plh.).
    """
    session.add(
        AuditEntry(
            at=at or clock.now(),
            account_id=actor.account_id,
            employee_id=actor.employee_id,
            on_behalf_of_id=on_behalf_of_id,
            action=action,
            subject_kind=subject[0],
            subject_id=subject[1],
            person_id=person_id,
            before=before,
            after=after,
            reason=reason,
            request_id=request_id or str(session.info.get("request_id", "")),
        )
    )


def write_reading_notes(
    connection: Connection, *, reader_id: int, person_ids: set[int], page: str, at: datetime
) -> None:
    """Note on its own connection that one person read the records of others."""
    rows = [
        {"at": at, "reader_employee_id": reader_id, "person_id": person, "page": page}
        for person in sorted(person_ids - {reader_id})
    ]
    if rows:
        connection.execute(insert(ReadingNote), rows)
