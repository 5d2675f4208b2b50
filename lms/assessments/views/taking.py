"""Pages of one who takes an assessment: start, questions, saving, check, hand in."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lms.assessments import queries, services
from lms.assessments.models import AssessmentKind
from lms.assessments.rules import Outcome, Phase, SittingRefusal, StartRefusal, start_refusal
from lms.assessments.services import REFUSALS, SITTING_REFUSALS
from lms.assessments.views.blueprint import bp
from lms.assessments.views.shown import response_words, shown_question
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound
from lms.core.text import N_
from lms.web.csrf import csrf_token
from lms.web.filters import clock_time
from lms.web.guard import current_actor, requires
from lms.web.i18n import translate

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import MultiDict

    from lms.assessments.queries import Place, SheetHead
    from lms.assessments.services import Saved

MAX_BYTES = 8192
ABSENT = N_("Ujian itu tidak ada, atau bukan milik Anda.")


def _sheet(public_id: str) -> SheetHead:
    head = queries.get_sheet(current_session(), current_actor(), public_id)
    if head is None:
        raise NotFound(ABSENT)
    return head


@bp.get("/belajar/<string:enrolment_public_id>/asesmen/<string:code>")
@requires(Permission.LEARN)
def start(enrolment_public_id: str, code: str) -> ResponseReturnValue:
    """Show the rules in words, what is left, and the one button."""
    session, actor, now = current_session(), current_actor(), clock.now()
    facts = queries.get_assessment(session, actor, enrolment_public_id, code)
    if facts is None:
        raise NotFound(ABSENT)
    attempts = queries.list_attempts(session, assessment_id=facts.id, enrolment_id=facts.enrolment_id)
    ready = len(queries.list_candidates(session, bank_id=facts.bank_id, kind=facts.kind))
    place = queries.place_of(session, facts, employee_id=actor.employee_id or -1, now=now)
    sitting = queries.sitting_of(session, facts, attempts, items_ready=ready, extra_attempts=place.plan.extra_attempts)
    running = next((line for line in attempts if line.phase(now) in {Phase.RUNNING, Phase.PAUSED}), None)
    refusal = None if running else start_refusal(sitting, now=now)
    # The code is asked for with the press on the button.
    barred = None if running or refusal else place.refusal(
        now=now, typed=place.access_code, address=request.remote_addr or ""
    )  # fmt: skip
    return render_template(
        "assessments/start.html", facts=facts, attempts=attempts, sitting=sitting, running=running, now=now,
        refusal=_why_not(refusal, barred),
        place=place, plan=place.plan, is_soon=barred is SittingRefusal.NOT_OPEN,
        is_pretest=facts.kind is AssessmentKind.PRETEST,
        phases={line.id: line.phase(now) for line in attempts}, over=Phase.OVER,
        ends_at=place.plan.deadline(now), is_cut=place.plan.is_cut(now),
    )  # fmt: skip


def _why_not(refusal: StartRefusal | None, barred: SittingRefusal | None) -> str | None:
    if refusal is not None:
        return translate(REFUSALS[refusal])
    return translate(SITTING_REFUSALS[barred]) if barred is not None else None


@bp.post("/belajar/<string:enrolment_public_id>/asesmen/<string:code>")
@requires(Permission.LEARN)
def begin(enrolment_public_id: str, code: str) -> ResponseReturnValue:
    """Start, or go on with, one's attempt."""
    with transaction() as session:
        public_id = services.start_attempt(
            session, current_actor(), enrolment_public_id=enrolment_public_id, code=code, now=clock.now(),
            access_code=request.form.get("kode", "")[:40], address=request.remote_addr or "",
        )  # fmt: skip
    return redirect(url_for("assessments.resume", public_id=public_id), code=303)


@bp.get("/ujian/<string:public_id>")
@requires(Permission.LEARN)
def resume(public_id: str) -> ResponseReturnValue:
    """Lead back to the first question without a response, or to the result."""
    head = _sheet(public_id)
    if head.phase(clock.now()) is Phase.OVER:
        return redirect(url_for("assessments.result", public_id=public_id), code=303)
    places = queries.list_places(current_session(), head.id)
    empty = next((place.number for place in places if not place.is_answered), None)
    if empty is None:
        return redirect(url_for("assessments.check", public_id=public_id), code=303)
    return redirect(url_for("assessments.question", public_id=public_id, number=empty), code=303)


