"""Forms of certificates: the reason of a final act."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from lms.certificates.rules.states import MAX_REASON_CHARACTERS, MIN_REASON_CHARACTERS
from lms.web.forms import (
    BaseForm,
    InputRequired,
    Length,
    LineField,
    LongTextField,
    Optional,
    SelectField,
    WholeField,
)


class ReasonForm(BaseForm):
    """Why a certificate is revoked or replaced."""

    reason = LongTextField(
        _l("Alasan"),
        [InputRequired(), Length(min=MIN_REASON_CHARACTERS, max=MAX_REASON_CHARACTERS)],
        description=_l("Dibaca pemilik sertifikat dan tersimpan selamanya. Jangan tulis NIP atau data pribadi lain."),
    )


class TemplateForm(BaseForm):
    """Wording of a template; saving makes a new version."""

    file = SelectField(_l("Tata letak"))
    title = LineField(_l("Judul surat"), [InputRequired(), Length(max=120)])
    office = LineField(_l("Nama kantor penerbit"), [InputRequired(), Length(max=160)])
    place = LineField(_l("Tempat terbit"), [InputRequired(), Length(max=80)])
    legal_basis = LineField(_l("Dasar hukum"), [InputRequired(), Length(max=200)])
    qualification = LineField(_l("Keterangan kelulusan"), [InputRequired(), Length(max=60)])
    number_pattern = LineField(
        _l("Pola nomor"),
        [InputRequired(), Length(max=80)],
        description=_l("Tempat: {class}, {serial:04}, {unit}, {roman_month}, {month}, {year}."),
    )
    unit = LineField(_l("Kode unit pada nomor"), [InputRequired(), Length(max=40)])
    archive_class = LineField(_l("Klasifikasi arsip"), [InputRequired(), Length(max=40)])
    signatory_position = LineField(_l("Jabatan penanda tangan"), [InputRequired(), Length(max=160)])
    signatory_name = LineField(
        _l("Nama penanda tangan"),
        [Optional(), Length(max=120)],
        description=_l("Bila kosong, diambil dari data kepala unit pada hari terbit."),
    )
    signatory_rank = LineField(_l("Pangkat penanda tangan"), [Optional(), Length(max=80)])
    signatory_number = LineField(_l("NIP penanda tangan"), [Optional(), Length(max=18)])
    valid_months = WholeField(
        _l("Masa berlaku (bulan)"), [Optional()], description=_l("Bila kosong, sertifikat berlaku selamanya.")
    )
