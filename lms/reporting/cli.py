"""`lms report`: the numbers of the pages, for programs."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

import click

from lms.competencies.queries import gap_cells
from lms.core import clock
from lms.core.db import current_session
from lms.people.queries import root_unit, unit_by_code


class _Day(click.ParamType[date]):
    name = "tanggal"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} bukan tanggal. Tulis seperti 2026-11-24.", param, ctx)


@click.group(help="Laporan untuk dibaca orang atau program lain.")
def report() -> None:
    """Hold the commands of reports."""


@report.command(
    help="Kesenjangan kompetensi per unit dan kompetensi. Setiap sel memuat pegawai unit itu sendiri, "
    "tanpa unit di bawahnya, sehingga jumlah semua sel adalah jumlah wilayah. Unit tanpa pegawai tidak "
    "mempunyai sel. "
    "Tanpa pilihan: seluruh wilayah, hari ini. meets + below + no_evidence = people."
)
@click.option("--unit", "unit_code", metavar="KODE", help="Hanya unit ini dan semua unit di bawahnya.")
@click.option("--as-of", "on", type=_Day(), metavar="TANGGAL", help="Keadaan pada tanggal ini, seperti 2026-06-30.")
@click.option("--json", "as_json", is_flag=True, help="Tulis sebagai JSON.")
def gap(unit_code: str | None, on: date | None, *, as_json: bool) -> None:
    """Print the gap map; exit 1 for an unknown unit, 2 for a wrong day."""
    session = current_session()
    unit = unit_by_code(session, unit_code) if unit_code else root_unit(session)
    if unit is None and unit_code:
        click.echo(f"Unit {unit_code} tidak ada.", err=True)
        sys.exit(1)
    day = on or clock.local_day(clock.now(), clock.DEFAULT_ZONE if unit is None else unit.timezone)
    cells = [] if unit is None else gap_cells(session, unit.path, day)
    rows = [
        {
            "unit_code": cell.unit_code,
            "competency_code": cell.competency_code,
            "people": cell.people,
            "meets": cell.meets,
            "below": cell.below,
            "no_evidence": cell.no_evidence,
        }
        for cell in cells
    ]
    if as_json:
        click.echo(json.dumps({"as_of": day.isoformat(), "unit": None if unit is None else unit.code, "cells": rows}))
        return
    click.echo(f"Kesenjangan {unit.name if unit else 'wilayah'} per {day.isoformat()}")
    click.echo(f"{'Unit':<22}{'Kompetensi':<12}{'Pegawai':>9}{'Memenuhi':>10}{'Di bawah':>10}{'Tanpa bukti':>13}")
    for row in rows:
        click.echo(
            f"{row['unit_code']:<22}{row['competency_code']:<12}{row['people']:>9}{row['meets']:>10}"
            f"{row['below']:>10}{row['no_evidence']:>13}"
        )
