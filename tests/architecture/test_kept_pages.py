"""Templates of kept pages show what they are given, and read neither clock nor request (docs/adr/0019)."""

from __future__ import annotations

import re

from tests.architecture.test_docs import ROOT

# Each of these would make a page differ without its facts differing.
READS = re.compile(r"\|\s*relatif|current_actor\(|\brequest\.|\bg\.|current_user|once_field\(")
CALL = re.compile(r'kept_page\(\s*"([^"]+\.html)"')
PARTS = re.compile(r'{%-?\s*(?:include|import)\s+"([^"]+)"')


def _with_parts(name: str) -> set[str]:
    found, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        text = (ROOT / "lms" / "templates" / one).read_text(encoding="utf-8")
        waiting += PARTS.findall(text)
    return found


def test_templates_of_kept_pages_read_only_what_they_are_given():
    names = {name for path in (ROOT / "lms").rglob("*.py") for name in CALL.findall(path.read_text(encoding="utf-8"))}
    assert {"courses/catalogue.html", "courses/course.html", "courses/lesson.html"} <= names
    found = {
        part: READS.findall((ROOT / "lms" / "templates" / part).read_text(encoding="utf-8"))
        for name in names
        for part in _with_parts(name)
    }
    assert {part: reads for part, reads in found.items() if reads} == {}
