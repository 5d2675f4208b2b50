"""What happened to people's access; told in the transaction of the change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lms.core.actor import Role


@dataclass(frozen=True, slots=True)
class AccountActivated:
    """A person set the first password, or a new one after a reset."""

    account_id: int
    employee_id: int


@dataclass(frozen=True, slots=True)
class AccessReset:
    """An officer gave a new activation code; the old password no longer works."""

    account_id: int
    employee_id: int
    second_factor_cleared: bool


@dataclass(frozen=True, slots=True)
class AccountDisabled:
    """An account was closed everywhere."""

    account_id: int
    employee_id: int


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """A person changed the own password."""

    account_id: int
    employee_id: int


@dataclass(frozen=True, slots=True)
class SecondFactorChanged:
    """A second factor was set up, removed, or used by a recovery code."""

    account_id: int
    employee_id: int
    what: str


@dataclass(frozen=True, slots=True)
class GrantGiven:
    """A role over a subtree was given."""

    grant_id: int
    employee_id: int
    role: Role
    unit_name: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class GrantRevoked:
    """A role over a subtree was taken away."""

    grant_id: int
    employee_id: int
    role: Role
    unit_name: str


@dataclass(frozen=True, slots=True)
class DelegationMade:
    """Somebody stands in for somebody for some days."""

    delegation_id: int
    from_employee_id: int
    to_employee_id: int
    role: Role
    unit_name: str
    kind: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class DelegationEnded:
    """A delegation was ended before its last day."""

    delegation_id: int
    from_employee_id: int
    to_employee_id: int
    role: Role
    unit_name: str
