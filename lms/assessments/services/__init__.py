"""Acts of assessments: taking, saving, banks, recomputing."""

from lms.assessments.services.analysis import (
    analyse,
    ask_for_analysis,
    keep_analysis,
)
from lms.assessments.services.banks import (
    carry_assessments,
    export_part,
    load_part,
    set_item_state,
)
from lms.assessments.services.editing import comment_item, review_item, save_item
from lms.assessments.services.formats.common import DIFFICULTIES
from lms.assessments.services.importing import (
    FORMATS,
    Imported,
    ImportedItem,
    entry_of,
    export_bank,
    import_items,
)
from lms.assessments.services.recompute import (
    Difference,
    Recomputed,
    recompute,
)
from lms.assessments.services.regrading import (
    Change,
    KeyData,
    Regraded,
    correct_key,
)
from lms.assessments.services.saving import (
    BAD,
    Response,
    Saved,
    save_response,
)
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
from lms.assessments.services.storing import (
    item_digest,
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
    "DIFFICULTIES",
    "FORMATS",
    "REFUSALS",
    "SITTING_REFUSALS",
    "AccommodationData",
    "Change",
    "Difference",
    "Imported",
    "ImportedItem",
    "KeyData",
    "Recomputed",
    "Regraded",
    "Response",
    "Saved",
    "SittingData",
    "SpecialData",
    "add_note",
    "analyse",
    "ask_for_analysis",
    "cancel_sitting",
    "carry_assessments",
    "change_sitting",
    "close_attempt",
    "comment_item",
    "correct_key",
    "end_accommodation",
    "entry_of",
    "export_bank",
    "export_part",
    "extend_time",
    "give_accommodation",
    "grant_special",
    "import_items",
    "item_digest",
    "keep_analysis",
    "load_part",
    "pause_sitting",
    "plan_sitting",
    "recompute",
    "remove_special",
    "reopen_attempt",
    "resume_sitting",
    "review_item",
    "save_item",
    "save_response",
    "send_message",
    "set_item_state",
    "start_attempt",
    "submit_attempt",
]
