"""The demonstration region: properties that every seed must have."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lms.cli.demo import (
    COLUMNS,
    SENSITIVE_COLUMNS,
    build_big,
    build_region,
    write_siasn_csv,
    write_siasn_xlsx,
)
from lms.cli.demo.models import Employment, Person, Region
from lms.cli.demo.siasn import HIERARCHY_SHEET, MAIN_SHEET, PART_TIME_SHEET, SENSITIVE_MARKER, siasn_id
from lms.cli.demo.siasn import excel_serial as serial

SHARED = Path(__file__).parents[2] / "data" / "siasn_ref.json"
seeds = st.integers(min_value=0, max_value=10_000)


@pytest.fixture(scope="module")
def region() -> Region:
    return build_region()


def age(person: Person, on: date) -> int:
    born = person.birth_on
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def spoken_day(text: str) -> date:
    day, month, year = text.split("-")
    return date(int(year), int(month), int(day))


def overlap(one: Employment, other: Employment) -> bool:
    last_one, last_other = one.ended_on or date.max, other.ended_on or date.max
    return one.started_on <= last_other and other.started_on <= last_one


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_every_seed_keeps_the_rules_of_a_region(seed):
    region = build_region(seed)
    people = {person.key: person for person in region.people}
    positions = {position.code: position for position in region.positions}
    units = {unit.code: unit for unit in region.units}
    assert 700 <= len(region.employees) <= 900
    assert len(people) == len(region.people)
    assert len(positions) == len(region.positions)
    assert len({person.email for person in region.people}) == len(region.people)
    assert len({person.phone for person in region.people}) == len(region.people)

    nips = [person.nip for person in region.people if person.nip]
    assert len(nips) == len(set(nips))
    for person in region.people:
        check_nip(person)
        if person.status != "external":
            appointed_on = person.cpns_on or person.contract_start_on
            assert appointed_on <= region.reference_on
            assert age(person, appointed_on) >= 18
            assert age(person, region.reference_on) < 60

    for job in region.employments:
        assert job.unit_code in units
        assert positions[job.position_code].unit_code == job.unit_code
        person = people[job.person_key]
        assert job.started_on <= region.reference_on
        assert job.started_on >= (person.cpns_on or person.contract_start_on)
        assert job.ended_on is None or job.ended_on >= job.started_on

    check_seats(region)
    check_heads(region)


def check_nip(person: Person) -> None:
    if person.status in {"non_asn", "external"}:
        assert person.nip is None
        return
    nip = person.nip
    assert nip.isdecimal()
    assert len(nip) == 18
    assert date.fromisoformat(nip[:8]) == person.birth_on
    assert nip[14] == ("1" if person.gender == "male" else "2")
    assert 900 <= int(nip[15:]) <= 999
    if person.status in {"pns", "cpns"}:
        assert nip[8:14] == f"{person.cpns_on:%Y%m}"
        assert person.contract_start_on is None
    else:
        assert nip[8:14] == f"{person.contract_start_on:%Y}21"
        assert person.cpns_on is None


def check_seats(region: Region) -> None:
    """Nobody holds two definitive jobs at once, and an official's seat never has two holders."""
    by_person: dict[str, list[Employment]] = {}
    by_seat: dict[str, list[Employment]] = {}
    single = {one.code for one in region.positions if one.seats == 1 and one.kind != "pelaksana"}
    for job in region.employments:
        if job.kind == "definitif":
            by_person.setdefault(job.person_key, []).append(job)
        if job.kind != "plh" and job.position_code in single:
            by_seat.setdefault(job.position_code, []).append(job)
    for jobs in (*by_person.values(), *by_seat.values()):
        ordered = sorted(jobs, key=lambda job: job.started_on)
        assert not any(overlap(one, other) for one, other in pairwise(ordered))
    for jobs in by_person.values():  # histories have no holes
        ordered = sorted(jobs, key=lambda job: job.started_on)
        assert all(one.ended_on + timedelta(days=1) == other.started_on for one, other in pairwise(ordered))
    assert {person.key for person in region.employees} == set(by_person)
    held = Counter(job.position_code for job in region.employments_on() if job.kind == "definitif")
    assert all(held[one.code] <= one.seats for one in region.positions)


def check_heads(region: Region) -> None:
    people = {person.key: person for person in region.people}
    now = region.employments_on()
    empty = 0
    for unit in region.units:
        heads = [one for one in region.positions if one.unit_code == unit.code and one.is_head]
        assert len(heads) == 1
        jobs = [job for job in now if job.position_code == heads[0].code and job.kind != "plh"]
        assert len(jobs) <= 1
        empty += not jobs
        for job in jobs:
            head = people[job.person_key]
            assert head.status == "pns"
            assert age(head, region.reference_on) > 30
            if heads[0].role_key == "camat" and job.kind == "definitif":
                assert head.golongan_name in {"III/d", "IV/a", "IV/b"}
                assert head.education in {"S1", "S2"}
    assert empty == 1  # one kelurahan has neither a lurah nor somebody who acts
    assert Counter(job.kind for job in now) >= Counter({"plt": 4, "plh": 1})


