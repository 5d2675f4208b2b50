"""Comparing the rows of a personnel file with what is there; reads in few statements, writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.core.actor import Permission
from lms.core.orm import path_within
from lms.people.models import (
    ASN,
    Employee,
    EmployeeNumber,
    Employment,
    ImportAction,
    OrganisationalUnit,
    Position,
)
from lms.people.rules.difference import field_differences
from lms.people.rules.names import folded, folded_label, nearest
from lms.people.rules.ranks import ENDED_STATUSES
from lms.people.rules.siasn import ParsedRow, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

CHUNK = 1_000
MAX_AHEAD = timedelta(days=366)
# Columns of a person that a file may say something about.
PERSON_FIELDS = (
    "name",
    "title_before",
    "title_after",
    "gender",
    "birth_on",
    "status",
    "legal_status",
    "rank_code",
    "rank_name",
    "education",
    "email",
    "phone",
    "appointed_on",
    "contract_from_on",
    "external_id",
)


@dataclass(frozen=True, slots=True)
class UnitNow:
    """A unit as the comparison needs it."""

    id: int
    name: str
    path: str
    is_valid: bool


@dataclass(frozen=True, slots=True)
class PersonNow:
    """A person as the record stands."""

    id: int
    version: int
    number: str | None
    is_active: bool
    unit_id: int | None
    unit_path: str | None
    job: tuple[int, int, int, date] | None
    values: dict[str, Any]


@dataclass(slots=True)
class Compared:
    """What a row would do."""

    number: int
    action: ImportAction
    label: str
    employee_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Surroundings:
    """Units and positions by all the names under which a file may call them."""

    units: dict[int, UnitNow]
    unit_by_ref: dict[str, int]
    units_by_label: dict[str, list[int]]
    positions: dict[int, dict[str, int]]
    position_names: dict[int, dict[int, str]]


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield pieces that fit into one IN list."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def surroundings(session: Session, *, today: date) -> Surroundings:
    """Return all units and positions for look-up; two statements."""
    found = Surroundings({}, {}, {}, {}, {})
    rows = session.execute(
        select(
            OrganisationalUnit.id,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            OrganisationalUnit.code,
            OrganisationalUnit.external_id,
            OrganisationalUnit.valid_to_on,
        ).order_by(OrganisationalUnit.id)
    )
    for unit_id, name, path, code, external_id, valid_to_on in rows:
        found.units[unit_id] = UnitNow(unit_id, name, path, valid_to_on is None or valid_to_on > today)
        found.units_by_label.setdefault(folded_label(name), []).append(unit_id)
        for ref in (code, external_id):
            if ref:
                found.unit_by_ref[ref.casefold()] = unit_id
    positions = session.execute(
        select(
            Position.id,
            Position.unit_id,
            Position.name,
            Position.code,
            Position.external_id,
            Position.valid_to_on,
        ).order_by(Position.id)
    )
    for position_id, unit_id, name, code, external_id, valid_to_on in positions:
        if valid_to_on is not None and valid_to_on <= today:
            continue
        names = found.positions.setdefault(unit_id, {})
        found.position_names.setdefault(unit_id, {})[position_id] = name
        for ref in (code, external_id):
            if ref:
                names.setdefault(ref.casefold(), position_id)
        for label in _position_labels(name, found.units[unit_id].name):
            names.setdefault(label, position_id)
    return found


def _position_labels(name: str, unit_name: str) -> set[str]:
    """Return a position's name with and without the name of its place (`Lurah Boting` and `Lurah`)."""
    label = folded_label(name)
    place = folded_label(unit_name).removeprefix("kelurahan ").removeprefix("kecamatan ")
    short = label.removesuffix(f" {place}")
    return {label, short, label.removesuffix(f" kelurahan {place}").removesuffix(f" kecamatan {place}")}


def people_by_number(
    session: Session, *, numbers: Sequence[str], external_ids: Sequence[str]
) -> tuple[dict[str, int], dict[str, int], dict[int, PersonNow]]:
    """Return employee ids by number and by PNS ID, and these people as they stand."""
    by_number: dict[str, int] = {}
    for part in chunks(numbers):
        rows = session.execute(
            select(EmployeeNumber.number, EmployeeNumber.employee_id).where(EmployeeNumber.number.in_(part))
        )
        by_number.update((number, employee_id) for number, employee_id in rows)
    by_external: dict[str, int] = {}
    for part in chunks(external_ids):
        pairs = session.execute(select(Employee.external_id, Employee.id).where(Employee.external_id.in_(part)))
        by_external.update({str(external_id): employee_id for external_id, employee_id in pairs})
    ids = sorted({*by_number.values(), *by_external.values()})
    return by_number, by_external, people_now(session, ids)


