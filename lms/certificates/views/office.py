"""Certificates of others: search, workbook, revoking and replacing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lms.certificates import queries, services
from lms.certificates.forms import ReasonForm
from lms.certificates.rules.codes import grouped_code
from lms.certificates.rules.states import Verdict
from lms.certificates.views.base import VERDICTS, bp, certificate_or_404, today
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Forbidden, Invalid, NotFound, Refused
from lms.core.sheets import Sheet, write_xlsx
from lms.core.text import N_
from lms.people.queries import find_visible_by_number, get_unit, list_unit_choices
from lms.people.rules.names import normalised_name
from lms.people.rules.numbers import looks_like_number, masked_number
from lms.web.forms import claim_once
from lms.web.guard import current_actor, note_reading, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEYS = {
    "sah": Verdict.VALID,
    "dicabut": Verdict.REVOKED,
    "diganti": Verdict.REPLACED,
    "kedaluwarsa": Verdict.EXPIRED,
}
YEARS_SHOWN = 6
MAX_WORDS = 6


def _filter() -> tuple[queries.CertificateFilter, dict[str, Any], list[tuple[str, str]]]:
    """Return the filters of the address, their parameters, and the active ones with their removal."""
    session, actor, args = current_session(), current_actor(), request.args
    search = normalised_name(args.get("cari", ""))[:80]
    if looks_like_number(search) and "/" not in search:
        search = ""  # an employee number never stands in an address; the form sends it by POST
    unit = None
    if args.get("unit"):
        unit = get_unit(session, actor, args["unit"], permission=Permission.CERTIFICATE_VIEW)
        if unit is None:
            raise NotFound(N_("Unit ini tidak ditemukan."))
    state = args.get("keadaan", "")
    year = args.get("tahun", type=int)
    if year is not None and not 2000 <= year <= 2200:
        year = None
    wanted = queries.CertificateFilter(
        words=tuple(search.split()[:MAX_WORDS]),
        unit_path=unit.path if unit is not None else "",
        employee=args.get("pegawai", "")[:26],
        year=year,
        verdict=KEYS.get(state),
    )
    params: dict[str, Any] = {
        "cari": search,
        "unit": unit.public_id if unit is not None else "",
        "pegawai": wanted.employee,
        "tahun": str(year or ""),
        "keadaan": state if state in KEYS else "",
    }
    params = {key: value for key, value in params.items() if value}
    words = {
        "cari": f"“{search}”",
        "unit": unit.name if unit is not None else "",
        "pegawai": _("Satu pegawai"),
        "tahun": str(year or ""),
        "keadaan": str(VERDICTS[KEYS[state]][0]) if state in KEYS else "",
    }
    active = [
        (words[key], url_for("certificates.certificate_all", **{k: v for k, v in params.items() if k != key}))
        for key in params
    ]
    return wanted, params, active


@bp.get("/sertifikat/semua")
@requires(Permission.CERTIFICATE_VIEW)
def certificate_all() -> ResponseReturnValue:
    """Show the certificates of the people within the actor's scope."""
    session, actor, day = current_session(), current_actor(), today()
    wanted, params, active = _filter()
    total = queries.count_certificates(session, actor, wanted, today=day)
    pages = max(1, -(-total // queries.PAGE_ROWS))
    page = min(max(request.args.get("halaman", 1, type=int), 1), pages)
    offset = (page - 1) * queries.PAGE_ROWS
    rows = queries.list_certificates(session, actor, wanted, today=day, offset=offset) if total else []
    note_reading((row.employee_id for row in rows), "certificates.certificate_all")
    choices = list_unit_choices(session, actor, Permission.CERTIFICATE_VIEW)
    here = url_for("certificates.certificate_all", **params)
    return render_template(
        "certificates/certificate_all.html",
        rows=rows,
        total=total,
        page=page,
        pages=pages,
        params=params,
        active=active,
        units=[(one.public_id, "\u2003" * one.depth + one.name) for one in choices],
        years=[(str(day.year - back),) * 2 for back in range(YEARS_SHOWN)],
        states=[(key, VERDICTS[verdict][0]) for key, verdict in KEYS.items()],
        verdicts=VERDICTS,
        href=f"{here}{'&' if params else '?'}halaman={{page}}",
        export=url_for("certificates.certificate_export", **params),
        too_many=total > queries.MAX_EXPORT_ROWS,
        missing=request.args.get("nomor") == "tidak-ada",
    )


@bp.post("/sertifikat/semua/cari")
@requires(Permission.CERTIFICATE_VIEW)
def certificate_find() -> ResponseReturnValue:
    """Lead from the search box to the list; an employee number is resolved here and enters no address."""
    text = normalised_name(request.form.get("cari", ""))[:80]
    kept: dict[str, Any] = {key: request.form[key] for key in ("unit", "tahun", "keadaan") if request.form.get(key)}
    # A letter number has slashes; a bare row of digits is an employee number.
    if not looks_like_number(text) or "/" in text:
        if text:
            kept["cari"] = text
        return redirect(url_for("certificates.certificate_all", **kept), code=303)
    person = find_visible_by_number(current_session(), current_actor(), text)
    found: dict[str, Any] = {"pegawai": person.public_id} if person is not None else {"nomor": "tidak-ada"}
    return redirect(url_for("certificates.certificate_all", **found), code=303)


@bp.get("/sertifikat/semua/unduh")
@requires(Permission.CERTIFICATE_VIEW)
def certificate_export() -> ResponseReturnValue:
    """Give the list with its filters as a workbook; employee numbers are masked."""
    session, actor = current_session(), current_actor()
    wanted, _params, _active = _filter()
    rows = queries.list_certificates(session, actor, wanted, today=today(), limit=queries.MAX_EXPORT_ROWS)
    note_reading((row.employee_id for row in rows), "certificates.certificate_export")
    header = [
        _("Nomor"),
        _("Kode"),
        _("Nama"),
        _("NIP"),
        _("Jabatan dan unit saat lulus"),
        _("Pelatihan"),
        _("JP"),
        _("Terbit"),
        _("Berlaku sampai"),
        _("Keadaan"),
    ]
    cells = [
        (
            row.number,
            grouped_code(row.code),
            row.holder,
            masked_number(row.holder_number),
            row.workplace,
            row.title,
            row.credit_jp,
            row.issued_on,
            row.valid_until_on,
            str(VERDICTS[row.verdict][0]),
        )
        for row in rows
    ]
    sheet = Sheet(_("Sertifikat"), header, cells, widths=(32, 22, 34, 24, 48, 48, 6, 12, 14, 14))
    answer = make_response(write_xlsx([sheet]))
    answer.headers["Content-Type"] = XLSX
    answer.headers["Content-Disposition"] = f'attachment; filename="sertifikat-{today():%Y%m%d}.xlsx"'
    return answer


def _to_change(public_id: str) -> queries.CertificateDetail:
    found = certificate_or_404(public_id)
    if not found.may_revoke:
        raise Forbidden(N_("Sertifikat ini dicabut atau diganti oleh pengelola kepegawaian pemiliknya."))
    return found


def _page(template: str, found: queries.CertificateDetail, form: ReasonForm, *, status: int = 200) -> Any:
    page = render_template(
        template,
        found=found,
        line=found.line,
        form=form,
        code=grouped_code(found.line.code),
        verdict=VERDICTS[found.line.verdict],
    )
    return page, status


@bp.route("/sertifikat/<string:public_id>/cabut", methods=["GET", "POST"])
@requires(Permission.CERTIFICATE_REVOKE)
def certificate_revoke(public_id: str) -> ResponseReturnValue:
    """Ask for the reason, say that it is final, and revoke."""
    found, form = _to_change(public_id), ReasonForm()
    if found.line.verdict is Verdict.REPLACED:
        raise Refused(N_("Sertifikat ini sudah diganti. Cabut penggantinya bila perlu."))
    if request.method == "POST" and form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                services.revoke_certificate(
                    session, current_actor(), public_id, reason=str(form.reason.data), now=clock.now()
                )
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Sertifikat dicabut. Halaman pemeriksaan sudah menampilkannya."), "ok")
            return redirect(url_for("certificates.certificate_detail", public_id=public_id), code=303)
    return _page("certificates/certificate_revoke.html", found, form, status=422 if form.summary else 200)  # type: ignore[no-any-return]


@bp.route("/sertifikat/<string:public_id>/ganti", methods=["GET", "POST"])
@requires(Permission.CERTIFICATE_REVOKE)
def certificate_replace(public_id: str) -> ResponseReturnValue:
    """Ask for the reason and issue a corrected certificate in place of this one."""
    found, form = _to_change(public_id), ReasonForm()
    if found.replaced_by is not None:
        return redirect(url_for("certificates.certificate_detail", public_id=found.replaced_by), code=303)
    if request.method == "POST" and form.ok():
        try:
            with transaction() as session:
                claim_once(session)
                made = services.replace_certificate(
                    session, current_actor(), public_id, reason=str(form.reason.data), now=clock.now()
                )
        except Invalid as error:
            form.refuse(error)
        else:
            flash(_("Sertifikat pengganti terbit dengan nomor %(number)s.", number=made.number), "ok")
            return redirect(url_for("certificates.certificate_detail", public_id=made.public_id), code=303)
    return _page("certificates/certificate_replace.html", found, form, status=422 if form.summary else 200)  # type: ignore[no-any-return]
