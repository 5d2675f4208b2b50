"""Demo data of courses: two years of learning by the staff of the city, in every state a page can show.

The content itself is loaded by the command's own service. People and their progress are many, so their
rows are written in bulk; the JP of each finished course follows from the same rules as in life.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

import lms
from lms.competencies.models import CompetencyRecord, EvidenceKind, EvidenceSource
from lms.competencies.queries import required_levels
from lms.competencies.rules import STRENGTH
from lms.core.actor import Role
from lms.core.clock import zone
from lms.courses import queries, services
from lms.courses.models import (
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    JpDay,
    JpEntry,
    JpRule,
    LearningDay,
    LessonProgress,
    Offering,
    OfferingState,
)
from lms.courses.rules import E_LEARNING, Rate, credit, spread_minutes
from lms.identity.models import Grant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context
    from lms.courses.queries import Outline
    from lms.people.models import Employee

CONTENT: Final = Path(lms.__file__).parent / "content"
ZONE: Final = "Asia/Makassar"
# (SIASN form, title, JP): what people did before this product was there.
PAST: Final = (
    (3, "Pelatihan Teknis Pengelolaan Arsip Dinamis", 20),
    (3, "Pelatihan Teknis Penyusunan Rencana Kerja Kelurahan", 16),
    (8, "Bimbingan Teknis Pengelolaan Keuangan Kelurahan", 10),
    (8, "Bimbingan Teknis Survei Kepuasan Masyarakat", 8),
    (7, "Sosialisasi Disiplin Pegawai", 4),
    (9, "Seminar Pelayanan Publik yang Ramah Disabilitas", 6),
    (4, "Lokakarya Penyusunan Standar Pelayanan", 8),
    (6, "Pelatihan Sosial Kultural Perekat Bangsa", 12),
)
# Shares of the staff in each course of self-study.
FINISHED, UNDER_WAY, WITHDRAWN = 0.24, 0.14, 0.02
FULL_ROOM, PER_UNIT, REQUESTS = 26, 2, 70
# Courses in which much of the staff has learnt; of any other, a first small run is under way.
WELL_KNOWN: Final = frozenset({"pelayanan-publik-paten", "literasi-digital-spbe"})
SMALL_ROOM, SMALL_FINISHED, SMALL_UNDER_WAY = 12, 8, 5
REASONS: Final = (
    "Loket kelurahan kosong pada pekan itu. Ajukan lagi untuk angkatan berikutnya.",
    "Selesaikan dulu pelatihan yang sedang Anda ikuti.",
)


@dataclass(slots=True)
class _World:
    """What all steps share: the city, the draws, and the plans that wait for their bulk insert."""

    session: Session
    context: Context
    rng: random.Random
    people: list[Employee]
    teachers: list[int]
    plans: list[_Plan] = field(default_factory=list)
    taken: set[tuple[int, int]] = field(default_factory=set)


@dataclass(slots=True)
class _Plan:
    """What one person did in one run.

    Args:
        lessons: how many lessons are finished.
        open_permille: how far the next one was read; 0: not opened.
        last_at: when the last of it happened.
    """

    offering: Offering
    outline: Outline
    employee: Employee
    state: EnrolmentState
    started_at: datetime
    lessons: int
    open_permille: int
    last_at: datetime
    due_on: date | None
    reason: str = ""


def build(session: Session, context: Context) -> None:
    """Load the courses and let the city's staff have learnt in them."""
    rng = random.Random(f"bina/demo/courses/{context.region.seed}")  # noqa: S311 -- repeatable, no secret
    services.load_jp_rules(session)
    outlines = _load(session, context)
    world = _World(session, context, rng, _learners(context), _teachers(session, context))
    known = [outline for outline in outlines if outline.course_code in WELL_KNOWN]
    _late_in_view(world, known)
    for outline in known:
        _self_study(world, outline)
        _runs_of_this_year(world, outline)
    _coming_run(world, known[-1])
    _everybody_who_logs_in_learns(world, known)
    for outline in outlines:
        if outline not in known:
            _first_run(world, outline)
    _write(world)
    _past_trainings(world)
    session.flush()  # later parts read what was made


