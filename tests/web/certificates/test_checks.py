"""Checks for offices: a file, a list, JSON, keys and the signed list for places without a network."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess

import pytest
from PIL import Image
from pyzbar import pyzbar

from lms.certificates import services
from lms.certificates.cli import certificates as certificates_cli
from lms.certificates.models import Certificate, CertificateState
from lms.certificates.rules.codes import grouped_code, new_code
from lms.certificates.rules.seals import seal_in
from lms.certificates.services.printing import shelf_path
from lms.certificates.views.verify import MISSES_ALLOWED
from lms.core import clock, secrets, storage
from tests.factories.certificates import issued_certificate
from tests.factories.people import EmployeeFactory


@pytest.fixture
def certificate(session):
    made = issued_certificate(employee=EmployeeFactory(name="Rahmawati Saleng", nip="199104122019032904"))
    session.commit()
    return made


@pytest.fixture
def pdf(session, certificate):
    services.keep_pdf(session, certificate.id, services.draw_pdf(session, certificate.id), now=clock.now())
    session.commit()
    return storage.read(certificate.pdf_digest)


def _text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def _upload(client, data, name="kertas.pdf"):
    sent = {"berkas": (io.BytesIO(data), name)}
    return client.submit("/verifikasi/berkas", sent, page="/verifikasi/berkas", content_type="multipart/form-data")


def test_the_issued_file_is_sound_and_one_byte_less_is_not(client, session, certificate, pdf):
    whole = _upload(client, pdf)
    assert whole.status_code == 200
    assert "SAH Berkas ini asli dan utuh." in _text(whole)
    assert "199104122019032904" not in whole.get_data(as_text=True)
    for place in (len(pdf) // 2, len(pdf) - 3):
        altered = bytearray(pdf)
        altered[place] ^= 1
        told = _text(_upload(client, bytes(altered)))
        assert "BERKAS DIUBAH" in told
        assert grouped_code(certificate.code) in told
    assert "bukan PDF yang diterbitkan di sini" in _text(_upload(client, b"%PDF-1.7\nnothing of ours"))
    assert _upload(client, b"GIF89a").status_code == 400
    session.get_one(Certificate, certificate.id).state = CertificateState.REVOKED
    session.commit()
    assert "DICABUT Berkas ini asli dan utuh." in _text(_upload(client, pdf))


def test_fifty_codes_are_answered_at_once(client, certificate, count_queries):
    codes = [grouped_code(certificate.code).lower().replace("-", " "), "4T8W-N5HC-2VQJ-7K3N"]
    answer = client.submit("/verifikasi/daftar", {"kode": "\n".join(codes)}, page="/verifikasi/daftar")
    told = _text(answer)
    assert "SAH" in told
    assert "Rahmawati Saleng" in told
    assert "Salah ketik" in told
    many = "\n".join(new_code() for _ in range(51))
    told = _text(client.submit("/verifikasi/daftar", {"kode": many}, page="/verifikasi/daftar"))
    assert "1 kode terakhir belum diperiksa" in told


def test_other_systems_ask_in_json_and_cannot_try_codes_out(client, certificate):
    answer = client.get(f"/verifikasi/data.json?kode={certificate.code},salah")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    first, second = answer.get_json()["results"]
    assert (first["verdict"], first["name"], first["nip"]) == ("SAH", "Rahmawati Saleng", "*" * 14 + "2904")
    assert (second["verdict"], second["fault"]) == ("TIDAK DITEMUKAN", "length")
    wrong = ",".join(new_code() for _ in range(50))
    states = [client.get(f"/verifikasi/data.json?kode={wrong}").status_code for _ in range(3)]
    assert states[-1] == 429
    assert states[0] in {200, 429}
    assert MISSES_ALLOWED < 100
    assert client.get(f"/verifikasi/data.json?kode={certificate.code}").status_code == 200


def test_the_code_in_the_picture_is_checked_without_any_database(client, session, certificate, pdf, tmp_path):
    app = client.application
    scanned = _scan(pdf, tmp_path)
    address, _mark, text = scanned.partition("#")
    assert address == services.verify_address(certificate.code)
    assert client.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200
    keys = client.get("/verifikasi/kunci.json").get_json()["keys"]
    empty = json.loads(client.get("/verifikasi/dicabut.json").get_data(as_text=True))
    day = certificate.issued_on
    verdict, opened = services.check_offline(text, keys=keys, withdrawn=empty, today=day)
    assert (verdict, opened.sealed.name) == ("SAH", "Rahmawati Saleng")
    # Revoked afterwards: a list that is fetched then says so, and the old key still counts after a new one came.
    session.get_one(Certificate, certificate.id).state = CertificateState.REVOKED
    services.rotate_key(session, now=clock.now())
    session.commit()
    folder = tmp_path / "kit"
    made = app.test_cli_runner().invoke(certificates_cli, ["offline-kit", str(folder)])
    assert made.exit_code == 0, made.output
    told = app.test_cli_runner().invoke(certificates_cli, ["verify", "--offline", str(folder), "--json", scanned])
    answer = json.loads(told.output)
    assert (told.exit_code, answer["verdict"], answer["offline"]) == (1, "DICABUT", True)
    forged = json.loads((folder / "dicabut.json").read_text())
    forged["payload"] = forged["payload"].replace("DICABUT", "DIGANTI")
    (folder / "dicabut.json").write_text(json.dumps(forged))
    told = app.test_cli_runner().invoke(certificates_cli, ["verify", "--offline", str(folder), "--json", scanned])
    assert json.loads(told.output)["fault"] == "signature"


def _scan(pdf, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf)
    command = [shutil.which("pdftoppm"), "-r", "150", "-l", "1", "-png", path, tmp_path / "a"]
    subprocess.run(command, check=True)
    picture = next(tmp_path.glob("a-*.png"))
    return pyzbar.decode(Image.open(picture))[0].data.decode()


def test_a_lost_secret_is_followed_by_a_new_key_and_old_codes_hold(session, certificate):
    old = certificate.snapshot["seal"]
    for path in secrets._path("certificates").parent.glob("certificates*.key"):
        path.unlink()
    secrets.forget()
    later = issued_certificate(employee=EmployeeFactory())
    session.commit()
    keys = services.public_keys(session)
    assert len(keys) == 2
    for text in (old, later.snapshot["seal"]):
        verdict, _opened = services.check_offline(seal_in(text), keys=keys, withdrawn=None, today=later.issued_on)
        assert verdict == "SAH"


def test_the_page_for_places_without_a_network_holds_keys_and_list(client, certificate):
    answer = client.get("/verifikasi/periksa-luring.html")
    text = answer.get_data(as_text=True)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert certificate.snapshot["seal"][:5] not in text
    assert json.dumps(next(iter(client.get("/verifikasi/kunci.json").get_json()["keys"]))) in text
    assert "/*DATA*/null" not in text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Simpan halaman pemeriksa" in _text(client.get("/verifikasi/luring"))


def test_the_command_says_of_a_file_what_it_is(app, session, certificate, pdf, tmp_path):
    run = app.test_cli_runner()
    shelf = shelf_path(session.get_one(Certificate, certificate.id))
    assert shelf.read_bytes() == pdf
    told = run.invoke(certificates_cli, ["verify", str(shelf)])
    assert (told.exit_code, told.output.split()[0]) == (0, "SAH")
    altered = tmp_path / "diubah.pdf"
    altered.write_bytes(pdf + b"\n")
    told = run.invoke(certificates_cli, ["verify", str(altered), "--json"])
    answer = json.loads(told.output)
    assert (told.exit_code, answer["verdict"], answer["registered_verdict"]) == (1, "DIUBAH", "SAH")
    told = run.invoke(certificates_cli, ["verify", str(tmp_path / "tiada.pdf")])
    assert told.exit_code == 2
