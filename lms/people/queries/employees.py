"""Reads of people, their numbers, jobs and readers; always within what the actor may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from lms.core.audit import ReadingNote
from lms.core.orm import path_within
from lms.people.models import (
    Employee,
    EmployeeNumber,
    EmployeeStatus,
    Employment,
    EmploymentKind,
    OrganisationalUnit,
    PartnerOrganisation,
    Position,
    PositionKind,
)
from lms.people.policies import can_edit_employee, can_see_number, employees_editable_by, employees_visible_to
from lms.people.rules.names import full_name
from lms.people.rules.numbers import masked_number, normalised_number, printed_number

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

MAX_ROWS = 100
MAX_EXPORT_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class EmployeeFilter:
    """Filters of the list, as the address carries them; no number is among them.

    Args:
        words: each must stand in the person's or the unit's name.
        unit_path: subtree; empty for all that is visible.
        state: `active`, `left` or `all`.
    """

    words: tuple[str, ...] = ()
    unit_path: str = ""
    status: EmployeeStatus | None = None
    kind: PositionKind | None = None
    state: str = "active"


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """One person in a list; `number` is whole or masked, as the actor may see it."""

    id: int
    public_id: str
    name: str
    full_name: str
    number: str
    status: EmployeeStatus
    rank_name: str | None
    position: str | None
    unit: str | None
    unit_public_id: str | None
    is_active: bool
    email: str | None = None
    phone: str | None = None
    education: str | None = None
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job of a person."""

    public_id: str
    position: str
    unit: str
    kind: EmploymentKind
    is_main: bool
    started_on: date
    ended_on: date | None
    decree: str