def _load(session: Session, context: Context) -> list[Outline]:
    owner = next((u.id for code, u in context.units.items() if _is_training_unit(context, code)), None)
    outlines = []
    for file in sorted(CONTENT.glob("*/course.json")):
        result = services.load_course(session, file.parent, owner_unit_id=owner, now=context.now - timedelta(days=420))
        if result.faults:
            fault = result.faults[0]
            msg = f"{result.code}: {fault.file} {fault.place} {fault.text}"
            raise RuntimeError(msg)
    for course, version in session.execute(
        select(Course, CourseVersion)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .order_by(Course.code.desc())
    ):
        outlines.append(queries.get_outline(session, version.id, version.public_id))
        course.created_at = context.now - timedelta(days=420)
    return outlines


def _is_training_unit(context: Context, code: str) -> bool:
    return any(unit.code == code and unit.kind == "upt" for unit in context.region.units)


def _learners(context: Context) -> list[Employee]:
    """Return the city's active staff in a fixed order."""
    keys = [person.key for person in context.region.employees]
    found = [context.employees[key] for key in keys if key in context.employees]
    return [one for one in found if one.is_active and one.unit_id is not None]


def _teachers(session: Session, context: Context) -> list[int]:
    """Return who may teach: holders of the instructor's role, else the staff of the training unit."""
    by_account = {account.id: account.employee_id for account in context.accounts.values()}
    held = session.scalars(select(Grant.account_id).where(Grant.role == Role.INSTRUKTUR).order_by(Grant.id))
    found = [by_account[account_id] for account_id in held if account_id in by_account]
    if found:
        return found
    units = {u.id for code, u in context.units.items() if _is_training_unit(context, code)}
    return [one.id for one in _learners(context) if one.unit_id in units]


def _at(day: date, rng: random.Random) -> datetime:
    """Return an instant in office hours of a day."""
    return datetime.combine(day, time(8 + rng.randrange(7), rng.randrange(60)), tzinfo=zone(ZONE)).astimezone(UTC)


def _plan(
    world: _World,
    offering: Offering,
    outline: Outline,
    employee: Employee,
    *,
    state: EnrolmentState,
    days_ago: int,
    share: float = 1.0,
) -> _Plan:
    """Return a plan that began some days ago; `share` of the lessons are read."""
    rng, today = world.rng, world.context.today
    began = _at(today - timedelta(days=days_ago), rng)
    count = len(outline.lessons)
    lessons = count if state is EnrolmentState.COMPLETED else min(count, round(count * share))
    length = min(days_ago, lessons // 2 + rng.randrange(3))
    last = _at(today - timedelta(days=days_ago - length), rng)
    due = today - timedelta(days=days_ago - (offering.days_to_finish or services.SELF_STUDY_DAYS))
    is_open = state is EnrolmentState.ACTIVE and lessons < count
    return _Plan(
        offering=offering,
        outline=outline,
        employee=employee,
        state=state,
        started_at=began,
        lessons=lessons,
        open_permille=rng.randrange(150, 850) if is_open else 0,
        last_at=min(max(last, began), world.context.now - timedelta(hours=2)),
        due_on=offering.ends_on or due,
    )


def _self_study_run(world: _World, outline: Outline) -> Offering:
    return world.session.scalars(
        select(Offering).where(
            Offering.course_id == outline.course_id,
            Offering.is_self_study.is_(True),
            Offering.state == OfferingState.OPEN,
        )
    ).one()


def _self_study(world: _World, outline: Outline) -> None:
    """Let a quarter of the staff have finished, some be under way, a few have withdrawn."""
    offering, rng = _self_study_run(world, outline), world.rng
    for employee in world.people:
        draw = rng.random()
        if draw < FINISHED:
            state, days_ago, share = EnrolmentState.COMPLETED, rng.randrange(20, 400), 1.0
        elif draw < FINISHED + UNDER_WAY:
            state, days_ago = EnrolmentState.ACTIVE, rng.randrange(1, 72)
            share = rng.choice((0, 0.2, 0.4, 0.6, 0.8, 1.0))
        elif draw < FINISHED + UNDER_WAY + WITHDRAWN:
            state, days_ago, share = EnrolmentState.WITHDRAWN, rng.randrange(10, 90), 0.3
        else:
            continue
        _add(world, _plan(world, offering, outline, employee, state=state, days_ago=days_ago, share=share))


def _add(world: _World, plan: _Plan) -> bool:
    """Add a plan, unless the person is in this course already; return whether it was added."""
    key = (plan.employee.id, plan.outline.course_id)
    if key in world.taken:
        return False
    world.taken.add(key)
    world.plans.append(plan)
    return True


def _run(
    world: _World,
    outline: Outline,
    *,
    number: str,
    begins_in: int,
    ends_in: int,
    teacher: int | None,
    state: OfferingState = OfferingState.OPEN,
    capacity: int = 30,
) -> Offering:
    starts, ends = (world.context.today + timedelta(days=days) for days in (begins_in, ends_in))
    owner = world.session.scalar(select(Course.owner_unit_id).where(Course.id == outline.course_id))
    offering = Offering(
        code=f"{outline.course_code[:40]}-{number.lower()}-{starts.year}",
        course_id=outline.course_id,
        course_version_id=outline.version_id,
        owner_unit_id=owner,
        title=f"Angkatan {number} tahun {starts.year}",
        needs_approval=True,
        state=state,
        enrol_from_at=_start_of(starts - timedelta(days=45)),
        enrol_until_at=_start_of(starts - timedelta(days=2)),
        starts_on=starts,
        ends_on=ends,
        place="Ruang belajar BKPSDM Kota Palopo",
        capacity=capacity,
        instructor_id=teacher,
    )
    world.session.add(offering)
    world.session.flush()  # plans need offering.id
    return offering


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone(ZONE)).astimezone(UTC)


