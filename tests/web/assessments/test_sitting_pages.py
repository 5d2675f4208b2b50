"""Pages of an exam day: plan, board, pause, more time, start page of the person."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lms.assessments import services
from lms.assessments.models import Accommodation, Attempt, ExamSitting
from lms.core.actor import Role
from lms.core.db import transaction
from lms.core.sheets import read_table
from tests.factories.assessments import enrol, make_sitting, make_world
from tests.factories.people import EmployeeFactory, UnitFactory


@pytest.fixture
def frozen(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def world(session, frozen):
    made = make_world()
    session.commit()
    return made


@pytest.fixture
def instructor(session, world, login_as):
    person = EmployeeFactory(name="Suriani Tahir")
    session.commit()
    return login_as(person, (Role.INSTRUKTUR, world.unit))


def start_page(world):
    return f"/belajar/{world.enrolment.public_id}/asesmen/ujian-akhir"


def begin(world, now):
    with transaction() as session:
        return services.start_attempt(
            session, world.actor, enrolment_public_id=world.enrolment.public_id, code="ujian-akhir", now=now
        )


def test_a_sitting_is_planned_watched_paused_and_given_its_time_back(instructor, world, session, frozen, now):
    form = {
        "ujian": f"{world.exam.public_id}.{world.offering.public_id}", "judul": "Gelombang 1", "tempat": "Aula",
        "tanggal": "24/11/2026", "buka": "14.00", "batas": "15.30", "tutup": "16.00", "kode": "kota 12",
    }  # fmt: skip
    bad = instructor.submit("/instruktur/ujian/baru", form | {"tutup": "14.10"}, page="/instruktur/ujian/baru")
    assert bad.status_code == 422
    assert "Periksa waktunya" in bad.text
    board = instructor.submit("/instruktur/ujian/baru", form, page="/instruktur/ujian/baru").location
    session.rollback()
    sitting = session.scalars(select(ExamSitting)).one()
    assert sitting.opens_at.astimezone().utcoffset() is not None
    assert sitting.opens_at.hour == 6  # 14.00 WITA
    page = instructor.get(board).text
    assert "kehilangan 10 menit" in page
    assert "Belum mulai" in page
    session.rollback()
    sitting.access_code = ""
    session.commit()
    public_id = begin(world, now)
    assert "Mengerjakan" in instructor.get(f"{board}/papan").text
    assert "0/8" in instructor.get(f"{board}?tampil=running").text
    assert "Tidak ada peserta" in instructor.get(f"{board}?tampil=finished").text
    instructor.submit(f"{board}/jeda", {}, page=board)
    assert "Ujian dijeda sejak" in instructor.get(board).text
    frozen.shift(timedelta(minutes=30))
    instructor.submit(f"{board}/lanjut", {}, page=board)
    session.rollback()
    attempt = session.scalars(select(Attempt).filter_by(public_id=public_id)).one()
    assert attempt.deadline_at == now + timedelta(minutes=70)
    assert instructor.submit(f"{board}/tambah", {"menit": "10", "alasan": ""}, page=board).status_code == 422
    instructor.submit(f"{board}/tambah", {"menit": "10", "alasan": "Server lambat"}, page=board)
    instructor.submit(f"{board}/pesan", {"pesan": "Sepuluh menit tambahan."}, page=board)
    instructor.submit(f"{board}/catat", {"catatan": "Listrik padam."}, page=board)
    person = f"{board}/peserta/{public_id}"
    instructor.submit(person, {"menit": "5", "alasan": "Laptop mati"}, page=person)
    record = instructor.get(f"{board}/catatan").text
    for words in ("Listrik padam.", "Server lambat", "Laptop mati", "Sepuluh menit tambahan.", "Dilanjutkan"):
        assert words in record
    session.rollback()
    session.refresh(attempt)
    assert attempt.deadline_at == now + timedelta(minutes=85)
    table = read_table(instructor.get(f"{board}/unduh").data, "papan.xlsx")
    assert world.employee.name in str(list(table.rows))
    assert "Gelombang 1" in instructor.get("/instruktur/ujian?tampil=sekarang").text
    assert instructor.get("/instruktur/ujian/unduh").status_code == 200
    assert "Gelombang 1" in instructor.get("/beranda").text
    assert "dipakai" not in instructor.get(f"{board}/ubah").text
    with transaction() as own:
        services.submit_attempt(own, world.actor, public_id=public_id, now=now + timedelta(minutes=31))
    instructor.submit(person, {"menit": "5", "alasan": "Tertekan", "buka": "1"}, page=person)
    assert "Dibuka lagi" in instructor.get(person).text


def test_the_person_reads_the_window_the_extra_time_and_why(world, session, login_as, frozen, now):
    make_sitting(world, opens_at=now + timedelta(minutes=10), access_code="KOTA 12", place="Aula")
    session.add(
        Accommodation(
            employee_id=world.employee.id, extra_percent=25, reason="penglihatan terbatas", starts_on=now.date(),
            created_at=now,
        )
    )  # fmt: skip
    session.commit()
    client = login_as(world.employee)
    page = client.get(start_page(world)).text
    assert "Waktu Anda 40 + 10 menit, karena penglihatan terbatas." in page
    assert "Sesi ujian belum dibuka" in page
    assert 'http-equiv="refresh"' in page
    frozen.shift(timedelta(minutes=10))
    page = client.get(start_page(world)).text
    assert re.search(r"Bila mulai pukul 14\.15, waktu Anda sampai pukul 15\.05", page)
    wrong = client.submit(start_page(world), {"kode": "salah"}, page=start_page(world))
    assert wrong.status_code == 409
    sheet = client.submit(start_page(world), {"kode": "kota-12"}, page=start_page(world)).location
    assert client.get(f"{sheet}/1").status_code == 200


def test_a_paused_person_sees_no_question_and_comes_back_to_the_same_one(world, session, login_as, frozen, now):
    sitting = make_sitting(world, opens_at=now)
    session.commit()
    public_id = begin(world, now)
    client = login_as(world.employee)
    client.submit(f"/ujian/{public_id}/1", {}, page=f"/ujian/{public_id}/1")
    session.rollback()
    attempt = session.scalars(select(Attempt)).one()
    attempt.paused_at, sitting.notice = now, "Tunggu sebentar."
    session.commit()
    paused = client.get(f"/ujian/{public_id}/2").text
    assert "Waktu Anda berhenti." in paused
    assert "Sisa waktu 40 menit" in paused
    assert "Tunggu sebentar." in paused
    assert "Pertanyaan" not in paused
    frozen.shift(timedelta(hours=3))
    state = client.get(f"/ujian/{public_id}/keadaan").json
    assert (state["phase"], state["seconds_left"], state["notice"]) == ("paused", 2400, "Tunggu sebentar.")
    assert client.get(f"/ujian/{public_id}/lembar").json == {"items": []}
    assert "sedang berjalan" in client.get(start_page(world)).text


def test_time_is_adjusted_once_for_a_person_and_shown_to_who_may_see(instructor, world, session, now):
    person = EmployeeFactory(name="Andi Baso", unit_id=UnitFactory(parent=world.unit).id)
    EmployeeFactory(name="Andi Jauh")
    session.commit()
    page = instructor.get("/instruktur/penyesuaian?nama=andi").text
    assert "Andi Baso" in page
    assert "Andi Jauh" not in page
    here = "/instruktur/penyesuaian"
    data = {"nama": "andi", "orang": person.public_id, "persen": "25", "alasan": "penglihatan terbatas"}
    form = instructor.submit(here, data | {"persen": "0", "mulai": "24/11/2026"}, page=f"{here}?nama=andi")
    assert form.status_code == 422
    instructor.submit(here, data | {"mulai": "24/11/2026"}, page=f"{here}?nama=andi")
    assert "Karena penglihatan terbatas." in instructor.get(here).text
    assert instructor.get(f"{here}/unduh").status_code == 200
    session.rollback()
    row = session.scalars(select(Accommodation)).one()
    instructor.submit(f"{here}/{row.public_id}/akhiri", {}, page=here)
    assert "Berakhir" in instructor.get(here).text


def test_special_rules_are_set_on_a_page_of_their_own(instructor, world, session, now):
    sitting = make_sitting(world, opens_at=now)
    enrol(world)
    session.commit()
    here = f"/instruktur/ujian/{sitting.public_id}/pengecualian"
    assert instructor.submit(here, {"alasan": "x"}).status_code == 422
    instructor.get(here)
    instructor.submit(here, {"orang": world.employee.public_id, "menit": "10", "alasan": "datang dari pulau"})
    assert "datang dari pulau" in instructor.get(here).text
    instructor.submit(re.search(rf"{here}/[0-9a-z]+/hapus", instructor.get(here).text).group(0), {}, page=here)
    assert "Belum ada pengecualian" in instructor.get(here).text
