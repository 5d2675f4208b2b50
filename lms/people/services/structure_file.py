"""Units and positions of a new installation from a workbook of two sheets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select

from lms.core import sheets
from lms.core.clock import DEFAULT_ZONE
from lms.core.errors import Invalid
from lms.core.sheets import Sheet
from lms.core.text import N_, Text
from lms.people.models import OrganisationalUnit, Position, PositionKind, UnitKind
from lms.people.rules.names import folded
from lms.people.rules.siasn import cell_text
from lms.people.services.structure import add_position, add_unit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

UNIT_SHEET: Final = "Unit"
POSITION_SHEET: Final = "Jabatan"
UNIT_COLUMNS: Final = ("KODE", "NAMA", "JENIS", "KODE INDUK", "KODE WILAYAH", "ZONA", "UNOR ID")
POSITION_COLUMNS: Final = (
    "KODE",
    "NAMA",
    "JENIS",
    "KUNCI STANDAR",
    "ESELON",
    "KODE UNIT",
    "KEPALA",
    "JABATAN ID",
)
_UNIT_KINDS: Final = {
    "daerah": UnitKind.REGION,
    "perangkat daerah": UnitKind.AGENCY,
    "kecamatan": UnitKind.KECAMATAN,
    "kelurahan": UnitKind.KELURAHAN,
    "lain": UnitKind.OTHER,
}
_POSITION_KINDS: Final = {
    "jpt pratama": PositionKind.JPT_PRATAMA,
    "administrator": PositionKind.ADMINISTRATOR,
    "pengawas": PositionKind.PENGAWAS,
    "pelaksana": PositionKind.PELAKSANA,
    "fungsional": PositionKind.FUNGSIONAL,
}


@dataclass(slots=True)
class StructureResult:
    """What a file did, or would do; `faults` are (sheet, row, sentence), and any of them stops the whole."""

    units_added: int = 0
    units_changed: int = 0
    positions_added: int = 0
    positions_changed: int = 0
    faults: list[tuple[str, int, Text]] = field(default_factory=list)


def structure_template() -> bytes:
    """Return an empty workbook with the two sheets and one example row each."""
    unit = ("73.73", "Pemerintah Kota Palopo", "daerah", "", "73.73", DEFAULT_ZONE, "")
    position = ("73.73-SEKDA", "Sekretaris Daerah", "jpt pratama", "sekda", "II.a", "73.73", "ya", "")
    return sheets.write_xlsx(
        [
            Sheet(UNIT_SHEET, UNIT_COLUMNS, [unit], widths=(18, 40, 18, 18, 16, 16, 36)),
            Sheet(POSITION_SHEET, POSITION_COLUMNS, [position], widths=(22, 44, 16, 26, 10, 18, 10, 36)),
        ]
    )


def _rows(data: bytes, name: str, sheet: str, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    table = sheets.read_table(data, name, sheet=sheet, expect=columns)
    places = {folded(head): place for place, head in enumerate(table.header)}
    missing = [column for column in columns[:3] if folded(column) not in places]
    if missing:
        raise Invalid(N_("Kolom wajib tidak ditemukan: %(names)s.", names=", ".join(missing)))
    found = []
    for row in table.rows:
        cells = {
            column: cell_text(row.cells[places[folded(column)]]) if folded(column) in places else ""
            for column in columns
        }
        found.append((row.number, cells))
    return found


def load_structure(
    session: Session, actor: Actor, data: bytes, file_name: str, *, valid_from_on: date
) -> StructureResult:
    """Add the units and positions of a workbook, and take over changed names; the same file changes nothing.

    Units stand after the unit above them. With a fault the caller rolls everything back.

    Raises: Invalid: no such sheets or columns.
    """
    result = StructureResult()
    units = {unit.code: unit for unit in session.scalars(select(OrganisationalUnit))}
    for number, cells in _rows(data, file_name, UNIT_SHEET, UNIT_COLUMNS):
        fault = _take_unit(session, actor, cells, units, result=result, valid_from_on=valid_from_on)
        if fault is not None:
            result.faults.append((UNIT_SHEET, number, fault))
    positions = {position.code: position for position in session.scalars(select(Position))}
    for number, cells in _rows(data, file_name, POSITION_SHEET, POSITION_COLUMNS):
        fault = _take_position(
            session, actor, cells, units, positions=positions, result=result, valid_from_on=valid_from_on
        )
        if fault is not None:
            result.faults.append((POSITION_SHEET, number, fault))
    return result


def _take_unit(
    session: Session,
    actor: Actor,
    cells: dict[str, str],
    units: dict[str, OrganisationalUnit],
    *,
    result: StructureResult,
    valid_from_on: date,
) -> Text | None:
    code, kind = cells["KODE"][:40], _UNIT_KINDS.get(folded(cells["JENIS"]))
    parent = units.get(cells["KODE INDUK"])
    if not code or not cells["NAMA"]:
        return N_("Isi kode dan nama unit.")
    if kind is None:
        return N_("Jenis unit tidak dikenal. Pakai: %(kinds)s.", kinds=", ".join(_UNIT_KINDS))
    zone = cells["ZONA"] or DEFAULT_ZONE
    if not _is_zone(zone):
        return N_("Zona waktu tidak dikenal. Contoh: Asia/Makassar.")
    if code in units:
        values = {
            "name": cells["NAMA"],
            "kind": kind,
            "external_id": cells["UNOR ID"] or units[code].external_id,
        }
        result.units_changed += _change(units[code], values)
        return None
    if parent is None and (units or cells["KODE INDUK"]):
        return N_("Unit induk “%(code)s” belum ada. Tulis induk di atas bawahannya.", code=cells["KODE INDUK"])
    units[code] = add_unit(
        session, actor, code=code, name=cells["NAMA"][:200], kind=kind, parent=parent, timezone=zone,
        valid_from_on=valid_from_on, region_code=cells["KODE WILAYAH"][:13] or None,
        external_id=cells["UNOR ID"][:64] or None,
    )  # fmt: skip
    result.units_added += 1
    return None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _take_position(
    session: Session,
    actor: Actor,
    cells: dict[str, str],
    units: dict[str, OrganisationalUnit],
    *,
    positions: dict[str, Position],
    result: StructureResult,
    valid_from_on: date,
) -> Text | None:
    code, kind = cells["KODE"][:60], _POSITION_KINDS.get(folded(cells["JENIS"]))
    unit = units.get(cells["KODE UNIT"])
    if not code or not cells["NAMA"] or not cells["KUNCI STANDAR"]:
        return N_("Isi kode, nama, dan kunci standar jabatan.")
    if kind is None:
        return N_("Jenis jabatan tidak dikenal. Pakai: %(kinds)s.", kinds=", ".join(_POSITION_KINDS))
    if unit is None:
        return N_("Unit “%(code)s” tidak ada pada lembar Unit.", code=cells["KODE UNIT"])
    is_head = folded(cells["KEPALA"]) in {"ya", "y", "1", "true"}
    values: dict[str, Any] = {
        "name": cells["NAMA"][:200],
        "kind": kind,
        "role_key": cells["KUNCI STANDAR"][:60],
        "echelon": cells["ESELON"][:10] or None,
        "is_head": is_head,
        "external_id": cells["JABATAN ID"][:64] or None,
    }
    held = positions.get(code)
    if held is not None:
        if held.unit_id != unit.id:
            return N_("Jabatan “%(code)s” ada di unit lain. Pakai kode baru.", code=code)
        result.positions_changed += _change(held, values)
        return None
    positions[code] = add_position(session, actor, code=code, unit=unit, valid_from_on=valid_from_on, **values)
    result.positions_added += 1
    return None


def _change(row: OrganisationalUnit | Position, values: dict[str, Any]) -> int:
    """Set what differs; return 1 when something did."""
    changed = {key: value for key, value in values.items() if getattr(row, key) != value}
    for key, value in changed.items():
        setattr(row, key, value)
    return int(bool(changed))
