"""Acts of one who takes an assessment: start, hand in; and the closing of what ran out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.assessments import queries
from lms.assessments.events import AttemptSubmitted
from lms.assessments.models import Assessment, Attempt, AttemptItem, AttemptState, Item, ItemVersion
from lms.assessments.policies import attempts_taken_by
from lms.assessments.rules import (
    GRACE,
    Phase,
    SittingRefusal,
    StartRefusal,
    draw,
    kind_of,
    phase,
    seeded,
    start_refusal,
)
from lms.core import sessions
from lms.core.actor import SYSTEM, Actor
from lms.core.audit import record
from lms.core.errors import NotFound, Refused
from lms.core.events import publish
from lms.core.ids import new_public_id
from lms.core.jobs import enqueue
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.assessments.queries import AssessmentFacts

_ITEM = cast("Table", AttemptItem.__table__)
REFUSALS = {
    StartRefusal.NOT_ACTIVE: N_("Kepesertaan Anda tidak aktif. Ujian hanya untuk peserta yang aktif."),
    StartRefusal.PASSED: N_("Anda sudah lulus. Ujian ini tidak perlu diulang."),
    StartRefusal.NONE_LEFT: N_("Percobaan Anda sudah habis. Hubungi instruktur pelatihan ini."),
    StartRefusal.WAIT: N_("Percobaan berikutnya belum dibuka. Tunggu sampai jedanya selesai."),
    StartRefusal.LESSONS_FIRST: N_("Selesaikan semua materi dahulu. Sesudah itu ujian terbuka."),
    StartRefusal.TOO_FEW_ITEMS: N_("Soalnya belum cukup. Kami sudah mencatatnya; hubungi instruktur."),
}
SITTING_REFUSALS = {
    SittingRefusal.NONE_FOR_YOU: N_("Belum ada sesi ujian untuk Anda. Tanyakan jadwalnya kepada instruktur."),
    SittingRefusal.NOT_OPEN: N_("Sesi ujian belum dibuka. Halaman ini menunjukkan waktunya."),
    SittingRefusal.START_CLOSED: N_("Batas waktu mulai sudah lewat. Hubungi pengawas ujian."),
    SittingRefusal.ENDED: N_("Sesi ujian sudah ditutup. Hubungi pengawas ujian."),
    SittingRefusal.PAUSED: N_("Ujian sedang dijeda. Tunggu sampai pengawas melanjutkannya."),
    SittingRefusal.WRONG_CODE: N_("Kode masuk ujian belum tepat. Tanyakan kode itu kepada pengawas."),
    SittingRefusal.WRONG_PLACE: N_("Ujian ini hanya dapat dimulai dari ruang ujian. Hubungi pengawas."),
}
NOT_YOURS = N_("Ujian itu tidak ada, atau bukan milik Anda.")


def start_attempt(
    session: Session,
    actor: Actor,
    *,
    enrolment_public_id: str,
    code: str,
    now: datetime,
    access_code: str = "",
    address: str = "",
) -> str:
    """Return the public id of one's open attempt, made now or held already.

    Args:
        access_code: as typed, where the sitting asks for one.
        address: of the device, where the sitting is bound to a place.

    Raises: NotFound: no such assessment in one's own enrolment; Refused: a rule says no.
    Concurrency: the schema lets one open attempt through per assessment and enrolment; the others
        who start at the same moment wait for it and get it. An attempt whose time ran out is closed first.
    """
    facts = queries.get_assessment(session, actor, enrolment_public_id, code)
    if facts is None:
        raise NotFound(NOT_YOURS)
    candidates = queries.list_candidates(session, bank_id=facts.bank_id, kind=facts.kind)
    for _round in range(3):
        held = queries.list_attempts(session, assessment_id=facts.id, enrolment_id=facts.enrolment_id)
        running = next((line for line in held if line.state is AttemptState.OPEN), None)
        if running is not None:
            if running.phase(now) is not Phase.OVER:
                _stay_awake(session, actor, until=running.deadline_at + GRACE)
                return running.public_id
            close_attempt(session, running.id, now=now)
            continue
        # A pause waits for those who start at this moment, and they for it.
        place = queries.place_of(session, facts, employee_id=actor.employee_id or -1, now=now, lock=True)
        sitting = queries.sitting_of(
            session, facts, held, items_ready=len(candidates), extra_attempts=place.plan.extra_attempts
        )
        refusal = start_refusal(sitting, now=now)
        if refusal is not None:
            raise Refused(REFUSALS[refusal])
        barred = place.refusal(now=now, typed=access_code, address=address)
        if barred is not None:
            raise Refused(SITTING_REFUSALS[barred])
        deadline_at = place.plan.deadline(now)
        made = _insert_attempt(
            session, facts, employee_id=actor.employee_id or -1, number=len(held) + 1, now=now,
            deadline_at=deadline_at, sitting_id=place.sitting_id,
        )  # fmt: skip
        if made is None:
            continue  # somebody was faster: the next round finds their row
        attempt_id, public_id = made
        seen = _times_seen(session, employee_id=actor.employee_id or -1, bank_id=facts.bank_id)
        drawn = draw(candidates, facts.draw_count, seed=public_id, seen=seen)
        _insert_items(session, facts, attempt_id=attempt_id, drawn=drawn, seed=public_id)
        _stay_awake(session, actor, until=deadline_at + GRACE)
        enqueue(
            session,
            "assessments.close_attempt",
            unique_key=f"assessments.close:{attempt_id}",
            run_after=deadline_at + GRACE,
            attempt_id=attempt_id,
        )
        record(
            session, actor, action="attempt.start", subject=("attempt", attempt_id), person_id=actor.employee_id,
            after={
                "assessment": facts.public_id, "number": len(held) + 1, "extra_minutes": place.plan.extra_minutes,
            }, at=now,
        )  # fmt: skip
        return public_id
    raise Refused(N_("Ujian sedang dimulai di perangkat lain. Coba sekali lagi."))


def _stay_awake(session: Session, actor: Actor, *, until: datetime) -> None:
    """Keep the short idle limit of a shared computer from ending the session in the middle of an exam."""
    if actor.session_id is not None:
        sessions.keep_awake(session, session_id=actor.session_id, until=until)


def _insert_attempt(
    session: Session, facts: AssessmentFacts, *, employee_id: int, number: int, now: datetime, deadline_at: datetime,
    sitting_id: int | None,
) -> tuple[int, str] | None:  # fmt: skip
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = session.execute(
        dialect.insert(Attempt)
        .values(
            public_id=new_public_id(),
            assessment_id=facts.id,
            enrolment_id=facts.enrolment_id,
            employee_id=employee_id,
            number=number,
            state=AttemptState.OPEN,
            started_at=now,
            deadline_at=deadline_at,
            sitting_id=sitting_id,
        )
        # Any of the two constraints, one open attempt and the number, may be the one that says no.
        .on_conflict_do_nothing()
        .returning(Attempt.id, Attempt.public_id)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _times_seen(session: Session, *, employee_id: int, bank_id: int) -> dict[int, int]:
    rows = session.execute(
        select(Item.id, func.count(AttemptItem.id))
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(AttemptItem, AttemptItem.item_version_id == ItemVersion.id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.employee_id == employee_id, Item.bank_id == bank_id)
        .group_by(Item.id)
    )
    return {item_id: count for item_id, count in rows}  # noqa: C416 -- rows are no pairs to mypy


def _insert_items(session: Session, facts: AssessmentFacts, *, attempt_id: int, drawn: list[int], seed: str) -> None:
    versions = {
        item_id: (version_id, kind, body)
        for item_id, version_id, kind, body in session.execute(
            select(Item.id, ItemVersion.id, ItemVersion.kind, ItemVersion.body)
            .join(ItemVersion, ItemVersion.id == Item.current_version_id)
            .where(Item.id.in_(drawn))
        )
    }
    rows = []
    for number, item_id in enumerate(drawn, 1):
        version_id, kind, body = versions[item_id]
        order = kind_of(kind).order(body, seeded(f"{seed}:{number}"), shuffles=facts.shuffles_options)
        rows.append({
            "public_id": new_public_id(), "attempt_id": attempt_id, "position_order": number,
            "item_version_id": version_id, "option_order": order, "is_flagged": False, "revision": 0,
            "has_conflict": False,
        })  # fmt: skip
    session.execute(insert(AttemptItem), rows)


def submit_attempt(session: Session, actor: Actor, *, public_id: str, now: datetime) -> None:
    """Hand in one's own attempt; a second call changes nothing.

    After the grace the attempt ends as one whose time ran out, with what was received.

    Raises: NotFound: no such attempt of one's own.
    Concurrency: holds the attempt's row, so that a save is either before or after.
    """
    attempt_id = session.execute(
        select(Attempt.id).where(Attempt.public_id == public_id, attempts_taken_by(actor))
    ).scalar_one_or_none()
    if attempt_id is None:
        raise NotFound(NOT_YOURS)
    _close(session, attempt_id, now=now, handed_in=True, actor=actor)


def close_attempt(session: Session, attempt_id: int, *, now: datetime) -> bool:
    """Close an attempt whose time and grace are over; return whether this call did it."""
    return _close(session, attempt_id, now=now, handed_in=False, actor=None)


def _close(session: Session, attempt_id: int, *, now: datetime, handed_in: bool, actor: Actor | None) -> bool:
    row = session.execute(
        select(
            Attempt.state, Attempt.deadline_at, Attempt.paused_at, Attempt.employee_id, Attempt.enrolment_id,
            Attempt.assessment_id, Assessment.kind, Assessment.pass_percent,
        )
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=Attempt)
    ).one_or_none()  # fmt: skip
    if row is None or row.state is not AttemptState.OPEN:
        return False
    where = phase(is_open=True, deadline_at=row.deadline_at, now=now, paused_at=row.paused_at)
    if where is not Phase.OVER and not handed_in:
        return False
    ran_out = where is Phase.OVER
    ended_at = row.deadline_at if ran_out else now
    score = queries.read_scores(session, {attempt_id: row.pass_percent})[attempt_id]
    session.execute(
        update(_ITEM).where(_ITEM.c.id == bindparam("row_id")).values(mark=bindparam("row_mark")),
        [{"row_id": item_id, "row_mark": mark} for item_id, mark in score.marks.items()],
    )
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id)
        .values(
            state=AttemptState.EXPIRED if ran_out else AttemptState.SUBMITTED,
            paused_at=None,
            submitted_at=ended_at,
            graded_at=now,
            score=score.score,
            max_score=score.max_score,
            percent=score.percent,
            passed=score.passed,
        )
        .execution_options(synchronize_session=False)
    )
    record(
        session, actor or SYSTEM, action="attempt.expire" if ran_out else "attempt.submit",
        subject=("attempt", attempt_id), person_id=row.employee_id,
        after={"percent": score.percent, "passed": score.passed}, at=now,
    )  # fmt: skip
    publish(
        session,
        AttemptSubmitted(
            attempt_id=attempt_id,
            employee_id=row.employee_id,
            enrolment_id=row.enrolment_id,
            assessment_id=row.assessment_id,
            kind=row.kind.value,
            passed=score.passed,
            percent=score.percent,
            submitted_at=ended_at,
        ),
    )
    return True
