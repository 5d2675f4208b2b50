"""What checkers store for places without a network: public keys, a signed list of withdrawn codes, and a page."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lms
from lms.certificates import queries
from lms.certificates.rules.seals import OpenedSeal, SealFault, revocation_mark
from lms.certificates.rules.states import Verdict, verdict_on
from lms.certificates.services.keyring import check_seal, check_signature, public_keys, sign, signing_key
from lms.core import clock, runtime
from lms.core.errors import Unavailable
from lms.core.text import N_

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.orm import Session

KEYS_FORMAT = "bina-certificate-keys/1"
LIST_FORMAT = "bina-certificate-withdrawn/1"
PAGE = Path(lms.__file__).resolve().parent / "content" / "sertifikat" / "periksa-luring.html"


def keys_document(session: Session) -> dict[str, Any]:
    """Return the published keys: short name and Ed25519 key in hexadecimal, old ones too."""
    settings = runtime.settings()
    return {
        "format": KEYS_FORMAT,
        "issuer": settings.agency_name,
        "address": settings.base_url,
        "algorithm": "Ed25519",
        "keys": public_keys(session),
    }


def withdrawn_document(session: Session, *, now: datetime) -> dict[str, Any]:
    """Return the signed list of codes that hold no longer: `payload` is the very text that was signed.

    Raises: Unavailable: no certificate was signed here yet, or the keys were not restored.
    """
    key = signing_key(session)
    if key is None:
        raise Unavailable(N_("Kunci tanda QR belum ada di sini. Terbitkan satu sertifikat, atau pulihkan kuncinya."))
    payload = json.dumps(
        {
            "format": LIST_FORMAT,
            "address": runtime.settings().base_url,
            "made_at": now.replace(microsecond=0).isoformat(),
            "entries": queries.list_withdrawn(session),
        },
        separators=(",", ":"),
        ensure_ascii=True,
    )
    return {"payload": payload, "key_id": key.key_id, "signature": sign(key, payload.encode()).hex()}


@lru_cache(maxsize=1)
def _page() -> str:
    return PAGE.read_text(encoding="utf-8")


def offline_page(session: Session, *, now: datetime) -> str:
    """Return one HTML file that checks QR codes without a network: program, keys and list in it."""
    data = json.dumps({"keys": keys_document(session), "list": withdrawn_document(session, now=now)})
    # Nothing in the data may end the script element that holds it.
    return _page().replace("/*DATA*/null", data.replace("<", "\\u003c"))


def check_offline(
    text: str, *, keys: Mapping[str, str], withdrawn: Mapping[str, Any] | None, today: date
) -> tuple[Verdict | SealFault, OpenedSeal | None]:
    """Return what a scanned text is worth by keys and list alone; nothing is looked up anywhere.

    Args:
        withdrawn: the signed list, or None; a list whose signature fails counts as a fault.
    """
    opened = check_seal(text, keys)
    if isinstance(opened, SealFault):
        return opened, None
    listed: dict[str, str] = {}
    if withdrawn is not None:
        public = keys.get(str(withdrawn.get("key_id")))
        payload = str(withdrawn.get("payload"))
        try:
            signature = bytes.fromhex(str(withdrawn.get("signature")))
        except ValueError:
            return SealFault.SIGNATURE, None
        if public is None or not check_signature(public, signature, payload.encode()):
            return SealFault.SIGNATURE, None
        listed = dict(json.loads(payload)["entries"])
    word = listed.get(revocation_mark(opened.sealed.code))
    if word is not None:
        return Verdict(word), opened
    return verdict_on("issued", valid_until_on=opened.sealed.valid_until_on, today=today), opened


def local_today() -> date:
    """Return today's calendar day where the office is."""
    return clock.local_day(clock.now(), clock.DEFAULT_ZONE)
