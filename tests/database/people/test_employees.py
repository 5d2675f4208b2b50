from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.audit import AuditEntry
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError, Forbidden, Invalid, NotFound, Refused
from lms.people import queries, services
from lms.people.models import Employee, EmployeeNumber, EmployeeStatus, Employment, EmploymentKind
from lms.people.services import EmployeeData, TransferData, VersionConflict
from tests.database.people.helpers import NOW, TODAY, hr, make_place, nip, person
from tests.factories.people import EmployeeFactory, PartnerFactory


@pytest.fixture
def place(session):
    made = make_place()
    session.commit()
    return made


@pytest.fixture
def actor(place):
    return hr(place.root)


@pytest.fixture
def someone(session, place):
    who = person(place.position("boting", "pelayanan"), 1)
    session.commit()
    return who


def data(**values) -> EmployeeData:
    return EmployeeData(**({"name": "Hasnah Tahir", "status": EmployeeStatus.PNS, "number": nip(7)} | values))


def test_a_new_person_has_number_job_and_audit(session, place, actor):
    who = services.create_employee(
        session,
        actor,
        data(rank_code="32"),
        position=place.position("boting", "umum"),
        started_on=TODAY,
        now=NOW,
    )
    session.commit()
    assert (who.rank_name, who.unit_id) == ("III/b", place.boting.id)
    assert queries.find_by_number(session, nip(7), TODAY) is who
    assert session.scalars(select(Employment).filter_by(employee_id=who.id)).one().is_main
    assert session.scalars(select(AuditEntry.action)).all() == ["employee.create"]


def test_all_faults_of_a_form_are_told_together(session, place, actor, someone):
    with pytest.raises(Invalid) as refused:
        services.create_employee(
            session,
            actor,
            data(name=" ", number=nip(1), rank_code="99"),
            position=place.position("boting", "umum"),
            started_on=TODAY,
            now=NOW,
        )
    assert set(refused.value.fields) == {"name", "number", "rank_code"}


def test_non_asn_staff_need_no_number(session, place, actor):
    who = services.create_employee(
        session,
        actor,
        data(number="", status=EmployeeStatus.NON_ASN),
        position=place.position("boting", "umum"),
        started_on=TODAY,
        now=NOW,
    )
    assert queries.current_number(session, who.id) is None


def test_nobody_adds_people_outside_the_scope(session, place):
    with pytest.raises(Forbidden):
        services.create_employee(
            session,
            hr(place.tompotikka),
            data(),
            position=place.position("boting", "umum"),
            started_on=TODAY,
            now=NOW,
        )


def test_external_people_belong_to_the_whole_region_only(session, place, actor):
    partner = PartnerFactory()
    external = data(number="", status=EmployeeStatus.EXTERNAL)
    who = services.create_employee(session, actor, external, position=None, started_on=TODAY, now=NOW, partner=partner)
    session.commit()
    assert queries.get_employee(session, actor, who.public_id) is who
    assert queries.get_employee(session, hr(place.boting), who.public_id) is None
    with pytest.raises(Forbidden):
        services.create_employee(session, hr(place.boting), external, position=None, started_on=TODAY, now=NOW)


def test_a_change_is_saved_and_audited_with_a_masked_number(session, place, actor, someone):
    services.change_employee(
        session,
        actor,
        someone.public_id,
        data(number=nip(2), email="h@palopo.example"),
        version=someone.version,
        now=NOW,
    )
    session.commit()
    assert (someone.name, someone.email) == ("Hasnah Tahir", "h@palopo.example")
    assert queries.current_number(session, someone.id) == nip(2)
    entry = session.scalars(select(AuditEntry)).one()
    assert entry.after["number"] == "19850330********02"
    assert entry.person_id == someone.id


def test_a_former_number_may_come_back(session, place, actor, someone):
    for number in (nip(2), nip(1)):
        services.change_employee(
            session, actor, someone.public_id, data(number=number), version=someone.version, now=NOW
        )
        session.commit()
    assert queries.current_number(session, someone.id) == nip(1)
    assert len(session.scalars(select(EmployeeNumber)).all()) == 2


def test_a_stale_form_is_a_conflict_that_shows_both(session, place, actor, someone):
    stale = someone.version
    services.change_employee(session, actor, someone.public_id, data(number=nip(1)), version=stale, now=NOW)
    session.commit()
    with pytest.raises(VersionConflict) as conflict:
        services.change_employee(
            session, actor, someone.public_id, data(number=nip(1), name="Hasnawati"), version=stale, now=NOW
        )
    assert (conflict.value.theirs["name"], conflict.value.mine["name"]) == ("Hasnah Tahir", "Hasnawati")


