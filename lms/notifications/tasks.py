"""Mail for notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from lms.core import clock, jobs, mail, runtime
from lms.notifications import queries
from lms.notifications.models import Notice
from lms.notifications.rules import DIGEST_HOUR

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


@jobs.job("notifications.send_mail")
def send_mail(session: Session, *, notice_id: int) -> None:
    """Write the mail of a notice down; without an address, or once read, none is sent.

    Idempotent: the mail and the end of this job are one transaction.
    """
    notice = session.get(Notice, notice_id)
    if notice is None or notice.read_at is not None:
        return
    receiver = queries.mail_address(session, notice.employee_id)
    if receiver is None:
        return
    name, address = receiver
    settings = runtime.settings()
    shown = {
        "name": name,
        "title": notice.title,
        "body": notice.body,
        "agency": settings.agency_name,
        "phone": settings.help_phone,
        "link": f"{settings.base_url}{notice.url}" if notice.url else settings.base_url,
    }
    templates = current_app.jinja_env
    mail.post(
        session,
        to=address,
        subject=notice.title,
        text=templates.get_template("email/notice.txt").render(shown),
        html=templates.get_template("email/notice.html").render(shown),
        unique_key=f"notice:{notice.id}",
    )


@jobs.periodic("notifications.send_digests", 900)
def send_digests(session: Session) -> None:
    """Owe one mail a day to each person whose notices wait for it, after seven in the morning there.

    Idempotent: the key holds person and day.
    """
    now = clock.now()
    for employee_id, zone in queries.list_waiting_for_digest(session):
        if _is_time(now, zone):
            day = clock.local_day(now, zone)
            jobs.enqueue(
                session,
                "notifications.send_digest",
                unique_key=f"digest:{employee_id}:{day.isoformat()}",
                employee_id=employee_id,
            )


def _is_time(now: datetime, zone: str) -> bool:
    return now.astimezone(clock.zone(zone)).hour >= DIGEST_HOUR


@jobs.job("notifications.send_digest")
def send_digest(session: Session, *, employee_id: int) -> None:
    """Write one mail with all that waits, and let it wait no more.

    Idempotent: the mail and the end of the waiting are one transaction.
    """
    notices = queries.list_digest(session, employee_id)
    for notice in notices:
        notice.waits_for_digest = False
    receiver = queries.mail_address(session, employee_id)
    if receiver is None or not notices:
        return
    name, address = receiver
    settings = runtime.settings()
    shown = {
        "name": name,
        "agency": settings.agency_name,
        "phone": settings.help_phone,
        "link": f"{settings.base_url}/pemberitahuan",
        "settings_link": f"{settings.base_url}/pemberitahuan/pilihan",
        "notices": [
            {"title": one.title, "body": one.body, "link": f"{settings.base_url}{one.url}" if one.url else ""}
            for one in notices
        ],
    }
    templates = current_app.jinja_env
    mail.post(
        session,
        to=address,
        subject=f"{len(notices)} kabar dari Bina",
        text=templates.get_template("email/digest.txt").render(shown),
        html=templates.get_template("email/digest.html").render(shown),
    )
