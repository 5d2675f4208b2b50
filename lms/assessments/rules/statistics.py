"""Item and test statistics of classical test theory, with warnings where the numbers are too small to say much.

Variances are those of a sample (n - 1). Formulas as in common textbooks (Lord and Novick 1968; Cronbach 1951):
they are checked against an independent implementation on simulated data.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Below these numbers of people a figure says more about chance than about the question.
FEW_PEOPLE = 30
LEAST_PEOPLE = 10
GOOD_ALPHA = 0.7
HARD, EASY = 0.3, 0.9
WEAK_DISCRIMINATION = 0.2


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """What the responses say of one item.

    Args:
        people: who met it.
        facility: mean mark, 0 to 1.
        spread: standard deviation of the mark.
        discrimination: correlation of the mark with the rest of the score, -1 to 1; None where it has no meaning.
        efficiency: share of the largest covariance that these marks could have; None likewise.
        warnings: codes of what a reader should look at.
    """

    people: int
    facility: float
    spread: float
    discrimination: float | None
    efficiency: float | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """What the scores say of the whole test; percentages 0 to 100.

    Args:
        alpha: internal consistency, at most 1; for tests that draw other items for each person it is worked
            out from the mean covariance of the items that people had in common.
        standard_error: of one score, in percentage points.
        skewness, kurtosis: of the scores; None below 3 and 4 people.
    """

    people: int
    mean: float
    median: float
    spread: float
    alpha: float | None
    standard_error: float | None
    skewness: float | None
    kurtosis: float | None
    warnings: tuple[str, ...] = ()


def mean(values: Sequence[float]) -> float:
    """Return the mean of at least one value."""
    return sum(values) / len(values)


def covariance(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the covariance of a sample of at least two pairs."""
    here, there = mean(one), mean(other)
    return sum((a - here) * (b - there) for a, b in zip(one, other, strict=True)) / (len(one) - 1)


def item_statistics(marks: Sequence[float], rests: Sequence[float]) -> ItemStatistics:
    """Return the statistics of one item.

    Args:
        marks: (n) of those who met it, 0 to 1.
        rests: (n) their score without this item, as a share of its maximum, 0 to 1.
    """
    count = len(marks)
    facility = mean(marks)
    if count < 2:
        return ItemStatistics(count, facility, 0.0, None, None, ("few",))
    own, rest = covariance(marks, marks), covariance(rests, rests)
    both = covariance(marks, rests)
    most = covariance(sorted(marks), sorted(rests))
    discrimination = both / sqrt(own * rest) if own > _NIL and rest > _NIL else None
    efficiency = both / most if most > _NIL else None
    found = (
        (count < FEW_PEOPLE, "few"),
        (facility < HARD, "hard"),
        (facility > EASY, "easy"),
        (discrimination is not None and discrimination < 0, "negative"),
        (discrimination is not None and 0 <= discrimination < WEAK_DISCRIMINATION, "weak"),
    )
    return ItemStatistics(
        count, facility, sqrt(max(0.0, own)), discrimination, efficiency, tuple(code for is_so, code in found if is_so)
    )


_NIL = 1e-12


def alpha_of(rows: Sequence[Mapping[int, float]]) -> float | None:
    """Return Cronbach's alpha of people who may have met different items.

    Args:
        rows: for each person the mark of each item that the person met.

    Rule: alpha = p·c / (v + (p - 1)·c) with p items per person, mean item variance v and mean covariance c of
        all pairs that at least three people met. When everybody met the same items this is the usual
        p/(p - 1)·(1 - sum of item variances / variance of the total).
    Complexity: people times items squared.
    """
    if len(rows) < LEAST_FOR_ALPHA:
        return None
    size = mean([len(row) for row in rows])
    if size < 2:
        return None
    by_item: dict[int, list[float]] = {}
    for row in rows:
        for item, mark in row.items():
            by_item.setdefault(item, []).append(mark)
    variances = [covariance(marks, marks) for marks in by_item.values() if len(marks) >= LEAST_FOR_ALPHA]
    covariances = _pair_covariances(rows)
    if not variances or not covariances:
        return None
    spread, common = mean(variances), mean(covariances)
    total = spread + (size - 1) * common
    return size * common / total if total > _NIL else None


LEAST_FOR_ALPHA = 3


def _pair_covariances(rows: Sequence[Mapping[int, float]]) -> list[float]:
    """Return the sample covariance of every pair of items that at least three people met, from running sums."""
    sums: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        items = sorted(row)
        for place, one in enumerate(items):
            a = row[one]
            for other in items[place + 1 :]:
                b = row[other]
                held = sums.get((one, other))
                if held is None:
                    sums[one, other] = [1, a, b, a * b]
                else:
                    held[0] += 1
                    held[1] += a
                    held[2] += b
                    held[3] += a * b
    return [(ab - a * b / n) / (n - 1) for n, a, b, ab in sums.values() if n >= LEAST_FOR_ALPHA]


def whole_statistics(percents: Sequence[float], rows: Sequence[Mapping[int, float]]) -> Whole:
    """Return the statistics of a test.

    Args:
        percents: (n) score of each person, 0 to 100; at least one.
        rows: (n) marks of each person by item.
    """
    count, ordered = len(percents), sorted(percents)
    half = count // 2
    middle = ordered[half] if count % 2 else (ordered[half - 1] + ordered[half]) / 2
    spread = sqrt(covariance(percents, percents)) if count > 1 else 0.0
    alpha = alpha_of(rows)
    error = spread * sqrt(1 - alpha) if alpha is not None and 0 <= alpha <= 1 else None
    found = (
        (count < LEAST_PEOPLE, "very_few"),
        (LEAST_PEOPLE <= count < FEW_PEOPLE, "few"),
        (alpha is not None and alpha < 0, "alpha_negative"),
        (alpha is not None and 0 <= alpha < GOOD_ALPHA, "alpha_low"),
    )
    return Whole(
        count, mean(percents), middle, spread, alpha, error, _skewness(percents, spread),
        _kurtosis(percents, spread), tuple(code for is_so, code in found if is_so),
    )  # fmt: skip


def _skewness(values: Sequence[float], spread: float) -> float | None:
    n = len(values)
    if n < 3 or spread < _NIL:
        return None
    centre = mean(values)
    return n / ((n - 1) * (n - 2)) * sum(((value - centre) / spread) ** 3 for value in values)


def _kurtosis(values: Sequence[float], spread: float) -> float | None:
    n = len(values)
    if n < 4 or spread < _NIL:
        return None
    centre = mean(values)
    fourth = sum(((value - centre) / spread) ** 4 for value in values)
    return n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourth - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


@dataclass(frozen=True, slots=True)
class Gain:
    """Before and after, of those who took both.

    Args:
        people: how many took both.
        before, after: mean percentages.
        gain: mean difference, in points; `error`: its standard error, None below 2 people.
        normalised: mean gain over what could be gained (Hake 1998); None when nobody could gain.
    """

    people: int
    before: float
    after: float
    gain: float
    error: float | None
    normalised: float | None


def gain_of(pairs: Sequence[tuple[float, float]]) -> Gain | None:
    """Return the gain from a pre-test to a test, or None when nobody took both."""
    if not pairs:
        return None
    before, after = mean([a for a, _b in pairs]), mean([b for _a, b in pairs])
    steps = [b - a for a, b in pairs]
    error = sqrt(covariance(steps, steps) / len(steps)) if len(steps) > 1 else None
    normalised = (after - before) / (100 - before) if before < 100 else None
    return Gain(len(pairs), before, after, mean(steps), error, normalised)
