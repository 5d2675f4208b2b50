"""Forms: WTForms with Indonesian messages, one-time keys and an error summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import CombinedMultiDict, FileStorage
from wtforms import (
    BooleanField,
    FileField,
    Form,
    HiddenField,
    MultipleFileField,
    PasswordField,
)
from wtforms.meta import DefaultMeta
from wtforms.validators import (
    AnyOf,
    EqualTo,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    StopValidation,
    ValidationError,
)

from lms.core.errors import DomainError
from lms.web.fields import (
    ClockField,
    DayField,
    DecimalField,
    EmailAddress,
    LineField,
    LongTextField,
    NipField,
    RadioField,
    SelectField,
    SelectMultipleField,
    VersionField,
    WholeField,
)
from lms.web.i18n import translate
from lms.web.once import Claim, claim_once, once_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wtforms import Field

__all__ = [
    "AnyOf",
    "BaseForm",
    "BooleanField",
    "Claim",
    "ClockField",
    "DayField",
    "DecimalField",
    "EmailAddress",
    "EqualTo",
    "FileField",
    "HiddenField",
    "InputRequired",
    "Length",
    "LineField",
    "LongTextField",
    "MultipleFileField",
    "NipField",
    "NumberRange",
    "Optional",
    "PasswordField",
    "RadioField",
    "Regexp",
    "SelectField",
    "SelectMultipleField",
    "StopValidation",
    "Summary",
    "ValidationError",
    "VersionField",
    "WholeField",
    "claim_once",
    "once_field",
    "uploaded",
]

# WTForms' English texts and ours; `%(thing)s` is the field's label. A test holds the list complete.
MESSAGES: dict[str, Any] = {
    "This field is required.": _l("Isi %(thing)s."),
    "Invalid field name '%s'.": _l("Isian %%s tidak dikenal."),
    "Field must be equal to %(other_name)s.": _l("Isian ini harus sama dengan isian sebelumnya."),
    "Field must be at least %(min)d character long.": _l("Tulis paling sedikit %%(min)d huruf."),
    "Field must be at least %(min)d characters long.": _l("Tulis paling sedikit %%(min)d huruf."),
    "Field cannot be longer than %(max)d character.": _l("Tulis paling banyak %%(max)d huruf."),
    "Field cannot be longer than %(max)d characters.": _l("Tulis paling banyak %%(max)d huruf."),
    "Field must be exactly %(max)d character long.": _l("Tulis tepat %%(max)d huruf."),
    "Field must be exactly %(max)d characters long.": _l("Tulis tepat %%(max)d huruf."),
    "Field must be between %(min)d and %(max)d characters long.": _l("Tulis %%(min)d sampai %%(max)d huruf."),
    "Number must be at least %(min)s.": _l("Angka paling kecil %%(min)s."),
    "Number must be at most %(max)s.": _l("Angka paling besar %%(max)s."),
    "Number must be between %(min)s and %(max)s.": _l("Angka harus antara %%(min)s dan %%(max)s."),
    "Date must be at least %(min)s.": _l("Tanggal paling awal %%(min)s."),
    "Date must be at most %(max)s.": _l("Tanggal paling akhir %%(max)s."),
    "Date must be between %(min)s and %(max)s.": _l("Tanggal harus antara %%(min)s dan %%(max)s."),
    "Invalid input.": _l("Bentuk %(thing)s belum tepat. Periksa kembali tulisannya."),
    "Invalid email address.": _l("Tulis alamat surel lengkap, seperti nama@contoh.go.id."),
    "Invalid IP address.": _l("Tulis alamat IP, seperti 10.0.0.1."),
    "Invalid Mac address.": _l("Tulis alamat MAC perangkat dengan lengkap."),
    "Invalid URL.": _l("Tulis tautan lengkap yang diawali https://."),
    "Invalid UUID.": _l("Nomor pengenal itu tidak lengkap. Salin sekali lagi."),
    "Invalid value, must be one of: %(values)s.": _l("Pilih salah satu: %%(values)s."),
    "Invalid value, can't be any of: %(values)s.": _l("Jangan memakai: %%(values)s."),
    "This field cannot be edited.": _l("Isian ini tidak dapat diubah."),
    "This field is disabled and cannot have a value.": _l("Isian ini sedang ditutup."),
    "Invalid Choice: could not coerce.": _l("Pilih %(thing)s dari daftar."),
    "Choices cannot be None.": _l("Daftar pilihan belum disiapkan."),
    "Not a valid choice.": _l("Pilih %(thing)s dari daftar."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _l("Pilih %(thing)s dari daftar."),
    "'%(value)s' is not a valid choice for this field.": _l("Pilihan %%(value)s tidak ada dalam daftar."),
    "'%(value)s' are not valid choices for this field.": _l("Pilihan %%(value)s tidak ada dalam daftar."),
    "Not a valid datetime value.": _l("Tulis tanggal dan jam seperti 24/11/2026 14.05."),
    "Not a valid date value.": _l("Tulis tanggal seperti 24/11/2026."),
    "Not a valid time value.": _l("Tulis jam seperti 14.05."),
    "Not a valid week value.": _l("Tulis minggu dengan lengkap."),
    "Not a valid integer value.": _l("Tulis angka bulat, tanpa koma dan tanpa huruf. Contoh: 12."),
    "Not a valid decimal value.": _l("Tulis angka saja, dengan koma untuk pecahan. Contoh: 82,5."),
    "Not a valid float value.": _l("Tulis angka saja, dengan koma untuk pecahan. Contoh: 82,5."),
}


def thing_of(label: str) -> str:
    """Return a label as it stands inside a sentence: `Nama lengkap` → `nama lengkap`, `NIP` stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() or len(label) == 1 else label


