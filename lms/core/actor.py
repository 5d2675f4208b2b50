"""Who acts, and what they may do where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lms.core.clock import DEFAULT_ZONE


class Permission(StrEnum):
    """All permissions, `<package>.<noun>.<verb>`; roles map to them in identity.policies."""

    LEARN = "courses.enrolment.create"
    PEOPLE_VIEW = "people.employee.view"
    PEOPLE_EDIT = "people.employee.edit"
    PEOPLE_IMPORT = "people.import.run"
    ACCOUNT_MANAGE = "identity.account.manage"
    GRANT_MANAGE = "identity.grant.manage"
    DELEGATION_CREATE = "identity.delegation.create"
    AUDIT_VIEW = "identity.audit.view"
    OPERATIONS_VIEW = "identity.operations.view"
    COMPETENCY_VIEW = "competencies.record.view"
    COMPETENCY_APPRAISE = "competencies.record.appraise"
    FRAMEWORK_MANAGE = "competencies.framework.manage"
    COURSE_MANAGE = "courses.course.manage"
    OFFERING_MANAGE = "courses.offering.manage"
    ENROLMENT_MANAGE = "courses.enrolment.manage"
    ENROLMENT_APPROVE = "courses.enrolment.approve"
    ENROLMENT_VIEW = "courses.enrolment.view"
    JP_VIEW = "courses.jp.view"
    JP_MANAGE = "courses.jp.manage"
    ASSESSMENT_MANAGE = "assessments.assessment.manage"
    ATTEMPT_VIEW = "assessments.attempt.view"
    CERTIFICATE_VIEW = "certificates.certificate.view"
    CERTIFICATE_REVOKE = "certificates.certificate.revoke"
    MENTOR = "mentoring.session.log"
    PAIRING_MANAGE = "mentoring.pairing.manage"
    MENTORING_VIEW = "mentoring.session.view"
    REPORT_VIEW = "reporting.report.view"


class Role(StrEnum):
    """What a grant gives; `pegawai` comes with every active account."""

    PEGAWAI = "pegawai"
    MENTOR = "mentor"
    KOORDINATOR = "koordinator"
    ATASAN = "atasan"
    HR = "hr"
    INSTRUKTUR = "instruktur"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class ActorGrant:
    """One role over one subtree.

    Args:
        role: the role held.
        path: materialised path of the subtree's root unit, such as `/1/4/`.
        permissions: what the role gives there.
        acting_for_id: employee on whose behalf (Plt./Plh.), or None for one's own.
    """

    role: Role
    path: str
    permissions: frozenset[Permission]
    acting_for_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts, built once per request, job or command and passed on.

    Args:
        account_id, employee_id: internal ids; both None for the system itself.
        unit_id, unit_path: unit of the main job, or None.
        name: how the person is addressed.
        grants: roles over subtrees, already limited to today's valid ones.
        own: permissions over oneself, without a unit.
        timezone: IANA zone of the unit.
        session_id: internal id of the login session, or None.
        second_factor: whether this session passed a second factor.
    """

    account_id: int | None
    employee_id: int | None
    unit_id: int | None = None
    unit_path: str | None = None
    name: str = ""
    grants: tuple[ActorGrant, ...] = ()
    own: frozenset[Permission] = frozenset()
    timezone: str = DEFAULT_ZONE
    session_id: int | None = None
    second_factor: bool = False
    is_system: bool = False

    def may(self, permission: Permission) -> bool:
        """Return whether the permission is held anywhere."""
        return self.is_system or permission in self.own or any(permission in g.permissions for g in self.grants)

    def scope(self, permission: Permission) -> tuple[str, ...]:
        """Return the unit paths below which the permission is held; `("/",)` means everywhere."""
        if self.is_system:
            return ("/",)
        return tuple(sorted({g.path for g in self.grants if permission in g.permissions}))

    def may_in(self, permission: Permission, unit_path: str | None) -> bool:
        """Return whether the permission is held over the unit with this path."""
        return unit_path is not None and unit_path.startswith(self.scope(permission) or ("\0",))

    def has_role(self, role: Role) -> bool:
        """Return whether a grant of this role is held anywhere."""
        return any(g.role is role for g in self.grants)

    def acting_for(self, permission: Permission, unit_path: str) -> int | None:
        """Return on whose behalf the permission is used over a unit, or None for one's own right."""
        rights = [g for g in self.grants if permission in g.permissions and unit_path.startswith(g.path)]
        if not rights or any(g.acting_for_id is None for g in rights):
            return None
        return rights[0].acting_for_id


SYSTEM = Actor(account_id=None, employee_id=None, name="Sistem", is_system=True)
ANONYMOUS = Actor(account_id=None, employee_id=None, name="")
