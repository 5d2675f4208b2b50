"""The matching of a programme against brute force, its blocks, and its repeatability."""

from __future__ import annotations

import json
import math
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.mentoring.rules import (
    DEFAULT_WEIGHTS,
    WEIGHT_KEYS,
    Block,
    Inputs,
    MenteeInput,
    MentorInput,
    block_of,
    help_of,
    pair_score,
    places_of,
    weights_fault,
)
from lms.mentoring.services import solve

PATHS = ((1,), (1, 2), (1, 3), (1, 2, 4), (1, 2, 5), (1, 3, 6), ())


def mentee(number: int = 1, **changes) -> MenteeInput:
    values = {"path": (1, 2, 4), "gaps": {7: (1, 3)}, "leaders": frozenset(), **changes}
    return MenteeInput(number, **values)


def mentor(number: int = 11, **changes) -> MentorInput:
    values = {
        "path": (1, 2, 5), "levels": {7: 4}, "leaders": frozenset(), "rights": ((1,),), "capacity": 2, **changes
    }  # fmt: skip
    return MentorInput(number, **values)


def inputs(mentees, mentors, *, most=False, locked=None, **weights) -> Inputs:
    return Inputs(tuple(mentees), tuple(mentors), {**DEFAULT_WEIGHTS, **weights}, most, locked or {})


levels = st.integers(1, 5)
gaps = st.dictionaries(
    st.integers(7, 9), st.tuples(levels, levels).map(sorted).filter(lambda p: p[0] < p[1]).map(tuple), max_size=2
)
ids = st.frozensets(st.integers(11, 13), max_size=1)
mentees_drawn = st.lists(
    st.builds(
        dict, path=st.sampled_from(PATHS), gaps=gaps, leaders=ids, before=ids, refused=ids,
        wishes=st.lists(st.integers(11, 13), max_size=2, unique=True).map(tuple),
    ),
    max_size=4,
)  # fmt: skip
mentors_drawn = st.lists(
    st.builds(
        dict, path=st.sampled_from(PATHS), levels=st.dictionaries(st.integers(7, 9), levels, max_size=3),
        leaders=st.frozensets(st.integers(1, 4), max_size=1), capacity=st.integers(1, 3), load=st.integers(0, 3),
        rights=st.sampled_from((((1,),), ((1, 2),), ())), is_external=st.booleans(),
        wishes=st.lists(st.integers(1, 4), max_size=2, unique=True).map(tuple),
    ),
    max_size=3,
)  # fmt: skip
weights_drawn = st.fixed_dictionaries({key: st.integers(0, 100) for key in WEIGHT_KEYS}).filter(
    lambda drawn: sum(drawn.values()) > 0
)


def brute_force(given_inputs: Inputs) -> tuple[int, int]:
    """Return (people, total) of the best of all assignments that are possible."""
    best = (0, 0)
    mentors = {one.id: one for one in given_inputs.mentors}
    for choice in product((None, *mentors), repeat=len(given_inputs.mentees)):
        used: dict[int, int] = {}
        total = people = 0
        for who, mentor_id in zip(given_inputs.mentees, choice, strict=True):
            if mentor_id is None:
                continue
            other = mentors[mentor_id]
            if block_of(who, other) is not None or used.get(mentor_id, 0) >= places_of(other):
                break
            total += pair_score(who, other, given_inputs.weights, place=used.get(mentor_id, 0))
            used[mentor_id] = used.get(mentor_id, 0) + 1
            people += 1
        else:
            # Without the wish for most people, one more person still counts a single point.
            value = (people, total) if given_inputs.most else (0, total + people)
            best = max(best, value)
    return best


@settings(max_examples=150, deadline=None)
@given(mentees_drawn, mentors_drawn, weights_drawn, st.booleans())
def test_no_assignment_is_better_and_no_blocked_pair_comes_out(some, others, weights, most):
    made = Inputs(
        tuple(MenteeInput(number, **one) for number, one in enumerate(some, start=1)),
        tuple(MentorInput(number, **one) for number, one in enumerate(others, start=11)),
        weights, most, {},
    )  # fmt: skip
    found = solve(made)
    assert [one.mentee_id for one in found] == [one.id for one in made.mentees]
    pairs = [one for one in found if one.mentor_id is not None]
    people, total = len(pairs), sum(one.score for one in pairs)
    assert ((people, total) if most else (0, total + people)) == brute_force(made)
    mentees = {one.id: one for one in made.mentees}
    for other in made.mentors:
        own = [mentees[one.mentee_id] for one in pairs if one.mentor_id == other.id]
        assert len(own) <= places_of(other)
        assert all(block_of(one, other) is None for one in own)
    assert all(0 <= one.score <= 1001 for one in pairs)
    # Kept as JSON and read again, the run comes out the same.
    assert solve(Inputs.from_json(json.loads(json.dumps(made.to_json())))) == found


