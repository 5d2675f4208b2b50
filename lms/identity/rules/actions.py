"""How audited actions read to a person; upper packages add theirs."""

from __future__ import annotations

from lms.core.text import N_, Text

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
