"""Taking an exam in a real Chromium: keyboard only, off the line and back, reload, two tabs, no JavaScript."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.faults.test_kill import Server, _free_port
from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow]
PEOPLE = 14


@pytest.fixture(scope="module")
def server(request, tmp_path_factory):
    """Run the real server with fourteen people who have not started yet."""
    home = tmp_path_factory.mktemp("exam")
    port = _free_port()
    url = f"sqlite:///{home / 'bina.sqlite3'}"
    if request.config.getoption("--postgresql"):
        url = postgres.create_database(postgres.start(), f"bina_exam_{os.getpid()}")
    env = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")} | {
        "LMS_ENV": "test", "LMS_HOME": str(home / "home"), "LMS_DATABASE_URL": url, "LMS_PORT": str(port),
        "LMS_JOBS": "external", "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    made = subprocess.run(
        [sys.executable, "-m", "tests.faults.world", str(PEOPLE), "all"],
        env=env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-3000:]
    running = Server(env | {"LMS_ENV": "development"}, port)
    yield f"http://127.0.0.1:{port}", json.loads(made.stdout.splitlines()[-1])
    assert running.process.poll() is None, f"the server ended by itself: {running.tail()}"
    running.kill()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def person(server, chromium):
    """Open contexts of one person whom no other test uses; `person()` again is a second device."""
    base, people = server
    made, contexts = people.pop(), []

    def open_context(**options):
        context = chromium.new_context(base_url=base, locale="id-ID", **options)
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "sesi", "value": made["cookie"], "url": base}])
        contexts.append(context)
        return context

    open_context.start = made["start"]
    yield open_context
    for context in contexts:
        context.close()


def begin(page, person):
    page.goto(person.start)
    page.get_by_role("button", name=re.compile("Mulai")).click()
    expect(page.locator("h1")).to_contain_text("Soal 1")


def loaded(page):
    """Wait until the page holds all questions and can do without a line."""
    # Asked from here again and again: the page's own policy forbids evaluated code inside it.
    for _ in range(200):
        if page.evaluate(
            "performance.getEntriesByType('resource').some((e) => e.name.endsWith('/lembar') && e.responseEnd > 0)"
        ):
            break
        page.wait_for_timeout(50)
    page.wait_for_timeout(150)


def answer(page):
    """Answer whatever question is shown; return what was given."""
    text = page.locator("#teks")
    if text.count():
        text.fill("maklumat")
        text.blur()
        return "maklumat"
    box = page.locator("#isian input").nth(1)
    box.check()
    return box.get_attribute("value")


def saved(page):
    expect(page.locator("#simpanan")).to_contain_text("Tersimpan")


def test_an_exam_is_taken_by_keyboard_alone(person):
    page = person().new_page()
    page.goto(person.start)

    def tab_to(what):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({what!r})"):
                return
        raise AssertionError(what)

    tab_to("main form button")
    page.keyboard.press("Enter")
    for number in range(1, 5):
        expect(page.locator("#nomor")).to_have_text(str(number))
        tab_to("#isian input")
        kind = page.evaluate("document.activeElement.type")
        if kind == "text":
            page.keyboard.type("maklumat")
        else:
            page.keyboard.press("Space")
        tab_to("#lanjut")
        saved(page)
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Periksa sebelum mengumpulkan")
    expect(page.get_by_text("Semua soal sudah dijawab.")).to_be_visible()
    tab_to("#kumpul button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hasil")
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("heading", name="Pelajari lagi")).to_be_visible()


def test_a_lost_line_stops_nobody_and_nothing_is_lost(person):
    context = person()
    page = context.new_page()
    begin(page, person)
    loaded(page)
    given = {1: answer(page)}
    saved(page)
    context.set_offline(True)
    for number in (2, 3):
        page.locator("#lanjut").click()
        expect(page.locator("#nomor")).to_have_text(str(number))
        given[number] = answer(page)
    expect(page.locator("#simpanan")).to_contain_text("Belum terkirim: 2")
    expect(page.locator("#kabar")).to_contain_text("Koneksi terputus, tetap lanjutkan.")
    expect(page.locator(".qmap a.u")).to_have_count(2)
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "Rahmawati" not in kept
    assert "Andi" not in kept
    assert (
        page.evaluate(
            "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((k) => k.startsWith('bina.ujian')))).length"
        )
        == 2
    )
    page.locator("#ke-periksa").click()
    expect(page.locator("#kabar")).to_contain_text("Belum dapat dibuka tanpa sinyal")
    context.set_offline(False)
    saved(page)
    expect(page.locator(".qmap a.u")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('bina.ujian')).length") == 0
    # Another device gets everything back.
    other = person().new_page()
    other.goto(page.url.rsplit("/", 1)[0] + "/1")
    for number, value in given.items():
        other.goto(page.url.rsplit("/", 1)[0] + f"/{number}")
        if value == "maklumat":
            expect(other.locator("#teks")).to_have_value(value)
        else:
            expect(other.locator(f"#isian input[value={value}]")).to_be_checked()


def test_a_reload_brings_back_what_was_typed_and_not_sent(person):
    context = person()
    page = context.new_page()
    begin(page, person)
    loaded(page)
    for _ in range(4):
        if page.locator("#teks").count():
            break
        page.locator("#lanjut").click()
    context.route("**/simpan", lambda route: route.abort())
    page.locator("#teks").type("makl")
    page.reload()
    expect(page.locator("#teks")).to_have_value("makl")
    context.unroute("**/simpan")
    page.locator("#teks").fill("maklumat")
    page.wait_for_timeout(500)
    page.locator("#teks").blur()
    saved(page)
    page.reload()
    expect(page.locator("#teks")).to_have_value("maklumat")


def test_typed_text_is_saved_three_seconds_after_the_last_key(person):
    page = person().new_page()
    begin(page, person)
    loaded(page)
    for _ in range(4):
        if page.locator("#teks").count():
            break
        page.locator("#lanjut").click()
    with page.expect_response("**/simpan", timeout=8_000) as sent:
        page.locator("#teks").type("maklumat")
    assert sent.value.status == 200
    body = json.loads(sent.value.request.post_data)
    assert body["t"] == "maklumat"
    assert len(sent.value.request.post_data) < 1024
    saved(page)


def test_a_lost_reply_is_one_effect_and_no_conflict(person):
    context = person()
    page = context.new_page()
    begin(page, person)
    loaded(page)
    lost = []

    def lose(route):
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    context.route("**/simpan", lose)
    if page.locator("#teks").count():
        page.locator("#lanjut").click()
    boxes = page.locator("#isian input")
    boxes.nth(0).check()
    page.wait_for_timeout(300)
    boxes.nth(1).check()
    saved(page)
    assert lost == [200]
    expect(page.locator("#kabar .banner")).to_have_count(0)
    page.reload()
    expect(page.locator("#isian input").nth(1)).to_be_checked()
    expect(page.locator("#kabar .banner")).to_have_count(0)


def test_of_two_devices_the_newer_answer_stays_and_both_are_shown(person):
    first, second = person().new_page(), person().new_page()
    begin(first, person)
    loaded(first)
    number = 1
    while first.locator("#isian input[type=radio]").count() == 0:
        first.locator("#lanjut").click()
        number += 1
        expect(first.locator("#nomor")).to_have_text(str(number))
    url = first.url
    second.goto(url)
    loaded(second)
    first.locator("#isian input").nth(0).check()
    saved(first)
    second.locator("#isian input").nth(1).click()  # the answer of the other device may come at once
    expect(second.locator("#kabar")).to_contain_text("dijawab berbeda di dua perangkat")
    expect(second.locator("#isian input").nth(0)).to_be_checked()
    second.goto(url)
    expect(second.locator("#kabar")).to_contain_text("Jawaban lain")
    second.locator("#isian input").nth(1).check()
    saved(second)
    second.goto(url)
    expect(second.locator("#isian input").nth(1)).to_be_checked()
    expect(second.locator("#kabar .banner")).to_have_count(0)


def test_a_tab_that_was_hidden_asks_before_it_saves(person):
    first, second = person().new_page(), person().new_page()
    begin(first, person)
    loaded(first)
    while first.locator("#isian input[type=radio]").count() == 0:
        first.locator("#lanjut").click()
        first.wait_for_timeout(100)
    second.goto(first.url)
    loaded(second)
    hide = """(hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    second.evaluate(hide, True)
    first.locator("#isian input").nth(0).check()
    saved(first)
    sent = []
    second.on("request", lambda request: sent.append(request.url) if request.url.endswith("/simpan") else None)
    second.wait_for_timeout(500)
    assert sent == []
    with second.expect_navigation():
        second.evaluate(hide, False)
    expect(second.locator("#isian input").nth(0)).to_be_checked()
    assert sent == []


def test_the_end_of_the_session_is_told_and_the_answer_waits_for_the_log_in(person):
    context = person()
    page = context.new_page()
    begin(page, person)
    loaded(page)
    cookies = context.cookies()
    context.clear_cookies()
    answer(page)
    expect(page.locator("#kabar")).to_contain_text("Sesi Anda berakhir.")
    expect(page.get_by_role("link", name="Masuk lagi")).to_be_visible()
    context.add_cookies(cookies)
    expect(page.locator("#simpanan")).to_contain_text("Tersimpan", timeout=30_000)


def test_the_time_left_is_warned_of_politely(person):
    context = person()
    page = context.new_page()
    page.clock.install()
    begin(page, person)
    expect(page.locator(".timer time")).to_contain_text("39.")
    # The page asks now and then, and the server, whose clock goes on as ever, would set this one right.
    page.route("**/keadaan", lambda route: route.abort())
    page.clock.fast_forward("10:05")
    expect(page.locator("#kabar-waktu")).to_have_text("Waktu tersisa 30 menit.")
    assert page.locator("#kabar-waktu").get_attribute("role") == "status"
    page.clock.fast_forward("25:00")
    expect(page.locator("#kabar-waktu")).to_have_text("Waktu tersisa 5 menit.")
    # The server's word is the only one that counts: the next save sets the clock right.
    answer(page)
    saved(page)
    page.clock.run_for(1100)
    expect(page.locator(".timer time")).to_contain_text("39.")
    page.locator(".timer summary").click()
    expect(page.get_by_text("Tampilkan waktu")).to_be_visible()


def test_the_whole_exam_works_without_javascript(person):
    page = person(java_script_enabled=False).new_page()
    begin(page, person)
    for number in range(1, 5):
        expect(page.locator("#nomor")).to_have_text(str(number))
        answer_plain(page)
        page.get_by_label("Tandai ragu-ragu").check()
        page.locator("#lanjut").click()
    expect(page.locator("h1")).to_have_text("Periksa sebelum mengumpulkan")
    expect(page.get_by_role("heading", name="Anda tandai ragu-ragu: 4 soal")).to_be_visible()
    page.get_by_role("button", name="Kumpulkan 4 jawaban").click()
    page.wait_for_url("**/hasil")
    page.get_by_role("link", name="Lihat pembahasan 4 soal").click()
    expect(page.locator("h1")).to_have_text("Pembahasan")


def answer_plain(page):
    if page.locator("#teks").count():
        page.locator("#teks").fill("maklumat")
    else:
        page.locator("#isian input").nth(1).check()


@pytest.mark.parametrize("width", [320, 1366])
def test_pages_have_no_serious_fault_for_assistive_technology_and_do_not_scroll_sideways(person, width):
    page = person(viewport={"width": width, "height": 760}, bypass_csp=True).new_page()
    page.goto(person.start)
    check(page)
    begin(page, person)
    loaded(page)
    check(page)
    address = page.url.rsplit("/", 1)[0]
    page.goto(f"{address}/periksa")
    check(page)
    page.locator("#kumpul button").click()
    page.wait_for_url("**/hasil")
    check(page)
    page.goto(f"{address}/pembahasan")
    check(page)


def check(page):
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    wrong = [(one["id"], one["nodes"][0]["html"][:160]) for one in found.response["violations"]]
    assert wrong == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
