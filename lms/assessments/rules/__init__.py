"""Pure rules of assessments: item kinds, drawing, time, saving, scoring."""

from lms.assessments.rules.drawing import Candidate, draw, seeded
from lms.assessments.rules.kinds import (
    BadResponse,
    Choice,
    Field,
    ItemKind,
    Keep,
    Payload,
    Question,
    Row,
    Rows,
    Verdict,
    kind_names,
    kind_of,
    register,
)
from lms.assessments.rules.saving import CLIENT_ID, Incoming, Outcome, Stored, outcome, same_page
from lms.assessments.rules.scoring import (
    Keyed,
    LogEntry,
    Score,
    attempt_score,
    current_responses,
)
from lms.assessments.rules.sittings import (
    Allowance,
    BoardState,
    Plan,
    SittingDesign,
    SittingRefusal,
    Special,
    Watched,
    Window,
    bad_networks,
    board_state,
    extended_deadline,
    late_minutes,
    pick_sitting,
    place_fits,
    plan_for,
    resumed_deadline,
    same_code,
    sitting_faults,
    sitting_refusal,
)
from lms.assessments.rules.timing import (
    GRACE,
    Design,
    Phase,
    Sitting,
    StartRefusal,
    phase,
    seconds_left,
    start_refusal,
    unsafe_mixes,
)

__all__ = [
    "CLIENT_ID", "GRACE", "Allowance", "BadResponse", "BoardState", "Candidate", "Choice", "Design", "Field",
    "Incoming", "ItemKind", "Keep", "Keyed", "LogEntry", "Outcome", "Payload", "Phase", "Plan", "Question", "Row",
    "Rows", "Score", "Sitting", "SittingDesign", "SittingRefusal", "Special", "StartRefusal", "Stored", "Verdict",
    "Watched", "Window", "attempt_score", "bad_networks", "board_state", "current_responses", "draw",
    "extended_deadline", "kind_names", "kind_of", "late_minutes", "outcome", "phase", "pick_sitting", "place_fits",
    "plan_for", "register", "resumed_deadline", "same_code", "same_page", "seconds_left", "seeded", "sitting_faults",
    "sitting_refusal", "start_refusal", "unsafe_mixes",
]  # fmt: skip
