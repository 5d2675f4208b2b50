"""Pages that change a bank: the form of an item, its review and remarks, import and export."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from lms.assessments import queries, services
from lms.assessments.forms import read_item
from lms.assessments.queries import SheetItem
from lms.assessments.rules import Field, ItemKind, Rows, kind_names, kind_of, seeded
from lms.assessments.views.blueprint import bp
from lms.assessments.views.shown import inline, kind_words, shown_question
from lms.core import clock
from lms.core.actor import Permission
from lms.core.db import current_session, transaction
from lms.core.errors import Invalid, NotFound
from lms.core.richtext import render_markdown
from lms.core.text import N_
from lms.web.forms import claim_once
from lms.web.guard import current_actor, requires
from lms.web.i18n import translate

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.assessments.queries import BankLine, ItemFacts

KEPT_BYTES = 1 << 20
FORM_WORDS = {
    "gift": "GIFT", "moodle": "Moodle XML", "aiken": "Aiken", "tabel": "Excel", "bina": "JSON Bina",
}  # fmt: skip
STATUS_TAGS = {"read": "ok", "changed": "warn", "left_out": "bad"}


def _bank(public_id: str) -> BankLine:
    bank = queries.get_bank(current_session(), current_actor(), public_id)
    if bank is None:
        raise NotFound(N_("Bank soal itu tidak ada, atau bukan milik unit Anda."))
    return bank


def _item(public_id: str) -> ItemFacts:
    facts = queries.get_item(current_session(), current_actor(), public_id)
    if facts is None:
        raise NotFound(N_("Butir soal itu tidak ada, atau bukan milik unit Anda."))
    return facts


@bp.get("/instruktur/bank/<string:public_id>/baru")
@requires(Permission.ASSESSMENT_MANAGE)
def new_item(public_id: str) -> ResponseReturnValue:
    """Let choose a kind, then show its empty form."""
    bank, kind = _bank(public_id), request.args.get("jenis", "")
    if kind not in kind_names():
        return render_template("assessments/item_kinds.html", bank=bank, kinds=kind_words())
    return _form(bank, kind_of(kind), {}, code="")


@bp.get("/instruktur/bank/butir/<string:public_id>/ubah")
@requires(Permission.ASSESSMENT_MANAGE)
def edit_item(public_id: str) -> ResponseReturnValue:
    """Show the form of an item with what it holds."""
    facts = _item(public_id)
    item, version, competency = queries.get_entry_parts(current_session(), facts.id)
    entry = services.entry_of(item, version, competency)
    return _form(_bank(facts.bank_public_id), kind_of(facts.kind), entry, code=facts.code)


def _form(
    bank: BankLine,
    kind: ItemKind,
    entry: dict[str, Any],
    *,
    code: str,
    faults: list[str] | None = None,
    shown: Any = None,
) -> ResponseReturnValue:
    parts = [
        (part, "rows" if isinstance(part, Rows) else "field", _cells(part, entry))
        for part in kind.form
        if isinstance(part, Field | Rows)
    ]
    page = render_template(
        "assessments/item_edit.html", bank=bank, kind=kind, entry=entry, code=code, parts=parts, faults=faults or [],
        look=shown, lacks=kind.lacks(entry) if shown is not None else [], difficulties=services.DIFFICULTIES, say=_,
    )  # fmt: skip
    return page, 422 if faults else 200


def _cells(part: Any, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a form: those that are there, then some empty ones."""
    if isinstance(part, Field):
        value = entry.get(part.name, part.usual)
        return [{part.name: " | ".join(value) if isinstance(value, list) else value}]
    held = entry.get(part.name, [])
    rows: list[dict[str, Any]] = [{part.columns[0].name: one} if part.bare else dict(one) for one in held]
    for row in rows:
        for name, value in row.items():
            if isinstance(value, list):
                row[name] = " | ".join(value)
    usual = {column.name: column.usual for column in part.columns if column.control in {"select", "tick"}}
    return [
        *rows,
        *(dict(usual) for _number in range(max(1, part.empty_rows - len(rows)) if rows else part.empty_rows)),
    ]


@bp.post("/instruktur/bank/<string:public_id>/butir")
@requires(Permission.ASSESSMENT_MANAGE)
def save_item(public_id: str) -> ResponseReturnValue:
    """Show the item as a learner would see it, or keep it as a draft."""
    bank, name = _bank(public_id), request.form.get("jenis", "")
    if name not in kind_names():
        raise Invalid(N_("Jenis soal itu tidak dikenal. Pilih dari daftar."))
    kind, code = kind_of(name), request.form.get("kode", "")
    kept = _held(bank, code, name)
    entry = read_item(kind, request.form, kept)
    for key in ("image", "uses"):
        if kept.get(key) and not entry.get(key):
            entry[key] = kept[key]
    if code:
        entry["code"] = code
    upload = request.files.get("gambar")
    picture = (upload.filename, upload.read()) if upload is not None and upload.filename else None
    faults = [] if entry.get("stem") else [_("Pertanyaan belum diisi.")]
    if picture is None:
        faults += [f"{fault}." for fault in kind.faults(entry)]
    if faults:
        return _form(bank, kind, entry, code=code, faults=faults)
    if request.form.get("aksi") == "lihat" and picture is None:
        return _form(bank, kind, entry, code=code, shown=_preview(kind, entry))
    with transaction() as session:
        claim_once(session)
        made = services.save_item(
            session, current_actor(), bank=public_id, entry=entry, picture=picture, now=clock.now()
        )
    flash(_("Butir soal tersimpan sebagai rancangan. Mintalah rekan menelaahnya."), "ok")
    return redirect(url_for("assessments.show_item", public_id=made), code=303)


