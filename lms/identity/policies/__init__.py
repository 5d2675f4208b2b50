"""Who may see and change whose access, and what each role gives."""

from __future__ import annotations

from lms.identity.policies.access import (
    accounts_visible_to,
    audit_entries_visible_to,
    can_give_grant,
    can_manage_account,
    can_see_account,
    can_see_audit_entry,
    can_see_delegation,
    can_see_grant,
    delegations_visible_to,
    grants_visible_to,
    holds_everywhere,
    roles_grantable_by,
)
from lms.identity.policies.roles import (
    DELEGABLE,
    GRANTABLE_BY,
    ROLE_NAMES,
    SECOND_FACTOR_ROLES,
    grantable_roles,
    own_permissions,
    permissions_of,
    role_needs_second_factor,
)

__all__ = [
    "DELEGABLE",
    "GRANTABLE_BY",
    "ROLE_NAMES",
    "SECOND_FACTOR_ROLES",
    "accounts_visible_to",
    "audit_entries_visible_to",
    "can_give_grant",
    "can_manage_account",
    "can_see_account",
    "can_see_audit_entry",
    "can_see_delegation",
    "can_see_grant",
    "delegations_visible_to",
    "grantable_roles",
    "grants_visible_to",
    "holds_everywhere",
    "own_permissions",
    "permissions_of",
    "role_needs_second_factor",
    "roles_grantable_by",
]
