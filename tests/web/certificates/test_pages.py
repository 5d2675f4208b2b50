"""Pages of one's own certificates and of the office: states, rights, downloads, final acts."""

from __future__ import annotations

import io
import re

import pytest
from python_calamine import CalamineWorkbook

from lms.certificates import (
    queries,
    services,
    tasks,  # noqa: F401 -- registers the job
)
from lms.certificates.models import Certificate, CertificateState
from lms.core.actor import Role
from lms.core.audit import ReadingNote
from lms.core.job_runner import run_due
from lms.courses.models import Enrolment
from tests.factories.certificates import completed_enrolment, issued_certificate
from tests.factories.people import EmployeeFactory, PositionFactory, UnitFactory

NIP = "199104122019032904"
REASON = "Pelatihan diikuti orang lain."


@pytest.fixture
def world(session):
    """A region, two kecamatan, HR, a supervisor, a learner with a certificate, and one elsewhere."""

    class World:
        region = UnitFactory(name="Kota Palopo")
        here = UnitFactory(name="Kecamatan Wara", parent=region)
        there = UnitFactory(name="Kecamatan Sendana", parent=region)
        learner = EmployeeFactory(name="Rahmawati Saleng", position=PositionFactory(unit=here), nip=NIP)
        stranger = EmployeeFactory(name="Daeng Sila", position=PositionFactory(unit=there))
        officer = EmployeeFactory(name="Ibu Kepegawaian", position=PositionFactory(unit=region))
        certificate = issued_certificate(employee=learner)
        other = issued_certificate(employee=stranger)

    session.commit()
    return World


def _page(public_id):
    return f"/sertifikat/{public_id}"


def test_a_person_sees_the_own_certificates(client, world, login_as):
    login_as(world.learner)
    page = client.get("/sertifikat").get_data(as_text=True)
    assert "Pelayanan Publik dan PATEN" in page
    assert world.certificate.number in page
    assert world.other.number not in page
    assert "Semua pegawai" not in page
    assert 'href="/sertifikat" aria-current="page"' in page


def test_a_finished_course_leads_to_its_certificate_and_to_nobody_elses(client, session, world, login_as):
    def way(certificate):
        enrolment = session.get_one(Enrolment, certificate.enrolment_id)
        return client.get(f"/sertifikat/pelatihan/{enrolment.public_id}").location

    login_as(world.learner)
    assert way(world.certificate) == f"/sertifikat/{world.certificate.public_id}"
    assert way(world.other) == "/sertifikat"
    home = client.get("/beranda").get_data(as_text=True)
    assert f"/sertifikat/{world.certificate.public_id}/unduh" in home


def test_without_any_the_page_says_what_to_do(client, world, login_as):
    login_as(world.officer)
    page = client.get("/sertifikat").get_data(as_text=True)
    assert "Belum ada sertifikat" in page
    assert 'href="/katalog"' in page


def test_pages_need_a_log_in(client, world):
    for path in ("/sertifikat", "/sertifikat/semua", _page(world.certificate.public_id)):
        assert client.get(path).status_code == 303


def test_anothers_certificate_looks_like_an_absent_one(client, world, login_as):
    login_as(world.learner)
    answers = [
        client.get(_page(public_id) + end) for public_id in (world.other.public_id, "0" * 26) for end in ("", "/unduh")
    ]
    assert {answer.status_code for answer in answers} == {404}
    texts = {re.sub(r"[0-9a-z]{26}", "", answer.get_data(as_text=True)) for answer in answers}
    assert len(texts) == 1


def test_the_detail_waits_for_the_pdf_without_a_script_and_then_gives_it(app, client, world, login_as, session):
    login_as(world.learner)
    there = _page(world.certificate.public_id)
    page = client.get(there).get_data(as_text=True)
    assert "Siapkan PDF" in page  # issued days ago: nothing is on its way
    assert client.get(there + "/unduh").status_code == 303
    answer = client.submit(there + "/siapkan", page=there)
    assert answer.status_code == 303
    shown = client.get(answer.location)
    assert "PDF sedang disiapkan" in shown.get_data(as_text=True)
    assert shown.headers["Refresh"] == f"5;url={there}?tunggu=2"
    shown = client.get(f"{there}?tunggu=13")
    assert "PDF belum selesai" in shown.get_data(as_text=True)
    assert "Refresh" not in shown.headers
    run_due(app)
    shown = client.get(f"{there}?tunggu=2")
    assert "Unduh PDF" in shown.get_data(as_text=True)
    assert "Refresh" not in shown.headers
    given = client.get(there + "/unduh")
    assert given.status_code == 200
    assert given.data.startswith(b"%PDF-")
    assert given.mimetype == "application/pdf"
    assert given.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(
        r"attachment; filename=sertifikat-pelayanan-publik-dan-paten-[0-9a-z]{4}\.pdf",
        given.headers["Content-Disposition"],
    )
    assert NIP not in given.headers["Content-Disposition"]


