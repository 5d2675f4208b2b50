"""Runs of courses, and who learnt in them: enrolments, lessons read, and the JP that finished courses earn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, select

from lms.assessments.models import Assessment
from lms.cli.demo.nation.bulk import Bulk, PublicIds, Row
from lms.cli.demo.nation.catalogue import E_LEARNING, owners
from lms.cli.demo.nation.people import hired
from lms.cli.demo.nation.size import draws
from lms.courses.models import (
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    JpDay,
    JpEntry,
    JpRule,
    Lesson,
    LessonProgress,
    Module,
    Offering,
    OfferingState,
)
from lms.courses.rules import OfferingMode, WaitingOrder
from lms.courses.services import SELF_STUDY_DAYS
from lms.people.models import OrganisationalUnit

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from lms.cli.demo.nation.parts import World

BATCH: Final = 20_000  # people
ROOM: Final = 40
_COUNTS: Final = (0, 1, 1, 1, 2, 2, 2, 3)  # courses of one person
_IN_A_RUN: Final = 0.3
_OFFERING: Final = (
    "id", "public_id", "code", "course_id", "course_version_id", "owner_unit_id", "title", "is_self_study",
    "needs_approval", "state", "enrol_from_at", "enrol_until_at", "starts_on", "ends_on", "place", "capacity",
    "mode", "needs_agency", "has_waiting_list", "waiting_order", "cancel_reason", "version",
)  # fmt: skip
_ENROLMENT: Final = (
    "id", "public_id", "offering_id", "employee_id", "state", "requested_at", "decided_at", "decision_reason",
    "started_at", "completed_at", "withdrawn_at", "due_on", "last_lesson_id", "last_seen_at", "keeps_seat",
    "priority", "priority_reason", "source", "withdrawn_from",
)  # fmt: skip
_PROGRESS: Final = (
    "id", "enrolment_id", "lesson_id", "opened_at", "completed_at", "anchor", "scroll_permille", "updated_at",
)  # fmt: skip
_ENTRY: Final = (
    "id", "public_id", "employee_id", "rule_id", "learning_form", "held_on", "year", "label", "minutes",
    "proposed_jp", "credited_jp", "cut_reason", "source_kind", "source_id", "recorded_at", "unique_key",
)  # fmt: skip
_DAY: Final = ("id", "entry_id", "employee_id", "learning_form", "day_on", "counted_minutes")


class _Taught(NamedTuple):
    """The version of a course that runs pin, with its lessons in order."""

    course_id: int
    code: str
    version_id: int
    title: str
    jp: int
    minutes: int
    lessons: tuple[int, ...]


@dataclass(slots=True)
class _Run:
    """A run with the room that is left in it; self-study has no end of room."""

    id: int
    course: _Taught
    starts_on: date | None
    ends_on: date | None
    room: int


def _taught(world: World) -> list[_Taught]:
    """Return the courses that were made for the nation: the shipped ones have exams, which nobody sat here."""
    lessons: dict[int, list[int]] = defaultdict(list)
    for version_id, lesson_id in world.session.execute(
        select(Module.course_version_id, Lesson.id)
        .join(Lesson, Lesson.module_id == Module.id)
        .order_by(Module.course_version_id, Module.position_order, Lesson.position_order)
    ):
        lessons[version_id].append(lesson_id)
    query = (
        select(
            Course.id,
            Course.code,
            CourseVersion.id,
            CourseVersion.title,
            CourseVersion.credit_jp,
            CourseVersion.duration_minutes,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .order_by(Course.id)
    )
    return [_Taught(*row, tuple(lessons[row[2]])) for row in world.session.execute(query)]


def build_offerings(world: World) -> None:
    """Write runs of the two years past, of these weeks and of the months to come, each given by one agency."""
    session, rng = world.session, draws(world.seed, "offerings")
    bulk = Bulk(session, world.advance)
    missing = world.size.offerings - (session.scalar(select(func.count()).select_from(Offering)) or 0)
    bulk.write(Offering.__table__, _OFFERING, _offerings(world, rng, missing, bulk.next_id(Offering.__table__)))  # type: ignore[arg-type]


def _offerings(world: World, rng: random.Random, count: int, number: int) -> Iterator[Row]:
    ids = PublicIds(draws(world.seed, "offerings/ids"), world.today)
    taught, agencies = _taught(world), owners(world)
    told: dict[tuple[int, int], int] = defaultdict(int)
    for _place in range(count):
        course, agency = rng.choice(taught), rng.choice(agencies)
        starts_on = world.today + timedelta(days=rng.randrange(-600, 150))
        ends_on = starts_on + timedelta(days=rng.randrange(3, 30))
        told[course.course_id, starts_on.year] += 1
        turn = told[course.course_id, starts_on.year]
        begins = datetime.combine(starts_on, time(0), tzinfo=UTC)
        yield (
            number, ids(), f"{course.code[:40]}-a{turn}-{starts_on.year}", course.course_id, course.version_id, agency,
            f"Angkatan {turn} tahun {starts_on.year}", False, True,
            OfferingState.CLOSED if ends_on < world.today else OfferingState.OPEN,
            begins - timedelta(days=45), begins - timedelta(days=2), starts_on, ends_on, "Ruang belajar daerah", ROOM,
            OfferingMode.ONLINE, False, True, WaitingOrder.FIRST_COME, "", 1,
        )  # fmt: skip
        number += 1


class _Learnt(NamedTuple):
    """What one person did in one run."""

    id: int
    employee_id: int
    run: _Run
    state: EnrolmentState
    began_at: datetime
    ended_at: datetime
    read: int


def build_enrolments(world: World) -> None:
    """Let people learn, and write what follows from it, in batches of people."""
    learning = _Learning(world)
    people = hired(world)
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        learning.write([one for row in batch for one in learning.of_person(row)])
        world.advance(len(batch))


class _Learning:
    """Draws enrolments person by person and writes them with all that rests on them."""

    def __init__(self, world: World) -> None:
        self.world, self.bulk = world, Bulk(world.session)
        self.rng = draws(world.seed, "enrolments")
        self.ids = PublicIds(draws(world.seed, "enrolments/ids"), world.today)
        self.next: dict[str, int] = {table.name: self.bulk.next_id(table) for table in _tables()}
        taught = {one.course_id: one for one in _taught(world)}
        rule = select(JpRule.id).where(JpRule.learning_form == E_LEARNING).order_by(JpRule.id.desc()).limit(1)
        self.rule_id = world.session.scalar(rule)
        self.alone: list[_Run] = []
        self.runs: dict[int, list[_Run]] = defaultdict(list)  # by the unit over which the giver stands
        query = (
            select(
                Offering.id, Offering.course_id, Offering.is_self_study, Offering.starts_on, Offering.ends_on,
                OrganisationalUnit.parent_id, Offering.state, Course.code,
            )
            .join(OrganisationalUnit, OrganisationalUnit.id == Offering.owner_unit_id)
            .join(Course, Course.id == Offering.course_id)
            .order_by(Offering.id)
        )  # fmt: skip
        shipped = _shipped(world)
        for number, course_id, alone, starts_on, ends_on, above, state, code in world.session.execute(query):
            if code in shipped:
                continue  # these end with an exam, which nobody sat here
            run = _Run(number, taught[course_id], starts_on, ends_on, ROOM)
            if alone and state is OfferingState.OPEN:
                self.alone.append(run)
            elif not alone and above is not None:
                self.runs[above].append(run)

    def of_person(self, row: Any) -> Iterator[_Learnt]:
        """Yield what one person did; nobody is twice in one course or after the day of the demo."""
        rng, today = self.rng, self.world.today
        employee_id, _unit, path, _role, _since = row
        above = [int(part) for part in path.strip("/").split("/")]
        near = [run for unit in above[-3:] for run in self.runs.get(unit, ())] if rng.random() < _IN_A_RUN else []
        taken: set[int] = set()
        days: set[date] = set()
        for place in range(rng.choice(_COUNTS)):
            run = rng.choice(near) if near and place == 0 else rng.choice(self.alone)
            if run.course.course_id in taken or not run.room:
                continue
            taken.add(run.course.course_id)
            run.room -= run.starts_on is not None
            one = self._in_run(employee_id, run, today)
            if one.state is EnrolmentState.COMPLETED and one.ended_at.date() in days:
                continue  # two courses on one day would meet the cap of the day
            days.add(one.ended_at.date())
            self.next["enrolment"] += 1
            yield one

    def _in_run(self, employee_id: int, run: _Run, today: date) -> _Learnt:
        rng = self.rng
        if run.starts_on is not None and run.ends_on is not None:
            first, last = run.starts_on, min(run.ends_on, today - timedelta(days=1))
            is_over, is_coming = run.ends_on < today, run.starts_on >= today
        else:
            first = today - timedelta(days=rng.randrange(2, 700))
            last = min(first + timedelta(days=rng.randrange(1, 40)), today - timedelta(days=1))
            is_over, is_coming = rng.random() < 0.66, False
        began = self._at(min(first, today - timedelta(days=3)) if is_coming else first)
        if is_coming:
            state = rng.choice((EnrolmentState.REQUESTED, EnrolmentState.ACTIVE))
            return _Learnt(self.next["enrolment"], employee_id, run, state, began, began, 0)
        count = len(run.course.lessons)
        if is_over:
            state = EnrolmentState.COMPLETED if rng.random() < 0.92 else EnrolmentState.WITHDRAWN
        else:
            state = EnrolmentState.ACTIVE
        read = count if state is EnrolmentState.COMPLETED else rng.randrange(count)
        ended = max(began, self._at(max(first, last)))
        return _Learnt(self.next["enrolment"], employee_id, run, state, began, ended, read)

    def _at(self, day: date) -> datetime:
        return datetime.combine(day, time(1 + self.rng.randrange(7), self.rng.randrange(60)), tzinfo=UTC)

    def write(self, batch: list[_Learnt]) -> None:
        """Write one batch into the four tables."""
        table: Any
        finished = [one for one in batch if one.state is EnrolmentState.COMPLETED]
        entry = self.next["jp_entry"]
        for table, columns, rows in (
            (Enrolment.__table__, _ENROLMENT, (self._enrolment(one) for one in batch)),
            (LessonProgress.__table__, _PROGRESS, self._progress(batch)),
            (JpEntry.__table__, _ENTRY, (self._entry(one, entry + n) for n, one in enumerate(finished))),
            (JpDay.__table__, _DAY, (self._day(one, entry + n) for n, one in enumerate(finished))),
        ):
            self.bulk.write(table, columns, rows)
        self.next["jp_entry"] += len(finished)

    def _enrolment(self, one: _Learnt) -> Row:
        run = one.run
        is_open = one.state is EnrolmentState.REQUESTED
        due_on = run.ends_on or one.began_at.date() + timedelta(days=SELF_STUDY_DAYS)
        decided = one.began_at if run.starts_on is not None and not is_open else None
        lessons = run.course.lessons
        last = lessons[min(one.read, len(lessons) - 1)] if one.read else None
        return (
            one.id, self.ids(), run.id, one.employee_id, one.state, one.began_at, decided, "",
            None if is_open else one.began_at, one.ended_at if one.state is EnrolmentState.COMPLETED else None,
            one.ended_at if one.state is EnrolmentState.WITHDRAWN else None, None if is_open else due_on, last,
            one.ended_at if last is not None else None, False, 0, "", "self",
            "active" if one.state is EnrolmentState.WITHDRAWN else "",
        )  # fmt: skip

    def _progress(self, batch: list[_Learnt]) -> Iterator[Row]:
        for one in batch:
            for lesson in one.run.course.lessons[: one.read]:
                at = one.ended_at
                yield self.next["lesson_progress"], one.id, lesson, at, at, "", 1000, at
                self.next["lesson_progress"] += 1

    def _entry(self, one: _Learnt, number: int) -> Row:
        course, on = one.run.course, one.ended_at.date()
        return (
            number, self.ids(), one.employee_id, self.rule_id, E_LEARNING, on, on.year, course.title, course.minutes,
            course.jp, course.jp, "", "enrolment", one.id, one.ended_at, f"enrolment:{one.id}",
        )  # fmt: skip

    def _day(self, one: _Learnt, entry_id: int) -> Row:
        number = self.next["jp_day"]
        self.next["jp_day"] += 1
        return number, entry_id, one.employee_id, E_LEARNING, one.ended_at.date(), one.run.course.minutes


def _tables() -> tuple[Any, ...]:
    return (Enrolment.__table__, LessonProgress.__table__, JpEntry.__table__, JpDay.__table__)


def _shipped(world: World) -> set[str]:
    """Return the codes of courses that end with an exam."""
    query = select(Course.code).join(Assessment, Assessment.course_version_id == Course.current_version_id).distinct()
    return set(world.session.scalars(query))
