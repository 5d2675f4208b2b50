"""Scores: a pure function of the response log and the key."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lms.assessments.rules.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What the score needs of one row of the log; rows come in the order of the log."""

    attempt_item_id: int
    revision: int
    payload: dict[str, Any] | None
    is_flagged: bool
    is_applied: bool


@dataclass(frozen=True, slots=True)
class Keyed:
    """One question of an attempt with its key."""

    attempt_item_id: int
    kind: str
    body: Mapping[str, Any]
    # What was drawn for this attempt: the order of options, or the figures of a calculation.
    order: Sequence[str] = ()
    # A corrected key that counts beside `body`: the better mark holds. None for none.
    also: Mapping[str, Any] | None = None
    # The question was faulty: everybody gets the full mark.
    gives_full: bool = False

    def mark(self, payload: dict[str, Any] | None) -> Fraction:
        """Return the mark of a response under this key, 0 to 1."""
        if self.gives_full:
            return Fraction(1)
        kind = kind_of(self.kind)
        own = kind.mark(self.body, payload, self.order)
        return own if self.also is None else max(own, kind.mark(self.also, payload, self.order))


@dataclass(frozen=True, slots=True)
class Score:
    """Result of an attempt.

    Args:
        marks: mark of each question, 0 to 1.
        score, max_score: sums over all questions.
        percent: 0 to 100, two decimals, half up.
        passed: judged on the exact fraction, not on the rounded number.
    """

    marks: dict[int, float]
    score: float
    max_score: float
    percent: float
    passed: bool


def current_responses(log: Iterable[LogEntry]) -> dict[int, LogEntry]:
    """Return the response that holds for each question: the last one that was taken."""
    held: dict[int, LogEntry] = {}
    for entry in log:
        before = held.get(entry.attempt_item_id)
        if entry.is_applied and (before is None or entry.revision > before.revision):
            held[entry.attempt_item_id] = entry
    return held


def attempt_score(items: Sequence[Keyed], log: Iterable[LogEntry], *, pass_percent: int) -> Score:
    """Return the score of an attempt.

    Args:
        items: all questions of the attempt.
        log: its response log, in order; entries of other questions do not count.
        pass_percent: whole per cent needed to pass.
    """
    held = current_responses(log)
    marks: dict[int, Fraction] = {}
    for item in items:
        entry = held.get(item.attempt_item_id)
        marks[item.attempt_item_id] = item.mark(entry.payload if entry else None)
    total = sum(marks.values(), Fraction(0))
    ratio = total / len(items) if items else Fraction(0)
    hundredths = (ratio * 10_000 + Fraction(1, 2)).__floor__()
    return Score(
        marks={key: float(mark) for key, mark in marks.items()},
        score=float(total),
        max_score=float(len(items)),
        percent=hundredths / 100,
        passed=ratio * 100 >= pass_percent,
    )
