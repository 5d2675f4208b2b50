"""Panels of the home page and entries of the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from lms.assessments import queries
from lms.core import clock
from lms.core.actor import Permission
from lms.web import menus
from lms.web.home import Panel, register_panel

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


def _running(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """An exam that runs goes before everything else: its clock does not stop."""
    if actor.employee_id is None or not actor.may(Permission.LEARN):
        return None
    now = clock.now()
    sheet = queries.get_open_sheet(session, actor, now=now)
    if sheet is None:
        return None
    minutes = max(1, int((sheet.deadline_at - now).total_seconds() // 60))
    return "assessments/panel_running.html", {"sheet": sheet, "minutes": minutes}


def _ready_exams(session: Session, actor: Actor) -> list[queries.ReadyExam]:
    """Return the exams to be taken; read once for both panels, since each request has its own session."""
    if actor.employee_id is None or not actor.may(Permission.LEARN):
        return []
    held: tuple[int, list[queries.ReadyExam]] | None = session.info.get("lms_ready_exams")
    if held is None or held[0] != actor.employee_id:
        held = (actor.employee_id, queries.list_ready_exams(session, actor))
        session.info["lms_ready_exams"] = held
    return held[1]


def _next_exam(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """When no lesson is left to go on with, the exam is what the person goes on with."""
    exams = _ready_exams(session, actor)
    if not exams:
        return None
    session.info["lms_ready_exams"] = (actor.employee_id, exams[1:])  # not a second time below
    return "assessments/panel_next.html", {"exam": exams[0]}


def _ready(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    exams = _ready_exams(session, actor)
    return ("assessments/panel_ready.html", {"exams": exams}) if exams else None


def _instructor(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    if not actor.may(Permission.ASSESSMENT_MANAGE):
        return None
    now = clock.now()
    running, conflicts = queries.count_to_watch(session, actor, now=now)
    lines, _total = queries.list_sittings(session, actor, only="sekarang", now=now)
    if not running and not lines:
        return None
    return "assessments/panel_instructor.html", {
        "running": running, "conflicts": conflicts, "lines": lines[:3], "now": now,
    }  # fmt: skip


register_panel(Panel("assessments.running", "hero", 1, _running))
register_panel(Panel("assessments.next", "hero", 6, _next_exam))
register_panel(Panel("assessments.ready", "waiting", 20, _ready))
register_panel(Panel("assessments.instructor", "main", 30, _instructor))
menus.register(menus.MenuItem("assessments.list_sittings", _l("Sesi ujian"), "clock", 41, Permission.ASSESSMENT_MANAGE))
menus.register(menus.MenuItem("assessments.list_assessments", _l("Asesmen"), "exam", 40, Permission.ASSESSMENT_MANAGE))
