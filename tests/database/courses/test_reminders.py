"""Reminders come 14, 3, 1 days before and on the day, after seven in the morning there, each once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from lms.core.db import transaction
from lms.courses import services
from lms.courses.models import EnrolmentState
from lms.notifications.models import Notice
from tests.factories.courses import CourseFactory, EnrolmentFactory, OfferingFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

DUE = date(2026, 12, 20)
JOINED = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


def remind(at):
    with transaction() as session:
        return services.remind(session, now=at)


def morning(day, hour=1):
    return datetime(day.year, day.month, day.day, hour, 0, tzinfo=UTC)  # 01.00 UTC is 09.00 WITA


def learner(zone="Asia/Makassar", **shape):
    unit = UnitFactory(timezone=zone)
    person = EmployeeFactory(position=PositionFactory(unit=unit))
    run = shape.pop("offering", None) or OfferingFactory(course=CourseFactory(title="Arsip yang Tertib"))
    return EnrolmentFactory(offering=run, employee=person, started_at=JOINED, **{"due_on": DUE, **shape})


def titles(session):
    session.rollback()
    return list(session.scalars(select(Notice.title).order_by(Notice.id)))


def test_a_deadline_is_told_four_times_and_each_once(session):
    learner()
    session.commit()
    for before in range(20, -3, -1):
        day = DUE - timedelta(days=before)
        remind(morning(day))
        remind(morning(day, 3))
    assert titles(session) == [
        "Arsip yang Tertib: batasnya 14 hari lagi",
        "Arsip yang Tertib: batasnya 3 hari lagi",
        "Arsip yang Tertib: batasnya 1 hari lagi",
        "Hari ini batas akhir Arsip yang Tertib",
    ]


def test_what_was_missed_while_the_server_stood_is_made_up_for_in_the_words_of_the_day(session):
    learner()
    session.commit()
    assert remind(morning(DUE - timedelta(days=9))) == 1
    assert remind(morning(DUE - timedelta(days=2))) == 1
    assert titles(session)[-1] == "Arsip yang Tertib: batasnya 2 hari lagi"


def test_nobody_is_told_at_night_and_the_east_is_told_first(session):
    learner("Asia/Jayapura")
    learner("Asia/Jakarta")
    session.commit()
    day = DUE - timedelta(days=3)
    assert remind(datetime(day.year, day.month, day.day, 21, 30, tzinfo=UTC) - timedelta(days=1)) == 0  # 06.30 WIT
    assert remind(datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC) - timedelta(days=1)) == 1  # 07.30 WIT
    assert remind(datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC)) == 1  # 07.30 WIB


def test_who_has_just_joined_who_is_done_and_who_left_are_left_in_peace(session):
    learner(due_on=date(2026, 11, 10))  # joined nine days before
    learner(state=EnrolmentState.COMPLETED)
    learner(state=EnrolmentState.WITHDRAWN)
    gone = learner()
    gone_person = session.get_one(type(EmployeeFactory()), gone.employee_id)
    gone_person.is_active = False
    session.commit()
    assert remind(morning(date(2026, 11, 2))) == 0
    assert remind(morning(DUE - timedelta(days=3))) == 0


def test_a_deadline_that_moved_is_told_anew(session):
    enrolment = learner()
    session.commit()
    assert remind(morning(DUE - timedelta(days=1))) == 1
    enrolment.due_on = DUE + timedelta(days=30)
    session.add(enrolment)
    session.commit()
    assert remind(morning(DUE + timedelta(days=29))) == 1


def test_the_beginning_of_a_run_names_its_place(session):
    run = OfferingFactory(
        course=CourseFactory(title="Arsip yang Tertib"), is_self_study=False, title="Angkatan I",
        starts_on=DUE, ends_on=DUE, place="Aula BPSDM",
    )  # fmt: skip
    learner(offering=run, due_on=None)
    session.commit()
    remind(morning(DUE - timedelta(days=1)))
    session.rollback()
    notice = session.scalars(select(Notice)).one()
    assert notice.title == "Arsip yang Tertib dimulai 1 hari lagi"
    assert notice.body == "Tempat: Aula BPSDM."
