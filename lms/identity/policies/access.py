"""Who may see and change whose access; each predicate beside its SQL twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_, true

from lms.core.actor import Permission, Role
from lms.core.audit import AuditEntry
from lms.core.orm import path_within
from lms.identity.models import Delegation
from lms.identity.policies.roles import grantable_roles
from lms.people.models import OrganisationalUnit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from lms.core.actor import Actor


def holds_everywhere(actor: Actor, permission: Permission) -> bool:
    """Return whether a permission is held over a whole tree of units, and so over people without a unit."""
    return any(path.count("/") <= 2 for path in actor.scope(permission))


def _reaches(actor: Actor, permission: Permission, unit_path: str | None) -> bool:
    if unit_path is None:
        return holds_everywhere(actor, permission)
    return actor.may_in(permission, unit_path)


def _reached_by(actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Return the SQL twin of `_reaches`; the statement joins `organisational_unit` outer."""
    nowhere = and_(OrganisationalUnit.id.is_(None), true() if holds_everywhere(actor, permission) else false())
    return or_(path_within(OrganisationalUnit.path, actor.scope(permission)), nowhere)


def can_see_account(actor: Actor, unit_path: str | None) -> bool:
    """Return whether the account of somebody in this unit is shown."""
    return _reaches(actor, Permission.ACCOUNT_MANAGE, unit_path)


def accounts_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL twin of `can_see_account`."""
    return _reached_by(actor, Permission.ACCOUNT_MANAGE)


def can_manage_account(actor: Actor, *, unit_path: str | None, held: Iterable[tuple[Role, str]], is_self: bool) -> bool:
    """Return whether the actor may reset or close this account.

    Args:
        actor: the officer.
        unit_path: unit of the account's holder.
        held: roles over unit paths that the account holds or will hold.
        is_self: the account is the actor's own.

    Rule: nobody resets himself, nor somebody who may do more than he: a reset hands over all of the
        other's rights (docs/rules/identity.md#reset).
    """
    if is_self or not can_see_account(actor, unit_path):
        return False
    if actor.is_system:
        return True
    for role, path in held:
        if role is Role.ADMIN and not actor.has_role(Role.ADMIN):
            return False
        if not actor.may_in(Permission.ACCOUNT_MANAGE, path):
            return False
    return True


def can_see_grant(actor: Actor, unit_path: str) -> bool:
    """Return whether a grant over this unit is shown."""
    return actor.may_in(Permission.GRANT_MANAGE, unit_path)


def grants_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL twin of `can_see_grant`; the statement joins the grant's unit."""
    return path_within(OrganisationalUnit.path, actor.scope(Permission.GRANT_MANAGE))


def roles_grantable_by(actor: Actor, unit_path: str) -> frozenset[Role]:
    """Return the roles that the actor may give over this unit."""
    if actor.is_system:
        return frozenset(Role) - {Role.PEGAWAI}
    held = {
        grant.role
        for grant in actor.grants
        if Permission.GRANT_MANAGE in grant.permissions and unit_path.startswith(grant.path)
    }
    return grantable_roles(held)


def can_give_grant(actor: Actor, *, role: Role, unit_path: str, is_self: bool) -> bool:
    """Return whether the actor may give, or take away, this role over this unit; never to himself."""
    return not is_self and role in roles_grantable_by(actor, unit_path)


def can_see_delegation(actor: Actor, *, from_account_id: int, to_account_id: int, unit_path: str) -> bool:
    """Return whether a delegation is shown: to both sides, and to those who manage grants there."""
    own = actor.account_id is not None and actor.account_id in {from_account_id, to_account_id}
    return own or can_see_grant(actor, unit_path)


def delegations_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL twin of `can_see_delegation`; the statement joins the delegation's unit."""
    own = or_(Delegation.from_account_id == actor.account_id, Delegation.to_account_id == actor.account_id)
    return or_(own if actor.account_id is not None else false(), grants_visible_to(actor))


def can_see_audit_entry(actor: Actor, *, person_unit_path: str | None) -> bool:
    """Return whether an audit entry is shown to an officer.

    Args:
        actor: the officer.
        person_unit_path: unit of the person whom the entry is about; None when it is about nobody.
    """
    return _reaches(actor, Permission.AUDIT_VIEW, person_unit_path)


def audit_entries_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL twin; the statement joins `employee` and `organisational_unit` of the person, outer."""
    return and_(AuditEntry.id.is_not(None), _reached_by(actor, Permission.AUDIT_VIEW))
