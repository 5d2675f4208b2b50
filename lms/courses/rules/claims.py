"""Claims of JP for training taken elsewhere: what makes one sound, what a proof is, what looks like a double."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from lms.courses.rules.jp import MINUTES_PER_JP

EARLIEST = date(2015, 1, 1)
MAX_CLAIM_JP = 900  # a year of full-time leadership training
MAX_CLAIM_DAYS = 400
PROOF_BYTES = 5 * 1024 * 1024
NOTE_MAX = 300
# A working day of ten lessons; more is looked at, not refused.
PLAUSIBLE_JP_A_DAY = 10
PROOF_TYPES: Mapping[bytes, tuple[str, str]] = {
    b"%PDF-": ("application/pdf", "pdf"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
}


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What a person says about a training, as plain values."""

    learning_form: int
    title: str
    provider: str
    certificate_number: str
    starts_on: date
    ends_on: date
    claimed_jp: int


def proof_type(head: bytes) -> tuple[str, str] | None:
    """Return media type and extension of a proof by its first bytes; None for what is no PDF, PNG or JPEG."""
    return next((kind for sign, kind in PROOF_TYPES.items() if head.startswith(sign)), None)


def number_key(number: str) -> str:
    """Return a certificate number without case, spaces and signs: `800/12-A 2026` and `800.12a.2026` are one."""
    return re.sub(r"[\W_]+", "", number.casefold())[:80]


def claim_faults(facts: ClaimFacts, *, today: date) -> dict[str, str]:
    """Return what keeps a claim from being sent, by field: `ends_before`, `future`, `too_old`, `too_long`, `jp`."""
    found: dict[str, str] = {}
    if facts.ends_on < facts.starts_on:
        found["ends_on"] = "ends_before"
    elif facts.ends_on > today:
        found["ends_on"] = "future"
    elif (facts.ends_on - facts.starts_on).days >= MAX_CLAIM_DAYS:
        found["ends_on"] = "too_long"
    if facts.starts_on < EARLIEST:
        found["starts_on"] = "too_old"
    if not 1 <= facts.claimed_jp <= MAX_CLAIM_JP:
        found["claimed_jp"] = "jp"
    return found


def is_much(facts: ClaimFacts) -> bool:
    """Return whether the JP are more than so many days usually hold."""
    days = (facts.ends_on - facts.starts_on).days + 1
    return facts.claimed_jp > days * PLAUSIBLE_JP_A_DAY


def claim_days(starts_on: date, ends_on: date, jp: int) -> dict[date, int]:
    """Return the minutes of a claim spread evenly over its days, so that caps per day apply to it as to all else.

    The sum is `jp` lessons of 45 minutes; earlier days hold the odd minutes.
    """
    days = [starts_on + timedelta(days=number) for number in range((ends_on - starts_on).days + 1)]
    each, odd = divmod(jp * MINUTES_PER_JP, len(days))
    return {day: each + (place < odd) for place, day in enumerate(days) if each + (place < odd)}
