"""Which valid certificates hang on enrolments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from lms.certificates.models import Certificate, CertificateState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def list_valid_of_enrolment(session: Session, enrolment_id: int) -> list[str]:
    """Return the public ids of the valid certificates of an enrolment, oldest first."""
    return list(
        session.scalars(
            select(Certificate.public_id)
            .where(Certificate.enrolment_id == enrolment_id, Certificate.state == CertificateState.ISSUED)
            .order_by(Certificate.id)
        )
    )


def holdings_of(session: Session, enrolment_ids: list[int]) -> dict[int, list[str]]:
    """Return the numbers of the valid certificates by enrolment; one statement."""
    found: dict[int, list[str]] = {}
    for enrolment_id, number in session.execute(
        select(Certificate.enrolment_id, Certificate.number)
        .where(Certificate.enrolment_id.in_(enrolment_ids), Certificate.state == CertificateState.ISSUED)
        .order_by(Certificate.id)
    ):
        found.setdefault(enrolment_id or 0, []).append(number)
    return found
