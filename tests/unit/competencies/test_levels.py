"""Rules of levels, gaps and ages, by properties and by example."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.competencies import rules
from lms.competencies.rules import Evidence, EvidenceState, GapWord, held_level

ON = date(2026, 11, 24)
days = st.dates(date(2019, 1, 1), date(2028, 12, 31))
rows = st.lists(
    st.builds(
        Evidence,
        id=st.integers(1, 10**6),
        level=st.integers(0, 5),
        kind=st.sampled_from(["self", "appraisal", "measurement"]),
        assessed_on=days,
    ),
    max_size=8,
    unique_by=lambda row: row.id,
)


def one(level: int, kind: str, on: date, number: int = 1) -> Evidence:
    return Evidence(number, level, kind, on)


def test_the_highest_valid_level_counts_and_not_the_newest():
    held = held_level([one(3, "measurement", date(2025, 1, 1)), one(1, "appraisal", date(2026, 6, 1), 2)], on=ON)
    assert (held.state, held.level, held.evidence_id) == (EvidenceState.ACCEPTED, 3, 1)


def test_self_estimate_never_counts_but_is_kept_beside():
    held = held_level([one(5, "self", date(2026, 1, 1)), one(2, "appraisal", date(2025, 6, 1), 2)], on=ON)
    assert (held.level, held.self_level) == (2, 5)
    alone = held_level([one(5, "self", date(2026, 1, 1))], on=ON)
    assert (alone.state, alone.level, alone.self_level) == (EvidenceState.SELF_ONLY, None, 5)


def test_evidence_ends_after_three_years_and_says_so():
    last_day = held_level([one(2, "appraisal", date(2023, 11, 24))], on=ON)
    assert last_day.level == 2
    stale = held_level([one(2, "appraisal", date(2023, 11, 23))], on=ON)
    assert (stale.state, stale.level, stale.last_level) == (EvidenceState.STALE, None, 2)
    assert held_level([one(2, "appraisal", date(2001, 1, 1))], on=ON, years=None).level == 2


def test_level_zero_is_evidence():
    assert held_level([one(0, "appraisal", date(2026, 1, 1))], on=ON).level == 0


@given(rows, days)
def test_level_is_the_naive_maximum(evidence, on):
    valid = [r.level for r in evidence if r.kind != "self" and r.assessed_on <= on <= rules.valid_until(r.assessed_on)]
    held = held_level(evidence, on=on)
    assert held.level == max(valid, default=None)
    assert (held.state is EvidenceState.ACCEPTED) == bool(valid)


@given(rows, days, st.integers(0, 5))
def test_more_evidence_of_today_never_lowers_the_level(evidence, on, level):
    before = held_level(evidence, on=on).level
    after = held_level([*evidence, one(level, "measurement", on, 10**7)], on=on).level
    assert after is not None
    assert after >= max(level, -1 if before is None else before)


@given(rows, days)
def test_order_of_rows_does_not_matter(evidence, on):
    assert held_level(evidence, on=on) == held_level(list(reversed(evidence)), on=on)


@given(rows, days)
def test_the_future_is_not_known(evidence, on):
    known = [row for row in evidence if row.assessed_on <= on]
    assert held_level(evidence, on=on) == held_level(known, on=on)


@given(days, st.integers(1, 5))
def test_validity_and_its_end_agree(day, years):
    last = rules.valid_until(day, years)
    assert day >= rules.valid_since(last, years)
    assert day < rules.valid_since(last + timedelta(days=1), years)


@given(st.integers(0, 5), st.integers(1, 5))
def test_words_and_signs_of_a_gap(level, required):
    word, found = rules.gap_word(level, required), rules.difference(level, required)
    assert (word is GapWord.BELOW) == (found < 0) == (rules.shortfall(level, required) > 0)
    assert (word is GapWord.MEETS) == (found == 0)
    assert rules.shortfall(level, required) == max(0, -found)


def test_nothing_is_missing_where_nothing_is_known():
    assert rules.shortfall(None, 3) == 0
    assert rules.shortfall(1, None) == 0


@pytest.mark.parametrize(
    ("seen", "on", "months"),
    [
        (date(2026, 1, 14), ON, 10),
        (date(2024, 9, 3), ON, 26),
        (date(2026, 11, 24), ON, 0),
        (date(2025, 11, 25), ON, 11),
        (date(2025, 11, 24), ON, 12),
    ],
)
def test_age_counts_whole_months(seen, on, months):
    assert rules.age_in_months(seen, on) == months


def test_evidence_older_than_two_years_asks_to_be_renewed():
    assert not rules.needs_renewal(date(2024, 11, 24), ON)
    assert rules.needs_renewal(date(2024, 11, 23), ON)


@pytest.mark.parametrize(
    ("seen", "started", "reason"),
    [
        (ON, date(2024, 1, 2), None),
        (ON + timedelta(days=1), date(2024, 1, 2), "future"),
        (date(2025, 11, 22), date(2024, 1, 2), "too_old"),
        (ON, None, "no_job"),
    ],
)
def test_day_of_an_appraisal_is_bounded(seen, started, reason):
    assert rules.appraisal_refusal(assessed_on=seen, today=ON, started_on=started) == reason


def test_every_source_has_a_strength():
    from lms.competencies.models import EvidenceSource

    assert set(rules.STRENGTH) == {source.value for source in EvidenceSource}
    assert all(1 <= number <= 5 for number in rules.STRENGTH.values())
    assert rules.STRENGTH["course"] == 3
