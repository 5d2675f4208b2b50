"""Forms of courses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import lazy_gettext as _l

from lms.courses.rules import NOTE_MAX, PROOF_BYTES, REASON_MAX, ClaimFacts
from lms.courses.services import ClaimData, Proof
from lms.web.forms import (
    BaseForm,
    DayField,
    FileField,
    InputRequired,
    Length,
    LineField,
    LongTextField,
    Optional,
    SelectField,
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
