"""Sessions of runs, who attended them, and the calendar of one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from lms.courses.models import (
    Attendance,
    CalendarFeed,
    Course,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Offering,
    OfferingSession,
    OfferingState,
)
from lms.courses.rules import SEATED, OfferingMode
from lms.courses.rules.attendance import AttendanceState, CalendarEvent, attended_percent
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One session as pages show it."""

    id: int
    public_id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    room: str
    instructor_id: int | None
    instructor_name: str
    sequence: int
    is_cancelled: bool
    check_in_key: str


def _line(row: Any) -> MeetingLine:
    held, name = row
    return MeetingLine(
        held.id,
        held.public_id,
        held.title,
        held.starts_at,
        held.ends_at,
        held.place,
        held.room,
        held.instructor_id,
        name or "",
        held.sequence,
        held.cancelled_at is not None,
        held.check_in_key,
    )


def list_meetings(session: Session, offering_id: int) -> list[MeetingLine]:
    """Return the sessions of a run by time, cancelled ones too; one statement."""
    rows = session.execute(
        select(OfferingSession, Employee.name)
        .outerjoin(Employee, Employee.id == OfferingSession.instructor_id)
        .where(OfferingSession.offering_id == offering_id)
        .order_by(OfferingSession.starts_at, OfferingSession.id)
        .limit(200)
    )
    return [_line(row) for row in rows]


def get_meeting(session: Session, offering_id: int, public_id: str) -> MeetingLine | None:
    """Return one session of a run; the caller has checked the right over the run."""
    return next((one for one in list_meetings(session, offering_id) if one.public_id == public_id), None)


