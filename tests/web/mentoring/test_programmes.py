"""Pages of programmes and pairing runs through the strict client."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import select

from lms.core.actor import Role
from lms.core.jobs import run_due
from lms.mentoring.models import (
    MemberRole,
    MentoringProgramme,
    Pairing,
    PairingRun,
    ProgrammeState,
    RunState,
)
from tests.factories.mentoring import NOW, MemberFactory, ProgrammeFactory, office
from tests.factories.people import EmployeeFactory, PositionFactory


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place(session):
    made = office()
    made.programme = ProgrammeFactory(unit_id=made.city.id)
    for one in (made.mentor, made.head):
        MemberFactory(programme_id=made.programme.id, employee_id=one.id, role=MemberRole.MENTOR)
    session.commit()
    return made


def fresh(session, model):
    session.rollback()
    session.expire_all()
    return session.scalars(select(model).order_by(model.id.desc())).first()


def test_from_joining_to_the_closing_report(session, place, login_as, app):
    there = f"/mentoring/program/{place.programme.public_id}"
    mentee = login_as(place.mentee)
    assert "Melayani aduan" in mentee.get("/mentoring/program").text
    assert "Kelola program" not in mentee.get(there).text
    page = mentee.get(f"{there}/ikut?sebagai=mentee")
    assert "Suriani" in page.text
    answer = mentee.submit(f"{there}/ikut?sebagai=mentee", {"tentang": "Menjawab aduan"})
    assert answer.status_code == 303
    assert "Anda ikut sebagai mentee" in mentee.get(there).text
    assert mentee.get(f"{there}/peserta").status_code == 403

    boss = login_as(place.coordinator, (Role.KOORDINATOR, place.city), use=app.test_client())
    assert "Rahmawati Saleng" in boss.get(f"{there}/peserta").text
    assert boss.get(f"{there}/peserta.xlsx").data[:2] == b"PK"
    assert "Kedekatan kantor" in boss.get(f"{there}/pasangkan").text
    weights = {"competency": "40", "nearness": "20", "load": "15", "mentee_wish": "15", "mentor_wish": "10"}
    wrong = boss.submit(f"{there}/pasangkan", {"sasaran": "best", **weights, "load": "101"})
    assert wrong.status_code == 422
    boss.get(f"{there}/pasangkan")
    assert boss.submit(f"{there}/pasangkan", {"sasaran": "most", **weights}).status_code == 303
    run = fresh(session, PairingRun)
    here = f"/mentoring/pemasangan/{run.public_id}"
    waiting = boss.get(here)
    run_due(app)
    page = boss.get(here)
    assert fresh(session, PairingRun).state is RunState.DRAFT
    assert "sedang dihitung" in waiting.text or "Usulan" in waiting.text
    assert "dengan mentor Suriani Parenrengi" in page.text
    assert "Kantor di kecamatan lain." in page.text or "dalam satu induk" in page.text
    assert boss.get(f"{here}/usulan.xlsx").data[:2] == b"PK"
    assert "Terbitkan 1 pasangan" in boss.get(f"{here}/terbitkan").text
    boss.submit(f"{here}/terbitkan", {})
    run_due(app)
    assert fresh(session, Pairing).mentee_id == place.mentee.id
    assert "Berpasangan" in boss.get(here).text
    assert "Kesehatan program" in boss.get(there).text
    boss.get(f"{there}/tutup")
    boss.submit(f"{there}/tutup", {"laporan": "Aduan lebih cepat dijawab."})
    run_due(app)
    assert fresh(session, MentoringProgramme).state is ProgrammeState.CLOSED
    assert "Aduan lebih cepat dijawab." in mentee.get(there).text


def test_a_coordinator_makes_and_changes_a_programme(session, place, login_as):
    boss = login_as(place.coordinator, (Role.KOORDINATOR, place.city))
    boss.get("/mentoring/program/baru")
    fields = {
        "nama": "Program baru", "tujuan": "Aduan tuntas", "unit": place.city.public_id, "bentuk": "group",
        "mulai": "24/11/2026", "sampai": "24/11/2026", "gabung": "30/11/2026", "irama": "14", "minimal": "6",
    }  # fmt: skip
    wrong = boss.submit("/mentoring/program/baru", fields)
    assert wrong.status_code == 422
    assert "Hari akhir harus sesudah hari mulai" in wrong.text
    good = {**fields, "sampai": "24/5/2027"}
    assert boss.submit("/mentoring/program/baru", good).status_code == 303
    made = fresh(session, MentoringProgramme)
    there = f"/mentoring/program/{made.public_id}/ubah"
    assert "Program baru" in boss.get(there).text
    assert boss.submit(there, {**good, "nama": "Nama lain"}).status_code == 303
    assert fresh(session, MentoringProgramme).name == "Nama lain"
    assert boss.get("/mentoring/program.xlsx").data[:2] == b"PK"


def test_people_of_other_units_find_nothing(session, place, login_as):
    stranger = EmployeeFactory(position=PositionFactory())
    session.commit()
    client = login_as(stranger)
    assert client.get(f"/mentoring/program/{place.programme.public_id}").status_code == 404
    assert "Belum ada program" in client.get("/mentoring/program").text
