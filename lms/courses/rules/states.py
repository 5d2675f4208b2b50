"""States of an enrolment and every way from one to another: the one table that services obey."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EnrolmentState(StrEnum):
    """State of an enrolment.

    `ACTIVE` is booked before the run begins and attending from then on: the day decides, no scheduler.
    """

    INVITED = "invited"
    REQUESTED = "requested"
    APPROVED = "approved"
    WAITING = "waiting"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    NO_SHOW = "no_show"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


class Act(StrEnum):
    """What moves an enrolment."""

    REQUEST = "request"
    ASSIGN = "assign"
    INVITE = "invite"
    ACCEPT = "accept"
    DECLINE = "decline"
    APPROVE = "approve"
    CONFIRM = "confirm"
    REFUSE = "refuse"
    SEAT = "seat"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    COMPLETE = "complete"
    TAKE_BACK = "take_back"
    FAIL = "fail"
    ABSENT = "absent"
    REOPEN = "reopen"
    CANCEL = "cancel"
    MOVE = "move"


S = EnrolmentState
# Still on the way to a seat.
IN_LINE = frozenset({S.INVITED, S.REQUESTED, S.APPROVED, S.WAITING})
# On the way, seated or finished: such a person does not ask again.
LIVE = IN_LINE | {S.ACTIVE, S.COMPLETED}
SEATED = frozenset({S.ACTIVE, S.COMPLETED})
_OUTSIDE: frozenset[EnrolmentState | None] = frozenset({None, S.WITHDRAWN, S.REFUSED, S.FAILED, S.NO_SHOW})


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    Args:
        sources: states from which the act is possible; None: there is no enrolment yet.
        target: state after it; None: the approvals that the run asks for decide (`line_state`).
        by: who may do it: `self`, `supervisor`, `agency` (who runs the offering), `system`.
        needs_reason: the person reads why, so it must be said.
    """

    sources: frozenset[EnrolmentState | None]
    target: EnrolmentState | None
    by: tuple[str, ...]
    needs_reason: bool = False


TRANSITIONS: dict[Act, Transition] = {
    Act.REQUEST: Transition(_OUTSIDE | {S.INVITED}, None, ("self",)),
    Act.ASSIGN: Transition(_OUTSIDE | {S.INVITED, S.REQUESTED, S.APPROVED}, None, ("supervisor", "agency")),
    Act.INVITE: Transition(_OUTSIDE, S.INVITED, ("agency",)),
    Act.ACCEPT: Transition(frozenset({S.INVITED}), S.WAITING, ("self",)),
    Act.DECLINE: Transition(frozenset({S.INVITED}), S.WITHDRAWN, ("self",)),
    Act.APPROVE: Transition(frozenset({S.REQUESTED}), None, ("supervisor",)),
    Act.CONFIRM: Transition(frozenset({S.APPROVED}), S.WAITING, ("agency",)),
    Act.REFUSE: Transition(
        frozenset({S.REQUESTED, S.APPROVED, S.WAITING}), S.REFUSED, ("supervisor", "agency"), needs_reason=True
    ),
    Act.SEAT: Transition(frozenset({S.WAITING}), S.ACTIVE, ("system",)),
    Act.WITHDRAW: Transition(IN_LINE | {S.ACTIVE}, S.WITHDRAWN, ("self", "agency")),
    Act.RESTORE: Transition(frozenset({S.WITHDRAWN}), None, ("self",)),
    Act.COMPLETE: Transition(frozenset({S.ACTIVE}), S.COMPLETED, ("system",)),
    # What completed it turned out to be wrong, such as a corrected key that took the pass away.
    Act.TAKE_BACK: Transition(frozenset({S.COMPLETED}), S.ACTIVE, ("system",), needs_reason=True),
    Act.FAIL: Transition(frozenset({S.ACTIVE}), S.FAILED, ("agency",), needs_reason=True),
    Act.ABSENT: Transition(frozenset({S.ACTIVE}), S.NO_SHOW, ("agency",)),
    Act.REOPEN: Transition(frozenset({S.FAILED, S.NO_SHOW}), S.ACTIVE, ("agency",), needs_reason=True),
    Act.CANCEL: Transition(IN_LINE | {S.ACTIVE}, S.WITHDRAWN, ("agency",), needs_reason=True),
    Act.MOVE: Transition(IN_LINE | {S.ACTIVE}, S.WITHDRAWN, ("agency",), needs_reason=True),
}


def is_allowed(act: Act, state: EnrolmentState | None) -> bool:
    """Return whether the table knows a way for the act out of this state."""
    return state in TRANSITIONS[act].sources


def line_state(*, needs_supervisor: bool, needs_agency: bool) -> EnrolmentState:
    """Return where somebody stands who joins: at the next approval that is still missing, else in the line.

    Nobody is seated here: seats are given in one place, in the order of the line.
    """
    if needs_supervisor:
        return S.REQUESTED
    return S.APPROVED if needs_agency else S.WAITING


def next_state(
    act: Act, state: EnrolmentState | None, *, needs_supervisor: bool = False, needs_agency: bool = False
) -> EnrolmentState | None:
    """Return the state after an act, or None when the table refuses it.

    Args:
        needs_supervisor, needs_agency: approvals that are still missing after this act.
    """
    row = TRANSITIONS[act]
    if state not in row.sources:
        return None
    if row.target is not None:
        return row.target
    return line_state(needs_supervisor=needs_supervisor, needs_agency=needs_agency)


def acts_from(state: EnrolmentState | None, *, by: str) -> tuple[Act, ...]:
    """Return what somebody may do with an enrolment in this state, in the order of the table."""
    return tuple(act for act, row in TRANSITIONS.items() if state in row.sources and by in row.by)
