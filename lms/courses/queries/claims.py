"""Claims of JP: one's own, the queue of an officer, and what looks like a double."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from lms.core.orm import path_within
from lms.courses.models import ClaimState, JpClaim, JpEntry
from lms.courses.policies import claims_managed_by, claims_visible_to
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

DOUBLES_SHOWN = 5
LIVE = (ClaimState.SUBMITTED, ClaimState.RETURNED, ClaimState.APPROVED)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim with its person, as lists and pages show it."""

    id: int
    public_id: str
    employee_id: int
    employee_public_id: str
    name: str
    unit_name: str
    unit_path: str | None
    state: ClaimState
    learning_form: int
    title: str
    provider: str
    certificate_number: str
    starts_on: date
    ends_on: date
    claimed_jp: int
    credited_jp: int | None
    cut_reason: str
    submitted_at: datetime
    decided_at: datetime | None
    decision_note: str
    file_name: str
    version: int


@dataclass(frozen=True, slots=True)
class Double:
    """Another claim or entry that may be about the same training.

    Attributes:
        why: `number` (same certificate number), `file` (same file), `days` (same person, overlapping days and form)
            or `course` (already credited by Bina for days within).
    """

    why: str
    title: str
    name: str
    on: date
    public_id: str | None


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What of the queue is wanted."""

    state: ClaimState | None = ClaimState.SUBMITTED
    text: str = ""
    unit_path: str = ""
    year: int | None = None


def _lines() -> Select[Any]:
    lines: Any = (
        select(
            JpClaim.id, JpClaim.public_id, JpClaim.employee_id, Employee.public_id, Employee.name,
            func.coalesce(OrganisationalUnit.name, ""), OrganisationalUnit.path, JpClaim.state, JpClaim.learning_form,
            JpClaim.title, JpClaim.provider, JpClaim.certificate_number, JpClaim.starts_on, JpClaim.ends_on,
            JpClaim.claimed_jp, JpEntry.credited_jp, func.coalesce(JpEntry.cut_reason, ""), JpClaim.submitted_at,
            JpClaim.decided_at, JpClaim.decision_note, JpClaim.file_name, JpClaim.version,
        )
        .join(Employee, Employee.id == JpClaim.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .outerjoin(JpEntry, JpEntry.id == JpClaim.entry_id)
    )  # fmt: skip
    return lines  # type: ignore[no-any-return]


def get_claim(session: Session, actor: Actor, public_id: str) -> ClaimLine | None:
    """Return a claim that the actor may see: one's own, or of people whose JP one manages."""
    row: Any = session.execute(
        _lines().where(JpClaim.public_id == public_id, claims_visible_to(actor, OrganisationalUnit.path))
    ).one_or_none()
    return ClaimLine(*row) if row is not None else None


