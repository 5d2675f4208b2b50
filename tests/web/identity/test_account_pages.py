"""One's own account, data, delegations."""

from __future__ import annotations

import json

import pytest

from lms.core import clock
from lms.core.actor import Role
from lms.core.audit import ReadingNote
from lms.identity.models import Delegation
from tests.factories.identity import PASSWORD, GrantFactory
from tests.web.identity.conftest import NIP, text_of

PAGES = [
    "/akun",
    "/akun/kata-sandi",
    "/akun/sesi",
    "/akun/faktor-kedua",
    "/data-saya",
    "/delegasi",
    "/pemberitahuan",
]


@pytest.mark.parametrize("page", PAGES)
def test_every_own_page_stands_for_a_plain_person(client, town, login_as, page):
    login_as(town.staff.employee, second_factor=False)
    answer = client.get(page)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", [*PAGES, "/admin/akun", "/admin/kewenangan", "/admin/audit", "/admin/operasi"])
def test_no_page_opens_without_log_in(client, page):
    assert client.get(page).location.startswith("/masuk?lanjut=")


def test_own_pages_cost_few_statements(client, session, town, login_as, count_queries):
    login_as(town.staff.employee, second_factor=False)
    sizes = []
    for round_ in range(2):
        for _ in range(1 + round_ * 12):  # the first grant costs the statement that reads grants
            GrantFactory(account=town.staff, role=Role.MENTOR, unit=town.kelurahan)
            session.add(
                ReadingNote(
                    at=clock.now(), reader_employee_id=town.hr.employee_id, person_id=town.staff.employee_id,
                    page="profil",
                )
            )  # fmt: skip
        session.commit()
        for page in ("/akun", "/data-saya", "/akun/sesi"):
            client.get(page)
            with count_queries() as counted:
                assert client.get(page).status_code == 200
            sizes.append(len(counted))
    assert sizes[:3] == sizes[3:]
    assert max(sizes) <= 3 + 7  # session, actor (2), and what "Data saya" shows


def test_the_password_is_changed_with_the_old_one(client, town, enter):
    enter()
    fields = {
        "kata_sandi_lama": "bukan",
        "kata_sandi_baru": "lontara sagu ombak",
        "ulangi": "lontara sagu ombak",
    }
    refused = client.submit("/akun/kata-sandi", fields, page="/akun/kata-sandi")
    assert refused.status_code == 422
    assert "Kata sandi lama tidak cocok" in text_of(refused)
    fields["kata_sandi_lama"] = PASSWORD
    assert client.submit("/akun/kata-sandi", fields).status_code == 303
    assert client.get("/akun").status_code == 200
    other = client.application.test_client()
    assert enter(use=other).status_code == 422
    assert enter(password="lontara sagu ombak", use=other).status_code == 303


def test_another_device_is_shown_and_ended(app, client, town, enter):
    enter()
    telephone = app.test_client()
    enter(use=telephone)
    page = client.get("/akun/sesi")
    assert "Perangkat ini" in text_of(page)
    client.submit("/akun/sesi/akhiri-lainnya")
    assert telephone.get("/akun").status_code == 303
    assert client.get("/akun").status_code == 200


def test_somebody_elses_session_is_not_found(client, session, town, enter, login_as):
    from sqlalchemy import select

    from lms.core.sessions import LoginSession

    other = client.application.test_client()
    login_as(town.lurah.employee, use=other)
    theirs = session.scalars(select(LoginSession.public_id)).one()
    session.rollback()
    enter()
    assert client.submit(f"/akun/sesi/{theirs}/akhiri", page="/akun/sesi").status_code == 404
    assert other.get("/akun").status_code == 200


def test_own_data_are_whole_and_can_be_taken_along(client, session, town, login_as):
    session.add(
        ReadingNote(
            at=clock.now(),
            reader_employee_id=town.hr.employee_id,
            person_id=town.staff.employee_id,
            page="profil",
        )
    )
    session.commit()
    login_as(town.staff.employee, second_factor=False)
    page = text_of(client.get("/data-saya"))
    assert "Hasnah Pegawaian" in page
    assert "19850412 201001 2 003" in page
    answer = client.get("/data-saya/unduh")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert NIP not in answer.headers["Content-Disposition"]
    document = json.loads(answer.get_data(as_text=True))
    assert document["profil"]["numbers"][0][0] == NIP
    assert document["dibaca_oleh"][0]["reader_name"] == "Hasnah Pegawaian"


def test_a_lurah_names_a_stand_in_within_four_clicks(app, client, session, town, login_as):
    login_as(town.lurah.employee)
    found = client.get("/delegasi/baru?cari=rahmawati")
    assert "Rahmawati Saleng" in text_of(found)
    assert NIP not in found.get_data(as_text=True)
    form = f"/delegasi/baru?akun={town.staff.public_id}"
    page = client.get(form)
    assert "Atasan, Kelurahan Tompotikka" in text_of(page)
    fields = {
        "hak": f"atasan:{town.kelurahan.public_id}",
        "jenis": "plh",
        "mulai": _day(0),
        "sampai": _day(6),
    }
    done = client.submit(form, fields)
    assert done.location == "/delegasi"
    assert "Berlaku" in text_of(client.get("/delegasi"))
    row = session.query(Delegation).one()
    session.rollback()
    other = app.test_client()
    login_as(town.staff.employee, use=other)
    assert "Rahmawati Saleng menggantikan Baso Lurah" in text_of(other.get("/delegasi"))
    other.submit(f"/delegasi/{row.public_id}/akhiri", page="/delegasi")
    assert "Diakhiri" in text_of(client.get("/delegasi"))


def test_a_delegation_against_the_rules_is_explained(client, town, login_as):
    login_as(town.lurah.employee)
    form = f"/delegasi/baru?akun={town.staff.public_id}"
    fields = {
        "hak": f"atasan:{town.kelurahan.public_id}",
        "jenis": "plh",
        "mulai": _day(-3),
        "sampai": _day(6),
    }
    client.get(form)
    answer = client.submit(form, fields)
    assert answer.status_code == 409
    assert "Hari mulai sudah lewat." in text_of(answer)


def _day(offset):
    from datetime import timedelta

    day = clock.local_day(clock.now(), "Asia/Makassar") + timedelta(days=offset)
    return f"{day.day}/{day.month}/{day.year}"
