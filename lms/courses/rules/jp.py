"""Hours of learning (JP): what an activity is worth, what the caps cut, and what a year asks for.

Sources as docs/rules/courses.md marks them. The reason of a cut is kept in the ledger as written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

MINUTES_PER_JP = 45  # lan.go.id/?p=9939 citing PerLAN 5/2018 (found); docs/rules/courses.md#jp
E_LEARNING, MENTORING, COACHING, SELF_LEARNING = 16, 15, 14, 22  # SIASN jenisDiklatId (found)
BASES = ("program", "minutes", "session", "activity")


@dataclass(frozen=True, slots=True)
class Rate:
    """How one form of learning turns into JP.

    Args:
        basis: `program` (JP of the programme), `minutes`, `session` or `activity`.
        jp_per_basis: JP of one session or activity.
        max_jp_per_day: cap per person and day, None for no cap.
        max_sessions_per_month: cap per person and calendar month, None for no cap.
    """

    basis: str
    jp_per_basis: int | None = None
    max_jp_per_day: int | None = None
    max_sessions_per_month: int | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What an activity is worth.

    Args:
        proposed_jp: JP before caps.
        credited_jp: JP that count, 0 to `proposed_jp`.
        counted: minutes of each day that fit under the cap; basis `minutes` only.
        reason: why less was credited than proposed.
    """

    proposed_jp: int
    credited_jp: int
    counted: Mapping[date, int] = field(default_factory=dict)
    reason: str = ""


def jp_of_minutes(minutes: int) -> int:
    """Return whole JP in so many minutes, rounded down; 1 JP = 45 minutes."""
    return max(0, minutes) // MINUTES_PER_JP


def credit(
    rate: Rate,
    *,
    days: Mapping[date, int],
    used: Mapping[date, int] | None = None,
    sessions_used: int = 0,
    programme_jp: int | None = None,
) -> Credit:
    """Return what an activity is worth under a rate, after the caps.

    Args:
        days: minutes of the activity by day, 0 or more.
        used: minutes of the same form that already counted on these days.
        sessions_used: sessions of the same form already credited in the month.
        programme_jp: JP that the programme states; basis `program`, and the most that `minutes` may give.

    Returns: whole JP, floor per activity after caps.
    Rule: LAN 10/2018 annex (found in secondary sources): e-learning at most 3 JP a day,
        mentoring and coaching 2 JP a session and at most two sessions a month (docs/rules/courses.md#caps).
    """
    minutes = sum(max(0, part) for part in days.values())
    if rate.basis == "program":
        stated = max(0, jp_of_minutes(minutes) if programme_jp is None else programme_jp)
        return Credit(stated, stated, dict(days))
    if rate.basis in {"session", "activity"}:
        worth = max(0, rate.jp_per_basis or 0)
        cap = rate.max_sessions_per_month
        if cap is not None and sessions_used >= cap:
            return Credit(
                worth,
                0,
                {},
                (
                    f"Batas {cap} sesi per bulan untuk bentuk ini sudah terpakai. "
                    "Catatan tetap tersimpan, JP tidak bertambah."
                ),
            )
        return Credit(worth, worth, dict(days))
    return _credit_minutes(rate, days=days, used=used or {}, programme_jp=programme_jp)


def _credit_minutes(
    rate: Rate, *, days: Mapping[date, int], used: Mapping[date, int], programme_jp: int | None
) -> Credit:
    minutes = sum(max(0, part) for part in days.values())
    proposed = jp_of_minutes(minutes)
    if programme_jp is not None:
        proposed = max(0, min(proposed, programme_jp))
    cap = rate.max_jp_per_day
    if cap is None:
        return Credit(proposed, proposed, {day: max(0, part) for day, part in days.items()})
    room = {day: max(0, cap * MINUTES_PER_JP - max(0, used.get(day, 0))) for day in days}
    counted = {day: min(max(0, part), room[day]) for day, part in days.items()}
    lost = minutes - sum(counted.values())
    credited = min(proposed, jp_of_minutes(sum(counted.values())))
    if credited == proposed:
        return Credit(proposed, credited, counted)
    full = sum(1 for day, part in days.items() if counted[day] < part)
    return Credit(
        proposed,
        credited,
        counted,
        (f"Batas {cap} JP per hari terlampaui pada {full} hari. {lost} menit tidak dihitung."),
    )


