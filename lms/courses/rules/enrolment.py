"""Who may join an offering, and until when one has time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

UNDO_WITHIN = timedelta(hours=24)
REASON_MIN, REASON_MAX = 5, 300


class Refusal(StrEnum):
    """Why an enrolment is refused."""

    NOT_OPEN = "not_open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    FULL = "full"
    ALREADY = "already"
    DONE = "done"
    CLASH = "clash"
    PREREQUISITE = "prerequisite"


def enrolment_refusal(
    *,
    now: datetime,
    is_open: bool,
    opens_at: datetime | None,
    closes_at: datetime | None,
    capacity: int | None,
    taken: int,
) -> Refusal | None:
    """Return why enrolment is refused, or None when it is allowed.

    Args: now: aware instant; is_open: the offering was opened and neither closed nor cancelled;
        opens_at (inclusive), closes_at (exclusive): aware instants, None for no bound;
        capacity: seats, at least 1, None for no limit; taken: seats held, 0 or more.
    Rule: the window is half-open, so adjoining windows never overlap.
    """
    if not is_open:
        return Refusal.CANCELLED
    if opens_at is not None and now < opens_at:
        return Refusal.NOT_OPEN
    if closes_at is not None and now >= closes_at:
        return Refusal.CLOSED
    return Refusal.FULL if capacity is not None and taken >= capacity else None


def due_day(*, started_on: date, days_to_finish: int | None, ends_on: date | None) -> date | None:
    """Return the last day for finishing: the offering's end, or so many days after the start.

    The earlier one holds when both are set; None when neither is.
    """
    counted = started_on + timedelta(days=days_to_finish) if days_to_finish is not None else None
    days = [day for day in (counted, ends_on) if day is not None]
    return min(days) if days else None


def can_undo_withdrawal(*, withdrawn_at: datetime | None, now: datetime) -> bool:
    """Return whether a withdrawal may still be taken back without asking anew."""
    return withdrawn_at is not None and withdrawn_at <= now < withdrawn_at + UNDO_WITHIN


def days_late(due_on: date | None, today: date) -> int:
    """Return by how many days a deadline is past; 0 when it is not, or when there is none."""
    return max(0, (today - due_on).days) if due_on is not None else 0
