"""Reads of pairings: one's own with the agreed step, and the coordinator's without anybody's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, false, func, or_, select
from sqlalchemy.orm import aliased

from lms.competencies.models import Competency
from lms.core.actor import Actor, Permission
from lms.core.orm import path_within
from lms.courses.models import JpEntry
from lms.mentoring.models import Pairing, PairingState, SessionLog, SessionState
from lms.mentoring.policies import (
    pairings_counted_for,
    pairings_manageable_by,
    pairings_readable_by,
    pairings_visible_to,
)
from lms.mentoring.queries.people import Person, get_people
from lms.mentoring.rules import SILENT_AFTER_DAYS, days_silent, is_silent, next_due
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

MANY_PAIRINGS = 200
EXPORT_MAX = 5000


@dataclass(frozen=True, slots=True)
class PairingRow:
    """One pairing with its dates and numbers.

    Args:
        recorded_count, disputed_count, confirmed_count: sessions by state.
        next_step: words of the last session; only in lists of the two themselves, else empty.
        next_on: day agreed on in the last session.
    """

    id: int
    public_id: str
    mentor: Person
    mentee: Person
    competency_id: int | None
    competency: str
    goal_level: int | None
    starts_on: date
    ends_on: date
    state: PairingState
    rhythm_days: int
    end_reason: str
    goal: str
    last_held_on: date | None
    recorded_count: int
    disputed_count: int
    confirmed_count: int
    next_on: date | None
    next_step: str = ""

    @property
    def is_active(self) -> bool:
        """Whether sessions may be recorded."""
        return self.state is PairingState.ACTIVE

    @property
    def due_on(self) -> date:
        """When the next meeting is due."""
        return next_due(self.last_held_on, self.next_on, self.starts_on, self.rhythm_days)

    def silent_days(self, today: date) -> int:
        """Days without a session."""
        return days_silent(self.last_held_on, self.starts_on, today)

    def is_silent(self, today: date) -> bool:
        """Whether an active pairing had no session for more than 30 days."""
        return self.is_active and is_silent(self.last_held_on, self.starts_on, today)

    def urgency(self, today: date) -> tuple[int, int, str]:
        """Sort key of the mentor's page: who needs the mentor most."""
        if self.disputed_count:
            return (0, 0, self.mentee.name)
        return (1, (self.due_on - today).days, self.mentee.name)


@dataclass(frozen=True, slots=True)
class OverviewFilter:
    """What the coordinator's overview shows.

    Args:
        unit_path: subtree of the mentees' units, empty for all.
        only: `all`, `silent`, `open` (confirmations wait), `disputed` or `ended`.
        words: each must stand in a name of the two.
    """

    unit_path: str = ""
    only: str = "all"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """Numbers of mentoring of one unit; nobody's words and nobody's name."""

    unit: str
    pairings: int
    silent: int
    waiting: int
    confirmed: int
    minutes: int
    credited_jp: int


def _numbers() -> Any:
    def of(state: SessionState) -> ColumnElement[int]:
        return func.sum(case((SessionLog.state == state, 1), else_=0))

    return (
        select(
            SessionLog.pairing_id,
            func.max(SessionLog.held_on).label("last_on"),
            of(SessionState.RECORDED).label("recorded"),
            of(SessionState.DISPUTED).label("disputed"),
            of(SessionState.CONFIRMED).label("confirmed"),
        )
        .where(SessionLog.state != SessionState.CANCELLED)
        .group_by(SessionLog.pairing_id)
        .subquery()
    )


_COLUMNS: tuple[Any, ...] = (
    Pairing.id, Pairing.public_id, Pairing.mentor_id, Pairing.mentee_id, Pairing.competency_id,
    Competency.name, Pairing.goal_level, Pairing.starts_on, Pairing.ends_on, Pairing.state,
    Pairing.rhythm_days, Pairing.end_reason,
)  # fmt: skip


def _select(*, words: bool) -> tuple[Select[Any], Any]:
    """Return the select and its numbers; `words` adds goal and next step, for the two themselves only."""
    numbers, last = _numbers(), aliased(SessionLog)
    newest = (
        select(SessionLog.id)
        .where(SessionLog.pairing_id == Pairing.id, SessionLog.state != SessionState.CANCELLED)
        .order_by(SessionLog.starts_at.desc(), SessionLog.id.desc())
        .limit(1)
        .correlate(Pairing)
        .scalar_subquery()
    )
    spoken = (Pairing.goal, last.next_step) if words else ()
    query = (
        select(
            *_COLUMNS, numbers.c.last_on, numbers.c.recorded, numbers.c.disputed, numbers.c.confirmed,
            last.next_on, *spoken,
        )
        .outerjoin(numbers, numbers.c.pairing_id == Pairing.id)
        .outerjoin(last, last.id == newest)
        .outerjoin(Competency, Competency.id == Pairing.competency_id)
    )  # fmt: skip
    return query, numbers


