"""Marking of sentences that are written below the web edge and translated at it."""

from __future__ import annotations

from typing import Any, Self


class Text(str):
    """An Indonesian source sentence with named values, translated when shown.

    Args:
        source: the sentence with `%(name)s` places.
        values: what fills the places.
    """

    __slots__ = ("source", "values")
    source: str
    values: dict[str, Any]

    def __new__(cls, source: str, **values: Any) -> Self:
        """Return the text; as a plain string it is the filled Indonesian sentence."""
        text = super().__new__(cls, source % values if values else source)
        text.source = source
        text.values = values
        return text


def N_(source: str, **values: Any) -> Text:  # noqa: N802 -- the extractor's usual keyword
    """Return a sentence that the web edge translates; elsewhere it reads as Indonesian."""
    return Text(source, **values)
