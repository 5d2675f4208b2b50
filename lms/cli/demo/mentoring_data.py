"""Demo data of mentoring: pairings in every district, with sessions of the last months in every state."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from lms.competencies.queries import gaps_of
from lms.core import clock
from lms.core.actor import SYSTEM, Actor, ActorGrant, Role
from lms.core.errors import DomainError
from lms.identity.models import Account, Grant
from lms.identity.policies import permissions_of
from lms.mentoring import queries, services
from lms.mentoring.models import Pairing, SessionLog, SessionMedium, SessionState
from lms.people.models import Employee, EmployeeStatus, OrganisationalUnit, Position

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context
    from lms.mentoring.queries import Person

PAIRINGS: Final = 25
SHOWN: Final = 5  # mentees of the mentor whose account is shown to visitors
# Days before today of each session, newest last, and what became of the newest.
STORIES: Final = (
    ((75, 58, 40, 23, 6), "recorded"),
    ((96, 78, 47), "confirmed"),  # silent since
    ((61, 34, 12), "disputed"),
    ((52, 20, 15, 9), "confirmed"),  # three in one month: the third brings no JP
    ((), ""),  # just paired
    ((88, 66, 45, 24, 4), "confirmed"),
)
TALKS: Final = (
    (
        "aduan",
        "Menyimak dua aduan di loket. Warga sudah diterima dengan tenang, tetapi tanggal janji kabar belum ditulis.",
        "Tangani satu aduan penuh, catat keempat kolom",
    ),
    (
        "surat",
        "Memeriksa sepuluh surat keterangan bersama. Tiga belum memuat dasar permohonan.",
        "Susun daftar periksa surat keterangan satu halaman",
    ),
    (
        "skm",
        "Membaca hasil survei kepuasan triwulan lalu. Unsur waktu pelayanan paling rendah.",
        "Usulkan satu perbaikan antrean kepada lurah",
    ),
    (
        "komunikasi",
        "Berlatih menjawab keberatan warga tentang antrean. Nada suara sudah lebih tenang.",
        "Pimpin penjelasan alur layanan pada apel Senin",
    ),
    ("arsip", "Menata arsip surat masuk bulan ini menurut kode klasifikasi.", "Selesaikan arsip dua bulan sebelumnya"),
    (
        "digital",
        "Mencoba pencatatan aduan di aplikasi. Mentee sudah dapat membuat rekap sendiri.",
        "Buat rekap mingguan dan kirim setiap Jumat",
    ),
)
NOTES: Final = ("Perlu dorongan untuk berani memutuskan sendiri.", "", "Siap diberi tanggung jawab lebih besar.", "")
MEDIA: Final = (SessionMedium.IN_PERSON, SessionMedium.IN_PERSON, SessionMedium.PHONE, SessionMedium.ONLINE)


@dataclass(frozen=True, slots=True)
class _Mentor:
    actor: Actor
    public_id: str
    path: str


def build(session: Session, context: Context) -> None:
    """Pair about 25 people and let them meet; deterministic, through the services."""
    if session.scalar(select(Pairing.id).limit(1)) is not None:
        return
    rng = random.Random(f"bina/mentoring/{context.region.seed}")  # noqa: S311 -- repeatable demo, no secret
    mentors = _mentors(session)
    held = {mentor.actor.employee_id for mentor in mentors}
    shown = context.made.get("showcase", {})
    known = {name: context.employees[key].id for name, key in shown.items() if key in context.employees}
    mentors.sort(key=lambda mentor: (mentor.actor.employee_id != known.get("mentor"), mentor.actor.employee_id))
    free = _mentees(session, held, first=known.get("pegawai"))
    made = 0
    for number, mentor in enumerate(mentors):
        wanted = SHOWN if number == 0 else 2
        for public_id in [one for one, path in free.items() if path.startswith(mentor.path)]:
            if wanted == 0 or made == PAIRINGS:
                break
            if _story(session, context, mentor, public_id, number=made, rng=rng):
                del free[public_id]
                made, wanted = made + 1, wanted - 1
    _end_some(session, context)
    context.made["pairings"] = made


def _mentors(session: Session) -> list[_Mentor]:
    rows = session.execute(
        select(Account.id, Employee.id, Employee.public_id, OrganisationalUnit.path)
        .join(Grant, Grant.account_id == Account.id)
        .join(Employee, Employee.id == Account.employee_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Grant.unit_id)
        .where(Grant.role == Role.MENTOR, Grant.revoked_at.is_(None), Employee.is_active.is_(True))
        .order_by(Employee.id)
    )
    permissions = permissions_of(Role.MENTOR)
    return [
        _Mentor(Actor(row[0], row[1], grants=(ActorGrant(Role.MENTOR, row[3], permissions),)), row[2], row[3])
        for row in rows
    ]


def _mentees(session: Session, mentors: set[int | None], *, first: int | None) -> dict[str, str]:
    """Return people who may be accompanied, mixed over the units: public id to unit path."""
    rows = session.execute(
        select(Employee.id, Employee.public_id, OrganisationalUnit.path)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .join(Position, Position.id == Employee.position_id)
        .where(Employee.is_active.is_(True), Employee.status != EmployeeStatus.EXTERNAL, Position.is_head.is_(False))
        .order_by(Employee.id)
    )
    by_unit: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for employee_id, public_id, path in rows:
        if employee_id not in mentors:
            by_unit[path].append((employee_id, public_id))
    mixed = [(one, path) for turn in range(6) for path, people in by_unit.items() for one in people[turn : turn + 1]]
    mixed.sort(key=lambda pair: pair[0][0] != first)
    return {one[1]: path for one, path in mixed}


def _story(
    session: Session, context: Context, mentor: _Mentor, mentee_public_id: str, *, number: int, rng: random.Random
) -> bool:
    days, ending = STORIES[number % len(STORIES)]
    today = context.today
    mentee = queries.get_mentee(session, SYSTEM, mentee_public_id)
    if mentee is None:
        return False
    starts_on = today - timedelta(days=(days[0] + 6) if days else 5)
    try:
        pairing = services.create_pairing(
            session, SYSTEM, mentee_public_id=mentee_public_id, mentor_public_id=mentor.public_id,
            data=_plan(session, mentor, mentee, starts_on, today), now=context.now,
        )  # fmt: skip
    except DomainError:
        return False  # one reporting line: the next in the list is asked
    pairing.created_at = clock.day_start(starts_on, mentee.zone) + timedelta(hours=9)
    for turn, back in enumerate(days):
        log = _meet(session, context, mentor, pairing, mentee, back=back, turn=number + turn, rng=rng)
        last = turn == len(days) - 1
        reader = Actor(None, mentee.id)
        if last and ending == "disputed":
            services.dispute_session(
                session, reader, log.public_id, note="Waktunya hanya 30 menit, bukan satu jam.", now=context.now
            )
        elif not last or ending == "confirmed":
            services.confirm_session(session, reader, log.public_id, now=log.recorded_at + timedelta(hours=3))
    return True


def _plan(session: Session, mentor: _Mentor, mentee: Person, starts_on: date, today: date) -> services.PairingData:
    gaps = gaps_of(session, mentee.id, today)
    for gap in gaps[:4]:
        level = queries.level_of(session, mentor.actor.employee_id or 0, gap.competency_id, today)
        if level is None or level >= gap.required:
            return services.PairingData(gap.competency_id, gap.required, "", starts_on, starts_on + timedelta(days=182))
    return services.PairingData(
        None, None, "Melayani aduan warga sampai tuntas", starts_on, starts_on + timedelta(days=182)
    )


def _meet(
    session: Session,
    context: Context,
    mentor: _Mentor,
    pairing: Pairing,
    mentee: Person,
    *,
    back: int,
    turn: int,
    rng: random.Random,
) -> SessionLog:
    day = context.today - timedelta(days=back)
    # One mentor's meetings of a day never meet: each pairing has an hour of its own.
    hour = 8 + pairing.id % 8
    starts_at = datetime.combine(day, time(hour, rng.choice((0, 5, 10))), tzinfo=clock.zone(mentee.zone))
    topic, discussion, step = TALKS[turn % len(TALKS)]
    data = services.SessionData(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=rng.choice((30, 45, 45))),
        medium=MEDIA[turn % len(MEDIA)],
        topics=(topic,),
        discussion=discussion,
        next_step=step,
        next_on=day + timedelta(days=14),
        private_note=NOTES[turn % len(NOTES)],
    )
    written = data.ends_at + timedelta(minutes=5)
    return services.record_session(
        session, mentor.actor, [pairing.public_id], data=data, client_id=f"demo-{turn}-{back}", now=written
    )[0]


def _end_some(session: Session, context: Context) -> None:
    """End two pairings in which every session is confirmed, and withdraw one log written by mistake."""
    open_ones = select(SessionLog.pairing_id).where(SessionLog.state != SessionState.CONFIRMED)
    done = session.scalars(
        select(Pairing)
        .where(Pairing.id.in_(select(SessionLog.pairing_id)), Pairing.id.not_in(open_ones))
        .order_by(Pairing.id.desc())
        .limit(2)
    ).all()
    for pairing, reason in zip(done, ("Tujuan sudah tercapai.", "Mentor pindah tugas."), strict=False):
        services.end_pairing(session, SYSTEM, pairing.public_id, reason=reason, now=context.now)
