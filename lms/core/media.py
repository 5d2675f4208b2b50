"""What a file is, told from its bytes and never from its name; broken and unknown ones are refused."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from lms.core.errors import Invalid
from lms.core.text import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN = N_("Jenis berkas ini tidak dikenal. Pakai gambar, MP4, WebM, MP3, PDF, atau dokumen Office.")
BROKEN = N_("Berkas ini rusak atau terpotong. Simpan ulang, lalu unggah lagi.")
NOT_UTF8 = N_("Teks ini tidak memakai pengodean UTF-8. Simpan ulang sebagai UTF-8, lalu unggah lagi.")
NO_CUES = N_("Berkas ini bukan teks terjemahan WebVTT. Baris pertamanya harus WEBVTT.")
MACROS = N_("Dokumen ini memuat makro. Simpan tanpa makro, lalu unggah lagi.")

_HEAD = 1 << 16
_MAX_BOXES = 2000
_OFFICE = {
    "word/document.xml": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xl/workbook.xml": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "ppt/presentation.xml": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
}


@dataclass(frozen=True, slots=True)
class Media:
    """What a file is.

    Args:
        seconds: how long it plays, None when it does not play or does not say.
    """

    media_type: str
    extension: str
    seconds: int | None = None


def recognise(stream: IO[bytes]) -> Media:
    """Return what a file is; the stream is left at its beginning.

    Raises: Invalid: empty, broken, or of a kind that is not taken.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    try:
        found = _of(stream, head, size)
    except (struct.error, zipfile.BadZipFile, NotImplementedError, ValueError, IndexError) as error:
        raise Invalid(BROKEN) from error
    finally:
        stream.seek(0)
    return found


def _of(stream: IO[bytes], head: bytes, size: int) -> Media:
    return _picture(head) or _recording(stream, head, size) or _document(stream, head, size)


def _picture(head: bytes) -> Media | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Media("image/png", "png")
    if head.startswith(b"\xff\xd8\xff"):
        return Media("image/jpeg", "jpg")
    return Media("image/webp", "webp") if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def _recording(stream: IO[bytes], head: bytes, size: int) -> Media | None:
    found = None
    if head[4:8] == b"ftyp":
        found = _mp4(stream, size)
    elif head.startswith(b"\x1aE\xdf\xa3"):
        found = _webm(head)
    elif head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        found = Media("audio/wav", "wav", _wave_seconds(head))
    elif head.startswith(b"OggS"):
        if b"OpusHead" not in head[:200] and b"\x01vorbis" not in head[:200]:
            raise Invalid(UNKNOWN)
        found = Media("audio/ogg", "ogg")
    elif head.startswith(b"ID3") or _is_mp3_frame(head, 0):
        found = Media("audio/mpeg", "mp3")
    return found


def _document(stream: IO[bytes], head: bytes, size: int) -> Media:
    if head.startswith(b"%PDF-"):
        return _pdf(stream, size)
    if head.startswith(b"PK\x03\x04"):
        return _office(stream)
    return _text(stream.read(), head)


def _wave_seconds(head: bytes) -> int | None:
    place = head.find(b"fmt ")
    data = head.find(b"data", place)
    if place < 0 or data < 0:
        raise Invalid(BROKEN)
    rate = struct.unpack_from("<I", head, place + 16)[0]
    return struct.unpack_from("<I", head, data + 4)[0] // rate if rate else None