def _frame(head: SheetHead, places: list[Place], now: datetime) -> dict[str, Any]:
    """Return what the exam's pages share: time, save state, map."""
    saved = [place.saved_at for place in places if place.saved_at is not None]
    return {
        "head": head,
        "total": len(places),
        "seconds": head.seconds_left(now),
        "last_saved_at": max(saved, default=None),
        "marks": [
            {
                "number": place.number, "answered": place.is_answered, "doubtful": place.is_flagged,
                "href": url_for("assessments.question", public_id=head.public_id, number=place.number),
            }
            for place in places
        ],
        "answered": sum(place.is_answered and not place.is_flagged for place in places),
        "doubtful": sum(place.is_flagged for place in places),
        "empty": sum(not place.is_answered and not place.is_flagged for place in places),
    }  # fmt: skip


def _over(head: SheetHead, now: datetime) -> ResponseReturnValue | None:
    """Return where to go when the time is up, or None while it runs."""
    where = head.phase(now)
    if where is Phase.OVER:
        return redirect(url_for("assessments.result", public_id=head.public_id), code=303)
    if where is Phase.GRACE:
        return render_template("assessments/time_up.html", head=head)
    if where is Phase.PAUSED:
        return render_template(
            "assessments/paused.html", head=head, seconds=head.seconds_left(now),
            answered=sum(place.is_answered for place in queries.list_places(current_session(), head.id)),
        )  # fmt: skip
    return None


@bp.get("/ujian/<string:public_id>/<int(max=9999):number>")
@requires(Permission.LEARN)
def question(public_id: str, number: int) -> ResponseReturnValue:
    """Show one question."""
    head, now, session = _sheet(public_id), clock.now(), current_session()
    if (elsewhere := _over(head, now)) is not None:
        return elsewhere
    item = queries.get_sheet_item(session, head.id, number)
    if item is None:
        raise NotFound(N_("Nomor soal itu tidak ada dalam ujian ini."))
    other = queries.get_other_version(session, item.id) if item.has_conflict else None
    other_words = response_words(item.kind, item.body, other.payload, item.option_order) if other else ""
    return render_template(
        "assessments/question.html", question=shown_question(item), other=other, other_words=other_words,
        client_id=f"form:{secrets.token_hex(6)}:{item.revision}",
        **_frame(head, queries.list_places(session, head.id), now),
    )  # fmt: skip


@bp.post("/ujian/<string:public_id>/<int(max=9999):number>")
@requires(Permission.LEARN)
def answer(public_id: str, number: int) -> ResponseReturnValue:
    """Save what the form says and go on; the way without JavaScript."""
    form = request.form
    response = services.Response(
        question=form.get("soal", ""),
        codes=_codes(form),
        text=form.get("teks", ""),
        is_flagged="ragu" in form,
        base_revision=_whole(form.get("revisi", "")),
        client_id=form.get("kirim", ""),
        settles="dua_versi" in form,
    )
    with transaction() as session:
        saved = services.save_response(session, current_actor(), attempt=public_id, response=response, now=clock.now())
    if saved.outcome is Outcome.CLOSED:
        flash(_("Waktu ujian sudah habis. Jawaban soal %(number)s datang sesudahnya.", number=number), "bad")
        return redirect(url_for("assessments.result", public_id=public_id), code=303)
    if saved.outcome is Outcome.CONFLICT:
        return redirect(url_for("assessments.question", public_id=public_id, number=number), code=303)
    total = _whole(form.get("jumlah", ""))
    if number < total:
        return redirect(url_for("assessments.question", public_id=public_id, number=number + 1), code=303)
    return redirect(url_for("assessments.check", public_id=public_id), code=303)


def _codes(form: MultiDict[str, str]) -> list[str]:
    """Return what was chosen, and what was typed into gaps as `code=words`; a list left alone sends nothing."""
    typed = [f"{name[6:]}={value}" for name, value in form.items() if name.startswith("isian-") and value.strip()]
    return [one for one in form.getlist("jawaban") if one] + typed


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _answer_json(body: dict[str, Any], status: int = 200) -> Response:
    plain = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(plain, status=status, content_type="application/json")


