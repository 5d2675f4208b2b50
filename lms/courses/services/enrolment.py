"""Joining, leaving, approving: one act each. Seats are given in `line.promote` alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.core import clock
from lms.core.actor import Actor, Permission
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_
from lms.courses import queries
from lms.courses.events import EnrolmentDecided
from lms.courses.models import Enrolment, EnrolmentState, Offering, OfferingState
from lms.courses.policies import can_decide_enrolment, can_manage_offering
from lms.courses.rules import (
    IN_LINE,
    LIVE,
    REASON_MAX,
    REASON_MIN,
    Act,
    Refusal,
    can_undo_withdrawal,
    enrolment_refusal,
    priority,
)
from lms.courses.services import line
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

    def __init__(self, reason: Refusal, text: Text | None = None) -> None:
        super().__init__(text or REFUSAL_TEXT[reason])
        self.reason = reason


def obstacle_text(obstacle: queries.Obstacle) -> Text:
    """Return what stands in a person's way, and what to do."""
    if obstacle.kind == "prerequisite":
        return N_("Selesaikan dahulu pelatihan %(title)s.", title=obstacle.title)
    return N_("Jadwalnya bertabrakan dengan %(title)s, yang Anda ikuti.", title=obstacle.title)


def enrol(session: Session, actor: Actor, offering_public_id: str, *, now: datetime | None = None) -> Enrolment:
    """Let the actor join an offering; a second call returns the enrolment held.

    A withdrawn or refused enrolment is taken up again, under the same checks. The person then stands at the
    first approval that the offering asks for; without any, in the line, which gives a seat at once when one
    is free.

    Raises: Forbidden; NotFound; EnrolmentRefused (window, seats, time, prerequisites, another run).
    Concurrency: holds the offering's row, so that seats are counted one at a time, then the people's.
    """
    moment = now or clock.now()
    if actor.employee_id is None or not actor.may(Permission.LEARN):
        raise Forbidden(N_("Akun ini tidak untuk belajar. Masuklah dengan akun pegawai."))
    offering = hold_by_public_id(session, offering_public_id, person_ids=[actor.employee_id])
    if offering is None or offering.state is OfferingState.DRAFT:
        raise NotFound(N_("Angkatan ini tidak ada."))
    mine, others = _held(session, offering, actor.employee_id)
    if mine is not None and mine.state in LIVE - {EnrolmentState.INVITED}:
        return mine
    if mine is not None and mine.state is EnrolmentState.INVITED:
        return accept(session, actor, mine.public_id, now=moment)
    _refuse_other_runs(session, offering, others)
    _check_window(session, offering, now=moment)
    _check_obstacles(session, offering, actor.employee_id)
    if offering.capacity is not None and not offering.has_waiting_list:
        _check_free_seat(session, offering, actor)
    enrolment = mine or Enrolment(offering_id=offering.id, employee_id=actor.employee_id)
    begin(session, actor, offering, enrolment, act=Act.REQUEST, source="self", now=moment)
    if enrolment.state is EnrolmentState.REQUESTED:
        _ask_supervisor(session, actor, enrolment, now=moment)
    elif enrolment.state is EnrolmentState.APPROVED:
        ask_agency(session, offering, enrolment, actor.name, now=moment)
    return enrolment


def hold_by_public_id(session: Session, public_id: str, *, person_ids: Sequence[int] = ()) -> Offering | None:
    """Return an offering with its row, everybody who waits there and these people held until commit."""
    offering_id = session.scalar(select(Offering.id).where(Offering.public_id == public_id))
    if offering_id is None:
        return None
    queries.hold_offerings(session, [offering_id], person_ids=person_ids)
    return session.get_one(Offering, offering_id)


def begin(
    session: Session,
    actor: Actor,
    offering: Offering,
    enrolment: Enrolment,
    *,
    act: Act,
    source: str,
    now: datetime,
    needs_supervisor: bool | None = None,
    needs_agency: bool | None = None,
    reason: str = "",
    promote: bool = True,
) -> None:
    """Put somebody at the beginning of the way to a seat; the caller has checked and holds the offering.

    Args:
        needs_supervisor, needs_agency: approvals to ask for; None: as the offering says.
        promote: False when the caller promotes once, after many.
    """
    wants_supervisor = offering.needs_approval if needs_supervisor is None else needs_supervisor
    wants_agency = offering.needs_agency if needs_agency is None else needs_agency
    enrolment.requested_at, enrolment.withdrawn_at, enrolment.withdrawn_from = now, None, ""
    enrolment.decided_at, enrolment.decided_by_id, enrolment.decision_reason = None, None, ""
    enrolment.source = source
    _set_priority(session, offering, enrolment, now=now)
    line.apply(
        session,
        actor,
        enrolment,
        act,
        now=now,
        needs_supervisor=wants_supervisor,
        needs_agency=wants_agency,
        reason=reason,
        details={"offering": offering.code},
    )
    if promote and enrolment.state is EnrolmentState.WAITING:
        line.tell_seated(session, line.promote(session, offering, now=now), without=enrolment.id)


