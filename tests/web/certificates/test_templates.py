"""Templates: every layout prints usual and extreme data, wording is kept by version, and what ends is told in time."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from lms.certificates import queries, services
from lms.certificates.models import Certificate, CertificateTemplate
from lms.certificates.rules.numbers import months_after
from lms.certificates.services.expiry import TERMS, due_term
from lms.core.actor import SYSTEM, Role
from lms.notifications.models import Notice
from tests.factories.certificates import completed_enrolment, issued_certificate
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

DAY = date(2026, 11, 20)
SHIPPED = ("piagam", "piagam-tegak", "sertifikat", "sertifikat-tegak", "sttp", "sttp-tegak")


@pytest.fixture
def officer(session, login_as):
    """Return a client of HR of the whole agency."""
    region = UnitFactory(name="Kota Percobaan")
    who = EmployeeFactory(position=PositionFactory(unit=region))
    services.seed_templates(session)
    session.commit()
    return login_as(who, (Role.HR, region))


@pytest.mark.parametrize("code", SHIPPED)
def test_each_layout_holds_usual_and_extreme_data_on_one_front(session, code):
    services.seed_templates(session)
    for kind in ("biasa", "panjang"):
        data = services.preview_pdf(session, SYSTEM, code, kind=kind, on=DAY)
        reader = PdfReader(io.BytesIO(data))
        front = " ".join(reader.pages[0].extract_text().split())
        assert "PRATINJAU" in front
        assert "Mata pelatihan" in reader.pages[1].extract_text()
        page = reader.pages[0].mediabox
        assert (page.height > page.width) is code.endswith("-tegak")
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # noqa: E712 -- pypdf's own boolean


def test_other_scripts_and_missing_values_print_too(session):
    services.seed_templates(session)
    for kind in ("aksara", "kosong"):
        assert services.preview_pdf(session, SYSTEM, "sertifikat", kind=kind, on=DAY).startswith(b"%PDF-")


def test_a_changed_wording_is_a_new_version_and_issued_ones_stay(officer, session):
    before = issued_certificate(employee=EmployeeFactory())
    session.commit()
    assert "Templat sertifikat" in officer.get("/sertifikat/templat").get_data(as_text=True)
    page = officer.get("/sertifikat/templat/sttp/ubah").get_data(as_text=True)
    assert "Badan Kepegawaian" in page
    held = queries.get_template(session, "sttp").settings
    values = {
        "file": "sttp-tegak.html", "title": "Surat Tanda Tamat", "office": "BKPSDM", "place": "Palopo",
        "legal_basis": held["legal_basis"], "qualification": "LULUS", "unit": "BKPSDM", "archive_class": "800.2.2",
        "number_pattern": "{class}/{serial:04}/{unit}/{year}", "signatory_position": "Kepala", "valid_months": "12",
    }  # fmt: skip
    wrong = officer.submit("/sertifikat/templat/sttp/ubah", {**values, "number_pattern": "{serial}"})
    assert wrong.status_code == 400
    kept = officer.submit("/sertifikat/templat/sttp/ubah", values, page="/sertifikat/templat/sttp/ubah")
    assert kept.status_code == 303, kept.get_data(as_text=True)
    session.commit()
    versions = select(CertificateTemplate.version).filter_by(code="sttp").order_by(CertificateTemplate.version)
    assert session.scalars(versions).all() == [1, 2]
    after = issued_certificate(employee=EmployeeFactory())
    assert after.snapshot["template"] == {"code": "sttp", "version": 2}
    assert after.valid_until_on == months_after(after.issued_on, 12)
    old = session.get_one(Certificate, before.id)
    assert (old.snapshot["template"]["version"], old.valid_until_on) == (1, None)
    assert (old.serial_number, after.serial_number) == (1, 2)


def test_only_hr_of_the_whole_agency_changes_templates(session, login_as, officer):
    below = UnitFactory(name="Kecamatan", parent=UnitFactory(name="Kota"))
    deeper = UnitFactory(name="Kelurahan", parent=below)
    who = EmployeeFactory(position=PositionFactory(unit=deeper))
    session.commit()
    client = login_as(who, (Role.HR, deeper))
    for address in ("", "/sttp/ubah", "/sttp/pratinjau.pdf"):
        assert client.get(f"/sertifikat/templat{address}").status_code == 403


def test_a_seminar_gets_the_certificate_of_attendance_with_numbers_of_its_own(session):
    services.seed_templates(session)
    course = issued_certificate(enrolment=completed_enrolment())
    seminar = issued_certificate(enrolment=completed_enrolment(learning_form=9))
    assert course.snapshot["template"]["code"] == "sttp"
    assert seminar.snapshot["template"]["code"] == "sertifikat"
    assert seminar.snapshot["letterhead"]["qualification"] == "TELAH MENGIKUTI"
    assert course.number != seminar.number


def test_holders_are_reminded_once_for_each_term(session):
    certificate = issued_certificate(employee=EmployeeFactory())
    certificate.valid_until_on = DAY + timedelta(days=61)
    session.flush()
    for day in range(64):
        for _again in range(2):
            services.remind_expiring(session, today=DAY + timedelta(days=day))
    told = session.scalars(select(Notice).where(Notice.kind == "certificates.expiring")).all()
    assert len(told) == len(TERMS)


def test_a_term_lasts_until_the_next_begins():
    for left in range(-5, 70):
        term = due_term(DAY + timedelta(days=left), today=DAY)
        assert term == (7 if 0 <= left <= 7 else 30 if 7 < left <= 30 else 60 if 30 < left <= 60 else None)


def test_months_end_with_the_month():
    assert months_after(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert months_after(date(2026, 12, 31), 2) == date(2027, 2, 28)
