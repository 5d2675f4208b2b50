"""Reads about one person: job of a day, standing, gaps, evidence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from lms.competencies import rules
from lms.competencies.models import (
    Competency,
    CompetencyGroup,
    CompetencyRecord,
    EvidenceKind,
    EvidenceSource,
    PositionRequirement,
)
from lms.competencies.policies import PersonFacts, appraisable_by, levels_visible_to
from lms.competencies.queries.dictionary import GROUP_ORDER, requirement_valid
from lms.core.orm import read_rows
from lms.people.models import Employee, EmployeeStatus, Employment, OrganisationalUnit, Position

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, ColumnElement
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Job:
    """The main job that a person held on a day."""

    role_key: str
    position_name: str
    position_kind: str
    unit_id: int
    unit_name: str
    started_on: date


@dataclass(frozen=True, slots=True)
class Proof:
    """One row of evidence as a profile shows it."""

    id: int
    public_id: str
    level: int
    kind: EvidenceKind
    source: EvidenceSource
    label: str
    assessed_on: date
    assessor: str
    note: str
    required: int | None
    months: int
    assessor_id: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands in one competency on a day.

    Args:
        required: the standard of the main job, None when the job asks for none.
        level: the level that counts, None without valid evidence; `state` says why.
        last_level, assessed_on, months: level, day and age of the evidence that sets the level, or of the
            newest one when it has become too old.
        gap: levels that are missing, 0 or more; `word` is None when there is nothing to compare.
    """

    competency_id: int
    public_id: str
    code: str
    name: str
    short_name: str
    group: CompetencyGroup
    order: int
    required: int | None
    state: rules.EvidenceState
    level: int | None
    last_level: int | None
    assessed_on: date | None
    months: int | None
    needs_renewal: bool
    self_level: int | None
    self_on: date | None
    gap: int
    word: rules.GapWord | None
    proof: Proof | None = None
    proofs: tuple[Proof, ...] = field(default=())

    @property
    def kind(self) -> EvidenceKind | None:
        """Kind of the evidence that sets the level."""
        return None if self.proof is None else self.proof.kind


@dataclass(frozen=True, slots=True)
class GapRow:
    """One competency that a person lacks, for catalogues and pairings.

    Args:
        level: None when there is no valid evidence (`include_unassessed`); then `gap` is the whole standard.
    """

    competency_id: int
    code: str
    name: str
    required: int
    level: int | None
    gap: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as a profile's head shows them."""

    id: int
    public_id: str
    name: str
    title_before: str
    title_after: str
    position_name: str | None
    unit_name: str | None
    unit_path: str | None
    facts: PersonFacts

    @property
    def full_name(self) -> str:
        """Name with its titles."""
        return full_name(self.name, self.title_before, self.title_after)


def full_name(name: str, before: str, after: str) -> str:
    """Return a name with its titles, as it is printed on letters."""
    front = f"{before} {name}" if before else name
    return f"{front}, {after}" if after else front


def stands() -> ColumnElement[bool]:
    """Return the condition that a row of evidence stands: not taken back and not corrected by a later row."""
    corrected = select(CompetencyRecord.corrects_id).where(CompetencyRecord.corrects_id.is_not(None))
    return and_(CompetencyRecord.is_void.is_(False), CompetencyRecord.id.not_in(corrected))


