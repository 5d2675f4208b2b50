"""The bank loader: all faults at once, versions by digest, nothing twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lms.assessments import queries, services
from lms.assessments.models import Assessment, AssessmentKind, Item, ItemState, ItemVersion, QuestionBank
from lms.core.actor import Actor, ActorGrant, Permission, Role
from lms.core.db import transaction
from lms.core.errors import Invalid, NotFound
from lms.courses.rules import CoursePart
from tests.factories.assessments import make_world

CONTENT = Path(__file__).resolve().parents[3] / "lms" / "content"
SHIPPED = sorted(path.parent.name for path in CONTENT.glob("*/bank.json"))


def part_of(folder, world=None, *, now=None, lessons=None):
    document = json.loads((folder / "course.json").read_text())
    codes = lessons or {lesson["code"] for module in document["modules"] for lesson in module["lessons"]}
    competencies = {entry["competency"] for entry in document["outcomes"]}
    competencies |= {item.get("competency") for item in json.loads((folder / "bank.json").read_text())["items"]}
    return CoursePart(
        folder=folder, document=document, lesson_codes=frozenset(codes),
        competency_ids=dict.fromkeys(competencies - {None}) if world is None else _Known(competencies),
        owner_unit_id=world.unit.id if world else None, course_id=world.course.id if world else None,
        version_id=world.version.id if world else None, now=now,
    )  # fmt: skip


class _Known(dict):
    """Competencies that exist by name but have no row in these tests."""

    def __init__(self, codes):
        super().__init__(dict.fromkeys(codes))

    def get(self, _key, default=None):
        return default


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_banks_have_no_fault(session, name):
    assert list(services.load_part(session, part_of(CONTENT / name))) == []


@pytest.fixture
def world(session):
    made = make_world()
    for row in (made.exam, made.pretest):
        session.delete(row)
    session.commit()
    return made


@pytest.fixture
def folder(tmp_path):
    source = CONTENT / SHIPPED[0]
    for name in ("course.json", "bank.json"):
        (tmp_path / name).write_text((source / name).read_text())
    return tmp_path


def load(folder, world, now):
    with transaction() as session:
        return list(services.load_part(session, part_of(folder, world, now=now)))


def change(folder, name, fn):
    data = json.loads((folder / name).read_text())
    fn(data)
    (folder / name).write_text(json.dumps(data))


def test_a_bank_is_loaded_once_and_again_changes_nothing(world, session, folder, now):
    assert load(folder, world, now) == []
    code = json.loads((folder / "bank.json").read_text())["code"]
    bank = session.scalars(select(QuestionBank).filter_by(code=code)).one()
    before = session.scalar(select(func.count(ItemVersion.id)))
    assert session.scalar(select(func.count(Item.id)).where(Item.bank_id == bank.id)) >= 30
    assert load(folder, world, now) == []
    assert session.scalar(select(func.count(ItemVersion.id))) == before
    kinds = set(session.scalars(select(Assessment.kind).where(Assessment.course_version_id == world.version.id)))
    assert kinds == {AssessmentKind.PRETEST, AssessmentKind.EXAM}


def test_a_changed_item_gets_a_new_version_and_a_missing_one_is_retired(world, session, folder, now):
    load(folder, world, now)
    codes = []

    def edit(bank):
        bank["items"][0]["stem"] = "Kalimat baru yang lain?"
        codes.extend([bank["items"][0]["code"], bank["items"].pop()["code"]])

    change(folder, "bank.json", edit)
    assert load(folder, world, now) == []
    session.rollback()
    edited = session.scalars(select(Item).filter_by(code=codes[0])).one()
    versions = session.scalars(select(ItemVersion).filter_by(item_id=edited.id).order_by(ItemVersion.number)).all()
    assert [version.number for version in versions] == [1, 2]
    assert edited.current_version_id == versions[1].id
    assert session.scalars(select(Item.state).filter_by(code=codes[1])).one() is ItemState.RETIRED


def test_all_faults_are_told_at_once_with_their_place_and_nothing_is_written(world, session, folder, now):
    def spoil(bank):
        bank["items"][0]["options"][0]["feedback"] = ""
        bank["items"][1]["lesson"] = "tidak-ada"
        bank["items"][2]["kind"] = "esai"
        bank["items"][3]["code"] = bank["items"][4]["code"]
        bank["items"][5] |= {"uses": [], "level": 9, "difficulty": "?", "stem": "", "explanation": " "}

    change(folder, "bank.json", spoil)
    change(folder, "course.json", lambda course: course["assessments"][1].update(draw=999, pass_percent=0))
    faults = load(folder, world, now)
    told = " ".join(f"{fault.file} {fault.place} {fault.text}" for fault in faults)
    for words in ("items[0]", "materi tidak-ada", "“esai”", "dipakai dua kali", "`uses`", "`level`", "`difficulty`",
                  "`stem`", "`explanation`", "course.json assessments[1]"):  # fmt: skip
        assert words in told
    session.rollback()
    assert session.scalar(select(func.count(Assessment.id)).where(
        Assessment.course_version_id == world.version.id)) == 0  # fmt: skip


def test_broken_and_missing_files_are_faults(world, folder, now):
    (folder / "bank.json").write_text("{")
    part = CoursePart(folder=folder, document={"assessments": [1, {"kind": "x"}, {"kind": "exam", "draw": True}]},
                      lesson_codes=frozenset(), competency_ids={})  # fmt: skip
    with transaction() as session:
        assert len(services.load_part(session, part)) >= 5
        (folder / "bank.json").unlink()
        assert "tidak ada" in services.load_part(session, part)[0].text
        bare = CoursePart(folder=folder, document={}, lesson_codes=frozenset(), competency_ids={})
        assert list(services.load_part(session, bare)) == []


def _manager(world):
    grant = ActorGrant(Role.INSTRUKTUR, world.unit.path, frozenset({Permission.ASSESSMENT_MANAGE}))
    return Actor(account_id=1, employee_id=world.employee.id, grants=(grant,))


def test_items_are_released_and_withdrawn_in_scope_only(session, now):
    world = make_world(draw_count=4, copies=2)
    other = make_world()
    session.commit()
    manager = _manager(world)
    [bank] = queries.list_banks(session, manager)
    lines, total = queries.list_items(session, bank.id)
    assert total == 8
    foreign = queries.list_items(session, other.bank.id)[0][0]
    assert queries.get_item(session, manager, foreign.public_id) is None
    session.rollback()
    with pytest.raises(NotFound), transaction() as writing:
        services.set_item_state(writing, manager, public_id=foreign.public_id, state="retired", now=now)
    with pytest.raises(Invalid), transaction() as writing:
        services.set_item_state(writing, manager, public_id=lines[0].public_id, state="hilang", now=now)
    for line in lines[:4]:
        with transaction() as writing:
            services.set_item_state(writing, manager, public_id=line.public_id, state="retired", now=now)
    with pytest.raises(Invalid, match="4 soal"), transaction() as writing:
        services.set_item_state(writing, manager, public_id=lines[5].public_id, state="draft", now=now)


def test_items_are_found_by_words_kind_and_state(session):
    world = make_world()
    session.commit()
    found, total = queries.list_items(session, world.bank.id, words="S-001")
    assert ([line.code for line in found], total) == (["S-001"], 1)
    assert queries.list_items(session, world.bank.id, kind="true_false")[1] == 2
    assert queries.list_items(session, world.bank.id, state="draft")[1] == 0
    assert queries.list_items(session, world.bank.id, words="100%_")[1] == 0
