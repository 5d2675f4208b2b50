"""Keys, QR codes, PDF, charts, logs."""

from __future__ import annotations

import io
import json
import logging
import math
import re
import stat
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.core import charts, pdf, qr, runtime, secrets
from lms.core.errors import Unavailable
from lms.core.logging import configure_logging, redact
from lms.core.settings import Settings

# -- keys -----------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path):
    before = list(runtime._active)
    runtime.configure(Settings(env="test", home=tmp_path))
    secrets.forget()
    yield tmp_path
    runtime._active[:] = before
    secrets.forget()


def test_a_key_is_made_once_and_only_its_owner_reads_it(home):
    key = secrets.key("totp")
    assert len(key) == 32
    secrets.forget()
    assert secrets.key("totp") == key
    assert secrets.key("flask") != key
    assert stat.S_IMODE((home / "secrets" / "totp.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "secrets").stat().st_mode) == 0o700
    assert secrets.present() == ["flask", "totp"]


def test_many_who_ask_first_get_the_same_key(home):
    found, gate = [], threading.Barrier(8)

    def ask():
        gate.wait()
        found.append(secrets._load(secrets._path("race")) or secrets._make(secrets._path("race")))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(set(found)) == 1
    assert [path.name for path in (home / "secrets").iterdir()] == ["race.key"]


def test_what_is_encrypted_is_read_with_its_own_key_only(home):
    locked = secrets.encrypt("totp", b"rahasia")
    assert b"rahasia" not in locked
    assert secrets.decrypt("totp", locked) == b"rahasia"
    assert secrets.encrypt("totp", b"rahasia") != locked
    for data in (locked[:-1] + bytes([locked[-1] ^ 1]), locked[:5], b"", b"\x02" + locked[1:]):
        with pytest.raises(Unavailable):
            secrets.decrypt("totp", data)
    with pytest.raises(Unavailable):
        secrets.decrypt("other", locked)
    (home / "secrets" / "totp.key").write_bytes(b"0" * 32)
    secrets.forget()
    with pytest.raises(Unavailable):
        secrets.decrypt("totp", locked)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "x" * 41])
def test_a_key_s_name_is_no_path(home, name):
    with pytest.raises(ValueError, match="key name"):
        secrets.key(name)


def test_a_cut_key_is_told(home):
    secrets.key("totp")
    (home / "secrets" / "totp.key").write_bytes(b"kurang")
    secrets.forget()
    with pytest.raises(Unavailable):
        secrets.key("totp")


# -- QR, PDF, charts ------------------------------------------------------------------------


def test_a_qr_code_is_read_by_a_camera(tmp_path):
    from PIL import Image
    from pyzbar.pyzbar import decode

    text = "https://bina.palopo.example/v/7K3M-Q2XA-9TDW-4HZE"
    markup = qr.svg(text, title="Kode sertifikat")
    root = ET.fromstring(markup)
    assert "style" not in markup
    assert root.attrib["role"] == "img"
    size = int(root.attrib["viewBox"].split()[2])
    picture = Image.new("L", (size * 8, size * 8), 255)
    dark = next(path.attrib["d"] for path in root if path.attrib.get("stroke"))
    x = y = 0.0
    for kind, numbers in re.findall(r"([Mmh])([-\d. ]*)", dark):
        values = [float(part) for part in numbers.split()]
        if kind == "M":
            x, y = values
        elif kind == "m":
            x, y = x + values[0], y + values[1]
        else:
            picture.paste(0, (int(x * 8), int((y - 0.5) * 8), int((x + values[0]) * 8), int((y + 0.5) * 8)))
            x += values[0]
    assert [one.data.decode() for one in decode(picture)] == [text]
    assert min(float(part) for part in re.findall(r"M([\d.]+)", dark)) >= 4


def test_a_pdf_is_tagged_and_fetches_nothing(tmp_path):
    from pypdf import PdfReader

    secret = tmp_path / "rahasia.css"
    secret.write_text("h1::after { content: 'BOCOR' }")
    html = (
        f"<link rel=stylesheet href='file://{secret}'><img src='http://127.0.0.1:9/x.png' alt=''>"
        "<img src='bina://static/../core/pdf.py' alt=''><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' alt=''>"
        "<h1>Sertifikat</h1>"
    )
    data = pdf.render_pdf(
        html, base_css="h1 { color: #123 }", title="Uji", attachments=[pdf.Attachment("a.json", b"{}")]
    )
    reader = PdfReader(io.BytesIO(data))
    text = reader.pages[0].extract_text()
    assert "Sertifikat" in text
    assert "BOCOR" not in text
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "id"
    assert reader.metadata.title == "Uji"
    assert list(reader.attachments) == ["a.json"]


