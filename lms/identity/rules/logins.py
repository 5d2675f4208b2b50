"""What a person types to say who they are: a NIP, or a login name given by HR."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lms.core.text import N_, Text

NUMBER_LENGTH = 18
_SEPARATORS = re.compile(r"[\s.'’‘`´-]+")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,58}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class LoginName:
    """A normalised entry: `number` or `name` is set, or `fault` says what to mend."""

    number: str | None = None
    name: str | None = None
    fault: Text | None = None

    @property
    def key(self) -> str:
        """Return the text that throttling counts by."""
        return self.number or self.name or ""


def login_name(typed: str) -> LoginName:
    """Return what was typed as a NIP of 18 figures or a login name in small letters."""
    text = typed.strip()
    if not text:
        return LoginName(fault=N_("Isi NIP atau nama masuk Anda."))
    digits = _SEPARATORS.sub("", text)
    if digits.isascii() and digits.isdigit():
        if len(digits) == NUMBER_LENGTH:
            return LoginName(number=digits)
        return LoginName(
            fault=N_(
                "NIP harus 18 angka. Anda mengetik %(count)s. Periksa kembali kartu pegawai.",
                count=len(digits),
            )
        )
    name = text.lower()
    if _NAME.fullmatch(name) is None:
        return LoginName(
            fault=N_("Nama masuk hanya berisi huruf, angka, titik, dan garis. Periksa kembali ketikan Anda.")
        )
    return LoginName(name=name)
