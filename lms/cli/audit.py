"""`lms audit`: the seal over the trail of changes."""

from __future__ import annotations

import json
import sys

import click

from lms.cli.main import make_app, read_settings
from lms.core import clock
from lms.core.db import begin_read_only, current_session, transaction
from lms.core.seal import check_seals, seal_audit

REASONS = {"entries": "isi berubah atau hilang", "chain": "rantai terputus"}


@click.group(help="Segel jejak perubahan: pasang, periksa.")
def audit() -> None:
    """Hold the commands of the audit trail."""


@audit.command(help="Segel catatan yang sudah lebih dari 10 menit. Peladen juga melakukannya tiap jam.")
@click.option("--dry-run", is_flag=True, help="Hitung saja, tanpa menyegel.")
def seal(*, dry_run: bool) -> None:
    """Seal what is finished."""
    app = make_app(read_settings())
    with app.app_context():
        if dry_run:
            begin_read_only()
            click.echo(f"{check_seals(current_session()).open_count} catatan belum disegel.")
            return
        with transaction() as session:
            count = seal_audit(session, now=clock.now())
        click.echo(f"{count} catatan disegel.")


@audit.command(help="Periksa apakah jejak perubahan masih seperti saat disegel.")
@click.option("--json", "as_json", is_flag=True, help="Keluaran untuk program lain.")
def check(*, as_json: bool) -> None:
    """Compare every sealed stretch; exit code 1 when one differs."""
    app = make_app(read_settings())
    with app.app_context():
        begin_read_only()
        report = check_seals(current_session())
    if as_json:
        told = {
            "sealed": report.sealed_count,
            "open": report.open_count,
            "sealed_at": report.sealed_at.isoformat() if report.sealed_at else None,
            "newest_hash": report.newest_hash,
            "broken": [
                {"first": one.first_entry_id, "last": one.last_entry_id, "reason": one.reason} for one in report.broken
            ],
        }
        click.echo(json.dumps(told))
    else:
        click.echo(f"{report.sealed_count} catatan tersegel dan utuh, {report.open_count} belum disegel.")
        for one in report.broken:
            click.echo(f"RUSAK: catatan {one.first_entry_id} sampai {one.last_entry_id}, {REASONS[one.reason]}.")
        if report.newest_hash:
            click.echo(f"Sidik terakhir: {report.newest_hash}")
    sys.exit(1 if report.broken else 0)
