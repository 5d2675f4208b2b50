"""How well an item measures, and which items say nearly the same."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Below this number a figure says more of chance than of the item.
ENOUGH = 30
NEAR = 0.6
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """Figures of one item.

    Args:
        count: scored attempts.
        facility_percent: mean mark, 0 to 100.
        discrimination: 100 times the correlation of the mark with the rest of the score; None where one of
            them never varies.
        is_enough: whether there are enough attempts to lean on.
    """

    count: int
    facility_percent: float
    discrimination: float | None
    is_enough: bool


def item_statistics(results: Sequence[tuple[float, float]]) -> ItemStatistics | None:
    """Return facility and discrimination of an item, None without attempts.

    Args:
        results: mark (0 to 1) and rest of the score (score less mark) of each attempt.

    Rule: sample covariance over sample deviations; an item that everybody gets right parts nobody.
    """
    count = len(results)
    if not count:
        return None
    marks, rests = [mark for mark, _rest in results], [rest for _mark, rest in results]
    mean_mark, mean_rest = sum(marks) / count, sum(rests) / count
    both = sum((mark - mean_mark) * (rest - mean_rest) for mark, rest in results)
    spread = math.sqrt(sum((mark - mean_mark) ** 2 for mark in marks) * sum((rest - mean_rest) ** 2 for rest in rests))
    index = 100 * both / spread if spread > 1e-9 else None
    return ItemStatistics(count, 100 * mean_mark, index, count >= ENOUGH)


def near_duplicates(
    text: str, others: Iterable[tuple[str, str, str]], *, most: int = 5
) -> list[tuple[str, str, float]]:
    """Return the items whose words are nearly those of a text: public id, code and likeness from 0 to 1.

    Args:
        others: public id, code and text of each.

    Rule: likeness is the shared part of the pairs of neighbouring words (Jaccard); 0.6 and more is near.
    """
    own = _pairs(text)
    found = []
    for public_id, code, other in others:
        their = _pairs(other)
        likeness = len(own & their) / len(own | their) if own | their else 0.0
        if likeness >= NEAR:
            found.append((public_id, code, likeness))
    return sorted(found, key=lambda one: -one[2])[:most]


def _pairs(text: str) -> set[tuple[str, str]]:
    words = ["", *_WORD.findall(text.casefold()), ""]
    return set(pairwise(words))
