"""The catalogue: what is offered, found by words and facets, and what would close a person's gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select

from lms.competencies.models import Competency
from lms.core import search
from lms.core.orm import UtcDateTime, read_rows
from lms.courses.models import (
    Course,
    CourseOutcome,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    Offering,
    OfferingState,
)
from lms.courses.policies import seat_taken
from lms.courses.rules import OfferingMode

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SEARCH_KIND = "course"
PAGE_SIZE = 12
MAX_QUERY = 100
SORTS = ("sesuai", "terbaru", "singkat", "nama")


@dataclass(frozen=True, slots=True)
class CatalogueCourse:
    """A course as the catalogue shows it."""

    id: int
    code: str
    content_version: int
    title: str
    summary: str
    family: str
    credit_jp: int
    minutes: int
    learning_form: int
    content_bytes: int
    published_at: datetime | None
    outcomes: tuple[tuple[int, str, str, int], ...]  # competency id, code, name, level

    @property
    def competency_codes(self) -> tuple[str, ...]:
        """Codes of the competencies of its outcomes."""
        return tuple(code for _id, code, _name, _level in self.outcomes)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All listed courses at one content version."""

    version: str
    courses: tuple[CatalogueCourse, ...]

    @property
    def competencies(self) -> dict[str, str]:
        """Names of the competencies of all outcomes, by code."""
        return {code: name for course in self.courses for _id, code, name, _level in course.outcomes}


_held: dict[str, Catalogue] = {}
_lock = Lock()


# Made once: putting a statement together costs more than its look-up in the database.
_VERSION = select(func.count(), func.coalesce(func.sum(Course.content_version), 0), func.max(Course.public_id)).where(
    Course.is_listed.is_(True), Course.current_version_id.is_not(None)
)


def catalogue_version(session: Session) -> str:
    """Return the content version of the catalogue: it is another after each change that shows there."""
    count, total, newest = read_rows(session, _VERSION).one()
    return f"{count}.{total}.{newest or ''}"


def get_catalogue(session: Session) -> Catalogue:
    """Return all listed courses; one statement, three when the catalogue has changed since."""
    version = catalogue_version(session)
    held = _held.get(version)
    if held is None:
        held = Catalogue(version, _read(session))
        with _lock:
            _held.clear()  # an older catalogue is never asked for again
            _held[version] = held
    return held


def _read(session: Session) -> tuple[CatalogueCourse, ...]:
    outcomes: dict[int, list[tuple[int, str, str, int]]] = {}
    for row in session.execute(
        select(
            CourseOutcome.course_version_id,
            Competency.id,
            Competency.code,
            Competency.short_name,
            Competency.name,
            CourseOutcome.level,
        )
        .join(Competency, Competency.id == CourseOutcome.competency_id)
        .join(Course, Course.current_version_id == CourseOutcome.course_version_id)
        .order_by(CourseOutcome.is_main.desc(), CourseOutcome.id)
    ):
        outcomes.setdefault(row[0], []).append((row[1], row[2], row[3] or row[4], row[5]))
    rows = session.execute(
        select(
            Course.id,
            Course.code,
            Course.content_version,
            CourseVersion.id,
            CourseVersion.title,
            CourseVersion.summary,
            Course.family,
            CourseVersion.credit_jp,
            CourseVersion.duration_minutes,
            CourseVersion.learning_form,
            CourseVersion.content_bytes,
            CourseVersion.published_at,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Course.is_listed.is_(True))
        .order_by(CourseVersion.title, Course.id)
    )
    return tuple(
        CatalogueCourse(
            id=row[0],
            code=row[1],
            content_version=row[2],
            title=row[4],
            summary=row[5],
            family=row[6],
            credit_jp=row[7],
            minutes=row[8],
            learning_form=row[9],
            content_bytes=row[10],
            published_at=row[11],
            outcomes=tuple(outcomes.get(row[3], ())),
        )
        for row in rows
    )


# Facets ------------------------------------------------------------------------------------

Test = Callable[[CatalogueCourse], Iterable[str]]

JP_BANDS: tuple[tuple[str, int, int], ...] = (("3", 0, 3), ("8", 4, 8), ("20", 9, 20), ("lebih", 21, 10**6))
MINUTE_BANDS: tuple[tuple[str, int, int], ...] = (
    ("1", 0, 60),
    ("3", 61, 180),
    ("6", 181, 360),
    ("lebih", 361, 10**7),
)
BYTE_BANDS: tuple[tuple[str, int, int], ...] = (
    ("100", 0, 100_000),
    ("300", 100_001, 300_000),
    ("1000", 300_001, 1_000_000),
    ("lebih", 1_000_001, 10**12),
)


