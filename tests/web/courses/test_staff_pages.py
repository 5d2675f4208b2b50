"""Pages of supervisors and instructors."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from lms.core.actor import Role
from lms.core.audit import AuditEntry, ReadingNote
from lms.courses.models import Enrolment, EnrolmentState
from lms.courses.rules import REGISTRY
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _registry(monkeypatch):
    for name in ("conditions", "contents", "parts"):
        monkeypatch.setattr(REGISTRY, name, {})


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def team(session):
    unit = UnitFactory(name="Kelurahan Tompotikka")
    lurah = EmployeeFactory(name="Nurhayati Daud", position=PositionFactory(unit=unit, is_head=True))
    clerks = [EmployeeFactory(name=f"Andi Hasrul {n}", position=PositionFactory(unit=unit)) for n in range(3)]
    session.commit()
    return unit, lurah, clerks


def _requests(session, people, **shape):
    course = CourseFactory(title="Musrenbang yang Didengar Warga")
    offering = OfferingFactory(course=course, needs_approval=True, is_self_study=False, title="Angkatan III", **shape)
    made = [
        EnrolmentFactory(offering=offering, employee=one, state=EnrolmentState.REQUESTED, started_at=None)
        for one in people
    ]
    session.commit()
    return [row.public_id for row in made]


def test_a_learner_may_not_open_pages_of_supervisors_or_instructors(client, session, login_as, team):
    browser = login_as(team[2][0])
    for path in ("/persetujuan", "/instruktur/pelatihan", "/instruktur/pelatihan/x"):
        assert browser.get(path).status_code == 403


def test_several_requests_are_checked_and_then_approved_together(client, session, login_as, team):
    unit, lurah, clerks = team
    ids = _requests(session, clerks)
    browser = login_as(lurah, (Role.ATASAN, unit))
    text = browser.get("/persetujuan?pilih=semua").get_data(as_text=True)
    assert text.count("checked") == 3
    assert "3 usul menunggu keputusan Anda." in text
    check = browser.submit("/persetujuan/periksa", {"usul": ids, "putusan": "setuju"})
    assert "Setujui 3 usul?" in check.get_data(as_text=True)
    session.rollback()
    assert set(session.scalars(select(Enrolment.state))) == {EnrolmentState.REQUESTED}
    done = browser.submit("/persetujuan", {"usul": ids, "putusan": "setuju"})
    assert "3 usul disetujui." in browser.get(done.location).get_data(as_text=True)
    session.rollback()
    assert set(session.scalars(select(Enrolment.state))) == {EnrolmentState.ACTIVE}
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "enrolment")).all()
    assert sorted(actions) == ["enrolment.approve"] * 3 + ["enrolment.seat"] * 3
    twice = browser.submit("/persetujuan", {"usul": ids, "putusan": "setuju"})
    assert "sudah diputuskan" in browser.get(twice.location).get_data(as_text=True)


def test_refusing_without_a_reason_keeps_what_was_ticked(client, session, login_as, team):
    unit, lurah, clerks = team
    ids = _requests(session, clerks[:1])
    browser = login_as(lurah, (Role.ATASAN, unit))
    browser.get("/persetujuan")
    answer = browser.submit("/persetujuan/periksa", {"usul": ids, "putusan": "tolak", "alasan": " "})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Tulis alasan penolakan" in text
    assert "checked" in text
    check = browser.submit(
        "/persetujuan/periksa", {"usul": ids, "putusan": "tolak", "alasan": "Loket kosong pekan itu."}
    )
    assert "Loket kosong pekan itu." in check.get_data(as_text=True)
    browser.submit("/persetujuan", {"usul": ids, "putusan": "tolak", "alasan": "Loket kosong pekan itu."})
    session.rollback()
    assert session.scalars(select(Enrolment.state)).all() == [EnrolmentState.REFUSED]


def test_choosing_nothing_says_so(client, session, login_as, team):
    unit, lurah, clerks = team
    _requests(session, clerks[:1])
    browser = login_as(lurah, (Role.ATASAN, unit))
    browser.get("/persetujuan")
    answer = browser.submit("/persetujuan/periksa", {"putusan": "setuju"})
    assert (answer.status_code, "Pilih paling sedikit satu usul." in answer.get_data(as_text=True)) == (
        422,
        True,
    )


def test_own_requests_and_those_of_other_units_do_not_show_and_cannot_be_decided(client, session, login_as, team):
    unit, lurah, _clerks = team
    ids = _requests(session, [lurah, EmployeeFactory(name="Orang Lain")])
    browser = login_as(lurah, (Role.ATASAN, unit))
    text = browser.get("/persetujuan").get_data(as_text=True)
    assert "Semua usul sudah diputuskan" in text
    assert "Orang Lain" not in text
    for public_id in ids:
        assert browser.submit("/persetujuan", {"usul": [public_id], "putusan": "setuju"}).status_code == 404
    session.rollback()
    assert set(session.scalars(select(Enrolment.state))) == {EnrolmentState.REQUESTED}


def test_late_people_are_listed_most_overdue_first_and_reading_is_noted(client, session, login_as, team):
    unit, lurah, clerks = team
    course = CourseFactory()
    for clerk, due in zip(clerks, (date(2026, 11, 20), date(2026, 11, 26), date(2027, 1, 5)), strict=True):
        EnrolmentFactory(offering=OfferingFactory(course=course), employee=clerk, due_on=due)
    session.commit()
    browser = login_as(lurah, (Role.ATASAN, unit))
    text = browser.get("/persetujuan").get_data(as_text=True)
    assert "Terlambat 4 hari" in text
    assert "Tersisa 2 hari" in text
    assert text.index(clerks[0].name) < text.index(clerks[1].name)
    assert clerks[2].name not in text
    session.rollback()
    assert set(session.scalars(select(ReadingNote.person_id))) == {clerks[0].id, clerks[1].id}
    home = browser.get("/beranda").get_data(as_text=True)
    assert "Batas pelatihan tim Anda" in home


def _run(session, unit, instructor):
    course = CourseFactory(title="Arsip Kelurahan", owner_unit_id=unit.id)
    return OfferingFactory(
        course=course,
        is_self_study=False,
        title="Angkatan V",
        instructor_id=instructor.id,
        starts_on=date(2026, 11, 2),
        capacity=30,
        owner_unit_id=unit.id,
    )


def test_an_instructor_sees_runs_participants_and_takes_them_along_as_a_spreadsheet(client, session, login_as, team):
    unit, instructor, clerks = team
    run = _run(session, unit, instructor)
    EnrolmentFactory(offering=run, employee=clerks[0], due_on=date(2026, 11, 20))
    EnrolmentFactory(offering=run, employee=clerks[1], state=EnrolmentState.COMPLETED, completed_at=NOW)
    EnrolmentFactory(offering=run, employee=clerks[2], state=EnrolmentState.WITHDRAWN)
    session.commit()
    browser = login_as(instructor, (Role.INSTRUKTUR, unit))
    assert "Arsip Kelurahan" in browser.get("/instruktur/pelatihan").get_data(as_text=True)
    text = browser.get(f"/instruktur/pelatihan/{run.public_id}").get_data(as_text=True)
    assert "2 orang" in text
    assert "Terlambat 4 hari" in text
    assert clerks[2].name not in text
    one = browser.get(f"/instruktur/pelatihan/{run.public_id}?keadaan=completed&cari=hasrul").get_data(as_text=True)
    assert clerks[1].name in one
    assert clerks[0].name not in one
    answer = browser.get(f"/instruktur/pelatihan/{run.public_id}/unduh?keadaan=active")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == [clerks[0].name]


def test_a_run_of_another_unit_is_absent_for_an_instructor(client, session, login_as, team):
    unit, instructor, _clerks = team
    elsewhere = _run(session, UnitFactory(), EmployeeFactory())
    session.commit()
    browser = login_as(instructor, (Role.INSTRUKTUR, unit))
    assert browser.get(f"/instruktur/pelatihan/{elsewhere.public_id}").status_code == 404
    assert browser.get(f"/instruktur/pelatihan/{elsewhere.public_id}/unduh").status_code == 404


@pytest.mark.parametrize("path", ["/persetujuan", "/instruktur/pelatihan", "/instruktur/pelatihan/{run}"])
def test_staff_pages_cost_as_many_statements_for_many_rows_as_for_few(session, login_as, count_queries, team, path):
    unit, lurah, _clerks = team
    browser = login_as(lurah, (Role.ATASAN, unit), (Role.INSTRUKTUR, unit))
    run = _run(session, unit, lurah)
    counts = []
    for count in (2, 9):
        people = [EmployeeFactory(position=PositionFactory(unit=unit)) for _ in range(count)]
        for one in people:
            EnrolmentFactory(offering=run, employee=one, due_on=date(2026, 11, 20))
        _run(session, unit, lurah)
        session.commit()
        address = path.format(run=run.public_id)
        assert browser.get(address).status_code == 200
        with count_queries() as counted:
            browser.get(address)
        counts.append(len([s for s in counted.statements if not s.startswith("INSERT")]))
    assert counts[0] == counts[1]
    assert counts[1] <= 14, counted.statements


def test_the_token_of_a_form_is_asked_for(client, session, login_as, team):
    unit, lurah, clerks = team
    ids = _requests(session, clerks[:1])
    browser = login_as(lurah, (Role.ATASAN, unit))
    page = browser.get("/persetujuan").get_data(as_text=True)
    assert re.search(r'name="csrf_token"', page)
    assert browser.post("/persetujuan", data={"usul": ids, "putusan": "setuju"}).status_code == 409
