"""The learner's pages: catalogue, course, lesson, place, JP; through the strict client."""

from __future__ import annotations

import gzip
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from werkzeug.test import TestResponse as Response

from lms.core import search
from lms.courses import queries, services
from lms.courses.models import Enrolment, EnrolmentState, LessonProgress
from lms.courses.rules import REGISTRY, ContentItem
from lms.people.models import EmployeeStatus
from tests.factories.competencies import CompetencyFactory
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory

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
def person(session):
    made = EmployeeFactory()
    session.commit()
    return made


def _course(session, **shape):
    course = CourseFactory(**shape)
    offering = OfferingFactory(course=course, days_to_finish=60)
    search.index_document(session, kind="course", ref_id=course.id, title=shape.get("title") or course.code)
    session.commit()
    return course, offering


def _joined(session, person, **shape):
    _course_row, offering = _course(session, **shape)
    enrolment = EnrolmentFactory(offering=offering, employee=person, due_on=date(2026, 12, 4))
    session.commit()
    row = queries.get_enrolment_row(session, enrolment.id)
    return enrolment, queries.get_outline(session, row.version_id, row.version_public_id)


@pytest.mark.parametrize(
    "path",
    [
        "/katalog",
        "/katalog/x",
        "/belajar/x",
        "/belajar/x/materi/y",
        "/jp",
        "/persetujuan",
        "/instruktur/pelatihan",
    ],
)
def test_each_page_asks_for_a_log_in(client, path):
    answer = client.get(path)
    assert answer.status_code in {302, 303}
    assert "/masuk" in answer.location


def test_the_catalogue_lists_courses_with_jp_time_and_size(client, session, login_as, person):
    _course(session, title="Menangani Pengaduan Warga", lessons=6, lesson_minutes=45)
    page = login_as(person).get("/katalog")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for words in (
        "Menangani Pengaduan Warga",
        "6 JP",
        "4 jam 30 menit",
        "Bisa dimulai kapan saja",
        "1 pelatihan",
    ):
        assert words in text
    assert page.headers["Cache-Control"] == "private, no-cache"


