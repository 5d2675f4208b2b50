"""Files are known by their bytes; a video that is no video is none."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from lms.core import media
from lms.core.errors import Invalid
from lms.core.pictures import as_webp


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def mp4(handler: bytes = b"vide", seconds: int = 90) -> bytes:
    head = box(b"mvhd", bytes(4) + struct.pack(">IIII", 0, 0, 600, 600 * seconds) + bytes(80))
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12))))
    return box(b"ftyp", b"isom\0\0\0\1isom") + box(b"moov", head + track) + box(b"mdat", b"x" * 50)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "navy").save(made, kind, **more)
    return made.getvalue()


def office(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 3
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
GOOD = [
    (mp4(), "video/mp4"),
    (mp4(b"soun"), "audio/mp4"),
    (b"\x1aE\xdf\xa3" + bytes(20) + b"webm" + bytes(40) + b"V_VP9", "video/webm"),
    (MP3, "audio/mpeg"),
    (picture(), "image/png"),
    (picture("JPEG"), "image/jpeg"),
    (b"%PDF-1.7\n...\n%%EOF\n", "application/pdf"),
    (office("[Content_Types].xml", "word/document.xml"), DOCX),
    (b"WEBVTT\n\n00:00.000 --> 00:02.000\nSelamat pagi.\n", "text/vtt"),
    (b"Catatan untuk peserta.\n", "text/plain"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "media_type"), GOOD)
def test_a_whole_file_is_known(data, media_type):
    stream = io.BytesIO(data)
    assert media.recognise(stream).media_type == media_type
    assert stream.tell() == 0


def test_a_recording_tells_how_long_it_is():
    assert media.recognise(io.BytesIO(mp4(seconds=75))).seconds == 75


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "kosong"),
        (mp4()[:-20], "terpotong"),
        (box(b"ftyp", b"isom") + box(b"free", b"no film here"), "rusak"),
        (b"MZ\x90\x00" + bytes(300), "tidak dikenal"),
        (b"<!doctype html><script>alert(1)</script>", "tidak dikenal"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "tidak dikenal"),
        (b"%PDF-1.7 and then nothing", "terpotong"),
        (office("word/document.xml", "word/vbaProject.bin"), "makro"),
        (office("index.html"), "tidak dikenal"),
        ("WEBVTT\n\nSélamat pagi".encode("latin-1"), "UTF-8"),
        ("WEBVTT\n\n00:00 --> 00:02\nHalo".encode("utf-16"), "UTF-8"),
        (b"WEBVTT\n\nno cue at all", "WebVTT"),
        (b"PK\x03\x04 no archive", "rusak"),
    ],
)
def test_what_is_broken_or_something_else_is_refused_with_a_sentence(data, words):
    with pytest.raises(Invalid, match=words):
        media.recognise(io.BytesIO(data))


@given(st.sampled_from(GOOD), st.integers(0, 400), st.binary(max_size=8))
def test_whatever_bytes_come_there_is_an_answer(good, place, noise):
    data = good[0][:place] + noise + good[0][place + len(noise) :]
    with contextlib.suppress(Invalid):
        assert "/" in media.recognise(io.BytesIO(data)).media_type


def test_a_picture_is_made_small_and_forgets_where_it_was_taken():
    exif = Image.Exif()
    exif[0x010F] = "Kamera Bu Sitti"
    made = as_webp(io.BytesIO(picture("JPEG", (2400, 1200), exif=exif)))
    with Image.open(io.BytesIO(made)) as shown:
        assert (shown.format, shown.size) == ("WEBP", (1600, 800))
    assert b"Sitti" not in made


@pytest.mark.parametrize("data", [picture()[:60], b"\x89PNG\r\n\x1a\nbroken", b"GIF89a"])
def test_a_picture_that_cannot_be_decoded_is_refused(data, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as drawing a PDF leaves it behind
    with pytest.raises(Invalid, match="rusak"):
        as_webp(io.BytesIO(data))
