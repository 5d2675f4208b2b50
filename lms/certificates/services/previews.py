"""Templates by people: preview with usual and extreme data, and a new version of the wording."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from lms.certificates import policies, queries
from lms.certificates.models import CertificateTemplate
from lms.certificates.rules.numbers import letter_number, pattern_fault, shared_jp
from lms.certificates.rules.printed import Holder, Letterhead, Outcome, Part, Signatory, Training, snapshot
from lms.certificates.services.issuing import letterhead_on
from lms.certificates.services.printing import certificate_html, print_html, verify_address
from lms.certificates.services.templates import LAYOUTS, MAX_VALID_MONTHS
from lms.core import audit
from lms.core.errors import Forbidden, Invalid, NotFound
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from lms.core.actor import Actor

SAMPLE_CODE = "4T8WN5HC2VQJ7K3M"
# Nobody's name: long beyond any register, and in the scripts of Java and Bali.
LONG_NAME = "Prof. Dr. Ir. H. " + " ".join(["Andi Muhammad Fakhruddin Tenriajeng Palimbong"] * 4)[:180] + ", M.Si."
SCRIPTS = "ꦱꦿꦶꦲꦂꦠꦶ ꦏꦸꦱꦸꦩ · ᬰ᭄ᬭᬶ ᬳᬃᬢᬶ"


def require_agency(actor: Actor) -> None:
    """Raise Forbidden unless the actor looks after certificates of the whole agency."""
    if not policies.may_change_templates(actor):
        raise Forbidden(N_("Templat diatur oleh pengelola kepegawaian seluruh instansi."))


def template_or_404(session: Session, code: str) -> CertificateTemplate:
    """Return the newest version of a template.

    Raises: NotFound: none has this code.
    """
    found = queries.get_template(session, code)
    if found is None:
        raise NotFound(N_("Templat ini tidak ada."))
    return found


def _sample(head: Letterhead, template: CertificateTemplate, kind: str, on: date) -> dict[str, Any]:
    extreme = kind in {"panjang", "aksara"}
    name = {"panjang": LONG_NAME, "aksara": SCRIPTS}.get(kind, "Contoh Nama Pegawai, S.Sos.")
    count = 12 if extreme else 4
    title = "Peningkatan Kompetensi Penyelenggaraan Pelayanan Administrasi Terpadu Kecamatan bagi Aparatur Kelurahan"
    parts = tuple(Part(f"{title if extreme else 'Mata pelatihan'} {number}", 90) for number in range(1, count + 1))
    empty = kind == "kosong"
    training = Training(
        course_id=0,
        course_version_id=0,
        title=title if extreme else "Pelayanan Publik dan PATEN",
        version_number=1,
        form="" if empty else "E-learning",
        credit_jp=2 * count,
        organiser=head.office,
        partner="",
        place="secara daring mandiri",
        starts_on=on,
        ends_on=on,
        parts=() if empty else parts,
        outcomes=() if empty else (Outcome("T.01", "Pelayanan publik", 3),),
    )
    holder = Holder(
        employee_id=0,
        name=name,
        number="" if empty else "199001012020121001",
        number_label="NIP",
        rank="" if empty else "Penata Muda Tingkat I, III/b",
        workplace="" if empty else ("Kepala Seksi " + title if extreme else "Lurah Contoh, Kecamatan Contoh"),
        timezone="Asia/Makassar",
    )
    number = letter_number(template.number_pattern, serial=417, on=on, unit=head.unit, archive_class=head.archive_class)
    return snapshot(
        holder=holder,
        training=training,
        letterhead=head,
        shares=shared_jp([part.minutes for part in training.parts], training.credit_jp),
        number=number,
        code=SAMPLE_CODE,
        issued_on=on,
        template=(template.code, template.version),
    )


def preview_pdf(session: Session, actor: Actor, code: str, *, kind: str, on: date) -> bytes:
    """Return a certificate of nobody, as this template would print it; nothing is kept.

    Args:
        kind: `biasa`, `panjang` (a name of 200 signs), `aksara` (Javanese and Balinese) or `kosong` (values missing).

    Raises: Forbidden; NotFound.
    """
    require_agency(actor)
    template = template_or_404(session, code)
    head = letterhead_on(session, template, on=on)
    if not head.signatory.name and kind != "kosong":
        head = Letterhead(**{**_fields(head), "signatory": Signatory(head.signatory.position, "Nama Pejabat, M.Si.")})
    kept = _sample(head, template, kind, on)
    html = certificate_html(kept, file_name=template.file_name, address=verify_address(SAMPLE_CODE))
    mark = '<p class="demo">PRATINJAU. Bukan sertifikat.</p>'
    return print_html(
        html.replace('<section class="front">', f'<section class="front">{mark}', 1),
        file_name=template.file_name,
        code=SAMPLE_CODE,
    )


def _fields(head: Letterhead) -> dict[str, Any]:
    return {name: getattr(head, name) for name in head.__dataclass_fields__}


def layouts() -> list[str]:
    """Return the layouts that ship, by file name."""
    return sorted(path.name for path in LAYOUTS.glob("*.html") if path.with_suffix(".css").is_file())


def new_version(session: Session, actor: Actor, code: str, values: dict[str, Any], *, now: datetime) -> int:
    """Store a changed wording as the next version and return it; certificates of earlier ones stay as they are.

    Args:
        values: title, file, number_pattern and the settings of the form.

    Raises: Forbidden; NotFound; Invalid: pattern, layout or months.
    Concurrency: two at once: the second gets the unique constraint of code and version as Conflict.
    """
    require_agency(actor)
    held = template_or_404(session, code)
    fault = pattern_fault(values["number_pattern"])
    if fault is not None:
        text = N_("Pola harus memuat {serial} dan {year}, dan hanya tempat yang dikenal.")
        raise Invalid(fields={"number_pattern": text})
    if values["file"] not in layouts():
        raise Invalid(fields={"file": N_("Pilih salah satu tata letak.")})
    months = values.get("valid_months") or 0
    if not 0 <= months <= MAX_VALID_MONTHS:
        raise Invalid(fields={"valid_months": N_("Isi 1 sampai 120 bulan, atau kosongkan.")})
    settings = {**held.settings, **{key: values[key] for key in ("office", "place", "legal_basis", "qualification")}}
    settings["archive_class"], settings["unit"] = values["archive_class"], values["unit"]
    settings["signatory"] = {
        **held.settings["signatory"],
        "position": values["signatory_position"],
        "name": values["signatory_name"],
        "rank": values["signatory_rank"],
        "number": values["signatory_number"],
    }
    settings.pop("valid_months", None)
    if months:
        settings["valid_months"] = months
    made = CertificateTemplate(
        code=held.code,
        version=held.version + 1,
        title=values["title"],
        file_name=values["file"],
        number_pattern=values["number_pattern"],
        settings=settings,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor,
        action="certificate.template.change",
        subject=("certificate_template", made.id),
        before={"version": held.version},
        after={"version": made.version, "title": made.title},
        at=now,
    )
    return made.version
