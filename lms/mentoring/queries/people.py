"""Reads about mentors and mentees: who may be paired, who suits, who stands above whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from lms.competencies.queries import competencies_by_id, list_proofs
from lms.competencies.rules import Evidence, held_level
from lms.core.actor import Actor, Permission, Role
from lms.core.clock import DEFAULT_ZONE
from lms.core.orm import path_within
from lms.identity.models import Account, AccountState, Grant
from lms.identity.queries.actor import grant_valid
from lms.mentoring.models import Pairing, PairingState
from lms.mentoring.rules import Fit, PairingRefusal, fit_order
from lms.people.models import (
    Employee,
    EmployeeStatus,
    Employment,
    OrganisationalUnit,
    PartnerOrganisation,
    Position,
)
from lms.people.queries import ancestor_ids

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

MANY_MENTORS = 200


@dataclass(frozen=True, slots=True)
class Person:
    """A person as mentoring pages name them."""

    id: int
    public_id: str
    name: str
    full_name: str
    status: EmployeeStatus
    position: str
    unit_id: int | None
    unit: str
    unit_path: str | None
    zone: str

    @property
    def initials(self) -> str:
        """Two letters for the round sign."""
        words = [word for word in self.name.split() if word[:1].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@dataclass(frozen=True, slots=True)
class MentorOption:
    """Somebody who may become the mentor of a mentee.

    Args:
        refusal: why not; None: may be chosen.
        before: the two were paired before.
    """

    person: Person
    fit: Fit
    refusal: PairingRefusal | None
    before: bool


def full_name(name: str, before: str, after: str) -> str:
    """Return a name with its titles."""
    front = f"{before} {name}" if before else name
    return f"{front}, {after}" if after else front


def _people() -> Any:
    return (
        select(
            Employee.id,
            Employee.public_id,
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            Employee.status,
            Position.name,
            Employee.unit_id,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            OrganisationalUnit.timezone,
        )
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
    )


def _person(row: Any) -> Person:
    return Person(
        row[0], row[1], row[2], full_name(row[2], row[3], row[4]), row[5], row[6] or "", row[7], row[8] or "",
        row[9], row[10] or DEFAULT_ZONE,
    )  # fmt: skip


def get_people(session: Session, employee_ids: Collection[int]) -> dict[int, Person]:
    """Return people by internal id."""
    rows = session.execute(_people().where(Employee.id.in_(set(employee_ids)))) if employee_ids else ()
    return {row[0]: _person(row) for row in rows}


def _mentee_in_reach(actor: Actor) -> ColumnElement[bool]:
    within = path_within(OrganisationalUnit.path, actor.scope(Permission.PAIRING_MANAGE))
    condition = within & Employee.is_active.is_(True) & (Employee.status != EmployeeStatus.EXTERNAL)
    return condition if actor.employee_id is None else condition & (Employee.id != actor.employee_id)


def find_mentees(session: Session, actor: Actor, text: str, *, limit: int = 20) -> list[Person]:
    """Return people whom the actor may pair, by words of name, position or unit."""
    query = _people().where(_mentee_in_reach(actor))
    for word in text.lower().split()[:6]:
        plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{plain}%"
        query = query.where(
            or_(
                func.lower(Employee.name).like(like, escape="\\"),
                func.lower(Position.name).like(like, escape="\\"),
                func.lower(OrganisationalUnit.name).like(like, escape="\\"),
            )
        )
    return [_person(row) for row in session.execute(query.order_by(Employee.name, Employee.id).limit(limit))]


def get_mentee(session: Session, actor: Actor, public_id: str) -> Person | None:
    """Return one person whom the actor may pair as a mentee, or None."""
    row = session.execute(_people().where(Employee.public_id == public_id, _mentee_in_reach(actor))).first()
    return None if row is None else _person(row)


def mentors_over(session: Session, unit_path: str | None, on: date) -> set[int]:
    """Return who holds the mentor's role over a unit on a day."""
    if unit_path is None:
        return set()
    return set(
        session.scalars(
            select(Account.employee_id)
            .join(Grant, Grant.account_id == Account.id)
            .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
            .join(Employee, Employee.id == Account.employee_id)
            .where(
                Grant.role == Role.MENTOR,
                grant_valid(on),
                Account.state == AccountState.ACTIVE,
                Employee.is_active.is_(True),
                func.substr(unit_path, 1, func.length(OrganisationalUnit.path)) == OrganisationalUnit.path,
            )
            .limit(MANY_MENTORS)
        )
    )


