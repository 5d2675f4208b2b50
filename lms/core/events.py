"""Events: what happened, told upwards inside the same transaction."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

E = TypeVar("E")
_HANDLERS: dict[type, list[Callable[[Session, Any], None]]] = defaultdict(list)


def subscribe(event_class: type[E], handler: Callable[[Session, E], None]) -> None:
    """Let `handler` be called for each event of the class; only wiring.py does this."""
    if handler not in _HANDLERS[event_class]:
        _HANDLERS[event_class].append(handler)


def publish(session: Session, event: object) -> None:
    """Call the handlers of an event, in the order of wiring, in the caller's transaction.

    A handler that fails makes the whole act fail: news and change belong together.
    """
    for handler in _HANDLERS[type(event)]:
        handler(session, event)
