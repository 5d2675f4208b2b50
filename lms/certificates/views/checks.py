"""Checks for offices: a PDF, a list, JSON for other systems, and what is stored for places without a network."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from flask import Response, current_app, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from lms.certificates import queries, services
from lms.certificates.rules.codes import code_fault, grouped_code, normalised_code
from lms.certificates.rules.files import FileMatch, is_pdf
from lms.certificates.rules.states import Verdict
from lms.certificates.views.base import bp
from lms.certificates.views.verify import MISS_WINDOW_SECONDS, MISSES_ALLOWED, VERDICT_WORDS, sentence
from lms.core import clock, limits
from lms.core.db import current_session
from lms.web.guard import public

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

MAX_FILE_BYTES: Final = 12 << 20
FILES_ALLOWED: Final = 60
MAX_LIST_CHARACTERS: Final = 6000
KEPT_SECONDS: Final = 300


def _today() -> date:
    return clock.local_day(clock.now(), clock.DEFAULT_ZONE)


def _base() -> str:
    return str(current_app.config["LMS"].base_url)


@bp.get("/verifikasi/berkas")
@public
def verify_file_form() -> ResponseReturnValue:
    """Ask for the PDF that is to be checked."""
    return render_template("certificates/verify_file.html", checked=None, error="", base=_base())


@bp.post("/verifikasi/berkas")
@public
def verify_file() -> ResponseReturnValue:
    """Answer whether a PDF is the one that was issued, to the last byte; it is read and not kept."""
    if not limits.hit(f"verify-file:{request.remote_addr}", FILES_ALLOWED, MISS_WINDOW_SECONDS):
        raise TooManyRequests(retry_after=MISS_WINDOW_SECONDS)
    sent = request.files.get("berkas")
    data = sent.stream.read(MAX_FILE_BYTES + 1) if sent is not None else b""
    error = ""
    if not data:
        error = _("Pilih berkas PDF sertifikat dahulu.")
    elif len(data) > MAX_FILE_BYTES:
        error = _("Berkas terlalu besar, paling besar 12 MB.")
    elif not is_pdf(data):
        error = _("Berkas ini bukan PDF. Unggah PDF yang diterima dari pemilik sertifikat, bukan fotonya.")
    if error:
        return render_template("certificates/verify_file.html", checked=None, error=error, base=_base()), 400
    digest = hashlib.sha256(data).hexdigest()
    checked = queries.check_file(current_session(), data, digest=digest, today=_today())
    return render_template(
        "certificates/verify_file.html",
        checked=checked,
        found=checked.found,
        exact=checked.match is FileMatch.EXACT,
        altered=checked.match is FileMatch.ALTERED,
        text=sentence(checked.found) if checked.found is not None else "",
        code=grouped_code(checked.found.code) if checked.found is not None else "",
        words=VERDICT_WORDS,
        error="",
        base=_base(),
    )


def _asked(text: str) -> tuple[list[str], int]:
    """Return up to 50 normalised codes of a text, each once, and how many more there were."""
    pieces = (normalised_code(piece) for line in text.splitlines() for piece in line.replace(";", ",").split(","))
    codes = list(dict.fromkeys(piece for piece in pieces if piece))
    return codes[: queries.MAX_LIST], max(0, len(codes) - queries.MAX_LIST)


def _looked_up(codes: list[str]) -> dict[str, queries.PublicCertificate]:
    """Return what is registered of the codes; those that are not count as misses of this network.

    Raises: TooManyRequests: too many misses.
    """
    found = queries.find_many(current_session(), [code for code in codes if code_fault(code) is None], today=_today())
    misses = len(codes) - len(found)
    if misses and not limits.hit(
        f"verify:{request.remote_addr}", MISSES_ALLOWED + queries.MAX_LIST, MISS_WINDOW_SECONDS, cost=misses
    ):
        raise TooManyRequests(retry_after=MISS_WINDOW_SECONDS)
    return found


@bp.get("/verifikasi/daftar")
@public
def verify_list_form() -> ResponseReturnValue:
    """Ask for up to 50 codes."""
    return render_template("certificates/verify_list.html", rows=None, typed="", more=0, words=VERDICT_WORDS)


@bp.post("/verifikasi/daftar")
@public
def verify_list() -> ResponseReturnValue:
    """Answer up to 50 codes in one table."""
    typed = request.form.get("kode", "")[:MAX_LIST_CHARACTERS]
    codes, more = _asked(typed)
    found = _looked_up(codes)
    rows = [(grouped_code(code), found.get(code), code_fault(code) is not None) for code in codes]
    return render_template(
        "certificates/verify_list.html", rows=rows, typed=typed, more=more, words=VERDICT_WORDS, absent=Verdict.ABSENT
    )


def _json(data: Any, *, kept: int = 60, name: str = "") -> Response:
    made = Response(json.dumps(data, ensure_ascii=False), mimetype="application/json")
    made.headers["Cache-Control"] = f"public, max-age={kept}"
    # The same for everybody and without log-in, so other agencies' pages may read it too.
    made.headers["Access-Control-Allow-Origin"] = "*"
    made.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if name:
        made.headers.set("Content-Disposition", "attachment", filename=name)
    return made


@bp.get("/verifikasi/data.json")
@public
def verify_data() -> ResponseReturnValue:
    """Answer up to 50 codes of `?kode=A,B,C` as JSON, for other agencies' systems."""
    codes, more = _asked(request.args.get("kode", "")[:MAX_LIST_CHARACTERS])
    found = _looked_up(codes)
    made = _json(
        {
            "format": "bina-certificate-check/1",
            "checked_at": clock.now().replace(microsecond=0).isoformat(),
            "left_out": more,
            "results": [queries.public_json(code, found.get(code)) for code in codes],
        }
    )
    if len(found) < len(codes):
        made.headers["Cache-Control"] = "no-store"
    return made


@bp.get("/verifikasi/luring")
@public
def verify_offline() -> ResponseReturnValue:
    """Tell how to check without a network, and offer page, keys and list."""
    ready = bool(services.public_keys(current_session()))
    return render_template("certificates/verify_offline.html", ready=ready, base=_base())


@bp.get("/verifikasi/kunci.json")
@public
def verify_keys() -> ResponseReturnValue:
    """Publish all public keys that ever signed."""
    return _json(services.keys_document(current_session()), kept=KEPT_SECONDS)


@bp.get("/verifikasi/dicabut.json")
@public
def verify_withdrawn() -> ResponseReturnValue:
    """Give the signed list of codes that hold no longer, to be stored."""
    document = services.withdrawn_document(current_session(), now=clock.now())
    return _json(document, kept=KEPT_SECONDS, name="dicabut.json")


@bp.get("/verifikasi/periksa-luring.html")
@public
def verify_offline_page() -> ResponseReturnValue:
    """Give the page that checks without a network, as a file to keep; it runs on the reader's device only."""
    made = Response(services.offline_page(current_session(), now=clock.now()), mimetype="application/octet-stream")
    made.headers.set("Content-Disposition", "attachment", filename="periksa-sertifikat.html")
    made.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    # When somebody opens it here after all, nothing runs: it is a file to keep.
    made.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return made
