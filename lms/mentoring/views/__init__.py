"""Pages of mentoring; `bp` is the blueprint."""

from . import coordinator, logbook, mentee, mentor, panels, programmes, runs
from .base import bp

__all__ = ["bp", "coordinator", "logbook", "mentee", "mentor", "panels", "programmes", "runs"]
