"""Spreadsheets in and out: XLSX, XLS, ODS and CSV of any office, within bounds."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineWorkbook

from lms.core import sheet_guard
from lms.core.errors import Invalid
from lms.core.text import N_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

Cell = str | float | date | None
MAX_BYTES = 24 << 20
MAX_ROWS = 60_000
MAX_COLUMNS = 128
MAX_CELL_CHARACTERS = 32_000
_HEADER_SEARCH_ROWS = 20
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a person sees it in the spreadsheet, and its cells."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A read sheet; each row has as many cells as the header."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    sheet: str
    kind: str
    header_number: int = 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to write.

    Args:
        name: at most 31 characters are used.
        rows: any iterable; written one after another.
        widths: column widths in characters.
    """

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]
    widths: Sequence[float] = field(default=())


def read_table(
    data: bytes,
    filename: str,  # noqa: ARG001 -- callers have it, but the content alone decides
    *,
    sheet: str | None = None,
    expect: Iterable[str] = (),
) -> Table:
    """Return the first sheet (or the named one) as a table.

    Args:
        filename: not trusted: the kind is told from the content.
        expect: names of columns; the header is then the row among the first 20 that holds
            most of them, else the first row that is not empty.

    Raises: Invalid: not a spreadsheet, broken, hostile, or beyond the bounds.
    Units: at most 24 MiB, 60,000 rows below the header and 128 columns.
    """
    if len(data) > MAX_BYTES:
        raise Invalid(N_("Berkas terlalu besar. Batasnya 24 MB."))
    if not data.strip(b"\x00 \r\n\t"):
        raise Invalid(N_("Berkas ini kosong."))
    kind = sheet_guard.kind_of(data)
    if kind == "csv":
        name, numbered = "", _csv_rows(data)
    else:
        sheet_guard.check(data, kind, max_rows=MAX_ROWS + _HEADER_SEARCH_ROWS, max_columns=MAX_COLUMNS)
        name, numbered = _workbook_rows(data, sheet)
    return _table(numbered, name=name, kind=kind, expect={_fold(item) for item in expect})


