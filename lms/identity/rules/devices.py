"""What a browser calls itself, told so that its owner recognises it."""

from __future__ import annotations

_BROWSERS = (
    ("WhatsApp", "WhatsApp"),
    ("OPR/", "Opera"),
    ("Opera Mini", "Opera Mini"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str | None) -> str:
    """Return `Chrome, Android`; empty when nothing is known."""
    text = user_agent or ""
    found = [next((name for sign, name in table if sign in text), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name)
