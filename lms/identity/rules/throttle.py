"""How long a guesser waits: per account with back-off, per source wide enough for an office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Throttle:
    """A law of waiting.

    Args:
        free: failures that cost nothing.
        first_seconds: wait after the next failure; doubled with each one more.
        longest_seconds: no wait is longer.
        forget_seconds: failures older than this no longer count.
    """

    free: int
    first_seconds: int
    longest_seconds: int
    forget_seconds: int


# One account: five tries, then 30 s, 1, 2, 4, 8, 15 minutes. At most 110 guesses a day.
ACCOUNT = Throttle(free=5, first_seconds=30, longest_seconds=900, forget_seconds=86_400)
# One address: an office of 60, each of whom mistypes three times at eight o'clock, is not stopped.
SOURCE = Throttle(free=180, first_seconds=60, longest_seconds=900, forget_seconds=900)
# Six figures, three of a million right at any time: five tries, then ever longer waits.
SECOND_FACTOR = Throttle(free=5, first_seconds=60, longest_seconds=3600, forget_seconds=86_400)


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is remembered of one account or source: failures in a row and the last one's instant."""

    failed_count: int = 0
    last_at: datetime | None = None


def wait_seconds(attempts: Attempts, law: Throttle, *, now: datetime) -> int:
    """Return how many seconds are left to wait, 0 when a try is allowed."""
    if attempts.last_at is None or attempts.failed_count < law.free:
        return 0
    passed = (now - attempts.last_at).total_seconds()
    if passed >= law.forget_seconds:
        return 0
    steps = min(attempts.failed_count - law.free, 20)  # more would only make the power large
    wait = min(law.longest_seconds, law.first_seconds * 2**steps)
    return max(0, int(-(-(wait - passed) // 1)))


def attempts_after_failure(attempts: Attempts, law: Throttle, *, now: datetime) -> Attempts:
    """Return what is remembered after one more failure."""
    stale = attempts.last_at is None or now - attempts.last_at >= timedelta(seconds=law.forget_seconds)
    return Attempts(1 if stale else attempts.failed_count + 1, now)
