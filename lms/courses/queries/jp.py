"""The JP ledger: a person's year, and the years of the people of a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, func, or_, select
from sqlalchemy.orm import aliased

from lms.core.orm import path_within, read_rows
from lms.courses.models import Enrolment, JpDay, JpEntry, JpRule, JpTarget, Offering
from lms.courses.rules import SELF_LEARNING, Target, YearView, contract_year, year_view
from lms.people.models import Employee, EmployeeStatus, OrganisationalUnit, Position

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

LEDGER_LIMIT = 400


def get_rule(session: Session, learning_form: int, *, on: date) -> JpRule | None:
    """Return the rule of a form of learning that holds on a day."""
    return session.scalars(
        select(JpRule)
        .where(
            JpRule.learning_form == learning_form,
            JpRule.valid_from_on <= on,
            or_(JpRule.valid_to_on.is_(None), JpRule.valid_to_on >= on),
        )
        .order_by(JpRule.valid_from_on.desc())
        .limit(1)
    ).first()


def exists_rules(session: Session) -> bool:
    """Return whether the rule table was ever filled."""
    return session.scalar(select(JpRule.id).limit(1)) is not None


def list_rules(session: Session, *, on: date) -> list[JpRule]:
    """Return the rules that hold on a day, by form."""
    return list(
        session.scalars(
            select(JpRule)
            .where(JpRule.valid_from_on <= on, or_(JpRule.valid_to_on.is_(None), JpRule.valid_to_on >= on))
            .order_by(JpRule.learning_form, JpRule.valid_from_on)
            .limit(100)
        )
    )


# Made once: putting a statement together costs more than its look-up in the database.
_TARGET = (
    select(JpTarget.direction, JpTarget.amount_jp, JpTarget.year_kind)
    .where(
        JpTarget.employee_status == bindparam("status"),
        JpTarget.valid_from_on <= bindparam("on"),
        or_(JpTarget.valid_to_on.is_(None), JpTarget.valid_to_on >= bindparam("on")),
    )
    .order_by(JpTarget.valid_from_on.desc())
    .limit(1)
)


def get_target(session: Session, status: str, *, on: date) -> Target | None:
    """Return what a kind of employment asks for on a day, or None when nothing is asked."""
    row = read_rows(session, _TARGET, {"status": status, "on": on}).first()
    return Target(*row) if row is not None else None


def get_entry_by_key(session: Session, unique_key: str) -> JpEntry | None:
    """Return the entry of a fact, or None while it has not been credited."""
    return session.scalars(select(JpEntry).where(JpEntry.unique_key == unique_key)).one_or_none()


def list_standing_entries(session: Session, source_kind: str, source_id: int) -> list[str]:
    """Return the public ids of the entries of a source that were not taken back, oldest first."""
    taken = select(JpEntry.counter_to_id).where(JpEntry.counter_to_id.is_not(None))
    return list(
        session.scalars(
            select(JpEntry.public_id)
            .where(
                JpEntry.source_kind == source_kind, JpEntry.source_id == source_id, JpEntry.counter_to_id.is_(None),
                JpEntry.id.not_in(taken.where(JpEntry.source_id == source_id)),
            )
            .order_by(JpEntry.id)
        )
    )  # fmt: skip


def lock_entry(session: Session, public_id: str) -> JpEntry | None:
    """Return an entry, its row held until commit."""
    return session.scalars(
        select(JpEntry)
        .where(JpEntry.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def counted_minutes(session: Session, employee_id: int, learning_form: int, days: Sequence[date]) -> dict[date, int]:
    """Return minutes of a form that already counted on these days."""
    if not days:
        return {}
    return {
        day: int(minutes)
        for day, minutes in session.execute(
            select(JpDay.day_on, func.sum(JpDay.counted_minutes))
            .where(
                JpDay.employee_id == employee_id,
                JpDay.learning_form == learning_form,
                JpDay.day_on.in_(list(days)),
            )
            .group_by(JpDay.day_on)
        )
    }


def days_of_entry(session: Session, entry_id: int) -> dict[date, int]:
    """Return the minutes of an entry that counted, by day."""
    rows = session.execute(select(JpDay.day_on, JpDay.counted_minutes).where(JpDay.entry_id == entry_id))
    return {row[0]: row[1] for row in rows}


def credited_sessions(session: Session, employee_id: int, learning_form: int, *, month: date) -> int:
    """Return how many sessions of a form were credited in the month of a day, less corrected ones."""
    first = month.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return int(
        session.scalar(
            select(
                func.coalesce(func.sum(case((JpEntry.credited_jp > 0, 1), (JpEntry.credited_jp < 0, -1), else_=0)), 0)
            ).where(
                JpEntry.employee_id == employee_id,
                JpEntry.learning_form == learning_form,
                JpEntry.held_on >= first,
                JpEntry.held_on < after,
            )
        )
        or 0
    )


def exists_credit_for_course(session: Session, employee_id: int, course_id: int, *, year: int) -> bool:
    """Return whether completing this course already counted in a year."""
    return bool(
        session.scalar(
            select(func.coalesce(func.sum(JpEntry.credited_jp), 0))
            .join(Enrolment, Enrolment.id == JpEntry.source_id)
            .join(Offering, Offering.id == Enrolment.offering_id)
            .where(
                JpEntry.employee_id == employee_id,
                JpEntry.source_kind == "enrolment",
                JpEntry.year == year,
                Offering.course_id == course_id,
            )
        )
    )


_PERSON = (
    select(Employee.status, Employee.contract_from_on, OrganisationalUnit.path)
    .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
    .where(Employee.id == bindparam("employee_id"))
)


def get_person(session: Session, employee_id: int) -> tuple[EmployeeStatus, date | None, str | None]:
    """Return status, start of the contract and unit path of a person."""
    row = read_rows(session, _PERSON, {"employee_id": employee_id}).one()
    return row[0], row[1], row[2]


@dataclass(frozen=True, slots=True)
class JpSummary:
    """Where a person stands in a year.

    Args:
        year: calendar year, or the year in which the contract year begins.
        from_on, to_on: first and last day that count.
        view: credited, self-learning, missing and target.
        contract_unknown: a contract year is asked for, but its start is not known; the calendar year counts.
    """

    employee_id: int
    status: EmployeeStatus
    year: int
    from_on: date
    to_on: date
    view: YearView
    contract_unknown: bool = False

    @property
    def direction(self) -> str | None:
        """`at_least`, `at_most`, or None without a target."""
        return self.view.target.direction if self.view.target else None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One row of the ledger."""

    public_id: str
    held_on: date
    label: str
    learning_form: int
    form_name: str
    minutes: int
    proposed_jp: int
    credited_jp: int
    cut_reason: str
    source_kind: str
    is_counter: bool
    is_corrected: bool = False


