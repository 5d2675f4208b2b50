"""Joining, leaving, approving on a real database."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.db import transaction
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.courses import queries, services
from lms.courses.models import Enrolment, EnrolmentState, OfferingState
from lms.courses.rules import Refusal
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


def learner(employee, **more):
    return Actor(
        account_id=employee.id,
        employee_id=employee.id,
        name=employee.name,
        unit_id=employee.unit_id,
        own=frozenset({Permission.LEARN}),
        **more,
    )


def supervisor(employee, path, *, acting_for=None):
    grant = ActorGrant(
        Role.ATASAN, path, frozenset({Permission.ENROLMENT_APPROVE, Permission.ENROLMENT_VIEW}), acting_for
    )
    return learner(employee, grants=(grant,))


def test_enrolling_twice_holds_one_seat(session):
    person, offering = EmployeeFactory(), OfferingFactory(capacity=2)
    session.commit()
    with transaction() as s:
        first = services.enrol(s, learner(person), offering.public_id, now=NOW)
        second = services.enrol(s, learner(person), offering.public_id, now=NOW)
    assert first.id == second.id
    assert first.state is EnrolmentState.ACTIVE
    assert queries.count_seats_taken(session, offering.id) == 1


def test_the_deadline_follows_the_offering(session):
    person = EmployeeFactory()
    free = OfferingFactory(days_to_finish=60)
    session.commit()
    with transaction() as s:
        assert services.enrol(s, learner(person), free.public_id, now=NOW).due_on == date(2027, 1, 23)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"enrol_from_at": NOW + timedelta(minutes=1)}, Refusal.NOT_OPEN),
        ({"enrol_until_at": NOW}, Refusal.CLOSED),
        ({"state": OfferingState.CLOSED}, Refusal.CANCELLED),
        ({"capacity": 1, "has_waiting_list": False}, Refusal.FULL),
    ],
)
def test_a_refusal_says_why_and_writes_nothing(session, shape, reason):
    offering = OfferingFactory(**shape)
    if reason is Refusal.FULL:
        EnrolmentFactory(offering=offering)
    person = EmployeeFactory()
    session.commit()
    with pytest.raises(services.EnrolmentRefused) as refused, transaction() as s:
        services.enrol(s, learner(person), offering.public_id, now=NOW)
    assert refused.value.reason is reason
    assert str(refused.value).endswith(".")
    assert session.scalar(select(func.count()).where(Enrolment.employee_id == person.id)) == 0


def test_one_course_is_joined_through_one_run_only(session):
    person, course = EmployeeFactory(), CourseFactory()
    first, second = OfferingFactory(course=course), OfferingFactory(course=course, is_self_study=False)
    session.commit()
    with transaction() as s:
        services.enrol(s, learner(person), first.public_id, now=NOW)
    with pytest.raises(services.EnrolmentRefused) as refused, transaction() as s:
        services.enrol(s, learner(person), second.public_id, now=NOW)
    assert refused.value.reason is Refusal.ALREADY


def test_a_finished_course_is_not_joined_again(session):
    person, course = EmployeeFactory(), CourseFactory()
    first, second = OfferingFactory(course=course), OfferingFactory(course=course)
    EnrolmentFactory(offering=first, employee=person, state=EnrolmentState.COMPLETED)
    session.commit()
    with pytest.raises(services.EnrolmentRefused) as refused, transaction() as s:
        services.enrol(s, learner(person), second.public_id, now=NOW)
    assert refused.value.reason is Refusal.DONE


def test_drafts_are_as_absent_as_missing_offerings(session):
    person, draft = EmployeeFactory(), OfferingFactory(state=OfferingState.DRAFT)
    session.commit()
    texts = set()
    for public_id in (draft.public_id, "0" * 26):
        with pytest.raises(NotFound) as absent, transaction() as s:
            services.enrol(s, learner(person), public_id, now=NOW)
        texts.add(str(absent.value))
    assert len(texts) == 1


def test_an_account_without_the_right_to_learn_is_refused(session):
    person, offering = EmployeeFactory(), OfferingFactory()
    session.commit()
    with pytest.raises(Forbidden), transaction() as s:
        services.enrol(s, Actor(account_id=1, employee_id=person.id, name="x"), offering.public_id, now=NOW)


def _together(app, count, act):
    """Run `act(index)` in threads that start at once, each in its own application context."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(index):
        with app.app_context():
            barrier.wait()
            try:
                with transaction() as s:
                    results[index] = act(s, index)
            except Conflict as error:
                results[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_the_last_seat_goes_to_one_of_many(app, session):
    offering = OfferingFactory(capacity=1, has_waiting_list=False)
    people = [EmployeeFactory() for _ in range(12)]
    session.commit()
    actors, public_id = [learner(person) for person in people], offering.public_id
    results = _together(app, 12, lambda s, i: services.enrol(s, actors[i], public_id, now=NOW).id)
    assert sum(isinstance(result, int) for result in results) == 1
    assert (
        sum(isinstance(result, services.EnrolmentRefused) and result.reason is Refusal.FULL for result in results) == 11
    )


def test_fifty_parallel_requests_of_one_person_make_one_enrolment(app, session):
    person, offering = EmployeeFactory(), OfferingFactory(capacity=5)
    session.commit()
    actor, public_id = learner(person), offering.public_id
    results = _together(app, 50, lambda s, _i: services.enrol(s, actor, public_id, now=NOW).id)
    assert len(set(results)) == 1
    session.rollback()
    assert session.scalar(select(func.count()).where(Enrolment.employee_id == person.id)) == 1


def test_one_person_in_two_runs_at_once_gets_one_of_them(app, session):
    person, course = EmployeeFactory(), CourseFactory()
    runs = [OfferingFactory(course=course).public_id for _ in range(8)]
    session.commit()
    actor = learner(person)
    results = _together(app, 8, lambda s, i: services.enrol(s, actor, runs[i], now=NOW).id)
    assert sum(isinstance(result, int) for result in results) == 1


def test_a_withdrawal_frees_the_seat_and_can_be_taken_back_for_a_day(session):
    person, offering = EmployeeFactory(), OfferingFactory(capacity=1)
    session.commit()
    actor = learner(person)
    with transaction() as s:
        enrolment = services.enrol(s, actor, offering.public_id, now=NOW)
        services.withdraw(s, actor, enrolment.public_id, now=NOW)
    assert queries.count_seats_taken(session, offering.id) == 0
    with transaction() as s:
        again = services.undo_withdraw(s, actor, enrolment.public_id, now=NOW + timedelta(hours=2))
    assert again.state is EnrolmentState.ACTIVE
    with transaction() as s:
        services.withdraw(s, actor, enrolment.public_id, now=NOW)
    with pytest.raises(Refused), transaction() as s:
        services.undo_withdraw(s, actor, enrolment.public_id, now=NOW + timedelta(days=2))


def test_a_seat_taken_meanwhile_is_not_taken_back(session):
    person, other = EmployeeFactory(), EmployeeFactory()
    offering = OfferingFactory(capacity=1, has_waiting_list=False)
    session.commit()
    with transaction() as s:
        enrolment = services.enrol(s, learner(person), offering.public_id, now=NOW)
        services.withdraw(s, learner(person), enrolment.public_id, now=NOW)
        services.enrol(s, learner(other), offering.public_id, now=NOW)
    with pytest.raises(services.EnrolmentRefused), transaction() as s:
        services.undo_withdraw(s, learner(person), enrolment.public_id, now=NOW)


def test_another_persons_enrolment_is_as_absent_as_a_missing_one(session):
    mine, stranger = EnrolmentFactory(), EmployeeFactory()
    session.commit()
    for act in (services.withdraw, services.undo_withdraw):
        with pytest.raises(NotFound), transaction() as s:
            act(s, learner(stranger), mine.public_id, now=NOW)


def _team():
    """A kecamatan over a kelurahan; camat, lurah and a clerk who asks."""
    kecamatan = UnitFactory()
    kelurahan = UnitFactory(parent=kecamatan)
    camat = EmployeeFactory(position=PositionFactory(unit=kecamatan, is_head=True))
    lurah = EmployeeFactory(position=PositionFactory(unit=kelurahan, is_head=True))
    clerk = EmployeeFactory(position=PositionFactory(unit=kelurahan))
    return kecamatan, kelurahan, camat, lurah, clerk


def _request(employee, **shape):
    offering = OfferingFactory(needs_approval=True, **shape)
    return EnrolmentFactory(offering=offering, employee=employee, state=EnrolmentState.REQUESTED, started_at=None)


def test_a_request_waits_for_the_supervisor_and_then_starts(session):
    _kec, kelurahan, _camat, lurah, clerk = _team()
    offering = OfferingFactory(needs_approval=True, capacity=1, days_to_finish=30)
    session.commit()
    with transaction() as s:
        enrolment = services.enrol(s, learner(clerk), offering.public_id, now=NOW)
    assert enrolment.state is EnrolmentState.REQUESTED
    assert queries.count_seats_taken(session, offering.id) == 0  # a request is not a seat
    boss = supervisor(lurah, kelurahan.path)
    assert [line.public_id for line in queries.list_requests(session, boss)] == [enrolment.public_id]
    with transaction() as s:
        assert services.decide(s, boss, enrolment.public_id, approved=True, now=NOW)
        assert not services.decide(s, boss, enrolment.public_id, approved=True, now=NOW)
    assert enrolment.state is EnrolmentState.ACTIVE
    assert enrolment.due_on == date(2026, 12, 24)
    assert queries.count_requests(session, boss) == 0


def test_refusing_needs_a_reason_and_frees_the_seat(session):
    _kec, kelurahan, _camat, lurah, clerk = _team()
    enrolment = _request(clerk, capacity=1)
    session.commit()
    boss = supervisor(lurah, kelurahan.path)
    with pytest.raises(Invalid), transaction() as s:
        services.decide(s, boss, enrolment.public_id, approved=False, reason="  ", now=NOW)
    with transaction() as s:
        services.decide(s, boss, enrolment.public_id, approved=False, reason="Loket kosong pekan itu.", now=NOW)
    assert enrolment.state is EnrolmentState.REFUSED
    assert queries.count_seats_taken(session, enrolment.offering_id) == 0
    with pytest.raises(Refused), transaction() as s:
        services.decide(s, boss, enrolment.public_id, approved=True, now=NOW)


def test_nobody_approves_their_own_request_nor_through_a_delegation(session):
    kecamatan, kelurahan, camat, lurah, clerk = _team()
    own, of_clerk = _request(lurah), _request(clerk)
    session.commit()
    # The lurah's own right; the clerk as Plh. of the lurah; and the camat, who stands above.
    with pytest.raises(NotFound), transaction() as s:
        services.decide(s, supervisor(lurah, kelurahan.path), own.public_id, approved=True, now=NOW)
    acting = supervisor(clerk, kelurahan.path, acting_for=lurah.id)
    for request in (own, of_clerk):
        with pytest.raises(NotFound), transaction() as s:
            services.decide(s, acting, request.public_id, approved=True, now=NOW)
    with transaction() as s:
        assert services.decide(s, supervisor(camat, kecamatan.path), own.public_id, approved=True, now=NOW)


def test_a_request_outside_the_scope_is_as_absent_as_a_missing_one(session):
    _kec, _kel, _camat, lurah, _clerk = _team()
    elsewhere = _request(EmployeeFactory())
    session.commit()
    with pytest.raises(NotFound), transaction() as s:
        services.decide(s, supervisor(lurah, "/999999/"), elsewhere.public_id, approved=True, now=NOW)


def test_several_are_decided_together_or_not_at_all(session):
    _kec, kelurahan, _camat, lurah, clerk = _team()
    good, bad = _request(clerk), _request(EmployeeFactory())
    session.commit()
    boss = supervisor(lurah, kelurahan.path)
    with pytest.raises(NotFound), transaction() as s:
        services.decide_many(s, boss, [good.public_id, bad.public_id], approved=True, now=NOW)
    session.refresh(good)
    assert good.state is EnrolmentState.REQUESTED
    with transaction() as s:
        assert services.decide_many(s, boss, [good.public_id, good.public_id], approved=True, now=NOW) == 1


def test_of_two_deciders_the_first_counts(app, session):
    kecamatan, kelurahan, camat, lurah, clerk = _team()
    request = _request(clerk)
    session.commit()
    bosses = [supervisor(lurah, kelurahan.path), supervisor(camat, kecamatan.path)] * 4
    public_id = request.public_id
    results = _together(app, 8, lambda s, i: services.decide(s, bosses[i], public_id, approved=True, now=NOW))
    assert sorted(results) == [False] * 7 + [True]


def test_the_decision_is_told_once(session):
    from lms.notifications.models import Notice

    _kec, kelurahan, _camat, lurah, clerk = _team()
    enrolment = _request(clerk)
    session.commit()
    with transaction() as s:
        services.decide(s, supervisor(lurah, kelurahan.path), enrolment.public_id, approved=True, now=NOW)
    notices = session.scalars(select(Notice).where(Notice.employee_id == clerk.id)).all()
    assert [notice.url for notice in notices] == [f"/belajar/{enrolment.public_id}"]
