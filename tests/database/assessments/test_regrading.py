"""A wrong key: the preview tells what the step does, and the step does it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lms.assessments import queries, services
from lms.assessments.models import Attempt, AttemptItem, Item, ItemVersion, KeyCorrection, KeyMode
from lms.assessments.services import KeyData
from lms.certificates.models import Certificate, CertificateState
from lms.competencies.models import CompetencyRecord
from lms.core.actor import ActorGrant, Permission, Role
from lms.core.audit import AuditEntry
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound
from lms.courses.models import CourseOutcome, Enrolment, EnrolmentState, JpEntry, Lesson, LessonProgress, Module
from lms.notifications.models import Notice
from tests.database.assessments.test_taking import items_of, save, submit
from tests.factories.assessments import actor_of, enrol, make_world
from tests.factories.competencies import CompetencyFactory
from tests.factories.people import EmployeeFactory, UnitFactory

REASON = "Kunci tertukar saat bank disusun."


@pytest.fixture(autouse=True)
def _frozen(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def world(session):
    """Four single choices, pass at 75: three right ones pass, two do not."""
    made = make_world(kinds=("single_choice",), copies=4, pass_percent=75)
    session.add(
        CourseOutcome(
            course_version_id=made.version.id, competency_id=CompetencyFactory().id, level=2, statement="Mampu"
        )
    )
    session.commit()
    return made


@pytest.fixture
def author(session, world):
    person = EmployeeFactory(name="Suriani Tahir")
    session.commit()
    grant = ActorGrant(Role.INSTRUKTUR, world.unit.path, frozenset({Permission.ASSESSMENT_MANAGE}))
    return replace(actor_of(person), grants=(grant,))


def sit(world, now, answers):
    """Let a new person answer each question by its item's code; return the enrolment and the attempt."""
    session = current_session()
    enrolment, actor = enrol(world)
    for lesson in session.scalars(
        select(Lesson).join(Module, Module.id == Lesson.module_id).where(Module.course_version_id == world.version.id)
    ).all():
        session.add(
            LessonProgress(enrolment_id=enrolment.id, lesson_id=lesson.id, opened_at=now, completed_at=now,
                           updated_at=now)
        )  # fmt: skip
    session.commit()
    with transaction() as own:
        public_id = services.start_attempt(
            own, actor, enrolment_public_id=enrolment.public_id, code="ujian-akhir", now=now
        )
    codes = dict(session.execute(select(ItemVersion.id, Item.code).join(Item, Item.id == ItemVersion.item_id)).all())
    for item in items_of(public_id):
        answer = answers.get(codes[item.item_version_id], "b")
        save(world, public_id, item, now, actor=actor, codes=[answer], client=f"dev1:tab1:{item.position_order}")
    submit(world, public_id, now + timedelta(minutes=5), actor=actor)
    return enrolment.id, public_id


def state_of(enrolment_id):
    session = current_session()
    session.rollback()
    return session.get(Enrolment, enrolment_id, populate_existing=True).state


def held(enrolment_id):
    """Return JP, standing levels and valid certificates of an enrolment."""
    session = current_session()
    session.rollback()
    jp = session.execute(select(func.sum(JpEntry.credited_jp)).filter_by(source_id=enrolment_id)).scalar_one() or 0
    rows = session.scalars(select(CompetencyRecord).filter_by(source_id=enrolment_id)).all()
    void = {row.corrects_id for row in rows if row.is_void}
    levels = [row for row in rows if not row.is_void and row.id not in void]
    valid = session.scalars(
        select(Certificate).filter_by(enrolment_id=enrolment_id, state=CertificateState.ISSUED)
    ).all()
    return jp, len(levels), len(valid)


def item_of(world, code="S-001"):
    return current_session().scalars(select(Item).filter_by(bank_id=world.bank.id, code=code)).one()


def correct(world, author, now, *, keep=True, code="S-001", **data):
    usual = {"version": 1, "mode": KeyMode.EITHER, "right": ("c",), "reason": REASON}
    public_id = item_of(world, code).public_id
    current_session().rollback()

    class Back(Exception):
        pass

    try:
        with transaction() as session:
            report = services.correct_key(session, author, public_id, KeyData(**(usual | data)), now=now)
            if not keep:
                raise Back
    except Back:
        pass
    return report


