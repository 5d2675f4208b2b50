"""The parts of a nation in their order, and the slices in which millions of rows are added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from lms.cli.demo.nation import bulk, catalogue, certificates, evidence, learning, people, units
from lms.cli.demo.people_data import FOUNDED_ON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from lms.cli.demo.nation.size import Size

SLICE: Final = 250_000


@dataclass(frozen=True, slots=True)
class World:
    """What a part is told.

    Args:
        session: in a write transaction of the caller's.
        seed, today: what all draws and days follow from.
        now: the instant of the build, for what is made by services.
        advance: is told of progress, in rows or people.
    """

    session: Session
    seed: int
    today: date
    now: datetime
    size: Size
    advance: Callable[[int], None] = bulk.nothing

    @property
    def founded_on(self) -> date:
        """Return the day since which units and posts exist."""
        return FOUNDED_ON


class Part(NamedTuple):
    """One part: its name in the notes of the installation, its label, its function, the `Size` it counts up to."""

    key: str
    label: str
    build: Callable[[World], None]
    amount: str = ""


def _analyse(world: World) -> None:
    bulk.Bulk(world.session).analyse()


PARTS: Final = (
    Part("nation-units", "Wilayah", units.build),
    Part("nation-standards", "Standar kompetensi", evidence.build_standards),
    Part("nation-positions", "Jabatan", people.build_positions),
    Part("nation-people", "Pegawai dan akun", people.build, "people"),
    Part("nation-courses", "Pelatihan", catalogue.build, "courses"),
    Part("nation-offerings", "Angkatan", learning.build_offerings, "offerings"),
    Part("nation-enrolments", "Peserta dan JP", learning.build_enrolments, "people"),
    Part("nation-evidence", "Bukti kompetensi", evidence.build, "people"),
    Part("nation-statistics", "Statistik basis data", _analyse),
)
SLICED: Final = {"records": evidence.build_slice, "certificates": certificates.build_slice}
LABELS: Final = {"records": "Bukti kompetensi tambahan", "certificates": "Sertifikat"}


def slices(total: int, done: int = 0) -> Iterator[tuple[int, int]]:
    """Yield start and length of each slice that is left of `total` rows, one transaction each."""
    for start in range(done, total, SLICE):
        yield start, min(SLICE, total - start)
