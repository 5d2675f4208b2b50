#!/usr/bin/env python3
"""Make the pictures of README and of the user guides from a running demo installation.

    LMS_ENV=demo LMS_HOME=/tmp/demo .venv/bin/lms demo
    LMS_ENV=demo LMS_HOME=/tmp/demo .venv/bin/lms serve
    LMS_ENV=demo LMS_HOME=/tmp/demo .venv/bin/python scripts/pictures.py --base http://127.0.0.1:8000 [NAME ...]

Use a fresh demo: the pictures of the exam start an attempt. Needs what the tests need (Chromium and
the packages of requirements/dev.txt). Without NAME all pictures are made.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyotp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
README_PICTURES = ROOT / "docs" / "gambar"
GUIDE_PICTURES = ROOT / "docs" / "panduan" / "gambar"
PHONE, DESK, WIDE = (360, 740), (1120, 700), (1366, 800)
GUIDE_LIMIT = 60 * 1024
README_LIMIT = 700 * 1024
MOST_ACCOUNTS = 12  # that are tried until one shows what a picture needs
EXAM = "a:is([href$='/asesmen/ujian-akhir'], [href^='/ujian/'])"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars")


@dataclass(frozen=True)
class Shot:
    """One picture of a guide: who looks, where, how the page is reached from there, and on what."""

    name: str
    role: str
    path: str
    go: Callable[[Page], None] | None = None
    size: tuple[int, int] = DESK
    below: str = ""  # a selector to scroll to the top
    number: int = 0  # from which of the role's accounts on
    needs: str = ""  # what the first page must show; the first account of the role that has it is taken


def follow(text: str) -> Callable[[Page], None]:
    """Return a step that follows the first link with these words."""

    def step(page: Page) -> None:
        page.locator("main a", has_text=text).first.click()
        page.wait_for_load_state()

    return step


def first(selector: str) -> Callable[[Page], None]:
    """Return a step that follows the first link that fits a selector."""

    def step(page: Page) -> None:
        page.locator(selector).first.click()
        page.wait_for_load_state()

    return step


def then(*steps: Callable[[Page], None]) -> Callable[[Page], None]:
    """Return several steps as one."""

    def step(page: Page) -> None:
        for one in steps:
            one(page)

    return step


def to_exam(page: Page) -> None:
    """Start, or go on with, the exam that waits on the home page, and answer some questions."""
    page.locator(f"main {EXAM}").first.click()
    page.wait_for_load_state()
    if "/ujian/" not in page.url:
        page.locator("main form[method=post] button, main a[href^='/ujian/']").first.click()
        page.wait_for_load_state()
    sheet = page.url.rsplit("/", 1)[0]
    for number in range(1, 8):
        page.goto(f"{sheet}/{number}")
        if number == 5:
            continue
        option = page.locator("label.choice").nth(number % 3)
        if option.count():
            option.click()
        page.wait_for_timeout(500)
    page.goto(f"{sheet}/8")
    if page.locator("label.choice").count():
        page.locator("label.choice").nth(1).click()
    page.wait_for_timeout(900)


def to_check(page: Page) -> None:
    """Open the page before handing in."""
    to_exam(page)
    page.goto(page.url.rsplit("/", 1)[0] + "/periksa")


def to_cell(page: Page) -> None:
    """Open the names behind a cell of the gap map: the one with most people below the standard."""
    cells = page.locator("main td a[href*='kompetensi=']")
    below = [int((text.split("/")[0].split() or ["0"])[-1]) if "/" in text else 0 for text in cells.all_inner_texts()]
    cells.nth(below.index(max(below))).click()
    page.wait_for_load_state()


def search(word: str) -> Callable[[Page], None]:
    """Return a step that searches with the page's own form."""

    def step(page: Page) -> None:
        field = page.locator("main form input:not([type=hidden])").first
        field.fill(word)
        field.press("Enter")
        page.wait_for_load_state()

    return step


def to_top(page: Page) -> None:
    """Go to the beginning of a lesson that opened where somebody stopped reading."""
    page.evaluate("window.scrollTo(0, 0)")