def _counts() -> ColumnElement[bool]:
    return or_(JpEntry.rule_id.is_(None), JpRule.counts_towards_target.is_(True))


_OF_DAYS = (
    JpEntry.employee_id == bindparam("employee_id"),
    JpEntry.held_on >= bindparam("first"),
    JpEntry.held_on <= bindparam("last"),
)
_COUNTER = aliased(JpEntry)
_SUMS = (
    select(JpEntry.learning_form, func.sum(JpEntry.credited_jp))
    .outerjoin(JpRule, JpRule.id == JpEntry.rule_id)
    .where(*_OF_DAYS, _counts())
    .group_by(JpEntry.learning_form)
)
_LEDGER = (
    select(
        JpEntry.public_id,
        JpEntry.held_on,
        JpEntry.label,
        JpEntry.learning_form,
        func.coalesce(JpRule.name, ""),
        JpEntry.minutes,
        JpEntry.proposed_jp,
        JpEntry.credited_jp,
        JpEntry.cut_reason,
        JpEntry.source_kind,
        JpEntry.counter_to_id.is_not(None),
        select(_COUNTER.id).where(_COUNTER.counter_to_id == JpEntry.id).exists(),
    )
    .outerjoin(JpRule, JpRule.id == JpEntry.rule_id)
    .where(*_OF_DAYS)
    .order_by(JpEntry.held_on.desc(), JpEntry.id.desc())
    .limit(bindparam("most"))
)
_YEARS = (
    select(JpEntry.year).where(JpEntry.employee_id == bindparam("employee_id")).distinct().order_by(JpEntry.year.desc())
)


def jp_summary(session: Session, employee_id: int, year: int) -> JpSummary:
    """Return a person's JP of a year: three statements.

    PPPK: the contract year that begins in `year`; others: the calendar year.
    """
    status, contract_from, _path = get_person(session, employee_id)
    target = get_target(session, status, on=date(year, 12, 31))
    by_contract = target is not None and target.year_kind == "contract"
    first, last = date(year, 1, 1), date(year, 12, 31)
    if by_contract and contract_from is not None:
        first, last = contract_year(contract_from, year)
    rows = read_rows(session, _SUMS, {"employee_id": employee_id, "first": first, "last": last})
    view = year_view([(form, int(jp or 0)) for form, jp in rows], target)
    return JpSummary(
        employee_id, status, year, first, last, view, contract_unknown=by_contract and contract_from is None
    )


