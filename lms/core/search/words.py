"""Words, stems, families and nearness: the same for both databases, without any database."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

from lms.core.search.families import FAMILY_OF

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_STEMMER = snowballstemmer.stemmer("indonesian")
_STOP_WORDS = """
dan atau yang di ke dari untuk bagi pada dengan dalam oleh sebagai adalah ini itu para agar cara
serta juga akan telah sudah tentang secara antara kepada the of and
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
_ENDINGS = ("nya", "lah", "kah", "pun")
MAX_WORD_CHARACTERS = 40


def words_of(text: str) -> list[str]:
    """Return the words of a text: lower case, without accents, in order; compounds also in parts."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    found: list[str] = []
    for match in _WORD.finditer(plain):
        word = match.group()
        parts = word.split("-")
        if len(parts) > 1:
            if len(set(parts)) == 1:  # a reduplicated plural, such as aduan-aduan
                found.append(parts[0][:MAX_WORD_CHARACTERS])
                continue
            found.append(word.replace("-", "")[:MAX_WORD_CHARACTERS])
        found.extend(part[:MAX_WORD_CHARACTERS] for part in parts)
    return found


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the Snowball stem of one word; words of three letters or less stay as they are."""
    return str(_STEMMER.stemWord(word)) if len(word) > 3 else word


@lru_cache(maxsize=20_000)
def family(word: str) -> int | None:
    """Return the number of the word's family, or None; endings such as -nya are looked through."""
    number = FAMILY_OF.get(word)
    if number is None:
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) > len(ending) + 2:
                return FAMILY_OF.get(word[: -len(ending)])
    return number


def terms_of(word: str) -> list[str]:
    """Return what one word is indexed as: its surface, its stem, its family."""
    number = family(word)
    terms = [word, f"s_{stem(word)}"]
    if number is not None:
        terms.append(f"f_{number}")
    return terms


@lru_cache(maxsize=20_000)
def grams(word: str) -> frozenset[str]:
    """Return the trigrams of a word between two blanks, as pg_trgm makes them."""
    padded = f"  {word} "
    return frozenset(padded[place : place + 3] for place in range(len(padded) - 2))


def distance(one: str, other: str, *, limit: int) -> int:
    """Return how many typing errors part two words (swap of neighbours is one), or `limit` + 1."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        above, row = row, [i]
        for j, right in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before = above
    return min(row[-1], limit + 1)


def errors_allowed(word: str) -> int:
    """Return how many typing errors are forgiven in a word of this length."""
    if len(word) < 4:
        return 0
    return 1 if len(word) < 7 else 2
