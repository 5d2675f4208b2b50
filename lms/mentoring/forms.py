"""Forms of mentoring: a session, a pairing, and short reasons."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.mentoring.models import MemberRole, Objective, ProgrammeForm, SessionMedium
from lms.mentoring.rules import DEFAULT_MINUTES, DISCUSSION_MAX, WEIGHT_KEYS
from lms.mentoring.services import JoinData, PairingData, ProgrammeData, SessionData
from lms.web.forms import (
    BaseForm,
    BooleanField,
    ClockField,
    DayField,
    HiddenField,
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

    from lms.mentoring.models import MentoringProgramme
    from lms.mentoring.queries import SessionRow

MEDIUM_LABELS: dict[SessionMedium, Any] = {
    SessionMedium.IN_PERSON: _l("Tatap muka"),
    SessionMedium.PHONE: _l("Telepon"),
    SessionMedium.ONLINE: _l("Daring"),
}
TOPIC_LABELS: dict[str, Any] = {
    "aduan": _l("Menangani aduan"),
    "surat": _l("Surat keterangan"),
    "skm": _l("SKM"),
    "komunikasi": _l("Komunikasi"),
    "arsip": _l("Arsip"),
    "kependudukan": _l("Kependudukan"),
    "musrenbang": _l("Musrenbang"),
    "keuangan": _l("Keuangan"),
    "tim": _l("Memimpin tim"),
    "digital": _l("Aplikasi dan data"),
    "lainnya": _l("Lainnya"),
}
RHYTHM_LABELS: dict[int, Any] = {
    7: _l("Setiap minggu"),
    14: _l("Setiap dua minggu"),
    30: _l("Setiap bulan"),
}
_WANTED = InputRequired()


class SessionForm(BaseForm):
    """One meeting; the clock is that of its end, so that "now" is right whatever the length."""

    mentee = SelectMultipleField(_l("Dengan siapa"), validate_choice=False)
    tanggal = DayField(_l("Tanggal"), [_WANTED])
    jam = ClockField(_l("Jam selesai"), [_WANTED])
    lama = WholeField(_l("Lamanya"), [_WANTED])
    cara = RadioField(_l("Cara"), [_WANTED], choices=[(key.value, label) for key, label in MEDIUM_LABELS.items()])
    topik = SelectMultipleField(_l("Topik"), choices=list(TOPIC_LABELS.items()), validate_choice=False)
    isi = LongTextField(_l("Apa yang dibahas"), [_WANTED, Length(max=DISCUSSION_MAX)])
    langkah = LineField(_l("Langkah berikut"), [Optional(), Length(max=400)])
    sampai = DayField(_l("Bertemu lagi atau selesai pada tanggal"), [Optional()])
    pribadi = LongTextField(_l("Catatan pribadi"), [Optional(), Length(max=2000)])
    version = VersionField()

    @classmethod
    def blank(cls, *, now: datetime, zone: str, pairing: str) -> SessionForm:
        """Return the form as it opens: this mentee, just ended, face to face."""
        local = now.astimezone(clock.zone(zone))
        return cls(
            data={
                "mentee": [pairing], "tanggal": local.date(), "jam": time(local.hour, local.minute),
                "lama": DEFAULT_MINUTES, "cara": SessionMedium.IN_PERSON.value,
            }
        )  # fmt: skip

    @classmethod
    def of(cls, row: SessionRow, *, zone: str, note: str) -> SessionForm:
        """Return the form filled with a recorded session."""
        end = row.ends_at.astimezone(clock.zone(zone))
        return cls(
            data={
                "mentee": [row.pairing_public_id],
                "tanggal": end.date(),
                "jam": time(end.hour, end.minute),
                "lama": row.minutes,
                "cara": row.medium.value,
                "topik": list(row.topics),
                "isi": row.discussion,
                "langkah": row.next_step,
                "sampai": row.next_on,
                "pribadi": note,
                "version": row.version,
            }
        )

    def to_command(self, *, zone: str) -> SessionData:
        """Return plain values; the typed clock is that of the writer's unit."""
        end = datetime.combine(self.tanggal.data, self.jam.data, tzinfo=clock.zone(zone))
        return SessionData(
            starts_at=end - timedelta(minutes=self.lama.data),
            ends_at=end,
            medium=SessionMedium(self.cara.data),
            topics=tuple(self.topik.data or ()),
            discussion=self.isi.data or "",
            next_step=self.langkah.data or "",
            next_on=self.sampai.data,
            private_note=self.pribadi.data or "",
        )


class PairingForm(BaseForm):
    """A mentor for a mentee, towards a level."""

    mentor = RadioField(_l("Mentor"), [InputRequired(_l("Pilih satu mentor."))], validate_choice=False)
    kompetensi = HiddenField()
    level = WholeField(_l("Level tujuan"), [Optional()])
    tujuan = LineField(_l("Tujuan dalam satu kalimat"), [Optional(), Length(max=400)])
    mulai = DayField(_l("Mulai"), [_WANTED])
    sampai = DayField(_l("Sampai"), [_WANTED])
    irama = SelectField(_l("Irama pertemuan"), choices=[(str(days), label) for days, label in RHYTHM_LABELS.items()])

    def to_command(self, *, competency_id: int | None) -> PairingData:
        """Return plain values."""
        return PairingData(
            competency_id=competency_id,
            goal_level=self.level.data if competency_id is not None else None,
            goal=self.tujuan.data or "",
            starts_on=self.mulai.data,
            ends_on=self.sampai.data,
            rhythm_days=int(self.irama.data or 14),
        )


