"""`lms competencies`: dictionaries and standards from files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from lms.competencies import services
from lms.core.actor import SYSTEM
from lms.core.db import transaction
from lms.core.errors import Invalid

_WORDS = {"new": "baru", "changed": "berubah", "same": "tetap", "retired": "dihentikan", "ended": "diakhiri"}


@click.group(help="Kamus kompetensi dan standar jabatan.")
def competencies() -> None:
    """Hold the commands of competencies."""


@competencies.command(
    "import",
    help="Ambil kamus kompetensi atau standar jabatan dari BERKAS (JSON, XLSX, ODS, CSV). Berkas yang sama "
    "tidak mengubah apa pun. Teks yang sudah dipakai menilai orang disimpan, lalu dibuat versi baru.",
)
@click.argument("path", metavar="BERKAS", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Hitung perubahannya saja, tanpa menyimpan.")
@click.option("--json", "as_json", is_flag=True, help="Tulis hasil sebagai JSON.")
def import_file(path: Path, *, dry_run: bool, as_json: bool) -> None:
    """Take in one file; exit 1 when it is faulty, and then nothing is written."""
    try:
        with transaction() as session:
            report = services.import_framework(session, SYSTEM, path.read_bytes(), file_name=path.name, dry_run=dry_run)
    except Invalid as error:
        report = services.ImportReport("unknown", faults=[services.unreadable(path.name, error)])
    if as_json:
        click.echo(json.dumps(services.report_as_dict(report, dry_run=dry_run), ensure_ascii=False))
    else:
        _tell(report, dry_run=dry_run)
    if report.faults:
        sys.exit(1)


def _tell(report: services.ImportReport, *, dry_run: bool) -> None:
    if report.faults:
        for fault in report.faults:
            value = f" “{fault.value}”" if fault.value else ""
            click.echo(f"{fault.place}{value}: {fault.reason}; {fault.remedy}.", err=True)
        click.echo(f"{len(report.faults)} kesalahan. Tidak ada yang disimpan.", err=True)
        return
    counts = ", ".join(f"{number} {_WORDS[name]}" for name, number in report.counts.items())
    what = "Standar jabatan" if report.kind == "standards" else "Kamus kompetensi"
    version = f" Versi {report.version}{' (baru)' if report.new_version else ''}." if report.version else ""
    after = " Belum disimpan (--dry-run)." if dry_run else ""
    click.echo(f"{what}: {counts}.{version}{after}")
