"""Appraisal of one person by a supervisor, one competency after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from lms.competencies import queries, services
from lms.competencies.forms import AppraisalForm
from lms.competencies.views.base import GROUP_LABELS, bp, today
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.text import N_
from lms.web.filters import day_plain
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.competencies.queries import PersonRow, Standing


def _person(public_id: str) -> PersonRow:
    g.menu = "reporting.team"
    person = queries.get_appraised(current_session(), current_actor(), public_id)
    if person is None:
        raise NotFound(N_("Pegawai ini tidak ada dalam daftar yang dapat Anda nilai."))
    return person


def _asked(person: PersonRow) -> list[Standing]:
    rows = queries.standing(current_session(), person.id, today())
    return [row for row in rows if row.required is not None]


@bp.get("/pegawai/<string:public_id>/nilai")
@requires(Permission.COMPETENCY_APPRAISE)
def appraisal_list(public_id: str) -> ResponseReturnValue:
    """Show what of a person can be appraised, what is most needed first."""
    person = _person(public_id)
    note_reading([person.id], "competencies.appraisal_list")
    rows = _asked(person)
    return render_template(
        "competencies/appraisal_list.html",
        person=person,
        rows=rows,
        on=today(),
        groups=GROUP_LABELS,
        done=sum(row.level is not None for row in rows),
    )


@bp.route("/pegawai/<string:public_id>/nilai/<string:competency_id>", methods=["GET", "POST"])
@requires(Permission.COMPETENCY_APPRAISE)
def appraise(public_id: str, competency_id: str) -> ResponseReturnValue:
    """Show one competency with its indicators and take the supervisor's appraisal."""
    person = _person(public_id)
    asked = _asked(person)
    row = next((one for one in asked if one.public_id == competency_id), None)
    if row is None:
        raise NotFound(N_("Kompetensi ini tidak ada dalam standar jabatan pegawai ini."))
    note_reading([person.id], "competencies.appraise")
    form = AppraisalForm(data={"assessed_on": today()})
    if form.ok():
        try:
            with transaction() as session:
                claim = claim_once(session)
                services.appraise(
                    session,
                    current_actor(),
                    person_public_id=public_id,
                    competency_public_id=competency_id,
                    key=claim.key,
                    **form.to_command(),
                )
        except (Invalid, Refused) as error:
            form.refuse(error)
        else:
            flash(
                _(
                    "Penilaian %(name)s tersimpan, %(day)s.",
                    name=row.name,
                    day=day_plain(form.assessed_on.data),
                ),
                "ok",
            )
            return redirect(_after(public_id, asked, row), code=303)
    levels = queries.list_levels(current_session(), [row.competency_id])[row.competency_id]
    return render_template(
        "competencies/appraise.html",
        person=person,
        row=row,
        levels=levels,
        form=form,
        number=asked.index(row) + 1,
        total=len(asked),
        back=url_for("competencies.appraisal_list", public_id=public_id),
    )


def _after(public_id: str, asked: list[Standing], done: Standing) -> str:
    """Return the next competency without valid evidence, else the list."""
    following = [row for row in asked if row.level is None and row.public_id != done.public_id]
    if following:
        return url_for("competencies.appraise", public_id=public_id, competency_id=following[0].public_id)
    return url_for("competencies.appraisal_list", public_id=public_id)
