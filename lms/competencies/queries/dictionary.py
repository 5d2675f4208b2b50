"""Reads of the dictionary: frameworks, competencies, levels and standards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, or_, select

from lms.competencies.models import (
    Competency,
    CompetencyGroup,
    CompetencyWording,
    Framework,
    PositionRequirement,
    ProficiencyLevel,
)

if TYPE_CHECKING:
    from sqlalchemy import BindParameter, ColumnElement
    from sqlalchemy.orm import Session

GROUP_ORDER = {
    group: number
    for number, group in enumerate(
        (
            CompetencyGroup.TEKNIS,
            CompetencyGroup.PEMERINTAHAN,
            CompetencyGroup.MANAJERIAL,
            CompetencyGroup.SOSIAL_KULTURAL,
        )
    )
}


@dataclass(frozen=True, slots=True)
class CompetencyRow:
    """One competency in a list."""

    id: int
    public_id: str
    code: str
    name: str
    short_name: str
    group: CompetencyGroup
    definition: str
    order: int

    @property
    def label(self) -> str:
        """The short name, or the whole one when there is none."""
        return self.short_name or self.name


@dataclass(frozen=True, slots=True)
class RoleLevel:
    """Level that one kind of position must hold."""

    role_key: str
    level: int


@dataclass(frozen=True, slots=True)
class CompetencyPage:
    """One competency with its levels, its standards and its earlier wordings."""

    row: CompetencyRow
    framework: Framework
    levels: list[ProficiencyLevel]
    standards: list[RoleLevel]
    earlier: list[tuple[Framework, CompetencyWording]]


def current_framework(on: date | None = None) -> ColumnElement[bool]:
    """Return the condition that a framework version is the one in use (or was, on a day)."""
    if on is None:
        return Framework.valid_to_on.is_(None)
    return and_(Framework.valid_from_on <= on, or_(Framework.valid_to_on.is_(None), Framework.valid_to_on > on))


def requirement_valid(on: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition that a standard holds on a day; the end day is exclusive."""
    return and_(
        PositionRequirement.valid_from_on <= on,
        or_(PositionRequirement.valid_to_on.is_(None), PositionRequirement.valid_to_on > on),
    )


def competency_ids(session: Session) -> dict[str, int]:
    """Return the internal ids of the competencies in use by code, for loaders of course files."""
    query = (
        select(Competency.code, Competency.id)
        .join(Framework, Framework.id == Competency.framework_id)
        .where(current_framework())
        .limit(5000)
    )
    return dict(session.execute(query).all())


def _rows() -> Any:
    return (
        select(
            Competency.id,
            Competency.public_id,
            Competency.code,
            Competency.name,
            Competency.short_name,
            Competency.group,
            Competency.definition,
            Competency.position_order,
        )
        .join(Framework, Framework.id == Competency.framework_id)
        .where(current_framework())
        .order_by(Competency.position_order, Competency.id)
    )


def list_competencies(
    session: Session, *, group: CompetencyGroup | None = None, words: str = "", limit: int = 200
) -> list[CompetencyRow]:
    """Return the competencies in use, in the order of the dictionary.

    `words`: each must occur in code, name or definition, whatever the case.
    """
    query = _rows().limit(limit)
    if group is not None:
        query = query.where(Competency.group == group)
    for word in words.split()[:6]:
        pattern = f"%{_escaped(word.lower())}%"
        query = query.where(
            or_(
                *(
                    func.lower(column).like(pattern, escape="\\")
                    for column in (Competency.code, Competency.name, Competency.definition)
                )
            )
        )
    return [CompetencyRow(*row) for row in session.execute(query)]


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def competencies_by_id(session: Session, ids: list[int]) -> dict[int, CompetencyRow]:
    """Return competencies by internal id, also retired ones."""
    query = select(
        Competency.id,
        Competency.public_id,
        Competency.code,
        Competency.name,
        Competency.short_name,
        Competency.group,
        Competency.definition,
        Competency.position_order,
    ).where(Competency.id.in_(ids[:500]))
    return {row[0]: CompetencyRow(*row) for row in session.execute(query)}


def get_competency(session: Session, public_id: str) -> CompetencyRow | None:
    """Return one competency by its public id, also a retired one."""
    query = select(
        Competency.id,
        Competency.public_id,
        Competency.code,
        Competency.name,
        Competency.short_name,
        Competency.group,
        Competency.definition,
        Competency.position_order,
    ).where(Competency.public_id == public_id)
    row = session.execute(query).one_or_none()
    return None if row is None else CompetencyRow(*row)


def get_competency_by_code(session: Session, code: str) -> CompetencyRow | None:
    """Return the competency in use with this code."""
    row = session.execute(_rows().where(Competency.code == code).limit(1)).first()
    return None if row is None else CompetencyRow(*row)


_LEVELS = (
    select(ProficiencyLevel)
    .where(ProficiencyLevel.competency_id.in_(bindparam("ids", expanding=True)))
    .order_by(ProficiencyLevel.competency_id, ProficiencyLevel.level)
)


def list_levels(session: Session, competency_ids: list[int]) -> dict[int, list[ProficiencyLevel]]:
    """Return the levels of some competencies, in order, in one statement."""
    found: dict[int, list[ProficiencyLevel]] = {one: [] for one in competency_ids}
    for level in session.scalars(_LEVELS, {"ids": competency_ids[:100]}):
        found[level.competency_id].append(level)
    return found


def get_competency_page(session: Session, public_id: str, *, on: date) -> CompetencyPage | None:
    """Return one competency with all that its page shows, in four statements."""
    row = get_competency(session, public_id)
    if row is None:
        return None
    framework = session.scalars(
        select(Framework).join(Competency, Competency.framework_id == Framework.id).where(Competency.id == row.id)
    ).one()
    standards = session.execute(
        select(PositionRequirement.role_key, PositionRequirement.level)
        .where(PositionRequirement.competency_id == row.id, requirement_valid(on))
        .order_by(PositionRequirement.level.desc(), PositionRequirement.role_key)
        .limit(100)
    )
    earlier = session.execute(
        select(Framework, CompetencyWording)
        .join(CompetencyWording, CompetencyWording.framework_id == Framework.id)
        .where(CompetencyWording.competency_id == row.id)
        .order_by(Framework.version.desc())
        .limit(10)
    )
    return CompetencyPage(
        row,
        framework,
        list_levels(session, [row.id])[row.id],
        [RoleLevel(*found) for found in standards],
        [(version, wording) for version, wording in earlier],
    )