def _runs_of_this_year(world: _World, outline: Outline) -> None:
    """Add one run that is over and one that is under way."""
    teacher = world.teachers[0] if world.teachers else None
    over = _run(world, outline, number="I", begins_in=-150, ends_in=-120, teacher=teacher, state=OfferingState.CLOSED)
    under_way = _run(world, outline, number="II", begins_in=-24, ends_in=12, teacher=teacher)
    done = learning = 0
    for employee in world.rng.sample(world.people, len(world.people)):
        if done < FULL_ROOM:
            plan = _plan(world, over, outline, employee, state=EnrolmentState.COMPLETED, days_ago=150)
            done += _add(world, plan)
        elif learning < FULL_ROOM:
            share = world.rng.choice((0.2, 0.4, 0.5, 0.7, 1.0))
            days_ago = world.rng.randrange(14, 24)
            plan = _plan(
                world,
                under_way,
                outline,
                employee,
                state=EnrolmentState.ACTIVE,
                days_ago=days_ago,
                share=share,
            )
            learning += _add(world, plan)


def _first_run(world: _World, outline: Outline) -> None:
    """Add a small run that is under way, and a few people who learn by themselves.

    Who learns: holders of positions that must reach the level which the course promises first. The draws are
    the course's own, so that one more course leaves the rest of the demo as it is.
    """
    rng = random.Random(f"bina/demo/courses/{world.context.region.seed}/{outline.course_code}")  # noqa: S311 -- repeatable
    own = replace(world, rng=rng)
    audience = _audience(world, outline)
    rng.shuffle(audience)
    teacher = world.teachers[-1] if world.teachers else None
    under_way = _run(own, outline, number="I", begins_in=-16, ends_in=19, teacher=teacher)
    alone = _self_study_run(world, outline)
    for number, employee in enumerate(audience[: SMALL_ROOM + SMALL_FINISHED + SMALL_UNDER_WAY]):
        offering, state, days_ago, share = (
            under_way,
            EnrolmentState.ACTIVE,
            rng.randrange(8, 16),
            rng.choice((0.2, 0.4, 0.7)),
        )
        if number >= SMALL_ROOM:
            offering, days_ago = alone, rng.randrange(20, 90)
        if SMALL_ROOM <= number < SMALL_ROOM + SMALL_FINISHED:
            state, share = EnrolmentState.COMPLETED, 1.0
        _add(own, _plan(own, offering, outline, employee, state=state, days_ago=days_ago, share=share))


