"""PDF: HTML by WeasyPrint, with nothing fetched but data URIs and files of our own."""

from __future__ import annotations

import atexit
import io
import threading
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import lms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STATIC_DIR = Path(lms.__file__).resolve().parent / "static"
BASE_URL = "bina://static/"
MEDIA_TYPES = {
    ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
    ".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf", ".otf": "font/otf",
}  # fmt: skip
# Pango's font map is not safe for threads that draw at the same time.
_LOCK = threading.Lock()
_FIXED_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels inside the PDF."""

    name: str
    data: bytes
    description: str = ""
    media_type: str = "application/octet-stream"
    relationship: str = "Supplement"


def static_file(url: str) -> Path | None:
    """Return our own static file that a `bina://static/…` address names, or None."""
    parts = urlsplit(url)
    if parts.scheme != "bina" or parts.netloc != "static":
        return None
    path = (STATIC_DIR / unquote(parts.path).lstrip("/")).resolve()
    inside = path.is_relative_to(STATIC_DIR) and path.is_file()
    return path if inside and path.suffix in MEDIA_TYPES else None


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 -- 50 MiB and 1.3 s

    class OwnFilesOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        """Fetch data URIs and our own static files; anything else is left out of the page.

        A subclass, since version 70 crashes on a plain function that raises.
        """

        def __init__(self) -> None:
            super().__init__(timeout=1, allowed_protocols=("data",), allow_redirects=False)

        def fetch(self, url: str, headers: Any = None) -> Any:
            """Return the bytes behind an allowed address.

            Raises: ValueError: any other address; WeasyPrint then goes on without it.
            """
            path = static_file(url)
            if path is not None:
                media_type = MEDIA_TYPES[path.suffix]
                return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": media_type})
            if urlsplit(url).scheme != "data":
                msg = "only data URIs and our own files are fetched"
                raise ValueError(msg)
            return super().fetch(url, headers)

    return OwnFilesOnly()


@lru_cache(maxsize=1)
def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 -- as above

    return FontConfiguration()


@lru_cache(maxsize=8)
def _stylesheet(css: str) -> Any:
    from weasyprint import CSS  # noqa: PLC0415 -- as above

    return CSS(string=css, base_url=BASE_URL, font_config=_fonts(), url_fetcher=_fetcher())


def render_pdf(
    html: str,
    *,
    base_css: str = "",
    lang: str = "id",
    title: str = "",
    pdf_variant: str | None = "pdf/ua-1",
    attachments: Sequence[Attachment] = (),
    archive: bool = False,
    underlay: bytes = b"",
    identifier: bytes | None = None,
) -> bytes:
    """Return the PDF of an HTML document or fragment; run it in jobs, not in requests.

    Args:
        html: with `<html>`, taken as it is; else put into a document with `lang` and `title`.
        base_css: style sheet; parsed once for each text.
        pdf_variant: such as `pdf/ua-1` (tagged, for screen readers) or `pdf/a-3u`.
        archive: the file is to be PDF/A-3a and PDF/UA-1 at once; `pdf_variant` is not looked at.
        underlay: a PDF whose pages lie behind those of an archive file as artefacts; its last page serves all
            further ones. Ornaments are drawn once this way, and the text above them keeps its tags.
        identifier: bytes that make the same record give the same file.

    Concurrency: one document is drawn at a time in a process.
    """
    from weasyprint import HTML  # noqa: PLC0415 -- 50 MiB and 1.3 s
    from weasyprint import Attachment as _Attachment  # noqa: PLC0415 -- as above

    document = html
    if "<html" not in html[:500].lower():
        document = (
            f'<!doctype html><html lang="{escape(lang, quote=True)}"><head><meta charset="utf-8">'
            f"<title>{escape(title)}</title></head><body>{html}</body></html>"
        )
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves closing its colour profile to Python
        styles = [_stylesheet(base_css)] if base_css else []
        files = [
            _Attachment(
                string=item.data,
                name=item.name,
                description=item.description,
                relationship=item.relationship,
                # Dates would else be those of the drawing: the same record gives the same bytes.
                created=_FIXED_DAY,
                modified=_FIXED_DAY,
                url_fetcher=_fetcher(),
            )
            for item in attachments
        ]
        page = HTML(string=document, base_url=BASE_URL, url_fetcher=_fetcher())
        drawn = bytes(
            page.write_pdf(
                stylesheets=styles, font_config=_fonts(), pdf_variant="pdf/a-3a" if archive else pdf_variant,
                attachments=files or None, pdf_identifier=identifier, presentational_hints=False,
            )
        )  # fmt: skip
    if not archive:
        return drawn
    return archived(drawn, media_types={item.name: item.media_type for item in attachments}, underlay=underlay)


# PDF/UA-1, clause 5, with the description that PDF/A-3 (ISO 19005-3, 6.6.2.3) asks for names it does not know itself.
_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part>\
</rdf:Description><rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification\
</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>Part of ISO 14289\
</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>\
</rdf:Description></rdf:RDF>"""


def _lay_under(pikepdf: Any, document: Any, below: Any) -> None:
    """Put pages of one document behind those of another, each as a form that readers aloud pass over."""
    forms = [document.copy_foreign(page.as_form_xobject()) for page in below.pages]
    for number, page in enumerate(document.pages):
        form = forms[min(number, len(forms) - 1)]
        name = page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name.Ornamen)
        page.contents_add(f"/Artifact BMC q {name} Do Q EMC\n".encode(), prepend=True)


def archived(data: bytes, *, media_types: Mapping[str, str] | None = None, underlay: bytes = b"") -> bytes:
    """Return a tagged PDF/A-3a that also says PDF/UA-1 of itself, its metadata open to any reader.

    Args:
        media_types: of attachments, by their names.
        underlay: as for `render_pdf`.
    """
    import pikepdf  # noqa: PLC0415 -- only where files are drawn

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        metadata = document.Root.Metadata.read_bytes()
        if b"pdfuaid:part" not in metadata:
            metadata = metadata.replace(b"</rdf:RDF>", _UA)
        stream = pikepdf.Stream(document, metadata)
        stream.Type, stream.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
        document.Root.Metadata = document.make_indirect(stream)
        for name, media_type in (media_types or {}).items():
            if name in document.attachments:
                document.attachments[name].obj.EF.F.Subtype = pikepdf.Name(f"/{media_type}")
        if "/AF" in document.Root:  # WeasyPrint names each attachment twice
            once = {one.objgen: one for one in document.Root.AF}
            document.Root.AF = pikepdf.Array(once.values())
        if underlay:
            with pikepdf.open(io.BytesIO(underlay)) as below:
                _lay_under(pikepdf, document, below)
        document.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


# Fonts must be let go while the interpreter still stands, or their library complains at the end.
atexit.register(_stylesheet.cache_clear)
atexit.register(_fonts.cache_clear)
