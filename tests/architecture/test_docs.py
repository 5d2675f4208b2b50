"""Documents do not lie: links lead somewhere, named commands, files and functions exist, pictures stay small."""

from __future__ import annotations

import re
import shlex
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from lms.cli.main import cli
from lms.core.richtext import slug

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "panduan"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDE_PICTURE, README_PICTURES = 60 * 1024, 700 * 1024
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_SHELL = re.compile(r"^ *```\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6} +(.+?)(?: *\{#([\w-]+)\})? *$", re.MULTILINE)
_ANCHOR = re.compile(r'<a id="([\w-]+)">')
_FILE = re.compile(r"(?:lms|tests|docs|scripts|migrations|benchmarks)/[\w./-]+\.\w+")
_DOC = re.compile(r"docs/[\w/-]+\.md(?:#[\w-]+)?")
# What a recipe tells the reader to make.
MADE_BY_READERS = {
    "migrations/versions/0003_keep_the_website_of_a_partner.py",
    "lms/people/rules/websites.py",
    "tests/unit/people/test_websites.py",
    "lms/assessments/rules/number.py",
    "tests/unit/assessments/test_number.py",
    "lms/templates/people/partner_page.html",
}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@lru_cache(maxsize=256)
def _anchors(path: Path) -> frozenset[str]:
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    found = set(_ANCHOR.findall(text))
    for words, own in _HEADING.findall(text):
        # As a forge makes them, and as our help pages do.
        plain = re.sub(r"[`*]", "", words).lower()
        found |= {own, slug(words), re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")}
    return frozenset(found - {""})


def _dead(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return False
    where, _hash, anchor = unquote(target).partition("#")
    there = (page.parent / where).resolve() if where else page
    return not there.exists() or bool(anchor and there.suffix == ".md" and anchor not in _anchors(there))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page):
    text = _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))
    assert [target for target in _LINK.findall(text) if _dead(page, target)] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_named_files_exist(page):
    named = set(_FILE.findall(page.read_text(encoding="utf-8"))) - MADE_BY_READERS
    assert sorted(name for name in named if not (ROOT / name).exists() and "<" not in name) == []


def _commands(text: str) -> list[list[str]]:
    """Return the calls of `lms` in a text, with alternatives such as `db upgrade|check` told apart."""
    lines = [line for block in _SHELL.findall(text) for line in block.splitlines()]
    lines += _CODE.findall(_FENCE.sub("", text))
    found = []
    for line in lines:
        call = re.match(r"\s*(?:[A-Z_]+=\S+ +)*(?:\.venv/bin/)?lms +([^#\n]*)", line)
        if call is None:
            continue
        words = shlex.split(call.group(1).replace("…", ""), posix=True)
        found += [[words[0], *_rest(words[1:], one)] for one in (words[1].split("|") if len(words) > 1 else [""])]
    return found


def _rest(words: list[str], second: str) -> list[str]:
    return [second, *words[1:]] if words else []


def _options(command: click.Command) -> set[str]:
    return {"--help"} | {option for each in command.params for option in each.opts}


def _unknown(words: list[str]) -> str | None:
    """Return what a call names and the program does not know: a command or an option."""
    command: click.Command = cli
    context = click.Context(cli)
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            below = command.get_command(context, word)
            if below is None:
                return word
            command = below
        elif word.startswith("--") and word.split("=")[0] not in _options(command):
            return f"{command.name} {word}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_named_commands_exist(page):
    calls = _commands(page.read_text(encoding="utf-8"))
    assert [(" ".join(call), bad) for call in calls if (bad := _unknown(call)) is not None] == []


def test_a_command_that_is_not_there_would_be_noticed():
    assert _commands("`lms db upgrade|check`") == [["db", "upgrade"], ["db", "check"]]
    assert _unknown(["db", "verify"]) == "verify"
    assert _unknown(["backup", "x", "--with-key"]) == "backup --with-key"
    assert _dead(GUIDES / "hr.md", "gambar/nothing.webp")
    assert _dead(ROOT / "README.md", "docs/rules/courses.md#nothing")


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_named_targets_of_make_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    lines = [line for block in _SHELL.findall(text) for line in block.splitlines()] + _CODE.findall(
        _FENCE.sub("", text)
    )
    named = {
        word
        for line in lines
        if line.strip().startswith("make ")
        for word in re.findall(r"\b[a-z-]+\b", line.split("#")[0])[1:]
    }
    assert sorted(named - targets) == []


def test_rules_that_the_code_names_are_written_down():
    named = {
        (_name(path), name)
        for path in (ROOT / "lms").rglob("*.py")
        for name in _DOC.findall(path.read_text(encoding="utf-8"))
    }
    assert sorted(pair for pair in named if _dead(ROOT / "README.md", pair[1])) == []


def test_functions_that_rules_name_exist():
    """`rules.credit` of courses.md stands in lms/courses/rules; other packages are named in full."""
    lost = []
    for page in sorted((ROOT / "docs" / "rules").glob("*.md")):
        for name in re.findall(r"`([a-z]\w*(?:\.\w+)+)`", page.read_text(encoding="utf-8")):
            parts = name.removeprefix("lms.").split(".")
            package = parts.pop(0) if (ROOT / "lms" / parts[0]).is_dir() else page.stem
            room = ROOT / "lms" / package / parts[0]
            files = [room.with_suffix(".py"), *room.rglob("*.py")] if len(parts) > 1 else []
            held = [path for path in files if path.is_file()]
            words = rf"\b{parts[-1]}\b"
            if held and not any(re.search(words, path.read_text(encoding="utf-8")) for path in held):
                lost.append(f"{page.name}: {name}")
    assert lost == []


def test_every_page_of_rules_and_every_recipe_is_in_its_index():
    for folder in ("rules", "handbook", "adr"):
        index = ROOT / "docs" / folder / "README.md"
        text = (index if index.exists() else ROOT / "docs" / "README.md").read_text(encoding="utf-8")
        missing = [
            path.name for path in index.parent.glob("*.md") if path.name != "README.md" and path.name not in text
        ]
        assert missing == [], folder


def test_pictures_are_used_and_small():
    for page in GUIDES.glob("*.md"):
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            assert not target.startswith("/"), f"{page.name}: {target} would be dead on a forge"
    named = {target for page in GUIDES.glob("*.md") for target in _LINK.findall(page.read_text(encoding="utf-8"))}
    held = sorted((GUIDES / "gambar").iterdir())
    assert [path.name for path in held if f"gambar/{path.name}" not in named] == []
    assert [path.name for path in held if path.stat().st_size > GUIDE_PICTURE] == []
    assert sum(path.stat().st_size for path in (ROOT / "docs" / "gambar").iterdir()) <= README_PICTURES


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=_name)
def test_guides_speak_shortly_and_in_the_words_of_the_house(guide):
    text = _FENCE.sub("", guide.read_text(encoding="utf-8"))
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)|^#.*$|^\|.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\s*(?:\d+\.|-)\s", "\n\n", text, flags=re.MULTILINE)
    plain = re.sub(r"[*`>\"]|\[|\]\([^)]*\)", "", text)
    sentences = [one for part in plain.split("\n\n") for one in re.split(r"(?<=[.?!:])\s+", part.strip()) if one]
    assert [one for one in sentences if len(one.split()) > 20] == []
    assert sum(len(one.split()) for one in sentences) / len(sentences) <= 12
    foreign = r"\b(silakan|silahkan|klik|user|sukses|submit|login|password|email|download|upload|invalid|kamu|dulu)\b"
    assert re.findall(foreign, plain, re.IGNORECASE) == []