def _set_priority(session: Session, offering: Offering, enrolment: Enrolment, *, now: datetime) -> None:
    """Note how urgent the wish is; only a line by priority asks."""
    if offering.waiting_order != "priority":
        enrolment.priority, enrolment.priority_reason = 0, ""
        return
    day = clock.local_day(now, queries.zone_of(session, enrolment.employee_id))
    levels, name = queries.gap_levels(session, enrolment.employee_id, offering.course_id, day)
    enrolment.priority = priority(is_mandatory=False, gap_levels=levels)
    enrolment.priority_reason = N_("Menutup kesenjangan %(name)s", name=name)[:200] if levels else ""


def _held(session: Session, offering: Offering, employee_id: int) -> tuple[Enrolment | None, list[Enrolment]]:
    held = queries.list_enrolments_of_course(session, offering.course_id, employee_id)
    mine = next((row for row in held if row.offering_id == offering.id), None)
    return mine, [row for row in held if row.offering_id != offering.id]


def other_run_refusal(session: Session, offering: Offering, others: Sequence[Enrolment]) -> Refusal | None:
    """Return why another run of the same course keeps somebody out: only one of parallel runs."""
    if any(row.state in IN_LINE or row.state is EnrolmentState.ACTIVE for row in others):
        return Refusal.ALREADY
    done = [row.offering_id for row in others if row.state is EnrolmentState.COMPLETED]
    if done and session.scalar(
        select(Offering.id)
        .where(Offering.id.in_(done), Offering.course_version_id == offering.course_version_id)
        .limit(1)
    ):
        return Refusal.DONE
    return None


def _refuse_other_runs(session: Session, offering: Offering, others: Sequence[Enrolment]) -> None:
    refusal = other_run_refusal(session, offering, others)
    if refusal is not None:
        raise EnrolmentRefused(refusal)


def _check_window(session: Session, offering: Offering, *, now: datetime) -> None:
    refusal = enrolment_refusal(
        now=now,
        is_open=offering.state is OfferingState.OPEN,
        opens_at=offering.enrol_from_at,
        closes_at=offering.enrol_until_at,
        capacity=None,
        taken=0,
    )
    if refusal is None and offering.ends_on is not None:
        zone = queries.zone_of_unit(session, offering.owner_unit_id)
        refusal = Refusal.CLOSED if clock.local_day(now, zone) > offering.ends_on else None
    if refusal is not None:
        raise EnrolmentRefused(refusal)


def _check_obstacles(session: Session, offering: Offering, employee_id: int) -> None:
    found = queries.list_obstacles(session, employee_id, [offering.id]).get(offering.id)
    if found:
        kind = Refusal.CLASH if found[0].kind == "clash" else Refusal.PREREQUISITE
        raise EnrolmentRefused(kind, obstacle_text(found[0]))


def _check_free_seat(session: Session, offering: Offering, actor: Actor) -> None:
    today = clock.local_day(clock.now(), queries.zone_of_unit(session, offering.owner_unit_id))
    if not queries.exists_free_seat(session, offering, unit_path=actor.unit_path or "", today=today):
        raise EnrolmentRefused(Refusal.FULL)


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


def ask_agency(session: Session, offering: Offering, enrolment: Enrolment, name: str, *, now: datetime) -> None:
    """Tell the instructor of the run that a request waits for the organiser."""
    if offering.instructor_id is None or offering.instructor_id == enrolment.employee_id:
        return
    notify(
        session,
        employee_id=offering.instructor_id,
        kind="enrolment.requested",
        title=N_("%(name)s menunggu persetujuan penyelenggara", name=name[:120]),
        body=N_("Buka angkatan %(run)s, lalu setujui atau tolak.", run=offering.title),
        url=f"/instruktur/pelatihan/{offering.public_id}?keadaan=approved",
        unique_key=f"enrolment.agency:{enrolment.public_id}:{int(now.timestamp())}",
    )


