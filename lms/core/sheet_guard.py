"""Checks of a spreadsheet file before its reader opens it: archives, bombs, wide sheets, DTDs."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from lms.core import archives
from lms.core.errors import Invalid
from lms.core.text import N_

_ROW = re.compile(rb"<(?:\w+:)?(?:row|c)\b[^>]*?\br=[\"']([A-Z]*)([0-9]+)[\"']")
_MARKUP = (b"<!DOCTYPE", b"<!ENTITY")
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"

BROKEN = N_("Berkas ini rusak atau bukan lembar kerja. Simpan ulang lalu coba lagi.")
HOSTILE = N_("Isi berkas ini tidak wajar, jadi tidak dibuka. Simpan ulang dari Excel lalu coba lagi.")
TOO_LARGE = N_("Lembar ini terlalu lebar atau terlalu panjang. Hapus baris dan kolom kosong.")
_BOUNDS = archives.Bounds(member_bytes=160 << 20, ratio=1 << 20, broken=BROKEN, hostile=HOSTILE, too_large=TOO_LARGE)


def kind_of(data: bytes) -> str:
    """Return xlsx, ods, xls or csv, told from the content and never from the name.

    Raises: Invalid: some other kind of file.
    """
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    if not data.startswith(b"PK"):
        if data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x1f\x8b", b"Rar!", b"7z")):
            raise Invalid(N_("Berkas ini bukan lembar kerja yang dikenal. Pakai XLSX atau CSV."))
        return "csv"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Invalid(BROKEN) from error
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    raise Invalid(N_("Berkas ini bukan lembar kerja yang dikenal. Pakai XLSX atau CSV."))


def check(data: bytes, kind: str, *, max_rows: int, max_columns: int) -> None:
    """Refuse an archive that could harm the reader.

    Raises: Invalid: paths outside, links, duplicates, encryption, false sizes, more than
        200 MiB unpacked, a DTD, or a cell beyond the bounds (readers hold sheets as full grids).
    """
    if kind not in {"xlsx", "ods"}:
        return
    try:
        for name, content in archives.members(data, _BOUNDS):
            if name.endswith((".xml", ".rels")):
                if any(mark in content[:4096].upper() for mark in _MARKUP) or b"\x00" in content[:64]:
                    raise Invalid(HOSTILE)
                if kind == "xlsx" and name.startswith("xl/worksheets/"):
                    _check_grid(content, max_rows=max_rows, max_columns=max_columns)
                elif name == "content.xml":
                    _check_ods(content, max_rows=max_rows, max_columns=max_columns)
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        NotImplementedError,
        ElementTree.ParseError,
    ) as error:
        raise Invalid(BROKEN) from error
    except DefusedXmlException as error:
        raise Invalid(HOSTILE) from error


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_grid(content: bytes, *, max_rows: int, max_columns: int) -> None:
    widest = b""
    for letters, digits in _ROW.findall(content):
        if len(digits) > 7 or int(digits) > max_rows:
            raise Invalid(TOO_LARGE)
        if (len(letters), letters) > (len(widest), widest):
            widest = letters
    if len(widest) > 3 or _column_number(widest) > max_columns:
        raise Invalid(TOO_LARGE)


def _check_ods(content: bytes, *, max_rows: int, max_columns: int) -> None:
    cells = columns = 0
    filled = False
    for _event, element in ElementTree.iterparse(io.BytesIO(content), forbid_dtd=True):
        if element.tag in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
            repeat = _repeat(element.get(f"{_TABLE}number-columns-repeated"))
            columns += repeat
            if element.get(f"{_OFFICE}value-type") is not None or element.get(f"{_TABLE}formula") is not None:
                filled = True
                if columns > max_columns:
                    raise Invalid(TOO_LARGE)
        elif element.tag == f"{_TABLE}table-row":
            if filled:
                cells += _repeat(element.get(f"{_TABLE}number-rows-repeated"))
                if cells > max_rows:
                    raise Invalid(TOO_LARGE)
            columns, filled = 0, False
            element.clear()


def _repeat(value: str | None) -> int:
    if value is None:
        return 1
    if not value.isdigit() or len(value) > 8:
        raise Invalid(HOSTILE)
    return max(1, int(value))
