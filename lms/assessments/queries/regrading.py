"""Reads for correcting a key: who is concerned, and what people hold because of an exam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.assessments.models import (
    Assessment,
    AssessmentKind,
    Attempt,
    AttemptItem,
    AttemptState,
    ItemVersion,
    KeyCorrection,
    KeyMode,
)
from lms.competencies.models import Competency, CompetencyRecord
from lms.courses.models import CourseVersion, Enrolment, EnrolmentState, JpEntry
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a person holds because of an enrolment, as words; packages above add theirs in wiring.py.
Holdings = Callable[[Session, list[int]], dict[int, list[str]]]
_HOLDINGS: dict[str, Holdings] = {}


def register_holdings(name: str, read: Holdings) -> None:
    """Make a kind of holding known, such as certificates; a second call of the same name changes nothing."""
    _HOLDINGS.setdefault(name, read)


def read_holdings(session: Session, enrolment_ids: Sequence[int]) -> dict[str, dict[int, list[str]]]:
    """Return what hangs on enrolments: `jp`, `level`, and what packages above registered."""
    ids = list(enrolment_ids)
    found: dict[str, dict[int, list[str]]] = {"jp": {}, "level": {}}
    if not ids:
        return found | {name: {} for name in _HOLDINGS}
    for enrolment_id, total in session.execute(
        select(JpEntry.source_id, func.sum(JpEntry.credited_jp))
        .where(JpEntry.source_kind == "enrolment", JpEntry.source_id.in_(ids))
        .group_by(JpEntry.source_id)
    ):
        if total:
            found["jp"][enrolment_id or 0] = [f"{total} JP"]
    later = select(CompetencyRecord.corrects_id).where(CompetencyRecord.corrects_id.is_not(None))
    for enrolment_id, name, level in session.execute(
        select(CompetencyRecord.source_id, Competency.name, CompetencyRecord.level)
        .join(Competency, Competency.id == CompetencyRecord.competency_id)
        .where(
            CompetencyRecord.source_kind == "enrolment", CompetencyRecord.source_id.in_(ids),
            CompetencyRecord.is_void.is_(False), CompetencyRecord.id.not_in(later),
        )
        .order_by(CompetencyRecord.id)
    ):  # fmt: skip
        found["level"].setdefault(enrolment_id or 0, []).append(f"{name} {level}")
    return found | {name: read(session, ids) for name, read in _HOLDINGS.items()}


@dataclass(frozen=True, slots=True)
class Concerned:
    """A finished attempt that holds the question."""

    id: int
    public_id: str
    assessment_title: str
    kind: AssessmentKind
    pass_percent: int
    enrolment_id: int
    enrolment_state: EnrolmentState
    employee_id: int
    name: str
    unit_name: str
    course_title: str
    percent: float
    passed: bool


def list_concerned(session: Session, version_id: int, *, lock: bool = False) -> list[Concerned]:
    """Return the finished attempts that hold an item version, oldest first; 20,000 at most."""
    statement = (
        select(
            Attempt.id, Attempt.public_id, Assessment.title, Assessment.kind, Assessment.pass_percent,
            Enrolment.id, Enrolment.state, Employee.id, Employee.name, func.coalesce(OrganisationalUnit.name, ""),
            CourseVersion.title, Attempt.percent, Attempt.passed,
        )
        .join(AttemptItem, AttemptItem.attempt_id == Attempt.id)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Employee, Employee.id == Attempt.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(
            AttemptItem.item_version_id == version_id, Attempt.state != AttemptState.OPEN,
            Attempt.percent.is_not(None),
        )
        .order_by(Attempt.id)
        .limit(20_000)
    )  # fmt: skip
    if lock:
        statement = statement.with_for_update(of=Attempt)
    rows: Any = session.execute(statement)
    return [Concerned(*row) for row in rows]


def list_other_passes(session: Session, pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those (enrolment, assessment) that hold a passed attempt."""
    rows = session.execute(
        select(Attempt.enrolment_id, Attempt.assessment_id).where(
            Attempt.enrolment_id.in_({one for one, _other in pairs}), Attempt.passed.is_(True)
        )
    )
    return {(enrolment, assessment) for enrolment, assessment in rows}


def assessment_ids_of(session: Session, attempt_ids: Sequence[int]) -> dict[int, int]:
    """Return the assessment of each attempt."""
    rows = session.execute(select(Attempt.id, Attempt.assessment_id).where(Attempt.id.in_(attempt_ids)))
    return {attempt: assessment for attempt, assessment in rows}  # noqa: C416 -- rows are no pairs to mypy


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of an item with how many finished attempts hold it."""

    id: int
    number: int
    kind: str
    body: dict[str, Any]
    used: int


def list_versions(session: Session, item_id: int) -> list[VersionLine]:
    """Return the versions of an item, newest first; 50 at most."""
    used = (
        select(func.count(AttemptItem.id))
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(AttemptItem.item_version_id == ItemVersion.id, Attempt.state != AttemptState.OPEN)
        .scalar_subquery()
    )
    rows = session.execute(
        select(ItemVersion.id, ItemVersion.number, ItemVersion.kind, ItemVersion.body, used)
        .where(ItemVersion.item_id == item_id)
        .order_by(ItemVersion.number.desc())
        .limit(50)
    )
    return [VersionLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """A correction of a key that was made."""

    version_number: int
    mode: KeyMode
    reason: str
    made_at: datetime
    by_name: str | None
    effects: dict[str, Any]
    is_current: bool


def list_corrections(session: Session, item_id: int) -> list[CorrectionLine]:
    """Return the corrections of an item's keys, newest first; 50 at most."""
    rows = session.execute(
        select(
            ItemVersion.number, KeyCorrection.mode, KeyCorrection.reason, KeyCorrection.made_at, Employee.name,
            KeyCorrection.effects, KeyCorrection.is_current,
        )
        .join(ItemVersion, ItemVersion.id == KeyCorrection.item_version_id)
        .outerjoin(Employee, Employee.id == KeyCorrection.made_by_id)
        .where(ItemVersion.item_id == item_id)
        .order_by(KeyCorrection.id.desc())
        .limit(50)
    )  # fmt: skip
    return [CorrectionLine(*row) for row in rows]