def _hold_own(session: Session, actor: Actor, public_id: str) -> tuple[Offering, Enrolment]:
    """Return the actor's enrolment with its offering, both held until commit.

    Raises: NotFound: not the actor's.
    """
    found = queries.get_own_enrolment(session, actor, public_id)
    if found is None:
        raise NotFound(N_("Kepesertaan ini tidak ada."))
    queries.hold_offerings(session, [found.offering_id], person_ids=[found.employee_id])
    enrolment = queries.lock_own_enrolment(session, actor, public_id)
    assert enrolment is not None
    return session.get_one(Offering, found.offering_id), enrolment


def withdraw(session: Session, actor: Actor, enrolment_public_id: str, *, now: datetime | None = None) -> Enrolment:
    """Leave a course; what was read stays. A second call changes nothing.

    Somebody with a seat leaves until the run's deadline; whoever only waits or asks may leave at any time.

    Raises: NotFound: not the actor's; Refused: already finished, or the deadline is past.
    """
    moment = now or clock.now()
    offering, enrolment = _hold_own(session, actor, enrolment_public_id)
    if enrolment.state is EnrolmentState.WITHDRAWN:
        return enrolment
    if not line.may(Act.WITHDRAW, enrolment):
        raise Refused(N_("Pelatihan ini sudah selesai, jadi tidak dapat dibatalkan."))
    deadline = offering.withdraw_until_at
    if enrolment.state is EnrolmentState.ACTIVE and deadline is not None and moment >= deadline:
        raise Refused(N_("Batas pembatalan sudah lewat. Hubungi penyelenggara bila Anda berhalangan."))
    line.apply(session, actor, enrolment, Act.WITHDRAW, now=moment)
    line.after_leaving(session, offering, enrolment, now=moment)
    return enrolment


def undo_withdraw(
    session: Session, actor: Actor, enrolment_public_id: str, *, now: datetime | None = None
) -> Enrolment:
    """Take back a withdrawal within 24 hours; a second call changes nothing.

    The person is where the way was left. A seat that somebody else has got meanwhile is waited for, at the
    old place in the line.

    Raises: NotFound: not the actor's; Refused: too late; EnrolmentRefused: the run is over, or no seat and no line.
    """
    moment = now or clock.now()
    offering, enrolment = _hold_own(session, actor, enrolment_public_id)
    if enrolment.state in LIVE:
        return enrolment
    if enrolment.state is not EnrolmentState.WITHDRAWN or not can_undo_withdrawal(
        withdrawn_at=enrolment.withdrawn_at, now=moment
    ):
        raise Refused(N_("Waktu untuk mengurungkan sudah lewat. Daftar kembali dari halaman pelatihan."))
    _mine, others = _held(session, offering, enrolment.employee_id)
    _refuse_other_runs(session, offering, others)
    if offering.state is not OfferingState.OPEN:
        raise EnrolmentRefused(Refusal.CANCELLED)
    _check_obstacles(session, offering, enrolment.employee_id)
    target = _state_before_leaving(enrolment)
    if target is EnrolmentState.WAITING and not offering.has_waiting_list:
        _check_free_seat(session, offering, actor)
    line.apply(session, actor, enrolment, Act.RESTORE, now=moment, target=target)
    enrolment.withdrawn_at, enrolment.withdrawn_from = None, ""
    line.tell_seated(session, line.promote(session, offering, now=moment), without=enrolment.id)
    return enrolment


def _state_before_leaving(enrolment: Enrolment) -> EnrolmentState:
    """Return where an undo leads: to the missing approval, else into the line, which seats at once if it can."""
    if not enrolment.withdrawn_from:  # left before this was noted
        return EnrolmentState.WAITING if enrolment.started_at is not None else EnrolmentState.REQUESTED
    before = EnrolmentState(enrolment.withdrawn_from)
    return EnrolmentState.WAITING if before is EnrolmentState.ACTIVE else before


