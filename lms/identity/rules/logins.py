"""What a person types to say who they are: a NIP, or a login name given by HR."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

NUMBER_LENGTH = 18
_SEPARATORS = re.compile(r"[\s.'’‘`´-]+")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,58}[a-z0-9]")


class LoginFault(StrEnum):
    """Why an entry can be nobody's name."""

    EMPTY = "empty"
    NUMBER_LENGTH = "number_length"
    SIGNS = "signs"


@dataclass(frozen=True, slots=True)
class LoginName:
    """A normalised entry: `number` or `name` is set, or `fault` says why not.

    Args:
        typed_count: figures typed, when the number is too short or too long.
    """

    number: str | None = None
    name: str | None = None
    fault: LoginFault | None = None
    typed_count: int = 0

    @property
    def key(self) -> str:
        """Return the text that throttling counts by."""
        return self.number or self.name or ""


def login_name(typed: str) -> LoginName:
    """Return what was typed as a NIP of 18 figures or a login name in small letters."""
    text = typed.strip()
    if not text:
        return LoginName(fault=LoginFault.EMPTY)
    digits = _SEPARATORS.sub("", text)
    if digits.isascii() and digits.isdigit():
        if len(digits) == NUMBER_LENGTH:
            return LoginName(number=digits)
        return LoginName(fault=LoginFault.NUMBER_LENGTH, typed_count=len(digits))
    name = text.lower()
    if _NAME.fullmatch(name) is None:
        return LoginName(fault=LoginFault.SIGNS)
    return LoginName(name=name)
