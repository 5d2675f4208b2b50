"""The catalogue and the page of a course; joining a course."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from lms.competencies.queries import gaps_of
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.courses import queries, services
from lms.courses.models import EnrolmentState
from lms.courses.rules import IN_LINE, LIVE, UNDO_WITHIN, can_undo_withdrawal
from lms.courses.views.base import (
    FAMILY_NAMES,
    FORM_NAMES,
    MARK_NAMES,
    STATE_NAMES,
    bp,
    days_words,
    due_kind,
    dye_of,
    need_words,
    own_id,
    today,
)
from lms.web import filters
from lms.web.guard import authenticated, current_actor, requires
from lms.web.headers import kept_page
from lms.web.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from flask.typing import ResponseReturnValue

    from lms.courses.queries import CatalogueCourse, EnrolmentRow, Need, OfferingLine, Outline, Standing, Wish

# States from which one may join again.
_REJOIN = frozenset({EnrolmentState.WITHDRAWN, EnrolmentState.REFUSED, EnrolmentState.FAILED, EnrolmentState.NO_SHOW})
_VALUE = re.compile(r"[A-Za-z0-9.\-]{1,40}")
_OUTCOME_STARTS = ("Setelah pelatihan ini, Anda dapat ", "Setelah pelatihan ini, Anda bisa ", "Anda dapat ")


# Catalogue ---------------------------------------------------------------------------------


def _wish() -> Wish:
    """Return what the address asks for; unknown facets and values are dropped."""
    args = request.args
    chosen = {
        name: tuple(dict.fromkeys(value for value in args.getlist(name) if _VALUE.fullmatch(value)))[:20]
        for name in queries.FACETS
    }
    sort = args.get("urut", "")
    return queries.Wish(
        words=" ".join("".join(c for c in args.get("cari", "") if c.isprintable()).split())[: queries.MAX_QUERY],
        chosen={name: values for name, values in chosen.items() if values},
        only_gaps=args.get("untuk") == "saya",
        sort=sort if sort in queries.SORTS else queries.SORTS[0],
        page=args.get("hal", 1, type=int) or 1,
    )


def _address(wish: Wish, *, without: tuple[str, str] | None = None, page: int | None = None) -> str:
    """Return the address of a wish, without one filter or on another page."""
    pairs: list[tuple[str, str]] = [("cari", wish.words)] if wish.words else []
    pairs += [(name, value) for name, values in wish.chosen.items() for value in values if (name, value) != without]
    if wish.only_gaps and without != ("untuk", "saya"):
        pairs.append(("untuk", "saya"))
    if wish.sort != queries.SORTS[0]:
        pairs.append(("urut", wish.sort))
    if page is not None and page > 1:
        pairs.append(("hal", str(page)))
    path = url_for("courses.catalogue")
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _value_names(catalogue: queries.Catalogue) -> dict[str, dict[str, str]]:
    """Return the words of each value of each facet, in the order in which they are listed."""
    families = {course.family for course in catalogue.courses}
    forms = sorted({course.learning_form for course in catalogue.courses})
    levels = sorted({level for course in catalogue.courses for *_rest, level in course.outcomes})
    return {
        "rumpun": {code: str(name) for code, name in FAMILY_NAMES.items() if code in families},
        "kompetensi": dict(sorted(catalogue.competencies.items())),
        "level": {str(level): _("Sampai level %(level)s", level=level) for level in levels},
        "jp": {
            "3": _("Sampai 3 JP"),
            "8": _("4 sampai 8 JP"),
            "20": _("9 sampai 20 JP"),
            "lebih": _("Lebih dari 20 JP"),
        },
        "lama": {
            "1": _("Sampai 1 jam"),
            "3": _("1 sampai 3 jam"),
            "6": _("3 sampai 6 jam"),
            "lebih": _("Lebih dari 6 jam"),
        },
        "bentuk": {str(form): str(FORM_NAMES[form]) for form in forms},
        "ukuran": {
            "100": _("Sampai 100 KB"),
            "300": _("100 sampai 300 KB"),
            "1000": _("300 KB sampai 1 MB"),
            "lebih": _("Lebih dari 1 MB"),
        },
    }


def _facet_titles() -> dict[str, str]:
    return {
        "rumpun": _("Rumpun"),
        "kompetensi": _("Kompetensi"),
        "level": _("Level yang dicapai"),
        "bentuk": _("Cara belajar"),
        "jp": _("Nilai JP"),
        "lama": _("Lama belajar"),
        "ukuran": _("Besar unduhan"),
    }


def _facets(wish: Wish, found: queries.Found, names: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    titles = _facet_titles()
    return [
        {
            "legend": title,
            "name": name,
            "is_open": name in wish.chosen or name in {"rumpun", "jp"},
            "options": [
                {
                    "value": value,
                    "label": label,
                    "count": found.counts[name].get(value, 0),
                    "checked": value in wish.chosen.get(name, ()),
                }
                for value, label in names[name].items()
            ],
        }
        for name, title in titles.items()
        if len(names[name]) > 1 or name in wish.chosen
    ]


def _active_filters(wish: Wish, names: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    found = [(_("Untuk kesenjangan saya"), _address(wish, without=("untuk", "saya")))] if wish.only_gaps else []
    for name, values in wish.chosen.items():
        found += [(names[name].get(value, value), _address(wish, without=(name, value))) for value in values]
    return found


@dataclass(frozen=True, slots=True)
class _Card:
    """One course of the list, ready to be drawn."""

    title: str
    href: str
    family: str
    dye: str
    jp: int
    minutes: int
    form: str
    size: int
    tag: str | None
    tag_kind: str
    tag_icon: str | None
    foot: str


def _card(
    course: CatalogueCourse,
    *,
    mine: EnrolmentRow | None,
    needs: Sequence[Need],
    runs: Sequence[OfferingLine],
    now: datetime,
) -> _Card:
    tag, kind, icon, foot = None, "", None, ""
    if mine is not None and mine.state is EnrolmentState.COMPLETED:
        tag, icon = _("Selesai %(day)s", day=filters.day_short(mine.completed_at)), "check"
    elif mine is not None and mine.state in LIVE:
        active = mine.state is EnrolmentState.ACTIVE
        tag, kind, icon = (
            _("Anda ikuti") if active else str(STATE_NAMES[mine.state][0]),
            "info" if active else "warn",
            "check" if active else "clock",
        )
    elif needs:
        known = needs[0].level is not None
        tag, kind, icon = need_words(needs), "ok" if known else "info", "levels"
    else:
        foot = _run_words(runs, now)
    return _Card(
        title=course.title,
        href=url_for("courses.course_page", code=course.code),
        family=str(FAMILY_NAMES.get(course.family, course.family)),
        dye=dye_of(course.family),
        jp=course.credit_jp,
        minutes=course.minutes,
        form=str(FORM_NAMES[course.learning_form]),
        size=course.content_bytes,
        tag=tag,
        tag_kind=kind,
        tag_icon=icon,
        foot=foot,
    )


def _run_words(runs: Sequence[OfferingLine], now: datetime) -> str:
    if any(run.is_self_study and run.window(now) == "open" for run in runs):
        return _("Bisa dimulai kapan saja")
    for run in runs:
        if run.starts_on is None:
            continue
        begins = _("%(run)s mulai %(day)s", run=run.title, day=filters.day_long(run.starts_on))
        if run.window(now) == "soon":
            return _("%(begins)s · pendaftaran belum dibuka", begins=begins)
        if run.seats_left == 0:
            return _("%(begins)s · penuh", begins=begins)
        if run.seats_left is not None:
            return ngettext(
                "%(begins)s · sisa %(num)d kursi",
                "%(begins)s · sisa %(num)d kursi",
                run.seats_left,
                begins=begins,
            )
        return begins
    return _("Belum ada angkatan yang dibuka")


def _newest_by_course(rows: Sequence[EnrolmentRow]) -> dict[int, EnrolmentRow]:
    """Return the enrolment that tells most about each course: under way, else finished, else the newest."""
    rank = {EnrolmentState.ACTIVE: 0, **dict.fromkeys(IN_LINE, 1), EnrolmentState.COMPLETED: 2}
    found: dict[int, EnrolmentRow] = {}
    for row in rows:
        held = found.get(row.course_id)
        if held is None or rank.get(row.state, 9) < rank.get(held.state, 9):
            found[row.course_id] = row
    return found


@bp.get("/katalog")
@authenticated
def catalogue() -> ResponseReturnValue:
    """List the courses that answer a wish; what closes the person's gaps comes first."""
    session, actor, now, wish = current_session(), current_actor(), clock.now(), _wish()
    held = queries.get_catalogue(session)
    employee_id = actor.employee_id
    mine = _newest_by_course(queries.list_own_enrolments(session, employee_id)) if employee_id else {}
    # What one has done or is doing closes nothing anew, so it does not stand in front.
    done = [course_id for course_id, row in mine.items() if row.state in LIVE]
    gaps = gaps_of(session, employee_id, today(), include_unassessed=True) if employee_id else []
    needs = queries.needs_of(held, gaps, done_course_ids=done)
    found = queries.find_courses(session, held, wish, needs=needs)
    runs: dict[int, list[OfferingLine]] = {}
    for run in queries.list_offerings(session, [course.id for course in found.courses], now=now):
        runs.setdefault(run.course_id, []).append(run)
    cards = [
        _card(
            course,
            mine=mine.get(course.id),
            needs=needs.get(course.id, ()),
            runs=runs.get(course.id, ()),
            now=now,
        )
        for course in found.courses
    ]
    shown = (found.total, found.page, found.pages, found.counts, found.suggestion)

    def derive() -> dict[str, Any]:
        names = _value_names(held)
        return {
            "facets": _facets(wish, found, names),
            "active": _active_filters(wish, names),
            "clear": _address(queries.Wish(words=wish.words, sort=wish.sort)),
            "href": _address(wish, page=None),
            "sorts": _sorts(),
            "page_href": _page_pattern(wish),
            "suggestion_href": _address(queries.Wish(words=found.suggestion)) if found.suggestion else None,
        }

    return kept_page(
        "courses/catalogue.html",
        {"wish": wish, "found": found, "cards": cards, "has_gaps": bool(needs)},
        named_by={"found": shown, "catalogue": held.version},
        derive=derive,
    )


