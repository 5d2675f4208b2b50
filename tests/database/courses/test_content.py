"""Loading course folders: faults at once, frozen versions, idempotence, parts of other packages, search."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

import lms
from lms.core import search
from lms.core.db import transaction
from lms.courses import queries, services
from lms.courses.models import (
    Course,
    CourseOutcome,
    CourseVersion,
    Lesson,
    Offering,
    OfferingState,
    VersionState,
)
from lms.courses.rules import REGISTRY, Fault
from tests.factories.competencies import CompetencyFactory, FrameworkFactory
from tests.factories.courses import EnrolmentFactory
from tests.factories.people import UnitFactory

CONTENT = Path(lms.__file__).parent / "content"
SHIPPED = sorted(path.parent.name for path in CONTENT.glob("*/course.json"))
CODES = sorted(
    {
        one["competency"]
        for name in SHIPPED
        for one in json.loads((CONTENT / name / "course.json").read_text())["outcomes"]
    }
)


@pytest.fixture
def parts(monkeypatch):
    monkeypatch.setattr(REGISTRY, "parts", {})
    monkeypatch.setattr(REGISTRY, "conditions", {})
    return REGISTRY.parts


@pytest.fixture
def ready(session, parts):
    framework = FrameworkFactory()
    for code in CODES:
        CompetencyFactory(framework=framework, code=code)
    unit = UnitFactory()
    session.commit()
    return unit


@pytest.fixture
def folder(project_root, tmp_path):
    copy = tmp_path / "pelayanan-publik-paten"
    shutil.copytree(project_root / "lms" / "content" / "pelayanan-publik-paten", copy)
    return copy


def load(folder, **more):
    with transaction() as session:
        return services.load_course(session, folder, **more)


@pytest.mark.parametrize("code", SHIPPED)
def test_the_courses_that_come_with_the_product_load(session, ready, project_root, code):
    result = load(project_root / "lms" / "content" / code)
    assert (result.faults, result.action, result.number) == ((), "new", 1)
    head = queries.get_course(session, code)
    outline = queries.get_outline(session, head.version_id, head.version_public_id)
    assert len(outline.lessons) == result.lessons >= 8
    assert outline.minutes == sum(lesson.minutes for lesson in outline.lessons) + 40
    assert outline.outcomes[0].is_main
    assert all(lesson.headings for lesson in outline.lessons)
    assert all(0 < lesson.page_bytes < 20_000 for lesson in outline.lessons)
    html = queries.get_lesson_html(session, outline.lessons[0])
    assert "<h2 id=" in html
    assert "<script" not in html


def test_the_same_folder_again_changes_nothing(session, ready, folder):
    load(folder)
    before = session.scalar(select(Course.content_version))
    assert load(folder).action == "same"
    session.expire_all()
    assert session.scalar(select(Course.content_version)) == before
    assert session.scalar(select(func.count(CourseVersion.id))) == 1
    assert session.scalar(select(func.count(Offering.id))) == 1


def test_changed_content_freezes_a_new_version_and_old_learners_stay_in_theirs(session, ready, folder):
    load(folder)
    old = session.scalars(select(Offering)).one()
    enrolment = EnrolmentFactory(offering=old)
    first = session.scalars(select(CourseVersion)).one()
    text_before = session.scalars(select(Lesson.body_html).order_by(Lesson.id)).first()
    session.commit()
    lesson = folder / "lessons" / "01-pelayanan-di-mata-warga.md"
    lesson.write_text(lesson.read_text() + "\n\nKalimat baru untuk versi kedua.\n")
    result = load(folder)
    assert (result.action, result.number) == ("new_version", 2)
    session.expire_all()
    assert (first.state, session.get_one(Offering, old.id).state) == (
        VersionState.RETIRED,
        OfferingState.CLOSED,
    )
    assert session.scalars(select(Lesson.body_html).order_by(Lesson.id)).first() == text_before
    row = queries.get_enrolment_row(session, enrolment.id)
    assert row.version_id == first.id
    newest = queries.list_offerings(session, [first.course_id], now=first.published_at)
    assert [run.version_id for run in newest] != [first.id]
    assert len(newest) == 1


def test_a_dry_run_says_what_would_happen_and_writes_nothing(session, ready, folder):
    assert load(folder, dry_run=True).action == "new"
    assert session.scalar(select(func.count(Course.id))) == 0


def test_all_faults_come_at_once_also_those_of_other_parts_and_nothing_is_written(session, ready, folder, parts):
    parts["assessments"] = lambda _session, part: [Fault("bank.json", "items[0]", "rusak.")]
    document = json.loads((folder / "course.json").read_text())
    document["family"], document["jp"] = "aneh", 99
    (folder / "course.json").write_text(json.dumps(document))
    (folder / "lessons" / "02-standar-pelayanan.md").unlink()
    result = load(folder)
    assert result.action == "faulty"
    assert {(fault.file, fault.place) for fault in result.faults} >= {
        ("course.json", "family"),
        ("course.json", "jp"),
        ("bank.json", "items[0]"),
        ("course.json", "modules[0].lessons[1].file"),
    }
    assert session.scalar(select(func.count(Course.id))) == 0


def test_a_part_is_checked_first_and_then_gets_the_rows_to_tie_itself_to(session, ready, folder, parts):
    calls = []
    parts["assessments"] = lambda _session, part: calls.append(part) or []
    load(folder)
    check, write = calls
    assert check.only_check
    assert not write.only_check
    assert write.version_id == session.scalar(select(CourseVersion.id))
    assert write.lesson_codes == check.lesson_codes
    assert "l01-pelayanan-di-mata-warga" in write.lesson_codes
    assert write.folder == folder
    # The same folder again still reaches the part: its bank may have changed alone.
    load(folder)
    assert len(calls) == 4


def test_broken_json_is_told_with_line_and_column(session, ready, folder):
    (folder / "course.json").write_text('{"format": }')
    result = load(folder)
    assert (result.action, result.faults[0].place) == ("faulty", "baris 1, kolom 12")


def test_a_link_out_of_the_folder_is_not_followed(session, ready, folder, tmp_path):
    secret = tmp_path / "rahasia.md"
    secret.write_text("rahasia " * 100)
    target = folder / "lessons" / "01-pelayanan-di-mata-warga.md"
    target.unlink()
    target.symlink_to(secret)
    assert load(folder).action == "faulty"


def test_without_units_or_dictionary_the_load_says_what_is_missing(session, parts, project_root):
    result = load(project_root / "lms" / "content" / "literasi-digital-spbe")
    texts = " ".join(fault.text for fault in result.faults)
    assert "unit" in texts
    assert "kamus" in texts


def test_outcomes_of_one_competency_are_one_row_with_all_promises(session, ready, project_root):
    load(project_root / "lms" / "content" / "literasi-digital-spbe")
    rows = session.execute(select(CourseOutcome.level, CourseOutcome.statement).order_by(CourseOutcome.id)).all()
    assert len(rows) == 3
    assert rows[0][1].count("\n") == 3


def test_loaded_courses_are_found_by_words_of_their_lessons_also_mistyped(session, ready, project_root):
    for code in ("pelayanan-publik-paten", "literasi-digital-spbe"):
        load(project_root / "lms" / "content" / code)
    by_id = dict(session.execute(select(Course.id, Course.code)).all())

    def first(query):
        hits = search.search(session, kind="course", query=query)
        return by_id[hits[0][0]] if hits else None

    assert first("melayani warga loket") == "pelayanan-publik-paten"
    assert first("penipuan whatsapp") == "literasi-digital-spbe"
    assert first("kelurahn digitl") == "literasi-digital-spbe"
    search.clear(session)
    session.commit()
    with transaction() as s:
        assert services.reindex_courses(s) == 2
    assert first("penipuan whatsapp") == "literasi-digital-spbe"
