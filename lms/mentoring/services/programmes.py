"""Making, joining and closing a programme."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from lms.core import clock
from lms.core.actor import Actor, Permission
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.jobs import enqueue
from lms.core.text import N_, Text
from lms.mentoring import queries
from lms.mentoring.models import (
    MemberRole,
    MentoringProgramme,
    ProgrammeForm,
    ProgrammeMember,
    ProgrammeState,
)
from lms.mentoring.rules import (
    CAPACITY_MAX,
    RHYTHMS,
    WISHES_MAX,
    JoinRefusal,
    ProgrammeRefusal,
    join_refusal,
    programme_refusal,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_REFUSALS: Final[dict[ProgrammeRefusal, tuple[str, Text]]] = {
    ProgrammeRefusal.DATES: ("sampai", N_("Hari akhir harus sesudah hari mulai. Periksa kedua tanggal.")),
    ProgrammeRefusal.TOO_LONG: ("sampai", N_("Program paling lama satu tahun. Pilih hari akhir yang lebih dekat.")),
    ProgrammeRefusal.JOIN_AFTER_END: ("gabung", N_("Batas bergabung jatuh sesudah program berakhir.")),
    ProgrammeRefusal.TOO_MANY_SESSIONS: (
        "minimal", N_("Masa program tidak cukup untuk sesi sebanyak itu. Kurangi sesinya atau perpanjang masanya."),
    ),
}  # fmt: skip
_JOIN: Final[dict[JoinRefusal, Text]] = {
    JoinRefusal.CLOSED: N_("Program ini sudah ditutup. Pilih program lain."),
    JoinRefusal.TOO_LATE: N_("Batas bergabung sudah lewat. Hubungi koordinator program."),
    JoinRefusal.OUTSIDE: N_("Program ini untuk pegawai di unitnya saja. Unit Anda tidak termasuk."),
    JoinRefusal.NO_MENTOR_RIGHT: N_("Anda belum memegang tugas mentor di unit program ini. Hubungi koordinator."),
}
ABOUT_MAX = 300


@dataclass(frozen=True, slots=True)
class ProgrammeData:
    """What a coordinator lays down for a programme."""

    unit_public_id: str
    name: str
    purpose: str
    form: ProgrammeForm
    starts_on: date
    ends_on: date
    join_until_on: date
    rhythm_days: int
    min_session_count: int


@dataclass(frozen=True, slots=True)
class JoinData:
    """What somebody says on joining.

    Args:
        capacity: mentees that a mentor takes on; not read for a mentee.
        wishes: public ids of members of the other role, at most three.
    """

    role: MemberRole
    capacity: int = 0
    is_paused: bool = False
    about: str = ""
    wishes: tuple[str, ...] = ()


def _check(data: ProgrammeData) -> None:
    faults: dict[str, Text] = {}
    if not data.name.strip() or len(data.name.strip()) > 160:
        faults["nama"] = N_("Tulis nama program, paling banyak 160 huruf.")
    if not data.purpose.strip() or len(data.purpose.strip()) > 600:
        faults["tujuan"] = N_("Tulis tujuan program, paling banyak 600 huruf.")
    if data.rhythm_days not in RHYTHMS:
        faults["irama"] = N_("Pilih irama pertemuan dari daftar.")
    if not 1 <= data.min_session_count <= 60:
        faults["minimal"] = N_("Jumlah sesi dari 1 sampai 60.")
    if not faults:
        refusal = programme_refusal(
            starts_on=data.starts_on, ends_on=data.ends_on, join_until_on=data.join_until_on,
            rhythm_days=data.rhythm_days, min_session_count=data.min_session_count,
        )  # fmt: skip
        if refusal is not None:
            faults = dict([_REFUSALS[refusal]])
    if faults:
        raise Invalid("", fields=faults)


def _fill(programme: MentoringProgramme, data: ProgrammeData) -> None:
    programme.name, programme.purpose, programme.form = data.name.strip(), data.purpose.strip(), data.form
    programme.starts_on, programme.ends_on, programme.join_until_on = data.starts_on, data.ends_on, data.join_until_on
    programme.rhythm_days, programme.min_session_count = data.rhythm_days, data.min_session_count


def create_programme(
    session: Session, actor: Actor, data: ProgrammeData, *, now: datetime | None = None
) -> MentoringProgramme:
    """Begin a programme in preparation.

    Raises: Forbidden; Invalid: the unit is not coordinated by the actor, dates, numbers or texts.
    """
    if not actor.may(Permission.PAIRING_MANAGE):
        raise Forbidden(N_("Menyusun program adalah tugas koordinator mentoring."))
    unit_ids = {one[0]: one[2] for one in queries.list_programme_units(session, actor)}
    if data.unit_public_id not in unit_ids:
        raise Invalid("", fields={"unit": N_("Pilih unit yang Anda koordinasi.")})
    _check(data)
    moment = now or clock.now()
    programme = MentoringProgramme(
        unit_id=unit_ids[data.unit_public_id], state=ProgrammeState.PREPARATION, weights={}, report_counts={},
        created_by_id=actor.employee_id, created_at=moment,
    )  # fmt: skip
    _fill(programme, data)
    session.add(programme)
    session.flush()  # the audit row needs the id
    record(session, actor, action="programme.create", subject=("mentoring_programme", programme.id), at=moment)
    return programme


def _managed(session: Session, actor: Actor, public_id: str) -> MentoringProgramme:
    programme = queries.lock_programme(session, actor, public_id, to_manage=True)
    if programme is None:
        raise NotFound(N_("Program ini tidak ada dalam wilayah yang Anda koordinasi."))
    return programme


def change_programme(
    session: Session, actor: Actor, public_id: str, data: ProgrammeData, *, now: datetime | None = None
) -> MentoringProgramme:
    """Change a programme that is not closed; pairings already made keep their own dates.

    Raises: NotFound; Refused: closed; Invalid.
    """
    programme = _managed(session, actor, public_id)
    if programme.state is ProgrammeState.CLOSED:
        raise Refused(_JOIN[JoinRefusal.CLOSED])
    _check(data)
    before = {"starts_on": programme.starts_on.isoformat(), "ends_on": programme.ends_on.isoformat()}
    _fill(programme, data)
    record(
        session, actor, action="programme.change", subject=("mentoring_programme", programme.id),
        at=now or clock.now(), before=before,
        after={"starts_on": data.starts_on.isoformat(), "ends_on": data.ends_on.isoformat()},
    )  # fmt: skip
    return programme


def _wished(session: Session, programme_id: int, employee_id: int, data: JoinData) -> list[int]:
    other = MemberRole.MENTEE if data.role is MemberRole.MENTOR else MemberRole.MENTOR
    wanted = list(dict.fromkeys(one for one in data.wishes if one))
    if len(wanted) > WISHES_MAX:
        raise Invalid("", fields={"harapan": N_("Pilih paling banyak tiga orang.")})
    known = {one.public_id: one.person.id for one in queries.list_members(session, programme_id, other, limit=2000)}
    if any(one not in known or known[one] == employee_id for one in wanted):
        raise Invalid("", fields={"harapan": N_("Pilih orang dari daftar peserta program ini.")})
    return [known[one] for one in wanted]


def join_programme(
    session: Session, actor: Actor, public_id: str, data: JoinData, *, now: datetime | None = None
) -> ProgrammeMember:
    """Join a programme, or change what one said; a second call with the same words changes nothing.

    Raises: Forbidden: an account without a person; NotFound; Refused: closed, too late, outside, no mentor's
        role; Invalid: capacity, wishes, text.
    Concurrency: holds the programme's row; one row per person and role by its unique constraint.
    """
    if actor.employee_id is None:
        raise Forbidden(N_("Akun ini tidak terhubung dengan pegawai."))
    programme = queries.lock_programme(session, actor, public_id, to_manage=False)
    row = queries.get_programme(session, actor, public_id)
    if programme is None or row is None:
        raise NotFound(N_("Program ini tidak ada, atau bukan untuk unit Anda."))
    moment = now or clock.now()
    as_mentor = data.role is MemberRole.MENTOR
    member = queries.get_member(session, programme.id, actor.employee_id, data.role)
    held = member is not None and member.left_at is None
    most = CAPACITY_MAX[programme.form.value]
    refusal = join_refusal(
        state=programme.state.value,
        # Who is in already may change wishes, capacity and pause until the end.
        join_until_on=programme.ends_on if held else programme.join_until_on,
        today=clock.local_day(moment, row.zone),
        inside=actor.unit_path is not None and actor.unit_path.startswith(row.unit_path),
        as_mentor=as_mentor,
        may_mentor=any(
            path.startswith(row.unit_path) or row.unit_path.startswith(path) for path in actor.scope(Permission.MENTOR)
        ),
        capacity=data.capacity,
        capacity_max=most,
    )
    if refusal is JoinRefusal.CAPACITY:
        raise Invalid("", fields={"daya": N_("Daya tampung dari 1 sampai %(most)s mentee.", most=most)})
    if refusal is not None:
        raise Refused(_JOIN[refusal])
    if len(data.about.strip()) > ABOUT_MAX:
        raise Invalid("", fields={"tentang": N_("Tulis paling banyak %(count)s huruf.", count=ABOUT_MAX)})
    wishes = _wished(session, programme.id, actor.employee_id, data)
    if member is None:
        member = ProgrammeMember(
            programme_id=programme.id, employee_id=actor.employee_id, role=data.role, joined_at=moment
        )
        session.add(member)
    if not held:
        member.joined_at, member.left_at = moment, None
    member.capacity = data.capacity if as_mentor else 0
    member.is_paused = data.is_paused and as_mentor
    member.about, member.wishes = data.about.strip(), wishes
    session.flush()  # the audit row needs the id
    record(
        session, actor, action="programme.join" if not held else "programme.profile",
        subject=("mentoring_programme", programme.id), person_id=actor.employee_id, at=moment,
        after={"role": data.role.value, "capacity": member.capacity, "paused": member.is_paused},
    )  # fmt: skip
    return member


def leave_programme(
    session: Session, actor: Actor, public_id: str, role: MemberRole, *, now: datetime | None = None
) -> None:
    """Leave a programme; pairings that run stay, and a coordinator ends them. A second call changes nothing."""
    programme = queries.lock_programme(session, actor, public_id, to_manage=False)
    if programme is None or actor.employee_id is None:
        raise NotFound(N_("Program ini tidak ada, atau bukan untuk unit Anda."))
    member = queries.get_member(session, programme.id, actor.employee_id, role)
    if member is None or member.left_at is not None:
        return
    moment = now or clock.now()
    member.left_at = moment
    record(
        session, actor, action="programme.leave", subject=("mentoring_programme", programme.id),
        person_id=actor.employee_id, at=moment, after={"role": role.value},
    )  # fmt: skip


def close_programme(
    session: Session, actor: Actor, public_id: str, *, report: str, now: datetime | None = None
) -> MentoringProgramme:
    """Close a programme with its report; the numbers of the day are kept, and its pairings end in a job.

    Raises: NotFound; Invalid: no report; Conflict: closed before, or a run is at work.
    """
    programme = _managed(session, actor, public_id)
    if programme.state is ProgrammeState.CLOSED:
        raise Conflict(N_("Program ini sudah ditutup sebelumnya. Bukalah untuk membaca laporannya."))
    if queries.exists_busy_run(session, programme.id):
        raise Conflict(N_("Pemasangan masih berjalan. Tunggu sampai selesai, lalu tutup program."))
    text = report.strip()
    if not text or len(text) > 4000:
        raise Invalid("", fields={"laporan": N_("Tulis laporan penutup, paling banyak 4.000 huruf.")})
    moment = now or clock.now()
    counts: dict[str, Any] = asdict(
        queries.health_of(session, programme, today=clock.local_day(moment, clock.DEFAULT_ZONE))
    )
    for role in MemberRole:
        counts[f"{role.value}s"] = queries.count_members(session, programme.id, role)
    programme.state, programme.closed_at = ProgrammeState.CLOSED, moment
    programme.report, programme.report_counts = text, counts
    record(session, actor, action="programme.close", subject=("mentoring_programme", programme.id), at=moment)
    enqueue(
        session, "mentoring.end_programme", unique_key=f"end-programme:{programme.public_id}:0",
        programme_id=programme.id, turn=0,
    )  # fmt: skip
    return programme
