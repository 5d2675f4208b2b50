"""One's own JP of a year: sum, target, ledger with reasons, spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request
from flask_babel import gettext as _

from lms.competencies.queries import gaps_of
from lms.core.actor import Permission
from lms.core.db import current_session
from lms.courses import queries
from lms.courses.queries import CatalogueCourse, Wish
from lms.courses.rules import LIVE, contract_year_of
from lms.courses.views.base import FORM_NAMES, bp, own_id, send_xlsx, today
from lms.web.guard import requires
from lms.web.headers import kept_page

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from lms.courses.queries import JpSummary

_FIRST_YEAR = 2015
_FILLERS = 3


def present_summary(session: Session, employee_id: int) -> JpSummary:
    """Return the JP of the year that counts for a person today: a contract year begins before its calendar year."""
    day = today()
    summary = queries.jp_summary(session, employee_id, day.year)
    if summary.from_on <= day:
        return summary
    return queries.jp_summary(session, employee_id, contract_year_of(summary.from_on, day))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a year is heading.

    Args:
        coming_jp: JP of the courses under way, by their programme; caps may take some of it.
        expected_jp: that and what is credited already.
        fillers: courses that would fill what is then missing: for the person's gaps first, the fewest that do.
    """

    coming_jp: int
    expected_jp: int
    fillers: tuple[CatalogueCourse, ...]


def _forecast(session: Session, employee_id: int, summary: JpSummary) -> Forecast | None:
    """Return the forecast of the present year for somebody with a duty that is not met; None otherwise."""
    day = today()
    if summary.view.is_met is not False or not summary.from_on <= day <= summary.to_on:
        return None
    coming = sum(one.enrolment.credit_jp for one in queries.list_current(session, employee_id))
    expected = summary.view.credited_jp + coming
    left = (summary.view.target.amount_jp if summary.view.target else 0) - expected
    fillers: list[CatalogueCourse] = []
    if left > 0:
        held = queries.get_catalogue(session)
        mine = [row.course_id for row in queries.list_own_enrolments(session, employee_id) if row.state in LIVE]
        needs = queries.needs_of(
            held, gaps_of(session, employee_id, day, include_unassessed=True), done_course_ids=mine
        )
        found = queries.find_courses(session, held, Wish(only_gaps=bool(needs)), needs=needs)
        for course in found.courses:
            if left <= 0 or len(fillers) == _FILLERS:
                break
            if course.id not in mine and course.credit_jp > 0:
                fillers.append(course)
                left -= course.credit_jp
    return Forecast(coming, expected, tuple(fillers))


def _summary(session: Session, employee_id: int) -> JpSummary:
    year = request.args.get("tahun", type=int)
    if year is None or not _FIRST_YEAR <= year <= today().year + 1:
        return present_summary(session, employee_id)
    return queries.jp_summary(session, employee_id, year)


@bp.get("/jp")
@requires(Permission.LEARN)
def jp_page() -> ResponseReturnValue:
    """Show one's JP of a year with every entry and why it counts as it does."""
    session, employee_id = current_session(), own_id()
    summary = _summary(session, employee_id)
    lines = queries.list_ledger(session, employee_id, first=summary.from_on, last=summary.to_on)
    years = sorted({*queries.list_ledger_years(session, employee_id), today().year, summary.year}, reverse=True)
    return kept_page(
        "courses/jp.html",
        {
            "summary": summary,
            "view": summary.view,
            "lines": lines,
            "forecast": _forecast(session, employee_id, summary),
            "years": years,
            "by_contract": summary.view.target is not None
            and summary.view.target.year_kind == "contract"
            and not summary.contract_unknown,
        },
        derive=lambda: {"forms": FORM_NAMES},
        in_browser=False,
    )


@bp.get("/jp/unduh")
@requires(Permission.LEARN)
def jp_download() -> Response:
    """Send the ledger of a year as a spreadsheet, as it is on the screen."""
    session, employee_id = current_session(), own_id()
    summary = _summary(session, employee_id)
    lines = queries.list_ledger(session, employee_id, first=summary.from_on, last=summary.to_on)
    header = [
        _("Tanggal"),
        _("Kegiatan"),
        _("Kode bentuk (SIASN)"),
        _("Bentuk"),
        _("Menit"),
        _("JP diusulkan"),
        _("JP diakui"),
        _("Keterangan"),
    ]
    rows = [
        [
            line.held_on,
            line.label,
            line.learning_form,
            str(FORM_NAMES[line.learning_form]),
            line.minutes,
            line.proposed_jp,
            line.credited_jp,
            line.cut_reason,
        ]
        for line in lines
    ]
    return send_xlsx(
        f"jp-{summary.year}",
        _("JP %(year)s", year=summary.year),
        header,
        rows,
        [12, 48, 10, 26, 8, 12, 10, 60],
    )
