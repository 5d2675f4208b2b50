"""QR codes as SVG."""

from __future__ import annotations

import io
from typing import Any

import segno

QUIET_ZONE = 4


def svg(*parts: str, title: str = "", css_class: str = "qr") -> str:
    """Return one `<svg>` element: error correction M, quiet zone 4, no style attribute.

    Args:
        parts: texts that are read as one; each is stored in the tightest way for its own signs.

    Black on white in dark mode too, since many readers need it.
    """
    content: Any = parts if len(parts) > 1 else parts[0]  # segno takes parts, though its types do not say so
    code = segno.make(content, error="m", micro=False, boost_error=False)
    out = io.BytesIO()
    code.save(
        out,
        kind="svg",
        border=QUIET_ZONE,
        omitsize=True,
        xmldecl=False,
        svgns=True,
        nl=False,
        svgclass=css_class,
        lineclass=None,
        title=title or None,
        dark="#000",
        light="#fff",
    )
    markup = out.getvalue().decode()
    role = 'role="img"' if title else 'aria-hidden="true"'
    return markup.replace("<svg ", f"<svg {role} ", 1)
