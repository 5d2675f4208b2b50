"""Pages of levels, appraisals and the dictionary."""

from flask_babel import lazy_gettext as _l

from lms.competencies import queries
from lms.competencies.views import appraisal, dictionary, profile
from lms.competencies.views.base import bp
from lms.core.text import N_
from lms.identity.queries import Section, register_personal_data
from lms.identity.services import register_action_labels
from lms.web.menus import MenuItem, register

register(MenuItem("competencies.mine", _l("Kompetensi"), "levels", 30))
register_personal_data(Section("kompetensi", N_("Bukti kompetensi"), queries.collect_evidence, "/kompetensi"))
register_action_labels(
    {
        "competency_record.create": N_("Mencatat bukti kompetensi"),
        "framework.import": N_("Memuat kamus kompetensi"),
        "standard.import": N_("Memuat standar jabatan"),
    }
)

__all__ = ["appraisal", "bp", "dictionary", "profile"]
