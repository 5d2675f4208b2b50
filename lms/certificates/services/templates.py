"""Templates: layout and wording by version, seeded from files; a used version is never altered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

import lms
from lms.certificates.models import Certificate, CertificateTemplate
from lms.certificates.rules.numbers import pattern_fault
from lms.core.errors import Invalid, Refused
from lms.core.text import N_

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

FORMAT = "bina-certificate-templates/1"
ROOT = Path(lms.__file__).resolve().parent
SEED = ROOT / "content" / "sertifikat" / "templates.json"
LAYOUTS = ROOT / "templates" / "pdf"
SETTINGS = frozenset({"unit", "archive_class", "office", "place", "legal_basis", "qualification", "signatory"})
# Kind of letter whose numbers it counts with; forms of learning it is for; months that a certificate holds.
OPTIONAL = frozenset({"series", "forms", "valid_months"})
MAX_VALID_MONTHS = 120
SIGNATORY = frozenset({"unit_code", "position", "name", "rank", "number"})


def _check(entry: Any) -> None:
    """Raise Invalid with the first fault of one template in a file."""
    if not isinstance(entry, dict):
        raise Invalid(N_("Setiap templat harus berupa objek."))
    code = str(entry.get("code", ""))[:40]
    if not code or not isinstance(entry.get("version"), int) or not entry.get("title"):
        raise Invalid(N_("Templat harus memuat kode, versi, dan judul."))
    layout = str(entry.get("file", ""))
    if Path(layout).name != layout or not (LAYOUTS / layout).is_file():
        raise Invalid(N_("Tata letak templat %(code)s tidak ada.", code=code))
    if pattern_fault(str(entry.get("number_pattern", ""))) is not None:
        raise Invalid(N_("Pola nomor templat %(code)s belum benar.", code=code))
    settings = entry.get("settings")
    if not isinstance(settings, dict) or set(settings) - OPTIONAL != SETTINGS:
        raise Invalid(N_("Pengaturan templat %(code)s tidak lengkap.", code=code))
    signatory = settings["signatory"]
    if not isinstance(signatory, dict) or set(signatory) != SIGNATORY:
        raise Invalid(N_("Penanda tangan templat %(code)s tidak lengkap.", code=code))
    forms, months = settings.get("forms", []), settings.get("valid_months", 1)
    if not isinstance(forms, list) or not all(isinstance(form, int) for form in forms):
        raise Invalid(N_("Bentuk pembelajaran templat %(code)s belum benar.", code=code))
    if not isinstance(months, int) or not 1 <= months <= MAX_VALID_MONTHS:
        raise Invalid(N_("Masa berlaku templat %(code)s belum benar.", code=code))
    plain = (value for key, value in settings.items() if key not in {"signatory", "forms", "valid_months"})
    texts = [*signatory.values(), *plain]
    if not all(isinstance(text, str) for text in texts):
        raise Invalid(N_("Pengaturan templat %(code)s harus berupa teks.", code=code))


def read_templates(source: str) -> list[dict[str, Any]]:
    """Return the templates of a JSON text, each checked.

    Raises: Invalid: with what is wrong.
    """
    try:
        data = json.loads(source)
    except ValueError as error:
        raise Invalid(N_("Berkas templat bukan JSON yang benar.")) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("templates"), list):
        raise Invalid(N_("Berkas ini bukan berkas templat sertifikat."))
    for entry in data["templates"]:
        _check(entry)
    return list(data["templates"])


def _values(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": entry["title"],
        "file_name": entry["file"],
        "number_pattern": entry["number_pattern"],
        "settings": entry["settings"],
    }


def _add(session: Session, entry: dict[str, Any]) -> bool:
    """Store a template unless its version is there; return whether it was new."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(CertificateTemplate)
        .values(code=entry["code"], version=entry["version"], **_values(entry))
        .on_conflict_do_nothing(index_elements=["code", "version"])
        .returning(CertificateTemplate.id)
    )
    return session.execute(statement).first() is not None


def load_templates(session: Session, entries: list[dict[str, Any]]) -> int:
    """Store templates; return how many were new or changed. The same file again changes nothing.

    Raises: Refused: a version that certificates were issued with reads otherwise; give it a new version.
    Concurrency: two loaders at once make one row.
    """
    changed = 0
    for entry in entries:
        if _add(session, entry):
            changed += 1
            continue
        held = session.scalars(
            select(CertificateTemplate)
            .filter_by(code=entry["code"], version=entry["version"])
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        if all(getattr(held, name) == value for name, value in _values(entry).items()):
            continue
        if session.scalars(select(Certificate.id).filter_by(template_id=held.id).limit(1)).first() is not None:
            raise Refused(N_("Versi %(version)s sudah dipakai. Simpan sebagai versi baru.", version=entry["version"]))
        for name, value in _values(entry).items():
            setattr(held, name, value)
        changed += 1
    return changed


def seed_templates(session: Session) -> int:
    """Store the templates that come with the product where they are missing; return how many were new.

    Concurrency: locks no row that is there. A certificate's foreign key shares a lock on its template, so a
        lock taken here by one issuer would wait for the number counter that another holds: a deadlock.
    """
    return sum(_add(session, entry) for entry in read_templates(SEED.read_text(encoding="utf-8")))
