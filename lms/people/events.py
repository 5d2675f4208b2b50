"""What happened to people; told upwards in the transaction of the change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class EmployeeJoined:
    """A person was added, or came back after having left."""

    employee_id: int
    unit_id: int | None
    position_id: int | None
    on: date


@dataclass(frozen=True, slots=True)
class EmployeeTransferred:
    """The place where a person counts changed: unit, position or both. Told on the day it takes effect."""

    employee_id: int
    from_unit_id: int | None
    to_unit_id: int
    from_position_id: int | None
    to_position_id: int
    on: date


@dataclass(frozen=True, slots=True)
class EmployeeChanged:
    """Fields of a person changed; `fields` are column names."""

    employee_id: int
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class EmployeeLeft:
    """A person no longer works here."""

    employee_id: int
    unit_id: int | None
    on: date


@dataclass(frozen=True, slots=True)
class EmployeeRemoving:
    """A person added by an import is about to be taken out again, because the import is undone.

    Handlers remove what they had made by themselves; whatever else refers to the person keeps the record.
    """

    employee_id: int
