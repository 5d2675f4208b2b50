"""Acts of mentoring, one module per noun; none of them commits."""

from .matching import solve
from .pairings import (
    PairingData,
    create_pairing,
    end_due_pairings,
    end_pairing,
    end_programme_pairings,
    on_employee_left,
    remind_silent,
)
from .programmes import (
    JoinData,
    ProgrammeData,
    change_programme,
    close_programme,
    create_programme,
    join_programme,
    leave_programme,
)
from .runs import compute_run, decide_proposal, keep_run, publish_pairs, publish_run, start_run
from .sessions import (
    SessionConflict,
    SessionData,
    cancel_session,
    confirm_session,
    correct_session,
    dispute_session,
    record_session,
)

__all__ = [
    "JoinData", "PairingData", "ProgrammeData", "SessionConflict", "SessionData", "cancel_session",
    "change_programme", "close_programme", "compute_run", "confirm_session", "correct_session",
    "create_pairing", "create_programme", "decide_proposal", "dispute_session", "end_due_pairings",
    "end_pairing", "end_programme_pairings", "join_programme", "keep_run", "leave_programme",
    "on_employee_left", "publish_pairs", "publish_run", "record_session", "remind_silent", "solve",
    "start_run",
]  # fmt: skip