def _audience(world: _World, outline: Outline) -> list[Employee]:
    """Return the staff whose position asks for at least the level of the course's main outcome."""
    [main] = [outcome for outcome in outline.outcomes if outcome.is_main]
    role_keys = {position.id: position.role_key for position in world.context.positions.values()}
    required = {
        key: required_levels(world.session, key, world.context.today).get(main.competency_id, 0)
        for key in sorted(set(role_keys.values()))
    }
    return [one for one in world.people if required.get(role_keys.get(one.position_id or 0, ""), 0) >= main.level]


def _coming_run(world: _World, outline: Outline) -> None:
    """Add the next run, for which supervisors have requests to decide."""
    teacher = world.teachers[-1] if world.teachers else None
    offering = _run(world, outline, number="III", begins_in=16, ends_in=46, teacher=teacher, capacity=80)
    by_unit: dict[int | None, int] = defaultdict(int)
    heads = {position.id for position in world.context.positions.values() if position.is_head}
    weights = {EnrolmentState.REQUESTED: 8, EnrolmentState.REFUSED: 1, EnrolmentState.ACTIVE: 1}
    shown = _shown_units(world)
    # Those whose supervisor has a known password come first: the page of requests has something to decide.
    queue = sorted(world.rng.sample(world.people, len(world.people)), key=lambda one: one.unit_id not in shown)
    for employee in queue:
        is_enough = by_unit[employee.unit_id] >= PER_UNIT or sum(by_unit.values()) >= REQUESTS
        if is_enough or employee.position_id in heads:
            continue
        drawn = world.rng.choices(list(weights), list(weights.values()))[0]
        state = EnrolmentState.REQUESTED if employee.unit_id in shown else drawn
        days_ago = world.rng.randrange(1, 12)
        plan = _plan(world, offering, outline, employee, state=state, days_ago=days_ago, share=0)
        plan.reason = world.rng.choice(REASONS) if state is EnrolmentState.REFUSED else ""
        plan.open_permille = 0
        by_unit[employee.unit_id] += _add(world, plan)


def _shown_units(world: _World) -> set[int | None]:
    """Return the units of the supervisors whose passwords are known."""
    context = world.context
    keys = [key for name, key in context.made.get("showcase", {}).items() if name in {"atasan", "atasan-camat"}]
    return {context.employees[key].unit_id for key in keys}


def _late_in_view(world: _World, outlines: Sequence[Outline]) -> None:
    """Let somebody in the units of the known supervisors be late."""
    heads = {position.id for position in world.context.positions.values() if position.is_head}
    for unit_id in sorted(filter(None, _shown_units(world))):
        people = [one for one in world.people if one.unit_id == unit_id and one.position_id not in heads]
        for number, employee in enumerate(people[-2:]):
            outline = outlines[0]
            plan = _plan(
                world,
                _self_study_run(world, outline),
                outline,
                employee,
                state=EnrolmentState.ACTIVE,
                days_ago=services.SELF_STUDY_DAYS + 6 + 11 * number,
                share=0.3,
            )
            _add(world, plan)


def _everybody_who_logs_in_learns(world: _World, outlines: Sequence[Outline]) -> None:
    """Give each person with a known password a course to go on with."""
    under_way = [plan for plan in world.plans if plan.state is EnrolmentState.ACTIVE and plan.open_permille > 0]
    busy = {plan.employee.id for plan in under_way}
    accounts = world.context.accounts.values()
    known = {account.employee_id for account in accounts if account.password_hash is not None}
    for employee in world.people:
        if employee.id not in known or employee.id in busy:
            continue
        for outline in outlines:
            offering, days_ago = _self_study_run(world, outline), world.rng.randrange(5, 40)
            plan = _plan(world, offering, outline, employee, state=EnrolmentState.ACTIVE, days_ago=days_ago, share=0.4)
            if _add(world, plan):
                break


# Writing -----------------------------------------------------------------------------------


def _write(world: _World) -> None:
    session = world.session
    ids = _write_enrolments(session, world.context, world.plans)
    progress: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    finished: list[tuple[_Plan, int, dict[date, int]]] = []
    for plan in world.plans:
        enrolment_id = ids[plan.offering.id, plan.employee.id]
        learnt = _progress_of(plan, enrolment_id, progress)
        days += [{"enrolment_id": enrolment_id, "day_on": day, "minutes": minutes} for day, minutes in learnt.items()]
        if plan.state is EnrolmentState.COMPLETED:
            finished.append((plan, enrolment_id, learnt))
    if progress:
        session.execute(insert(LessonProgress), progress)
    if days:
        session.execute(insert(LearningDay), days)
    _write_credits(session, finished)
    _write_evidence(world, finished)


