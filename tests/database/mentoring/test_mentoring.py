"""Services, queries and policies of mentoring on a real database."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import func, select

from lms.core import events
from lms.core.actor import Role
from lms.core.db import current_session, transaction
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.courses.models import JpEntry
from lms.mentoring import policies, queries, services
from lms.mentoring.events import SessionConfirmed
from lms.mentoring.models import Pairing, PairingState, SessionLog, SessionMedium, SessionState
from lms.mentoring.queries import OverviewFilter
from lms.notifications.models import Notice
from lms.people.models import EmployeeStatus, OrganisationalUnit
from tests.factories.mentoring import NOW, PairingFactory, SessionLogFactory, actor_of, office
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

TODAY = date(2026, 11, 24)


def meeting(end: datetime = NOW, minutes: int = 60, **changes) -> services.SessionData:
    values = {
        "starts_at": end - timedelta(minutes=minutes), "ends_at": end, "medium": SessionMedium.PHONE,
        "topics": ("aduan", "tidak-ada"), "discussion": "Menyimak dua aduan di loket.",
        "next_step": "Tangani satu aduan penuh", "next_on": date(2026, 12, 4), "private_note": "Rahasia mentor.",
        **changes,
    }  # fmt: skip
    return services.SessionData(**values)


@pytest.fixture
def place(session):
    made = office()
    session.commit()
    return made


@pytest.fixture
def pairing(session, place):
    row = PairingFactory(mentor_id=place.mentor.id, mentee_id=place.mentee.id)
    session.commit()
    return row


def log(place, pairing, key="k1", data=None, now=NOW):
    with transaction() as session:
        return services.record_session(
            session, place.as_mentor, [pairing.public_id], data=data or meeting(), client_id=key, now=now
        )[0]


def confirm(place, row, **changes):
    with transaction() as session:
        return services.confirm_session(session, place.as_mentee, row.public_id, now=NOW, **changes)


def credited(session):
    return list(session.scalars(select(JpEntry.credited_jp).order_by(JpEntry.id)))


# Pairing ------------------------------------------------------------------------------------


def plan(**changes):
    values = {
        "competency_id": None, "goal_level": None, "goal": "Menangani aduan", "starts_on": TODAY,
        "ends_on": date(2027, 5, 1), **changes,
    }  # fmt: skip
    return services.PairingData(**values)


def pair(place, mentor, *, actor=None, data=None):
    with transaction() as session:
        return services.create_pairing(
            session, actor or place.as_coordinator, mentee_public_id=place.mentee.public_id,
            mentor_public_id=mentor.public_id, data=data or plan(), now=NOW,
        )  # fmt: skip


def test_pairing_tells_both_and_the_same_pair_twice_is_refused(session, place):
    made = pair(place, place.mentor)
    assert made.state is PairingState.ACTIVE
    assert session.scalar(select(func.count()).select_from(Notice)) == 2
    with pytest.raises(Refused, match="sudah berpasangan"):
        pair(place, place.mentor)


def test_reporting_line_and_oneself_are_hard_blocks(session, place):
    with pytest.raises(Refused, match="garis atasan"):
        pair(place, place.head)
    place.make_mentor(place.mentee)
    session.commit()
    with pytest.raises(Refused, match="diri sendiri"):
        pair(place, place.mentee)


def test_a_head_further_up_and_a_subordinate_are_in_the_line_too(session, place):
    boss = EmployeeFactory(position=PositionFactory(unit=place.city, is_head=True))
    place.make_mentor(boss)
    session.commit()
    with pytest.raises(Refused, match="garis atasan"):
        pair(place, boss)
    people = queries.get_people(session, [place.mentee.id, place.head.id])
    mentee, head = people[place.mentee.id], people[place.head.id]
    assert queries.in_reporting_line(session, mentee, head, TODAY)
    assert queries.in_reporting_line(session, head, mentee, TODAY)


def test_only_holders_of_the_role_over_the_mentees_unit_become_mentors(session, place):
    stranger = EmployeeFactory(position=PositionFactory(unit=place.here))
    place.make_mentor(stranger, unit=place.here)
    session.commit()
    with pytest.raises(Invalid):
        pair(place, stranger)


def test_a_coordinator_of_another_unit_finds_nobody(session, place):
    other = actor_of(place.coordinator, (Role.KOORDINATOR, place.here))
    with pytest.raises(NotFound):
        pair(place, place.mentor, actor=other)
    with pytest.raises(Forbidden):
        pair(place, place.mentor, actor=place.as_mentor)
    own = actor_of(place.mentee, (Role.KOORDINATOR, place.city))
    with pytest.raises(NotFound):
        pair(place, place.mentor, actor=own)


def test_an_external_mentor_is_paired_and_logs(session, place):
    guest = EmployeeFactory(name="Tamu Unhas", status=EmployeeStatus.EXTERNAL, unit_id=None)
    place.make_mentor(guest)
    session.commit()
    made = pair(place, guest)
    with transaction() as writing:
        rows = services.record_session(
            writing, actor_of(guest, (Role.MENTOR, place.city)), [made.public_id], data=meeting(), client_id="k",
            now=NOW,
        )  # fmt: skip
    confirm(place, rows[0])
    assert credited(session) == [2]


def test_options_say_level_load_and_why_not(session, place, pairing):
    person = queries.get_people(session, [place.mentee.id])[place.mentee.id]
    found = queries.list_mentors(session, person, TODAY, competency_id=None, goal_level=None)
    assert {(one.person.name, one.refusal) for one in found} == {
        ("Suriani Parenrengi", "held"), ("Andi Camat", "line"),
    }  # fmt: skip
    assert {one.person.name: one.fit.load for one in found}["Suriani Parenrengi"] == 1


def test_ending_needs_a_reason_and_closes_the_door(session, place, pairing):
    with pytest.raises(Invalid), transaction() as writing:
        services.end_pairing(writing, place.as_coordinator, pairing.public_id, reason="  ", now=NOW)
    for _ in range(2):
        with transaction() as writing:
            services.end_pairing(writing, place.as_coordinator, pairing.public_id, reason="Mutasi", now=NOW)
    with pytest.raises(Refused, match="sudah diakhiri"):
        log(place, pairing)
    again = pair(place, place.mentor)
    assert again.public_id != pairing.public_id


def test_pairings_past_their_term_end_by_themselves(session, place):
    old = PairingFactory(mentor_id=place.mentor.id, mentee_id=place.mentee.id, ends_on=date(2026, 11, 1))
    session.commit()
    for expected in (1, 0):
        with transaction() as writing:
            assert services.end_due_pairings(writing, now=NOW) == expected
    assert session.get(Pairing, old.id).state is PairingState.ENDED


def test_silent_pairings_are_recalled_once_a_month(session, place, pairing):
    for _ in range(2):
        with transaction() as writing:
            assert services.remind_silent(writing, now=NOW) == 1
    notices = session.scalars(select(Notice).filter_by(kind="mentoring.silent")).all()
    assert [one.employee_id for one in notices] == [place.mentor.id]


# Sessions -----------------------------------------------------------------------------------


def test_the_same_form_twice_is_one_session(session, place, pairing):
    first, second = log(place, pairing), log(place, pairing)
    assert first.id == second.id
    assert session.scalar(select(func.count()).select_from(SessionLog)) == 1
    assert first.topics == ["aduan"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (meeting(NOW + timedelta(minutes=1)), "jam"),
        (meeting(minutes=0), "lama"),
        (meeting(minutes=481), "lama"),
        (meeting(datetime(2026, 5, 31, 3, 0, tzinfo=UTC)), "tanggal"),
        (meeting(next_on=date(2026, 11, 1)), "sampai"),
        (meeting(discussion=" "), "isi"),
        (meeting(discussion="x" * 601), "isi"),
    ],
)
def test_refusals_name_their_field(session, place, pairing, data, field):
    with pytest.raises(Invalid) as refused:
        log(place, pairing, data=data)
    assert list(refused.value.fields) == [field]
    assert session.scalar(select(func.count()).select_from(SessionLog)) == 0


def test_overlap_counts_over_all_pairings_of_the_mentor(session, place, pairing):
    other = EmployeeFactory(position=PositionFactory(unit=place.there))
    second = PairingFactory(mentor_id=place.mentor.id, mentee_id=other.id)
    session.commit()
    log(place, pairing)
    with pytest.raises(Invalid) as refused:
        log(place, second, key="k2", data=meeting(NOW - timedelta(minutes=30)))
    assert "jam" in refused.value.fields
    log(place, second, key="k3", data=meeting(NOW - timedelta(minutes=60)))  # adjoining


def test_a_group_session_is_one_meeting_for_each_mentee(session, place, pairing):
    other = EmployeeFactory(position=PositionFactory(unit=place.there))
    second = PairingFactory(mentor_id=place.mentor.id, mentee_id=other.id)
    session.commit()
    with transaction() as writing:
        rows = services.record_session(
            writing, place.as_mentor, [pairing.public_id, second.public_id], data=meeting(), client_id="g", now=NOW
        )
    assert {row.pairing_id for row in rows} == {pairing.id, second.id}


def test_a_mentee_outside_the_right_is_refused(session, place, pairing):
    narrow = actor_of(place.mentor, (Role.MENTOR, place.here))
    with pytest.raises(Refused, match="di luar wilayah"), transaction() as writing:
        services.record_session(writing, narrow, [pairing.public_id], data=meeting(), client_id="k", now=NOW)
    with pytest.raises(NotFound), transaction() as writing:
        services.record_session(
            writing, actor_of(place.head, (Role.MENTOR, place.city)), [pairing.public_id], data=meeting(),
            client_id="k", now=NOW,
        )  # fmt: skip
    with pytest.raises(Forbidden), transaction() as writing:
        services.record_session(
            writing, actor_of(place.mentor), [pairing.public_id], data=meeting(), client_id="k", now=NOW
        )


def test_a_session_late_in_the_evening_belongs_to_the_local_day(session, place, pairing):
    # 23.30 to 00.30 WITA over the end of October: UTC says 15.30 on the 31st.
    row = log(place, pairing, data=meeting(datetime(2026, 10, 31, 16, 30, tzinfo=UTC)))
    assert row.held_on == date(2026, 10, 31)
    # 00.10 WITA on 1 November is still October in UTC.
    later = log(place, pairing, key="k2", data=meeting(datetime(2026, 10, 31, 17, 10, tzinfo=UTC), minutes=30))
    assert later.held_on == date(2026, 11, 1)
    confirm(place, row)
    confirm(place, later)
    months = session.scalars(select(JpEntry.held_on).order_by(JpEntry.held_on)).all()
    assert months == [date(2026, 10, 31), date(2026, 11, 1)]


def test_the_zone_is_that_of_the_mentees_unit(session, place):
    east = UnitFactory(parent=place.city, timezone="Asia/Jayapura")
    mentee = EmployeeFactory(position=PositionFactory(unit=east))
    row = PairingFactory(mentor_id=place.mentor.id, mentee_id=mentee.id)
    session.commit()
    made = log(place, row, data=meeting(datetime(2026, 10, 31, 16, 0, tzinfo=UTC), minutes=30))
    assert made.held_on == date(2026, 11, 1)  # 00.30 WIT


def test_correction_until_confirmed_and_never_over_a_newer_version(session, place, pairing):
    row = log(place, pairing)

    def correct(version, text="Dibahas lagi."):
        with transaction() as writing:
            return services.correct_session(
                writing, place.as_mentor, row.public_id, version=version, data=meeting(discussion=text), now=NOW
            )

    assert correct(1).version == 2
    with pytest.raises(services.SessionConflict):
        correct(1, "Versi lama")
    with pytest.raises(Refused, match="mengubah"):
        confirm(place, row, version=1)
    confirm(place, row, version=2)
    with pytest.raises(Refused, match="membenarkan"):
        correct(3)
    with pytest.raises(Refused, match="membenarkan"), transaction() as writing:
        services.cancel_session(writing, place.as_mentor, row.public_id, now=NOW)


def test_nobody_confirms_his_own_session_whatever_the_account(session, place, pairing):
    row = log(place, pairing)
    for actor in (place.as_mentor, actor_of(place.mentor, account_id=99)):
        with pytest.raises(Forbidden), transaction() as writing:
            services.confirm_session(writing, actor, row.public_id, now=NOW)
        with pytest.raises(Forbidden), transaction() as writing:
            services.dispute_session(writing, actor, row.public_id, now=NOW)
    for actor in (place.as_coordinator, actor_of(place.head, (Role.HR, place.city))):
        with pytest.raises(NotFound), transaction() as writing:
            services.confirm_session(writing, actor, row.public_id, now=NOW)
    with pytest.raises(Forbidden), transaction() as writing:
        services.correct_session(writing, place.as_mentee, row.public_id, version=1, data=meeting(), now=NOW)


def test_a_dispute_is_answered_by_a_correction(session, place, pairing):
    row = log(place, pairing)
    with transaction() as writing:
        services.dispute_session(writing, place.as_mentee, row.public_id, note="Hanya 30 menit", now=NOW)
    assert row.state is SessionState.DISPUTED
    with transaction() as writing:
        services.correct_session(
            writing, place.as_mentor, row.public_id, version=row.version, data=meeting(minutes=30), now=NOW
        )
    assert (row.state, row.mentee_note) == (SessionState.RECORDED, "")
    confirm(place, row)
    kinds = session.scalars(select(Notice.kind).order_by(Notice.id)).all()
    assert kinds == [f"mentoring.{one}" for one in ("recorded", "disputed", "recorded", "confirmed")]


def test_two_sessions_a_month_bring_jp_and_the_third_none(session, place, pairing):
    told = []
    rows = []
    for number in range(3):
        end = datetime(2026, 11, 3 + number, 3, 0, tzinfo=UTC)
        told.append(queries.month_forecast(session, place.mentee.id, end.date()))
        session.rollback()
        rows.append(log(place, pairing, key=f"k{number}", data=meeting(end)))
    assert [(one.ordinal, one.credited_jp) for one in told] == [(1, 2), (2, 2), (3, 0)]
    for row in reversed(rows):
        confirm(place, row)
        confirm(place, row)
    assert credited(session) == [2, 2, 0]
    december = log(place, pairing, key="k9", data=meeting(datetime(2026, 10, 3, 3, 0, tzinfo=UTC)))
    confirm(place, december)
    assert credited(session)[-1] == 2


def test_cancelled_and_disputed_sessions_bring_nothing(session, place, pairing):
    row = log(place, pairing)
    with transaction() as writing:
        services.cancel_session(writing, place.as_mentor, row.public_id, now=NOW)
    with pytest.raises(Refused), transaction() as writing:
        services.confirm_session(writing, place.as_mentee, row.public_id, now=NOW)
    assert credited(session) == []
    assert queries.month_forecast(session, place.mentee.id, TODAY).ordinal == 1


def test_the_mentor_gets_jp_only_by_setting(session, place, pairing, monkeypatch):
    from lms.core import runtime

    confirm(place, log(place, pairing))
    assert session.scalar(select(func.count()).where(JpEntry.employee_id == place.mentor.id)) == 0
    changed = runtime.settings().model_copy(update={"mentor_jp": 1})
    monkeypatch.setattr(runtime, "settings", lambda: changed)
    confirm(place, log(place, pairing, key="k2", data=meeting(NOW - timedelta(days=1))))
    assert session.scalars(select(JpEntry.credited_jp).filter_by(employee_id=place.mentor.id)).all() == [1]


def test_confirmation_is_news(session, place, pairing, monkeypatch):
    heard = []
    monkeypatch.setitem(events._HANDLERS, SessionConfirmed, [lambda _s, event: heard.append(event)])
    confirm(place, log(place, pairing))
    assert [(one.mentee_id, one.minutes, one.credited_jp) for one in heard] == [(place.mentee.id, 60, 2)]


def test_two_threads_confirm_and_one_entry_is_made(app, session, place, pairing):
    row = log(place, pairing)
    actor, public_id = place.as_mentee, row.public_id
    barrier, faults = threading.Barrier(2), []

    def act():
        with app.app_context():
            barrier.wait()
            try:
                with transaction() as writing:
                    services.confirm_session(writing, actor, public_id, now=NOW)
            except Exception as error:
                faults.append(error)

    session.commit()
    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert credited(session) == [2]


def test_two_threads_send_one_form_and_one_session_is_made(app, session, place, pairing):
    actor, public_id = place.as_mentor, pairing.public_id
    barrier, made, faults = threading.Barrier(2), [], []

    def act():
        with app.app_context():
            barrier.wait()
            try:
                with transaction() as writing:
                    rows = services.record_session(
                        writing, actor, [public_id], data=meeting(), client_id="sama", now=NOW
                    )
                made.append(rows[0].id)
            except Exception as error:
                faults.append(error)

    session.commit()
    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(set(made)) == 1
    assert session.scalar(select(func.count()).select_from(SessionLog)) == 1


# Who reads what -----------------------------------------------------------------------------


def test_the_private_note_is_sealed_and_for_the_mentor_alone(session, place, pairing):
    row = log(place, pairing)
    stored = session.scalar(select(SessionLog.private_note))
    assert stored
    assert b"Rahasia" not in stored
    assert queries.get_private_note(session, place.as_mentor, row.public_id) == "Rahasia mentor."
    hr = actor_of(place.head, (Role.HR, place.city), (Role.ADMIN, place.city))
    for actor in (place.as_mentee, place.as_coordinator, hr):
        assert queries.get_private_note(session, actor, row.public_id) == ""
    texts = str(queries.collect_personal_data(session, place.mentee.id))
    assert "Menyimak dua aduan" in texts
    assert "Rahasia" not in texts
    assert "Rahasia" in str(queries.collect_personal_data(session, place.mentor.id))


def test_hr_and_coordinator_get_numbers_and_never_a_word(session, place, pairing, count_queries):
    row = log(place, pairing)
    confirm(place, row)
    hr = actor_of(place.head, (Role.HR, place.city))
    for actor in (hr, place.as_coordinator):
        assert queries.list_sessions(session, actor, pairing.id) == []
        assert queries.get_session(session, actor, row.public_id) is None
        with count_queries() as counted:
            numbers = queries.unit_counts(session, actor, year=2026, today=TODAY)
            overview = queries.list_overview(session, actor, OverviewFilter(), today=TODAY)
            queries.get_pairing(session, actor, pairing.public_id)
        assert [(one.pairings, one.confirmed, one.minutes, one.credited_jp) for one in numbers] == [(1, 1, 60, 2)]
        read = " ".join(counted.statements)
        for column in ("discussion", "next_step", "private_note", "mentee_note", "pairing.goal,"):
            assert column not in read
        assert all(one.next_step == "" and one.goal == "" for one in overview)
    assert queries.list_overview(session, hr, OverviewFilter(), today=TODAY) == []
    assert len(queries.list_overview(session, place.as_coordinator, OverviewFilter(), today=TODAY)) == 1


def test_policies_and_their_sql_twins_agree(session, place):
    people = [place.mentor, place.mentee, place.head, place.coordinator]
    people.append(EmployeeFactory(status=EmployeeStatus.EXTERNAL, unit_id=None))
    rows = [PairingFactory(mentor_id=a.id, mentee_id=b.id) for a, b in product(people, people) if a.id != b.id]
    actors = [
        actor_of(person, *rights)
        for person in people
        for rights in (
            (),
            ((Role.KOORDINATOR, place.there),),
            ((Role.KOORDINATOR, place.city), (Role.MENTOR, place.here)),
            ((Role.HR, place.city),),
            ((Role.ADMIN, place.city),),
        )
    ]
    units = session.execute(select(OrganisationalUnit.id, OrganisationalUnit.path))
    paths = {row[0]: row[1] for row in units}
    path_of = {person.id: paths.get(person.unit_id) for person in people}
    twins = (
        (policies.can_see_pairing, policies.pairings_visible_to, True),
        (policies.can_manage_pairing, policies.pairings_manageable_by, True),
        (policies.can_count_pairing, policies.pairings_counted_for, True),
        (policies.can_read_sessions, policies.pairings_readable_by, False),
        (policies.can_read_private_note, policies.private_notes_readable_by, False),
    )
    for actor, (predicate, twin, with_path) in product(actors, twins):
        seen = set(session.scalars(select(Pairing.id).where(twin(actor))))
        expected = {
            row.id
            for row in rows
            if predicate(actor, row, **({"mentee_unit_path": path_of[row.mentee_id]} if with_path else {}))
        }
        assert seen == expected, predicate.__name__


def test_filters_of_the_overview_agree_with_the_rows(session, place):
    made = {}
    for name, days in (("quiet", 31), ("fresh", 30)):
        mentee = EmployeeFactory(position=PositionFactory(unit=place.there), name=f"Mentee {name}")
        row = PairingFactory(mentor_id=place.mentor.id, mentee_id=mentee.id)
        held = TODAY - timedelta(days=days)
        SessionLogFactory(
            pairing_id=row.id, held_on=held, starts_at=datetime(held.year, held.month, held.day, 1, tzinfo=UTC)
        )
        made[name] = row.public_id
    session.commit()
    every = queries.list_overview(session, place.as_coordinator, OverviewFilter(), today=TODAY)
    silent = queries.list_overview(session, place.as_coordinator, OverviewFilter(only="silent"), today=TODAY)
    assert [row.public_id for row in silent] == [made["quiet"]] == [r.public_id for r in every if r.is_silent(TODAY)]
    found = OverviewFilter(words=("fresh",), unit_path=place.there.path, only="open")
    assert queries.count_overview(session, place.as_coordinator, found, today=TODAY) == 1
    totals = queries.overview_totals(session, place.as_coordinator, today=TODAY)
    assert totals == {"all": 2, "silent": 1, "open": 2, "disputed": 0}


def test_lists_cost_the_same_whatever_their_length(session, place, count_queries):
    counts = []
    for _size in range(2):
        for _ in range(5):
            mentee = EmployeeFactory(position=PositionFactory(unit=place.there))
            SessionLogFactory(pairing_id=PairingFactory(mentor_id=place.mentor.id, mentee_id=mentee.id).id)
        session.commit()
        with count_queries() as counted:
            queries.list_overview(current_session(), place.as_coordinator, OverviewFilter(), today=TODAY)
            queries.list_own_pairings(current_session(), place.as_mentor, as_mentor=True)
            queries.unit_counts(current_session(), place.as_coordinator, year=2026, today=TODAY)
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 6
