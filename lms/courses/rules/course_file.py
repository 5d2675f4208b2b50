"""What a course folder must look like: every fault is found in one pass, with file and place.

Format `bina-course/1`: `course.json` and the Markdown files it names.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from lms.courses.rules.extensions import Fault
from lms.courses.rules.jp import MINUTES_PER_JP
from lms.courses.rules.kinds import clean_details, lesson_faults

FORMAT = "bina-course/1"
FAMILIES = {
    "pelayanan": "Pelayanan",
    "kependudukan": "Kependudukan",
    "pemberdayaan": "Pemberdayaan",
    "digital": "Digital",
    "tata-kelola": "Tata kelola",
    "manajerial": "Manajerial",
    "sosial-kultural": "Sosial kultural",
}
# Dye of the card's hem, by family; nila is the sheet's own (design language, 5).
DYES = {
    "pelayanan": "secang",
    "kependudukan": "sirih",
    "pemberdayaan": "sirih",
    "digital": "",
    "tata-kelola": "soga",
    "sosial-kultural": "soga",
    "manajerial": "manggis",
}
MARKS = ("found", "checked", "recalled", "proposed")
MAX_SUMMARY = 300
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_RAW_HTML = re.compile(r"<(?:/?[a-zA-Z][^<>\n]*|!--)>?")
_CODE_SPAN = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LessonPart:
    """A lesson as the file gives it."""

    code: str
    title: str
    file: str
    minutes: int
    text: str
    kind: str = "text"
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModulePart:
    """A module as the file gives it."""

    code: str
    title: str
    lessons: tuple[LessonPart, ...]


@dataclass(frozen=True, slots=True)
class OutcomePart:
    """A level of a competency that the course promises; statements in the file's order."""

    competency: str
    level: int
    statements: tuple[str, ...]
    is_main: bool


@dataclass(frozen=True, slots=True)
class CourseFile:
    """A course folder without faults."""

    code: str
    title: str
    family: str
    summary: str
    description: str
    audience: str
    learning_form: int
    credit_jp: int
    minutes: int
    outcomes: tuple[OutcomePart, ...]
    modules: tuple[ModulePart, ...]
    references: tuple[dict[str, str], ...]
    digest: str

    @property
    def lesson_codes(self) -> frozenset[str]:
        """Codes of all lessons."""
        return frozenset(lesson.code for module in self.modules for lesson in module.lessons)


def content_digest(
    document: Mapping[str, Any], texts: Mapping[str, str], files: Mapping[str, str] | None = None
) -> str:
    """Return the SHA-256 of what a version freezes: the course file, its lessons and files, not the bank.

    Args:
        files: digest by name of the files that lessons use.
    """
    whole: dict[str, Any] = {"course": document, "lessons": dict(texts)}
    if files:
        whole["files"] = dict(files)
    plain = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


