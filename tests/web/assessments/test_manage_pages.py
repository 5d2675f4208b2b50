"""Pages of instructors: in scope only, every state, spreadsheet as on screen."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lms.assessments import queries, services
from lms.assessments.models import Item, ItemState
from lms.core.actor import Role
from lms.core.audit import ReadingNote
from lms.core.db import transaction
from lms.core.sheets import read_table
from tests.factories.assessments import enrol, make_world
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


def take(world, now, count=1, *, hand_in=True):
    for _ in range(count):
        with transaction() as session:
            enrolment, actor = enrol(world)
            public_id = services.start_attempt(
                session, actor, enrolment_public_id=enrolment.public_id, code="ujian-akhir", now=now
            )
            if hand_in:
                services.submit_attempt(session, actor, public_id=public_id, now=now + timedelta(minutes=3))
    return public_id


def test_results_are_listed_filtered_and_exported(instructor, world, session, now):
    take(world, now, 3)
    running = take(world, now, hand_in=False)
    listing = instructor.get("/instruktur/asesmen").text
    assert "Ujian akhir" in listing
    here = f"/instruktur/asesmen/{world.exam.public_id}"
    page = instructor.get(here).text
    assert "4 percobaan" in page
    assert "Belum lulus" in page
    assert "Keadaan Selasa, 24 November 2026 14.05 WITA" in page
    assert instructor.get(f"{here}?tampil=berjalan").text.count("<tr>") == 2
    assert "Tidak ada yang cocok" in instructor.get(f"{here}?cari=tidakada").text
    assert "Tidak ada yang cocok" in instructor.get(f"{here}?tampil=lulus").text
    sheet = instructor.get(f"{here}/unduh?tampil=belum")
    table = read_table(sheet.data, "hasil.xlsx")
    assert len(table.rows) == 3
    assert table.header[0] == "Nama"
    assert "attachment" in sheet.headers["Content-Disposition"]
    assert instructor.get(f"/ujian/{running}/hasil").status_code == 404


def test_an_instructor_sees_one_result_and_it_is_noted(instructor, world, session, now):
    public_id = take(world, now)
    page = instructor.get(f"/ujian/{public_id}/hasil").text
    assert "Akses ini dicatat." in page
    assert "Lihat sertifikat" not in page
    assert "Kunci rahasia" in instructor.get(f"/ujian/{public_id}/pembahasan").text
    session.rollback()
    assert session.scalar(select(func.count(ReadingNote.id))) >= 1


def test_others_assessments_are_absent(session, world, login_as, now):
    person, elsewhere = EmployeeFactory(), UnitFactory()
    session.commit()
    public_id = take(world, now)
    [bank] = queries.list_items(session, world.bank.id)[0][:1]
    session.rollback()
    client = login_as(person, (Role.INSTRUKTUR, elsewhere))
    assert "Belum ada asesmen" in client.get("/instruktur/asesmen").text
    assert "Belum ada bank soal" in client.get("/instruktur/bank").text
    for path in (
        f"/instruktur/asesmen/{world.exam.public_id}", f"/instruktur/asesmen/{world.exam.public_id}/unduh",
        f"/instruktur/bank/{world.bank.public_id}", f"/instruktur/bank/{world.bank.public_id}/unduh",
        f"/instruktur/bank/butir/{bank.public_id}", f"/ujian/{public_id}/hasil", f"/ujian/{public_id}/pembahasan",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path


def test_learners_may_not_open_the_managers_pages(session, world, login_as):
    client = login_as(world.employee)
    for path in ("/instruktur/asesmen", "/instruktur/bank", f"/instruktur/bank/{world.bank.public_id}"):
        assert client.get(path).status_code == 403


def test_the_bank_shows_items_as_learners_meet_them(instructor, world, session):
    page = instructor.get("/instruktur/bank").text
    assert "8 dari 8 butir dipakai" in page
    here = f"/instruktur/bank/{world.bank.public_id}"
    assert "8 butir" in instructor.get(here).text
    assert "1 butir" in instructor.get(f"{here}?cari=S-003").text
    assert "2 butir" in instructor.get(f"{here}?jenis=short_answer").text
    assert "Tidak ada butir yang cocok" in instructor.get(f"{here}?keadaan=draft").text
    assert len(read_table(instructor.get(f"{here}/unduh?jenis=true_false").data, "bank.xlsx").rows) == 2
    for item in session.scalars(select(Item)):
        preview = instructor.get(f"/instruktur/bank/butir/{item.public_id}").text
        assert "Seperti dilihat peserta" in preview
        assert "Kunci rahasia" in preview


def test_the_state_of_an_item_is_changed_with_a_one_time_form(instructor, world, session):
    world.exam.draw_count = 4
    session.commit()
    item = session.scalars(select(Item).order_by(Item.id)).first()
    path = f"/instruktur/bank/butir/{item.public_id}"
    sent = instructor.submit(f"{path}/keadaan", {"keadaan": "retired"}, page=path)
    assert sent.status_code == 303
    assert "sudah diubah" in instructor.get(sent.location).text
    session.rollback()
    session.expire_all()
    assert session.get(Item, item.id).state is ItemState.RETIRED
    refused = instructor.submit(f"{path}/keadaan", {"keadaan": "hilang"}, page=path)
    assert refused.status_code == 422


@pytest.mark.parametrize("count", [2, 12])
def test_lists_cost_the_same_at_any_size(instructor, world, now, count_queries, count):
    take(world, now, count)
    here = f"/instruktur/asesmen/{world.exam.public_id}"
    for path, most in {
        "/instruktur/asesmen": 5,
        here: 8,  # one of them notes who was read
        f"/instruktur/bank/{world.bank.public_id}": 6,
    }.items():
        instructor.get(path)
        with count_queries() as counted:
            instructor.get(path)
        assert len(counted) <= most, (path, counted.statements)


def test_long_lists_have_pages(instructor, world, now):
    take(world, now, 27)
    here = f"/instruktur/asesmen/{world.exam.public_id}"
    page = instructor.get(here).text
    assert re.search(r"hal=2", page)
    assert instructor.get(f"{here}?hal=2").text.count("<tr>") == 3
