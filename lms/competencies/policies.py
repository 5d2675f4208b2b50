"""Who sees whose levels and who appraises whom: each predicate beside its SQL twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, false, func, not_, or_, true

from lms.core.actor import Actor, Permission
from lms.core.orm import path_within
from lms.people.models import Employee, EmployeeStatus, OrganisationalUnit, Position

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the policies need to know of a person.

    Args:
        employee_id: internal id.
        unit_path: path of the unit where the person counts now, None without a job.
        is_head: whether the person leads that unit.
        is_counted: whether the person works here and is active (externals are not appraised).
    """

    employee_id: int
    unit_path: str | None
    is_head: bool
    is_counted: bool


def can_see_levels(actor: Actor, person: PersonFacts) -> bool:
    """Return whether the actor may read a person's levels: one's own, or by right over the unit."""
    return actor.is_system or (
        actor.employee_id is not None
        and (person.employee_id == actor.employee_id or actor.may_in(Permission.COMPETENCY_VIEW, person.unit_path))
    )


def levels_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on Employee outer-joined to OrganisationalUnit for `can_see_levels`."""
    if actor.is_system:
        return true()
    if actor.employee_id is None:
        return false()
    return or_(
        Employee.id == actor.employee_id,
        path_within(OrganisationalUnit.path, actor.scope(Permission.COMPETENCY_VIEW)),
    )


def can_appraise(actor: Actor, person: PersonFacts) -> bool:
    """Return whether the actor may appraise a person.

    Nobody appraises oneself, nor the one for whom one stands in. The head of a unit is appraised from above
    only: the right must come from a unit higher than the head's own.
    """
    if actor.employee_id is None or person.unit_path is None or not person.is_counted:
        return False
    if person.employee_id == actor.employee_id:
        return False
    for grant in actor.grants:
        if Permission.COMPETENCY_APPRAISE not in grant.permissions or grant.acting_for_id == person.employee_id:
            continue
        if person.unit_path.startswith(grant.path) and not (person.is_head and person.unit_path == grant.path):
            return True
    return False


def appraisable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for `can_appraise` on Employee, outer-joined to its unit and its position."""
    if actor.employee_id is None:
        return false()
    rights = []
    is_head = func.coalesce(and_(Position.is_head.is_(True), Position.unit_id == Employee.unit_id), false())
    for grant in actor.grants:
        if Permission.COMPETENCY_APPRAISE not in grant.permissions:
            continue
        right = and_(
            path_within(OrganisationalUnit.path, [grant.path]),
            or_(OrganisationalUnit.path != grant.path, not_(is_head)),
        )
        if grant.acting_for_id is not None:
            right = and_(right, Employee.id != grant.acting_for_id)
        rights.append(right)
    if not rights:
        return false()
    return and_(
        Employee.id != actor.employee_id,
        Employee.is_active.is_(True),
        Employee.status != EmployeeStatus.EXTERNAL,
        or_(*rights),
    )