@dataclass(frozen=True, slots=True)
class EmployeeProfile:
    """One person's record with what the actor may see of it."""

    employee: Employee
    full_name: str
    number: str
    number_is_whole: bool
    may_edit: bool
    position: Position | None
    unit: OrganisationalUnit | None
    partner: str | None
    former_numbers: tuple[tuple[str, date, date | None], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class PersonLabel:
    """What other features need to name a person."""

    id: int
    public_id: str
    name: str
    full_name: str
    unit_id: int | None
    position: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """Who opened a record, when, and on which page."""

    name: str
    at: datetime
    page: str


def get_employee(session: Session, actor: Actor, public_id: str, *, lock: bool = False) -> Employee | None:
    """Return one visible person with unit and position, or None.

    Args:
        lock: hold the person's row until commit and read it afresh.
    """
    query = (
        select(Employee)
        .where(Employee.public_id == public_id, employees_visible_to(actor))
        .options(joinedload(Employee.unit), joinedload(Employee.position))
    )
    if lock:
        query = query.with_for_update(of=Employee).execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def find_by_number(session: Session, number: str, on: date) -> Employee | None:
    """Return who holds a number on a day, or None; spaces and dots do not matter. For log-in."""
    return session.scalars(
        select(Employee)
        .join(EmployeeNumber, EmployeeNumber.employee_id == Employee.id)
        .where(
            EmployeeNumber.number == normalised_number(number),
            EmployeeNumber.valid_from_on <= on,
            or_(EmployeeNumber.valid_to_on.is_(None), EmployeeNumber.valid_to_on > on),
        )
    ).one_or_none()


def find_visible_by_number(session: Session, actor: Actor, number: str) -> Employee | None:
    """Return the person whom the actor may edit or is, by the whole number, present or former; or None.

    Who only sees masked numbers cannot try numbers out: for them nobody is found.
    """
    mine = Employee.id == actor.employee_id if actor.employee_id is not None else Employee.id.is_(None)
    return session.scalars(
        select(Employee)
        .join(EmployeeNumber, EmployeeNumber.employee_id == Employee.id)
        .where(EmployeeNumber.number == normalised_number(number), or_(mine, employees_editable_by(actor)))
        .where(employees_visible_to(actor))
    ).one_or_none()


def current_number(session: Session, employee_id: int) -> str | None:
    """Return the number in force, or None."""
    return session.scalars(
        select(EmployeeNumber.number).where(
            EmployeeNumber.employee_id == employee_id, EmployeeNumber.valid_to_on.is_(None)
        )
    ).one_or_none()


def _conditions(actor: Actor, wanted: EmployeeFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [employees_visible_to(actor)]
    conditions.extend(
        or_(
            Employee.name.icontains(word, autoescape=True),
            OrganisationalUnit.name.icontains(word, autoescape=True),
        )
        for word in wanted.words
    )
    if wanted.unit_path:
        conditions.append(path_within(OrganisationalUnit.path, [wanted.unit_path]))
    if wanted.status is not None:
        conditions.append(Employee.status == wanted.status)
    if wanted.kind is not None:
        conditions.append(Position.kind == wanted.kind)
    if wanted.state != "all":
        conditions.append(Employee.is_active.is_(wanted.state != "left"))
    return conditions


def _joined(query: Any) -> Any:
    return query.outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id).outerjoin(
        Position, Position.id == Employee.position_id
    )


def count_employees(session: Session, actor: Actor, wanted: EmployeeFilter) -> int:
    """Return how many visible people the filters leave."""
    query = _joined(select(func.count()).select_from(Employee))
    return int(session.scalar(query.where(*_conditions(actor, wanted))) or 0)


def list_employees(
    session: Session, actor: Actor, wanted: EmployeeFilter, *, limit: int = 25, after: str | None = None
) -> list[EmployeeRow]:
    """Return visible people by name, in one statement (two with a cursor).

    Args:
        limit: at most 100 on a page; exports pass up to 20,000.
        after: public id of the last person of the page before.
    """
    editable = employees_editable_by(actor)
    own = Employee.id == actor.employee_id if actor.employee_id is not None else Employee.id.is_(None)
    query = (
        _joined(
            select(
                Employee.id,
                Employee.public_id,
                Employee.name,
                Employee.title_before,
                Employee.title_after,
                EmployeeNumber.number,
                or_(own, editable),
                Employee.status,
                Employee.rank_name,
                Position.name,
                OrganisationalUnit.name,
                OrganisationalUnit.public_id,
                Employee.is_active,
                Employee.email,
                Employee.phone,
                Employee.education,
                OrganisationalUnit.code,
            )
        )
        .outerjoin(
            EmployeeNumber,
            and_(EmployeeNumber.employee_id == Employee.id, EmployeeNumber.valid_to_on.is_(None)),
        )
        .where(*_conditions(actor, wanted))
        .order_by(Employee.name, Employee.id)
        .limit(limit)
    )
    if after:
        mark = session.execute(
            select(Employee.name, Employee.id).where(Employee.public_id == after, employees_visible_to(actor))
        ).one_or_none()
        if mark is not None:
            query = query.where(or_(Employee.name > mark.name, and_(Employee.name == mark.name, Employee.id > mark.id)))
    return [
        EmployeeRow(
            id=row[0],
            public_id=row[1],
            name=row[2],
            full_name=full_name(row[2], before=row[3], after=row[4]),
            number=printed_number(row[5]) if row[6] else masked_number(row[5]),
            status=row[7],
            rank_name=row[8],
            position=row[9],
            unit=row[10],
            unit_public_id=row[11],
            is_active=row[12],
            email=row[13],
            phone=row[14],
            education=row[15],
            unit_code=row[16],
        )
        for row in session.execute(query)
    ]


def get_profile(session: Session, actor: Actor, public_id: str) -> EmployeeProfile | None:
    """Return one visible person's record, or None; three statements at most."""
    employee = get_employee(session, actor, public_id)
    if employee is None:
        return None
    path = employee.unit.path if employee.unit is not None else None
    whole = can_see_number(actor, employee, unit_path=path)
    numbers = list(
        session.scalars(
            select(EmployeeNumber)
            .where(EmployeeNumber.employee_id == employee.id)
            .order_by(EmployeeNumber.valid_from_on.desc(), EmployeeNumber.id.desc())
        )
    )
    show = printed_number if whole else masked_number
    present = next((row.number for row in numbers if row.valid_to_on is None), None)
    partner = None
    if employee.partner_id is not None:
        partner = session.scalar(select(PartnerOrganisation.name).where(PartnerOrganisation.id == employee.partner_id))
    return EmployeeProfile(
        employee=employee,
        full_name=full_name(employee.name, before=employee.title_before, after=employee.title_after),
        number=show(present),
        number_is_whole=whole,
        may_edit=can_edit_employee(actor, employee, unit_path=path),
        position=employee.position,
        unit=employee.unit,
        partner=partner,
        former_numbers=tuple(
            (show(row.number), row.valid_from_on, row.valid_to_on) for row in numbers if row.valid_to_on is not None
        ),
    )


def list_jobs(session: Session, employee_id: int, *, limit: int = 60) -> list[JobRow]:
    """Return a person's jobs, the latest first; the caller has seen the person."""
    unit = aliased(OrganisationalUnit)
    rows = session.execute(
        select(
            Employment.public_id,
            Position.name,
            unit.name,
            Employment.kind,
            Employment.is_main,
            Employment.started_on,
            Employment.ended_on,
            Employment.decree,
        )
        .join(Position, Position.id == Employment.position_id)
        .join(unit, unit.id == Employment.unit_id)
        .where(Employment.employee_id == employee_id)
        .order_by(Employment.started_on.desc(), Employment.is_main.desc(), Employment.id.desc())
        .limit(limit)
    )
    return [JobRow(*row) for row in rows]


def list_readers(session: Session, employee_id: int, *, limit: int = 10) -> list[ReaderRow]:
    """Return who last opened a person's record; shown to the person and to those who check access."""
    rows = session.execute(
        select(Employee.name, ReadingNote.at, ReadingNote.page)
        .join(Employee, Employee.id == ReadingNote.reader_employee_id)
        .where(ReadingNote.person_id == employee_id)
        .order_by(ReadingNote.id.desc())
        .limit(limit)
    )
    return [ReaderRow(*row) for row in rows]


def employee_labels(session: Session, employee_ids: Collection[int]) -> dict[int, PersonLabel]:
    """Return names by employee id in one statement; the caller has decided who may see them."""
    if not employee_ids:
        return {}
    rows = session.execute(
        select(
            Employee.id,
            Employee.public_id,
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            Employee.unit_id,
            Position.name,
            OrganisationalUnit.name,
        )
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .where(Employee.id.in_(employee_ids))
    )
    return {
        row[0]: PersonLabel(
            row[0], row[1], row[2], full_name(row[2], before=row[3], after=row[4]), row[5], row[6], row[7]
        )
        for row in rows
    }
