"""Filters of the managers' lists, read from the address, where anything unknown reads as no filter; and forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from lms.assessments.models import ItemState, KeyMode
from lms.assessments.queries import RESULT_FILTERS, RESULT_SORTS, SITTING_FILTERS
from lms.assessments.rules import Field, ItemKind, Keep, Rows, kind_names
from lms.assessments.services import AccommodationData, KeyData, SittingData, SpecialData
from lms.core import clock
from lms.web.forms import (
    BaseForm,
    ClockField,
    DayField,
    InputRequired,
    Length,
    LineField,
    LongTextField,
    NumberRange,
    Optional,
    RadioField,
    SelectField,
    SelectMultipleField,
    VersionField,
    WholeField,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lms.assessments.queries import SittingLine

MAX_WORDS = 80


def _words(args: Mapping[str, str]) -> str:
    return " ".join(args.get("cari", "").split())[:MAX_WORDS]


def _page(args: Mapping[str, str]) -> int:
    typed = args.get("hal", "1")
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """What the list of results shows."""

    words: str
    only: str
    sort: str
    page: int

    @classmethod
    def read(cls, args: Mapping[str, str]) -> ResultFilter:
        """Return the filter of an address."""
        only, sort = args.get("tampil", ""), args.get("urut", "")
        return cls(
            _words(args),
            only if only in RESULT_FILTERS else RESULT_FILTERS[0],
            sort if sort in RESULT_SORTS else RESULT_SORTS[0],
            _page(args),
        )

    def query(self, **changes: str) -> dict[str, str]:
        """Return the parts of an address with this filter, without what is usual."""
        parts = {"cari": self.words, "tampil": self.only, "urut": self.sort} | changes
        usual = {"cari": "", "tampil": RESULT_FILTERS[0], "urut": RESULT_SORTS[0]}
        return {name: value for name, value in parts.items() if value != usual.get(name)}


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What the list of items shows."""

    words: str
    kind: str
    state: str
    page: int

    @classmethod
    def read(cls, args: Mapping[str, str]) -> ItemFilter:
        """Return the filter of an address."""
        kind, state = args.get("jenis", ""), args.get("keadaan", "")
        return cls(
            _words(args),
            kind if kind in kind_names() else "",
            state if state in set(ItemState) else "",
            _page(args),
        )

    def query(self, **changes: str) -> dict[str, str]:
        """Return the parts of an address with this filter, without what is empty."""
        parts = {"cari": self.words, "jenis": self.kind, "keadaan": self.state} | changes
        return {name: value for name, value in parts.items() if value}


# Exam sittings ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SittingFilter:
    """What the list of sittings shows."""

    words: str
    only: str
    page: int

    @classmethod
    def read(cls, args: Mapping[str, str]) -> SittingFilter:
        """Return the filter of an address; what is on now comes first."""
        only = args.get("tampil", "")
        return cls(_words(args), only if only in SITTING_FILTERS else "semua", _page(args))

    def query(self, **changes: str) -> dict[str, str]:
        """Return the parts of an address with this filter, without what is usual."""
        parts = {"cari": self.words, "tampil": self.only} | changes
        usual = {"cari": "", "tampil": "semua"}
        return {name: value for name, value in parts.items() if value != usual.get(name)}


_WANTED = InputRequired()


def _at(day: date, moment: time, zone: str) -> datetime:
    return datetime.combine(day, moment, tzinfo=clock.zone(zone)).astimezone(UTC)


