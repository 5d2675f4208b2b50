"""The one table "event -> handlers"; the only module that knows two sibling features."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def wire(app: Flask) -> None:
    """Connect events, jobs, completion conditions and the actor loader."""