class _Reader:
    """Reads fields of the document and notes each fault with its place."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, place: str, text: str, file: str = "course.json") -> None:
        self.faults.append(Fault(file, place, text))

    def text(self, holder: Mapping[str, Any], name: str, place: str, *, limit: int, needed: bool = True) -> str:
        value = holder.get(name, "")
        where = f"{place}.{name}" if place else name
        if not isinstance(value, str):
            self.fault(where, "harus berupa teks.")
            return ""
        text: str = value.strip()
        if needed and not text:
            self.fault(where, "masih kosong. Isilah.")
        if len(text) > limit:
            self.fault(where, f"terlalu panjang: {len(text)} huruf, paling banyak {limit}.")
        return text

    def number(self, holder: Mapping[str, Any], name: str, place: str, *, low: int, high: int) -> int:
        value = holder.get(name)
        where = f"{place}.{name}" if place else name
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(where, f"harus angka bulat dari {low} sampai {high}.")
            return low
        if not low <= value <= high:
            self.fault(where, f"harus dari {low} sampai {high}; tertulis {value}.")
        return value

    def code(self, holder: Mapping[str, Any], name: str, place: str, *, limit: int) -> str:
        value = self.text(holder, name, place, limit=limit)
        if value and not _CODE.match(value):
            self.fault(
                f"{place}.{name}" if place else name,
                f"“{value}” bukan kode. Pakai huruf kecil, angka, dan tanda -.",
            )
        return value

    def objects(
        self, holder: Mapping[str, Any], name: str, place: str, *, least: int
    ) -> list[tuple[str, dict[str, Any]]]:
        value = holder.get(name, [])
        where = f"{place}.{name}" if place else name
        if not isinstance(value, list):
            self.fault(where, "harus berupa daftar.")
            return []
        if len(value) < least:
            self.fault(where, f"perlu sedikitnya {least}; ada {len(value)}.")
        found = []
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                found.append((f"{where}[{index}]", entry))
            else:
                self.fault(f"{where}[{index}]", "harus berupa objek.")
        return found


def check_course(
    document: Any,
    texts: Mapping[str, str],
    *,
    known_competencies: frozenset[str],
    files: Mapping[str, tuple[str, str]] | None = None,
    other_minutes: int | None = None,
) -> tuple[CourseFile | None, list[Fault]]:
    """Return the course and no faults, or None and all faults.

    Args:
        document: `course.json` as parsed.
        texts: content of the lesson files that exist, by the name under which the file lists them.
        known_competencies: codes that outcomes may name.
        files: (digest, media type) by name of the files that lessons use, such as `berkas/loket.webp`.
        other_minutes: time besides the lessons; left out, it is the time of the exams in the document.
    """
    if not isinstance(document, dict):
        return None, [Fault("course.json", "", "harus berisi satu objek JSON.")]
    reader = _Reader()
    if document.get("format") != FORMAT:
        reader.fault("format", f"harus “{FORMAT}”.")
    code = reader.code(document, "code", "", limit=60)
    title = reader.text(document, "title", "", limit=200)
    family = reader.text(document, "family", "", limit=30)
    if family and family not in FAMILIES:
        reader.fault("family", f"“{family}” tidak dikenal. Pilih: {', '.join(FAMILIES)}.")
    summary = reader.text(document, "summary", "", limit=MAX_SUMMARY)
    description = reader.text(document, "description", "", limit=20_000)
    audience = reader.text(document, "audience", "", limit=300, needed=False)
    form = reader.number(document, "siasn_kind", "", low=1, high=25)
    minutes = reader.number(document, "minutes", "", low=1, high=60_000)
    credit_jp = reader.number(document, "jp", "", low=0, high=1_000)
    if credit_jp != minutes // MINUTES_PER_JP:
        reader.fault(
            "jp",
            f"{credit_jp} JP tidak cocok dengan {minutes} menit. Seharusnya {minutes // MINUTES_PER_JP}.",
        )
    outcomes = _outcomes(reader, document, known_competencies)
    media = {name: media_type for name, (_digest, media_type) in (files or {}).items()}
    modules = _modules(reader, document, texts, media)
    _check_minutes(reader, document, modules, minutes, other_minutes)
    references = _references(reader, document)
    if reader.faults:
        return None, reader.faults
    return CourseFile(
        code=code,
        title=title,
        family=family,
        summary=summary,
        description=description,
        audience=audience,
        learning_form=form,
        credit_jp=credit_jp,
        minutes=minutes,
        outcomes=outcomes,
        modules=modules,
        references=references,
        digest=content_digest(document, texts, {name: digest for name, (digest, _type) in (files or {}).items()}),
    ), []


def _outcomes(reader: _Reader, document: Mapping[str, Any], known: frozenset[str]) -> tuple[OutcomePart, ...]:
    by_code: dict[str, tuple[int, list[str]]] = {}
    for place, entry in reader.objects(document, "outcomes", "", least=1):
        competency = reader.text(entry, "competency", place, limit=20)
        level = reader.number(entry, "level", place, low=1, high=5)
        statement = reader.text(entry, "text", place, limit=400)
        if competency and competency not in known:
            reader.fault(f"{place}.competency", f"kompetensi {competency} belum ada di kamus. Muat kamusnya dahulu.")
        held, statements = by_code.setdefault(competency, (level, []))
        if held != level:
            reader.fault(f"{place}.level", f"{competency} sudah dijanjikan pada level {held}. Pakai satu level saja.")
        statements.append(statement)
    return tuple(
        OutcomePart(competency, level, tuple(statements), is_main=index == 0)
        for index, (competency, (level, statements)) in enumerate(by_code.items())
    )


def _modules(
    reader: _Reader, document: Mapping[str, Any], texts: Mapping[str, str], media: Mapping[str, str]
) -> tuple[ModulePart, ...]:
    module_codes: set[str] = set()
    lesson_codes: set[str] = set()
    files: set[str] = set()
    modules = []
    for place, entry in reader.objects(document, "modules", "", least=1):
        code = reader.code(entry, "code", place, limit=40)
        _once(reader, code, module_codes, f"{place}.code")
        title = reader.text(entry, "title", place, limit=200)
        lessons = []
        for inner, lesson in reader.objects(entry, "lessons", place, least=1):
            lesson_code = reader.code(lesson, "code", inner, limit=60)
            _once(reader, lesson_code, lesson_codes, f"{inner}.code")
            file = reader.text(lesson, "file", inner, limit=200)
            _once(reader, file, files, f"{inner}.file")
            kind, details = lesson.get("kind", "text"), clean_details(lesson.get("details"))
            text = _lesson_text(reader, file, f"{inner}.file", texts)
            if text is not None:
                for words in lesson_faults(str(kind), details, text, media):
                    reader.fault("", words, file)
            lessons.append(
                LessonPart(
                    code=lesson_code,
                    title=reader.text(lesson, "title", inner, limit=200),
                    file=file,
                    minutes=reader.number(lesson, "minutes", inner, low=1, high=600),
                    text=text or "",
                    kind=str(kind),
                    details=details,
                )
            )
        modules.append(ModulePart(code, title, tuple(lessons)))
    return tuple(modules)


def _once(reader: _Reader, value: str, seen: set[str], place: str) -> None:
    if value and value in seen:
        reader.fault(place, f"“{value}” sudah dipakai di atas. Setiap kode dan berkas hanya sekali.")
    seen.add(value)


def safe_name(file: str) -> bool:
    """Return whether a file name stays inside its folder."""
    path = PurePosixPath(file)
    return bool(file) and not path.is_absolute() and ".." not in path.parts and "\\" not in file


def _lesson_text(reader: _Reader, file: str, place: str, texts: Mapping[str, str]) -> str | None:
    """Return the text of a lesson, or None when its file cannot be read; faults of the text are noted."""
    if not file:
        return None
    if not safe_name(file):
        reader.fault(place, f"“{file}” menunjuk ke luar folder pelatihan.")
        return None
    text = texts.get(file)
    if text is None:
        reader.fault(place, f"berkas {file} tidak ada, atau bukan teks UTF-8.")
        return None
    for number, line in enumerate(_CODE_SPAN.sub(_blank, text).splitlines(), 1):
        if line.startswith("# "):
            reader.fault(f"baris {number}", "judul tingkat satu tidak dipakai. Mulailah dengan ##.", file)
        elif _RAW_HTML.search(line):
            reader.fault(f"baris {number}", "HTML tidak dipakai di materi. Tulislah dengan Markdown.", file)
    return text


def _blank(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _check_minutes(
    reader: _Reader,
    document: Mapping[str, Any],
    modules: tuple[ModulePart, ...],
    minutes: int,
    other_minutes: int | None,
) -> None:
    reading = sum(lesson.minutes for module in modules for lesson in module.lessons)
    testing = exam_minutes(document) if other_minutes is None else other_minutes
    if reading + testing != minutes:
        reader.fault(
            "minutes",
            f"{minutes} menit tidak sama dengan materi {reading} menit ditambah ujian {testing} menit.",
        )


def exam_minutes(document: Mapping[str, Any]) -> int:
    """Return the time of the exams that a course file lists."""
    listed = document.get("assessments")
    times = [
        entry.get("time_limit_minutes")
        for entry in (listed if isinstance(listed, list) else ())
        if isinstance(entry, dict) and entry.get("kind") == "exam"
    ]
    return sum(value for value in times if isinstance(value, int) and not isinstance(value, bool))


def _references(reader: _Reader, document: Mapping[str, Any]) -> tuple[dict[str, str], ...]:
    found = []
    for place, entry in reader.objects(document, "references", "", least=0):
        mark = reader.text(entry, "mark", place, limit=12)
        if mark and mark not in MARKS:
            reader.fault(f"{place}.mark", f"“{mark}” tidak dikenal. Pilih: {', '.join(MARKS)}.")
        found.append(
            {
                "title": reader.text(entry, "title", place, limit=300),
                "mark": mark,
                "note": reader.text(entry, "note", place, limit=500, needed=False),
            }
        )
    return tuple(found)
