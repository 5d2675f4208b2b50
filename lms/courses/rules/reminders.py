"""When a deadline or a beginning is told again: 14, 3 and 1 days before, and on the day."""

from __future__ import annotations

from datetime import date, timedelta

STEPS = (0, 1, 3, 14)
EARLIEST_HOUR = 7  # in the zone of the person's unit


def step_of(days_left: int) -> int | None:
    """Return the step that so many days before are in; None when it is too early or past.

    A step that was missed (the server stood still) is made up for on the next day, in the words of that day.
    """
    if days_left < 0:
        return None
    return next((step for step in STEPS if days_left <= step), None)


def days_of_step(today: date, step: int) -> tuple[date, date]:
    """Return the first and last deadline that are in a step on a day, both included."""
    below = max((other for other in STEPS if other < step), default=-1)
    return today + timedelta(days=below + 1), today + timedelta(days=step)
