"""Correcting a key after an exam: the corrected body of an item, whatever its kind."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from lms.assessments.rules.kinds import kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def has_options(body: Mapping[str, Any]) -> bool:
    """Return whether the key is a choice among options that are right or wrong."""
    options = body.get("options")
    return bool(options) and isinstance(options, list) and all(
        isinstance(option, dict) and isinstance(option.get("correct"), bool) for option in options
    )  # fmt: skip


def has_accepted(body: Mapping[str, Any]) -> bool:
    """Return whether the key is a list of texts that are accepted."""
    accepted = body.get("accepted")
    return isinstance(accepted, list) and all(isinstance(one, dict) and "text" in one for one in accepted)


def with_right_options(body: Mapping[str, Any], codes: Collection[str]) -> dict[str, Any]:
    """Return the body with these options right and all others wrong; weights follow the new key."""
    made = deepcopy(dict(body))
    for option in made["options"]:
        option["correct"] = option["code"] in codes
        option.pop("weight", None)
    return made


def with_accepted(body: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    """Return the body that accepts these texts as well."""
    made = deepcopy(dict(body))
    held = {one["text"] for one in made["accepted"]}
    made["accepted"] += [{"text": text, "feedback": ""} for text in dict.fromkeys(texts) if text not in held]
    return made


def correction_faults(kind: str, body: Mapping[str, Any], corrected: Mapping[str, Any]) -> list[str]:
    """Return why a corrected body cannot be the key, in Indonesian; empty when it can."""
    if corrected == body:
        return ["kunci yang baru sama dengan yang lama"]
    return kind_of(kind).faults(corrected)