def _page_pattern(wish: Wish) -> str:
    base = _address(wish)
    return f"{base}{'&' if '?' in base else '?'}hal={{page}}"


def _sorts() -> list[tuple[str, str]]:
    words = (_("Paling sesuai untuk Anda"), _("Terbaru"), _("Paling singkat"), _("Nama A–Z"))
    return list(zip(queries.SORTS, words, strict=True))


# One course --------------------------------------------------------------------------------


@bp.get("/katalog/<string:code>")
@authenticated
def course_page(code: str) -> ResponseReturnValue:
    """Show a course: what, how long, contents, what follows, and how far the person is."""
    session, actor = current_session(), current_actor()
    head = queries.get_course(session, code)
    if head is None:
        raise NotFound(N_("Pelatihan ini tidak ada."))
    mine: EnrolmentRow | None = None
    if actor.employee_id is not None:
        rows = [row for row in queries.list_own_enrolments(session, actor.employee_id) if row.course_id == head.id]
        mine = _newest_by_course(rows).get(head.id)
    if mine is not None and mine.reads:
        outline = queries.get_outline(session, mine.version_id, mine.version_public_id)
    else:
        outline = queries.get_outline(session, head.version_id, head.version_public_id)
    return _draw_course(outline, mine, newer=outline.version_id != head.version_id)


