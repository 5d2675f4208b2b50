"""Forms of people, imports and partners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l

from lms.people.models import EmployeeStatus, PartnerKind
from lms.people.rules.ranks import LEGAL_STATUSES, PNS_RANKS, PPPK_RANKS
from lms.people.services import AgreementData, EmployeeData, PartnerData
from lms.web.forms import (
    BaseForm,
    BooleanField,
    DayField,
    FileField,
    InputRequired,
    Length,
    LineField,
    NipField,
    Optional,
    Regexp,
    SelectField,
    ValidationError,
    VersionField,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

STATUS_LABELS: dict[str, Any] = {
    EmployeeStatus.PNS: _l("PNS"),
    EmployeeStatus.CPNS: _l("CPNS"),
    EmployeeStatus.PPPK: _l("PPPK"),
    EmployeeStatus.PPPK_PART_TIME: _l("PPPK paruh waktu"),
    EmployeeStatus.NON_ASN: _l("Non-ASN"),
    EmployeeStatus.EXTERNAL: _l("Pihak luar"),
}
PARTNER_LABELS: dict[str, Any] = {
    PartnerKind.UNIVERSITY: _l("Perguruan tinggi"),
    PartnerKind.NGO: _l("Lembaga masyarakat"),
    PartnerKind.GOVERNMENT: _l("Instansi pemerintah"),
    PartnerKind.COMPANY: _l("Lembaga pelatihan atau usaha"),
}
EDUCATION = ("SD", "SMP", "SMA", "D1", "D2", "D3", "D4", "S1", "S2", "S3")


def _text_or_empty(value: Any) -> str:
    """Return a choice as text; an absent one is the empty choice."""
    return "" if value is None else str(value)


def _rank_choices() -> list[tuple[str, str]]:
    choices = [("", "—")]
    choices += [(f"pns:{rank.code}", f"{rank.name}, {rank.title}") for rank in PNS_RANKS]
    choices += [(f"pppk:{rank.code}", f"PPPK {rank.name}") for rank in PPPK_RANKS]
    return choices


def rank_value(status: str, code: str | None) -> str:
    """Return the value of the golongan choice: the same code means different ranks in the two lists."""
    if not code:
        return ""
    return f"{'pppk' if status.startswith('pppk') else 'pns'}:{code}"


class ImportForm(BaseForm):
    """Upload of a personnel file."""

    file = FileField(_l("Berkas pegawai"), description=_l("XLSX atau CSV dari SIASN, paling besar 24 MB."))
    unit = SelectField(_l("Unit berkas ini"), description=_l("Baris untuk unit lain tidak akan diproses."))
    complete = BooleanField(
        _l("Berkas ini lengkap"),
        description=_l("Pegawai unit ini yang tidak ada di berkas akan dicatat keluar."),
    )

    def __init__(self, *, units: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Fill the units that the actor may import for."""
        super().__init__(**kwargs)
        self.unit.choices = list(units)

    def validate_file(self, field: FileField) -> None:
        """Ask for a file."""
        if field.data is None or not getattr(field.data, "filename", ""):
            raise ValidationError(_l("Pilih berkas lebih dahulu."))


