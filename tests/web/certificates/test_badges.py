"""Open Badges 3.0: read by an independent verifier where it knows the proof, clause by clause where it does not."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadgeslib import baking
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from PIL import Image

from lms.certificates import services
from lms.certificates.models import Certificate, CertificateState
from lms.certificates.rules.badges import base58, canonical_json
from lms.certificates.rules.codes import grouped_code, new_code
from lms.core import clock, storage
from tests.factories.certificates import issued_certificate
from tests.factories.people import EmployeeFactory

NIP = "199104122019032904"


@pytest.fixture
def certificate(session):
    made = issued_certificate(employee=EmployeeFactory(name="Rahmawati Saleng", nip=NIP))
    session.commit()
    return made


def _public_key(client, method_id):
    profile = client.get("/verifikasi/penerbit.json").get_json()
    assert method_id in profile["assertionMethod"]
    method = next(one for one in profile["verificationMethod"] if one["id"] == method_id)
    assert (method["type"], method["controller"]) == ("Multikey", profile["id"])
    keys = client.get("/verifikasi/kunci.json").get_json()["keys"]
    raw = next(bytes.fromhex(key) for short, key in keys.items() if method_id.endswith(f"#{short}"))
    assert method["publicKeyMultibase"] == "z" + base58(b"\xed\x01" + raw)
    return Ed25519PublicKey.from_public_bytes(raw)


def _decode58(text):
    number = 0
    for sign in text:
        number = number * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(sign)
    return number.to_bytes(64, "big")


def _proof_holds(client, document):
    """Check a proof as the standard says: hash of the options, then of the document, both by RFC 8785."""
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    assert options["cryptosuite"] == "eddsa-jcs-2022"
    assert options["proofPurpose"] == "assertionMethod"
    assert options["@context"] == document["@context"]
    key = _public_key(client, options["verificationMethod"])

    def plain(value):  # all texts here are below U+10000, where sorted() and UTF-16 agree
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    data = hashlib.sha256(plain(options)).digest() + hashlib.sha256(plain(unsigned)).digest()
    key.verify(_decode58(document["proof"]["proofValue"][1:]), data)


def test_an_independent_verifier_takes_the_jwt_and_nothing_altered(client, certificate):
    token = client.get(f"/v/{grouped_code(certificate.code)}/kredensial.jwt").get_data(as_text=True)
    head = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    key = _public_key(client, head["kid"])
    verifier = OB3Verifier(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    read = verifier.verify(token)
    assert read.issuer.name == "Pemerintah Kota Palopo"
    assert read.achievement.name == "Pelayanan Publik dan PATEN"
    assert NIP not in token
    for place in (len(token) // 2, len(token) - 10):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(OB3VerificationError):
            verifier.verify(token[:place] + other + token[place + 1 :])


def test_the_credential_says_what_the_standard_asks_for(client, certificate):
    answer = client.get(f"/v/{certificate.code}/kredensial.json")
    assert answer.mimetype == "application/vc+json"
    document = json.loads(answer.get_data(as_text=True))
    assert document["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    for member in ("id", "issuer", "validFrom", "credentialSubject", "name"):
        assert document[member]
    achievement = document["credentialSubject"]["achievement"]
    assert {"id", "type", "name", "description", "criteria"} <= set(achievement)
    assert NIP not in json.dumps(document)
    assert document["issuer"]["id"] == client.get("/verifikasi/penerbit.json").get_json()["id"]
    _proof_holds(client, document)


def test_a_withdrawn_certificate_is_set_in_the_status_list(client, session, certificate):
    other = issued_certificate(employee=EmployeeFactory())
    session.commit()

    def bit(of):
        document = json.loads(client.get(f"/v/{of.code}/kredensial.json").get_data(as_text=True))
        entry = document["credentialStatus"]
        listed = json.loads(client.get(entry["statusListCredential"].split("8000")[1]).get_data(as_text=True))
        _proof_holds(client, listed)
        text = listed["credentialSubject"]["encodedList"]
        assert text.startswith("u")
        bits = gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
        assert len(bits) * 8 == 131_072
        place = int(entry["statusListIndex"])
        return bits[place // 8] >> (7 - place % 8) & 1

    assert (bit(certificate), bit(other)) == (0, 0)
    session.get_one(Certificate, certificate.id).state = CertificateState.REVOKED
    session.commit()
    assert (bit(certificate), bit(other)) == (1, 0)
    assert client.get("/verifikasi/status/7.json").status_code == 404


def test_pictures_carry_the_credential(client, certificate):
    png = client.get(f"/v/{certificate.code}/lencana.png").get_data()
    Image.open(io.BytesIO(png)).verify()
    token = baking.extract_png(png, keyword=b"openbadgecredential")
    token = token.decode() if isinstance(token, bytes) else token
    assert token == client.get(f"/v/{certificate.code}/kredensial.jwt").get_data(as_text=True)
    svg = client.get(f"/v/{certificate.code}/lencana.svg").get_data(as_text=True)
    held = svg.split("<![CDATA[")[1].split("]]>")[0]
    _proof_holds(client, json.loads(held))


def test_the_pdf_carries_it_and_codes_cannot_be_tried_out(client, session, certificate):
    data = services.draw_with_credential(session, certificate.id)
    again = services.draw_with_credential(session, certificate.id)
    assert data == again
    services.keep_pdf(session, certificate.id, data, now=clock.now())
    session.commit()
    with pikepdf.open(io.BytesIO(storage.read(certificate.pdf_digest))) as document:
        held = document.attachments["kredensial.json"]
        assert json.loads(held.get_file().read_bytes())["id"].endswith("/kredensial.json")
        assert held.obj.AFRelationship == "/Data"
        assert held.obj.objgen in [one.objgen for one in document.Root.AF]
    assert client.get(f"/v/{new_code()}/kredensial.json").status_code == 404
    states = {client.get(f"/v/{new_code()}/kredensial.json").status_code for _ in range(45)}
    assert 429 in states


def test_canonical_json_sorts_by_utf16_and_refuses_floats():
    assert canonical_json({"\U0001f600": 1, "\ufb33": 2, "a": [True, None, "é\n"]}) == (
        '{"a":[true,null,"é\\n"],"\U0001f600":1,"\ufb33":2}'.encode()
    )
    with pytest.raises(TypeError):
        canonical_json({"x": 1.5})
