"""Saving of responses: the act that must never lose one, and must be quick.

Three statements: the question with its lock and the log's row of the same client id, the log, the projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Table, and_, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lms.assessments.models import Attempt, AttemptItem, AttemptState, ItemVersion, ResponseLog
from lms.assessments.rules import (
    CLIENT_ID,
    BadResponse,
    Incoming,
    Outcome,
    Phase,
    Stored,
    kind_of,
    outcome,
    phase,
    seconds_left,
)
from lms.assessments.services.taking import NOT_YOURS
from lms.core.errors import Invalid, NotFound
from lms.core.text import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

# Tables rather than mapped classes: the mapper's work is a third of such a short act.
_ATTEMPT, _ITEM, _VERSION, _LOG = (
    cast("Table", model.__table__) for model in (Attempt, AttemptItem, ItemVersion, ResponseLog)
)
_FIND = (
    select(
        _ATTEMPT.c.id.label("attempt_id"), _ATTEMPT.c.state, _ATTEMPT.c.started_at, _ATTEMPT.c.deadline_at,
        _ATTEMPT.c.paused_at,
        _ITEM.c.id.label("item_id"), _ITEM.c.revision, _ITEM.c.payload, _ITEM.c.is_flagged, _ITEM.c.saved_at,
        _ITEM.c.has_conflict,
        _VERSION.c.kind, _VERSION.c.body, _LOG.c.id.label("log_id"), _LOG.c.revision.label("log_revision"),
        _LOG.c.is_applied, _LOG.c.received_at,
    )
    .select_from(_ATTEMPT)
    .join(_ITEM, _ITEM.c.attempt_id == _ATTEMPT.c.id)
    .join(_VERSION, _VERSION.c.id == _ITEM.c.item_version_id)
    .outerjoin(_LOG, and_(_LOG.c.attempt_item_id == _ITEM.c.id, _LOG.c.client_id == bindparam("client_id")))
    .where(
        _ATTEMPT.c.public_id == bindparam("attempt"),
        _ATTEMPT.c.employee_id == bindparam("person"),
        _ITEM.c.public_id == bindparam("question"),
    )
    .with_for_update(of=[_ATTEMPT, _ITEM])
)  # fmt: skip
_LOG_VALUES: dict[str, Any] = {
    name: bindparam(name)
    for name in (
        "attempt_id", "attempt_item_id", "client_id", "base_revision", "revision", "payload", "is_flagged",
        "is_applied", "in_grace", "received_at",
    )
}  # fmt: skip
_ADD = {
    "sqlite": sqlite.insert(_LOG).values(_LOG_VALUES).on_conflict_do_nothing().returning(_LOG.c.id),
    "postgresql": postgresql.insert(_LOG).values(_LOG_VALUES).on_conflict_do_nothing().returning(_LOG.c.id),
}
_TAKE = (
    update(_ITEM)
    .where(_ITEM.c.id == bindparam("row_id"))
    .values(
        payload=bindparam("new_payload"), is_flagged=bindparam("new_flag"), revision=bindparam("new_revision"),
        saved_at=bindparam("new_saved_at"), has_conflict=bindparam("new_conflict"),
    )
)  # fmt: skip
_MARK_CONFLICT = update(_ITEM).where(_ITEM.c.id == bindparam("row_id")).values(has_conflict=bindparam("new_conflict"))
_WRITER = (
    select(_LOG.c.client_id)
    .where(_LOG.c.attempt_item_id == bindparam("item_id"), _LOG.c.is_applied.is_(True))
    .order_by(_LOG.c.revision.desc(), _LOG.c.id.desc())
    .limit(1)
)

BAD = N_("Jawaban itu tidak cocok dengan soalnya. Muat ulang halaman, lalu pilih lagi.")


@dataclass(frozen=True, slots=True)
class Response:
    """What a page sends for one question.

    Args:
        question: public id of the question in its attempt.
        codes, text: the response; both empty clears it.
        is_flagged: sign of doubt.
        base_revision: revision of the stored response that the page knew.
        client_id: `<device>:<tab>:<number>`, the same for each repetition.
        settles: the page showed two versions, and this is the person's word on them.
    """

    question: str
    codes: Sequence[str]
    text: str
    is_flagged: bool
    base_revision: int
    client_id: str
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What the server holds after a response came.

    Args:
        outcome: what became of it.
        revision, payload, is_flagged, saved_at: the response that holds now.
        seconds_left: to the deadline.
        in_grace: it came after the deadline, or while the exam stood still, and counts as having been on its way.
        is_paused: the exam stands still; nothing is lost, and no time runs.
    """

    outcome: Outcome
    revision: int
    payload: dict[str, Any] | None
    is_flagged: bool
    saved_at: datetime | None
    seconds_left: int
    in_grace: bool = False
    is_paused: bool = False


