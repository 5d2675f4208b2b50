"""Every template of the house: compiles, holds no inline style or script, and no words outside `_()`."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, nodes
from jinja2.ext import i18n
from jinja2.lexer import TOKEN_DATA

TEMPLATES = Path(__file__).parents[2] / "lms" / "templates"
ALL = sorted(TEMPLATES.rglob("*.html"))
# Marks, units and names that are the same in every language.
NO_WORDS = frozenset(
    {
        "Bina",
        "JP",
        "NIP",
        "IP",
        "PIN",
        "XLSX",
        "CSV",
        "PDF",
        "SHA-256",
        "QR",
        "ECTS",
        "MB",
        "KB",
        "TTE",
        "BSrE",
    }
)
SPOKEN = frozenset({"aria-label", "title", "placeholder", "alt", "label", "aria-description", "content"})
GALLERY = "web/gallery.html"  # its samples are made up and for developers
_environment = Environment(loader=FileSystemLoader(TEMPLATES), extensions=[i18n], autoescape=True)
_environment.filters = {**_environment.filters}


def _words(text: str) -> list[str]:
    found = re.findall(r"[^\W\d_]{2,}(?:-\d+)?", re.sub(r"/[a-z][\w/-]*", "", text))  # addresses are no words
    return [word for word in found if word not in NO_WORDS]


class _Reader(HTMLParser):
    """Collects the words that stand in a template outside any expression."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += _words(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SPOKEN and value and tag != "meta":
                self.found += _words(value)


def literal_words(source: str) -> list[str]:
    """Return the words of a template that no translator sees."""
    # Expressions and statements become a sign that is no letter, so that tags stay whole.
    text = "".join(
        value if kind == TOKEN_DATA else "\x01" if kind in {"variable_begin", "block_begin"} else ""
        for _line, kind, value in _environment.lexer.tokeniter(source, None)
        if kind in {TOKEN_DATA, "variable_begin", "block_begin"}
    )
    reader = _Reader()
    reader.feed(re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL))
    reader.close()
    return reader.found


def _relative(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def _is_page(path: Path) -> bool:
    return path.relative_to(TEMPLATES).parts[0] not in {"pdf", "email"}


@pytest.mark.parametrize("path", ALL, ids=_relative)
def test_no_words_outside_gettext(path: Path) -> None:
    if _relative(path) == GALLERY or not _is_page(path):
        pytest.skip("made-up samples, or a document in Indonesian alone")
    assert literal_words(path.read_text()) == []


@pytest.mark.parametrize("path", [p for p in ALL if _is_page(p)], ids=_relative)
def test_nothing_inline(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert "|safe" not in source.replace(" ", ""), "markup is made in Python, where it is escaped or sanitised"


@pytest.mark.parametrize("path", [p for p in ALL if _is_page(p)], ids=_relative)
def test_post_forms_carry_the_token(path: Path) -> None:
    source = path.read_text()
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source, re.DOTALL | re.IGNORECASE):
        assert "csrf_field()" in form


@pytest.mark.parametrize("path", [p for p in ALL if _is_page(p)], ids=_relative)
def test_pages_take_files_by_their_digest(path: Path) -> None:
    for address in re.findall(r"(?:src|href)=\"(/static/[^\"]*)", path.read_text()):
        pytest.fail(f"{address}: use asset()")


@pytest.mark.parametrize("path", ALL, ids=_relative)
def test_template_is_of_a_size_that_one_reads(path: Path) -> None:
    if _relative(path) != GALLERY:
        assert len(path.read_text().splitlines()) <= 200


@pytest.mark.parametrize("path", ALL, ids=_relative)
def test_templates_parse_and_name_existing_ones(path: Path) -> None:
    tree = _environment.parse(path.read_text())
    for kind in (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport):
        for node in tree.find_all(kind):
            if isinstance(node.template, nodes.Const):
                assert (TEMPLATES / node.template.value).is_file(), node.template.value


def test_the_reader_finds_what_it_should() -> None:
    assert literal_words('<p title="Judul {{ x }}">{{ _("ya") }} · Tidak {# catatan #}</p>') == [
        "Judul",
        "Tidak",
    ]
    assert literal_words("<p>{{ jp }} JP{% if a %} 3{% endif %}</p>") == []
