"""Looking up: terms of a query, candidates from the database, one score for both databases."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from lms.core.orm import read_rows
from lms.core.search.words import (
    STOP_WORDS,
    distance,
    errors_allowed,
    family,
    grams,
    stem,
    words_of,
)

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.orm import Session

MAX_QUERY_CHARACTERS = 200
MAX_QUERY_WORDS = 8
_CANDIDATES = 400
_FIELDS = (("title_terms", 4.0), ("keyword_terms", 2.5), ("body_terms", 1.0))
_EXACT, _PREFIX, _STEM, _FAMILY, _NEAR = 1.0, 0.75, 0.7, 0.6, 0.45
_PREFIX_CHARACTERS = 3
_COLUMNS = "SELECT d.ref_id, d.title_terms, d.keyword_terms, d.body_terms FROM "
_POSTGRESQL = (
    _COLUMNS + "search_document d WHERE d.kind = :kind AND d.terms @@ CAST(:match AS tsquery)"
    " ORDER BY ts_rank(d.terms, CAST(:match AS tsquery)) DESC, d.ref_id LIMIT :limit"
)
_SQLITE = (
    _COLUMNS + "search_index i JOIN search_document d ON d.id = i.rowid"
    " WHERE i.search_index MATCH :match AND d.kind = :kind ORDER BY bm25(search_index), d.ref_id LIMIT :limit"
)
# Made once: putting a statement together costs more than its look-up in the database.
_CANDIDATES_IN = {"postgresql": text(_POSTGRESQL), "sqlite": text(_SQLITE)}
_COUNTS = text("SELECT word, document_count FROM search_word WHERE word IN :words AND document_count > 0").bindparams(
    bindparam("words", expanding=True)
)
_NEAR_ONES = text(
    "SELECT g.word, w.document_count FROM search_gram g JOIN search_word w ON w.word = g.word"
    " WHERE g.gram IN :grams AND w.document_count > 0 GROUP BY g.word, w.document_count"
    " HAVING count(*) >= 2 ORDER BY count(*) DESC, g.word LIMIT 300"
).bindparams(bindparam("grams", expanding=True))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One word of the query and the terms that stand for it, each with its weight."""

    word: str
    terms: tuple[tuple[str, float], ...]
    prefix: str | None
    rarity: float


def _query_words(query: str) -> list[str]:
    found = list(dict.fromkeys(words_of(query[:MAX_QUERY_CHARACTERS])))
    telling = [word for word in found if word not in STOP_WORDS]
    return (telling or found)[:MAX_QUERY_WORDS]


def search(session: Session, *, kind: str, query: str, limit: int = 25) -> list[tuple[int, float]]:
    """Return (ref_id, score) of the documents that answer a query, best first.

    A document that holds all words comes first; when none does, those that hold most of them.
    Ties are broken by ref_id, so that pages are stable.

    Complexity: two statements, at most four, whatever the size; at most 400 candidates are scored.
    """
    return _search(session, kind=kind, known=_Known(session, query), limit=limit)


def search_and_suggest(
    session: Session, *, kind: str, query: str, limit: int = 25
) -> tuple[list[tuple[int, float]], str | None]:
    """Return what `search` and `suggest` return, looking the words of the query up once."""
    known = _Known(session, query)
    return _search(session, kind=kind, known=known, limit=limit), _suggest(known, query)


class _Known:
    """What the index knows of the words of one query; read when it is first needed, and once."""

    def __init__(self, session: Session, query: str) -> None:
        self._session = session
        self.words = _query_words(query)
        self.counts = _document_counts(session, self.words)
        self._near: dict[str, list[tuple[str, int]]] = {}

    def near(self, missing: list[str]) -> dict[str, list[tuple[str, int]]]:
        """Return for each word that the index lacks the known ones within its typing errors."""
        new = [word for word in missing if word not in self._near]
        if new:
            self._near.update(_near_words(self._session, new))
        return self._near


def _search(session: Session, *, kind: str, known: _Known, limit: int) -> list[tuple[int, float]]:
    if not known.words:
        return []
    wanted = _wanted(known)
    rows = _candidates(session, kind, wanted)
    scored: list[tuple[int, float, int]] = []
    for row in rows:
        score, hits = _score(row, wanted)
        if hits:
            scored.append((row.ref_id, round(score, 6), hits))
    if not scored:
        return []
    most = max(hits for _ref, _score_, hits in scored)
    kept = [(ref, score) for ref, score, hits in scored if hits == most]
    return sorted(kept, key=lambda item: (-item[1], item[0]))[:limit]


def _wanted(known: _Known) -> list[_Wanted]:
    words, counts = known.words, known.counts
    total = max(counts.values(), default=1) + 1
    missing = [word for word in words if word not in counts]
    near = known.near(missing)
    found = []
    for place, word in enumerate(words):
        terms = {word: _EXACT}
        _add_kin(terms, word, factor=1.0)
        # The word that is being typed counts from two letters; one would begin our own marks too.
        least = 2 if place == len(words) - 1 else _PREFIX_CHARACTERS
        prefix = word if len(word) >= least else None
        if close := near.get(word):
            for other, errors in close[:3]:
                factor = _NEAR if errors < 2 else _NEAR * 0.8
                terms.setdefault(other, factor)
                _add_kin(terms, other, factor=factor)
        rarity = 1 + math.log(total / (counts.get(word, 0) + 1)) / 4
        found.append(_Wanted(word, tuple(terms.items()), prefix, rarity))
    return found


