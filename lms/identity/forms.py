"""Forms of log-in, second factor, password, grants and delegations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from lms.core.actor import Role
from lms.identity.models import DelegationKind
from lms.identity.policies import ROLE_NAMES
from lms.web.fields import DayField
from lms.web.forms import (
    BaseForm,
    BooleanField,
    HiddenField,
    InputRequired,
    Length,
    LineField,
    Optional,
    PasswordField,
    RadioField,
    SelectField,
)
from lms.web.i18n import translate

KINDS = {
    DelegationKind.PLH: _l("Plh., selama pemegangnya berhalangan"),
    DelegationKind.PLT: _l("Plt., untuk jabatan kosong"),
}


class LoginForm(BaseForm):
    """NIP or login name, password, and whether the computer is shared."""

    nip = LineField(
        _l("NIP atau nama masuk"),
        [InputRequired()],
        description=_l("18 angka di kartu pegawai. Spasi boleh ikut tertulis."),
    )
    kata_sandi = PasswordField(_l("Kata sandi"), [InputRequired()])
    bersama = BooleanField(
        _l("Ini komputer bersama"), description=_l("Keluar sendiri setelah 15 menit tanpa kegiatan.")
    )
    lanjut = HiddenField()


class CodeForm(BaseForm):
    """A code from the telephone, or a recovery code."""

    kode = LineField(_l("Kode"), [InputRequired(), Length(max=40)])
    lanjut = HiddenField()


class ActivationForm(BaseForm):
    """The code from the letter."""

    kode = LineField(
        _l("Kode aktivasi"),
        [InputRequired(), Length(max=40)],
        description=_l("12 huruf dan angka dalam tiga kelompok. Huruf kecil juga boleh."),
    )


class FirstPasswordForm(BaseForm):
    """The first password, typed twice; the code is carried along."""

    kode = HiddenField()
    kata_sandi_baru = PasswordField(
        _l("Kata sandi baru"),
        [InputRequired()],
        description=_l("Paling sedikit 10 karakter. Tiga kata yang tidak berhubungan mudah diingat."),
    )
    ulangi = PasswordField(_l("Ketik sekali lagi"), [InputRequired()])
    bersama = BooleanField(
        _l("Ini komputer bersama"), description=_l("Keluar sendiri setelah 15 menit tanpa kegiatan.")
    )


class PasswordForm(BaseForm):
    """The old password and the new one."""

    kata_sandi_lama = PasswordField(_l("Kata sandi sekarang"), [InputRequired()])
    kata_sandi_baru = PasswordField(
        _l("Kata sandi baru"),
        [InputRequired()],
        description=_l("Paling sedikit 10 karakter. Tiga kata yang tidak berhubungan mudah diingat."),
    )
    ulangi = PasswordField(_l("Ketik sekali lagi"), [InputRequired()])


class ReasonForm(BaseForm):
    """Why; kept in the trail."""

    alasan = LineField(
        _l("Alasan"),
        [InputRequired(), Length(max=300)],
        description=_l("Satu kalimat. Tersimpan di jejak perubahan."),
    )


class GrantForm(BaseForm):
    """A role over a unit for some time; the person is chosen before."""

    kewenangan = SelectField(_l("Kewenangan"), [InputRequired()])
    unit = SelectField(_l("Unit"), [InputRequired()], description=_l("Berlaku juga untuk semua unit di bawahnya."))
    mulai = DayField(_l("Mulai"), [InputRequired()])
    sampai = DayField(_l("Sampai"), [Optional()], description=_l("Kosongkan bila tanpa batas waktu."))
    alasan = LineField(_l("Dasar"), [InputRequired(), Length(max=300)], description=_l("Misalnya nomor surat tugas."))


class DelegationForm(BaseForm):
    """An own role over a unit, lent for some days; the person is chosen before."""

    hak = SelectField(_l("Kewenangan yang dititipkan"), [InputRequired()])
    jenis = RadioField(
        _l("Jenis penunjukan"),
        [InputRequired()],
        choices=[(kind.value, label) for kind, label in KINDS.items()],
        default=DelegationKind.PLH.value,
    )
    mulai = DayField(_l("Mulai"), [InputRequired()], description=_l("Misalnya 24/11/2026."))
    sampai = DayField(_l("Sampai"), [InputRequired()], description=_l("Hari terakhir ikut terhitung."))
    surat = LineField(_l("Nomor surat"), [Optional(), Length(max=120)])


def role_choices(roles: frozenset[Role]) -> list[tuple[str, str]]:
    """Return roles as choices, in the order in which they are defined."""
    return [(role.value, translate(ROLE_NAMES[role])) for role in Role if role in roles]
