"""News of mentoring, told upwards in the transaction of the act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SessionConfirmed:
    """A mentee confirmed a session; its JP are in the ledger.

    Args:
        session_log_id, pairing_id: internal ids.
        mentor_id, mentee_id: employees.
        held_on: day in the zone of the mentee's unit.
        minutes: length.
        credited_jp: JP of the mentee, 0 beyond the cap.
    """

    session_log_id: int
    pairing_id: int
    mentor_id: int
    mentee_id: int
    held_on: date
    minutes: int
    credited_jp: int


@dataclass(frozen=True, slots=True)
class PairingEnded:
    """A pairing was ended before or at its term."""

    pairing_id: int
    mentor_id: int
    mentee_id: int
