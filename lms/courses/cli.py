"""Commands of courses: `lms courses load`, `lms courses jp-rules`, `lms courses index`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from lms.core.db import current_session, transaction
from lms.courses import services
from lms.courses.queries.loading import unit_id_of_code

_ACTIONS = {
    "new": "baru",
    "new_version": "versi baru",
    "same": "tidak berubah",
    "faulty": "ditolak",
}


@click.group("courses")
def courses() -> None:
    """Pelatihan: muat isi pelatihan, aturan JP, dan indeks pencarian."""


def _folders(paths: tuple[Path, ...]) -> list[Path]:
    """Return the course folders among and directly below the paths."""
    found: list[Path] = []
    for path in paths:
        if (path / "course.json").is_file():
            found.append(path)
        else:
            inner = sorted(one.parent for one in path.glob("*/course.json"))
            found += inner or [path]
    return found


@courses.command("load")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--unit",
    "unit_code",
    default=None,
    metavar="KODE",
    help="Unit pemilik pelatihan baru. Bawaan: unit paling atas.",
)
@click.option("--dry-run", is_flag=True, help="Periksa saja, tidak menulis apa pun.")
@click.option("--json", "as_json", is_flag=True, help="Tulis hasil sebagai JSON.")
def load(paths: tuple[Path, ...], unit_code: str | None, dry_run: bool, as_json: bool) -> None:
    """Muat satu atau beberapa folder pelatihan (PATH berisi course.json, atau folder di atasnya).

    Semua kesalahan ditunjukkan sekaligus, dengan berkas dan tempatnya. Folder yang sama dimuat lagi tidak
    mengubah apa pun. Isi yang berubah menjadi versi baru. Keluar 0 bila termuat, 1 bila ada yang ditolak.
    """
    results: list[dict[str, Any]] = []
    for folder in _folders(paths):
        result = _load_one(folder, unit_code, dry_run=dry_run)
        results.append({"folder": folder.name, **asdict(result)})
        if not as_json:
            _tell(result, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False, indent=1))
    if any(result["action"] == "faulty" for result in results):
        sys.exit(1)


def _load_one(folder: Path, unit_code: str | None, *, dry_run: bool) -> services.LoadResult:
    if dry_run:
        return services.load_course(current_session(), folder, owner_unit_id=_unit(unit_code), dry_run=True)
    with transaction() as session:
        return services.load_course(session, folder, owner_unit_id=_unit(unit_code))


def _unit(code: str | None) -> int | None:
    if code is None:
        return None
    unit_id = unit_id_of_code(current_session(), code)
    if unit_id is None:
        raise click.BadParameter(f"Unit {code} tidak ada.", param_hint="--unit")
    return unit_id


def _tell(result: services.LoadResult, *, dry_run: bool) -> None:
    if result.faults:
        click.echo(f"{result.code}: ditolak, {len(result.faults)} kesalahan", err=True)
        for fault in result.faults:
            place = ", ".join(part for part in (fault.file, fault.place) if part)
            click.echo(f"  {place}: {fault.text}" if place else f"  {fault.text}", err=True)
        return
    would = " (hanya diperiksa)" if dry_run else ""
    click.echo(f"{result.code}: {_ACTIONS[result.action]}, versi {result.number}, {result.lessons} materi{would}")


@courses.command("jp-rules")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Periksa saja, tidak menulis apa pun.")
def jp_rules(file: Path | None, dry_run: bool) -> None:
    """Tambahkan aturan dan target JP dari FILE (bawaan: yang ada di dalam Bina).

    Aturan yang sudah ada tidak diubah. Aturan baru dikenali dari bentuk dan tanggal mulainya.
    """
    try:
        document = json.loads((file or services.RULES_FILE).read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.BadParameter(f"{file} bukan JSON yang benar: {error}", param_hint="FILE") from error
    if dry_run:
        click.echo(f"{len(document.get('rules', []))} aturan dan {len(document.get('targets', []))} target terbaca.")
        return
    with transaction() as session:
        added = services.load_jp_rules(session, document)
    click.echo(f"{added} aturan dan target JP ditambahkan.")


@courses.command("index")
def index() -> None:
    """Susun ulang indeks pencarian katalog."""
    with transaction() as session:
        count = services.reindex_courses(session)
    click.echo(f"{count} pelatihan masuk indeks.")
