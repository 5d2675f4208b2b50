"""Everything that creates is sent twice: by an impatient finger, by a lost reply, by two tabs at the same moment."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from lms.assessments.models import Attempt
from lms.certificates.models import Certificate, CertificateState
from lms.core import once
from lms.core.actor import Role
from lms.core.audit import AuditEntry
from lms.core.db import current_session
from lms.courses.models import Course, Enrolment
from lms.identity.models import Delegation, Grant
from lms.mentoring.models import Pairing, SessionLog
from lms.people.models import Employee, PartnerOrganisation
from tests.factories.courses import OfferingFactory
from tests.factories.identity import AccountFactory
from tests.factories.people import EmployeeFactory, PositionFactory
from tests.security.test_walk import fields_of
from tests.security.world import NOW, ROLES, run_apart


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


def count(session: Any, model: Any) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def cases(world: Any) -> dict[str, tuple[Role, str, dict[str, Any], Any]]:
    """Return each act: who, where, with what, and the table that must grow by one."""
    rows, people = world.ours.rows, world.ours.people
    newcomer = PositionFactory(unit=world.ours.unit)
    offering = OfferingFactory()
    learner = EmployeeFactory(position=PositionFactory(unit=world.ours.unit), name="Boting Ketiga")
    account = AccountFactory(employee=learner)
    session = current_session()
    code = session.get(Course, offering.course_id).code
    session.commit()
    return {
        "enrol": (Role.PEGAWAI, f"/katalog/{code}/daftar", {"angkatan": offering.public_id}, Enrolment),
        "grant": (
            Role.HR, f"/admin/kewenangan/baru?akun={account.public_id}",
            {"kewenangan": "mentor", "unit": world.ours.unit.public_id,
             "mulai": "24/11/2026", "alasan": "Surat tugas 1"}, Grant,
        ),
        "delegation": (
            Role.INSTRUKTUR, f"/delegasi/baru?akun={account.public_id}",
            {"hak": "", "jenis": "plh", "mulai": "24/11/2026", "sampai": "30/11/2026"},
            Delegation,
        ),
        "session log": (
            Role.MENTOR, f"/mentoring/{rows['pairing']}/sesi",
            {"mentee": rows["pairing"], "tanggal": "24/11/2026", "jam": "14.00", "lama": "60", "cara": "telepon",
             "topik": "aduan", "isi": "Menyimak dua aduan."}, SessionLog,
        ),
        "pairing": (
            Role.KOORDINATOR, f"/mentoring/pasangan/baru?mentee={learner.public_id}",
            {"mentor": people[Role.MENTOR].public_id, "mulai": "24/11/2026", "sampai": "23/11/2027", "irama": "14",
             "tujuan": "Menangani aduan"}, Pairing,
        ),
        "partner": (
            Role.HR, "/mitra/baru", {"code": "MITRA-X", "name": "Universitas X", "kind": "university"},
            PartnerOrganisation,
        ),
        "employee": (
            Role.HR, "/pegawai/baru",
            {"name": "Besse Baru", "status": "pns", "number": "198503302009021777", "legal_status": "01",
             "position": newcomer.public_id, "starts_on": "01/11/2026"}, Employee,
        ),
    }  # fmt: skip


NAMES = ("enrol", "grant", "delegation", "session log", "pairing", "partner", "employee")


def completed(client: Any, url: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the choices of the page where a value was left open."""
    page = client.get(url)
    offered = fields_of(page.get_data(as_text=True)) if page.status_code == 200 else {}
    blank = {name: values[0] for name, values in offered.items() if values and not fields.get(name)}
    return {**blank, **{name: value for name, value in fields.items() if value}}


@pytest.mark.parametrize("name", NAMES)
def test_a_form_sent_again_has_one_effect(app, session, world, name):
    """The reply was lost, the person presses again; later the browser sends the page once more."""
    role, url, fields, model = cases(world)[name]
    client = world.log_in(app, role)
    sent, key = completed(client, url, fields), once.new_key()
    before = count(session, model)
    first = client.send(url, sent, once=key)
    assert first.status_code == 303, first.get_data(as_text=True)[:3000]
    assert count(session, model) == before + 1
    audit = count(session, AuditEntry)
    again = client.send(url, sent, once=key)
    assert again.status_code in {303, 409}
    if again.status_code == 303:
        assert again.location == first.location
    assert count(session, model) == before + 1
    assert count(session, AuditEntry) == audit


def at_once(app: Any, world: Any, role: Role, calls: int, act: Any) -> list[Any]:
    """Return the answers of several requests of one person that leave at the same moment."""
    clients = [world.log_in(app, role) for _ in range(calls)]
    tokens = [client.token() for client in clients]
    gate, answers = threading.Barrier(calls), [None] * calls

    def run(number: int) -> None:
        gate.wait(20)
        answers[number] = run_apart(act, clients[number], tokens[number])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.parametrize("same_key", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_two_tabs_at_the_same_moment_have_one_effect(app, session, world, name, same_key):
    """Two tabs send the same; once the same form, once two forms filled alike. No answer is a fault."""
    role, url, fields, model = cases(world)[name]
    sent = completed(world.log_in(app, role), url, fields)
    before, key = count(session, model), once.new_key()

    def act(client: Any, token: str) -> Any:
        return client.post(
            url, data={**sent, "csrf_token": token, "once": key if same_key else once.new_key()}
        )  # fmt: skip

    answers = at_once(app, world, role, 4, act)
    assert {answer.status_code for answer in answers} <= {303, 409, 422}, [one.status_code for one in answers]
    assert 303 in {answer.status_code for answer in answers}
    assert count(session, model) == before + 1


def test_one_attempt_is_started_by_many_presses(app, session, world):
    """Four tabs press "Mulai"; there is one sitting, and all lead to it."""
    taken = world.theirs.taken
    where = f"/belajar/{taken.enrolment.public_id}/asesmen/ujian-akhir"
    account = AccountFactory(employee=taken.employee)
    session.commit()
    world.ours.accounts[Role.PEGAWAI] = account
    before = count(session, Attempt)
    answers = at_once(app, world, Role.PEGAWAI, 4, lambda client, token: client.post(where, data={"csrf_token": token}))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert count(session, Attempt) == before + 1


def test_a_certificate_is_revoked_once(app, session, world):
    """HR presses "Cabut" twice, and a colleague in another tab as well: one revocation, one line in the trail."""
    public_id = world.ours.rows["certificate"]
    reason = {"alasan": "Hasil ujian dibatalkan.", "reason": "Hasil ujian dibatalkan."}
    url = f"/sertifikat/{public_id}/cabut"
    answers = at_once(
        app, world, Role.HR, 3,
        lambda client, token: client.post(url, data={**reason, "csrf_token": token, "once": once.new_key()}),
    )  # fmt: skip
    assert {answer.status_code for answer in answers} <= {303, 409}
    session.rollback()
    row = session.scalars(select(Certificate).where(Certificate.public_id == public_id)).one()
    assert row.state is CertificateState.REVOKED
    lines = session.scalars(
        select(AuditEntry).where(AuditEntry.action.like("certificate.revoke%"), AuditEntry.subject_id == row.id)
    ).all()
    assert len(lines) == 1


def test_the_world_has_somebody_of_every_role(world):
    assert set(world.ours.accounts) == {role for role in ROLES if role is not None}
    assert date(2026, 11, 24) == NOW.date()
