"""Set-based reads of gaps: cells of the map, people of a cell, totals, members of a unit; for any day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, case, cast, func, null, or_, select

from lms.competencies import rules
from lms.competencies.models import (
    Competency,
    CompetencyGroup,
    CompetencyRecord,
    EvidenceKind,
    PositionRequirement,
)
from lms.competencies.policies import appraisable_by
from lms.competencies.queries.dictionary import requirement_valid
from lms.competencies.queries.people import full_name, job_held, stands
from lms.core.orm import path_within, read_rows
from lms.people.models import Employee, EmployeeStatus, Employment, OrganisationalUnit, Position, PositionKind

if TYPE_CHECKING:
    from sqlalchemy import CTE, ColumnElement, Select
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

PAGE, MAX_PAGES = 50, 20
EXPORT_MAX = 20_000


class CellState(StrEnum):
    """Class of a person in a cell of the map."""

    BELOW = "below"
    MEETS = "meets"
    NO_EVIDENCE = "no_evidence"


@dataclass(frozen=True, slots=True)
class GapCell:
    """People of one unit (its own, not those of units below it) in one competency.

    meets + below + no_evidence = people.
    """

    unit_id: int
    unit_code: str
    unit_path: str
    competency_id: int
    competency_code: str
    people: int
    meets: int
    below: int
    no_evidence: int


@dataclass(frozen=True, slots=True)
class GapTotals:
    """People of a subtree, each counted once.

    Args:
        people: who hold a job with a standard.
        assessed: of them, with valid evidence in at least one competency of the standard.
        complete: of them, below in none and assessed in all.
        pairs, pairs_assessed, pairs_meeting: the same counted per person and competency.
    """

    people: int
    assessed: int
    complete: int
    pairs: int
    pairs_assessed: int
    pairs_meeting: int


@dataclass(frozen=True, slots=True)
class CellPerson:
    """One person in a cell."""

    employee_id: int
    public_id: str
    name: str
    position_name: str
    unit_name: str
    unit_code: str
    competency_id: int
    competency_code: str
    required: int
    level: int | None
    assessed_on: date | None

    @property
    def gap(self) -> int:
        """Levels that are missing."""
        return rules.shortfall(self.level, self.required)

    @property
    def word(self) -> rules.GapWord | None:
        """Word for the comparison, None without evidence."""
        return None if self.level is None else rules.gap_word(self.level, self.required)


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a team with counts of the standard."""

    employee_id: int
    public_id: str
    name: str
    position_name: str
    unit_name: str
    asked: int
    assessed: int
    below: int
    levels_short: int
    newest_on: date | None
    may_appraise: bool


@dataclass(frozen=True, slots=True)
class GapFilter:
    """What narrows a map.

    Args:
        group: one group of competencies, None for all.
        position_kind: one kind of position, None for all.
        years: validity of evidence, None for evidence of any age.
        own_only: only the unit's own people, not those of units below it.
    """

    group: CompetencyGroup | None = None
    position_kind: PositionKind | None = None
    years: int | None = rules.EVIDENCE_YEARS
    own_only: bool = False


EVERYTHING = GapFilter()