def _add_kin(terms: dict[str, float], word: str, *, factor: float) -> None:
    terms.setdefault(f"s_{stem(word)}", _STEM * factor)
    number = family(word)
    if number is not None:
        terms.setdefault(f"f_{number}", _FAMILY * factor)


def _document_counts(session: Session, words: list[str]) -> dict[str, int]:
    return {row[0]: row[1] for row in read_rows(session, _COUNTS, {"words": words}).all()} if words else {}


def _near_words(session: Session, missing: list[str]) -> dict[str, list[tuple[str, int]]]:
    """Return for each unknown word the known ones within its typing errors, nearest first."""
    asked = sorted({gram for word in missing for gram in grams(word)})
    known = [(row[0], row[1]) for row in read_rows(session, _NEAR_ONES, {"grams": asked}).all()]
    result: dict[str, list[tuple[str, int]]] = {}
    for word in missing:
        allowed = errors_allowed(word)
        close = []
        for other, count in known:
            errors = distance(word, other, limit=allowed) if allowed else 1
            if errors <= allowed:
                # Swapped letters are the commonest slip, then come words with the same beginning.
                swapped = sorted(other) == sorted(word)
                close.append((errors, not swapped, other[0] != word[0], -count, other))
        result[word] = [(item[-1], item[0]) for item in sorted(close)]
    return result


def _candidates(session: Session, kind: str, wanted: list[_Wanted]) -> list[Row[Any]]:
    """Return documents that hold all words; when there are none, those that hold any."""
    postgresql = session.get_bind().dialect.name == "postgresql"
    groups = [_match(one, postgresql=postgresql) for one in wanted]
    both, either = (" & ", " | ") if postgresql else (" AND ", " OR ")
    statement = _CANDIDATES_IN["postgresql" if postgresql else "sqlite"]
    for joint in (both, either) if len(groups) > 1 else (either,):
        values = {"kind": kind, "match": joint.join(groups), "limit": _CANDIDATES}
        rows = list(read_rows(session, statement, values).all())
        if rows:
            return rows
    return []


def _match(one: _Wanted, *, postgresql: bool) -> str:
    """Return the terms of one word in the database's query language.

    Terms hold only a-z, 0-9 and _, so quoting them is enough.
    """
    quote, star, joint = ("'", ":*", " | ") if postgresql else ('"', "*", " OR ")
    parts = [f"{quote}{term}{quote}" for term, _weight in one.terms]
    if one.prefix:
        parts.append(f"{quote}{one.prefix}{quote}{star}")
    return f"({joint.join(parts)})"


def _score(row: Row[Any], wanted: list[_Wanted]) -> tuple[float, int]:
    """Return the score of a candidate and how many words of the query it answers."""
    total, hits = 0.0, 0
    # Terms are parted by blanks: whole terms and beginnings are then plain substrings.
    fields = [(f" {getattr(row, name)} ", weight) for name, weight in _FIELDS]
    for one in wanted:
        best = 0.0
        for terms, weight in fields:
            if weight <= best:
                break  # the fields come by weight, so the rest cannot be better
            strength = 0.0
            for term, value in one.terms:
                if value > strength and f" {term} " in terms:
                    strength = value
            if strength < _PREFIX and one.prefix and f" {one.prefix}" in terms:
                strength = _PREFIX
            best = max(best, strength * weight)
        if best:
            hits += 1
            total += best * one.rarity
    return total, hits


def suggest(session: Session, query: str) -> str | None:
    """Return the query with its mistyped words mended, or None when nothing is to be mended."""
    return _suggest(_Known(session, query), query)


def _suggest(known: _Known, query: str) -> str | None:
    words = words_of(query[:MAX_QUERY_CHARACTERS])[:MAX_QUERY_WORDS]
    telling = [word for word in words if word not in STOP_WORDS and not word.isdigit()]
    # A word beyond those that are searched for is left as it is typed.
    missing = [word for word in telling if word in known.words and word not in known.counts and family(word) is None]
    if not missing:
        return None
    near = known.near(missing)
    mended = [near[word][0][0] if word in missing and near.get(word) else word for word in words]
    return " ".join(mended) if mended != words else None


def highlight(content: str, query: str) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether it answers the query; templates mark those.

    The pieces put together are the text again.
    """
    wanted = _query_words(query)
    kin = {stem(word) for word in wanted} | {number for word in wanted if (number := family(word)) is not None}
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in re.finditer(r"[^\W_]+(?:-[^\W_]+)*", content):
        parts = words_of(match.group())
        hit = any(
            stem(part) in kin
            or family(part) in kin
            or any(len(word) >= _PREFIX_CHARACTERS and part.startswith(word) for word in wanted)
            for part in parts
        )
        if hit:
            if match.start() > end:
                pieces.append((content[end : match.start()], False))
            pieces.append((match.group(), True))
            end = match.end()
    if end < len(content):
        pieces.append((content[end:], False))
    return pieces
