"""`lms backup` and `lms restore`: one file with database, files and, if asked, encrypted keys."""

from __future__ import annotations

import base64
import json
import os
import secrets as _random
import tempfile
from pathlib import Path

import click
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from lms.cli import archive, dump
from lms.cli.main import read_settings
from lms.core import clock, secrets
from lms.core.errors import Refused
from lms.core.settings import Settings
from lms.core.text import N_

MIN_PASSPHRASE = 12
_SALT_BYTES, _NONCE_BYTES = 16, 12
# What cannot be read or done while a key is missing, told by `restore`.
KEY_MEANING = {
    "totp": "kode verifikasi dua langkah: setiap orang memasangnya lagi",
    "codes": "kode aktivasi dan kode cadangan yang belum dipakai: buat yang baru",
    "certificates": "tanda pada QR sertifikat: sertifikat lama tetap sah lewat halaman periksa",
}
# Made anew without harm: open forms are loaded again, counters of failed log-ins start anew.
HARMLESS = frozenset({"flask", "csrf", "jobs", "throttle", "device", "cursor"})


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << 16, r=8, p=1).derive(passphrase.encode()))


def lock_keys(keys: dict[str, bytes], passphrase: str) -> bytes:
    """Return the keys under AES-256-GCM with a key made of the passphrase by scrypt."""
    salt, nonce = _random.token_bytes(_SALT_BYTES), _random.token_bytes(_NONCE_BYTES)
    plain = json.dumps({name: base64.b64encode(value).decode() for name, value in keys.items()}).encode()
    return salt + nonce + _cipher(passphrase, salt).encrypt(nonce, plain, b"bina.keys")


