"""The audit trail, for officers and for the person it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from lms.core.audit import AuditEntry, ReadingNote
from lms.identity.policies import audit_entries_visible_to
from lms.people.models import Employee, EmployeeNumber, OrganisationalUnit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

PAGE = 25


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One audit entry; names instead of ids."""

    entry_id: int
    at: datetime
    action: str
    subject_kind: str
    actor_name: str
    on_behalf_of: str
    person_name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    request_id: str

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """Named fields with their value before and after."""
        before, after = self.before or {}, self.after or {}
        return [(key, before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after])]


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """Who opened the person's record, when, and on which page."""

    at: datetime
    reader_name: str
    reader_unit: str
    page: str


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What an officer looks for.

    Args:
        text: name of the person or of the one who acted, or a whole NIP.
        action: code of an action; empty for all.
        since, until: instants, half-open.
        before_id: cursor; entries with a smaller id.
    """

    text: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None


def _entries() -> tuple[Select[*tuple[Any, ...]], Any]:
    actor_person, behalf = aliased(Employee), aliased(Employee)
    query = (
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.action,
            AuditEntry.subject_kind,
            func.coalesce(actor_person.name, ""),
            func.coalesce(behalf.name, ""),
            func.coalesce(Employee.name, ""),
            AuditEntry.before,
            AuditEntry.after,
            AuditEntry.reason,
            AuditEntry.request_id,
        )
        .outerjoin(Employee, Employee.id == AuditEntry.person_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(actor_person, actor_person.id == AuditEntry.employee_id)
        .outerjoin(behalf, behalf.id == AuditEntry.on_behalf_of_id)
    )
    return query, actor_person


def list_trail(session: Session, actor: Actor, *, wanted: TrailFilter, limit: int = PAGE) -> list[TrailRow]:
    """Return visible audit entries, newest first, in one statement; `before_id` goes on from there."""
    query, actor_person = _entries()
    query = query.where(audit_entries_visible_to(actor))
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.before_id is not None:
        query = query.where(AuditEntry.id < wanted.before_id)
    text = wanted.text.strip().lower()
    if text:
        digits = "".join(c for c in text if c.isdigit())
        if len(digits) == 18:
            owner = select(EmployeeNumber.employee_id).where(EmployeeNumber.number == digits).scalar_subquery()
            query = query.where(or_(AuditEntry.person_id == owner, AuditEntry.employee_id == owner))
        else:
            escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            pattern = f"%{escaped}%"
            query = query.where(
                or_(
                    func.lower(Employee.name).like(pattern, escape="\\"),
                    func.lower(actor_person.name).like(pattern, escape="\\"),
                )
            )
    rows = session.execute(query.order_by(AuditEntry.id.desc()).limit(limit))
    return [TrailRow(*row) for row in rows]


def list_own_trail(session: Session, employee_id: int, *, limit: int = 50) -> list[TrailRow]:
    """Return what was done to or by a person, newest first; for that very person."""
    query, _ = _entries()
    rows = session.execute(
        query.where(or_(AuditEntry.person_id == employee_id, AuditEntry.employee_id == employee_id))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [TrailRow(*row) for row in rows]


def list_readings(session: Session, employee_id: int, *, limit: int = 50) -> list[ReadingRow]:
    """Return who opened a person's record, newest first; for that very person."""
    rows = session.execute(
        select(ReadingNote.at, Employee.name, func.coalesce(OrganisationalUnit.name, ""), ReadingNote.page)
        .join(Employee, Employee.id == ReadingNote.reader_employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(ReadingNote.person_id == employee_id)
        .order_by(ReadingNote.id.desc())
        .limit(limit)
    )
    return [ReadingRow(*row) for row in rows]
