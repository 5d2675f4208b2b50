"""Rules of levels and gaps: which level a person holds, how old the evidence is, how a gap is said.

Pure functions; docs/rules/competencies.md names their sources.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

LEVEL_MIN, LEVEL_MAX = 0, 5  # 0: seen, and level 1 not yet shown; five levels (PermenPANRB 38/2017)
EVIDENCE_YEARS = 3  # proposal: evidence older than this no longer sets a level
RENEW_YEARS = 2  # proposal: evidence older than this still counts, and asks to be renewed

# Kinds that set a level; a person's own estimate is shown beside it and never counts.
COUNTED_KINDS = frozenset({"appraisal", "measurement"})

# How much each source is trusted, 1 to 5 (proposal); kept in each row: a later change rewrites nothing.
STRENGTH = {
    "self": 1,
    "supervisor": 2,
    "mentoring": 2,
    "import": 3,
    "prior_learning": 3,
    "course": 3,
    "assessment": 4,
    "assessment_centre": 5,
}


class EvidenceState(StrEnum):
    """What is known of one competency of one person on a day."""

    ACCEPTED = "accepted"
    STALE = "stale"
    SELF_ONLY = "self_only"
    NONE = "none"


class GapWord(StrEnum):
    """How a comparison with the standard is said."""

    BELOW = "kurang"
    MEETS = "memenuhi"
    EXCEEDS = "melampaui"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of evidence as the rules see it.

    Args:
        id: order of recording; breaks ties of the day.
        level: 0 to 5.
        kind: self, appraisal or measurement.
        assessed_on: day on which it was seen.
    """

    id: int
    level: int
    kind: str
    assessed_on: date


@dataclass(frozen=True, slots=True)
class Held:
    """What a person holds in one competency on a day.

    Args:
        state: accepted, stale, self only or none.
        level: the level that counts, None unless accepted.
        evidence_id: the row that sets the level (or, when stale, the newest counted row).
        last_level: level of that row, also when it is stale.
        assessed_on: its day.
        self_level, self_on: the newest estimate of the person; shown thin, never counted.
    """

    state: EvidenceState
    level: int | None = None
    evidence_id: int | None = None
    last_level: int | None = None
    assessed_on: date | None = None
    self_level: int | None = None
    self_on: date | None = None


def years_before(day: date, years: int) -> date:
    """Return the same day some years earlier; 29 February becomes 1 March, so that `valid_until` agrees."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, month=3, day=1)


def valid_since(on: date, years: int | None) -> date:
    """Return the earliest day of evidence that still counts on a day.

    The validity in years includes the anniversary; None means without end.
    """
    return date.min if years is None else years_before(on, years)


def held_level(evidence: Iterable[Evidence], *, on: date, years: int | None = EVIDENCE_YEARS) -> Held:
    """Return what counts on a day: the highest level of appraisal or measurement that is still valid.

    Args:
        evidence: all rows of one person and competency, any order, without corrected ones.
        on: the day asked about; later evidence is not known yet.
        years: validity of evidence, None for no end.

    Returns: among rows of the same level the newest one is named.
    Rule: docs/rules/competencies.md#level.
    """
    known = [row for row in evidence if row.assessed_on <= on]
    own = max((r for r in known if r.kind not in COUNTED_KINDS), key=_newest, default=None)
    self_level, self_on = (None, None) if own is None else (own.level, own.assessed_on)
    counted = [row for row in known if row.kind in COUNTED_KINDS]
    since = valid_since(on, years)
    best = max(
        (row for row in counted if row.assessed_on >= since),
        key=lambda row: (row.level, row.assessed_on, row.id),
        default=None,
    )
    if best is not None:
        return Held(EvidenceState.ACCEPTED, best.level, best.id, best.level, best.assessed_on, self_level, self_on)
    last = max(counted, key=_newest, default=None)
    if last is not None:
        return Held(EvidenceState.STALE, None, last.id, last.level, last.assessed_on, self_level, self_on)
    if own is not None:
        return Held(EvidenceState.SELF_ONLY, self_level=self_level, self_on=self_on)
    return Held(EvidenceState.NONE)


def _newest(row: Evidence) -> tuple[date, int]:
    return (row.assessed_on, row.id)


def difference(level: int, required: int) -> int:
    """Return level minus standard: below 0 is a shortfall, as local practice writes it.

    Rule: domain.md 4.2; a plain "required minus actual" has the opposite sign, so screens say words.
    """
    return level - required


def shortfall(level: int | None, required: int | None) -> int:
    """Return how many levels are missing, 0 or more; without evidence or standard nothing is known to be."""
    return 0 if level is None or required is None else max(0, required - level)


def gap_word(level: int, required: int) -> GapWord:
    """Return the word for a level beside its standard (Kurang, Memenuhi, Melampaui)."""
    found = difference(level, required)
    if found < 0:
        return GapWord.BELOW
    return GapWord.MEETS if found == 0 else GapWord.EXCEEDS


def age_in_months(assessed_on: date, on: date) -> int:
    """Return the whole months between two days, 0 or more."""
    months = (on.year - assessed_on.year) * 12 + on.month - assessed_on.month
    return max(0, months - (on.day < assessed_on.day))


def needs_renewal(assessed_on: date, on: date) -> bool:
    """Return whether evidence still counts but is old enough to be seen again."""
    return assessed_on < years_before(on, RENEW_YEARS)


def valid_until(assessed_on: date, years: int = EVIDENCE_YEARS) -> date:
    """Return the last day on which evidence of a day sets a level."""
    day = assessed_on
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February of a leap year ends with the last of February
        return day.replace(year=day.year + years, day=28)


def appraisal_refusal(*, assessed_on: date, today: date, started_on: date | None) -> str | None:
    """Return why the day of an appraisal is refused, or None.

    `started_on` is the first day of the main job held on that day, None when there was none.

    Returns: `future`, `too_old` (more than a year ago) or `no_job`.
    """
    if started_on is None:
        return "no_job"
    if assessed_on > today:
        return "future"
    return "too_old" if assessed_on < today - timedelta(days=366) else None
