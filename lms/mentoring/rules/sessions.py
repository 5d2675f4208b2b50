"""What a session must obey, what JP it will bring, who suits whom, and who has fallen silent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

LONGEST_SESSION = timedelta(hours=8)
LONGEST_PAIRING = timedelta(days=366)
SILENT_AFTER_DAYS = 30
DURATIONS = (30, 45, 60, 90, 120)
DEFAULT_MINUTES = 60
RHYTHMS = (7, 14, 30)
DISCUSSION_MAX = 600
MENTORING_FORM = 15  # SIASN jenisDiklatId (docs/rules/mentoring.md#form)
MENTOR_FORM = 25  # what a mentor gives has no form of its own; "nonklasikal lainnya"

# Topics to pick from; the key is stored, the words are those of the screen.
TOPICS = (
    "aduan", "surat", "skm", "komunikasi", "arsip", "kependudukan", "musrenbang", "keuangan", "tim",
    "digital", "lainnya",
)  # fmt: skip


class SessionRefusal(StrEnum):
    """Why a session cannot be recorded."""

    ENDS_BEFORE_START = "ends_before_start"
    TOO_LONG = "too_long"
    FUTURE = "future"
    BEFORE_PAIRING = "before_pairing"
    AFTER_PAIRING = "after_pairing"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, half-open: adjoining sessions do not overlap."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        """Return whether the two stretches share an instant."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def session_refusal(
    span: Span,
    *,
    now: datetime,
    held_on: date,
    pairing_starts_on: date,
    pairing_ends_on: date,
    others: Iterable[Span] = (),
) -> SessionRefusal | None:
    """Return why a session is refused, or None when it may be recorded.

    Args:
        span: from start to end.
        now: the present instant; a session that ends at it is over.
        held_on: day of the start in the zone of the mentee's unit.
        pairing_starts_on: first day of the pairing.
        pairing_ends_on: last day of the pairing.
        others: the mentor's other sessions.
    """
    if span.ends_at <= span.starts_at:
        return SessionRefusal.ENDS_BEFORE_START
    if span.ends_at - span.starts_at > LONGEST_SESSION:
        return SessionRefusal.TOO_LONG
    if span.ends_at > now:
        return SessionRefusal.FUTURE
    if held_on < pairing_starts_on:
        return SessionRefusal.BEFORE_PAIRING
    if held_on > pairing_ends_on:
        return SessionRefusal.AFTER_PAIRING
    return SessionRefusal.OVERLAP if any(span.overlaps(other) for other in others) else None


class PairingRefusal(StrEnum):
    """Why two people are not paired."""

    SELF = "self"
    LINE = "line"
    HELD = "held"
    DATES = "dates"
    TOO_LONG = "too_long"
    LEVEL = "level"


def pairing_refusal(  # noqa: PLR0911 -- one answer per rule
    *,
    mentor_id: int,
    mentee_id: int,
    in_reporting_line: bool,
    already_paired: bool,
    starts_on: date,
    ends_on: date,
    mentor_level: int | None = None,
    goal_level: int | None = None,
) -> PairingRefusal | None:
    """Return why a pairing is refused, or None when it is allowed.

    Args:
        mentor_id: employee who accompanies.
        mentee_id: employee who is accompanied.
        in_reporting_line: one of the two leads the other, directly or further up.
        already_paired: the two have an active pairing.
        starts_on: first day.
        ends_on: last day.
        mentor_level: accepted level in the competency of the goal; None: none known.
        goal_level: None when the pairing has no competency.
    """
    if mentor_id == mentee_id:
        return PairingRefusal.SELF
    if in_reporting_line:
        return PairingRefusal.LINE
    if already_paired:
        return PairingRefusal.HELD
    if ends_on < starts_on:
        return PairingRefusal.DATES
    if ends_on - starts_on > LONGEST_PAIRING:
        return PairingRefusal.TOO_LONG
    # An external mentor has no record here; the coordinator answers for the choice.
    if mentor_level is not None and goal_level is not None and mentor_level < goal_level:
        return PairingRefusal.LEVEL
    return None


@dataclass(frozen=True, slots=True)
class JpForecast:
    """What a session would bring its mentee.

    Args:
        ordinal: which session of the month it would be, from 1.
        credited_jp: JP once confirmed.
        cap: sessions of a month that bring JP, None without a cap.
    """

    ordinal: int
    credited_jp: int
    cap: int | None


def jp_forecast(*, counted: int, jp_per_session: int, cap: int | None) -> JpForecast:
    """Return what the next session of a month brings.

    Args:
        counted: sessions of that month already credited or waiting to be confirmed.
        jp_per_session: what one session is worth.
        cap: sessions of a month that bring JP, None without a cap.

    Rule: LAN 10/2018 annex: 2 JP a session, at most two sessions a month (docs/rules/mentoring.md#jp).
    """
    worth = jp_per_session if cap is None or counted < cap else 0
    return JpForecast(counted + 1, worth, cap)


def days_silent(last_held_on: date | None, starts_on: date, today: date) -> int:
    """Return for how many days a pairing has had no session; from its start when there was none."""
    return max(0, (today - max(last_held_on or starts_on, starts_on)).days)


def is_silent(last_held_on: date | None, starts_on: date, today: date) -> bool:
    """Return whether more than 30 days have passed without a session."""
    return days_silent(last_held_on, starts_on, today) > SILENT_AFTER_DAYS


def next_due(last_held_on: date | None, next_on: date | None, starts_on: date, rhythm_days: int) -> date:
    """Return when the next meeting is due: the day agreed on, else one rhythm after the last meeting."""
    if next_on is not None:
        return next_on
    return (last_held_on or starts_on) + timedelta(days=rhythm_days)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a possible mentor suits.

    Args:
        level: accepted level in the competency asked for, None when unknown.
        load: active mentees.
        same_unit: works in the mentee's own unit.
    """

    level: int | None
    load: int
    same_unit: bool


def fit_order(fit: Fit, *, goal_level: int | None) -> tuple[int, int, int, int]:
    """Return a sort key: first who has the level, then who carries less, who is nearer, who is higher.

    So that one strong mentor is not everybody's first choice, load counts before level.
    """
    reaches = goal_level is None or (fit.level is not None and fit.level >= goal_level)
    return (0 if reaches else 1, fit.load, 0 if fit.same_unit else 1, -(fit.level or 0))


def known_topics(chosen: Collection[str]) -> list[str]:
    """Return the chosen topics that exist, once each, in the order of the list."""
    return [topic for topic in TOPICS if topic in set(chosen)]
