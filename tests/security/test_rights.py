"""Rights that are taken away, forged, borrowed or turned on oneself."""

from __future__ import annotations

import io
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, update

from lms.certificates.models import Certificate, CertificateState
from lms.competencies.models import Competency, CompetencyRecord
from lms.core import once
from lms.core.actor import Role
from lms.courses.models import Enrolment, EnrolmentState
from lms.identity.models import Account, AccountState, Delegation, Grant
from lms.mentoring.models import Pairing, SessionLog, SessionState
from lms.people.models import Employee, PersonnelImport
from tests.factories.certificates import issued_certificate
from tests.factories.competencies import RecordFactory
from tests.factories.courses import EnrolmentFactory, OfferingFactory
from tests.factories.identity import DelegationFactory
from tests.factories.mentoring import PairingFactory, SessionLogFactory
from tests.security.test_walk import fields_of
from tests.security.world import NOW, open_session, visitor


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


def count(session: Any, model: Any) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


PAGES = {
    Role.HR: "/pegawai", Role.ATASAN: "/tim", Role.ADMIN: "/admin/audit", Role.INSTRUKTUR: "/instruktur/bank",
    Role.KOORDINATOR: "/mentoring/koordinasi",
}  # fmt: skip


@pytest.mark.parametrize("role", PAGES)
def test_a_role_that_is_taken_away_stops_at_once(app, session, world, role):
    """The officer moved on this morning; his browser is still open."""
    client = world.log_in(app, role)
    assert client.get(PAGES[role]).status_code == 200
    token = client.token()
    session.execute(update(Grant).where(Grant.account_id == world.ours.accounts[role].id).values(revoked_at=NOW))
    session.commit()
    assert client.get(PAGES[role]).status_code == 403
    answer = client.post("/admin/kewenangan/baru", data={"csrf_token": token, "once": once.new_key()})
    assert answer.status_code == 403


@pytest.mark.parametrize("what", ["account", "person"])
def test_a_person_who_is_let_go_is_out_at_once(app, session, world, what):
    """HR closes the account, or ends the job: the open browser can neither read nor write any more."""
    client = world.log_in(app, Role.HR)
    token = client.token()
    account = world.ours.accounts[Role.HR]
    if what == "account":
        session.execute(update(Account).where(Account.id == account.id).values(state=AccountState.DISABLED))
    else:
        session.execute(update(Employee).where(Employee.id == account.employee_id).values(is_active=False))
    session.commit()
    assert client.get("/pegawai").status_code == 303
    before = count(session, Employee)
    sent = client.post("/pegawai/baru", data={"csrf_token": token, "once": once.new_key(), "name": "X"})
    assert sent.status_code in {303, 409}
    assert count(session, Employee) == before


def test_what_was_lent_ends_with_the_right_of_the_lender(app, session, world):
    """The lurah was Plh. and the camat's role was revoked at noon."""
    lender, taker = world.ours.accounts[Role.HR], world.ours.accounts[Role.PEGAWAI]
    DelegationFactory(giver=lender, taker=taker, unit=world.ours.unit, role=Role.HR)
    session.commit()
    client = visitor(app, open_session(taker))
    assert client.get("/pegawai").status_code == 200
    session.execute(update(Grant).where(Grant.account_id == lender.id).values(revoked_at=NOW))
    session.commit()
    assert client.get("/pegawai").status_code == 403


@pytest.mark.parametrize(
    ("role", "unit"), [("admin", "ours"), ("hr", "ours"), ("mentor", "city"), ("mentor", "theirs"), ("x", "ours")]
)
def test_hr_cannot_forge_a_grant_beyond_its_own(app, session, world, role, unit):
    """The list of choices is only paper: the officer edits the form in the browser."""
    where = {"ours": world.ours.unit, "theirs": world.theirs.unit, "city": world.city}[unit].public_id
    client, before = world.log_in(app, Role.HR), count(session, Grant)
    answer = client.send(
        f"/admin/kewenangan/baru?akun={world.ours.rows['account']}",
        {"kewenangan": role, "unit": where, "mulai": "24/11/2026", "alasan": "Surat tugas"},
    )
    assert answer.status_code in {403, 404, 409, 422}
    assert count(session, Grant) == before


