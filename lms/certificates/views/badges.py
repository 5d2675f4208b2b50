"""The credential of a certificate for wallets and other systems: JSON, JWT, pictures, profile and status list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.exceptions import TooManyRequests

from lms.certificates import queries, services
from lms.certificates.models import Certificate
from lms.certificates.rules.codes import code_fault, normalised_code
from lms.certificates.views.base import bp
from lms.certificates.views.verify import MAX_TYPED, within_limit
from lms.core import clock
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.web.guard import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

MAX_LISTS = 9999


def _answer(body: str | bytes, media_type: str, *, name: str = "") -> Response:
    made = Response(body, mimetype=media_type)
    made.headers["Cache-Control"] = "public, max-age=60"
    # Wallets and verifiers read it from their own pages.
    made.headers["Access-Control-Allow-Origin"] = "*"
    made.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if name:
        made.headers.set("Content-Disposition", "attachment", filename=name)
    return made


def _certificate(typed: str) -> Certificate:
    """Return the certificate of a code.

    Raises: NotFound; TooManyRequests: too many codes that are none were tried.
    """
    code = normalised_code(typed[:MAX_TYPED])
    found = queries.by_code(current_session(), code) if code_fault(code) is None else None
    if found is None:
        if not within_limit():
            raise TooManyRequests(retry_after=60)
        raise NotFound(N_("Kode ini tidak terdaftar di sini."))
    return found


@bp.get("/v/<string:typed>/kredensial.json")
@public
def credential_json(typed: str) -> ResponseReturnValue:
    """Give the Open Badges 3.0 credential with its Data Integrity proof."""
    found = _certificate(typed)
    return _answer(services.credential_json(current_session(), found), "application/vc+json")


@bp.get("/v/<string:typed>/kredensial.jwt")
@public
def credential_jwt(typed: str) -> ResponseReturnValue:
    """Give the credential as JWT."""
    found = _certificate(typed)
    return _answer(services.credential_jwt(current_session(), found), "application/vc+jwt")


@bp.get("/v/<string:typed>/lencana.png")
@public
def badge_png(typed: str) -> ResponseReturnValue:
    """Give the badge as a picture with the credential in it."""
    found = _certificate(typed)
    name = f"lencana-{found.code[-4:].lower()}.png"
    return _answer(services.badge_png(current_session(), found), "image/png", name=name)


@bp.get("/v/<string:typed>/lencana.svg")
@public
def badge_svg(typed: str) -> ResponseReturnValue:
    """Give the badge as a drawing with the credential in it."""
    found = _certificate(typed)
    name = f"lencana-{found.code[-4:].lower()}.svg"
    return _answer(services.badge_svg(current_session(), found), "image/svg+xml", name=name)


@bp.get("/verifikasi/penerbit.json")
@public
def issuer_profile() -> ResponseReturnValue:
    """Publish who issues, with all keys that ever signed."""
    return _answer(json.dumps(services.issuer_profile(current_session()), ensure_ascii=False), "application/json")


@bp.get("/verifikasi/status/<int:number>.json")
@public
def status_list(number: int) -> ResponseReturnValue:
    """Publish which certificates hold no longer, one bit for each."""
    session = current_session()
    if number > MAX_LISTS or not services.has_lists(session, number):
        raise NotFound(N_("Daftar ini tidak ada."))
    document = services.status_document(session, number, now=clock.now())
    return _answer(json.dumps(document, ensure_ascii=False), "application/vc+json")
