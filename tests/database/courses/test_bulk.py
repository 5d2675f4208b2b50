"""Enrolling many: previewed, in pieces, and taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.db import transaction
from lms.core.errors import Forbidden, Refused
from lms.core.jobs import run_due
from lms.courses import services as acts
from lms.courses.models import BulkEnrolment, BulkState, Enrolment, EnrolmentState, LessonProgress
from lms.courses.queries import bulk as reads
from lms.courses.rules import Act
from lms.courses.rules.bulk import numbers_of
from lms.courses.services import bulk
from lms.notifications.models import Notice
from tests.database.courses.test_enrolment import NOW, learner
from tests.database.courses.test_line import house, organiser  # noqa: F401 -- fixture
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory


@given(digits=st.text("0123456789", min_size=18, max_size=18), name=st.sampled_from(["", "Andi\t", "12. "]))
def test_numbers_are_found_in_whatever_is_pasted(digits, name):
    spaced = f"{digits[:8]} {digits[8:14]} {digits[14]} {digits[15:]}"
    for text in (digits, spaced, f"{name}{digits}\tLurah", f"'{digits}"):
        assert [one.number for one in numbers_of(["NIP", text])] == [digits]


def test_lines_without_a_whole_number_are_named_by_their_end_only():
    (found,) = numbers_of(["Nama dan NIP", "Budi 1987654321"])
    assert (found.line, found.number, found.tail) == (2, "", "4321")


def _outcomes(session, held):
    session.rollback()
    return reads.count_outcomes(session, held.id)


@pytest.fixture
def work(app, session, house):  # noqa: F811
    """Enrol people into a run by one work and carry it out."""
    _city, _parts, boss, run, clerks = house

    def carry(offering, people, *, act=Act.ASSIGN):
        with transaction() as s:
            held = bulk.preview(
                s,
                boss,
                offering.public_id,
                act=act,
                employee_ids=[one.id for one in people],
                description="Uji",
                now=NOW,
            )
        with transaction() as s:
            bulk.begin_bulk(s, boss, offering.public_id, held.public_id)
            bulk.begin_bulk(s, boss, offering.public_id, held.public_id)
        run_due(app)
        session.rollback()
        return session.get(BulkEnrolment, held.id, populate_existing=True)

    return boss, run, clerks, carry


def test_many_are_seated_in_pieces_and_the_rest_waits_in_order(session, work, monkeypatch):
    monkeypatch.setattr(bulk, "BATCH", 3)
    _boss, run, clerks, carry = work
    offering, people = run(capacity=5), clerks(8)
    EnrolmentFactory(offering=OfferingFactory(course=CourseFactory()), employee=people[0])
    session.commit()
    held = carry(offering, people)
    assert (held.state, held.done_count) == (BulkState.DONE, 8)
    assert _outcomes(session, held) == {"seated": 5, "waiting": 3}
    seated = set(session.scalars(select(Enrolment.employee_id).where(
        Enrolment.offering_id == offering.id, Enrolment.state == EnrolmentState.ACTIVE)))  # fmt: skip
    assert seated == {one.id for one in people[:5]}
    told = session.scalar(select(func.count()).where(Notice.employee_id.in_([one.id for one in people])))
    assert told == 8


def test_a_preview_says_who_cannot_be_enrolled_and_enrols_nobody(session, work):
    boss, run, clerks, _carry = work
    offering, people = run(), clerks(3)
    EnrolmentFactory(offering=offering, employee=people[0])
    EnrolmentFactory(offering=run(starts_on=date(2027, 2, 1), ends_on=date(2027, 2, 2)), employee=people[1])
    session.commit()
    with transaction() as s:
        held = bulk.preview(
            s, boss, offering.public_id, act=Act.ASSIGN, employee_ids=[one.id for one in people],
            strangers=numbers_of(["198706142010011002"]), description="Uji", now=NOW,
        )  # fmt: skip
    assert _outcomes(session, held) == {"skipped": 3, "ready": 1}
    reasons = {line.reason for line in reads.list_bulk_lines(session, held.id, outcome="skipped")}
    assert reasons == {str(bulk.ALREADY), str(bulk.OTHER_RUN), str(bulk.UNKNOWN)}
    assert session.scalar(select(func.count()).where(Enrolment.offering_id == offering.id)) == 1


def test_an_undo_takes_back_all_but_those_who_have_begun(app, session, work):
    boss, run, clerks, carry = work
    offering, people = run(capacity=2), clerks(3)
    session.commit()
    held = carry(offering, people)
    first = session.scalars(select(Enrolment).where(Enrolment.employee_id == people[0].id)).one()
    lesson = session.scalar(select(func.min(LessonProgress.id))) or 0
    assert lesson == 0
    with transaction() as s:
        row = acts.complete_lesson
        from lms.courses import queries

        mine = queries.get_enrolment_row(s, first.id)
        outline = queries.get_outline(s, mine.version_id, mine.version_public_id)
        row(s, learner(people[0]), first.public_id, outline.lessons[0].public_id, now=NOW)
    held.finished_at = NOW
    session.commit()
    with pytest.raises(Refused), transaction() as s:
        bulk.undo_bulk(s, boss, offering.public_id, held.public_id, now=NOW + timedelta(days=2))
    with transaction() as s:
        bulk.undo_bulk(s, boss, offering.public_id, held.public_id, now=NOW + timedelta(hours=1))
    run_due(app)
    assert _outcomes(session, held) == {"kept": 1, "undone": 2}
    assert session.get(BulkEnrolment, held.id, populate_existing=True).state is BulkState.UNDONE


def test_an_invitation_gives_a_seat_when_it_is_accepted(session, work):
    _boss, run, clerks, carry = work
    offering, (one, other) = run(capacity=1, needs_approval=True), clerks(2)
    session.commit()
    held = carry(offering, [one, other], act=Act.INVITE)
    assert _outcomes(session, held) == {"invited": 2}
    ids = {
        row.employee_id: row.public_id
        for row in session.scalars(select(Enrolment).where(Enrolment.offering_id == offering.id))
    }
    with transaction() as s:
        assert acts.decline(s, learner(one), ids[one.id], now=NOW).state is EnrolmentState.WITHDRAWN
        assert acts.accept(s, learner(other), ids[other.id], now=NOW).state is EnrolmentState.ACTIVE


def test_a_rule_means_people_of_a_kind_of_position_below_a_level_within_the_own_scope(session, house):  # noqa: F811
    from tests.factories.competencies import CompetencyFactory, RecordFactory

    _city, parts, boss, _run, _clerks = house
    competency = CompetencyFactory()
    able, unable, other = (
        EmployeeFactory(position=PositionFactory(unit=parts[0], role_key=key))
        for key in ("kasi-pelayanan", "kasi-pelayanan", "lurah")
    )
    RecordFactory(employee=able, competency=competency, level=2, assessed_on=date(2026, 6, 1))
    session.commit()
    rule = reads.PeopleRule(parts[0].path, "kasi-pelayanan", competency.id, 2)
    assert reads.people_of_rule(session, boss, rule, on=NOW.date()) == [unable.id]
    assert reads.people_of_rule(session, organiser(EmployeeFactory(), parts[1]), rule, on=NOW.date()) == []
    everybody = reads.PeopleRule(parts[0].path)
    assert set(reads.people_of_rule(session, boss, everybody, on=NOW.date())) == {able.id, unable.id, other.id}


def test_without_the_right_over_people_nobody_is_enrolled(session, house):  # noqa: F811
    city, _parts, _boss, run, clerks = house
    offering, (clerk,) = run(), clerks(1)
    session.commit()
    grant = ActorGrant(Role.INSTRUKTUR, city.path, frozenset({Permission.OFFERING_MANAGE}))
    actor = Actor(account_id=1, employee_id=clerk.id, name="x", grants=(grant,))
    with pytest.raises(Forbidden), transaction() as s:
        bulk.preview(s, actor, offering.public_id, act=Act.ASSIGN, employee_ids=[clerk.id], description="", now=NOW)
