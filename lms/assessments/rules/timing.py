"""Time and attempts: when an attempt may start, until when it takes answers, what a designer may not mix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# Only for what was already on its way when the time ended; such entries are marked.
GRACE = timedelta(seconds=60)
# Below this a person cannot read a question with four options, let alone answer it.
LEAST_SECONDS_PER_ITEM = 20
MAX_MINUTES = 300
MAX_ITEMS = 200


class Phase(StrEnum):
    """Where an attempt stands, worked out from the clock on each read."""

    RUNNING = "running"
    PAUSED = "paused"
    GRACE = "grace"
    OVER = "over"


def phase(*, is_open: bool, deadline_at: datetime, now: datetime, paused_at: datetime | None = None) -> Phase:
    """Return the phase of an attempt; the row's own state only says whether it was closed before.

    The deadline itself belongs to the grace, and the end of the grace is over (half-open stretches).
    While an attempt is paused its time stands still: it neither runs nor ends.
    """
    if is_open and paused_at is not None:
        return Phase.PAUSED
    if not is_open or now >= deadline_at + GRACE:
        return Phase.OVER
    return Phase.RUNNING if now < deadline_at else Phase.GRACE


def seconds_left(
    *, deadline_at: datetime, now: datetime, started_at: datetime | None = None, paused_at: datetime | None = None
) -> int:
    """Return whole seconds to the deadline, 0 at least.

    Args:
        started_at: when given, a clock that was set back shows no more than the whole time of the attempt.
        paused_at: when given, what was left then is still left.
    """
    at = now if paused_at is None else paused_at
    left = deadline_at - (at if started_at is None else max(at, started_at))
    return max(0, int(left.total_seconds()))


class StartRefusal(StrEnum):
    """Why a new attempt may not start."""

    NOT_ACTIVE = "not_active"
    PASSED = "passed"
    NONE_LEFT = "none_left"
    WAIT = "wait"
    LESSONS_FIRST = "lessons_first"
    TOO_FEW_ITEMS = "too_few_items"


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a start is judged by.

    Args:
        active: the enrolment is active.
        has_passed: an attempt of this assessment was passed, where passing means something.
        used: attempts made so far.
        allowed: attempts allowed.
        last_ended_at: end of the last attempt, or None.
        delay_days: days to wait between two attempts.
        lessons_missing: lessons still to read, where the assessment asks for all of them.
        items_ready: items that can be drawn.
        draw_count: items that are needed.
    """

    active: bool
    has_passed: bool
    used: int
    allowed: int
    last_ended_at: datetime | None
    delay_days: int
    lessons_missing: int
    items_ready: int
    draw_count: int

    @property
    def left(self) -> int:
        """Attempts left, 0 at least."""
        return max(0, self.allowed - self.used)

    @property
    def waits_until(self) -> datetime | None:
        """Instant from which the next attempt may start, or None when there is no wait."""
        if self.last_ended_at is None or not self.delay_days:
            return None
        return self.last_ended_at + timedelta(days=self.delay_days)


def start_refusal(sitting: Sitting, *, now: datetime) -> StartRefusal | None:
    """Return why no attempt may start now, or None when one may."""
    if sitting.has_passed:
        return StartRefusal.PASSED
    if not sitting.active:
        return StartRefusal.NOT_ACTIVE
    if not sitting.left:
        return StartRefusal.NONE_LEFT
    if sitting.lessons_missing:
        return StartRefusal.LESSONS_FIRST
    if sitting.waits_until is not None and now < sitting.waits_until:
        return StartRefusal.WAIT
    return StartRefusal.TOO_FEW_ITEMS if sitting.items_ready < sitting.draw_count else None


@dataclass(frozen=True, slots=True)
class Design:
    """The rules of an assessment, as its author set them."""

    kind: str
    draw_count: int
    pool_count: int
    time_limit_minutes: int
    pass_percent: int
    attempts_max: int
    delay_days: int = 0


def unsafe_mixes(design: Design) -> list[str]:
    """Return why these rules must not go together, in Indonesian; empty when they may.

    Refused when the assessment is written, so that nobody finds out in the middle of an exam.
    """
    bounds = (
        (1, design.draw_count, MAX_ITEMS, f"jumlah soal harus 1 sampai {MAX_ITEMS}"),
        (1, design.time_limit_minutes, MAX_MINUTES, f"waktu harus 1 sampai {MAX_MINUTES} menit"),
        (0, design.pass_percent, 100, "batas lulus harus 0 sampai 100"),
        (1, design.attempts_max, 20, "jumlah percobaan harus 1 sampai 20"),
        (0, design.delay_days, 90, "jeda antarpercobaan harus 0 sampai 90 hari"),
    )
    outside = [text for low, value, high, text in bounds if not low <= value <= high]
    if outside:
        return outside
    short = design.time_limit_minutes * 60 < design.draw_count * LEAST_SECONDS_PER_ITEM
    mixes = (
        (
            design.draw_count > design.pool_count,
            f"perlu {design.draw_count} soal, tetapi bank hanya punya {design.pool_count} yang cocok",
        ),
        (short, f"waktunya kurang dari {LEAST_SECONDS_PER_ITEM} detik per soal; jawaban tidak sempat terkirim"),
        (
            design.kind == "pretest" and design.pass_percent > 0,
            "pra-uji tidak meluluskan siapa pun, jadi batas lulusnya harus 0",
        ),
        (
            design.kind == "pretest" and design.attempts_max > 1,
            "pra-uji mengukur keadaan awal, jadi hanya satu percobaan",
        ),
        (design.kind == "exam" and not design.pass_percent, "ujian memerlukan batas lulus di atas 0"),
        (
            design.delay_days > 0 and design.attempts_max == 1,
            "jeda tidak berarti bila percobaan hanya satu",
        ),
    )
    return [text for is_wrong, text in mixes if is_wrong]
