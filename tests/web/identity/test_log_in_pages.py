"""Log-in, code, activation and log-out as a person meets them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lms.core import clock
from lms.core.db import transaction
from lms.core.sessions import LoginSession
from lms.identity import services
from lms.identity.models import Account, AccountState
from tests.web.identity.conftest import NIP, PASSWORD, SECRET, code_of, text_of


def test_the_page_is_open_and_has_the_agreed_fields(client):
    page = client.get("/masuk")
    assert page.status_code == 200
    html = page.get_data(as_text=True)
    assert '<html lang="id"' in html
    for name in ("nip", "kata_sandi", "bersama", "lanjut"):
        assert f'name="{name}"' in html
    assert "Ini komputer bersama" in html
    assert page.headers["Cache-Control"] == "no-store"


def test_a_person_enters_and_leaves(client, town, enter):
    answer = enter("19850412 201001 2 003")
    assert (answer.status_code, answer.location) == (303, "/beranda")
    cookie = answer.headers.getlist("Set-Cookie")
    assert any(one.startswith("sesi=") and "HttpOnly" in one and "SameSite=Lax" in one for one in cookie)
    assert client.get("/akun").status_code == 200
    left = client.submit("/keluar", page="/akun")
    assert left.status_code == 303
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Anda sudah keluar." in text_of(client.get(left.location))
    assert client.get("/akun").status_code == 303


def test_a_wrong_password_says_what_to_do_and_keeps_the_name(client, town, enter):
    answer = enter(password="bukan ini")
    assert answer.status_code == 422
    assert "NIP atau kata sandi tidak cocok." in text_of(answer)
    assert NIP in answer.get_data(as_text=True)
    assert "bukan ini" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("19850412 201001 2 00", "Anda mengetik 17."),
        ("", "Isi NIP atau nama masuk."),
        ("ibu ratna", "Nama masuk hanya"),
    ],
)
def test_a_malformed_name_is_told_at_the_field(client, enter, typed, said):
    answer = enter(typed)
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_log_in_leads_on_to_the_page_that_was_asked_for(client, town, enter):
    sent = client.get("/akun/sesi")
    assert sent.location == "/masuk?lanjut=/akun/sesi"
    client.get(sent.location)
    answer = client.submit("/masuk", {"nip": NIP, "kata_sandi": PASSWORD, "lanjut": "/akun/sesi"}, page=sent.location)
    assert answer.location == "/akun/sesi"


def test_too_many_tries_wait_and_say_how_long(client, town, enter):
    for _ in range(5):
        enter(password="bukan ini")
    answer = enter()
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 30
    assert "Tunggu" in text_of(answer)


def test_the_second_factor_comes_between(client, town, enter):
    town.hr.login = "hasnah"
    from lms.core.db import current_session

    current_session().commit()
    answer = enter("hasnah")
    assert answer.location.startswith("/masuk/kode")
    assert client.get("/akun").status_code == 303  # the half session gives no right
    page = client.get(answer.location)
    assert 'name="kode"' in page.get_data(as_text=True)
    assert client.submit("/masuk/kode", {"kode": "000000"}).status_code == 422
    done = client.submit("/masuk/kode", {"kode": code_of(SECRET, clock.now())})
    assert (done.status_code, done.location) == (303, "/beranda")
    assert client.get("/admin/akun").status_code == 200


def test_without_a_half_session_the_code_page_leads_back(client):
    assert client.get("/masuk/kode").location.startswith("/masuk")


def test_whoever_needs_a_second_factor_is_led_to_set_it_up(client, session, town, enter):
    town.staff.state = AccountState.ACTIVE
    from lms.core.actor import Role
    from tests.factories.identity import GrantFactory

    GrantFactory(account=town.staff, role=Role.HR, unit=town.region)
    session.commit()
    answer = enter()
    assert answer.location.startswith("/akun/faktor-kedua")
    page = client.get(answer.location)
    assert "Kewenangan Anda menunggu faktor kedua." in text_of(page)
    assert client.get("/admin/akun").status_code == 403
    client.submit("/akun/faktor-kedua/mulai")
    page = client.get("/akun/faktor-kedua")
    assert "<svg" in page.get_data(as_text=True)
    session.expire_all()
    secret = services.stored_secret(session.get(Account, town.staff.id))
    session.rollback()
    assert NIP not in page.get_data(as_text=True)
    codes = client.submit("/akun/faktor-kedua", {"kode": code_of(secret, clock.now())})
    assert codes.status_code == 200
    assert "hanya tampil sekali" in text_of(codes)
    assert client.get("/admin/akun").status_code == 200


def test_activation_from_code_to_home(client, session, town):
    town.staff.state, town.staff.password_hash = AccountState.PENDING, None
    session.commit()
    with transaction() as own:
        code = services.reset_by_operator(own, town.staff, now=clock.now(), clear_factor=False)
    step = client.submit("/aktivasi", {"kode": code.lower()}, page="/aktivasi")
    assert step.status_code == 200
    assert "Rahmawati Saleng" in text_of(step)
    fields = {"kode": code, "kata_sandi_baru": "rahmawati palopo", "ulangi": "rahmawati palopo"}
    refused = client.submit("/aktivasi/kata-sandi", fields)
    assert refused.status_code == 422
    assert "memuat nama" in text_of(refused)
    fields |= {"kata_sandi_baru": "lontara sagu ombak", "ulangi": "lontara sagu ombok"}
    assert "Kedua kata sandi berbeda" in text_of(client.submit("/aktivasi/kata-sandi", fields))
    fields |= {"ulangi": "lontara sagu ombak"}
    done = client.submit("/aktivasi/kata-sandi", fields)
    assert (done.status_code, done.location) == (303, "/beranda")
    assert client.get("/akun").status_code == 200
    again = client.submit("/aktivasi", {"kode": code}, page="/aktivasi")
    assert again.status_code == 422


def test_a_shared_computer_forgets_after_fifteen_minutes(client, town, enter):
    with time_machine.travel(clock.now(), tick=False) as moved:
        answer = enter(bersama="y")
        cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("sesi="))
        assert "Max-Age" not in cookie  # it goes when the browser is closed
        assert not any(one.startswith("perangkat=") for one in answer.headers.getlist("Set-Cookie"))
        moved.shift(timedelta(minutes=10))
        page = client.get("/akun")
        assert page.status_code == 200
        assert "shared." in page.get_data(as_text=True)  # the warning two minutes before the end
        moved.shift(timedelta(minutes=14))
        assert client.get("/akun").status_code == 200
        moved.shift(timedelta(minutes=15))
        assert client.get("/akun").status_code == 303
        log_in = client.get("/masuk").get_data(as_text=True)
        assert 'autocomplete="off"' in log_in
        assert NIP not in log_in


def test_a_new_log_in_ends_the_session_held_before(client, session, town, enter):
    enter()
    client.get("/akun")
    first = session.scalars(select(LoginSession)).one()
    session.rollback()
    page = client.get("/akun").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/masuk", data={"nip": NIP, "kata_sandi": PASSWORD, "csrf_token": token})
    session.expire_all()
    assert session.get(LoginSession, first.id).ended_at is not None


def test_flask_login_mirrors_the_account(app, client, town, enter):
    from flask_login import current_user

    seen = []

    def look(response):
        if getattr(current_user, "is_authenticated", False):
            seen.append(current_user.get_id())
        return response

    app.after_request_funcs.setdefault(None, []).append(look)
    try:
        enter()
        client.get("/akun")
    finally:
        app.after_request_funcs[None].remove(look)
    assert seen == [town.staff.public_id]


def test_static_files_stay_cacheable_for_all(client):
    from lms.web.static import Assets

    answer = client.get(Assets().url("css/bina.css"))
    assert "Cookie" not in answer.headers.get("Vary", "")
