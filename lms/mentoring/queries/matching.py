"""What a pairing run depends on, read in a fixed number of statements for each thousand people."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from lms.competencies.queries import list_proofs, required_levels
from lms.competencies.rules import Evidence, held_level
from lms.core.actor import Role
from lms.identity.models import Account, AccountState, Grant
from lms.identity.queries.actor import grant_valid
from lms.mentoring.models import MemberRole, Objective, Pairing, PairingRun, PairingState, ProgrammeMember
from lms.mentoring.queries.people import leaders_of
from lms.mentoring.rules import Inputs, MenteeInput, MentorInput
from lms.people.models import Employee, EmployeeStatus, OrganisationalUnit, Position
from lms.people.queries import ancestor_ids

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from typing import Any

    from sqlalchemy.orm import Session

_CHUNK = 500
_PROOFS_MAX = 100_000


def _units(path: str | None) -> tuple[int, ...]:
    return tuple(reversed(ancestor_ids(path))) if path else ()


def _levels(session: Session, employee_ids: Collection[int], on: date) -> dict[int, dict[int, int]]:
    """Return accepted levels by person and competency; only valid evidence, never what people say of themselves."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    ids = sorted(employee_ids)
    for start in range(0, len(ids), _CHUNK):
        proofs = list_proofs(session, ids[start : start + _CHUNK], on, limit=_PROOFS_MAX)
        for (person, competency), rows in proofs.items():
            held = held_level((Evidence(p.id, p.level, p.kind, p.assessed_on) for p in rows), on=on)
            if held.level is not None:
                found[person][competency] = held.level
    return found


def _members(session: Session, programme_id: int, role: MemberRole) -> list[Any]:
    return list(
        session.execute(
            select(
                ProgrammeMember.employee_id, ProgrammeMember.capacity, ProgrammeMember.wishes, Employee.status,
                OrganisationalUnit.path, Position.role_key,
            )
            .join(Employee, Employee.id == ProgrammeMember.employee_id)
            .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .outerjoin(Position, Position.id == Employee.position_id)
            .where(
                ProgrammeMember.programme_id == programme_id,
                ProgrammeMember.role == role,
                ProgrammeMember.left_at.is_(None),
                ProgrammeMember.is_paused.is_(False),
                Employee.is_active.is_(True),
            )
            .order_by(ProgrammeMember.employee_id)
        )
    )  # fmt: skip


def _rights(session: Session, programme_id: int, on: date) -> dict[int, set[tuple[int, ...]]]:
    found: dict[int, set[tuple[int, ...]]] = defaultdict(set)
    rows = session.execute(
        select(Account.employee_id, OrganisationalUnit.path)
        .join(Grant, Grant.account_id == Account.id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
        .join(ProgrammeMember, ProgrammeMember.employee_id == Account.employee_id)
        .where(
            ProgrammeMember.programme_id == programme_id,
            Grant.role == Role.MENTOR,
            grant_valid(on),
            Account.state == AccountState.ACTIVE,
        )
    )
    for employee_id, path in rows:
        found[employee_id].add(_units(path))
    return found


def _before(session: Session, programme_id: int) -> tuple[dict[int, set[int]], set[int]]:
    """Return with which mentors each mentee was ever paired, and who has a mentor in this programme now."""
    mentees = select(ProgrammeMember.employee_id).where(ProgrammeMember.programme_id == programme_id)
    before: dict[int, set[int]] = defaultdict(set)
    served = set()
    rows = session.execute(
        select(Pairing.mentee_id, Pairing.mentor_id, Pairing.programme_id, Pairing.state).where(
            Pairing.mentee_id.in_(mentees)
        )
    )
    for mentee, mentor, programme, state in rows:
        before[mentee].add(mentor)
        if programme == programme_id and state is PairingState.ACTIVE:
            served.add(mentee)
    return before, served


def _loads(session: Session, programme_id: int) -> dict[int, int]:
    members = select(ProgrammeMember.employee_id).where(ProgrammeMember.programme_id == programme_id)
    rows = session.execute(
        select(Pairing.mentor_id, func.count())
        .where(Pairing.mentor_id.in_(members), Pairing.state == PairingState.ACTIVE)
        .group_by(Pairing.mentor_id)
    )
    return {row[0]: row[1] for row in rows}


def _leaders(session: Session, paths: Collection[str | None], on: date) -> dict[str | None, frozenset[int]]:
    distinct = set(paths)
    by_unit = leaders_of(session, distinct, on)
    return {
        path: frozenset(one for unit_id in (ancestor_ids(path) if path else ()) for one in by_unit.get(unit_id, ()))
        for path in distinct
    }


def read_inputs(session: Session, run: PairingRun, on: date) -> Inputs:
    """Return the inputs of a run as they are on a day, ordered so that the same rows give the same run.

    Left out: members who left, pause or have a mentor in this programme already.
    """
    before, served = _before(session, run.programme_id)
    mentees = [row for row in _members(session, run.programme_id, MemberRole.MENTEE) if row[0] not in served]
    mentors = _members(session, run.programme_id, MemberRole.MENTOR)
    rights, loads = _rights(session, run.programme_id, on), _loads(session, run.programme_id)
    levels = _levels(session, {row[0] for row in (*mentees, *mentors)}, on)
    leaders = _leaders(session, [row[4] for row in (*mentees, *mentors)], on)
    asked = {key: required_levels(session, key, on) for key in sorted({row[5] for row in mentees if row[5]})}
    refused: dict[int, set[int]] = defaultdict(set)
    for mentor_id, mentee_id in run.refused:
        refused[mentee_id].add(mentor_id)
    return Inputs(
        mentees=tuple(
            MenteeInput(
                row[0],
                _units(row[4]),
                {
                    competency: (levels[row[0]][competency], required)
                    for competency, required in sorted(asked.get(row[5], {}).items())
                    if levels[row[0]].get(competency, required) < required
                },
                # One's own leadership of a unit does not stand above oneself.
                leaders[row[4]] - {row[0]},
                tuple(row[2] or ()),
                frozenset(before.get(row[0], ())),
                frozenset(refused.get(row[0], ())),
            )
            for row in mentees
        ),
        mentors=tuple(
            MentorInput(
                row[0], _units(row[4]), dict(levels[row[0]]), leaders[row[4]] - {row[0]},
                tuple(sorted(rights.get(row[0], ()))), row[1], loads.get(row[0], 0), tuple(row[2] or ()),
                row[3] is EmployeeStatus.EXTERNAL,
            )
            for row in mentors
        ),
        weights=dict(run.weights),
        most=run.objective is Objective.MOST,
        locked={mentee_id: mentor_id for mentor_id, mentee_id in run.locked},
    )  # fmt: skip
