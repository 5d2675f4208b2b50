"""Log-in, second factor, activation and log-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lms.core import clock, sessions
from lms.core.db import current_session, transaction
from lms.core.errors import Forbidden, Invalid
from lms.core.sessions import KnownSession, LoginSession
from lms.identity import queries, rules, services
from lms.identity.forms import ActivationForm, CodeForm, FirstPasswordForm, LoginForm
from lms.identity.views.base import bp
from lms.web.guard import (
    authenticated,
    clear_login_cookie,
    current_actor,
    current_login,
    public,
    set_login_cookie,
)
from lms.web.i18n import translate

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

_YEAR = 365 * 24 * 3600


def _address() -> str:
    return request.remote_addr or ""


def _device() -> str:
    return rules.device_name(request.headers.get("User-Agent"))


def _own_cookie(name: str) -> str:
    return name if current_app.config["LMS"].plain_cookie else f"__Host-{name}"


def _remember(response: Response, name: str, value: str | None) -> None:
    """Set or take away a small cookie of this browser; neither holds a name or a number."""
    secure = not current_app.config["LMS"].plain_cookie
    if value is None:
        response.delete_cookie(_own_cookie(name), path="/", secure=secure, httponly=True, samesite="Lax")
    else:
        response.set_cookie(
            _own_cookie(name), value, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax", path="/"
        )


def cookies_hold() -> bool:
    """Return whether the browser will keep the session cookie: over https, or on this very machine."""
    return current_app.config["LMS"].plain_cookie or request.is_secure


def _login_page(form: LoginForm, *, status: int = 200, retry_after: int | None = None) -> Response:
    settings = current_app.config["LMS"]
    page = make_response(
        render_template(
            "identity/login.html",
            form=form,
            cookies_hold=cookies_hold(),
            base_url=settings.base_url,
            local_url=f"http://127.0.0.1:{settings.port}",
            shared=_own_cookie("bersama") in request.cookies,
            ended=request.args.get("keluar") == "1",
            idle=request.args.get("diam") == "1",
        ),
        status,
    )
    if retry_after:
        page.headers["Retry-After"] = str(retry_after)
    return page


@bp.get("/masuk")
@public
def log_in_page() -> ResponseReturnValue:
    """Show the log-in page; whoever is logged in goes on."""
    there = rules.local_path(request.args.get("lanjut"))
    if current_actor().account_id is not None:
        return redirect(there, code=303)
    return _login_page(LoginForm(data={"lanjut": there, "bersama": _own_cookie("bersama") in request.cookies}))


@bp.post("/masuk")
@public
def log_in() -> ResponseReturnValue:
    """Judge NIP and password; the answer is the same for known and unknown names."""
    form, now = LoginForm(), clock.now()
    if not form.ok() or not cookies_hold():
        return _login_page(form, status=422)
    login = rules.login_name(form.nip.data)
    fault = services.login_fault_text(login)
    if fault is not None:
        form.refuse(Invalid(fault, fields={"nip": fault}))
        return _login_page(form, status=422)
    try:
        with transaction() as session:
            tried = services.begin_log_in(
                session,
                login,
                address=_address(),
                device=request.cookies.get(_own_cookie("perangkat")),
                now=now,
            )
    except services.TooManyTries as error:
        form.refuse(error)
        return _login_page(form, status=429, retry_after=error.details["retry_after"])
    judged = services.judge_log_in(tried, form.kata_sandi.data)
    shared, before = bool(form.bersama.data), current_login()
    with transaction() as session:
        done = services.finish_log_in(
            session,
            judged,
            now=now,
            shared=shared,
            device=_device(),
            address=_address(),
            old_session_id=before.id if before is not None else None,
        )
    if done is None:
        form.refuse(_("NIP atau kata sandi tidak cocok. Periksa keduanya, lalu coba lagi."))
        return _login_page(form, status=422)
    return _enter(done, there=rules.local_path(form.lanjut.data), shared=shared)


def _enter(done: services.LoggedIn, *, there: str, shared: bool) -> Response:
    """Hand over the cookie and lead on: to the code, to the set-up of a second factor, or there."""
    target = url_for("identity.code_page", lanjut=there) if done.needs_code else _first_page(done, there)
    response = make_response(redirect(target, code=303))
    set_login_cookie(response, done.token, shared=shared)
    _remember(response, "bersama", "1" if shared else None)
    if not shared and not done.needs_code:
        _remember(response, "perangkat", services.device_token(done.account_public_id))
    return response


def _first_page(done: services.LoggedIn, there: str) -> str:
    """Return where to go first: rights that wait for a second factor come before everything."""
    row = current_session().get(LoginSession, done.session_id)
    found = queries.load_identity(current_session(), row) if row is not None else None
    if found is not None and found.account.locked_roles and not found.account.has_second_factor:
        return url_for("identity.second_factor", lanjut=there)
    return there


def _half() -> KnownSession | None:
    row = current_login()
    return row if row is not None and row.is_half and sessions.is_alive(row, now=clock.now()) else None


@bp.get("/masuk/kode")
@public
def code_page() -> ResponseReturnValue:
    """Ask for the code of the second factor."""
    if _half() is None:
        return redirect(url_for("identity.log_in_page", lanjut=rules.local_path(request.args.get("lanjut"))), code=303)
    form = CodeForm(data={"lanjut": rules.local_path(request.args.get("lanjut"))})
    return render_template("identity/code.html", form=form, again=False)


@bp.post("/masuk/kode")
@public
def code() -> ResponseReturnValue:
    """Judge the code and open the whole session."""
    form, half = CodeForm(), _half()
    if half is None:
        flash(_("Waktu untuk mengetik kode sudah lewat. Masuk lagi dari awal."), "info")
        return redirect(url_for("identity.log_in_page"), code=303)
    if not form.ok():
        return render_template("identity/code.html", form=form, again=False), 422
    try:
        with transaction() as session:
            done = services.finish_second_factor(session, half, form.kode.data, now=clock.now())
    except services.TooManyTries as error:
        return _code_refused(form, error, again=False)
    except Forbidden as error:
        flash(translate(error.message), "info")
        return redirect(url_for("identity.log_in_page"), code=303)
    if done is None:
        form.refuse(services.WRONG_CODE)
        return render_template("identity/code.html", form=form, again=False), 422
    return _enter(done, there=rules.local_path(form.lanjut.data), shared=half.is_shared_computer)


def _code_refused(form: CodeForm, error: services.TooManyTries, *, again: bool) -> Response:
    form.refuse(error)
    page = make_response(render_template("identity/code.html", form=form, again=again), 429)
    page.headers["Retry-After"] = str(error.details["retry_after"])
    return page


@bp.get("/masuk/ulang")
@authenticated
def step_up() -> ResponseReturnValue:
    """Ask for the second factor once more, before an act on other people's access."""
    form = CodeForm(data={"lanjut": rules.local_path(request.args.get("lanjut"))})
    return render_template("identity/code.html", form=form, again=True)


