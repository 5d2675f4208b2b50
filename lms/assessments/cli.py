"""Commands of assessments."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from lms.assessments import services
from lms.core.db import begin_read_only, current_session, transaction


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
