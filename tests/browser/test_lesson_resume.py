"""The reading place in a real browser: kept while scrolling, found again on another screen, and without a script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from lms.core import richtext
from lms.courses import queries
from lms.courses.models import Lesson, LessonProgress, Module
from lms.courses.rules import REGISTRY
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
    pytest.mark.enable_socket,
]


@pytest.fixture
def address(app) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def browser():
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


@pytest.fixture
def reading(session, login_as, project_root, monkeypatch):
    """A long lesson of the product in an enrolment, its path, and the reader's session token."""
    for name in ("conditions", "contents", "parts"):
        monkeypatch.setattr(REGISTRY, name, {})
    person = EmployeeFactory()
    course = CourseFactory(lessons=2)
    enrolment = EnrolmentFactory(offering=OfferingFactory(course=course), employee=person)
    text = (project_root / "lms/content/pelayanan-publik-paten/lessons/03-mengenal-paten.md").read_text()
    rendered = richtext.render_markdown(text)
    lesson = session.scalars(
        select(Lesson).join(Module).where(Module.course_version_id == course.current_version_id).order_by(Lesson.id)
    ).first()
    lesson.body_md, lesson.body_html = text, rendered.html
    lesson.headings = [{"id": h.id, "text": h.text, "level": h.level} for h in rendered.headings]
    session.commit()
    row = queries.get_enrolment_row(session, enrolment.id)
    queries.get_outline(session, row.version_id, row.version_public_id)
    token = login_as(person).get_cookie("sesi").value
    return f"/belajar/{enrolment.public_id}/materi/{lesson.public_id}", token, [h.id for h in rendered.headings]


def _open(browser, address, token, *, width, script=True):
    context = browser.new_context(viewport={"width": width, "height": 780}, java_script_enabled=script)
    context.add_cookies([{"name": "sesi", "value": token, "url": address}])
    return context.new_page()


def test_the_place_is_kept_and_found_on_a_screen_of_another_size(browser, address, reading, session):
    path, token, headings = reading
    third = headings[2]
    phone = _open(browser, address, token, width=360)
    phone.goto(address + path)
    with phone.expect_response(lambda answer: answer.url.endswith("/posisi")) as saved:
        phone.evaluate("id => window.scrollTo(0, document.getElementById(id).offsetTop - 20)", third)
    assert saved.value.status == 200
    phone.wait_for_function("document.getElementById('simpan-tempat').textContent.includes('tersimpan')")
    session.rollback()
    kept = session.scalars(select(LessonProgress)).one()
    assert kept.anchor == third
    assert 0 < kept.scroll_permille < 1000

    office = _open(browser, address, token, width=1366)
    office.goto(address + "/beranda")
    office.click("section.hero a.btn")
    office.wait_for_load_state("load")
    office.wait_for_timeout(300)
    assert office.url.endswith(f"{path}#{third}")
    tops = office.evaluate("ids => ids.map(id => document.getElementById(id).getBoundingClientRect().top)", headings)
    assert tops[2] <= 140
    assert tops[3] > 96


def test_without_a_script_the_address_leads_to_the_heading(browser, address, reading, session):
    path, token, headings = reading
    page = _open(browser, address, token, width=360, script=False)
    page.goto(f"{address}{path}#{headings[2]}")
    page.wait_for_timeout(300)
    # Scrolled down far enough that the title is out of sight.
    assert page.locator("h1").bounding_box()["y"] < 0
    page.click("form.next button")
    assert page.url.count("/materi/") == 1
    assert not page.url.endswith(path)
    session.rollback()
    assert session.scalars(select(LessonProgress.completed_at)).one() is not None


def test_a_lesson_reads_without_trouble_in_a_narrow_window(browser, address, reading):
    path, token, _headings = reading
    page = _open(browser, address, token, width=320)
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(address + path)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert faults == []
