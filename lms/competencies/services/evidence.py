"""Writes of evidence: append-only, once per fact, with the standard of its day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from lms.competencies import queries, rules
from lms.competencies.events import EvidenceRecorded
from lms.competencies.models import Competency, CompetencyRecord, EvidenceKind, EvidenceSource
from lms.competencies.policies import can_appraise
from lms.core import clock
from lms.core.actor import SYSTEM, Actor, Permission
from lms.core.audit import record as record_audit
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.events import publish
from lms.core.ids import new_public_id
from lms.core.text import N_
from lms.notifications.services import notify

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

KIND_OF_SOURCE = {
    EvidenceSource.SELF: EvidenceKind.SELF,
    EvidenceSource.SUPERVISOR: EvidenceKind.APPRAISAL,
    EvidenceSource.MENTORING: EvidenceKind.APPRAISAL,
}
NOTE_MIN, NOTE_MAX = 10, 1000


def record_evidence(
    session: Session,
    actor: Actor,
    *,
    employee_id: int,
    competency_id: int,
    level: int,
    kind: EvidenceKind,
    source: EvidenceSource,
    assessed_on: date,
    unique_key: str,
    source_label: str = "",
    source_kind: str = "",
    source_id: int | None = None,
    strength: int | None = None,
    note: str = "",
    assessor_id: int | None = None,
    corrects_id: int | None = None,
    is_void: bool = False,
) -> CompetencyRecord:
    """Add one row of evidence with the job and the standard of its day; a fact told again changes nothing.

    The caller has checked that the actor may do this.

    Args:
        level: 0 (seen, level 1 not yet shown) to 5.
        strength: 1 to 5; by source when left out.
        unique_key: names the fact, such as `course:<enrolment>:<competency>`.
        assessor_id: who judged; None for computed evidence.

    Returns: the row; the one of the first call when the key was taken.
    Raises: Invalid: level, strength, day or competency cannot be.
    Concurrency: the unique key decides; a second transaction waits and gets the first row.
    """
    _check(session, competency_id, level=level, strength=strength, assessed_on=assessed_on)
    job = queries.get_job(session, employee_id, assessed_on)
    required = None
    if job is not None:
        required = queries.required_levels(session, job.role_key, assessed_on).get(competency_id)
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "employee_id": employee_id,
        "competency_id": competency_id,
        "level": level,
        "kind": kind,
        "source": source,
        "source_label": source_label[:240],
        "source_kind": source_kind,
        "source_id": source_id,
        "strength": strength or rules.STRENGTH[source],
        "assessed_on": assessed_on,
        "recorded_at": clock.now(),
        "assessor_id": assessor_id,
        "role_key": None if job is None else job.role_key,
        "required_level": required,
        "note": note[:NOTE_MAX],
        "corrects_id": corrects_id,
        "is_void": is_void,
        "unique_key": unique_key[:120],
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = session.execute(
        dialect.insert(CompetencyRecord)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["unique_key"])
        .returning(CompetencyRecord.id)
    ).scalar_one_or_none()
    row = session.scalars(select(CompetencyRecord).where(CompetencyRecord.unique_key == values["unique_key"])).one()
    if made is None:
        return row
    record_audit(
        session,
        actor,
        action="competency_record.create",
        subject=("competency_record", row.id),
        person_id=employee_id,
        after={
            "competency_id": competency_id,
            "level": level,
            "kind": kind,
            "source": source,
            "assessed_on": assessed_on.isoformat(),
            "required_level": required,
        },
    )
    if not is_void:
        publish(
            session,
            EvidenceRecorded(row.id, employee_id, competency_id, level, kind, source, assessed_on, required),
        )
    return row


def _check(session: Session, competency_id: int, *, level: int, strength: int | None, assessed_on: date) -> None:
    if not rules.LEVEL_MIN <= level <= rules.LEVEL_MAX:
        raise Invalid(N_("Level harus dari 0 sampai 5."), fields={"level": N_("Pilih level dari 0 sampai 5.")})
    if strength is not None and not 1 <= strength <= 5:
        raise Invalid(N_("Kekuatan bukti harus dari 1 sampai 5."))
    if assessed_on > latest_day():
        raise Invalid(
            N_("Tanggal penilaian ada di masa depan."),
            fields={"assessed_on": N_("Tulis tanggal hari ini atau sebelumnya.")},
        )
    if session.get(Competency, competency_id) is None:
        raise NotFound(N_("Kompetensi ini tidak ada."))


def latest_day() -> date:
    """Return today in the zone that is furthest ahead, so that no zone is refused its own day."""
    return clock.local_day(clock.now(), "Asia/Jayapura")


def appraise(
    session: Session,
    actor: Actor,
    *,
    person_public_id: str,
    competency_public_id: str,
    level: int,
    note: str,
    assessed_on: date,
    key: str,
) -> CompetencyRecord:
    """Let a supervisor appraise one person in one competency against its indicators.

    Args:
        note: what was seen, 10 to 1,000 letters; the person reads it.
        key: one-time key of the form; the same key gives the same row.

    Raises: Forbidden: the actor appraises nobody; NotFound: the person is outside the actor's right, oneself,
        or the one for whom the actor stands in; Refused: no present job, or a day out of bounds.
    """
    if not actor.may(Permission.COMPETENCY_APPRAISE):
        raise Forbidden(N_("Penilaian diisi oleh atasan. Mintalah kewenangan kepada BKPSDM."))
    person = queries.get_appraised(session, actor, person_public_id)
    if person is None or not can_appraise(actor, person.facts):
        raise NotFound(N_("Pegawai ini tidak ada dalam daftar yang dapat Anda nilai."))
    competency = _competency(session, competency_public_id)
    note = " ".join(note.split())
    if not NOTE_MIN <= len(note) <= NOTE_MAX:
        raise Invalid(
            N_("Tulis dasar penilaian Anda."),
            fields={"note": N_("Tulis 10 sampai 1.000 huruf: perilaku apa yang Anda lihat.")},
        )
    job = queries.get_job(session, person.id, assessed_on)
    refusal = rules.appraisal_refusal(
        assessed_on=assessed_on,
        today=clock.local_day(clock.now(), actor.timezone),
        started_on=None if job is None else job.started_on,
    )
    if refusal is not None:
        message = _APPRAISAL_REFUSALS[refusal]
        raise Refused(message) if refusal == "no_job" else Invalid(message, fields={"assessed_on": message})
    on_behalf = actor.acting_for(Permission.COMPETENCY_APPRAISE, person.unit_path or "")
    row = record_evidence(
        session,
        actor,
        employee_id=person.id,
        competency_id=competency.id,
        level=level,
        kind=EvidenceKind.APPRAISAL,
        source=EvidenceSource.SUPERVISOR,
        assessed_on=assessed_on,
        unique_key=f"appraisal:{key}:{person.id}:{competency.id}",
        source_label="",
        note=note,
        assessor_id=actor.employee_id,
        source_kind="employee" if on_behalf else "",
        source_id=on_behalf,
    )
    notify(
        session,
        employee_id=person.id,
        kind="competencies.appraised",
        title=N_("Atasan menilai kompetensi Anda"),
        body=N_("Kompetensi %(name)s dinilai. Baca dasar penilaiannya.", name=competency.name),
        url="/kompetensi",
        unique_key=f"appraisal:{row.id}",
    )
    return row


_APPRAISAL_REFUSALS = {
    "no_job": N_("Pegawai ini tidak memegang jabatan pada tanggal itu."),
    "future": N_("Tulis tanggal hari ini atau sebelumnya."),
    "too_old": N_("Tulis tanggal dalam satu tahun terakhir."),
}


def _competency(session: Session, public_id: str) -> queries.CompetencyRow:
    found = queries.get_competency(session, public_id)
    if found is None:
        raise NotFound(N_("Kompetensi ini tidak ada."))
    return found


def self_assess(session: Session, actor: Actor, *, levels: Mapping[str, int], assessed_on: date, key: str) -> int:
    """Keep a person's own estimates; they are shown thin and never count into the level.

    Args:
        levels: public id of the competency to level; estimates equal to the newest own one add nothing.

    Returns: how many were new.
    Raises: Forbidden: the actor is no person.
    """
    if actor.employee_id is None:
        raise Forbidden(N_("Penilaian diri hanya untuk pegawai."))
    held = {row.public_id: row for row in queries.standing(session, actor.employee_id, assessed_on)}
    made = 0
    for public_id, level in levels.items():
        competency = _competency(session, public_id)
        before = held.get(public_id)
        if before is not None and before.self_level == level:
            continue
        record_evidence(
            session,
            actor,
            employee_id=actor.employee_id,
            competency_id=competency.id,
            level=level,
            kind=EvidenceKind.SELF,
            source=EvidenceSource.SELF,
            assessed_on=assessed_on,
            unique_key=f"self:{key}:{actor.employee_id}:{competency.id}",
            assessor_id=actor.employee_id,
        )
        made += 1
    return made


def correct_evidence(
    session: Session, actor: Actor, *, record_public_id: str, level: int | None, reason: str
) -> CompetencyRecord:
    """Put a new row in the place of a wrong one, which stays readable; `level=None` takes it back.

    Args:
        reason: why, 10 to 1,000 letters; kept with the row.

    Raises: Forbidden: only who gave an appraisal, or keeps the framework, corrects; never about oneself, save
        one's own estimate. NotFound: absent or not visible. Refused: corrected before.
    Concurrency: the unique index on `corrects_id` lets one correction through.
    """
    wrong = session.scalars(
        select(CompetencyRecord).where(CompetencyRecord.public_id == record_public_id).with_for_update()
    ).one_or_none()
    person = None if wrong is None else queries.get_person_by_id(session, wrong.employee_id)
    if wrong is None or person is None or not _may_correct(actor, wrong, person):
        raise NotFound(N_("Bukti ini tidak ada."))
    reason = " ".join(reason.split())
    if not NOTE_MIN <= len(reason) <= NOTE_MAX:
        raise Invalid(N_("Tulis alasan pembetulan."), fields={"reason": N_("Tulis 10 sampai 1.000 huruf.")})
    later = session.scalars(select(CompetencyRecord.id).where(CompetencyRecord.corrects_id == wrong.id)).first()
    if later is not None:
        raise Refused(N_("Bukti ini sudah dibetulkan. Muat ulang halaman untuk melihat yang baru."))
    return record_evidence(
        session,
        actor,
        employee_id=wrong.employee_id,
        competency_id=wrong.competency_id,
        level=wrong.level if level is None else level,
        kind=wrong.kind,
        source=wrong.source,
        assessed_on=wrong.assessed_on,
        unique_key=f"correction:{wrong.id}",
        source_label=wrong.source_label,
        source_kind=wrong.source_kind,
        source_id=wrong.source_id,
        strength=wrong.strength,
        note=reason,
        assessor_id=actor.employee_id,
        corrects_id=wrong.id,
        is_void=level is None,
    )


def _may_correct(actor: Actor, wrong: CompetencyRecord, person: queries.PersonRow) -> bool:
    if actor.is_system:
        return True
    if actor.employee_id is None:
        return False
    if wrong.employee_id == actor.employee_id:
        return wrong.kind is EvidenceKind.SELF
    if wrong.kind is EvidenceKind.APPRAISAL and wrong.assessor_id == actor.employee_id:
        return can_appraise(actor, person.facts)
    return wrong.kind is not EvidenceKind.SELF and actor.may_in(Permission.FRAMEWORK_MANAGE, person.unit_path)


def record_course_outcomes(
    session: Session,
    *,
    employee_id: int,
    outcomes: Iterable[tuple[int, int]],
    label: str,
    on: date,
    source_id: int,
) -> list[CompetencyRecord]:
    """Turn a finished course into evidence: the level of each outcome, as a measurement.

    Args:
        outcomes: pairs of competency id and level.
        label: what the person reads, such as `Lulus pelatihan Literasi Digital dan SPBE`.
        source_id: the enrolment; a second call for it changes nothing.
    """
    return [
        record_evidence(
            session,
            SYSTEM,
            employee_id=employee_id,
            competency_id=competency_id,
            level=level,
            kind=EvidenceKind.MEASUREMENT,
            source=EvidenceSource.COURSE,
            assessed_on=on,
            unique_key=_course_key(session, source_id, competency_id),
            source_label=label,
            source_kind="enrolment",
            source_id=source_id,
        )
        for competency_id, level in outcomes
    ]


def _course_key(session: Session, source_id: int, competency_id: int) -> str:
    """Return the key of the next evidence of a course: what was taken back may be shown again."""
    key, count = f"course:{source_id}:{competency_id}", 1
    while True:
        held = session.scalars(select(CompetencyRecord.id).where(CompetencyRecord.unique_key == key)).one_or_none()
        taken = (
            held is not None
            and session.scalars(
                select(CompetencyRecord.id).where(
                    CompetencyRecord.corrects_id == held, CompetencyRecord.is_void.is_(True)
                )
            ).first()
        )
        if not taken:
            return key
        count += 1
        key = f"course:{source_id}:{competency_id}:{count}"


def take_back_course_outcomes(session: Session, *, source_id: int, reason: str) -> int:
    """Take back the evidence of a course whose completion was taken back; return how many rows.

    The rows stay readable; a second call finds nothing to take back.
    """
    later = select(CompetencyRecord.corrects_id).where(CompetencyRecord.corrects_id.is_not(None))
    held = list(
        session.scalars(
            select(CompetencyRecord.public_id)
            .where(
                CompetencyRecord.source_kind == "enrolment", CompetencyRecord.source_id == source_id,
                CompetencyRecord.is_void.is_(False), CompetencyRecord.id.not_in(later),
            )
            .order_by(CompetencyRecord.id)
        )
    )  # fmt: skip
    for public_id in held:
        correct_evidence(session, SYSTEM, record_public_id=public_id, level=None, reason=reason)
    return len(held)
