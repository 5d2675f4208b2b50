"""People with careers that hang together: age, education, service, rank and job.

A career is computed backwards from the rank that a job asks for, so that no combination has to be repaired.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from .models import Person
from .names import LONG_NAMES, DrawnName, NameSource
from .nip import NipIssuer
from .reference import ENTRY_RANK, PNS_RANKS, PPPK_RANK, RANK_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from .models import Education, Gender, PersonStatus, Position

EMAIL_DOMAIN: Final = "palopo.example"
YEARS_PER_RANK: Final = 4  # the regular promotion takes four years
DAYS_PER_YEAR: Final = 365.25
FIRST_PPPK_YEAR: Final = 2021
_APPOINTMENT_MONTHS: Final = (1, 2, 3, 3, 4, 12)
_CONTRACT_MONTHS: Final = (3, 4, 5, 6)
# The birthday may add up to two years to the sum of entry age and service; retirement comes at 58, for
# JPT at 60.
_OLDEST: Final = 55.5
_OLDEST_JPT: Final = 57.5
_YOUNGEST_OFFICIAL: Final = 31


class Profile(NamedTuple):
    """What a job asks of its holder: ranks from and to, and education with weights."""

    lowest: str
    highest: str
    education: Mapping[Education, int]


_MANAGER: Final[Mapping[Education, int]] = {"S1": 35, "D4": 15, "S2": 50}
_SUPERVISOR: Final[Mapping[Education, int]] = {"SMA": 10, "D3": 10, "D4": 8, "S1": 60, "S2": 12}
_LURAH: Final[Mapping[Education, int]] = {"D4": 15, "S1": 65, "S2": 20}
_CLERK: Final[Mapping[Education, int]] = {"SMA": 42, "D3": 16, "S1": 42}

PROFILES: Final[Mapping[str, Profile]] = {
    "sekda": Profile("IV/c", "IV/d", {"S2": 70, "S3": 30}),
    "kepala-badan": Profile("IV/b", "IV/c", {"S2": 100}),
    "sekretaris-badan": Profile("IV/a", "IV/b", _MANAGER),
    "kepala-bidang": Profile("III/d", "IV/a", _MANAGER),
    "kepala-upt": Profile("III/c", "III/d", _MANAGER),
    "camat": Profile("III/d", "IV/b", {"S1": 30, "S2": 70}),
    "sekcam": Profile("III/c", "IV/a", _MANAGER),
    "lurah": Profile("III/b", "III/d", _LURAH),
    "seklur": Profile("III/b", "III/c", _SUPERVISOR),
    "widyaiswara": Profile("III/c", "III/d", {"S2": 100}),
    "analis-sdm": Profile("III/a", "III/b", {"S1": 100}),
}
_KECAMATAN_OFFICIAL: Final = Profile("III/b", "III/d", {"D3": 10, "D4": 10, "S1": 65, "S2": 15})
_KELURAHAN_OFFICIAL: Final = Profile("III/a", "III/c", _SUPERVISOR)
_CLERK_HIGHEST: Final[Mapping[Education, str]] = {"SMA": "III/b", "D3": "III/c", "S1": "III/d"}
_ENTRY_AGE: Final[Mapping[Education, tuple[int, int]]] = {
    "SMA": (19, 26),
    "D3": (22, 28),
    "D4": (22, 25),
    "S1": (23, 30),
    "S2": (25, 31),
    "S3": (26, 30),
}


@dataclass(frozen=True, slots=True)
class Service:
    """The dates and the rank of one career."""

    education: Education
    birth_on: date
    appointed_on: date
    golongan: tuple[str, str] | None


class PersonMaker:
    """Makes one person after another; keys follow the order of calls."""

    def __init__(
        self,
        rng: Random,
        *,
        reference_on: date,
        names: NameSource | None = None,
        taken_numbers: Iterable[str] = (),
        made: int = 0,
    ) -> None:
        """Start with nobody.

        Args:
            names: where names come from; those of the demo city when left out.
            taken_numbers: numbers that others have already.
            made: how many people others have made, so that keys and telephone numbers go on from there.
        """
        self._rng = rng
        self._reference_on = reference_on
        self._names = names or NameSource(rng)
        self._nips = NipIssuer(rng, taken=taken_numbers)
        self._count = made
        self._external_count = 0
        self._long_names = list(LONG_NAMES)

    def official(self, position: Position) -> Person:
        """Return a PNS who may hold the position."""
        return self._person("pns", self._pns_service(position))

    def clerk(self, position: Position, status: PersonStatus) -> Person:
        """Return somebody for a pelaksana position."""
        if status == "pns":
            service = self._pns_service(position)
        elif status == "cpns":
            service = self._cpns_service()
        else:
            service = self._contract_service(status)
        return self._person(status, service)

    def external(self, *, partner_code: str, domain: str) -> Person:
        """Return a mentor or instructor from a partner organisation, without NIP and without employment."""
        self._count += 1
        self._external_count += 1
        drawn = self._names.draw()
        birth_on = date(self._reference_on.year - self._rng.randint(35, 58), self._rng.randint(1, 12), 15)
        before, after = self._names.titles(drawn, education="S3", birth_year=birth_on.year)
        return Person(
            key=f"X{self._external_count:05}",
            nip=None,
            name=drawn.name,
            title_before=before,
            title_after=after,
            gender=drawn.gender,
            birth_on=birth_on,
            status="external",
            golongan_code=None,
            golongan_name=None,
            education="S3",
            email=self._names.email(drawn.name, domain=domain),
            phone=self._phone(),
            legal_status="Aktif",
            cpns_on=None,
            contract_start_on=None,
            partner_code=partner_code,
        )

    def _person(self, status: PersonStatus, service: Service) -> Person:
        self._count += 1
        drawn = self._names.draw()
        if self._long_names and self._count % 150 == 0:
            drawn = DrawnName(*self._long_names.pop(0), drawn.culture)
        before, after = self._names.titles(drawn, education=service.education, birth_year=service.birth_on.year)
        is_pns = status in {"pns", "cpns"}
        return Person(
            key=f"P{self._count:05}",
            nip=self._nip(status, service, drawn.gender),
            name=drawn.name,
            title_before=before,
            title_after=after,
            gender=drawn.gender,
            birth_on=service.birth_on,
            status=status,
            golongan_code=service.golongan[0] if service.golongan else None,
            golongan_name=service.golongan[1] if service.golongan else None,
            education=service.education,
            email=self._names.email(drawn.name, domain=EMAIL_DOMAIN),
            phone=self._phone(),
            legal_status="Aktif",
            cpns_on=service.appointed_on if is_pns else None,
            contract_start_on=None if is_pns else service.appointed_on,
        )

    def _nip(self, status: PersonStatus, service: Service, gender: Gender) -> str | None:
        if status == "non_asn":
            return None
        if status in {"pns", "cpns"}:
            return self._nips.for_pns(birth_on=service.birth_on, cpns_on=service.appointed_on, gender=gender)
        return self._nips.for_pppk(birth_on=service.birth_on, contract_start_on=service.appointed_on, gender=gender)

    def _phone(self) -> str:
        """Return a number that no network gives out."""
        return f"0800-{self._count // 10_000:04}-{self._count % 10_000:04}"

    def _pns_service(self, position: Position) -> Service:
        rng = self._rng
        profile = profile_of(position)
        education = rng.choices(list(profile.education), list(profile.education.values()))[0]
        entry = RANK_INDEX[ENTRY_RANK[education]]
        highest = RANK_INDEX[profile.highest]
        if position.kind == "pelaksana":
            highest = min(highest, RANK_INDEX[_CLERK_HIGHEST[education]])
        rank = rng.randint(max(entry, RANK_INDEX[profile.lowest]), highest)
        years = YEARS_PER_RANK * (rank - entry) + rng.uniform(2.1, 3.9)
        if rank == highest:
            years += rng.uniform(0, 6)  # who reached the ceiling stays there
        low, high = _ENTRY_AGE[education]
        entry_age = rng.randint(low, high)
        oldest = _OLDEST_JPT if position.kind == "jpt_pratama" else _OLDEST
        years = min(years, oldest - entry_age)
        if position.kind != "pelaksana":
            years = max(years, _YOUNGEST_OFFICIAL - entry_age)
        appointed_on = self._appointment_before(self._reference_on - timedelta(days=int(years * DAYS_PER_YEAR)))
        golongan = PNS_RANKS[rank]
        birth_on = self._birthday(appointed_on, entry_age)
        return Service(education, birth_on, appointed_on, (golongan.code, golongan.name))

    def _cpns_service(self) -> Service:
        rng = self._rng
        education: Education = rng.choice(("SMA", "D3", "S1"))
        # A CPNS becomes PNS after one year, two at most.
        appointed_on = (self._reference_on - timedelta(days=rng.randint(40, 330))).replace(day=1)
        rank = PNS_RANKS[RANK_INDEX[ENTRY_RANK[education]]]
        birth_on = self._birthday(appointed_on, rng.randint(*_ENTRY_AGE[education]))
        return Service(education, birth_on, appointed_on, (rank.code, rank.name))

    def _contract_service(self, status: PersonStatus) -> Service:
        rng = self._rng
        last_year = self._reference_on.year - 1
        education: Education = rng.choices(("SMA", "D3", "S1"), (45, 15, 40))[0]
        first_year = last_year if status == "pppk_paruh_waktu" else FIRST_PPPK_YEAR
        started_on = date(rng.randint(first_year, last_year), rng.choice(_CONTRACT_MONTHS), 1)
        golongan = PPPK_RANK[education] if status == "pppk" else None
        birth_on = self._birthday(started_on, rng.randint(_ENTRY_AGE[education][0], 45))
        return Service(education, birth_on, started_on, golongan)

    def _appointment_before(self, day: date) -> date:
        month = self._rng.choice(_APPOINTMENT_MONTHS)
        return date(day.year if (month, 1) <= (day.month, day.day) else day.year - 1, month, 1)

    def _birthday(self, appointed_on: date, entry_age: int) -> date:
        return appointed_on.replace(year=appointed_on.year - entry_age) - timedelta(days=self._rng.randint(0, 364))


def profile_of(position: Position) -> Profile:
    """Return the ranks and education that go with a position."""
    if position.kind == "pelaksana":
        return Profile("II/a", "III/d", _CLERK)
    if position.role_key in PROFILES:
        return PROFILES[position.role_key]
    return _KECAMATAN_OFFICIAL if position.echelon_code == "41" else _KELURAHAN_OFFICIAL
