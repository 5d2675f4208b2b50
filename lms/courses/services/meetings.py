"""Sessions of runs, attendance by list and by code, and the secret address of a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from lms.core import clock
from lms.core.actor import Actor
from lms.core.audit import record
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.ids import new_token, token_hash
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import Attendance, CalendarFeed, Enrolment, EnrolmentState, Offering, OfferingSession
from lms.courses.queries import meetings as reads
from lms.courses.rules.attendance import AttendanceState, check_in_window
from lms.courses.services.learning import complete_if_done
from lms.courses.services.offerings import may_manage
from lms.notifications.services import notify

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """A session as somebody wants it; instants are aware."""

    title: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    room: str = ""
    instructor_id: int | None = None


class CheckInRefused(Refused):
    """The code does not count now; the message says when it does."""

    code = "check_in_refused"


def _managed(session: Session, actor: Actor, public_id: str) -> Offering:
    offering = queries.lock_offering(session, public_id)
    if offering is None or not may_manage(session, actor, offering):
        raise NotFound(N_("Angkatan ini tidak ada."))
    return offering


def _meeting(session: Session, offering: Offering, public_id: str) -> OfferingSession:
    held = reads.lock_meeting(session, public_id)
    if held is None or held.offering_id != offering.id:
        raise NotFound(N_("Sesi ini tidak ada."))
    return held


def save_meeting(
    session: Session,
    actor: Actor,
    offering_public_id: str,
    draft: MeetingDraft,
    *,
    public_id: str | None = None,
    now: datetime | None = None,
) -> OfferingSession:
    """Add a session to a run or change one; participants learn of another time or place.

    Raises: NotFound; Invalid: it ends before it begins, lies outside the run, or room or instructor is taken then.
    """
    moment = now or clock.now()
    offering = _managed(session, actor, offering_public_id)
    held = _meeting(session, offering, public_id) if public_id is not None else None
    _check(session, offering, draft, without_id=held.id if held is not None else None)
    moved = held is not None and (held.starts_at, held.ends_at, held.place, held.room) != (
        draft.starts_at, draft.ends_at, draft.place, draft.room,
    )  # fmt: skip
    if held is None:
        held = OfferingSession(offering_id=offering.id, check_in_key=new_token(), sequence=-1)
    for name in ("title", "starts_at", "ends_at", "place", "room", "instructor_id"):
        setattr(held, name, getattr(draft, name))
    held.sequence, held.changed_at, held.cancelled_at = held.sequence + 1, moment, None
    session.add(held)
    session.flush()  # the audit row needs the id
    record(
        session, actor, action="session.save", subject=("offering_session", held.id), at=moment,
        after={"starts_at": draft.starts_at.isoformat(), "place": draft.place, "room": draft.room},
    )  # fmt: skip
    if moved:
        _tell(session, offering, held, N_("Sesi berubah: %(title)s", title=held.title[:120]))
    return held


def _check(session: Session, offering: Offering, draft: MeetingDraft, *, without_id: int | None) -> None:
    if draft.ends_at <= draft.starts_at:
        text = N_("Sesi berakhir sebelum mulai. Perbaiki jamnya.")
        raise Invalid(text, fields={"until": text})
    zone = queries.zone_of_unit(session, offering.owner_unit_id)
    first, last = clock.local_day(draft.starts_at, zone), clock.local_day(draft.ends_at, zone)
    if (offering.starts_on and first < offering.starts_on) or (offering.ends_on and last > offering.ends_on):
        text = N_("Sesi berada di luar tanggal angkatan. Perbaiki tanggalnya.")
        raise Invalid(text, fields={"day": text})
    clash = reads.find_clash(
        session, starts_at=draft.starts_at, ends_at=draft.ends_at, place=draft.place, room=draft.room,
        instructor_id=draft.instructor_id, without_id=without_id,
    )  # fmt: skip
    if clash is not None:
        kind, title = clash
        text = (
            N_("Instruktur mengajar %(title)s pada jam itu.", title=title)
            if kind == "instructor"
            else N_("Ruang ini dipakai %(title)s pada jam itu.", title=title)
        )
        raise Invalid(text, fields={"instructor" if kind == "instructor" else "room": text})


def cancel_meeting(
    session: Session, actor: Actor, offering_public_id: str, public_id: str, *, now: datetime | None = None
) -> None:
    """Cancel a session; saving it again brings it back. A second call changes nothing."""
    moment = now or clock.now()
    offering = _managed(session, actor, offering_public_id)
    held = _meeting(session, offering, public_id)
    if held.cancelled_at is not None:
        return
    held.cancelled_at = held.changed_at = moment
    held.sequence += 1
    record(session, actor, action="session.cancel", subject=("offering_session", held.id), at=moment)
    _tell(session, offering, held, N_("Sesi dibatalkan: %(title)s", title=held.title[:120]))


def _tell(session: Session, offering: Offering, held: OfferingSession, title: str) -> None:
    rows = session.execute(
        select(Enrolment.employee_id, Enrolment.public_id).where(
            Enrolment.offering_id == offering.id, Enrolment.state == EnrolmentState.ACTIVE
        )
    )
    for employee_id, public_id in rows:
        notify(
            session,
            employee_id=employee_id,
            kind="session.changed",
            title=title,
            body=N_("Kalender Anda ikut berubah. Buka halamannya untuk jadwal yang baru."),
            url=f"/belajar/{public_id}",
            unique_key=f"session:{held.public_id}:{held.sequence}",
        )


def set_required_percent(
    session: Session, actor: Actor, offering_public_id: str, percent: int | None, *, now: datetime | None = None
) -> None:
    """Say which share of the sessions must be attended before the course is finished; None for none."""
    offering = _managed(session, actor, offering_public_id)
    if percent is not None and not 1 <= percent <= 100:
        text = N_("Tulis angka 1 sampai 100.")
        raise Invalid(text, fields={"percent": text})
    before = offering.required_percent
    offering.required_percent = percent
    record(
        session, actor, action="offering.edit", subject=("offering", offering.id), at=now or clock.now(),
        before={"required_percent": before}, after={"required_percent": percent},
    )  # fmt: skip


def mark_attendance(
    session: Session,
    actor: Actor,
    offering_public_id: str,
    public_id: str,
    marks: Mapping[str, tuple[AttendanceState, str]],
    *,
    now: datetime | None = None,
) -> int:
    """Note how participants attended a session, by their enrolment; return how many notes changed.

    Whoever thereby has done everything has finished the course.

    Raises: NotFound; Refused: the session has not begun yet.
    """
    moment = now or clock.now()
    offering = _managed(session, actor, offering_public_id)
    held = _meeting(session, offering, public_id)
    if moment < check_in_window(held.starts_at, held.ends_at)[0]:
        raise Refused(N_("Sesi ini belum mulai. Kehadiran dicatat paling awal 30 menit sebelumnya."))
    changed = []
    for line in reads.list_attendance(session, offering.id, held.id):
        mark = marks.get(line.public_id)
        if mark is None or (line.state, line.note) == mark or line.employee_id == actor.employee_id:
            continue
        _note(session, held, line.enrolment_id, mark[0], source="list", note=mark[1], by=actor.employee_id, now=moment)
        record(
            session, actor, action="session.attendance", subject=("offering_session", held.id), at=moment,
            person_id=line.employee_id, before={"state": line.state} if line.state else None,
            after={"state": mark[0]}, reason=mark[1],
        )  # fmt: skip
        changed.append(line.enrolment_id)
    session.flush()  # completion is decided on what is stored
    for enrolment_id in changed:
        complete_if_done(session, enrolment_id, now=moment)
    return len(changed)


def _note(
    session: Session,
    held: OfferingSession,
    enrolment_id: int,
    state: AttendanceState,
    *,
    source: str,
    note: str,
    by: int | None,
    now: datetime,
) -> None:
    row = reads.get_attendance(session, held.id, enrolment_id) or Attendance(
        session_id=held.id, enrolment_id=enrolment_id
    )
    row.state, row.source, row.note, row.marked_at, row.marked_by_id = state, source, note[:300], now, by
    session.add(row)


def check_in(
    session: Session, actor: Actor, public_id: str, key: str, *, now: datetime | None = None
) -> tuple[OfferingSession, datetime]:
    """Note the actor as present; return the session and when it was noted. A second scan changes nothing.

    A scan before the time locks nobody out: the same code counts once the time has come. What the instructor
    noted in the list stands.

    Raises: NotFound: no such code; CheckInRefused: not now, not a participant, cancelled.
    """
    moment = now or clock.now()
    held = reads.lock_meeting(session, public_id)
    if held is None or held.check_in_key != key:
        raise NotFound(N_("Kode kehadiran ini tidak dikenal. Pindai lagi dari layar atau kertasnya."))
    if held.cancelled_at is not None:
        raise CheckInRefused(N_("Sesi ini dibatalkan. Lihat jadwal Anda."))
    enrolment = session.scalars(
        select(Enrolment).where(
            Enrolment.offering_id == held.offering_id,
            Enrolment.employee_id == (actor.employee_id or -1),
            Enrolment.state.in_([EnrolmentState.ACTIVE, EnrolmentState.COMPLETED]),
        )
    ).one_or_none()
    if enrolment is None:
        raise CheckInRefused(N_("Anda tidak terdaftar di angkatan ini. Hubungi instruktur."))
    noted = reads.get_attendance(session, held.id, enrolment.id)
    if noted is not None:
        return held, noted.marked_at
    opens, closes = check_in_window(held.starts_at, held.ends_at)
    if moment < opens:
        raise CheckInRefused(N_("Sesi belum dibuka. Pindai lagi mulai 30 menit sebelum jamnya."))
    if moment >= closes:
        raise CheckInRefused(N_("Waktu mencatat kehadiran sudah lewat. Hubungi instruktur."))
    _note(session, held, enrolment.id, AttendanceState.PRESENT, source="qr", note="", by=actor.employee_id, now=moment)
    record(
        session, actor, action="session.check_in", subject=("offering_session", held.id), at=moment,
        person_id=actor.employee_id,
    )  # fmt: skip
    session.flush()  # completion is decided on what is stored
    complete_if_done(session, enrolment.id, now=moment)
    return held, moment


def make_feed(session: Session, actor: Actor, *, now: datetime | None = None) -> str:
    """Make the actor's calendar address and return its secret, shown this once; an older address dies."""
    if actor.employee_id is None:
        raise NotFound(N_("Halaman ini untuk akun pegawai."))
    remove_feed(session, actor)
    token = new_token()
    session.add(
        CalendarFeed(employee_id=actor.employee_id, token_hash=token_hash(token), created_at=now or clock.now())
    )
    session.flush()  # the audit row tells of a row that is there
    record(session, actor, action="calendar.make", subject=("calendar_feed", None), person_id=actor.employee_id)
    return token


def remove_feed(session: Session, actor: Actor) -> None:
    """Let the actor's calendar address die; a second call changes nothing."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.employee_id == (actor.employee_id or -1)))
