"""Who is meant when many are enrolled together, and how far such a piece of work is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from lms.competencies.models import Competency, CompetencyRecord
from lms.competencies.rules import EVIDENCE_YEARS, valid_since
from lms.core.actor import Actor, Permission
from lms.core.orm import path_within
from lms.courses.models import BulkEnrolment, BulkEnrolmentRow, BulkState
from lms.people.models import Employee, EmployeeNumber, OrganisationalUnit, Position

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAX_PEOPLE = 20_000


@dataclass(frozen=True, slots=True)
class PeopleRule:
    """Who is meant, as a rule.

    Args:
        unit_path: the unit and everything below it.
        role_key: kind of position, empty for all.
        competency_id, below_level: only those who do not hold this level of the competency.
    """

    unit_path: str
    role_key: str = ""
    competency_id: int | None = None
    below_level: int | None = None


def people_of_rule(session: Session, actor: Actor, rule: PeopleRule, *, on: date, limit: int = MAX_PEOPLE) -> list[int]:
    """Return the active people whom a rule means, within the actor's scope, by name; one statement."""
    query = (
        select(Employee.id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .where(
            Employee.is_active.is_(True),
            Employee.id != (actor.employee_id or -1),
            path_within(OrganisationalUnit.path, [rule.unit_path]),
            path_within(OrganisationalUnit.path, actor.scope(Permission.ENROLMENT_MANAGE)),
        )
        .order_by(Employee.name, Employee.id)
        .limit(limit)
    )
    if rule.role_key:
        query = query.where(Position.role_key == rule.role_key)
    if rule.competency_id is not None and rule.below_level is not None:
        corrected = aliased(CompetencyRecord)
        query = query.where(
            ~select(CompetencyRecord.id)
            .where(
                CompetencyRecord.employee_id == Employee.id,
                CompetencyRecord.competency_id == rule.competency_id,
                CompetencyRecord.level >= rule.below_level,
                CompetencyRecord.is_void.is_(False),
                CompetencyRecord.assessed_on > valid_since(on, EVIDENCE_YEARS),
                ~select(corrected.id).where(corrected.corrects_id == CompetencyRecord.id).exists(),
            )
            .correlate(Employee)
            .exists()
        )
    return list(session.scalars(query))


def people_of_numbers(session: Session, actor: Actor, numbers: Collection[str], *, on: date) -> dict[str, int]:
    """Return active people in the actor's scope by their number in force; other numbers are absent."""
    found: dict[str, int] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), 500):
        rows = session.execute(
            select(EmployeeNumber.number, Employee.id)
            .join(Employee, Employee.id == EmployeeNumber.employee_id)
            .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .where(
                EmployeeNumber.number.in_(wanted[start : start + 500]),
                EmployeeNumber.valid_from_on <= on,
                or_(EmployeeNumber.valid_to_on.is_(None), EmployeeNumber.valid_to_on > on),
                Employee.is_active.is_(True),
                path_within(OrganisationalUnit.path, actor.scope(Permission.ENROLMENT_MANAGE)),
            )
        )
        found |= {row[0]: row[1] for row in rows}
    return found


def role_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (key, name) of the kinds of position within the actor's scope, by name."""
    rows = session.execute(
        select(Position.role_key, func.min(Position.name))
        .join(OrganisationalUnit, OrganisationalUnit.id == Position.unit_id)
        .where(
            Position.valid_to_on.is_(None),
            path_within(OrganisationalUnit.path, actor.scope(Permission.ENROLMENT_MANAGE)),
        )
        .group_by(Position.role_key)
        .order_by(func.min(Position.name))
        .limit(300)
    )
    return [(row[0], row[1]) for row in rows]


def competency_choices(session: Session) -> list[tuple[str, str]]:
    """Return (internal id as text, name) of all competencies by name."""
    rows = session.execute(select(Competency.id, Competency.name).order_by(Competency.name, Competency.id).limit(500))
    return [(str(row[0]), row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class BulkLine:
    """One person of an enrolment of many."""

    row_number: int
    name: str
    position: str
    unit: str
    outcome: str
    reason: str
    employee_id: int | None


def get_bulk(session: Session, offering_id: int, public_id: str) -> BulkEnrolment | None:
    """Return an enrolment of many into an offering; the caller has checked the right over the offering."""
    return session.scalars(
        select(BulkEnrolment).where(BulkEnrolment.public_id == public_id, BulkEnrolment.offering_id == offering_id)
    ).one_or_none()


def list_bulks(session: Session, offering_id: int, *, limit: int = 20) -> list[BulkEnrolment]:
    """Return the enrolments of many of an offering that were carried out, the latest first."""
    return list(
        session.scalars(
            select(BulkEnrolment)
            .where(BulkEnrolment.offering_id == offering_id, BulkEnrolment.state != BulkState.PREVIEW)
            .order_by(BulkEnrolment.id.desc())
            .limit(limit)
        )
    )


def count_outcomes(session: Session, bulk_id: int) -> dict[str, int]:
    """Return how many rows have each outcome."""
    rows = session.execute(
        select(BulkEnrolmentRow.outcome, func.count())
        .where(BulkEnrolmentRow.bulk_id == bulk_id)
        .group_by(BulkEnrolmentRow.outcome)
    )
    return {row[0]: row[1] for row in rows}


def list_bulk_lines(
    session: Session, bulk_id: int, *, outcome: str = "", offset: int = 0, limit: int = 50
) -> list[BulkLine]:
    """Return rows with names in the order of the list, those that cannot be done first; one statement."""
    query = (
        select(
            BulkEnrolmentRow.row_number,
            func.coalesce(Employee.name, BulkEnrolmentRow.label),
            func.coalesce(Position.name, ""),
            func.coalesce(OrganisationalUnit.name, ""),
            BulkEnrolmentRow.outcome,
            BulkEnrolmentRow.reason,
            BulkEnrolmentRow.employee_id,
        )
        .outerjoin(Employee, Employee.id == BulkEnrolmentRow.employee_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(BulkEnrolmentRow.bulk_id == bulk_id)
        .order_by(BulkEnrolmentRow.outcome.desc(), BulkEnrolmentRow.row_number)
        .offset(offset)
        .limit(limit)
    )
    if outcome:
        query = query.where(BulkEnrolmentRow.outcome == outcome)
    return [BulkLine(*row) for row in session.execute(query)]
