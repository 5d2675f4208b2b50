"""Pages for correcting a key: what would change for whom, then one step that changes it all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.assessments import queries, services
from lms.assessments.forms import KeyForm
from lms.assessments.models import KeyMode
from lms.assessments.rules.regrading import has_accepted, has_options
from lms.assessments.services.regrading import ABSENT
from lms.assessments.views.blueprint import bp
from lms.assessments.views.shown import inline, stem_words
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.assessments.queries import ItemFacts
    from lms.assessments.services import Regraded

SHOWN = 100
MODE_WORDS = {
    KeyMode.EITHER: _l("Kunci lama dan baru benar"),
    KeyMode.REPLACE: _l("Hanya kunci baru"),
    KeyMode.FULL: _l("Nilai penuh untuk semua"),
}


class _Preview(Exception):
    def __init__(self, report: Regraded) -> None:
        super().__init__("preview")
        self.report = report


def _facts(public_id: str) -> ItemFacts:
    facts = queries.get_item(current_session(), current_actor(), public_id)
    if facts is None:
        raise NotFound(ABSENT)
    return facts


def _page(facts: ItemFacts, form: KeyForm, report: Regraded | None = None) -> str:
    versions = queries.list_versions(current_session(), facts.id)
    form.versi.choices = [
        (str(one.number), _("Versi %(number)s, dipakai %(used)s percobaan selesai", number=one.number, used=one.used))
        for one in versions
    ]
    options = facts.body.get("options", ()) if has_options(facts.body) else ()
    form.benar.choices = [(one["code"], inline(one["text"])) for one in options]
    if report is not None:
        note_reading({one.attempt.employee_id for one in report.changes[:SHOWN]}, "nilai-ulang")
    return render_template(
        "assessments/item_key.html", facts=facts, form=form, report=report, takes_texts=has_accepted(facts.body),
        stem=stem_words(facts.stem_html), corrections=queries.list_corrections(current_session(), facts.id),
        mode_words=MODE_WORDS, most=SHOWN,
    )  # fmt: skip


@bp.get("/instruktur/bank/butir/<string:public_id>/kunci")
@requires(Permission.ASSESSMENT_MANAGE)
def edit_key(public_id: str) -> ResponseReturnValue:
    """Show the key of an item, to be corrected."""
    facts = _facts(public_id)
    right = [one["code"] for one in facts.body["options"] if one["correct"]] if has_options(facts.body) else []
    used = next((one for one in queries.list_versions(current_session(), facts.id) if one.used), None)
    number = used.number if used is not None else facts.version_number
    form = KeyForm(None, data={"versi": str(number), "benar": right, "cara": KeyMode.EITHER.value})
    return _page(facts, form)


@bp.post("/instruktur/bank/butir/<string:public_id>/kunci")
@requires(Permission.ASSESSMENT_MANAGE)
def correct_key(public_id: str) -> ResponseReturnValue:
    """Show what a corrected key would change, or change it."""
    facts, form, applies = _facts(public_id), KeyForm(), "terapkan" in request.form
    if form.ok():
        try:
            report = _carry_out(public_id, form, applies=applies)
        except Invalid as wrong:
            form.refuse(wrong)
        else:
            if not applies:
                return _page(facts, form, report)
            flash(_("Kunci sudah dibetulkan. Nilai %(count)s orang berubah.", count=len(report.changes)), "ok")
            return redirect(url_for("assessments.edit_key", public_id=public_id), code=303)
    return _page(facts, form), 422


def _carry_out(public_id: str, form: Any, *, applies: bool) -> Regraded:
    """Do the step; a preview does it as well and takes everything back, so that it cannot promise another thing."""
    try:
        with transaction() as session:
            if applies:
                claim_once(session)
            report = services.correct_key(session, current_actor(), public_id, form.to_command(), now=clock.now())
            if not applies:
                raise _Preview(report)
    except _Preview as preview:
        return preview.report
    return report
