"""The 69-column personnel file of BKN's SIASN: columns, quirks, one row into plain values.

Rule: docs/rules/people.md#siasn. Only what learning needs is read; the rest is dropped unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from lms.people.rules.names import display_name, folded, normalised_name
from lms.people.rules.numbers import normalised_number, number_fault, number_warnings
from lms.people.rules.ranks import ECHELONS, legal_status_of, rank_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS: Final = (
    "PNS ID", "NIP BARU", "NIP LAMA", "NAMA", "GELAR DEPAN", "GELAR BELAKANG", "TEMPAT LAHIR ID",
    "TEMPAT LAHIR NAMA", "TANGGAL LAHIR", "JENIS KELAMIN", "AGAMA ID", "AGAMA NAMA",
    "JENIS KAWIN ID", "JENIS KAWIN NAMA", "NIK", "NOMOR HP", "EMAIL", "EMAIL GOV", "ALAMAT",
    "NPWP NOMOR", "BPJS", "JENIS PEGAWAI ID", "JENIS PEGAWAI NAMA", "KEDUDUKAN HUKUM ID",
    "KEDUDUKAN HUKUM NAMA", "STATUS CPNS PNS", "KARTU ASN VIRTUAL", "NOMOR SK CPNS",
    "TANGGAL SK CPNS", "TMT CPNS", "NOMOR SK PNS", "TANGGAL SK PNS", "TMT PNS", "GOL AWAL ID",
    "GOL AWAL NAMA", "GOL AKHIR ID", "GOL AKHIR NAMA", "TMT GOLONGAN", "MK TAHUN", "MK BULAN",
    "JENIS JABATAN ID", "JENIS JABATAN NAMA", "JABATAN ID", "JABATAN NAMA", "TMT JABATAN",
    "TINGKAT PENDIDIKAN ID", "TINGKAT PENDIDIKAN NAMA", "PENDIDIKAN ID", "PENDIDIKAN NAMA",
    "TAHUN LULUS", "KPKN ID", "KPKN NAMA", "LOKASI KERJA ID", "LOKASI KERJA NAMA", "UNOR ID",
    "UNOR NAMA", "INSTANSI INDUK ID", "INSTANSI INDUK NAMA", "INSTANSI KERJA ID",
    "INSTANSI KERJA NAMA", "SATUAN KERJA INDUK ID", "SATUAN KERJA INDUK NAMA",
    "SATUAN KERJA KERJA ID", "SATUAN KERJA KERJA NAMA", "IS VALID NIK", "NAMA SEKOLAH", "FLAG IKD",
    "ESELON ID", "ESELON NAMA",
)  # fmt: skip

# Columns that are read; all others of the layout are dropped (UU 27/2022: no more than is needed).
KEPT: Final = frozenset({
    "PNS ID", "NIP BARU", "NAMA", "GELAR DEPAN", "GELAR BELAKANG", "TANGGAL LAHIR", "JENIS KELAMIN",
    "NOMOR HP", "EMAIL", "EMAIL GOV", "JENIS PEGAWAI NAMA", "KEDUDUKAN HUKUM ID",
    "KEDUDUKAN HUKUM NAMA", "STATUS CPNS PNS", "TMT CPNS", "GOL AKHIR ID", "GOL AKHIR NAMA",
    "JABATAN ID", "JABATAN NAMA", "TMT JABATAN", "TINGKAT PENDIDIKAN NAMA", "UNOR ID", "UNOR NAMA",
    "ESELON ID", "ESELON NAMA",
})  # fmt: skip
# Dropped columns that say something personal; the page names these, not the merely useless ones.
PERSONAL: Final = frozenset({
    "NIK", "AGAMA ID", "AGAMA NAMA", "JENIS KAWIN ID", "JENIS KAWIN NAMA", "ALAMAT", "NPWP NOMOR",
    "BPJS", "TEMPAT LAHIR ID", "TEMPAT LAHIR NAMA", "KARTU ASN VIRTUAL", "IS VALID NIK", "KPKN ID",
    "KPKN NAMA", "NAMA SEKOLAH", "TAHUN LULUS", "FLAG IKD",
})  # fmt: skip
REQUIRED: Final = ("NIP BARU", "NAMA", "UNOR NAMA", "JABATAN NAMA")

# Other headings met in the field for the same column.
_ALIASES: Final = {
    "nip": "NIP BARU",
    "nip baru": "NIP BARU",
    "nama lengkap": "NAMA",
    "nama pegawai": "NAMA",
    "unit kerja": "UNOR NAMA",
    "unor": "UNOR NAMA",
    "nama unor": "UNOR NAMA",
    "jabatan": "JABATAN NAMA",
    "nama jabatan": "JABATAN NAMA",
    "tgl lahir": "TANGGAL LAHIR",
    "no hp": "NOMOR HP",
    "nomor telepon": "NOMOR HP",
    "golongan": "GOL AKHIR NAMA",
    "gol ruang": "GOL AKHIR NAMA",
    "pendidikan": "TINGKAT PENDIDIKAN NAMA",
    "eselon": "ESELON NAMA",
    "kedudukan hukum": "KEDUDUKAN HUKUM NAMA",
    "surel": "EMAIL",
    "e mail": "EMAIL",
}
_BY_HEADING: Final = {folded(name): name for name in COLUMNS} | _ALIASES

_EXCEL_EPOCH: Final = date(1899, 12, 30)
_DATE = re.compile(r"^(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})")
_EMAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+$")
_LIMITS: Final = {
    "NAMA": 200,
    "GELAR DEPAN": 60,
    "GELAR BELAKANG": 80,
    "EMAIL": 200,
    "TINGKAT PENDIDIKAN NAMA": 60,
}

_EDUCATION: Final = {
    "sekolah dasar": "SD", "sd": "SD", "sltp": "SMP", "smp": "SMP", "sltp kejuruan": "SMP",
    "slta": "SMA", "sma": "SMA", "smk": "SMA", "slta kejuruan": "SMA", "slta keguruan": "SMA",
    "diploma i": "D1", "d1": "D1", "diploma ii": "D2", "d2": "D2", "diploma iii sarjana muda": "D3",
    "diploma iii": "D3", "d3": "D3", "d iii": "D3", "diploma iv": "D4", "d4": "D4", "d iv": "D4",
    "s 1 sarjana": "S1", "s1": "S1", "s 1": "S1", "sarjana": "S1", "s 2": "S2", "s2": "S2",
    "magister": "S2", "s 3 doktor": "S3", "s 3": "S3", "s3": "S3", "doktor": "S3",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first row of a file says.

    Args:
        found: column name to its place.
        dropped: known columns that are not read; `personal` those that tell something personal.
        unknown: headings that the layout does not have.
        missing: required columns that are absent.
        doubled: columns that stand twice.
    """

    found: dict[str, int]
    dropped: list[str]
    personal: list[str]
    unknown: list[str]
    missing: list[str]
    doubled: list[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one cell: column, value as it stood, code of the sentence, and its values."""

    column: str
    value: str
    code: str
    values: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the problem for the import's row."""
        return {"column": self.column, "value": self.value, "code": self.code, "values": self.values}


@dataclass(slots=True)
class ParsedRow:
    """One row as plain values; `problems` make it bad, `warnings` only tell.

    Args:
        number: row number in the file, the heading being row 1.
        raw: kept cells as text, so that a file of bad rows can be given back.
        person: values of the person; absent columns are absent keys, so that they change nothing.
        job: unit and position as the file names them, with the day the job began.
    """

    number: int
    raw: dict[str, str]
    person: dict[str, Any]
    job: dict[str, Any]
    problems: list[Problem]
    warnings: list[Problem]


def heading(cells: Sequence[object]) -> Heading:
    """Return which columns a first row holds; case, spaces, dots and underscores do not matter."""
    found: dict[str, int] = {}
    dropped: list[str] = []
    unknown: list[str] = []
    doubled: list[str] = []
    for place, cell in enumerate(cells):
        text = folded(cell)
        if not text:
            continue
        column = _BY_HEADING.get(text)
        if column is None:
            unknown.append(normalised_name(cell)[:60])
        elif column in found or column in dropped:
            doubled.append(column)
        elif column in KEPT:
            found[column] = place
        else:
            dropped.append(column)
    missing = [name for name in REQUIRED if name not in found]
    personal = [name for name in dropped if name in PERSONAL]
    return Heading(found, dropped, personal, unknown, missing, doubled)


def cell_text(value: object) -> str:
    """Return a cell as text: no apostrophe in front, no `.0` behind whole numbers, no control signs."""
    if value is None:
        return ""
    if isinstance(value, (datetime, date)):
        return value.strftime("%d-%m-%Y")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.5E}"
    return normalised_name(str(value).lstrip("'’`"))


