"""Forms of certificates: the reason of a final act."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from lms.certificates.rules.states import MAX_REASON_CHARACTERS, MIN_REASON_CHARACTERS
from lms.web.forms import BaseForm, InputRequired, Length, LongTextField


class ReasonForm(BaseForm):
    """Why a certificate is revoked or replaced."""

    reason = LongTextField(
        _l("Alasan"),
        [InputRequired(), Length(min=MIN_REASON_CHARACTERS, max=MAX_REASON_CHARACTERS)],
        description=_l("Dibaca pemilik sertifikat dan tersimpan selamanya. Jangan tulis NIP atau data pribadi lain."),
    )
