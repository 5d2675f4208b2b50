"""Each policy and its SQL twin agree over random rows and actors."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.courses import policies
from lms.courses.models import Enrolment, EnrolmentState, JpEntry, Offering
from lms.people.models import Employee, OrganisationalUnit
from tests.database.courses.test_enrolment import NOW
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

PERMISSIONS = (
    Permission.ENROLMENT_VIEW,
    Permission.ENROLMENT_APPROVE,
    Permission.OFFERING_MANAGE,
    Permission.JP_VIEW,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_policies_and_their_sql_twins_agree(session, data):
    root = UnitFactory()
    units = [root, UnitFactory(parent=root), UnitFactory(parent=root)]
    people = [EmployeeFactory(position=PositionFactory(unit=unit)) for unit in units]
    people.append(EmployeeFactory(unit_id=None))
    course = CourseFactory(owner_unit_id=root.id)
    offerings = [
        OfferingFactory(
            course=course,
            owner_unit_id=units[data.draw(st.integers(0, 2))].id,
            instructor_id=data.draw(st.sampled_from([None, *(p.id for p in people)])),
        )
        for _ in range(3)
    ]
    enrolments = [EnrolmentFactory(offering=offerings[0], employee=p, state=EnrolmentState.REQUESTED) for p in people]
    entries = [
        JpEntry(
            employee_id=p.id,
            learning_form=3,
            held_on=NOW.date(),
            year=2026,
            label="x",
            minutes=45,
            proposed_jp=1,
            credited_jp=1,
            source_kind="t",
            recorded_at=NOW,
            unique_key=f"k{p.id}",
        )
        for p in people
    ]
    session.add_all(entries)
    session.flush()
    grants = data.draw(
        st.lists(
            st.builds(
                ActorGrant,
                role=st.just(Role.ATASAN),
                path=st.sampled_from([unit.path for unit in units]),
                permissions=st.frozensets(st.sampled_from(PERMISSIONS)),
                acting_for_id=st.sampled_from([None, *(p.id for p in people)]),
            ),
            max_size=3,
        )
    )
    system = data.draw(st.booleans()) and not grants
    me = data.draw(st.sampled_from([None, *(p.id for p in people)]))
    actor = Actor(account_id=1, employee_id=me, name="x", grants=tuple(grants), is_system=system)
    paths = {person.id: next((u.path for u in units if u.id == person.unit_id), None) for person in people}
    unit_path = OrganisationalUnit.path

    def of_people(model, condition):
        return set(
            session.scalars(
                select(model.id)
                .join(Employee, Employee.id == model.employee_id)
                .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
                .where(model.employee_id.in_([p.id for p in people]), condition)
            )
        )

    for rule, model, rows, twin in (
        (policies.can_see_enrolment, Enrolment, enrolments, policies.enrolments_visible_to(actor, unit_path)),
        (
            policies.can_decide_enrolment,
            Enrolment,
            enrolments,
            policies.enrolments_decided_by(actor, unit_path),
        ),
        (policies.can_see_jp, JpEntry, entries, policies.jp_visible_to(actor, unit_path)),
    ):
        expected = {r.id for r in rows if rule(actor, employee_id=r.employee_id, unit_path=paths[r.employee_id])}
        assert of_people(model, twin) == expected, rule.__name__
    owner = {unit.id: unit.path for unit in units}
    managed = set(
        session.scalars(
            select(Offering.id)
            .join(OrganisationalUnit, OrganisationalUnit.id == Offering.owner_unit_id)
            .where(Offering.id.in_([o.id for o in offerings]), policies.offerings_managed_by(actor, unit_path))
        )
    )
    assert managed == {
        o.id
        for o in offerings
        if policies.can_manage_offering(actor, instructor_id=o.instructor_id, owner_path=owner[o.owner_unit_id])
    }
    session.rollback()
