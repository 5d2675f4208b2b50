"""Commands of assessments."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from lms.assessments import queries, services
from lms.core import clock
from lms.core.actor import Actor
from lms.core.db import begin_read_only, current_session, transaction
from lms.core.errors import Invalid
from lms.core.text import N_
from lms.courses.queries.loading import unit_id_of_code

MAX_FILE = 24 << 20


@click.group("assessments")
def group() -> None:
    """Asesmen: percobaan, jawaban, dan nilai."""


@group.command("recompute")
@click.option("--check", is_flag=True, help="Hanya bandingkan; tidak ada yang ditulis (bawaan).")
@click.option("--mend", is_flag=True, help="Tulis kembali nilai yang dihitung dari catatan jawaban.")
@click.option("--json", "as_json", is_flag=True, help="Tulis hasil sebagai JSON.")
@click.pass_context
def recompute(context: click.Context, *, check: bool, mend: bool, as_json: bool) -> None:
    """Hitung ulang semua nilai dari catatan jawaban dan kunci; keluar 1 bila ada beda."""
    if check and mend:
        raise click.UsageError("Pilih salah satu: --check atau --mend.")
    if mend:
        with transaction() as session:
            result = services.recompute(session, mend=True)
    else:
        begin_read_only()  # a comparison of everything must not hold back those who save
        result = services.recompute(current_session())
    if as_json:
        rows = [asdict(difference) for difference in result.differences]
        click.echo(json.dumps({"attempts": result.attempts, "differences": rows}, ensure_ascii=False))
    else:
        for difference in result.differences[:50]:
            click.echo(
                f"{difference.attempt} {difference.place}: tersimpan {difference.stored}, "
                f"seharusnya {difference.computed}"
            )
        tail = " Sudah diperbaiki." if mend and result.differences else ""
        click.echo(f"{result.attempts} percobaan diperiksa, {len(result.differences)} beda.{tail}")
    if result.differences:
        context.exit(1)


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--bank", "bank_code", required=True, help="Kode bank tujuan; dibuat bila belum ada.")
@click.option(
    "--format", "form", type=click.Choice(services.FORMATS), help="Format berkas; bila kosong dikenali dari isinya."
)
@click.option("--unit", "unit_code", help="Unit pemilik bank baru; bila kosong unit teratas.")
@click.option("--dry-run", is_flag=True, help="Periksa saja, tidak menulis apa pun.")
@click.option("--json", "as_json", is_flag=True, help="Tulis laporan sebagai JSON.")
@click.pass_context
def import_items(
    context: click.Context,
    *,
    file: Path,
    bank_code: str,
    form: str | None,
    unit_code: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Baca soal dari GIFT, Moodle XML, Aiken, QTI, tabel, atau teks; keluar 1 bila berkasnya tidak terbaca."""
    actor = Actor(account_id=None, employee_id=None, name="lms assessments import")
    try:
        data = file.read_bytes() if file.stat().st_size <= MAX_FILE else b""
        if not data and file.stat().st_size:
            raise Invalid(N_("Berkas terlalu besar. Batasnya 24 MB."))
        if dry_run:
            begin_read_only()
            result = services.import_items(
                current_session(),
                actor,
                data,
                bank_code=bank_code,
                unit_id=None,
                form=form or "",
                dry_run=True,
                now=clock.now(),
            )
        else:
            with transaction() as session:
                result = services.import_items(
                    session,
                    actor,
                    data,
                    bank_code=bank_code,
                    unit_id=_owner(unit_code),
                    form=form or "",
                    now=clock.now(),
                )
    except Invalid as problem:
        if as_json:
            click.echo(json.dumps({"file": file.name, "error": str(problem)}, ensure_ascii=False))
        else:
            click.echo(f"{file.name}: {problem}", err=True)
        context.exit(1)
    if as_json:
        told = {"file": file.name, **asdict(result), "counts": result.counts}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _tell(file.name, result)


def _owner(code: str | None) -> int | None:
    if code is None:
        return queries.top_unit_id(current_session())
    unit_id = unit_id_of_code(current_session(), code)
    if unit_id is None:
        raise click.BadParameter(f"Unit {code} tidak ada.", param_hint="--unit")
    return unit_id


def _tell(name: str, result: services.Imported) -> None:
    words = {"read": "dibaca", "changed": "diubah", "left_out": "dilewati"}
    for item in result.items:
        about = item.reason if item.status == "left_out" else " ".join(item.notes)
        title = item.name or item.stem
        click.echo(f"{item.place}: {words[item.status]}. {title[:60]}" + (f" | {about}" if about else ""))
    for note in result.notes:
        click.echo(f"Catatan: {note}")
    counts = result.counts
    bank = f"bank {result.bank}" + (" (baru)" if result.bank_action == "made" else "")
    would = " Hanya diperiksa, tidak ada yang ditulis." if result.dry_run else ""
    click.echo(
        f"{name}, {result.format}, {bank}: {counts['read']} dibaca, {counts['changed']} diubah, "
        f"{counts['left_out']} dilewati.{would}"
    )


@group.command("export")
@click.option("--bank", "bank_code", required=True, help="Kode bank.")
@click.option(
    "--format", "form", type=click.Choice([f for f in services.FORMATS if f not in {"teks", "qti"}]), default="moodle"
)
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.pass_context
def export(context: click.Context, *, bank_code: str, form: str, file: Path) -> None:
    """Tulis soal sebuah bank ke berkas; keluar 1 bila bank itu tidak ada."""
    begin_read_only()
    bank_id = queries.bank_id_of_code(current_session(), bank_code)
    if bank_id is None:
        click.echo(f"Bank {bank_code} tidak ada.", err=True)
        context.exit(1)
    data, _ending, lost = services.export_bank(current_session(), bank_id, form)
    file.write_bytes(data)
    for code, reason in lost.items():
        click.echo(f"{code}: tidak ikut. {reason}", err=True)
    click.echo(f"{file.name}: {len(data)} byte, {len(lost)} butir tidak ikut.")
