"""What every answer carries: request id, security headers, caching rules, compression."""

from __future__ import annotations

import hashlib
import re
import secrets
import struct
import time
import zlib
from typing import TYPE_CHECKING, Any

from flask import g, make_response, request, session
from werkzeug.http import parse_etags

from lms.core import metrics
from lms.core.ids import new_public_id
from lms.web.frame import frame
from lms.web.static import assets

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def _gzip(body: bytes) -> bytes:
    """Return a gzip stream whose header holds 1 to 16 random letters.

    The length of an answer then says nothing exact about a secret in it (BREACH).
    """
    name = secrets.token_hex(8)[: 1 + secrets.randbelow(16)].encode()
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body) + packer.flush()
    head = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff" + name + b"\x00"
    return head + packed + struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)


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
    body = response.get_data()
    if len(body) > _SMALL:
        response.set_data(_gzip(body))
        response.headers["Content-Encoding"] = "gzip"


def _page_tag(parts: Iterable[Any]) -> str:
    """Return the tag of a page: what it is made of, for whom, in which language, look and build.

    The login session is part of it, since the page's forms carry a token of that session.
    """
    shown = frame()
    made_of = (*parts, shown.fingerprint, shown.locale, shown.theme, assets().build)
    digest = hashlib.sha256("\x1f".join(map(str, made_of)).encode()).hexdigest()[:20]
    return f'W/"{digest}"'


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


def init_app(app: Flask) -> None:
    """Register the hook on answers; the guard's own hook runs after it."""
    settings: Settings = app.config["LMS"]
    always, unless_set = dict(_ALWAYS), _UNLESS_SET
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
        headers = response.headers
        headers.extend(always)
        for name, value in unless_set:
            if name not in headers:
                headers[name] = value
        response.headers["X-Request-ID"] = request_id()
        _compress(response)
        return response
