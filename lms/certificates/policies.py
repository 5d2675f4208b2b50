"""Who may see, download and revoke certificates; each predicate beside its SQL twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, false, or_

from lms.certificates.models import Certificate
from lms.core.actor import Permission
from lms.core.orm import path_within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

    from lms.core.actor import Actor

    PathColumn = InstrumentedAttribute[str] | ColumnElement[str]


def _holds_root(scope: tuple[str, ...]) -> bool:
    """Return whether a scope holds a whole tree: `/` or a path of one step, such as `/1/`."""
    return any(path.count("/") <= 2 for path in scope)


def _may_over(scope: tuple[str, ...], unit_path: str | None) -> bool:
    # People without a unit (external ones) belong to whoever is responsible for the whole region.
    return _holds_root(scope) if unit_path is None else unit_path.startswith(scope or ("\0",))


def _over(scope: tuple[str, ...], unit_path: PathColumn) -> ColumnElement[bool]:
    if not scope:
        return false()
    inside = path_within(unit_path, scope)
    return or_(inside, unit_path.is_(None)) if _holds_root(scope) else inside


def can_see_certificate(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor may open a certificate: one's own, or of people in one's scope.

    Args:
        unit_path: path of the unit where the holder counts today, None for people without one.
    """
    if actor.employee_id is not None and actor.employee_id == employee_id:
        return True
    return _may_over(actor.scope(Permission.CERTIFICATE_VIEW), unit_path)


def certificates_visible_to(actor: Actor, unit_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_see_certificate`; `unit_path` is the path of the holder's unit."""
    over = _over(actor.scope(Permission.CERTIFICATE_VIEW), unit_path)
    return over if actor.employee_id is None else or_(Certificate.employee_id == actor.employee_id, over)


def can_download_certificate(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor may take the PDF, which bears the whole NIP: the holder and HR."""
    if actor.employee_id is not None and actor.employee_id == employee_id:
        return True
    return _may_over(actor.scope(Permission.CERTIFICATE_REVOKE), unit_path)


def can_revoke_certificate(actor: Actor, *, employee_id: int, unit_path: str | None) -> bool:
    """Return whether the actor may revoke or replace a certificate of this person.

    Nobody decides on one's own certificate, nor with a right lent by its holder (Plt./Plh.).
    """
    if actor.employee_id is not None and actor.employee_id == employee_id:
        return False
    scope = tuple(
        grant.path
        for grant in actor.grants
        if Permission.CERTIFICATE_REVOKE in grant.permissions and grant.acting_for_id != employee_id
    )
    return actor.is_system or _may_over(scope, unit_path)


def certificates_revocable_by(actor: Actor, unit_path: PathColumn) -> ColumnElement[bool]:
    """Return the twin of `can_revoke_certificate`."""
    if actor.is_system:
        return Certificate.employee_id.is_not(None)
    rights = [
        and_(_over((grant.path,), unit_path), Certificate.employee_id != (grant.acting_for_id or -1))
        for grant in actor.grants
        if Permission.CERTIFICATE_REVOKE in grant.permissions
    ]
    return and_(Certificate.employee_id != (actor.employee_id or -1), or_(false(), *rights))


def may_change_templates(actor: Actor) -> bool:
    """Return whether the actor may change templates: HR of the whole agency, since all units print with them."""
    return actor.is_system or _holds_root(actor.scope(Permission.CERTIFICATE_REVOKE))
