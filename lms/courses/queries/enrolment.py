"""Enrolments: one's own, with progress and the place where one stopped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Row, bindparam, func, select

from lms.core.clock import DEFAULT_ZONE
from lms.core.orm import read_rows
from lms.courses.models import (
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    LearningDay,
    LessonProgress,
    Offering,
)
from lms.courses.policies import seat_taken
from lms.courses.queries.outline import LessonLine, Outline, get_outline
from lms.courses.rules import (
    REGISTRY,
    Completion,
    ContentItem,
    LessonState,
    completion_state,
    days_late,
    lesson_minutes_left,
)
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """An enrolment with what its course is called and asks for."""

    id: int
    public_id: str
    employee_id: int
    state: EnrolmentState
    offering_id: int
    course_id: int
    course_code: str
    title: str
    family: str
    version_id: int
    version_public_id: str
    credit_jp: int
    minutes: int
    learning_form: int
    is_self_study: bool
    offering_title: str
    requested_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    withdrawn_at: datetime | None
    due_on: date | None
    decision_reason: str
    last_lesson_id: int | None
    last_seen_at: datetime | None
    priority_reason: str = ""
    withdraw_until_at: datetime | None = None

    @property
    def reads(self) -> bool:
        """Whether lessons may be opened."""
        return self.state in {EnrolmentState.ACTIVE, EnrolmentState.COMPLETED, EnrolmentState.FAILED}

    def late_days(self, today: date) -> int:
        """Days since the deadline of an enrolment that is under way."""
        return days_late(self.due_on, today) if self.state is EnrolmentState.ACTIVE else 0


def _rows() -> Any:
    return (
        select(
            Enrolment.id,
            Enrolment.public_id,
            Enrolment.employee_id,
            Enrolment.state,
            Enrolment.offering_id,
            Course.id,
            Course.code,
            CourseVersion.title,
            Course.family,
            CourseVersion.id,
            CourseVersion.public_id,
            CourseVersion.credit_jp,
            CourseVersion.duration_minutes,
            CourseVersion.learning_form,
            Offering.is_self_study,
            Offering.title,
            Enrolment.requested_at,
            Enrolment.started_at,
            Enrolment.completed_at,
            Enrolment.withdrawn_at,
            Enrolment.due_on,
            Enrolment.decision_reason,
            Enrolment.last_lesson_id,
            Enrolment.last_seen_at,
            Enrolment.priority_reason,
            Offering.withdraw_until_at,
        )
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
    )


def _row(row: Row[Any]) -> EnrolmentRow:
    return EnrolmentRow(*tuple(row))


# Made once: putting a statement together costs more than its look-up in the database.
_OWN_ONE = _rows().where(
    Enrolment.public_id == bindparam("public_id"), Enrolment.employee_id == bindparam("employee_id")
)
_OWN_LIST = (
    _rows()
    .where(
        Enrolment.employee_id == bindparam("employee_id"),
        Enrolment.state.in_(bindparam("states", expanding=True)),
    )
    .order_by(func.coalesce(Enrolment.last_seen_at, Enrolment.requested_at).desc(), Enrolment.id.desc())
    .limit(bindparam("most"))
)
_READINGS = select(
    LessonProgress.enrolment_id,
    LessonProgress.lesson_id,
    LessonProgress.completed_at,
    LessonProgress.scroll_permille,
    LessonProgress.anchor,
).where(LessonProgress.enrolment_id.in_(bindparam("ids", expanding=True)))


def list_own_enrolments(
    session: Session,
    employee_id: int,
    *,
    states: Iterable[EnrolmentState] = tuple(EnrolmentState),
    limit: int = 100,
) -> list[EnrolmentRow]:
    """Return a person's enrolments, the one last learnt in first."""
    values = {"employee_id": employee_id, "states": list(states), "most": limit}
    return [_row(row) for row in read_rows(session, _OWN_LIST, values).all()]


def get_own_enrolment(session: Session, actor: Actor, public_id: str) -> EnrolmentRow | None:
    """Return an enrolment of the actor; another's is as absent as a missing one."""
    values = {"public_id": public_id, "employee_id": actor.employee_id or -1}
    row = read_rows(session, _OWN_ONE, values).one_or_none()
    return _row(row) if row is not None else None


