"""Exam sittings: who may start when, until when a person works, pauses that give the time back, the live board.

All instants are aware; stretches are half-open. The server's clock alone decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from lms.assessments.rules.timing import GRACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MAX_EXTRA_MINUTES = 240
# A page that works speaks to the server at least once a minute; three misses are more than a slow line.
QUIET_AFTER = timedelta(minutes=3)
# Longer than anybody reads one question, shorter than a quarter of a usual exam.
STUCK_AFTER = timedelta(minutes=8)


class SittingRefusal(StrEnum):
    """Why nobody, or not this person, may start in a sitting now."""

    NONE_FOR_YOU = "none_for_you"
    NOT_OPEN = "not_open"
    START_CLOSED = "start_closed"
    ENDED = "ended"
    PAUSED = "paused"
    WRONG_CODE = "wrong_code"
    WRONG_PLACE = "wrong_place"


@dataclass(frozen=True, slots=True)
class Window:
    """When a sitting lets people in and out.

    Args:
        opens_at: first instant of a start.
        last_start_at: from here on nobody may start any more.
        closes_at: the hard close, at which everybody's work ends.
    """

    opens_at: datetime
    last_start_at: datetime
    closes_at: datetime

    def later(self, by: timedelta) -> Window:
        """Return the window after a pause of this length that began while it was open."""
        return Window(self.opens_at, self.last_start_at + by, self.closes_at + by)


@dataclass(frozen=True, slots=True)
class Allowance:
    """More time for one person, with the reason that the person reads.

    Args:
        minutes: whole minutes, 1 at least.
        reason: in plain words, without a diagnosis.
    """

    minutes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Special:
    """What a sitting grants to one person or to one unit, beside its own rules; None leaves a rule as it is.

    Args:
        is_personal: for one person; it goes before what a unit has.
    """

    is_personal: bool
    opens_at: datetime | None = None
    last_start_at: datetime | None = None
    closes_at: datetime | None = None
    extra_minutes: int = 0
    extra_attempts: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for one person in one sitting, or in an assessment without sittings.

    Args:
        limit_minutes: the time that everybody has.
        allowances: what this person has on top, each with its reason.
        window: None for an assessment without sittings.
        extra_attempts: on top of what the assessment allows.
        has_own_close: the hard close was set for this person; more time does not move it.
    """

    limit_minutes: int
    allowances: tuple[Allowance, ...] = ()
    window: Window | None = None
    extra_attempts: int = 0
    has_own_close: bool = False

    @property
    def extra_minutes(self) -> int:
        """Minutes on top of the usual ones."""
        return sum(one.minutes for one in self.allowances)

    @property
    def closes_at(self) -> datetime | None:
        """The hard close for this person: more time moves it, so that the close does not eat the time."""
        if self.window is None:
            return None
        return self.window.closes_at + timedelta(minutes=0 if self.has_own_close else self.extra_minutes)

    def deadline(self, started_at: datetime) -> datetime:
        """Return until when one works who starts at this instant."""
        full = started_at + timedelta(minutes=self.limit_minutes + self.extra_minutes)
        return full if self.closes_at is None else min(full, self.closes_at)

    def is_cut(self, started_at: datetime) -> bool:
        """Return whether the hard close leaves less than the whole time to one who starts at this instant."""
        return self.deadline(started_at) < started_at + timedelta(minutes=self.limit_minutes + self.extra_minutes)


