"""Each policy agrees with its SQL twin, whoever asks and whatever the tree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.audit import AuditEntry
from lms.identity import policies
from lms.identity.models import Account, Delegation, Grant
from lms.people.models import Employee, OrganisationalUnit
from tests.factories.identity import AccountFactory, DelegationFactory, GrantFactory
from tests.factories.people import CREATED, EmployeeFactory, PositionFactory, UnitFactory

ROLES = st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(0, 4), st.booleans()), max_size=4)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


@pytest.fixture
def world(session):
    """A region, two kecamatan, a kelurahan each; one account per unit, and one person without a unit."""
    region = UnitFactory(kind="region")
    first, second = UnitFactory(parent=region), UnitFactory(parent=region)
    units = [region, first, second, UnitFactory(parent=first), UnitFactory(parent=second)]
    accounts = [AccountFactory(employee=EmployeeFactory(position=PositionFactory(unit=u))) for u in units]
    outsider = AccountFactory(employee=EmployeeFactory(unit_id=None, position_id=None))
    for account, unit in zip(accounts, units, strict=True):
        GrantFactory(account=account, unit=unit)
    for number, unit in enumerate(units):
        DelegationFactory(giver=accounts[number], taker=accounts[number - 1], unit=unit)
    for account in [*accounts, outsider]:
        session.add(
            AuditEntry(
                at=CREATED, action="account.log_in", subject_kind="account", subject_id=account.id,
                person_id=account.employee_id,
            )
        )  # fmt: skip
    session.add(AuditEntry(at=CREATED, action="job.try_again", subject_kind="outbox_job"))
    session.flush()
    return units, [*accounts, outsider]


def actor_with(world, roles, who=0):
    units, accounts = world
    grants = tuple(
        ActorGrant(role, units[place].path, policies.permissions_of(role), acting_for_id=7 if lent else None)
        for role, place, lent in roles
    )
    return Actor(account_id=accounts[who].id, employee_id=accounts[who].employee_id, grants=grants)


def paths_of(session):
    return dict(
        session.execute(
            select(Account.id, OrganisationalUnit.path)
            .join(Employee, Employee.id == Account.employee_id)
            .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        ).all()
    )


@SHARED
@given(ROLES)
def test_accounts(session, world, roles):
    actor = actor_with(world, roles)
    seen = set(
        session.scalars(
            select(Account.id)
            .join(Employee, Employee.id == Account.employee_id)
            .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .where(policies.accounts_visible_to(actor))
        )
    )
    assert seen == {number for number, path in paths_of(session).items() if policies.can_see_account(actor, path)}


@SHARED
@given(ROLES)
def test_grants(session, world, roles):
    actor = actor_with(world, roles)
    rows = select(Grant.id, OrganisationalUnit.path).join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
    seen = set(session.scalars(rows.where(policies.grants_visible_to(actor))))
    assert seen == {number for number, path in session.execute(rows) if policies.can_see_grant(actor, path)}


@SHARED
@given(ROLES, st.integers(0, 5))
def test_delegations(session, world, roles, who):
    actor = actor_with(world, roles, who)
    rows = select(Delegation.id, Delegation.from_account_id, Delegation.to_account_id, OrganisationalUnit.path).join(
        OrganisationalUnit, OrganisationalUnit.id == Delegation.unit_id
    )
    seen = set(session.scalars(rows.where(policies.delegations_visible_to(actor))))
    assert seen == {
        number
        for number, giver, taker, path in session.execute(rows)
        if policies.can_see_delegation(actor, from_account_id=giver, to_account_id=taker, unit_path=path)
    }


@SHARED
@given(ROLES)
def test_audit_entries(session, world, roles):
    actor = actor_with(world, roles)
    rows = (
        select(AuditEntry.id, OrganisationalUnit.path)
        .outerjoin(Employee, Employee.id == AuditEntry.person_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
    )
    seen = set(session.scalars(rows.where(policies.audit_entries_visible_to(actor))))
    assert seen == {
        number for number, path in session.execute(rows) if policies.can_see_audit_entry(actor, person_unit_path=path)
    }


@SHARED
@given(ROLES, ROLES, st.integers(0, 4), st.booleans())
def test_nobody_manages_himself_or_somebody_mightier(world, roles, held, place, is_self):
    units, _accounts = world
    actor = actor_with(world, roles)
    rights = [(role, units[where].path) for role, where, _lent in held]
    allowed = policies.can_manage_account(actor, unit_path=units[place].path, held=rights, is_self=is_self)
    if not allowed:
        return
    assert not is_self
    assert actor.has_role(Role.ADMIN) or all(role is not Role.ADMIN for role, _path in rights)
    assert all(actor.may_in(Permission.ACCOUNT_MANAGE, path) for _role, path in rights)


@SHARED
@given(ROLES, st.integers(0, 4), st.sampled_from(list(Role)))
def test_nobody_gives_himself_a_role(world, roles, place, role):
    actor = actor_with(world, roles)
    assert not policies.can_give_grant(actor, role=role, unit_path=world[0][place].path, is_self=True)