@pytest.mark.parametrize(
    "url",
    ["bina://static/../core/pdf.py", "bina://static/%2e%2e/core/pdf.py", "bina://other/css/bina.css", "file:///etc/passwd",
     "bina://static//etc/passwd", "bina://static/nope.css", "http://bina/static/x.css"],
)  # fmt: skip
def test_only_own_static_files_have_a_path(url):
    assert pdf.static_file(url) is None


def test_weights_are_not_loaded_at_the_start():
    code = (
        "import sys, lms.core.pdf, lms.core.sheets, lms.core.charts, lms.core.job_runner, lms.core.mail;"
        "assert not {'weasyprint', 'xlsxwriter', 'scipy', 'pygal'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


ITEMS = st.lists(st.tuples(st.text(max_size=60), st.none() | st.floats(-10, 1e6)), max_size=12)


@given(ITEMS)
def test_every_chart_is_clean_svg_with_its_table(items):
    labels = [name for name, _value in items]
    made = [
        charts.bar_chart("Judul <&>", items, unit="JP", target=20),
        charts.share_chart("Bagian", [(name, [1, 0, 2]) for name in labels], names=["a", "b", "c"]),
        charts.line_chart("Garis", labels, [charts.Series("x", [value for _name, value in items])]),
    ]
    for chart in made:
        clean = "".join(sign for sign in chart.svg if sign in "\n\t" or 32 <= ord(sign) < 0xFFFE)
        root = ET.fromstring(clean)
        assert root[0].tag == "title"
        assert root[1].tag == "desc"
        assert "style" not in {name for element in root.iter() for name in element.attrib}
        assert not {"script", "style", "foreignObject"} & {element.tag for element in root.iter()}
        assert "nan" not in " ".join(value for element in root.iter() for value in element.attrib.values())
        assert len(chart.rows) == len(items)
        assert all(len(row) == len(chart.header) for row in chart.rows)


def test_numbers_are_written_the_indonesian_way():
    assert charts.number_text(1234.5, decimals=1, unit="JP") == "1.234,5 JP"
    assert charts.number_text(None) == "–"
    assert charts.number_text(61, unit="%") == "61%"


@given(st.floats(1e-6, 1e12))
def test_the_scale_ends_at_a_round_number_above(value):
    top = charts.nice_ceiling(value)
    assert value <= top * (1 + 1e-9)
    assert top <= value * 5.1
    first = float(f"{top:e}".split("e", maxsplit=1)[0])
    assert any(math.isclose(first, digit) for digit in (1, 2, 5))


# -- logs -----------------------------------------------------------------------------------


@pytest.fixture
def log_lines():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging(stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], _ = handlers, root.setLevel(level)


def test_a_log_line_holds_no_personal_data(log_lines):
    import structlog

    token = "Zk3" * 15
    logger = structlog.get_logger("uji")
    logger.info(
        "masuk 199001012020121001",
        nip="199001012020121001",
        alamat="surel ana@palopo.example",
        angka=199001012020121001,
        isi={"password": "rahasia123", "daftar": [f"kunci {token}", "19900101 202012 1 001"]},
        ok=True,
        jumlah=12,
    )
    logging.getLogger("lain").warning("url postgresql://bina:sandi@127.0.0.1/x dan token=%s", "abc123")
    text = json.dumps(log_lines())
    for secret in ("199001012020121001", "19900101 202012", "ana@", "rahasia123", token, ":sandi@", "abc123"):
        assert secret not in text
    first = log_lines()[0]
    assert (first["ok"], first["jumlah"], first["level"], first["logger"]) == (True, 12, "info", "uji")


def test_a_trace_in_the_log_is_masked_too(log_lines):
    import structlog

    try:
        raise ValueError("NIP 199001012020121001")
    except ValueError:
        structlog.get_logger("uji").exception("gagal")
    assert "199001012020121001" not in json.dumps(log_lines())
    assert "ValueError" in log_lines()[0]["exception"]


@given(st.text(max_size=60))
def test_redacting_twice_changes_nothing_more(text):
    assert redact(redact(text)) == redact(text)


def test_public_ids_and_paths_stay_readable():
    text = "GET /kursus/01jd9x3k5m7n9p1q3r5s7t9v1w 200"
    assert redact(text) == text
