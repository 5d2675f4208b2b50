"""The rules of assessments: bounds, monotony, balance, and what becomes of a response."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessments.rules import (
    GRACE,
    BadResponse,
    Candidate,
    Design,
    Incoming,
    Keyed,
    LogEntry,
    Outcome,
    Phase,
    Sitting,
    StartRefusal,
    Stored,
    attempt_score,
    current_responses,
    draw,
    kind_of,
    outcome,
    phase,
    seconds_left,
    seeded,
    start_refusal,
    unsafe_mixes,
)
from lms.assessments.rules.kinds import register
from lms.assessments.rules.kinds.typed import canonical
from tests.factories.assessments import BODIES, multiple, short, single, true_false

T = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
CHOSEN = st.frozensets(st.sampled_from("abcde"))


# Kinds ---------------------------------------------------------------------------------------


def test_a_name_cannot_be_taken_twice():
    class Other:
        name = "single_choice"

    with pytest.raises(ValueError, match="single_choice"):
        register(Other())


@given(CHOSEN, CHOSEN.filter(lambda right: 2 <= len(right) <= 4), st.sampled_from(["partial", "all"]))
def test_a_mark_lies_between_nothing_and_one_and_only_the_key_earns_all(chosen, right, scoring):
    body = multiple(right="".join(right), scoring=scoring)
    mark = kind_of("multiple_choice").mark(body, {"options": sorted(chosen)})
    assert 0 <= mark <= 1
    assert (mark == 1) == (chosen == right)
    if not chosen & right:
        assert mark == 0


@given(CHOSEN, CHOSEN.filter(lambda right: 2 <= len(right) <= 4), st.sampled_from("abcde"))
def test_partial_credit_never_falls_by_a_right_option_and_never_rises_by_a_wrong_one(chosen, right, added):
    kind, body = kind_of("multiple_choice"), multiple(right="".join(right))
    before = kind.mark(body, {"options": sorted(chosen)})
    after = kind.mark(body, {"options": sorted(chosen | {added})})
    assert after >= before if added in right else after <= before


def test_choosing_everything_earns_nothing_when_half_is_wrong():
    kind = kind_of("multiple_choice")
    assert kind.mark(multiple(right="ac"), {"options": list("abcde")}) == 0
    assert kind.mark(multiple(right="abc"), {"options": list("abcde")}) == Fraction(1, 3)


def test_one_right_option_counts_whole():
    kind = kind_of("single_choice")
    assert kind.mark(single(right="b"), {"options": ["b"]}) == 1
    assert kind.mark(single(right="b"), {"options": ["a"]}) == 0
    assert kind.mark(single(right="b"), None) == 0
    assert kind_of("true_false").mark(true_false(right="salah"), {"options": ["salah"]}) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "maklumat",
        "  MAKLUMAT ",
        "Maklumat.",
        "“maklumat”",
        "maklumat!",
        "mak lumat",
        "máklumat",
        "\u202emaklumat",
    ],
)
def test_short_answers_forgive_case_spaces_accents_and_punctuation(typed):
    assert kind_of("short_answer").mark(short("maklumat"), {"text": typed}) == 1


@pytest.mark.parametrize(
    ("wanted", "typed", "same"),
    [
        ("e-KTP", "ektp", True), ("e-KTP", "E KTP", True), ("1,5", "1.5", True), ("1,5", "15", False),
        ("12", "1 2", False), ("12", "12 hari", False), ("12 hari", "12hari", True), ("-5", "5", False),
        ("-5", "- 5", True), (".go.id", "go.id", True), ("24/7", "247", False), ("5-10", "510", False),
        ("kelurahan", "keluraha", False), ("*", "*", True), ("*", "", False),
    ],
)  # fmt: skip
def test_what_counts_as_the_same_answer(wanted, typed, same):
    assert (kind_of("short_answer").mark(short(wanted), {"text": typed} if typed else None) == 1) is same


def test_capitals_count_where_the_author_says_so():
    body = short("NIK", case_sensitive=True)
    assert kind_of("short_answer").mark(body, {"text": "NIK"}) == 1
    assert kind_of("short_answer").mark(body, {"text": "nik"}) == 0


@given(st.text(max_size=60))
def test_the_form_of_comparison_is_stable(text):
    once = canonical(text)
    assert canonical(once) in {once, canonical(once)}
    assert canonical(f"  {text} ") == once


@given(st.text(max_size=200))
def test_any_accepted_answer_that_says_something_is_right_as_written(text):
    kind = kind_of("short_answer")
    payload = kind.read(short(), [], text)
    if payload is not None:
        assert kind.mark(short(payload["text"]), payload) == 1


def test_options_are_shuffled_by_seed_and_true_false_never():
    kind = kind_of("single_choice")
    orders = {tuple(kind.order(single(), seeded(str(n)))) for n in range(50)}
    assert len(orders) > 10
    assert kind.order(single(), seeded("7")) == kind.order(single(), seeded("7"))
    assert {tuple(kind_of("true_false").order(true_false(), seeded(str(n)))) for n in range(20)} == {("benar", "salah")}


def test_letters_follow_the_order_of_the_attempt():
    question = kind_of("single_choice").question(single(), ["d", "b", "a", "c"])
    assert [(choice.letter, choice.code) for choice in question.choices] == [
        ("A", "d"), ("B", "b"), ("C", "a"), ("D", "c")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "codes", "text"),
    [
        ("single_choice", ["x"], ""), ("single_choice", ["a", "b"], ""), ("single_choice", [], "teks"),
        ("short_answer", ["a"], ""), ("short_answer", [], "x" * 201), ("multiple_choice", ["a", "z"], ""),
    ],
)  # fmt: skip
def test_what_is_no_response_to_the_item_is_refused(kind, codes, text):
    with pytest.raises(BadResponse):
        kind_of(kind).read(BODIES[kind](), codes, text)


def test_responses_have_one_normal_form():
    assert kind_of("multiple_choice").read(multiple(), ["c", "a", "c"], "") == {"options": ["a", "c"]}
    assert kind_of("short_answer").read(short(), [], "  dua \n kata ") == {"text": "dua kata"}
    assert kind_of("short_answer").read(short(), [], "   ") is None
    assert kind_of("single_choice").read(single(), [], "") is None


def test_the_review_tells_why_and_what_was_right():
    right, wrong = (
        kind_of("short_answer"),
        kind_of("short_answer").review(short("maklumat"), {"text": "janji"}, []),
    )
    assert [verdict.correct for verdict in wrong] == [False, True]
    assert [verdict.chosen for verdict in right.review(short("maklumat"), {"text": "Maklumat"}, [])] == [True]
    assert [verdict.chosen for verdict in right.review(short("maklumat"), None, [])] == [False]
    options = kind_of("multiple_choice").review(multiple(right="ac"), {"options": ["a", "b"]}, list("edcba"))
    assert [(v.letter, v.chosen, v.correct) for v in options] == [
        ("A", False, False), ("B", False, False), ("C", False, True), ("D", True, False), ("E", True, True)
    ]  # fmt: skip


def _item(**changes):
    options = [{"code": code, "text": f"Teks {code}", "correct": code == "a", "feedback": "karena"} for code in "abcd"]
    return {"kind": "single_choice", "options": options} | changes


def test_faults_of_items_are_told():
    kind = kind_of("single_choice")
    assert kind.faults(_item()) == []
    assert kind.lacks(_item()) == []
    assert kind.faults({"options": "x"})
    two = _item()
    two["options"][1]["correct"] = True
    assert any("tepat satu" in fault for fault in kind.faults(two))
    same = _item()
    same["options"][1] |= {"code": "a", "text": "TEKS A", "feedback": " "}
    assert (len(kind.faults(same)), len(kind.lacks(same))) == (1, 2)
    assert any("jumlah pilihan" in fault for fault in kind.lacks(_item(options=_item()["options"][:2])))
    assert any("dua pilihan" in f for f in kind_of("multiple_choice").faults(_item()))
    assert kind_of("true_false").faults(_item(options=_item()["options"][:2]))
    assert kind_of("short_answer").faults({"accepted": []})
    short_of = {"accepted": [{"text": ""}], "case_sensitive": 1}
    assert (len(kind_of("short_answer").faults(short_of)), len(kind_of("short_answer").lacks(short_of))) == (2, 2)


# Drawing -------------------------------------------------------------------------------------

POOLS = st.lists(
    st.tuples(st.sampled_from(["l1", "l2", "l3", "l4"]), st.integers(1, 3), st.sampled_from(["mudah", "sulit"])),
    min_size=1, max_size=40,
).map(lambda rows: [Candidate(n, *row) for n, row in enumerate(rows)])  # fmt: skip


@given(POOLS, st.data())
def test_a_draw_never_repeats_and_is_spread_over_lessons(pool, data):
    count = data.draw(st.integers(0, len(pool)))
    drawn = draw(pool, count, seed="s")
    assert len(drawn) == len(set(drawn)) == count
    have = Counter(one.lesson for one in pool)
    got = Counter(next(one.lesson for one in pool if one.id == item) for item in drawn)
    for lesson in have:
        for other in have:
            if got[lesson] < have[lesson]:
                assert got[other] <= got[lesson] + 1


@given(POOLS, st.text(max_size=8))
def test_the_same_seed_draws_the_same_whatever_the_order_of_the_pool(pool, seed):
    count = len(pool) // 2
    assert draw(pool, count, seed=seed) == draw(list(reversed(pool)), count, seed=seed)


def test_other_seeds_draw_others():
    pool = [Candidate(n, f"l{n % 5}") for n in range(40)]
    assert len({tuple(sorted(draw(pool, 10, seed=str(n)))) for n in range(30)}) > 20


def test_items_met_before_come_last():
    pool = [Candidate(n, "l1") for n in range(20)]
    first = draw(pool, 10, seed="a")
    second = draw(pool, 10, seed="b", seen=dict.fromkeys(first, 1))
    assert not set(first) & set(second)


def test_levels_are_mixed_within_a_lesson():
    pool = [Candidate(n, "l1", n % 2 + 1) for n in range(20)]
    drawn = draw(pool, 10, seed="a")
    assert Counter(n % 2 for n in drawn) == {0: 5, 1: 5}


def test_a_pool_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="2"):
        draw([Candidate(1, "l1")], 2, seed="x")


# Time ----------------------------------------------------------------------------------------


@given(st.integers(-5000, 5000), st.booleans())
def test_an_attempt_runs_until_its_deadline_and_the_grace_is_sixty_seconds(offset, is_open):
    where = phase(is_open=is_open, deadline_at=T, now=T + timedelta(seconds=offset))
    if not is_open or offset >= 60:
        assert where is Phase.OVER
    else:
        assert where is (Phase.RUNNING if offset < 0 else Phase.GRACE)
    assert timedelta(seconds=60) == GRACE


@given(st.integers(0, 10**6))
def test_seconds_left_never_fall_below_nothing(late):
    assert seconds_left(deadline_at=T, now=T + timedelta(seconds=late)) == 0
    assert seconds_left(deadline_at=T + timedelta(seconds=late), now=T) == late


def _sitting(**changes):
    values = {
        "active": True, "has_passed": False, "used": 0, "allowed": 3, "last_ended_at": None, "delay_days": 0,
        "lessons_missing": 0, "items_ready": 20, "draw_count": 20,
    }  # fmt: skip
    return Sitting(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None), ({"active": False}, StartRefusal.NOT_ACTIVE), ({"has_passed": True}, StartRefusal.PASSED),
        ({"used": 3}, StartRefusal.NONE_LEFT), ({"used": 2}, None),
        ({"lessons_missing": 1}, StartRefusal.LESSONS_FIRST), ({"items_ready": 19}, StartRefusal.TOO_FEW_ITEMS),
        ({"last_ended_at": T - timedelta(days=1), "delay_days": 2, "used": 1}, StartRefusal.WAIT),
        ({"last_ended_at": T - timedelta(days=2), "delay_days": 2, "used": 1}, None),
    ],
)  # fmt: skip
def test_who_may_start(changes, refusal):
    assert start_refusal(_sitting(**changes), now=T) is refusal


def _design(**changes):
    values = {
        "kind": "exam", "draw_count": 20, "pool_count": 30, "time_limit_minutes": 40, "pass_percent": 70,
        "attempts_max": 3, "delay_days": 0,
    }  # fmt: skip
    return Design(**(values | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"draw_count": 31}, {"time_limit_minutes": 6}, {"pass_percent": 0}, {"kind": "pretest"},
        {"kind": "pretest", "pass_percent": 0}, {"delay_days": 1, "attempts_max": 1}, {"time_limit_minutes": 0},
        {"draw_count": 0}, {"attempts_max": 0}, {"pass_percent": 101}, {"delay_days": 91},
    ],
)  # fmt: skip
def test_dangerous_mixes_are_refused_with_a_reason(changes):
    assert unsafe_mixes(_design(**changes))


def test_usual_designs_are_fine():
    assert unsafe_mixes(_design()) == []
    assert unsafe_mixes(_design(kind="pretest", pass_percent=0, attempts_max=1)) == []


# Saving --------------------------------------------------------------------------------------

A1, A2, B1 = "dev1:taba:1", "dev1:taba:2", "dev2:tabb:1"
ANSWER, OTHER = {"options": ["a"]}, {"options": ["b"]}


@pytest.mark.parametrize(
    ("incoming", "stored", "found"),
    [
        (Incoming(A1, 0, ANSWER, False), Stored(0, None, False), Outcome.TAKEN),
        (Incoming(B1, 0, OTHER, False), Stored(1, ANSWER, False, A1), Outcome.CONFLICT),
        (Incoming(B1, 0, ANSWER, False), Stored(1, ANSWER, False, A1), Outcome.UNCHANGED),
        (Incoming(B1, 0, ANSWER, True), Stored(1, ANSWER, False, A1), Outcome.CONFLICT),
        (Incoming(A2, 0, OTHER, False), Stored(1, ANSWER, False, A1), Outcome.TAKEN),
        (Incoming(A1, 0, OTHER, False), Stored(1, ANSWER, False, A2), Outcome.OVERTAKEN),
        (Incoming(B1, 1, OTHER, False), Stored(1, ANSWER, False, A1), Outcome.TAKEN),
    ],
)
def test_what_becomes_of_a_response(incoming, stored, found):
    assert outcome(incoming, stored, phase=Phase.RUNNING, known=False) is found
    assert outcome(incoming, stored, phase=Phase.GRACE, known=False) is found
    assert outcome(incoming, stored, phase=Phase.OVER, known=False) is Outcome.CLOSED
    assert outcome(incoming, stored, phase=Phase.OVER, known=True) is Outcome.REPEATED


# Scores --------------------------------------------------------------------------------------

FOUR = ("multiple_choice", "short_answer", "single_choice", "true_false")
KEYS = [Keyed(n, kind, BODIES[kind]()) for n, kind in enumerate(FOUR)]
PAYLOADS = {
    0: st.frozensets(st.sampled_from("abcde"), min_size=1).map(lambda s: {"options": sorted(s)}),
    1: st.sampled_from(["maklumat", "janji"]).map(lambda t: {"text": t}),
    2: st.sampled_from("abcd").map(lambda c: {"options": [c]}),
    3: st.sampled_from(["benar", "salah"]).map(lambda c: {"options": [c]}),
}
ENTRIES = st.lists(
    st.integers(0, 3).flatmap(
        lambda n: st.builds(
            LogEntry, st.just(n), st.integers(1, 5), st.none() | PAYLOADS[n], st.booleans(), st.booleans()
        )
    ),
    max_size=20,
)


@given(ENTRIES, st.integers(0, 100))
def test_scores_are_bounded_and_follow_from_the_log(log, limit):
    score = attempt_score(KEYS, log, pass_percent=limit)
    assert 0 <= score.score <= score.max_score == 4
    assert 0 <= score.percent <= 100
    assert all(0 <= mark <= 1 for mark in score.marks.values())
    assert score == attempt_score(KEYS, list(log), pass_percent=limit)
    if limit == 0:
        assert score.passed


@given(ENTRIES)
def test_entries_that_were_not_taken_change_no_score(log):
    taken = [entry for entry in log if entry.is_applied]
    assert attempt_score(KEYS, log, pass_percent=50) == attempt_score(KEYS, taken, pass_percent=50)
    assert set(current_responses(log)) == {entry.attempt_item_id for entry in taken}


@given(ENTRIES, st.integers(0, 99))
def test_passing_falls_with_the_limit(log, limit):
    lower, higher = (attempt_score(KEYS, log, pass_percent=one) for one in (limit, limit + 1))
    assert lower.passed >= higher.passed


def test_the_exact_fraction_decides_not_the_rounded_number():
    third = [Keyed(n, "single_choice", single()) for n in range(3)]
    log = [LogEntry(n, 1, {"options": ["b"]}, False, True) for n in range(2)]
    score = attempt_score(third, log, pass_percent=67)
    assert (score.percent, score.passed) == (66.67, False)
    assert attempt_score(third, log, pass_percent=66).passed
    twenty = [Keyed(n, "single_choice", single()) for n in range(20)]
    log = [LogEntry(n, 1, {"options": ["b"]}, False, True) for n in range(14)]
    assert attempt_score(twenty, log, pass_percent=70).passed
