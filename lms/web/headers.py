"""What every answer carries: request id, security headers, caching rules, compression."""

from __future__ import annotations

import hashlib
import re
import secrets
import struct
import time
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import g, make_response, request, session
from werkzeug.http import parse_etags

from lms.core import metrics
from lms.core.ids import new_public_id
from lms.web.frame import frame
from lms.web.static import assets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask, Response
    from flask.typing import ResponseReturnValue

    from lms.core.settings import Settings

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
    ),
}
# A view may say otherwise: a file with a sandbox policy, a page with an ETag.
_UNLESS_SET = (
    ("Content-Security-Policy", POLICY),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_SMALL = 800
_LEVEL = 4  # 0.2 ms for a page of 20 kB; level 9 takes three times as long for 4 % less
_COMPRESSED = re.compile(r"^(text/|application/(problem\+)?json|application/manifest\+json|image/svg\+xml)")


def request_id() -> str:
    """Return the reference number of this request, also for a person on the telephone."""
    found: str | None = g.get("request_id")
    if found is None:
        found = g.request_id = new_public_id()
    return found


@dataclass(frozen=True, slots=True)
class _Packed:
    """A body, deflated; `tail` holds its checksum and length as gzip wants them."""

    deflated: bytes
    tail: bytes

    def gzipped(self) -> bytes:
        """Return a gzip stream whose header holds 1 to 16 random letters, others at each call.

        The length of an answer then says nothing exact about a secret in it (BREACH).
        """
        name = secrets.token_hex(8)[: 1 + secrets.randbelow(16)].encode()
        return b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff" + name + b"\x00" + self.deflated + self.tail

    def plain(self) -> bytes:
        """Return the body."""
        return zlib.decompress(self.deflated, -zlib.MAX_WBITS)


def _pack(body: bytes) -> _Packed:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = packer.compress(body) + packer.flush()
    return _Packed(deflated, struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF))


class _KeptPages:
    """Pages of this process under all that they are made of; the longest unasked go first.

    An entry is never stale: its key is a digest of every value that the page shows, so a page that would look
    otherwise has another key. Nothing is read from here before those values were read from the database.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held: OrderedDict[bytes, _Packed] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: bytes) -> _Packed | None:
        """Return the page that is kept under a key."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: bytes, page: _Packed) -> None:
        """Keep a page, and let go of others when there is no room."""
        with self._lock:
            if key in self._held:
                return
            self._held[key] = page
            self._bytes += len(page.deflated) + _ENTRY_BYTES
            while self._bytes > self._most_bytes:
                _key, gone = self._held.popitem(last=False)
                self._bytes -= len(gone.deflated) + _ENTRY_BYTES


_ENTRY_BYTES = 400  # what an entry costs besides its page
_KEPT = _KeptPages(12 << 20)


def _compress(response: Response) -> None:
    if (
        response.direct_passthrough
        or response.is_streamed
        or response.status_code in {204, 206, 304}
        or "Content-Encoding" in response.headers
        or not _COMPRESSED.match(response.content_type or "")
    ):
        return
    response.vary.add("Accept-Encoding")
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return
    packed: _Packed | None = g.get("packed_page")
    if packed is None:
        body = response.get_data()
        if len(body) <= _SMALL:
            return
        packed = _pack(body)
    response.set_data(packed.gzipped())
    response.headers["Content-Encoding"] = "gzip"


def _digest(parts: Iterable[Any]) -> Any:
    """Return the digest of a page: what it is made of, for whom, in which language, look and build.

    The login session is part of it, since the page's forms carry a token of that session.
    """
    shown = frame()
    made_of = (*parts, shown.fingerprint, shown.locale, shown.theme, assets().build)
    return hashlib.sha256("\x1f".join(map(str, made_of)).encode())


def _page_tag(parts: Iterable[Any]) -> str:
    return f'W/"{_digest(parts).hexdigest()[:20]}"'


