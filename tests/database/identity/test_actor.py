"""Who acts: loaded in two statements, and ended at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from lms.core import clock, sessions
from lms.core.actor import Permission, Role
from lms.identity import queries
from lms.identity.models import AccountState
from tests.factories.identity import AccountFactory, DelegationFactory, GrantFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def logged_in(session, account, *, strong=True):
    row, _token = sessions.begin(session, account_id=account.id, now=clock.now(), shared=False, second_factor=strong)
    return row


@pytest.fixture
def kecamatan(session):
    region = UnitFactory(kind="region")
    return UnitFactory(parent=region, kind="kecamatan")


def test_grants_give_permissions_over_their_subtree(session, kecamatan):
    kelurahan, elsewhere = UnitFactory(parent=kecamatan), UnitFactory()
    account = AccountFactory()
    GrantFactory(account=account, unit=kecamatan, role=Role.ATASAN)
    actor = queries.load_actor(session, logged_in(session, account))
    assert actor.may_in(Permission.ENROLMENT_APPROVE, kelurahan.path)
    assert not actor.may_in(Permission.ENROLMENT_APPROVE, elsewhere.path)
    assert actor.may(Permission.LEARN)
    assert actor.acting_for(Permission.ENROLMENT_APPROVE, kelurahan.path) is None


def test_loading_costs_two_statements_whatever_the_number_of_grants(session, kecamatan, count_queries):
    for many in (1, 12):
        account = AccountFactory()
        for _ in range(many):
            GrantFactory(account=account, unit=UnitFactory(parent=kecamatan))
            DelegationFactory(taker=account, unit=kecamatan)
        row = logged_in(session, account)
        session.commit()
        with count_queries() as counted:
            assert queries.load_actor(session, row) is not None
        assert len(counted) == 2


@pytest.mark.parametrize("change", ["revoked", "ended", "coming", "disabled", "left"])
def test_a_right_taken_away_stops_at_once(session, kecamatan, change):
    account = AccountFactory()
    grant = GrantFactory(account=account, unit=kecamatan)
    row = logged_in(session, account)
    assert queries.load_actor(session, row).may(Permission.ENROLMENT_APPROVE)
    today = clock.local_day(clock.now(), "Asia/Makassar")
    if change == "revoked":
        grant.revoked_at = clock.now()
    elif change == "ended":
        grant.ends_on = today - timedelta(days=1)
    elif change == "coming":
        grant.starts_on = today + timedelta(days=1)
    elif change == "disabled":
        account.state = AccountState.DISABLED
    else:
        from lms.people.models import Employee

        session.get(Employee, account.employee_id).is_active = False
    session.flush()
    actor = queries.load_actor(session, row)
    if change in {"disabled", "left"}:
        assert actor is None
    else:
        assert not actor.may(Permission.ENROLMENT_APPROVE)


def test_dates_count_in_the_zone_of_the_unit(session):
    with time_machine.travel(datetime(2026, 11, 24, 15, 30, tzinfo=UTC), tick=False):  # 23.30 in Makassar
        unit = UnitFactory(timezone="Asia/Jayapura")  # there it is the 25th, 00.30
        account = AccountFactory()
        GrantFactory(account=account, unit=unit, ends_on=date(2026, 11, 24))
        assert queries.load_actor(session, logged_in(session, account)).grants == ()
        GrantFactory(account=account, unit=unit, starts_on=date(2026, 11, 25))
        assert len(queries.load_actor(session, logged_in(session, account)).grants) == 1


def test_without_second_factor_rights_over_others_stay_locked(session, kecamatan):
    account = AccountFactory()
    GrantFactory(account=account, unit=kecamatan, role=Role.HR)
    GrantFactory(account=account, unit=kecamatan, role=Role.MENTOR)
    found = queries.load_identity(session, logged_in(session, account, strong=False))
    assert not found.actor.may(Permission.PEOPLE_VIEW)
    assert found.actor.may(Permission.MENTOR)
    assert found.account.locked_roles == (Role.HR,)


class TestDelegation:
    @pytest.fixture
    def giver(self, session, kecamatan):
        account = AccountFactory()
        account.grant = GrantFactory(account=account, unit=kecamatan)
        return account

    def test_the_taker_acts_on_the_givers_behalf(self, session, kecamatan, giver):
        kelurahan, taker = UnitFactory(parent=kecamatan), AccountFactory()
        DelegationFactory(giver=giver, taker=taker, unit=kelurahan)
        actor = queries.load_actor(session, logged_in(session, taker))
        assert actor.may_in(Permission.ENROLMENT_APPROVE, kelurahan.path)
        assert not actor.may_in(Permission.ENROLMENT_APPROVE, kecamatan.path)
        assert actor.acting_for(Permission.ENROLMENT_APPROVE, kelurahan.path) == giver.employee_id

    @pytest.mark.parametrize("change", ["grant revoked", "giver disabled", "delegation revoked", "other role"])
    def test_it_ends_with_what_it_rests_on(self, session, kecamatan, giver, change):
        taker = AccountFactory()
        row = DelegationFactory(giver=giver, taker=taker, unit=kecamatan)
        login = logged_in(session, taker)
        assert queries.load_actor(session, login).grants
        if change == "grant revoked":
            giver.grant.revoked_at = clock.now()
        elif change == "giver disabled":
            giver.state = AccountState.DISABLED
        elif change == "delegation revoked":
            row.revoked_at = clock.now()
        else:
            row.role = Role.HR
        session.flush()
        assert queries.load_actor(session, login).grants == ()

    def test_it_ends_on_the_very_day_on_which_the_grant_ends(self, session, kecamatan, giver):
        taker = AccountFactory()
        DelegationFactory(giver=giver, taker=taker, unit=kecamatan)
        login = logged_in(session, taker)
        today = clock.local_day(clock.now(), "Asia/Makassar")
        giver.grant.ends_on = today
        session.flush()
        assert queries.load_actor(session, login).grants
        giver.grant.ends_on = today - timedelta(days=1)
        session.flush()
        assert queries.load_actor(session, login).grants == ()

    def test_two_backing_grants_lend_once(self, session, kecamatan, giver):
        taker = AccountFactory()
        GrantFactory(account=giver, unit=kecamatan)
        DelegationFactory(giver=giver, taker=taker, unit=kecamatan)
        assert len(queries.load_actor(session, logged_in(session, taker)).grants) == 1

    def test_a_grant_over_another_tree_backs_nothing(self, session, giver):
        taker = AccountFactory()
        DelegationFactory(giver=giver, taker=taker, unit=UnitFactory())
        assert queries.load_actor(session, logged_in(session, taker)).grants == ()


def test_background_work_uses_the_rights_of_now(session, kecamatan):
    account = AccountFactory()
    grant = GrantFactory(account=account, unit=kecamatan, role=Role.HR)
    assert queries.account_may(session, account.id, Permission.PEOPLE_IMPORT)
    grant.revoked_at = clock.now()
    session.flush()
    assert not queries.account_may(session, account.id, Permission.PEOPLE_IMPORT)
    assert queries.account_may(session, None, Permission.PEOPLE_IMPORT)


def test_role_holders_are_found_from_the_unit_upwards(session, kecamatan):
    kelurahan = UnitFactory(parent=kecamatan)
    camat, lurah, other = AccountFactory(), AccountFactory(), AccountFactory()
    GrantFactory(account=camat, unit=kecamatan)
    GrantFactory(account=lurah, unit=kelurahan)
    GrantFactory(account=other, unit=UnitFactory(parent=kecamatan))
    found = queries.list_role_holders(session, Role.ATASAN, unit_path=kelurahan.path, today=date(2026, 11, 24))
    assert found == [lurah.employee_id, camat.employee_id]


def test_the_actor_knows_the_unit_and_its_zone(session):
    unit = UnitFactory(timezone="Asia/Jayapura")
    person = EmployeeFactory(position=PositionFactory(unit=unit), name="Yosef Wanma")
    actor = queries.load_actor(session, logged_in(session, AccountFactory(employee=person)))
    assert (actor.name, actor.unit_path, actor.timezone) == ("Yosef Wanma", unit.path, "Asia/Jayapura")
