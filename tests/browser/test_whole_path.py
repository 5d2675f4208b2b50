"""The main job, end to end: import, course, exam, certificate, verification, JP, gap, mentoring.

Two people who are new in the personnel file walk it: one on a phone, one in a browser without a script.
"""

from __future__ import annotations

import io
import json
import re
import time
from typing import Any

import pypdf
import pytest
import xlsxwriter
from PIL import Image
from playwright.sync_api import Page, expect
from pyzbar.pyzbar import decode

from lms.cli.demo import COLUMNS, build_region
from lms.cli.demo.siasn import siasn_rows
from tests.browser.conftest import PASSWORD, PHONE, ROOT, activate, log_in

pytestmark = [pytest.mark.slow]
COURSE = "literasi-digital-spbe"
TITLE = "Literasi Digital dan SPBE untuk Aparatur Kelurahan"
POSITION = "Pengelola Pelayanan"
COMPETENCY = "T.10"  # the course leads to level 2, which is this position's standard
CERTIFICATE_SECONDS = 60


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()


BANK = {
    _plain(item["stem"]): item for item in json.loads((ROOT / f"lms/content/{COURSE}/bank.json").read_text())["items"]
}


def _colleague(unit_name: str) -> dict[str, str]:
    """Return the row of somebody who holds the position in this kelurahan, as HR's file has it."""
    return next(
        row for _person, row in siasn_rows(build_region(1))
        if row["UNOR NAMA"] == unit_name and row["JABATAN NAMA"] == POSITION
    )  # fmt: skip


def _newcomer(like: dict[str, str], *, number: str, name: str, key: str) -> dict[str, str]:
    born = f"{number[6:8]}-{number[4:6]}-{number[:4]}"
    return like | {
        "PNS ID": key * 32, "NIP BARU": f"'{number}", "NAMA": name, "GELAR DEPAN": "", "GELAR BELAKANG": "S.A.P.",
        "TANGGAL LAHIR": born, "JENIS KELAMIN": "F" if number[14] == "2" else "M", "NOMOR HP": "",
        "EMAIL": "", "EMAIL GOV": "", "NIK": f"'{key * 16}", "ALAMAT": "Jalan Rahasia 7",
    }  # fmt: skip


def _workbook(*rows: dict[str, str]) -> bytes:
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, COLUMNS)
        for line, row in enumerate(rows, start=1):
            sheet.write_row(line, 0, [row[column] for column in COLUMNS])
    return sink.getvalue()


def _gap(installation: Any, unit_code: str) -> dict[str, int]:
    told = json.loads(installation.lms("report", "gap", "--unit", unit_code, "--json"))
    (cell,) = [one for one in told["cells"] if one["competency_code"] == COMPETENCY]
    assert cell["meets"] + cell["below"] + cell["no_evidence"] == cell["people"]
    return cell


def _new_code(installation: Any, number: str) -> str:
    return re.search(r"kode aktivasi (\S+),", installation.lms("accounts", "reset", number)).group(1)


def _heat_cell(page: Page, unit_code: str) -> tuple[int, int]:
    """Return people below and people assessed, as HR's map shows them for this kelurahan."""
    page.goto(f"/laporan/kesenjangan?unit={unit_code}")
    column = page.locator("table.heat thead th").all_inner_texts().index("Literasi digital")
    small = page.locator("table.heat tfoot td").nth(column - 1).locator("small").inner_text()
    below, assessed = small.split("/")
    return int(below), int(assessed)


def _answer(page: Page, total: int) -> None:
    """Answer every question as the bank says, and stop on the page that checks."""
    for number in range(1, total + 1):
        expect(page.locator("#nomor")).to_have_text(str(number))
        item = BANK[_plain(page.locator("fieldset.q legend").inner_text())]
        if item["kind"] == "short_answer":
            page.fill("#teks", next(one["text"] for one in item["accepted"] if "*" not in one["text"]))
        else:
            right = {_plain(option["text"]) for option in item["options"] if option["correct"]}
            shown = [_plain(text) for text in page.locator("label.choice > span").all_inner_texts()]
            assert right <= set(shown), (right, shown)
            for place, text in enumerate(shown):
                if text in right:
                    page.locator("label.choice input").nth(place).check()
        page.locator("#lanjut").click()
    expect(page.locator("h1")).to_have_text("Periksa sebelum mengumpulkan")


