"""Headers, errors, caching, static files, home, menus, look and language of the bare shell."""

from __future__ import annotations

import gzip
import random
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, Response, flash, redirect, render_template_string
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from lms.core.actor import ANONYMOUS, Actor, ActorGrant, Permission, Role
from lms.core.db import current_session, transaction
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from lms.core.once import OneTimeKey, claim, forget_keys, new_key
from lms.core.text import N_
from lms.web import headers, home, menus
from lms.web.guard import authenticated, public
from lms.web.headers import kept_page
from lms.web.home import Panel
from lms.web.i18n import translate
from lms.web.menus import MenuItem
from lms.web.once import claim_once
from lms.web.static import minify_css
from tests.support.html import StrictClient
from tests.web.shell.conftest import LEARNER

PAGE = (
    '{% extends "base.html" %}{% block title %}Uji{% endblock %}'
    '{% block main %}<h1>Uji</h1>{{ isi|default("") }}{% endblock %}'
)


def raising(app: Flask, error: BaseException) -> None:
    def view() -> str:
        raise error

    app.add_url_rule("/rusak", view_func=public(view), methods=["GET"])


# Headers ------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/masuk-salah", "/_/live", "/robots.txt", "/aksesibilitas", "/favicon.ico", "/"])
def test_every_answer_carries_the_security_headers(visitor: StrictClient, path: str) -> None:
    headers = visitor.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert re.fullmatch(r"[0-9a-z]{26}", headers["X-Request-ID"])


def test_pages_are_not_stored_unless_they_say_so(visitor: StrictClient) -> None:
    assert visitor.get("/privasi").headers["Cache-Control"] == "no-store"


def test_hsts_only_over_https(make_app: Callable[..., Flask]) -> None:
    assert "Strict-Transport-Security" not in make_app().test_client().get("/_/live").headers
    secure = make_app(base_url="https://bina.contoh.go.id")
    assert "max-age=" in secure.test_client().get("/_/live").headers["Strict-Transport-Security"]


def test_pages_are_compressed_and_their_length_varies(shell: Flask) -> None:
    plain = FlaskClient(shell, Response)  # the strict client reads text only
    answers = [plain.get("/_/komponen", headers={"Accept-Encoding": "gzip"}) for _ in range(12)]
    assert {a.headers["Content-Encoding"] for a in answers} == {"gzip"}
    assert "Accept-Encoding" in answers[0].headers["Vary"]
    assert b"<h1>" in gzip.decompress(answers[0].data)
    assert len({len(a.data) for a in answers}) > 3


def test_small_and_unasked_answers_are_not_compressed(visitor: StrictClient) -> None:
    assert "Content-Encoding" not in visitor.get("/_/live", headers={"Accept-Encoding": "gzip"}).headers
    assert "Content-Encoding" not in visitor.get("/privasi").headers


# Caching ------------------------------------------------------------------


