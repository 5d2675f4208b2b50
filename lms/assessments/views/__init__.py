"""Pages of assessments: taking, results, and what instructors manage."""

from lms.assessments.views import manage, panels, pictures, results, sittings, taking
from lms.assessments.views.blueprint import bp

__all__ = ["bp", "manage", "panels", "pictures", "results", "sittings", "taking"]
