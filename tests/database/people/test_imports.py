from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from lms.core import clock, events
from lms.core.actor import Actor
from lms.core.audit import AuditEntry, ReadingNote
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.storage import StoredFile
from lms.people import queries, services
from lms.people.events import EmployeeJoined, EmployeeLeft, EmployeeTransferred
from lms.people.models import (
    Employee,
    EmployeeNumber,
    EmployeeStatus,
    Employment,
    ImportAction,
    ImportState,
    PersonnelImport,
    PersonnelImportRow,
)
from tests.database.people.helpers import (
    NOW,
    TODAY,
    apply,
    csv_file,
    hr,
    line,
    make_place,
    nip,
    person,
    preview,
)


@pytest.fixture
def place(session):
    made = make_place()
    session.commit()
    return made


@pytest.fixture
def actor(place):
    return hr(place.root)


@pytest.fixture
def heard(monkeypatch):
    """Everything that is published, in order."""
    told = []
    for module in ("employees", "employments", "import_apply"):
        monkeypatch.setattr(f"lms.people.services.{module}.publish", lambda _session, event: told.append(event))
    assert events.publish is not None
    return told


def snapshot(session) -> str:
    """All that is known about people, as text; versions and audit apart."""
    session.expire_all()
    rows = {}
    for model in (Employee, EmployeeNumber, Employment):
        rows[model.__name__] = sorted(
            repr([(c.name, getattr(row, c.key)) for c in model.__table__.columns if c.name != "version"])
            for row in session.scalars(select(model))
        )
    return json.dumps(rows)


def actions(session, held) -> dict[int, str]:
    rows = session.scalars(select(PersonnelImportRow).filter_by(import_id=held.id))
    return {row.row_number: row.action.value for row in rows}


def problem(session, held, row_number: int) -> dict:
    row = session.scalars(select(PersonnelImportRow).filter_by(import_id=held.id, row_number=row_number)).one()
    return row.problems[0]


def test_new_people_get_number_job_place_and_an_audit_row(session, place, actor, heard):
    held = preview(actor, place.root, [line(1), line(2)])
    assert held.counts["new"] == 2
    assert session.scalar(select(func.count(Employee.id))) == 0  # nothing is written before apply
    apply(actor, held)
    session.commit()
    who = queries.find_by_number(session, nip(1), TODAY)
    assert who is not None
    assert (who.name, who.status, who.rank_name) == ("Pegawai Ke 1", EmployeeStatus.PNS, "III/a")
    assert (who.unit_id, who.position_id) == (place.boting.id, place.position("boting", "pelayanan").id)
    job = session.scalars(select(Employment).filter_by(employee_id=who.id)).one()
    assert (job.is_main, job.started_on, job.ended_on) == (True, date(2024, 1, 2), None)
    assert held.state is ImportState.APPLIED
    assert [type(event) for event in heard] == [EmployeeJoined, EmployeeJoined]
    audit = session.scalars(select(AuditEntry).filter_by(person_id=who.id)).one()
    assert nip(1) not in json.dumps(audit.after)


def test_no_column_that_is_not_needed_is_stored_anywhere(session, place, actor):
    held = preview(actor, place.root, [line(1), line(2, **{"NIP BARU": "12"})])
    apply(actor, held)
    session.commit()
    stored = " ".join(
        json.dumps([row.data, row.before, row.problems]) for row in session.scalars(select(PersonnelImportRow))
    )
    assert "7373010101010001" not in stored
    assert "Rahasia" not in stored
    assert {"NIK", "AGAMA NAMA"} <= set(held.dropped_columns)
    assert "NIK" in held.counts["personal"]


def test_the_same_file_again_changes_nothing(session, place, actor):
    rows = [
        line(1),
        line(2, **{"GELAR BELAKANG": "S.Sos.", "EMAIL": "a@palopo.example", "TANGGAL LAHIR": "30-03-1985"}),
    ]
    apply(actor, preview(actor, place.root, rows))
    session.commit()
    before = snapshot(session)
    held = preview(actor, place.root, rows, complete=True)
    assert {key: held.counts[key] for key in ("new", "changed", "moved", "leaving", "bad", "same")} == {
        "new": 0,
        "changed": 0,
        "moved": 0,
        "leaving": 0,
        "bad": 0,
        "same": 2,
    }
    apply(actor, held)
    session.commit()
    assert snapshot(session) == before


