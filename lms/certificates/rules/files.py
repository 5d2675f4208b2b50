"""Which certificate a PDF claims to be, read from its bytes without a PDF reader."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from lms.certificates.rules.codes import code_fault, normalised_code

MAX_CODES: Final = 20
_CODE = re.compile(rb"(?<![0-9A-Z-])(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}(?![0-9A-Z-])")


class FileMatch(StrEnum):
    """What a file is, beside the certificate's own worth."""

    EXACT = "exact"
    ALTERED = "altered"
    UNKNOWN = "unknown"


def codes_in(data: bytes) -> list[str]:
    """Return the codes that stand in a file's open metadata, each once; codes with a wrong check are left out.

    Our files keep title and key words uncompressed, so no parser meets a stranger's file.
    """
    found: list[str] = []
    for match in _CODE.finditer(data):
        code = normalised_code(match.group().decode())
        if code_fault(code) is None and code not in found:
            found.append(code)
        if len(found) == MAX_CODES:
            break
    return found


def is_pdf(data: bytes) -> bool:
    """Return whether bytes begin as a PDF does."""
    return data[:1024].lstrip().startswith(b"%PDF-")
