"""Pages of those who hold runs, and the schedule for everybody."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from lms.core.actor import Role
from lms.core.jobs import run_due
from lms.courses.models import Enrolment, EnrolmentState, Offering, OfferingSession, OfferingState
from lms.courses.rules import REGISTRY, OfferingMode
from lms.people.models import EmployeeNumber
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
def office(session):
    city = UnitFactory(name="Kota Palopo")
    boss = EmployeeFactory(name="Hasnah Baso", position=PositionFactory(unit=city))
    clerk = EmployeeFactory(name="Andi Hasrul", position=PositionFactory(unit=UnitFactory(parent=city)))
    course = CourseFactory(title="Pelayanan Prima", owner_unit_id=city.id)
    session.commit()
    return city, boss, clerk, course


def number_of(session, employee):
    number = "198706142010011002"
    session.add(EmployeeNumber(employee_id=employee.id, number=number, kind="nip", valid_from_on=date(2010, 1, 1)))
    return number


FIELDS = {
    "title": "Angkatan I", "mode": "classroom", "starts_on": "7/12/2026", "ends_on": "9 Desember 2026",
    "place": "Aula Wara", "capacity": "1", "enrol_until_on": "1/12/2026", "has_waiting_list": "y",
    "waiting_order": "first_come",
}  # fmt: skip


def run_of(course, city, **shape):
    shape = {"mode": OfferingMode.CLASSROOM, "starts_on": date(2026, 12, 7), "ends_on": date(2026, 12, 9)} | shape
    return OfferingFactory(
        course=course, owner_unit_id=city.id, is_self_study=False, title="Angkatan I", place="Aula Wara", **shape
    )


def test_an_officer_makes_a_run_opens_it_and_a_clerk_joins(client, app, session, login_as, office):
    city, boss, clerk, course = office
    browser = login_as(boss, (Role.HR, city))
    assert "Pelayanan Prima" in browser.get("/instruktur/pelatihan/baru").get_data(as_text=True)
    address = f"/instruktur/pelatihan/baru?pelatihan={course.code}"
    browser.get(address)
    wrong = browser.submit(address, FIELDS | {"ends_on": "1/12/2026", "unit": city.public_id})
    assert wrong.status_code == 422
    assert "Tanggal selesai mendahului tanggal mulai." in wrong.get_data(as_text=True)
    made = browser.submit(address, FIELDS | {"unit": city.public_id})
    page = browser.get(made.location).get_data(as_text=True)
    assert "Rancangan" in page
    browser.submit(f"{made.location}/buka", {})
    other = app.test_client()
    login_as(clerk, use=other)
    listed = other.get("/jadwal").get_data(as_text=True)
    assert "Aula Wara" in listed
    assert "Aula Wara" in other.get("/jadwal/kalender?tahun=2026").get_data(as_text=True)
    assert "Tidak ada angkatan yang cocok" in other.get("/jadwal?kursi=ada&bulan=2027-02").get_data(as_text=True)
    run = session.scalars(select(Offering)).one()
    other.get(f"/katalog/{course.code}")
    joined = other.submit(f"/katalog/{course.code}/daftar", {"angkatan": run.public_id})
    assert "Anda terdaftar." in other.get(joined.location).get_data(as_text=True)
    people = browser.get(made.location).get_data(as_text=True)
    assert "Andi Hasrul" in people
    assert "1 dari 1 terisi" in people


def test_the_line_is_shown_to_who_waits_and_to_who_holds_the_run(client, app, session, login_as, office):
    city, boss, clerk, course = office
    run = run_of(course, city, capacity=1)
    EnrolmentFactory(offering=run)
    session.commit()
    other = app.test_client()
    login_as(clerk, use=other)
    assert "Masuk daftar tunggu" in other.get(f"/katalog/{course.code}").get_data(as_text=True)
    joined = other.submit(f"/katalog/{course.code}/daftar", {"angkatan": run.public_id})
    assert "Anda nomor 1 di daftar tunggu." in other.get(joined.location).get_data(as_text=True)
    browser = login_as(boss, (Role.HR, city))
    browser.get(f"/instruktur/pelatihan/{run.public_id}?keadaan=waiting")
    mine = session.scalars(select(Enrolment).where(Enrolment.employee_id == clerk.id)).one()
    page = browser.get(f"/instruktur/pelatihan/{run.public_id}/peserta/{mine.public_id}").get_data(as_text=True)
    assert "Mendaftar" in page
    assert "Nomor tunggu" in page
    answer = browser.submit(
        f"/instruktur/pelatihan/{run.public_id}/peserta/{mine.public_id}",
        {"tindakan": "batalkan", "alasan": ""},
    )
    assert answer.status_code == 422
    browser.submit(
        f"/instruktur/pelatihan/{run.public_id}/peserta/{mine.public_id}",
        {"tindakan": "batalkan", "alasan": "Loket kosong pekan itu."},
    )
    session.rollback()
    assert session.get(Enrolment, mine.id, populate_existing=True).state is EnrolmentState.WITHDRAWN
    assert "Loket kosong pekan itu." in other.get(joined.location).get_data(as_text=True)


def test_units_seats_copies_and_cancelling_have_their_pages(client, session, login_as, office):
    city, boss, clerk, course = office
    run = run_of(course, city, capacity=5)
    EnrolmentFactory(offering=run, employee=clerk)
    session.commit()
    browser = login_as(boss, (Role.HR, city))
    base = f"/instruktur/pelatihan/{run.public_id}"
    browser.get(f"{base}/kursi-unit")
    wrong = browser.submit(f"{base}/kursi-unit", {"unit": city.public_id, "most": "1", "kept": "3"})
    assert "Kursi cadangan lebih banyak dari batas kursi unit." in wrong.get_data(as_text=True)
    browser.submit(f"{base}/kursi-unit", {"unit": city.public_id, "most": "4", "kept": "3"})
    assert "cadangan 3" in browser.get(base).get_data(as_text=True)
    browser.get(f"{base}/ubah")
    stale = browser.submit(f"{base}/ubah", FIELDS | {"capacity": "9", "version": "0"})
    assert "Orang lain baru saja menyimpan" in stale.get_data(as_text=True)
    browser.get(f"{base}/salin")
    copy = browser.submit(f"{base}/salin", {"title": "Angkatan II", "starts_on": "4/1/2027"})
    assert "Angkatan II" in browser.get(copy.location).get_data(as_text=True)
    browser.get(f"{base}/batalkan")
    done = browser.submit(f"{base}/batalkan", {"alasan": "Narasumber berhalangan hadir."})
    assert "1 orang diberi kabar" in browser.get(done.location).get_data(as_text=True)
    session.rollback()
    assert session.get(Offering, run.id, populate_existing=True).state is OfferingState.CANCELLED


def test_who_holds_no_runs_sees_none_and_other_units_runs_are_absent(client, session, login_as, office):
    city, boss, clerk, course = office
    elsewhere = UnitFactory()
    run = run_of(course, elsewhere)
    session.commit()
    browser = login_as(clerk)
    for path in ("/instruktur/pelatihan/baru", f"/instruktur/pelatihan/{run.public_id}/ubah"):
        assert browser.get(path).status_code == 403
    browser = login_as(boss, (Role.HR, city))
    for path in ("ubah", "salin", "batalkan", "kursi-unit"):
        assert browser.get(f"/instruktur/pelatihan/{run.public_id}/{path}").status_code == 404


def test_the_schedule_costs_the_same_whatever_its_length(client, session, login_as, office, count_queries):
    city, _boss, clerk, course = office
    counts = []
    browser = login_as(clerk)
    browser.get("/jadwal")
    for _round in range(2):
        for _number in range(4):
            EnrolmentFactory(offering=run_of(course, city, capacity=3))
        session.commit()
        with count_queries() as counted:
            assert browser.get("/jadwal").status_code == 200
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_an_officer_pastes_a_list_looks_at_it_and_enrols(client, app, session, login_as, office):
    city, boss, clerk, course = office
    run = run_of(course, city, capacity=5)
    number = number_of(session, clerk)
    session.commit()
    browser = login_as(boss, (Role.HR, city))
    base = f"/instruktur/pelatihan/{run.public_id}/daftarkan"
    browser.get(base)
    empty = browser.submit(base, {"cara": "daftar", "tindakan": "assign", "unit": city.public_id})
    assert "Tempel paling sedikit satu NIP" in empty.get_data(as_text=True)
    pasted = f"NIP\n{number}\n199001012020011999"
    look = browser.submit(base, {"cara": "daftar", "tindakan": "assign", "unit": city.public_id, "nip": pasted})
    text = browser.get(look.location).get_data(as_text=True)
    assert "Andi Hasrul" in text
    assert "berakhiran 1999" in text
    assert "199001012020011999" not in text
    assert "Daftarkan 1 orang" in text
    browser.submit(f"{look.location}/jalankan", {})
    assert "0 dari 1 orang" in browser.get(look.location).get_data(as_text=True)
    run_due(app)
    done = browser.get(look.location).get_data(as_text=True)
    assert "Mendapat kursi" in done
    assert browser.get(f"{look.location}/unduh").status_code == 200
    browser.submit(f"{look.location}/urungkan", {})
    run_due(app)
    assert "Diurungkan" in browser.get(look.location).get_data(as_text=True)


def test_a_session_is_made_scanned_and_seen_in_the_calendar(client, app, session, login_as, office):
    city, boss, clerk, course = office
    run = run_of(course, city)
    EnrolmentFactory(offering=run, employee=clerk)
    session.commit()
    browser = login_as(boss, (Role.HR, city))
    base = f"/instruktur/pelatihan/{run.public_id}/sesi"
    browser.get(base)
    fields = {"title": "Pembukaan", "day": "7/12/2026", "begin": "08.30", "until": "10.30", "place": "Aula Wara"}
    wrong = browser.submit(base, fields | {"until": "08.00", "instructor": ""})
    assert "Sesi berakhir sebelum mulai." in wrong.get_data(as_text=True)
    browser.submit(base, fields | {"instructor": ""})
    assert "08.30–10.30 WITA" in browser.get(base).get_data(as_text=True)
    browser.submit(base, {"percent": "80"})
    held = session.scalars(select(OfferingSession)).one()
    assert "Andi Hasrul" in browser.get(f"{base}/{held.public_id}/lembar").get_data(as_text=True)
    other = app.test_client()
    login_as(clerk, use=other)
    code = f"/hadir/{held.public_id}/{held.check_in_key}"
    other.get(code)
    early = other.submit(code, {})
    assert early.status_code == 409
    assert "Sesi belum dibuka." in early.get_data(as_text=True)
    with time_machine.travel(datetime(2026, 12, 7, 0, 40, tzinfo=UTC), tick=True):
        login_as(clerk, use=other)
        for _scan in range(2):
            other.get(code)
            assert "Kehadiran Anda tercatat." in other.submit(code, {}).get_data(as_text=True)
        login_as(boss, (Role.HR, city), use=browser)
        page = browser.get(f"{base}/{held.public_id}/kehadiran").get_data(as_text=True)
        assert "lewat QR" in page
    login_as(clerk, use=other)
    assert "Pembukaan" in other.get("/kalender-saya").get_data(as_text=True)
    address = re.search(
        r"/kalender/[^<]+\.ics", other.submit("/kalender-saya", {"tindakan": "buat"}).get_data(as_text=True)
    )
    feed = app.test_client().get(address[0])
    assert feed.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "SUMMARY:Pelayanan Prima: Pembukaan" in feed.get_data(as_text=True)
    other.submit("/kalender-saya", {"tindakan": "hapus"})
    assert app.test_client().get(address[0]).status_code == 404
