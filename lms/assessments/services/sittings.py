"""Acts of those who run an exam day: plan, pause, give time, reopen, tell; each is logged and audited."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from lms.assessments import queries
from lms.assessments.models import (
    Accommodation,
    Attempt,
    AttemptItem,
    AttemptState,
    ExamIncident,
    ExamSitting,
    ExamSpecial,
    IncidentKind,
)
from lms.assessments.rules import (
    GRACE,
    Phase,
    SittingDesign,
    Window,
    bad_networks,
    extended_deadline,
    phase,
    resumed_deadline,
    sitting_faults,
)
from lms.core import sessions
from lms.core.actor import Permission
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.jobs import enqueue
from lms.core.text import N_
from lms.people import queries as people_queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

ABSENT = N_("Sesi ujian itu tidak ada, atau bukan milik unit Anda.")
NO_PERSON = N_("Peserta itu tidak ada dalam sesi ujian ini.")
MAX_EXTRA = 240
# How long shared computers stay logged in while an exam stands still.
_PAUSE_AWAKE = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class SittingData:
    """A sitting as its planner writes it.

    Args:
        target: `<assessment>.<offering>` in public ids.
        unit: public id of a part of the organisation, or empty for all participants.
        time_limit_minutes: in place of the assessment's own, or None.
        networks: such as `10.20.0.0/16`.
    """

    target: str
    title: str
    place: str
    opens_at: datetime
    last_start_at: datetime
    closes_at: datetime
    time_limit_minutes: int | None = None
    access_code: str = ""
    networks: tuple[str, ...] = ()
    unit: str = ""


def _lock(session: Session, actor: Actor, public_id: str) -> ExamSitting:
    sitting = queries.get_sitting(session, actor, public_id, lock=True)
    if sitting is None:
        raise NotFound(ABSENT)
    return sitting


def _note(
    session: Session, actor: Actor, sitting: ExamSitting, kind: IncidentKind, *, now: datetime, body: str = "",
    attempt: Attempt | None = None, minutes: int | None = None, people: int | None = None,
) -> None:  # fmt: skip
    """Add a line to the sitting's record and to the audit trail."""
    session.add(
        ExamIncident(
            sitting_id=sitting.id, attempt_id=attempt.id if attempt is not None else None, kind=kind, body=body[:500],
            minutes=minutes, people=people, at=now, by_id=actor.employee_id,
        )
    )  # fmt: skip
    record(
        session, actor, action=f"exam.{kind.value}", subject=("exam_sitting", sitting.id),
        person_id=attempt.employee_id if attempt is not None else None,
        after={key: value for key, value in {"minutes": minutes, "people": people}.items() if value is not None},
        reason=body[:500], at=now,
    )  # fmt: skip


# Planning ---------------------------------------------------------------------------------------


def plan_sitting(session: Session, actor: Actor, data: SittingData, *, now: datetime) -> ExamSitting:
    """Plan a sitting for the participants of an offering.

    Raises: Invalid: no such assessment in one's scope, or times that cannot be (with the field).
    """
    target = next(iter(queries.list_sitting_targets(session, actor, key=data.target)), None)
    if target is None:
        raise Invalid(fields={"ujian": N_("Pilih ujian dan angkatan dari daftar.")})
    _check(data, limit_minutes=data.time_limit_minutes or target.time_limit_minutes)
    sitting = ExamSitting(
        assessment_id=target.assessment_id, offering_id=target.offering_id, created_at=now,
        unit_id=_unit_id(session, actor, data.unit), **_columns(data),
    )  # fmt: skip
    session.add(sitting)
    session.flush()  # the audit row needs the id
    record(
        session, actor, action="exam.plan", subject=("exam_sitting", sitting.id), at=now,
        after={"title": data.title, "opens_at": data.opens_at.isoformat(), "closes_at": data.closes_at.isoformat()},
    )  # fmt: skip
    return sitting