class SittingForm(BaseForm):
    """A sitting; its clocks are those of the planner's unit."""

    ujian = SelectField(_l("Ujian dan angkatan"), [_WANTED], validate_choice=False)
    judul = LineField(_l("Nama sesi"), [_WANTED, Length(max=160)])
    tempat = LineField(_l("Tempat"), [Optional(), Length(max=160)])
    tanggal = DayField(_l("Tanggal"), [_WANTED])
    buka = ClockField(_l("Dibuka pukul"), [_WANTED])
    batas = ClockField(_l("Batas mulai pukul"), [_WANTED])
    tutup = ClockField(_l("Ditutup pukul"), [_WANTED])
    waktu = WholeField(_l("Waktu pengerjaan, menit"), [Optional(), NumberRange(1, 300)])
    kode = LineField(_l("Kode masuk"), [Optional(), Length(max=20)])
    jaringan = LineField(_l("Hanya dari jaringan"), [Optional(), Length(max=200)])
    unit = SelectField(_l("Peserta dari"), [Optional()], validate_choice=False)
    version = VersionField()

    @classmethod
    def of(cls, line: SittingLine, *, zone: str) -> SittingForm:
        """Return the form with a sitting's values."""
        local = [moment.astimezone(clock.zone(zone)) for moment in (line.opens_at, line.last_start_at, line.closes_at)]
        return cls(
            data={
                "ujian": f"{line.assessment_public_id}.{line.offering_public_id}", "judul": line.title,
                "tempat": line.place, "tanggal": local[0].date(), "buka": local[0].time(), "batas": local[1].time(),
                "tutup": local[2].time(), "waktu": line.own_limit, "kode": line.access_code,
                "jaringan": ", ".join(line.networks), "unit": line.unit_public_id or "", "version": line.version,
            }
        )  # fmt: skip

    def to_command(self, *, zone: str) -> SittingData:
        """Return the values; the three clocks lie on one day in the zone."""
        day = self.tanggal.data
        return SittingData(
            target=self.ujian.data or "", title=self.judul.data, place=self.tempat.data or "",
            opens_at=_at(day, self.buka.data, zone), last_start_at=_at(day, self.batas.data, zone),
            closes_at=_at(day, self.tutup.data, zone), time_limit_minutes=self.waktu.data,
            access_code=(self.kode.data or "").upper(), unit=self.unit.data or "",
            networks=tuple((self.jaringan.data or "").replace(",", " ").replace(";", " ").split()[:10]),
        )  # fmt: skip


class SpecialForm(BaseForm):
    """A special rule of a sitting, for one person or one unit."""

    orang = SelectField(_l("Peserta"), [Optional()], validate_choice=False)
    unit = SelectField(_l("Atau seluruh unit"), [Optional()], validate_choice=False)
    menit = WholeField(_l("Tambahan waktu, menit"), [Optional()])
    percobaan = WholeField(_l("Tambahan percobaan"), [Optional()])
    batas = ClockField(_l("Batas mulai sendiri, pukul"), [Optional()])
    tutup = ClockField(_l("Ditutup sendiri, pukul"), [Optional()])
    alasan = LineField(_l("Alasan"), [_WANTED, Length(max=160)])

    def to_command(self, *, day: date, zone: str) -> SpecialData:
        """Return the values; clocks lie on the day of the sitting."""
        return SpecialData(
            employee=self.orang.data or "", unit=self.unit.data or "",
            last_start_at=_at(day, self.batas.data, zone) if self.batas.data else None,
            closes_at=_at(day, self.tutup.data, zone) if self.tutup.data else None,
            extra_minutes=self.menit.data or 0, extra_attempts=self.percobaan.data or 0, reason=self.alasan.data,
        )  # fmt: skip


class AccommodationForm(BaseForm):
    """More time for one person everywhere."""

    orang = SelectField(_l("Pegawai"), [_WANTED], validate_choice=False)
    persen = WholeField(_l("Tambahan, persen dari waktu ujian"), [Optional()])
    menit = WholeField(_l("Tambahan tetap, menit"), [Optional()])
    alasan = LineField(_l("Alasan yang dibaca peserta"), [_WANTED, Length(max=160)])
    mulai = DayField(_l("Berlaku mulai"), [_WANTED])
    sampai = DayField(_l("Sampai"), [Optional()])

    def to_command(self) -> AccommodationData:
        """Return the values."""
        return AccommodationData(
            employee=self.orang.data or "", extra_percent=self.persen.data or 0, extra_minutes=self.menit.data or 0,
            reason=self.alasan.data, starts_on=self.mulai.data, ends_on=self.sampai.data,
        )  # fmt: skip


class ExtendForm(BaseForm):
    """More time for all or for one."""

    menit = WholeField(_l("Menit tambahan"), [_WANTED])
    alasan = LineField(_l("Alasan"), [_WANTED, Length(max=300)])


