"""One's own certificates, one certificate, and its PDF."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from lms.certificates import queries, services
from lms.certificates.rules.codes import grouped_code
from lms.certificates.rules.states import Verdict, download_name
from lms.certificates.views.base import VERDICTS, bp, certificate_or_404, sees_all, shown_number, today
from lms.core import clock, qr, storage
from lms.core.db import current_session, transaction
from lms.core.errors import Forbidden, Refused
from lms.core.text import N_
from lms.web.guard import authenticated, current_actor

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

FRESH: Final = timedelta(minutes=5)  # so long a new certificate's page waits for the PDF by itself
MOST_WAITS: Final = 12
WAIT_SECONDS: Final = 5
PRINTABLE: Final = frozenset({Verdict.VALID, Verdict.EXPIRED})


@bp.get("/sertifikat")
@authenticated
def certificate_list() -> ResponseReturnValue:
    """Show one's own certificates, newest first."""
    session, who = current_session(), current_actor().employee_id
    total, valid = queries.own_totals(session, who) if who is not None else (0, 0)
    pages = max(1, -(-total // queries.PAGE_ROWS))
    page = min(max(request.args.get("halaman", 1, type=int), 1), pages)
    offset = (page - 1) * queries.PAGE_ROWS
    rows = queries.list_own_certificates(session, who, today=today(), offset=offset) if who is not None else []
    return render_template(
        "certificates/certificate_list.html",
        rows=rows,
        total=total,
        valid=valid,
        page=page,
        pages=pages,
        verdicts=VERDICTS,
        sees_all=sees_all(),
        href=url_for("certificates.certificate_list") + "?halaman={page}",
    )


@bp.get("/sertifikat/pelatihan/<string:enrolment_public_id>")
@authenticated
def certificate_of_enrolment(enrolment_public_id: str) -> ResponseReturnValue:
    """Lead from a finished course to its certificate; to the list while there is none."""
    who = current_actor().employee_id
    found = queries.own_certificate_of(current_session(), who, enrolment_public_id) if who is not None else None
    if found is None:
        return redirect(url_for("certificates.certificate_list"), code=303)
    return redirect(url_for("certificates.certificate_detail", public_id=found), code=303)


def _waits(found: queries.CertificateDetail, *, ready: bool) -> int:
    """Return how often the page has waited for the PDF, 1 for the first; 0 when it does not wait."""
    asked = request.args.get("tunggu", 0, type=int)
    if ready or not found.may_download or found.line.verdict not in PRINTABLE:
        return 0
    if asked:
        return min(max(asked, 1), MOST_WAITS + 1)
    return 1 if clock.now() - found.issued_at < FRESH else 0


def _linkedin(found: queries.CertificateDetail, address: str) -> str:
    """Return the address under which LinkedIn offers to add a certificate to one's own profile."""
    line = found.line
    told = {
        "startTask": "CERTIFICATION_NAME",
        "name": line.title,
        "organizationName": found.snapshot["letterhead"].get("agency", ""),
        "issueYear": line.issued_on.year,
        "issueMonth": line.issued_on.month,
        "certUrl": address,
        "certId": line.number,
    }
    if line.valid_until_on is not None:
        told |= {"expirationYear": line.valid_until_on.year, "expirationMonth": line.valid_until_on.month}
    return "https://www.linkedin.com/profile/add?" + urlencode(told)


@bp.get("/sertifikat/<string:public_id>")
@authenticated
def certificate_detail(public_id: str) -> ResponseReturnValue:
    """Show one certificate: what it is worth, its PDF, how to share and to check it."""
    found = certificate_or_404(public_id)
    ready = found.pdf_digest is not None and storage.exists(found.pdf_digest)
    waits = _waits(found, ready=ready)
    waiting = 0 < waits <= MOST_WAITS
    address = services.verify_address(found.line.code)
    is_valid = found.line.verdict is Verdict.VALID
    message = _("Sertifikat pelatihan: %(title)s. Periksa di %(address)s", title=found.line.title, address=address)
    page = render_template(
        "certificates/certificate_detail.html",
        found=found,
        line=found.line,
        training=found.snapshot["training"],
        letterhead=found.snapshot["letterhead"],
        code=grouped_code(found.line.code),
        number=shown_number(found.line.holder_number, whole=found.may_download),
        number_label=found.snapshot["holder"]["number_label"],
        verdict=VERDICTS[found.line.verdict],
        is_valid=is_valid,
        printable=found.line.verdict in PRINTABLE,
        ready=ready,
        waiting=waiting,
        late=waits > MOST_WAITS,
        address=address,
        share="https://wa.me/?text=" + quote(message, safe=""),
        signed_by=queries.signer_of(current_session(), found.pdf_digest),
        linkedin=_linkedin(found, address),
        signed=bool(found.snapshot.get("seal")) and is_valid,
        # The QR code is drawn by ourselves from an address of our own.
        qr=Markup(qr.svg(*services.qr_parts(found.snapshot, address), title=_("Kode QR menuju halaman pemeriksaan"))),  # noqa: S704
        sees_all=sees_all(),
    )
    answer = make_response(page)
    if waiting:
        # A header, so that the page looks again without a script; it ends after a minute.
        there = url_for("certificates.certificate_detail", public_id=public_id, tunggu=waits + 1)
        answer.headers["Refresh"] = f"{WAIT_SECONDS};url={there}"
    return answer


@bp.get("/sertifikat/<string:public_id>/unduh")
@authenticated
def certificate_download(public_id: str) -> ResponseReturnValue:
    """Give the PDF as a file; while it is not made, lead back to the page that says so."""
    found = certificate_or_404(public_id)
    if not found.may_download:
        raise Forbidden(N_("PDF memuat NIP lengkap. Mintalah langsung kepada pemilik sertifikat."))
    if found.line.verdict not in PRINTABLE:
        raise Refused(N_("Sertifikat ini tidak berlaku lagi, jadi PDF tidak dapat diunduh."))
    if found.pdf_digest is None or not storage.exists(found.pdf_digest):
        return redirect(url_for("certificates.certificate_detail", public_id=public_id), code=303)
    answer = Response(storage.read(found.pdf_digest), mimetype="application/pdf")
    name = download_name(found.line.title, found.line.code)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@bp.post("/sertifikat/<string:public_id>/siapkan")
@authenticated
def certificate_prepare(public_id: str) -> ResponseReturnValue:
    """Have the PDF made now, and wait on the certificate's page."""
    with transaction() as session:
        owed = services.ask_for_pdf(session, current_actor(), public_id, now=clock.now())
    if not owed:
        flash(_("PDF sudah siap diunduh."), "ok")
        return redirect(url_for("certificates.certificate_detail", public_id=public_id), code=303)
    return redirect(url_for("certificates.certificate_detail", public_id=public_id, tunggu=1), code=303)