def _write_evidence(world: _World, finished: Sequence[tuple[_Plan, int, dict[date, int]]]) -> None:
    """Write what `record_course_outcomes` makes of finished courses, all at once."""
    session, today = world.session, world.context.today
    role_keys = {position.id: position.role_key for position in world.context.positions.values()}
    required = {key: required_levels(session, key, today) for key in sorted(set(role_keys.values()))}
    values = []
    for plan, enrolment_id, _learnt in finished:
        role_key = role_keys.get(plan.employee.position_id or 0)
        for outcome in plan.outline.outcomes:
            level = required[role_key].get(outcome.competency_id) if role_key is not None else None
            row = {
                "employee_id": plan.employee.id,
                "competency_id": outcome.competency_id,
                "level": outcome.level,
                "kind": EvidenceKind.MEASUREMENT,
                "source": EvidenceSource.COURSE,
                "source_label": plan.outline.title,
                "source_kind": "enrolment",
                "source_id": enrolment_id,
                "strength": STRENGTH[EvidenceSource.COURSE],
                "assessed_on": plan.last_at.astimezone(zone(ZONE)).date(),
                "recorded_at": plan.last_at,
                "role_key": role_key,
                "required_level": level,
                "unique_key": f"course:{enrolment_id}:{outcome.competency_id}",
            }
            values.append(row)
    if values:
        session.execute(insert(CompetencyRecord), values)


def _write_enrolments(session: Session, context: Context, plans: Sequence[_Plan]) -> dict[tuple[int, int], int]:
    supervisors: dict[int | None, int] = {}
    heads = {p.id for p in context.positions.values() if p.is_head}
    for employee in context.employees.values():
        if employee.position_id in heads:
            supervisors[employee.unit_id] = employee.id
    values = []
    for plan in plans:
        waits = plan.state in {EnrolmentState.REQUESTED, EnrolmentState.REFUSED}
        decided = plan.offering.needs_approval and plan.state is not EnrolmentState.REQUESTED
        lessons = plan.outline.lessons
        at = min(plan.lessons, len(lessons) - 1)
        values.append(
            {
                "offering_id": plan.offering.id,
                "employee_id": plan.employee.id,
                "state": plan.state,
                "requested_at": plan.started_at,
                "started_at": None if waits else plan.started_at,
                "decided_at": plan.started_at + timedelta(hours=5) if decided else None,
                "decided_by_id": supervisors.get(plan.employee.unit_id) if decided else None,
                "decision_reason": plan.reason,
                "due_on": None if waits else plan.due_on,
                "completed_at": plan.last_at if plan.state is EnrolmentState.COMPLETED else None,
                "withdrawn_at": plan.last_at if plan.state is EnrolmentState.WITHDRAWN else None,
                "last_lesson_id": lessons[at].id if plan.lessons or plan.open_permille else None,
                "last_seen_at": plan.last_at if plan.lessons or plan.open_permille else None,
            }
        )
    session.execute(insert(Enrolment), values)
    return {
        (offering_id, employee_id): enrolment_id
        for offering_id, employee_id, enrolment_id in session.execute(
            select(Enrolment.offering_id, Enrolment.employee_id, Enrolment.id)
        )
    }