@bp.get("/belajar/<string:public_id>")
@requires(Permission.LEARN)
def enrolment_page(public_id: str) -> ResponseReturnValue:
    """Show the course of one's enrolment, in the version that one learns."""
    session = current_session()
    mine = queries.get_own_enrolment(session, current_actor(), public_id)
    if mine is None:
        raise NotFound(N_("Kepesertaan ini tidak ada."))
    return _draw_course(queries.get_outline(session, mine.version_id, mine.version_public_id), mine, newer=False)


def _draw_course(outline: Outline, mine: EnrolmentRow | None, *, newer: bool) -> ResponseReturnValue:
    session, actor, now, day = current_session(), current_actor(), clock.now(), today()
    standing = queries.standing_of(session, mine) if mine is not None and mine.reads else None
    contents = queries.list_contents(session, outline.version_id, mine.id if standing is not None and mine else None)
    runs = [] if standing is not None else queries.list_offerings(session, [outline.course_id], now=now)
    gaps = (
        {gap.competency_id: gap for gap in gaps_of(session, actor.employee_id, day, include_unassessed=True)}
        if actor.employee_id is not None
        else {}
    )
    obstacles = (
        queries.list_obstacles(session, actor.employee_id, [run.id for run in runs])
        if actor.employee_id is not None and runs
        else {}
    )
    waits = mine is not None and mine.state is EnrolmentState.WAITING
    return kept_page(
        "courses/course.html",
        {
            "outline": outline,
            "mine": mine,
            "standing": standing,
            "newer": newer,
            "now": now,
            "before": [item for item in contents if item.place == "before"],
            "after": [item for item in contents if item.place != "before"],
            "runs": runs,
            "obstacles": obstacles,
            "place": queries.place_in_line(session, mine.id) if mine is not None and waits else None,
            "gaps": gaps,
            "due": _due(mine, day),
            "resume_href": resume_href(standing),
            "may_undo": mine is not None
            and mine.state is EnrolmentState.WITHDRAWN
            and can_undo_withdrawal(withdrawn_at=mine.withdrawn_at, now=now),
            "can_learn": actor.may(Permission.LEARN),
        },
        named_by={
            "outline": outline.version_public_id,  # published versions never change
            "standing": None if standing is None else (standing.readings, standing.conditions),
            "now": (day, [run.window(now) for run in runs]),  # the template asks for nothing else of it
        },
        derive=lambda: {
            "family": FAMILY_NAMES.get(outline.family, outline.family),
            "form": FORM_NAMES[outline.learning_form],
            "marks": MARK_NAMES,
            "states": STATE_NAMES,
            "description": Markup(outline.description_html),  # noqa: S704 -- sanitised when it was loaded
            "outcomes": _outcomes(outline),
            "undo_until": _undo_until,
            "obstacle_text": services.obstacle_text,
            "rejoin": _REJOIN,
            "run_facts": _run_facts,
        },
    )


