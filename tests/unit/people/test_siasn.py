from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.cli.demo import siasn as sample
from lms.people.rules import ranks, siasn
from lms.people.rules.difference import field_differences, too_many_vanish
from lms.people.services import texts

TODAY = date(2026, 11, 24)
NUMBER = "198503302009021001"


def row(**cells: object) -> siasn.ParsedRow:
    given_cells: dict[str, object] = {
        "NIP BARU": f"'{NUMBER}",
        "NAMA": "ANDI TENRI",
        "UNOR NAMA": "Kelurahan Boting",
        "JABATAN NAMA": "Lurah",
        "JENIS PEGAWAI NAMA": "PNS",
    }
    given_cells |= cells
    columns = {name: place for place, name in enumerate(given_cells)}
    return siasn.parsed_row(2, list(given_cells.values()), columns, today=TODAY)


def test_layout_has_the_69_columns_of_the_generated_file() -> None:
    assert len(siasn.COLUMNS) == 69
    assert siasn.COLUMNS == sample.COLUMNS


def test_nothing_personal_that_is_not_needed_is_kept() -> None:
    assert not sample.SENSITIVE_COLUMNS & siasn.KEPT
    head = siasn.heading(siasn.COLUMNS)
    assert set(head.dropped) >= sample.SENSITIVE_COLUMNS
    assert head.missing == []
    assert "NIK" in head.personal


def test_headings_are_matched_whatever_their_case_and_spaces() -> None:
    head = siasn.heading([" nip_baru", "Nama  Pegawai", "UNIT KERJA", "Jabatan", "hobi", None])
    assert set(head.found) == {"NIP BARU", "NAMA", "UNOR NAMA", "JABATAN NAMA"}
    assert head.unknown == ["hobi"]


def test_missing_and_doubled_columns_are_told() -> None:
    head = siasn.heading(["NAMA", "nama"])
    assert head.missing == ["NIP BARU", "UNOR NAMA", "JABATAN NAMA"]
    assert head.doubled == ["NAMA"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (31136.0, date(1985, 3, 30)),
        ("31136", date(1985, 3, 30)),
        ("30-03-1985", date(1985, 3, 30)),
        ("30/3/1985", date(1985, 3, 30)),
        ("1985-03-30", date(1985, 3, 30)),
        ("1985-03-30 00:00:00", date(1985, 3, 30)),
        (date(1985, 3, 30), date(1985, 3, 30)),
        ("'30-03-1985", date(1985, 3, 30)),
        ("31-02-1985", None),
        ("tidak tahu", None),
        ("12", None),
        ("", None),
    ],
)
def test_dates_are_read_in_all_the_ways_files_write_them(cell: object, day: date | None) -> None:
    assert siasn.cell_date(cell) == day


@given(st.dates(date(1930, 1, 1), date(2090, 1, 1)))
def test_excel_serial_and_text_mean_the_same_day(day: date) -> None:
    assert siasn.cell_date(float(sample.excel_serial(day))) == day
    assert siasn.cell_date(f"{day:%d-%m-%Y}") == day


def test_a_good_row_becomes_plain_values() -> None:
    read = row(
        **{
            "TANGGAL LAHIR": 31136.0,
            "JENIS KELAMIN": "M",
            "GOL AKHIR NAMA": "III/b",
            "NOMOR HP": 81234567890.0,
            "EMAIL GOV": "Andi@Palopo.example",
            "TINGKAT PENDIDIKAN NAMA": "S-1/Sarjana",
            "TMT JABATAN": "02-01-2024",
            "TMT CPNS": "01-02-2009",
            "KEDUDUKAN HUKUM NAMA": "Aktif",
        }
    )
    assert read.problems == []
    assert read.warnings == []
    assert read.person == {
        "number": NUMBER,
        "status": "pns",
        "name": "Andi Tenri",
        "birth_on": date(1985, 3, 30),
        "gender": "L",
        "rank_code": "32",
        "rank_name": "III/b",
        "phone": "081234567890",
        "email": "andi@palopo.example",
        "education": "S1",
        "appointed_on": date(2009, 2, 1),
        "legal_status": "01",
    }
    assert read.job["started_on"] == date(2024, 1, 2)


