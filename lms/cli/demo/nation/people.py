"""Positions, people, jobs, accounts and rights of a nation, unit by unit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, select, update

from lms.cli.demo.careers import PersonMaker
from lms.cli.demo.identity_data import HR_POSTS, NATIONAL_HR, demo_credentials
from lms.cli.demo.models import Position as Post
from lms.cli.demo.nation.bulk import Bulk, PublicIds, Row
from lms.cli.demo.nation.names import DOMAIN, NationNames
from lms.cli.demo.nation.size import draws
from lms.cli.demo.nation.units import ROOT, ROOT_AGENCY
from lms.cli.demo.organisation import JOBS
from lms.cli.demo.reference import ECHELON_NAME, LEGAL_STATUS_CODE
from lms.cli.demo.siasn import siasn_id
from lms.core import secrets
from lms.core.actor import Role
from lms.identity.models import Account, AccountState, Grant
from lms.identity.services import HEAD_REASON, hash_password
from lms.people.models import (
    Employee,
    EmployeeNumber,
    Employment,
    EmploymentKind,
    OrganisationalUnit,
    Position,
    PositionKind,
    UnitKind,
)
from lms.people.rules.numbers import number_kind
from lms.people.rules.siasn import normalised_phone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lms.cli.demo.models import Person, PersonStatus
    from lms.cli.demo.nation.parts import World

BATCH: Final = 10_000
_VACANT: Final = 0.02
_STATUSES: Final[dict[PersonStatus, int]] = {"pns": 57, "pppk": 24, "pppk_paruh_waktu": 9, "cpns": 5, "non_asn": 5}


class Seat(NamedTuple):
    """A post in every unit of a kind."""

    role_key: str
    is_head: bool = False
    suffix: str = ""
    name: str = ""


def _seats(*names: str) -> tuple[Seat, ...]:
    return tuple(Seat(name) for name in names)


# Posts in the order in which they are filled; after the last one staff are added in turn.
SEATS: Final[dict[UnitKind, tuple[Seat, ...]]] = {
    UnitKind.REGION: (Seat("sekda", is_head=True),),
    UnitKind.AGENCY: (
        Seat("kepala-badan", is_head=True),
        Seat("analis-sdm"),
        Seat("widyaiswara"),
        Seat("sekretaris-badan"),
        Seat("kepala-bidang", suffix="KABID-BANGKOM", name="Kepala Bidang Pengembangan Kompetensi Aparatur"),
        *_seats("kasubbag-umum", "analis-sdm", "pelaksana-umum"),
        Seat("kepala-bidang", suffix="KABID-MUTASI", name="Kepala Bidang Mutasi dan Promosi"),
        *_seats("kasubbag-perencanaan", "widyaiswara", "pelaksana-keuangan"),
        Seat("kepala-bidang", suffix="KABID-KINERJA", name="Kepala Bidang Penilaian Kinerja dan Informasi"),
        *_seats("analis-sdm", "analis-sdm", "pelaksana-pelayanan"),
    ),
    UnitKind.KECAMATAN: (
        Seat("camat", is_head=True),
        *_seats("sekcam", "kasi-pelayanan", "kasi-pemerintahan", "pelaksana-pelayanan", "kasi-trantib"),
        *_seats("kasi-pmd", "kasubbag-umum", "pelaksana-umum", "kasubbag-perencanaan", "pelaksana-keuangan"),
        *_seats("pelaksana-trantib", "pelaksana-pelayanan", "pelaksana-umum", "kasi-binwas"),
    ),
    UnitKind.KELURAHAN: (
        Seat("lurah", is_head=True),
        *_seats("seklur", "kasi-kelurahan-pelayanan", "pelaksana-pelayanan", "kasi-kelurahan-pemerintahan"),
        *_seats("pelaksana-umum", "kasi-kelurahan-trantib", "pelaksana-keuangan", "pelaksana-trantib"),
        *_seats("kasi-kelurahan-pmd", "pelaksana-pelayanan"),
    ),
}
_MORE: Final = _seats("pelaksana-umum", "pelaksana-pelayanan", "pelaksana-trantib", "pelaksana-keuangan")
# How the people are spread over units of different kinds; of a government itself only its secretary counts.
_WEIGHT: Final = {UnitKind.AGENCY: 22, UnitKind.KECAMATAN: 17, UnitKind.KELURAHAN: 13}
_POSITION: Final = (
    "id", "public_id", "code", "name", "kind", "role_key", "echelon", "unit_id", "is_head", "valid_from_on",
    "external_id",
)  # fmt: skip
_EMPLOYEE: Final = (
    "id", "public_id", "name", "title_before", "title_after", "gender", "birth_on", "status", "legal_status",
    "rank_code", "rank_name", "education", "email", "phone", "appointed_on", "contract_from_on", "external_id",
    "is_active", "unit_id", "position_id", "version", "created_at", "updated_at",
)  # fmt: skip
_NUMBER: Final = ("id", "employee_id", "number", "kind", "valid_from_on")
_JOB: Final = (
    "id", "public_id", "employee_id", "position_id", "unit_id", "kind", "is_main", "started_on", "decree",
)  # fmt: skip
_ACCOUNT: Final = (
    "id", "public_id", "employee_id", "login", "state", "password_hash", "password_changed_at", "totp_secret",
    "totp_confirmed_at", "failed_count", "last_login_at", "locale", "theme", "created_at",
)  # fmt: skip
_GRANT: Final = ("id", "public_id", "account_id", "role", "unit_id", "starts_on", "reason")


class Unit(NamedTuple):
    """A unit that is to be filled."""

    id: int
    code: str
    name: str
    kind: UnitKind
    parent_id: int | None


def empty_units(world: World) -> list[Unit]:
    """Return the units without any position, in the order of their ids."""
    held = select(Position.unit_id)
    query = (
        select(
            OrganisationalUnit.id,
            OrganisationalUnit.code,
            OrganisationalUnit.name,
            OrganisationalUnit.kind,
            OrganisationalUnit.parent_id,
        )
        .where(OrganisationalUnit.id.not_in(held), OrganisationalUnit.code != ROOT)
        .order_by(OrganisationalUnit.id)
    )
    return [Unit(*row) for row in world.session.execute(query)]


def staff_of(units: list[Unit], people: int) -> Iterator[tuple[Unit, int]]:
    """Yield each unit with how many people it gets; together `people`, spread by the weight of its kind."""
    secretaries = sum(1 for unit in units if unit.kind is UnitKind.REGION)
    whole = sum(_WEIGHT.get(unit.kind, 0) for unit in units)
    rest, sum_before, given = max(0, people - secretaries), 0, 0
    for unit in units:
        weight = _WEIGHT.get(unit.kind, 0)
        if not weight:
            yield unit, min(1, people)
            continue
        sum_before += weight
        share = rest * sum_before // whole - given
        given += share
        yield unit, share


def build_positions(world: World) -> None:
    """Write the posts of all units that have none; staff posts are one row with several holders."""
    bulk = Bulk(world.session, world.advance)
    ids = PublicIds(draws(world.seed, "positions"), world.today)
    first = bulk.next_id(Position.__table__)  # type: ignore[arg-type]
    bulk.write(Position.__table__, _POSITION, _positions(world, empty_units(world), ids, first))  # type: ignore[arg-type]


def _code(unit: Unit, seat: Seat) -> str:
    return f"{unit.code}-{seat.suffix or seat.role_key.upper()}"


def _positions(world: World, units: list[Unit], ids: PublicIds, number: int) -> Iterator[Row]:
    for unit in units:
        place = unit.name.split(" ", 1)[-1]
        for seat in dict.fromkeys((*SEATS[unit.kind], *(_MORE if unit.kind is not UnitKind.REGION else ()))):
            job = JOBS[seat.role_key]
            echelon = None if job.echelon == "99" else ECHELON_NAME[job.echelon]
            name = seat.name or job.name.format(unit=unit.name, place=place)
            code = _code(unit, seat)
            yield (
                number, ids(), code, name, PositionKind(job.kind), seat.role_key, echelon, unit.id, seat.is_head,
                world.founded_on, siasn_id("jabatan", code),
            )  # fmt: skip
            number += 1


class _Hired(NamedTuple):
    """One person in one post, with the ids of both."""

    id: int
    person: Person
    unit: Unit
    seat: Seat
    position_id: int
    started_on: date


class _Hiring:
    """Finds people for posts, in the order of units and seats."""

    def __init__(self, world: World, *, first_id: int) -> None:
        self.world = world
        self.rng = draws(world.seed, "people")
        self.names = NationNames(self.rng)
        held = world.session.scalars(select(EmployeeNumber.number))
        self.maker = PersonMaker(self.rng, reference_on=world.today, names=self.names, taken_numbers=held, made=100_000)
        self.next_id = first_id
        self.posts: dict[str, Post] = {}
        self.positions: dict[tuple[int, str, str], int] = {}

    def people(self) -> Iterator[_Hired]:
        """Yield all people of units in which nobody works yet."""
        session = self.world.session
        taken = select(Employee.unit_id).where(Employee.unit_id.is_not(None))
        query = (
            select(Position.id, Position.unit_id, Position.code)
            .where(Position.unit_id.not_in(taken))
            .order_by(Position.id)
        )
        codes = {(unit_id, code): number for number, unit_id, code in session.execute(query)}
        units = [unit for unit in all_units(self.world) if (unit.id, _code(unit, SEATS[unit.kind][0])) in codes]
        held = session.scalar(select(func.count()).select_from(Employee)) or 0
        province = ""
        for unit, count in staff_of(units, max(0, self.world.size.people - held)):
            if unit.code[:2] != province and unit.code[:2].isdigit():
                province = unit.code[:2]
                self.names.lean_to(province)
            for seat in islice(self._filled(unit), count):
                yield self._hire(unit, seat, codes[unit.id, _code(unit, seat)])

    def _filled(self, unit: Unit) -> Iterator[Seat]:
        """Yield the seats of a unit that somebody holds, without end."""
        for seat in SEATS[unit.kind]:
            is_office = JOBS[seat.role_key].kind in {"pengawas", "administrator"}
            if not is_office or self.rng.random() >= _VACANT:
                yield seat
        while True:
            yield from _MORE

    def _hire(self, unit: Unit, seat: Seat, position_id: int) -> _Hired:
        rng = self.rng
        post = self.posts.get(seat.role_key) or self._post(seat)
        if post.kind == "pelaksana":
            status = rng.choices(list(_STATUSES), list(_STATUSES.values()))[0]
            person = self.maker.clerk(post, status)
        else:
            person = self.maker.official(post)
        since = person.cpns_on or person.contract_start_on or self.world.founded_on
        started_on = max(since, self.world.today - timedelta(days=rng.randint(90, 2_400)))
        found = _Hired(self.next_id, person, unit, seat, position_id, started_on)
        self.next_id += 1
        return found

    def _post(self, seat: Seat) -> Post:
        job = JOBS[seat.role_key]
        post = Post(
            code="",
            name="",
            role_key=seat.role_key,
            kind=job.kind,
            echelon_code=job.echelon,
            echelon_name=ECHELON_NAME[job.echelon],
            unit_code="",
            is_head=seat.is_head,
            seats=1,
            reports_to_code=None,
        )
        self.posts[seat.role_key] = post
        return post


def all_units(world: World) -> list[Unit]:
    """Return all units but the root, in the order of their ids."""
    query = (
        select(
            OrganisationalUnit.id,
            OrganisationalUnit.code,
            OrganisationalUnit.name,
            OrganisationalUnit.kind,
            OrganisationalUnit.parent_id,
        )
        .where(OrganisationalUnit.code != ROOT, OrganisationalUnit.kind.in_(SEATS))
        .order_by(OrganisationalUnit.id)
    )
    return [Unit(*row) for row in world.session.execute(query)]


def build(world: World) -> None:
    """Hire everybody and write what belongs to each person, in batches."""
    bulk = Bulk(world.session)
    hiring = _Hiring(world, first_id=bulk.next_id(Employee.__table__))  # type: ignore[arg-type]
    writer = _Writer(world, bulk)
    stream = hiring.people()
    while batch := list(islice(stream, BATCH)):
        writer.write(batch)
        world.advance(len(batch))
    # Whoever looks after the demo city's system looks after the whole one.
    session = world.session
    root = session.scalar(select(OrganisationalUnit.id).where(OrganisationalUnit.code == ROOT))
    session.execute(update(Grant).where(Grant.role == Role.ADMIN).values(unit_id=root))


class _Writer:
    """Writes people with their numbers, jobs, accounts and rights."""

    def __init__(self, world: World, bulk: Bulk) -> None:
        self.world, self.bulk = world, bulk
        self.rng = draws(world.seed, "accounts")
        self.ids = PublicIds(draws(world.seed, "people/ids"), world.today)
        noon = datetime.combine(world.today, time(4), tzinfo=UTC)
        self.entered_at, self.changed_at = noon - timedelta(days=400), noon - timedelta(days=40)
        self.noon = noon
        self.number = bulk.next_id(EmployeeNumber.__table__)  # type: ignore[arg-type]
        self.job = bulk.next_id(Employment.__table__)  # type: ignore[arg-type]
        self.account = bulk.next_id(Account.__table__)  # type: ignore[arg-type]
        self.grant = bulk.next_id(Grant.__table__)  # type: ignore[arg-type]
        self.every = max(1, world.size.people // max(1, world.size.logins))
        self.plain_hash = hash_password(demo_credentials(world.seed, "pegawai").password)
        self.known = demo_credentials(world.seed, NATIONAL_HR)
        self.is_known_made = False
        query = select(OrganisationalUnit.id, OrganisationalUnit.parent_id)
        self.parents = dict(world.session.execute(query).all())

    def write(self, batch: list[_Hired]) -> None:
        """Write one batch into the five tables."""
        table: Any
        accounts, grants = self._accounts(batch)
        for table, columns, rows in (
            (Employee.__table__, _EMPLOYEE, (self._employee(one) for one in batch)),
            (EmployeeNumber.__table__, _NUMBER, self._numbers(batch)),
            (Employment.__table__, _JOB, self._jobs(batch)),
            (Account.__table__, _ACCOUNT, accounts),
            (Grant.__table__, _GRANT, grants),
        ):
            self.bulk.write(table, columns, rows)

    def _employee(self, one: _Hired) -> Row:
        person = one.person
        on_contract = person.cpns_on is None
        return (
            one.id, self.ids(), person.name, person.title_before, person.title_after,
            "L" if person.gender == "male" else "P", person.birth_on, person.status,
            LEGAL_STATUS_CODE[person.legal_status], person.golongan_code, person.golongan_name, person.education,
            person.email, normalised_phone(person.phone), person.cpns_on,
            person.contract_start_on if on_contract else None, siasn_id("pns", f"N{one.id:07}"), True, one.unit.id,
            one.position_id, 1, self.entered_at, self.changed_at,
        )  # fmt: skip

    def _numbers(self, batch: list[_Hired]) -> Iterator[Row]:
        for one in batch:
            person = one.person
            if person.nip is not None:
                since = person.cpns_on or person.contract_start_on
                yield self.number, one.id, person.nip, number_kind(person.status), since
                self.number += 1

    def _jobs(self, batch: list[_Hired]) -> Iterator[Row]:
        for one in batch:
            yield (
                self.job, self.ids(), one.id, one.position_id, one.unit.id, EmploymentKind.DEFINITIVE, True,
                one.started_on, f"821/{one.started_on:%m}/BKPSDM/{one.started_on:%Y}",
            )  # fmt: skip
            self.job += 1

    def _accounts(self, batch: list[_Hired]) -> tuple[list[Row], list[Row]]:
        rng = self.rng
        accounts: list[Row] = []
        grants: list[Row] = []
        for one in batch:
            rights = list(self._rights(one))
            is_known = not self.is_known_made and one.unit.code == ROOT_AGENCY and one.seat.role_key == "analis-sdm"
            self.is_known_made |= is_known
            password = secret = None
            if is_known:
                password = hash_password(self.known.password)
                secret = secrets.encrypt("totp", (self.known.totp_secret or "").encode())
            elif not rights and one.person.nip is not None and one.id % self.every == 0:
                password = self.plain_hash
            is_waiting = password is None and rng.random() < 0.1
            since = self.noon - timedelta(days=rng.randrange(20, 300))
            seen = self.noon - timedelta(minutes=rng.randrange(30, 43_000))
            login = None if one.person.nip is not None else f"pegawai.{one.id}"
            accounts.append(
                (
                    self.account, self.ids(), one.id, login,
                    AccountState.PENDING if is_waiting else AccountState.ACTIVE, password,
                    None if is_waiting else since, secret, since if secret is not None else None, 0,
                    None if is_waiting else seen, "id", "auto", self.entered_at,
                )
            )  # fmt: skip
            for role, unit_id, reason in rights:
                grants.append((self.grant, self.ids(), self.account, role, unit_id, one.started_on, reason))
                self.grant += 1
            self.account += 1
        return accounts, grants

    def _rights(self, one: _Hired) -> Iterator[tuple[Role, int, str]]:
        unit, role_key = one.unit, one.seat.role_key
        if one.seat.is_head:
            yield Role.ATASAN, unit.id, HEAD_REASON
        if unit.kind is UnitKind.AGENCY:
            above = self.parents[unit.id] or unit.id
            if role_key in HR_POSTS:
                yield Role.HR, above, "Tugas kepegawaian"
            elif role_key == "widyaiswara":
                yield Role.INSTRUKTUR, above, "Tugas pengajar"
        elif role_key == "sekcam":
            yield Role.KOORDINATOR, unit.id, "Koordinator mentoring kecamatan"


def hired(world: World) -> list[Any]:
    """Return (id, unit id, unit path, role key, start of the job) of all people of the nation, by id."""
    query = (
        select(
            Employee.id,
            Employee.unit_id,
            OrganisationalUnit.path,
            Position.role_key,
            Employment.started_on,
        )
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .join(Position, Position.id == Employee.position_id)
        .join(Employment, Employment.employee_id == Employee.id)
        .where(Employee.email.endswith(f"@{DOMAIN}"), Employment.is_main.is_(True))
        .order_by(Employee.id)
    )
    return list(world.session.execute(query))
