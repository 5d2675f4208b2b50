"""Access of others: search, reset, close, grants, trail, state of the system."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from lms.core import clock
from lms.core.actor import Role
from lms.core.jobs import OutboxJob
from lms.core.mail import OutgoingMail
from lms.identity.models import AccountState, Grant
from tests.web.identity.conftest import NIP, SECRET, code_of, text_of


@pytest.fixture
def hr(client, town, login_as):
    return login_as(town.hr.employee)


@pytest.fixture
def admin(client, town, login_as):
    return login_as(town.admin.employee)


@pytest.mark.parametrize("typed", ["rahmawati", "19850412 201001 2 003", "Tompotikka"])
def test_a_caller_is_found_however_asked_for(hr, town, typed):
    page = hr.get("/admin/akun", query_string={"cari": typed})
    assert "Rahmawati Saleng" in text_of(page)
    assert NIP not in page.get_data(as_text=True).replace(f'value="{NIP}"', "")


def test_nothing_found_says_what_to_do(hr):
    assert "Tidak ada akun yang cocok" in text_of(hr.get("/admin/akun?cari=zzzz"))


def test_a_reset_gives_a_code_once_that_works(app, hr, town):
    page = f"/admin/akun/{town.staff.public_id}"
    assert "Buat kode aktivasi baru" in text_of(hr.get(page))
    hr.get(f"{page}/atur-ulang")
    shown = hr.submit(f"{page}/atur-ulang")
    assert shown.status_code == 200
    code = shown.get_data(as_text=True).split('<p class="code">')[1].split("<")[0]
    other = app.test_client()
    assert other.submit("/aktivasi", {"kode": code}, page="/aktivasi").status_code == 200
    assert code not in hr.get(page).get_data(as_text=True)


def test_an_act_on_others_asks_for_the_code_again_after_half_an_hour(hr, town):
    page = f"/admin/akun/{town.staff.public_id}/atur-ulang"
    hr.get(page)
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        asked = hr.submit(page)
        assert asked.location.startswith("/masuk/ulang?lanjut=/admin/akun/")
        hr.get(asked.location)
        wrong = hr.submit("/masuk/ulang", {"kode": "000000", "lanjut": page})
        assert wrong.status_code == 422
        done = hr.submit("/masuk/ulang", {"kode": code_of(SECRET, clock.now()), "lanjut": page})
        assert done.location == page
        assert hr.get(page).status_code == 200


def test_closing_asks_why(hr, town):
    page = f"/admin/akun/{town.staff.public_id}/tutup"
    hr.get(page)
    assert hr.submit(page, {"alasan": ""}).status_code == 422
    assert hr.submit(page, {"alasan": "Pensiun"}).status_code == 303
    account = hr.get(f"/admin/akun/{town.staff.public_id}")
    assert "Ditutup" in text_of(account)
    reopened = hr.submit(f"/admin/akun/{town.staff.public_id}/buka")
    assert "1 kode aktivasi" in text_of(reopened)


def test_codes_for_a_whole_unit_are_shown_once(hr, session, town):
    town.staff.state = AccountState.PENDING
    session.commit()
    hr.get("/admin/akun")
    shown = hr.submit("/admin/akun/kode", {"unit": town.kecamatan.public_id})
    assert "1 kode aktivasi" in text_of(shown)
    hr.get("/admin/akun")
    session.rollback()


def test_an_admin_gives_and_revokes_a_role(admin, session, town):
    found = admin.get("/admin/kewenangan/baru?cari=rahmawati")
    assert "Rahmawati Saleng" in text_of(found)
    form = f"/admin/kewenangan/baru?akun={town.staff.public_id}"
    admin.get(form)
    assert admin.submit(form, {"kewenangan": "", "unit": "", "mulai": "kapan"}).status_code == 422
    fields = {
        "kewenangan": "hr",
        "unit": town.kelurahan.public_id,
        "mulai": "1/1/2025",
        "alasan": "SK 12/2026",
    }
    done = admin.submit(form, fields)
    assert done.location == "/admin/kewenangan"
    assert "SK 12/2026" in text_of(admin.get("/admin/kewenangan?cari=rahmawati"))
    grant = session.query(Grant).filter_by(account_id=town.staff.id, role=Role.HR).one()
    session.rollback()
    page = f"/admin/kewenangan/{grant.public_id}/cabut"
    admin.get(page)
    admin.submit(page, {"alasan": "Selesai tugas"})
    assert "SK 12/2026" not in text_of(admin.get("/admin/kewenangan?cari=rahmawati"))
    assert "Dicabut" in text_of(admin.get("/admin/kewenangan?cari=rahmawati&lama=1"))


def test_hr_is_not_offered_what_it_may_not_give(hr, town):
    page = text_of(hr.get(f"/admin/kewenangan/baru?akun={town.staff.public_id}"))
    assert "Mentor" in page
    assert "Pengelola sistem" not in page


def test_a_role_against_the_rules_is_explained(hr, town):
    form = f"/admin/kewenangan/baru?akun={town.hr.public_id}"
    hr.get(form)
    fields = {"kewenangan": "atasan", "unit": town.region.public_id, "mulai": "1/1/2025", "alasan": "SK"}
    answer = hr.submit(form, fields)
    assert answer.status_code == 403
    assert "kepada diri sendiri" in text_of(answer)


def test_the_trail_tells_who_changed_what(hr, town):
    page = f"/admin/akun/{town.staff.public_id}/tutup"
    hr.get(page)
    hr.submit(page, {"alasan": "Pindah ke provinsi"})
    trail = text_of(hr.get("/admin/audit?cari=rahmawati&tindakan=account.disable"))
    assert "Hasnah Pegawaian" in trail
    assert "Pindah ke provinsi" in trail
    assert "Tidak ada jejak" in text_of(hr.get("/admin/audit?cari=rahmawati&sampai=1/1/2020"))


@pytest.mark.parametrize("page", ["/admin/akun/unduh", "/admin/kewenangan/unduh", "/admin/audit/unduh"])
def test_lists_leave_as_spreadsheets(hr, page):
    answer = hr.get(page)
    assert answer.status_code == 200
    assert answer.data[:2] == b"PK"


def test_lists_cost_the_same_at_any_length(hr, session, town, count_queries):
    counts = []
    for many in (1, 20):
        for _ in range(many):
            town.person(town.kelurahan, (Role.MENTOR, town.kelurahan))
        session.commit()
        for page in ("/admin/akun", "/admin/kewenangan", "/admin/audit"):
            hr.get(page)
            with count_queries() as counted:
                assert hr.get(page).status_code == 200
            counts.append(len(counted))
    assert counts[:3] == counts[3:]
    assert max(counts) <= 3 + 3


def test_long_lists_go_on_over_pages(hr, session, town):
    for _ in range(30):
        town.person(town.kelurahan)
    session.commit()
    page = hr.get("/admin/akun")
    assert "34 akun" in text_of(page)
    assert "/admin/akun?hal=2" in page.get_data(as_text=True)
    assert hr.get("/admin/akun?hal=2").status_code == 200
    assert hr.get("/admin/akun?hal=9999999999").status_code == 200


def test_a_long_trail_goes_on_without_showing_ids(hr, session, town, enter, app):
    for _ in range(30):
        from lms.core.actor import SYSTEM
        from lms.core.audit import record

        record(session, SYSTEM, action="account.open", subject=("account", 1), person_id=town.staff.employee_id)
    session.commit()
    html = hr.get("/admin/audit").get_data(as_text=True)
    link = html.split("sebelum=")[1].split('"')[0].replace("&amp;", "&")
    assert not link.isdigit()
    assert hr.get(f"/admin/audit?sebelum={link}").status_code == 200
    assert hr.get("/admin/audit?sebelum=ngawur").status_code == 200


def test_the_state_of_the_system_is_told_in_words(admin, session):
    now = clock.now()
    session.add(
        OutboxJob(
            task="notifications.send_mail", payload={}, created_at=now, run_after=now, parked_at=now, tries=5,
            last_error="relay away",
        )
    )  # fmt: skip
    session.commit()
    page = admin.get("/admin/operasi")
    words = text_of(page)
    assert "1 tugas tertahan." in words
    assert "relay away" in words
    place = page.get_data(as_text=True).split('name="tugas" value="')[1].split('"')[0]
    assert not place.isdigit()
    assert admin.submit("/admin/operasi/ulang", {"tugas": place}).status_code == 303
    assert "Tidak ada. Semua tugas latar" in text_of(admin.get("/admin/operasi"))
    assert admin.submit("/admin/operasi/ulang", {"tugas": "1"}, page="/admin/akun").status_code == 404


def test_kept_mails_are_readable(admin, session):
    session.add(
        OutgoingMail(
            created_at=clock.now(), to_address="andi@palopo.example", subject="Kepesertaan disetujui",
            body_text="Yth. Andi", sent_at=None,
        )
    )  # fmt: skip
    session.commit()
    words = text_of(admin.get("/admin/surat-keluar"))
    assert "Kepesertaan disetujui" in words
    assert "Surel tidak dikirim keluar." in words


@pytest.mark.parametrize("page", ["/admin/operasi", "/admin/surat-keluar"])
def test_hr_does_not_run_the_system(hr, page):
    assert hr.get(page).status_code == 403
