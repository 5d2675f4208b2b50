"""JP from elsewhere: sent with a proof, sent back, amended, approved under the caps, corrected; nobody for oneself."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select

from lms.core.actor import Actor, ActorGrant, Role
from lms.core.db import transaction
from lms.core.errors import Conflict, Forbidden, Invalid, Refused
from lms.courses import queries, services
from lms.courses.models import ClaimState, JpClaim, JpEntry
from lms.identity.policies import permissions_of
from lms.notifications.models import Notice
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory
from tests.unit.courses.test_claims import facts

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
PDF = b"%PDF-1.4\nbukti"
FIELDS = {
    "title": "Seminar Pelayanan Ramah", "provider": "Universitas Tepian Luwu", "learning_form": "9",
    "starts_on": "03/11/2026", "ends_on": "04/11/2026", "claimed_jp": "8", "certificate_number": "UTL/12/2026",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def office(session):
    unit = UnitFactory(name="Kelurahan Boting")
    people = [EmployeeFactory(name=n, position=PositionFactory(unit=unit)) for n in ("Hasnah Daud", "Rusdi Tahir")]
    session.commit()
    return unit, *people


def acting(person, unit):
    grant = ActorGrant(Role.HR, unit.path, permissions_of(Role.HR))
    return Actor(account_id=None, employee_id=person.id, name=person.name, grants=(grant,))


def send(person, data=None, **changed):
    proof = services.Proof("bukti.pdf", PDF if data is None else data)
    own = Actor(account_id=None, employee_id=person.id, name=person.name)
    with transaction() as session:
        claim = services.submit_claim(
            session, own, services.ClaimData(facts(**changed), proof), now=NOW, today=NOW.date()
        )
    return claim.public_id


def state_of(session, public_id):
    session.rollback()
    found = session.scalars(select(JpClaim).where(JpClaim.public_id == public_id)).one()
    session.refresh(found)
    held = found.state, found.version
    session.rollback()
    return held


def test_a_claim_goes_from_the_form_to_the_ledger(session, office, login_as, client):
    unit, clerk, officer = office
    mine = login_as(clerk)
    answer = mine.submit(
        "/jp/klaim/baru", {**FIELDS, "proof": (io.BytesIO(PDF), "198503302009021900 bukti.pdf")}, page="/jp/klaim/baru"
    )
    assert answer.status_code == 303
    where = answer.headers["Location"]
    page = mine.get(where).get_data(as_text=True)
    assert "Menunggu" in page
    assert "198503302009021900" not in page
    proof = mine.get(where + "/berkas")
    assert (proof.data, proof.headers["Content-Disposition"]) == (PDF, "attachment; filename=bukti-20261104.pdf")
    theirs = login_as(officer, (Role.HR, unit), second_factor=True)
    assert "Seminar Pelayanan Ramah" in theirs.get("/jp/tinjau").get_data(as_text=True)
    review = where.replace("/jp/klaim/", "/jp/tinjau/")
    less = theirs.submit(review, {"putusan": "setuju", "jp": "6", "note": "", "version": "1"}, page=review)
    assert less.status_code == 422
    assert "Tulis mengapa JP dikurangi" in less.get_data(as_text=True)
    done = theirs.submit(
        review, {"putusan": "setuju", "jp": "6", "note": "Hari kedua setengah hari.", "version": "1"}, page=review
    )
    assert done.status_code == 303
    session.rollback()
    entry = session.scalars(select(JpEntry).where(JpEntry.source_kind == "claim")).one()
    assert (entry.credited_jp, entry.employee_id, entry.held_on.isoformat()) == (6, clerk.id, "2026-11-04")
    assert session.scalars(select(Notice.kind).where(Notice.employee_id == clerk.id)).one() == "courses.claim_approved"
    session.rollback()
    undo = f"/jp/koreksi/{entry.public_id}"
    assert theirs.submit(undo, {"alasan": "Sertifikat ternyata palsu."}, page=undo).status_code == 303
    ledger = theirs.get(f"/jp/pegawai/{clerk.public_id}").get_data(as_text=True)
    assert "Dikoreksi" in ledger
    assert "Sertifikat ternyata palsu." in ledger


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"proof": (io.BytesIO(b"MZ\x90 program"), "bukti.pdf")}, "Berkas ini bukan PDF"),
        ({"proof": (io.BytesIO(b""), "")}, "Lampirkan sertifikat"),
        ({"ends_on": "01/11/2026"}, "Hari terakhir lebih awal"),
        ({"ends_on": "30/11/2026"}, "Pelatihan belum selesai"),
        ({"claimed_jp": "9999"}, "antara 1 dan 900"),
    ],
    ids=["no pdf", "no file", "ends before", "future", "too much"],
)
def test_bad_claims_are_told_and_change_nothing(session, office, login_as, changed, words):
    mine = login_as(office[1])
    answer = mine.submit(
        "/jp/klaim/baru", {**FIELDS, "proof": (io.BytesIO(PDF), "bukti.pdf"), **changed}, page="/jp/klaim/baru"
    )
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert session.scalar(select(JpClaim.id)) is None


def test_a_returned_claim_is_amended_and_the_officer_does_not_decide_on_an_old_text(session, office):
    unit, clerk, officer = office
    claim, hr = send(clerk), acting(officer, unit)
    with transaction() as s:
        services.return_claim(s, hr, claim, note="Lampirkan halaman belakang.", version=1, now=NOW)
    own = Actor(account_id=None, employee_id=clerk.id, name=clerk.name)
    with transaction() as s:
        services.amend_claim(
            s, own, claim, services.ClaimData(facts(claimed_jp=7), None), version=2, now=NOW, today=NOW.date()
        )
    assert state_of(session, claim) == (ClaimState.SUBMITTED, 3)
    with pytest.raises(Conflict), transaction() as s:
        services.approve_claim(s, hr, claim, jp=8, note="", version=2, now=NOW)
    with transaction() as s:
        services.approve_claim(s, hr, claim, jp=7, note="", version=3, now=NOW)
    with pytest.raises(Refused), transaction() as s:
        services.withdraw_claim(s, own, claim, now=NOW)


def test_nobody_decides_on_his_own_claim_and_two_officers_decide_once(app, session, office):
    unit, clerk, officer = office
    own = send(officer)
    with pytest.raises(Forbidden), transaction() as s:
        services.approve_claim(s, acting(officer, unit), own, jp=8, note="", version=1, now=NOW)
    claim, hr, outcomes = send(clerk), acting(officer, unit), []
    session.rollback()

    def decide(act):
        with app.app_context():
            try:
                with transaction() as s:
                    act(s)
                outcomes.append("done")
            except (Refused, Conflict):
                outcomes.append("refused")

    acts = (
        lambda s: services.approve_claim(s, hr, claim, jp=8, note="", version=1, now=NOW),
        lambda s: services.refuse_claim(s, hr, claim, note="Bukan pelatihan.", version=1, now=NOW),
    )
    threads = [threading.Thread(target=decide, args=(acts[n % 2],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", *["refused"] * 5]


def test_the_cap_of_a_day_holds_for_claims_and_doubles_are_pointed_out(session, office):
    unit, clerk, officer = office
    hr = acting(officer, unit)
    online = send(clerk, learning_form=16, claimed_jp=8, certificate_number="A/1")
    with transaction() as s:
        services.approve_claim(s, hr, online, jp=8, note="", version=1, now=NOW)
    claim = session.scalars(select(JpClaim).where(JpClaim.public_id == online)).one()
    assert session.get_one(JpEntry, claim.entry_id).credited_jp == 6  # two days, three JP each
    session.rollback()
    again = send(officer, data=PDF + b" lain", learning_form=9, certificate_number="a 1")
    row = session.scalars(select(JpClaim).where(JpClaim.public_id == again)).one()
    assert [one.why for one in queries.doubles_of_claim(session, row.id)] == ["number"]
    session.rollback()
    copy = send(officer, learning_form=7, certificate_number="")
    row = session.scalars(select(JpClaim).where(JpClaim.public_id == copy)).one()
    assert [one.why for one in queries.doubles_of_claim(session, row.id)] == ["file"]


def test_a_flood_of_claims_and_a_huge_file_are_refused(session, office):
    clerk = office[1]
    with pytest.raises(Invalid):
        send(clerk, data=PDF + b"x" * (5 * 1024 * 1024))
    for number in range(20):
        send(clerk, data=PDF + bytes([number]))
    with pytest.raises(Refused):
        send(clerk)


def test_claims_of_another_unit_are_absent(session, office, login_as):
    _unit, clerk, _officer = office
    claim = send(clerk)
    elsewhere = UnitFactory(name="Kelurahan Salutete")
    stranger = EmployeeFactory(position=PositionFactory(unit=elsewhere))
    session.commit()
    theirs = login_as(stranger, (Role.HR, elsewhere), second_factor=True)
    for page in (
        f"/jp/klaim/{claim}",
        f"/jp/klaim/{claim}/berkas",
        f"/jp/tinjau/{claim}",
        f"/jp/pegawai/{clerk.public_id}",
    ):
        assert theirs.get(page).status_code == 404, page
    assert "Seminar" not in theirs.get("/jp/tinjau?keadaan=semua").get_data(as_text=True)


def test_the_queue_asks_as_much_for_many_as_for_one(session, office, login_as, count_queries):
    unit, clerk, officer = office
    theirs = login_as(officer, (Role.HR, unit), second_factor=True)
    send(clerk)
    with count_queries() as one:
        theirs.get("/jp/tinjau")
    for number in range(12):
        send(clerk, data=PDF + bytes([number]))
    with count_queries() as many:
        theirs.get("/jp/tinjau")
    assert len(many) == len(one)
