"""Courses as one file: written from a version, read into a draft; copies of courses and of runs."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lms.competencies.queries import competency_ids
from lms.core import archives, media, storage
from lms.core.audit import record
from lms.core.errors import Forbidden, Invalid, NotFound
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import CourseDraft
from lms.courses.rules import (
    FILES_FOLDER,
    FORMAT,
    REGISTRY,
    CourseFile,
    CoursePart,
    Fault,
    FileContent,
    LessonContent,
    ModuleContent,
    VersionContent,
    check_course,
    course_document,
    exam_minutes,
    safe_name,
    used_files,
)
from lms.courses.services.authoring import fill_draft, free_code

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

MAX_ARCHIVE = 24 << 20
_BOUNDS = archives.Bounds(members=600, member_bytes=24 << 20, total_bytes=120 << 20)
# The same file gives the same bytes, whenever it is written.
_NO_TIME = (2026, 1, 1, 0, 0, 0)
_KNOWN_ENDS = (".md", ".json")


@dataclass(frozen=True, slots=True)
class Package:
    """A course file that was opened.

    Args:
        content: what it says, None when it has faults.
        faults: all that is wrong, with file and place.
        notes: what is worth knowing before it is taken: Indonesian sentences.
        extra_files: texts for other packages, such as `bank.json`.
        blobs: bytes of the files under `berkas/`, by name without the folder.
    """

    content: VersionContent | None
    faults: tuple[Fault, ...]
    extra_files: dict[str, str]
    blobs: dict[str, bytes]
    assessments: int = 0
    items: int = 0


def export_version(session: Session, version_id: int) -> bytes:
    """Return a version of a course as a course file: a zip that `lms courses load` reads once unpacked.

    The parts of other packages, such as the exam and its bank, are asked from who registered them.
    """
    content = queries.version_content(session, version_id)
    document: dict[str, Any] = {}
    files: dict[str, str] = {}
    for exporter in REGISTRY.exporters.values():
        more, texts = exporter(session, version_id)
        document |= more
        files |= texts
    return write_package(content, document=document, files=files)


def export_draft(session: Session, page: queries.DraftPage) -> bytes:
    """Return a draft as a course file, to carry it elsewhere or to keep it."""
    content = queries.draft_content(session, page)
    files = {str(name): str(text) for name, text in page.parts.get("files", {}).items()}
    if page.parts or page.base_version_id is None:
        return write_package(content, document={}, files=files)
    document: dict[str, Any] = {}
    for exporter in REGISTRY.exporters.values():
        more, texts = exporter(session, page.base_version_id)
        document |= more
        files |= texts
    return write_package(content, document=document, files=files)


def write_package(content: VersionContent, *, document: dict[str, Any], files: dict[str, str]) -> bytes:
    """Return the zip of a content; the same content gives the same bytes."""
    plain, texts = course_document(replace(content, files=used_files(content)), format_name=FORMAT)
    plain |= document
    members: dict[str, bytes] = {
        "course.json": json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n",
        **{name: text.encode() for name, text in texts.items()},
        **{name: text.encode() for name, text in files.items()},
    }
    for one in used_files(content):
        members[f"{FILES_FOLDER}/{one.name}"] = storage.read(one.digest)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name])
    return made.getvalue()


def read_package(session: Session, data: bytes) -> Package:
    """Return what a course file holds; nothing is stored.

    Raises: Invalid: no archive, a hostile one, or one that holds no course.
    """
    if len(data) > MAX_ARCHIVE:
        raise Invalid(N_("Berkas pelatihan ini lebih besar dari 24 MB."))
    members = _without_outer_folder(archives.read_archive(data, _BOUNDS))
    if "course.json" not in members:
        raise Invalid(N_("Arsip ini bukan berkas pelatihan: course.json tidak ada di dalamnya."))
    faults: list[Fault] = []
    texts = _texts(members, faults)
    document = _document(texts.get("course.json"), faults)
    blobs, kinds = _blobs(members, faults)
    if document is None:
        return Package(None, tuple(faults), {}, {})
    known = competency_ids(session)
    lessons = {name: text for name, text in texts.items() if name.endswith(".md")}
    given, found = check_course(document, lessons, known_competencies=frozenset(known), files=kinds)
    faults += found
    extra = {name: text for name, text in texts.items() if name.endswith(".json") and name != "course.json"}
    listed = document.get("assessments")
    assessments = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    faults += _part_faults(session, document, extra, given, known)
    if given is None or faults:
        return Package(None, tuple(faults), extra, blobs)
    content = _content_of(given, kinds, blobs, assessments, exam_minutes(document))
    return Package(content, (), extra, blobs, assessments=len(assessments), items=_count_items(extra))


def _part_faults(
    session: Session, document: dict[str, Any], extra: dict[str, str], given: CourseFile | None, known: dict[str, int]
) -> list[Fault]:
    """Ask the loaders of other packages, such as that of the question bank, what is wrong with their parts."""
    faults: list[Fault] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in extra.items():
            if "/" not in file:
                (folder / file).write_text(text, encoding="utf-8")
        codes = given.lesson_codes if given is not None else frozenset()
        part = CoursePart(folder=folder, document=document, lesson_codes=codes, competency_ids=known)
        for loader in REGISTRY.parts.values():
            faults += loader(session, part)
    return faults


def _with_own_bank(extra: dict[str, str], code: str) -> dict[str, str]:
    """Give the bank of an imported course a code of its own, so that it never overwrites another course's."""
    if "bank.json" not in extra:
        return extra
    bank = json.loads(extra["bank.json"])
    bank["code"] = f"bank-{code}"[:60]
    return {**extra, "bank.json": json.dumps(bank, ensure_ascii=False)}