def test_empty_contact_cells_say_nothing() -> None:
    read = row(**{"EMAIL": "", "NOMOR HP": "", "TINGKAT PENDIDIKAN NAMA": "", "TANGGAL LAHIR": None})
    assert not {"email", "phone", "education", "birth_on"} & set(read.person)


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        ({"NIP BARU": "19850330"}, "number_length", "NIP BARU"),
        ({"NAMA": ""}, "name_empty", "NAMA"),
        ({"NAMA": "x" * 201}, "too_long", "NAMA"),
        ({"TANGGAL LAHIR": "31-02-1985"}, "date_unreadable", "TANGGAL LAHIR"),
        ({"JENIS KELAMIN": "X"}, "gender_unknown", "JENIS KELAMIN"),
        ({"GOL AKHIR NAMA": "IX/z"}, "rank_unknown", "GOL AKHIR NAMA"),
        ({"KEDUDUKAN HUKUM NAMA": "entah"}, "legal_status_unknown", "KEDUDUKAN HUKUM ID"),
        ({"UNOR NAMA": ""}, "unit_empty", "UNOR NAMA"),
        ({"JABATAN NAMA": ""}, "position_empty", "JABATAN NAMA"),
        ({"TMT JABATAN": "x"}, "date_unreadable", "TMT JABATAN"),
    ],
)
def test_each_bad_cell_is_told_with_its_column(cells: dict[str, object], code: str, column: str) -> None:
    problem = row(**cells).problems[0]
    assert (problem.code, problem.column) == (code, column)
    assert texts.sentence(problem.code, problem.values).mend


@pytest.mark.parametrize(
    ("kind", "cpns", "number", "status"),
    [
        ("PNS", "P", NUMBER, "pns"),
        ("CPNS", "C", NUMBER, "cpns"),
        ("PPPK", "", NUMBER, "pppk"),
        ("PPPK Paruh Waktu", "", NUMBER, "pppk_paruh_waktu"),
        ("", "P", NUMBER, "pns"),
        ("", "", NUMBER, "pns"),
        ("", "", "198503302023211001", "pppk"),
    ],
)
def test_kind_of_employment_is_told_from_words_or_from_the_number(
    kind: str, cpns: str, number: str, status: str
) -> None:
    assert siasn.status_of(kind=kind, cpns=cpns, number=number) == status


def test_rank_codes_are_read_from_the_list_of_the_kind() -> None:
    assert ranks.rank_of(code="11", name="", is_pppk=False) == ranks.Rank("11", "I/a", "Juru Muda")
    assert ranks.rank_of(code="11", name="", is_pppk=True) == ranks.Rank("11", "XI", "")
    assert ranks.rank_of(code="", name="iii a", is_pppk=False) is not None
    assert ranks.rank_of(code="9", name="", is_pppk=True) == ranks.Rank("09", "IX", "")
    assert ranks.rank_label("32", status="pns") == "III/b, Penata Muda Tingkat I"


@given(st.lists(st.one_of(st.none(), st.text(max_size=30), st.floats(allow_nan=False)), max_size=12))
def test_no_cell_however_strange_breaks_the_reading(cells: list[object]) -> None:
    columns = {name: place for place, name in enumerate(sorted(siasn.KEPT))}
    read = siasn.parsed_row(7, cells, columns, today=TODAY)
    assert read.number == 7
    for problem in read.problems + read.warnings:
        assert texts.sentence(problem.code, problem.values).reason


def test_every_code_in_the_rules_has_a_sentence() -> None:
    root = Path(siasn.__file__).parents[1]
    calls = [
        node
        for name in ("rules/siasn.py", "services/import_compare.py")
        for node in ast.walk(ast.parse((root / name).read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem"
    ]
    used = {call.args[2].value for call in calls if isinstance(call.args[2], ast.Constant)}
    assert used <= texts.known_codes()
    assert len(used) > 10


def test_differences_leave_alone_what_the_file_does_not_say() -> None:
    before = {"name": "A", "email": "a@b.example", "title_after": ""}
    assert field_differences(before, {"name": "A", "title_after": None}) == []
    assert field_differences(before, {"title_after": "S.Sos."}) == [("title_after", "", "S.Sos.")]


@pytest.mark.parametrize(
    ("leaving", "people", "stopped"),
    [(0, 0, False), (5, 10, False), (6, 10, True), (6, 60, False), (80, 800, False), (81, 800, True)],
)
def test_an_import_stops_when_more_than_five_and_a_tenth_would_vanish(leaving: int, people: int, stopped: bool) -> None:
    assert too_many_vanish(leaving=leaving, people=people) is stopped
