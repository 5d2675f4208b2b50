"""Partner organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound
from lms.core.text import N_
from lms.people import queries, services
from lms.people.forms import PARTNER_LABELS, PartnerForm
from lms.people.queries.partners import agreements_of
from lms.people.rules.names import normalised_name
from lms.people.views.base import bp, today
from lms.web.forms import claim_once
from lms.web.guard import authenticated, current_actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

AGREEMENT_STATES: dict[str, tuple[Any, str]] = {
    "active": (_l("Berlaku"), "ok"),
    "coming": (_l("Belum mulai"), "info"),
    "ended": (_l("Sudah berakhir"), "warn"),
    "none": (_l("Tanpa perjanjian"), ""),
}


@bp.get("/mitra")
@authenticated
def partner_list() -> ResponseReturnValue:
    """Show partners with their agreements."""
    search = normalised_name(request.args.get("cari", ""))[:80]
    return render_template(
        "people/partner_list.html",
        partners=queries.list_partners(current_session(), on=today(), search=search),
        search=search,
        labels=PARTNER_LABELS,
        states=AGREEMENT_STATES,
        may_edit=current_actor().may(Permission.PEOPLE_EDIT),
        day=today(),
    )


@bp.route("/mitra/baru", methods=["GET", "POST"])
@requires(Permission.PEOPLE_EDIT)
def partner_new() -> ResponseReturnValue:
    """Add a partner."""
    form = PartnerForm()
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                services.save_partner(session, current_actor(), form.to_command(), public_id=None, now=clock.now())
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Mitra ditambahkan."), "ok")
            return redirect(url_for("people.partner_list"), code=303)
    page = render_template("people/partner_edit.html", form=form, partner=None, agreements=[])
    return page, 422 if form.summary else 200


@bp.route("/mitra/<string:public_id>/ubah", methods=["GET", "POST"])
@requires(Permission.PEOPLE_EDIT)
def partner_edit(public_id: str) -> ResponseReturnValue:
    """Change a partner, or add an agreement to it."""
    session = current_session()
    partner = queries.get_partner(session, public_id)
    if partner is None:
        raise NotFound(N_("Mitra ini tidak ditemukan."))
    agreements = agreements_of(session, [partner.id]).get(partner.id, [])
    form = PartnerForm(
        data={
            "code": partner.code,
            "name": partner.name,
            "kind": partner.kind.value,
            "contact": partner.contact,
        }
    )
    if form.ok():
        try:
            with transaction() as session:
                services.save_partner(session, current_actor(), form.to_command(), public_id=public_id, now=clock.now())
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Data mitra tersimpan."), "ok")
            return redirect(url_for("people.partner_list"), code=303)
    page = render_template("people/partner_edit.html", form=form, partner=partner, agreements=agreements)
    return page, 422 if form.summary else 200