def _jobs(unit_path: str, on: date, narrow: GapFilter) -> CTE:
    """Return who counts on a day and where: active, internal, one main job each (the newest of two)."""
    place = func.row_number().over(
        partition_by=Employment.employee_id, order_by=(Employment.started_on.desc(), Employment.id.desc())
    )
    people = (
        select(Employment.employee_id, Employment.unit_id, Employment.position_id, place.label("place"))
        .join(Employee, Employee.id == Employment.employee_id)
        .where(
            job_held(on),
            Employee.status != EmployeeStatus.EXTERNAL,
            or_(Employee.left_on >= on, and_(Employee.left_on.is_(None), Employee.is_active.is_(True))),
        )
    )
    if unit_path.count("/") > 2:
        # Below the top only people who ever held a job there can count: an office of twenty need not read everybody.
        inside = (
            select(Employment.employee_id)
            .join(OrganisationalUnit, OrganisationalUnit.id == Employment.unit_id)
            .where(path_within(OrganisationalUnit.path, [unit_path]))
        )
        people = people.where(Employment.employee_id.in_(inside))
    held = people.cte("held")
    query = (
        select(held.c.employee_id, held.c.unit_id, Position.role_key, Position.name.label("position_name"))
        .join(OrganisationalUnit, OrganisationalUnit.id == held.c.unit_id)
        .join(Position, Position.id == held.c.position_id)
        .where(
            held.c.place == 1,
            OrganisationalUnit.path == unit_path
            if narrow.own_only
            else path_within(OrganisationalUnit.path, [unit_path]),
        )
    )
    if narrow.position_kind is not None:
        query = query.where(Position.kind == narrow.position_kind)
    return query.cte("job")


def _asked(on: date, group: CompetencyGroup | None, competency_ids: Collection[int] | None) -> CTE:
    """Return the standards of a day; the newest when two overlap."""
    place = func.row_number().over(
        partition_by=(PositionRequirement.role_key, PositionRequirement.competency_id),
        order_by=(PositionRequirement.valid_from_on.desc(), PositionRequirement.id.desc()),
    )
    query = select(
        PositionRequirement.role_key,
        PositionRequirement.competency_id,
        PositionRequirement.level,
        place.label("place"),
    ).where(requirement_valid(on))
    if group is not None:
        query = query.join(Competency, Competency.id == PositionRequirement.competency_id).where(
            Competency.group == group
        )
    if competency_ids is not None:
        query = query.where(PositionRequirement.competency_id.in_(competency_ids))
    newest = query.cte("newest")
    return select(newest.c.role_key, newest.c.competency_id, newest.c.level).where(newest.c.place == 1).cte("asked")


def _counts(on: date, years: int | None) -> list[ColumnElement[bool]]:
    """Return the conditions under which evidence sets a level on a day."""
    conditions = [
        CompetencyRecord.kind.in_([EvidenceKind.APPRAISAL, EvidenceKind.MEASUREMENT]),
        CompetencyRecord.assessed_on <= on,
        stands(),
    ]
    if years is not None:
        conditions.append(CompetencyRecord.assessed_on >= rules.valid_since(on, years))
    return conditions


def _pairs(unit_path: str, on: date, narrow: GapFilter, competency_ids: Collection[int] | None = None) -> CTE:
    """Return one row per person and competency asked of them, with the level that counts (or NULL).

    Complexity: the index on (employee_id, competency_id, assessed_on, id) answers a unit; a whole region
    reads each valid row of evidence once.
    """
    job = _jobs(unit_path, on, narrow)
    asked = _asked(on, narrow.group, competency_ids)
    return (
        select(
            job.c.employee_id,
            job.c.unit_id,
            job.c.position_name,
            asked.c.competency_id,
            asked.c.level.label("required"),
            func.max(CompetencyRecord.level).label("level"),
        )
        .select_from(job)
        .join(asked, asked.c.role_key == job.c.role_key)
        .outerjoin(
            CompetencyRecord,
            and_(
                CompetencyRecord.employee_id == job.c.employee_id,
                CompetencyRecord.competency_id == asked.c.competency_id,
                *_counts(on, narrow.years),
            ),
        )
        .group_by(job.c.employee_id, job.c.unit_id, job.c.position_name, asked.c.competency_id, asked.c.level)
        .cte("pair")
    )


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), Integer)


