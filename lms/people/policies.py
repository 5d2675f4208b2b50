"""Who may see and change whom: each predicate beside its SQL twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from lms.core.actor import Permission
from lms.core.orm import path_within
from lms.people.models import Employee, OrganisationalUnit, PersonnelImport

if TYPE_CHECKING:
    from lms.core.actor import Actor


def _holds_root(scope: tuple[str, ...]) -> bool:
    """Return whether a scope holds a whole tree: `/` or a path of one step, such as `/1/`."""
    return any(path.count("/") <= 2 for path in scope)


def _may_over(actor: Actor, permission: Permission, unit_path: str | None) -> bool:
    # People without a unit (external ones) belong to whoever is responsible for the whole region.
    if unit_path is None:
        return _holds_root(actor.scope(permission))
    return actor.may_in(permission, unit_path)


def _over(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    scope = actor.scope(permission)
    if not scope:
        return false()
    if "/" in scope:
        return true()
    units = select(OrganisationalUnit.id).where(path_within(OrganisationalUnit.path, scope))
    inside = Employee.unit_id.in_(units)
    return or_(inside, Employee.unit_id.is_(None)) if _holds_root(scope) else inside


def can_view_employee(actor: Actor, employee: Employee, *, unit_path: str | None) -> bool:
    """Return whether the actor may open a person's record: one's own, or within PEOPLE_VIEW.

    Args:
        unit_path: path of the unit where the person counts, or None for people without one.
    """
    if actor.employee_id is not None and actor.employee_id == employee.id:
        return True
    return _may_over(actor, Permission.PEOPLE_VIEW, unit_path)


def employees_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_view_employee` holds."""
    over = _over(actor, Permission.PEOPLE_VIEW)
    return or_(Employee.id == actor.employee_id, over) if actor.employee_id is not None else over


def can_edit_employee(actor: Actor, employee: Employee, *, unit_path: str | None) -> bool:
    """Return whether the actor may change a person's record."""
    del employee  # nobody's own record is an exception: HR corrects its own under the same audit
    return _may_over(actor, Permission.PEOPLE_EDIT, unit_path)


def employees_editable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_edit_employee` holds."""
    return _over(actor, Permission.PEOPLE_EDIT)


def can_see_number(actor: Actor, employee: Employee, *, unit_path: str | None) -> bool:
    """Return whether the actor sees the whole NIP: the person, and those who keep personnel data."""
    if actor.employee_id is not None and actor.employee_id == employee.id:
        return True
    return can_edit_employee(actor, employee, unit_path=unit_path)


def can_view_unit(actor: Actor, unit: OrganisationalUnit) -> bool:
    """Return whether the actor may open a unit's page: within PEOPLE_VIEW."""
    return actor.may_in(Permission.PEOPLE_VIEW, unit.path)


def units_visible_to(actor: Actor, permission: Permission = Permission.PEOPLE_VIEW) -> ColumnElement[bool]:
    """Return the condition under which a unit lies in the actor's scope of a permission."""
    return path_within(OrganisationalUnit.path, actor.scope(permission))


def can_view_import(actor: Actor, _personnel_import: PersonnelImport, *, unit_path: str | None) -> bool:
    """Return whether the actor may open an import: PEOPLE_IMPORT over the unit of the file."""
    return _may_over(actor, Permission.PEOPLE_IMPORT, unit_path)


def imports_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which `can_view_import` holds."""
    scope = actor.scope(Permission.PEOPLE_IMPORT)
    if not scope:
        return false()
    if "/" in scope:
        return true()
    units = select(OrganisationalUnit.id).where(path_within(OrganisationalUnit.path, scope))
    inside = PersonnelImport.unit_id.in_(units)
    return or_(inside, PersonnelImport.unit_id.is_(None)) if _holds_root(scope) else and_(inside)