@bp.post("/ujian/<string:public_id>/simpan")
@requires(Permission.LEARN)
def save(public_id: str) -> ResponseReturnValue:
    """Save one response sent by the page's script; small, and answered only after the commit."""
    response = _posted()
    with transaction() as session:
        saved = services.save_response(session, current_actor(), attempt=public_id, response=response, now=clock.now())
    body = _saved_body(saved)
    if saved.outcome is Outcome.CLOSED:
        body |= {"code": "closed", "message": _("Waktu ujian sudah habis. Jawaban ini datang sesudahnya.")}
        return _answer_json(body, 410)
    if saved.outcome is Outcome.CONFLICT:
        body |= {
            "code": "two_versions", "o": (saved.payload or {}).get("options", []),
            "t": (saved.payload or {}).get("text", ""), "f": saved.is_flagged,
        }  # fmt: skip
        return _answer_json(body, 409)
    return _answer_json(body)


def _saved_body(saved: Saved) -> dict[str, Any]:
    at = saved.saved_at
    return {
        "saved_at": at.isoformat(timespec="seconds") if at else None,
        "at": clock_time(at, label=False) if at else "",
        "revision": saved.revision,
        "seconds_left": saved.seconds_left,
    } | ({"paused": True} if saved.is_paused else {})


def _posted() -> services.Response:
    """Return the response of a small JSON body.

    Raises: Invalid: not JSON of the known form, or too large.
    """
    sent = request.get_json(silent=True) if (request.content_length or 0) <= MAX_BYTES else None
    if not isinstance(sent, dict):
        raise Invalid(services.BAD)
    codes, base = sent.get("o", []), sent.get("b", 0)
    texts = [sent.get("q"), sent.get("t", ""), sent.get("c")]
    if (
        not isinstance(codes, list)
        or not all(isinstance(one, str) for one in [*codes, *texts])
        or isinstance(base, bool)
        or not isinstance(base, int)
    ):
        raise Invalid(services.BAD)
    return services.Response(
        question=sent["q"], codes=codes, text=sent.get("t", ""), is_flagged=sent.get("f") is True,
        base_revision=base, client_id=sent["c"], settles=sent.get("k") is True,
    )  # fmt: skip


@bp.get("/ujian/<string:public_id>/keadaan")
@requires(Permission.LEARN)
def state(public_id: str) -> ResponseReturnValue:
    """Return what the server holds now: revisions, time left, and a token for a renewed log-in."""
    head, now = _sheet(public_id), clock.now()
    places = queries.list_places(current_session(), head.id)
    return _answer_json({
        "seconds_left": head.seconds_left(now),
        "phase": head.phase(now).value,
        "token": csrf_token(),
        "notice": head.notice,
        "items": {place.public_id: place.revision for place in places},
    })  # fmt: skip


@bp.get("/ujian/<string:public_id>/lembar")
@requires(Permission.LEARN)
def sheet(public_id: str) -> ResponseReturnValue:
    """Return all questions as the page draws them, so that a lost line stops nobody.

    No key and no feedback: the same parts as on each question's own page.
    """
    head, now = _sheet(public_id), clock.now()
    if head.phase(now) is not Phase.RUNNING:
        return _answer_json({"items": []})
    items = [shown_question(item) for item in queries.list_sheet_items(current_session(), head.id)]
    drawn = [
        {
            "n": item.number, "q": item.public_id, "r": item.revision, "f": item.is_flagged, "k": item.has_conflict,
            "o": list(item.codes), "t": item.text,
            "html": render_template("assessments/_fields.html", question=item),
        }
        for item in items
    ]  # fmt: skip
    return _answer_json({"items": drawn})


@bp.get("/ujian/<string:public_id>/periksa")
@requires(Permission.LEARN)
def check(public_id: str) -> ResponseReturnValue:
    """Show what is unanswered or doubtful before handing in."""
    head, now, session = _sheet(public_id), clock.now(), current_session()
    if (elsewhere := _over(head, now)) is not None:
        return elsewhere
    places = queries.list_places(session, head.id)
    return render_template(
        "assessments/check.html",
        unanswered=[place for place in places if not place.is_answered],
        flagged=[place for place in places if place.is_flagged],
        conflicts=[place for place in places if place.has_conflict],
        given=sum(place.is_answered for place in places),
        receipt=queries.get_receipt(session, head.id),
        **_frame(head, places, now),
    )


@bp.post("/ujian/<string:public_id>/kumpulkan")
@requires(Permission.LEARN)
def hand_in(public_id: str) -> ResponseReturnValue:
    """Hand in; a second press leads to the same result."""
    with transaction() as session:
        services.submit_attempt(session, current_actor(), public_id=public_id, now=clock.now())
    return redirect(url_for("assessments.result", public_id=public_id), code=303)