def list_ledger(
    session: Session, employee_id: int, *, first: date, last: date, limit: int = LEDGER_LIMIT
) -> list[LedgerLine]:
    """Return a person's entries of some days, newest first."""
    values = {"employee_id": employee_id, "first": first, "last": last, "most": limit}
    rows: Any = read_rows(session, _LEDGER, values).all()
    return [LedgerLine(*(*row[:10], bool(row[10]), bool(row[11]))) for row in rows]


def get_entry(session: Session, public_id: str) -> tuple[int, LedgerLine] | None:
    """Return an entry of the ledger with the internal id of its person; the caller looks whether it may be seen."""
    row: Any = session.execute(
        select(
            JpEntry.employee_id, JpEntry.public_id, JpEntry.held_on, JpEntry.label, JpEntry.learning_form,
            func.coalesce(JpRule.name, ""), JpEntry.minutes, JpEntry.proposed_jp, JpEntry.credited_jp,
            JpEntry.cut_reason, JpEntry.source_kind, JpEntry.counter_to_id.is_not(None),
            select(_COUNTER.id).where(_COUNTER.counter_to_id == JpEntry.id).exists(),
        )
        .outerjoin(JpRule, JpRule.id == JpEntry.rule_id)
        .where(JpEntry.public_id == public_id)
    ).one_or_none()  # fmt: skip
    return (row[0], LedgerLine(*(*row[1:11], bool(row[11]), bool(row[12])))) if row is not None else None


def list_ledger_years(session: Session, employee_id: int) -> list[int]:
    """Return the years in which a person has entries, newest first."""
    return list(read_rows(session, _YEARS, {"employee_id": employee_id}).scalars())


def collect_jp(session: Session, employee_id: int) -> list[dict[str, Any]]:
    """Return the whole ledger of a person, for "Data saya"."""
    lines = list_ledger(session, employee_id, first=date(1900, 1, 1), last=date(9999, 12, 31), limit=10_000)
    return [
        {
            "tanggal": line.held_on.isoformat(),
            "kegiatan": line.label,
            "bentuk_siasn": line.learning_form,
            "menit": line.minutes,
            "jp_diusulkan": line.proposed_jp,
            "jp_diakui": line.credited_jp,
            "keterangan": line.cut_reason,
        }
        for line in lines
    ]


# Units -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JpUnitRow:
    """JP of the people who belong directly to one unit.

    Args:
        people: active people of the unit.
        with_duty: those of whom the year asks a least number of JP (PNS).
        met: of these, how many have it.
        target_jp, credited_jp: of those with a duty together.
        other_credited_jp: JP of the people without a duty (PPPK and others).
    """

    unit_id: int
    unit_code: str
    unit_name: str
    unit_path: str
    people: int
    with_duty: int
    met: int
    target_jp: int
    credited_jp: int
    other_credited_jp: int

    @property
    def below(self) -> int:
        """People with a duty who do not have it yet."""
        return self.with_duty - self.met

    @property
    def share(self) -> float | None:
        """Share of the people with a duty who have met it; None when nobody has one."""
        return self.met / self.with_duty if self.with_duty else None


def _duties(session: Session, year: int) -> Mapping[str, int]:
    """Return the least JP by kind of employment, for calendar years."""
    last = date(year, 12, 31)
    return {
        row.employee_status: row.amount_jp
        for row in session.scalars(
            select(JpTarget)
            .where(
                JpTarget.direction == "at_least",
                JpTarget.valid_from_on <= last,
                or_(JpTarget.valid_to_on.is_(None), JpTarget.valid_to_on >= last),
            )
            .order_by(JpTarget.valid_from_on)
        )
    }


