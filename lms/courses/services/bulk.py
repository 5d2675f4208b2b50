"""Enrolling many: a preview that writes nothing but itself, pieces in the background, and the way back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from lms.core import clock
from lms.core.actor import Actor, Permission
from lms.core.audit import record
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.jobs import enqueue
from lms.core.text import N_, Text
from lms.courses import queries
from lms.courses.models import (
    BulkEnrolment,
    BulkEnrolmentRow,
    BulkState,
    Enrolment,
    EnrolmentState,
    LessonProgress,
    Offering,
    OfferingState,
)
from lms.courses.rules import IN_LINE, LIVE, Act
from lms.courses.rules.bulk import NumberLine
from lms.courses.services import line
from lms.courses.services.enrolment import begin, obstacle_text
from lms.courses.services.offerings import may_manage
from lms.notifications.services import notify

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BATCH: Final = 100
UNDO_WITHIN: Final = timedelta(hours=24)
ALREADY: Final = N_("Sudah terdaftar di angkatan ini.")
OTHER_RUN: Final = N_("Sudah terdaftar di angkatan lain dari pelatihan ini.")
FINISHED: Final = N_("Sudah menyelesaikan pelatihan ini.")
UNKNOWN: Final = N_("NIP ini tidak ditemukan di unit Anda.")
NO_NUMBER: Final = N_("Baris ini tidak memuat NIP 18 angka.")
_OUTCOMES: Final = {
    EnrolmentState.ACTIVE: "seated",
    EnrolmentState.WAITING: "waiting",
    EnrolmentState.INVITED: "invited",
}


def _offering(session: Session, actor: Actor, public_id: str) -> Offering:
    """Return a run that the actor holds and into which the actor may put people.

    Raises: Forbidden; NotFound; Refused: the run is cancelled.
    """
    if not actor.may(Permission.ENROLMENT_MANAGE):
        raise Forbidden(N_("Anda belum berwenang mendaftarkan pegawai lain."))
    offering = session.scalars(select(Offering).where(Offering.public_id == public_id)).one_or_none()
    if offering is None or not may_manage(session, actor, offering):
        raise NotFound(N_("Angkatan ini tidak ada."))
    if offering.state is OfferingState.CANCELLED:
        raise Refused(N_("Angkatan ini sudah dibatalkan."))
    return offering


def hurdles(session: Session, offering: Offering, employee_ids: Sequence[int]) -> dict[int, Text]:
    """Return what keeps each of these people out of an offering; a bounded number of statements."""
    found: dict[int, Text] = {}
    for (employee_id, _offering_id), missing in queries.missing_prerequisites(
        session, employee_ids, [offering.id]
    ).items():
        found[employee_id] = obstacle_text(missing[0])
    for (employee_id, _offering_id), clash in queries.clashes(session, employee_ids, [offering.id]).items():
        found.setdefault(employee_id, N_("Jadwalnya bertabrakan dengan %(title)s.", title=clash.title))
    rows = session.execute(
        select(Enrolment.employee_id, Enrolment.offering_id, Enrolment.state, Offering.course_version_id)
        .join(Offering, Offering.id == Enrolment.offering_id)
        .where(Offering.course_id == offering.course_id, Enrolment.employee_id.in_(employee_ids))
    )
    for employee_id, offering_id, state, version_id in rows:
        if offering_id == offering.id and state in LIVE - {
            EnrolmentState.INVITED,
            EnrolmentState.REQUESTED,
            EnrolmentState.APPROVED,
        }:
            found[employee_id] = ALREADY
        elif offering_id != offering.id and (state in IN_LINE or state is EnrolmentState.ACTIVE):
            found[employee_id] = OTHER_RUN
        elif state is EnrolmentState.COMPLETED and version_id == offering.course_version_id:
            found[employee_id] = FINISHED
    return found


def preview(
    session: Session,
    actor: Actor,
    offering_public_id: str,
    *,
    act: Act,
    employee_ids: Sequence[int],
    strangers: Sequence[NumberLine] = (),
    description: str,
    now: datetime | None = None,
) -> BulkEnrolment:
    """Keep who would be enrolled and who cannot be, with the reason; nobody is enrolled by it.

    Args:
        act: `ASSIGN` or `INVITE`.
        employee_ids: people within the actor's right.
        strangers: lines of a list that name nobody whom the actor may enrol.

    Raises: Forbidden; NotFound; Invalid: the list is empty.
    """
    moment = now or clock.now()
    offering = _offering(session, actor, offering_public_id)
    people = list(dict.fromkeys(employee_ids))
    if not people and not strangers:
        raise Invalid(N_("Tidak ada pegawai yang cocok. Ubah pilihannya."))
    reasons: dict[int, Text] = {}
    for start in range(0, len(people), 400):
        reasons |= hurdles(session, offering, people[start : start + 400])
    bulk = BulkEnrolment(
        offering_id=offering.id,
        act=act.value,
        description=description[:300],
        state=BulkState.PREVIEW,
        created_by_id=actor.employee_id,
        created_at=moment,
        total_count=sum(one not in reasons for one in people),
    )
    session.add(bulk)
    session.flush()  # the rows need bulk.id
    rows: list[dict[str, Any]] = [
        {
            "bulk_id": bulk.id,
            "row_number": number,
            "employee_id": one,
            "label": "",
            "outcome": "skipped" if one in reasons else "ready",
            "reason": str(reasons.get(one, "")),
        }
        for number, one in enumerate(people, 1)
    ]
    rows += [
        {
            "bulk_id": bulk.id,
            "row_number": len(people) + number,
            "employee_id": None,
            "label": N_("Baris %(line)s, berakhiran %(tail)s", line=one.line, tail=one.tail),
            "outcome": "skipped",
            "reason": str(UNKNOWN if one.number else NO_NUMBER),
        }
        for number, one in enumerate(strangers, 1)
    ]
    for start in range(0, len(rows), 500):
        session.execute(insert(BulkEnrolmentRow), rows[start : start + 500])
    return bulk


def begin_bulk(session: Session, actor: Actor, offering_public_id: str, public_id: str) -> BulkEnrolment:
    """Owe the work of a preview; a second call changes nothing."""
    bulk = _held(session, actor, offering_public_id, public_id)
    if bulk.state is BulkState.PREVIEW:
        bulk.state = BulkState.RUNNING
        record(
            session,
            actor,
            action="enrolment.bulk",
            subject=("bulk_enrolment", bulk.id),
            after={"people": bulk.total_count, "act": bulk.act, "who": bulk.description},
        )
        _owe(session, bulk, actor)
    return bulk


def _owe(session: Session, bulk: BulkEnrolment, actor: Actor) -> None:
    enqueue(
        session,
        "courses.bulk_batch",
        unique_key=f"bulk:{bulk.id}:{bulk.state}:{bulk.done_count}",
        bulk_id=bulk.id,
        done=bulk.done_count,
        account_id=actor.account_id,
        employee_id=actor.employee_id,
    )


def _held(session: Session, actor: Actor, offering_public_id: str, public_id: str) -> BulkEnrolment:
    offering = _offering(session, actor, offering_public_id)
    bulk = session.scalars(
        select(BulkEnrolment)
        .where(BulkEnrolment.public_id == public_id, BulkEnrolment.offering_id == offering.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if bulk is None:
        raise NotFound(N_("Pendaftaran massal ini tidak ada."))
    return bulk


def run_batch(session: Session, actor: Actor, bulk_id: int, *, now: datetime) -> None:
    """Enrol the next piece and owe the one after; the line moves once for each piece.

    Hurdles are looked at again: between preview and work somebody may have joined elsewhere.

    Concurrency: holds the work's row, then the offering and its people.
    """
    bulk = session.scalars(
        select(BulkEnrolment)
        .where(BulkEnrolment.id == bulk_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    rows = _next_rows(session, bulk_id, {"ready"})
    if bulk.state is not BulkState.RUNNING:
        return
    people = [row.employee_id for row in rows if row.employee_id is not None]
    queries.hold_offerings(session, [bulk.offering_id], person_ids=people)
    offering = session.get_one(Offering, bulk.offering_id)
    reasons = hurdles(session, offering, people)
    held = {
        row.employee_id: row
        for row in session.scalars(
            select(Enrolment).where(Enrolment.offering_id == offering.id, Enrolment.employee_id.in_(people))
        )
    }
    made: list[tuple[BulkEnrolmentRow, Enrolment]] = []
    for row in rows:
        assert row.employee_id is not None
        reason = reasons.get(row.employee_id)
        if offering.state is OfferingState.CANCELLED:
            reason = N_("Angkatan ini sudah dibatalkan.")
        if reason is not None:
            row.outcome, row.reason = "skipped", str(reason)
            continue
        enrolment = held.get(row.employee_id) or Enrolment(offering_id=offering.id, employee_id=row.employee_id)
        if bulk.act == Act.INVITE and not line.may(Act.INVITE, enrolment if enrolment.id else None):
            row.outcome, row.reason = "skipped", str(ALREADY)
            continue
        begin(
            session,
            actor,
            offering,
            enrolment,
            act=Act(bulk.act),
            source="invitation" if bulk.act == Act.INVITE else "agency",
            now=now,
            needs_supervisor=False,
            needs_agency=False,
            promote=False,
        )
        made.append((row, enrolment))
    line.tell_seated(session, line.promote(session, offering, now=now))
    for row, enrolment in made:
        row.enrolment_id, row.outcome = enrolment.id, _OUTCOMES[enrolment.state]
        _tell(session, offering, enrolment)
    bulk.done_count += len(rows)
    _go_on(session, actor, bulk, is_last=len(rows) < BATCH, end=BulkState.DONE, now=now)


def _go_on(
    session: Session, actor: Actor, bulk: BulkEnrolment, *, is_last: bool, end: BulkState, now: datetime
) -> None:
    if is_last:
        bulk.state, bulk.finished_at = end, now
    else:
        _owe(session, bulk, actor)


def _next_rows(session: Session, bulk_id: int, outcomes: Collection[str]) -> list[BulkEnrolmentRow]:
    return list(
        session.scalars(
            select(BulkEnrolmentRow)
            .where(BulkEnrolmentRow.bulk_id == bulk_id, BulkEnrolmentRow.outcome.in_(outcomes))
            .order_by(BulkEnrolmentRow.row_number)
            .limit(BATCH)
        )
    )


def _tell(session: Session, offering: Offering, enrolment: Enrolment) -> None:
    """Tell a person who did not ask; who got a seat was told by the line."""
    if enrolment.state is EnrolmentState.ACTIVE:
        return
    row = queries.get_enrolment_row(session, enrolment.id)
    assert row is not None
    invited = enrolment.state is EnrolmentState.INVITED
    notify(
        session,
        employee_id=enrolment.employee_id,
        kind="enrolment.invited" if invited else "enrolment.assigned",
        title=N_("Anda diundang: %(title)s", title=row.title[:150])
        if invited
        else N_("Anda didaftarkan: %(title)s", title=row.title[:150]),
        body=N_("Buka halamannya, lalu terima atau tolak undangan %(run)s.", run=offering.title)
        if invited
        else N_("Kursi %(run)s sedang habis. Anda di daftar tunggu.", run=offering.title),
        url=f"/belajar/{row.public_id}",
        unique_key=f"enrolment.bulk:{row.public_id}:{int(enrolment.requested_at.timestamp())}",
    )


def may_undo(bulk: BulkEnrolment, *, now: datetime) -> bool:
    """Return whether an enrolment of many can still be taken back."""
    return (
        bulk.state is BulkState.DONE
        and bulk.finished_at is not None
        and bulk.finished_at <= now < bulk.finished_at + UNDO_WITHIN
    )


def undo_bulk(
    session: Session, actor: Actor, offering_public_id: str, public_id: str, *, now: datetime | None = None
) -> BulkEnrolment:
    """Owe the way back, within a day; whoever has begun to learn stays. A second call changes nothing.

    Raises: NotFound; Refused: too late.
    """
    moment = now or clock.now()
    bulk = _held(session, actor, offering_public_id, public_id)
    if bulk.state in {BulkState.UNDOING, BulkState.UNDONE}:
        return bulk
    if not may_undo(bulk, now=moment):
        raise Refused(N_("Pendaftaran massal ini tidak dapat diurungkan lagi."))
    bulk.state, bulk.done_count = BulkState.UNDOING, 0
    record(session, actor, action="enrolment.bulk_undo", subject=("bulk_enrolment", bulk.id), at=moment)
    _owe(session, bulk, actor)
    return bulk


def undo_batch(session: Session, actor: Actor, bulk_id: int, *, now: datetime) -> None:
    """Take the next piece back and owe the one after."""
    bulk = session.scalars(
        select(BulkEnrolment)
        .where(BulkEnrolment.id == bulk_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if bulk.state is not BulkState.UNDOING:
        return
    rows = _next_rows(session, bulk_id, {"seated", "waiting", "invited"})
    queries.hold_offerings(session, [bulk.offering_id])
    offering = session.get_one(Offering, bulk.offering_id)
    ids = [row.enrolment_id for row in rows]
    begun = set(session.scalars(select(LessonProgress.enrolment_id).where(LessonProgress.enrolment_id.in_(ids))))
    enrolments = {
        one.id: one
        for one in session.scalars(
            select(Enrolment).where(Enrolment.id.in_(ids)).execution_options(populate_existing=True)
        )
    }
    reason = N_("Pendaftaran massal diurungkan.")
    for row in rows:
        enrolment = enrolments[row.enrolment_id or 0]
        if enrolment.id in begun or not line.may(Act.WITHDRAW, enrolment):
            row.outcome, row.reason = "kept", str(N_("Sudah mulai belajar, jadi tetap terdaftar."))
            continue
        line.apply(session, actor, enrolment, Act.WITHDRAW, now=now, reason=reason)
        enrolment.decision_reason, enrolment.withdrawn_at = reason, None
        row.outcome = "undone"
    bulk.done_count += len(rows)
    line.tell_seated(session, line.promote(session, offering, now=now))
    _go_on(session, actor, bulk, is_last=len(rows) < BATCH, end=BulkState.UNDONE, now=now)
