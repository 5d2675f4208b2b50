"""The rules of an exam day: deadlines, special rules, pauses that give the time back, the board."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.assessments.rules import (
    GRACE,
    BoardState,
    Phase,
    SittingDesign,
    SittingRefusal,
    Special,
    Watched,
    Window,
    bad_networks,
    board_state,
    extended_deadline,
    late_minutes,
    phase,
    pick_sitting,
    place_fits,
    plan_for,
    resumed_deadline,
    same_code,
    seconds_left,
    sitting_faults,
    sitting_refusal,
)

T = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
MINUTES = st.integers(0, 600)
WINDOW = st.builds(
    lambda start, late, long: Window(
        T + timedelta(minutes=start),
        T + timedelta(minutes=start + late),
        T + timedelta(minutes=start + late + long),
    ),
    MINUTES,
    st.integers(1, 120),
    MINUTES,
)
MORE = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 60), st.just("alasan")), max_size=3)
SPECIALS = st.lists(
    st.builds(Special, st.booleans(), extra_minutes=st.integers(0, 90), extra_attempts=st.integers(0, 3)), max_size=5
)


@given(st.integers(1, 300), WINDOW, MORE, SPECIALS, st.integers(0, 700))
def test_more_time_never_ends_an_exam_earlier_and_the_close_never_eats_it(limit, window, more, specials, start):
    started = T + timedelta(minutes=start)
    plain = plan_for(limit_minutes=limit, window=window)
    plan = plan_for(limit_minutes=limit, window=window, accommodations=more, exceptions=specials)
    assert plan.deadline(started) >= plain.deadline(started)
    # Pain: the closing date eats the extra minutes. All of them are left, whatever the close takes from everybody.
    assert plan.deadline(started) - plain.deadline(started) == timedelta(minutes=plan.extra_minutes)
    assert plan.is_cut(started) == plain.is_cut(started)
    assert sum(one.minutes for one in plan.allowances) == plan.extra_minutes


@given(st.integers(1, 300), MORE, st.integers(0, 700))
def test_without_a_sitting_everybody_has_the_whole_time(limit, more, start):
    plan = plan_for(limit_minutes=limit, accommodations=more)
    started = T + timedelta(minutes=start)
    assert plan.deadline(started) == started + timedelta(minutes=limit + plan.extra_minutes)
    assert not plan.is_cut(started)


def test_what_is_set_for_a_person_goes_before_the_units_and_of_units_the_most_generous():
    window = Window(T, T + timedelta(hours=1), T + timedelta(hours=2))
    late, later = T + timedelta(hours=3), T + timedelta(hours=4)
    units = [
        Special(False, closes_at=late, extra_minutes=30, reason="listrik"),
        Special(False, closes_at=later, extra_minutes=10, reason="jarak"),
    ]
    plan = plan_for(limit_minutes=60, window=window, exceptions=units)
    assert (plan.closes_at, plan.extra_minutes, plan.allowances[0].reason) == (later, 30, "listrik")
    own = Special(True, extra_minutes=5, extra_attempts=1, reason="antre")
    plan = plan_for(limit_minutes=60, window=window, exceptions=[*units, own])
    assert (plan.extra_minutes, plan.extra_attempts, plan.closes_at) == (5, 1, later)
    plan = plan_for(limit_minutes=45, window=window, accommodations=[(33, 0, "penglihatan terbatas")])
    assert plan.extra_minutes == 15  # a begun minute is a whole one
    assert plan.closes_at == window.closes_at + timedelta(minutes=15)


@given(WINDOW, st.integers(-10, 1400), st.booleans(), st.booleans(), st.booleans())
def test_a_start_is_allowed_in_the_window_only(window, minute, paused, code, place):
    now = T + timedelta(minutes=minute)
    plan = plan_for(limit_minutes=30, window=window)
    refusal = sitting_refusal(plan, now=now, is_paused=paused, code_fits=code, place_fits=place)
    inside = window.opens_at <= now < min(window.last_start_at, window.closes_at)
    assert (refusal is None) == (inside and not paused and code and place)


def test_a_sitting_says_why_not():
    plan = plan_for(limit_minutes=30, window=Window(T, T + timedelta(hours=1), T + timedelta(hours=2)))
    hours = {-1: SittingRefusal.NOT_OPEN, 1: SittingRefusal.START_CLOSED, 2: SittingRefusal.ENDED}
    for hour, wanted in hours.items():
        assert sitting_refusal(plan, now=T + timedelta(hours=hour)) is wanted
    assert sitting_refusal(plan, now=T, is_paused=True) is SittingRefusal.PAUSED
    assert sitting_refusal(plan_for(limit_minutes=30), now=T, is_paused=True) is None


@given(MINUTES, st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_pause_gives_back_exactly_what_it_took(limit, before, long):
    started, deadline = T, T + timedelta(minutes=limit)
    paused = started + timedelta(seconds=before)
    resumed = paused + timedelta(seconds=long)
    left = seconds_left(deadline_at=deadline, now=paused, started_at=started)
    while_paused = seconds_left(deadline_at=deadline, now=resumed, started_at=started, paused_at=paused)
    after = resumed_deadline(deadline, paused_at=paused, now=resumed)
    assert while_paused == left == seconds_left(deadline_at=after, now=resumed, started_at=started)
    assert phase(is_open=True, deadline_at=deadline, now=resumed, paused_at=paused) is Phase.PAUSED
    was = phase(is_open=True, deadline_at=deadline, now=paused)
    assert phase(is_open=True, deadline_at=after, now=resumed) is was
    # A clock that was set back takes nothing.
    assert resumed_deadline(deadline, paused_at=paused, now=paused - timedelta(hours=1)) == deadline


@given(MINUTES, st.integers(1, 240), st.integers(0, 900), st.booleans())
def test_more_time_is_all_there_even_for_one_whose_time_was_up(limit, minutes, passed, paused):
    now, deadline = T + timedelta(minutes=passed), T + timedelta(minutes=limit)
    new = extended_deadline(deadline, minutes=minutes, now=now, paused_at=now if paused else None)
    assert new - max(deadline, now) == timedelta(minutes=minutes)


def test_the_planner_is_told_what_cannot_be():
    def faults(last, close, limit=60):
        window = Window(T, T + timedelta(minutes=last), T + timedelta(minutes=close))
        return sitting_faults(SittingDesign(window, limit))

    assert faults(60, 120) == []
    assert "batas mulai" in faults(0, 120)[0]
    assert "waktu tutup" in faults(60, 30)[0]
    assert "lebih pendek" in faults(20, 40)[0]
    assert "31 hari" in faults(60, 60 * 24 * 40)[0]
    window = Window(T, T + timedelta(minutes=90), T + timedelta(minutes=120))
    assert late_minutes(SittingDesign(window, 60)) == 30
    assert late_minutes(SittingDesign(window, 30)) == 0


def test_codes_and_places_are_read_kindly_but_strictly():
    assert same_code(" kota-12 ", "KOTA 12")
    assert same_code("apa saja", "")
    assert not same_code("", "KOTA12")
    assert place_fits("10.20.3.4", ["192.0.2.0/24", "10.20.0.0/16"])
    assert not place_fits("10.21.3.4", ["10.20.0.0/16"])
    assert not place_fits("bukan alamat", ["10.20.0.0/16"])
    assert place_fits("bukan alamat", [])
    assert bad_networks(["10.20.0.0/16", "ruang 3"]) == ["ruang 3"]


def test_the_sitting_that_concerns_a_person_is_found():
    def at(hour):
        return Window(T + timedelta(hours=hour), T + timedelta(hours=hour + 1), T + timedelta(hours=hour + 2))

    assert pick_sitting([], now=T) is None
    assert pick_sitting([at(-9), at(0), at(5)], now=T) == 1
    assert pick_sitting([at(-9), at(9), at(5)], now=T) == 2
    assert pick_sitting([at(-9), at(-30)], now=T) == 0


def test_the_board_tells_apart_who_needs_a_look():
    def state(**values):
        usual = {"state": "open", "started_at": T, "deadline_at": T + timedelta(hours=1)}
        return board_state(Watched(**(usual | values)), now=T + timedelta(minutes=20))

    recent, old = T + timedelta(minutes=19), T + timedelta(minutes=5)
    assert board_state(Watched(None), now=T) is BoardState.WAITING
    assert state(last_answer_at=recent) is BoardState.RUNNING
    assert state(last_answer_at=old, last_seen_at=recent) is BoardState.STUCK
    assert state(last_answer_at=old, last_seen_at=old) is BoardState.QUIET
    assert state(last_seen_at=recent) is BoardState.STUCK  # in touch, but not one answer
    assert state(last_answer_at=old, paused_at=recent) is BoardState.PAUSED
    assert state(deadline_at=T + timedelta(minutes=20) - GRACE) is BoardState.EXPIRED  # no worker closed it
    assert state(state="submitted") is BoardState.FINISHED
    assert state(state="expired") is BoardState.EXPIRED