def unlock_keys(data: bytes, passphrase: str) -> dict[str, bytes]:
    """Return the keys of a backup.

    Raises: Refused: the passphrase is another, or the data was altered.
    """
    salt, nonce = data[:_SALT_BYTES], data[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
    try:
        plain = _cipher(passphrase, salt).decrypt(nonce, data[_SALT_BYTES + _NONCE_BYTES :], b"bina.keys")
    except (InvalidTag, ValueError) as error:
        raise Refused(N_("Kata sandi cadangan salah.")) from error
    return {name: base64.b64decode(value) for name, value in json.loads(plain).items()}


def _passphrase(*, confirm: bool) -> str:
    given = os.environ.get("LMS_BACKUP_PASSPHRASE")
    phrase = given or click.prompt(
        "Kata sandi cadangan", hide_input=True, confirmation_prompt="Ulangi" if confirm else False
    )
    if confirm and len(phrase) < MIN_PASSPHRASE:
        raise Refused(N_("Kata sandi cadangan paling sedikit %(count)s huruf.", count=MIN_PASSPHRASE))
    return str(phrase)


def make_backup(settings: Settings, target: Path, *, passphrase: str | None = None) -> archive.Manifest:
    """Write one backup file, whole or not at all, and return its manifest.

    The database is read at one instant; files are never changed once written, and those that the
    database names were there before it named them. So saving may go on meanwhile.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    present = secrets.present()
    with tempfile.TemporaryDirectory(prefix="bina-cadangan-", dir=target.parent) as folder:
        staging = Path(folder)
        database = dump.export(settings.database_url, staging / "database")
        if passphrase is not None:
            (staging / "keys.enc").write_bytes(lock_keys({name: secrets.key(name) for name in present}, passphrase))
        manifest = archive.Manifest(
            format=archive.FORMAT,
            created_at=clock.now().isoformat(timespec="seconds"),
            database=database,
            key_marks={name: archive.key_mark(secrets.key(name)) for name in present},
            has_keys=passphrase is not None,
        )
        temporary = staging / "backup.tar.gz"
        archive.write(temporary, manifest, staging=staging, files=settings.files_dir)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o600)
        temporary.replace(target)
    return manifest


def restore_backup(
    settings: Settings, source: Path, *, force: bool = False, passphrase: str | None = None
) -> tuple[archive.Manifest, list[str], int]:
    """Put a backup in place; everything is verified before anything is touched.

    Returns: the manifest, the names of keys that are missing or differ, and how many owed
        tasks were parked (a restore sends and issues nothing by itself).

    Raises: Refused: broken archive, a target that holds data, or a wrong passphrase.
    """
    settings.make_home()
    with tempfile.TemporaryDirectory(prefix="bina-pulih-", dir=settings.home) as folder:
        staging = Path(folder)
        manifest = archive.unpack(source, staging)
        if not force and (dump.holds_data(settings.database_url) or archive.has_files(settings.files_dir)):
            raise Refused(N_("Instalasi ini sudah berisi data. Pakai --force untuk menggantinya."))
        keys: dict[str, bytes] = {}
        if manifest.has_keys and passphrase is not None:
            keys = unlock_keys((staging / "keys.enc").read_bytes(), passphrase)
        dump.load(settings.database_url, staging / "database", manifest.database)
        archive.move_files(staging / "files", settings.files_dir)
    _put_keys(settings.secrets_dir, keys)
    parked = dump.quiet(settings.database_url)
    return manifest, _differing(manifest), parked


def _put_keys(folder: Path, keys: dict[str, bytes]) -> None:
    if keys:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    for name, value in keys.items():
        temporary = folder / f".{name}.restored"
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(value)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(folder / f"{name}.key")
    secrets.forget()


def _differing(manifest: archive.Manifest) -> list[str]:
    """Return the keys of the backup that this installation lacks or holds differently."""
    present = set(secrets.present())
    return sorted(
        name
        for name, mark in manifest.key_marks.items()
        if name not in present or archive.key_mark(secrets.key(name)) != mark
    )


@click.command(help="Buat satu BERKAS cadangan dari basis data dan semua berkas.")
@click.argument("file", metavar="BERKAS", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Sertakan kunci, dikunci dengan kata sandi.")
@click.option("--force", is_flag=True, help="Timpa BERKAS yang sudah ada.")
def backup(file: Path, *, with_keys: bool, force: bool) -> None:
    """Write a backup file."""
    settings = read_settings()
    if file.exists() and not force:
        raise Refused(N_("Berkas cadangan itu sudah ada. Pakai nama lain atau --force."))
    phrase = _passphrase(confirm=True) if with_keys else None
    manifest = make_backup(settings, file.resolve(), passphrase=phrase)
    rows = sum(manifest.database["tables"].values())
    size = f"{file.stat().st_size / (1 << 20):.1f} MB".replace(".", ",")
    click.echo(f"Cadangan {file}: {rows} baris, {len(manifest.members)} berkas, {size}.")
    if with_keys:
        click.echo("Kunci ikut, terkunci dengan kata sandi Anda. Simpan kata sandi itu di tempat lain.")
    else:
        click.echo("Kunci TIDAK ikut. Simpan folder secrets tersendiri, atau pakai --with-keys.")


@click.command(help="Pulihkan instalasi dari BERKAS cadangan. Hentikan server lebih dahulu.")
@click.argument("file", metavar="BERKAS", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Ganti data yang sudah ada.")
@click.option("--without-keys", is_flag=True, help="Jangan pulihkan kunci walaupun ada.")
@click.option("--dry-run", is_flag=True, help="Periksa cadangan saja.")
def restore(file: Path, *, force: bool, without_keys: bool, dry_run: bool) -> None:
    """Verify a backup and put it in place."""
    settings = read_settings()
    manifest = archive.verify(file)
    if dry_run:
        click.echo(f"Cadangan utuh: dibuat {manifest.created_at}, {len(manifest.members)} berkas.")
        return
    phrase = _passphrase(confirm=False) if manifest.has_keys and not without_keys else None
    manifest, missing, parked = restore_backup(settings, file, force=force, passphrase=phrase)
    click.echo(f"Dipulihkan dari {manifest.created_at}: {sum(manifest.database['tables'].values())} baris.")
    if parked:
        click.echo(f"{parked} tugas tertunda dihentikan. Periksa di halaman operator sebelum mencobanya lagi.")
    telling = [name for name in missing if name not in HARMLESS]
    for name in telling:
        meaning = KEY_MEANING.get(name, "data yang dikunci dengannya tidak terbaca")
        click.echo(f"Kunci “{name}” tidak ada atau berbeda: {meaning}.")
    if telling:
        click.echo("Letakkan kunci lama ke folder secrets, lalu jalankan ulang server.")