def accept(session: Session, actor: Actor, enrolment_public_id: str, *, now: datetime | None = None) -> Enrolment:
    """Take up an invitation; a second call changes nothing.

    Raises: NotFound: not the actor's; Refused: no longer invited; EnrolmentRefused: the run is over, or time clashes.
    """
    moment = now or clock.now()
    offering, enrolment = _hold_own(session, actor, enrolment_public_id)
    if enrolment.state in LIVE - {EnrolmentState.INVITED}:
        return enrolment
    _mine, others = _held(session, offering, enrolment.employee_id)
    _refuse_other_runs(session, offering, others)
    _check_window(session, offering, now=moment)
    _check_obstacles(session, offering, enrolment.employee_id)
    line.apply(session, actor, enrolment, Act.ACCEPT, now=moment)
    line.tell_seated(session, line.promote(session, offering, now=moment), without=enrolment.id)
    return enrolment


def decline(session: Session, actor: Actor, enrolment_public_id: str, *, now: datetime | None = None) -> Enrolment:
    """Turn an invitation down; a second call changes nothing."""
    moment = now or clock.now()
    _offering, enrolment = _hold_own(session, actor, enrolment_public_id)
    if enrolment.state is not EnrolmentState.WITHDRAWN:
        line.apply(session, actor, enrolment, Act.DECLINE, now=moment)
        enrolment.withdrawn_at = None  # an invitation that was declined is not undone, but accepted anew
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
    """Approve or refuse a request as the supervisor; return whether this call decided it.

    A request that was decided the same way before, or withdrawn meanwhile, is left as it is. An approved one
    goes to the organiser where the run asks for that, else into the line.

    Raises: NotFound: absent or outside the actor's right (also one's own); Invalid: refused without a reason;
        Refused: decided the other way before.
    Concurrency: holds the offering and the enrolment; of two deciders the first counts.
    """
    offering_id = queries.offering_of_enrolment(session, enrolment_public_id)
    queries.hold_offerings(session, [offering_id] if offering_id is not None else [])
    return _decide(session, actor, enrolment_public_id, approved=approved, reason=reason, now=now or clock.now())


def _reason_text(reason: str, *, approved: bool) -> str:
    text = " ".join(reason.split())[:REASON_MAX]
    if not approved and len(text) < REASON_MIN:
        message = N_("Tulis alasan penolakan, supaya pegawai tahu langkah berikutnya.")
        raise Invalid(message, fields={"alasan": message})
    return text


def _decide(
    session: Session, actor: Actor, enrolment_public_id: str, *, approved: bool, reason: str, now: datetime
) -> bool:
    text = _reason_text(reason, approved=approved)
    enrolment = queries.lock_request(session, enrolment_public_id)
    if enrolment is None:
        raise NotFound(N_("Usul ini tidak ada."))
    employee_id, path = queries.person_of_enrolment(session, enrolment.id)
    if not can_decide_enrolment(actor, employee_id=employee_id, unit_path=path):
        raise NotFound(N_("Usul ini tidak ada."))
    if enrolment.state is not EnrolmentState.REQUESTED:
        passed = {EnrolmentState.APPROVED, EnrolmentState.WAITING, EnrolmentState.ACTIVE}
        decided = passed if approved else {EnrolmentState.REFUSED}
        if enrolment.state in decided | {EnrolmentState.WITHDRAWN}:
            return False
        raise Refused(N_("Usul ini sudah diputuskan orang lain. Muat ulang daftarnya."))
    offering = session.get_one(Offering, enrolment.offering_id)
    on_behalf = actor.acting_for(Permission.ENROLMENT_APPROVE, path) if path is not None else None
    line.apply(
        session,
        actor,
        enrolment,
        Act.APPROVE if approved else Act.REFUSE,
        now=now,
        needs_agency=offering.needs_agency,
        reason=text,
        on_behalf_of_id=on_behalf,
    )
    enrolment.decided_at, enrolment.decided_by_id, enrolment.decision_reason = now, actor.employee_id, text
    _settle(session, offering, enrolment, approved=approved, reason=text, now=now)
    if approved and offering.needs_agency:
        ask_agency(session, offering, enrolment, queries.name_of(session, employee_id), now=now)
    publish(session, EnrolmentDecided(enrolment.id, employee_id, approved, now))
    return True


def _settle(
    session: Session, offering: Offering, enrolment: Enrolment, *, approved: bool, reason: str, now: datetime
) -> None:
    """Let the line move after a decision, then tell the person how it stands."""
    line.tell_seated(session, line.promote(session, offering, now=now), without=enrolment.id)
    session.flush()  # the event's handlers and the notice read the state
    _tell(session, enrolment, approved=approved, reason=reason)