def test_an_unchanged_catalogue_answers_304_and_a_changed_one_anew(client, session, login_as, person):
    course, _offering = _course(session)
    browser = login_as(person)
    tag = browser.get("/katalog").headers["ETag"]
    again = browser.get("/katalog", headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert browser.get("/katalog?jp=3", headers={"If-None-Match": tag}).status_code == 200
    course.content_version += 1
    session.commit()
    assert browser.get("/katalog", headers={"If-None-Match": tag}).status_code == 200


def test_filters_stand_in_the_address_and_each_removes_itself(client, session, login_as, person):
    _course(session, family="digital", title="Aman Berdaring")
    _course(session, family="pelayanan", title="Loket Ramah")
    text = login_as(person).get("/katalog?rumpun=digital&jp=3&urut=nama").get_data(as_text=True)
    assert "Aman Berdaring" in text
    assert "Loket Ramah" not in text
    removers = re.findall(r'class="active-filter" href="([^"]+)"', text)
    assert removers == ["/katalog?jp=3&amp;urut=nama", "/katalog?rumpun=digital&amp;urut=nama"]


def test_an_empty_search_says_what_to_do_and_a_typing_error_is_mended(client, session, login_as, person):
    _course(session, title="Arsip digital")
    browser = login_as(person)
    assert "Tidak ada pelatihan tentang “xyzzy”" in browser.get("/katalog?cari=xyzzy").get_data(as_text=True)
    text = browser.get("/katalog?cari=digitl").get_data(as_text=True)
    assert "Mungkin maksud Anda:" in text
    assert "Arsip digital" in text


def test_an_empty_catalogue_is_a_page_too(client, login_as, person):
    assert "Belum ada pelatihan" in login_as(person).get("/katalog").get_data(as_text=True)


@pytest.mark.parametrize("query", ["hal=-3", "hal=x", "jp=%00", "urut='--", "cari=%25_%27", "kompetensi=" + "x" * 500])
def test_strange_addresses_are_answered(client, session, login_as, person, query):
    _course(session)
    assert login_as(person).get(f"/katalog?{query}").status_code == 200


def test_what_closes_a_gap_says_why(client, session, login_as, monkeypatch, person):
    from lms.competencies.queries import GapRow
    from lms.courses.views import catalogue

    competency = CompetencyFactory(code="T.02", name="PATEN")
    _course(session, title="Loket Ramah", outcomes=[(competency, 2)])
    gap = GapRow(competency.id, "T.02", "PATEN", 2, 1, 1)
    monkeypatch.setattr(catalogue, "gaps_of", lambda *_a, **_k: [gap])
    text = login_as(person).get("/katalog").get_data(as_text=True)
    assert "Menutup kesenjangan 1 level: PATEN" in text
    course_text = (
        login_as(person).get("/katalog/" + session.scalar(select(queries.catalogue.Course.code))).get_data(as_text=True)
    )
    assert "Level 1 menjadi 2, standar Anda 2" in course_text


def test_enrol_read_and_finish_without_a_script(client, session, login_as, person):
    course, _offering = _course(session, lessons=2, lesson_minutes=45)
    browser = login_as(person)
    page = browser.get(f"/katalog/{course.code}")
    assert "Mulai belajar" in page.get_data(as_text=True)
    run = re.search(r'name="angkatan" value="([^"]+)"', page.get_data(as_text=True)).group(1)
    answer = browser.submit(f"/katalog/{course.code}/daftar", {"angkatan": run})
    assert answer.status_code == 303
    here = browser.get(answer.location)
    text = here.get_data(as_text=True)
    assert "Anda terdaftar" in text
    assert "Mulai materi 1" in text
    lesson = re.search(r'href="(/belajar/[^"]+/materi/[^"#]+)"', text).group(1)
    for _number in (1, 2):
        text = browser.get(lesson).get_data(as_text=True)
        assert "Isi materi" in text
        answer = browser.submit(f"{lesson}/selesai", {})
        assert answer.status_code == 303
        lesson = answer.location
    text = browser.get(lesson).get_data(as_text=True)
    assert "Selamat! Anda menyelesaikan pelatihan ini." in text
    assert "100%" in text
    assert session.scalars(select(Enrolment.state)).all() == [EnrolmentState.COMPLETED]
    assert "dari 20 JP" in browser.get("/jp").get_data(as_text=True)


def test_opening_a_lesson_is_no_progress(client, session, login_as, person):
    enrolment, outline = _joined(session, person)
    login_as(person).get(f"/belajar/{enrolment.public_id}/materi/{outline.lessons[1].public_id}")
    session.rollback()
    assert session.scalars(select(LessonProgress.id)).all() == []


def test_a_full_run_is_refused_with_a_sentence(client, session, login_as, person):
    course, _offering = _course(session)
    full = OfferingFactory(
        course=course, is_self_study=False, capacity=1, has_waiting_list=False, title="Angkatan II",
        starts_on=date(2026, 12, 7),
    )  # fmt: skip
    EnrolmentFactory(offering=full)
    session.commit()
    browser = login_as(person)
    assert "Kursi habis" in browser.get(f"/katalog/{course.code}").get_data(as_text=True)
    answer = browser.submit(f"/katalog/{course.code}/daftar", {"angkatan": full.public_id})
    assert "Kursi angkatan ini sudah habis." in browser.get(answer.location).get_data(as_text=True)


def test_withdrawing_offers_to_take_it_back(client, session, login_as, person):
    enrolment, _outline = _joined(session, person)
    browser = login_as(person)
    browser.get(f"/belajar/{enrolment.public_id}")
    answer = browser.submit(f"/belajar/{enrolment.public_id}/batal", {})
    assert "Urungkan pembatalan" in browser.get(answer.location).get_data(as_text=True)
    answer = browser.submit(f"/belajar/{enrolment.public_id}/urungkan", {})
    assert "Anda terdaftar lagi." in browser.get(answer.location).get_data(as_text=True)


def _send_place(browser, enrolment, body, token=None):
    token = token or re.search(r'name="csrf_token" value="([0-9a-f]+)"', browser.last_html).group(1)
    return browser.post(
        f"/belajar/{enrolment.public_id}/posisi",
        json=body,
        headers={"X-CSRF-Token": token, "Accept": "application/json"},
    )


def test_the_reading_place_travels_to_another_device(app, client, session, login_as, person):
    enrolment, outline = _joined(session, person)
    lesson = outline.lessons[1]
    phone = login_as(person)
    phone.get(f"/belajar/{enrolment.public_id}/materi/{lesson.public_id}")
    answer = _send_place(phone, enrolment, {"materi": lesson.public_id, "bagian": "bagian-satu", "permil": 430})
    assert (answer.status_code, answer.json) == (200, {"tersimpan": True})
    office = login_as(person, use=app.test_client())
    text = office.get("/beranda").get_data(as_text=True)
    assert f"/belajar/{enrolment.public_id}/materi/{lesson.public_id}#bagian-satu" in text
    assert "Anda berhenti di bagian “Bagian satu”. Sisa 9 menit." in text
    assert "Jumat, 4 Desember 2026" in text
    assert "tersisa 10 hari" in text
    page = office.get(f"/belajar/{enrolment.public_id}/materi/{lesson.public_id}").get_data(as_text=True)
    assert 'data-bagian="bagian-satu" data-permil="430"' in page


@pytest.mark.parametrize("body", [None, [], {}, {"materi": 7}, {"materi": "tidak-ada", "permil": 3}])
def test_a_place_that_cannot_be_read_is_refused_as_json(client, session, login_as, person, body):
    enrolment, outline = _joined(session, person)
    browser = login_as(person)
    browser.get(f"/belajar/{enrolment.public_id}/materi/{outline.lessons[0].public_id}")
    answer = _send_place(browser, enrolment, body)
    assert answer.status_code in {404, 422}
    assert answer.mimetype == "application/problem+json"


def test_a_place_without_the_token_is_refused(client, session, login_as, person):
    enrolment, outline = _joined(session, person)
    answer = _send_place(login_as(person), enrolment, {"materi": outline.lessons[0].public_id}, token="0" * 64)
    assert answer.status_code == 409
    session.rollback()
    assert session.scalars(select(LessonProgress.id)).all() == []


def test_another_persons_pages_are_as_absent_as_missing_ones(client, session, login_as, person):
    enrolment, outline = _joined(session, EmployeeFactory())
    browser = login_as(person)
    lesson = outline.lessons[0].public_id
    for path in (f"/belajar/{enrolment.public_id}", f"/belajar/{enrolment.public_id}/materi/{lesson}"):
        missing = path.replace(enrolment.public_id, "0" * 26)
        theirs, none = browser.get(path), browser.get(missing)
        assert (theirs.status_code, none.status_code) == (404, 404)
        strip = re.compile(rb"[0-9a-z]{26}")
        assert strip.sub(b"", theirs.data) == strip.sub(b"", none.data)
    for path in (
        f"/belajar/{enrolment.public_id}/batal",
        f"/belajar/{enrolment.public_id}/materi/{lesson}/selesai",
    ):
        assert browser.submit(path, {}).status_code == 404


def test_a_request_that_waits_opens_no_lesson(client, session, login_as, person):
    enrolment, outline = _joined(session, person)
    enrolment.state = EnrolmentState.REQUESTED
    session.commit()
    browser = login_as(person)
    assert "menunggu keputusan atasan" in browser.get(f"/belajar/{enrolment.public_id}").get_data(as_text=True)
    answer = browser.get(f"/belajar/{enrolment.public_id}/materi/{outline.lessons[0].public_id}")
    assert answer.status_code == 409
    assert "masih menunggu persetujuan atasan" in answer.get_data(as_text=True)


def test_exams_of_other_packages_stand_in_the_contents(client, session, login_as, person):
    services.register_contents(
        "assessments",
        lambda _s, _v, enrolment_id: [
            ContentItem("pre", "before", "Pra-uji", facts="10 soal, 15 menit", url="/ujian/x"),
            ContentItem(
                "exam",
                "after",
                "Ujian akhir",
                facts="20 soal, 40 menit",
                state="locked" if enrolment_id else "todo",
                state_text="Setelah semua materi",
                pass_percent=70,
                attempts_text="3 kali, belum dipakai",
                is_condition=True,
            ),
        ],
    )
    enrolment, _outline = _joined(session, person)
    text = login_as(person).get(f"/belajar/{enrolment.public_id}").get_data(as_text=True)
    for words in (
        "Pra-uji",
        "Setelah semua materi",
        "nilai ujian akhir 70 atau lebih",
        "3 kali, belum dipakai",
    ):
        assert words in text


def test_the_jp_page_tells_target_ledger_and_reasons(client, session, login_as, person):
    for number in range(3):
        services.credit_jp(
            session,
            employee_id=person.id,
            learning_form=15,
            held_on=date(2026, 11, 3 + number),
            minutes=60,
            source_kind="session_log",
            unique_key=f"s{number}",
            label=f"Sesi {number}",
        )
    session.commit()
    browser = login_as(person)
    text = browser.get("/jp").get_data(as_text=True)
    for words in ("4 dari 20 JP", "kurang 16 JP", "2 sesi per bulan", "Mentoring"):
        assert words in text
    assert browser.get("/jp?tahun=2025").status_code == 200
    assert browser.get("/jp?tahun=99999").status_code == 200
    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get("/jp/unduh").data))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 4
    assert [row[6] for row in rows[1:]] == [0.0, 2.0, 2.0]


