"""Printing: the snapshot of a certificate as a tagged PDF with its QR code."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import shutil
from datetime import date
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from lms.certificates.models import Certificate, CertificateFile, CertificateTemplate, FileKind
from lms.certificates.rules.codes import grouped_code
from lms.certificates.rules.printed import day_in_words
from lms.certificates.rules.states import download_name
from lms.certificates.services.templates import LAYOUTS
from lms.core import pdf, qr, runtime, storage
from lms.core.errors import NotFound
from lms.core.settings import Environment
from lms.core.text import N_
from lms.people.rules.numbers import printed_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

MEDIA_TYPE = "application/pdf"


def verify_address(code: str) -> str:
    """Return the address that the QR code holds: `<base>/v/4T8W-N5HC-2VQJ-7K3M`, for ever."""
    return f"{runtime.settings().base_url}/v/{grouped_code(code)}"


def qr_parts(kept: Mapping[str, Any], address: str) -> tuple[str, ...]:
    """Return what the QR code holds: the address, then the signed text that is checked without a network."""
    return (f"{address}#", kept["seal"]) if kept.get("seal") else (address,)


@lru_cache(maxsize=1)
def _environment() -> SandboxedEnvironment:
    # Sandboxed, since agencies may bring layouts of their own; a name that is missing is a fault.
    return SandboxedEnvironment(
        loader=FileSystemLoader([LAYOUTS, LAYOUTS.parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@lru_cache(maxsize=32)
def _picture(name: str) -> str:
    return _data_uri((LAYOUTS / name).read_text(encoding="utf-8"))


_ABOVE = re.compile(r"/\* atas: (?P<name>[a-z-]+\.css) \*/\n")


def _sheet(file_name: str) -> str:
    """Return the style sheet beside a layout, after the one that it says it stands on."""
    css = (LAYOUTS / Path(file_name).with_suffix(".css").name).read_text(encoding="utf-8")
    above = _ABOVE.match(css)
    return (LAYOUTS / above["name"]).read_text(encoding="utf-8") + css if above is not None else css


@lru_cache(maxsize=16)
def _style(file_name: str) -> str:
    """Return the style sheet of a layout, its pictures put into it."""
    css = _sheet(file_name)
    for picture in sorted(LAYOUTS.glob("*.svg")):
        css = css.replace(f'url("{picture.name}")', f'url("{_picture(picture.name)}")')
    return css


def certificate_html(kept: Mapping[str, Any], *, file_name: str, address: str) -> str:
    """Return the HTML of a certificate, from its snapshot alone.

    Args:
        file_name: layout in `lms/templates/pdf`.
        address: of the verification page, with which the QR code begins.
    """
    ends_on = date.fromisoformat(kept["training"]["ends_on"])
    shown = {**kept, "training": {**kept["training"], "ends_on_words": day_in_words(ends_on)}}
    return (
        _environment()
        .get_template(file_name)
        .render(
            kept=shown,
            address=address,
            shown_address=address.rsplit("/", 1)[0],
            grouped=grouped_code(kept["code"]),
            printed_number=printed_number(kept["holder"]["number"]),
            signatory_number=printed_number(kept["letterhead"]["signatory"]["number"]),
            emblem=_picture("lambang.svg"),
            qr=_data_uri(qr.svg(*qr_parts(kept, address))),
            is_demo=runtime.settings().env is Environment.DEMO,
        )
    )


def draw_pdf(session: Session, certificate_id: int, *, credential: str = "") -> bytes | None:
    """Return the PDF of a certificate, or None when its file is there already.

    Args:
        credential: the Open Badges credential, which travels inside the file; empty for none.

    Raises: NotFound: no such certificate.
    """
    row = session.execute(
        select(Certificate.snapshot, Certificate.code, Certificate.pdf_digest, CertificateTemplate.file_name)
        .join(CertificateTemplate, CertificateTemplate.id == Certificate.template_id)
        .where(Certificate.id == certificate_id)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("Sertifikat ini tidak ada."))
    kept, code, digest, file_name = row
    if digest is not None and storage.exists(digest):
        return None
    html = certificate_html(kept, file_name=file_name, address=verify_address(code))
    return print_html(html, file_name=file_name, code=code, credential=credential)


def print_html(html: str, *, file_name: str, code: str, credential: str = "") -> bytes:
    """Return a certificate's HTML as PDF/A-3a and PDF/UA-1, its ornaments drawn once for all."""
    identifier = hashlib.sha256(code.encode()).digest()[:16]
    attached = [
        pdf.Attachment(
            name="kredensial.json",
            data=credential.encode(),
            description="Open Badges 3.0",
            media_type="application/ld+json",
            relationship="Data",
        )
    ]
    return pdf.render_pdf(
        html,
        base_css=_plain_style(file_name),
        archive=True,
        identifier=identifier,
        attachments=attached if credential else (),
        underlay=_ornaments(file_name),
    )


