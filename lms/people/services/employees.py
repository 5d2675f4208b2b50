"""Adding and changing one person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.core.actor import Permission
from lms.core.audit import record
from lms.core.clock import local_day
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound
from lms.core.events import publish
from lms.core.text import N_
from lms.people import queries
from lms.people.events import EmployeeChanged, EmployeeJoined
from lms.people.models import (
    ASN,
    Employee,
    EmployeeNumber,
    EmployeeStatus,
    Employment,
    EmploymentKind,
    OrganisationalUnit,
    PartnerOrganisation,
    Position,
)
from lms.people.policies import can_edit_employee
from lms.people.rules.names import normalised_name
from lms.people.rules.numbers import masked_number, normalised_number, number_fault, number_kind
from lms.people.rules.ranks import ranks_for
from lms.people.services.structure import hold_tree
from lms.people.services.texts import sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


@dataclass(frozen=True, slots=True)
class EmployeeData:
    """What a form says of a person.

    Args:
        number: NIP or NI PPPK, empty for people without one.
        rank_code: SIASN code of the golongan, empty for none.
    """

    name: str
    status: EmployeeStatus
    number: str = ""
    title_before: str = ""
    title_after: str = ""
    gender: str | None = None
    birth_on: date | None = None
    legal_status: str = "01"
    rank_code: str | None = None
    education: str | None = None
    email: str | None = None
    phone: str | None = None


class VersionConflict(Conflict):
    """Somebody else saved the record first; the page shows both.

    Args:
        theirs: what stands in the record now.
        mine: what was to be saved.
    """

    code = "version_conflict"

    def __init__(self, *, version: int, theirs: dict[str, Any], mine: dict[str, Any]) -> None:
        super().__init__(N_("Data ini baru saja diubah orang lain. Bandingkan dahulu, lalu simpan lagi."))
        self.version, self.theirs, self.mine = version, theirs, mine


def record_values(employee: Employee, *, number: str | None) -> dict[str, Any]:
    """Return a person's record in the shape of `EmployeeData`."""
    return {
        "name": employee.name,
        "status": employee.status,
        "number": number or "",
        "title_before": employee.title_before,
        "title_after": employee.title_after,
        "gender": employee.gender,
        "birth_on": employee.birth_on,
        "legal_status": employee.legal_status,
        "rank_code": employee.rank_code,
        "education": employee.education,
        "email": employee.email,
        "phone": employee.phone,
    }


def _checked(session: Session, data: EmployeeData, *, today: date, employee_id: int | None) -> dict[str, Any]:
    """Return the values in normal form, or refuse them all together."""
    values = asdict(data)
    values["name"] = normalised_name(data.name)
    values["number"] = normalised_number(data.number)
    for key in ("title_before", "title_after"):
        values[key] = normalised_name(values[key])
    for key in ("gender", "rank_code", "education", "email", "phone"):
        values[key] = normalised_name(values[key]) or None
    fields: dict[str, Any] = {}
    if not values["name"]:
        fields["name"] = N_("Isi nama pegawai.")
    if data.status in ASN or values["number"]:
        fault = number_fault(values["number"], status=data.status, today=today)
        if fault is not None:
            fields["number"] = sentence(fault.code, fault.values).reason
    if "number" not in fields and values["number"]:
        holder = session.scalar(select(EmployeeNumber.employee_id).where(EmployeeNumber.number == values["number"]))
        if holder is not None and holder != employee_id:
            fields["number"] = N_("Nomor ini sudah dipakai pegawai lain. Cari pegawai itu lebih dahulu.")
    known = {rank.code for rank in ranks_for(data.status)}
    if values["rank_code"] and values["rank_code"] not in known:
        fields["rank_code"] = N_("Golongan ini tidak cocok dengan jenis pegawai. Pilih lagi.")
    if fields:
        raise Invalid(N_("Periksa kembali isian yang ditandai."), fields=fields)
    return values


def _rank_name(status: EmployeeStatus, code: str | None) -> str | None:
    return next((rank.name for rank in ranks_for(status) if rank.code == code), None)


