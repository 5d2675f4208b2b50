"""The employee export of the national personnel system, with its 69 columns and its quirks.

The layout is that of the SIASN export. A NIP starts with an apostrophe, the birth date is an Excel serial
in the workbook, every other date is d-m-Y, part-time PPPK stand on a sheet of their own. Columns that a
learning system need not hold carry invented values with the word Fiktif, so that a test can prove that
none of them was kept.
"""

from __future__ import annotations

import csv
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from .careers import YEARS_PER_RANK
from .reference import EDUCATION_CODE, ENTRY_RANK, JOB_TYPE, LEGAL_STATUS_CODE, PNS_RANKS, RANK_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .models import Employment, Person, Position, Region, Unit

COLUMNS: Final[tuple[str, ...]] = (
    "PNS ID",
    "NIP BARU",
    "NIP LAMA",
    "NAMA",
    "GELAR DEPAN",
    "GELAR BELAKANG",
    "TEMPAT LAHIR ID",
    "TEMPAT LAHIR NAMA",
    "TANGGAL LAHIR",
    "JENIS KELAMIN",
    "AGAMA ID",
    "AGAMA NAMA",
    "JENIS KAWIN ID",
    "JENIS KAWIN NAMA",
    "NIK",
    "NOMOR HP",
    "EMAIL",
    "EMAIL GOV",
    "ALAMAT",
    "NPWP NOMOR",
    "BPJS",
    "JENIS PEGAWAI ID",
    "JENIS PEGAWAI NAMA",
    "KEDUDUKAN HUKUM ID",
    "KEDUDUKAN HUKUM NAMA",
    "STATUS CPNS PNS",
    "KARTU ASN VIRTUAL",
    "NOMOR SK CPNS",
    "TANGGAL SK CPNS",
    "TMT CPNS",
    "NOMOR SK PNS",
    "TANGGAL SK PNS",
    "TMT PNS",
    "GOL AWAL ID",
    "GOL AWAL NAMA",
    "GOL AKHIR ID",
    "GOL AKHIR NAMA",
    "TMT GOLONGAN",
    "MK TAHUN",
    "MK BULAN",
    "JENIS JABATAN ID",
    "JENIS JABATAN NAMA",
    "JABATAN ID",
    "JABATAN NAMA",
    "TMT JABATAN",
    "TINGKAT PENDIDIKAN ID",
    "TINGKAT PENDIDIKAN NAMA",
    "PENDIDIKAN ID",
    "PENDIDIKAN NAMA",
    "TAHUN LULUS",
    "KPKN ID",
    "KPKN NAMA",
    "LOKASI KERJA ID",
    "LOKASI KERJA NAMA",
    "UNOR ID",
    "UNOR NAMA",
    "INSTANSI INDUK ID",
    "INSTANSI INDUK NAMA",
    "INSTANSI KERJA ID",
    "INSTANSI KERJA NAMA",
    "SATUAN KERJA INDUK ID",
    "SATUAN KERJA INDUK NAMA",
    "SATUAN KERJA KERJA ID",
    "SATUAN KERJA KERJA NAMA",
    "IS VALID NIK",
    "NAMA SEKOLAH",
    "FLAG IKD",
    "ESELON ID",
    "ESELON NAMA",
)
SENSITIVE_COLUMNS: Final[frozenset[str]] = frozenset(
    {
        "TEMPAT LAHIR ID",
        "TEMPAT LAHIR NAMA",
        "AGAMA ID",
        "AGAMA NAMA",
        "JENIS KAWIN ID",
        "JENIS KAWIN NAMA",
        "NIK",
        "ALAMAT",
        "NPWP NOMOR",
        "BPJS",
        "KARTU ASN VIRTUAL",
        "KPKN ID",
        "KPKN NAMA",
        "IS VALID NIK",
        "NAMA SEKOLAH",
        "FLAG IKD",
    }
)
SENSITIVE_MARKER: Final = "Fiktif"
HIERARCHY_SHEET: Final = "HierarkiUnor"
HIERARCHY_COLUMNS: Final = ("ID", "NAMA_UNOR", "ID_ATASAN")
MAIN_SHEET: Final = "Data"
PART_TIME_SHEET: Final = "PPPK Paruh Waktu"