@settings(max_examples=3, deadline=None)
@given(seeds)
def test_the_same_seed_gives_the_same_region(seed):
    assert build_region(seed) == build_region(seed)


def test_another_seed_gives_other_people(region):
    assert {one.nip for one in build_region(2).people} != {one.nip for one in region.people}


def test_palopo_has_nine_kecamatan_and_forty_eight_kelurahan(region):
    kinds = Counter(unit.kind for unit in region.units)
    assert kinds == {"pemkot": 1, "opd": 1, "upt": 1, "kecamatan": 9, "kelurahan": 48}
    codes = [unit.code for unit in region.units]
    assert len(codes) == len(set(codes))
    for number, unit in enumerate(region.units):  # parents come first
        assert unit.parent_code in (codes[:number] or [None])
        assert unit.timezone == "Asia/Makassar"


def test_supervisors_form_a_tree_with_the_camat_over_the_lurah(region):
    positions = {position.code: position for position in region.positions}
    for position in region.positions:
        seen = set()
        step = position
        while step.reports_to_code is not None:
            assert step.code not in seen
            seen.add(step.code)
            step = positions[step.reports_to_code]
        assert step.role_key == "sekda"
        if position.role_key == "lurah":
            assert positions[position.reports_to_code].role_key == "camat"
            assert position.unit_code.startswith(positions[position.reports_to_code].unit_code)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("kecamatan", 12, 20), ("kelurahan", 9, 15)],
)
def test_units_have_the_seats_that_the_regulation_describes(region, kind, low, high):
    for unit in (one for one in region.units if one.kind == kind):
        inside = [one for one in region.positions if one.unit_code == unit.code]
        assert low <= sum(one.seats for one in inside) <= high
        roles = {one.role_key for one in inside}
        sections = [role for role in roles if role.startswith("kasi-")]
        assert len(sections) in ({4, 5} if kind == "kecamatan" else {3, 4})
        assert any(role.endswith("-pemerintahan") for role in sections)
        assert any(role.endswith("-trantib") for role in sections)


def test_a_few_people_are_not_simply_active(region):
    legal = Counter(person.legal_status for person in region.people)
    assert legal["CLTN"] == 1
    assert legal["Tugas Belajar"] == 2
    statuses = Counter(person.status for person in region.people)
    assert min(statuses[key] for key in ("pns", "cpns", "pppk", "pppk_paruh_waktu", "non_asn")) >= 5
    assert statuses["external"] == 3


def test_externals_belong_to_a_partner_with_a_valid_agreement(region):
    partners = {partner.code: partner for partner in region.partners}
    assert 2 <= len(partners) <= 4
    employed = {job.person_key for job in region.employments}
    for person in region.people:
        if person.status == "external":
            assert person.key not in employed
            agreements = partners[person.partner_code].agreements
            assert any(one.started_on <= region.reference_on <= one.ended_on for one in agreements)


def test_names_include_mononyms_and_long_forms(region):
    lengths = [len(person.name.split()) for person in region.people]
    assert min(lengths) == 1
    assert max(len(person.name) for person in region.people) > 50


def test_histories_show_transfers_between_units(region):
    units = {}
    for job in region.employments:
        units.setdefault(job.person_key, set()).add(job.unit_code)
    assert sum(len(one) > 1 for one in units.values()) > 100


@pytest.mark.parametrize("size", [1, 10, 750, 1_200])
def test_a_big_region_has_exactly_as_many_employees_as_asked(size):
    region = build_big(size, 3)
    keys = {person.key for person in region.people}
    assert len(region.employees) == size
    assert all(job.person_key in keys for job in region.employments)
    check_nips_unique(region)


def check_nips_unique(region: Region) -> None:
    nips = [person.nip for person in region.people if person.nip]
    assert len(nips) == len(set(nips))


def test_a_big_region_keeps_seats_and_heads():
    region = build_big(1_500, asn_only=True)
    check_seats(region)
    check_heads(region)
    assert all(person.nip for person in region.employees)


def test_an_empty_region_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        build_big(0)


def test_a_day_before_contract_staff_existed_is_refused():
    with pytest.raises(ValueError, match="2023"):
        build_region(1, date(2019, 1, 1))


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2027, 1, 1), date(2026, 12, 31)])
def test_other_reference_days_work_too(day):
    region = build_region(1, day)
    check_heads(region)
    assert all(job.started_on <= day for job in region.employments)


