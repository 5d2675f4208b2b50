"""Names and free words: what is taken away, what is kept, how they are compared."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# Bidi controls can make one name read as another; joiners stay, since several scripts need them.
_UNSEEN: Final = {
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    0x200E,
    0x200F,
    0x061C,
    0x200B,
    0xFEFF,
    0x00AD,
}
_JOINERS: Final = {0x200C, 0x200D}
_SPACES = re.compile(r"\s+")
_WORDS = re.compile(r"[^\w]+")

# How offices shorten the words of a unit's name.
_SHORT_WORDS: Final = {
    "kel": "kelurahan",
    "kec": "kecamatan",
    "kab": "kabupaten",
    "pemkot": "pemerintah kota",
    "sekt": "sekretariat",
    "set": "sekretariat",
    "bag": "bagian",
    "kasi": "kepala seksi",
    "kasubbag": "kepala subbagian",
    "kasubag": "kepala subbagian",
    "sekcam": "sekretaris kecamatan",
    "sekre": "sekretaris",
    "ka": "kepala",
}


def normalised_name(raw: object) -> str:
    """Return a name in NFC, without control and bidi signs, with single spaces; every script is kept."""
    text = unicodedata.normalize("NFC", "" if raw is None else str(raw))
    if text.isascii() and text.isprintable():  # nearly every cell of a large file
        return _SPACES.sub(" ", text).strip()
    kept = (
        " " if char in "\t\r\n" else char
        for char in text
        if char in "\t\r\n"
        or ord(char) in _JOINERS
        or (ord(char) not in _UNSEEN and unicodedata.category(char) not in {"Cc", "Cs"})
    )
    return _SPACES.sub(" ", "".join(kept)).strip()


def display_name(raw: object) -> str:
    """Return a normalised name; one written in capitals only gets small letters, as on letters."""
    name = normalised_name(raw)
    if not name.isupper() or len(name) < 3:
        return name
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)*", lambda word: word.group().capitalize(), name)


def folded(text: object) -> str:
    """Return a text for comparison: without case, accents, signs and double spaces."""
    plain = unicodedata.normalize("NFKD", str(text or "")).casefold()
    if not plain.isascii():
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(_WORDS.sub(" ", plain.replace("_", " ")).split())


def folded_label(text: object) -> str:
    """Return the name of a unit or position for comparison, with the usual short words written out."""
    return " ".join(_SHORT_WORDS.get(word, word) for word in folded(text).split())


def nearest(text: object, candidates: Iterable[str]) -> str | None:
    """Return the candidate that reads most like `text`, or None when none is near."""
    by_key: dict[str, str] = {}
    for candidate in candidates:
        by_key.setdefault(folded_label(candidate), candidate)
    found = get_close_matches(folded_label(text), by_key, n=1, cutoff=0.6)
    return by_key[found[0]] if found else None


def full_name(name: str, *, before: str = "", after: str = "") -> str:
    """Return a name with its titles, as it is printed."""
    front = f"{before} {name}" if before else name
    return f"{front}, {after}" if after else front


def initials(name: str) -> str:
    """Return at most two letters for the face mark."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
