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
    "CLIENT_ID", "GRACE", "BadResponse", "Candidate", "Choice", "Design", "Field", "Incoming", "ItemKind", "Keep",
    "Keyed", "LogEntry", "Outcome", "Payload", "Phase", "Question", "Row", "Rows", "Score", "Sitting", "StartRefusal",
    "Stored", "Verdict", "attempt_score", "current_responses", "draw", "kind_names", "kind_of", "outcome", "phase",
    "register", "same_page", "seconds_left", "seeded", "start_refusal", "unsafe_mixes",
]  # fmt: skip