def job_held(on: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition that an employment is a main job of a day, both ends included."""
    return and_(
        Employment.is_main.is_(True),
        Employment.started_on <= on,
        or_(Employment.ended_on.is_(None), Employment.ended_on >= on),
    )


# Made once: putting a statement together costs more than its look-up in the database.
_JOB = (
    select(
        Position.role_key,
        Position.name,
        Position.kind,
        Employment.unit_id,
        OrganisationalUnit.name,
        Employment.started_on,
    )
    .join(Position, Position.id == Employment.position_id)
    .join(OrganisationalUnit, OrganisationalUnit.id == Employment.unit_id)
    .where(Employment.employee_id == bindparam("employee_id"), job_held(bindparam("on", type_=Date)))
    .order_by(Employment.started_on.desc(), Employment.id.desc())
    .limit(1)
)
_STANDARD = (
    select(PositionRequirement.competency_id, PositionRequirement.level)
    .where(PositionRequirement.role_key == bindparam("role_key"), requirement_valid(bindparam("on", type_=Date)))
    .order_by(PositionRequirement.valid_from_on, PositionRequirement.id)
    .limit(1000)
)


def get_job(session: Session, employee_id: int, on: date) -> Job | None:
    """Return the main job that a person held on a day."""
    row = read_rows(session, _JOB, {"employee_id": employee_id, "on": on}).first()
    return None if row is None else Job(*row)


def required_levels(session: Session, role_key: str, on: date) -> dict[int, int]:
    """Return the standard of a kind of position on a day: competency id to level."""
    rows: Any = read_rows(session, _STANDARD, {"role_key": role_key, "on": on})
    return dict(rows.all())


def _person() -> Any:
    return (
        select(
            Employee.id,
            Employee.public_id,
            Employee.name,
            Employee.title_before,
            Employee.title_after,
            Position.name,
            OrganisationalUnit.name,
            OrganisationalUnit.path,
            Position.is_head,
            Position.unit_id,
            Employee.unit_id,
            Employee.is_active,
            Employee.status,
        )
        .outerjoin(Position, Position.id == Employee.position_id)
        .outerjoin(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
    )


def _person_row(row: Any) -> PersonRow:
    is_head = bool(row[8]) and row[9] == row[10]
    counted = bool(row[11]) and row[12] is not EmployeeStatus.EXTERNAL
    facts = PersonFacts(row[0], row[7], is_head, counted)
    return PersonRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], facts)


def get_person(session: Session, actor: Actor, public_id: str) -> PersonRow | None:
    """Return one person whose levels the actor may read, or None."""
    row = session.execute(_person().where(Employee.public_id == public_id, levels_visible_to(actor))).one_or_none()
    return None if row is None else _person_row(row)


def get_appraised(session: Session, actor: Actor, public_id: str) -> PersonRow | None:
    """Return one person whom the actor may appraise, or None."""
    row = session.execute(_person().where(Employee.public_id == public_id, appraisable_by(actor))).one_or_none()
    return None if row is None else _person_row(row)


_PERSON_BY_ID = _person().where(Employee.id == bindparam("employee_id"))


def get_person_by_id(session: Session, employee_id: int) -> PersonRow | None:
    """Return one person by internal id, for acts that were checked elsewhere and for one's own pages."""
    row = read_rows(session, _PERSON_BY_ID, {"employee_id": employee_id}).one_or_none()
    return None if row is None else _person_row(row)


def _proofs() -> Any:
    assessor = Employee.__table__.alias("assessor")
    return (
        select(
            CompetencyRecord.employee_id,
            CompetencyRecord.competency_id,
            CompetencyRecord.id,
            CompetencyRecord.public_id,
            CompetencyRecord.level,
            CompetencyRecord.kind,
            CompetencyRecord.source,
            CompetencyRecord.source_label,
            CompetencyRecord.assessed_on,
            assessor.c.name,
            assessor.c.title_before,
            assessor.c.title_after,
            CompetencyRecord.note,
            CompetencyRecord.required_level,
            CompetencyRecord.assessor_id,
        )
        .outerjoin(assessor, assessor.c.id == CompetencyRecord.assessor_id)
        .where(
            CompetencyRecord.employee_id.in_(bindparam("employee_ids", expanding=True)),
            CompetencyRecord.assessed_on <= bindparam("on"),
            stands(),
        )
        .order_by(CompetencyRecord.assessed_on.desc(), CompetencyRecord.id.desc())
        .limit(bindparam("most"))
    )


_PROOFS = _proofs()
_TEXTS = select(
    Competency.id,
    Competency.public_id,
    Competency.code,
    Competency.name,
    Competency.short_name,
    Competency.group,
    Competency.position_order,
).where(Competency.id.in_(bindparam("ids", expanding=True)))


def list_proofs(
    session: Session, employee_ids: list[int], on: date, *, limit: int = 1000
) -> dict[tuple[int, int], list[Proof]]:
    """Return the evidence of some people up to a day, newest first, by (person, competency)."""
    found: dict[tuple[int, int], list[Proof]] = defaultdict(list)
    for row in read_rows(session, _PROOFS, {"employee_ids": list(employee_ids), "on": on, "most": limit}).all():
        name = full_name(row[9], row[10], row[11]) if row[9] else ""
        found[row[0], row[1]].append(
            Proof(
                row[2],
                row[3],
                row[4],
                row[5],
                row[6],
                row[7],
                row[8],
                name,
                row[12],
                row[13],
                rules.age_in_months(row[8], on),
                row[14],
            )
        )
    return found


def standing(session: Session, employee_id: int, on: date) -> list[Standing]:
    """Return where a person stands on a day, per competency of the job's standard or with evidence.

    Sorted by need: largest gap first, then what has no valid evidence, then the order of the dictionary.
    Three statements, whatever the number of competencies.
    """
    return stand_in(session, employee_id, on, job=get_job(session, employee_id, on))


def stand_in(session: Session, employee_id: int, on: date, *, job: Job | None) -> list[Standing]:
    """Return the standing for a job that was looked up before; see `standing`."""
    required: dict[int, int] = {} if job is None else required_levels(session, job.role_key, on)
    proofs = list_proofs(session, [employee_id], on)
    by_competency = {competency: rows for (_person_id, competency), rows in proofs.items()}
    ids = sorted(set(required) | set(by_competency))
    texts = read_rows(session, _TEXTS, {"ids": ids[:1000]}).all()
    rows = [_stand(tuple(text), required.get(text[0]), by_competency.get(text[0], []), on) for text in texts]
    return sorted(rows, key=_by_need)


def _stand(text: tuple[Any, ...], required: int | None, proofs: list[Proof], on: date) -> Standing:
    held = rules.held_level((rules.Evidence(p.id, p.level, p.kind, p.assessed_on) for p in proofs), on=on)
    proof = next((p for p in proofs if p.id == held.evidence_id), None)
    word = None if held.level is None or required is None else rules.gap_word(held.level, required)
    return Standing(
        competency_id=text[0],
        public_id=text[1],
        code=text[2],
        name=text[3],
        short_name=text[4],
        group=text[5],
        order=text[6],
        required=required,
        state=held.state,
        level=held.level,
        last_level=held.last_level,
        assessed_on=held.assessed_on,
        months=None if proof is None else proof.months,
        needs_renewal=held.level is not None
        and held.assessed_on is not None
        and rules.needs_renewal(held.assessed_on, on),
        self_level=held.self_level,
        self_on=held.self_on,
        gap=rules.shortfall(held.level, required),
        word=word,
        proof=proof,
        proofs=tuple(proofs),
    )


def _by_need(row: Standing) -> tuple[Any, ...]:
    asked = row.required is not None
    return (
        -row.gap,
        not (asked and row.level is None),
        not asked,
        GROUP_ORDER[row.group],
        row.order,
        row.competency_id,
    )


def _gaps() -> Any:
    on = bindparam("on", type_=Date)
    role = (
        select(Position.role_key)
        .join(Employment, Employment.position_id == Position.id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Employment.unit_id)
        .where(Employment.employee_id == bindparam("employee_id"), job_held(on))
        .order_by(Employment.started_on.desc(), Employment.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    correction = aliased(CompetencyRecord)
    level = (
        select(func.max(CompetencyRecord.level))
        .where(
            CompetencyRecord.employee_id == bindparam("employee_id"),
            CompetencyRecord.competency_id == PositionRequirement.competency_id,
            CompetencyRecord.kind.in_([EvidenceKind.APPRAISAL, EvidenceKind.MEASUREMENT]),
            CompetencyRecord.assessed_on <= on,
            CompetencyRecord.assessed_on >= bindparam("since", type_=Date),
            CompetencyRecord.is_void.is_(False),
            ~exists().where(correction.corrects_id == CompetencyRecord.id),
        )
        .correlate(PositionRequirement)
        .scalar_subquery()
    )
    return (
        select(
            PositionRequirement.competency_id,
            Competency.code,
            Competency.name,
            PositionRequirement.level,
            level,
            Competency.group,
            Competency.position_order,
        )
        .join(Competency, Competency.id == PositionRequirement.competency_id)
        .where(PositionRequirement.role_key == role, requirement_valid(on))
        .order_by(PositionRequirement.valid_from_on, PositionRequirement.id)
        .limit(1000)
    )


_GAPS = _gaps()


def gaps_of(session: Session, employee_id: int, on: date, *, include_unassessed: bool = True) -> list[GapRow]:
    """Return the competencies in which a person is below the standard of the main job, largest gap first.

    Those without valid evidence stand at the end, unless `include_unassessed` is false. The same rows as of
    `standing`, from one statement and without the evidence itself.
    """
    values = {"employee_id": employee_id, "on": on, "since": rules.valid_since(on, rules.EVIDENCE_YEARS)}
    # Where two standards overlap, the newer one comes later and counts.
    asked = {row[0]: row for row in read_rows(session, _GAPS, values).all()}
    ordered = sorted(asked.values(), key=lambda row: (GROUP_ORDER[row[5]], row[6], row[0]))
    found = [
        GapRow(row[0], row[1], row[2], row[3], row[4], row[3] - row[4])
        for row in ordered
        if row[4] is not None and row[4] < row[3]
    ]
    found.sort(key=lambda row: -row.gap)
    if include_unassessed:
        found += [GapRow(row[0], row[1], row[2], row[3], None, row[3]) for row in ordered if row[4] is None]
    return found


def collect_evidence(session: Session, employee_id: int) -> list[dict[str, Any]]:
    """Return all evidence about one person as plain values, for "Data saya"; also corrected rows."""
    query = (
        select(CompetencyRecord, Competency.code, Competency.name)
        .join(Competency, Competency.id == CompetencyRecord.competency_id)
        .where(CompetencyRecord.employee_id == employee_id)
        .order_by(CompetencyRecord.assessed_on, CompetencyRecord.id)
        .limit(5000)
    )
    return [
        {
            "kode": code,
            "kompetensi": name,
            "level": row.level,
            "jenis": row.kind,
            "sumber": row.source,
            "keterangan": row.source_label,
            "tanggal": row.assessed_on.isoformat(),
            "standar_saat_itu": row.required_level,
            "catatan": row.note,
            "dibatalkan": row.is_void,
        }
        for row, code, name in session.execute(query)
    ]
