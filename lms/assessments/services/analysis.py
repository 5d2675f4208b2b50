"""Statistics of an assessment: asked for by a page, computed by a job, kept with their time."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from lms.assessments import queries
from lms.assessments.models import Assessment, AssessmentAnalysis
from lms.assessments.rules import kind_of
from lms.assessments.rules.statistics import gain_of, item_statistics, whole_statistics
from lms.core.errors import NotFound
from lms.core.jobs import enqueue
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.assessments.queries import ItemHead, MarkRow
    from lms.core.actor import Actor

_BANDS = 10
_ABSENT = N_("Asesmen itu tidak ada, atau bukan milik unit Anda.")


def ask_for_analysis(session: Session, actor: Actor, assessment_public_id: str, *, now: datetime) -> None:
    """Ask for the statistics of an assessment; several who ask at once get one computation.

    Raises: NotFound: not in the actor's scope.
    """
    if queries.get_assessment_line(session, actor, assessment_public_id) is None:
        raise NotFound(_ABSENT)
    assessment_id = session.scalars(select(Assessment.id).filter_by(public_id=assessment_public_id)).one()
    row = session.scalars(
        select(AssessmentAnalysis).filter_by(assessment_id=assessment_id).with_for_update()
    ).one_or_none()
    if row is None:
        session.add(AssessmentAnalysis(assessment_id=assessment_id, asked_at=now, result={}))
    elif row.computed_at is None or row.computed_at < row.asked_at:
        return  # one is on its way
    else:
        row.asked_at = now
    enqueue(session, "assessments.analyse", assessment_id=assessment_id)


def keep_analysis(session: Session, assessment_id: int, prepared: dict[str, Any], *, now: datetime) -> None:
    """Keep what was computed; a second run writes the same."""
    session.execute(
        update(AssessmentAnalysis)
        .where(AssessmentAnalysis.assessment_id == assessment_id)
        .values(computed_at=now, took_ms=prepared["took_ms"], result=prepared["result"])
        .execution_options(synchronize_session=False)
    )


def analyse(session: Session, assessment_id: int) -> dict[str, Any]:
    """Return the statistics of everybody's first finished attempt, and how long they took; writes nothing.

    Returns: `result` with `whole`, `bands`, `items` and `gain`, all plain values; `took_ms`.
    """
    began = perf_counter()
    scores = queries.list_first_scores(session, assessment_id)
    result: dict[str, Any] = {"whole": None, "bands": [], "items": [], "gain": None}
    if scores:
        marks = queries.list_marks(session, [attempt for attempt, _enrolment, _percent in scores])
        result = _result(session, scores, marks)
        gain = gain_of(queries.list_gain_pairs(session, assessment_id))
        result["gain"] = asdict(gain) if gain is not None else None
    return {"result": result, "took_ms": round((perf_counter() - began) * 1000)}


def _result(session: Session, scores: list[tuple[int, int, float]], marks: list[MarkRow]) -> dict[str, Any]:
    rows: dict[int, dict[int, float]] = {attempt: {} for attempt, _enrolment, _percent in scores}
    by_item: dict[int, list[MarkRow]] = {}
    for row in marks:
        rows[row.attempt_id][row.item_id] = row.mark
        by_item.setdefault(row.item_id, []).append(row)
    totals = {attempt: (sum(held.values()), len(held)) for attempt, held in rows.items()}
    heads = queries.list_item_heads(session, list(by_item))
    percents = [percent for _attempt, _enrolment, percent in scores]
    bands = Counter(min(_BANDS - 1, int(percent // _BANDS)) for percent in percents)
    return {
        "whole": asdict(whole_statistics(percents, list(rows.values()))),
        "bands": [bands[place] for place in range(_BANDS)],
        "items": [_item(head, by_item[item_id], totals) for item_id, head in heads.items()],
    }


def _item(head: ItemHead, found: list[MarkRow], totals: dict[int, tuple[float, int]]) -> dict[str, Any]:
    marks = [row.mark for row in found]
    rests = []
    for row in found:
        total, count = totals[row.attempt_id]
        rests.append((total - row.mark) / (count - 1) if count > 1 else 0.0)
    guess = kind_of(head.kind).guess(head.body)
    return asdict(item_statistics(marks, rests)) | {
        "public_id": head.public_id, "code": head.code, "kind": head.kind, "stem": head.stem_md[:160],
        "guess": float(guess) if guess is not None else None, "options": _options(head, found),
        "empty": sum(row.payload is None for row in found),
    }  # fmt: skip


def _options(head: ItemHead, found: list[MarkRow]) -> list[dict[str, Any]]:
    """Return how often each option was chosen, and how those fared who chose it; empty for kinds without options."""
    options = head.body.get("options")
    if not isinstance(options, list) or not all(isinstance(one, dict) and "text" in one for one in options):
        return []
    chosen: Counter[str] = Counter()
    for row in found:
        chosen.update((row.payload or {}).get("options", ()))
    return [
        {
            "text": str(option["text"])[:160], "correct": bool(option.get("correct")),
            "count": chosen[option["code"]], "ratio": chosen[option["code"]] / len(found),
        }
        for option in options
    ]  # fmt: skip