def _band(bands: Sequence[tuple[str, int, int]], amount: int) -> tuple[str, ...]:
    return tuple(name for name, low, high in bands if low <= amount <= high)


FACETS: dict[str, Test] = {
    "rumpun": lambda c: (c.family,),
    "kompetensi": lambda c: c.competency_codes,
    "level": lambda c: {str(level) for *_rest, level in c.outcomes},
    "bentuk": lambda c: (str(c.learning_form),),
    "jp": lambda c: _band(JP_BANDS, c.credit_jp),
    "lama": lambda c: _band(MINUTE_BANDS, c.minutes),
    "ukuran": lambda c: _band(BYTE_BANDS, c.content_bytes),
}


@dataclass(frozen=True, slots=True)
class Need:
    """Why a course is meant for a person.

    Args:
        code, name: the competency.
        level: level held now, None without evidence.
        reached: level that the course leads to.
        required: level of the standard.
        closes: how many levels of the gap it closes, at least 1.
    """

    code: str
    name: str
    level: int | None
    reached: int
    required: int
    closes: int


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the catalogue.

    Args:
        courses: of this page, in order.
        total, pages, page: how many there are.
        counts: number of courses by facet and value, each facet under the other facets' choice.
        suggestion: the words with likely typing errors mended, None when there are none.
    """

    courses: tuple[CatalogueCourse, ...]
    total: int
    page: int
    pages: int
    counts: Mapping[str, Mapping[str, int]]
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person looks for; made from the address of the page.

    Args:
        words: free text.
        chosen: values by facet; several values of one facet widen, several facets narrow.
        only_gaps: only courses that close a gap of the person.
        sort: one of SORTS.
        page: 1 or more.
    """

    words: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only_gaps: bool = False
    sort: str = SORTS[0]
    page: int = 1

    @property
    def narrows(self) -> int:
        """How many filters are set, without the words."""
        return sum(map(len, self.chosen.values())) + self.only_gaps