def test_the_same_values_sent_twice_are_no_conflict(session, place, actor, someone):
    stale = someone.version
    for _time in range(2):
        services.change_employee(session, actor, someone.public_id, data(number=nip(1)), version=stale, now=NOW)
        session.commit()
    assert someone.name == "Hasnah Tahir"


def test_changing_outside_the_scope_is_not_found_and_only_viewing_is_forbidden(session, place, someone):
    with pytest.raises(NotFound):
        services.change_employee(session, hr(place.tompotikka), someone.public_id, data(), version=1, now=NOW)
    viewer = hr(place.boting, permissions=frozenset({Permission.PEOPLE_VIEW}))
    with pytest.raises(Forbidden):
        services.change_employee(session, viewer, someone.public_id, data(), version=1, now=NOW)


def test_one_of_many_concurrent_saves_wins_and_the_others_see_it(app, session, place, actor, someone):
    public_id, version = someone.public_id, someone.version
    session.rollback()
    outcomes: list[str] = []

    def save(number: int) -> None:
        with app.app_context():
            try:
                with transaction() as own:
                    services.change_employee(
                        own,
                        actor,
                        public_id,
                        data(number=nip(1), name=f"Nama {number}"),
                        version=version,
                        now=NOW,
                    )
                outcomes.append("saved")
            except VersionConflict:
                outcomes.append("conflict")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 7 + ["saved"]


def test_one_number_is_given_to_one_of_many(app, session, place, actor):
    position_id = place.position("boting", "umum").id
    session.rollback()
    outcomes: list[str] = []

    def add(number: int) -> None:
        from lms.people.models import Position

        with app.app_context():
            try:
                with transaction() as own:
                    services.create_employee(
                        own,
                        actor,
                        data(name=f"Nama {number}"),
                        position=own.get(Position, position_id),
                        started_on=TODAY,
                        now=NOW,
                    )
                outcomes.append("added")
            except DomainError:
                outcomes.append("refused")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added"] + ["refused"] * 7
    assert len(current_session().scalars(select(Employee)).all()) == 1


def test_a_transfer_ends_one_job_and_starts_the_other(session, place, actor, someone):
    target = place.position("tompotikka", "umum")
    services.transfer_employee(
        session,
        actor,
        someone.public_id,
        TransferData(target, TODAY, "SK 1"),
        version=someone.version,
        now=NOW,
    )
    session.commit()
    jobs = queries.list_jobs(session, someone.id)
    assert [(job.unit, job.started_on, job.ended_on) for job in jobs] == [
        ("Kelurahan Tompotikka", TODAY, None),
        ("Kelurahan Boting", date(2024, 1, 2), TODAY - timedelta(days=1)),
    ]
    assert someone.unit_id == place.tompotikka.id


@pytest.mark.parametrize("starts_on", [date(2024, 1, 2), date(2023, 1, 1), date(2028, 1, 1)])
def test_impossible_days_of_a_transfer_are_refused(session, place, actor, someone, starts_on):
    with pytest.raises(Refused):
        services.transfer_employee(
            session,
            actor,
            someone.public_id,
            TransferData(place.position("tompotikka", "umum"), starts_on),
            version=someone.version,
            now=NOW,
        )


def test_the_second_transfer_from_one_page_is_a_conflict(session, place, actor, someone):
    version = someone.version
    services.transfer_employee(
        session,
        actor,
        someone.public_id,
        TransferData(place.position("boting", "umum"), TODAY),
        version=version,
        now=NOW,
    )
    session.commit()
    with pytest.raises(VersionConflict):
        services.transfer_employee(
            session,
            actor,
            someone.public_id,
            TransferData(place.position("tompotikka", "umum"), TODAY),
            version=version,
            now=NOW,
        )


def test_transfer_needs_the_right_over_both_units(session, place, someone):
    with pytest.raises(Forbidden):
        services.transfer_employee(
            session,
            hr(place.boting),
            someone.public_id,
            TransferData(place.position("tompotikka", "umum"), TODAY),
            version=someone.version,
            now=NOW,
        )


