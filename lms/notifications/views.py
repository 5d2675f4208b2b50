"""One's own notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import NotFound
from lms.core.text import N_
from lms.identity.services import register_action_labels
from lms.notifications import queries, services
from lms.notifications.rules import ALWAYS_AT_ONCE, Topic, Way
from lms.web import home, menus
from lms.web.guard import authenticated, current_actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

bp = Blueprint("notifications", __name__)
TOPIC_NAMES: dict[Topic, tuple[Any, Any]] = {
    Topic.LEARNING: (_l("Pelatihan"), _l("Persetujuan, tempat duduk, klaim JP")),
    Topic.DEADLINES: (_l("Batas waktu"), _l("Pengingat 14, 3, dan 1 hari sebelumnya, dan pada harinya")),
    Topic.EXAMS: (_l("Ujian"), _l("Hasil, penilaian, dan perubahan jadwal")),
    Topic.CERTIFICATES: (_l("Sertifikat"), _l("Terbit, dicabut, hampir berakhir")),
    Topic.COMPETENCIES: (_l("Kompetensi"), _l("Penilaian baru tentang Anda")),
    Topic.MENTORING: (_l("Mentoring"), _l("Pasangan dan sesi")),
    Topic.COMMUNITY: (_l("Komunitas"), _l("Jawaban dan sebutan")),
    Topic.ACCESS: (_l("Akun dan kewenangan"), _l("Kata sandi, faktor kedua, penunjukan")),
}
WAY_NAMES: dict[Way, Any] = {
    Way.AT_ONCE: _l("Surel saat itu juga"),
    Way.DAILY: _l("Satu surel sehari"),
    Way.NEVER: _l("Tanpa surel"),
}


@bp.get("/pemberitahuan")
@authenticated
def notice_list() -> ResponseReturnValue:
    """Show the notices, newest first."""
    unread_only = request.args.get("tampil") == "baru"
    before = request.args.get("sebelum", "")[:26]
    session, actor = current_session(), current_actor()
    rows = queries.list_notices(session, actor, unread_only=unread_only, before=before or None, limit=queries.PAGE + 1)
    more = rows[queries.PAGE - 1].public_id if len(rows) > queries.PAGE else None
    return render_template(
        "notifications/notice_list.html",
        rows=rows[: queries.PAGE],
        unread_only=unread_only,
        more=more,
        first=not before,
        unread=queries.count_unread(session, actor.employee_id or 0),
    )


@bp.post("/pemberitahuan/<string:public_id>/dibaca")
@authenticated
def mark_read(public_id: str) -> ResponseReturnValue:
    """Mark one notice as read and go on to what it is about."""
    with transaction() as session:
        url = services.mark_read(session, current_actor(), public_id, now=clock.now())
    return redirect(url or url_for("notifications.notice_list"), code=303)


@bp.post("/pemberitahuan/dibaca")
@authenticated
def mark_all_read() -> ResponseReturnValue:
    """Mark all notices as read."""
    with transaction() as session:
        services.mark_all_read(session, current_actor(), now=clock.now())
    flash(_("Semua pemberitahuan ditandai sudah dibaca."), "ok")
    return redirect(url_for("notifications.notice_list"), code=303)


def _employee_id() -> int:
    employee_id = current_actor().employee_id
    if employee_id is None:
        raise NotFound(N_("Halaman ini untuk akun pegawai."))
    return employee_id


def _way(name: str) -> Way | None:
    value = request.form.get(name, "")
    return Way(value) if value in set(Way) else None


@bp.get("/pemberitahuan/pilihan")
@authenticated
def choices() -> ResponseReturnValue:
    """Show how mail about each topic reaches the person."""
    return render_template(
        "notifications/choices.html",
        choices=queries.list_choices(current_session(), _employee_id()),
        topics=TOPIC_NAMES,
        ways=WAY_NAMES,
    )


@bp.post("/pemberitahuan/pilihan")
@authenticated
def choose() -> ResponseReturnValue:
    """Keep the person's choices; what the office locked stays."""
    _employee_id()
    wanted = {topic: way for topic in Topic if (way := _way(topic.value)) is not None}
    with transaction() as session:
        services.choose_ways(session, current_actor(), wanted)
    flash(_("Pilihan tersimpan."), "ok")
    return redirect(url_for("notifications.choices"), code=303)


@bp.get("/admin/pemberitahuan")
@requires(Permission.OPERATIONS_VIEW)
def policies() -> ResponseReturnValue:
    """Show what the office sets for mail about each topic."""
    return render_template(
        "notifications/policies.html",
        policies=queries.list_policies(current_session()),
        topics=TOPIC_NAMES,
        ways=WAY_NAMES,
        fixed=ALWAYS_AT_ONCE,
        at_once=Way.AT_ONCE,
    )


@bp.post("/admin/pemberitahuan")
@requires(Permission.OPERATIONS_VIEW)
def set_policies() -> ResponseReturnValue:
    """Set what the office wants."""
    with transaction() as session:
        for topic in Topic:
            way = _way(topic.value)
            if way is not None and topic not in ALWAYS_AT_ONCE:
                locked = request.form.get(f"{topic.value}-kunci") == "ya"
                services.set_policy(session, current_actor(), topic, way=way, is_locked=locked, now=clock.now())
    flash(_("Pengaturan kantor tersimpan."), "ok")
    return redirect(url_for("notifications.policies"), code=303)


def _unread_panel(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    if actor.employee_id is None:
        return None
    count, title = queries.latest_unread(session, actor.employee_id)
    return ("notifications/_home_unread.html", {"count": count, "title": title}) if count else None


menus.register(menus.MenuItem("notifications.notice_list", _l("Pemberitahuan"), "bell", 10, place="account"))
home.register_panel(home.Panel("notifications.unread", "waiting", 90, _unread_panel))
register_action_labels({"notice.set_policy": N_("Mengatur surel pemberitahuan")})