def find_courses(session: Session, catalogue: Catalogue, wish: Wish, *, needs: Mapping[int, Sequence[Need]]) -> Found:
    """Return one page of the courses that answer a wish.

    Args:
        needs: why courses are meant for the person, by course id; they come first under `sesuai`.

    Complexity: with words the statements of the search, else none; facets are counted in memory, since a
        catalogue is some hundreds of rows that every person shares.
    """
    order: dict[int, int] | None = None
    suggestion = None
    if wish.words:
        hits, suggestion = search.search_and_suggest(session, kind=SEARCH_KIND, query=wish.words[:MAX_QUERY], limit=500)
        order = {course_id: place for place, (course_id, _score) in enumerate(hits)}
    pool = [c for c in catalogue.courses if order is None or c.id in order]
    values = {course.id: {name: frozenset(test(course)) for name, test in FACETS.items()} for course in pool}

    def fits(course: CatalogueCourse, without: str = "") -> bool:
        if wish.only_gaps and without != "untuk" and course.id not in needs:
            return False
        return all(
            name == without or not chosen or not values[course.id][name].isdisjoint(chosen)
            for name, chosen in wish.chosen.items()
            if name in FACETS
        )

    counts: dict[str, dict[str, int]] = {
        name: dict(Counter(value for c in pool if fits(c, name) for value in values[c.id][name])) for name in FACETS
    }
    counts["untuk"] = {"saya": sum(1 for c in pool if fits(c, "untuk") and c.id in needs)}
    matching = sorted((c for c in pool if fits(c)), key=_sorting(wish.sort, order, needs))
    pages = max(1, -(-len(matching) // PAGE_SIZE))
    page = min(max(1, wish.page), pages)
    return Found(
        courses=tuple(matching[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]),
        total=len(matching),
        page=page,
        pages=pages,
        counts=counts,
        suggestion=suggestion,
    )


def _sorting(
    sort: str, order: Mapping[int, int] | None, needs: Mapping[int, Sequence[Need]]
) -> Callable[[CatalogueCourse], Any]:
    def by_need(course: CatalogueCourse) -> tuple[Any, ...]:
        # With words, relevance speaks first; without them, what closes most levels.
        place = order[course.id] if order is not None else 0
        closes = sum(need.closes for need in needs.get(course.id, ()))
        return (place, -closes, course.title, course.id)

    def by_date(course: CatalogueCourse) -> tuple[Any, ...]:
        return (-(course.published_at.timestamp() if course.published_at else 0), course.title, course.id)

    return {
        "sesuai": by_need,
        "terbaru": by_date,
        "singkat": lambda course: (course.minutes, course.title, course.id),
        "nama": lambda course: (course.title.casefold(), course.id),
    }.get(sort, by_need)


def needs_of(
    catalogue: Catalogue, gaps: Iterable[Any], *, done_course_ids: Iterable[int] = ()
) -> dict[int, tuple[Need, ...]]:
    """Return why courses are meant for a person, by course id.

    Args:
        gaps: rows with competency_id, code, name, required and level (None without evidence).
        done_course_ids: courses that the person has completed; they close nothing again.

    A course closes a gap when its outcome lies above the level held; it closes at most up to the standard.
    """
    wanted = {gap.competency_id: gap for gap in gaps}
    done = set(done_course_ids)
    found: dict[int, tuple[Need, ...]] = {}
    for course in catalogue.courses:
        if course.id in done:
            continue
        needs = []
        for competency_id, code, name, level in course.outcomes:
            gap = wanted.get(competency_id)
            if gap is None:
                continue
            held = gap.level or 0
            closes = min(level, gap.required) - held
            if closes > 0:
                needs.append(Need(code, name, gap.level, min(level, gap.required), gap.required, closes))
        if needs:
            found[course.id] = tuple(sorted(needs, key=lambda need: (-need.closes, need.code)))
    return found


# Runs --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferingLine:
    """One run that a person may join, or could have."""

    id: int
    public_id: str
    code: str
    title: str
    course_id: int
    version_id: int
    is_self_study: bool
    needs_approval: bool
    state: OfferingState
    enrol_from_at: datetime | None
    enrol_until_at: datetime | None
    starts_on: date | None
    ends_on: date | None
    place: str
    capacity: int | None
    days_to_finish: int | None
    taken: int
    mode: OfferingMode = OfferingMode.ONLINE
    needs_agency: bool = False
    has_waiting_list: bool = True
    waiting: int = 0

    @property
    def seats_left(self) -> int | None:
        """Seats that are free, None without a limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)

    def window(self, now: datetime) -> str:
        """Return `soon`, `open` or `over`."""
        if self.state is not OfferingState.OPEN or (self.enrol_until_at is not None and now >= self.enrol_until_at):
            return "over"
        return "soon" if self.enrol_from_at is not None and now < self.enrol_from_at else "open"


_TAKEN = (
    select(func.count())
    .where(
        Enrolment.offering_id == Offering.id,
        seat_taken(),
        Offering.capacity.is_not(None),
    )
    .correlate(Offering)
    .scalar_subquery()
)
_WAITING = (
    select(func.count())
    .where(Enrolment.offering_id == Offering.id, Enrolment.state == EnrolmentState.WAITING)
    .correlate(Offering)
    .scalar_subquery()
)
_OPEN_RUNS = (
    select(
        Offering.id,
        Offering.public_id,
        Offering.code,
        Offering.title,
        Offering.course_id,
        Offering.course_version_id,
        Offering.is_self_study,
        Offering.needs_approval,
        Offering.state,
        Offering.enrol_from_at,
        Offering.enrol_until_at,
        Offering.starts_on,
        Offering.ends_on,
        Offering.place,
        Offering.capacity,
        Offering.days_to_finish,
        _TAKEN,
        Offering.mode,
        Offering.needs_agency,
        Offering.has_waiting_list,
        _WAITING,
    )
    .where(
        Offering.course_id.in_(bindparam("course_ids", expanding=True)),
        Offering.state == OfferingState.OPEN,
        or_(Offering.enrol_until_at.is_(None), Offering.enrol_until_at > bindparam("now", type_=UtcDateTime)),
    )
    .order_by(Offering.is_self_study.desc(), Offering.starts_on, Offering.id)
    .limit(200)
)


def list_offerings(session: Session, course_ids: Sequence[int], *, now: datetime) -> list[OfferingLine]:
    """Return the runs of these courses that are open or will open, self-study first, then by start."""
    if not course_ids:
        return []
    rows = read_rows(session, _OPEN_RUNS, {"course_ids": list(course_ids), "now": now}).all()
    return [OfferingLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CourseHead:
    """Which version of a course is current."""

    id: int
    code: str
    version_id: int
    version_public_id: str
    content_version: int


_HEAD = (
    select(Course.id, Course.code, CourseVersion.id, CourseVersion.public_id, Course.content_version)
    .join(CourseVersion, CourseVersion.id == Course.current_version_id)
    .where(Course.code == bindparam("code"), Course.is_listed.is_(True))
)


def get_course(session: Session, code: str) -> CourseHead | None:
    """Return a listed course by its code."""
    row = read_rows(session, _HEAD, {"code": code}).one_or_none()
    if row is None:
        return None
    values: list[Any] = list(row)
    return CourseHead(*values)