def test_leaving_ends_all_jobs_and_keeps_the_record_findable(session, place, actor, someone):
    session.add(
        Employment(
            employee_id=someone.id,
            position_id=place.position("tompotikka", "lurah").id,
            unit_id=place.tompotikka.id,
            kind=EmploymentKind.PLT,
            is_main=False,
            started_on=date(2026, 1, 1),
        )
    )
    session.commit()
    services.end_employment(
        session, actor, someone.public_id, last_on=TODAY, reason="pensiun", version=someone.version, now=NOW
    )
    session.commit()
    assert not someone.is_active
    assert {job.ended_on for job in queries.list_jobs(session, someone.id)} == {TODAY}
    assert queries.get_employee(session, actor, someone.public_id) is someone
    assert queries.head_of_unit(session, place.tompotikka.id, TODAY) is None
    with pytest.raises(Refused):
        services.end_employment(
            session, actor, someone.public_id, last_on=TODAY, reason="x", version=someone.version, now=NOW
        )


def test_nobody_lets_oneself_go(session, place, someone):
    with pytest.raises(Refused):
        services.end_employment(
            session,
            hr(place.root, employee_id=someone.id),
            someone.public_id,
            last_on=TODAY,
            reason="x",
            version=someone.version,
            now=NOW,
        )


def test_numbers_are_masked_for_those_who_only_view(session, place, actor, someone):
    wanted = queries.EmployeeFilter()
    viewer = hr(place.root, permissions=frozenset({Permission.PEOPLE_VIEW}))
    oneself = Actor(1, someone.id)
    assert queries.list_employees(session, actor, wanted)[0].number == "19850330 200902 1 001"
    assert queries.list_employees(session, viewer, wanted)[0].number == "19850330********01"
    assert queries.list_employees(session, oneself, wanted)[0].number == "19850330 200902 1 001"
    assert queries.get_profile(session, viewer, someone.public_id).number == "19850330********01"


def test_a_viewer_cannot_try_numbers_out(session, place, actor, someone):
    viewer = hr(place.root, permissions=frozenset({Permission.PEOPLE_VIEW}))
    assert queries.find_visible_by_number(session, actor, nip(1)) is someone
    assert queries.find_visible_by_number(session, viewer, nip(1)) is None
    assert queries.find_visible_by_number(session, hr(place.tompotikka), nip(1)) is None


def test_the_list_pages_by_name_without_losing_or_repeating_anybody(session, place, actor):
    for serial in range(1, 8):
        EmployeeFactory(position=place.position("boting", "umum"), name=f"Sama {serial // 3}")
    session.commit()
    wanted, seen, after = queries.EmployeeFilter(), [], None
    while page := queries.list_employees(session, actor, wanted, limit=2, after=after):
        seen += [row.public_id for row in page]
        after = page[-1].public_id
    assert len(seen) == len(set(seen)) == 7
    assert queries.count_employees(session, actor, wanted) == 7


def test_filters_narrow_by_words_unit_status_and_state(session, place, actor, someone):
    other = person(place.position("tompotikka", "umum"), 2, name="Besse Rahma", status=EmployeeStatus.PPPK)
    other.is_active = False
    session.commit()

    def names(**values):
        return [row.name for row in queries.list_employees(session, actor, queries.EmployeeFilter(**values))]

    assert names() == ["Pegawai Ke 1"]
    assert names(state="all") == ["Besse Rahma", "Pegawai Ke 1"]
    assert names(state="left") == ["Besse Rahma"]
    assert names(state="all", words=("besse", "tompo")) == ["Besse Rahma"]
    assert names(state="all", words=("%",)) == []
    assert names(state="all", unit_path=place.tompotikka.path) == ["Besse Rahma"]
    assert names(state="all", status=EmployeeStatus.PPPK) == ["Besse Rahma"]


def test_the_list_costs_one_statement_whatever_its_length(session, place, actor, count_queries):
    def statements() -> int:
        session.rollback()
        with count_queries() as counted:
            queries.list_employees(session, actor, queries.EmployeeFilter())
        return len(counted)

    person(place.position("boting", "umum"), 1)
    session.commit()
    few = statements()
    for serial in range(2, 20):
        person(place.position("boting", "umum"), serial)
    session.commit()
    assert statements() == few == 1


def test_grants_of_another_permission_show_nobody(session, place, someone):
    other = Actor(1, None, grants=(ActorGrant(Role.MENTOR, "/", frozenset({Permission.MENTOR})),))
    assert queries.list_employees(session, other, queries.EmployeeFilter()) == []
