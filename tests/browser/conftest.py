"""A demo city behind the real server, one Chromium, and people who log in as people do."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import create_engine, text

from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A name that is not this machine is never looked up, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
PHONE = {"width": 360, "height": 740}
OFFICE = {"width": 1366, "height": 768}
PASSWORD = "perahu kaca menanak nasi"


@dataclass
class Installation:
    """A demo installation that is being served."""

    base: str
    env: dict[str, str]
    log: Path
    accounts: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, Any] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)

    def lms(self, *words: str, code: int | None = 0) -> str:
        """Run the program against this installation; fail when it ends with another code."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("lms")), *words],
            env=self.env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240,
        )  # fmt: skip
        assert code is None or done.returncode == code, f"lms {words}: {done.stderr[-3000:]}"
        return done.stdout

    def account(self, role: str) -> dict[str, Any]:
        return next(one for one in self.accounts if one["role"] == role)

    def ask(self, query: str, **values: Any) -> list[str]:
        """Return the first column of a query; the story is told by pages, this only chooses who is in it."""
        engine = create_engine(self.env["LMS_DATABASE_URL"])
        try:
            with engine.connect() as connection:
                return [str(value) for value in connection.execute(text(query), values).scalars()]
        finally:
            engine.dispose()

    def one_of(self, numbers: list[str]) -> dict[str, Any]:
        """Return the first demo account without a second factor among these people."""
        held = {one["login"]: one for one in self.accounts if one["totp_secret"] is None}
        return next(held[number] for number in numbers if number in held)

    def faults(self) -> list[str]:
        """Return what the server logged about requests that broke."""
        return [line for line in self.log.read_text().splitlines() if re.search(r'"level": ?"(error|critical)"', line)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        assert process.poll() is None, f"the server ended by itself: {log.read_text()[-2000:]}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/_/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="session")
def installation(request, tmp_path_factory):
    """Make Kota Palopo as `make run` does, and serve it on a free port."""
    home = tmp_path_factory.mktemp("kota")
    port = _free_port()
    url = f"sqlite:///{home / 'bina.sqlite3'}"
    if request.config.getoption("--postgresql"):
        url = postgres.create_database(postgres.start(), f"bina_kota_{os.getpid()}")
    env = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")} | {
        "LMS_ENV": "demo", "LMS_HOME": str(home), "LMS_DATABASE_URL": url, "LMS_PORT": str(port),
    }  # fmt: skip
    log = home / "serve.log"
    made = Installation(f"http://127.0.0.1:{port}", env, log)
    made.lms("db", "upgrade")
    made.lms("demo", "--scale", "kota", "--seed", "1")
    made.accounts = json.loads(made.lms("demo", "accounts", "--json"))
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("lms")), "serve"], env=env, cwd=ROOT, stdout=sink, stderr=sink
        )
        try:
            _wait_until_it_answers(process, port, log)
            yield made
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def chromium():
    """One browser for a module: the sync interface allows no second one beside it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Opens contexts of one browser: anonymous, or logged in."""

    browser: Browser
    installation: Installation
    opened: list[BrowserContext] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def context(self, *, size: dict[str, int] = OFFICE, script: bool = True, **options: Any) -> BrowserContext:
        """Return a context; what it asks of other machines is noted and fails the test."""
        made = self.browser.new_context(
            base_url=self.installation.base, locale="id-ID", viewport=size, java_script_enabled=script, **options
        )
        made.set_default_timeout(15_000)
        made.on("request", self._stay)
        self.opened.append(made)
        return made

    def _stay(self, request: Any) -> None:
        if not request.url.startswith((self.installation.base, "data:", "blob:", "about:")):
            self.foreign.append(request.url)

    def role(self, role: str, **options: Any) -> BrowserContext:
        """Return a context of the demo person with this role; the log-in is made once."""
        return self.person(self.installation.account(role), **options)

    def person(self, account: dict[str, Any], **options: Any) -> BrowserContext:
        key = account["login"]
        states = self.installation.states
        if key not in states:
            first = self.context()
            log_in(first.new_page(), account)
            states[key] = first.storage_state()
            self.close(first)
        return self.context(storage_state=states[key], **options)

    def close(self, context: BrowserContext) -> None:
        self.opened.remove(context)
        context.close()


def activate(page: Page, code: str) -> None:
    """Type a code from a letter, make a password, and be in."""
    page.goto("/aktivasi")
    page.fill("[name=kode]", code)
    page.press("[name=kode]", "Enter")
    page.fill("[name=kata_sandi_baru]", PASSWORD)
    page.fill("[name=ulangi]", PASSWORD)
    page.get_by_role("button", name="Aktifkan dan masuk").click()
    page.wait_for_url("**/beranda")


def log_in(page: Page, account: dict[str, Any]) -> None:
    """Type number and password, and the code of the telephone where one is asked for."""
    page.goto("/masuk")
    page.fill("[name=nip]", account["login"])
    page.fill("[name=kata_sandi]", account["password"])
    page.press("[name=kata_sandi]", "Enter")
    page.wait_for_url(re.compile(r"/(masuk/kode|beranda)"))
    if "/masuk/kode" in page.url:
        page.fill("[name=kode]", pyotp.TOTP(account["totp_secret"]).now())
        page.press("[name=kode]", "Enter")
        page.wait_for_url("**/beranda")


@pytest.fixture
def visit(chromium, installation):
    """Open contexts that are closed after the test."""
    made = Visitor(chromium, installation)
    yield made
    for context in list(made.opened):
        context.close()
    assert made.foreign == []