def test_changes_moves_and_new_jobs_are_told_apart(session, place, actor, heard):
    person(place.position("boting", "pelayanan"), 1)
    person(place.position("boting", "pelayanan"), 2)
    person(place.position("boting", "pelayanan"), 3)
    person(place.position("boting", "pelayanan"), 4)
    session.commit()
    held = preview(
        actor,
        place.root,
        [
            line(1, **{"GELAR BELAKANG": "A.Md."}),
            line(2, **{"UNOR NAMA": "Kel. Tompotikka", "TMT JABATAN": "01-11-2026"}),
            line(3, **{"JABATAN NAMA": "Lurah", "TMT JABATAN": "01-10-2026"}),
            line(4),
        ],
    )
    assert actions(session, held) == {2: "changed", 3: "moved", 4: "changed", 5: "same"}
    apply(actor, held)
    session.commit()
    moved = queries.find_by_number(session, nip(2), TODAY)
    assert moved.unit_id == place.tompotikka.id
    jobs = session.scalars(select(Employment).filter_by(employee_id=moved.id).order_by(Employment.id)).all()
    assert [(job.started_on, job.ended_on) for job in jobs] == [
        (date(2024, 1, 2), date(2026, 10, 31)),
        (date(2026, 11, 1), None),
    ]
    transfers = [event for event in heard if isinstance(event, EmployeeTransferred)]
    assert {(event.from_unit_id, event.to_unit_id) for event in transfers} == {
        (place.boting.id, place.tompotikka.id),
        (place.boting.id, place.boting.id),
    }


def test_a_job_that_begins_later_is_planned_and_takes_effect_on_its_day(session, place, actor):
    who = person(place.position("boting", "pelayanan"), 1)
    session.commit()
    rows = [line(1, **{"UNOR NAMA": "Kelurahan Tompotikka", "TMT JABATAN": "01-12-2026"})]
    apply(actor, preview(actor, place.root, rows))
    session.commit()
    assert who.unit_id == place.boting.id
    assert preview(actor, place.root, rows).counts["same"] == 1
    assert services.follow_jobs(session, now=NOW) == 0
    assert services.follow_jobs(session, now=NOW + timedelta(days=7)) == 1
    session.commit()
    assert who.unit_id == place.tompotikka.id
    assert services.follow_jobs(session, now=NOW + timedelta(days=7)) == 0


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"UNOR NAMA": "Kel. Bonting"}, "UNOR NAMA", "unit_unknown_near"),
        ({"UNOR NAMA": "Zzzz Qqqq"}, "UNOR NAMA", "unit_unknown"),
        ({"JABATAN NAMA": "Pengelola Pelayan"}, "JABATAN NAMA", "position_unknown_near"),
        ({"JABATAN NAMA": "Astronot Utama XX"}, "JABATAN NAMA", "position_unknown"),
        ({"TMT JABATAN": "01-01-2029"}, "TMT JABATAN", "job_far"),
        ({"KEDUDUKAN HUKUM NAMA": "Pensiun"}, "KEDUDUKAN HUKUM ID", "already_left"),
        ({"NIP BARU": "1,99208E+17"}, "NIP BARU", "number_excel"),
    ],
)
def test_bad_rows_name_column_and_reason_and_are_not_applied(  # noqa: PLR0917 -- fixtures and cases
    session, place, actor, cells, column, code
):
    held = preview(actor, place.root, [line(1, **cells), line(2)])
    found = problem(session, held, 2)
    assert (found["column"], found["code"]) == (column, code)
    apply(actor, held)
    session.commit()
    assert session.scalar(select(func.count(Employee.id))) == 1


def test_near_names_are_offered(session, place, actor):
    held = preview(actor, place.root, [line(1, **{"UNOR NAMA": "Kel. Bonting"})])
    assert problem(session, held, 2)["values"]["near"] == "Kelurahan Boting"


def test_a_number_that_stands_twice_is_bad_the_second_time(session, place, actor):
    held = preview(actor, place.root, [line(1), line(1)])
    assert actions(session, held) == {2: "new", 3: "bad"}
    assert problem(session, held, 3)["values"] == {"row": 2}