def lock_claim(session: Session, public_id: str) -> tuple[JpClaim, str | None] | None:
    """Return a claim with the path of the person's unit, its row held until commit."""
    row = session.execute(
        select(JpClaim, OrganisationalUnit.path)
        .join(Employee, Employee.id == JpClaim.employee_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .where(JpClaim.public_id == public_id)
        .with_for_update(of=JpClaim)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def list_own_claims(session: Session, employee_id: int, *, limit: int = 100) -> list[ClaimLine]:
    """Return one's own claims, newest first. Index: ix_jp_claim_employee_id."""
    rows: Any = session.execute(
        _lines().where(JpClaim.employee_id == employee_id).order_by(JpClaim.id.desc()).limit(limit)
    )
    return [ClaimLine(*row) for row in rows]


def _wanted(actor: Actor, wanted: ClaimFilter) -> list[Any]:
    found: list[Any] = [claims_managed_by(actor, OrganisationalUnit.path)]
    if wanted.state is not None:
        found.append(JpClaim.state == wanted.state)
    if wanted.unit_path:
        found.append(path_within(OrganisationalUnit.path, [wanted.unit_path]))
    if wanted.year is not None:
        found.append(func.extract("year", JpClaim.ends_on) == wanted.year)
    if wanted.text:
        like = f"%{wanted.text.lower()}%"
        found.append(
            or_(func.lower(Employee.name).like(like), func.lower(JpClaim.title).like(like),
                func.lower(JpClaim.provider).like(like))
        )  # fmt: skip
    return found


def list_claims(
    session: Session, actor: Actor, *, wanted: ClaimFilter, offset: int = 0, limit: int = 25
) -> tuple[list[ClaimLine], int]:
    """Return claims of people whose JP the actor manages, oldest first, and how many there are.

    Index: ix_jp_claim_state.
    """
    query = _lines().where(*_wanted(actor, wanted))
    total = int(session.scalar(select(func.count()).select_from(query.subquery())) or 0)
    rows: Any = session.execute(query.order_by(JpClaim.submitted_at, JpClaim.id).offset(offset).limit(limit))
    return [ClaimLine(*row) for row in rows], total


def count_claims_waiting(session: Session, actor: Actor) -> int:
    """Return how many claims wait for a decision of the actor."""
    return int(
        session.scalar(
            select(func.count())
            .select_from(JpClaim)
            .join(Employee, Employee.id == JpClaim.employee_id)
            .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
            .where(claims_managed_by(actor, OrganisationalUnit.path), JpClaim.state == ClaimState.SUBMITTED)
        )
        or 0
    )


def find_doubles(
    session: Session,
    *,
    employee_id: int,
    starts_on: date,
    ends_on: date,
    learning_form: int,
    number_key: str,
    file_digest: str,
    claim_id: int = 0,
) -> list[Double]:
    """Return what may be the same training: number, file, days of the same person, or days credited already."""
    same_days = and_(
        JpClaim.employee_id == employee_id,
        JpClaim.learning_form == learning_form,
        JpClaim.starts_on <= ends_on,
        JpClaim.ends_on >= starts_on,
    )
    same_file = JpClaim.file_digest == file_digest
    alike = [same_file, same_days]
    if number_key:
        alike.append(JpClaim.number_key == number_key)
    rows = session.execute(
        select(
            JpClaim.file_digest, JpClaim.number_key, JpClaim.title, Employee.name, JpClaim.ends_on, JpClaim.public_id
        )
        .join(Employee, Employee.id == JpClaim.employee_id)
        .where(JpClaim.id != claim_id, JpClaim.state.in_(LIVE), or_(*alike))
        .order_by(JpClaim.id)
        .limit(DOUBLES_SHOWN)
    )
    found = [
        Double(
            "file" if digest == file_digest else "number" if number_key and key == number_key else "days",
            title, name, on, public_id,
        )
        for digest, key, title, name, on, public_id in rows
    ]  # fmt: skip
    entries = session.execute(
        select(JpEntry.label, Employee.name, JpEntry.held_on)
        .join(Employee, Employee.id == JpEntry.employee_id)
        .where(
            JpEntry.employee_id == employee_id,
            JpEntry.learning_form == learning_form,
            JpEntry.held_on.between(starts_on, ends_on),
            JpEntry.source_kind != "claim",
            JpEntry.credited_jp > 0,
        )
        .order_by(JpEntry.id)
        .limit(DOUBLES_SHOWN)
    )
    return found + [Double("course", label, name, on, None) for label, name, on in entries]


def collect_claims(session: Session, employee_id: int) -> list[dict[str, Any]]:
    """Return all claims of a person, for "Data saya"."""
    return [
        {
            "pelatihan": line.title,
            "penyelenggara": line.provider,
            "nomor_sertifikat": line.certificate_number,
            "mulai": line.starts_on.isoformat(),
            "selesai": line.ends_on.isoformat(),
            "jp_diajukan": line.claimed_jp,
            "jp_diakui": line.credited_jp,
            "keadaan": line.state.value,
            "catatan_petugas": line.decision_note,
            "berkas": line.file_name,
        }
        for line in list_own_claims(session, employee_id, limit=10_000)
    ]


@dataclass(frozen=True, slots=True)
class PersonLabel:
    """Name and address of a person's page."""

    public_id: str
    name: str


def person_label(session: Session, employee_id: int) -> PersonLabel:
    """Return how a person is named on a page."""
    row = session.execute(select(Employee.public_id, Employee.name).where(Employee.id == employee_id)).one()
    return PersonLabel(row[0], row[1])


def digest_of_claim(session: Session, claim_id: int) -> str:
    """Return under which digest the proof of a claim lies."""
    return session.scalars(select(JpClaim.file_digest).where(JpClaim.id == claim_id)).one()


def doubles_of_claim(session: Session, claim_id: int) -> list[Double]:
    """Return what may be the same training as a claim that is there."""
    claim = session.get_one(JpClaim, claim_id)
    return find_doubles(
        session,
        employee_id=claim.employee_id,
        starts_on=claim.starts_on,
        ends_on=claim.ends_on,
        learning_form=claim.learning_form,
        number_key=claim.number_key,
        file_digest=claim.file_digest,
        claim_id=claim.id,
    )
