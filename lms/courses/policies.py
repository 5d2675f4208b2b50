"""Who may see or decide what; each predicate stands beside its SQL twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_

from lms.core.actor import Actor, Permission
from lms.core.orm import path_within
from lms.courses.models import Enrolment, JpClaim, JpEntry, Offering
from lms.courses.rules import SEATED, EnrolmentState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

    PathColumn = InstrumentedAttribute[str] | ColumnElement[str]

NEVER = False
_NEVER_SQL: ColumnElement[bool] = false()


def can_see_enrolment(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor may see an enrolment: one's own, or of people in one's scope."""
    return actor.employee_id == employee_id or actor.may_in(Permission.ENROLMENT_VIEW, unit_path)


def enrolments_visible_to(actor: Actor, unit_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_see_enrolment`; `unit_path` is the path of the person's unit."""
    own = Enrolment.employee_id == (actor.employee_id or -1)
    return or_(own, path_within(unit_path, actor.scope(Permission.ENROLMENT_VIEW)))


def can_decide_enrolment(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor may approve or refuse a person's request.

    Nobody decides on one's own request: not as supervisor, and not through the right of another
    who asks for himself (Plt./Plh.).
    """
    if unit_path is None or employee_id == actor.employee_id:
        return NEVER
    if actor.is_system:
        return True
    return any(
        Permission.ENROLMENT_APPROVE in grant.permissions
        and unit_path.startswith(grant.path)
        and grant.acting_for_id != employee_id
        for grant in actor.grants
    )


def enrolments_decided_by(actor: Actor, unit_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_decide_enrolment`."""
    not_own = Enrolment.employee_id != (actor.employee_id or -1)
    if actor.is_system:
        return and_(not_own, unit_path.is_not(None))
    rights = [
        and_(
            path_within(unit_path, [grant.path]),
            Enrolment.employee_id != (grant.acting_for_id or -1),
        )
        for grant in actor.grants
        if Permission.ENROLMENT_APPROVE in grant.permissions
    ]
    return and_(not_own, or_(_NEVER_SQL, *rights))


def seat_taken() -> ColumnElement[bool]:
    """Return the condition that an enrolment counts against the quota.

    A seat is given by the line alone; a request from before there was a line keeps the one it was promised.
    """
    asked = (EnrolmentState.REQUESTED, EnrolmentState.APPROVED, EnrolmentState.WAITING)
    return or_(Enrolment.state.in_(SEATED), and_(Enrolment.keeps_seat.is_(True), Enrolment.state.in_(asked)))


def can_manage_offering(actor: Actor, *, instructor_id: int | None, owner_path: str | None) -> bool:
    """Return whether the actor may run an offering: its instructor, or who manages offerings of the unit."""
    if instructor_id is not None and instructor_id == actor.employee_id:
        return actor.may(Permission.OFFERING_MANAGE)
    return actor.may_in(Permission.OFFERING_MANAGE, owner_path)


def offerings_managed_by(actor: Actor, owner_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_manage_offering`."""
    within = path_within(owner_path, actor.scope(Permission.OFFERING_MANAGE))
    if not actor.may(Permission.OFFERING_MANAGE):
        return within
    return or_(Offering.instructor_id == (actor.employee_id or -1), within)


def can_enrol_person(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor may put somebody else into an offering: HR of the unit, or the supervisor."""
    if employee_id == actor.employee_id:
        return NEVER
    return actor.may_in(Permission.ENROLMENT_MANAGE, unit_path) or can_decide_enrolment(
        actor, employee_id=employee_id, unit_path=unit_path
    )


def can_see_jp(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor may see a person's JP: one's own, or of people in one's scope."""
    return actor.employee_id == employee_id or actor.may_in(Permission.JP_VIEW, unit_path)


def can_manage_claim(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor decides on a person's claims and corrects the ledger: never one's own."""
    return employee_id != actor.employee_id and actor.may_in(Permission.JP_MANAGE, unit_path)


def claims_managed_by(actor: Actor, unit_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_manage_claim`."""
    not_own = JpClaim.employee_id != (actor.employee_id or -1)
    return and_(not_own, path_within(unit_path, actor.scope(Permission.JP_MANAGE)))


def can_see_claim(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor may see a claim and its proof: one's own, or to decide on it."""
    return employee_id == actor.employee_id or actor.may_in(Permission.JP_MANAGE, unit_path)


def claims_visible_to(actor: Actor, unit_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_see_claim`."""
    own = JpClaim.employee_id == (actor.employee_id or -1)
    return or_(own, path_within(unit_path, actor.scope(Permission.JP_MANAGE)))


def jp_visible_to(actor: Actor, unit_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_see_jp`."""
    own = JpEntry.employee_id == (actor.employee_id or -1)
    return or_(own, path_within(unit_path, actor.scope(Permission.JP_VIEW)))


def can_author_course(actor: Actor, *, owner_path: str | None) -> bool:
    """Return whether the actor may write drafts of a unit's courses and publish them."""
    return actor.may_in(Permission.COURSE_MANAGE, owner_path)


def courses_authored_by(actor: Actor, owner_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_author_course`; `owner_path` is the path of the owning unit."""
    return path_within(owner_path, actor.scope(Permission.COURSE_MANAGE))
