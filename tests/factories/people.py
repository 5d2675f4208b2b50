"""Least valid rows of units, positions and people."""

from __future__ import annotations

from datetime import UTC, date, datetime

import factory
from factory.alchemy import SQLAlchemyModelFactory

from lms.core.db import current_session
from lms.people.models import (
    Employee,
    EmployeeNumber,
    EmployeeStatus,
    Employment,
    EmploymentKind,
    OrganisationalUnit,
    PartnerKind,
    PartnerOrganisation,
    Position,
    PositionKind,
    UnitKind,
)

CREATED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


class Rows(SQLAlchemyModelFactory):
    """Factory base: adds to the current session and flushes, so that ids are there."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = current_session
        sqlalchemy_session_persistence = "flush"


class UnitFactory(Rows):
    class Meta:
        model = OrganisationalUnit

    code = factory.Sequence(lambda n: f"U{n:05d}")
    name = factory.Sequence(lambda n: f"Kelurahan Percobaan {n}")
    kind = UnitKind.KELURAHAN
    parent_id = None
    path = ""
    valid_from_on = date(2020, 1, 1)

    @classmethod
    def _create(cls, model_class, *args, parent=None, **kwargs):
        """`parent=` is the unit above; the path follows from it."""
        kwargs["parent_id"] = parent.id if parent is not None else kwargs.get("parent_id")
        unit = super()._create(model_class, *args, **kwargs)
        if not unit.path:
            unit.path = f"{parent.path if parent is not None else '/'}{unit.id}/"
            current_session().flush()
        return unit


class PositionFactory(Rows):
    class Meta:
        model = Position

    class Params:
        unit = factory.SubFactory(UnitFactory)

    code = factory.Sequence(lambda n: f"J{n:05d}")
    name = "Pengadministrasi Umum"
    kind = PositionKind.PELAKSANA
    role_key = "pelaksana-umum"
    unit_id = factory.LazyAttribute(lambda o: o.unit.id)
    is_head = False
    valid_from_on = date(2020, 1, 1)


class EmployeeFactory(Rows):
    """An active PNS with a main job; `position=` places the person."""

    class Meta:
        model = Employee

    name = factory.Sequence(lambda n: f"Andi Tenri {n}")
    status = EmployeeStatus.PNS
    created_at = CREATED
    updated_at = CREATED

    @classmethod
    def _create(cls, model_class, *args, position=None, nip=None, **kwargs):
        if position is None and "unit_id" not in kwargs:
            position = PositionFactory()
        if position is not None:
            kwargs["unit_id"], kwargs["position_id"] = position.unit_id, position.id
        person = super()._create(model_class, *args, **kwargs)
        session = current_session()
        if position is not None:
            session.add(
                Employment(
                    employee_id=person.id,
                    position_id=position.id,
                    unit_id=position.unit_id,
                    kind=EmploymentKind.DEFINITIVE,
                    is_main=True,
                    started_on=date(2024, 1, 2),
                )
            )
        if nip is not None:
            session.add(EmployeeNumber(employee_id=person.id, number=nip, kind="nip", valid_from_on=date(2010, 1, 1)))
        session.flush()
        return person


class PartnerFactory(Rows):
    class Meta:
        model = PartnerOrganisation

    code = factory.Sequence(lambda n: f"MITRA-{n}")
    name = "Universitas Percobaan"
    kind = PartnerKind.UNIVERSITY
