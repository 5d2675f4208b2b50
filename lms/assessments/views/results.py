"""Result pages: the verdict, per part, what to learn again, and the review of every question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from lms.assessments import queries
from lms.assessments.models import AssessmentKind, AttemptState
from lms.assessments.policies import can_take_attempt
from lms.assessments.queries import LessonLink, ResultHead, ReviewItem
from lms.assessments.rules import Phase, Score
from lms.assessments.views.blueprint import bp
from lms.assessments.views.shown import inline, response_words, stem_of, stem_parts, stem_words, verdicts
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.web.guard import current_actor, note_reading, requires

WORTH_READING = 3


@dataclass(frozen=True, slots=True)
class Part:
    """How one lesson or competency went."""

    title: str
    url: str
    earned: float
    count: int

    @property
    def ratio(self) -> float:
        """Share of the marks, 0 to 1."""
        return self.earned / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Again:
    """A question worth looking at again."""

    number: int
    stem: str
    given: str
    explanation: Any
    lesson: LessonLink | None
    lesson_url: str


def _head(public_id: str) -> ResultHead:
    head = queries.get_result(current_session(), current_actor(), public_id)
    if head is None:
        raise NotFound(_("Ujian itu tidak ada, atau bukan milik Anda."))
    return head


def _own(head: ResultHead) -> bool:
    own = can_take_attempt(current_actor(), employee_id=head.employee_id)
    if not own:
        note_reading([head.employee_id], "hasil-ujian")
    return own


def _lesson_url(head: ResultHead, lesson: LessonLink | None, *, own: bool) -> str:
    return f"/belajar/{head.enrolment_public_id}/materi/{lesson.public_id}" if lesson is not None and own else ""


def _marks(head: ResultHead, items: Sequence[ReviewItem]) -> tuple[dict[int, float], Score | None]:
    """Return marks by question; worked out here when time ran out and no worker has closed the row yet."""
    if head.state is not AttemptState.OPEN:
        return {item.id: item.mark or 0.0 for item in items}, None
    score = queries.read_scores(current_session(), {head.id: head.pass_percent})[head.id]
    return score.marks, score


def _parts(
    head: ResultHead,
    items: Sequence[ReviewItem],
    marks: dict[int, float],
    lessons: dict[str, LessonLink],
    *,
    own: bool,
) -> tuple[list[Part], list[Part]]:
    by_lesson: dict[str, list[ReviewItem]] = {}
    by_competency: dict[str, list[ReviewItem]] = {}
    for item in items:
        by_lesson.setdefault(item.lesson_code, []).append(item)
        if item.competency_name:
            by_competency.setdefault(item.competency_name, []).append(item)
    order = {code: link.number for code, link in lessons.items()}
    first = [
        Part(
            lessons[code].title if code in lessons else _("Lain-lain"),
            _lesson_url(head, lessons.get(code), own=own),
            sum(marks[item.id] for item in held),
            len(held),
        )
        for code, held in sorted(by_lesson.items(), key=lambda pair: order.get(pair[0], 999))
    ]
    second = [
        Part(name, "", sum(marks[item.id] for item in held), len(held)) for name, held in sorted(by_competency.items())
    ]
    return first, second


@bp.get("/ujian/<string:public_id>/hasil")
@requires(Permission.LEARN, Permission.ASSESSMENT_MANAGE)
def result(public_id: str) -> Any:
    """Show the result; while the attempt runs, lead its owner back to it."""
    head, session, now = _head(public_id), current_session(), clock.now()
    own = _own(head)
    if head.phase(now) is not Phase.OVER:
        if own:
            return redirect(url_for("assessments.resume", public_id=public_id), code=303)
        raise NotFound(_("Ujian ini masih berjalan. Hasilnya terlihat sesudah dikumpulkan."))
    items = queries.list_review_items(session, head.id)
    marks, score = _marks(head, items)
    lessons = queries.list_lesson_links(session, head.course_version_id)
    parts, competencies = _parts(head, items, marks, lessons, own=own)
    weak = sorted((item for item in items if marks[item.id] < 1), key=lambda item: (marks[item.id], item.number))
    percent = score.percent if score is not None else head.percent
    return render_template(
        "assessments/result.html", head=head, own=own, parts=parts, competencies=competencies,
        receipt=queries.get_receipt(session, head.id) if own else None,
        percent=percent, passed=score.passed if score is not None else head.passed,
        earned=sum(marks.values()), count=len(items), wrong=len(weak),
        again=[_again(head, item, lessons, own=own) for item in weak[:WORTH_READING]],
        unanswered=sum(item.payload is None for item in items), ran_out=head.state is not AttemptState.SUBMITTED,
        is_pretest=head.kind is AssessmentKind.PRETEST, attempts_left=head.attempts_max - head.tries,
        passed_elsewhere=head.tries_passed > 0, completed=head.is_completed,
        judged=head.pass_percent > 0,
    )  # fmt: skip


def _again(head: ResultHead, item: ReviewItem, lessons: dict[str, LessonLink], *, own: bool) -> Again:
    lesson = lessons.get(item.lesson_code)
    return Again(
        number=item.number,
        stem=stem_words(stem_of(item)),
        given=response_words(item.kind, item.body, item.payload, item.option_order),
        explanation=inline(item.explanation),
        lesson=lesson,
        lesson_url=_lesson_url(head, lesson, own=own),
    )


@bp.get("/ujian/<string:public_id>/pembahasan")
@requires(Permission.LEARN, Permission.ASSESSMENT_MANAGE)
def review(public_id: str) -> Any:
    """Show every question with the response, the key and the feedback of each option."""
    head, session = _head(public_id), current_session()
    own = _own(head)
    if head.phase(clock.now()) is not Phase.OVER:
        if own:
            return redirect(url_for("assessments.resume", public_id=public_id), code=303)
        raise NotFound(_("Ujian ini masih berjalan. Hasilnya terlihat sesudah dikumpulkan."))
    items = queries.list_review_items(session, head.id)
    marks, _score = _marks(head, items)
    lessons = queries.list_lesson_links(session, head.course_version_id)
    shown = [
        {
            "number": item.number, "legend": stem_parts(stem_of(item))[0], "rest": stem_parts(stem_of(item))[1],
            "mark": marks[item.id], "verdicts": verdicts(item), "explanation": inline(item.explanation),
            "reference": item.reference, "lesson": lessons.get(item.lesson_code), "answered": item.payload is not None,
            "lesson_url": _lesson_url(head, lessons.get(item.lesson_code), own=own),
            "has_conflict": item.has_conflict, "is_corrected": item.is_corrected,
            "text": item.body.get("text", "") if item.kind == "cloze" else "",
        }
        for item in items
    ]  # fmt: skip
    return render_template("assessments/review.html", head=head, own=own, items=shown, inline=inline)