def sheet_names(data: bytes) -> list[str]:
    """Return the names of a workbook's sheets in order; a CSV file has none.

    Raises: Invalid: broken, hostile, or beyond the bounds.
    """
    kind = sheet_guard.kind_of(data)
    if kind == "csv":
        return []
    sheet_guard.check(data, kind, max_rows=MAX_ROWS + _HEADER_SEARCH_ROWS, max_columns=MAX_COLUMNS)
    try:
        return list(CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        raise Invalid(N_("Berkas ini rusak atau bukan lembar kerja. Simpan ulang lalu coba lagi.")) from error


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _table(numbered: Iterable[tuple[int, list[Cell]]], *, name: str, kind: str, expect: set[str]) -> Table:
    rows = [(number, cells) for number, cells in numbered if any(cell is not None for cell in cells)]
    if not rows:
        raise Invalid(N_("Lembar ini kosong."))
    start = 0
    if expect:
        found = [
            len(expect & {_fold(cell) for cell in cells if isinstance(cell, str)})
            for _number, cells in rows[:_HEADER_SEARCH_ROWS]
        ]
        start = found.index(max(found))
    header_number, head = rows[start]
    while head and head[-1] is None:
        head = head[:-1]
    width = len(head)
    if width > MAX_COLUMNS:
        raise Invalid(N_("Kolomnya terlalu banyak. Batasnya %(count)s.", count=MAX_COLUMNS))
    below = rows[start + 1 :]
    if len(below) > MAX_ROWS:
        raise Invalid(N_("Barisnya terlalu banyak. Batasnya %(count)s.", count=MAX_ROWS))
    header = tuple("" if cell is None else _as_text(cell) for cell in head)
    fitted = tuple(
        Row(number, tuple(cells[:width]) + (None,) * (width - len(cells)))
        for number, cells in below
        if any(cell is not None for cell in cells[:width])
    )
    return Table(header, fitted, name, kind, header_number)


def _as_text(cell: Cell) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    return cell.isoformat() if isinstance(cell, date) else (cell or "")


def _workbook_rows(data: bytes, wanted: str | None) -> tuple[str, Iterator[tuple[int, list[Cell]]]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
        if wanted is not None and wanted not in names:
            raise Invalid(N_("Lembar “%(name)s” tidak ada.", name=wanted[:60]))
        if not names:
            raise Invalid(N_("Berkas ini tidak memuat lembar."))
        name = wanted or names[0]
        values = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (Invalid, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        raise Invalid(N_("Berkas ini rusak atau bukan lembar kerja. Simpan ulang lalu coba lagi.")) from error
    return name, ((number, [_cell(value) for value in row]) for number, row in enumerate(values, 1))


def _cell(value: Any) -> Cell:  # noqa: PLR0911 -- one answer per kind of value
    if isinstance(value, str):
        return value.strip()[:MAX_CELL_CHARACTERS] or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.date() if value.time() == time.min else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return None


def decode(data: bytes) -> str:
    """Return the text of a CSV file: UTF-8, UTF-16 with or without mark, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    even, odd = data[:4096:2], data[1:4096:2]
    # Latin text in UTF-16 without a mark: one byte of each pair is zero, the other is not.
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros.count(0) > len(zeros) // 2 and not others.count(0):
            return data.decode(name, errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """Return the delimiter under which the first lines have most columns, equal ones first."""
    lines = [line for line in text[:65_536].splitlines()[:25] if line.strip()]

    def score(sign: str) -> tuple[float, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=sign) if row]
        if not counts or max(counts) == 1:
            return (0.0, 0)
        same = sum(count == counts[0] for count in counts) / len(counts)
        return (same * counts[0], counts[0])

    return max((";", ",", "\t"), key=score)


def _csv_rows(data: bytes) -> Iterator[tuple[int, list[Cell]]]:
    text = decode(data).lstrip("\ufeff")
    if _CONTROL.search(text) or text.count("\ufffd") > 20:
        raise Invalid(N_("Berkas ini bukan lembar kerja yang dikenal. Pakai XLSX atau CSV."))
    offset = 0
    first = text[:16].splitlines()[0] if text.strip() else ""
    sign = _delimiter(text)
    if first.casefold().startswith("sep=") and len(first) == 5:  # Excel's own hint
        sign, offset = first[4], 1
        text = text.split("\n", 1)[1] if "\n" in text else ""
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=sign), 1):
            if number > MAX_ROWS + _HEADER_SEARCH_ROWS + 1:
                raise Invalid(N_("Barisnya terlalu banyak. Batasnya %(count)s.", count=MAX_ROWS))
            yield number + offset, [_cell(value) for value in row]
    except csv.Error as error:
        raise Invalid(N_("CSV ini rusak: ada tanda kutip yang tidak ditutup.")) from error


# -- writing --------------------------------------------------------------------------------


def write_xlsx(sheets: Sequence[Sheet], path: Path | None = None) -> bytes:
    """Return an XLSX file (and write it to `path`); memory does not grow with the rows.

    Text stays text: a cell that begins with = + - @ is never a formula, a link or a number.
    """
    import xlsxwriter  # noqa: PLC0415 -- heavy, needed by exports only

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        "day": book.add_format({"num_format": "dd/mm/yyyy"}),
        "instant": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
    }
    taken: set[str] = set()
    for sheet in sheets:
        page = book.add_worksheet(_sheet_name(sheet.name, taken))
        for column, width in enumerate(sheet.widths):
            page.set_column(column, column, width)
        for column, name in enumerate(sheet.header):
            page.write_string(0, column, _clean(name), bold)
        page.freeze_panes(1, 0)
        for number, row in enumerate(sheet.rows, 1):
            for column, value in enumerate(row):
                _write_cell(page, number, column, value, formats=formats)
    book.close()
    data = out.getvalue()
    if path is not None:
        path.write_bytes(data)
    return data


def _sheet_name(name: str, taken: set[str]) -> str:
    plain = "".join(" " if sign in "[]:*?/\\'" else sign for sign in name).strip()[:31] or "Lembar"
    result, count = plain, 1
    while result.casefold() in taken:
        count += 1
        result = f"{plain[:27]} {count}"
    taken.add(result.casefold())
    return result


def _clean(text: str) -> str:
    return "".join(sign for sign in text if sign in "\n\t" or ord(sign) >= 32)[:MAX_CELL_CHARACTERS]


def _write_cell(page: Any, row: int, column: int, value: object, *, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_string(row, column, "ya" if value else "tidak")
    elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < 10**15:
        page.write_number(row, column, value)
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value.replace(tzinfo=None), formats["instant"])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats["day"])
    else:
        page.write_string(row, column, _clean(str(value)))


def neutral(text: str) -> str:
    """Return text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ";") -> bytes:
    """Return a CSV file that Indonesian Excel opens as columns: byte order mark, semicolons."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([neutral(_clean(name)) for name in header])
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


_CSV_CELLS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda value: "ya" if value else "tidak"),
    (int, str),
    (float, lambda value: str(value).replace(".", ",") if math.isfinite(value) else ""),
    (datetime, lambda value: value.strftime("%d/%m/%Y %H:%M")),
    (date, lambda value: value.strftime("%d/%m/%Y")),
)


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    for kind, show in _CSV_CELLS:
        if isinstance(value, kind):
            return show(value)
    return neutral(_clean(str(value)))
