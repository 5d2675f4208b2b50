"""Transitions of an enrolment, and the one place that gives seats."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lms.core import clock
from lms.core.actor import SYSTEM, Actor
from lms.core.audit import record
from lms.core.errors import Refused
from lms.core.jobs import enqueue
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import Enrolment, EnrolmentState, EnrolmentStep, Offering, OfferingState
from lms.courses.rules import (
    REASON_MAX,
    SEATED,
    TRANSITIONS,
    Act,
    allot,
    due_day,
    is_allowed,
    is_promoting,
    next_state,
)
from lms.notifications.services import notify

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# The audit keeps the names that were there before the table of transitions.
_ACTIONS = {
    Act.REQUEST: "enrolment.create",
    Act.CONFIRM: "enrolment.approve",
    Act.CANCEL: "enrolment.withdraw",
}


def apply(
    session: Session,
    actor: Actor,
    enrolment: Enrolment,
    act: Act,
    *,
    now: datetime,
    target: EnrolmentState | None = None,
    needs_supervisor: bool = False,
    needs_agency: bool = False,
    reason: str = "",
    on_behalf_of_id: int | None = None,
    details: dict[str, str] | None = None,
) -> EnrolmentState:
    """Take an enrolment one step on, as the table of transitions says, with its step and its audit row.

    Args:
        target: for `RESTORE`, where the undo leads.
        needs_supervisor, needs_agency: approvals still missing after this act.
        details: more for the audit row.

    Raises: Refused: the table knows no such way.
    Concurrency: the caller holds the offering.
    """
    before = enrolment.state if enrolment.id is not None else None
    after = next_state(act, before, needs_supervisor=needs_supervisor, needs_agency=needs_agency)
    if after is None:
        raise Refused(N_("Keadaan kepesertaan ini sudah berubah. Muat ulang halamannya."))
    after = target or after
    enrolment.state = after
    if after is EnrolmentState.WITHDRAWN:
        enrolment.withdrawn_at, enrolment.withdrawn_from = now, before or ""
    if after not in {EnrolmentState.REQUESTED, EnrolmentState.APPROVED, EnrolmentState.WAITING}:
        enrolment.keeps_seat = False
    session.add(enrolment)
    session.flush()  # the step and the audit row need enrolment.id
    session.add(
        EnrolmentStep(
            enrolment_id=enrolment.id,
            act=act,
            from_state=before or "",
            to_state=after,
            at=now,
            by_id=actor.employee_id,
            reason=reason[:REASON_MAX],
        )
    )
    record(
        session,
        actor,
        action=_ACTIONS.get(act, f"enrolment.{act}"),
        subject=("enrolment", enrolment.id),
        person_id=enrolment.employee_id,
        before={"state": before} if before else None,
        after={"state": after, **(details or {})},
        reason=reason,
        on_behalf_of_id=on_behalf_of_id,
        at=now,
    )
    return after


def start(session: Session, offering: Offering, enrolment: Enrolment, *, now: datetime) -> None:
    """Note from when somebody learns and until when."""
    day = clock.local_day(now, queries.zone_of(session, enrolment.employee_id))
    first = max(day, offering.starts_on) if offering.starts_on is not None else day
    enrolment.started_at = enrolment.started_at or now
    enrolment.due_on = due_day(started_on=first, days_to_finish=offering.days_to_finish, ends_on=offering.ends_on)


def promote(session: Session, offering: Offering, *, now: datetime, actor: Actor = SYSTEM) -> list[Enrolment]:
    """Give the free seats of an offering to those who wait; return who got one.

    The only place that seats anybody. It runs behind every change: a new one in the line, a withdrawal, a
    refusal, a larger quota, other shares, the end of a reserve, a transfer. Who stands in the line has all
    approvals. Somebody who sits in another run at that time is passed over and keeps the place.

    Concurrency: the caller holds the offering and those who wait (`queries.hold_offerings`).
    """
    zone = queries.zone_of_unit(session, offering.owner_unit_id)
    today = clock.local_day(now, zone)
    session.flush()  # the line is read from the database
    if not is_promoting(
        is_open=offering.state is OfferingState.OPEN,
        mode=offering.mode,
        starts_on=offering.starts_on,
        ends_on=offering.ends_on,
        today=today,
    ):
        return []
    line = queries.list_line(session, offering)
    if not line:
        return []
    busy = queries.clashes(session, [row.employee_id for row, _waiter in line], [offering.id])
    able = [(row, waiter) for row, waiter in line if (row.employee_id, offering.id) not in busy]
    seated = [row for row, _waiter in able if row.keeps_seat]
    chosen = {
        waiter.key
        for waiter in allot(
            [waiter for row, waiter in able if not row.keeps_seat],
            capacity=offering.capacity,
            taken=queries.list_seat_paths(session, offering.id),
            shares=queries.list_shares(session, offering, today=today),
        )
    }
    seated += [row for row, waiter in able if waiter.key in chosen]
    for row in seated:
        apply(session, actor, row, Act.SEAT, now=now)
        start(session, offering, row, now=now)
    session.flush()  # later counts read who is seated
    return seated


def tell_seated(session: Session, seated: list[Enrolment], *, without: int | None = None) -> None:
    """Tell those who got a seat from the line, but not the one who sees it on the screen."""
    for enrolment in seated:
        if enrolment.id == without:
            continue
        row = queries.get_enrolment_row(session, enrolment.id)
        assert row is not None
        notify(
            session,
            employee_id=enrolment.employee_id,
            kind="enrolment.seated",
            title=N_("Anda mendapat kursi: %(title)s", title=row.title[:150]),
            body=N_("Anda terdaftar di %(run)s. Buka halamannya untuk jadwal dan materi.", run=row.offering_title),
            url=f"/belajar/{row.public_id}",
            unique_key=f"enrolment.seated:{row.public_id}:{int(enrolment.requested_at.timestamp())}",
        )


def after_leaving(session: Session, offering: Offering, enrolment: Enrolment, *, now: datetime) -> list[Enrolment]:
    """Fill the seat that somebody left, and let other lines see that this person has time again."""
    seated = promote(session, offering, now=now)
    tell_seated(session, seated)
    for offering_id in queries.waiting_elsewhere(session, enrolment.employee_id, without=offering.id):
        # In its own transaction: offerings are never held one after another.
        enqueue(session, "courses.promote", offering_id=offering_id)
    return seated


def is_seated(enrolment: Enrolment) -> bool:
    """Return whether somebody has a seat."""
    return enrolment.state in SEATED


def may(act: Act, enrolment: Enrolment | None) -> bool:
    """Return whether the table knows a way for the act."""
    return is_allowed(act, enrolment.state if enrolment is not None else None)


def asks_reason(act: Act) -> bool:
    """Return whether the person must read why."""
    return TRANSITIONS[act].needs_reason
