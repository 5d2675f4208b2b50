from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.people.rules.names import display_name, folded, folded_label, full_name, nearest, normalised_name


def test_bidi_and_control_signs_are_taken_away() -> None:
    assert normalised_name("Andi\u202e Tenri\u0007\u2066") == "Andi Tenri"


@pytest.mark.parametrize("name", ["ꦱꦸꦫꦢꦶ", "ᬯᬬᬦ᭄", "عبد الرحمن", "ᨕᨉᨗ", "Siti A\u200dB"])
def test_every_script_and_the_joiners_are_kept(name: str) -> None:
    assert normalised_name(name) == name


@given(st.text(max_size=80))
def test_normal_form_is_stable_and_clean(text: str) -> None:
    name = normalised_name(text)
    assert normalised_name(name) == name
    assert not any(unicodedata.category(char) == "Cc" for char in name)
    assert "  " not in name
    assert name == name.strip()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("ANDI TENRI ABENG", "Andi Tenri Abeng"),
        ("MUH. NUR", "Muh. Nur"),
        ("BUNGA' PAYUNG", "Bunga' Payung"),
        ("Andi de Groot", "Andi de Groot"),
        ("I MADE", "I Made"),
        ("AB", "AB"),
    ],
)
def test_names_in_capitals_get_small_letters(raw: str, shown: str) -> None:
    assert display_name(raw) == shown


def test_comparison_ignores_case_accents_and_signs() -> None:
    assert folded("  PNS_ID ") == folded("pns id")
    assert folded("José  Núñez.") == "jose nunez"
    assert folded_label("Kel. Boting") == folded_label("KELURAHAN BOTING")


def test_nearest_name_is_offered_and_nothing_when_all_are_far() -> None:
    units = ["Kelurahan Boting", "Kelurahan Tompotikka", "Kecamatan Wara"]
    assert nearest("Kel. Bonting", units) == "Kelurahan Boting"
    assert nearest("Zebra", units) is None


def test_titles_stand_around_the_name() -> None:
    assert full_name("Hasnah", before="Dr.", after="S.Sos.") == "Dr. Hasnah, S.Sos."
    assert full_name("Hasnah") == "Hasnah"
