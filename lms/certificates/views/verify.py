"""The public answer to a code: no log-in, few bytes, no more data than needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.certificates import queries
from lms.certificates.rules.codes import CODE_LENGTH, CodeFault, code_fault, grouped_code, normalised_code
from lms.certificates.rules.states import Verdict
from lms.certificates.views.base import bp
from lms.core import clock, limits
from lms.core.db import current_session
from lms.web.guard import public

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

# An office of sixty behind one address may mistype; someone who tries codes out may not go on.
MISSES_ALLOWED: Final = 40
MISS_WINDOW_SECONDS: Final = 600
KEPT_SECONDS: Final = 60  # how long a verdict may be kept, so how late a revocation may show
MAX_TYPED: Final = 900  # a whole scanned text may be pasted: the address and what is signed
# The word in the reader's language, and the class of its colour.
VERDICT_WORDS: Final[dict[Verdict, tuple[Any, str]]] = {
    Verdict.VALID: (_l("SAH"), "ok"),
    Verdict.REVOKED: (_l("DICABUT"), "bad"),
    Verdict.REPLACED: (_l("DIGANTI"), "info"),
    Verdict.EXPIRED: (_l("KEDALUWARSA"), "warn"),
    Verdict.ABSENT: (_l("TIDAK DITEMUKAN"), "warn"),
}


def _answer(page: str, *, status: int = 200, keep: bool = True) -> Response:
    made = make_response(page, status)
    if keep:
        made.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
        made.vary.add("Cookie")  # language and look are the reader's own
    return made


def _why(fault: CodeFault | None, code: str) -> str:
    """Return what is wrong with a code that is not ours, and what to do; never another code."""
    if fault is CodeFault.LENGTH:
        return _(
            "Kode terdiri atas %(whole)s huruf dan angka. Anda mengetik %(typed)s. Periksa lagi kertasnya.",
            whole=CODE_LENGTH,
            typed=len(code),
        )
    if fault is CodeFault.LETTER:
        return _("Ada tanda yang tidak dipakai dalam kode. Kode hanya memuat angka dan huruf, tanpa huruf U.")
    if fault is CodeFault.CHECK:
        return _("Huruf pemeriksa tidak cocok, jadi ada yang salah ketik. Bandingkan kode huruf demi huruf.")
    return _("Kode ini tidak terdaftar di sini. Bila kertasnya memuat kode ini, tanyakan kepada penerbitnya.")


def within_limit() -> bool:
    """Count a code that is none of ours; return whether this network may go on trying."""
    return limits.hit(f"verify:{request.remote_addr}", MISSES_ALLOWED, MISS_WINDOW_SECONDS)


def _missed(code: str, fault: CodeFault | None) -> Response:
    if not within_limit():
        wait = limits.seconds_left(MISS_WINDOW_SECONDS)
        made = _answer(_page(None, code="", text="", minutes=-(-wait // 60)), status=429, keep=False)
        made.headers["Retry-After"] = str(wait)
        return made
    readable = "".join(sign if sign.isprintable() else "?" for sign in code)
    shown = grouped_code(readable[: 2 * CODE_LENGTH])
    return _answer(_page(None, code=shown, text=_why(fault, code)), status=404, keep=False)


def _page(found: queries.PublicCertificate | None, *, code: str, text: str, minutes: int = 0) -> str:
    base = current_app.config["LMS"].base_url
    return render_template(
        "certificates/verify.html",
        found=found,
        code=code,
        text=text,
        minutes=minutes,
        now=clock.now(),
        verdict=found.verdict if found is not None else Verdict.ABSENT,
        Verdict=Verdict,
        base=base,
        host=urlsplit(base).netloc,
    )


@bp.get("/v/<string:typed>")
@public
def verify(typed: str) -> ResponseReturnValue:
    """Answer SAH, DICABUT, DIGANTI, KEDALUWARSA or TIDAK DITEMUKAN to a code, however it is typed."""
    code = normalised_code(typed[:MAX_TYPED])
    fault = code_fault(code)
    found = None
    if fault is None:
        day = clock.local_day(clock.now(), clock.DEFAULT_ZONE)
        found = queries.find_public(current_session(), code, today=day)
    if found is None:
        return _missed(code, fault)
    return _answer(_page(found, code=grouped_code(found.code), text=sentence(found)))


def sentence(found: queries.PublicCertificate) -> str:
    """Return the verdict in one sentence."""
    words: dict[Verdict, Any] = {
        Verdict.VALID: _("Terdaftar dan masih berlaku."),
        Verdict.REVOKED: _("Penerbit menarik sertifikat ini. Jangan dipakai lagi."),
        Verdict.REPLACED: _("Penerbit sudah menerbitkan penggantinya. Mintalah yang terbaru kepada pemiliknya."),
        Verdict.EXPIRED: _("Terdaftar, tetapi masa berlakunya sudah berakhir."),
    }
    return str(words[found.verdict])


@bp.get("/verifikasi")
@public
def verify_form() -> ResponseReturnValue:
    """Take a typed code and lead to its address; without one, show the form."""
    typed = request.args.get("kode", "")[:MAX_TYPED]
    code = normalised_code(typed)
    safe = "".join(sign for sign in code if sign.isalnum())[: 2 * CODE_LENGTH]
    if safe:
        return redirect(url_for("certificates.verify", typed=grouped_code(safe)), code=303)
    return _answer(
        render_template(
            "certificates/verify_form.html",
            typed="kode" in request.args,
            base=current_app.config["LMS"].base_url,
        )
    )


@bp.get("/v")
@bp.get("/v/")
@public
def verify_start() -> ResponseReturnValue:
    """Lead from the bare address, as printed on paper, to the form."""
    return redirect(url_for("certificates.verify_form", kode=request.args.get("kode")), code=303)
