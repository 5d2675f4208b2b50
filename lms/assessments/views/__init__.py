"""Pages of assessments: taking, results, and what instructors manage."""

from lms.assessments.views import manage, panels, results, taking
from lms.assessments.views.blueprint import bp

__all__ = ["bp", "manage", "panels", "results", "taking"]
