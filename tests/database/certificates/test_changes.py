"""Revoking and replacing, who may, and the public look-up over many rows."""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text

from lms.certificates import policies, queries, services
from lms.certificates.models import Certificate, CertificateState, CertificateTemplate
from lms.certificates.queries import CertificateFilter
from lms.certificates.rules.codes import new_code
from lms.certificates.rules.states import Verdict
from lms.certificates.services.templates import SEED
from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.audit import AuditEntry
from lms.core.db import transaction
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.jobs import OutboxJob
from lms.people.models import Employee, OrganisationalUnit
from tests.factories.certificates import issued_certificate, plain_rows
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
TODAY = NOW.date()
REASON = "Pelatihan diikuti orang lain."
P = Permission


def _actor(unit, *permissions, employee_id=None, acting_for_id=None):
    given_ = frozenset(permissions or (P.CERTIFICATE_VIEW, P.CERTIFICATE_REVOKE))
    return Actor(1, employee_id, grants=(ActorGrant(Role.HR, unit.path, given_, acting_for_id),))


@pytest.fixture
def world(session):
    """A region with two kecamatan, a person in each, and a certificate for each."""
    region = UnitFactory(name="Kota")
    here, there = UnitFactory(parent=region), UnitFactory(parent=region)
    first = issued_certificate(employee=EmployeeFactory(position=PositionFactory(unit=here)))
    second = issued_certificate(employee=EmployeeFactory(position=PositionFactory(unit=there)))
    session.commit()
    return region, here, there, first, second


def test_hr_revokes_within_its_scope_with_a_reason(session, world):
    _region, here, _there, first, _second = world
    done = services.revoke_certificate(session, _actor(here), first.public_id, reason=f"  {REASON} ", now=NOW)
    session.commit()
    assert (done.state, done.revoked_reason, done.revoked_at) == (CertificateState.REVOKED, REASON, NOW)
    assert queries.find_public(session, first.code, today=TODAY).verdict == "DICABUT"
    entry = session.scalars(select(AuditEntry).filter_by(action="certificate.revoke")).one()
    assert entry.reason == REASON
    again = services.revoke_certificate(session, _actor(here), first.public_id, reason="", now=NOW)
    assert again.revoked_reason == REASON


def test_nobody_revokes_outside_the_scope_or_ones_own(session, world):
    _region, here, _there, first, second = world
    with pytest.raises(NotFound):
        services.revoke_certificate(session, _actor(here), second.public_id, reason=REASON, now=NOW)
    with pytest.raises(NotFound):
        services.revoke_certificate(session, _actor(here), "0" * 26, reason=REASON, now=NOW)
    with pytest.raises(Forbidden):
        services.revoke_certificate(
            session, _actor(here, employee_id=first.employee_id), first.public_id, reason=REASON, now=NOW
        )
    with pytest.raises(Forbidden):  # a right lent by the holder does not reach the holder's own
        services.revoke_certificate(
            session, _actor(here, acting_for_id=first.employee_id), first.public_id, reason=REASON, now=NOW
        )
    with pytest.raises(Forbidden):
        services.revoke_certificate(session, _actor(here, P.CERTIFICATE_VIEW), first.public_id, reason=REASON, now=NOW)
    assert session.get_one(Certificate, first.id).state is CertificateState.ISSUED


@pytest.mark.parametrize("reason", ["", "   ", "salah", "x" * 301])
def test_the_reason_has_bounds(session, world, reason):
    _region, here, _there, first, _second = world
    with pytest.raises(Invalid) as caught:
        services.revoke_certificate(session, _actor(here), first.public_id, reason=reason, now=NOW)
    assert "reason" in caught.value.fields


def test_a_replacement_is_a_new_certificate_and_the_old_one_reads_replaced(session, world):
    _region, here, _there, first, _second = world
    person = session.get_one(Employee, first.employee_id)
    person.name = "Nama yang Betul"
    session.flush()
    made = services.replace_certificate(session, _actor(here), first.public_id, reason="Nama salah tulis.", now=NOW)
    session.commit()
    assert made.id != first.id
    assert made.replaces_id == first.id
    assert made.code != first.code
    assert made.number != first.number
    assert made.snapshot["holder"]["name"] == "Nama yang Betul"
    assert made.snapshot["training"] == first.snapshot["training"]
    assert queries.find_public(session, first.code, today=TODAY).verdict == "DIGANTI"
    assert queries.find_public(session, made.code, today=TODAY).verdict == "SAH"
    again = services.replace_certificate(session, _actor(here), first.public_id, reason="", now=NOW)
    assert again.id == made.id
    with pytest.raises(Refused):
        services.revoke_certificate(session, _actor(here), first.public_id, reason=REASON, now=NOW)


