"""The dictionary: all competencies, and one with its levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for

from lms.competencies import queries
from lms.competencies.models import CompetencyGroup
from lms.competencies.views.base import GROUP_LABELS, bp, today
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.web.guard import authenticated, current_actor

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _own_standard() -> dict[int, int]:
    """Return the standard of the actor's own job, by competency."""
    employee_id = current_actor().employee_id
    job = None if employee_id is None else queries.get_job(current_session(), employee_id, today())
    return {} if job is None else queries.required_levels(current_session(), job.role_key, today())


@bp.get("/kompetensi/kamus")
@authenticated
def dictionary() -> ResponseReturnValue:
    """Show the competencies in use; words and group are filters in the address."""
    words = " ".join(request.args.get("cari", "").split())[:80]
    chosen = request.args.get("kelompok", "")
    group = CompetencyGroup(chosen) if chosen in set(CompetencyGroup) else None
    rows = queries.list_competencies(current_session(), group=group, words=words)
    everything = rows if group is None and not words else queries.list_competencies(current_session())
    held = {row.group for row in everything}
    found = [(g, label, [r for r in rows if r.group == g]) for g, label in GROUP_LABELS.items()]
    return render_template(
        "competencies/dictionary.html",
        words=words,
        group=chosen if group else "",
        sections=[(g, label, listed) for g, label, listed in found if listed],
        total=len(rows),
        is_empty=not everything,
        required=_own_standard(),
        tabs=[(g, label) for g, label in GROUP_LABELS.items() if g in held],
        clear=url_for("competencies.dictionary"),
    )


@bp.get("/kompetensi/kamus/<string:public_id>")
@authenticated
def entry(public_id: str) -> ResponseReturnValue:
    """Show one competency: levels, indicators, who must hold which level, earlier wordings."""
    page = queries.get_competency_page(current_session(), public_id, on=today())
    if page is None:
        raise NotFound(N_("Kompetensi ini tidak ada dalam kamus."))
    by_level: dict[int, list[str]] = {}
    for standard in page.standards:
        by_level.setdefault(standard.level, []).append(standard.role_key)
    return render_template(
        "competencies/entry.html",
        page=page,
        row=page.row,
        required=_own_standard().get(page.row.id),
        standards=sorted(by_level.items(), reverse=True),
        groups=GROUP_LABELS,
    )
