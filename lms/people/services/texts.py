"""Sentences for the faults of personnel data: what is wrong, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lms.core.text import N_, Text

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Sentence:
    """Reason and mend, to be translated where they are shown."""

    reason: Text
    mend: Text


_SENTENCES: Final[dict[str, tuple[Text, Text]]] = {
    "number_empty": (N_("NIP belum diisi."), N_("Ketik 18 angka NIP dari kartu pegawai.")),
    "number_excel": (
        N_("NIP berubah menjadi angka Excel."),
        N_("Ubah kolom NIP menjadi Teks, lalu ketik ulang."),
    ),
    "number_letters": (N_("NIP memuat huruf atau tanda lain."), N_("Tulis 18 angka saja.")),
    "number_length": (
        N_("NIP %(length)s angka, seharusnya 18."),
        N_("Periksa kartu pegawai. Angka terakhir mungkin terpotong."),
    ),
    "number_birth_month": (
        N_("Tanggal lahir dalam NIP tidak ada: bulan %(month)s."),
        N_("Cocokkan dengan SK terakhir."),
    ),
    "number_birth_day": (
        N_("Tanggal lahir dalam NIP tidak ada: tanggal %(day)s."),
        N_("Cocokkan dengan SK terakhir."),
    ),
    "number_age": (
        N_("Menurut NIP, umurnya %(age)s tahun. Batasnya 17 sampai 75."),
        N_("Cocokkan delapan angka pertama dengan tanggal lahir."),
    ),
    "number_year": (
        N_("Tahun pengangkatan dalam NIP tidak mungkin: %(year)s."),
        N_("Cocokkan angka 9 sampai 12 dengan SK CPNS."),
    ),
    "number_month": (
        N_("Bulan pengangkatan dalam NIP tidak ada: %(month)s."),
        N_("Cocokkan angka 13 dan 14 dengan SK CPNS. PPPK ditulis pada kolom jenis pegawai."),
    ),
    "number_gender": (
        N_("Angka ke-15 NIP harus 1 atau 2, bukan %(digit)s."),
        N_("Angka 1 untuk laki-laki, 2 untuk perempuan."),
    ),
    "number_serial": (N_("Nomor urut NIP tidak boleh 000."), N_("Cocokkan tiga angka terakhir.")),
    "number_birth_differs": (
        N_("Tanggal lahir berbeda dengan NIP."),
        N_("Data tetap dipakai. Cocokkan dengan SK terakhir."),
    ),
    "number_gender_differs": (
        N_("Jenis kelamin berbeda dengan NIP."),
        N_("Data tetap dipakai. Cocokkan dengan SK terakhir."),
    ),
    "number_twice": (
        N_("NIP ini sudah ada di baris %(row)s."),
        N_("Hapus salah satu baris, atau perbaiki nomornya."),
    ),
    "number_of_other": (
        N_("NIP dan PNS ID menunjuk dua pegawai yang berbeda."),
        N_("Periksa kedua nomor pada SIASN."),
    ),
    "name_empty": (N_("Nama belum diisi."), N_("Tulis nama tanpa gelar.")),
    "too_long": (N_("Isi kolom ini lebih dari %(limit)s huruf."), N_("Pendekkan isinya.")),
    "legal_status_unknown": (
        N_("Kedudukan hukum ini tidak dikenal."),
        N_("Pakai kode SIASN, misalnya 01 untuk aktif."),
    ),
    "date_unreadable": (
        N_("Tanggal ini tidak dapat dibaca."),
        N_("Tulis seperti 24-11-2026."),
    ),
    "gender_unknown": (N_("Jenis kelamin ini tidak dikenal."), N_("Tulis L atau P.")),
    "email_unreadable": (
        N_("Alamat surel ini tidak lengkap."),
        N_("Surel diabaikan. Perbaiki bila perlu."),
    ),
    "rank_unknown": (
        N_("Golongan ini tidak dikenal untuk jenis pegawainya."),
        N_("Tulis seperti III/a untuk PNS atau IX untuk PPPK."),
    ),
    "unit_empty": (N_("Unit kerja belum diisi."), N_("Isi kolom UNOR NAMA.")),
    "unit_unknown": (
        N_("Unit “%(name)s” tidak dikenal."),
        N_("Perbaiki kolom UNOR NAMA."),
    ),
    "unit_unknown_near": (
        N_("Unit “%(name)s” tidak dikenal."),
        N_("Mungkin maksudnya %(near)s. Perbaiki kolom UNOR NAMA."),
    ),
    "unit_ambiguous": (
        N_("Ada %(count)s unit bernama “%(name)s”."),
        N_("Isi kolom UNOR ID dengan kode unitnya."),
    ),
    "unit_outside": (
        N_("Unit “%(name)s” di luar berkas ini atau wilayah Anda."),
        N_("Pilih unit yang lebih luas saat mengunggah, atau minta BKPSDM."),
    ),
    "unit_closed": (N_("Unit “%(name)s” sudah tidak berlaku."), N_("Tulis unit penggantinya.")),
    "position_empty": (N_("Jabatan belum diisi."), N_("Isi kolom JABATAN NAMA.")),
    "position_unknown": (
        N_("Jabatan “%(name)s” tidak ada di %(unit)s."),
        N_("Perbaiki kolom JABATAN NAMA, atau tambahkan jabatannya dahulu."),
    ),
    "position_unknown_near": (
        N_("Jabatan “%(name)s” tidak ada di %(unit)s."),
        N_("Mungkin maksudnya %(near)s. Perbaiki kolom JABATAN NAMA."),
    ),
    "person_elsewhere": (
        N_("Pegawai ini tercatat di unit di luar wilayah Anda."),
        N_("Mintalah BKPSDM memindahkannya."),
    ),
    "already_left": (
        N_("Menurut berkas, orang ini sudah tidak aktif dan belum pernah tercatat."),
        N_("Baris ini tidak perlu diperbaiki."),
    ),
    "job_older": (
        N_("TMT jabatan lebih lama daripada jabatan yang tercatat."),
        N_("Periksa kolom TMT JABATAN. Berkas ini mungkin sudah lama."),
    ),
    "job_far": (
        N_("TMT jabatan lebih dari satu tahun lagi."),
        N_("Periksa kolom TMT JABATAN."),
    ),
    "leaves_before_job": (
        N_("Pegawai ini punya jabatan yang baru akan mulai."),
        N_("Periksa riwayat jabatannya lebih dahulu."),
    ),
    "changed_meanwhile": (
        N_("Data pegawai ini berubah sesudah pratinjau dibuat."),
        N_("Unggah lagi berkasnya untuk baris ini."),
    ),
    "changed_after": (
        N_("Data pegawai ini sudah diubah lagi sesudah impor."),
        N_("Periksa datanya sendiri bila perlu."),
    ),
    "kept_with_records": (
        N_("Pegawai baru ini sudah punya catatan lain di Bina."),
        N_("Datanya tetap ada, tetapi tidak aktif."),
    ),
}


def sentence(code: str, values: Mapping[str, Any] | None = None) -> Sentence:
    """Return reason and mend of a fault, filled with its values."""
    reason, mend = _SENTENCES[code]
    filled = dict(values or {})
    return Sentence(Text(reason.source, **filled), Text(mend.source, **filled))


def known_codes() -> frozenset[str]:
    """Return all codes that have a sentence; a test holds them equal to the codes in use."""
    return frozenset(_SENTENCES)
