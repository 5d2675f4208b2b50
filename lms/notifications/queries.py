"""Reads of one's own notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from lms.core.orm import read_rows
from lms.notifications.models import Notice
from lms.people.models import Employee

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
