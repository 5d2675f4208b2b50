"""Reading: the page of a lesson, its one button, and the place where one reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.text import N_
from lms.courses import queries, services
from lms.courses.models import EnrolmentState
from lms.courses.views.base import bp
from lms.web.guard import current_actor, requires
from lms.web.headers import kept_page

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session


@bp.get("/belajar/<string:public_id>/materi/<string:lesson_id>")
@requires(Permission.LEARN)
def lesson_page(public_id: str, lesson_id: str) -> ResponseReturnValue:
    """Show a lesson; nothing is written, so opening it is no progress."""
    session, actor = current_session(), current_actor()
    mine = queries.get_own_enrolment(session, actor, public_id)
    if mine is None:
        raise NotFound(N_("Materi ini tidak ada."))
    outline = queries.get_outline(session, mine.version_id, mine.version_public_id)
    lesson = outline.lesson(lesson_id)
    if lesson is None:
        raise NotFound(N_("Materi ini tidak ada."))
    if not mine.reads:
        if mine.state is EnrolmentState.REQUESTED:
            raise Refused(N_("Kepesertaan Anda masih menunggu persetujuan atasan."))
        raise Refused(N_("Anda tidak terdaftar di pelatihan ini. Daftar dahulu dari halaman pelatihan."))
    standing = queries.standing_of(session, mine)
    contents = queries.list_contents(session, outline.version_id, mine.id)
    return kept_page(
        "courses/lesson.html",
        {
            "mine": mine,
            "outline": outline,
            "lesson": lesson,
            "standing": standing,
            "reading": standing.readings.get(lesson.id),
            "contents": contents,
            "following": next((item for item in contents if item.place != "before"), None),
        },
        # Published versions never change, so their ids name what stands in them.
        named_by={
            "outline": outline.version_public_id,
            "lesson": lesson.public_id,
            "standing": (standing.readings, standing.conditions),
        },
        derive=lambda: {
            **_shown(session, lesson),
            "before": outline.before(lesson),
            "after": outline.after(lesson),
        },
    )


def _shown(session: Session, lesson: queries.LessonLine) -> dict[str, Any]:
    """Return text, details and transcript of a lesson for its page; all were sanitised when they were loaded."""
    body = queries.get_lesson_body(session, lesson)
    return {
        "body": Markup(body.html),  # noqa: S704
        "details": body.details,
        "transcript": Markup(body.transcript_html),  # noqa: S704
    }


@bp.post("/belajar/<string:public_id>/materi/<string:lesson_id>/selesai")
@requires(Permission.LEARN)
def complete_lesson(public_id: str, lesson_id: str) -> ResponseReturnValue:
    """Mark a lesson as read and go on to the next; after the last, to the page of the course."""
    with transaction() as session:
        following = services.complete_lesson(session, current_actor(), public_id, lesson_id)
    if following is not None:
        return redirect(url_for("courses.lesson_page", public_id=public_id, lesson_id=following), code=303)
    return redirect(_after_the_last(public_id), code=303)


def _after_the_last(public_id: str) -> str:
    """Say what stands after the last lesson and return its address: the exam, or the page of the course."""
    session = current_session()
    mine = queries.get_own_enrolment(session, current_actor(), public_id)
    course = url_for("courses.enrolment_page", public_id=public_id)
    if mine is None or mine.state is EnrolmentState.COMPLETED:
        flash(_("Selamat! Anda menyelesaikan pelatihan ini."), "ok")
        return course
    standing = queries.standing_of(session, mine)
    left = standing.completion.lessons_total - standing.completion.lessons_done
    if left:
        flash(ngettext("%(num)d materi belum Anda baca.", "%(num)d materi belum Anda baca.", left), "info")
        return course
    contents = queries.list_contents(session, mine.version_id, mine.id)
    exam = next((one for one in contents if one.place != "before" and one.url and one.state in {"todo", "open"}), None)
    flash(_("Semua materi sudah Anda baca."), "ok")
    return exam.url if exam is not None else course


@bp.post("/belajar/<string:public_id>/posisi")
@requires(Permission.LEARN)
def save_position(public_id: str) -> ResponseReturnValue:
    """Keep the reading place that the page's script sends; a small JSON body, safe to repeat."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("materi"), str):
        raise Invalid(N_("Tempat baca itu tidak terbaca."))
    anchor = given.get("bagian")
    with transaction() as session:
        services.save_position(
            session,
            current_actor(),
            public_id,
            lesson_public_id=given["materi"][:26],
            anchor=anchor[:80] if isinstance(anchor, str) else "",
            permille=given.get("permil"),
        )
    return jsonify(tersimpan=True)