class _Messages:
    """WTForms' translation interface for one field, so that messages may name it."""

    def __init__(self, label: Any) -> None:
        self._label = label

    def gettext(self, string: str) -> str:
        """Return our sentence for WTForms' text; our own texts stay as they are."""
        ours = MESSAGES.get(string)
        # The doubled per cent signs of the list become the places that the validator fills.
        return string if ours is None else str(ours) % {"thing": thing_of(str(self._label))}

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return our sentence; Indonesian has no plural forms."""
        return self.gettext(singular if n == 1 else plural)


class _Meta(DefaultMeta):  # type: ignore[misc]
    """Binds each field with its own messages."""

    def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
        """Return the bound field."""
        field = super().bind_field(form, unbound_field, options)
        field._translations = _Messages(field.label.text)  # noqa: SLF001 -- WTForms offers no other way per field
        return field

    def render_field(self, field: Any, render_kw: dict[str, Any]) -> Any:
        """Return the control without `required`: browsers complain in their own language."""
        render_kw.setdefault("required", False)
        return super().render_field(field, render_kw)


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the error summary.

    Args:
        target: id of the control to which it leads; empty for errors of the whole form.
        message: the sentence.
    """

    target: str
    message: str


class BaseForm(Form):  # type: ignore[misc]
    """Root of all forms; reads the request's fields and files on POST by itself.

    `BaseForm(obj=row)`, `BaseForm(data={...})` fill it beforehand. A form on a GET page (a filter) is made
    with `BaseForm(request.args)`.
    """

    Meta = _Meta

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        """Bind the fields.

        Args:
            formdata: left out on pages with a POST form.
            kwargs: as for wtforms.Form: obj, prefix, data, field defaults.
        """
        if formdata is None and request.method == "POST":
            formdata = CombinedMultiDict((request.files, request.form))
        self._general: list[str] = []
        super().__init__(formdata, **kwargs)

    def ok(self) -> bool:
        """Return whether the form was posted and each field can be read."""
        return request.method == "POST" and self.validate()

    def refuse(self, error: DomainError | str) -> None:
        """Add what the service answered; `Invalid.fields` go to their fields, the rest to the summary."""
        fields: Mapping[str, Any] = getattr(error, "fields", None) or {}
        for name, message in fields.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, translate(message)]
            else:
                self._general.append(translate(message))
        message = translate(error.message if isinstance(error, DomainError) else error)
        if message and (not fields or isinstance(error, str)):
            self._general.append(message)

    @property
    def summary(self) -> list[Summary]:
        """All errors of the form in the order of its fields, for `error_summary(form=form)`."""
        lines = [Summary("", message) for message in self._general]
        for field in self:
            lines += [Summary(_target(field), str(message)) for message in _flat(field.errors)]
        return lines


def _target(field: Field) -> str:
    """Return the id of the control that the error is about; of a set of choices the first."""
    return f"{field.id}-0" if isinstance(field, (RadioField, SelectMultipleField)) else str(field.id)


def _flat(errors: Any) -> list[Any]:
    if isinstance(errors, dict):
        return [one for many in errors.values() for one in _flat(many)]
    return [one for many in errors for one in (_flat(many) if isinstance(many, (list, dict)) else [many])]


def uploaded(field: FileField) -> FileStorage | None:
    """Return the file that was sent with a field, or None when the field was left empty."""
    sent = field.data
    return sent if isinstance(sent, FileStorage) and sent.filename else None
