"""Work owed by certificates: drawing the PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lms.certificates import services
from lms.core import clock
from lms.core.jobs import job, periodic

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def _draw(session: Session, *, certificate_id: int) -> bytes | None:
    return services.draw_with_credential(session, certificate_id)


@job("certificates.make_pdf", prepare=_draw)
def make_pdf(session: Session, *, certificate_id: int, prepared: bytes | None) -> None:
    """Store the PDF that was drawn outside the transaction; idempotent, since the first one stays."""
    services.keep_pdf(session, certificate_id, prepared, now=clock.now())


@periodic("certificates.remind_expiring", 86_400)
def remind_expiring(session: Session) -> None:
    """Tell holders 60, 30 and 7 days before a certificate ends; each reminder is made once, however often this runs."""
    services.remind_expiring(session, today=clock.local_day(clock.now(), clock.DEFAULT_ZONE))
