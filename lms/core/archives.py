"""Zip archives from elsewhere, opened member by member by their true sizes and inside bounds."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lms.core.errors import Invalid
from lms.core.text import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError)

BROKEN = N_("Berkas ini rusak atau bukan arsip zip. Minta berkas yang baru.")
HOSTILE = N_("Isi arsip ini tidak wajar, jadi tidak dibuka.")
TOO_LARGE = N_("Arsip ini terlalu besar setelah dibuka.")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an archive may hold, and the sentences for one that holds something else.

    Args:
        members: how many files.
        member_bytes, total_bytes: unpacked, of one and of all.
        ratio: how many times larger all may be unpacked than packed.
    """

    members: int = 1000
    member_bytes: int = 64 << 20
    total_bytes: int = 200 << 20
    ratio: int = 200
    broken: Any = BROKEN
    hostile: Any = HOSTILE
    too_large: Any = TOO_LARGE


def read_archive(data: bytes, bounds: Bounds | None = None) -> dict[str, bytes]:
    """Return the content of each file of an archive by name; folders are left out.

    Raises: Invalid: broken; a way out of the folder, a link, a name twice, encryption, a false size,
        or more than the bounds allow. Nothing is written anywhere.
    """
    limits = bounds or Bounds()
    try:
        return {name: content for name, content in members(data, limits) if not name.endswith("/")}
    except _FAULTS as error:
        raise Invalid(limits.broken) from error


def members(data: bytes, bounds: Bounds) -> Iterator[tuple[str, bytes]]:
    """Give each member unpacked by its true size, whatever the archive claims.

    Raises: Invalid: hostile or too large; errors of zipfile and zlib: broken.
    """
    seen: set[str] = set()
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    if len(infos) > bounds.members:
        raise Invalid(bounds.hostile)
    for info in infos:
        name = info.filename
        is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
        odd = name.startswith("/") or "\\" in name or ".." in name.split("/") or name.casefold() in seen
        if odd or is_link or info.flag_bits & 1 or info.compress_type not in {0, 8}:
            raise Invalid(bounds.hostile)
        seen.add(name.casefold())
        if info.file_size > bounds.member_bytes:
            raise Invalid(bounds.too_large)
        content = _unpack(data, info, bounds)
        total += len(content)
        if total > bounds.total_bytes or total > max(len(data), 1 << 20) * bounds.ratio:
            raise Invalid(bounds.too_large)
        yield name, content


def _unpack(data: bytes, info: zipfile.ZipInfo, bounds: Bounds) -> bytes:
    head = _LOCAL_HEADER.unpack_from(data, info.header_offset)
    if head[0] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    start = info.header_offset + _LOCAL_HEADER.size + head[9] + head[10]
    packed = data[start : start + info.compress_size]
    if info.compress_type == 0:
        return packed
    reader = zlib.decompressobj(-zlib.MAX_WBITS)
    content = reader.decompress(packed, info.file_size + 1)
    if len(content) > info.file_size or reader.unconsumed_tail:
        raise Invalid(bounds.hostile)
    return content
