"""The national demo, built small by the code that builds it large."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import Table, func, select, text

from lms.certificates.models import Certificate
from lms.cli.demo.cli import demo
from lms.cli.demo.identity_data import demo_accounts
from lms.cli.demo.nation import PARTS, SLICED, Size, World, slices
from lms.cli.demo.nation.command import Wanted, build
from lms.cli.demo.nation.people import SEATS, Unit, staff_of
from lms.cli.demo.nation.units import ROOT, places
from lms.competencies.models import CompetencyRecord
from lms.competencies.queries import gap_cells
from lms.core import search
from lms.core.db import transaction
from lms.core.errors import Refused
from lms.core.orm import Base
from lms.courses.models import Course, Enrolment, EnrolmentState, JpEntry, Offering
from lms.people.models import Employee, EmployeeNumber, Installation, OrganisationalUnit, Position, UnitKind
from tests.conftest import _empty

SIZE = Size(people=500, courses=12, offerings=40, regencies=2, logins=5)
TODAY, NOW = date(2026, 11, 22), datetime(2026, 11, 22, 3, tzinfo=UTC)
# Everything that follows from the seed alone; ids of courses are drawn by the service that makes them.
REPEATED = (
    "organisational_unit", "position", "employee", "employee_number", "employment", "access_grant",
    "competency_record", "jp_entry", "enrolment",
)  # fmt: skip


@pytest.fixture
def clean(app):
    """COPY is not seen by the note of touched tables, so all are emptied after these tests."""
    yield
    app.extensions["test_touched"] |= set(Base.metadata.tables)


def make(session, *, more=None):
    build(Wanted(1, TODAY, NOW, SIZE, more or {}))


# Given out by the database to what services make; an emptied PostgreSQL counts on.
GIVEN = {"competency_id", "rule_id", "offering_id", "last_lesson_id"}


def digest(session, name):
    table: Table = Base.metadata.tables[name]
    columns = [column for column in table.c if column.name not in GIVEN]
    rows = session.execute(select(*columns).order_by(table.c.id)).all()
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()


def test_the_register_has_every_kecamatan_and_kelurahan_of_the_law():
    kinds = [place.kind for place in places()]
    assert (kinds.count(UnitKind.KECAMATAN), kinds.count(UnitKind.KELURAHAN)) == (7285, 8496)


@pytest.mark.parametrize("people", [0, 1, 7, 500, 12_345])
def test_people_are_spread_over_units_without_one_lost(people):
    kinds = [kind for kind in SEATS for _ in range(3)]
    units = [Unit(number, str(number), "Unit", kind, None) for number, kind in enumerate(kinds)]
    given = [count for _unit, count in staff_of(units, people)]
    assert min(given) >= 0
    assert sum(given) == people or people < 3  # each of three governments has its secretary


def test_a_nation_holds_together_and_the_same_seed_makes_it_again(app, session, clean):
    make(session)
    count = {
        model.__tablename__: session.scalar(select(func.count()).select_from(model))
        for model in (Employee, Course, Offering)
    }
    assert count == {"employee": 500, "course": 12, "offering": 40}

    numbers = session.scalars(select(EmployeeNumber.number)).all()
    assert len(numbers) == len(set(numbers)) > 450
    assert all(len(one) == 18 and int(one[-3:]) >= 900 for one in numbers)

    units = {one.id: one for one in session.scalars(select(OrganisationalUnit))}
    tops = [one for one in units.values() if one.parent_id is None]
    assert [one.code for one in tops] == [ROOT]
    for one in units.values():
        above = units[one.parent_id].path if one.parent_id is not None else "/"
        assert one.path == f"{above}{one.id}/"
    misplaced = select(func.count()).select_from(Employee).join(Position, Position.id == Employee.position_id)
    assert session.scalar(misplaced.where(Position.unit_id != Employee.unit_id)) == 0
    if session.get_bind().dialect.name == "sqlite":
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []

    cells = gap_cells(session, tops[0].path, TODAY)
    assert sum(cell.below for cell in cells) > 50 < sum(cell.meets for cell in cells)
    assert search.search(session, kind="course", query="antrean loket")
    done = select(func.count()).where(Enrolment.state == EnrolmentState.COMPLETED)
    assert session.scalar(done) == session.scalar(select(func.count(JpEntry.id))) > 100
    roles = {entry["role"] for entry in demo_accounts(session)}
    assert "hr-nasional" in roles

    first = {name: digest(session, name) for name in REPEATED}
    session.rollback()
    app.extensions["test_touched"] |= set(Base.metadata.tables)
    _empty(app)
    make(session)
    assert {name: digest(session, name) for name in REPEATED} == first


def test_further_rows_come_in_slices_and_go_on_where_they_stopped(session, clean, monkeypatch):
    monkeypatch.setattr("lms.cli.demo.nation.parts.SLICE", 700)
    assert list(slices(1_500, 700)) == [(700, 700), (1_400, 100)]
    make(session)
    before = session.scalar(select(func.count(CompetencyRecord.id)))
    with transaction() as writing:  # a build that broke off after its first slice
        world = World(writing, 1, TODAY, NOW, SIZE)
        first = SLICED["records"](world, start=0, count=700, total=1_500)
        writing.get(Installation, 1).demo_parts = [*(part.key for part in PARTS), "records:700/1500"]
    make(session, more={"records": 1_500, "certificates": 900})
    assert session.scalar(select(func.count(CompetencyRecord.id))) == before + 1_500 > before + first
    codes = session.scalars(select(Certificate.code)).all()
    assert len(codes) == len(set(codes)) == 900
    make(session, more={"records": 1_500, "certificates": 900})  # a second time adds nothing
    assert session.scalar(select(func.count(CompetencyRecord.id))) == before + 1_500


def test_the_demo_city_moves_below_its_province(session, clean):
    def unit(code, parent, path):
        row = OrganisationalUnit(
            code=code, name=code, kind=UnitKind.REGION, parent_id=parent, path=path, valid_from_on=TODAY
        )
        session.add(row)
        session.flush()
        row.path = f"{path}{row.id}/"
        return row

    with transaction() as session:  # noqa: PLR1704 -- the same one
        city = unit("11.01", None, "/")
        part = unit("11.01.01", city.id, city.path)
        PARTS[0].build(World(session, 1, TODAY, NOW, SIZE))
    session.expire_all()
    province = session.scalars(select(OrganisationalUnit).filter_by(code="11")).one()
    assert city.path == f"{province.path}{city.id}/"
    assert part.path == f"{city.path}{part.id}/"
    assert city.parent_id == province.id


def test_a_dry_run_tells_the_counts_and_writes_nothing(session):
    told = CliRunner().invoke(demo, ["--scale", "nasional", "--dry-run", "--records", "5000000"]).output
    assert "7285 kecamatan dan 8496 kelurahan" in told
    assert "5000000" in told
    assert session.get(Installation, 1) is None
    refused = CliRunner().invoke(demo, ["--records", "10"])
    assert isinstance(refused.exception, Refused)
