"""Accounts of others: search, activation codes, reset, closing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import NotFound
from lms.identity import policies, queries, services
from lms.identity.forms import ReasonForm
from lms.identity.models import AccountState
from lms.identity.views.base import admin_tabs, bp, page_number, spreadsheet, step_up
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

STATE_NAMES = {
    AccountState.ACTIVE: _l("Aktif"),
    AccountState.PENDING: _l("Belum diaktifkan"),
    AccountState.DISABLED: _l("Ditutup"),
}
PER_PAGE = 25
EXPORTED = 20_000


def _wanted_state() -> AccountState | None:
    typed = request.args.get("keadaan", "")
    return AccountState(typed) if typed in set(AccountState) else None


@bp.get("/admin/akun")
@requires(Permission.ACCOUNT_MANAGE)
def account_list() -> ResponseReturnValue:
    """Search accounts within the actor's units."""
    session, actor = current_session(), current_actor()
    text, state, page = request.args.get("cari", "")[:100], _wanted_state(), page_number()
    rows, total = queries.list_accounts(session, actor, text=text, state=state, page=page, limit=PER_PAGE)
    return render_template(
        "identity/account_list.html",
        rows=rows,
        total=total,
        text=text,
        state=state,
        page=page,
        pages=-(-total // PER_PAGE),
        tabs=admin_tabs(),
        state_names=STATE_NAMES,
        mask=queries.masked_number,
        filter_states=[(one.value, label) for one, label in STATE_NAMES.items()],
        units=queries.list_units_within(session, actor.scope(Permission.ACCOUNT_MANAGE)),
    )


@bp.get("/admin/akun/unduh")
@requires(Permission.ACCOUNT_MANAGE)
def account_export() -> ResponseReturnValue:
    """Send the list as it is filtered, all pages."""
    session, actor = current_session(), current_actor()
    rows, _total = queries.list_accounts(
        session, actor, text=request.args.get("cari", "")[:100], state=_wanted_state(), limit=EXPORTED
    )
    note_reading([row.employee_id for row in rows], "akun, ekspor")
    header = [_("Nama"), _("Unit"), _("Nama masuk"), _("Keadaan"), _("Faktor kedua"), _("Terakhir masuk")]
    table = [
        [
            row.name,
            row.unit_name,
            row.login or "",
            str(STATE_NAMES[row.state]),
            _("ya") if row.has_second_factor else _("tidak"),
            _local(row.last_login_at),
        ]
        for row in rows
    ]
    return spreadsheet(_("Akun"), header, table, file_name="akun")


def _local(moment: Any) -> Any:
    """Return an instant as the clock of the actor's unit shows it; spreadsheets know no zones."""
    if moment is None:
        return ""
    return moment.astimezone(clock.zone(current_actor().timezone)).replace(tzinfo=None)


def _shown(public_id: str) -> queries.AccountRow:
    row = queries.get_account(current_session(), current_actor(), public_id)
    if row is None:
        raise NotFound
    return row


@bp.get("/admin/akun/<string:public_id>")
@requires(Permission.ACCOUNT_MANAGE)
def account_page(public_id: str) -> ResponseReturnValue:
    """Show one account with what may be done with it."""
    session, actor, row = current_session(), current_actor(), _shown(public_id)
    today = clock.local_day(clock.now(), actor.timezone)
    held = queries.held_rights(session, [row.account_id], today=today)[row.account_id]
    note_reading([row.employee_id], "akun")
    return render_template(
        "identity/account_page.html",
        row=row,
        tabs=admin_tabs(),
        state_names=STATE_NAMES,
        grants=queries.list_own_grants(session, row.account_id, today=today),
        today=today,
        role_names=policies.ROLE_NAMES,
        mask=queries.masked_number,
        states=AccountState,
        manageable=policies.can_manage_account(
            actor, unit_path=row.unit_path, held=held, is_self=row.account_id == actor.account_id
        ),
        may_grant=actor.may(Permission.GRANT_MANAGE),
        is_self=row.account_id == actor.account_id,
    )


@bp.get("/admin/akun/<string:public_id>/atur-ulang")
@requires(Permission.ACCOUNT_MANAGE)
def account_reset_page(public_id: str) -> ResponseReturnValue:
    """Tell what a reset does, and ask."""
    row = _shown(public_id)
    return step_up(request.path) or render_template("identity/account_reset.html", row=row, tabs=admin_tabs())


@bp.post("/admin/akun/<string:public_id>/atur-ulang")
@requires(Permission.ACCOUNT_MANAGE)
def account_reset(public_id: str) -> ResponseReturnValue:
    """Make a new activation code and show it, once."""
    away = step_up(url_for("identity.account_reset_page", public_id=public_id))
    if away is not None:
        return away
    with transaction() as session:
        issued = services.reset_access(
            session,
            current_actor(),
            public_id,
            now=clock.now(),
            clear_factor=request.form.get("faktor") == "ya",
        )
    return render_template("identity/issued_codes.html", codes=[issued], tabs=admin_tabs(), unit_name=None)


@bp.post("/admin/akun/kode")
@requires(Permission.ACCOUNT_MANAGE)
def account_codes() -> ResponseReturnValue:
    """Make activation codes for everybody in a unit who never activated; shown and printed once."""
    away = step_up(url_for("identity.account_list"))
    if away is not None:
        return away
    with transaction() as session:
        issued = services.issue_codes(session, current_actor(), request.form.get("unit", "")[:26], now=clock.now())
        unit = queries.get_unit(session, request.form.get("unit", "")[:26])
    if not issued:
        flash(_("Semua akun di unit ini sudah diaktifkan."), "info")
        return redirect(url_for("identity.account_list"), code=303)
    return render_template(
        "identity/issued_codes.html", codes=issued, tabs=admin_tabs(), unit_name=unit.name if unit else None
    )


@bp.get("/admin/akun/<string:public_id>/tutup")
@requires(Permission.ACCOUNT_MANAGE)
def account_disable_page(public_id: str) -> ResponseReturnValue:
    """Tell what closing does, and ask for the reason."""
    row = _shown(public_id)
    return step_up(request.path) or render_template(
        "identity/account_disable.html", row=row, tabs=admin_tabs(), form=ReasonForm()
    )


@bp.post("/admin/akun/<string:public_id>/tutup")
@requires(Permission.ACCOUNT_MANAGE)
def account_disable(public_id: str) -> ResponseReturnValue:
    """Close the account everywhere."""
    away = step_up(url_for("identity.account_disable_page", public_id=public_id))
    if away is not None:
        return away
    form = ReasonForm()
    if not form.ok():
        row = _shown(public_id)
        return render_template("identity/account_disable.html", row=row, tabs=admin_tabs(), form=form), 422
    with transaction() as session:
        services.disable_account(session, current_actor(), public_id, reason=form.alasan.data, now=clock.now())
    flash(_("Akun ditutup. Semua sesinya sudah berakhir."), "ok")
    return redirect(url_for("identity.account_page", public_id=public_id), code=303)


@bp.post("/admin/akun/<string:public_id>/buka")
@requires(Permission.ACCOUNT_MANAGE)
def account_enable(public_id: str) -> ResponseReturnValue:
    """Open a closed account again; a new activation code is shown once."""
    away = step_up(url_for("identity.account_page", public_id=public_id))
    if away is not None:
        return away
    with transaction() as session:
        issued = services.enable_account(session, current_actor(), public_id, now=clock.now())
    return render_template("identity/issued_codes.html", codes=[issued], tabs=admin_tabs(), unit_name=None)
