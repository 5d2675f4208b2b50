"""An exam day on a real database: start in a window, pause, give back, extend, reopen, the board."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms.assessments import queries, services, tasks
from lms.assessments.models import Accommodation, Attempt, AttemptState, ExamIncident, ExamSitting, ExamSpecial
from lms.assessments.rules import BoardState, Outcome
from lms.core import jobs, sessions
from lms.core.actor import ActorGrant, Permission, Role
from lms.core.audit import AuditEntry
from lms.core.db import current_session, transaction
from lms.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from lms.people.models import Employee
from tests.database.assessments.test_taking import attempt_row, items_of, key_of, save, start, submit
from tests.factories.assessments import actor_of, enrol, make_sitting, make_world
from tests.factories.identity import AccountFactory
from tests.factories.people import EmployeeFactory, UnitFactory

assert tasks
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(session):
    made = make_world()
    session.commit()
    return made


@pytest.fixture
def watcher(session, world):
    person = EmployeeFactory(name="Suriani Tahir")
    session.commit()
    grant = ActorGrant(Role.INSTRUKTUR, world.unit.path, frozenset({Permission.ASSESSMENT_MANAGE}))
    return replace(actor_of(person), grants=(grant,))


def sit(world, now, **values):
    with transaction():
        return make_sitting(world, opens_at=now, **values).public_id


def act(name, *args, **values):
    with transaction() as session:
        return getattr(services, name)(session, *args, **values)


def test_a_start_is_bound_to_the_window_the_code_and_the_place(world, watcher, now):
    sit(world, now + HOUR, access_code="KOTA 12", networks=["10.20.0.0/16"])
    with pytest.raises(Refused, match="belum dibuka"):
        start(world, now)
    at = {"enrolment_public_id": world.enrolment.public_id, "code": "ujian-akhir", "now": now + HOUR}
    with pytest.raises(Refused, match="ruang ujian"):
        act("start_attempt", world.actor, access_code="kota12", address="10.99.0.1", **at)
    with pytest.raises(Refused, match="Kode masuk"):
        act("start_attempt", world.actor, access_code="kota13", address="10.20.0.1", **at)
    public_id = act("start_attempt", world.actor, access_code="kota-12", address="10.20.0.1", **at)
    assert attempt_row(public_id).deadline_at == now + HOUR + 40 * MINUTE
    # Back in from anywhere and without the code: only the start is guarded.
    assert act("start_attempt", world.actor, address="10.99.0.1", **at) == public_id
    enrolment, other = enrol(world)
    current_session().commit()
    with pytest.raises(Refused, match="Batas waktu mulai"):
        start(world, now + 2 * HOUR, actor=other, enrolment=enrolment)
    assert start(world, now, code="pra-uji")  # other assessments are free


def test_the_hard_close_cuts_a_late_start_but_never_the_time_one_is_owed(world, watcher, now):
    sit(world, now, last_start_at=now + 2 * HOUR - MINUTE, closes_at=now + 2 * HOUR)
    late = now + 2 * HOUR - 20 * MINUTE
    owed, actor = enrol(world)
    person = actor.employee_id
    current_session().add(
        Accommodation(employee_id=person, extra_percent=50, reason="penglihatan terbatas", starts_on=now.date(),
                      created_at=now)
    )  # fmt: skip
    current_session().commit()
    assert attempt_row(start(world, late)).deadline_at == now + 2 * HOUR
    assert attempt_row(start(world, late, actor=actor, enrolment=owed)).deadline_at == now + 2 * HOUR + 20 * MINUTE
    # Everywhere, also where nobody planned a sitting and in assessments that come later.
    pretest = attempt_row(start(world, late, actor=actor, enrolment=owed, code="pra-uji"))
    assert pretest.deadline_at == late + timedelta(minutes=15 + 8)


def test_a_pause_stops_everybody_keeps_answers_and_gives_the_time_back(world, watcher, now):
    sitting = sit(world, now)
    mine = start(world, now)
    enrolment, other = enrol(world)
    current_session().commit()
    theirs = start(world, now + 5 * MINUTE, actor=other, enrolment=enrolment)
    assert act("pause_sitting", watcher, sitting, reason="Listrik padam", now=now + 10 * MINUTE) == 2
    assert act("pause_sitting", watcher, sitting, reason="", now=now + 12 * MINUTE) == 2
    late = now + 90 * MINUTE  # long after the deadline as it was
    with pytest.raises(Refused, match="dijeda"):
        start(world, late, actor=enrol_one(world), enrolment=current_session().info["made"])
    assert queries.list_overdue_ids(current_session(), now=late) == []
    assert act("close_attempt", attempt_row(mine).id, now=late) is False
    item = items_of(mine)[0]
    saved = save(world, mine, item, late, **key_of(item))
    assert (saved.outcome, saved.is_paused, saved.seconds_left) == (Outcome.TAKEN, True, 30 * 60)
    current_session().rollback()
    assert act("resume_sitting", watcher, sitting, now=late) == 2
    assert act("resume_sitting", watcher, sitting, now=late) == 0
    assert attempt_row(mine).deadline_at == late + 30 * MINUTE
    assert attempt_row(theirs).deadline_at == late + 35 * MINUTE
    row = current_session().scalars(select(ExamSitting).filter_by(public_id=sitting)).one()
    assert (row.last_start_at, row.closes_at, row.paused_at) == (now + 140 * MINUTE, now + 200 * MINUTE, None)
    due = current_session().scalars(select(jobs.OutboxJob).filter_by(task="assessments.close_attempt"))
    assert max(job.run_after for job in due) == late + 35 * MINUTE + timedelta(seconds=60)
    kinds = [one.kind.value for one in current_session().scalars(select(ExamIncident).order_by(ExamIncident.id))]
    assert kinds == ["pause", "resume"]
    trail = {entry.action for entry in current_session().scalars(select(AuditEntry))}
    assert {"exam.pause", "exam.resume"} <= trail


def enrol_one(world):
    enrolment, actor = enrol(world)
    current_session().commit()
    current_session().info["made"] = enrolment
    return actor


def test_starts_and_a_pause_at_the_same_moment_leave_nobody_running(app, world, watcher, now):
    sitting = sit(world, now)
    takers = []
    for _ in range(4):
        enrolment, actor = enrol(world)
        takers.append((enrolment.public_id, actor))
    current_session().commit()
    gate = threading.Barrier(5)

    def begin(enrolment, actor):
        with app.app_context():
            gate.wait()
            try:
                with transaction() as session:
                    services.start_attempt(session, actor, enrolment_public_id=enrolment, code="ujian-akhir", now=now)
            except Refused:
                pass

    def stop():
        with app.app_context():
            gate.wait()
            act("pause_sitting", watcher, sitting, reason="", now=now + MINUTE)

    threads = [threading.Thread(target=begin, args=taker) for taker in takers] + [threading.Thread(target=stop)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    current_session().rollback()
    assert all(row.paused_at is not None for row in current_session().scalars(select(Attempt)))


def test_time_is_given_to_one_or_to_all_with_a_reason(world, watcher, now):
    sitting = sit(world, now)
    mine = start(world, now)
    enrolment, other = enrol(world)
    current_session().commit()
    theirs = start(world, now, actor=other, enrolment=enrolment)
    with pytest.raises(Invalid):
        act("extend_time", watcher, sitting, minutes=0, reason="", now=now)
    act("extend_time", watcher, sitting, minutes=10, reason="Server lambat", now=now + MINUTE)
    assert {attempt_row(one).deadline_at for one in (mine, theirs)} == {now + 50 * MINUTE}
    act("extend_time", watcher, sitting, minutes=5, reason="Laptop mati", now=now + MINUTE, attempt_public_id=mine)
    assert attempt_row(mine).deadline_at == now + 55 * MINUTE
    assert attempt_row(theirs).deadline_at == now + 50 * MINUTE
    row = current_session().scalars(select(ExamSitting).filter_by(public_id=sitting)).one()
    assert row.closes_at == now + 2 * HOUR + 10 * MINUTE  # one person's time moves nobody else's close
    with pytest.raises(Refused, match="sudah selesai"):
        act("extend_time", watcher, sitting, minutes=5, reason="x", now=now + 5 * HOUR, attempt_public_id=mine)


def test_a_reopened_attempt_goes_on_with_every_answer_and_recomputes_clean(world, watcher, now):
    sitting = sit(world, now)
    public_id = start(world, now)
    items = items_of(public_id)
    save(world, public_id, items[0], now + MINUTE, **key_of(items[0]))
    submit(world, public_id, now + 2 * MINUTE)
    with pytest.raises(Invalid):
        act("reopen_attempt", watcher, sitting, attempt_public_id=public_id, minutes=10, reason="", now=now)
    again = {"attempt_public_id": public_id, "minutes": 10, "reason": "Terkirim tidak sengaja"}
    act("reopen_attempt", watcher, sitting, now=now + 5 * MINUTE, **again)
    row = attempt_row(public_id)
    assert (row.state, row.percent, row.deadline_at) == (AttemptState.OPEN, None, now + 15 * MINUTE)
    assert services.recompute(current_session()).differences == []
    current_session().rollback()
    assert items_of(public_id)[0].payload is not None
    with pytest.raises(Refused, match="masih berjalan"):
        act("reopen_attempt", watcher, sitting, now=now + 6 * MINUTE, **again)
    for item in items_of(public_id)[1:]:
        save(world, public_id, item, now + 7 * MINUTE, client=f"dev1:tab1:{item.position_order}", **key_of(item))
    submit(world, public_id, now + 8 * MINUTE)
    assert attempt_row(public_id).passed
    with pytest.raises(Refused, match="sudah lulus"):
        act("reopen_attempt", watcher, sitting, now=now + 9 * MINUTE, **again)
    assert services.recompute(current_session()).differences == []


def test_special_rules_reach_the_person_and_the_unit_and_nobody_else(world, watcher, now):
    sitting = sit(world, now)
    kelurahan = UnitFactory(parent=world.unit)
    near = EmployeeFactory(unit_id=kelurahan.id)
    enrolment, actor = enrol(world, near)
    current_session().commit()
    data = services.SpecialData("", kelurahan.public_id, None, None, 10, 0, "Listrik padam pagi tadi")
    act("grant_special", watcher, sitting, data, now=now)
    assert attempt_row(start(world, now, actor=actor, enrolment=enrolment)).deadline_at == now + 50 * MINUTE
    with pytest.raises(Refused, match="sedang mengerjakan"):
        act("grant_special", watcher, sitting, replace(data, unit="", employee=near.public_id), now=now)
    own = replace(data, unit="", employee=world.employee.public_id, extra_minutes=0, extra_attempts=2, reason="x")
    act("grant_special", watcher, sitting, own, now=now)
    act("grant_special", watcher, sitting, replace(own, extra_minutes=7), now=now)
    assert len(list(current_session().scalars(select(ExamSpecial)))) == 2
    current_session().rollback()
    assert attempt_row(start(world, now)).deadline_at == now + 47 * MINUTE
    special = queries.list_specials(current_session(), attempt_row(start(world, now)).sitting_id)[0]
    current_session().rollback()
    act("remove_special", watcher, sitting, special.public_id, now=now)
    for wrong in (replace(data, unit=""), replace(data, extra_minutes=0), replace(data, reason="")):
        with pytest.raises(Invalid):
            act("grant_special", watcher, sitting, wrong, now=now)


def test_a_sitting_for_one_part_of_the_organisation_is_for_that_part(world, watcher, now):
    part = UnitFactory(parent=world.unit)
    inside = EmployeeFactory(unit_id=part.id)
    enrolment, actor = enrol(world, inside)
    current_session().commit()
    sit(world, now, unit_id=part.id)
    with pytest.raises(Refused, match="Belum ada sesi"):
        start(world, now)
    assert start(world, now, actor=actor, enrolment=enrolment)
    board = queries.read_board(current_session(), current_session().scalars(select(ExamSitting.id)).one(), now=now)
    assert [line.name for line in board] == [inside.name]


def test_nobody_runs_exams_of_others_or_gives_time_to_oneself(world, watcher, now):
    sitting = sit(world, now)
    stranger = replace(watcher, grants=(replace(watcher.grants[0], path=UnitFactory().path),))
    current_session().commit()
    for name, more in (
        ("pause_sitting", {"reason": ""}), ("resume_sitting", {}), ("cancel_sitting", {}),
        ("send_message", {"body": "x"}), ("add_note", {"body": "x"}), ("extend_time", {"minutes": 5, "reason": "x"}),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            act(name, stranger, sitting, now=now, **more)
    unit = world.unit
    me = EmployeeFactory(unit_id=unit.id)
    current_session().commit()
    own = replace(watcher, employee_id=me.id)
    data = services.AccommodationData(me.public_id, 25, 0, "alasan", now.date(), None)
    with pytest.raises(Forbidden):
        act("give_accommodation", own, data, now=now)
    with pytest.raises(Invalid):
        act("give_accommodation", stranger, data, now=now)
    made = act("give_accommodation", watcher, data, now=now)
    act("end_accommodation", watcher, made.public_id, today=now.date(), now=now)
    assert queries.list_valid_accommodations(current_session(), employee_id=me.id, now=now) == []
    assert queries.collect_personal_data(current_session(), me.id)[0]["alasan"] == "alasan"


def test_planning_changing_and_cancelling(world, watcher, now):
    target = f"{world.exam.public_id}.{world.offering.public_id}"
    data = services.SittingData(target, "Sesi 1", "Aula", now, now + HOUR, now + 2 * HOUR, networks=("10.0.0.0/8",))
    with pytest.raises(Invalid):
        act("plan_sitting", watcher, replace(data, target="x.y"), now=now)
    with pytest.raises(Invalid):
        act("plan_sitting", watcher, replace(data, closes_at=now + 20 * MINUTE), now=now)
    with pytest.raises(Invalid):
        act("plan_sitting", watcher, replace(data, networks=("ruang 3",)), now=now)
    made = act("plan_sitting", watcher, data, now=now)
    with pytest.raises(Conflict):
        act("change_sitting", watcher, made.public_id, data, version=9, now=now)
    act("change_sitting", watcher, made.public_id, replace(data, networks=(), place="Aula 2"), version=1, now=now)
    start(world, now)
    later = replace(data, networks=(), closes_at=now + 3 * HOUR)
    with pytest.raises(Refused, match="papan pengawas"):
        act("change_sitting", watcher, made.public_id, later, version=2, now=now)
    with pytest.raises(Refused):
        act("cancel_sitting", watcher, made.public_id, now=now)
    other = act("plan_sitting", watcher, replace(data, title="Sesi 2", networks=()), now=now)
    act("cancel_sitting", watcher, other.public_id, now=now)
    assert queries.get_sitting_line(current_session(), watcher, other.public_id).state(now) == "cancelled"


def test_the_board_costs_one_statement_whatever_the_room_and_sees_everybody(world, watcher, now, count_queries):
    sitting = sit(world, now)
    quiet, working, done = (enrol_pair(world) for _ in range(3))
    for enrolment, actor in (quiet, working, done):
        start(world, now, actor=actor, enrolment=enrolment)
    row = lambda pair: current_session().scalars(select(Attempt).filter_by(enrolment_id=pair[0].id)).one().public_id  # noqa: E731
    item = items_of(row(working))[0]
    save(world, row(working), item, now + 9 * MINUTE, actor=working[1], **key_of(item))
    submit(world, row(done), now + 2 * MINUTE, actor=done[1])
    with transaction() as session:
        account = AccountFactory(employee=session.get(Employee, quiet[1].employee_id))
        sessions.begin(session, account_id=account.id, now=now + MINUTE, shared=False)
    sitting_id = current_session().scalars(select(ExamSitting.id).filter_by(public_id=sitting)).one()
    with count_queries() as few:
        board = queries.read_board(current_session(), sitting_id, now=now + 10 * MINUTE)
    assert [line.state for line in board] == [
        BoardState.QUIET, BoardState.RUNNING, BoardState.WAITING, BoardState.FINISHED,
    ]  # fmt: skip
    assert board[0].watched.last_seen_at == now + MINUTE
    assert (board[1].answered, board[1].total) == (1, 8)
    for _ in range(5):
        enrol(world)
    current_session().commit()
    with count_queries() as many:
        assert len(queries.read_board(current_session(), sitting_id, now=now)) == 9
    assert len(few) == len(many) == 1


def enrol_pair(world):
    pair = enrol(world)
    current_session().commit()
    return pair
