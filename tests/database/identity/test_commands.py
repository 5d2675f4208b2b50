"""`lms accounts`, and the accounts of the demo."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from lms.core import clock
from lms.core.actor import Permission, Role
from lms.core.db import transaction
from lms.core.errors import NotFound, Refused
from lms.identity import queries, rules, services
from lms.identity.cli import accounts
from lms.identity.models import Account, AccountState, Grant
from tests.factories.identity import AccountFactory
from tests.factories.people import EmployeeFactory, UnitFactory


@pytest.fixture
def run(app):
    def invoke(*arguments):
        with app.app_context():
            return CliRunner().invoke(accounts, list(arguments), catch_exceptions=True)

    return invoke


def code_in(output):
    return output.split("kode aktivasi ")[1].split(",")[0]


def test_an_empty_installation_gets_its_first_administrator(session, run):
    result = run("create-admin", "--login", "Ibu.Rahma", "--name", "Rahma Tenri")
    assert result.exit_code == 0, result.output
    with transaction() as own:
        done = services.activate(own, code_in(result.output), password_hash="x", now=clock.now())
    account = session.get(Account, done.account_id)
    assert account.login == "ibu.rahma"
    actor = queries.load_actor_of(session, account.employee_id)
    assert actor.may(Permission.OPERATIONS_VIEW)
    assert actor.has_role(Role.ADMIN)


def test_a_login_that_is_taken_or_malformed_is_refused(session, run):
    UnitFactory(kind="region")
    AccountFactory(login="ibu.rahma")
    session.commit()
    assert isinstance(run("create-admin", "--login", "ibu.rahma", "--name", "Rahma").exception, Refused)
    assert run("create-admin", "--login", "12345", "--name", "Rahma").exit_code == 2
    assert isinstance(
        run("create-admin", "--login", "pak.budi", "--name", "Budi", "--unit", "TIADA").exception, NotFound
    )


def test_a_dry_run_writes_nothing(session, run):
    assert run("create-admin", "--login", "ibu.rahma", "--name", "Rahma", "--dry-run").exit_code == 0
    assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_reset_by_number_gives_a_code(session, run):
    account = AccountFactory(employee=EmployeeFactory(nip="198504122010012003", name="Rahmawati Saleng"))
    session.commit()
    result = run("reset", "19850412 201001 2 003")
    assert result.exit_code == 0, result.output
    assert "198504122010012003" not in result.output
    session.expire_all()
    assert session.get(Account, account.id).state is AccountState.PENDING
    assert isinstance(run("reset", "199001012015011009").exception, NotFound)


def test_demo_accounts_log_in_with_what_is_printed(app, session):
    from lms.cli.demo import identity_data, people_data
    from lms.cli.demo.context import new_context
    from lms.cli.demo.region import build_region
    from lms.people.models import Installation

    now = clock.now()
    day = clock.local_day(now, clock.DEFAULT_ZONE)
    region = build_region(3, day)
    context = new_context(region, now=now)
    session.commit()
    with transaction() as own:
        own.add(Installation(id=1, is_demo=True, demo_parts=[], demo_seed=3, demo_as_of_on=day))
        people_data.build(own, context)
        identity_data.build(own, context)
    shown = identity_data.demo_accounts(session)
    assert {one["role"] for one in shown} == {role.value for role in Role}
    assert len(shown) >= 60
    assert session.scalar(select(func.count()).select_from(Account)) == len(region.people)
    for one in shown[:8]:
        account = queries.find_for_login(session, rules.login_name(one["login"]))
        assert services.verify_password(account.password_hash, one["password"])
        held = {row.role for row in queries.list_own_grants(session, account.id, today=day)}
        assert one["role"] == "pegawai" or Role(one["role"]) in held
        assert (services.stored_secret(account) or None) == one["totp_secret"]
        assert rules.password_faults(one["password"], rules.Person(name=one["name"])) == ()
    stored = " ".join(str(value) for value in session.scalars(select(Account.password_hash)) if value)
    assert all(one["password"] not in stored for one in shown)
    assert session.scalar(select(func.count()).select_from(Grant)) > 60
