"""What all formats share: an item that was read, its notes, and the report of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lms.assessments.rules import kind_of

DIFFICULTIES = ("mudah", "sedang", "sulit")
MAX_STEM, MAX_ITEMS = 20_000, 5_000
FILE_MARK = "berkas:"


@dataclass(slots=True)
class Read:
    """One question of a file.

    Args:
        place: where it stands: a number, a line, a file of the package.
        name: what the file calls it.
        item: the item as a bank file writes it; None when it was left out.
        notes: what is not as it was, in Indonesian, one sentence each.
        reason: why it was left out.
        files: pictures that its texts name as `berkas:<name>`.
    """

    place: str
    name: str = ""
    item: dict[str, Any] | None = None
    notes: list[str] = field(default_factory=list)
    reason: str = ""
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """`read`, `changed` or `left_out`."""
        if self.item is None:
            return "left_out"
        return "changed" if self.notes else "read"

    def note(self, text: str) -> None:
        """Remember once what is not as it was."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(slots=True)
class Document:
    """What a file holds: its items in order, and what it holds besides."""

    format: str
    reads: list[Read] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Remember once what belongs to no item."""
        if text not in self.notes:
            self.notes.append(text)


class Unreadable(ValueError):
    """The whole file is not of its format; the message is an Indonesian sentence."""


def finish(read: Read, item: dict[str, Any] | None) -> Read:
    """Check an item and give it to its read; one that cannot work is left out with the reasons."""
    if item is None:
        read.reason = read.reason or "Isi soal tidak dikenali."
        return read
    item = {key: value for key, value in item.items() if value not in (None, "")} | {"kind": item["kind"]}
    stem = str(item.get("stem", "")).strip()
    if not stem:
        read.reason = "Pertanyaannya kosong."
        return read
    if len(stem) > MAX_STEM:
        read.reason = f"Pertanyaannya lebih dari {MAX_STEM} huruf."
        return read
    faults = kind_of(item["kind"]).faults(item)
    if faults:
        read.reason = "; ".join(dict.fromkeys(faults))[:600] + "."
        return read
    if item.get("difficulty", "sedang") not in DIFFICULTIES:
        read.note(f"Kesulitan “{item.pop('difficulty')}” tidak dikenal, menjadi sedang.")
    read.item = item
    return read


def codes(count: int) -> list[str]:
    """Return so many codes for rows: a to z, then a1."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [letters[n] if n < 26 else f"{letters[n % 26]}{n // 26}" for n in range(count)]


def cut(text: str, limit: int) -> str:
    """Return a text of at most so many characters, on one line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def code_of(name: str) -> str:
    """Return a code that an item can have, from an id or a name of a file; empty when nothing is left."""
    return re.sub(r"[^0-9A-Za-z._-]+", "-", name).strip("-.")[:60]


_TAGGED = re.compile(r"(kompetensi|level|kesulitan|rujukan|materi|dipakai)\s*[:=]\s*(.+)", re.IGNORECASE)


_KEPT = (
    ("kompetensi", "competency"), ("level", "level"), ("kesulitan", "difficulty"), ("rujukan", "reference"),
    ("materi", "lesson"),
)  # fmt: skip


def from_tags(tags: Iterable[str]) -> dict[str, Any]:
    """Return what our own exports keep in tags (`level:2`), and the other tags."""
    found: dict[str, Any] = {}
    rest = []
    for tag in tags:
        known = _TAGGED.fullmatch(tag.strip())
        name, value = (known[1].lower(), known[2].strip()) if known else ("", "")
        if name == "level" and value.isdigit() and 1 <= int(value) <= 5:
            found["level"] = int(value)
        elif name == "kesulitan" and value.lower() in DIFFICULTIES:
            found["difficulty"] = value.lower()
        elif name == "kompetensi":
            found["competency"] = value
        elif name == "rujukan":
            found["reference"] = value[:300]
        elif name == "materi":
            found["lesson"] = value
        elif name == "dipakai":
            found["uses"] = [one.strip() for one in value.split("+")]
        elif tag.strip():
            rest.append(cut(tag, 60))
    if rest:
        found["tags"] = list(dict.fromkeys(rest))[:20]
    return found


def to_tags(item: dict[str, Any]) -> list[str]:
    """Return all that a format without such fields can keep of an item as tags."""
    tags = list(item.get("tags", ()))
    for name, key in (
        ("kompetensi", "competency"),
        ("level", "level"),
        ("kesulitan", "difficulty"),
        ("rujukan", "reference"),
        ("materi", "lesson"),
    ):
        if item.get(key) and not (key == "difficulty" and item[key] == "sedang"):
            tags.append(f"{name}:{item[key]}")
    if item.get("uses"):
        tags.append("dipakai:" + "+".join(item["uses"]))
    return tags


def choice_item(read: Read, options: list[dict[str, Any]], *, many: bool, scoring: str = "") -> dict[str, Any]:
    """Return the kind and options of a choice.

    Args:
        options: text, weight (per cent as a string) and feedback of each.
        many: several may be chosen.
        scoring: `all` where only the exact set counts.
    """
    from_weights = [_number(option["weight"]) for option in options]
    plain_single = not many and sorted(from_weights) == [0.0] * (len(options) - 1) + [100.0]
    rights = sum(weight > 0 for weight in from_weights)
    even = rights > 1 and all(
        abs(weight - 100 / rights) < 0.001 or abs(weight + 100 / rights) < 0.001 for weight in from_weights
    )
    exact = many and scoring == "all" and rights > 1
    made = []
    for code, option, weight in zip(codes(len(options)), options, from_weights, strict=True):
        one: dict[str, Any] = {
            "code": code, "text": option["text"], "correct": weight > 0, "feedback": option.get("feedback", ""),
        }  # fmt: skip
        if not plain_single and not exact and not (many and even):
            one["weight"] = option["weight"]
        made.append(one)
    for one in made:
        if not one["text"].strip():
            one["text"] = f"(pilihan {one['code'].upper()})"
            read.note("Pilihan tanpa teks diberi nama.")
    if not many:
        return {"kind": "single_choice", "options": made}
    scored = "all" if exact else "partial" if even else "weights"
    return {"kind": "multiple_choice", "options": made, "scoring": scored}


def _number(text: str) -> float:
    try:
        return float(str(text).replace(",", "."))
    except ValueError:
        return 0.0


def true_false_item(*, right: bool, feedback_true: str = "", feedback_false: str = "") -> dict[str, Any]:
    """Return the options of a true-or-false item."""
    return {
        "kind": "true_false",
        "options": [
            {"code": "benar", "text": "Benar", "correct": right, "feedback": feedback_true},
            {"code": "salah", "text": "Salah", "correct": not right, "feedback": feedback_false},
        ],
    }
