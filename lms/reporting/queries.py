"""Reads of reports: units in scope, the gap map, JP over the tree, the state of a region."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from lms.competencies.queries import (
    EVERYTHING,
    CompetencyRow,
    GapCell,
    GapFilter,
    GapTotals,
    competencies_by_id,
    gap_cells_and_totals,
    gap_totals,
)
from lms.core.orm import path_within
from lms.courses.queries.jp import JpUnitRow, jp_by_unit
from lms.people.models import OrganisationalUnit
from lms.reporting.rules import NOBODY, Counts, Line, Node, by_need, roll_up, total

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor, Permission

MAX_NODES = 2000
# Sums over a subtree need each of its units; the whole country has 17,000.
MAX_UNITS = 40_000


def _node(unit: OrganisationalUnit) -> Node:
    return Node(unit.id, unit.code, unit.name, unit.path, unit.parent_id)


def get_node(session: Session, actor: Actor, permission: Permission, code: str) -> Node | None:
    """Return the unit of a report within the actor's scope; without a code the topmost one, or None."""
    query = select(OrganisationalUnit).where(path_within(OrganisationalUnit.path, actor.scope(permission)))
    if code:
        query = query.where(OrganisationalUnit.code == code)
    else:
        query = query.order_by(func.length(OrganisationalUnit.path), OrganisationalUnit.path).limit(1)
    unit = session.scalars(query).first()
    return None if unit is None else _node(unit)


def list_tops(session: Session, actor: Actor, permission: Permission) -> list[Node]:
    """Return the units in which the actor's scopes begin, for the switch of units."""
    scopes = actor.scope(permission)
    if "/" in scopes:
        query = select(OrganisationalUnit).where(OrganisationalUnit.parent_id.is_(None))
    else:
        query = select(OrganisationalUnit).where(OrganisationalUnit.path.in_(scopes))
    return [_node(unit) for unit in session.scalars(query.order_by(OrganisationalUnit.path).limit(50))]


def list_parents(session: Session, actor: Actor, permission: Permission, node: Node) -> list[Node]:
    """Return the units above one that the actor may open too, the highest first; for the way back."""
    ids = [int(part) for part in node.path.strip("/").split("/")][:-1]
    query = (
        select(OrganisationalUnit)
        .where(OrganisationalUnit.id.in_(ids), path_within(OrganisationalUnit.path, actor.scope(permission)))
        .order_by(func.length(OrganisationalUnit.path))
    )
    return [_node(unit) for unit in session.scalars(query)]


def list_nodes(session: Session, root: Node, *, on: date) -> list[Node]:
    """Return a unit and all units below it that exist on a day, by code; at most MAX_NODES, the highest first.

    A whole country has more units than that: then the lowest ones are left out, and their people are counted
    with the nearest unit above them.
    """
    depth = func.length(OrganisationalUnit.path) - func.length(func.replace(OrganisationalUnit.path, "/", ""))
    query = (
        select(OrganisationalUnit)
        .where(
            path_within(OrganisationalUnit.path, [root.path]),
            OrganisationalUnit.valid_from_on <= on,
            or_(OrganisationalUnit.valid_to_on.is_(None), OrganisationalUnit.valid_to_on > on),
        )
        .order_by(depth, OrganisationalUnit.code, OrganisationalUnit.id)
        .limit(MAX_NODES)
    )
    found = sorted((_node(unit) for unit in session.scalars(query)), key=lambda node: (node.code, node.id))
    return found if any(node.id == root.id for node in found) else [root, *found]


@dataclass(frozen=True, slots=True)
class Pair:
    """One unit and one competency in the list that stands beside the map."""

    node: Node
    own: bool
    competency: CompetencyRow
    counts: Counts


@dataclass(frozen=True, slots=True)
class GapMap:
    """The map of a subtree.

    Args:
        columns: competencies that somebody there must hold.
        lines: rows; totals: by competency id.
        pairs: the same numbers as a list, largest share first; without those too small to show.
        people: of the subtree, each counted once.
    """

    root: Node
    columns: list[CompetencyRow]
    lines: list[Line]
    totals: dict[int, Counts]
    pairs: list[Pair]
    people: GapTotals

    @property
    def whole(self) -> Counts:
        """All pairs of person and competency together."""
        return total(self.totals.values())

    @property
    def worst(self) -> CompetencyRow | None:
        """The competency with the largest share below the standard."""
        shown = [c for c in self.columns if self.totals[c.id].assessed and not self.totals[c.id].is_small]
        return min(shown, key=lambda c: by_need(self.totals[c.id]), default=None)


