"""Who may see or manage what; each predicate stands beside its SQL twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_

from lms.assessments.models import Attempt
from lms.core.actor import Actor, Permission
from lms.core.orm import path_within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

    PathColumn = InstrumentedAttribute[str] | ColumnElement[str]


def can_take_attempt(actor: Actor, *, employee_id: int) -> bool:
    """Return whether the actor may work in an attempt: only in one's own."""
    return actor.employee_id is not None and actor.employee_id == employee_id


def taker_id(actor: Actor) -> int:
    """Return whose attempts the actor takes: one's own, nobody's before log-in."""
    return actor.employee_id if actor.employee_id is not None else -1


def attempts_taken_by(actor: Actor) -> ColumnElement[bool]:
    """Return the twin of `can_take_attempt`."""
    return Attempt.employee_id == taker_id(actor)


def can_manage_assessment(actor: Actor, *, owner_path: str | None) -> bool:
    """Return whether the actor may see the items and results of a course or bank that a unit owns."""
    return actor.may_in(Permission.ASSESSMENT_MANAGE, owner_path)


def assessments_managed_by(actor: Actor, owner_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_manage_assessment`; `owner_path` is the path of the owning unit."""
    return path_within(owner_path, actor.scope(Permission.ASSESSMENT_MANAGE))


def can_see_attempt(actor: Actor, *, employee_id: int, owner_path: str | None) -> bool:
    """Return whether the actor may see the result of an attempt: one's own, or of managed assessments."""
    return can_take_attempt(actor, employee_id=employee_id) or can_manage_assessment(actor, owner_path=owner_path)


def attempts_visible_to(actor: Actor, owner_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_see_attempt`."""
    return or_(attempts_taken_by(actor), assessments_managed_by(actor, owner_path))


def can_see_accommodation(actor: Actor, *, person_path: str | None) -> bool:
    """Return whether the actor may see and give more time to a person: those in the units one manages exams for."""
    return actor.may_in(Permission.ASSESSMENT_MANAGE, person_path)


def accommodations_visible_to(actor: Actor, person_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_see_accommodation`; `person_path` is the path of the person's unit."""
    return path_within(person_path, actor.scope(Permission.ASSESSMENT_MANAGE))
