"""`lms check`: what is set, and whether each part of the installation works."""

from __future__ import annotations

import json
import shutil
import smtplib
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from lms.cli import db as schema
from lms.cli.main import read_settings
from lms.core import db as _listeners  # noqa: F401 -- sets up SQLite connections
from lms.core import secrets, storage
from lms.core.errors import DomainError
from lms.core.mail import sends
from lms.core.settings import Environment

if TYPE_CHECKING:
    from lms.core.settings import Settings

OK, WARNING, FAULT = "baik", "perhatian", "gagal"
MAX_DRIFT_SECONDS = 2.0
FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one part, in a sentence."""

    part: str
    state: str
    text: str


def effective(settings: Settings) -> dict[str, Any]:
    """Return the settings as they count, without passwords."""
    values = settings.model_dump(mode="json")
    values["database_url"] = make_url(settings.database_url).render_as_string(hide_password=True)
    if settings.mail_url:
        parts = urlsplit(settings.mail_url)
        port = f":{parts.port}" if parts.port else ""
        values["mail_url"] = f"{parts.scheme}://{'***@' if parts.username else ''}{parts.hostname}{port}"
    values["secrets"] = secrets.present()
    return values


def _database(settings: Settings) -> list[Finding]:
    """Ask the database, its durability, its schema and its clock."""
    engine = create_engine(settings.database_url, poolclass=NullPool)
    path = make_url(settings.database_url).database
    if engine.dialect.name == "sqlite" and path and not Path(path).exists():
        return [Finding("basis data", FAULT, "Basis data belum ada. Jalankan: lms db upgrade")]
    try:
        with engine.connect() as connection:
            found = [_version(connection), _schema(connection)]
            if engine.dialect.name == "postgresql":
                theirs = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
                found.append(_drift(float(theirs) - time.time()))
            return found
    except SQLAlchemyError as error:
        return [Finding("basis data", FAULT, f"Basis data tidak menjawab ({type(error).__name__}).")]
    finally:
        engine.dispose()


def _version(connection: Any) -> Finding:
    if connection.dialect.name == "sqlite":
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        durable = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        state = OK if (mode, durable) == ("wal", 2) else FAULT
        return Finding("basis data", state, f"SQLite {version}, jurnal {mode}, sinkron {durable}")
    version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    durable = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    fsync = connection.exec_driver_sql("SHOW fsync").scalar_one()
    state = FAULT if durable == "off" or fsync == "off" else OK
    return Finding("basis data", state, f"PostgreSQL {version}, synchronous_commit {durable}, fsync {fsync}")


def _schema(connection: Any) -> Finding:
    present = MigrationContext.configure(connection).get_current_revision()
    wanted = schema.head()
    if present == wanted:
        return Finding("skema", OK, f"Revisi {present}")
    return Finding("skema", FAULT, f"Revisi {present or 'kosong'}, seharusnya {wanted}. Jalankan: lms db upgrade")


def _drift(seconds: float) -> Finding:
    state = OK if abs(seconds) <= MAX_DRIFT_SECONDS else FAULT
    return Finding("jam", state, f"Selisih dengan basis data {seconds:.1f} detik".replace(".", ","))


def _storage(settings: Settings) -> list[Finding]:
    """Write, read and remove a small file, and look at the room that is left."""
    try:
        digest = storage.put(b"lms check", media_type="text/plain", name="check")
        sound = storage.read(digest) == b"lms check"
        storage.delete(digest)
        free = shutil.disk_usage(settings.home).free
    except (DomainError, OSError) as error:
        return [Finding("berkas", FAULT, f"Folder {settings.files_dir} tidak dapat dipakai: {error}")]
    gigabytes = f"{free / (1 << 30):.1f} GB".replace(".", ",")
    state = (OK if free > FREE_BYTES else WARNING) if sound else FAULT
    return [Finding("berkas", state, f"Tulis dan baca berhasil, ruang tersisa {gigabytes}")]


def _secrets(settings: Settings) -> list[Finding]:
    """Look who may read the keys."""
    folder = settings.secrets_dir
    if not folder.is_dir():
        return [Finding("kunci", WARNING, "Belum ada kunci; dibuat saat server pertama kali jalan.")]
    loose = [path.name for path in folder.glob("*.key") if path.stat().st_mode & 0o077]
    if loose:
        return [Finding("kunci", FAULT, f"Orang lain dapat membaca: {', '.join(sorted(loose))}")]
    return [Finding("kunci", OK, f"{len(secrets.present())} kunci, hanya dapat dibaca pemiliknya")]


def _mail(settings: Settings) -> list[Finding]:
    """Greet the relay without sending anything."""
    if settings.env is not Environment.PRODUCTION:
        return [Finding("surel", OK, "Surel hanya disimpan, tidak dikirim (bukan produksi).")]
    if not sends(settings):
        return [Finding("surel", WARNING, "LMS_MAIL_URL kosong: surel hanya disimpan.")]
    parts = urlsplit(settings.mail_url)
    kind: Callable[..., smtplib.SMTP] = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(parts.hostname or "localhost", parts.port or 0, timeout=5) as client:
            client.noop()
    except (OSError, smtplib.SMTPException) as error:
        return [Finding("surel", FAULT, f"Peladen surel tidak menjawab ({type(error).__name__}).")]
    return [Finding("surel", OK, f"{parts.hostname} menjawab")]


def _clock(_settings: Settings) -> list[Finding]:
    """Refuse a clock that was never set."""
    year = time.gmtime().tm_year
    state = OK if 2026 <= year <= 2100 else FAULT
    return [Finding("jam", state, time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))]


def _fonts(_settings: Settings) -> list[Finding]:
    """Draw one line as PDF: Pango, fonts and the PDF writer are then all there."""
    from lms.core.pdf import render_pdf  # noqa: PLC0415 -- 50 MiB, only here

    try:
        size = len(render_pdf("<p>Bina ꦧꦶꦤ</p>", title="Periksa"))
    except Exception as error:  # noqa: BLE001 -- whatever is missing is told
        return [Finding("huruf", FAULT, f"PDF tidak dapat dibuat ({type(error).__name__}). Pasang Pango dan huruf.")]
    return [Finding("huruf", OK, f"PDF percobaan {size} bita")]


def _cookies(settings: Settings) -> list[Finding]:
    """Tell when nobody could log in, since cookies need https beyond this machine."""
    if urlsplit(settings.base_url).scheme == "https" or settings.plain_cookie:
        return [Finding("alamat", OK, settings.base_url)]
    return [Finding("alamat", FAULT, f"{settings.base_url} perlu https agar orang dapat masuk.")]


CHECKS: tuple[Callable[[Settings], list[Finding]], ...] = (
    _database, _storage, _secrets, _mail, _clock, _fonts, _cookies,
)  # fmt: skip


def examine(settings: Settings) -> list[Finding]:
    """Return the findings of all checks."""
    return [finding for examination in CHECKS for finding in examination(settings)]


@click.command(help="Periksa pengaturan, basis data, berkas, surel, jam, dan huruf.")
@click.option("--json", "as_json", is_flag=True, help="Keluaran untuk program lain.")
def check(*, as_json: bool) -> None:
    """Print settings and findings; exit code 1 when a part does not work."""
    settings = read_settings()
    findings = examine(settings)
    failed = any(finding.state == FAULT for finding in findings)
    if as_json:
        report = {
            "settings": effective(settings),
            "findings": [asdict(one) for one in findings],
            "ok": not failed,
        }
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for name, value in effective(settings).items():
            click.echo(f"{name:14} {value}")
        click.echo()
        for finding in findings:
            click.echo(f"[{finding.state:9}] {finding.part:10} {finding.text}")
    sys.exit(1 if failed else 0)
