from __future__ import annotations

import io
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from lms.cli.demo.cli import demo
from lms.core import runtime
from lms.core.errors import Invalid, Refused
from lms.core.sheets import Sheet, write_xlsx
from lms.people import cli, services
from lms.people.models import (
    Employee,
    ImportState,
    Installation,
    OrganisationalUnit,
    PersonnelImport,
    Position,
)
from lms.people.services.structure_file import POSITION_COLUMNS, UNIT_COLUMNS
from tests.database.people.helpers import TODAY, csv_file, hr, line, make_place, nip, person


@pytest.fixture
def place(session):
    made = make_place()
    session.commit()
    return made


def run(command, *words):
    result = CliRunner().invoke(command, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def write(tmp_path, rows):
    path = tmp_path / "pegawai.csv"
    path.write_bytes(csv_file(rows))
    return path


def test_import_applies_skips_bad_rows_and_says_the_summary(session, place, tmp_path):
    person(place.position("boting", "pelayanan"), 1)
    session.commit()
    rows = [line(1, **{"GELAR BELAKANG": "A.Md."}), line(2), line(3, **{"NIP BARU": "12"})]
    result = run(cli.people, "import", write(tmp_path, rows))
    assert result.exit_code == 0
    assert "1 baru, 1 berubah, 0 pindah unit, 0 dihapus; 1 baris bermasalah" in result.output
    assert "NIP 2 angka, seharusnya 18." in result.output
    again = json.loads(run(cli.people, "import", write(tmp_path, rows), "--json").stdout)
    assert (again["new"], again["changed"], again["same"], again["bad"]) == (0, 0, 2, 1)
    assert again["faults"][0]["column"] == "NIP BARU"


def test_dry_run_writes_nothing(session, place, tmp_path):
    result = run(cli.people, "import", write(tmp_path, [line(1)]), "--dry-run")
    assert result.exit_code == 0
    assert "Akan: 1 baru" in result.output
    assert session.scalar(select(func.count(Employee.id))) == 0
    assert session.scalar(select(func.count(PersonnelImport.id))) == 0


def test_a_stopped_import_exits_1_and_changes_nobody(session, place, tmp_path):
    for serial in range(1, 12):
        person(place.position("boting", "pelayanan"), serial)
    session.commit()
    result = run(cli.people, "import", write(tmp_path, [line(1)]), "--complete")
    assert result.exit_code == 1
    assert "Dihentikan" in result.output
    session.expire_all()
    assert session.scalar(select(func.count(Employee.id)).where(Employee.is_active)) == 11


def test_undo_takes_an_import_back(session, place, tmp_path):
    told = json.loads(run(cli.people, "import", write(tmp_path, [line(1)]), "--json").stdout)
    assert told["applied"]
    assert run(cli.people, "undo", told["import"]).exit_code == 0
    session.expire_all()
    assert session.scalar(select(func.count(Employee.id))) == 0
    assert session.scalars(select(PersonnelImport.state)).one() is ImportState.UNDONE


def test_an_unknown_unit_is_refused(session, place, tmp_path):
    with pytest.raises(Exception, match="XYZ"):
        run(cli.people, "import", write(tmp_path, [line(1)]), "--unit", "XYZ")


def workbook(units, positions):
    return write_xlsx([Sheet("Unit", UNIT_COLUMNS, units), Sheet("Jabatan", POSITION_COLUMNS, positions)])


def test_structure_is_loaded_once_and_changed_names_are_taken_over(session, tmp_path):
    path = tmp_path / "struktur.xlsx"
    assert run(cli.people, "structure", path, "--template").exit_code == 0
    assert "1 unit baru" in run(cli.people, "structure", path, "--dry-run").output
    assert session.scalar(select(func.count(OrganisationalUnit.id))) == 0
    first = json.loads(run(cli.people, "structure", path, "--json").stdout)
    assert (first["units_added"], first["positions_added"]) == (1, 1)
    again = json.loads(run(cli.people, "structure", path, "--json").stdout)
    assert sum(value for key, value in again.items() if key.endswith(("added", "changed"))) == 0
    path.write_bytes(
        workbook(
            [
                ("73.73", "Kota Palopo", "daerah", "", "", "", ""),
                ("K", "Kecamatan K", "kecamatan", "73.73", "", "", ""),
            ],
            [("J", "Camat K", "administrator", "camat", "III.a", "K", "ya", "")],
        )
    )
    changed = json.loads(run(cli.people, "structure", path, "--json").stdout)
    assert (changed["units_added"], changed["units_changed"], changed["positions_added"]) == (1, 1, 1)
    session.expire_all()
    assert session.scalars(select(Position).filter_by(code="J")).one().is_head


def test_one_fault_in_a_structure_takes_everything_back_and_all_are_told(session, tmp_path):
    path = tmp_path / "struktur.xlsx"
    path.write_bytes(
        workbook(
            [
                ("A", "Kota A", "daerah", "", "", "", ""),
                ("B", "Kel B", "kelurahan", "ZZ", "", "", ""),
                ("C", "C", "planet", "A", "", "", ""),
            ],
            [("J", "Lurah", "pengawas", "lurah", "", "TIDAKADA", "ya", "")],
        )
    )
    result = run(cli.people, "structure", path)
    assert result.exit_code == 1
    for words in ("Unit induk “ZZ”", "Jenis unit tidak dikenal", "Unit “TIDAKADA”"):
        assert words in result.output
    assert session.scalar(select(func.count(OrganisationalUnit.id))) == 0


def test_a_workbook_without_the_sheets_is_refused(session, place):
    with pytest.raises(Invalid):
        services.load_structure(session, hr(place.root), csv_file([line(1)]), "a.csv", valid_from_on=TODAY)


@pytest.fixture
def demo_settings(settings, monkeypatch):
    monkeypatch.setattr(runtime, "settings", lambda: settings)
    return settings


def test_demo_refuses_a_database_with_real_people(session, place, demo_settings):
    person(place.position("boting", "umum"), 1)
    session.commit()
    with pytest.raises(Refused):
        run(demo, "--seed", "1")
    assert session.get(Installation, 1) is None


def test_demo_accounts_are_told_only_in_a_demo(session, demo_settings):
    with pytest.raises(Refused):
        run(demo, "accounts")


def test_demo_dry_run_writes_nothing(session, demo_settings):
    result = run(demo, "--dry-run", "--as-of", "2026-11-22")
    assert "60 unit" in result.output
    assert session.scalar(select(func.count(OrganisationalUnit.id))) == 0


def test_the_demo_city_stands_and_its_own_file_changes_nothing(session, tmp_path, demo_settings, monkeypatch):
    monkeypatch.setattr("lms.cli.demo.cli.PARTS", (("people", "Pegawai"),))
    assert run(demo, "--seed", "3", "--as-of", "2026-11-22").exit_code == 0
    session.expire_all()
    count = session.scalar(select(func.count(Employee.id)))
    assert 700 <= count <= 900
    held = session.get(Installation, 1)
    assert (held.is_demo, held.demo_seed, held.demo_parts) == (True, 3, ["people"])
    session.rollback()
    assert "sudah ada" in run(demo, "--seed", "3").output
    assert session.scalar(select(func.count(Employee.id))) == count
    waiting = session.scalars(select(PersonnelImport).filter_by(state=ImportState.PARSED)).one()
    assert [waiting.counts[key] for key in ("new", "changed", "moved", "leaving", "bad")] == [12, 3, 1, 0, 4]
    session.rollback()
    path = tmp_path / "kota.xlsx"
    assert run(demo, "file", path, "--seed", "3", "--as-of", "2026-11-22").exit_code == 0
    told = json.loads(run(cli.people, "import", path, "--dry-run", "--complete", "--json").stdout)
    assert (told["new"], told["changed"], told["moved"], told["leaving"], told["bad"]) == (0, 0, 0, 0, 0)
    assert told["same"] == told["rows"] > 600


def test_reading_bytes_from_a_browser_and_from_a_path_is_the_same(session, place):
    data = io.BytesIO(csv_file([line(1)])).read()
    content = services.read_personnel_file(data, "C:\\Users\\x\\19850330200902100112.csv", today=TODAY)
    assert nip(1) not in content.file_name
    assert "Users" not in content.file_name
