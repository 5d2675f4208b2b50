"""Claims: spread of minutes, sound dates, numbers that are the same, proofs by their first bytes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.courses.rules import ClaimFacts, claim_days, claim_faults, is_much, number_key, proof_type

TODAY = date(2026, 11, 24)


def facts(**changed):
    base = {
        "learning_form": 9, "title": "Seminar", "provider": "Universitas", "certificate_number": "",
        "starts_on": date(2026, 11, 3), "ends_on": date(2026, 11, 4), "claimed_jp": 8,
    }  # fmt: skip
    return ClaimFacts(**base | changed)


@given(st.integers(0, 399), st.integers(1, 900))
def test_the_minutes_of_a_claim_are_all_there_and_even(length, jp):
    first = date(2026, 1, 1)
    spread = claim_days(first, first + timedelta(days=length), jp)
    assert sum(spread.values()) == jp * 45
    assert min(spread.values()) > 0
    assert max(spread.values()) - min(spread.values()) <= 1
    assert all(first <= day <= first + timedelta(days=length) for day in spread)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, {}),
        ({"ends_on": date(2026, 11, 2)}, {"ends_on": "ends_before"}),
        ({"ends_on": date(2026, 11, 25)}, {"ends_on": "future"}),
        ({"starts_on": date(2014, 12, 31), "ends_on": date(2015, 1, 1)}, {"starts_on": "too_old"}),
        ({"starts_on": date(2025, 1, 1)}, {"ends_on": "too_long"}),
        ({"claimed_jp": 0}, {"claimed_jp": "jp"}),
        ({"claimed_jp": 901}, {"claimed_jp": "jp"}),
    ],
)
def test_what_cannot_be_right_is_named_by_its_field(changed, fault):
    assert claim_faults(facts(**changed), today=TODAY) == fault


def test_a_number_is_the_same_however_it_is_written():
    assert number_key(" 800/12-A 2026") == number_key("800.12a.2026") != number_key("800/13/2026")
    assert number_key(" -/ ") == ""


def test_more_than_a_day_holds_is_looked_at():
    assert not is_much(facts(claimed_jp=20))
    assert is_much(facts(claimed_jp=21))


def test_a_proof_is_known_by_its_bytes_and_not_by_its_name():
    assert proof_type(b"%PDF-1.7\n")[1] == "pdf"
    assert proof_type(b"\xff\xd8\xff\xe0")[0] == "image/jpeg"
    assert proof_type(b"<svg onload=1>") is None
    assert proof_type(b"") is None
