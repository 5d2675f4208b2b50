"""Reads of programmes, their members, their pairing runs and how they fare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from lms.competencies.queries import competencies_by_id
from lms.core.actor import Actor, Permission
from lms.core.clock import DEFAULT_ZONE
from lms.core.orm import path_within
from lms.courses.models import JpEntry
from lms.mentoring.models import (
    MemberRole,
    MentoringProgramme,
    Pairing,
    PairingProposal,
    PairingRun,
    PairingState,
    ProgrammeMember,
    ProgrammeState,
    ProposalState,
    RunState,
    SessionLog,
    SessionState,
)
from lms.mentoring.policies import programmes_manageable_by, programmes_visible_to
from lms.mentoring.queries.people import Person, get_people
from lms.mentoring.rules import AT_RISK_RHYTHMS, FIRST_MEETING_DAYS
from lms.people.models import OrganisationalUnit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session

MANY_PROGRAMMES = 100


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme with its unit and numbers.

    Args:
        row: the programme itself.
        mentors, mentees: members who have not left.
        pairs: active pairings.
        own: roles of the reader in it.
    """

    row: MentoringProgramme
    unit: str
    unit_path: str
    zone: str
    mentors: int
    mentees: int
    pairs: int
    own: frozenset[MemberRole]


def _member_count(role: MemberRole) -> Any:
    return (
        select(func.count())
        .where(
            ProgrammeMember.programme_id == MentoringProgramme.id,
            ProgrammeMember.role == role,
            ProgrammeMember.left_at.is_(None),
        )
        .scalar_subquery()
    )


def _programmes() -> Any:
    pairs = (
        select(func.count())
        .where(Pairing.programme_id == MentoringProgramme.id, Pairing.state == PairingState.ACTIVE)
        .scalar_subquery()
    )
    return select(
        MentoringProgramme, OrganisationalUnit.name, OrganisationalUnit.path, OrganisationalUnit.timezone,
        _member_count(MemberRole.MENTOR), _member_count(MemberRole.MENTEE), pairs,
    ).join(OrganisationalUnit, OrganisationalUnit.id == MentoringProgramme.unit_id)  # fmt: skip


def _own_roles(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, set[MemberRole]]:
    found: dict[int, set[MemberRole]] = {}
    if actor.employee_id is None or not ids:
        return found
    rows = session.execute(
        select(ProgrammeMember.programme_id, ProgrammeMember.role).where(
            ProgrammeMember.employee_id == actor.employee_id,
            ProgrammeMember.programme_id.in_(ids),
            ProgrammeMember.left_at.is_(None),
        )
    )
    for programme_id, role in rows:
        found.setdefault(programme_id, set()).add(role)
    return found


def _with_own(session: Session, actor: Actor, rows: Sequence[Any]) -> list[ProgrammeRow]:
    own = _own_roles(session, actor, [row[0].id for row in rows])
    return [
        ProgrammeRow(
            row[0], row[1], row[2], row[3] or DEFAULT_ZONE, row[4], row[5], row[6], frozenset(own.get(row[0].id, ()))
        )
        for row in rows
    ]


def list_programmes(session: Session, actor: Actor, *, only: str = "", limit: int = 25) -> list[ProgrammeRow]:
    """Return the programmes that the actor sees, running ones first; two statements.

    Args:
        session: of the request.
        actor: who asks.
        only: a state, empty for all.
        limit: at most this many.
    """
    query = _programmes().where(programmes_visible_to(actor))
    if only in tuple(ProgrammeState):
        query = query.where(MentoringProgramme.state == ProgrammeState(only))
    order = (
        MentoringProgramme.state == ProgrammeState.CLOSED,
        MentoringProgramme.starts_on.desc(),
        MentoringProgramme.id.desc(),
    )
    return _with_own(session, actor, session.execute(query.order_by(*order).limit(limit)).all())


def get_programme(session: Session, actor: Actor, public_id: str, *, to_manage: bool = False) -> ProgrammeRow | None:
    """Return one programme that the actor sees, or coordinates, or None."""
    condition = programmes_manageable_by(actor) if to_manage else programmes_visible_to(actor)
    rows = session.execute(_programmes().where(MentoringProgramme.public_id == public_id, condition)).all()
    return _with_own(session, actor, rows)[0] if rows else None


