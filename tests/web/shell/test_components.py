"""Every component is drawn, with undefined names refused and strict HTML."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest

from tests.support.html import StrictClient

COMPONENTS = Path(__file__).parents[3] / "lms" / "templates" / "components"
GALLERY = COMPONENTS.parent / "web" / "gallery.html"


def test_gallery_shows_every_component_and_is_valid_html(visitor: StrictClient) -> None:
    page = visitor.get("/_/komponen")
    assert page.status_code == 200
    html5lib.HTMLParser(strict=True).parse(page.text)


@pytest.mark.parametrize("path", sorted(COMPONENTS.glob("*.html")), ids=lambda path: path.stem)
def test_each_macro_stands_in_the_gallery_and_says_what_it_takes(path: Path) -> None:
    source, shown = path.read_text(), GALLERY.read_text()
    alias = re.search(rf'import "components/{path.name}" as (\w+)', shown)
    assert alias, "not in the gallery"
    for name in re.findall(r"{% macro (\w+)\(", source):
        if name.startswith("_"):
            continue
        assert f"{alias[1]}.{name}(" in shown, f"{name} is not in the gallery"
        before = source[: source.index("{% macro " + name + "(")].rstrip()
        assert before.endswith("#}"), f"{name} has no comment on its parameters"


@pytest.fixture
def gallery(visitor: StrictClient) -> str:
    page = visitor.get("/_/komponen")
    assert page.status_code == 200
    return page.text


def test_ids_of_the_gallery_are_unique(gallery: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', gallery)
    assert sorted(ids) == sorted(set(ids))


def test_what_ties_a_control_to_its_texts_exists(gallery: str) -> None:
    ids = set(re.findall(r'\sid="([^"]+)"', gallery))
    for attribute in ("aria-describedby", "aria-labelledby", "for"):
        for value in re.findall(rf'\s{attribute}="([^"]+)"', gallery):
            assert set(value.split()) <= ids, f"{attribute}={value!r} leads nowhere"


def test_every_icon_is_in_the_sprite(gallery: str) -> None:
    known = set(re.findall(r'<symbol id="([^"]+)"', (COMPONENTS.parents[1] / "static/img/sprite.svg").read_text()))
    assert set(re.findall(r"sprite\.[0-9a-f]+\.svg#([a-z]+)", gallery)) <= known


def test_gallery_is_closed_in_production(make_app) -> None:  # type: ignore[no-untyped-def]
    app = make_app(env="production")
    assert app.test_client().get("/_/komponen").status_code == 404
