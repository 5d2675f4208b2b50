"""Reads for the statistics of an assessment: marks of the first attempts, options chosen, pairs of before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.assessments.models import (
    Assessment,
    AssessmentAnalysis,
    AssessmentKind,
    Attempt,
    AttemptItem,
    AttemptState,
    Item,
    ItemVersion,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# First attempts only: later ones are of those who know the questions. More than this is more than a figure needs.
MAX_ATTEMPTS = 5000


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One mark of one person."""

    attempt_id: int
    item_id: int
    mark: float
    payload: dict[str, Any] | None


def list_first_scores(session: Session, assessment_id: int) -> list[tuple[int, int, float]]:
    """Return (attempt, enrolment, per cent) of everybody's first finished attempt, newest first; bounded."""
    rows = session.execute(
        select(Attempt.id, Attempt.enrolment_id, Attempt.percent)
        .where(
            Attempt.assessment_id == assessment_id, Attempt.number == 1, Attempt.state != AttemptState.OPEN,
            Attempt.percent.is_not(None),
        )
        .order_by(Attempt.id.desc())
        .limit(MAX_ATTEMPTS)
    )  # fmt: skip
    return [(attempt, enrolment, percent or 0.0) for attempt, enrolment, percent in rows]


def list_marks(session: Session, attempt_ids: list[int]) -> list[MarkRow]:
    """Return the marks of attempts by item, whatever its version."""
    rows = session.execute(
        select(AttemptItem.attempt_id, ItemVersion.item_id, AttemptItem.mark, AttemptItem.payload)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(AttemptItem.attempt_id.in_(attempt_ids))
        .order_by(AttemptItem.attempt_id, AttemptItem.position_order)
    )
    return [MarkRow(attempt, item, mark or 0.0, payload) for attempt, item, mark, payload in rows]


@dataclass(frozen=True, slots=True)
class ItemHead:
    """What a table of items says of one."""

    id: int
    public_id: str
    code: str
    kind: str
    stem_md: str
    body: dict[str, Any]


def list_item_heads(session: Session, item_ids: list[int]) -> dict[int, ItemHead]:
    """Return the present version of items by id."""
    rows = session.execute(
        select(Item.id, Item.public_id, Item.code, ItemVersion.kind, ItemVersion.stem_md, ItemVersion.body)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.id.in_(item_ids))
        .order_by(Item.code, Item.id)
    )
    return {row[0]: ItemHead(*row) for row in rows}


def list_gain_pairs(session: Session, assessment_id: int) -> list[tuple[float, float]]:
    """Return (pre-test, first attempt here) in per cent of those who took both, in the same enrolment."""
    here, before, pretest = Attempt.__table__, Attempt.__table__.alias("before"), Assessment.__table__.alias("pretest")
    rows = session.execute(
        select(before.c.percent, here.c.percent)
        .select_from(here)
        .join(Assessment, Assessment.id == here.c.assessment_id)
        .join(pretest, (pretest.c.course_version_id == Assessment.course_version_id)
              & (pretest.c.kind == AssessmentKind.PRETEST))
        .join(before, (before.c.assessment_id == pretest.c.id) & (before.c.enrolment_id == here.c.enrolment_id)
              & (before.c.number == 1))
        .where(
            here.c.assessment_id == assessment_id, here.c.number == 1, here.c.percent.is_not(None),
            before.c.percent.is_not(None), Assessment.kind != AssessmentKind.PRETEST,
        )
        .order_by(here.c.id)
        .limit(MAX_ATTEMPTS)
    )  # fmt: skip
    return [(earlier, later) for earlier, later in rows]


@dataclass(frozen=True, slots=True)
class AnalysisLine:
    """The last computed statistics."""

    asked_at: datetime
    computed_at: datetime | None
    took_ms: int | None
    result: dict[str, Any]

    @property
    def is_waiting(self) -> bool:
        """Whether a newer computation was asked for."""
        return self.computed_at is None or self.computed_at < self.asked_at


def get_analysis(session: Session, assessment_public_id: str) -> AnalysisLine | None:
    """Return the statistics of an assessment, or None before the first; the caller has checked the scope."""
    row = session.execute(
        select(
            AssessmentAnalysis.asked_at, AssessmentAnalysis.computed_at, AssessmentAnalysis.took_ms,
            AssessmentAnalysis.result,
        )
        .join(Assessment, Assessment.id == AssessmentAnalysis.assessment_id)
        .where(Assessment.public_id == assessment_public_id)
    ).one_or_none()  # fmt: skip
    return AnalysisLine(*row) if row is not None else None