_BACKGROUND = re.compile(r"\s*background(?:-size)?:[^;]*url\([^;]*;(?:\s*background-size:[^;]*;)?", re.DOTALL)


def _page_rules(css: str) -> list[str]:
    return re.findall(r"@page[^{]*\{[^}]*\}", css)


@lru_cache(maxsize=16)
def _plain_style(file_name: str) -> str:
    """Return the style sheet without the pictures behind the text, which cost two thirds of the drawing."""
    css = _sheet(file_name)
    for rule in _page_rules(css):
        css = css.replace(rule, _BACKGROUND.sub("", rule))
    return css


@lru_cache(maxsize=16)
def _ornaments(file_name: str) -> bytes:
    """Return a PDF of the empty front and back, drawn once in a process."""
    rules = "\n".join(_page_rules(_style(file_name)))
    html = (
        '<html lang="id"><head><title>-</title></head><body><div style="page: depan; break-after: page"></div>'
        "<div></div></body></html>"
    )
    return pdf.render_pdf(html, base_css=rules, archive=True, identifier=file_name.encode())


def keep_pdf(session: Session, certificate_id: int, data: bytes | None, *, now: datetime) -> None:
    """Store a drawn PDF by its digest; a second drawing changes nothing.

    Concurrency: holds the certificate's row.
    """
    certificate = session.scalars(
        select(Certificate)
        .where(Certificate.id == certificate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if certificate is None:
        raise NotFound(N_("Sertifikat ini tidak ada."))
    held = certificate.pdf_digest
    if data is None or (held is not None and storage.exists(held)):
        return  # a file that was lost, by a restore without files, is drawn anew
    name = download_name(certificate.snapshot["training"]["title"], certificate.code)
    certificate.pdf_digest = storage.put(
        data, media_type=MEDIA_TYPE, name=name, session=session, owner_employee_id=certificate.employee_id
    )
    certificate.pdf_made_at = now
    remember_file(session, certificate, certificate.pdf_digest, kind=FileKind.PRINT, now=now)
    shelve(certificate)


def remember_file(
    session: Session, certificate: Certificate, digest: str, *, kind: FileKind, now: datetime, signer: str = ""
) -> None:
    """Keep the digest of a file that is given out, so that it is known again when somebody uploads it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(CertificateFile)
        .values(certificate_id=certificate.id, digest=digest, kind=kind, made_at=now, signer=signer)
        .on_conflict_do_nothing(index_elements=["digest"])
    )


def shelf_path(certificate: Certificate) -> Path:
    """Return where the newest PDF lies under a name that people can read: `certificates/2026/<kode>.pdf`."""
    folder = runtime.settings().home / "certificates" / str(certificate.year)
    return folder / f"{grouped_code(certificate.code)}.pdf"


def shelve(certificate: Certificate) -> None:
    """Give the newest PDF its readable name; a second name of the same bytes, or a copy where links are unknown.

    The file under its digest stays the one that counts, so a shelf that cannot be written stops nothing.
    """
    if certificate.pdf_digest is None:
        return
    path = shelf_path(certificate)
    temporary = path.with_name(f".{path.name}.{token_hex(6)}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source = storage.path_of(certificate.pdf_digest)
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
        temporary.replace(path)
