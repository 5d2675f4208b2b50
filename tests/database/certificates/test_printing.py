"""The PDF: tagged, in Indonesian, fonts embedded, one QR code that opens the verification page."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import pytest
from PIL import Image
from pypdf import PdfReader
from pyzbar import pyzbar

from lms.certificates import (
    services,
    tasks,  # noqa: F401 -- registers the job
)
from lms.certificates.models import Certificate
from lms.certificates.rules.codes import grouped_code
from lms.certificates.services.printing import verify_address
from lms.core import jobs, storage
from lms.core.job_runner import run_due
from tests.factories.certificates import issued_certificate
from tests.factories.people import EmployeeFactory, PositionFactory

NIP = "199104122019032904"
LONG_NAME = "Prof. Dr. Ir. H. Andi Muhammad Fakhruddin Tenriajeng Palimbong Daeng Mattawang"


@pytest.fixture
def printed(app, session):
    """A certificate with its PDF, made by the job."""
    person = EmployeeFactory(
        name="Rahmawati Saleng", title_after="S.Sos.", rank_code="31", nip=NIP,
        position=PositionFactory(name="Pengelola Layanan Kependudukan"),
    )  # fmt: skip
    certificate = issued_certificate(employee=person)
    session.commit()
    run_due(app)
    session.expire_all()
    certificate = session.get_one(Certificate, certificate.id)
    assert certificate.pdf_digest is not None
    return certificate, storage.read(certificate.pdf_digest)


def _alts(node, found):
    """Collect (structure type, alternative text) of the structure tree."""
    node = node.get_object()
    if not hasattr(node, "get"):
        return found
    if "/S" in node:
        found.append((str(node["/S"]), str(node.get("/Alt", ""))))
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        if not isinstance(kid, int):
            _alts(kid, found)
    return found


def test_the_pdf_is_tagged_titled_and_in_indonesian(printed):
    certificate, data = printed
    reader = PdfReader(io.BytesIO(data))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 -- pypdf's own boolean
    assert root["/Lang"] == "id"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert reader.metadata.title == (
        "Surat Tanda Tamat Pelatihan: Pelayanan Publik dan PATEN, Rahmawati Saleng, S.Sos."
    )
    assert certificate.number in reader.metadata.subject
    assert b"pdfuaid" in root["/Metadata"].get_data()
    tags = _alts(root["/StructTreeRoot"], [])
    kinds = {kind for kind, _alt in tags}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/P", "/Figure"} <= kinds
    figures = [alt for kind, alt in tags if kind == "/Figure"]
    assert len(figures) == 2
    assert all(figures)
    assert any(verify_address(certificate.code) in alt for alt in figures)


def test_two_landscape_pages_say_what_was_learnt(printed):
    certificate, data = printed
    reader = PdfReader(io.BytesIO(data))
    assert len(reader.pages) == 2
    for page in reader.pages:
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (842, 595)
    front, back = (" ".join(page.extract_text().split()) for page in reader.pages)
    for words in (
        "SURAT TANDA TAMAT PELATIHAN", certificate.number, "Rahmawati Saleng, S.Sos.", "NIP 19910412 201903 2 904",
        "Penata Muda, III/a", "Pengelola Layanan Kependudukan", "LULUS", "Pelayanan Publik dan PATEN",
        "6 (enam) jam pelajaran", grouped_code(certificate.code), "bukan tanda tangan elektronik tersertifikasi",
    ):  # fmt: skip
        assert words in front
    assert "Mata pelatihan" in back
    assert "Modul pertama" in back
    assert "BSrE" not in front + back
    assert "ditandatangani secara elektronik" not in (front + back).lower()


def test_every_font_is_embedded_and_ours(printed, tmp_path):
    path = tmp_path / "sertifikat.pdf"
    path.write_bytes(printed[1])
    told = subprocess.run([shutil.which("pdffonts"), path], capture_output=True, text=True, check=True).stdout
    rows = told.splitlines()[2:]
    assert len(rows) >= 4
    for row in rows:
        assert re.search(r"\syes\s+yes\s+yes\s", row), row
        assert "+Bina-" in row, f"a font of the system was used: {row}"


def test_the_file_is_sound_and_small(printed, tmp_path):
    path = tmp_path / "sertifikat.pdf"
    path.write_bytes(printed[1])
    told = subprocess.run([shutil.which("qpdf"), "--check", path], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert len(printed[1]) < 150_000


def test_the_one_qr_code_begins_with_the_address(printed, tmp_path):
    certificate, data = printed
    path = tmp_path / "sertifikat.pdf"
    path.write_bytes(data)
    subprocess.run(
        [shutil.which("pdftoppm"), "-r", "150", "-png", path, tmp_path / "lembar"],
        check=True,
        capture_output=True,
    )
    found = []
    for picture in sorted(tmp_path.glob("lembar*.png")):
        with Image.open(picture) as image:
            found += [code.data.decode() for code in pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])]
    address = f"http://127.0.0.1:8000/v/{grouped_code(certificate.code)}"
    assert found == [f"{address}#{certificate.snapshot['seal']}"]


def test_the_same_record_prints_the_same_bytes(session, printed):
    certificate, data = printed
    digest = certificate.pdf_digest
    storage.delete(digest)  # lost by a restore without files
    assert services.draw_with_credential(session, certificate.id) == data


def test_a_lost_file_is_drawn_anew(app, session, printed):
    certificate, _data = printed
    storage.delete(certificate.pdf_digest)
    jobs.enqueue(session, "certificates.make_pdf", certificate_id=certificate.id)
    session.commit()
    run_due(app)
    session.expire_all()
    assert storage.exists(session.get_one(Certificate, certificate.id).pdf_digest)


def test_a_second_drawing_changes_nothing(session, printed):
    certificate, _data = printed
    assert services.draw_pdf(session, certificate.id) is None
    made_at = certificate.pdf_made_at
    services.keep_pdf(session, certificate.id, b"%PDF-other", now=made_at)
    assert certificate.pdf_made_at == made_at


def test_nothing_typed_is_taken_for_markup(session):
    person = EmployeeFactory(name='<img src=x> & "Ani" {{ 7*7 }}')
    certificate = issued_certificate(employee=person, title="A <b>B</b>")
    html = services.certificate_html(certificate.snapshot, file_name="sttp.html", address="https://a/v/1")
    assert "<img src=x>" not in html
    assert "{{ 7*7 }}" in html
    assert "&lt;b&gt;B" in html


@pytest.mark.parametrize("name", [LONG_NAME, "ꦱꦿꦶꦲꦂꦠꦶ ꦏꦸꦱꦸꦩ", "سيتي نورحليزة", "Dg. Ñurhaliza Ščitić"])
def test_long_names_and_other_scripts_stay_on_one_front_page(session, name):
    certificate = issued_certificate(employee=EmployeeFactory(name=name), title="Menangani Pengaduan Warga " * 5)
    session.flush()
    reader = PdfReader(io.BytesIO(services.draw_pdf(session, certificate.id)))
    assert len(reader.pages) == 2


def test_a_course_of_many_modules_runs_on(session):
    certificate = issued_certificate()
    kept = dict(certificate.snapshot)
    kept["training"] = {
        **kept["training"],
        "parts": [{"title": f"Modul {n}", "minutes": 10, "jp": 0} for n in range(40)],
    }
    certificate.snapshot = kept
    session.flush()
    reader = PdfReader(io.BytesIO(services.draw_pdf(session, certificate.id)))
    assert len(reader.pages) == 4
    assert "Menit" in reader.pages[1].extract_text()


def test_the_file_keeps_to_the_clauses_of_both_standards(printed):
    """PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), one by one; no validator of either is at hand."""
    _certificate, data = printed
    reader = PdfReader(io.BytesIO(data))
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"]
    assert "/Filter" not in metadata  # open to readers that know no PDF
    told = metadata.get_data().decode()
    for words in (
        'pdfaid:part="3"', 'pdfaid:conformance="A"', "<pdfuaid:part>1</pdfuaid:part>",
        "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>",
    ):  # fmt: skip
        assert words in told
    assert "/Encrypt" not in reader.trailer
    assert len(reader.trailer["/ID"]) == 2
    [intent] = root["/OutputIntents"]
    assert (intent["/S"], "/DestOutputProfile" in intent) == ("/GTS_PDFA1", True)
    assert "/AA" not in root
    assert "/OpenAction" not in root
    for page in reader.pages:
        assert page["/StructParents"] >= 0
        content = page.get_contents().get_data()
        # Everything drawn is tagged or an artefact, the ornament first.
        assert content.lstrip().startswith(b"/Artifact BMC q /")
        assert content.count(b"BMC") + content.count(b"BDC") == content.count(b"EMC")
        for font in page["/Resources"].get("/Font", {}).values():
            assert "/ToUnicode" in font
    [attached] = root["/AF"]
    assert attached["/AFRelationship"] == "/Data"
    assert attached["/EF"]["/F"]["/Subtype"] == "/application/ld+json"
