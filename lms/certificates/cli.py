"""Commands: check a code, load templates."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from lms.certificates import queries, services
from lms.certificates.rules.codes import code_fault, grouped_code, normalised_code
from lms.certificates.rules.states import Verdict
from lms.certificates.services.templates import SEED
from lms.core import clock
from lms.core.db import current_session, transaction


@click.group(help="Sertifikat: periksa kode, muat templat.")
def certificates() -> None:
    """Hold the commands of certificates."""


@certificates.command(help="Periksa KODE sertifikat. Keluar dengan 0 hanya bila SAH.")
@click.argument("code", metavar="KODE")
@click.option("--json", "as_json", is_flag=True, help="Jawab dalam JSON.")
def verify(code: str, as_json: bool) -> None:
    """Print what a code is worth; exit 0 when it is SAH, else 1."""
    wanted = normalised_code(code)
    fault = code_fault(wanted)
    found = None
    if fault is None:
        day = clock.local_day(clock.now(), clock.DEFAULT_ZONE)
        found = queries.find_public(current_session(), wanted, today=day)
    verdict = found.verdict if found is not None else Verdict.ABSENT
    if as_json:
        click.echo(json.dumps(_as_json(wanted, verdict, found, fault), ensure_ascii=False))
    else:
        click.echo(f"{verdict.value}  {grouped_code(wanted)}")
        if found is not None:
            click.echo(f"{found.holder}, {found.title}, {found.jp_words}")
            click.echo(f"{found.number}, terbit {found.issued_on:%d/%m/%Y}, {found.issuer}")
        elif fault is not None:
            click.echo("Kode ini salah ketik. Bandingkan huruf demi huruf.")
    sys.exit(0 if verdict is Verdict.VALID else 1)


def _as_json(code: str, verdict: Verdict, found: queries.PublicCertificate | None, fault: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {"code": grouped_code(code), "verdict": verdict.value}
    if fault is not None:
        answer["fault"] = fault.value
    if found is not None:
        answer |= {
            "number": found.number,
            "name": found.holder,
            "nip": found.holder_number,
            "course": found.title,
            "jp": found.jp_words,
            "issued_on": found.issued_on.isoformat(),
            "valid_until_on": found.valid_until_on.isoformat() if found.valid_until_on else None,
            "issuer": found.issuer,
            "pdf_sha256": found.pdf_digest,
        }
    return answer


@certificates.command("load-templates", help="Muat templat dari BERKAS JSON, atau yang bawaan.")
@click.argument(
    "path", metavar="[BERKAS]", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--dry-run", is_flag=True, help="Periksa saja, tidak menyimpan.")
def load_templates(path: Path | None, dry_run: bool) -> None:
    """Store templates of a file; the same file again changes nothing."""
    source = path or SEED
    entries = services.read_templates(source.read_text(encoding="utf-8"))
    changed = 0
    if not dry_run:
        with transaction() as session:
            changed = services.load_templates(session, entries)
    told = "diperiksa, tidak disimpan" if dry_run else f"{changed} berubah"
    click.echo(f"Templat: {len(entries)} dibaca, {told}.")