class MessageForm(BaseForm):
    """A message to all who work."""

    pesan = LineField(_l("Pesan untuk semua peserta"), [Optional(), Length(max=300)])


class NoteForm(BaseForm):
    """A line of the record."""

    catatan = LongTextField(_l("Apa yang terjadi"), [_WANTED, Length(max=500)])


class KeyForm(BaseForm):
    """A corrected key."""

    versi = SelectField(_l("Versi soal yang kuncinya salah"), [_WANTED], validate_choice=False)
    benar = SelectMultipleField(_l("Jawaban yang benar"), validate_choice=False)
    teks = LongTextField(_l("Diterima juga, satu jawaban per baris"), [Optional(), Length(max=2000)])
    cara = RadioField(
        _l("Cara menilai ulang"), [_WANTED],
        choices=[
            (KeyMode.EITHER.value, _l("Kunci lama dan kunci baru sama-sama benar. Tidak seorang pun dirugikan.")),
            (KeyMode.REPLACE.value, _l("Hanya kunci baru yang benar. Nilai sebagian orang dapat turun.")),
            (KeyMode.FULL.value, _l("Soalnya cacat. Semua orang mendapat nilai penuh.")),
        ],
    )  # fmt: skip
    alasan = LineField(_l("Alasan"), [_WANTED, Length(max=500)])

    def to_command(self) -> KeyData:
        """Return the values."""
        version = self.versi.data or ""
        return KeyData(
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0,
            mode=KeyMode(self.cara.data), right=tuple(self.benar.data or ()),
            texts=tuple(line.strip()[:200] for line in (self.teks.data or "").splitlines() if line.strip())[:20],
            reason=self.alasan.data,
        )  # fmt: skip


MAX_ROWS = 40


def read_item(kind: ItemKind, form: Mapping[str, str], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item as a bank file writes it from the fields of its form.

    Args:
        kept: the item as it was; parts without a field are carried over from it.
    """
    entry: dict[str, Any] = {"kind": kind.name}
    for part in kind.form:
        if isinstance(part, Keep):
            if part.name in kept:
                entry[part.name] = kept[part.name]
        elif isinstance(part, Field):
            value = _typed(part, form.get(f"f-{part.name}", ""))
            if value is not None:
                entry[part.name] = value
        else:
            entry[part.name] = _rows(part, form)
    for name in ("stem", "explanation", "reference", "difficulty", "competency", "category", "lesson"):
        value = form.get(name, "").replace("\r\n", "\n").strip()
        if value:
            entry[name] = value
    level = form.get("level", "")
    if level in {"1", "2", "3", "4", "5"}:
        entry["level"] = int(level)
    entry["tags"] = [" ".join(tag.split())[:60] for tag in form.get("tags", "").split(",") if tag.strip()]
    return entry


def _typed(field: Field, text: str) -> Any:
    plain = text.replace("\r\n", "\n").strip()
    if field.control == "tick":
        return plain == "1"
    if field.control == "list":
        return [one.strip() for one in plain.split("|") if one.strip()]
    return plain or None


def _rows(part: Rows, form: Mapping[str, str]) -> list[Any]:
    made: list[Any] = []
    taken = {form.get(f"r-{part.name}-{number}-code", "") for number in range(MAX_ROWS)}
    fresh = (code for code in (f"{letter}{more}" for more in ("", "1") for letter in _LETTERS) if code not in taken)
    for number in range(MAX_ROWS):
        cells = {
            column.name: _typed(column, form.get(f"r-{part.name}-{number}-{column.name}", ""))
            for column in part.columns
        }
        written = [
            value
            for column in part.columns
            if column.control not in {"tick", "select"}
            for value in [cells[column.name]]
        ]
        if not any(written):
            continue
        row = {name: value for name, value in cells.items() if value is not None}
        if part.bare:
            made.append(next(iter(row.values())))
            continue
        if part.coded:
            row["code"] = form.get(f"r-{part.name}-{number}-code", "").strip() or next(fresh)
        made.append(row)
    return made


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
