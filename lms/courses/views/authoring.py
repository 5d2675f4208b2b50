"""Instructors write: lists, a draft with its modules, lessons with preview, history, publishing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from lms.competencies.queries import competency_ids
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Conflict, Invalid, NotFound, Refused
from lms.core.richtext import render_markdown
from lms.core.text import N_
from lms.courses import queries, services
from lms.courses.forms import HeadForm, LessonForm, NewCourseForm
from lms.courses.models import DraftState
from lms.courses.rules import (
    Change,
    Fault,
    Quality,
    clean_details,
    content_difference,
    lesson_kind,
    lesson_kinds,
    text_difference,
)
from lms.courses.views.base import FAMILY_NAMES, FORM_NAMES, bp, send_xlsx, sheet_instant
from lms.web.fields import clean_text
from lms.web.filters import clock_time
from lms.web.forms import claim_once
from lms.web.guard import current_actor, requires
from lms.web.i18n import translate
from lms.web.incoming import page_argument, whole_argument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response
    from flask.typing import ResponseReturnValue

    from lms.courses.queries import DraftLessonPage, DraftPage

KIND_NAMES: dict[str, Any] = {
    "text": _l("Teks"),
    "image": _l("Gambar"),
    "video": _l("Video"),
    "audio": _l("Suara"),
    "file": _l("Berkas unduhan"),
    "slides": _l("Salindia (PDF)"),
    "link": _l("Tautan"),
}
KIND_ICONS = {
    "text": "book",
    "image": "eye",
    "video": "right",
    "audio": "mic",
    "file": "download",
    "slides": "sheet",
    "link": "share",
}
CHANGE_WORDS: dict[str, Any] = {
    "title": _l("Judul"),
    "family": _l("Rumpun"),
    "summary": _l("Ringkasan"),
    "audience": _l("Untuk siapa"),
    "form": _l("Bentuk pelatihan"),
    "jp": _l("JP"),
    "minutes": _l("Waktu belajar (menit)"),
    "description": _l("Tentang pelatihan"),
    "outcomes": _l("Hasil belajar"),
    "references": _l("Rujukan berubah"),
    "module_added": _l("Modul baru"),
    "module_removed": _l("Modul dibuang"),
    "module_title": _l("Judul modul"),
    "module_order": _l("Urutan modul berubah"),
    "lesson_added": _l("Materi baru"),
    "lesson_removed": _l("Materi dibuang"),
    "lesson_title": _l("Judul materi"),
    "lesson_kind": _l("Jenis materi"),
    "lesson_minutes": _l("Waktu materi (menit)"),
    "lesson_text": _l("Isi materi"),
    "lesson_details": _l("Berkas, transkrip, atau tautan materi"),
    "lesson_order": _l("Urutan materi berubah"),
    "file_added": _l("Berkas baru"),
    "file_removed": _l("Berkas dibuang"),
    "file_changed": _l("Berkas diganti"),
}
BLANK_OUTCOMES = 2
MAX_OUTCOMES = 12
EXPORT_LIMIT = 1000


def kind_name(kind: str) -> str:
    """Return what a kind of lesson is called."""
    return str(KIND_NAMES.get(kind, kind))


@bp.app_template_filter("jenis_materi")
def _kind_filter(kind: str) -> str:
    return kind_name(kind)


def own_draft(public_id: str) -> DraftPage:
    """Return a draft of the actor's units.

    Raises: NotFound: none such.
    """
    g.menu = "courses.author_list"
    page = queries.get_draft(current_session(), current_actor(), public_id)
    if page is None:
        raise NotFound(N_("Rancangan ini tidak ada, atau bukan milik unit Anda."))
    return page


def own_lesson(page: DraftPage, lesson_id: str) -> DraftLessonPage:
    """Return a lesson of a draft.

    Raises: NotFound: none such.
    """
    lesson = queries.get_draft_lesson(current_session(), page.id, lesson_id)
    if lesson is None:
        raise NotFound(N_("Materi ini tidak ada dalam rancangan ini."))
    return lesson


# Lists ---------------------------------------------------------------------------------------


def _asked_words() -> str:
    return " ".join(request.args.get("cari", "").split())[:60]


@bp.get("/instruktur/susun")
@requires(Permission.COURSE_MANAGE)
def author_list() -> ResponseReturnValue:
    """Show published courses of the actor's units, open drafts, or deleted ones; as `lihat` asks."""
    session, actor = current_session(), current_actor()
    view = request.args.get("lihat", "")
    view = view if view in {"terbit", "dihapus"} else "rancangan"
    words, page = _asked_words(), page_argument()
    offset = (page - 1) * queries.AUTHOR_PAGE
    rows: Any
    if view == "terbit":
        rows, total = queries.list_authored_courses(session, actor, words=words, offset=offset)
    else:
        state = DraftState.DELETED if view == "dihapus" else DraftState.OPEN
        rows, total = queries.list_drafts(session, actor, state=state, words=words, offset=offset)
    base = url_for("courses.author_list", lihat=view, cari=words or None)
    return render_template(
        "courses/author_list.html",
        view=view,
        rows=rows,
        total=total,
        words=words,
        page=page,
        pages=max(1, -(-total // queries.AUTHOR_PAGE)),
        page_href=f"{base}&hal={{page}}",
        families=FAMILY_NAMES,
        undo_days=services.UNDO_DAYS,
    )


@bp.get("/instruktur/susun/unduh")
@requires(Permission.COURSE_MANAGE)
def author_download() -> Response:
    """Send the published courses of the actor's units as a spreadsheet, under the page's words."""
    rows, _total = queries.list_authored_courses(
        current_session(), current_actor(), words=_asked_words(), limit=EXPORT_LIMIT
    )
    header = [
        _("Judul"),
        _("Kode"),
        _("Rumpun"),
        _("Unit pemilik"),
        _("Versi"),
        _("Terbit"),
        _("JP"),
        _("Rancangan diubah"),
    ]
    lines = [
        [
            row.title,
            row.code,
            str(FAMILY_NAMES.get(row.family, row.family)),
            row.unit_name,
            row.number,
            sheet_instant(row.published_at),
            row.credit_jp,
            sheet_instant(row.draft_updated_at),
        ]
        for row in rows
    ]
    return send_xlsx("pelatihan", _("Pelatihan"), header, lines, [44, 30, 24, 30, 8, 12, 6, 16])


@bp.route("/instruktur/susun/baru", methods=["GET", "POST"])
@requires(Permission.COURSE_MANAGE)
def author_new() -> ResponseReturnValue:
    """Begin a new course."""
    g.menu = "courses.author_list"
    form = NewCourseForm()
    form.rumpun.choices = list(FAMILY_NAMES.items())
    form.unit.choices = queries.list_author_units(current_session(), current_actor())
    if form.ok():
        with transaction() as session:
            claim_once(session)
            draft = services.start_draft(
                session,
                current_actor(),
                unit_code=form.unit.data,
                title=" ".join(form.judul.data.split()),
                family=form.rumpun.data,
                now=clock.now(),
            )
        flash(_("Rancangan dibuat. Isi keterangannya, lalu tulis materinya."), "ok")
        return redirect(url_for("courses.draft_head", public_id=draft.public_id), code=303)
    page = render_template("courses/author_new.html", form=form)
    return page, 422 if form.summary else 200


@bp.post("/instruktur/susun/pelatihan/<string:public_id>/rancang")
@requires(Permission.COURSE_MANAGE)
def draft_open(public_id: str) -> ResponseReturnValue:
    """Open the draft of a course, made from its present version when there is none."""
    with transaction() as session:
        draft = services.open_draft(session, current_actor(), public_id, now=clock.now())
    return redirect(url_for("courses.draft_page", public_id=draft.public_id), code=303)


# A draft -------------------------------------------------------------------------------------


@bp.get("/instruktur/susun/<string:public_id>")
@requires(Permission.COURSE_MANAGE)
def draft_page(public_id: str) -> ResponseReturnValue:
    """Show a draft: its modules and lessons with buttons, and what keeps it from being published."""
    page = own_draft(public_id)
    faults = services.draft_faults(current_session(), page) if page.state is DraftState.OPEN else []
    return render_template(
        "courses/draft.html",
        draft=page,
        faults=faults,
        quality=services.draft_quality(current_session(), page) if page.state is DraftState.OPEN else None,
        kinds=[(kind.name, kind_name(kind.name)) for kind in lesson_kinds() if kind.name in KIND_NAMES],
        icons=KIND_ICONS,
        families=FAMILY_NAMES,
        forms=FORM_NAMES,
    )


@bp.post("/instruktur/susun/<string:public_id>/atur")
@requires(Permission.COURSE_MANAGE)
def draft_arrange(public_id: str) -> ResponseReturnValue:
    """Move, remove or take back a module or a lesson; the button says which: `naik:<id>`."""
    own_draft(public_id)
    act, _sep, target = request.form.get("tombol", "").partition(":")
    acts: dict[str, Any] = {
        "naik": (services.move_lesson, {"step": -1}, ""),
        "turun": (services.move_lesson, {"step": 1}, ""),
        "buang": (services.remove_lesson, {}, _("Materi dibuang. Anda dapat memulihkannya di bawah.")),
        "pulihkan": (services.restore_lesson, {}, _("Materi dipulihkan.")),
        "modul-naik": (services.move_module, {"step": -1}, ""),
        "modul-turun": (services.move_module, {"step": 1}, ""),
        "modul-buang": (services.remove_module, {}, _("Modul dibuang. Anda dapat memulihkannya di bawah.")),
        "modul-pulihkan": (services.restore_module, {}, _("Modul dipulihkan.")),
    }
    if act not in acts:
        raise Invalid(N_("Tombol itu tidak dikenal. Buka lagi halamannya."))
    service, more, words = acts[act]
    try:
        with transaction() as session:
            service(session, current_actor(), public_id, target[:26], now=clock.now(), **more)
    except Refused as refused:
        flash(translate(refused.message), "bad")
    else:
        if words:
            flash(words, "ok")
    anchor = f"m-{target}" if act in {"naik", "turun", "modul-naik", "modul-turun"} else "isi-rancangan"
    return redirect(url_for("courses.draft_page", public_id=public_id, _anchor=anchor), code=303)


@bp.post("/instruktur/susun/<string:public_id>/modul")
@requires(Permission.COURSE_MANAGE)
def module_add(public_id: str) -> ResponseReturnValue:
    """Add a module."""
    try:
        with transaction() as session:
            claim_once(session)
            services.add_module(
                session, current_actor(), public_id, title=request.form.get("judul", ""), now=clock.now()
            )
    except Invalid as error:
        flash(translate(error.message), "bad")
    return redirect(url_for("courses.draft_page", public_id=public_id, _anchor="isi-rancangan"), code=303)


@bp.post("/instruktur/susun/<string:public_id>/modul/<string:module_id>")
@requires(Permission.COURSE_MANAGE)
def module_rename(public_id: str, module_id: str) -> ResponseReturnValue:
    """Give a module another title."""
    try:
        with transaction() as session:
            title = request.form.get("judul", "")
            services.rename_module(session, current_actor(), public_id, module_id, title=title, now=clock.now())
    except Invalid as error:
        flash(translate(error.message), "bad")
    return redirect(url_for("courses.draft_page", public_id=public_id, _anchor=f"m-{module_id}"), code=303)


@bp.post("/instruktur/susun/<string:public_id>/modul/<string:module_id>/materi")
@requires(Permission.COURSE_MANAGE)
def draft_lesson_add(public_id: str, module_id: str) -> ResponseReturnValue:
    """Add a lesson to a module and lead to its page."""
    try:
        with transaction() as session:
            claim_once(session)
            lesson = services.add_lesson(
                session,
                current_actor(),
                public_id,
                module_id,
                title=request.form.get("judul", ""),
                kind=request.form.get("jenis", "text"),
                now=clock.now(),
            )
    except Invalid as error:
        flash(translate(error.message), "bad")
        return redirect(url_for("courses.draft_page", public_id=public_id, _anchor=f"m-{module_id}"), code=303)
    return redirect(url_for("courses.draft_lesson_edit", public_id=public_id, lesson_id=lesson.public_id), code=303)


def _posted_outcomes() -> tuple[tuple[str, int, str], ...]:
    """Return the outcomes of the form; rows without a competency and a text are left out."""
    given = zip(
        request.form.getlist("kompetensi")[:MAX_OUTCOMES],
        request.form.getlist("level")[:MAX_OUTCOMES],
        request.form.getlist("janji")[:MAX_OUTCOMES],
        strict=False,
    )
    return tuple(
        (code[:20], int(level) if level in set("12345") else 1, " ".join(text.split())[:400])
        for code, level, text in given
        if code and text.strip()
    )


@bp.route("/instruktur/susun/<string:public_id>/keterangan", methods=["GET", "POST"])
@requires(Permission.COURSE_MANAGE)
def draft_head(public_id: str) -> ResponseReturnValue:
    """Edit title, summary, description, audience, form and outcomes."""
    page = own_draft(public_id)
    form = HeadForm(
        data={
            "versi": page.revision,
            "judul": page.title,
            "rumpun": page.family,
            "ringkasan": page.summary,
            "tentang": page.description_md,
            "sasaran": page.audience,
            "bentuk": str(page.learning_form),
        }
    )
    form.rumpun.choices = list(FAMILY_NAMES.items())
    form.bentuk.choices = [(str(number), name) for number, name in FORM_NAMES.items()]
    known = sorted(competency_ids(current_session()))
    posted = request.method == "POST"
    outcomes = _posted_outcomes() if posted else tuple((o["competency"], o["level"], o["text"]) for o in page.outcomes)
    changed = None
    if form.ok():
        if any(code not in known for code, _level, _text in outcomes):
            form.refuse(_("Pilih kompetensi dari daftar."))
        else:
            try:
                with transaction() as session:
                    services.save_head(
                        session,
                        current_actor(),
                        public_id,
                        form.to_command(outcomes),
                        revision=int(form.versi.data or 0),
                        now=clock.now(),
                    )
            except services.DraftChanged:
                changed = own_draft(public_id)
                form.versi.raw_data, form.versi.data = None, changed.revision
            else:
                flash(_("Keterangan pelatihan tersimpan."), "ok")
                return redirect(url_for("courses.draft_page", public_id=public_id), code=303)
    answer = render_template(
        "courses/draft_head.html",
        draft=page,
        form=form,
        outcomes=[*outcomes, *[("", 1, "")] * BLANK_OUTCOMES][:MAX_OUTCOMES],
        competencies=_competency_choices(known),
        changed=changed,
        difference=text_difference(changed.description_md, form.tentang.data or "") if changed else (),
    )
    return answer, 409 if changed else 422 if form.summary else 200


def _competency_choices(codes: list[str]) -> list[tuple[str, str]]:
    names = queries.competency_names(current_session(), codes)
    return [(code, f"{code} · {names.get(code, '')}") for code in codes]


# Lessons of a draft ----------------------------------------------------------------------------


def _lesson_form(lesson: DraftLessonPage) -> LessonForm:
    return LessonForm(
        data={
            "versi": lesson.revision,
            "judul": lesson.title,
            "menit": lesson.minutes,
            "isi": lesson.body_md,
            "alt": lesson.details.get("alt", ""),
            "transkrip": lesson.details.get("transcript", ""),
            "tautan": lesson.details.get("url", ""),
        }
    )


@bp.route("/instruktur/susun/<string:public_id>/materi/<string:lesson_id>", methods=["GET", "POST"])
@requires(Permission.COURSE_MANAGE)
def draft_lesson_edit(public_id: str, lesson_id: str) -> ResponseReturnValue:
    """Write a lesson; a text that comes too late is kept, and both are shown."""
    page = own_draft(public_id)
    lesson = own_lesson(page, lesson_id)
    form = _lesson_form(lesson)
    saved = None
    if form.ok():
        given = form.to_command(_kept_details(lesson))
        try:
            with transaction() as session:
                saved = services.save_lesson(
                    session,
                    current_actor(),
                    public_id,
                    lesson_id,
                    given,
                    revision=int(form.versi.data or 0),
                    now=clock.now(),
                )
        except Invalid as error:
            form.refuse(error)
        else:
            if not saved.is_late:
                flash(_("Materi tersimpan."), "ok")
                if request.form.get("lanjut") == "daftar":
                    return redirect(url_for("courses.draft_page", public_id=public_id), code=303)
                there = url_for("courses.draft_lesson_edit", public_id=public_id, lesson_id=lesson_id)
                return redirect(there, code=303)
            lesson = own_lesson(page, lesson_id)
            form.versi.raw_data, form.versi.data = None, lesson.revision
    kind = lesson_kind(lesson.kind)
    lines = page.lessons
    places = [one.public_id for one in lines]
    at = places.index(lesson_id) if lesson_id in places else -1
    answer = render_template(
        "courses/draft_lesson.html",
        draft=page,
        lesson=lesson,
        form=form,
        kind=kind,
        difference=text_difference(lesson.body_md, form.isi.data or "") if saved is not None else None,
        preview=_preview(form.isi.data or ""),
        transcript=Markup(queries.transcript_html(lesson.details)),  # noqa: S704 -- sanitised there
        before=lines[at - 1] if at > 0 else None,
        after=lines[at + 1] if 0 <= at < len(lines) - 1 else None,
    )
    return answer, 409 if saved is not None else 422 if form.summary else 200


def _kept_details(lesson: DraftLessonPage) -> dict[str, Any]:
    return {name: lesson.details[name] for name in ("file", "captions", "checks") if name in lesson.details}


def _preview(text: str) -> Markup:
    return Markup(render_markdown(text).html)  # noqa: S704 -- render_markdown sanitises what it returns


@bp.post("/instruktur/susun/<string:public_id>/materi/<string:lesson_id>/simpan")
@requires(Permission.COURSE_MANAGE)
def draft_lesson_autosave(public_id: str, lesson_id: str) -> ResponseReturnValue:
    """Save what the page's script sends while one writes; a JSON body, safe to repeat.

    A text that comes too late answers 409; it is kept in the history.
    """
    page = own_draft(public_id)
    lesson = own_lesson(page, lesson_id)
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("isi"), str):
        raise Invalid(N_("Teks itu tidak terbaca. Tekan Simpan."))
    minutes, title, revision = given.get("menit"), given.get("judul"), given.get("versi")
    details = dict(lesson.details)
    for name, field in (("alt", "alt"), ("transcript", "transkrip"), ("url", "tautan")):
        if isinstance(given.get(field), str):
            details[name] = given[field]
    text = services.LessonText(
        title=" ".join(title.split())[:200] if isinstance(title, str) and title.strip() else lesson.title,
        minutes=minutes if isinstance(minutes, int) and 1 <= minutes <= 600 else lesson.minutes,
        body_md=clean_text(given["isi"]),
        details=clean_details(details),
    )
    moment = clock.now()
    with transaction() as session:
        saved = services.save_lesson(
            session,
            current_actor(),
            public_id,
            lesson_id,
            text,
            revision=revision if isinstance(revision, int) else 0,
            now=moment,
        )
    if saved.is_late:
        words = _("Materi ini sudah disimpan di jendela lain. Teks Anda disimpan di riwayat.")
        return jsonify(versi=saved.revision, pesan=words), 409
    return jsonify(
        versi=saved.revision,
        pesan=_("Tersimpan pukul %(time)s", time=clock_time(moment)),
        html=str(_preview(text.body_md)),
    )


@bp.post("/instruktur/susun/<string:public_id>/materi/<string:lesson_id>/berkas")
@requires(Permission.COURSE_MANAGE)
def draft_file_add(public_id: str, lesson_id: str) -> ResponseReturnValue:
    """Take a file for a lesson: what it is built around, captions, or a picture for its text."""
    own_lesson(own_draft(public_id), lesson_id)
    there = url_for("courses.draft_lesson_edit", public_id=public_id, lesson_id=lesson_id)
    sent = request.files.get("berkas")
    purpose = request.form.get("untuk", "file")
    if sent is None or not sent.filename:
        flash(_("Pilih berkasnya dahulu."), "bad")
        return redirect(there, code=303)
    upload = services.Upload(
        stream=sent.stream,
        name=sent.filename,
        purpose=purpose if purpose in {"captions", "picture"} else "file",
        words=request.form.get("kata", ""),
    )
    try:
        with transaction() as session:
            services.attach_file(session, current_actor(), public_id, lesson_id, upload, now=clock.now())
    except Invalid as error:
        flash(translate(error.message), "bad")
    else:
        flash(_("Berkas tersimpan."), "ok")
    return redirect(there, code=303)


@bp.get("/instruktur/susun/<string:public_id>/pratinjau/<string:lesson_id>")
@requires(Permission.COURSE_MANAGE)
def draft_preview(public_id: str, lesson_id: str) -> ResponseReturnValue:
    """Show a lesson of a draft as a learner on a phone sees it."""
    page = own_draft(public_id)
    lesson = own_lesson(page, lesson_id)
    rendered = render_markdown(lesson.body_md)
    places = [one.public_id for one in page.lessons]
    return render_template(
        "courses/draft_preview.html",
        draft=page,
        lesson=lesson,
        kind=lesson_kind(lesson.kind),
        number=places.index(lesson_id) + 1 if lesson_id in places else 0,
        body=Markup(rendered.html),  # noqa: S704 -- sanitised by render_markdown
        transcript=Markup(queries.transcript_html(lesson.details)),  # noqa: S704 -- likewise
    )


@bp.get("/instruktur/susun/<string:public_id>/materi/<string:lesson_id>/riwayat")
@requires(Permission.COURSE_MANAGE)
def draft_lesson_texts(public_id: str, lesson_id: str) -> ResponseReturnValue:
    """Show what a lesson held before, each with its difference to the present text."""
    page = own_draft(public_id)
    lesson = own_lesson(page, lesson_id)
    texts = queries.list_texts(current_session(), lesson.id)
    chosen = next((one for one in texts if one.public_id == request.args.get("teks")), texts[0] if texts else None)
    return render_template(
        "courses/draft_texts.html",
        draft=page,
        lesson=lesson,
        texts=texts,
        chosen=chosen,
        lines=text_difference(lesson.body_md, chosen.body_md) if chosen is not None else (),
    )


@bp.post("/instruktur/susun/<string:public_id>/materi/<string:lesson_id>/riwayat/<string:text_id>")
@requires(Permission.COURSE_MANAGE)
def draft_text_restore(public_id: str, lesson_id: str, text_id: str) -> ResponseReturnValue:
    """Put an older text back; the present one goes to the history."""
    with transaction() as session:
        services.restore_text(session, current_actor(), public_id, lesson_id, text_id, now=clock.now())
    flash(_("Teks lama dipakai lagi. Teks sebelumnya ada di riwayat."), "ok")
    return redirect(url_for("courses.draft_lesson_edit", public_id=public_id, lesson_id=lesson_id), code=303)


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A fault with where it is and where to mend it."""

    place: str
    text: str
    href: str = ""


FAULT_PLACES: dict[str, Any] = {
    "title": _l("Judul"),
    "summary": _l("Ringkasan"),
    "description": _l("Tentang pelatihan"),
    "audience": _l("Untuk siapa"),
    "outcomes": _l("Hasil belajar"),
    "modules": _l("Modul dan materi"),
    "minutes": _l("Waktu belajar"),
}


def fault_lines(page: DraftPage, faults: Sequence[Fault]) -> list[FaultLine]:
    """Return faults of a draft with the page on which each is mended."""
    lessons = page.lessons
    found = []
    for fault in faults:
        number = fault.file.removeprefix("lessons/").partition("-")[0]
        if fault.file.startswith("lessons/") and number.isdigit() and int(number) <= len(lessons):
            lesson = lessons[int(number) - 1]
            href = url_for("courses.draft_lesson_edit", public_id=page.public_id, lesson_id=lesson.public_id)
            place = f"{lesson.title}, {fault.place}" if fault.place else lesson.title
            found.append(FaultLine(place, fault.text, href))
            continue
        name = fault.place.partition("[")[0].partition(".")[0]
        there = "courses.draft_page" if name in {"modules", "minutes"} else "courses.draft_head"
        place = str(FAULT_PLACES.get(name, fault.place or _("Pelatihan")))
        found.append(FaultLine(place, fault.text, url_for(there, public_id=page.public_id)))
    return found


FINDING_WORDS: dict[str, Any] = {
    "heading_order": _l("Judul bagian “%(a)s” melompat dari tingkat %(c)s ke tingkat %(b)s."),
    "no_headings": _l("Teks panjang tanpa judul bagian. Bagi dengan ## judul."),
    "no_alt": _l("Gambar %(a)s belum punya teks pengganti."),
    "empty_alt": _l("Teks pengganti “%(a)s” tidak memberi tahu apa yang terlihat."),
    "dead_picture": _l("Gambar %(a)s tidak ada dalam rancangan ini."),
    "heavy_picture": _l("Gambar %(a)s berukuran %(b)s KB. Perkecil bagi yang bersinyal lemah."),
    "empty_link": _l("Tautan bertulisan “%(a)s”. Sebutkan ke mana tautan itu menuju."),
    "dead_link": _l("Tautan “%(a)s” menuju %(b)s, yang tidak ada."),
    "mean_words": _l("Rata-rata %(a)s kata per kalimat. Usahakan paling banyak %(b)s."),
    "long_sentences": _l("%(a)s kalimat lebih dari %(b)s kata. Pecah menjadi dua."),
    "long_lesson": _l("Materi ini %(a)s kata. Bagi menjadi dua materi."),
    "long_time": _l("Materi ini %(a)s menit. Usahakan paling lama %(b)s menit sekali duduk."),
    "only_captions": _l("Hanya ada teks terjemahan. Tambah transkrip agar dapat dibaca tanpa memutarnya."),
    "heavy_lesson": _l("Materi ini %(a)s MB. Kecilkan videonya."),
    "no_audience": _l("Isi untuk siapa pelatihan ini."),
    "no_references": _l("Belum ada rujukan."),
    "empty_module": _l("Modul “%(a)s” belum berisi materi."),
    "no_text": _l("Tidak ada satu pun materi berupa teks. Orang tanpa sinyal kuat tidak dapat belajar."),
}


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding of the content checker in words, with the page on which it is mended."""

    place: str
    text: str
    is_warning: bool
    href: str = ""


def finding_lines(page: DraftPage, quality: Quality) -> list[FindingLine]:
    """Return findings in words, warnings first."""
    lessons = {lesson.code: lesson for lesson in page.lessons}
    found = []
    for one in quality.findings:
        values = dict(zip("abc", one.values, strict=False))
        lesson = lessons.get(one.lesson)
        href = url_for("courses.draft_head", public_id=page.public_id)
        if lesson is not None:
            href = url_for("courses.draft_lesson_edit", public_id=page.public_id, lesson_id=lesson.public_id)
        place = lesson.title if lesson is not None else _("Pelatihan")
        found.append(FindingLine(place, str(FINDING_WORDS[one.rule]) % values, one.severity == "warning", href))
    return sorted(found, key=lambda line: not line.is_warning)


# Publishing and versions -----------------------------------------------------------------------


def _changes(page: DraftPage) -> tuple[int | None, tuple[Change, ...]]:
    """Return the number of the present version and what the draft changes in it; (None, ()) for a new course."""
    session = current_session()
    if page.course_public_id is None:
        return None, ()
    found = queries.get_authored_course(session, current_actor(), page.course_public_id)
    if found is None:
        raise NotFound(N_("Pelatihan ini tidak ada, atau bukan milik unit Anda."))
    _course, version = found
    before = queries.version_content(session, version.id)
    return version.number, content_difference(before, queries.draft_content(session, page))


@bp.route("/instruktur/susun/<string:public_id>/terbitkan", methods=["GET", "POST"])
@requires(Permission.COURSE_MANAGE)
def draft_publish(public_id: str) -> ResponseReturnValue:
    """Show what a new version would change, then publish it."""
    if request.method == "POST":
        number = request.form.get("dasar", type=int)
        try:
            with transaction() as session:
                course = services.publish_draft(
                    session, current_actor(), public_id, base_number=number, now=clock.now()
                )
        except (Invalid, Conflict) as error:
            flash(translate(error.message), "bad")
            return redirect(url_for("courses.draft_publish", public_id=public_id), code=303)
        flash(_("Versi baru terbit. Pendaftar baru memakai versi ini."), "ok")
        return redirect(url_for("courses.author_course", public_id=course.public_id), code=303)
    page = own_draft(public_id)
    if page.state is not DraftState.OPEN:
        raise Refused(N_("Rancangan ini sudah tidak terbuka."))
    number, changes = _changes(page)
    quality = services.draft_quality(current_session(), page)
    return render_template(
        "courses/draft_publish.html",
        draft=page,
        faults=fault_lines(page, services.draft_faults(current_session(), page)),
        number=number,
        changes=changes,
        words=CHANGE_WORDS,
        say=_shown_value,
        learning=queries.count_learning(current_session(), page.course_id) if page.course_id else 0,
        quality=quality,
        findings=finding_lines(page, quality),
    )


def _shown_value(what: str, value: str) -> str:
    """Return a short value of a change in words."""
    if what == "family":
        return str(FAMILY_NAMES.get(value, value))
    if what == "form" and value.isdigit():
        return str(FORM_NAMES.get(int(value), value))
    return kind_name(value) if what == "lesson_kind" else value


@bp.get("/instruktur/susun/pelatihan/<string:public_id>")
@requires(Permission.COURSE_MANAGE)
def author_course(public_id: str) -> ResponseReturnValue:
    """Show the versions of a course, and the difference between two of them."""
    session = current_session()
    g.menu = "courses.author_list"
    found = queries.get_authored_course(session, current_actor(), public_id)
    if found is None:
        raise NotFound(N_("Pelatihan ini tidak ada, atau bukan milik unit Anda."))
    course, version = found
    versions = queries.list_versions(session, course.id)
    numbers = {one.number: one for one in versions}
    new = numbers.get(whole_argument("ke") or 0, versions[0])
    earlier = [one for one in versions if one.number < new.number]
    old = numbers.get(whole_argument("dari") or 0, earlier[0] if earlier else None)
    changes: tuple[Change, ...] = ()
    if old is not None and old.id != new.id:
        changes = content_difference(queries.version_content(session, old.id), queries.version_content(session, new.id))
    draft = queries.get_open_draft_of(session, course.id)
    return render_template(
        "courses/author_course.html",
        course=course,
        version=version,
        versions=versions,
        old=old,
        new=new,
        changes=changes,
        words=CHANGE_WORDS,
        say=_shown_value,
        draft=draft,
    )


@bp.route("/instruktur/susun/<string:public_id>/hapus", methods=["GET", "POST"])
@requires(Permission.COURSE_MANAGE)
def draft_delete(public_id: str) -> ResponseReturnValue:
    """Ask, then delete a draft; it can be taken back from the list."""
    if request.method == "POST":
        with transaction() as session:
            services.delete_draft(session, current_actor(), public_id, now=clock.now())
        flash(_("Rancangan dihapus. Anda dapat memulihkannya dari daftar ini."), "ok")
        return redirect(url_for("courses.author_list", lihat="dihapus"), code=303)
    return render_template("courses/draft_delete.html", draft=own_draft(public_id), undo_days=services.UNDO_DAYS)


@bp.post("/instruktur/susun/<string:public_id>/pulihkan")
@requires(Permission.COURSE_MANAGE)
def draft_restore(public_id: str) -> ResponseReturnValue:
    """Take a deleted draft back."""
    with transaction() as session:
        services.restore_draft(session, current_actor(), public_id, now=clock.now())
    flash(_("Rancangan dipulihkan."), "ok")
    return redirect(url_for("courses.draft_page", public_id=public_id), code=303)
