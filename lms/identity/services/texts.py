"""The sentences and names that people read about access; the web edge translates them."""

from __future__ import annotations

from lms.core.text import N_, Text
from lms.identity.rules import DelegationRefusal, LoginFault, LoginName, PasswordFault

PASSWORD_TEXTS: dict[PasswordFault, Text] = {
    PasswordFault.SHORT: N_("Kata sandi paling sedikit 10 karakter. Tambahkan kata lain di belakangnya."),
    PasswordFault.LONG: N_("Kata sandi paling banyak 200 karakter. Pendekkan kata sandi Anda."),
    PasswordFault.COMMON: N_("Kata sandi ini mudah ditebak. Pakailah tiga kata yang tidak berhubungan."),
    PasswordFault.PERSONAL: N_("Kata sandi memuat nama, NIP, atau tanggal lahir Anda. Pilih kata lain."),
    PasswordFault.SAME: N_("Kata sandi baru sama dengan yang lama. Pilih kata sandi lain."),
}
REFUSAL_TEXTS: dict[DelegationRefusal, Text] = {
    DelegationRefusal.SELF: N_("Anda tidak dapat menunjuk diri sendiri. Pilih pegawai lain."),
    DelegationRefusal.NOT_HELD: N_("Kewenangan itu bukan milik Anda di unit ini. Pilih yang Anda pegang sendiri."),
    DelegationRefusal.NOT_DELEGABLE: N_("Kewenangan ini tidak dapat dititipkan. Hubungi pengelola sistem."),
    DelegationRefusal.BACKWARDS: N_("Hari akhir jatuh sebelum hari mulai. Periksa kedua tanggal."),
    DelegationRefusal.PAST: N_("Hari mulai sudah lewat. Mulailah hari ini atau sesudahnya."),
    DelegationRefusal.TOO_LONG: N_("Penunjukan paling lama tiga bulan. Perbarui lagi bila masih perlu."),
}
NUMBER_AS_NAME = N_("Nama masuk tidak boleh berupa angka saja. Tambahkan huruf.")
_LABELS: dict[str, Text] = {
    "account.open": N_("Akun dibuka"),
    "account.activate": N_("Akun diaktifkan"),
    "account.log_in": N_("Masuk"),
    "account.log_in_failed": N_("Gagal masuk"),
    "account.log_out": N_("Keluar"),
    "account.change_password": N_("Kata sandi diganti"),
    "account.reset_access": N_("Kode aktivasi baru dibuat"),
    "account.disable": N_("Akun ditutup"),
    "account.enable": N_("Akun dibuka kembali"),
    "account.appearance": N_("Tampilan diganti"),
    "second_factor.enrol": N_("Faktor kedua dipasang"),
    "second_factor.remove": N_("Faktor kedua dilepas"),
    "second_factor.new_codes": N_("Kode cadangan dibuat baru"),
    "second_factor.code_used": N_("Kode cadangan dipakai"),
    "second_factor.failed": N_("Kode faktor kedua salah"),
    "second_factor.confirm": N_("Faktor kedua ditunjukkan lagi"),
    "session.end": N_("Sesi diakhiri"),
    "grant.give": N_("Kewenangan diberikan"),
    "grant.revoke": N_("Kewenangan dicabut"),
    "delegation.make": N_("Penunjukan Plt./Plh. dibuat"),
    "delegation.revoke": N_("Penunjukan Plt./Plh. diakhiri"),
    "personal_data.download": N_("Data pribadi diunduh"),
    "audit.export": N_("Jejak perubahan diekspor"),
    "job.try_again": N_("Tugas tertahan diulang"),
}


def register_action_labels(labels: dict[str, Text]) -> None:
    """Add readable names of an upper package's actions."""
    _LABELS.update(labels)


def action_label(action: str) -> Text:
    """Return how an action reads; its code when it has no name yet."""
    return _LABELS.get(action) or Text(action)


def known_actions() -> list[tuple[str, Text]]:
    """Return all named actions in the order of their codes."""
    return sorted(_LABELS.items())


def login_fault_text(login: LoginName) -> Text | None:
    """Return what is wrong with a typed name and what to do, or None when nothing is."""
    if login.fault is None:
        return None
    if login.fault is LoginFault.EMPTY:
        return N_("Isi NIP atau nama masuk Anda.")
    if login.fault is LoginFault.NUMBER_LENGTH:
        return N_(
            "NIP harus 18 angka. Anda mengetik %(count)s. Periksa kembali kartu pegawai.",
            count=login.typed_count,
        )
    return N_("Nama masuk hanya berisi huruf, angka, titik, dan garis. Periksa kembali ketikan Anda.")