def lock_meeting(session: Session, public_id: str) -> OfferingSession | None:
    """Return a session, its row held until commit."""
    return session.scalars(
        select(OfferingSession)
        .where(OfferingSession.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def title_of_code(session: Session, public_id: str, key: str) -> str | None:
    """Return what a code on the wall is for, or None when it is no code of ours."""
    row = session.execute(
        select(OfferingSession.title, Offering.title)
        .join(Offering, Offering.id == OfferingSession.offering_id)
        .where(OfferingSession.public_id == public_id, OfferingSession.check_in_key == key)
    ).one_or_none()
    return f"{row[1]}, {row[0]}" if row is not None else None


def find_clash(
    session: Session, *, starts_at: datetime, ends_at: datetime, place: str, room: str, instructor_id: int | None,
    without_id: int | None,
) -> tuple[str, str] | None:  # fmt: skip
    """Return (`room` or `instructor`, title) of a session at the same time in the same room or with the same person."""
    same = []
    if room:
        same.append(and_(OfferingSession.place == place, OfferingSession.room == room))
    if instructor_id is not None:
        same.append(OfferingSession.instructor_id == instructor_id)
    if not same:
        return None
    row = session.scalars(
        select(OfferingSession)
        .where(
            OfferingSession.starts_at < ends_at,
            OfferingSession.ends_at > starts_at,
            OfferingSession.cancelled_at.is_(None),
            OfferingSession.id != (without_id or -1),
            or_(*same),
        )
        .order_by(OfferingSession.starts_at, OfferingSession.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return ("instructor" if row.instructor_id is not None and row.instructor_id == instructor_id else "room"), row.title


@dataclass(frozen=True, slots=True)
class AttendanceLine:
    """One participant in the list of a session."""

    enrolment_id: int
    public_id: str
    employee_id: int
    name: str
    unit_name: str
    state: AttendanceState | None
    source: str
    note: str
    marked_at: datetime | None


def list_attendance(session: Session, offering_id: int, meeting_id: int) -> list[AttendanceLine]:
    """Return the participants of a run by name with what was noted for one session; one statement."""
    rows = session.execute(
        select(
            Enrolment.id,
            Enrolment.public_id,
            Employee.id,
            Employee.name,
            OrganisationalUnit.name,
            Attendance.state,
            Attendance.source,
            Attendance.note,
            Attendance.marked_at,
        )
        .join(Employee, Employee.id == Enrolment.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(Attendance, and_(Attendance.enrolment_id == Enrolment.id, Attendance.session_id == meeting_id))
        .where(Enrolment.offering_id == offering_id, Enrolment.state.in_([*SEATED, EnrolmentState.FAILED]))
        .order_by(Employee.name, Enrolment.id)
        .limit(1000)
    )
    return [
        AttendanceLine(row[0], row[1], row[2], row[3], row[4] or "", row[5], row[6] or "", row[7] or "", row[8])
        for row in rows
    ]


def get_attendance(session: Session, meeting_id: int, enrolment_id: int) -> Attendance | None:
    """Return what was noted of one participant in one session."""
    return session.scalars(
        select(Attendance).where(Attendance.session_id == meeting_id, Attendance.enrolment_id == enrolment_id)
    ).one_or_none()


def attended_many(session: Session, enrolment_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return (per cent attended, per cent asked for) of enrolments in runs that ask for a share; two statements."""
    asked = session.execute(
        select(Enrolment.id, Offering.required_percent, OfferingSession.id)
        .join(Offering, Offering.id == Enrolment.offering_id)
        .join(OfferingSession, OfferingSession.offering_id == Offering.id)
        .where(
            Enrolment.id.in_(enrolment_ids),
            Offering.required_percent.is_not(None),
            OfferingSession.cancelled_at.is_(None),
        )
    ).all()
    if not asked:
        return {}
    noted = {
        (row[0], row[1]): row[2]
        for row in session.execute(
            select(Attendance.enrolment_id, Attendance.session_id, Attendance.state).where(
                Attendance.enrolment_id.in_({row[0] for row in asked})
            )
        )
    }
    states: dict[int, list[AttendanceState | None]] = defaultdict(list)
    required: dict[int, int] = {}
    for enrolment_id, percent, meeting_id in asked:
        states[enrolment_id].append(noted.get((enrolment_id, meeting_id)))
        required[enrolment_id] = percent or 0
    return {
        enrolment_id: (100 if (share := attended_percent(held)) is None else share, required[enrolment_id])
        for enrolment_id, held in states.items()
    }


def attendance_met_many(session: Session, enrolment_ids: Sequence[int]) -> dict[int, bool]:
    """Return whether the share that a run asks for was attended; runs without such a share are left out."""
    return {one: has >= needs for one, (has, needs) in attended_many(session, enrolment_ids).items()}


def attendance_met(session: Session, enrolment_id: int) -> bool | None:
    """Return whether the share was attended, None when the run asks for none."""
    return attendance_met_many(session, [enrolment_id]).get(enrolment_id)


def meeting_times(session: Session, offering_ids: Collection[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    """Return the times of the sessions of offerings that have any."""
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    if not offering_ids:
        return found
    for row in session.execute(
        select(OfferingSession.offering_id, OfferingSession.starts_at, OfferingSession.ends_at).where(
            OfferingSession.offering_id.in_(offering_ids), OfferingSession.cancelled_at.is_(None)
        )
    ):
        found.setdefault(row[0], []).append((row[1], row[2]))
    return found


def collect_attendance(session: Session, employee_id: int) -> list[dict[str, Any]]:
    """Return what was noted of a person's attendance, for "Data saya"."""
    rows = session.execute(
        select(OfferingSession.title, Offering.title, Attendance.state, Attendance.note, Attendance.marked_at)
        .join(OfferingSession, OfferingSession.id == Attendance.session_id)
        .join(Offering, Offering.id == OfferingSession.offering_id)
        .join(Enrolment, Enrolment.id == Attendance.enrolment_id)
        .where(Enrolment.employee_id == employee_id)
        .order_by(Attendance.id)
        .limit(2000)
    )
    return [
        {
            "sesi": row[0],
            "angkatan": row[1],
            "kehadiran": row[2].value,
            "keterangan": row[3],
            "dicatat": row[4].isoformat(),
        }
        for row in rows
    ]


# One person's calendar ----------------------------------------------------------------------


def person_of_feed(session: Session, token_hash: str) -> int | None:
    """Return whose calendar a secret address is; nobody's when the person has left."""
    return session.scalar(
        select(CalendarFeed.employee_id)
        .join(Employee, Employee.id == CalendarFeed.employee_id)
        .where(CalendarFeed.token_hash == token_hash, Employee.is_active.is_(True))
    )


def has_feed(session: Session, employee_id: int) -> bool:
    """Return whether a person has a calendar address."""
    return session.scalar(select(CalendarFeed.id).where(CalendarFeed.employee_id == employee_id)) is not None


def own_events(session: Session, employee_id: int, *, base_url: str, since: datetime) -> list[CalendarEvent]:
    """Return what one person attends or teaches since an instant, by time; two statements.

    Sessions come one by one; a classroom run without sessions comes as whole days.
    """
    mine = (
        select(Enrolment.offering_id)
        .where(Enrolment.employee_id == employee_id, Enrolment.state.in_(SEATED))
        .scalar_subquery()
    )
    rows = session.execute(
        select(OfferingSession, Offering.title, CourseVersion.title, Course.code)
        .join(Offering, Offering.id == OfferingSession.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .where(
            or_(OfferingSession.offering_id.in_(mine), OfferingSession.instructor_id == employee_id),
            Offering.state != OfferingState.DRAFT,
            OfferingSession.ends_at >= since,
        )
        .order_by(OfferingSession.starts_at, OfferingSession.id)
        .limit(500)
    ).all()
    events = [
        CalendarEvent(
            uid=f"{held.public_id}@bina",
            sequence=held.sequence,
            title=f"{course}: {held.title}",
            place=", ".join(part for part in (held.place, held.room) if part),
            url=f"{base_url}/katalog/{code}",
            starts=held.starts_at,
            ends=held.ends_at,
            changed_at=held.changed_at,
            is_cancelled=held.cancelled_at is not None,
        )
        for held, _run, course, code in rows
    ]
    with_sessions = {row[0].offering_id for row in rows}
    whole = session.execute(
        select(Offering, CourseVersion.title, Course.code)
        .join(Course, Course.id == Offering.course_id)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .where(
            Offering.id.in_(mine),
            Offering.mode != OfferingMode.ONLINE,
            Offering.starts_on.is_not(None),
            Offering.starts_on >= since.date(),
        )
        .order_by(Offering.starts_on, Offering.id)
        .limit(200)
    )
    events += [
        CalendarEvent(
            uid=f"{run.public_id}@bina",
            sequence=run.version,
            title=f"{course}: {run.title}",
            place=run.place,
            url=f"{base_url}/katalog/{code}",
            starts=run.starts_on,
            ends=(run.ends_on or run.starts_on) + timedelta(days=1),
            changed_at=since,
            is_cancelled=run.state is OfferingState.CANCELLED,
        )
        for run, course, code in whole
        if run.id not in with_sessions and run.starts_on is not None
    ]
    return events
