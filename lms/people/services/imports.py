"""Personnel import: read, preview, apply in batches, undo within 24 hours."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select

from lms.core import sheets
from lms.core.actor import Permission
from lms.core.audit import record
from lms.core.clock import local_day
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.jobs import enqueue
from lms.core.storage import safe_name
from lms.core.text import N_
from lms.people import queries
from lms.people.models import (
    ImportAction,
    ImportState,
    OrganisationalUnit,
    PersonnelImport,
    PersonnelImportRow,
)
from lms.people.rules.difference import UNDO_HOURS, too_many_vanish
from lms.people.rules.siasn import COLUMNS, ParsedRow, heading, parsed_row
from lms.people.services.import_apply import Batch
from lms.people.services.import_compare import Compared, Comparison, chunks
from lms.people.services.structure import hold_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

BATCH_ROWS: Final = 500
SHEET_STEP: Final = 100_000  # row numbers of a second sheet begin here, so that none stands twice
KEEP_ROWS: Final = timedelta(days=30)
_ACTING: Final = (ImportAction.NEW, ImportAction.CHANGED, ImportAction.MOVED, ImportAction.LEAVING)


@dataclass(frozen=True, slots=True)
class PersonnelFile:
    """A read file: rows as plain values, and what its headings said.

    Args:
        digest: SHA-256 of the bytes; they themselves are not kept, since they hold what we must not keep.
        sheets: names of the sheets that were read, in order.
    """

    file_name: str
    digest: str
    rows: list[ParsedRow]
    dropped: list[str]
    personal: list[str]
    unknown: list[str]
    sheets: list[str]


def read_personnel_file(data: bytes, file_name: str, *, today: date) -> PersonnelFile:
    """Return the rows of a SIASN file, XLSX or CSV; all its sheets that have the layout.

    Raises: Invalid: no spreadsheet, or required columns are missing or doubled.
    """
    tables = _tables(data, file_name)
    head = heading(tables[0].header)
    if head.missing:
        names = ", ".join(head.missing)
        raise Invalid(N_("Kolom wajib tidak ditemukan: %(names)s. Periksa baris judul berkas.", names=names))
    if head.doubled:
        names = ", ".join(head.doubled)
        raise Invalid(N_("Kolom ini ada dua kali: %(names)s. Hapus salah satunya.", names=names))
    rows = [
        parsed_row(row.number + number * SHEET_STEP, row.cells, columns, today=today)
        for number, (table, columns) in enumerate((one, heading(one.header).found) for one in tables)
        for row in table.rows
    ]
    if not rows:
        raise Invalid(N_("Berkas ini hanya berisi judul kolom. Tidak ada baris pegawai."))
    if len(rows) > sheets.MAX_ROWS:
        raise Invalid(N_("Barisnya terlalu banyak. Batasnya %(count)s.", count=sheets.MAX_ROWS))
    return PersonnelFile(
        file_name=safe_name(file_name),
        digest=hashlib.sha256(data).hexdigest(),
        rows=rows,
        dropped=head.dropped,
        personal=head.personal,
        unknown=head.unknown,
        sheets=[table.sheet for table in tables],
    )


def _tables(data: bytes, file_name: str) -> list[sheets.Table]:
    """Return the first sheet and all others that have the layout, such as that of PPPK Paruh Waktu."""
    first = sheets.read_table(data, file_name, expect=COLUMNS)
    tables = [first]
    for name in sheets.sheet_names(data):
        if name == first.sheet:
            continue
        try:
            table = sheets.read_table(data, file_name, sheet=name, expect=COLUMNS)
        except Invalid:
            continue  # an empty sheet beside the data is no fault
        if not heading(table.header).missing:
            tables.append(table)
    return tables


def compare_file(
    session: Session,
    actor: Actor,
    content: PersonnelFile,
    *,
    unit: OrganisationalUnit,
    complete: bool,
    now: datetime,
) -> list[Compared]:
    """Return what each row would do; reads only, so that a view may call it before its transaction.

    Raises: Forbidden: no PEOPLE_IMPORT over the unit.
    """
    if not actor.may_in(Permission.PEOPLE_IMPORT, unit.path):
        raise Forbidden(N_("Anda belum berwenang mengimpor data untuk unit ini."))
    today = local_day(now, unit.timezone)
    return Comparison(session, actor, unit=unit, today=today, complete=complete).rows(content.rows)


def preview_import(
    session: Session,
    actor: Actor,
    content: PersonnelFile,
    *,
    unit: OrganisationalUnit,
    complete: bool,
    now: datetime,
    compared: Sequence[Compared] | None = None,
) -> PersonnelImport:
    """Keep a preview of a file; nothing about people is changed by it.

    Args:
        complete: the file lists everybody of the unit; absent people leave.
        compared: from `compare_file`, when the view has it already; an apply checks each person's version
            again, so a comparison may be some seconds old.

    Raises: Forbidden: no PEOPLE_IMPORT over the unit.
    """
    if compared is None:
        compared = compare_file(session, actor, content, unit=unit, complete=complete, now=now)
    counts: dict[str, Any] = {action.value: 0 for action in ImportAction}
    for row in compared:
        counts[row.action.value] += 1
    people = queries.import_people_count(session, unit.path)
    stopped = too_many_vanish(leaving=counts[ImportAction.LEAVING.value], people=people)
    counts |= {
        "people": people,
        "complete": complete,
        "stopped": stopped,
        "sheets": content.sheets,
        "personal": content.personal,
        "unknown": content.unknown,
        "cursor": 0,
        "warnings": sum(1 for row in compared if row.data.get("warnings")),
    }
    held = PersonnelImport(
        file_name=content.file_name,
        file_digest=content.digest,
        state=ImportState.REFUSED if stopped else ImportState.PARSED,
        unit_id=unit.id,
        imported_by_id=actor.employee_id,
        created_at=now,
        row_count=len(content.rows),
        counts=counts,
        dropped_columns=content.dropped,
    )
    if stopped:
        held.message = N_(
            "%(leaving)s dari %(people)s pegawai akan keluar. Periksa apakah berkas ini lengkap.",
            leaving=counts[ImportAction.LEAVING.value],
            people=people,
        )
    session.add(held)
    session.flush()  # the rows need the id
    for part in chunks(compared):
        session.execute(
            insert(PersonnelImportRow),
            [
                {
                    "import_id": held.id,
                    "row_number": row.number,
                    "action": row.action,
                    "employee_id": row.employee_id,
                    "label": row.label[:240],
                    "data": row.data,
                    "before": {},
                    "problems": row.problems,
                }
                for row in part
            ],
        )
    record(
        session,
        actor,
        action="import.preview",
        subject=("personnel_import", held.id),
        at=now,
        after={"rows": held.row_count, "unit_id": unit.id, "complete": complete},
    )
    return held


def acting_count(held: PersonnelImport) -> int:
    """Return how many rows of an import change something."""
    return sum(int(held.counts.get(action.value, 0)) for action in _ACTING)


def _held(session: Session, actor: Actor, public_id: str) -> PersonnelImport:
    held = queries.get_import(session, actor, public_id, lock=True)
    if held is None:
        raise NotFound(N_("Impor ini tidak ditemukan."))
    return held


def begin_apply(session: Session, actor: Actor, public_id: str, *, now: datetime, background: bool) -> PersonnelImport:
    """Start carrying out a preview; a second call returns the import as it runs or has run.

    Args:
        background: more than one batch goes on in jobs; without it the caller calls `apply_batch` itself.

    Raises: NotFound; Refused: stopped, undone, or nothing to do.
    Concurrency: holds the import's row.
    """
    held = _held(session, actor, public_id)
    if held.state is ImportState.APPLIED:
        return held
    if held.state is ImportState.REFUSED:
        raise Refused(held.message or N_("Impor ini dihentikan dan tidak dapat diterapkan."))
    if held.state not in {ImportState.PARSED, ImportState.APPLYING}:
        raise Refused(N_("Impor ini sudah diurungkan. Unggah lagi berkasnya."))
    if held.state is ImportState.PARSED:
        held.state = ImportState.APPLYING
        record(session, actor, action="import.apply", subject=("personnel_import", held.id), at=now)
    if not background:
        return held
    if acting_count(held) <= BATCH_ROWS:
        while apply_batch(session, actor, held.id, now=now):
            pass
        return held
    _owe(session, held, "people.apply_import_batch", actor)
    return held


def _owe(session: Session, held: PersonnelImport, task: str, actor: Actor) -> None:
    cursor = int(held.counts.get("cursor", 0))
    enqueue(
        session,
        task,
        unique_key=f"{task}:{held.id}:{cursor}",
        import_id=held.id,
        cursor=cursor,
        account_id=actor.account_id,
        employee_id=actor.employee_id,
    )


def _next_rows(session: Session, held: PersonnelImport) -> list[PersonnelImportRow]:
    query = (
        select(PersonnelImportRow)
        .where(
            PersonnelImportRow.import_id == held.id,
            PersonnelImportRow.action.in_(_ACTING),
            PersonnelImportRow.id > int(held.counts.get("cursor", 0)),
        )
        .order_by(PersonnelImportRow.id)
        .limit(BATCH_ROWS)
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _lock_import(session: Session, import_id: int) -> PersonnelImport:
    return session.scalars(
        select(PersonnelImport)
        .where(PersonnelImport.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def apply_batch(session: Session, actor: Actor, import_id: int, *, now: datetime, background: bool = False) -> bool:
    """Carry out the next rows; return whether more are left.

    Idempotent: the cursor moves in the same transaction as the rows, so a batch is never carried out twice.
    Concurrency: holds the import and the top of the unit tree; batches run one after another.
    """
    hold_tree(session)
    held = _lock_import(session, import_id)
    if held.state is not ImportState.APPLYING:
        return False
    rows = _next_rows(session, held)
    if rows:
        Batch(session, actor, now=now, today=_today(session, held, now)).apply(rows)
        spoilt = sum(1 for row in rows if row.action is ImportAction.BAD)
        _move_on(held, rows, spoilt=spoilt)
    if len(rows) < BATCH_ROWS:
        held.state, held.applied_at = ImportState.APPLIED, now
        _recount(session, held)
        return False
    if background:
        session.flush()  # the next job's key holds the cursor
        _owe(session, held, "people.apply_import_batch", actor)
    return True


def _move_on(held: PersonnelImport, rows: Sequence[PersonnelImportRow], *, spoilt: int) -> None:
    held.counts = {
        **held.counts,
        "cursor": rows[-1].id,
        "spoilt": int(held.counts.get("spoilt", 0)) + spoilt,
    }
    held.progress_count += len(rows)


def _recount(session: Session, held: PersonnelImport) -> None:
    """Let the counts say what was done, now that some rows may have become bad; reset the cursor."""
    session.flush()  # the count below reads the rows
    rows = session.execute(
        select(PersonnelImportRow.action, func.count())
        .where(PersonnelImportRow.import_id == held.id)
        .group_by(PersonnelImportRow.action)
    )
    found = {action.value: count for action, count in rows}
    fresh = {action.value: found.get(action.value, 0) for action in ImportAction}
    held.counts = {**held.counts, **fresh, "cursor": 0}


def _today(session: Session, held: PersonnelImport, now: datetime) -> date:
    unit = session.get(OrganisationalUnit, held.unit_id) if held.unit_id is not None else None
    return local_day(now, unit.timezone) if unit is not None else now.date()


def undo_deadline(held: PersonnelImport) -> datetime | None:
    """Return the instant until which an applied import can be undone, or None."""
    return held.applied_at + timedelta(hours=UNDO_HOURS) if held.applied_at is not None else None


def begin_undo(session: Session, actor: Actor, public_id: str, *, now: datetime, background: bool) -> PersonnelImport:
    """Start taking an import back; a second call returns it as it runs or has run.

    Raises: NotFound; Refused: never applied, or more than 24 hours ago.
    Concurrency: holds the import's row.
    """
    held = _held(session, actor, public_id)
    if held.state is ImportState.UNDONE:
        return held
    if held.state not in {ImportState.APPLIED, ImportState.UNDOING}:
        raise Refused(N_("Impor ini belum diterapkan, jadi tidak ada yang diurungkan."))
    deadline = undo_deadline(held)
    if held.state is ImportState.APPLIED:
        if deadline is None or now > deadline:
            raise Refused(N_("Batas 24 jam sudah lewat. Perbaiki datanya satu per satu atau unggah berkas baru."))
        held.state, held.progress_count = ImportState.UNDOING, 0
        record(session, actor, action="import.undo", subject=("personnel_import", held.id), at=now)
    if not background:
        return held
    if acting_count(held) <= BATCH_ROWS:
        while undo_batch(session, actor, held.id, now=now):
            pass
        return held
    _owe(session, held, "people.undo_import_batch", actor)
    return held


def undo_batch(session: Session, actor: Actor, import_id: int, *, now: datetime, background: bool = False) -> bool:
    """Take the next rows back; return whether more are left. Idempotent as `apply_batch`."""
    hold_tree(session)
    held = _lock_import(session, import_id)
    if held.state is not ImportState.UNDOING:
        return False
    rows = _next_rows(session, held)
    if rows:
        Batch(session, actor, now=now, today=_today(session, held, now)).undo(rows)
        _move_on(held, rows, spoilt=0)
    if len(rows) < BATCH_ROWS:
        held.state, held.undone_at = ImportState.UNDONE, now
        return False
    if background:
        session.flush()  # the next job's key holds the cursor
        _owe(session, held, "people.undo_import_batch", actor)
    return True


def purge_import_rows(session: Session, *, now: datetime) -> int:
    """Remove the rows of imports older than 30 days: what they did is in the audit, the rest is needless.

    Idempotent: a second run finds nothing.
    """
    old = select(PersonnelImport.id).where(PersonnelImport.created_at < now - KEEP_ROWS)
    gone = session.execute(
        delete(PersonnelImportRow).where(PersonnelImportRow.import_id.in_(old)).returning(PersonnelImportRow.id)
    ).all()
    return len(gone)
