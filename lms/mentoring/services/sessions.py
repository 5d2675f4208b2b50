"""Recording a session, correcting it, and the mentee's word on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from lms.core import clock, runtime, secrets
from lms.core.actor import SYSTEM, Actor, Permission
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_, Text
from lms.courses.queries import lock_person
from lms.courses.services import credit_jp
from lms.mentoring import queries
from lms.mentoring.events import SessionConfirmed
from lms.mentoring.models import Pairing, PairingState, SessionLog, SessionMedium, SessionState
from lms.mentoring.policies import private_notes_readable_by
from lms.mentoring.rules import (
    DISCUSSION_MAX,
    MENTOR_FORM,
    MENTORING_FORM,
    SessionRefusal,
    Span,
    known_topics,
    session_refusal,
)
from lms.notifications.services import notify
from lms.people.models import EmployeeStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.mentoring.queries import Person

NEXT_STEP_MAX, NOTE_MAX, PRIVATE_MAX, GROUP_MAX = 400, 500, 2000, 25
_REFUSALS: Final[dict[SessionRefusal, tuple[str, Text]]] = {
    SessionRefusal.ENDS_BEFORE_START: (
        "lama", N_("Sesi harus selesai sesudah mulai. Periksa jam dan lamanya."),
    ),
    SessionRefusal.TOO_LONG: ("lama", N_("Satu sesi paling lama 8 jam. Catat dua sesi bila memang lebih lama.")),
    SessionRefusal.FUTURE: ("jam", N_("Sesi ini belum selesai. Catat sesudah selesai, atau periksa tanggal dan jam.")),
    SessionRefusal.BEFORE_PAIRING: ("tanggal", N_("Hari itu sebelum pasangan dimulai. Periksa tanggalnya.")),
    SessionRefusal.AFTER_PAIRING: (
        "tanggal", N_("Hari itu sesudah masa pasangan berakhir. Mintalah koordinator memperpanjang."),
    ),
    SessionRefusal.OVERLAP: (
        "jam", N_("Jam ini bertabrakan dengan sesi Anda yang lain. Periksa jam, atau buka sesi yang sudah tercatat."),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionData:
    """What a mentor writes down.

    Args:
        starts_at, ends_at: aware instants.
        topics: keys of `rules.TOPICS`; unknown ones are left out.
        discussion: one to three sentences.
        next_on: day of the next step, not before the session.
        private_note: for the mentor alone; None leaves a stored one as it is.
    """

    starts_at: datetime
    ends_at: datetime
    medium: SessionMedium
    topics: tuple[str, ...]
    discussion: str
    next_step: str = ""
    next_on: date | None = None
    private_note: str | None = None


class SessionConflict(Conflict):
    """The session was changed since the form was opened; nothing was saved."""

    code = "session_changed"

    def __init__(self) -> None:
        super().__init__(N_("Catatan ini berubah sejak Anda membukanya. Bandingkan dahulu, lalu pilih."))


def _seal(text: str | None) -> bytes | None:
    return secrets.encrypt(queries.SECRET, text.strip().encode()) if text and text.strip() else None


def _check_shape(data: SessionData) -> None:
    faults: dict[str, Text] = {}
    if not data.discussion.strip():
        faults["isi"] = N_("Tulis apa yang dibahas, cukup satu kalimat.")
    elif len(data.discussion.strip()) > DISCUSSION_MAX:
        faults["isi"] = N_("Tulis paling banyak %(count)s huruf.", count=DISCUSSION_MAX)
    if len(data.next_step.strip()) > NEXT_STEP_MAX:
        faults["langkah"] = N_("Tulis paling banyak %(count)s huruf.", count=NEXT_STEP_MAX)
    if len((data.private_note or "").strip()) > PRIVATE_MAX:
        faults["pribadi"] = N_("Tulis paling banyak %(count)s huruf.", count=PRIVATE_MAX)
    if faults:
        raise Invalid("", fields=faults)


def _check_time(
    session: Session,
    pairing: Pairing,
    mentee: Person,
    data: SessionData,
    *,
    now: datetime,
    client_id: str = "",
    except_id: int | None = None,
) -> date:
    """Return the day of the session in the zone of the mentee's unit, or refuse."""
    span = Span(data.starts_at, data.ends_at)
    held_on = clock.local_day(data.starts_at, mentee.zone)
    refusal = session_refusal(
        span,
        now=now,
        held_on=held_on,
        pairing_starts_on=pairing.starts_on,
        pairing_ends_on=pairing.ends_on,
        others=queries.mentor_spans(session, pairing.mentor_id, span, except_client_id=client_id, except_id=except_id),
    )
    if refusal is not None:
        name, text = _REFUSALS[refusal]
        raise Invalid("", fields={name: text}, refusal=refusal.value)
    if data.next_on is not None and data.next_on < held_on:
        raise Invalid("", fields={"sampai": N_("Tanggal langkah berikut jatuh sebelum sesi. Periksa tanggalnya.")})
    return held_on


