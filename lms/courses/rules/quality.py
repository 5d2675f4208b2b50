"""The content checker: how well a course can be read by everybody, with a score and a list before publishing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from lms.courses.rules.kinds import is_web_address
from lms.courses.rules.version_content import FILES_FOLDER, LessonContent, VersionContent, pictures_in

Severity = Literal["advice", "warning"]
# Words per sentence: what our own texts keep, so that a person reads once and understands.
MEAN_WORDS = 14
MAX_WORDS = 25
PICTURE_BYTES = 150_000
LESSON_BYTES = 5_000_000
MAX_LESSON_MINUTES = 30
MAX_LESSON_WORDS = 2_500
_COST = {"warning": 3, "advice": 1}
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.)\s)")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_EMPTY_WORDS = frozenset({"di sini", "klik", "klik di sini", "sini", "tautan", "link", "gambar", "foto", "image"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of a course that could be better.

    Args:
        rule: name of what was checked; the page says it in words.
        severity: `warning` when somebody is shut out by it, else `advice`.
        lesson: code of the lesson, empty for the course as a whole.
        values: what the sentence names, such as the words of a link.
    """

    rule: str
    severity: Severity
    lesson: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quality:
    """What the checker found.

    Args:
        score: 0 to 100; each warning costs three, each advice one, spread over the lessons.
        findings: in the order of the lessons.
        mean_words: words per sentence over all texts, 0 without sentences.
        content_bytes: of all files that lessons show.
    """

    score: int
    findings: tuple[Finding, ...]
    mean_words: float
    content_bytes: int


def sentences(text: str) -> list[int]:
    """Return the number of words of each sentence of a Markdown text; headings, tables and code are left out."""
    plain = _FENCE.sub("", text)
    plain = re.sub(r"^(#{1,6}\s.*|\s*\|.*)$", "", plain, flags=re.MULTILINE)
    plain = _IMAGE.sub("", plain)
    plain = _LINK.sub(r"\1", plain)
    lengths = [len(_WORD.findall(part)) for part in _SENTENCE.split(plain)]
    return [length for length in lengths if length]


def check_quality(content: VersionContent, anchors: Mapping[str, frozenset[str]] | None = None) -> Quality:
    """Return what could be better in a course; nothing of it keeps the course from being published.

    Args:
        anchors: ids of the headings of each lesson, by its code; links to other ids are dead.

    Checked: words for pictures, order of headings, length of sentences, words and targets of links, transcripts,
    weight of pictures and lessons, length of lessons, and outcomes that no text serves.
    """
    sizes = {f"{FILES_FOLDER}/{one.name}": one.size_bytes for one in content.files}
    findings: list[Finding] = []
    lengths: list[int] = []
    for lesson in content.lessons:
        own = sentences(lesson.text)
        lengths += own
        findings += _of_lesson(lesson, own, sizes, (anchors or {}).get(lesson.code, frozenset()))
    findings += _of_course(content)
    total = sum(lengths)
    mean = round(total / len(lengths), 1) if lengths else 0.0
    used = {name for lesson in content.lessons for name in _files_of(lesson)}
    return Quality(
        score=quality_score(findings, len(content.lessons)),
        findings=tuple(findings),
        mean_words=mean,
        content_bytes=sum(sizes.get(name, 0) for name in used),
    )


def quality_score(findings: Sequence[Finding], lessons: int) -> int:
    """Return 0 to 100: a whole course without findings has 100, and one more finding never gives more."""
    cost = sum(_COST[finding.severity] for finding in findings)
    return max(0, round(100 - 100 * cost / (cost + 6 * max(1, lessons))))


def _files_of(lesson: LessonContent) -> set[str]:
    return {str(lesson.details.get("file", "")), *pictures_in(lesson.text)} - {""}


def _of_lesson(
    lesson: LessonContent, lengths: Sequence[int], sizes: Mapping[str, int], anchors: frozenset[str]
) -> list[Finding]:
    text = _FENCE.sub("", lesson.text)
    found = [
        *_headings(lesson.code, text),
        *_pictures(lesson.code, text, sizes),
        *_links(lesson.code, text, sizes.keys() | {f"#{name}" for name in anchors}),
    ]
    if lengths and sum(lengths) / len(lengths) > MEAN_WORDS:
        mean = f"{sum(lengths) / len(lengths):.1f}".replace(".", ",")
        found.append(Finding("mean_words", "advice", lesson.code, (mean, str(MEAN_WORDS))))
    long = sum(length > MAX_WORDS for length in lengths)
    if long:
        found.append(Finding("long_sentences", "advice", lesson.code, (str(long), str(MAX_WORDS))))
    if sum(lengths) > MAX_LESSON_WORDS:
        found.append(Finding("long_lesson", "advice", lesson.code, (str(sum(lengths)),)))
    if lesson.minutes > MAX_LESSON_MINUTES:
        found.append(Finding("long_time", "advice", lesson.code, (str(lesson.minutes), str(MAX_LESSON_MINUTES))))
    if lesson.details.get("captions") and not lesson.details.get("transcript"):
        # Captions alone are enough to publish, but they cannot be read without loading the recording.
        found.append(Finding("only_captions", "advice", lesson.code))
    weight = sum(sizes.get(name, 0) for name in _files_of(lesson))
    if weight > LESSON_BYTES:
        found.append(Finding("heavy_lesson", "warning", lesson.code, (_megabytes(weight),)))
    return found


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}".replace(".", ",")


def _headings(code: str, text: str) -> list[Finding]:
    found: list[Finding] = []
    last = 1
    for marks, words in _HEADING.findall(text):
        level = len(marks)
        if level > last + 1:
            found.append(Finding("heading_order", "warning", code, (words[:60], str(level), str(last))))
        last = level
    if not _HEADING.search(text) and len(text.split()) > 400:
        found.append(Finding("no_headings", "advice", code))
    return found


def _pictures(code: str, text: str, sizes: Mapping[str, int]) -> list[Finding]:
    found = []
    for words, name in _IMAGE.findall(text):
        if not words.strip():
            found.append(Finding("no_alt", "warning", code, (name,)))
        elif words.strip().lower() in _EMPTY_WORDS or words.strip() == name:
            found.append(Finding("empty_alt", "advice", code, (words,)))
        if name not in sizes:
            found.append(Finding("dead_picture", "warning", code, (name,)))
        elif sizes[name] > PICTURE_BYTES:
            found.append(Finding("heavy_picture", "advice", code, (name, str(sizes[name] // 1000))))
    return found


def _links(code: str, text: str, known: AbstractSet[str]) -> list[Finding]:
    found = []
    for words, target in _LINK.findall(text):
        if words.strip().lower() in _EMPTY_WORDS or not words.strip():
            found.append(Finding("empty_link", "advice", code, (words or target,)))
        outside = is_web_address(target) or target.partition(":")[0].lower() in {"mailto", "tel"}
        if not outside and not target.startswith("/") and target not in known:
            found.append(Finding("dead_link", "warning", code, (words, target)))
    return found


def _of_course(content: VersionContent) -> list[Finding]:
    found = []
    if not content.audience.strip():
        found.append(Finding("no_audience", "advice"))
    if not content.references:
        found.append(Finding("no_references", "advice"))
    empty = [module.title for module in content.modules if not module.lessons]
    found += [Finding("empty_module", "warning", values=(title,)) for title in empty]
    kinds = {lesson.kind for lesson in content.lessons}
    if kinds and "text" not in kinds:
        found.append(Finding("no_text", "warning"))
    return found
