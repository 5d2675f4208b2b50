"""Files by digest: written once, whole and durable, never changed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from datetime import datetime
from typing import IO, TYPE_CHECKING, BinaryIO

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from lms.core import clock, runtime
from lms.core.errors import Invalid, NotFound, Unavailable
from lms.core.orm import Base, BigInt, Pk
from lms.core.text import N_

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

CHUNK_BYTES = 1 << 16
MAX_BYTES = 64 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME_CHARACTERS = re.compile(r"[^\w .()-]+")


class StoredFile(Base):
    """What is known of a stored file; the bytes lie under their digest in the files folder."""

    __tablename__ = "stored_file"

    id: Mapped[Pk]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(BigInt)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    owner_employee_id: Mapped[int | None] = mapped_column(ForeignKey("employee.id"), index=True)


def _path(digest: str) -> Path:
    if _DIGEST.fullmatch(digest) is None:
        raise NotFound(N_("Berkas ini tidak ada."))
    return runtime.settings().files_dir / digest[:2] / digest[2:4] / digest


def safe_name(name: str) -> str:
    """Return a file name without folders, control or bidi characters, and without an employee number."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = _NAME_CHARACTERS.sub("_", plain)
    plain = re.sub(r"\d{16,}", "nomor", plain).strip(" ._")
    return plain[-120:] or "berkas"


def put(
    data: bytes | IO[bytes],
    *,
    media_type: str,
    name: str,
    session: Session | None = None,
    owner_employee_id: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> str:
    """Store bytes durably and return their SHA-256 digest; the same bytes are stored once.

    Args:
        session: writes the row of `stored_file` in the caller's transaction; without it only
            the bytes are kept, and the caller remembers the digest himself.

    Raises: Invalid: longer than `max_bytes`. Unavailable: the disk is full or cannot be written.
    Concurrency: writers of the same bytes do not disturb one another; a reader sees all or nothing.
    """
    folder = runtime.settings().files_dir
    temporary = folder / "tmp" / secrets.token_hex(12)
    digest, size = hashlib.sha256(), 0
    try:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            for chunk in _chunks(data):
                size += len(chunk)
                if size > max_bytes:
                    raise Invalid(N_("Berkas terlalu besar."))
                digest.update(chunk)
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        target = _path(digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise Unavailable(N_("Berkas belum tersimpan. Coba lagi sebentar lagi.")) from error
    finally:
        temporary.unlink(missing_ok=True)
    if session is not None:
        _remember(session, digest.hexdigest(), media_type=media_type, size=size, name=name, owner=owner_employee_id)
    return digest.hexdigest()


def _chunks(data: bytes | IO[bytes]) -> list[bytes] | map[bytes]:
    if isinstance(data, bytes):
        return [data]
    return map(bytes, iter(lambda: data.read(CHUNK_BYTES), b""))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remember(session: Session, digest: str, *, media_type: str, size: int, name: str, owner: int | None) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(StoredFile)
        .values(
            digest=digest,
            media_type=media_type,
            size_bytes=size,
            name=safe_name(name),
            created_at=clock.now(),
            owner_employee_id=owner,
        )
        .on_conflict_do_nothing(index_elements=["digest"])
    )


def open_file(digest: str) -> BinaryIO:
    """Return the stored bytes as an open file.

    Raises: NotFound: no file has this digest.
    """
    try:
        return _path(digest).open("rb")
    except FileNotFoundError as error:
        raise NotFound(N_("Berkas ini tidak ada.")) from error


def path_of(digest: str) -> Path:
    """Return where the bytes of a digest lie, for a second name or a part of the file; they are never changed."""
    return _path(digest)


def read(digest: str) -> bytes:
    """Return the stored bytes, checked against their digest.

    Raises: NotFound: absent. Unavailable: the disk gave back other bytes.
    """
    with open_file(digest) as stream:
        data = stream.read()
    if hashlib.sha256(data).hexdigest() != digest:
        raise Unavailable(N_("Berkas ini rusak. Pulihkan dari cadangan."))
    return data


def exists(digest: str) -> bool:
    """Return whether a file with this digest is stored."""
    return _DIGEST.fullmatch(digest) is not None and _path(digest).is_file()


def delete(digest: str) -> None:
    """Remove the bytes of a digest; absent ones are no fault. The caller removes the row."""
    _path(digest).unlink(missing_ok=True)
