"""Rules of the line: transitions, seats, and drafts that agree with themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules import (
    TRANSITIONS,
    Act,
    Contradiction,
    EnrolmentState,
    OfferingDraft,
    OfferingMode,
    Share,
    ShareFault,
    Waiter,
    acts_from,
    allot,
    contradictions,
    has_seat,
    is_promoting,
    next_state,
    share_fault,
)

PATHS = ["/1/", "/1/2/", "/1/2/3/", "/1/4/", "/1/4/5/", ""]
LINES = st.lists(st.sampled_from(PATHS), max_size=14)
SHARES = st.lists(
    st.builds(
        Share,
        path=st.sampled_from(["/1/2/", "/1/4/"]),
        most=st.one_of(st.none(), st.integers(1, 6)),
        kept=st.integers(0, 4),
    ),
    max_size=2,
    unique_by=lambda share: share.path,
)


@given(line=LINES, taken=LINES, shares=SHARES, capacity=st.one_of(st.none(), st.integers(1, 12)))
def test_no_seat_stays_free_for_somebody_who_waits_and_none_is_given_twice(line, taken, shares, capacity):
    waiters = [Waiter(number, path) for number, path in enumerate(line)]
    seated = allot(waiters, capacity=capacity, taken=taken, shares=shares)
    held = taken + [one.path for one in seated]
    assert [one.key for one in seated] == sorted({one.key for one in seated})
    assert capacity is None or len(held) <= max(capacity, len(taken))
    for share in shares:
        before = sum(path.startswith(share.path) for path in taken)
        if share.most is not None:
            assert sum(path.startswith(share.path) for path in held) <= max(share.most, before)
    for one in waiters:
        if one not in seated:
            assert not has_seat(one.path, capacity=capacity, taken=held, shares=shares)


@given(line=LINES, capacity=st.integers(1, 6))
def test_without_shares_the_first_come_is_the_first_served(line, capacity):
    waiters = [Waiter(number, path) for number, path in enumerate(line)]
    assert allot(waiters, capacity=capacity, taken=[], shares=[]) == waiters[:capacity]


@given(
    act=st.sampled_from(list(Act)),
    state=st.sampled_from([None, *EnrolmentState]),
    supervisor=st.booleans(),
    agency=st.booleans(),
)
def test_nobody_reaches_a_seat_but_through_the_line(act, state, supervisor, agency):
    after = next_state(act, state, needs_supervisor=supervisor, needs_agency=agency)
    if after is EnrolmentState.ACTIVE:
        assert act in {Act.SEAT, Act.REOPEN, Act.TAKE_BACK}
    if after is EnrolmentState.WAITING and act in {Act.REQUEST, Act.ASSIGN, Act.APPROVE}:
        assert not supervisor
        assert not agency


def test_what_is_finished_stays_finished_unless_what_finished_it_was_wrong():
    out = [act for act, row in TRANSITIONS.items() if EnrolmentState.COMPLETED in row.sources]
    assert out == [Act.TAKE_BACK]
    assert TRANSITIONS[Act.TAKE_BACK].by == ("system",)
    assert acts_from(EnrolmentState.COMPLETED, by="agency") == ()


DRAFT = OfferingDraft(
    title="Angkatan I",
    mode=OfferingMode.CLASSROOM,
    starts_on=date(2027, 3, 1),
    ends_on=date(2027, 3, 5),
    place="Aula",
    capacity=30,
)


@pytest.mark.parametrize(
    ("change", "field", "kind"),
    [
        ({"ends_on": date(2027, 2, 1)}, "ends_on", Contradiction.ENDS_BEFORE_START),
        ({"place": ""}, "place", Contradiction.NEEDS_PLACE),
        ({"starts_on": None}, "starts_on", Contradiction.NEEDS_DATES),
        ({"capacity": 7}, "capacity", Contradiction.CAPACITY_BELOW_TAKEN),
        ({"capacity": 9}, "capacity", Contradiction.KEPT_ABOVE_CAPACITY),
        ({"min_participants": 31}, "min_participants", Contradiction.MINIMUM_ABOVE_CAPACITY),
        ({"min_participants": 5}, "min_check_on", Contradiction.MINIMUM_WITHOUT_DAY),
        ({"enrol_until_on": date(2027, 3, 6)}, "enrol_until_on", Contradiction.CLOSES_AFTER_END),
        ({"withdraw_until_on": date(2027, 3, 2)}, "withdraw_until_on", Contradiction.WITHDRAWS_AFTER_START),
        ({"starts_on": date(2026, 1, 1)}, "starts_on", Contradiction.STARTS_IN_PAST),
    ],
)
def test_a_draft_that_contradicts_itself_says_where(change, field, kind):
    found = contradictions(replace(DRAFT, **change), taken=8, kept=10, today=date(2026, 11, 24))
    assert found[field] is kind
    assert contradictions(DRAFT, taken=8, kept=10, today=date(2026, 11, 24)) == {}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"most": None, "kept": 0}, ShareFault.NOTHING),
        ({"path": "/1/2/9/"}, ShareFault.NESTED),
        ({"kept": 6}, ShareFault.KEPT_ABOVE_MOST),
        ({"most": 1, "kept": 0}, ShareFault.MOST_BELOW_TAKEN),
        ({"capacity": None}, ShareFault.KEPT_WITHOUT_CAPACITY),
        ({"capacity": 6}, ShareFault.TOO_MANY_KEPT),
        ({}, None),
    ],
)
def test_seats_of_units_agree_with_one_another(change, fault):
    plain = {"path": "/1/4/", "most": 5, "kept": 3, "others": [("/1/2/", 4)], "capacity": 20, "taken": 2}
    assert share_fault(**(plain | change)) is fault


@given(offset=st.integers(-5, 5), mode=st.sampled_from(list(OfferingMode)))
def test_a_classroom_takes_nobody_after_its_first_day(offset, mode):
    start = date(2027, 3, 1)
    goes_on = is_promoting(
        is_open=True,
        mode=mode,
        starts_on=start,
        ends_on=start + timedelta(days=3),
        today=start + timedelta(days=offset),
    )
    assert goes_on == (offset <= (3 if mode is OfferingMode.ONLINE else 0))
