"""The gap map in SQL equals a naive recomputation, at any day, on either database."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.competencies import queries
from lms.competencies.models import CompetencyGroup, EvidenceKind, PositionRequirement
from lms.competencies.queries import CellState, GapFilter
from lms.people.models import EmployeeStatus, Employment, EmploymentKind, PositionKind
from tests.database.competencies.world import World, day, plans
from tests.factories.competencies import CompetencyFactory, RecordFactory, RequirementFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

ON = date(2026, 11, 24)
slow = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@slow
@given(
    plan=plans(),
    on=day,
    root=st.integers(0, 4),
    narrow=st.fixed_dictionaries(
        {
            "group": st.none() | st.just(CompetencyGroup.TEKNIS),
            "kind": st.none() | st.just(PositionKind.PELAKSANA),
            "years": st.sampled_from([3, None, 1]),
        }
    ),
)
def test_cells_totals_and_people_equal_a_naive_recomputation(session, plan, on, root, narrow):
    group, kind, years = narrow["group"], narrow["kind"], narrow["years"]
    try:
        world = World(session, plan)
        unit = world.units[root % len(world.units)]
        wanted = world.cells(unit, on, **narrow)
        cells = queries.gap_cells(session, unit.path, on, group=group, position_kind=kind, years=years)
        assert {(c.unit_id, c.competency_id): (c.people, c.meets, c.below, c.no_evidence) for c in cells} == wanted
        assert all(c.meets + c.below + c.no_evidence == c.people > 0 for c in cells)

        triples = list(world.triples(unit, on, **narrow))
        filter_ = GapFilter(group, kind, years)
        totals = queries.gap_totals(session, unit.path, on, filter_)
        people = {p.id for p, *_ in triples}
        short = {p.id for p, _j, _c, required, level in triples if level is None or level < required}
        assert (totals.people, totals.pairs) == (len(people), len(triples))
        assert totals.assessed == len({p.id for p, _j, _c, _r, level in triples if level is not None})
        assert totals.complete == len(people - short)
        assert totals.pairs_assessed == sum(level is not None for *_, level in triples)
        assert totals.pairs_meeting == sum(level is not None and level >= required for *_, required, level in triples)
        assert queries.gap_cells_and_totals(session, unit.path, on, filter_) == (cells, totals)

        for competency in world.competencies:
            for state in (None, *CellState):
                listed, total = queries.people_of_cell(
                    session, unit.path, competency.id, on, state=state, narrow=filter_
                )
                naive = {
                    (p.id, required, level)
                    for p, _j, c, required, level in triples
                    if c == competency.id and state in {None, _state(required, level)}
                }
                assert {(row.employee_id, row.required, row.level) for row in listed} == naive
                assert total == len(naive)
    finally:
        session.rollback()


def _state(required, level):
    if level is None:
        return CellState.NO_EVIDENCE
    return CellState.MEETS if level >= required else CellState.BELOW


@slow
@given(plan=plans(), on=day)
def test_one_persons_standing_and_the_map_say_the_same(session, plan, on):
    try:
        world = World(session, plan)
        mapped = {(p.id, c): (required, level) for p, _j, c, required, level in world.triples(world.units[0], on)}
        for person in world.people:
            if world.job_on(person, on) is None:
                continue
            rows = queries.standing(session, person.id, on)
            asked = {(person.id, r.competency_id): (r.required, r.level) for r in rows if r.required is not None}
            assert asked == {key: value for key, value in mapped.items() if key[0] == person.id}
            gaps = queries.gaps_of(session, person.id, on, include_unassessed=False)
            everything = {g.competency_id for g in queries.gaps_of(session, person.id, on)}
            missing = everything - {g.competency_id for g in gaps}
            assert missing == {c for (_p, c), (_required, level) in asked.items() if level is None}
            assert {g.competency_id: g.gap for g in gaps} == {
                key[1]: required - level
                for key, (required, level) in asked.items()
                if level is not None and level < required
            }
            assert [g.gap for g in gaps] == sorted((g.gap for g in gaps), reverse=True)
    finally:
        session.rollback()


@pytest.fixture
def place(session):
    root = UnitFactory(code="73.73", name="Kota Percobaan")
    unit = UnitFactory(code="73.73.01", parent=root)
    position = PositionFactory(unit=unit, role_key="pelaksana-umum")
    competency = CompetencyFactory(code="T.10")
    RequirementFactory(competency=competency, role_key="pelaksana-umum", level=2)
    return root, unit, position, competency


def cell(session, path, on=ON, **narrow):
    rows = queries.gap_cells(session, path, on, **narrow)
    return [(c.unit_code, c.people, c.meets, c.below, c.no_evidence) for c in rows]


def test_external_people_and_people_without_a_standard_do_not_count(session, place):
    root, unit, position, _competency = place
    EmployeeFactory(position=position)
    EmployeeFactory(position=position, status=EmployeeStatus.EXTERNAL)
    EmployeeFactory(position=PositionFactory(unit=unit, role_key="tanpa-standar"))
    assert cell(session, root.path) == [("73.73.01", 1, 0, 0, 1)]


def test_history_is_answered_as_of_the_day(session, place):
    root, _unit, position, competency = place
    person = EmployeeFactory(position=position)  # in the job since 2 January 2024
    RecordFactory(employee=person, competency=competency, level=1, assessed_on=date(2024, 5, 1))
    RecordFactory(
        employee=person,
        competency=competency,
        level=2,
        assessed_on=date(2025, 5, 1),
        kind=EvidenceKind.MEASUREMENT,
    )
    assert cell(session, root.path, date(2024, 1, 1)) == []
    assert cell(session, root.path, date(2024, 4, 30)) == [("73.73.01", 1, 0, 0, 1)]
    assert cell(session, root.path, date(2024, 5, 1)) == [("73.73.01", 1, 0, 1, 0)]
    assert cell(session, root.path, date(2025, 5, 1)) == [("73.73.01", 1, 1, 0, 0)]
    assert cell(session, root.path, date(2028, 5, 1)) == [("73.73.01", 1, 1, 0, 0)]  # the anniversary counts
    assert cell(session, root.path, date(2028, 5, 2)) == [("73.73.01", 1, 0, 0, 1)]
    assert cell(session, root.path, date(2028, 5, 2), years=None) == [("73.73.01", 1, 1, 0, 0)]


def test_the_last_day_counts_and_the_first_day_of_the_next_standard_too(session, place):
    root, _unit, position, competency = place
    last = date(2026, 6, 30)
    EmployeeFactory(position=position, left_on=last, is_active=False)
    assert cell(session, root.path, last) == [("73.73.01", 1, 0, 0, 1)]
    assert cell(session, root.path, date(2026, 7, 1)) == []
    person = EmployeeFactory(position=position)
    RecordFactory(employee=person, competency=competency, level=2)
    standard = session.scalars(select(PositionRequirement)).one()
    standard.valid_to_on = date(2026, 9, 1)
    RequirementFactory(competency=competency, role_key="pelaksana-umum", level=3, valid_from_on=date(2026, 9, 1))
    assert cell(session, root.path, date(2026, 8, 31)) == [("73.73.01", 1, 1, 0, 0)]
    assert cell(session, root.path, date(2026, 9, 1)) == [("73.73.01", 1, 0, 1, 0)]
    session.scalars(select(PositionRequirement).where(PositionRequirement.level == 3)).one().valid_to_on = date(
        2026, 10, 1
    )
    assert cell(session, root.path, date(2026, 10, 1)) == []


def test_two_main_jobs_on_one_day_count_once_where_the_newer_one_is(session, place):
    root, unit, position, _competency = place
    person = EmployeeFactory(position=position)  # since 2 January 2024
    session.scalars(select(Employment)).one().ended_on = date(2026, 6, 30)
    other = PositionFactory(unit=UnitFactory(code="73.73.02", parent=root), role_key="pelaksana-umum")
    session.add(
        Employment(
            employee_id=person.id, position_id=other.id, unit_id=other.unit_id, kind=EmploymentKind.DEFINITIVE,
            is_main=True, started_on=date(2026, 6, 30),
        )
    )  # fmt: skip
    session.flush()
    assert cell(session, root.path, date(2026, 6, 29)) == [("73.73.01", 1, 0, 0, 1)]
    assert cell(session, root.path, date(2026, 6, 30)) == [("73.73.02", 1, 0, 0, 1)]
    assert cell(session, unit.path, date(2026, 6, 30)) == []
    assert queries.gap_totals(session, root.path, date(2026, 6, 30)).people == 1


def test_a_subtree_is_a_whole_path_and_not_a_prefix_of_digits(session, place):
    root, *_ = place
    others = [UnitFactory(parent=root) for _ in range(12)]
    position = PositionFactory(unit=others[-1], role_key="pelaksana-umum")
    EmployeeFactory(position=position)
    short = (
        next(u for u in others if str(others[-1].id).startswith(str(u.id)) and u is not others[-1])
        if any(str(others[-1].id).startswith(str(u.id)) and u is not others[-1] for u in others)
        else others[0]
    )
    assert cell(session, short.path) == []


def test_cells_take_one_statement_whatever_the_size(session, place, count_queries):
    root, _unit, position, competency = place
    for size in (2, 12):
        for _ in range(size):
            RecordFactory(employee=EmployeeFactory(position=position), competency=competency)
        with count_queries() as counted:
            queries.gap_cells(session, root.path, ON)
        assert len(counted) == 1
        with count_queries() as counted:
            queries.gap_totals(session, root.path, ON)
        assert len(counted) == 1
        with count_queries() as counted:
            queries.gap_cells_and_totals(session, root.path, ON)
        assert len(counted) == 3
        with count_queries() as counted:
            queries.people_of_cell(session, root.path, competency.id, ON)
        assert len(counted) == 2


def test_people_of_a_cell_come_in_pages_with_the_largest_gap_first(session, place):
    root, unit, _position, competency = place
    head = PositionFactory(unit=unit, role_key="lurah")
    RequirementFactory(competency=competency, role_key="lurah", level=4)
    boss = EmployeeFactory(position=head, name="Zainal")
    RecordFactory(employee=boss, competency=competency, level=1)
    staff = PositionFactory(unit=unit, role_key="pelaksana-umum")
    for number in range(5):
        RecordFactory(employee=EmployeeFactory(position=staff, name=f"Andi {number}"), competency=competency, level=1)
    first, total = queries.people_of_cell(session, root.path, competency.id, ON, state=CellState.BELOW, limit=3)
    second, _total = queries.people_of_cell(
        session, root.path, competency.id, ON, state=CellState.BELOW, limit=3, page=2
    )
    assert total == 6
    assert [row.name for row in first + second] == ["Zainal", *(f"Andi {n}" for n in range(5))]
    assert first[0].gap == 3
    assert first[0].assessed_on == date(2026, 3, 12)


def test_evidence_of_a_person_is_found_by_its_index(session, place):
    _root, _unit, _position, competency = place
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        pytest.skip("the planner prefers a scan of a small table")
    from sqlalchemy import text

    plan = session.execute(
        text(
            "EXPLAIN QUERY PLAN SELECT max(level) FROM competency_record WHERE employee_id = 1 AND competency_id = :c"
        ),
        {"c": competency.id},
    )
    assert "ix_competency_record_employee_id_competency_id" in " ".join(str(row) for row in plan)
