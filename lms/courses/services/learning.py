"""Learning: reading places, finished lessons, and the end of a course."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from lms.core import clock
from lms.core.actor import SYSTEM, Actor
from lms.core.errors import NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_
from lms.courses import queries
from lms.courses.events import EnrolmentCompleted
from lms.courses.models import Enrolment, EnrolmentState, LearningDay, LessonProgress
from lms.courses.rules import Act, clamp_permille, spread_minutes
from lms.courses.services import line
from lms.courses.services.jp import correct_jp, credit_jp

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_MAX_ANCHOR = 80
_NOT_YET = {
    EnrolmentState.INVITED: N_("Terima dahulu undangannya, lalu mulai belajar."),
    EnrolmentState.REQUESTED: N_("Kepesertaan Anda masih menunggu persetujuan atasan."),
    EnrolmentState.APPROVED: N_("Kepesertaan Anda masih menunggu persetujuan penyelenggara."),
    EnrolmentState.WAITING: N_("Anda masih di daftar tunggu. Materi terbuka setelah Anda mendapat kursi."),
}


def _open_enrolment(session: Session, actor: Actor, public_id: str) -> Enrolment:
    enrolment = queries.lock_own_enrolment(session, actor, public_id)
    if enrolment is None:
        raise NotFound(N_("Kepesertaan ini tidak ada."))
    if enrolment.state in _NOT_YET:
        raise Refused(_NOT_YET[enrolment.state])
    if enrolment.state in {EnrolmentState.WITHDRAWN, EnrolmentState.REFUSED, EnrolmentState.NO_SHOW}:
        raise Refused(N_("Anda tidak terdaftar di pelatihan ini. Daftar dahulu dari halaman pelatihan."))
    return enrolment


def _upsert_progress(session: Session, enrolment_id: int, lesson_id: int, *, now: datetime, **values: object) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(LessonProgress).values(
        {
            "enrolment_id": enrolment_id,
            "lesson_id": lesson_id,
            "opened_at": now,
            "updated_at": now,
            "anchor": "",
            "scroll_permille": 0,
            **values,
        }
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["enrolment_id", "lesson_id"], set_={"updated_at": now, **values}
        )
    )


def save_position(
    session: Session,
    actor: Actor,
    enrolment_public_id: str,
    *,
    lesson_public_id: str,
    anchor: str,
    permille: object,
    now: datetime | None = None,
) -> None:
    """Keep where the actor reads: lesson, heading and how far down; safe to repeat.

    Raises: NotFound: no such enrolment or lesson of the actor; Refused: not taking part now.
    """
    moment = now or clock.now()
    enrolment = _open_enrolment(session, actor, enrolment_public_id)
    row = queries.get_enrolment_row(session, enrolment.id)
    assert row is not None
    outline = queries.get_outline(session, row.version_id, row.version_public_id)
    lesson = outline.lesson(lesson_public_id)
    if lesson is None:
        raise NotFound(N_("Materi ini tidak ada."))
    known = anchor if anchor and lesson.heading(anchor) else ""
    _upsert_progress(
        session,
        enrolment.id,
        lesson.id,
        now=moment,
        anchor=known[:_MAX_ANCHOR],
        scroll_permille=clamp_permille(permille),
    )
    enrolment.last_lesson_id = lesson.id
    enrolment.last_seen_at = moment


def complete_lesson(
    session: Session,
    actor: Actor,
    enrolment_public_id: str,
    lesson_public_id: str,
    *,
    now: datetime | None = None,
) -> str | None:
    """Mark a lesson as read and return the public id of the next one, or None after the last.

    The lesson's minutes count once, on the day (of the person's unit) on which it was first finished.

    Raises: NotFound: no such enrolment or lesson of the actor; Refused: not taking part now.
    Concurrency: holds the enrolment's row; a second call changes nothing.
    """
    moment = now or clock.now()
    enrolment = _open_enrolment(session, actor, enrolment_public_id)
    row = queries.get_enrolment_row(session, enrolment.id)
    assert row is not None
    outline = queries.get_outline(session, row.version_id, row.version_public_id)
    lesson = outline.lesson(lesson_public_id)
    if lesson is None:
        raise NotFound(N_("Materi ini tidak ada."))
    was_done = session.scalar(
        select(LessonProgress.completed_at).filter_by(enrolment_id=enrolment.id, lesson_id=lesson.id)
    )
    if was_done is None:
        _upsert_progress(
            session, enrolment.id, lesson.id, now=moment, completed_at=moment, anchor="", scroll_permille=1000
        )
        if enrolment.state is EnrolmentState.ACTIVE:
            note_learning(session, enrolment.id, minutes=lesson.minutes, at=moment)
    following = outline.after(lesson)
    enrolment.last_lesson_id = (following or lesson).id
    enrolment.last_seen_at = moment
    session.flush()  # completion is decided on what is stored
    complete_if_done(session, enrolment.id, now=moment)
    return following.public_id if following is not None else None


def note_learning(session: Session, enrolment_id: int, *, minutes: int, at: datetime) -> None:
    """Add minutes of learning to the day of an instant, in the zone of the person's unit."""
    employee_id = session.scalar(select(Enrolment.employee_id).filter_by(id=enrolment_id))
    assert employee_id is not None
    day = clock.local_day(at, queries.zone_of(session, employee_id))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(LearningDay).values(enrolment_id=enrolment_id, day_on=day, minutes=minutes)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["enrolment_id", "day_on"], set_={"minutes": LearningDay.minutes + minutes}
        )
    )


