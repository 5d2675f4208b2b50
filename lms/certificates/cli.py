"""Commands: check files and codes, keep what checks without a network, turn keys, load templates."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from lms.certificates import queries, services
from lms.certificates.rules.codes import code_fault, grouped_code, normalised_code
from lms.certificates.rules.files import FileMatch
from lms.certificates.rules.seals import seal_in
from lms.certificates.rules.states import Verdict
from lms.certificates.services.templates import SEED
from lms.core import clock
from lms.core.actor import SYSTEM
from lms.core.db import current_session, transaction

MAX_FILE_BYTES = 64 << 20


@click.group(help="Sertifikat: periksa kode, muat templat.")
def certificates() -> None:
    """Hold the commands of certificates."""


@certificates.command(help="Periksa BERKAS PDF, KODE, atau teks kode QR. Keluar dengan 0 hanya bila SAH.")
@click.argument("what", metavar="BERKAS|KODE", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Jawab dalam JSON.")
@click.option(
    "--offline",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Periksa teks kode QR tanpa basis data, dengan kunci.json dan dicabut.json dari folder ini.",
)
def verify(what: tuple[str, ...], as_json: bool, offline: Path | None) -> None:
    """Print what each file or code is worth; exit 0 when all are SAH, else 1."""
    day = clock.local_day(clock.now(), clock.DEFAULT_ZONE)
    answers = [_offline_answer(one, offline, day) if offline is not None else _answer(one, day) for one in what]
    if as_json:
        click.echo(json.dumps(answers[0] if len(answers) == 1 else answers, ensure_ascii=False))
    else:
        for answer in answers:
            _tell(answer)
    sys.exit(0 if all(answer["good"] for answer in answers) else 1)


def _answer(what: str, day: date) -> dict[str, Any]:
    path = Path(what)
    with contextlib.suppress(OSError, ValueError):  # a code may be no name that the disk allows
        if path.is_file():
            return _file_answer(path, day)
    if what.lower().endswith(".pdf"):
        raise click.BadParameter(f"Berkas {what} tidak ada.")
    code = normalised_code(what)
    fault = code_fault(code)
    found = queries.find_public(current_session(), code, today=day) if fault is None else None
    answer = queries.public_json(code, found)
    return answer | {"good": found is not None and found.verdict is Verdict.VALID}


def _file_answer(path: Path, day: date) -> dict[str, Any]:
    """Return what a file is worth; read by pieces, kept nowhere."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise click.BadParameter(f"Berkas {path} terlalu besar.")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    checked = queries.check_file(current_session(), data, digest=digest, today=day)
    answer: dict[str, Any] = {"file": path.name, "sha256": digest, "match": checked.match.value}
    if checked.found is not None:
        answer |= queries.public_json(checked.found.code, checked.found)
    if checked.match is not FileMatch.EXACT:
        answer["registered_verdict"] = answer.get("verdict", Verdict.ABSENT.value)
        answer["verdict"] = "DIUBAH" if checked.match is FileMatch.ALTERED else Verdict.ABSENT.value
    return answer | {"signer": checked.signer, "good": checked.is_good}


def _offline_answer(what: str, folder: Path, day: date) -> dict[str, Any]:
    """Return what a scanned text is worth by the files of a folder alone."""
    try:
        keys = json.loads((folder / "kunci.json").read_text(encoding="utf-8"))["keys"]
        stored = folder / "dicabut.json"
        withdrawn = json.loads(stored.read_text(encoding="utf-8")) if stored.is_file() else None
    except (OSError, ValueError, KeyError) as error:
        raise click.BadParameter("Folder harus memuat kunci.json dari halaman pemeriksaan.") from error
    verdict, opened = services.check_offline(seal_in(what), keys=keys, withdrawn=withdrawn, today=day)
    if opened is None:
        return {"verdict": "TIDAK SAH", "fault": verdict.value, "offline": True, "good": False}
    said = opened.sealed
    return {
        "code": grouped_code(said.code),
        "verdict": verdict.value,
        "number": said.number,
        "name": said.name,
        "course": said.title,
        "jp": said.credit_jp,
        "issued_on": said.issued_on.isoformat(),
        "valid_until_on": said.valid_until_on.isoformat() if said.valid_until_on else None,
        "offline": True,
        "list_read": withdrawn is not None,
        "good": verdict is Verdict.VALID,
    }


_FAULTS = {
    "check": "Kode ini salah ketik. Bandingkan huruf demi huruf.",
    "length": "Kode terdiri atas 16 huruf dan angka.",
    "letter": "Ada tanda yang tidak dipakai dalam kode.",
    "form": "Teks ini bukan tanda sertifikat.",
    "key": "Kunci penandanya tidak ada dalam kunci.json. Unduh lagi.",
    "signature": "Tanda tangan digitalnya tidak cocok.",
}


def _tell(answer: dict[str, Any]) -> None:
    click.echo("  ".join(filter(None, (answer["verdict"], answer.get("file", ""), answer.get("code", "")))))
    if answer.get("match") == "altered":
        click.echo("Berkas ini menyebut kode kami, tetapi isinya bukan yang diterbitkan.")
    elif answer.get("match") == "unknown":
        click.echo("Berkas ini bukan PDF yang diterbitkan di sini.")
    if "name" in answer:
        click.echo(f"{answer['name']}, {answer['course']}, {answer['jp']} JP")
        click.echo(f"{answer['number']}, terbit {date.fromisoformat(answer['issued_on']):%d/%m/%Y}")
    elif answer.get("fault") in _FAULTS:
        click.echo(_FAULTS[answer["fault"]])
    if answer.get("offline") and not answer.get("list_read", True):
        click.echo("Tanpa dicabut.json: pencabutan tidak terbaca.")


@certificates.command("offline-kit", help="Tulis halaman pemeriksa, kunci, dan daftar cabut ke FOLDER.")
@click.argument("folder", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
def offline_kit(folder: Path) -> None:
    """Write what is needed to check QR codes without a network."""
    session, now = current_session(), clock.now()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("periksa-sertifikat.html", services.offline_page(session, now=now)),
        ("kunci.json", json.dumps(services.keys_document(session), ensure_ascii=False)),
        ("dicabut.json", json.dumps(services.withdrawn_document(session, now=now))),
    ):
        (folder / name).write_text(text, encoding="utf-8")
        click.echo(str(folder / name))


@certificates.command("rotate-key", help="Pakai kunci tanda QR yang baru. Kunci publik lama tetap berlaku.")
def rotate_key() -> None:
    """Let a new key sign from now on."""
    with transaction() as session:
        made = services.rotate_key(session, now=clock.now())
        key_id = made.key_id
    click.echo(f"Kunci {key_id} menandai mulai sekarang. Cadangkan kuncinya: lms backup.")


@certificates.command("seal", help="Bubuhkan segel elektronik instansi (PAdES B-B) dengan kunci PKCS#12 di BERKAS.")
@click.argument("path", metavar="BERKAS", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--limit", default=1000, show_default=True, help="Paling banyak sekian sertifikat sekali jalan.")
def seal(path: Path, limit: int) -> None:
    """Seal all files that bear neither seal nor signature; may be stopped and begun again."""
    passphrase = click.prompt("Kata sandi kunci", hide_input=True, err=True)
    put = services.own_seal(path, passphrase)
    done = 0
    for certificate_id in queries.list_unsealed_ids(current_session(), limit=limit):
        # Each in a transaction of its own: what is sealed stays sealed when the next one fails.
        with transaction() as session:
            done += services.seal_one(session, SYSTEM, certificate_id, put, now=clock.now())
    click.echo(f"{done} sertifikat disegel.")


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