def gap_cells(
    session: Session,
    unit_path: str,
    on: date,
    *,
    group: CompetencyGroup | None = None,
    position_kind: PositionKind | None = None,
    years: int | None = rules.EVIDENCE_YEARS,
    competency_ids: Collection[int] | None = None,
) -> list[GapCell]:
    """Return the cells of a subtree as of a day, in one statement.

    People who count: active and internal on that day, with a main job whose kind of position has a standard
    valid that day for the competency. History comes from employments, standards and evidence; the unit tree
    and the kind of a position are today's.

    The caller has checked that the subtree may be read.

    Returns: cells per unit with people of its own; sums over units give the subtree.
    """
    pair = _pairs(unit_path, on, GapFilter(group, position_kind, years), competency_ids)
    cell = _cells(pair).cte("cell")
    query = (
        select(
            OrganisationalUnit.id,
            OrganisationalUnit.code,
            OrganisationalUnit.path,
            Competency.id,
            Competency.code,
            cell.c.people,
            cell.c.meets,
            cell.c.below,
            cell.c.people - cell.c.meets - cell.c.below,
        )
        .select_from(cell)
        .join(OrganisationalUnit, OrganisationalUnit.id == cell.c.unit_id)
        .join(Competency, Competency.id == cell.c.competency_id)
        .order_by(OrganisationalUnit.path, Competency.position_order, Competency.id)
    )
    return [GapCell(*row) for row in read_rows(session, query).all()]


def _cells(pair: CTE) -> Select[Any]:
    return select(
        pair.c.unit_id,
        pair.c.competency_id,
        func.count().label("people"),
        _number(pair.c.level >= pair.c.required).label("meets"),
        _number(pair.c.level < pair.c.required).label("below"),
    ).group_by(pair.c.unit_id, pair.c.competency_id)


def _totals(pair: CTE) -> list[ColumnElement[int]]:
    person = (
        select(
            pair.c.employee_id,
            func.count().label("asked"),
            func.count(pair.c.level).label("assessed"),
            _number(pair.c.level >= pair.c.required).label("meeting"),
        )
        .group_by(pair.c.employee_id)
        .cte("person")
    )
    whole = person.c
    return [
        func.count(whole.employee_id),
        _number(whole.assessed > 0),
        _number(whole.meeting == whole.asked),
        cast(func.coalesce(func.sum(whole.asked), 0), Integer),
        cast(func.coalesce(func.sum(whole.assessed), 0), Integer),
        cast(func.coalesce(func.sum(whole.meeting), 0), Integer),
    ]


def gap_totals(session: Session, unit_path: str, on: date, narrow: GapFilter = EVERYTHING) -> GapTotals:
    """Return the totals of a subtree as of a day, each person counted once, in one statement."""
    pair = _pairs(unit_path, on, narrow)
    return GapTotals(*read_rows(session, select(*_totals(pair))).one())


def gap_cells_and_totals(
    session: Session, unit_path: str, on: date, narrow: GapFilter = EVERYTHING
) -> tuple[list[GapCell], GapTotals]:
    """Return `gap_cells` and `gap_totals` of a subtree, which reads each pair of person and competency once.

    One statement for the numbers and two for the names of units and competencies.
    """
    pair = _pairs(unit_path, on, narrow)
    cell = _cells(pair).subquery()
    none = cast(null(), Integer)
    query = select(cell.c.unit_id, cell.c.competency_id, cell.c.people, cell.c.meets, cell.c.below, none).union_all(
        select(*_totals(pair))
    )
    *rows, whole = sorted(read_rows(session, query).all(), key=lambda row: row[5] is not None)
    units = {
        row[0]: row
        for row in read_rows(
            session,
            select(OrganisationalUnit.id, OrganisationalUnit.code, OrganisationalUnit.path).where(
                path_within(OrganisationalUnit.path, [unit_path])
            ),
        )
    }
    texts = {
        row[0]: row for row in read_rows(session, select(Competency.id, Competency.code, Competency.position_order))
    }
    rows.sort(key=lambda row: (units[row[0]][2], texts[row[1]][2], row[1]))
    cells = []
    for unit_id, competency_id, count, meets, below, _none in rows:
        _id, unit_code, subtree = units[unit_id]
        code = texts[competency_id][1]
        none_valid = count - meets - below
        cells.append(GapCell(unit_id, unit_code, subtree, competency_id, code, count, meets, below, none_valid))
    return cells, GapTotals(*whole)


