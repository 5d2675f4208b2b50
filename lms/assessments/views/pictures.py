"""Pictures of questions, for those who meet the question and those who manage it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from lms.assessments import queries
from lms.assessments.views.blueprint import bp
from lms.core import storage
from lms.core.actor import Permission
from lms.core.db import current_session
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.web.guard import current_actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/berkas-soal/<string:public_id>")
@requires(Permission.LEARN, Permission.ASSESSMENT_MANAGE)
def show_picture(public_id: str) -> ResponseReturnValue:
    """Send a picture of a question; only known kinds of pictures are ever kept."""
    picture = queries.get_picture(current_session(), current_actor(), public_id)
    if picture is None:
        raise NotFound(N_("Gambar itu tidak ada, atau bukan bagian soal Anda."))
    return Response(storage.read(picture.digest), content_type=picture.media_type)