def _without_outer_folder(members: dict[str, bytes]) -> dict[str, bytes]:
    """Take away the one folder that people's zip programs put around everything."""
    members = {name: data for name, data in members.items() if not name.startswith("__MACOSX/")}
    tops = {name.partition("/")[0] for name in members}
    if len(tops) == 1 and "course.json" not in members:
        return {name.partition("/")[2]: data for name, data in members.items()}
    return members


def _texts(members: dict[str, bytes], faults: list[Fault]) -> dict[str, str]:
    found = {}
    for name, data in members.items():
        if not name.endswith(_KNOWN_ENDS) or not safe_name(name) or name.startswith(f"{FILES_FOLDER}/"):
            continue
        try:
            found[name] = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            faults.append(Fault(name, "", "bukan teks UTF-8. Simpan ulang sebagai UTF-8."))
    return found


def _document(text: str | None, faults: list[Fault]) -> dict[str, Any] | None:
    try:
        document = json.loads(text or "")
    except (json.JSONDecodeError, RecursionError) as error:
        place = f"baris {error.lineno}, kolom {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        faults.append(Fault("course.json", place, "bukan JSON yang benar."))
        return None
    if not isinstance(document, dict):
        faults.append(Fault("course.json", "", "harus berisi satu objek JSON."))
        return None
    return document


def _blobs(members: dict[str, bytes], faults: list[Fault]) -> tuple[dict[str, bytes], dict[str, tuple[str, str]]]:
    blobs: dict[str, bytes] = {}
    kinds: dict[str, tuple[str, str]] = {}
    for name, data in members.items():
        if not name.startswith(f"{FILES_FOLDER}/"):
            continue
        short = name.removeprefix(f"{FILES_FOLDER}/")
        if "/" in short or short != storage.safe_name(short):
            faults.append(Fault(name, "", "namanya tidak dapat dipakai. Pakai huruf, angka, dan tanda hubung."))
            continue
        try:
            found = media.recognise(io.BytesIO(data))
        except Invalid as error:
            faults.append(Fault(name, "", str(error.message)))
            continue
        blobs[short] = data
        kinds[name] = ("", found.media_type)
    return blobs, kinds