def _tell(session: Session, enrolment: Enrolment, *, approved: bool, reason: str) -> None:
    row = queries.get_enrolment_row(session, enrolment.id)
    assert row is not None
    bodies = {
        EnrolmentState.ACTIVE: N_("Anda dapat mulai belajar sekarang."),
        EnrolmentState.WAITING: N_("Kursinya belum ada. Anda berdiri di daftar tunggu dan diberi kabar."),
        EnrolmentState.APPROVED: N_("Usul Anda sekarang menunggu penyelenggara."),
        EnrolmentState.REFUSED: N_("Alasannya: %(reason)s", reason=reason),
    }
    notify(
        session,
        employee_id=enrolment.employee_id,
        kind="enrolment.approved" if approved else "enrolment.refused",
        title=f"Disetujui: {row.title}"[:200] if approved else f"Belum disetujui: {row.title}"[:200],
        body=bodies.get(enrolment.state, ""),
        url=f"/belajar/{row.public_id}" if approved else f"/katalog/{row.course_code}",
        unique_key=f"enrolment.decided:{row.public_id}:{enrolment.state}:{int(enrolment.requested_at.timestamp())}",
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
    moment, ids = now or clock.now(), sorted(set(enrolment_public_ids))
    # All offerings are held first: two deciders never wait for each other in a circle.
    queries.hold_offerings(
        session, {one for one in (queries.offering_of_enrolment(session, pid) for pid in ids) if one is not None}
    )
    return sum(
        _decide(session, actor, public_id, approved=approved, reason=reason, now=moment)
        for public_id in queries.in_order_of_request(session, ids)
    )


# The organiser ------------------------------------------------------------------------------


def _managed(session: Session, actor: Actor, enrolment_public_id: str) -> tuple[Offering, Enrolment]:
    """Return an enrolment in a run that the actor manages, both held until commit.

    Raises: NotFound: absent, one's own, or outside the actor's right.
    """
    absent = NotFound(N_("Kepesertaan ini tidak ada."))
    offering_id = queries.offering_of_enrolment(session, enrolment_public_id)
    if offering_id is None:
        raise absent
    queries.hold_offerings(session, [offering_id])
    offering = session.get_one(Offering, offering_id)
    owner_path = queries.path_of_unit(session, offering.owner_unit_id)
    enrolment = queries.lock_request(session, enrolment_public_id)
    if (
        enrolment is None
        or enrolment.employee_id == actor.employee_id
        or not can_manage_offering(actor, instructor_id=offering.instructor_id, owner_path=owner_path)
    ):
        raise absent
    return offering, enrolment


def confirm(
    session: Session,
    actor: Actor,
    enrolment_public_id: str,
    *,
    approved: bool,
    reason: str = "",
    now: datetime | None = None,
) -> bool:
    """Approve or refuse as the organiser somebody whom the supervisor approved; return whether it was decided now.

    Raises: NotFound: absent, one's own or outside the right; Invalid: refused without a reason.
    """
    moment, text = now or clock.now(), _reason_text(reason, approved=approved)
    offering, enrolment = _managed(session, actor, enrolment_public_id)
    act = Act.CONFIRM if approved else Act.REFUSE
    if not line.may(act, enrolment):
        return False
    line.apply(session, actor, enrolment, act, now=moment, reason=text)
    enrolment.decided_at, enrolment.decided_by_id, enrolment.decision_reason = moment, actor.employee_id, text
    _settle(session, offering, enrolment, approved=approved, reason=text, now=moment)
    publish(session, EnrolmentDecided(enrolment.id, enrolment.employee_id, approved, moment))
    return True


def mark(
    session: Session,
    actor: Actor,
    enrolment_public_id: str,
    act: Act,
    *,
    reason: str = "",
    now: datetime | None = None,
) -> Enrolment:
    """Take a participant out, or note who failed or never came; `REOPEN` takes the latter back.

    Raises: NotFound; Invalid: a reason is missing; Refused: not from this state.
    """
    assert act in {Act.WITHDRAW, Act.FAIL, Act.ABSENT, Act.REOPEN}
    moment, text = now or clock.now(), " ".join(reason.split())[:REASON_MAX]
    if len(text) < REASON_MIN and (line.asks_reason(act) or act is Act.WITHDRAW):
        message = N_("Tulis alasannya. Pegawai membacanya.")
        raise Invalid(message, fields={"alasan": message})
    offering, enrolment = _managed(session, actor, enrolment_public_id)
    line.apply(session, actor, enrolment, act, now=moment, reason=text)
    enrolment.decision_reason = text
    if act is Act.WITHDRAW:
        enrolment.withdrawn_at = None  # only the person's own withdrawal is undone by the person
    session.flush()  # the line reads the state
    line.after_leaving(session, offering, enrolment, now=moment)
    _tell_marked(session, enrolment, act, text, now=moment)
    return enrolment


_MARKED: dict[Act, Text] = {
    Act.WITHDRAW: N_("Penyelenggara membatalkan kepesertaan Anda"),
    Act.FAIL: N_("Anda dicatat belum lulus"),
    Act.ABSENT: N_("Anda dicatat tidak hadir"),
    Act.REOPEN: N_("Kepesertaan Anda dibuka lagi"),
}


def _tell_marked(session: Session, enrolment: Enrolment, act: Act, reason: str, *, now: datetime) -> None:
    row = queries.get_enrolment_row(session, enrolment.id)
    assert row is not None
    notify(
        session,
        employee_id=enrolment.employee_id,
        kind=f"enrolment.{act}",
        title=f"{_MARKED[act]}: {row.title}",
        body=N_("Alasannya: %(reason)s", reason=reason) if reason else "",
        url=f"/belajar/{row.public_id}",
        unique_key=f"enrolment.{act}:{row.public_id}:{int(now.timestamp())}",
    )


def transfer(
    session: Session,
    actor: Actor,
    enrolment_public_id: str,
    target_public_id: str,
    *,
    reason: str,
    now: datetime | None = None,
) -> Enrolment:
    """Move a participant to another run of the same course; return the enrolment there.

    The approvals given count there too. The seat left goes to the line; in the new run the person is seated
    or waits.

    Raises: NotFound; Invalid: a reason is missing; Refused: another course, not open, or time clashes.
    """
    moment, text = now or clock.now(), " ".join(reason.split())[:REASON_MAX]
    if len(text) < REASON_MIN:
        message = N_("Tulis alasannya. Pegawai membacanya.")
        raise Invalid(message, fields={"alasan": message})
    source_id = queries.offering_of_enrolment(session, enrolment_public_id)
    target_id = queries.offering_id_of(session, target_public_id)
    if source_id is None or target_id is None:
        raise NotFound(N_("Angkatan ini tidak ada."))
    queries.hold_offerings(session, {source_id, target_id})
    offering, enrolment = _managed(session, actor, enrolment_public_id)
    target = session.get_one(Offering, target_id)
    owner_path = queries.path_of_unit(session, target.owner_unit_id)
    if target_id == source_id or not can_manage_offering(
        actor, instructor_id=target.instructor_id, owner_path=owner_path
    ):
        raise NotFound(N_("Angkatan ini tidak ada."))
    if target.course_id != offering.course_id or target.state is not OfferingState.OPEN:
        raise Refused(N_("Pilih angkatan lain yang terbuka dari pelatihan yang sama."))
    line.apply(session, actor, enrolment, Act.MOVE, now=moment, reason=text)
    enrolment.decision_reason, enrolment.withdrawn_at = text, None
    session.flush()  # the clash check reads who sits where
    _check_obstacles(session, target, enrolment.employee_id)
    mine, _others = _held(session, target, enrolment.employee_id)
    moved = mine or Enrolment(offering_id=target.id, employee_id=enrolment.employee_id)
    if mine is not None and mine.state in LIVE:
        raise Refused(N_("Pegawai ini sudah terdaftar di angkatan itu."))
    begin(
        session,
        actor,
        target,
        moved,
        act=Act.ASSIGN,
        source="agency",
        now=moment,
        needs_supervisor=False,
        needs_agency=False,
        reason=text,
    )
    line.after_leaving(session, offering, enrolment, now=moment)
    row = queries.get_enrolment_row(session, moved.id)
    assert row is not None
    notify(
        session,
        employee_id=moved.employee_id,
        kind="enrolment.moved",
        title=N_("Anda dipindahkan ke %(run)s: %(title)s", run=row.offering_title[:60], title=row.title[:100]),
        body=N_("Alasannya: %(reason)s", reason=text),
        url=f"/belajar/{row.public_id}",
        unique_key=f"enrolment.moved:{row.public_id}:{int(moment.timestamp())}",
    )
    return moved
