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

from flask import g, make_response, render_template, request, session
from werkzeug.http import parse_etags

from lms.core import metrics
from lms.core.ids import new_public_id
from lms.web.frame import frame
from lms.web.static import assets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask, Response

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


# What Python writes for an object or a function that has no text of its own.
_NAMELESS = re.compile(r"<[^<>]* at 0x[0-9a-f]{6,}>")
_ENTRY_BYTES = 400  # what an entry costs besides its page
_KEPT = _KeptPages(8 << 20)


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


def _text_of(parts: Iterable[Any]) -> str:
    """Return all that a page is made of as one text: values, for whom, in which language, look and build.

    The login session is part of it, since the page's forms carry a token of that session.
    """
    shown = frame()
    made_of = (*parts, shown.fingerprint, shown.locale, shown.theme, assets().build)
    return "\x1f".join(map(str, made_of))


def _asked_for(tag: str) -> bool:
    wanted = request.headers.get("If-None-Match")
    return wanted is not None and parse_etags(wanted).contains_weak(tag[3:-1])


def _keep_with_tag(response: Response, tag: str) -> Response:
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Cookie")
    return response


def kept_page(
    template: str,
    facts: Mapping[str, Any],
    *,
    named_by: Mapping[str, Any] | None = None,
    derive: Callable[[], Mapping[str, Any]] | None = None,
    in_browser: bool = True,
) -> Response:
    """Return a page that the browser may keep but must ask about, drawn only when nobody holds it.

    This process keeps the page, deflated, under the text of all its facts, the person, the address and whatever
    else the frame shows. What a template is given is thereby part of the key: nothing can be forgotten. A page
    that carries a message of the step before, and a page before log-in, whose forms carry another secret each, is
    not kept; nor is one with a fact that has no text of its own, such as a function or a row of the ORM.

    Args:
        template: its name.
        facts: what the template is given.
        named_by: for facts that are large or have no text of their own: a value that stands for all of them, such
            as the public id of a frozen version.
        derive: makes what the template is given besides, from facts, names in `named_by` and constants alone.
        in_browser: False for a page about the person: then only this process keeps it, under `no-store`.
    """

    def draw() -> str:
        return render_template(template, **facts, **(derive() if derive is not None else {}))

    names = named_by or {}
    parts = (template, *(f"{name}={names.get(name, value)}" for name, value in facts.items()), sorted(names.items()))
    text = _text_of(parts)
    # Two objects may stand at one address, one after the other: such a page has no digest of its own.
    if (
        "_flashes" in session
        or not frame().signed_in
        or request.method not in {"GET", "HEAD"}
        or _NAMELESS.search(text)
    ):
        return make_response(draw())
    digest = hashlib.sha256(text.encode())
    tag = f'W/"{digest.hexdigest()[:20]}"'
    if in_browser and _asked_for(tag):
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
    return _keep_with_tag(made, tag) if in_browser else made


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
