"""Demo data of competencies: the dictionary, the standards, and three years of evidence that tells a story.

Digital literacy is weak in Sendana and Mungkajang, complaints are weak nearly everywhere, population records
are strong. About seven in ten pairs of person and competency hold valid evidence; some hold none or only old.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select

import lms
from lms.cli.demo.identity_data import showcase
from lms.competencies import queries, services
from lms.competencies.models import CompetencyRecord, EvidenceKind, EvidenceSource
from lms.competencies.rules import STRENGTH, years_before
from lms.core.actor import SYSTEM
from lms.core.ids import new_public_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context
    from lms.cli.demo.models import Employment, Person, Region

CONTENT: Final = Path(lms.__file__).parent / "content" / "kompetensi"
# The standards of the demo hold longer than those of a real start: maps of earlier days show something.
STANDARD_YEARS: Final = 4

# Share of people below standard, by competency; generic ones are mostly met.
WEAK: Final[Mapping[str, float]] = {
    "T.01": 0.10,
    "T.02": 0.25,
    "T.03": 0.34,
    "T.04": 0.30,
    "T.05": 0.19,
    "T.06": 0.12,
    "T.07": 0.46,
    "T.08": 0.28,
    "T.09": 0.52,
    "T.10": 0.56,
    "T.11": 0.24,
    "M.3": 0.18,
    "M.6": 0.22,
    "M.7": 0.24,
    "M.8": 0.14,
}
GENERIC_WEAK: Final = 0.08
# What the map shall show: added to the share, by kecamatan and competency.
STORY: Final[Mapping[tuple[str, str], float]] = {
    ("Sendana", "T.10"): 0.28,
    ("Mungkajang", "T.10"): 0.20,
    ("Wara Timur", "T.10"): 0.10,
    ("Wara Barat", "T.10"): -0.26,
    ("Sendana", "T.09"): 0.22,
    ("Telluwanua", "T.09"): 0.10,
    ("Mungkajang", "T.07"): 0.24,
    ("Sendana", "T.07"): 0.20,
    ("Wara", "T.06"): -0.04,
    ("Wara Utara", "T.01"): -0.08,
    ("Bara", "T.11"): -0.14,
    ("Mungkajang", "T.06"): -0.10,
}
ASSESSED_PERCENT: Final = 90  # people with anything at all
PAIR_PERCENT: Final = 84  # of their competencies
STALE_PERCENT: Final = 5
HISTORY_PERCENT: Final = 45
SELF_PERCENT: Final = 14


@dataclass(frozen=True, slots=True)
class _Origin:
    """How a piece of evidence came about."""

    kind: EvidenceKind
    source: EvidenceSource
    label: str


_APPRAISED: Final = _Origin(EvidenceKind.APPRAISAL, EvidenceSource.SUPERVISOR, "")
_MEASURED: Final = _Origin(EvidenceKind.MEASUREMENT, EvidenceSource.ASSESSMENT_CENTRE, "Asesmen kompetensi BKPSDM")
_TRAINED: Final = _Origin(EvidenceKind.MEASUREMENT, EvidenceSource.PRIOR_LEARNING, "Pelatihan teknis tahun {year}")


def build(session: Session, context: Context) -> None:
    """Take in dictionary and standards, then write the evidence of everybody in bulk; no second time."""
    today = context.today
    since = take_in(session, today)
    if session.scalar(select(func.count()).select_from(CompetencyRecord)):
        return
    rows = list(_Evidence(session, context, today=today, since=since).rows())
    for start in range(0, len(rows), 2000):
        session.execute(insert(CompetencyRecord), rows[start : start + 2000])
    context.made["evidence"] = len(rows)


def take_in(session: Session, today: date) -> date:
    """Take in dictionary and standards, where they are not there yet; return since when they hold."""
    since = years_before(today, STANDARD_YEARS).replace(month=1, day=2)
    for name in ("kamus.json", "standar.json"):
        document = json.loads((CONTENT / name).read_text("utf-8"))
        document["valid_from"] = since.isoformat()
        if "framework" in document and isinstance(document["framework"], dict):
            document["framework"]["valid_from"] = since.isoformat()
        if _is_there(session, document):
            continue
        report = services.import_framework(session, SYSTEM, json.dumps(document).encode(), file_name=name)
        if report.faults:
            message = f"{name}: {report.faults[0].place}: {report.faults[0].reason}"
            raise ValueError(message)
    session.flush()  # evidence is written past the unit of work
    return since


def _is_there(session: Session, document: dict[str, Any]) -> bool:
    """Return whether a document was taken in before: an earlier start of standards is not told again."""
    held = queries.competency_ids(session)
    if "competencies" in document:
        return all(one["code"] in held for one in document["competencies"])
    first = document["standards"][0]
    return bool(queries.required_levels(session, first["role_key"], date.fromisoformat(document["valid_from"])))


class _Evidence:
    """Draws evidence person by person; the same region gives the same evidence."""

    def __init__(self, session: Session, context: Context, *, today: date, since: date) -> None:
        region: Region = context.region
        self._rng = random.Random(f"bina/kompetensi/{region.seed}")  # noqa: S311 -- repeatable data, no secret
        self._context, self._today, self._since = context, today, since
        self._ids = queries.competency_ids(session)
        self._positions = {position.code: position for position in region.positions}
        self._units = {unit.code: unit for unit in region.units}
        self._jobs: dict[str, list[Employment]] = defaultdict(list)
        for job in region.employments:
            if job.kind == "definitif":
                self._jobs[job.person_key].append(job)
        self._main = region.main_jobs()
        self._holder = {job.position_code: key for key, job in self._main.items()}
        roles = {position.role_key for position in region.positions}
        codes = {number: code for code, number in self._ids.items()}
        self._asked = {
            role: {codes[n]: level for n, level in queries.required_levels(session, role, today).items()}
            for role in sorted(roles)
        }
        self._shown = {showcase(region)["pegawai"].key}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of everybody, in the order of the region's people."""
        for person in self._context.region.employees:
            job = self._main.get(person.key)
            employee = self._context.employees.get(person.key)
            if job is not None and employee is not None:
                yield from self._of_person(person, job, employee.id)

    def _of_person(self, person: Person, job: Employment, employee_id: int) -> Iterator[dict[str, Any]]:
        rng, role = self._rng, self._positions[job.position_code].role_key
        shown = person.key in self._shown
        assessed = rng.randrange(100) < ASSESSED_PERCENT or shown
        gift = rng.uniform(-0.14, 0.14)
        campaign = self._days_ago(rng.choice((256, 256, 812)))
        rates_oneself = rng.randrange(100) < SELF_PERCENT
        for code, required in self._asked.get(role, {}).items():
            draw = rng.random()
            has = rng.randrange(100) < PAIR_PERCENT
            stale = rng.randrange(100) < STALE_PERCENT
            level = self._level(job.unit_code, code, required, draw=draw + gift)
            if shown and code in {"T.09", "T.10"}:
                has, stale, level = True, False, max(0, required - 1)
            if assessed and has:
                yield from self._of_pair(person, employee_id, code, level, stale=stale, campaign=campaign)
            if rates_oneself and rng.random() < 0.6:
                guess = min(5, max(0, level + rng.choice((0, 0, 1, 1, 2, -1))))
                day = self._days_ago(rng.randint(20, 300))
                if day >= self._first_day(person):
                    origin = _Origin(EvidenceKind.SELF, EvidenceSource.SELF, "")
                    yield self._row(person, employee_id, code, guess, origin=origin, on=day, number=9)

    def _level(self, unit_code: str, code: str, required: int, *, draw: float) -> int:
        share = WEAK.get(code, GENERIC_WEAK) + STORY.get((self._district(unit_code), code), 0.0)
        if draw < share:
            return max(0, required - (2 if draw < share * 0.16 and required > 2 else 1))
        return min(5, required + (draw > 0.86))

    def _district(self, unit_code: str) -> str:
        """Return the name of the kecamatan in which a unit lies; the office of the region has none."""
        unit = self._units[unit_code]
        while unit.kind != "kecamatan" and unit.parent_code:
            unit = self._units[unit.parent_code]
        return unit.name.removeprefix("Kecamatan ") if unit.kind == "kecamatan" else ""

    def _of_pair(
        self, person: Person, employee_id: int, code: str, level: int, *, stale: bool, campaign: date
    ) -> Iterator[dict[str, Any]]:
        rng = self._rng
        if code.startswith("T."):
            origin = rng.choice((_APPRAISED, _APPRAISED, _APPRAISED, _MEASURED, _TRAINED))
            day = campaign if origin is _MEASURED else self._days_ago(rng.randint(25, 1_020))
        else:
            origin, day = _MEASURED, campaign
        if stale:
            day = self._days_ago(rng.randint(1_110, 1_300))
        earlier = rng.randrange(100) < HISTORY_PERCENT
        before = day - timedelta(days=rng.randint(200, 500))
        first = self._first_day(person)
        if day >= first:
            yield self._row(person, employee_id, code, level, origin=origin, on=day, number=1)
        if earlier and before >= first:
            lower = max(0, level - rng.choice((0, 1, 1)))
            yield self._row(person, employee_id, code, lower, origin=_APPRAISED, on=before, number=0)

    def _first_day(self, person: Person) -> date:
        """Return the first day on which a person may have been assessed: some weeks into the first job."""
        jobs = self._jobs[person.key]
        return max(self._since, min(job.started_on for job in jobs) + timedelta(days=21))

    def _days_ago(self, days: int) -> date:
        """Return a working day about so many days ago."""
        day = self._today - timedelta(days=days)
        return day - timedelta(days=max(0, day.weekday() - 4))

    def _row(
        self,
        person: Person,
        employee_id: int,
        code: str,
        level: int,
        *,
        origin: _Origin,
        on: date,
        number: int,
    ) -> dict[str, Any]:
        job = next((one for one in self._jobs[person.key] if one.covers(on)), None)
        role = None if job is None else self._positions[job.position_code].role_key
        assessor = employee_id if origin.kind is EvidenceKind.SELF else None
        if origin is _APPRAISED:
            assessor = self._supervisor(person)
        return {
            "public_id": new_public_id(),
            "employee_id": employee_id,
            "competency_id": self._ids[code],
            "level": level,
            "kind": origin.kind,
            "source": origin.source,
            "source_label": origin.label.format(year=on.year),
            "source_kind": "",
            "strength": STRENGTH[origin.source],
            "assessed_on": on,
            "recorded_at": datetime.combine(on, time(2, 15), tzinfo=UTC),
            "assessor_id": assessor,
            "role_key": role,
            "required_level": None if role is None else self._asked.get(role, {}).get(code),
            "note": "",
            "is_void": False,
            "unique_key": f"demo:{person.key}:{code}:{number}",
        }

    def _supervisor(self, person: Person) -> int | None:
        """Return who stands above a person today; empty posts are passed over."""
        position = self._positions[self._main[person.key].position_code]
        while position.reports_to_code is not None:
            key = self._holder.get(position.reports_to_code)
            if key is not None:
                return self._context.employees[key].id
            position = self._positions[position.reports_to_code]
        return None
