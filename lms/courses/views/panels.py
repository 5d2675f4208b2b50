"""Panels of the home page, entries of the menu, names of audited acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from lms.core.actor import Actor, Permission, Role
from lms.core.text import N_
from lms.courses import queries
from lms.courses.queries.meetings import collect_attendance
from lms.courses.views.base import FAMILY_NAMES, FORM_NAMES, days_words, due_kind, dye_of, today
from lms.courses.views.catalogue import resume_href
from lms.courses.views.jp import present_summary
from lms.identity.queries import Section, register_personal_data
from lms.identity.services import register_action_labels
from lms.web.home import Panel, register_panel
from lms.web.menus import MenuItem, register

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_SHOWN = 4


def _current(session: Session, actor: Actor) -> list[queries.Standing]:
    """Return the enrolments under way; read once for all panels of a page, since each request has its own session."""
    if actor.employee_id is None or not actor.may(Permission.LEARN):
        return []
    held: tuple[int, list[queries.Standing]] | None = session.info.get("lms_current_courses")
    if held is None or held[0] != actor.employee_id:
        held = (actor.employee_id, queries.list_current(session, actor.employee_id))
        session.info["lms_current_courses"] = held
    return held[1]


def hero(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build "Lanjutkan": the exact place in the course last learnt in."""
    for standing in _current(session, actor):
        if standing.resume is not None and not standing.lessons_are_done:
            return "courses/panel_hero.html", {
                "standing": standing,
                "href": resume_href(standing),
                "day": today(),
                "days_words": days_words,
            }
    return None


