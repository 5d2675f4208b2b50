"""Filters of the managers' lists, read from the address; anything unknown reads as no filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lms.assessments.models import ItemState
from lms.assessments.queries import RESULT_FILTERS, RESULT_SORTS
from lms.assessments.rules import kind_names

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_WORDS = 80


def _words(args: Mapping[str, str]) -> str:
    return " ".join(args.get("cari", "").split())[:MAX_WORDS]


def _page(args: Mapping[str, str]) -> int:
    typed = args.get("hal", "1")
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """What the list of results shows."""

    words: str
    only: str
    sort: str
    page: int

    @classmethod
    def read(cls, args: Mapping[str, str]) -> ResultFilter:
        """Return the filter of an address."""
        only, sort = args.get("tampil", ""), args.get("urut", "")
        return cls(
            _words(args),
            only if only in RESULT_FILTERS else RESULT_FILTERS[0],
            sort if sort in RESULT_SORTS else RESULT_SORTS[0],
            _page(args),
        )

    def query(self, **changes: str) -> dict[str, str]:
        """Return the parts of an address with this filter, without what is usual."""
        parts = {"cari": self.words, "tampil": self.only, "urut": self.sort} | changes
        usual = {"cari": "", "tampil": RESULT_FILTERS[0], "urut": RESULT_SORTS[0]}
        return {name: value for name, value in parts.items() if value != usual.get(name)}


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What the list of items shows."""

    words: str
    kind: str
    state: str
    page: int

    @classmethod
    def read(cls, args: Mapping[str, str]) -> ItemFilter:
        """Return the filter of an address."""
        kind, state = args.get("jenis", ""), args.get("keadaan", "")
        return cls(
            _words(args),
            kind if kind in kind_names() else "",
            state if state in set(ItemState) else "",
            _page(args),
        )

    def query(self, **changes: str) -> dict[str, str]:
        """Return the parts of an address with this filter, without what is empty."""
        parts = {"cari": self.words, "jenis": self.kind, "keadaan": self.state} | changes
        return {name: value for name, value in parts.items() if value}
