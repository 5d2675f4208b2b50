"""Regrading with consequences: a corrected key changes marks, passes, JP, levels and certificates in one step.

The preview is the step itself, rolled back: what it lists is what the step does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from lms.assessments import queries
from lms.assessments.events import PassGained, PassLost, ResultChanged
from lms.assessments.models import Attempt, AttemptItem, Item, ItemVersion, KeyCorrection, KeyMode
from lms.assessments.rules.regrading import (
    correction_faults,
    has_accepted,
    has_options,
    with_accepted,
    with_right_options,
)
from lms.assessments.services.storing import item_digest
from lms.core.audit import record
from lms.core.errors import Invalid, NotFound
from lms.core.events import publish
from lms.core.text import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.assessments.queries import Concerned
    from lms.assessments.rules import Score
    from lms.core.actor import Actor

_BATCH = 400
ABSENT = N_("Butir soal itu tidak ada, atau bukan milik unit Anda.")


@dataclass(frozen=True, slots=True)
class KeyData:
    """A corrected key as a page sends it.

    Args:
        version: number of the version whose key was wrong.
        right: codes of the options that are right.
        texts: texts that are accepted as well.
        reason: why; the people concerned read it.
    """

    version: int
    mode: KeyMode
    right: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What the step changes for one attempt.

    Args:
        new_percent, new_passed: after it.
        gained, lost: what the person gets or loses through it, in words, by kind of holding.
    """

    attempt: Concerned
    new_percent: float
    new_passed: bool
    gained: dict[str, list[str]] = field(default_factory=dict)
    lost: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Regraded:
    """What a correction changed, or would change."""

    looked: int
    changes: list[Change]

    def count(self, *, gained: bool, name: str) -> int:
        """Return how many things of one kind people gain or lose."""
        return sum(len((one.gained if gained else one.lost).get(name, ())) for one in self.changes)

    @property
    def effects(self) -> dict[str, int]:
        """The numbers of the step."""
        return {
            "looked": self.looked,
            "up": sum(one.new_percent > one.attempt.percent for one in self.changes),
            "down": sum(one.new_percent < one.attempt.percent for one in self.changes),
            "passed": sum(one.new_passed and not one.attempt.passed for one in self.changes),
            "unpassed": sum(one.attempt.passed and not one.new_passed for one in self.changes),
        } | {
            f"{name}_{way}": self.count(gained=way == "gained", name=name)
            for name in ("jp", "level", "certificate") for way in ("gained", "lost")
        }  # fmt: skip


def correct_key(session: Session, actor: Actor, item_public_id: str, data: KeyData, *, now: datetime) -> Regraded:
    """Correct the key of an item version and carry out all that follows from it.

    Raises: NotFound: not in one's scope; Invalid: the key cannot be, or no reason.
    Concurrency: holds the item's row and the attempts concerned, so that two corrections come one after another.
    """
    facts = queries.get_item(session, actor, item_public_id)
    if facts is None:
        raise NotFound(ABSENT)
    session.execute(select(Item.id).where(Item.id == facts.id).with_for_update())
    version = session.scalars(select(ItemVersion).filter_by(item_id=facts.id, number=data.version)).one_or_none()
    if version is None:
        raise Invalid(fields={"versi": N_("Pilih versi dari daftar.")})
    reason = " ".join(data.reason.split())
    if not 10 <= len(reason) <= 500:
        raise Invalid(fields={"alasan": N_("Tulis alasan 10 sampai 500 huruf. Peserta membacanya.")})
    correction = _store(session, actor, version, data, reason, now=now)
    report = _regrade(session, actor, version.id, reason, now=now)
    correction.effects = report.effects
    if version.id == facts.version_id and correction.body is not None:
        _renew(session, version, correction.body, now=now)
    record(
        session, actor, action="item.correct_key", subject=("item", facts.id), after=report.effects, reason=reason,
        before={"version": version.number}, at=now,
    )  # fmt: skip
    return report


def _store(
    session: Session, actor: Actor, version: ItemVersion, data: KeyData, reason: str, *, now: datetime
) -> KeyCorrection:
    body = None if data.mode is KeyMode.FULL else _corrected(version, data)
    session.execute(
        update(KeyCorrection)
        .where(KeyCorrection.item_version_id == version.id, KeyCorrection.is_current.is_(True))
        .values(is_current=False)
        .execution_options(synchronize_session=False)
    )
    correction = KeyCorrection(
        item_version_id=version.id, mode=data.mode, body=body, reason=reason, made_at=now, made_by_id=actor.employee_id
    )
    session.add(correction)
    session.flush()  # the scores below are read with it
    return correction


def _corrected(version: ItemVersion, data: KeyData) -> dict[str, Any]:
    if has_options(version.body):
        known = {option["code"] for option in version.body["options"]}
        if not data.right or not set(data.right) <= known:
            raise Invalid(fields={"benar": N_("Pilih jawaban yang benar.")})
        body = with_right_options(version.body, data.right)
    elif has_accepted(version.body):
        if not data.texts:
            raise Invalid(fields={"teks": N_("Tulis jawaban yang juga diterima, satu per baris.")})
        body = with_accepted(version.body, data.texts)
    else:
        raise Invalid(fields={"cara": N_("Kunci jenis ini tidak dapat diganti. Pilih nilai penuh untuk semua.")})
    faults = correction_faults(version.kind, version.body, body)
    if faults:
        raise Invalid(fields={"benar": N_("Kunci itu belum dapat dipakai: %(faults)s.", faults="; ".join(faults))})
    return body


