"""Employments through time: who holds which seat now, what came before, and who acts for whom.

Seats of officials never overlap, in the past neither: a supervisor looked up for an old certificate is one
person.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from .models import Employment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from .models import EmploymentKind, Person, Position

# The organisation as it stands is taken to exist since this day; what people did before is not told.
ORGANISATION_FROM: Final = date(2008, 1, 2)
_ONE_DAY: Final = timedelta(days=1)
_SHORTEST_JOB_DAYS: Final = 400
_LONGEST_JOB_DAYS: Final = 1_900
_TRANSFERRED_PERCENT: Final = 45

# From which roles people rise; a role that is missing here is filled from the pelaksana.
_RISE_FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "sekda": ("kepala-badan", "camat"),
    "kepala-badan": ("sekretaris-badan", "camat"),
    "sekretaris-badan": ("kepala-bidang", "sekcam"),
    "kepala-bidang": ("kasubbag-perencanaan", "lurah"),
    "kepala-upt": ("kasubbag-umum", "kasi-pmd"),
    "camat": ("sekcam", "lurah", "kepala-bidang"),
    "sekcam": ("lurah", "kasi-pemerintahan", "kasi-pmd"),
    "lurah": ("seklur", "kasi-pelayanan", "kasi-kelurahan-pemerintahan"),
    "seklur": ("kasi-kelurahan-pelayanan", "kasi-kelurahan-pmd", "kasi-kelurahan-pemerintahan"),
    "kasi-pemerintahan": ("seklur", "kasi-kelurahan-pemerintahan"),
    "kasi-pelayanan": ("kasi-kelurahan-pelayanan", "kasubbag-umum"),
    "kasi-pmd": ("kasi-kelurahan-pmd",),
    "kasi-trantib": ("kasi-kelurahan-trantib",),
    "kasi-binwas": ("kasi-kelurahan-pemerintahan",),
}


class Histories:
    """Collects employments and keeps single seats free of overlaps."""

    def __init__(self, rng: Random, positions: Sequence[Position], *, reference_on: date) -> None:
        """Start with all seats empty."""
        self._rng = rng
        self._reference_on = reference_on
        self._taken: dict[str, list[tuple[date, date]]] = defaultdict(list)
        self._by_role: dict[str, list[Position]] = defaultdict(list)
        for position in positions:
            self._by_role[position.role_key].append(position)
        self._staff = [position for position in positions if position.kind == "pelaksana"]
        self.employments: list[Employment] = []

    def seat(self, person: Person, position: Position) -> Employment:
        """Give a person the present job and return the employment."""
        appointed_on = person.cpns_on or person.contract_start_on or ORGANISATION_FROM
        earliest = max(appointed_on, ORGANISATION_FROM)
        started_on = earliest
        if position.kind != "pelaksana" or (person.status == "pns" and self._rng.randrange(100) < _TRANSFERRED_PERCENT):
            recent = self._reference_on - timedelta(days=self._rng.randint(60, 2_000))
            started_on = max(recent, earliest + timedelta(days=_SHORTEST_JOB_DAYS))
            if started_on > self._reference_on:
                started_on = earliest
        return self._add(person, position, "definitif", started_on=started_on, ended_on=None)

    def add_past(self, person: Person, position: Position, current: Employment) -> None:
        """Tell what a person did before, back to the appointment or the start of the organisation."""
        earliest = max(person.cpns_on or current.started_on, ORGANISATION_FROM)
        started_on, later = current.started_on, position
        while started_on > earliest:
            ended_on = started_on - _ONE_DAY
            length = timedelta(days=self._rng.randint(_SHORTEST_JOB_DAYS, _LONGEST_JOB_DAYS))
            started_on = max(earliest, ended_on - length)
            if (started_on - earliest).days < _SHORTEST_JOB_DAYS:
                started_on = earliest
            later = self._earlier_position(later, started_on, ended_on)
            self._add(person, later, "definitif", started_on=started_on, ended_on=ended_on)

    def act(
        self,
        person: Person,
        position: Position,
        kind: EmploymentKind,
        *,
        started_on: date,
        ended_on: date | None = None,
    ) -> None:
        """Let a person act beside the own job: Plt. for a vacant position, Plh. for an absent holder."""
        self.employments.append(Employment(person.key, position.code, position.unit_code, kind, started_on, ended_on))
        if kind == "plt":
            self._taken[position.code].append((started_on, ended_on or date.max))

    def _earlier_position(self, later: Position, started_on: date, ended_on: date) -> Position:
        rng = self._rng
        for role_key in _RISE_FROM.get(later.role_key, ()):
            candidates = self._by_role[role_key]
            for _ in range(4 if candidates else 0):
                candidate = rng.choice(candidates)
                if self._is_free(candidate.code, started_on, ended_on):
                    return candidate
        return rng.choice([position for position in rng.sample(self._staff, 2) if position.code != later.code])

    def _is_free(self, code: str, started_on: date, ended_on: date) -> bool:
        return all(ended_on < begin or end < started_on for begin, end in self._taken[code])

    def _add(
        self,
        person: Person,
        position: Position,
        kind: EmploymentKind,
        *,
        started_on: date,
        ended_on: date | None,
    ) -> Employment:
        job = Employment(person.key, position.code, position.unit_code, kind, started_on, ended_on)
        if position.seats == 1 and position.kind != "pelaksana":
            self._taken[position.code].append((started_on, ended_on or date.max))
        self.employments.append(job)
        return job
