"""`lms demo`: an invented city to try everything out, its accounts, and its personnel file."""

from __future__ import annotations

import importlib
import importlib.util
import json
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import click
import pyotp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import func, select

from lms.cli.demo.context import Context, fill, new_context
from lms.cli.demo.nation.command import NATION, SCALE, Wanted, begun, describe, missing
from lms.cli.demo.nation.command import build as build_nation
from lms.cli.demo.region import build_big, build_region
from lms.cli.demo.siasn import write_siasn_csv, write_siasn_xlsx
from lms.core import clock
from lms.core.clock import DEFAULT_ZONE, local_day
from lms.core.db import current_session, db, transaction
from lms.core.errors import Refused
from lms.core.text import N_
from lms.people.models import Employee, Installation

# In this order: each part builds on the ones before it.
PARTS: Final = (
    ("people", "Unit dan pegawai"),
    ("identity", "Akun dan kewenangan"),
    ("competencies", "Kompetensi"),
    ("courses", "Pelatihan"),
    ("assessments", "Ujian"),
    ("examday", "Hari ujian"),
    ("certificates", "Sertifikat"),
    ("mentoring", "Mentoring"),
    ("claims", "Klaim JP"),
    ("authoring", "Rancangan pelatihan"),
)

_MILLIONS: Final = click.IntRange(0, 20_000_000)


def _module(part: str) -> Any:
    name = f"lms.cli.demo.{part}_data"
    return importlib.import_module(name) if importlib.util.find_spec(name) is not None else None


