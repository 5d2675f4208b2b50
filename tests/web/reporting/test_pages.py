"""Report pages: the map, its names, JP, the team, the panels; scope, filters, workbooks, statements."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from lms.competencies.models import CompetencyGroup
from lms.core.actor import Role
from lms.core.audit import ReadingNote
from lms.courses.models import JpEntry, JpTarget
from lms.people.models import EmployeeStatus, PositionKind
from tests.factories.competencies import (
    CompetencyFactory,
    FrameworkFactory,
    RecordFactory,
    RequirementFactory,
)
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


class Region:
    """Two kecamatan, one with a kelurahan; four people with known levels in each unit."""

    def __init__(self, session, *, people=4):
        self.session = session
        self.root = UnitFactory(name="Kota Percobaan", code="73.73")
        self.wara = UnitFactory(name="Kecamatan Wara", code="73.73.01", parent=self.root)
        self.bara = UnitFactory(name="Kecamatan Bara", code="73.73.09", parent=self.root)
        self.kelurahan = UnitFactory(name="Kelurahan Boting", code="73.73.01.1002", parent=self.wara)
        framework = FrameworkFactory()
        self.digital = CompetencyFactory(
            framework=framework, code="T.10", name="Literasi Digital", short_name="Digital"
        )
        self.honest = CompetencyFactory(
            framework=framework, code="M.1", name="Integritas", group=CompetencyGroup.MANAJERIAL
        )
        for one in (self.digital, self.honest):
            RequirementFactory(competency=one, role_key="pelaksana-umum", level=2)
        self.people = []
        for unit in (self.wara, self.bara, self.kelurahan):
            position = PositionFactory(unit=unit, name=f"Pengadministrasi {unit.name}")
            for number in range(people):
                person = EmployeeFactory(name=f"Orang {number} {unit.name}", position=position)
                self.people.append(person)
                if number < people - 1:  # the last one is not assessed
                    RecordFactory(employee=person, competency=self.digital, level=1 if number else 2)
        head = EmployeeFactory(
            name="Andi Lurah",
            position=PositionFactory(unit=self.kelurahan, role_key="lurah", is_head=True, kind=PositionKind.PENGAWAS),
        )
        self.lurah = head
        self.hr = EmployeeFactory(name="Irfan", position=PositionFactory(unit=self.root, role_key="analis-sdm"))
        session.commit()


@pytest.fixture
def region(session):
    return Region(session)


@pytest.fixture
def hr(region, login_as):
    return login_as(region.hr, (Role.HR, region.root))


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def sheet(response, number=0):
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.data))
    return book.get_sheet_by_index(number).to_python()


def test_the_map_counts_below_among_the_assessed_and_rolls_up(region, hr):
    page = hr.get("/laporan/kesenjangan")
    said = text(page)
    assert "Kompetensi teknis, Kota Percobaan. Keadaan per Selasa, 24 November 2026" in said
    assert "9 pegawai dinilai, dari 12" in said
    assert "67% 4/6" in said  # Wara with its kelurahan
    assert "67% 6/9" in said  # the city
    assert "Bagaimana angka ini dihitung?" in said
    assert 'data-h="4"' in page.get_data(as_text=True)
    opened = text(hr.get("/laporan/kesenjangan?buka=73.73.01"))
    assert "Kantor Kecamatan Wara" in opened
    assert "Kelurahan Boting" in opened


def test_filters_stand_in_the_address_and_narrow_the_map(region, hr):
    assert "Integritas" in text(hr.get("/laporan/kesenjangan?kelompok=manajerial"))
    everything = text(hr.get("/laporan/kesenjangan?kelompok=semua"))
    assert "Digital" in everything
    assert "Integritas" in everything
    assert "Belum ada yang dapat dibandingkan" in text(hr.get("/laporan/kesenjangan?jabatan=administrator"))
    old = text(hr.get("/laporan/kesenjangan?per=01/03/2026"))
    assert "Keadaan per Minggu, 1 Maret 2026" in old
    assert "0 pegawai dinilai, dari 12" in old
    assert "Tanggal itu tidak dapat dipakai" in text(hr.get("/laporan/kesenjangan?per=besok"))
    assert "Tanggal itu tidak dapat dipakai" in text(hr.get("/laporan/kesenjangan?per=25/11/2027"))


def test_cells_with_one_or_two_assessed_give_no_percentage(session, login_as):
    region = Region(session, people=3)
    page = login_as(region.hr, (Role.HR, region.root)).get("/laporan/kesenjangan?unit=73.73.01.1002")
    said = text(page)
    assert "2 dinilai" in said
    assert "50%" not in said.split("Unit dan kompetensi")[1]


def test_a_cell_leads_to_names_and_names_to_the_person(region, hr, session):
    page = hr.get("/laporan/kesenjangan")
    link = re.search(
        r'href="(/laporan/kesenjangan/nama\?unit=73\.73\.01&amp;kompetensi=T\.10)"',
        page.get_data(as_text=True),
    ).group(1)
    names = hr.get(link.replace("&amp;", "&"))
    said = text(names)
    assert "4 dari 6 orang dinilai berada di bawah standar" in said
    assert "Memenuhi standar (2)" in said
    assert "Belum dinilai (2)" in said
    assert "Orang 1 Kelurahan Boting" in said
    assert "Kurang 1 level" in said
    seen = set(session.scalars(select(ReadingNote.person_id).where(ReadingNote.page == "reporting.gap_people")))
    assert len(seen) == 4
    profile = re.search(r'href="(/pegawai/[^"]+/kompetensi)"', names.get_data(as_text=True)).group(1)
    assert hr.get(profile).status_code == 200
    waiting = text(hr.get("/laporan/kesenjangan/nama?unit=73.73.01&kompetensi=T.10&keadaan=no_evidence"))
    assert "Orang 3 Kecamatan Wara" in waiting
    own = text(hr.get("/laporan/kesenjangan/nama?unit=73.73.01&kompetensi=T.10&sendiri=1"))
    assert "2 dari 3 orang dinilai" in own
    assert "Orang 1 Kelurahan Boting" not in own


def test_people_without_any_evidence_are_listed(region, hr):
    said = text(hr.get("/laporan/kesenjangan/nama?unit=73.73"))
    assert "3 orang, menurut unit" in said
    assert "Orang 3 Kecamatan Bara" in said


def test_workbooks_hold_what_the_screen_holds(region, hr):
    answer = hr.get("/laporan/kesenjangan/unduh?kelompok=semua")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="peta-kesenjangan-20261124.xlsx"'
    rows = sheet(answer)
    assert rows[0][:3] == ["Kode unit", "Unit", "Kode kompetensi"]
    city = next(r for r in rows if r[0] == "73.73" and r[2] == "T.10")
    assert city[4:8] == [12.0, 3.0, 6.0, 3.0]
    assert ["Unit", "Kota Percobaan"] in [r[:2] for r in sheet(answer, 1)]
    names = sheet(hr.get("/laporan/kesenjangan/nama/unduh?unit=73.73.01&kompetensi=T.10"))
    assert len(names) == 1 + 4
    assert names[1][7] == "Kurang 1 level"


def test_units_outside_the_scope_do_not_exist(region, login_as):
    client = login_as(region.lurah, (Role.ATASAN, region.kelurahan))
    said = text(client.get("/laporan/kesenjangan"))
    assert "Kompetensi teknis, Kelurahan Boting" in said
    assert "Kota Percobaan" not in said
    for page in ("kesenjangan", "kesenjangan/nama", "kesenjangan/unduh", "jp", "jp/nama", "jp/unduh"):
        for unit in ("73.73", "73.73.09", "tidak-ada"):
            assert client.get(f"/laporan/{page}?unit={unit}").status_code == 404, page
    assert client.get("/tim?unit=73.73.09").status_code == 404
    plain = login_as(region.people[0], use=None)
    for page in ("/laporan", "/laporan/kesenjangan", "/laporan/kesenjangan/nama", "/laporan/jp", "/tim"):
        assert plain.get(page).status_code == 403, page


@pytest.fixture
def jp(region):
    session = region.session
    session.add(JpTarget(employee_status="pns", direction="at_least", amount_jp=20, valid_from_on=date(2020, 1, 1)))
    for number, (person, amount) in enumerate(zip(region.people[:3], (20, 6, 0), strict=True)):
        session.add(
            JpEntry(
                employee_id=person.id,
                learning_form=16,
                held_on=date(2026, 5, 1),
                year=2026,
                label="Pelatihan",
                minutes=45,
                proposed_jp=amount,
                credited_jp=amount,
                source_kind="test",
                recorded_at=NOW,
                unique_key=f"jp:{number}",
            )
        )
    region.people[3].status = EmployeeStatus.PPPK
    session.commit()


def test_jp_counts_the_duty_of_pns_only(region, jp, hr):
    said = text(hr.get("/laporan/jp"))
    assert "1 dari 13 memenuhi wajib JP" in said
    assert "Kecamatan Wara 9 8 1 13% 13% 7 160 26 0" in said
    names = text(hr.get("/laporan/jp/nama?unit=73.73.01"))
    assert "Kurang 14 JP" in names
    assert "Orang 3 Kecamatan Wara" not in names  # a PPPK is never short
    everyone = text(hr.get("/laporan/jp/nama?unit=73.73.01&keadaan=semua"))
    assert "Tanpa wajib" in everyone
    rows = sheet(hr.get("/laporan/jp/unduh"))
    assert next(r for r in rows if r[0] == "73.73.01")[2:6] == [9.0, 8.0, 1.0, 7.0]
    assert len(sheet(hr.get("/laporan/jp/nama/unduh?unit=73.73.01"))) == 1 + 7
    assert "Pencapaian JP 2025" in text(hr.get("/laporan/jp?tahun=2025"))


def test_the_team_page_puts_need_first_and_offers_the_appraisal(region, login_as, session):
    client = login_as(region.lurah, (Role.ATASAN, region.kelurahan))
    page = client.get("/tim")
    said = text(page)
    assert "Tim Kelurahan Boting" in said
    assert said.index("Orang 1 Kelurahan Boting") < said.index("Orang 3 Kelurahan Boting")
    assert "1 di bawah standar" in said
    assert "Andi Lurah, " not in said
    assert f"/pegawai/{region.people[8].public_id}/nilai" in page.get_data(as_text=True)
    assert "Nama itu tidak ada di tim ini" in text(client.get("/tim?cari=zzz"))
    assert len(set(session.scalars(select(ReadingNote.person_id)))) == 4


def test_home_panels_tell_hr_the_state_and_the_supervisor_the_team(region, hr, login_as, app):
    said = text(hr.get("/beranda"))
    assert "Keadaan Kota Percobaan" in said
    assert "12 pegawai dengan standar jabatan" in said
    assert "Paling renggang" in said
    boss = login_as(region.lurah, (Role.ATASAN, region.kelurahan), use=app.test_client())
    assert "Kompetensi tim Anda" in text(boss.get("/beranda"))
    assert "Peta kesenjangan kompetensi" in text(hr.get("/laporan"))


def test_an_empty_region_is_told_and_not_broken(session, login_as):
    root = UnitFactory(name="Kota Kosong", code="00")
    person = EmployeeFactory(position=PositionFactory(unit=root))
    session.commit()
    client = login_as(person, (Role.HR, root))
    assert "Belum ada yang dapat dibandingkan" in text(client.get("/laporan/kesenjangan"))
    for page in (
        "/laporan",
        "/laporan/jp",
        "/laporan/kesenjangan/unduh",
        "/laporan/kesenjangan/nama",
        "/tim",
        "/beranda",
    ):
        assert client.get(page).status_code == 200, page


GROWING = (
    "/laporan/kesenjangan",
    "/laporan/kesenjangan?buka=73.73.01&kelompok=semua",
    "/laporan/kesenjangan/nama?unit=73.73&kompetensi=T.10",
    "/laporan/jp",
    "/laporan/jp/nama",
    "/tim",
    "/laporan",
    "/beranda",
)


@pytest.mark.usefixtures("jp")
@pytest.mark.parametrize("page", GROWING)
def test_statements_do_not_grow_with_people_and_units(region, hr, session, count_queries, page):
    hr.get(page)
    with count_queries() as counted:
        hr.get(page)
    before = len(counted)
    for number in range(6):
        unit = UnitFactory(name=f"Kelurahan Baru {number}", code=f"73.73.09.{number}", parent=region.bara)
        position = PositionFactory(unit=unit)
        for _ in range(4):
            RecordFactory(employee=EmployeeFactory(position=position), competency=region.digital, level=1)
    session.commit()
    with count_queries() as counted:
        hr.get(page)
    # Reading notes are one statement per page, whatever the number of people.
    assert len(counted) == before
    assert before <= (30 if page == "/beranda" else 16)  # other packages have panels of their own there