def test_the_workbook_has_69_columns_and_its_quirks(region, tmp_path):
    path = tmp_path / "siasn.xlsx"
    count = write_siasn_xlsx(path, region)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == [MAIN_SHEET, PART_TIME_SHEET, HIERARCHY_SHEET]
    main, part_time = (book.get_sheet_by_name(name).to_python() for name in (MAIN_SHEET, PART_TIME_SHEET))
    assert len(COLUMNS) == len(set(COLUMNS)) == 69
    assert tuple(main[0]) == tuple(part_time[0]) == COLUMNS
    assert count == len(main) + len(part_time) - 2 == sum(bool(person.nip) for person in region.people)

    people = {f"'{person.nip}": person for person in region.people if person.nip}
    for cells in (*main[1:], *part_time[1:]):
        row = dict(zip(COLUMNS, cells, strict=True))
        person = people[row["NIP BARU"]]
        assert row["TANGGAL LAHIR"] == serial(person.birth_on)
        assert spoken_day(row["TMT JABATAN"]) <= region.reference_on
        assert row["PNS ID"] == siasn_id("pns", person.key)
        assert row["KEDUDUKAN HUKUM NAMA"] == person.legal_status

    tree = book.get_sheet_by_name(HIERARCHY_SHEET).to_python()[1:]
    known = {row[0] for row in tree}
    assert len(known) == len(region.units)
    assert {row[2] for row in tree} - known == {""}
    assert {row[COLUMNS.index("UNOR ID")] for row in main[1:]} <= known


def test_an_excel_serial_counts_days_as_a_spreadsheet_does():
    assert serial(date(1900, 3, 1)) == 61
    assert serial(date(2026, 11, 22)) == 46348


def test_the_same_region_gives_the_same_workbook(region, tmp_path):
    one, other = tmp_path / "one.xlsx", tmp_path / "other.xlsx"
    write_siasn_xlsx(one, region)
    write_siasn_xlsx(other, build_region())
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("delimiter", "encoding", "start"),
    [
        (";", "utf-16", (b"\xff\xfe", b"\xfe\xff")),
        (",", "utf-8-sig", (b"\xef\xbb\xbf",)),
        (";", "utf-8", (b"PNS",)),
    ],
)
def test_the_csv_is_written_in_the_encoding_asked_for(region, tmp_path, delimiter, encoding, start):
    path = tmp_path / "siasn.csv"
    count = write_siasn_csv(path, region, delimiter=delimiter, encoding=encoding)
    assert path.read_bytes().startswith(start)
    with path.open(encoding=encoding, newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=delimiter))
    assert len(rows) == count
    assert tuple(rows[0]) == COLUMNS
    assert all(row["NIP BARU"].startswith("'") for row in rows)
    births = {f"'{person.nip}": person.birth_on for person in region.people}
    assert all(spoken_day(row["TANGGAL LAHIR"]) == births[row["NIP BARU"]] for row in rows)


def test_columns_to_be_dropped_are_marked_as_invented(region, tmp_path):
    path = tmp_path / "siasn.csv"
    write_siasn_csv(path, region)
    with path.open(encoding="utf-16", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert set(COLUMNS) > SENSITIVE_COLUMNS
    assert all(SENSITIVE_MARKER in row["ALAMAT"] and SENSITIVE_MARKER in row["AGAMA NAMA"] for row in rows)
    for row in rows:
        kept = [value for column, value in row.items() if column not in SENSITIVE_COLUMNS]
        assert not any(SENSITIVE_MARKER in value for value in kept)


def test_codes_agree_with_the_reference_lists(region, tmp_path):
    lists = json.loads(SHARED.read_text(encoding="utf-8"))
    path = tmp_path / "siasn.csv"
    write_siasn_csv(path, region)
    with path.open(encoding="utf-16", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    for key, code, name in (
        ("eselon", "ESELON ID", "ESELON NAMA"),
        ("jenisJabatan", "JENIS JABATAN ID", "JENIS JABATAN NAMA"),
        ("kedudukanHukum", "KEDUDUKAN HUKUM ID", "KEDUDUKAN HUKUM NAMA"),
    ):
        official = {(row["id"], row["nama"]) for row in lists[key]}
        assert {(row[code], row[name]) for row in rows} <= official
    ranks = {(row["id"], row["nama"]) for row in lists["golonganPns"]}
    civil = [row for row in rows if row["STATUS CPNS PNS"]]
    assert {(row["GOL AKHIR ID"], row["GOL AKHIR NAMA"]) for row in civil} <= ranks
