"""Reads of the unit tree: nodes, children, subtrees, labels, positions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from lms.core.actor import Permission
from lms.core.orm import path_within
from lms.people.models import Employee, OrganisationalUnit, Position, UnitKind
from lms.people.policies import units_visible_to

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

MAX_NODES = 500
Unit = OrganisationalUnit


@dataclass(frozen=True, slots=True)
class UnitLabel:
    """What other pages need of a unit."""

    id: int
    public_id: str
    code: str
    name: str
    kind: UnitKind
    path: str
    parent_id: int | None
    timezone: str


@dataclass(frozen=True, slots=True)
class UnitNode:
    """A unit in the tree with its active people: its own and those of the whole subtree."""

    id: int
    public_id: str
    code: str
    name: str
    kind: UnitKind
    path: str
    parent_id: int | None
    people: int
    people_below: int
    children: int


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit to choose in a form; `depth` 0 is the top of what the actor may choose."""

    id: int
    public_id: str
    name: str
    path: str
    depth: int


@dataclass(frozen=True, slots=True)
class PositionChoice:
    """A position to choose in a form."""

    id: int
    public_id: str
    name: str
    unit_id: int
    is_head: bool


def _valid(on: date | None) -> ColumnElement[bool]:
    if on is None:
        return Unit.id.is_not(None)
    return (Unit.valid_from_on <= on) & or_(Unit.valid_to_on.is_(None), Unit.valid_to_on > on)


def root_unit(session: Session) -> OrganisationalUnit | None:
    """Return the top of the one unit tree, or None in an empty installation."""
    return session.scalars(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)).first()


def get_unit(
    session: Session, actor: Actor, public_id: str, *, permission: Permission = Permission.PEOPLE_VIEW
) -> OrganisationalUnit | None:
    """Return a unit within the actor's scope of the permission, or None."""
    return session.scalars(
        select(Unit).where(Unit.public_id == public_id, units_visible_to(actor, permission))
    ).one_or_none()


def unit_by_code(session: Session, code: str) -> OrganisationalUnit | None:
    """Return the unit with this code, or None; for commands, which act as the system."""
    return session.scalars(select(Unit).where(Unit.code == code)).one_or_none()


def scope_root(session: Session, actor: Actor, permission: Permission) -> OrganisationalUnit | None:
    """Return the topmost unit over which the actor holds a permission, or None."""
    query = select(Unit).where(units_visible_to(actor, permission))
    return session.scalars(query.order_by(func.length(Unit.path), Unit.path).limit(1)).first()


def subtree_ids(session: Session, unit_id: int) -> set[int]:
    """Return the ids of a unit and of all units below it."""
    path = select(Unit.path).where(Unit.id == unit_id).scalar_subquery()
    return set(session.scalars(select(Unit.id).where(Unit.path.like(path.concat("%")))))


def ancestor_ids(path: str) -> list[int]:
    """Return the ids in a path from the unit itself up to the root."""
    return [int(part) for part in reversed(path.strip("/").split("/")) if part]


def unit_children(session: Session, unit_id: int, *, on: date | None = None) -> list[UnitLabel]:
    """Return the units directly below, by name."""
    query = select(Unit).where(Unit.parent_id == unit_id, _valid(on)).order_by(Unit.name, Unit.id)
    return [_label(unit) for unit in session.scalars(query.limit(MAX_NODES))]


def unit_labels(session: Session, unit_ids: Collection[int]) -> dict[int, UnitLabel]:
    """Return labels by unit id in one statement."""
    if not unit_ids:
        return {}
    return {unit.id: _label(unit) for unit in session.scalars(select(Unit).where(Unit.id.in_(unit_ids)))}


def _label(unit: OrganisationalUnit) -> UnitLabel:
    return UnitLabel(unit.id, unit.public_id, unit.code, unit.name, unit.kind, unit.path, unit.parent_id, unit.timezone)


def unit_nodes(session: Session, unit: OrganisationalUnit, *, on: date) -> list[UnitNode]:
    """Return a unit and its children with counts of active people, the unit first; two statements."""
    own = (
        select(Employee.unit_id, func.count().label("people"))
        .join(Unit, Unit.id == Employee.unit_id)
        .where(Employee.is_active, path_within(Unit.path, [unit.path]))
        .group_by(Employee.unit_id)
    )
    counts = {unit_id: people for unit_id, people in session.execute(own) if unit_id is not None}
    rows = session.execute(
        select(Unit.id, Unit.public_id, Unit.code, Unit.name, Unit.kind, Unit.path, Unit.parent_id)
        .where(path_within(Unit.path, [unit.path]), _valid(on))
        .order_by(Unit.name, Unit.id)
    ).all()
    below: dict[int, int] = {}
    children: dict[int, int] = {}
    for row in rows:
        children[row.parent_id or 0] = children.get(row.parent_id or 0, 0) + 1
        for ancestor in ancestor_ids(row.path):
            below[ancestor] = below.get(ancestor, 0) + counts.get(row.id, 0)
    shown = [row for row in rows if row.id == unit.id] + [row for row in rows if row.parent_id == unit.id]
    return [
        UnitNode(
            id=row.id,
            public_id=row.public_id,
            code=row.code,
            name=row.name,
            kind=row.kind,
            path=row.path,
            parent_id=row.parent_id,
            people=counts.get(row.id, 0),
            people_below=below.get(row.id, 0),
            children=children.get(row.id, 0),
        )
        for row in shown[: MAX_NODES + 1]
    ]


def list_unit_choices(
    session: Session, actor: Actor, permission: Permission, *, on: date | None = None, limit: int = MAX_NODES
) -> list[UnitChoice]:
    """Return the units that the actor may choose, each under the unit above it."""
    rows = session.execute(
        select(Unit.id, Unit.public_id, Unit.name, Unit.path, Unit.parent_id)
        .where(units_visible_to(actor, permission), _valid(on))
        .order_by(func.length(Unit.path), Unit.name, Unit.id)
        .limit(limit)
    ).all()
    by_parent: dict[int | None, list[int]] = {}
    by_id = {row.id: row for row in rows}
    for row in rows:
        by_parent.setdefault(row.parent_id if row.parent_id in by_id else None, []).append(row.id)
    choices: list[UnitChoice] = []
    stack = [(unit_id, 0) for unit_id in reversed(by_parent.get(None, []))]
    while stack:
        unit_id, depth = stack.pop()
        row = by_id[unit_id]
        choices.append(UnitChoice(row.id, row.public_id, row.name, row.path, depth))
        stack.extend((child, depth + 1) for child in reversed(by_parent.get(unit_id, [])))
    return choices


def list_unit_positions(session: Session, unit_id: int, *, on: date) -> list[PositionChoice]:
    """Return the positions of a unit that exist on a day, the head first."""
    rows = session.execute(
        select(Position.id, Position.public_id, Position.name, Position.unit_id, Position.is_head)
        .where(
            Position.unit_id == unit_id,
            Position.valid_from_on <= on,
            or_(Position.valid_to_on.is_(None), Position.valid_to_on > on),
        )
        .order_by(Position.is_head.desc(), Position.name, Position.id)
        .limit(MAX_NODES)
    )
    return [PositionChoice(*row) for row in rows]


def get_position(session: Session, actor: Actor, public_id: str, permission: Permission) -> Position | None:
    """Return a position in a unit within the actor's scope of the permission, or None."""
    unit = aliased(OrganisationalUnit)
    return session.scalars(
        select(Position)
        .join(unit, unit.id == Position.unit_id)
        .where(Position.public_id == public_id, path_within(unit.path, actor.scope(permission)))
    ).one_or_none()