@pytest.fixture
def held(shell: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Pages that this process keeps, at two addresses with the same facts."""
    monkeypatch.setattr(headers, "_KEPT", headers._KeptPages(1 << 20))
    state: dict[str, Any] = {"facts": {"isi": 1, "lain": 1}, "drawn": 0, "in_browser": True, "named_by": {}}
    shell.jinja_env.loader = ChoiceLoader([DictLoader({"uji.html": PAGE}), shell.jinja_env.loader])

    def derive() -> dict[str, Any]:
        state["drawn"] += 1
        return {}

    def view() -> Any:
        return kept_page(
            "uji.html", state["facts"], named_by=state["named_by"], derive=derive, in_browser=state["in_browser"]
        )

    shell.add_url_rule("/simpan", view_func=public(view), endpoint="one")
    shell.add_url_rule("/simpan-lain", view_func=public(view), endpoint="two")

    def note() -> Any:
        flash("Tersimpan.", "ok")
        return redirect("/simpan")

    shell.add_url_rule("/catat", view_func=public(note))
    return state


def test_a_held_page_is_drawn_once_and_sent_whole(held: dict[str, Any], learner: StrictClient) -> None:
    first = learner.get("/simpan")
    again = learner.get("/simpan")
    assert (again.text, again.headers["ETag"], held["drawn"]) == (first.text, first.headers["ETag"], 1)
    assert first.headers["Cache-Control"] == "private, no-cache"
    plain = FlaskClient(learner.application, Response)  # the strict client reads text only
    packed = plain.get("/simpan", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data).decode() == first.text
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert learner.get("/simpan", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert held["drawn"] == 1


@pytest.mark.parametrize(
    "change", ["fact", "new fact", "person", "session", "language", "theme", "address", "query", "rights"]
)
def test_another_page_is_never_given_for_a_held_one(
    held: dict[str, Any], learner: StrictClient, who: dict[str, Actor], change: str
) -> None:
    tag = learner.get("/simpan").headers["ETag"]
    address = {"address": "/simpan-lain", "query": "/simpan?hal=2"}.get(change, "/simpan")
    if change == "fact":
        held["facts"] = {"isi": 1, "lain": 2}
    elif change == "new fact":
        held["facts"] = {"isi": 1, "lain": 1, "baru": None}
    elif change == "person":
        who["actor"] = Actor(account_id=8, employee_id=8, name="Lain", session_id=3)
    elif change == "session":
        who["actor"] = Actor(account_id=7, employee_id=7, name=LEARNER.name, session_id=4)
    elif change == "language":
        learner.set_cookie("bahasa", "en")
    elif change == "theme":
        learner.set_cookie("tampilan", "dark")
    elif change == "rights":
        grant = ActorGrant(Role.HR, "/1/", frozenset({Permission.PEOPLE_VIEW}))
        who["actor"] = Actor(account_id=7, employee_id=7, name=LEARNER.name, session_id=3, grants=(grant,))
    other = learner.get(address, headers={} if change in {"address", "query"} else {"If-None-Match": tag})
    assert (other.status_code, held["drawn"]) == (200, 2)


def test_a_message_is_shown_once_even_on_a_held_page(held: dict[str, Any], learner: StrictClient) -> None:
    tag = learner.get("/simpan").headers["ETag"]
    learner.get("/catat")
    with_message = learner.get("/simpan", headers={"If-None-Match": tag})
    assert with_message.status_code == 200
    assert "Tersimpan." in with_message.text
    assert with_message.headers["Cache-Control"] == "no-store"
    assert learner.get("/simpan", headers={"If-None-Match": tag}).status_code == 304


def test_neither_messages_nor_visitors_are_held(
    held: dict[str, Any], learner: StrictClient, who: dict[str, Actor]
) -> None:
    learner.get("/simpan")
    learner.get("/catat")
    assert "Tersimpan." in learner.get("/simpan").text
    assert "Tersimpan." not in learner.get("/simpan").text
    drawn = held["drawn"]
    who["actor"] = ANONYMOUS
    learner.get("/simpan")
    learner.get("/simpan")
    assert held["drawn"] == drawn + 2


def test_a_fact_without_a_text_of_its_own_needs_a_name(held: dict[str, Any], learner: StrictClient) -> None:
    held["facts"] = {"isi": 1, "lain": object()}
    assert "ETag" not in learner.get("/simpan").headers
    learner.get("/simpan")
    assert held["drawn"] == 2
    for name, drawn in ((1, 3), (1, 3), (2, 4)):
        held["named_by"] = {"lain": name}
        learner.get("/simpan")
        assert held["drawn"] == drawn


def test_a_page_about_the_person_is_held_here_but_not_in_the_browser(
    held: dict[str, Any], learner: StrictClient
) -> None:
    held["in_browser"] = False
    answers = [learner.get("/simpan") for _ in range(2)]
    assert (held["drawn"], answers[0].text) == (1, answers[1].text)
    assert answers[1].headers["Cache-Control"] == "no-store"
    assert "ETag" not in answers[1].headers


def test_held_pages_keep_within_their_room() -> None:
    pages = headers._KeptPages(10_000)
    for number in range(100):
        pages.put(bytes([number]), headers._pack(random.Random(number).randbytes(1500)))
    assert pages.get(bytes([0])) is None
    assert pages.get(bytes([99])) is not None
    assert sum(len(page.deflated) for page in pages._held.values()) <= 10_000


# Static files -------------------------------------------------------------


def test_static_files_are_for_ever_under_their_digest(visitor: StrictClient) -> None:
    url = re.search(r'href="(/static/css/bina\.[0-9a-f]{12}\.css)"', visitor.get("/privasi").text)
    assert url
    answer = visitor.get(url[1], headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "text/css; charset=utf-8"
    assert len(answer.data) < 14_000
    assert gzip.decompress(answer.data) == visitor.get(url[1]).data


def test_yesterdays_digest_gets_todays_file_unstored(visitor: StrictClient) -> None:
    answer = visitor.get("/static/css/bina.000000000000.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("path", ["../lms/app.py", "css/nihil.css", "css/..%2f..%2fapp.py", "%2e%2e/app.py"])
def test_nothing_else_is_served(visitor: StrictClient, path: str) -> None:
    assert visitor.get(f"/static/{path}").status_code == 404


def test_minifying_keeps_quoted_text_and_descendants() -> None:
    source = '/* a */ .a :focus , .b { color : red ; content: "x ; { y" }\n'
    source += "@media (min-width: 40rem) { .c { margin: calc(1px + 2px) } }"
    assert (
        minify_css(source)
        == '.a :focus,.b{color :red;content:"x ; { y"}@media (min-width:40rem){.c{margin:calc(1px + 2px)}}'
    )


# Errors -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NotFound(), 404, "Halaman tidak ditemukan"),
        (Forbidden(N_("Minta Camat Wara menunjuk Anda.")), 403, "Minta Camat Wara menunjuk Anda."),
        (Conflict(N_("Kursi sudah penuh.")), 409, "Kursi sudah penuh."),
        (Invalid(N_("NIP kosong.")), 422, "NIP kosong."),
        (Unavailable(), 503, "Bina sedang tidak dapat melayani"),
        (OperationalError("SELECT rahasia", {}, Exception("database is locked")), 503, "Tunggu satu menit"),
        (ZeroDivisionError("rahasia"), 500, "Ada gangguan di pihak kami"),
    ],
)
def test_error_pages(shell: Flask, visitor: StrictClient, error: BaseException, status: int, words: str) -> None:
    raising(shell, error)
    page = visitor.get("/rusak")
    assert page.status_code == status
    assert words in page.text
    assert "rahasia" not in page.text
    assert "Traceback" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    if status >= 500:
        assert page.headers["X-Request-ID"] in page.text
    assert ("Retry-After" in page.headers) == (status == 503)


def test_the_reference_that_a_person_reads_out_is_in_the_log(
    shell: Flask, visitor: StrictClient, caplog: pytest.LogCaptureFixture
) -> None:
    raising(shell, ZeroDivisionError("rahasia"))
    page = visitor.get("/rusak")
    assert page.headers["X-Request-ID"] in caplog.text


def test_scripts_get_a_problem_document(shell: Flask, visitor: StrictClient) -> None:
    raising(shell, Invalid(N_("Salah."), fields={"nip": N_("NIP harus %(n)s angka.", n=18)}))
    answer = visitor.get("/rusak", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == answer.status_code == 422
    assert answer.json["fields"] == {"nip": "NIP harus 18 angka."}
    assert answer.json["reference"] == answer.headers["X-Request-ID"]


def test_a_conflict_shows_both_texts_as_text(shell: Flask, visitor: StrictClient) -> None:
    raising(shell, Conflict(N_("Orang lain sudah mengubahnya."), yours="<b>punya saya</b>", stored="punya Bu Ani"))
    page = visitor.get("/rusak").text
    assert "&lt;b&gt;punya saya" in page
    assert "punya Bu Ani" in page


def test_wrong_method_and_too_long_a_body(shell: Flask, visitor: StrictClient) -> None:
    wrong = visitor.put("/_/live")
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["Allow"]
    page = visitor.get("/tampilan")
    assert page.status_code == 200
    assert visitor.submit("/tampilan", {"dari": "x" * 100_000}).status_code == 413


def test_a_page_for_members_leads_to_log_in_and_back(shell: Flask, visitor: StrictClient) -> None:
    shell.add_url_rule("/rahasia", view_func=authenticated(lambda: "ya"))
    answer = visitor.get("/rahasia?a=1&b=2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/masuk?lanjut=/rahasia%3Fa%3D1%26b%3D2")
    assert visitor.get("/rahasia", headers={"Accept": "application/json"}).status_code == 401


def test_error_page_survives_a_broken_template(
    shell: Flask, visitor: StrictClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(shell, NotFound())
    monkeypatch.setitem(shell.jinja_env.globals, "menu", None)
    monkeypatch.setitem(shell.jinja_env.globals, "frame", None)
    page = visitor.get("/rusak")
    assert page.status_code == 404
    assert "Halaman tidak ditemukan" in page.text


# Home and menus -------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour_utc", "zone", "words"),
    [
        (0, "Asia/Makassar", "Selamat pagi"),
        (4, "Asia/Makassar", "Selamat siang"),
        (8, "Asia/Jakarta", "Selamat sore"),
        (8, "Asia/Jayapura", "Selamat sore"),
        (10, "Asia/Jayapura", "Selamat malam"),
    ],
)
def test_greeting_follows_the_units_clock(shell: Flask, hour_utc: int, zone: str, words: str) -> None:
    with shell.test_request_context("/"):
        assert home.greeting(datetime(2026, 11, 24, hour_utc, 5, tzinfo=UTC), zone) == words


def test_home_without_panels_says_what_to_do(learner: StrictClient) -> None:
    page = learner.get("/beranda").text
    assert ", Rahmawati Saleng</h1>" in page
    assert "Belum ada yang perlu Anda kerjakan" in page
    assert "Bukan Anda? Keluar" in page


def test_home_draws_panels_in_order_and_one_hero(shell: Flask, learner: StrictClient) -> None:
    for key, slot, order in (("b", "hero", 20), ("a", "hero", 10), ("none", "main", 1), ("side", "side", 5)):
        built = None if key == "none" else ("web/_flashes.html", {"flashes": lambda key=key: [("ok", f"bagian {key}")]})
        home.register_panel(Panel(key, slot, order, lambda _s, _a, built=built: built))  # type: ignore[arg-type]
    page = learner.get("/beranda").text
    assert "bagian a" in page
    assert "bagian b" not in page
    assert page.index("bagian a") < page.index("bagian side")


def test_menu_shows_what_the_actor_may_open(shell: Flask, learner: StrictClient, who: dict[str, Actor]) -> None:
    for name, item in {
        "terbuka": {},
        "hr": {"roles": {Role.HR}},
        "pegawai": {"permission": Permission.PEOPLE_VIEW},
        "bukan": {"without_roles": {Role.HR}},
    }.items():
        shell.add_url_rule(f"/{name}", endpoint=f"{name}.i", view_func=public(lambda: render_template_string(PAGE)))
        menus.register(MenuItem(f"{name}.i", name.title(), "home", 10, **item))  # type: ignore[arg-type]

    def shown() -> set[str]:
        return set(re.findall(r'<li[^>]*><a href="/([a-z]+)"', learner.get("/terbuka").text))

    assert shown() == {"beranda", "terbuka", "bukan"}
    grant = ActorGrant(Role.HR, "/1/", frozenset({Permission.PEOPLE_VIEW}))
    who["actor"] = Actor(account_id=7, employee_id=7, name="Irfan", grants=(grant,))
    assert shown() == {"beranda", "terbuka", "hr", "pegawai"}
    assert re.search(r'href="/terbuka" aria-current="page"', learner.get("/terbuka").text)


def test_frame_costs_no_query(learner: StrictClient, shell: Flask) -> None:
    from sqlalchemy import event

    from lms.core.db import db

    seen: list[str] = []
    with shell.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    learner.get("/privasi")
    assert [s for s in seen if not s.startswith(("PRAGMA", "BEGIN", "ROLLBACK", "COMMIT"))] == []


# Look and language ------------------------------------------------------------


def test_language_and_look_are_remembered(visitor: StrictClient) -> None:
    answer = visitor.submit("/tampilan", {"tampilan": "dark", "bahasa": "en", "dari": "/privasi"}, page="/tampilan")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/privasi")
    page = visitor.get("/privasi").text
    assert '<html lang="en" data-theme="dark">' in page
    assert "Your personal data" in page


@pytest.mark.parametrize(
    "there",
    ["https://jahat.example", "//jahat.example", "/\\jahat.example", "", "javascript:x", "/a\r\nX: y"],
)
def test_the_way_back_stays_on_this_site(visitor: StrictClient, there: str) -> None:
    answer = visitor.submit("/tampilan", {"tampilan": "auto", "bahasa": "id", "dari": there}, page="/tampilan")
    assert answer.headers["Location"] == "/"


def test_demo_says_so_on_every_page(make_app: Callable[..., Flask]) -> None:
    demo = make_app(env="demo").test_client()
    assert "Ini instalasi percobaan. Semua orang di dalamnya rekaan." in demo.get("/privasi").text
    assert "Ini instalasi percobaan" not in make_app().test_client().get("/privasi").text


# Operators' addresses -----------------------------------------------------------


def test_live_and_metrics(visitor: StrictClient) -> None:
    assert visitor.get("/_/live").data == b"ok\n"
    assert b"bina_requests" in visitor.get("/metrics").data
    assert visitor.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 404
    assert visitor.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 404


def test_ready_compares_the_migration(visitor: StrictClient, monkeypatch: pytest.MonkeyPatch, shell: Flask) -> None:
    from sqlalchemy import text

    monkeypatch.setattr("lms.web.pages.expected_revision", lambda: "0002")
    assert visitor.get("/_/ready").json == {"database": "ok", "migration": "absent"}
    with shell.app_context(), transaction() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        session.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
    behind = visitor.get("/_/ready")
    assert (behind.status_code, behind.json["migration"]) == (503, "behind")
    with shell.app_context(), transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    assert visitor.get("/_/ready").status_code == 200


# One-time keys ------------------------------------------------------------------


@pytest.fixture
def maker(shell: Flask) -> list[str]:
    made: list[str] = []

    @shell.post("/buat")
    @public
    def create() -> Any:
        with transaction() as session:
            claim_once(session)
            made.append("satu")
            if "tolak" in made:
                made.remove("satu")
                raise Conflict(N_("Ditolak."))
        return redirect(f"/hasil/{len(made)}", code=303)

    @shell.get("/isian")
    @public
    def form() -> str:
        return render_template_string(
            PAGE.replace("</h1>", "</h1><form method='post'>{{ csrf_field() }}{{ once_field() }}</form>")
        )

    return made


def test_a_form_sent_twice_has_one_effect_and_one_result(maker: list[str], learner: StrictClient) -> None:
    first = learner.submit("/buat", page="/isian")
    second = learner.submit("/buat")
    assert first.headers["Location"] == second.headers["Location"] == "/hasil/1"
    assert maker == ["satu"]


def test_a_new_page_may_create_again(maker: list[str], learner: StrictClient) -> None:
    learner.submit("/buat", page="/isian")
    learner.submit("/buat", page="/isian")
    assert maker == ["satu", "satu"]


def test_a_refused_act_leaves_the_key_free(maker: list[str], learner: StrictClient) -> None:
    maker.append("tolak")
    learner.get("/isian")
    form = learner.last_html
    assert learner.submit("/buat").status_code == 409
    maker.remove("tolak")
    learner.last_html = form
    assert learner.submit("/buat").status_code == 303
    assert maker == ["satu"]


def test_without_a_key_nothing_happens(maker: list[str], learner: StrictClient) -> None:
    assert learner.submit("/buat", {"once": "pendek"}, page="/isian").status_code == 422
    assert maker == []


def test_many_threads_claim_one_key(shell: Flask) -> None:
    key, won = new_key(), []

    def race() -> None:
        with shell.app_context(), transaction() as session:
            won.append(claim(session, key, account_id=1, now=datetime(2026, 11, 24, tzinfo=UTC)))

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_keys_belong_to_one_account_and_are_forgotten_in_time(shell: Flask) -> None:
    key, now = new_key(), datetime(2026, 11, 24, tzinfo=UTC)
    with shell.app_context(), transaction() as session:
        assert claim(session, key, account_id=1, now=now)
        assert claim(session, key, account_id=2, now=now + timedelta(days=9))
        forget_keys(session, used_before=now + timedelta(days=7))
    with shell.app_context():
        assert current_session().scalar(select(func.count()).select_from(OneTimeKey)) == 1


def test_a_number_in_a_sentence_from_below_stays_a_number(app):
    with app.test_request_context("/"):
        assert translate(N_("Tulis JP antara 1 dan %(most)d.", most=8)) == "Tulis JP antara 1 dan 8."
