"""Grants of roles, and delegations (Plt./Plh.)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lms.core import clock
from lms.core.actor import Permission, Role
from lms.core.db import current_session, transaction
from lms.core.errors import Conflict, DomainError, Forbidden, NotFound
from lms.identity import policies, queries, services
from lms.identity.forms import DelegationForm, GrantForm, ReasonForm, role_choices
from lms.identity.models import DelegationKind
from lms.identity.views.base import admin_tabs, bp, page_number, spreadsheet, step_up
from lms.web.forms import claim_once
from lms.web.guard import authenticated, current_actor, requires
from lms.web.i18n import translate

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

PER_PAGE = 25
EXPORTED = 20_000


def _today() -> date:
    return clock.local_day(clock.now(), current_actor().timezone)


def _wanted_role() -> Role | None:
    typed = request.args.get("kewenangan", "")
    return Role(typed) if typed in set(Role) else None


@bp.get("/admin/kewenangan")
@requires(Permission.GRANT_MANAGE)
def grant_list() -> ResponseReturnValue:
    """Show who holds which role where."""
    text, role, page = request.args.get("cari", "")[:100], _wanted_role(), page_number()
    with_past = request.args.get("lama") == "1"
    rows, total = queries.list_grants(
        current_session(),
        current_actor(),
        text=text,
        role=role,
        today=_today(),
        with_past=with_past,
        page=page,
        limit=PER_PAGE,
    )
    return render_template(
        "identity/grant_list.html",
        rows=rows,
        total=total,
        text=text,
        role=role,
        with_past=with_past,
        page=page,
        pages=-(-total // PER_PAGE),
        tabs=admin_tabs(),
        role_names=policies.ROLE_NAMES,
        today=_today(),
        roles=[one for one in Role if one is not Role.PEGAWAI],
    )


@bp.get("/admin/kewenangan/unduh")
@requires(Permission.GRANT_MANAGE)
def grant_export() -> ResponseReturnValue:
    """Send the list as it is filtered, all pages."""
    rows, _total = queries.list_grants(
        current_session(),
        current_actor(),
        text=request.args.get("cari", "")[:100],
        role=_wanted_role(),
        today=_today(),
        with_past=request.args.get("lama") == "1",
        limit=EXPORTED,
    )
    header = [_("Nama"), _("Kewenangan"), _("Unit"), _("Mulai"), _("Sampai"), _("Diberikan oleh"), _("Dasar")]
    table = [
        [
            row.name,
            translate(policies.ROLE_NAMES[row.role]),
            row.unit_name,
            row.starts_on,
            row.ends_on or "",
            row.granted_by,
            row.reason,
        ]
        for row in rows
    ]
    return spreadsheet(_("Kewenangan"), header, table, file_name="kewenangan")


@bp.get("/admin/kewenangan/baru")
@requires(Permission.GRANT_MANAGE)
def grant_new() -> ResponseReturnValue:
    """Choose a person, then role, unit and dates."""
    chosen = request.args.get("akun", "")[:26]
    if not chosen:
        text = request.args.get("cari", "")[:100]
        return render_template(
            "identity/person_choice.html",
            text=text,
            found=queries.find_colleagues(current_session(), text=text),
            tabs=admin_tabs(),
            title=_("Beri kewenangan"),
            target="identity.grant_new",
            lead=_("Cari pegawai yang akan memegang kewenangan."),
        )
    here = url_for("identity.grant_new", akun=chosen)
    return step_up(here) or _grant_form(chosen, GrantForm(data={"mulai": _today()}))


def _grant_form(chosen: str, form: GrantForm, *, status: int = 200) -> ResponseReturnValue:
    session, actor = current_session(), current_actor()
    person = queries.find_person(session, chosen)
    if person is None:
        raise NotFound
    units = queries.list_units_within(session, actor.scope(Permission.GRANT_MANAGE))
    roles = frozenset[Role]().union(*(policies.roles_grantable_by(actor, unit.path) for unit in units[:1]))
    form.kewenangan.choices = [("", _("Pilih kewenangan")), *role_choices(roles)]
    form.unit.choices = [("", _("Pilih unit")), *((unit.public_id, unit.name) for unit in units)]
    return (
        render_template(
            "identity/grant_form.html",
            form=form,
            person=person,
            tabs=admin_tabs(),
            role_names=policies.ROLE_NAMES,
        ),
        status,
    )


@bp.post("/admin/kewenangan/baru")
@requires(Permission.GRANT_MANAGE)
def grant_give() -> ResponseReturnValue:
    """Give the role."""
    chosen, form, actor = request.args.get("akun", "")[:26], GrantForm(), current_actor()
    away = step_up(url_for("identity.grant_new", akun=chosen))
    if away is not None:
        return away
    _grant_form(chosen, form)  # fills the choices, which the check below needs
    if not form.ok():
        return _grant_form(chosen, form, status=422)
    try:
        with transaction() as session:
            claim_once(session)
            services.give_grant(
                session,
                actor,
                chosen,
                role=Role(form.kewenangan.data),
                unit_public_id=form.unit.data,
                starts_on=form.mulai.data,
                ends_on=form.sampai.data,
                reason=form.alasan.data,
                now=clock.now(),
            )
    except (Conflict, Forbidden) as error:
        _refused(error)
        form.refuse(error)
        return _grant_form(chosen, form, status=error.status)
    flash(_("Kewenangan diberikan. Pemegangnya mendapat pemberitahuan."), "ok")
    return redirect(url_for("identity.grant_list"), code=303)


def _refused(error: DomainError) -> None:
    """Let a form that was sent twice lead to its first result."""
    if error.code == "already_sent":
        raise error


@bp.get("/admin/kewenangan/<string:public_id>/cabut")
@requires(Permission.GRANT_MANAGE)
def grant_revoke_page(public_id: str) -> ResponseReturnValue:
    """Tell what is taken away, and ask for the reason."""
    row = queries.get_grant(current_session(), current_actor(), public_id)
    if row is None:
        raise NotFound
    return step_up(request.path) or render_template(
        "identity/grant_revoke.html",
        row=row,
        form=ReasonForm(),
        tabs=admin_tabs(),
        role_names=policies.ROLE_NAMES,
    )


@bp.post("/admin/kewenangan/<string:public_id>/cabut")
@requires(Permission.GRANT_MANAGE)
def grant_revoke(public_id: str) -> ResponseReturnValue:
    """Take the role away at once."""
    away = step_up(url_for("identity.grant_revoke_page", public_id=public_id))
    if away is not None:
        return away
    form, row = ReasonForm(), queries.get_grant(current_session(), current_actor(), public_id)
    if row is None:
        raise NotFound
    if not form.ok():
        return render_template(
            "identity/grant_revoke.html",
            row=row,
            form=form,
            tabs=admin_tabs(),
            role_names=policies.ROLE_NAMES,
        ), 422
    with transaction() as session:
        services.revoke_grant(session, current_actor(), public_id, reason=form.alasan.data, now=clock.now())
    flash(_("Kewenangan dicabut. Mulai sekarang tidak berlaku lagi."), "ok")
    return redirect(url_for("identity.grant_list"), code=303)


@bp.get("/delegasi")
@authenticated
def delegation_list() -> ResponseReturnValue:
    """Show who stands in for whom."""
    actor = current_actor()
    return render_template(
        "identity/delegation_list.html",
        rows=queries.list_delegations(current_session(), actor),
        today=_today(),
        role_names=policies.ROLE_NAMES,
        me=actor.account_id,
        may_delegate=bool(_lendable()),
    )


def _lendable() -> list[tuple[Role, str]]:
    """Return the own roles with their paths that may be lent."""
    return [
        (grant.role, grant.path)
        for grant in current_actor().grants
        if grant.acting_for_id is None and grant.role in policies.DELEGABLE
    ]


@bp.get("/delegasi/baru")
@requires(Permission.DELEGATION_CREATE)
def delegation_new() -> ResponseReturnValue:
    """Choose a person, then role and days."""
    chosen = request.args.get("akun", "")[:26]
    if not chosen:
        text = request.args.get("cari", "")[:100]
        return render_template(
            "identity/person_choice.html",
            text=text,
            found=queries.find_colleagues(current_session(), text=text),
            tabs=[],
            title=_("Tunjuk Plt. atau Plh."),
            target="identity.delegation_new",
            lead=_("Cari pegawai yang akan menggantikan Anda."),
        )
    return _delegation_form(chosen, DelegationForm(data={"mulai": _today(), "jenis": DelegationKind.PLH.value}))


def _delegation_form(chosen: str, form: DelegationForm, *, status: int = 200) -> ResponseReturnValue:
    session = current_session()
    person = queries.find_person(session, chosen)
    if person is None:
        raise NotFound
    lendable = _lendable()
    units = {unit.path: unit for unit in queries.list_units_at(session, [path for _role, path in lendable])}
    form.hak.choices = [
        (
            f"{role.value}:{units[path].public_id}",
            f"{translate(policies.ROLE_NAMES[role])}, {units[path].name}",
        )
        for role, path in lendable
        if path in units
    ]
    return render_template("identity/delegation_form.html", form=form, person=person), status


@bp.post("/delegasi/baru")
@requires(Permission.DELEGATION_CREATE)
def delegation_make() -> ResponseReturnValue:
    """Let the person stand in."""
    chosen, form, actor = request.args.get("akun", "")[:26], DelegationForm(), current_actor()
    _delegation_form(chosen, form)  # fills the choices, which the check below needs
    if not form.ok():
        return _delegation_form(chosen, form, status=422)
    role, _colon, unit = form.hak.data.partition(":")
    try:
        with transaction() as session:
            claim_once(session)
            services.delegate(
                session,
                actor,
                chosen,
                role=Role(role),
                unit_public_id=unit,
                kind=DelegationKind(form.jenis.data),
                starts_on=form.mulai.data,
                ends_on=form.sampai.data,
                letter=form.surat.data or "",
                now=clock.now(),
            )
    except Conflict as error:
        _refused(error)
        form.refuse(error)
        return _delegation_form(chosen, form, status=409)
    flash(_("Penunjukan tersimpan. Pegawai itu mendapat pemberitahuan."), "ok")
    return redirect(url_for("identity.delegation_list"), code=303)


@bp.post("/delegasi/<string:public_id>/akhiri")
@authenticated
def delegation_end(public_id: str) -> ResponseReturnValue:
    """End a delegation before its last day."""
    with transaction() as session:
        services.revoke_delegation(session, current_actor(), public_id, now=clock.now())
    flash(_("Penunjukan diakhiri. Kewenangannya kembali kepada pemegangnya."), "ok")
    return redirect(url_for("identity.delegation_list"), code=303)