def people_now(session: Session, ids: Sequence[int]) -> dict[int, PersonNow]:
    """Return people as they stand, by id; two statements for each thousand."""
    columns = [getattr(Employee, name) for name in PERSON_FIELDS]
    found: dict[int, PersonNow] = {}
    for part in chunks(ids):
        jobs = {
            row.employee_id: (row.id, row.position_id, row.unit_id, row.started_on)
            for row in session.execute(
                select(
                    Employment.employee_id,
                    Employment.id,
                    Employment.position_id,
                    Employment.unit_id,
                    Employment.started_on,
                ).where(Employment.employee_id.in_(part), Employment.is_main, Employment.ended_on.is_(None))
            )
        }
        rows = session.execute(
            select(
                Employee.id,
                Employee.version,
                EmployeeNumber.number,
                Employee.is_active,
                Employee.unit_id,
                OrganisationalUnit.path,
                *columns,
            )
            .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .outerjoin(
                EmployeeNumber,
                (EmployeeNumber.employee_id == Employee.id) & EmployeeNumber.valid_to_on.is_(None),
            )
            .where(Employee.id.in_(part))
        )
        for row in rows:
            found[row[0]] = PersonNow(
                id=row[0],
                version=row[1],
                number=row[2],
                is_active=row[3],
                unit_id=row[4],
                unit_path=row[5],
                job=jobs.get(row[0]),
                values=dict(zip(PERSON_FIELDS, row[6:], strict=True)),
            )
    return found


