"""What this installation is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.people.models import Installation

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def demo_state(session: Session) -> Installation | None:
    """Return the row that says what this installation is, or None before anything was noted."""
    return session.get(Installation, 1)


def is_demo(session: Session) -> bool:
    """Return whether all people here are invented."""
    return bool(session.scalar(select(Installation.is_demo).where(Installation.id == 1)))
