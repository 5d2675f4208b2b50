"""Courses as one file: export, import with a look at what it holds, copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, g, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer

from lms.core import clock, storage
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound
from lms.core.text import N_
from lms.courses import queries, services
from lms.courses.forms import CourseCopyForm, PackageForm
from lms.courses.views.authoring import own_draft
from lms.courses.views.base import FAMILY_NAMES, bp
from lms.web.forms import claim_once, uploaded
from lms.web.guard import current_actor, requires
from lms.web.i18n import translate

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

_LOOK_SECONDS = 3600


def _package(data: bytes, code: str, number: int | None) -> Response:
    answer = make_response(data)
    answer.headers["Content-Type"] = "application/zip"
    name = f"{code}-v{number}" if number else f"{code}-rancangan"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.bina.zip"'
    return answer


@bp.get("/instruktur/susun/pelatihan/<string:public_id>/ekspor/<int(max=100000):number>")
@requires(Permission.COURSE_MANAGE)
def author_export(public_id: str, number: int) -> ResponseReturnValue:
    """Send a version of a course as one file, with its exam and bank."""
    session = current_session()
    found = queries.get_authored_course(session, current_actor(), public_id)
    if found is None:
        raise NotFound(N_("Pelatihan ini tidak ada, atau bukan milik unit Anda."))
    course, _version = found
    version = next((one for one in queries.list_versions(session, course.id) if one.number == number), None)
    if version is None:
        raise NotFound(N_("Versi ini tidak ada."))
    return _package(services.export_version(session, version.id), course.code, number)


@bp.get("/instruktur/susun/<string:public_id>/ekspor")
@requires(Permission.COURSE_MANAGE)
def draft_export(public_id: str) -> ResponseReturnValue:
    """Send a draft as one file."""
    page = own_draft(public_id)
    return _package(services.export_draft(current_session(), page), page.code, None)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="course-file")


def _kept_file(token: str) -> bytes:
    """Return the file that the same person uploaded a moment ago.

    Raises: Invalid: the look at it is too long ago, or another person's.
    """
    try:
        account_id, digest = _signer().loads(token, max_age=_LOOK_SECONDS)
    except (BadData, ValueError) as error:
        raise Invalid(N_("Pratinjau ini sudah kedaluwarsa. Unggah berkasnya lagi.")) from error
    if account_id != current_actor().account_id or not storage.exists(digest):
        raise Invalid(N_("Pratinjau ini sudah kedaluwarsa. Unggah berkasnya lagi."))
    return storage.read(digest)


@bp.route("/instruktur/susun/impor", methods=["GET", "POST"])
@requires(Permission.COURSE_MANAGE)
def author_import() -> ResponseReturnValue:
    """Take a course file, show what it holds, then make a draft of it; nothing is published."""
    g.menu = "courses.author_list"
    session = current_session()
    form = PackageForm()
    form.unit.choices = queries.list_author_units(session, current_actor())
    package, token = None, ""
    if form.ok():
        try:
            if form.berkas_tersimpan.data:
                data = _kept_file(form.berkas_tersimpan.data)
                with transaction() as session:
                    claim_once(session)
                    draft = services.import_package(
                        session, current_actor(), data, unit_code=form.unit.data, now=clock.now()
                    )
                flash(_("Rancangan dibuat dari berkas. Periksa, lalu terbitkan."), "ok")
                return redirect(url_for("courses.draft_page", public_id=draft.public_id), code=303)
            sent = uploaded(form.berkas)
            if sent is None:
                raise Invalid(fields={"berkas": N_("Pilih berkas pelatihan dahulu.")})
            data = sent.stream.read(services.MAX_ARCHIVE + 1)
            package = services.read_package(session, data)
            if package.content is not None:
                digest = storage.put(data, media_type="application/zip", name="pelatihan.zip")
                token = str(_signer().dumps([current_actor().account_id, digest]))
        except Invalid as error:
            form.refuse(error)
    page = render_template(
        "courses/author_import.html",
        form=form,
        package=package,
        token=token,
        families=FAMILY_NAMES,
        code_is_taken=bool(
            package and package.content and queries.exists_course_code(current_session(), package.content.code)
        ),
    )
    return page, 422 if form.summary or (package is not None and package.faults) else 200


@bp.route("/instruktur/susun/pelatihan/<string:public_id>/salin", methods=["GET", "POST"])
@requires(Permission.COURSE_MANAGE)
def author_copy(public_id: str) -> ResponseReturnValue:
    """Make a draft of a new course from a published one."""
    g.menu = "courses.author_list"
    found = queries.get_authored_course(current_session(), current_actor(), public_id)
    if found is None:
        raise NotFound(N_("Pelatihan ini tidak ada, atau bukan milik unit Anda."))
    _course, version = found
    form = CourseCopyForm(data={"judul": _("Salinan %(title)s", title=version.title)[:200]})
    if form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                draft = services.copy_course(
                    session, current_actor(), public_id, title=form.judul.data, now=clock.now()
                )
        except Invalid as error:
            flash(translate(error.message), "bad")
        else:
            flash(_("Salinan menjadi rancangan baru. Ubah seperlunya, lalu terbitkan."), "ok")
            return redirect(url_for("courses.draft_page", public_id=draft.public_id), code=303)
    page = render_template("courses/author_copy.html", form=form, public_id=public_id, title=version.title)
    return page, 422 if form.summary else 200