@click.group("demo", invoke_without_command=True)
@click.option("--scale", type=click.Choice(["kota", SCALE]), default="kota", show_default=True, help="Besarnya daerah.")
@click.option("--seed", type=click.IntRange(1, 10_000), default=1, show_default=True, metavar="N", help="Benih.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, metavar="TANGGAL", help="Bawaan: hari ini.")
@click.option("--dry-run", is_flag=True, help="Tampilkan isinya saja, tanpa menulis.")
@click.option("--records", type=_MILLIONS, default=0, metavar="N", help="Tambahan bukti kompetensi (nasional).")
@click.option("--certificates", type=_MILLIONS, default=0, metavar="N", help="Tambahan sertifikat (nasional).")
@click.pass_context
def demo(  # noqa: PLR0917 -- click gives options by name
    context: click.Context,
    scale: str,
    seed: int,
    as_of: datetime | None,
    dry_run: bool,
    records: int,
    certificates: int,
) -> None:
    """Buat daerah rekaan di basis data kosong; basis data yang sudah berisi demo tidak diubah.

    Dengan --scale nasional, kota itu menjadi bagian dari seluruh Indonesia. Demo kota yang sudah ada diperluas.
    """
    if context.invoked_subcommand is not None:
        return
    if (records or certificates) and scale != SCALE:
        raise Refused(N_("Pilihan ini hanya untuk --scale nasional."))
    more = {"records": records, "certificates": certificates}
    now = clock.now()
    day = as_of.date() if as_of is not None else local_day(now, DEFAULT_ZONE)
    held = current_session().get(Installation, 1)
    if scale == SCALE and dry_run:
        click.echo(describe(NATION, more))
        return
    is_larger = scale == SCALE and held is not None and (bool(missing(held.demo_parts)) or any(more.values()))
    if held is not None and held.is_demo and held.demo_built_at is not None and not is_larger:
        click.echo(f"Data percobaan sudah ada (benih {held.demo_seed}). Tidak ada yang diubah.")
        return
    people = current_session().scalar(select(func.count(Employee.id))) or 0
    if people and (held is None or not held.is_demo):
        raise Refused(N_("Basis data ini sudah berisi pegawai. Data percobaan hanya untuk basis data kosong."))
    if held is not None and held.is_demo:
        # A build that broke off goes on with its own seed and day.
        seed, day = held.demo_seed or seed, held.demo_as_of_on or day
    region = build_region(seed, day)
    if dry_run:
        click.echo(
            f"{region.name}: {len(region.units)} unit, {len(region.positions)} jabatan, "
            f"{len(region.employees)} pegawai, {len(region.partners)} mitra."
        )
        return
    began = time.monotonic()
    notes = list(held.demo_parts) if held is not None else []
    # Once the nation has begun, the city is finished and is not looked up again among so many.
    if not begun(notes) and any(part not in notes for part, _label in PARTS):
        _build(new_context(region, now=now), scale=scale, seed=seed, day=day)
    if scale == SCALE:
        current_session().expunge_all()
        build_nation(Wanted(seed, day, now, NATION, more))
        return
    _tell_the_planner()
    click.echo(
        f"Data percobaan {region.name} selesai: {len(region.employees)} pegawai, "
        f"{time.monotonic() - began:.0f} detik. Akunnya: lms demo accounts"
    )


def _tell_the_planner() -> None:
    """Let PostgreSQL count what came in, as it would by itself minutes later; until then the gap map takes seconds."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")


def _build(context: Context, *, scale: str, seed: int, day: date) -> None:
    held = current_session().get(Installation, 1)
    done = list(held.demo_parts) if held is not None else []
    if done:
        fill(current_session(), context)
    parts = [(part, label) for part, label in PARTS if part not in done]
    with Progress(
        TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True)
    ) as bar:
        task = bar.add_task("Data percobaan", total=len(parts))
        for part, label in parts:
            bar.update(task, description=label)
            _build_part(context, part, scale=scale, seed=seed, day=day, last=part == parts[-1][0])
            bar.advance(task)


def _build_part(context: Context, part: str, *, scale: str, seed: int, day: date, last: bool) -> None:
    """Build one part in one transaction, together with the note that it is there."""
    module = _module(part)
    with transaction() as session:
        installation = session.get(Installation, 1)
        if installation is None:
            installation = Installation(id=1, is_demo=True, demo_parts=[])
            session.add(installation)
        installation.is_demo, installation.demo_seed, installation.demo_scale = True, seed, scale
        installation.demo_as_of_on = day
        if module is not None:
            module.build(session, context)
            installation.demo_parts = [*installation.demo_parts, part]
        if last and scale != SCALE:
            installation.demo_built_at = context.now


@demo.command("accounts")
@click.option("--json", "as_json", is_flag=True, help="Tulis sebagai JSON.")
def accounts(as_json: bool) -> None:
    """Tampilkan akun percobaan, satu atau lebih untuk tiap peran."""
    held = current_session().get(Installation, 1)
    if held is None or not held.is_demo:
        raise Refused(N_("Ini bukan instalasi percobaan, jadi tidak ada akun percobaan."))
    found: list[dict[str, Any]] = _module("identity").demo_accounts(current_session())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    shown: set[str] = set()
    for one in found:
        if one["role"] in shown:
            continue
        shown.add(one["role"])
        factor = f"  kunci faktor kedua {one['totp_secret']}" if one["totp_secret"] else ""
        click.echo(f"{one['role']:<12} {one['name']:<36} {one['login']}  {one['password']}{factor}")
    click.echo("Kode faktor kedua saat ini: lms demo code PERAN")


@demo.command("code")
@click.argument("role", default="hr", metavar="[PERAN]")
def code(role: str) -> None:
    """Tampilkan kode faktor kedua yang berlaku sekarang untuk akun percobaan suatu PERAN."""
    held = current_session().get(Installation, 1)
    if held is None or not held.is_demo:
        raise Refused(N_("Ini bukan instalasi percobaan, jadi tidak ada akun percobaan."))
    found = [
        one
        for one in _module("identity").demo_accounts(current_session())
        if one["role"] == role and one["totp_secret"]
    ]
    if not found:
        raise Refused(N_("Peran ini tidak memakai faktor kedua, atau namanya lain. Lihat: lms demo accounts"))
    for one in found:
        click.echo(f"{one['name']}: {pyotp.TOTP(one['totp_secret']).at(clock.now())}")


@demo.command("file")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path), metavar="BERKAS")
@click.option("--people", type=click.IntRange(1, 60_000), default=None, metavar="N", help="Banyaknya pegawai.")
@click.option("--seed", type=click.IntRange(1, 10_000), default=1, show_default=True, metavar="N", help="Benih.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, metavar="TANGGAL", help="Bawaan: hari ini.")
def write_file(path: Path, people: int | None, seed: int, as_of: datetime | None) -> None:
    """Tulis berkas pegawai rekaan dengan 69 kolom SIASN (.xlsx atau .csv)."""
    day = as_of.date() if as_of is not None else local_day(clock.now(), DEFAULT_ZONE)
    region = build_region(seed, day) if people is None else build_big(people, seed, day, asn_only=True)
    write = write_siasn_csv if path.suffix.lower() == ".csv" else write_siasn_xlsx
    count = write(path, region)
    click.echo(f"{path}: {count} pegawai.")
