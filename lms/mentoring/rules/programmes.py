"""What a programme must obey, and who may join it."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

FIRST_MEETING_DAYS = 14
AT_RISK_RHYTHMS = 2  # a pair without a session for so many rhythms is at risk
LONGEST_PROGRAMME = timedelta(days=366)  # a pairing lasts a year at most, too
CAPACITY_MAX = {"individual": 5, "group": 10, "reverse": 5}
WISHES_MAX = 3
_ORDER = ("preparation", "pairing", "running", "closed")


class ProgrammeRefusal(StrEnum):
    """Why the dates or numbers of a programme cannot be."""

    DATES = "dates"
    TOO_LONG = "too_long"
    JOIN_AFTER_END = "join_after_end"
    TOO_MANY_SESSIONS = "too_many_sessions"


def programme_refusal(
    *, starts_on: date, ends_on: date, join_until_on: date, rhythm_days: int, min_session_count: int
) -> ProgrammeRefusal | None:
    """Return why a programme is refused, or None.

    Args:
        starts_on: first day.
        ends_on: last day.
        join_until_on: last day on which people may join.
        rhythm_days: days between two meetings.
        min_session_count: sessions that each pair should hold; the days must have room for them.
    """
    if ends_on <= starts_on:
        return ProgrammeRefusal.DATES
    if ends_on - starts_on > LONGEST_PROGRAMME:
        return ProgrammeRefusal.TOO_LONG
    if join_until_on > ends_on:
        return ProgrammeRefusal.JOIN_AFTER_END
    room = (ends_on - starts_on).days // rhythm_days + 1
    return ProgrammeRefusal.TOO_MANY_SESSIONS if min_session_count > room else None


class JoinRefusal(StrEnum):
    """Why somebody cannot join a programme."""

    CLOSED = "closed"
    TOO_LATE = "too_late"
    OUTSIDE = "outside"
    NO_MENTOR_RIGHT = "no_mentor_right"
    CAPACITY = "capacity"


def join_refusal(
    *, state: str, join_until_on: date, today: date, inside: bool, as_mentor: bool, may_mentor: bool,
    capacity: int, capacity_max: int,
) -> JoinRefusal | None:  # fmt: skip
    """Return why somebody cannot join, or None.

    Args:
        state: of the programme.
        join_until_on: last day for joining.
        today: in the zone of the programme's unit.
        inside: works in the programme's units; external mentors count as inside.
        as_mentor: wants to accompany others.
        may_mentor: holds the mentor's role there.
        capacity: mentees that a mentor takes on.
        capacity_max: by the form of the programme.
    """
    if state == "closed":
        return JoinRefusal.CLOSED
    if today > join_until_on:
        return JoinRefusal.TOO_LATE
    if as_mentor:
        if not may_mentor:
            return JoinRefusal.NO_MENTOR_RIGHT
        return None if 1 <= capacity <= capacity_max else JoinRefusal.CAPACITY
    return None if inside else JoinRefusal.OUTSIDE


def next_state(state: str) -> str | None:
    """Return the state after this one, None after the last; a programme never goes back."""
    place = _ORDER.index(state) + 1
    return _ORDER[place] if place < len(_ORDER) else None
