"""Reminders: of the last day of what one learns, and of the first day of a run that one has a seat in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from lms.core import clock
from lms.core.text import N_, Text
from lms.courses import queries
from lms.courses.models import Reminder
from lms.courses.rules import EARLIEST_HOUR, STEPS, days_of_step
from lms.notifications.services import notify

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BATCH = 500


def remind(session: Session, *, now: datetime) -> int:
    """Tell everybody whose deadline or beginning entered a step, after seven in the morning there.

    Returns: how many were told; `BATCH` of one zone and step at most, the next run goes on.
    Idempotent: a row of `reminder` and the notice's key hold day and step.
    """
    told = 0
    for zone in queries.list_zones(session):
        local = now.astimezone(clock.zone(zone))
        if local.hour < EARLIEST_HOUR:
            continue
        for step in STEPS:
            first, last = days_of_step(local.date(), step)
            for about in queries.REMINDED:
                wanted = queries.Wanted(about, zone, first, last, step)
                for due in queries.list_to_remind(session, wanted, limit=BATCH):
                    told += _tell(session, due, step, today=local.date())
    return told


def _tell(session: Session, due: queries.ToRemind, step: int, *, today: date) -> int:
    session.add(Reminder(enrolment_id=due.enrolment_id, about=due.about, day_on=due.on, step=step))
    left = (due.on - today).days
    if due.joined_on >= due.on - timedelta(days=step):
        return 0  # who joined within the step has just read the day
    title, body = _words(due, left)
    notify(
        session,
        employee_id=due.employee_id,
        kind="courses.deadline",
        title=title,
        body=body,
        url=f"/belajar/{due.public_id}",
        unique_key=f"{due.about}:{due.enrolment_id}:{due.on.isoformat()}:{step}",
    )
    return 1


def _words(due: queries.ToRemind, left: int) -> tuple[Text, Text]:
    if due.about == "beginning":
        body = N_("Tempat: %(place)s.", place=due.place) if due.place else N_("Buka halamannya untuk melihat jadwal.")
        if left == 0:
            return N_("%(title)s dimulai hari ini", title=due.title), body
        return N_("%(title)s dimulai %(days)d hari lagi", title=due.title, days=left), body
    body = N_("Lanjutkan dari tempat Anda berhenti.")
    if left == 0:
        return N_("Hari ini batas akhir %(title)s", title=due.title), body
    return N_("%(title)s: batasnya %(days)d hari lagi", title=due.title, days=left), body