def _hand_in(page: Page) -> None:
    expect(page.get_by_text("Semua soal sudah dijawab.")).to_be_visible()
    page.locator("#kumpul button").click()
    page.wait_for_url("**/hasil")


def _read_to_the_end(page: Page, first: int, last: int) -> None:
    for number in range(first, last + 1):
        expect(page.locator(".title .eyebrow")).to_contain_text(f"Materi {number} dari {last}")
        page.get_by_role("button", name=re.compile("^Selesai")).click()
        page.wait_for_load_state()


def _certificate(page: Page) -> tuple[bytes, str, float]:
    """Go from the result to the PDF; return it, the certificate's address, and the seconds waited."""
    began = time.monotonic()
    page.get_by_role("link", name="Lihat sertifikat").click()
    ready = page.get_by_role("link", name="Unduh PDF")
    while not ready.count():
        assert time.monotonic() - began < CERTIFICATE_SECONDS, "the certificate is not ready"
        page.wait_for_timeout(500)
        page.reload()
    waited = time.monotonic() - began
    with page.expect_download() as download:
        ready.click()
    path = download.value.path()
    (sign,) = decode(Image.open(io.BytesIO(page.locator(".qr-box").screenshot(scale="css"))).convert("L"))
    return path.read_bytes(), sign.data.decode(), waited


def _jp(page: Page) -> int:
    page.goto("/jp")
    found = page.locator("section[aria-labelledby=riwayat] .side b").all_inner_texts()
    return sum(int(one.removesuffix(" JP")) for one in found)


