"""Reads of banks and items, for those who manage them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.assessments.models import (
    Attempt,
    AttemptItem,
    Item,
    ItemComment,
    ItemFile,
    ItemState,
    ItemVersion,
    QuestionBank,
)
from lms.assessments.policies import assessments_managed_by, attempts_taken_by
from lms.competencies.models import Competency
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class BankLine:
    """A bank in the list."""

    id: int
    public_id: str
    code: str
    title: str
    unit_name: str
    ready: int
    total: int


def _banks(actor: Actor) -> Any:
    return (
        select(
            QuestionBank.id, QuestionBank.public_id, QuestionBank.code, QuestionBank.title, OrganisationalUnit.name,
            func.count(Item.id).filter(Item.state == ItemState.READY), func.count(Item.id),
        )
        .join(OrganisationalUnit, OrganisationalUnit.id == QuestionBank.owner_unit_id)
        .outerjoin(Item, Item.bank_id == QuestionBank.id)
        .where(assessments_managed_by(actor, OrganisationalUnit.path))
        .group_by(QuestionBank.id, OrganisationalUnit.id)
    )  # fmt: skip


def list_banks(session: Session, actor: Actor, *, limit: int = 100) -> list[BankLine]:
    """Return the banks in the actor's scope by title."""
    rows = session.execute(_banks(actor).order_by(QuestionBank.title, QuestionBank.id).limit(limit))
    return [BankLine(*row) for row in rows]


