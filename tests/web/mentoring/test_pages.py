"""Pages of mentoring through the strict client."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from lms.core.actor import Role
from lms.core.db import current_session
from lms.courses.models import JpEntry
from lms.mentoring.models import Pairing, PairingState, SessionLog, SessionState
from tests.factories.mentoring import NOW, PairingFactory, SessionLogFactory, office
from tests.factories.people import EmployeeFactory, PositionFactory


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place(session):
    made = office()
    made.pairing = PairingFactory(mentor_id=made.mentor.id, mentee_id=made.mentee.id)
    session.commit()
    return made


def log_of(session):
    session.rollback()
    session.expire_all()
    return session.scalars(select(SessionLog).order_by(SessionLog.id)).all()


FIELDS = {"tanggal": "24/11/2026", "jam": "14.05", "lama": "60", "cara": "telepon", "topik": "aduan",
          "isi": "Menyimak dua aduan di loket.", "langkah": "Tangani satu aduan penuh", "sampai": "4 Desember 2026",
          "pribadi": "Rahasia mentor"}  # fmt: skip


def test_the_whole_way_of_a_session(session, place, login_as, app):
    mentor = login_as(place.mentor)
    home = mentor.get("/mentoring")
    assert "Rahmawati Saleng" in home.text
    page = mentor.get(f"/mentoring/{place.pairing.public_id}/sesi")
    assert 'value="24/11/2026"' in page.text
    assert 'value="14.05"' in page.text
    assert "Sesi pertama bulan ini bersama Rahmawati Saleng: 2 JP" in page.text
    fields = {"mentee": place.pairing.public_id, **FIELDS}
    for _ in range(2):  # the second sending leads to the first result
        answer = mentor.submit(f"/mentoring/{place.pairing.public_id}/sesi", fields)
        assert answer.status_code == 303
    (row,) = log_of(session)
    assert (row.held_on, row.next_on, row.topics) == (date(2026, 11, 24), date(2026, 12, 4), ["aduan"])
    again = mentor.get(f"/mentoring/{place.pairing.public_id}/sesi")
    assert "Tangani satu aduan penuh" in again.text
    assert "Sesi kedua bulan ini" in again.text
    mine = mentor.get(f"/mentoring/sesi/{row.public_id}")
    assert "Rahasia mentor" in mine.text

    mentee = login_as(place.mentee, use=app.test_client())
    assert "Benarkan sesi bersama Suriani" in mentee.get("/beranda").text
    theirs = mentee.get(f"/mentoring/sesi/{row.public_id}")
    assert "Rahasia" not in theirs.text
    mentee.submit(f"/mentoring/sesi/{row.public_id}/konfirmasi", {"version": row.version})
    assert log_of(session)[0].state is SessionState.CONFIRMED
    assert session.scalars(select(JpEntry.credited_jp)).all() == [2]
    assert "Pertemuan berikut" in mentee.get("/beranda").text
    assert "2 JP" in mentee.get(f"/mentoring/{place.pairing.public_id}").text
    book = mentee.get(f"/mentoring/{place.pairing.public_id}/buku?dari=1/11/2026&sampai=30/11/2026")
    assert "Menyimak dua aduan" in book.text
    sheet = mentee.get(f"/mentoring/{place.pairing.public_id}/buku.xlsx")
    assert sheet.data[:2] == b"PK"


def test_wrong_fields_are_named_and_what_was_typed_stays(session, place, login_as):
    mentor = login_as(place.mentor)
    there = f"/mentoring/{place.pairing.public_id}/sesi"
    mentor.get(there)
    answer = mentor.submit(there, {**FIELDS, "mentee": place.pairing.public_id, "jam": "15.30"})
    assert answer.status_code == 422
    assert "Sesi ini belum selesai" in answer.text
    assert "Menyimak dua aduan di loket." in answer.text
    answer = mentor.submit(there, {**FIELDS, "mentee": place.pairing.public_id, "isi": "", "tanggal": "99/99"})
    assert answer.status_code == 422
    assert log_of(session) == []


def test_the_third_session_of_the_month_is_told_before(session, place, login_as):
    for day in (3, 5):
        SessionLogFactory(pairing_id=place.pairing.id, held_on=date(2026, 11, day), starts_at=NOW.replace(day=day))
    session.commit()
    page = login_as(place.mentor).get(f"/mentoring/{place.pairing.public_id}/sesi")
    assert "Sesi ketiga bulan ini bersama Rahmawati Saleng: tercatat, 0 JP" in page.text


def test_an_older_version_meets_the_conflict_page(session, place, login_as):
    row = SessionLogFactory(pairing_id=place.pairing.id)
    session.commit()
    mentor = login_as(place.mentor)
    there = f"/mentoring/sesi/{row.public_id}/ubah"
    mentor.get(there)
    fields = {**FIELDS, "tanggal": "10/11/2026", "jam": "10.00"}
    assert mentor.submit(there, {**fields, "version": "1"}).status_code == 303
    answer = mentor.submit(there, {**fields, "version": "1", "isi": "Versi lama"})
    assert answer.status_code == 409
    assert "Isian Anda belum disimpan" in answer.text
    assert "Versi lama" in answer.text


def test_dispute_and_cancel(session, place, login_as, app):
    row = SessionLogFactory(pairing_id=place.pairing.id)
    session.commit()
    mentee = login_as(place.mentee)
    mentee.get(f"/mentoring/sesi/{row.public_id}")
    mentee.submit(f"/mentoring/sesi/{row.public_id}/sanggah", {"version": "1", "catatan": "Hanya 30 menit"})
    assert log_of(session)[0].mentee_note == "Hanya 30 menit"
    mentor = login_as(place.mentor, use=app.test_client())
    assert "Hanya 30 menit" in mentor.get(f"/mentoring/sesi/{row.public_id}/ubah").text
    mentor.get(f"/mentoring/sesi/{row.public_id}/batal")
    assert mentor.submit(f"/mentoring/sesi/{row.public_id}/batal").status_code == 303
    assert log_of(session)[0].state is SessionState.CANCELLED


def test_a_mentor_cannot_confirm(session, place, login_as):
    row = SessionLogFactory(pairing_id=place.pairing.id)
    session.commit()
    mentor = login_as(place.mentor)
    mentor.get("/mentoring")
    assert mentor.submit(f"/mentoring/sesi/{row.public_id}/konfirmasi").status_code == 403
    assert log_of(session)[0].state is SessionState.RECORDED


def test_a_coordinator_pairs_and_ends(session, place, login_as):
    mentee = EmployeeFactory(name="Yuliana Tangdilintin", position=PositionFactory(unit=place.there))
    session.commit()
    client = login_as(place.coordinator, (Role.KOORDINATOR, place.city))
    found = client.get("/mentoring/pasangan/baru?cari=yuliana")
    assert mentee.public_id in found.text
    there = f"/mentoring/pasangan/baru?mentee={mentee.public_id}"
    page = client.get(there)
    assert "Suriani Parenrengi" in page.text
    assert "Satu garis atasan" in page.text
    fields = {"mentor": place.mentor.public_id, "kompetensi": "", "tujuan": "Menangani aduan", "irama": "14",
              "mulai": "24/11/2026", "sampai": "24/05/2027"}  # fmt: skip
    assert client.submit(there, {**fields, "mentor": ""}).status_code == 422
    blocked = client.submit(there, {**fields, "mentor": place.head.public_id})
    assert blocked.status_code == 409
    assert "garis atasan" in blocked.text
    answer = client.submit(there, fields, page=there)
    assert answer.status_code == 303
    shown = client.get(answer.location)
    assert "hanya milik mentor dan mentee" in shown.text
    overview = client.get("/mentoring/koordinasi?tampil=silent")
    assert "Rahmawati Saleng" in overview.text
    assert client.get("/mentoring/koordinasi.xlsx?tampil=silent").data[:2] == b"PK"
    end = f"/mentoring/{place.pairing.public_id}/akhiri"
    client.get(end)
    assert client.submit(end, {"alasan": ""}).status_code == 422
    assert client.submit(end, {"alasan": "Mentor pindah tugas"}).status_code == 303
    session.rollback()
    session.expire_all()
    assert session.get(Pairing, place.pairing.id).state is PairingState.ENDED


def test_words_are_closed_to_everybody_else(session, place, login_as, app):
    row = SessionLogFactory(pairing_id=place.pairing.id)
    session.commit()
    for person, right in ((place.coordinator, Role.KOORDINATOR), (place.head, Role.HR)):
        client = login_as(person, (right, place.city), use=app.test_client())
        assert client.get(f"/mentoring/sesi/{row.public_id}").status_code == 404
        assert client.get(f"/mentoring/{place.pairing.public_id}/buku").status_code == 404
        assert row.discussion not in client.get(f"/mentoring/{place.pairing.public_id}").text
        counts = client.get("/mentoring/rekap")
        assert counts.status_code == 200
        assert "Kecamatan Telluwanua" in counts.text
        assert "Rahmawati" not in counts.text
        assert client.get("/mentoring/rekap.xlsx").data[:2] == b"PK"
    assert app.test_client().get("/mentoring").status_code in {302, 303}


def test_empty_pages_say_how_to_go_on(session, place, login_as, app):
    lonely = login_as(place.head)
    assert "Belum ada pasangan mentoring" in lonely.get("/mentoring").text
    client = login_as(place.coordinator, (Role.KOORDINATOR, place.here), use=app.test_client())
    assert "Belum ada pasangan" in client.get("/mentoring/koordinasi").text
    assert client.get("/mentoring/pasangan/baru?cari=zzz").status_code == 200
    assert lonely.get("/mentoring/koordinasi").status_code == 403
    assert lonely.get(f"/mentoring/{place.pairing.public_id}").status_code == 404


def test_pages_cost_the_same_whatever_their_length(session, place, login_as, count_queries):
    client = login_as(place.mentor, (Role.KOORDINATOR, place.city))
    counts = []
    for _size in range(2):
        for _ in range(4):
            mentee = EmployeeFactory(position=PositionFactory(unit=place.there))
            SessionLogFactory(pairing_id=PairingFactory(mentor_id=place.mentor.id, mentee_id=mentee.id).id)
        current_session().commit()
        client.get("/mentoring")
        with count_queries() as counted:
            client.get("/mentoring")
            client.get("/mentoring/koordinasi")
        # Notes of who read whom grow with the people that a page shows, in one statement.
        counts.append(len(counted))
    assert counts[0] == counts[1]
