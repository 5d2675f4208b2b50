"""Pages of people, units, imports and partners."""

from flask_babel import lazy_gettext as _l

from lms.core.actor import Permission
from lms.people.views import employees, imports, partners, places, units
from lms.people.views.base import bp
from lms.web.menus import MenuItem, register

register(MenuItem("people.employee_list", _l("Pegawai"), "people", 40, Permission.PEOPLE_VIEW))
register(MenuItem("people.import_list", _l("Impor"), "upload", 60, Permission.PEOPLE_IMPORT))
register(MenuItem("people.partner_list", _l("Mitra"), "share", 70, Permission.PEOPLE_VIEW, place="account"))

__all__ = ["bp", "employees", "imports", "partners", "places", "units"]
