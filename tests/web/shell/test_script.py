"""The small script of every page, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")]
SCRIPT = (Path(__file__).parents[3] / "lms/static/js/bina.js").read_text()
PAGE = """<!doctype html><html lang="id"><title>Uji</title><body>
<details class="menu" data-shut><summary id="buka">Menu</summary><div><a href="#x">Tautan</a></div></details>
<div id="ringkas" data-focus tabindex="-1">Salah</div>
<form id="f" method="post" action="/kirim" target="sink" data-warn>
<input id="nama" name="nama"><button id="kirim">Kirim</button></form>
<iframe name="sink" title="hasil"></iframe></body></html>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with playwright.sync_playwright() as running:
        made = running.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield made
        made.close()


@pytest.fixture
def page(browser):
    context = browser.new_context()
    made = context.new_page()
    sent: list[str] = []
    made.sent = sent

    def answer(route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
        body = PAGE if route.request.url.endswith("/uji") else "ok"
        route.fulfill(status=200, content_type="text/html; charset=utf-8", body=body)

    context.route("**/*", answer)
    made.goto("http://bina.test/uji")
    made.add_script_tag(content=SCRIPT)
    yield made
    context.close()


def test_focus_goes_to_the_error_summary(page) -> None:
    assert page.evaluate("document.activeElement.id") == "ringkas"


def test_a_second_press_sends_nothing(page) -> None:
    page.evaluate("document.getElementById('kirim').click()")
    page.wait_for_timeout(300)
    page.evaluate("document.getElementById('kirim').click()")
    page.wait_for_timeout(300)
    assert len(page.sent) == 1
    assert page.get_attribute("#f", "aria-busy") == "true"


def test_menu_shuts_on_escape_and_elsewhere(page) -> None:
    page.click("#buka")
    assert page.evaluate("document.querySelector('details').open")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('details').open")
    assert page.evaluate("document.activeElement.id") == "buka"
    page.click("#buka")
    page.click("#ringkas")
    assert not page.evaluate("document.querySelector('details').open")


def test_unsaved_text_is_asked_about_until_it_is_sent(page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.fill("#nama", "Rahmawati")
    page.evaluate("location.href = '/lain'")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.click("#kirim")
    page.wait_for_timeout(300)
    assert not page.evaluate("document.getElementById('f').hasAttribute('data-dirty')")


def test_the_script_is_small() -> None:
    assert len(SCRIPT.encode()) < 8_000