def current_courses(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build "Sedang Anda ikuti"."""
    found = _current(session, actor)
    if not found:
        return None
    return "courses/panel_current.html", {
        "standings": found[:_SHOWN],
        "families": FAMILY_NAMES,
        "forms": FORM_NAMES,
        "dye_of": dye_of,
        "days_words": days_words,
        "day": today(),
    }


def jp_card(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the card of this year's JP."""
    if actor.employee_id is None or not actor.may(Permission.LEARN):
        return None
    summary = present_summary(session, actor.employee_id)
    coming = sum(standing.enrolment.credit_jp for standing in _current(session, actor))
    return "courses/panel_jp.html", {"summary": summary, "view": summary.view, "coming": coming}


def approvals_waiting(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the line of requests that wait for a supervisor."""
    if not actor.may(Permission.ENROLMENT_APPROVE):
        return None
    count = queries.count_requests(session, actor)
    return ("courses/panel_approvals.html", {"count": count}) if count else None


def claims_waiting(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the line of claims that wait for an officer."""
    if not actor.may(Permission.JP_MANAGE):
        return None
    count = queries.count_claims_waiting(session, actor)
    return ("courses/panel_claims.html", {"count": count}) if count else None


def late_people(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the list of people who are late or nearly so; for supervisors, not for the whole region."""
    if not actor.has_role(Role.ATASAN) or not actor.may(Permission.ENROLMENT_VIEW):
        return None
    day = today()
    found = queries.list_late(session, actor, today=day, limit=_SHOWN + 1)
    if not found:
        return None
    return "courses/panel_late.html", {
        "late": found[:_SHOWN],
        "more": len(found) > _SHOWN,
        "days_words": days_words,
        "due_kind": due_kind,
        "day": day,
    }


def own_runs(session: Session, actor: Actor) -> tuple[str, dict[str, Any]] | None:
    """Build the instructor's runs with their numbers."""
    if not actor.has_role(Role.INSTRUKTUR):
        return None
    found = queries.list_runs(session, actor, today=today(), own_only=True, limit=_SHOWN)
    return ("courses/panel_runs.html", {"runs": found}) if found else None


register_panel(Panel("courses.hero", "hero", 5, hero))
register_panel(Panel("courses.approvals", "waiting", 30, approvals_waiting))
register_panel(Panel("courses.claims", "waiting", 35, claims_waiting))
register_panel(Panel("courses.current", "main", 20, current_courses))
register_panel(Panel("courses.late", "main", 30, late_people))
register_panel(Panel("courses.runs", "main", 40, own_runs))
register_panel(Panel("courses.jp", "side", 10, jp_card))

register(MenuItem("courses.catalogue", _l("Pelatihan"), "book", 10))
register(
    MenuItem(
        "courses.approvals",
        _l("Persetujuan"),
        "check",
        45,
        permission=Permission.ENROLMENT_APPROVE,
        roles=(Role.ATASAN,),
    )
)
register(
    MenuItem(
        "courses.runs",
        _l("Angkatan"),
        "people",
        46,
        permission=Permission.OFFERING_MANAGE,
        roles=(Role.INSTRUKTUR, Role.HR),
    )
)
register(
    MenuItem("courses.claim_queue", _l("Klaim JP"), "award", 47, permission=Permission.JP_MANAGE, roles=(Role.HR,))
)
register(
    MenuItem(
        "courses.author_list",
        _l("Susun pelatihan"),
        "edit",
        47,
        permission=Permission.COURSE_MANAGE,
        roles=(Role.INSTRUKTUR,),
    )
)
register(
    MenuItem("courses.own_calendar", _l("Kalender saya"), "calendar", 15, permission=Permission.LEARN, place="account")
)
register(MenuItem("courses.jp_page", _l("JP saya"), "award", 20, permission=Permission.LEARN, place="account"))

register_action_labels(
    {
        "enrolment.create": N_("Mendaftar pelatihan"),
        "enrolment.withdraw": N_("Membatalkan kepesertaan"),
        "enrolment.restore": N_("Mengurungkan pembatalan"),
        "enrolment.approve": N_("Menyetujui usul pelatihan"),
        "enrolment.refuse": N_("Menolak usul pelatihan"),
        "enrolment.complete": N_("Menyelesaikan pelatihan"),
        "enrolment.seat": N_("Memberi kursi dari daftar tunggu"),
        "enrolment.assign": N_("Mendaftarkan orang lain"),
        "enrolment.invite": N_("Mengundang ke pelatihan"),
        "enrolment.accept": N_("Menerima undangan pelatihan"),
        "enrolment.decline": N_("Menolak undangan pelatihan"),
        "enrolment.fail": N_("Mencatat belum lulus"),
        "enrolment.absent": N_("Mencatat tidak hadir"),
        "enrolment.reopen": N_("Membuka kepesertaan lagi"),
        "enrolment.move": N_("Memindahkan ke angkatan lain"),
        "enrolment.bulk": N_("Mendaftarkan banyak pegawai"),
        "enrolment.bulk_undo": N_("Mengurungkan pendaftaran massal"),
        "session.save": N_("Menyimpan sesi"),
        "session.cancel": N_("Membatalkan sesi"),
        "session.attendance": N_("Mencatat kehadiran"),
        "session.check_in": N_("Mencatat kehadiran sendiri"),
        "calendar.make": N_("Membuat alamat kalender"),
        "offering.create": N_("Membuat angkatan"),
        "offering.edit": N_("Mengubah angkatan"),
        "offering.open": N_("Membuka pendaftaran angkatan"),
        "offering.close": N_("Menutup pendaftaran angkatan"),
        "offering.cancel": N_("Membatalkan angkatan"),
        "offering.share": N_("Mengatur kursi unit"),
        "offering.warn": N_("Mengingatkan peserta kurang"),
        "course.load": N_("Memuat isi pelatihan"),
        "course.publish": N_("Menerbitkan versi pelatihan"),
        "course_draft.create": N_("Membuat rancangan pelatihan"),
        "course_draft.head": N_("Mengubah keterangan rancangan"),
        "course_draft.module_add": N_("Menambah modul"),
        "course_draft.module_rename": N_("Mengganti judul modul"),
        "course_draft.module_remove": N_("Membuang modul"),
        "course_draft.module_restore": N_("Memulihkan modul"),
        "course_draft.lesson_add": N_("Menambah materi"),
        "course_draft.lesson_write": N_("Menulis materi"),
        "course_draft.lesson_remove": N_("Membuang materi"),
        "course_draft.lesson_restore": N_("Memulihkan materi"),
        "course_draft.text_restore": N_("Memakai lagi teks lama materi"),
        "course_draft.file_add": N_("Mengunggah berkas materi"),
        "course_draft.import": N_("Mengimpor berkas pelatihan"),
        "course_draft.copy": N_("Menyalin pelatihan"),
        "course_draft.move": N_("Mengubah urutan rancangan"),
        "course_draft.delete": N_("Menghapus rancangan"),
        "course_draft.restore": N_("Memulihkan rancangan"),
        "jp.credit": N_("Mencatat JP"),
        "jp.correct": N_("Mengoreksi JP"),
        "claim.submit": N_("Mengajukan klaim JP"),
        "claim.amend": N_("Mengubah klaim JP"),
        "claim.withdraw": N_("Menarik klaim JP"),
        "claim.approved": N_("Menyetujui klaim JP"),
        "claim.returned": N_("Mengembalikan klaim JP"),
        "claim.refused": N_("Menolak klaim JP"),
    }
)

register_personal_data(Section("pelatihan", N_("Pelatihan"), queries.collect_enrolments, "/katalog"))
register_personal_data(Section("kehadiran", N_("Kehadiran di sesi"), collect_attendance, "/kalender-saya"))
register_personal_data(Section("jp", N_("Jam pelajaran (JP)"), queries.collect_jp, "/jp"))
register_personal_data(Section("klaim-jp", N_("Klaim JP"), queries.collect_claims, "/jp/klaim"))