def complete_if_done(session: Session, enrolment_id: int, *, now: datetime | None = None) -> bool:
    """Close an enrolment when everything that its version asks for is done; return whether it was closed now.

    Credits the JP and tells packages above. Called after each finished lesson, and by `wiring.py`
    when a condition may have been met (an exam was passed).

    Concurrency: holds the enrolment's row; only the first call closes it.
    """
    moment = now or clock.now()
    enrolment = queries.lock_enrolment(session, enrolment_id)
    if enrolment is None or enrolment.state is not EnrolmentState.ACTIVE:
        return False
    row = queries.get_enrolment_row(session, enrolment_id)
    assert row is not None
    standing = queries.standing_of(session, row)
    if not standing.completion.is_complete:
        return False
    line.apply(
        session,
        SYSTEM,
        enrolment,
        Act.COMPLETE,
        now=moment,
        details={"course": row.course_code, "version": str(standing.outline.number)},
    )
    enrolment.completed_at = moment
    session.flush()  # handlers read the state
    _credit_course(session, standing, moment)
    publish(
        session,
        EnrolmentCompleted(
            enrolment_id=enrolment.id,
            employee_id=enrolment.employee_id,
            course_version_id=row.version_id,
            completed_at=moment,
        ),
    )
    return True


def take_back_completion(session: Session, enrolment_id: int, *, reason: str, now: datetime) -> bool:
    """Open a completed enrolment again, because what completed it turned out to be wrong; return whether it did.

    The JP credited for it are taken back by counter-entries. What packages above gave (levels, a certificate)
    is taken back by `wiring.py`.

    Concurrency: holds the enrolment's row; a second call finds it open.
    """
    enrolment = queries.lock_enrolment(session, enrolment_id)
    if enrolment is None or enrolment.state is not EnrolmentState.COMPLETED:
        return False
    line.apply(session, SYSTEM, enrolment, Act.TAKE_BACK, now=now, reason=reason)
    enrolment.completed_at = None
    session.flush()  # handlers read the state
    for public_id in queries.list_standing_entries(session, "enrolment", enrolment_id):
        correct_jp(session, SYSTEM, public_id, reason=reason, now=now)
    return True


def resume_failed(session: Session, enrolment_id: int, *, now: datetime) -> bool:
    """Let an enrolment that had failed go on, because what failed it turned out to be wrong; then complete it.

    Returns: whether it is completed now.
    """
    enrolment = queries.lock_enrolment(session, enrolment_id)
    if enrolment is not None and enrolment.state is EnrolmentState.FAILED:
        line.apply(session, SYSTEM, enrolment, Act.REOPEN, now=now, reason="Kunci soal dibetulkan.")
    return complete_if_done(session, enrolment_id, now=now)


def _credit_key(session: Session, enrolment_id: int) -> str:
    """Return the key of the next credit of an enrolment: one that was taken back may be earned again."""
    key, count = f"enrolment:{enrolment_id}", 1
    while (held := queries.get_entry_by_key(session, key)) is not None:
        if queries.get_entry_by_key(session, f"counter:{held.public_id}") is None:
            break
        count += 1
        key = f"enrolment:{enrolment_id}:{count}"
    return key


def _credit_course(session: Session, standing: queries.Standing, moment: datetime) -> None:
    row, outline = standing.enrolment, standing.outline
    day = clock.local_day(moment, queries.zone_of(session, row.employee_id))
    days = spread_minutes(queries.learning_minutes(session, row.id), total=outline.minutes, on=day)
    repeated = queries.exists_credit_for_course(session, row.employee_id, row.course_id, year=day.year)
    credit_jp(
        session,
        employee_id=row.employee_id,
        learning_form=outline.learning_form,
        label=outline.title,
        source_kind="enrolment",
        source_id=row.id,
        unique_key=_credit_key(session, row.id),
        days=days or {day: 0},
        programme_jp=0 if repeated else outline.credit_jp,
        note="Pelatihan yang sama sudah dihitung tahun ini." if repeated else "",
        now=moment,
    )
