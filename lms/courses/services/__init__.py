"""Acts of courses, one module per noun; none of them commits."""

from lms.courses.rules import (
    ContentItem,
    CoursePart,
    Fault,
    register_condition,
    register_contents,
    register_part,
)
from lms.courses.services.claims import (
    ClaimData,
    Proof,
    amend_claim,
    approve_claim,
    refuse_claim,
    return_claim,
    submit_claim,
    withdraw_claim,
)
from lms.courses.services.content import SELF_STUDY_DAYS, LoadResult, load_course, reindex_courses
from lms.courses.services.enrolment import (
    EnrolmentRefused,
    decide,
    decide_many,
    enrol,
    undo_withdraw,
    withdraw,
)
from lms.courses.services.jp import RULES_FILE, correct_jp, credit_jp, load_jp_rules
from lms.courses.services.learning import complete_if_done, complete_lesson, note_learning, save_position

__all__ = [
    "RULES_FILE",
    "SELF_STUDY_DAYS",
    "ClaimData",
    "ContentItem",
    "CoursePart",
    "EnrolmentRefused",
    "Fault",
    "LoadResult",
    "Proof",
    "amend_claim",
    "approve_claim",
    "complete_if_done",
    "complete_lesson",
    "correct_jp",
    "credit_jp",
    "decide",
    "decide_many",
    "enrol",
    "load_course",
    "load_jp_rules",
    "note_learning",
    "refuse_claim",
    "register_condition",
    "register_contents",
    "register_part",
    "reindex_courses",
    "return_claim",
    "save_position",
    "submit_claim",
    "undo_withdraw",
    "withdraw",
    "withdraw_claim",
]