def lock_own_enrolment(session: Session, actor: Actor, public_id: str) -> Enrolment | None:
    """Return the actor's enrolment, its row held until commit and read afresh."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.public_id == public_id, Enrolment.employee_id == (actor.employee_id or -1))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def lock_enrolment(session: Session, enrolment_id: int) -> Enrolment | None:
    """Return an enrolment by internal id, its row held until commit and read afresh."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.id == enrolment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def get_enrolment_row(session: Session, enrolment_id: int) -> EnrolmentRow | None:
    """Return one enrolment with its course by internal id; for services, which have checked the right."""
    row = session.execute(_rows().where(Enrolment.id == enrolment_id)).one_or_none()
    return _row(row) if row is not None else None


def lock_offering(session: Session, public_id: str) -> Offering | None:
    """Return an offering, its row held until commit, so that seats are counted one at a time."""
    return session.scalars(
        select(Offering)
        .where(Offering.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def lock_offering_by_id(session: Session, offering_id: int) -> Offering | None:
    """Return an offering by internal id, its row held until commit."""
    return session.scalars(
        select(Offering).where(Offering.id == offering_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def lock_person(session: Session, employee_id: int) -> None:
    """Hold a person's row until commit, so that what counts per person is counted one at a time."""
    # FOR NO KEY UPDATE: others may go on adding rows that only name the person.
    session.execute(select(Employee.id).where(Employee.id == employee_id).with_for_update(key_share=True))


def count_seats_taken(session: Session, offering_id: int) -> int:
    """Return how many seats of an offering are held."""
    return int(session.scalar(select(func.count()).where(Enrolment.offering_id == offering_id, seat_taken())) or 0)


def list_enrolments_of_course(session: Session, course_id: int, employee_id: int) -> list[Enrolment]:
    """Return all enrolments of a person in a course, newest first."""
    return list(
        session.scalars(
            select(Enrolment)
            .join(Offering, Offering.id == Enrolment.offering_id)
            .where(Offering.course_id == course_id, Enrolment.employee_id == employee_id)
            .order_by(Enrolment.id.desc())
        )
    )


def zone_of(session: Session, employee_id: int) -> str:
    """Return the zone of a person's unit: days of learning are counted there."""
    return (
        session.scalar(
            select(OrganisationalUnit.timezone)
            .join(Employee, Employee.unit_id == OrganisationalUnit.id)
            .where(Employee.id == employee_id)
        )
        or DEFAULT_ZONE
    )


# Progress ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person did with one lesson."""

    is_done: bool
    permille: int
    anchor: str
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an enrolment is, and where to go on.

    Args:
        readings: by internal id of the lesson.
        conditions: met or not, by name.
        resume: lesson to go on with: where the person stopped, else the first that is not done.
        anchor, permille: exact place in it.
        resume_minutes: minutes that this lesson still takes.
    """

    enrolment: EnrolmentRow
    outline: Outline
    readings: Mapping[int, Reading]
    conditions: Mapping[str, bool]
    completion: Completion
    resume: LessonLine | None
    anchor: str
    permille: int
    resume_minutes: int

    @property
    def resume_heading(self) -> str:
        """Heading at which the person stopped, empty at the beginning of a lesson."""
        return self.resume.heading(self.anchor) if self.resume is not None else ""

    @property
    def lessons_are_done(self) -> bool:
        """Whether only conditions, such as the exam, are left."""
        return self.completion.lessons_done == self.completion.lessons_total

    def state_of(self, lesson: LessonLine) -> str:
        """Return `done`, `open` (under way) or `todo`."""
        reading = self.readings.get(lesson.id)
        if reading is not None and reading.is_done:
            return "done"
        return "open" if self.resume is lesson and (reading is not None or self.completion.lessons_done) else "todo"

    def minutes_left_of(self, lesson: LessonLine) -> int:
        """Return minutes that a lesson still takes."""
        reading = self.readings.get(lesson.id)
        if reading is None:
            return lesson.minutes
        return lesson_minutes_left(LessonState(lesson.minutes, reading.is_done, reading.permille))


def standings(session: Session, enrolments: Sequence[EnrolmentRow]) -> dict[int, Standing]:
    """Return how far each enrolment is, by its id.

    One statement for the readings and one for each condition; outlines are kept in the process.
    """
    if not enrolments:
        return {}
    ids = [row.id for row in enrolments]
    readings: dict[int, dict[int, Reading]] = {row_id: {} for row_id in ids}
    for row in read_rows(session, _READINGS, {"ids": ids}).all():
        readings[row[0]][row[1]] = Reading(row[2] is not None, row[3], row[4], row[2])
    met = conditions_of(session, ids)
    return {
        row.id: _standing(
            row, get_outline(session, row.version_id, row.version_public_id), readings[row.id], met[row.id]
        )
        for row in enrolments
    }


def conditions_of(session: Session, enrolment_ids: Sequence[int]) -> dict[int, dict[str, bool]]:
    """Return for each enrolment the conditions of its version and whether they are met."""
    found: dict[int, dict[str, bool]] = {row_id: {} for row_id in enrolment_ids}
    for name, (one, many) in REGISTRY.conditions.items():
        if many is not None:
            for row_id, is_met in many(session, enrolment_ids).items():
                found[row_id][name] = bool(is_met)
            continue
        for row_id in enrolment_ids:
            answer = one(session, row_id)
            if answer is not None:
                found[row_id][name] = answer
    return found


def _standing(
    row: EnrolmentRow, outline: Outline, readings: Mapping[int, Reading], conditions: Mapping[str, bool]
) -> Standing:
    none = Reading(is_done=False, permille=0, anchor="", completed_at=None)
    states = [
        LessonState(line.minutes, reading.is_done, reading.permille)
        for line in outline.lessons
        for reading in (readings.get(line.id, none),)
    ]
    completion = completion_state(states, conditions, other_minutes=outline.other_minutes)
    if row.state is EnrolmentState.COMPLETED and not completion.is_complete:
        # Once closed it stays closed, whatever becomes of an exam or a condition later.
        completion = replace(completion, percent=100, missing=(), minutes_left=0, is_complete=True)
    resume = outline.lesson_by_id(row.last_lesson_id)
    if resume is not None and readings.get(resume.id, none).is_done and completion.lessons_done < len(states):
        resume = None
    if resume is None:
        left = [line for line, state in zip(outline.lessons, states, strict=True) if not state.is_done]
        resume = left[0] if left else (outline.lessons[-1] if outline.lessons else None)
    place = readings.get(resume.id, none) if resume is not None else none
    unfinished = resume is not None and not place.is_done
    return Standing(
        enrolment=row,
        outline=outline,
        readings=readings,
        conditions=conditions,
        completion=completion,
        resume=resume,
        anchor=place.anchor if unfinished else "",
        permille=place.permille if unfinished else 0,
        resume_minutes=lesson_minutes_left(LessonState(resume.minutes, place.is_done, place.permille)) if resume else 0,
    )


def standing_of(session: Session, enrolment: EnrolmentRow) -> Standing:
    """Return how far one enrolment is."""
    return standings(session, [enrolment])[enrolment.id]


def list_contents(session: Session, version_id: int, enrolment_id: int | None) -> list[ContentItem]:
    """Return the lines of a version that are not lessons, in the order of registration."""
    return [item for source in REGISTRY.contents.values() for item in source(session, version_id, enrolment_id)]


def learning_minutes(session: Session, enrolment_id: int) -> dict[date, int]:
    """Return minutes of learning by day of an enrolment."""
    rows = session.execute(
        select(LearningDay.day_on, LearningDay.minutes).where(LearningDay.enrolment_id == enrolment_id)
    )
    return {row[0]: row[1] for row in rows}


def list_current(session: Session, employee_id: int, *, limit: int = 6) -> list[Standing]:
    """Return the enrolments that a person is learning in, with progress, last one first."""
    rows = list_own_enrolments(session, employee_id, states=[EnrolmentState.ACTIVE], limit=limit)
    found = standings(session, rows)
    return [found[row.id] for row in rows]


def collect_enrolments(session: Session, employee_id: int) -> list[dict[str, Any]]:
    """Return all enrolments of a person with every lesson read, for "Data saya"."""
    rows = list_own_enrolments(session, employee_id, limit=1000)
    found = standings(session, rows)
    return [
        {
            "pelatihan": row.title,
            "angkatan": row.offering_title,
            "keadaan": row.state.value,
            "diajukan": row.requested_at.isoformat(),
            "mulai": row.started_at.isoformat() if row.started_at else None,
            "selesai": row.completed_at.isoformat() if row.completed_at else None,
            "dibatalkan": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
            "batas": row.due_on.isoformat() if row.due_on else None,
            "keputusan": row.decision_reason,
            "kemajuan_persen": found[row.id].completion.percent,
            "materi_selesai": [
                {
                    "materi": line.title,
                    "pada": reading.completed_at.isoformat() if reading.completed_at else None,
                }
                for line in found[row.id].outline.lessons
                for reading in (found[row.id].readings.get(line.id),)
                if reading is not None and reading.is_done
            ],
        }
        for row in rows
    ]