def save_response(session: Session, actor: Actor, *, attempt: str, response: Response, now: datetime) -> Saved:
    """Keep a response; safe to repeat, and never silent about a newer one.

    Args:
        attempt: public id of one's own attempt.

    Raises: NotFound: not one's own, or no such question; Invalid: not a response to this question.
    Concurrency: holds the attempt's and the question's row. The same client id twice at once: the second
        finds the log's row, by look or by the constraint, and answers like the first.
    """
    if not CLIENT_ID.fullmatch(response.client_id) or not 0 <= response.base_revision < 10**6:
        raise Invalid(BAD)
    row: Any = session.execute(
        _FIND,
        {
            "attempt": attempt, "person": actor.employee_id or -1, "question": response.question,
            "client_id": response.client_id,
        },
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound(NOT_YOURS)
    try:
        payload = kind_of(row.kind).read(row.body, response.codes, response.text)
    except BadResponse as bad:
        raise Invalid(BAD) from bad
    is_open = row.state is AttemptState.OPEN
    where = phase(is_open=is_open, deadline_at=row.deadline_at, now=now, paused_at=row.paused_at)
    incoming = Incoming(response.client_id, response.base_revision, payload, response.is_flagged)
    found = _outcome(session, row, incoming, where)
    if found is Outcome.REPEATED:
        return _repeat(row, now=now)
    if found is Outcome.CLOSED:
        return _held(row, found, now=now)
    if not _log_response(session, row, incoming, found, in_grace=where is not Phase.RUNNING, now=now):
        # The same client id was written while this one waited for the lock: answer from its row.
        return save_response(session, actor, attempt=attempt, response=response, now=now)
    left = _left(row, now=now)
    if found is Outcome.TAKEN:
        session.execute(
            _TAKE,
            {
                "row_id": row.item_id, "new_payload": payload, "new_flag": incoming.is_flagged,
                "new_revision": row.revision + 1, "new_saved_at": now,
                "new_conflict": row.has_conflict and not response.settles,
            },
        )  # fmt: skip
        return Saved(found, row.revision + 1, payload, incoming.is_flagged, now, left, **_circumstances(where))
    if found is Outcome.CONFLICT or (found is Outcome.UNCHANGED and response.settles and row.has_conflict):
        session.execute(_MARK_CONFLICT, {"row_id": row.item_id, "new_conflict": found is Outcome.CONFLICT})
    if found is Outcome.UNCHANGED:
        return Saved(found, row.revision, row.payload, row.is_flagged, now, left, **_circumstances(where))
    return _held(row, found, now=now)


def _circumstances(where: Phase) -> dict[str, bool]:
    return {"in_grace": where is not Phase.RUNNING, "is_paused": where is Phase.PAUSED}


def _outcome(session: Session, row: Any, incoming: Incoming, where: Phase) -> Outcome:
    writer = None
    if row.log_id is None and incoming.base_revision < row.revision:
        writer = session.execute(_WRITER, {"item_id": row.item_id}).scalar_one_or_none()
    stored = Stored(row.revision, row.payload, row.is_flagged, writer)
    return outcome(incoming, stored, phase=where, known=row.log_id is not None)


def _left(row: Any, *, now: datetime) -> int:
    return seconds_left(deadline_at=row.deadline_at, now=now, started_at=row.started_at, paused_at=row.paused_at)


def _held(row: Any, found: Outcome, *, now: datetime) -> Saved:
    is_open = row.state is AttemptState.OPEN
    left = _left(row, now=now) if is_open else 0
    paused = is_open and row.paused_at is not None
    return Saved(found, row.revision, row.payload, row.is_flagged, row.saved_at, left, is_paused=paused)


def _repeat(row: Any, *, now: datetime) -> Saved:
    """Return the answer that the first one of this client id got."""
    if not row.is_applied:
        # It was kept aside then; whether as a conflict or overtaken, the stored one holds.
        return _held(row, Outcome.CONFLICT if row.has_conflict else Outcome.OVERTAKEN, now=now)
    left = _left(row, now=now) if row.state is AttemptState.OPEN else 0
    return Saved(Outcome.REPEATED, row.log_revision, row.payload, row.is_flagged, row.received_at, left)


def _log_response(
    session: Session, row: Any, incoming: Incoming, found: Outcome, *, in_grace: bool, now: datetime
) -> bool:
    """Add a row to the log; return False when its client id is there already.

    A response that changes nothing is logged as well, under the revision it confirms: every id that was
    answered is in the log, and its repetition gets the same answer whatever came in between.
    """
    made = session.execute(
        _ADD[session.get_bind().dialect.name],
        {
            "attempt_id": row.attempt_id, "attempt_item_id": row.item_id, "client_id": incoming.client_id,
            "base_revision": incoming.base_revision,
            "revision": row.revision + 1 if found is Outcome.TAKEN else row.revision,
            "payload": incoming.payload, "is_flagged": incoming.is_flagged,
            "is_applied": found in {Outcome.TAKEN, Outcome.UNCHANGED}, "in_grace": in_grace, "received_at": now,
        },
    ).scalar_one_or_none()  # fmt: skip
    return made is not None