def test_the_whole_path_in_all_roles(installation, visit):
    number, name, unit = "199803152024012977", "Hartati Palimbunga", "Kelurahan Boting"
    unit_code = "73.73.01.1002"
    like = _colleague(unit)
    file = _workbook(
        like,
        _newcomer(like, number=number, name=name.upper(), key="A"),
        _newcomer(like, number=number[:17], name="SALAH KETIK", key="B"),
    )

    # HR imports the file: looks at the preview, meets a bad row, applies the rest.
    hr = visit.role("hr").new_page()
    hr.goto("/beranda")
    hr.get_by_role("link", name="Impor", exact=True).first.click()
    hr.get_by_role("link", name="Impor berkas").first.click()
    hr.set_input_files("[name=file]", {"name": "siasn.xlsx", "mimeType": "application/octet-stream", "buffer": file})
    hr.get_by_role("button", name="Periksa berkas").click()
    stats = {" ".join(one.split()[1:]): one.split()[0] for one in hr.locator(".stats > *").all_inner_texts()}
    assert stats == {"baru": "1", "berubah": "0", "pindah unit": "0", "dihapus": "0", "baris bermasalah": "1"}
    wrong = hr.locator("#salah")
    expect(wrong).to_contain_text("NIP 17 angka, seharusnya 18.")
    expect(wrong.locator("mark")).to_have_text(re.compile(number[:8]))
    expect(hr.get_by_text("Kolom ini diabaikan")).to_contain_text("NIK")
    assert "Jalan Rahasia" not in hr.content()
    hr.get_by_role("button", name="Terapkan 1 baris").click()
    expect(hr.get_by_text("1 baris diterapkan.", exact=True)).to_be_visible(timeout=30_000)
    before, seen_before = _gap(installation, unit_code), _heat_cell(hr, unit_code)
    assert seen_before == (before["below"], before["below"] + before["meets"])

    # HR hands over a code that is shown once.
    hr.goto("/admin/akun")
    hr.fill("[name=cari]", number)
    hr.get_by_role("button", name="Cari").click()
    hr.get_by_role("link", name=name).click()
    hr.get_by_role("link", name="Buat kode aktivasi baru").click()
    hr.get_by_role("button", name="Buat kode aktivasi").click()
    code = hr.locator("p.code").inner_text()

    # The newcomer activates on a phone of 360 px.
    phone = visit.context(size=PHONE).new_page()
    phone.goto("/masuk")
    phone.get_by_role("link", name="Punya kode aktivasi?").click()
    phone.fill("[name=kode]", code.lower().replace("-", " "))
    phone.get_by_role("button", name="Lanjutkan").click()
    expect(phone.get_by_text(name)).to_be_visible()
    phone.fill("[name=kata_sandi_baru]", PASSWORD)
    phone.fill("[name=ulangi]", PASSWORD)
    phone.get_by_role("button", name="Aktifkan dan masuk").click()
    phone.wait_for_url("**/beranda")
    expect(phone.locator("h1")).to_contain_text("Hartati")

    # A course by a mistyped word, and in.
    phone.get_by_role("link", name="Pelatihan", exact=True).first.click()
    phone.fill("[name=cari]", "litrasi digtal")
    phone.press("[name=cari]", "Enter")
    phone.get_by_role("link", name=TITLE).first.click()
    phone.get_by_role("button", name="Mulai belajar").first.click()
    phone.wait_for_url("**/belajar/**")
    learning = phone.url.split("?")[0]

    # Pre-test, then the first lesson; the second one waits on another device.
    phone.get_by_role("link", name="Pra-uji").first.click()
    phone.get_by_role("button", name=re.compile("^Mulai")).click()
    _answer(phone, 10)
    _hand_in(phone)
    expect(phone.locator("h1")).to_have_text("Ini titik awal Anda")
    phone.goto(learning)
    phone.get_by_role("link", name="Mulai materi 1").first.click()
    phone.get_by_role("button", name="Selesai, lanjut ke materi 2").click()
    expect(phone.locator(".title .eyebrow")).to_contain_text("Materi 2 dari 10")
    office = visit.context().new_page()
    log_in(office, {"login": number, "password": PASSWORD})
    office.get_by_role("link", name="Lanjutkan", exact=True).click()
    assert office.url.split("#")[0] == phone.url.split("#")[0]

    _read_to_the_end(phone, 2, 10)
    expect(phone.get_by_text("Semua materi sudah Anda baca.")).to_be_visible()
    phone.get_by_role("button", name=re.compile("^Mulai")).click()
    _answer(phone, 20)
    _hand_in(phone)
    expect(phone.locator("h1")).to_have_text("Selamat, Anda lulus")

    # A certificate within the minute, and anyone can verify it.
    pdf, address, _waited = _certificate(phone)
    printed = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert name.upper() in printed.upper()
    assert address.startswith(f"{installation.base}/v/")
    anyone = visit.context(size=PHONE).new_page()
    assert anyone.goto(address).status == 200
    expect(anyone.locator(".verdict b").first).to_have_text("SAH")
    expect(anyone.locator(".verdict")).to_contain_text(name)
    assert number not in anyone.content()

    # The ledger, the level, and what HR sees have changed.
    earned = _jp(phone)
    assert earned > 0
    phone.goto("/kompetensi")
    risen = phone.locator("tr").filter(has=phone.get_by_role("link", name="Literasi Digital dan SPBE", exact=True))
    expect(risen.locator("td.n")).to_have_text(["2", "2"])
    expect(risen).to_contain_text("Memenuhi")
    after = _gap(installation, unit_code)
    assert (after["meets"], after["no_evidence"]) == (before["meets"] + 1, before["no_evidence"] - 1)
    assert (after["people"], after["below"]) == (before["people"], before["below"])
    assert _heat_cell(hr, unit_code) == (seen_before[0], seen_before[1] + 1)

    # A coordinator pairs, the mentor logs on a phone, the mentee confirms: JP by rule.
    coordinator = visit.role("koordinator").new_page()
    coordinator.goto("/mentoring/pasangan/baru")
    coordinator.fill("[name=cari]", name)
    coordinator.press("[name=cari]", "Enter")
    coordinator.get_by_role("link", name=re.compile(name)).click()
    choice = coordinator.locator("[name=mentor]").first  # who suits best stands on top
    choice.check()
    (mentor_number,) = installation.ask(
        "select n.number from employee e join employee_number n on n.employee_id = e.id"
        " where n.valid_to_on is null and e.public_id = :who",
        who=choice.get_attribute("value"),
    )
    coordinator.fill("[name=tujuan]", "Menangani aduan warga sendiri sampai tuntas.")
    coordinator.get_by_role("button", name="Pasangkan").click()
    expect(coordinator.locator("h1")).to_contain_text(name)

    mentor = visit.context(size=PHONE).new_page()
    activate(mentor, _new_code(installation, mentor_number))
    mentor.goto("/mentoring")
    row = mentor.locator("li").filter(has_text=name)
    row.get_by_role("link", name="Catat sesi").click()
    mentor.locator('input[name=lama][value="60"]').check(force=True)
    mentor.fill("[name=isi]", "Membahas alur aduan di loket.")
    mentor.fill("[name=langkah]", "Tangani satu aduan penuh")
    mentor.get_by_role("button", name="Simpan dan minta konfirmasi").click()
    mentor.wait_for_load_state()

    phone.goto("/beranda")
    waiting = phone.locator("li").filter(has_text="Benarkan sesi bersama")
    waiting.get_by_role("button", name="Ya, benar").click()
    phone.wait_for_load_state()
    assert _jp(phone) == earned + 2
    assert installation.faults() == []


