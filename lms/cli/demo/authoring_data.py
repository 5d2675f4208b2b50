"""Demo data of authoring: a small course with two versions, a draft under way, one that came back, one deleted."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from lms.core.actor import Actor, Role
from lms.courses import queries, services
from lms.courses.models import Course, DraftLesson, DraftModule
from lms.identity.models import Account, Grant
from lms.people.models import OrganisationalUnit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context

TITLE: Final = "Surat Masuk yang Tidak Hilang"
HEAD: Final = services.Head(
    title=TITLE,
    family="tata-kelola",
    summary="Mencatat, meneruskan, dan menemukan kembali surat masuk di kelurahan dalam satu hari kerja.",
    description_md=(
        "Surat yang hilang jarang benar-benar hilang. Biasanya surat itu ada di meja orang lain, tanpa catatan.\n\n"
        "Pelatihan singkat ini membahas satu register, satu lembar disposisi, dan satu tempat simpan. "
        "Anda dapat mencobanya hari ini juga, dengan buku tulis dan map."
    ),
    audience="Petugas tata usaha kelurahan dan kecamatan.",
    learning_form=22,
    outcomes=(("M.5", 1, "Anda dapat mencatat surat masuk dan menemukan letaknya dalam lima menit."),),
)
REGISTER: Final = """## Satu pintu, satu buku

Semua surat masuk lewat satu meja. Di meja itu ada satu register. Surat yang datang lewat pesan juga dicatat di sana.

Catat lima hal saja:

- nomor urut hari ini;
- tanggal diterima;
- pengirim dan nomor suratnya;
- perihal dalam satu kalimat;
- kepada siapa surat itu diteruskan.

> **Contoh dari kelurahan.** Bu Hasnah menerima tiga surat pagi ini. Ia menulis ketiganya sebelum membagi surat pertama.
> Siang harinya camat menelepon. Bu Hasnah menjawab dalam satu menit.

## Mengapa sebelum dibagikan

Surat yang dibagikan dahulu sering tidak sempat dicatat. Orang yang menerimanya pergi rapat, lalu surat ikut pergi.

> **Coba sendiri.** Buat lima kolom itu di buku Anda. Catat surat yang ada di meja sekarang.
"""
DISPOSITION: Final = """## Tiga pertanyaan

Lembar disposisi menjawab tiga pertanyaan. Siapa yang mengerjakan? Apa yang diminta? Kapan harus selesai?

Disposisi tanpa tanggal sama dengan tanpa batas. Tulislah tanggal, bukan kata “segera”.

## Menagih dengan sopan

Setiap sore, lihat kolom terakhir register. Surat yang lewat batas diberi tanda. Esok paginya, tanyakan satu per satu.

> **Ingat.** Yang ditagih adalah suratnya, bukan orangnya. Tanyakan apa yang menghambat, lalu catat tanggal barunya.

> **Coba sendiri.** Pilih satu surat pekan lalu. Tulis jawaban tiga pertanyaan itu di baliknya.
"""
SHELF: Final = """## Satu map untuk satu urusan

Simpan surat menurut urusan, bukan menurut tanggal. Tulis kode urusan di punggung map. Nomor register
ditulis di pojok surat.

Gambar di atas menunjukkan tiga rak. Rak atas untuk yang berjalan. Rak tengah untuk yang selesai tahun ini. Rak
bawah untuk tahun lalu.

> **Coba sendiri.** Minta rekan menyebut satu nomor register. Hitung berapa menit sampai suratnya di tangan Anda.
"""
ADDED: Final = """
## Surat lewat pesan

