"""Forms of courses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import lazy_gettext as _l

from lms.courses.rules import MAX_ALT, MAX_SUMMARY, MAX_TRANSCRIPT, NOTE_MAX, PROOF_BYTES, REASON_MAX, ClaimFacts
from lms.courses.services import MAX_BODY, ClaimData, Head, LessonText, Proof
from lms.web.forms import (
    BaseForm,
    DayField,
    FileField,
    InputRequired,
    Length,
    LineField,
    LongTextField,
    NumberRange,
    Optional,
    SelectField,
    VersionField,
    WholeField,
    uploaded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SELECTED = 100


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor decides about some requests."""

    public_ids: tuple[str, ...]
    approved: bool
    reason: str


class DecisionForm(BaseForm):
    """Approve or refuse the ticked requests."""

    alasan = LongTextField(
        _l("Catatan"),
        [Optional(), Length(max=REASON_MAX)],
        description=_l("Wajib bila menolak. Pegawai membacanya."),
    )

    @staticmethod
    def selected() -> tuple[str, ...]:
        """Return the ticked requests."""
        return tuple(dict.fromkeys(value[:26] for value in request.form.getlist("usul")))[:MAX_SELECTED]

    def to_command(self) -> Decision:
        """Return the decision as plain values."""
        return Decision(self.selected(), request.form.get("putusan") == "setuju", self.alasan.data or "")


class ClaimForm(BaseForm):
    """A training that was taken elsewhere."""

    title = LineField(_l("Nama pelatihan"), [InputRequired(), Length(min=5, max=200)])
    provider = LineField(_l("Penyelenggara"), [InputRequired(), Length(min=3, max=160)])
    learning_form = SelectField(_l("Bentuk kegiatan"), [InputRequired()])
    starts_on = DayField(_l("Hari pertama"), [InputRequired()])
    ends_on = DayField(_l("Hari terakhir"), [InputRequired()])
    claimed_jp = WholeField(
        _l("JP di sertifikat"),
        [InputRequired()],
        description=_l("Bila hanya tertulis menit, bagi 45 lalu bulatkan ke bawah."),
    )
    certificate_number = LineField(_l("Nomor sertifikat"), [Optional(), Length(max=80)])
    proof = FileField(_l("Sertifikat atau surat keterangan"), description=_l("PDF, JPG, atau PNG, paling besar 5 MB."))
    version = VersionField()

    def __init__(self, *, forms: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Fill the forms of learning that can be claimed."""
        super().__init__(**kwargs)
        self.learning_form.choices = [("", "—"), *forms]

    def to_command(self) -> ClaimData:
        """Return the claim as plain values; of the file no more than a byte above the limit is read."""
        sent = uploaded(self.proof)
        proof = Proof(sent.filename or "", sent.stream.read(PROOF_BYTES + 1)) if sent is not None else None
        facts = ClaimFacts(
            learning_form=int(self.learning_form.data),
            title=self.title.data,
            provider=self.provider.data,
            certificate_number=self.certificate_number.data or "",
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            claimed_jp=self.claimed_jp.data,
        )
        return ClaimData(facts, proof)


class ClaimDecisionForm(BaseForm):
    """What an officer decides about a claim."""

    jp = WholeField(_l("JP yang diakui"), [Optional()], description=_l("Batas per hari tetap berlaku setelahnya."))
    note = LongTextField(
        _l("Catatan"),
        [Optional(), Length(max=NOTE_MAX)],
        description=_l("Wajib bila mengembalikan, menolak, atau mengurangi JP. Pegawai membacanya."),
    )
    version = VersionField()


class CorrectionForm(BaseForm):
    """Why an entry of the ledger is taken back."""

    alasan = LongTextField(_l("Alasan koreksi"), [InputRequired(), Length(min=5, max=240)])


class NewCourseForm(BaseForm):
    """Begin a new course; everything else is written in its draft."""

    judul = LineField(_l("Judul pelatihan"), [InputRequired(), Length(min=5, max=200)])
    rumpun = SelectField(_l("Rumpun"), [InputRequired()])
    unit = SelectField(_l("Unit pemilik"), [InputRequired()], description=_l("Instruktur unit ini dapat mengubahnya."))


class HeadForm(BaseForm):
    """What stands above the modules of a draft."""

    versi = VersionField()
    judul = LineField(_l("Judul pelatihan"), [InputRequired(), Length(min=5, max=200)])
    rumpun = SelectField(_l("Rumpun"), [InputRequired()])
    ringkasan = LongTextField(
        _l("Ringkasan"),
        [InputRequired(), Length(max=MAX_SUMMARY)],
        description=_l("Satu atau dua kalimat. Tampil di katalog."),
    )
    tentang = LongTextField(
        _l("Tentang pelatihan ini"),
        [InputRequired(), Length(max=20_000)],
        description=_l("Untuk siapa, apa isinya, apa yang dikerjakan. Boleh memakai Markdown."),
    )
    sasaran = LongTextField(_l("Untuk siapa"), [Optional(), Length(max=300)])
    bentuk = SelectField(_l("Bentuk pelatihan (SIASN)"), [InputRequired()])

    def to_command(self, outcomes: tuple[tuple[str, int, str], ...]) -> Head:
        """Return the head as plain values."""
        return Head(
            title=" ".join((self.judul.data or "").split()),
            family=self.rumpun.data,
            summary=" ".join((self.ringkasan.data or "").split()),
            description_md=self.tentang.data or "",
            audience=" ".join((self.sasaran.data or "").split()),
            learning_form=int(self.bentuk.data),
            outcomes=outcomes,
        )


class LessonForm(BaseForm):
    """Title, time and text of a lesson of a draft."""

    versi = VersionField()
    judul = LineField(_l("Judul materi"), [InputRequired(), Length(max=200)])
    menit = WholeField(_l("Waktu belajar (menit)"), [InputRequired(), NumberRange(min=1, max=600)])
    isi = LongTextField(_l("Isi materi"), [Optional(), Length(max=MAX_BODY)])
    alt = LineField(
        _l("Teks pengganti gambar"),
        [Optional(), Length(max=MAX_ALT)],
        description=_l("Apa yang terlihat, untuk orang yang tidak melihat gambarnya."),
    )
    transkrip = LongTextField(
        _l("Transkrip"),
        [Optional(), Length(max=MAX_TRANSCRIPT)],
        description=_l("Semua yang diucapkan, dan bunyi yang penting."),
    )
    tautan = LineField(_l("Tautan"), [Optional(), Length(max=500)], description=_l("Lengkap, diawali https://."))

    def to_command(self, kept: dict[str, Any]) -> LessonText:
        """Return the lesson as plain values; `kept` are details that this page does not ask for."""
        details = {
            **kept,
            "alt": self.alt.data or "",
            "transcript": self.transkrip.data or "",
            "url": self.tautan.data or "",
        }
        return LessonText(
            title=" ".join((self.judul.data or "").split()),
            minutes=self.menit.data or 0,
            body_md=self.isi.data or "",
            details=details,
        )
