"""What happens to certificates that packages above want to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CertificateIssued:
    """A certificate was issued; told once for each, never by an upgrade or a restore."""

    certificate_id: int
    public_id: str
    employee_id: int
    enrolment_id: int | None
    title: str
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class CertificateRevoked:
    """A certificate was revoked for good."""

    certificate_id: int
    public_id: str
    employee_id: int
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class CertificateExpiring:
    """A certificate soon holds no longer; told 60, 30 and 7 days before."""

    certificate_id: int
    public_id: str
    employee_id: int
    title: str
    valid_until_on: date
    days: int
