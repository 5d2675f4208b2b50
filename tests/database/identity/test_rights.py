"""Accounts of others, grants and delegations: who may, who may not, and what follows."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from lms.core import clock, sessions
from lms.core.actor import SYSTEM, Permission, Role
from lms.core.audit import AuditEntry
from lms.core.db import current_session, transaction
from lms.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Refused
from lms.core.sessions import LoginSession
from lms.identity import queries, services
from lms.identity.models import Account, AccountState, Delegation, DelegationKind, Grant
from lms.notifications.models import Notice
from lms.people.events import EmployeeJoined, EmployeeLeft, EmployeeRemoving, EmployeeTransferred
from tests.factories.identity import AccountFactory, GrantFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
TODAY = date(2026, 11, 24)


class World:
    """A region with one kecamatan, its kelurahan, and people in both."""

    def __init__(self):
        self.region = UnitFactory(kind="region")
        self.kecamatan = UnitFactory(parent=self.region, kind="kecamatan")
        self.kelurahan = UnitFactory(parent=self.kecamatan)

    def person(self, unit, *roles, **kwargs):
        account = AccountFactory(employee=EmployeeFactory(position=PositionFactory(unit=unit)), **kwargs)
        for role, over in roles:
            GrantFactory(account=account, role=role, unit=over)
        return account


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def world(session):
    return World()


def actor_of(account):
    session = current_session()
    session.commit()
    actor = queries.load_actor_of(session, account.employee_id)
    session.commit()
    return actor


def act(function, *args, **kwargs):
    with transaction() as session:
        return function(session, *args, now=NOW, **kwargs)


class TestReset:
    def test_it_ends_sessions_and_kills_the_password(self, session, world):
        hr, person = world.person(world.region, (Role.HR, world.region)), world.person(world.kelurahan)
        row, _token = sessions.begin(session, account_id=person.id, now=NOW, shared=False)
        issued = act(services.reset_access, actor_of(hr), person.public_id)
        session.expire_all()
        account = session.get(Account, person.id)
        assert (account.state, account.password_hash) == (AccountState.PENDING, None)
        assert session.get(LoginSession, row.id).ended_at == NOW
        assert len(issued.code.split("-")) == 3
        entry = session.scalars(select(AuditEntry).filter_by(action="account.reset_access")).one()
        assert entry.person_id == person.employee_id
        assert issued.code not in str(entry.after)

    def test_the_second_factor_stays_unless_asked(self, session, world):
        hr = world.person(world.region, (Role.HR, world.region))
        person = world.person(world.kelurahan, totp="JBSWY3DPEHPK3PXP")
        act(services.reset_access, actor_of(hr), person.public_id)
        session.expire_all()
        assert session.get(Account, person.id).totp_secret is not None
        act(services.reset_access, actor_of(hr), person.public_id, clear_factor=True)
        session.expire_all()
        assert session.get(Account, person.id).totp_secret is None

    def test_outside_the_own_units_nobody_is_found(self, world):
        hr = world.person(world.kelurahan, (Role.HR, world.kelurahan))
        person = world.person(world.kecamatan)
        with pytest.raises(NotFound):
            act(services.reset_access, actor_of(hr), person.public_id)

    @pytest.mark.parametrize("mightier", ["admin", "wider hr", "coming admin"])
    def test_nobody_takes_over_somebody_mightier(self, session, world, mightier):
        hr = world.person(world.kecamatan, (Role.HR, world.kecamatan))
        role = Role.HR if mightier == "wider hr" else Role.ADMIN
        person = world.person(world.kelurahan)
        over = world.region if mightier == "wider hr" else world.kelurahan
        starts_on = date(2030, 1, 1) if mightier == "coming admin" else date(2020, 1, 1)
        GrantFactory(account=person, role=role, unit=over, starts_on=starts_on)
        with pytest.raises(Forbidden):
            act(services.reset_access, actor_of(hr), person.public_id)

    def test_not_oneself(self, world):
        hr = world.person(world.region, (Role.HR, world.region))
        with pytest.raises(Forbidden):
            act(services.reset_access, actor_of(hr), hr.public_id)

    def test_an_atasan_resets_nobody(self, world):
        camat, person = (
            world.person(world.kecamatan, (Role.ATASAN, world.kecamatan)),
            world.person(world.kelurahan),
        )
        with pytest.raises(NotFound):
            act(services.reset_access, actor_of(camat), person.public_id)


def test_codes_for_a_unit_go_to_those_who_never_activated(session, world):
    hr = world.person(world.region, (Role.HR, world.region))
    waiting = [world.person(world.kelurahan, state=AccountState.PENDING, password_hash=None) for _ in range(3)]
    world.person(world.kelurahan)
    world.person(world.region, state=AccountState.PENDING, password_hash=None)
    issued = act(services.issue_codes, actor_of(hr), world.kecamatan.public_id)
    assert {one.account_id for one in issued} == {one.id for one in waiting}


def test_a_closed_account_gives_no_access_until_opened_again(session, world):
    hr, person = world.person(world.region, (Role.HR, world.region)), world.person(world.kelurahan)
    row, _token = sessions.begin(session, account_id=person.id, now=NOW, shared=False)
    act(services.disable_account, actor_of(hr), person.public_id, reason="Pensiun")
    session.expire_all()
    assert queries.load_actor(session, row) is None
    with pytest.raises(Refused):
        act(services.reset_access, actor_of(hr), person.public_id)
    assert act(services.enable_account, actor_of(hr), person.public_id).code
    session.expire_all()
    assert session.get(Account, person.id).state is AccountState.PENDING


def test_the_last_administrator_stays(session, world):
    first = world.person(world.region, (Role.ADMIN, world.region))
    second = world.person(world.region, (Role.ADMIN, world.region))
    acting = actor_of(first)
    grants = dict(list(session.execute(select(Grant.account_id, Grant.public_id))))
    session.commit()
    act(services.revoke_grant, acting, grants[second.id], reason="Selesai tugas")
    stale = actor_of(first)
    third = world.person(world.region, (Role.ADMIN, world.region))
    third_actor = actor_of(third)
    act(
        services.revoke_grant,
        stale,
        session.scalars(select(Grant).filter_by(account_id=third.id)).one().public_id,
        reason="Selesai tugas",
    )
    with pytest.raises(Refused):
        act(services.disable_account, third_actor, first.public_id, reason="Balas")


def test_two_administrators_who_revoke_each_other_leave_one(app, session, world):
    pair = [world.person(world.region, (Role.ADMIN, world.region)) for _ in range(2)]
    actors = [actor_of(one) for one in pair]
    grants = dict(list(session.execute(select(Grant.account_id, Grant.public_id))))
    session.commit()
    done = []

    def revoke(actor, victim):
        with app.app_context():
            try:
                with transaction() as own:
                    services.revoke_grant(own, actor, grants[victim.id], reason="Ganti", now=NOW)
                done.append(actor)
            except DomainError:
                pass

    threads = [threading.Thread(target=revoke, args=(actors[n], pair[1 - n])) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert queries.count_admins(session, today=TODAY) == 1


class TestGrants:
    def give(self, actor, account, role, unit, **kwargs):
        kwargs = {"starts_on": TODAY, "ends_on": None, "reason": "SK 1/2026", **kwargs}
        return act(services.give_grant, actor, account.public_id, role=role, unit_public_id=unit.public_id, **kwargs)

    def test_a_grant_counts_from_its_first_day(self, session, world):
        admin, person = world.person(world.region, (Role.ADMIN, world.region)), world.person(world.kelurahan)
        self.give(actor_of(admin), person, Role.HR, world.kelurahan)
        assert actor_of(person).may_in(Permission.PEOPLE_EDIT, world.kelurahan.path)

    def test_the_receiver_is_told_once(self, session, world):
        hr, person = world.person(world.region, (Role.HR, world.region)), world.person(world.kelurahan)
        first = self.give(actor_of(hr), person, Role.MENTOR, world.kelurahan)
        second = self.give(actor_of(hr), person, Role.MENTOR, world.kelurahan)
        assert first.id == second.id
        assert [n.kind for n in session.scalars(select(Notice).filter_by(employee_id=person.employee_id))] == [
            "identity.grant_given"
        ]

    def test_not_to_oneself(self, world):
        hr = world.person(world.region, (Role.HR, world.region))
        with pytest.raises(Forbidden):
            self.give(actor_of(hr), hr, Role.ATASAN, world.region)

    @pytest.mark.parametrize("role", [Role.HR, Role.ADMIN])
    def test_hr_gives_no_power_like_its_own(self, world, role):
        hr, person = world.person(world.region, (Role.HR, world.region)), world.person(world.kelurahan)
        with pytest.raises(Forbidden):
            self.give(actor_of(hr), person, role, world.kelurahan)

    def test_not_beyond_the_own_units(self, world):
        hr, person = world.person(world.kelurahan, (Role.HR, world.kelurahan)), world.person(world.kelurahan)
        with pytest.raises(NotFound):
            self.give(actor_of(hr), person, Role.MENTOR, world.kecamatan)

    @pytest.mark.parametrize("ends_on", [TODAY - timedelta(days=1), date(2020, 1, 1)])
    def test_dates_that_are_over_are_refused(self, world, ends_on):
        hr, person = world.person(world.region, (Role.HR, world.region)), world.person(world.kelurahan)
        with pytest.raises(Refused):
            self.give(actor_of(hr), person, Role.MENTOR, world.kelurahan, ends_on=ends_on)

    def test_revoking_is_at_once_and_repeatable(self, session, world):
        hr, person = world.person(world.region, (Role.HR, world.region)), world.person(world.kelurahan)
        grant = self.give(actor_of(hr), person, Role.ATASAN, world.kelurahan)
        for _ in range(2):
            act(services.revoke_grant, actor_of(hr), grant.public_id, reason="Selesai")
        assert not actor_of(person).may(Permission.ENROLMENT_APPROVE)
        assert len(session.scalars(select(AuditEntry).filter_by(action="grant.revoke")).all()) == 1


class TestDelegations:
    def make(self, actor, taker, unit, **kwargs):
        kwargs = {"role": Role.ATASAN, "starts_on": TODAY, "ends_on": TODAY + timedelta(days=6), **kwargs}
        return act(
            services.delegate, actor, taker.public_id, unit_public_id=unit.public_id, kind=DelegationKind.PLH,
            letter="800/12", **kwargs,
        )  # fmt: skip

    def test_the_taker_acts_and_both_are_told(self, session, world):
        lurah, staff = (
            world.person(world.kelurahan, (Role.ATASAN, world.kelurahan)),
            world.person(world.kelurahan),
        )
        self.make(actor_of(lurah), staff, world.kelurahan)
        grants = queries.list_delegations(session, actor_of(staff))
        assert [row.from_account_id for row in grants] == [lurah.id]
        told = {notice.employee_id for notice in session.scalars(select(Notice))}
        assert told == {lurah.employee_id, staff.employee_id}

    def test_not_to_oneself(self, world):
        lurah = world.person(world.kelurahan, (Role.ATASAN, world.kelurahan))
        with pytest.raises(Refused):
            self.make(actor_of(lurah), lurah, world.kelurahan)

    def test_not_what_one_does_not_hold(self, world):
        lurah, staff = (
            world.person(world.kelurahan, (Role.ATASAN, world.kelurahan)),
            world.person(world.kelurahan),
        )
        for role, unit in ((Role.HR, world.kelurahan), (Role.ATASAN, world.kecamatan)):
            with pytest.raises(Refused):
                self.make(actor_of(lurah), staff, unit, role=role)

    def test_what_is_lent_is_not_lent_on(self, world):
        camat = world.person(world.kecamatan, (Role.ATASAN, world.kecamatan))
        lurah = world.person(world.kelurahan, (Role.ATASAN, world.kelurahan))
        third = world.person(world.kelurahan)
        self.make(actor_of(camat), lurah, world.kecamatan)
        with pytest.raises(Refused):
            self.make(actor_of(lurah), third, world.kecamatan)

    def test_one_stands_in_at_a_time(self, app, session, world):
        lurah = world.person(world.kelurahan, (Role.ATASAN, world.kelurahan))
        staff = [world.person(world.kelurahan) for _ in range(8)]
        actor, made, refused = actor_of(lurah), [], []

        def make(taker):
            with app.app_context():
                try:
                    made.append(self.make(actor, taker, world.kelurahan))
                except Conflict:
                    refused.append(taker)

        threads = [threading.Thread(target=make, args=(one,)) for one in staff]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(made), len(refused)) == (1, 7)

    def test_either_side_ends_it(self, session, world):
        lurah, staff = (
            world.person(world.kelurahan, (Role.ATASAN, world.kelurahan)),
            world.person(world.kelurahan),
        )
        stranger = world.person(world.kelurahan)
        row = self.make(actor_of(lurah), staff, world.kelurahan)
        with pytest.raises(NotFound):
            act(services.revoke_delegation, actor_of(stranger), row.public_id)
        act(services.revoke_delegation, actor_of(staff), row.public_id)
        act(services.revoke_delegation, actor_of(lurah), row.public_id)
        session.expire_all()
        assert session.get(Delegation, row.id).revoked_at == NOW


class TestPersonnelNews:
    def test_a_new_person_gets_a_pending_account(self, session, world):
        person = EmployeeFactory(position=PositionFactory(unit=world.kelurahan))
        event = EmployeeJoined(person.id, person.unit_id, person.position_id, TODAY)
        for _ in range(2):
            services.on_employee_joined(session, event)
        account = queries.get_of_employee(session, person.id)
        assert (account.state, account.password_hash) == (AccountState.PENDING, None)

    def test_a_head_leads_the_unit_and_stops_when_moved(self, session, world):
        head = PositionFactory(unit=world.kelurahan, is_head=True)
        person = EmployeeFactory(position=head)
        services.on_employee_joined(session, EmployeeJoined(person.id, person.unit_id, head.id, TODAY))
        account = queries.get_of_employee(session, person.id)
        account.state = AccountState.ACTIVE
        session.flush()
        assert queries.load_actor_of(session, person.id).may_in(Permission.ENROLMENT_APPROVE, world.kelurahan.path)
        kept = GrantFactory(account=account, role=Role.MENTOR, unit=world.kelurahan)
        post = PositionFactory(unit=world.kecamatan)
        services.on_employee_transferred(
            session,
            EmployeeTransferred(person.id, world.kelurahan.id, world.kecamatan.id, head.id, post.id, TODAY),
        )
        session.expire_all()
        actor = queries.load_actor_of(session, person.id)
        assert not actor.may(Permission.ENROLMENT_APPROVE)
        assert actor.may(Permission.MENTOR)
        assert kept.revoked_at is None

    def test_a_leaver_loses_all(self, session, world):
        lurah = world.person(world.kelurahan, (Role.ATASAN, world.kelurahan))
        row, _token = sessions.begin(session, account_id=lurah.id, now=NOW, shared=False)
        services.on_employee_left(session, EmployeeLeft(lurah.employee_id, world.kelurahan.id, TODAY))
        session.expire_all()
        assert session.get(Account, lurah.id).state is AccountState.DISABLED
        assert session.get(LoginSession, row.id).ended_at is not None
        assert session.scalars(select(Grant).filter_by(account_id=lurah.id)).one().revoked_at is not None

    def test_an_undone_import_takes_unused_accounts_along(self, session, world):
        person = EmployeeFactory(position=PositionFactory(unit=world.kelurahan, is_head=True))
        services.on_employee_joined(session, EmployeeJoined(person.id, person.unit_id, person.position_id, TODAY))
        used = world.person(world.kelurahan)
        for employee_id in (person.id, used.employee_id):
            services.on_employee_removing(session, EmployeeRemoving(employee_id))
        assert queries.get_of_employee(session, person.id) is None
        assert queries.get_of_employee(session, used.employee_id) is not None


def test_login_names_are_unique_and_well_formed(session, world):
    person, other = EmployeeFactory(), EmployeeFactory()
    services.open_account(session, SYSTEM, employee_id=person.id, login="Ratna.Mentor", now=NOW)
    assert queries.get_of_employee(session, person.id).login == "ratna.mentor"
    with pytest.raises(Conflict):
        services.open_account(session, SYSTEM, employee_id=other.id, login="ratna.mentor", now=NOW)
    with pytest.raises(Invalid):
        services.open_account(session, SYSTEM, employee_id=other.id, login="198504122010012003", now=NOW)


def test_own_data_hold_no_internal_ids_and_no_secrets(session, world):
    person = world.person(world.kelurahan, (Role.MENTOR, world.kelurahan), totp="JBSWY3DPEHPK3PXP")
    sessions.begin(session, account_id=person.id, now=clock.now(), shared=False)
    document = queries.personal_document(
        session, person.employee_id, now=NOW,
        grants=queries.list_own_grants(session, person.id, today=TODAY), delegations=[],
    )  # fmt: skip
    text = str(document)
    assert document["profil"]["name"]
    assert document["kewenangan"][0]["role"] == "mentor"
    assert document["sesi"]
    for forbidden in (
        "password_hash",
        "totp",
        "argon2",
        "token_hash",
        "'employee_id'",
        "'account_id'",
        "'grant_id'",
    ):
        assert forbidden not in text
