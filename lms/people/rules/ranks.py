"""Golongan, eselon and kedudukan hukum as BKN's SIASN lists them.

Rule: docs/rules/people.md#golongan. Codes and names from the public SIASN reference lists.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Rank(NamedTuple):
    """A golongan: SIASN code, short name, pangkat (PPPK have none)."""

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
_ROMAN: Final = (
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV",
    "XVI", "XVII",
)  # fmt: skip
PPPK_RANKS: Final = tuple(Rank(f"{step:02d}", roman, "") for step, roman in enumerate(_ROMAN, start=1))

# SIASN echelon: code to name and kind of position.
ECHELONS: Final = {
    "11": ("I.a", "jpt_pratama"),
    "12": ("I.b", "jpt_pratama"),
    "21": ("II.a", "jpt_pratama"),
    "22": ("II.b", "jpt_pratama"),
    "31": ("III.a", "administrator"),
    "32": ("III.b", "administrator"),
    "41": ("IV.a", "pengawas"),
    "42": ("IV.b", "pengawas"),
    "51": ("V.a", "pengawas"),
    "52": ("V.b", "pengawas"),
    "99": ("NON", "pelaksana"),
}

LEGAL_STATUSES: Final = {
    "01": "Aktif",
    "02": "CLTN",
    "03": "Tugas Belajar",
    "04": "Pemberhentian Sementara",
    "05": "Penerima Uang Tunggu",
    "06": "Prajurit Wajib",
    "07": "Pejabat Negara",
    "08": "Kepala Desa",
    "09": "Sedang dalam Proses Banding BAPEK",
    "11": "Pegawai Titipan",
    "12": "Pengungsi",
    "13": "Perpanjangan CLTN",
    "14": "PNS yang dinyatakan hilang",
    "15": "PNS kena hukuman disiplin",
    "16": "Pemindahan dalam rangka penurunan Jabatan",
    "20": "Masa Persiapan Pensiun",
    "51": "CPNS yang belum menerima SK CPNS",
    "52": "Tidak Aktif",
    "66": "Diberhentikan",
    "67": "Punah",
    "68": "Eks PNS Timor Timur",
    "69": "TMS Dari Pengadaan",
    "70": "Pembatalan NIP",
    "77": "Pemberhentian tanpa hak pensiun",
    "88": "Pemberhentian dengan hak pensiun",
    "89": "Tidak aktif tetapi diusulkan Pensiun",
    "90": "Tidak Ikut PUPNS 2015",
    "91": "Tindak Pidana/Tindak Pidana Jabatan",
    "92": "Pemblokiran Data PNS",
    "98": "Mencapai BUP",
    "99": "Pensiun",
}
# Whoever has one of these no longer works here.
ENDED_STATUSES: Final = frozenset({"52", "66", "67", "68", "69", "70", "77", "88", "89", "98", "99"})

_BY_CODE: Final = {rank.code: rank for rank in PNS_RANKS}
_BY_NAME: Final = {rank.name.casefold(): rank for rank in PNS_RANKS}
_PPPK_BY_CODE: Final = {rank.code: rank for rank in PPPK_RANKS}
_PPPK_BY_NAME: Final = {rank.name.casefold(): rank for rank in PPPK_RANKS}
_STATUS_BY_NAME: Final = {name.casefold(): code for code, name in LEGAL_STATUSES.items()}


def rank_of(*, code: str, name: str, is_pppk: bool) -> Rank | None:
    """Return the golongan by SIASN code or by a name such as `III/a`, `iii a` or `IX`; None when unknown.

    Code and name are those of one list: PNS `11` is I/a, PPPK `11` is XI.
    """
    compact = re.sub(r"[\s.]+", "/", name.strip()).casefold()
    roman = compact.removeprefix("golongan/").removeprefix("gol/")
    number = code.strip().removesuffix(".0")
    if is_pppk:
        return _PPPK_BY_CODE.get(number.zfill(2)) or _PPPK_BY_NAME.get(roman)
    return _BY_CODE.get(number) or _BY_NAME.get(roman)


def ranks_for(status: str) -> tuple[Rank, ...]:
    """Return the golongan list of an employment kind; empty for people without one."""
    if status in {"pppk", "pppk_paruh_waktu"}:
        return PPPK_RANKS
    return PNS_RANKS if status in {"pns", "cpns"} else ()


def rank_label(code: str | None, *, status: str) -> str:
    """Return `III/b, Penata Muda Tingkat I` or `IX`, or an empty text."""
    table = {rank.code: rank for rank in ranks_for(status)}
    rank = table.get(code or "")
    if rank is None:
        return ""
    return f"{rank.name}, {rank.title}" if rank.title else rank.name


def legal_status_of(*, code: str, name: str) -> str | None:
    """Return the kedudukan hukum code; `01` when both are empty, None when unknown."""
    number = code.strip().removesuffix(".0")
    if number.isdigit() and number.zfill(2) in LEGAL_STATUSES:
        return number.zfill(2)
    if not number and not name.strip():
        return "01"
    return _STATUS_BY_NAME.get(" ".join(name.split()).casefold())
