"""Kinds of lessons: what each needs besides its text; kinds register themselves.

A kind that another package brings is registered in the same way, from `lms/wiring.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MIN_LESSON_WORDS = 50
MAX_TRANSCRIPT = 60_000
MAX_ALT = 300
Facts = Mapping[str, Any]

IMAGES = frozenset({"image/png", "image/jpeg", "image/webp"})
VIDEOS = frozenset({"video/mp4", "video/webm"})
SOUNDS = frozenset({"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/webm"})
SLIDES = frozenset({"application/pdf"})
DOCUMENTS = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "text/plain",
    }
)
CAPTIONS = frozenset({"text/vtt"})


@dataclass(frozen=True, slots=True)
class LessonKind:
    """What a kind of lesson asks for.

    Args:
        name: stored with the lesson, 1 to 20 letters.
        media_types: kinds of file that it shows; empty when it shows none.
        least_words: words that its text must have.
        needs_transcript: whether what is heard must also be there to read.
        has_address: whether it leads to a page elsewhere.
        faults: further checks of (details, text): Indonesian sentences without the lesson's name.
    """

    name: str
    media_types: frozenset[str] = frozenset()
    least_words: int = 0
    needs_transcript: bool = False
    has_address: bool = False
    faults: Callable[[Facts, str], list[str]] | None = None

    @property
    def has_file(self) -> bool:
        """Whether the lesson is built around a file."""
        return bool(self.media_types)


_KINDS: dict[str, LessonKind] = {}


def register_lesson_kind(kind: LessonKind) -> None:
    """Add a kind; a second one of the same name replaces the first."""
    _KINDS[kind.name] = kind


def lesson_kind(name: str) -> LessonKind | None:
    """Return a kind by its name."""
    return _KINDS.get(name)


def lesson_kinds() -> tuple[LessonKind, ...]:
    """Return all kinds in the order of registration."""
    return tuple(_KINDS.values())


def clean_details(details: Any) -> dict[str, Any]:
    """Return what is known of a lesson's details, empty values left out; anything else is dropped."""
    given = details if isinstance(details, Mapping) else {}
    found: dict[str, Any] = {}
    for name, limit in (("file", 120), ("alt", MAX_ALT), ("transcript", MAX_TRANSCRIPT), ("captions", 120)):
        value = given.get(name)
        if isinstance(value, str) and value.strip():
            found[name] = value.strip()[:limit]
    address = given.get("url")
    if isinstance(address, str) and address.strip():
        found["url"] = address.strip()[:500]
    checks = given.get("checks")
    if isinstance(checks, list):
        codes = [code.strip()[:60] for code in checks if isinstance(code, str) and code.strip()]
        if codes:
            found["checks"] = codes[:20]
    return found


def is_web_address(address: str) -> bool:
    """Return whether an address leads to a page by https or http."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and "." in parts.netloc and "@" not in parts.netloc and " " not in address


def lesson_faults(kind_name: str, details: Facts, text: str, files: Mapping[str, str]) -> list[str]:
    """Return what keeps a lesson from being published, as Indonesian sentences.

    Args:
        details: of the lesson, as `clean_details` gives them.
        text: its Markdown.
        files: media type by name of the files at hand.
    """
    kind = lesson_kind(kind_name)
    if kind is None:
        known = ", ".join(_KINDS)
        return [f"jenis “{kind_name}” tidak dikenal. Pilih: {known}."]
    found = []
    words = len(text.split())
    if words < kind.least_words:
        found.append(f"hanya {words} kata. Satu materi sedikitnya {kind.least_words} kata.")
    if kind.has_file:
        found += _file_faults(kind, details, files)
    if kind.needs_transcript and not (details.get("transcript") or details.get("captions")):
        found.append("belum punya transkrip atau teks terjemahan. Isi salah satunya.")
    captions = details.get("captions")
    if captions and files.get(captions) not in CAPTIONS:
        found.append(f"teks terjemahan {captions} tidak ada, atau bukan WebVTT.")
    if kind.has_address and not is_web_address(str(details.get("url", ""))):
        found.append("belum punya tautan lengkap yang diawali https://.")
    if kind.faults is not None:
        found += kind.faults(details, text)
    return found


def _file_faults(kind: LessonKind, details: Facts, files: Mapping[str, str]) -> list[str]:
    name = details.get("file")
    if not name:
        return ["belum punya berkas. Unggah dahulu."]
    if name not in files:
        return [f"berkas {name} tidak ada. Unggah lagi."]
    if files[name] not in kind.media_types:
        return [f"berkas {name} bukan jenis yang cocok untuk materi ini."]
    return []


def _needs_words_for_picture(details: Facts, _text: str) -> list[str]:
    return [] if details.get("alt") else ["gambarnya belum punya teks pengganti. Tulis apa yang terlihat."]


for _kind in (
    LessonKind("text", least_words=MIN_LESSON_WORDS),
    LessonKind("image", IMAGES, faults=_needs_words_for_picture),
    LessonKind("video", VIDEOS, needs_transcript=True),
    LessonKind("audio", SOUNDS, needs_transcript=True),
    LessonKind("file", DOCUMENTS),
    LessonKind("slides", SLIDES),
    LessonKind("link", has_address=True),
):
    register_lesson_kind(_kind)
