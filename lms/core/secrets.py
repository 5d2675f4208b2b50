"""Keys of the installation: made on first use into LMS_HOME/secrets, never in the database."""

from __future__ import annotations

import os
import re
import secrets as _random
import threading
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lms.core import runtime
from lms.core.errors import Unavailable
from lms.core.text import N_

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_CACHE: dict[Path, bytes] = {}
_LOCK = threading.Lock()


def _path(name: str, folder: Path | None = None) -> Path:
    if _NAME.fullmatch(name) is None:
        msg = f"not a key name: {name!r}"
        raise ValueError(msg)
    return (folder or runtime.settings().secrets_dir) / f"{name}.key"


def key(name: str, folder: Path | None = None) -> bytes:
    """Return the 32 random bytes of a named key; made, readable by the owner only, on first use.

    Args:
        folder: where the keys lie; that of the running process when left out.

    Concurrency: several processes may ask first at once; all get the same key.
    """
    path = _path(name, folder)
    with _LOCK:
        held = _CACHE.get(path)
        if held is None:
            held = _CACHE[path] = _load(path) or _make(path)
        return held


def _load(path: Path) -> bytes | None:
    try:
        value = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(value) != KEY_BYTES:
        raise Unavailable(N_("Kunci instalasi rusak. Pulihkan kunci dari cadangan."))
    return value


def _make(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    temporary = path.with_name(f".{path.name}.{_random.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(_random.token_bytes(KEY_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(temporary, path)  # fails when another process was first; then its key counts
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    _sync_folder(path.parent)
    value = _load(path)
    if value is None:
        raise Unavailable(N_("Kunci instalasi tidak dapat ditulis. Periksa folder data."))
    return value


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def present() -> list[str]:
    """Return the names of the keys that exist."""
    folder = runtime.settings().secrets_dir
    return sorted(path.stem for path in folder.glob("[a-z]*.key")) if folder.is_dir() else []


def forget() -> None:
    """Drop keys held in memory, after a restore has put others in their place."""
    with _LOCK:
        _CACHE.clear()


def encrypt(name: str, data: bytes) -> bytes:
    """Return data under AES-256-GCM with a named key; the key's name is bound to it."""
    nonce = _random.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key(name)).encrypt(nonce, data, name.encode())


def decrypt(name: str, data: bytes) -> bytes:
    """Return what `encrypt` was given.

    Raises: Unavailable: another key wrote it (a restore without keys), or it was altered.
    """
    try:
        if data[:1] != _VERSION:
            raise InvalidTag
        nonce, body = data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :]
        return AESGCM(key(name)).decrypt(nonce, body, name.encode())
    except (InvalidTag, ValueError) as error:
        raise Unavailable(N_("Data ini terkunci dengan kunci lain. Pulihkan kunci dari cadangan.")) from error
