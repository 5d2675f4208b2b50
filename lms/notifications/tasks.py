"""Mail for notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from lms.core import jobs, mail, runtime
from lms.notifications import queries
from lms.notifications.models import Notice

if TYPE_CHECKING:
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
