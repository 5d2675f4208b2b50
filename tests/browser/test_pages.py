"""Every page a role reaches by links: reads well, fits, has no fault for assistive technology, leads nowhere dead.

Also the promises that only a browser can hold the pages to: bytes, clicks, keyboard, dark and forced colours.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import OFFICE, PHONE

pytestmark = [pytest.mark.slow]
ROLES = ("nobody", "pegawai", "mentor", "koordinator", "atasan", "hr", "instruktur", "admin")
SMALL = {"width": 320, "height": 640}
PAGES_MOST, LINKS_MOST = 60, 120
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Parameters that only choose among the rows of the same page.
NARROWING = {"hal", "halaman", "keadaan", "sendiri", "buka", "kelompok", "daftar", "pilih", "tampil", "unit", "per"}
FILES = re.compile(
    r"/unduh$|\.(?:xlsx|pdf|json|jwt|png|svg|ics|html|zip|csv)$|/bermasalah$|/berkas$|/berkas/|/ekspor$|^/static/|^/bantuan/gambar/"
)
ENGLISH = re.compile(
    r"\b(the|and|with|your|you|not|from|loading|error|submit|login|logout|user|username|password|search|save"
    r"|cancel|next|previous|back|upload|download|dashboard|settings|success|sukses|oops|deadline|feedback"
    r"|None|True|False|null|undefined|NaN|Undefined)\b"
)
LEFTOVER = re.compile(r"%\(\w+\)|\{\{|\}\}|<Markup|&amp;|&lt;|lazy_gettext")
# Words of the page itself; a lesson and a course's description are looked at by their own tests.
WORDS = """() => {
  const main = document.querySelector('main');
  const copy = main.cloneNode(true);
  copy.querySelectorAll('article.read, [data-isi], script, .code, del, ins, mark').forEach((e) => e.remove());
  const text = copy.textContent;
  copy.querySelectorAll('button').forEach((e) => e.remove());
  return {
    text,
    sentences: [...copy.querySelectorAll('p, li > span, .hint, .error, dd')].filter((e) => !e.querySelector('p'))
      .flatMap((e) => e.textContent.replace(/\\s+/g, ' ').replace(/\\b(Sdr|Jl|No|hlm|dst|dsb|dll)\\./g, '$1')
        .split(/[.?!:;](?=\\s|$)|\u00b7/))
      .filter((s) => s.trim().split(/\\s+/).length > 20 && s.split(',').length < 6),
    h1: document.querySelectorAll('h1').length,
    links: [...document.querySelectorAll('a[href]')].map((a) => a.href.split('#')[0]),
    title: document.title,
  };
}"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _shape(address: str) -> str:
    """Return the address without what only tells one row from another."""
    parts = urlsplit(address)
    path = re.sub(r"/[0-9a-hjkmnp-tv-z]{26}", "/*", parts.path)
    path = re.sub(r"^/v/.+", "/v/*", re.sub(r"/\d+$", "/#", path))
    path = re.sub(r"^/(katalog|bantuan)/.+", r"/\1/*", path)
    names = sorted(set(re.findall(r"(?:^|&)([a-z]+)=", parts.query)) - NARROWING)
    return path + "?" + "&".join(names)


def _axe(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page, options={"runOnly": AXE_TAGS, "resultTypes": ["violations"]})
    return [
        (one["id"], one["nodes"][0]["html"][:140])
        for one in found.response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


class Crawl:
    """Follows the links of one role, once for each kind of page."""

    def __init__(self, context: Any, base: str, looked_at: set[str]) -> None:
        self.context, self.base, self.looked_at = context, base, looked_at
        self.page = context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: script: {error}"))
        self.seen: set[str] = set()
        self.checked: set[str] = set()
        self.visited = 0

    def _note_console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{self.page.url}: console: {message.text}")

    def note(self, what: str) -> None:
        self.faults.append(f"{self.page.url.removeprefix(self.base)}: {what}")

    def run(self, *starts: str) -> None:
        waiting = deque(self.base + start for start in starts)
        links: dict[str, str] = {}
        while waiting and self.visited < PAGES_MOST:
            address = waiting.popleft()
            shape = _shape(address)
            if shape in self.seen:
                continue
            self.seen.add(shape)
            if FILES.search(urlsplit(address).path):
                continue
            for link in self.visit(address):
                if link.startswith(self.base):
                    links.setdefault(link, address)
                    waiting.append(link)
        for link in [one for one in links if one not in self.checked][:LINKS_MOST]:
            answer = self.context.request.get(link)
            if answer.status != 200:
                told = f"{links[link]} leads to {link}, which answers {answer.status}"
                self.faults.append(told.replace(self.base, ""))

    def visit(self, address: str) -> list[str]:
        page = self.page
        self.visited += 1
        self.checked.add(address)
        # The same page of another role has the same parts: the slow look is taken once.
        is_new = (shape := _shape(address)) not in self.looked_at
        self.looked_at.add(shape)
        page.set_viewport_size(SMALL)
        answer = page.goto(address)
        expected = 404 if "/v/" in address and answer.status == 404 else 200
        if answer.status != expected:
            self.note(f"answers {answer.status}")
            return []
        found = page.evaluate(WORDS)
        self.read(found)
        for size in (SMALL, PHONE, OFFICE) if is_new else (SMALL,):
            page.set_viewport_size(size)
            if (over := page.evaluate(TOO_WIDE)) > 0:
                self.note(f"{over} px too wide at {size['width']} px")
            if size is not SMALL:
                self.faults += [f"{shape}: {rule} at {size['width']} px: {html}" for rule, html in _axe(page)]
        return found["links"]

    def read(self, found: dict[str, Any]) -> None:
        if found["h1"] != 1:
            self.note(f"{found['h1']} headings of the first level")
        if english := ENGLISH.search(found["text"]):
            self.note(f"not Indonesian: {english.string[max(0, english.start() - 30) : english.end() + 30]!r}")
        if left := LEFTOVER.search(found["text"] + found["title"]):
            self.note(f"left over: {left.group()!r}")
        for sentence in found["sentences"]:
            self.note(f"a sentence of more than 20 words: {sentence.strip()!r}")
        if re.search(r"\d{18}", self.page.url):
            self.note("a NIP in the address")


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role(installation, visit, role):
    context = visit.context() if role == "nobody" else visit.role(role)
    crawl = Crawl(context, installation.base, installation.looked_at)
    crawl.run(*(("/masuk", "/aktivasi", "/verifikasi", "/v") if role == "nobody" else ("/beranda",)))
    assert crawl.faults == []
    assert crawl.visited >= 4
    assert installation.faults() == []
