"""Files of lessons: pictures, recordings, documents; parts of them for players that skip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from werkzeug.utils import send_file

from lms.core import storage
from lms.core.actor import Permission
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.courses import queries
from lms.courses.views.base import bp
from lms.web.guard import current_actor, requires

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from lms.courses.rules import FileContent

# Nothing in a file may run or load anything, whatever it holds.
FILE_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox"
_INLINE = ("image/", "video/", "audio/", "text/vtt")


def send_stored(file: FileContent) -> Response:
    """Return a stored file, or the part that a player asks for; documents come as downloads.

    The browser may keep it, but asks each time whether the person may still read it.
    """
    if not storage.exists(file.digest):
        raise NotFound(N_("Berkas ini tidak ada."))
    answer: Response = send_file(
        storage.path_of(file.digest),
        request.environ,
        mimetype=file.media_type,
        as_attachment=not file.media_type.startswith(_INLINE),
        download_name=file.name,
        conditional=True,
        etag=file.digest,
        last_modified=None,
    )  # type: ignore[assignment]
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


@bp.get("/belajar/<string:public_id>/materi/berkas/<string:file_name>")
@requires(Permission.LEARN)
def lesson_file(public_id: str, file_name: str) -> ResponseReturnValue:
    """Send a file of the version in which the actor learns."""
    session = current_session()
    mine = queries.get_own_enrolment(session, current_actor(), public_id)
    file = queries.get_version_file(session, mine.version_id, file_name) if mine is not None and mine.reads else None
    if file is None:
        raise NotFound(N_("Berkas ini tidak ada."))
    return send_stored(file)


@bp.get("/instruktur/susun/<string:public_id>/materi/berkas/<string:file_name>")
@bp.get("/instruktur/susun/<string:public_id>/pratinjau/berkas/<string:file_name>")
@requires(Permission.COURSE_MANAGE)
def draft_file(public_id: str, file_name: str) -> ResponseReturnValue:
    """Send a file of a draft to those who write it."""
    page = queries.get_draft(current_session(), current_actor(), public_id)
    file = next((one for one in page.files if one.name == file_name), None) if page is not None else None
    if file is None:
        raise NotFound(N_("Berkas ini tidak ada."))
    return send_stored(file)