def test_the_path_without_a_script(installation, visit, tmp_path):
    number, name, unit, unit_code = "199107212020011978", "Simon Rantelino", "Kelurahan Binturu", "73.73.03.1007"
    file = tmp_path / "siasn.xlsx"
    file.write_bytes(_workbook(_newcomer(_colleague(unit), number=number, name=name.upper(), key="C")))
    told = json.loads(installation.lms("people", "import", str(file), "--dry-run", "--json"))
    assert (told["new"], told["applied"]) == (1, False)
    assert json.loads(installation.lms("people", "import", str(file), "--json"))["applied"] is True
    again = json.loads(installation.lms("people", "import", str(file), "--json"))
    assert (again["new"], again["same"]) == (0, 1)
    before = _gap(installation, unit_code)
    page = visit.context(size=PHONE, script=False).new_page()
    activate(page, _new_code(installation, number))
    page.get_by_role("link", name=re.compile("^Akun")).or_(page.locator("summary")).first.click()
    page.get_by_role("button", name=re.compile("Keluar")).first.click()
    page.wait_for_url(re.compile("/masuk"))
    log_in(page, {"login": number, "password": PASSWORD})

    page.get_by_role("link", name="Pelatihan", exact=True).first.click()
    page.fill("[name=cari]", "SPBE")
    page.press("[name=cari]", "Enter")
    page.get_by_role("link", name=TITLE).first.click()
    page.get_by_role("button", name="Mulai belajar").first.click()
    page.get_by_role("link", name="Mulai materi 1").first.click()
    _read_to_the_end(page, 1, 10)
    expect(page.get_by_text("Semua materi sudah Anda baca.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Mulai")).click()
    _answer(page, 20)
    _hand_in(page)
    expect(page.locator("h1")).to_have_text("Selamat, Anda lulus")
    expect(page.get_by_text("Semua jawaban tepat.")).to_be_visible()
    pdf, address, _waited = _certificate(page)
    assert pdf.startswith(b"%PDF-")

    anyone = visit.context(size=PHONE, script=False).new_page()
    anyone.goto("/verifikasi")
    # Typed from paper, with the letters that people mistake for figures.
    anyone.fill(
        "[name=kode]", address.partition("#")[0].rsplit("/", 1)[1].replace("0", "o").replace("1", "l").replace("-", " ")
    )
    anyone.press("[name=kode]", "Enter")
    expect(anyone.locator(".verdict b").first).to_have_text("SAH")
    expect(anyone.locator(".verdict")).to_contain_text(name)
    after = _gap(installation, unit_code)
    assert (after["meets"], after["no_evidence"]) == (before["meets"] + 1, before["no_evidence"] - 1)
