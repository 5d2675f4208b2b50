"""Jobs of personnel data: batches of imports, planned jobs, and what is kept no longer."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from lms.core import clock
from lms.core.actor import Actor
from lms.core.jobs import job, periodic
from lms.people import services
from lms.people.models import ImportState, PersonnelImport

RightCheck = Callable[[Session, "int | None"], bool]
_right_checks: list[RightCheck] = []


def set_right_check(check: RightCheck) -> None:
    """Let `check(session, account_id)` say whether an account may still import; wiring.py fills it."""
    _right_checks[:] = [check]


def _actor(*, account_id: int | None, employee_id: int | None) -> Actor:
    # Scope was settled when the preview was made; the rows hold nothing outside it.
    return Actor(account_id=account_id, employee_id=employee_id, is_system=True)


def _still_allowed(session: Session, import_id: int, account_id: int | None) -> bool:
    """Return whether the person who asked may still import; if not, the work stops where it is."""
    if account_id is None or all(check(session, account_id) for check in _right_checks):
        return True
    held = session.get(PersonnelImport, import_id)
    if held is not None and held.state is ImportState.APPLYING:
        # What was carried out stands and can be undone by whoever has the right now.
        held.state, held.applied_at = ImportState.APPLIED, clock.now()
        held.message = "Impor berhenti di tengah karena kewenangan pengunggah dicabut."
        held.counts = {**held.counts, "cursor": 0}
    return False


@job("people.apply_import_batch")
def apply_import_batch(
    session: Session, *, import_id: int, cursor: int, account_id: int | None, employee_id: int | None
) -> None:
    """Carry out one batch and owe the next; a batch that ran already finds the cursor moved on."""
    held = session.get(PersonnelImport, import_id)
    if held is None or int(held.counts.get("cursor", 0)) != cursor:
        return
    if _still_allowed(session, import_id, account_id):
        actor = _actor(account_id=account_id, employee_id=employee_id)
        services.apply_batch(session, actor, import_id, now=clock.now(), background=True)


@job("people.undo_import_batch")
def undo_import_batch(
    session: Session, *, import_id: int, cursor: int, account_id: int | None, employee_id: int | None
) -> None:
    """Take one batch back and owe the next; a batch that ran already finds the cursor moved on."""
    held = session.get(PersonnelImport, import_id)
    if held is None or int(held.counts.get("cursor", 0)) != cursor:
        return
    actor = _actor(account_id=account_id, employee_id=employee_id)
    services.undo_batch(session, actor, import_id, now=clock.now(), background=True)


@periodic("people.follow_jobs", 900)
def follow_jobs(session: Session) -> None:
    """Let planned jobs take effect; a second run finds nobody to move."""
    services.follow_jobs(session, now=clock.now())


@periodic("people.purge_import_rows", 86_400)
def purge_import_rows(session: Session) -> None:
    """Remove rows of old imports; a second run finds nothing."""
    services.purge_import_rows(session, now=clock.now())
