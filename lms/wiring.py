"""The one table "event -> handlers"; the only module that knows two sibling features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.core.actor import Permission
from lms.core.events import subscribe
from lms.core.text import N_
from lms.identity import events as identity_events
from lms.identity import queries as identity_queries
from lms.identity import services as identity_services
from lms.identity import tasks as identity_tasks
from lms.identity import views as identity_views
from lms.identity.views.loader import save_appearance
from lms.notifications import queries as notification_queries
from lms.notifications import services as notification_services
from lms.notifications import tasks as notification_tasks
from lms.people import events as people_events
from lms.people import tasks as people_tasks
from lms.web import pages

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

# Importing them registers their handlers.
TASKS = (identity_tasks, notification_tasks, people_tasks)


def wire(app: Flask) -> None:
    """Connect events, jobs, completion conditions and the actor loader."""
    _wire_identity(app)


def _wire_identity(app: Flask) -> None:
    identity_views.install(app)
    if save_appearance not in pages.appearance_savers:
        pages.appearance_savers.append(save_appearance)
    people_tasks.set_right_check(_may_import)
    subscribe(people_events.EmployeeJoined, identity_services.on_employee_joined)
    subscribe(people_events.EmployeeTransferred, identity_services.on_employee_transferred)
    subscribe(people_events.EmployeeLeft, identity_services.on_employee_left)
    subscribe(people_events.EmployeeRemoving, identity_services.on_employee_removing)
    subscribe(identity_events.AccessReset, notification_services.on_access_reset)
    subscribe(identity_events.PasswordChanged, notification_services.on_password_changed)
    subscribe(identity_events.SecondFactorChanged, notification_services.on_second_factor_changed)
    subscribe(identity_events.GrantGiven, notification_services.on_grant_given)
    subscribe(identity_events.GrantRevoked, notification_services.on_grant_revoked)
    subscribe(identity_events.DelegationMade, notification_services.on_delegation_made)
    subscribe(identity_events.DelegationEnded, notification_services.on_delegation_ended)
    identity_queries.register_personal_data(
        identity_queries.Section(
            "pemberitahuan", N_("Pemberitahuan"), notification_queries.collect_notices, "/pemberitahuan"
        )
    )


def _may_import(session: Session, account_id: int | None) -> bool:
    return identity_queries.account_may(session, account_id, Permission.PEOPLE_IMPORT)
