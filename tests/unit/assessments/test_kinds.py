"""What every kind promises, and what is special to each of the newer ones."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessments.rules import BadResponse, Field, Rows, kind_names, kind_of, seeded
from lms.assessments.rules.kinds.expressions import BadFormula, evaluate
from lms.assessments.rules.kinds.figures import readings, written
from tests.factories.assessments import (
    BODIES,
    calculated,
    categorising,
    cloze,
    matching,
    number,
    ordering,
    short,
    single,
    situational,
)

SELF_MARKING = sorted(name for name in BODIES if not kind_of(name).needs_marker)


def test_each_kind_has_a_body_here_to_be_tried_with():
    assert kind_names() == sorted(BODIES)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_body_is_itself_the_item_of_a_file_and_has_no_fault(name):
    kind, body = kind_of(name), BODIES[name]()
    assert kind.faults(body) == []
    assert kind.lacks(body) == []
    assert kind.body(body) == body
    assert kind.lacks({}) is not None
    assert kind.faults({}) or kind.needs_marker


@pytest.mark.parametrize("name", sorted(BODIES))
def test_the_form_names_every_part_of_the_body(name):
    body, names = BODIES[name](), {part.name for part in kind_of(name).form}
    assert set(body) <= names | {"sets"}
    for part in kind_of(name).form:
        if isinstance(part, Rows) and not part.bare:
            columns = {column.name for column in part.columns} | {"code"}
            assert all(set(row) <= columns for row in body.get(part.name, ()))
        elif isinstance(part, Field):
            assert part.label


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_question_shows_neither_key_nor_feedback(name):
    body, kind = BODIES[name](), kind_of(name)
    shown = repr(kind.question(body, kind.order(body, seeded("x"))))
    for secret in ("rahasia", "correct", "maklumat", "82.5", "pengaduan", "Panel", "points"):
        assert secret not in shown


@pytest.mark.parametrize("name", SELF_MARKING)
@given(seed=st.text(max_size=6), shuffles=st.booleans())
def test_the_right_response_earns_all_and_a_wrong_one_less(name, seed, shuffles):
    kind, body = kind_of(name), BODIES[name]()
    order = kind.order(body, seeded(seed), shuffles=shuffles)
    assert order == kind.order(body, seeded(seed), shuffles=shuffles)
    right, wrong = kind.right(body, order), kind.wrong(body, Random(seed), order)
    assert kind.read(body, right.get("options", ()), right.get("text", "")) == right
    assert kind.mark(body, right, order) == 1
    assert 0 <= kind.mark(body, wrong, order) < 1
    assert kind.mark(body, None, order) == 0
    assert kind.words(body, right, order)
    review = kind.review(body, right, order)
    assert any(verdict.chosen and verdict.correct for verdict in review)
    assert all("rahasia" in verdict.feedback for verdict in review)
    guess = kind.guess(body)
    assert guess is None or 0 <= guess < 1


@pytest.mark.parametrize("name", sorted(BODIES))
@given(codes=st.lists(st.text(max_size=12) | st.sampled_from(["a", "p1=t1", "1=x", "u1=1", "e1=k1"])), text=st.text())
def test_whatever_is_posted_is_a_response_or_refused(name, codes, text):
    kind, body = kind_of(name), BODIES[name]()
    try:
        payload = kind.read(body, codes, text)
    except BadResponse:
        return
    assert payload is None or 0 <= kind.mark(body, payload) <= 1
    kind.review(body, payload, [])
    if payload is not None:
        assert kind.read(body, payload.get("options", ()), payload.get("text", "")) == payload


@pytest.mark.parametrize("name", ["matching", "ordering", "cloze"])
def test_codes_of_a_page_do_not_tell_the_key(name):
    kind, body = kind_of(name), BODIES[name]()
    other = {**body}
    if name == "matching":
        answers = [pair["answer"] for pair in body["pairs"]]
        other["pairs"] = [{**pair, "answer": answer} for pair, answer in zip(body["pairs"], answers[::-1], strict=True)]
    elif name == "ordering":
        other["elements"] = body["elements"][::-1]
    else:
        swapped = {"lurah": "0", "ketua RT": "100"}
        other["answers"] = [{**one, "percent": swapped.get(one["text"], one["percent"])} for one in body["answers"]]
    assert sorted(map(repr, kind.question(body, []).rows)) == sorted(map(repr, kind.question(other, []).rows))


def test_weights_give_a_part_of_the_mark():
    body = single()
    body["options"][0]["weight"] = "33.33333"
    body["options"][2]["weight"] = "-50"
    kind = kind_of("single_choice")
    assert kind.faults(body) == []
    assert [kind.mark(body, {"options": [code]}) for code in "abc"] == [Fraction(1, 3), 1, 0]
    many = {**body, "scoring": "weights"}
    assert kind_of("multiple_choice").mark(many, {"options": ["a", "b", "c"]}) == Fraction(5, 6)


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("82,5", 1), ("82.5", 1), (" 83 ", 1), ("82,5 persen", 1), ("825 permil", 1), ("87,5", Fraction(1, 2)),
        ("81,99", Fraction(1, 2)), ("77,49", 0), ("delapan puluh", 0), ("82,5 orang", 0), ("−82,5", 0), ("165/2", 1),
    ],
)  # fmt: skip
def test_figures_are_read_as_people_write_them(typed, mark):
    kind = kind_of("number")
    assert kind.mark(number(), kind.read(number(), [], typed)) == mark


def test_a_required_unit_costs_what_the_author_says():
    body = number() | {"unit_rule": "required", "unit_penalty": "25"}
    assert kind_of("number").mark(body, {"text": "82,5"}) == Fraction(3, 4)
    assert kind_of("number").mark(body, {"text": "82,5 persen"}) == 1


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("1.250,5", ["1250.5"]), ("1,250.5", ["1250.5"]), ("1.250", ["1250", "1.25"]), ("0.250", ["0.25"]),
        ("1.250.000", ["1250000"]), ("1 250", ["1250"]), ("1,2e3", ["1200"]), ("3×10^4", ["30000"]), (".5", ["0.5"]),
        ("1.25.3", []), ("12a", []), ("", []), ("1/0", []), ("9e999", []),
    ],
)  # fmt: skip
def test_thousands_and_decimals_of_two_worlds(typed, values):
    assert readings(typed) == [Fraction(one) for one in values]


@given(st.decimals(-99999, 99999, places=3))
def test_a_written_figure_is_read_back(value):
    assert Fraction(value) in readings(written(Fraction(value), 3))


@given(st.text(max_size=70))
def test_no_typed_text_breaks_the_reading_of_figures(text):
    readings(text)


def test_pairs_earn_their_part_or_all_or_nothing():
    kind = kind_of("matching")
    two = {"options": kind.right(matching())["options"][:2]}
    assert kind.mark(matching(), two) == Fraction(2, 3)
    assert kind.mark(matching() | {"scoring": "all"}, two) == 0
    with pytest.raises(BadResponse):
        kind.read(matching(), ["p1=t1", "p1=t2"], "")


@pytest.mark.parametrize(
    ("scoring", "mark"), [("position", 0), ("neighbours", Fraction(2, 3)), ("longest", Fraction(2, 3)), ("all", 0)]
)
def test_an_order_that_is_one_off(scoring, mark):
    body, kind = ordering(scoring=scoring), kind_of("ordering")
    codes = [one.split("=")[0] for one in kind.right(body)["options"]]
    moved = {"options": [f"{code}={n}" for n, code in enumerate([codes[3], *codes[:3]], 1)]}
    assert kind.mark(body, moved) == mark
    twice = {"options": [f"{code}=1" for code in codes]}
    assert kind.mark(body, twice) == 0


def test_several_groups_cost_what_is_wrong():
    kind, body = kind_of("categorising"), categorising(many=True)
    assert kind.mark(body, kind.right(body)) == 1
    assert kind.mark(body, {"options": ["e1=k1", "e1=k2", "e2=k2", "e3=k1"]}) == Fraction(3, 4)
    assert kind.mark(body, None) == 0


def test_gaps_count_by_weight_pattern_and_tolerance():
    kind, body = kind_of("cloze"), cloze()
    answer = kind.read(body, ["1=Aduan masyarakat", "3=61,5"], "")
    assert kind.mark(body, answer) == Fraction(1, 4) + Fraction(1, 4)
    assert [one.correct for one in kind.review(body, answer, [])] == [False, False, True]


@pytest.mark.parametrize(
    ("form", "codes", "mark"),
    [
        ("best", ["d"], Fraction(4, 5)), ("best", ["c"], Fraction(1, 5)),
        ("most_least", ["terbaik=b", "terburuk=c"], 1), ("most_least", ["terbaik=b"], Fraction(1, 2)),
        ("rate", ["a=2", "b=5", "c=1", "d=4"], 1), ("rate", ["a=5", "b=1", "c=5", "d=1"], 0),
    ],
)  # fmt: skip
def test_judgement_is_measured_against_the_experts(form, codes, mark):
    body, kind = situational(form=form), kind_of("situational")
    assert kind.mark(body, kind.read(body, codes, "")) == mark


def test_each_attempt_calculates_with_its_own_figures():
    kind, body = kind_of("calculated"), calculated()
    orders = {tuple(kind.order(body, seeded(str(n)), shuffles=False)) for n in range(20)}
    assert len(orders) > 10
    assert kind.mark(body, {"text": "40"}, ["a=20", "b=50"]) == 1
    assert kind.mark(body, {"text": "40"}, ["a=30", "b=50"]) == 0
    assert kind.question(body, ["a=20", "b=50.5"]).values == (("a", "20"), ("b", "50,5"))


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1+2*3", 7), ("(1+2)*3", 9), ("-2^2", -4), ("2^-1", Fraction(1, 2)), ("{a}/4", Fraction(5, 2)), ("2**3", 8),
        ("round({a}/4, 0)", 3), ("max(1, {a}, 3)", 10), ("sqrt(16)", 4), ("floor(7/2)", 3),
    ],
)  # fmt: skip
def test_formulas_have_exact_values(formula, value):
    assert evaluate(formula, {"a": Fraction(10)}) == value


@pytest.mark.parametrize(
    "formula",
    ["", "1/0", "{b}", "__import__('os')", "a", "9^9^9^9", "sqrt(-1)", "(" * 60 + "1" + ")" * 60, "1 2", "2^",
     "exp(9999)", "sin()", "-" * 200 + "1", "1" * 600],
)  # fmt: skip
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(BadFormula):
        evaluate(formula, {"a": Fraction(10)})


@pytest.mark.parametrize(
    ("accepted", "typed", "typos", "same"),
    [
        ("pengaduan", "pengadaun", 1, True), ("pengaduan", "pengduan", 1, True), ("pengaduan", "pengadn", 1, False),
        ("pengaduan", "pengadn", 2, True), ("desa", "dosa", 2, False), ("14 hari kerja", "15 hari kerja", 2, False),
        ("pengaduan", "pengadaun", 0, False),
    ],
)  # fmt: skip
def test_slips_of_typing_are_forgiven_but_not_in_figures(accepted, typed, typos, same):
    body = short(accepted) | {"typos": typos}
    assert (kind_of("short_answer").mark(body, {"text": typed}) == 1) is same


@pytest.mark.parametrize(
    ("pattern", "typed", "same"),
    [
        ("*adu*", "pengaduan", True), ("adu*", "pengaduan", False), ("*an", "Pengaduan!", True),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "acb", False), (r"5\*", "5*", True), ("*", "apa saja", True), ("ab*ba", "aba", False),
    ],
)  # fmt: skip
def test_stars_stand_for_anything(pattern, typed, same):
    body = short(pattern) | {"wildcard": True}
    assert (kind_of("short_answer").mark(body, {"text": typed}) == 1) is same
