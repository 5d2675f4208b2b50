"""One-time keys at the web edge: `once_field()` in the form, `claim_once(session)` in the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, g, redirect, request
from markupsafe import Markup

from lms.core import clock, once
from lms.core.db import current_session, side_transaction
from lms.core.errors import Conflict, Invalid
from lms.core.text import N_
from lms.web.guard import current_actor

if TYPE_CHECKING:
    from flask import Flask, Response
    from sqlalchemy.orm import Session

FIELD = "once"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class AlreadySent(Conflict):
    """The form was sent before; `url` leads to the first result, when it is known."""

    code = "already_sent"

    def __init__(self, url: str | None) -> None:
        super().__init__(N_("Isian ini sudah tersimpan. Anda tidak perlu mengirimnya lagi."))
        self.url = url


class Claim:
    """A key that this request uses; `result()` names the page that shows what was made."""

    def __init__(self, session: Session, key: str, account_id: int | None) -> None:
        """Keep what is needed to note the result."""
        self.key, self.account_id, self.noted = key, account_id, False
        self._session = session

    def result(self, url: str) -> None:
        """Note, in the same transaction, where a second posting of this form shall lead."""
        once.keep_result(self._session, self.key, account_id=self.account_id, url=url)
        self.noted = True


def once_field() -> Markup:
    """Return the hidden field that makes a form count once."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, once.new_key())


def claim_once(session: Session) -> Claim:
    """Use up the key of the posted form, inside the transaction of the act.

    When the act is refused and rolled back, the key stays free. The address to which the view redirects
    is noted by itself; call `claim.result(url)` to have it in the very transaction.

    Raises: Invalid: the form carries no key; AlreadySent: it was used, the edge leads to the first result.
    """
    key = request.form.get(FIELD, "")
    if len(key) != once.KEY_LENGTH:
        raise Invalid(N_("Formulir ini tidak lengkap. Buka lagi halamannya, lalu isi kembali."))
    account_id = current_actor().account_id
    if not once.claim(session, key, account_id=account_id, now=clock.now()):
        raise AlreadySent(once.result_of(session, key, account_id=account_id))
    claim = g.lms_claim = Claim(session, key, account_id)
    return claim


def _note_result(response: Response) -> Response:
    claim: Claim | None = g.get("lms_claim")
    if claim is None or claim.noted or response.status_code not in _REDIRECTS:
        return response
    claim.noted = True
    try:
        current_session().close()
        with side_transaction() as connection:
            once.keep_result(connection, claim.key, account_id=claim.account_id, url=response.location or "")
    except Exception:
        # The act itself is committed; without the note a second posting sees "sudah tersimpan".
        current_app.logger.exception("result of a one-time key was not noted")
    return response


def lead_to_first(error: AlreadySent) -> Any:
    """Return the redirect to the first result, or None when it is not known."""
    return redirect(error.url, code=303) if error.url else None


def init_once(app: Flask) -> None:
    """Give templates `once_field()` and note results after each answer."""
    app.jinja_env.globals["once_field"] = once_field
    app.after_request(_note_result)