def test_units_are_found_by_code_id_and_short_name(session, place, actor):
    rows = [
        line(1, **{"UNOR ID": "boting", "UNOR NAMA": "apa saja"}),
        line(2, **{"UNOR ID": "ABC123", "UNOR NAMA": ""}),
        line(3, **{"UNOR NAMA": "KEL BOTING", "JABATAN NAMA": "LURAH"}),
    ]
    held = preview(actor, place.root, rows)
    assert held.counts["new"] == 3


def test_a_changed_number_is_found_by_the_siasn_id_and_keeps_its_history(session, place, actor):
    who = person(
        place.position("boting", "pelayanan"),
        1,
        status=EmployeeStatus.PPPK,
        external_id="X1",
        rank_code="09",
        rank_name="IX",
        nip="198503302021211001",
    )
    session.commit()
    row = line(
        1,
        **{
            "NIP BARU": "198503302026211002",
            "PNS ID": "X1",
            "JENIS PEGAWAI NAMA": "PPPK",
            "GOL AKHIR NAMA": "IX",
            "NAMA": who.name,
        },
    )
    held = preview(actor, place.root, [row])
    assert held.counts["changed"] == 1
    before = snapshot(session)
    apply(actor, held)
    session.commit()
    assert queries.current_number(session, who.id) == "198503302026211002"
    assert queries.find_by_number(session, "198503302021211001", TODAY) is None
    assert queries.find_by_number(session, "198503302021211001", TODAY - timedelta(days=1)) is not None
    services.begin_undo(session, actor, held.public_id, now=NOW, background=True)
    session.commit()
    assert snapshot(session) == before


def test_nobody_leaves_unless_the_file_is_said_to_be_complete(session, place, actor, heard):
    people = [person(place.position("boting", "pelayanan"), serial) for serial in range(1, 9)]
    external = person(place.position("boting", "umum"), 20, status=EmployeeStatus.NON_ASN, nip=None)
    session.commit()
    rows = [line(serial) for serial in range(1, 6)]
    assert preview(actor, place.root, rows).counts["leaving"] == 0
    held = preview(actor, place.root, rows, complete=True)
    assert held.counts["leaving"] == 3
    apply(actor, held)
    session.commit()
    assert [one.is_active for one in people] == [True] * 5 + [False] * 3
    assert external.is_active  # non-ASN never stand in a SIASN file
    assert people[-1].left_on == TODAY
    assert sum(isinstance(event, EmployeeLeft) for event in heard) == 3


def test_a_complete_file_of_one_unit_says_nothing_about_another(session, place, actor):
    stays = person(place.position("tompotikka", "pelayanan"), 1)
    person(place.position("boting", "pelayanan"), 2)
    session.commit()
    held = preview(actor, place.boting, [line(2)], complete=True)
    assert held.counts["leaving"] == 0
    assert stays.is_active


def test_an_import_stops_when_too_many_would_vanish(session, place, actor):
    for serial in range(1, 13):
        person(place.position("boting", "pelayanan"), serial)
    session.commit()
    held = preview(actor, place.root, [line(1)], complete=True)
    assert held.counts["leaving"] == 11
    assert held.state is ImportState.REFUSED
    with pytest.raises(Refused):
        apply(actor, held)
    session.rollback()
    assert session.scalar(select(func.count(Employee.id)).where(Employee.is_active)) == 12


def test_a_mistyped_number_takes_nobody_away(session, place, actor):
    person(place.position("boting", "pelayanan"), 1)
    session.commit()
    held = preview(actor, place.root, [line(1, **{"NIP BARU": nip(1)[:-1]}), line(2)], complete=True)
    assert held.counts["leaving"] == 0


def test_ended_legal_status_lets_a_person_leave_and_a_later_file_brings_back(session, place, actor):
    who = person(place.position("boting", "pelayanan"), 1)
    session.commit()
    held = preview(actor, place.root, [line(1, **{"KEDUDUKAN HUKUM NAMA": "Pensiun"})])
    assert held.counts["leaving"] == 1
    apply(actor, held)
    session.commit()
    assert not who.is_active
    again = preview(actor, place.root, [line(1, **{"KEDUDUKAN HUKUM NAMA": "Aktif", "TMT JABATAN": "24-11-2026"})])
    assert again.counts["changed"] == 1
    apply(actor, again)
    session.commit()
    assert who.is_active
    assert who.left_on is None


