"""One's own account: overview, password, sessions, second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from lms.core import clock, qr
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid
from lms.identity import policies, queries, rules, services
from lms.identity.forms import CodeForm, PasswordForm
from lms.identity.views.base import bp
from lms.web.guard import authenticated, current_actor

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

ISSUER = "Bina"


def _account_id() -> int:
    account_id = current_actor().account_id
    assert account_id is not None
    return account_id


@bp.get("/akun")
@authenticated
def account_home() -> ResponseReturnValue:
    """Show who one is here, which roles one holds, and what one may change."""
    actor, session = current_actor(), current_session()
    today = clock.local_day(clock.now(), actor.timezone)
    lent = [grant for grant in actor.grants if grant.acting_for_id is not None]
    return render_template(
        "identity/account_home.html",
        profile=queries.get_profile(session, actor.employee_id or 0),
        grants=queries.list_own_grants(session, _account_id(), today=today),
        lent=lent,
        today=today,
        role_names=policies.ROLE_NAMES,
    )


@bp.get("/akun/kata-sandi")
@authenticated
def password_page() -> ResponseReturnValue:
    """Show the form for a new password."""
    return render_template("identity/password.html", form=PasswordForm())


@bp.post("/akun/kata-sandi")
@authenticated
def password() -> ResponseReturnValue:
    """Change the own password; all other sessions end."""
    form, actor, now = PasswordForm(), current_actor(), clock.now()
    if form.ok() and form.kata_sandi_baru.data != form.ulangi.data:
        form.refuse(Invalid(fields={"ulangi": _("Kedua kata sandi berbeda. Ketik lagi keduanya.")}))
    if form.summary:
        return render_template("identity/password.html", form=form), 422
    try:
        with transaction() as session:
            change = services.begin_password_change(session, actor, now=now)
        services.judge_password_change(change, old=form.kata_sandi_lama.data, new=form.kata_sandi_baru.data)
    except (Invalid, services.TooManyTries) as error:
        form.refuse(error)
        return render_template("identity/password.html", form=form), error.status
    new_hash = services.hash_password(form.kata_sandi_baru.data)
    with transaction() as session:
        services.change_password(session, actor, change, new_hash=new_hash, now=now)
    flash(_("Kata sandi diganti. Semua perangkat lain sudah keluar."), "ok")
    return redirect(url_for("identity.account_home"), code=303)


@bp.get("/akun/sesi")
@authenticated
def session_list() -> ResponseReturnValue:
    """Show where one is logged in."""
    rows = queries.list_sessions(current_session(), _account_id(), now=clock.now())
    return render_template(
        "identity/session_list.html", rows=rows, here=current_actor().session_id, mask=rules.masked_address
    )


@bp.post("/akun/sesi/<string:public_id>/akhiri")
@authenticated
def session_end(public_id: str) -> ResponseReturnValue:
    """End one own session."""
    with transaction() as session:
        services.end_session(session, current_actor(), public_id, now=clock.now())
    flash(_("Sesi di perangkat itu diakhiri."), "ok")
    return redirect(url_for("identity.session_list"), code=303)


@bp.post("/akun/sesi/akhiri-lainnya")
@authenticated
def session_end_others() -> ResponseReturnValue:
    """End all own sessions but this one."""
    with transaction() as session:
        services.end_other_sessions(session, current_actor(), now=clock.now())
    flash(_("Semua perangkat lain sudah keluar."), "ok")
    return redirect(url_for("identity.session_list"), code=303)


@bp.post("/akun/sesi/perpanjang")
@authenticated
def session_extend() -> ResponseReturnValue:
    """Answer nothing: that the session was used is noted by the guard, which keeps it open."""
    return "", 204


def _factor_page(form: CodeForm, *, status: int = 200) -> ResponseReturnValue:
    session, actor = current_session(), current_actor()
    account = queries.get_own(session, _account_id())
    shown: dict[str, Any] = {"secret": None, "picture": None}
    if account.totp_secret is not None and account.totp_confirmed_at is None:
        secret = services.stored_secret(account)
        assert secret is not None
        # The entry in the telephone's application is named by the person, never by the NIP.
        uri = rules.provisioning_uri(secret, account=actor.name, issuer=ISSUER)
        # segno writes the markup; the name in it stands only inside the code's squares.
        picture = Markup(qr.svg(uri, title=_("Kode QR untuk aplikasi autentikator")))  # noqa: S704
        shown = {"secret": rules.spelled_secret(secret), "picture": picture}
    return (
        render_template(
            "identity/second_factor.html",
            form=form,
            since=account.totp_confirmed_at,
            codes_left=queries.count_recovery_codes(session, account.id),
            there=rules.local_path(request.values.get("lanjut"), fallback=""),
            **shown,
        ),
        status,
    )


@bp.get("/akun/faktor-kedua")
@authenticated
def second_factor() -> ResponseReturnValue:
    """Show whether a second factor is set up, or how to finish setting it up."""
    return _factor_page(CodeForm())


@bp.post("/akun/faktor-kedua/mulai")
@authenticated
def second_factor_start() -> ResponseReturnValue:
    """Make a new secret and show it."""
    with transaction() as session:
        services.prepare_second_factor(session, current_actor())
    there = rules.local_path(request.form.get("lanjut"), fallback="")
    return redirect(url_for("identity.second_factor", lanjut=there or None), code=303)


@bp.post("/akun/faktor-kedua")
@authenticated
def second_factor_confirm() -> ResponseReturnValue:
    """Set the factor up with a code from it; show the recovery codes once."""
    form = CodeForm()
    if not form.ok():
        return _factor_page(form, status=422)
    try:
        with transaction() as session:
            codes = services.confirm_second_factor(session, current_actor(), form.kode.data, now=clock.now())
    except services.TooManyTries as error:
        form.refuse(error)
        return _factor_page(form, status=429)
    if codes is None:
        form.refuse(services.WRONG_CODE)
        return _factor_page(form, status=422)
    return _codes_page(codes)


def _codes_page(codes: list[str]) -> ResponseReturnValue:
    there = rules.local_path(request.form.get("lanjut"), fallback="/akun")
    return render_template("identity/recovery_codes.html", codes=codes, there=there, host=_host())


def _host() -> str:
    return str(current_app.config["LMS"].base_url).split("//", 1)[-1]


@bp.post("/akun/faktor-kedua/kode-cadangan")
@authenticated
def recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes, with a code from the factor."""
    form = CodeForm()
    if not form.ok():
        return _factor_page(form, status=422)
    try:
        with transaction() as session:
            codes = services.renew_recovery_codes(session, current_actor(), form.kode.data, now=clock.now())
    except services.TooManyTries as error:
        form.refuse(error)
        return _factor_page(form, status=429)
    if codes is None:
        form.refuse(services.WRONG_CODE)
        return _factor_page(form, status=422)
    return _codes_page(codes)


@bp.post("/akun/faktor-kedua/lepas")
@authenticated
def second_factor_remove() -> ResponseReturnValue:
    """Remove the second factor, with a code from it."""
    form = CodeForm()
    if not form.ok():
        return _factor_page(form, status=422)
    try:
        with transaction() as session:
            fits = services.remove_second_factor(session, current_actor(), form.kode.data, now=clock.now())
    except services.TooManyTries as error:
        form.refuse(error)
        return _factor_page(form, status=429)
    if not fits:
        form.refuse(services.WRONG_CODE)
        return _factor_page(form, status=422)
    flash(_("Faktor kedua dilepas. Kewenangan atas data orang lain tertutup sampai dipasang lagi."), "info")
    return redirect(url_for("identity.second_factor"), code=303)
