"""Acts of those who look after a bank: writing, reviewing, speaking of an item."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.assessments import queries
from lms.assessments.models import Item, ItemComment, ItemState
from lms.assessments.rules import kind_of
from lms.assessments.services.banks import refuse_too_few
from lms.assessments.services.formats.pictures import picture_size
from lms.assessments.services.storing import Shelf
from lms.competencies.queries import competency_ids
from lms.core.audit import record
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.assessments.queries import ItemFacts
    from lms.core.actor import Actor

MAX_COMMENT = 2_000
ABSENT = N_("Butir soal itu tidak ada, atau bukan milik unit Anda.")


def save_item(
    session: Session,
    actor: Actor,
    *,
    bank: str,
    entry: dict[str, Any],
    picture: tuple[str, bytes] | None = None,
    now: datetime,
) -> str:
    """Keep an item that was written in the browser as a draft, and return its public id.

    Args:
        bank: public id of a bank in the actor's scope.
        entry: the item as a bank file writes it; with a code that the bank has, its next version.
        picture: name and bytes of a picture that the item shows.

    Raises: NotFound: no such bank; Invalid: it cannot work, or the picture is none.
    """
    held = queries.get_bank(session, actor, bank)
    if held is None:
        raise NotFound(N_("Bank soal itu tidak ada, atau bukan milik unit Anda."))
    shelf = Shelf(session, bank_id=held.id, competency_ids=competency_ids(session), now=now)
    if picture is not None:
        address = shelf.keep_picture(*picture)
        if address is None:
            raise Invalid(N_("Gambar harus PNG, JPEG, GIF, atau WebP, paling besar 2 MB."))
        width, height = picture_size(picture[1])
        entry = {"width": width, "height": height} | entry | {"image": address}
    faults = kind_of(entry["kind"]).faults(entry)
    if faults:
        raise Invalid(f"{faults[0]}.")
    held_item = shelf.items.get(str(entry.get("code", "")))
    if held_item is not None and held_item.state is ItemState.READY:
        refuse_too_few(session, held_item.id)  # a changed item is a draft, and drafts are not drawn
    item, action = shelf.put(entry, author_id=actor.employee_id)
    record(session, actor, action=f"item.{action}", subject=("item", item.id), after={"code": item.code}, at=now)
    return item.public_id


def _locked(session: Session, actor: Actor, public_id: str) -> tuple[ItemFacts, Item]:
    facts = queries.get_item(session, actor, public_id)
    if facts is None:
        raise NotFound(ABSENT)
    item = session.scalars(
        select(Item).where(Item.id == facts.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    return facts, item


def review_item(session: Session, actor: Actor, *, public_id: str, now: datetime) -> None:
    """Note that a second person has read a draft and found it good; a second press changes nothing.

    Raises: NotFound; Refused: the actor wrote this version, or it is no draft.
    """
    _facts, item = _locked(session, actor, public_id)
    if item.author_employee_id is not None and item.author_employee_id == actor.employee_id:
        raise Refused(N_("Butir ini Anda tulis sendiri. Mintalah rekan menelaahnya."))
    if item.state is not ItemState.DRAFT:
        raise Refused(N_("Hanya rancangan yang dapat ditelaah."))
    if item.reviewed_at is None:
        item.reviewed_by_id, item.reviewed_at = actor.employee_id, now
        record(session, actor, action="item.review", subject=("item", item.id), at=now)


def comment_item(session: Session, actor: Actor, *, public_id: str, text: str, now: datetime) -> None:
    """Keep what somebody says of an item.

    Raises: NotFound; Invalid: empty or too long.
    """
    _facts, item = _locked(session, actor, public_id)
    words = " ".join(text.split())
    if not words or len(words) > MAX_COMMENT or actor.employee_id is None:
        raise Invalid(N_("Komentar harus 1 sampai %(count)s huruf.", count=MAX_COMMENT))
    session.add(ItemComment(item_id=item.id, author_employee_id=actor.employee_id, text=words, created_at=now))
    record(session, actor, action="item.comment", subject=("item", item.id), at=now)
