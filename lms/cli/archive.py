"""The file of a backup: a tar archive with a manifest that names each member and its digest."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
import zlib
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any

from lms.core.errors import Refused
from lms.core.text import N_

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "bina-backup/1"
_CHUNK_BYTES = 1 << 20
_MANIFEST = "manifest.json"
BROKEN = N_("Cadangan ini rusak atau bukan cadangan Bina. Tidak ada yang diubah.")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Args:
        database: kind, schema revision and rows per table.
        key_marks: for each key a mark that tells whether another is the same, and no more.
        members: SHA-256 of each member by its path.
    """

    format: str
    created_at: str
    database: dict[str, Any]
    key_marks: dict[str, str]
    has_keys: bool
    members: dict[str, str] = field(default_factory=dict)


def key_mark(key: bytes) -> str:
    """Return a mark of a random key; the key cannot be found from it."""
    return hashlib.sha256(b"bina.key-mark" + key).hexdigest()[:16]


def _digest(stream: IO[bytes]) -> str:
    found = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        found.update(chunk)
    return found.hexdigest()


def _plain_info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def write(target: Path, manifest: Manifest, *, staging: Path, files: Path) -> None:
    """Write the archive: prepared members, stored files, and the manifest last."""
    members = [
        (str(path.relative_to(staging)), path)
        for path in sorted(staging.rglob("*"))
        if path.is_file() and path != target
    ]
    if files.is_dir():
        # Half-written files lie in tmp/ and are not part of anything yet.
        members += [
            (f"files/{path.relative_to(files)}", path)
            for path in sorted(files.rglob("*"))
            if path.is_file() and path.relative_to(files).parts[0] != "tmp"
        ]
    with tarfile.open(target, "w:gz", compresslevel=5) as archive:
        for name, path in members:
            with path.open("rb") as stream:
                manifest.members[name] = _digest(stream)
                stream.seek(0)
                archive.addfile(_plain_info(name, path.stat().st_size), stream)
        text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        archive.addfile(_plain_info(_MANIFEST, len(text)), io.BytesIO(text))


def _read(source: Path, into: Path | None) -> Manifest:
    """Read the archive once, in order; write members below `into` when given."""
    digests: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(source, "r:gz") as archive:
            for info in archive:
                parts = info.name.split("/")
                odd = not info.isfile() or info.name.startswith("/") or ".." in parts or "\\" in info.name
                if odd or info.name in digests or manifest is not None:
                    raise Refused(BROKEN)
                stream = archive.extractfile(info)
                if stream is None:
                    raise Refused(BROKEN)
                if info.name == _MANIFEST:
                    manifest = Manifest(**json.load(stream))
                elif into is None:
                    digests[info.name] = _digest(stream)
                else:
                    path = into / info.name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("xb") as out:
                        shutil.copyfileobj(stream, out, _CHUNK_BYTES)
                    with path.open("rb") as written:
                        digests[info.name] = _digest(written)
    except (tarfile.TarError, zlib.error, OSError, EOFError, ValueError, TypeError) as error:
        raise Refused(BROKEN) from error
    if manifest is None or manifest.format != FORMAT or manifest.members != digests:
        raise Refused(BROKEN)
    return manifest


def verify(source: Path) -> Manifest:
    """Return the manifest of a backup whose members all have their digest.

    Raises: Refused: anything is missing, altered or of another kind.
    """
    return _read(source, None)


def unpack(source: Path, into: Path) -> Manifest:
    """Write the verified members below a folder and return the manifest.

    Raises: Refused: as `verify`.
    """
    return _read(source, into)


def has_files(folder: Path) -> bool:
    """Return whether stored files lie in a folder."""
    return folder.is_dir() and any(
        path.is_file() and path.relative_to(folder).parts[0] != "tmp" for path in folder.rglob("*")
    )


def move_files(source: Path, target: Path) -> None:
    """Move restored files into place; files are named by digest, so equal ones are equal."""
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
