"""Pages of assessments: taking, results, and what instructors manage."""

from lms.assessments.views import (
    analysis,
    editing,
    manage,
    panels,
    pictures,
    regrading,
    results,
    sittings,
    taking,
)
from lms.assessments.views.blueprint import bp

__all__ = [
    "analysis",
    "bp",
    "editing",
    "manage",
    "panels",
    "pictures",
    "regrading",
    "results",
    "sittings",
    "taking",
]