def change_sitting(
    session: Session, actor: Actor, public_id: str, data: SittingData, *, version: int, now: datetime
) -> None:
    """Change a sitting; its times only until somebody has started.

    Raises: NotFound; Conflict: somebody changed it meanwhile; Refused: times of a sitting that runs; Invalid.
    """
    sitting = _lock(session, actor, public_id)
    if sitting.version != version:
        raise Conflict(N_("Sesi ini baru saja diubah orang lain. Muat ulang halamannya, lalu ulangi."))
    line = queries.get_sitting_line(session, actor, public_id)
    assert line is not None
    _check(data, limit_minutes=data.time_limit_minutes or line.time_limit_minutes)
    wanted = _columns(data)
    times = ("opens_at", "last_start_at", "closes_at", "time_limit_minutes")
    if line.started and any(getattr(sitting, name) != wanted[name] for name in times):
        raise Refused(N_("Ujian sudah dimulai. Waktunya hanya dapat ditambah lewat papan pengawas."))
    before = {name: str(getattr(sitting, name)) for name in wanted if getattr(sitting, name) != wanted[name]}
    for name, value in wanted.items():
        setattr(sitting, name, value)
    sitting.unit_id = _unit_id(session, actor, data.unit)
    record(
        session, actor, action="exam.change", subject=("exam_sitting", sitting.id), before=before,
        after={name: str(wanted[name]) for name in before}, at=now,
    )  # fmt: skip


def _unit_id(session: Session, actor: Actor, public_id: str) -> int | None:
    if not public_id:
        return None
    unit = people_queries.get_unit(session, actor, public_id, permission=Permission.ASSESSMENT_MANAGE)
    if unit is None:
        raise Invalid(fields={"unit": N_("Pilih unit dari daftar.")})
    return unit.id


def _columns(data: SittingData) -> dict[str, Any]:
    values = asdict(data)
    for name in ("target", "unit"):
        values.pop(name)
    return values | {"networks": list(data.networks)}


def _check(data: SittingData, *, limit_minutes: int) -> None:
    window = Window(data.opens_at, data.last_start_at, data.closes_at)
    faults = sitting_faults(SittingDesign(window, limit_minutes))
    if faults:
        raise Invalid(fields={"tutup": N_("Periksa waktunya: %(faults)s.", faults="; ".join(faults))})
    wrong = bad_networks(data.networks)
    if wrong:
        raise Invalid(fields={"jaringan": N_("Tulis jaringan seperti 10.20.0.0/16. Yang keliru: %(wrong)s.",
                                             wrong=", ".join(wrong)[:80])})  # fmt: skip


def cancel_sitting(session: Session, actor: Actor, public_id: str, *, now: datetime) -> None:
    """Cancel a sitting that nobody has started; a second call changes nothing.

    Raises: NotFound; Refused: somebody has started.
    """
    sitting = _lock(session, actor, public_id)
    if sitting.cancelled_at is not None:
        return
    if session.execute(select(Attempt.id).where(Attempt.sitting_id == sitting.id).limit(1)).first() is not None:
        raise Refused(N_("Ujian sudah dimulai, jadi sesinya tidak dapat dibatalkan."))
    sitting.cancelled_at = now
    record(session, actor, action="exam.cancel", subject=("exam_sitting", sitting.id), at=now)


# The exam day -------------------------------------------------------------------------------------


