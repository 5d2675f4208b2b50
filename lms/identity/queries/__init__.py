"""Reads: who acts, accounts, rights, the trail, and everything about oneself."""

from __future__ import annotations

from lms.identity.queries.accounts import (
    AccountRow,
    find_by_activation,
    find_colleagues,
    find_for_login,
    get_account,
    get_locked,
    get_of_employee,
    held_rights,
    list_accounts,
    list_pending_in,
    masked_number,
    password_person,
)
from lms.identity.queries.actor import Identity, SignedIn, load_actor, load_actor_of, load_identity
from lms.identity.queries.operations import Health, get_health
from lms.identity.queries.personal import (
    Profile,
    Section,
    SessionRow,
    count_recovery_codes,
    get_profile,
    get_session,
    list_sessions,
    personal_document,
    personal_sections,
    register_personal_data,
)
from lms.identity.queries.rights import (
    DelegationRow,
    GrantRow,
    UnitChoice,
    UnitRef,
    count_admins,
    get_delegation,
    get_grant,
    get_unit,
    holds_own_grant,
    list_delegations,
    list_grants,
    list_own_grants,
    list_role_holders,
    list_units_within,
    lock_admins,
)
from lms.identity.queries.trail import ReadingRow, TrailFilter, TrailRow, list_own_trail, list_readings, list_trail

__all__ = [
    "AccountRow", "DelegationRow", "GrantRow", "Health", "Identity", "Profile", "ReadingRow", "Section", "SessionRow",
    "SignedIn", "TrailFilter", "TrailRow", "UnitChoice", "UnitRef", "count_admins", "count_recovery_codes",
    "find_by_activation", "find_colleagues", "find_for_login", "get_account", "get_delegation", "get_grant",
    "get_health", "get_locked", "get_of_employee", "get_profile", "get_session", "get_unit", "held_rights",
    "holds_own_grant", "list_accounts", "list_delegations", "list_grants", "list_own_grants", "list_own_trail",
    "list_pending_in", "list_readings", "list_role_holders", "list_sessions", "list_trail", "list_units_within",
    "load_actor", "lock_admins", "load_actor_of", "load_identity", "masked_number", "password_person", "personal_document",
    "personal_sections", "register_personal_data",
]  # fmt: skip