@bp.post("/masuk/ulang")
@authenticated
def step_up_check() -> ResponseReturnValue:
    """Judge the code and go on to the act."""
    form = CodeForm()
    if not form.ok():
        return render_template("identity/code.html", form=form, again=True), 422
    try:
        with transaction() as session:
            fits = services.show_second_factor_again(session, current_actor(), form.kode.data, now=clock.now())
    except services.TooManyTries as error:
        return _code_refused(form, error, again=True)
    if not fits:
        form.refuse(services.WRONG_CODE)
        return render_template("identity/code.html", form=form, again=True), 422
    return redirect(rules.local_path(form.lanjut.data), code=303)


@bp.post("/keluar")
@public
def log_out() -> ResponseReturnValue:
    """End the session and let the browser forget what it kept."""
    row = current_login()
    if row is not None:
        with transaction() as session:
            if row.is_half:
                sessions.end(session, session_id=row.id, now=clock.now())
            else:
                services.log_out(session, current_actor(), now=clock.now())
    response = make_response(redirect(url_for("identity.log_in_page", keluar=1), code=303))
    clear_login_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/aktivasi")
@public
def activation_page() -> ResponseReturnValue:
    """Ask for the code from the letter."""
    return render_template("identity/activation.html", form=ActivationForm(), cookies_hold=cookies_hold())


def _activation_refused(form: ActivationForm, *, status: int) -> ResponseReturnValue:
    return render_template("identity/activation.html", form=form, cookies_hold=cookies_hold()), status


def _activation_of(code: str, form: ActivationForm) -> services.Activation | ResponseReturnValue:
    """Return whom a code is for, or the page that says it is for nobody."""
    try:
        with transaction() as session:
            found = services.begin_activation(session, code, address=_address(), now=clock.now())
    except services.TooManyTries as error:
        form.refuse(error)
        return _activation_refused(form, status=429)
    if found is None:
        said = _("Kode tidak ditemukan, sudah dipakai, atau lewat 72 jam. Periksa hurufnya, atau minta kode baru.")
        form.refuse(Invalid(said, fields={"kode": said}))
        return _activation_refused(form, status=422)
    return found


@bp.post("/aktivasi")
@public
def activation() -> ResponseReturnValue:
    """Find the account of a code and ask for the first password."""
    form = ActivationForm()
    if not form.ok() or not cookies_hold():
        return _activation_refused(form, status=422)
    found = _activation_of(form.kode.data, form)
    if not isinstance(found, services.Activation):
        return found
    first = FirstPasswordForm(data={"kode": form.kode.data})
    first.kode.data, first.kata_sandi_baru.errors = form.kode.data, []
    return render_template("identity/first_password.html", form=first, name=found.name)


@bp.post("/aktivasi/kata-sandi")
@public
def first_password() -> ResponseReturnValue:
    """Set the first password, use the code up, and enter."""
    form = FirstPasswordForm()
    found = _activation_of(form.kode.data or "", ActivationForm())
    if not isinstance(found, services.Activation):
        return found
    if form.ok() and form.kata_sandi_baru.data != form.ulangi.data:
        form.refuse(Invalid(fields={"ulangi": _("Kedua kata sandi berbeda. Ketik lagi keduanya.")}))
    if form.summary:
        return render_template("identity/first_password.html", form=form, name=found.name), 422
    try:
        services.check_new_password(form.kata_sandi_baru.data, found.person)
    except Invalid as error:
        form.refuse(error)
        return render_template("identity/first_password.html", form=form, name=found.name), 422
    password_hash, shared = services.hash_password(form.kata_sandi_baru.data), bool(form.bersama.data)
    with transaction() as session:
        done = services.activate(
            session,
            form.kode.data,
            password_hash=password_hash,
            now=clock.now(),
            shared=shared,
            device=_device(),
            address=_address(),
        )
    if done is None:
        flash(_("Kode ini baru saja dipakai. Masuk dengan kata sandi Anda."), "info")
        return redirect(url_for("identity.log_in_page"), code=303)
    flash(_("Akun Anda aktif. Selamat datang di Bina."), "ok")
    return _enter(done, there="/beranda", shared=shared)