def jp_by_unit(session: Session, *, unit_paths: Sequence[str], year: int, limit: int = 2000) -> list[JpUnitRow]:
    """Return JP attainment of each unit below some paths; two statements, set-based.

    People count where they belong now; each person counts in one unit, so that sums over a subtree's
    rows give the subtree. A PPPK has no duty and is never below it. Index: ix_jp_entry_employee_id.

    Args:
        unit_paths: paths of the subtrees that the actor may see, such as `actor.scope(Permission.JP_VIEW)`.
    """
    duties = _duties(session, year)
    duty = (
        case(*((Employee.status == status, amount) for status, amount in duties.items()), else_=0) if duties else None
    )
    credited = (
        select(JpEntry.employee_id.label("employee_id"), func.sum(JpEntry.credited_jp).label("jp"))
        .outerjoin(JpRule, JpRule.id == JpEntry.rule_id)
        .where(JpEntry.year == year, _counts())
        .group_by(JpEntry.employee_id)
        .subquery()
    )
    jp = func.coalesce(credited.c.jp, 0)
    has = duty > 0 if duty is not None else Employee.id < 0
    asked = duty if duty is not None else 0

    def total(value: Any) -> ColumnElement[int]:
        return func.coalesce(func.sum(value), 0)

    rows = session.execute(
        select(
            OrganisationalUnit.id,
            OrganisationalUnit.code,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            func.count(Employee.id),
            total(case((has, 1), else_=0)),
            total(case((and_(has, jp >= asked), 1), else_=0)),
            total(case((has, asked), else_=0)),
            total(case((has, jp), else_=0)),
            total(case((has, 0), else_=jp)),
        )
        .join(Employee, Employee.unit_id == OrganisationalUnit.id)
        .outerjoin(credited, credited.c.employee_id == Employee.id)
        .where(
            Employee.is_active.is_(True),
            Employee.status != EmployeeStatus.EXTERNAL,
            path_within(OrganisationalUnit.path, unit_paths),
        )
        .group_by(OrganisationalUnit.id, OrganisationalUnit.code, OrganisationalUnit.name, OrganisationalUnit.path)
        .order_by(OrganisationalUnit.path)
        .limit(limit)
    )
    return [JpUnitRow(*row[:4], *(int(value) for value in row[4:])) for row in rows]


@dataclass(frozen=True, slots=True)
class JpPersonRow:
    """JP of one person in a calendar year.

    Args:
        target_jp: least JP asked, None without a duty.
        self_learning_jp: part of `credited_jp` that is self-learning.
    """

    employee_id: int
    public_id: str
    name: str
    title_before: str
    title_after: str
    status: EmployeeStatus
    position_name: str
    unit_name: str
    unit_code: str
    credited_jp: int
    self_learning_jp: int
    target_jp: int | None

    @property
    def missing_jp(self) -> int:
        """JP that the duty still lacks."""
        return max(0, (self.target_jp or 0) - self.credited_jp)


def jp_of_people(
    session: Session,
    *,
    unit_paths: Sequence[str],
    year: int,
    only_below: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[JpPersonRow], int]:
    """Return JP of people below some paths, most lacking first, and how many there are."""
    duties = _duties(session, year)
    duty = (
        case(*((Employee.status == status, amount) for status, amount in duties.items()), else_=0)
        if duties
        else case((Employee.id < 0, 1), else_=0)
    )
    credited = (
        select(
            JpEntry.employee_id.label("employee_id"),
            func.sum(JpEntry.credited_jp).label("jp"),
            func.sum(case((JpEntry.learning_form == SELF_LEARNING, JpEntry.credited_jp), else_=0)).label("own"),
        )
        .outerjoin(JpRule, JpRule.id == JpEntry.rule_id)
        .where(JpEntry.year == year, _counts())
        .group_by(JpEntry.employee_id)
        .subquery()
    )
    jp = func.coalesce(credited.c.jp, 0)
    query = (
        select(
            Employee.id,
            Employee.public_id,
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            Employee.status,
            func.coalesce(Position.name, ""),
            OrganisationalUnit.name,
            OrganisationalUnit.code,
            jp,
            func.coalesce(credited.c.own, 0),
            duty,
        )
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Position, Position.id == Employee.position_id)
        .outerjoin(credited, credited.c.employee_id == Employee.id)
        .where(
            Employee.is_active.is_(True),
            Employee.status != EmployeeStatus.EXTERNAL,
            path_within(OrganisationalUnit.path, unit_paths),
        )
    )
    if only_below:
        query = query.where(jp < duty)
    total = int(session.scalar(select(func.count()).select_from(query.subquery())) or 0)
    rows = session.execute(query.order_by((duty - jp).desc(), Employee.name, Employee.id).offset(offset).limit(limit))
    people = []
    for row in rows:
        values: list[Any] = list(row)
        numbers: dict[str, Any] = {
            "credited_jp": int(row[9]),
            "self_learning_jp": int(row[10]),
            "target_jp": int(row[11]) or None,
        }
        people.append(JpPersonRow(*values[:9], **numbers))
    return people, total
