"""A small region and SIASN files for it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.db import current_session
from lms.people import services
from lms.people.models import OrganisationalUnit, PersonnelImport, Position, PositionKind, UnitKind
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)
TODAY = date(2026, 11, 24)
HR = frozenset({Permission.PEOPLE_VIEW, Permission.PEOPLE_EDIT, Permission.PEOPLE_IMPORT})


@dataclass
class Place:
    """A kecamatan with two kelurahan under a root; positions by unit and role."""

    root: OrganisationalUnit
    wara: OrganisationalUnit
    boting: OrganisationalUnit
    tompotikka: OrganisationalUnit
    positions: dict[tuple[str, str], Position]

    def position(self, unit: str, role: str) -> Position:
        return self.positions[unit, role]


def make_place() -> Place:
    root = UnitFactory(code="73.73", name="Pemerintah Kota Palopo", kind=UnitKind.REGION)
    wara = UnitFactory(code="WARA", name="Kecamatan Wara", kind=UnitKind.KECAMATAN, parent=root)
    boting = UnitFactory(code="BOTING", name="Kelurahan Boting", parent=wara)
    tompotikka = UnitFactory(code="TOMPO", name="Kelurahan Tompotikka", parent=wara, external_id="ABC123")
    positions = {
        ("wara", "camat"): PositionFactory(
            unit=wara, name="Camat Wara", is_head=True, kind=PositionKind.ADMINISTRATOR, role_key="camat"
        )
    }
    for key, unit, place in (("boting", boting, "Boting"), ("tompotikka", tompotikka, "Tompotikka")):
        positions[key, "lurah"] = PositionFactory(
            unit=unit, name=f"Lurah {place}", is_head=True, kind=PositionKind.PENGAWAS, role_key="lurah"
        )
        positions[key, "pelayanan"] = PositionFactory(
            unit=unit, name="Pengelola Pelayanan", role_key="pelaksana-pelayanan"
        )
        positions[key, "umum"] = PositionFactory(unit=unit, name="Pengadministrasi Umum")
    return Place(root, wara, boting, tompotikka, positions)


def hr(unit: OrganisationalUnit, *, employee_id: int | None = None, permissions: frozenset[Permission] = HR) -> Actor:
    return Actor(
        account_id=None,
        employee_id=employee_id,
        unit_id=unit.id,
        unit_path=unit.path,
        grants=(ActorGrant(Role.HR, unit.path, permissions),),
    )


def nip(serial: int, *, born: str = "19850330", since: str = "200902", sex: int = 1) -> str:
    return f"{born}{since}{sex}{serial:03d}"


def line(serial: int, **cells: Any) -> dict[str, str]:
    """One row of a file: a PNS in Kelurahan Boting."""
    given = {
        "NIP BARU": f"'{nip(serial)}",
        "NAMA": f"PEGAWAI KE {serial}",
        "JENIS PEGAWAI NAMA": "PNS",
        "UNOR NAMA": "Kelurahan Boting",
        "JABATAN NAMA": "Pengelola Pelayanan",
        "TMT JABATAN": "02-01-2024",
        "GOL AKHIR NAMA": "III/a",
        "NIK": "'7373010101010001",
        "AGAMA NAMA": "Rahasia",
    }
    return given | {key: str(value) for key, value in cells.items()}


def csv_file(rows: list[dict[str, str]], *, delimiter: str = ";", encoding: str = "utf-8-sig") -> bytes:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def preview(
    actor: Actor,
    unit: OrganisationalUnit,
    rows: list[dict[str, str]],
    *,
    complete: bool = False,
    now: datetime = NOW,
) -> PersonnelImport:
    """Preview a file in the current session."""
    content = services.read_personnel_file(csv_file(rows), "pegawai.csv", today=now.date())
    return services.preview_import(current_session(), actor, content, unit=unit, complete=complete, now=now)


def apply(actor: Actor, held: PersonnelImport, *, now: datetime = NOW) -> PersonnelImport:
    return services.begin_apply(current_session(), actor, held.public_id, now=now, background=True)


def person(position: Position, serial: int, **values: Any) -> Any:
    """A PNS who stands as `line(serial)` says."""
    given = {
        "name": f"Pegawai Ke {serial}",
        "rank_code": "31",
        "rank_name": "III/a",
        "nip": nip(serial),
    } | values
    return EmployeeFactory(position=position, **given)
