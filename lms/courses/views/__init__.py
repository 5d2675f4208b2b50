"""Pages of courses, one module per group of pages."""

from lms.courses.views import approvals, catalogue, claims, instructor, jp, learning, panels
from lms.courses.views.base import bp

__all__ = ["approvals", "bp", "catalogue", "claims", "instructor", "jp", "learning", "panels"]
