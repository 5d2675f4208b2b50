"""Loading of banks and assessments from course folders, and acts on items."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, select, update

from lms.assessments import queries
from lms.assessments.models import (
    Assessment,
    AssessmentKind,
    Item,
    ItemState,
    ItemVersion,
    QuestionBank,
)
from lms.assessments.rules import Design, kind_names, kind_of, unsafe_mixes
from lms.assessments.services.storing import USES, add_version
from lms.competencies.queries import competency_ids
from lms.core.audit import record
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.text import N_
from lms.courses.rules import CoursePart, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

FORMAT = "bina-bank/1"
FILE = "bank.json"
DIFFICULTIES = ("mudah", "sedang", "sulit")
MAX_STEM = 4000


def load_part(session: Session, part: CoursePart) -> Sequence[Fault]:
    """Load the bank and the assessments of a course folder; the courses loader calls this twice.

    First with `part.only_check`: everything is checked, nothing written. Then, when nothing was wrong
    anywhere, to write. The same files again change nothing. Items that the file no longer has are
    retired, never deleted; a changed text makes a new version, and running attempts keep theirs.
    """
    bank, faults = _read_bank(part)
    items = bank.get("items", []) if bank is not None else []
    faults += _item_faults(items, part)
    faults += _assessment_faults(items, part)
    if faults or part.only_check or bank is None or not _assessments(part):
        return faults
    bank_id = _store_bank(session, bank, part)
    _store_assessments(session, part, bank_id=bank_id)
    return []


def _assessments(part: CoursePart) -> list[Any]:
    found = part.document.get("assessments", [])
    return found if isinstance(found, list) else []


def _read_bank(part: CoursePart) -> tuple[dict[str, Any] | None, list[Fault]]:
    path = part.folder / FILE
    if not path.is_file():
        if _assessments(part):
            return None, [Fault(FILE, "", "berkas ini tidak ada, padahal pelatihannya memuat asesmen.")]
        return None, []
    try:
        bank = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return None, [Fault(FILE, "", f"bukan JSON yang terbaca: {error}.")]
    if not isinstance(bank, dict):
        return None, [Fault(FILE, "", "harus berisi satu objek JSON.")]
    faults = []
    if bank.get("format") != FORMAT:
        faults.append(Fault(FILE, "format", f"harus “{FORMAT}”."))
    for name, limit in (("code", 60), ("title", 200)):
        value = bank.get(name)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= limit:
            faults.append(Fault(FILE, name, f"isi dengan teks 1 sampai {limit} huruf."))
    items = bank.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        faults.append(Fault(FILE, "items", "harus berupa daftar butir soal dan tidak boleh kosong."))
        bank = {**bank, "items": []}
    return bank, faults


def _item_faults(items: list[dict[str, Any]], part: CoursePart) -> list[Fault]:
    faults: list[Fault] = []
    codes: set[str] = set()
    for index, item in enumerate(items):
        code = item.get("code")
        place = f"items[{index}]" + (f" ({code})" if isinstance(code, str) and code else "")
        if not isinstance(code, str) or not 0 < len(code) <= 60:
            faults.append(Fault(FILE, place, "`code` harus 1 sampai 60 huruf."))
        elif code in codes:
            faults.append(Fault(FILE, place, f"kode {code} dipakai dua kali."))
        codes.add(str(code))
        faults += [Fault(FILE, place, f"{text}.") for text in _common_faults(item, part)]
        if item.get("kind") in kind_names():
            kind = kind_of(item["kind"])
            faults += [Fault(FILE, place, f"{text}.") for text in [*kind.faults(item), *kind.lacks(item)]]
            if kind.needs_marker:
                faults.append(Fault(FILE, place, f"jenis {kind.name} dinilai orang, belum dapat diujikan."))
        else:
            faults.append(
                Fault(
                    FILE,
                    place,
                    f"jenis “{item.get('kind')}” tidak dikenal. Pilih: {', '.join(kind_names())}.",
                )
            )
    return faults


def _common_faults(item: dict[str, Any], part: CoursePart) -> list[str]:
    found = []
    stem = item.get("stem")
    if not isinstance(stem, str) or not 0 < len(stem.strip()) <= MAX_STEM:
        found.append(f"`stem` harus 1 sampai {MAX_STEM} huruf")
    if not str(item.get("explanation", "")).strip():
        found.append("`explanation` belum diisi")
    if len(str(item.get("reference", ""))) > 300:
        found.append("`reference` paling panjang 300 huruf")
    uses = item.get("uses")
    if not isinstance(uses, list) or not uses or not set(map(str, uses)) <= USES:
        found.append(f"`uses` harus memuat satu atau lebih dari: {', '.join(sorted(USES))}")
    if item.get("difficulty", "sedang") not in DIFFICULTIES:
        found.append(f"`difficulty` harus salah satu dari: {', '.join(DIFFICULTIES)}")
    if item.get("competency") is not None and item["competency"] not in part.competency_ids:
        found.append(f"kompetensi {item['competency']} tidak dikenal")
    level = item.get("level")
    if level is not None and (isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= 5):
        found.append("`level` harus 1 sampai 5")
    if item.get("lesson") and item["lesson"] not in part.lesson_codes:
        found.append(f"materi {item['lesson']} tidak ada dalam pelatihan ini")
    return found


def _assessment_faults(items: list[dict[str, Any]], part: CoursePart) -> list[Fault]:
    faults: list[Fault] = []
    if not isinstance(part.document.get("assessments", []), list):
        return [Fault("course.json", "assessments", "harus berupa daftar.")]
    codes: set[str] = set()
    for index, entry in enumerate(_assessments(part)):
        place = f"assessments[{index}]"
        if not isinstance(entry, dict):
            faults.append(Fault("course.json", place, "harus berupa objek."))
            continue
        code = entry.get("code")
        if not isinstance(code, str) or not 0 < len(code) <= 60 or not code.replace("-", "").isalnum():
            faults.append(Fault("course.json", place, "`code` harus huruf, angka, dan tanda hubung."))
        elif code in codes:
            faults.append(Fault("course.json", place, f"kode {code} dipakai dua kali."))
        codes.add(str(code))
        if not str(entry.get("title", "")).strip():
            faults.append(Fault("course.json", place, "`title` belum diisi."))
        if entry.get("kind") not in USES:
            faults.append(Fault("course.json", place, f"`kind` harus salah satu dari: {', '.join(sorted(USES))}."))
            continue
        numbers = {name: entry.get(name, default) for name, default in _NUMBERS.items()}
        wrong = [name for name, value in numbers.items() if isinstance(value, bool) or not isinstance(value, int)]
        if wrong:
            faults += [Fault("course.json", f"{place}.{name}", "harus angka bulat.") for name in wrong]
            continue
        pool = sum(
            1 for item in items
            if entry["kind"] == AssessmentKind.QUIZ or entry["kind"] in (item.get("uses") or ())
        )  # fmt: skip
        faults += [Fault("course.json", place, f"{text}.") for text in unsafe_mixes(_design(entry, pool))]
    return faults


_NUMBERS = {
    "draw": None, "time_limit_minutes": None, "pass_percent": None, "attempts_max": None, "delay_days": 0,
}  # fmt: skip


def _design(entry: dict[str, Any], pool: int) -> Design:
    return Design(
        kind=entry["kind"],
        draw_count=entry["draw"],
        pool_count=pool,
        time_limit_minutes=entry["time_limit_minutes"],
        pass_percent=entry["pass_percent"],
        attempts_max=entry["attempts_max"],
        delay_days=entry.get("delay_days", 0),
    )


def _store_bank(session: Session, bank: dict[str, Any], part: CoursePart) -> int:
    assert part.owner_unit_id is not None
    row = session.scalars(select(QuestionBank).filter_by(code=bank["code"])).one_or_none()
    if row is None:
        row = QuestionBank(code=bank["code"], title=bank["title"], owner_unit_id=part.owner_unit_id)
        session.add(row)
    row.title, row.course_id, row.owner_unit_id = bank["title"], part.course_id, part.owner_unit_id
    session.flush()  # items need the bank's id
    held = {item.code: item for item in session.scalars(select(Item).where(Item.bank_id == row.id))}
    current = {
        version.item_id: version
        for version in session.scalars(
            select(ItemVersion).join(Item, Item.current_version_id == ItemVersion.id).where(Item.bank_id == row.id)
        )
    }
    for entry in bank["items"]:
        item = held.pop(entry["code"], None)
        if item is None:
            item = Item(bank_id=row.id, code=entry["code"], state=ItemState.READY, uses=sorted(entry["uses"]))
            session.add(item)
            session.flush()  # the version needs the item's id
        elif item.state is ItemState.RETIRED:
            item.state = ItemState.READY
        if item.uses != sorted(entry["uses"]):
            item.uses = sorted(entry["uses"])
        _store_version(session, item, current.get(item.id), entry, part)
    for item in held.values():
        item.state = ItemState.RETIRED
    return row.id


def _store_version(
    session: Session, item: Item, current: ItemVersion | None, entry: dict[str, Any], part: CoursePart
) -> None:
    competency_id = part.competency_ids.get(entry.get("competency") or "")
    add_version(session, item, current, entry, competency_id=competency_id, now=part.now)


def _store_assessments(session: Session, part: CoursePart, *, bank_id: int) -> None:
    assert part.version_id is not None
    held = {
        row.code: row
        for row in session.scalars(select(Assessment).where(Assessment.course_version_id == part.version_id))
    }
    for entry in _assessments(part):
        row = held.get(entry["code"])
        if row is None:
            row = Assessment(
                course_version_id=part.version_id, code=entry["code"], bank_id=bank_id,
                kind=AssessmentKind(entry["kind"]), title=entry["title"].strip(), draw_count=entry["draw"],
                time_limit_minutes=entry["time_limit_minutes"], pass_percent=entry["pass_percent"],
                attempts_max=entry["attempts_max"], delay_days=entry.get("delay_days", 0),
                instructions=str(entry.get("instructions", "")).strip(),
                needs_lessons=bool(entry.get("needs_lessons", False)),
                shuffles_options=bool(entry.get("shuffles_options", True)),
            )  # fmt: skip
            session.add(row)
        # The rules of a published version are part of its digest, so an existing row is right already.
    session.flush()  # so that the caller may use the rows at once


def carry_assessments(session: Session, from_version_id: int, to_version_id: int) -> None:
    """Give a new version of a course the assessments of the one before, from the same banks.

    Running attempts stay with the old version's assessments.
    """
    table = inspect(Assessment).local_table
    kept = [column for column in table.columns if column.name not in {"id", "public_id", "course_version_id"}]
    for row in session.execute(
        select(*kept).where(table.c.course_version_id == from_version_id).order_by(table.c.id)
    ).mappings():
        session.add(Assessment(course_version_id=to_version_id, **{column.key: row[column] for column in kept}))
    session.flush()  # the caller may read the new version at once


def export_part(session: Session, version_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the assessments of a version and their bank as `load_part` reads them; only items in use.

    A course file has one bank: assessments that draw from another one are left out.
    """
    assessments = list(
        session.scalars(select(Assessment).where(Assessment.course_version_id == version_id).order_by(Assessment.id))
    )
    if not assessments:
        return {}, {}
    bank = session.get_one(QuestionBank, assessments[0].bank_id)
    codes = {competency_id: code for code, competency_id in competency_ids(session).items()}
    listed = [
        {
            "code": one.code, "kind": one.kind.value, "title": one.title, "draw": one.draw_count,
            "time_limit_minutes": one.time_limit_minutes, "pass_percent": one.pass_percent,
            "attempts_max": one.attempts_max, "delay_days": one.delay_days, "instructions": one.instructions,
            "needs_lessons": one.needs_lessons, "shuffles_options": one.shuffles_options,
        }
        for one in assessments
        if one.bank_id == bank.id
    ]  # fmt: skip
    rows = session.execute(
        select(Item, ItemVersion)
        .join(ItemVersion, ItemVersion.id == Item.current_version_id)
        .where(Item.bank_id == bank.id, Item.state == ItemState.READY)
        .order_by(Item.code)
    )
    items = [
        {
            "code": item.code, "kind": version.kind, "stem": version.stem_md,
            "competency": codes.get(version.competency_id or 0),
            "level": version.level, "difficulty": version.difficulty, "lesson": version.lesson_code,
            "uses": list(item.uses), "explanation": version.explanation, "reference": version.reference,
            **version.body,
        }
        for item, version in rows
    ]  # fmt: skip
    text = json.dumps(
        {"format": FORMAT, "code": bank.code, "title": bank.title, "items": items}, ensure_ascii=False, indent=1
    )
    return {"assessments": listed}, {FILE: text + "\n"}


