"""Least valid rows of accounts, grants and delegations."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import factory
import pyotp

from lms.core import secrets
from lms.core.actor import Role
from lms.identity.models import Account, AccountState, Delegation, DelegationKind, Grant
from lms.identity.services import hash_password
from tests.factories.people import CREATED, EmployeeFactory, Rows, UnitFactory

PASSWORD = "perahu kaca menanak"


@lru_cache(maxsize=8)
def hashed(password: str = PASSWORD) -> str:
    """Return the hash of a password; made once, since it is slow on purpose."""
    return hash_password(password)


class AccountFactory(Rows):
    """An active account that logs in with PASSWORD; `totp=` sets a second factor up with that secret."""

    class Meta:
        model = Account

    class Params:
        employee = factory.SubFactory(EmployeeFactory)

    employee_id = factory.LazyAttribute(lambda o: o.employee.id)
    state = AccountState.ACTIVE
    password_hash = factory.LazyFunction(hashed)
    created_at = CREATED

    @classmethod
    def _create(cls, model_class, *args, totp=None, **kwargs):
        if totp is not None:
            kwargs["totp_secret"] = secrets.encrypt("totp", totp.encode())
            kwargs["totp_confirmed_at"] = CREATED
        return super()._create(model_class, *args, **kwargs)


class GrantFactory(Rows):
    """A supervisor's role over a unit, without end."""

    class Meta:
        model = Grant

    class Params:
        account = factory.SubFactory(AccountFactory)
        unit = factory.SubFactory(UnitFactory)

    account_id = factory.LazyAttribute(lambda o: o.account.id)
    unit_id = factory.LazyAttribute(lambda o: o.unit.id)
    role = Role.ATASAN
    starts_on = date(2020, 1, 1)


class DelegationFactory(Rows):
    """A Plh. for some days; the giver needs an own grant for it to count."""

    class Meta:
        model = Delegation

    class Params:
        giver = factory.SubFactory(AccountFactory)
        taker = factory.SubFactory(AccountFactory)
        unit = factory.SubFactory(UnitFactory)

    from_account_id = factory.LazyAttribute(lambda o: o.giver.id)
    to_account_id = factory.LazyAttribute(lambda o: o.taker.id)
    unit_id = factory.LazyAttribute(lambda o: o.unit.id)
    role = Role.ATASAN
    kind = DelegationKind.PLH
    starts_on = date(2020, 1, 1)
    ends_on = date(2035, 1, 1)
    created_at = CREATED


def code_of(secret: str, moment: object) -> str:
    """Return the code that a telephone shows at an instant."""
    return pyotp.TOTP(secret).at(moment)