class EmployeeForm(BaseForm):
    """One person's record."""

    name = LineField(_l("Nama tanpa gelar"), [InputRequired(), Length(max=200)])
    title_before = LineField(_l("Gelar depan"), [Optional(), Length(max=60)])
    title_after = LineField(_l("Gelar belakang"), [Optional(), Length(max=80)])
    status = SelectField(_l("Jenis pegawai"), choices=list(STATUS_LABELS.items()))
    number = NipField(_l("NIP atau NI PPPK"), [Optional()], description=_l("18 angka. Spasi dan titik boleh."))
    rank = SelectField(_l("Golongan"), choices=_rank_choices(), coerce=_text_or_empty)
    legal_status = SelectField(_l("Kedudukan hukum"), choices=list(LEGAL_STATUSES.items()))
    gender = SelectField(
        _l("Jenis kelamin"),
        choices=[("", "—"), ("L", _l("Laki-laki")), ("P", _l("Perempuan"))],
        coerce=_text_or_empty,
    )
    birth_on = DayField(_l("Tanggal lahir"), [Optional()])
    education = SelectField(
        _l("Pendidikan"), choices=[("", "—"), *((one, one) for one in EDUCATION)], coerce=_text_or_empty
    )
    email = LineField(
        _l("Surel"),
        [
            Optional(),
            Length(max=200),
            Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message=_l("Tulis alamat surel lengkap.")),
        ],
    )
    phone = LineField(_l("Telepon"), [Optional(), Length(max=30)])
    version = VersionField()

    def to_command(self) -> EmployeeData:
        """Return plain values for the service."""
        prefix, _colon, code = str(self.rank.data or "").partition(":")
        status = EmployeeStatus(self.status.data)
        if code and prefix != ("pppk" if status.value.startswith("pppk") else "pns"):
            code = "??"  # of the other list: the service says so at the field
        return EmployeeData(
            name=self.name.data or "",
            status=status,
            number=self.number.data or "",
            title_before=self.title_before.data or "",
            title_after=self.title_after.data or "",
            gender=self.gender.data or None,
            birth_on=self.birth_on.data,
            legal_status=self.legal_status.data,
            rank_code=code or None,
            education=self.education.data or None,
            email=self.email.data or None,
            phone=self.phone.data or None,
        )


class PlaceForm(BaseForm):
    """Position, first day and decree: of a new person, or of a transfer."""

    position = SelectField(_l("Jabatan"))
    starts_on = DayField(_l("Mulai tanggal"), [InputRequired()])
    decree = LineField(_l("Nomor SK"), [Optional(), Length(max=120)])
    version = VersionField()

    def __init__(self, *, positions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Fill the positions of the chosen unit."""
        super().__init__(**kwargs)
        self.position.choices = list(positions)


class NewEmployeeForm(EmployeeForm):
    """A new person with the first job."""

    position = SelectField(_l("Jabatan"))
    starts_on = DayField(_l("Mulai tanggal"), [InputRequired()])
    decree = LineField(_l("Nomor SK"), [Optional(), Length(max=120)])

    def __init__(self, *, positions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Fill the positions of the chosen unit."""
        super().__init__(**kwargs)
        self.position.choices = list(positions)


class EndForm(BaseForm):
    """A person leaves."""

    last_on = DayField(_l("Hari kerja terakhir"), [InputRequired()])
    reason = LineField(
        _l("Alasan"),
        [InputRequired(), Length(max=300)],
        description=_l("Misalnya: pensiun, atau pindah daerah."),
    )
    version = VersionField()


class PartnerForm(BaseForm):
    """A partner and, if wanted, one more agreement."""

    code = LineField(
        _l("Kode"),
        [
            InputRequired(),
            Length(max=40),
            Regexp(r"^[A-Za-z0-9-]+$", message=_l("Pakai huruf, angka, dan garis.")),
        ],
    )
    name = LineField(_l("Nama mitra"), [InputRequired(), Length(max=200)])
    kind = SelectField(_l("Jenis"), choices=list(PARTNER_LABELS.items()))
    contact = LineField(_l("Kontak"), [Optional(), Length(max=200)])
    number = LineField(_l("Nomor perjanjian"), [Optional(), Length(max=120)])
    scope = LineField(_l("Ruang lingkup"), [Optional(), Length(max=500)])
    starts_on = DayField(_l("Berlaku mulai"), [Optional()])
    ends_on = DayField(_l("Berlaku sampai"), [Optional()])

    def validate_number(self, field: LineField) -> None:
        """An agreement is given whole or not at all."""
        given = [
            bool(field.data),
            bool(self.scope.data),
            self.starts_on.data is not None,
            self.ends_on.data is not None,
        ]
        if any(given) and not all(given):
            raise ValidationError(_l("Isi nomor, ruang lingkup, dan kedua tanggal perjanjian."))

    def to_command(self) -> PartnerData:
        """Return plain values for the service."""
        deal = None
        if self.number.data and self.starts_on.data is not None and self.ends_on.data is not None:
            deal = AgreementData(self.number.data, self.scope.data or "", self.starts_on.data, self.ends_on.data)
        return PartnerData(
            code=str(self.code.data).upper(),
            name=self.name.data or "",
            kind=PartnerKind(self.kind.data),
            contact=self.contact.data or "",
            agreement=deal,
        )
