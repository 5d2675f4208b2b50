"""The page of notices and its line on the home page."""

from __future__ import annotations

import pytest

from lms.core.actor import Role
from lms.notifications import services
from tests.factories.people import EmployeeFactory, UnitFactory


@pytest.fixture
def person(session):
    row = EmployeeFactory(name="Andi Tenri")
    session.commit()
    return row


def tell(session, person, many=1, **kwargs):
    for number in range(many):
        services.notify(
            session, employee_id=person.id, kind="x.y", title=f"Kabar nomor {number + 1}",
            **{"body": "Isi kabar.", "url": "/akun", "unique_key": f"x:{number}", **kwargs},
        )  # fmt: skip
    session.commit()


def test_nothing_yet_says_what_will_come(client, person, login_as):
    login_as(person)
    assert "Belum ada pemberitahuan" in client.get("/pemberitahuan").get_data(as_text=True)


def test_a_notice_is_read_and_leads_on(client, session, person, login_as):
    tell(session, person)
    login_as(person)
    assert "1 pemberitahuan belum dibaca" in client.get("/beranda").get_data(as_text=True)
    page = client.get("/pemberitahuan").get_data(as_text=True)
    action = page.split('action="/pemberitahuan/')[1].split('"')[0]
    assert client.submit(f"/pemberitahuan/{action}").location == "/akun"
    assert "belum dibaca" not in client.get("/beranda").get_data(as_text=True)
    assert "Tidak ada pemberitahuan baru" in client.get("/pemberitahuan?tampil=baru").get_data(as_text=True)


def test_all_are_marked_at_once_and_long_lists_go_on(client, session, person, login_as, count_queries):
    tell(session, person, many=30)
    login_as(person)
    client.get("/pemberitahuan")
    with count_queries() as counted:
        page = client.get("/pemberitahuan").get_data(as_text=True)
    assert len(counted) <= 3 + 2
    assert "Kabar nomor 30" in page
    assert "Kabar nomor 5<" not in page
    following = page.split('href="/pemberitahuan?sebelum=')[1].split('"')[0]
    assert "Kabar nomor 5" in client.get(f"/pemberitahuan?sebelum={following}").get_data(as_text=True)
    client.submit("/pemberitahuan/dibaca")
    assert "Belum dibaca (0)" in client.get("/pemberitahuan").get_data(as_text=True)


def test_text_in_a_notice_is_only_text(client, session, person, login_as):
    tell(session, person, body="<script>alert(1)</script>")
    login_as(person)
    assert "<script>alert" not in client.get("/pemberitahuan").get_data(as_text=True)


def test_choices_are_kept_and_the_office_s_word_is_shown(session, login_as):
    person, unit = EmployeeFactory(name="Andi Tenri"), UnitFactory()
    session.commit()
    mine = login_as(person, (Role.ADMIN, unit))
    page = "/pemberitahuan/pilihan"
    mine.submit(page, {"learning": "daily", "mentoring": "nonsense", "access": "never"}, page=page)
    shown = mine.get(page).get_data(as_text=True)
    assert '<option value="daily" selected>' in shown
    office = "/admin/pemberitahuan"
    mine.submit(office, {"learning": "at_once", "learning-kunci": "ya"}, page=office)
    shown = mine.get(page).get_data(as_text=True)
    assert shown.count("Ditetapkan kantor") == 2
    assert 'name="learning"' not in shown
