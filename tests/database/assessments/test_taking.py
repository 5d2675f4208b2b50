"""Start, save, hand in, run out: on a real database, with races."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.assessments import queries, services, tasks
from lms.assessments.events import AttemptSubmitted
from lms.assessments.models import (
    Attempt,
    AttemptItem,
    AttemptState,
    Item,
    ItemState,
    ItemVersion,
    ResponseLog,
)
from lms.assessments.rules import GRACE, Outcome
from lms.assessments.services import Response
from lms.core import events, jobs, sessions
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound, Refused
from lms.courses.models import EnrolmentState, Lesson, LessonProgress
from lms.identity.models import Account, AccountState
from tests.factories.assessments import MADE, enrol, make_world

LIMIT = timedelta(minutes=40)
assert tasks  # registers the job that closes what ran out


def start(world, now, *, actor=None, enrolment=None, code="ujian-akhir"):
    with transaction() as session:
        return services.start_attempt(
            session, actor or world.actor, enrolment_public_id=(enrolment or world.enrolment).public_id, code=code,
            now=now,
        )  # fmt: skip


def items_of(public_id):
    return list(
        current_session().scalars(
            select(AttemptItem)
            .join(Attempt, Attempt.id == AttemptItem.attempt_id)
            .where(Attempt.public_id == public_id)
            .order_by(AttemptItem.position_order)
            .execution_options(populate_existing=True)
        )
    )


def save(world, attempt, item, now, *, client="dev1:tab1:1", base=0, codes=(), text="", actor=None, **more):
    response = Response(
        question=item.public_id, codes=codes, text=text, is_flagged=more.pop("flag", False), base_revision=base,
        client_id=client, **more,
    )  # fmt: skip
    with transaction() as session:
        return services.save_response(session, actor or world.actor, attempt=attempt, response=response, now=now)


def key_of(item):
    version = current_session().get(ItemVersion, item.item_version_id)
    if "accepted" in version.body:
        return {"text": version.body["accepted"][0]["text"]}
    return {"codes": [option["code"] for option in version.body["options"] if option["correct"]]}


def submit(world, public_id, now, *, actor=None):
    with transaction() as session:
        services.submit_attempt(session, actor or world.actor, public_id=public_id, now=now)


def attempt_row(public_id):
    return (
        current_session()
        .scalars(select(Attempt).filter_by(public_id=public_id).execution_options(populate_existing=True))
        .one()
    )


@pytest.fixture
def world(session):
    made = make_world()
    session.commit()
    return made


@pytest.fixture
def heard(monkeypatch):
    found = []
    monkeypatch.setitem(events._HANDLERS, AttemptSubmitted, [lambda _session, event: found.append(event)])
    return found


# Start ---------------------------------------------------------------------------------------


def test_a_start_draws_pins_and_counts_the_time(world, now):
    public_id = start(world, now)
    row = attempt_row(public_id)
    assert (row.number, row.state, row.started_at, row.deadline_at) == (
        1,
        AttemptState.OPEN,
        now,
        now + LIMIT,
    )
    items = items_of(public_id)
    assert [item.position_order for item in items] == list(range(1, 9))
    assert len({item.item_version_id for item in items}) == 8
    due = current_session().scalars(select(jobs.OutboxJob).filter_by(task="assessments.close_attempt")).one()
    assert due.run_after == now + LIMIT + GRACE


def test_a_second_start_gives_the_same_attempt(world, now):
    assert start(world, now) == start(world, now + timedelta(minutes=5))
    assert current_session().scalar(select(func.count(Attempt.id))) == 1


def test_eight_threads_get_one_open_attempt(app, world, now):
    barrier, found, failed = threading.Barrier(8), [], []

    def run():
        with app.app_context():
            barrier.wait()
            try:
                found.append(start(world, now))
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    current_session().rollback()  # see what the others committed
    assert failed == []
    assert len(found) == 8
    assert len(set(found)) == 1
    assert current_session().scalar(select(func.count(Attempt.id))) == 1
    assert current_session().scalar(select(func.count(AttemptItem.id))) == 8


def test_pinned_items_stay_when_the_bank_changes(world, session, now):
    public_id = start(world, now)
    pinned = {item.item_version_id for item in items_of(public_id)}
    for item in session.scalars(select(Item)):
        version = ItemVersion(
            item_id=item.id, number=2, kind="single_choice", stem_md="Baru", stem_html="<p>Baru</p>",
            body={"options": []}, created_at=MADE, digest="1" * 64,
        )  # fmt: skip
        session.add(version)
        session.flush()
        item.current_version_id, item.state = version.id, ItemState.RETIRED
    session.commit()
    assert {item.item_version_id for item in items_of(public_id)} == pinned
    assert {row.number for row in session.scalars(select(ItemVersion).where(ItemVersion.id.in_(pinned)))} == {1}


def test_attempts_are_limited_and_numbered(world, now):
    for number in (1, 2, 3):
        public_id = start(world, now + timedelta(hours=number))
        assert attempt_row(public_id).number == number
        submit(world, public_id, now + timedelta(hours=number, minutes=5))
    with pytest.raises(Refused, match="sudah habis"):
        start(world, now + timedelta(hours=9))


def test_one_who_passed_does_not_sit_again(world, now):
    public_id = start(world, now)
    for item in items_of(public_id):
        save(world, public_id, item, now, **key_of(item))
    submit(world, public_id, now)
    assert attempt_row(public_id).passed
    with pytest.raises(Refused, match="sudah lulus"):
        start(world, now)


def test_rules_refuse_a_start(world, session, now):
    world.exam.delay_days = 2
    session.commit()
    public_id = start(world, now)
    submit(world, public_id, now)
    with pytest.raises(Refused, match="belum dibuka"):
        start(world, now + timedelta(days=1))
    assert start(world, now + timedelta(days=2))
    world.enrolment.state = EnrolmentState.WITHDRAWN
    session.commit()
    other = make_world(needs_lessons=True)
    session.commit()
    with pytest.raises(Refused, match="semua materi"):
        start(other, now)
    for lesson in session.scalars(select(Lesson)):
        session.add(
            LessonProgress(enrolment_id=other.enrolment.id, lesson_id=lesson.id, opened_at=now, completed_at=now,
                           updated_at=now)
        )  # fmt: skip
    session.commit()
    assert start(other, now)
    small = make_world(draw_count=9)
    session.commit()
    with pytest.raises(Refused, match="belum cukup"):
        start(small, now)


def test_an_inactive_participant_cannot_start(world, session, now):
    world.enrolment.state = EnrolmentState.WITHDRAWN
    session.commit()
    with pytest.raises(Refused, match="tidak aktif"):
        start(world, now)


def test_anothers_enrolment_is_absent(world, session, now):
    _enrolment, stranger = enrol(world)
    session.commit()
    with pytest.raises(NotFound):
        start(world, now, actor=stranger)


def test_later_attempts_prefer_items_not_met(session, now):
    world = make_world(copies=4, draw_count=8)
    session.commit()
    first = start(world, now)
    submit(world, first, now)
    second = start(world, now)
    assert not {i.item_version_id for i in items_of(first)} & {i.item_version_id for i in items_of(second)}


def test_pretest_and_exam_draw_from_their_own_sets(session, now):
    world = make_world(kinds=("single_choice",), copies=8, draw_count=4)
    for number, item in enumerate(session.scalars(select(Item).order_by(Item.id))):
        item.uses = ["pretest"] if number < 4 else ["exam"]
    session.commit()
    exam, pretest = start(world, now), start(world, now, code="pra-uji")
    uses = {
        public_id: {
            tuple(session.scalars(select(Item).join(ItemVersion, ItemVersion.item_id == Item.id).where(
                ItemVersion.id == row.item_version_id)).one().uses)
            for row in items_of(public_id)
        }
        for public_id in (exam, pretest)
    }  # fmt: skip
    assert uses == {exam: {("exam",)}, pretest: {("pretest",)}}


# Save ----------------------------------------------------------------------------------------


@pytest.fixture
def sheet(world, now):
    public_id = start(world, now)
    by_kind = {}
    for item in items_of(public_id):
        by_kind.setdefault(current_session().get(ItemVersion, item.item_version_id).kind, item)
    return public_id, by_kind


def test_a_save_is_logged_and_projected(world, sheet, now):
    public_id, items = sheet
    saved = save(world, public_id, items["single_choice"], now + timedelta(minutes=1), codes=["b"], flag=True)
    assert (saved.outcome, saved.revision, saved.seconds_left) == (Outcome.TAKEN, 1, 39 * 60)
    row = items_of(public_id)[items["single_choice"].position_order - 1]
    assert (row.payload, row.is_flagged, row.revision) == ({"options": ["b"]}, True, 1)
    log = current_session().scalars(select(ResponseLog)).one()
    assert (log.payload, log.is_applied, log.in_grace, log.client_id) == (
        row.payload,
        True,
        False,
        "dev1:tab1:1",
    )


def test_the_same_client_id_is_one_effect_and_one_answer(world, sheet, now):
    public_id, items = sheet
    item = items["single_choice"]
    first = save(world, public_id, item, now, codes=["b"])
    save(world, public_id, item, now, codes=["c"], client="dev1:tab1:2", base=1)
    again = save(world, public_id, item, now + timedelta(minutes=3), codes=["b"])
    assert (again.revision, again.saved_at) == (first.revision, first.saved_at)
    assert current_session().scalar(select(func.count(ResponseLog.id))) == 2
    assert items_of(public_id)[item.position_order - 1].payload == {"options": ["c"]}


def test_two_devices_the_older_is_kept_as_a_conflict(world, sheet, now):
    public_id, items = sheet
    item = items["single_choice"]
    save(world, public_id, item, now, codes=["b"])
    late = save(world, public_id, item, now, codes=["c"], client="dev2:tab9:1", base=0)
    assert (late.outcome, late.revision, late.payload) == (Outcome.CONFLICT, 1, {"options": ["b"]})
    row = items_of(public_id)[item.position_order - 1]
    assert (row.payload, row.has_conflict) == ({"options": ["b"]}, True)
    kept = current_session().scalars(select(ResponseLog).where(ResponseLog.is_applied.is_(False))).one()
    assert kept.payload == {"options": ["c"]}
    assert queries.get_other_version(current_session(), row.id).payload == {"options": ["c"]}
    again = save(world, public_id, item, now, codes=["c"], client="dev2:tab9:1", base=0)
    assert (again.outcome, again.payload) == (Outcome.CONFLICT, {"options": ["b"]})
    # Working on elsewhere does not hide it; only a word on it does.
    save(world, public_id, item, now, codes=["d"], client="dev1:tab1:2", base=1)
    assert items_of(public_id)[item.position_order - 1].has_conflict
    settled = save(world, public_id, item, now, codes=["c"], client="dev2:tab9:2", base=2, settles=True)
    assert settled.outcome is Outcome.TAKEN
    assert not items_of(public_id)[item.position_order - 1].has_conflict


def test_agreeing_with_the_stored_one_settles_too(world, sheet, now):
    public_id, items = sheet
    item = items["single_choice"]
    save(world, public_id, item, now, codes=["b"])
    save(world, public_id, item, now, codes=["c"], client="dev2:tab9:1", base=0)
    kept = save(world, public_id, item, now, codes=["b"], client="dev2:tab9:2", base=1, settles=True)
    assert kept.outcome is Outcome.UNCHANGED
    assert not items_of(public_id)[item.position_order - 1].has_conflict


def test_a_lost_reply_does_not_make_the_same_tab_a_stranger(world, sheet, now):
    public_id, items = sheet
    save(world, public_id, items["short_answer"], now, text="mak", client="dev1:tab1:1", base=0)
    later = save(world, public_id, items["short_answer"], now, text="maklumat", client="dev1:tab1:2", base=0)
    assert (later.outcome, later.revision) == (Outcome.TAKEN, 2)
    early = save(world, public_id, items["short_answer"], now, text="ma", client="dev1:tab1:0", base=0)
    assert (early.outcome, early.payload) == (Outcome.OVERTAKEN, {"text": "maklumat"})
    assert not items_of(public_id)[items["short_answer"].position_order - 1].has_conflict


def test_an_unchanged_response_is_confirmed_under_its_own_id_for_ever(world, sheet, now):
    public_id, items = sheet
    item = items["true_false"]
    save(world, public_id, item, now, codes=["benar"])
    later = now + timedelta(minutes=1)
    same = save(world, public_id, item, later, codes=["benar"], client="dev2:tab2:1", base=0)
    assert (same.outcome, same.revision, same.saved_at) == (Outcome.UNCHANGED, 1, later)
    # Its reply was lost, and meanwhile the other device went on: the repetition still gets the first answer.
    save(world, public_id, item, later, codes=["salah"], client="dev1:tab1:2", base=1)
    again = save(world, public_id, item, later + timedelta(minutes=1), codes=["benar"], client="dev2:tab2:1", base=0)
    assert (again.outcome, again.revision, again.saved_at) == (Outcome.REPEATED, 1, later)
    row = items_of(public_id)[item.position_order - 1]
    assert (row.payload, row.revision, row.has_conflict) == ({"options": ["salah"]}, 2, False)
    assert current_session().scalar(select(func.count(ResponseLog.id))) == 3
    current_session().rollback()
    assert services.recompute(current_session()).differences == []


def test_an_answer_can_be_taken_back(world, sheet, now):
    public_id, items = sheet
    save(world, public_id, items["single_choice"], now, codes=["b"])
    save(world, public_id, items["single_choice"], now, client="dev1:tab1:2", base=1)
    row = items_of(public_id)[items["single_choice"].position_order - 1]
    assert (row.payload, row.revision) == (None, 2)
    assert not queries.list_places(current_session(), row.attempt_id)[row.position_order - 1].is_answered


def test_the_grace_takes_what_was_on_its_way_and_marks_it(world, sheet, now):
    public_id, items = sheet
    saved = save(world, public_id, items["single_choice"], now + LIMIT + timedelta(seconds=59), codes=["b"])
    assert (saved.outcome, saved.in_grace, saved.seconds_left) == (Outcome.TAKEN, True, 0)
    assert current_session().scalars(select(ResponseLog)).one().in_grace
    late = save(world, public_id, items["true_false"], now + LIMIT + GRACE, codes=["benar"])
    assert late.outcome is Outcome.CLOSED
    assert current_session().scalar(select(func.count(ResponseLog.id))) == 1


def test_a_late_answer_to_a_closed_attempt_makes_no_new_one(world, sheet, now):
    public_id, items = sheet
    submit(world, public_id, now)
    assert save(world, public_id, items["single_choice"], now, codes=["b"]).outcome is Outcome.CLOSED
    assert current_session().scalar(select(func.count(Attempt.id))) == 1
    assert current_session().scalar(select(func.count(ResponseLog.id))) == 0


def test_saves_of_strangers_and_nonsense_are_refused(world, sheet, session, now):
    public_id, items = sheet
    _enrolment, stranger = enrol(world)
    session.commit()
    with pytest.raises(NotFound):
        save(world, public_id, items["single_choice"], now, codes=["b"], actor=stranger)
    for wrong in ({"codes": ["zz"]}, {"codes": ["a", "b"]}, {"client": "x"}, {"base": -1}, {"text": "a"}):
        with pytest.raises(Invalid):
            save(world, public_id, items["single_choice"], now, **wrong)
    assert current_session().scalar(select(func.count(ResponseLog.id))) == 0


def test_a_save_costs_three_statements(app, world, sheet, now, count_queries):
    public_id, items = sheet
    with count_queries() as counted:
        save(world, public_id, items["single_choice"], now, codes=["b"])
    assert len(counted) == 3, counted.statements


def test_the_same_save_from_many_threads_is_one_effect(app, world, sheet, now):
    public_id, items = sheet
    item, barrier, found, failed = items["single_choice"], threading.Barrier(8), [], []

    def run():
        with app.app_context():
            barrier.wait()
            try:
                found.append(save(world, public_id, item, now, codes=["b"]))
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    current_session().rollback()  # see what the others committed
    assert failed == []
    assert {(saved.revision, saved.saved_at) for saved in found} == {(1, now)}
    assert current_session().scalar(select(func.count(ResponseLog.id))) == 1


def test_eight_devices_at_once_keep_all_versions(app, world, sheet, now):
    public_id, items = sheet
    item, barrier, found = items["short_answer"], threading.Barrier(8), []

    def run(number):
        with app.app_context():
            barrier.wait()
            found.append(save(world, public_id, item, now, text=f"kata {number}", client=f"dev{number}:tab{number}:1"))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    current_session().rollback()  # see what the others committed
    assert sorted(saved.outcome for saved in found) == [Outcome.CONFLICT] * 7 + [Outcome.TAKEN]
    assert current_session().scalar(select(func.count(ResponseLog.id))) == 8
    row = items_of(public_id)[item.position_order - 1]
    assert (row.revision, row.has_conflict) == (1, True)


# End -----------------------------------------------------------------------------------------


def test_handing_in_twice_is_one_result(world, sheet, now, heard):
    public_id, items = sheet
    save(world, public_id, items["single_choice"], now, **key_of(items["single_choice"]))
    submit(world, public_id, now + timedelta(minutes=10))
    first = attempt_row(public_id)
    held = (first.percent, first.submitted_at, first.state)
    submit(world, public_id, now + timedelta(minutes=20))
    again = attempt_row(public_id)
    assert (again.percent, again.submitted_at, again.state) == held == (
        12.5, now + timedelta(minutes=10), AttemptState.SUBMITTED
    )  # fmt: skip
    assert [(event.percent, event.passed, event.kind) for event in heard] == [(12.5, False, "exam")]


def test_eight_threads_hand_in_once(app, world, sheet, now, heard):
    public_id, _items = sheet
    barrier = threading.Barrier(8)

    def run():
        with app.app_context():
            barrier.wait()
            submit(world, public_id, now)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    current_session().rollback()  # see what the others committed
    assert len(heard) == 1


def test_what_the_server_received_counts_when_time_runs_out(app, world, sheet, now, heard):
    public_id, _items = sheet
    for item in items_of(public_id):
        save(world, public_id, item, now, **key_of(item))
    later = now + LIMIT + GRACE
    assert queries.exam_passed(current_session(), world.enrolment.id) is False
    current_session().rollback()
    with time_machine.travel(later, tick=False):
        assert queries.exam_passed(current_session(), world.enrolment.id) is True
        current_session().rollback()
        assert jobs.run_due(app) == 1
    row = attempt_row(public_id)
    assert (row.state, row.submitted_at, row.percent, row.passed) == (
        AttemptState.EXPIRED,
        now + LIMIT,
        100,
        True,
    )
    assert [event.submitted_at for event in heard] == [now + LIMIT]
    submit(world, public_id, later)
    assert attempt_row(public_id).state is AttemptState.EXPIRED


def test_the_job_leaves_a_running_attempt_alone(world, sheet, now):
    public_id, _items = sheet
    with transaction() as session:
        assert not services.close_attempt(session, attempt_row(public_id).id, now=now + LIMIT)
    assert attempt_row(public_id).state is AttemptState.OPEN


def test_a_new_start_closes_what_ran_out(world, sheet, now, heard):
    public_id, _items = sheet
    second = start(world, now + timedelta(hours=1))
    assert second != public_id
    assert attempt_row(public_id).state is AttemptState.EXPIRED
    assert attempt_row(second).number == 2
    assert len(heard) == 1


def test_the_pretest_is_no_exam(world, now, heard):
    public_id = start(world, now, code="pra-uji")
    submit(world, public_id, now)
    assert attempt_row(public_id).passed
    assert heard[0].kind == "pretest"
    assert queries.exam_passed(current_session(), world.enrolment.id) is False
    lines = queries.content_items(current_session(), world.version.id, world.enrolment.id)
    assert [(line.key, line.place, line.state) for line in lines] == [
        ("ujian-akhir", "after", "todo"), ("pra-uji", "before", "done")
    ]  # fmt: skip
    assert lines[0].url == f"/belajar/{world.enrolment.public_id}/asesmen/ujian-akhir"
    assert queries.content_items(current_session(), world.version.id, None)[0].url == ""


def test_versions_without_exam_ask_for_none(world, session):
    session.delete(world.exam)
    session.flush()
    assert queries.exam_passed(session, world.enrolment.id) is None
    session.rollback()


# Recompute -----------------------------------------------------------------------------------

MOVES = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.sampled_from(["dev1", "dev2"]),
        st.integers(0, 3),
        st.integers(0, 4),
        st.booleans(),
    ),
    max_size=14,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, hand_in=st.booleans())
def test_recomputing_always_equals_what_is_stored(app, now, moves, hand_in):
    with app.app_context():
        world = make_world()
        current_session().commit()
        public_id = start(world, now)
        items = items_of(public_id)
        for number, (place, device, base, choice, flag) in enumerate(moves):
            body = current_session().get(ItemVersion, items[place].item_version_id).body
            given_response = (
                {"text": ["maklumat", "janji", ""][choice % 3]} if "accepted" in body
                else {"codes": [body["options"][choice % len(body["options"])]["code"]]}
            )  # fmt: skip
            save(world, public_id, items[place], now, client=f"{device}:tab1:{number}", base=base, flag=flag,
                 **given_response)  # fmt: skip
        if hand_in:
            submit(world, public_id, now)
        result = services.recompute(current_session())
        current_session().rollback()
        assert result.attempts >= 1
        assert result.differences == []
        if hand_in:
            row = attempt_row(public_id)
            assert 0 <= row.score <= row.max_score
            assert 0 <= row.percent <= 100
        current_session().rollback()


def test_recompute_finds_and_mends_a_tampered_score(world, sheet, session, now):
    public_id, items = sheet
    save(world, public_id, items["single_choice"], now, codes=["b"])
    submit(world, public_id, now)
    row = attempt_row(public_id)
    row.percent, row.passed = 99.0, True
    items_of(public_id)[0].payload = {"text": "lain"}
    session.commit()
    found = services.recompute(session)
    session.rollback()
    assert {difference.place for difference in found.differences} == {"percent", "passed", "soal 1: payload"}
    with transaction() as writing:
        services.recompute(writing, mend=True)
    assert services.recompute(session).differences == []


def test_a_shared_computer_stays_awake_while_the_exam_runs(session, now):
    with transaction() as inner:
        world = make_world()
        account = Account(employee_id=world.actor.employee_id, state=AccountState.ACTIVE, created_at=now)
        inner.add(account)
        inner.flush()
        row, _token = sessions.begin(inner, account_id=account.id, now=now, shared=True)
        row_id = row.id
    start(world, now, actor=replace(world.actor, session_id=row_id))
    session.expire_all()
    held = session.get(sessions.LoginSession, row_id)
    assert sessions.is_alive(held, now=now + LIMIT)
    assert not sessions.is_alive(held, now=now + LIMIT + timedelta(minutes=16))
