"""Pages of reports."""

from lms.reporting.views import gaps, jp, panels, team
from lms.reporting.views.base import bp

__all__ = ["bp", "gaps", "jp", "panels", "team"]
