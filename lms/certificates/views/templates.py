"""Templates: the list with previews, and a new version of the wording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.certificates import queries, services
from lms.certificates.forms import TemplateForm
from lms.certificates.views.base import bp, today
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid
from lms.web.forms import claim_once
from lms.web.guard import current_actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.certificates.models import CertificateTemplate

SAMPLES: Final = (
    ("biasa", _l("Data biasa")),
    ("panjang", _l("Nama 200 huruf")),
    ("aksara", _l("Aksara Jawa dan Bali")),
    ("kosong", _l("Data kosong")),
)
SETTINGS: Final = ("office", "place", "legal_basis", "qualification", "unit", "archive_class")


@bp.get("/sertifikat/templat")
@requires(Permission.CERTIFICATE_REVOKE)
def template_list() -> ResponseReturnValue:
    """Show the newest version of each template with its previews."""
    services.require_agency(current_actor())
    rows = queries.list_templates(current_session())
    return render_template("certificates/template_list.html", rows=rows, samples=SAMPLES)


@bp.get("/sertifikat/templat/<string:code>/pratinjau.pdf")
@requires(Permission.CERTIFICATE_REVOKE)
def template_preview(code: str) -> ResponseReturnValue:
    """Give a certificate of nobody as this template prints it."""
    asked = request.args.get("uji", "")
    kind = asked if asked in dict(SAMPLES) else "biasa"
    data = services.preview_pdf(current_session(), current_actor(), code, kind=kind, on=today())
    answer = Response(data, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"pratinjau-{kind}.pdf")
    return answer


def _held(template: CertificateTemplate) -> dict[str, Any]:
    """Return the fields of the form as the newest version has them."""
    settings = template.settings
    return {
        "file": template.file_name,
        "title": template.title,
        "number_pattern": template.number_pattern,
        "valid_months": settings.get("valid_months"),
        **{name: settings[name] for name in SETTINGS},
        **{f"signatory_{name}": settings["signatory"][name] for name in ("position", "name", "rank", "number")},
    }


@bp.route("/sertifikat/templat/<string:code>/ubah", methods=["GET", "POST"])
@requires(Permission.CERTIFICATE_REVOKE)
def template_edit(code: str) -> ResponseReturnValue:
    """Change the wording; what was issued stays, since saving makes a new version."""
    services.require_agency(current_actor())
    template = services.template_or_404(current_session(), code)
    form = TemplateForm(data=_held(template))
    form.file.choices = [(name, name.removesuffix(".html")) for name in services.layouts()]
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                version = services.new_version(session, current_actor(), code, form.data, now=clock.now())
        except Invalid as fault:
            form.refuse(fault)
        else:
            flash(_("Versi %(version)s tersimpan. Lihat pratinjaunya.", version=version), "ok")
            return redirect(url_for("certificates.template_list"), code=303)
    status = 400 if request.method == "POST" else 200
    return render_template("certificates/template_edit.html", form=form, template=template), status