def accommodation_minutes(limit_minutes: int, *, percent: int, minutes: int) -> int:
    """Return what an accommodation adds to a time limit: a share of it, begun minutes whole, and fixed minutes."""
    return min(MAX_EXTRA_MINUTES, -(-limit_minutes * percent // 100) + minutes)


def plan_for(
    *,
    limit_minutes: int,
    window: Window | None = None,
    accommodations: Sequence[tuple[int, int, str]] = (),
    exceptions: Iterable[Special] = (),
) -> Plan:
    """Return what holds for one person.

    Args:
        accommodations: (percent, minutes, reason) of those that are valid on the day.
        exceptions: those of the person and of the units above the person, in any order.

    Rule: what is set for the person goes before what is set for a unit; of several units the most
        generous holds, field by field. Accommodations come on top of both.
    """
    found = list(exceptions)
    own = [one for one in found if one.is_personal]
    units = [one for one in found if not one.is_personal]

    def pick(name: str, best: Callable[[list[datetime]], datetime]) -> datetime | None:
        for group in (own, units):
            values: list[datetime] = [value for one in group if (value := getattr(one, name)) is not None]
            if values:
                return best(values)
        return None

    allowances = [
        Allowance(more, reason)
        for percent, minutes, reason in accommodations
        if (more := accommodation_minutes(limit_minutes, percent=percent, minutes=minutes)) > 0
    ]
    for group in (own, units):
        longest = max((one for one in group if one.extra_minutes > 0), key=lambda one: one.extra_minutes, default=None)
        if longest is not None:
            allowances.append(Allowance(longest.extra_minutes, longest.reason))
            break
    attempts = next((max(one.extra_attempts for one in group) for group in (own, units) if group), 0)
    closes = pick("closes_at", max)
    if window is not None:
        window = Window(
            pick("opens_at", min) or window.opens_at,
            pick("last_start_at", max) or window.last_start_at,
            closes or window.closes_at,
        )
    return Plan(limit_minutes, tuple(allowances), window, attempts, has_own_close=closes is not None)


def sitting_refusal(
    plan: Plan, *, now: datetime, is_paused: bool = False, code_fits: bool = True, place_fits: bool = True
) -> SittingRefusal | None:
    """Return why this person may not start now, or None when nothing of the sitting is in the way."""
    window = plan.window
    if window is None:
        return None
    reasons = (
        (now < window.opens_at, SittingRefusal.NOT_OPEN),
        (now >= (plan.closes_at or window.closes_at), SittingRefusal.ENDED),
        (is_paused, SittingRefusal.PAUSED),
        (now >= window.last_start_at, SittingRefusal.START_CLOSED),
        (not place_fits, SittingRefusal.WRONG_PLACE),
        (not code_fits, SittingRefusal.WRONG_CODE),
    )
    return next((reason for is_so, reason in reasons if is_so), None)


def pick_sitting(windows: Sequence[Window], *, now: datetime) -> int | None:
    """Return the place of the sitting that concerns a person now: one that lets in, else the next, else the last."""

    def rank(place: int) -> tuple[int, float]:
        window = windows[place]
        if window.opens_at <= now < window.last_start_at:
            return (0, window.closes_at.timestamp())
        if now < window.opens_at:
            return (1, window.opens_at.timestamp())
        return (2, -window.closes_at.timestamp())

    return min(range(len(windows)), key=rank, default=None)


def same_code(typed: str, wanted: str) -> bool:
    """Return whether an access code fits, whatever its case, spaces and dashes; an empty one always does."""

    def bare(text: str) -> str:
        return "".join(letter for letter in text.upper() if letter.isalnum())

    return not bare(wanted) or bare(typed) == bare(wanted)


def place_fits(address: str, networks: Sequence[str]) -> bool:
    """Return whether an address lies in one of the networks; without networks every address does."""
    if not networks:
        return True
    try:
        where = ip_address(address)
    except ValueError:
        return False
    return any(where in ip_network(one, strict=False) for one in networks)


def bad_networks(networks: Iterable[str]) -> list[str]:
    """Return those that are no network, such as `10.20.0.0/16`."""

    def is_bad(text: str) -> bool:
        try:
            ip_network(text, strict=False)
        except ValueError:
            return True
        return False

    return [text for text in networks if is_bad(text)]


@dataclass(frozen=True, slots=True)
class SittingDesign:
    """A sitting as its planner set it."""

    window: Window
    limit_minutes: int


def sitting_faults(design: SittingDesign) -> list[str]:
    """Return why a sitting must not be kept as it is, in Indonesian; empty when it may."""
    window, faults = design.window, []
    if window.last_start_at <= window.opens_at:
        faults.append("batas mulai harus sesudah waktu buka")
    if window.closes_at < window.last_start_at:
        faults.append("waktu tutup tidak boleh sebelum batas mulai")
    if window.closes_at - window.opens_at > timedelta(days=31):
        faults.append("sesi paling lama 31 hari")
    if not faults and window.closes_at - window.opens_at < timedelta(minutes=design.limit_minutes):
        faults.append("sesi lebih pendek daripada waktu pengerjaan; tidak seorang pun mendapat waktu penuh")
    return faults


def late_minutes(design: SittingDesign) -> int:
    """Return how many minutes the hard close takes from one who starts at the last moment, 0 for none."""
    full = design.window.last_start_at + timedelta(minutes=design.limit_minutes)
    return max(0, -(-int((full - design.window.closes_at).total_seconds()) // 60))


# Pauses and more time ---------------------------------------------------------------------------


def resumed_deadline(deadline_at: datetime, *, paused_at: datetime, now: datetime) -> datetime:
    """Return the deadline after a pause: what was left when it began is left again."""
    return deadline_at + max(timedelta(0), now - paused_at)


def extended_deadline(deadline_at: datetime, *, minutes: int, now: datetime, paused_at: datetime | None) -> datetime:
    """Return the deadline with more time; one whose time is up gets all of it from now on.

    Args:
        paused_at: when the attempt stands still since then, its clock stands there.
    """
    return max(deadline_at, paused_at or now) + timedelta(minutes=minutes)


# The live board ----------------------------------------------------------------------------------


class BoardState(StrEnum):
    """Where one participant of a sitting stands; in the order in which a supervisor wants to see them."""

    QUIET = "quiet"
    STUCK = "stuck"
    PAUSED = "paused"
    RUNNING = "running"
    WAITING = "waiting"
    EXPIRED = "expired"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Watched:
    """What the board knows of one participant.

    Args:
        state: `open`, `submitted`, `expired`, or None before the start.
        started_at, deadline_at, paused_at: of the attempt.
        last_answer_at: of the last response that was taken.
        last_seen_at: last word of any of the person's devices.
    """

    state: str | None
    started_at: datetime | None = None
    deadline_at: datetime | None = None
    paused_at: datetime | None = None
    last_answer_at: datetime | None = None
    last_seen_at: datetime | None = None


def board_state(one: Watched, *, now: datetime) -> BoardState:
    """Return where a participant stands.

    An attempt whose time and grace are over reads as run out, whether or not its row was closed. A save
    is a sign of life as good as any other.
    """
    if one.state is None or one.started_at is None or one.deadline_at is None:
        return BoardState.WAITING
    if one.state != "open":
        return BoardState.FINISHED if one.state == "submitted" else BoardState.EXPIRED
    if one.paused_at is not None:
        return BoardState.PAUSED
    if now >= one.deadline_at + GRACE:
        return BoardState.EXPIRED
    answered_at = one.last_answer_at or one.started_at
    heard_at = max(answered_at, one.last_seen_at or one.started_at)
    if now - heard_at >= QUIET_AFTER:
        return BoardState.QUIET
    return BoardState.STUCK if now - answered_at >= STUCK_AFTER else BoardState.RUNNING
