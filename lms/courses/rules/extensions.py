"""Places where packages above add to courses; `lms/wiring.py` fills them at start.

Sessions are `Any` here, because rules know no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a course folder, with its place.

    Args:
        file: name below the folder, such as `bank.json`.
        place: where in it, such as `items[3].options[1]` or `baris 12`; empty for the whole file.
        text: Indonesian sentence: what is wrong and what to do.
    """

    file: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class CoursePart:
    """What a loader of a part gets.

    Args:
        folder: the course's folder; a part may read files of its own there, such as `bank.json`.
        document: `course.json` as read.
        lesson_codes: codes of all lessons of the version.
        competency_ids: internal id by competency code, for all codes known here.
        owner_unit_id: unit that owns the course; None while only checking on an empty database.
        course_id, version_id: rows to tie the part to; None while only checking.
        now: instant of the load (aware).
    """

    folder: Path
    document: dict[str, Any]
    lesson_codes: frozenset[str]
    competency_ids: Mapping[str, int]
    owner_unit_id: int | None = None
    course_id: int | None = None
    version_id: int | None = None
    now: Any = None

    @property
    def only_check(self) -> bool:
        """Whether nothing may be written yet: the loader calls once to check, then once to write."""
        return self.version_id is None


@dataclass(frozen=True, slots=True)
class ContentItem:
    """A line in the contents of a course that is not a lesson: a pre-test, an exam.

    Args:
        key: name of the line, unique in the course.
        place: `before` or `after` the lessons.
        title: what it is called, as typed by its author.
        facts: Indonesian sentence parts: "20 soal, 40 menit".
        minutes: time that it takes.
        state: `todo`, `locked`, `open` (under way), `done` or `failed`.
        state_text: the words of the tag: "Lulus, nilai 85".
        url: path of its page; empty when it cannot be opened now.
        pass_percent: mark to pass, None when nothing is to be passed.
        attempts_text: "3 kali, belum dipakai"; empty when it is not counted.
        is_condition: whether completion asks for it.
    """

    key: str
    place: str
    title: str
    facts: Any = ""
    minutes: int = 0
    state: str = "todo"
    state_text: Any = ""
    url: str = ""
    pass_percent: int | None = None
    attempts_text: Any = ""
    is_condition: bool = False


# (session, part) -> faults; checks only while part.only_check, else writes and is idempotent.
PartLoader = Callable[[Any, CoursePart], Sequence[Fault]]
# (session, enrolment_id) -> met, or None when the enrolment's version asks for no such thing.
Condition = Callable[[Any, int], "bool | None"]
# (session, enrolment_ids) -> met by id; ids that have no such condition are left out.
ConditionOfMany = Callable[[Any, Sequence[int]], Mapping[int, bool]]
# (session, course_version_id, enrolment_id or None) -> lines.
ContentSource = Callable[[Any, int, "int | None"], Sequence[ContentItem]]


# (session, from_version_id, to_version_id): ties what belongs to one version to its successor as well.
Carrier = Callable[[Any, int, int], None]

# (session, course_version_id) -> (parts of the course file, texts of further files by name).
Exporter = Callable[[Any, int], "tuple[dict[str, Any], dict[str, str]]"]


@dataclass(slots=True)
class Registry:
    """What was registered, by name; a second registration of a name replaces the first."""

    parts: dict[str, PartLoader] = field(default_factory=dict)
    conditions: dict[str, tuple[Condition, ConditionOfMany | None]] = field(default_factory=dict)
    contents: dict[str, ContentSource] = field(default_factory=dict)
    carriers: dict[str, Carrier] = field(default_factory=dict)
    exporters: dict[str, Exporter] = field(default_factory=dict)


REGISTRY = Registry()


def register_part(name: str, loader: PartLoader) -> None:
    """Let `loader` read the part `name` of course folders, such as "assessments"."""
    REGISTRY.parts[name] = loader


def register_condition(name: str, met: Condition, *, many: ConditionOfMany | None = None) -> None:
    """Let completion also ask for a condition, such as "exam_passed".

    Args:
        met: answers for one enrolment: True, False, or None when the version has no such condition.
        many: the same for a list of enrolments in one statement; lists of people use it.
    """
    REGISTRY.conditions[name] = (met, many)


def register_contents(name: str, source: ContentSource) -> None:
    """Let `source` add lines, such as exams, to the contents of a course."""
    REGISTRY.contents[name] = source


def register_carrier(name: str, carrier: Carrier) -> None:
    """Let `carrier` tie what another package holds of a version, such as its exam, to the version that follows."""
    REGISTRY.carriers[name] = carrier


def register_exporter(name: str, exporter: Exporter) -> None:
    """Let `exporter` add what another package holds of a version, such as its exam and bank, to a course file."""
    REGISTRY.exporters[name] = exporter
