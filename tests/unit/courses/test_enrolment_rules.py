"""Windows, seats, deadlines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules import Refusal, can_undo_withdrawal, days_late, due_day, enrolment_refusal

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))


@given(INSTANTS, INSTANTS, INSTANTS)
def test_adjoining_windows_never_overlap_and_leave_no_gap(first, middle, now):
    def in_window(opens, closes):
        return (
            enrolment_refusal(now=now, is_open=True, opens_at=opens, closes_at=closes, capacity=None, taken=0) is None
        )

    if first <= middle:
        both = [in_window(first, middle), in_window(middle, None)]
        assert sum(both) == (1 if now >= first else 0)


@given(st.integers(1, 50), st.integers(0, 60))
def test_a_seat_is_refused_exactly_when_none_is_left(capacity, taken):
    refusal = enrolment_refusal(now=NOW, is_open=True, opens_at=None, closes_at=None, capacity=capacity, taken=taken)
    assert (refusal is Refusal.FULL) is (taken >= capacity)


def test_a_closed_offering_refuses_whatever_its_window():
    assert (
        enrolment_refusal(now=NOW, is_open=False, opens_at=None, closes_at=None, capacity=None, taken=0)
        is Refusal.CANCELLED
    )


def test_the_earlier_deadline_holds():
    day = date(2026, 11, 24)
    assert due_day(started_on=day, days_to_finish=60, ends_on=date(2026, 12, 4)) == date(2026, 12, 4)
    assert due_day(started_on=day, days_to_finish=5, ends_on=date(2026, 12, 4)) == date(2026, 11, 29)
    assert due_day(started_on=day, days_to_finish=None, ends_on=None) is None


def test_a_withdrawal_can_be_taken_back_for_a_day():
    assert can_undo_withdrawal(withdrawn_at=NOW, now=NOW + timedelta(hours=23, minutes=59))
    assert not can_undo_withdrawal(withdrawn_at=NOW, now=NOW + timedelta(hours=24))
    assert not can_undo_withdrawal(withdrawn_at=None, now=NOW)


def test_the_day_of_the_deadline_is_not_late():
    day = date(2026, 11, 24)
    assert [days_late(day, day), days_late(day, day + timedelta(days=2)), days_late(None, day)] == [0, 2, 0]
