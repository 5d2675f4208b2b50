"""Letter numbers, words for numbers, and JP shared among modules."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.certificates.rules.numbers import in_words, jp_in_words, letter_number, pattern_fault, shared_jp

ON = date(2026, 11, 30)


def test_the_number_is_built_from_its_pattern():
    number = letter_number(
        "{class}/{serial:04}/{unit}/{roman_month}/{year}",
        serial=417,
        on=ON,
        unit="BKPSDM",
        archive_class="800.2.2",
    )
    assert number == "800.2.2/0417/BKPSDM/XI/2026"
    short = letter_number("{serial}-{month:02}-{year}", serial=12345, on=date(2027, 2, 1), unit="", archive_class="")
    assert short == "12345-02-2027"


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("{serial}/{year}", None),
        ("{serial:04}/{roman_month}/{year}", None),
        ("{year}", "missing:serial"),
        ("{serial}", "missing:year"),
        ("{serial}/{year}/{secret}", "unknown:secret"),
        ("{serial.__class__}/{year}", "brace"),
        ("{serial}/{year}/{", "brace"),
        ("{serial!r}/{year}", "brace"),
    ],
)
def test_a_pattern_is_checked(pattern, fault):
    assert pattern_fault(pattern) == fault
    if fault is not None:
        with pytest.raises(ValueError, match="number pattern"):
            letter_number(pattern, serial=1, on=ON, unit="U", archive_class="C")


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_different_serials_never_give_the_same_number(first, second):
    def make(serial):
        return letter_number("{class}/{serial:04}/{year}", serial=serial, on=ON, unit="U", archive_class="8")

    assert (make(first) == make(second)) == (first == second)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nol"), (1, "satu"), (8, "delapan"), (10, "sepuluh"), (11, "sebelas"), (12, "dua belas"),
        (19, "sembilan belas"), (20, "dua puluh"), (21, "dua puluh satu"), (99, "sembilan puluh sembilan"),
        (100, "seratus"), (101, "seratus satu"), (110, "seratus sepuluh"), (111, "seratus sebelas"),
        (250, "dua ratus lima puluh"), (1000, "seribu"), (1945, "seribu sembilan ratus empat puluh lima"),
        (2026, "dua ribu dua puluh enam"), (11_000, "sebelas ribu"), (100_000, "seratus ribu"),
        (999_999, "sembilan ratus sembilan puluh sembilan ribu sembilan ratus sembilan puluh sembilan"),
    ],
)  # fmt: skip
def test_numbers_are_written_in_words(number, words):
    assert in_words(number) == words


def _value(words):
    """Read words back by the ordinary rules, as an oracle."""
    units = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]
    total = part = last = 0
    for word in words.split():
        if word in units:
            last = units.index(word)
            part += last
        elif word in {"sepuluh", "sebelas", "seratus", "seribu"}:
            part += {"sepuluh": 10, "sebelas": 11, "seratus": 100}.get(word, 0)
            if word == "seribu":
                total, part = total + 1000, 0
            last = 0
        elif word == "belas":
            part += 10
        elif word == "puluh":
            part += 9 * last
        elif word == "ratus":
            part += 99 * last
        elif word == "ribu":
            total, part = total + 1000 * part, 0
    return total + part


@given(st.integers(0, 999_999))
def test_words_read_back_as_the_number(number):
    assert _value(in_words(number)) == number


@pytest.mark.parametrize("number", [-1, 1_000_000])
def test_words_have_bounds(number):
    with pytest.raises(ValueError, match="0 to 999999"):
        in_words(number)


def test_jp_are_written_in_figures_and_words():
    assert jp_in_words(20) == "20 (dua puluh) jam pelajaran"


@given(st.lists(st.integers(0, 600), max_size=30), st.integers(0, 200))
def test_shared_jp_add_up_and_follow_the_minutes(minutes, total):
    shares = shared_jp(minutes, total)
    assert len(shares) == len(minutes)
    assert all(share >= 0 for share in shares)
    if minutes:
        assert sum(shares) == total
    for place, share in enumerate(shares):
        for other, more in enumerate(shares):
            if minutes[place] > minutes[other]:
                assert share >= more


def test_shared_jp_of_equal_modules():
    assert shared_jp([90, 90, 90], 6) == [2, 2, 2]
    assert shared_jp([90, 90, 90], 7) == [3, 2, 2]
    assert shared_jp([0, 0], 3) == [2, 1]