def _asked_for(tag: str) -> bool:
    wanted = request.headers.get("If-None-Match")
    return wanted is not None and parse_etags(wanted).contains_weak(tag[3:-1])


def _keep_with_tag(response: Response, tag: str) -> Response:
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Cookie")
    return response


def not_modified(etag_parts: Iterable[Any]) -> Response | None:
    """Return a 304 when the browser still holds this very page, else None.

    Call it before any work is done for the body; then end with `cacheable(page, etag_parts)`.

    Args:
        etag_parts: content version, states of the person that the page shows, query string.
    """
    tag = _page_tag(etag_parts)
    if request.method not in {"GET", "HEAD"} or "_flashes" in session or not _asked_for(tag):
        return None
    return _keep_with_tag(make_response("", 304), tag)


def cacheable(response: ResponseReturnValue, etag_parts: Iterable[Any]) -> Response:
    """Return a catalogue or lesson page that the browser may keep but must ask about.

    A page that carries a flash message is not kept. An answer other than 200 stays as it is.

    Args:
        response: text of the page, or a response.
        etag_parts: as for `not_modified`.
    """
    had_message = g.get("flash_shown", False)
    made = make_response(response)
    if made.status_code != 200 or had_message or g.get("flash_shown", False):
        return made
    tag = _page_tag(etag_parts)
    if request.method in {"GET", "HEAD"} and _asked_for(tag):
        return _keep_with_tag(make_response("", 304), tag)
    return _keep_with_tag(made, tag)


def kept_page(etag_parts: Iterable[Any], draw: Callable[[], str]) -> Response:
    """Return a page that the browser may keep but must ask about, drawn only when nobody holds it.

    Does what `not_modified` and `cacheable` do together; besides, this process keeps the page, deflated, under
    everything it is made of and its address. A page that carries a message of the step before, and a page
    before log-in, whose forms carry another secret each, is not kept.

    Args:
        etag_parts: every value that the page shows; what is left out here would show stale.
        draw: makes the text of the page.
    """
    if "_flashes" in session or not frame().signed_in or request.method not in {"GET", "HEAD"}:
        return cacheable(draw(), etag_parts)
    digest = _digest(etag_parts)
    tag = f'W/"{digest.hexdigest()[:20]}"'
    if _asked_for(tag):
        return _keep_with_tag(make_response("", 304), tag)
    digest.update(f"{request.path}?".encode() + request.query_string)
    key = digest.digest()
    packed = _KEPT.get(key)
    if packed is None:
        made = make_response(draw())
        packed = _pack(made.get_data())
        _KEPT.put(key, packed)
    else:
        made = make_response(packed.plain() if "gzip" not in request.headers.get("Accept-Encoding", "") else b"")
    g.packed_page = packed
    return _keep_with_tag(made, tag)


def _with_headers(application: WSGIApplication, always: list[tuple[str, str]]) -> WSGIApplication:
    """Put the headers of every answer on at the very edge, where they are plain pairs."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            given = {name.lower() for name, _value in headers}
            headers += always
            headers += [pair for pair in _UNLESS_SET if pair[0].lower() not in given]
            return start_response(status, headers, exc_info)

        return application(environ, start)

    return answer


def init_app(app: Flask) -> None:
    """Register the hook on answers; the guard's own hook runs after it."""
    settings: Settings = app.config["LMS"]
    always = dict(_ALWAYS)
    if settings.base_url.startswith("https://"):
        always["Strict-Transport-Security"] = "max-age=31536000"

    @app.before_request
    def _start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def _finish(response: Response) -> Response:
        metrics.REQUESTS.labels(request.endpoint or "none", f"{response.status_code // 100}xx").inc()
        if "started" in g:  # absent when the guard refused first
            metrics.REQUEST_SECONDS.observe(time.perf_counter() - g.started)
        response.headers["X-Request-ID"] = request_id()
        _compress(response)
        return response

    app.wsgi_app = _with_headers(app.wsgi_app, list(always.items()))  # type: ignore[method-assign, assignment]