class Comparison:
    """One file against one region.

    Args:
        unit: the unit of the file; rows of units outside it are bad.
        complete: whether the file lists everybody of the unit, so that absent people leave.
    """

    def __init__(
        self, session: Session, actor: Actor, *, unit: OrganisationalUnit, today: date, complete: bool
    ) -> None:
        """Read units and positions."""
        self._session, self._actor, self._unit, self._today = session, actor, unit, today
        self._complete = complete
        self._around = surroundings(session, today=today)
        self._near: dict[tuple[int, str], str | None] = {}

    def rows(self, parsed: Sequence[ParsedRow]) -> list[Compared]:
        """Return what each row would do, in the order of the file, and then who would leave."""
        numbers = sorted({row.person["number"] for row in parsed if row.person["number"]})
        external = sorted({row.person["external_id"] for row in parsed if "external_id" in row.person})
        by_number, by_external, people = people_by_number(self._session, numbers=numbers, external_ids=external)
        seen: dict[str, int] = {}
        taken: dict[int, int] = {}
        result: list[Compared] = []
        for row in parsed:
            self._check_twice(row, seen)
            person = self._match(row, by_number, by_external, people, taken)
            result.append(self._compare(row, person))
        if self._complete:
            result.extend(self._leaving(parsed, matched=set(taken)))
        return result

    def _check_twice(self, row: ParsedRow, seen: dict[str, int]) -> None:
        number = row.person["number"]
        if not number or any(problem.column == "NIP BARU" for problem in row.problems):
            return
        if number in seen:
            row.problems.append(Problem("NIP BARU", number, "number_twice", {"row": seen[number] % 100_000}))
        else:
            seen[number] = row.number

    def _match(
        self,
        row: ParsedRow,
        by_number: dict[str, int],
        by_external: dict[str, int],
        people: dict[int, PersonNow],
        taken: dict[int, int],
    ) -> PersonNow | None:
        number, external = row.person["number"], row.person.get("external_id")
        first = by_number.get(number)
        second = by_external.get(external) if external else None
        if first is not None and second is not None and first != second:
            row.problems.append(Problem("PNS ID", str(external), "number_of_other"))
        employee_id = first if first is not None else second
        if employee_id is None:
            return None
        if employee_id in taken and taken[employee_id] != row.number:
            if not row.problems:
                row.problems.append(Problem("NIP BARU", number, "number_twice", {"row": taken[employee_id] % 100_000}))
        else:
            taken[employee_id] = row.number
        return people[employee_id]

    def _compare(self, row: ParsedRow, person: PersonNow | None) -> Compared:
        unit = self._unit_of(row)
        position_id = self._position_of(row, unit) if unit is not None else None
        if person is not None and not self._may_take(person):
            row.problems.append(Problem("NIP BARU", row.person["number"], "person_elsewhere"))
            person = None
        ended = row.person.get("legal_status") in ENDED_STATUSES
        if ended and person is None and not row.problems:
            row.problems.append(Problem("KEDUDUKAN HUKUM ID", row.raw.get("KEDUDUKAN HUKUM NAMA", ""), "already_left"))
        label = row.person.get("name") or row.person["number"]
        if row.problems or unit is None or position_id is None:
            return self._bad(row, label)
        if person is None:
            return self._new(row, label, unit=unit, position_id=position_id)
        if ended:
            return self._ended(row, label, person)
        return self._changed(row, label, person, unit=unit, position_id=position_id)

    def _may_take(self, person: PersonNow) -> bool:
        if person.unit_path is None:
            return any(path.count("/") <= 2 for path in self._actor.scope(Permission.PEOPLE_IMPORT))
        return self._actor.may_in(Permission.PEOPLE_IMPORT, person.unit_path)

    def _unit_of(self, row: ParsedRow) -> UnitNow | None:
        ref, name = row.job["unit_ref"], row.job["unit_name"]
        if not ref and not name:
            return None
        around = self._around
        unit_id = around.unit_by_ref.get(ref.casefold()) if ref else None
        if unit_id is None:
            matches = around.units_by_label.get(folded_label(name), [])
            inside = [one for one in matches if around.units[one].path.startswith(self._unit.path)]
            matches = inside or matches
            if len(matches) > 1:
                row.problems.append(Problem("UNOR NAMA", name, "unit_ambiguous", {"name": name, "count": len(matches)}))
                return None
            unit_id = matches[0] if matches else None
        if unit_id is None:
            shown = name or ref
            near = self._nearest(0, shown, (one.name for one in around.units.values()))
            code, values = ("unit_unknown_near", {"near": near}) if near else ("unit_unknown", {})
            row.problems.append(Problem("UNOR NAMA", shown, code, {"name": shown, **values}))
            return None
        unit = around.units[unit_id]
        if not unit.path.startswith(self._unit.path):
            row.problems.append(Problem("UNOR NAMA", name, "unit_outside", {"name": name or unit.name}))
            return None
        if not unit.is_valid:
            row.problems.append(Problem("UNOR NAMA", name, "unit_closed", {"name": unit.name}))
            return None
        return unit

    def _position_of(self, row: ParsedRow, unit: UnitNow) -> int | None:
        ref, name = row.job["position_ref"], row.job["position_name"]
        if not ref and not name:
            return None
        names = self._around.positions.get(unit.id, {})
        position_id = names.get(ref.casefold()) if ref else None
        if position_id is None and name:
            position_id = names.get(folded_label(name))
        if position_id is None:
            near = self._nearest(unit.id, name, self._around.position_names.get(unit.id, {}).values())
            code, values = ("position_unknown_near", {"near": near}) if near else ("position_unknown", {})
            shown = name or ref
            row.problems.append(Problem("JABATAN NAMA", shown, code, {"name": shown, "unit": unit.name, **values}))
        return position_id

    def _nearest(self, place: int, text: str, candidates: Iterable[str]) -> str | None:
        # Files repeat their mistakes, and the search is dear.
        key = (place, text)
        if key not in self._near:
            self._near[key] = nearest(text, candidates)
        return self._near[key]

    def _bad(self, row: ParsedRow, label: str) -> Compared:
        return Compared(
            row.number,
            ImportAction.BAD,
            label,
            data={"raw": row.raw},
            problems=[problem.as_json() for problem in row.problems],
        )

    def _new(self, row: ParsedRow, label: str, *, unit: UnitNow, position_id: int) -> Compared:
        started_on = row.job.get("started_on") or self._today
        if started_on > self._today + MAX_AHEAD:
            row.problems.append(Problem("TMT JABATAN", started_on.isoformat(), "job_far"))
            return self._bad(row, label)
        data = {
            "person": as_json({**row.person, "legal_status": row.person.get("legal_status", "01")}),
            "job": {"unit_id": unit.id, "position_id": position_id, "started_on": started_on.isoformat()},
            "shown": {"unit": unit.name, "position": self._around.position_names[unit.id][position_id]},
            "warnings": [warning.as_json() for warning in row.warnings],
        }
        return Compared(row.number, ImportAction.NEW, label, data=data)

    def _ended(self, row: ParsedRow, label: str, person: PersonNow) -> Compared:
        changes = self._person_changes(row, person)
        if not person.is_active and not changes:
            return Compared(row.number, ImportAction.SAME, label, person.id)
        if person.is_active and person.job is not None and person.job[3] > self._today:
            row.problems.append(Problem("KEDUDUKAN HUKUM ID", "", "leaves_before_job"))
            return self._bad(row, label)
        data = self._data(row, person, changes)
        data["leaves"] = person.is_active
        data["shown"] = {"unit": self._unit_name(person), "why": "status"}
        action = ImportAction.LEAVING if person.is_active else ImportAction.CHANGED
        return Compared(row.number, action, label, person.id, data=data)

    def _changed(self, row: ParsedRow, label: str, person: PersonNow, *, unit: UnitNow, position_id: int) -> Compared:
        changes = self._person_changes(row, person)
        job, shown = self._job_change(row, person, unit=unit, position_id=position_id)
        if row.problems:
            return self._bad(row, label)
        if not changes and job is None and person.is_active:
            return Compared(row.number, ImportAction.SAME, label, person.id)
        data = self._data(row, person, changes)
        data["job"], data["shown"] = job, shown
        data["returns"] = not person.is_active
        moved = job is not None and person.job is not None and person.job[2] != unit.id
        return Compared(row.number, ImportAction.MOVED if moved else ImportAction.CHANGED, label, person.id, data=data)

    def _data(self, row: ParsedRow, person: PersonNow, changes: list[tuple[str, Any, Any]]) -> dict[str, Any]:
        return {
            "version": person.version,
            "number": row.person["number"],
            "changes": [[name, json_value(before), json_value(after)] for name, before, after in changes],
            "warnings": [warning.as_json() for warning in row.warnings],
        }

    def _person_changes(self, row: ParsedRow, person: PersonNow) -> list[tuple[str, Any, Any]]:
        values = {key: value for key, value in row.person.items() if key != "number"}
        # SIASN writes names in capitals: a name that differs in nothing else is the same name.
        if folded(values.get("name")) == folded(person.values["name"]):
            values.pop("name", None)
        changes = field_differences(person.values, values)
        if row.person["number"] != person.number:
            changes.append(("number", person.number, row.person["number"]))
        return changes

    def _job_change(
        self, row: ParsedRow, person: PersonNow, *, unit: UnitNow, position_id: int
    ) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        given = row.job.get("started_on")
        held = person.job
        names = self._around.position_names
        shown: dict[str, Any] = {"unit": unit.name, "position": names[unit.id][position_id]}
        if held is not None:
            _job_id, held_position, held_unit, held_on = held
            shown["unit_before"] = self._around.units[held_unit].name
            shown["position_before"] = names.get(held_unit, {}).get(held_position, "")
            if held_position == position_id:
                if given is None or given == held_on:
                    return None, shown
                shown["started_before"] = held_on.isoformat()
                shown["started_on"] = given.isoformat()
                return {"correct": True, "started_on": given.isoformat()}, shown
            if given is not None and given < held_on:
                row.problems.append(Problem("TMT JABATAN", given.isoformat(), "job_older"))
                return None, shown
        started_on = given or self._today
        if started_on > self._today + MAX_AHEAD:
            row.problems.append(Problem("TMT JABATAN", started_on.isoformat(), "job_far"))
            return None, shown
        if held is not None and started_on <= held[3]:
            started_on = held[3]  # same day or later than today: the job held is put right, none is added
            change = {"correct": True, "started_on": started_on.isoformat()}
        else:
            change = {"started_on": started_on.isoformat()}
        shown["started_on"] = started_on.isoformat()
        return {**change, "unit_id": unit.id, "position_id": position_id}, shown

    def _unit_name(self, person: PersonNow) -> str:
        unit = self._around.units.get(person.unit_id or 0)
        return unit.name if unit is not None else ""

    def _leaving(self, parsed: Sequence[ParsedRow], *, matched: set[int]) -> list[Compared]:
        """Return the active ASN of the unit whom the file does not list.

        Whoever stands in a bad row, by name, does not leave: a mistyped number must take nobody away.
        """
        named = {folded(row.person.get("name")) for row in parsed if row.problems}
        rows = self._session.execute(
            select(Employee.id, Employee.name, Employee.version, Employee.unit_id)
            .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .where(
                Employee.is_active,
                Employee.status.in_(ASN),
                path_within(OrganisationalUnit.path, [self._unit.path]),
            )
            .order_by(Employee.name, Employee.id)
        )
        leaving: list[Compared] = []
        for employee_id, name, version, unit_id in rows:
            if employee_id in matched or folded(name) in named:
                continue
            data = {
                "version": version,
                "changes": [],
                "leaves": True,
                "warnings": [],
                "shown": {"unit": self._around.units[unit_id or 0].name, "why": "absent"},
            }
            # Rows that the file does not have count downwards from -1.
            number = -1 - len(leaving)
            leaving.append(Compared(number, ImportAction.LEAVING, name, employee_id, data=data))
        return leaving


def json_value(value: Any) -> Any:
    """Return a value that JSON can hold."""
    return value.isoformat() if isinstance(value, date) else value


def as_json(values: dict[str, Any]) -> dict[str, Any]:
    """Return values that JSON can hold."""
    return {key: json_value(value) for key, value in values.items()}
