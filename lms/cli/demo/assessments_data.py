"""Demo data of assessments: pretests, exams passed and failed, and a few that run at this very moment.

Responses, projections and scores are written as the services would write them, so that
`lms assessments recompute --check` finds nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from lms.assessments import queries, services
from lms.assessments.models import (
    Assessment,
    AssessmentKind,
    Attempt,
    AttemptItem,
    AttemptState,
    Item,
    ItemVersion,
    ResponseLog,
)
from lms.assessments.rules import Keyed, LogEntry, attempt_score, draw, kind_of, seeded
from lms.assessments.services import Response
from lms.core.actor import Actor, Permission
from lms.core.ids import new_public_id
from lms.courses.models import Enrolment, EnrolmentState, Offering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context

RUNNING_NOW: Final = 4
_BATCH: Final = 400


@dataclass(slots=True)
class _Sitting:
    """One attempt to be written.

    Args:
        share: part of the questions that are answered rightly.
        must_pass: whether the enrolment's state says so; None leaves it to the share.
    """

    enrolment: Any
    assessment: Assessment
    number: int
    ended_at: datetime
    share: float
    must_pass: bool | None = None
    public_id: str = field(default_factory=new_public_id)

    @property
    def seed(self) -> str:
        """Seed of the draw, the same in each build; public ids are not."""
        return f"demo:{self.enrolment.id}:{self.assessment.code}:{self.number}"


def build(session: Session, context: Context) -> None:
    """Write the attempts of all enrolments of the demo; nothing when there are some already."""
    if session.execute(select(Attempt.id).limit(1)).first() is not None:
        return
    rng = random.Random(f"bina/demo/{context.region.seed}/assessments")  # noqa: S311 -- repeatable, no secret
    assessments = _assessments(session)
    pools = {one.id: _pool(session, one) for held in assessments.values() for one in held.values()}
    sittings: list[_Sitting] = []
    fresh: list[Any] = []
    for enrolment in _enrolments(session):
        held = assessments.get(enrolment.course_version_id)
        if held is None:
            continue
        made = list(_sittings(enrolment, held, rng, now=context.now))
        sittings += made
        if enrolment.state is EnrolmentState.ACTIVE and not any(s.assessment.kind is AssessmentKind.EXAM for s in made):
            fresh.append(enrolment)
    for start in range(0, len(sittings), _BATCH):
        _write(session, sittings[start : start + _BATCH], pools, rng)
    _run_now(session, context, fresh[:: max(1, len(fresh) // RUNNING_NOW)][:RUNNING_NOW], assessments, rng)
    context.made["attempts"] = len(sittings)


def _assessments(session: Session) -> dict[int, dict[AssessmentKind, Assessment]]:
    found: dict[int, dict[AssessmentKind, Assessment]] = {}
    for row in session.scalars(select(Assessment).order_by(Assessment.id)):
        found.setdefault(row.course_version_id, {})[row.kind] = row
    return found


def _enrolments(session: Session) -> Sequence[Any]:
    return session.execute(
        select(
            Enrolment.id, Enrolment.public_id, Enrolment.employee_id, Enrolment.state, Enrolment.started_at,
            Enrolment.completed_at, Offering.course_version_id,
        )
        .join(Offering, Offering.id == Enrolment.offering_id)
        .where(
            Enrolment.state.in_([EnrolmentState.ACTIVE, EnrolmentState.COMPLETED, EnrolmentState.FAILED]),
            Enrolment.started_at.is_not(None),
        )
        .order_by(Enrolment.id)
    ).all()  # fmt: skip


def _pool(session: Session, assessment: Assessment) -> tuple[list[Any], dict[int, Any]]:
    candidates = queries.list_candidates(session, bank_id=assessment.bank_id, kind=assessment.kind)
    versions = {
        row.item_id: row
        for row in session.execute(
            select(ItemVersion.id, ItemVersion.item_id, ItemVersion.kind, ItemVersion.body)
            .join(Item, Item.current_version_id == ItemVersion.id)
            .where(Item.bank_id == assessment.bank_id)
        )
    }
    return candidates, versions


def _sittings(
    enrolment: Any, held: dict[AssessmentKind, Assessment], rng: random.Random, *, now: datetime
) -> Iterator[_Sitting]:
    """Yield the attempts of one enrolment in order of time; all ended before now and after the enrolment."""
    pretest, exam = held.get(AssessmentKind.PRETEST), held.get(AssessmentKind.EXAM)
    begun, last = enrolment.started_at, enrolment.completed_at or now - timedelta(hours=2)
    ability = rng.uniform(0.3, 0.65)
    if pretest is not None and rng.random() < 0.85 and begun + timedelta(hours=1) < last:
        yield _Sitting(enrolment, pretest, 1, begun + timedelta(minutes=rng.randint(12, 40)), ability)
    if exam is None:
        return
    limit = exam.pass_percent / 100
    first = begun + (last - begun) * 0.6
    if enrolment.state is EnrolmentState.COMPLETED:
        number = 1
        if rng.random() < 0.22 and exam.attempts_max > 1 and last - begun > timedelta(days=1):
            yield _Sitting(enrolment, exam, 1, first, limit - rng.uniform(0.06, 0.25), must_pass=False)
            number = 2
        share = min(1.0, limit + rng.uniform(0.04, 0.3))
        yield _Sitting(enrolment, exam, number, last - timedelta(seconds=5), share, must_pass=True)
    elif enrolment.state is EnrolmentState.FAILED:
        step = (last - begun) / (exam.attempts_max + 1)
        for number in range(1, exam.attempts_max + 1):
            share = limit - rng.uniform(0.05, 0.3)
            yield _Sitting(enrolment, exam, number, begun + step * number, share, must_pass=False)
    elif rng.random() < 0.12 and last - begun > timedelta(days=2):
        yield _Sitting(enrolment, exam, 1, first, limit - rng.uniform(0.05, 0.2), must_pass=False)


def _wrong(kind: str, body: dict[str, Any], rng: random.Random, order: list[str]) -> dict[str, Any] | None:
    return None if rng.random() < 0.06 else kind_of(kind).wrong(body, rng, order)


def _write(
    session: Session,
    sittings: Sequence[_Sitting],
    pools: dict[int, tuple[list[Any], dict[int, Any]]],
    rng: random.Random,
) -> None:
    plans = [_plan(sitting, pools[sitting.assessment.id], rng) for sitting in sittings]
    attempt_ids = session.scalars(
        insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True),
        [plan["attempt"] for plan in plans],
    ).all()
    items = [
        item | {"attempt_id": attempt_id}
        for attempt_id, plan in zip(attempt_ids, plans, strict=True)
        for item in plan["items"]
    ]
    item_ids = session.scalars(insert(AttemptItem).returning(AttemptItem.id, sort_by_parameter_order=True), items).all()
    logs = [
        log | {"attempt_id": item["attempt_id"], "attempt_item_id": item_id}
        for item_id, item, log in zip(item_ids, items, (log for plan in plans for log in plan["logs"]), strict=True)
        if log is not None
    ]
    session.execute(insert(ResponseLog), logs)


def _who_knows_what(drawn: Sequence[Any], *, right: int, able: float, rng: random.Random) -> list[bool]:
    """Return which questions are answered rightly: mostly the easy ones, so that statistics look like life.

    Each version has its own difficulty and sharpness. In one of thirty the key misleads those who know most, as
    a wrong key does; the analysis is there to find it.
    """

    def burden(version: Any) -> float:
        own = random.Random(f"bina/demo/item/{version.item_id}")  # noqa: S311 -- repeatable, no secret
        hard, sharp = own.uniform(-1.2, 1.2), own.uniform(0.5, 2.2)
        if own.random() < 1 / 30:
            hard = (able - 0.6) * 14
        return hard + rng.gauss(0, 1) / sharp

    known = sorted(range(len(drawn)), key=[burden(version) for version in drawn].__getitem__)[:right]
    return [place in set(known) for place in range(len(drawn))]


def answer_of(kind: str, body: dict[str, Any], order: list[str], *, is_right: bool, rng: random.Random) -> Any:
    """Return a right or a wrong response, for other parts of the demo."""
    return kind_of(kind).right(body, order) if is_right else _wrong(kind, body, rng, order)


def _plan(sitting: _Sitting, pool: tuple[list[Any], dict[int, Any]], rng: random.Random) -> dict[str, Any]:
    assessment, (candidates, versions) = sitting.assessment, pool
    drawn = [versions[one] for one in draw(candidates, assessment.draw_count, seed=sitting.seed)]
    count = len(drawn)
    right = round(sitting.share * count)
    if sitting.must_pass is True:
        right = max(right, -(-assessment.pass_percent * count // 100))
    elif sitting.must_pass is False:
        right = min(right, (assessment.pass_percent * count - 1) // 100)
    is_right = _who_knows_what(drawn, right=max(0, right), able=sitting.share, rng=rng)
    minutes = min(assessment.time_limit_minutes - 1, max(3, round(count * rng.uniform(0.7, 1.6))))
    started_at = sitting.ended_at - timedelta(minutes=minutes)
    orders = [
        kind_of(version.kind).order(version.body, seeded(f"{sitting.seed}:{number}"))
        for number, version in enumerate(drawn, 1)
    ]
    payloads = [
        kind_of(version.kind).right(version.body, order) if good else _wrong(version.kind, version.body, rng, order)
        for version, order, good in zip(drawn, orders, is_right, strict=True)
    ]
    keyed = [
        Keyed(number, version.kind, version.body, order)
        for number, (version, order) in enumerate(zip(drawn, orders, strict=True))
    ]
    entries = [
        LogEntry(n, 1, payload, is_flagged=False, is_applied=True)
        for n, payload in enumerate(payloads)
        if payload is not None
    ]
    score = attempt_score(keyed, entries, pass_percent=assessment.pass_percent)
    items, logs = [], []
    for number, (version, payload) in enumerate(zip(drawn, payloads, strict=True)):
        saved_at = started_at + timedelta(minutes=minutes) * ((number + 0.6) / (count + 1))
        given = payload is not None
        items.append({
            "public_id": new_public_id(), "position_order": number + 1, "item_version_id": version.id,
            "option_order": orders[number],
            "payload": payload, "is_flagged": False, "revision": int(given), "saved_at": saved_at if given else None,
            "has_conflict": False, "mark": score.marks[number],
        })  # fmt: skip
        logs.append({
            "client_id": f"demo:{new_public_id()}:1", "base_revision": 0, "revision": 1, "payload": payload,
            "is_flagged": False, "is_applied": True, "in_grace": False, "received_at": saved_at,
        } if given else None)  # fmt: skip
    attempt = {
        "public_id": sitting.public_id, "assessment_id": assessment.id, "enrolment_id": sitting.enrolment.id,
        "employee_id": sitting.enrolment.employee_id, "number": sitting.number, "state": AttemptState.SUBMITTED,
        "started_at": started_at, "deadline_at": started_at + timedelta(minutes=assessment.time_limit_minutes),
        "submitted_at": sitting.ended_at, "graded_at": sitting.ended_at, "score": score.score,
        "max_score": score.max_score, "percent": score.percent, "passed": score.passed,
    }  # fmt: skip
    return {"attempt": attempt, "items": items, "logs": logs}


def _run_now(
    session: Session,
    context: Context,
    enrolments: Sequence[Any],
    assessments: dict[int, dict[AssessmentKind, Assessment]],
    rng: random.Random,
) -> None:
    """Let a few people sit in their exam at this moment, each somewhere in the middle."""
    for place, enrolment in enumerate(enrolments):
        exam = assessments[enrolment.course_version_id].get(AssessmentKind.EXAM)
        if exam is None or exam.needs_lessons:
            continue
        actor = Actor(
            account_id=None, employee_id=enrolment.employee_id, own=frozenset({Permission.LEARN}), name="",
        )  # fmt: skip
        began = context.now - timedelta(minutes=4 + 5 * place)
        public_id = services.start_attempt(
            session, actor, enrolment_public_id=enrolment.public_id, code=exam.code, now=began
        )
        sheet = queries.get_sheet(session, actor, public_id)
        assert sheet is not None
        for number, item in enumerate(queries.list_sheet_items(session, sheet.id)):
            if number > 3 + 4 * place:
                break
            if rng.random() < 0.75:
                payload = kind_of(item.kind).right(item.body, item.option_order)
            else:
                payload = _wrong(item.kind, item.body, rng, item.option_order)
            response = Response(
                question=item.public_id, codes=(payload or {}).get("options", ()), text=(payload or {}).get("text", ""),
                is_flagged=number % 5 == 4, base_revision=0, client_id=f"demo:tab{place}:{number + 1}",
            )  # fmt: skip
            services.save_response(
                session,
                actor,
                attempt=public_id,
                response=response,
                now=began + timedelta(seconds=40 * (number + 1)),
            )
