"""Mail: written down with the change, sent by a job, and never sent by a demo installation."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from lms.core import clock, jobs, runtime
from lms.core.orm import Base, BigInt, Pk
from lms.core.settings import Environment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.settings import Settings

TIMEOUT_SECONDS = 20


class OutgoingMail(Base):
    """A message to one person; kept, so that operators see what left and when."""

    __tablename__ = "outgoing_mail"

    id: Mapped[Pk]
    created_at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(BigInt, index=True)
    to_address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body_text: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[datetime | None]


def sends(settings: Settings) -> bool:
    """Return whether this installation lets mail out: only production with an SMTP address does."""
    return settings.env is Environment.PRODUCTION and bool(settings.mail_url)


def post(
    session: Session,
    *,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    unique_key: str | None = None,
    account_id: int | None = None,
) -> OutgoingMail:
    """Write a message down in the transaction of the change; a job sends it after the commit.

    Args:
        unique_key: at most one message is sent for a key, such as `activation:17`.
    """
    mail = OutgoingMail(
        created_at=clock.now(), account_id=account_id, to_address=" ".join(to.split())[:254],
        subject=" ".join(subject.split())[:200], body_text=text, body_html=html, sent_at=None,
    )  # fmt: skip
    session.add(mail)
    session.flush()  # the job needs the id
    jobs.enqueue(session, "core.send_mail", unique_key=unique_key and f"mail:{unique_key}", mail_id=mail.id)
    return mail


def list_mail(session: Session, *, limit: int = 25, before_id: int | None = None) -> list[OutgoingMail]:
    """Return messages, newest first, for the outbox page."""
    query = select(OutgoingMail).order_by(OutgoingMail.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(OutgoingMail.id < before_id)
    return list(session.scalars(query))


def _deliver_mail(session: Session, *, mail_id: int) -> datetime | None:
    """Hand the message to the relay; the unique Message-ID lets it drop a second copy."""
    mail = session.get(OutgoingMail, mail_id)
    settings = runtime.settings()
    if mail is None or mail.sent_at is not None or not sends(settings):
        return None
    deliver(settings.mail_url, _message(mail, settings))
    return clock.now()


@jobs.job("core.send_mail", prepare=_deliver_mail)
def send_mail(session: Session, *, mail_id: int, prepared: datetime | None) -> None:
    """Note that a message left; it was handed over before this transaction began.

    A death between the two may send twice: the Message-ID is the same for both.
    """
    mail = session.get(OutgoingMail, mail_id)
    if mail is not None and mail.sent_at is None:
        mail.sent_at = prepared


def _message(mail: OutgoingMail, settings: Settings) -> EmailMessage:
    host = urlsplit(settings.base_url).hostname or "localhost"
    query = parse_qs(urlsplit(settings.mail_url).query)
    sender = query.get("from", [f"bina@{host}"])[0]
    message = EmailMessage()
    message["From"] = Address(f"Bina {settings.agency_name}", addr_spec=sender)
    message["To"] = Address(addr_spec=mail.to_address)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    # The same for each try, so that a relay or reader can drop a second copy.
    message["Message-ID"] = f"<bina.{mail.id}.{int(mail.created_at.timestamp())}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body_text)
    if mail.body_html:
        message.add_alternative(mail.body_html, subtype="html")
    return message


def deliver(mail_url: str, message: EmailMessage) -> None:
    """Send one message by `smtp://user:password@host:port?from=address`, or `smtps://`.

    With `smtp://` the line is encrypted by STARTTLS unless the relay is on this machine.

    Raises: OSError, smtplib.SMTPException: the job tries again later.
    """
    parts = urlsplit(mail_url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    client: smtplib.SMTP
    if parts.scheme == "smtps":
        client = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        client = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
    with client:
        if parts.scheme != "smtps" and host not in {"localhost", "127.0.0.1", "::1"}:
            client.starttls(context=context)
        if parts.username:
            client.login(unquote(parts.username), unquote(parts.password or ""))
        client.send_message(message)
