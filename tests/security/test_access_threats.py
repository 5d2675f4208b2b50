"""One test per threat to accounts and sessions, each with its story."""

from __future__ import annotations

import statistics
import time

import pytest
from sqlalchemy import select

from lms.core import clock, sessions
from lms.core.actor import Permission, Role
from lms.core.db import transaction
from lms.core.sessions import LoginSession
from lms.identity import queries, rules, services
from lms.identity.models import AccountState
from lms.identity.services.throttle import forgive
from tests.factories.identity import PASSWORD, AccountFactory, GrantFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

KNOWN, UNKNOWN = "198504122010012003", "199001012015011009"


@pytest.fixture
def person(session):
    employee = EmployeeFactory(nip=KNOWN, position=PositionFactory(unit=UnitFactory(name="Kelurahan Boting")))
    account = AccountFactory(employee=employee)
    account.employee = employee
    session.commit()
    return account


def log_in(client, typed=KNOWN, password=PASSWORD, **kwargs):
    return client.submit("/masuk", {"nip": typed, "kata_sandi": password}, page="/masuk", **kwargs)


def words(response):
    text = response.get_data(as_text=True)
    for number in (KNOWN, UNKNOWN):
        text = text.replace(number, "NIP")
    return [line for line in text.splitlines() if "csrf_token" not in line]


def test_a_stranger_cannot_tell_who_has_an_account(client, session, person):
    """Somebody with a list of NIPs tries each and compares the answers."""
    answers = [log_in(client, number, "tebakan yang salah") for number in (KNOWN, UNKNOWN)]
    for state in (AccountState.PENDING, AccountState.DISABLED):
        person.state = state
        session.commit()
        answers.append(log_in(client, KNOWN, "tebakan yang salah"))
    assert {answer.status_code for answer in answers} == {422}
    assert len({tuple(words(answer)) for answer in answers}) == 1
    names = [sorted(header for header, _value in answer.headers) for answer in answers]
    assert all(one == names[0] for one in names)


def test_a_stranger_cannot_tell_by_the_clock_either(session, person):
    """The same, with a stop-watch: both ways hash once and write once."""
    taken = {KNOWN: [], UNKNOWN: []}
    for turn in range(12):
        for number, times in taken.items():
            start = time.perf_counter()
            with transaction() as own:
                tried = services.begin_log_in(own, rules.login_name(number), address=f"10.0.{turn}.1", now=clock.now())
            judged = services.judge_log_in(tried, "tebakan yang salah")
            with transaction() as own:
                services.finish_log_in(own, judged, now=clock.now(), shared=False)
            times.append(time.perf_counter() - start)
            with transaction() as own:
                forgive(own, tried.account_key, all_of_them=True)
    known, unknown = (statistics.median(times) for times in taken.values())
    assert abs(known - unknown) < 0.5 * max(known, unknown)


def test_one_office_behind_one_address_keeps_working_while_each_mistypes(app, session):
    """Sixty people share one public address, and each mistypes twice at eight o'clock."""
    people = [EmployeeFactory(nip=f"19850412201001{1000 + n}") for n in range(60)]
    for employee in people:
        AccountFactory(employee=employee)
    session.commit()
    now = clock.now()
    for n in range(60):
        login = rules.login_name(f"19850412201001{1000 + n}")
        for _ in range(2):
            with transaction() as own:
                services.begin_log_in(own, login, address="36.66.1.1", now=now)
    with transaction() as own:
        assert services.begin_log_in(own, rules.login_name(f"19850412201001{1000}"), address="36.66.1.1", now=now)


def test_one_address_that_tries_many_people_is_stopped(session, person):
    """Somebody tries one common password on all NIPs."""
    now, stopped = clock.now(), 0
    for n in range(220):
        try:
            with transaction() as own:
                services.begin_log_in(
                    own, rules.login_name(f"19850412201001{1000 + n}"), address="203.0.113.5", now=now
                )
        except services.TooManyTries:
            stopped += 1
    assert stopped == 220 - rules.SOURCE.free
    with transaction() as own:  # the office next door goes on
        services.begin_log_in(own, rules.login_name(KNOWN), address="36.66.1.1", now=now)


def test_a_planted_session_is_worth_nothing(client, session, person):
    """Somebody plants his own cookie in the victim's browser and waits for the log-in."""
    client.set_cookie("sesi", "planted-token-that-is-no-session")
    answer = log_in(client)
    given = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("sesi="))
    assert "planted" not in given
    assert len(session.scalars(select(LoginSession)).all()) == 1


@pytest.mark.parametrize("end", ["log out", "password", "closed", "expired", "ended elsewhere"])
def test_a_stolen_token_dies_with_its_session(app, client, session, person, end):
    """Somebody copied the cookie; the owner logs out, or is logged out."""
    log_in(client)
    token = client.get_cookie("sesi").value
    thief = app.test_client()
    thief.set_cookie("sesi", token)
    assert thief.get("/akun").status_code == 200
    row = session.scalars(select(LoginSession)).one()
    session.commit()
    if end == "log out":
        client.submit("/keluar", page="/akun")
    elif end == "password":
        other = app.test_client()
        log_in(other)
        other.submit(
            "/akun/kata-sandi",
            {
                "kata_sandi_lama": PASSWORD,
                "kata_sandi_baru": "lontara sagu ombak",
                "ulangi": "lontara sagu ombak",
            },
            page="/akun/kata-sandi",
        )
    elif end == "closed":
        person.state = AccountState.DISABLED
        session.commit()
    elif end == "expired":
        row.expires_at = clock.now()
        session.commit()
    else:
        sessions.end(session, session_id=row.id, now=clock.now())
        session.commit()
    assert thief.get("/akun").status_code == 303


