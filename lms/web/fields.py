"""Form fields that read what people here write: NIP with spaces, 24/11/2026, 14.05, 1.234,5."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms import RadioField as _RadioField
from wtforms import SelectField as _SelectField
from wtforms import SelectMultipleField as _SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation, ValidationError
from wtforms.widgets import HiddenInput, TextInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTH_NAMES = {
    name: month
    for month, names in enumerate(
        (
            "januari jan january",
            "februari feb february pebruari",
            "maret mar march",
            "april apr",
            "mei may",
            "juni jun june",
            "juli jul july",
            "agustus agu agt ags august aug",
            "september sep sept",
            "oktober okt october oct",
            "november nov nopember nop",
            "desember des december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_NUMERIC_DAY = re.compile(r"([0-9]{1,2})\s*[/.\- ]\s*([0-9]{1,2})\s*[/.\- ]\s*([0-9]{4})")
_NAMED_DAY = re.compile(r"(?:[a-z']+\s*,\s*)?([0-9]{1,2})\s+([a-z]+)\.?\s+([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
# Outside of these a year is a slip of the finger, and at the edges of the calendar no zone can be reckoned.
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_CLOCK = re.compile(r"([0-9]{1,2})\s*[.:]\s*([0-9]{2})(?:\s*(?:wib|wita|wit))?")
# Bidirectional controls and control characters are never part of a name or a sentence (trust.md 2.7).
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def clean_text(text: str) -> str:
    """Return typed text without invisible controls and without spaces at its ends."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n")).strip()


def parse_day(text: str) -> date | None:
    """Return the day of `24/11/2026`, `24-11-2026`, `24 November 2026` or `2026-11-24`, else None."""
    lowered = " ".join(text.lower().split())
    if match := _ISO_DAY.fullmatch(lowered):
        year, month, day = (int(part) for part in match.groups())
    elif match := _NUMERIC_DAY.fullmatch(lowered):
        day, month, year = (int(part) for part in match.groups())
    elif match := _NAMED_DAY.fullmatch(lowered):
        day, month, year = int(match[1]), _MONTH_NAMES.get(match[2], 0), int(match[3])
    else:
        return None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_clock(text: str) -> time | None:
    """Return the time of `14.05`, `14:05` or `14.05 WITA`, else None."""
    match = _CLOCK.fullmatch(text.strip().lower())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return time(int(match[1]), int(match[2]))


def parse_number(text: str) -> Decimal | None:
    """Return the number of `1.234,56`, `1234,56`, `82,5` or `82.5`.

    None where it can be read in two ways: `1.234` may be a thousand or one and a bit.
    """
    typed = re.sub(r"\s", "", text)
    if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", typed) or re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{3}){2,}", typed):
        typed = typed.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?[0-9]+,[0-9]+", typed):
        typed = typed.replace(",", ".")
    elif re.fullmatch(r"-?[1-9][0-9]{0,2}\.[0-9]{3}", typed) or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", typed):
        return None
    try:
        return Decimal(typed)
    except InvalidOperation:  # pragma: no cover -- the patterns above let digits through only
        return None


class _TypedText(Field, ABC):  # type: ignore[misc]
    """A text field whose words are read as a value; what was typed is shown again when it cannot be."""

    widget = TextInput()
    data: Any
    raw_data: Any

    @abstractmethod
    def _parse(self, text: str) -> Any:
        """Return the value of a text, or None when it cannot be read."""

    def _show(self, value: Any) -> str:
        return str(value)

    @abstractmethod
    def _complaint(self, typed: str) -> str:
        """Return what is wrong with a text that cannot be read, and what to type."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self._show(self.data)

    def pre_validate(self, _form: Any) -> None:
        """Leave it at one message when the text could not be read at all."""
        if self.process_errors:
            raise StopValidation

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the posted text; an empty one is None, which `InputRequired` may refuse."""
        typed = clean_text(str(valuelist[0])) if valuelist else ""
        self.data = self._parse(typed) if typed else None
        if not typed:
            self.raw_data = []  # spaces alone are nothing to `InputRequired` either
        if typed and self.data is None:
            raise ValueError(self._complaint(typed))


class NipField(_TypedText):
    """Employee number; spaces, dots and hyphens in it do not count. `data` is 18 digits."""

    def _parse(self, text: str) -> str | None:
        digits = re.sub(r"[\s.\-'’]", "", text)
        return digits if re.fullmatch(r"[0-9]{18}", digits) else None

    def _show(self, value: Any) -> str:
        text = str(value)
        return f"{text[:8]} {text[8:14]} {text[14:15]} {text[15:]}".strip()

    def _complaint(self, typed: str) -> str:
        digits = re.sub(r"[\s.\-'’]", "", typed)
        if not re.fullmatch(r"[0-9]+", digits):
            return _("NIP hanya berisi angka. Periksa kembali kartu pegawai.")
        return _("NIP harus 18 angka. Anda mengetik %(count)s. Periksa kembali kartu pegawai.", count=len(digits))