Surat yang datang lewat pesan dicetak atau disimpan dalam satu folder. Nama berkasnya memuat tanggal dan pengirim.
Setelah itu dicatat seperti surat kertas.
"""


def _person(session: Session) -> tuple[Actor, str] | None:
    """Return the first instructor as an actor and the code of the unit for which that person writes."""
    row = session.execute(
        select(Account, OrganisationalUnit.code)
        .join(Grant, Grant.account_id == Account.id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
        .where(Grant.role == Role.INSTRUKTUR)
        .order_by(Grant.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    account, unit_code = row
    return Actor(account_id=account.id, employee_id=account.employee_id, is_system=True), unit_code


def shelf_picture(width: int = 480, height: int = 300) -> bytes:
    """Return a PNG of three shelves with files, drawn pixel by pixel: always the same."""
    paper, wood = (250, 246, 238), (124, 82, 48)
    dyes = ((36, 62, 120), (232, 169, 23), (47, 110, 56), (168, 45, 44))
    rows = []
    for y in range(height):
        shelf, inner = divmod(y, height // 3)
        row = bytearray()
        for x in range(width):
            number = x // 34
            standing = 18 < x < width - 18 and inner > 14 + (number * 7 + shelf * 11) % 22 and 3 < x % 34 < 31
            filled = number < (13, 10, 6)[min(shelf, 2)]
            label = standing and filled and 56 < inner < 66
            colour = wood if inner > height // 3 - 9 else dyes[(number + shelf) % 4] if standing and filled else paper
            row += bytes(paper if label and inner < height // 3 - 9 else colour)
        rows.append(b"\x00" + bytes(row))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"".join(rows), 9))
        + chunk(b"IEND", b"")
    )


def build(session: Session, context: Context) -> None:
    """Let an instructor have written: what stands here went the same way as in life."""
    found = _person(session)
    if found is None:
        return
    actor, unit_code = found
    _small_course(session, actor, unit_code, now=context.now - timedelta(days=64))
    _next_version(session, actor, now=context.now - timedelta(days=3))
    _draft_under_way(session, actor, now=context.now - timedelta(hours=2))
    gone = services.start_draft(
        session, actor, unit_code=unit_code, title="Percobaan Menyusun", family="digital", now=context.now
    )
    services.delete_draft(session, actor, gone.public_id, now=context.now)


def _write(
    session: Session, actor: Actor, draft_id: str, lesson: DraftLesson, *, body: str, minutes: int, now: datetime
) -> None:
    text = services.LessonText(lesson.title, minutes, body.strip(), dict(lesson.details))
    services.save_lesson(session, actor, draft_id, lesson.public_id, text, revision=lesson.revision, now=now)


def _small_course(session: Session, actor: Actor, unit_code: str, *, now: datetime) -> None:
    draft = services.start_draft(session, actor, unit_code=unit_code, title=TITLE, family=HEAD.family, now=now)
    services.save_head(session, actor, draft.public_id, HEAD, revision=1, now=now)
    module = session.scalars(select(DraftModule).filter_by(draft_id=draft.id)).one()
    services.rename_module(session, actor, draft.public_id, module.public_id, title="Dari pintu sampai rak", now=now)
    for title, kind, body, minutes in (
        ("Register satu meja", "text", REGISTER, 20),
        ("Disposisi yang selesai", "text", DISPOSITION, 15),
        ("Rak yang dapat ditemukan", "image", SHELF, 10),
    ):
        lesson = services.add_lesson(session, actor, draft.public_id, module.public_id, title=title, kind=kind, now=now)
        if kind == "image":
            words = "Rak tiga tingkat. Map di rak atas paling banyak, di rak bawah paling sedikit."
            upload = services.Upload(io.BytesIO(shelf_picture()), "rak.png", "file", words)
            services.attach_file(session, actor, draft.public_id, lesson.public_id, upload, now=now)
        _write(session, actor, draft.public_id, lesson, body=body, minutes=minutes, now=now)
    services.publish_draft(session, actor, draft.public_id, base_number=None, now=now)


def _next_version(session: Session, actor: Actor, *, now: datetime) -> None:
    course = session.scalars(select(Course).where(Course.code == services.code_of(TITLE))).one()
    draft = services.open_draft(session, actor, course.public_id, now=now)
    lesson = session.scalars(select(DraftLesson).filter_by(draft_id=draft.id, code="register-satu-meja")).one()
    _write(session, actor, draft.public_id, lesson, body=REGISTER + ADDED, minutes=20, now=now)
    services.publish_draft(session, actor, draft.public_id, base_number=1, now=now)


def _draft_under_way(session: Session, actor: Actor, *, now: datetime) -> None:
    """Leave a draft of a course with some writing, an older text, and one that came too late."""
    course = session.scalars(select(Course).where(Course.code == "literasi-digital-spbe")).one_or_none()
    if course is None:
        return
    draft = services.open_draft(session, actor, course.public_id, now=now - timedelta(days=2))
    page = queries.get_draft(session, actor, draft.public_id)
    assert page is not None
    first = session.scalars(select(DraftLesson).filter_by(public_id=page.lessons[0].public_id)).one()
    old = first.body_md
    more = "\n\n## Sebelum antrean dibuka\n\nNyalakan komputer loket. Periksa jam dan jaringannya. Catat gangguannya."
    _write(session, actor, draft.public_id, first, body=old + more, minutes=first.duration_minutes, now=now)
    late = services.LessonText(first.title, first.duration_minutes, old + "\n\nTambahan dari komputer lain.", {})
    services.save_lesson(session, actor, draft.public_id, first.public_id, late, revision=1, now=now)
    module = page.shown_modules[-1]
    services.add_lesson(
        session, actor, draft.public_id, module.public_id, title="Video: mengganti kata sandi", kind="video", now=now
    )
