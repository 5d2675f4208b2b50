"""Units and positions: made by commands and by the demo; the tree is held together here."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.core.audit import record
from lms.core.clock import DEFAULT_ZONE
from lms.core.errors import Refused
from lms.core.text import N_
from lms.people.models import OrganisationalUnit, Position, PositionKind, UnitKind

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


def hold_tree(session: Session) -> None:
    """Hold the top of the unit tree until commit: one batch of personnel changes runs at a time.

    Concurrency: FOR NO KEY UPDATE, so that rows that only refer to the unit are not held up. On SQLite the
        write transaction already is the only one.
    """
    session.execute(
        select(OrganisationalUnit.id)
        .where(OrganisationalUnit.parent_id.is_(None))
        .order_by(OrganisationalUnit.id)
        .limit(1)
        .with_for_update(key_share=True)
    )


def add_unit(
    session: Session,
    actor: Actor,
    *,
    code: str,
    name: str,
    kind: UnitKind,
    parent: OrganisationalUnit | None,
    valid_from_on: date,
    region_code: str | None = None,
    timezone: str = DEFAULT_ZONE,
    external_id: str | None = None,
) -> OrganisationalUnit:
    """Add a unit below another; without one it becomes the top of the tree.

    Raises: Refused: the code is taken, or a second top is asked for.
    """
    hold_tree(session)
    if session.scalar(select(OrganisationalUnit.id).where(OrganisationalUnit.code == code)) is not None:
        raise Refused(N_("Kode unit ini sudah dipakai. Pilih kode lain."))
    if parent is None and session.scalar(select(OrganisationalUnit.id).limit(1)) is not None:
        raise Refused(N_("Satu instalasi hanya punya satu unit puncak. Pilih unit induknya."))
    unit = OrganisationalUnit(
        code=code,
        name=name,
        kind=kind,
        parent_id=parent.id if parent is not None else None,
        path="",
        region_code=region_code,
        timezone=timezone,
        valid_from_on=valid_from_on,
        external_id=external_id,
    )
    session.add(unit)
    session.flush()  # the path holds the unit's own id
    unit.path = f"{parent.path if parent is not None else '/'}{unit.id}/"
    record(session, actor, action="unit.create", subject=("organisational_unit", unit.id), after={"code": code})
    return unit


def add_position(
    session: Session,
    actor: Actor,
    *,
    code: str,
    name: str,
    kind: PositionKind,
    role_key: str,
    unit: OrganisationalUnit,
    valid_from_on: date,
    echelon: str | None = None,
    is_head: bool = False,
    external_id: str | None = None,
) -> Position:
    """Add a position to a unit.

    Raises: Refused: the code is taken.
    """
    if session.scalar(select(Position.id).where(Position.code == code)) is not None:
        raise Refused(N_("Kode jabatan ini sudah dipakai. Pilih kode lain."))
    position = Position(
        code=code,
        name=name,
        kind=kind,
        role_key=role_key,
        unit_id=unit.id,
        echelon=echelon,
        is_head=is_head,
        valid_from_on=valid_from_on,
        external_id=external_id,
    )
    session.add(position)
    session.flush()  # the audit row needs the id
    record(session, actor, action="position.create", subject=("position", position.id), after={"code": code})
    return position
