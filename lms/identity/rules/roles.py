"""What each role gives, who may give it, and who may stand in for whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from lms.core.actor import Permission as P
from lms.core.actor import Role
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

_OWN: Final = frozenset({P.LEARN})
_PERMISSIONS: Final[dict[Role, frozenset[P]]] = {
    Role.PEGAWAI: frozenset(),
    Role.MENTOR: frozenset({P.MENTOR}),
    Role.KOORDINATOR: frozenset({P.PAIRING_MANAGE, P.MENTORING_VIEW, P.PEOPLE_VIEW, P.DELEGATION_CREATE}),
    Role.ATASAN: frozenset(
        {
            P.PEOPLE_VIEW, P.COMPETENCY_VIEW, P.COMPETENCY_APPRAISE, P.ENROLMENT_APPROVE, P.ENROLMENT_VIEW,
            P.JP_VIEW, P.CERTIFICATE_VIEW, P.REPORT_VIEW, P.DELEGATION_CREATE,
        }
    ),
    Role.HR: frozenset(
        {
            P.PEOPLE_VIEW, P.PEOPLE_EDIT, P.PEOPLE_IMPORT, P.ACCOUNT_MANAGE, P.GRANT_MANAGE, P.AUDIT_VIEW,
            P.COMPETENCY_VIEW, P.FRAMEWORK_MANAGE, P.ENROLMENT_VIEW, P.JP_VIEW, P.CERTIFICATE_VIEW,
            P.CERTIFICATE_REVOKE, P.MENTORING_VIEW, P.REPORT_VIEW, P.DELEGATION_CREATE,
        }
    ),
    Role.INSTRUKTUR: frozenset(
        {
            P.COURSE_MANAGE, P.ASSESSMENT_MANAGE, P.ATTEMPT_VIEW, P.ENROLMENT_VIEW, P.CERTIFICATE_VIEW,
            P.DELEGATION_CREATE,
        }
    ),
    Role.ADMIN: frozenset(
        {P.ACCOUNT_MANAGE, P.GRANT_MANAGE, P.AUDIT_VIEW, P.OPERATIONS_VIEW, P.PEOPLE_VIEW}
    ),
}  # fmt: skip

# A mentor sees only the own mentees' sessions; all others see or change other people's records.
SECOND_FACTOR_ROLES: Final = frozenset({Role.KOORDINATOR, Role.ATASAN, Role.HR, Role.INSTRUKTUR, Role.ADMIN})
# The administration of the system itself is given by a grant, never lent.
DELEGABLE: Final = frozenset({Role.KOORDINATOR, Role.ATASAN, Role.HR, Role.INSTRUKTUR})
GRANTABLE_BY: Final[dict[Role, frozenset[Role]]] = {
    Role.HR: frozenset({Role.MENTOR, Role.KOORDINATOR, Role.ATASAN, Role.INSTRUKTUR}),
    Role.ADMIN: frozenset(Role) - {Role.PEGAWAI},
}
LONGEST_DELEGATION = timedelta(days=92)  # Plt. and Plh. are for at most three months, then renewed


def permissions_of(role: Role) -> frozenset[P]:
    """Return what a role gives over the units of its grant."""
    return _PERMISSIONS[role]


def own_permissions() -> frozenset[P]:
    """Return what every active account may do for itself."""
    return _OWN


def role_needs_second_factor(role: Role) -> bool:
    """Return whether the role counts only in a session that passed a second factor."""
    return role in SECOND_FACTOR_ROLES


def grantable_roles(held: frozenset[Role] | set[Role]) -> frozenset[Role]:
    """Return the roles that a holder of these may give to others."""
    return frozenset().union(*(GRANTABLE_BY.get(role, frozenset()) for role in held))


def delegation_refusal(
    role: Role, *, starts_on: date, ends_on: date, today: date, same_person: bool, held: bool
) -> Text | None:
    """Return why a delegation is refused, or None when it is allowed.

    Args:
        same_person: the giver is the receiver.
        held: the giver holds the role by an own grant that covers the unit.

    Rule: nobody passes on what he does not hold, nor to himself; no delegation of a delegation
        (docs/rules/identity.md#delegation).
    """
    if same_person:
        return N_("Anda tidak dapat menunjuk diri sendiri. Pilih pegawai lain.")
    if not held:
        return N_("Kewenangan itu bukan milik Anda di unit ini. Pilih kewenangan yang Anda pegang sendiri.")
    if role not in DELEGABLE:
        return N_("Kewenangan ini tidak dapat dititipkan. Mintalah kepada pengelola sistem.")
    if ends_on < starts_on:
        return N_("Hari akhir jatuh sebelum hari mulai. Periksa kedua tanggal.")
    if starts_on < today:
        return N_("Hari mulai sudah lewat. Mulailah hari ini atau sesudahnya.")
    if ends_on - starts_on > LONGEST_DELEGATION:
        return N_("Penunjukan paling lama tiga bulan. Perbarui lagi bila masih perlu.")
    return None