def _cell_people(
    unit_path: str,
    on: date,
    narrow: GapFilter,
    competency_ids: Collection[int] | None,
    state: CellState | None,
) -> Select[Any]:
    pair = _pairs(unit_path, on, narrow, competency_ids)
    newest = (
        select(func.max(CompetencyRecord.assessed_on))
        .where(
            CompetencyRecord.employee_id == pair.c.employee_id,
            CompetencyRecord.competency_id == pair.c.competency_id,
            CompetencyRecord.level == pair.c.level,
            *_counts(on, narrow.years),
        )
        .scalar_subquery()
    )
    query = (
        select(
            Employee.id,
            Employee.public_id,
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            pair.c.position_name,
            OrganisationalUnit.name,
            OrganisationalUnit.code,
            Competency.id,
            Competency.code,
            pair.c.required,
            pair.c.level,
            newest,
        )
        .select_from(pair)
        .join(Employee, Employee.id == pair.c.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == pair.c.unit_id)
        .join(Competency, Competency.id == pair.c.competency_id)
    )
    if state is CellState.BELOW:
        query = query.where(pair.c.level < pair.c.required)
    elif state is CellState.MEETS:
        query = query.where(pair.c.level >= pair.c.required)
    elif state is CellState.NO_EVIDENCE:
        query = query.where(pair.c.level.is_(None))
    # Largest gap first; those without evidence stand last: nothing is known of them.
    need = pair.c.required - pair.c.level
    return query.order_by(pair.c.level.is_(None), need.desc(), Employee.name, Employee.id, Competency.position_order)


def _cell_person(row: Any) -> CellPerson:
    return CellPerson(row[0], row[1], full_name(row[2], row[3], row[4]), *row[5:])


def people_of_cell(
    session: Session,
    unit_path: str,
    competency_id: int,
    on: date,
    *,
    state: CellState | None = None,
    narrow: GapFilter = EVERYTHING,
    page: int = 1,
    limit: int = PAGE,
) -> tuple[list[CellPerson], int]:
    """Return one page of the people of a cell, largest gap first, and how many there are.

    People of all units below are meant too. Pages run from 1 to MAX_PAGES; who needs more narrows the unit
    or takes the spreadsheet.
    """
    query = _cell_people(unit_path, on, narrow, [competency_id], state)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    page = min(max(1, page), MAX_PAGES)
    rows = session.execute(query.limit(min(limit, 100)).offset((page - 1) * min(limit, 100)))
    return [_cell_person(row) for row in rows], total


def list_gap_people(
    session: Session,
    unit_path: str,
    on: date,
    *,
    narrow: GapFilter = EVERYTHING,
    competency_ids: Sequence[int] | None = None,
    state: CellState | None = None,
    limit: int = EXPORT_MAX,
) -> list[CellPerson]:
    """Return people and competencies of a subtree for a spreadsheet, at most EXPORT_MAX rows."""
    query = _cell_people(unit_path, on, narrow, competency_ids, state)
    return [_cell_person(row) for row in session.execute(query.limit(min(limit, EXPORT_MAX)))]


@dataclass(frozen=True, slots=True)
class Unassessed:
    """A person without valid evidence in any competency of the standard."""

    employee_id: int
    public_id: str
    name: str
    position_name: str
    unit_name: str
    unit_code: str
    asked: int


