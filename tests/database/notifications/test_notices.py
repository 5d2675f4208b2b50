"""One message per event and person, on the screen and by mail."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from lms.core import clock
from lms.core.actor import Actor
from lms.core.db import transaction
from lms.core.errors import NotFound
from lms.core.jobs import run_due
from lms.core.mail import OutgoingMail
from lms.notifications import queries, services
from lms.notifications.models import Notice
from tests.factories.people import EmployeeFactory

TEXT = {
    "kind": "courses.enrolment_approved",
    "title": "Kepesertaan disetujui",
    "body": "Mulai belajar kapan saja.",
}


def me(person):
    return Actor(account_id=1, employee_id=person.id)


def test_a_repeated_event_tells_once(session):
    person, other = EmployeeFactory(), EmployeeFactory()
    first = services.notify(session, employee_id=person.id, unique_key="enrolment:7", url="/belajar", **TEXT)
    assert first is not None
    assert services.notify(session, employee_id=person.id, unique_key="enrolment:7", **TEXT) is None
    assert services.notify(session, employee_id=other.id, unique_key="enrolment:7", **TEXT) is not None


def test_eight_at_once_tell_once(app, session):
    person = EmployeeFactory()
    session.commit()

    def tell():
        with app.app_context(), transaction() as own:
            services.notify(own, employee_id=person.id, unique_key="enrolment:7", **TEXT)

    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert session.scalar(select(func.count()).select_from(Notice)) == 1


def test_mail_is_written_once_and_kept_here(app, session):
    person = EmployeeFactory(email="andi@palopo.example", name="Andi Tenri")
    EmployeeFactory()
    session.commit()
    with transaction() as own:
        services.notify(own, employee_id=person.id, unique_key="enrolment:7", url="/belajar", **TEXT)
    run_due(app)
    run_due(app)
    mail = session.scalars(select(OutgoingMail)).one()
    assert (mail.to_address, mail.subject, mail.sent_at) == ("andi@palopo.example", TEXT["title"], None)
    assert "Yth. Andi Tenri" in mail.body_text
    assert "http://127.0.0.1:8000/belajar" in mail.body_text
    assert "{{" not in mail.body_html + mail.body_text


@pytest.mark.parametrize("case", ["no address", "read before", "screen only"])
def test_no_mail_where_none_is_wanted(app, session, case):
    person = EmployeeFactory(email=None if case == "no address" else "andi@palopo.example")
    session.commit()
    with transaction() as own:
        services.notify(own, employee_id=person.id, unique_key="x:1", mail=case != "screen only", **TEXT)
        if case == "read before":
            services.mark_all_read(own, me(person), now=clock.now())
    run_due(app)
    assert session.scalar(select(func.count()).select_from(OutgoingMail)) == 0


def test_only_ones_own_notices_are_seen_and_marked(session):
    person, other = EmployeeFactory(), EmployeeFactory()
    services.notify(session, employee_id=person.id, unique_key="x:1", url="/katalog", **TEXT)
    row = queries.list_notices(session, me(person))[0]
    assert queries.list_notices(session, me(other)) == []
    with pytest.raises(NotFound):
        services.mark_read(session, me(other), row.public_id, now=clock.now())
    assert services.mark_read(session, me(person), row.public_id, now=clock.now()) == "/katalog"
    assert queries.count_unread(session, person.id) == 0


def test_lists_go_on_from_where_they_stopped(session):
    person = EmployeeFactory()
    for number in range(7):
        services.notify(session, employee_id=person.id, unique_key=f"x:{number}", **TEXT)
    seen, before = [], None
    while rows := queries.list_notices(session, me(person), before=before, limit=3):
        seen += [row.notice_id for row in rows]
        before = rows[-1].public_id
    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("url", ["https://jahat.example", "//jahat.example"])
def test_notices_lead_nowhere_but_here(session, url):
    with pytest.raises(ValueError, match="not a local path"):
        services.notify(session, employee_id=1, unique_key="x", url=url, **TEXT)
