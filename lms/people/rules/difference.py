"""What an import would change, and when it must stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_VANISHING_COUNT: Final = 5
MAX_VANISHING_RATIO: Final = 0.10
UNDO_HOURS: Final = 24


def field_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return (field, before, after) for each field of `after` that differs; empty text equals nothing.

    A field that `after` does not name is not touched.
    """
    return [
        (name, before.get(name), value)
        for name, value in after.items()
        if (before.get(name) or None) != (value or None)
    ]


def too_many_vanish(*, leaving: int, people: int) -> bool:
    """Return whether an import must stop because it would take too many people away.

    Args:
        leaving: people who would leave.
        people: active people of the file's scope now.
    """
    return leaving > max(MIN_VANISHING_COUNT, MAX_VANISHING_RATIO * people)