def test_a_fresh_certificate_waits_by_itself(client, world, login_as, session):
    from lms.core import clock

    enrolment = completed_enrolment(employee=world.learner)
    fresh = issued_certificate(enrolment=enrolment, at=clock.now())
    session.commit()
    login_as(world.learner)
    assert "PDF sedang disiapkan" in client.get(_page(fresh.public_id)).get_data(as_text=True)


def test_sharing_sends_the_address_and_no_personal_data(client, world, login_as):
    login_as(world.learner)
    page = client.get(_page(world.certificate.public_id)).get_data(as_text=True)
    link = re.search(r'href="(https://wa\.me/\?text=[^"]+)"', page).group(1)
    assert "%2Fv%2F" in link
    assert "Rahmawati" not in link
    assert NIP not in link
    assert '<svg role="img"' in page


def test_the_office_page_belongs_to_those_with_the_right(client, world, login_as):
    login_as(world.learner)
    assert client.get("/sertifikat/semua").status_code == 403
    assert client.get("/sertifikat/semua/unduh").status_code == 403


def test_hr_sees_its_scope_and_filters_stand_in_the_address(client, world, login_as):
    login_as(world.officer, (Role.HR, world.region))
    page = client.get("/sertifikat/semua").get_data(as_text=True)
    assert "Rahmawati Saleng" in page
    assert "Daeng Sila" in page
    page = client.get(f"/sertifikat/semua?unit={world.there.public_id}&keadaan=sah&tahun=2026").get_data(as_text=True)
    assert "Rahmawati Saleng" not in page
    assert "Daeng Sila" in page
    assert "Kecamatan Sendana" in page
    page = client.get("/sertifikat/semua?cari=tidakada").get_data(as_text=True)
    assert "Tidak ada sertifikat yang cocok" in page
    assert client.get("/sertifikat/semua?tahun=abc&keadaan=x&halaman=-3").status_code == 200
    assert client.get("/sertifikat/semua?unit=" + "0" * 26).status_code == 404


def test_a_supervisor_sees_the_own_unit_only(client, world, login_as):
    login_as(world.officer, (Role.ATASAN, world.here))
    page = client.get("/sertifikat/semua").get_data(as_text=True)
    assert "Rahmawati Saleng" in page
    assert "Daeng Sila" not in page
    assert client.get(f"/sertifikat/semua?unit={world.there.public_id}").status_code == 404
    detail = client.get(_page(world.certificate.public_id)).get_data(as_text=True)
    assert "19910412********04" in detail
    assert NIP not in detail.replace(" ", "")
    assert "Unduh PDF" not in detail
    assert client.get(_page(world.certificate.public_id) + "/unduh").status_code == 403
    assert client.get(_page(world.certificate.public_id) + "/cabut").status_code == 403


def test_the_reading_of_anothers_certificate_is_noted(client, world, login_as, session):
    login_as(world.officer, (Role.HR, world.region))
    client.get(_page(world.certificate.public_id))
    notes = session.query(ReadingNote).all()
    assert [(note.person_id, note.page) for note in notes] == [(world.learner.id, "certificates.certificate_detail")]


def test_a_number_is_searched_by_post_and_never_enters_an_address(client, world, login_as):
    login_as(world.officer, (Role.HR, world.region))
    answer = client.submit("/sertifikat/semua/cari", {"cari": "19910412 201903 2 904"}, page="/sertifikat/semua")
    assert NIP not in answer.location
    page = client.get(answer.location).get_data(as_text=True)
    assert "Rahmawati Saleng" in page
    assert "Daeng Sila" not in page
    answer = client.submit("/sertifikat/semua/cari", {"cari": "199104122019032999"}, page="/sertifikat/semua")
    assert "NIP itu tidak ditemukan" in client.get(answer.location).get_data(as_text=True)
    answer = client.submit("/sertifikat/semua/cari", {"cari": "800.2.2/0001"}, page="/sertifikat/semua")
    assert "cari=800.2.2" in answer.location
    assert "Rahmawati Saleng" in client.get(answer.location).get_data(as_text=True)
    ignored = client.get("/sertifikat/semua?cari=199104122019032904").get_data(as_text=True)
    assert NIP not in ignored