def test_a_delegation_cannot_be_forged_beyond_what_is_held(app, session, world):
    """The lurah lends a role that he never had, over units that are not his, to himself, for ever."""
    client, before = world.log_in(app, Role.INSTRUKTUR), count(session, Delegation)
    own, rows = world.ours.unit.public_id, world.ours.rows
    days = {"jenis": "plh", "mulai": "24/11/2026", "sampai": "30/11/2026"}
    me = world.ours.accounts[Role.INSTRUKTUR].public_id
    for taker, fields in (
        (rows["account"], {"hak": f"hr:{own}", **days}),
        (rows["account"], {"hak": f"admin:{own}", **days}),
        (rows["account"], {"hak": f"instruktur:{world.city.public_id}", **days}),
        (rows["account"], {"hak": f"instruktur:{world.theirs.unit.public_id}", **days}),
        (rows["account"], {"hak": "instruktur", **days}),
        (rows["account"], {"hak": f"instruktur:{own}", **days, "sampai": "30/11/2199"}),
        (rows["account"], {"hak": f"instruktur:{own}", **days, "sampai": "23/11/2026"}),
        (me, {"hak": f"instruktur:{own}", **days}),
    ):
        answer = client.send(f"/delegasi/baru?akun={taker}", fields)
        assert answer.status_code in {403, 404, 409, 422}, (fields, answer.status_code)
    assert count(session, Delegation) == before


def test_hr_cannot_import_into_units_of_others(app, session, world):
    """The unit of the file is edited in the form."""
    client = world.log_in(app, Role.HR)
    for unit in (world.theirs.unit, world.city):
        answer = client.post(
            "/impor/baru",
            data={"csrf_token": client.token(), "once": once.new_key(), "unit": unit.public_id,
                  "file": (io.BytesIO(b"NIP BARU;NAMA\n1;2"), "a.csv")},
            content_type="multipart/form-data",
        )  # fmt: skip
        assert answer.status_code in {403, 404, 422}
    assert session.scalar(
        select(func.count()).select_from(PersonnelImport).where(PersonnelImport.unit_id == world.city.id)
    ) == 0  # fmt: skip


def test_nobody_approves_the_own_request(app, session, world):
    """The lurah asks for a course, and then decides on the list of his own unit; also by a borrowed right."""
    lurah = world.ours.accounts[Role.ATASAN]
    own = EnrolmentFactory(
        offering=OfferingFactory(needs_approval=True), employee=world.ours.people[Role.ATASAN],
        state=EnrolmentState.REQUESTED, started_at=None,
    )  # fmt: skip
    borrowed = EnrolmentFactory(
        offering=OfferingFactory(needs_approval=True), employee=world.ours.people[Role.PEGAWAI],
        state=EnrolmentState.REQUESTED, started_at=None,
    )  # fmt: skip
    taker = world.ours.accounts[Role.PEGAWAI]
    DelegationFactory(giver=lurah, taker=taker, unit=world.ours.unit, role=Role.ATASAN, starts_on=NOW.date())
    session.commit()
    for account, row in ((lurah, own), (taker, borrowed)):
        client = visitor(app, open_session(account))
        answer = client.send("/persetujuan", {"usul": row.public_id, "putusan": "setuju"})
        assert answer.status_code in {303, 403, 404, 409, 422}
        session.rollback()
        assert session.get(Enrolment, row.id, populate_existing=True).state is EnrolmentState.REQUESTED


