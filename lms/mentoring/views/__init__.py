"""Pages of mentoring; `bp` is the blueprint."""

from . import coordinator, logbook, mentee, mentor, panels
from .base import bp

__all__ = ["bp", "coordinator", "logbook", "mentee", "mentor", "panels"]
