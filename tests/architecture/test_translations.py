"""The English translation is complete, fresh and keeps the places of the source."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

LMS = Path(__file__).parents[2] / "lms"
PO = LMS / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "_l": None}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
Message = str | tuple[str, ...] | list[str]
Key = tuple[str | None, str]


@cache
def extracted() -> dict[Key, tuple[str, Message]]:
    """Return the messages of the source: context and first text, where it stands, all its forms."""
    found: dict[Key, tuple[str, Message]] = {}
    for name, line, message, _comments, context in extract_from_dir(LMS, METHODS, OPTIONS, keywords=KEYWORDS):
        found.setdefault((context, _first(message)), (f"{name}:{line}", message))
    return found


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def _first(message_id: Message) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def test_every_sentence_has_its_english(catalog: Catalog) -> None:
    done = {
        (m.context, _first(m.id)) for m in catalog if m.id and m.string and (isinstance(m.string, str) or all(m.string))
    }
    missing = [f"{where}: {key[1]}" for key, (where, _message) in extracted().items() if key not in done]
    assert missing == []


def test_no_translation_is_left_over(catalog: Catalog) -> None:
    known = set(extracted())
    assert [_first(m.id) for m in catalog if m.id and (m.context, _first(m.id)) not in known] == []


def test_nothing_is_marked_as_guessed(catalog: Catalog) -> None:
    assert [_first(m.id) for m in catalog if m.id and m.fuzzy] == []


def test_places_are_kept(catalog: Catalog) -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"%+\(\w+\)[sd]|%+s|\{\w+\}", text))

    for message in catalog:
        if not message.id or not message.string:
            continue
        for said in [message.string] if isinstance(message.string, str) else message.string:
            assert places(said) <= places(_first(message.id)), _first(message.id)
        assert places(_first(message.id)) == places(
            message.string if isinstance(message.string, str) else message.string[-1]
        )


def test_plural_forms_stand_where_the_source_counts(catalog: Catalog) -> None:
    for key, (where, message) in extracted().items():
        held = catalog.get(message if isinstance(message, str) else message[:2], key[0])
        if held is not None and not isinstance(message, str):
            assert isinstance(held.string, tuple), f"{where}: {key[1]}"


def test_sentences_are_short() -> None:
    """At most 20 words in a sentence (ux.md 2)."""
    long = [
        (where, sentence)
        for (_context, key), (where, _message) in extracted().items()
        for sentence in re.split(r"(?<=[.?:])\s+", key)
        if len(sentence.split()) > 20
    ]
    assert long == []


def test_words_that_the_house_does_not_use() -> None:
    refused = (
        r"\b(silakan|silahkan|oops|klik di sini|user|sukses|error|submit|login|password|email|download"
        r"|upload|invalid)\b"
    )
    assert [(w, k) for (_c, k), (w, _m) in extracted().items() if re.search(refused, k, re.IGNORECASE)] == []
