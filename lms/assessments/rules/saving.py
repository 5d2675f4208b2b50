"""What becomes of a response that reaches the server: taken, repeated, kept aside, or too late."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lms.assessments.rules.timing import Phase

if TYPE_CHECKING:
    from lms.assessments.rules.kinds import Payload

# <device>:<tab>:<revision of the page>; the device part keeps two devices apart (trust.md 1.2).
CLIENT_ID = re.compile(r"[0-9a-z]{4,32}:[0-9a-z]{4,32}:[0-9]{1,9}")


class Outcome(StrEnum):
    """What becomes of an incoming response."""

    TAKEN = "taken"
    REPEATED = "repeated"
    UNCHANGED = "unchanged"
    OVERTAKEN = "overtaken"
    CONFLICT = "conflict"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A response as it arrives.

    Args:
        client_id: made by the page; the same id is one effect.
        base_revision: revision of the stored response that the page knew.
        payload, is_flagged: the response in normal form, and the sign of doubt.
    """

    client_id: str
    base_revision: int
    payload: Payload | None
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """The response held now, and the client id that wrote it (None when not looked up)."""

    revision: int
    payload: dict[str, Any] | None
    is_flagged: bool
    client_id: str | None = None


def same_page(one: str, other: str) -> bool:
    """Return whether two client ids come from the same tab of the same device."""
    return one.rsplit(":", 1)[0] == other.rsplit(":", 1)[0]


def outcome(incoming: Incoming, stored: Stored, *, phase: Phase, known: bool) -> Outcome:
    """Return what becomes of an incoming response.

    Args:
        known: whether the log holds this client id already.

    Rule: trust.md 1.2: the newer answer of another tab or device stays, the older is kept as a conflict.
        A later word of the same tab wins even when the reply to its earlier one was lost, and an
        earlier word of that tab that arrives late is kept without disturbing anybody.
    """
    if known:
        return Outcome.REPEATED
    if phase is Phase.OVER:
        return Outcome.CLOSED
    if (incoming.payload, incoming.is_flagged) == (stored.payload, stored.is_flagged):
        return Outcome.UNCHANGED
    if incoming.base_revision >= stored.revision:
        return Outcome.TAKEN
    if stored.client_id is not None and same_page(incoming.client_id, stored.client_id):
        later = int(incoming.client_id.rsplit(":", 1)[1]) > int(stored.client_id.rsplit(":", 1)[1])
        return Outcome.TAKEN if later else Outcome.OVERTAKEN
    return Outcome.CONFLICT
