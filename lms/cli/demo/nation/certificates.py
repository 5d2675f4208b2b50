"""Certificates by the million: one for each finished course first, then those of earlier trainings."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from lms.certificates.models import Certificate, CertificateState, NumberCounter
from lms.certificates.queries import facts
from lms.certificates.rules.codes import ALPHABET, CODE_LENGTH, check_character
from lms.certificates.rules.numbers import letter_number, shared_jp
from lms.certificates.rules.printed import (
    Holder,
    Letterhead,
    Training,
    day_in_words,
    period_in_words,
    snapshot,
    workplace_line,
)
from lms.certificates.rules.seals import sealed_of
from lms.certificates.services.issuing import DEFAULT_TEMPLATE, letterhead_on, template_of
from lms.certificates.services.keyring import active_key, seal_with
from lms.cli.demo.nation.bulk import Bulk, PublicIds, Row
from lms.cli.demo.nation.names import DOMAIN
from lms.cli.demo.nation.size import draws
from lms.cli.demo.nation.units import ROOT_AGENCY
from lms.courses.models import Course, CourseVersion, Enrolment, EnrolmentState, Offering
from lms.people.models import Employee, EmployeeNumber, OrganisationalUnit, Position
from lms.people.rules.names import full_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lms.cli.demo.nation.parts import World

YEARS: Final = 6
_COLUMNS: Final = (
    "id", "public_id", "code", "number", "series", "year", "serial_number", "employee_id", "course_id",
    "course_version_id", "enrolment_id", "template_id", "state", "snapshot", "issued_on", "issued_at",
    "revoked_reason", "unique_key",
)  # fmt: skip


def build_slice(world: World, *, start: int, count: int, total: int) -> int:
    """Write the certificates `start` to `start + count` of `total`; return how many.

    Each is sealed with the key of the installation, as one that was issued in the ordinary way.
    """
    people = _people(world)
    first, last = len(people) * start // total, len(people) * (start + count) // total
    shares = [total * (n + 1) // len(people) - total * n // len(people) for n in range(first, last)]
    issuing = _Issuing(world, f"certificates/{start}")
    bulk = Bulk(world.session, world.advance)
    table: Any = Certificate.__table__
    issuing.next_id = bulk.next_id(table)
    done = bulk.write(table, _COLUMNS, issuing.rows(people[first:last], shares))
    issuing.note_counters()
    return done


def _people(world: World) -> list[Any]:
    query = (
        select(
            Employee.id, Employee.name, Employee.title_before, Employee.title_after, EmployeeNumber.number,
            EmployeeNumber.kind, Employee.rank_name, Position.name, OrganisationalUnit.name,
            OrganisationalUnit.timezone,
        )
        .join(OrganisationalUnit, OrganisationalUnit.id == Employee.unit_id)
        .join(Position, Position.id == Employee.position_id)
        .outerjoin(EmployeeNumber, EmployeeNumber.employee_id == Employee.id)
        .where(Employee.email.endswith(f"@{DOMAIN}"))
        .order_by(Employee.id)
    )  # fmt: skip
    return list(world.session.execute(query))


class _Issuing:
    """Makes the rows of certificates; what all of one course share is made once."""

    def __init__(self, world: World, part: str) -> None:
        self.world, self.rng = world, draws(world.seed, part)
        self.ids = PublicIds(draws(world.seed, f"{part}/ids"), world.today)
        self.next_id = 1
        session = world.session
        self.template = template_of(session, DEFAULT_TEMPLATE)
        self.series = f"{self.template.code}/{self.template.settings['unit']}"
        self.key = active_key(session, now=world.now)
        self.head: Letterhead = letterhead_on(session, self.template, on=world.today)
        held = session.scalars(select(NumberCounter).filter_by(series=self.series))
        self.counters: dict[int, int] = defaultdict(int, {one.year: one.last_number for one in held})
        self.organiser = session.scalar(select(OrganisationalUnit.name).where(OrganisationalUnit.code == ROOT_AGENCY))
        self.courses = self._courses()
        self.noon = datetime.combine(world.today, time(5), tzinfo=UTC)

    def _courses(self) -> list[dict[str, Any]]:
        session = self.world.session
        found = []
        query = (
            select(CourseVersion).join(Course, Course.current_version_id == CourseVersion.id).order_by(CourseVersion.id)
        )
        today = self.world.today
        for version in session.scalars(query):
            training = Training(
                course_id=version.course_id,
                course_version_id=version.id,
                title=version.title,
                version_number=version.number,
                form=facts.get_form_name(session, version.learning_form, today),
                credit_jp=version.credit_jp,
                organiser=self.organiser or "",
                partner="",
                place=facts.ONLINE,
                starts_on=today,
                ends_on=today,
                parts=facts.get_parts(session, version.id),
                outcomes=facts.get_outcomes(session, version.id),
            )
            found.append(
                snapshot(
                    holder=Holder(0, "", "", "", "", "", ""),
                    training=training,
                    letterhead=self.head,
                    shares=shared_jp([part.minutes for part in training.parts], training.credit_jp),
                    number="",
                    code="",
                    issued_on=today,
                    template=(self.template.code, self.template.version),
                )
            )
        return found

    def rows(self, people: Sequence[Any], shares: Sequence[int]) -> Iterator[Row]:
        """Yield the certificates of people, `shares` of them each."""
        if not people:
            return
        finished = self._finished(people[0][0], people[-1][0])
        by_version = {one["training"]["course_version_id"]: one for one in self.courses}
        for person, share in zip(people, shares, strict=True):
            mine = finished.get(person[0], [])
            holder = _holder(person)
            for turn in range(share):
                if turn < len(mine):
                    enrolment_id, version_id, at = mine[turn]
                    yield self._row(holder, by_version[version_id], at, f"enrolment:{enrolment_id}", enrolment_id)
                    continue
                course = self.courses[self.rng.randrange(len(self.courses))]
                at = self.noon - timedelta(days=self.rng.randrange(40, 365 * YEARS), minutes=self.rng.randrange(300))
                yield self._row(holder, course, at, f"demo:n{person[0]:07}:{turn:04}", None)

    def _finished(self, first: int, last: int) -> dict[int, list[tuple[int, int, datetime]]]:
        found: dict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
        query = (
            select(Enrolment.employee_id, Enrolment.id, Offering.course_version_id, Enrolment.completed_at)
            .join(Offering, Offering.id == Enrolment.offering_id)
            .where(
                Enrolment.employee_id.between(first, last),
                Enrolment.state == EnrolmentState.COMPLETED,
                Enrolment.completed_at.is_not(None),
            )
            .order_by(Enrolment.id)
        )
        for employee_id, number, version_id, at in self.world.session.execute(query):
            assert at is not None
            found[employee_id].append((number, version_id, at))
        return found

    def _row(
        self, holder: dict[str, Any], course: dict[str, Any], at: datetime, key: str, enrolment_id: int | None
    ) -> Row:
        day, year = at.date(), at.year
        self.counters[year] += 1
        serial = self.counters[year]
        drawn = self.rng.getrandbits(5 * (CODE_LENGTH - 1))
        body = "".join([ALPHABET[(drawn >> shift) & 31] for shift in range(0, 5 * (CODE_LENGTH - 1), 5)])
        code = body + check_character(body)
        number = letter_number(
            self.template.number_pattern,
            serial=serial,
            on=day,
            unit=self.head.unit,
            archive_class=self.head.archive_class,
        )
        first = day - timedelta(days=self.rng.randrange(1, 20))
        kept = course | {
            "holder": holder,
            "training": course["training"] | _when(first, day),
            "number": number,
            "code": code,
            "issued_on": day.isoformat(),
            "issued_on_words": day_in_words(day),
        }
        kept["seal"] = seal_with(self.key, sealed_of(kept, valid_until_on=None))
        self.next_id += 1
        training = course["training"]
        return (
            self.next_id - 1, self.ids(), code, number, self.series, year, serial, holder["employee_id"],
            training["course_id"], training["course_version_id"], enrolment_id, self.template.id,
            CertificateState.ISSUED, kept, day, at, "", key,
        )  # fmt: skip

    def note_counters(self) -> None:
        """Note the last number of each year, so that the next real certificate goes on from there."""
        session = self.world.session
        held = {one.year: one for one in session.scalars(select(NumberCounter).filter_by(series=self.series))}
        for year, last in self.counters.items():
            if year in held:
                held[year].last_number = last
            else:
                session.add(NumberCounter(series=self.series, year=year, last_number=last))


def _when(first: date, last: date) -> dict[str, str]:
    return {
        "starts_on": first.isoformat(),
        "ends_on": last.isoformat(),
        "period": period_in_words(first, last),
    }


def _holder(person: Any) -> dict[str, Any]:
    number, name, before, after, nip, kind, rank, position, unit, timezone = person
    return {
        "employee_id": number,
        "name": full_name(name, before=before, after=after),
        "number": nip or "",
        "number_label": "" if nip is None else "NIP" if kind == "nip" else "NI PPPK",
        "rank": rank or "",
        "workplace": workplace_line(position, [unit]),
        "timezone": timezone,
    }
