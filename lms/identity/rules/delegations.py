"""When one may stand in for another (Plt., Plh.)."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

LONGEST_DELEGATION = timedelta(days=92)  # Plt. and Plh. are for at most three months, then renewed


class DelegationRefusal(StrEnum):
    """Why a delegation is refused."""

    SELF = "self"
    NOT_HELD = "not_held"
    NOT_DELEGABLE = "not_delegable"
    BACKWARDS = "backwards"
    PAST = "past"
    TOO_LONG = "too_long"


def delegation_refusal(
    *, starts_on: date, ends_on: date, today: date, same_person: bool, held: bool, delegable: bool
) -> DelegationRefusal | None:
    """Return why a delegation is refused, or None when it is allowed.

    `same_person`: the giver is the receiver. `held`: the giver holds the role by an own grant that
    covers the unit. `delegable`: the role is one that may be lent at all.

    Rule: nobody passes on what he does not hold, nor to himself; no delegation of a delegation
        (docs/rules/identity.md#delegation).
    """
    refusals = (
        (same_person, DelegationRefusal.SELF),
        (not held, DelegationRefusal.NOT_HELD),
        (not delegable, DelegationRefusal.NOT_DELEGABLE),
        (ends_on < starts_on, DelegationRefusal.BACKWARDS),
        (starts_on < today, DelegationRefusal.PAST),
        (ends_on - starts_on > LONGEST_DELEGATION, DelegationRefusal.TOO_LONG),
    )
    return next((refusal for applies, refusal in refusals if applies), None)
