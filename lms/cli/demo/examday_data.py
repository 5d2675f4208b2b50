"""Demo data of an exam day: sittings, more time for some, computed statistics.

One sitting runs at this moment with people in every state, another is over and has its record.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from lms.assessments import queries, services
from lms.assessments.models import (
    Accommodation,
    Assessment,
    AssessmentAnalysis,
    AssessmentKind,
    Attempt,
    AttemptState,
    ExamIncident,
    ExamSitting,
    ExamSpecial,
    IncidentKind,
)
from lms.assessments.services import Response
from lms.cli.demo.assessments_data import answer_of
from lms.core import sessions
from lms.core.actor import Actor, Permission
from lms.courses.models import CourseVersion, Enrolment, EnrolmentState, Offering, OfferingState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context

# How many people, minutes since their start, answers given; by state.
_PLAYS: Final = (
    ("working", 6, (22, 28, 14), 11),
    ("quiet", 2, (24, 26), 6),
    ("stuck", 2, (23, 27), 4),
    ("done", 5, (28, 29, 26), 40),
)
# Minutes between the last answer and now. Who works goes on for a while after the demo was made, so that the
# board still shows every state to one who looks at it an hour later.
_SILENT: Final = {"working": -80, "quiet": 9, "stuck": 11, "done": 4}
_REASON: Final = "penglihatan terbatas, memakai pembaca layar"


def build(session: Session, context: Context) -> None:
    """Write the exam day; nothing when there is a sitting already."""
    if session.execute(select(ExamSitting.id).limit(1)).first() is not None:
        return
    rng = random.Random(f"bina/demo/{context.region.seed}/examday")  # noqa: S311 -- repeatable, no secret
    runs = _runs(session)
    if runs:
        _today(session, context, runs, rng)
    _past(session)
    for assessment in session.scalars(select(Assessment).order_by(Assessment.id)).all():
        _analyse(session, context, assessment)


def _runs(session: Session) -> list[tuple[Offering, Assessment]]:
    """Return open runs with dates and an exam that may be begun, those with most people first."""
    rows = session.execute(
        select(Offering, Assessment)
        .join(CourseVersion, CourseVersion.id == Offering.course_version_id)
        .join(Assessment, Assessment.course_version_id == CourseVersion.id)
        .where(
            Offering.state == OfferingState.OPEN, Offering.is_self_study.is_(False),
            Assessment.kind == AssessmentKind.EXAM,
        )
        .order_by(Offering.id)
    ).all()  # fmt: skip
    people: Counter[int] = Counter(
        session.scalars(select(Enrolment.offering_id).where(Enrolment.state == EnrolmentState.ACTIVE))
    )
    return sorted(((run, exam) for run, exam in rows), key=lambda pair: -people[pair[0].id])


def _sitting(context: Context, run: Offering, exam: Assessment, *, opened_ago: int, **values: Any) -> ExamSitting:
    opens = context.now - timedelta(minutes=opened_ago)
    return ExamSitting(
        assessment_id=exam.id, offering_id=run.id, opens_at=opens, last_start_at=opens + timedelta(minutes=60),
        closes_at=opens + timedelta(minutes=200), networks=[], created_at=opens - timedelta(days=9), **values,
    )  # fmt: skip


def _today(session: Session, context: Context, runs: list[tuple[Offering, Assessment]], rng: random.Random) -> None:
    run, exam = runs[0]
    needs_lessons, exam.needs_lessons = exam.needs_lessons, False  # those who sit today have read everything
    sitting = _sitting(
        context, run, exam, opened_ago=30, time_limit_minutes=120,
        title="Ujian akhir, gelombang pagi", place="Aula BKPSDM Kota Palopo",
        access_code="PALOPO", notice="Sisa waktu tampil di kiri atas. Angkat tangan bila ada kendala.",
        notice_at=context.now - timedelta(minutes=12),
    )  # fmt: skip
    session.add(sitting)
    session.flush()  # attempts, special rules and the record point at it
    rows = session.execute(
        select(Enrolment.id, Enrolment.public_id, Enrolment.employee_id)
        .where(
            Enrolment.offering_id == run.id, Enrolment.state == EnrolmentState.ACTIVE,
            ~select(Attempt.id)
            .where(Attempt.enrolment_id == Enrolment.id, Attempt.assessment_id == exam.id)
            .exists(),
        )
        .order_by(Enrolment.id)
    ).all()  # fmt: skip
    _owed(session, context, sitting, [row.employee_id for row in rows])
    waiting = iter(rows)
    for play, count, begun, answers in _PLAYS:
        for number in range(count):
            row = next(waiting, None)
            if row is not None:
                minutes = begun[number % len(begun)]
                _play(session, context, row, exam, play=play, began=minutes, answers=answers + number, rng=rng)
    _record(session, context, sitting)
    exam.needs_lessons = needs_lessons


def _play(
    session: Session, context: Context, row: Any, exam: Assessment, *, play: str, began: int, answers: int,
    rng: random.Random,
) -> None:  # fmt: skip
    """Let one person come as far as the play says, through the services that everybody uses."""
    actor = Actor(account_id=None, employee_id=row.employee_id, own=frozenset({Permission.LEARN}), name="")
    start = context.now - timedelta(minutes=began)
    public_id = services.start_attempt(
        session, actor, enrolment_public_id=row.public_id, code=exam.code, now=start, access_code="PALOPO"
    )
    sheet = queries.get_sheet(session, actor, public_id)
    assert sheet is not None
    items = queries.list_sheet_items(session, sheet.id)[:answers]
    silent = _SILENT[play]
    step = timedelta(minutes=began - silent) / max(1, len(items))
    for number, item in enumerate(items, 1):
        payload = answer_of(item.kind, item.body, item.option_order, is_right=rng.random() < 0.78, rng=rng)
        response = Response(
            question=item.public_id, codes=(payload or {}).get("options", ()), text=(payload or {}).get("text", ""),
            is_flagged=number % 7 == 0, base_revision=0, client_id=f"demo:tab0:{number}",
        )  # fmt: skip
        services.save_response(session, actor, attempt=public_id, response=response, now=start + step * number)
    if play == "done":
        services.submit_attempt(session, actor, public_id=public_id, now=context.now - timedelta(minutes=silent))
    account = next((one for one in context.accounts.values() if one.employee_id == row.employee_id), None)
    if account is not None:
        login, _token = sessions.begin(session, account_id=account.id, now=start - timedelta(minutes=3), shared=False,
                                       device="Chrome di Windows")  # fmt: skip
        login.last_seen_at = context.now + timedelta(minutes=-silent if play in {"quiet", "done"} else 80)


def _owed(session: Session, context: Context, sitting: ExamSitting, people: list[int]) -> None:
    day = context.now.date()
    for employee_id, percent, minutes, reason in zip(
        people[:2] + people[-1:], (25, 0, 50), (0, 15, 0),
        (_REASON, "menyusui, perlu jeda", "tangan kanan sedang dibidai"), strict=False,
    ):  # fmt: skip
        session.add(
            Accommodation(
                employee_id=employee_id, extra_percent=percent, extra_minutes=minutes, reason=reason,
                starts_on=day - timedelta(days=40), ends_on=day + timedelta(days=90) if percent == 50 else None,
                created_at=context.now - timedelta(days=40),
            )
        )  # fmt: skip
    if len(people) > 4:
        session.add(
            ExamSpecial(
                sitting_id=sitting.id, employee_id=people[4], extra_minutes=10, reason="kapal dari Libukang tertunda",
                created_at=context.now - timedelta(hours=2),
            )
        )  # fmt: skip


def _record(session: Session, context: Context, sitting: ExamSitting) -> None:
    for minutes, kind, body in (
        (29, IncidentKind.NOTE, "Kode masuk dibacakan dua kali. Semua peserta di baris depan sudah masuk."),
        (12, IncidentKind.MESSAGE, sitting.notice),
        (6, IncidentKind.NOTE, "Dua laptop di baris belakang kehilangan jaringan. Teknisi dipanggil."),
    ):
        at = context.now - timedelta(minutes=minutes)
        session.add(ExamIncident(sitting_id=sitting.id, kind=kind, body=body, at=at))


def _past(session: Session) -> None:
    """Put the exam of the run with most finished attempts into a sitting of its own, with what happened there."""
    row = session.execute(
        select(Offering, Assessment)
        .join(Assessment, Assessment.course_version_id == Offering.course_version_id)
        .where(Offering.state == OfferingState.CLOSED, Assessment.kind == AssessmentKind.EXAM)
        .order_by(Offering.id)
        .limit(1)
    ).first()
    if row is None:
        return
    run, exam = row
    attempts = session.execute(
        select(Attempt.id, Attempt.started_at, Attempt.submitted_at)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.offering_id == run.id, Attempt.assessment_id == exam.id, Attempt.state != AttemptState.OPEN)
        .order_by(Attempt.started_at)
    ).all()
    if not attempts:
        return
    days = Counter(one.started_at.date() for one in attempts)
    busiest = max(sorted(days), key=days.__getitem__)
    attempts = [one for one in attempts if one.started_at.date() == busiest]
    first, last = attempts[0].started_at, max(one.submitted_at for one in attempts)
    opens = first - timedelta(minutes=10)
    sitting = ExamSitting(
        assessment_id=exam.id, offering_id=run.id, title="Ujian akhir angkatan I", place="Ruang belajar BKPSDM",
        opens_at=opens, last_start_at=max(one.started_at for one in attempts) + timedelta(minutes=5),
        closes_at=last + timedelta(minutes=30), networks=[], created_at=opens - timedelta(days=14),
    )  # fmt: skip
    session.add(sitting)
    session.flush()  # the attempts point at it
    session.execute(
        update(Attempt)
        .where(Attempt.id.in_([one.id for one in attempts]))
        .values(sitting_id=sitting.id)
        .execution_options(synchronize_session=False)
    )
    for after, kind, body, minutes in (
        (18, IncidentKind.PAUSE, "Listrik padam di seluruh gedung.", None),
        (31, IncidentKind.RESUME, "", 13),
        (33, IncidentKind.NOTE, "Genset menyala. Semua peserta kembali ke soal yang sama.", None),
    ):
        session.add(
            ExamIncident(
                sitting_id=sitting.id, kind=kind, body=body, minutes=minutes, at=first + timedelta(minutes=after),
                people=min(30, len(attempts)) if kind is not IncidentKind.NOTE else None,
            )
        )  # fmt: skip


def _analyse(session: Session, context: Context, assessment: Assessment) -> None:
    prepared = services.analyse(session, assessment.id)
    if prepared["result"]["whole"] is None:
        return
    session.add(
        AssessmentAnalysis(
            assessment_id=assessment.id, asked_at=context.now - timedelta(minutes=6),
            computed_at=context.now - timedelta(minutes=5), took_ms=prepared["took_ms"], result=prepared["result"],
        )
    )  # fmt: skip
