"""Sessions, attendance and calendars on a real database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core.db import transaction
from lms.core.errors import Invalid, NotFound, Refused
from lms.core.ids import token_hash
from lms.courses import queries
from lms.courses import services as acts
from lms.courses.models import Enrolment, EnrolmentState
from lms.courses.queries import meetings as reads
from lms.courses.rules import Refusal
from lms.courses.rules.attendance import AttendanceState, CalendarEvent, attended_percent, calendar_text
from lms.courses.services import meetings as services
from tests.database.courses.test_enrolment import learner
from tests.database.courses.test_line import house, join  # noqa: F401 -- fixture
from tests.factories.courses import CourseFactory, OfferingFactory

STARTS = datetime(2026, 12, 7, 0, 30, tzinfo=UTC)  # 08.30 WITA
BEFORE = STARTS - timedelta(days=3)


def draft(**change):
    plain = {"title": "Pembukaan", "starts_at": STARTS, "ends_at": STARTS + timedelta(hours=2), "place": "Aula"}
    return services.MeetingDraft(**(plain | change))


@pytest.fixture
def meeting(session, house):  # noqa: F811
    """A run with one session and two participants."""
    _city, _parts, boss, run, clerks = house
    offering, people = run(course=CourseFactory(lessons=0), required_percent=80), clerks(2)
    session.commit()
    enrolments = join(offering, people, now=BEFORE)
    with transaction() as s:
        held = services.save_meeting(s, boss, offering.public_id, draft(), now=BEFORE)
    return boss, offering, people, enrolments, held


@given(st.lists(st.sampled_from([None, *AttendanceState]), max_size=12))
def test_the_share_lies_between_nothing_and_all_and_an_excuse_never_lowers_it(states):
    share = attended_percent(states)
    assert share is None or 0 <= share <= 100
    excused = attended_percent([*states, AttendanceState.EXCUSED])
    assert excused == share
    assert attended_percent([AttendanceState.PRESENT, AttendanceState.PARTIAL]) == 75


def test_a_scan_counts_in_its_time_and_a_second_one_changes_nothing(session, meeting):
    _boss, _offering, (clerk, _other), (mine, _rest), held = meeting
    actor, key = learner(clerk), held.check_in_key
    with pytest.raises(services.CheckInRefused), transaction() as s:
        services.check_in(s, actor, held.public_id, key, now=STARTS - timedelta(hours=2))
    with pytest.raises(NotFound), transaction() as s:
        services.check_in(s, actor, held.public_id, "x" * 43, now=STARTS)
    with transaction() as s:  # the early scan locked nobody out
        _one, first = services.check_in(s, actor, held.public_id, key, now=STARTS)
    with transaction() as s:
        _one, again = services.check_in(s, actor, held.public_id, key, now=STARTS + timedelta(hours=9))
    assert again == first == STARTS
    assert session.get(Enrolment, mine.id, populate_existing=True).state is EnrolmentState.COMPLETED


def test_somebody_who_is_not_in_the_run_cannot_scan_in(session, meeting, house):  # noqa: F811
    *_rest, held = meeting
    (stranger,) = house[4](1)
    session.commit()
    with pytest.raises(services.CheckInRefused), transaction() as s:
        services.check_in(s, learner(stranger), held.public_id, held.check_in_key, now=STARTS)


def test_the_list_notes_partial_and_excused_and_completion_asks_for_the_share(session, meeting):
    boss, offering, _people, (one, other), held = meeting
    marks = {
        one.public_id: (AttendanceState.PARTIAL, "Pulang pukul 10"),
        other.public_id: (AttendanceState.EXCUSED, "Surat sakit"),
    }
    with pytest.raises(Refused), transaction() as s:
        services.mark_attendance(s, boss, offering.public_id, held.public_id, marks, now=BEFORE)
    with transaction() as s:
        assert services.mark_attendance(s, boss, offering.public_id, held.public_id, marks, now=STARTS) == 2
        assert services.mark_attendance(s, boss, offering.public_id, held.public_id, marks, now=STARTS) == 0
    assert reads.attended_many(session, [one.id, other.id]) == {one.id: (50, 80), other.id: (100, 80)}
    assert reads.attendance_met(session, one.id) is False
    session.rollback()
    assert session.get(Enrolment, one.id, populate_existing=True).state is EnrolmentState.ACTIVE
    with transaction() as s:
        services.mark_attendance(
            s, boss, offering.public_id, held.public_id, {one.public_id: (AttendanceState.PRESENT, "")}, now=STARTS
        )
    assert session.get(Enrolment, one.id, populate_existing=True).state is EnrolmentState.COMPLETED


def test_a_room_and_an_instructor_are_in_one_place_at_a_time(session, meeting, house):  # noqa: F811
    boss, offering, _people, _enrolments, held = meeting
    with transaction() as s:
        services.save_meeting(
            s, boss, offering.public_id, draft(room="A1", instructor_id=boss.employee_id), public_id=held.public_id,
            now=BEFORE,
        )  # fmt: skip
    for change, field in (
        ({"room": "A1"}, "room"),
        ({"instructor_id": boss.employee_id, "place": "Lain"}, "instructor"),
        ({"ends_at": STARTS}, "until"),
        ({"starts_at": STARTS - timedelta(days=9), "ends_at": STARTS - timedelta(days=9) + timedelta(hours=1)}, "day"),
    ):
        with pytest.raises(Invalid) as wrong, transaction() as s:
            services.save_meeting(s, boss, offering.public_id, draft(**change), now=BEFORE)
        assert set(wrong.value.fields) == {field}
    later = draft(room="A1", starts_at=STARTS + timedelta(hours=2), ends_at=STARTS + timedelta(hours=3))
    with transaction() as s:  # touching ends do not clash
        services.save_meeting(s, boss, offering.public_id, later, now=BEFORE)


def test_sessions_say_when_one_is_busy_so_an_evening_run_fits_in(session, meeting, house):  # noqa: F811
    _boss, _offering, (clerk, _other), _enrolments, _held = meeting
    _city, _parts, boss, run, _clerks = house
    evening, same = run(course=CourseFactory()), run(course=CourseFactory())
    session.commit()
    with transaction() as s:
        services.save_meeting(
            s, boss, evening.public_id,
            draft(starts_at=STARTS + timedelta(hours=9), ends_at=STARTS + timedelta(hours=10)), now=BEFORE,
        )  # fmt: skip
        services.save_meeting(s, boss, same.public_id, draft(), now=BEFORE)
    assert join(evening, [clerk], now=BEFORE)[0].state is EnrolmentState.ACTIVE
    with pytest.raises(acts.EnrolmentRefused) as refused, transaction() as s:
        acts.enrol(s, learner(clerk), same.public_id, now=BEFORE)
    assert refused.value.reason is Refusal.CLASH


def test_a_calendar_raises_its_sequence_and_keeps_cancelled_sessions(session, meeting):
    boss, offering, (clerk, _other), _enrolments, held = meeting

    def event():
        (one,) = reads.own_events(session, clerk.id, base_url="https://x", since=BEFORE)
        return one

    first = event()
    with transaction() as s:
        services.save_meeting(s, boss, offering.public_id, draft(room="B2"), public_id=held.public_id, now=BEFORE)
    moved = event()
    with transaction() as s:
        services.cancel_meeting(s, boss, offering.public_id, held.public_id, now=BEFORE)
    assert first.uid == moved.uid
    assert (first.sequence, moved.sequence, event().sequence, event().is_cancelled) == (0, 1, 2, True)


def test_a_new_address_kills_the_old_one(session, meeting):
    _boss, _offering, (clerk, _other), _enrolments, _held = meeting
    with transaction() as s:
        old = services.make_feed(s, learner(clerk))
    with transaction() as s:
        new = services.make_feed(s, learner(clerk))
    assert reads.person_of_feed(session, token_hash(old)) is None
    assert reads.person_of_feed(session, token_hash(new)) == clerk.id
    with transaction() as s:
        services.remove_feed(s, learner(clerk))
    assert reads.person_of_feed(session, token_hash(new)) is None
    assert OfferingFactory is not None
    assert queries is not None


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200))
def test_calendar_lines_are_short_escaped_and_in_universal_time(title):
    wita = STARTS.astimezone(__import__("zoneinfo").ZoneInfo("Asia/Makassar"))
    event = CalendarEvent("u@bina", 3, title, "Aula; lantai 2, kiri", "https://x", wita, wita, STARTS)
    whole = CalendarEvent("v@bina", 0, "x", "", "https://x", date(2026, 12, 7), date(2026, 12, 8), STARTS)
    text = calendar_text([event, whole], name="Bina")
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "")
    assert "DTSTART:20261207T003000Z" in unfolded
    assert "DTSTART;VALUE=DATE:20261207" in unfolded
    assert "LOCATION:Aula\\; lantai 2\\, kiri" in unfolded
    assert unfolded.count("BEGIN:VEVENT") == 2
