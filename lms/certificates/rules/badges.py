"""Open Badges 3.0: a certificate as a verifiable credential, and what its proofs are made over; pure values.

Sources: 1EdTech Open Badges 3.0; W3C Verifiable Credentials Data Model 2.0, Data Integrity EdDSA Cryptosuites 1.0
(eddsa-jcs-2022), Bitstring Status List 1.0; RFC 8785 (canonical JSON).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

CONTEXT: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
CRYPTOSUITE: Final = "eddsa-jcs-2022"
STATUS_BITS: Final = 131_072  # the least that the standard allows, so that one bit hides among many
_ED25519_MULTICODEC: Final = b"\xed\x01"
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PNG_HEAD: Final = len(_PNG_SIGNATURE) + 25  # signature and IHDR


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: the installation's own address is its name among verifiers.

    Args:
        address: of the installation, without a slash at its end.
        keys: all public keys that ever signed, in hexadecimal, by their short names.
    """

    address: str
    name: str
    keys: Mapping[str, str]

    @property
    def id(self) -> str:
        """Return the address of the profile."""
        return f"{self.address}/verifikasi/penerbit.json"

    def method(self, key_id: str) -> str:
        """Return the address of one key in the profile."""
        return f"{self.id}#{key_id}"


def base58(data: bytes) -> str:
    """Return bytes in base 58 as Bitcoin writes it."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE58[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def multikey(public_key: str) -> str:
    """Return an Ed25519 key, given in hexadecimal, as Multikey (`z6Mk…`)."""
    return "z" + base58(_ED25519_MULTICODEC + bytes.fromhex(public_key))


def canonical_json(value: Any) -> bytes:
    """Return JSON as RFC 8785 writes it, for texts, whole numbers, booleans, lists and objects.

    Raises: TypeError: a float, whose canonical form this does not write.
    """
    return _canonical(value).encode()


def _canonical(value: Any) -> str:
    if isinstance(value, Mapping):
        # Members are sorted by their UTF-16 units.
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(name)}:{_canonical(value[name])}" for name in names) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float):
        raise TypeError("floats have no place in a credential")
    return json.dumps(value, ensure_ascii=False)


def instant(at: datetime) -> str:
    """Return an instant as credentials write it: seconds, UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def profile(issuer: Issuer) -> dict[str, Any]:
    """Return the published profile of the issuer with its keys, old ones too."""
    methods = [
        {"id": issuer.method(key_id), "type": "Multikey", "controller": issuer.id, "publicKeyMultibase": multikey(key)}
        for key_id, key in issuer.keys.items()
    ]
    return {
        "@context": [*CONTEXT, "https://w3id.org/security/multikey/v1"],
        "id": issuer.id,
        "type": ["Profile"],
        "name": issuer.name,
        "url": issuer.address,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def credential(
    kept: Mapping[str, Any],
    *,
    issuer: Issuer,
    address: str,
    issued_at: datetime,
    valid_until: datetime | None,
    index: int,
) -> dict[str, Any]:
    """Return the credential of a certificate, without any proof, from its snapshot alone.

    Args:
        address: of the verification page of this certificate.
        index: place in the status lists; the lists follow one another.

    The holder is named as on paper; neither NIP nor workplace is told.
    """
    training = kept["training"]
    number, place = divmod(index, STATUS_BITS)
    status = f"{issuer.address}/verifikasi/status/{number}.json"
    achievement: dict[str, Any] = {
        "id": f"{issuer.address}/verifikasi/pelatihan/{training['course_version_id']}",
        "type": ["Achievement"],
        "achievementType": "Course",
        "name": training["title"],
        "description": f"{training['title']}, {training['jp_words']}.",
        "criteria": {"narrative": _criteria(kept)},
        "inLanguage": "id",
        "humanCode": kept["number"],
    }
    # An achievement is no page of ours, so its name is a name and no address.
    achievement["id"] = "urn:bina:" + hashlib.sha256(achievement["id"].encode()).hexdigest()[:32]
    if training["outcomes"]:
        achievement["tag"] = [f"{one['code']} {one['name']} level {one['level']}" for one in training["outcomes"]]
    made: dict[str, Any] = {
        "@context": list(CONTEXT),
        "id": f"{address}/kredensial.json",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": training["title"],
        "issuer": {"id": issuer.id, "type": ["Profile"], "name": issuer.name, "url": issuer.address},
        "validFrom": instant(issued_at),
        "credentialSubject": {
            "id": f"urn:bina:{kept['code'].lower()}",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": kept["holder"]["name"],
                    "identityType": "name",
                }
            ],
            "activityStartDate": f"{training['starts_on']}T00:00:00Z",
            "activityEndDate": f"{training['ends_on']}T00:00:00Z",
            "achievement": achievement,
        },
        "credentialStatus": {
            "id": f"{status}#{place}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(place),
            "statusListCredential": status,
        },
    }
    if valid_until is not None:
        made["validUntil"] = instant(valid_until)
    return made


