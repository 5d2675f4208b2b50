"""Pairing a mentor with a mentee, and ending it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from lms.core import clock
from lms.core.actor import SYSTEM, Actor, Permission
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_, Text
from lms.courses.queries import lock_person
from lms.mentoring import queries
from lms.mentoring.events import PairingEnded
from lms.mentoring.models import Pairing, PairingState
from lms.mentoring.policies import pairings_manageable_by
from lms.mentoring.rules import RHYTHMS, PairingRefusal, pairing_refusal
from lms.notifications.services import notify

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.people.events import EmployeeLeft

# After its last day a pairing stays open for a while, so that late logs of earlier sessions still go in.
GRACE = timedelta(days=14)
_REFUSALS: Final[dict[PairingRefusal, Text]] = {
    PairingRefusal.SELF: N_("Seseorang tidak dapat menjadi mentor bagi diri sendiri. Pilih orang lain."),
    PairingRefusal.LINE: N_(
        "Keduanya berada dalam satu garis atasan dan bawahan. Pilih mentor dari unit lain agar mentee leluasa."
    ),
    PairingRefusal.HELD: N_("Keduanya sudah berpasangan. Buka pasangan itu dari daftar."),
    PairingRefusal.DATES: N_("Hari akhir jatuh sebelum hari mulai. Periksa kedua tanggal."),
    PairingRefusal.TOO_LONG: N_("Masa pasangan paling lama satu tahun. Pilih hari akhir yang lebih dekat."),
    PairingRefusal.LEVEL: N_(
        "Level mentor lebih rendah daripada level tujuan. Pilih mentor lain atau turunkan tujuan."
    ),
}
_FIELDS: Final[dict[PairingRefusal, str]] = {
    PairingRefusal.DATES: "sampai",
    PairingRefusal.TOO_LONG: "sampai",
}


@dataclass(frozen=True, slots=True)
class PairingData:
    """What a coordinator decides.

    Args:
        competency_id, goal_level: what the two work towards; both or none.
        goal: the same in a sentence.
        rhythm_days: 7, 14 or 30.
        programme_id: the programme in which the two were matched, None without one.
    """

    competency_id: int | None
    goal_level: int | None
    goal: str
    starts_on: date
    ends_on: date
    rhythm_days: int = 14
    programme_id: int | None = None


def create_pairing(
    session: Session,
    actor: Actor,
    *,
    mentee_public_id: str,
    mentor_public_id: str,
    data: PairingData,
    now: datetime | None = None,
) -> Pairing:
    """Pair two people.

    Raises: Forbidden; NotFound: the mentee is outside the actor's units; Invalid: the mentor does not hold
        the role there, or dates; Refused: one person, one reporting line, paired already, too low a level.
    Concurrency: holds the mentee's row; the unique index on active pairings decides in the end.
    """
    if not actor.may(Permission.PAIRING_MANAGE):
        raise Forbidden(N_("Memasangkan mentor adalah tugas koordinator mentoring."))
    moment = now or clock.now()
    mentee = queries.get_mentee(session, actor, mentee_public_id)
    if mentee is None:
        raise NotFound(N_("Pegawai ini tidak ada dalam wilayah yang Anda koordinasi."))
    lock_person(session, mentee.id)
    today = clock.local_day(moment, mentee.zone)
    mentor = queries.get_mentor(session, mentee, mentor_public_id, today)
    if mentor is None:
        text = N_("Pilih mentor dari daftar. Orang ini tidak memegang tugas mentor untuk unit mentee.")
        raise Invalid(text, fields={"mentor": text})
    _check_shape(data)
    level = None
    if data.competency_id is not None:
        level = queries.level_of(session, mentor.id, data.competency_id, today)
    refusal = pairing_refusal(
        mentor_id=mentor.id,
        mentee_id=mentee.id,
        in_reporting_line=queries.in_reporting_line(session, mentor, mentee, today),
        already_paired=queries.exists_active_pairing(session, mentor.id, mentee.id),
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        mentor_level=level,
        goal_level=data.goal_level,
    )
    if refusal in _FIELDS:
        raise Invalid(_REFUSALS[refusal], fields={_FIELDS[refusal]: _REFUSALS[refusal]})
    if refusal is not None:
        raise Refused(_REFUSALS[refusal])
    pairing = Pairing(
        mentor_id=mentor.id,
        mentee_id=mentee.id,
        competency_id=data.competency_id,
        goal_level=data.goal_level,
        goal=data.goal.strip(),
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        state=PairingState.ACTIVE,
        rhythm_days=data.rhythm_days,
        programme_id=data.programme_id,
        created_by_id=actor.employee_id,
        created_at=moment,
    )
    session.add(pairing)
    session.flush()  # audit and notices need the ids
    record(
        session,
        actor,
        action="pairing.create",
        subject=("pairing", pairing.id),
        person_id=mentee.id,
        at=moment,
        after={
            "mentor": mentor.public_id,
            "starts_on": data.starts_on.isoformat(),
            "ends_on": data.ends_on.isoformat(),
        },
        on_behalf_of_id=actor.acting_for(Permission.PAIRING_MANAGE, mentee.unit_path or ""),
    )
    url = f"/mentoring/{pairing.public_id}"
    notify(
        session,
        employee_id=mentee.id,
        kind="mentoring.paired",
        url=url,
        unique_key=f"paired:{pairing.public_id}",
        title=N_("%(name)s menjadi mentor Anda", name=mentor.full_name),
        body=N_("Hubungi mentor Anda untuk menyepakati pertemuan pertama."),
    )
    notify(
        session,
        employee_id=mentor.id,
        kind="mentoring.paired",
        url=url,
        unique_key=f"paired:{pairing.public_id}",
        title=N_("Anda menjadi mentor bagi %(name)s", name=mentee.full_name),
        body=N_("Sepakati pertemuan pertama dalam 14 hari, lalu catat sesinya di sini."),
    )
    return pairing


def _check_shape(data: PairingData) -> None:
    faults: dict[str, Text] = {}
    if (data.competency_id is None) != (data.goal_level is None):
        faults["level"] = N_("Pilih kompetensi beserta level tujuannya.")
    elif data.goal_level is not None and not 1 <= data.goal_level <= 5:
        faults["level"] = N_("Level tujuan dari 1 sampai 5.")
    if data.competency_id is None and not data.goal.strip():
        faults["tujuan"] = N_("Tulis tujuan pendampingan, atau pilih satu kompetensi.")
    if len(data.goal.strip()) > 400:
        faults["tujuan"] = N_("Tulis tujuan paling banyak 400 huruf.")
    if data.rhythm_days not in RHYTHMS:
        faults["irama"] = N_("Pilih irama pertemuan dari daftar.")
    if faults:
        raise Invalid(next(iter(faults.values())), fields=faults)


def end_pairing(session: Session, actor: Actor, public_id: str, *, reason: str, now: datetime | None = None) -> Pairing:
    """End a pairing, without blame and with a reason; sessions and JP stay. A second call changes nothing.

    Raises: NotFound: not coordinated by the actor; Invalid: no reason; Conflict: ended by somebody else meanwhile.
    """
    pairing = queries.lock_pairing(session, pairings_manageable_by(actor), public_id)
    if pairing is None:
        raise NotFound(N_("Pasangan ini tidak ada dalam wilayah Anda."))
    text = reason.strip()
    if not text:
        raise Invalid(N_("Tulis alasannya."), fields={"alasan": N_("Tulis alasan, cukup satu kalimat.")})
    if pairing.state is PairingState.ENDED:
        if pairing.end_reason == text[:300]:
            return pairing
        raise Conflict(N_("Pasangan ini sudah diakhiri sebelumnya. Bukalah untuk melihat alasannya."))
    _end(session, actor, pairing, reason=text, now=now or clock.now())
    return pairing


def _end(session: Session, actor: Actor, pairing: Pairing, *, reason: str, now: datetime) -> None:
    pairing.state, pairing.ended_at, pairing.end_reason = PairingState.ENDED, now, reason[:300]
    record(
        session,
        actor,
        action="pairing.end",
        subject=("pairing", pairing.id),
        person_id=pairing.mentee_id,
        at=now,
        reason=reason[:500],
    )
    for employee_id in (pairing.mentor_id, pairing.mentee_id):
        notify(
            session, employee_id=employee_id, kind="mentoring.ended", url=f"/mentoring/{pairing.public_id}",
            unique_key=f"pairing-ended:{pairing.public_id}", title=N_("Pasangan mentoring Anda berakhir"),
            body=N_("Catatan sesi dan JP tetap tersimpan. Terima kasih atas waktu Anda berdua."),
        )  # fmt: skip
    publish(session, PairingEnded(pairing.id, pairing.mentor_id, pairing.mentee_id))


def on_employee_left(session: Session, event: EmployeeLeft) -> None:
    """End the pairings of a person who left, and take the person out of programmes."""
    for member in queries.list_memberships(session, event.employee_id):
        member.left_at = clock.now()
    for pairing in queries.active_pairings_of(session, event.employee_id):
        _end(session, SYSTEM, pairing, reason=N_("Salah satu sudah tidak bertugas lagi."), now=clock.now())


def end_programme_pairings(session: Session, programme_id: int, *, now: datetime, most: int = 100) -> bool:
    """End some pairings of a closed programme; return whether more are left. A second call ends none twice."""
    left = queries.active_pairings_in(session, programme_id, limit=most + 1)
    for pairing in left[:most]:
        _end(session, SYSTEM, pairing, reason=N_("Program mentoring sudah ditutup."), now=now)
    return len(left) > most


def end_due_pairings(session: Session, *, now: datetime) -> int:
    """End pairings whose last day is past by two weeks; return how many. A second run finds none."""
    today = clock.local_day(now, clock.DEFAULT_ZONE)
    due = queries.pairings_past_term(session, ended_before=today - GRACE)
    for pairing in due:
        _end(session, SYSTEM, pairing, reason=N_("Masa pasangan sudah selesai."), now=now)
    return len(due)


def remind_silent(session: Session, *, now: datetime) -> int:
    """Remind mentors of mentees without a session for more than 30 days, once a month each."""
    today = clock.local_day(now, clock.DEFAULT_ZONE)
    found = queries.silent_pairings(session, today=today)
    people = queries.get_people(session, {mentee for _id, _public, _mentor, mentee in found})
    for _pairing_id, public_id, mentor_id, mentee_id in found:
        notify(
            session,
            employee_id=mentor_id,
            kind="mentoring.silent",
            url=f"/mentoring/{public_id}",
            unique_key=f"silent:{public_id}:{today:%Y%m}",
            title=N_("Sudah lebih dari 30 hari tanpa sesi bersama %(name)s", name=people[mentee_id].full_name),
            body=N_("Hubungi mentee Anda. Percakapan singkat lewat telepon juga boleh dicatat."),
        )
    return len(found)
