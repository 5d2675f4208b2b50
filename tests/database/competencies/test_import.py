"""Dictionaries and standards: taken in once, versioned when in use, refused whole when faulty."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

import lms
from lms.competencies import queries, services
from lms.competencies.models import (
    Competency,
    CompetencyWording,
    Framework,
    PositionRequirement,
    ProficiencyLevel,
)
from lms.core import sheets
from lms.core.actor import SYSTEM, Actor
from lms.core.db import transaction
from lms.core.errors import Forbidden, Invalid
from tests.factories.competencies import RecordFactory
from tests.factories.people import EmployeeFactory, PositionFactory

FOLDER = Path(lms.__file__).parent / "content" / "kompetensi"
KAMUS = json.loads((FOLDER / "kamus.json").read_text("utf-8"))
STANDAR = json.loads((FOLDER / "standar.json").read_text("utf-8"))


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 11, 24, 6, 5, tzinfo=UTC), tick=False):
        yield


def take(data, name="kamus.json", **options):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    with transaction() as session:
        return services.import_framework(session, SYSTEM, raw, file_name=name, **options)


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def changed(path, value, data=KAMUS):
    made = copy.deepcopy(data)
    target = made
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return made


def test_our_dictionary_and_standards_are_taken_in_once(session):
    first = take(KAMUS)
    assert first.counts == {"new": 20, "changed": 0, "same": 0, "retired": 0}
    assert (count(session, Competency), count(session, ProficiencyLevel)) == (20, 100)
    standards = take(STANDAR, "standar.json")
    assert standards.faults == []
    assert standards.counts["new"] == count(session, PositionRequirement) > 300
    for data in (KAMUS, STANDAR):
        again = take(data)
        assert again.changes == 0
        assert not again.new_version
    assert count(session, Framework) == 1
    assert queries.competency_ids(session)["T.10"] == queries.get_competency_by_code(session, "T.10").id


def test_a_dry_run_tells_and_writes_nothing(session):
    report = take(KAMUS, dry_run=True)
    assert report.counts["new"] == 20
    assert count(session, Competency) == 0


def test_a_faulty_file_writes_nothing_and_names_every_fault(session):
    report = take(changed(["competencies", 3, "group"], "aneh"))
    assert [fault.value for fault in report.faults] == ["aneh"]
    assert count(session, Framework) == 0


def test_text_that_nobody_was_measured_against_is_mended_in_place(session):
    take(KAMUS)
    report = take(changed(["competencies", 0, "definition"], "Jujur kepada warga."))
    assert (report.counts["changed"], report.new_version, report.version) == (1, False, 1)
    assert queries.get_competency_by_code(session, "M.1").definition == "Jujur kepada warga."
    assert count(session, CompetencyWording) == 0


def test_text_in_use_gets_a_new_version_and_the_old_wording_stays(session):
    take(KAMUS)
    take(STANDAR, "standar.json")
    before = queries.get_competency_by_code(session, "M.1")
    RecordFactory(employee=EmployeeFactory(), competency=session.get(Competency, before.id))
    session.commit()
    report = take(changed(["competencies", 0, "levels", 1, "indicators"], ["Menolak pemberian."]))
    assert (report.new_version, report.version) == (True, 2)
    after = queries.get_competency_by_code(session, "M.1")
    assert after.id == before.id  # evidence, standards and courses go on
    page = queries.get_competency_page(session, after.public_id, on=date(2026, 11, 24))
    assert page.framework.version == 2
    assert page.levels[1].indicators == ["Menolak pemberian."]
    ((old, wording),) = page.earlier
    assert old.version == 1
    assert old.valid_to_on == date(2026, 11, 24)
    assert wording.levels[1]["indicators"] == KAMUS["competencies"][0]["levels"][1]["indicators"]
    assert len(queries.list_competencies(session)) == 20
    assert len(page.standards) == 26


def test_what_a_whole_file_leaves_out_is_retired_with_its_standards(session):
    take(KAMUS)
    take(STANDAR, "standar.json")
    gone = queries.get_competency_by_code(session, "T.11")
    shorter = copy.deepcopy(KAMUS)
    shorter["competencies"] = [one for one in shorter["competencies"] if one["code"] != "T.11"]
    report = take(shorter)
    assert (report.counts["retired"], report.new_version) == (1, True)
    assert queries.get_competency_by_code(session, "T.11") is None
    assert queries.get_competency(session, gone.public_id) is not None
    levels = queries.required_levels(session, "camat", date(2026, 11, 24))
    assert gone.id not in levels
    assert gone.id in queries.required_levels(session, "camat", date(2026, 11, 23))


def test_an_official_list_replaces_its_competencies_and_retires_none(session):
    take(KAMUS)
    official = [
        {
            "kode": "M.1",
            "nama": "Integritas",
            "kelompok": "manajerial",
            "definisi": "Selaras dengan nilai.",
            "level": [{"level": n, "deskripsi": f"Uraian resmi {n}", "indikator": ["Satu"]} for n in (1, 2, 3, 4, 5)],
        }
    ]
    report = take(official, "resmi.json")
    assert report.counts == {"new": 0, "changed": 1, "same": 0, "retired": 0}
    assert queries.get_competency_by_code(session, "M.1").short_name == "Integritas"
    assert len(queries.list_competencies(session)) == 20
    assert take(official, "resmi.json").changes == 0


def test_a_bare_list_needs_a_dictionary_to_join(session):
    report = take(
        [
            {
                "kode": "X.1",
                "nama": "A",
                "kelompok": "teknis",
                "definisi": "B",
                "level": [{"level": n, "deskripsi": "C", "indikator": ["D"]} for n in (1, 2, 3, 4, 5)],
            }
        ]
    )
    assert "belum ada kamus" in report.faults[0].reason


def test_two_dictionaries_do_not_share_a_code(session):
    take(KAMUS)
    report = take(changed(["framework", "code"], "LAIN"))
    assert len(report.faults) == 20
    assert "SKJ-BINA" in report.faults[0].reason


def test_a_spreadsheet_is_read_and_its_faults_carry_row_numbers(session):
    take(KAMUS)
    header = ["Kode", "Nama", "Kelompok", "Definisi", "Level", "Deskripsi", "Indikator"]
    rows = [["T.50", "Kearsipan", "Teknis", "Menata arsip.", n, f"Uraian {n}", "Satu\nDua"] for n in (1, 2, 3, 4, 5)]
    data = sheets.write_xlsx([sheets.Sheet("Kamus", header, rows)])
    report = take(data, "kamus.xlsx")
    assert (report.faults, report.counts["new"]) == ([], 1)
    assert take(data, "kamus.xlsx").changes == 0
    assert queries.get_competency_by_code(session, "T.50") is not None
    rows[2][4] = 9
    report = take(sheets.write_xlsx([sheets.Sheet("Kamus", header, rows)]), "kamus.xlsx")
    assert report.faults[0].place == "baris 4, kolom level"


@pytest.mark.parametrize("data", [b"{", b'{"a": ', b"", b"kode;nama\nT.1;A\n", b"PK\x03\x04zzzz"])
def test_files_that_cannot_be_read_say_so(session, data):
    with pytest.raises(Invalid):
        take(data, "x.json")


def test_standards_have_history(session):
    take(KAMUS)
    take(STANDAR, "standar.json")
    higher = changed(["standards", 0, "levels", "M.1"], 5, changed(["valid_from"], "2027-01-01", STANDAR))
    assert take(higher).counts["changed"] == 1
    role, m1 = STANDAR["standards"][0]["role_key"], queries.competency_ids(session)["M.1"]
    assert queries.required_levels(session, role, date(2026, 12, 31))[m1] == 4
    assert queries.required_levels(session, role, date(2027, 1, 1))[m1] == 5
    assert take(higher).changes == 0


def test_a_standard_in_use_is_not_rewritten(session):
    take(KAMUS)
    take(STANDAR, "standar.json")
    m1 = session.get(Competency, queries.competency_ids(session)["M.1"])
    RecordFactory(employee=EmployeeFactory(position=PositionFactory(role_key="lurah")), competency=m1, role_key="lurah")
    session.commit()
    place = next(n for n, one in enumerate(STANDAR["standards"]) if one["role_key"] == "lurah")
    report = take(changed(["standards", place, "levels", "M.1"], 3, STANDAR))
    assert "jabatan lurah" in report.faults[0].place
    mended = take(changed(["standards", 0, "levels", "M.1"], 3, STANDAR))  # nobody was compared with the sekda's
    assert (mended.faults, mended.counts["changed"]) == ([], 1)


def test_standards_name_unknown_codes(session):
    take(KAMUS)
    report = take(changed(["standards", 0, "levels", "Z.9"], 3, STANDAR))
    assert "Z.9" in report.faults[0].place


def test_the_dictionary_is_kept_by_those_who_may(session):
    with pytest.raises(Forbidden), transaction():
        services.import_framework(session, Actor(1, 1), b"{}", file_name="x.json")
