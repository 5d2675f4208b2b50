"""`lms people`: import and undo of personnel files."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from lms.core import clock
from lms.core.actor import SYSTEM
from lms.core.clock import local_day
from lms.core.db import current_session, transaction
from lms.core.errors import NotFound, Refused
from lms.core.text import N_
from lms.people import queries, services
from lms.people.models import ImportAction, ImportState, OrganisationalUnit, PersonnelImport
from lms.people.rules.difference import too_many_vanish
from lms.people.services.import_compare import Compared
from lms.people.services.imports import SHEET_STEP, acting_count, compare_file
from lms.people.services.texts import sentence

SHOWN_FAULTS = 50


@click.group("people")
def people() -> None:
    """Data pegawai: impor berkas SIASN dan urungkan impor."""


def _unit(code: str | None) -> OrganisationalUnit:
    session = current_session()
    unit = queries.unit_by_code(session, code) if code else queries.root_unit(session)
    if unit is None:
        raise NotFound(
            N_("Unit %(code)s tidak ditemukan.", code=code)
            if code
            else N_("Belum ada unit organisasi. Masukkan unit dan jabatan lebih dahulu.")
        )
    return unit


def _summary(counts: dict[str, int]) -> str:
    return (
        f"{counts['new']} baru, {counts['changed']} berubah, {counts['moved']} pindah unit, {counts['leaving']} dihapus"
    )


def _faults(rows: list[Compared]) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        for problem in row.problems:
            words = sentence(problem["code"], problem["values"])
            found.append(
                {
                    "row": row.number % SHEET_STEP,
                    "sheet": row.number // SHEET_STEP + 1,
                    "column": problem["column"],
                    "value": problem["value"],
                    "reason": str(words.reason),
                    "mend": str(words.mend),
                }
            )
    return found


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="BERKAS")
@click.option("--unit", "unit_code", default=None, metavar="KODE", help="Unit berkas ini. Bawaan: unit teratas.")
@click.option("--complete", is_flag=True, help="Berkas memuat semua pegawai unit; yang tidak ada dicatat keluar.")
@click.option("--dry-run", is_flag=True, help="Bandingkan saja, tidak menulis apa pun.")
@click.option("--json", "as_json", is_flag=True, help="Tulis hasil sebagai JSON.")
def import_file(file: Path, unit_code: str | None, complete: bool, dry_run: bool, as_json: bool) -> None:
    """Impor BERKAS pegawai 69 kolom SIASN (XLSX atau CSV).

    Baris bermasalah dilewati dan ditunjukkan. Impor berhenti bila terlalu banyak pegawai akan keluar.
    Berkas yang sama diimpor lagi tidak mengubah apa pun. Keluar 0 bila selesai, 1 bila ditolak.
    """
    unit, now = _unit(unit_code), clock.now()
    content = services.read_personnel_file(file.read_bytes(), file.name, today=local_day(now, unit.timezone))
    compared = compare_file(current_session(), SYSTEM, content, unit=unit, complete=complete, now=now)
    counts = {action.value: sum(row.action is action for row in compared) for action in ImportAction}
    present = queries.import_people_count(current_session(), unit.path)
    stopped = too_many_vanish(leaving=counts["leaving"], people=present)
    result: dict[str, Any] = {
        "file": content.file_name, "rows": len(content.rows), "unit": unit.code, **counts, "stopped": stopped,
        "dropped_columns": content.dropped, "unknown_columns": content.unknown, "faults": _faults(compared),
        "applied": False, "import": None,
    }  # fmt: skip
    refused = stopped or counts["bad"] == len(content.rows)
    if not dry_run:
        held = _keep_and_apply(content, unit, compared, complete=complete, quiet=as_json)
        result["import"] = held.public_id
        result["applied"] = held.state is ImportState.APPLIED
        result |= {action.value: held.counts.get(action.value, 0) for action in ImportAction}
    _tell(result, as_json=as_json, dry_run=dry_run)
    if refused:
        sys.exit(1)


def _keep_and_apply(
    content: Any, unit: OrganisationalUnit, compared: list[Compared], *, complete: bool, quiet: bool
) -> PersonnelImport:
    """Keep the preview and carry it out, one transaction for each batch, so that pages go on meanwhile."""
    now = clock.now()
    with transaction() as session:
        held = services.preview_import(
            session, SYSTEM, content, unit=unit, complete=complete, now=now, compared=compared
        )
    if held.state is ImportState.REFUSED:
        return held
    with transaction() as session:
        held = services.begin_apply(session, SYSTEM, held.public_id, now=now, background=False)
    _run(held, "Terapkan", services.apply_batch, quiet=quiet)
    return held


def _run(held: PersonnelImport, label: str, batch: Any, *, quiet: bool) -> None:
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True),
        disable=quiet,
    ) as bar:  # fmt: skip
        task = bar.add_task(label, total=acting_count(held))
        more = True
        while more:
            with transaction() as session:
                more = batch(session, SYSTEM, held.id, now=clock.now())
            bar.update(task, completed=held.progress_count)


def _tell(result: dict[str, Any], *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for fault in result["faults"][:SHOWN_FAULTS]:
        click.echo(
            f"Baris {fault['row']}, {fault['column']} “{fault['value']}”: {fault['reason']} {fault['mend']}",
            err=True,
        )
    if len(result["faults"]) > SHOWN_FAULTS:
        click.echo(f"… dan {len(result['faults']) - SHOWN_FAULTS} masalah lain; pakai --json.", err=True)
    if result["dropped_columns"]:
        click.echo(f"Kolom yang diabaikan: {', '.join(result['dropped_columns'])}.", err=True)
    if result["stopped"]:
        click.echo("Dihentikan: terlalu banyak pegawai akan keluar. Periksa apakah berkas ini lengkap.", err=True)
    verb = "Akan" if dry_run else "Selesai" if result["applied"] else "Ditolak"
    click.echo(f"{verb}: {_summary(result)}; {result['bad']} baris bermasalah, {result['same']} tetap.")
    if result["applied"] and not dry_run:
        click.echo(f"Urungkan dalam 24 jam: lms people undo {result['import']}")


@people.command("undo")
@click.argument("import_id", metavar="IMPOR")
@click.option("--dry-run", is_flag=True, help="Tampilkan saja yang akan diurungkan.")
@click.option("--json", "as_json", is_flag=True, help="Tulis hasil sebagai JSON.")
def undo(import_id: str, dry_run: bool, as_json: bool) -> None:
    """Urungkan satu impor dalam 24 jam; data kembali seperti semula."""
    held = queries.get_import(current_session(), SYSTEM, import_id)
    if held is None:
        raise NotFound(N_("Impor ini tidak ditemukan."))
    if not dry_run:
        with transaction() as session:
            held = services.begin_undo(session, SYSTEM, import_id, now=clock.now(), background=False)
        _run(held, "Urungkan", services.undo_batch, quiet=as_json)
    elif held.state is not ImportState.APPLIED:
        raise Refused(N_("Impor ini belum diterapkan, jadi tidak ada yang diurungkan."))
    result = {"import": held.public_id, "state": held.state.value, "rows": acting_count(held)}
    click.echo(
        json.dumps(result) if as_json else f"{'Akan diurungkan' if dry_run else 'Diurungkan'}: {result['rows']} baris."
    )


@people.command("structure")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="BERKAS")
@click.option("--template", is_flag=True, help="Tulis contoh kosong ke BERKAS, lalu selesai.")
@click.option("--dry-run", is_flag=True, help="Periksa saja, tidak menulis apa pun.")
@click.option("--json", "as_json", is_flag=True, help="Tulis hasil sebagai JSON.")
def structure(file: Path, template: bool, dry_run: bool, as_json: bool) -> None:
    """Muat unit dan jabatan dari BERKAS XLSX dengan lembar Unit dan Jabatan.

    Satu kesalahan saja membatalkan semuanya. Berkas yang sama dimuat lagi tidak mengubah apa pun.
    """
    if template:
        file.write_bytes(services.structure_template())
        click.echo(f"Contoh ditulis ke {file}.")
        return
    if not file.is_file():
        raise click.BadParameter(f"Berkas {file} tidak ada.", param_hint="BERKAS")
    today = local_day(clock.now(), SYSTEM.timezone)
    result = services.StructureResult()
    with contextlib.suppress(_RolledBackError), transaction() as session:
        result = services.load_structure(session, SYSTEM, file.read_bytes(), file.name, valid_from_on=today)
        if dry_run or result.faults:
            raise _RolledBackError
    faults = [{"sheet": sheet, "row": row, "reason": str(reason)} for sheet, row, reason in result.faults]
    told = {
        "units_added": result.units_added, "units_changed": result.units_changed,
        "positions_added": result.positions_added, "positions_changed": result.positions_changed,
        "faults": faults, "applied": not dry_run and not faults,
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for fault in faults:
            click.echo(f"{fault['sheet']}, baris {fault['row']}: {fault['reason']}", err=True)
        verb = "Ditolak" if faults else "Akan" if dry_run else "Selesai"
        click.echo(
            f"{verb}: {result.units_added} unit baru, {result.units_changed} unit berubah, "
            f"{result.positions_added} jabatan baru, {result.positions_changed} jabatan berubah."
        )
    if faults:
        sys.exit(1)


class _RolledBackError(Exception):
    """Everything is taken back on purpose."""
