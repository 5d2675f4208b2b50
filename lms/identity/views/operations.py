"""The trail, the state of the system, and the mails that were kept."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.core import clock, jobs, mail
from lms.core.actor import Permission
from lms.core.audit import record
from lms.core.db import current_session, transaction
from lms.core.errors import NotFound
from lms.core.seal import newest_seal
from lms.identity import queries, services
from lms.identity.views.base import admin_tabs, bp, cursor, open_cursor, spreadsheet
from lms.web.fields import parse_day
from lms.web.guard import current_actor, note_reading, requires
from lms.web.i18n import translate

if TYPE_CHECKING:
    from datetime import datetime

    from flask.typing import ResponseReturnValue

PER_PAGE = 25
EXPORTED = 20_000
LOW_DISK_BYTES = 1_000_000_000
SEAL_LATE = timedelta(days=7)  # an office may do nothing for some days, over Lebaran too


def _filter(*, before: int | None = None) -> queries.TrailFilter:
    zone = current_actor().timezone
    since, until = parse_day(request.args.get("dari", "")), parse_day(request.args.get("sampai", ""))
    return queries.TrailFilter(
        text=request.args.get("cari", "")[:100],
        action=request.args.get("tindakan", "")[:64],
        since=clock.day_start(since, zone) if since else None,
        until=clock.day_end(until, zone) if until else None,
        before_id=before,
    )


@bp.get("/admin/audit")
@requires(Permission.AUDIT_VIEW)
def audit_list() -> ResponseReturnValue:
    """Search who changed what."""
    before = open_cursor(request.args.get("sebelum", ""))
    wanted = _filter(before=before)
    rows = queries.list_trail(current_session(), current_actor(), wanted=wanted, limit=PER_PAGE + 1)
    more = cursor(rows[PER_PAGE - 1].entry_id if len(rows) > PER_PAGE else None)
    return render_template(
        "identity/audit_list.html",
        rows=rows[:PER_PAGE],
        more=more,
        wanted=wanted,
        tabs=admin_tabs(),
        action_label=services.action_label,
        actions=services.known_actions(),
        first=before is None,
    )


@bp.get("/admin/audit/unduh")
@requires(Permission.AUDIT_VIEW)
def audit_export() -> ResponseReturnValue:
    """Send the entries as they are filtered."""
    rows = queries.list_trail(current_session(), current_actor(), wanted=_filter(), limit=EXPORTED)
    zone = clock.zone(current_actor().timezone)
    header = [_("Waktu"), _("Tindakan"), _("Oleh"), _("Atas nama"), _("Tentang"), _("Perubahan"), _("Alasan")]
    table = [
        [
            row.at.astimezone(zone).replace(tzinfo=None),
            translate(services.action_label(row.action)),
            row.actor_name,
            row.on_behalf_of,
            row.person_name,
            changes_text(row),
            row.reason,
        ]
        for row in rows
    ]
    return spreadsheet(_("Jejak perubahan"), header, table, file_name="jejak-perubahan")


def changes_text(row: queries.TrailRow) -> str:
    """Return the changed fields of an entry as one line."""
    parts = []
    for name, before, after in row.changes:
        old, new = ("" if value is None else str(value) for value in (before, after))
        parts.append(f"{name}: {old} → {new}" if old and new else f"{name}: {new or old}")
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Sign:
    """One line about the state of the system: `ok`, `warn` or `bad`, a fact, and what to do."""

    kind: str
    title: str
    text: str


def _signs(health: queries.Health, now: datetime) -> list[Sign]:
    settings = current_app.config["LMS"]
    free = shutil.disk_usage(settings.home).free
    signs = [Sign("ok", _("Basis data menjawab."), _("Halaman ini dibuat dari basis data."))]
    if health.jobs_are_late(now):
        signs.append(Sign("bad", _("Tugas latar tidak berjalan."), _("Jalankan lagi lms serve atau lms worker.")))
    else:
        signs.append(Sign("ok", _("Tugas latar berjalan."), _("Tidak ada tugas yang menunggu lebih dari 10 menit.")))
    signs.append(_seal_sign(now))
    if health.parked_count:
        said = ngettext("%(num)d tugas tertahan.", "%(num)d tugas tertahan.", health.parked_count)
        signs.append(Sign("warn", said, _("Baca sebabnya di bawah, lalu coba lagi.")))
    if free < LOW_DISK_BYTES:
        signs.append(
            Sign("bad", _("Ruang simpan hampir penuh."), _("Sisa kurang dari 1 GB. Tambahkan ruang hari ini."))
        )
    else:
        signs.append(Sign("ok", _("Ruang simpan cukup."), _("Sisa %(size)s.", size=_size(free))))
    if mail.sends(settings):
        signs.append(Sign("ok", _("Surel dikirim."), _("Lewat server surel instansi.")))
    else:
        signs.append(Sign("warn", _("Surel tidak dikirim keluar."), _("Surel hanya disimpan di halaman surat keluar.")))
    if not settings.base_url.startswith("https://"):
        signs.append(
            Sign("warn", _("Alamat belum https."), _("Hanya komputer server ini yang dapat masuk dengan aman."))
        )
    return signs


def _seal_sign(now: datetime) -> Sign:
    """Tell since when the trail is sealed; whether it is whole is told by the command, which reads all of it."""
    newest = newest_seal(current_session())
    if newest is None:
        return Sign("ok", _("Jejak perubahan belum disegel."), _("Segel pertama dibuat setelah satu jam."))
    when = current_app.jinja_env.filters["waktu_pendek"](newest.sealed_at)
    if now - newest.sealed_at > SEAL_LATE:
        return Sign("warn", _("Segel jejak perubahan terlambat."), _("Terakhir %(when)s.", when=when))
    return Sign(
        "ok", _("Jejak perubahan tersegel."), _("Terakhir %(when)s. Periksa dengan lms audit check.", when=when)
    )


def _size(free: int) -> str:
    return str(current_app.jinja_env.filters["ukuran"](free))


@bp.get("/admin/operasi")
@requires(Permission.OPERATIONS_VIEW)
def operations() -> ResponseReturnValue:
    """Show the state of the system in plain words."""
    session, now = current_session(), clock.now()
    health = queries.get_health(session, now=now)
    return render_template(
        "identity/operations.html",
        health=health,
        signs=_signs(health, now),
        now=now,
        tabs=admin_tabs(),
        parked=[(job, cursor(job.id)) for job in jobs.list_parked(session, limit=PER_PAGE)],
        settings=current_app.config["LMS"],
    )


@bp.post("/admin/operasi/ulang")
@requires(Permission.OPERATIONS_VIEW)
def job_again() -> ResponseReturnValue:
    """Set a parked job due again."""
    job_number = open_cursor(request.form.get("tugas", ""))
    if job_number is None:
        raise NotFound
    with transaction() as session:
        if not jobs.try_again(session, job_number):
            raise NotFound
        record(
            session,
            current_actor(),
            action="job.try_again",
            subject=("outbox_job", job_number),
            at=clock.now(),
        )
    flash(_("Tugas dicoba lagi. Muat ulang halaman ini sebentar lagi."), "ok")
    return redirect(url_for("identity.operations"), code=303)


@bp.get("/admin/surat-keluar")
@requires(Permission.OPERATIONS_VIEW)
def mail_list() -> ResponseReturnValue:
    """Show the mails that were written; in a demo they never leave."""
    before = open_cursor(request.args.get("sebelum", ""))
    rows = mail.list_mail(current_session(), limit=PER_PAGE + 1, before_id=before)
    more = cursor(rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None)
    people = queries.employees_by_address(current_session(), [row.to_address for row in rows])
    note_reading(people, "surat keluar")
    context: dict[str, Any] = {
        "rows": rows[:PER_PAGE],
        "more": more,
        "first": before is None,
        "tabs": admin_tabs(),
    }
    return render_template("identity/mail_list.html", sends=mail.sends(current_app.config["LMS"]), **context)