def _criteria(kept: Mapping[str, Any]) -> str:
    training = kept["training"]
    if training["exam_score"]:
        return f"{training['exam_title']}: batas lulus {training['exam_pass_percent']}, nilai {training['exam_score']}."
    return "Semua materi pelatihan diselesaikan."


def proof_options(issuer: Issuer, key_id: str, *, at: datetime) -> dict[str, Any]:
    """Return a Data Integrity proof without its value."""
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": instant(at),
        "verificationMethod": issuer.method(key_id),
        "proofPurpose": "assertionMethod",
    }


def hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Return what eddsa-jcs-2022 signs: the hash of the options, then that of the document."""
    config = {**options, "@context": document["@context"]}
    return hashlib.sha256(canonical_json(config)).digest() + hashlib.sha256(canonical_json(document)).digest()


def with_proof(document: Mapping[str, Any], options: Mapping[str, Any], signature: bytes) -> dict[str, Any]:
    """Return a document that carries its proof."""
    proof = {"@context": document["@context"], **options, "proofValue": "z" + base58(signature)}
    return {**document, "proof": proof}


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt_parts(document: Mapping[str, Any], issuer: Issuer, key_id: str, *, at: datetime) -> str:
    """Return header and payload of the credential as JWT, joined by a dot: what is signed with EdDSA."""
    header = {"alg": "EdDSA", "kid": issuer.method(key_id), "typ": "JWT"}
    claims: dict[str, Any] = {
        **document,
        "iss": issuer.id,
        "jti": document["id"],
        "nbf": int(at.timestamp()),
        "sub": document["credentialSubject"]["id"],
    }
    if "validUntil" in document:
        claims["exp"] = int(datetime.fromisoformat(document["validUntil"]).timestamp())
    return f"{_url64(canonical_json(header))}.{_url64(canonical_json(claims))}"


def jwt_text(signed: str, signature: bytes) -> str:
    """Return the whole JWT."""
    return f"{signed}.{_url64(signature)}"


def status_list(issuer: Issuer, number: int, withdrawn: Iterable[int], *, at: datetime) -> dict[str, Any]:
    """Return a status list without proof.

    Args:
        withdrawn: places within this list whose certificates hold no longer.
    """
    bits = bytearray(STATUS_BITS // 8)
    for place in withdrawn:
        bits[place // 8] |= 0x80 >> place % 8
    address = f"{issuer.address}/verifikasi/status/{number}.json"
    return {
        "@context": [CONTEXT[0]],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.id,
        "validFrom": instant(at),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + _url64(gzip.compress(bytes(bits), mtime=0)),
        },
    }


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def baked_png(picture: bytes, text: str) -> bytes:
    """Return a PNG that carries a credential or JWT in the chunk that Open Badges names.

    Raises: ValueError: not a PNG.
    """
    if not picture.startswith(_PNG_SIGNATURE):
        raise ValueError("not a PNG")
    chunk = _chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0" + text.encode())
    return picture[:_PNG_HEAD] + chunk + picture[_PNG_HEAD:]


def baked_svg(picture: str, text: str, *, is_jwt: bool) -> str:
    """Return an SVG that carries a credential, or a JWT in `verify`.

    Raises: ValueError: not an SVG.
    """
    start = picture.find("<svg")
    end = picture.find(">", start)
    if start < 0 or end < 0:
        raise ValueError("not an SVG")
    space = ' xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'
    held = f' verify="{escape(text)}"/>' if is_jwt else f"><![CDATA[{text}]]></openbadges:credential>"
    return f"{picture[:end]}{space}>\n<openbadges:credential{held}{picture[end + 1 :]}"


def chosen_places(ids: Sequence[int], number: int) -> list[int]:
    """Return the places of certificates within one status list."""
    return [one % STATUS_BITS for one in ids if one // STATUS_BITS == number]
