"""Rules of reports: adding up cells over a tree, shares, shades, order by need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SMALLEST_GROUP = 3  # fewer people assessed give no percentage: it would point at persons (proposal)


@dataclass(frozen=True, slots=True)
class Counts:
    """People of a cell; meets + below + no_evidence = people."""

    people: int = 0
    meets: int = 0
    below: int = 0
    no_evidence: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return both together."""
        return Counts(
            self.people + other.people,
            self.meets + other.meets,
            self.below + other.below,
            self.no_evidence + other.no_evidence,
        )

    @property
    def assessed(self) -> int:
        """People with valid evidence: the divisor of every share."""
        return self.meets + self.below

    @property
    def share(self) -> float | None:
        """Share below the standard among the assessed; None when nobody is."""
        return self.below / self.assessed if self.assessed else None

    @property
    def is_small(self) -> bool:
        """Whether too few are assessed to show a share."""
        return 0 < self.assessed < SMALLEST_GROUP


NOBODY = Counts()


@dataclass(frozen=True, slots=True)
class Node:
    """A unit of the tree as a report needs it."""

    id: int
    code: str
    name: str
    path: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a map.

    Args:
        node: the unit; `own` when only its own people are meant, not those of units below.
        depth: 0 for units below the root, 1 for those below an opened one.
        cells: counts by competency id.
    """

    node: Node
    own: bool
    depth: int
    has_children: bool
    is_open: bool
    cells: dict[int, Counts]


def total(cells: Iterable[Counts]) -> Counts:
    """Return the sum."""
    found = NOBODY
    for cell in cells:
        found += cell
    return found


def roll_up(
    root: Node, nodes: Sequence[Node], cells: dict[tuple[int, int], Counts], *, opened: str = ""
) -> tuple[list[Line], dict[int, Counts]]:
    """Return the rows below a unit and the totals, from cells of single units.

    Args:
        nodes: the root and all units below it, in the order in which they are shown.
        cells: counts by (unit id, competency id), of the units' own people.
        opened: code of the unit whose own rows are shown below it.

    Returns: the root's own people first when there are any, then each unit below it with everything in it;
        totals by competency equal the sum of the rows of depth 0.
    """
    children: dict[int | None, list[Node]] = {}
    for node in nodes:
        if node.id != root.id:
            children.setdefault(node.parent_id, []).append(node)
    sums = _sums(nodes, cells)
    lines: list[Line] = []
    _add(root, lines, children=children, sums=sums, cells=cells, depth=0, opened=opened)
    return lines, sums.get(root.id, {})


def _add(
    parent: Node,
    lines: list[Line],
    *,
    children: dict[int | None, list[Node]],
    sums: dict[int, dict[int, Counts]],
    cells: dict[tuple[int, int], Counts],
    depth: int,
    opened: str,
) -> None:
    own = {competency: counts for (unit, competency), counts in cells.items() if unit == parent.id}
    if own:
        lines.append(Line(parent, own=True, depth=depth, has_children=False, is_open=False, cells=own))
    for node in children.get(parent.id, []):
        below = bool(children.get(node.id))
        is_open = below and depth == 0 and node.code == opened
        lines.append(Line(node, own=False, depth=depth, has_children=below, is_open=is_open, cells=sums[node.id]))
        if is_open:
            _add(node, lines, children=children, sums=sums, cells=cells, depth=depth + 1, opened=opened)


def _sums(nodes: Sequence[Node], cells: dict[tuple[int, int], Counts]) -> dict[int, dict[int, Counts]]:
    """Return for each unit what it and all units below it hold; each cell is added once per unit above it."""
    above = {node.id: [int(part) for part in node.path.strip("/").split("/")] for node in nodes}
    # Four plain numbers each while they are added: a map has thousands of sums.
    sums: dict[int, dict[int, list[int]]] = {node.id: {} for node in nodes}
    for (unit, competency), counts in cells.items():
        for ancestor in above.get(unit, ()):
            held = sums.get(ancestor)
            if held is None:
                continue
            adding = held.get(competency)
            if adding is None:
                held[competency] = [counts.people, counts.meets, counts.below, counts.no_evidence]
            else:
                adding[0] += counts.people
                adding[1] += counts.meets
                adding[2] += counts.below
                adding[3] += counts.no_evidence
    return {unit: {key: Counts(*numbers) for key, numbers in held.items()} for unit, held in sums.items()}


def by_need(counts: Counts) -> tuple[float, int]:
    """Return the key that puts the largest share first, and among equal ones the most people."""
    return (-(counts.share or 0.0), -counts.below)


def ratio(part: int, whole: int) -> float | None:
    """Return a share, None without a divisor."""
    return part / whole if whole else None
