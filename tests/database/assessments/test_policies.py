"""Predicates and their SQL twins agree over random rows and actors."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.assessments import policies, services
from lms.assessments.models import Attempt, AttemptState, QuestionBank
from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.db import current_session
from lms.courses.models import Course
from lms.people.models import OrganisationalUnit
from tests.factories.assessments import BankFactory, enrol, make_world
from tests.factories.people import UnitFactory

assert services  # the package's acts import with its policies


def _manager(employee_id, paths):
    grants = tuple(
        ActorGrant(Role.INSTRUKTUR, path, frozenset({Permission.ASSESSMENT_MANAGE})) for path in sorted(paths)
    )
    return Actor(account_id=1, employee_id=employee_id, grants=grants)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.frozensets(st.integers(0, 3)), st.integers(0, 2))
def test_managing_and_seeing_agree_with_their_twins(app, managed, me):
    with app.app_context():
        session = current_session()
        root = UnitFactory()
        inner = UnitFactory(parent=root)
        worlds = [make_world(kinds=("single_choice",), copies=1) for _ in range(2)]
        units = [root, inner, worlds[0].unit, worlds[1].unit]
        banks = [BankFactory(unit=unit) for unit in units]
        people = [worlds[0].employee, worlds[1].employee]
        attempts = []
        for world in worlds:
            second, _actor = enrol(world)
            people.append(session.get(type(world.employee), second.employee_id))
            attempts += [
                Attempt(
                    assessment_id=world.exam.id,
                    enrolment_id=enrolment.id,
                    employee_id=enrolment.employee_id,
                    number=1,
                    state=AttemptState.OPEN,
                    started_at=world.course.created_at,
                    deadline_at=world.course.created_at,
                )
                for enrolment in (world.enrolment, second)
            ]
        session.add_all(attempts)
        session.flush()
        actor = _manager(people[me].id, [units[index].path for index in managed])
        seen = set(
            session.scalars(
                select(QuestionBank.id)
                .join(OrganisationalUnit, OrganisationalUnit.id == QuestionBank.owner_unit_id)
                .where(
                    policies.assessments_managed_by(actor, OrganisationalUnit.path),
                    QuestionBank.id.in_([bank.id for bank in banks]),
                )
            )
        )
        paths = {bank.id: unit.path for bank, unit in zip(banks, units, strict=True)}
        assert seen == {one for one in paths if policies.can_manage_assessment(actor, owner_path=paths[one])}
        owners = {world.exam.id: world.unit.path for world in worlds}
        ids = [attempt.id for attempt in attempts]
        visible = set(
            session.scalars(
                select(Attempt.id)
                .join(Course, Course.id.in_([world.course.id for world in worlds]))
                .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
                .where(
                    policies.attempts_visible_to(actor, OrganisationalUnit.path),
                    Attempt.id.in_(ids),
                    # each attempt beside the course it belongs to
                    Course.id.in_(
                        select(worlds[0].course.__class__.id).where(
                            ((Attempt.assessment_id == worlds[0].exam.id) & (Course.id == worlds[0].course.id))
                            | ((Attempt.assessment_id == worlds[1].exam.id) & (Course.id == worlds[1].course.id))
                        ).correlate(Attempt)
                    ),
                )
            )
        )  # fmt: skip
        expected = {
            attempt.id for attempt in attempts
            if policies.can_see_attempt(
                actor, employee_id=attempt.employee_id, owner_path=owners[attempt.assessment_id]
            )
        }  # fmt: skip
        assert visible == expected
        taken = set(session.scalars(select(Attempt.id).where(policies.attempts_taken_by(actor), Attempt.id.in_(ids))))
        assert taken == {a.id for a in attempts if policies.can_take_attempt(actor, employee_id=a.employee_id)}
        session.rollback()
