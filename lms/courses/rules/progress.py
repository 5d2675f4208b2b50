"""Progress, minutes left, and what completion still asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class LessonState:
    """One lesson of a version and what a person did with it.

    Args:
        minutes: time that it takes, 0 or more.
        is_done: the person pressed "Selesai".
        permille: how far down it was read, 0 to 1000; counts only while it is not done.
    """

    minutes: int
    is_done: bool
    permille: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What one enrolment has reached and what it still lacks.

    Args:
        percent: 0 to 100; 100 only when complete.
        lessons_done, lessons_total: counts over the lessons of the version.
        missing: names of conditions that are not met.
        minutes_left: time for what is left, rounded up.
        is_complete: all lessons done and all conditions met.
    """

    percent: int
    lessons_done: int
    lessons_total: int
    missing: tuple[str, ...]
    minutes_left: int
    is_complete: bool


def lesson_minutes_left(lesson: LessonState) -> int:
    """Return whole minutes that a lesson still takes, at least 1 while it is not done and takes time."""
    if lesson.is_done:
        return 0
    read = min(1000, max(0, lesson.permille))
    return max(1 if lesson.minutes > 0 else 0, ceil(lesson.minutes * (1000 - read) / 1000))


def completion_state(
    lessons: Iterable[LessonState], conditions: Mapping[str, bool], *, other_minutes: int = 0
) -> Completion:
    """Return how far an enrolment is; the one place that decides completion.

    Args:
        lessons: the lessons that the version has now; what was read of others does not count.
        conditions: met or not by name, such as `exam_passed`.
        other_minutes: time for the conditions together (the exam), 0 or more.

    Returns: percent by minutes: the share of the time whose work is done, rounded down. It is 0 only
        when nothing is done and 100 only when all is done. A version that asks for nothing is complete.
    """
    held = list(lessons)
    met = all(conditions.values())
    # Work that takes no time on paper still is work: it weighs as one minute.
    weights = [max(1, lesson.minutes) for lesson in held]
    done = sum(weight for weight, lesson in zip(weights, held, strict=True) if lesson.is_done)
    extra = max(1, other_minutes) if conditions else 0
    met_count = sum(conditions.values())
    total = sum(weights) + extra
    reached = done + (extra * met_count // len(conditions) if conditions else 0)
    lessons_done = sum(lesson.is_done for lesson in held)
    is_complete = met and lessons_done == len(held)
    any_done = lessons_done > 0 or met_count > 0
    percent = 100 if is_complete else min(99, max(1 if any_done else 0, reached * 100 // total))
    return Completion(
        percent=percent,
        lessons_done=lessons_done,
        lessons_total=len(held),
        missing=tuple(name for name, is_met in conditions.items() if not is_met),
        minutes_left=sum(map(lesson_minutes_left, held)) + (0 if met else max(0, other_minutes)),
        is_complete=is_complete,
    )


def clamp_permille(value: object) -> int:
    """Return a reading position as 0 to 1000; anything that is no number reads as 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0
    if value != value:  # noqa: PLR0124 -- only NaN differs from itself
        return 0
    return int(min(1000, max(0, value)))
