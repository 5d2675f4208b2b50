"""Reminders of certificates that soon end; told by an event, once for each certificate and term."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from lms.certificates.events import CertificateExpiring
from lms.certificates.models import Certificate, CertificateState
from lms.core.events import publish

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

TERMS: Final = (60, 30, 7)
MAX_AT_ONCE: Final = 2000


def due_term(valid_until_on: date, *, today: date) -> int | None:
    """Return which reminder is due: the shortest term that has begun, None before the first and after the end."""
    left = (valid_until_on - today).days
    return min((term for term in TERMS if 0 <= left <= term), default=None)


def remind_expiring(session: Session, *, today: date) -> int:
    """Tell of each certificate that ends within 60 days and return how many; hearers keep one for each term.

    A day on which the worker stood still loses nothing, since a term lasts until the next one begins.
    """
    rows = session.scalars(
        select(Certificate)
        .where(
            Certificate.state == CertificateState.ISSUED,
            Certificate.valid_until_on >= today,
            Certificate.valid_until_on <= today + timedelta(days=TERMS[0]),
        )
        .order_by(Certificate.valid_until_on, Certificate.id)
        .limit(MAX_AT_ONCE)
    )
    told = 0
    for one in rows:
        assert one.valid_until_on is not None
        term = due_term(one.valid_until_on, today=today)
        if term is None:
            continue
        publish(
            session,
            CertificateExpiring(
                certificate_id=one.id,
                public_id=one.public_id,
                employee_id=one.employee_id,
                title=one.snapshot["training"]["title"],
                valid_until_on=one.valid_until_on,
                days=term,
            ),
        )
        told += 1
    return told
