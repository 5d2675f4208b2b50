"""Rules of access: pure functions; the standard library and plain value types only."""

from __future__ import annotations

from lms.identity.rules.actions import action_label, known_actions, register_action_labels
from lms.identity.rules.addresses import local_path, masked_address, source_of
from lms.identity.rules.codes import CODE_LENGTH, code_text, new_code, normal_code
from lms.identity.rules.devices import device_name
from lms.identity.rules.logins import LoginName, login_name
from lms.identity.rules.passwords import MAX_LENGTH as MAX_PASSWORD
from lms.identity.rules.passwords import MIN_LENGTH, PasswordFault, Person, password_faults
from lms.identity.rules.roles import (
    DELEGABLE,
    GRANTABLE_BY,
    ROLE_NAMES,
    SECOND_FACTOR_ROLES,
    delegation_refusal,
    grantable_roles,
    own_permissions,
    permissions_of,
    role_needs_second_factor,
)
from lms.identity.rules.throttle import (
    ACCOUNT,
    SECOND_FACTOR,
    SOURCE,
    Attempts,
    Throttle,
    attempts_after_failure,
    wait_seconds,
)
from lms.identity.rules.totp import matching_step, new_secret, provisioning_uri, spelled_secret

__all__ = [
    "ACCOUNT",
    "CODE_LENGTH",
    "DELEGABLE",
    "GRANTABLE_BY",
    "MAX_PASSWORD",
    "MIN_LENGTH",
    "ROLE_NAMES",
    "SECOND_FACTOR",
    "SECOND_FACTOR_ROLES",
    "SOURCE",
    "Attempts",
    "LoginName",
    "PasswordFault",
    "Person",
    "Throttle",
    "action_label",
    "attempts_after_failure",
    "code_text",
    "delegation_refusal",
    "device_name",
    "grantable_roles",
    "known_actions",
    "local_path",
    "login_name",
    "masked_address",
    "matching_step",
    "new_code",
    "new_secret",
    "normal_code",
    "own_permissions",
    "password_faults",
    "permissions_of",
    "provisioning_uri",
    "register_action_labels",
    "role_needs_second_factor",
    "source_of",
    "spelled_secret",
    "wait_seconds",
]
