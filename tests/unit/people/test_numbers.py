from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.people.rules import numbers
from lms.people.rules.numbers import NumberFault, normalised_number, number_fault, number_warnings

TODAY = date(2026, 11, 24)
GOOD = "198503302009021001"


@st.composite
def plausible_numbers(draw: st.DrawFn, *, pppk: bool = False) -> str:
    born = draw(st.dates(date(1955, 1, 1), date(2005, 1, 1)))
    year = draw(st.integers(born.year + 17, min(2027, born.year + 58)))
    middle = "21" if pppk else f"{draw(st.integers(1, 12)):02d}"
    return f"{born:%Y%m%d}{year:04d}{middle}{draw(st.integers(1, 2))}{draw(st.integers(1, 999)):03d}"


@given(plausible_numbers())
def test_plausible_numbers_of_pns_are_taken(number: str) -> None:
    assert number_fault(number, status="pns", today=TODAY) is None


@given(plausible_numbers(pppk=True))
def test_contract_counter_is_no_month_for_pppk_but_a_fault_for_pns(number: str) -> None:
    assert number_fault(number, status="pppk", today=TODAY) is None
    assert number_fault(number, status="pppk_paruh_waktu", today=TODAY) is None
    fault = number_fault(number, status="pns", today=TODAY)
    assert fault is not None
    assert fault.code == NumberFault.APPOINTMENT_MONTH


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", NumberFault.EMPTY),
        ("1,99208E+17", NumberFault.EXCEL_NUMBER),
        ("1.99208E+17", NumberFault.EXCEL_NUMBER),
        ("19850330200902100A", NumberFault.NOT_DIGITS),
        ("19850330200902100", NumberFault.LENGTH),
        ("198513302009021001", NumberFault.BIRTH_MONTH),
        ("198500302009021001", NumberFault.BIRTH_MONTH),
        ("198502302009021001", NumberFault.BIRTH_DAY),
        ("201203302029021001", NumberFault.AGE),
        ("194003301960021001", NumberFault.AGE),
        ("198503301999021001", NumberFault.APPOINTMENT_YEAR),
        ("198503302028021001", NumberFault.APPOINTMENT_YEAR),
        ("198503302009131001", NumberFault.APPOINTMENT_MONTH),
        ("198503302009023001", NumberFault.GENDER),
        ("198503302009021000", NumberFault.SERIAL),
    ],
)
def test_each_impossible_number_is_told_apart(number: str, code: str) -> None:
    fault = number_fault(number, status="pns", today=TODAY)
    assert fault is not None
    assert fault.code == code


def test_length_fault_says_how_many_were_given() -> None:
    fault = number_fault(GOOD[:-1], status="pns", today=TODAY)
    assert fault is not None
    assert fault.values == {"length": 17}


@pytest.mark.parametrize(
    "written",
    [
        "'198503302009021001",
        "19850330 200902 1 001",
        "19850330.200902.1.001",
        "19850330-200902-1-001",
        f"\u200b{GOOD} ",
    ],
)
def test_apostrophe_spaces_and_dots_do_not_count(written: str) -> None:
    assert normalised_number(written) == GOOD


def test_float_of_a_spreadsheet_is_recognised_as_lost() -> None:
    text = normalised_number(float(GOOD))
    fault = number_fault(text, status="pns", today=TODAY)
    assert fault is not None
    assert fault.code == NumberFault.EXCEL_NUMBER


@given(plausible_numbers())
def test_printed_number_reads_back_as_itself(number: str) -> None:
    assert normalised_number(numbers.printed_number(number)) == number


@given(plausible_numbers())
def test_masked_number_keeps_ten_digits_and_hides_the_rest(number: str) -> None:
    masked = numbers.masked_number(number)
    assert masked == number[:8] + "********" + number[16:]
    assert number[8:16] not in masked


def test_birth_and_gender_columns_only_warn() -> None:
    codes = [w.code for w in number_warnings(GOOD, birth_on=date(1985, 3, 31), gender="P")]
    assert codes == ["number_birth_differs", "number_gender_differs"]
    assert number_warnings(GOOD, birth_on=date(1985, 3, 30), gender="L") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD, True),
        ("19850330 200902 1 001", True),
        ("198503", True),
        ("Andi 12", False),
        ("Kelurahan 3", False),
    ],
)
def test_search_texts_that_are_numbers_are_recognised(text: str, expected: bool) -> None:
    assert numbers.looks_like_number(text) is expected
