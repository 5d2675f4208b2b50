"""What happened in this package."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class EvidenceRecorded:
    """Evidence of a level was added.

    Args:
        record_id, employee_id, competency_id: internal ids.
        kind, source: values of EvidenceKind and EvidenceSource.
        required_level: standard of that day, None without one.
    """

    record_id: int
    employee_id: int
    competency_id: int
    level: int
    kind: str
    source: str
    assessed_on: date
    required_level: int | None


@dataclass(frozen=True, slots=True)
class FrameworkImported:
    """A dictionary was taken in or changed."""

    framework_id: int
    version: int
