"""Reads of sessions: words only for the two, the private note only for the mentor who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, or_, select

from lms.core import secrets
from lms.core.orm import read_rows
from lms.courses.models import JpEntry
from lms.courses.queries import credited_sessions, get_rule
from lms.mentoring.models import Pairing, PairingState, SessionLog, SessionMedium, SessionState
from lms.mentoring.policies import pairings_readable_by, private_notes_readable_by
from lms.mentoring.rules import MENTORING_FORM, JpForecast, Span, jp_forecast
from lms.people.models import Employee

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

SECRET = "mentoring"  # noqa: S105 -- name of the key, not the key
MANY_SESSIONS = 200
OPEN_STATES = (SessionState.RECORDED, SessionState.DISPUTED)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session as the two read it; no private note.

    Args:
        credited_jp: JP of the mentee, None before confirmation.
        cut_reason: why less was credited.
    """

    public_id: str
    pairing_id: int
    pairing_public_id: str
    mentor_id: int
    mentee_id: int
    mentor_name: str
    mentee_name: str
    held_on: date
    starts_at: datetime
    ends_at: datetime
    medium: SessionMedium
    topics: tuple[str, ...]
    discussion: str
    next_step: str
    next_on: date | None
    state: SessionState
    recorded_at: datetime
    confirmed_at: datetime | None
    mentee_note: str
    version: int
    credited_jp: int | None
    cut_reason: str

    @property
    def minutes(self) -> int:
        """Length."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def is_open(self) -> bool:
        """Whether the mentor may still correct it."""
        return self.state in OPEN_STATES


def _rows() -> Any:
    mentor, mentee = Employee.__table__.alias("mentor"), Employee.__table__.alias("mentee")
    return (
        select(
            SessionLog.public_id, SessionLog.pairing_id, Pairing.public_id, Pairing.mentor_id,
            Pairing.mentee_id, mentor.c.name, mentee.c.name, SessionLog.held_on, SessionLog.starts_at,
            SessionLog.ends_at, SessionLog.medium, SessionLog.topics, SessionLog.discussion,
            SessionLog.next_step, SessionLog.next_on, SessionLog.state, SessionLog.recorded_at,
            SessionLog.confirmed_at, SessionLog.mentee_note, SessionLog.version, JpEntry.credited_jp,
            JpEntry.cut_reason,
        )
        .join(Pairing, Pairing.id == SessionLog.pairing_id)
        .join(mentor, mentor.c.id == Pairing.mentor_id)
        .join(mentee, mentee.c.id == Pairing.mentee_id)
        .outerjoin(
            JpEntry,
            and_(
                JpEntry.source_kind == "session_log",
                JpEntry.source_id == SessionLog.id,
                JpEntry.employee_id == Pairing.mentee_id,
                JpEntry.counter_to_id.is_(None),
            ),
        )
    )  # fmt: skip


# Made once: putting a statement together costs more than its look-up in the database.
_TO_CONFIRM = (
    _rows()
    .where(Pairing.mentee_id == bindparam("mentee_id"), SessionLog.state == SessionState.RECORDED)
    .order_by(SessionLog.held_on, SessionLog.id)
    .limit(bindparam("most"))
)
_NEXT_MEETING = (
    _rows()
    .where(
        Pairing.mentee_id == bindparam("mentee_id"),
        Pairing.state == PairingState.ACTIVE,
        SessionLog.next_on >= bindparam("today"),
        SessionLog.state != SessionState.CANCELLED,
    )
    .order_by(SessionLog.next_on, SessionLog.id)
    .limit(1)
)


def _row(row: Any) -> SessionRow:
    values: Any = (*row[:11], tuple(row[11] or ()), *row[12:21], row[21] or "")
    return SessionRow(*values)


def list_sessions(
    session: Session,
    actor: Actor,
    pairing_id: int,
    *,
    first: date | None = None,
    last: date | None = None,
    with_cancelled: bool = False,
    limit: int = MANY_SESSIONS,
) -> list[SessionRow]:
    """Return the sessions of one pairing of the actor, newest first; none for anybody else. One statement."""
    query = _rows().where(SessionLog.pairing_id == pairing_id, pairings_readable_by(actor))
    if first is not None:
        query = query.where(SessionLog.held_on >= first)
    if last is not None:
        query = query.where(SessionLog.held_on <= last)
    if not with_cancelled:
        query = query.where(SessionLog.state != SessionState.CANCELLED)
    query = query.order_by(SessionLog.starts_at.desc(), SessionLog.id.desc()).limit(limit)
    return [_row(row) for row in session.execute(query)]


def get_session(session: Session, actor: Actor, public_id: str) -> SessionRow | None:
    """Return one session of the actor, or None for anybody else."""
    row = session.execute(_rows().where(SessionLog.public_id == public_id, pairings_readable_by(actor))).one_or_none()
    return None if row is None else _row(row)


def list_to_confirm(session: Session, actor: Actor, *, limit: int = 25) -> list[SessionRow]:
    """Return the sessions that wait for the actor's word as mentee, oldest first."""
    if actor.employee_id is None:
        return []
    values = {"mentee_id": actor.employee_id, "most": limit}
    return [_row(row) for row in read_rows(session, _TO_CONFIRM, values)]