def cell_date(value: object) -> date | None:
    """Return the day in a cell: a date, an Excel serial, `d-m-Y` or `Y-m-d`; None when it is none.

    An empty cell gives None too; the caller knows whether the text was empty.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = cell_text(value)
    if re.fullmatch(r"\d{4,5}(\.\d+)?", text):
        serial = int(float(text))
        # 1 January 1920 to 31 December 2099: outside, the number is no day but a mistake.
        return _EXCEL_EPOCH + timedelta(days=serial) if 7306 <= serial <= 73050 else None
    match = _DATE.match(text)
    if match is None:
        return None
    first, month, last = (int(part) for part in match.groups())
    year, day = (first, last) if first > 31 else (last, first)
    try:
        return date(year, month, day) if year > 1900 else None
    except ValueError:
        return None


def status_of(*, kind: str, cpns: str, number: str) -> str | None:
    """Return pns, cpns, pppk or pppk_paruh_waktu; without a word of it, digits 13-14 decide.

    Args:
        kind: JENIS PEGAWAI NAMA.
        cpns: STATUS CPNS PNS, `P` or `C`.
        number: normalised number.
    """
    words = f"{folded(kind)} {folded(cpns)}"
    if "pppk" in words or "p3k" in words or "perjanjian kerja" in words:
        return "pppk_paruh_waktu" if "paruh" in words else "pppk"
    if cpns.strip().upper() in {"C", "CPNS"} or "cpns" in words or "calon" in words:
        return "cpns"
    if cpns.strip().upper() in {"P", "PNS"} or "pns" in words:
        return "pns"
    if number[12:14].isdigit():
        return "pns" if 1 <= int(number[12:14]) <= 12 else "pppk"
    return None


def gender_of_cell(text: str) -> str | None:
    """Return `L` or `P` for the ways in which files write it, or None."""
    word = folded(text)
    if word in {"l", "m", "1", "pria", "laki laki", "lelaki", "male"}:
        return "L"
    if word in {"p", "f", "2", "w", "wanita", "perempuan", "female"}:
        return "P"
    return None


def education_of(text: str) -> str:
    """Return the short name of a level of education, such as `S1` for `S-1/Sarjana`; unknown ones stay."""
    return _EDUCATION.get(folded(text), text)


def normalised_phone(text: str) -> str:
    """Return a telephone number without spaces and signs; a lost zero in front is given back."""
    digits = re.sub(r"[^\d+]", "", text)[:30]
    # Spreadsheets eat the leading zero of a number that was typed as a number.
    return f"0{digits}" if digits.startswith("8") else digits


def parsed_row(number: int, cells: Sequence[object], columns: Mapping[str, int], *, today: date) -> ParsedRow:
    """Return one row of the file as plain values with its faults.

    Args:
        number: row number in the file.
        cells: cells of the row; a short row counts as ending in empty cells.
        columns: places of the columns, from `heading`.
        today: day against which numbers are judged.
    """
    given = {name: cells[place] if place < len(cells) else None for name, place in columns.items()}
    raw = {name: cell_text(value) for name, value in given.items()}
    raw["NIP BARU"] = normalised_number(given.get("NIP BARU"))
    row = ParsedRow(number, raw, {}, {}, [], [])
    _read_number(row, today=today)
    _read_person(row, given)
    _read_rank(row)
    _read_job(row, given)
    return row


def _read_number(row: ParsedRow, *, today: date) -> None:
    number = row.raw["NIP BARU"]
    status = status_of(
        kind=row.raw.get("JENIS PEGAWAI NAMA", ""), cpns=row.raw.get("STATUS CPNS PNS", ""), number=number
    )
    fault = number_fault(number, status=status, today=today)
    if fault is not None:
        row.problems.append(Problem("NIP BARU", number, fault.code, fault.values))
    row.person["number"] = number
    row.person["status"] = status or "pns"
    if row.raw.get("PNS ID"):
        row.person["external_id"] = row.raw["PNS ID"][:64]


def _read_person(row: ParsedRow, given: Mapping[str, object]) -> None:
    raw, person = row.raw, row.person
    if not raw["NAMA"]:
        row.problems.append(Problem("NAMA", "", "name_empty"))
    for column, key in (
        ("NAMA", "name"),
        ("GELAR DEPAN", "title_before"),
        ("GELAR BELAKANG", "title_after"),
        ("TINGKAT PENDIDIKAN NAMA", "education"),
    ):
        if column not in raw:
            continue
        text = "" if raw[column] in {"-", "--"} else raw[column]
        if len(text) > _LIMITS[column]:
            row.problems.append(Problem(column, text[:40], "too_long", {"limit": _LIMITS[column]}))
        if key == "name":
            person[key] = display_name(text)
        elif key != "education":
            person[key] = text
        elif text:
            person[key] = education_of(text)
    _read_birth_and_gender(row, given)
    _read_contact(row)
    _read_legal_status(row)
    appointed = cell_date(given.get("TMT CPNS"))
    if appointed is not None:
        person["contract_from_on" if person["status"].startswith("pppk") else "appointed_on"] = appointed


def _read_legal_status(row: ParsedRow) -> None:
    raw = row.raw
    if "KEDUDUKAN HUKUM ID" in raw or "KEDUDUKAN HUKUM NAMA" in raw:
        code, name = raw.get("KEDUDUKAN HUKUM ID", ""), raw.get("KEDUDUKAN HUKUM NAMA", "")
        legal = legal_status_of(code=code, name=name)
        if legal is None:
            row.problems.append(Problem("KEDUDUKAN HUKUM ID", code or name, "legal_status_unknown"))
        else:
            row.person["legal_status"] = legal


def _read_birth_and_gender(row: ParsedRow, given: Mapping[str, object]) -> None:
    raw, person = row.raw, row.person
    if raw.get("TANGGAL LAHIR"):
        born = cell_date(given["TANGGAL LAHIR"])
        if born is None:
            row.problems.append(Problem("TANGGAL LAHIR", raw["TANGGAL LAHIR"], "date_unreadable"))
        else:
            person["birth_on"] = born
    if raw.get("JENIS KELAMIN"):
        gender = gender_of_cell(raw["JENIS KELAMIN"])
        if gender is None:
            row.problems.append(Problem("JENIS KELAMIN", raw["JENIS KELAMIN"], "gender_unknown"))
        else:
            person["gender"] = gender
    if not row.problems:
        for warning in number_warnings(person["number"], birth_on=person.get("birth_on"), gender=person.get("gender")):
            row.warnings.append(Problem("NIP BARU", person["number"], warning.code, warning.values))


def _read_contact(row: ParsedRow) -> None:
    raw, person = row.raw, row.person
    if "EMAIL" in raw or "EMAIL GOV" in raw:
        # The office address comes first: it is the one that the office can answer for.
        address = (raw.get("EMAIL GOV") or raw.get("EMAIL") or "").lower()
        # An empty cell says nothing: the address that we know stays.
        if address in {"", "-"}:
            pass
        elif _EMAIL.match(address) and len(address) <= _LIMITS["EMAIL"]:
            person["email"] = address
        else:
            row.warnings.append(Problem("EMAIL", address[:60], "email_unreadable"))
    if "NOMOR HP" in raw:
        phone = normalised_phone(raw["NOMOR HP"])
        if phone:
            person["phone"] = phone


def _read_rank(row: ParsedRow) -> None:
    code, name = row.raw.get("GOL AKHIR ID", ""), row.raw.get("GOL AKHIR NAMA", "")
    if not code and not name:
        return
    rank = rank_of(code=code, name=name, is_pppk=row.person["status"].startswith("pppk"))
    if rank is None:
        row.problems.append(Problem("GOL AKHIR NAMA", name or code, "rank_unknown"))
        return
    row.person["rank_code"] = rank.code
    row.person["rank_name"] = rank.name


def _read_job(row: ParsedRow, given: Mapping[str, object]) -> None:
    raw, job = row.raw, row.job
    for column, key in (("UNOR ID", "unit_ref"), ("UNOR NAMA", "unit_name"), ("JABATAN ID", "position_ref"),
                        ("JABATAN NAMA", "position_name")):  # fmt: skip
        job[key] = raw.get(column, "")
    if not job["unit_ref"] and not job["unit_name"]:
        row.problems.append(Problem("UNOR NAMA", "", "unit_empty"))
    if not job["position_ref"] and not job["position_name"]:
        row.problems.append(Problem("JABATAN NAMA", "", "position_empty"))
    echelon = raw.get("ESELON ID", "").removesuffix(".0")
    job["echelon"] = ECHELONS[echelon][0] if echelon in ECHELONS else raw.get("ESELON NAMA", "")
    if raw.get("TMT JABATAN"):
        started = cell_date(given["TMT JABATAN"])
        if started is None:
            row.problems.append(Problem("TMT JABATAN", raw["TMT JABATAN"], "date_unreadable"))
        else:
            job["started_on"] = started