def _renew(session: Session, version: ItemVersion, body: dict[str, Any], *, now: datetime) -> None:
    """Give the bank a version with the right key, for attempts to come."""
    frozen = {
        name: getattr(version, name)
        for name in ("kind", "stem_md", "explanation", "reference", "lesson_code", "level", "difficulty")
    } | {"body": body}
    made = ItemVersion(
        item_id=version.item_id, number=version.number + 1, stem_html=version.stem_html, created_at=now,
        competency_id=version.competency_id, digest=item_digest({**frozen, "competency": version.competency_id}),
        **frozen,
    )  # fmt: skip
    session.add(made)
    session.flush()  # the item points at the version
    session.execute(
        update(Item)
        .where(Item.id == version.item_id)
        .values(current_version_id=made.id)
        .execution_options(synchronize_session=False)
    )


def _regrade(session: Session, actor: Actor, version_id: int, reason: str, *, now: datetime) -> Regraded:
    concerned = queries.list_concerned(session, version_id, lock=True)
    changes: list[Change] = []
    for start in range(0, len(concerned), _BATCH):
        part = concerned[start : start + _BATCH]
        scores = queries.read_scores(session, {one.id: one.pass_percent for one in part})
        moved = [one for one in part if (scores[one.id].percent, scores[one.id].passed) != (one.percent, one.passed)]
        _write(session, part, scores, now=now)
        changes += [Change(one, scores[one.id].percent, scores[one.id].passed) for one in moved]
    turned = [one for one in changes if one.new_passed != one.attempt.passed and one.attempt.pass_percent]
    ids = sorted({one.attempt.enrolment_id for one in turned})
    before = queries.read_holdings(session, ids)
    _tell(session, actor, changes, turned, reason, now=now)
    session.flush()  # what the events did is read below
    after = queries.read_holdings(session, ids)
    for one in turned:
        _note_holdings(one, before, after)
    # Those whose pass turns come first: they are why one looks before one acts.
    changes.sort(key=lambda one: (one not in turned, one.new_percent - one.attempt.percent, one.attempt.name))
    return Regraded(len(concerned), changes)


def _write(session: Session, part: Sequence[Concerned], scores: dict[int, Score], *, now: datetime) -> None:
    marks = [{"row_id": item_id, "row_mark": mark} for one in part for item_id, mark in scores[one.id].marks.items()]
    table: Any = AttemptItem.__table__
    session.execute(
        update(table)
        .where(table.c.id == bindparam("row_id"), table.c.mark != bindparam("row_mark"))
        .values(mark=bindparam("row_mark")),
        marks,
    )
    attempts: Any = Attempt.__table__
    session.execute(
        update(attempts)
        .where(attempts.c.id == bindparam("row_id"))
        .values(
            score=bindparam("row_score"), percent=bindparam("row_percent"), passed=bindparam("row_passed"),
            graded_at=bindparam("row_graded"),
        ),
        [
            {
                "row_id": one.id, "row_score": scores[one.id].score, "row_percent": scores[one.id].percent,
                "row_passed": scores[one.id].passed, "row_graded": now,
            }
            for one in part
        ],
    )  # fmt: skip


def _tell(
    session: Session, actor: Actor, changes: Sequence[Change], turned: Sequence[Change], reason: str, *, now: datetime
) -> None:
    for one in changes:
        attempt = one.attempt
        record(
            session, actor, action="attempt.regrade", subject=("attempt", attempt.id), person_id=attempt.employee_id,
            before={"percent": attempt.percent, "passed": attempt.passed},
            after={"percent": one.new_percent, "passed": one.new_passed}, reason=reason, at=now,
        )  # fmt: skip
        publish(
            session,
            ResultChanged(
                attempt_id=attempt.id, attempt_public_id=attempt.public_id, employee_id=attempt.employee_id,
                title=attempt.assessment_title, old_percent=attempt.percent, new_percent=one.new_percent,
                reason=reason, changed_at=now,
            ),
        )  # fmt: skip
    assessments = queries.assessment_ids_of(session, [one.attempt.id for one in turned])
    pairs = [(one.attempt.enrolment_id, assessments[one.attempt.id]) for one in turned]
    still = queries.list_other_passes(session, pairs)
    for one, pair in zip(turned, pairs, strict=True):
        values = {"enrolment_id": one.attempt.enrolment_id, "employee_id": one.attempt.employee_id}
        if one.new_passed:
            publish(session, PassGained(**values, changed_at=now))
        elif pair not in still:
            publish(session, PassLost(**values, reason=reason, changed_at=now))


def _note_holdings(
    one: Change, before: dict[str, dict[int, list[str]]], after: dict[str, dict[int, list[str]]]
) -> None:
    enrolment = one.attempt.enrolment_id
    for name, earlier in before.items():
        held, holds = earlier.get(enrolment, []), after[name].get(enrolment, [])
        if gained := [thing for thing in holds if thing not in held]:
            one.gained[name] = gained
        if lost := [thing for thing in held if thing not in holds]:
            one.lost[name] = lost