_STAFF_TYPE: Final[Mapping[str, tuple[str, str]]] = {
    "pns": ("1", "PNS"),
    "cpns": ("1", "CPNS"),
    "pppk": ("2", "PPPK"),
    "pppk_paruh_waktu": ("3", "PPPK Paruh Waktu"),
}
_PNS_LETTER: Final[Mapping[str, str]] = {"pns": "P", "cpns": "C"}
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_NAMESPACE: Final = uuid.UUID("6d1f4e0c-9e3f-4b51-8a5e-7b1f5f6f3b10")


def siasn_id(kind: str, code: str) -> str:
    """Return the identifier in the file for a unit ("unor"), position ("jabatan") or person ("pns")."""
    return uuid.uuid5(_NAMESPACE, f"{kind}/{code}").hex.upper()


def excel_serial(day: date) -> int:
    """Return the number that a spreadsheet keeps for a day."""
    return (day - _EXCEL_EPOCH).days


def siasn_rows(region: Region) -> Iterator[tuple[Person, dict[str, str]]]:
    """Yield each employee with a NIP and the row of 69 texts, all dates as d-m-Y."""
    units = {unit.code: unit for unit in region.units}
    positions = {position.code: position for position in region.positions}
    jobs = region.main_jobs()
    for number, person in enumerate(region.employees, start=1):
        job = jobs.get(person.key)
        if person.nip is None or job is None:
            continue
        row = dict.fromkeys(COLUMNS, "")
        row |= _identity(person)
        row |= _appointment(person, region.reference_on)
        row |= _work(job, positions[job.position_code], units[job.unit_code], region)
        row |= _needless(number)
        yield person, row


def write_siasn_xlsx(path: str | Path, region: Region) -> int:
    """Write the workbook and return the number of employees in it.

    Sheets: `Data`, `PPPK Paruh Waktu` (the same columns) and `HierarkiUnor`. The same region gives the same
    bytes.
    """
    sheets: dict[str, list[dict[str, str]]] = {MAIN_SHEET: [], PART_TIME_SHEET: []}
    births: dict[str, int] = {}
    for person, row in siasn_rows(region):
        sheets[PART_TIME_SHEET if person.status == "pppk_paruh_waktu" else MAIN_SHEET].append(row)
        births[row["PNS ID"]] = excel_serial(person.birth_on)
    # Without these options a name that starts with "=" or looks like a number would change its type.
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties({"created": datetime.combine(region.reference_on, datetime.min.time(), tzinfo=UTC)})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, COLUMNS)
            for line, row in enumerate(rows, start=1):
                cells: list[Any] = list(row.values())
                cells[COLUMNS.index("TANGGAL LAHIR")] = births[row["PNS ID"]]
                sheet.write_row(line, 0, cells)
        hierarchy = workbook.add_worksheet(HIERARCHY_SHEET)
        hierarchy.write_row(0, 0, HIERARCHY_COLUMNS)
        for line, unit in enumerate(region.units, start=1):
            hierarchy.write_row(line, 0, _hierarchy_row(unit))
    return sum(len(rows) for rows in sheets.values())


def write_siasn_csv(path: str | Path, region: Region, *, delimiter: str = ";", encoding: str = "utf-16") -> int:
    """Write one CSV with all employees and return their number; utf-16 and utf-8-sig start with a BOM."""
    count = 0
    with Path(path).open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, delimiter=delimiter)
        writer.writeheader()
        for _, row in siasn_rows(region):
            writer.writerow(row)
            count += 1
    return count


def _day(value: date) -> str:
    return f"{value:%d-%m-%Y}"


def _identity(person: Person) -> dict[str, str]:
    level_code, level_name = EDUCATION_CODE[person.education]
    return {
        "PNS ID": siasn_id("pns", person.key),
        "NIP BARU": f"'{person.nip}",
        "NAMA": person.name.upper(),
        "GELAR DEPAN": person.title_before,
        "GELAR BELAKANG": person.title_after,
        "TANGGAL LAHIR": _day(person.birth_on),
        "JENIS KELAMIN": "M" if person.gender == "male" else "F",
        "NOMOR HP": person.phone,
        "EMAIL": person.email,
        "EMAIL GOV": person.email,
        "TINGKAT PENDIDIKAN ID": level_code,
        "TINGKAT PENDIDIKAN NAMA": level_name,
        "PENDIDIKAN NAMA": level_name,
    }