def get_bank(session: Session, actor: Actor, public_id: str) -> BankLine | None:
    """Return one bank in the actor's scope, or None."""
    row = session.execute(_banks(actor).where(QuestionBank.public_id == public_id)).one_or_none()
    return BankLine(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in the list of its bank."""

    public_id: str
    code: str
    state: ItemState
    uses: list[str]
    kind: str
    stem_md: str
    difficulty: str
    lesson_code: str
    level: int | None
    competency_name: str | None
    version_number: int


def list_items(
    session: Session,
    bank_id: int,
    *,
    words: str = "",
    kind: str = "",
    state: str = "",
    page: int | None = 1,
) -> tuple[list[ItemLine], int]:
    """Return one page of the items of a bank by code, and how many match; None as page gives up to 5,000."""
    conditions: list[Any] = [Item.bank_id == bank_id]
    if words:
        pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(or_(Item.code.ilike(pattern, escape="\\"), ItemVersion.stem_md.ilike(pattern, escape="\\")))
    if kind:
        conditions.append(ItemVersion.kind == kind)
    if state in set(ItemState):
        conditions.append(Item.state == ItemState(state))
    joined = select(func.count(Item.id)).join(ItemVersion, ItemVersion.id == Item.current_version_id)
    total = session.execute(joined.where(*conditions)).scalar_one()
    rows = session.execute(
        select(
            Item.public_id, Item.code, Item.state, Item.uses, ItemVersion.kind, ItemVersion.stem_md,
            ItemVersion.difficulty, ItemVersion.lesson_code, ItemVersion.level, Competency.name, ItemVersion.number,
        )
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(Competency, Competency.id == ItemVersion.competency_id)
        .where(*conditions)
        .order_by(Item.code, Item.id)
        .limit(5_000 if page is None else PAGE_SIZE)
        .offset(0 if page is None else (max(1, page) - 1) * PAGE_SIZE)
    )  # fmt: skip
    return [ItemLine(*row) for row in rows], total


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item as its managers see it, key included."""

    id: int
    public_id: str
    code: str
    state: ItemState
    uses: list[str]
    bank_public_id: str
    bank_title: str
    version_id: int
    version_number: int
    kind: str
    stem_html: str
    body: dict[str, Any]
    explanation: str
    reference: str
    lesson_code: str
    level: int | None
    difficulty: str
    competency_name: str | None
    times_used: int
    mean_mark: float | None
    reviewed_at: datetime | None
    author_id: int | None
    author_name: str | None
    reviewer_name: str | None


def get_item(session: Session, actor: Actor, public_id: str) -> ItemFacts | None:
    """Return one item of a bank in the actor's scope, with how often its versions were drawn."""
    uses = (
        select(func.count(AttemptItem.id))
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(ItemVersion.item_id == Item.id)
        .scalar_subquery()
    )
    version = ItemVersion.__table__.alias("used_version")
    mean = (
        select(func.avg(AttemptItem.mark))
        .join(version, version.c.id == AttemptItem.item_version_id)
        .where(version.c.item_id == Item.id)
        .scalar_subquery()
    )
    author, reviewer = aliased(Employee), aliased(Employee)
    row = session.execute(
        select(
            Item.id, Item.public_id, Item.code, Item.state, Item.uses, QuestionBank.public_id, QuestionBank.title,
            ItemVersion.id, ItemVersion.number, ItemVersion.kind, ItemVersion.stem_html, ItemVersion.body,
            ItemVersion.explanation, ItemVersion.reference, ItemVersion.lesson_code, ItemVersion.level,
            ItemVersion.difficulty, Competency.name, uses, mean, Item.reviewed_at, Item.author_employee_id, author.name,
            reviewer.name,
        )
        .join(QuestionBank, QuestionBank.id == Item.bank_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == QuestionBank.owner_unit_id)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(Competency, Competency.id == ItemVersion.competency_id)
        .outerjoin(author, author.id == Item.author_employee_id)
        .outerjoin(reviewer, reviewer.id == Item.reviewed_by_id)
        .where(Item.public_id == public_id, assessments_managed_by(actor, OrganisationalUnit.path))
    ).one_or_none()  # fmt: skip
    return ItemFacts(*row) if row is not None else None


def bank_id_of_code(session: Session, code: str) -> int | None:
    """Return the internal id of a bank, for commands; None when there is none."""
    return session.scalars(select(QuestionBank.id).where(QuestionBank.code == code)).one_or_none()


def top_unit_id(session: Session) -> int | None:
    """Return the id of the uppermost unit, who owns what a command makes; None in an empty installation."""
    return session.scalars(
        select(OrganisationalUnit.id).order_by(func.length(OrganisationalUnit.path), OrganisationalUnit.id).limit(1)
    ).first()


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture of a bank."""

    digest: str
    media_type: str
    name: str


def get_picture(session: Session, actor: Actor, public_id: str) -> PictureFacts | None:
    """Return a picture of a bank that the actor manages, or whose items stand in one's own attempts; else None."""
    own = (
        exists()
        .where(Attempt.id == AttemptItem.attempt_id, attempts_taken_by(actor))
        .where(ItemVersion.id == AttemptItem.item_version_id, Item.id == ItemVersion.item_id)
        .where(Item.bank_id == ItemFile.bank_id)
    )
    row = session.execute(
        select(ItemFile.digest, ItemFile.media_type, ItemFile.name)
        .join(QuestionBank, QuestionBank.id == ItemFile.bank_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == QuestionBank.owner_unit_id)
        .where(ItemFile.public_id == public_id, or_(assessments_managed_by(actor, OrganisationalUnit.path), own))
    ).one_or_none()
    return PictureFacts(*row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said of an item."""

    name: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One version of an item."""

    number: int
    kind: str
    stem_md: str
    created_at: datetime
    used: int


def list_remarks(session: Session, item_id: int) -> list[Remark]:
    """Return the last fifty remarks on an item, newest first."""
    rows = session.execute(
        select(Employee.name, ItemComment.text, ItemComment.created_at)
        .join(Employee, Employee.id == ItemComment.author_employee_id)
        .where(ItemComment.item_id == item_id)
        .order_by(ItemComment.id.desc())
        .limit(50)
    )
    return [Remark(*row) for row in rows]


def list_history(session: Session, item_id: int) -> list[HistoryLine]:
    """Return the last twenty versions of an item, newest first, with how often each was drawn."""
    rows = session.execute(
        select(
            ItemVersion.number,
            ItemVersion.kind,
            ItemVersion.stem_md,
            ItemVersion.created_at,
            func.count(AttemptItem.id),
        )
        .outerjoin(AttemptItem, AttemptItem.item_version_id == ItemVersion.id)
        .where(ItemVersion.item_id == item_id)
        .group_by(ItemVersion.id)
        .order_by(ItemVersion.number.desc())
        .limit(20)
    )
    return [HistoryLine(*row) for row in rows]


def item_results(session: Session, item_id: int) -> list[tuple[float, float]]:
    """Return mark and rest of the score of the last 2,000 scored attempts with an item, over all its versions."""
    rows = session.execute(
        select(AttemptItem.mark, Attempt.score)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .join(ItemVersion, ItemVersion.id == AttemptItem.item_version_id)
        .where(ItemVersion.item_id == item_id, AttemptItem.mark.is_not(None), Attempt.score.is_not(None))
        .order_by(Attempt.id.desc())
        .limit(2_000)
    )
    return [(mark, score - mark) for mark, score in rows if mark is not None and score is not None]


def get_entry_parts(session: Session, item_id: int) -> Any:
    """Return item, current version and code of its competency, for the form that changes it."""
    return session.execute(
        select(Item, ItemVersion, Competency.code)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(Competency, Competency.id == ItemVersion.competency_id)
        .where(Item.id == item_id)
    ).one()


def list_stems(session: Session, bank_id: int) -> list[tuple[str, str, str]]:
    """Return public id, code and question of up to 2,000 items of a bank, to find near duplicates among them."""
    rows = session.execute(
        select(Item.public_id, Item.code, ItemVersion.stem_md)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.bank_id == bank_id, Item.state != ItemState.RETIRED)
        .order_by(Item.id)
        .limit(2_000)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def get_entry_by_code(session: Session, bank_id: int, code: str) -> Any:
    """Return item, current version and code of its competency by the item's code in a bank, or None."""
    return session.execute(
        select(Item, ItemVersion, Competency.code)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(Competency, Competency.id == ItemVersion.competency_id)
        .where(Item.bank_id == bank_id, Item.code == code)
    ).one_or_none()