def get_private_note(session: Session, actor: Actor, public_id: str) -> str:
    """Return the private note of a session, empty for everybody but its mentor.

    Raises: Unavailable: the key of the installation is not the one that wrote it.
    """
    stored = session.scalar(
        select(SessionLog.private_note)
        .join(Pairing, Pairing.id == SessionLog.pairing_id)
        .where(SessionLog.public_id == public_id, private_notes_readable_by(actor))
    )
    return "" if not stored else secrets.decrypt(SECRET, stored).decode()


def lock_session(session: Session, actor: Actor, public_id: str) -> tuple[SessionLog, Pairing] | None:
    """Return one session of the actor with its pairing, its row held until commit and read afresh."""
    row = session.execute(
        select(SessionLog, Pairing)
        .join(Pairing, Pairing.id == SessionLog.pairing_id)
        .where(SessionLog.public_id == public_id, pairings_readable_by(actor))
        .with_for_update(of=SessionLog)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def get_by_client_id(session: Session, pairing_id: int, client_id: str) -> SessionLog | None:
    """Return the session that a form's key made, or None."""
    query = select(SessionLog).filter_by(pairing_id=pairing_id, client_id=client_id)
    return session.scalars(query).one_or_none()


def mentor_spans(
    session: Session, mentor_id: int, around: Span, *, except_client_id: str = "", except_id: int | None = None
) -> list[Span]:
    """Return the mentor's other sessions that may touch a stretch of time, in all pairings.

    `except_client_id` leaves out the same group session with other mentees, `except_id` the session that is
    being corrected.
    """
    day = timedelta(days=1)
    query = (
        select(SessionLog.starts_at, SessionLog.ends_at)
        .join(Pairing, Pairing.id == SessionLog.pairing_id)
        .where(
            Pairing.mentor_id == mentor_id,
            SessionLog.state != SessionState.CANCELLED,
            SessionLog.client_id != except_client_id,
            SessionLog.starts_at < around.ends_at + day,
            SessionLog.ends_at > around.starts_at - day,
        )
        .limit(200)
    )
    if except_id is not None:
        query = query.where(SessionLog.id != except_id)
    return [Span(row[0], row[1]) for row in session.execute(query)]


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)


def month_forecast(session: Session, mentee_id: int, held_on: date, *, except_id: int | None = None) -> JpForecast:
    """Return what one more session of a mentee on a day would bring, counting those that still wait.

    Three statements. A session that waits counts as if confirmed, so that nobody is promised too much.
    """
    first, after = _month(held_on)
    query = (
        select(func.count(SessionLog.id))
        .join(Pairing, Pairing.id == SessionLog.pairing_id)
        .where(
            Pairing.mentee_id == mentee_id,
            SessionLog.state.in_(OPEN_STATES),
            SessionLog.held_on >= first,
            SessionLog.held_on < after,
        )
    )
    if except_id is not None:
        query = query.where(SessionLog.id != except_id)
    waiting = int(session.scalar(query) or 0)
    counted = waiting + max(0, credited_sessions(session, mentee_id, MENTORING_FORM, month=held_on))
    rule = get_rule(session, MENTORING_FORM, on=held_on)
    # A new installation loads the rules that come with the product on its first credit.
    worth, cap = (2, 2) if rule is None else (rule.jp_per_basis or 0, rule.max_sessions_per_month)
    return jp_forecast(counted=counted, jp_per_session=worth, cap=cap)


def month_forecasts(session: Session, mentee_ids: Collection[int], held_on: date) -> dict[int, JpForecast]:
    """Return the forecast for some mentees of one mentor; three statements each, a mentor has few."""
    return {mentee_id: month_forecast(session, mentee_id, held_on) for mentee_id in sorted(mentee_ids)[:25]}


def next_meeting(session: Session, actor: Actor, *, today: date) -> SessionRow | None:
    """Return the session whose agreed next day comes first for the actor as mentee, or None."""
    if actor.employee_id is None:
        return None
    row = read_rows(session, _NEXT_MEETING, {"mentee_id": actor.employee_id, "today": today}).first()
    return None if row is None else _row(row)


def collect_personal_data(session: Session, employee_id: int) -> list[dict[str, Any]]:
    """Return all sessions of a person as plain values, for "Data saya"; a private note only to its writer."""
    rows = session.execute(
        select(SessionLog, Pairing)
        .join(Pairing, Pairing.id == SessionLog.pairing_id)
        .where(or_(Pairing.mentor_id == employee_id, Pairing.mentee_id == employee_id))
        .order_by(SessionLog.id)
    )
    return [_personal(log, as_mentor=pairing.mentor_id == employee_id) for log, pairing in rows]


def _personal(log: SessionLog, *, as_mentor: bool) -> dict[str, Any]:
    values: dict[str, Any] = {
        "sebagai": "mentor" if as_mentor else "mentee", "tanggal": log.held_on, "mulai": log.starts_at,
        "selesai": log.ends_at, "cara": log.medium.value, "topik": list(log.topics or ()),
        "pembahasan": log.discussion, "langkah_berikut": log.next_step, "tanggal_langkah": log.next_on,
        "keadaan": log.state.value, "catatan_mentee": log.mentee_note,
    }  # fmt: skip
    if as_mentor and log.private_note:
        values["catatan_pribadi"] = secrets.decrypt(SECRET, log.private_note).decode()
    return values
