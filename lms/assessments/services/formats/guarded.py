"""XML and archives from outside: no DTD, no entities, no links, no way out of the folder, bounded in all directions."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING, Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from lms.assessments.services.formats.common import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

MAX_BYTES = 24 << 20
MAX_MEMBERS, MAX_UNPACKED, MAX_RATIO, MAX_MEMBER = 5_000, 200 << 20, 120, 24 << 20
MAX_DEPTH = 100


def local(tag: object) -> str:
    """Return the name of a tag without its namespace."""
    return str(tag).rsplit("}", 1)[-1]


def read_xml(data: bytes, roots: Sequence[str] = ()) -> Element:
    """Return the root of a document.

    Raises: Unreadable: broken, with a DTD or entities, too deep, or another root than one of `roots`.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable("Berkas terlalu besar. Batasnya 24 MB.")
    try:
        root: Any = ElementTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable("Berkas memuat DTD atau entitas, yang tidak diterima.") from error
    except (ElementTree.ParseError, ValueError, LookupError, UnicodeError) as error:
        raise Unreadable(f"XML tidak terbaca: {str(error)[:120]}.") from error
    layer, depth = [root], 0
    while layer:
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable("XML bersarang terlalu dalam.")
        layer = [child for node in layer for child in node]
    if roots and local(root.tag) not in roots:
        raise Unreadable(f"Berkas diawali <{local(root.tag)[:40]}>, bukan <{roots[0]}>.")
    found: Element = root
    return found


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of a ZIP archive by name.

    Raises: Unreadable: broken, encrypted, too many or too large, a name that leads out, a link, a name twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check(members)
            return {one.filename: _read(archive, one) for one in members if not one.is_dir()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise Unreadable("Arsip ZIP rusak atau disandikan.") from error


def _check(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise Unreadable(f"Arsip memuat lebih dari {MAX_MEMBERS} berkas.")
    names = [one.filename for one in members]
    if len({name.casefold() for name in names}) < len(names):
        raise Unreadable("Arsip memuat dua berkas dengan nama yang sama.")
    for one in members:
        parts = one.filename.replace("\\", "/").split("/")
        if one.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in one.filename:
            raise Unreadable("Arsip memuat nama berkas yang keluar dari foldernya.")
        if stat.S_ISLNK(one.external_attr >> 16):
            raise Unreadable("Arsip memuat tautan.")
        if one.flag_bits & 1:
            raise Unreadable("Arsip disandikan.")
        if one.file_size > MAX_MEMBER or (
            one.file_size > 1 << 20 and one.file_size > MAX_RATIO * max(1, one.compress_size)
        ):
            raise Unreadable("Arsip memuat berkas yang terlalu besar.")
    if sum(one.file_size for one in members) > MAX_UNPACKED:
        raise Unreadable("Isi arsip terlalu besar.")


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        found = stream.read(min(member.file_size, MAX_MEMBER) + 1)
    if len(found) > member.file_size:
        raise Unreadable("Arsip memuat berkas yang lebih besar daripada yang ditulis.")
    return found
