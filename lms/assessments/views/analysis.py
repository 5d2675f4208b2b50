"""The statistics of an assessment: page, request for a new computation, spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from lms.assessments import queries, services
from lms.assessments.views.blueprint import bp
from lms.assessments.views.manage import ABSENT, send_file
from lms.assessments.views.shown import inline
from lms.core import clock
from lms.core.actor import Permission
from lms.core.charts import bar_chart
from lms.core.db import current_session, transaction
from lms.core.errors import NotFound
from lms.core.sheets import Sheet, write_xlsx
from lms.web.forms import claim_once
from lms.web.guard import current_actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from lms.assessments.queries import AnalysisLine, AssessmentLine

WARNINGS = {
    "few": _l("Pesertanya sedikit"),
    "hard": _l("Terlalu sulit"),
    "easy": _l("Terlalu mudah"),
    "negative": _l("Periksa kuncinya"),
    "weak": _l("Kurang membedakan"),
}
WHOLE_WARNINGS = {
    "very_few": _l("Peserta kurang dari 10. Angka di bawah ini belum berarti."),
    "few": _l("Peserta kurang dari 30. Bacalah angka ini sebagai petunjuk saja."),
    "alpha_negative": _l("Alfa negatif. Periksa kunci soal yang daya bedanya negatif."),
    "alpha_low": _l("Alfa di bawah 0,70. Nilai satu orang masih banyak dipengaruhi kebetulan."),
}


def _line(public_id: str) -> AssessmentLine:
    line = queries.get_assessment_line(current_session(), current_actor(), public_id)
    if line is None:
        raise NotFound(ABSENT)
    return line


def _scores_chart(held: AnalysisLine) -> Any:
    bands = held.result.get("bands", [])
    return bar_chart(
        _("Sebaran nilai"),
        [(f"{place * 10}–{place * 10 + 9 if place < 9 else 100}", float(count)) for place, count in enumerate(bands)],
        description=_("Jumlah orang menurut nilai percobaan pertama."), label=_("Nilai"), value_label=_("Orang"),
    )  # fmt: skip


@bp.get("/instruktur/asesmen/<string:public_id>/analisis")
@requires(Permission.ASSESSMENT_MANAGE)
def show_analysis(public_id: str) -> ResponseReturnValue:
    """Show the statistics as they were computed last."""
    line = _line(public_id)
    held = queries.get_analysis(current_session(), public_id)
    whole = held.result.get("whole") if held is not None else None
    chart = _scores_chart(held) if held is not None and whole else None
    return render_template(
        "assessments/analysis.html", line=line, held=held, whole=whole, chart=chart,
        svg=Markup(chart.svg) if chart is not None else "",  # noqa: S704 -- drawn by us, texts escaped there
        items=_sorted(held.result.get("items", [])) if held is not None else [], inline=inline,
        gain=held.result.get("gain") if held is not None else None, warnings=WARNINGS, whole_warnings=WHOLE_WARNINGS,
    )  # fmt: skip


def _sorted(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the items, those that need a look first."""
    heavy = {"negative": 0, "weak": 1, "hard": 2, "easy": 3}
    return sorted(
        items, key=lambda one: (min((heavy.get(code, 4) for code in one["warnings"]), default=4), one["code"])
    )


@bp.post("/instruktur/asesmen/<string:public_id>/analisis")
@requires(Permission.ASSESSMENT_MANAGE)
def ask_for_analysis(public_id: str) -> ResponseReturnValue:
    """Ask for new statistics."""
    with transaction() as session:
        claim_once(session)
        services.ask_for_analysis(session, current_actor(), public_id, now=clock.now())
    flash(_("Analisis sedang dihitung. Muat ulang halaman ini sebentar lagi."), "ok")
    return redirect(url_for("assessments.show_analysis", public_id=public_id), code=303)


@bp.get("/instruktur/asesmen/<string:public_id>/analisis/unduh")
@requires(Permission.ASSESSMENT_MANAGE)
def export_analysis(public_id: str) -> ResponseReturnValue:
    """Send the statistics as a spreadsheet: the whole, the items, the options."""
    _line(public_id)
    held = queries.get_analysis(current_session(), public_id)
    if held is None or not held.result.get("whole"):
        raise NotFound(_("Analisisnya belum dihitung. Buka halaman analisis, lalu hitung dahulu."))
    whole, items = held.result["whole"], _sorted(held.result["items"])
    names = {
        "people": _("Orang"), "mean": _("Rata-rata"), "median": _("Median"), "spread": _("Simpangan baku"),
        "alpha": _("Alfa Cronbach"), "standard_error": _("Galat baku"), "skewness": _("Kemencengan"),
        "kurtosis": _("Keruncingan"),
    }  # fmt: skip
    header = [
        _("Kode"), _("Pertanyaan"), _("Orang"), _("Tingkat kemudahan"), _("Simpangan baku"), _("Daya beda"),
        _("Efisiensi"), _("Tebakan"), _("Kosong"), _("Perhatian"),
    ]  # fmt: skip
    rows = [
        (
            one["code"], one["stem"], one["people"], one["facility"], one["spread"], one["discrimination"],
            one["efficiency"], one["guess"], one["empty"], ", ".join(str(WARNINGS[code]) for code in one["warnings"]),
        )
        for one in items
    ]  # fmt: skip
    options = [
        (one["code"], option["text"], option["correct"], option["count"], option["ratio"])
        for one in items
        for option in one["options"]
    ]
    sheets = [
        Sheet(_("Ringkasan"), [_("Ukuran"), _("Angka")], [(text, whole[key]) for key, text in names.items()],
              widths=(24, 14)),
        Sheet(_("Butir"), header, rows, widths=(12, 60, 8, 12, 12, 12, 12, 10, 8, 30)),
        Sheet(_("Pilihan"), [_("Kode"), _("Pilihan"), _("Benar"), _("Dipilih"), _("Bagian")], options,
              widths=(12, 60, 8, 10, 10)),
    ]  # fmt: skip

    return send_file(write_xlsx(sheets), "analisis")
