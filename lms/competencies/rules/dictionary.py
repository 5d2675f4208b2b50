"""Reading of competency dictionaries and standards: from parsed JSON or rows to checked texts.

Every fault is named with its place, value, reason and remedy; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

LEVELS = (1, 2, 3, 4, 5)
LEVEL_NAMES = {
    1: "Paham / dalam pengembangan",
    2: "Dasar",
    3: "Menengah",
    4: "Mumpuni",
    5: "Ahli",
}  # domain.md 1.2
GROUPS = ("manajerial", "sosial_kultural", "teknis", "pemerintahan")
XLSX_COLUMNS = ("kode", "nama", "kelompok", "definisi", "level", "deskripsi", "indikator")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,19}")
_ROLE = re.compile(r"[a-z0-9][a-z0-9\-]{0,59}")
MAX_COMPETENCIES = 2000
_WORD_MAX, _TEXT_MAX = 200, 6000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file.

    Args:
        place: where a person finds it: `kompetensi M.1, level 3` or `baris 12, kolom level`.
        value: what stands there, shortened.
        reason, remedy: what is wrong, what to do.
    """

    place: str
    value: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class LevelText:
    """One level as a file describes it."""

    level: int
    name: str
    description: str
    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompetencyText:
    """One competency as a file describes it; `short_name` may be empty."""

    code: str
    name: str
    short_name: str
    group: str
    definition: str
    levels: tuple[LevelText, ...]


@dataclass(frozen=True, slots=True)
class FrameworkText:
    """A dictionary as a file describes it.

    Args:
        code: key of the framework; empty when the file is a bare list, which then adds to the one in use.
        is_complete: whether competencies that are not in the file are retired.
    """

    code: str
    name: str
    edition: str
    legal_basis: str
    valid_from_on: date | None
    is_complete: bool
    competencies: tuple[CompetencyText, ...]


@dataclass(frozen=True, slots=True)
class StandardText:
    """Levels that one kind of position must hold."""

    role_key: str
    levels: tuple[tuple[str, int], ...]
    legal_basis: str


@dataclass(frozen=True, slots=True)
class StandardsText:
    """Standards as a file describes them."""

    framework: str
    valid_from_on: date
    standards: tuple[StandardText, ...]


@dataclass(slots=True)
class _Reader:
    faults: list[Fault] = field(default_factory=list)

    def fault(self, place: str, value: object, reason: str, remedy: str) -> None:
        self.faults.append(Fault(place, str(value if value is not None else "")[:80], reason, remedy))

    def words(self, row: Mapping[str, Any], key: str, place: str, *, most: int = _WORD_MAX) -> str:
        """Return the text under a key, or note that it is missing, no text or too long."""
        value = row.get(key)
        text = " ".join(value.split()) if isinstance(value, str) else ""
        if not text:
            self.fault(f"{place}, {key}", value, "kosong atau bukan teks", f"isi {key} dengan kalimat")
        elif len(text) > most:
            self.fault(f"{place}, {key}", text, f"lebih dari {most} huruf", f"ringkas {key}")
        return text

    def group(self, value: object, place: str) -> str:
        """Return the key of a group of competencies."""
        key = re.sub(r"[\s\-]+", "_", str(value or "").strip().casefold())
        if key not in GROUPS:
            self.fault(
                f"{place}, kelompok",
                value,
                "kelompok tidak dikenal",
                "pakai manajerial, sosial kultural, teknis, atau pemerintahan",
            )
        return key

    def code(self, value: object, place: str) -> str:
        """Return the code of a competency."""
        text = str(value or "").strip()
        if not _CODE.fullmatch(text):
            self.fault(
                f"{place}, kode",
                value,
                "kode kosong atau berisi tanda lain",
                "pakai huruf, angka, dan titik, seperti T.01",
            )
        return text

    def level(self, value: object, place: str) -> int | None:
        """Return a level 1 to 5, also from a cell that holds 3.0 or "3"."""
        if isinstance(value, str) and value.strip().isdigit():
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value not in LEVELS:
            self.fault(place, value, "level bukan angka 1 sampai 5", "tulis satu angka dari 1 sampai 5")
            return None
        return value

    def day(self, value: object, place: str) -> date | None:
        """Return a day written as 2026-01-31."""
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fault(place, value, "tanggal tidak terbaca", "tulis seperti 2026-01-31")
            return None

    def five(self, levels: Sequence[LevelText], place: str) -> tuple[LevelText, ...]:
        """Return the levels in order, or note which of the five are missing or double."""
        held = [level.level for level in levels]
        for number in LEVELS:
            if held.count(number) != 1:
                reason = "level belum ada" if number not in held else "level ditulis dua kali"
                self.fault(
                    f"{place}, level {number}",
                    held.count(number),
                    reason,
                    "tulis kelima level, masing-masing sekali",
                )
        return tuple(sorted(levels, key=lambda level: level.level))

    def indicators(self, value: object, place: str) -> tuple[str, ...]:
        """Return the behaviour indicators of a level."""
        found = (
            tuple(" ".join(i.split()) for i in value if isinstance(i, str) and i.strip())
            if isinstance(value, list)
            else ()
        )
        if not found:
            self.fault(
                f"{place}, indikator",
                value,
                "belum ada indikator",
                "tulis paling sedikit satu perilaku yang dapat diamati",
            )
        return found

    def unique(self, codes: Iterable[str]) -> None:
        """Note codes that occur twice."""
        seen: set[str] = set()
        for code in codes:
            if code and code in seen:
                self.fault(f"kompetensi {code}", code, "kode dipakai dua kali", "beri setiap kompetensi satu kode")
            seen.add(code)


