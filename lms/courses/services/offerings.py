"""Offerings: made, edited, opened, closed, cancelled, copied; seats of units."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from lms.core import clock
from lms.core.actor import SYSTEM, Actor, Permission
from lms.core.audit import record
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.core.text import N_
from lms.courses import queries
from lms.courses.models import (
    Course,
    Enrolment,
    EnrolmentState,
    Offering,
    OfferingPrerequisite,
    OfferingShare,
    OfferingState,
)
from lms.courses.policies import can_manage_offering
from lms.courses.rules import (
    IN_LINE,
    REASON_MAX,
    REASON_MIN,
    Act,
    Contradiction,
    OfferingDraft,
    ShareFault,
    contradictions,
    needs_warning,
    share_fault,
    shifted,
)
from lms.courses.services import line
from lms.notifications.services import notify

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from lms.core.text import Text

CONTRADICTION_TEXT: dict[Contradiction, Text] = {
    Contradiction.ENDS_BEFORE_START: N_("Tanggal selesai mendahului tanggal mulai. Tukar atau perbaiki tanggalnya."),
    Contradiction.CLOSES_BEFORE_OPENING: N_("Pendaftaran ditutup sebelum dibuka. Perbaiki salah satunya."),
    Contradiction.CLOSES_AFTER_END: N_("Pendaftaran tidak boleh ditutup setelah angkatan selesai."),
    Contradiction.WITHDRAWS_AFTER_START: N_("Batas pembatalan paling lambat pada hari pertama."),
    Contradiction.MINIMUM_ABOVE_CAPACITY: N_("Jumlah minimum lebih besar dari jumlah kursi."),
    Contradiction.MINIMUM_WITHOUT_DAY: N_("Isi tanggal untuk memeriksa jumlah minimum."),
    Contradiction.MINIMUM_CHECK_AFTER_START: N_("Periksa jumlah minimum paling lambat pada hari pertama."),
    Contradiction.CAPACITY_BELOW_TAKEN: N_("Kursi tidak boleh lebih sedikit dari peserta yang sudah terdaftar."),
    Contradiction.KEPT_ABOVE_CAPACITY: N_("Kursi tidak boleh lebih sedikit dari kursi cadangan unit."),
    Contradiction.RESERVE_AFTER_START: N_("Kursi cadangan dilepas paling lambat pada hari pertama."),
    Contradiction.NEEDS_DATES: N_("Angkatan tatap muka memerlukan tanggal mulai dan selesai."),
    Contradiction.NEEDS_PLACE: N_("Isi tempatnya, supaya peserta tahu ke mana mereka datang."),
    Contradiction.STARTS_IN_PAST: N_("Tanggal mulai sudah lewat. Pilih tanggal yang akan datang."),
}
SHARE_TEXT: dict[ShareFault, Text] = {
    ShareFault.NOTHING: N_("Isi batas kursi, kursi cadangan, atau keduanya."),
    ShareFault.NESTED: N_("Unit ini tumpang tindih dengan unit lain di daftar. Hapus salah satunya."),
    ShareFault.KEPT_ABOVE_MOST: N_("Kursi cadangan lebih banyak dari batas kursi unit."),
    ShareFault.MOST_BELOW_TAKEN: N_("Batas ini lebih kecil dari peserta unit yang sudah terdaftar."),
    ShareFault.KEPT_WITHOUT_CAPACITY: N_("Kursi cadangan memerlukan jumlah kursi. Isi dahulu jumlah kursi angkatan."),
    ShareFault.TOO_MANY_KEPT: N_("Kursi cadangan semua unit melebihi jumlah kursi angkatan."),
}


_SAME = (
    "title",
    "mode",
    "starts_on",
    "ends_on",
    "place",
    "capacity",
    "needs_approval",
    "needs_agency",
    "has_waiting_list",
    "waiting_order",
    "min_participants",
    "min_check_on",
    "reserve_until_on",
    "days_to_finish",
)


def may_manage(session: Session, actor: Actor, offering: Offering) -> bool:
    """Return whether the actor runs an offering."""
    return can_manage_offering(
        actor,
        instructor_id=offering.instructor_id,
        owner_path=queries.path_of_unit(session, offering.owner_unit_id),
    )


def _hold_managed(session: Session, actor: Actor, public_id: str) -> Offering:
    """Return an offering that the actor manages, held with all who wait there.

    Raises: NotFound: absent or outside the right.
    """
    offering_id = queries.offering_id_of(session, public_id)
    if offering_id is None:
        raise NotFound(N_("Angkatan ini tidak ada."))
    queries.hold_offerings(session, [offering_id])
    offering = session.get_one(Offering, offering_id)
    if not may_manage(session, actor, offering):
        raise NotFound(N_("Angkatan ini tidak ada."))
    return offering


def create_offering(
    session: Session,
    actor: Actor,
    course_code: str,
    draft: OfferingDraft,
    *,
    owner_unit_public_id: str = "",
    now: datetime | None = None,
) -> Offering:
    """Make a run of a course's current version, as a draft that nobody else sees yet.

    Args:
        owner_unit_public_id: unit that runs it, within the actor's scope; empty: the topmost of that scope.

    Raises: Forbidden; NotFound: no such course; Invalid: dates or numbers contradict one another.
    """
    moment = now or clock.now()
    course = session.scalars(select(Course).where(Course.code == course_code)).one_or_none()
    if course is None or course.current_version_id is None:
        raise NotFound(N_("Pelatihan ini tidak ada."))
    owner = queries.owner_unit_for(session, actor, owner_unit_public_id)
    if owner is None:
        raise Forbidden(N_("Anda belum berwenang menyelenggarakan pelatihan."))
    _refuse_contradictions(draft, taken=0, kept=0, today=clock.local_day(moment, owner.timezone))
    number = queries.count_runs(session, course.id) + 1
    offering = Offering(
        code=queries.free_offering_code(session, f"{course.code[:44]}-{(draft.starts_on or moment).year}-{number}"),
        course_id=course.id,
        course_version_id=course.current_version_id,
        owner_unit_id=owner.id,
        title=draft.title,
        state=OfferingState.DRAFT,
    )
    _take_over(session, offering, draft, zone=owner.timezone)
    session.add(offering)
    session.flush()  # prerequisites and the audit row need offering.id
    _set_prerequisites(session, offering, draft.prerequisite_ids)
    _note(session, actor, offering, "offering.create", after={"code": offering.code}, now=moment)
    return offering


def _refuse_contradictions(draft: OfferingDraft, *, taken: int, kept: int, today: date | None) -> None:
    found = contradictions(draft, taken=taken, kept=kept, today=today)
    if found:
        raise Invalid(
            N_("Ada isian yang bertentangan. Perbaiki, lalu simpan lagi."),
            fields={name: CONTRADICTION_TEXT[kind] for name, kind in found.items()},
        )


def _take_over(session: Session, offering: Offering, draft: OfferingDraft, *, zone: str) -> None:
    """Copy a draft into the row; days become instants in the zone of the unit that runs it."""
    for name in _SAME:
        setattr(offering, name, getattr(draft, name))
    offering.enrol_from_at = clock.day_start(draft.enrol_from_on, zone) if draft.enrol_from_on else None
    offering.enrol_until_at = clock.day_end(draft.enrol_until_on, zone) if draft.enrol_until_on else None
    offering.withdraw_until_at = clock.day_end(draft.withdraw_until_on, zone) if draft.withdraw_until_on else None
    offering.instructor_id = draft.instructor_id
    session.flush()  # checks of the database speak now, not at the end


def draft_of(session: Session, offering: Offering) -> OfferingDraft:
    """Return an offering as a draft, for the form and for a copy."""
    zone = queries.zone_of_unit(session, offering.owner_unit_id)

    def last(instant: datetime | None) -> date | None:
        return clock.local_day(instant - timedelta(seconds=1), zone) if instant is not None else None

    held = {one.name: getattr(offering, one.name) for one in fields(OfferingDraft) if hasattr(offering, one.name)}
    return OfferingDraft(
        **held,
        enrol_from_on=clock.local_day(offering.enrol_from_at, zone) if offering.enrol_from_at else None,
        enrol_until_on=last(offering.enrol_until_at),
        withdraw_until_on=last(offering.withdraw_until_at),
        prerequisite_ids=tuple(
            session.scalars(
                select(OfferingPrerequisite.course_id)
                .where(OfferingPrerequisite.offering_id == offering.id)
                .order_by(OfferingPrerequisite.course_id)
            )
        ),
    )


def edit_offering(
    session: Session,
    actor: Actor,
    public_id: str,
    draft: OfferingDraft,
    *,
    version: int | None = None,
    now: datetime | None = None,
) -> Offering:
    """Change an offering; participants learn of other days or another place, and the line moves.

    Args:
        version: counter that the form showed; an older one is refused.

    Raises: NotFound; Conflict: somebody else saved meanwhile; Invalid: contradictions, a quota below the seats taken.
    """
    moment = now or clock.now()
    offering = _hold_managed(session, actor, public_id)
    if version is not None and version != offering.version:
        raise Conflict(N_("Orang lain baru saja menyimpan angkatan ini. Buka lagi, lalu ulangi perubahan Anda."))
    if offering.state is OfferingState.CANCELLED:
        raise Refused(N_("Angkatan ini sudah dibatalkan, jadi tidak dapat diubah."))
    zone = queries.zone_of_unit(session, offering.owner_unit_id)
    before = draft_of(session, offering)
    starts_anew = draft.starts_on != before.starts_on
    _refuse_contradictions(
        draft,
        taken=queries.count_seats_taken(session, offering.id),
        kept=queries.count_kept_seats(session, offering.id),
        today=clock.local_day(moment, zone) if starts_anew else None,
    )
    changed = {one.name for one in fields(OfferingDraft) if getattr(before, one.name) != getattr(draft, one.name)}
    if not changed:
        return offering
    _take_over(session, offering, draft, zone=zone)
    _set_prerequisites(session, offering, draft.prerequisite_ids)
    offering.version += 1
    if changed & {"min_check_on", "min_participants"}:
        offering.min_told_at = None
    _note(
        session,
        actor,
        offering,
        "offering.edit",
        before={name: str(getattr(before, name)) for name in sorted(changed)},
        after={name: str(getattr(draft, name)) for name in sorted(changed)},
        now=moment,
    )
    if offering.state is OfferingState.OPEN and changed & {"starts_on", "ends_on", "place"}:
        _tell_participants(session, offering, N_("Jadwal atau tempat berubah: %(title)s", title=offering.title[:120]))
    line.tell_seated(session, line.promote(session, offering, now=moment))
    return offering


def _set_prerequisites(session: Session, offering: Offering, course_ids: tuple[int, ...]) -> None:
    session.execute(delete(OfferingPrerequisite).where(OfferingPrerequisite.offering_id == offering.id))
    session.add_all(
        OfferingPrerequisite(offering_id=offering.id, course_id=one)
        for one in dict.fromkeys(course_ids)
        if one != offering.course_id
    )


def _note(session: Session, actor: Actor, offering: Offering, action: str, *, now: datetime, **more: Any) -> None:
    record(session, actor, action=action, subject=("offering", offering.id), at=now, **more)


def _tell_participants(session: Session, offering: Offering, title: Text, body: Text | None = None) -> None:
    told = (*IN_LINE, EnrolmentState.ACTIVE)
    rows = session.execute(
        select(Enrolment.employee_id, Enrolment.public_id).where(
            Enrolment.offering_id == offering.id, Enrolment.state.in_(told)
        )
    )
    for employee_id, public_id in rows:
        notify(
            session,
            employee_id=employee_id,
            kind="offering.changed",
            title=title,
            body=body or N_("Buka halamannya untuk melihat jadwal yang baru."),
            url=f"/belajar/{public_id}",
            unique_key=f"offering:{offering.public_id}:{offering.version}",
        )


def open_offering(session: Session, actor: Actor, public_id: str, *, now: datetime | None = None) -> Offering:
    """Show an offering in the catalogue and let people join; a second call changes nothing.

    Raises: NotFound; Refused: it was cancelled; Invalid: its dates contradict one another by now.
    """
    moment = now or clock.now()
    offering = _hold_managed(session, actor, public_id)
    if offering.state is OfferingState.OPEN:
        return offering
    if offering.state is OfferingState.CANCELLED:
        raise Refused(N_("Angkatan yang dibatalkan tidak dapat dibuka lagi. Salin menjadi angkatan baru."))
    zone = queries.zone_of_unit(session, offering.owner_unit_id)
    today = clock.local_day(moment, zone)
    if offering.ends_on is not None and offering.ends_on < today:
        raise Refused(N_("Angkatan ini sudah selesai. Salin menjadi angkatan baru dengan tanggal lain."))
    before = offering.state
    offering.state, offering.version = OfferingState.OPEN, offering.version + 1
    _note(session, actor, offering, "offering.open", before={"state": before}, after={"state": "open"}, now=moment)
    line.tell_seated(session, line.promote(session, offering, now=moment))
    return offering


def close_offering(session: Session, actor: Actor, public_id: str, *, now: datetime | None = None) -> Offering:
    """Take no more people; those who have a seat go on. A second call changes nothing."""
    moment = now or clock.now()
    offering = _hold_managed(session, actor, public_id)
    if offering.state is OfferingState.OPEN:
        offering.state, offering.version = OfferingState.CLOSED, offering.version + 1
        _note(
            session, actor, offering, "offering.close", before={"state": "open"}, after={"state": "closed"}, now=moment
        )
    return offering


def cancel_offering(session: Session, actor: Actor, public_id: str, *, reason: str, now: datetime | None = None) -> int:
    """Cancel a run: everybody in it is taken out and told why; return how many.

    Raises: NotFound; Invalid: a reason is missing; Refused: somebody has finished it already.
    """
    moment, text = now or clock.now(), " ".join(reason.split())[:REASON_MAX]
    if len(text) < REASON_MIN:
        message = N_("Tulis alasannya. Peserta membacanya.")
        raise Invalid(message, fields={"alasan": message})
    offering = _hold_managed(session, actor, public_id)
    if offering.state is OfferingState.CANCELLED:
        return 0
    rows = session.scalars(select(Enrolment).where(Enrolment.offering_id == offering.id).order_by(Enrolment.id)).all()
    if any(row.state is EnrolmentState.COMPLETED for row in rows):
        raise Refused(N_("Sudah ada peserta yang selesai. Tutup angkatan ini, jangan batalkan."))
    leaving = [row for row in rows if row.state in {*IN_LINE, EnrolmentState.ACTIVE}]
    offering.state, offering.cancel_reason = OfferingState.CANCELLED, text
    offering.version += 1
    title = N_("Angkatan dibatalkan: %(title)s", title=offering.title[:120])
    _tell_participants(session, offering, title, N_("Alasannya: %(reason)s", reason=text))
    for row in leaving:
        line.apply(session, actor, row, Act.CANCEL, now=moment, reason=text)
        row.decision_reason, row.withdrawn_at = text, None
    _note(session, actor, offering, "offering.cancel", after={"people": len(leaving)}, reason=text, now=moment)
    session.flush()  # other lines read who has time again
    for row in leaving:
        line.after_leaving(session, offering, row, now=moment)
    return len(leaving)


def copy_offering(
    session: Session, actor: Actor, public_id: str, *, starts_on: date, title: str, now: datetime | None = None
) -> Offering:
    """Make a draft like another run, all its days moved by the same number; shares of units come along.

    Raises: NotFound; Invalid: the new days lie in the past.
    """
    moment = now or clock.now()
    source = _hold_managed(session, actor, public_id)
    held = draft_of(session, source)
    moved = replace(held, title=title, starts_on=starts_on)
    if held.starts_on is not None:
        days = (starts_on - held.starts_on).days
        later: dict[str, Any] = {
            one.name: shifted(getattr(held, one.name), days)
            for one in fields(OfferingDraft)
            if one.name.endswith("_on") and one.name != "starts_on"
        }
        moved = replace(moved, **later)
    course_code = session.scalar(select(Course.code).where(Course.id == source.course_id))
    assert course_code is not None
    owner = queries.public_id_of_unit(session, source.owner_unit_id)
    made = create_offering(session, actor, course_code, moved, owner_unit_public_id=owner, now=moment)
    shares = session.scalars(select(OfferingShare).where(OfferingShare.offering_id == source.id)).all()
    session.add_all(
        OfferingShare(offering_id=made.id, unit_id=one.unit_id, most_count=one.most_count, kept_count=one.kept_count)
        for one in shares
    )
    return made


def set_share(
    session: Session,
    actor: Actor,
    public_id: str,
    *,
    unit_public_id: str,
    most: int | None,
    kept: int,
    now: datetime | None = None,
) -> OfferingShare:
    """Say how many seats a unit may have and how many are kept for it; the line moves.

    Raises: NotFound; Invalid: it contradicts the quota, other units or the seats taken.
    """
    moment = now or clock.now()
    offering = _hold_managed(session, actor, public_id)
    unit = queries.unit_by_public_id(session, unit_public_id)
    if unit is None:
        raise Invalid(N_("Pilih unit dari daftar."), fields={"unit": N_("Pilih unit dari daftar.")})
    others = queries.other_shares(session, offering.id, without_unit_id=unit.id)
    paths = queries.list_seat_paths(session, offering.id)
    fault = share_fault(
        path=unit.path,
        most=most,
        kept=kept,
        others=others,
        capacity=offering.capacity,
        taken=sum(path.startswith(unit.path) for path in paths),
    )
    if fault is not None:
        field = "kept" if fault in {ShareFault.KEPT_WITHOUT_CAPACITY, ShareFault.TOO_MANY_KEPT} else "most"
        field = "unit" if fault is ShareFault.NESTED else field
        raise Invalid(SHARE_TEXT[fault], fields={field: SHARE_TEXT[fault]})
    share = session.scalars(
        select(OfferingShare).where(OfferingShare.offering_id == offering.id, OfferingShare.unit_id == unit.id)
    ).one_or_none()
    if share is None:
        share = OfferingShare(offering_id=offering.id, unit_id=unit.id)
        session.add(share)
    share.most_count, share.kept_count = most, kept
    _note(
        session,
        actor,
        offering,
        "offering.share",
        after={"unit": unit.code, "most": most, "kept": kept},
        now=moment,
    )
    line.tell_seated(session, line.promote(session, offering, now=moment))
    return share


def remove_share(
    session: Session, actor: Actor, public_id: str, share_public_id: str, *, now: datetime | None = None
) -> None:
    """Take a unit's bound and kept seats away; the line moves.

    Raises: NotFound: absent, or taken away before.
    """
    moment = now or clock.now()
    offering = _hold_managed(session, actor, public_id)
    share = session.scalars(
        select(OfferingShare).where(
            OfferingShare.offering_id == offering.id, OfferingShare.public_id == share_public_id
        )
    ).one_or_none()
    if share is None:
        raise NotFound(N_("Aturan kursi unit ini tidak ada lagi."))
    session.delete(share)
    _note(session, actor, offering, "offering.share", after={"unit_id": share.unit_id, "removed": True}, now=moment)
    line.tell_seated(session, line.promote(session, offering, now=moment))


# By the clock -------------------------------------------------------------------------------


def promote_by_id(session: Session, offering_id: int, *, now: datetime) -> int:
    """Let one line move; return how many were seated. A second call finds nobody to seat."""
    queries.hold_offerings(session, [offering_id])
    offering = session.get(Offering, offering_id)
    if offering is None:
        return 0
    seated = line.promote(session, offering, now=now)
    line.tell_seated(session, seated)
    return len(seated)


def warn_of_few(session: Session, *, now: datetime) -> int:
    """Tell organisers of runs that are about to have too few people, once for each run; return of how many."""
    told = 0
    for offering, booked in queries.list_runs_to_check(session, now=now):
        zone = queries.zone_of_unit(session, offering.owner_unit_id)
        if offering.instructor_id is None or not needs_warning(
            booked=booked,
            minimum=offering.min_participants,
            check_on=offering.min_check_on,
            today=clock.local_day(now, zone),
        ):
            continue
        offering.min_told_at = now
        told += 1
        notify(
            session,
            employee_id=offering.instructor_id,
            kind="offering.few",
            title=N_("Peserta belum cukup: %(run)s", run=offering.title[:120]),
            body=N_(
                "%(booked)s dari minimum %(minimum)s peserta. Ajak peserta lain, undur, atau batalkan.",
                booked=booked,
                minimum=offering.min_participants or 0,
            ),
            url=f"/instruktur/pelatihan/{offering.public_id}",
            unique_key=f"offering.few:{offering.public_id}:{offering.version}",
        )
        record(session, SYSTEM, action="offering.warn", subject=("offering", offering.id), at=now)
    return told


def unit_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the units that the actor may run offerings for, as (public id, name)."""
    return queries.list_owner_units(session, actor, Permission.OFFERING_MANAGE)