def record_session(
    session: Session,
    actor: Actor,
    pairing_public_ids: Sequence[str],
    *,
    data: SessionData,
    client_id: str,
    now: datetime | None = None,
) -> list[SessionLog]:
    """Write one meeting down, for each mentee who took part; the same client id again returns the first rows.

    Raises: Forbidden: the mentor's role is gone; NotFound: a pairing that is not the actor's; Refused: the
        mentee has moved outside the mentor's units, or the pairing has ended; Invalid: time or text.
    Concurrency: holds the mentor's row, so that overlaps are seen; the client id is unique per pairing.
    """
    if not actor.may(Permission.MENTOR) or actor.employee_id is None:
        raise Forbidden(N_("Mencatat sesi adalah tugas mentor. Mintalah kewenangan kepada koordinator."))
    wanted = list(dict.fromkeys(pairing_public_ids))
    if not wanted or len(wanted) > GROUP_MAX:
        raise Invalid("", fields={"mentee": N_("Pilih satu sampai 25 mentee.")})
    moment = now or clock.now()
    _check_shape(data)
    lock_person(session, actor.employee_id)
    return [_record(session, actor, one, data, client_id=client_id, now=moment) for one in wanted]


def _record(
    session: Session, actor: Actor, public_id: str, data: SessionData, *, client_id: str, now: datetime
) -> SessionLog:
    pairing = queries.lock_pairing(session, private_notes_readable_by(actor), public_id)
    if pairing is None:
        raise NotFound(N_("Pasangan ini bukan pasangan Anda."))
    held = queries.get_by_client_id(session, pairing.id, client_id)
    if held is not None:
        return held
    people = queries.get_people(session, {pairing.mentee_id, pairing.mentor_id})
    mentee, mentor = people[pairing.mentee_id], people[pairing.mentor_id]
    if pairing.state is PairingState.ENDED:
        raise Refused(N_("Pasangan dengan %(name)s sudah diakhiri. Sesi baru tidak dapat dicatat.", name=mentee.name))
    if not actor.may_in(Permission.MENTOR, mentee.unit_path):
        raise Refused(
            N_(
                "%(name)s sekarang di luar wilayah tugas Anda. Mintalah koordinator menata pasangan ini.",
                name=mentee.name,
            )
        )
    held_on = _check_time(session, pairing, mentee, data, now=now, client_id=client_id)
    log = SessionLog(
        pairing_id=pairing.id,
        client_id=client_id,
        held_on=held_on,
        private_note=_seal(data.private_note),
        state=SessionState.RECORDED,
        recorded_at=now,
        **_written(data),
    )
    session.add(log)
    session.flush()  # audit and notice need the ids
    record(
        session, actor, action="session.record", subject=("session_log", log.id), person_id=mentee.id, at=now,
        after={"held_on": held_on.isoformat(), "minutes": _minutes(log)},
    )  # fmt: skip
    _ask(session, log, pairing, mentor)
    return log


def _written(data: SessionData) -> dict[str, Any]:
    return {
        "starts_at": data.starts_at, "ends_at": data.ends_at, "medium": data.medium,
        "topics": known_topics(data.topics), "discussion": data.discussion.strip(),
        "next_step": data.next_step.strip(), "next_on": data.next_on,
    }  # fmt: skip


