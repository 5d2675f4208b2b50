"""A whole region from one number: units, positions, people, histories and partners.

The same seed and day give the same region on every computer, so that tests, pictures and manuals agree.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from .careers import PersonMaker
from .histories import Histories
from .models import Agreement, Partner, Region
from .organisation import PALOPO, build_organisation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .models import Employment, Person, PersonStatus, Position
    from .organisation import Organisation

REFERENCE_ON: Final = date(2026, 11, 22)
_EARLIEST_REFERENCE: Final = date(2023, 1, 1)  # contract staff (PPPK) need some years behind them
_STAFF_MIX: Final[dict[PersonStatus, int]] = {
    "pns": 57,
    "pppk": 24,
    "pppk_paruh_waktu": 9,
    "cpns": 5,
    "non_asn": 5,
}


def build_region(seed: int = 1, reference_on: date = REFERENCE_ON) -> Region:
    """Return Kota Palopo with 700 to 900 employees.

    Args:
        seed: the same number gives the same region.
        reference_on: the day on which the region is as described; histories lie before it.

    Raises: ValueError: the day is earlier than 2023.
    """
    if reference_on < _EARLIEST_REFERENCE:
        message = f"the reference day must not be earlier than {_EARLIEST_REFERENCE}"
        raise ValueError(message)
    return _Builder(seed, reference_on).build()


def build_big(n: int, seed: int = 1, reference_on: date = REFERENCE_ON, *, asn_only: bool = False) -> Region:
    """Return the same city with exactly `n` employees, for a large import file.

    More than the city holds become pelaksana in all units in turn; with fewer, the last ones of the list are
    left out, and with them what they hold. Externals stay and are not counted. With `asn_only` everybody has
    a NIP, so that a SIASN file has exactly `n` rows.

    Raises: ValueError: n is below 1.
    """
    if n < 1:
        message = "at least one employee is needed"
        raise ValueError(message)
    builder = _Builder(seed, reference_on, asn_only=asn_only)
    region = builder.build()
    if n > len(region.employees):
        return builder.grow(n)
    kept = region.employees[:n]
    keys = {person.key for person in kept}
    externals = tuple(person for person in region.people if person.status == "external")
    return replace(
        region,
        people=kept + externals,
        employments=tuple(job for job in region.employments if job.person_key in keys),
    )


@dataclass(slots=True)
class _Gaps:
    """Positions that are left empty, and who acts for them."""

    vacant: set[str] = field(default_factory=set)
    acting: list[tuple[str, str]] = field(default_factory=list)  # position acted for, position of the one who acts


class _Builder:
    """Puts a region together; every draw comes from one generator, in a fixed order."""

    def __init__(self, seed: int, reference_on: date, *, asn_only: bool = False) -> None:
        self._staff_mix = {key: weight for key, weight in _STAFF_MIX.items() if key != "non_asn" or not asn_only}
        self._seed = seed
        self._reference_on = reference_on
        self._rng = random.Random(f"bina/{seed}")  # noqa: S311 - repeatable test data, no secret
        self._organisation: Organisation = build_organisation(self._rng)
        self._maker = PersonMaker(self._rng, reference_on=reference_on)
        self._histories = Histories(self._rng, self._organisation.positions, reference_on=reference_on)
        self._partners = _partners(reference_on)
        self._externals: list[Person] = []
        self._people: list[Person] = []
        self._seats: list[tuple[Person, Position, Employment]] = []

    def build(self) -> Region:
        gaps = self._choose_gaps()
        for position in self._organisation.positions:
            if position.code not in gaps.vacant:
                self._fill(position)
        self._let_act(gaps)  # before the past, so that no former holder is still there while somebody acts
        for person, position, job in self._seats:
            self._histories.add_past(person, position, job)
        self._set_legal_statuses()
        self._externals = self._make_externals()
        return self._region()

    def grow(self, size: int) -> Region:
        staff = [position for position in self._organisation.positions if position.kind == "pelaksana"]
        extra: dict[str, int] = {}
        missing = size - len(self._people)
        for number in range(missing):
            position = staff[number % len(staff)]
            extra[position.code] = extra.get(position.code, 0) + 1
            self._seat_clerk(position)
        for person, position, job in self._seats[-missing:]:
            self._histories.add_past(person, position, job)
        self._organisation.positions = [
            replace(position, seats=position.seats + extra.get(position.code, 0))
            for position in self._organisation.positions
        ]
        return self._region()

    def _region(self) -> Region:
        root = self._organisation.units[0]
        order = {person.key: number for number, person in enumerate(self._people)}
        return Region(
            code=PALOPO,
            name=root.name.removeprefix("Pemerintah "),
            seed=self._seed,
            reference_on=self._reference_on,
            units=tuple(self._organisation.units),
            positions=tuple(self._organisation.positions),
            people=tuple(self._people + self._externals),
            employments=tuple(
                sorted(
                    self._histories.employments,
                    key=lambda job: (order[job.person_key], job.started_on, job.kind),
                )
            ),
            partners=self._partners,
        )

    def _fill(self, position: Position) -> None:
        if position.kind == "pelaksana":
            for _ in range(position.seats):
                self._seat_clerk(position)
            return
        for _ in range(position.seats):
            self._seat(self._maker.official(position), position)

    def _seat_clerk(self, position: Position) -> None:
        status = self._rng.choices(list(self._staff_mix), list(self._staff_mix.values()))[0]
        self._seat(self._maker.clerk(position, status), position)

    def _seat(self, person: Person, position: Position) -> None:
        self._people.append(person)
        self._seats.append((person, position, self._histories.seat(person, position)))

    def _choose_gaps(self) -> _Gaps:
        """Leave one camat, three lurah and some others out; for the heads but one somebody acts."""
        rng = self._rng
        by_role: dict[str, list[Position]] = {}
        for position in self._organisation.positions:
            by_role.setdefault(position.role_key, []).append(position)
        camat = rng.choice(by_role["camat"])
        elsewhere = [one for one in by_role["lurah"] if not one.unit_code.startswith(camat.unit_code)]
        lurahs = rng.sample(elsewhere, 4)
        gaps = _Gaps({camat.code, *(lurah.code for lurah in lurahs[:3])})
        gaps.acting = [
            (camat.code, f"{camat.unit_code}-SEKCAM"),
            (lurahs[0].code, f"{lurahs[0].unit_code}-SEKLUR"),
            (lurahs[1].code, lurahs[3].code),  # a lurah who has two kelurahan for a time
        ]
        acting_units = {lurah.unit_code for lurah in lurahs}
        section = rng.choice([one for one in by_role["kasi-pmd"] if one.unit_code != camat.unit_code])
        gaps.vacant.add(section.code)
        gaps.acting.append((section.code, f"{section.unit_code}-KASI-PEMERINTAHAN"))
        for role_key, count in (("seklur", 2), ("kasi-kelurahan-pmd", 2), ("kasi-kelurahan-trantib", 1)):
            candidates = [one for one in by_role[role_key] if one.unit_code not in acting_units]
            gaps.vacant.update(one.code for one in rng.sample(candidates, count))
        return gaps

    def _let_act(self, gaps: _Gaps) -> None:
        positions = {position.code: position for position in self._organisation.positions}
        holder = {position.code: (person, job) for person, position, job in self._seats}
        for vacant_code, acting_code in gaps.acting:
            person, job = holder[acting_code]
            since = self._reference_on - timedelta(days=self._rng.randint(20, 150))
            self._histories.act(person, positions[vacant_code], "plt", started_on=max(since, job.started_on))
        # One camat is on leave this fortnight: the post is not vacant, the secretary signs for the days.
        absent = self._rng.choice([code for code in holder if positions[code].role_key == "camat"])
        person, job = holder[f"{positions[absent].unit_code}-SEKCAM"]
        self._histories.act(
            person,
            positions[absent],
            "plh",
            started_on=max(self._reference_on - timedelta(days=6), job.started_on),
            ended_on=self._reference_on + timedelta(days=5),
        )

    def _set_legal_statuses(self) -> None:
        """Mark one employee on unpaid leave, two who study and one who is about to retire."""
        clerks = [
            number
            for number, (person, position, _) in enumerate(self._seats)
            if person.status == "pns" and position.kind == "pelaksana"
        ]
        oldest = min(clerks, key=lambda number: self._people[number].birth_on)
        clerks.remove(oldest)
        chosen = self._rng.sample(clerks, 3)
        self._people[oldest] = replace(self._people[oldest], legal_status="Masa Persiapan Pensiun")
        self._people[chosen[0]] = replace(self._people[chosen[0]], legal_status="CLTN")
        for number in chosen[1:]:
            self._people[number] = replace(self._people[number], legal_status="Tugas Belajar")

    def _make_externals(self) -> list[Person]:
        university = self._partners[0]
        domain = university.email.rpartition("@")[2]
        return [self._maker.external(partner_code=university.code, domain=domain) for _ in range(3)]


def _partners(reference_on: date) -> tuple[Partner, ...]:
    year = reference_on.year

    def agreement(number: int, title: str, *, start: int, years: int) -> Agreement:
        started_on = date(start, 3, 1)
        ended_on = date(start + years, 3, 1) - timedelta(days=1)
        return Agreement(f"{number:03}/PKS/CONTOH/{start}", title, started_on, ended_on)

    made: Iterable[Partner] = (
        Partner(
            "UTL",
            "Universitas Tepian Luwu (contoh)",
            "perguruan_tinggi",
            "kerja.sama@tepianluwu.example",
            (agreement(12, "Pendampingan dan pelatihan aparatur kecamatan", start=year - 1, years=3),),
        ),
        Partner(
            "TITIAN",
            "Yayasan Titian Warga (contoh)",
            "lembaga_masyarakat",
            "sekretariat@titianwarga.example",
            (
                agreement(4, "Penguatan musyawarah warga", start=year - 4, years=2),  # expired
                agreement(9, "Penanganan pengaduan yang ramah difabel", start=year, years=1),
            ),
        ),
        Partner(
            "BLTB",
            "Balai Latih Teluk Bone (contoh)",
            "lembaga_pelatihan",
            "layanan@latihtelukbone.example",
            (agreement(21, "Pelatihan literasi digital", start=year, years=2),),
        ),
    )
    return tuple(made)
