"""What people type into fields, and what is read from it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal

import pytest
import wtforms.fields.choices
import wtforms.fields.datetime
import wtforms.fields.numeric
import wtforms.validators
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms.validators import EqualTo, Length, NumberRange

from lms.core.errors import Invalid, Refused
from lms.core.text import N_
from lms.web import forms, i18n
from lms.web.fields import clean_text, parse_clock, parse_day, parse_number
from lms.web.forms import MESSAGES, BaseForm, InputRequired


@pytest.mark.parametrize(
    "text",
    [
        "24/11/2026",
        "24-11-2026",
        "24.11.2026",
        " 24 / 11 / 2026",
        "24 November 2026",
        "Selasa, 24 Nov 2026",
        "24 nopember 2026",
        "2026-11-24",
    ],
)
def test_one_day_written_in_many_ways(text: str) -> None:
    assert parse_day(text) == date(2026, 11, 24)


@pytest.mark.parametrize("text", ["31/2/2026", "11/24/2026", "24/11/26", "besok", "24 Foo 2026", "0/1/2026", ""])
def test_what_is_no_day(text: str) -> None:
    assert parse_day(text) is None


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_a_day_that_we_show_is_read_back(day: date) -> None:
    assert parse_day(f"{day.day:02}/{day.month:02}/{day.year}") == day


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14.05", time(14, 5)),
        ("14:05", time(14, 5)),
        ("9.30 WITA", time(9, 30)),
        ("24.00", None),
        ("14.60", None),
        ("2 PM", None),
    ],
)
def test_clock(text: str, found: time | None) -> None:
    assert parse_clock(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.234,56", "1234.56"),
        ("82,5", "82.5"),
        ("82.5", "82.5"),
        ("1234", "1234"),
        ("1.234.567", "1234567"),
        ("0.125", "0.125"),
        ("-3,5", "-3.5"),
        ("1 234,5", "1234.5"),
    ],
)
def test_numbers(text: str, found: str) -> None:
    assert parse_number(text) == Decimal(found)


@pytest.mark.parametrize("text", ["1.234", "12.500", "1,234.56", "1,2,3", "tiga", "1e5", "٣"])
def test_numbers_that_can_be_read_two_ways_are_asked_about(text: str) -> None:
    assert parse_number(text) is None


def test_invisible_controls_go_and_every_script_stays() -> None:
    assert clean_text(" Ni\u202e Luh\x00\u2066 ") == "Ni Luh"
    assert clean_text("ꦗꦮ ᬩᬮᬶ عربي क्\u200dष") == "ꦗꦮ ᬩᬮᬶ عربي क्\u200dष"


class _Person(BaseForm):
    nip = forms.NipField("NIP", [InputRequired()])
    name = forms.LineField("Nama lengkap", [InputRequired(), Length(min=3, max=20)])
    again = forms.LineField("Ulangi nama", [EqualTo("name")])
    mail = forms.LineField("Surel", [forms.Optional(), forms.EmailAddress()])
    year = forms.WholeField("Tahun", [forms.Optional(), NumberRange(min=2020, max=2030)])
    unit = forms.SelectField("Unit kerja", choices=[("a", "A"), ("b", "B")])
    roles = forms.SelectMultipleField("Peran", choices=[("x", "X"), ("y", "Y")])
    version = forms.VersionField()


@pytest.fixture
def post() -> Iterator:  # type: ignore[type-arg]
    app = Flask("lms")
    app.config["LMS"] = type("S", (), {"agency_name": "A", "help_phone": "1", "env": "test"})()
    i18n.init_app(app)
    contexts = []

    def made(**data: str) -> _Person:
        context = app.test_request_context("/", method="POST", data=data)
        context.push()
        contexts.append(context)
        return _Person()

    yield made
    for context in reversed(contexts):
        context.pop()


GOOD = {
    "nip": "19910412.201903 2-904",
    "name": "Rahmawati",
    "again": "Rahmawati",
    "unit": "a",
    "version": "3",
}


def test_a_good_form(post) -> None:  # type: ignore[no-untyped-def]
    form = post(**GOOD)
    assert form.ok(), form.errors
    assert form.nip.data == "199104122019032904"
    assert form.version.data == 3
    assert form.summary == []


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        (
            "nip",
            "19910412 201903 2 00",
            "NIP harus 18 angka. Anda mengetik 17. Periksa kembali kartu pegawai.",
        ),
        ("nip", "rahmawati", "NIP hanya berisi angka. Periksa kembali kartu pegawai."),
        ("nip", "", "Isi NIP."),
        ("name", "", "Isi nama lengkap."),
        ("name", "A", "Tulis 3 sampai 20 huruf."),
        ("mail", "bukan surel", "Tulis alamat surel lengkap, seperti nama@contoh.go.id."),
        ("year", "1999", "Angka harus antara 2020 dan 2030."),
        ("year", "dua", "Tulis angka bulat, tanpa koma dan tanpa huruf. Contoh: 12."),
        ("unit", "z", "Pilih unit kerja dari daftar."),
        ("roles", "z", "Pilihan z tidak ada dalam daftar."),
        ("again", "Lain", "Isian ini harus sama dengan isian sebelumnya."),
    ],
)
def test_messages_say_what_to_do(post, field: str, typed: str, message: str) -> None:  # type: ignore[no-untyped-def]
    form = post(**{**GOOD, field: typed})
    assert not form.ok()
    assert [line.message for line in form.summary if line.target.startswith(field)] == [message]


def test_what_was_typed_is_shown_again(post) -> None:  # type: ignore[no-untyped-def]
    form = post(**{**GOOD, "nip": "19910412 201903 2 00"})
    assert not form.ok()
    assert 'value="19910412 201903 2 00"' in form.nip()


def test_what_a_service_refuses_goes_to_its_field_or_on_top(post) -> None:  # type: ignore[no-untyped-def]
    form = post(**GOOD)
    assert form.ok()
    form.refuse(Invalid(N_("Isian salah."), fields={"name": N_("Nama %(n)s sudah dipakai.", n="itu")}))
    form.refuse(Refused(N_("Kursi sudah penuh.")))
    assert [(line.target, line.message) for line in form.summary] == [
        ("", "Kursi sudah penuh."),
        ("name", "Nama itu sudah dipakai."),
    ]


def test_a_form_is_not_ok_on_get(post) -> None:  # type: ignore[no-untyped-def]
    post(**GOOD)
    from flask import current_app

    with current_app.test_request_context("/"):
        assert not _Person(MultiDict(GOOD)).ok()


def _texts_of(module: object) -> set[str]:
    """Return the literal texts that a WTForms module hands to its translations."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):  # type: ignore[arg-type]
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"gettext", "ngettext"}
        ):
            texts = node.args[: 2 if node.func.attr == "ngettext" else 1]
            found |= {a.value for a in texts if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


@pytest.mark.parametrize(
    "module", [wtforms.validators, wtforms.fields.choices, wtforms.fields.datetime, wtforms.fields.numeric]
)
def test_every_message_of_wtforms_has_an_indonesian_one(module: object) -> None:
    assert _texts_of(module) <= set(MESSAGES)


def test_our_messages_keep_the_places_of_the_originals() -> None:
    for english, ours in MESSAGES.items():
        there = set(re.findall(r"%\((\w+)\)", english)) - {"other_name"}
        here = set(re.findall(r"%\((\w+)\)", str(ours))) - {"thing"}
        assert here == there, english
