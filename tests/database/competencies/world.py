"""Small random worlds and a naive recomputation of the gap map, to hold the SQL against."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from lms.competencies.models import CompetencyGroup, CompetencyRecord, EvidenceKind, PositionRequirement
from lms.competencies.rules import valid_until
from lms.people.models import EmployeeStatus, Employment, EmploymentKind, PositionKind
from tests.factories.competencies import (
    CompetencyFactory,
    FrameworkFactory,
    RecordFactory,
    RequirementFactory,
)
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

# Few days, three years apart among them, so that starts, ends and validities meet on the day that is asked about.
DAYS = [
    date(2022, 6, 30),
    date(2022, 7, 1),
    date(2023, 1, 2),
    date(2024, 2, 29),
    date(2025, 6, 30),
    date(2025, 7, 1),
    date(2026, 1, 2),
    date(2026, 1, 3),
]
day = st.sampled_from(DAYS)
later = st.none() | st.none() | day
ROLES = ("lurah", "pelaksana-umum")


@dataclass(frozen=True)
class Plan:
    parents: list[int]
    positions: list[tuple[int, str, PositionKind]]
    people: list[dict]
    standards: list[tuple[str, int, int, date, date | None]]
    records: list[dict]


def plans() -> st.SearchStrategy[Plan]:
    often = st.integers(0, 5).map(lambda n: n > 0)
    person = st.fixed_dictionaries(
        {
            "external": st.integers(0, 7).map(lambda n: n == 7),
            "left": st.none() | later,
            "jobs": st.lists(st.tuples(st.integers(0, 3), day, later, often), min_size=1, max_size=3),
        }
    )
    record = st.fixed_dictionaries(
        {
            "person": st.integers(0, 3),
            "competency": st.integers(0, 1),
            "level": st.integers(0, 5),
            "kind": st.sampled_from(list(EvidenceKind)),
            "on": day,
            "corrects": st.integers(0, 3).map(lambda n: n == 0),
            "void": st.booleans(),
        }
    )
    standard = st.tuples(st.sampled_from(ROLES), st.integers(0, 1), st.integers(1, 4), day, later)
    kinds = st.sampled_from([PositionKind.PENGAWAS, PositionKind.PELAKSANA])
    return st.builds(
        Plan,
        parents=st.lists(st.integers(0, 3), min_size=1, max_size=3),
        positions=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(ROLES), kinds), min_size=2, max_size=4),
        people=st.lists(person, min_size=2, max_size=4),
        standards=st.lists(standard, min_size=3, max_size=9, unique_by=lambda s: (s[0], s[1], s[3])),
        records=st.lists(record, min_size=3, max_size=16),
    )


class World:
    def __init__(self, session, plan: Plan) -> None:
        self.units = [UnitFactory()]
        for number, parent in enumerate(plan.parents):
            self.units.append(UnitFactory(parent=self.units[min(parent, number)]))
        framework = FrameworkFactory()
        groups = [CompetencyGroup.TEKNIS, CompetencyGroup.MANAJERIAL, CompetencyGroup.TEKNIS]
        self.competencies = [CompetencyFactory(framework=framework, group=group) for group in groups]
        self.positions = [
            PositionFactory(unit=self.units[unit % len(self.units)], role_key=role, kind=kind)
            for unit, role, kind in plan.positions
        ]
        self.people, self.jobs = [], []
        for wanted in plan.people:
            status = EmployeeStatus.EXTERNAL if wanted["external"] else EmployeeStatus.PNS
            person = EmployeeFactory(
                unit_id=None, status=status, left_on=wanted["left"], is_active=wanted["left"] is None
            )
            self.people.append(person)
            has_open_main = False
            for place, since, until, main in wanted["jobs"]:
                position = self.positions[place % len(self.positions)]
                ended = None if until is None else max(since, until)
                if main and ended is None:
                    if has_open_main:
                        continue
                    has_open_main = True
                job = Employment(
                    employee_id=person.id,
                    position_id=position.id,
                    unit_id=position.unit_id,
                    kind=EmploymentKind.DEFINITIVE,
                    is_main=main,
                    started_on=since,
                    ended_on=ended,
                )
                session.add(job)
                session.flush()
                self.jobs.append(job)
        self.standards: list[PositionRequirement] = [
            RequirementFactory(
                role_key=role,
                competency=self.competencies[c],
                level=level,
                valid_from_on=since,
                valid_to_on=None if until is None else max(since + timedelta(days=1), until),
            )
            for role, c, level, since, until in plan.standards
        ]
        self.records: list[CompetencyRecord] = []
        for wanted in plan.records:
            person = self.people[wanted["person"] % len(self.people)]
            open_rows = [r for r in self.records if not any(c.corrects_id == r.id for c in self.records)]
            corrects = open_rows[-1].id if wanted["corrects"] and open_rows else None
            self.records.append(
                RecordFactory(
                    employee=person,
                    competency=self.competencies[wanted["competency"]],
                    level=wanted["level"],
                    kind=wanted["kind"],
                    assessed_on=wanted["on"],
                    corrects_id=corrects,
                    is_void=wanted["void"] and corrects is not None,
                )
            )

    def job_on(self, person, on):
        if person.status is EmployeeStatus.EXTERNAL:
            return None
        if (person.left_on is None and not person.is_active) or (person.left_on is not None and person.left_on < on):
            return None
        held = [
            j
            for j in self.jobs
            if j.employee_id == person.id
            and j.is_main
            and j.started_on <= on
            and (j.ended_on is None or j.ended_on >= on)
        ]
        return max(held, key=lambda j: (j.started_on, j.id), default=None)

    def required(self, role, on):
        found = {}
        for row in sorted(self.standards, key=lambda s: (s.valid_from_on, s.id)):
            if row.role_key == role and row.valid_from_on <= on and (row.valid_to_on is None or row.valid_to_on > on):
                found[row.competency_id] = row.level
        return found

    def level(self, person, competency_id, on, years):
        corrected = {r.corrects_id for r in self.records}
        levels = [
            r.level
            for r in self.records
            if r.employee_id == person.id
            and r.competency_id == competency_id
            and r.kind is not EvidenceKind.SELF
            and r.assessed_on <= on
            and (years is None or on <= valid_until(r.assessed_on, years))
            and not r.is_void
            and r.id not in corrected
        ]
        return max(levels, default=None)

    def triples(self, root, on, *, group=None, kind=None, years=3):
        """Yield (person, job, competency id, required, level) of everybody who counts below a unit."""
        places = {p.id: p for p in self.positions}
        paths = {u.id: u.path for u in self.units}
        groups = {c.id: c.group for c in self.competencies}
        for person in self.people:
            job = self.job_on(person, on)
            if job is None or not paths[job.unit_id].startswith(root.path):
                continue
            position = places[job.position_id]
            if kind is not None and position.kind is not kind:
                continue
            for competency_id, required in self.required(position.role_key, on).items():
                if group is None or groups[competency_id] is group:
                    yield person, job, competency_id, required, self.level(person, competency_id, on, years)

    def cells(self, root, on, **narrow):
        found = defaultdict(lambda: [0, 0, 0, 0])
        for _person, job, competency_id, required, level in self.triples(root, on, **narrow):
            cell = found[job.unit_id, competency_id]
            cell[0] += 1
            cell[3 if level is None else 1 if level >= required else 2] += 1
        return {key: tuple(cell) for key, cell in found.items()}