def _rows(session: Session, query: Select[Any]) -> list[PairingRow]:
    found = session.execute(query).all()
    people = get_people(session, {row[2] for row in found} | {row[3] for row in found})
    return [_pairing(row, people) for row in found]


def _pairing(row: Any, people: dict[int, Person]) -> PairingRow:
    goal, next_step = (row[17], row[18] or "") if len(row) > 17 else ("", "")
    values: Any = (
        row[0], row[1], people[row[2]], people[row[3]], row[4], row[5] or "", *row[6:12], goal, row[12],
        int(row[13] or 0), int(row[14] or 0), int(row[15] or 0), row[16], next_step,
    )  # fmt: skip
    return PairingRow(*values)


def get_pairing(session: Session, actor: Actor, public_id: str) -> PairingRow | None:
    """Return one visible pairing; goal and next step only for the two themselves."""
    party = session.scalar(select(Pairing.id).where(Pairing.public_id == public_id, pairings_readable_by(actor)))
    query, _numbers_of = _select(words=party is not None)
    found = _rows(session, query.where(Pairing.public_id == public_id, pairings_visible_to(actor)))
    return found[0] if found else None


def list_own_pairings(
    session: Session, actor: Actor, *, as_mentor: bool, active: bool = True, limit: int = MANY_PAIRINGS
) -> list[PairingRow]:
    """Return the actor's pairings on one side, by start; two statements."""
    if actor.employee_id is None:
        return []
    mine = Pairing.mentor_id if as_mentor else Pairing.mentee_id
    state = PairingState.ACTIVE if active else PairingState.ENDED
    query, _numbers_of = _select(words=True)
    query = query.where(mine == actor.employee_id, Pairing.state == state, pairings_readable_by(actor))
    return _rows(session, query.order_by(Pairing.starts_on, Pairing.id).limit(limit))


def lock_pairing(session: Session, condition: ColumnElement[bool], public_id: str) -> Pairing | None:
    """Return one pairing under a policy's condition and hold its row until commit."""
    query = select(Pairing).where(Pairing.public_id == public_id, condition).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def exists_active_pairing(session: Session, mentor_id: int, mentee_id: int) -> bool:
    """Return whether the two are paired now."""
    query = select(Pairing.id).where(
        Pairing.mentor_id == mentor_id, Pairing.mentee_id == mentee_id, Pairing.state == PairingState.ACTIVE
    )
    return session.scalar(query.limit(1)) is not None


def _overview(query: Select[Any], actor: Actor, wanted: OverviewFilter, *, today: date, numbers: Any) -> Select[Any]:
    state = PairingState.ENDED if wanted.only == "ended" else PairingState.ACTIVE
    query = query.where(pairings_manageable_by(actor), Pairing.state == state)
    if wanted.unit_path:
        inside = (
            select(Employee.id)
            .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .where(path_within(OrganisationalUnit.path, [wanted.unit_path]))
        )
        query = query.where(Pairing.mentee_id.in_(inside))
    if wanted.only == "silent":
        query = query.where(_silent(numbers.c.last_on, today))
    elif wanted.only == "open":
        query = query.where(numbers.c.recorded > 0)
    elif wanted.only == "disputed":
        query = query.where(numbers.c.disputed > 0)
    for word in wanted.words:
        plain = word.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        named = select(Employee.id).where(func.lower(Employee.name).like(f"%{plain}%", escape="\\"))
        query = query.where(or_(Pairing.mentor_id.in_(named), Pairing.mentee_id.in_(named)))
    return query


def _silent(last_on: Any, today: date) -> ColumnElement[bool]:
    border = today - timedelta(days=SILENT_AFTER_DAYS)
    return and_(Pairing.starts_on < border, or_(last_on.is_(None), last_on < border))


def list_overview(
    session: Session, actor: Actor, wanted: OverviewFilter, *, today: date, limit: int = 25, offset: int = 0
) -> list[PairingRow]:
    """Return the pairings that the actor coordinates, the longest silent first; nobody's words.

    Two statements.
    """
    query, numbers = _select(words=False)
    query = _overview(query, actor, wanted, today=today, numbers=numbers)
    order = func.coalesce(numbers.c.last_on, Pairing.starts_on)
    return _rows(session, query.order_by(order, Pairing.id).limit(limit).offset(offset))


def count_overview(session: Session, actor: Actor, wanted: OverviewFilter, *, today: date) -> int:
    """Return how many pairings the overview holds."""
    numbers = _numbers()
    query = select(func.count(Pairing.id)).outerjoin(numbers, numbers.c.pairing_id == Pairing.id)
    return int(session.scalar(_overview(query, actor, wanted, today=today, numbers=numbers)) or 0)