def people_without_evidence(
    session: Session,
    unit_path: str,
    on: date,
    *,
    narrow: GapFilter = EVERYTHING,
    page: int = 1,
    limit: int = PAGE,
) -> tuple[list[Unassessed], int]:
    """Return one page of the people of a subtree in whom nothing is assessed, and how many there are."""
    pair = _pairs(unit_path, on, narrow)
    person = (
        select(pair.c.employee_id, pair.c.unit_id, pair.c.position_name, func.count().label("asked"))
        .group_by(pair.c.employee_id, pair.c.unit_id, pair.c.position_name)
        .having(func.count(pair.c.level) == 0)
        .cte("person")
    )
    query = (
        select(
            Employee.id,
            Employee.public_id,
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            person.c.position_name,
            OrganisationalUnit.name,
            OrganisationalUnit.code,
            person.c.asked,
        )
        .select_from(person)
        .join(Employee, Employee.id == person.c.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == person.c.unit_id)
        .order_by(OrganisationalUnit.path, Employee.name, Employee.id)
    )
    total = session.scalar(select(func.count()).select_from(person)) or 0
    page = min(max(1, page), MAX_PAGES)
    rows = session.execute(query.limit(limit).offset((page - 1) * min(limit, PAGE)))
    return [
        Unassessed(row[0], row[1], full_name(row[2], row[3], row[4]), row[5], row[6], row[7], row[8]) for row in rows
    ], total


def list_members(
    session: Session,
    actor: Actor,
    unit_path: str,
    on: date,
    *,
    words: str = "",
    page: int = 1,
    limit: int = PAGE,
) -> tuple[list[Member], int]:
    """Return the people of a subtree with counts of their standard, most gaps first, and how many.

    People whose job has no standard are listed too; the actor is left out.
    """
    pair = _pairs(unit_path, on, EVERYTHING)
    short = case((pair.c.level < pair.c.required, pair.c.required - pair.c.level), else_=0)
    person = (
        select(
            pair.c.employee_id,
            func.count().label("asked"),
            func.count(pair.c.level).label("assessed"),
            _number(pair.c.level < pair.c.required).label("below"),
            cast(func.sum(short), Integer).label("short"),
        )
        .group_by(pair.c.employee_id)
        .cte("person")
    )
    newest = (
        select(func.max(CompetencyRecord.assessed_on))
        .where(CompetencyRecord.employee_id == Employee.id, *_counts(on, None))
        .scalar_subquery()
    )
    base = (
        select(
            Employee.id,
            Employee.public_id,
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            func.coalesce(Position.name, ""),
            OrganisationalUnit.name,
            func.coalesce(person.c.asked, 0),
            func.coalesce(person.c.assessed, 0),
            func.coalesce(person.c.below, 0),
            func.coalesce(person.c.short, 0),
            newest,
            case((appraisable_by(actor), 1), else_=0),
        )
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .outerjoin(person, person.c.employee_id == Employee.id)
        .where(
            path_within(OrganisationalUnit.path, [unit_path]),
            Employee.is_active.is_(True),
            Employee.status != EmployeeStatus.EXTERNAL,
        )
    )
    if actor.employee_id is not None:
        base = base.where(Employee.id != actor.employee_id)
    for word in words.split()[:4]:
        base = base.where(func.lower(Employee.name).contains(word.lower(), autoescape=True))
    total = session.scalar(select(func.count()).select_from(base.subquery())) or 0
    page = min(max(1, page), MAX_PAGES)
    rows = session.execute(
        base.order_by(
            func.coalesce(person.c.below, 0).desc(),
            func.coalesce(person.c.short, 0).desc(),
            func.coalesce(person.c.asked - person.c.assessed, 0).desc(),
            Employee.name,
            Employee.id,
        )
        .limit(min(limit, 100))
        .offset((page - 1) * min(limit, 100))
    )
    return [_member(row) for row in rows], total


def _member(row: Any) -> Member:
    return Member(
        employee_id=row[0],
        public_id=row[1],
        name=full_name(row[2], row[3], row[4]),
        position_name=row[5],
        unit_name=row[6],
        asked=row[7],
        assessed=row[8],
        below=row[9],
        levels_short=row[10],
        newest_on=row[11],
        may_appraise=bool(row[12]),
    )
