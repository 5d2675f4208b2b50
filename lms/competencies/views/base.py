"""The blueprint, and the words that its pages share."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms.competencies.models import CompetencyGroup, EvidenceSource
from lms.core import clock
from lms.web.guard import current_actor

if TYPE_CHECKING:
    from lms.competencies.queries import Proof

bp = Blueprint("competencies", __name__)

GROUP_LABELS: dict[str, Any] = {
    CompetencyGroup.TEKNIS: _l("Teknis"),
    CompetencyGroup.PEMERINTAHAN: _l("Pemerintahan"),
    CompetencyGroup.MANAJERIAL: _l("Manajerial"),
    CompetencyGroup.SOSIAL_KULTURAL: _l("Sosial kultural"),
}
SOURCE_LABELS: dict[str, Any] = {
    EvidenceSource.COURSE: _l("Hasil pelatihan"),
    EvidenceSource.ASSESSMENT: _l("Hasil ujian"),
    EvidenceSource.SUPERVISOR: _l("Penilaian atasan"),
    EvidenceSource.SELF: _l("Perkiraan sendiri"),
    EvidenceSource.MENTORING: _l("Penilaian mentor"),
    EvidenceSource.ASSESSMENT_CENTRE: _l("Asesmen kompetensi"),
    EvidenceSource.PRIOR_LEARNING: _l("Pengakuan belajar terdahulu"),
    EvidenceSource.IMPORT: _l("Data yang diimpor"),
}
_YEAR = 12


def today() -> date:
    """Return the calendar day in the zone of the actor's unit."""
    return clock.local_day(clock.now(), current_actor().timezone)


@bp.app_template_filter("usia")
def age_text(months: int) -> str:
    """Return how long ago: `bulan ini`, `10 bulan lalu`, `2 tahun 2 bulan lalu`."""
    years, rest = divmod(months, _YEAR)
    if not years:
        return ngettext("%(num)d bulan lalu", "%(num)d bulan lalu", rest) if rest else _("bulan ini")
    whole = ngettext("%(num)d tahun", "%(num)d tahun", years)
    if not rest:
        return _("%(years)s lalu", years=whole)
    return _("%(years)s %(months)s lalu", years=whole, months=ngettext("%(num)d bulan", "%(num)d bulan", rest))


@bp.app_template_filter("sumber_bukti")
def source_text(proof: Proof) -> str:
    """Return where evidence comes from, as a person reads it."""
    if proof.label:
        return (
            _("Lulus pelatihan %(title)s", title=proof.label) if proof.source is EvidenceSource.COURSE else proof.label
        )
    label = str(SOURCE_LABELS[proof.source])
    if proof.source is EvidenceSource.SUPERVISOR and proof.assessor:
        return _("%(source)s oleh %(name)s", source=label, name=proof.assessor)
    return label


@bp.app_template_filter("nama_jabatan")
def role_text(role_key: str) -> str:
    """Return a kind of position in words: `kasi-kelurahan-pmd` becomes `Kasi kelurahan PMD`."""
    words = [word.upper() if word in {"pmd", "sdm", "upt"} else word for word in role_key.split("-")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