def create_employee(
    session: Session,
    actor: Actor,
    data: EmployeeData,
    *,
    position: Position | None,
    started_on: date,
    now: datetime,
    decree: str = "",
    partner: PartnerOrganisation | None = None,
    external_id: str | None = None,
) -> Employee:
    """Add a person, with a main job when `position` is given.

    Raises: Forbidden: no PEOPLE_EDIT over the unit; Invalid: fields, each with its sentence.
    Concurrency: additions wait for one another, so that a number is never given twice.
    """
    unit = session.get(OrganisationalUnit, position.unit_id) if position is not None else None
    top = ("/",) if unit is None else ()
    if not (
        actor.may_in(Permission.PEOPLE_EDIT, unit.path if unit is not None else None)
        or (top and any(path.count("/") <= 2 for path in actor.scope(Permission.PEOPLE_EDIT)))
    ):
        raise Forbidden(N_("Anda belum berwenang menambah pegawai di unit ini."))
    hold_tree(session)
    today = local_day(now, unit.timezone if unit is not None else actor.timezone)
    values = _checked(session, data, today=today, employee_id=None)
    number = values.pop("number")
    employee = Employee(
        **values,
        rank_name=_rank_name(data.status, values["rank_code"]),
        external_id=external_id,
        partner_id=partner.id if partner is not None else None,
        created_at=now,
        updated_at=now,
    )
    if position is not None and started_on <= today:
        employee.unit_id, employee.position_id = position.unit_id, position.id
    elif position is not None:
        employee.unit_id = position.unit_id  # the unit looks after the person before the first day, too
    session.add(employee)
    session.flush()  # number, job and audit row need the id
    if number:
        session.add(
            EmployeeNumber(
                employee_id=employee.id,
                number=number,
                kind=number_kind(data.status),
                valid_from_on=started_on,
            )
        )
    if position is not None:
        session.add(
            Employment(
                employee_id=employee.id,
                position_id=position.id,
                unit_id=position.unit_id,
                kind=EmploymentKind.DEFINITIVE,
                is_main=True,
                started_on=started_on,
                decree=decree,
            )
        )
    record(
        session,
        actor,
        action="employee.create",
        subject=("employee", employee.id),
        person_id=employee.id,
        after={"name": employee.name, "number": masked_number(number), "unit_id": employee.unit_id},
        at=now,
    )
    session.flush()  # handlers read the job
    publish(session, EmployeeJoined(employee.id, employee.unit_id, employee.position_id, started_on))
    return employee


def change_employee(
    session: Session, actor: Actor, public_id: str, data: EmployeeData, *, version: int | None, now: datetime
) -> Employee:
    """Change one person's record.

    Args:
        version: counter that the form was made from.

    Raises: NotFound; Forbidden; Invalid: fields; VersionConflict: the record is newer than the form.
    Concurrency: holds the person's row; the second of two saves sees the first as a conflict.
    """
    employee = queries.get_employee(session, actor, public_id, lock=True)
    if employee is None:
        raise NotFound(N_("Pegawai ini tidak ditemukan."))
    unit = employee.unit
    if not can_edit_employee(actor, employee, unit_path=unit.path if unit is not None else None):
        raise Forbidden(N_("Anda belum berwenang mengubah data pegawai ini."))
    today = local_day(now, unit.timezone if unit is not None else actor.timezone)
    before = record_values(employee, number=queries.current_number(session, employee.id))
    values = _checked(session, data, today=today, employee_id=employee.id)
    changed = {key: value for key, value in values.items() if (before[key] or None) != (value or None)}
    if version != employee.version:
        if not changed:
            return employee  # both wanted the same
        raise VersionConflict(version=employee.version, theirs=before, mine=values)
    if not changed:
        return employee
    if "number" in changed:
        change_number(session, employee, changed["number"], status=data.status, on=today)
    for key, value in changed.items():
        if key != "number":
            setattr(employee, key, value)
    employee.rank_name = _rank_name(data.status, employee.rank_code)
    employee.updated_at = now
    record(
        session,
        actor,
        action="employee.change",
        subject=("employee", employee.id),
        person_id=employee.id,
        before=_auditable({key: before[key] for key in changed}),
        after=_auditable(changed),
        at=now,
    )
    session.flush()  # handlers read the new values
    publish(session, EmployeeChanged(employee.id, frozenset(changed)))
    return employee


def _auditable(values: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}
    if "number" in shown:
        shown["number"] = masked_number(shown["number"])
    return shown


def change_number(session: Session, employee: Employee, number: str, *, status: EmployeeStatus, on: date) -> None:
    """End the number in force and let the new one begin; a former number may come back."""
    present = session.scalars(
        select(EmployeeNumber).where(EmployeeNumber.employee_id == employee.id, EmployeeNumber.valid_to_on.is_(None))
    ).one_or_none()
    if present is not None:
        present.valid_to_on = on
        session.flush()  # at most one number is in force; inserts would come first otherwise
    if not number:
        return
    former = session.scalars(select(EmployeeNumber).where(EmployeeNumber.number == number)).one_or_none()
    if former is not None:
        former.valid_to_on = None
    else:
        session.add(EmployeeNumber(employee_id=employee.id, number=number, kind=number_kind(status), valid_from_on=on))
