"""Transfer of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Conflict, Forbidden, NotFound
from lms.core.text import N_
from lms.people import queries, services
from lms.people.forms import PlaceForm
from lms.people.views.base import bp, today, unit_options
from lms.web.guard import current_actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.route("/pegawai/<string:public_id>/pindah", methods=["GET", "POST"])
@requires(Permission.PEOPLE_EDIT)
def employee_transfer(public_id: str) -> ResponseReturnValue:
    """Transfer a person: first the unit, then the position, the day and the decree."""
    session, actor = current_session(), current_actor()
    profile = queries.get_profile(session, actor, public_id)
    if profile is None:
        raise NotFound(N_("Pegawai ini tidak ditemukan."))
    if not profile.may_edit:
        raise Forbidden(N_("Anda belum berwenang mengubah data pegawai ini."))
    units = queries.list_unit_choices(session, actor, Permission.PEOPLE_EDIT, on=today())
    chosen = request.values.get("unit")
    unit = queries.get_unit(session, actor, chosen, permission=Permission.PEOPLE_EDIT) if chosen else None
    if chosen and unit is None:
        raise NotFound(N_("Unit ini tidak ditemukan."))
    positions = queries.list_unit_positions(session, unit.id, on=today()) if unit is not None else []
    form = PlaceForm(
        positions=[(one.public_id, one.name) for one in positions if one.id != profile.employee.position_id],
        data={"starts_on": today(), "version": profile.employee.version},
    )
    if form.ok() and unit is not None:
        try:
            with transaction() as session:
                position = queries.get_position(session, actor, form.position.data, Permission.PEOPLE_EDIT)
                if position is None:
                    raise NotFound(N_("Jabatan ini tidak ditemukan."))
                data = services.TransferData(position, form.starts_on.data, form.decree.data or "")
                services.transfer_employee(session, actor, public_id, data, version=form.version.data, now=clock.now())
        except Conflict as error:
            form.refuse(error)
        else:
            flash(_("%(name)s dipindahkan.", name=profile.full_name), "ok")
            return redirect(url_for("people.employee_profile", public_id=public_id), code=303)
    page = render_template(
        "people/employee_transfer.html", form=form, profile=profile, unit=unit, units=unit_options(units)
    )
    return page, 422 if form.summary else 200