def read_framework(data: Any) -> tuple[FrameworkText | None, list[Fault]]:
    """Return the dictionary in parsed JSON, with the faults found; with faults it must not be used.

    Two shapes: ours (`framework`, `competencies`), and a bare list of `kode, nama, kelompok, definisi,
    level[level, deskripsi, indikator]` as official dictionaries are kept.
    """
    reader = _Reader()
    if isinstance(data, list):
        found = [_official(reader, row, number) for number, row in enumerate(data[: MAX_COMPETENCIES + 1], 1)]
        return _close(reader, found, header={}, is_complete=False)
    if not isinstance(data, dict) or not isinstance(data.get("competencies"), list):
        reader.fault("berkas", type(data).__name__, "bukan kamus kompetensi", "pakai berkas dengan daftar competencies")
        return None, reader.faults
    header = data.get("framework")
    if not isinstance(header, dict):
        reader.fault("framework", header, "kepala kamus belum ada", "tulis kode, nama, dan tanggal berlaku kamus")
        header = {}
    else:
        reader.code(header.get("code"), "framework")
        reader.words(header, "name", "framework")
        reader.day(header.get("valid_from"), "framework, valid_from")
    found = [_own(reader, row, number) for number, row in enumerate(data["competencies"][: MAX_COMPETENCIES + 1], 1)]
    return _close(reader, found, header=header, is_complete=True)


def _close(
    reader: _Reader, found: list[CompetencyText], *, header: Mapping[str, Any], is_complete: bool
) -> tuple[FrameworkText | None, list[Fault]]:
    if not found:
        reader.fault("berkas", "", "tidak ada kompetensi", "tulis paling sedikit satu kompetensi")
    if len(found) > MAX_COMPETENCIES:
        reader.fault("berkas", len(found), f"lebih dari {MAX_COMPETENCIES} kompetensi", "pecah menjadi beberapa kamus")
    reader.unique(one.code for one in found)
    if reader.faults:
        return None, reader.faults
    day = header.get("valid_from")
    return FrameworkText(
        code=str(header.get("code", "")).strip()[:40],
        name=str(header.get("name", "")).strip(),
        edition=str(header.get("version", "")).strip()[:20],
        legal_basis=str(header.get("legal_basis", "")).strip()[:300],
        valid_from_on=date.fromisoformat(day) if isinstance(day, str) else None,
        is_complete=is_complete,
        competencies=tuple(found),
    ), []


def _own(reader: _Reader, row: Any, number: int) -> CompetencyText:
    if not isinstance(row, dict):
        row = {}
    place = f"kompetensi {row.get('code') or f'ke-{number}'}"
    levels = []
    for item in row["levels"] if isinstance(row.get("levels"), list) else []:
        level = reader.level(item.get("level") if isinstance(item, dict) else item, f"{place}, level")
        if level is None:
            continue
        inside = f"{place}, level {level}"
        levels.append(
            LevelText(
                level,
                str(item.get("name") or LEVEL_NAMES[level])[:60],
                reader.words(item, "description", inside, most=_TEXT_MAX),
                reader.indicators(item.get("indicators"), inside),
            )
        )
    return CompetencyText(
        code=reader.code(row.get("code"), place),
        name=reader.words(row, "name", place),
        short_name=str(row.get("short_name") or "").strip()[:60],
        group=reader.group(row.get("group"), place),
        definition=reader.words(row, "definition", place, most=_TEXT_MAX),
        levels=reader.five(levels, place),
    )


