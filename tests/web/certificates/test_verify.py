"""The public page: every state, few bytes, little data, no way to try codes out."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date

import pytest

from lms.certificates.cli import certificates as certificates_cli
from lms.certificates.models import Certificate, CertificateState
from lms.certificates.rules.codes import ALPHABET, check_character, grouped_code, new_code
from lms.certificates.views.verify import MISSES_ALLOWED
from lms.core import clock
from tests.factories.certificates import issued_certificate
from tests.factories.people import EmployeeFactory

NIP = "199104122019032904"


@pytest.fixture
def certificate(session):
    made = issued_certificate(employee=EmployeeFactory(name="Rahmawati Saleng", title_after="S.Sos.", nip=NIP))
    session.commit()
    return made


def _text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def test_a_valid_code_is_answered_without_log_in(client, certificate):
    answer = client.get(f"/v/{grouped_code(certificate.code)}")
    assert answer.status_code == 200
    text = _text(answer)
    for words in (
        "SAH", "Rahmawati Saleng, S.Sos.", "Pelayanan Publik dan PATEN", "6 (enam) jam pelajaran", certificate.number,
        "Jumat, 20 November 2026", grouped_code(certificate.code), "Cocokkan dengan kertas Anda",
        "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia",
    ):  # fmt: skip
        assert words in text
    assert "DICABUT" not in text


def test_strangers_learn_no_more_than_needed(client, certificate):
    page = client.get(f"/v/{certificate.code}").get_data(as_text=True)
    assert "2904" in page
    for hidden in (NIP, "19910412", "1991", certificate.public_id, "Pengadministrasi", "Kelurahan Percobaan"):
        assert hidden not in page


@pytest.mark.parametrize("form", [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")])
def test_typing_habits_are_forgiven(client, certificate, form):
    assert "SAH" in _text(client.get(f"/v/{form(grouped_code(certificate.code))}"))


def test_zero_and_o_one_and_l_are_the_same(client, session, certificate):
    body = "O0IL" + "10" * 5 + "A"
    plain = body.translate(str.maketrans("OIL", "011"))
    certificate = session.get_one(Certificate, certificate.id)
    certificate.code = plain + check_character(plain)
    session.commit()
    assert "SAH" in _text(client.get("/v/" + body + check_character(plain)))


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"state": CertificateState.REVOKED, "revoked_reason": "rahasia kantor"}, "DICABUT"),
        ({"state": CertificateState.REPLACED}, "DIGANTI"),
        ({"valid_until_on": date(2020, 1, 1)}, "KEDALUWARSA"),
    ],
)
def test_what_does_not_hold_any_more_is_said_in_large_letters(client, session, certificate, values, word):
    row = session.get_one(Certificate, certificate.id)
    for name, value in values.items():
        setattr(row, name, value)
    row.revoked_at = row.issued_at if word == "DICABUT" else None
    session.commit()
    answer = client.get(f"/v/{certificate.code}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f"<b>{word}</b>" in page
    assert "<b>SAH</b>" not in page
    assert "rahasia kantor" not in page


def test_an_unknown_code_is_not_found_and_no_other_is_suggested(client, certificate):
    answer = client.get(f"/v/{grouped_code(new_code())}")
    assert answer.status_code == 404
    assert "TIDAK DITEMUKAN" in _text(answer)
    assert "tidak terdaftar" in _text(answer)
    assert certificate.code[:4] not in answer.get_data(as_text=True)


def test_a_mistyped_code_is_told_by_its_check_letter(client, certificate):
    wrong = certificate.code[:5] + ALPHABET[(ALPHABET.index(certificate.code[5]) + 1) % 32] + certificate.code[6:]
    answer = client.get(f"/v/{wrong}")
    assert answer.status_code == 404
    assert "Huruf pemeriksa tidak cocok" in _text(answer)
    short = client.get("/v/ABC")
    assert "Anda mengetik 3" in _text(short)
    letter = client.get("/v/" + "U" * 16)
    assert "tanpa huruf U" in _text(letter)


def test_a_mistyped_code_asks_the_database_for_nothing(client, certificate, count_queries):
    client.get("/v/ABC")
    with count_queries() as counted:
        client.get("/v/ABCDEFGH")
    assert not [s for s in counted.statements if "FROM certificate" in s]


def test_a_verdict_takes_one_statement(client, certificate, count_queries):
    client.get(f"/v/{certificate.code}")
    with count_queries() as counted:
        client.get(f"/v/{certificate.code}")
    assert len(counted) == 1


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", "'; DROP TABLE certificate;--", "%00", "a" * 3000, "٣" * 16]
)
def test_hostile_codes_are_shown_as_text(client, certificate, typed):
    answer = client.get("/v/" + typed.replace("/", "%2F").replace("<", "%3C"))
    assert answer.status_code == 404
    assert "<script>alert" not in answer.get_data(as_text=True)


def test_the_whole_page_is_at_most_15_kilobytes(client, certificate):
    """The page and all that it asks for, as a telephone receives them."""
    head = {"Accept-Encoding": "gzip"}
    page = client.get(f"/v/{certificate.code}").get_data(as_text=True)
    sizes = [len(gzip.compress(page.encode(), 4)) + 16]
    wanted = re.findall(
        r'<(?:link[^>]+rel="(?:stylesheet|icon|manifest)"[^>]+href|script[^>]+src|img[^>]+src)="([^"]+)"',
        page,
    )
    asked = [address for address in wanted if not address.startswith("data:")]
    sizes += [len(client.get(address, headers=head).data) for address in asked]
    assert len(sizes) == 2, wanted
    assert sum(sizes) <= 15_000, sizes


def test_the_answer_may_be_kept_for_a_minute_but_a_miss_may_not(client, certificate):
    held = client.get(f"/v/{certificate.code}").headers
    assert held["Cache-Control"] == "public, max-age=60"
    assert "Cookie" in held["Vary"]
    assert "Set-Cookie" not in held
    assert client.get(f"/v/{new_code()}").headers["Cache-Control"] == "no-store"


def test_the_public_page_shows_no_account(client, certificate, login_as, session):
    person = EmployeeFactory(name="Siapa Saja")
    session.commit()
    login_as(person)
    assert "Siapa Saja" not in client.get(f"/v/{certificate.code}").get_data(as_text=True)


def test_many_misses_from_one_place_must_wait_but_true_codes_still_open(client, certificate, session):
    for _ in range(MISSES_ALLOWED):
        assert client.get(f"/v/{new_code()}").status_code == 404
    answer = client.get(f"/v/{new_code()}")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Terlalu sering mencoba" in _text(answer)
    assert client.get("/v/ABC").status_code == 429
    assert client.get(f"/v/{certificate.code}").status_code == 200


def test_neither_numbers_nor_ids_are_keys(client, certificate):
    for key in (
        certificate.public_id,
        str(certificate.id),
        "0001",
        certificate.number.replace("/", "%2F"),
        NIP,
    ):
        assert client.get(f"/v/{key}").status_code == 404


def test_a_typed_code_leads_to_its_address(client, certificate):
    for typed in (
        certificate.code.lower(),
        f"http://127.0.0.1:8000/v/{certificate.code}",
        f" {grouped_code(certificate.code)} ",
    ):
        answer = client.get("/verifikasi", query_string={"kode": typed})
        assert answer.status_code == 303
        assert answer.location == f"/v/{grouped_code(certificate.code)}"
    page = client.get("/verifikasi")
    assert page.status_code == 200
    assert "Periksa sertifikat" in _text(page)
    assert "Ketik kodenya dahulu" in _text(client.get("/verifikasi?kode=+"))
    assert client.get("/verifikasi?kode=%2F%2Fevil.example").location.startswith("/v/")


def test_the_address_printed_on_paper_leads_to_the_form(client):
    for path in ("/v", "/v/"):
        assert client.get(path).location.endswith("/verifikasi")


# -- the command -----------------------------------------------------------------------------


def _run(app, *words):
    # The program runs its commands within an application context.
    with app.app_context():
        return app.test_cli_runner().invoke(certificates_cli, words)


def test_the_command_answers_0_only_for_a_valid_code(app, session, certificate):
    done = _run(app, "verify", grouped_code(certificate.code).lower(), "--json")
    assert done.exit_code == 0
    told = json.loads(done.output)
    assert (told["verdict"], told["number"]) == ("SAH", certificate.number)
    assert NIP not in done.output
    done = _run(app, "verify", new_code())
    assert done.exit_code == 1
    assert "TIDAK DITEMUKAN" in done.output
    done = _run(app, "verify", "ABC", "--json")
    assert (done.exit_code, json.loads(done.output)["fault"]) == (1, "length")
    row = session.get_one(Certificate, certificate.id)
    row.state, row.revoked_at = CertificateState.REVOKED, clock.now()
    session.commit()
    done = _run(app, "verify", certificate.code)
    assert done.exit_code == 1
    assert "DICABUT" in done.output


def test_templates_are_loaded_by_command(app, session, tmp_path):
    assert "0 berubah" not in _run(app, "load-templates", "--dry-run").output
    assert "6 berubah" in _run(app, "load-templates").output
    assert "0 berubah" in _run(app, "load-templates").output