@pytest.mark.parametrize(
    ("who", "other", "why"),
    [
        (mentee(11), mentor(11), Block.SELF),
        (mentee(path=(1, 3)), mentor(rights=((1, 2),)), Block.RIGHT),
        (mentee(path=()), mentor(rights=((1, 2),)), Block.RIGHT),
        (mentee(leaders=frozenset({11})), mentor(), Block.LINE),
        (mentee(), mentor(leaders=frozenset({1})), Block.LINE),
        (mentee(before=frozenset({11})), mentor(), Block.BEFORE),
        (mentee(refused=frozenset({11})), mentor(), Block.REFUSED),
        (mentee(gaps={7: (4, 5)}), mentor(levels={7: 4}), Block.NO_HELP),
        (mentee(), mentor(levels={}), Block.NO_HELP),
        (mentee(), mentor(levels={}, is_external=True), None),
        (mentee(gaps={}), mentor(levels={}), None),
    ],
)
def test_blocks(who, other, why):
    assert block_of(who, other) is why
    (line,) = solve(inputs([who], [other]))
    assert (line.mentor_id is None) is (why is not None)
    if why is not None:
        assert line.reasons == ((why.value,),)


def test_help_is_the_gap_times_the_accepted_level_and_the_goal_within_reach():
    who = mentee(gaps={7: (1, 3), 8: (2, 5)})
    assert help_of(who, mentor(levels={7: 5, 8: 4})) == (12, 8, 4)
    assert help_of(who, mentor(levels={7: 5, 8: 2})) == (10, 7, 3)


def test_a_strong_mentor_is_not_everybodys_first_choice():
    strong, plain = mentor(11, levels={7: 5}, capacity=4), mentor(12, levels={7: 4}, capacity=4)
    found = solve(inputs([mentee(number) for number in range(1, 5)], [strong, plain]))
    assert {one.mentor_id for one in found} == {11, 12}


def test_best_total_and_most_people_differ_and_say_why():
    # The first mentor suits both; the second may take only the first mentee, far away and without wish.
    first, second = mentee(1, wishes=(11,)), mentee(2, gaps={7: (3, 4)}, before=frozenset({12}), path=())
    mentors = [
        mentor(11, capacity=1, rights=((1,), ())), mentor(12, capacity=1, levels={7: 2}, path=(1, 3, 6), load=0)
    ]  # fmt: skip
    best = solve(inputs([first, second], mentors, nearness=0, load=0, mentee_wish=100))
    most = solve(inputs([first, second], mentors, nearness=0, load=0, mentee_wish=100, most=True))
    assert [one.mentor_id for one in best] == [11, None]
    assert best[1].reasons == (("full",),)
    assert [one.mentor_id for one in most] == [12, 11]
    assert ("mentee_wish",) in best[0].reasons


def test_a_lock_is_kept_unless_it_has_become_forbidden():
    mentors = [mentor(11), mentor(12, levels={7: 5})]
    kept = solve(inputs([mentee()], mentors, locked={1: 11}))[0]
    assert (kept.mentor_id, kept.locked) == (11, True)
    moved = solve(inputs([mentee(leaders=frozenset({11}))], mentors, locked={1: 11}))[0]
    assert (moved.mentor_id, moved.locked) == (12, False)
    three = solve(inputs([mentee(n) for n in (1, 2, 3)], [mentor(11)], locked={1: 11, 2: 11, 3: 11}))
    assert [one.mentor_id for one in three] == [11, 11, None]


def test_weights_are_from_0_to_100_and_not_all_0():
    assert not weights_fault(DEFAULT_WEIGHTS)
    assert weights_fault(dict.fromkeys(WEIGHT_KEYS, 0))
    assert weights_fault({"competency": 101})
    assert weights_fault({"competency": -1, "load": 5})
    assert weights_fault({"luck": 5, "load": 5})
    assert math.isclose(sum(DEFAULT_WEIGHTS.values()), 100)
