"""Who leads a unit and who is whose supervisor, on a day; acting holders count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from lms.people.models import Employee, Employment, EmploymentKind, OrganisationalUnit, Position
from lms.people.policies import employees_visible_to
from lms.people.queries.units import ancestor_ids

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

# Who stands in while the holder is away comes first, then the holder, then who acts in a vacant post.
_ORDER = {
    EmploymentKind.PLH: 0,
    EmploymentKind.DEFINITIVE: 1,
    EmploymentKind.PLT: 2,
    EmploymentKind.ADDITIONAL: 3,
}


@dataclass(frozen=True, slots=True)
class Head:
    """Who leads a unit on a day.

    Args:
        kind: definitive, Plt. or Plh.
    """

    employee_id: int
    public_id: str
    name: str
    title_before: str
    title_after: str
    unit_id: int
    position_name: str
    kind: EmploymentKind
    started_on: date
    ended_on: date | None


def _holders(session: Session, unit_ids: Collection[int], on: date) -> dict[int, list[Head]]:
    """Return everybody who holds the head's post of these units, the one in charge first."""
    if not unit_ids:
        return {}
    rows = session.execute(
        select(
            Employee.id,
            Employee.public_id,
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            Position.unit_id,
            Position.name,
            Employment.kind,
            Employment.started_on,
            Employment.ended_on,
        )
        .join(Employment, Employment.position_id == Position.id)
        .join(Employee, Employee.id == Employment.employee_id)
        .where(
            Position.is_head,
            Position.unit_id.in_(unit_ids),
            Employee.is_active,
            Employment.started_on <= on,
            or_(Employment.ended_on.is_(None), Employment.ended_on >= on),
        )
    )
    holders: dict[int, list[Head]] = {}
    for row in rows:
        holders.setdefault(row[5], []).append(Head(*tuple(row)))
    for found in holders.values():
        found.sort(key=lambda head: (_ORDER[head.kind], -head.started_on.toordinal(), head.employee_id))
    return holders


def heads_of_units(session: Session, unit_ids: Collection[int], *, on: date) -> dict[int, Head]:
    """Return who leads each of these units on a day; units without a head are absent. One statement."""
    return {unit_id: found[0] for unit_id, found in _holders(session, unit_ids, on).items()}


def heads_to_open(session: Session, actor: Actor, heads: Collection[Head]) -> set[int]:
    """Return those heads whose record the actor may open; an acting one may count in another unit."""
    ids = {head.employee_id for head in heads}
    if not ids:
        return set()
    return set(session.scalars(select(Employee.id).where(Employee.id.in_(ids), employees_visible_to(actor))))


def head_of_unit(session: Session, unit_id: int, on: date) -> Head | None:
    """Return who leads a unit on a day, or None.

    A Plh. comes before the holder, who is away; a Plt. leads where the post is vacant.
    """
    return heads_of_units(session, [unit_id], on=on).get(unit_id)


def supervisor_of(session: Session, employee_id: int, on: date) -> Head | None:
    """Return the direct supervisor on a day, or None when nobody stands above.

    The head of the unit of the main job; for whoever leads that unit, also while another stands in,
    the head of the unit above. Units without a head are passed over. Nobody is one's own supervisor.
    """
    unit_id = session.scalars(
        select(Employment.unit_id)
        .where(
            Employment.employee_id == employee_id,
            Employment.is_main,
            Employment.started_on <= on,
            or_(Employment.ended_on.is_(None), Employment.ended_on >= on),
        )
        .order_by(Employment.started_on.desc(), Employment.id.desc())
        .limit(1)
    ).first()
    if unit_id is None:
        return None
    path = session.scalars(select(OrganisationalUnit.path).where(OrganisationalUnit.id == unit_id)).one()
    upwards = ancestor_ids(path)
    holders = _holders(session, upwards, on)
    for step in upwards:
        found = holders.get(step, [])
        # Whoever holds the post, definitively or acting, answers to the unit above.
        if found and all(head.employee_id != employee_id for head in found):
            return found[0]
    return None
