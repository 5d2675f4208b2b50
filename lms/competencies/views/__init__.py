"""Pages of levels, appraisals and the dictionary."""

from flask_babel import lazy_gettext as _l

from lms.competencies.views import appraisal, dictionary, profile
from lms.competencies.views.base import bp
from lms.web.menus import MenuItem, register

register(MenuItem("competencies.mine", _l("Kompetensi"), "levels", 30))

__all__ = ["appraisal", "bp", "dictionary", "profile"]
