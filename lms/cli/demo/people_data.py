"""Demo data of people: the city's units, positions, people, jobs and partners, and imports in every state."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from lms.cli.demo.context import fill
from lms.cli.demo.models import Person
from lms.cli.demo.reference import LEGAL_STATUS_CODE
from lms.cli.demo.region import build_region
from lms.cli.demo.siasn import COLUMNS, siasn_id, siasn_rows
from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.audit import AuditEntry, ReadingNote
from lms.people import services
from lms.people.models import (
    Employee,
    EmployeeNumber,
    EmployeeStatus,
    Employment,
    EmploymentKind,
    ImportState,
    OrganisationalUnit,
    PartnerAgreement,
    PartnerKind,
    PartnerOrganisation,
    PersonnelImport,
    Position,
    PositionKind,
    UnitKind,
)
from lms.people.rules.numbers import number_kind
from lms.people.rules.siasn import normalised_phone

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.cli.demo.context import Context

FOUNDED_ON: Final = date(1990, 1, 1)  # before the first job of anybody in the region
UNIT_KIND: Final = {
    "pemkot": UnitKind.REGION,
    "opd": UnitKind.AGENCY,
    "upt": UnitKind.OTHER,
    "kecamatan": UnitKind.KECAMATAN,
    "kelurahan": UnitKind.KELURAHAN,
}
PARTNER_KIND: Final = {
    "perguruan_tinggi": PartnerKind.UNIVERSITY,
    "lembaga_masyarakat": PartnerKind.NGO,
    "lembaga_pelatihan": PartnerKind.COMPANY,
}
PREVIEW_UNIT: Final = "73.73.01"  # Kecamatan Wara: the file that waits for HR to be applied
HR_UNIT: Final = "73.73-BKPSDM"


def build(session: Session, context: Context) -> None:
    """Fill units, positions, people, jobs, partners and imports, and note the objects in the context."""
    _units(session, context)
    _positions(session, context)
    _partners(session, context)
    _people(session, context)
    fill(session, context)
    _jobs(session, context)
    _traces(session, context)
    _imports(session, context)


def _units(session: Session, context: Context) -> None:
    for unit in context.region.units:
        parent = context.units.get(unit.parent_code or "")
        row = OrganisationalUnit(
            code=unit.code,
            name=unit.name,
            kind=UNIT_KIND[unit.kind],
            parent_id=parent.id if parent is not None else None,
            path="",
            region_code=unit.region_code,
            timezone=unit.timezone,
            valid_from_on=FOUNDED_ON,
            external_id=siasn_id("unor", unit.code),
        )
        session.add(row)
        session.flush()  # the path holds the id, and children hold the path
        row.path = f"{parent.path if parent is not None else '/'}{row.id}/"
        context.units[unit.code] = row


def _positions(session: Session, context: Context) -> None:
    rows = [
        {
            "code": one.code,
            "name": one.name,
            "kind": PositionKind(one.kind),
            "role_key": one.role_key,
            "echelon": None if one.echelon_name == "NON" else one.echelon_name,
            "unit_id": context.units[one.unit_code].id,
            "is_head": one.is_head,
            "valid_from_on": FOUNDED_ON,
            "external_id": siasn_id("jabatan", one.code),
        }
        for one in context.region.positions
    ]
    session.execute(insert(Position), rows)


def _partners(session: Session, context: Context) -> None:
    for one in context.region.partners:
        partner = PartnerOrganisation(code=one.code, name=one.name, kind=PARTNER_KIND[one.kind], contact=one.email)
        session.add(partner)
        session.flush()  # agreements and externals hold the id
        context.made[f"partner:{one.code}"] = partner.id
        session.add_all(
            PartnerAgreement(
                partner_id=partner.id,
                number=deal.number,
                scope=deal.title,
                starts_on=deal.started_on,
                ends_on=deal.ended_on,
            )
            for deal in one.agreements
        )


def _people(session: Session, context: Context) -> None:
    main = context.region.main_jobs()
    found = session.execute(select(Position.code, Position.id))
    positions = {row.code: row.id for row in found}
    rows = []
    for person in context.region.people:
        job = main.get(person.key)
        on_contract = person.status in {"pppk", "pppk_paruh_waktu", "non_asn"}
        rows.append(
            {
                "name": person.name,
                "title_before": person.title_before,
                "title_after": person.title_after,
                "gender": "L" if person.gender == "male" else "P",
                "birth_on": person.birth_on,
                "status": EmployeeStatus(person.status),
                "legal_status": LEGAL_STATUS_CODE[person.legal_status],
                "rank_code": person.golongan_code,
                "rank_name": person.golongan_name,
                "education": person.education,
                "email": person.email,
                "phone": normalised_phone(person.phone),
                "appointed_on": person.cpns_on,
                "contract_from_on": person.contract_start_on if on_contract else None,
                "partner_id": context.made.get(f"partner:{person.partner_code}"),
                "external_id": siasn_id("pns", person.key),
                "unit_id": context.units[job.unit_code].id if job is not None else None,
                "position_id": positions[job.position_code] if job is not None else None,
                "created_at": context.now - timedelta(days=400),
                "updated_at": context.now - timedelta(days=40),
            }
        )
    session.execute(insert(Employee), rows)


def _jobs(session: Session, context: Context) -> None:
    numbers = [
        {
            "employee_id": context.employees[person.key].id,
            "number": person.nip,
            "kind": number_kind(person.status),
            "valid_from_on": person.cpns_on or person.contract_start_on or FOUNDED_ON,
        }
        for person in context.region.people
        if person.nip is not None
    ]
    session.execute(insert(EmployeeNumber), numbers)
    main = context.region.main_jobs()
    jobs = [
        {
            "employee_id": context.employees[job.person_key].id,
            "position_id": context.positions[job.position_code].id,
            "unit_id": context.units[job.unit_code].id,
            "kind": EmploymentKind(job.kind),
            # Past definitive jobs were main ones in their time, too.
            "is_main": job.kind == "definitif" and (main.get(job.person_key) is job or job.ended_on is not None),
            "started_on": job.started_on,
            "ended_on": job.ended_on,
            "decree": f"821/{job.started_on:%m}/BKPSDM/{job.started_on:%Y}",
        }
        for job in context.region.employments
    ]
    session.execute(insert(Employment), jobs)


def _staff_office(context: Context) -> list[Employee]:
    unit_id = context.units[HR_UNIT].id
    return [employee for employee in context.employees.values() if employee.unit_id == unit_id]


def _traces(session: Session, context: Context) -> None:
    """Leave some traces in the audit and in who-read-whom, as an office leaves them."""
    readers = _staff_office(context)[:3]
    watched = list(context.employees.values())[::9]
    notes: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for number, person in enumerate(watched):
        reader = readers[number % len(readers)]
        if reader.id == person.id:
            continue
        at = context.now - timedelta(days=number % 40 + 1, minutes=number * 37 % 480)
        notes.append(
            {
                "at": at,
                "reader_employee_id": reader.id,
                "person_id": person.id,
                "page": "people.employee_profile",
            }
        )
        if number % 4 == 0:
            entries.append(
                {
                    "at": at + timedelta(minutes=3),
                    "employee_id": reader.id,
                    "action": "employee.change",
                    "subject_kind": "employee",
                    "subject_id": person.id,
                    "person_id": person.id,
                    "before": {"phone": ""},
                    "after": {"phone": person.phone or ""},
                }
            )
    session.execute(insert(ReadingNote), notes)
    session.execute(insert(AuditEntry), entries)


def _imports(session: Session, context: Context) -> None:
    """Leave two imports of former months, and one that waits to be looked at and applied."""
    root = context.units[context.region.code]
    head = _staff_office(context)[0]
    asn = sum(1 for person in context.region.people if person.nip is not None)
    for days, name, changed, moved in ((68, "september", 31, 4), (37, "oktober", 12, 2)):
        at = context.now - timedelta(days=days)
        counts = {
            "new": 0, "changed": changed, "moved": moved, "same": asn - changed - moved,
            "leaving": 0, "bad": 0, "people": asn, "complete": True, "stopped": False,
            "sheets": ["Data"], "personal": ["NIK", "AGAMA NAMA", "ALAMAT"], "unknown": [],
            "cursor": 0, "warnings": 0,
        }  # fmt: skip
        session.add(
            PersonnelImport(
                file_name=f"siasn-palopo-{name}.xlsx",
                file_digest=siasn_id("berkas", name) * 2,
                state=ImportState.APPLIED,
                unit_id=root.id,
                imported_by_id=head.id,
                created_at=at,
                applied_at=at + timedelta(minutes=4),
                row_count=asn,
                progress_count=changed + moved,
                counts=counts,
            )
        )
    _waiting_preview(session, context, head)


def _waiting_preview(session: Session, context: Context, head: Employee) -> None:
    """Preview a file of one kecamatan: twelve new, three changed, one moved, four bad."""
    unit = context.units[PREVIEW_UNIT]
    inside = [one.code for one in context.region.units if one.code.startswith(PREVIEW_UNIT)]
    rows = _file_rows(context, inside)
    actor = Actor(
        account_id=None,
        employee_id=head.id,
        unit_id=head.unit_id,
        grants=(ActorGrant(Role.HR, unit.path, frozenset({Permission.PEOPLE_IMPORT})),),
        timezone=unit.timezone,
    )
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    content = services.read_personnel_file(
        out.getvalue().encode("utf-8-sig"), "pegawai-wara-november.csv", today=context.today
    )
    services.preview_import(session, actor, content, unit=unit, complete=False, now=context.now - timedelta(hours=3))


def _file_rows(context: Context, inside: list[str]) -> list[dict[str, str]]:
    """Return rows of people who are there, some altered, and of people who are not there yet."""
    main = context.region.main_jobs()
    known = {person.nip for person in context.region.people}
    pairs = [(person, row) for person, row in siasn_rows(context.region) if main[person.key].unit_code in inside]
    clerks = [
        (person, row)
        for person, row in pairs
        if person.status == "pns"
        and context.positions[main[person.key].position_code].kind is PositionKind.PELAKSANA
        and not any(job.person_key == person.key and job.kind != "definitif" for job in context.region.employments)
    ]
    altered = [dict(row) for _person, row in clerks[:4]]
    altered[0]["GELAR BELAKANG"] = "S.A.P." if altered[0]["GELAR BELAKANG"] != "S.A.P." else "S.I.P."
    altered[1]["EMAIL GOV"] = "layanan.wara@palopo.example"
    altered[2]["NOMOR HP"] = "0800-0000-9016"
    target = next(code for code in inside if code not in {PREVIEW_UNIT, main[clerks[3][0].key].unit_code})
    altered[3]["UNOR ID"], altered[3]["UNOR NAMA"] = siasn_id("unor", target), context.units[target].name
    altered[3]["JABATAN ID"] = ""
    altered[3]["TMT JABATAN"] = f"{context.today + timedelta(days=8):%d-%m-%Y}"
    fresh = [dict(row) for person, row in _newcomers(context, inside) if person.nip not in known][:16]
    for row, (column, value) in zip(
        fresh[12:],
        (
            ("NIP BARU", fresh[12]["NIP BARU"][:-1]),
            ("NIP BARU", "1,99208E+17"),
            ("UNOR NAMA", "Kel. Dangerakkko"),
            ("NIP BARU", f"'19881305{fresh[15]['NIP BARU'][9:]}"),
        ),
        strict=True,
    ):
        row[column] = value
        if column == "UNOR NAMA":
            row["UNOR ID"] = ""
    same = [row for _person, row in clerks[4:9]]
    return fresh[:5] + altered[:2] + fresh[12:14] + same + fresh[5:12] + altered[2:] + fresh[14:]


def _newcomers(context: Context, inside: list[str]) -> list[tuple[Person, dict[str, str]]]:
    """Return clerks of the same units in a city of another seed: nobody here knows them."""
    other = build_region(context.region.seed + 7919, context.today)
    main = other.main_jobs()
    positions = {one.code: one for one in other.positions}
    taken = set(context.positions)
    found = []
    for person, row in siasn_rows(other):
        job = main[person.key]
        if job.unit_code in inside and positions[job.position_code].kind == "pelaksana" and job.position_code in taken:
            found.append((person, row | {"PNS ID": siasn_id("baru", person.key)}))
    return found
