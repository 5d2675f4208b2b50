"""The signed text of the QR code: what goes in comes out, and nothing else is taken."""

from __future__ import annotations

from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from lms.certificates.rules.codes import grouped_code, new_code
from lms.certificates.rules.files import codes_in, is_pdf
from lms.certificates.rules.seals import (
    MAX_NAME_BYTES,
    MAX_NUMBER_BYTES,
    MAX_TITLE_BYTES,
    Sealed,
    SealFault,
    body_of,
    key_id_of,
    open_seal,
    seal_in,
    seal_text,
)
from lms.certificates.services.keyring import check_seal

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
KEYS = {key_id_of(PUBLIC): PUBLIC.hex()}


def _sealed(**other):
    values = {
        "code": new_code(),
        "issued_on": date(2026, 11, 20),
        "valid_until_on": date(2029, 11, 20),
        "credit_jp": 6,
        "name": "Rahmawati Saleng, S.Sos.",
        "title": "Pelayanan Publik dan PATEN",
        "number": "800.2.2/0417/BKPSDM/XI/2026",
    }
    return Sealed(**{**values, **other})


def _text(sealed):
    body = body_of(sealed, key_id_of(PUBLIC))
    return seal_text(body, KEY.sign(body))


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=80), st.integers(0, 65535))
def test_what_is_signed_comes_out_again_whole_or_cut_at_a_character(name, title, number, credit_jp):
    sealed = _sealed(name=name, title=title, number=number, credit_jp=credit_jp)
    opened = check_seal(_text(sealed), KEYS)
    assert not isinstance(opened, SealFault)
    assert (opened.sealed.code, opened.sealed.credit_jp) == (sealed.code, credit_jp)
    bounds = (MAX_NAME_BYTES, MAX_TITLE_BYTES, MAX_NUMBER_BYTES)
    for field, most in zip(("name", "title", "number"), bounds, strict=True):
        shown, whole = getattr(opened.sealed, field), getattr(sealed, field)
        if len(whole.encode()) <= most:
            assert shown == whole
        else:
            assert len(shown.encode()) <= most
            assert shown.endswith("…")
            assert whole.startswith(shown[:-1])


def test_every_altered_character_is_noticed():
    text = _text(_sealed())
    for place, sign in enumerate(text):
        other = "A" if sign != "A" else "B"
        assert isinstance(check_seal(text[:place] + other + text[place + 1 :], KEYS), SealFault)
    for wrong in ("", text[:-1], text + "A", text.lower(), "0" * 300, "A" * 10_000):
        assert isinstance(check_seal(wrong, KEYS), SealFault)


def test_a_key_that_is_not_known_is_named_as_such():
    assert check_seal(_text(_sealed()), {}) is SealFault.KEY
    assert check_seal(_text(_sealed()), {key_id_of(PUBLIC): "00" * 32}) is SealFault.SIGNATURE


def test_a_scanned_address_and_a_pasted_text_give_the_same():
    text = _text(_sealed(valid_until_on=None))
    assert seal_in(f"https://bina.contoh.go.id/v/4T8W-N5HC-2VQJ-7K3M#{text}") == text
    assert seal_in(f" {text[:50]}\n{text[50:].lower()} ") == text
    opened = open_seal(text)
    assert opened is not None
    assert opened.sealed.valid_until_on is None


def test_codes_are_found_in_open_metadata_only_when_their_check_holds():
    code = grouped_code(new_code())
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    data = f"%PDF-1.7\n/Keywords ({code}, {wrong}, {code})".encode()
    assert is_pdf(data)
    assert codes_in(data) == [code.replace("-", "")]
    assert not is_pdf(b"PK\x03\x04")
