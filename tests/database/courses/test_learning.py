"""Reading places, finished lessons, completion, and the JP that follow."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from lms.core import events
from lms.core.db import transaction
from lms.core.errors import NotFound, Refused
from lms.courses import queries, services
from lms.courses.events import EnrolmentCompleted
from lms.courses.models import EnrolmentState, JpEntry, LearningDay, LessonProgress, Offering
from lms.courses.rules import REGISTRY
from tests.database.courses.test_enrolment import learner
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


@pytest.fixture
def registry(monkeypatch):
    """The registry without what wiring has put into it."""
    for name in ("conditions", "contents", "parts"):
        monkeypatch.setattr(REGISTRY, name, {})
    return REGISTRY


@pytest.fixture
def heard(monkeypatch):
    told = []
    monkeypatch.setattr(events, "_HANDLERS", {EnrolmentCompleted: [lambda _s, event: told.append(event)]})
    return told


def _enrolment(session, *, lessons=3, lesson_minutes=45, exam_minutes=0, zone="Asia/Makassar"):
    unit = UnitFactory(timezone=zone)
    person = EmployeeFactory(position=PositionFactory(unit=unit))
    course = CourseFactory(
        lessons=lessons, lesson_minutes=lesson_minutes, exam_minutes=exam_minutes, owner_unit_id=unit.id
    )
    enrolment = EnrolmentFactory(offering=OfferingFactory(course=course), employee=person)
    session.commit()
    row = queries.get_own_enrolment(session, learner(person), enrolment.public_id)
    return enrolment, learner(person), queries.get_outline(session, row.version_id, row.version_public_id)


def _standing(session, actor, enrolment):
    session.rollback()
    return queries.standing_of(session, queries.get_own_enrolment(session, actor, enrolment.public_id))


def test_a_new_enrolment_resumes_at_the_first_lesson(session, registry):
    enrolment, actor, outline = _enrolment(session)
    standing = _standing(session, actor, enrolment)
    assert standing.resume == outline.lessons[0]
    assert (standing.completion.percent, standing.anchor, standing.permille) == (0, "", 0)


def test_the_exact_place_is_kept_and_found_on_any_device(session, registry):
    enrolment, actor, outline = _enrolment(session)
    second = outline.lessons[1]
    for permille in (300, 620):
        with transaction() as s:
            services.save_position(
                s,
                actor,
                enrolment.public_id,
                lesson_public_id=second.public_id,
                anchor="bagian-satu",
                permille=permille,
                now=NOW,
            )
    standing = _standing(session, actor, enrolment)
    assert (standing.resume, standing.anchor, standing.permille) == (second, "bagian-satu", 620)
    assert standing.resume_heading == "Bagian satu"
    assert standing.resume_minutes == 18  # 38 % of 45 minutes, rounded up
    assert session.scalar(select(func.count(LessonProgress.id))) == 1


def test_an_anchor_that_the_lesson_does_not_have_is_dropped(session, registry):
    enrolment, actor, outline = _enrolment(session)
    with transaction() as s:
        services.save_position(
            s,
            actor,
            enrolment.public_id,
            lesson_public_id=outline.lessons[0].public_id,
            anchor="<x>",
            permille="y",
        )
    assert (_standing(session, actor, enrolment).anchor, _standing(session, actor, enrolment).permille) == (
        "",
        0,
    )


def test_finishing_a_lesson_twice_counts_its_minutes_once(session, registry, heard):
    enrolment, actor, outline = _enrolment(session)
    for _ in range(2):
        with transaction() as s:
            following = services.complete_lesson(s, actor, enrolment.public_id, outline.lessons[0].public_id, now=NOW)
        assert following == outline.lessons[1].public_id
    assert session.scalars(select(LearningDay.minutes)).all() == [45]
    standing = _standing(session, actor, enrolment)
    assert (standing.completion.percent, standing.resume) == (33, outline.lessons[1])
    assert heard == []


def test_the_day_of_learning_is_the_day_of_the_unit(session, registry, heard):
    late = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 22.30 WIB, 00.30 WIT
    days = {}
    for zone in ("Asia/Jakarta", "Asia/Jayapura"):
        enrolment, actor, outline = _enrolment(session, zone=zone)
        with transaction() as s:
            services.complete_lesson(s, actor, enrolment.public_id, outline.lessons[0].public_id, now=late)
        days[zone] = session.scalar(select(LearningDay.day_on).filter_by(enrolment_id=enrolment.id))
    assert days == {"Asia/Jakarta": date(2026, 11, 24), "Asia/Jayapura": date(2026, 11, 25)}


def _finish(actor, enrolment, outline, *, per_day=1):
    for index, lesson in enumerate(outline.lessons):
        with transaction() as s:
            services.complete_lesson(
                s, actor, enrolment.public_id, lesson.public_id, now=NOW + timedelta(days=index // per_day)
            )


def test_the_last_lesson_completes_the_course_and_tells_once(session, registry, heard):
    enrolment, actor, outline = _enrolment(session)
    _finish(actor, enrolment, outline)
    session.refresh(enrolment)
    assert enrolment.state is EnrolmentState.COMPLETED
    assert [event.enrolment_id for event in heard] == [enrolment.id]
    with transaction() as s:
        assert not services.complete_if_done(s, enrolment.id, now=NOW)
    assert len(heard) == 1
    entry = session.scalars(select(JpEntry)).one()
    assert (entry.credited_jp, entry.proposed_jp, entry.cut_reason, entry.learning_form) == (3, 3, "", 16)


def test_an_exam_that_is_not_passed_holds_completion_back(session, registry, heard):
    passed = set()
    services.register_condition("exam_passed", lambda _s, enrolment_id: enrolment_id in passed)
    enrolment, actor, outline = _enrolment(session, lessons=2, lesson_minutes=45, exam_minutes=45)
    _finish(actor, enrolment, outline)
    standing = _standing(session, actor, enrolment)
    assert (standing.completion.percent, standing.completion.missing) == (66, ("exam_passed",))
    assert standing.lessons_are_done
    passed.add(enrolment.id)
    with transaction() as s:
        assert services.complete_if_done(s, enrolment.id, now=NOW + timedelta(days=5))
    entry = session.scalars(select(JpEntry)).one()
    assert (entry.minutes, entry.credited_jp, entry.held_on) == (135, 3, date(2026, 11, 29))


def test_a_condition_that_a_version_does_not_have_is_not_asked_for(session, registry, heard):
    services.register_condition("exam_passed", lambda _s, _id: None)
    services.register_condition("survey", lambda _s, _id: None, many=lambda _s, _ids: {})
    enrolment, actor, outline = _enrolment(session)
    _finish(actor, enrolment, outline)
    assert len(heard) == 1


def test_a_whole_course_in_one_day_is_cut_to_the_cap_and_says_so(session, registry, heard):
    enrolment, actor, outline = _enrolment(session, lessons=6)
    _finish(actor, enrolment, outline, per_day=6)
    entry = session.scalars(select(JpEntry)).one()
    assert (entry.proposed_jp, entry.credited_jp) == (6, 3)
    assert "3 JP per hari" in entry.cut_reason


def test_the_cap_of_a_day_counts_all_courses_of_the_person(session, registry, heard):
    enrolment, actor, outline = _enrolment(session, lessons=2)
    other = EnrolmentFactory(
        offering=OfferingFactory(course=CourseFactory(lessons=2, lesson_minutes=45)),
        employee_id=enrolment.employee_id,
    )
    session.commit()
    row = queries.get_own_enrolment(session, actor, other.public_id)
    _finish(actor, enrolment, outline, per_day=2)
    _finish(actor, other, queries.get_outline(session, row.version_id, row.version_public_id), per_day=2)
    entries = session.scalars(select(JpEntry).order_by(JpEntry.id)).all()
    assert [entry.credited_jp for entry in entries] == [2, 1]


def test_a_repeated_course_counts_once_a_year(session, registry, heard):
    enrolment, actor, outline = _enrolment(session)
    _finish(actor, enrolment, outline)
    again = EnrolmentFactory(
        offering=OfferingFactory(
            course_id=outline.course_id,
            course_version_id=outline.version_id,
            owner_unit_id=session.get_one(Offering, enrolment.offering_id).owner_unit_id,
        ),
        employee_id=enrolment.employee_id,
    )
    session.commit()
    _finish(actor, again, outline)
    entries = session.scalars(select(JpEntry).order_by(JpEntry.id)).all()
    assert [entry.credited_jp for entry in entries] == [3, 0]
    assert "sudah dihitung" in entries[1].cut_reason


@pytest.mark.parametrize("state", [EnrolmentState.REQUESTED, EnrolmentState.WITHDRAWN, EnrolmentState.REFUSED])
def test_who_does_not_take_part_cannot_finish_lessons(session, registry, state):
    enrolment, actor, outline = _enrolment(session)
    enrolment.state = state
    session.commit()
    with pytest.raises(Refused), transaction() as s:
        services.complete_lesson(s, actor, enrolment.public_id, outline.lessons[0].public_id, now=NOW)


def test_a_lesson_of_another_course_is_absent(session, registry):
    enrolment, actor, _outline = _enrolment(session)
    _other, _who, foreign = _enrolment(session)
    with pytest.raises(NotFound), transaction() as s:
        services.complete_lesson(s, actor, enrolment.public_id, foreign.lessons[0].public_id, now=NOW)
    with pytest.raises(NotFound), transaction() as s:
        services.save_position(
            s,
            learner(EmployeeFactory.build(id=987654)),
            enrolment.public_id,
            lesson_public_id=foreign.lessons[0].public_id,
            anchor="",
            permille=1,
        )


def test_many_last_clicks_complete_once(app, session, registry, heard):
    enrolment, actor, outline = _enrolment(session, lessons=1)
    public_id, lesson = enrolment.public_id, outline.lessons[0].public_id
    barrier = threading.Barrier(8)

    def click():
        with app.app_context():
            barrier.wait()
            with transaction() as s:
                services.complete_lesson(s, actor, public_id, lesson, now=NOW)

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(heard) == 1
    session.rollback()
    assert session.scalar(select(func.count(JpEntry.id))) == 1
    assert session.scalars(select(LearningDay.minutes)).all() == [45]


def test_progress_stays_a_percentage_when_the_version_gets_other_lessons(session, registry):
    enrolment, actor, outline = _enrolment(session)
    with transaction() as s:
        services.complete_lesson(s, actor, enrolment.public_id, outline.lessons[0].public_id, now=NOW)
    row = queries.get_own_enrolment(session, actor, enrolment.public_id)
    readings = {
        outline.lessons[0].id: queries.Reading(is_done=True, permille=1000, anchor="", completed_at=NOW),
        424242: queries.Reading(is_done=True, permille=1000, anchor="", completed_at=NOW),
    }
    from lms.courses.queries.enrolment import _standing as build

    assert build(row, outline, readings, {}).completion.percent == 33
