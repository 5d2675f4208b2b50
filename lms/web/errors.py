"""Error pages: what happened, what to do, and a number to name on the telephone; never a trace."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import current_app, jsonify, redirect, render_template, request
from flask_babel import lazy_gettext as _l
from markupsafe import escape
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from lms.core import metrics
from lms.core.errors import DomainError
from lms.web.guard import LoginNeeded, wants_json
from lms.web.headers import request_id
from lms.web.i18n import translate
from lms.web.once import AlreadySent, init_once, lead_to_first

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

# status: (title, what happened and what to do)
TEXTS: dict[int, tuple[Any, Any]] = {
    400: (_l("Permintaan tidak terbaca"), _l("Alamat atau isiannya tidak lengkap. Kembali, lalu coba lagi.")),
    401: (_l("Masuk dahulu"), _l("Halaman ini memerlukan akun. Masuk, lalu Anda dibawa kembali ke sini.")),
    403: (
        _l("Halaman ini bukan untuk kewenangan Anda"),
        _l("Bila tugas Anda memerlukannya, mintalah kewenangan kepada pengelola kepegawaian."),
    ),
    404: (
        _l("Halaman tidak ditemukan"),
        _l("Alamatnya mungkin salah ketik, atau isinya sudah dipindah. Mulai lagi dari beranda."),
    ),
    405: (
        _l("Langkah ini tidak dapat dibuka langsung"),
        _l("Kembali ke halaman sebelumnya, lalu pakai tombol di sana."),
    ),
    409: (
        _l("Belum dapat dilakukan"),
        _l("Keadaannya sudah berubah. Muat ulang halaman, lalu periksa kembali."),
    ),
    413: (_l("Berkas terlalu besar"), _l("Kecilkan atau bagi berkasnya, lalu unggah lagi.")),
    415: (
        _l("Jenis berkas tidak diterima"),
        _l("Pilih berkas dengan jenis yang disebut di halaman sebelumnya."),
    ),
    422: (_l("Isian belum dapat diterima"), _l("Kembali, periksa isian Anda, lalu kirim lagi.")),
    429: (_l("Terlalu sering mencoba"), _l("Tunggu sebentar, lalu coba lagi. Data Anda tidak berubah.")),
    500: (
        _l("Ada gangguan di pihak kami"),
        _l("Yang sudah tersimpan tetap aman. Coba lagi. Bila terulang, sebutkan nomor rujukan di bawah ini."),
    ),
    503: (
        _l("Bina sedang tidak dapat melayani"),
        _l("Langkah terakhir Anda belum tersimpan. Tunggu satu menit, lalu coba lagi."),
    ),
}
RETRY_SECONDS = {429: 60, 503: 30}
_BARE = (
    '<!doctype html><html lang="id"><head><meta charset="utf-8"><title>{title} · Bina</title></head>'
    "<body><h1>{title}</h1><p>{text}</p><p>{reference}</p></body></html>"
)


def _texts(status: int, message: Any) -> tuple[str, str]:
    title, text = TEXTS.get(status) or TEXTS[500 if status >= 500 else 400]
    return str(title), translate(message) if message else str(text)


def _problem(status: int, message: Any, *, code: str, fields: dict[str, Any]) -> Response:
    """Return the answer for a script: RFC 9457."""
    title, text = _texts(status, message)
    body = {"type": "about:blank", "title": title, "status": status, "detail": text, "code": code}
    body["reference"] = request_id()
    if fields:
        body["fields"] = {name: translate(said) for name, said in fields.items()}
    answer = jsonify(body)
    answer.content_type = "application/problem+json"
    return answer


def _page(status: int, message: Any, details: dict[str, Any]) -> str:
    title, text = _texts(status, message)
    shown = {"status": status, "title": title, "text": text, "details": details, "reference": request_id()}
    try:
        return render_template("errors/error.html", **shown)
    except Exception:
        current_app.logger.exception("error page could not be drawn")
        return _BARE.format(title=escape(title), text=escape(text), reference=escape(request_id()))


def answer(
    status: int,
    message: Any = "",
    *,
    code: str = "error",
    fields: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
    retry_seconds: int | None = None,
) -> Response:
    """Return the page, or the problem document for a script, of one error.

    Args:
        status: HTTP status.
        message: own sentence of the error; else the general one of its status.
        code: name of the error for scripts.
        fields: messages by field.
        details: `yours` and `stored` are shown side by side on a conflict page.
        retry_seconds: for the header Retry-After.
    """
    if wants_json() or request.is_json:
        made = _problem(status, message, code=code, fields=fields or {})
    else:
        made = current_app.make_response(_page(status, message, details or {}))
    made.status_code = status
    retry = retry_seconds or RETRY_SECONDS.get(status)
    if retry:
        made.headers["Retry-After"] = str(retry)
    return made


def _login_needed(_error: LoginNeeded) -> ResponseReturnValue:
    if wants_json() or request.is_json:
        return answer(401, code="login_needed")
    back = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else "/beranda"
    return redirect(f"/masuk?lanjut={quote(back, safe='/')}", code=303)


def _domain(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, AlreadySent) and (there := lead_to_first(error)) is not None:
        return there  # type: ignore[no-any-return]
    retry = error.details.get("retry_after")
    return answer(
        error.status,
        error.message,
        code=error.code,
        fields=getattr(error, "fields", None),
        details=error.details,
        retry_seconds=int(retry) if retry else None,
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    cause = getattr(error, "original_exception", None)
    if cause is not None:  # raised after the answer was made: the guard's note of reading, for one
        return _unknown(cause)
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    made = answer(status, code=error.name.lower().replace(" ", "_"))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            made.headers[name] = value
    return made


def _is_away(error: BaseException) -> bool:
    """Return whether the database is locked, restarting, full or cannot be reached."""
    if isinstance(error, (OperationalError, PoolTimeout)):
        return True
    if isinstance(error, OSError):  # the disk for uploads on their way, or the quota of its owner, is used up
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _is_taken(error: BaseException) -> bool:
    """Return whether somebody made the same thing at the same moment: the schema let one of the two through."""
    if not isinstance(error, IntegrityError):
        return False
    said = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    return said in {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


def _unknown(error: BaseException) -> ResponseReturnValue:
    if isinstance(error, DomainError):
        return _domain(error)
    if isinstance(error, HTTPException) and not isinstance(error, InternalServerError):
        return _http(error)
    if _is_away(error):
        current_app.logger.error("database away, reference %s", request_id(), exc_info=error)
        return answer(503, code="database_away")
    if _is_taken(error):
        current_app.logger.warning("two at the same moment", exc_info=error)
        return answer(409, code="conflict")
    current_app.logger.error("unhandled exception, reference %s", request_id(), exc_info=error)
    metrics.ERRORS.inc()
    return answer(500, code="internal")


def init_app(app: Flask) -> None:
    """Register the handlers of all errors, and the notes of one-time keys."""
    init_once(app)
    app.register_error_handler(LoginNeeded, _login_needed)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)
