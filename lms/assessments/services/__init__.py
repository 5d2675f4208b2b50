"""Acts of assessments: taking, saving, banks, recomputing."""

from lms.assessments.services.banks import item_digest, load_part, set_item_state
from lms.assessments.services.recompute import Difference, Recomputed, recompute
from lms.assessments.services.saving import BAD, Response, Saved, save_response
from lms.assessments.services.taking import REFUSALS, close_attempt, start_attempt, submit_attempt

__all__ = [
    "BAD",
    "REFUSALS",
    "Difference",
    "Recomputed",
    "Response",
    "Saved",
    "close_attempt",
    "item_digest",
    "load_part",
    "recompute",
    "save_response",
    "set_item_state",
    "start_attempt",
    "submit_attempt",
]
