"""Rules of access: pure functions; the standard library and plain value types only."""

from __future__ import annotations

from lms.identity.rules.addresses import local_path, masked_address, source_of
from lms.identity.rules.codes import CODE_LENGTH, code_text, new_code, normal_code
from lms.identity.rules.delegations import DelegationRefusal, delegation_refusal
from lms.identity.rules.devices import device_name
from lms.identity.rules.logins import LoginFault, LoginName, login_name
from lms.identity.rules.passwords import MAX_LENGTH as MAX_PASSWORD
from lms.identity.rules.passwords import MIN_LENGTH, PasswordFault, Person, password_faults
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
    "MAX_PASSWORD",
    "MIN_LENGTH",
    "SECOND_FACTOR",
    "SOURCE",
    "Attempts",
    "DelegationRefusal",
    "LoginFault",
    "LoginName",
    "PasswordFault",
    "Person",
    "Throttle",
    "attempts_after_failure",
    "code_text",
    "delegation_refusal",
    "device_name",
    "local_path",
    "login_name",
    "masked_address",
    "matching_step",
    "new_code",
    "new_secret",
    "normal_code",
    "password_faults",
    "provisioning_uri",
    "source_of",
    "spelled_secret",
    "wait_seconds",
]