def test_another_site_cannot_act_with_the_persons_cookie(client, session, person, login_as):
    """A page elsewhere posts a form to us; the browser adds the cookie, but not the token."""
    login_as(person.employee)
    before = session.scalar(select(LoginSession.ended_at))
    session.commit()
    for url in (
        "/keluar",
        "/akun/sesi/akhiri-lainnya",
        "/akun/faktor-kedua/mulai",
        "/data-saya",
        "/akun/kata-sandi",
    ):
        answer = client.post(url, data={})
        assert answer.status_code in {405, 409}, url
        assert client.post(url, data={"csrf_token": "0" * 64}).status_code in {405, 409}, url
    session.expire_all()
    assert session.scalar(select(LoginSession.ended_at)) == before


def test_a_token_of_another_session_is_no_token(app, client, session, person, login_as):
    """Somebody uses the CSRF token of his own account in a form aimed at another."""
    mine = app.test_client()
    other = EmployeeFactory()
    session.commit()
    login_as(other, use=mine)
    token = mine.get("/akun/kata-sandi").get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    login_as(person.employee)
    assert client.post("/akun/sesi/akhiri-lainnya", data={"csrf_token": token}).status_code == 409


@pytest.mark.parametrize("target", ["https://jahat.example/", "//jahat.example", "/\\jahat.example", "javascript:x"])
def test_a_forged_link_to_the_log_in_leads_home(client, person, target):
    """A link in a chat leads to our log-in and from there to a copy of it elsewhere."""
    page = client.get("/masuk", query_string={"lanjut": target})
    assert "jahat" not in page.get_data(as_text=True)
    answer = client.submit("/masuk", {"nip": KNOWN, "kata_sandi": PASSWORD, "lanjut": target})
    assert answer.location == "/beranda"


def test_no_get_changes_anything(client, session, person, login_as):
    """A link or a picture with our address in a mail must not act."""
    login_as(person.employee)
    for url in ("/keluar", "/akun/sesi/akhiri-lainnya", "/akun/faktor-kedua/mulai"):
        assert client.get(url).status_code in {404, 405}, url
    assert client.get("/akun").status_code == 200


def test_hr_cannot_become_the_administrator_by_a_reset(client, session, login_as):
    """An officer resets the administrator's account and uses the code himself."""
    region = UnitFactory(kind="region")
    officer = AccountFactory(employee=EmployeeFactory(position=PositionFactory(unit=region)))
    boss = AccountFactory(employee=EmployeeFactory(position=PositionFactory(unit=region)))
    GrantFactory(account=officer, role=Role.HR, unit=region)
    GrantFactory(account=boss, role=Role.ADMIN, unit=region)
    session.commit()
    from lms.people.models import Employee

    employee = session.get(Employee, officer.employee_id)
    session.commit()
    login_as(employee)
    page = client.get(f"/admin/akun/{boss.public_id}")
    assert "/atur-ulang" not in page.get_data(as_text=True)
    answer = client.submit(f"/admin/akun/{boss.public_id}/atur-ulang")
    assert answer.status_code == 403
    session.expire_all()
    assert session.get(type(boss), boss.id).activation_hash is None


def test_accounts_outside_the_own_units_look_like_none(client, session, login_as):
    """An officer of one kelurahan walks through ids of another."""
    mine, theirs = UnitFactory(), UnitFactory()
    officer = EmployeeFactory(position=PositionFactory(unit=mine))
    other = AccountFactory(employee=EmployeeFactory(position=PositionFactory(unit=theirs)))
    session.commit()
    login_as(officer, (Role.HR, mine))
    answers = [client.get(f"/admin/akun/{one}") for one in (other.public_id, "01jzzzzzzzzzzzzzzzzzzzzzzz")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len(answers[0].get_data()) == len(answers[1].get_data())


def test_a_pending_second_factor_gives_no_rights_to_the_password_alone(session):
    """Somebody knows an officer's password; the officer has set up a second factor."""
    unit = UnitFactory()
    account = AccountFactory(totp="JBSWY3DPEHPK3PXP")
    GrantFactory(account=account, role=Role.HR, unit=unit)
    row, _token = sessions.begin(session, account_id=account.id, now=clock.now(), shared=False, half=True)
    actor = queries.load_actor(session, row)
    assert actor is None or not actor.may(Permission.PEOPLE_VIEW)


def test_sessions_over_plain_http_elsewhere_are_refused_with_words(app, client, person):
    """The installation is opened by its address in the office network, without https."""
    from lms.core.settings import Settings

    before = app.config["LMS"]
    app.config["LMS"] = Settings(
        env="test",
        home=before.home,
        database_url=before.database_url,
        host="0.0.0.0",
        base_url="http://10.1.2.3:8000",
    )
    try:
        page = client.get("/masuk").get_data(as_text=True)
        assert "https" in page
        assert "LMS_BASE_URL" in page
        assert log_in(client).status_code == 422
    finally:
        app.config["LMS"] = before
