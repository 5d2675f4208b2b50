"""What an offering must be like before it can be kept: dates, quotas and numbers that agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class OfferingMode(StrEnum):
    """How a run is held."""

    ONLINE = "online"
    CLASSROOM = "classroom"
    BLENDED = "blended"


class WaitingOrder(StrEnum):
    """Who stands first in the line."""

    FIRST_COME = "first_come"
    PRIORITY = "priority"


class Contradiction(StrEnum):
    """What does not agree in a draft; each belongs to one field."""

    ENDS_BEFORE_START = "ends_before_start"
    CLOSES_BEFORE_OPENING = "closes_before_opening"
    CLOSES_AFTER_END = "closes_after_end"
    WITHDRAWS_AFTER_START = "withdraws_after_start"
    MINIMUM_ABOVE_CAPACITY = "minimum_above_capacity"
    MINIMUM_WITHOUT_DAY = "minimum_without_day"
    MINIMUM_CHECK_AFTER_START = "minimum_check_after_start"
    CAPACITY_BELOW_TAKEN = "capacity_below_taken"
    KEPT_ABOVE_CAPACITY = "kept_above_capacity"
    RESERVE_AFTER_START = "reserve_after_start"
    NEEDS_DATES = "needs_dates"
    NEEDS_PLACE = "needs_place"
    STARTS_IN_PAST = "starts_in_past"


@dataclass(frozen=True, slots=True)
class OfferingDraft:
    """An offering as somebody wants it.

    Args:
        enrol_from_on, enrol_until_on: first and last day for joining.
        withdraw_until_on: last day on which a person may leave without asking.
        min_participants, min_check_on: fewer than this on that day is told to the organiser.
        reserve_until_on: last day on which kept seats are kept.
    """

    title: str
    mode: OfferingMode
    starts_on: date | None = None
    ends_on: date | None = None
    place: str = ""
    capacity: int | None = None
    enrol_from_on: date | None = None
    enrol_until_on: date | None = None
    withdraw_until_on: date | None = None
    min_participants: int | None = None
    min_check_on: date | None = None
    reserve_until_on: date | None = None
    needs_approval: bool = False
    needs_agency: bool = False
    has_waiting_list: bool = True
    waiting_order: WaitingOrder = WaitingOrder.FIRST_COME
    days_to_finish: int | None = None
    instructor_id: int | None = None
    prerequisite_ids: tuple[int, ...] = ()


def contradictions(
    draft: OfferingDraft, *, taken: int = 0, kept: int = 0, today: date | None = None
) -> dict[str, Contradiction]:
    """Return what does not agree, by field; empty when the draft can be kept.

    Args:
        taken: seats held now; a quota is never set below them.
        kept: seats kept for units in all.
        today: given for a new offering, which must not begin in the past.
    """
    found: dict[str, Contradiction] = {}
    _check_days(draft, found, today)
    _check_numbers(draft, found, taken=taken, kept=kept)
    return found


def _check_days(draft: OfferingDraft, found: dict[str, Contradiction], today: date | None) -> None:
    starts, ends = draft.starts_on, draft.ends_on
    if draft.mode is not OfferingMode.ONLINE:
        if starts is None:
            found["starts_on"] = Contradiction.NEEDS_DATES
        if ends is None:
            found["ends_on"] = Contradiction.NEEDS_DATES
        if not draft.place:
            found["place"] = Contradiction.NEEDS_PLACE
    if starts is not None and today is not None and starts < today:
        found["starts_on"] = Contradiction.STARTS_IN_PAST
    if starts is not None and ends is not None and ends < starts:
        found["ends_on"] = Contradiction.ENDS_BEFORE_START
    closes = draft.enrol_until_on
    if closes is not None and draft.enrol_from_on is not None and closes < draft.enrol_from_on:
        found["enrol_until_on"] = Contradiction.CLOSES_BEFORE_OPENING
    elif closes is not None and ends is not None and closes > ends:
        found["enrol_until_on"] = Contradiction.CLOSES_AFTER_END
    if starts is not None:
        later = {
            "withdraw_until_on": (draft.withdraw_until_on, Contradiction.WITHDRAWS_AFTER_START),
            "min_check_on": (draft.min_check_on, Contradiction.MINIMUM_CHECK_AFTER_START),
            "reserve_until_on": (draft.reserve_until_on, Contradiction.RESERVE_AFTER_START),
        }
        found |= {name: kind for name, (day, kind) in later.items() if day is not None and day > starts}


def _check_numbers(draft: OfferingDraft, found: dict[str, Contradiction], *, taken: int, kept: int) -> None:
    if draft.capacity is not None:
        if draft.capacity < taken:
            found["capacity"] = Contradiction.CAPACITY_BELOW_TAKEN
        elif draft.capacity < kept:
            found["capacity"] = Contradiction.KEPT_ABOVE_CAPACITY
        if draft.min_participants is not None and draft.min_participants > draft.capacity:
            found["min_participants"] = Contradiction.MINIMUM_ABOVE_CAPACITY
    if draft.min_participants is not None and draft.min_check_on is None:
        found["min_check_on"] = Contradiction.MINIMUM_WITHOUT_DAY


class ShareFault(StrEnum):
    """Why the seats of units do not agree."""

    NESTED = "nested"
    KEPT_ABOVE_MOST = "kept_above_most"
    TOO_MANY_KEPT = "too_many_kept"
    NOTHING = "nothing"
    MOST_BELOW_TAKEN = "most_below_taken"
    KEPT_WITHOUT_CAPACITY = "kept_without_capacity"


def share_fault(
    *,
    path: str,
    most: int | None,
    kept: int,
    others: Sequence[tuple[str, int]],
    capacity: int | None,
    taken: int,
) -> ShareFault | None:
    """Return why a unit's seats cannot be set like this, or None.

    Args:
        path: of the unit; kept, most: seats kept for it, most seats for it.
        others: (path, kept seats) of the other units of the offering.
        taken: seats that people of the unit hold now.
    """
    checks = (
        (most is None and not kept, ShareFault.NOTHING),
        (any(one.startswith(path) or path.startswith(one) for one, _kept in others), ShareFault.NESTED),
        (most is not None and kept > most, ShareFault.KEPT_ABOVE_MOST),
        (most is not None and most < taken, ShareFault.MOST_BELOW_TAKEN),
        (kept > 0 and capacity is None, ShareFault.KEPT_WITHOUT_CAPACITY),
        (
            capacity is not None and kept + sum(count for _path, count in others) > capacity,
            ShareFault.TOO_MANY_KEPT,
        ),
    )
    return next((fault for is_wrong, fault in checks if is_wrong), None)


def overlaps(one: Sequence[tuple[datetime, datetime]], other: Sequence[tuple[datetime, datetime]]) -> bool:
    """Return whether two sets of half-open times share an instant; touching ends do not clash."""
    return any(a < d and c < b for a, b in one for c, d in other)


def shifted(day: date | None, days: int) -> date | None:
    """Return a day moved by so many days, for a copy of an offering."""
    return day + timedelta(days=days) if day is not None else None


def is_promoting(
    *, is_open: bool, mode: OfferingMode, starts_on: date | None, ends_on: date | None, today: date
) -> bool:
    """Return whether free seats still go to those who wait.

    A classroom takes nobody after its first day; an online run takes people until its last.
    """
    last = ends_on if mode is OfferingMode.ONLINE else starts_on
    return is_open and (last is None or today <= last)


def needs_warning(*, booked: int, minimum: int | None, check_on: date | None, today: date) -> bool:
    """Return whether a run is about to have too few people."""
    return minimum is not None and check_on is not None and today >= check_on and booked < minimum