GUIDES = (
    Shot("masuk", "", "/masuk", size=PHONE),
    Shot("beranda-pegawai", "pegawai", "/beranda", size=PHONE),
    Shot("katalog", "pegawai", "/katalog?q=pelayann", size=PHONE),
    Shot("materi", "pegawai", "/beranda", then(first("main a[href*='/materi/']"), to_top), PHONE, needs="a[href*='/materi/']"),
    Shot("ujian", "pegawai", "/beranda", to_exam, PHONE, needs=EXAM),
    Shot("periksa-ujian", "pegawai", "/beranda", to_check, PHONE, needs=EXAM),
    Shot("sertifikat", "pegawai", "/sertifikat", first("main a[href^='/sertifikat/0']"), PHONE, needs="a[href^='/sertifikat/0']"),
    Shot("jp", "pegawai", "/jp", size=PHONE),
    Shot("kompetensi", "pegawai", "/kompetensi"),
    Shot("konfirmasi-sesi", "pegawai", "/beranda", first("main a[href^='/mentoring/sesi/']"), PHONE, needs="a[href^='/mentoring/sesi/']"),
    Shot("mentee", "mentor", "/mentoring"),
    Shot("catat-sesi", "mentor", "/mentoring", first("main a[href$='/sesi']"), PHONE),
    Shot("koordinasi", "koordinator", "/mentoring/koordinasi"),
    Shot("buat-pasangan", "koordinator", "/mentoring/pasangan/baru", search("Boting")),
    Shot("tim", "atasan", "/tim"),
    Shot("persetujuan", "atasan", "/persetujuan", size=WIDE, needs="input[name=usul]"),
    Shot("menilai", "atasan", "/tim", then(first("main a[href$='/nilai']"), first("main a[href*='/nilai/']"))),
    Shot("delegasi", "atasan", "/delegasi/baru", search("Marwah")),
    Shot("keadaan-wilayah", "hr", "/beranda", below="h2:has-text('Keadaan')"),
    Shot("pratinjau-impor", "hr", "/impor", first("main a[href^='/impor/0']"), (DESK[0], 860)),
    Shot("peta-kesenjangan", "hr", "/laporan/kesenjangan", size=WIDE),
    Shot("daftar-nama", "hr", "/laporan/kesenjangan", to_cell),
    Shot("laporan-jp", "hr", "/laporan/jp"),
    Shot("hasil-asesmen", "instruktur", "/instruktur/asesmen", follow("Ujian akhir")),
    Shot("butir-soal", "instruktur", "/instruktur/bank", then(first("main a[href^='/instruktur/bank/0']"), first("main a[href*='/butir/']"))),
    Shot("peserta", "instruktur", "/instruktur/pelatihan", first("main td a[href^='/instruktur/pelatihan/0'], main a[href^='/instruktur/pelatihan/0']")),
    Shot("akun", "admin", "/admin/akun"),
    Shot("akun-satu", "admin", "/admin/akun?keadaan=active", first("main td a, main th a")),
    Shot("kewenangan", "admin", "/admin/kewenangan"),
    Shot("keadaan-sistem", "admin", "/admin/operasi"),
)  # fmt: skip


class Studio:
    """A browser with one log-in for each account."""

    def __init__(self, browser: Browser, base: str, accounts: list[dict[str, str]]) -> None:
        self.browser, self.base, self.accounts = browser, base.rstrip("/"), accounts
        self._states: dict[tuple[str, int], str] = {}

    def _account(self, role: str, number: int) -> dict[str, str]:
        held = [one for one in self.accounts if one["role"] == role]
        if number >= len(held):
            sys.exit(f"the demo has only {len(held)} accounts of {role}")
        return held[number]

    def _log_in(self, role: str, number: int) -> str:
        account = self._account(role, number)
        with self.browser.new_context(locale="id-ID") as context:
            page = context.new_page()
            page.goto(f"{self.base}/masuk")
            page.fill("[name=nip]", account["login"])
            page.fill("[name=kata_sandi]", account["password"])
            page.press("[name=kata_sandi]", "Enter")
            page.wait_for_load_state()
            if "/masuk/kode" in page.url:
                page.fill("[name=kode]", pyotp.TOTP(account["totp_secret"]).now())
                page.press("[name=kode]", "Enter")
                page.wait_for_load_state()
            if "/beranda" not in page.url:
                sys.exit(f"{role} could not log in: {page.url}; a code is good once, wait 30 seconds")
            return context.storage_state()  # type: ignore[return-value]

    def context(self, role: str, size: tuple[int, int], *, number: int = 0, scale: float = 1.0) -> BrowserContext:
        """Return a window of a role's account."""
        key = (role, number)
        if role and key not in self._states:
            self._states[key] = self._log_in(role, number)
        return self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, device_scale_factor=scale, locale="id-ID",
            timezone_id="Asia/Makassar", color_scheme="light", storage_state=self._states[key] if role else None,
        )  # fmt: skip

    def take(self, shot: Shot, *, scale: float = 1.0) -> Image.Image:
        """Return the picture of a page as its first screen shows it."""
        for number in range(shot.number, shot.number + MOST_ACCOUNTS):
            found = self._try(shot, number, scale)
            if found is not None:
                return found
        sys.exit(f"{shot.name}: no account of {shot.role} shows {shot.needs}")

    def _try(self, shot: Shot, number: int, scale: float) -> Image.Image | None:
        with self.context(shot.role, shot.size, number=number, scale=scale) as context:
            page = context.new_page()
            answer = page.goto(self.base + shot.path)
            if answer is None or answer.status >= 400:
                sys.exit(f"{shot.name}: {shot.path} answered {answer.status if answer else 'nothing'}")
            if shot.needs and not page.locator(f"main {shot.needs}").count():
                return None
            if shot.go is not None:
                shot.go(page)
            # The line that says "demo" would fill a tenth of a phone; its words stand in README.
            page.evaluate("document.querySelector('aside.demo')?.remove()")
            if shot.below:
                page.locator(shot.below).first.evaluate("node => node.scrollIntoView()")
            page.wait_for_timeout(300)
            return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def save_webp(picture: Image.Image, path: Path) -> int:
    """Write a picture of a guide in the best quality below 60 KB, and return its bytes."""
    for quality in (88, 80, 72, 64, 55, 45):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=quality, method=6)
        if buffer.tell() <= GUIDE_LIMIT:
            break
    else:
        sys.exit(f"{path.name}: more than 60 KB")
    path.write_bytes(buffer.getvalue())
    return buffer.tell()


