"""Courses as one file between installations, hostile files, copies, and the checker on the page."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from sqlalchemy import select

from lms.assessments.models import Assessment, Item, ItemVersion, QuestionBank
from lms.core.actor import Role
from lms.core.db import transaction
from lms.courses import services
from lms.courses.models import Course, CourseDraft, CourseOutcome, CourseVersion, Lesson
from lms.courses.queries import version_content
from lms.courses.rules import content_difference
from tests.factories.assessments import make_world
from tests.factories.competencies import CompetencyFactory
from tests.factories.people import EmployeeFactory, PositionFactory

LONG = ("## Bagian\n\n" + "Warga datang ke loket dan bertanya dengan sopan. " * 10).strip()
IMPORT = "/instruktur/susun/impor"


@pytest.fixture
def desk(session, login_as):
    """An instructor with a course that has an exam, logged in."""
    world = make_world(copies=3, time_limit_minutes=95)
    competency = CompetencyFactory(code="T.02")
    with transaction() as own:
        for lesson in own.scalars(select(Lesson)):
            lesson.body_md = LONG
        version = own.get_one(CourseVersion, world.version.id)
        version.description_md, version.summary = "Tentang pengaduan.", "Menangani pengaduan warga."
        for row in own.scalars(select(ItemVersion)):
            row.explanation = row.explanation or "Karena begitu."
            row.competency_id = None
        promise = "Anda dapat menangani pengaduan."
        own.add(
            CourseOutcome(
                course_version_id=version.id, competency_id=competency.id, level=2, statement=promise, is_main=True
            )
        )
    teacher = EmployeeFactory(position=PositionFactory(unit=world.unit))
    session.commit()
    return login_as(teacher, (Role.INSTRUKTUR, world.unit)), world


def _export(browser, world) -> bytes:
    answer = browser.get(f"/instruktur/susun/pelatihan/{world.course.public_id}/ekspor/1")
    assert answer.headers["Content-Disposition"].endswith('-v1.bina.zip"')
    return answer.data


def _send(browser, data: bytes, unit: str):
    fields = {"berkas": (io.BytesIO(data), "pelatihan.zip"), "unit": unit}
    return browser.submit(IMPORT, fields, page=IMPORT, content_type="multipart/form-data")


def _changed(data: bytes, **members) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in members:
                new.writestr(name, old.read(name))
        for name, content in members.items():
            if content is not None:
                new.writestr(name, content)
    return made.getvalue()


def test_a_course_travels_with_its_exam_and_bank_as_a_draft(session, desk):
    browser, world = desk
    data = _export(browser, world)
    assert data == _export(browser, world)
    look = _send(browser, data, world.unit.code).get_data(as_text=True)
    assert "Menangani Pengaduan Warga" in look
    assert "2 asesmen, 12 butir soal" in look
    assert "Kode ini sudah dipakai di sini." in look
    session.rollback()
    assert session.scalars(select(CourseDraft)).all() == []
    token = re.search(r'name="berkas_tersimpan" value="([^"]+)"', look)[1]
    made = browser.submit(IMPORT, {"berkas_tersimpan": token, "unit": world.unit.code})
    draft = made.location.rsplit("/", 1)[1]
    published = browser.submit(f"/instruktur/susun/{draft}/terbitkan", {"dasar": ""})
    assert "Dari versi" not in browser.get(published.location).get_data(as_text=True)
    session.rollback()
    new = session.scalars(select(Course).where(Course.id != world.course.id)).one()
    exams = session.scalars(select(Assessment).where(Assessment.course_version_id == new.current_version_id)).all()
    assert {one.code for one in exams} == {"ujian-akhir", "pra-uji"}
    bank = session.get_one(QuestionBank, exams[0].bank_id)
    assert bank.id != world.bank.id
    assert len(session.scalars(select(Item).where(Item.bank_id == bank.id)).all()) == 12


def test_the_file_of_another_person_cannot_be_imported(session, desk, login_as):
    browser, world = desk
    look = _send(browser, _export(browser, world), world.unit.code).get_data(as_text=True)
    token = re.search(r'name="berkas_tersimpan" value="([^"]+)"', look)[1]
    other = EmployeeFactory(position=PositionFactory(unit=world.unit))
    session.commit()
    answer = login_as(other, (Role.INSTRUKTUR, world.unit)).submit(
        IMPORT, {"berkas_tersimpan": token, "unit": world.unit.code}, page=IMPORT
    )
    assert "kedaluwarsa" in answer.get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(CourseDraft)).all() == []


def _zip(*members: tuple[str, bytes], link: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"not a zip at all", "rusak"),
        (_zip(("../../etc/cron.d/x", b"x")), "tidak wajar"),
        (_zip(("/etc/passwd", b"x")), "tidak wajar"),
        (_zip(("course.json", b"{}"), link="berkas/a.png"), "tidak wajar"),
        (_zip(("course.json", b"{}"), ("COURSE.JSON", b"{}")), "tidak wajar"),
        (_zip(("course.json", b"0" * (70 << 20))), "terlalu besar"),
        (_zip(("notes.txt", b"x")), "course.json tidak ada"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_and_nothing_is_written(session, desk, data, words):
    browser, world = desk
    answer = _send(browser, data, world.unit.code)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(CourseDraft)).all() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"course.json": b"{"}, "bukan JSON"),
        ({"course.json": b"[" * 30_000}, "bukan JSON"),
        ({"lessons/01-l01.md": "Sélamat".encode("latin-1")}, "UTF-8"),
        ({"lessons/01-l01.md": None}, "tidak ada"),
        ({"berkas/film.mp4": b"MZ\x90\x00 no film"}, "tidak dikenal"),
        ({"berkas/../x.md": b"x"}, "tidak wajar"),
        ({"bank.json": b'{"format": "lain"}'}, "bina-bank/1"),
        ({"bank.json": None}, "bank.json"),
    ],
)
def test_faults_are_named_with_their_file_and_nothing_is_half_done(session, desk, change, words):
    browser, world = desk
    answer = _send(browser, _changed(_export(browser, world), **change), world.unit.code)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    session.rollback()
    assert session.scalars(select(CourseDraft)).all() == []
    assert len(session.scalars(select(QuestionBank)).all()) == 1


def test_a_copy_is_a_new_course_with_the_same_exam(session, desk):
    browser, world = desk
    page = f"/instruktur/susun/pelatihan/{world.course.public_id}/salin"
    made = browser.submit(page, {"judul": "Pengaduan di Kelurahan"}, page=page)
    draft = made.location.rsplit("/", 1)[1]
    browser.submit(f"/instruktur/susun/{draft}/terbitkan", {"dasar": ""})
    session.rollback()
    copy = session.scalars(select(Course).where(Course.id != world.course.id)).one()
    assert copy.code == f"{world.course.code}-salinan"
    exams = session.scalars(select(Assessment).where(Assessment.course_version_id == copy.current_version_id)).all()
    assert {one.bank_id for one in exams} == {world.bank.id}


def test_the_page_before_publishing_scores_the_course_and_leads_to_what_could_be_better(session, desk):
    browser, world = desk
    draft = browser.submit(f"/instruktur/susun/pelatihan/{world.course.public_id}/rancang").location.rsplit("/", 1)[1]
    page = browser.get(f"/instruktur/susun/{draft}/terbitkan").get_data(as_text=True)
    assert re.search(r"Mutu isi: \d+ dari 100", page)
    assert "Isi untuk siapa pelatihan ini." in page
    exported = browser.get(f"/instruktur/susun/{draft}/ekspor").data
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        assert json.loads(archive.read("course.json"))["title"] == "Menangani Pengaduan Warga"


def test_what_is_read_back_says_the_same(session, desk):
    _browser, world = desk
    session.rollback()
    data = services.export_version(session, world.version.id)
    package = services.read_package(session, data)
    assert package.faults == ()
    assert content_difference(version_content(session, world.version.id), package.content) == ()
