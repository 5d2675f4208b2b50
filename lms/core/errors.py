"""Errors that a person may see: a code, an HTTP status and a lazy Indonesian sentence."""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """Root of all refusals; the web edge turns them into pages.

    Args:
        message: Indonesian text or lazy string: what happened and what to do.
        details: named values for the page, never personal data.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, message: Any = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """Absent or not visible: both look the same to the asker."""

    code = "not_found"
    status = 404


class Forbidden(DomainError):
    """A page or act that the actor's role may never use."""

    code = "forbidden"
    status = 403


class Conflict(DomainError):
    """Allowed in general, but against a rule or a newer state now."""

    code = "conflict"
    status = 409


class Refused(Conflict):
    """Refused by a rule; `message` says which and what to do."""

    code = "refused"


class Invalid(DomainError):
    """Malformed input; `fields` maps field names to messages."""

    code = "invalid"
    status = 422

    def __init__(self, message: Any = "", *, fields: dict[str, Any] | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.fields = fields or {}


class Unavailable(DomainError):
    """A part that is needed is away for now; try again later."""

    code = "unavailable"
    status = 503
