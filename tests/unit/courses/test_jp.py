"""JP: caps, floors, years."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules import (
    SELF_LEARNING,
    Rate,
    Target,
    contract_year,
    contract_year_of,
    credit,
    jp_of_minutes,
    spread_minutes,
    year_view,
)

DAY = date(2026, 11, 24)
E_LEARNING_RATE = Rate("minutes", max_jp_per_day=3)
DAYS = st.dictionaries(st.integers(0, 20).map(lambda n: DAY + timedelta(days=n)), st.integers(0, 600), max_size=8)


@given(DAYS, DAYS, st.integers(1, 4))
def test_e_learning_never_exceeds_the_cap_of_a_day_and_floors_per_activity(days, used, cap):
    worth = credit(Rate("minutes", max_jp_per_day=cap), days=days, used=used)
    room = {day: max(0, cap * 45 - used.get(day, 0)) for day in days}
    assert all(worth.counted[day] <= min(days[day], room[day]) for day in days)
    assert worth.credited_jp <= sum(room.values()) // 45
    assert worth.credited_jp == min(worth.proposed_jp, sum(worth.counted.values()) // 45)
    assert bool(worth.reason) == (worth.credited_jp < worth.proposed_jp)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 400)), max_size=10))
def test_many_activities_on_the_same_days_never_credit_more_than_the_cap_together(activities):
    used: dict[date, int] = {}
    total = 0
    for offset, minutes in activities:
        day = DAY + timedelta(days=offset)
        worth = credit(E_LEARNING_RATE, days={day: minutes}, used=used)
        total += worth.credited_jp
        used[day] = used.get(day, 0) + worth.counted[day]
    assert total <= 3 * len({offset for offset, _minutes in activities})
    assert all(minutes <= 135 for minutes in used.values())


@given(DAYS, st.integers(0, 20), st.integers(0, 300))
def test_learning_longer_never_lowers_the_credit(days, offset, more):
    longer = dict(days)
    day = DAY + timedelta(days=offset)
    longer[day] = longer.get(day, 0) + more
    assert credit(E_LEARNING_RATE, days=longer).credited_jp >= credit(E_LEARNING_RATE, days=days).credited_jp


@given(DAYS, st.integers(0, 30))
def test_a_programme_never_gives_more_than_it_states(days, stated):
    assert credit(E_LEARNING_RATE, days=days, programme_jp=stated).credited_jp <= stated


@given(st.integers(-100, 100_000))
def test_jp_is_rounded_down(minutes):
    jp = jp_of_minutes(minutes)
    assert jp >= 0
    assert jp * 45 <= max(0, minutes) < (jp + 1) * 45


def test_the_third_mentoring_session_of_a_month_is_kept_but_credits_nothing():
    rate = Rate("session", jp_per_basis=2, max_sessions_per_month=2)
    assert [credit(rate, days={DAY: 60}, sessions_used=n).credited_jp for n in range(4)] == [2, 2, 0, 0]
    third = credit(rate, days={DAY: 60}, sessions_used=2)
    assert third.proposed_jp == 2
    assert "2 sesi per bulan" in third.reason


@given(DAYS, st.integers(0, 3000), st.integers(0, 20))
def test_spread_minutes_sum_to_the_length_of_the_course(days, total, offset):
    on = DAY + timedelta(days=offset)
    spread = spread_minutes(days, total=total, on=on)
    assert sum(spread.values()) == total
    assert all(minutes > 0 for minutes in spread.values())
    assert all(spread[day] <= days.get(day, 0) for day in spread if day != on)


def test_exam_minutes_fall_on_the_day_of_completion():
    assert spread_minutes({DAY: 100}, total=140, on=DAY + timedelta(days=2)) == {
        DAY: 100,
        DAY + timedelta(days=2): 40,
    }


LEDGER = st.lists(st.tuples(st.integers(1, 25), st.integers(-6, 20)), max_size=20)


@given(LEDGER, st.integers(1, 40))
def test_a_duty_is_met_exactly_when_nothing_is_missing(entries, amount):
    view = year_view(entries, Target("at_least", amount))
    assert view.missing_jp == max(0, amount - sum(jp for _form, jp in entries))
    assert view.is_met is (view.missing_jp == 0)
    assert 0 <= view.share_percent <= 100


@given(LEDGER)
def test_a_limit_is_never_unmet_and_tells_self_learning_apart(entries):
    view = year_view(entries, Target("at_most", 24, "contract"))
    own = sum(jp for form, jp in entries if form == SELF_LEARNING)
    assert view.is_met is None
    assert view.missing_jp == 0
    assert view.self_learning_jp == max(0, own)
    assert view.credited_jp == max(0, sum(jp for _form, jp in entries) - own)


def test_without_a_target_only_the_sum_is_told():
    view = year_view([(16, 5), (15, 2)], None)
    assert (view.credited_jp, view.missing_jp, view.is_met) == (7, 0, None)


FIRST = st.dates(date(2015, 1, 1), date(2026, 12, 31))


@given(FIRST, st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_each_day_lies_in_exactly_its_contract_year(contract_from, on):
    year = contract_year_of(contract_from, on)
    first, last = contract_year(contract_from, year)
    assert first <= on <= last
    following, _end = contract_year(contract_from, year + 1)
    assert following == last + timedelta(days=1)


def test_a_contract_from_leap_day_turns_over_on_the_first_of_march():
    assert contract_year(date(2024, 2, 29), 2025) == (date(2025, 3, 1), date(2026, 2, 28))