def test_a_wrongly_revoked_one_is_replaced_but_stays_revoked(session, world):
    _region, here, _there, first, _second = world
    services.revoke_certificate(session, _actor(here), first.public_id, reason=REASON, now=NOW)
    made = services.replace_certificate(
        session, _actor(here), first.public_id, reason="Dicabut karena keliru.", now=NOW
    )
    assert queries.find_public(session, first.code, today=TODAY).verdict == "DICABUT"
    assert queries.find_public(session, made.code, today=TODAY).verdict == "SAH"


def test_eight_threads_replace_one_certificate_once(app, session, world):
    _region, here, _there, first, _second = world
    barrier, results = threading.Barrier(8), []

    def run():
        with app.app_context():
            barrier.wait()
            with transaction() as own:
                made = services.replace_certificate(
                    own, _actor(here), first.public_id, reason="Nama salah tulis.", now=NOW
                )
                results.append(made.number)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(set(results)) == 1


def test_a_pdf_is_owed_once_a_minute_and_only_for_those_who_may_have_it(session, world):
    _region, here, _there, first, _second = world
    before = len(session.scalars(select(OutboxJob.id)).all())
    owner = Actor(1, first.employee_id)
    assert services.ask_for_pdf(session, owner, first.public_id, now=NOW)
    assert services.ask_for_pdf(session, owner, first.public_id, now=NOW)
    assert len(session.scalars(select(OutboxJob.id)).all()) == before + 1
    with pytest.raises(Forbidden):
        services.ask_for_pdf(session, _actor(here, P.CERTIFICATE_VIEW), first.public_id, now=NOW)
    with pytest.raises(NotFound):
        services.ask_for_pdf(session, Actor(2, 10**6), first.public_id, now=NOW)
    services.revoke_certificate(session, _actor(here), first.public_id, reason=REASON, now=NOW)
    with pytest.raises(Refused):
        services.ask_for_pdf(session, owner, first.public_id, now=NOW)


# -- policies and their twins --------------------------------------------------------------------