def _content_of(
    given: CourseFile,
    kinds: dict[str, tuple[str, str]],
    blobs: dict[str, bytes],
    assessments: list[dict[str, Any]],
    other_minutes: int,
) -> VersionContent:
    return VersionContent(
        code=given.code,
        title=given.title,
        family=given.family,
        summary=given.summary,
        description=given.description,
        audience=given.audience,
        learning_form=given.learning_form,
        other_minutes=other_minutes,
        outcomes=tuple((one.competency, one.level, text) for one in given.outcomes for text in one.statements),
        modules=tuple(
            ModuleContent(
                module.code,
                module.title,
                tuple(
                    LessonContent(one.code, one.title, one.kind, one.minutes, one.text, one.details)
                    for one in module.lessons
                ),
            )
            for module in given.modules
        ),
        references=given.references,
        files=tuple(
            FileContent(name, "", kinds[f"{FILES_FOLDER}/{name}"][1], len(data)) for name, data in blobs.items()
        ),
        assessments=tuple(assessments),
    )


def _count_items(extra: dict[str, str]) -> int:
    try:
        bank = json.loads(extra.get("bank.json", "{}"))
    except ValueError:
        return 0
    items = bank.get("items") if isinstance(bank, dict) else None
    return len(items) if isinstance(items, list) else 0


def import_package(session: Session, actor: Actor, data: bytes, *, unit_code: str, now: datetime) -> CourseDraft:
    """Make a draft of a course file; nothing is published, and a course of the same code is left alone.

    Raises: Forbidden: not a unit for which the actor writes; Invalid: faults, or a code in use elsewhere.
    """
    unit_id = queries.author_unit_id(session, actor, unit_code)
    if unit_id is None:
        raise Forbidden(N_("Anda belum berwenang menyusun pelatihan untuk unit itu."))
    package = read_package(session, data)
    if package.content is None:
        raise Invalid(N_("Berkas pelatihan ini belum dapat dipakai. Perbaiki dahulu kesalahannya."))
    content = package.content
    stored = []
    for one in content.files:
        digest = storage.put(
            package.blobs[one.name],
            media_type=one.media_type,
            name=one.name,
            session=session,
            owner_employee_id=actor.employee_id,
        )
        stored.append(replace(one, digest=digest))
    code = free_code(session, content.code)
    parts: dict[str, Any] = {}
    if content.assessments:
        files = _with_own_bank(package.extra_files, code)
        parts = {"assessments": [dict(one) for one in content.assessments], "files": files}
    draft = fill_draft(
        session,
        actor,
        replace(content, files=tuple(stored)),
        owner_unit_id=unit_id,
        now=now,
        code=code,
        parts=parts,
    )
    after = {"code": draft.code, "title": draft.title, "lessons": len(content.lessons)}
    record(session, actor, action="course_draft.import", subject=("course_draft", draft.id), at=now, after=after)
    return draft


def copy_course(session: Session, actor: Actor, course_public_id: str, *, title: str, now: datetime) -> CourseDraft:
    """Make a draft of a new course that says what a published one says; its exam goes along at publishing.

    Raises: NotFound: no such course among the actor's units.
    """
    found = queries.get_authored_course(session, actor, course_public_id)
    if found is None:
        raise NotFound(N_("Pelatihan ini tidak ada, atau bukan milik unit Anda."))
    course, version = found
    content = replace(queries.version_content(session, version.id), title=" ".join(title.split()) or version.title)
    draft = fill_draft(
        session,
        actor,
        content,
        owner_unit_id=course.owner_unit_id,
        base_version_id=version.id,
        code=free_code(session, f"{course.code[:50]}-salinan"),
        now=now,
    )
    after = {"code": draft.code, "title": draft.title, "from": course.code}
    record(session, actor, action="course_draft.copy", subject=("course_draft", draft.id), at=now, after=after)
    return draft
