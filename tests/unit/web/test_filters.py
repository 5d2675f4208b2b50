"""Dates, times and numbers as people here write them, in all three zones and both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from lms.web import filters

INSTANT = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)


@pytest.fixture(params=["id", "en"])
def tongue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(filters, "shown_locale", lambda: request.param)
    return str(request.param)


@pytest.mark.parametrize(
    ("zone", "clock"),
    [("Asia/Jakarta", "14.05 WIB"), ("Asia/Makassar", "15.05 WITA"), ("Asia/Jayapura", "16.05 WIT")],
)
def test_one_instant_in_three_zones(zone: str, clock: str) -> None:
    assert filters.clock_time(INSTANT, zone) == clock
    assert filters.moment(INSTANT, zone) == f"Sabtu, 21 November 2026 {clock}"
    assert filters.moment_short(INSTANT, zone) == f"21 Nov 2026 {clock}"


def test_the_day_is_the_day_of_the_zone() -> None:
    late = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
    assert filters.day_short(late, "Asia/Jakarta") == "21 Nov 2026"
    assert filters.day_short(late, "Asia/Jayapura") == "22 Nov 2026"


@given(day=st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_own_tables_equal_babels(day: date) -> None:
    assert filters.day_long(day) == format_date(day, "EEEE, d MMMM y", locale="id")
    assert filters.day_short(day) == format_date(day, "d MMM y", locale="id")
    assert filters._DAYS["en"][day.weekday()] == format_date(day, "EEEE", locale="en")
    assert filters._MONTHS["en"][day.month - 1] == format_date(day, "MMMM", locale="en")


@given(value=st.decimals(Decimal("-1e9"), Decimal("1e9"), places=2))
def test_numbers_equal_babels(value: Decimal) -> None:
    assert filters.number(value, 2).lstrip("-") == format_decimal(abs(value), "#,##0.00", locale="id")


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.56, "1.234,56"), (14, "14"), (3.5, "3,5"), (Decimal("82.50"), "82,5"), (-0.001, "0"), (None, "")],
)
def test_number(value: float | None, text: str) -> None:
    assert filters.number(value) == text


def test_english(tongue: str) -> None:
    assert filters.number(1234.5) == {"id": "1.234,5", "en": "1,234.5"}[tongue]
    assert (
        filters.day_long(date(2026, 11, 21))
        == {"id": "Sabtu, 21 November 2026", "en": "Saturday, 21 November 2026"}[tongue]
    )
    assert filters.clock_time(INSTANT, "Asia/Jakarta") == {"id": "14.05 WIB", "en": "14:05 WIB"}[tongue]


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.76, "76%"), (0, "0%"), (1, "100%"), (0.999, "99%"), (0.001, "1%"), (0.455, "46%"), (None, "")],
)
def test_per_cent_never_rounds_to_all_or_none(ratio: float | None, text: str) -> None:
    assert filters.percent(ratio) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (512, "512 byte"),
        (38_400, "38 KB"),
        (2_400_000, "2,4 MB"),
        (24_000_000, "24 MB"),
        (999_900, "1 MB"),
        (3_100_000_000, "3,1 GB"),
    ],
)
def test_file_size(size: int, text: str) -> None:
    assert filters.file_size(size) == text


def test_nip_stands_in_groups_and_other_numbers_stay() -> None:
    assert filters.nip("199104122019032904") == "19910412 201903 2 904"
    assert filters.nip("penyuluh.7") == "penyuluh.7"


def test_rupiah() -> None:
    assert filters.rupiah(1_500_000) == "Rp1.500.000,00"


class TestWords:
    """Filters that speak through gettext need an application."""

    @pytest.fixture(autouse=True)
    def _context(self) -> Iterator[None]:
        from flask import Flask

        from lms.web import i18n

        app = Flask("lms")
        i18n.init_app(app)
        with app.app_context():
            yield

    @pytest.mark.parametrize(
        ("minutes", "text"),
        [
            (70, "1 jam 10 menit"),
            (45, "45 menit"),
            (120, "2 jam"),
            (0, "0 menit"),
            (0.3, "1 menit"),
            (timedelta(hours=4, minutes=30), "4 jam 30 menit"),
            (4320, "3 hari"),
        ],
    )
    def test_duration(self, minutes: float, text: str) -> None:
        assert filters.duration(minutes) == text

    @pytest.mark.parametrize(
        ("days", "text"),
        [
            (0, "hari ini"),
            (1, "besok"),
            (-1, "kemarin"),
            (10, "10 hari lagi"),
            (-3, "3 hari lalu"),
            (70, "2 bulan lagi"),
            (-300, "9 bulan lalu"),
            (-800, "2 tahun lalu"),
            (365, "11 bulan lagi"),
            (366, "1 tahun lagi"),
        ],
    )
    def test_relative(self, days: int, text: str) -> None:
        now = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
        assert filters.relative(date(2026, 11, 24) + timedelta(days=days), now) == text

    def test_relative_counts_calendar_days_of_the_zone(self) -> None:
        before_midnight = datetime(2026, 11, 24, 15, 50, tzinfo=UTC)  # 23.50 WITA
        assert filters.relative(before_midnight + timedelta(minutes=20), before_midnight) == "besok"
