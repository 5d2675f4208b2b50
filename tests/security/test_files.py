"""Hostile and broken files, sent through the page: all or nothing, with a sentence, and no fault of ours."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from lms.core import once, sheets
from lms.core.actor import Role
from lms.people.models import Employee, EmployeeNumber, ImportState, PersonnelImport
from tests.database.people.helpers import NOW, csv_file, line, make_place, nip, person
from tests.factories.identity import AccountFactory, GrantFactory
from tests.security.world import open_session, visitor


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def place(session):
    made = make_place()
    officer = person(made.position("wara", "camat"), 90, name="Irfan Lamakkawali")
    account = AccountFactory(employee=officer)
    GrantFactory(account=account, role=Role.HR, unit=made.root)
    session.commit()
    made.account = account
    return made


@pytest.fixture
def officer(app, place):
    """HR's browser, with its errors as pages."""
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield visitor(app, open_session(place.account))
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = None


def send(client: Any, place: Any, data: bytes, name: str = "pegawai.xlsx") -> Any:
    fields = {
        "csrf_token": client.token(), "once": once.new_key(), "unit": place.root.public_id,
        "file": FileStorage(io.BytesIO(data), name, content_type="application/octet-stream"),
    }  # fmt: skip
    boundary, body = encode_multipart(fields)  # the client itself would leave a temporary file open
    return client.post("/impor/baru", data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def workbook(**members: bytes) -> bytes:
    """Return a small valid workbook with some members replaced or added; `_` stands for a slash."""
    plain = sheets.write_xlsx([sheets.Sheet("Pegawai", list(line(1)), [list(line(1).values())])])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            if info.filename not in members:
                target.writestr(info.filename, source.read(info.filename))
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()


def bomb() -> bytes:
    sheet = b"<worksheet><sheetData>" + b" " * (230 << 20)
    return workbook(**{"xl/worksheets/sheet1.xml": sheet})


def with_dtd() -> bytes:
    evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst><si><t>&x;</t></si></sst>'
    return workbook(**{"xl/sharedStrings.xml": evil})


def rows_of(count: int) -> bytes:
    head = ";".join(line(1))
    return (head + "\r\n" + "\r\n".join(f"'{n:018d};Nama" for n in range(count))).encode()


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4000


HOSTILE = {
    "a bomb": bomb,
    "a document type": with_dtd,
    "a path out of the archive": lambda: workbook(**{"../../etc/cron.d/x": b"x"}),
    "an absolute path": lambda: workbook(**{"/etc/passwd": b"x"}),
    "two thousand members": lambda: workbook(**{f"xl/x{n}.xml": b"<a/>" for n in range(2000)}),
    "sixty thousand and one rows": lambda: rows_of(60_001),
    "two hundred columns": (";".join(f"k{n}" for n in range(200)) + "\n").encode,
    "an odd number of UTF-16 bytes": lambda: "NIP BARU;NAMA\n1;2".encode("utf-16")[:-1],
    "nothing": lambda: b"",
    "blanks": lambda: b" \r\n\t\x00",
    "random bytes": lambda: bytes(range(256)) * 20,
    "a program": lambda: b"\x7fELF" + b"\x00\x01\x02" * 400,
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + b"x" * 400,
    "a PDF": lambda: b"%PDF-1.7\n%\xe2\xe3",
    "a cut archive": lambda: workbook()[:-60],
    "half an archive": lambda: workbook()[: len(workbook()) // 2],
    "an empty archive": lambda: b"PK\x05\x06" + b"\x00" * 18,
    "an encrypted workbook": encrypted,
    "an open quote": ("NIP BARU;NAMA\n" + '"' + "x" * 200_000).encode,
    "a web page": lambda: b"<html><table><tr><td>NIP BARU</td></tr></table></html>",
    "only headings": (";".join(line(1)) + "\n").encode,
    "headings twice": (";".join([*line(1), "NAMA"]) + "\n" + "x;" * 30).encode,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence_and_writes_nothing(session, place, officer, kind):
    """Somebody gives HR a file; it is no staff list, or it is meant to harm the reader."""
    answer = send(officer, place, HOSTILE[kind]())
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422, (answer.status_code, answer.location)
    assert 'class="errors' in page or "error" in page
    assert "Traceback" not in page
    assert session.scalar(select(func.count()).select_from(PersonnelImport)) == 0


def test_a_name_that_lies_decides_nothing(session, place, officer):
    """The staff list is called .exe, and a program is called .xlsx: the content alone counts."""
    assert send(officer, place, csv_file([line(1)]), name="..\\..\\C:\\pegawai.exe").status_code == 303
    held = session.scalars(select(PersonnelImport)).one()
    assert "\\" not in held.file_name
    assert ".." not in held.file_name
    assert send(officer, place, b"MZ\x90\x00\x03" * 300, name="pegawai.xlsx").status_code == 422


def test_a_file_name_shows_nobody_s_number(session, place, officer):
    """HR saves one person's file under the person's number; names of files stand in lists and logs."""
    assert send(officer, place, csv_file([line(1)]), name=f"{nip(1)}\u202excod.csv").status_code == 303
    held = session.scalars(select(PersonnelImport)).one()
    assert nip(1) not in held.file_name
    assert "\u202e" not in held.file_name


def test_a_workbook_that_points_elsewhere_is_read_without_going_there(session, place, officer):
    """External links, macros and connections are parts that our reader never opens; sockets are shut in tests."""
    rels = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'externalLinkPath" Target="http://jahat.example/x.xlsx" TargetMode="External"/></Relationships>'
    )
    extra = {"xl/externalLinks/_rels/externalLink1.xml.rels": rels, "xl/vbaProject.bin": b"\xd0\xcf" * 50}
    assert send(officer, place, workbook(**extra)).status_code in {303, 422}


CELLS = (
    '=HYPERLINK("http://jahat.example";"klik")', "@SUM(1)", "+1", "-1", "\ud800".encode("utf-8", "replace").decode(),
    "x" * 30_000, "\u202egnp.exe", "ꦱꦸꦫꦏꦂꦠ", "<script>alert(1)</script>", "{{7*7}}", "' OR 1=1 --", "99999-99-99",
    "31-02-2026", "01-01-0001", "31-12-9999", "1e308", "-99999999999999999999", "\u0085\u2028", "NULL", "\ufeff",
)  # fmt: skip


def test_hostile_cells_in_every_column_are_named_or_made_harmless(session, place, officer):
    """A list was filled by hand, by macros, by a joker: each cell once holds what does not belong."""
    rows, number = [], 100
    for name in line(1):
        for cell in CELLS:
            number += 1
            rows.append(line(number) | {name: cell})
    answer = send(officer, place, csv_file(rows), name="pegawai.csv")
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
    where = answer.location
    for url in (where, f"{where}/bermasalah", f"{where}/baris?jenis=bad", f"{where}/baris?jenis=new"):
        page = officer.get(url)
        assert page.status_code == 200, url
        assert b"<script>alert" not in page.data
    before = session.scalar(select(func.count()).select_from(Employee))
    session.rollback()
    applied = officer.send(f"{where}/terapkan")
    assert applied.status_code == 303, applied.get_data(as_text=True)[:500]
    assert officer.get(where).status_code == 200
    session.rollback()
    held = session.scalars(select(PersonnelImport)).one()
    assert held.state is ImportState.APPLIED
    assert session.scalar(select(func.count()).select_from(Employee)) > before
    names = session.scalars(select(Employee.name)).all()
    assert not any(sign in name for name in names for sign in "\u202e\x00\u2028")
    assert all(len(number) == 18 for number in session.scalars(select(EmployeeNumber.number)))
    sheet = officer.get("/pegawai/unduh")
    assert sheet.status_code == 200
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"<f>" not in everything
    assert b"<f " not in everything
    assert b"TargetMode" not in everything