class DayField(_TypedText):
    """Calendar day as a text field, `24/11/2026` or `24 November 2026`; `data` is a date."""

    def _parse(self, text: str) -> date | None:
        return parse_day(text)

    def _show(self, value: Any) -> str:
        return f"{value.day:02}/{value.month:02}/{value.year}"

    def _complaint(self, _typed: str) -> str:
        return _("Tulis tanggal seperti 24/11/2026 atau 24 November 2026. Tanggal itu harus ada di kalender.")


class ClockField(_TypedText):
    """Time of day as a text field, `14.05`; `data` is a time without zone."""

    def _parse(self, text: str) -> time | None:
        return parse_clock(text)

    def _show(self, value: Any) -> str:
        return f"{value.hour:02}.{value.minute:02}"

    def _complaint(self, _typed: str) -> str:
        return _("Tulis jam seperti 14.05, dari 00.00 sampai 23.59.")


class DecimalField(_TypedText):
    """Number written the Indonesian way; `data` is a Decimal."""

    def _parse(self, text: str) -> Decimal | None:
        return parse_number(text)

    def _show(self, value: Any) -> str:
        return str(value).replace(".", ",")

    def _complaint(self, typed: str) -> str:
        if re.fullmatch(r"-?[0-9]{1,3}\.[0-9]{3}", typed):
            plain = typed.replace(".", "")
            return _(
                "%(typed)s dapat dibaca dua cara. Tulis %(thousand)s atau %(small)s.",
                typed=typed, thousand=plain, small=typed.replace(".", ","),
            )  # fmt: skip
        return _("Tulis angka saja, dengan koma untuk pecahan. Contoh: 82,5.")


class WholeField(_TypedText):
    """Whole number; `data` is an int."""

    def _parse(self, text: str) -> int | None:
        digits = re.sub(r"[\s.](?=[0-9]{3}(\D|$))", "", text)
        return int(digits) if re.fullmatch(r"-?[0-9]{1,12}", digits) else None

    def _complaint(self, _typed: str) -> str:
        return _("Tulis angka bulat, tanpa koma dan tanpa huruf. Contoh: 12.")


class VersionField(HiddenField):  # type: ignore[misc]
    """Hidden version counter of the row that the form edits; `data` is an int or None."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the counter; anything but digits counts as absent."""
        typed = str(valuelist[0]) if valuelist else ""
        self.data = int(typed) if re.fullmatch(r"[0-9]{1,9}", typed) else None


class LineField(StringField):  # type: ignore[misc]
    """One line of text; invisible controls and spaces at its ends are taken away."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the text."""
        if valuelist:
            self.data = " ".join(clean_text(str(valuelist[0])).split())
            self.raw_data = [self.data]  # spaces alone are nothing to `InputRequired` either


class LongTextField(TextAreaField):  # type: ignore[misc]
    """Several lines of text; invisible controls and spaces at its ends are taken away."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the text."""
        if valuelist:
            self.data = clean_text(str(valuelist[0]))
            self.raw_data = [self.data]  # spaces alone are nothing to `InputRequired` either


def _as_choices(choices: Any) -> Any:
    """Return pairs of (value, label) in the form that WTForms wants from 3.4 on."""
    if choices is None or callable(choices) or isinstance(choices, dict):
        return choices
    return [SelectChoice(str(one[0]), one[1]) if isinstance(one, tuple) else one for one in choices]


class _Pairs:
    """Lets `choices` be plain pairs of (value, label), at the class and on the bound field."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        if "choices" in kwargs:
            kwargs["choices"] = _as_choices(kwargs["choices"])
        super().__init__(label, validators, **kwargs)  # type: ignore[call-arg]

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, _as_choices(value) if name == "choices" else value)


class EmailAddress:
    """Validator: one mailbox at one domain; whether it exists, only a message to it can tell."""

    _SHAPE = re.compile(r"[^@\s,;<>\"']{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")

    def __call__(self, _form: Any, field: Field) -> None:
        """Refuse what cannot be an address."""
        if not self._SHAPE.fullmatch(str(field.data or "")):
            raise ValidationError(_("Tulis alamat surel lengkap, seperti nama@contoh.go.id."))


class SelectField(_Pairs, _SelectField):  # type: ignore[misc]
    """One of a list; `choices` are pairs of (value, label)."""


class RadioField(_Pairs, _RadioField):  # type: ignore[misc]
    """One of a few, all in sight; `choices` are pairs of (value, label)."""


class SelectMultipleField(_Pairs, _SelectMultipleField):  # type: ignore[misc]
    """Some of a few, as boxes to tick; `choices` are pairs of (value, label)."""