class EndForm(BaseForm):
    """Why a pairing ends."""

    alasan = LongTextField(_l("Alasan"), [_WANTED, Length(max=300)])


class DisputeForm(BaseForm):
    """What is not right."""

    catatan = LongTextField(_l("Apa yang keliru"), [Optional(), Length(max=500)])
    version = VersionField()


PROGRAMME_FORM_LABELS: dict[ProgrammeForm, Any] = {
    ProgrammeForm.INDIVIDUAL: _l("Perorangan: satu mentor, sampai lima mentee"),
    ProgrammeForm.GROUP: _l("Kelompok: satu mentor, sampai sepuluh mentee"),
    ProgrammeForm.REVERSE: _l("Terbalik: yang muda mendampingi yang senior"),
}
OBJECTIVE_LABELS: dict[Objective, Any] = {
    Objective.BEST: _l("Jumlah skor terbaik"),
    Objective.MOST: _l("Sebanyak mungkin mentee mendapat mentor"),
}
WEIGHT_LABELS: dict[str, Any] = {
    "competency": _l("Kesenjangan mentee dan level mentor"),
    "nearness": _l("Kedekatan kantor"),
    "load": _l("Beban mentor yang ringan"),
    "mentee_wish": _l("Harapan mentee"),
    "mentor_wish": _l("Harapan mentor"),
}


class ProgrammeFormFields(BaseForm):
    """What a coordinator lays down for a programme."""

    nama = LineField(_l("Nama program"), [_WANTED, Length(max=160)])
    tujuan = LongTextField(_l("Tujuan"), [_WANTED, Length(max=600)])
    unit = SelectField(_l("Untuk pegawai di unit"), validate_choice=False)
    bentuk = SelectField(
        _l("Bentuk"), choices=[(key.value, label) for key, label in PROGRAMME_FORM_LABELS.items()]
    )  # fmt: skip
    mulai = DayField(_l("Mulai"), [_WANTED])
    sampai = DayField(_l("Sampai"), [_WANTED])
    gabung = DayField(_l("Dapat bergabung sampai"), [_WANTED])
    irama = SelectField(_l("Irama pertemuan"), choices=[(str(days), label) for days, label in RHYTHM_LABELS.items()])
    minimal = WholeField(_l("Sesi paling sedikit untuk setiap pasangan"), [_WANTED])

    @classmethod
    def of(cls, row: MentoringProgramme) -> ProgrammeFormFields:
        """Return the form filled with a programme."""
        return cls(
            data={
                "nama": row.name, "tujuan": row.purpose, "bentuk": row.form.value, "mulai": row.starts_on,
                "sampai": row.ends_on, "gabung": row.join_until_on, "irama": str(row.rhythm_days),
                "minimal": row.min_session_count,
            }
        )  # fmt: skip

    def to_command(self) -> ProgrammeData:
        """Return plain values."""
        return ProgrammeData(
            unit_public_id=self.unit.data or "", name=self.nama.data or "", purpose=self.tujuan.data or "",
            form=ProgrammeForm(self.bentuk.data), starts_on=self.mulai.data, ends_on=self.sampai.data,
            join_until_on=self.gabung.data, rhythm_days=int(self.irama.data), min_session_count=self.minimal.data,
        )  # fmt: skip


class JoinForm(BaseForm):
    """What somebody says on joining; a mentee has no capacity and no pause."""

    daya = WholeField(_l("Jumlah mentee yang sanggup Anda dampingi"), [Optional()])
    jeda = BooleanField(_l("Saya sedang jeda. Jangan pasangkan saya dahulu."))
    tentang = LongTextField(_l("Tentang Anda"), [Optional(), Length(max=300)])
    harapan = SelectMultipleField(_l("Harapan Anda"), validate_choice=False)

    def to_command(self, role: MemberRole) -> JoinData:
        """Return plain values."""
        return JoinData(
            role, self.daya.data or 0, bool(self.jeda.data), self.tentang.data or "", tuple(self.harapan.data or ())
        )


class RunForm(BaseForm):
    """What a pairing run strives for, and how much each part counts."""

    sasaran = RadioField(
        _l("Yang dikejar"), [_WANTED], choices=[(key.value, label) for key, label in OBJECTIVE_LABELS.items()]
    )
    competency = WholeField(WEIGHT_LABELS["competency"], [_WANTED, NumberRange(0, 100)])
    nearness = WholeField(WEIGHT_LABELS["nearness"], [_WANTED, NumberRange(0, 100)])
    load = WholeField(WEIGHT_LABELS["load"], [_WANTED, NumberRange(0, 100)])
    mentee_wish = WholeField(WEIGHT_LABELS["mentee_wish"], [_WANTED, NumberRange(0, 100)])
    mentor_wish = WholeField(WEIGHT_LABELS["mentor_wish"], [_WANTED, NumberRange(0, 100)])

    def to_weights(self) -> Mapping[str, int]:
        """Return the weights."""
        return {key: self[key].data for key in WEIGHT_KEYS}


class CloseForm(BaseForm):
    """The closing report of a programme."""

    laporan = LongTextField(_l("Laporan penutup"), [_WANTED, Length(max=4000)])
