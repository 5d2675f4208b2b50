"""The first administrator of an installation; for the command line, whose user holds the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.core import clock, runtime
from lms.core.actor import SYSTEM, Role
from lms.core.audit import record
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.identity import queries
from lms.identity.models import Grant
from lms.identity.services.accounts import reset_by_operator
from lms.identity.services.staff_news import ensure_account
from lms.people import services as people

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

ROOT_CODE = "PEMDA"


def create_admin(session: Session, *, login: str, name: str, unit_code: str | None, now: datetime) -> str:
    """Return the activation code of a new administrator, with person, account and grant.

    In an empty installation the top of the unit tree is made, named after the agency.

    Raises: NotFound: no unit has that code.
    """
    unit = queries.find_unit(session, unit_code)
    today = clock.local_day(now, clock.DEFAULT_ZONE)
    if unit is None and unit_code is not None:
        raise NotFound(N_("Unit %(code)s tidak ditemukan.", code=unit_code))
    if unit is None:
        people.add_unit(
            session,
            SYSTEM,
            code=ROOT_CODE,
            name=runtime.settings().agency_name,
            kind=queries.REGION,
            parent=None,
            valid_from_on=today,
        )
        unit = queries.find_unit(session, None)
        assert unit is not None
    data = people.EmployeeData(name=name, status=queries.NON_ASN)
    employee = people.create_employee(session, SYSTEM, data, position=None, started_on=today, now=now)
    ensure_account(session, employee.id, now=now)
    account = queries.get_of_employee(session, employee.id)
    assert account is not None
    account.login = login
    grant = Grant(
        account_id=account.id,
        role=Role.ADMIN,
        unit_id=unit.id,
        starts_on=today,
        ends_on=None,
        reason="lms accounts create-admin",
    )
    session.add(grant)
    session.flush()  # the trail needs the id
    record(
        session,
        SYSTEM,
        action="grant.give",
        subject=("access_grant", grant.id),
        person_id=employee.id,
        after={"kewenangan": Role.ADMIN.value, "unit": unit.name},
        at=now,
    )
    return reset_by_operator(session, account, now=now, clear_factor=False)
