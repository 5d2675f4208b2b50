"""Keeping of items: one way in for imports and for the form, each change a new version."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.assessments.models import AssessmentKind, Item, ItemFile, ItemState, ItemVersion
from lms.assessments.rules import kind_of
from lms.assessments.services.formats.common import DIFFICULTIES
from lms.assessments.services.formats.pictures import picture_type
from lms.core import storage
from lms.core.richtext import render_markdown

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

USES = frozenset(kind.value for kind in AssessmentKind)
MAX_PICTURE = 2 << 20


def item_digest(values: dict[str, Any]) -> str:
    """Return the SHA-256 of all that a version freezes."""
    plain = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def frozen(item: dict[str, Any]) -> dict[str, Any]:
    """Return what a version freezes of an item of a file."""
    return {
        "kind": item["kind"],
        "stem_md": item["stem"].strip(),
        "body": kind_of(item["kind"]).body(item),
        "explanation": str(item.get("explanation", "")).strip(),
        "reference": str(item.get("reference", "")).strip()[:300],
        "lesson_code": item.get("lesson") or "",
        "level": item.get("level"),
        "difficulty": item.get("difficulty") if item.get("difficulty") in DIFFICULTIES else "sedang",
    }


def add_version(
    session: Session,
    item: Item,
    current: ItemVersion | None,
    entry: dict[str, Any],
    *,
    competency_id: int | None,
    now: datetime,
) -> bool:
    """Add a version when anything differs from the current one; return whether it did."""
    values = frozen(entry)
    digest = item_digest({**values, "competency": entry.get("competency")})
    if current is not None and current.digest == digest:
        return False
    version = ItemVersion(
        item_id=item.id,
        number=current.number + 1 if current is not None else 1,
        stem_html=render_markdown(values["stem_md"], heading_shift=2, id_prefix="soal-").html,
        competency_id=competency_id,
        created_at=now,
        digest=digest,
        **values,
    )
    session.add(version)
    session.flush()  # the item points at the version
    item.current_version_id = version.id
    return True


class Shelf:
    """A bank while items are put into it.

    Args:
        competency_ids: by code, as the dictionary in use knows them.
    """

    def __init__(self, session: Session, *, bank_id: int, competency_ids: dict[str, int], now: datetime) -> None:
        self.session, self.bank_id, self.competency_ids, self.now = session, bank_id, competency_ids, now
        self.items = {item.code: item for item in session.scalars(select(Item).where(Item.bank_id == bank_id))}
        self.versions = {
            version.item_id: version
            for version in session.scalars(
                select(ItemVersion).join(Item, Item.current_version_id == ItemVersion.id).where(Item.bank_id == bank_id)
            )
        }
        self.by_content = {_content(version): version.item_id for version in self.versions.values()}
        self.number = len(self.items)

    def put(self, entry: dict[str, Any], *, author_id: int | None) -> tuple[Item, str]:
        """Keep one item and return it with `new`, `changed` or `same`.

        An item with a code that the bank has becomes its next version, as a draft; one without a code that is
        there word for word is left as it is.
        """
        code = str(entry.get("code", ""))
        held = self.items.get(code) if code else None
        if held is None and not code:
            same = self.by_content.get(_content(ItemVersion(**frozen(entry))))
            held = next((item for item in self.items.values() if item.id == same), None) if same else None
            code = held.code if held is not None else self._next()
        is_new = held is None
        item = held or Item(bank_id=self.bank_id, code=code, state=ItemState.DRAFT, uses=_uses(entry))
        item.category, item.tags = str(entry.get("category", ""))[:200], list(entry.get("tags", ()))[:20]
        if is_new:
            self.session.add(item)
            self.session.flush()  # the version needs the item's id
            self.items[code] = item
        wanted = entry.get("competency") or ""
        changed = add_version(
            self.session,
            item,
            self.versions.get(item.id),
            entry,
            competency_id=self.competency_ids.get(wanted),
            now=self.now,
        )
        if changed:
            item.state, item.author_employee_id = ItemState.DRAFT, author_id
            item.reviewed_by_id = item.reviewed_at = None
            self.by_content[_content(ItemVersion(**frozen(entry)))] = item.id
        return item, "new" if is_new else "changed" if changed else "same"

    def _next(self) -> str:
        while True:
            self.number += 1
            code = f"S-{self.number:04d}"
            if code not in self.items:
                return code

    def keep_picture(self, name: str, data: bytes) -> str | None:
        """Keep a picture and return its address; None when it is no picture that browsers show, or too large."""
        media_type = picture_type(data)
        if media_type is None or len(data) > MAX_PICTURE:
            return None
        digest = storage.put(data, media_type=media_type, name=storage.safe_name(name), session=self.session)
        row = self.session.scalars(select(ItemFile).filter_by(bank_id=self.bank_id, digest=digest)).one_or_none()
        if row is None:
            row = ItemFile(
                bank_id=self.bank_id,
                digest=digest,
                name=storage.safe_name(name)[:200],
                media_type=media_type,
                created_at=self.now,
            )
            self.session.add(row)
            self.session.flush()  # the address is the row's public id
        return f"/berkas-soal/{row.public_id}"


def _uses(entry: dict[str, Any]) -> list[str]:
    found = sorted(set(map(str, entry.get("uses", ()))) & USES)
    return found or ["exam", "pretest"]


def _content(version: ItemVersion) -> str:
    return item_digest({"kind": version.kind, "stem": version.stem_md, "body": version.body})