def _held(bank: BankLine, code: str, kind: str) -> dict[str, Any]:
    parts = queries.get_entry_by_code(current_session(), bank.id, code) if code else None
    if parts is None:
        return {}
    entry = services.entry_of(*parts)
    return entry if entry["kind"] == kind else {}


def _preview(kind: ItemKind, entry: dict[str, Any]) -> dict[str, Any]:
    body = kind.body(entry)
    order = kind.order(body, seeded("pratinjau"), shuffles=False)
    item = SheetItem(
        id=0, number=1, public_id="", kind=kind.name, body=body, option_order=order, payload=None, is_flagged=False,
        stem_html=render_markdown(entry["stem"], heading_shift=2, id_prefix="soal-").html, revision=0,
        has_conflict=False,
    )  # fmt: skip
    return {"question": shown_question(item), "verdicts": kind.review(body, None, order), "inline": inline}


@bp.post("/instruktur/bank/butir/<string:public_id>/telaah")
@requires(Permission.ASSESSMENT_MANAGE)
def review_item(public_id: str) -> ResponseReturnValue:
    """Note that a second person found a draft good."""
    with transaction() as session:
        services.review_item(session, current_actor(), public_id=public_id, now=clock.now())
    flash(_("Telaah dicatat. Butir ini sekarang boleh dipakai."), "ok")
    return redirect(url_for("assessments.show_item", public_id=public_id), code=303)


@bp.post("/instruktur/bank/butir/<string:public_id>/komentar")
@requires(Permission.ASSESSMENT_MANAGE)
def comment_item(public_id: str) -> ResponseReturnValue:
    """Keep a remark on an item."""
    with transaction() as session:
        claim_once(session)
        services.comment_item(
            session, current_actor(), public_id=public_id, text=request.form.get("komentar", ""), now=clock.now()
        )
    flash(_("Komentar tersimpan."), "ok")
    return redirect(url_for("assessments.show_item", public_id=public_id), code=303)


@bp.get("/instruktur/bank/<string:public_id>/impor")
@requires(Permission.ASSESSMENT_MANAGE)
def import_form(public_id: str) -> ResponseReturnValue:
    """Show where a file is chosen or a text is pasted."""
    return render_template("assessments/import.html", bank=_bank(public_id), result=None, kept="", fault="")


@bp.post("/instruktur/bank/<string:public_id>/impor")
@requires(Permission.ASSESSMENT_MANAGE)
def import_items(public_id: str) -> ResponseReturnValue:
    """Report on each question of a file first; put them into the bank on the second word."""
    bank = _bank(public_id)
    try:
        data = _sent()
        if request.form.get("aksi") != "impor":
            result = services.import_items(
                current_session(),
                current_actor(),
                data,
                bank_code=bank.code,
                unit_id=None,
                dry_run=True,
                now=clock.now(),
            )
        else:
            with transaction() as session:
                claim_once(session)
                result = services.import_items(
                    session, current_actor(), data, bank_code=bank.code, unit_id=None, now=clock.now()
                )
    except Invalid as problem:
        words = translate(problem.message)
        return render_template("assessments/import.html", bank=bank, result=None, kept="", fault=words), 422
    kept = base64.b64encode(data).decode() if result.dry_run and len(data) <= KEPT_BYTES else ""
    return render_template(
        "assessments/import.html", bank=bank, result=result, kept=kept, fault="", kinds=kind_words(), tags=STATUS_TAGS,
        first=result.items[:500],
    )  # fmt: skip


def _sent() -> bytes:
    """Return the bytes that were uploaded, pasted, or kept from the report before.

    Raises: Invalid: nothing was sent.
    """
    upload = request.files.get("berkas")
    if upload is not None and upload.filename:
        data: bytes = upload.read()
        return data
    if kept := request.form.get("isi", ""):
        try:
            return base64.b64decode(kept, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Invalid(N_("Pilih berkas itu sekali lagi.")) from error
    if text := request.form.get("tempel", "").strip():
        return text.encode()
    raise Invalid(N_("Pilih berkas atau tempel soalnya dahulu."))


@bp.get("/instruktur/bank/<string:public_id>/ekspor")
@requires(Permission.ASSESSMENT_MANAGE)
def export_items(public_id: str) -> ResponseReturnValue:
    """Tell what each format can carry, or send the file of the chosen one."""
    bank, form = _bank(public_id), request.args.get("format", "")
    if form in FORM_WORDS:
        data, ending, _lost = services.export_bank(current_session(), bank.id, form)
        headers = {"Content-Disposition": f'attachment; filename="bank-soal.{ending}"'}
        return Response(data, content_type="application/octet-stream", headers=headers)
    told = {
        name: (words, services.export_bank(current_session(), bank.id, name)[2]) for name, words in FORM_WORDS.items()
    }
    return render_template("assessments/export.html", bank=bank, told=told)
