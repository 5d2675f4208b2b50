"""What the parts of the demo hand on to one another."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.cli.demo.siasn import siasn_id
from lms.identity.models import Account
from lms.people.models import Employee, OrganisationalUnit, Position

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.cli.demo.models import Region


@dataclass(slots=True)
class Context:
    """The region and what was made of it so far.

    Args:
        region: the generated city, as plain records.
        now: the instant to which everything refers; the same in all parts.
        employees: by the key of the person in the region.
        units, positions: by code.
        accounts: by the key of the person; filled by the identity part.
        rng: draws of the demo; each part that needs its own order makes one from `region.seed`.
        made: free notes from part to part; empty again when a broken-off build goes on.
    """

    region: Region
    now: datetime
    employees: dict[str, Employee] = field(default_factory=dict)
    units: dict[str, OrganisationalUnit] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    rng: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 -- repeatable, no secret
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """Return the day on which the region is as described."""
        return self.region.reference_on


def new_context(region: Region, *, now: datetime) -> Context:
    """Return a context with nothing made yet."""
    rng = random.Random(f"bina/demo/{region.seed}")  # noqa: S311 -- repeatable demo, no secret
    return Context(region=region, now=now, rng=rng)


def fill(session: Session, context: Context) -> None:
    """Look up in the database what earlier parts have made; five statements at most."""
    context.units = {one.code: one for one in session.scalars(select(OrganisationalUnit))}
    context.positions = {one.code: one for one in session.scalars(select(Position))}
    by_id = {one.external_id: one for one in session.scalars(select(Employee))}
    found = ((person.key, by_id.get(siasn_id("pns", person.key))) for person in context.region.people)
    context.employees = {key: employee for key, employee in found if employee is not None}
    accounts = {one.employee_id: one for one in session.scalars(select(Account))}
    context.accounts = {
        key: accounts[employee.id] for key, employee in context.employees.items() if employee.id in accounts
    }
