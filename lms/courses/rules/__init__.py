"""Rules of courses: pure functions and value types, one module per question."""

from lms.courses.rules.course_file import DYES, FAMILIES, CourseFile, check_course, content_digest, safe_name
from lms.courses.rules.enrolment import (
    REASON_MAX,
    REASON_MIN,
    UNDO_WITHIN,
    Refusal,
    can_undo_withdrawal,
    days_late,
    due_day,
    enrolment_refusal,
)
from lms.courses.rules.extensions import (
    REGISTRY,
    ContentItem,
    CoursePart,
    Fault,
    register_condition,
    register_contents,
    register_part,
)
from lms.courses.rules.jp import (
    E_LEARNING,
    MENTORING,
    MINUTES_PER_JP,
    SELF_LEARNING,
    Credit,
    Rate,
    Target,
    YearView,
    contract_year,
    contract_year_of,
    credit,
    jp_of_minutes,
    spread_minutes,
    year_view,
)
from lms.courses.rules.progress import (
    Completion,
    LessonState,
    clamp_permille,
    completion_state,
    lesson_minutes_left,
)

__all__ = [
    "DYES", "E_LEARNING", "FAMILIES", "MENTORING", "MINUTES_PER_JP", "REASON_MAX", "REASON_MIN", "REGISTRY",
    "SELF_LEARNING", "UNDO_WITHIN", "Completion", "ContentItem", "CourseFile", "CoursePart", "Credit", "Fault",
    "LessonState", "Rate", "Refusal", "Target", "YearView", "can_undo_withdrawal", "check_course",
    "clamp_permille", "completion_state", "content_digest", "contract_year", "contract_year_of", "credit",
    "days_late", "due_day", "enrolment_refusal", "jp_of_minutes", "lesson_minutes_left", "register_condition",
    "register_contents", "register_part", "safe_name", "spread_minutes", "year_view",
]  # fmt: skip