def test_nobody_appraises_or_corrects_oneself(app, session, world):
    """A head opens the appraisal page with the own id in the address; HR mends the own evidence."""
    rows = world.ours.rows
    competency = session.scalars(select(Competency).where(Competency.public_id == rows["competency"])).one()
    record = RecordFactory(
        employee=world.ours.people[Role.HR],
        competency=competency,
    )
    session.commit()
    before = count(session, CompetencyRecord)
    fields = {"level": "5", "note": "Saya sangat cakap di semua hal.", "assessed_on": "20/11/2026",
              "reason": "Salah ketik oleh penilai."}  # fmt: skip
    for role, tail in ((Role.ATASAN, "/nilai/{0}"), (Role.HR, "/kompetensi/{0}/{1}/betulkan")):
        me = world.ours.people[role].public_id
        client = world.log_in(app, role)
        answer = client.send(f"/pegawai/{me}{tail.format(rows['competency'], record.public_id)}", fields)
        assert answer.status_code in {403, 404, 409}, (role, answer.status_code)
    assert count(session, CompetencyRecord) == before


def test_nobody_confirms_the_own_session(app, session, world):
    """The mentor confirms for the mentee; and a mentor who is his own mentee cannot exist."""
    log = session.scalars(select(SessionLog).where(SessionLog.public_id == world.ours.rows["log"])).one()
    session.commit()
    client = world.log_in(app, Role.MENTOR)
    answer = client.send(f"/mentoring/sesi/{log.public_id}/konfirmasi", {"version": "1"})
    assert answer.status_code in {403, 404, 409}
    session.rollback()
    assert session.get(SessionLog, log.id, populate_existing=True).state is SessionState.RECORDED


def test_a_coordinator_cannot_pair_somebody_with_himself(app, session, world):
    """The same person on both sides of a form."""
    client, before = world.log_in(app, Role.KOORDINATOR), count(session, Pairing)
    mentor = world.ours.people[Role.MENTOR].public_id
    url = f"/mentoring/pasangan/baru?mentee={mentor}"
    offered = fields_of(client.get(url).get_data(as_text=True))
    fields = {name: values[0] for name, values in offered.items() if values} | {"mentor": mentor}
    assert client.send(url, fields).status_code in {403, 404, 409, 422}
    assert count(session, Pairing) == before


def test_nobody_revokes_the_own_certificate_or_ends_the_own_job(app, session, world):
    """HR with a bad day."""
    me = world.ours.people[Role.HR]
    mine = issued_certificate(employee=me)
    session.commit()
    client = world.log_in(app, Role.HR)
    reason = {"alasan": "Ingin saja.", "reason": "Ingin saja.", "last_on": "20/11/2026", "version": "1"}
    assert client.send(f"/sertifikat/{mine.public_id}/cabut", reason).status_code in {403, 404, 409}
    assert client.send(f"/pegawai/{me.public_id}/berhenti", reason).status_code in {403, 404, 409, 422}
    session.rollback()
    assert session.get(Certificate, mine.id, populate_existing=True).state is CertificateState.ISSUED
    assert session.get(Employee, me.id, populate_existing=True).is_active


def test_a_mentor_reads_no_mentee_of_another(app, session, world):
    """Two mentors of the same kelurahan; notes of one are not the other's."""
    other = world.ours.accounts[Role.KOORDINATOR]
    pairing = PairingFactory(mentor_id=other.employee_id, mentee_id=world.ours.people[Role.INSTRUKTUR].id)
    log = SessionLogFactory(pairing_id=pairing.id, discussion="Hal yang sangat pribadi.")
    session.commit()
    client = world.log_in(app, Role.MENTOR)
    for url in (f"/mentoring/{pairing.public_id}", f"/mentoring/sesi/{log.public_id}",
                f"/mentoring/{pairing.public_id}/buku", f"/mentoring/{pairing.public_id}/buku.xlsx"):  # fmt: skip
        assert client.get(url).status_code == 404
    for role in (Role.HR, Role.ADMIN, Role.ATASAN):
        page = world.log_in(app, role).get(f"/mentoring/{pairing.public_id}").get_data(as_text=True)
        assert "sangat pribadi" not in page