def leaders_of(session: Session, paths: Collection[str | None], on: date) -> dict[int, set[int]]:
    """Return everybody who leads a unit, also acting, for all units on these paths: unit id to employees."""
    unit_ids = {unit_id for path in paths if path for unit_id in ancestor_ids(path)}
    found: dict[int, set[int]] = {}
    if not unit_ids:
        return found
    rows = session.execute(
        select(Position.unit_id, Employment.employee_id)
        .join(Employment, Employment.position_id == Position.id)
        .where(
            Position.is_head,
            Position.unit_id.in_(unit_ids),
            Employment.started_on <= on,
            or_(Employment.ended_on.is_(None), Employment.ended_on >= on),
        )
    )
    for unit_id, employee_id in rows:
        found.setdefault(unit_id, set()).add(employee_id)
    return found


def leads(leaders: dict[int, set[int]], leader_id: int, person: Person) -> bool:
    """Return whether one person leads the unit of another or one above it."""
    if person.unit_path is None or leader_id == person.id:
        return False
    return any(leader_id in leaders.get(unit_id, ()) for unit_id in ancestor_ids(person.unit_path))


def in_reporting_line(session: Session, one: Person, other: Person, on: date) -> bool:
    """Return whether one of two people leads the other, directly or further up."""
    leaders = leaders_of(session, (one.unit_path, other.unit_path), on)
    return leads(leaders, one.id, other) or leads(leaders, other.id, one)


def level_of(session: Session, employee_id: int, competency_id: int, on: date) -> int | None:
    """Return the accepted level of a person in a competency on a day."""
    return levels_of(session, [employee_id], competency_id, on).get(employee_id)


def levels_of(session: Session, employee_ids: Collection[int], competency_id: int, on: date) -> dict[int, int]:
    """Return the accepted levels of some people in a competency on a day; people without one are absent."""
    proofs = list_proofs(session, sorted(employee_ids), on, limit=20_000)
    found: dict[int, int] = {}
    for (person, competency), rows in proofs.items():
        if competency == competency_id:
            held = held_level((Evidence(p.id, p.level, p.kind, p.assessed_on) for p in rows), on=on)
            if held.level is not None:
                found[person] = held.level
    return found


def _loads(session: Session, mentor_ids: Collection[int]) -> dict[int, int]:
    rows = session.execute(
        select(Pairing.mentor_id, func.count())
        .where(Pairing.mentor_id.in_(mentor_ids), Pairing.state == PairingState.ACTIVE)
        .group_by(Pairing.mentor_id)
    )
    return {row[0]: row[1] for row in rows}


def list_mentors(
    session: Session, mentee: Person, on: date, *, competency_id: int | None, goal_level: int | None
) -> list[MentorOption]:
    """Return the mentors over a mentee's unit: who may be chosen first, the best fit first.

    Six statements, whatever the number of mentors.
    """
    people = get_people(session, mentors_over(session, mentee.unit_path, on) - {mentee.id})
    if not people:
        return []
    leaders = leaders_of(session, {mentee.unit_path, *(p.unit_path for p in people.values())}, on)
    loads = _loads(session, list(people))
    levels = {} if competency_id is None else levels_of(session, list(people), competency_id, on)
    known: dict[int, set[PairingState]] = {}
    for mentor_id, state in session.execute(
        select(Pairing.mentor_id, Pairing.state).where(Pairing.mentee_id == mentee.id).limit(500)
    ):
        known.setdefault(mentor_id, set()).add(state)
    options = []
    for person in people.values():
        level = levels.get(person.id)
        refusal = None
        if leads(leaders, person.id, mentee) or leads(leaders, mentee.id, person):
            refusal = PairingRefusal.LINE
        elif PairingState.ACTIVE in known.get(person.id, ()):
            refusal = PairingRefusal.HELD
        elif level is not None and goal_level is not None and level < goal_level:
            refusal = PairingRefusal.LEVEL
        same = person.unit_id is not None and person.unit_id == mentee.unit_id
        fit = Fit(level, loads.get(person.id, 0), same)
        options.append(MentorOption(person, fit, refusal, PairingState.ENDED in known.get(person.id, ())))
    return sorted(
        options,
        key=lambda o: (o.refusal is not None, fit_order(o.fit, goal_level=goal_level), o.person.name),
    )


def get_mentor(session: Session, mentee: Person, public_id: str, on: date) -> Person | None:
    """Return one active holder of the mentor's role over the mentee's unit, or None."""
    row = session.execute(_people().where(Employee.public_id == public_id)).first()
    if row is None or row[0] not in mentors_over(session, mentee.unit_path, on):
        return None
    return _person(row)


def partner_names(session: Session, employee_ids: Collection[int]) -> dict[int, str]:
    """Return the partner organisation of external people."""
    rows = session.execute(
        select(Employee.id, PartnerOrganisation.name)
        .join(PartnerOrganisation, PartnerOrganisation.id == Employee.partner_id)
        .where(Employee.id.in_(set(employee_ids)))
    )
    return {row[0]: row[1] for row in rows}


def competency_name(session: Session, competency_id: int | None) -> str:
    """Return the name of a competency, empty without one."""
    if competency_id is None:
        return ""
    found = competencies_by_id(session, [competency_id]).get(competency_id)
    return "" if found is None else found.name
