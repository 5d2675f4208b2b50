"""How mail reaches people: at once, once a day or not, by their choice within what the office locks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.core.actor import SYSTEM, Actor
from lms.core.db import transaction
from lms.core.errors import Refused
from lms.core.job_runner import sweep
from lms.core.jobs import run_due
from lms.core.mail import OutgoingMail
from lms.notifications import queries, services
from lms.notifications.models import Notice
from lms.notifications.rules import Topic, Way, topic_of, way_of
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NOW = datetime(2026, 11, 24, 6, 5, tzinfo=UTC)


def tell(person, number, kind="courses.x"):
    with transaction() as own:
        services.notify(
            own, employee_id=person.id, kind=kind, title=f"Kabar {number}", url="/jp", unique_key=f"k{number}"
        )


def choose(person, **ways):
    with transaction() as own:
        services.choose_ways(
            own, Actor(account_id=1, employee_id=person.id), {Topic(name): way for name, way in ways.items()}
        )


def mails(session):
    session.rollback()
    return list(session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def test_kinds_belong_to_topics():
    assert topic_of("courses.deadline") is Topic.DEADLINES
    assert topic_of("courses.enrolment_approved") is Topic.LEARNING
    assert topic_of("identity.password_changed") is Topic.ACCESS
    assert topic_of("something.new") is Topic.LEARNING


@given(st.sampled_from(Topic), st.none() | st.sampled_from(Way), st.none() | st.sampled_from(Way), st.booleans())
def test_the_office_s_lock_counts_before_the_person_and_the_account_before_all(topic, chosen, office, locked):
    way = way_of(topic, chosen=chosen, office=office, is_locked=locked)
    if topic is Topic.ACCESS:
        assert way is Way.AT_ONCE
    elif locked and office:
        assert way is office
    else:
        assert way is (chosen or office or Way.AT_ONCE)


def test_a_choice_decides_about_mail_and_never_about_the_screen(app, session):
    person = EmployeeFactory(email="andi@palopo.example")
    session.commit()
    choose(person, learning=Way.NEVER, access=Way.NEVER)
    choose(person, learning=Way.NEVER)
    tell(person, 1)
    tell(person, 2, kind="identity.password_changed")
    run_due(app)
    assert [mail.subject for mail in mails(session)] == ["Kabar 2"]
    assert session.scalar(select(func.count()).select_from(Notice)) == 2


def test_one_mail_a_day_holds_what_is_unread_and_comes_after_seven_there(app, session):
    east = UnitFactory(timezone="Asia/Jayapura")
    person = EmployeeFactory(email="yosef@papua.example", position=PositionFactory(unit=east))
    session.commit()
    choose(person, learning=Way.DAILY)
    with time_machine.travel(datetime(2026, 11, 23, 21, 50, tzinfo=UTC), tick=False) as clock:  # 06.50 WIT
        for number in (1, 2, 3):
            tell(person, number)
        read = session.scalars(select(Notice.public_id).where(Notice.title == "Kabar 2")).one()
        session.rollback()
        with transaction() as own:
            services.mark_read(own, Actor(account_id=1, employee_id=person.id), read, now=NOW)
        sweep(app)
        assert mails(session) == []
        clock.move_to(datetime(2026, 11, 23, 22, 20, tzinfo=UTC))  # 07.20 WIT
        sweep(app)
        sweep(app)
        (mail,) = mails(session)
        assert mail.subject == "2 kabar dari Bina"
        assert "Kabar 1" in mail.body_text
        assert "Kabar 2" not in mail.body_text
        session.rollback()
        clock.move_to(datetime(2026, 11, 23, 23, 40, tzinfo=UTC))
        tell(person, 4)
        sweep(app)
        assert len(mails(session)) == 1  # the rest waits for tomorrow
        session.rollback()
        clock.move_to(datetime(2026, 11, 24, 22, 20, tzinfo=UTC))
        sweep(app)
        assert len(mails(session)) == 2


def test_what_the_office_locks_counts_and_a_choice_waits_behind_it(session):
    person = EmployeeFactory()
    session.commit()
    choose(person, mentoring=Way.NEVER)
    with transaction() as own:
        services.set_policy(own, SYSTEM, Topic.MENTORING, way=Way.AT_ONCE, is_locked=True, now=NOW)
    choose(person, mentoring=Way.DAILY)
    assert queries.way_for(session, person.id, Topic.MENTORING) is Way.AT_ONCE
    session.rollback()
    with transaction() as own:
        services.set_policy(own, SYSTEM, Topic.MENTORING, way=Way.AT_ONCE, is_locked=False, now=NOW)
    assert queries.way_for(session, person.id, Topic.MENTORING) is Way.NEVER
    session.rollback()
    with pytest.raises(Refused), transaction() as own:
        services.set_policy(own, SYSTEM, Topic.ACCESS, way=Way.NEVER, is_locked=True, now=NOW)
