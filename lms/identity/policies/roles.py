"""What each role gives, who may give it, and which of them may be lent."""

from __future__ import annotations

from typing import Final

from lms.core.actor import Permission, Role
from lms.core.text import N_, Text

ROLE_NAMES: Final[dict[Role, Text]] = {
    Role.PEGAWAI: N_("Pegawai"),
    Role.MENTOR: N_("Mentor"),
    Role.KOORDINATOR: N_("Koordinator mentoring"),
    Role.ATASAN: N_("Atasan"),
    Role.HR: N_("Pengelola kepegawaian"),
    Role.INSTRUKTUR: N_("Instruktur"),
    Role.ADMIN: N_("Pengelola sistem"),
}

_OWN: Final = frozenset({Permission.LEARN})
_PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.PEGAWAI: frozenset(),
    Role.MENTOR: frozenset({Permission.MENTOR}),
    Role.KOORDINATOR: frozenset(
        {
            Permission.PAIRING_MANAGE,
            Permission.MENTORING_VIEW,
            Permission.PEOPLE_VIEW,
            Permission.DELEGATION_CREATE,
        }
    ),
    Role.ATASAN: frozenset(
        {
            Permission.PEOPLE_VIEW,
            Permission.COMPETENCY_VIEW,
            Permission.COMPETENCY_APPRAISE,
            Permission.ENROLMENT_APPROVE,
            Permission.ENROLMENT_VIEW,
            Permission.JP_VIEW,
            Permission.CERTIFICATE_VIEW,
            Permission.REPORT_VIEW,
            Permission.DELEGATION_CREATE,
        }
    ),
    Role.HR: frozenset(
        {
            Permission.PEOPLE_VIEW,
            Permission.PEOPLE_EDIT,
            Permission.PEOPLE_IMPORT,
            Permission.ACCOUNT_MANAGE,
            Permission.GRANT_MANAGE,
            Permission.AUDIT_VIEW,
            Permission.COMPETENCY_VIEW,
            Permission.FRAMEWORK_MANAGE,
            Permission.OFFERING_MANAGE,
            Permission.ENROLMENT_MANAGE,
            Permission.ENROLMENT_VIEW,
            Permission.JP_VIEW,
            Permission.JP_MANAGE,
            Permission.CERTIFICATE_VIEW,
            Permission.CERTIFICATE_REVOKE,
            Permission.MENTORING_VIEW,
            Permission.REPORT_VIEW,
            Permission.DELEGATION_CREATE,
        }
    ),
    Role.INSTRUKTUR: frozenset(
        {
            Permission.COURSE_MANAGE,
            Permission.OFFERING_MANAGE,
            Permission.ASSESSMENT_MANAGE,
            Permission.ATTEMPT_VIEW,
            Permission.ENROLMENT_VIEW,
            Permission.CERTIFICATE_VIEW,
            Permission.DELEGATION_CREATE,
        }
    ),
    Role.ADMIN: frozenset(
        {
            Permission.ACCOUNT_MANAGE,
            Permission.GRANT_MANAGE,
            Permission.AUDIT_VIEW,
            Permission.OPERATIONS_VIEW,
            Permission.PEOPLE_VIEW,
        }
    ),
}

# A mentor sees only the own mentees' sessions; all others see or change other people's records.
SECOND_FACTOR_ROLES: Final = frozenset({Role.KOORDINATOR, Role.ATASAN, Role.HR, Role.INSTRUKTUR, Role.ADMIN})
# The administration of the system itself is given by a grant, never lent.
DELEGABLE: Final = frozenset({Role.KOORDINATOR, Role.ATASAN, Role.HR, Role.INSTRUKTUR})
GRANTABLE_BY: Final[dict[Role, frozenset[Role]]] = {
    Role.HR: frozenset({Role.MENTOR, Role.KOORDINATOR, Role.ATASAN, Role.INSTRUKTUR}),
    Role.ADMIN: frozenset(Role) - {Role.PEGAWAI},
}


def permissions_of(role: Role) -> frozenset[Permission]:
    """Return what a role gives over the units of its grant."""
    return _PERMISSIONS[role]


def own_permissions() -> frozenset[Permission]:
    """Return what every active account may do for itself."""
    return _OWN


def role_needs_second_factor(role: Role) -> bool:
    """Return whether the role counts only in a session that passed a second factor."""
    return role in SECOND_FACTOR_ROLES


def grantable_roles(held: frozenset[Role] | set[Role]) -> frozenset[Role]:
    """Return the roles that a holder of these may give to others."""
    return frozenset().union(*(GRANTABLE_BY.get(role, frozenset()) for role in held))
