"""Writing a course: drafts, modules, lessons, texts with their history. Nothing here is seen by learners."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import func, select

from lms.core import media, pictures, storage
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import (
    Course,
    CourseDraft,
    DraftFile,
    DraftLesson,
    DraftModule,
    DraftState,
    DraftText,
)
from lms.courses.rules import CAPTIONS, FILES_FOLDER, IMAGES, MAX_ALT, VersionContent, clean_details, lesson_kind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

MAX_MODULES = 40
MAX_LESSONS = 200
MAX_BODY = 200_000
# One text of the history for each stretch of writing by one person.
STRETCH = timedelta(minutes=10)
UNDO_DAYS = 30
MAX_UPLOAD = 20 << 20
MAX_DRAFT_BYTES = 200 << 20
WRONG_KIND = {
    "video": N_("Berkas ini bukan video MP4 atau WebM. Simpan sebagai MP4, lalu unggah lagi."),
    "audio": N_("Berkas ini bukan rekaman suara. Pakai MP3, M4A, OGG, atau WAV."),
    "image": N_("Berkas ini bukan gambar. Pakai PNG, JPG, atau WebP."),
    "slides": N_("Salindia harus PDF. Simpan sebagai PDF, lalu unggah lagi."),
    "file": N_("Berkas unduhan harus PDF, dokumen Office, atau teks."),
}
_E_LEARNING = 16


class DraftChanged(Conflict):
    """The draft was saved elsewhere meanwhile; nothing of it was overwritten."""

    code = "draft_changed"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the modules of a draft."""

    title: str
    family: str
    summary: str
    description_md: str
    audience: str
    learning_form: int
    outcomes: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class LessonText:
    """What the page of a lesson gives."""

    title: str
    minutes: int
    body_md: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form.

    Args:
        purpose: `file`, `captions` or `picture`.
        words: what a picture shows, for those who do not see it.
    """

    stream: IO[bytes]
    name: str
    purpose: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a lesson's text.

    Args:
        revision: of the lesson now.
        is_late: another window had saved meanwhile; the text is kept beside, not in its place.
        text_id: public id of the text that was kept beside.
    """

    revision: int
    is_late: bool = False
    text_id: str = ""