def _undo_until(mine: EnrolmentRow) -> datetime | None:
    return mine.withdrawn_at + UNDO_WITHIN if mine.withdrawn_at is not None else None


def _due(mine: EnrolmentRow | None, day: date) -> tuple[str, str] | None:
    if mine is None or mine.due_on is None or mine.state is not EnrolmentState.ACTIVE:
        return None
    return days_words(mine.due_on, day), due_kind(mine.due_on, day)


def _outcomes(outline: Outline) -> list[tuple[str, str, int, list[str]]]:
    """Return (code, name, level, sentences) with the sentences shortened to go on after "Anda bisa"."""
    found = []
    for outcome in outline.outcomes:
        sentences = []
        for statement in outcome.statements:
            text = statement
            for start in _OUTCOME_STARTS:
                if text.startswith(start):
                    text = text[len(start) :]
                    break
            sentences.append(text)
        found.append((outcome.code, outcome.name, outcome.level, sentences))
    return found


def resume_href(standing: Standing | None) -> str:
    """Return the address of the exact place where a person stopped; its heading needs no script."""
    if standing is None or standing.resume is None:
        return ""
    return url_for(
        "courses.lesson_page",
        public_id=standing.enrolment.public_id,
        lesson_id=standing.resume.public_id,
        _anchor=standing.anchor or None,
    )


