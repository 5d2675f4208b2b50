"""Programmes, joining, and pairing runs from their draft to their pairings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from lms.competencies.models import CompetencyRecord
from lms.core.actor import Role
from lms.core.db import transaction
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.jobs import tasks
from lms.mentoring import policies, queries, services
from lms.mentoring.models import (
    MemberRole,
    MentoringProgramme,
    Objective,
    Pairing,
    PairingProposal,
    PairingRun,
    PairingState,
    ProgrammeForm,
    ProgrammeMember,
    ProgrammeState,
    ProposalState,
    RunState,
)
from lms.mentoring.rules import DEFAULT_WEIGHTS, Inputs
from lms.people.events import EmployeeLeft
from lms.people.models import Employee, Position
from tests.factories.competencies import CompetencyFactory, RecordFactory, RequirementFactory
from tests.factories.mentoring import (
    NOW,
    MemberFactory,
    PairingFactory,
    ProgrammeFactory,
    ProposalFactory,
    RunFactory,
    SessionLogFactory,
    actor_of,
    office,
)
from tests.factories.people import EmployeeFactory, PositionFactory

TODAY = date(2026, 11, 24)


@pytest.fixture
def place(session):
    made = office()
    made.programme = ProgrammeFactory(unit_id=made.city.id)
    for one in (made.mentor, made.head):
        MemberFactory(programme_id=made.programme.id, employee_id=one.id, role=MemberRole.MENTOR)
    MemberFactory(programme_id=made.programme.id, employee_id=made.mentee.id)
    session.commit()
    return made


def plan(place, **changes):
    values = {
        "unit_public_id": place.city.public_id, "name": "Program baru", "purpose": "Aduan tuntas",
        "form": ProgrammeForm.GROUP, "starts_on": TODAY, "ends_on": TODAY + timedelta(days=180),
        "join_until_on": TODAY + timedelta(days=14), "rhythm_days": 14, "min_session_count": 6, **changes,
    }  # fmt: skip
    return services.ProgrammeData(**values)


def start(place, *, actor=None, weights=DEFAULT_WEIGHTS, objective=Objective.BEST):
    with transaction() as session:
        return services.start_run(
            session, actor or place.as_coordinator, place.programme.public_id, weights=weights, objective=objective,
            now=NOW,
        )  # fmt: skip


def compute(run):
    with transaction() as session:
        services.keep_run(session, run.id, services.compute_run(session, run.id, now=NOW), now=NOW)


def proposals(session, run):
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(PairingProposal).filter_by(run_id=run.id).order_by(PairingProposal.id)))


def publish(place, run):
    with transaction() as session:
        services.publish_run(session, place.as_coordinator, run.public_id, now=NOW)
    with transaction() as session:
        return services.publish_pairs(session, run.id, now=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "nama"),
        ({"purpose": "x" * 601}, "tujuan"),
        ({"rhythm_days": 3}, "irama"),
        ({"min_session_count": 0}, "minimal"),
        ({"min_session_count": 60}, "minimal"),
        ({"ends_on": TODAY}, "sampai"),
        ({"ends_on": TODAY + timedelta(days=400)}, "sampai"),
        ({"join_until_on": TODAY + timedelta(days=181)}, "gabung"),
        ({"unit_public_id": "0" * 26}, "unit"),
    ],
)
def test_a_programme_that_cannot_be_names_its_field(session, place, changes, field):
    with pytest.raises(Invalid) as caught, transaction() as writing:
        services.create_programme(writing, place.as_coordinator, plan(place, **changes), now=NOW)
    assert list(caught.value.fields) == [field]


def test_only_the_coordinator_of_the_unit_makes_and_changes_programmes(session, place):
    with pytest.raises(Forbidden), transaction() as writing:
        services.create_programme(writing, place.as_mentor, plan(place), now=NOW)
    lower = actor_of(place.coordinator, (Role.KOORDINATOR, place.here))
    with pytest.raises(Invalid), transaction() as writing:
        services.create_programme(writing, lower, plan(place), now=NOW)
    with pytest.raises(NotFound), transaction() as writing:
        services.change_programme(writing, lower, place.programme.public_id, plan(place), now=NOW)
    with transaction() as writing:
        services.change_programme(writing, place.as_coordinator, place.programme.public_id, plan(place), now=NOW)
    assert place.programme.name == "Program baru"


def join(place, actor, role=MemberRole.MENTEE, **changes):
    with transaction() as session:
        return services.join_programme(
            session, actor, place.programme.public_id, services.JoinData(role, **changes), now=NOW
        )


def test_joining_and_what_refuses_it(session, place):
    colleague = EmployeeFactory(position=PositionFactory(unit=place.here))
    outsider = EmployeeFactory(position=PositionFactory())
    session.commit()
    inside = replace(actor_of(colleague), unit_path=place.here.path)
    wish = session.scalars(select(ProgrammeMember).filter_by(employee_id=place.mentor.id)).one()
    member = join(place, inside, about="Menjawab aduan", wishes=(wish.public_id,))
    assert (member.wishes, member.capacity) == ([place.mentor.id], 0)
    assert join(place, inside, about="Lebih tenang").id == member.id
    with pytest.raises(Invalid):  # a mentee is nobody to be wished for by a mentee
        join(place, inside, wishes=(member.public_id,))
    with pytest.raises(Refused, match="tugas mentor"):
        join(place, inside, MemberRole.MENTOR, capacity=2)
    with pytest.raises(Invalid) as caught:
        join(place, place.as_mentor, MemberRole.MENTOR, capacity=6)
    assert "daya" in caught.value.fields
    with pytest.raises(NotFound):
        join(place, actor_of(outsider))
    place.programme.join_until_on = TODAY - timedelta(days=1)
    session.commit()
    join(place, inside, about="Masih anggota")  # who is in may still change
    with transaction() as writing:
        services.leave_programme(writing, inside, place.programme.public_id, MemberRole.MENTEE, now=NOW)
    with pytest.raises(Refused, match="Batas bergabung"):
        join(place, inside)


def competent(place, session):
    """Give the mentee a verified gap and the mentor an accepted level above it."""
    competency = CompetencyFactory()
    role_key = session.get(Position, place.mentee.position_id).role_key
    RequirementFactory(competency=competency, role_key=role_key, level=4)
    RecordFactory(employee=place.mentee, competency=competency, level=2, assessed_on=date(2026, 9, 1))
    RecordFactory(employee=place.mentor, competency=competency, level=4, assessed_on=date(2026, 9, 1))
    session.commit()
    return competency


def test_a_run_from_the_draft_to_pairings(session, place):
    competency = competent(place, session)
    run = start(place)
    assert place.programme.state is ProgrammeState.PAIRING
    with pytest.raises(Conflict, match="masih berjalan"):
        start(place)
    compute(run)
    compute(run)  # the job may run twice
    (line,) = proposals(session, run)
    # The head leads the mentee; nobody but the mentor of the other district is left.
    assert (line.mentor_id, line.competency_id, line.goal_level) == (place.mentor.id, competency.id, 4)
    assert line.reasons[0] == ["competency", competency.id, 2, 4, 4, 4]
    kept = Inputs.from_json(session.get(PairingRun, run.id).inputs)
    assert [one.mentor_id for one in services.solve(kept)] == [place.mentor.id]
    assert kept.mentees[0].gaps == {competency.id: (2, 4)}
    assert publish(place, run) is False
    pairing = session.scalars(select(Pairing)).one()
    assert (pairing.programme_id, pairing.mentor_id, pairing.goal_level) == (place.programme.id, place.mentor.id, 4)
    with transaction() as writing:
        assert services.publish_pairs(writing, run.id, now=NOW) is False
    assert session.get(PairingRun, run.id).state is RunState.PUBLISHED
    assert place.programme.state is ProgrammeState.RUNNING
    # Who has a mentor is not matched again, and the pair never comes twice, even after it ended.
    again = start(place)
    compute(again)
    assert proposals(session, again) == []
    pairing = session.scalars(select(Pairing)).one()
    pairing.state = PairingState.ENDED
    session.commit()
    third = start(place)
    compute(third)
    (line,) = proposals(session, third)
    assert (line.state, line.mentor_id) == (ProposalState.UNMATCHED, None)


def test_claims_and_too_old_evidence_are_no_levels(session, place):
    competency = competent(place, session)
    row = session.scalars(select(CompetencyRecord).filter_by(employee_id=place.mentor.id)).one()
    row.assessed_on = date(2019, 1, 1)
    session.commit()
    run = start(place)
    compute(run)
    (line,) = proposals(session, run)
    assert line.mentor_id is None
    assert competency.id not in Inputs.from_json(session.get(PairingRun, run.id).inputs).mentors[0].levels


def test_locked_and_refused_pairs_hold_in_the_next_run(session, place):
    run = start(place)
    compute(run)
    (line,) = proposals(session, run)

    def decide(state, actor=place.as_coordinator):
        with transaction() as writing:
            services.decide_proposal(writing, actor, run.public_id, line.public_id, state=state, now=NOW)

    decide(ProposalState.LOCKED)
    with pytest.raises(Invalid):
        decide(ProposalState.PAIRED)
    own = actor_of(place.mentee, (Role.KOORDINATOR, place.city))
    with pytest.raises(Refused, match="koordinator lain"):
        decide(ProposalState.LOCKED, own)
    second = start(place)
    compute(second)
    (kept,) = proposals(session, second)
    assert kept.state is ProposalState.LOCKED
    with pytest.raises(Conflict):  # the first draft is replaced
        decide(ProposalState.REFUSED)
    run, line = second, kept
    decide(ProposalState.REFUSED)
    third = start(place)
    compute(third)
    fourth = start(place)  # what was taken out stays out in all later runs
    compute(fourth)
    for one in (third, fourth):
        (gone,) = proposals(session, one)
        assert gone.mentor_id is None
    with pytest.raises(Refused, match="tidak memuat pasangan"):
        publish(place, fourth)


def test_a_transfer_between_draft_and_publishing_fails_that_pair_alone(session, place):
    colleague = EmployeeFactory(position=PositionFactory(unit=place.there))
    MemberFactory(programme_id=place.programme.id, employee_id=colleague.id)
    session.commit()
    run = start(place)
    compute(run)
    assert [one.mentor_id for one in proposals(session, run)] == [place.mentor.id] * 2
    person = session.get(Employee, colleague.id)
    person.is_active = False
    session.commit()
    publish(place, run)
    states = {one.mentee_id: (one.state, one.fault) for one in proposals(session, run)}
    assert states[place.mentee.id] == (ProposalState.PAIRED, "")
    assert states[colleague.id][0] is ProposalState.FAILED
    assert "Pegawai ini tidak ada" in states[colleague.id][1]


def test_who_pauses_or_left_is_not_matched(session, place):
    row = session.scalars(select(ProgrammeMember).filter_by(employee_id=place.mentor.id)).one()
    row.is_paused = True
    session.commit()
    run = start(place)
    compute(run)
    assert [one.mentor_id for one in proposals(session, run)] == [None]
    with transaction() as writing:
        services.on_employee_left(writing, EmployeeLeft(place.mentee.id, None, TODAY))
    again = start(place)
    compute(again)
    assert proposals(session, again) == []


def test_bad_weights_and_strangers_start_nothing(session, place):
    with pytest.raises(Invalid):
        start(place, weights=dict.fromkeys(DEFAULT_WEIGHTS, 0))
    with pytest.raises(NotFound):
        start(place, actor=actor_of(place.coordinator, (Role.KOORDINATOR, place.here)))
    place.programme.state = ProgrammeState.CLOSED
    session.commit()
    with pytest.raises(Refused):
        start(place)


def test_closing_keeps_the_numbers_and_ends_the_pairings(session, place):
    pairing = PairingFactory(
        mentor_id=place.mentor.id, mentee_id=place.mentee.id, programme_id=place.programme.id,
        starts_on=date(2026, 11, 1), rhythm_days=7,
    )  # fmt: skip
    late = PairingFactory(
        mentor_id=place.mentor.id, mentee_id=place.coordinator.id, programme_id=place.programme.id,
        starts_on=date(2026, 11, 1),
    )  # fmt: skip
    SessionLogFactory(pairing_id=pairing.id, held_on=date(2026, 11, 5))
    session.commit()
    health = queries.health_of(session, place.programme, today=TODAY)
    assert (health.active, health.late_start, health.at_risk, health.waiting, health.met_early) == (2, 1, 1, 1, 1)

    def close(report):
        with transaction() as writing:
            services.close_programme(writing, place.as_coordinator, place.programme.public_id, report=report, now=NOW)

    with pytest.raises(Invalid):
        close(" ")
    close("Aduan lebih cepat dijawab.")
    with pytest.raises(Conflict):
        close("Lagi")
    with transaction() as writing:
        assert services.end_programme_pairings(writing, place.programme.id, now=NOW, most=1) is True
    with transaction() as writing:
        assert services.end_programme_pairings(writing, place.programme.id, now=NOW, most=1) is False
    assert {session.get(Pairing, one.id).state for one in (pairing, late)} == {PairingState.ENDED}
    assert place.programme.report_counts["pairs"] == 2
    assert {"mentoring.compute_run", "mentoring.publish_run", "mentoring.end_programme"} <= set(tasks())


def test_policies_and_their_twins_agree(session, place):
    elsewhere = ProgrammeFactory(unit_id=place.here.id)
    below = ProgrammeFactory(unit_id=place.there.id)
    MemberFactory(programme_id=elsewhere.id, employee_id=place.mentee.id)
    session.commit()
    rows = [(place.programme, place.city), (elsewhere, place.here), (below, place.there)]
    units = (place.city, place.here, place.there)
    for person, unit, role in product((place.mentee, place.coordinator), units, (Role.KOORDINATOR, Role.MENTOR, None)):
        base = actor_of(person, *([(role, unit)] if role else []))
        for path in (None, place.here.path, place.there.path):
            actor = replace(base, unit_path=path)
            seen = set(session.scalars(select(MentoringProgramme.id).where(policies.programmes_visible_to(actor))))
            managed = set(
                session.scalars(select(MentoringProgramme.id).where(policies.programmes_manageable_by(actor)))
            )
            for row, own in rows:
                member = row is not below and person is place.mentee
                assert (row.id in seen) is policies.can_see_programme(actor, unit_path=own.path, is_member=member)
                assert (row.id in managed) is policies.can_manage_programme(actor, unit_path=own.path)


def test_lists_cost_the_same_at_two_sizes(session, place, count_queries):
    run = RunFactory(programme_id=place.programme.id)

    def cost():
        session.expire_all()
        with count_queries() as counted:
            queries.list_programmes(session, place.as_coordinator)
            queries.list_members(session, place.programme.id)
            queries.list_proposals(session, run.id)
        return len(counted)

    ProposalFactory(run_id=run.id, mentee_id=place.mentee.id, mentor_id=place.mentor.id)
    session.commit()
    before = cost()
    for _turn in range(4):
        one = EmployeeFactory(position=PositionFactory(unit=place.here))
        MemberFactory(programme_id=place.programme.id, employee_id=one.id)
        ProposalFactory(run_id=run.id, mentee_id=one.id, mentor_id=place.mentor.id)
        ProgrammeFactory(unit_id=place.here.id)
    session.commit()
    assert cost() == before