def _boxes(stream: IO[bytes], begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, begin and end of the content of each box between two places; a box beyond the end is a fault."""
    for _number in range(_MAX_BOXES):
        if begin >= end:
            return
        stream.seek(begin)
        length, kind = struct.unpack(">I4s", stream.read(8))
        inner = begin + 8
        if length == 1:
            length = struct.unpack(">Q", stream.read(8))[0]
            inner += 8
        elif length == 0:
            length = end - begin
        if length < inner - begin or begin + length > end:
            raise Invalid(BROKEN)
        yield kind, inner, begin + length
        begin += length
    raise Invalid(BROKEN)


def _mp4(stream: IO[bytes], size: int) -> Media:
    top = {kind: (begin, end) for kind, begin, end in _boxes(stream, 0, size)}
    if b"moov" not in top or not {b"mdat", b"moof"} & top.keys():
        raise Invalid(BROKEN)
    handlers: set[bytes] = set()
    seconds = None
    for kind, begin, end in _boxes(stream, *top[b"moov"]):
        if kind == b"mvhd":
            seconds = _movie_seconds(stream, begin)
        elif kind == b"trak":
            handlers |= {_handler(stream, *span) for name, *span in _boxes(stream, begin, end) if name == b"mdia"}
    if b"vide" in handlers:
        return Media("video/mp4", "mp4", seconds)
    if b"soun" in handlers:
        return Media("audio/mp4", "m4a", seconds)
    raise Invalid(UNKNOWN)


def _handler(stream: IO[bytes], begin: int, end: int) -> bytes:
    for kind, inner, _end in _boxes(stream, begin, end):
        if kind == b"hdlr":
            stream.seek(inner + 8)
            return stream.read(4)
    return b""


def _movie_seconds(stream: IO[bytes], begin: int) -> int | None:
    stream.seek(begin)
    version = stream.read(4)[0]
    if version == 1:
        _made, _changed, scale, length = struct.unpack(">QQIQ", stream.read(28))
    else:
        _made, _changed, scale, length = struct.unpack(">IIII", stream.read(16))
    return int(length // scale) if scale else None


def _webm(head: bytes) -> Media:
    if b"webm" not in head[:80]:
        raise Invalid(UNKNOWN)
    if any(codec in head for codec in (b"V_VP8", b"V_VP9", b"V_AV1")):
        return Media("video/webm", "webm")
    if any(codec in head for codec in (b"A_OPUS", b"A_VORBIS")):
        return Media("audio/webm", "weba")
    raise Invalid(BROKEN)


def _pdf(stream: IO[bytes], size: int) -> Media:
    stream.seek(max(0, size - 2048))
    if b"%%EOF" not in stream.read():
        raise Invalid(BROKEN)
    return Media("application/pdf", "pdf")


def _office(stream: IO[bytes]) -> Media:
    with zipfile.ZipFile(stream) as archive:
        names = set(archive.namelist())
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Invalid(MACROS)
    for name, (media_type, extension) in _OFFICE.items():
        if name in names:
            return Media(media_type, extension)
    raise Invalid(UNKNOWN)


def _is_mp3_frame(head: bytes, place: int) -> bool:
    """Return whether a frame of MPEG audio stands at a place, and another where it ends."""
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
    slower = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
    if len(head) < place + 4 or head[place] != 0xFF or head[place + 1] & 0xE6 != 0xE2:
        return False
    first = head[place + 1] & 0x08 != 0
    kilobits = (rates if first else slower)[head[place + 2] >> 4]
    samples = (44100, 48000, 32000, 0)[head[place + 2] >> 2 & 3]
    if not kilobits or not samples:
        return False
    if not first:
        samples //= 2 if head[place + 1] & 0x10 else 4
    length = (144 if first else 72) * kilobits * 1000 // samples + (head[place + 2] >> 1 & 1)
    following = head[place + length : place + length + 2]
    return len(following) == 2 and following[0] == 0xFF and following[1] & 0xE6 == 0xE2


def _text(data: bytes, head: bytes) -> Media:
    if not data.strip():
        raise Invalid(N_("Berkas ini kosong."))
    looks_like_text = b"\x00" not in head and sum(byte < 9 for byte in head[:2000]) == 0
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid(NOT_UTF8)
    if not looks_like_text:
        raise Invalid(UNKNOWN)
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(NOT_UTF8 if data.lstrip().startswith(b"WEBVTT") or _mostly_letters(head) else UNKNOWN) from error
    if words.startswith("WEBVTT"):
        if "-->" not in words:
            raise Invalid(NO_CUES)
        return Media("text/vtt", "vtt")
    if words.lstrip()[:200].lower().startswith(("<!doctype", "<html", "<svg", "<?xml", "<script")):
        raise Invalid(UNKNOWN)
    return Media("text/plain", "txt")


def _mostly_letters(head: bytes) -> bool:
    sample = head[:2000]
    return sum(32 <= byte < 127 or byte in {9, 10, 13} for byte in sample) > len(sample) * 0.85
