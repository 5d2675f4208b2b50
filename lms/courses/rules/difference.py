"""What changed between two states of a course, in words that an author reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from lms.courses.rules.version_content import LessonContent, VersionContent

Kind = Literal["same", "added", "removed", "skipped"]
_WORDS = re.compile(r"\s+|[^\s]+")
_NEAR = 2  # unchanged lines that are shown around a change
MAX_LINES = 4000


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a line: `same`, `added` or `removed`."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text; `skipped` stands for `count` unchanged lines."""

    kind: Kind
    pieces: tuple[Piece, ...]
    count: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a course.

    Args:
        what: `title`, `lesson_added`, `lesson_text` and so on; the page says it in words.
        name: which module or lesson.
        before, after: short values; empty where there is nothing to compare.
        lines: of a changed text.
    """

    what: str
    name: str = ""
    before: str = ""
    after: str = ""
    lines: tuple[Line, ...] = ()


def text_difference(before: str, after: str) -> tuple[Line, ...]:
    """Return the lines of two texts side by side, with the changed words marked; long same stretches are folded.

    Joining all pieces that are not `added` gives the lines of `before` that are shown, and likewise for `after`.
    """
    old, new = before.splitlines()[:MAX_LINES], after.splitlines()[:MAX_LINES]
    found: list[Line] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, low, high, begin, end in matcher.get_opcodes():
        if tag == "equal":
            found += [Line("same", (Piece("same", text),)) for text in old[low:high]]
            continue
        pairs = min(high - low, end - begin) if tag == "replace" else 0
        for offset in range(pairs):
            found += _word_lines(old[low + offset], new[begin + offset])
        found += [Line("removed", (Piece("removed", text),)) for text in old[low + pairs : high]]
        found += [Line("added", (Piece("added", text),)) for text in new[begin + pairs : end]]
    return tuple(_folded(found))


def _word_lines(before: str, after: str) -> list[Line]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    gone: list[Piece] = []
    come: list[Piece] = []
    for tag, low, high, begin, end in matcher.get_opcodes():
        if tag == "equal":
            same = Piece("same", "".join(old[low:high]))
            gone.append(same)
            come.append(same)
            continue
        if high > low:
            gone.append(Piece("removed", "".join(old[low:high])))
        if end > begin:
            come.append(Piece("added", "".join(new[begin:end])))
    return [Line("removed", tuple(gone)), Line("added", tuple(come))]


def _folded(lines: list[Line]) -> Iterable[Line]:
    changed = [index for index, line in enumerate(lines) if line.kind != "same"]
    if not changed:
        return
    near = {place for index in changed for place in range(index - _NEAR, index + _NEAR + 1)}
    skipped = 0
    for index, line in enumerate(lines):
        if index in near:
            if skipped:
                yield Line("skipped", (), skipped)
                skipped = 0
            yield line
        else:
            skipped += 1
    if skipped:
        yield Line("skipped", (), skipped)


def content_difference(before: VersionContent, after: VersionContent) -> tuple[Change, ...]:
    """Return all that changed from one content to another; nothing when both say the same."""
    found = [
        Change(what, before=str(old), after=str(new))
        for what, old, new in (
            ("title", before.title, after.title),
            ("family", before.family, after.family),
            ("summary", before.summary, after.summary),
            ("audience", before.audience, after.audience),
            ("form", before.learning_form, after.learning_form),
            ("jp", before.credit_jp, after.credit_jp),
            ("minutes", before.minutes, after.minutes),
        )
        if old != new
    ]
    if before.description != after.description:
        found.append(Change("description", lines=text_difference(before.description, after.description)))
    found += _outcome_changes(before, after)
    found += _module_changes(before, after)
    found += _lesson_changes(before, after)
    old_files, new_files = ({one.name: one.digest for one in side.files} for side in (before, after))
    found += [Change("file_added", name) for name in sorted(new_files.keys() - old_files.keys())]
    found += [Change("file_removed", name) for name in sorted(old_files.keys() - new_files.keys())]
    found += [
        Change("file_changed", name)
        for name in sorted(old_files.keys() & new_files.keys())
        if old_files[name] != new_files[name]
    ]
    if [dict(one) for one in before.references] != [dict(one) for one in after.references]:
        found.append(Change("references"))
    return tuple(found)


def _outcome_changes(before: VersionContent, after: VersionContent) -> list[Change]:
    if before.outcomes == after.outcomes:
        return []
    old, new = ("\n".join(f"{c} · {n} · {t}" for c, n, t in side.outcomes) for side in (before, after))
    return [Change("outcomes", lines=text_difference(old, new))]


def _module_changes(before: VersionContent, after: VersionContent) -> list[Change]:
    old = {module.code: module.title for module in before.modules}
    new = {module.code: module.title for module in after.modules}
    found = [Change("module_added", title) for code, title in new.items() if code not in old]
    found += [Change("module_removed", title) for code, title in old.items() if code not in new]
    found += [
        Change("module_title", before=old[code], after=new[code])
        for code in old
        if code in new and old[code] != new[code]
    ]
    kept_before = [code for code in old if code in new]
    if kept_before != [code for code in new if code in old]:
        found.append(Change("module_order"))
    return found


def _lesson_changes(before: VersionContent, after: VersionContent) -> list[Change]:
    old = {lesson.code: lesson for lesson in before.lessons}
    new = {lesson.code: lesson for lesson in after.lessons}
    homes = [{one.code: module.code for module in side.modules for one in module.lessons} for side in (before, after)]
    found = [Change("lesson_added", lesson.title) for code, lesson in new.items() if code not in old]
    found += [Change("lesson_removed", lesson.title) for code, lesson in old.items() if code not in new]
    for code, lesson in new.items():
        if code in old:
            found += _changes_of_lesson(old[code], lesson)
    kept = [code for code in old if code in new]
    if kept != [code for code in new if code in old] or any(homes[0][code] != homes[1][code] for code in kept):
        found.append(Change("lesson_order"))
    return found


def _changes_of_lesson(before: LessonContent, after: LessonContent) -> list[Change]:
    found = []
    if before.title != after.title:
        found.append(Change("lesson_title", before=before.title, after=after.title))
    if before.kind != after.kind:
        found.append(Change("lesson_kind", after.title, before.kind, after.kind))
    if before.minutes != after.minutes:
        found.append(Change("lesson_minutes", after.title, str(before.minutes), str(after.minutes)))
    if before.text != after.text:
        found.append(Change("lesson_text", after.title, lines=text_difference(before.text, after.text)))
    if dict(before.details) != dict(after.details):
        found.append(Change("lesson_details", after.title))
    return found