def test_undo_restores_everything_exactly(session, place, actor):
    person(place.position("boting", "pelayanan"), 1, title_after="S.H.")
    person(place.position("boting", "pelayanan"), 2)
    person(place.position("boting", "pelayanan"), 3)
    person(place.position("boting", "pelayanan"), 4)
    session.commit()
    before = snapshot(session)
    held = preview(
        actor,
        place.root,
        [
            line(1, **{"GELAR BELAKANG": "M.H.", "EMAIL": "x@palopo.example", "TMT JABATAN": "05-01-2024"}),
            line(2, **{"UNOR NAMA": "Kelurahan Tompotikka", "TMT JABATAN": "01-11-2026"}),
            line(3, **{"JABATAN NAMA": "Pengadministrasi Umum", "TMT JABATAN": "02-01-2024"}),
            line(9),
        ],
        complete=True,
    )
    assert [held.counts[key] for key in ("new", "changed", "moved", "leaving")] == [1, 2, 1, 1]
    apply(actor, held)
    session.commit()
    assert snapshot(session) != before
    services.begin_undo(session, actor, held.public_id, now=NOW + timedelta(hours=24), background=True)
    session.commit()
    assert snapshot(session) == before
    assert held.state is ImportState.UNDONE
    assert services.begin_undo(session, actor, held.public_id, now=NOW, background=True).state is ImportState.UNDONE


def test_undo_is_refused_after_24_hours_and_before_applying(session, place, actor):
    held = preview(actor, place.root, [line(1)])
    with pytest.raises(Refused):
        services.begin_undo(session, actor, held.public_id, now=NOW, background=True)
    apply(actor, held)
    session.commit()
    with pytest.raises(Refused):
        services.begin_undo(session, actor, held.public_id, now=NOW + timedelta(hours=24, seconds=1), background=True)


def test_undo_leaves_alone_whoever_was_changed_since(session, place, actor):
    who = person(place.position("boting", "pelayanan"), 1)
    session.commit()
    held = preview(actor, place.root, [line(1, **{"GELAR BELAKANG": "M.H."})])
    apply(actor, held)
    session.commit()
    who.email, who.updated_at = "baru@palopo.example", NOW
    session.commit()
    services.begin_undo(session, actor, held.public_id, now=NOW, background=True)
    session.commit()
    assert (who.title_after, who.email) == ("M.H.", "baru@palopo.example")
    assert problem(session, held, 2)["code"] == "changed_after"


def test_undo_keeps_a_new_person_who_has_records_by_now(session, place, actor):
    held = preview(actor, place.root, [line(1), line(2)])
    apply(actor, held)
    session.commit()
    who = queries.find_by_number(session, nip(1), TODAY)
    session.add(ReadingNote(at=NOW, reader_employee_id=who.id, person_id=who.id, page="x"))
    session.add(
        StoredFile(
            digest="0" * 64,
            media_type="a/b",
            size_bytes=1,
            name="a",
            created_at=NOW,
            owner_employee_id=who.id,
        )
    )
    session.commit()
    services.begin_undo(session, actor, held.public_id, now=NOW, background=True)
    session.commit()
    assert session.scalars(select(Employee.name)).all() == ["Pegawai Ke 1"]
    assert not who.is_active


def test_rows_whose_person_changed_since_the_preview_are_skipped(session, place, actor):
    who = person(place.position("boting", "pelayanan"), 1)
    session.commit()
    held = preview(actor, place.root, [line(1, **{"GELAR BELAKANG": "M.H."}), line(2)])
    session.commit()
    who.email, who.updated_at = "baru@palopo.example", NOW
    session.commit()
    apply(actor, held)
    session.commit()
    assert who.title_after == ""
    assert problem(session, held, 2)["code"] == "changed_meanwhile"
    assert (held.counts["bad"], held.counts["new"], held.progress_count) == (1, 1, 2)


def test_two_previews_of_the_same_new_people_add_them_once(session, place, actor):
    first, second = preview(actor, place.root, [line(1)]), preview(actor, place.root, [line(1)])
    session.commit()
    apply(actor, first)
    apply(actor, second)
    session.commit()
    assert session.scalar(select(func.count(Employee.id))) == 1
    assert actions(session, second) == {2: "bad"}


def test_applying_twice_is_one_effect(session, place, actor):
    held = preview(actor, place.root, [line(1)])
    apply(actor, held)
    apply(actor, held)
    session.commit()
    assert session.scalar(select(func.count(Employee.id))) == 1


