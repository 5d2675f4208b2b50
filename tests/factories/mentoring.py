"""Least valid rows of pairings and sessions, and a small office for the tests of mentoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import factory

from lms.core.actor import Actor, ActorGrant, Role
from lms.core.db import current_session
from lms.identity.models import Account, AccountState, Grant
from lms.identity.policies import permissions_of
from lms.mentoring.models import (
    MemberRole,
    MentoringProgramme,
    Objective,
    Pairing,
    PairingProposal,
    PairingRun,
    PairingState,
    ProgrammeForm,
    ProgrammeMember,
    ProgrammeState,
    ProposalState,
    RunState,
    SessionLog,
    SessionMedium,
    SessionState,
)
from lms.mentoring.rules import DEFAULT_WEIGHTS
from lms.people.models import Employee, OrganisationalUnit
from tests.factories.people import EmployeeFactory, PositionFactory, Rows, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


class PairingFactory(Rows):
    class Meta:
        model = Pairing

    starts_on = date(2026, 6, 1)
    ends_on = date(2027, 5, 31)
    state = PairingState.ACTIVE
    goal = "Menangani aduan sampai tuntas"
    created_at = datetime(2026, 6, 1, tzinfo=UTC)


class SessionLogFactory(Rows):
    class Meta:
        model = SessionLog

    client_id = factory.Sequence(lambda n: f"kunci-{n}")
    held_on = date(2026, 11, 10)
    starts_at = datetime(2026, 11, 10, 1, 0, tzinfo=UTC)
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(hours=1))
    medium = SessionMedium.IN_PERSON
    topics = factory.LazyFunction(lambda: ["aduan"])
    discussion = "Menyimak dua aduan di loket."
    state = SessionState.RECORDED
    recorded_at = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)


def actor_of(person: Employee, *rights: tuple[Role, OrganisationalUnit], account_id: int = 1) -> Actor:
    """Return an actor with these roles."""
    grants = tuple(ActorGrant(role, unit.path, permissions_of(role)) for role, unit in rights)
    return Actor(account_id, person.id, unit_id=person.unit_id, name=person.name, grants=grants)


@dataclass
class Office:
    """A city with two districts: a mentor in one, a mentee with her head in the other."""

    city: OrganisationalUnit
    here: OrganisationalUnit
    there: OrganisationalUnit
    mentor: Employee
    mentee: Employee
    head: Employee
    coordinator: Employee

    def make_mentor(self, person: Employee, unit: OrganisationalUnit | None = None) -> None:
        session = current_session()
        account = Account(employee_id=person.id, state=AccountState.ACTIVE, created_at=NOW)
        session.add(account)
        session.flush()
        session.add(
            Grant(
                account_id=account.id, role=Role.MENTOR, unit_id=(unit or self.city).id,
                starts_on=date(2020, 1, 1),
            )
        )  # fmt: skip
        session.flush()

    @property
    def as_mentor(self) -> Actor:
        return actor_of(self.mentor, (Role.MENTOR, self.city))

    @property
    def as_mentee(self) -> Actor:
        return actor_of(self.mentee, account_id=2)

    @property
    def as_coordinator(self) -> Actor:
        return actor_of(self.coordinator, (Role.KOORDINATOR, self.city), account_id=3)


def office(**mentee: Any) -> Office:
    """Return a small office; the mentor and the head hold the mentor's role."""
    city = UnitFactory(name="Kota Percobaan")
    here = UnitFactory(parent=city, name="Kecamatan Wara")
    there = UnitFactory(parent=city, name="Kecamatan Telluwanua")
    made = Office(
        city=city,
        here=here,
        there=there,
        mentor=EmployeeFactory(name="Suriani Parenrengi", position=PositionFactory(unit=here)),
        mentee=EmployeeFactory(name="Rahmawati Saleng", position=PositionFactory(unit=there), **mentee),
        head=EmployeeFactory(name="Andi Camat", position=PositionFactory(unit=there, is_head=True)),
        coordinator=EmployeeFactory(name="Koordinator Kota", position=PositionFactory(unit=city)),
    )
    made.make_mentor(made.mentor)
    made.make_mentor(made.head)
    return made


class ProgrammeFactory(Rows):
    class Meta:
        model = MentoringProgramme

    name = "Melayani aduan dengan tuntas"
    purpose = "Setiap aduan dijawab dalam tiga hari."
    form = ProgrammeForm.INDIVIDUAL
    state = ProgrammeState.PREPARATION
    starts_on = date(2026, 11, 1)
    ends_on = date(2027, 5, 31)
    join_until_on = date(2026, 12, 31)
    rhythm_days = 14
    min_session_count = 2
    weights = factory.LazyFunction(dict)
    report_counts = factory.LazyFunction(dict)
    created_at = datetime(2026, 11, 1, tzinfo=UTC)


class MemberFactory(Rows):
    class Meta:
        model = ProgrammeMember

    role = MemberRole.MENTEE
    capacity = factory.LazyAttribute(lambda o: 2 if o.role is MemberRole.MENTOR else 0)
    wishes = factory.LazyFunction(list)
    joined_at = datetime(2026, 11, 2, tzinfo=UTC)


class RunFactory(Rows):
    class Meta:
        model = PairingRun

    number = 1
    state = RunState.DRAFT
    objective = Objective.BEST
    weights = factory.LazyFunction(lambda: dict(DEFAULT_WEIGHTS))
    locked = factory.LazyFunction(list)
    refused = factory.LazyFunction(list)
    created_at = datetime(2026, 11, 3, tzinfo=UTC)


class ProposalFactory(Rows):
    class Meta:
        model = PairingProposal

    score = 500
    reasons = factory.LazyFunction(lambda: [["no_gap"], ["steps", 4], ["load", 0, 2]])
    state = ProposalState.PROPOSED
