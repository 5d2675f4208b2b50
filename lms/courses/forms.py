"""Forms of courses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import lazy_gettext as _l

from lms.courses.rules import (
    MAX_ALT,
    MAX_SUMMARY,
    MAX_TRANSCRIPT,
    NOTE_MAX,
    PROOF_BYTES,
    REASON_MAX,
    ClaimFacts,
    OfferingDraft,
    OfferingMode,
    WaitingOrder,
)
from lms.courses.services import MAX_BODY, ClaimData, Head, LessonText, Proof
from lms.web.forms import (
    BaseForm,
    BooleanField,
    ClockField,
    DayField,
    FileField,
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
    isi = LongTextField(_l("Isi materi"), [Length(max=MAX_BODY)])
    alt = LineField(
        _l("Teks pengganti gambar"),
        [Length(max=MAX_ALT)],
        description=_l("Apa yang terlihat, untuk orang yang tidak melihat gambarnya."),
    )
    transkrip = LongTextField(
        _l("Transkrip"),
        [Length(max=MAX_TRANSCRIPT)],
        description=_l("Semua yang diucapkan, dan bunyi yang penting."),
    )
    tautan = LineField(_l("Tautan"), [Length(max=500)], description=_l("Lengkap, diawali https://."))

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


MODE_NAMES: dict[OfferingMode, Any] = {
    OfferingMode.ONLINE: _l("Daring"),
    OfferingMode.CLASSROOM: _l("Tatap muka"),
    OfferingMode.BLENDED: _l("Campuran"),
}
_SEATS = [Optional(), NumberRange(min=1, max=5000)]


def _text_or_empty(value: Any) -> str:
    return "" if value is None else str(value)


class OfferingForm(BaseForm):
    """A run: what, when, where, for how many, and who must agree."""

    title = LineField(_l("Nama angkatan"), [InputRequired(), Length(max=200)], description=_l("Contoh: Angkatan III."))
    mode = RadioField(_l("Cara penyelenggaraan"), [InputRequired()], choices=list(MODE_NAMES.items()))
    unit = SelectField(_l("Unit penyelenggara"), coerce=_text_or_empty)
    instructor_id = SelectField(_l("Instruktur"), coerce=_text_or_empty)
    starts_on = DayField(_l("Tanggal mulai"), [Optional()])
    ends_on = DayField(_l("Tanggal selesai"), [Optional()])
    place = LineField(_l("Tempat"), [Optional(), Length(max=200)])
    days_to_finish = WholeField(
        _l("Lama waktu belajar (hari)"),
        [Optional(), NumberRange(min=1, max=730)],
        description=_l("Batas tiap peserta, dihitung sejak ia mulai."),
    )
    enrol_from_on = DayField(_l("Pendaftaran dibuka"), [Optional()])
    enrol_until_on = DayField(_l("Hari terakhir mendaftar"), [Optional()])
    withdraw_until_on = DayField(
        _l("Hari terakhir membatalkan"),
        [Optional()],
        description=_l("Setelah hari ini, peserta meminta pembatalan kepada penyelenggara."),
    )
    capacity = WholeField(_l("Jumlah kursi"), _SEATS, description=_l("Kosongkan bila tidak dibatasi."))
    min_participants = WholeField(_l("Jumlah minimum peserta"), _SEATS)
    min_check_on = DayField(
        _l("Periksa jumlah minimum pada"),
        [Optional()],
        description=_l("Instruktur diberi kabar bila peserta belum cukup."),
    )
    needs_approval = BooleanField(_l("Perlu persetujuan atasan"))
    needs_agency = BooleanField(_l("Perlu persetujuan penyelenggara"))
    has_waiting_list = BooleanField(_l("Sediakan daftar tunggu bila kursi habis"), default=True)
    waiting_order = RadioField(
        _l("Urutan daftar tunggu"),
        choices=[
            (WaitingOrder.FIRST_COME, _l("Siapa mendaftar lebih dahulu")),
            (WaitingOrder.PRIORITY, _l("Siapa paling memerlukan: wajib dan kesenjangan")),
        ],
        default=WaitingOrder.FIRST_COME,
    )
    reserve_until_on = DayField(
        _l("Kursi cadangan unit dilepas setelah"),
        [Optional()],
        description=_l("Setelah hari ini kursi cadangan menjadi milik semua unit."),
    )
    prerequisites = SelectMultipleField(_l("Harus sudah selesai"), coerce=_text_or_empty)
    version = VersionField()

    def __init__(
        self,
        *,
        units: list[tuple[str, str]],
        instructors: list[tuple[str, str]],
        courses: list[tuple[int, str, str]],
        draft: OfferingDraft | None = None,
        **kwargs: Any,
    ) -> None:
        """Fill the choices, and the fields from a draft."""
        if draft is not None:
            kwargs.setdefault("data", {}).update(
                {name: getattr(draft, name) for name in _DRAFT_FIELDS if name != "instructor_id"}
                | {
                    "instructor_id": str(draft.instructor_id or ""),
                    "prerequisites": [str(one) for one in draft.prerequisite_ids],
                }
            )
        super().__init__(**kwargs)
        self.unit.choices = units
        self.instructor_id.choices = [("", _l("Belum ditentukan")), *instructors]
        self.prerequisites.choices = [(str(one[0]), one[2]) for one in courses]

    def to_command(self) -> OfferingDraft:
        """Return the draft as plain values."""
        values = {name: getattr(self, name).data for name in _DRAFT_FIELDS}
        return OfferingDraft(
            **values
            | {
                "place": self.place.data or "",
                "mode": OfferingMode(self.mode.data),
                "waiting_order": WaitingOrder(self.waiting_order.data),
                "instructor_id": int(self.instructor_id.data) if self.instructor_id.data else None,
                "prerequisite_ids": tuple(int(one) for one in self.prerequisites.data or ()),
            }
        )


_DRAFT_FIELDS = (
    "title",
    "mode",
    "instructor_id",
    "starts_on",
    "ends_on",
    "place",
    "days_to_finish",
    "enrol_from_on",
    "enrol_until_on",
    "withdraw_until_on",
    "capacity",
    "min_participants",
    "min_check_on",
    "needs_approval",
    "needs_agency",
    "has_waiting_list",
    "waiting_order",
    "reserve_until_on",
)


class ShareForm(BaseForm):
    """Seats of one unit."""

    unit = SelectField(_l("Unit"), [InputRequired()])
    most = WholeField(_l("Paling banyak"), _SEATS, description=_l("Kosongkan bila tidak dibatasi."))
    kept = WholeField(_l("Kursi cadangan"), [Optional(), NumberRange(min=0, max=5000)])

    def __init__(self, *, units: list[tuple[str, str]], **kwargs: Any) -> None:
        """Fill the units."""
        super().__init__(**kwargs)
        self.unit.choices = units


class ReasonForm(BaseForm):
    """A reason that the person reads."""

    alasan = LongTextField(_l("Alasan"), [InputRequired(), Length(max=REASON_MAX)])


class CopyForm(BaseForm):
    """A copy of a run with its days moved."""

    title = LineField(_l("Nama angkatan"), [InputRequired(), Length(max=200)])
    starts_on = DayField(_l("Tanggal mulai"), [InputRequired()], description=_l("Tanggal lain ikut bergeser."))

    def to_command(self) -> tuple[str, date]:
        """Return title and first day."""
        return self.title.data, self.starts_on.data


class TransferForm(BaseForm):
    """Another run for a participant."""

    run = SelectField(_l("Angkatan tujuan"), [InputRequired()])
    alasan = LongTextField(_l("Alasan"), [InputRequired(), Length(max=REASON_MAX)])

    def __init__(self, *, runs: list[tuple[str, str]], **kwargs: Any) -> None:
        """Fill the runs."""
        super().__init__(**kwargs)
        self.run.choices = runs


class BulkForm(BaseForm):
    """Whom to enrol together: by a list of numbers, or by a rule."""

    cara = RadioField(
        _l("Siapa yang didaftarkan"),
        [InputRequired()],
        choices=[("daftar", _l("Daftar NIP")), ("aturan", _l("Menurut unit, jabatan, dan level"))],
        default="daftar",
    )
    nip = LongTextField(
        _l("Daftar NIP"),
        [Optional(), Length(max=400_000)],
        description=_l("Tempel dari Excel, satu pegawai satu baris. Kolom lain tidak mengganggu."),
    )
    berkas = FileField(_l("Berkas Excel"), description=_l("Boleh menggantikan tempelan. NIP dicari di semua kolom."))
    unit = SelectField(_l("Unit"), coerce=_text_or_empty)
    jabatan = SelectField(_l("Jabatan"), coerce=_text_or_empty, default="")
    kompetensi = SelectField(_l("Kompetensi"), coerce=_text_or_empty, default="")
    level = SelectField(
        _l("Belum mencapai level"),
        choices=[("", "—"), *((str(one), str(one)) for one in range(1, 6))],
        coerce=_text_or_empty,
        default="",
    )
    tindakan = RadioField(
        _l("Tindakan"),
        [InputRequired()],
        choices=[
            ("assign", _l("Langsung daftarkan")),
            ("invite", _l("Undang, pegawai memilih sendiri")),
        ],
        default="assign",
    )

    def __init__(
        self,
        *,
        units: Sequence[tuple[str, str]],
        roles: Sequence[tuple[str, str]],
        competencies: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """Fill the choices."""
        super().__init__(**kwargs)
        self.unit.choices = list(units)
        self.jabatan.choices = [("", _l("Semua jabatan")), *roles]
        self.kompetensi.choices = [("", _l("Tidak disaring")), *competencies]


class PackageForm(BaseForm):
    """A course file from elsewhere; the second time only where it was kept."""

    berkas = FileField(_l("Berkas pelatihan (.zip)"), description=_l("Hasil ekspor Bina, paling besar 24 MB."))
    unit = SelectField(_l("Unit pemilik"), [InputRequired()], description=_l("Instruktur unit ini dapat mengubahnya."))
    berkas_tersimpan = HiddenField()


class CourseCopyForm(BaseForm):
    """The title of a copied course."""

    judul = LineField(_l("Judul pelatihan"), [InputRequired(), Length(min=5, max=200)])


class MeetingForm(BaseForm):
    """One session of a run."""

    title = LineField(_l("Nama sesi"), [InputRequired(), Length(max=200)], description=_l("Contoh: Pembukaan."))
    day = DayField(_l("Tanggal"), [InputRequired()])
    begin = ClockField(_l("Mulai pukul"), [InputRequired()], description=_l("Contoh: 08.30, waktu unit penyelenggara."))
    until = ClockField(_l("Sampai pukul"), [InputRequired()])
    place = LineField(_l("Tempat"), [Optional(), Length(max=200)])
    room = LineField(_l("Ruang"), [Optional(), Length(max=80)])
    instructor = SelectField(_l("Instruktur"), coerce=_text_or_empty, default="")

    def __init__(self, *, instructors: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Fill the instructors."""
        super().__init__(**kwargs)
        self.instructor.choices = [("", _l("Belum ditentukan")), *instructors]


class ShareOfSessionsForm(BaseForm):
    """How much of a run must be attended."""

    percent = WholeField(
        _l("Kehadiran paling sedikit (%%)"),
        [Optional(), NumberRange(min=1, max=100)],
        description=_l("Pelatihan selesai setelah syarat ini terpenuhi. Kosongkan bila tidak ada."),
    )
