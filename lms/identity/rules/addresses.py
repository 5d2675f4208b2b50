"""Addresses: where a log-in may lead to, and where it comes from."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote, urlsplit

# A log-in never leads back to these: it would turn in circles, or end the session at once.
_NOT_AGAIN = ("/masuk", "/keluar", "/aktivasi")
# Browsers read a backslash as a slash and skip tabs and line ends in addresses.
_BAD = re.compile(r"[\x00-\x20\x7f\\]")


def local_path(given: str | None, *, fallback: str = "/beranda") -> str:
    """Return a path of this site to go on to, or the fallback when it leads anywhere else.

    Rule: redirect targets are local paths only.
    """
    if not given or len(given) > 1000 or _BAD.search(given) or _BAD.search(unquote(given)):
        return fallback
    if not given.startswith("/") or given.startswith("//"):
        return fallback
    try:
        parts = urlsplit(given)
    except ValueError:
        return fallback
    if parts.scheme or parts.netloc or unquote(parts.path).startswith("//"):
        return fallback
    if any(parts.path == page or parts.path.startswith(page + "/") for page in _NOT_AGAIN):
        return fallback
    return given


def source_of(address: str | None) -> str:
    """Return what counts as one source: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def masked_address(address: str) -> str:
    """Return an address as the session list shows it: enough to recognise, not to track."""
    if "." in address and ":" not in address:
        return ".".join(address.split(".")[:2]) + ".•.•"
    return ":".join(address.split(":")[:3]) + ":…" if ":" in address else address
