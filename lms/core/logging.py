"""Structured logs: one JSON object a line, without personal data or secrets."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

# A NIP is 18 digits, written together or as 8 6 1 3 with blanks, dots or dashes.
_NIP = re.compile(r"(?<!\d)\d{8}[ .\-]?\d{6}[ .\-]?\d[ .\-]?\d{3}(?!\d)")
_NIK = re.compile(r"(?<!\d)\d{16}(?!\d)")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(r"(?<![\w/.-])[A-Za-z0-9_-]{40,}(?![\w-])")
_BEARER = re.compile(r"(?i)\b(bearer|token|kode|code|password|kata_sandi|secret|sesi)([=: ]+)[^\s&;,\"']+")
_URL_LOGIN = re.compile(r"(//[^/:@\s]*):[^/@\s]+@")
_SECRET_KEYS = frozenset(
    {"password", "kata_sandi", "token", "secret", "cookie", "authorization", "nip", "nik", "email",
     "totp_secret", "kode", "csrf_token", "passphrase"}
)  # fmt: skip


def redact(text: str) -> str:
    """Return text in which employee numbers, e-mail addresses, tokens and passwords are masked."""
    text = _URL_LOGIN.sub(r"\1:[rahasia]@", text)
    text = _BEARER.sub(r"\1\2[rahasia]", text)
    text = _MAIL.sub("[surel]", text)
    text = _NIP.sub("[nip]", text)
    text = _NIK.sub("[nik]", text)
    return _TOKEN.sub("[token]", text)


def _redact_value(key: str, value: Any) -> Any:  # noqa: PLR0911 -- one answer per kind of value
    if key.lower() in _SECRET_KEYS:
        return "[rahasia]"
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redact_value(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact_value("", inner) for inner in value]
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return redact(str(value)) if abs(value) >= 10**15 else value
    return redact(str(value))


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask personal data and secrets in every field of a log event."""
    for key in list(event):
        event[key] = _redact_value(key, event[key])
    return event


def configure_logging(*, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send all logs, also those of libraries, as JSON lines to one stream (stderr by default)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("fontTools", "weasyprint", "huey", "alembic.runtime.plugins"):
        logging.getLogger(name).setLevel(logging.WARNING)
