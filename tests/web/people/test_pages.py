from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from lms.core.actor import Role
from lms.core.audit import ReadingNote
from lms.people import queries
from lms.people.models import Employee, ImportState, PersonnelImport
from tests.database.people.helpers import TODAY, csv_file, line, make_place, nip, person


@pytest.fixture(autouse=True)
def _present(monkeypatch):
    import time_machine

    with time_machine.travel(datetime(2026, 11, 24, 6, 5, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def place(session):
    made = make_place()
    session.commit()
    return made


@pytest.fixture
def officer(session, place):
    who = person(place.position("wara", "camat"), 90, name="Irfan Lamakkawali")
    session.commit()
    return who


@pytest.fixture
def hr_client(login_as, officer, place):
    return login_as(officer, (Role.HR, place.root))


@pytest.fixture
def head_client(app, login_as, session, place):
    lurah = person(place.position("boting", "lurah"), 80, name="Lurah Boting Sendiri")
    session.commit()
    return login_as(lurah, (Role.ATASAN, place.boting), use=app.test_client())


def text(response) -> str:
    return " ".join(response.get_data(as_text=True).split())


def upload(client, place, rows, *, complete=False, name="pegawai.csv", follow=True):
    client.get("/impor/baru")
    data = {"file": (io.BytesIO(csv_file(rows)), name), "unit": place.root.public_id}
    if complete:
        data["complete"] = "y"
    return client.submit("/impor/baru", data, content_type="multipart/form-data", follow_redirects=follow)


def test_the_list_shows_people_of_the_scope_with_masked_or_whole_numbers(session, place, hr_client, head_client):
    person(place.position("boting", "umum"), 1, name="Hasnah Tahir")
    person(place.position("tompotikka", "umum"), 2, name="Besse Rahma")
    session.commit()
    seen = text(hr_client.get("/pegawai"))
    assert "Hasnah Tahir" in seen
    assert "Besse Rahma" in seen
    assert "19850330 200902 1 001" in seen.replace("\u00a0", " ")
    scoped = text(head_client.get("/pegawai"))
    assert "Hasnah Tahir" in scoped
    assert "Besse Rahma" not in scoped
    assert "19850330********01" in scoped
    assert "19850330 200902 1 001" not in scoped


def test_a_pegawai_may_not_open_the_list_but_sees_the_own_record(session, place, login_as):
    who = person(place.position("boting", "umum"), 1, name="Hasnah Tahir")
    other = person(place.position("boting", "umum"), 2, name="Besse Rahma")
    session.commit()
    client = login_as(who)
    assert client.get("/pegawai").status_code == 403
    own = client.get(f"/pegawai/{who.public_id}")
    assert own.status_code == 200
    assert "19850330 200902 1 001" in text(own)
    foreign, absent = (
        client.get(f"/pegawai/{other.public_id}"),
        client.get("/pegawai/00000000000000000000000000"),
    )
    assert foreign.status_code == absent.status_code == 404


def test_search_by_whole_number_leads_to_the_person_and_leaves_no_number_in_an_address(session, place, hr_client):
    who = person(place.position("boting", "umum"), 1)
    session.commit()
    answer = hr_client.submit("/pegawai/cari", {"cari": "19850330 200902 1 001"}, page="/pegawai")
    assert answer.status_code == 303
    assert answer.location == f"/pegawai/{who.public_id}"
    missing = hr_client.submit("/pegawai/cari", {"cari": nip(999)}, page="/pegawai")
    assert missing.location == "/pegawai?nomor=tidak-ada"
    assert nip(1) not in text(hr_client.get(f"/pegawai?cari={nip(1)}"))


def test_words_and_filters_stand_in_the_address(session, place, hr_client):
    person(place.position("boting", "umum"), 1, name="Hasnah Tahir")
    session.commit()
    answer = hr_client.submit(
        "/pegawai/cari",
        {"cari": "hasnah", "unit": place.boting.public_id},
        page="/pegawai",
        follow_redirects=True,
    )
    assert answer.request.args.to_dict() == {"cari": "hasnah", "unit": place.boting.public_id}
    assert "1 pegawai" in text(answer)
    empty = hr_client.get("/pegawai?cari=zzzz")
    assert "Tidak ada pegawai yang cocok" in text(empty)
    assert hr_client.get("/pegawai?status=palsu&jenis=x&keadaan=y").status_code == 200
    assert hr_client.get("/pegawai?unit=tidakada").status_code == 404


def test_export_holds_what_the_list_holds_and_is_noted(session, place, head_client):
    who = person(place.position("boting", "umum"), 1, name="=HYPERLINK(1)")
    session.commit()
    answer = head_client.get("/pegawai/unduh")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    found = next(row for row in rows if row[0] == "=HYPERLINK(1)")
    assert found[1] == "19850330********01"
    assert session.scalar(select(func.count()).where(ReadingNote.person_id == who.id)) == 1


def test_opening_a_record_is_noted_and_shown_to_the_person(session, place, hr_client, login_as, app):
    who = person(place.position("boting", "umum"), 1, name="Hasnah Tahir")
    session.commit()
    page = hr_client.get(f"/pegawai/{who.public_id}")
    assert "Lurah" not in text(page)
    session.rollback()
    assert session.scalars(select(ReadingNote.page)).all() == ["people.employee_profile"]
    mine = login_as(who, use=app.test_client()).get(f"/pegawai/{who.public_id}")
    assert "Irfan Lamakkawali" in text(mine)


def test_editing_saves_and_a_stale_form_shows_both(session, place, hr_client):
    who = person(place.position("boting", "umum"), 1, name="Hasnah Tahir")
    session.commit()
    url = f"/pegawai/{who.public_id}/ubah"
    fields = {
        "name": "Hasnah T.",
        "status": "pns",
        "number": nip(1),
        "rank": "pns:32",
        "legal_status": "01",
        "version": "1",
    }
    saved = hr_client.submit(url, fields, page=url)
    assert saved.status_code == 303
    session.expire_all()
    assert session.get(Employee, who.id).rank_name == "III/b"
    session.rollback()
    stale = hr_client.submit(url, fields | {"name": "Nama Lain"}, page=url)
    assert stale.status_code == 409
    assert "Nama Lain" in text(stale)
    assert "Hasnah T." in text(stale)
    again = hr_client.submit(url, fields | {"name": "Nama Lain", "version": "2"}, page=url)
    assert again.status_code == 303


def test_wrong_fields_are_told_at_the_field(session, place, hr_client):
    who = person(place.position("boting", "umum"), 1)
    session.commit()
    url = f"/pegawai/{who.public_id}/ubah"
    answer = hr_client.submit(
        url,
        {
            "name": "",
            "status": "pns",
            "number": "123",
            "rank": "pppk:09",
            "legal_status": "01",
            "version": "1",
        },
        page=url,
    )
    assert answer.status_code == 422
    assert "NIP harus 18 angka. Anda mengetik 3." in text(answer)


def test_a_head_who_only_views_cannot_edit(session, place, head_client):
    who = person(place.position("boting", "umum"), 1)
    session.commit()
    assert head_client.get(f"/pegawai/{who.public_id}/ubah").status_code == 403
    assert "Ubah data" not in text(head_client.get(f"/pegawai/{who.public_id}"))


def test_adding_transferring_and_leaving(session, place, hr_client):
    assert "Pilih unit" in text(hr_client.get("/pegawai/baru"))
    url = f"/pegawai/baru?unit={place.boting.public_id}"
    fields = {
        "name": "Suriani Amin",
        "status": "pns",
        "number": nip(5),
        "legal_status": "01",
        "rank": "",
        "position": place.position("boting", "umum").public_id,
        "starts_on": "24/11/2026",
    }
    added = hr_client.submit(url, fields, page=url)
    assert added.status_code == 303
    who = queries.find_by_number(session, nip(5), TODAY)
    session.rollback()
    move = f"/pegawai/{who.public_id}/pindah?unit={place.tompotikka.public_id}"
    moved = hr_client.submit(
        move,
        {
            "position": place.position("tompotikka", "umum").public_id,
            "starts_on": "1 Desember 2026",
            "version": "1",
        },
        page=move,
    )
    assert moved.status_code == 303
    assert "mulai 1 Desember 2026" in text(hr_client.get(f"/pegawai/{who.public_id}"))
    leave = f"/pegawai/{who.public_id}/berhenti"
    refused = hr_client.submit(leave, {"last_on": "24/11/2026", "reason": "pindah", "version": "2"}, page=leave)
    assert refused.status_code == 422
    assert "Ada jabatan yang mulai sesudah" in text(refused)


def test_the_unit_page_names_heads_and_counts(session, place, hr_client, head_client):
    person(place.position("boting", "umum"), 1)
    session.commit()
    top = text(hr_client.get("/unit"))
    assert "Pemerintah Kota Palopo" in top
    wara = text(hr_client.get(f"/unit/{place.wara.public_id}"))
    assert "Lurah Boting Sendiri" in wara
    assert "belum terisi" in wara
    assert head_client.get(f"/unit/{place.wara.public_id}").status_code == 404
    assert "Kelurahan Boting" in text(head_client.get("/unit"))


def test_a_file_is_previewed_applied_and_undone_through_the_pages(session, place, hr_client):
    person(place.position("boting", "pelayanan"), 1)
    session.commit()
    rows = [
        line(1, **{"GELAR BELAKANG": "A.Md."}),
        line(2),
        line(3, **{"NIP BARU": nip(3)[:-1]}),
        line(4, **{"UNOR NAMA": "Kel. Bonting"}),
    ]
    page = upload(hr_client, place, rows)
    seen = text(page)
    assert page.status_code == 200
    for words in (
        "<b>1</b><span>baru</span>",
        "<b>1</b><span>berubah</span>",
        "NIP 17 angka, seharusnya 18.",
        "Mungkin maksudnya Kelurahan Boting",
        "Terapkan 2 baris",
        "NIK, agama",
    ):
        assert words in seen
    assert session.scalar(select(func.count(Employee.id))) == 2
    session.rollback()
    address = page.request.path
    bad = hr_client.get(f"{address}/bermasalah")
    cells = CalamineWorkbook.from_filelike(io.BytesIO(bad.data)).get_sheet_by_index(0).to_python()
    assert cells[0][:5] == ["BARIS", "KOLOM", "NILAI", "MASALAH", "JALAN KELUAR"]
    assert cells[2][3] == "Unit “Kel. Bonting” tidak dikenal."
    applied = hr_client.submit(f"{address}/terapkan", page=address, follow_redirects=True)
    assert "2 baris diterapkan." in text(applied)
    assert "Anda dapat mengurungkannya sampai" in text(applied)
    assert queries.find_by_number(session, nip(2), TODAY) is not None
    session.rollback()
    undone = hr_client.submit(f"{address}/urungkan", page=f"{address}/urungkan", follow_redirects=True)
    assert "Impor ini sudah diurungkan." in text(undone)
    assert queries.find_by_number(session, nip(2), TODAY) is None


def test_bad_rows_can_be_mended_in_the_downloaded_file_and_uploaded_again(session, place, hr_client):
    page = upload(hr_client, place, [line(4, **{"UNOR NAMA": "Kel. Bonting"})])
    bad = hr_client.get(f"{page.request.path}/bermasalah")
    table = CalamineWorkbook.from_filelike(io.BytesIO(bad.data)).get_sheet_by_index(0).to_python()
    row = dict(zip(table[0], (str(cell) for cell in table[1]), strict=True)) | {"UNOR NAMA": "Kelurahan Boting"}
    again = upload(hr_client, place, [row])
    assert "<b>1</b><span>baru</span>" in text(again)


def test_a_stopped_import_says_why_and_cannot_be_applied(session, place, hr_client):
    for serial in range(1, 12):
        person(place.position("boting", "pelayanan"), serial)
    session.commit()
    page = upload(hr_client, place, [line(1)], complete=True)
    assert "Impor ini dihentikan." in text(page)
    assert "Terapkan" not in text(page).split("<main", 1)[1].split("</main>")[1]
    assert hr_client.submit(f"{page.request.path}/terapkan", page=page.request.path).status_code == 409


def test_a_form_sent_twice_makes_one_preview(session, place, hr_client):
    hr_client.get("/impor/baru")
    html = hr_client.last_html
    for _time in range(2):
        hr_client.last_html = html
        answer = hr_client.submit(
            "/impor/baru",
            {"file": (io.BytesIO(csv_file([line(1)])), "a.csv"), "unit": place.root.public_id},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 303
    assert session.scalar(select(func.count(PersonnelImport.id))) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "kosong"), (b"PK\x03\x04rusak", "rusak"), (b"NIP;NAMA\n1;2\n", "Kolom wajib tidak ditemukan")],
)
def test_broken_files_are_refused_in_words(session, place, hr_client, data, words):
    hr_client.get("/impor/baru")
    answer = hr_client.submit(
        "/impor/baru",
        {"file": (io.BytesIO(data), "a.xlsx"), "unit": place.root.public_id},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert words in text(answer)


def test_a_large_import_shows_progress_without_javascript(app, session, place, hr_client):
    from lms.core.jobs import run_due

    rows = [line(serial % 900 + 1, **{"NIP BARU": nip(serial % 900 + 1)}) for serial in range(600)]
    page = upload(hr_client, place, rows)
    address = page.request.path
    running = hr_client.submit(f"{address}/terapkan", page=address, follow_redirects=True)
    assert 'http-equiv="refresh"' in text(running)
    assert "0 dari 600 baris" in text(running)
    run_due(app)
    assert "600 baris diterapkan." in text(hr_client.get(address))
    assert session.scalars(select(PersonnelImport.state)).one() is ImportState.APPLIED
    rest = hr_client.get(f"{address}/baris?jenis=new")
    assert "Berikutnya" in text(rest)


def test_imports_of_others_look_like_missing_ones(session, place, hr_client, login_as, app):
    page = upload(hr_client, place, [line(1)])
    small = person(place.position("tompotikka", "umum"), 70)
    session.commit()
    other = login_as(small, (Role.HR, place.tompotikka), use=app.test_client())
    for path in ("", "/baris?jenis=new", "/bermasalah", "/urungkan"):
        assert other.get(page.request.path + path).status_code == 404
    assert other.get("/impor").status_code == 200
    assert "pegawai.csv" not in text(other.get("/impor"))


def test_partners_are_read_by_all_and_changed_by_hr(session, place, hr_client, login_as, app):
    fields = {
        "name": "Universitas Tepian",
        "code": "utl",
        "kind": "university",
        "contact": "",
        "number": "12/PKS",
        "scope": "Pelatihan",
        "starts_on": "01/03/2026",
        "ends_on": "28/02/2027",
    }
    wrong = hr_client.submit("/mitra/baru", fields | {"ends_on": "01/03/2026"}, page="/mitra/baru")
    assert wrong.status_code == 422
    assert "Tanggal berakhir harus sesudah tanggal mulai." in text(wrong)
    assert hr_client.submit("/mitra/baru", fields, page="/mitra/baru").status_code == 303
    who = person(place.position("boting", "umum"), 1)
    session.commit()
    reader = login_as(who, use=app.test_client())
    assert "Universitas Tepian" in text(reader.get("/mitra"))
    assert "Tambah mitra" not in text(reader.get("/mitra"))
    assert reader.get("/mitra/baru").status_code == 403
    assert "Tidak ada mitra yang cocok" in text(reader.get("/mitra?cari=zzz"))


@pytest.mark.parametrize("path", ["/pegawai", "/unit", "/impor", "/mitra"])
def test_pages_cost_the_same_statements_at_two_sizes(session, place, hr_client, count_queries, path):
    def statements() -> int:
        session.rollback()
        with count_queries() as counted:
            assert hr_client.get(path).status_code == 200
        return len(counted)

    person(place.position("boting", "umum"), 1)
    upload(hr_client, place, [line(1)])
    session.commit()
    statements()
    few = statements()
    for serial in range(2, 24):
        person(place.position("boting", "umum"), serial)
        session.add(
            PersonnelImport(
                file_name="a",
                file_digest="a",
                state=ImportState.PARSED,
                counts={},
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
                unit_id=place.root.id,
            )
        )
    session.commit()
    assert statements() == few
    assert few <= 10


def test_a_profile_costs_the_same_whatever_the_history(session, place, hr_client, count_queries):
    from datetime import timedelta

    from lms.people.models import Employment, EmploymentKind

    who = person(place.position("boting", "umum"), 1)
    session.commit()

    def statements() -> int:
        session.rollback()
        with count_queries() as counted:
            hr_client.get(f"/pegawai/{who.public_id}")
        return len(counted)

    statements()
    few = statements()
    for number in range(12):
        begun = TODAY - timedelta(days=4000 - number * 100)
        session.add(
            Employment(
                employee_id=who.id,
                position_id=who.position_id,
                unit_id=who.unit_id,
                is_main=True,
                kind=EmploymentKind.DEFINITIVE,
                started_on=begun,
                ended_on=begun + timedelta(days=99),
            )
        )
    session.commit()
    assert statements() == few
