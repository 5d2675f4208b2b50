"""`lms competencies import`: exit codes, dry run, JSON."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import func, select

import lms
from lms.competencies.cli import competencies
from lms.competencies.models import Competency

FOLDER = Path(lms.__file__).parent / "content" / "kompetensi"


def run(*args):
    return CliRunner().invoke(competencies, ["import", *map(str, args)])


def test_files_are_taken_in_once(session):
    dry = run(FOLDER / "kamus.json", "--dry-run", "--json")
    assert dry.exit_code == 0
    assert json.loads(dry.output)["applied"] is False
    assert session.scalar(select(func.count()).select_from(Competency)) == 0
    first = run(FOLDER / "kamus.json")
    assert (first.exit_code, "20 baru" in first.output) == (0, True)
    assert run(FOLDER / "standar.json").exit_code == 0
    again = json.loads(run(FOLDER / "kamus.json", "--json").output)
    assert again["counts"] == {"new": 0, "changed": 0, "same": 20, "retired": 0}
    assert again["version"] == 1


def test_a_faulty_file_names_its_faults_and_leaves_with_one(session, tmp_path):
    file = tmp_path / "kamus.json"
    file.write_text(json.dumps({"framework": {"code": "X"}, "competencies": [{"code": "A.1"}]}))
    result = run(file, "--json")
    assert result.exit_code == 1
    assert {fault["place"] for fault in json.loads(result.output)["faults"]} >= {
        "framework, name",
        "kompetensi A.1, name",
    }
    file.write_text("{")
    assert run(file).exit_code == 1


def test_wrong_use_leaves_with_two(session):
    assert run("tidak-ada.json").exit_code == 2
    assert run().exit_code == 2
