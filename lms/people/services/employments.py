"""Transfers, endings, and the day on which a planned job becomes the present one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from lms.core.actor import Permission
from lms.core.audit import record
from lms.core.clock import local_day
from lms.core.errors import Forbidden, NotFound, Refused
from lms.core.events import publish
from lms.core.text import N_
from lms.people import queries
from lms.people.events import EmployeeLeft, EmployeeTransferred
from lms.people.models import Employee, Employment, EmploymentKind, OrganisationalUnit, Position
from lms.people.policies import can_edit_employee
from lms.people.services.employees import VersionConflict

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

MAX_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class TransferData:
    """Where a person goes, from which day, by which decree."""

    position: Position
    starts_on: date
    decree: str = ""


def _held(session: Session, actor: Actor, public_id: str, *, version: int | None) -> Employee:
    employee = queries.get_employee(session, actor, public_id, lock=True)
    if employee is None:
        raise NotFound(N_("Pegawai ini tidak ditemukan."))
    path = employee.unit.path if employee.unit is not None else None
    if not can_edit_employee(actor, employee, unit_path=path):
        raise Forbidden(N_("Anda belum berwenang mengubah data pegawai ini."))
    if version is not None and version != employee.version:
        raise VersionConflict(version=employee.version, theirs={}, mine={})
    return employee


def _open_main_job(session: Session, employee_id: int) -> Employment | None:
    return session.scalars(
        select(Employment).where(
            Employment.employee_id == employee_id, Employment.is_main, Employment.ended_on.is_(None)
        )
    ).one_or_none()


def transfer_employee(
    session: Session, actor: Actor, public_id: str, data: TransferData, *, version: int | None, now: datetime
) -> Employee:
    """End the main job on the eve and start another; a day to come is planned and takes effect by itself.

    Raises: NotFound; Forbidden: no PEOPLE_EDIT over the old or the new unit; VersionConflict;
        Refused: dates or positions that cannot be.
    Concurrency: holds the person's row.
    """
    employee = _held(session, actor, public_id, version=version)
    unit = session.get(OrganisationalUnit, data.position.unit_id)
    if unit is None or not actor.may_in(Permission.PEOPLE_EDIT, unit.path):
        raise Forbidden(N_("Anda belum berwenang menempatkan pegawai di unit ini."))
    today = local_day(now, unit.timezone)
    job = _open_main_job(session, employee.id)
    _check_transfer(employee, job, data, unit=unit, today=today)
    if job is not None:
        job.ended_on = data.starts_on - timedelta(days=1)
        session.flush()  # one open main job at a time; the insert would come first otherwise
    made = Employment(
        employee_id=employee.id,
        position_id=data.position.id,
        unit_id=unit.id,
        kind=EmploymentKind.DEFINITIVE,
        is_main=True,
        started_on=data.starts_on,
        decree=data.decree,
    )
    session.add(made)
    employee.updated_at = now  # raises the version: two transfers from one page are a conflict
    record(
        session,
        actor,
        action="employee.transfer",
        subject=("employee", employee.id),
        person_id=employee.id,
        before={"position_id": job.position_id if job is not None else None},
        after={"position_id": data.position.id, "starts_on": data.starts_on.isoformat()},
        at=now,
    )
    if data.starts_on <= today:
        place(session, employee, position_id=data.position.id, unit_id=unit.id, on=data.starts_on)
    session.flush()  # dates are checked by the database now, not at the end
    return employee


def _check_transfer(
    employee: Employee, job: Employment | None, data: TransferData, *, unit: OrganisationalUnit, today: date
) -> None:
    if not employee.is_active:
        raise Refused(N_("Pegawai ini sudah tidak aktif. Aktifkan dahulu melalui impor data."))
    if job is not None and job.position_id == data.position.id:
        raise Refused(N_("Pegawai sudah memegang jabatan ini. Pilih jabatan lain."))
    if job is not None and data.starts_on <= job.started_on:
        raise Refused(N_("Tanggal mulai harus sesudah tanggal mulai jabatan sekarang."))
    if data.starts_on > today + MAX_AHEAD:
        raise Refused(N_("Tanggal mulai paling lama satu tahun dari hari ini."))
    for thing in (data.position, unit):
        ends = thing.valid_to_on
        if thing.valid_from_on > data.starts_on or (ends is not None and ends <= data.starts_on):
            raise Refused(N_("Jabatan atau unit ini belum ada atau sudah dihapus pada tanggal itu."))


def place(session: Session, employee: Employee, *, position_id: int, unit_id: int, on: date) -> None:
    """Let a person count in a unit and position from now on, and tell it."""
    before = (employee.unit_id, employee.position_id)
    if before == (unit_id, position_id):
        return
    employee.unit_id, employee.position_id = unit_id, position_id
    session.flush()  # handlers read the new place
    publish(session, EmployeeTransferred(employee.id, before[0], unit_id, before[1], position_id, on))


def end_employment(
    session: Session,
    actor: Actor,
    public_id: str,
    *,
    last_on: date,
    reason: str,
    version: int | None,
    now: datetime,
) -> Employee:
    """Let a person leave: all jobs end, the record stays and counts nowhere any more.

    Unit and position stay in the record, so that those in charge still find it.

    Raises: NotFound; Forbidden; VersionConflict; Refused: already left, or a day that cannot be.
    Concurrency: holds the person's row; a second call is refused.
    """
    employee = _held(session, actor, public_id, version=version)
    if not employee.is_active:
        raise Refused(N_("Pegawai ini sudah tidak aktif sejak sebelumnya."))
    if employee.id == actor.employee_id:
        raise Refused(N_("Anda tidak dapat memberhentikan diri sendiri. Mintalah petugas lain."))
    today = local_day(now, employee.unit.timezone if employee.unit is not None else actor.timezone)
    if last_on > today:
        raise Refused(N_("Hari terakhir paling lambat hari ini. Catat pada harinya nanti."))
    release(session, employee, last_on=last_on, now=now)
    record(
        session,
        actor,
        action="employee.leave",
        subject=("employee", employee.id),
        person_id=employee.id,
        after={"left_on": last_on.isoformat()},
        reason=reason,
        at=now,
    )
    return employee


def release(
    session: Session, employee: Employee, *, last_on: date, now: datetime
) -> list[tuple[Employment, str | None]]:
    """End all jobs of a person and tell it; returns the jobs that were open, each with its former last day.

    Raises: Refused: a job began after the last day.
    """
    jobs = list(
        session.scalars(
            select(Employment).where(
                Employment.employee_id == employee.id,
                or_(Employment.ended_on.is_(None), Employment.ended_on > last_on),
            )
        )
    )
    if any(job.started_on > last_on for job in jobs):
        raise Refused(N_("Ada jabatan yang mulai sesudah hari terakhir itu. Periksa riwayat jabatannya."))
    ended = [(job, job.ended_on.isoformat() if job.ended_on is not None else None) for job in jobs]
    for job in jobs:
        job.ended_on = last_on
    employee.is_active, employee.left_on, employee.updated_at = False, last_on, now
    session.flush()  # handlers read that the person has left
    publish(session, EmployeeLeft(employee.id, employee.unit_id, last_on))
    return ended


def follow_jobs(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Let planned jobs take effect whose day has come; return how many people moved.

    Idempotent: people who already stand where their job is are not touched.
    """
    # The earliest calendar day anywhere in the country has begun in the easternmost zone.
    today = local_day(now, "Asia/Jayapura")
    rows = session.execute(
        select(Employee, Employment, OrganisationalUnit.timezone)
        .join(Employment, Employment.employee_id == Employee.id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employment.unit_id)
        .where(
            Employee.is_active,
            Employment.is_main,
            Employment.started_on <= today,
            or_(Employment.ended_on.is_(None), Employment.ended_on >= today),
            or_(
                Employee.position_id.is_(None),
                and_(Employee.position_id != Employment.position_id),
                Employee.unit_id != Employment.unit_id,
            ),
        )
        .order_by(Employee.id)
        .limit(limit)
        .with_for_update(of=Employee)
        .execution_options(populate_existing=True)
    ).all()
    moved = 0
    for employee, job, timezone in rows:
        if job.started_on <= local_day(now, timezone):
            employee.updated_at = now
            place(session, employee, position_id=job.position_id, unit_id=job.unit_id, on=job.started_on)
            moved += 1
    return moved