def counts():
    session = current_session()
    session.rollback()
    tables = (KeyCorrection, JpEntry, CompetencyRecord, Certificate, Notice, AuditEntry, ItemVersion)
    return [session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def test_the_preview_lists_what_the_step_does_and_leaves_nothing(world, author, now):
    gains, public_id = sit(world, now, {"S-001": "c", "S-002": "a"})
    stays, _other = sit(world, now, {"S-001": "a", "S-002": "a"})
    assert held(gains) == (0, 0, 0)
    before = counts()
    preview = correct(world, author, now, keep=False)
    assert counts() == before
    assert preview.effects == {
        "looked": 2, "up": 1, "down": 0, "passed": 1, "unpassed": 0, "jp_gained": 1, "jp_lost": 0,
        "level_gained": 1, "level_lost": 0, "certificate_gained": 1, "certificate_lost": 0,
    }  # fmt: skip
    report = correct(world, author, now)
    assert report.effects == preview.effects
    assert state_of(gains) is EnrolmentState.COMPLETED
    assert state_of(stays) is EnrolmentState.ACTIVE
    assert held(gains) == (3, 1, 1)
    assert services.recompute(current_session()).differences == []
    attempt = current_session().scalars(select(Attempt).filter_by(public_id=public_id)).one()
    assert (attempt.percent, attempt.passed) == (75.0, True)
    note = current_session().scalars(select(Notice).filter_by(kind="assessments.regraded")).one()
    assert REASON in str(note.body)
    entry = current_session().scalars(select(AuditEntry).filter_by(action="item.correct_key")).one()
    assert entry.after["passed"] == 1
    # A second time the same step changes nobody.
    assert correct(world, author, now).changes == []


def test_only_the_new_key_takes_back_everything_and_a_new_pass_gives_it_again(world, author, now):
    loses, _public_id = sit(world, now, {"S-002": "a"})
    assert held(loses) == (3, 1, 1)
    report = correct(world, author, now, mode=KeyMode.REPLACE)
    assert {key: value for key, value in report.effects.items() if value} == {
        "looked": 1, "down": 1, "unpassed": 1, "jp_lost": 1, "level_lost": 1, "certificate_lost": 1,
    }  # fmt: skip
    assert state_of(loses) is EnrolmentState.ACTIVE
    assert held(loses) == (0, 0, 0)
    revoked = current_session().scalars(select(Certificate).filter_by(enrolment_id=loses)).one()
    assert (revoked.state, revoked.revoked_reason) == (CertificateState.REVOKED, REASON)
    assert services.recompute(current_session()).differences == []
    # The old key was right after all: everything comes back, as a new credit and a new certificate.
    again = correct(world, author, now, mode=KeyMode.EITHER)
    assert again.effects["passed"] == 1
    assert held(loses) == (3, 1, 1)
    assert services.recompute(current_session()).differences == []


def test_a_pass_by_another_attempt_keeps_what_hangs_on_it(world, author, now):
    enrolment, _public_id = sit(world, now, {"S-002": "a"})
    session = current_session()
    first = session.scalars(select(Attempt)).one()
    copy = Attempt(
        assessment_id=first.assessment_id, enrolment_id=enrolment, employee_id=first.employee_id, number=2,
        state=first.state, started_at=now, deadline_at=now, submitted_at=now, graded_at=now, score=4.0, max_score=4.0,
        percent=100.0, passed=True,
    )  # fmt: skip
    session.add(copy)
    session.commit()
    report = correct(world, author, now, mode=KeyMode.REPLACE)
    assert report.effects["unpassed"] == 1
    assert report.effects["certificate_lost"] == 0
    assert state_of(enrolment) is EnrolmentState.COMPLETED


def test_a_faulty_question_gives_everybody_its_mark_and_the_bank_stays(world, author, now):
    sit(world, now, {"S-001": "a", "S-002": "a"})
    report = correct(world, author, now, mode=KeyMode.FULL)
    assert report.effects["passed"] == 1
    assert item_of(world).current_version_id is not None
    marks = current_session().scalars(select(AttemptItem.mark)).all()
    assert sorted(marks) == [0, 1, 1, 1]
    assert services.recompute(current_session()).differences == []


def test_the_bank_gets_a_version_with_the_right_key_and_the_review_shows_it(world, author, now):
    _enrolment, public_id = sit(world, now, {})
    correct(world, author, now, mode=KeyMode.REPLACE)
    session = current_session()
    item = item_of(world)
    new = session.get(ItemVersion, item.current_version_id)
    assert new.number == 2
    assert [one["code"] for one in new.body["options"] if one["correct"]] == ["c"]
    old = session.scalars(select(ItemVersion).filter_by(item_id=item.id, number=1)).one()
    assert [one["code"] for one in old.body["options"] if one["correct"]] == ["b"]  # frozen
    attempt = session.scalars(select(Attempt).filter_by(public_id=public_id)).one()
    shown = next(one for one in queries.list_review_items(session, attempt.id) if one.is_corrected)
    assert [one["code"] for one in shown.body["options"] if one["correct"]] == ["c"]
    assert queries.list_corrections(session, item.id)[0].effects["down"] == 1


def test_what_cannot_be_is_refused(world, author, now):
    sit(world, now, {})
    for wrong in (
        {"right": ()}, {"right": ("z",)}, {"right": ("b",)}, {"reason": "salah"}, {"version": 7},
        {"right": ("a", "b", "c")},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            correct(world, author, now, mode=KeyMode.REPLACE, **wrong)
    stranger = replace(author, grants=(replace(author.grants[0], path=UnitFactory().path),))
    current_session().commit()
    with pytest.raises(NotFound):
        correct(world, stranger, now)


def test_a_text_is_accepted_as_well(session, now):
    made = make_world(kinds=("short_answer",), copies=4, pass_percent=75)
    person = EmployeeFactory()
    session.commit()
    grant = ActorGrant(Role.INSTRUKTUR, made.unit.path, frozenset({Permission.ASSESSMENT_MANAGE}))
    who = replace(actor_of(person), grants=(grant,))
    enrolment, actor = enrol(made)
    session.commit()
    with transaction() as own:
        public_id = services.start_attempt(
            own, actor, enrolment_public_id=enrolment.public_id, code="ujian-akhir", now=now
        )
    for item in items_of(public_id):
        save(made, public_id, item, now, actor=actor, text="janji layanan", client=f"dev1:tab1:{item.position_order}")
    submit(made, public_id, now, actor=actor)
    report = correct(made, who, now, texts=("Janji layanan",), right=())
    assert [(one.attempt.percent, one.new_percent) for one in report.changes] == [(0.0, 25.0)]
