"""Catalogue: facets and counts, recommendation, cache by content version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lms.core import search
from lms.courses import queries
from lms.courses.models import Course, EnrolmentState, OfferingState
from tests.factories.competencies import CompetencyFactory
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


@dataclass
class Gap:
    competency_id: int
    code: str
    name: str
    required: int
    level: int | None
    gap: int


def find(session, wish=None, needs=None):
    return queries.find_courses(session, queries.get_catalogue(session), wish or queries.Wish(), needs=needs or {})


def test_facets_widen_inside_and_narrow_between_and_count_under_the_others(session):
    CourseFactory(code="a", family="pelayanan", lessons=2, lesson_minutes=45)  # 2 JP, 90 minutes
    CourseFactory(code="b", family="digital", lessons=6, lesson_minutes=45)  # 6 JP, 270 minutes
    CourseFactory(code="c", family="digital", lessons=2, lesson_minutes=45)
    session.commit()
    found = find(session, queries.Wish(chosen={"rumpun": ("digital",), "jp": ("3",)}))
    assert [course.code for course in found.courses] == ["c"]
    assert found.counts["rumpun"] == {"pelayanan": 1, "digital": 1}
    assert found.counts["jp"] == {"8": 1, "3": 1}
    both = find(session, queries.Wish(chosen={"rumpun": ("digital", "pelayanan")}))
    assert both.total == 3
    assert find(session, queries.Wish(chosen={"rumpun": ("tidak-ada",)})).total == 0


def test_unlisted_courses_are_neither_found_nor_counted(session):
    CourseFactory(is_listed=False)
    session.commit()
    assert find(session).total == 0


def test_pages_are_bounded_and_stable(session):
    for number in range(15):
        CourseFactory(title=f"Pelatihan {number:02}")
    session.commit()
    first, second = find(session), find(session, queries.Wish(page=2))
    assert (len(first.courses), len(second.courses), first.pages) == (12, 3, 2)
    assert not {c.id for c in first.courses} & {c.id for c in second.courses}
    assert find(session, queries.Wish(page=99)).page == 2


def test_what_closes_gaps_comes_first_and_says_by_how_much(session):
    wide, narrow = CompetencyFactory(code="T.02"), CompetencyFactory(code="T.10")
    CourseFactory(code="lain", title="A lain")
    two = CourseFactory(code="dua", title="Z dua", outcomes=[(wide, 3)])
    one = CourseFactory(code="satu", title="B satu", outcomes=[(narrow, 2)])
    done = CourseFactory(code="sudah", title="C sudah", outcomes=[(wide, 3)])
    session.commit()
    gaps = [Gap(wide.id, "T.02", "PATEN", 3, 1, 2), Gap(narrow.id, "T.10", "Digital", 2, 1, 1)]
    needs = queries.needs_of(queries.get_catalogue(session), gaps, done_course_ids=[done.id])
    assert {course_id: [need.closes for need in found] for course_id, found in needs.items()} == {
        two.id: [2],
        one.id: [1],
    }
    assert [course.code for course in find(session, needs=needs).courses] == ["dua", "satu", "lain", "sudah"]
    only = find(session, queries.Wish(only_gaps=True), needs)
    assert [course.code for course in only.courses] == ["dua", "satu"]
    assert only.counts["untuk"] == {"saya": 2}


@given(st.integers(1, 5), st.integers(0, 5), st.integers(1, 5))
def test_a_course_closes_at_most_the_gap_and_never_less_than_nothing(required, held, level):
    course = queries.CatalogueCourse(1, "x", 1, "X", "", "digital", 1, 45, 16, 1, None, ((7, "T.02", "PATEN", level),))
    needs = queries.needs_of(
        queries.Catalogue("1", (course,)), [Gap(7, "T.02", "PATEN", required, held, required - held)]
    )
    closes = needs[1][0].closes if needs else 0
    assert closes == max(0, min(level, required) - held)


def test_the_catalogue_is_read_anew_after_a_change_and_not_before(session, count_queries):
    course = CourseFactory(title="Lama")
    session.commit()
    assert find(session).courses[0].title == "Lama"
    with count_queries() as counted:
        queries.get_catalogue(session)
    assert len(counted) == 1
    course.content_version += 1
    session.commit()
    with count_queries() as counted:
        queries.get_catalogue(session)
    assert len(counted) == 3
    session.get_one(Course, course.id).is_listed = False
    session.commit()
    assert find(session).total == 0


def test_words_and_facets_work_together_and_typing_errors_are_mended(session):
    shown = CourseFactory(family="digital", title="Arsip digital")
    other = CourseFactory(family="pelayanan", title="Arsip loket")
    for course, title in ((shown, "Arsip digital kelurahan"), (other, "Arsip loket kelurahan")):
        search.index_document(session, kind="course", ref_id=course.id, title=title)
    session.commit()
    found = find(session, queries.Wish(words="arsip", chosen={"rumpun": ("digital",)}))
    assert [course.id for course in found.courses] == [shown.id]
    assert found.counts["rumpun"] == {"digital": 1, "pelayanan": 1}
    mended = find(session, queries.Wish(words="digitl"))
    assert (mended.total, mended.suggestion) == (1, "digital")
    assert find(session, queries.Wish(words="xyzzy")).total == 0


def test_offerings_tell_their_window_and_free_seats(session):
    course = CourseFactory()
    full = OfferingFactory(
        course=course, is_self_study=False, capacity=2, starts_on=date(2026, 12, 7), title="Angkatan II"
    )
    EnrolmentFactory(offering=full)
    EnrolmentFactory(offering=full, state=EnrolmentState.WITHDRAWN)
    soon = OfferingFactory(
        course=course, is_self_study=False, enrol_from_at=NOW + timedelta(days=1), starts_on=date(2027, 1, 5)
    )
    OfferingFactory(course=course, enrol_until_at=NOW)
    OfferingFactory(course=course, state=OfferingState.CLOSED)
    free = OfferingFactory(course=course)
    session.commit()
    runs = queries.list_offerings(session, [course.id], now=NOW)
    assert [run.id for run in runs] == [free.id, full.id, soon.id]
    assert [run.seats_left for run in runs] == [None, 1, None]
    assert [run.window(NOW) for run in runs] == ["open", "open", "soon"]
