"""Static files: read once, minified and compressed in memory, addressed by their digest."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, abort, current_app, request
from markupsafe import Markup, escape

from lms.web.guard import public

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).resolve().parent.parent / "static"
_TEXT = frozenset({".css", ".js", ".svg", ".json", ".txt", ".webmanifest", ".xml"})
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_STRINGS = re.compile(r"(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
_ADDRESS = re.compile(r"^(?P<stem>.+)\.(?P<digest>[0-9a-f]{12})(?P<suffix>\.[a-z0-9]+)$")
# The mark stands inside each page, so that the header is whole without a second request.
MARK = Markup(
    '<svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">'
    '<path fill="currentColor" d="M5 2h8v44H5z"/><path fill="currentColor" fill-rule="evenodd" '
    'd="M28 13.5L44.5 30 28 46.5 11.5 30zM28 22l-8 8 8 8 8-8z"/>'
    '<path fill="#E8A917" d="M28 26l4 4-4 4-4-4z"/></svg>'
)
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file as it is sent.

    Args:
        name: path below `lms/static`, such as `css/bina.css`.
        url: address with the digest in it.
        media_type: value of Content-Type.
        body, packed: the bytes, and the same gzipped where that is smaller.
    """

    name: str
    url: str
    media_type: str
    body: bytes
    packed: bytes | None


def minify_css(source: str) -> str:
    """Return a style sheet without comments and needless spaces; text in quotes stays as it is."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    parts = _STRINGS.split(source)
    for index in range(0, len(parts), 2):  # the odd ones are quoted text
        part = re.sub(r"\s+", " ", parts[index])
        part = re.sub(r"\s*([{};,])\s*", r"\1", part)
        # A space before a colon may be a descendant selector, so only the one after it goes.
        parts[index] = re.sub(r":\s+", ":", part).replace(";}", "}")
    return "".join(parts).strip()


def _minify_js(source: str) -> str:
    """Drop indentation, empty lines and comments that fill a line; code itself is not touched."""
    lines = (line.strip() for line in re.sub(r"^\s*/\*.*?\*/", "", source, flags=re.DOTALL | re.MULTILINE).split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _read(path: Path) -> Asset:
    name = path.relative_to(ROOT).as_posix()
    body = path.read_bytes()
    if path.suffix == ".css":
        body = minify_css(body.decode()).encode()
    elif path.suffix == ".js":
        body = _minify_js(body.decode()).encode()
    digest = hashlib.sha256(body).hexdigest()[:12]
    packed = gzip.compress(body, 9, mtime=0) if path.suffix in _TEXT else None
    if packed is not None and len(packed) >= len(body):
        packed = None
    stem = name.removesuffix(path.suffix)
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(name, f"/static/{stem}.{digest}{path.suffix}", media_type, body, packed)


class Assets:
    """All static files of the installation."""

    def __init__(self, root: Path = ROOT) -> None:
        """Read every file below `root` once."""
        # Fonts are for PDF files alone; no page asks for one.
        files = sorted(
            p for p in root.rglob("*") if p.is_file() and not p.name.startswith(".") and "fonts" not in p.parts
        )
        self.by_name = {asset.name: asset for asset in map(_read, files)}
        joined = "".join(asset.url for asset in self.by_name.values())
        self.build = hashlib.sha256(joined.encode()).hexdigest()[:12]
        self._icons: dict[tuple[str, str], Markup] = {}
        self._sprite = self.url("img/sprite.svg")

    def url(self, name: str) -> str:
        """Return the address of a file; a name that does not exist is a fault of the template."""
        return self.by_name[name].url

    def icon(self, name: str, cls: str = "icon") -> Markup:
        """Return an icon of the sprite; it is decoration, so a word must stand beside it."""
        found = self._icons.get((name, cls))
        if found is None:
            found = Markup(
                '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
            ).format(escape(cls), self._sprite, name)
            self._icons[name, cls] = found
        return found

    def find(self, path: str) -> tuple[Asset | None, bool]:
        """Return the file that an address asks for, and whether its digest is today's."""
        match = _ADDRESS.match(path)
        name = match["stem"] + match["suffix"] if match else path
        asset = self.by_name.get(name)
        return asset, asset is not None and match is not None and asset.url == f"/static/{path}"


def assets() -> Assets:
    """Return the static files of the running application."""
    found: Assets = current_app.extensions["lms_assets"]
    return found


def serve(path: str) -> Response:
    """Answer one static file: for ever under its digest, unstored under any other address."""
    asset, exact = assets().find(path)
    if asset is None:
        abort(404)
    response = Response(mimetype=None, content_type=asset.media_type)
    if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.data = asset.packed
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.data = asset.body
    response.headers["Vary"] = "Accept-Encoding"
    # In a rolling upgrade an old page may ask for yesterday's digest: give it today's file, unstored.
    response.headers["Cache-Control"] = _FOREVER if exact else "no-store"
    return response


def init_app(app: Flask) -> None:
    """Load the files, serve them, and give templates `asset(name)`, `icon(name)` and `motif(name)`."""
    loaded = app.extensions["lms_assets"] = Assets()
    app.add_url_rule("/static/<path:path>", endpoint="static", view_func=public(serve))
    app.jinja_env.globals.update(
        asset=loaded.url,
        icon=loaded.icon,
        svg_icon=loaded.icon,
        motif=lambda name: loaded.icon(name, "motif"),
        frame_mark=MARK,
    )
