"""Building a nation part by part, each in one transaction with the note that it is there; timed and shown."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select

from lms.cli.demo.nation.parts import LABELS, PARTS, SLICED, World, slices
from lms.cli.demo.nation.size import NATION, Size
from lms.cli.demo.nation.units import places
from lms.core.db import current_session, transaction
from lms.core.errors import Refused
from lms.core.text import N_
from lms.people.models import Employee, Installation, OrganisationalUnit, UnitKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

SCALE: Final = "nasional"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for.

    Args:
        more: further rows by the key of `SLICED`.
    """

    seed: int
    day: date
    now: datetime
    size: Size
    more: dict[str, int]


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<26}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def describe(size: Size, more: dict[str, int]) -> str:
    """Return what would be built, without a database."""
    kinds = [place.kind for place in places(size.regencies)]
    districts, villages = kinds.count(UnitKind.KECAMATAN), kinds.count(UnitKind.KELURAHAN)
    extra = "".join(f", {LABELS[key].lower()}: {count}" for key, count in more.items() if count)
    return (
        f"Indonesia: {len(kinds)} unit, di antaranya {districts} kecamatan dan {villages} kelurahan; "
        f"{size.people} pegawai, {size.courses} pelatihan, {size.offerings} angkatan{extra}."
    )


def missing(notes: list[str]) -> list[str]:
    """Return the parts that are not there yet, by the notes of the installation."""
    return [part.key for part in PARTS if part.key not in notes]


def begun(notes: list[str]) -> bool:
    """Return whether any part is there."""
    return len(missing(notes)) < len(PARTS)


def build(wanted: Wanted) -> None:
    """Build what is missing, and tell how long each part took; then the further rows, each kind apart."""
    began = time.monotonic()
    notes = _notes()
    with _progress() as bar:
        for part in PARTS:
            if part.key not in notes:
                total = getattr(wanted.size, part.amount, None)
                task = bar.add_task(part.label, total=total)
                _one(wanted, part.key, part.build, advance=lambda count, task=task: bar.advance(task, count))  # type: ignore[misc]
                bar.update(task, total=total or 1, completed=total or 1)
    if set(missing(notes)):
        click.echo(f"{_counted()}. {time.monotonic() - began:.0f} detik.")
    for key, total in wanted.more.items():
        if total:
            _more(wanted, key, total)


def _notes() -> list[str]:
    held = current_session().get(Installation, 1)
    return list(held.demo_parts) if held is not None else []


def _note(session: Session, wanted: Wanted, notes: list[str]) -> None:
    installation = session.get(Installation, 1)
    if installation is None:
        installation = Installation(id=1, is_demo=True, demo_parts=[])
        session.add(installation)
    installation.is_demo, installation.demo_scale, installation.demo_seed = True, SCALE, wanted.seed
    installation.demo_as_of_on, installation.demo_parts = wanted.day, notes
    installation.demo_built_at = None if missing(notes) else wanted.now


def _one(wanted: Wanted, key: str, make: Callable[[World], None], *, advance: Callable[[int], None]) -> None:
    with transaction() as session:
        make(World(session, wanted.seed, wanted.day, wanted.now, wanted.size, advance))
        _note(session, wanted, [*_notes(), key])
    current_session().expunge_all()  # millions of rows are never held as objects


def _more(wanted: Wanted, key: str, total: int) -> None:
    """Add further rows in slices, so that a build that broke off goes on with the next one."""
    began, mark = time.monotonic(), f"{key}:"
    done = next((int(note.removeprefix(mark).split("/")[0]) for note in _notes() if note.startswith(mark)), 0)
    held = next((int(note.split("/")[1]) for note in _notes() if note.startswith(mark)), total)
    if held != total:
        raise Refused(N_("Tambahan ini dimulai dengan jumlah lain. Pakai jumlah yang sama."))
    written = 0
    with _progress() as bar:
        task = bar.add_task(LABELS[key], total=total, completed=done)
        for start, count in slices(total, done):
            with transaction() as session:
                world = World(
                    session, wanted.seed, wanted.day, wanted.now, wanted.size, lambda rows: bar.advance(task, rows)
                )
                written += SLICED[key](world, start=start, count=count, total=total)
                kept = [note for note in _notes() if not note.startswith(mark)]
                _note(session, wanted, [*kept, f"{mark}{start + count}/{total}"])
            current_session().expunge_all()
    if written:
        with transaction() as session:
            PARTS[-1].build(World(session, wanted.seed, wanted.day, wanted.now, wanted.size))
    click.echo(f"{LABELS[key]}: {written} baris baru, {time.monotonic() - began:.0f} detik.")


def _counted() -> str:
    session = current_session()
    units = session.scalar(select(func.count()).select_from(OrganisationalUnit))
    people = session.scalar(select(func.count()).select_from(Employee))
    return f"Data percobaan Indonesia selesai: {units} unit, {people} orang"


__all__ = ["NATION", "SCALE", "Wanted", "begun", "build", "describe", "missing"]
