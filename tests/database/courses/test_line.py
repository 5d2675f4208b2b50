"""The line of an offering on a real database: one place that gives seats, behind every change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.audit import AuditEntry
from lms.core.db import transaction
from lms.core.errors import Conflict, Invalid, NotFound, Refused
from lms.core.jobs import run_due
from lms.courses import queries, services
from lms.courses.models import (
    Enrolment,
    EnrolmentState,
    EnrolmentStep,
    OfferingPrerequisite,
    OfferingShare,
    OfferingState,
)
from lms.courses.rules import Act, OfferingDraft, OfferingMode, Refusal, WaitingOrder
from lms.notifications.models import Notice
from tests.database.courses.test_enrolment import NOW, _together, learner, supervisor
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

SOON, LATER = date(2026, 12, 7), date(2026, 12, 9)


def organiser(employee, unit):
    grant = ActorGrant(Role.HR, unit.path, frozenset({Permission.OFFERING_MANAGE, Permission.ENROLMENT_MANAGE}))
    return learner(employee, grants=(grant,))


@pytest.fixture
def house(session):
    """A city with two kecamatan; `run(...)` makes an open run there."""
    city = UnitFactory()
    parts = [UnitFactory(parent=city), UnitFactory(parent=city)]
    boss = organiser(EmployeeFactory(position=PositionFactory(unit=city)), city)
    course = CourseFactory(owner_unit_id=city.id)

    def run(**shape):
        shape = {"course": course, "is_self_study": False, "mode": OfferingMode.CLASSROOM, "starts_on": SOON,
                 "ends_on": LATER, "place": "Aula", "owner_unit_id": city.id} | shape  # fmt: skip
        return OfferingFactory(**shape)

    def clerks(count, part=0):
        return [EmployeeFactory(position=PositionFactory(unit=parts[part])) for _ in range(count)]

    return city, parts, boss, run, clerks


def states(session, offering):
    session.rollback()
    return list(
        session.scalars(select(Enrolment.state).where(Enrolment.offering_id == offering.id).order_by(Enrolment.id))
    )


def join(offering, people, *, now=NOW):
    made = []
    for number, one in enumerate(people):
        with transaction() as s:
            made.append(services.enrol(s, learner(one), offering.public_id, now=now + timedelta(seconds=number)))
    return made


def test_a_seat_left_goes_to_the_first_who_waits_who_is_told(session, house):
    _city, _parts, _boss, run, clerks = house
    offering, people = run(capacity=1), clerks(3)
    session.commit()
    first, second, third = join(offering, people)
    assert [first.state, second.state, third.state] == ["active", "waiting", "waiting"]
    assert queries.place_in_line(session, third.id) == 2
    with transaction() as s:
        services.withdraw(s, learner(people[0]), first.public_id, now=NOW)
    assert states(session, offering) == ["withdrawn", "active", "waiting"]
    kinds = session.scalars(select(Notice.kind).where(Notice.employee_id == people[1].id)).all()
    assert kinds == ["enrolment.seated"]
    acts = session.scalars(select(EnrolmentStep.act).where(EnrolmentStep.enrolment_id == second.id)).all()
    assert acts == ["request", "seat"]
    with transaction() as s:  # an undo leads back into the line, at the old place
        again = services.undo_withdraw(s, learner(people[0]), first.public_id, now=NOW + timedelta(hours=1))
    assert again.state is EnrolmentState.WAITING
    assert queries.place_in_line(session, first.id) == 1


def test_a_larger_quota_seats_those_who_wait_but_nobody_without_approval(session, house):
    _city, parts, boss, run, clerks = house
    offering, people = run(capacity=1, needs_approval=True), clerks(3)
    session.commit()
    made = join(offering, people)
    head = supervisor(EmployeeFactory(), parts[0].path)
    session.commit()
    with transaction() as s:
        services.decide_many(s, head, [made[1].public_id, made[2].public_id], approved=True, now=NOW)
    assert states(session, offering) == ["requested", "active", "waiting"]
    with transaction() as s:
        draft = services.draft_of(s, queries.lock_offering(s, offering.public_id))
        services.edit_offering(s, boss, offering.public_id, _with(draft, capacity=5), now=NOW)
    assert states(session, offering) == ["requested", "active", "active"]


def _with(draft, **change):
    from dataclasses import replace

    return replace(draft, **change)


def test_two_approvals_lead_to_the_line_and_nobody_confirms_the_own_wish(session, house):
    _city, parts, boss, run, clerks = house
    offering, (clerk,) = run(needs_approval=True, needs_agency=True), clerks(1)
    own = EnrolmentFactory(
        offering=offering, employee=EmployeeFactory(), state=EnrolmentState.APPROVED, started_at=None
    )
    session.commit()
    (made,) = join(offering, [clerk])
    with transaction() as s:
        services.decide(s, supervisor(EmployeeFactory(), parts[0].path), made.public_id, approved=True, now=NOW)
    assert made.state is EnrolmentState.APPROVED
    with pytest.raises(Invalid), transaction() as s:
        services.confirm(s, boss, made.public_id, approved=False, reason="", now=NOW)
    with transaction() as s:
        assert services.confirm(s, boss, made.public_id, approved=True, now=NOW)
        assert not services.confirm(s, boss, made.public_id, approved=True, now=NOW)
    assert made.state is EnrolmentState.ACTIVE
    same = Actor(account_id=9, employee_id=own.employee_id, name="x", grants=boss.grants)
    with pytest.raises(NotFound), transaction() as s:
        services.confirm(s, same, own.public_id, approved=True, now=NOW)


def test_seats_kept_for_a_unit_wait_for_it_and_fall_back_in_time(session, house):
    _city, parts, boss, run, clerks = house
    offering = run(capacity=2, reserve_until_on=date(2026, 11, 30))
    near, far = clerks(2, part=0), clerks(1, part=1)
    session.commit()
    with transaction() as s:
        services.set_share(s, boss, offering.public_id, unit_public_id=parts[1].public_id, most=None, kept=1, now=NOW)
    join(offering, near)
    assert states(session, offering) == ["active", "waiting"]
    with transaction() as s:  # the reserve ends by the clock
        assert services.promote_by_id(s, offering.id, now=NOW + timedelta(days=8)) == 1
    join(offering, far, now=NOW)
    assert states(session, offering) == ["active", "active", "waiting"]


def test_a_clash_of_days_keeps_out_and_is_passed_over_in_the_line(session, house):
    _city, _parts, _boss, run, clerks = house
    one, other = run(capacity=1), run(course=CourseFactory(), capacity=1, starts_on=LATER, ends_on=LATER)
    holder, busy, free = clerks(3)
    session.commit()
    seat, waits = join(one, [holder, busy])
    join(other, [busy])
    with pytest.raises(services.EnrolmentRefused) as refused, transaction() as s:
        services.enrol(s, learner(holder), other.public_id, now=NOW)
    assert refused.value.reason is Refusal.CLASH
    join(one, [free], now=NOW + timedelta(hours=1))
    with transaction() as s:
        services.withdraw(s, learner(holder), seat.public_id, now=NOW)
    assert states(session, one) == ["withdrawn", "waiting", "active"]
    assert queries.place_in_line(session, waits.id) == 1


def test_only_who_finished_what_comes_before_may_join(session, house):
    _city, _parts, _boss, run, clerks = house
    before, offering, (clerk,) = CourseFactory(), run(), clerks(1)
    session.add(OfferingPrerequisite(offering_id=offering.id, course_id=before.id))
    session.commit()
    with pytest.raises(services.EnrolmentRefused) as refused, transaction() as s:
        services.enrol(s, learner(clerk), offering.public_id, now=NOW)
    assert refused.value.reason is Refusal.PREREQUISITE
    EnrolmentFactory(offering=OfferingFactory(course=before), employee=clerk, state=EnrolmentState.COMPLETED)
    session.commit()
    assert join(offering, [clerk])[0].state is EnrolmentState.ACTIVE


def test_after_the_deadline_only_the_organiser_takes_somebody_out(session, house):
    _city, _parts, boss, run, clerks = house
    offering, (clerk, other) = run(capacity=1, withdraw_until_at=NOW), clerks(2)
    session.commit()
    made, waits = join(offering, [clerk, other], now=NOW - timedelta(days=1))
    with pytest.raises(Refused), transaction() as s:
        services.withdraw(s, learner(clerk), made.public_id, now=NOW)
    with transaction() as s:  # whoever only waits may leave at any time
        services.withdraw(s, learner(other), waits.public_id, now=NOW)
        services.undo_withdraw(s, learner(other), waits.public_id, now=NOW)
    with pytest.raises(Invalid), transaction() as s:
        services.mark(s, boss, made.public_id, Act.WITHDRAW, now=NOW)
    with transaction() as s:
        services.mark(s, boss, made.public_id, Act.WITHDRAW, reason="Sakit sampai akhir bulan.", now=NOW)
    assert states(session, offering) == ["withdrawn", "active"]
    assert session.scalar(select(Notice.id).where(Notice.employee_id == clerk.id, Notice.kind == "enrolment.withdraw"))


def test_a_transfer_frees_one_seat_and_asks_for_one(session, house):
    _city, _parts, boss, run, clerks = house
    source, target, (a, b) = run(capacity=1), run(starts_on=date(2027, 1, 4), ends_on=date(2027, 1, 5)), clerks(2)
    session.commit()
    made, _waits = join(source, [a, b])
    with transaction() as s:
        moved = services.transfer(s, boss, made.public_id, target.public_id, reason="Tugas luar kota.", now=NOW)
    assert moved.state is EnrolmentState.ACTIVE
    assert states(session, source) == ["withdrawn", "active"]


def test_cancelling_takes_everybody_out_with_the_reason(session, house):
    _city, _parts, boss, run, clerks = house
    offering, people = run(capacity=1), clerks(2)
    session.commit()
    join(offering, people)
    with transaction() as s:
        assert services.cancel_offering(s, boss, offering.public_id, reason="Narasumber berhalangan.", now=NOW) == 2
        assert services.cancel_offering(s, boss, offering.public_id, reason="Narasumber berhalangan.", now=NOW) == 0
    assert states(session, offering) == ["withdrawn", "withdrawn"]
    for one in people:
        bodies = session.scalars(select(Notice.body).where(Notice.employee_id == one.id)).all()
        assert any("Narasumber berhalangan." in body for body in bodies)
    with pytest.raises(Refused), transaction() as s:
        services.open_offering(s, boss, offering.public_id, now=NOW)


def test_too_few_people_are_told_once(session, house):
    _city, _parts, boss, run, _clerks = house
    run(min_participants=5, min_check_on=date(2026, 11, 24), instructor_id=boss.employee_id)
    session.commit()
    with transaction() as s:
        assert services.warn_of_few(s, now=NOW) == 1
        assert services.warn_of_few(s, now=NOW) == 0


def test_a_run_is_made_edited_and_copied_with_its_days_moved(session, house):
    _city, parts, boss, _run, _clerks = house
    course = CourseFactory()
    session.commit()
    draft = OfferingDraft(
        title="Angkatan I", mode=OfferingMode.CLASSROOM, starts_on=SOON, ends_on=LATER, place="Aula", capacity=10,
        enrol_until_on=date(2026, 12, 1), withdraw_until_on=date(2026, 12, 4), waiting_order=WaitingOrder.PRIORITY,
    )  # fmt: skip
    with transaction() as s:
        made = services.create_offering(s, boss, course.code, draft, now=NOW)
        services.set_share(s, boss, made.public_id, unit_public_id=parts[0].public_id, most=4, kept=2, now=NOW)
    assert made.state is OfferingState.DRAFT
    assert services.draft_of(session, made) == draft
    stale = made.version
    with transaction() as s:
        services.edit_offering(s, boss, made.public_id, _with(draft, capacity=12), version=stale, now=NOW)
    with pytest.raises(Conflict), transaction() as s:
        services.edit_offering(s, boss, made.public_id, _with(draft, capacity=9), version=stale, now=NOW)
    with pytest.raises(Invalid) as wrong, transaction() as s:
        services.edit_offering(s, boss, made.public_id, _with(draft, ends_on=date(2026, 12, 1)), now=NOW)
    assert "ends_on" in wrong.value.fields
    with transaction() as s:
        copy = services.copy_offering(
            s, boss, made.public_id, starts_on=SOON + timedelta(days=30), title="Angkatan II", now=NOW
        )
    held = services.draft_of(session, copy)
    assert (held.ends_on, held.enrol_until_on) == (LATER + timedelta(days=30), date(2026, 12, 31))
    assert session.scalar(select(OfferingShare.kept_count).where(OfferingShare.offering_id == copy.id)) == 2
    outside = organiser(EmployeeFactory(), parts[1])
    session.commit()
    with pytest.raises(NotFound), transaction() as s:
        services.open_offering(s, outside, made.public_id, now=NOW)
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "offering")).all()
    assert sorted(actions) == ["offering.create", "offering.create", "offering.edit", "offering.share"]


ACTS = st.lists(
    st.tuples(st.sampled_from(["join", "leave", "undo", "grow", "shrink", "kick", "share"]), st.integers(0, 5)),
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, capacity=st.integers(1, 3))
def test_whatever_happens_no_seat_is_free_while_somebody_waits_for_it(session, house, acts, capacity):
    _city, parts, boss, run, clerks = house
    offering = run(capacity=capacity, course=CourseFactory())
    people = clerks(3, part=0) + clerks(3, part=1)
    session.commit()
    mine = {}
    for number, (act, who) in enumerate(acts):
        moment = NOW + timedelta(seconds=number)
        try:
            with transaction() as s:
                actor = learner(people[who])
                if act == "join":
                    mine[who] = services.enrol(s, actor, offering.public_id, now=moment).public_id
                elif act in {"leave", "undo"} and who in mine:
                    (services.withdraw if act == "leave" else services.undo_withdraw)(s, actor, mine[who], now=moment)
                elif act in {"grow", "shrink"}:
                    draft = services.draft_of(s, queries.lock_offering(s, offering.public_id))
                    size = max(1, (draft.capacity or 1) + (1 if act == "grow" else -1))
                    services.edit_offering(s, boss, offering.public_id, _with(draft, capacity=size), now=moment)
                elif act == "kick" and who in mine:
                    services.mark(s, boss, mine[who], Act.WITHDRAW, reason="Keluar dari daftar.", now=moment)
                elif act == "share":
                    unit = parts[who % 2].public_id
                    services.set_share(s, boss, offering.public_id, unit_public_id=unit, most=None, kept=1, now=moment)
        except (Conflict, Invalid):
            pass
        session.rollback()
        held = queries.lock_offering(session, offering.public_id)
        waiting = queries.list_line(session, held)
        for _row, waiter in waiting:
            assert not queries.exists_free_seat(session, held, unit_path=waiter.path, today=NOW.date())
        assert queries.count_seats_taken(session, held.id) <= held.capacity
        session.rollback()


def test_fifty_at_once_get_the_one_seat_once_and_the_others_wait(app, session, house):
    _city, _parts, _boss, run, clerks = house
    offering = run(capacity=1)
    people = [learner(one) for one in clerks(50)]
    session.commit()
    public_id = offering.public_id
    results = _together(app, 50, lambda s, i: services.enrol(s, people[i], public_id, now=NOW).state)
    assert sorted(results) == ["active"] + ["waiting"] * 49
    assert sorted(states(session, offering)) == ["active"] + ["waiting"] * 49


def test_two_who_leave_two_runs_at_once_never_wait_for_each_other(app, session, house):
    _city, _parts, _boss, run, clerks = house
    runs = [run(capacity=1, course=CourseFactory(), mode=OfferingMode.ONLINE) for _ in range(2)]
    people = clerks(4)
    session.commit()
    seats = [join(one, [people[n]])[0] for n, one in enumerate(runs)]
    for one in runs:
        join(one, people[2:])
    ids = [(people[n], seat.public_id) for n, seat in enumerate(seats)]
    results = _together(app, 2, lambda s, i: services.withdraw(s, learner(ids[i][0]), ids[i][1], now=NOW).state)
    assert results == ["withdrawn", "withdrawn"]
    run_due(app)
    for one in runs:
        assert states(session, one) == ["withdrawn", "active", "waiting"]
