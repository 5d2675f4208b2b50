"""Reads of personnel imports and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from lms.core.orm import path_within
from lms.people.models import (
    ASN,
    Employee,
    ImportAction,
    ImportState,
    OrganisationalUnit,
    PersonnelImport,
    PersonnelImportRow,
)
from lms.people.policies import imports_visible_to

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

ImportRow = PersonnelImportRow


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """One import in the list."""

    public_id: str
    file_name: str
    state: ImportState
    created_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    row_count: int
    counts: dict[str, Any]
    unit_name: str | None
    imported_by: str | None


def list_imports(session: Session, actor: Actor, *, limit: int = 25, offset: int = 0) -> list[ImportSummary]:
    """Return the visible imports, the newest first, in one statement."""
    rows = session.execute(
        select(
            PersonnelImport.public_id,
            PersonnelImport.file_name,
            PersonnelImport.state,
            PersonnelImport.created_at,
            PersonnelImport.applied_at,
            PersonnelImport.undone_at,
            PersonnelImport.row_count,
            PersonnelImport.counts,
            OrganisationalUnit.name,
            Employee.name,
        )
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == PersonnelImport.unit_id)
        .outerjoin(Employee, Employee.id == PersonnelImport.imported_by_id)
        .where(imports_visible_to(actor))
        .order_by(PersonnelImport.id.desc())
        .limit(min(limit, 101))
        .offset(offset)
    )
    return [ImportSummary(*row) for row in rows]


def get_import(session: Session, actor: Actor, public_id: str, *, lock: bool = False) -> PersonnelImport | None:
    """Return one visible import, or None; `lock` holds its row until commit and reads it afresh."""
    query = select(PersonnelImport).where(PersonnelImport.public_id == public_id, imports_visible_to(actor))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def list_import_rows(
    session: Session, import_id: int, action: ImportAction, *, after_row: int | None = None, limit: int = 50
) -> list[PersonnelImportRow]:
    """Return rows of one kind in the order of the file; the caller has seen the import."""
    query = select(PersonnelImportRow).where(
        PersonnelImportRow.import_id == import_id, PersonnelImportRow.action == action
    )
    if after_row is not None:
        query = query.where(PersonnelImportRow.row_number > after_row)
    return list(session.scalars(query.order_by(PersonnelImportRow.row_number, PersonnelImportRow.id).limit(limit)))


def import_people_count(session: Session, unit_path: str) -> int:
    """Return how many active ASN count in a subtree: the people whom a complete file would list."""
    return int(
        session.scalar(
            select(func.count())
            .select_from(Employee)
            .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .where(
                Employee.is_active,
                Employee.status.in_(ASN),
                path_within(OrganisationalUnit.path, [unit_path]),
            )
        )
        or 0
    )
