"""Import of items from files of other systems, with a report of each, and export back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.assessments.models import Item, ItemFile, ItemState, ItemVersion, QuestionBank
from lms.assessments.services import formats
from lms.assessments.services.formats import FORMATS, Read
from lms.assessments.services.formats.pictures import PICTURE, picture_size, picture_type
from lms.assessments.services.storing import Shelf
from lms.competencies.models import Competency
from lms.competencies.queries import competency_ids
from lms.core import storage
from lms.core.audit import record
from lms.core.errors import Invalid, NotFound
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """What became of one question of a file.

    Args:
        status: `read`, `changed` (see notes) or `left_out` (see reason).
        action: `new`, `changed`, `same`, or empty when nothing was kept.
    """

    place: str
    name: str
    code: str
    kind: str
    status: str
    action: str
    notes: list[str]
    reason: str
    stem: str = ""


@dataclass(slots=True)
class Imported:
    """What became of a file."""

    format: str
    bank: str
    bank_action: str
    dry_run: bool
    items: list[ImportedItem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, status: str) -> int:
        """Return how many items have a status."""
        return sum(item.status == status for item in self.items)

    @property
    def counts(self) -> dict[str, int]:
        """Number of items by status."""
        return {status: self.count(status) for status in ("read", "changed", "left_out")}


def import_items(
    session: Session,
    actor: Actor,
    data: bytes,
    *,
    bank_code: str,
    unit_id: int | None,
    form: str = "",
    dry_run: bool = False,
    now: datetime,
) -> Imported:
    """Read a file and put its items into a bank as drafts; a bank that does not exist is made.

    Args:
        bank_code: 1 to 60 characters.
        unit_id: who owns a bank that is made.
        form: one of FORMATS; told by the content when empty.
        dry_run: read and report only; nothing is written, and a bank is only named.

    Raises: Invalid: the file is not of its format, hostile, or beyond the bounds.
    """
    bank_code = bank_code.strip()
    if not 0 < len(bank_code) <= 60:
        raise Invalid(N_("Kode bank harus 1 sampai 60 huruf."))
    try:
        document = formats.read(data, form=form)
    except formats.Unreadable as problem:
        raise Invalid(str(problem)) from problem
    bank = session.scalars(select(QuestionBank).filter_by(code=bank_code)).one_or_none()
    result = Imported(
        document.format, bank_code, "exists" if bank is not None else "made", dry_run, notes=document.notes
    )
    known = competency_ids(session)
    for one in document.reads:
        _settle(one, known)
    if dry_run:
        result.items = [_line(one, "") for one in document.reads]
        return result
    if bank is None:
        if unit_id is None:
            raise Invalid(N_("Bank itu belum ada, dan unit pemiliknya belum ditentukan."))
        bank = QuestionBank(code=bank_code, title=bank_code, owner_unit_id=unit_id)
        session.add(bank)
        session.flush()  # items need the bank's id
    shelf = Shelf(session, bank_id=bank.id, competency_ids=known, now=now)
    for one in document.reads:
        action = ""
        if one.item is not None:
            _place_pictures(one, shelf)
        if one.item is not None:
            item, action = shelf.put(one.item, author_id=actor.employee_id)
            one.item["code"] = item.code
        result.items.append(_line(one, action))
    record(
        session,
        actor,
        action="item.import",
        subject=("question_bank", bank.id),
        after={"format": document.format, **result.counts},
        at=now,
    )
    return result


def _settle(one: Read, known: dict[str, int]) -> None:
    """Name what the bank cannot take over from an item."""
    item = one.item
    if item is None:
        return
    wanted = item.get("competency")
    if wanted and wanted not in known:
        one.note(f"Kompetensi {str(wanted)[:40]} tidak ada dalam kamus, dikosongkan.")
        del item["competency"]
    if len(str(item.get("code", ""))) > 60:
        del item["code"]
    for name in sorted(set(PICTURE.findall(_texts(item)))):
        data = one.files.get(_plain_name(name))
        if data is None:
            one.note(f"Gambar “{_plain_name(name)[:60]}” tidak ada dalam berkas.")
        elif picture_type(data) is None:
            one.note(f"“{_plain_name(name)[:60]}” bukan gambar PNG, JPEG, GIF, atau WebP; tidak ikut.")
    unused = set(one.files) - {_plain_name(name) for name in PICTURE.findall(_texts(item))}
    for name in sorted(unused):
        one.note(f"Berkas “{name[:60]}” tidak dipakai dalam teks dan tidak ikut.")
    if "image" in item and not picture_type(one.files.get(_plain_name(str(item["image"])[7:]), b"")):
        one.item, one.reason = None, "Gambarnya tidak terbaca."


def _plain_name(name: str) -> str:
    return name.replace("%20", " ").replace("%29", ")")


def _texts(value: Any) -> str:
    if isinstance(value, str):
        return value + "\n"
    if isinstance(value, dict):
        return "".join(_texts(one) for one in value.values())
    return "".join(_texts(one) for one in value) if isinstance(value, list) else ""


def _place_pictures(one: Read, shelf: Shelf) -> None:
    addresses: dict[str, str] = {}
    for name, data in one.files.items():
        address = shelf.keep_picture(name, data)
        if address is not None:
            addresses[name] = address
    item = one.item
    assert item is not None
    if "image" in item:
        data = one.files[_plain_name(item["image"][7:])]
        width, height = picture_size(data)
        item["width"], item["height"] = item.get("width") or width, item.get("height") or height

    def replace(value: Any) -> Any:
        if isinstance(value, str):
            return (
                PICTURE.sub(lambda found: addresses.get(_plain_name(found[1]), ""), value)
                if "berkas:" in value
                else value
            )
        if isinstance(value, dict):
            return {key: replace(inner) for key, inner in value.items()}
        return [replace(inner) for inner in value] if isinstance(value, list) else value

    one.item = replace(item)


def _line(one: Read, action: str) -> ImportedItem:
    item = one.item or {}
    return ImportedItem(
        one.place,
        one.name,
        str(item.get("code", "")),
        str(item.get("kind", "")),
        one.status,
        action,
        one.notes,
        one.reason,
        str(item.get("stem", ""))[:300],
    )


def export_bank(
    session: Session, bank_id: int, form: str, *, ready_only: bool = False
) -> tuple[bytes, str, dict[str, str]]:
    """Return the items of a bank in a format, the ending of the file's name, and by code what it cannot carry.

    Raises: Invalid: no such format; NotFound: no such bank.
    """
    if form not in FORMATS or form == "teks":
        raise Invalid(N_("Format itu tidak dikenal. Pilih dari daftar."))
    if session.get(QuestionBank, bank_id) is None:
        raise NotFound(N_("Bank soal itu tidak ada, atau bukan milik unit Anda."))
    rows = session.execute(
        select(Item, ItemVersion, Competency.code)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .outerjoin(Competency, Competency.id == ItemVersion.competency_id)
        .where(Item.bank_id == bank_id, Item.state != ItemState.RETIRED)
        .where(Item.state == ItemState.READY if ready_only else Item.id.is_not(None))
        .order_by(Item.code, Item.id)
        .limit(5_000)
    )
    items = [entry_of(item, version, code) for item, version, code in rows]
    files: dict[str, bytes] = {}
    for row in session.scalars(select(ItemFile).where(ItemFile.bank_id == bank_id).limit(5_000)):
        name = f"{row.public_id}-{row.name}".replace(" ", "_")
        address = f"/berkas-soal/{row.public_id}"
        used = [item for item in items if address in _texts(item)]
        if used and form == "moodle":
            files[name] = storage.read(row.digest)
            for item in used:
                item["stem"] = item["stem"].replace(address, f"berkas:{name}")
    return formats.write(items, form, files=files)


def entry_of(item: Item, version: ItemVersion, competency: str | None) -> dict[str, Any]:
    """Return an item as a bank file writes it."""
    entry: dict[str, Any] = {
        "code": item.code,
        "kind": version.kind,
        "stem": version.stem_md,
        "explanation": version.explanation,
        "reference": version.reference,
        "competency": competency or "",
        "level": version.level,
        "difficulty": version.difficulty,
        "lesson": version.lesson_code,
        "uses": item.uses,
        "category": item.category,
        "tags": item.tags,
    }
    return {name: value for name, value in entry.items() if value not in ("", None, [])} | version.body


__all__ = ["FORMATS", "Imported", "ImportedItem", "entry_of", "export_bank", "import_items"]
