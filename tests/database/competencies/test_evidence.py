"""Evidence: once per fact, with the standard of its day; who appraises whom; corrections."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.competencies import policies, queries, services
from lms.competencies.models import CompetencyRecord, EvidenceKind, EvidenceSource
from lms.core.actor import SYSTEM, Actor, ActorGrant, Permission, Role
from lms.core.audit import AuditEntry
from lms.core.db import current_session, transaction
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.people.models import Employee, EmployeeStatus, OrganisationalUnit, Position
from tests.factories.competencies import CompetencyFactory, RecordFactory, RequirementFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
TODAY = NOW.date()
RIGHTS = frozenset({Permission.COMPETENCY_APPRAISE, Permission.COMPETENCY_VIEW})
NOTE = "Menjawab aduan warga dalam satu hari."


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


class Office:
    def __init__(self):
        self.root = UnitFactory()
        self.kecamatan = UnitFactory(parent=self.root)
        self.kelurahan = UnitFactory(parent=self.kecamatan)
        self.other = UnitFactory(parent=self.kecamatan)
        self.lurah = EmployeeFactory(position=PositionFactory(unit=self.kelurahan, role_key="lurah", is_head=True))
        self.staff = EmployeeFactory(position=PositionFactory(unit=self.kelurahan))
        self.stranger = EmployeeFactory(position=PositionFactory(unit=self.other))
        self.camat = EmployeeFactory(position=PositionFactory(unit=self.kecamatan, role_key="camat", is_head=True))
        self.competency = CompetencyFactory(code="T.09")
        RequirementFactory(competency=self.competency, role_key="pelaksana-umum", level=2)


@pytest.fixture
def office(session):
    made = Office()
    session.commit()
    return made


def acting(employee, unit, *, for_id=None, rights=RIGHTS):
    return Actor(1, employee.id, grants=(ActorGrant(Role.ATASAN, unit.path, rights, for_id),))


def appraise(session, actor, person, competency, *, level=2, key="k1", on=TODAY, note=NOTE):
    return services.appraise(
        session,
        actor,
        person_public_id=person.public_id,
        competency_public_id=competency.public_id,
        level=level,
        note=note,
        assessed_on=on,
        key=key,
    )


def evidence(session, employee, competency, **changes):
    values = {
        "employee_id": employee.id,
        "competency_id": competency.id,
        "level": 2,
        "kind": EvidenceKind.MEASUREMENT,
        "source": EvidenceSource.COURSE,
        "assessed_on": date(2026, 6, 1),
        "unique_key": "course:1:1",
    }
    return services.record_evidence(session, SYSTEM, **{**values, **changes})


def test_evidence_keeps_the_standard_of_its_day(session, office):
    with transaction():
        row = evidence(session, office.staff, office.competency)
        assert (row.role_key, row.required_level, row.strength) == ("pelaksana-umum", 2, 3)
        before_the_job = evidence(
            session, office.staff, office.competency, assessed_on=date(2023, 1, 1), unique_key="x"
        )
        assert (before_the_job.role_key, before_the_job.required_level) == (None, None)


def test_the_same_fact_told_twice_is_one_row(session, office):
    with transaction():
        first = evidence(session, office.staff, office.competency)
        again = evidence(session, office.staff, office.competency, level=5)
        assert first.id == again.id
        assert again.level == 2
    assert (
        session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "competency_record.create")
        )
        == 1
    )


def test_a_course_gives_one_measurement_per_outcome_and_only_once(session, office):
    second = CompetencyFactory()
    outcomes = [(office.competency.id, 2), (second.id, 3)]
    session.commit()
    for _ in range(2):
        with transaction():
            rows = services.record_course_outcomes(
                session,
                employee_id=office.staff.id,
                outcomes=outcomes,
                label="Lulus pelatihan PATEN",
                on=TODAY,
                source_id=7,
            )
    assert [(r.kind, r.source, r.strength, r.level) for r in rows] == [
        (EvidenceKind.MEASUREMENT, EvidenceSource.COURSE, 3, 2),
        (EvidenceKind.MEASUREMENT, EvidenceSource.COURSE, 3, 3),
    ]
    assert session.scalar(select(func.count()).select_from(CompetencyRecord)) == 2


def test_eight_threads_tell_one_fact_and_one_row_stands(app, session, office):
    staff, competency, seen, barrier = office.staff.id, office.competency.id, [], threading.Barrier(8)

    def tell():
        with app.app_context():
            barrier.wait()
            with transaction() as own:
                row = services.record_evidence(
                    own,
                    SYSTEM,
                    employee_id=staff,
                    competency_id=competency,
                    level=2,
                    kind=EvidenceKind.MEASUREMENT,
                    source=EvidenceSource.COURSE,
                    assessed_on=date(2026, 6, 1),
                    unique_key="course:9:9",
                )
                seen.append(row.id)
            current_session().close()

    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.expire_all()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert session.scalar(select(func.count()).select_from(CompetencyRecord)) == 1
    session.rollback()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"level": 6}, Invalid),
        ({"level": -1}, Invalid),
        ({"strength": 9}, Invalid),
        ({"assessed_on": date(2026, 11, 26)}, Invalid),
        ({"competency_id": 10**6}, NotFound),
    ],
)
def test_impossible_evidence_is_refused(session, office, change, error):
    with pytest.raises(error), transaction():
        evidence(session, office.staff, office.competency, **change)


def test_a_supervisor_appraises_own_people(session, office):
    with transaction():
        row = appraise(session, acting(office.lurah, office.kelurahan), office.staff, office.competency, level=1)
    assert (row.kind, row.source, row.assessor_id, row.required_level) == (
        EvidenceKind.APPRAISAL,
        EvidenceSource.SUPERVISOR,
        office.lurah.id,
        2,
    )
    assert queries.gaps_of(session, office.staff.id, TODAY)[0].gap == 1


def test_nobody_appraises_oneself_not_even_through_delegation(session, office):
    for actor in (
        acting(office.staff, office.root),
        acting(office.lurah, office.root, for_id=office.staff.id),
    ):
        with pytest.raises(NotFound), transaction():
            appraise(session, actor, office.staff, office.competency)


def test_a_head_is_appraised_from_above_only(session, office):
    secretary = EmployeeFactory(position=PositionFactory(unit=office.kelurahan, role_key="seklur"))
    session.commit()
    with pytest.raises(NotFound), transaction():
        appraise(session, acting(secretary, office.kelurahan), office.lurah, office.competency)
    with transaction():
        appraise(session, acting(office.camat, office.kecamatan), office.lurah, office.competency)


def test_people_outside_the_scope_do_not_exist(session, office):
    with pytest.raises(NotFound), transaction():
        appraise(session, acting(office.lurah, office.kelurahan), office.stranger, office.competency)
    with pytest.raises(Forbidden), transaction():
        appraise(session, Actor(1, office.lurah.id), office.staff, office.competency)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"note": "baik"}, "note"),
        ({"on": date(2026, 11, 25)}, "assessed_on"),
        ({"on": date(2025, 10, 1)}, "assessed_on"),
    ],
)
def test_an_appraisal_states_what_was_seen_and_when(session, office, change, field):
    with pytest.raises(Invalid) as told, transaction():
        appraise(session, acting(office.lurah, office.kelurahan), office.staff, office.competency, **change)
    assert field in told.value.fields


def test_who_held_no_job_then_is_not_appraised(session, office):
    newcomer = EmployeeFactory(position=None, unit_id=office.kelurahan.id)
    session.commit()
    with pytest.raises(Refused), transaction():
        appraise(session, acting(office.lurah, office.kelurahan), newcomer, office.competency)


def test_own_estimates_are_kept_apart_and_only_when_they_change(session, office):
    actor = Actor(1, office.staff.id)
    public_id = office.competency.public_id
    with transaction():
        assert services.self_assess(session, actor, levels={public_id: 4}, assessed_on=TODAY, key="a") == 1
    with transaction():
        assert services.self_assess(session, actor, levels={public_id: 4}, assessed_on=TODAY, key="b") == 0
        assert services.self_assess(session, actor, levels={public_id: 1}, assessed_on=TODAY, key="c") == 1
    row = queries.standing(session, office.staff.id, TODAY)[0]
    assert (row.level, row.self_level, row.state) == (None, 1, "self_only")


def test_a_correction_replaces_and_leaves_the_wrong_row(session, office):
    boss = acting(office.lurah, office.kelurahan)
    with transaction():
        wrong = appraise(session, boss, office.staff, office.competency, level=5)
    with transaction():
        right = services.correct_evidence(
            session, boss, record_public_id=wrong.public_id, level=2, reason="Tertukar dengan pegawai lain."
        )
    assert (right.corrects_id, right.assessed_on) == (wrong.id, wrong.assessed_on)
    assert session.get(CompetencyRecord, wrong.id).level == 5
    assert queries.standing(session, office.staff.id, TODAY)[0].level == 2
    with pytest.raises(Refused), transaction():
        services.correct_evidence(session, boss, record_public_id=wrong.public_id, level=3, reason="Sekali lagi salah.")
    with transaction():
        services.correct_evidence(
            session, boss, record_public_id=right.public_id, level=None, reason="Tidak pernah dinilai."
        )
    assert queries.standing(session, office.staff.id, TODAY)[0].level is None


def test_only_the_one_who_judged_or_the_keeper_corrects(session, office):
    row = RecordFactory(employee=office.staff, competency=office.competency, assessor_id=office.lurah.id)
    measured = RecordFactory(employee=office.staff, competency=office.competency, kind=EvidenceKind.MEASUREMENT)
    session.commit()
    keeper = acting(office.camat, office.root, rights=frozenset({Permission.FRAMEWORK_MANAGE}))
    reason = "Salah memasukkan angka."
    for actor, target in (
        (acting(office.camat, office.kecamatan), row),
        (acting(office.staff, office.root, rights=RIGHTS | {Permission.FRAMEWORK_MANAGE}), row),
        (acting(office.lurah, office.kelurahan), measured),
    ):
        with pytest.raises(NotFound), transaction():
            services.correct_evidence(session, actor, record_public_id=target.public_id, level=1, reason=reason)
    with transaction():
        services.correct_evidence(session, keeper, record_public_id=measured.public_id, level=1, reason=reason)


grants = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from([Permission.COMPETENCY_APPRAISE, Permission.COMPETENCY_VIEW]),
        st.none() | st.integers(0, 4),
    ),
    max_size=3,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grants=grants, who=st.none() | st.integers(0, 4))
def test_policies_and_their_sql_twins_agree(session, grants, who):
    try:
        office = Office()
        people = [
            office.lurah,
            office.staff,
            office.stranger,
            office.camat,
            EmployeeFactory(unit_id=office.kelurahan.id),
        ]
        people.append(EmployeeFactory(unit_id=None, status=EmployeeStatus.EXTERNAL))
        people.append(EmployeeFactory(unit_id=office.other.id, is_active=False))
        units = [office.root, office.kecamatan, office.kelurahan, office.other]
        actor = Actor(
            1 if who is not None else None,
            None if who is None else people[who].id,
            grants=tuple(
                ActorGrant(Role.ATASAN, units[u].path, frozenset({p}), None if f is None else people[f].id)
                for u, p, f in grants
            ),
        )
        base = (
            select(Employee.id)
            .outerjoin(Position, Position.id == Employee.position_id)
            .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        )
        ids = [person.id for person in people]
        facts = [queries.get_person_by_id(session, one).facts for one in ids]
        for twin, predicate in (
            (policies.levels_visible_to, policies.can_see_levels),
            (policies.appraisable_by, policies.can_appraise),
        ):
            seen = set(session.scalars(base.where(twin(actor), Employee.id.in_(ids))))
            assert seen == {one.employee_id for one in facts if predicate(actor, one)}
    finally:
        session.rollback()
