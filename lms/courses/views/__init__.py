"""Pages of courses, one module per group of pages."""

from lms.courses.views import (
    approvals,
    authoring,
    catalogue,
    claims,
    instructor,
    jp,
    learning,
    media,
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
    "catalogue",
    "claims",
    "instructor",
    "jp",
    "learning",
    "media",
    "offerings",
    "panels",
    "schedule",
]
