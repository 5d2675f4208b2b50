"""Who gets a free seat: the line, quotas of units, and seats kept for a unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MANDATORY_WEIGHT = 100


@dataclass(frozen=True, slots=True)
class Share:
    """What one unit and everything below it may have of an offering.

    Args:
        path: materialised path of the unit.
        most: most seats for its people, None for no bound.
        kept: seats that only its people may take, 0 once the reserve has lapsed.
    """

    path: str
    most: int | None = None
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody in the line; `path` is that of the person's unit, empty without one."""

    key: int
    path: str


def within(path: str, root: str) -> bool:
    """Return whether a unit lies in a subtree."""
    return bool(path) and path.startswith(root)


def has_seat(path: str, *, capacity: int | None, taken: Sequence[str], shares: Sequence[Share]) -> bool:
    """Return whether somebody of this unit can be seated beside those who are.

    Args:
        path: of the person's unit.
        capacity: seats in all, None for no limit.
        taken: unit paths of those who hold seats, one for each.
        shares: of units that do not lie in one another.
    """
    kept_for_others = 0
    for share in shares:
        held = sum(within(one, share.path) for one in taken)
        if within(path, share.path):
            if share.most is not None and held >= share.most:
                return False
        else:
            kept_for_others += max(0, share.kept - held)
    return capacity is None or len(taken) + kept_for_others < capacity


def allot(
    line: Iterable[Waiter], *, capacity: int | None, taken: Sequence[str], shares: Sequence[Share]
) -> list[Waiter]:
    """Return those of the line who get a seat now, in its order.

    One pass is enough: a seat given away never makes room for somebody passed over before.
    """
    held = list(taken)
    seated = []
    for one in line:
        if has_seat(one.path, capacity=capacity, taken=held, shares=shares):
            held.append(one.path)
            seated.append(one)
    return seated


def free_seats(path: str, *, capacity: int | None, taken: Sequence[str], shares: Sequence[Share]) -> int | None:
    """Return how many people of one unit could still be seated; None without any limit."""
    held, count = list(taken), 0
    if capacity is None and not any(within(path, share.path) and share.most is not None for share in shares):
        return None
    while has_seat(path, capacity=capacity, taken=held, shares=shares):
        held.append(path)
        count += 1
    return count


def priority(*, is_mandatory: bool, gap_levels: int) -> int:
    """Return how urgent a person's wish is; larger stands first in a line by priority.

    Mandatory training comes before everything, then the number of levels that the course closes.
    """
    return (MANDATORY_WEIGHT if is_mandatory else 0) + max(0, min(gap_levels, MANDATORY_WEIGHT - 1))
