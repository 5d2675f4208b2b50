"""Acts of assessments: taking, saving, banks, recomputing."""

from lms.assessments.services.banks import item_digest, load_part, set_item_state
from lms.assessments.services.recompute import Difference, Recomputed, recompute
from lms.assessments.services.saving import BAD, Response, Saved, save_response
from lms.assessments.services.sittings import (
    AccommodationData,
    SittingData,
    SpecialData,
    add_note,
    cancel_sitting,
    change_sitting,
    end_accommodation,
    extend_time,
    give_accommodation,
    grant_special,
    pause_sitting,
    plan_sitting,
    remove_special,
    reopen_attempt,
    resume_sitting,
    send_message,
)
from lms.assessments.services.taking import (
    REFUSALS,
    SITTING_REFUSALS,
    close_attempt,
    start_attempt,
    submit_attempt,
)

__all__ = [
    "BAD",
    "REFUSALS",
    "SITTING_REFUSALS",
    "AccommodationData",
    "Difference",
    "Recomputed",
    "Response",
    "Saved",
    "SittingData",
    "SpecialData",
    "add_note",
    "cancel_sitting",
    "change_sitting",
    "close_attempt",
    "end_accommodation",
    "extend_time",
    "give_accommodation",
    "grant_special",
    "item_digest",
    "load_part",
    "pause_sitting",
    "plan_sitting",
    "recompute",
    "remove_special",
    "reopen_attempt",
    "resume_sitting",
    "save_response",
    "send_message",
    "set_item_state",
    "start_attempt",
    "submit_attempt",
]
