from __future__ import annotations

from datetime import date, timedelta

import pytest

from lms.core.actor import Permission
from lms.core.errors import Forbidden, Invalid, Refused
from lms.people import queries, services
from lms.people.models import Employment, EmploymentKind, Installation, PartnerKind, UnitKind
from lms.people.services import AgreementData, PartnerData
from tests.database.people.helpers import NOW, TODAY, hr, make_place, person


@pytest.fixture
def place(session):
    made = make_place()
    session.commit()
    return made


def acting(session, who, position, kind, *, started_on=date(2026, 1, 1), ended_on=None):
    session.add(
        Employment(
            employee_id=who.id,
            position_id=position.id,
            unit_id=position.unit_id,
            kind=kind,
            is_main=False,
            started_on=started_on,
            ended_on=ended_on,
        )
    )
    session.commit()


def test_subtree_children_and_labels(session, place):
    assert queries.subtree_ids(session, place.wara.id) == {
        place.wara.id,
        place.boting.id,
        place.tompotikka.id,
    }
    assert [one.name for one in queries.unit_children(session, place.wara.id)] == [
        "Kelurahan Boting",
        "Kelurahan Tompotikka",
    ]
    assert queries.unit_labels(session, [place.wara.id])[place.wara.id].code == "WARA"
    assert queries.root_unit(session) is place.root
    assert queries.ancestor_ids(place.boting.path) == [place.boting.id, place.wara.id, place.root.id]


def test_counts_of_a_unit_hold_its_subtree(session, place):
    person(place.position("boting", "umum"), 1)
    person(place.position("wara", "camat"), 2)
    gone = person(place.position("boting", "umum"), 3)
    gone.is_active = False
    session.commit()
    nodes = {node.name: node for node in queries.unit_nodes(session, place.wara, on=TODAY)}
    assert (nodes["Kecamatan Wara"].people, nodes["Kecamatan Wara"].people_below) == (1, 2)
    assert (nodes["Kelurahan Boting"].people_below, nodes["Kelurahan Tompotikka"].people_below) == (1, 0)


def test_choices_stand_under_the_unit_above(session, place):
    choices = queries.list_unit_choices(session, hr(place.wara), Permission.PEOPLE_VIEW)
    assert [(one.name, one.depth) for one in choices] == [
        ("Kecamatan Wara", 0),
        ("Kelurahan Boting", 1),
        ("Kelurahan Tompotikka", 1),
    ]


def test_the_lurah_leads_and_the_camat_leads_the_lurah(session, place):
    camat = person(place.position("wara", "camat"), 1)
    lurah = person(place.position("boting", "lurah"), 2)
    staff = person(place.position("boting", "umum"), 3)
    session.commit()
    assert queries.head_of_unit(session, place.boting.id, TODAY).employee_id == lurah.id
    assert queries.supervisor_of(session, staff.id, TODAY).employee_id == lurah.id
    assert queries.supervisor_of(session, lurah.id, TODAY).employee_id == camat.id
    assert queries.supervisor_of(session, camat.id, TODAY) is None


def test_a_plt_leads_a_vacant_unit_and_answers_to_the_unit_above_for_it(session, place):
    camat = person(place.position("wara", "camat"), 1)
    staff = person(place.position("boting", "umum"), 2)
    other = person(place.position("boting", "pelayanan"), 3)
    session.commit()
    acting(session, staff, place.position("boting", "lurah"), EmploymentKind.PLT)
    assert queries.head_of_unit(session, place.boting.id, TODAY).kind is EmploymentKind.PLT
    assert queries.supervisor_of(session, other.id, TODAY).employee_id == staff.id
    assert queries.supervisor_of(session, staff.id, TODAY).employee_id == camat.id