def set_item_state(session: Session, actor: Actor, *, public_id: str, state: str, now: datetime) -> ItemState:
    """Set whether an item may be drawn; running and past attempts keep it.

    Raises: NotFound: not in the actor's scope; Invalid: no such state, or too few items would be left;
        Refused: a draft that no second person has reviewed, or a kind that a person marks.
    """
    if state not in set(ItemState):
        raise Invalid(N_("Keadaan itu tidak dikenal. Pilih dari daftar."))
    facts = queries.get_item(session, actor, public_id)
    if facts is None:
        raise NotFound(N_("Butir soal itu tidak ada, atau bukan milik unit Anda."))
    wanted = ItemState(state)
    if wanted is facts.state:
        return wanted
    if facts.state is ItemState.READY:
        refuse_too_few(session, facts.id)
    if wanted is ItemState.READY and kind_of(facts.kind).needs_marker:
        raise Refused(N_("Soal ini dinilai orang, sehingga belum dapat ditarik untuk ujian."))
    if wanted is ItemState.READY and facts.state is ItemState.DRAFT and facts.reviewed_at is None:
        raise Refused(N_("Rancangan harus ditelaah orang kedua sebelum dipakai."))
    session.execute(
        update(Item).where(Item.id == facts.id).values(state=wanted).execution_options(synchronize_session=False)
    )
    record(
        session, actor, action="item.state", subject=("item", facts.id), before={"state": facts.state.value},
        after={"state": wanted.value}, at=now,
    )  # fmt: skip
    return wanted


def refuse_too_few(session: Session, item_id: int) -> None:
    """Raise Invalid when an assessment could not be drawn any more without this item; holds item and bank."""
    item = session.scalars(
        select(Item).where(Item.id == item_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    # The bank's row is held, so that two people cannot take the last spare items at once.
    session.execute(select(QuestionBank.id).where(QuestionBank.id == item.bank_id).with_for_update())
    for kind, needed in session.execute(
        select(Assessment.kind, Assessment.draw_count).where(Assessment.bank_id == item.bank_id)
    ):
        pool = queries.list_candidates(session, bank_id=item.bank_id, kind=kind)
        if len(pool) <= needed and any(one.id == item_id for one in pool):
            raise Invalid(
                N_(
                    "Butir ini belum dapat dilepas. Satu asesmen memerlukan %(count)s soal dari bank ini.",
                    count=needed,
                )
            )