def gap_map(session: Session, root: Node, on: date, narrow: GapFilter, *, opened: str = "") -> GapMap:
    """Return the map of a unit as of a day: four statements, whatever the number of units."""
    # Cells are always those of the whole subtree; the people are those asked for.
    cells, people = gap_cells_and_totals(session, root.path, on, replace(narrow, own_only=False))
    if narrow.own_only:
        people = gap_totals(session, root.path, on, narrow)
    nodes = list_nodes(session, root, on=on)
    counted = _counts(cells, nodes)
    rows = competencies_by_id(session, sorted({cell.competency_id for cell in cells}))
    columns = sorted(rows.values(), key=lambda row: (row.order, row.id))
    lines, totals = roll_up(root, nodes, counted, opened=opened)
    pairs = [
        Pair(line.node, line.own, column, counts)
        for line in lines
        if line.depth == 0
        for column in columns
        if (counts := line.cells.get(column.id, NOBODY)).assessed and not counts.is_small
    ]
    pairs.sort(key=lambda pair: (*by_need(pair.counts), pair.node.code, pair.competency.code))
    return GapMap(root, columns, lines, totals, pairs, people)


def _counts(cells: list[GapCell], nodes: list[Node]) -> dict[tuple[int, int], Counts]:
    """Return counts by unit and competency; people of a closed unit go to the nearest shown above it."""
    shown = {node.id for node in nodes}
    found: dict[tuple[int, int], Counts] = {}
    for cell in cells:
        unit = cell.unit_id
        if unit not in shown:
            above = [int(part) for part in reversed(cell.unit_path.strip("/").split("/"))]
            unit = next((one for one in above if one in shown), unit)
        key = (unit, cell.competency_id)
        counts = Counts(cell.people, cell.meets, cell.below, cell.no_evidence)
        held = found.get(key)
        found[key] = counts if held is None else held + counts
    return found


@dataclass(frozen=True, slots=True)
class JpLine:
    """JP of one unit with all units below it, or of its own people."""

    node: Node
    own: bool
    has_children: bool
    people: int
    with_duty: int
    met: int
    target_jp: int
    credited_jp: int
    other_credited_jp: int

    @property
    def below(self) -> int:
        """People with a duty who do not have it yet."""
        return self.with_duty - self.met

    @property
    def share(self) -> float | None:
        """Share of the people with a duty who have met it."""
        return self.met / self.with_duty if self.with_duty else None


def jp_lines(session: Session, root: Node, *, year: int, on: date) -> tuple[list[JpLine], JpLine]:
    """Return JP attainment of the units directly below one, and the total; each person counts once."""
    rows = jp_by_unit(session, unit_paths=[root.path], year=year, limit=MAX_UNITS)
    nodes = list_nodes(session, root, on=on)
    below = [node for node in nodes if node.parent_id == root.id]
    lines = []
    own = [row for row in rows if not any(row.unit_path.startswith(node.path) for node in below)]
    if own:
        lines.append(_jp_line(root, own, own=True, has_children=False))
    for node in below:
        inside = [row for row in rows if row.unit_path.startswith(node.path)]
        has_children = any(one.parent_id == node.id for one in nodes)
        lines.append(_jp_line(node, inside, own=False, has_children=has_children))
    return lines, _jp_line(root, rows, own=False, has_children=bool(below))


def _jp_line(node: Node, rows: list[JpUnitRow], *, own: bool, has_children: bool) -> JpLine:
    return JpLine(
        node,
        own,
        has_children,
        people=sum(row.people for row in rows),
        with_duty=sum(row.with_duty for row in rows),
        met=sum(row.met for row in rows),
        target_jp=sum(row.target_jp for row in rows),
        credited_jp=sum(row.credited_jp for row in rows),
        other_credited_jp=sum(row.other_credited_jp for row in rows),
    )


@dataclass(frozen=True, slots=True)
class RegionState:
    """A few numbers of a subtree for the home page."""

    node: Node
    gaps: GapTotals
    with_duty: int
    met_jp: int
    worst: tuple[Pair, ...]

    @property
    def share_meeting(self) -> float | None:
        """Share of the assessments that meet the standard."""
        return self.gaps.pairs_meeting / self.gaps.pairs_assessed if self.gaps.pairs_assessed else None

    @property
    def coverage(self) -> float | None:
        """Share of the pairs of person and competency that hold valid evidence."""
        return self.gaps.pairs_assessed / self.gaps.pairs if self.gaps.pairs else None

    @property
    def share_jp(self) -> float | None:
        """Share of the people with a duty who have met it."""
        return self.met_jp / self.with_duty if self.with_duty else None


def region_state(session: Session, node: Node, *, on: date) -> RegionState:
    """Return the state of a subtree with its three largest gaps; six statements."""
    shown = gap_map(session, node, on, EVERYTHING)
    rows = jp_by_unit(session, unit_paths=[node.path], year=on.year, limit=MAX_UNITS)
    return RegionState(
        node,
        shown.people,
        with_duty=sum(row.with_duty for row in rows),
        met_jp=sum(row.met for row in rows),
        worst=tuple(pair for pair in shown.pairs if pair.counts.below)[:3],
    )
