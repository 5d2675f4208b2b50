"""Evidence of competencies: enough for a map that differs from place to place, and millions more on request."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from lms.cli.demo.competencies_data import GENERIC_WEAK, STANDARD_YEARS, WEAK, take_in
from lms.cli.demo.nation.bulk import Bulk, PublicIds, Row
from lms.cli.demo.nation.people import hired
from lms.cli.demo.nation.size import draws
from lms.competencies.models import Competency, CompetencyRecord, EvidenceKind, EvidenceSource, PositionRequirement
from lms.competencies.rules import STRENGTH

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from lms.cli.demo.nation.parts import World

BATCH: Final = 20_000  # people of the base; rows of a slice are many times more
ASSESSED: Final = 0.62  # people with anything at all
PAIR: Final = 0.55  # of the competencies asked of them
_DAYS: Final = 365 * STANDARD_YEARS
_COLUMNS: Final = (
    "id", "public_id", "employee_id", "competency_id", "level", "kind", "source", "source_label", "source_kind",
    "strength", "assessed_on", "recorded_at", "role_key", "required_level", "note", "is_void", "unique_key",
)  # fmt: skip


class _Origin(NamedTuple):
    kind: str
    source: str
    label: str
    strength: int


def _origin(kind: EvidenceKind, source: EvidenceSource, label: str = "") -> _Origin:
    return _Origin(kind.value, source.value, label, STRENGTH[source])


_ORIGINS: Final = (
    _origin(EvidenceKind.APPRAISAL, EvidenceSource.SUPERVISOR),
    _origin(EvidenceKind.APPRAISAL, EvidenceSource.SUPERVISOR),
    _origin(EvidenceKind.MEASUREMENT, EvidenceSource.ASSESSMENT_CENTRE, "Asesmen kompetensi"),
    _origin(EvidenceKind.MEASUREMENT, EvidenceSource.PRIOR_LEARNING, "Pelatihan teknis"),
)


class _Asked(NamedTuple):
    competency_id: int
    code: str
    level: int


class _Drawing:
    """Draws evidence person by person; a province has strengths and weaknesses of its own."""

    def __init__(self, world: World, rng: random.Random, *, first_id: int, ids: PublicIds) -> None:
        self.rng, self.number, self.ids = rng, first_id, ids
        noon = datetime.combine(world.today, time(2, 15), tzinfo=UTC)
        self.days = [(noon - timedelta(days=back)).date() for back in range(_DAYS)]
        self.instants = [noon - timedelta(days=back) for back in range(_DAYS)]
        self.asked: dict[str, list[_Asked]] = defaultdict(list)
        query = (
            select(
                PositionRequirement.role_key,
                PositionRequirement.competency_id,
                Competency.code,
                PositionRequirement.level,
            )
            .join(Competency, Competency.id == PositionRequirement.competency_id)
            .where(
                PositionRequirement.valid_from_on <= world.today,
                PositionRequirement.valid_to_on.is_(None) | (PositionRequirement.valid_to_on > world.today),
            )
            .order_by(PositionRequirement.role_key, Competency.position_order)
        )
        for role_key, competency_id, code, level in world.session.execute(query):
            self.asked[role_key].append(_Asked(competency_id, code, level))
        self._seed = world.seed
        self._story: dict[str, dict[str, float]] = {}
        self.today = world.today

    def base(self, row: Any) -> Iterator[Row]:
        """Yield the newest evidence of one person in part of what the post asks for."""
        rng = self.rng
        employee_id, _unit, path, role, since = row
        if rng.random() >= ASSESSED:
            return
        weak = self._weak(path)
        gift = rng.uniform(-0.14, 0.14)
        latest = max(1, min(1_000, (self.today - since).days - 20))
        for place, one in enumerate(self.asked.get(role, ())):
            if rng.random() >= PAIR:
                continue
            share, draw = weak.get(one.code, GENERIC_WEAK), rng.random() + gift
            level = max(0, one.level - 1) if draw < share else min(5, one.level + (draw > 0.88))
            yield self._row(employee_id, role, one, level, back=rng.randrange(latest), key=f"{place:03}")

    def more(self, row: Any, count: int) -> Iterator[Row]:
        """Yield older evidence of one person: what years of use leave behind."""
        rng = self.rng
        employee_id, _unit, _path, role, _since = row
        asked = self.asked.get(role)
        if not asked:
            return
        for turn in range(count):
            one = asked[turn % len(asked)]
            level = max(0, one.level - rng.choice((0, 1, 1, 2)))
            yield self._row(employee_id, role, one, level, back=rng.randrange(400, _DAYS), key=f"m{turn:04}")

    def _weak(self, path: str) -> dict[str, float]:
        """Return the shares of people below the standard in a province, by competency."""
        province = "/".join(path.split("/", 4)[:3])
        found = self._story.get(province)
        if found is None:
            rng = draws(self._seed, f"story/{province}")
            found = {code: min(0.8, max(0.04, share + rng.uniform(-0.16, 0.22))) for code, share in WEAK.items()}
            self._story[province] = found
        return found

    def _row(self, employee_id: int, role: str, one: _Asked, level: int, *, back: int, key: str) -> Row:
        origin = _ORIGINS[self.rng.randrange(4)]
        number = self.number
        self.number = number + 1
        return (
            number, self.ids(), employee_id, one.competency_id, level, origin.kind, origin.source, origin.label, "",
            origin.strength, self.days[back], self.instants[back], role, one.level, "", False,
            f"demo:n{employee_id:07}:{key}",
        )  # fmt: skip


def build_standards(world: World) -> None:
    """Take in dictionary and standards where the demo city has not done so."""
    take_in(world.session, world.today)
    world.advance(1)


def build(world: World) -> None:
    """Write the base: what the maps show."""
    bulk = Bulk(world.session)
    table: Any = CompetencyRecord.__table__
    drawing = _Drawing(
        world,
        draws(world.seed, "evidence"),
        first_id=bulk.next_id(table),
        ids=PublicIds(draws(world.seed, "evidence/ids"), world.today),
    )
    people = hired(world)
    for start in range(0, len(people), BATCH):
        batch = people[start : start + BATCH]
        bulk.write(table, _COLUMNS, (one for row in batch for one in drawing.base(row)))
        world.advance(len(batch))


def build_slice(world: World, *, start: int, count: int, total: int) -> int:
    """Write the rows `start` to `start + count` of `total` further ones; return how many.

    Rows are spread evenly over the people, so that a slice belongs to people who follow one another.
    """
    people = hired(world)
    bulk = Bulk(world.session, world.advance)
    table: Any = CompetencyRecord.__table__
    # Each slice has its own draws and ids, which sort after those of the slices before.
    drawing = _Drawing(
        world,
        draws(world.seed, f"records/{start}"),
        first_id=bulk.next_id(table),
        ids=PublicIds(draws(world.seed, f"records/{start}/ids"), world.today),
    )
    shares = _shares(people, start=start, count=count, total=total)
    return bulk.write(table, _COLUMNS, (one for row, share in shares for one in drawing.more(row, share)))


def _shares(people: Sequence[Any], *, start: int, count: int, total: int) -> Iterator[tuple[Any, int]]:
    """Yield the people of a slice with how many rows each gets: all of a person lies in one slice."""
    first, last = len(people) * start // total, len(people) * (start + count) // total
    for place in range(first, last):
        yield people[place], total * (place + 1) // len(people) - total * place // len(people)