def save_png(picture: Image.Image, path: Path, *, colours: int = 128) -> int:
    """Write a picture of README with few colours, and return its bytes."""
    picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
    return path.stat().st_size


def framed(picture: Image.Image, *, edge: int = 1, colour: str = "#c9c2b4") -> Image.Image:
    """Return the picture with a thin line around it, so that it does not run into the page."""
    made = Image.new("RGB", (picture.width + 2 * edge, picture.height + 2 * edge), colour)
    made.paste(picture, (edge, edge))
    return made


def side_by_side(phone: Image.Image, desk: Image.Image, *, gap: int = 32) -> Image.Image:
    """Return a phone and a PC beside each other on white."""
    left, right = framed(phone), framed(desk)
    made = Image.new("RGB", (left.width + gap + right.width, max(left.height, right.height)), "white")
    made.paste(left, (0, 0))
    made.paste(right, (left.width + gap, 0))
    return made


def readme_pictures(studio: Studio) -> dict[str, Callable[[], Image.Image]]:
    """Return the pictures of README by name; home comes first, since the exam changes it."""
    shots = {shot.name: shot for shot in GUIDES}
    home = Shot("beranda", "pegawai", "/beranda", size=(1100, PHONE[1]))
    return {
        "beranda": lambda: side_by_side(studio.take(shots["beranda-pegawai"]), studio.take(home)),
        "peta-kesenjangan": lambda: framed(studio.take(shots["peta-kesenjangan"])),
        "materi": lambda: framed(studio.take(shots["materi"], scale=1.5)),
        "ujian": lambda: framed(studio.take(shots["ujian"], scale=1.5)),
    }


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("names", nargs="*", metavar="NAME")
    given = parser.parse_args()
    wanted = set(given.names)
    answer = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "lms"), "demo", "accounts", "--json"], capture_output=True, text=True, check=True
    )
    GUIDE_PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        studio = Studio(browser, given.base, json.loads(answer.stdout))
        README_PICTURES.mkdir(parents=True, exist_ok=True)
        for name, make in readme_pictures(studio).items():
            if not wanted or name in wanted:
                size = save_png(make(), README_PICTURES / f"{name}.png")
                print(f"docs/gambar/{name}.png {size // 1024} KB")
        for shot in GUIDES:
            if not wanted or shot.name in wanted:
                scale = 1.5 if shot.size == PHONE else 1.0
                size = save_webp(framed(studio.take(shot, scale=scale)), GUIDE_PICTURES / f"{shot.name}.webp")
                print(f"docs/panduan/gambar/{shot.name}.webp {size // 1024} KB")
        browser.close()
    if sum(path.stat().st_size for path in README_PICTURES.glob("*.png")) > README_LIMIT:
        sys.exit("the pictures of README are more than 700 KB together")


if __name__ == "__main__":
    main()