def lock_programme(session: Session, actor: Actor, public_id: str, *, to_manage: bool) -> MentoringProgramme | None:
    """Return one programme, its row held until commit and read afresh."""
    condition = programmes_manageable_by(actor) if to_manage else programmes_visible_to(actor)
    query = select(MentoringProgramme).where(MentoringProgramme.public_id == public_id, condition)
    return session.scalars(
        query.with_for_update(of=MentoringProgramme).execution_options(populate_existing=True)
    ).one_or_none()


def list_programme_units(session: Session, actor: Actor, *, limit: int = 300) -> list[tuple[str, str, int]]:
    """Return (public id, name, id) of the units for which the actor may make a programme, from the top."""
    scope = actor.scope(Permission.PAIRING_MANAGE)
    query = (
        select(OrganisationalUnit.public_id, OrganisationalUnit.name, OrganisationalUnit.id)
        .where(path_within(OrganisationalUnit.path, scope), OrganisationalUnit.valid_to_on.is_(None))
        .order_by(func.length(OrganisationalUnit.path), OrganisationalUnit.name, OrganisationalUnit.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


# Members ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody who takes part."""

    public_id: str
    person: Person
    role: MemberRole
    capacity: int
    is_paused: bool
    about: str
    wishes: tuple[int, ...]


def get_member(session: Session, programme_id: int, employee_id: int, role: MemberRole) -> ProgrammeMember | None:
    """Return the row of one person in one role, also of one who left."""
    return session.scalars(
        select(ProgrammeMember).filter_by(programme_id=programme_id, employee_id=employee_id, role=role)
    ).one_or_none()


def list_memberships(session: Session, employee_id: int) -> list[ProgrammeMember]:
    """Return where a person takes part."""
    query = select(ProgrammeMember).where(ProgrammeMember.employee_id == employee_id, ProgrammeMember.left_at.is_(None))
    return list(session.scalars(query.order_by(ProgrammeMember.id).limit(200)))


def _members(programme_id: int, role: MemberRole | None) -> Any:
    query = select(ProgrammeMember).where(
        ProgrammeMember.programme_id == programme_id, ProgrammeMember.left_at.is_(None)
    )
    return query if role is None else query.where(ProgrammeMember.role == role)


def count_members(session: Session, programme_id: int, role: MemberRole | None = None) -> int:
    """Return how many take part."""
    return session.scalar(select(func.count()).select_from(_members(programme_id, role).subquery())) or 0


def list_members(
    session: Session, programme_id: int, role: MemberRole | None = None, *, limit: int = 25, offset: int = 0
) -> list[MemberRow]:
    """Return members in the order of joining; two statements. The caller has checked who asks."""
    query = _members(programme_id, role).order_by(ProgrammeMember.role, ProgrammeMember.id)
    rows = session.scalars(query.limit(limit).offset(offset)).all()
    people = get_people(session, {row.employee_id for row in rows})
    return [
        MemberRow(
            row.public_id, people[row.employee_id], row.role, row.capacity, row.is_paused, row.about,
            tuple(row.wishes or ()),
        )
        for row in rows
    ]  # fmt: skip


def collect_memberships(session: Session, employee_id: int) -> list[dict[str, Any]]:
    """Return where a person took or takes part, for "Data saya"."""
    rows = session.execute(
        select(ProgrammeMember, MentoringProgramme.name)
        .join(MentoringProgramme, MentoringProgramme.id == ProgrammeMember.programme_id)
        .where(ProgrammeMember.employee_id == employee_id)
        .order_by(ProgrammeMember.id)
        .limit(500)
    )
    return [
        {
            "program": name, "sebagai": row.role.value, "daya_tampung": row.capacity, "jeda": row.is_paused,
            "tentang": row.about, "jumlah_harapan": len(row.wishes or ()), "bergabung": row.joined_at,
            "keluar": row.left_at,
        }
        for row, name in rows
    ]  # fmt: skip


# Runs --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One mentee in a run, as the coordinator reads it."""

    public_id: str
    mentee: Person
    mentor: Person | None
    competency: str
    goal_level: int | None
    score: int
    reasons: tuple[tuple[Any, ...], ...]
    state: ProposalState
    fault: str


def run_by_id(session: Session, run_id: int) -> PairingRun | None:
    """Return a run by its internal id, for jobs."""
    return session.get(PairingRun, run_id)


def latest_run(session: Session, programme_id: int) -> PairingRun | None:
    """Return the newest run of a programme."""
    query = select(PairingRun).where(PairingRun.programme_id == programme_id).order_by(PairingRun.number.desc())
    return session.scalars(query.limit(1)).one_or_none()


def list_runs(session: Session, programme_id: int, *, limit: int = 10) -> list[PairingRun]:
    """Return the newest runs of a programme."""
    query = select(PairingRun).where(PairingRun.programme_id == programme_id).order_by(PairingRun.number.desc())
    return list(session.scalars(query.limit(limit)))


def get_run(session: Session, actor: Actor, public_id: str) -> tuple[PairingRun, ProgrammeRow] | None:
    """Return a run with its programme, for its coordinator."""
    run = session.scalars(select(PairingRun).where(PairingRun.public_id == public_id)).one_or_none()
    if run is None:
        return None
    rows = session.execute(
        _programmes().where(MentoringProgramme.id == run.programme_id, programmes_manageable_by(actor))
    ).all()
    return (run, _with_own(session, actor, rows)[0]) if rows else None


def lock_run(session: Session, actor: Actor, public_id: str) -> tuple[PairingRun, MentoringProgramme] | None:
    """Return a run and its programme for their coordinator, both held until commit."""
    row = session.execute(
        select(PairingRun, MentoringProgramme)
        .join(MentoringProgramme, MentoringProgramme.id == PairingRun.programme_id)
        .where(PairingRun.public_id == public_id, programmes_manageable_by(actor))
        .with_for_update(of=(PairingRun, MentoringProgramme))
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def lock_proposal(session: Session, run_id: int, public_id: str) -> PairingProposal | None:
    """Return one line of a run, held until commit."""
    query = select(PairingProposal).where(PairingProposal.run_id == run_id, PairingProposal.public_id == public_id)
    return session.scalars(query.with_for_update()).one_or_none()


_TO_PAIR = (ProposalState.PROPOSED, ProposalState.LOCKED)


def open_proposals(session: Session, run_id: int, *, limit: int) -> list[PairingProposal]:
    """Return lines of a run that are still to become pairings."""
    query = select(PairingProposal).where(PairingProposal.run_id == run_id, PairingProposal.state.in_(_TO_PAIR))
    return list(session.scalars(query.order_by(PairingProposal.id).limit(limit).with_for_update()))


def proposal_totals(session: Session, run_id: int) -> dict[ProposalState, int]:
    """Return how many lines of a run are in each state."""
    query = select(PairingProposal.state, func.count()).where(PairingProposal.run_id == run_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(PairingProposal.state))}


def _proposals(run_id: int, only: str) -> Any:
    query = select(PairingProposal).where(PairingProposal.run_id == run_id)
    if only in tuple(ProposalState):
        query = query.where(PairingProposal.state == ProposalState(only))
    return query


def count_proposals(session: Session, run_id: int, *, only: str = "") -> int:
    """Return how many lines of a run a filter leaves."""
    return session.scalar(select(func.count()).select_from(_proposals(run_id, only).subquery())) or 0


def list_proposals(
    session: Session, run_id: int, *, only: str = "", limit: int = 25, offset: int = 0
) -> list[ProposalRow]:
    """Return lines of a run: without a mentor first, then the weakest pairs first, since these need eyes."""
    order = (PairingProposal.mentor_id.is_not(None), PairingProposal.score, PairingProposal.id)
    rows = session.scalars(_proposals(run_id, only).order_by(*order).limit(limit).offset(offset)).all()
    people = get_people(session, {row.mentee_id for row in rows} | {row.mentor_id for row in rows if row.mentor_id})
    names = names_of(session, {row.competency_id for row in rows if row.competency_id})
    return [
        ProposalRow(
            row.public_id, people[row.mentee_id], people.get(row.mentor_id or 0), names.get(row.competency_id or 0, ""),
            row.goal_level, row.score, tuple(tuple(one) for one in row.reasons), row.state, row.fault,
        )
        for row in rows
    ]  # fmt: skip


def names_of(session: Session, competency_ids: Collection[int]) -> dict[int, str]:
    """Return names of competencies."""
    return {key: one.name for key, one in competencies_by_id(session, sorted(competency_ids)).items()}


# How a programme fares -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Health:
    """Numbers of a programme.

    Args:
        pairs: all that were made in it; `active`: those that run.
        late_start: active, older than 14 days and never met.
        at_risk: active, met before, and no session for two rhythms.
        waiting: sessions that wait for a mentee's word; `disputed`: those that a mentee contradicts.
        confirmed, minutes, jp: sessions that both stand by, their length and what they brought.
        fulfilled: pairs with the minimum of confirmed sessions.
        met_early: pairs whose first session came within 14 days.
    """

    pairs: int = 0
    active: int = 0
    late_start: int = 0
    at_risk: int = 0
    waiting: int = 0
    disputed: int = 0
    confirmed: int = 0
    minutes: int = 0
    jp: int = 0
    fulfilled: int = 0
    met_early: int = 0


def health_of(session: Session, programme: MentoringProgramme, *, today: date) -> Health:
    """Return how a programme fares; three statements, whatever its size, and nobody's words."""
    pairs = session.execute(
        select(
            Pairing.id, Pairing.state, Pairing.starts_on, Pairing.rhythm_days, func.min(SessionLog.held_on),
            func.max(SessionLog.held_on),
        )
        .outerjoin(
            SessionLog, and_(SessionLog.pairing_id == Pairing.id, SessionLog.state != SessionState.CANCELLED)
        )
        .where(Pairing.programme_id == programme.id)
        .group_by(Pairing.id, Pairing.state, Pairing.starts_on, Pairing.rhythm_days)
    ).all()  # fmt: skip
    logs = session.execute(
        select(SessionLog.pairing_id, SessionLog.state, SessionLog.starts_at, SessionLog.ends_at)
        .join(Pairing, Pairing.id == SessionLog.pairing_id)
        .where(Pairing.programme_id == programme.id)
    ).all()
    jp = session.scalar(
        select(func.sum(JpEntry.credited_jp))
        .join(SessionLog, and_(JpEntry.source_kind == "session_log", JpEntry.source_id == SessionLog.id))
        .join(Pairing, Pairing.id == SessionLog.pairing_id)
        .where(Pairing.programme_id == programme.id, JpEntry.employee_id == Pairing.mentee_id)
    )
    grace = timedelta(days=FIRST_MEETING_DAYS)
    active = [row for row in pairs if row[1] is PairingState.ACTIVE]
    confirmed = [row for row in logs if row[1] is SessionState.CONFIRMED]
    per_pair: dict[int, int] = {}
    for row in confirmed:
        per_pair[row[0]] = per_pair.get(row[0], 0) + 1
    return Health(
        pairs=len(pairs),
        active=len(active),
        late_start=sum(row[4] is None and today - row[2] > grace for row in active),
        at_risk=sum(row[5] is not None and (today - row[5]).days > AT_RISK_RHYTHMS * row[3] for row in active),
        waiting=sum(row[1] is SessionState.RECORDED for row in logs),
        disputed=sum(row[1] is SessionState.DISPUTED for row in logs),
        confirmed=len(confirmed),
        minutes=sum(int((row[3] - row[2]).total_seconds() // 60) for row in confirmed),
        jp=int(jp or 0),
        fulfilled=sum(count >= programme.min_session_count for count in per_pair.values()),
        met_early=sum(row[4] is not None and row[4] - row[2] <= grace for row in pairs),
    )


def active_pairings_in(session: Session, programme_id: int, *, limit: int) -> list[Pairing]:
    """Return active pairings of a programme."""
    query = select(Pairing).where(Pairing.programme_id == programme_id, Pairing.state == PairingState.ACTIVE)
    return list(session.scalars(query.order_by(Pairing.id).limit(limit)))


def exists_busy_run(session: Session, programme_id: int) -> bool:
    """Return whether a run of a programme is being computed or published."""
    query = select(PairingRun.id).where(
        PairingRun.programme_id == programme_id, PairingRun.state.in_((RunState.QUEUED, RunState.PUBLISHING))
    )
    return session.scalar(query.limit(1)) is not None


def list_drafts(session: Session, programme_id: int) -> list[PairingRun]:
    """Return the drafts of a programme that a new run takes the place of."""
    query = select(PairingRun).where(PairingRun.programme_id == programme_id, PairingRun.state == RunState.DRAFT)
    return list(session.scalars(query.order_by(PairingRun.number)))


def marked_pairs(session: Session, run_id: int, state: ProposalState) -> list[list[int]]:
    """Return the pairs [mentor, mentee] of a run in one state."""
    rows = session.execute(
        select(PairingProposal.mentor_id, PairingProposal.mentee_id)
        .where(PairingProposal.run_id == run_id, PairingProposal.state == state, PairingProposal.mentor_id.is_not(None))
        .order_by(PairingProposal.id)
    )
    return [[row[0], row[1]] for row in rows if row[0] is not None]