def test_rows_outside_the_unit_or_the_actors_scope_are_bad(session, place):
    outsider = person(place.position("tompotikka", "pelayanan"), 2)
    session.commit()
    mine = hr(place.boting)
    held = preview(mine, place.boting, [line(1, **{"UNOR NAMA": "Kelurahan Tompotikka"}), line(2), line(3)])
    assert actions(session, held) == {2: "bad", 3: "bad", 4: "new"}
    assert problem(session, held, 2)["code"] == "unit_outside"
    assert problem(session, held, 3)["code"] == "person_elsewhere"
    apply(mine, held)
    session.commit()
    assert outsider.unit_id == place.tompotikka.id


def test_nobody_imports_for_a_unit_outside_the_scope(session, place):
    with pytest.raises(Forbidden):
        preview(hr(place.boting), place.tompotikka, [line(1)])
    with pytest.raises(Forbidden):
        preview(Actor(1, 1), place.boting, [line(1)])


def test_an_import_outside_the_scope_looks_like_a_missing_one(session, place, actor):
    held = preview(actor, place.tompotikka, [line(1, **{"UNOR NAMA": "Kelurahan Tompotikka"})])
    session.commit()
    with pytest.raises(NotFound):
        apply(hr(place.boting), held)


def test_missing_columns_are_named(session, place):
    with pytest.raises(Invalid, match="JABATAN NAMA"):
        services.read_personnel_file(csv_file([{"NIP BARU": "1", "NAMA": "A", "UNOR NAMA": "B"}]), "a.csv", today=TODAY)


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8-sig"), (",", "utf-8"), ("\t", "utf-16"), (";", "cp1252")]
)
def test_every_way_of_writing_csv_reads_the_same(session, place, delimiter, encoding):
    content = services.read_personnel_file(
        csv_file([line(1), line(2)], delimiter=delimiter, encoding=encoding), "a.csv", today=TODAY
    )
    assert [row.person["number"] for row in content.rows] == [nip(1), nip(2)]
    assert [row.number for row in content.rows] == [2, 3]


def test_large_imports_run_in_jobs_and_can_be_undone(app, session, place, actor):
    from lms.core.jobs import run_due
    from lms.people import tasks

    assert tasks.apply_import_batch is not None
    rows = [
        line(serial % 900 + 1, **{"NIP BARU": nip(serial % 900 + 1, sex=1 + serial // 900)}) for serial in range(1100)
    ]
    held = preview(actor, place.root, rows)
    session.commit()
    apply(actor, held)
    session.commit()
    assert held.state is ImportState.APPLYING
    run_due(app)
    session.expire_all()
    held = session.get(PersonnelImport, held.id)
    assert (held.state, held.progress_count) == (ImportState.APPLIED, 1100)
    assert session.scalar(select(func.count(Employee.id))) == 1100
    session.commit()
    services.begin_undo(session, actor, held.public_id, now=clock.now(), background=True)
    session.commit()
    run_due(app)
    session.expire_all()
    assert session.get(PersonnelImport, held.id).state is ImportState.UNDONE
    assert session.scalar(select(func.count(Employee.id))) == 0


def test_old_rows_are_purged_and_the_import_stays(session, place, actor):
    held = preview(actor, place.root, [line(1)])
    session.commit()
    assert services.purge_import_rows(session, now=NOW + timedelta(days=29)) == 0
    assert services.purge_import_rows(session, now=NOW + timedelta(days=31)) == 1
    session.commit()
    assert session.get(PersonnelImport, held.id) is not None


def test_comparing_costs_the_same_statements_for_any_number_of_rows(session, place, actor, count_queries):
    def statements(count: int) -> int:
        content = services.read_personnel_file(csv_file([line(n) for n in range(1, count + 1)]), "a.csv", today=TODAY)
        with count_queries() as counted:
            services.imports.compare_file(session, actor, content, unit=place.root, complete=True, now=NOW)
        return len(counted)

    assert statements(3) == statements(300)


def test_action_names_have_rows_of_their_own(session, place, actor):
    held = preview(actor, place.root, [line(1), line(2, NAMA="")])
    assert [row.action for row in queries.list_import_rows(session, held.id, ImportAction.NEW)] == [ImportAction.NEW]
    assert len(queries.list_import_rows(session, held.id, ImportAction.BAD)) == 1