@pytest.fixture
def many(session):
    region = UnitFactory()
    units = [UnitFactory(parent=region) for _ in range(2)]
    units.append(UnitFactory(parent=units[0]))
    people = [EmployeeFactory(position=PositionFactory(unit=unit)) for unit in units]
    people.append(EmployeeFactory(unit_id=None, position_id=None))
    made = [issued_certificate(employee=person) for person in people]
    session.commit()
    return [region, *units], people, made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_policies_and_their_sql_twins_agree(session, many, data):
    units, people, _made = many
    who = data.draw(st.none() | st.sampled_from([person.id for person in people]))
    grants = data.draw(
        st.lists(
            st.builds(
                ActorGrant,
                role=st.just(Role.HR),
                path=st.sampled_from([unit.path for unit in units] + ["/"]),
                permissions=st.frozensets(st.sampled_from([P.CERTIFICATE_VIEW, P.CERTIFICATE_REVOKE, P.LEARN])),
                acting_for_id=st.none() | st.sampled_from([person.id for person in people]),
            ),
            max_size=3,
        )
    )
    actor = Actor(1, who, grants=tuple(grants))
    query = (
        select(Certificate.id, Certificate.employee_id, OrganisationalUnit.path)
        .join(Employee, Employee.id == Certificate.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
    )
    rows = session.execute(query).all()
    for can, twin in (
        (policies.can_see_certificate, policies.certificates_visible_to),
        (policies.can_revoke_certificate, policies.certificates_revocable_by),
    ):
        seen = {row.id for row in session.execute(query.where(twin(actor, OrganisationalUnit.path)))}
        assert seen == {id_ for id_, owner, path in rows if can(actor, employee_id=owner, unit_path=path)}


def test_who_may_download_is_the_holder_and_hr(many):
    units, people, _made = many
    path = units[1].path
    supervisor = _actor(units[0], P.CERTIFICATE_VIEW)
    assert policies.can_download_certificate(Actor(1, people[0].id), employee_id=people[0].id, unit_path=path)
    assert policies.can_download_certificate(_actor(units[0]), employee_id=people[0].id, unit_path=path)
    assert not policies.can_download_certificate(supervisor, employee_id=people[0].id, unit_path=path)
    assert not policies.can_download_certificate(_actor(units[2]), employee_id=people[0].id, unit_path=path)


# -- lists and look-up ---------------------------------------------------------------------------


def test_the_list_is_scoped_filtered_and_counted(session, world):
    region, here, there, first, second = world
    actor = _actor(here)

    def found(who, **wanted):
        wanted = CertificateFilter(**wanted)
        rows = queries.list_certificates(session, who, wanted, today=TODAY)
        assert queries.count_certificates(session, who, wanted, today=TODAY) == len(rows)
        return {row.public_id for row in rows}

    assert found(actor) == {first.public_id}
    assert found(_actor(region)) == {first.public_id, second.public_id}
    assert found(_actor(region), unit_path=there.path) == {second.public_id}
    assert found(_actor(region), words=("0001",)) == {first.public_id}
    assert found(_actor(region), words=("%",)) == set()
    assert found(_actor(region), year=2025) == set()
    assert found(_actor(region), year=2026) == {first.public_id, second.public_id}
    services.revoke_certificate(session, _actor(region), second.public_id, reason=REASON, now=NOW)
    second_person = session.get_one(Employee, second.employee_id)
    assert found(_actor(region), verdict=Verdict.REVOKED) == {second.public_id}
    assert found(_actor(region), verdict=Verdict.VALID) == {first.public_id}
    assert found(_actor(region), employee=second_person.public_id) == {second.public_id}
    session.get_one(Certificate, first.id).valid_until_on = date(2026, 11, 23)
    session.flush()
    assert found(_actor(region), verdict=Verdict.EXPIRED) == {first.public_id}
    assert found(_actor(region), verdict=Verdict.VALID) == set()


def test_an_actor_without_scope_sees_only_the_own(session, world):
    _region, _here, _there, first, second = world
    owner = Actor(1, first.employee_id)
    assert queries.get_certificate(session, owner, first.public_id, today=TODAY).is_own
    assert queries.get_certificate(session, owner, second.public_id, today=TODAY) is None


@pytest.mark.slow
def test_a_code_is_found_by_its_index_among_100_000(session):
    """The plan must use the unique index on the code: no scan, whatever the number of rows."""
    services.seed_templates(session)
    person = EmployeeFactory()
    session.flush()
    for start in range(0, 100_000, 20_000):
        session.execute(insert(Certificate), plain_rows(20_000, employee_id=person.id, first=start + 1))
    real = issued_certificate(employee=person)
    session.commit()
    session.execute(text("ANALYZE certificate"))
    session.commit()
    statement = queries.code_lookup(real.code)
    compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    prefix = "EXPLAIN" if session.get_bind().dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    plan = "\n".join(str(row) for row in session.execute(text(f"{prefix} {compiled}")))
    assert "SCAN certificate" not in plan
    assert "Seq Scan on certificate " not in plan  # files of certificates are none here, so that scan is free
    assert "uq_certificate_code" in plan or "sqlite_autoindex_certificate" in plan
    assert queries.find_public(session, real.code, today=TODAY).number == real.number
    assert queries.find_public(session, new_code(), today=TODAY) is None


def test_templates_are_seeded_once_and_a_used_version_is_never_altered(session):
    assert services.seed_templates(session) == 6
    assert services.seed_templates(session) == 0
    entries = services.read_templates(SEED.read_text())
    entries[0]["settings"] = {**entries[0]["settings"], "place": "Wara"}
    assert services.load_templates(session, entries) == 1
    issued_certificate()
    entries[0]["settings"] = {**entries[0]["settings"], "place": "Boting"}
    with pytest.raises(Refused):
        services.load_templates(session, entries)
    entries[0]["version"] = 2
    assert services.load_templates(session, entries) == 1
    assert issued_certificate().snapshot["letterhead"]["place"] == "Boting"
    versions = select(CertificateTemplate.version).filter_by(code="sttp").order_by(CertificateTemplate.version)
    assert session.scalars(versions).all() == [1, 2]


@pytest.mark.parametrize(
    "entry",
    [
        1,
        {"code": "x"},
        {"file": "../../app.py"},
        {"file": "tidak-ada.html"},
        {"number_pattern": "{x}"},
        {"settings": {}},
        {"settings": {"signatory": {}}},
    ],
)
def test_a_broken_template_is_refused(entry):
    sound = json.loads(SEED.read_text())
    if isinstance(entry, dict) and entry != {"code": "x"}:
        entry = {**sound["templates"][0], **entry}
    with pytest.raises(Invalid):
        services.read_templates(json.dumps({**sound, "templates": [entry]}))


@pytest.mark.parametrize("source", ["", "[]", "{}", '{"format": "bina-certificate-templates/1"}'])
def test_a_file_of_another_kind_is_refused(source):
    with pytest.raises(Invalid):
        services.read_templates(source)
