"""What a certificate is worth on a day, what is printed, and what strangers see."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.certificates.rules.printed import (
    Holder,
    Letterhead,
    Outcome,
    Part,
    Signatory,
    Training,
    period_in_words,
    snapshot,
    training_of,
    workplace_line,
)
from lms.certificates.rules.states import Verdict, download_name, public_number, verdict_on

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("state", "until", "verdict"),
    [
        ("issued", None, "SAH"),
        ("issued", TODAY, "SAH"),
        ("issued", TODAY - timedelta(days=1), "KEDALUWARSA"),
        ("revoked", None, "DICABUT"),
        ("revoked", TODAY - timedelta(days=1), "DICABUT"),
        ("replaced", None, "DIGANTI"),
        ("replaced", TODAY - timedelta(days=1), "DIGANTI"),
    ],
)
def test_the_verdict_on_a_day(state, until, verdict):
    assert verdict_on(state, valid_until_on=until, today=TODAY) == verdict


@given(
    st.sampled_from(["issued", "revoked", "replaced"]),
    st.none() | st.dates(),
    st.dates(),
    st.integers(0, 9000),
)
def test_a_certificate_never_becomes_valid_again(state, until, day, days):
    later = min(day.toordinal() + days, date.max.toordinal())
    if verdict_on(state, valid_until_on=until, today=day) is not Verdict.VALID:
        assert verdict_on(state, valid_until_on=until, today=date.fromordinal(later)) is not Verdict.VALID


@given(st.text("0123456789", max_size=20))
def test_strangers_see_four_digits_at_most(number):
    shown = public_number(number)
    assert len(shown) == len(number)
    assert sum(sign != "*" for sign in shown) <= 4
    if len(number) > 4:
        assert shown.endswith(number[-4:])
        assert number[:8] not in shown or set(number[:8]) == {"*"}


def test_the_file_name_says_what_it_is_without_a_number_of_a_person():
    assert download_name("Pelayanan Publik & PATEN", "4T8WN5HC2VQJ7K3M") == "sertifikat-pelayanan-publik-paten-7k3m.pdf"
    assert download_name("///", "4T8WN5HC2VQJ7K3M") == "sertifikat-pelatihan-7k3m.pdf"
    assert len(download_name("x" * 500, "4T8WN5HC2VQJ7K3M")) < 100


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 30), date(2026, 11, 30), "30 November 2026"),
        (date(2026, 11, 9), date(2026, 11, 30), "9 s.d. 30 November 2026"),
        (date(2026, 10, 30), date(2026, 11, 2), "30 Oktober s.d. 2 November 2026"),
        (date(2025, 12, 30), date(2026, 1, 2), "30 Desember 2025 s.d. 2 Januari 2026"),
    ],
)
def test_the_period_is_said_shortly(first, last, words):
    assert period_in_words(first, last) == words


@pytest.mark.parametrize(
    ("position", "units", "line"),
    [
        (
            "Pengadministrasi Umum",
            ["Kelurahan Boting", "Kecamatan Wara"],
            "Pengadministrasi Umum, Kelurahan Boting, Kecamatan Wara",
        ),
        ("Lurah Boting", ["Kelurahan Boting", "Kecamatan Wara"], "Lurah Boting, Kecamatan Wara"),
        ("Camat Wara", ["Kecamatan Wara"], "Camat Wara"),
        ("", ["Kelurahan Boting"], "Kelurahan Boting"),
        ("", [], ""),
    ],
)
def test_the_workplace_says_nothing_twice(position, units, line):
    assert workplace_line(position, units) == line


def test_a_snapshot_is_plain_json_and_gives_the_training_back():
    training = Training(
        1, 2, "Judul", 1, "E-learning", 6, "UPT", "", "secara daring mandiri", date(2026, 11, 9), date(2026, 11, 30),
        (Part("Satu", 90), Part("Dua", 180)), (Outcome("T.02", "PATEN", 2),), "Ujian akhir", 82.5, 70,
    )  # fmt: skip
    kept = snapshot(
        holder=Holder(7, "Rahmawati", "199104122019032904", "NIP", "III/a", "Lurah", "Asia/Makassar"),
        training=training,
        letterhead=Letterhead("Pemkot", "BKPSDM", "BKPSDM", "800", "Palopo", "UU", "L", "STTP", Signatory("K")),
        shares=[2, 4], number="1", code="2", issued_on=date(2026, 11, 30), template=("sttp", 1),
    )  # fmt: skip
    read = json.loads(json.dumps(kept))
    assert training_of(read) == training
    assert [part["jp"] for part in read["training"]["parts"]] == [2, 4]
    assert read["training"]["jp_words"] == "6 (enam) jam pelajaran"
    assert read["training"]["exam_score"] == "82,5"
    assert read["issued_on_words"] == "30 November 2026"