def _appointment(person: Person, reference_on: date) -> dict[str, str]:
    type_code, type_name = _STAFF_TYPE[person.status]
    appointed_on = person.cpns_on or person.contract_start_on or reference_on
    months = (reference_on.year - appointed_on.year) * 12 + reference_on.month - appointed_on.month
    row = {
        "JENIS PEGAWAI ID": type_code,
        "JENIS PEGAWAI NAMA": type_name,
        "KEDUDUKAN HUKUM ID": LEGAL_STATUS_CODE[person.legal_status],
        "KEDUDUKAN HUKUM NAMA": person.legal_status,
        "STATUS CPNS PNS": _PNS_LETTER.get(person.status, ""),
        "NOMOR SK CPNS": f"SK/{appointed_on:%Y}/{person.key}",
        "TANGGAL SK CPNS": _day(appointed_on - timedelta(days=14)),
        "TMT CPNS": _day(appointed_on),
        "MK TAHUN": str(months // 12),
        "MK BULAN": str(months % 12),
    }
    if person.status == "pns":
        permanent_on = appointed_on.replace(year=appointed_on.year + 1)
        row |= {
            "NOMOR SK PNS": f"SK/{permanent_on:%Y}/{person.key}",
            "TANGGAL SK PNS": _day(permanent_on - timedelta(days=14)),
            "TMT PNS": _day(permanent_on),
        }
    if person.golongan_code is None or person.golongan_name is None:
        return row
    first = last = (person.golongan_code, person.golongan_name)
    since = appointed_on
    if person.cpns_on is not None:
        entry = PNS_RANKS[RANK_INDEX[ENTRY_RANK[person.education]]]
        first = (entry.code, entry.name)
        steps = RANK_INDEX[person.golongan_name] - RANK_INDEX[entry.name]
        since = appointed_on.replace(year=appointed_on.year + YEARS_PER_RANK * steps)
    return row | {
        "GOL AWAL ID": first[0],
        "GOL AWAL NAMA": first[1],
        "GOL AKHIR ID": last[0],
        "GOL AKHIR NAMA": last[1],
        "TMT GOLONGAN": _day(min(since, reference_on)),
    }


def _work(job: Employment, position: Position, unit: Unit, region: Region) -> dict[str, str]:
    type_code, type_name = JOB_TYPE[position.kind]
    root = region.units[0]
    row = {
        "JENIS JABATAN ID": type_code,
        "JENIS JABATAN NAMA": type_name,
        "JABATAN ID": siasn_id("jabatan", position.code),
        "JABATAN NAMA": position.name,
        "TMT JABATAN": _day(job.started_on),
        "LOKASI KERJA ID": siasn_id("lokasi", region.code),
        "LOKASI KERJA NAMA": region.name,
        "UNOR ID": siasn_id("unor", unit.code),
        "UNOR NAMA": unit.name,
        "ESELON ID": position.echelon_code,
        "ESELON NAMA": position.echelon_name,
    }
    for column in ("INSTANSI INDUK", "INSTANSI KERJA", "SATUAN KERJA INDUK", "SATUAN KERJA KERJA"):
        row |= {f"{column} ID": siasn_id("instansi", root.code), f"{column} NAMA": root.name}
    return row


def _needless(number: int) -> dict[str, str]:
    """Return values for what must be dropped; numbers start with zeros that no register gives out."""
    return {
        "TEMPAT LAHIR ID": f"Fiktif-{number}",
        "TEMPAT LAHIR NAMA": "Kota Fiktif",
        "AGAMA ID": "0",
        "AGAMA NAMA": "Agama Fiktif",
        "JENIS KAWIN ID": "0",
        "JENIS KAWIN NAMA": "Status Fiktif",
        "NIK": f"'{number:016}",
        "ALAMAT": f"Jalan Contoh Fiktif No. {number}",
        "NPWP NOMOR": f"00.000.{number // 1000:03}.{number % 1000:03}-Fiktif",
        "BPJS": f"Fiktif-{number:013}",
        "KARTU ASN VIRTUAL": f"Fiktif-{number:08}",
        "KPKN NAMA": "KPPN Fiktif",
        "IS VALID NIK": "1",
        "NAMA SEKOLAH": "Sekolah Fiktif",
        "FLAG IKD": "0",
    }


def _hierarchy_row(unit: Unit) -> tuple[str, str, str]:
    parent = siasn_id("unor", unit.parent_code) if unit.parent_code else ""
    return siasn_id("unor", unit.code), unit.name, parent
