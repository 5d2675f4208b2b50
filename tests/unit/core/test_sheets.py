# ruff: noqa: E501 -- tables of cases read better in one line each
"""Spreadsheets: what is written is read again; what is hostile is refused."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.core import sheets
from lms.core.errors import Invalid
from lms.core.sheets import Row, Sheet, read_table, write_csv, write_xlsx

# Excel trims nothing, our reader trims blanks; control characters are left out on writing.
WORDS = st.text(
    st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=20,
)
DAYS = st.dates(date(1950, 1, 1), date(2080, 1, 1))
NUMBERS = st.integers(-(10**9), 10**9)


@settings(max_examples=60)
@given(st.lists(st.tuples(WORDS, NUMBERS, DAYS, st.none() | WORDS), min_size=1, max_size=8))
def test_what_is_written_as_xlsx_is_read_again(rows):
    table = read_table(write_xlsx([Sheet("Data", ["a", "b", "c", "d"], rows)]), "x.xlsx")
    assert table.header == ("a", "b", "c", "d")
    assert [row.cells for row in table.rows] == [(a, float(b), c, d) for a, b, c, d in rows]
    assert [row.number for row in table.rows] == list(range(2, len(rows) + 2))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_csv_of_any_delimiter_and_encoding_is_read(rows, delimiter, encoding):
    rows = [(f"n{a}", f"n{b}") for a, b in rows]  # no cell begins with a sign that is neutralised
    text = write_csv(["satu", "dua", "tiga"], [(*row, "x") for row in rows], delimiter=delimiter).decode("utf-8-sig")
    table = read_table(text.encode(encoding), "x.csv")
    assert table.header == ("satu", "dua", "tiga")
    assert [row.cells[:2] for row in table.rows] == rows


@given(st.text(max_size=20))
def test_no_csv_cell_is_a_formula(text):
    written = write_csv(["a", "b"], [[text, "x"]]).decode("utf-8-sig")
    _head, (cell, _x) = csv.reader(io.StringIO(written, newline=""), delimiter=";")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["=1+1", "+62811", "-5", "@SUM(A1)", "https://x.example", "199001012020121001", "007"])
def test_text_stays_text_in_xlsx(text):
    data = write_xlsx([Sheet("A", ["x"], [[text]])])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "<hyperlink" not in page
    assert read_table(data, "x").rows[0].cells == (text,)


def test_windows_text_is_read():
    table = read_table("Nama;Kota\r\nJos\xe9;Palopo\r\n".encode("cp1252"), "x.csv")
    assert table.rows == (Row(2, ("José", "Palopo")),)


def test_utf_16_without_a_mark_is_read():
    assert read_table("a;b\nc;d\n".encode("utf-16-le"), "x.csv").rows[0].cells == ("c", "d")


def test_excel_s_separator_hint_and_empty_lines_keep_row_numbers():
    table = read_table(b"sep=;\r\na;b\r\n\r\n1,5;2\r\n", "x.csv")
    assert (table.header, table.header_number) == (("a", "b"), 2)
    assert table.rows == (Row(4, ("1,5", "2")),)


def test_quoted_delimiters_and_line_ends_stay_in_the_cell():
    assert read_table(b'a,b\n"x, y\nz",2\n', "x.csv").rows[0].cells == ("x, y\nz", "2")


def test_the_header_is_found_below_a_title():
    data = write_xlsx([Sheet("A", ["DAFTAR PEGAWAI"], [[], ["NIP BARU", "Nama"], ["1", "Ana"]])])
    table = read_table(data, "x", expect=["nip baru", "nama"])
    assert (table.header, table.header_number, table.rows) == (
        ("NIP BARU", "Nama"),
        3,
        (Row(4, ("1", "Ana")),),
    )


def test_kinds_of_cells():
    moment = datetime(2026, 11, 24, 14, 5)
    data = write_xlsx([Sheet("A", list("abcde"), [[True, 1.5, date(2026, 1, 2), moment, float("nan")]])])
    assert read_table(data, "x").rows[0].cells == ("ya", 1.5, date(2026, 1, 2), "2026-11-24 14:05", "nan")


@pytest.mark.parametrize(
    "data",
    [b"", b"   ", b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
     b"\x00\x01\x02" * 40, bytes(range(256)) * 20],
)  # fmt: skip
def test_what_is_no_spreadsheet_is_refused(data):
    with pytest.raises(Invalid):
        read_table(data, "x.xlsx")


@settings(max_examples=150)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_table_or_a_refusal(data):
    try:
        read_table(data, "x")
    except Invalid as error:
        told = str(error)
        assert told


@settings(max_examples=100)
@given(st.integers(0, 5000), st.integers(0, 255))
def test_a_damaged_xlsx_gives_a_table_or_a_refusal(place, value):
    data = bytearray(write_xlsx([Sheet("A", ["x", "y"], [["a", 1]])]))
    data[place % len(data)] = value
    try:
        read_table(bytes(data), "x")
    except Invalid as error:
        told = str(error)
        assert told


def altered(change):
    """Return an XLSX whose sheet was changed by a function."""
    data = write_xlsx([Sheet("A", ["x", "y"], [["a", 1]])])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == "xl/worksheets/sheet1.xml" else content)
    return out.getvalue()


def with_member(name, content=b"x", attributes=0):
    out = io.BytesIO(write_xlsx([Sheet("A", ["x"], [["a"]])]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr, info.compress_type = attributes, zipfile.ZIP_DEFLATED
        archive.writestr(info, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "make",
    [
        lambda: altered(lambda page: page.replace(b'r="B2"', b'r="XFD1048576"')),
        lambda: altered(lambda page: re.sub(rb'<row r="2"', b'<row r="1048576"', page)),
        lambda: altered(lambda page: page.replace(b'r="B2"', b"r='ZZ9'")),
        lambda: altered(lambda page: b'<!DOCTYPE x [<!ENTITY a "b">]>' + page),
        lambda: with_member("../outside.txt"),
        lambda: with_member("/etc/passwd"),
        lambda: with_member("xl/link", b"/etc/passwd", 0o120777 << 16),
        lambda: with_member("xl/media/bomb.bin", b"\0" * (170 << 20)),
    ],
    ids=["far-cell", "far-row", "wide", "dtd", "dotdot", "absolute", "link", "bomb"],
)
def test_hostile_archives_are_refused(make):
    with pytest.raises(Invalid):
        read_table(make(), "x.xlsx")


def test_a_member_that_lies_about_its_size_is_refused():
    data = bytearray(with_member("xl/media/z.bin", b"\0" * 5_000_000))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    with pytest.raises(Invalid):
        read_table(bytes(data), "x.xlsx")


def test_too_many_rows_and_columns_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MAX_ROWS", 5)
    with pytest.raises(Invalid, match="terlalu banyak"):
        read_table(b"a;b\n" + b"1;2\n" * 6, "x.csv")
    with pytest.raises(Invalid):
        read_table(";".join(f"c{n}" for n in range(200)).encode() + b"\n1;2\n", "x.csv")


def test_sheet_names_are_made_fit():
    data = write_xlsx([Sheet("A/B:C" * 9, ["x"], [["1"]]), Sheet("A/B:C" * 9, ["x"], [["2"]])])
    assert read_table(data, "x").rows[0].cells == ("1",)


def ods(body):
    out = io.BytesIO()
    head = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        '<table:table table:name="Data">'
    )
    tail = "</table:table></office:spreadsheet></office:body></office:document-content>"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", head + body + tail)
    return out.getvalue()


CELL = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'


def test_ods_is_read_and_its_repeats_are_bounded():
    rows = "".join(
        f"<table:table-row>{CELL.format('', a)}{CELL.format('', b)}</table:table-row>" for a, b in ["ab", "12"]
    )
    rest = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    table = read_table(ods(rows + rest), "x.ods")
    assert (table.kind, table.header, table.rows[0].cells) == ("ods", ("a", "b"), ("1", "2"))
    many = f'<table:table-row table:number-rows-repeated="1000000">{CELL.format("", "x")}</table:table-row>'
    with pytest.raises(Invalid):
        read_table(ods(rows + many), "x.ods")
    repeated = CELL.format(' table:number-columns-repeated="16000"', "x")
    with pytest.raises(Invalid):
        read_table(ods(f"{rows}<table:table-row>{repeated}</table:table-row>"), "x.ods")
