"""Pages for a corrected key and for the statistics of an assessment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lms.assessments import services, tasks
from lms.assessments.models import Assessment, Attempt, AttemptItem, Item, ItemVersion, KeyCorrection
from lms.core.actor import ActorGrant, Permission, Role
from lms.core.db import current_session, transaction
from lms.core.sheets import read_table
from tests.factories.assessments import enrol, make_world
from tests.factories.people import EmployeeFactory

assert tasks


@pytest.fixture
def frozen(now):
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def world(session, frozen):
    made = make_world(kinds=("single_choice",), copies=4)
    session.commit()
    return made


@pytest.fixture
def instructor(session, world, login_as):
    person = EmployeeFactory(name="Suriani Tahir")
    session.commit()
    return login_as(person, (Role.INSTRUKTUR, world.unit))


def take(world, now, answer):
    """Let a new person give one answer to every question."""
    with transaction() as session:
        enrolment, actor = enrol(world)
        public_id = services.start_attempt(
            session, actor, enrolment_public_id=enrolment.public_id, code="ujian-akhir", now=now
        )
    session = current_session()
    items = session.scalars(
        select(AttemptItem.public_id)
        .join(Attempt, Attempt.id == AttemptItem.attempt_id)
        .where(Attempt.public_id == public_id)
    ).all()
    session.rollback()
    with transaction() as session:
        for number, item in enumerate(items):
            given = services.Response(item, [answer], "", False, 0, f"dev1:tab1:{number}")
            services.save_response(session, actor, attempt=public_id, response=given, now=now)
        services.submit_attempt(session, actor, public_id=public_id, now=now + timedelta(minutes=5))
    return public_id


def test_a_key_is_corrected_after_its_consequences_were_seen(instructor, world, session, now):
    public_id = take(world, now, "c")
    item = session.scalars(select(Item).filter_by(bank_id=world.bank.id).order_by(Item.id)).first()
    here = f"/instruktur/bank/butir/{item.public_id}/kunci"
    assert "dipakai 1 percobaan selesai" in instructor.get(here).text
    form = {"versi": "1", "benar": ["c"], "cara": "either", "alasan": "Kunci tertukar saat disusun."}
    assert instructor.submit(here, form | {"alasan": "x"}, page=here).status_code == 422
    seen = instructor.submit(here, form, page=here)
    assert seen.status_code == 200
    assert "Terapkan untuk 1 orang" in seen.text
    session.rollback()
    assert session.scalars(select(KeyCorrection)).all() == []
    instructor.submit(here, form | {"terapkan": "1"}, page=here)
    after = instructor.get(here).text
    assert "Kunci tertukar saat disusun." in after
    assert "1 naik, 0 turun" in after
    session.rollback()
    assert session.scalars(select(Attempt.percent).filter_by(public_id=public_id)).one() == 25.0
    assert session.get(ItemVersion, session.get(Item, item.id, populate_existing=True).current_version_id).number == 2
    assert "dibetulkan sesudah ujian" in instructor.get(f"/ujian/{public_id}/pembahasan").text


def test_statistics_are_asked_for_computed_apart_and_downloaded(instructor, world, session, now):
    here = f"/instruktur/asesmen/{world.exam.public_id}/analisis"
    assert "Belum dihitung" in instructor.get(here).text
    assert instructor.get(f"{here}/unduh").status_code == 404
    for answer in "bbbacd":
        take(world, now, answer)
    instructor.submit(here, {}, page=here)
    waiting = instructor.get(here).text
    assert "Sedang dihitung" in waiting
    session.rollback()
    exam = session.scalars(select(Assessment.id).filter_by(public_id=world.exam.public_id)).one()
    prepared = services.analyse(session, exam)
    session.rollback()
    with transaction() as own:
        tasks.analyse(own, assessment_id=exam, prepared=prepared)
    page = instructor.get(here).text
    assert "Peserta kurang dari 10." in page
    assert "<svg" in page
    assert "0,50" in page  # half of them knew each
    table = read_table(instructor.get(f"{here}/unduh").data, "analisis.xlsx")
    assert table is not None


def test_the_statistics_page_costs_the_same_at_any_size(instructor, world, session, now, count_queries):
    here = f"/instruktur/asesmen/{world.exam.public_id}/analisis"
    for answer in "bc":
        take(world, now, answer)
    exam = world.exam.id
    with transaction() as own:
        services.ask_for_analysis(own, _manager(world), world.exam.public_id, now=now)
        services.keep_analysis(own, exam, services.analyse(own, exam), now=now)
    instructor.get(here)
    with count_queries() as few:
        instructor.get(here)
    for answer in "abcd":
        take(world, now, answer)
    with transaction() as own:
        services.keep_analysis(own, exam, services.analyse(own, exam), now=now)
    with count_queries() as many:
        instructor.get(here)
    assert len(few) == len(many) <= 6


def _manager(world):
    grant = ActorGrant(Role.INSTRUKTUR, world.unit.path, frozenset({Permission.ASSESSMENT_MANAGE}))
    return replace(world.actor, grants=(grant,))
