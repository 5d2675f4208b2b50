"""Formats of question banks: what a file is, reading it, writing items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lms.assessments.services.formats import gift, moodle_xml, plain, qti, table
from lms.assessments.services.formats.common import Document, Read, Unreadable, code_of, finish
from lms.assessments.services.formats.guarded import MAX_BYTES, unpack
from lms.core.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("gift", "moodle", "aiken", "qti", "tabel", "teks", "bina")
BANK_FORMAT = "bina-bank/1"
_SHEETS = ("xl/workbook.xml", "content.xml")


def detect(data: bytes) -> str:  # noqa: PLR0911 -- one answer per format
    """Return the format of a file by its content alone.

    Raises: Unreadable: empty, or of no known format.
    """
    if not data.strip(b"\x00 \r\n\t"):
        raise Unreadable("Berkas ini kosong.")
    if data[:4] == b"PK\x03\x04":
        names = set(unpack(data))
        return "tabel" if names & set(_SHEETS) else "qti"
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "tabel"
    head = data[:6000].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"<") or (data[:2] in {b"\xff\xfe", b"\xfe\xff"} and b"<" in data[:8]):
        return "moodle" if moodle_xml.looks_like(data) else "qti"
    if head.startswith(b"{") and b'"items"' in data:
        return "bina"
    text = decode(data)
    if plain.looks_like_aiken(text):
        return "aiken"
    first = text.lstrip().split("\n", 1)[0].casefold()
    if (
        any(sign in first for sign in (",", ";", "\t"))
        and ("pertanyaan" in first or "soal" in first)
        and "kunci" in first
    ):
        return "tabel"
    return "gift" if gift.looks_like(text) else "teks"


def decode(data: bytes) -> str:
    """Return the text of a file; UTF-8 or UTF-16 by its mark, else UTF-8, else the usual Windows page."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def read(data: bytes, *, form: str = "") -> Document:
    """Return the questions of a file.

    Args:
        form: one of FORMATS; told by the content when empty.

    Raises: Unreadable: not of its format, hostile, or beyond the bounds.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable("Berkas terlalu besar. Batasnya 24 MB.")
    try:
        return _READERS[form or detect(data)](data)
    except Invalid as problem:
        raise Unreadable(str(problem)) from problem


def _qti(data: bytes) -> Document:
    return qti.read_package(unpack(data)) if data[:4] == b"PK\x03\x04" else qti.read_item(data)


def _pasted(data: bytes) -> Document:
    document = plain.read_pasted(decode(data))
    if not any(one.item is not None for one in document.reads):
        raise Unreadable("Tidak ada soal yang dikenali dalam berkas ini.")
    return document


def _bina(data: bytes) -> Document:
    try:
        held = json.loads(decode(data))
    except ValueError as error:
        raise Unreadable("Bukan JSON yang terbaca.") from error
    if not isinstance(held, dict) or held.get("format") != BANK_FORMAT or not isinstance(held.get("items"), list):
        raise Unreadable(f"Berkas JSON ini bukan bank soal “{BANK_FORMAT}”.")
    document = Document("bina")
    for number, item in enumerate(held["items"], 1):
        found = Read(f"soal {number}")
        document.reads.append(found)
        if not isinstance(item, dict) or not isinstance(item.get("kind"), str):
            found.reason = "Bukan objek dengan `kind`."
            continue
        found.name = str(item.get("code", ""))
        try:
            finish(found, item)
        except KeyError:
            found.reason = f"Jenis “{item['kind'][:40]}” tidak dikenal."
    return document


_READERS: dict[str, Callable[[bytes], Document]] = {
    "gift": lambda data: gift.read(decode(data)), "moodle": moodle_xml.read,
    "aiken": lambda data: plain.read_aiken(decode(data)), "qti": _qti, "tabel": table.read,
    "teks": _pasted, "bina": _bina,
}  # fmt: skip

__all__ = ["BANK_FORMAT", "FORMATS", "Document", "Read", "Unreadable", "code_of", "decode", "detect", "finish", "read"]


def write(items: list[dict[str, Any]], form: str, *, files: dict[str, bytes]) -> tuple[bytes, str, dict[str, str]]:
    """Return items in a format, the ending of its file name, and by code what it cannot carry."""
    if form == "gift":
        text, lost = gift.write(items)
        return text.encode(), "gift.txt", lost
    if form == "moodle":
        data, lost = moodle_xml.write(items, files)
        return data, "xml", lost
    if form == "aiken":
        text, lost = plain.write_aiken(items)
        return text.encode(), "txt", lost
    if form == "tabel":
        data, lost = table.write(items)
        return data, "xlsx", lost
    data = json.dumps({"format": BANK_FORMAT, "items": items}, ensure_ascii=False, indent=1).encode()
    return data, "json", {}
