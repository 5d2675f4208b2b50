"""Pairing runs: computed in the background, reviewed by the coordinator, then published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.core import clock
from lms.core.actor import SYSTEM, Actor
from lms.core.audit import record
from lms.core.errors import Conflict, DomainError, Invalid, NotFound, Refused
from lms.core.jobs import enqueue
from lms.core.text import N_
from lms.mentoring import queries
from lms.mentoring.models import (
    MentoringProgramme,
    Objective,
    PairingProposal,
    PairingRun,
    ProgrammeState,
    ProposalState,
    RunState,
)
from lms.mentoring.rules import WEIGHT_KEYS, Inputs, Match, weights_fault
from lms.mentoring.services.matching import solve
from lms.mentoring.services.pairings import PairingData, create_pairing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

BATCH = 50
MEMBERS_MAX = 6000
_DECISIONS = (ProposalState.PROPOSED, ProposalState.LOCKED, ProposalState.REFUSED)


def start_run(
    session: Session,
    actor: Actor,
    programme_public_id: str,
    *,
    weights: Mapping[str, int],
    objective: Objective,
    now: datetime | None = None,
) -> PairingRun:
    """Ask for a new proposal; pairs locked or taken out in the draft before stay so.

    Raises: NotFound; Refused: closed; Conflict: a run is at work; Invalid: weights.
    Concurrency: holds the programme's row, so that two runs never work at once.
    """
    programme = queries.lock_programme(session, actor, programme_public_id, to_manage=True)
    if programme is None:
        raise NotFound(N_("Program ini tidak ada dalam wilayah yang Anda koordinasi."))
    if programme.state is ProgrammeState.CLOSED:
        raise Refused(N_("Program ini sudah ditutup. Pilih program lain."))
    if queries.exists_busy_run(session, programme.id):
        raise Conflict(N_("Pemasangan sebelumnya masih berjalan. Tunggu sampai selesai."))
    if weights_fault(weights):
        raise Invalid(N_("Bobot dari 0 sampai 100, dan paling sedikit satu lebih dari 0."))
    if queries.count_members(session, programme.id) > MEMBERS_MAX + 2000:
        raise Refused(N_("Program ini terlalu besar untuk satu pemasangan. Bagi menurut unit."))
    moment = now or clock.now()
    last = queries.latest_run(session, programme.id)
    locked: list[list[int]] = []
    refused: list[list[int]] = []
    for draft in queries.list_drafts(session, programme.id):
        locked = queries.marked_pairs(session, draft.id, ProposalState.LOCKED)
        refused = [*draft.refused, *queries.marked_pairs(session, draft.id, ProposalState.REFUSED)]
        draft.state = RunState.REPLACED
    run = PairingRun(
        programme_id=programme.id,
        number=1 if last is None else last.number + 1,
        state=RunState.QUEUED,
        objective=objective,
        weights={key: int(weights.get(key, 0)) for key in WEIGHT_KEYS},
        locked=locked,
        refused=refused,
        requested_by_id=actor.employee_id,
        created_at=moment,
    )
    session.add(run)
    programme.weights = dict(run.weights)
    if programme.state is ProgrammeState.PREPARATION:
        programme.state = ProgrammeState.PAIRING
    session.flush()  # audit and job need the id
    record(session, actor, action="pairing_run.start", subject=("pairing_run", run.id), at=moment)
    enqueue(session, "mentoring.compute_run", unique_key=f"compute-run:{run.public_id}", run_id=run.id)
    return run


def compute_run(session: Session, run_id: int, *, now: datetime) -> tuple[Inputs, list[Match]] | None:
    """Work a run out, reading only; None when it is done already."""
    run = queries.run_by_id(session, run_id)
    if run is None or run.state is not RunState.QUEUED:
        return None
    inputs = queries.read_inputs(session, run, clock.local_day(now, clock.DEFAULT_ZONE))
    return inputs, solve(inputs)


def keep_run(session: Session, run_id: int, found: tuple[Inputs, list[Match]] | None, *, now: datetime) -> None:
    """Store what a run found, with its inputs; a second call finds the run done and changes nothing."""
    run = queries.run_by_id(session, run_id)
    if run is None or run.state is not RunState.QUEUED or found is None:
        return
    inputs, matches = found
    session.add_all([_proposal(run.id, match) for match in matches])
    paired = [match for match in matches if match.mentor_id is not None]
    run.inputs, run.state, run.computed_at = inputs.to_json(), RunState.DRAFT, now
    run.mentee_count, run.mentor_count = len(inputs.mentees), len(inputs.mentors)
    run.matched_count, run.total_score = len(paired), sum(match.score for match in paired)


def _proposal(run_id: int, match: Match) -> PairingProposal:
    state = ProposalState.PROPOSED
    if match.mentor_id is None:
        state = ProposalState.UNMATCHED
    elif match.locked:
        state = ProposalState.LOCKED
    return PairingProposal(
        run_id=run_id, mentee_id=match.mentee_id, mentor_id=match.mentor_id, score=match.score, state=state,
        competency_id=match.competency_id, goal_level=match.goal_level,
        reasons=[list(reason) for reason in match.reasons],
    )  # fmt: skip


def _draft(session: Session, actor: Actor, public_id: str) -> tuple[PairingRun, MentoringProgramme]:
    found = queries.lock_run(session, actor, public_id)
    if found is None:
        raise NotFound(N_("Pemasangan ini tidak ada dalam wilayah Anda."))
    if found[0].state is not RunState.DRAFT:
        raise Conflict(N_("Usulan ini tidak dapat diubah lagi. Buka pemasangan yang terbaru."))
    return found


def decide_proposal(
    session: Session, actor: Actor, run_public_id: str, proposal_public_id: str, *, state: ProposalState,
    now: datetime | None = None,
) -> PairingProposal:  # fmt: skip
    """Keep a proposed pair for the next run, take it out, or neither.

    Raises: NotFound; Conflict: not a draft any more; Invalid: no such decision; Refused: nobody was found for
        this mentee, or the pair is the coordinator's own.
    """
    run, _programme = _draft(session, actor, run_public_id)
    proposal = queries.lock_proposal(session, run.id, proposal_public_id)
    if proposal is None:
        raise NotFound(N_("Pasangan ini tidak ada dalam usulan."))
    if state not in _DECISIONS:
        raise Invalid(N_("Pilih kunci, keluarkan, atau kembalikan."))
    if proposal.mentor_id is None:
        raise Refused(N_("Mentee ini belum mendapat mentor. Tidak ada yang dapat dikunci."))
    if actor.employee_id is not None and actor.employee_id == proposal.mentee_id:
        raise Refused(N_("Pasangan Anda sendiri diputuskan oleh koordinator lain."))
    proposal.state = state
    record(
        session, actor, action="pairing_run.decide", subject=("pairing_run", run.id), person_id=proposal.mentee_id,
        at=now or clock.now(), after={"state": state.value},
    )  # fmt: skip
    return proposal


def publish_run(session: Session, actor: Actor, public_id: str, *, now: datetime | None = None) -> PairingRun:
    """Publish a draft: its pairs become pairings in the background, and both people are told.

    Raises: NotFound; Conflict: not a draft; Refused: the programme is closed, or the draft has no pairs.
    """
    run, programme = _draft(session, actor, public_id)
    if programme.state is ProgrammeState.CLOSED:
        raise Refused(N_("Program ini sudah ditutup. Pilih program lain."))
    totals = queries.proposal_totals(session, run.id)
    if not totals.get(ProposalState.PROPOSED, 0) + totals.get(ProposalState.LOCKED, 0):
        raise Refused(N_("Usulan ini tidak memuat pasangan. Tambah mentor atau ubah bobotnya."))
    moment = now or clock.now()
    run.state, run.published_at, run.published_by_id = RunState.PUBLISHING, moment, actor.employee_id
    programme.state = ProgrammeState.RUNNING
    record(session, actor, action="pairing_run.publish", subject=("pairing_run", run.id), at=moment)
    enqueue(session, "mentoring.publish_run", unique_key=f"publish-run:{run.public_id}:0", run_id=run.id, turn=0)
    return run


def publish_pairs(session: Session, run_id: int, *, now: datetime) -> bool:
    """Make the next pairings of a run; return whether more are left. Lines already made are not touched again.

    Each pair is checked anew: somebody may have been transferred or have left since the draft. Such a line fails
    with its reason, and the others go on.
    """
    run = queries.run_by_id(session, run_id)
    if run is None or run.state is not RunState.PUBLISHING:
        return False
    programme = session.get_one(MentoringProgramme, run.programme_id)
    waiting = queries.open_proposals(session, run.id, limit=BATCH + 1)
    people = queries.get_people(
        session, {one.mentee_id for one in waiting} | {one.mentor_id for one in waiting if one.mentor_id}
    )
    today = clock.local_day(now, clock.DEFAULT_ZONE)
    for proposal in waiting[:BATCH]:
        data = PairingData(
            competency_id=proposal.competency_id, goal_level=proposal.goal_level, goal=programme.purpose[:400],
            starts_on=max(programme.starts_on, today), ends_on=max(programme.ends_on, today),
            rhythm_days=programme.rhythm_days, programme_id=programme.id,
        )  # fmt: skip
        try:
            create_pairing(
                session, SYSTEM, mentee_public_id=people[proposal.mentee_id].public_id,
                mentor_public_id=people[proposal.mentor_id or 0].public_id, data=data, now=now,
            )  # fmt: skip
        except DomainError as error:
            proposal.state, proposal.fault = ProposalState.FAILED, str(error.message)[:300]
        else:
            proposal.state = ProposalState.PAIRED
    more = len(waiting) > BATCH
    if not more:
        run.state = RunState.PUBLISHED
    return more
