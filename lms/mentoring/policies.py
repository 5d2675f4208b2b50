"""Who may see which pairing, whose words and whose note: each predicate beside its SQL twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, false, or_, select, true

from lms.core.actor import Permission
from lms.core.orm import path_within
from lms.mentoring.models import MentoringProgramme, Pairing, ProgrammeMember
from lms.people.models import Employee, OrganisationalUnit
from lms.people.queries import ancestor_ids

if TYPE_CHECKING:
    from lms.core.actor import Actor


def _over_mentee(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    scope = actor.scope(permission)
    if not scope:
        return false()
    if "/" in scope:
        return true()
    inside = (
        select(Employee.id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(path_within(OrganisationalUnit.path, scope))
    )
    return Pairing.mentee_id.in_(inside)


def _may_over(actor: Actor, permission: Permission, unit_path: str | None) -> bool:
    return "/" in actor.scope(permission) or actor.may_in(permission, unit_path)


def is_party(actor: Actor, pairing: Pairing) -> bool:
    """Return whether the actor is the mentor or the mentee."""
    return actor.employee_id is not None and actor.employee_id in (pairing.mentor_id, pairing.mentee_id)


def can_manage_pairing(actor: Actor, pairing: Pairing, *, mentee_unit_path: str | None) -> bool:
    """Return whether the actor coordinates a pairing: over the mentee's unit, never as its mentee."""
    if actor.employee_id is not None and actor.employee_id == pairing.mentee_id:
        return False
    return _may_over(actor, Permission.PAIRING_MANAGE, mentee_unit_path)


def pairings_manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_manage_pairing` holds."""
    over = _over_mentee(actor, Permission.PAIRING_MANAGE)
    return over if actor.employee_id is None else over & (Pairing.mentee_id != actor.employee_id)


def can_see_pairing(actor: Actor, pairing: Pairing, *, mentee_unit_path: str | None) -> bool:
    """Return whether the actor may open a pairing: as one of the two, or as its coordinator."""
    return is_party(actor, pairing) or can_manage_pairing(actor, pairing, mentee_unit_path=mentee_unit_path)


def pairings_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_see_pairing` holds."""
    return or_(pairings_readable_by(actor), pairings_manageable_by(actor))


def can_read_sessions(actor: Actor, pairing: Pairing) -> bool:
    """Return whether the actor may read what was talked about: only the two may."""
    return is_party(actor, pairing)


def pairings_readable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_read_sessions` holds."""
    if actor.employee_id is None:
        return false()
    return or_(Pairing.mentor_id == actor.employee_id, Pairing.mentee_id == actor.employee_id)


def can_read_private_note(actor: Actor, pairing: Pairing) -> bool:
    """Return whether the actor may read the private notes of a pairing: its mentor alone."""
    return actor.employee_id is not None and actor.employee_id == pairing.mentor_id


def private_notes_readable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_read_private_note` holds."""
    return false() if actor.employee_id is None else Pairing.mentor_id == actor.employee_id


def can_count_pairing(actor: Actor, _pairing: Pairing, *, mentee_unit_path: str | None) -> bool:
    """Return whether a pairing stands in the numbers that the actor sees."""
    return _may_over(actor, Permission.MENTORING_VIEW, mentee_unit_path)


def pairings_counted_for(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_count_pairing` holds."""
    return _over_mentee(actor, Permission.MENTORING_VIEW)


def can_manage_programme(actor: Actor, *, unit_path: str) -> bool:
    """Return whether the actor coordinates a programme: over the unit to which it belongs."""
    return _may_over(actor, Permission.PAIRING_MANAGE, unit_path)


def programmes_manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_manage_programme` holds."""
    scope = actor.scope(Permission.PAIRING_MANAGE)
    if not scope:
        return false()
    inside = select(OrganisationalUnit.id).where(path_within(OrganisationalUnit.path, scope))
    return MentoringProgramme.unit_id.in_(inside)


def can_see_programme(actor: Actor, *, unit_path: str, is_member: bool) -> bool:
    """Return whether the actor may read about a programme: its people, its units' mentors and its coordinators."""
    if is_member or can_manage_programme(actor, unit_path=unit_path):
        return True
    if actor.unit_path is not None and actor.unit_path.startswith(unit_path):
        return True
    return any(one.startswith(unit_path) or unit_path.startswith(one) for one in actor.scope(Permission.MENTOR))


def programmes_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_see_programme` holds."""
    mentor = actor.scope(Permission.MENTOR)
    above = {unit_id for path in (actor.unit_path, *mentor) if path for unit_id in ancestor_ids(path)}
    inside = select(OrganisationalUnit.id).where(
        or_(OrganisationalUnit.id.in_(above), path_within(OrganisationalUnit.path, mentor))
    )
    conditions = [programmes_manageable_by(actor), MentoringProgramme.unit_id.in_(inside)]
    if actor.employee_id is not None:
        held = select(ProgrammeMember.programme_id).where(
            ProgrammeMember.employee_id == actor.employee_id, ProgrammeMember.left_at.is_(None)
        )
        conditions.append(MentoringProgramme.id.in_(held))
    return or_(*conditions)
