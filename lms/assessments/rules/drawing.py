"""Drawing of items: random, without repeats, spread over lessons and levels."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may be drawn.

    Args:
        id: of the item; later ones need not be larger.
        lesson, level: what the draw is spread over.
        difficulty: third key of the spread.
    """

    id: int
    lesson: str
    level: int | None = None
    difficulty: str = ""


def seeded(seed: str) -> Random:
    """Return the random source of a seed, the same on every machine and version."""
    return Random(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16]))  # noqa: S311 -- no secret


def draw(pool: Sequence[Candidate], count: int, *, seed: str, seen: Mapping[int, int] | None = None) -> list[int]:
    """Return the ids of `count` different items in the order in which they are asked.

    Lessons differ by at most one item, unless one has no more; within a lesson the levels and
    difficulties asked least come first, then items that this person met least, then chance.

    Args:
        seed: the same seed and pool give the same draw.
        seen: how often the person met an item before.

    Raises: ValueError: the pool is smaller than `count`.
    """
    if len({one.id for one in pool}) < max(count, 0) or len({one.id for one in pool}) < len(pool):
        raise ValueError(count)
    random, met = seeded(seed), seen or {}
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for one in sorted(pool, key=lambda candidate: candidate.id):
        groups[one.lesson].append(one)
    for group in groups.values():
        random.shuffle(group)
    chance = {lesson: random.random() for lesson in sorted(groups)}
    taken: Counter[str] = Counter()
    spread: Counter[tuple[int | None, str]] = Counter()
    drawn: list[int] = []
    for _ in range(count):
        lesson = min((name for name in groups if groups[name]), key=lambda name: (taken[name], chance[name]))
        best = min(groups[lesson], key=lambda one: (met.get(one.id, 0), spread[one.level, one.difficulty]))
        groups[lesson].remove(best)
        taken[lesson] += 1
        spread[best.level, best.difficulty] += 1
        drawn.append(best.id)
    random.shuffle(drawn)
    return drawn
