"""Reads of one's own notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from lms.core.clock import DEFAULT_ZONE
from lms.core.orm import read_rows
from lms.notifications.models import Notice, NoticePolicy, NoticePreference
from lms.notifications.rules import Topic, Way, way_of
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

PAGE = 25


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice as its receiver sees it."""

    notice_id: int
    public_id: str
    kind: str
    title: str
    body: str
    url: str
    created_at: datetime
    read_at: datetime | None


def list_notices(
    session: Session, actor: Actor, *, unread_only: bool = False, before: str | None = None, limit: int = PAGE
) -> list[NoticeRow]:
    """Return the actor's notices, newest first; `before` is the public id to go on from."""
    query = select(
        Notice.id,
        Notice.public_id,
        Notice.kind,
        Notice.title,
        Notice.body,
        Notice.url,
        Notice.created_at,
        Notice.read_at,
    ).where(Notice.employee_id == actor.employee_id)
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    if before:
        start = select(Notice.id).where(Notice.public_id == before, Notice.employee_id == actor.employee_id)
        query = query.where(Notice.id < start.scalar_subquery())
    rows = session.execute(query.order_by(Notice.id.desc()).limit(limit))
    return [NoticeRow(*row) for row in rows]


def count_unread(session: Session, employee_id: int) -> int:
    """Return how many notices a person has not read."""
    query = select(func.count()).where(Notice.employee_id == employee_id, Notice.read_at.is_(None))
    return session.scalar(query) or 0


# Made once: putting a statement together costs more than its look-up in the database.
_UNREAD = (Notice.employee_id == bindparam("employee_id"), Notice.read_at.is_(None))
_LATEST_UNREAD = select(
    func.count(), select(Notice.title).where(*_UNREAD).order_by(Notice.id.desc()).limit(1).scalar_subquery()
).where(*_UNREAD)


def latest_unread(session: Session, employee_id: int) -> tuple[int, str]:
    """Return how many notices wait and the title of the newest, in one statement."""
    count, title = read_rows(session, _LATEST_UNREAD, {"employee_id": employee_id}).one()
    return count, title or ""


def mail_address(session: Session, employee_id: int) -> tuple[str, str] | None:
    """Return name and e-mail address of an active person, or None when none is known."""
    row = session.execute(
        select(Employee.name, Employee.email).where(Employee.id == employee_id, Employee.is_active.is_(True))
    ).one_or_none()
    return (row[0], row[1]) if row is not None and row[1] else None


def collect_notices(session: Session, employee_id: int) -> list[dict[str, object]]:
    """Return all notices of a person as plain values, for "Data saya"."""
    rows = session.execute(
        select(Notice.created_at, Notice.title, Notice.body, Notice.read_at)
        .where(Notice.employee_id == employee_id)
        .order_by(Notice.id)
    )
    return [{"pada": at, "judul": title, "isi": body, "dibaca_pada": read_at} for at, title, body, read_at in rows]


@dataclass(frozen=True, slots=True)
class Choice:
    """How mail about a topic reaches a person, and who decides it.

    Attributes:
        way: what counts.
        is_locked: the office decides; the person's own choice waits until it is freed.
    """

    topic: Topic
    way: Way
    is_locked: bool


def list_policies(session: Session) -> dict[Topic, tuple[Way, bool]]:
    """Return what the office set, by topic: way and whether it is locked."""
    rows = session.execute(select(NoticePolicy.topic, NoticePolicy.way, NoticePolicy.is_locked))
    return {topic: (way, locked) for topic, way, locked in rows}


def list_choices(session: Session, employee_id: int) -> list[Choice]:
    """Return how mail about each topic reaches a person: two statements."""
    office = list_policies(session)
    rows = session.execute(
        select(NoticePreference.topic, NoticePreference.way).where(NoticePreference.employee_id == employee_id)
    )
    own = {row.topic: row.way for row in rows}
    found = []
    for topic in Topic:
        set_way, locked = office.get(topic, (None, False))
        locked = locked or topic is Topic.ACCESS
        found.append(
            Choice(topic, way_of(topic, chosen=own.get(topic), office=set_way, is_locked=locked), is_locked=locked)
        )
    return found


def way_for(session: Session, employee_id: int, topic: Topic) -> Way:
    """Return how mail about a topic reaches a person: one statement."""
    row = session.execute(
        select(
            select(NoticePreference.way)
            .where(NoticePreference.employee_id == employee_id, NoticePreference.topic == topic)
            .scalar_subquery(),
            select(NoticePolicy.way).where(NoticePolicy.topic == topic).scalar_subquery(),
            select(NoticePolicy.is_locked).where(NoticePolicy.topic == topic).scalar_subquery(),
        )
    ).one()
    own, office, locked = row
    return way_of(
        topic,
        chosen=Way(own) if own else None,
        office=Way(office) if office else None,
        is_locked=bool(locked),
    )


def list_waiting_for_digest(session: Session, *, limit: int = 500) -> list[tuple[int, str]]:
    """Return people with unread notices that wait for the daily mail, with the zone of their unit."""
    rows = session.execute(
        select(Notice.employee_id, func.coalesce(OrganisationalUnit.timezone, DEFAULT_ZONE))
        .join(Employee, Employee.id == Notice.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(Notice.waits_for_digest, Notice.read_at.is_(None), Employee.is_active.is_(True))
        .group_by(Notice.employee_id, OrganisationalUnit.timezone)
        .order_by(Notice.employee_id)
        .limit(limit)
    )
    return [(employee_id, zone) for employee_id, zone in rows]


def list_digest(session: Session, employee_id: int, *, limit: int = 50) -> list[Notice]:
    """Return the unread notices of a person that wait for the daily mail, oldest first, held until commit."""
    return list(
        session.scalars(
            select(Notice)
            .where(Notice.employee_id == employee_id, Notice.waits_for_digest, Notice.read_at.is_(None))
            .order_by(Notice.id)
            .limit(limit)
            .with_for_update()
        )
    )
