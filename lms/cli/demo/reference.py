"""The few lists of the national personnel system (SIASN) that a demonstration region needs.

Codes and names are those of SIASN; education codes are the customary ones and only used for the sample
file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .models import Education, PositionKind


class Rank(NamedTuple):
    """A golongan/ruang of PNS: SIASN code, name and pangkat."""

    code: str
    name: str
    title: str


PNS_RANKS: Final = (
    Rank("11", "I/a", "Juru Muda"),
    Rank("12", "I/b", "Juru Muda Tingkat I"),
    Rank("13", "I/c", "Juru"),
    Rank("14", "I/d", "Juru Tingkat I"),
    Rank("21", "II/a", "Pengatur Muda"),
    Rank("22", "II/b", "Pengatur Muda Tingkat I"),
    Rank("23", "II/c", "Pengatur"),
    Rank("24", "II/d", "Pengatur Tingkat I"),
    Rank("31", "III/a", "Penata Muda"),
    Rank("32", "III/b", "Penata Muda Tingkat I"),
    Rank("33", "III/c", "Penata"),
    Rank("34", "III/d", "Penata Tingkat I"),
    Rank("41", "IV/a", "Pembina"),
    Rank("42", "IV/b", "Pembina Tingkat I"),
    Rank("43", "IV/c", "Pembina Utama Muda"),
    Rank("44", "IV/d", "Pembina Utama Madya"),
    Rank("45", "IV/e", "Pembina Utama"),
)
RANK_INDEX: Final[Mapping[str, int]] = {rank.name: index for index, rank in enumerate(PNS_RANKS)}

# The rank a PNS starts with.
ENTRY_RANK: Final[Mapping[Education, str]] = {
    "SMA": "II/a",
    "D3": "II/c",
    "D4": "III/a",
    "S1": "III/a",
    "S2": "III/b",
    "S3": "III/c",
}
# PPPK have a number and no pangkat.
PPPK_RANK: Final[Mapping[Education, tuple[str, str]]] = {
    "SMA": ("05", "V"),
    "D3": ("07", "VII"),
    "D4": ("09", "IX"),
    "S1": ("09", "IX"),
    "S2": ("10", "X"),
    "S3": ("11", "XI"),
}

ECHELON_NAME: Final[Mapping[str, str]] = {
    "21": "II.a",
    "22": "II.b",
    "31": "III.a",
    "32": "III.b",
    "41": "IV.a",
    "42": "IV.b",
    "99": "NON",
}

JOB_TYPE: Final[Mapping[PositionKind, tuple[str, str]]] = {
    "jpt_pratama": ("1", "Jabatan Struktural"),
    "administrator": ("1", "Jabatan Struktural"),
    "pengawas": ("1", "Jabatan Struktural"),
    "fungsional": ("2", "Jabatan Fungsional Tertentu"),
    "pelaksana": ("4", "Jabatan Fungsional Umum"),
}

LEGAL_STATUS_CODE: Final[Mapping[str, str]] = {
    "Aktif": "01",
    "CLTN": "02",
    "Tugas Belajar": "03",
    "Masa Persiapan Pensiun": "20",
}

EDUCATION_CODE: Final[Mapping[Education, tuple[str, str]]] = {
    "SMA": ("15", "SLTA"),
    "D3": ("30", "Diploma III/Sarjana Muda"),
    "D4": ("35", "Diploma IV"),
    "S1": ("40", "S-1/Sarjana"),
    "S2": ("45", "S-2"),
    "S3": ("50", "S-3/Doktor"),
}
