"""Statistics against the standard library's and against simulated people whose truth is known."""

from __future__ import annotations

import random
from math import exp, isclose, sqrt
from statistics import correlation, covariance, fmean, median, stdev, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessments.rules.statistics import alpha_of, gain_of, item_statistics, whole_statistics

MARKS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=40)


def simulate(people=1500, items=20, seed=4):
    """Return (n, k) right or wrong of a two-parameter model, and the discriminations it was made with."""
    rng = random.Random(seed)
    power = [0.3 + 1.7 * place / (items - 1) for place in range(items)]
    hard = [rng.uniform(-1, 1) for _ in range(items)]
    able = [rng.gauss(0, 1) for _ in range(people)]
    return [
        [float(rng.random() < 1 / (1 + exp(-a * (theta - b)))) for a, b in zip(power, hard, strict=True)]
        for theta in able
    ], power


def rests_of(table, place):
    return [(sum(row) - row[place]) / (len(row) - 1) for row in table]


def test_items_are_measured_as_the_library_does_and_as_they_were_made():
    table, power = simulate()
    found = [item_statistics([row[k] for row in table], rests_of(table, k)) for k in range(len(power))]
    for k, one in enumerate(found):
        column = [row[k] for row in table]
        rest = [sum(row) - row[k] for row in table]
        assert one.discrimination == pytest.approx(correlation(column, rest))
        assert one.facility == pytest.approx(fmean(column))
        assert one.spread == pytest.approx(stdev(column))
        assert one.efficiency == pytest.approx(covariance(column, rest) / covariance(sorted(column), sorted(rest)))
    # The model's sharp items discriminate better than its blunt ones.
    made = [one.discrimination for one in found]
    assert correlation(power, made) > 0.85
    assert "weak" in found[0].warnings
    assert found[-1].warnings == ()


def test_alpha_is_the_usual_one_when_all_met_the_same_and_close_to_it_when_not():
    table, power = simulate()
    count = len(power)
    parts = sum(variance([row[k] for row in table]) for k in range(count))
    usual = count / (count - 1) * (1 - parts / variance([sum(row) for row in table]))
    rows = [dict(enumerate(row)) for row in table]
    assert alpha_of(rows) == pytest.approx(usual)
    rng = random.Random(1)
    drawn = [{k: row[k] for k in rng.sample(range(count), 10)} for row in table]
    halved = 10 * usual / (count * (1 - usual) + 10 * usual)  # Spearman-Brown, for a test of half the length
    assert alpha_of(drawn) == pytest.approx(halved, abs=0.06)


def test_the_whole_is_measured_and_warned_of():
    table, _power = simulate(people=200)
    percents = [100 * sum(row) / len(row) for row in table]
    whole = whole_statistics(percents, [dict(enumerate(row)) for row in table])
    assert (whole.mean, whole.median) == (pytest.approx(fmean(percents)), pytest.approx(median(percents)))
    assert whole.spread == pytest.approx(stdev(percents))
    assert whole.standard_error == pytest.approx(whole.spread * sqrt(1 - whole.alpha))
    n, z = len(percents), [(value - fmean(percents)) / stdev(percents) for value in percents]
    assert whole.skewness == pytest.approx(n / ((n - 1) * (n - 2)) * sum(one**3 for one in z))
    few = whole_statistics([40.0, 60.0], [{1: 0.0, 2: 1.0}, {1: 1.0, 2: 1.0}])
    assert (few.alpha, few.skewness, few.warnings) == (None, None, ("very_few",))
    assert whole_statistics([50.0], [{1: 1.0}]).spread == 0
    opposed = [{1: 1.0, 2: 0.0}, {1: 0.0, 2: 1.0}, {1: 1.0, 2: 0.0}, {1: 0.0, 2: 1.0}]
    against = whole_statistics([50.0, 50.0, 40.0, 60.0], opposed)
    assert against.alpha is None or "alpha_negative" in against.warnings


@given(MARKS)
def test_figures_stay_in_their_bounds(pairs):
    one = item_statistics([a for a, _b in pairs], [b for _a, b in pairs])
    assert 0 <= one.facility <= 1
    assert one.discrimination is None or abs(one.discrimination) <= 1 + 1e-6
    assert one.efficiency is None or one.efficiency <= 1 + 1e-6
    assert ("few" in one.warnings) == (len(pairs) < 30)


def test_a_wrong_key_shows_as_a_negative_discrimination():
    table, _power = simulate(people=300)
    turned = [1 - row[-1] for row in table]
    assert "negative" in item_statistics(turned, rests_of(table, -1)).warnings


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=20))
def test_gain_is_what_was_added(pairs):
    gain = gain_of(pairs)
    assert isclose(gain.gain, gain.after - gain.before, abs_tol=1e-6)
    assert (gain.error is None) == (len(pairs) == 1)


def test_nobody_who_took_both_gives_no_gain():
    assert gain_of([]) is None
    assert gain_of([(100.0, 100.0)]).normalised is None
