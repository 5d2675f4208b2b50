"""QR codes as SVG."""

from __future__ import annotations

import io

import segno

QUIET_ZONE = 4


def svg(text: str, *, title: str = "", css_class: str = "qr") -> str:
    """Return one `<svg>` element: error correction M, quiet zone 4, no style attribute.

    Black on white in dark mode too, since many readers need it.
    """
    code = segno.make(text, error="m", micro=False, boost_error=False)
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