def _open_attempts(session: Session, sitting: ExamSitting) -> list[Attempt]:
    """Return the open attempts of a sitting, locked in a fixed order."""
    return list(
        session.scalars(
            select(Attempt)
            .where(Attempt.sitting_id == sitting.id, Attempt.state == AttemptState.OPEN)
            .order_by(Attempt.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _runs(attempt: Attempt, now: datetime) -> bool:
    """Return whether an open attempt still takes answers; one that is over is left for its closing."""
    return phase(is_open=True, deadline_at=attempt.deadline_at, now=now, paused_at=attempt.paused_at) is not Phase.OVER


def _keep_awake(session: Session, attempts: Sequence[Attempt], *, until: datetime) -> None:
    accounts = queries.account_ids_of(session, [one.employee_id for one in attempts])
    sessions.keep_accounts_awake(session, account_ids=accounts, until=until)


def _close_later(session: Session, attempt: Attempt) -> None:
    """Owe the closing at the new deadline; the old job finds time left and leaves the attempt alone."""
    enqueue(
        session, "assessments.close_attempt", run_after=attempt.deadline_at + GRACE, attempt_id=attempt.id,
        unique_key=f"assessments.close:{attempt.id}:{int(attempt.deadline_at.timestamp())}",
    )  # fmt: skip


def pause_sitting(session: Session, actor: Actor, public_id: str, *, reason: str, now: datetime) -> int:
    """Stop the clock of everybody who works, and let nobody start; return how many stand still.

    A second call changes nothing. Answers that are on their way are still taken.

    Raises: NotFound.
    Concurrency: holds the sitting's row; those who start at the same moment are either before or after.
    """
    sitting = _lock(session, actor, public_id)
    attempts = [one for one in _open_attempts(session, sitting) if _runs(one, now)]
    if sitting.paused_at is not None:
        return len(attempts)
    sitting.paused_at = now
    for attempt in attempts:
        attempt.paused_at = attempt.paused_at or now
    _keep_awake(session, attempts, until=now + _PAUSE_AWAKE)
    _note(session, actor, sitting, IncidentKind.PAUSE, now=now, body=reason, people=len(attempts))
    return len(attempts)


def resume_sitting(session: Session, actor: Actor, public_id: str, *, now: datetime) -> int:
    """Let the clock run on and give everybody the time of the pause back; return how many run.

    The window of the sitting moves by the same time. A second call changes nothing.

    Raises: NotFound.
    """
    sitting = _lock(session, actor, public_id)
    if sitting.paused_at is None:
        return 0
    paused = [one for one in _open_attempts(session, sitting) if one.paused_at is not None]
    for attempt in paused:
        assert attempt.paused_at is not None
        attempt.deadline_at = resumed_deadline(attempt.deadline_at, paused_at=attempt.paused_at, now=now)
        attempt.paused_at = None
        _close_later(session, attempt)
    length = max(timedelta(0), now - sitting.paused_at)
    later = Window(sitting.opens_at, sitting.last_start_at, sitting.closes_at).later(length)
    sitting.last_start_at, sitting.closes_at, sitting.paused_at = later.last_start_at, later.closes_at, None
    if paused:
        _keep_awake(session, paused, until=max(one.deadline_at for one in paused) + GRACE)
    minutes = int(length.total_seconds() // 60)
    _note(session, actor, sitting, IncidentKind.RESUME, now=now, minutes=minutes, people=len(paused))
    return len(paused)


def extend_time(
    session: Session, actor: Actor, public_id: str, *, minutes: int, reason: str, now: datetime,
    attempt_public_id: str | None = None,
) -> int:  # fmt: skip
    """Give more time to everybody who works, or to one; return to how many.

    For everybody the hard close and the last start move as well, so that those who come late lose nothing.

    Raises: NotFound; Invalid: not 1 to 240 minutes, or no reason; Refused: the attempt is over.
    """
    fields = {}
    if not 1 <= minutes <= MAX_EXTRA:
        fields["menit"] = N_("Tambahan waktu 1 sampai 240 menit.")
    if not reason:
        fields["alasan"] = N_("Tulis alasannya. Alasan masuk ke catatan ujian.")
    if fields:
        raise Invalid(fields=fields)
    sitting = _lock(session, actor, public_id)
    attempts = _open_attempts(session, sitting)
    if attempt_public_id is not None:
        attempts = [one for one in attempts if one.public_id == attempt_public_id]
        if not attempts or not _runs(attempts[0], now):
            raise Refused(N_("Percobaan ini sudah selesai. Buka lagi bila waktunya harus ditambah."))
    running = [one for one in attempts if _runs(one, now)]
    for attempt in running:
        attempt.deadline_at = extended_deadline(
            attempt.deadline_at, minutes=minutes, now=now, paused_at=attempt.paused_at
        )
        _close_later(session, attempt)
    if running:
        _keep_awake(session, running, until=max(one.deadline_at for one in running) + GRACE)
    one = running[0] if attempt_public_id is not None else None
    if one is None:
        later = Window(sitting.opens_at, sitting.last_start_at, sitting.closes_at).later(timedelta(minutes=minutes))
        sitting.last_start_at, sitting.closes_at = later.last_start_at, later.closes_at
    _note(
        session, actor, sitting, IncidentKind.EXTEND, now=now, body=reason, attempt=one, minutes=minutes,
        people=len(running),
    )  # fmt: skip
    return len(running)


def reopen_attempt(
    session: Session, actor: Actor, public_id: str, *, attempt_public_id: str, minutes: int, reason: str, now: datetime
) -> None:
    """Let one go on whose attempt has ended; everything that was answered is still there.

    Raises: NotFound; Invalid; Refused: it runs, it was passed, or a later attempt was begun.
    """
    if not 1 <= minutes <= MAX_EXTRA:
        raise Invalid(fields={"menit": N_("Tambahan waktu 1 sampai 240 menit.")})
    if not reason:
        raise Invalid(fields={"alasan": N_("Tulis alasannya. Alasan masuk ke catatan ujian.")})
    sitting = _lock(session, actor, public_id)
    attempt = session.scalars(
        select(Attempt)
        .where(Attempt.public_id == attempt_public_id, Attempt.sitting_id == sitting.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if attempt is None:
        raise NotFound(NO_PERSON)
    if attempt.employee_id == actor.employee_id:
        raise Forbidden
    if attempt.state is AttemptState.OPEN and _runs(attempt, now):
        raise Refused(N_("Percobaan ini masih berjalan. Tambah waktunya bila perlu."))
    if attempt.passed:
        raise Refused(N_("Peserta ini sudah lulus, jadi percobaannya tidak dibuka lagi."))
    newest = session.execute(
        select(func.max(Attempt.number)).where(
            Attempt.assessment_id == attempt.assessment_id, Attempt.enrolment_id == attempt.enrolment_id
        )
    ).scalar_one()
    if newest != attempt.number:
        raise Refused(N_("Peserta ini sudah memulai percobaan berikutnya."))
    attempt.state, attempt.paused_at = AttemptState.OPEN, sitting.paused_at and now
    attempt.deadline_at = now + timedelta(minutes=minutes)
    attempt.submitted_at = attempt.graded_at = None
    attempt.score = attempt.max_score = attempt.percent = attempt.passed = None
    session.execute(
        update(AttemptItem)
        .where(AttemptItem.attempt_id == bindparam("of_attempt"))
        .values(mark=None)
        .execution_options(synchronize_session=False),
        {"of_attempt": attempt.id},
    )
    _close_later(session, attempt)
    _note(session, actor, sitting, IncidentKind.REOPEN, now=now, body=reason, attempt=attempt, minutes=minutes)


def send_message(session: Session, actor: Actor, public_id: str, *, body: str, now: datetime) -> None:
    """Show a message on the pages of all who work; an empty one takes the last away.

    Raises: NotFound; Invalid: too long.
    """
    text = " ".join(body.split())
    if len(text) > 300:
        raise Invalid(fields={"pesan": N_("Tulis paling banyak 300 huruf.")})
    sitting = _lock(session, actor, public_id)
    sitting.notice, sitting.notice_at = text, now if text else None
    _note(session, actor, sitting, IncidentKind.MESSAGE, now=now, body=text)


def add_note(session: Session, actor: Actor, public_id: str, *, body: str, now: datetime) -> None:
    """Write down what happened in the room.

    Raises: NotFound; Invalid: empty.
    """
    text = " ".join(body.split())[:500]
    if not text:
        raise Invalid(fields={"catatan": N_("Tulis apa yang terjadi.")})
    _note(session, actor, _lock(session, actor, public_id), IncidentKind.NOTE, now=now, body=text)


# Special rules and accommodations ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpecialData:
    """A special rule: for one person or one unit, by public id; something must differ."""

    employee: str
    unit: str
    last_start_at: datetime | None
    closes_at: datetime | None
    extra_minutes: int
    extra_attempts: int
    reason: str


def grant_special(session: Session, actor: Actor, public_id: str, data: SpecialData, *, now: datetime) -> None:
    """Set what a sitting grants to one person or one unit; the former one of the same receiver is replaced.

    Raises: NotFound; Invalid: no receiver, nothing granted, no reason; Refused: the person works right now.
    """
    sitting = _lock(session, actor, public_id)
    if not data.reason:
        raise Invalid(fields={"alasan": N_("Tulis alasannya. Peserta membacanya di halaman mulai.")})
    if bool(data.employee) == bool(data.unit):
        raise Invalid(fields={"orang": N_("Pilih satu orang atau satu unit.")})
    if not (data.extra_minutes or data.extra_attempts or data.closes_at or data.last_start_at):
        raise Invalid(fields={"menit": N_("Isi paling sedikit satu pengecualian.")})
    if not 0 <= data.extra_minutes <= MAX_EXTRA or not 0 <= data.extra_attempts <= 10:
        raise Invalid(fields={"menit": N_("Tambahan waktu 1 sampai 240 menit.")})
    employee_id = _participant(session, sitting, data.employee) if data.employee else None
    if employee_id is not None and employee_id == actor.employee_id:
        raise Forbidden
    unit_id = _unit_id(session, actor, data.unit)
    held = session.scalars(
        select(ExamSpecial).where(
            ExamSpecial.sitting_id == sitting.id, ExamSpecial.employee_id == employee_id
            if employee_id is not None else ExamSpecial.unit_id == unit_id,
        )
    ).one_or_none()  # fmt: skip
    row = held or ExamSpecial(sitting_id=sitting.id, employee_id=employee_id, unit_id=unit_id, created_at=now)
    row.last_start_at, row.closes_at = data.last_start_at, data.closes_at
    row.extra_minutes, row.extra_attempts, row.reason = data.extra_minutes, data.extra_attempts, data.reason
    session.add(row)
    record(
        session, actor, action="exam.special", subject=("exam_sitting", sitting.id), person_id=employee_id,
        after={"minutes": data.extra_minutes, "attempts": data.extra_attempts}, reason=data.reason, at=now,
    )  # fmt: skip


def _participant(session: Session, sitting: ExamSitting, public_id: str) -> int:
    employee_id = queries.find_participant(session, sitting.offering_id, public_id)
    if employee_id is None:
        raise Invalid(fields={"orang": NO_PERSON})
    working = session.execute(
        select(Attempt.id).where(
            Attempt.sitting_id == sitting.id, Attempt.employee_id == employee_id, Attempt.state == AttemptState.OPEN
        )
    ).first()
    if working is not None:
        raise Refused(N_("Orang ini sedang mengerjakan. Tambah waktunya lewat papan pengawas."))
    return employee_id


def remove_special(session: Session, actor: Actor, public_id: str, special: str, *, now: datetime) -> None:
    """Take a special rule away; who works already keeps the time.

    Raises: NotFound: no such sitting in one's scope, or no such rule in it.
    """
    sitting = _lock(session, actor, public_id)
    row = session.scalars(
        select(ExamSpecial).where(ExamSpecial.sitting_id == sitting.id, ExamSpecial.public_id == special)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("Pengecualian itu tidak ada, atau sudah dihapus."))
    session.delete(row)
    record(
        session, actor, action="exam.special_remove", subject=("exam_sitting", sitting.id), person_id=row.employee_id,
        before={"minutes": row.extra_minutes, "attempts": row.extra_attempts}, at=now,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccommodationData:
    """More time for one person everywhere; the person is named by public id."""

    employee: str
    extra_percent: int
    extra_minutes: int
    reason: str
    starts_on: date
    ends_on: date | None


def give_accommodation(session: Session, actor: Actor, data: AccommodationData, *, now: datetime) -> Accommodation:
    """Give a person more time in every assessment that is started while it holds.

    Raises: Invalid: nothing given, no reason, no such person in one's units; Forbidden: for oneself.
    """
    person = queries.find_person(session, actor, data.employee)
    fields = {}
    if person is None:
        fields["orang"] = N_("Pilih pegawai dari daftar.")
    if not 0 <= data.extra_percent <= 200 or not 0 <= data.extra_minutes <= MAX_EXTRA:
        fields["persen"] = N_("Tambahan paling banyak 200 persen atau 240 menit.")
    elif not data.extra_percent and not data.extra_minutes:
        fields["persen"] = N_("Isi persen atau menit tambahan.")
    if not data.reason:
        fields["alasan"] = N_("Tulis alasannya. Peserta membacanya di halaman mulai.")
    if data.ends_on is not None and data.ends_on < data.starts_on:
        fields["sampai"] = N_("Tanggal akhir tidak boleh sebelum tanggal mulai.")
    if fields or person is None:
        raise Invalid(fields=fields)
    if person[0] == actor.employee_id:
        raise Forbidden
    row = Accommodation(
        employee_id=person[0], extra_percent=data.extra_percent, extra_minutes=data.extra_minutes,
        reason=data.reason, starts_on=data.starts_on, ends_on=data.ends_on, given_by_id=actor.employee_id,
        created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()  # the audit row needs the id
    record(
        session, actor, action="accommodation.give", subject=("accommodation", row.id), person_id=person[0],
        after={"percent": data.extra_percent, "minutes": data.extra_minutes}, reason=data.reason, at=now,
    )  # fmt: skip
    return row


def end_accommodation(session: Session, actor: Actor, public_id: str, *, today: date, now: datetime) -> None:
    """End an accommodation with the day before today; who works already keeps the time.

    Raises: NotFound.
    """
    row = queries.get_accommodation(session, actor, public_id)
    if row is None:
        raise NotFound(N_("Penyesuaian waktu itu tidak ada, atau bukan di unit Anda."))
    last = today - timedelta(days=1)
    if row.ends_on is not None and row.ends_on <= last:
        return
    row.ends_on = last
    record(
        session, actor, action="accommodation.end", subject=("accommodation", row.id), person_id=row.employee_id, at=now
    )
