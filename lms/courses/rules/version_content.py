"""The content of a version or a draft as a plain value, and the course file that says the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lms.courses.rules.jp import MINUTES_PER_JP

FILES_FOLDER = "berkas"


@dataclass(frozen=True, slots=True)
class LessonContent:
    """A lesson with its text."""

    code: str
    title: str
    kind: str
    minutes: int
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModuleContent:
    """A module with its lessons in order."""

    code: str
    title: str
    lessons: tuple[LessonContent, ...]


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file that lessons use: `berkas/<name>`."""

    name: str
    digest: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class VersionContent:
    """All that a version says, apart from what other packages tie to it.

    Args:
        other_minutes: time that no lesson takes, such as the exam's.
        outcomes: (competency code, level, statement) in order, the first is the main one.
        assessments: as the course file lists them; empty when they live in the database only.
    """

    code: str
    title: str
    family: str
    summary: str
    description: str
    audience: str
    learning_form: int
    other_minutes: int
    outcomes: tuple[tuple[str, int, str], ...]
    modules: tuple[ModuleContent, ...]
    references: tuple[Mapping[str, str], ...] = ()
    files: tuple[FileContent, ...] = ()
    assessments: tuple[Mapping[str, Any], ...] = ()

    @property
    def lessons(self) -> tuple[LessonContent, ...]:
        """All lessons in order."""
        return tuple(lesson for module in self.modules for lesson in module.lessons)

    @property
    def minutes(self) -> int:
        """Time that the whole course takes."""
        return self.other_minutes + sum(lesson.minutes for lesson in self.lessons)

    @property
    def credit_jp(self) -> int:
        """JP of the whole course: whole ones, rounded down."""
        return self.minutes // MINUTES_PER_JP

    @property
    def media(self) -> dict[str, str]:
        """Media types of the files by the name that lessons use."""
        return {f"{FILES_FOLDER}/{one.name}": one.media_type for one in self.files}


_PICTURE = re.compile(r"\[[^\]]*\]\((" + FILES_FOLDER + r"/[^)\s]+)\)")


def pictures_in(text: str) -> tuple[str, ...]:
    """Return the names of the pictures and files that a text shows or offers, such as `berkas/loket.webp`."""
    return tuple(dict.fromkeys(_PICTURE.findall(text)))


def used_files(content: VersionContent) -> tuple[FileContent, ...]:
    """Return the files that some lesson shows; the others are not published."""
    used: set[str] = set()
    for lesson in content.lessons:
        used |= {str(lesson.details.get("file", "")), str(lesson.details.get("captions", ""))}
        used.update(pictures_in(lesson.text))
    return tuple(one for one in content.files if f"{FILES_FOLDER}/{one.name}" in used)


def course_document(content: VersionContent, *, format_name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the course file of a content and the texts that it names."""
    texts: dict[str, str] = {}
    modules = []
    number = 0
    for module in content.modules:
        lessons = []
        for lesson in module.lessons:
            number += 1
            name = f"lessons/{number:02d}-{lesson.code}.md"
            texts[name] = lesson.text
            entry: dict[str, Any] = {
                "code": lesson.code,
                "title": lesson.title,
                "file": name,
                "minutes": lesson.minutes,
            }
            if lesson.kind != "text":
                entry["kind"] = lesson.kind
            if lesson.details:
                entry["details"] = dict(lesson.details)
            lessons.append(entry)
        modules.append({"code": module.code, "title": module.title, "lessons": lessons})
    document: dict[str, Any] = {
        "format": format_name,
        "code": content.code,
        "title": content.title,
        "family": content.family,
        "summary": content.summary,
        "description": content.description,
        "siasn_kind": content.learning_form,
        "jp": content.credit_jp,
        "minutes": content.minutes,
        "audience": content.audience,
        "outcomes": [
            {"competency": code, "level": level, "text": statement} for code, level, statement in content.outcomes
        ],
        "modules": modules,
        "references": [dict(one) for one in content.references],
    }
    if content.assessments:
        document["assessments"] = [dict(one) for one in content.assessments]
    return document, texts
