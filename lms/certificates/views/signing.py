"""Files that wait for an electronic signature: out as ZIP, in again with what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Response, flash, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms.certificates import queries, services
from lms.certificates.services.signing import MAX_ARCHIVE_BYTES, MAX_BATCH, Answer, Outcome
from lms.certificates.views.base import bp
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import DomainError, Invalid
from lms.core.text import N_
from lms.web.guard import current_actor, note_reading, requires
from lms.web.i18n import translate

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

# Answer: what it means and what to do, kind of tag.
ANSWERS: Final[dict[Answer, tuple[Any, str]]] = {
    Answer.TAKEN: (_l("Diterima"), "ok"),
    Answer.KNOWN: (_l("Sudah diterima sebelumnya"), "ok"),
    Answer.FOREIGN: (_l("Bukan sertifikat pegawai Anda"), "bad"),
    Answer.CHANGED: (_l("Isinya bukan yang diterbitkan"), "bad"),
    Answer.UNSIGNED: (_l("Belum ditandatangani"), "warn"),
    Answer.BROKEN: (_l("Tanda tangan rusak atau tidak mencakup seluruh berkas"), "bad"),
    Answer.UNTRUSTED: (_l("Penerbit kuncinya tidak dipercaya"), "bad"),
    Answer.STALE: (_l("Sertifikat sudah dicabut atau diganti"), "bad"),
    Answer.SECOND: (_l("Sudah ada berkas bertanda tangan lain"), "warn"),
}


def _page(outcomes: list[Outcome] | None = None, error: str = "", status: int = 200) -> ResponseReturnValue:
    session, actor = current_session(), current_actor()
    rows = queries.list_unsigned(session, actor)
    note_reading((row.employee_id for row in rows), "certificates.signing_list")
    page = render_template(
        "certificates/signing_list.html",
        rows=rows,
        total=queries.count_unsigned(session, actor),
        batch=MAX_BATCH,
        outcomes=outcomes,
        answers=ANSWERS,
        error=error,
        trusted=bool(services.trusted_roots()),
    )
    return page, status


@bp.get("/sertifikat/tanda-tangan")
@requires(Permission.CERTIFICATE_REVOKE)
def signing_list() -> ResponseReturnValue:
    """Show the files that wait for a signature, with both directions of a batch."""
    return _page()


@bp.get("/sertifikat/tanda-tangan/berkas.zip")
@requires(Permission.CERTIFICATE_REVOKE)
def signing_out() -> ResponseReturnValue:
    """Give up to 50 waiting files as ZIP with a manifest."""
    now = clock.now()
    data, whose = services.outgoing_batch(current_session(), current_actor(), now=now)
    note_reading(whose, "certificates.signing_out")
    answer = Response(data, mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"tanda-tangan-{now:%Y%m%d-%H%M}.zip")
    return answer


@bp.post("/sertifikat/tanda-tangan")
@requires(Permission.CERTIFICATE_REVOKE)
def signing_in() -> ResponseReturnValue:
    """Take a signed batch and say of each file what became of it."""
    sent = request.files.get("berkas")
    data = sent.stream.read(MAX_ARCHIVE_BYTES + 1) if sent is not None else b""
    try:
        if not data:
            raise Invalid(N_("Pilih ZIP yang sudah ditandatangani dahulu."))
        files = services.read_archive(data)
        roots = services.trusted_roots()
        with transaction() as session:
            outcomes = services.take_batch(session, current_actor(), files, roots=roots, now=clock.now())
    except DomainError as fault:
        return _page(error=translate(fault.message), status=400)
    good = sum(one.is_good for one in outcomes)
    if good:
        words = ngettext("%(num)d sertifikat bertanda tangan.", "%(num)d sertifikat bertanda tangan.", good)
        flash(words, "ok")
    if good < len(outcomes):
        flash(_("Sebagian berkas ditolak. Alasannya ada di bawah ini."), "warn")
    return _page(outcomes)