def code_of(title: str) -> str:
    """Return a code for a title: lower-case ASCII words with dashes, at most 50 letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:50].strip("-") or "pelatihan"


def free_code(session: Session, wanted: str) -> str:
    """Return a code that no course and no open draft has: the wanted one, else with a number."""
    code, number = wanted, 1
    while queries.exists_course_code(session, code):
        number += 1
        code = f"{wanted}-{number}"
    return code


def start_draft(
    session: Session, actor: Actor, *, unit_code: str, title: str, family: str, now: datetime
) -> CourseDraft:
    """Begin a new course with one empty module; its code follows from the title.

    Raises: Forbidden: the unit is not one for which the actor may write courses.
    """
    unit_id = queries.author_unit_id(session, actor, unit_code)
    if unit_id is None:
        raise Forbidden(N_("Anda belum berwenang menyusun pelatihan untuk unit itu."))
    draft = CourseDraft(
        owner_unit_id=unit_id,
        state=DraftState.OPEN,
        code=free_code(session, code_of(title)),
        family=family,
        title=title,
        learning_form=_E_LEARNING,
        created_at=now,
        updated_at=now,
        updated_by_id=actor.employee_id,
    )
    session.add(draft)
    session.flush()  # the module needs draft.id
    session.add(DraftModule(draft_id=draft.id, code="m1", title="Modul 1", position_order=1))
    _note(session, actor, "course_draft.create", draft, now=now, after={"code": draft.code, "title": title})
    return draft


def open_draft(session: Session, actor: Actor, course_public_id: str, *, now: datetime) -> CourseDraft:
    """Return the open draft of a course; made from its present version when there is none.

    Raises: NotFound: no such course among the actor's units.
    Concurrency: holds the course's row, so that two people get the same draft.
    """
    course = queries.lock_authored_course(session, actor, course_public_id)
    if course is None or course.current_version_id is None:
        raise NotFound(N_("Pelatihan ini tidak ada, atau bukan milik unit Anda."))
    held = queries.get_open_draft_of(session, course.id)
    if held is not None:
        return held
    content = queries.version_content(session, course.current_version_id)
    draft = fill_draft(
        session,
        actor,
        content,
        owner_unit_id=course.owner_unit_id,
        course=course,
        base_version_id=course.current_version_id,
        now=now,
    )
    _note(session, actor, "course_draft.create", draft, now=now, after={"code": draft.code, "title": draft.title})
    return draft


def fill_draft(
    session: Session,
    actor: Actor,
    content: VersionContent,
    *,
    owner_unit_id: int,
    now: datetime,
    course: Course | None = None,
    base_version_id: int | None = None,
    code: str = "",
    parts: dict[str, Any] | None = None,
) -> CourseDraft:
    """Return a draft that says what a content says; for new versions, copies and imports.

    Args:
        base_version_id: version whose further parts, such as its exam, the new version takes over.
        code: of the draft when it is to be another than the content's.
    """
    draft = CourseDraft(
        course_id=course.id if course is not None else None,
        base_version_id=base_version_id,
        owner_unit_id=owner_unit_id,
        state=DraftState.OPEN,
        code=code or content.code,
        family=content.family,
        title=content.title,
        summary=content.summary,
        description_md=content.description,
        audience=content.audience,
        learning_form=content.learning_form,
        other_minutes=content.other_minutes,
        outcomes=[{"competency": c, "level": level, "text": text} for c, level, text in content.outcomes],
        references=[dict(one) for one in content.references],
        parts=parts or {},
        created_at=now,
        updated_at=now,
        updated_by_id=actor.employee_id,
    )
    session.add(draft)
    session.flush()  # modules and files need draft.id
    for place, module in enumerate(content.modules, 1):
        row = DraftModule(draft_id=draft.id, code=module.code, title=module.title, position_order=place)
        session.add(row)
        session.flush()  # lessons need the module's id
        session.add_all(
            DraftLesson(
                draft_id=draft.id,
                module_id=row.id,
                code=lesson.code,
                kind=lesson.kind,
                title=lesson.title,
                duration_minutes=lesson.minutes,
                body_md=lesson.text,
                details=dict(lesson.details),
                position_order=number,
                updated_at=now,
                updated_by_id=actor.employee_id,
            )
            for number, lesson in enumerate(module.lessons, 1)
        )
    session.add_all(
        DraftFile(
            draft_id=draft.id,
            name=one.name,
            digest=one.digest,
            media_type=one.media_type,
            size_bytes=one.size_bytes,
        )
        for one in content.files
    )
    session.flush()  # the caller may read the draft at once
    return draft


def lock_open_draft(session: Session, actor: Actor, public_id: str) -> CourseDraft:
    """Return an open draft of the actor's units, its row held until commit.

    Raises: NotFound: none such; Refused: it was published or deleted.
    """
    draft = queries.lock_draft(session, actor, public_id)
    if draft is None:
        raise NotFound(N_("Rancangan ini tidak ada, atau bukan milik unit Anda."))
    if draft.state is DraftState.PUBLISHED:
        raise Refused(N_("Rancangan ini sudah terbit. Buat rancangan baru dari versi yang berlaku."))
    if draft.state is DraftState.DELETED:
        raise Refused(N_("Rancangan ini sudah dihapus. Pulihkan dahulu dari daftar rancangan."))
    return draft


def _touch(draft: CourseDraft, actor: Actor, now: datetime) -> None:
    draft.updated_at, draft.updated_by_id = now, actor.employee_id


def _note(
    session: Session,
    actor: Actor,
    action: str,
    draft: CourseDraft,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(session, actor, action=action, subject=("course_draft", draft.id), at=now, before=before, after=after)


def save_head(
    session: Session, actor: Actor, public_id: str, head: Head, *, revision: int, now: datetime
) -> CourseDraft:
    """Save title, summary, description, audience, form and outcomes of a draft.

    Raises: DraftChanged: it was saved elsewhere after the page was opened; nothing is overwritten.
    Concurrency: holds the draft's row.
    """
    draft = lock_open_draft(session, actor, public_id)
    if draft.revision != revision:
        raise DraftChanged(N_("Keterangan ini sudah disimpan di jendela lain. Bandingkan keduanya."))
    before = {"title": draft.title, "summary": draft.summary}
    draft.title, draft.family, draft.summary = head.title, head.family, head.summary
    draft.description_md, draft.audience = head.description_md, head.audience
    draft.learning_form = head.learning_form
    draft.outcomes = [{"competency": c, "level": level, "text": text} for c, level, text in head.outcomes]
    draft.revision += 1
    _touch(draft, actor, now)
    _note(
        session,
        actor,
        "course_draft.head",
        draft,
        now=now,
        before=before,
        after={"title": head.title, "summary": head.summary},
    )
    return draft


# Modules -----------------------------------------------------------------------------------


def _modules(session: Session, draft: CourseDraft) -> list[DraftModule]:
    return list(
        session.scalars(
            select(DraftModule)
            .where(DraftModule.draft_id == draft.id, DraftModule.removed_at.is_(None))
            .order_by(DraftModule.position_order, DraftModule.id)
        )
    )


def _module(session: Session, draft: CourseDraft, public_id: str) -> DraftModule:
    found = session.scalars(select(DraftModule).filter_by(draft_id=draft.id, public_id=public_id)).one_or_none()
    if found is None:
        raise NotFound(N_("Modul ini tidak ada dalam rancangan ini."))
    return found


def _lessons(session: Session, module: DraftModule) -> list[DraftLesson]:
    return list(
        session.scalars(
            select(DraftLesson)
            .where(DraftLesson.module_id == module.id, DraftLesson.removed_at.is_(None))
            .order_by(DraftLesson.position_order, DraftLesson.id)
        )
    )


def _lesson(session: Session, draft: CourseDraft, public_id: str) -> DraftLesson:
    found = session.scalars(select(DraftLesson).filter_by(draft_id=draft.id, public_id=public_id)).one_or_none()
    if found is None:
        raise NotFound(N_("Materi ini tidak ada dalam rancangan ini."))
    return found


def _next_code(session: Session, column: Any, draft_id: int, prefix: str) -> str:
    taken = set(session.scalars(select(column).where(column.class_.draft_id == draft_id)))
    number = 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def add_module(session: Session, actor: Actor, public_id: str, *, title: str, now: datetime) -> DraftModule:
    """Add a module at the end of a draft.

    Raises: Invalid: no title, or too many modules.
    """
    draft = lock_open_draft(session, actor, public_id)
    title = " ".join(title.split())
    if not 0 < len(title) <= 200:
        raise Invalid(N_("Tulis judul modul, 1 sampai 200 huruf."))
    last = session.scalar(select(func.max(DraftModule.position_order)).where(DraftModule.draft_id == draft.id))
    if len(_modules(session, draft)) >= MAX_MODULES:
        raise Invalid(N_("Satu pelatihan paling banyak %(count)s modul.", count=MAX_MODULES))
    module = DraftModule(
        draft_id=draft.id,
        code=_next_code(session, DraftModule.code, draft.id, "m"),
        title=title,
        position_order=(last or 0) + 1,
    )
    session.add(module)
    _touch(draft, actor, now)
    _note(session, actor, "course_draft.module_add", draft, now=now, after={"title": title})
    return module


def rename_module(session: Session, actor: Actor, public_id: str, module_id: str, *, title: str, now: datetime) -> None:
    """Give a module another title."""
    draft = lock_open_draft(session, actor, public_id)
    module = _module(session, draft, module_id)
    title = " ".join(title.split())
    if not 0 < len(title) <= 200:
        raise Invalid(N_("Tulis judul modul, 1 sampai 200 huruf."))
    if title == module.title:
        return
    _note(
        session,
        actor,
        "course_draft.module_rename",
        draft,
        now=now,
        before={"title": module.title},
        after={"title": title},
    )
    module.title = title
    _touch(draft, actor, now)


def _swapped(rows: list[Any], index: int, step: int) -> bool:
    """Move a row among its neighbours and number all anew; return whether it moved."""
    other = index + step
    if not 0 <= other < len(rows):
        return False
    rows[index], rows[other] = rows[other], rows[index]
    for place, row in enumerate(rows, 1):
        row.position_order = place
    return True


def move_module(session: Session, actor: Actor, public_id: str, module_id: str, *, step: int, now: datetime) -> None:
    """Move a module one place up (-1) or down (1); at the edge nothing happens."""
    draft = lock_open_draft(session, actor, public_id)
    module = _module(session, draft, module_id)
    modules = _modules(session, draft)
    if module in modules and _swapped(modules, modules.index(module), step):
        _touch(draft, actor, now)
        _note(session, actor, "course_draft.move", draft, now=now, after={"module": module.title, "step": step})


def remove_module(session: Session, actor: Actor, public_id: str, module_id: str, *, now: datetime) -> DraftModule:
    """Take an empty module out of a draft; it can be taken back until the draft is published.

    Raises: Refused: it still has lessons.
    """
    draft = lock_open_draft(session, actor, public_id)
    module = _module(session, draft, module_id)
    if _lessons(session, module):
        raise Refused(N_("Modul ini masih berisi materi. Pindahkan atau buang materinya dahulu."))
    if module.removed_at is None:
        module.removed_at = now
        _touch(draft, actor, now)
        _note(session, actor, "course_draft.module_remove", draft, now=now, before={"title": module.title})
    return module


def restore_module(session: Session, actor: Actor, public_id: str, module_id: str, *, now: datetime) -> None:
    """Take a removed module back."""
    draft = lock_open_draft(session, actor, public_id)
    module = _module(session, draft, module_id)
    if module.removed_at is not None:
        module.removed_at = None
        _touch(draft, actor, now)
        _note(session, actor, "course_draft.module_restore", draft, now=now, after={"title": module.title})


# Lessons -----------------------------------------------------------------------------------


def add_lesson(
    session: Session, actor: Actor, public_id: str, module_id: str, *, title: str, kind: str, now: datetime
) -> DraftLesson:
    """Add a lesson at the end of a module.

    Raises: Invalid: no title, an unknown kind, or too many lessons.
    """
    draft = lock_open_draft(session, actor, public_id)
    module = _module(session, draft, module_id)
    title = " ".join(title.split())
    if not 0 < len(title) <= 200:
        raise Invalid(N_("Tulis judul materi, 1 sampai 200 huruf."))
    if lesson_kind(kind) is None:
        raise Invalid(N_("Jenis materi itu tidak dikenal. Pilih dari daftar."))
    count = session.scalar(
        select(func.count()).where(DraftLesson.draft_id == draft.id, DraftLesson.removed_at.is_(None))
    )
    if (count or 0) >= MAX_LESSONS:
        raise Invalid(N_("Satu pelatihan paling banyak %(count)s materi.", count=MAX_LESSONS))
    last = session.scalar(select(func.max(DraftLesson.position_order)).where(DraftLesson.module_id == module.id))
    taken = set(session.scalars(select(DraftLesson.code).where(DraftLesson.draft_id == draft.id)))
    code, number = code_of(title), 1
    while code in taken:
        number += 1
        code = f"{code_of(title)}-{number}"
    module.removed_at = None
    lesson = DraftLesson(
        draft_id=draft.id,
        module_id=module.id,
        code=code,
        kind=kind,
        title=title,
        duration_minutes=15,
        position_order=(last or 0) + 1,
        updated_at=now,
        updated_by_id=actor.employee_id,
    )
    session.add(lesson)
    session.flush()  # the page of the lesson is the answer
    _touch(draft, actor, now)
    _note(session, actor, "course_draft.lesson_add", draft, now=now, after={"title": title, "kind": kind})
    return lesson


def move_lesson(session: Session, actor: Actor, public_id: str, lesson_id: str, *, step: int, now: datetime) -> None:
    """Move a lesson one place up (-1) or down (1); past the edge of its module into the neighbouring one."""
    draft = lock_open_draft(session, actor, public_id)
    lesson = _lesson(session, draft, lesson_id)
    modules = _modules(session, draft)
    home = next((module for module in modules if module.id == lesson.module_id), None)
    if home is None or lesson.removed_at is not None:
        return
    lessons = _lessons(session, home)
    moved = _swapped(lessons, lessons.index(lesson), step)
    if not moved:
        target = modules.index(home) + step
        if not 0 <= target < len(modules):
            return
        there = _lessons(session, modules[target])
        lesson.module_id = modules[target].id
        order = [*there, lesson] if step < 0 else [lesson, *there]
        for place, row in enumerate(order, 1):
            row.position_order = place
    _touch(draft, actor, now)
    _note(session, actor, "course_draft.move", draft, now=now, after={"lesson": lesson.title, "step": step})


def remove_lesson(session: Session, actor: Actor, public_id: str, lesson_id: str, *, now: datetime) -> DraftLesson:
    """Take a lesson out of a draft; it can be taken back until the draft is published."""
    draft = lock_open_draft(session, actor, public_id)
    lesson = _lesson(session, draft, lesson_id)
    if lesson.removed_at is None:
        lesson.removed_at = now
        _touch(draft, actor, now)
        _note(session, actor, "course_draft.lesson_remove", draft, now=now, before={"title": lesson.title})
    return lesson


def restore_lesson(session: Session, actor: Actor, public_id: str, lesson_id: str, *, now: datetime) -> None:
    """Take a removed lesson back into its module, at the end."""
    draft = lock_open_draft(session, actor, public_id)
    lesson = _lesson(session, draft, lesson_id)
    if lesson.removed_at is None:
        return
    module = session.get_one(DraftModule, lesson.module_id)
    module.removed_at = None
    last = session.scalar(select(func.max(DraftLesson.position_order)).where(DraftLesson.module_id == module.id))
    lesson.removed_at, lesson.position_order = None, (last or 0) + 1
    _touch(draft, actor, now)
    _note(session, actor, "course_draft.lesson_restore", draft, now=now, after={"title": lesson.title})


def save_lesson(
    session: Session,
    actor: Actor,
    public_id: str,
    lesson_id: str,
    given: LessonText,
    *,
    revision: int,
    now: datetime,
) -> Saved:
    """Save a lesson's title, time, text and details; the text held before goes to its history.

    A page that knows an older revision overwrites nothing: its text is kept in the history as a late
    one, and the caller shows both. The same text again changes nothing, so a repeated sending is harmless.

    Raises: Invalid: too long, or no title.
    Concurrency: holds the draft's row.
    """
    draft = lock_open_draft(session, actor, public_id)
    lesson = _lesson(session, draft, lesson_id)
    _refuse_faulty_text(given)
    details = clean_details(given.details)
    same = (lesson.title, lesson.duration_minutes, lesson.body_md, lesson.details) == (
        given.title,
        given.minutes,
        given.body_md,
        details,
    )
    if same:
        return Saved(lesson.revision)
    if revision != lesson.revision:
        late = DraftText(
            lesson_id=lesson.id,
            title=given.title,
            body_md=given.body_md,
            written_at=now,
            written_by_id=actor.employee_id,
            is_late=True,
        )
        session.add(late)
        session.flush()  # the page names the text that was kept
        return Saved(lesson.revision, is_late=True, text_id=late.public_id)
    if lesson.body_md != given.body_md and lesson.body_md.strip():
        _keep_text(session, lesson, now)
    lesson.title, lesson.duration_minutes = given.title, given.minutes
    lesson.body_md, lesson.details = given.body_md, details
    lesson.revision += 1
    is_new_stretch = lesson.updated_by_id != actor.employee_id or now - lesson.updated_at >= STRETCH
    lesson.updated_at, lesson.updated_by_id = now, actor.employee_id
    _touch(draft, actor, now)
    if is_new_stretch or lesson.revision == 2:
        _note(session, actor, "course_draft.lesson_write", draft, now=now, after={"lesson": lesson.title})
    return Saved(lesson.revision)


def _refuse_faulty_text(given: LessonText) -> None:
    if not 0 < len(given.title) <= 200:
        raise Invalid(N_("Tulis judul materi, 1 sampai 200 huruf."), fields={"judul": N_("Tulis judul materi.")})
    if not 1 <= given.minutes <= 600:
        raise Invalid(N_("Waktu belajar harus 1 sampai 600 menit."), fields={"menit": N_("Isi 1 sampai 600.")})
    if len(given.body_md) > MAX_BODY:
        raise Invalid(N_("Teks ini terlalu panjang. Bagi menjadi beberapa materi."))


def _keep_text(session: Session, lesson: DraftLesson, now: datetime) -> None:
    """Keep what the lesson holds, unless the present stretch of writing has kept its beginning already."""
    last = session.scalars(
        select(DraftText)
        .where(DraftText.lesson_id == lesson.id, DraftText.is_late.is_(False))
        .order_by(DraftText.id.desc())
        .limit(1)
    ).first()
    if last is not None and last.body_md == lesson.body_md:
        return
    if last is not None and now - last.written_at < STRETCH and last.written_by_id == lesson.updated_by_id:
        return
    session.add(
        DraftText(
            lesson_id=lesson.id,
            title=lesson.title,
            body_md=lesson.body_md,
            written_at=max(lesson.updated_at, last.written_at) if last is not None else lesson.updated_at,
            written_by_id=lesson.updated_by_id,
        )
    )


def attach_file(
    session: Session,
    actor: Actor,
    public_id: str,
    lesson_id: str,
    upload: Upload,
    *,
    now: datetime,
) -> str:
    """Store a file for a lesson of a draft and return the name that lessons use, `berkas/<name>`.

    What it is, is told from its bytes. Pictures become WebP of at most 1,600 pixels, without the place
    where they were taken. The same file under the same name is stored once.

    Args:
        upload: its `purpose` is `file` for what the lesson is built around, `captions`, or `picture` for
            one that stands in the text; a picture is put at the end of the text with its words.

    Raises: Invalid: broken, too large, of a kind that the lesson does not show, or no room left.
    Concurrency: holds the draft's row.
    """
    draft = lock_open_draft(session, actor, public_id)
    lesson = _lesson(session, draft, lesson_id)
    found = media.recognise(upload.stream)
    _refuse_wrong_kind(lesson, upload, found)
    data: bytes | IO[bytes] = upload.stream
    if found.media_type in IMAGES:
        data, found = pictures.as_webp(upload.stream), media.Media("image/webp", "webp")
    stem = code_of(storage.safe_name(upload.name).rsplit(".", 1)[0])[:40]
    digest = storage.put(
        data,
        media_type=found.media_type,
        name=f"{stem}.{found.extension}",
        session=session,
        owner_employee_id=actor.employee_id,
        max_bytes=MAX_UPLOAD,
    )
    size = storage.path_of(digest).stat().st_size
    name = _store_draft_file(session, draft, stem, found, digest=digest, size=size)
    details = dict(lesson.details)
    if upload.purpose == "picture":
        words = " ".join(upload.words.split())[:MAX_ALT].replace("]", ")").replace("[", "(")
        _keep_text(session, lesson, now)
        lesson.body_md = f"{lesson.body_md.rstrip()}\n\n![{words}]({name})".strip()
    else:
        details[upload.purpose] = name
        if upload.purpose == "file" and found.media_type in IMAGES and upload.words.strip():
            details["alt"] = upload.words
    lesson.details = clean_details(details)
    lesson.revision += 1
    lesson.updated_at, lesson.updated_by_id = now, actor.employee_id
    _touch(draft, actor, now)
    _note(
        session,
        actor,
        "course_draft.file_add",
        draft,
        now=now,
        after={"lesson": lesson.title, "file": name, "media_type": found.media_type, "bytes": size},
    )
    return name


def _refuse_wrong_kind(lesson: DraftLesson, upload: Upload, found: media.Media) -> None:
    kind = lesson_kind(lesson.kind)
    if upload.purpose == "picture":
        if found.media_type not in IMAGES:
            raise Invalid(N_("Berkas ini bukan gambar. Pakai PNG, JPG, atau WebP."))
        if not upload.words.strip():
            raise Invalid(N_("Tulis teks pengganti gambar dahulu: apa yang terlihat."))
    elif upload.purpose == "captions":
        if found.media_type not in CAPTIONS:
            raise Invalid(media.NO_CUES)
    elif kind is None or found.media_type not in kind.media_types:
        raise Invalid(WRONG_KIND.get(lesson.kind, media.UNKNOWN))


def _store_draft_file(
    session: Session, draft: CourseDraft, stem: str, found: media.Media, *, digest: str, size: int
) -> str:
    held = {one.name: one for one in session.scalars(select(DraftFile).where(DraftFile.draft_id == draft.id))}
    if sum(one.size_bytes for one in held.values()) + size > MAX_DRAFT_BYTES:
        raise Invalid(N_("Berkas rancangan ini sudah 200 MB. Kecilkan video atau buang berkas yang tidak dipakai."))
    name, number = f"{stem}.{found.extension}", 1
    while name in held and held[name].digest != digest:
        number += 1
        name = f"{stem}-{number}.{found.extension}"
    if name not in held:
        session.add(
            DraftFile(draft_id=draft.id, name=name, digest=digest, media_type=found.media_type, size_bytes=size)
        )
    return f"{FILES_FOLDER}/{name}"


def restore_text(
    session: Session, actor: Actor, public_id: str, lesson_id: str, text_id: str, *, now: datetime
) -> None:
    """Put a text of the history in the place of the present one, which goes to the history itself."""
    draft = lock_open_draft(session, actor, public_id)
    lesson = _lesson(session, draft, lesson_id)
    old = session.scalars(select(DraftText).filter_by(lesson_id=lesson.id, public_id=text_id)).one_or_none()
    if old is None:
        raise NotFound(N_("Teks lama itu tidak ada."))
    if old.body_md == lesson.body_md:
        return
    session.add(
        DraftText(
            lesson_id=lesson.id,
            title=lesson.title,
            body_md=lesson.body_md,
            written_at=lesson.updated_at,
            written_by_id=lesson.updated_by_id,
        )
    )
    lesson.body_md = old.body_md
    lesson.revision += 1
    lesson.updated_at, lesson.updated_by_id = now, actor.employee_id
    _touch(draft, actor, now)
    _note(session, actor, "course_draft.text_restore", draft, now=now, after={"lesson": lesson.title})


# The draft as a whole ------------------------------------------------------------------------


def delete_draft(session: Session, actor: Actor, public_id: str, *, now: datetime) -> CourseDraft:
    """Delete a draft; for some weeks it can be taken back. The published version stays as it is."""
    draft = lock_open_draft(session, actor, public_id)
    draft.state, draft.ended_at = DraftState.DELETED, now
    _touch(draft, actor, now)
    _note(session, actor, "course_draft.delete", draft, now=now, before={"title": draft.title})
    return draft


def restore_draft(session: Session, actor: Actor, public_id: str, *, now: datetime) -> CourseDraft:
    """Take a deleted draft back.

    Raises: Refused: the time for it is over, or the course has another open draft.
    """
    draft = queries.lock_draft(session, actor, public_id)
    if draft is None:
        raise NotFound(N_("Rancangan ini tidak ada, atau bukan milik unit Anda."))
    if draft.state is DraftState.OPEN:
        return draft
    if (
        draft.state is DraftState.PUBLISHED
        or draft.ended_at is None
        or now - draft.ended_at > timedelta(days=UNDO_DAYS)
    ):
        raise Refused(N_("Rancangan ini tidak dapat dipulihkan lagi."))
    if draft.course_id is not None and queries.get_open_draft_of(session, draft.course_id) is not None:
        raise Refused(N_("Pelatihan ini sudah punya rancangan lain. Hapus rancangan itu dahulu."))
    draft.state, draft.ended_at = DraftState.OPEN, None
    _touch(draft, actor, now)
    _note(session, actor, "course_draft.restore", draft, now=now, after={"title": draft.title})
    return draft