def _minutes(log: SessionLog) -> int:
    return int((log.ends_at - log.starts_at).total_seconds() // 60)


def _ask(session: Session, log: SessionLog, pairing: Pairing, mentor: Person) -> None:
    notify(
        session,
        employee_id=pairing.mentee_id,
        kind="mentoring.recorded",
        url=f"/mentoring/sesi/{log.public_id}",
        unique_key=f"session:{log.public_id}:{log.version}",
        title=N_("%(name)s mencatat sesi mentoring bersama Anda", name=mentor.full_name),
        body=N_("Baca catatannya, lalu benarkan dengan satu ketukan."),
    )


def _held(session: Session, actor: Actor, public_id: str) -> tuple[SessionLog, Pairing]:
    found = queries.lock_session(session, actor, public_id)
    if found is None:
        raise NotFound(N_("Catatan sesi ini tidak ada, atau bukan milik Anda."))
    return found


def _held_by_mentor(session: Session, actor: Actor, public_id: str) -> tuple[SessionLog, Pairing]:
    log, pairing = _held(session, actor, public_id)
    if pairing.mentor_id != actor.employee_id:
        raise Forbidden(N_("Catatan ini ditulis oleh mentor Anda. Sanggah bila ada yang keliru."))
    if log.state is SessionState.CONFIRMED:
        raise Refused(N_("Mentee sudah membenarkan catatan ini. Catatan tidak dapat diubah lagi."))
    if log.state is SessionState.CANCELLED:
        raise Refused(N_("Catatan ini sudah dibatalkan. Buat catatan baru bila perlu."))
    return log, pairing


def correct_session(
    session: Session, actor: Actor, public_id: str, *, version: int, data: SessionData, now: datetime | None = None
) -> SessionLog:
    """Correct a session that the mentee has not confirmed; a disputed one is asked about again.

    Raises: NotFound; Forbidden: not the mentor; Refused: confirmed or cancelled; SessionConflict: changed
        since `version`; Invalid: time or text.
    """
    moment = now or clock.now()
    _check_shape(data)
    if actor.employee_id is not None:
        lock_person(session, actor.employee_id)
    log, pairing = _held_by_mentor(session, actor, public_id)
    if log.version != version:
        raise SessionConflict
    people = queries.get_people(session, {pairing.mentee_id, pairing.mentor_id})
    mentee = people[pairing.mentee_id]
    others = {"client_id": log.client_id, "except_id": log.id}
    held_on = _check_time(session, pairing, mentee, data, now=moment, **others)  # type: ignore[arg-type]
    before = {"held_on": log.held_on.isoformat(), "minutes": _minutes(log), "state": log.state.value}
    for name, value in _written(data).items():
        setattr(log, name, value)
    log.held_on, log.state, log.mentee_note = held_on, SessionState.RECORDED, ""
    log.recorded_at = moment  # so that also a correction to the same words is a new version to be read
    if data.private_note is not None:
        log.private_note = _seal(data.private_note)
    session.flush()  # the notice needs the new version
    record(
        session,
        actor,
        action="session.correct",
        subject=("session_log", log.id),
        person_id=mentee.id,
        at=moment,
        before=before,
        after={"held_on": held_on.isoformat(), "minutes": _minutes(log), "state": log.state.value},
    )
    _ask(session, log, pairing, people[pairing.mentor_id])
    return log


def cancel_session(session: Session, actor: Actor, public_id: str, *, now: datetime | None = None) -> SessionLog:
    """Take back a session that the mentee has not confirmed; the row stays, and counts nowhere."""
    log, pairing = _held(session, actor, public_id)
    if log.state is SessionState.CANCELLED and pairing.mentor_id == actor.employee_id:
        return log
    log, pairing = _held_by_mentor(session, actor, public_id)
    log.state = SessionState.CANCELLED
    record(
        session, actor, action="session.cancel", subject=("session_log", log.id), person_id=pairing.mentee_id,
        at=now or clock.now(),
    )  # fmt: skip
    return log


def _held_by_mentee(session: Session, actor: Actor, public_id: str) -> tuple[SessionLog, Pairing]:
    log, pairing = _held(session, actor, public_id)
    # By the person, not by the account: another account of the mentor is still the mentor.
    if actor.employee_id != pairing.mentee_id or actor.employee_id == pairing.mentor_id:
        raise Forbidden(N_("Hanya mentee yang membenarkan catatan sesi. Mentor tidak dapat melakukannya sendiri."))
    if log.state is SessionState.CANCELLED:
        raise Refused(N_("Mentor sudah membatalkan catatan ini."))
    return log, pairing


def confirm_session(
    session: Session, actor: Actor, public_id: str, *, version: int | None = None, now: datetime | None = None
) -> SessionLog:
    """Confirm a session as its mentee and credit its JP; a second call changes nothing.

    Args:
        session: of the act's transaction.
        actor: must be the mentee, whatever the account.
        public_id: of the session.
        version: what the mentee read; None: not checked.
        now: the present instant.

    Raises: NotFound; Forbidden: not the mentee; Refused: cancelled, or the mentor changed it meanwhile.
    Rule: form 15, 2 JP a session, at most two sessions a month by `held_on` (docs/rules/mentoring.md#jp).
    Concurrency: holds the session's row; the ledger takes one entry per unique key.
    """
    moment = now or clock.now()
    log, pairing = _held_by_mentee(session, actor, public_id)
    if log.state is SessionState.CONFIRMED:
        return log
    if version is not None and log.version != version:
        raise Refused(N_("Mentor mengubah catatan ini sejak Anda membukanya. Baca sekali lagi, lalu benarkan."))
    log.state, log.confirmed_at, log.mentee_note = SessionState.CONFIRMED, moment, ""
    session.flush()  # the version is checked before anything is credited
    people = queries.get_people(session, {pairing.mentee_id, pairing.mentor_id})
    mentor, mentee = people[pairing.mentor_id], people[pairing.mentee_id]
    for person_id in sorted(people):
        lock_person(session, person_id)
    entry = credit_jp(
        session,
        SYSTEM,
        employee_id=mentee.id,
        learning_form=MENTORING_FORM,
        held_on=log.held_on,
        minutes=_minutes(log),
        source_kind="session_log",
        source_id=log.id,
        unique_key=f"mentoring:{log.public_id}",
        label=f"Sesi mentoring bersama {mentor.name}",
        now=moment,
    )
    _credit_mentor(session, log, mentor, mentee, now=moment)
    record(
        session,
        actor,
        action="session.confirm",
        subject=("session_log", log.id),
        person_id=mentee.id,
        at=moment,
        after={"jp": entry.credited_jp},
    )
    notify(
        session, employee_id=mentor.id, kind="mentoring.confirmed", url=f"/mentoring/{pairing.public_id}",
        unique_key=f"session-confirmed:{log.public_id}", mail=False,
        title=N_("%(name)s membenarkan catatan sesi", name=mentee.full_name),
        body=N_("Sesi ini sudah masuk buku log Anda berdua."),
    )  # fmt: skip
    publish(
        session,
        SessionConfirmed(log.id, pairing.id, mentor.id, mentee.id, log.held_on, _minutes(log), entry.credited_jp),
    )
    return log


def _credit_mentor(session: Session, log: SessionLog, mentor: Person, mentee: Person, *, now: datetime) -> None:
    # No rule was found for the mentor's side; an agency may set one (LMS_MENTOR_JP).
    worth = runtime.settings().mentor_jp
    if not worth or mentor.status is EmployeeStatus.EXTERNAL:
        return
    credit_jp(
        session, SYSTEM, employee_id=mentor.id, learning_form=MENTOR_FORM, held_on=log.held_on,
        minutes=_minutes(log), programme_jp=worth, source_kind="session_log", source_id=log.id,
        unique_key=f"mentor:{log.public_id}", label=f"Mendampingi {mentee.name}", now=now,
    )  # fmt: skip


def dispute_session(
    session: Session,
    actor: Actor,
    public_id: str,
    *,
    note: str = "",
    version: int | None = None,
    now: datetime | None = None,
) -> SessionLog:
    """Say as the mentee that a session is not as written; the mentor corrects or cancels it.

    Raises: NotFound; Forbidden: not the mentee; Refused: confirmed before, cancelled, or changed meanwhile.
    """
    moment = now or clock.now()
    log, pairing = _held_by_mentee(session, actor, public_id)
    if log.state is SessionState.CONFIRMED:
        raise Refused(N_("Anda sudah membenarkan catatan ini. Hubungi koordinator bila ternyata keliru."))
    if version is not None and log.version != version:
        raise Refused(N_("Mentor mengubah catatan ini sejak Anda membukanya. Baca sekali lagi."))
    text = note.strip()
    if len(text) > NOTE_MAX:
        raise Invalid("", fields={"catatan": N_("Tulis paling banyak %(count)s huruf.", count=NOTE_MAX)})
    if log.state is SessionState.DISPUTED and (not text or text == log.mentee_note):
        return log
    log.state, log.mentee_note = SessionState.DISPUTED, text
    session.flush()  # the notice's key holds the new version
    mentee = queries.get_people(session, {pairing.mentee_id})[pairing.mentee_id]
    record(session, actor, action="session.dispute", subject=("session_log", log.id), person_id=mentee.id, at=moment)
    notify(
        session,
        employee_id=pairing.mentor_id,
        kind="mentoring.disputed",
        url=f"/mentoring/sesi/{log.public_id}",
        unique_key=f"session-disputed:{log.public_id}:{log.version}",
        title=N_("%(name)s menyanggah satu catatan sesi", name=mentee.full_name),
        body=N_("Bicarakan dengan mentee Anda, lalu perbaiki atau batalkan catatan itu."),
    )
    return log
