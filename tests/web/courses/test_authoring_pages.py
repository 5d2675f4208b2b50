"""Instructors write a course in the browser: draft, lessons, two windows, publishing, versions."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from lms.assessments.models import Assessment
from lms.assessments.services import carry_assessments
from lms.core.actor import Role
from lms.core.audit import AuditEntry
from lms.core.db import transaction
from lms.courses.models import (
    Course,
    CourseDraft,
    CourseVersion,
    DraftLesson,
    DraftState,
    DraftText,
    Enrolment,
    Lesson,
    Offering,
    OfferingState,
)
from tests.factories.assessments import make_world
from tests.factories.competencies import CompetencyFactory
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
LONG = ("## Bagian\n\n" + "Warga datang ke loket dan bertanya dengan sopan. " * 10).strip()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def desk(session, login_as):
    """An instructor of a unit with one published course, logged in."""
    unit = UnitFactory(name="BPSDM Kota")
    teacher = EmployeeFactory(name="Salmawati Rahim", position=PositionFactory(unit=unit))
    competency = CompetencyFactory(code="T.02")
    course = CourseFactory(title="Loket yang Ramah", owner_unit_id=unit.id, outcomes=[(competency, 2)], lessons=2)
    for lesson in session.scalars(select(Lesson)):
        lesson.body_md = LONG
    version = session.get_one(CourseVersion, course.current_version_id)
    version.description_md = "Tentang pelatihan."
    OfferingFactory(course=course)
    session.commit()
    return login_as(teacher, (Role.INSTRUKTUR, unit)), course, unit, teacher


def _draft(browser, course) -> str:
    answer = browser.submit(f"/instruktur/susun/pelatihan/{course.public_id}/rancang")
    return answer.location.rsplit("/", 1)[1]


def _lessons(session, draft: str) -> list[DraftLesson]:
    session.rollback()
    return list(
        session.scalars(
            select(DraftLesson)
            .join(CourseDraft, CourseDraft.id == DraftLesson.draft_id)
            .where(CourseDraft.public_id == draft, DraftLesson.removed_at.is_(None))
            .order_by(DraftLesson.module_id, DraftLesson.position_order)
        )
    )


def _write(browser, draft: str, lesson: DraftLesson, text: str, version: int, **more):
    fields = {"judul": lesson.title, "menit": str(lesson.duration_minutes), "isi": text, "versi": str(version), **more}
    return browser.submit(f"/instruktur/susun/{draft}/materi/{lesson.public_id}", fields)


def test_only_instructors_of_the_unit_reach_a_draft(session, login_as, desk):
    browser, course, _unit, _teacher = desk
    draft = _draft(browser, course)
    other = UnitFactory(name="Unit lain")
    stranger = EmployeeFactory(position=PositionFactory(unit=other))
    session.commit()
    browser = login_as(stranger, (Role.INSTRUKTUR, other))
    assert browser.get(f"/instruktur/susun/{draft}").status_code == 404
    assert browser.get(f"/instruktur/susun/pelatihan/{course.public_id}").status_code == 404
    assert "Loket yang Ramah" not in browser.get("/instruktur/susun?lihat=terbit").get_data(as_text=True)


def test_a_course_has_one_open_draft_that_everybody_gets(session, desk):
    browser, course, _unit, _teacher = desk
    assert _draft(browser, course) == _draft(browser, course)
    assert [one.title for one in _lessons(session, _draft(browser, course))] == ["Materi nomor 1", "Materi nomor 2"]


def test_a_changed_draft_becomes_a_version_for_newcomers_while_others_keep_theirs(session, desk):
    browser, course, _unit, _teacher = desk
    learner = EmployeeFactory()
    run = session.scalars(select(Offering)).one()
    held = EnrolmentFactory(offering=run, employee=learner)
    session.commit()
    old = course.current_version_id
    draft = _draft(browser, course)
    lesson = _lessons(session, draft)[0]
    assert "Materi tersimpan." in browser.get(
        _write(browser, draft, lesson, LONG + "\n\nBaru.", 1, menit="25").location
    ).get_data(as_text=True)
    check = browser.get(f"/instruktur/susun/{draft}/terbitkan").get_data(as_text=True)
    assert "Terbitkan versi 2?" in check
    assert "1 orang, tetap di versinya" in check
    assert "<ins>Baru.</ins>" in check
    assert "<del>30</del> → <ins>40</ins>" in check
    page = browser.get(browser.submit(f"/instruktur/susun/{draft}/terbitkan", {"dasar": "1"}).location)
    assert "Dari versi 1 ke versi 2" in page.get_data(as_text=True)
    session.rollback()
    session.expire_all()
    assert session.get_one(Enrolment, held.id).offering_id == run.id
    assert session.get_one(Offering, run.id).course_version_id == old
    assert session.get_one(Offering, run.id).state is OfferingState.CLOSED
    fresh = session.scalars(select(Offering).where(Offering.state == OfferingState.OPEN)).one()
    assert fresh.course_version_id == session.get_one(Course, course.id).current_version_id != old
    assert "course.publish" in set(session.scalars(select(AuditEntry.action)))
    again = browser.get(f"/instruktur/susun/{draft}").get_data(as_text=True)
    assert "Rancangan ini sudah terbit." in again


def test_publishing_asks_again_when_another_version_came_meanwhile(session, desk):
    browser, course, _unit, _teacher = desk
    draft = _draft(browser, course)
    _write(browser, draft, _lessons(session, draft)[0], LONG + "\n\nBaru.", 1)
    answer = browser.submit(f"/instruktur/susun/{draft}/terbitkan", {"dasar": "7"})
    assert "Versi lain baru saja terbit" in browser.get(answer.location).get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(CourseVersion)).one().number == 1


def test_a_draft_without_change_or_with_faults_is_not_published(session, desk):
    browser, course, _unit, _teacher = desk
    draft = _draft(browser, course)
    answer = browser.submit(f"/instruktur/susun/{draft}/terbitkan", {"dasar": "1"})
    assert "sama dengan versi yang berlaku" in browser.get(answer.location).get_data(as_text=True)
    _write(browser, draft, _lessons(session, draft)[0], "Terlalu pendek.", 1)
    page = browser.get(f"/instruktur/susun/{draft}/terbitkan").get_data(as_text=True)
    assert "hanya 2 kata" in page
    assert "Terbitkan versi" not in page
    browser.submit(f"/instruktur/susun/{draft}/terbitkan", {"dasar": "1"})
    session.rollback()
    assert session.scalars(select(CourseVersion)).one().number == 1


def test_two_windows_lose_no_text(session, desk):
    browser, course, _unit, _teacher = desk
    draft = _draft(browser, course)
    lesson = _lessons(session, draft)[0]
    _write(browser, draft, lesson, LONG + "\n\nDari jendela pertama.", 1)
    late = _write(browser, draft, lesson, LONG + "\n\nDari jendela kedua.", 1)
    text = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "sudah disimpan di jendela lain" in text
    assert "pertama." in text
    assert "kedua." in text
    session.rollback()
    session.expire_all()
    assert session.get_one(DraftLesson, lesson.id).body_md.endswith("pertama.")
    kept = session.scalars(select(DraftText).where(DraftText.is_late.is_(True))).one()
    assert kept.body_md.endswith("kedua.")
    _write(browser, draft, lesson, LONG + "\n\nDari jendela kedua.", 2)
    history = browser.get(f"/instruktur/susun/{draft}/materi/{lesson.public_id}/riwayat").get_data(as_text=True)
    assert "Terlambat" in history


def test_autosave_is_safe_to_repeat_and_tells_of_a_later_window(session, desk, clock):
    browser, course, _unit, _teacher = desk
    draft = _draft(browser, course)
    lesson = _lessons(session, draft)[0]
    page = f"/instruktur/susun/{draft}/materi/{lesson.public_id}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).get_data(as_text=True))[1]
    body = {"versi": 1, "judul": "Judul baru", "menit": 20, "isi": LONG + "\n\n**Tebal**"}
    for _again in range(2):
        answer = browser.post(f"{page}/simpan", json=body, headers={"X-CSRF-Token": token})
        assert answer.json["versi"] == 2
        assert "<strong>Tebal</strong>" in answer.json["html"]
    assert "Tersimpan pukul" in answer.json["pesan"]
    late = browser.post(f"{page}/simpan", json={**body, "isi": "lain"}, headers={"X-CSRF-Token": token})
    assert late.status_code == 409
    clock.shift(timedelta(minutes=11))
    browser.post(f"{page}/simpan", json={**body, "versi": 2, "isi": LONG}, headers={"X-CSRF-Token": token})
    session.rollback()
    texts = session.scalars(select(DraftText).where(DraftText.is_late.is_(False))).all()
    assert [one.body_md for one in texts] == [LONG, (LONG + "\n\n**Tebal**")]
    assert len(session.scalars(select(AuditEntry).where(AuditEntry.action == "course_draft.lesson_write")).all()) == 2
    restored = browser.submit(f"{page}/riwayat/{texts[1].public_id}")
    assert "Teks lama dipakai lagi" in browser.get(restored.location).get_data(as_text=True)


def test_lessons_move_across_modules_and_come_back_when_removed(session, desk):
    browser, course, _unit, _teacher = desk
    draft = _draft(browser, course)
    browser.submit(f"/instruktur/susun/{draft}/modul", {"judul": "Modul kedua"}, page=f"/instruktur/susun/{draft}")
    first, second = _lessons(session, draft)

    def press(act: str, one) -> None:
        browser.submit(f"/instruktur/susun/{draft}/atur", {"tombol": f"{act}:{one.public_id}"})

    press("naik", second)
    press("turun", first)
    assert [one.code for one in _lessons(session, draft)] == ["l02", "l01"]
    page = browser.get(f"/instruktur/susun/{draft}").get_data(as_text=True)
    assert page.index("Materi nomor 2") < page.index("Modul kedua") < page.index("Materi nomor 1")
    press("buang", second)
    assert "Yang dibuang" in browser.get(f"/instruktur/susun/{draft}").get_data(as_text=True)
    press("pulihkan", second)
    assert len(_lessons(session, draft)) == 2


def test_a_new_course_is_written_from_nothing_and_published(session, desk):
    browser, _course, unit, _teacher = desk
    fields = {"judul": "Arsip yang Rapi", "rumpun": "tata-kelola", "unit": unit.code}
    made = browser.submit("/instruktur/susun/baru", fields, page="/instruktur/susun/baru")
    draft = made.location.split("/")[3]
    head = {
        "versi": "1", "judul": "Arsip yang Rapi", "rumpun": "tata-kelola", "ringkasan": "Menata arsip kelurahan.",
        "tentang": "Untuk petugas arsip.", "sasaran": "", "bentuk": "16", "kompetensi": ["T.02", ""],
        "level": ["2", "1"], "janji": ["Anda dapat menata arsip.", ""],
    }  # fmt: skip
    browser.submit(f"/instruktur/susun/{draft}/keterangan", head)
    assert browser.submit(f"/instruktur/susun/{draft}/keterangan", head).status_code == 409
    page = browser.get(f"/instruktur/susun/{draft}").get_data(as_text=True)
    module = page.split('id="m-')[1].split('"')[0]
    added = browser.submit(
        f"/instruktur/susun/{draft}/modul/{module}/materi",
        {"judul": "Menata map", "jenis": "text"},
        page=f"/instruktur/susun/{draft}",
    )
    assert added.location.startswith(f"/instruktur/susun/{draft}/materi/")
    lesson = _lessons(session, draft)[0]
    _write(browser, draft, lesson, LONG, 1, menit="45")
    browser.submit(f"/instruktur/susun/{draft}/terbitkan", {"dasar": ""})
    session.rollback()
    course = session.scalars(select(Course).where(Course.code == "arsip-yang-rapi")).one()
    version = session.get_one(CourseVersion, course.current_version_id)
    assert (version.number, version.credit_jp, version.duration_minutes) == (1, 1, 45)
    assert "Arsip yang Rapi" in browser.get("/katalog?cari=arsip").get_data(as_text=True)


def test_a_deleted_draft_comes_back(session, desk):
    browser, course, _unit, _teacher = desk
    draft = _draft(browser, course)
    browser.submit(f"/instruktur/susun/{draft}/hapus")
    assert "Pulihkan" in browser.get("/instruktur/susun?lihat=dihapus").get_data(as_text=True)
    browser.submit(f"/instruktur/susun/{draft}/pulihkan")
    session.rollback()
    assert session.scalars(select(CourseDraft.state)).one() is DraftState.OPEN


def test_the_exam_goes_along_to_the_next_version(session):
    world = make_world()
    other = CourseFactory(owner_unit_id=world.unit.id)
    session.commit()
    with transaction() as own:
        carry_assessments(own, world.version.id, other.current_version_id)
    found = session.scalars(select(Assessment).where(Assessment.course_version_id == other.current_version_id)).all()
    assert {(one.code, one.pass_percent) for one in found} == {("ujian-akhir", 70), ("pra-uji", 0)}


def test_lists_cost_the_same_at_two_sizes(session, desk, count_queries):
    browser, course, unit, _teacher = desk
    counts = []
    for _size in range(2):
        for page in ("/instruktur/susun?lihat=terbit", f"/instruktur/susun/{_draft(browser, course)}"):
            with count_queries() as counted:
                assert browser.get(page).status_code == 200
            counts.append(len(counted))
        for number in range(3):
            CourseFactory(owner_unit_id=unit.id, title=f"Lain {number}")
            session.commit()
            here = f"/instruktur/susun/{_draft(browser, course)}"
            browser.submit(f"{here}/modul", {"judul": f"Modul {number}"}, page=here)
    assert counts[:2] == counts[2:]
