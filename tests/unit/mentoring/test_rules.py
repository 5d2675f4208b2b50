"""Rules of sessions, JP, silence and fit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.mentoring.rules import (
    TOPICS,
    Fit,
    PairingRefusal,
    SessionRefusal,
    Span,
    fit_order,
    is_silent,
    jp_forecast,
    known_topics,
    next_due,
    pairing_refusal,
    session_refusal,
)

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
DAY = date(2026, 11, 24)
minutes = st.integers(0, 3000)


def span(start: int, length: int) -> Span:
    begins = NOW - timedelta(days=3) + timedelta(minutes=start)
    return Span(begins, begins + timedelta(minutes=length))


def refusal(one: Span, **changes):
    values = {
        "now": NOW, "held_on": DAY, "pairing_starts_on": date(2026, 11, 1), "pairing_ends_on": date(2027, 1, 1),
        **changes,
    }  # fmt: skip
    return session_refusal(one, **values)


@pytest.mark.parametrize(
    ("length", "expected"),
    [(0, "ends_before_start"), (-30, "ends_before_start"), (1, None), (480, None), (481, "too_long")],
)
def test_length_is_more_than_nothing_and_at_most_eight_hours(length, expected):
    assert refusal(span(0, length)) == expected


def test_a_session_that_ends_now_is_over_and_a_second_later_is_not():
    assert refusal(Span(NOW - timedelta(hours=1), NOW)) is None
    assert refusal(Span(NOW - timedelta(hours=1), NOW + timedelta(seconds=1))) is SessionRefusal.FUTURE


def test_first_and_last_day_of_the_pairing_count():
    assert refusal(span(0, 60), pairing_starts_on=DAY, pairing_ends_on=DAY) is None
    assert refusal(span(0, 60), pairing_starts_on=DAY + timedelta(1)) is SessionRefusal.BEFORE_PAIRING
    assert refusal(span(0, 60), pairing_ends_on=DAY - timedelta(1)) is SessionRefusal.AFTER_PAIRING


@given(minutes, st.integers(1, 480), minutes, st.integers(1, 480))
def test_overlap_is_symmetric_and_means_a_shared_minute(a, long_a, b, long_b):
    one, other = span(a, long_a), span(b, long_b)
    shared = set(range(a, a + long_a)) & set(range(b, b + long_b))
    assert one.overlaps(other) == other.overlaps(one) == bool(shared)


@given(st.integers(0, 60), st.integers(0, 10), st.integers(0, 10))
def test_no_month_ever_brings_more_than_its_cap(sessions, worth, cap):
    total = sum(jp_forecast(counted=n, jp_per_session=worth, cap=cap).credited_jp for n in range(sessions))
    assert total == worth * min(sessions, cap)


def test_the_third_session_of_a_month_brings_nothing():
    assert [jp_forecast(counted=n, jp_per_session=2, cap=2).credited_jp for n in range(4)] == [2, 2, 0, 0]
    assert jp_forecast(counted=2, jp_per_session=2, cap=2).ordinal == 3
    assert jp_forecast(counted=9, jp_per_session=2, cap=None).credited_jp == 2


def test_silence_begins_after_thirty_days():
    assert not is_silent(DAY - timedelta(30), date(2026, 1, 1), DAY)
    assert is_silent(DAY - timedelta(31), date(2026, 1, 1), DAY)
    assert not is_silent(None, DAY - timedelta(30), DAY)
    assert is_silent(None, DAY - timedelta(31), DAY)


def test_the_agreed_day_comes_before_the_rhythm():
    assert next_due(DAY, date(2026, 12, 4), DAY, 14) == date(2026, 12, 4)
    assert next_due(DAY, None, date(2026, 1, 1), 14) == date(2026, 12, 8)
    assert next_due(None, None, DAY, 7) == date(2026, 12, 1)


def pair(**changes):
    values = {
        "mentor_id": 1, "mentee_id": 2, "in_reporting_line": False, "already_paired": False, "starts_on": DAY,
        "ends_on": DAY, **changes,
    }  # fmt: skip
    return pairing_refusal(**values)


def test_hard_blocks_of_a_pairing():
    assert pair() is None
    assert pair(mentor_id=2) is PairingRefusal.SELF
    assert pair(in_reporting_line=True) is PairingRefusal.LINE
    assert pair(already_paired=True) is PairingRefusal.HELD
    assert pair(ends_on=DAY - timedelta(1)) is PairingRefusal.DATES
    assert pair(ends_on=DAY + timedelta(400)) is PairingRefusal.TOO_LONG
    assert pair(mentor_level=2, goal_level=3) is PairingRefusal.LEVEL
    assert pair(mentor_level=3, goal_level=3) is None
    assert pair(mentor_level=None, goal_level=3) is None


def test_who_has_the_level_comes_first_then_who_carries_less():
    fits = {"busy": Fit(5, 4, False), "free": Fit(3, 0, False), "low": Fit(1, 0, True), "near": Fit(3, 0, True)}
    assert sorted(fits, key=lambda name: fit_order(fits[name], goal_level=3)) == ["near", "free", "busy", "low"]


@given(st.lists(st.sampled_from([*TOPICS, "bukan-topik"])))
def test_topics_are_known_ones_once_each(chosen):
    kept = known_topics(chosen)
    assert set(kept) == set(chosen) - {"bukan-topik"}
    assert len(kept) == len(set(kept))