def _official(reader: _Reader, row: Any, number: int) -> CompetencyText:
    if not isinstance(row, dict):
        row = {}
    levels = [
        {
            "level": item.get("level"),
            "description": item.get("deskripsi"),
            "indicators": item.get("indikator"),
        }
        for item in (row["level"] if isinstance(row.get("level"), list) else ())
        if isinstance(item, dict)
    ]
    return _own(
        reader,
        {
            "code": row.get("kode"),
            "name": row.get("nama"),
            "group": row.get("kelompok"),
            "definition": row.get("definisi"),
            "levels": levels,
        },
        number,
    )


def read_framework_rows(
    rows: Iterable[tuple[int, Mapping[str, Any]]],
) -> tuple[FrameworkText | None, list[Fault]]:
    """Return the dictionary in spreadsheet rows: one row per level, or per indicator of a level.

    Args:
        rows: row number as the spreadsheet shows it, and cells by the names in XLSX_COLUMNS. Name, group and
            definition may stand in the first row of a competency only; indicators are parted by new lines or
            semicolons.
    """
    reader = _Reader()
    heads: dict[str, dict[str, str]] = {}
    levels: dict[str, dict[int, tuple[list[str], list[str]]]] = {}
    for number, row in rows:
        place = f"baris {number}"
        code = reader.code(row.get("kode"), place)
        level = reader.level(row.get("level"), f"{place}, kolom level")
        head = heads.setdefault(code, {})
        for key in ("nama", "kelompok", "definisi"):
            text = " ".join(str(row.get(key) or "").split())
            if text and head.setdefault(key, text) != text:
                reader.fault(
                    f"{place}, kolom {key}",
                    text,
                    f"berbeda dari baris lain kode {code}",
                    "samakan atau kosongkan",
                )
        if level is None:
            continue
        described, indicators = levels.setdefault(code, {}).setdefault(level, ([], []))
        text = " ".join(str(row.get("deskripsi") or "").split())
        if text and text not in described:
            described.append(text)
        indicators += [
            " ".join(i.split()) for i in re.split(r"[\n;]", str(row.get("indikator") or "")) if i.strip(" -•\t")
        ]
    found = []
    for number, (code, head) in enumerate(heads.items(), 1):
        listed = [
            {
                "level": level,
                "description": " ".join(described),
                "indicators": [i.lstrip("-• ").strip() for i in indicators],
            }
            for level, (described, indicators) in sorted(levels.get(code, {}).items())
        ]
        found.append(
            _own(
                reader,
                {
                    "code": code,
                    "name": head.get("nama"),
                    "group": head.get("kelompok"),
                    "definition": head.get("definisi"),
                    "levels": listed,
                },
                number,
            )
        )
    return _close(reader, found, header={}, is_complete=False)


def read_standards(data: Any) -> tuple[StandardsText | None, list[Fault]]:
    """Return the standards in parsed JSON, with the faults found."""
    reader = _Reader()
    if not isinstance(data, dict) or not isinstance(data.get("standards"), list):
        reader.fault("berkas", type(data).__name__, "bukan standar jabatan", "pakai berkas dengan daftar standards")
        return None, reader.faults
    valid_from = reader.day(data.get("valid_from"), "valid_from")
    found: list[StandardText] = []
    for number, row in enumerate(data["standards"], 1):
        entry = row if isinstance(row, dict) else {}
        role = str(entry.get("role_key") or "")
        place = f"jabatan {role or f'ke-{number}'}"
        if not _ROLE.fullmatch(role):
            reader.fault(
                f"{place}, role_key",
                role,
                "kunci jabatan kosong atau berisi tanda lain",
                "pakai huruf kecil, angka, dan tanda hubung",
            )
        if any(one.role_key == role for one in found):
            reader.fault(place, role, "jabatan ditulis dua kali", "gabungkan menjadi satu")
        listed = entry.get("levels")
        if not isinstance(listed, dict) or not listed:
            reader.fault(f"{place}, levels", listed, "belum ada level", "tulis kode kompetensi dan levelnya")
            listed = {}
        levels = [(str(code), reader.level(level, f"{place}, {code}")) for code, level in listed.items()]
        found.append(
            StandardText(
                role,
                tuple((c, v) for c, v in levels if v is not None),
                str(entry.get("legal_basis") or "")[:300],
            )
        )
    if not found:
        reader.fault("berkas", "", "tidak ada jabatan", "tulis paling sedikit satu jabatan")
    if reader.faults or valid_from is None:
        return None, reader.faults
    return StandardsText(str(data.get("framework") or ""), valid_from, tuple(found)), []