def _progress_of(plan: _Plan, enrolment_id: int, progress: list[dict[str, Any]]) -> dict[date, int]:
    """Add the rows of the lessons that a person read and return minutes of learning by day."""
    learnt: dict[date, int] = defaultdict(int)
    span = (plan.last_at - plan.started_at) / max(1, plan.lessons)
    for number, lesson in enumerate(plan.outline.lessons[: plan.lessons], 1):
        done_at = plan.started_at + span * number
        learnt[done_at.astimezone(zone(ZONE)).date()] += lesson.minutes
        progress.append(
            {
                "enrolment_id": enrolment_id,
                "lesson_id": lesson.id,
                "opened_at": done_at,
                "completed_at": done_at,
                "anchor": "",
                "scroll_permille": 1000,
                "updated_at": done_at,
            }
        )
    if plan.open_permille and plan.lessons < len(plan.outline.lessons):
        lesson = plan.outline.lessons[plan.lessons]
        index = min(len(lesson.headings) - 1, plan.open_permille * len(lesson.headings) // 1000)
        progress.append(
            {
                "enrolment_id": enrolment_id,
                "lesson_id": lesson.id,
                "opened_at": plan.last_at,
                "completed_at": None,
                "anchor": lesson.headings[index][0] if lesson.headings else "",
                "scroll_permille": plan.open_permille,
                "updated_at": plan.last_at,
            }
        )
    return learnt


def _write_credits(session: Session, finished: Sequence[tuple[_Plan, int, dict[date, int]]]) -> None:
    """Credit finished courses in the order in which they were finished, under the caps of each day."""
    rule = session.scalars(select(JpRule).where(JpRule.learning_form == E_LEARNING)).one()
    rate = Rate(rule.basis, rule.jp_per_basis, rule.max_jp_per_day, rule.max_sessions_per_month)
    used: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    entries: list[dict[str, Any]] = []
    counted: dict[str, dict[date, int]] = {}
    for plan, enrolment_id, learnt in sorted(finished, key=lambda one: (one[0].last_at, one[1])):
        on = plan.last_at.astimezone(zone(ZONE)).date()
        days = spread_minutes(learnt, total=plan.outline.minutes, on=on)
        worth = credit(rate, days=days, used=used[plan.employee.id], programme_jp=plan.outline.credit_jp)
        for day, minutes in worth.counted.items():
            used[plan.employee.id][day] += minutes
        key = f"enrolment:{enrolment_id}"
        counted[key] = dict(worth.counted)
        entries.append(
            {
                "employee_id": plan.employee.id,
                "rule_id": rule.id,
                "learning_form": E_LEARNING,
                "held_on": max(days),
                "year": max(days).year,
                "label": plan.outline.title,
                "minutes": sum(days.values()),
                "proposed_jp": worth.proposed_jp,
                "credited_jp": worth.credited_jp,
                "cut_reason": worth.reason,
                "source_kind": "enrolment",
                "source_id": enrolment_id,
                "recorded_at": plan.last_at,
                "unique_key": key,
            }
        )
    if not entries:
        return
    session.execute(insert(JpEntry), entries)
    rows = session.execute(
        select(JpEntry.unique_key, JpEntry.id, JpEntry.employee_id).where(JpEntry.source_kind == "enrolment")
    )
    session.execute(
        insert(JpDay),
        [
            {
                "entry_id": entry_id,
                "employee_id": employee_id,
                "learning_form": E_LEARNING,
                "day_on": day,
                "counted_minutes": minutes,
            }
            for key, entry_id, employee_id in rows
            for day, minutes in counted.get(key, {}).items()
            if minutes
        ],
    )


def _past_trainings(world: _World) -> None:
    """Give most people trainings of this year and the two before it, so that years can be compared."""
    session, context, rng = world.session, world.context, world.rng
    rules = {rule.learning_form: rule.id for rule in session.scalars(select(JpRule))}
    entries = []
    for employee in world.people:
        for back in range(3):
            year = context.today.year - back
            last = context.today - timedelta(days=8) if back == 0 else date(year, 12, 20)
            first = date(year, 1, 10)
            if last <= first:
                continue
            for number in range(rng.choice((0, 1, 1, 2, 2, 2) if back == 0 else (0, 1, 1, 2, 2))):
                form, title, jp = rng.choice(PAST)
                day = first + timedelta(days=rng.randrange((last - first).days))
                entries.append(
                    {
                        "employee_id": employee.id,
                        "rule_id": rules[form],
                        "learning_form": form,
                        "held_on": day,
                        "year": day.year,
                        "label": title,
                        "minutes": jp * 45,
                        "proposed_jp": jp,
                        "credited_jp": jp,
                        "cut_reason": "",
                        "source_kind": "import",
                        "recorded_at": _at(day, rng),
                        "unique_key": f"import:{employee.id}:{year}:{number}",
                    }
                )
    if entries:
        session.execute(insert(JpEntry), entries)
