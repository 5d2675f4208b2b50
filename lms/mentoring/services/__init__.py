"""Acts of mentoring, one module per noun; none of them commits."""

from .pairings import PairingData, create_pairing, end_due_pairings, end_pairing, on_employee_left, remind_silent
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
    "PairingData", "SessionConflict", "SessionData", "cancel_session", "confirm_session", "correct_session",
    "create_pairing", "dispute_session", "end_due_pairings", "end_pairing", "on_employee_left",
    "record_session", "remind_silent",
]  # fmt: skip
