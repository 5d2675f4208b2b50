"""Plain records of a demonstration region: what the generator returns.

They know nothing of tables, so that the same records feed the database, an import file and the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

UnitKind = Literal["pemkot", "opd", "upt", "kecamatan", "kelurahan"]
PositionKind = Literal["jpt_pratama", "administrator", "pengawas", "pelaksana", "fungsional"]
PersonStatus = Literal["pns", "cpns", "pppk", "pppk_paruh_waktu", "non_asn", "external"]
EmploymentKind = Literal["definitif", "plt", "plh"]
Gender = Literal["male", "female"]
Education = Literal["SMA", "D3", "D4", "S1", "S2", "S3"]


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisational unit; `parent_code` is None for the root only."""

    code: str
    name: str
    kind: UnitKind
    parent_code: str | None
    region_code: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Position:
    """A job in a unit: one seat for officials, several for pelaksana and fungsional.

    `reports_to_code` is the position of the direct supervisor, None for the highest one.
    """

    code: str
    name: str
    role_key: str
    kind: PositionKind
    echelon_code: str
    echelon_name: str
    unit_code: str
    is_head: bool
    seats: int
    reports_to_code: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """An employee, or an external mentor who belongs to a partner organisation.

    `nip` is None for non-ASN staff and externals. `cpns_on` is set for PNS and CPNS, `contract_start_on` for
    everybody with a contract. Religion, address and the like are not kept: the product does not need them.
    """

    key: str
    nip: str | None
    name: str
    title_before: str
    title_after: str
    gender: Gender
    birth_on: date
    status: PersonStatus
    golongan_code: str | None
    golongan_name: str | None
    education: Education
    email: str
    phone: str
    legal_status: str
    cpns_on: date | None
    contract_start_on: date | None
    partner_code: str | None = None

    @property
    def full_name(self) -> str:
        """Return the name with its titles, as it is printed on letters."""
        front = f"{self.title_before} {self.name}" if self.title_before else self.name
        return f"{front}, {self.title_after}" if self.title_after else front


@dataclass(frozen=True, slots=True)
class Employment:
    """One person in one position for a time; `ended_on` is the last day, None while it has no end."""

    person_key: str
    position_code: str
    unit_code: str
    kind: EmploymentKind
    started_on: date
    ended_on: date | None

    def covers(self, day: date) -> bool:
        """Return whether the employment holds on that day, both ends included."""
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A cooperation agreement with a partner organisation."""

    number: str
    title: str
    started_on: date
    ended_on: date


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner organisation; all of them are invented."""

    code: str
    name: str
    kind: Literal["perguruan_tinggi", "lembaga_masyarakat", "lembaga_pelatihan"]
    email: str
    agreements: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """A whole region on a reference day, with the histories that led to it."""

    code: str
    name: str
    seed: int
    reference_on: date
    units: tuple[Unit, ...]
    positions: tuple[Position, ...]
    people: tuple[Person, ...]
    employments: tuple[Employment, ...]
    partners: tuple[Partner, ...]

    @property
    def employees(self) -> tuple[Person, ...]:
        """Return everybody who works for the region, so without externals."""
        return tuple(person for person in self.people if person.status != "external")

    def employments_on(self, day: date | None = None) -> tuple[Employment, ...]:
        """Return the employments that hold on a day (the reference day unless told)."""
        return tuple(job for job in self.employments if job.covers(day or self.reference_on))

    def main_jobs(self) -> Mapping[str, Employment]:
        """Return for each employee the definitive employment on the reference day, by person key."""
        return {job.person_key: job for job in self.employments_on() if job.kind == "definitif"}
