"""Carrying out and taking back the rows of an import, a batch at a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm.attributes import flag_modified

from lms.core.audit import ReadingNote, record
from lms.core.errors import Refused
from lms.core.events import publish
from lms.core.orm import Base
from lms.people.events import (
    EmployeeChanged,
    EmployeeJoined,
    EmployeeLeft,
    EmployeeRemoving,
    EmployeeTransferred,
)
from lms.people.models import (
    Employee,
    EmployeeNumber,
    EmployeeStatus,
    Employment,
    EmploymentKind,
    ImportAction,
    PersonnelImportRow,
)
from lms.people.rules.numbers import masked_number, number_kind
from lms.people.services.employees import change_number
from lms.people.services.employments import release
from lms.people.services.import_compare import PERSON_FIELDS, chunks, json_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

_DATES = frozenset({"birth_on", "appointed_on", "contract_from_on", "left_on"})
_SNAPSHOT = (*PERSON_FIELDS, "is_active", "left_on", "unit_id", "position_id", "updated_at")


def _value(name: str, value: Any) -> Any:
    """Return a stored value in the type of its column."""
    if value is None:
        return None
    if name in _DATES:
        return date.fromisoformat(value)
    if name == "status":
        return EmployeeStatus(value)
    return datetime.fromisoformat(value) if name == "updated_at" else value


class Batch:
    """Rows that are carried out together, in one transaction.

    Args:
        actor: on whose behalf; audit rows name it.
        today: calendar day in the zone of the import's unit.
    """

    def __init__(self, session: Session, actor: Actor, *, now: datetime, today: date) -> None:
        """Begin with nothing done."""
        self._session, self._actor, self._now, self._today = session, actor, now, today
        self._news: list[object] = []

    # -- applying -------------------------------------------------------------------------

    def apply(self, rows: Sequence[PersonnelImportRow]) -> None:
        """Carry out rows; one whose person changed since the preview becomes bad and changes nothing.

        Concurrency: holds the people's rows in the order of their ids.
        """
        people = self._held([row.employee_id for row in rows if row.employee_id is not None])
        jobs = self._open_jobs(list(people))
        fresh = self._fresh(rows)
        new_rows: list[PersonnelImportRow] = []
        touched: list[tuple[PersonnelImportRow, Employee]] = []
        for row in rows:
            if row.action is ImportAction.NEW:
                if row.data["person"]["number"] in fresh:
                    self._spoil(row)
                else:
                    new_rows.append(row)
                continue
            person = people.get(row.employee_id or 0)
            if person is None or person.version != row.data["version"]:
                self._spoil(row)
                continue
            row.before = self._snapshot(row, person, jobs.get(person.id))
            if row.action is ImportAction.LEAVING:
                if not self._leave(row, person):
                    continue
            else:
                self._change(row, person, jobs.get(person.id))
            touched.append((row, person))
        added = [self._add(row) for row in new_rows]
        self._session.flush()  # ended jobs must be written before the new ones of the same people
        made = self._start_jobs(touched, zip(new_rows, added, strict=True))
        self._session.flush()  # versions and ids are known now
        for row, person in touched:
            row.data = {**row.data, "after_version": person.version, "made": made.get(person.id, [])}
        for row, person in zip(new_rows, added, strict=True):
            row.employee_id = person.id
            row.data = {**row.data, "after_version": person.version}
            self._tell_added(row, person)
        for news in self._news:
            publish(self._session, news)

    def _held(self, ids: Sequence[int]) -> dict[int, Employee]:
        found: dict[int, Employee] = {}
        for part in chunks(sorted(set(ids))):
            query = select(Employee).where(Employee.id.in_(part)).order_by(Employee.id).with_for_update()
            for person in self._session.scalars(query.execution_options(populate_existing=True)):
                found[person.id] = person
        return found

    def _open_jobs(self, ids: Sequence[int]) -> dict[int, Employment]:
        found: dict[int, Employment] = {}
        for part in chunks(ids):
            query = select(Employment).where(
                Employment.employee_id.in_(part), Employment.is_main, Employment.ended_on.is_(None)
            )
            for job in self._session.scalars(query.execution_options(populate_existing=True)):
                found[job.employee_id] = job
        return found

    def _fresh(self, rows: Sequence[PersonnelImportRow]) -> set[str]:
        """Return which numbers of the new people somebody holds by now."""
        numbers = [row.data["person"]["number"] for row in rows if row.action is ImportAction.NEW]
        found: set[str] = set()
        for part in chunks(numbers):
            found.update(self._session.scalars(select(EmployeeNumber.number).where(EmployeeNumber.number.in_(part))))
        return found

    def _spoil(self, row: PersonnelImportRow) -> None:
        row.problems = [{"column": "NIP BARU", "value": "", "code": "changed_meanwhile", "values": {}}]
        row.data = {**row.data, "was": row.action.value}
        row.action = ImportAction.BAD

    def _snapshot(self, row: PersonnelImportRow, person: Employee, job: Employment | None) -> dict[str, Any]:
        before: dict[str, Any] = {
            "employee": {name: json_value(getattr(person, name)) for name in _SNAPSHOT},
            "jobs": [_job_values(job)] if job is not None else [],
        }
        if any(change[0] == "number" for change in row.data["changes"]):
            numbers = self._session.scalars(select(EmployeeNumber).where(EmployeeNumber.employee_id == person.id))
            before["numbers"] = {
                str(one.id): one.valid_to_on.isoformat() if one.valid_to_on is not None else None for one in numbers
            }
        return before

    def _add(self, row: PersonnelImportRow) -> Employee:
        values = {key: _value(key, value) for key, value in row.data["person"].items() if key != "number"}
        job = row.data["job"]
        person = Employee(
            **values,
            created_at=self._now,
            updated_at=self._now,
            unit_id=job["unit_id"],
            position_id=job["position_id"] if date.fromisoformat(job["started_on"]) <= self._today else None,
        )
        self._session.add(person)
        return person

    def _tell_added(self, row: PersonnelImportRow, person: Employee) -> None:
        started_on = date.fromisoformat(row.data["job"]["started_on"])
        number = masked_number(row.data["person"]["number"])
        record(
            self._session,
            self._actor,
            action="employee.import_create",
            subject=("employee", person.id),
            person_id=person.id,
            after={"name": person.name, "number": number},
            at=self._now,
        )
        self._news.append(EmployeeJoined(person.id, person.unit_id, person.position_id, started_on))

    def _change(self, row: PersonnelImportRow, person: Employee, held: Employment | None) -> None:
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for name, old, new in row.data["changes"]:
            if name == "number":
                change_number(self._session, person, new, status=person.status, on=self._today)
                old, new = masked_number(old), masked_number(new)  # noqa: PLW2901 -- for the audit row
            else:
                setattr(person, name, _value(name, new))
            before[name], after[name] = old, new
        if row.data.get("returns"):
            person.is_active, person.left_on = True, None
        job = row.data.get("job")
        if job and held is not None:
            if job.get("correct"):
                self._correct(person, held, job)
            else:
                held.ended_on = date.fromisoformat(job["started_on"]) - timedelta(days=1)
        if job:
            after["job"] = job
        person.updated_at = self._now  # raises the version also when only a job changes
        record(
            self._session,
            self._actor,
            action="employee.import_change",
            subject=("employee", person.id),
            person_id=person.id,
            before=before,
            after=after,
            at=self._now,
        )
        if before:
            self._news.append(EmployeeChanged(person.id, frozenset(before)))
        if row.data.get("returns"):
            self._news.append(EmployeeJoined(person.id, person.unit_id, person.position_id, self._today))

    def _correct(self, person: Employee, held: Employment, job: dict[str, Any]) -> None:
        """Put the job that is held right: its first day, or what it is."""
        held.started_on = date.fromisoformat(job["started_on"])
        if "position_id" in job:
            held.position_id, held.unit_id = job["position_id"], job["unit_id"]
            self._place(person, job)

    def _place(self, person: Employee, job: dict[str, Any]) -> None:
        started_on = date.fromisoformat(job["started_on"])
        if started_on > self._today:
            return  # planned; services.follow_jobs lets it take effect on its day
        before = (person.unit_id, person.position_id)
        if before == (job["unit_id"], job["position_id"]):
            return
        person.unit_id, person.position_id = job["unit_id"], job["position_id"]
        self._news.append(
            EmployeeTransferred(person.id, before[0], job["unit_id"], before[1], job["position_id"], started_on)
        )

    def _start_jobs(self, touched: Sequence[tuple[PersonnelImportRow, Employee]], added: Any) -> dict[int, list[int]]:
        """Add the new jobs; returns their ids by person, so that they can be taken back."""
        jobs: list[Employment] = []
        for row, person in touched:
            job = row.data.get("job")
            if job and not job.get("correct"):
                jobs.append(self._job(person.id, job))
                self._place(person, job)
        for row, person in added:
            jobs.append(self._job(person.id, row.data["job"]))
            self._session.add(
                EmployeeNumber(
                    employee_id=person.id,
                    number=row.data["person"]["number"],
                    kind=number_kind(person.status),
                    valid_from_on=date.fromisoformat(row.data["job"]["started_on"]),
                )
            )
        self._session.add_all(jobs)
        self._session.flush()  # ids of the jobs
        made: dict[int, list[int]] = {}
        for one in jobs:
            made.setdefault(one.employee_id, []).append(one.id)
        return made

    def _job(self, employee_id: int, job: dict[str, Any]) -> Employment:
        return Employment(
            employee_id=employee_id,
            position_id=job["position_id"],
            unit_id=job["unit_id"],
            kind=EmploymentKind.DEFINITIVE,
            is_main=True,
            started_on=date.fromisoformat(job["started_on"]),
        )

    def _leave(self, row: PersonnelImportRow, person: Employee) -> bool:
        for name, _old, new in row.data["changes"]:
            if name != "number":
                setattr(person, name, _value(name, new))
        try:
            ended = release(self._session, person, last_on=self._today, now=self._now)
        except Refused:
            self._spoil(row)
            return False
        row.before = {**row.before, "jobs": [{**_job_values(job), "ended_on": was} for job, was in ended]}
        record(
            self._session,
            self._actor,
            action="employee.import_leave",
            subject=("employee", person.id),
            person_id=person.id,
            after={"left_on": self._today.isoformat()},
            at=self._now,
        )
        return True

    # -- undoing --------------------------------------------------------------------------

    def undo(self, rows: Sequence[PersonnelImportRow]) -> None:
        """Take rows back exactly; a person changed since is left as is, and the row says so.

        Concurrency: holds the people's rows in the order of their ids.
        """
        people = self._held([row.employee_id for row in rows if row.employee_id is not None])
        restored: list[tuple[PersonnelImportRow, Employee]] = []
        added: list[tuple[PersonnelImportRow, Employee]] = []
        for row in rows:
            person = people.get(row.employee_id or 0)
            if "after_version" not in row.data or person is None:
                continue  # was never carried out
            if person.version != row.data["after_version"]:
                self._note(row, "changed_after")
            elif row.action is ImportAction.NEW:
                added.append((row, person))
            else:
                restored.append((row, person))
        self._take_back_jobs(restored)
        for row, person in restored:
            self._restore(row, person)
        self._session.flush()  # handlers read what is restored
        self._take_out(added)
        for news in self._news:
            publish(self._session, news)

    def _note(self, row: PersonnelImportRow, code: str) -> None:
        row.problems = [{"column": "", "value": "", "code": code, "values": {}}]
        flag_modified(row, "problems")

    def _take_back_jobs(self, restored: Sequence[tuple[PersonnelImportRow, Employee]]) -> None:
        made = [job_id for row, _person in restored for job_id in row.data.get("made", [])]
        for part in chunks(made):
            self._session.execute(delete(Employment).where(Employment.id.in_(part)))
        held = [
            {
                **job,
                "started_on": date.fromisoformat(job["started_on"]),
                "ended_on": date.fromisoformat(job["ended_on"]) if job["ended_on"] else None,
            }
            for row, _person in restored
            for job in row.before["jobs"]
        ]
        if held:
            self._session.execute(update(Employment), held)

    def _restore(self, row: PersonnelImportRow, person: Employee) -> None:
        was = (person.unit_id, person.position_id, person.is_active)
        if "numbers" in row.before:
            self._restore_numbers(person, row.before["numbers"])
        for name, value in row.before["employee"].items():
            setattr(person, name, _value(name, value))
        record(
            self._session,
            self._actor,
            action="employee.import_undo",
            subject=("employee", person.id),
            person_id=person.id,
            at=self._now,
        )
        if row.data["changes"]:
            fields = frozenset(name for name, _old, _new in row.data["changes"])
            self._news.append(EmployeeChanged(person.id, fields))
        if person.is_active and not was[2]:
            self._news.append(EmployeeJoined(person.id, person.unit_id, person.position_id, self._today))
        elif was[2] and not person.is_active:
            self._news.append(EmployeeLeft(person.id, person.unit_id, self._today))
        elif (person.unit_id, person.position_id) != was[:2] and person.unit_id and person.position_id:
            self._news.append(
                EmployeeTransferred(person.id, was[0], person.unit_id, was[1], person.position_id, self._today)
            )

    def _restore_numbers(self, person: Employee, before: dict[str, str | None]) -> None:
        kept = [int(number_id) for number_id in before]
        self._session.execute(
            delete(EmployeeNumber).where(EmployeeNumber.employee_id == person.id, EmployeeNumber.id.not_in(kept))
        )
        # Those that were ended come first, so that never two are in force.
        for number_id, ended in sorted(before.items(), key=lambda pair: pair[1] is None):
            self._session.execute(
                update(EmployeeNumber)
                .where(EmployeeNumber.id == int(number_id))
                .values(valid_to_on=date.fromisoformat(ended) if ended else None)
            )

    def _take_out(self, added: Sequence[tuple[PersonnelImportRow, Employee]]) -> None:
        """Remove people whom the import had added; those with records of their own stay, inactive."""
        for _row, person in added:
            publish(self._session, EmployeeRemoving(person.id))
        self._session.flush()  # what handlers removed must be gone before the look-up
        referred = self._referred_to([person.id for _row, person in added])
        gone: list[int] = []
        for row, person in added:
            if person.id in referred:
                started_on = date.fromisoformat(row.data["job"]["started_on"])
                release(self._session, person, last_on=max(self._today, started_on), now=self._now)
                self._note(row, "kept_with_records")
            else:
                gone.append(person.id)
                self._session.expunge(person)
        for part in chunks(gone):
            rows = update(PersonnelImportRow).where(PersonnelImportRow.employee_id.in_(part))
            self._session.execute(rows.values(employee_id=None))
            # That somebody looked at the new record meanwhile does not keep it; the audit row stays.
            self._session.execute(delete(ReadingNote).where(ReadingNote.person_id.in_(part)))
            for model in (EmployeeNumber, Employment):
                self._session.execute(delete(model).where(model.employee_id.in_(part)))
            self._session.execute(delete(Employee).where(Employee.id.in_(part)))
        for employee_id in gone:
            record(
                self._session,
                self._actor,
                action="employee.import_undo",
                subject=("employee", employee_id),
                person_id=employee_id,
                at=self._now,
            )

    def _referred_to(self, ids: Sequence[int]) -> set[int]:
        """Return to whom any other table refers, whatever feature it belongs to."""
        found: set[int] = set()
        own = {"employee", "employee_number", "employment", "personnel_import_row", "reading_note"}
        for table in Base.metadata.sorted_tables:
            if table.name in own:
                continue
            for column in table.columns:
                if any(key.target_fullname == "employee.id" for key in column.foreign_keys):
                    for part in chunks(ids):
                        query = select(column).where(column.in_(part)).distinct()
                        found.update(self._session.scalars(query))
        return found


def _job_values(job: Employment) -> dict[str, Any]:
    return {
        "id": job.id,
        "position_id": job.position_id,
        "unit_id": job.unit_id,
        "started_on": job.started_on.isoformat(),
        "ended_on": job.ended_on.isoformat() if job.ended_on is not None else None,
    }