def test_a_plh_stands_in_for_the_days_and_never_above_the_holder(session, place):
    camat = person(place.position("wara", "camat"), 1)
    lurah = person(place.position("boting", "lurah"), 2)
    staff = person(place.position("boting", "umum"), 3)
    other = person(place.position("boting", "pelayanan"), 4)
    session.commit()
    acting(
        session,
        staff,
        place.position("boting", "lurah"),
        EmploymentKind.PLH,
        started_on=TODAY,
        ended_on=TODAY,
    )
    assert queries.supervisor_of(session, other.id, TODAY).employee_id == staff.id
    assert queries.supervisor_of(session, lurah.id, TODAY).employee_id == camat.id
    assert queries.supervisor_of(session, staff.id, TODAY).employee_id == camat.id
    tomorrow = TODAY + timedelta(days=1)
    assert queries.supervisor_of(session, other.id, tomorrow).employee_id == lurah.id


def test_units_without_a_head_are_passed_over(session, place):
    camat = person(place.position("wara", "camat"), 1)
    staff = person(place.position("boting", "umum"), 2)
    session.commit()
    assert queries.supervisor_of(session, staff.id, TODAY).employee_id == camat.id


def test_heads_of_many_units_cost_one_statement(session, place, count_queries):
    person(place.position("boting", "lurah"), 1)
    session.commit()
    with count_queries() as counted:
        heads = queries.heads_of_units(session, [place.boting.id, place.tompotikka.id, place.wara.id], on=TODAY)
    assert set(heads) == {place.boting.id}
    assert len(counted) == 1


def test_a_unit_page_costs_the_same_for_any_number_of_units(session, place, count_queries):
    from tests.factories.people import UnitFactory

    def statements() -> int:
        session.rollback()
        with count_queries() as counted:
            queries.unit_nodes(session, place.wara, on=TODAY)
        return len(counted)

    few = statements()
    for _number in range(10):
        UnitFactory(parent=place.wara)
    session.commit()
    assert statements() == few


def test_units_and_positions_are_added_with_their_paths(session, place):
    actor = hr(place.root)
    unit = services.add_unit(
        session,
        actor,
        code="LAGALIGO",
        name="Kelurahan Lagaligo",
        kind=UnitKind.KELURAHAN,
        parent=place.wara,
        valid_from_on=TODAY,
    )
    assert unit.path == f"{place.wara.path}{unit.id}/"
    with pytest.raises(Refused):
        services.add_unit(
            session,
            actor,
            code="LAGALIGO",
            name="x",
            kind=UnitKind.KELURAHAN,
            parent=place.wara,
            valid_from_on=TODAY,
        )
    with pytest.raises(Refused):
        services.add_unit(session, actor, code="Z", name="x", kind=UnitKind.REGION, parent=None, valid_from_on=TODAY)


def test_partners_keep_agreements_with_sound_dates(session, place):
    actor = hr(place.root)
    deal = AgreementData("12/PKS/2026", "Pelatihan", date(2026, 3, 1), date(2027, 2, 28))
    partner = services.save_partner(
        session,
        actor,
        PartnerData("UTL", "Universitas Tepian", PartnerKind.UNIVERSITY, agreement=deal),
        public_id=None,
        now=NOW,
    )
    session.commit()
    row = queries.list_partners(session, on=TODAY)[0]
    assert (row.state, len(row.agreements)) == ("active", 1)
    assert queries.list_partners(session, on=date(2028, 1, 1))[0].state == "ended"
    wrong = AgreementData("13", "x", date(2026, 3, 1), date(2026, 3, 1))
    with pytest.raises(Invalid) as refused:
        services.save_partner(
            session,
            actor,
            PartnerData("UTL", "Universitas", PartnerKind.UNIVERSITY, agreement=wrong),
            public_id=partner.public_id,
            now=NOW,
        )
    assert "ends_on" in refused.value.fields
    with pytest.raises(Invalid):
        services.save_partner(session, actor, PartnerData("UTL", "Lain", PartnerKind.NGO), public_id=None, now=NOW)
    with pytest.raises(Forbidden):
        services.save_partner(
            session,
            hr(place.root, permissions=frozenset()),
            PartnerData("X", "Y", PartnerKind.NGO),
            public_id=None,
            now=NOW,
        )


def test_an_installation_is_demo_only_when_it_says_so(session):
    assert not queries.is_demo(session)
    session.add(Installation(id=1, is_demo=True))
    session.commit()
    assert queries.is_demo(session)