def _run_facts(run: OfferingLine) -> str:
    """Return the facts of a run in one line."""
    facts = []
    if run.starts_on is not None:
        facts.append(filters.day_long(run.starts_on))
        if run.ends_on is not None and run.ends_on != run.starts_on:
            facts[-1] = _("%(first)s sampai %(last)s", first=facts[-1], last=filters.day_long(run.ends_on))
    if run.place:
        facts.append(run.place)
    if run.seats_left is not None:
        facts.append(
            ngettext("sisa %(num)d kursi", "sisa %(num)d kursi", run.seats_left) if run.seats_left else _("kursi habis")
        )
    if run.enrol_until_at is not None:
        facts.append(_("daftar sebelum %(moment)s", moment=filters.moment_short(run.enrol_until_at)))
    if run.days_to_finish is not None:
        facts.append(ngettext("selesai dalam %(num)d hari", "selesai dalam %(num)d hari", run.days_to_finish))
    if run.needs_approval:
        facts.append(_("perlu persetujuan atasan"))
    if run.needs_agency:
        facts.append(_("perlu persetujuan penyelenggara"))
    return " · ".join(facts)


@bp.post("/katalog/<string:code>/daftar")
@requires(Permission.LEARN)
def enrol(code: str) -> ResponseReturnValue:
    """Join a run of a course."""
    own_id()
    try:
        with transaction() as session:
            enrolment = services.enrol(session, current_actor(), request.form.get("angkatan", ""))
    except services.EnrolmentRefused as refused:
        flash(translate(refused.message), "bad")
        return redirect(url_for("courses.course_page", code=code), code=303)
    _say_joined(enrolment.state)
    return redirect(url_for("courses.enrolment_page", public_id=enrolment.public_id), code=303)


def _say_joined(state: EnrolmentState) -> None:
    """Tell how far the person has come on the way to a seat."""
    words = {
        EnrolmentState.REQUESTED: _("Usul Anda sudah dikirim kepada atasan. Kursi diberikan setelah disetujui."),
        EnrolmentState.APPROVED: _("Permohonan Anda sudah dikirim kepada penyelenggara."),
        EnrolmentState.WAITING: _("Kursi sedang habis. Anda masuk daftar tunggu dan diberi kabar."),
        EnrolmentState.ACTIVE: _("Anda terdaftar. Selamat belajar."),
    }
    if state in words:
        flash(words[state], "ok")


@bp.post("/belajar/<string:public_id>/terima")
@requires(Permission.LEARN)
def accept(public_id: str) -> ResponseReturnValue:
    """Take up an invitation."""
    try:
        with transaction() as session:
            enrolment = services.accept(session, current_actor(), public_id)
    except services.EnrolmentRefused as refused:
        flash(translate(refused.message), "bad")
    else:
        _say_joined(enrolment.state)
    return redirect(url_for("courses.enrolment_page", public_id=public_id), code=303)


@bp.post("/belajar/<string:public_id>/tolak")
@requires(Permission.LEARN)
def decline(public_id: str) -> ResponseReturnValue:
    """Turn an invitation down."""
    with transaction() as session:
        services.decline(session, current_actor(), public_id)
    flash(_("Undangan ditolak. Anda masih dapat mendaftar sendiri nanti."), "ok")
    return redirect(url_for("courses.enrolment_page", public_id=public_id), code=303)


@bp.post("/belajar/<string:public_id>/batal")
@requires(Permission.LEARN)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Leave a course; the page then offers to take that back."""
    with transaction() as session:
        services.withdraw(session, current_actor(), public_id)
    return redirect(url_for("courses.enrolment_page", public_id=public_id), code=303)


@bp.post("/belajar/<string:public_id>/urungkan")
@requires(Permission.LEARN)
def undo_withdraw(public_id: str) -> ResponseReturnValue:
    """Take back a withdrawal."""
    try:
        with transaction() as session:
            services.undo_withdraw(session, current_actor(), public_id)
    except services.EnrolmentRefused as refused:
        flash(translate(refused.message), "bad")
    else:
        flash(_("Pembatalan diurungkan. Anda terdaftar lagi."), "ok")
    return redirect(url_for("courses.enrolment_page", public_id=public_id), code=303)
