from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.people.models import Employee, ImportState, OrganisationalUnit, PersonnelImport
from lms.people.policies import (
    can_edit_employee,
    can_view_employee,
    can_view_import,
    can_view_unit,
    employees_editable_by,
    employees_visible_to,
    imports_visible_to,
    units_visible_to,
)
from tests.database.people.helpers import NOW, make_place
from tests.factories.people import EmployeeFactory

RELEVANT = [Permission.PEOPLE_VIEW, Permission.PEOPLE_EDIT, Permission.PEOPLE_IMPORT, Permission.LEARN]
grants = st.lists(
    st.tuples(
        st.sampled_from(["root", "wara", "boting", "tompotikka", "all"]),
        st.frozensets(st.sampled_from(RELEVANT)),
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=grants, oneself=st.integers(0, 5), anonymous=st.booleans())
def test_policies_and_their_sql_twins_agree(session, chosen, oneself, anonymous):
    if not session.scalars(select(Employee)).first():
        place = make_place()
        for key in (("boting", "umum"), ("tompotikka", "lurah"), ("wara", "camat")):
            EmployeeFactory(position=place.position(*key))
        EmployeeFactory(unit_id=None, position=None)
        for unit in (place.root, place.boting, None):
            session.add(
                PersonnelImport(
                    file_name="a",
                    file_digest="a",
                    state=ImportState.PARSED,
                    created_at=NOW,
                    unit_id=unit.id if unit else None,
                )
            )
        session.commit()
    units = {unit.name: unit for unit in session.scalars(select(OrganisationalUnit))}
    paths = {
        "root": units["Pemerintah Kota Palopo"].path,
        "wara": units["Kecamatan Wara"].path,
        "boting": units["Kelurahan Boting"].path,
        "tompotikka": units["Kelurahan Tompotikka"].path,
        "all": "/",
    }
    people = session.scalars(select(Employee).order_by(Employee.id)).all()
    mine = people[oneself].id if oneself < len(people) and not anonymous else None
    actor = Actor(1, mine, grants=tuple(ActorGrant(Role.HR, paths[key], permissions) for key, permissions in chosen))
    path_of = {unit.id: unit.path for unit in units.values()}

    def seen(model, condition):
        return set(session.scalars(select(model.id).where(condition)))

    assert seen(Employee, employees_visible_to(actor)) == {
        one.id for one in people if can_view_employee(actor, one, unit_path=path_of.get(one.unit_id))
    }
    assert seen(Employee, employees_editable_by(actor)) == {
        one.id for one in people if can_edit_employee(actor, one, unit_path=path_of.get(one.unit_id))
    }
    assert seen(OrganisationalUnit, units_visible_to(actor)) == {
        unit.id for unit in units.values() if can_view_unit(actor, unit)
    }
    assert seen(PersonnelImport, imports_visible_to(actor)) == {
        one.id
        for one in session.scalars(select(PersonnelImport))
        if can_view_import(actor, one, unit_path=path_of.get(one.unit_id))
    }
