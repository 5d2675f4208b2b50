"""Recomputing of all scores from log and key, and the differences to what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from lms.assessments import queries
from lms.assessments.models import Assessment, Attempt, AttemptItem, AttemptState
from lms.assessments.rules import current_responses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

_BATCH = 400
_FIELDS = ("score", "max_score", "percent", "passed")


@dataclass(frozen=True, slots=True)
class Difference:
    """One stored value that does not follow from the log.

    Args:
        attempt: public id.
        place: name of the field; for a question `soal 4: payload`.
    """

    attempt: str
    place: str
    stored: Any
    computed: Any


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many attempts were looked at, and what differs."""

    attempts: int
    differences: list[Difference]


def recompute(session: Session, *, mend: bool = False) -> Recomputed:
    """Return the differences between what is stored and what log and key give.

    Args:
        mend: write the computed values; the log itself is never touched.

    Complexity: four statements for each 400 attempts.
    """
    looked, found = 0, []
    for rows in _batches(session):
        looked += len(rows)
        found += list(_compare(session, rows, mend=mend))
    return Recomputed(looked, found)


def _batches(session: Session) -> Iterator[list[Any]]:
    last = 0
    while True:
        rows = session.execute(
            select(
                Attempt.id, Attempt.public_id, Attempt.state, Attempt.score, Attempt.max_score, Attempt.percent,
                Attempt.passed, Assessment.pass_percent,
            )
            .join(Assessment, Assessment.id == Attempt.assessment_id)
            .where(Attempt.id > last)
            .order_by(Attempt.id)
            .limit(_BATCH)
        ).all()  # fmt: skip
        if not rows:
            return
        last = rows[-1].id
        yield list(rows)


def _compare(session: Session, rows: list[Any], *, mend: bool) -> Iterator[Difference]:
    ids = [row.id for row in rows]
    logs = queries.read_log(session, ids)
    scores = queries.read_scores(session, {row.id: row.pass_percent for row in rows})
    items: dict[int, list[Any]] = {}
    for item in session.execute(
        select(
            AttemptItem.id, AttemptItem.attempt_id, AttemptItem.position_order, AttemptItem.payload,
            AttemptItem.is_flagged, AttemptItem.revision, AttemptItem.mark,
        )
        .where(AttemptItem.attempt_id.in_(ids))
        .order_by(AttemptItem.attempt_id, AttemptItem.position_order)
    ):  # fmt: skip
        items.setdefault(item.attempt_id, []).append(item)
    for row in rows:
        is_open = row.state is AttemptState.OPEN
        held = current_responses(logs[row.id])
        for item in items.get(row.id, []):
            entry = held.get(item.id)
            wanted = {
                "payload": entry.payload if entry else None,
                "is_flagged": entry.is_flagged if entry else False,
                "revision": entry.revision if entry else 0,
                "mark": None if is_open else scores[row.id].marks[item.id],
            }
            yield from _differences(session, row, item, wanted, mend=mend)
        wanted = dict.fromkeys(_FIELDS) if is_open else {name: getattr(scores[row.id], name) for name in _FIELDS}
        wrong = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        for name, value in wrong.items():
            yield Difference(row.public_id, name, getattr(row, name), value)
        if wrong and mend:
            session.execute(
                update(Attempt).where(Attempt.id == row.id).values(**wrong).execution_options(synchronize_session=False)
            )


def _differences(session: Session, row: Any, item: Any, wanted: dict[str, Any], *, mend: bool) -> Iterator[Difference]:
    wrong = {name: value for name, value in wanted.items() if getattr(item, name) != value}
    for name, value in wrong.items():
        yield Difference(row.public_id, f"soal {item.position_order}: {name}", getattr(item, name), value)
    if wrong and mend:
        session.execute(
            update(AttemptItem)
            .where(AttemptItem.id == item.id)
            .values(**wrong)
            .execution_options(synchronize_session=False)
        )
