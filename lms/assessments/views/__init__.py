"""Pages of assessments: taking, results, and what instructors manage."""

from lms.assessments.views import analysis, manage, panels, pictures, regrading, results, sittings, taking
from lms.assessments.views.blueprint import bp

__all__ = ["analysis", "bp", "manage", "panels", "pictures", "regrading", "results", "sittings", "taking"]
