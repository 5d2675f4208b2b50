"""What the kinds of several parts share: each part has a control, each response is `part=value`. Not a kind itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lms.assessments.rules.kinds.base import BadResponse, Kind, Payload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def given(payload: Payload | None) -> dict[str, list[str]]:
    """Return what was given for each part: `["p1=t2"]` is `{"p1": ["t2"]}`."""
    found: dict[str, list[str]] = {}
    for one in (payload or {}).get("options", ()):
        code, _, value = one.partition("=")
        found.setdefault(code, []).append(value)
    return found


class PartsKind(Kind):
    """Base of kinds whose response is a list of `part=value`."""

    shuffles = True

    def _allowed(self, body: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return the values of each part, in the order of the item; each kind says its own."""
        del body
        return {}

    def _many(self, body: Mapping[str, Any]) -> bool:
        """Return whether a part may take several values."""
        del body
        return False

    def read(self, body: Mapping[str, Any], codes: Sequence[str], text: str) -> Payload | None:
        """Return the chosen values in the order of the item."""
        allowed = self._allowed(body)
        chosen: dict[str, set[str]] = {}
        for one in codes:
            code, mark, value = one.partition("=")
            if not mark or value not in allowed.get(code, ()):
                raise BadResponse
            chosen.setdefault(code, set()).add(value)
        if text or (not self._many(body) and any(len(values) > 1 for values in chosen.values())):
            raise BadResponse
        ordered = [
            f"{code}={value}" for code, values in allowed.items() for value in values if value in chosen.get(code, ())
        ]
        return {"options": ordered} if ordered else None

    def words(self, body: Mapping[str, Any], payload: Payload, order: Sequence[str]) -> str:
        """Return the parts with what was given: `Pengaduan → Seksi Pemerintahan`."""
        found = given(payload)
        rows = self.question(body, order).rows  # type: ignore[attr-defined]
        parts = []
        for row in rows:
            names = {choice.code: choice.text for choice in row.choices}
            values = ", ".join(names.get(value, value) for value in found.get(row.code, ()))
            if values:
                parts.append(f"{row.text} → {values}" if row.text else values)
        return "; ".join(parts)
