"""`lms courses`: exit codes, faults on the error stream, JSON for programs."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from lms.courses.cli import courses
from lms.courses.models import Course, JpRule
from lms.courses.rules import REGISTRY
from tests.database.courses.test_content import CODES
from tests.factories.competencies import CompetencyFactory, FrameworkFactory
from tests.factories.people import UnitFactory


@pytest.fixture
def content(project_root, session, monkeypatch):
    monkeypatch.setattr(REGISTRY, "parts", {})
    framework = FrameworkFactory()
    for code in CODES:
        CompetencyFactory(framework=framework, code=code)
    UnitFactory(code="73.73")
    session.commit()
    return project_root / "lms" / "content"


def run(*arguments):
    return CliRunner().invoke(courses, [str(argument) for argument in arguments])


def test_a_folder_above_loads_all_courses_below_it(content, session):
    result = run("load", content, "--json")
    assert result.exit_code == 0
    told = json.loads(result.output)
    assert {one["action"] for one in told} == {"new"}
    assert session.scalar(select(func.count(Course.id))) == len(told) >= 2
    assert {one["action"] for one in json.loads(run("load", content, "--json").output)} == {"same"}


def test_a_dry_run_writes_nothing_and_says_so(content, session):
    result = run("load", content / "literasi-digital-spbe", "--dry-run")
    assert (result.exit_code, "hanya diperiksa" in result.output) == (0, True)
    assert session.scalar(select(func.count(Course.id))) == 0


def test_faults_are_named_and_end_with_one(content, session, tmp_path):
    (tmp_path / "course.json").write_text('{"format": "lain"}')
    result = run("load", tmp_path)
    assert result.exit_code == 1
    assert "course.json, format: harus" in result.stderr


@pytest.mark.parametrize("arguments", [["load"], ["load", "/tidak/ada"], ["load", ".", "--unit", "X"]])
def test_wrong_use_ends_with_two(content, arguments):
    assert run(*arguments).exit_code == 2


def test_rules_of_jp_are_added_once(session):
    assert "25 aturan dan 2 target" in run("jp-rules", "--dry-run").output
    assert session.scalar(select(func.count(JpRule.id))) == 0
    assert "27 aturan dan target JP ditambahkan" in run("jp-rules").output
    assert "0 aturan" in run("jp-rules").output
