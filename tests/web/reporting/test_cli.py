"""`lms report gap`: the exact shape that outside scripts read."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import time_machine
from click.testing import CliRunner

from lms.reporting.cli import report
from tests.factories.competencies import CompetencyFactory, RecordFactory, RequirementFactory
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 11, 24, 6, 5, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def region(session):
    root = UnitFactory(code="73.73")
    inner = UnitFactory(code="73.73.01", parent=root)
    competency = CompetencyFactory(code="T.10")
    RequirementFactory(competency=competency, role_key="pelaksana-umum", level=2)
    for unit, levels in ((root, (3,)), (inner, (1, None))):
        for level in levels:
            person = EmployeeFactory(position=PositionFactory(unit=unit))
            if level is not None:
                RecordFactory(employee=person, competency=competency, level=level)
    session.commit()


def run(*args):
    return CliRunner().invoke(report, ["gap", *args])


def test_the_whole_region_today_in_the_exact_shape(region):
    result = run("--json")
    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "as_of": "2026-11-24",
        "unit": "73.73",
        "cells": [
            {
                "unit_code": "73.73",
                "competency_code": "T.10",
                "people": 1,
                "meets": 1,
                "below": 0,
                "no_evidence": 0,
            },
            {
                "unit_code": "73.73.01",
                "competency_code": "T.10",
                "people": 2,
                "meets": 0,
                "below": 1,
                "no_evidence": 1,
            },
        ],
    }


def test_unit_and_day_narrow_it(region):
    told = json.loads(run("--unit", "73.73.01", "--as-of", "2026-03-01", "--json").output)
    assert (told["unit"], told["as_of"]) == ("73.73.01", "2026-03-01")
    assert told["cells"] == [
        {
            "unit_code": "73.73.01",
            "competency_code": "T.10",
            "people": 2,
            "meets": 0,
            "below": 0,
            "no_evidence": 2,
        }
    ]
    assert json.loads(run("--as-of", "2019-01-01", "--json").output)["cells"] == []


def test_people_read_a_table(region):
    assert "Tanpa bukti" in run().output


@pytest.mark.parametrize(
    ("args", "code"),
    [(("--unit", "99"), 1), (("--as-of", "24/11/2026"), 2), (("--as-of", "2026-13-40"), 2), (("--zzz",), 2)],
)
def test_exit_codes(region, args, code):
    assert run(*args).exit_code == code


def test_an_empty_installation_has_no_cells(session):
    result = run("--json")
    assert (result.exit_code, json.loads(result.output)["cells"]) == (0, [])


def test_help_says_what_a_cell_holds(app):
    told = " ".join(CliRunner().invoke(report, ["gap", "--help"]).output.split())
    assert "tanpa unit di bawahnya" in told