def overview_totals(session: Session, actor: Actor, *, today: date) -> dict[str, int]:
    """Return the active pairings that the actor coordinates, and how many need a hand. One statement."""
    numbers = _numbers()
    row = session.execute(
        select(
            func.count(Pairing.id),
            func.sum(case((_silent(numbers.c.last_on, today), 1), else_=0)),
            func.sum(case((numbers.c.recorded > 0, 1), else_=0)),
            func.sum(case((numbers.c.disputed > 0, 1), else_=0)),
        )
        .outerjoin(numbers, numbers.c.pairing_id == Pairing.id)
        .where(pairings_manageable_by(actor), Pairing.state == PairingState.ACTIVE)
    ).one()
    return dict(zip(("all", "silent", "open", "disputed"), (int(value or 0) for value in row), strict=True))


def unit_counts(session: Session, actor: Actor, *, year: int, today: date, limit: int = 300) -> list[UnitCounts]:
    """Return numbers of mentoring by the mentees' units: what HR sees. Two statements, no words, no names."""
    numbers = _numbers()
    active = case((Pairing.state == PairingState.ACTIVE, 1), else_=0)
    heads = session.execute(
        select(
            OrganisationalUnit.id, OrganisationalUnit.name, func.sum(active),
            func.sum(case((_silent(numbers.c.last_on, today), active), else_=0)),
            func.sum(func.coalesce(numbers.c.recorded, 0)),
        )
        .select_from(Pairing)
        .join(Employee, Employee.id == Pairing.mentee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(numbers, numbers.c.pairing_id == Pairing.id)
        .where(pairings_counted_for(actor))
        .group_by(OrganisationalUnit.id, OrganisationalUnit.name, OrganisationalUnit.path)
        .order_by(OrganisationalUnit.path)
        .limit(limit)
    ).all()  # fmt: skip
    done = {row[0]: row for row in session.execute(
        select(
            Employee.unit_id, func.count(JpEntry.id), func.sum(JpEntry.minutes), func.sum(JpEntry.credited_jp)
        )
        .select_from(JpEntry)
        .join(SessionLog, SessionLog.id == JpEntry.source_id)
        .join(Pairing, and_(Pairing.id == SessionLog.pairing_id, Pairing.mentee_id == JpEntry.employee_id))
        .join(Employee, Employee.id == Pairing.mentee_id)
        .where(JpEntry.source_kind == "session_log", JpEntry.year == year, JpEntry.counter_to_id.is_(None))
        .where(pairings_counted_for(actor))
        .group_by(Employee.unit_id)
    )}  # fmt: skip
    return [
        UnitCounts(
            row[1], int(row[2] or 0), int(row[3] or 0), int(row[4] or 0),
            *(int(value or 0) for value in (done[row[0]][1:] if row[0] in done else (0, 0, 0))),
        )
        for row in heads
    ]  # fmt: skip


def active_pairings_of(session: Session, employee_id: int) -> list[Pairing]:
    """Return the active pairings of a person on either side, held until commit."""
    either = or_(Pairing.mentor_id == employee_id, Pairing.mentee_id == employee_id)
    query = select(Pairing).where(either, Pairing.state == PairingState.ACTIVE).order_by(Pairing.id)
    return list(session.scalars(query.with_for_update(key_share=True).limit(MANY_PAIRINGS)))


def pairings_past_term(session: Session, *, ended_before: date, limit: int = MANY_PAIRINGS) -> list[Pairing]:
    """Return active pairings whose last day is long past."""
    query = select(Pairing).where(Pairing.state == PairingState.ACTIVE, Pairing.ends_on < ended_before)
    return list(session.scalars(query.order_by(Pairing.id).limit(limit).with_for_update(key_share=True)))


def silent_pairings(session: Session, *, today: date, limit: int = EXPORT_MAX) -> list[tuple[int, str, int, int]]:
    """Return (id, public id, mentor, mentee) of active pairings that are silent; for the reminder."""
    numbers = _numbers()
    query = (
        select(Pairing.id, Pairing.public_id, Pairing.mentor_id, Pairing.mentee_id)
        .outerjoin(numbers, numbers.c.pairing_id == Pairing.id)
        .where(Pairing.state == PairingState.ACTIVE, Pairing.ends_on >= today)
        .where(_silent(numbers.c.last_on, today))
        .order_by(Pairing.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def list_filter_units(session: Session, actor: Actor, *, limit: int = 300) -> list[tuple[str, str, str]]:
    """Return (public id, name, path) of the units in which the actor coordinates mentees."""
    mentees = select(Pairing.mentee_id).where(pairings_manageable_by(actor))
    scope = actor.scope(Permission.PAIRING_MANAGE)
    query = (
        select(OrganisationalUnit.public_id, OrganisationalUnit.name, OrganisationalUnit.path)
        .where(
            path_within(OrganisationalUnit.path, scope) if scope else false(),
            OrganisationalUnit.id.in_(select(Employee.unit_id).where(Employee.id.in_(mentees))),
        )
        .order_by(OrganisationalUnit.path)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def with_people(rows: Collection[PairingRow]) -> set[int]:
    """Return the ids of all people in these rows, for the note of who read whom."""
    return {row.mentor.id for row in rows} | {row.mentee.id for row in rows}