def test_the_workbook_holds_what_is_on_screen(client, world, login_as):
    login_as(world.officer, (Role.HR, world.region))
    given = client.get(f"/sertifikat/semua/unduh?unit={world.here.public_id}")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(given.data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert rows[1][0] == world.certificate.number
    assert rows[1][2] == "Rahmawati Saleng"
    assert NIP not in str(rows)


def test_revoking_says_that_it_is_final_and_asks_for_a_reason(client, world, login_as, session):
    login_as(world.officer, (Role.HR, world.region))
    there = _page(world.certificate.public_id)
    page = client.get(there + "/cabut").get_data(as_text=True)
    assert "tidak dapat dihidupkan lagi" in page
    assert "Cabut 1 sertifikat" in page
    refused = client.submit(there + "/cabut", {"reason": "pendek"}, page=there + "/cabut")
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.get_data(as_text=True)
    done = client.submit(there + "/cabut", {"reason": REASON}, page=there + "/cabut")
    assert done.status_code == 303
    page = client.get(there).get_data(as_text=True)
    assert REASON in page
    assert "Cabut sertifikat" not in page
    session.expire_all()
    assert session.get_one(Certificate, world.certificate.id).state is CertificateState.REVOKED
    assert client.get(there + "/unduh").status_code == 409


def test_the_holder_reads_the_reason_and_gets_no_pdf(client, world, login_as, session):
    actor_page = _page(world.certificate.public_id)
    world_certificate = session.get_one(Certificate, world.certificate.id)
    world_certificate.state = CertificateState.REVOKED
    world_certificate.revoked_reason = REASON
    world_certificate.revoked_at = world_certificate.issued_at
    session.commit()
    login_as(world.learner)
    page = client.get(actor_page).get_data(as_text=True)
    assert "Sertifikat ini dicabut" in page
    assert REASON in page
    assert "Siapkan PDF" not in page
    assert "wa.me" not in page
    assert "Dicabut" in client.get("/sertifikat").get_data(as_text=True)


def test_a_replacement_leads_to_the_new_certificate_also_when_sent_twice(client, world, login_as, session):
    login_as(world.officer, (Role.HR, world.region))
    there = _page(world.certificate.public_id)
    client.get(there + "/ganti")
    first = client.submit(there + "/ganti", {"reason": "Nama salah tulis."})
    second = client.submit(there + "/ganti", {"reason": "Nama salah tulis."})
    assert first.location == second.location
    page = client.get(first.location).get_data(as_text=True)
    assert "sertifikat sebelumnya" in page
    old = client.get(there).get_data(as_text=True)
    assert "Sertifikat ini sudah diganti" in old
    assert session.query(Certificate).filter_by(replaces_id=world.certificate.id).count() == 1
    assert client.get(there + "/ganti").status_code == 303
    assert client.get(there + "/cabut").status_code == 409


def test_hr_cannot_revoke_the_own_certificate(client, world, login_as, session):
    own = issued_certificate(employee=world.officer)
    session.commit()
    login_as(world.officer, (Role.HR, world.region))
    assert "Cabut sertifikat" not in client.get(_page(own.public_id)).get_data(as_text=True)
    assert client.get(_page(own.public_id) + "/cabut").status_code == 403


def test_the_home_page_shows_the_newest(client, world, login_as):
    login_as(world.learner)
    page = client.get("/beranda").get_data(as_text=True)
    assert "Sertifikat terbaru" in page
    assert _page(world.certificate.public_id) in page
    login_as(world.officer)
    assert "Sertifikat terbaru" not in client.get("/beranda").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/sertifikat", "/sertifikat/semua"])
def test_lists_cost_the_same_whatever_their_length(client, world, login_as, session, count_queries, path):  # noqa: PLR0917
    login_as(world.officer, (Role.HR, world.region))
    client.get(path)
    counts = []
    for _ in range(2):
        with count_queries() as counted:
            assert client.get(path).status_code == 200
        counts.append(len([s for s in counted.statements if s.lstrip().startswith("SELECT")]))
        for _ in range(8):
            issued_certificate(employee=world.officer)
        session.commit()
    assert counts[0] <= counts[1] <= counts[0] + 1  # the rows are not asked for when the count is 0
    assert counts[1] <= 6


def test_the_detail_costs_few_statements(client, world, login_as, count_queries):
    login_as(world.learner)
    there = _page(world.certificate.public_id)
    client.get(there)
    with count_queries() as counted:
        client.get(there)
    assert len([s for s in counted.statements if s.lstrip().startswith("SELECT")]) <= 4


def test_the_number_in_the_snapshot_is_for_those_who_may(session, world):
    rows = queries.collect_certificates(session, world.learner.id)
    assert [row["nomor"] for row in rows] == [world.certificate.number]
    assert services.verify_address(world.certificate.code).startswith("http://127.0.0.1:8000/v/")
