"""The seal over the audit trail: finished stretches of entries, hashed and chained.

A row that is altered, removed or put in later no longer fits the hash of its stretch, and a stretch that is
removed no longer fits the next. Who can write to the database can also make a new chain from the altered row
on; so each new hash also goes to the log of the server, and `lms audit check` prints the newest one to be
kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import func, select

from lms.core import clock, jobs
from lms.core.audit import AuditEntry, AuditSeal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

log = structlog.get_logger(__name__)
# No transaction is open this long, so no entry with a lower number can still appear.
REST = timedelta(minutes=10)
STRETCH_ROWS = 1_000
STRETCHES_PER_RUN = 50
BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Broken:
    """A stretch that is not what was sealed."""

    first_entry_id: int
    last_entry_id: int
    sealed_at: datetime
    reason: str  # entries | chain


@dataclass(frozen=True, slots=True)
class SealReport:
    """What a check of the whole chain found.

    Attributes:
        sealed_count: entries under an intact seal.
        open_count: entries that are not sealed yet.
        newest_hash: the end of the chain; keep it outside of this machine to notice a chain made anew.
    """

    sealed_count: int
    open_count: int
    newest_hash: str
    sealed_at: datetime | None
    broken: tuple[Broken, ...]


def stretch_hash(previous: str, entries: Iterator[AuditEntry] | list[AuditEntry]) -> str:
    """Return the hash of a stretch: SHA-256 over the previous hash and each entry as one line of JSON."""
    made = hashlib.sha256(previous.encode())
    for entry in entries:
        made.update(b"\n" + json.dumps(_values(entry), sort_keys=True, separators=(",", ":")).encode())
    return made.hexdigest()


def _values(entry: AuditEntry) -> list[Any]:
    return [
        entry.id, entry.at.astimezone(UTC).isoformat(timespec="microseconds"), entry.account_id, entry.employee_id,
        entry.on_behalf_of_id, entry.action, entry.subject_kind, entry.subject_id, entry.person_id, entry.before,
        entry.after, entry.reason, entry.request_id,
    ]  # fmt: skip


def newest_seal(session: Session, *, lock: bool = False) -> AuditSeal | None:
    """Return the end of the chain, or None before the first seal."""
    query = select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def seal_audit(session: Session, *, now: datetime) -> int:
    """Seal what is finished, stretch by stretch, and return how many entries that were.

    Args:
        now: entries of the last ten minutes stay open.

    Concurrency: the end of the chain is locked; a second sealer finds nothing left to do, or breaks at the
        unique number of the first entry and tries again later.
    """
    sealed = 0
    for _ in range(STRETCHES_PER_RUN):
        last = newest_seal(session, lock=True)
        after = last.last_entry_id if last else 0
        entries = list(
            session.scalars(select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id).limit(STRETCH_ROWS))
        )
        young = next((place for place, entry in enumerate(entries) if entry.at > now - REST), len(entries))
        entries = entries[:young]
        if not entries:
            break
        previous = last.hash if last else BEGINNING
        made = stretch_hash(previous, entries)
        session.add(
            AuditSeal(
                first_entry_id=after + 1,
                last_entry_id=entries[-1].id,
                sealed_at=now,
                previous_hash=previous,
                hash=made,
            )
        )
        session.flush()
        log.info("audit_sealed", last_entry=entries[-1].id, entries=len(entries), hash=made)
        sealed += len(entries)
        session.expunge_all()
    return sealed


def check_seals(session: Session) -> SealReport:
    """Hash every sealed stretch again and compare; reads 1,000 entries at a time."""
    previous, after, sealed = BEGINNING, 0, 0
    broken: list[Broken] = []
    newest: AuditSeal | None = None
    for seal in session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        entries = list(
            session.scalars(
                select(AuditEntry)
                .where(AuditEntry.id.between(seal.first_entry_id, seal.last_entry_id))
                .order_by(AuditEntry.id)
            )
        )
        reason = ""
        if seal.previous_hash != previous or seal.first_entry_id != after + 1:
            reason = "chain"
        elif stretch_hash(seal.previous_hash, entries) != seal.hash:
            reason = "entries"
        if reason:
            broken.append(Broken(seal.first_entry_id, seal.last_entry_id, seal.sealed_at, reason))
        else:
            sealed += len(entries)
        previous, after, newest = seal.hash, seal.last_entry_id, seal
        for entry in entries:
            session.expunge(entry)
    open_count = session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.id > after)) or 0
    return SealReport(
        sealed_count=sealed,
        open_count=open_count,
        newest_hash=previous if newest else "",
        sealed_at=newest.sealed_at if newest else None,
        broken=tuple(broken),
    )


@jobs.periodic("core.seal_audit", 3_600)
def seal_each_hour(session: Session) -> None:
    """Seal the finished stretches; a second run finds none."""
    seal_audit(session, now=clock.now())