def test_a_pppk_is_never_called_short(client, session, login_as):
    pppk = EmployeeFactory(status=EmployeeStatus.PPPK, contract_from_on=date(2024, 3, 1))
    services.load_jp_rules(session)
    session.commit()
    text = login_as(pppk).get("/jp").get_data(as_text=True)
    assert "dari batas 24 JP" in text
    assert "kurang" not in text
    assert "1 Maret 2026" in text
    home = login_as(pppk).get("/beranda").get_data(as_text=True)
    assert "dari batas 24 JP" in home
    assert "kurang" not in home


def test_early_in_the_year_the_running_contract_year_is_shown(client, session, login_as):
    pppk = EmployeeFactory(status=EmployeeStatus.PPPK, contract_from_on=date(2024, 3, 1))
    services.load_jp_rules(session)
    session.commit()
    with time_machine.travel(NOW + timedelta(days=60)):
        text = login_as(pppk).get("/jp").get_data(as_text=True)
    assert "JP Anda tahun 2026" in text


def test_a_lesson_page_stays_far_below_its_weight(app, client, session, login_as, person):
    """HTML, style, sprite and scripts of the first view together, compressed: at most 60 kB."""
    body = "".join(f"<p>Kalimat nomor {n} tentang pelayanan warga di kelurahan {n * 7919}.</p>" for n in range(200))
    enrolment, outline = _joined(session, person)
    session.execute(queries.outline.Lesson.__table__.update().values(body_html=body))
    session.commit()
    plain = FlaskClient(app, Response)
    plain.set_cookie("sesi", login_as(person).get_cookie("sesi").value)
    packed = {"Accept-Encoding": "gzip"}
    page = plain.get(f"/belajar/{enrolment.public_id}/materi/{outline.lessons[0].public_id}", headers=packed)
    text = gzip.decompress(page.data).decode()
    files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', text))
    weights = [len(page.data), *(len(plain.get(file, headers=packed).data) for file in files)]
    assert sum(weights) <= 60_000
    assert len(files) + 1 <= 6


