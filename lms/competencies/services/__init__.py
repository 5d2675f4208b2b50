"""Writes of this package: evidence, and the dictionary with its standards."""

from .dictionary import ImportReport, import_framework, report_as_dict, unreadable
from .evidence import (
    appraise,
    correct_evidence,
    latest_day,
    record_course_outcomes,
    record_evidence,
    self_assess,
    take_back_course_outcomes,
)

__all__ = [
    "ImportReport",
    "appraise",
    "correct_evidence",
    "import_framework",
    "latest_day",
    "record_course_outcomes",
    "record_evidence",
    "report_as_dict",
    "self_assess",
    "take_back_course_outcomes",
    "unreadable",
]
