"""Pages of levels: one's own, another's by right, the appraisal form, own estimates, the dictionary."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from lms.competencies import queries
from lms.competencies.models import CompetencyRecord, EvidenceKind, EvidenceSource
from lms.core.actor import Role
from lms.core.audit import ReadingNote
from lms.notifications.models import Notice
from tests.factories.competencies import (
    CompetencyFactory,
    FrameworkFactory,
    RecordFactory,
    RequirementFactory,
)
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
TODAY = date(2026, 11, 24)
NOTE = "Menjawab aduan warga dalam satu hari kerja."


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


class Office:
    def __init__(self, session, *, competencies=3):
        self.root = UnitFactory(name="Kota Percobaan", code="73.73")
        self.unit = UnitFactory(name="Kelurahan Tompotikka", code="73.73.01.1001", parent=self.root)
        self.other = UnitFactory(name="Kelurahan Boting", parent=self.root)
        self.lurah = EmployeeFactory(
            name="Yusran", position=PositionFactory(unit=self.unit, role_key="lurah", is_head=True)
        )
        position = PositionFactory(unit=self.unit, name="Pengelola Pelayanan")
        self.staff = EmployeeFactory(name="Rahmawati", position=position)
        self.stranger = EmployeeFactory(position=PositionFactory(unit=self.other))
        framework = FrameworkFactory()
        self.competencies = [
            CompetencyFactory(framework=framework, name=f"Kompetensi {n}") for n in range(competencies)
        ]
        for one in self.competencies:
            RequirementFactory(competency=one, role_key="pelaksana-umum", level=2)
        RecordFactory(
            employee=self.staff,
            competency=self.competencies[0],
            level=1,
            assessor_id=self.lurah.id,
            note=NOTE,
        )
        RecordFactory(
            employee=self.staff,
            competency=self.competencies[1],
            level=3,
            kind=EvidenceKind.MEASUREMENT,
            source=EvidenceSource.COURSE,
            source_label="Melayani Warga",
            assessed_on=date(2024, 3, 1),
        )
        session.commit()


@pytest.fixture
def office(session):
    return Office(session)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def test_own_page_shows_gaps_first_and_what_closes_them(office, login_as):
    page = login_as(office.staff).get("/kompetensi")
    said = text(page)
    assert "standar jabatan Pengelola Pelayanan, Kelurahan Tompotikka" in said
    assert "1 dari 3" in said
    assert "Kurang 1 level" in said
    assert (
        said.index("Perlu ditingkatkan")
        < said.index("Belum dinilai tidak sama dengan nol")
        < said.index("Sudah memenuhi")
    )
    assert f"/katalog?kompetensi={office.competencies[0].code}" in page.get_data(as_text=True)
    assert NOTE in said
    assert "Lulus pelatihan Melayani Warga" in said
    assert "2 tahun 8 bulan lalu, perlu diperbarui" in said
    assert "Menyelesaikan berkas tingkat 2 tanpa salah." in said


def test_stale_evidence_asks_to_be_looked_at_again(office, session, login_as):
    RecordFactory(employee=office.staff, competency=office.competencies[2], level=2, assessed_on=date(2022, 1, 10))
    session.commit()
    said = text(login_as(office.staff).get("/kompetensi"))
    assert "4 tahun 10 bulan lalu, periksa lagi" in said


def test_a_page_without_standard_says_so(session, login_as):
    person = EmployeeFactory(position=PositionFactory(role_key="tanpa-standar"))
    session.commit()
    assert "Belum ada standar dan bukti kompetensi" in text(login_as(person).get("/kompetensi"))


def test_another_profile_by_right_only_and_noted(office, session, login_as):
    address = f"/pegawai/{office.staff.public_id}/kompetensi"
    assert login_as(office.stranger).get(address).status_code == 404
    client = login_as(office.lurah, (Role.ATASAN, office.unit))
    assert client.get(f"/pegawai/{office.stranger.public_id}/kompetensi").status_code == 404
    page = client.get(address)
    assert page.status_code == 200
    assert "Nilai pegawai ini" in text(page)
    notes = list(session.execute(select(ReadingNote.reader_employee_id, ReadingNote.person_id, ReadingNote.page)))
    assert notes == [(office.lurah.id, office.staff.id, "competencies.profile")]
    evidence = client.get(f"{address}/{office.competencies[0].public_id}")
    assert NOTE in text(evidence)


def test_a_supervisor_appraises_and_is_led_to_the_next(office, session, login_as):
    client = login_as(office.lurah, (Role.ATASAN, office.unit))
    base = f"/pegawai/{office.staff.public_id}/nilai"
    assert "2 dari 3 kompetensi sudah ada buktinya" in text(client.get(base))
    address = f"{base}/{office.competencies[0].public_id}"
    answer = client.submit(address, {"level": "2", "note": NOTE, "assessed_on": "20/11/2026"}, page=address)
    assert answer.status_code == 303
    assert answer.location.endswith(office.competencies[2].public_id)
    row = session.scalars(select(CompetencyRecord).order_by(CompetencyRecord.id.desc())).first()
    assert (row.level, row.kind, row.assessed_on, row.assessor_id) == (
        2,
        EvidenceKind.APPRAISAL,
        date(2026, 11, 20),
        office.lurah.id,
    )
    notice = session.scalars(select(Notice)).one()
    assert (notice.employee_id, notice.url) == (office.staff.id, "/kompetensi")
    assert "2" not in notice.body.replace("Kompetensi 0", "")  # no score in what a mail may carry


def test_the_same_form_twice_is_one_appraisal(office, session, login_as):
    client = login_as(office.lurah, (Role.ATASAN, office.unit))
    address = f"/pegawai/{office.staff.public_id}/nilai/{office.competencies[2].public_id}"
    client.get(address)
    data = {"level": "1", "note": NOTE, "assessed_on": "20/11/2026"}
    key = re.search(r'name="once" value="([^"]+)"', client.last_html).group(1)
    for _ in range(2):
        assert client.submit(address, {**data, "once": key}).status_code == 303
    assert len(session.scalars(select(CompetencyRecord)).all()) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"level": ""}, "level yang terlihat"),
        ({"note": "ya"}, "Tulis"),
        ({"assessed_on": "32/13/2026"}, "24/11/2026"),
        ({"assessed_on": "25/11/2026"}, "hari ini atau sebelumnya"),
    ],
)
def test_faults_of_the_form_are_told_and_what_was_typed_stays(office, session, login_as, change, said):
    client = login_as(office.lurah, (Role.ATASAN, office.unit))
    address = f"/pegawai/{office.staff.public_id}/nilai/{office.competencies[2].public_id}"
    data = {"level": "1", "note": NOTE, "assessed_on": "20/11/2026", **change}
    page = client.submit(address, {k: v for k, v in data.items() if v}, page=address)
    assert page.status_code == 200
    assert said in text(page)
    if "note" not in change:
        assert NOTE in page.get_data(as_text=True)
    assert len(session.scalars(select(CompetencyRecord)).all()) == 2


def test_nobody_reaches_the_form_about_oneself_or_a_stranger(office, login_as):
    client = login_as(office.lurah, (Role.ATASAN, office.unit))
    for person in (office.lurah, office.stranger):
        for end in ("", f"/{office.competencies[0].public_id}"):
            assert client.get(f"/pegawai/{person.public_id}/nilai{end}").status_code == 404
    assert login_as(office.staff).get(f"/pegawai/{office.lurah.public_id}/nilai").status_code == 403


def test_a_wrong_appraisal_is_corrected_with_a_reason(office, session, login_as):
    client = login_as(office.lurah, (Role.ATASAN, office.unit))
    base = f"/pegawai/{office.staff.public_id}/kompetensi/{office.competencies[0].public_id}"
    link = re.search(rf'href="({base}/[^"]+/betulkan)"', client.get(base).get_data(as_text=True)).group(1)
    answer = client.submit(link, {"level": "2", "reason": "Tertukar dengan pegawai lain."}, page=link)
    assert answer.status_code == 303
    row = queries.standing(session, office.staff.id, TODAY)
    assert next(one for one in row if one.competency_id == office.competencies[0].id).level == 2
    assert client.get(link).status_code == 404


def test_own_estimates_are_saved_and_shown_thin(office, session, login_as):
    client = login_as(office.staff)
    field = f"level-{office.competencies[2].public_id}"
    answer = client.submit("/kompetensi/nilai-diri", {field: "4", "level-lain": "5"}, page="/kompetensi/nilai-diri")
    assert answer.status_code == 303
    assert "Perkiraan Anda sendiri: level 4" in text(client.get("/kompetensi"))
    rows = session.scalars(select(CompetencyRecord).where(CompetencyRecord.kind == EvidenceKind.SELF)).all()
    assert [(r.level, r.strength) for r in rows] == [(4, 1)]


def test_the_dictionary_is_searched_and_filtered_in_the_address(office, login_as):
    client = login_as(office.staff)
    assert "Kompetensi 1" in text(client.get("/kompetensi/kamus"))
    # By its code: a later code is never part of an earlier one, whatever the other tests have counted up to.
    found = text(client.get(f"/kompetensi/kamus?cari={office.competencies[2].code.lower()}&kelompok=teknis"))
    assert "Kompetensi 2" in found
    assert "Kompetensi 1" not in found
    assert "Tidak ada kompetensi yang cocok" in text(client.get("/kompetensi/kamus?cari=%25"))
    page = text(client.get(f"/kompetensi/kamus/{office.competencies[0].public_id}"))
    assert "Level 5, Tingkat 5" in page
    assert "Standar jabatan Anda" in page
    assert "Pelaksana umum" in page
    assert client.get("/kompetensi/kamus/tidak-ada").status_code == 404


def test_an_empty_dictionary_says_so(session, login_as):
    person = EmployeeFactory()
    session.commit()
    assert "Kamus kompetensi belum diisi" in text(login_as(person).get("/kompetensi/kamus"))


def test_statements_do_not_grow_with_the_rows(session, login_as, count_queries):
    small, large = Office(session, competencies=2), None
    client = login_as(small.staff)
    seen = []
    for _ in range(2):
        with count_queries() as counted:
            client.get("/kompetensi")
        seen.append(len(counted))
        if large is None:
            large = [CompetencyFactory() for _ in range(15)]
            for one in large:
                RequirementFactory(competency=one, role_key="pelaksana-umum", level=2)
                for day in (1, 2, 3):
                    RecordFactory(employee=small.staff, competency=one, level=1, assessed_on=date(2026, 5, day))
            session.commit()
    assert seen[0] == seen[1]
    assert seen[1] <= 12