@pytest.mark.parametrize(
    "path",
    [
        "/katalog",
        "/katalog/{code}",
        "/belajar/{enrolment}",
        "/belajar/{enrolment}/materi/{lesson}",
        "/jp",
        "/beranda",
    ],
)
def test_pages_cost_as_many_statements_for_many_rows_as_for_few(session, login_as, count_queries, person, path):
    def grow(count):
        for _ in range(count):
            enrolment, outline = _joined(session, person, lessons=4)
        return enrolment, outline

    browser, counts = login_as(person), []
    for count in (1, 6):
        enrolment, outline = grow(count)
        code = outline.course_code
        address = path.format(code=code, enrolment=enrolment.public_id, lesson=outline.lessons[0].public_id)
        assert browser.get(address).status_code == 200  # fills what is kept by content version
        with count_queries() as counted:
            assert browser.get(address).status_code == 200
        counts.append(len(counted))
    assert counts[0] == counts[1]
    # Two of them are the log-in session and the person; somebody with a grant costs a third.
    limits = {
        "/katalog": 6,
        "/katalog/{code}": 8,
        "/belajar/{enrolment}": 7,
        "/belajar/{enrolment}/materi/{lesson}": 6,
        "/beranda": 20,
    }
    assert counts[1] <= limits.get(path, 14), counted.statements
