"""Pages of courses, one module per group of pages."""

from lms.courses.views import (
    approvals,
    authoring,
    bulk,
    catalogue,
    claims,
    exchange,
    instructor,
    jp,
    learning,
    media,
    meetings,
    offerings,
    panels,
    schedule,
)
from lms.courses.views.base import (
    bp,
)

__all__ = [
    "approvals",
    "authoring",
    "bp",
    "bulk",
    "catalogue",
    "claims",
    "exchange",
    "instructor",
    "jp",
    "learning",
    "media",
    "meetings",
    "offerings",
    "panels",
    "schedule",
]
