"""Reads for save receipts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lms.assessments.models import Assessment, Attempt, ResponseLog
from lms.assessments.policies import assessments_managed_by
from lms.assessments.rules.receipts import log_id_of, receipt_code, same_receipt
from lms.core import secrets
from lms.courses.models import Course, CourseVersion
from lms.people.models import Employee, OrganisationalUnit

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

_KEY = "receipts"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the server held of an attempt when the code was shown.

    Args:
        answered: questions with a response.
        saved_at: when the last of them came.
    """

    code: str
    answered: int
    saved_at: datetime


def get_receipt(session: Session, attempt_id: int, *, until: int | None = None) -> Receipt | None:
    """Return the receipt of an attempt, or None before the first save; one statement.

    Args:
        until: last row of the log that counts; all of them when left out.
    """
    statement = (
        select(
            ResponseLog.id, ResponseLog.attempt_item_id, ResponseLog.revision, ResponseLog.payload,
            ResponseLog.is_applied, ResponseLog.received_at,
        )
        .where(ResponseLog.attempt_id == attempt_id)
        .order_by(ResponseLog.id)
    )  # fmt: skip
    if until is not None:
        statement = statement.where(ResponseLog.id <= until)
    rows = session.execute(statement).all()
    if not rows:
        return None
    held: dict[int, Any] = {row.attempt_item_id: row.payload for row in rows if row.is_applied}
    plain = [[row.id, row.attempt_item_id, row.revision, row.payload, row.is_applied] for row in rows]
    content = f"{attempt_id}\0{json.dumps(plain, sort_keys=True, separators=(',', ':'))}".encode()
    return Receipt(
        receipt_code(secrets.key(_KEY), log_id=rows[-1].id, content=content),
        sum(payload is not None for payload in held.values()), rows[-1].received_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt that fits, with whose it is."""

    receipt: Receipt
    employee_id: int
    person_name: str
    assessment_title: str
    course_title: str
    attempt_public_id: str
    number: int


def check_receipt(session: Session, actor: Actor, typed: str) -> CheckedReceipt | None:
    """Return what a typed code proves, or None when it fits nothing in the actor's scope."""
    log_id = log_id_of(typed)
    if log_id is None or log_id >= 1 << 62:
        return None
    row: Any = session.execute(
        select(
            Attempt.id, Employee.id, Employee.name, Assessment.title, CourseVersion.title, Attempt.public_id,
            Attempt.number,
        )
        .join(ResponseLog, ResponseLog.attempt_id == Attempt.id)
        .join(Assessment, Assessment.id == Attempt.assessment_id)
        .join(CourseVersion, CourseVersion.id == Assessment.course_version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .join(OrganisationalUnit, OrganisationalUnit.id == Course.owner_unit_id)
        .join(Employee, Employee.id == Attempt.employee_id)
        .where(ResponseLog.id == log_id, assessments_managed_by(actor, OrganisationalUnit.path))
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    receipt = get_receipt(session, row[0], until=log_id)
    if receipt is None or not same_receipt(typed, receipt.code):
        return None
    return CheckedReceipt(receipt, *row[1:])