def spread_minutes(days: Mapping[date, int], *, total: int, on: date) -> dict[date, int]:
    """Return learning minutes by day, filled up or cut so that they sum to `total`.

    Minutes that no day holds (the exam) fall on the day of completion; too many are cut from the last day.
    """
    spread = {day: part for day, part in sorted(days.items()) if part > 0}
    rest = total - sum(spread.values())
    if rest > 0:
        spread[on] = spread.get(on, 0) + rest
    for day in sorted(spread, reverse=True):
        if rest >= 0:
            break
        cut = min(spread[day], -rest)
        spread[day] -= cut
        rest += cut
    return {day: part for day, part in spread.items() if part > 0}


# The year of a person ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """A duty or a limit.

    Args:
        direction: `at_least` (a duty) or `at_most` (a limit of what the agency pays for).
        amount_jp: JP.
        year_kind: `calendar` or `contract`.
    """

    direction: str
    amount_jp: int
    year_kind: str = "calendar"


@dataclass(frozen=True, slots=True)
class YearView:
    """Where a person stands in a year.

    Args:
        credited_jp: JP that count towards target or limit.
        self_learning_jp: JP of self-learning, told apart where a limit holds.
        target: None when nothing is asked of this kind of employment.
        missing_jp: JP that a duty still lacks; always 0 under a limit or without a target.
        is_met: True or False for a duty; None otherwise, since a limit is never "not met".
    """

    credited_jp: int
    self_learning_jp: int
    target: Target | None
    missing_jp: int
    is_met: bool | None

    @property
    def share_percent(self) -> int:
        """Percent of the target or limit that is reached, 0 to 100."""
        if self.target is None or self.target.amount_jp <= 0:
            return 0
        return min(100, self.credited_jp * 100 // self.target.amount_jp)


def year_view(entries: Sequence[tuple[int, int]], target: Target | None) -> YearView:
    """Return the yearly view from (learning form, credited JP) pairs; counter-entries are negative.

    Rule: PNS at least 20 JP (PP 11/2017 art. 203(4)); PPPK at most 24 JP per year of contract
        (PP 49/2018 art. 40(1)), self-learning besides it; no target for others (docs/rules/courses.md#year).
    """
    own = sum(jp for form, jp in entries if form == SELF_LEARNING)
    every = sum(jp for _form, jp in entries)
    if target is None:
        return YearView(max(0, every), max(0, own), None, 0, None)
    if target.direction == "at_most":
        return YearView(max(0, every - own), max(0, own), target, 0, None)
    missing = max(0, target.amount_jp - every)
    return YearView(max(0, every), max(0, own), target, missing, missing == 0)


def contract_year(contract_from_on: date, year: int) -> tuple[date, date]:
    """Return first and last day (inclusive) of the contract year that begins in `year`.

    A contract from 29 February begins its other years on 1 March.
    """
    return _anniversary(contract_from_on, year), _day_before(_anniversary(contract_from_on, year + 1))


def contract_year_of(contract_from_on: date, on: date) -> int:
    """Return the calendar year in which the contract year that holds `on` begins."""
    return on.year if on >= _anniversary(contract_from_on, on.year) else on.year - 1


def _anniversary(first: date, year: int) -> date:
    if (first.month, first.day) == (2, 29):
        try:
            return date(year, 2, 29)
        except ValueError:
            return date(year, 3, 1)
    return first.replace(year=year)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
