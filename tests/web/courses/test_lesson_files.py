"""Files of lessons: uploads that are told by their bytes, parts for players, and who may read them."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from lms.core.actor import Role
from lms.courses.models import CourseVersion, DraftFile, DraftLesson, Lesson, Offering, OfferingState, VersionFile
from tests.factories.competencies import CompetencyFactory
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory
from tests.unit.core.test_media import mp4, picture

LONG = ("## Bagian\n\n" + "Warga datang ke loket dan bertanya dengan sopan. " * 10).strip()


@pytest.fixture
def desk(session, login_as):
    unit = UnitFactory()
    teacher = EmployeeFactory(position=PositionFactory(unit=unit))
    course = CourseFactory(owner_unit_id=unit.id, lessons=1, outcomes=[(CompetencyFactory(code="T.02"), 2)])
    session.scalars(select(Lesson)).one().body_md = LONG
    session.get_one(CourseVersion, course.current_version_id).description_md = "Tentang."
    OfferingFactory(course=course)
    session.commit()
    browser = login_as(teacher, (Role.INSTRUKTUR, unit))
    draft = browser.submit(f"/instruktur/susun/pelatihan/{course.public_id}/rancang").location.rsplit("/", 1)[1]
    return browser, draft, course, teacher


def _add_lesson(session, browser, draft: str, kind: str) -> str:
    page = f"/instruktur/susun/{draft}"
    module = browser.get(page).get_data(as_text=True).split('id="m-')[1].split('"')[0]
    made = browser.submit(f"{page}/modul/{module}/materi", {"judul": f"Satu {kind}", "jenis": kind}, page=page)
    session.rollback()
    return made.location


def _send(browser, page: str, data: bytes, name: str, *what: str) -> str:
    """Upload a file; `what` is its purpose and its words."""
    purpose, words = what if len(what) == 2 else (*(what or ("file",)), "")
    fields = {"untuk": purpose, "kata": words, "berkas": (io.BytesIO(data), name)}
    answer = browser.submit(f"{page}/berkas", fields, page=page, content_type="multipart/form-data")
    return browser.get(answer.location).get_data(as_text=True)


def test_a_video_that_is_no_video_is_refused_with_a_sentence(session, desk):
    browser, draft, _course, _teacher = desk
    page = _add_lesson(session, browser, draft, "video")
    assert "bukan video MP4 atau WebM" in _send(browser, page, picture(), "film.mp4")
    assert "terpotong" in _send(browser, page, mp4()[:-9], "film.mp4")
    assert "Pilih berkasnya" in _send(browser, page, b"", "")
    session.rollback()
    assert session.scalars(select(DraftFile)).all() == []


def test_a_video_with_transcript_reaches_learners_in_parts(session, desk, login_as):
    browser, draft, course, _teacher = desk
    page = _add_lesson(session, browser, draft, "video")
    film = mp4()
    assert "berkas/loket.mp4" in _send(browser, page, film, "Loket.MP4")
    fields = {"judul": "Film loket", "menit": "30", "isi": "", "transkrip": "**Petugas:** Selamat pagi.", "versi": "2"}
    browser.submit(page, fields, page=page)
    assert "<strong>Petugas:</strong>" in browser.get(page.replace("/materi/", "/pratinjau/")).get_data(as_text=True)
    published = browser.submit(f"/instruktur/susun/{draft}/terbitkan", {"dasar": "1"})
    assert published.location.endswith(course.public_id)
    session.rollback()
    run = session.scalars(select(Offering).where(Offering.state == OfferingState.OPEN)).one()
    enrolment = EnrolmentFactory(offering=run)
    learner, other = session.get_one(type(_teacher), enrolment.employee_id), EmployeeFactory()
    lesson = session.scalars(select(Lesson).where(Lesson.kind == "video")).one()
    assert lesson.page_bytes > len(film)
    session.commit()
    here = f"/belajar/{enrolment.public_id}/materi/"
    phone = login_as(learner)
    text = phone.get(here + lesson.public_id).get_data(as_text=True)
    assert 'src="berkas/loket.mp4"' in text
    assert "Selamat pagi." in text
    part = phone.get(f"{here}berkas/loket.mp4", headers={"Range": "bytes=4-11"}, buffered=True)
    assert (part.status_code, part.data) == (206, film[4:12])
    assert part.headers["Content-Range"] == f"bytes 4-11/{len(film)}"
    assert "sandbox" in part.headers["Content-Security-Policy"]
    again = phone.get(f"{here}berkas/loket.mp4", headers={"If-None-Match": part.headers["ETag"]}, buffered=True)
    assert again.status_code == 304
    assert login_as(other).get(f"{here}berkas/loket.mp4").status_code == 404


def test_a_picture_is_put_into_the_text_with_its_words(session, desk):
    browser, draft, _course, _teacher = desk
    session.rollback()
    page = f"/instruktur/susun/{draft}/materi/{session.scalars(select(DraftLesson.public_id)).one()}"
    assert "Tulis teks pengganti" in _send(browser, page, picture(), "loket.png", "picture")
    text = _send(browser, page, picture(), "loket.png", "picture", "Loket dengan [dua] kursi")
    assert 'src="berkas/loket.webp"' in text
    assert 'alt="Loket dengan (dua) kursi"' in text
    shown = browser.get(f"/instruktur/susun/{draft}/pratinjau/berkas/loket.webp", buffered=True)
    assert shown.data[8:12] == b"WEBP"
    _send(browser, page, picture(size=(9, 9)), "loket.png", "picture", "Loket lain")
    session.rollback()
    assert set(session.scalars(select(DraftFile.name))) == {"loket.webp", "loket-2.webp"}
    assert browser.get(f"/instruktur/susun/{draft}/pratinjau/berkas/lain.webp").status_code == 404
    assert session.scalars(select(VersionFile)).all() == []


def test_captions_in_another_encoding_are_refused(session, desk):
    browser, draft, _course, _teacher = desk
    page = _add_lesson(session, browser, draft, "audio")
    wrong = "WEBVTT\n\n00:00.000 --> 00:02.000\nSélamat".encode("latin-1")
    assert "UTF-8" in _send(browser, page, wrong, "teks.vtt", "captions")
    right = b"WEBVTT\n\n00:00.000 --> 00:02.000\nSelamat"
    assert "berkas/teks.vtt" in _send(browser, page, right, "teks.vtt", "captions")
