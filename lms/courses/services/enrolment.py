"""Joining, leaving, approving: one act each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.core import clock
from lms.core.actor import Actor, Permission
from lms.core.audit import record
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_
from lms.courses import queries
from lms.courses.events import EnrolmentDecided
from lms.courses.models import SEAT_HOLDING, Enrolment, EnrolmentState, Offering, OfferingState
from lms.courses.policies import can_decide_enrolment
from lms.courses.rules import (
    REASON_MAX,
    REASON_MIN,
    Refusal,
    can_undo_withdrawal,
    due_day,
    enrolment_refusal,
)
from lms.notifications.services import notify
from lms.people.queries import supervisor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.core.text import Text

REFUSAL_TEXT: dict[Refusal, Text] = {
    Refusal.NOT_OPEN: N_("Pendaftaran belum dibuka. Lihat tanggalnya, lalu kembali lagi."),
    Refusal.CLOSED: N_("Pendaftaran sudah ditutup. Pilih angkatan lain."),
    Refusal.CANCELLED: N_("Angkatan ini tidak dibuka lagi. Pilih angkatan lain."),
    Refusal.FULL: N_("Kursi angkatan ini sudah habis. Pilih angkatan lain."),
    Refusal.ALREADY: N_("Anda sudah terdaftar di angkatan lain dari pelatihan ini."),
    Refusal.DONE: N_("Anda sudah menyelesaikan pelatihan ini."),
}


class EnrolmentRefused(Refused):
    """Joining is against a rule; `reason` says which."""

    code = "enrolment_refused"

    def __init__(self, reason: Refusal) -> None:
        super().__init__(REFUSAL_TEXT[reason])
        self.reason = reason


def enrol(session: Session, actor: Actor, offering_public_id: str, *, now: datetime | None = None) -> Enrolment:
    """Enrol the actor in an offering; a second call returns the enrolment held.

    A withdrawn or refused enrolment is taken up again, under the same checks. When the offering asks
    for approval, the enrolment waits for the supervisor and holds its seat meanwhile.

    Raises: Forbidden; NotFound; EnrolmentRefused (window, seats, another run of the same course).
    Concurrency: holds the offering's row, so that seats are counted one at a time, then the person's.
    """
    moment = now or clock.now()
    if actor.employee_id is None or not actor.may(Permission.LEARN):
        raise Forbidden(N_("Akun ini tidak untuk belajar. Masuklah dengan akun pegawai."))
    offering = queries.lock_offering(session, offering_public_id)
    if offering is None or offering.state is OfferingState.DRAFT:
        raise NotFound(N_("Angkatan ini tidak ada."))
    queries.lock_person(session, actor.employee_id)
    held = queries.list_enrolments_of_course(session, offering.course_id, actor.employee_id)
    mine = next((row for row in held if row.offering_id == offering.id), None)
    if mine is not None and mine.state in SEAT_HOLDING:
        return mine
    _refuse_other_runs(session, offering, held)
    _check_seat(session, offering, now=moment)
    enrolment = mine or Enrolment(offering_id=offering.id, employee_id=actor.employee_id, requested_at=moment)
    before = enrolment.state if mine is not None else None
    enrolment.requested_at = moment
    enrolment.withdrawn_at = None
    enrolment.decided_at, enrolment.decided_by_id, enrolment.decision_reason = None, None, ""
    if offering.needs_approval:
        enrolment.state = EnrolmentState.REQUESTED
    else:
        _start(session, offering, enrolment, now=moment)
    session.add(enrolment)
    session.flush()  # the audit row needs enrolment.id
    record(
        session,
        actor,
        action="enrolment.create",
        subject=("enrolment", enrolment.id),
        person_id=actor.employee_id,
        before={"state": before} if before else None,
        after={"state": enrolment.state, "offering": offering.code},
        at=moment,
    )
    if enrolment.state is EnrolmentState.REQUESTED:
        _ask_supervisor(session, actor, enrolment, now=moment)
    return enrolment


def _ask_supervisor(session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime) -> None:
    """Tell the supervisor that a request waits; without one it waits on the page of who stands above."""
    day = clock.local_day(now, queries.zone_of(session, enrolment.employee_id))
    head = supervisor_of(session, enrolment.employee_id, day)
    if head is None:
        return
    notify(
        session,
        employee_id=head.employee_id,
        kind="enrolment.requested",
        title=f"{actor.name} mengajukan pelatihan"[:200],
        body="Buka daftar usul, lalu setujui atau tolak.",
        url="/persetujuan",
        unique_key=f"enrolment.requested:{enrolment.public_id}:{int(now.timestamp())}",
    )


def _refuse_other_runs(session: Session, offering: Offering, held: Sequence[Enrolment]) -> None:
    """Refuse a second enrolment in the same course, and one that was already completed in this version."""
    others = [row for row in held if row.offering_id != offering.id]
    if any(row.state in {EnrolmentState.REQUESTED, EnrolmentState.ACTIVE} for row in others):
        raise EnrolmentRefused(Refusal.ALREADY)
    done = [row.offering_id for row in others if row.state is EnrolmentState.COMPLETED]
    if done and session.scalar(
        select(Offering.id)
        .where(Offering.id.in_(done), Offering.course_version_id == offering.course_version_id)
        .limit(1)
    ):
        raise EnrolmentRefused(Refusal.DONE)


def _check_seat(session: Session, offering: Offering, *, now: datetime) -> None:
    taken = queries.count_seats_taken(session, offering.id) if offering.capacity is not None else 0
    refusal = enrolment_refusal(
        now=now,
        is_open=offering.state is OfferingState.OPEN,
        opens_at=offering.enrol_from_at,
        closes_at=offering.enrol_until_at,
        capacity=offering.capacity,
        taken=taken,
    )
    if refusal is not None:
        raise EnrolmentRefused(refusal)


def _start(session: Session, offering: Offering, enrolment: Enrolment, *, now: datetime) -> None:
    day = clock.local_day(now, queries.zone_of(session, enrolment.employee_id))
    first = max(day, offering.starts_on) if offering.starts_on is not None else day
    enrolment.state = EnrolmentState.ACTIVE
    enrolment.started_at = now
    enrolment.due_on = due_day(started_on=first, days_to_finish=offering.days_to_finish, ends_on=offering.ends_on)


def withdraw(session: Session, actor: Actor, enrolment_public_id: str, *, now: datetime | None = None) -> Enrolment:
    """Leave a course; what was read stays. A second call changes nothing.

    Raises: NotFound: not the actor's; Refused: already finished.
    """
    moment = now or clock.now()
    enrolment = queries.lock_own_enrolment(session, actor, enrolment_public_id)
    if enrolment is None:
        raise NotFound(N_("Kepesertaan ini tidak ada."))
    if enrolment.state is EnrolmentState.WITHDRAWN:
        return enrolment
    if enrolment.state not in {EnrolmentState.REQUESTED, EnrolmentState.ACTIVE}:
        raise Refused(N_("Pelatihan ini sudah selesai, jadi tidak dapat dibatalkan."))
    before = enrolment.state
    enrolment.state = EnrolmentState.WITHDRAWN
    enrolment.withdrawn_at = moment
    record(
        session,
        actor,
        action="enrolment.withdraw",
        subject=("enrolment", enrolment.id),
        person_id=enrolment.employee_id,
        before={"state": before},
        after={"state": enrolment.state},
        at=moment,
    )
    return enrolment


def undo_withdraw(
    session: Session, actor: Actor, enrolment_public_id: str, *, now: datetime | None = None
) -> Enrolment:
    """Take back a withdrawal within 24 hours, when the seat is still free; a second call changes nothing.

    Raises: NotFound: not the actor's; Refused: too late; EnrolmentRefused: the seat is gone.
    Concurrency: holds the offering's row before it counts seats.
    """
    moment = now or clock.now()
    found = queries.get_own_enrolment(session, actor, enrolment_public_id)
    if found is None:
        raise NotFound(N_("Kepesertaan ini tidak ada."))
    offering = queries.lock_offering_by_id(session, found.offering_id)
    enrolment = queries.lock_own_enrolment(session, actor, enrolment_public_id)
    assert offering is not None
    assert enrolment is not None
    if enrolment.state in SEAT_HOLDING:
        return enrolment
    if enrolment.state is not EnrolmentState.WITHDRAWN or not can_undo_withdrawal(
        withdrawn_at=enrolment.withdrawn_at, now=moment
    ):
        raise Refused(N_("Waktu untuk mengurungkan sudah lewat. Daftar kembali dari halaman pelatihan."))
    others = queries.list_enrolments_of_course(session, offering.course_id, enrolment.employee_id)
    _refuse_other_runs(session, offering, others)
    if offering.state is not OfferingState.OPEN:
        raise EnrolmentRefused(Refusal.CANCELLED)
    if offering.capacity is not None and queries.count_seats_taken(session, offering.id) >= offering.capacity:
        raise EnrolmentRefused(Refusal.FULL)
    was_active = enrolment.started_at is not None
    enrolment.state = EnrolmentState.ACTIVE if was_active else EnrolmentState.REQUESTED
    enrolment.withdrawn_at = None
    record(
        session,
        actor,
        action="enrolment.restore",
        subject=("enrolment", enrolment.id),
        person_id=enrolment.employee_id,
        before={"state": EnrolmentState.WITHDRAWN},
        after={"state": enrolment.state},
        at=moment,
    )
    return enrolment


def decide(
    session: Session,
    actor: Actor,
    enrolment_public_id: str,
    *,
    approved: bool,
    reason: str = "",
    now: datetime | None = None,
) -> bool:
    """Approve or refuse a request; return whether this call decided it.

    A request that was decided the same way before, or withdrawn meanwhile, is left as it is.

    Raises: NotFound: absent or outside the actor's right (also one's own); Invalid: refused without a reason;
        Refused: decided the other way before.
    Concurrency: holds the enrolment's row; of two deciders the first counts.
    """
    moment = now or clock.now()
    text = " ".join(reason.split())[:REASON_MAX]
    if not approved and len(text) < REASON_MIN:
        message = N_("Tulis alasan penolakan, supaya pegawai tahu langkah berikutnya.")
        raise Invalid(message, fields={"alasan": message})
    enrolment = queries.lock_request(session, enrolment_public_id)
    if enrolment is None:
        raise NotFound(N_("Usul ini tidak ada."))
    employee_id, path = queries.person_of_enrolment(session, enrolment.id)
    if not can_decide_enrolment(actor, employee_id=employee_id, unit_path=path):
        raise NotFound(N_("Usul ini tidak ada."))
    if enrolment.state is not EnrolmentState.REQUESTED:
        decided = EnrolmentState.ACTIVE if approved else EnrolmentState.REFUSED
        if enrolment.state in {decided, EnrolmentState.WITHDRAWN}:
            return False
        raise Refused(N_("Usul ini sudah diputuskan orang lain. Muat ulang daftarnya."))
    offering = session.get_one(Offering, enrolment.offering_id)
    if approved:
        _start(session, offering, enrolment, now=moment)
    else:
        enrolment.state = EnrolmentState.REFUSED
    enrolment.decided_at, enrolment.decided_by_id, enrolment.decision_reason = moment, actor.employee_id, text
    on_behalf = actor.acting_for(Permission.ENROLMENT_APPROVE, path) if path is not None else None
    record(
        session,
        actor,
        action="enrolment.approve" if approved else "enrolment.refuse",
        subject=("enrolment", enrolment.id),
        person_id=employee_id,
        before={"state": EnrolmentState.REQUESTED},
        after={"state": enrolment.state},
        reason=text,
        on_behalf_of_id=on_behalf,
        at=moment,
    )
    session.flush()  # the event's handlers and the notice read the state
    _tell(session, enrolment, approved=approved, reason=text)
    publish(session, EnrolmentDecided(enrolment.id, employee_id, approved, moment))
    return True


def _tell(session: Session, enrolment: Enrolment, *, approved: bool, reason: str) -> None:
    row = queries.get_enrolment_row(session, enrolment.id)
    assert row is not None
    notify(
        session,
        employee_id=enrolment.employee_id,
        kind="enrolment.approved" if approved else "enrolment.refused",
        title=f"Disetujui: {row.title}"[:200] if approved else f"Belum disetujui: {row.title}"[:200],
        body="Anda dapat mulai belajar sekarang." if approved else f"Alasan atasan: {reason}",
        url=f"/belajar/{row.public_id}" if approved else f"/katalog/{row.course_code}",
        unique_key=f"enrolment.decided:{row.public_id}:{int(enrolment.requested_at.timestamp())}",
    )


def decide_many(
    session: Session,
    actor: Actor,
    enrolment_public_ids: Sequence[str],
    *,
    approved: bool,
    reason: str = "",
    now: datetime | None = None,
) -> int:
    """Decide several requests together, all or none; return how many this call decided.

    Raises: as `decide`.
    """
    # One order for everybody, so that two deciders never wait for each other in a circle.
    return sum(
        decide(session, actor, public_id, approved=approved, reason=reason, now=now)
        for public_id in sorted(set(enrolment_public_ids))
    )
